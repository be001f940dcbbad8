"""Checks of lesson 36 on tokens: attention and position vectors."""

import keras
import numpy as np
import tensorflow as tf
from scipy.special import expit, softmax

from course_utils import check

_WEIGH = {
    "softmax": softmax,
    "none": lambda x, axis: x,
    "sigmoid": lambda x, axis: expit(x),
    "exp": lambda x, axis: np.exp(x),
}
ATTENTION_SLIPS = {
    "1/√d is missing.": {"root": "none"},
    "divided by d; divide by its square root.": {"root": "squared"},
    "multiplied by √d; divide by it.": {"root": "times"},
    "1/√d comes after the softmax; divide the comparisons before it.": {"root": "after"},
    "the softmax goes over the queries; it goes over the keys, the last axis.": {"axis": -2},
    "the softmax goes over the heads; it goes over the keys, the last axis.": {"axis": 1},
    "the softmax goes over the first axis; it goes over the keys, the last axis.": {"axis": 0},
    "the softmax goes over queries and keys together; it goes over the keys, the last axis.": {"axis": (-2, -1)},
    "the softmax goes over all entries; it goes over the keys, the last axis.": {"axis": None},
    "the softmax is missing.": {"weigh": "none"},
    "a sigmoid was taken; the softmax makes the weights of a query sum to 1.": {"weigh": "sigmoid"},
    "the exponentials are not divided by their sum over the keys.": {"weigh": "exp"},
    "queries and keys are exchanged.": {"order": "kqv"},
    "the queries are compared with the values, not with the keys.": {"order": "qvv"},
    "the weights average the keys; they average the values.": {"order": "qkk"},
    "keys and values are exchanged.": {"order": "qvk"},
    "the sign of the comparisons is wrong.": {"sign": -1},
    "each query sees only the keys up to its own place; here it sees all.": {"causal": True},
    "d is the number of entries of one query, not the number of keys.": {"size": "keys"},
    "d is the number of entries of one query, not the number of queries.": {"size": "queries"},
}


def _attend(given, part, root="right", axis=-1, weigh="softmax", order="qkv", sign=1, causal=False, size="d"):
    """The output (part 0) or the weights (part 1) of attention, with its usual slips as options."""
    q, k, v = (given["qkv".index(name)] for name in order)
    d = {"d": q.shape[-1], "keys": k.shape[-2], "queries": q.shape[-2]}[size]
    factor = {"none": 1, "after": 1, "squared": 1 / d, "times": d**0.5}.get(root, d**-0.5)
    scores = sign * factor * (q @ np.swapaxes(k, -1, -2))
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -1e9)
    weights = _WEIGH[weigh](scores, axis=axis) / (d**0.5 if root == "after" else 1)
    return weights if part else weights @ v


def _divisor(weights, q, k) -> str:
    """By what the comparisons were divided, if the weights tell."""
    scores = q @ np.swapaxes(k, -1, -2)
    scores = scores - scores.mean(axis=-1, keepdims=True)
    weights = np.asarray(weights, dtype=float)
    if weights.shape != scores.shape or not np.all(weights > 0):
        return ""
    logs = np.log(weights)
    logs -= logs.mean(axis=-1, keepdims=True)
    factor = np.sum(logs * scores) / np.sum(scores**2)
    known = np.isclose(factor * q.shape[-1] ** 0.5, 1, rtol=1e-3) or not np.allclose(weights.sum(axis=-1), 1, rtol=1e-3)
    if known or factor <= 0 or not np.allclose(logs, factor * scores, rtol=1e-2, atol=1e-3):
        return ""
    root = q.shape[-1] ** 0.5
    return f"the comparisons are divided by {1 / factor:.4g}; here √d is {root:.4g}. Take d from the shape of q."


