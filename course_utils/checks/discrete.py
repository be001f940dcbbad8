"""Checks of lesson 34, discrete codes."""

import numpy as np
import tensorflow as tf
from scipy.spatial.distance import cdist

from course_utils import check
from course_utils.checks.discrete_codes import check_perplexity as check_perplexity
from course_utils.checks.discrete_codes import check_restart as check_restart
from course_utils.checks.discrete_sample import check_sample as check_sample
from course_utils.probes import discrete as probes


def _nearest_mistakes(vectors: np.ndarray, book: np.ndarray, right: np.ndarray) -> dict[str, object]:
    """What known mistakes in the nearest code give."""
    v, b = vectors.astype(float), book.astype(float)
    gaps, product, own = v[:, None] - b, v @ b.T, np.sum(b**2, axis=1)
    far = np.sum(gaps**2, axis=2)
    lengths = np.linalg.norm(b, axis=1)
    scaled = cdist(v / v.std(), b / b.std())
    mistakes = {
        "these are the farthest rows; take the smallest distance.": far.argmax(axis=1),
        "this is the nearest vector for each row; ask the other way round.": far.argmin(axis=0),
        "these are the distances; return the number of the row.": far.min(axis=1),
        "these are all distances; take the number of the smallest in each row.": far,
        "these are all rows in the order of their distance; take the first alone.": far.argsort(axis=1),
        "this marks the nearest row by 1; return its number.": np.eye(len(b))[right],
        "these are the rows of the codebook; return their numbers.": b[right],
        "the numbers begin with 1; they are 0 to k - 1.": right + 1,
        "one number for all was returned: argmin over the whole table. Take it along axis 1.": far.argmin(),
        "each coordinate was compared by itself; add the squares over the last axis first.": (gaps**2).argmin(axis=1),
        "these are differences that were not added; add their squares over the last axis.": (gaps**2).argmin(axis=2),
        "the squares were added over the wrong axis; it is the last one.": (gaps**2).sum(axis=1).argmin(axis=1),
        "the differences were added up without their squares.": gaps.sum(axis=2).argmin(axis=1),
        "the differences were added before squaring; square each, then add.": (gaps.sum(axis=2) ** 2).argmin(axis=1),
        "absolute differences were added; the distance needs their squares.": np.abs(gaps).sum(axis=2).argmin(axis=1),
        "this is the smallest largest difference; add the squares of all.": np.abs(gaps).max(axis=2).argmin(axis=1),
        "this is the largest product with a row; the row's own length is left out.": product.argmax(axis=1),
        "v + b was squared; the distance needs v - b. (The product has a minus: |b|² - 2 v·b.)": (
            own + 2 * product
        ).argmin(axis=1),
        "the factor 2 is missing: |v - b|² = |v|² - 2 v·b + |b|².": (own - product).argmin(axis=1),
        "the row's length was not squared: |v - b|² = |v|² - 2 v·b + |b|².": (lengths - 2 * product).argmin(axis=1),
        "this is the smallest product with a row, no distance.": product.argmin(axis=1),
        "this is the smallest angle (cosine); lengths count, too.": (product / lengths).argmax(axis=1),
        "the vectors or the codebook were scaled first; take them as they are.": scaled.argmin(axis=1),
        "this is the row of the smallest length, whatever the vector is.": np.full(len(v), own.argmin()),
    }
    if len(b) > 1:
        mistakes["these are the second nearest rows."] = far.argsort(axis=1)[:, 1]
    if v.shape[1] > 1:
        mistakes["the last coordinate was left out."] = (gaps[..., :-1] ** 2).sum(axis=2).argmin(axis=1)
        mistakes["the first coordinate was left out."] = (gaps[..., 1:] ** 2).sum(axis=2).argmin(axis=1)
    if v.shape[1] > 3:
        first = (gaps[..., :3] ** 2).sum(axis=2).argmin(axis=1)
        mistakes["only the first 3 coordinates were used; take all of them."] = first
    return mistakes


def _one_vector(vectors: np.ndarray, book: np.ndarray, right: np.ndarray, answer) -> str:
    """The distances of one vector whose code is wrong, for an answer that no known mistake gives."""
    codes = np.asarray(answer)
    if codes.shape != right.shape or not np.isin(codes, np.arange(len(book))).all():
        return ""
    v = np.flatnonzero(codes != right)[0]
    here, there = (np.sum((vectors[v] - book[int(row)]) ** 2) for row in (right[v], codes[v]))
    return (
        f"vector {v} got {codes[v]:g}, a row at the squared distance {there:.3g}, but row {right[v]} is at "
        f"{here:.3g}. Square each difference, add the squares over the last axis, take the smallest sum."
    )


