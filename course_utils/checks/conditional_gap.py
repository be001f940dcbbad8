"""Checks of lesson 33, conditions and edits: the mutual information gap."""

import numpy as np

from course_utils import check


def _information(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information of two columns of categories in nats, from their counts."""
    a, b = (np.unique(one, return_inverse=True)[1] for one in (a, b))
    joint = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(joint, (a, b), 1 / len(a))
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    some = joint > 0
    return float(np.sum(joint[some] * np.log(joint[some] / apart[some])))


def _gap_case(n: int, k: int, kinds: int, tie: bool):
    """Bins and a factor that two dimensions know best: they are neither the first two nor the last two."""
    rng = np.random.default_rng([n, k, kinds])
    factor = (kinds * rng.random(n) ** 1.6).astype(int)
    factor[:kinds] = np.arange(kinds)
    bins = rng.integers(0, 5, (n, k))
    first, second = (0, k - 1) if kinds % 2 else (k - 1, 0)
    bins[:, first] = np.where(rng.random(n) < 0.9, 3 * factor, bins[:, first])
    bins[:, second] = bins[:, first] if tie else np.where(rng.random(n) < 0.6, factor, bins[:, second])
    return bins, factor


GAP_SLIPS = {
    "the second best dimension is not taken off.": {"against": "nothing"},
    "two dimensions that tell as much are two: the gap is 0. Do not drop duplicates.": {"against": "smaller"},
    "the gap is taken to the worst dimension, not to the second best.": {"against": "worst"},
    "the gap is taken to the third best dimension, not to the second best. Are all looked at?": {"against": "third"},
    "the gap is taken to the mean of the others, not to the second best.": {"against": "mean"},
    "the gap is taken to the mean of all dimensions, not to the second best.": {"against": "all"},
    "only the first two dimensions are compared; look for the two that tell most.": {"part": slice(2)},
    "only the last two dimensions are compared; sort first.": {"part": slice(-2, None)},
    "not divided by the factor's entropy.": {"over": "one"},
    "divided by the logarithm of the number of categories; that is the entropy only if all are equally frequent.": {
        "over": "log"
    },
    "divided by the logarithm of the number of rows; divide by the factor's entropy.": {"over": "rows"},
    "divided by the best information; divide by the factor's entropy.": {"over": "best"},
    "divided by the entropy of the bins; divide by the factor's.": {"over": "bins"},
    "divided by the number of dimensions; divide by the factor's entropy.": {"over": "count"},
    "divided by the sum of all informations; divide by the factor's entropy.": {"over": "sum"},
    "the entropy is in bits, the information in nats.": {"over": "bits"},
    "the entropy has logarithms to the base 10, the information natural ones.": {"over": "ten"},
    "this is the normalised mutual information; take mutual_info_score.": {"of": "normal"},
    "each information is divided by its bins' own entropy; divide by the factor's alone.": {"of": "own"},
    "the sign is wrong: best minus second best.": {"sign": -1.0},
}


def _small(factor: list, *columns: list) -> tuple:
    """Words and arguments of a small case: a factor, and the columns of the bins."""
    bins = np.array(columns).T
    return f"for factor = {factor} and bins = {bins.tolist()}", (bins, np.array(factor))


SMALL_GAPS = dict(
    [
        _small([0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]),
        _small([0, 0, 1, 1], [0, 1, 0, 1], [3, 3, 2, 2]),
        _small([0, 1], [0, 1], [1, 0]),
        _small([0, 1, 2], [1, 0, 2], [5, 5, 5]),
        _small([0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]),
        _small([0, 0, 1, 1], [0, 0, 1, 2], [0, 0, 0, 1]),
        _small([0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1]),
        _small([0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 1]),
        _small(["a", "a", "b"], [0, 0, 1], [0, 1, 1]),
        _small([0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 1, 1], [7, 7, 7, 7, 7, 7]),
        _small([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 1, 1], [0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 1]),
    ]
)


def _right_gap(bins: np.ndarray, factor: np.ndarray) -> float:
    """The gap by our own count."""
    second, best = sorted(_information(factor, column) for column in bins.T)[-2:]
    return (best - second) / _information(factor, factor)


def _mistakes(bins: np.ndarray, labels: np.ndarray) -> dict:
    """What known mistakes give for these bins and this factor."""
    n, k = bins.shape
    kinds = len(np.unique(labels))
    each = np.array([_information(labels, column) for column in bins.T])
    own = np.array([_information(column, column) for column in bins.T])
    entropy, best = _information(labels, labels), int(np.argmax(each))
    told = {"right": each, "normal": 2 * each / (own + entropy), "own": each / own}
    told = {name: np.sort(one)[::-1] for name, one in told.items()}

    def formula(against="second", over="entropy", sign=1.0, of="right", part=slice(None)):
        some = np.sort(each[part])[::-1] if part != slice(None) else told[of]
        below = {"entropy": entropy, "one": 1.0, "log": np.log(kinds), "best": some[0], "bits": entropy / np.log(2)}
        below |= {"bins": own[best], "count": k, "rows": np.log(n), "sum": some.sum(), "ten": entropy / np.log(10)}
        smaller = some[some < some[0]]
        less = {"second": some[1], "worst": some[-1], "mean": some[1:].mean(), "nothing": 0.0, "all": some.mean()}
        less |= {"third": some[min(2, len(some) - 1)], "smaller": smaller[0] if smaller.size else 0.0}
        return sign * (some[0] - less[against]) / below[over]

    top, next_ = told["right"][:2]
    known = {
        "this is the second best dimension's share alone.": next_ / entropy,
        "this is 1 minus the gap.": 1 - formula(),
        "the gap is taken to the median, not to the second best.": (top - np.median(each)) / entropy,
        "these are places, not informations: np.argsort gives places, np.sort values.": float(
            np.subtract(*np.argsort(each)[:-3:-1]) / entropy
        ),
        "brackets are missing: the division is for best minus second best.": top - next_ / entropy,
        "the two smallest informations are compared; take the two largest.": abs(np.subtract(*told["right"][-2:]))
        / entropy,
        "the difference is squared; it is not.": (top - next_) ** 2 / entropy,
        "the best dimension is compared with itself, so the gap is 0.": 0.0,
        "divided by the entropy of a column of bins; divide by the factor's.": (top - next_) / own[0],
    }
    if k > 2:
        for side, pair in {"first": each[:2], "last": each[-2:]}.items():
            only = f"only the {side} two dimensions are compared"
            known[f"{only}, as they stand; look for the two that tell most."] = (pair[1] - pair[0]) / entropy
            known[f"{only}, as they stand, one minus the next; look for the two that tell most."] = (
                pair[0] - pair[1]
            ) / entropy
        known["the first dimension is left out. Are all looked at?"] = formula(part=slice(1, None))
        known["the last dimension is left out. Are all looked at?"] = formula(part=slice(-1))
        known["the second and the third best are compared; take the best and the second."] = (
            next_ - told["right"][2]
        ) / entropy
    return dict(check.slips(formula, GAP_SLIPS)) | known


def check_gap(gap, n: int, k: int, kinds: int, words: bool = False, tie: bool = False) -> None:
    """Hold a mutual information gap against our own count; a known mistake must explain another case, too."""
    bins, factor = _gap_case(n, k, kinds, tie)
    labels = np.array([f"kind {one}" for one in range(kinds)])[factor] if words else factor
    other, factor = _gap_case(47, 7, 3, tie)
    elsewhere = [(np.roll(other, 3, axis=1), factor)]  # the best one is neither the first nor the last
    answer, name = check.number(check.call(gap, bins, labels), "the gap"), "the mutual information gap"
    small = lambda: check.first_wrong(gap, check.worked(_right_gap, SMALL_GAPS))  # noqa: E731
    check.close(
        answer,
        _right_gap(bins, labels),
        name,
        mistakes=lambda: check.confirmed(lambda *case: check.call(gap, *case), _mistakes, (bins, labels), elsewhere),
        otherwise=small,
    )
    told = small()
    check.require(not told, f"{name}: {told}")
