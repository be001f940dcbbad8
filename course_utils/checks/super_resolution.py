"""Checks of lesson 22, super-resolution; the larger ones have files of their own."""

from collections.abc import Callable
from itertools import permutations

import numpy as np

from course_utils import check
from course_utils.checks import super_resolution_consistency as consistency
from course_utils.checks import super_resolution_invisible as invisible
from course_utils.checks import super_resolution_network as network
from course_utils.checks import super_resolution_resize as resize
from course_utils.checks import super_resolution_score as scores

check_already_consistent = consistency.check_already_consistent
check_consistent = consistency.check_consistent
check_invisible = invisible.check_invisible
check_network = network.check_network
check_recovered = invisible.check_recovered
check_resize_matrix = resize.check_resize_matrix
check_score = scores.check_score
pictures = scores.pictures


def _blocks(maps: np.ndarray, r: int) -> np.ndarray:
    """Put channels into blocks, one pixel after the other."""
    n, h, w, _ = maps.shape
    picture = np.zeros((n, h * r, w * r), maps.dtype)
    for i, j in np.ndindex(r, r):
        picture[:, i::r, j::r] = maps[..., r * i + j]
    return picture


def _numbered(shape: tuple) -> np.ndarray:
    """Numbers of which no two are equal, and none is whole."""
    numbers = np.random.default_rng(len(shape)).permutation(int(np.prod(shape))) + 0.75
    return numbers.reshape(shape).astype("float32")


def _orders(five: np.ndarray, axes: str, shape: tuple) -> dict:
    """What the axes in each other order give, reshaped."""
    found = {}
    for order in permutations(range(5)):
        now = ", ".join(axes[place] for place in order)
        found[f"before the last reshape the axes are in the order ({now})"] = five.transpose(order).reshape(shape)
    return found


def _call(function: Callable, array: np.ndarray, r: int):
    try:
        return check.call(function, array, r)
    except check.CheckError as error:
        fixed = r != 2 and " stops with " in str(error)
        hint = f" Is 2 written into the code? Here the factor r is {r}." if fixed else ""
        raise check.CheckError(f"{error}{hint}") from None


def _alone(right: np.ndarray) -> dict:
    """Results that lost axes of length 1."""
    return {
        "the first axis, of the pictures, is gone ([0]?); it stays, also where its length is 1.": right[0],
        "axes of length 1 were dropped (squeeze?); they stay.": right.squeeze(),
    }


def check_depth_to_space(depth_to_space: Callable, n: int, height: int, width: int, factor: int) -> None:
    """Hold the arrangement of channels against a loop over the pixels of a block."""
    r, maps = factor, _numbered((n, height, width, factor**2))
    blocks, right = maps.reshape(n, height, width, r, r), _blocks(maps, r)
    wide = (n, height * r, width * r)

    def mistakes():
        known = {
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
            "the rows inside the blocks are upside down.": _blocks(blocks[:, :, :, ::-1].reshape(maps.shape), r),
            "the columns inside the blocks are mirrored.": _blocks(blocks[..., ::-1].reshape(maps.shape), r),
            "a last axis of length 1 is left: the pictures are (n, h r, w r).": right[..., None],
            "the height and the width are exchanged in the last reshape: (n, h r, w r).": right.reshape(
                n, width * r, height * r
            ),
            "height and width are exchanged: the maps are (n, h, w, channels).": _blocks(
                maps.reshape(n, width, height, r * r), r
            ),
            "the channel 0 was repeated in the whole block; each pixel of it has a channel of its own.": np.kron(
                maps[..., 0], np.ones((1, r, r))
            ),
            "each block is filled with the mean of its channels; each pixel of it has a channel of its own.": np.kron(
                maps.mean(axis=-1), np.ones((1, r, r))
            ),
            "the last two axes were not joined to the others: reshape to (n, h r, w r).": blocks,
            "the axes were not joined after their exchange: reshape to (n, h r, w r).": blocks.transpose(0, 1, 3, 2, 4),
        }
        orders = _orders(blocks, "nhwij", wide).items()
        return known | _alone(right) | {f"{words}; (n, h, i, w, j) is wanted.": one for words, one in orders}

    name = f"depth_to_space of {n} × {height} × {width} × {r**2}, factor {r}"
    check.close(_call(depth_to_space, maps, r), right, name, rtol=0, mistakes=mistakes)


def check_space_to_depth(space_to_depth: Callable, n: int, height: int, width: int, factor: int) -> None:
    """Hold the inverse arrangement against slices, for pictures of height × factor pixels."""
    r, images = factor, _numbered((n, height * factor, width * factor))
    slices = [images[:, i::r, j::r] for i, j in np.ndindex(r, r)]
    right = np.stack(slices, axis=-1)
    five = right.reshape(n, height, width, r, r)

    def mistakes():
        known = {
            "a reshape alone tears the blocks apart: split both axes, (n, h, i, w, j), then bring i and j to the end.": (
                images.reshape(right.shape)
            ),
            "rows and columns inside the blocks are exchanged: channel r i + j is row i, column j.": (
                five.swapaxes(3, 4).reshape(right.shape)
            ),
            "the picture was cut into r × r large parts, not into blocks of r × r pixels.": (
                images.reshape(n, r, height, r, width).transpose(0, 2, 4, 1, 3).reshape(right.shape)
            ),
            "the axes i and w were not exchanged after the reshape.": (
                images.reshape(n, height, r, width, r).reshape(right.shape)
            ),
            "the channels come in reverse order.": right[..., ::-1],
            "the channels stand in the second axis; they belong at the end.": np.moveaxis(right, -1, 1),
            "the channels stand in the first axis; they belong at the end (np.stack has an argument axis).": np.stack(
                slices
            ),
            "np.concatenate puts the slices side by side; np.stack makes a new axis of them.": np.concatenate(
                slices, axis=-1
            ),
            "the last two axes were not joined: reshape to (n, h, w, r²).": five,
            "the axes were not joined: exchange them and reshape to (n, h, w, r²).": five.transpose(0, 1, 3, 2, 4),
            "height and width are exchanged: the pictures are (n, height, width).": images.reshape(
                n, width, r, height, r
            )
            .transpose(0, 1, 3, 2, 4)
            .reshape(n, width, height, r * r),
            "there is one number for each block, its mean; all its pixels are wanted, as channels.": right.mean(
                axis=-1
            ),
            "only the first pixel of each block was kept; all are wanted, as channels.": right[..., 0],
        }
        found = known | _alone(right)
        shapes = {
            "(n, h, r, w, r)": ((n, height, r, width, r), "nhiwj"),
            "(n, r, h, r, w)": ((n, r, height, r, width), "nihjw"),
            "(n, h, r, r, w)": ((n, height, r, r, width), "nhijw"),
            "(n, r, h, w, r)": ((n, r, height, width, r), "nihwj"),
        }
        for split, (shape, axes) in shapes.items():
            for words, one in _orders(images.reshape(shape), axes, right.shape).items():
                found[f"the pictures were split as {split}, and {words}; (n, h, w, i, j) is wanted."] = one
        return found

    name = f"space_to_depth of {n} × {height * r} × {width * r}, factor {r}"
    check.close(_call(space_to_depth, images, r), right, name, rtol=0, mistakes=mistakes)
