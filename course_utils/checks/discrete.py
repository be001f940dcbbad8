"""Checks of lesson 34, discrete codes."""

import numpy as np
import tensorflow as tf
from scipy.spatial.distance import cdist
from scipy.stats import entropy

from course_utils import check
from course_utils.probes import discrete as probes


def check_nearest(nearest, n: int, k: int, d: int) -> None:
    """Hold the codes of n vectors against SciPy, and compile the function for any n."""
    rng = np.random.default_rng([n, k, d, 1])
    book = (rng.normal(size=(k, d)) * rng.uniform(0.3, 3, size=(k, 1)) + 1.5).astype("float32")
    vectors = (rng.normal(size=(n, d)) + 1.0).astype("float32")
    far = cdist(vectors, book, "sqeuclidean")
    answer = check.call(nearest, tf.constant(vectors), tf.constant(book))
    right = far.argmin(axis=1)
    mistakes = {
        "these are the farthest rows; take the smallest distance.": far.argmax(axis=1),
        "this is the nearest vector for each row; ask the other way round.": far.argmin(axis=0),
        "these are the distances; return the number of the row.": far.min(axis=1),
        "these are all distances; take the number of the smallest in each row.": far,
        "these are the rows of the codebook; return their numbers.": book[right],
        "this is the largest product with a row; the row's own length is left out.": (vectors @ book.T).argmax(axis=1),
        "this is the smallest product with a row, no distance.": (vectors @ book.T).argmin(axis=1),
        "the differences were added up without their squares.": (
            vectors.sum(axis=1)[:, None] - book.sum(axis=1)
        ).argmin(axis=1),
        "the numbers begin with 1; they are 0 to k - 1.": right + 1,
    }
    check.close(answer, right, "the codes", rtol=1e-5, mistakes=mistakes)
    check.array(answer, "the codes", shape=(n,), kind="integer")
    compiled, _ = check.compiled(nearest, (None, d), (k, d), inputs=[vectors, book])
    check.close(compiled, right, "the codes, compiled as in training", rtol=0)


def check_terms(vq_terms, shape: tuple[int, ...]) -> None:
    """Values of the three terms, and where their gradients go."""
    rng = np.random.default_rng(shape)
    z, e = rng.normal(size=(2, *shape)).astype("float32")
    (into, *by_into), (book, *by_book), (commit, *by_commit) = check.beside(probes.terms, vq_terms, z, e)
    one, none = np.ones(shape), np.zeros(shape)
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
    stopped = "no gradient gets to z. Stop only the difference: z + sg(e - z)."
    check.close(
        by_into[0],
        one,
        f"the gradient of {name} by z",
        rtol=1e-3,
        mistakes={
            stopped: none,
            "it is doubled.": 2 * one,
            "its sign is wrong.": -one,
        },
    )
    value, slope = np.mean(gap**2), 2 * gap / gap.size
    values = {
        "summed over all entries; take the mean.": gap.size * value,
        "summed over the last axis; take the mean over all entries.": shape[-1] * value,
        "the differences are not squared.": np.mean(gap),
        "the differences are not squared, but their sizes are taken.": np.mean(np.abs(gap)),
        "the sign is wrong.": -value,
        "the root was taken.": np.sqrt(value),
        "halved.": value / 2,
        "a quarter is already in it; training multiplies by it later.": value / 4,
        "it is averaged over one axis only; it is one number.": np.mean(gap**2, axis=-1),
    }
    twice = "a gradient gets to both sides: one side must be stopped. The codebook would get it twice."
    wrong = "stop_gradient is on the wrong side."
    for label, loss, (mine, other), sign, (to, off) in (
        ("the codebook loss", book, by_book[::-1], 1, "ez"),
        ("the commitment loss", commit, by_commit, -1, "ze"),
    ):
        check.close(loss, value, label, mistakes=values)
        moved, still = np.any(mine != 0), np.any(other != 0)
        check.require(moved or not still, f"{label}: {wrong} Its gradient must go to {to}, not to {off}.")
        check.require(moved, f"{label}: no gradient gets through; stop one side, not both.")
        check.require(not still, f"{label}: {twice} Its gradient must go to {to} only.")
        check.close(mine, sign * slope, f"the gradient of {label} by {to}", rtol=1e-3)
    for answer in check.compiled(vq_terms, (None, *shape[1:]), (None, *shape[1:]), inputs=[z, e]):
        parts = zip(answer, (e, value, value), ("decoder's input", "codebook loss", "commitment loss"), strict=True)
        for part, right, label in parts:
            check.close(part, right, f"the {label}, compiled as in training")


