"""Checks of the continuation of lesson 21."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def check_wiener(wiener: Callable, n: int, d: int, sigma: float) -> None:
    """Compare with the factors along the principal components, and know the usual mistakes.

    Args:
        wiener: the learner's function.
        n, d: numbers of pictures and of pixels.
        sigma: standard deviation of the noise.
    """
    rng = np.random.default_rng([n, d])
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 5
    mean, matrix = check.several(check.call(wiener, x, sigma), "the mean", "the matrix")
    check.close(mean, x.mean(axis=0), "the mean")

    def formula(centre=True, power=2.0, ddof=0, factor="gain"):
        points = x - x.mean(axis=0) if centre else x
        values, vectors = np.linalg.eigh(points.T @ points / (n - ddof))
        c, v = values.clip(0), sigma**power
        gains = {"gain": c / (c + v), "noise": v / (c + v), "inverse": 1 / (c + v), "twice": (c + v) / (c + 2 * v)}
        return vectors @ np.diag(gains[factor]) @ vectors.T

    mistakes = check.slips(
        formula,
        {
            "the pictures were not centred.": {"centre": False},
            "the variance of the noise is sigma squared.": {"power": 1.0},
            "this is what keeps the noise: I - W.": {"factor": "noise"},
            "this is the inverse of C + sigma² I alone; C is missing.": {"factor": "inverse"},
            "C belongs to the clean pictures; here the noise is added twice.": {"factor": "twice"},
            "the covariance was divided by n - 1; here by n.": {"ddof": 1},
        },
    )
    check.close(matrix, formula(), "the matrix W", mistakes=mistakes)