def _sums(weights, right: np.ndarray) -> str:
    """Words about the first query whose weights do not sum to 1."""
    weights = np.asarray(weights, dtype=float)
    if weights.shape != right.shape:
        return ""
    sums = weights.sum(axis=-1)
    wrong = np.argwhere(~np.isclose(sums, 1, rtol=1e-3))
    if not len(wrong):
        return ""
    place = wrong[0].tolist()
    return f"the weights of query {place} sum to {sums[tuple(place)]:.4g}; those of each query sum to 1, over the keys."


def check_attention(attention, n: int, heads: int, tokens: int, keys: int, d: int) -> None:
    """Hold attention against the formula, and against Keras's own layer."""
    rng = np.random.default_rng([n, heads, tokens, keys, d])
    q = 1.5 * rng.normal(size=(n, heads, tokens, d))
    k, v = 1.5 * rng.normal(size=(2, n, heads, keys, d)) + 0.3
    q, k, v = given = tuple(x.astype("float32") for x in (q, k, v))
    answer = check.call(attention, *map(tf.constant, given))
    output, weights = check.several(answer, "the output", "the weights")
    right = _attend(given, 0), _attend(given, 1)
    others = (
        {
            "these are the weights; the output comes first.": right[1],
            "divided by the number of keys; the weights sum to 1 already.": right[0] / keys,
            "the queries are added; the output is the mean of the values alone.": right[0] + q,
        },
        {
            "this is the output; the weights come second.": right[0],
            "a row belongs to a key; it belongs to a query.": np.swapaxes(right[1], -1, -2),
        },
    )
    for place, value, name in ((1, weights, "the weights"), (0, output, "the output")):
        mistakes = others[place] | check.slips(_attend, ATTENTION_SLIPS, given=given, part=place)
        if place and (words := _divisor(value, q, k)):
            mistakes = mistakes | {words: np.asarray(value)}

        def otherwise(place=place, value=value) -> str:
            part = lambda f, *tokens: check.call(f, *map(tf.constant, tokens))[place]  # noqa: E731
            words = _sums(value, right[1]) if place else ""
            return words or check.behaviour(attention, lambda *given: _attend(given, place), part, q=q, k=k, v=v)

        check.close(value, right[place], name, mistakes=mistakes, otherwise=otherwise)
    for axes in (1, 2):
        lead = (0,) * axes
        few = check.call(attention, *(tf.constant(x[lead]) for x in given))
        output, _ = check.several(few, "the output", "the weights")
        name = f"the output for tensors of {4 - axes} axes (the docstring says: any number of leading axes)"
        check.close(output, right[0][lead], name)
    shapes = [(None, *x.shape[1:]) for x in given]
    compiled = check.compiled(attention, *shapes, inputs=given)[0]
    check.close(compiled[0], right[0], "the output, compiled as in training")
    _check_large(attention, given)
    _against_keras(attention, n, heads, max(tokens, 2), d)  # Keras warns of a single token


def _check_large(attention, given: tuple) -> None:
    """Large comparisons: their exponentials have no end, their softmax has."""
    q, k, v = given
    big = (100 * q, k, v)
    output, weights = check.call(attention, *map(tf.constant, big))
    finite = np.isfinite(np.asarray(weights)).all() and np.isfinite(np.asarray(output)).all()
    words = (
        "for large entries of q some weights are NaN or infinite: an exponential overflows. ops.softmax prevents it."
    )
    check.require(finite, f"the weights: {words}")
    check.close(
        weights, _attend(tuple(x.astype(float) for x in big), 1), "the weights for large entries of q", rtol=0.01
    )


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


