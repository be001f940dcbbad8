"""Checks of lesson 22, super-resolution: the matrix that resizes."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks import super_resolution_consistency as consistency


def _keys(t, a=-0.5):
    """The cubic kernel as a spline through its pieces, at distances t."""
    t = np.abs(t)
    near, far = np.polyval([a + 2, -a - 3, 0, 1], t), np.polyval([a, -5 * a, 8 * a, -4 * a], t)
    return np.select([t < 1, t < 2], [near, far], 0.0)


KERNELS = {
    "right": _keys,
    "triangle": lambda t: np.clip(1 - np.abs(t), 0, 1),
    "box": lambda t: (np.abs(t) <= 0.5).astype(float),
    "positive": lambda t: np.maximum(_keys(t), 0),
    "other": lambda t: _keys(t, -0.75),
    "exponential": lambda t: np.exp(_keys(t)),
}
CENTRES = {
    "right": lambda i, step, n_in, n_out: (i + 0.5) * step - 0.5,
    "corner": lambda i, step, n_in, n_out: i * step,
    "ends": lambda i, step, n_in, n_out: i * (n_in - 1) / max(n_out - 1, 1),
    "plus": lambda i, step, n_in, n_out: (i + 0.5) * step,
    "minus": lambda i, step, n_in, n_out: i * step - 0.5,
    "inverse": lambda i, step, n_in, n_out: (i + 0.5) / step - 0.5,
    "both plus": lambda i, step, n_in, n_out: (i + 0.5) * step + 0.5,
    "both minus": lambda i, step, n_in, n_out: (i - 0.5) * step - 0.5,
    "later": lambda i, step, n_in, n_out: (i + 1.5) * step - 0.5,
    "old later": lambda i, step, n_in, n_out: (i + 0.5) * step - 1.5,
    "brackets": lambda i, step, n_in, n_out: i + 0.5 * step - 0.5,
    "two": lambda i, step, n_in, n_out: (i + 0.5) * 2 - 0.5,
    "floor": lambda i, step, n_in, n_out: np.floor((i + 0.5) * step - 0.5),
    "round": lambda i, step, n_in, n_out: np.round((i + 0.5) * step - 0.5),
}
SCALES = {
    "right": lambda step: max(1.0, step),
    "one": lambda step: 1.0,
    "step": lambda step: step,
    "inverse": lambda step: max(1.0, 1 / step),
    "twice": lambda step: max(1.0, step) ** 2,
    "root": lambda step: max(1.0, step) ** 0.5,
    "smaller": lambda step: min(1.0, step),
    "always 2": lambda step: 2.0,
}
TOTALS = {
    "row": lambda w, s: w.sum(axis=1, keepdims=True),
    "column": lambda w, s: w.sum(axis=0),
    "all": lambda w, s: w.sum(),
    "scale": lambda w, s: s,
    "none": lambda w, s: 1.0,
    "absolute": lambda w, s: np.abs(w).sum(axis=1, keepdims=True),
    "largest": lambda w, s: w.max(axis=1, keepdims=True),
    "mean": lambda w, s: w.mean(axis=1, keepdims=True),
}


def _formula(n_in, n_out, scale="right", centre="right", over="row", kernel="right", sides="right", whole=False):
    """The weights, with their usual slips as options."""
    step = n_in // n_out if whole else n_in / n_out
    s, c = SCALES[scale](step), CENTRES[centre](np.arange(n_out), step, n_in, n_out)
    distance = np.arange(n_in)[None, :] - c[:, None]
    weights = KERNELS[kernel](distance * s if sides == "times" else distance / s)
    if sides == "four":
        weights = np.where(np.abs(np.arange(n_in) - np.floor(c)[:, None] - 0.5) < 2, weights, 0)
    return weights / TOTALS[over](weights, s)


def _repeated_edges(n_in: int, n_out: int) -> np.ndarray:
    """The matrix where pixels beyond the edge count as copies of the outermost ones."""
    wide = 3 * n_in  # the same centres, shifted, in a row that goes on at both sides
    step = n_in / n_out
    c = (np.arange(n_out) + 0.5) * step - 0.5 + wide
    weights = _keys((np.arange(2 * wide + n_in) - c[:, None]) / max(1.0, step))
    inner = weights[:, wide : wide + n_in].copy()
    inner[:, 0] += weights[:, :wide].sum(axis=1)
    inner[:, -1] += weights[:, wide + n_in :].sum(axis=1)
    return inner / inner.sum(axis=1, keepdims=True)


PAIRED = {
    "the kernel is not widened: without antialiasing, shrinking skips pixels. Divide the distances by s.": {
        "scale": "one"
    },
    "the kernel is narrowed for enlarging, too: s is never below 1.": {"scale": "step"},
    "s is the wrong way round: it is n_in / n_out where that is above 1.": {"scale": "inverse"},
    "the distances are multiplied by s; divide them by it.": {"sides": "times"},
    "s is squared.": {"scale": "twice"},
    "the centres lack the shift by half a pixel: c = (i + ½) n_in / n_out - ½.": {"centre": "corner"},
    "the centres reach from the first pixel to the last; they are (i + ½) n_in / n_out - ½.": {"centre": "ends"},
    "the -½ is missing from the centres.": {"centre": "plus"},
    "the +½ is missing inside the centres.": {"centre": "minus"},
    "n_in / n_out is the wrong way round in the centres.": {"centre": "inverse"},
    "the rows do not sum to 1: divide each row by its sum.": {"over": "none"},
    "the columns were made to sum to 1; the rows must.": {"over": "column"},
    "all weights together sum to 1; each row must.": {"over": "all"},
    "the weights were divided by s: divide each row by its own sum.": {"over": "scale"},
    "the kernel is a triangle (bilinear); use `cubic`.": {"kernel": "triangle"},
}
SINGLE = {
    "½ is added at the end of the centres; it is subtracted there.": {"centre": "both plus"},
    "½ is subtracted from i; it is added: (i + ½).": {"centre": "both minus"},
    "the new pixels are counted from 1; i begins with 0.": {"centre": "later"},
    "the old pixels are counted from 1; j begins with 0.": {"centre": "old later"},
    "brackets are missing in the centres: all of (i + ½) is multiplied by n_in / n_out.": {"centre": "brackets"},
    "the centres were cut to whole numbers; they lie between pixels.": {"centre": "floor"},
    "the centres were rounded; they lie between pixels.": {"centre": "round"},
    "the centres are made for half the size, whatever the sizes are; take n_in / n_out.": {"centre": "two"},
    "n_in / n_out is cut to a whole number: / divides, // cuts.": {"whole": True},
    "the root of s was taken.": {"scale": "root"},
    "s is a maximum, not a minimum: the kernel grows wider for smaller pictures.": {"scale": "smaller"},
    "s is 2 here, whatever the sizes are; it follows from n_in and n_out.": {"scale": "always 2"},
    "each row was divided by the sum of absolute weights; divide it by its plain sum.": {"over": "absolute"},
    "each row was divided by its largest weight; divide it by its sum.": {"over": "largest"},
    "each row was divided by its mean; divide it by its sum.": {"over": "mean"},
    "weights below 0 were cut off; they belong to the cubic kernel.": {"kernel": "positive"},
    "the kernel is a box; use `cubic`.": {"kernel": "box"},
    "the kernel is another cubic one (a = -0.75); use `cubic`, with a = -½.": {"kernel": "other"},
    "an exponential was taken, as in a softmax; divide the weights by their sum alone.": {"kernel": "exponential"},
    "only four old pixels count in each new one; for a smaller picture the kernel reaches 2 s to each side.": {
        "sides": "four"
    },
}


def _mistakes(n_in: int, n_out: int, right: np.ndarray) -> dict:
    """What known mistakes give, the likeliest first."""

    def formula(**slips):
        return _formula(n_in, n_out, **slips)

    first = {"it is transposed: its shape is (n_out, n_in).": right.T} if n_in != n_out else {}
    pairs = check.slips(formula, PAIRED)
    alone = {words: pairs[words] for words in PAIRED if words in pairs}
    alone |= {words: (lambda slip=slip: formula(**slip)) for words, slip in SINGLE.items()}
    alone["pixels beyond the edge were counted as copies of the outermost one; there are none, leave them out."] = (
        _repeated_edges(n_in, n_out)
    )
    if not np.any(np.trunc(right)):
        alone["all weights are 0. Does the array hold whole numbers (dtype=int)?"] = 0 * right
    return first | alone | dict(pairs)


def check_resize_matrix(resize_matrix: Callable, n_in: int, n_out: int) -> None:
    """Hold the matrix against Pillow's bicubic filter, and know the usual mistakes."""
    name = f"the matrix from {n_in} to {n_out} pixels"
    right = consistency.pillow_matrix(n_in, n_out)
    answer = check.call(resize_matrix, n_in, n_out)
    try:
        check.close(answer, right, name, rtol=1e-5, mistakes=lambda: _mistakes(n_in, n_out, right))
    except check.CheckError as error:
        hint = ""
        if " values are NaN" in str(error):
            hint = (
                " Each row is divided by its own sum (axis=1, keepdims=True): is one of them 0? Were the distances "
                "multiplied by s instead of divided by it?"
            )
        if f", expected ({n_out}, {n_in})" in str(error) and "exchanged" not in str(error):
            hint = " The sizes follow from n_in and n_out; is one written into the code?"
        raise check.CheckError(f"{error}{hint}") from None
