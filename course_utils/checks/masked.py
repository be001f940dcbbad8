"""Checks of lesson 36, masked autoencoders."""

import keras
import numpy as np
import tensorflow as tf
from scipy.special import softmax

from course_utils import check


def _cut(pictures: np.ndarray, size: int) -> np.ndarray:
    """Patches by slicing, one after the other."""
    n, height, width = pictures.shape
    corners = [(i, j) for i in range(0, height, size) for j in range(0, width, size)]
    return np.stack([pictures[:, i : i + size, j : j + size].reshape(n, -1) for i, j in corners], axis=1)


def check_patches(to_patches, from_patches, n: int, rows: int, columns: int, size: int) -> None:
    """Patches of numbered pixels, and the way back."""
    height, width = rows * size, columns * size
    pictures = np.arange(n * height * width, dtype="float32").reshape(n, height, width)
    right = _cut(pictures, size)
    upright = np.stack([_cut(one.T[None], size)[0] for one in pictures])
    by_column = right.reshape(n, rows, columns, -1).transpose(0, 2, 1, 3).reshape(n, rows * columns, -1)
    turned = right.reshape(n, -1, size, size).transpose(0, 1, 3, 2).reshape(right.shape)
    strips = pictures.reshape(right.shape)
    mistakes = {
        "these are strips of the flat picture, no squares: split both axes, then exchange the middle two.": strips,
        "the patches go column by column; they go row by row.": by_column,
        "the pixels within a patch go column by column; they go row by row.": turned,
        "rows and columns of the whole picture are exchanged.": upright,
        "the patches are still squares; flatten each.": right.reshape(n, rows * columns, size, size),
        "the patches are still in a grid; put them in one row.": right.reshape(n, rows, columns, size**2),
        "the patches of all pictures are in one row; the first axis is the picture.": right.reshape(-1, size**2),
    }
    answer = check.call(to_patches, pictures, size)
    check.close(answer, right, "the patches", rtol=0, mistakes=mistakes)
    back = check.call(from_patches, right, rows, columns)
    swapped = _unflat(right, columns, rows, size)
    wrong = {
        "these are the patches' numbers in their own order; exchange the middle two axes first.": right.reshape(
            n, height, width
        ),
        "rows and columns are exchanged: there are `rows` patches below each other.": swapped,
        "rows and columns are exchanged where the grid is made: (n, rows, columns, size, size).": swapped.reshape(
            n, height, width
        ),
        "rows and columns of each patch are exchanged.": _unflat(turned, rows, columns, size),
        "the picture is transposed.": pictures.transpose(0, 2, 1),
    }
    check.close(back, pictures, "the pictures from their patches", rtol=0, mistakes=wrong)


def _unflat(patches: np.ndarray, rows: int, columns: int, size: int) -> np.ndarray:
    lines = [
        np.concatenate([patches[:, i * columns + j].reshape(-1, size, size) for j in range(columns)], axis=2)
        for i in range(rows)
    ]
    return np.concatenate(lines, axis=1)


def _attend(q, k, v, root=True, axis=-1, squared=False, soft=True, swap=False, size=None):
    """Attention, with its usual slips as options."""
    if swap:
        q, k = k, q
    d = size or q.shape[-1]
    scores = q @ np.swapaxes(k, -1, -2)
    scores = scores / (d if squared else np.sqrt(d) if root else 1)
    weights = softmax(scores, axis=axis) if soft else scores
    return weights @ v, weights


