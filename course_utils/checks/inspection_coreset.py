"""Checks of lesson 63, surface inspection: rows that cover all."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def clumps(n: int, d: int, seed: int) -> np.ndarray:
    """n rows (n, d): one large cloud, a small one, and a few far away."""
    rng = np.random.default_rng([n, d, seed])
    rows = rng.normal(size=(n, d)) * np.linspace(1, 3, d)
    rows[: n // 6] += 9
    rows[n // 6 : n // 4, 0] -= 14
    return rows[rng.permutation(n)]


def length(gaps: np.ndarray) -> np.ndarray:
    """Euclidean lengths of rows."""
    return np.sqrt(np.einsum("ij,ij->i", gaps, gaps))


def _misses(rows, chosen, distance=length, join="nearest", lowest=False, again=False) -> int | None:
    """The first place at which numbers leave a rule, None if they follow it throughout.

    Args:
        rows: (n, d).
        chosen: numbers of rows in their order.
        distance: from differences (n, d) to distances (n,).
        join: how the distances to the kept rows become one number.
        again: whether a row that is kept may be chosen again where the rule says so.
        lowest: whether the row with the lowest number is next, not that with the highest.
    """
    state = known = distance(rows - rows[chosen[0]])
    first, kept = known, {chosen[0]}
    for place, number in enumerate(chosen[1:], start=1):
        worth = {"first": first, "last": known}.get(join, state) * (-1 if lowest else 1)
        left = worth if again or len(kept) == len(rows) else np.delete(worth, list(kept))
        if worth[number] < left.max() - 1e-6 * np.abs(left).max() - 1e-9:
            return place
        kept.add(number)
        known = distance(rows - rows[number])
        state = {"nearest": np.minimum, "farthest": np.maximum}.get(join, np.add)(state, known)
    return None


def _other_rules(rows, found, first) -> list[str]:
    """Which rules other than the right one choose these rows."""
    unit = rows / np.maximum(length(rows)[:, None], 1e-12)
    spread = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-12)
    away = length(rows - rows.mean(axis=0))
    rules = {
        "this takes the row nearest to those that are kept; take the farthest.": {"lowest": True},
        "distances to the LAST kept row only count here; take those to the nearest of all kept rows.": {"join": "last"},
        "only distances to the FIRST row count here; take those to the nearest of all kept rows.": {"join": "first"},
        "distances to all kept rows are summed or averaged; take the nearest one.": {"join": "sum"},
        "squared distances to all kept rows are summed, or that to their mean is taken; take that to the nearest one.": {
            "distance": lambda gaps: np.einsum("ij,ij->i", gaps, gaps), "join": "sum"},
        "the farthest kept row counts here; take the nearest one (minimum, not maximum).": {"join": "farthest"},
        "these are sums of absolute differences; take Euclidean distances.": {
            "distance": lambda gaps: np.abs(gaps).sum(axis=1)},
        "only the largest difference of a row's entries counts here; take Euclidean distances.": {
            "distance": lambda gaps: np.abs(gaps).max(axis=1)},
        "the differences are summed before they are squared; square each of them first.": {
            "distance": lambda gaps: np.abs(gaps.sum(axis=1))},
        "only one entry of each row counts here; take the distance over all.": {
            "distance": lambda gaps: np.abs(gaps[:, 0])},
        "angles between rows count here (cosine); take Euclidean distances.": {"rows": unit},
        "the rows are scaled first; take distances between the rows as they are given.": {"rows": spread},
        "the rows are cut to whole numbers (dtype): keep them as they are.": {"rows": np.trunc(rows)},
    }  # fmt: skip

    def follow(again: bool) -> list[str]:
        given = {"rows": rows, "chosen": found, "again": again}
        return [words for words, rule in rules.items() if _misses(**given | rule) is None]

    told = follow(again=True) or follow(again=False)
    order = [k for k in np.argsort(-away) if k != first]
    if found[1:] == order[: len(found) - 1]:
        told.append("these are the rows farthest from the mean of all; take the one farthest from those that are kept.")
    return told


def _other_counts(rows, found, first) -> list[str]:
    """Mistakes of the start, of the order, and of what the numbers count."""
    told, right = [], _right(rows, len(found), first)
    if first and _misses(rows, [0, *found[1:]]) is None:
        told.append("the first distances are those to row 0; take those to the row to start with, `first`.")
    if max(found) < len(rows) - 1 and _misses(rows[:-1], found) is None:
        told.append("the last row is never looked at; it may be the farthest.")
    rest = [number - sum(k < number for k in right[:place]) for place, number in enumerate(right)]
    if found[1:] == rest[1:]:
        told.append("these numbers count only the rows that are left; count all rows, as they are given.")
    if set(found) == set(right):
        told.append("these are the right rows; give them in the order of their choice.")
    return told


def _told(coreset, rows, found, first) -> list[str]:
    """What explains the numbers, and those of a larger case as well where few may be so by chance."""
    told = _other_rules(rows, found, first) + _other_counts(rows, found, first)
    if len(found) > 7 or not told:
        return told
    more = clumps(40, 3, seed=7)
    try:
        others = [int(k) for k in check.call(coreset, more, 12, 5)]
        again = _other_rules(more, others, 5) + _other_counts(more, others, 5)
    except Exception:
        return told
    return [words for words in told if words in again]


def _right(rows, size, first) -> list[int]:
    chosen, nearest = [first], length(rows - rows[first])
    while len(chosen) < size:
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, length(rows - rows[chosen[-1]]))
    return chosen


def check_coreset(coreset: Callable, rows, size: int, first: int) -> None:
    """Is each chosen row the one that was farthest from those before it?

    Args:
        coreset: the learner's function.
        rows: (n, d).
        size: how many to choose.
        first: the row to start with.
    """
    rows = np.asarray(rows, dtype=float)
    name = f"{size} of {len(rows)} rows, starting with row {first}"
    found = _row_numbers(check.call(coreset, rows, size, first), rows, size, name)
    if found[0] != first:
        more = ""
        if _misses(rows, [first, *found]) is None:
            more = " It is the first of the chosen ones, and the others come after it."
        elif set(found) == set(_right(rows, size, first)):
            more = " These are the right rows; give them in the order of their choice."
        raise check.CheckError(
            f"{name}: the first number is {found[0]}; it must be the row to start with, `first`.{more}"
        )
    wrong = _misses(rows, found)
    if wrong is not None:
        told = _told(coreset, rows, found, first)
        check.require(not told, f"{name}: {' Or: '.join(told[:2])}")
    check.require(len(set(found)) == size, f"{name}: row {_twice(found)} is chosen twice: its distance to itself is 0.")
    if wrong is None:
        return
    nearest = np.min([length(rows - rows[k]) for k in found[:wrong]], axis=0)
    raise check.CheckError(
        f"{name}: choice {wrong + 1} is row {found[wrong]}, {nearest[found[wrong]]:.3g} away from the nearest kept one; "
        f"row {int(np.argmax(nearest))} is {nearest.max():.3g} away from its nearest, so it comes first. Are the "
        "distances of ALL rows brought up to date after each choice?"
    )


def _row_numbers(answer, rows, size, name) -> list[int]:
    """The learner's numbers of rows, once they can be such."""
    shape = np.shape(answer) if answer is not None else None
    check.require(
        shape is None or size == rows.shape[0] or shape != (size, rows.shape[1]),
        f"{name}: these are the rows themselves; their numbers are wanted.",
    )
    check.require(
        getattr(getattr(answer, "dtype", None), "name", "") != "bool",
        f"{name}: these are True and False; the numbers of the rows are wanted, in the order of their choice.",
    )
    check.require(
        shape is None or len(shape) != 1 or shape == (size,),
        f"{name}: the shape is {shape}: {shape and shape[0]} numbers, and `size` asks for {size}; the row to start with "
        "is one of them.",
    )
    found = check.array(answer, name, shape=(size,))
    check.require(
        np.array_equal(found, np.round(found)),
        f"{name}: these are no whole numbers (distances?); the numbers of the rows are wanted.",
    )
    check.require(
        np.issubdtype(found.dtype, np.integer),
        f"{name}: these are floating-point numbers; rows[...] needs integers (dtype=int).",
    )
    check.require(
        found.min() >= 0 and found.max() < len(rows),
        f"{name}: expected whole numbers of rows, from 0 to {len(rows) - 1}.",
    )
    return found.astype(int).tolist()


def _twice(numbers: list[int]) -> int:
    return next((k for k in numbers if numbers.count(k) > 1), numbers[0])
