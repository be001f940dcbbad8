"""Checks of lesson 31: the KL term and both terms of the ELBO."""

import functools
from collections.abc import Callable

import numpy as np
from scipy.integrate import trapezoid
from scipy.special import expit, log_expit, log_softmax
from scipy.stats import norm

from course_utils import check


def _kl_formula(
    m, v, half=0.5, exponent=1.0, log=1.0, square=2, one=1.0, taken="right", back=False, first=1.0, second=1.0
):
    """Entries of the KL term, with its popular slips as options."""
    if back:
        return half * ((1 + m**2) / np.exp(v) - 1 + v)
    variance = {"right": np.exp(exponent * v), "square": v**2, "sigma": v**2}.get(taken, v)
    logarithm = np.log(v if taken == "variance" else v**2) if taken in ("variance", "sigma") else v
    return half * (first * m**square + second * variance - one - log * logarithm)


@np.errstate(all="ignore")
def _kl_mistakes(m, v) -> dict:
    def formula(how="sum", **slips):
        return getattr(np, how)(_kl_formula(m, v, **slips), axis=1)

    averaged = {"averaged over the k latent dimensions; their nats add up.": {"how": "mean"}}
    meanings = {
        "twice as much as it should be; is the ½ missing?": {"half": 1.0},
        "the sign is wrong: the KL term is never negative.": {"half": -0.5},
        "σ stands where σ² belongs: log_var is log σ².": {"exponent": 0.5},
        "log_var was squared as if it were σ; exp(log_var) is the variance.": {"exponent": 2.0},
        "log_var was read as log σ, the log of the standard deviation.": {"exponent": 2.0, "log": 2.0},
        "log_var was used as the variance itself; take its exponential.": {"taken": "raw"},
        "log_var was squared; its exponential is the variance.": {"taken": "square"},
        "log_var was taken for the variance; it is the logarithm already.": {"taken": "variance"},
        "log_var was taken for σ; it is log σ², so that exp(log_var) is the variance.": {"taken": "sigma"},
        "the -1 is missing, or stands there once for all k dimensions.": {"one": 0.0},
        "the -1 stands there once; it belongs to each of the k dimensions.": {"one": 1 / max(m.shape[1], 1)},
        "the mean is not squared.": {"square": 1},
        "this is the divergence the other way round, of the prior from q.": {"back": True},
        "the sign of log_var is wrong.": {"log": -1.0},
    }
    parts = {
        "the ½ stands before the mean alone; it belongs to all four parts.": {"second": 2.0, "one": 2.0, "log": 2.0},
        "log_var has no ½; it belongs to all four parts.": {"log": 2.0},
        "the mean is missing.": {"first": 0.0},
        "the variance is missing.": {"second": 0.0},
        "log σ² is missing.": {"log": 0.0},
        "the sign of the mean's square is wrong.": {"first": -1.0},
        "the sign of the variance is wrong.": {"second": -1.0},
        "there is +1 where -1 belongs.": {"one": -1.0},
        "log σ stands where log σ² belongs.": {"log": 0.5},
        "log_var was halved; its exponential is the variance as it is.": {"exponent": 0.5, "log": 0.5},
        "half as much as it should be: there is one ½.": {"half": 0.25},
        "twice as much, and with the wrong sign.": {"half": -1.0},
        "this is in bits; nats need the natural logarithm.": {"half": 0.5 / np.log(2)},
    }
    whole = {
        "mean and log_var are swapped.": _kl_formula(v, m).sum(axis=1),
        "the sum runs over the pictures; each picture has its own, the sum over its k numbers.": _kl_formula(m, v).sum(
            axis=0
        ),
        "the variance was given for log_var.": _kl_formula(m, np.exp(v)).sum(axis=1),
        "the means are added before they are squared.": formula(first=0.0) + m.sum(axis=1) ** 2 / 2,
        "the mean's size stands where its square belongs.": formula(first=0.0) + np.abs(m).sum(axis=1) / 2,
    }
    alone = {message: formula(**slip) for message, slip in parts.items()}
    return alone | whole | check.slips(formula, meanings | averaged) | check.slips(formula, parts | averaged)


