"""Checks of lesson 24, what codes are good for. Those of the adjusted Rand index stand in :mod:`representations_rand`."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from course_utils import check
from course_utils.checks.representations_rand import check_rand as check_rand


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
        "the last strength was not tried; try all.": on_test[on_val[:-1].argmax()] if len(probes) > 1 else None,
        "the first strength was not tried; try all.": on_test[1:][on_val[1:].argmax()] if len(probes) > 1 else None,
        "the strengths 0.01, 0.1 and 1 were tried; try those in `strengths`.": lambda: _accuracy(
            train, val, test, [0.01, 0.1, 1.0]
        ),
        "the last strength was taken; take the one that is best on the validation data.": on_test[-1],
        "the first strength was taken; take the one that is best on the validation data.": on_test[0],
        "this is the mean over all strengths; take the one that is best on the validation data.": on_test.mean(),
        "this is the share of wrong answers.": 1 - right,
        "this is in per cent; expected a share from 0 to 1.": 100 * right,
        "this is a number of right answers; divide by all.": right * len(test[1]),
        "these are the predictions; return the share of right ones.": probes[best].predict(test[0]),
        "these are the accuracies of all strengths; return one.": on_test,
        "each part was scaled by itself; use the codes as they are.": lambda: _accuracy(
            *((StandardScaler().fit_transform(codes), labels) for codes, labels in (train, val, test)), strengths
        ),
        "this is the strength; return the test accuracy.": strengths[best],
        "this is the place of the best strength; return the test accuracy.": best,
        "these are the accuracy and the strength; return the accuracy alone.": [right, strengths[best]],
    }


def check_probe(linear_probe: Callable, n: int, d: int, classes: int, strengths: Sequence[float], seed: int) -> None:
    """Fit, choose and score again, and know what using a part for the wrong purpose gives."""
    right, mistakes = probe_slips(n, d, classes, strengths, seed)
    parts = [array for part in _probe_data(n, d, classes, seed) for array in part]
    answer = check.call(linear_probe, *parts, list(strengths))
    name = f"the test accuracy of a probe with {n} labelled codes"
    if not isinstance(answer, float | np.floating) or np.isclose(answer, right, rtol=1e-6):
        check.close(answer, right, name, rtol=1e-6, mistakes=mistakes)
        return
    # with few strengths several mistakes end at the same probe: all of them are named
    given = {message: wrong() if callable(wrong) else wrong for message, wrong in mistakes.items()}
    given = {message: wrong for message, wrong in given.items() if wrong is not None and np.ndim(wrong) == 0}
    shares = ((answer, ""), (answer / 100, " And it is in per cent; expected a share from 0 to 1."))
    for share, end in (*shares, (1 - answer, " And it is the share of WRONG answers.")):
        like = [message for message, wrong in given.items() if np.isclose(wrong, share, rtol=1e-6)]
        if like:
            raise check.CheckError(f"{name}: {' Or: '.join(like)}{end}")
    check.close(answer, right, name, rtol=1e-6)


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


def _places(originals: np.ndarray, pictures: np.ndarray) -> list[int]:
    """Which picture each of the originals is; every one occurs once."""
    rows = [int(np.abs(pictures - one).max(axis=(1, 2)).argmin()) for one in originals]
    check.require(
        np.allclose(pictures[rows], originals),
        "The originals are not the pictures that were given; copy them unchanged.",
    )
    check.require(
        sorted(rows) == list(range(len(pictures))),
        "Some pictures occur twice and others not at all: use a permutation.",
    )
    return rows


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
    rows = _places(originals, pictures)
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
        _require_shuffled(training_pairs, pictures, batch_size, rows, distorted - originals)


def _require_shuffled(training_pairs: Callable, pictures: np.ndarray, batch_size: int, rows: list, added: np.ndarray):
    """Do other seeds give other orders and other distortions, and do pictures change their batch?"""
    n = len(pictures)
    other = [_epoch(training_pairs, pictures, batch_size, seed) for seed in (5, 6)]
    orders = [rows, *(_places(originals, pictures) for _, originals in other)]
    check.require(
        any(order != list(range(n)) for order in orders),
        "The pictures come in the order in which they were given: shuffle them.",
    )
    different = len({tuple(order) for order in orders})
    check.require(
        different > 1 and (n < 50 or different == 3),
        "Another seed gives the same order: shuffle with np.random.default_rng(seed).",
    )
    amounts = {tuple(np.sort(one[:, 0, 0]).round(6)) for one in (added, *(a - b for a, b in other))}
    check.require(len(amounts) == 3, "Another seed gives the same distortions: hand the seed on to `distort`.")
    check.require(
        n < 50 or any(np.abs(np.diff(order)).mean() > n / 5 for order in orders),
        "Pictures that were given one after the other stay near each other: shuffle all of them, then cut batches.",
    )


def check_split(split_by_group: Callable, groups: Sequence, share: float) -> None:
    """Is every group on one side, and is the right number of them drawn by the seed?"""
    groups = np.asarray(groups)
    names = np.unique(groups)

    def drawn(seed):
        given = check.call(split_by_group, groups, share, seed)
        check.not_list(given, "the split")
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
            + (
                " Each seed gave another number of groups; draw exactly as many, none twice."
                if len(set(counts)) > 1
                else ""
            )
        )
        check.require(len(test) == wanted, rows_counted)
    check.require(np.array_equal(drawn(3), splits[3]), "Two calls with the same seed differ: use default_rng(seed).")
    if wanted < len(names):
        check.require(
            any(not np.array_equal(splits[0], one) for one in splits[1:]),
            "Every seed draws the same groups: use np.random.default_rng(seed).",
        )
    starts = [np.sum((now := np.isin(names, groups[one])) & ~np.roll(now, 1)) for one in splits]
    check.require(
        len(names) < 50 or max(starts) > 2,
        "The groups for the test are neighbours in the order of names: draw each at random.",
    )
