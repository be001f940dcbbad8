"""Checks of lesson 52: detectors by generator, and memory."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import rankdata

from course_utils import check

BEGIN = "The advantage may be 0 or negative at all thresholds: the best so far begins with -np.inf, not with 0."


def _pairs(real: np.ndarray, fake: np.ndarray) -> float:
    """AUC from ranks (Mann & Whitney), another way than by pairs."""
    ranks = rankdata(np.concatenate([real, fake]))[len(real) :]
    return (ranks.sum() - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake))


def _auc_slips(real: np.ndarray, fake: np.ndarray) -> dict:
    def formula(swapped=False, ties=0.5, other="", near=False):
        a, b = (fake, real) if swapped else (real, fake)
        tied = np.isclose(a[:, None], b[None, :]) if near else a[:, None] == b[None, :]
        low, equal = ((a[:, None] < b[None, :]) & ~tied).mean(), tied.mean()
        first, second = a[: len(b)], b[: len(a)]
        half = np.concatenate([real <= 0.5, fake > 0.5])
        zero = np.concatenate([real <= 0, fake > 0])
        others = {
            "": lambda: low + ties * equal,
            "accuracy": half.mean,
            "accuracy of logits": zero.mean,
            "balanced": lambda: (np.mean(real <= 0.5) + np.mean(fake > 0.5)) / 2,
            "in order": lambda: np.mean(second > first) + np.mean(second == first) / 2,
            "in order, no ties": lambda: np.mean(second > first),
            "means": lambda: float(np.mean(fake) > np.mean(real)),
            "sum": lambda: (low + ties * equal) * len(a) * len(b),
            "without ties": lambda: low / (1 - equal),
            "per cent": lambda: 100 * (low + ties * equal),
        }
        return others[other]()

    scores = np.concatenate([real, fake])
    slips = {
        "real and fake are exchanged, or an AUC below one half was turned round: a fake with the *higher* score is "
        "right.": {"swapped": True},
        "a tie counts one half, not nothing.": {"ties": 0.0},
        "a tie counts one half, not as right.": {"ties": 1.0},
        "this is an accuracy at the threshold 0.5, not the share of right pairs.": {"other": "accuracy"},
        "this is an accuracy at the threshold 0, not the share of right pairs.": {"other": "accuracy of logits"},
        "this is a mean of two shares at the threshold 0.5, but an AUC has no threshold.": {"other": "balanced"},
        "each fake was compared with one real picture; compare it with all.": {"other": "in order"},
        "each fake was compared with one real picture; compare it with all, and count a tie one half.": {
            "other": "in order, no ties"
        },
        "two means were compared; compare all pairs.": {"other": "means"},
        "this is a number of pairs; divide by how many there are.": {"other": "sum"},
        "scores that are nearly equal are no tie: compare them by ==.": {"near": True},
        "pairs with a tie were left out; each counts one half.": {"other": "without ties"},
        "this is in per cent; return a share.": {"other": "per cent"},
    }
    for limit in (0.5, 0):  # an accuracy says something only where scores lie on both sides
        if not scores.min() <= limit < scores.max():
            slips = {told: slip for told, slip in slips.items() if f"threshold {limit}," not in told}
    return check.slips(formula, slips)


def check_auc(auc: Callable, real, fake) -> None:
    """Compare with the AUC from ranks.

    Args:
        auc: the learner's function.
        real, fake: scores, (m,) and (n,).
    """
    real, fake = np.asarray(real), np.asarray(fake)
    name = f"the AUC of {len(real)} real and {len(fake)} fake pictures"

    def answer(*scores):
        return check.call(auc, *scores)

    found = answer(real, fake)
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.close(
        found, _pairs(real, fake), name, rtol=1e-5,
        mistakes=partial(check.confirmed, answer, _auc_slips, (real, fake), [OTHER_SCORES], everywhere=True),
        otherwise=lambda: check.first_wrong(answer, _auc_cases()),
    )  # fmt: skip


# ties, scores that nearly tie, scores on both sides of 0 and of 0.5, an AUC below one half
OTHER_SCORES = (
    np.array([0.7, -0.3, 0.2, 0.9, 0.2, 0.55, 3.1, 0.75, 0.31, 0.62, 1.4]),
    np.array([0.2, 0.6, 0.95, -0.2, 0.55 + 1e-9, 0.7, -0.4, 0.48, 0.33]),
)


def _auc_cases():
    """Small cases of the AUC, see :func:`first_wrong`."""
    for real, fake, right, why in (
        ([0.3], [0.8], 1.0, ""),
        ([0.8], [0.3], 0.0, ""),
        ([0.6], [0.6], 0.5, ""),
        ([0.62], [0.61], 0.0, ""),
        ([0.6001], [0.6002], 1.0, ""),
        ([-3.0], [-2.0], 1.0, ""),
        ([0.2, 0.6], [0.4], 1 / 2, "(1 + 0) / 2"),
        ([0.2], [0.4, 0.1], 1 / 2, "(1 + 0) / 2"),
        ([0.2, 0.6, 0.7], [0.4], 1 / 3, "(1 + 0 + 0) / 3"),
        ([0.2], [0.2, 0.4], 3 / 4, "(1/2 + 1) / 2"),
        ([0.2, 0.2], [0.2, 0.1], 1 / 4, "(1/2 + 1/2 + 0 + 0) / 4"),
        ([0.2, 0.9], [0.4, 0.5, 1.0], 2 / 3, "(1 + 1 + 1 + 0 + 0 + 1) / 6"),
        ([3, 1], [2, 2, 0], 1 / 3, "(0 + 0 + 0 + 1 + 1 + 0) / 6"),
    ):
        yield f"with the scores {real} of real and {fake} of fakes", (np.array(real), np.array(fake)), right, why


def some_scores(seed: int, m: int, n: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of m real and n fake pictures, with so many different values that ties occur."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, levels, m) / levels, np.minimum(rng.integers(0, levels, n) / levels + 0.13, 1)


def _advantage(threshold, members, others) -> float:
    return np.mean(members <= threshold) - np.mean(others <= threshold)


def _best(members, others, latest=False, better=None) -> float:
    """The threshold among all errors with the largest advantage, by a slow loop."""
    better = better or _advantage
    chosen, most = math.nan, -math.inf
    for one in sorted({*members.tolist(), *others.tolist()}):
        here = better(one, members, others)
        if here > most + 1e-12 or (latest and here > most - 1e-12):
            chosen, most = one, max(here, most)
    return chosen


def _attack_mistakes(known: tuple, new: tuple) -> dict:
    def accuracy(t, members, others):
        return np.concatenate([members <= t, others > t]).mean()

    def at(t, better=_advantage):
        return better(t, *new), t

    threshold = _best(*known)
    swapped = _best(known[1], known[0])
    told = {
        **_signs_lost(known, new),
        "the threshold was chosen on the very pictures that it is judged on; choose it on the calibration set.": at(
            _best(*new)),
        "this is the advantage on the calibration set; judge the threshold on the other pictures.": (
            _advantage(threshold, *known), threshold),
        "members have *small* errors: a picture counts as a member if its error is at most the threshold.": (
            -_advantage(swapped, *new), swapped),
        "an error equal to the threshold counts as a member: <=, not <.": at(_best(*known, better=_below), _below),
        "an error equal to the threshold counts as a member, also where the threshold is judged: <=, not <.": at(
            threshold, _below),
        "of several best thresholds take the lowest.": at(_best(*known, latest=True)),
        "this is the true-positive rate alone; subtract the false-positive rate.": at(threshold, _found),
        "the threshold with the highest true-positive rate was chosen; take the highest TPR − FPR.": at(
            _best(*known, better=_found)),
        "the true-positive rate alone was taken, twice; subtract the false-positive rate.": at(
            _best(*known, better=_found), _found),
        "this is the accuracy, not TPR − FPR.": at(threshold, accuracy),
        "the threshold with the highest accuracy was chosen; take the highest TPR − FPR.": at(
            _best(*known, better=accuracy)),
        "these are counts; TPR and FPR are shares of the members and of the others.": at(
            _best(*known, better=_counted), _counted),
        "threshold and advantage are exchanged.": (threshold, _advantage(threshold, *new)),
        "false-positive rate minus true-positive rate: the sign is wrong.": (
            -_advantage(threshold, *new), threshold),
    }  # fmt: skip
    large = _best(*known, better=_of_large)
    for told_at, value in (("chosen", _advantage(large, *new)), ("judged", _of_large(large, *new))):
        told[f"members have *small* errors: <=, where the threshold is {told_at}, too."] = (value, large)
    for name, rule in {"mean": np.mean, "median": np.median}.items():
        for who, sample in (("of the members", known[0]), ("of all", np.concatenate(known))):
            told[f"the threshold is the {name} {who}; take the one with the largest TPR − FPR."] = at(rule(sample))
    return told


def _signs_lost(known: tuple, new: tuple) -> dict:
    """What comes of an advantage that cannot be negative."""

    def size(t, members, others):
        return abs(_advantage(t, members, others))

    def positive(t, members, others):
        return max(0.0, _advantage(t, members, others))

    threshold, far, none = _best(*known), _best(*known, better=size), _best(*known, better=positive)
    told = {
        "a negative advantage stays negative: no absolute value, no maximum with 0.": size(threshold, *new),
        "a negative advantage stays negative: no maximum with 0.": positive(threshold, *new),
    }
    told = {message: (value, threshold) for message, value in told.items()}
    chosen = "a negative advantage stays negative, also where the threshold is chosen: "
    told[chosen + "no absolute value there."] = _advantage(far, *new), far
    told[chosen + "no absolute value."] = size(far, *new), far
    told[chosen + "no maximum with 0."] = positive(none, *new), none
    start = 0.0 if _advantage(threshold, *known) <= 0 else threshold
    told[BEGIN] = _advantage(start, *new), start
    return told


def _of_large(threshold, members, others) -> float:
    return np.mean(members >= threshold) - np.mean(others >= threshold)


def _below(threshold, members, others) -> float:
    return np.mean(members < threshold) - np.mean(others < threshold)


def _found(threshold, members, others) -> float:
    return np.mean(members <= threshold)


def _counted(threshold, members, others) -> float:
    return np.sum(members <= threshold) - np.sum(others <= threshold)


def check_attack(attack_advantage: Callable, known: tuple, new: tuple) -> None:
    """Compare advantage and threshold with a loop over all thresholds.

    Args:
        attack_advantage: the learner's function.
        known: errors of the calibration set, (members, others).
        new: errors of the pictures to judge, (members, others).
    """
    known, new = (tuple(np.asarray(side, dtype=float) for side in pair) for pair in (known, new))
    sizes = " + ".join(str(len(side)) for side in (*known, *new))
    name = f"the attack with {sizes} errors"
    threshold = _best(*known)
    try:
        answer = check.several(check.call(attack_advantage, *known, *new), "advantage", "threshold")
    except check.CheckError as error:
        if _advantage(threshold, *known) <= 0 and "NoneType" in str(error):
            raise check.CheckError(f"{name}: no threshold was chosen. {BEGIN}") from None
        raise
    check.require(all(one is not None and np.ndim(one) == 0 for one in answer), f"{name}: return two numbers.")
    right = np.array([_advantage(threshold, *new), threshold])
    check.close(
        np.array([float(one) for one in answer]), right, f"advantage and threshold, {name}", rtol=1e-6,
        mistakes=partial(
            check.confirmed, lambda a, b: check.call(attack_advantage, *a, *b), _attack_mistakes, (known, new),
            OTHER_ERRORS, everywhere=True,
        ),
        otherwise=lambda: _traced(*(float(one) for one in answer), known, new),
    )  # fmt: skip


def _of(*sides: list) -> tuple:
    """(members, others) of a calibration set, and of the pictures to judge."""
    one, two, three, four = (np.array(side, dtype=float) for side in sides)
    return (one, two), (three, four)


OTHER_ERRORS = (
    _of([0.9, 0.4, 0.6, 0.4, 1.3, 0.7], [0.8, 1.1, 0.6, 1.9], [0.5, 0.7, 0.8, 1.2, 0.9], [0.7, 1.0, 0.8]),
    _of([5, 6, 5.5], [1, 1, 2, 3], [1, 5.5, 7], [3, 0.5, 1, 6]),  # no threshold is better than none
)


def _traced(advantage: float, threshold: float, known: tuple, new: tuple) -> str:
    """Which of the two results is wrong, with the shares of which it is made."""

    def shares(t, sides):
        members, others = (f"{np.sum(side <= t)} of {len(side)}" for side in sides)
        return f"{members} members and {others} others have an error of at most {t:g}: A = {_advantage(t, *sides):.4g}"

    best, words = _best(*known), []
    if not np.isclose(threshold, best, rtol=1e-6, atol=1e-9):
        words.append(f"the threshold is {threshold:g}, expected {best:g}")
        if not np.isclose(np.concatenate(known), threshold, rtol=1e-6, atol=1e-9).any():
            words.append(f"{threshold:g} is none of the calibration errors")
        if np.isclose(_advantage(threshold, *known), _advantage(best, *known)):
            words.append(f"on the calibration set {shares(best, known)}, as at {threshold:g}")
        else:
            words.append(f"on the calibration set {shares(threshold, known)}; but {shares(best, known)}")
    else:
        words.append("the threshold is right")
    if np.isclose(advantage, _advantage(threshold, *new), rtol=0, atol=1e-6):
        words.append("the advantage is right for this threshold")
    else:
        words.append(f"on the pictures to judge {shares(threshold, new)}; got {advantage:.4g}")
    return ". ".join(one[0].upper() + one[1:] for one in words)


def some_errors(seed: int, sizes: tuple[int, int, int, int], gap: float, decimals: int = 6) -> dict:
    """Errors with members lower by a gap: arguments of :func:`check_attack`.

    One threshold alone is the best: of several, rounding would choose, and differently in float32.
    """
    rng = np.random.default_rng(seed)
    shifts = (0, gap, 0, gap)
    while True:
        sides = [np.round(rng.gamma(3, 0.4, n) + shift, decimals) for n, shift in zip(sizes, shifts, strict=True)]
        members, others = sides[:2]
        if _best(members, others) == _best(members, others, latest=True):
            return {"known": (members, others), "new": (sides[2], sides[3])}
