"""Checks of the continuation of lesson 22."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def check_share(determined_share: Callable, height: int, width: int, factor: int) -> None:
    """Hold the share against the SVD of the two matrices, for shrinking by the means of blocks."""
    rng = np.random.default_rng([height, width])
    rows, columns = (
        np.kron(np.eye(n // factor), np.full(factor, 1 / factor)) + 0.1 * rng.normal(size=(n // factor, n))
        for n in (height, width)
    )
    truth = 2 + rng.normal(size=(height, width)).cumsum(axis=0)
    seen = [np.linalg.svd(one, full_matrices=False)[2] for one in (rows, columns)]
    lost = truth - seen[0].T @ (seen[0] @ truth @ seen[1].T) @ seen[1]

    def formula(total="variance", part="kept", error="square"):
        of = {"variance": truth.var(), "square": np.mean(truth**2), "deviation": truth.std()}[total]
        errors = {
            "square": np.mean(lost**2),
            "variance": lost.var(),
            "sum": np.sum(lost**2),
            "absolute": np.mean(np.abs(lost)),
            "deviation": lost.std(),
        }
        share = errors[error] / of
        return {"kept": 1 - share, "lost": share, "percent": 100 * (1 - share)}[part]

    mistakes = check.slips(
        formula,
        {
            "this is the invisible share; what is determined is the rest.": {"part": "lost"},
            "a share is wanted, not percent.": {"part": "percent"},
            "the mean square of the picture stands below; its variance belongs there.": {"total": "square"},
            "the standard deviation of the picture stands below; its variance belongs there.": {"total": "deviation"},
            "the sum of the squares stands above; their mean belongs there.": {"error": "sum"},
            "the variance of the invisible part stands above; its mean square belongs there.": {"error": "variance"},
            "the invisible part is taken by its absolute values; square it.": {"error": "absolute"},
            "the standard deviation of the invisible part stands above; its mean square belongs there.": {
                "error": "deviation"
            },
        },
    )
    mistakes["this is the share of the pixels; weigh them by what they show."] = 1 / factor**2
    answer = check.call(determined_share, truth, rows, columns)
    check.close(answer, formula(), f"the determined share of {height} × {width} pixels", mistakes=mistakes)


def _joint(n: int, d: int, seed: int) -> tuple:
    """Patches (n, d), a mean and a covariance of d correlated values."""
    rng = np.random.default_rng([n, d, seed])
    half = rng.normal(size=(d, d))
    return rng.normal(size=(n, d)), rng.normal(size=d) + 1, half @ half.T / d + 0.3 * np.eye(d)


def check_mean(conditional_mean: Callable, n: int, hole, d: int, seed: int = 0) -> None:
    """Hold the mean against the inverse of the whole covariance.

    Args:
        conditional_mean: the learner's function.
        n, d: numbers of patches and of pixels.
        hole: numbers of the missing pixels.
        seed: of the patches.
    """
    x, mean, covariance = _joint(n, d, seed)
    missing = np.isin(np.arange(d), hole)
    h, k = np.nonzero(missing)[0], np.nonzero(~missing)[0]
    precision = np.linalg.inv(covariance)
    right = mean[h] - (x[:, k] - mean[k]) @ np.linalg.solve(precision[np.ix_(h, h)], precision[np.ix_(h, k)]).T
    kk, hk = covariance[np.ix_(k, k)], covariance[np.ix_(h, k)]

    def formula(centre=True, add=True, weights="joint", sign=1):
        away = x[:, k] - (mean[k] if centre else 0)
        weighed = {"joint": hk @ np.linalg.inv(kk), "none": hk, "single": hk / np.diag(kk)}[weights]
        return (mean[h] if add else 0) + sign * away @ weighed.T

    mistakes = check.slips(
        formula,
        {
            "the mean of the known pixels was not subtracted.": {"centre": False},
            "the mean of the missing pixels was not added.": {"add": False},
            "the covariance of the known pixels must be divided by (solve), too.": {"weights": "none"},
            "each known pixel is divided by its own variance; it takes their whole covariance.": {"weights": "single"},
            "the sign of the correction is wrong.": {"sign": -1},
            "the known pixels do not count.": {"sign": 0},
        },
    )
    seen = x.copy()
    seen[:, h] = np.nan  # nobody knows them
    answer = check.call(conditional_mean, seen, missing, mean, covariance)
    name = f"the means of {len(h)} missing pixels of {d}"
    if np.shape(answer) == right.shape and np.isnan(answer).any():
        raise check.CheckError(
            "The missing pixels were used, which nobody knows (they are NaN here): take `~hole` alone."
        )
    check.close(answer, right, name, mistakes=mistakes)


def check_covariance(conditional_covariance: Callable, hole, d: int, seed: int = 0) -> None:
    """Hold the covariance against the inverse of a block of the whole covariance's inverse."""
    _, _, covariance = _joint(1, d, seed)
    missing = np.isin(np.arange(d), hole)
    h, k = np.nonzero(missing)[0], np.nonzero(~missing)[0]
    right = np.linalg.inv(np.linalg.inv(covariance)[np.ix_(h, h)])
    hh, kk, hk = (covariance[np.ix_(a, b)] for a, b in ((h, h), (k, k), (h, k)))
    known = hk @ np.linalg.inv(kk) @ hk.T
    mistakes = {
        "this is the covariance without knowing anything; subtract what is known.": hh,
        "this is what the known pixels explain; subtract it from the covariance.": known,
        "the sign is wrong: knowing makes it smaller.": hh + known,
        "the covariance of the known pixels must be divided by (solve), too.": hh - hk @ hk.T,
        "this is its inverse.": np.linalg.inv(right),
        "this is its Cholesky factor.": np.linalg.cholesky(right),
        "only its diagonal is here.": np.diag(np.diag(right)),
        "these are variances alone; the whole matrix is wanted.": np.diag(right),
    }
    answer = check.call(conditional_covariance, missing, covariance)
    check.close(answer, right, f"the covariance of {len(h)} missing pixels of {d}", mistakes=mistakes)
