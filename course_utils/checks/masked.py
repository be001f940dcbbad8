"""Checks of lesson 36, masked autoencoders: patches and the loss; see also the files imported here."""

from itertools import permutations

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.checks.masked_attention import check_attention as check_attention
from course_utils.checks.masked_attention import check_positions as check_positions
from course_utils.checks.masked_places import check_put_back as check_put_back
from course_utils.checks.masked_places import check_visible as check_visible


def _cut(pictures: np.ndarray, size: int, step: int = 0, less: int = 0) -> np.ndarray:
    """Patches by slicing, one after the other: with another step, or without the last ones."""
    n, height, width = pictures.shape
    downs, rights = (range(0, length - size + 1 - less, step or size) for length in (height, width))
    corners = [(i, j) for i in downs for j in rights]
    found = [pictures[:, i : i + size, j : j + size].reshape(n, -1) for i, j in corners]
    return np.stack(found, axis=1) if found else np.zeros((n, 0, size**2))


def _orders(grid: np.ndarray, shape: tuple) -> np.ndarray:
    """All orders of the last four axes of grid, each in the shape."""
    axes = permutations((1, 2, 3, 4))
    return np.stack([grid.transpose(0, *order).reshape(shape) for order in axes])


def _among(answer, found: np.ndarray):
    """The one of `found` that the answer is, or nothing."""
    value = np.asarray(answer)
    return next((one for one in found if one.shape == value.shape and np.array_equal(one, value)), None)


def _which_pixel(answer, right: np.ndarray, pictures: np.ndarray) -> str:
    """The first entry that holds another pixel than it should, or whole numbers."""
    value = np.asarray(answer)
    if value.dtype.kind in "iu":
        return "the pixels became whole numbers; they stay as they are."
    if value.ndim != 3:
        return ""
    both = tuple(slice(min(sizes)) for sizes in zip(value.shape, right.shape, strict=True))
    wrong = np.argwhere(~np.isclose(value[both], right[both], rtol=0, atol=0.1))
    if not len(wrong):
        return ""
    place = tuple(wrong[0].tolist())
    wanted, got = _pixel(right[place], pictures), _pixel(value[place], pictures)
    shape = f"the shape is {value.shape}, expected {right.shape}; " if value.shape != right.shape else ""
    got = got or f"{value[place]:.6g}, which is no pixel of the pictures"
    return f"{shape}entry {list(place)} should be {wanted}; it is {got}."


def _pixel(value: float, pictures: np.ndarray) -> str:
    """Words for the pixel that has this value; all pixels differ."""
    found = np.argwhere(np.abs(pictures - value) < 0.1)
    return "the pixel in row {1}, column {2} of picture {0}".format(*found[0]) if len(found) else ""


def _wrong_patches(pictures: np.ndarray, right: np.ndarray, rows: int, columns: int, size: int) -> dict:
    """What known mistakes make of the patches."""
    n, count = right.shape[:2]
    grid = right.reshape(n, rows, columns, -1)
    by_column = grid.transpose(0, 2, 1, 3).reshape(right.shape)
    turned = right.reshape(n, count, size, size).transpose(0, 1, 3, 2)
    return {
        "these are strips of the flat picture, no squares: split both axes, then exchange the middle two.": (
            pictures.reshape(right.shape)
        ),
        "the patches go column by column; they go row by row.": by_column,
        "the pixels within a patch go column by column; they go row by row.": turned.reshape(right.shape),
        "rows and columns of the whole picture are exchanged.": lambda: np.stack(
            [_cut(one.T[None], size)[0] for one in pictures]
        ),
        "height and width are exchanged: a picture is (height, width).": lambda: _cut(
            pictures.reshape(n, columns * size, rows * size), size
        ),
        "the patches are still squares; flatten each.": right.reshape(n, count, size, size),
        "the patches are still in a grid; put them in one row.": grid,
        "the patches of all pictures are in one row; the first axis is the picture.": right.reshape(-1, size**2),
        "the first axis is the patch; it is the picture, and the patch comes second.": right.swapaxes(0, 1),
        "these are the patches of the first picture alone.": right[0],
        "the patches overlap: they begin at every pixel; one begins where another ends.": lambda: _cut(
            pictures, size, step=1
        ),
        "the last row and column of patches are missing: a range ends too early.": lambda: _cut(pictures, size, less=1),
        "size is the width of a patch, not the number of patches side by side.": lambda: (
            pictures.reshape(n, size, rows, size, columns).transpose(0, 1, 3, 2, 4).reshape(n, size * size, -1)
        ),
        "the pixels are divided by 255; they stay as they are.": right / 255,
        "the pictures are returned as they came.": pictures,
        "the patches of a picture are joined; the second axis is the patch, the third its pixels.": right.reshape(
            n, -1
        ),
    }


