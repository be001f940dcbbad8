"""Lesson 12's checks of the way from points to latent codes and back."""

import numpy as np

from course_utils import check


def _model(n: int, d: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (n, d), a mean (d,) and perpendicular directions (k, d) that have nothing to do with them."""
    rng = np.random.default_rng([n, d, k])
    axes = np.linalg.qr(rng.normal(size=(d, k)))[0].T
    return 2 * rng.normal(size=(n, d)) + 1, rng.normal(size=d) * 4 + 2, axes


WAYS = [  # mean, components, points, their codes: one thing more in each
    ([1, 2], [[1, 0]], [[1, 2]], [[0]]),
    ([1, 2], [[1, 0]], [[4, 2]], [[3]]),
    ([1, 2], [[0, 1]], [[1, -2]], [[-4]]),
    ([1, 2], [[0.6, 0.8]], [[4, 6]], [[5]]),
    ([1, 2], [[1, 0]], [[4, 2], [1, 2], [-1, 2]], [[3], [0], [-2]]),
    ([1, 2, 3], [[0, 0, 1], [1, 0, 0]], [[3, 2, 8]], [[5, 2]]),
    ([1, 2], [[0, 1], [1, 0]], [[2, 5], [8, 0]], [[3, 1], [-2, 7]]),
]


def _there():
    """Small cases of points and their codes, one of them beside the components."""
    beside = ([1, 2], [[1, 0]], [[1, 7]], [[0]])
    for mean, axes, points, codes in (*WAYS, beside):
        name = f"the codes of the points {points} with the mean {mean} and the components {axes}"
        yield name, tuple(np.array(one, dtype=float) for one in (points, mean, axes)), codes


def _back():
    """Small cases of codes and their points."""
    for mean, axes, points, codes in WAYS:
        name = f"the points of the codes {codes} with the mean {mean} and the components {axes}"
        yield name, tuple(np.array(one, dtype=float) for one in (codes, mean, axes)), points


def check_project(project, n: int, d: int, k: int) -> None:
    """Hold latent codes of n points in d dimensions against least squares."""
    x, mean, axes = _model(n, d, k)
    right = np.linalg.lstsq(axes.T, (x - mean).T, rcond=None)[0].T

    def codes(centre="mean", axes=axes, flip=False, back=False, head=n):
        shift = {"mean": -mean, "none": 0, "own": -x.mean(axis=0), "added": mean}[centre]
        found = (x[:head] + shift) @ axes.T
        found = found @ axes if back else found
        return found.T if flip else found

    wrong = {
        "the mean was not subtracted before projecting.": {"centre": "none"},
        "the mean was added, not subtracted.": {"centre": "added"},
        "the mean comes with the model; it is not the mean of the points at hand.": {"centre": "own"},
        "the rows and columns of `components` are exchanged.": {"axes": axes.T},
        "one code a row, please: this has them as columns.": {"flip": True},
        "these are points in d dimensions; return the k numbers of each code.": {"back": True},
        "only the first point was projected.": {"head": 1},
    }
    check.close(
        check.call(project, x, mean, axes),
        right,
        "the latent codes",
        mistakes=check.slips(codes, wrong),
        otherwise=lambda: check.first_wrong(project, _there()),
    )


def check_reconstruct(reconstruct, n: int, d: int, k: int) -> None:
    """Hold reconstructions against sums of directions, one by one."""
    _, mean, axes = _model(n, d, k)
    codes = 3 * np.random.default_rng(n).normal(size=(n, k))
    right = np.array([mean + sum(z * axis for z, axis in zip(code, axes, strict=True)) for code in codes])

    def points(sign=1.0, flip=False, axes=axes):
        found = np.einsum("nk,kd->nd", codes, axes) + sign * mean
        return found.T if flip else found

    wrong = {
        "the mean was not added back.": {"sign": 0.0},
        "the mean was subtracted, not added back.": {"sign": -1.0},
        "one point a row, please: this has them as columns.": {"flip": True},
        "the rows and columns of `components` are exchanged.": {"axes": axes.T},
    }
    check.close(
        check.call(reconstruct, codes, mean, axes),
        right,
        "the reconstructions",
        mistakes=check.slips(points, wrong),
        otherwise=lambda: check.first_wrong(reconstruct, _back()),
    )