def check_nearest(nearest, n: int, k: int, d: int) -> None:
    """Hold the codes of n vectors against SciPy, and compile the function for any n."""
    rng = np.random.default_rng([n, k, d, 1])
    book = (rng.normal(size=(k, d)) * rng.uniform(0.3, 3, size=(k, 1)) + 1.5).astype("float32")
    vectors = (rng.normal(size=(n, d)) + 1.0).astype("float32")
    answer = check.call(nearest, tf.constant(vectors), tf.constant(book))
    right = cdist(vectors, book, "sqeuclidean").argmin(axis=1)
    check.close(
        answer,
        right,
        "the codes",
        rtol=1e-5,
        mistakes=lambda: _nearest_mistakes(vectors, book, right),
        otherwise=lambda: _one_vector(vectors, book, right, answer),
    )
    check.array(answer, "the codes", shape=(n,), kind="integer")
    compiled, _ = check.compiled(nearest, (None, d), (k, d), inputs=[vectors, book])
    check.close(compiled, right, "the codes, compiled as in training", rtol=0)


def _loss_mistakes(gap: np.ndarray, z: np.ndarray, e: np.ndarray) -> dict[str, object]:
    """What known mistakes in the mean squared difference give, alone and two at a time."""

    def loss(of=gap, power=np.square, together=np.mean, factor=1.0, last=None):
        value = factor * together(power(of))
        return value if last is None else last(value)

    return check.slips(
        loss,
        {
            "summed over all entries; take the mean.": {"together": np.sum},
            "summed over the last axis; take the mean over all entries.": {"together": lambda x: x.sum(-1).mean()},
            "summed over all axes but the first; take the mean over all entries.": {
                "together": lambda x: x.sum() / len(x)
            },
            "it is averaged over one axis only; it is one number.": {"together": lambda x: x.mean(-1)},
            "it is averaged over the first axis only; it is one number.": {"together": lambda x: x.mean(0)},
            "it is not averaged; it is one number.": {"together": lambda x: x},
            "the differences are not squared.": {"power": lambda x: x},
            "the differences are not squared, but their sizes are taken.": {"power": np.abs},
            "the differences are cubed, not squared.": {"power": lambda x: x**3},
            "the mean was squared; square each difference, then take the mean.": {
                "power": lambda x: x,
                "last": np.square,
            },
            "the squares of z and e were subtracted; square the difference.": {"of": z**2 - e**2, "power": lambda x: x},
            "z and e were added; take their difference.": {"of": z + e},
            "the sign is wrong.": {"factor": -1.0},
            "the root was taken.": {"last": np.sqrt},
            "halved.": {"factor": 0.5},
            "it is doubled.": {"factor": 2.0},
            "a quarter is already in it; training multiplies by it later.": {"factor": 0.25},
        },
    )


def _check_input(into: np.ndarray, by_into: list[np.ndarray], z: np.ndarray, e: np.ndarray) -> None:
    """The decoder's input: its value, and where its gradient goes."""
    one, none = np.ones(z.shape), np.zeros(z.shape)
    gap = e.astype(float) - z
    name = "the decoder's input"
    check.close(
        into,
        e,
        name,
        mistakes={
            "it has the value z; the decoder must see e.": z,
            "this is only the difference e - z.": gap,
            "the difference has the wrong sign: it is e - z.": z - gap,
            "this is z + e; what is added to z is the difference e - z.": z + e,
            "the difference e - z is added to e; add it to z.": e + gap,
            "this is the mean of z and e; the decoder must see e.": (z + e) / 2,
            "this is the product of z and e; the decoder must see e.": z * e,
        },
    )
    check.close(
        by_into[1],
        none,
        f"the gradient of {name} by e",
        mistakes={
            "a gradient gets to e here, so the codebook would get a gradient twice. Stop it: z + sg(e - z).": one,
            "the wrong side is stopped; the gradient belongs to z.": -one,
        },
    )
    check.close(
        by_into[0],
        one,
        f"the gradient of {name} by z",
        rtol=1e-3,
        mistakes={
            "no gradient gets to z. Stop only the difference: z + sg(e - z).": none,
            "it is doubled.": 2 * one,
            "it is halved.": one / 2,
            "its sign is wrong.": -one,
            "z is multiplied by e / z; add the difference e - z instead.": e / z,
        },
    )


