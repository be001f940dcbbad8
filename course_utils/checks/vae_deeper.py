"""Checks of the continuation of lesson 31."""

import numpy as np
from scipy.special import log_softmax
from scipy.stats import entropy, norm

from course_utils import check


def check_gap(gap, cells: int, offset: float) -> None:
    """Hold a KL divergence from the posterior against SciPy's relative entropy.

    Args:
        gap: the learner's function of log_q and log_joint, (cells,) each, gives one number.
        cells: number of cells.
        offset: added to log_joint; the posterior does not depend on it.
    """
    rng = np.random.default_rng(cells)
    log_q, log_posterior = log_softmax(rng.normal(size=(2, cells)), axis=1)
    log_joint = log_posterior + offset - 3.7
    q, p = np.exp(log_q), np.exp(log_posterior)
    right = entropy(q, p)
    answer = check.call(gap, log_q, log_joint)
    known = isinstance(answer, int | float | np.number)
    check.require(
        not known or np.isfinite(answer),
        f"The gap is {answer}: exp(log_joint) rounds to 0 for entries near {log_joint.max():.0f}. Use logsumexp.",
    )
    mistakes = {
        "the joint was taken for the posterior: divide by p(x).": right + 3.7 - offset,
        "the sign is wrong: a KL divergence is never negative.": -right,
        "the divergence the other way round: average over q, not over the posterior.": entropy(p, q),
        "averaged over the cells; q weighs them already, so sum.": right / cells,
        "not weighted by q: sum q (log q - log posterior).": np.sum(log_q - log_posterior),
        "this is in bits; nats need the natural logarithm.": right / np.log(2),
    }
    check.close(answer, right, "the gap", mistakes=mistakes)


def check_score(estimate, mean: float, log_var: float, n: int) -> None:
    """Hold both estimates against numerical derivatives of the log density.

    Args:
        estimate: the learner's function of f, z (n,), mean and log_var, gives two arrays (n,).
        mean, log_var: of the normal distribution.
        n: number of samples.
    """
    rng = np.random.default_rng(n)
    z, f = mean + rng.normal(size=n), rng.normal(size=n) - 2

    def log_q(m, v):
        return norm.logpdf(z, m, np.exp(v / 2))

    h = 1e-4
    by_mean = f * (log_q(mean + h, log_var) - log_q(mean - h, log_var)) / (2 * h)
    by_log_var = f * (log_q(mean, log_var + h) - log_q(mean, log_var - h)) / (2 * h)
    parts = check.several(check.call(estimate, f, z, mean, log_var), "by mean", "by log_var")
    mistakes = {
        "the sign is wrong.": -by_mean,
        "divided by σ; it is σ², exp(log_var).": by_mean * np.exp(log_var / 2),
        "log_var was used as the variance; take its exponential.": by_mean * np.exp(log_var) / log_var,
        "f is missing.": by_mean / f,
        "averaged already; return what each sample says.": by_mean.mean(),
        "the two derivatives are exchanged.": by_log_var,
    }
    check.close(parts[0], by_mean, "the derivative by mean", mistakes=mistakes)
    mistakes = {
        "the sign is wrong.": -by_log_var,
        "twice as much: the ½ is missing.": 2 * by_log_var,
        "the -1 is missing: log q also contains -½ log σ².": by_log_var + f / 2,
        "this is the derivative by log σ or σ², not by log σ².": by_log_var / np.exp(log_var),
        "f is missing.": by_log_var / f,
        "averaged already; return what each sample says.": by_log_var.mean(),
    }
    check.close(parts[1], by_log_var, "the derivative by log_var", mistakes=mistakes)
