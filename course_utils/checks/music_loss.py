"""Checks of lesson 35, melodies: the loss."""

import contextlib
import re
from collections.abc import Callable
from functools import partial

import numpy as np
import tensorflow as tf
from scipy.special import log_softmax, softmax

from course_utils import check


def _log_p(logits, kind: str) -> np.ndarray:
    """Logarithms of the probabilities, or what is taken for them."""
    if kind == "softmax":
        return log_softmax(softmax(logits, axis=2), axis=2)
    if kind == "probability":
        return softmax(logits, axis=2)
    if kind == "raw":
        return log_softmax(np.log(np.clip(logits, 1e-7, 1 - 1e-7)), axis=2)
    if kind == "logit":
        return logits
    if kind == "minus":
        return -log_softmax(logits, axis=2)
    return log_softmax(logits, axis=1 if kind == "steps" else 2)


def _gathered(each: np.ndarray, how: str) -> np.ndarray:
    """Sum or mean over the last axis, over everything, or a sum that is averaged over the melodies."""
    if how == "batch":
        return np.repeat(each.sum() / len(each), len(each))
    if how in ("all", "mean of all"):
        return np.repeat(each.sum() if how == "all" else each.mean(), len(each))
    if how == "16":
        return 16 * each.mean(axis=1)
    return getattr(np, how)(each, axis=1)


def _loss(
    tokens,
    logits,
    mean,
    log_var,
    beta,
    error="sum",
    kl="sum",
    half=0.5,
    exponent=1.0,
    sign=1.0,
    weight="kl",
    kind="logits",
    square=2,
    floor=None,
):
    """The loss of each melody, with its popular slips as options."""
    log_p = _log_p(logits, kind)
    if kind == "most":
        tokens = logits.argmax(axis=2)
    each = -np.take_along_axis(log_p, tokens[..., None].astype(int), axis=2)[..., 0]
    if kind == "bits":
        each = each / np.log(2)
    if kind == "binary":
        hot = np.eye(logits.shape[2])[tokens]
        each = np.sum(np.logaddexp(0, logits) - hot * logits, axis=2)
    terms = half * (mean**square + np.exp(exponent * log_var) - 1 - log_var)
    first, second = _gathered(each, error), _gathered(terms, kl)
    if floor is not None:
        second = np.maximum(second, floor)
    factors = {
        "kl": (1, beta),
        "both": (beta, beta),
        "none": (1, 1),
        "error": (beta, 1),
        "rest": (1 - beta, beta),
        "half": (1, beta / 2),
        "one over": (1, 1 / (beta or 1)),
    }
    a, b = factors[weight]
    return a * first + sign * b * second


LOSS_SLIPS = {
    "the cross-entropy is averaged over the steps; their nats add up.": {"error": "mean"},
    "the KL term is averaged over the k dimensions; their nats add up.": {"kl": "mean"},
    "the ½ of the KL term is missing.": {"half": 1.0},
    "σ stands where σ² belongs: log_var is log σ².": {"exponent": 0.5},
    "log_var is taken for log σ.": {"exponent": 2.0},
    "the KL term is subtracted; the loss is their sum.": {"sign": -1.0},
    "β multiplies the cross-entropy, not the KL term.": {"weight": "error"},
    "β multiplies both terms; it belongs to the KL term.": {"weight": "both"},
    "β is not used.": {"weight": "none"},
    "the cross-entropy has the weight 1, not 1 - β.": {"weight": "rest"},
    "the KL term is divided by β; multiply.": {"weight": "one over"},
    "the logits are put through a softmax twice: say from_logits=True, or take log_softmax once.": {"kind": "softmax"},
    "the probability stands there without its logarithm.": {"kind": "probability"},
    "the softmax is over the steps; it is over the tokens, the last axis.": {"kind": "steps"},
    "this is in bits; nats need the natural logarithm.": {"kind": "bits"},
    "the mean is not squared.": {"square": 1},
    "the cross-entropy is summed over all melodies; axis=1 keeps one number for each.": {"error": "all"},
    "the KL term is summed over all melodies; axis=1 keeps one number for each.": {"kl": "all"},
    "the cross-entropy has the wrong sign: it is minus the sum of the ln p.": {"kind": "minus"},
    "the logits are taken for ln p: a log_softmax is missing.": {"kind": "logit"},
}
MORE_LOSS_SLIPS = {
    "the logits are taken for probabilities: say from_logits=True.": {"kind": "raw"},
    "the cross-entropy is averaged over steps and melodies; sum over the steps, one number for each melody.": {
        "error": "mean of all"
    },
    "the KL term is averaged over the melodies; each has its own.": {"kl": "batch"},
    "the cross-entropy is averaged over the melodies; each has its own.": {"error": "batch"},
    "16 steps are written into the code; sum over the steps that are there.": {"error": "16"},
    "β is halved; the ½ is a part of the KL term already.": {"weight": "half"},
    "the most likely token stands in the place of the true one.": {"kind": "most"},
    "a binary cross-entropy is taken; of the v tokens one is right: sparse_categorical_crossentropy.": {
        "kind": "binary"
    },
    "the KL term has a lower limit; it has none here.": {"floor": 0.5},
}
SHAPES = "shapes do not fit"