def check_perplexity(perplexity, codes) -> None:
    """Hold the perplexity against SciPy's entropy."""
    codes = np.asarray(codes)
    _, counts = np.unique(codes, return_counts=True)
    shares = counts / counts.sum()
    nats = entropy(counts)
    answer = check.call(perplexity, codes)
    told = np.asarray(answer, dtype=float) if isinstance(answer, float | np.floating) else None
    lost = told is not None and np.isnan(told)
    check.require(not lost, "the perplexity is NaN: a code without use gives 0 · log 0. Leave out shares of 0.")
    mistakes = {
        "this is the entropy in nats; take its exponential.": nats,
        "this is the entropy in bits; the perplexity is 2 to its power.": nats / np.log(2),
        "the entropy is in bits, but e was raised to it: use nats with e, or bits with 2.": np.exp(nats / np.log(2)),
        "the entropy is in nats, but 2 was raised to it: use nats with e, or bits with 2.": 2**nats,
        "the sign of the entropy is wrong.": np.exp(-nats),
        "this is the number of codes in use; shares count, too.": len(counts),
        "this is one over the sum of squared shares, another measure.": 1 / np.sum(shares**2),
        "the mean of -p ln p was taken; the entropy is a sum.": np.exp(nats / len(counts)),
        "the counts were not divided by their sum.": lambda: np.exp(-np.sum(counts * np.log(counts))),
    }
    if codes.ndim > 1:
        whole = counts / len(codes)
        mistakes["the counts were divided by the number of rows; flatten the codes first."] = np.exp(
            -np.sum(whole * np.log(whole))
        )
        rows = [entropy(np.unique(row, return_counts=True)[1]) for row in codes]
        mistakes["the rows were measured one by one; count all codes together."] = np.mean(np.exp(rows))
        mistakes["the entropies of the rows were averaged; count all codes together."] = np.exp(np.mean(rows))
    check.close(answer, np.exp(nats), "the perplexity", mistakes=mistakes)


def check_restart(restart, k: int, d: int, n: int, used: list[int]) -> None:
    """Are dead codes, and they alone, put at different rows of the vectors?"""
    rng = np.random.default_rng([k, d, n])
    book = (rng.normal(size=(k, d)) - 20).astype("float32")
    vectors = (rng.normal(size=(n, d)) + 20).astype("float32")
    codes = np.resize(used, n)
    dead = np.setdiff1d(np.arange(k), used)

    def restarted(seed):
        value = check.call(restart, book, codes, vectors, seed)
        return check.array(value, "the new codebook", shape=(k, d))

    def rows_of(new):
        places = [np.flatnonzero(np.isclose(vectors, new[row]).all(axis=1)) for row in dead]
        check.require(all(map(len, places)), "A restarted row is no row of `vectors`.")
        rows = [int(place[0]) for place in places]
        check.require(len(set(rows)) == len(rows), "A vector was taken twice: draw without replacement.")
        return rows

    new = restarted(3)
    kept = np.isclose(new, book).all(axis=1)
    swapped = len(dead) and kept[dead].all() and not kept[used].any()
    check.require(not swapped, "The codes in use were replaced, and the dead ones kept: exchange them.")
    check.require(kept[used].all(), "A row that is in use was changed. Only dead codes are restarted.")
    check.require(not kept[dead].any(), "A dead code was not restarted: its number does not occur in `codes`.")
    mean = len(dead) and np.allclose(new[dead], vectors.mean(axis=0), atol=1e-4)
    check.require(not mean, "Dead codes were put at the mean of the vectors; take rows of it.")
    rows_of(new)
    check.close(restarted(3), new, "a second call with the same seed")
    if len(dead):
        others = [restarted(seed) for seed in range(10, 16)]
        same = all(np.array_equal(one, new) for one in others)
        check.require(not same, "Every seed picks the same vectors: draw them with np.random.default_rng(seed).")
        firsts = {rows_of(one)[0] for one in others}
        check.require(len(firsts) > 1, "The first dead code gets the same vector with every seed.")


def check_mask(causal_mask, length: int) -> None:
    """Strictly the earlier codes."""
    answer = check.call(causal_mask, length)
    right = np.array([[float(j < i) for j in range(length)] for i in range(length)])
    check.close(
        answer,
        right,
        "the mask",
        mistakes={
            "a prediction sees the very code that it predicts: entry [i, i] must be 0.": np.maximum(
                right, np.eye(length)
            ),
            "the predictions look at later codes; rows are predictions, columns what they see.": right.T,
            "they look at later codes and at the one that they predict.": np.maximum(right.T, np.eye(length)),
            "each sees all codes but its own; later ones must be hidden, too.": 1 - np.eye(length),
            "0 and 1 are exchanged.": 1 - right,
            "each prediction sees only the code just before it.": np.eye(length, k=-1),
            "zeros and minus infinity are for adding to logits; here the mask multiplies.": np.where(right, 0, -np.inf),
        },
    )
    kind = getattr(np.asarray(answer), "dtype", None)
    check.require(kind == np.float32, f"the mask: expected float32, got {kind}.")