def _wrong_pictures(pictures: np.ndarray, right: np.ndarray, rows: int, columns: int, size: int) -> dict:
    """What known mistakes make of the pictures that are put together."""
    n, count = right.shape[:2]
    height, width = rows * size, columns * size
    swapped = _unflat(right, columns, rows, size)
    turned = right.reshape(n, count, size, size).transpose(0, 1, 3, 2).reshape(right.shape)
    places = [(i, j) for i in range(rows) for j in range(columns)]
    by_rows, by_column = [min(i * rows + j, count - 1) for i, j in places], [j * rows + i for i, j in places]
    short = pictures.copy()
    short[:, height - size :], short[:, :, width - size :] = 0, 0
    return {
        "these are the patches' numbers in their own order; exchange the middle two axes first.": right.reshape(
            pictures.shape
        ),
        "rows and columns are exchanged: there are `rows` patches below each other.": swapped,
        "rows and columns are exchanged where the grid is made: (n, rows, columns, size, size).": swapped.reshape(
            pictures.shape
        ),
        "rows and columns of each patch are exchanged.": _unflat(turned, rows, columns, size),
        "the picture is transposed.": pictures.transpose(0, 2, 1),
        "height and width are exchanged in the last reshape: (n, rows * size, columns * size).": pictures.reshape(
            n, width, height
        ),
        "the patches are still apart; join them to pictures (n, rows * size, columns * size).": (
            pictures.reshape(n, rows, size, columns, size)
        ),
        "this is the first picture alone.": pictures[0],
        "row i and column j hold patch i * columns + j, not i * rows + j.": _unflat(
            right[:, by_rows], rows, columns, size
        ),
        "the patches are put down column by column; they come row by row.": _unflat(
            right[:, by_column], rows, columns, size
        ),
        "the last row and column of patches are empty: a range ends too early.": short,
        "the patches are returned as they came.": right,
        "the pixels are cut to [0, 1]; they stay as they are.": np.clip(pictures, 0, 1),
    }


def check_patches(to_patches, from_patches, n: int, rows: int, columns: int, size: int) -> None:
    """Patches of numbered pixels, and the way back."""
    height, width = rows * size, columns * size
    pictures = np.arange(n * height * width, dtype="float32").reshape(n, height, width) + np.float32(0.25)
    right = _cut(pictures, size)
    answer = check.call(to_patches, pictures, size)
    mistakes = _wrong_patches(pictures, right, rows, columns, size)
    split = pictures.reshape(n, rows, size, columns, size)
    mistakes["the axes are in a wrong order; before the last reshape they are (n, rows, columns, size, size)."] = (
        lambda: _among(answer, _orders(split, right.shape))
    )
    mistakes["the height is split into (size, rows); split it into (rows, size), and the width likewise."] = lambda: (
        _among(answer, _orders(pictures.reshape(n, size, rows, size, columns), right.shape))
    )
    check.close(
        answer, right, "the patches", rtol=0, mistakes=mistakes, otherwise=lambda: _which_pixel(answer, right, pictures)
    )
    back = check.call(from_patches, right, rows, columns)
    wrong = _wrong_pictures(pictures, right, rows, columns, size)
    grid = right.reshape(n, rows, columns, size, size)
    wrong["the axes are in a wrong order; before the last reshape they are (n, rows, size, columns, size)."] = lambda: (
        _among(back, _orders(grid, pictures.shape))
    )
    told = "the pictures from their patches"
    check.close(back, pictures, told, rtol=0, mistakes=wrong, otherwise=lambda: _which_pixel(back, pictures, pictures))


def _unflat(patches: np.ndarray, rows: int, columns: int, size: int) -> np.ndarray:
    lines = [
        np.concatenate([patches[:, i * columns + j].reshape(-1, size, size) for j in range(columns)], axis=2)
        for i in range(rows)
    ]
    return np.concatenate(lines, axis=1)


LOSS_SLIPS = {
    "the visible patches count, too.": {"which": "all"},
    "these are the visible patches: 1 is masked.": {"which": "visible"},
    "the copies are masked, the patches are not.": {"within": "copies"},
    "the patches are masked, the copies are not.": {"within": "patches"},
    "summed over the pixels of a patch; take their mean.": {"pixels": 1},
    "36 pixels are written in; take their number from the shape.": {"pixels": 36},
    "the differences are not squared.": {"error": "plain"},
    "the sizes of the differences are taken, not their squares.": {"error": "absolute"},
    "the pixels are averaged before the square; square each difference first.": {"error": "late"},
    "the root of each patch's error was taken.": {"error": "root"},
    "divided by the number of all patches, as Keras's sample_weight does; divide by that of the masked ones.": {
        "over": "all"
    },
    "divided by the number of patches of one picture; divide by that of the masked ones.": {"over": "count"},
    "divided by the number of pictures; divide by that of the masked patches.": {"over": "pictures"},
    "divided by the number of visible patches; divide by that of the masked ones.": {"over": "visible"},
    "summed over the patches; divide by the number of those that count.": {"over": "nothing"},
    "a share of three quarters is written in; count the masked patches.": {"over": "three quarters"},
    "averaged picture by picture; take the mean over the masked patches of all pictures.": {"over": "each"},
    "one number for each picture; return one for all.": {"over": "alone"},
    "the root was taken.": {"last": np.sqrt},
    "the sign is wrong.": {"last": np.negative},
}