def _asker(loss) -> Callable:
    """The loss of arrays; of nothing that stops or gives another shape."""

    def ask(tokens, logits, mean, log_var, beta) -> np.ndarray:
        arrays = (np.asarray(one, "float32") for one in (logits, mean, log_var))
        value = check.trace(loss, np.asarray(tokens, "int32"), *arrays, beta).value
        value = np.asarray(value, dtype=float)
        if value.shape != (len(tokens),):
            raise ValueError
        return value

    return ask


def _located(loss, wide) -> str:
    """Which term is wrong, and an example that shows it, or nothing."""
    tokens, logits, mean, log_var, _ = wide
    ask = _asker(loss)
    with contextlib.suppress(Exception):
        whole, alone = ask(*wide), ask(*(one[:1] for one in wide[:4]), wide[4])
        if not np.isfinite(whole).all():
            return "it is NaN or infinite. Is a logarithm taken of a number below 0? log_var is a logarithm already."
        if not np.allclose(whole[:1], alone, rtol=1e-3):
            return (
                "the loss of a melody changes when the others are left out. Each has its own: nothing goes over the "
                "axis 0."
            )
        none, once, twice = (ask(*wide[:4], beta) for beta in (0.0, 1.0, 2.0))
        if not np.allclose(twice - none, 2 * (once - none), rtol=1e-3, atol=1e-3):
            return "with β = 2 the KL term does not count twice as much as with β = 1. It is multiplied by β."
        error, kl = _loss(*wide[:4], 0.0), _loss(*wide[:4], 1.0) - _loss(*wide[:4], 0.0)
        right = np.allclose(none, error, rtol=1e-3), np.allclose(once - none, kl, rtol=1e-3, atol=1e-3)
        if right[0] and not right[1]:
            return f"the cross-entropy is right, the KL term is wrong.{_example_of_kl(ask)}"
        if right[1] and not right[0]:
            return f"the KL term is right, the cross-entropy is wrong.{_example_of_error(ask)}"
        if not any(right):
            return f"both terms are wrong.{_example_of_error(ask)}{_example_of_kl(ask)}"
    return ""


def _example_of_kl(ask) -> str:
    tokens, logits = np.zeros((1, 1)), np.zeros((1, 1, 2))

    def kl(mean, variance) -> float:
        one = tokens, logits, [[mean]], [[np.log(variance)]]
        return float((ask(*one, 1.0) - ask(*one, 0.0))[0])

    for mean, variance, right in ((2, 1, 2.0), (0, 4, 1.5 - np.log(2)), (2, 4, 3.5 - np.log(2))):
        if abs(found := kl(mean, variance) - right) > 1e-3:
            return f" For one number of mean {mean} and variance {variance} it is {found + right:.3g}, expected {right:.3g}."
    return " For one number it is right, for several not: add theirs."


def _example_of_error(ask) -> str:
    def error(tokens, logits) -> float:
        return float(ask([tokens], [logits], [[0.0]], [[0.0]], 0.0)[0])

    odds = [np.log(3), 0]  # probabilities of 3/4 and 1/4
    for p in (0.75, 0.25, 0.01):
        found = error([0], [[np.log(p), np.log(1 - p)]])
        if abs(found + np.log(p)) > 1e-3:
            if abs(error([1], [[np.log(1 - p), np.log(p)]]) + np.log(p)) < 1e-3:
                return " For token 1 it is right, for token 0 not: every token counts, the hold, too."
            return f" For one step, where the true token has p = {p}, it is {found:.3g}, expected {-np.log(p):.3g}."
    if abs(error([0, 1], [odds, odds]) + np.log(3 / 16)) > 1e-3:
        return " For one step it is right, for two not: add theirs."
    return ""