def check_attention(attention, n: int, heads: int, tokens: int, keys: int, d: int) -> None:
    """Hold attention against the formula, and against Keras's own layer."""
    rng = np.random.default_rng([n, heads, tokens, keys, d])
    q = 1.5 * rng.normal(size=(n, heads, tokens, d))
    k, v = 1.5 * rng.normal(size=(2, n, heads, keys, d)) + 0.3
    q, k, v = (x.astype("float32") for x in (q, k, v))
    answer = check.call(attention, *(tf.constant(x) for x in (q, k, v)))
    output, weights = check.several(answer, "the output", "the weights")
    options = {
        "1/√d is missing.": {"root": False},
        "divided by d; divide by its square root.": {"squared": True},
        "the softmax goes over the queries; it goes over the keys, the last axis.": {"axis": -2},
        "the softmax goes over the heads; it goes over the keys, the last axis.": {"axis": 1},
        "the softmax is missing.": {"soft": False},
        "queries and keys are exchanged.": {"swap": True},
        "d is the number of entries of one query, not the number of keys.": {"size": keys},
        "d is the number of entries of one query, not the number of queries.": {"size": tokens},
    }
    right = _attend(q, k, v)
    for place, value, name in ((1, weights, "the weights"), (0, output, "the output")):
        mistakes = check.slips(lambda place=place, **slip: _attend(q, k, v, **slip)[place], options)
        if place == 0:
            mistakes |= {"these are the weights; the output comes first.": right[1]}
        else:
            mistakes |= {"this is the output; the weights come second.": right[0]}
        check.close(value, right[place], name, rtol=1e-4, mistakes=mistakes)
    for axes in (1, 2):
        lead = (0,) * axes
        few = check.call(attention, *(tf.constant(x[lead]) for x in (q, k, v)))
        output, _ = check.several(few, "the output", "the weights")
        name = f"the output for tensors of {4 - axes} axes (the docstring says: any number of leading axes)"
        check.close(output, right[0][lead], name, rtol=1e-4)
    shapes = [(None, *x.shape[1:]) for x in (q, k, v)]
    compiled = check.compiled(attention, *shapes, inputs=[q, k, v])[0]
    check.close(compiled[0], right[0], "the output, compiled as in training")
    _against_keras(attention, n, heads, max(tokens, 2), d)  # Keras warns of a single token


def _against_keras(attention, n: int, heads: int, tokens: int, d: int) -> None:
    """Self-attention of several heads: Keras's layer, with its own weights, must agree."""
    rng = np.random.default_rng(tokens)
    x = rng.normal(size=(n, tokens, 5)).astype("float32")
    layer = keras.layers.MultiHeadAttention(heads, d)
    layer.build(x.shape, x.shape)
    weights = [rng.normal(size=w.shape).astype("float32") for w in layer.get_weights()]
    layer.set_weights(weights)
    expected, scores = layer(x, x, return_attention_scores=True)
    q, k, v = (
        (np.einsum("nti,ihd->nhtd", x, weights[place]) + weights[place + 1][:, None, :]).astype("float32")
        for place in (0, 2, 4)
    )
    output, mine = check.call(attention, *(tf.constant(one) for one in (q, k, v)))
    check.close(mine, np.asarray(scores), "the weights beside Keras's MultiHeadAttention", rtol=1e-3)
    joined = np.einsum("nhtd,hdo->nto", np.asarray(output), weights[6]) + weights[7]
    check.close(joined, np.asarray(expected), "the output beside Keras's MultiHeadAttention", rtol=1e-3)


def _table(rows, columns, dim, exponent=True, order="sincos", major="rows", first="rows", start=0, turn=np.pi / 2):
    """Position vectors by loops, with their usual slips as options."""
    count = dim // 4
    table = []
    for place in range(rows * columns):
        i, j = divmod(place, columns) if major == "rows" else divmod(place, rows)[::-1]
        parts = []
        for p in (i, j) if first == "rows" else (j, i):
            angles = [(p + start) * turn * (8 ** (-f / count) if exponent else 1 / (f + 1)) for f in range(count)]
            waves = [[np.sin(a) for a in angles], [np.cos(a) for a in angles]]
            parts += waves if order == "sincos" else waves[::-1]
        table.append(np.concatenate(parts))
    return np.array(table)