def _loss(copies, patches, masked, which="masked", within="", pixels=0, error="square", over="", last=None):
    """The loss, with its usual slips as options."""
    n, count, size = copies.shape
    gap = copies * masked[..., None] if within == "copies" else copies
    gap = gap - (patches * masked[..., None] if within == "patches" else patches)
    if error == "late":
        gap = gap.mean(axis=2, keepdims=True) * np.ones(size)
    powers = {"plain": gap, "absolute": np.abs(gap)}
    each = powers.get(error, gap**2).sum(axis=2) / (pixels or size)
    each = np.sqrt(each) if error == "root" else each
    weights = {"masked": masked, "visible": 1 - masked, "all": np.ones_like(masked)}[which]
    weights = np.ones_like(masked) if within else weights
    by_picture = (each * weights).sum(axis=1)
    whole = masked if within else weights
    shares = by_picture / whole.sum(axis=1)
    divisors = {
        "all": n * count,
        "count": count,
        "pictures": n,
        "visible": (1 - masked).sum(),
        "nothing": 1,
        "three quarters": 0.75 * n * count,
    }
    if over in ("each", "alone"):
        value = shares if over == "alone" else shares.mean()
    else:
        value = by_picture.sum() / divisors.get(over, whole.sum())
    return last(value) if last else value


def _of_visible(masked_loss, copies, patches, masked) -> str:
    """Words about a loss that follows the visible patches."""
    before = np.asarray(check.call(masked_loss, *map(tf.constant, (copies, patches, masked))), dtype=float)
    moved = copies + np.float32(0.5) * (1 - masked[..., None])
    after = np.asarray(check.call(masked_loss, *map(tf.constant, (moved, patches, masked))), dtype=float)
    if before.shape or after.shape or np.isclose(before, after, rtol=1e-4):
        return ""
    return "if only the copies of visible patches are changed, the loss should stay the same; yours changes."


def check_loss(masked_loss, n: int, count: int, size: int) -> None:
    """The mean over masked patches only."""
    rng = np.random.default_rng([n, count, size])
    copies, patches = rng.normal(size=(2, n, count, size)).astype("float32")
    masked = (rng.random((n, count)) < rng.uniform(0.3, 0.9, size=(n, 1))).astype("float32")
    masked[:, 0], masked[:, 1:2] = 1, 0  # both kinds in every picture, of each more or fewer
    given = {"copies": copies.astype(float), "patches": patches.astype(float), "masked": masked.astype(float)}
    right = _loss(**given)
    per_patch = np.mean((given["copies"] - given["patches"]) ** 2, axis=2) * masked
    others = {
        "one number for each patch; take the mean of the masked ones.": per_patch,
        "this is half of it; there is no factor ½.": right / 2,
        "1 is added to the number of masked patches.": per_patch.sum() / (masked.sum() + 1),
        "divided by the number of pictures, too; divide by that of the masked patches alone.": right / n,
        "the means of the pictures are summed; take the mean over all masked patches.": n * _loss(**given, over="each"),
        "12 masked patches a picture are written in; count them.": per_patch.sum() / (12 * n),
    }
    mistakes = check.slips(_loss, LOSS_SLIPS, **given) | others
    answer = check.call(masked_loss, *(tf.constant(x) for x in (copies, patches, masked)))
    check.close(
        answer, right, "the loss", mistakes=mistakes,
        otherwise=lambda: _of_visible(masked_loss, copies, patches, masked) or check.behaviour(
            masked_loss, _loss, lambda f, *x: check.call(f, *map(tf.constant, x)), copies=copies, patches=patches, masked=masked
        ),
    )  # fmt: skip
    traced = check.trace(masked_loss, copies, patches, masked)
    slope = 2 * (copies - patches) * masked[..., None] / (masked.sum() * size)
    check.close(traced.gradients(by=[0])[0], slope, "the gradient by the copies", rtol=1e-3)
    shapes = [(None, *x.shape[1:]) for x in (copies, patches, masked)]
    found = check.compiled(masked_loss, *shapes, inputs=[copies, patches, masked])[0]
    check.close(found, right, "the loss, compiled as in training")
