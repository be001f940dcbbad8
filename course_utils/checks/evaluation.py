"""Checks of lesson 43, judging what was made: the Inception score. The others stand in the modules that are named here."""

import itertools
from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.evaluation_fid import check_fid as check_fid
from course_utils.checks.evaluation_fid import check_frechet as check_frechet
from course_utils.checks.evaluation_kid import check_kid as check_kid
from course_utils.checks.evaluation_kid import check_kid_unbiased as check_kid_unbiased
from course_utils.checks.evaluation_neighbours import check_copied as check_copied
from course_utils.checks.evaluation_neighbours import check_coverage_oracle as check_coverage_oracle
from course_utils.checks.evaluation_neighbours import check_density as check_density
from course_utils.checks.evaluation_neighbours import check_precision_recall as check_precision_recall
from course_utils.checks.evaluation_neighbours import check_refused as check_refused
from course_utils.checks.evaluation_neighbours import points as points


def check_inception(score: Callable, probabilities) -> None:
    """Compare with a sum of logarithms, pair by pair, and recognise known mistakes.

    Args:
        score: the learner's function.
        probabilities: (n, c), rows sum to 1.
    """
    p = np.asarray(probabilities, dtype=float)
    rng = np.random.default_rng(3)
    others = [(rng.dirichlet(np.ones(c), size=n),) for n, c in ((6, 3), (5, 7))]
    check.close(
        check.call(score, p),
        np.exp(_divergences(p).mean()),
        f"the score of {len(p)} pictures in {p.shape[1]} classes",
        mistakes=lambda: check.confirmed(lambda p: check.call(score, p), _known_scores, (p,), others),
        otherwise=lambda: check.first_wrong(score, _small_scores(), rtol=1e-4),
    )


def _divergences(p: np.ndarray) -> np.ndarray:
    """KL divergences of the pictures from their average, by loops."""
    terms, q = np.zeros(p.shape), p.mean(axis=0)
    for i, k in itertools.product(*map(range, p.shape)):
        if p[i, k] > 0:
            terms[i, k] = p[i, k] * np.log(p[i, k] / q[k])
    return terms.sum(axis=1)


def _known_scores(p: np.ndarray) -> dict:
    """What usual mistakes give for the Inception score."""
    q, n, c = p.mean(axis=0), *p.shape
    logs = _divergences(p)
    entropy, own = (-np.sum(v[v > 0] * np.log(v[v > 0])) / len(v) for v in (q[None], p))
    plain = np.log(np.where(p > 0, p, 1) / np.where(q > 0, q, 1))
    reverse = np.where(p > 0, -q * plain, 0)
    mistakes = {
        "this is the logarithm of the score; take the exponential.": logs.mean(),
        "exponentials of single pictures were averaged; average first, then take one exponential.": np.exp(logs).mean(),
        "the terms were averaged over the classes; sum over the classes, average over the pictures.": np.exp(
            logs.mean() / c
        ),
        "the terms were summed over the pictures, too; average over them.": np.exp(logs.sum()),
        "the two distributions changed places; the sum is weighted by each picture's own probabilities.": np.exp(
            reverse.sum(axis=1).mean()
        ),
        "logarithms to base 2 need 2 to the power, not e.": np.exp(logs.mean() / np.log(2)),
        "the sign is wrong.": np.exp(-logs.mean()),
        "this is the variety alone; the pictures' own entropies are missing.": np.exp(entropy),
        "each picture is compared with 1 / c; compare it with the mean over the pictures (axis=0).": c * np.exp(-own),
        "the comparison with the mean over the pictures is missing.": np.exp(-own),
        "this is the exponential of the mean entropy; compare each picture with the mean.": np.exp(own),
        "the sum was divided by the number of classes; divide by that of the pictures.": np.exp(logs.sum() / c),
        "each logarithm is weighted by the picture's own probability.": np.exp(plain.sum(axis=1).mean()),
        "the mean's probabilities are no weights; take each picture's own.": np.exp((q * plain).sum(axis=1).mean()),
        "e needs the natural logarithm, not that to base 10.": np.exp(logs.mean() / np.log(10)),
    }
    if n > 1:
        mistakes["the sum was divided by n - 1; divide by the number of pictures."] = np.exp(logs.sum() / (n - 1))
    if np.any(p == 0):
        mistakes["NaN. For NumPy 0 times log 0 is NaN; here it counts as 0, and the picture stays."] = np.nan
    return mistakes | _constants(p, q)


def _constants(p: np.ndarray, q: np.ndarray) -> dict:
    """Scores with a small constant against zeros, which moves the other terms as well."""
    found = {}
    with np.errstate(all="ignore"):
        for c in (0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
            for where, logs in (
                ("in both logarithms", np.log(p + c) - np.log(q + c)),
                ("in the logarithm of p", np.log(p + c) - np.log(q)),
                ("in the logarithm of p / p̄", np.log(p / q + c)),
                ("as the least p", np.log(np.maximum(p, c)) - np.log(np.maximum(q, c))),
            ):
                score = np.exp(np.mean(np.sum(np.where(np.isnan(logs), 0, p * logs), axis=1)))
                words = f"a constant of {c:g} {where} moves the terms without zeros, too; treat only the zeros apart."
                found[words] = score
    return found


def _small_scores() -> list[tuple]:
    """Pictures whose Inception score is worked out in words."""
    two = np.array([[0.8, 0.2], [0.4, 0.6]])
    sums = np.sum(two * np.log(two / [0.6, 0.4]), axis=1)
    right = np.exp(sums.mean())
    worked = (
        "of [0.8, 0.2] and [0.4, 0.6] the average is [0.6, 0.4]; the sums over the classes, such as "
        f"0.8 log(0.8 / 0.6) + 0.2 log(0.2 / 0.4), are {sums[0]:.4f} and {sums[1]:.4f}, and e to the power of their "
        "mean"
    )
    return [
        (
            "a single picture, [0.7, 0.2, 0.1], is its own average; all logarithms are 0, and the score is e⁰",
            (np.array([[0.7, 0.2, 0.1]]),),
            1,
        ),
        ("of [1, 0] and [0, 1] the average is [½, ½]; each adds 1 · log(1 / ½), and e to the mean", (np.eye(2),), 2),
        (worked, (two,), right),
        (
            "with a third class of probability 0, [0.8, 0.2, 0] and [0.4, 0.6, 0] keep the score",
            (np.pad(two, ((0, 0), (0, 1))),),
            right,
        ),
        ("with each picture twice, the average stays, and so does the score", (np.repeat(two, 2, axis=0),), right),
        (
            "of [1, 0], three times, and [0, 1] the average is [¾, ¼]; e to the power of ¾ log(4/3) + ¼ log 4",
            (np.eye(2)[[0, 0, 0, 1]],),
            np.exp(0.75 * np.log(4 / 3) + 0.25 * np.log(4)),
        ),
    ]
