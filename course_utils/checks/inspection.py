"""Checks of lesson 63, surface inspection: reconstruction and memory."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def check_errors(errors: Callable, n: int, m: int, d: int, k: int) -> None:
    """Compare with the eigenvectors of the covariance, and know the usual mistakes.

    Args:
        errors: the learner's function.
        n: good rows, more than k.
        m: new rows.
        d: columns.
        k: components.
    """
    rng = np.random.default_rng([n, m, d, k])
    spread = np.diag(np.arange(d, 0, -1.0)) + 0.2 * rng.normal(size=(d, d))
    good = rng.normal(size=(n, d)) @ spread + 3 * rng.normal(size=d) + 2
    new = rng.normal(size=(m, d)) @ spread[:, ::-1] + good.mean(axis=0) + 1.5

    def formula(mean="good", fit="good", centred_fit=True, kept=k, turned=False, how=np.sum, root=False, part="rest"):
        rows = {"good": good, "new": new, "both": np.concatenate([good, new])}
        about = rows[fit] - (rows[fit].mean(axis=0) if centred_fit else 0)
        vectors = np.linalg.eigh(about.T @ about)[1][:, ::-1]
        vectors = vectors[:, ::-1][:, :kept] if turned else vectors[:, :kept]
        centre = {"good": good.mean(axis=0), "new": new.mean(axis=0), "zero": np.zeros(d), "all": good.mean()}[mean]
        along = (new - centre) @ vectors
        entries = {"rest": new - centre - along @ vectors.T, "plane": along @ vectors.T}[part]
        values = how(entries**2, axis=1)
        return np.sqrt(values) if root else values

    mistakes = check.slips(
        formula,
        {
            "the good mean was not subtracted, neither for the directions nor from the new rows.": {
                "mean": "zero", "centred_fit": False},
            "the new rows are not centred: subtract the mean of the good ones.": {"mean": "zero"},
            "the new rows are centred by their own mean; take that of the good ones.": {"mean": "new"},
            "one mean over all entries; take the mean of each column.": {"mean": "all"},
            "the directions come from rows that were not centred.": {"centred_fit": False},
            "mean and directions are those of the new rows: learn from the good ones.": {"mean": "new", "fit": "new"},
            "the directions are those of the new rows: learn from the good ones.": {"fit": "new"},
            "the directions come from good and new rows together.": {"fit": "both"},
            "these are the directions of SMALLEST variance.": {"turned": True},
            "one component too many.": {"kept": k + 1},
            "one component too few.": {"kept": k - 1},
            "this is the mean over the entries; take the sum.": {"how": np.mean},
            "this is the root; the squared error is wanted.": {"root": True},
            "this is the length of what is kept; the rest is wanted.": {"part": "plane"},
        },
    )  # fmt: skip
    name = f"{k} components of {n} good patches with {d} entries, {m} new ones"
    answer = check.call(errors, good, new, k)
    check.require(answer is None or np.ndim(answer) > 0, f"{name}: one number for all; every row needs its own.")
    if k == d and np.shape(answer) == (m,):
        zero = np.abs(np.asarray(answer, dtype=float)) < 1e-6 * np.sum(new**2)
        check.require(zero.all(), f"{name}: all directions are kept, so nothing is left: the errors must be 0.")
        return
    check.close(answer, formula(), name, rtol=1e-3, mistakes=mistakes)


def clumps(n: int, d: int, seed: int) -> np.ndarray:
    """n rows (n, d): one large cloud, a small one, and a few far away."""
    rng = np.random.default_rng([n, d, seed])
    rows = rng.normal(size=(n, d)) * np.linspace(1, 3, d)
    rows[: n // 6] += 9
    rows[n // 6 : n // 4, 0] -= 14
    return rows[rng.permutation(n)]


def _greedy(rows, size, first, distance, join, best=np.argmax) -> list[int]:
    """Numbers chosen by a rule: how far two rows are, how distances join, which is best."""
    chosen = [first]
    columns = [distance(rows - rows[first])]
    while len(chosen) < size:
        chosen.append(int(best(join(columns))))
        columns.append(distance(rows - rows[chosen[-1]]))
    return chosen


def _length(gaps):
    return np.sqrt(np.einsum("ij,ij->i", gaps, gaps))


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
    answer = check.call(coreset, rows, size, first)
    shape = np.shape(answer) if answer is not None else None
    check.require(
        shape is None or size == rows.shape[0] or shape != (size, rows.shape[1]),
        f"{name}: these are the rows themselves; their numbers are wanted.",
    )
    check.array(answer, name, shape=(size,))
    found = np.asarray(answer)
    check.require(
        np.issubdtype(found.dtype, np.integer),
        f"{name}: these are floating-point numbers; rows[...] needs integers (dtype=int).",
    )
    check.require(
        found.min() >= 0 and found.max() < len(rows),
        f"{name}: expected whole numbers of rows, from 0 to {len(rows) - 1}.",
    )
    found = found.astype(int).tolist()
    rules = {
        "this takes the row nearest to those that are kept; take the farthest.": (
            _length, lambda c: np.where(np.min(c, axis=0) > 0, np.min(c, axis=0), np.inf), np.argmin),
        "distances to the LAST kept row only count here; take those to the nearest of all kept rows.": (
            _length, lambda c: c[-1], np.argmax),
        "only distances to the FIRST row count here; take those to the nearest of all kept rows.": (
            _length, lambda c: _without(c, 0), np.argmax),
        "distances to all kept rows are summed or averaged; take the nearest one.": (
            _length, lambda c: np.mean(c, axis=0), np.argmax),
        "squared distances to all kept rows are summed or averaged; take the nearest one.": (
            _length, lambda c: np.mean(np.square(c), axis=0), np.argmax),
        "the farthest kept row counts here; take the nearest one (minimum, not maximum).": (
            _length, lambda c: np.max(c, axis=0), np.argmax),
        "these are sums of absolute differences; take Euclidean distances.": (
            lambda gaps: np.abs(gaps).sum(axis=1), lambda c: np.min(c, axis=0), np.argmax),
    }  # fmt: skip
    right = _greedy(rows, size, first, _length, lambda c: np.min(c, axis=0))
    check.require(
        found[0] == first,
        f"{name}: the first number is {found[0]}; it must be the row to start with, `first`.",
    )
    if found != right:
        told = [words for words, rule in rules.items() if _greedy(rows, size, first, *rule) == found]
        check.require(not told, f"{name}: {' Or: '.join(told[:2])}")
    check.require(len(set(found)) == size, f"{name}: row {_twice(found)} is chosen twice: its distance to itself is 0.")
    nearest = _length(rows - rows[found[0]])
    for place, number in enumerate(found[1:], start=2):
        check.require(
            nearest[number] >= nearest.max() * (1 - 1e-6) - 1e-9,
            f"{name}: choice {place} is row {number}, {nearest[number]:.3g} away from the nearest kept one; row "
            f"{int(np.argmax(nearest))} is {nearest.max():.3g} away.",
        )
        nearest = np.minimum(nearest, _length(rows - rows[number]))


def _without(columns: list, kept: int) -> np.ndarray:
    """The distances of one column, those that other columns have at 0 taken out."""
    values = np.array(columns[kept])
    values[np.min(columns, axis=0) == 0] = -1
    return values


def _twice(numbers: list[int]) -> int:
    return next((k for k in numbers if numbers.count(k) > 1), numbers[0])


def check_distances(distances: Callable, n: int, shape: tuple, d: int, same: bool = False) -> None:
    """Compare with a loop over pairs, and know the usual mistakes.

    Args:
        distances: the learner's function.
        n: rows of the memory.
        shape: of the queries, without the last axis.
        d: entries of a row.
        same: whether the queries are the rows of the memory.
    """
    rng = np.random.default_rng([n, d, *shape])
    memory = rng.normal(size=(n, d)) * np.linspace(1, 2, d) + 3
    queries = memory.copy() if same else rng.normal(size=(*shape, d)) + 2.5
    flat = queries.reshape(-1, d)
    each = np.stack([_length(flat - row) for row in memory])  # (n, queries)
    name = f"distances of queries {(*shape, d)} to a memory of {n} rows"
    answer = check.call(distances, memory, queries)
    if answer is not None and np.shape(answer) == shape and np.isnan(np.asarray(answer, dtype=float)).any():
        raise check.CheckError(
            f"{name}: there is NaN, the root of a negative number. Rounding makes squares slightly negative: "
            "np.maximum(..., 0) before the root."
        )
    one_norm = np.stack([np.abs(flat - row).sum(axis=1) for row in memory])
    mistakes = {
        "these are squared distances; take the root.": each.min(axis=0) ** 2,
        "this is the mean distance to the memory; take the smallest.": each.mean(axis=0),
        "this is the largest distance; take the smallest.": each.max(axis=0),
        "these are numbers of the nearest rows; their distances are wanted.": each.argmin(axis=0).astype(float),
        "these are sums of absolute differences; take Euclidean distances.": one_norm.min(axis=0),
        "the sign is turned round: far must be large.": -each.min(axis=0),
        "divided by the number of entries or its root; take the plain distance.": each.min(axis=0) / np.sqrt(d),
        "the factor 2 of the product is missing: |q|² - 2 q·m + |m|².": np.sqrt(
            np.maximum((each**2 + (flat @ memory.T).T).min(axis=0), 0)
        ),
        "the product is missing: |q|² - 2 q·m + |m|².": np.sqrt((each**2 + 2 * (flat @ memory.T).T).min(axis=0)),
    }
    mistakes = {words: value.reshape(shape) for words, value in mistakes.items()}
    if n > 1:
        over = np.sqrt(np.min(each**2, axis=1))
        check.require(
            np.shape(answer) != (n,) or n == np.prod(shape),
            f"{name}: this is one number for each remembered row ({over.shape[0]}); one for each query is wanted.",
        )
    check.close(
        answer, each.min(axis=0).reshape(shape), name, rtol=1e-3, atol=1e-2 if same else 1e-4, mistakes=mistakes
    )