def check_positions(positions, rows: int, columns: int, dim: int) -> None:
    """Hold position vectors against loops."""
    options = {
        "cosines come first; the sines of the row come first.": {"order": "cossin"},
        "the places go column by column; they go row by row.": {"major": "columns"},
        "the column comes first; the row's waves come first.": {"first": "columns"},
        "the rows and columns begin with 1; they begin with 0.": {"start": 1},
        "the factor π/2 is missing.": {"turn": 1.0},
        "the factor is π; it is π/2.": {"turn": np.pi},
    }
    mistakes = check.slips(lambda **slip: _table(rows, columns, dim, **slip), options)
    i, j = np.divmod(np.arange(rows * columns), columns)
    count = dim // 4
    up = (np.pi / 2) * 8.0 ** (np.arange(count) / count)
    by_four = (np.pi / 2) * 8.0 ** (-np.arange(count) / dim)

    def waves(speeds):
        return np.concatenate([f(np.outer(p, speeds)) for p in (i, j) for f in (np.sin, np.cos)], axis=1)

    mistakes["the sign of the exponent is wrong: later waves are slower."] = waves(up)
    mistakes["the exponent is f over dim/4, not over dim."] = waves(by_four)
    right = _table(rows, columns, dim)
    each = right.reshape(-1, 4, count).transpose(0, 2, 1).reshape(right.shape)
    mistakes["sines and cosines alternate; each kind stands together."] = each
    answer = check.call(positions, rows, columns, dim)
    check.close(answer, right, "the position vectors", mistakes=mistakes)
    kind = np.asarray(answer).dtype
    check.require(kind == np.float32, f"the position vectors: expected float32, got {kind}.")


def check_visible(choose_visible, n: int, count: int, keep: int) -> None:
    """The patches of the smallest numbers are visible, and the mask says the same."""
    rng = np.random.default_rng([n, count, keep])
    scale = rng.uniform(0.2, 1, size=(n, 1))  # no fixed threshold separates visible from masked
    noise = (scale * rng.random((n, count))).astype("float32")
    ranks = noise.argsort(axis=1).argsort(axis=1)
    masked = (ranks >= keep).astype(float)
    answer = check.call(choose_visible, tf.constant(noise), keep)
    visible, mask = check.several(answer, "visible", "masked")
    visible = check.array(visible, "visible", shape=(n, keep), kind="integer")
    check.require(visible.min() >= 0 and visible.max() < count, f"visible: the numbers are 0 to {count - 1}.")
    chosen = np.zeros((n, count))
    np.put_along_axis(chosen, visible, 1, axis=1)
    mistakes = {
        "these are the patches with the largest noise; take the smallest.": (ranks >= count - keep).astype(float),
        "these are the ranks of the first patches, not the numbers of the patches.": _marks(ranks[:, :keep], count),
        "all pictures have the same visible patches; each has noise of its own.": np.tile(1 - masked[:1], (n, 1)),
    }
    check.close(chosen, 1 - masked, "which patches are visible", rtol=0, mistakes=mistakes)
    order = noise.argsort(axis=1)
    leaks = {
        "0 and 1 are exchanged: 1 is masked.": 1 - masked,
        "the mask leaks: its entries stand in the order of the noise, so it marks patches that the encoder sees as "
        "masked. argsort gives numbers of patches, not ranks.": (order >= keep).astype(float),
        "the mask leaks: it marks the last places, whichever patches are visible.": np.tile(
            np.arange(count) >= keep, (n, 1)
        ).astype(float),
        "all patches are marked as masked, the visible ones too.": np.ones((n, count)),
    }
    check.close(mask, masked, "the mask", rtol=0, mistakes=leaks)
    kind = np.asarray(mask).dtype
    check.require(kind == np.float32, f"the mask: expected float32, got {kind}.")
    found = check.compiled(choose_visible, (None, count), keep, inputs=[noise])[0]
    check.close(found[1], masked, "the mask, compiled as in training", rtol=0)


def _marks(numbers: np.ndarray, count: int) -> np.ndarray:
    marks = np.zeros((len(numbers), count))
    np.put_along_axis(marks, numbers, 1, axis=1)
    return marks


