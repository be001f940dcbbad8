"""Checks of lesson 24, what codes are good for."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, rand_score
from sklearn.preprocessing import StandardScaler

from course_utils import check


def _probe_data(n: int, d: int, classes: int, seed: int) -> tuple:
    """Training, validation and test: pairs (codes, labels), each part drawn a little differently."""
    rng = np.random.default_rng([n, d, classes, seed])
    centres = rng.normal(size=(classes, d)) * 1.2 * min(1, np.sqrt(6 / d))
    parts = []
    for size, noise in ((n, 1.0), (37, 1.3), (83, 1.6)):
        labels = np.resize(np.arange(classes), size)
        parts.append((centres[labels] + noise * rng.normal(size=(size, d)) + 0.4, labels))
    return tuple(parts)


def _accuracy(train, val, test, strengths, chosen_by=None, stop=False, **options) -> float:
    """Accuracy on `test` of the best probe; each part is a pair (codes, labels). Usual slips as options."""
    options = {"max_iter": 500} | options
    probes = [LogisticRegression(**{"C": strength} | options).fit(*train) for strength in strengths]
    found = [probe.score(*(chosen_by or val)) for probe in probes]
    falls = np.flatnonzero(np.diff(found) < 0)
    best = falls[0] if stop and len(falls) else int(np.argmax(found))
    return probes[best].score(*test)


def probe_slips(n: int, d: int, classes: int, strengths: Sequence[float], seed: int) -> tuple[float, dict]:
    """The right accuracy for these data, and message -> what a usual mistake gives."""
    train, val, test = _probe_data(n, d, classes, seed)
    probes = [LogisticRegression(C=strength, max_iter=500).fit(*train) for strength in strengths]
    on_train, on_val, on_test = (np.array([probe.score(*part) for probe in probes]) for part in (train, val, test))
    best = int(on_val.argmax())
    right = on_test[best]
    scale = StandardScaler().fit(train[0]).transform
    scaled = [(scale(codes), labels) for codes, labels in (train, val, test)]
    both = tuple(np.concatenate(pair) for pair in zip(train, val, strict=True))
    only = [strengths[best]]
    return right, {
        "the strength was chosen by the TEST; choose it by the validation data.": on_test.max(),
        "the strength was chosen by the TRAINING data; choose it by the validation data.": on_test[on_train.argmax()],
        "this is the accuracy on the validation data; use it to choose, then score `test`.": on_val[best],
        "this is the accuracy on the training data.": on_train[best],
        "the probe was fitted on the TEST; fit it on `train` only.": lambda: _accuracy(test, val, test, only),
        "the probe was fitted on the validation data, too; fit it on `train` only.": lambda: _accuracy(
            both, val, test, only
        ),
        "the probe was fitted on the validation data; fit it on `train`.": lambda: _accuracy(val, val, test, strengths),
        "validation and test are exchanged: choose by `val`, score `test`.": on_val[on_test.argmax()],
        "`strengths` are not used: give each probe its C.": lambda: _accuracy(train, val, test, [1.0]),
        "C was set to 1 / strength; it is the strength.": lambda: _accuracy(
            train, val, test, [1 / c for c in strengths]
        ),
        "the codes were scaled; use them as they are.": lambda: _accuracy(*scaled, strengths),
        "the search stops where the validation accuracy falls; try all strengths.": lambda: _accuracy(
            train, val, test, strengths, stop=True
        ),
        "the strength that is worst on the validation data was taken.": on_test[on_val.argmin()],
        "the last strength was taken; take the one that is best on the validation data.": on_test[-1],
        "the first strength was taken; take the one that is best on the validation data.": on_test[0],
        "this is the mean over all strengths; take the one that is best on the validation data.": on_test.mean(),
        "this is the share of wrong answers.": 1 - right,
        "this is in per cent; expected a share from 0 to 1.": 100 * right,
        "this is a number of right answers; divide by all.": right * len(test[1]),
        "these are the predictions; return the share of right ones.": probes[best].predict(test[0]),
        "these are the accuracies of all strengths; return one.": on_test,
        "this is the strength; return the test accuracy.": strengths[best],
    }


def check_probe(linear_probe: Callable, n: int, d: int, classes: int, strengths: Sequence[float], seed: int) -> None:
    """Fit, choose and score again, and know what using a part for the wrong purpose gives."""
    right, mistakes = probe_slips(n, d, classes, strengths, seed)
    parts = [array for part in _probe_data(n, d, classes, seed) for array in part]
    answer = check.call(linear_probe, *parts, list(strengths))
    name = f"the test accuracy of a probe with {n} labelled codes"
    if not isinstance(answer, float | np.floating) or answer == right:
        check.close(answer, right, name, rtol=1e-6, mistakes=mistakes)
        return
    # with few strengths several mistakes end at the same probe: all of them are named
    given = {message: wrong() if callable(wrong) else wrong for message, wrong in mistakes.items()}
    like = [message for message, wrong in given.items() if np.ndim(wrong) == 0 and np.isclose(wrong, answer, rtol=1e-6)]
    check.close(answer, right, name, rtol=1e-6, mistakes={" Or: ".join(like): answer} if like else {})


def check_tied_strengths(linear_probe: Callable) -> None:
    """Two strengths that are equally good on the validation data, but not on the test."""
    train, labels = np.array([[-1.0], [-1.0], [0.5], [4.0]]), np.array([0, 0, 1, 1])
    strengths = [0.01, 1000.0]
    edges = [-p.intercept_[0] / p.coef_[0, 0] for p in (LogisticRegression(C=c).fit(train, labels) for c in strengths)]
    between = np.mean(edges)
    val, test = np.array([[-3.0], [3.0]]), np.array([[between], [-9.0], [9.0]])
    order = np.argsort(edges)
    truth = int(edges[0] < between)  # what the first strength says of the point between the edges
    found = []
    for way in (strengths, strengths[::-1]):
        answer = check.call(linear_probe, train, labels, val, np.array([0, 1]), test, np.array([truth, 0, 1]), way)
        found.append(check.number(answer, "the test accuracy"))
    check.require(
        len(set(order)) == 2 and np.allclose(found, [1.0, 2 / 3]),
        "Two strengths are equally good on the validation data here: the FIRST of them must be taken, and the test "
        "must not decide.",
    )


def _marked(pictures, seed):
    """A stand-in for `distort`: adds to each picture a constant that depends on seed and row."""
    pictures = np.asarray(pictures, dtype=float)
    added = 100 + np.random.default_rng(abs(int(seed)) + 17).uniform(1, 50, len(pictures))
    return pictures + added.reshape(-1, *[1] * (pictures.ndim - 1))


def _epoch(training_pairs: Callable, pictures: np.ndarray, batch_size: int, seed: int) -> tuple:
    """Distorted and original pictures of an epoch, its sizes known to be right."""
    batches = check.call(training_pairs, pictures, _marked, batch_size, seed)
    check.require(
        isinstance(batches, list | tuple), f"The result is {type(batches).__name__}; return a list of pairs (append)."
    )
    n = len(pictures)
    wanted = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    for batch in batches:
        check.require(
            isinstance(batch, list | tuple) and len(batch) == 2, "Each batch must be a pair (distorted, original)."
        )
    sizes = [len(batch[0]) for batch in batches]
    if sum(sizes) < n and sizes == wanted[:-1]:
        raise check.CheckError("The last, smaller batch is missing: every picture must be shown.")
    check.require(sizes == wanted, f"The batches hold {sizes[:4]} ... pictures; expected {wanted[:4]} ...")
    parts = []
    for place, name in enumerate(("the distorted pictures", "the originals")):
        arrays = [
            check.array(b[place], name, shape=(w, *pictures.shape[1:])) for b, w in zip(batches, wanted, strict=True)
        ]
        parts.append(np.concatenate(arrays).astype(float))
    return tuple(parts)


def check_pairs(training_pairs: Callable, n: int, batch_size: int) -> None:
    """Are the targets clean, the pairs kept together, and all pictures there, in a new order?"""
    rng = np.random.default_rng([n, batch_size])
    pictures = rng.random((n, 3, 2))
    distorted, originals = _epoch(training_pairs, pictures, batch_size, 4)
    check.require(
        not (originals.min() >= 100 and distorted.min() < 100),
        "Input and target are exchanged: the pair is (distorted, original).",
    )
    check.require(originals.min() < 100, "The targets are distorted. The network must give back the ORIGINAL picture.")
    check.require(distorted.min() >= 100, "The inputs are not distorted: call `distort`.")
    check.require(distorted.min() < 200, "The pictures were distorted twice; once is asked for.")
    rows = [int(np.abs(pictures - one).max(axis=(1, 2)).argmin()) for one in originals]
    check.require(
        np.allclose(pictures[rows], originals),
        "The originals are not the pictures that were given; copy them unchanged.",
    )
    check.require(sorted(rows) == list(range(n)), "Some pictures occur twice and others not at all: use a permutation.")
    added = distorted - originals
    together = np.ptp(added.reshape(n, -1), axis=1).max() < 1e-4
    check.require(
        together,
        "The pairs do not fit: input and target of a pair show different pictures. Shuffle both in the same way.",
    )
    if n > 1:
        amounts = added[:, 0, 0]
        check.require(
            len(np.unique(amounts.round(6))) == n or batch_size < n,
            "Several pictures got the same distortion: give `distort` all pictures of a batch at once.",
        )
    if batch_size < n:
        batches = [np.sort(added[start : start + batch_size, 0, 0]) for start in range(0, n, batch_size)]
        repeated = any(np.allclose(batches[0][: len(one)], one) for one in batches[1:] if len(one) == batch_size)
        check.require(not repeated, "Every batch got the same distortions: give `distort` another seed for each batch.")
    again = _epoch(training_pairs, pictures, batch_size, 4)
    check.require(
        np.allclose(again[0], distorted) and np.allclose(again[1], originals),
        "Two calls with the same seed differ: draw from np.random.default_rng(seed), and give `distort` seeds made from it.",
    )
    if n > 4:
        check.require(rows != list(range(n)), "The pictures come in the order in which they were given: shuffle them.")
        other = [_epoch(training_pairs, pictures, batch_size, seed) for seed in (5, 6)]
        same_order = all(np.allclose(originals, one[1]) for one in other)
        check.require(not same_order, "Another seed gives the same order: shuffle with np.random.default_rng(seed).")
        amounts = {tuple(np.sort((a - b)[:, 0, 0]).round(6)) for a, b in (*other, (distorted, originals))}
        check.require(len(amounts) == 3, "Another seed gives the same distortions: hand the seed on to `distort`.")


def _rand_formula(labels, groups, half=0.5, chance=True, ordered=False, mean="sum", squares=False):
    """The adjusted Rand index by loops over the groups, with its usual slips as options."""

    def pairs(m):
        return m * m * half if squares else m * (m - 1) * half

    labels, groups = np.asarray(labels), np.asarray(groups)
    cells = [np.sum((labels == i) & (groups == j)) for i in np.unique(labels) for j in np.unique(groups)]
    a = sum(pairs(np.sum(labels == i)) for i in np.unique(labels))
    b = sum(pairs(np.sum(groups == j)) for j in np.unique(groups))
    total, n = sum(map(pairs, cells)), len(labels)
    expected = a * b / (n * (n - 1) * half if not squares else n * n * half)
    if not chance:
        expected = 0.0
    most = {"sum": a + b, "half": (a + b) / 2, "max": max(a, b), "min": min(a, b), "root": np.sqrt(a * b)}
    return (total - expected) / (most[mean] - expected)


def check_rand(adjusted_rand_index: Callable, labels: Sequence[int], groups: Sequence[int]) -> None:
    """Compare with scikit-learn's, which counts another table, and know the usual mistakes."""
    labels, groups = np.asarray(labels), np.asarray(groups)
    right = adjusted_rand_score(labels, groups)
    name = f"the adjusted Rand index of {len(np.unique(labels))} labels and {len(np.unique(groups))} groups"
    answer = check.call(adjusted_rand_index, labels, groups)
    trivial = len({len(np.unique(labels)), len(np.unique(groups))} - {1}) == 0 or (
        len(np.unique(labels)) == len(np.unique(groups)) == len(labels)
    )
    if isinstance(answer, float | np.floating) and not np.isfinite(answer):
        what = "0 / 0: return 1.0 there" if trivial else "a division by 0"
        raise check.CheckError(f"{name}: got {answer}, {what}.")
    mistakes = {}
    if not trivial:
        mistakes = check.slips(
            lambda mean="half", **options: _rand_formula(labels, groups, mean=mean, **options),
            {
                "the expected number of pairs was not subtracted.": {"chance": False},
                "A and B were added but not halved.": {"mean": "sum"},
                "squares of counts; pairs among m are m (m - 1) / 2.": {"squares": True},
                "the half in m (m - 1) / 2 is missing.": {"half": 1.0, "ordered": True},
                "the larger of A and B was taken; take half of their sum.": {"mean": "max"},
                "the smaller of A and B was taken; take half of their sum.": {"mean": "min"},
                "the root of A B was taken; take half of their sum.": {"mean": "root"},
            },
        )
        mistakes["this is the Rand index; adjust it for chance."] = rand_score(labels, groups)
        mistakes["the group's numbers were compared with the labels; they mean nothing."] = np.mean(labels == groups)
        mistakes["the sign is wrong."] = -right
        once = np.unique(np.stack([labels, groups]), axis=1)
        message = "each pair of label and group was counted once: on arrays table[i, j] += 1 adds once; use np.add.at."
        mistakes[message] = adjusted_rand_score(*once)
    check.close(answer, right, name, rtol=1e-6, mistakes=mistakes)


