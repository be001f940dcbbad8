"""Checks of lesson 14, convolutional autoencoders."""

import numpy as np
from scipy.signal import correlate2d
from scipy.special import expit

from course_utils import check
from course_utils.checks.convolutional_board import check_share as check_share
from course_utils.checks.convolutional_board import check_share_of_flat as check_share_of_flat
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


def _small_convolutions() -> dict:
    """Kernels with one weight, which show the pixel that it meets; then several, and the stride."""
    four, nine, ten = (np.arange(1.0, 1 + h * w).reshape(h, w) for h, w in ((2, 2), (3, 3), (2, 5)))
    cases = {"the image [[2]] and the kernel [[3]]": (np.full((1, 1), 2.0), np.full((1, 1), 3.0), 1)}
    for place in np.ndindex(2, 2):
        kernel = np.zeros((2, 2))
        kernel[place] = 1
        cases[f"the image [[1, 2], [3, 4]] and the kernel {kernel.astype(int).tolist()}"] = (four, kernel, 1)
    corner, last = np.eye(2) * [1, 0], np.eye(2) * [0, 1]
    return cases | {
        "the image [[1, 2], [3, 4]] and a kernel of four ones": (four, np.ones((2, 2)), 1),
        "the image [[1, 2], [3, 4]] and a kernel of four times -0.5": (four, np.full((2, 2), -0.5), 1),
        "the image [[1, 2], [3, 4]] of whole numbers and a kernel of four times 0.5": (
            four.astype(int),
            np.full((2, 2), 0.5),
            1,
        ),
        f"the image {nine.astype(int).tolist()} and the kernel [[1, 0], [0, 0]], stride 1": (nine, corner, 1),
        f"the image {ten.astype(int).tolist()} and the kernel [[1, 0], [0, 0]], stride 1": (ten, corner, 1),
        f"the image {ten.astype(int).tolist()} and the kernel [[1, 0], [0, 0]], stride 2": (ten, corner, 2),
        f"the image {ten.T.astype(int).tolist()} and the kernel [[1, 0], [0, 0]], stride 2": (ten.T, corner, 2),
        f"the image {ten.astype(int).tolist()} and the kernel [[0, 0], [0, 1]], stride 2": (ten, last, 2),
    }


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
    check.close(
        check.call(convolve, image, weights, stride),
        right,
        name,
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(convolve, check.worked(_inside, _small_convolutions())),
    )


