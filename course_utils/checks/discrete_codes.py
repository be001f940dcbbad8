"""Checks of lesson 34's codes in use: their perplexity, and restarts of dead ones."""

import numpy as np
from scipy.stats import entropy

from course_utils import check

FEW_CODES = {
    "the code [0]": (np.array([0]),),
    "the codes [0, 1]": (np.array([0, 1]),),
    "the codes [0, 2]": (np.array([0, 2]),),
    "the codes [0, 0, 1, 1]": (np.array([0, 0, 1, 1]),),
    "the codes [0, 0, 0, 1]": (np.array([0, 0, 0, 1]),),
    "the codes [1, 1, 2, 4]": (np.array([1, 1, 2, 4]),),
    "the codes [[0, 1], [0, 2]]": (np.array([[0, 1], [0, 2]]),),
    "the codes [63, 64]": (np.array([63, 64]),),
    "the codes [3, 255, 512, 1000]": (np.array([3, 255, 512, 1000]),),
    "the codes 0 to 99, each once": (np.arange(100),),
    "the codes 0 to 499, each twice": (np.arange(500).repeat(2).reshape(2, 500),),
}


def _other_measures(codes: np.ndarray, counts: np.ndarray) -> dict[str, object]:
    """What is no perplexity, or one of other shares."""
    nats, shares = entropy(counts), counts / counts.sum()
    known = {
        "this is the entropy in nats; take its exponential.": nats,
        "this is the entropy in bits; the perplexity is 2 to its power.": nats / np.log(2),
        "the entropy is in bits, but e was raised to it: use nats with e, or bits with 2.": np.exp(nats / np.log(2)),
        "the entropy is in nats, but 2 was raised to it: use nats with e, or bits with 2.": 2**nats,
        "the sign of the entropy is wrong.": np.exp(-nats),
        "the entropy came out as 0. Was the NaN of 0 · log 0 replaced after the sum? Leave out shares of 0.": 1.0,
        "this is the number of codes in use; shares count, too.": len(counts),
        "this is the largest code plus 1; shares count, too.": codes.max() + 1,
        "this is one over the sum of squared shares, another measure.": 1 / np.sum(shares**2),
        "this is one over the largest share, another measure.": 1 / shares.max(),
        "this is one minus the sum of squared shares, another measure.": 1 - np.sum(shares**2),
        "it was divided by the number of codes in use.": np.exp(nats) / len(counts),
        "the entropy was divided by its largest value, the logarithm of the number of codes.": np.exp(
            nats / np.log(len(counts))
        ),
        "the exponentials were added; take that of the sum.": np.sum(np.exp(-shares * np.log(shares))),
        "it was cut or rounded to a whole number.": np.floor(np.exp(nats)),
        "it was rounded up to a whole number.": np.ceil(np.exp(nats)),
    }
    for axis, name in ((-1, "rows"), (0, "columns")) if codes.ndim > 1 else ():
        lines = np.moveaxis(codes, axis, -1).reshape(-1, codes.shape[axis])
        each = [entropy(np.unique(line, return_counts=True)[1]) for line in lines]
        known[f"the {name} were measured one by one; count all codes together."] = np.mean(np.exp(each))
        known[f"the entropies of the {name} were averaged; count all codes together."] = np.exp(np.mean(each))
    return known


