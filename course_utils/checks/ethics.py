"""Checks of lesson 52: detectors by generator, memory and the audit."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from course_utils import check

Z95 = 1.959964
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
    answer = check.call(auc, real, fake)
    check.require(answer is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.close(answer, _pairs(real, fake), name, rtol=1e-5, mistakes=_auc_slips(real, fake))


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
    if _advantage(threshold, *known) <= 0:
        told[BEGIN] = _advantage(0.0, *new), 0.0
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
        mistakes={told: np.array(pair, dtype=float) for told, pair in _attack_mistakes(known, new).items()},
    )  # fmt: skip


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


def _wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval as the roots of (k/n − p)² = z² p (1 − p) / n."""
    p = k / n
    low, high = sorted(np.roots([1 + z**2 / n, -(2 * p + z**2 / n), p**2]).real)
    return max(low, 0.0), min(high, 1.0)


def check_wilson(wilson: Callable, k: int, n: int) -> None:
    """Compare with the roots of the quadratic equation from which Wilson's interval comes.

    Args:
        wilson: the learner's function.
        k, n: successes of so many.
    """
    name = f"Wilson's interval of {k} of {n}"
    answer = check.several(check.call(wilson, k, n), "low", "high")
    p, right = k / n, np.array(_wilson(k, n))
    wald = 1.96 * np.sqrt(p * (1 - p) / n)
    centre, half = right.mean(), (right[1] - right[0]) / 2
    z = Z95
    root = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    mistakes = {
        "this is p ± 1.96 · √(p(1 − p)/n), the simple interval, which fails near 0 and 1.": (p - wald, p + wald),
        "this is the simple interval, cut off at 0 and 1.": (max(p - wald, 0), min(p + wald, 1)),
        "low and high are exchanged.": right[::-1],
        "the interval is centred at k / n; Wilson's centre is drawn towards one half.": (p - half, p + half),
        "the denominator 1 + z²/n is missing.": right * (1 + z**2 / n),
        "the half width is not divided by 1 + z²/n.": (centre - root, centre + root),
        "the centre is not divided by 1 + z²/n.": (
            centre * (1 + z**2 / n) - half, centre * (1 + z**2 / n) + half),
        "these are counts; divide by n.": right * n,
        "these are per cent; return shares.": right * 100,
        "z²/(4n²) is under the root, not z²/(4n).": _other_root(p, n, z, z**2 / (4 * n)),
        "z²/(4n²) is under the root, not z²/n².": _other_root(p, n, z, z**2 / n**2),
        "the term z²/(4n²) under the root is missing.": _other_root(p, n, z, 0.0),
        "the root of p(1 − p)/n was forgotten.": _other_root(p, n, z, None),
        "z = 1.645 gives 90 %; for 95 % z is 1.96.": _wilson(k, n, 1.644854),
        "z = 2 is rounded too far; take 1.96.": _wilson(k, n, 2.0),
        "z = 2.576 gives 99 %; for 95 % z is 1.96.": _wilson(k, n, 2.575829),
        "centre and half width are returned; return low and high.": (centre, half),
    }  # fmt: skip
    given = {told: np.array(pair, dtype=float) for told, pair in mistakes.items()}
    check.close(np.array(answer, dtype=float), right, name, rtol=3e-4, atol=1e-4 / n, mistakes=given)


def _other_root(p, n, z, term) -> tuple[float, float]:
    under = p * (1 - p) / n + z**2 / (4 * n**2) if term is None else p * (1 - p) / n + term
    half = z * (under if term is None else np.sqrt(under)) / (1 + z**2 / n)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    return centre - half, centre + half


def check_audit(bias_table: Callable, training: list, generated: list) -> None:
    """Compare the table with counts made one by one.

    Args:
        bias_table: the learner's function.
        training, generated: the group of each picture.
    """
    columns = ["training", "generated", "low", "high", "verdict"]
    table = check.call(bias_table, np.array(training), np.array(generated))
    check.require(table is not None, "Nothing was returned. Is the `return` missing?")
    check.require(isinstance(table, pd.DataFrame), f"Return a pandas DataFrame, not {type(table).__name__}.")
    check.require(list(table.columns) == columns, f"The columns are {list(table.columns)}, expected {columns}.")
    both, made = sorted({*training, *generated}), sorted(set(generated))
    found = list(table.index)
    check.require(
        not (both != made and found == made),
        "A group that was never generated is missing: the lost ones are what an audit looks for.",
    )
    check.require(set(found) == set(both), f"The index is {found}, expected the groups of both, {both}.")
    check.require(found == both, f"The groups are in the order {found}, expected sorted: {both}.")
    for group in both:
        row, told = table.loc[group], f"of the group {group}"
        _check_row(row, told, group, training, generated)


def _check_row(row, told: str, group, training: list, generated: list) -> None:
    k, n = generated.count(group), len(generated)
    expected, low_high = training.count(group) / len(training), _wilson(k, n)
    check.close(
        row["training"], expected, f"the share in training {told}",
        mistakes={"this is a count; divide by how many there are.": training.count(group),
                  "this is in per cent; return a share.": 100 * expected,
                  "this is the share among the generated.": k / n,
                  "divide by the number of training pictures.": training.count(group) / n},
    )  # fmt: skip
    check.close(
        row["generated"], k / n, f"the share of the generated {told}",
        mistakes={"this is a count; divide by how many there are.": k,
                  "this is in per cent; return a share.": 100 * k / n,
                  "divide by the number of generated pictures.": k / len(training)},
    )  # fmt: skip
    of_training = _wilson(training.count(group), len(training))
    of_too_many = _wilson(k, max(k, len(training)))
    exchanged = (
        "low and high are exchanged." if str(row["low"]) != str(row["high"]) else "low and high are the same number."
    )
    for side, name in enumerate(("low", "high")):
        check.close(
            row[name], low_high[side], f"{name} {told}", rtol=1e-3, atol=1e-4 / n,
            mistakes={"this is the interval of the training share; take the generated one.": of_training[side],
                      "this is in per cent; return a share.": 100 * low_high[side],
                      "n is the number of generated pictures, not of training pictures.": of_too_many[side],
                      exchanged: low_high[1 - side]},
        )  # fmt: skip
    low, high = low_high
    right = "under" if high < expected else "over" if low > expected else "in doubt"
    verdict, plain = row["verdict"], "under" if k / n < expected else "over"
    words = ("under", "over", "in doubt")
    check.require(verdict in words, f"The verdict {told} is {verdict!r}; expected one of {', '.join(words)}.")
    swapped = {"under": "over", "over": "under"}.get(right)
    check.require(
        verdict != swapped,
        f"The verdict {told} is {verdict!r}, but its interval is {low:.3f} to {high:.3f} and the training share "
        f"{expected:.3f}: 'under' and 'over' say what became of the group among the generated.",
    )
    check.require(
        not (right == "in doubt" and verdict == plain),
        f"The verdict {told} is {verdict!r}, but the training share {expected:.3f} lies within {low:.3f} to {high:.3f}: "
        "that may be chance.",
    )
    check.require(
        verdict == right,
        f"The verdict {told} is {verdict!r}, expected {right!r}: the training share is {expected:.3f}, the interval "
        f"{low:.3f} to {high:.3f}.",
    )
