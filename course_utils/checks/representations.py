"""Checks of lesson 24, what codes are good for. Those of the adjusted Rand index stand in :mod:`representations_rand`."""

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler, normalize

from course_utils import check
from course_utils.checks.representations_rand import check_rand as check_rand


def _probe_data(n: int, d: int, classes: int, seed: int, uneven: bool = False) -> tuple:
    """Training, validation and test: pairs (codes, labels), each part drawn a little differently.

    Of `uneven` classes the first one has most of the training examples.
    """
    rng = np.random.default_rng([n, d, classes, seed])
    centres = rng.normal(size=(classes, d)) * 1.2 * min(1, np.sqrt(6 / d))
    parts = []
    for size, noise in ((n, 1.0), (37, 1.3), (83, 1.6)):
        labels = np.resize(np.arange(classes), size)
        if uneven and size == n:
            labels[: n // 2] = 0
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


def _changed_codes(train, val, test, strengths) -> dict:
    """Message -> a function that gives the accuracy of probes on codes that were changed before."""
    changes = {
        "the codes were scaled; use them as they are.": StandardScaler().fit(train[0]).transform,
        "each part was scaled by itself; use the codes as they are.": lambda codes: StandardScaler().fit_transform(
            codes
        ),
        "the codes were divided by their lengths; use them as they are.": normalize,
        "the codes were centred; use them as they are.": lambda codes: codes - train[0].mean(axis=0),
    }

    def accuracy(change):
        return _accuracy(*((change(codes), labels) for codes, labels in (train, val, test)), strengths)

    return {message: functools.partial(accuracy, change) for message, change in changes.items()}


def probe_slips(
    n: int, d: int, classes: int, strengths: Sequence[float], seed: int, uneven: bool = False
) -> tuple[float, dict]:
    """The right accuracy for these data, and message -> what a usual mistake gives."""
    train, val, test = _probe_data(n, d, classes, seed, uneven)
    probes = [LogisticRegression(C=strength, max_iter=500).fit(*train) for strength in strengths]
    on_train, on_val, on_test = (np.array([probe.score(*part) for probe in probes]) for part in (train, val, test))
    best = int(on_val.argmax())
    right = on_test[best]
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
        "the probe has no intercept; set `C` and `max_iter` only.": lambda: _accuracy(
            train, val, test, strengths, fit_intercept=False
        ),
        "the classes were given weights; set `C` and `max_iter` only.": lambda: _accuracy(
            train, val, test, strengths, class_weight="balanced"
        ),
        **_changed_codes(train, val, test, strengths),
        "this is the strength; return the test accuracy.": strengths[best],
        "this is the place of the best strength; return the test accuracy.": best,
        "these are the accuracy and the strength; return the accuracy alone.": [right, strengths[best]],
    }


def _explain_probe(share: float, mistakes: dict) -> list[str]:
    """Messages of the mistakes that give this accuracy."""
    given = {message: wrong() if callable(wrong) else wrong for message, wrong in mistakes.items()}
    return [
        message
        for message, wrong in given.items()
        if wrong is not None and np.ndim(wrong) == 0 and np.isclose(wrong, share, rtol=1e-6)
    ]


def _one_strength(linear_probe: Callable, parts: tuple, strengths: Sequence[float]) -> str:
    """Whether a wrong accuracy comes from fit and score, or from the choice: words."""
    train, val, test = parts
    for strength in strengths:
        right = _accuracy(train, val, test, [strength])
        answer = check.call(linear_probe, *train, *val, *test, [strength])
        if not isinstance(answer, float | np.floating):
            return ""
        if not np.isclose(answer, right, rtol=1e-6):
            return (
                f"with the one strength C = {strength:g}, where nothing is to choose, it is {answer:.4g}, expected "
                f"{right:.4g}: look at `fit` and `score`."
            )
    return "with one strength alone your accuracy is right, whichever it is: look at the choice among several."