def check_terms(vq_terms, shape: tuple[int, ...]) -> None:
    """Values of the three terms, and where their gradients go."""
    rng = np.random.default_rng(shape)
    z, e = rng.normal(size=(2, *shape)).astype("float32")
    (into, *by_into), (book, *by_book), (commit, *by_commit) = check.beside(probes.terms, vq_terms, z, e)
    scalar = [np.size(part) == 1 for part in (into, book, commit)]
    ordered = not scalar[0] or all(scalar)
    check.require(ordered, "The results stand in another order: the decoder's input first, then the two losses.")
    _check_input(into, by_into, z, e)
    gap = e.astype(float) - z
    value, slope = np.mean(gap**2), 2 * gap / gap.size
    twice = "a gradient gets to both sides: one side must be stopped. The codebook would get it twice."
    wrong = "stop_gradient is on the wrong side."
    for label, loss, (mine, other), sign, (to, off) in (
        ("the codebook loss", book, by_book[::-1], 1, "ez"),
        ("the commitment loss", commit, by_commit, -1, "ze"),
    ):
        check.close(loss, value, label, mistakes=lambda: _loss_mistakes(gap, z, e))
        moved, still = np.any(mine != 0), np.any(other != 0)
        check.require(moved or not still, f"{label}: {wrong} Its gradient must go to {to}, not to {off}.")
        check.require(moved, f"{label}: no gradient gets through; stop one side, not both.")
        check.require(not still, f"{label}: {twice} Its gradient must go to {to} only.")
        check.close(mine, sign * slope, f"the gradient of {label} by {to}", rtol=1e-3)
    for answer in check.compiled(vq_terms, (None, *shape[1:]), (None, *shape[1:]), inputs=[z, e]):
        parts = zip(answer, (e, value, value), ("decoder's input", "codebook loss", "commitment loss"), strict=True)
        for part, right, label in parts:
            check.close(part, right, f"the {label}, compiled as in training")


def _wrong_entry(mask: np.ndarray, right: np.ndarray) -> str:
    """The first wrong entry of a mask, in words, or what it is for."""
    if mask.shape != right.shape:
        square = mask.ndim == 2 and len(mask) == mask.shape[1]
        return f"it is for {len(mask)} codes, not for {len(right)}: use the argument `length`." if square else ""
    if len(right) > 1 and (mask[right == 0] < -100).all() and (mask[right == 1] >= 0).all():
        return "zeros and minus infinity are for adding to logits; here the mask multiplies."
    i, j = np.argwhere(mask != right)[0]
    place = "comes before" if j < i else "is the very one of" if i == j else "comes after"
    return f"entry [{i}, {j}] is {mask[i, j]:g}, expected {right[i, j]:g}: code {j} {place} prediction {i}."


def check_mask(causal_mask, length: int) -> None:
    """Strictly the earlier codes."""
    answer = check.call(causal_mask, length)
    right = np.array([[float(j < i) for j in range(length)] for i in range(length)])
    own, ones = np.eye(length), np.ones((length, length))

    def mistakes():
        return {
            "a prediction sees the very code that it predicts: entry [i, i] must be 0.": np.maximum(right, own),
            "the predictions look at later codes; rows are predictions, columns what they see.": right.T,
            "they look at later codes and at the one that they predict.": np.maximum(right.T, own),
            "each sees all codes but its own; later ones must be hidden, too.": 1 - own,
            "each sees itself and the code just after it, too: entries with j >= i must be 0.": np.tri(length, k=1),
            "the code just before is hidden, too; only j >= i is.": np.tri(length, k=-2),
            "each prediction sees everything; hide its own code and the later ones.": ones,
            "each prediction sees nothing; it may see the codes before it.": 0 * ones,
            "each prediction sees its own code alone; it may see the codes before it.": own,
            "each prediction sees only the code just before it.": np.eye(length, k=-1),
            "each prediction sees only the code just after it.": np.eye(length, k=1),
            "0 and 1 are exchanged.": 1 - right,
            "the columns stand in reversed order.": right[:, ::-1],
            "the rows stand in reversed order.": right[::-1],
            "the rows are divided by their sums; entries are 0 or 1.": right
            / np.maximum(right.sum(1, keepdims=True), 1),
            "these are distances of places; entries are 0 or 1.": right
            * (np.arange(length)[:, None] - np.arange(length)),
            "this is for one prediction; a row for each is wanted.": right[-1],
        }

    look = lambda: _wrong_entry(np.asarray(answer, dtype=float), right)  # noqa: E731
    check.close(answer, right, "the mask", mistakes=mistakes, otherwise=look)
    listed = isinstance(answer, list | tuple)
    check.require(not listed, "the mask: a list was returned; make it a float32 array: np.array(..., dtype='float32').")
    kind = getattr(answer, "dtype", None)
    kind = getattr(kind, "name", kind)
    check.require(kind == "float32", f"the mask: expected float32, got {kind}. See the argument dtype, or astype.")
