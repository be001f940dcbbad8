"""Checks of lesson 52: the audit of groups, with Wilson's interval."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from course_utils import check

Z95 = 1.959964


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
    check.close(
        np.array(answer, dtype=float), right, name, rtol=3e-4, atol=1e-4 / n, mistakes=given,
        otherwise=lambda: _middle_and_half(*(float(end) for end in answer), k, n),
    )  # fmt: skip


def _middle_and_half(low: float, high: float, k: int, n: int) -> str:
    """Which part of the formula a wrong interval has wrong: its middle, or half its width."""
    p, z = k / n, Z95
    below = 1 + z**2 / n
    centre, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    words = []
    for name, found, above, formula in (
        ("middle", (low + high) / 2, centre, "k/n + z²/(2n)"),
        ("half width", (high - low) / 2, half, "z · √(p(1 − p)/n + z²/(4n²))"),
    ):
        if np.isclose(found, above / below, rtol=5e-4, atol=1e-4 / n):
            words.append(f"The {name}, {found:.4g}, is right")
        else:
            words.append(
                f"the {name} is {found:.4g}, expected {formula} = {above:.4g}, divided by 1 + z²/n = {below:.4g}: {above / below:.4g}"
            )
    return ". ".join(one[0].upper() + one[1:] for one in words)


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
    check.require(
        set(table.columns) == set(columns), f"The columns are {list(map(str, table.columns))}, expected {columns}."
    )
    both, made = sorted({*training, *generated}), sorted(set(generated))
    found = [one.item() if isinstance(one, np.generic) else one for one in table.index]
    check.require(
        not (both != made and found == made),
        "A group that was never generated is missing: the lost ones are what an audit looks for.",
    )
    check.require(set(found) == set(both), f"The index is {found}, expected the groups of both, {both}.")
    check.require(found == both, f"The groups are in the order {found}, expected sorted: {both}.")
    for group in both:
        row, told = table.loc[group], f"of the group {group}"
        _check_row(row, told, group, training, generated)


def _counted(share, k: int, n: int) -> str:
    return f"got {check.in_digits(share)}, expected {k} of {n}, {check.in_digits(k / n)}" if np.ndim(share) == 0 else ""


def _check_row(row, told: str, group, training: list, generated: list) -> None:
    k, n = generated.count(group), len(generated)
    expected, low_high = training.count(group) / len(training), _wilson(k, n)
    check.close(
        row["training"], expected, f"the share in training {told}",
        mistakes={"this is a count; divide by how many there are.": training.count(group),
                  "this is in per cent; return a share.": 100 * expected,
                  "this is the share among the generated.": k / n,
                  "divide by the number of training pictures.": training.count(group) / n},
        otherwise=lambda: _counted(row["training"], training.count(group), len(training)),
    )  # fmt: skip
    check.close(
        row["generated"], k / n, f"the share of the generated {told}",
        mistakes={"this is a count; divide by how many there are.": k,
                  "this is in per cent; return a share.": 100 * k / n,
                  "divide by the number of generated pictures.": k / len(training)},
        otherwise=lambda: _counted(row["generated"], k, n),
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
            otherwise=lambda: f"the interval is {row['low']} to {row['high']}, expected wilson({k}, {n}), "
            f"{check.in_digits(low_high[0])} to {check.in_digits(low_high[1])}",
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
