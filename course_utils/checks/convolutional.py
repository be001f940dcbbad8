"""Checks of lesson 14, convolutional autoencoders."""

import numpy as np
from scipy.signal import correlate2d
from scipy.special import expit

from course_utils import check
from course_utils.checks.convolutional_layers import forward, opened, require_sigmoid, stamp


def _inside(image, kernel, stride, flip=False, turn=False, how="sum", ignore=False, margin=0, bent=False, less=0):
    """A convolution by SciPy, with its popular slips as options."""
    if turn:
        kernel = kernel.T
    if flip:
        kernel = kernel[::-1, ::-1]
    if bent:  # the steps of stride 1, but as many as fit with the stride
        rows, columns = ((n - len(kernel)) // stride + 1 for n in image.shape)
        return correlate2d(image, kernel, "valid")[:rows, :columns]
    found = correlate2d(np.pad(image, margin), kernel, "valid")
    found = found if ignore else found[::stride, ::stride]
    found = found / kernel.size if how == "mean" else found
    return found[: len(found) - less, : len(found[0]) - less] if less else found


def check_convolve(convolve, height: int, width: int, kernel: int, stride: int, integers: bool = False) -> None:
    """Hold a convolution against SciPy's.

    Args:
        kernel: side of the kernel.
        integers: whether the image consists of whole numbers (and the kernel does not).
    """
    rng = np.random.default_rng([height, width, kernel, stride])
    image, weights = rng.normal(size=(height, width)), rng.normal(size=(kernel, kernel))
    if integers:
        image = rng.integers(0, 9, (height, width))
    wide = image.astype(float)
    name = f"{height} x {width} pixels, a kernel of {kernel} x {kernel}, stride {stride}"
    mistakes = check.slips(
        lambda **slips: _inside(wide, weights, stride, **slips),
        {
            "the kernel is flipped (mathematicians do so); the formula does not.": {"flip": True},
            "rows and columns of the kernel are exchanged.": {"turn": True},
            "this is the mean of the products; take their sum.": {"how": "mean"},
            "the stride is not taken into account.": {"ignore": True},
            "the right number of units, but they lie one pixel apart: the square moves by `stride`.": {"bent": True},
            "there is a margin of zeros around the image; the square must lie wholly inside.": {"margin": kernel // 2},
            "one row and one column too few: the first place counts, too.": {"less": 1},
        },
    )
    right = _inside(wide, weights, stride)
    rows, columns = right.shape
    squares = np.lib.stride_tricks.sliding_window_view(wide, weights.shape)[::stride, ::stride]
    by_matrix = [product.sum(axis=(2, 3)) for product in (weights @ squares, squares @ weights)]
    mistakes |= {
        "these are the sums of the pixels alone; multiply them by the kernel first.": squares.sum(axis=(2, 3)),
        "only the last product is left: add all of them (+=).": squares[..., -1, -1] * weights[-1, -1],
        "negative sums have become 0; the formula has no activation.": right.clip(0),
        "rows and columns of the result are exchanged.": right.T,
        "as many columns as rows; the image need not be square.": right[:, :rows],
        "as many rows as columns; the image need not be square.": right[:columns],
        "only the upper left square was used, for all places.": np.full((rows, columns), right[0, 0]),
        "this is a matrix product, kernel @ square; multiply entry by entry (*).": by_matrix[0],
        "this is a matrix product, square @ kernel; multiply entry by entry (*).": by_matrix[1],
        "cut to whole numbers: the result has the image's type. np.zeros gives room for fractions.": np.trunc(right),
    }
    check.close(check.call(convolve, image, weights, stride), right, name, mistakes=mistakes)


def _require_fresh(network, second, size: int, x: np.ndarray, name: str) -> None:
    """So many parameters, and others in a second network."""
    count = network.count_params()
    check.require(count == size, f"There are {count:,} parameters in {name}, expected {size:,}, the biases included.")
    check.call(second, x.astype("float32"))  # now its weights exist
    check.fresh(network, second, name)


def check_encoder(build, latent_dim: int) -> None:
    """Set an untrained encoder's weights, and compare what it then makes of pictures."""
    shapes = [(3, 3, 1, 16), (3, 3, 16, 32), (7 * 7 * 32, latent_dim)]
    advice = (
        "The map before the code is 7 x 7 x 32. Are both strides 2, is the padding 'same', is everything flattened, "
    )
    network = check.call(build, latent_dim)
    check.probe(network, takes=(28, 28, 1), gives=(latent_dim,), name="the encoder")
    answer = opened(network, shapes, advice + "is there one dense layer?")
    size = 10 * 16 + 145 * 32 + 1569 * latent_dim
    _require_fresh(network, check.call(build, latent_dim), size, np.zeros((1, 28, 28, 1)), "the encoder")
    rng = np.random.default_rng(latent_dim)
    x = 6 * (rng.random((8, 28, 28, 1)) < 0.03) * rng.random((8, 28, 28, 1))
    ramp = np.linspace(-4, 3, latent_dim)
    code = answer(x[:1], (0, 0), (0, 0), (0, ramp))[0]
    check.require(
        np.allclose(code, ramp, atol=1e-4),
        f"There is an activation on the code: it turns {ramp[0]:.1f} into {code[0]:.2f}. The code layer has none.",
    )
    centre = np.zeros(shapes[1])
    centre[1, 1, 0] = 1
    mean = (1 / 1568, 0)  # the dense layer takes the mean of the map
    check.nonlinear(lambda v: answer(x[:1], (0, 0), (0, v), mean)[0, 0], "the second convolution", grows=True)
    check.nonlinear(lambda v: answer(x[:1], (0, v), (centre, 50), mean)[0, 0], "the first convolution", grows=True)

    # where all sums are large, these activations pass them on: plain convolutions remain
    kernels = [rng.random(shape) / shape[2] for shape in shapes[:2]]

    def means(strides, paddings):
        h = x
        for kernel, stride, padding in zip(kernels, strides, paddings, strict=True):
            h = forward(h, kernel, stride, padding) + 20
        return h.mean(axis=(1, 2, 3))

    found = answer(x, (kernels[0], 20), (kernels[1], 20), mean)[:, 0]
    right = [means((2, 2), (padding,) * 2) for padding in ("same", "around")]
    right = min(right, key=lambda r: np.abs(r - found).max())
    mistakes = {
        "the strides are 4 and 1, expected 2 and 2.": lambda: means((4, 1), ("same", "same")),
        "the strides are 1 and 4, expected 2 and 2.": lambda: means((1, 4), ("same", "same")),
        "the first padding is not 'same'.": lambda: means((2, 2), ("valid", "same")),
    }
    name = "the mean of the 7 x 7 map with known weights (two convolutions, stride 2, nothing else)"
    check.close(found, right, name, mistakes=mistakes)


def check_decoder(build, latent_dim: int, kernel: int) -> None:
    """Set an untrained decoder's weights, and compare the pictures that it then makes."""
    shapes = [(latent_dim, 7 * 7 * 32), (kernel, kernel, 16, 32), (kernel, kernel, 1, 16)]
    reads = f"Here the argument kernel is {kernel}. Kernels of transposed convolutions read: k, k, channels out, in."
    network = check.call(build, latent_dim, kernel)
    check.probe(network, takes=(latent_dim,), gives=(28, 28, 1), name="the decoder")
    answer = opened(network, shapes, reads)
    size = (latent_dim + 1) * 1568 + (kernel**2 * 32 + 1) * 16 + kernel**2 * 16 + 1
    _require_fresh(network, check.call(build, latent_dim, kernel), size, np.zeros((1, latent_dim)), "the decoder")
    rng = np.random.default_rng([latent_dim, kernel])
    x = rng.random((5, latent_dim))
    require_sigmoid(answer, x, layers=3, name="the decoder")

    def response(start, middle):
        pixel = answer(x[:1], (0, start), middle, (1e-4, 0))[0, 14, 14, 0]
        return np.log(pixel / (1 - pixel))  # undoes the sigmoid

    check.nonlinear(lambda v: response(0, (0, v)), "the first transposed convolution", grows=True)
    check.nonlinear(lambda v: response(v, (1 / 128, 50)), "the dense layer", grows=True)

    # where all sums are large, these activations pass them on: plain stamps remain
    dense = rng.random((latent_dim, 1568))
    kernels = [rng.random(shape) / 500 for shape in shapes[1:]]

    def pictures(strides, resize=False, first=False):
        h = (x @ dense + 20).reshape((-1, 32, 7, 7) if first else (-1, 7, 7, 32))
        h = h.transpose(0, 2, 3, 1) if first else h
        for weights, stride, bias in zip(kernels, strides, (20, 0), strict=True):
            h = np.repeat(np.repeat(h, 2, axis=1), 2, axis=2) if resize else h
            h = stamp(h, weights, stride) + bias
        return expit(h)

    mistakes = {
        "the strides are 4 and 1, expected 2 and 2.": lambda: pictures((4, 1)),
        "the strides are 1 and 4, expected 2 and 2.": lambda: pictures((1, 4)),
        "resized first; here the stride of the transposed convolution enlarges.": lambda: pictures((1, 1), True),
    }
    name = "the pictures with known weights (two transposed convolutions, stride 2, nothing else)"
    found = answer(x, (dense, 20), (kernels[0], 20), (kernels[1], 0))
    right = [pictures((2, 2)), pictures((2, 2), first=True)]  # the units may stand in either order
    check.close(found, min(right, key=lambda r: np.abs(r - found).max()), name, mistakes=mistakes)


def _moved(images: np.ndarray, down: int, right: int, outside: str = "paper", sign: int = 1, swap: bool = False):
    """Images moved pixel by pixel, with the popular slips as options."""
    down, right = (sign * right, sign * down) if swap else (sign * down, sign * right)
    height, width = images.shape[1:]
    rows, columns = np.arange(height) - down, np.arange(width) - right
    inside = np.outer((rows >= 0) & (rows < height), (columns >= 0) & (columns < width)) | (outside != "paper")
    if outside == "edge":
        rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    return images[:, rows % height][:, :, columns % width] * inside


SHIFTS = {
    "moved the opposite way.": {"sign": -1},
    "down and right are exchanged.": {"swap": True},
    "what left on one side came back on the other.": {"outside": "roll"},
    "the edge was repeated; paper (0) should move in.": {"outside": "edge"},
}


def check_shift(shift, shape: tuple, down: int, right: int) -> None:
    """Compare shifted images (n, height, width) pixel by pixel."""
    images = 1 + np.random.default_rng([*shape, down + 100, right + 100]).random(shape).astype("float32")
    wide = images.astype(float)
    mistakes = check.slips(lambda **slips: _moved(wide, down, right, **slips), SHIFTS)
    mistakes |= {
        "negative shifts are not done; they move up or left.": _moved(wide, max(down, 0), max(right, 0)),
        "not moved.": wide,
        "moved down only; `right` is not used.": _moved(wide, down, 0),
        "moved right only; `down` is not used.": _moved(wide, 0, right),
        "negative shifts moved the other way; they move up or left.": _moved(wide, abs(down), abs(right)),
        "everything has become paper.": np.zeros(shape),
        "the axes are 1 and 2; axis 0 counts the pictures. And nothing may come back.": np.roll(
            wide, (down, right), axis=(0, 1)
        ),
    }
    name = f"images of {shape[1]} x {shape[2]} moved {down} down, {right} right"
    check.close(check.call(shift, images, down, right), _moved(wide, down, right), name, mistakes=mistakes)


WAYS = {"down": (1, 0), "up": (-1, 0), "right": (0, 1), "left": (0, -1)}
DIAGONAL = {"down, right": (1, 1), "up, left": (-1, -1), "down, left": (1, -1), "up, right": (-1, 1)}


def _tested(copy, images, distance, ways=WAYS, target="moved", power=2.0, how="mean", root=False, outside="paper"):
    """A shift test, with its popular slips as options."""
    found = []
    for down, right in (np.array(way) * distance for way in ways.values()):
        moved = _moved(images, down, right, outside)
        made = copy(images if target == "source" else moved)
        goal = images if target == "still" else _moved(copy(images), down, right) if target == "copy" else moved
        gap = made - goal
        found.append(np.mean(gap) ** 2 if how == "square" else getattr(np, how)(np.abs(gap) ** power))
    return np.sqrt(np.mean(found)) if root else np.mean(found)


def _some(*names: str) -> dict:
    return {"ways": {name: WAYS[name] for name in names}}


TESTS = {
    "the copies are compared with the images before the move; the moved images are what they should equal.": {
        "target": "still"
    },
    "the images are copied before the move: move them, then copy.": {"target": "source"},
    "copies of moved images are compared with moved copies; compare them with the moved images.": {"target": "copy"},
    "these are absolute differences; square them.": {"power": 1.0},
    "positive and negative differences cancel: square first, then take the mean.": {"how": "square"},
    "this is the root of the mean squared error; leave the root out.": {"root": True},
    "the squared differences are added up; take their mean per pixel.": {"how": "sum"},
    "only the moves down and right are made; up and left are missing.": _some("down", "right"),
    "only the moves down and up are made; right and left are missing.": _some("down", "up"),
    "only the moves right and left are made; down and up are missing.": _some("right", "left"),
    **{f"this is the error of the move {name} alone; take the mean over all four.": _some(name) for name in WAYS},
    "these moves are diagonal; each goes in one direction.": {"ways": DIAGONAL},
    "there is one diagonal move; wanted are four: down, up, right and left.": {"ways": {"both": (1, 1)}},
    "what left on one side came back on the other.": {"outside": "roll"},
}


def check_shift_test(shift_test, shape: tuple, distance: int) -> None:
    """Run a shift test on a copier that copies some places worse than others."""
    rng = np.random.default_rng([*shape, distance])
    images = (0.2 + rng.random(shape)).astype("float32")
    wide, (factor, curve) = images.astype(float), rng.random((2, *shape[1:]))

    def copy(given):
        given = np.asarray(given)
        check.require(
            given.ndim == 3 and given.shape[1:] == shape[1:],
            f"`copy` was called with the shape {given.shape}; it wants images (n, {shape[1]}, {shape[2]}).",
        )
        return factor * given + curve * given**2

    right = _tested(copy, wide, distance)
    mistakes = check.slips(lambda **slips: _tested(copy, wide, distance, **slips), TESTS) | {
        "this is the sum over the four moves; take their mean.": 4 * right,
        "the squares are added up within a picture; take their mean per pixel.": shape[1] * shape[2] * right,
        "these are roots of the mean squared errors; leave the root out.": np.mean(
            [_tested(copy, wide, distance, {way: WAYS[way]}, root=True) for way in WAYS]
        ),
        "the images are not moved at all.": _tested(copy, wide, 0),
    }
    value = check.call(shift_test, copy, images, distance)
    check.require(
        value is None or np.ndim(value) == 0,
        f"expected one number, got the shape {np.shape(value)}: take the mean over moves, images and pixels.",
    )
    check.close(value, right, f"the error at distance {distance}", mistakes=mistakes)


def _share(images, stride, kind="right", spread="var", below="own", average=False, top=0, bottom=0, how="sums"):
    """The share by plain loops, with its popular slips as options."""
    if average:
        images = images.mean(axis=0, keepdims=True)
    tops, bottoms = [], []
    for p in images:
        rows, columns = np.indices(p.shape)
        if kind == "right":
            means = [p[(rows % stride == a) & (columns % stride == b)].mean() for a, b in np.ndindex(stride, stride)]
        elif kind == "cells":
            means = p.reshape(len(p) // stride, stride, -1, stride).mean(axis=(1, 3))
        else:
            means = p.reshape(stride, len(p) // stride, stride, -1).mean(axis=(1, 3))
        tops.append(getattr(np, spread)(means, ddof=top))
        own = getattr(np, spread)(p, ddof=bottom)
        bottoms.append({"own": own, "square": np.mean(p**2), "all": images.var()}[below])
    if how == "ratios":
        return np.mean(np.divide(tops, bottoms))
    return sum(tops) / sum(bottoms)


def check_share(share, shape: tuple, stride: int) -> None:
    """Hold the share that cells explain against plain loops."""
    rng = np.random.default_rng([*shape, stride])
    board = np.tile(rng.random((stride, stride)), (shape[1] // stride, shape[2] // stride))
    images = rng.random((shape[0], 1, 1)) * (rng.normal(size=shape) + 2 * board) + 0.5
    images += rng.random((shape[0], 1, 1))
    _compare_share(share, images, stride, "")


def check_share_of_flat(share, shape: tuple, stride: int, flat: int) -> None:
    """Pictures of which some are flat; and nothing but flat ones, where the share is 0.

    Args:
        flat: how many of the first pictures are flat.
    """
    images = np.random.default_rng(shape).random(shape)
    images[:flat] = 2.0
    _compare_share(share, images, stride, f", {flat} of them flat")
    _compare_share(share, np.full(shape, 3.0), stride, ", all flat, so 0 is wanted")


def _compare_share(share, images: np.ndarray, stride: int, remark: str) -> None:
    name = f"the share for {len(images)} pictures of {images.shape[1]} x {images.shape[2]}, stride {stride}{remark}"
    value = check.call(share, images, stride)
    if not images.var(axis=(1, 2)).any():
        flat = {"0 divided by 0 gives NaN. Flat pictures have variance 0: return 0 for them.": np.nan}
        check.close(value, 0.0, name, mistakes=flat)
        return
    mistakes = check.slips(
        lambda **slips: _share(images, stride, **slips),
        {
            "the pictures were averaged first; each has its own pattern.": {"average": True},
            "these are standard deviations; take variances.": {"spread": "std"},
            "ratios were averaged; divide the sum by the sum.": {"how": "ratios"},
            "divided by the mean square; take the variance, around the mean.": {"below": "square"},
            "divided by the variance of all pixels of all pictures; take each picture's.": {"below": "all"},
            "these are the means of large blocks; a place recurs in every cell.": {"kind": "blocks"},
            "each cell was averaged; average the pixels at the same place of all cells.": {"kind": "cells"},
            "the variance of the means has n - 1 below; take the mean squared deviation.": {"top": 1},
            "the variance of the pixels has n - 1 below; take the mean squared deviation.": {"bottom": 1},
        },
    )
    right = _share(images, stride)
    tops = right * images.var(axis=(1, 2)).sum()
    means = np.array([images[:, a::stride, b::stride].mean(axis=(1, 2)) for a, b in np.ndindex(stride, stride)])
    together = means.mean(axis=1).var()
    mistakes |= {
        "the means are taken over all pictures; take them for each one.": together / images.var(),
        "the variance is taken over the means of all pictures at once; take it for each picture.": means.var()
        / images.var(),
        "divided by the mean of the variances; divide the sum by the sum.": right * len(images),
        "this is the root of the share.": np.sqrt(right),
        "this is in percent.": 100 * right,
        "this is not yet divided by the pictures' variance.": tops,
        "this is the mean over the pictures, not yet divided.": tops / len(images),
        "this is one minus the share.": 1 - right,
        "this is upside down.": 1 / right if right else np.nan,
    }
    check.close(value, right, name, mistakes=mistakes)