def check_put_back(put_back, n: int, count: int, keep: int, d: int) -> None:
    """Visible codes at their places, the mask token elsewhere."""
    rng = np.random.default_rng([n, count, keep, d])
    codes = rng.normal(size=(n, keep, d)).astype("float32")
    token = (rng.normal(size=d) + 5).astype("float32")
    visible = rng.permuted(np.tile(np.arange(count), (n, 1)), axis=1)[:, :keep]
    right = np.tile(token, (n, count, 1))
    zeros, added, first = np.zeros_like(right), right.copy(), right.copy()
    for i in range(n):
        right[i, visible[i]] = zeros[i, visible[i]] = codes[i]
        added[i, visible[i]] += codes[i]
        first[i, :keep] = codes[i]
    ordered = np.sort(visible, axis=1)
    sorted_in = np.tile(token, (n, count, 1))
    np.put_along_axis(sorted_in, ordered[..., None], codes, axis=1)
    mistakes = {
        "the masked places are zero; put the mask token there.": zeros,
        "the mask token was added to the visible codes, too.": added,
        "the visible codes stand first; each belongs at its own place.": first,
        "the codes were put in ascending order of their places; code k belongs at visible[k].": sorted_in,
        "only the mask token is there; the codes are missing.": np.tile(token, (n, count, 1)),
    }
    answer = check.call(put_back, tf.constant(codes), tf.constant(visible), tf.constant(token), count)
    check.close(answer, right, "the decoder's input", mistakes=mistakes)
    specs = (None, keep, d), tf.TensorSpec((None, keep), tf.int32), (d,), count
    found = check.compiled(put_back, *specs, inputs=[codes, visible, token])[0]
    check.close(found, right, "the decoder's input, compiled as in training")
    if keep < count:  # with all places visible the token has no part in it
        traced = check.trace(put_back, codes, visible, token, count)
        slopes = traced.gradients(by=[0, 2])
        check.close(slopes[0], np.ones_like(codes), "the gradient by the codes")
        check.close(slopes[1], np.full(d, float(n * (count - keep))), "the gradient by the mask token")


def check_loss(masked_loss, n: int, count: int, size: int) -> None:
    """The mean over masked patches only."""
    rng = np.random.default_rng([n, count, size])
    copies, patches = rng.normal(size=(2, n, count, size)).astype("float32")
    masked = (rng.random((n, count)) < rng.uniform(0.3, 0.9, size=(n, 1))).astype("float32")
    masked[:, 0], masked[:, 1:2] = 1, 0  # both kinds in every picture, of each more or fewer
    errors = (copies.astype(float) - patches) ** 2
    weighted = errors * masked[..., None]
    hidden = masked.sum()
    right = weighted.sum() / (hidden * size)
    mistakes = {
        "the visible patches count, too.": errors.mean(),
        "divided by the number of all patches; divide by that of the masked ones.": weighted.mean(),
        "these are the visible patches: 1 is masked.": (errors * (1 - masked[..., None])).sum()
        / max((1 - masked).sum() * size, 1),
        "summed over the pixels of a patch; take their mean.": right * size,
        "summed over the masked patches; divide by their number.": right * hidden,
        "summed; take the mean.": right * hidden * size,
        "the differences are not squared.": ((copies - patches) * masked[..., None]).sum() / (hidden * size),
        "the sizes of the differences are taken, not their squares.": (
            np.abs(copies.astype(float) - patches) * masked[..., None]
        ).sum()
        / (hidden * size),
        "averaged picture by picture; take the mean over the masked patches of all pictures.": np.mean(
            weighted.sum(axis=(1, 2)) / (masked.sum(axis=1) * size)
        ),
        "one number for each picture; return one for all.": weighted.sum(axis=(1, 2)) / (masked.sum(axis=1) * size),
        "the root was taken.": np.sqrt(right),
        "the copies are masked, the patches are not.": ((copies * masked[..., None] - patches) ** 2).sum()
        / (hidden * size),
    }
    answer = check.call(masked_loss, *(tf.constant(x) for x in (copies, patches, masked)))
    check.close(answer, right, "the loss", mistakes=mistakes)
    traced = check.trace(masked_loss, copies, patches, masked)
    slope = 2 * (copies - patches) * masked[..., None] / (hidden * size)
    check.close(traced.gradients(by=[0])[0], slope, "the gradient by the copies", rtol=1e-3)
    shapes = [(None, *x.shape[1:]) for x in (copies, patches, masked)]
    found = check.compiled(masked_loss, *shapes, inputs=[copies, patches, masked])[0]
    check.close(found, right, "the loss, compiled as in training")
