"""Checks of lesson 22, super-resolution."""

import re
from collections.abc import Callable

import numpy as np
from scipy.signal import correlate2d
from scipy.special import expit, ndtr
from skimage.metrics import structural_similarity

from course_utils import check
from course_utils.checks import super_resolution_consistency as consistency

check_already_consistent = consistency.check_already_consistent
check_consistent = consistency.check_consistent
check_invisible = consistency.check_invisible
check_recovered = consistency.check_recovered


def _keys(t):
    """The cubic kernel as a spline through its pieces, at distances t."""
    t = np.abs(t)
    near, far = np.polyval([1.5, -2.5, 0, 1], t), np.polyval([-0.5, 2.5, -4, 2], t)
    return np.select([t < 1, t < 2], [near, far], 0.0)


def _matrix_formula(n_in, n_out, scale="right", centre="right", over="row", kernel=_keys, sides="right"):
    """The weights, with their usual slips as options."""
    i, j, step = np.arange(n_out), np.arange(n_in), n_in / n_out
    s = {"right": max(1.0, step), "one": 1.0, "step": step, "inverse": max(1.0, 1 / step), "twice": max(1.0, step) ** 2}
    c = {
        "right": (i + 0.5) * step - 0.5,
        "corner": i * step,
        "ends": i * (n_in - 1) / max(n_out - 1, 1),
        "plus": (i + 0.5) * step,
        "minus": i * step - 0.5,
        "inverse": (i + 0.5) / step - 0.5,
    }[centre]
    distance = j[None, :] - c[:, None]
    weights = kernel(distance * s[scale] if sides == "times" else distance / s[scale])
    total = {
        "row": weights.sum(axis=1, keepdims=True),
        "column": weights.sum(axis=0),
        "all": weights.sum(),
        "scale": s["right"],
        "none": 1.0,
    }
    return weights / total[over]


def check_resize_matrix(resize_matrix: Callable, n_in: int, n_out: int) -> None:
    """Hold the matrix against Pillow's bicubic filter, and know the usual mistakes."""
    name = f"the matrix from {n_in} to {n_out} pixels"
    mistakes = check.slips(
        lambda **slips: _matrix_formula(n_in, n_out, **slips),
        {
            "the kernel is not widened: without antialiasing, shrinking skips pixels. Divide the distances by s.": {
                "scale": "one"
            },
            "the kernel is narrowed for enlarging, too: s is never below 1.": {"scale": "step"},
            "s is the wrong way round: it is n_in / n_out where that is above 1.": {"scale": "inverse"},
            "the distances are multiplied by s; divide them by it.": {"sides": "times"},
            "s is squared.": {"scale": "twice"},
            "the centres lack the shift by half a pixel: c = (i + ½) n_in / n_out - ½.": {"centre": "corner"},
            "the centres reach from the first pixel to the last; they are (i + ½) n_in / n_out - ½.": {
                "centre": "ends"
            },
            "the -½ is missing from the centres.": {"centre": "plus"},
            "the +½ is missing inside the centres.": {"centre": "minus"},
            "n_in / n_out is the wrong way round in the centres.": {"centre": "inverse"},
            "the rows do not sum to 1: divide each row by its sum.": {"over": "none"},
            "the columns were made to sum to 1; the rows must.": {"over": "column"},
            "all weights together sum to 1; each row must.": {"over": "all"},
            "the weights were divided by s: divide each row by its own sum.": {"over": "scale"},
            "the kernel is a triangle (bilinear); use `cubic`.": {"kernel": lambda t: np.clip(1 - np.abs(t), 0, 1)},
        },
    )
    answer = check.call(resize_matrix, n_in, n_out)
    values = np.asarray(answer) if answer is not None else np.zeros(0)
    check.require(
        values.dtype.kind != "f" or values.ndim < 2 or not np.isnan(values).any(),
        f"{name}: there are NaN. Each row is divided by its own sum (axis=1, keepdims=True): is one of them 0? Were the distances multiplied by s instead of divided by it?",
    )
    right = consistency.pillow_matrix(n_in, n_out)
    if n_in != n_out:
        mistakes = {"it is transposed: its shape is (n_out, n_in).": right.T} | mistakes
    check.close(answer, right, name, rtol=1e-5, mistakes=mistakes)


