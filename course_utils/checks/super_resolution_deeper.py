"""Checks of the continuation of lesson 22."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def check_share(determined_share: Callable, height: int, width: int, factor: int) -> None:
    """Hold the share against the SVD of the two matrices, for shrinking by noisy means of blocks."""
    rng = np.random.default_rng([height, width])
    rows, columns = (
        np.kron(np.eye(n // factor), np.full(factor, 1 / factor)) + 0.2 / factor * rng.normal(size=(n // factor, n))
        for n in (height, width)
    )
    rows, columns = (one / one.sum(axis=1, keepdims=True) for one in (rows, columns))
    truth = 2 + rng.normal(size=(height, width)).cumsum(axis=0)
    seen = [np.linalg.svd(one, full_matrices=False)[2] for one in (rows, columns)]

    def visible(picture):
        return seen[0].T @ (seen[0] @ picture @ seen[1].T) @ seen[1]

    def formula(centre=True, above="square", below="variance", part="kept"):
        picture = truth - truth.mean() if centre else truth
        lost, shown = picture - visible(picture), visible(picture)
        errors = {
            "square": np.mean(lost**2),
            "variance": lost.var(),
            "sum": np.sum(lost**2),
            "absolute": np.mean(np.abs(lost)),
            "deviation": np.sqrt(np.mean(lost**2)),
            "shown": picture.var() - shown.var(),
        }
        of = {"variance": truth.var(), "ddof": truth.var(ddof=1), "square": np.mean(truth**2), "deviation": truth.std()}
        share = errors[above] / of[below]
        return {"kept": 1 - share, "lost": share, "percent": 100 * (1 - share)}[part]

    mistakes = check.slips(
        formula,
        {
            "the mean of the picture was not subtracted first.": {"centre": False},
            "this is the invisible share; what is determined is the rest.": {"part": "lost"},
            "a share is wanted, not percent.": {"part": "percent"},
            "the mean square of the picture stands below; its variance belongs there.": {"below": "square"},
            "the standard deviation of the picture stands below; its variance belongs there.": {"below": "deviation"},
            "the variance is divided by the number of pixels (ddof=0).": {"below": "ddof"},
            "the sum of the squares stands above; their mean belongs there.": {"above": "sum"},
            "the variance of the invisible part stands above; its mean square belongs there.": {"above": "variance"},
            "the invisible part is taken by its absolute values; square it.": {"above": "absolute"},
            "the square root of the mean square stands above; leave the root out.": {"above": "deviation"},
            "this is the variance of what is seen; take the mean square of the invisible part.": {"above": "shown"},
        },
    )
    centred = truth - truth.mean()
    lost = centred - visible(centred)
    mistakes |= {
        "this is the share of the pixels that is kept; it must be measured on what they show.": 1 / factor**2,
        "the mean square of what is seen still holds the plain grey: subtract the mean first.": np.mean(
            visible(truth) ** 2
        )
        / truth.var(),
        "the fraction is upside down.": 1 - truth.var() / np.mean(lost**2),
        "the invisible part was averaged before it was squared.": 1 - np.mean(lost) ** 2 / truth.var(),
        "the difference was not divided by the variance.": truth.var() - np.mean(lost**2),
    }
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
        weighed = {
            "joint": hk @ np.linalg.inv(kk),
            "none": hk,
            "single": hk / np.diag(kk),
            "times": hk @ kk,
        }[weights]
        return (mean[h] if add else 0) + sign * away @ weighed.T

    mistakes = check.slips(
        formula,
        {
            "the mean of the known pixels was not subtracted.": {"centre": False},
            "the mean of the missing pixels was not added.": {"add": False},
            "the covariance of the known pixels is missing: multiply by its inverse (np.linalg.solve).": {
                "weights": "none"
            },
            "the covariance of the known pixels was multiplied; its inverse belongs there (np.linalg.solve).": {
                "weights": "times"
            },
            "each known pixel is divided by its own variance; it takes their whole covariance.": {"weights": "single"},
            "the sign of the correction is wrong.": {"sign": -1},
            "the known pixels do not count.": {"sign": 0},
        },
    )
    mistakes = {
        "everything is 0: was the whole covariance taken instead of that of the known pixels?": 0 * right
    } | mistakes
    mistakes["the mean of these patches was taken; the argument `mean` is that of many."] = (
        x[:, h].mean(axis=0) + (x[:, k] - x[:, k].mean(axis=0)) @ (hk @ np.linalg.inv(kk)).T
    )
    mistakes["the mean of the known pixels was added to them; subtract it."] = (
        mean[h] + (x[:, k] + mean[k]) @ (hk @ np.linalg.inv(kk)).T
    )
    mistakes["the known pixels are returned, too; only the missing ones are wanted."] = np.where(
        missing, mean + 0 * x, x
    )
    mistakes["the result was clipped."] = np.clip(right, 0, 1)
    seen = x.copy()
    seen[:, h] = np.nan  # nobody knows them
    answer = check.call(conditional_mean, seen, missing, mean, covariance)
    name = f"the means of {len(h)} missing pixels of {d}"
    if np.shape(answer) == right.shape and np.isnan(np.asarray(answer, dtype=float)).any():
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
        "the difference has the wrong sign.": known - hh,
        "the covariance of the known pixels is missing: multiply by its inverse (np.linalg.solve).": hh - hk @ hk.T,
        "the covariance of the known pixels was multiplied; its inverse belongs there.": hh - hk @ kk @ hk.T,
        "each known pixel is divided by its own variance; it takes their whole covariance.": hh
        - hk / np.diag(kk) @ hk.T,
        "this is the inverse of the right matrix, a block of the precision matrix; invert it.": np.linalg.inv(right),
        "1 / C is no inverse of a matrix: np.linalg.solve.": hh - hk @ (1 / kk) @ hk.T,
        "this is its Cholesky factor.": np.linalg.cholesky(right),
        "the missing and the known pixels are exchanged.": kk - hk.T @ np.linalg.inv(hh) @ hk,
        "half of what the known pixels explain was subtracted; subtract all of it.": hh - known / 2,
        "only its diagonal is here.": np.diag(np.diag(right)),
        "these are variances alone; the whole matrix is wanted.": np.diag(right),
    }
    answer = check.call(conditional_covariance, missing, covariance)
    check.close(answer, right, f"the covariance of {len(h)} missing pixels of {d}", mistakes=mistakes)
