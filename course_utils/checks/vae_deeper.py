"""Checks of the continuation of lesson 31."""

import functools

import numpy as np
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm

from course_utils import check


def _gap(log_q, log_joint, how="sum", norm="sum", weights="q", first=1.0, sign=1.0, act=np.asarray) -> float:
    """KL divergence of q from the posterior, with its popular slips as options."""
    total = {"sum": logsumexp(log_joint), "max": np.max(log_joint), "none": 0.0, "plus": -logsumexp(log_joint)}
    log_posterior = log_joint - total[norm]
    q, p = np.exp(log_q), np.exp(log_posterior)
    by = {"q": q, "p": -p, "none": 1.0, "log": log_q, "both": q - p}[weights]
    return sign * getattr(np, how)(by * act(first * log_q - log_posterior))


def _gap_mistakes(log_q, log_joint) -> dict:
    options = {
        "the joint was taken for the posterior: divide by p(x).": {"norm": "none"},
        "the largest entry was subtracted; p(x) is the sum over all cells, logsumexp.": {"norm": "max"},
        "log p(x) was added; a division subtracts it.": {"norm": "plus"},
        "the sign is wrong: a KL divergence is never negative.": {"sign": -1.0},
        "the divergence the other way round: average over q, not over the posterior.": {"weights": "p"},
        "not weighted by q: sum q (log q - log posterior).": {"weights": "none"},
        "weighted by log q; the weights are q, its exponential.": {"weights": "log"},
        "both divergences were added, of q from the posterior and of the posterior from q.": {"weights": "both"},
        "averaged over the cells; q weighs them already, so sum.": {"how": "mean"},
        "log q is missing: this is the cross-entropy.": {"first": 0.0},
        "this is in bits; nats need the natural logarithm.": {"sign": 1 / np.log(2)},
        "the differences of the logarithms lost their sign; they partly cancel.": {"act": np.abs},
    }
    whole = {
        "this is the ELBO; the gap is log p(x) minus it.": -_gap(log_q, log_joint, norm="none"),
        "this is log p(x), not the gap.": logsumexp(log_joint),
    }
    return whole | check.slips(functools.partial(_gap, log_q, log_joint), options)


def check_gap(gap, cells: int, offset: float) -> None:
    """Hold a KL divergence from the posterior against a plain sum.

    Args:
        gap: the learner's function of log_q and log_joint, (cells,) each, gives one number.
        cells: number of cells.
        offset: added to log_joint; the posterior does not depend on it.
    """
    rng = np.random.default_rng(cells)
    log_q, log_posterior = log_softmax(rng.normal(size=(2, cells)), axis=1)
    log_joint = log_posterior + offset - 3.7
    answer = check.call(gap, log_q, log_joint)
    far = f"exp(log_joint) rounds to 0 for entries near {log_joint.max():.0f}"
    known = isinstance(answer, int | float | np.number)
    check.require(not known or np.isfinite(answer), f"The gap is {answer}: {far}. Use logsumexp.")
    right = _gap(log_q, log_joint)
    cases = {
        f"for q = {list(q)} and joint = {list(joint)} (their logarithms given)": (np.log(q), np.log(joint))
        for q, joint in (((0.5, 0.5), (0.1, 0.1)), ((0.25, 0.75), (0.2, 0.2)), ((0.5, 0.5), (0.1, 0.3)))
    }

    def look() -> str:
        near = np.asarray(check.call(gap, log_q, log_joint - offset), dtype=float)
        if offset and near.shape == () and np.isclose(near, right, rtol=1e-4):
            return f"with {-offset:g} added to log_joint yours is right. {far}: stay with logarithms, logsumexp."
        return check.first_wrong(gap, check.worked(_gap, cases))

    check.close(answer, right, "the gap", mistakes=_gap_mistakes(log_q, log_joint), otherwise=look)


def _score(place: int, f, z, mean, log_var, minus=1.0, scale=None, one=1.0, half=0.5, times=1.0, square=np.square):
    """What samples say of the derivative by mean (place 0) or by log_var (1), with slips as options."""
    d, variance = z - minus * mean, np.exp(log_var) if scale is None else scale
    return times * f * (d / variance if place == 0 else half * (square(d) / variance - one))


def _score_mistakes(place: int, f, z, mean, log_var) -> dict:
    variance = np.exp(log_var)
    log_q = -0.5 * ((z - mean) ** 2 / variance + log_var)
    formula = functools.partial(_score, place, f, z, mean, log_var)
    options = {
        "the sign is wrong.": {"times": -1.0},
        "divided by σ; it is σ², exp(log_var).": {"scale": np.sqrt(variance)},
        "log_var was used as the variance; take its exponential.": {"scale": log_var},
        "the division by the variance is missing.": {"scale": 1.0},
        "multiplied by the variance; divide by it.": {"scale": 1 / variance},
        "the mean is not subtracted from z.": {"minus": 0.0},
        "f is missing.": {"times": 1 / f},
    }
    whole = {
        "averaged already; return what each sample says.": formula().mean(),
        "the two derivatives are exchanged.": _score(1 - place, f, z, mean, log_var),
        "this is f times log q without its constant; the derivative of log q belongs there.": f * log_q,
        "this is f times log q; the derivative of log q belongs there.": f * (log_q - np.log(2 * np.pi) / 2),
    }
    if place == 0:
        return whole | check.slips(formula, options | {"half of it: there is no ½ left.": {"times": 0.5}})
    more = {
        "twice as much: the ½ is missing, or this is the derivative by log σ.": {"half": 1.0},
        "the -1 is missing: log q also contains -½ log σ².": {"one": 0.0},
        "log_var stands where 1 belongs, the derivative of log σ² by itself.": {"one": log_var},
        "the sign of the 1 is wrong.": {"one": -1.0},
        "z - mean is not squared.": {"square": np.abs},
        "this is the derivative by σ², not by log σ².": {"times": 1 / variance},
        "this is the derivative by σ, not by log σ².": {"times": 2 / np.sqrt(variance)},
    }
    whole["the -½ is not multiplied by f."] = formula(one=0.0) - 0.5
    return whole | check.slips(formula, options | more)


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
    slopes = (
        log_q(mean + h, log_var) - log_q(mean - h, log_var),
        log_q(mean, log_var + h) - log_q(mean, log_var - h),
    )
    parts = check.several(check.call(estimate, f, z, mean, log_var), "by mean", "by log_var")
    given = {"f": f, "z": z, "mean": mean, "log_var": log_var}
    for place, name in enumerate(("mean", "log_var")):

        def look(place=place) -> str:
            right = functools.partial(_score, place)
            return check.behaviour(estimate, right, lambda g, *parts: check.call(g, *parts)[place], **given)

        mistakes = _score_mistakes(place, f, z, mean, log_var)
        right = f * slopes[place] / (2 * h)
        check.close(parts[place], right, f"the derivative by {name}", mistakes=mistakes, otherwise=look)