def _blocks(maps: np.ndarray, r: int) -> np.ndarray:
    """Put channels into blocks, one pixel after the other."""
    n, h, w, _ = maps.shape
    picture = np.zeros((n, h * r, w * r), maps.dtype)
    for i, j in np.ndindex(r, r):
        picture[:, i::r, j::r] = maps[..., r * i + j]
    return picture


def _numbered(shape: tuple) -> np.ndarray:
    return np.random.default_rng(len(shape)).permutation(int(np.prod(shape))).reshape(shape).astype("float32")


def check_depth_to_space(depth_to_space: Callable, n: int, height: int, width: int, factor: int) -> None:
    """Hold the arrangement of channels against a loop over the pixels of a block."""
    r, maps = factor, _numbered((n, height, width, factor**2))
    blocks = maps.reshape(n, height, width, r, r)
    wide = (n, height * r, width * r)
    mistakes = {
        "a reshape alone tears the blocks apart: bring the axes into the order (n, h, i, w, j) first.": maps.reshape(
            wide
        ),
        "rows and columns inside the blocks are exchanged: channel r i + j belongs to row i, column j.": _blocks(
            blocks.swapaxes(3, 4).reshape(maps.shape), r
        ),
        "the axes are in the order (n, i, h, j, w): pixels of a block must be neighbours, (n, h, i, w, j).": (
            blocks.transpose(0, 3, 1, 4, 2).reshape(wide)
        ),
        "the picture lies on its side.": _blocks(maps.swapaxes(1, 2), r),
        "the channels are taken in reverse order.": _blocks(maps[..., ::-1], r),
        "the axes are in the order (n, h, w, i, j) or (n, h, j, w, i); it is (n, h, i, w, j).": (
            blocks.transpose(0, 1, 4, 2, 3).reshape(wide)
        ),
        "a last axis of length 1 is left: the pictures are (n, h r, w r).": _blocks(maps, r)[..., None],
    }
    name = f"depth_to_space of {n} × {height} × {width} × {r**2}, factor {r}"
    answer = check.call(depth_to_space, maps, r)
    check.close(answer, _blocks(maps, r), name, rtol=0, mistakes=mistakes)


def check_space_to_depth(space_to_depth: Callable, n: int, height: int, width: int, factor: int) -> None:
    """Hold the inverse arrangement against slices, for pictures of height × factor pixels."""
    r, pictures = factor, _numbered((n, height * factor, width * factor))
    right = np.stack([pictures[:, i::r, j::r] for i, j in np.ndindex(r, r)], axis=-1)
    five = right.reshape(n, height, width, r, r)
    mistakes = {
        "a reshape alone tears the blocks apart: split both axes, (n, h, i, w, j), then bring i and j to the end.": (
            pictures.reshape(right.shape)
        ),
        "rows and columns inside the blocks are exchanged: channel r i + j is row i, column j.": (
            five.swapaxes(3, 4).reshape(right.shape)
        ),
        "the picture was cut into r × r large parts, not into blocks of r × r pixels.": (
            pictures.reshape(n, r, height, r, width).transpose(0, 2, 4, 1, 3).reshape(right.shape)
        ),
        "the axes i and w were not exchanged after the reshape.": (
            pictures.reshape(n, height, r, width, r).reshape(right.shape)
        ),
        "the channels come in reverse order.": right[..., ::-1],
        "the channels stand in the second axis; they belong at the end.": np.moveaxis(right, -1, 1),
    }
    name = f"space_to_depth of {n} × {height * r} × {width * r}, factor {r}"
    check.close(check.call(space_to_depth, pictures, r), right, name, rtol=0, mistakes=mistakes)


ACTIVATIONS = {
    "GELU": lambda a: a * ndtr(a),
    "ReLU": lambda a: np.maximum(a, 0),
    "none": lambda a: a,
    "tanh": np.tanh,
    "sigmoid": expit,
    "SiLU": lambda a: a * expit(a),
}