POSITION_SLIPS = {
    "cosines come first; the sines of the row come first.": {"order": "csCS"},
    "the column comes first; the sines and cosines of the row come first.": {"first": "columns"},
    "the sines of row and column come first; after the row's sines come its cosines.": {"order": "sScC"},
    "sines and cosines alternate; each kind stands together.": {"order": "alternate"},
    "both halves hold the row; the second belongs to the column.": {"order": "scsc"},
    "both halves hold the column; the first belongs to the row.": {"order": "SCSC"},
    "the cosines are missing: there are sines in their place.": {"order": "ssSS"},
    "the places go column by column; they go row by row.": {"places": "columns"},
    "the place is divided by the number of rows; its row is place // columns.": {"places": "by rows"},
    "row and column are both the number of the place; take them apart.": {"places": "one axis"},
    "rows and columns are divided by the size of the grid; i and j are whole numbers.": {"places": "shares"},
    "the rows and columns begin with 1; they begin with 0.": {"start": 1},
    "the factor π/2 is missing.": {"turn": 1.0},
    "the factor is π; it is π/2.": {"turn": np.pi},
    "the factor is 2π; it is π/2.": {"turn": 2 * np.pi},
    "the angles are in degrees; NumPy takes radians.": {"turn": 90.0},
    "the sign of the exponent is wrong: later frequencies are lower.": {"power": "up"},
    "the exponent is f over dim/4, not over dim.": {"power": "dim"},
    "the exponent is f over F, not over F - 1: the last is below 1.": {"power": "to the end"},
    "f begins with 1; it begins with 0.": {"power": "from 1"},
}


def _omega(count: int, power: str, turn: float) -> list[float]:
    """The frequencies, one after the other."""
    steps = {
        "up": lambda f: f / count,
        "dim": lambda f: -f / (4 * count),
        "to the end": lambda f: -f / (count - 1),
        "from 1": lambda f: -(f + 1) / count,
        "whole": lambda f: 0,
    }
    exponent = steps.get(power, lambda f: -f / count)
    return [turn * 8.0 ** exponent(f) for f in range(count)]


def _place(place: int, rows: int, columns: int, places: str) -> tuple[float, float]:
    """Row and column of a place."""
    if places == "columns":
        return place % rows, place // rows
    if places == "by rows":
        return place // rows, place % rows
    if places == "one axis":
        return place, place
    i, j = divmod(place, columns)
    return (i / rows, j / columns) if places == "shares" else (i, j)