def _slips(codes: np.ndarray, counts: np.ndarray) -> dict[str, object]:
    """What slips in the formula give: in the counting, and in what is made of the counts."""

    def formula(counts=counts, total=None, weight=None, log=np.log, sign=-1.0, together=np.sum, power=np.exp):
        shares = counts / (np.sum(counts) if total is None else total)
        weight = shares if weight is None else weight
        return power(sign * together(weight * log(shares)))

    def used(some):
        every = np.bincount(some)
        return every[every > 0]

    flat = codes.ravel()
    every, seen = np.bincount(flat), np.unique(flat)
    counting = {
        "the counts were not divided by their sum.": {"total": 1.0},
        "the counts were divided by the largest one; divide by their sum.": {"total": counts.max()},
        "the counts were divided by the number of codes in use; divide by their sum.": {"total": len(counts)},
        "the counts were divided by 64; divide by their sum.": {"total": 64},
        "1 was added to every count.": {"counts": every + 1},
        "unused codes were counted as used once; leave them out.": {"counts": np.maximum(every, 1)},
        "the code 0 was left out.": {"counts": used(flat[flat > 0])},
        "the codes themselves were taken for counts; count how often each occurs.": {"counts": flat[flat > 0]},
        "the codes that occur were taken for their counts (see return_counts).": {"counts": seen[seen > 0]},
    }
    if codes.ndim > 1:
        rows = "the counts were divided by the number of rows; flatten the codes first."
        counting[rows] = {"total": len(codes)}
        counting["the counts were divided by the length of a row; divide by their sum."] = {"total": codes.shape[-1]}
        counting["only the first row was counted; count all codes."] = {"counts": used(codes[..., 0, :].ravel())}
    of_counts = {
        "the logarithm has the base 10; use the natural one with e.": {"log": np.log10},
        "the logarithm has the base 2; use the natural one with e.": {"log": np.log2},
        "10 was raised to the entropy; use nats with e.": {"power": lambda x: 10.0**x},
        "2 was raised to the entropy; use nats with e.": {"power": np.exp2},
        "the exponential is missing.": {"power": lambda x: x},
        "the sign of the entropy is wrong.": {"sign": 1.0},
        "the mean of -p ln p was taken; the entropy is a sum.": {"together": np.mean},
        "the factor p is missing: the entropy is the sum of -p ln p.": {"weight": 1.0},
        "the logarithm was multiplied by the count; multiply by the share.": {"weight": counts},
        "the share was squared: the entropy is the sum of -p ln p.": {"weight": (counts / counts.sum()) ** 2},
        "p was multiplied by the logarithm of the count; take that of the share.": {
            "log": lambda p: np.log(p * counts.sum())
        },
        "the number added in the logarithm is too large; leave out shares of 0.": {"log": lambda p: np.log(p + 1e-3)},
        "log1p is the logarithm of 1 + p; take that of p.": {"log": np.log1p},
    }
    return check.slips(formula, counting) | check.slips(formula, of_counts)


def _steps(counts: np.ndarray, answer: np.ndarray) -> str:
    """The steps to the perplexity, for an answer that no known mistake gives."""
    right = np.exp(entropy(counts))
    simple = np.isclose(answer, [right, right**2, right**0.5, right / 2, 2 * right], rtol=0.01).any()
    if len(counts) > 8 or simple:  # `check.close` has words for these
        return ""
    return (
        f"got {answer:.4g}, expected {right:.4g}. Go step by step: here the counts are {', '.join(map(str, counts))}, "
        f"their sum is {counts.sum()}, and the entropy is {np.log(right):.4g} nats."
    )


def check_perplexity(perplexity, codes) -> None:
    """Hold the perplexity against SciPy's entropy."""
    codes = np.asarray(codes)
    counts = np.unique(codes, return_counts=True)[1]
    answer = check.call(perplexity, codes)
    told = np.asarray(answer, dtype=float) if isinstance(answer, float | np.floating) else None
    lost = told is not None and np.isnan(told)
    check.require(not lost, "the perplexity is NaN: a code without use gives 0 · log 0. Leave out shares of 0.")

    known = lambda: _other_measures(codes, counts) | dict(_slips(codes, counts))  # noqa: E731

    def look():
        cases = check.worked(lambda some: np.exp(entropy(np.unique(some, return_counts=True)[1])), FEW_CODES)
        return "" if told is None else _steps(counts, told) or check.first_wrong(perplexity, cases, rtol=1e-5)

    check.close(answer, np.exp(entropy(counts)), "the perplexity", rtol=1e-5, mistakes=known, otherwise=look)


def _restarted_rows(new: np.ndarray, book: np.ndarray, vectors: np.ndarray, dead: np.ndarray) -> list[int]:
    """Which vectors the dead codes were put at, one after the other."""
    places = [np.flatnonzero(np.isclose(vectors, new[row]).all(axis=1)) for row in dead]
    if not all(map(len, places)):
        raise check.CheckError(f"A restarted row is no row of `vectors`{_no_row(new, book, vectors, dead)}")
    rows = [int(place[0]) for place in places]
    check.require(len(set(rows)) == len(rows), "A vector was taken twice: draw without replacement.")
    return rows