def _close_slopes(slopes, m, v, what: str) -> None:
    """Gradients of the KL term by the mean and by log_var."""
    check.close(slopes[0], m, f"the gradient of {what} by the mean", rtol=1e-3)
    check.close(slopes[1], 0.5 * (np.exp(v) - 1), f"the gradient of {what} by log_var", rtol=1e-3)


def check_kl(kl, mean, log_var) -> None:
    """Hold a KL term of mean and log_var (n, k) against numerical integration, and its gradient."""
    m, v = (np.asarray(part, dtype="float32") for part in (mean, log_var))
    wide = m.astype(float), v.astype(float)
    sd = np.exp(wide[1] / 2)
    z = np.linspace(wide[0] - 9 * sd, wide[0] + 9 * sd, 301)  # (301, n, k)
    q = norm(wide[0], sd)
    right = trapezoid(q.pdf(z) * (q.logpdf(z) - norm.logpdf(z)), z, axis=0).sum(axis=1)
    traced = check.trace(kl, m, v)
    check.close(
        traced.value, right, "the KL term", mistakes=_kl_mistakes(*wide),
        otherwise=lambda: check.behaviour(kl, lambda m, v: _kl_formula(m, v).sum(axis=1), mean=m, log_var=v),
    )  # fmt: skip
    if len(m):
        _close_slopes(traced.gradients(), m, v, "the KL term")


def _terms_formula(x, a, how="sum", sign=1.0, bits=1.0, keep=None, swap=False, kind="right", less=0, axis=1):
    """log p(x | z), with its popular slips as options."""
    p = expit(a)
    if kind == "twice":
        a = p
    each = -np.logaddexp(0, np.where((x == 1) != swap, -a, a))
    if kind in ("probabilities", "clipped"):
        values = np.clip(a if kind == "probabilities" else p, np.float32(1e-7), np.float32(1 - 1e-7))
        each = np.log(np.where(x == 1, values, 1 - values))
    if kind == "squares":
        each = -((x - p) ** 2)
    if kind in ("flipped", "bare", "plus", "exchanged"):
        each = x * a - {
            "flipped": np.logaddexp(0, -a),
            "plus": -np.logaddexp(0, a),
            "exchanged": np.logaddexp(0, x),
        }.get(kind, 0)
    if kind == "alone":
        each = x - np.logaddexp(0, a)
    if kind == "minus":
        each = each * np.where(x == 1, 1, -1)
    if kind == "alike":
        each = log_expit(a)
    if kind == "sum":
        each = np.where(x == 1, p, 1 - p)
    if kind == "softmax":
        each = x * log_softmax(a, axis=1)
    if kind == "distance":
        each = -((x - a) ** 2)
    each = each if keep is None else each * (x == keep)
    return sign * getattr(np, how)(each, axis=axis) / bits - less


def _likelihood_mistakes(x, logits, kl, remedy: str) -> dict:
    def formula(**slips):
        return _terms_formula(x, logits, **slips)

    scale = {
        "averaged over the pixels; in nats they add up.": {"how": "mean"},
        "the sign is wrong: this is the cross-entropy; the log-likelihood is its negative.": {"sign": -1.0},
        "this is in bits; nats need the natural logarithm.": {"bits": np.log(2)},
        "half of what it should be.": {"sign": 0.5},
        "averaged over the pixels; in nats they add up; and the sign is that of the loss.": {
            "how": "mean",
            "sign": -1.0,
        },
    }
    parts = {
        "the logits were taken for probabilities; they need a sigmoid.": {"kind": "probabilities"},
        "only the pixels with ink are counted.": {"keep": 1},
        "only the pixels without ink are counted.": {"keep": 0},
        "this is the squared error with a minus, not a log-probability.": {"kind": "squares"},
        "the sigmoid is there twice.": {"kind": "twice"},
        "ink and paper are swapped.": {"swap": True},
        "softplus was given -a; it belongs to a: log(1 + exp(a)).": {"kind": "flipped"},
        "the part log(1 + exp(a)) is missing.": {"kind": "bare"},
        f"clipped: far-off logits get too small a penalty. {remedy}": {"kind": "clipped"},
        "the KL term was subtracted already: return the two terms apart.": {"less": kl},
    }
    others = {
        "the sign before log(1 + exp(a)) is wrong.": {"kind": "plus"},
        "softplus was given x, or x and logits are exchanged.": {"kind": "exchanged"},
        "x stands where x·a belongs.": {"kind": "alone"},
        "the pixels without ink are subtracted; all logarithms add up.": {"kind": "minus"},
        "every pixel has log p; one without ink has log(1 - p).": {"kind": "alike"},
        "the logarithm of the probabilities is missing.": {"kind": "sum"},
        "this is a softmax over the pixels; each pixel is ink or not by itself: a sigmoid.": {"kind": "softmax"},
        "this is the squared error of the logits, not a log-probability.": {"kind": "distance"},
    }
    pairs = check.slips(formula, scale | parts) | check.slips(formula, scale | others)
    return pairs | {
        "this is the probability; return its logarithm.": np.exp(formula()),
        "the sum runs over the pictures; each picture has its own, the sum over its pixels.": formula(axis=0),
    }


