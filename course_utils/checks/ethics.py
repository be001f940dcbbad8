"""Checks of lesson 52: detectors by generator, the radial spectrum, memory and the audit."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from course_utils import check

Z95 = 1.959964


def _pairs(real: np.ndarray, fake: np.ndarray) -> float:
    """AUC from ranks (Mann & Whitney), another way than by pairs."""
    ranks = rankdata(np.concatenate([real, fake]))[len(real) :]
    return (ranks.sum() - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake))


def _auc_slips(real: np.ndarray, fake: np.ndarray) -> dict:
    def formula(swapped=False, ties=0.5, other=""):
        a, b = (fake, real) if swapped else (real, fake)
        low, equal = (a[:, None] < b[None, :]).mean(), (a[:, None] == b[None, :]).mean()
        half = np.concatenate([real <= 0.5, fake > 0.5])
        zero = np.concatenate([real <= 0, fake > 0])
        others = {
            "": lambda: low + ties * equal,
            "accuracy": half.mean,
            "accuracy of logits": zero.mean,
            "balanced": lambda: (np.mean(real <= 0.5) + np.mean(fake > 0.5)) / 2,
            "in order": lambda: np.mean(fake[: len(real)] > real[: len(fake)]),
            "means": lambda: float(np.mean(fake) > np.mean(real)),
            "sum": lambda: (low + ties * equal) * len(a) * len(b),
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
        "two means were compared; compare all pairs.": {"other": "means"},
        "this is a number of pairs; divide by how many there are.": {"other": "sum"},
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


def _frequencies(pictures: np.ndarray, change: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Power (size, size) and distance from zero of each frequency, by a sum of cosines and sines."""
    size = pictures.shape[1]
    turns = np.exp(-2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size)
    if change == "mean picture":
        pictures = pictures.mean(axis=0, keepdims=True)
    if change == "grey":
        pictures = pictures.mean(axis=-1, keepdims=True)
    planes = np.moveaxis(pictures, -1, 1)
    waves = turns @ planes @ turns.T
    power = np.abs(waves) ** 2 if change != "amplitude" else np.abs(waves)
    if change == "real part":
        power = waves.real**2
    k = np.minimum(np.arange(size), size - np.arange(size))
    if change == "not wrapped":
        k = np.arange(size)
    if change == "shifted":
        k = np.abs(np.arange(size) - size // 2)
    return power.mean(axis=(0, 1)), np.hypot(k[:, None], k[None, :])


def _ring_means(waves, change="", rounding=np.round, how="mean", length=0, scale=1.0, drop_zero=False):
    power, radius = waves(change)
    rings = rounding(radius)
    wanted = np.arange(len(power) // 2 + 1 + length)
    found = np.array([getattr(np, how)(power[rings == r]) if (rings == r).any() else 0.0 for r in wanted])
    found = found[1:] if drop_zero else found
    return found * scale


def check_spectrum(radial_spectrum: Callable, n: int, size: int, channels: int = 3, seed: int = 0) -> None:
    """Compare with rings over a Fourier transform that is done by matrices.

    Args:
        radial_spectrum: the learner's function.
        n, size, channels: of the pictures.
        seed: of their pixels.
    """
    rng = np.random.default_rng([seed, n, size, channels])
    x = rng.random((n, size, size, channels)) ** 2
    x[:, : size // 2] += rng.random((n, 1, 1, channels))
    waves = cache(lambda change: _frequencies(x, change))
    right = _ring_means(waves)
    name = f"the radial spectrum of {n} picture(s) of {size} x {size} pixels"
    slips = {
        "this is the amplitude |F|; the power is its square.": {"change": "amplitude"},
        "the pictures were averaged first; average their powers.": {"change": "mean picture"},
        "the channels were averaged first; average their powers.": {"change": "grey"},
        "only the real part was squared; the power is |F| squared.": {"change": "real part"},
        "frequencies above size / 2 are negative ones: np.fft.fftfreq(size) * size gives them all.": {
            "change": "not wrapped"
        },
        "zero frequency is at [0, 0] unless you shift: power and radius do not fit together.": {"change": "shifted"},
        "the radius was cut off, not rounded.": {"rounding": np.floor},
        "the radius was rounded up; round to the nearest.": {"rounding": np.ceil},
        "this is the sum over a ring; take the mean.": {"how": "sum"},
        "this is the median of a ring; take the mean.": {"how": "median"},
        "entry size // 2 is missing.": {"length": -1},
        "the rings beyond size // 2 (the corners) are not asked for.": {
            "length": round(float(np.hypot(size // 2, size // 2))) - size // 2
        },
        "entry 0, the zero frequency, is missing.": {"drop_zero": True},
        "the power was divided by the number of pixels; leave |F|² as it is.": {"scale": 1 / size**2},
        "the power was divided by the number of pixels twice; leave |F|² as it is.": {"scale": 1 / size**4},
    }
    answer = check.call(radial_spectrum, x)
    check.require(answer is not None, f"{name}: nothing was returned. Is the `return` missing?")
    mistakes = check.slips(lambda **slip: _ring_means(waves, **slip), slips)
    logs = {f"this is the logarithm; return the power itself ({k}).": f for k, f in _logs(right).items()}
    mistakes = {**mistakes, **logs}
    check.close(answer, right, name, rtol=1e-4, mistakes=mistakes)
    parts = {told: one / right for told, one in mistakes.items() if np.shape(one) == right.shape}
    check.close(  # entry 0 is far larger than the others: each has its own tolerance
        np.asarray(answer, dtype=float) / right, np.ones(len(right)), f"{name}, divided by the right one",
        rtol=2e-3, mistakes=parts,
    )  # fmt: skip


def _logs(right: np.ndarray) -> dict:
    return {"natural": np.log(right), "base 10": np.log10(right), "1 added": np.log1p(right)}


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

    threshold = _best(*known)
    told = {
        "the threshold was chosen on the very pictures that it is judged on; choose it on the calibration set.": (
            _advantage(_best(*new), *new), _best(*new)),
        "this is the advantage on the calibration set; judge the threshold on the other pictures.": (
            _advantage(threshold, *known), threshold),
        "members have *small* errors: a picture counts as a member if its error is at most the threshold.": (
            -_advantage(_best(known[1], known[0]), *new), _best(known[1], known[0])),
        "an error equal to the threshold counts as a member: <=, not <.": _strict(known, new),
        "of several best thresholds take the lowest.": (
            _advantage(_best(*known, latest=True), *new), _best(*known, latest=True)),
        "this is the true-positive rate alone; subtract the false-positive rate.": (
            np.mean(new[0] <= threshold), threshold),
        "this is the accuracy, not TPR − FPR.": (accuracy(threshold, *new), threshold),
        "the threshold with the highest accuracy was chosen; take the highest TPR − FPR.": (
            _advantage(_best(*known, better=accuracy), *new), _best(*known, better=accuracy)),
        "a negative advantage stays negative: no absolute value, no maximum with 0.": (
            abs(_advantage(threshold, *new)), threshold),
        "a negative advantage stays negative: no maximum with 0.": (max(0, _advantage(threshold, *new)), threshold),
        "threshold and advantage are exchanged.": (threshold, _advantage(threshold, *new)),
        "false-positive rate minus true-positive rate: the sign is wrong.": (
            -_advantage(threshold, *new), threshold),
    }  # fmt: skip
    large = _best(*known, better=_of_large)
    for told_at, value in (("chosen", _advantage(large, *new)), ("judged", _of_large(large, *new))):
        told[f"members have *small* errors: <=, where the threshold is {told_at}, too."] = (value, large)
    for name, rule in {"mean": np.mean, "median": np.median}.items():
        for who, sample in (("of the members", known[0]), ("of all", np.concatenate(known))):
            t = rule(sample)
            told[f"the threshold is the {name} {who}; take the one with the largest TPR − FPR."] = (
                _advantage(t, *new), t)  # fmt: skip
    return told


def _of_large(threshold, members, others) -> float:
    return np.mean(members >= threshold) - np.mean(others >= threshold)


def _strict(known: tuple, new: tuple) -> tuple[float, float]:
    def below(t, members, others):
        return np.mean(members < t) - np.mean(others < t)

    threshold = _best(*known, better=below)
    return below(threshold, *new), threshold


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
    answer = check.several(check.call(attack_advantage, *known, *new), "advantage", "threshold")
    check.require(all(one is not None and np.ndim(one) == 0 for one in answer), f"{name}: return two numbers.")
    threshold = _best(*known)
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
        "the term z²/(4n²) under the root is missing.": _other_root(p, n, z, 0.0),
        "the root of p(1 − p)/n was forgotten.": _other_root(p, n, z, None),
        "z = 1.645 gives 90 %; for 95 % z is 1.96.": _wilson(k, n, 1.644854),
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
    for side, name in enumerate(("low", "high")):
        check.close(
            row[name], low_high[side], f"{name} {told}", rtol=1e-3, atol=1e-4 / n,
            mistakes={"this is the interval of the training share; take the generated one.": of_training[side],
                      "this is in per cent; return a share.": 100 * low_high[side],
                      "low and high are exchanged.": low_high[1 - side]},
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
