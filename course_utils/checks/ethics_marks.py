"""Checks of lesson 52: watermarks."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_utils import check


def _mark(bits, patterns, strength, share="root", signs="both", order=1) -> np.ndarray:
    signs = {"both": [2 * b - 1 for b in bits], "ones": bits, "turned": [1 - 2 * b for b in bits]}[signs]
    parts = np.array([s * p for s, p in zip(signs[::order], patterns, strict=True)])
    divisor = {"root": np.sqrt(len(bits)), "mean": len(bits), "sum": 1.0}[share]
    return strength * parts.sum(axis=0) / divisor


CLIPS = {"both": (0, 1), "none": (-np.inf, np.inf), "below": (0, np.inf), "above": (-np.inf, 1), "-1 to 1": (-1, 1)}


def _embedded(x, bits, patterns, strength, clip="both", scale=1.0, channels=3, only_mark=False, product=False, **mark):
    added = np.zeros(x.shape)
    added[..., :channels] = scale * _mark(bits, patterns, strength, **mark)[None, :, :, None]
    found = added if only_mark else x * (1 + added) if product else x + added
    low, high = CLIPS[clip]
    return np.clip(found, low, high)


EMBED_SLIPS = {
    "the division by the root of the number of bits is missing.": {"share": "sum"},
    "divide by the *root* of the number of bits.": {"share": "mean"},
    "a bit 0 adds nothing here; it subtracts its pattern.": {"signs": "ones"},
    "the signs are turned: bit 1 adds its pattern, bit 0 subtracts it.": {"signs": "turned"},
    "the bits are in reversed order: bit j belongs to pattern j.": {"order": -1},
    "values leave [0, 1]: clip them.": {"clip": "none"},
    "values are clipped below 0, but not above 1.": {"clip": "below"},
    "values are clipped above 1, but not below 0.": {"clip": "above"},
    "values are clipped to [-1, 1]; pictures lie in [0, 1].": {"clip": "-1 to 1"},
    "only the first channel is marked; all three get the same mark.": {"channels": 1},
    "the mark is divided by 255: pictures here lie in [0, 1].": {"scale": 1 / 255},
    "this is the mark alone; add it to the pictures.": {"only_mark": True},
    "the picture was multiplied; add the mark.": {"product": True},
}


def some_marks(n: int, height: int, width: int, bits: int, seed: int = 0) -> dict:
    """Pictures, bits and patterns for :func:`check_watermark`."""
    rng = np.random.default_rng([seed, n, height, width, bits])
    x = rng.uniform(0.05, 0.95, (n, height, width, 3)) * [1, 0.8, 0.5]
    some = rng.integers(0, 2, bits)
    some[0] = 1 - some[-1] if bits > 1 else 0
    patterns = rng.choice([-1.0, 1.0], size=(bits, height, width), p=[0.4, 0.6])
    return {"x": x, "bits": some, "patterns": patterns}


def check_watermark(embed: Callable, correlations: Callable, error_rate: Callable, x, bits, patterns) -> None:
    """Compare marks and correlations with loops; count wrong bits.

    Args:
        embed, correlations, error_rate: the learner's functions.
        x: pictures (n, h, w, 3).
        bits: (k,), patterns (k, h, w).
    """
    size = f"{len(x)} picture(s) of {x.shape[1]} x {x.shape[2]} pixels with {len(bits)} bit(s)"
    other = tuple(some_marks(2, 4, 3, bits=5, seed=9).values())

    def answer(*given):
        return check.call(embed, *given)

    for strength in (0.1, 0.4):
        found = answer(x, bits, patterns, strength)
        check.require(found is not None, "embed_bits returned nothing. Is the `return` missing?")
        right = _embedded(x, bits, patterns, strength)
        check.close(
            found, right, f"the marked pictures, {size}", rtol=1e-4,
            mistakes=partial(
                check.confirmed, answer, _embed_mistakes, (x, bits, patterns, strength), [(*other, 0.5)], everywhere=True
            ),
            otherwise=lambda: check.first_wrong(answer, _embed_cases()),
        )  # fmt: skip
    marked = _embedded(x, bits, patterns, 0.2)
    found = check.call(correlations, marked, patterns)
    check.require(found is not None, "correlations returned nothing. Is the `return` missing?")
    _check_correlations(correlations, found, marked, patterns, size)
    _check_rate(error_rate)


def _embed_mistakes(*given) -> dict:
    return check.slips(lambda **slip: _embedded(*given, **slip), EMBED_SLIPS)


def _pixels(*values) -> np.ndarray:
    """One picture (1, 1, w, 3): of a number a grey pixel, of three a coloured one."""
    return np.array([[[np.broadcast_to(value, 3) for value in values]]], dtype=float)


def _embed_cases():
    """Small cases of the mark, see :func:`first_wrong`: one picture, and patterns of one or two pixels."""
    for x, bits, patterns, strength in (
        (_pixels(0.5), [1], [[1]], 0.1),
        (_pixels(0.5), [0], [[1]], 0.1),
        (_pixels(0.5, 0.5), [1], [[1, -1]], 0.1),
        (_pixels(0.5, 0.7), [1], [[1, -1]], 0.2),
        (_pixels([0.2, 0.4, 0.7]), [1], [[1]], 0.1),
        (_pixels(0.5, 0.5), [1, 1, 1, 1], [[1, 1], [1, 1], [1, 1], [1, 1]], 0.1),
        (_pixels(0.5, 0.5), [1, 0], [[1, 1], [1, -1]], 0.1),
        (_pixels(0.95, 0.05), [1], [[1, -1]], 0.1),
        (_pixels(0.5, 0.5, 0.5, 0.5).reshape(1, 2, 2, 3), [1], [[[1, 1], [-1, -1]]], 0.1),
    ):
        patterns = np.array(patterns, dtype=float).reshape(len(patterns), *x.shape[1:3])
        right = _embedded(x, bits, patterns, strength)
        told = f"with the pictures {check.in_digits(x)}, bits {bits}, patterns {check.in_digits(patterns)} and "
        yield f"{told}strength {strength}", (x, np.array(bits), patterns, strength), right, ""


def _correlation_cases():
    """Small cases of the correlations, see :func:`first_wrong`."""
    for x, patterns in (
        (_pixels(0.8, 0.2), [[1, -1]]),
        (_pixels(0.9, 0.9), [[1, 1]]),
        (_pixels(0.8, 0.2), [[1, 1]]),
        (_pixels([0.9, 0.6, 0.0], [0.0, 0.3, 0.6]), [[1, -1]]),
        (_pixels(0.8, 0.2, 0.2, 0.0), [[1, -1, -1, 1]]),
        (_pixels(0.9, 0.2, 0.1, 0.0).reshape(1, 2, 2, 3), [[[1, -1], [-1, -1]]]),
        (_pixels(0.8, 0.2), [[1, -1], [-1, 1]]),
        (np.concatenate([_pixels(0.8, 0.2), _pixels(0.1, 0.7)]), [[1, -1], [-1, 1]]),
    ):
        patterns = np.array(patterns, dtype=float).reshape(len(patterns), *x.shape[1:3])
        told = f"with pictures {check.in_digits(x)} and patterns {check.in_digits(patterns)}"
        yield told, (x, patterns), _correlated(x, patterns), ""


def _correlated(marked, patterns, centre="picture", divide=True, channels="mean", flip=False, absolute=False):
    grey = marked.mean(axis=-1) if channels == "mean" else marked[..., 0]
    grey = marked.sum(axis=-1) if channels == "sum" else grey
    middle = {"picture": grey.mean(axis=(1, 2), keepdims=True), "none": 0.0, "all": grey.mean(),
              "mean picture": grey.mean(axis=0)}[centre]  # fmt: skip
    found = np.array([[np.sum(g * p) for p in patterns] for g in grey - middle])
    found = found / patterns[0].size if divide else found
    found = np.abs(found) if absolute else found
    return found.T if flip else found


def _check_correlations(correlations: Callable, answer, marked, patterns, size: str) -> None:
    slips = {
        "the mean of each picture is not taken away: a bright picture then looks marked.": {"centre": "none"},
        "the mean of all pictures together was taken away; each picture has its own mean.": {"centre": "all"},
        "the mean picture was taken away; take from each picture its own mean, a number.": {"centre": "mean picture"},
        "this is a sum over the pixels; take the mean.": {"divide": False},
        "only the first channel counts here; take the mean of the three.": {"channels": "first"},
        "this is the sum of the three channels; take their mean.": {"channels": "sum"},
        "rows and columns are exchanged: a row belongs to a picture.": {"flip": True},
        "the sign tells the bit: no absolute value.": {"absolute": True},
    }
    right = _correlated(marked, patterns)
    mistakes = check.slips(lambda **slip: _correlated(marked, patterns, **slip), slips)
    mistakes["these are bits; return the correlations themselves."] = (right > 0).astype(float)
    grey = marked.mean(axis=-1).reshape(len(marked), -1)
    flat = patterns.reshape(len(patterns), -1)
    if flat.std(axis=1).all() and grey.std(axis=1).all():
        scale = grey.std(axis=1)[:, None] * flat.std(axis=1)
        mistakes["these are divided by standard deviations; here the mean product is asked for."] = right / scale
    check.close(
        answer, right, f"the correlations, {size}", rtol=1e-4, atol=1e-8, mistakes=mistakes,
        otherwise=lambda: check.first_wrong(correlations, _correlation_cases()),
    )  # fmt: skip


def _check_rate(error_rate: Callable) -> None:
    found = np.array([[0.2, -0.1, 0.4, 0.3], [-0.9, -0.3, 0.5, 0.1], [0.1, -0.6, -1.2, 0.2]])
    other = np.array([[0.3, -0.2, 0.5], [-0.4, 0.1, 0.6], [-0.2, -0.3, -0.7], [0.9, 0.1, -1.9], [0.2, 0.8, -0.4]])

    def answer(*given):
        return check.call(error_rate, *given)

    for bits in ([1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 1, 1]):
        bits = np.array(bits)
        rate, right = answer(found, bits), np.mean((found > 0) != bits)
        check.close(
            rate, right, "the bit error rate",
            mistakes=partial(
                check.confirmed, answer, _rate_mistakes, (found, bits), [(other, np.array([1, 1, 0]))], everywhere=True
            ),
            otherwise=lambda: check.first_wrong(answer, _rate_cases()),
        )  # fmt: skip


def _rate_mistakes(found: np.ndarray, bits: np.ndarray) -> dict:
    wrong = (found > 0) != bits
    return {
        "this is the share of right bits.": 1 - wrong.mean(),
        "this is a number of bits; take the share.": wrong.sum(),
        "this is the share of pictures with a wrong bit; take the share of all bits.": wrong.any(axis=1).mean(),
        "one rate for all pictures, the mean over all bits.": wrong.mean(axis=1),
        "one rate for all bits: the mean over pictures and bits.": wrong.mean(axis=0),
        "this is in per cent; return a share.": 100 * wrong.mean(),
        "signs are -1 and 1, but bits 0 and 1: compare found > 0 with the bits.": np.mean(np.sign(found) != bits),
        "wrong bits are divided by the pictures alone; divide by all bits of all pictures.": wrong.sum() / len(found),
        "only the first picture counts here; take the share of the bits of all.": wrong[0].mean(),
        "correlations were averaged over the pictures first; read the bits of each picture.": np.mean(
            (found.mean(axis=0) > 0) != bits
        ),
    }


def _rate_cases():
    """Small cases of the bit error rate, see :func:`first_wrong`."""
    for found, bits, right in (
        ([[0.2]], [1], 0.0),
        ([[-0.2]], [0], 0.0),
        ([[-0.2]], [1], 1.0),
        ([[0.2]], [0], 1.0),
        ([[0.3, 0.2]], [1, 0], 1 / 2),
        ([[0.3, 0.2], [0.1, 0.4]], [1, 0], 1 / 2),
        ([[0.3], [-0.2], [-0.1]], [1], 2 / 3),
        ([[0.3, 0.2], [-0.1, -0.4], [0.5, 0.1]], [1, 0], 1 / 2),
    ):
        yield f"with the correlations {found} and the bits {bits}", (np.array(found), np.array(bits)), right, ""