def _check_likelihood(value, x, logits, kl, lost: bool, otherwise: Callable) -> None:
    """Hold log p(x | z) against NumPy; with ``lost`` logits are so far off that float32 rounds."""
    name, first = "log p(x | z)", np.asarray(value)
    remedy = "The probability rounds to 0 or 1 there: compute from the logits (softplus)."
    infinite = lost and first.dtype.kind == "f" and not np.isfinite(first).all()
    check.require(not infinite, f"{name}: {first} for logits as large as {np.abs(logits).max():.0f}. {remedy}")
    nan = first.dtype.kind == "f" and np.isnan(first).any()
    check.require(not nan, f"{name} is NaN: logits may be negative and have no logarithm. They are no probabilities.")
    mistakes = _likelihood_mistakes(x, logits, kl, remedy)
    right = _terms_formula(x, logits)
    if first.shape == kl.shape:
        mistakes["the two results are exchanged."] = kl
        if lost and (right - 1e-3 <= first).all() and (first < 0).all():
            mistakes[f"far-off logits get too small a penalty. {remedy}"] = first
    check.close(value, right, name, mistakes=mistakes, otherwise=otherwise)


def check_terms(terms, rows: int, pixels: int, k: int, scale: float) -> None:
    """Hold both terms against NumPy and SciPy, and their gradients; logits have the standard deviation scale."""
    rng = np.random.default_rng([rows, pixels, k])
    x = (rng.random((rows, pixels)) < 0.4).astype("float32")
    a = (scale * rng.normal(size=(rows, pixels))).astype("float32")
    m, v = rng.normal(size=(2, rows, k)).astype("float32")
    wide = m.astype(float), v.astype(float)
    kl = _kl_formula(*wide).sum(axis=1)
    traced = check.trace(terms, x, a, m, v)
    check.several(traced.value, "log p(x | z)", "the KL term")

    def words(place: int, right: Callable) -> str:
        given = {"x": x, "logits": a, "mean": m, "log_var": v}
        return check.behaviour(terms, right, lambda f, *parts: check.call(f, *parts)[place], **given)

    otherwise = functools.partial(words, 0, lambda x, a, m, v: _terms_formula(x, a.astype(float)))
    _check_likelihood(traced.value[0], x, a.astype(float), kl, scale > 30, otherwise)
    mistakes = {"averaged over the pixels.": kl / pixels} | _kl_mistakes(*wide)
    otherwise = functools.partial(words, 1, lambda x, a, m, v: _kl_formula(m, v).sum(axis=1))
    check.close(traced.value[1], kl, "the KL term", mistakes=mistakes, otherwise=otherwise)
    (slope,) = traced.gradients(0, by=[1])
    check.close(slope, x - expit(a.astype(float)), "the gradient of log p(x | z) by the logits", rtol=1e-3)
    _close_slopes(traced.gradients(1, by=[2, 3]), m, v, "the KL term")