def _first_logits(k: int) -> np.ndarray:
    """Lopsided logits, with the largest one last."""
    return np.linspace(-0.9, 0.9, k)


def _chain(k: int):
    """Logits that fix each code by its place and the one before, and are lopsided at the first place."""

    def predict(codes):
        codes = np.asarray(codes).astype(int)
        n, length = codes.shape
        following = np.concatenate([np.zeros((n, 1), int), codes[:, :-1]], axis=1)
        wanted = (2 * following + 1 + np.arange(length)) % k
        logits = np.where(np.arange(k) == wanted[..., None], 40.0, -40.0)
        logits[:, 0] = _first_logits(k)
        return logits.astype("float32")

    return predict


def _alike(k: int):
    """The same lopsided logits at every place, whatever the codes are."""

    def predict(codes):
        return np.broadcast_to(_first_logits(k), (*np.shape(codes), k)).astype("float32")

    return predict


def _check_first(codes: np.ndarray, k: int, others: list[np.ndarray]) -> None:
    """Is the first code of each sequence drawn from the softmax of its logits? The others have other seeds."""
    first, length = codes[:, 0], codes.shape[1]
    if len(np.unique(first)) == 1:
        last = (1 + length - 1) % k
        words = {
            0: "Every first code is 0: it was never written. Draw and write every place, from 0 on.",
            k - 1: "Every first code is the most likely one: this is the argmax. Draw from the softmax.",
            last: "The first code was drawn by the logits of the last place. Take the logits at the place to be written.",
        }
        each = "All sequences begin with the same code: one draw for all. Draw for each sequence."
        fixed = all((other[:, 0] == first[0]).all() for other in others)
        raise check.CheckError(words.get(int(first[0]), each) if fixed else each)
    if k >= 10:
        return
    logits = _first_logits(k)
    right = np.exp(logits) / np.exp(logits).sum()
    noise = np.random.default_rng(0).normal(size=(100_000, k))
    check.close(
        np.bincount(first, minlength=k) / len(first),
        right,
        "the shares of the first code",
        rtol=0,
        atol=5 * np.sqrt(right.max() / len(first)),
        mistakes={
            "all codes are drawn alike; use the softmax of the logits.": np.full(k, 1 / k),
            "the logits' sign is wrong.": right[::-1],
            "normal noise was added to the logits; only Gumbel noise gives the softmax.": np.bincount(
                np.argmax(logits + noise, axis=1), minlength=k
            )
            / len(noise),
        },
    )


def check_sample(sample, length: int, k: int, n: int = 2000) -> None:
    """Are codes drawn one after the other, each from the softmax of its logits?"""

    def drawn(seed, size, predict):
        answer = check.call(sample, predict, size, length, seed)
        codes = check.array(answer, "the codes", shape=(size, length), kind="integer")
        inside = codes.min() >= 0 and codes.max() < k
        check.require(inside, f"the codes: {codes.min()} to {codes.max()}, but there are 0 to {k - 1}.")
        return codes.astype(int)

    codes = drawn(4, n, _chain(k))
    _check_first(codes, k, [drawn(seed, 5, _chain(k)) for seed in range(20, 26)])
    wanted = codes.copy()
    for place in range(1, length):
        wanted[:, place] = (2 * codes[:, place - 1] + 1 + place) % k
    message = (
        "The codes do not fit the logits given those before them. Ask `predict` anew for each place, from the first "
        "to the last, with the codes written so far, and take the logits at that place."
    )
    check.require(np.array_equal(codes, wanted), message)
    first = drawn(5, 40, _chain(k))
    check.close(drawn(5, 40, _chain(k)), first, "a second call with the same seed", rtol=0)
    check.differ(drawn(6, 40, _chain(k)), first, "Another seed gives the same codes: use the argument seed.")
    check.require(drawn(7, 1, _chain(k)).shape == (1, length), "It must work for one sequence.")
    if length > 1:
        alone = drawn(8, 300, _alike(k))
        message = "Every place repeats the draw of the first: make the random generator once, before the loop."
        check.require(not np.array_equal(alone[:, 0], alone[:, 1]), message)