def check_split(split_by_group: Callable, groups: Sequence, share: float) -> None:
    """Is every group on one side, and is the right number of them drawn by the seed?"""
    groups = np.asarray(groups)
    names = np.unique(groups)

    def drawn(seed):
        given = check.call(split_by_group, groups, share, seed)
        check.require(not isinstance(given, list | tuple), "the split: expected an array, got a list: np.array(...).")
        answer = np.asarray(given)
        is_rows = answer.dtype != bool and answer.ndim == 1 and np.isin(answer, names).all() and answer.size
        check.require(
            answer.dtype == bool,
            f"the split: expected an array of bool, True for the test, got {answer.dtype}."
            + (" These are groups or numbers of rows; say for each row whether it is for the test." if is_rows else ""),
        )
        check.require(
            answer.shape == groups.shape,
            f"the split: expected shape {groups.shape}, one value a row, got {answer.shape}.",
        )
        return answer

    wanted = max(1, round(share * len(names)))
    splits = [drawn(seed) for seed in range(6)]
    counts = [len(set(groups[is_test].tolist())) for is_test in splits]
    turned = all(len(names) - count == wanted != count for count in counts)
    for is_test in splits:
        test, train = set(groups[is_test].tolist()), set(groups[~is_test].tolist())
        check.require(not test & train, "A group is on both sides. Draw groups, not rows, and take all rows of each.")
        check.require(len(test) > 0, "No row is for the test: at least one group must be.")
        check.require(not turned, "Training and test are exchanged: True is for the test.")
        rows_counted = (
            f"{len(test)} of {len(names)} groups are for the test, expected {wanted}: the share is one of the groups, rounded."
            + (" Each seed gave another number of groups; draw exactly as many." if len(set(counts)) > 1 else "")
        )
        check.require(len(test) == wanted, rows_counted)
    check.require(np.array_equal(drawn(3), splits[3]), "Two calls with the same seed differ: use default_rng(seed).")
    if wanted < len(names):
        check.require(
            any(not np.array_equal(splits[0], one) for one in splits[1:]),
            "Every seed draws the same groups: use np.random.default_rng(seed).",
        )