def _loss_mistakes(right, wide) -> dict:
    tokens, logits, mean, log_var, beta = wide

    def make(**slip):
        return _loss(*wide, **slip)

    found = dict(check.slips(make, LOSS_SLIPS))
    found |= {message: make(**slip) for message, slip in MORE_LOSS_SLIPS.items()}
    found |= {
        "it is averaged over the melodies already; return one number for each.": right.mean(),
        "it is summed over the melodies already; return one number for each.": right.sum(),
        "every melody's cross-entropy meets every melody's KL term: one of them has an axis too many (keepdims?).": (
            _loss(*wide[:4], 0.0) + (right - _loss(*wide[:4], 0.0))[:, None]
        ),
        "mean and log_var are exchanged.": _loss(tokens, logits, log_var, mean, beta),
        "only the cross-entropy is there.": _loss(*wide[:4], 0.0),
        "log_var is squared; σ² is exp(log_var).": make() + beta * np.sum(log_var**2 - np.exp(log_var), axis=1) / 2,
        "only the KL term is there.": make() - _loss(*wide[:4], 0.0),
        "the sign is wrong: this is what to maximise.": -right,
        "the 1 is subtracted once; it belongs to each of the k numbers.": right + beta * (mean.shape[1] - 1) / 2,
        "0.4 is written into the code; `beta` is an argument.": _loss(*wide[:4], 0.4),
    }
    found["cross-entropy and KL term came back as two; return one number for each melody."] = np.stack(
        [_loss(*wide[:4], 0.0), right - _loss(*wide[:4], 0.0)]
    )
    return found


def _wrong_loss(loss, value, right, wide) -> str:
    """Which weights of its terms are wrong, if one or two are, or which term."""
    _, _, mean, log_var, _ = wide
    parts = {
        "the cross-entropy": _loss(*wide[:4], 0.0), "the sum of m²": np.sum(mean**2, axis=1),
        "the sum of σ²": np.sum(np.exp(log_var), axis=1), "the sum of ln σ²": np.sum(log_var, axis=1),
        "the number k": np.full(len(mean), mean.shape[1]),
    }  # fmt: skip
    weights = zip(list(parts)[1:], ("β / 2", "β / 2", "-β / 2", "-β / 2"), strict=True)
    told = check.weights(value, right, parts, why={name: f"it is {one}" for name, one in weights})
    return told if "a weight" in told and told.count("expected") < 3 else _located(loss, wide) or told


def check_loss(loss, n: int, steps: int, v: int, k: int, beta: float) -> None:
    """Hold the loss of n melodies against NumPy: values, gradients, and compiled for any n."""
    rng = np.random.default_rng([n, steps, v, k])
    tokens = rng.integers(0, v, (n, steps)).astype("int32")
    logits = (1.2 * rng.normal(size=(n, steps, v))).astype("float32")
    mean, log_var = (rng.normal(size=(2, n, k)) * 0.8 + 0.3).astype("float32")
    wide = tokens, *(part.astype(float) for part in (logits, mean, log_var)), beta
    right = _loss(*wide)
    try:
        traced = check.trace(loss, tokens, logits, mean, log_var, beta)
    except check.CheckError as error:
        told = str(error)
        if "target" in told and "output" in told:
            told += (
                f" Keras takes the tokens as they are, numbers below v = {v} here, and then the logits: "
                "sparse_categorical_crossentropy(tokens, logits, from_logits=True)."
            )
        elif re.search(r"\b36\b", told):
            told += f" 36 is written into the code; here are v = {v} tokens, and logits.shape[-1] tells it."
        elif SHAPES in told:
            told += f" Both terms are summed over their axis 1, so that each has one number for each melody, ({n},)."
        raise check.CheckError(told) from None
    known, look = partial(_loss_mistakes, right, wide), partial(_wrong_loss, loss, traced.value, right, wide)
    check.close(traced.value, right, "the loss", mistakes=known, otherwise=look)
    check.array(traced.value, "the loss", shape=(n,))
    slopes = traced.gradients(by=[1, 2, 3])
    wanted = softmax(wide[1], axis=2) - np.eye(v)[tokens], beta * wide[2], beta * 0.5 * (np.exp(wide[3]) - 1)
    for slope, one, name in zip(slopes, wanted, ("logits", "mean", "log_var"), strict=True):
        check.close(slope, one, f"the gradient of the loss by {name}", rtol=1e-3)
    specs = tf.TensorSpec((None, steps), tf.int32), (None, steps, v), (None, k), (None, k), beta
    compiled, _ = check.compiled(loss, *specs, inputs=[tokens, logits, mean, log_var])
    check.close(compiled, right, "the loss, compiled as in training")