def _require_fresh(network, second, size: int, x: np.ndarray, name: str) -> None:
    """So many parameters, and others in a second network."""
    check.probe(network, takes=x.shape[1:], gives=(None,) * (3 if x.ndim == 2 else 1), parameters=size, name=name)
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
    names = ("the first convolution", "the second convolution", "the dense layer")
    answer = opened(network, dict(zip(names, shapes, strict=True)), advice + "is there one dense layer?")
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

    def means(strides, paddings=("same", "same"), pool="", given=x):
        h = given
        for kernel, stride, padding in zip(kernels, strides, paddings, strict=True):
            h = forward(h, kernel, stride, padding) + 20
            if pool:
                n, side, _, channels = h.shape
                h = getattr(np, pool)(h.reshape(n, side // 2, 2, side // 2, 2, channels), axis=(2, 4))
        return h.mean(axis=(1, 2, 3))

    found = answer(x, (kernels[0], 20), (kernels[1], 20), mean)[:, 0]
    right = [means((2, 2), (padding,) * 2) for padding in ("same", "around")]
    right = min(right, key=lambda r: np.abs(r - found).max())
    mistakes = {
        "the strides are 4 and 1, expected 2 and 2.": lambda: means((4, 1)),
        "the strides are 1 and 4, expected 2 and 2.": lambda: means((1, 4)),
        "the first padding is not 'same'.": lambda: means((2, 2), ("valid", "same")),
        "the largest of 2 x 2 units is taken (pooling); here the strides make the maps smaller.": lambda: means(
            (1, 1), pool="max"
        ),
        "the mean of 2 x 2 units is taken (pooling); here the strides make the maps smaller.": lambda: means(
            (1, 1), pool="mean"
        ),
        "rows and columns of the pictures are exchanged.": lambda: means((2, 2), given=x.transpose(0, 2, 1, 3)),
        "the pixels are divided by 255; they go from 0 to 1 already.": lambda: means((2, 2), given=x / 255),
        "the pixels are moved from 0 to 1 to -1 to 1; take them as they are.": lambda: means((2, 2), given=2 * x - 1),
    }
    name = "the mean of the 7 x 7 map with known weights (two convolutions, stride 2, nothing else)"
    check.close(found, right, name, mistakes=mistakes)


def check_decoder(build, latent_dim: int, kernel: int) -> None:
    """Set an untrained decoder's weights, and compare the pictures that it then makes."""
    shapes = [(latent_dim, 7 * 7 * 32), (kernel, kernel, 16, 32), (kernel, kernel, 1, 16)]
    reads = f"Here the argument kernel is {kernel}. Kernels of transposed convolutions read: k, k, channels out, in."
    network = check.call(build, latent_dim, kernel)
    check.probe(network, takes=(latent_dim,), gives=(28, 28, 1), name="the decoder")
    names = ("the dense layer", "the first transposed convolution", "the second transposed convolution")
    answer = opened(network, dict(zip(names, shapes, strict=True)), reads)
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


def _small_moves() -> dict:
    nine, six = np.arange(1.0, 10).reshape(1, 3, 3), np.arange(1.0, 7).reshape(1, 2, 3)
    ways = ((0, 0), (1, 0), (-1, 0), (2, 0), (0, 1), (0, -1), (0, 2), (1, 1), (1, -1), (-1, 1), (4, 0), (0, -4))
    cases = {f"{nine.astype(int).tolist()}, down {d}, right {r}": (nine, d, r) for d, r in ways}
    cases |= {f"{six.astype(int).tolist()}, down {d}, right {r}": (six, d, r) for d, r in ways}
    return cases | {"[[[1, 2]], [[3, 4]]], down 0, right 1": (np.arange(1.0, 5).reshape(2, 1, 2), 0, 1)}


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
    check.close(
        check.call(shift, images, down, right),
        _moved(wide, down, right),
        name,
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(shift, check.worked(_moved, _small_moves())),
    )


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
    **{f"this is the error of the move {name} alone; take the mean over all four.": _some(name) for name in WAYS},
    "these moves are diagonal; each goes in one direction.": {"ways": DIAGONAL},
    "there is one diagonal move; wanted are four: down, up, right and left.": {"ways": {"both": (1, 1)}},
    "what left on one side came back on the other.": {"outside": "roll"},
}


MIDDLE, EDGE, CHESS = np.zeros((1, 5, 5)), np.zeros((1, 5, 5)), np.indices((5, 5)).sum(axis=0) % 2 - 0.5
MIDDLE[:, 2, 2], EDGE[:, 0] = 1, 1
COPIES = {
    "copies that are 0.5 lighter than what was given": (lambda x: x + 0.5, MIDDLE, 1),
    "copies that are 0.5 lighter and 0.5 darker in turn, from pixel to pixel": (lambda x: x + CHESS, MIDDLE, 1),
    "two images, of which the second alone is copied 0.5 too light": (
        lambda x: x + 0.5 * (x.max(axis=(1, 2), keepdims=True) > 1.5),
        np.concatenate([MIDDLE, 2 * MIDDLE]),
        1,
    ),
    "black copies of a black image whose middle pixel of 5 x 5 is 1, distance 1": (lambda x: 0 * x, MIDDLE, 1),
    "black copies of a black image whose upper row of 5 x 5 is 1, distance 1": (lambda x: 0 * x, EDGE, 1),
}


def _about_test(shift_test, distance: int) -> str:
    """Which images `copy` is given; if it is the right ones, the smallest case that goes wrong."""
    images, given = 1 + np.random.default_rng(0).random((2, distance + 4, distance + 5)), []

    def copy(pictures):
        given.extend(np.array(pictures, dtype=float))
        return 0.5 * np.asarray(pictures)

    check.call(shift_test, copy, images, distance)
    known = {"unmoved": images}
    for name, (down, right) in (WAYS | DIAGONAL).items():
        for d in range(1, distance + 3):
            known[f"moved {name} by {d}"] = _moved(images, d * down, d * right)
    found = []
    for picture in given:
        same = [(name, k) for name in known for k in (0, 1) if np.allclose(known[name][k], picture, atol=1e-4)]
        found += same[:1] or [("changed otherwise", 0)]
    wanted = {(f"moved {way} by {distance}" if distance else "unmoved", k) for way in WAYS for k in (0, 1)}
    if set(found) == wanted:
        return check.first_wrong(shift_test, check.worked(_tested, COPIES))
    told = "; ".join(f"{sum(n == name for n, _ in found)} {name}" for name in dict(found))
    return (
        f"of 2 images, with distance {distance}, `copy` was given {told or 'none'}; expected both, moved down, up, right "
        f"and left by {distance}."
    )


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
    name = f"the error at distance {distance}"
    check.close(value, right, name, mistakes=mistakes, otherwise=lambda: _about_test(shift_test, distance))
