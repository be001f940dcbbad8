"""Checks of lesson 63, surface inspection: reconstruction and memory."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.check.likeness import in_common
from course_utils.checks.inspection_coreset import check_coreset as check_coreset
from course_utils.checks.inspection_coreset import clumps as clumps
from course_utils.checks.inspection_coreset import length


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
    name = f"{k} components of {n} good patches with {d} entries, {m} new ones"
    answer = check.call(errors, good, new, k)
    check.require(answer is None or np.ndim(answer) > 0, f"{name}: one number for all; every row needs its own.")
    check.require(
        n == m or np.shape(answer) != (n,),
        f"{name}: there is an error for each GOOD row; one for each NEW row is wanted.",
    )
    if k == d and np.shape(answer) == (m,):
        zero = np.abs(np.asarray(answer, dtype=float)) < 1e-6 * np.sum(new**2)
        check.require(zero.all(), f"{name}: all directions are kept, so nothing is left: the errors must be 0.")
        return
    right = _errors(good, new, k)

    def look() -> str:
        step = _wrong_step(errors, good, k) if np.shape(answer) == (m,) else ""
        return step or check.behaviour(errors, _errors, good=good, new=new, k=k)

    check.close(answer, right, name, rtol=1e-3, mistakes=lambda: _error_slips(good, new, k), otherwise=look)


def _errors(
    good, new, k, mean="good", fit="good", centred_fit=True, kept="first", scaled="", back=True, how="sum", part="rest"
):
    """Squared errors of the reconstruction, with the usual slips as options."""
    rows = {"good": good, "new": new, "both": np.concatenate([good, new])}
    about = rows[fit] - (rows[fit].mean(axis=0) if centred_fit else 0)
    spread = good.std(axis=0)
    values, vectors = np.linalg.eigh((about / spread).T @ (about / spread) if scaled else about.T @ about)
    vectors = vectors[:, ::-1]
    vectors = {
        "first": vectors[:, :k], "smallest": vectors[:, ::-1][:, :k], "more": vectors[:, : k + 1],
        "less": vectors[:, : k - 1], "last": vectors[:, k - 1 : k], "top": vectors[:, :1],
    }[kept]  # fmt: skip
    centre = {"good": good.mean(axis=0), "new": new.mean(axis=0), "zero": np.zeros(good.shape[1]), "all": good.mean()}
    centred = (new - centre[mean]) / (spread if scaled == "rows" else 1)
    along = centred @ vectors
    if part == "plane":
        entries = along @ vectors.T
    elif part == "long":
        entries = centred - along * np.sqrt(values[::-1][:k]) @ vectors.T
    elif part == "white":
        entries = centred - along / np.sqrt(values[::-1][:k] / (len(good) - 1)) @ vectors.T
    else:
        entries = (centred if back else new) - along @ vectors.T
    measures = {
        "sum": lambda e: np.sum(e**2, axis=1), "mean": lambda e: np.mean(e**2, axis=1),
        "root": lambda e: np.sqrt(np.sum(e**2, axis=1)), "rms": lambda e: np.sqrt(np.mean(e**2, axis=1)),
        "absolute": lambda e: np.abs(e).sum(axis=1), "absolute mean": lambda e: np.abs(e).mean(axis=1),
        "largest": lambda e: np.max(e**2, axis=1), "plain": lambda e: e.sum(axis=1),
        "late": lambda e: e.sum(axis=1) ** 2, "share": lambda e: np.sum(e**2, axis=1) / np.sum(centred**2, axis=1),
    }  # fmt: skip
    return measures[how](entries)


def _error_slips(good, new, k) -> dict:
    """Known mistakes of the errors."""
    slips = check.slips(
        lambda **options: _errors(good, new, k, **options),
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
            "these are the directions of SMALLEST variance.": {"kept": "smallest"},
            "one component too many.": {"kept": "more"},
            "one component too few.": {"kept": "less"},
            "this is the mean over the entries; take the sum.": {"how": "mean"},
            "this is the root; the squared error is wanted.": {"how": "root"},
            "these are absolute differences; square them.": {"how": "absolute"},
            "this is the length of what is kept; the rest is wanted.": {"part": "plane"},
            "the mean is missing in what is rebuilt: compare with the centred row, or add the mean again.": {
                "back": False},
            "the columns were divided by their standard deviation; here the mean alone is subtracted.": {
                "scaled": "rows"},
        },
    )  # fmt: skip
    alone = {
        "only component k is used; take all from the first to the k-th.": {"kept": "last"},
        "only the first component is used; take the first k.": {"kept": "top"},
        "the directions come from columns that were divided by their standard deviation.": {"scaled": "fit"},
        "the codes are multiplied by the singular values; the directions alone rebuild.": {"part": "long"},
        "the codes are divided by the components' standard deviations (whitened), and rebuilt without these.": {
            "part": "white"},
        "this is the root of the mean; the sum of the squares is wanted.": {"how": "rms"},
        "this is the mean of absolute differences; take the sum of their squares.": {"how": "absolute mean"},
        "this is the largest squared difference of each row; take the sum.": {"how": "largest"},
        "the differences are summed as they are; square each of them first.": {"how": "plain"},
        "the differences are summed first and then squared; square each of them first.": {"how": "late"},
        "this is a share of the row's squared length; the squared error itself is wanted.": {"how": "share"},
    }  # fmt: skip
    return dict(slips) | {words: _errors(good, new, k, **options) for words, options in alone.items()}


def _wrong_step(errors, good, k) -> str:
    """Which property of a reconstruction is missing, whatever the mistake: probes that lie where the answer is known."""
    mean = good.mean(axis=0)
    about = good - mean
    vectors = np.linalg.eigh(about.T @ about)[1][:, ::-1]
    probes = mean + 2 * np.concatenate([np.zeros((1, len(mean))), vectors[:, : k + 1].T])
    try:
        values = np.asarray(check.call(errors, good, probes, k), dtype=float)
    except Exception:
        return ""
    if values.shape != (k + 2,):
        return ""
    if abs(values[0]) > 1e-6:
        return (
            f"a row that IS the mean of the good ones is rebuilt without error, and yours has {values[0]:.3g}. "
            "Look at what is subtracted, and whether it is added again."
        )
    if np.max(np.abs(values[1:-1])) > 1e-6:
        return (
            "the mean plus a piece of a kept direction is rebuilt without error, and yours has "
            f"{np.max(np.abs(values[1:-1])):.3g}. Look at how the directions are found, and which are kept."
        )
    if abs(values[-1] - 4) > 1e-3:
        return (
            "the mean plus 2 times a direction that is NOT kept has the error 4, and yours has "
            f"{values[-1]:.3g}. Look at how the differences become one number."
        )
    return ""


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
    each = np.stack([length(flat - row) for row in memory])  # (n, queries)
    name = f"distances of queries {(*shape, d)} to a memory of {n} rows"
    answer = check.call(distances, memory, queries)
    if answer is not None and np.shape(answer) == shape and np.isnan(np.asarray(answer, dtype=float)).any():
        raise check.CheckError(
            f"{name}: there is NaN, the root of a negative number. Rounding makes squares slightly negative: "
            "np.maximum(..., 0) before the root."
        )
    check.require(
        getattr(getattr(answer, "dtype", None), "name", "") not in ("float16", "bfloat16"),
        f"{name}: these are numbers of 16 bits, which is too coarse. Compute with float32.",
    )
    check.require(
        n == 1 or np.shape(answer) != (n,) or n == np.prod(shape),
        f"{name}: this is one number for each remembered row ({n}); one for each query is wanted.",
    )
    check.require(
        np.shape(answer) != (*shape, n) or n == 1 or not shape,
        f"{name}: these are the distances to ALL remembered rows; take the smallest for each query.",
    )

    check.require(
        answer is None or np.ndim(answer) != 1 or len(shape) == 1 or np.size(answer) != flat.shape[0],
        f"{name}: the shape is {np.shape(answer)}, expected {shape}: give the values the shape of the queries without "
        "the last axis.",
    )

    near, atol = each.min(axis=0), 1e-2 if same else 1e-4
    known = lambda: {words: one.reshape(shape) for words, one in _distance_slips(memory, flat, each).items()}  # noqa: E731
    look = lambda: _wrong_distance(distances, answer, near, shape)  # noqa: E731
    check.close(answer, near.reshape(shape), name, rtol=1e-3, atol=atol, mistakes=known, otherwise=look)


def _distance_slips(memory, flat, each) -> dict:
    """Known mistakes; ``each`` holds all distances (n, queries)."""
    near, gaps = each.min(axis=0), np.abs(flat - memory[:, None])  # gaps (n, queries, d)
    q, m, product = length(flat) ** 2, length(memory)[:, None] ** 2, memory @ flat.T
    units = flat / length(flat)[:, None], memory / length(memory)[:, None]
    spread = np.maximum(memory.std(axis=0), 1e-12)
    ranked = np.sort(each, axis=0)

    def root(squares):
        return np.sqrt(np.maximum(squares.min(axis=0), 0))

    return {
        "these are squared distances; take the root.": near**2,
        "this is the mean distance to the memory; take the smallest.": each.mean(axis=0),
        "this is the median distance to the memory; take the smallest.": np.median(each, axis=0),
        "this is the sum of the distances to the memory; take the smallest.": each.sum(axis=0),
        "this is the largest distance; take the smallest.": each.max(axis=0),
        "this is the distance to the SECOND nearest row; take the nearest.": ranked[min(1, len(ranked) - 1)],
        "this is the mean over several nearest rows; take the one nearest.": ranked[:3].mean(axis=0),
        "this is the mean over five nearest rows (a default?); take the one nearest.": ranked[:5].mean(axis=0),
        "this is the distance to the FIFTH nearest row (a default?); take the nearest.": ranked[:5][-1],
        "this is the distance to the memory's mean; take the smallest of the distances to its rows.": length(
            flat - memory.mean(axis=0)
        ),
        "these are numbers of the nearest rows; their distances are wanted.": each.argmin(axis=0).astype(float),
        "these are sums of absolute differences; take Euclidean distances.": gaps.sum(axis=-1).min(axis=0),
        "these are roots of sums of absolute differences; square the differences.": np.sqrt(
            gaps.sum(axis=-1).min(axis=0)
        ),
        "only the largest difference of the entries counts here; take Euclidean distances.": gaps.max(axis=-1).min(
            axis=0
        ),
        "each entry has a nearest row of its own here; one row must be the nearest in all entries.": length(
            gaps.min(axis=0)
        ),
        "this is a distance of angles (cosine); take Euclidean distances.": (1 - units[1] @ units[0].T).min(axis=0),
        "memory and queries are scaled first; take distances between them as they are given.": np.min(
            [length((flat - row) / spread) for row in memory], axis=0
        ),
        "the sign is turned round: far must be large.": -near,
        "divided by the number of entries or its root; take the plain distance.": near / np.sqrt(flat.shape[1]),
        "the row with the largest product is not always the nearest: the squared lengths belong to it, too.": each[
            product.argmax(axis=0), np.arange(len(flat))
        ],
        "the factor 2 of the product is missing: |q|² - 2 q·m + |m|².": root(q - product + m),
        "the product is missing: |q|² - 2 q·m + |m|².": root(q + m),
        "the sign of the product: |q|² - 2 q·m + |m|².": root(q + 2 * product + m),
        "all distances are 0: a squared length is missing in |q|² - 2 q·m + |m|², or the queries were compared with "
        "themselves.": np.zeros_like(near),
        "the squared length of the remembered rows is missing: |q|² - 2 q·m + |m|².": root(q - 2 * product),
        "the squared length of the queries is missing: |q|² - 2 q·m + |m|².": root(m - 2 * product),
    }


def _wrong_distance(distances, answer, near, shape) -> str:
    """What is wrong with values that no known mistake explains: their place, or their kind."""
    if np.shape(answer) != shape:
        return ""
    flat = np.ravel(np.asarray(answer, float))
    if near.size > 1 and np.allclose(np.sort(flat), np.sort(near), rtol=1e-3):
        return "these are the right distances in other places: what was flattened must get its shape back in the same order."
    if in_common(flat, near):
        return ""
    for far, words in (
        (0, "already for a memory of one row, (1, 1),"),
        (4, "with the row (1, 1) in the memory and the others far away,"),
    ):
        memory = np.array([[1.0, 1], [900, 90], [-80, 800], [700, -600], [-500, -500]])[: far + 1]
        try:
            one = np.ravel(np.asarray(check.call(distances, memory, np.array([[4.0, 5.0], [7.0, 9.0]])), float))
            alone = np.ravel(np.asarray(check.call(distances, memory, np.array([[4.0, 5.0]])), float))
        except Exception:
            continue
        if one.size == 2 and not np.allclose(one, [5, 10], rtol=1e-3):
            if not far and np.allclose(alone, 5, rtol=1e-3):
                return "one query alone goes right, two do not: look at how the queries become rows, one query in each."
            return (
                f"{words} the query (4, 5) has the distance 5, and yours is {one[0]:.4g}. Look at the distance itself."
            )
    return "with one remembered row near by the distance is right: look at which row is taken among several, and for which query."