def _forward(weights: list, x: np.ndarray, inner: Callable, outer: Callable, last_but_one: Callable) -> np.ndarray:
    """What convolutions with these kernels and biases make of pictures (n, h, w, 1)."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    for place, (kernel, bias) in enumerate(layers):
        maps = [
            [sum(correlate2d(p[..., c], kernel[..., c, k], "valid") for c in range(kernel.shape[2])) for p in x]
            for k in range(kernel.shape[3])
        ]
        apply = {len(layers) - 1: outer, len(layers) - 2: last_but_one}.get(place, inner)
        x = apply(np.moveaxis(np.array(maps), 0, -1) + bias)
    return x


def _require_zero_start(network, x: np.ndarray) -> None:
    start = np.asarray(network(x), dtype=float)
    check.require(
        not np.any(start),
        "Before training the network must answer 0 everywhere: the kernel of the last layer begins with zeros "
        '(kernel_initializer="zeros").',
    )
    kernels = [w for w in network.get_weights() if w.ndim == 4]
    check.require(
        all(np.any(kernel) for kernel in kernels[:-1]),
        "Only the last kernel begins with zeros. With a zero kernel before it, no gradient would ever pass.",
    )


def check_network(build_network: Callable, width: int, factor: int) -> None:
    """Sizes, parameters, the zero start, and the answer for known weights."""
    name, w, out = "the network", width, factor**2
    count = (25 * w + w) + 2 * (9 * w * w + w) + (9 * w * out + out)
    try:
        model = check.model(build_network, w, factor, takes=(16, 13, 1), gives=(6, 3, out), parameters=count, name=name)
        check.probe(model, takes=(11, 24, 1), gives=(1, 14, out), name=name)
    except check.CheckError as error:
        hint = ""
        if "does not take inputs" in str(error):
            hint = " It takes pictures of any size: keras.Input((None, None, 1))."
        if "has the shape (6, 3, " in str(error):
            hint = " The last layer has factor² filters, one for each pixel of a block."
        if "has the shape (16, 13, " in str(error):
            hint = (
                ' Here no padding is wanted: leave `padding="same"` away, so that no zeros are put around the picture.'
            )
        if re.search(r"has the shape \((?!6, 3)\d+, \d+, ", str(error)) and not hint:
            hint = " The four layers cut off 10 pixels in all: is one missing, or a kernel of another size?"
        if "parameters, expected" in str(error):
            hint += " Do the numbers of filters follow from `width` and `factor`?"
        raise check.CheckError(f"{error}{hint}") from None
    sizes = tuple(getattr(model, "input_shape", None) or ())[1:3]
    check.require(
        sizes in ((), (None, None)),
        f"{name} is made for pictures of {sizes} pixels. It takes pictures of any size: keras.Input((None, None, 1)).",
    )
    rng = np.random.default_rng(width)
    x = rng.random((1, 14, 15, 1)).astype("float32")
    _require_zero_start(model, x)
    shapes = [one.shape for one in model.get_weights()]
    wanted = [(5, 5, 1, w), (w,), (3, 3, w, w), (w,), (3, 3, w, w), (w,), (3, 3, w, out), (out,)]
    check.require(shapes == wanted, f"{name} has weights of the shapes {shapes}, expected {wanted}.")
    weights = [rng.normal(size=s).astype("float32") / np.sqrt(max(np.prod(s[:-1]), 4)) for s in shapes]
    gelu, same = ACTIVATIONS["GELU"], ACTIVATIONS["none"]
    mistakes = {}
    for kind, other in ACTIVATIONS.items():
        if kind != "GELU":
            mistakes[f"the inner layers have {kind} as activation; GELU is asked."] = (other, same, other)
            mistakes[f"the layer before the last has {kind} as activation; GELU is asked."] = (gelu, same, other)
            mistakes[f"the inner layers have {kind}, except the one before the last."] = (other, same, gelu)
            mistakes[f"the last layer has {kind} as activation; it has none, as a residual may be negative."] = (
                gelu,
                other,
                gelu,
            )
    mistakes["the last layer has GELU as activation; it has none, as a residual may be negative."] = (gelu, gelu, gelu)
    close = {
        words: (lambda f=f: _forward(weights, x, *f))
        for words, f in mistakes.items()
    }  # fmt: skip
    right = _forward(weights, x, gelu, same, gelu)
    answer = check.with_weights(model, weights, x)
    check.close(answer, right, f"{name}'s answer for known weights", rtol=2e-3, mistakes=close)


def pictures(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A true picture and one to judge, (height, width) each; the judged one is poor near the edges."""
    height, width, noise, seed = {
        "small": (40, 50, 0.03, 0), "wide": (31, 90, 0.1, 1), "large": (200, 160, 0.01, 2), "faint": (48, 48, 0.002, 3),
    }[name]  # fmt: skip
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    truth = 0.5 + 0.3 * np.sin(x / 4) * np.cos(y / 6) + 0.1 * rng.random((height, width))
    edge = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    judged = truth + noise * rng.normal(size=truth.shape) * (1 + 4 * (edge < 5) + 2 * (x > width - 8))
    return truth.astype("float32"), judged.astype("float32")