def check_probe(
    linear_probe: Callable, n: int, d: int, classes: int, strengths: Sequence[float], seed: int, uneven: bool = False
) -> None:
    """Fit, choose and score again, and know what using a part for the wrong purpose gives."""
    right, mistakes = probe_slips(n, d, classes, strengths, seed, uneven)
    parts = _probe_data(n, d, classes, seed, uneven)

    def answer_to(parts):
        return check.call(linear_probe, *(array for part in parts for array in part), list(strengths))

    answer = answer_to(parts)
    name = f"the test accuracy of a probe with {n} labelled codes"
    if not isinstance(answer, float | np.floating) or np.isclose(answer, right, rtol=1e-6):
        check.close(answer, right, name, rtol=1e-6, mistakes=mistakes)
        return
    # many mistakes may end at one share of a few answers: those are named that explain other data, too
    shares = {"": lambda a: a, " And it is in per cent; expected a share from 0 to 1.": lambda a: a / 100}
    for end, share in (shares | {" And it is the share of WRONG answers.": lambda a: 1 - a}).items():
        like = _explain_probe(share(answer), mistakes)
        for other in (1, 2) if like else ():
            elsewhere = answer_to(_probe_data(n, d, classes, seed + other, uneven))
            known = _explain_probe(share(elsewhere), probe_slips(n, d, classes, strengths, seed + other, uneven)[1])
            like = [message for message in like if message in known]
        if like:
            raise check.CheckError(f"{name}: {' Or: '.join(like)}{end}")
    check.close(answer, right, name, rtol=1e-6, otherwise=lambda: _one_strength(linear_probe, parts, strengths))


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
    first = added[:batch_size, 0, 0]
    check.require(  # in float32 a few may be alike by chance
        len(first) - len(np.unique(first.round(6))) <= len(first) // 50,
        "Several pictures got the same distortion: give `distort` all pictures of a batch at once.",
    )
    if batch_size < n:
        batches = [np.sort(added[start : start + batch_size, 0, 0]) for start in range(0, n, batch_size)]
        whole = [one for one in batches if len(one) == batch_size]
        repeated = all(np.allclose(one, whole[0]) for one in whole)
        check.require(
            not repeated or len(whole) < 2,
            "Every batch got the same distortions: give `distort` another seed for each batch.",
        )
        found = len(np.unique(added[:, 0, 0].round(6)))
        check.require(
            n - found <= n // 50,
            f"{n} pictures got only {found} different distortions: do two batches give `distort` the same seed?",
        )
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
        counted = f"{len(test)} of {len(names)} groups are for the test, expected {wanted}"
        check.require(not turned, f"{counted}: training and test are exchanged (True is for the test), or miscounted.")
        varies = " Each seed gave another number of groups; draw exactly as many, none twice."
        check.require(
            len(test) == wanted,
            f"{counted}: the share is one of the groups, rounded.{varies * (len(set(counts)) > 1)}",
        )
    check.require(np.array_equal(drawn(3), splits[3]), "Two calls with the same seed differ: use default_rng(seed).")
    starts = [np.sum((now := np.isin(names, groups[one])) & ~np.roll(now, 1)) for one in splits]
    check.require(
        len(names) < 50 or max(starts) > 2,
        "The groups for the test are neighbours in the order of names: draw each at random.",
    )
    if wanted < len(names):
        _require_drawn([np.isin(names, groups[one]) for one in [*splits, *map(drawn, range(6, 60))]], names, wanted)


def _require_drawn(drawn: list[np.ndarray], names: np.ndarray, wanted: int) -> None:
    """Do many seeds give many splits, and can each group be in the test?"""
    found, possible = len({tuple(one) for one in drawn}), math.comb(len(names), wanted)
    check.require(found > 1, "Every seed draws the same groups: use np.random.default_rng(seed).")
    least = max(min(possible, 3), min(possible, len(drawn)) // 8)
    check.require(
        found >= least,
        f"{len(drawn)} seeds gave only {found} different splits: draw each group at random, and hand the seed on as it is.",
    )
    never = names[~np.any(drawn, axis=0)]
    check.require(
        len(never) == 0,
        f"Of {len(drawn)} seeds none put the group {never[:1].tolist()} into the test: draw from all groups.",
    )