def _no_row(new: np.ndarray, book: np.ndarray, vectors: np.ndarray, dead: np.ndarray) -> str:
    """Where a restarted row may come from that is no vector, in words."""

    found, old = new[dead], book[dead]

    def rows_of(table, some, atol=1e-3):
        return all(np.isclose(table, one, rtol=0, atol=atol).all(axis=1).any() for one in some)

    words = {
        ": it is zero.": not found.any(),
        ": it is the mean of the vectors.": rows_of(vectors.mean(axis=0)[None], found),
        ": one was added to the old row. Put it in its place.": rows_of(vectors, found - old),
        ": it is the mean of a vector and the old row.": rows_of(vectors, 2 * found - old),
        ": it is one with the wrong sign.": rows_of(vectors, -found),
        ": it is a row of the codebook.": rows_of(book, found),
        ": numbers of different vectors are mixed. Draw whole rows.": np.isin(found, vectors).all(),
        ": it was cut or rounded to whole numbers.": np.array_equal(found, found.round()),
        ", but near one. Was noise added?": rows_of(vectors, found, atol=0.1),
    }
    return next((text for text, holds in words.items() if holds), ".")


def _check_kept(new: np.ndarray, book: np.ndarray, used: np.ndarray, dead: np.ndarray) -> None:
    """Are the rows in use as before, and the others not?"""
    kept = np.isclose(new, book).all(axis=1)
    swapped = len(dead) and kept[dead].all() and not kept[used].any()
    check.require(not swapped, "The codes in use were replaced, and the dead ones kept: exchange them.")
    lost = [int(row) for row in used if not kept[row]]
    if lost:
        row = new[lost[0]]
        why = "Only dead codes are restarted; a code that occurs once is in use."
        if not row.any():
            why = "It is zero: begin with a copy of the codebook."
        elif np.isclose(book, row).all(axis=1).any():
            why = "It holds another row of the codebook: each row keeps its place."
        elif np.array_equal(row, np.trunc(book[lost[0]])):
            why = "It was cut to whole numbers: the new array needs dtype float32."
        raise check.CheckError(f"Row {lost[0]} is in use, but was changed. {why}")
    left = [int(row) for row in dead if kept[row]]
    check.require(not left, f"Row {left and left[0]} is dead, but was not restarted: it does not occur in `codes`.")


def check_restart(restart, k: int, d: int, n: int, used: list[int]) -> None:
    """Are dead codes, and they alone, put at different rows of the vectors? All codes but used[0] occur once."""
    rng = np.random.default_rng([k, d, n])
    book = (rng.normal(size=(k, d)) - 20).astype("float32")
    vectors = (rng.normal(size=(n, d)) + 20).astype("float32")
    codes = rng.permutation([used[0]] * (n - len(used)) + used)
    dead = np.setdiff1d(np.arange(k), used)

    def restarted(seed):
        value = check.call(restart, book, codes, vectors, seed)
        alone = getattr(value, "shape", ()) == (len(dead), d) and len(dead) < k
        check.require(
            not alone, "Only the new rows were returned; return the whole codebook with them in their places."
        )
        return check.array(value, "the new codebook", shape=(k, d))

    new = restarted(3)
    _check_kept(new, book, np.array(used), dead)
    _restarted_rows(new, book, vectors, dead)
    again = np.array_equal(restarted(3), new)
    check.require(again, "The same seed gives other vectors: draw them with np.random.default_rng(seed).")
    if not len(dead):
        return
    seeds = range(10, 50 if n < 10 else 16)  # of few vectors, each is drawn by some of 40 seeds
    others = [restarted(seed) for seed in seeds]
    same = all(np.array_equal(one, new) for one in others)
    check.require(not same, "Every seed picks the same vectors: draw them with np.random.default_rng(seed).")
    rows = np.array([_restarted_rows(one, book, vectors, dead) for one in others])
    check.require(len(set(rows[:, 0])) > 1, "The first dead code gets the same vector with every seed.")
    if len(dead) > 1 and len(dead) < n - 1:
        follow = np.isin(np.abs(np.diff(rows, axis=1)), (1, n - 1)).all()
        check.require(not follow, "The vectors drawn are always neighbours in `vectors`: draw each by itself.")
    few = rows.max() < k < n / 2
    check.require(not few, f"Only the first {k} vectors are drawn from; there are {n}.")
    if n < 10:
        never = np.setdiff1d(np.arange(n), rows)
        check.require(not len(never), f"Some rows of `vectors` are drawn with no seed: {never}. Draw from all {n}.")