def _table(
    rows, columns, dim, order="scSC", first="rows", places="rows", start=0, turn=np.pi / 2, power="right", omega=None
):
    """Position vectors by loops, with their usual slips as options."""
    omega = omega or _omega(dim // 4, power, turn)
    table = []
    for place in range(rows * columns):
        i, j = _place(place, rows, columns, places)[:: 1 if first == "rows" else -1]
        waves = {
            letter: [wave((p + start) * w) for w in omega]
            for letter, p, wave in (("s", i, np.sin), ("c", i, np.cos), ("S", j, np.sin), ("C", j, np.cos))
        }
        if order == "alternate":
            table.append(np.stack(list(waves.values()), axis=1).ravel())
        else:
            table.append(np.concatenate([waves[letter] for letter in order]))
    return np.array(table)


def _other_frequencies(f: np.ndarray, count: int) -> list[tuple[str, np.ndarray]]:
    """Frequencies that misread the formula, each with its message."""
    half = np.pi / 2
    return [
        ("π/2 stands before the power, not in it.", (half * 8) ** (-f / count)),
        *((f"the base of the power is 8, not {base}.", half * base ** (-f / count)) for base in (10000, 2, 4, 10, 100)),
        ("the base of the power is 8, not e.", half * np.exp(-f / count)),
        ("the exponent is f over dim/4, not over dim/2.", half * 8.0 ** (-f / (2 * count))),
        ("the exponent is f over dim/4, not over dim/8.", half * 8.0 ** (-2 * f / count)),
        ("the exponent is f / F; here F stands outside the power.", half * 8.0**-f / count),
        ("the exponent is f / F; here it is f.", half * 8.0**-f),
        (
            "the frequencies fall in equal steps; each is the one before, divided by the same number.",
            np.linspace(half, half / 8, count),
        ),
    ]


PARTS = ("sine of the row", "cosine of the row", "sine of the column", "cosine of the column")


def _first_place(answer, right: np.ndarray, columns: int) -> str:
    """The first wrong place and frequency, with the angle that sine and cosine belong to."""
    value = np.asarray(answer, dtype=float)
    if value.shape != right.shape or not np.isfinite(value).all():
        return ""
    mine, wanted = (x.reshape(len(right), 2, 2, -1) for x in (value, right))  # place, axis, wave, f
    wrong = np.abs(mine - wanted) > 1e-4
    place, axis, wave, f = np.argwhere(wrong)[0]
    part = 2 * axis + wave
    here, name = divmod(int(place), columns)[axis], ("row", "column")[axis]
    fine = [words for words, off in zip(PARTS, wrong.any(axis=(0, 3)).ravel(), strict=True) if not off]
    words = f"every {', every '.join(fine)} is right. " if fine else ""
    words += f"{name.capitalize()} {here}, f = {f} (entry [{place}, {part * mine.shape[3] + f}]): "
    sine, cosine = mine[place, axis, :, f]
    if abs(sine**2 + cosine**2 - 1) < 1e-3:
        angle, told = np.arctan2(sine, cosine) % (2 * np.pi), np.arctan2(*wanted[place, axis, :, f]) % (2 * np.pi)
        return (
            f"{words}sine and cosine of the {name} are those of the angle {angle:.4g}; it should be {told:.4g} "
            f"(both within a full turn of 2π)."
        )
    return f"{words}the {PARTS[part]} is {mine[place, axis, wave, f]:.4g}, expected {wanted[place, axis, wave, f]:.4g}."


def check_positions(positions, rows: int, columns: int, dim: int) -> None:
    """Hold position vectors against loops."""
    size = {"rows": rows, "columns": columns, "dim": dim}
    right, count = _table(**size), dim // 4
    parts = right.reshape(-1, 4, count)
    others = {
        "the four parts are below each other; put them side by side, with axis=1.": parts.swapaxes(0, 1).reshape(
            -1, count
        ),
        "the four parts have an axis of their own; join them to vectors of length dim.": parts,
        "the four parts are added; put them side by side.": parts.sum(axis=1),
        "the places are still in a grid; put them in one row.": right.reshape(rows, columns, dim),
        "F is dim / 4, not dim.": lambda: _table(rows, columns, 4 * dim),
        "F is dim / 4, not dim / 2.": lambda: _table(rows, columns, 2 * dim),
        "all frequencies are equal: the exponent -f / F was made a whole number.": lambda: _table(
            **size, power="whole"
        ),
        "the frequencies stand in reverse order: f = 0, the highest, comes first.": lambda: _table(
            **size, omega=_omega(count, "right", np.pi / 2)[::-1]
        ),
        "the second axis begins with 1; both begin with 0.": lambda: np.hstack(
            [right[:, : 2 * count], _table(**size, start=1)[:, 2 * count :]]
        ),
        "cosines come first for the column; its sines come first.": lambda: _table(**size, order="scCS"),
        "sines and cosines alternate within the row's half and the column's; each kind stands together.": (
            parts.reshape(-1, 2, 2, count).swapaxes(2, 3).reshape(right.shape)
        ),
    }
    f = np.arange(count)
    others |= {words: lambda w=w: _table(**size, omega=list(w)) for words, w in _other_frequencies(f, count)}
    mistakes = others | check.slips(_table, POSITION_SLIPS, **size)
    answer = check.call(positions, rows, columns, dim)
    many, *long = check.array(answer, "the position vectors").shape or (0,)
    check.require(
        long != [dim] or many == len(right),
        f"the position vectors: {many} places, expected {len(right)} (rows · columns).",
    )
    check.require(
        many != len(right) or len(long) != 1 or long[0] in (count, dim, 2 * dim, 4 * dim),
        f"the position vectors: each has {long and long[0]} numbers, expected {dim}, as `dim` says.",
    )
    check.close(
        answer, right, "the position vectors", mistakes=mistakes, otherwise=lambda: _first_place(answer, right, columns)
    )
    kind = np.asarray(answer).dtype
    check.require(kind == np.float32, f"the position vectors: expected float32, got {kind}.")
