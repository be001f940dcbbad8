"""The check of lesson 14's measure of a checkerboard."""

import numpy as np

from course_utils import check

BOARD, COLUMNS, ROWS = (np.tile(cell, (1, 2, 2)) for cell in ([[1.0, 0], [0, 1]], [[1.0, 0]] * 2, [[1.0, 1], [0, 0]]))
HALVES = np.repeat([[[0.0, 2.0]]], 2, axis=2).repeat(4, axis=1)  # the right half lighter: no cells
CASES = {
    "a picture of four cells [[1, 0], [0, 1]], stride 2": (BOARD, 2),
    "a picture of four cells [[1, 0], [1, 0]], stride 2": (COLUMNS, 2),
    "a picture of four cells [[1, 1], [0, 0]], stride 2": (ROWS, 2),
    "a picture of four rows 0 0 2 2, stride 2": (HALVES, 2),
    "a picture of rows 1 0 3 2 and 0 1 2 3 in turn, four in all, stride 2": (BOARD + HALVES, 2),
    "a picture of rows 3 0 9 6 and 0 3 6 9 in turn, four in all, stride 2": (3 * (BOARD + HALVES), 2),
    "a picture of rows 1 0 3 2 1 0 3 2 and 0 1 2 3 0 1 2 3 in turn, four in all, stride 2": (
        np.tile(BOARD + HALVES, (1, 1, 2)),
        2,
    ),
    "a picture of four cells [[0, 0, 0], [0, 0, 0], [0, 1, 0]], stride 3": (
        np.tile(np.eye(9)[7].reshape(1, 3, 3), (1, 2, 2)),
        3,
    ),
    "a picture of 4 x 4 with a 1 at [0, 0] and 0 elsewhere, stride 2": (np.eye(16)[0].reshape(1, 4, 4), 2),
    "two pictures, of four cells [[1, 0], [0, 1]] and of four cells [[0, 1], [1, 0]], stride 2": (
        np.concatenate([BOARD, 1 - BOARD]),
        2,
    ),
    "two pictures, of four cells [[1, 0], [0, 1]] and of four rows 0 0 2 2, stride 2": (
        np.concatenate([BOARD, HALVES]),
        2,
    ),
    "twelve pictures, eleven of four cells [[1, 0], [0, 1]] and the last of four rows 0 0 2 2, stride 2": (
        np.concatenate([BOARD] * 11 + [HALVES]),
        2,
    ),
    "two pictures, of rows 1 0 3 2 and 0 1 2 3 in turn, four in all, and the same plus 5, stride 2": (
        np.concatenate([BOARD + HALVES, BOARD + HALVES + 5]),
        2,
    ),
}


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
    _compare_share(share, images / 100, stride, ", a hundredth as light")


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
    if not images.var(axis=(1, 2)).all():
        mistakes["0 belongs to pictures that are all flat; here only some are."] = 0.0
    check.close(
        value, right, name, mistakes=mistakes, otherwise=lambda: check.first_wrong(share, check.worked(_share, CASES))
    )
