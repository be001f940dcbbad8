"""Checks of lesson 31: the walk between two latent codes."""

import numpy as np
import tensorflow as tf
from scipy.special import expit, logit

from course_utils import check


def _rows_of(value, name: str, wanted: str, size: int) -> np.ndarray:
    """What `encode` or `decode` was called with, as rows of so many numbers."""
    value = np.asarray(value, dtype=float)
    shape = f"`{name}` was called with shape {value.shape}; it wants {wanted} (m, {size}), also for one."
    if name == "decode" and value.ndim == 3 and value.shape[1] == 1:
        shape += " `encode` gives a row for each picture: take row 0 of the mean of one."
    elif name == "decode" and value.ndim > 2:
        shape += " `encode` gives a pair, mean and log variance: take the mean."
    check.require(value.ndim == 2 and value.shape[1] == size, shape)
    return value


def check_walk(walk, d: int, k: int, n: int, tensors: bool = False) -> None:
    """A nonlinear encoder and decoder with known answers, of NumPy or of tensors."""
    rng = np.random.default_rng([d, k, n])
    a, b = rng.normal(size=(d, k)) / np.sqrt(d), rng.normal(size=(k, 2 * d)) / np.sqrt(k)

    def wrap(value):
        return tf.constant(value.astype("float32")) if tensors else value

    spread, called = [-1.0], set()

    def encode(x):
        called.add("encode")
        x = _rows_of(x, "encode", "pictures", d)
        mean, log_var = np.tanh(x @ a), np.full((len(x), k), spread[0])
        return wrap(mean.astype("float32")), wrap(log_var.astype("float32"))

    def picture(z):
        return expit(2 * z @ b).reshape(len(z), 2, d)

    one, two = rng.random((2, d))

    def decode(z):
        called.add("decode")
        return wrap(picture(_rows_of(z, "decode", "latent codes", k)))

    arguments = encode, decode, one, two, n
    try:
        answer = check.array(check.call(walk, *arguments), "the pictures")
    except check.CheckError as error:
        check.require("encode" in called, f"`walk` does not come to call the `encode` that it is given. {error}")
        raise
    mistakes = _walk_mistakes(lambda x: np.tanh(x @ a), picture, one, two, n)
    again = np.asarray(check.call(walk, *arguments))
    check.require(
        again.shape != answer.shape or np.allclose(answer, again, atol=1e-6),
        "Two calls give different pictures: something is random. Take the mean, not a sample.",
    )
    spread[0] = 1.0
    other = np.asarray(check.call(walk, *arguments))
    t = np.linspace(0, 1, n)[:, None]
    right = picture((1 - t) * np.tanh(one @ a) + t * np.tanh(two @ a))

    def look() -> str:
        for name in ("encode", "decode"):
            if name not in called:
                return f"`walk` does not call the `{name}` that it is given."
        if other.shape == answer.shape and not np.allclose(answer, other, atol=1e-4):
            return "they depend on the log variance; the mean alone is the code."
        return _on_the_way(answer, right, b, np.tanh(np.stack([one, two]) @ a))

    check.close(answer, right, "the pictures on the way", rtol=1e-3, mistakes=mistakes, otherwise=look)


def _on_the_way(answer: np.ndarray, right: np.ndarray, b: np.ndarray, ends: np.ndarray) -> str:
    """How many pictures there are, and where on the line between two codes they were decoded."""
    n, words = len(right), ""
    if answer.shape[1:] == right.shape[1:] and len(answer) != n:
        return f"the shape is {answer.shape}, expected {right.shape}: {len(answer)} pictures, but n is {n}."
    if answer.shape == right.shape and n > 2 and np.allclose(answer[[0, -1]], right[[0, -1]], atol=1e-3):
        words = "both ends are right, but the codes between are not evenly spaced on the straight line."
    return f"{words} {_places(answer, right, b, ends)}".strip()


def _places(answer: np.ndarray, right: np.ndarray, b: np.ndarray, ends: np.ndarray) -> str:
    """Where on the line between two codes pictures were decoded, as far as that can be found again."""
    if answer.shape != right.shape or b.shape[0] > b.shape[1]:
        return ""
    codes = logit(answer.reshape(len(answer), -1)) @ np.linalg.pinv(b) / 2
    if not np.isfinite(codes).all():
        return ""
    if not np.allclose(expit(2 * codes @ b).reshape(answer.shape), answer, atol=1e-4):
        return "No codes decode to these pictures: return what `decode` gives."
    start, way = ends[0], ends[1] - ends[0]
    t = ((codes - start) @ way / (way @ way)).round(4) + 0.0
    off = np.abs(start + t[:, None] * way - codes).max(axis=1) > 1e-3
    if off.any():
        return f"The code of picture {np.argmax(off)} is not on the line from `first` to `second`."
    wanted = check.in_digits(np.linspace(0, 1, len(t)))
    return f"The codes stand at {check.in_digits(t)} of the way, expected {wanted}."


def _walk_mistakes(code, picture, one: np.ndarray, two: np.ndarray, n: int):
    """What slips give for pictures one and two; code is the encoder's mean, picture the decoder."""
    z1, z2 = code(one), code(two)
    t, place = np.linspace(0, 1, n)[:, None], np.arange(n)[:, None]
    ends = picture(np.stack([z1, z2]))

    def formula(start=z1, end=z2, t=t, keep=1.0, act=np.asarray, drop=n):
        return act(picture(keep * (1 - t) * start + (1 - keep) * start + t * end))[:drop]

    options = {
        "the walk goes backwards, from second to first.": {"start": z2, "end": z1},
        "the last picture is missing: the end belongs to the walk.": {"t": place / n},
        "one picture too few: the end belongs to the walk.": {"drop": n - 1},
        "the first picture is missing: the start belongs to the walk.": {"t": (place + 1) / n},
        "both ends are missing.": {"t": (place + 1) / (n + 1)},
        "the walk goes twice as far as it should.": {"t": 2 * t},
        "t goes from -1 to 1; the walk begins at 0.": {"t": 2 * t - 1},
        "every picture is decoded half-way between the ends.": {"t": 0.5 + 0 * t},
        "the log variance was taken for the code.": {"start": np.full(len(z1), -1.0), "end": np.full(len(z1), -1.0)},
        "the end is a log variance: `encode` gives the mean and the log variance of all pictures.": {
            "end": np.full(len(z1), -1.0)
        },
        "both ends are the first picture's code.": {"end": z1},
        "the end is added in full: the way is start + t (end - start).": {"keep": 0.0},
        "the difference has the wrong sign: it is end - start.": {"end": 2 * z1 - z2},
        "the sigmoid is there twice: `decode` gives pictures already.": {"act": expit},
        "flattened: return what `decode` gives, in its shape.": {"act": lambda images: images.reshape(n, -1)},
    }
    t = t[:, :, None]
    mixed = (1 - t) * one + t * two
    return check.slips(formula, options) | {
        "the pictures are mixed, not their codes: that is a cross-fade.": mixed[:, 0],
        "the decoded ends are mixed, not the codes.": (1 - t) * ends[0] + t * ends[1],
        "the pictures are mixed before encoding; mix the codes.": picture(code(mixed[:, 0])),
        "these are the codes; decode them.": ((1 - t) * z1 + t * z2)[:, 0],
    }