def _cut(picture, border: int, side: str):
    """Cut the border off; a slip leaves some sides."""
    height, width = picture.shape
    b = border
    rows = {"all": (b, height - b), "first": (b, height), "rows": (b, height - b), "columns": (0, height)}
    columns = {"all": (b, width - b), "first": (b, width), "rows": (0, width), "columns": (b, width - b)}
    if side == "none":
        return picture
    return picture[slice(*rows[side]), slice(*columns[side])]


def _psnr(truth, judged, border, side="all", factor=10.0, log=np.log10, peak=1.0, root=False, whole=False):
    """PSNR, with its usual slips as options."""
    truth, judged = (_cut(p.astype(float), border, side) for p in (truth, judged))
    mse = np.sum((truth - judged) ** 2) if whole else np.mean((truth - judged) ** 2)
    return factor * log(peak**2 / (np.sqrt(mse) if root else mse))


def _ssim(truth, judged, border, side="all", data_range=1.0, **options):
    parts = (_cut(p, border, side) for p in (truth, judged))
    return structural_similarity(*parts, data_range=data_range, **options)


EMPTY = "For border 0 a slice `[border:-border]` is empty: end at `height - border` instead."


def check_score(score: Callable, truth: np.ndarray, judged: np.ndarray, border: int) -> None:
    """Compare PSNR and SSIM with their definitions, and know the usual mistakes."""
    args = truth, judged, border
    where = f"of {truth.shape[0]} × {truth.shape[1]} pixels, border {border}"
    try:
        answer = check.call(score, *args)
    except check.CheckError as error:
        check.require(border or "win_size" not in str(error), f"{EMPTY} ({error})")
        raise
    psnr, ssim = check.several(answer, "PSNR", "SSIM")
    right, right_ssim = _psnr(*args), _ssim(*args)
    exchanged = {"the two results are exchanged: PSNR first, then SSIM.": right_ssim}
    sides = {
        "the border was not cut off.": {"side": "none"},
        "the border was cut at the top and the left only.": {"side": "first"},
        "the border was cut at the top and the bottom only.": {"side": "rows"},
        "the border was cut at the left and the right only.": {"side": "columns"},
    }
    formula = {
        "the largest value is 1, not 255.": {"peak": 255.0},
        "that is the natural logarithm; decibels use the one to base 10.": {"log": np.log},
        "the sign is wrong: a better picture has a higher PSNR.": {"factor": -10.0},
        "the factor is 10 with the squared error; 20 goes with its root.": {"factor": 20.0},
        "the root of the squared error needs the factor 20.": {"root": True},
        "the squared error is a mean, not a sum.": {"whole": True},
    }
    words = check.slips(lambda **slips: _psnr(*args, **slips), sides | formula)
    if border == 0:
        _require_something(psnr, "PSNR")
        _require_something(ssim, "SSIM")
    check.close(psnr, right, f"PSNR {where}", rtol=1e-4, mistakes=exchanged | words)
    wide = {
        "data_range is the range of the values, 1; with 255 every picture looks perfect.": {"data_range": 255.0},
        "data_range is 1, from black to white; 2 is the default of some programs for floats.": {"data_range": 2.0},
        "this is SSIM with Gaussian weights; leave the options of structural_similarity alone.": {
            "gaussian_weights": True
        },
    }
    words = check.slips(lambda **slips: _ssim(*args, **slips), sides | wide)
    used = float(truth.max() - truth.min())
    words["data_range is 1, what pixels can have, not what these have."] = _ssim(*args, data_range=used)
    check.close(ssim, right_ssim, f"SSIM {where}", rtol=1e-4, mistakes=words)


def _require_something(value, name: str) -> None:
    bad = np.ndim(value) == 0 and not np.isfinite(np.asarray(value, dtype=float))
    check.require(not bad, f"{name} is not finite. {EMPTY}")
