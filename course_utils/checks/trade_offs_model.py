"""Checks of lesson 32: the objective of the β-VAE and its training step."""

import numpy as np
import tensorflow as tf
from scipy.special import expit

from course_utils import check
from course_utils.probes import trade_offs as probes


def _distortion(x, a, kind="right", how="sum", sign=1.0, swap=False, nats=1.0) -> np.ndarray:
    """-log p(x | z) (n,), with its popular slips as options."""
    x = 1 - x if swap else x
    if kind == "squares":
        each = (x - expit(a)) ** 2
    elif kind == "raw squares":
        each = (x - a) ** 2
    elif kind == "ink":
        each = x * np.logaddexp(0, -a)
    elif kind == "paper":
        each = (1 - x) * np.logaddexp(0, a)
    elif kind == "minus":
        each = np.logaddexp(0, -a) - x * a
    elif kind == "plus":
        each = np.logaddexp(0, a) + x * a
    else:
        if kind == "probabilities":
            p = a
        else:
            p = expit(expit(a)) if kind == "twice" else np.clip(expit(a), 1e-7, 1 - 1e-7)
        each = -x * np.log(p) - (1 - x) * np.log(1 - p)
        each = np.logaddexp(0, a) - x * a if kind == "right" else each
    return sign * nats * getattr(np, how)(each, axis=1)


DISTORTION_SLIPS = {
    "averaged over the pixels; their nats add up.": {"how": "mean"},
    "the sign is wrong: -log p(x | z) is never negative.": {"sign": -1.0},
    "the logits were taken for probabilities; they need a sigmoid.": {"kind": "probabilities"},
    "ink and paper are swapped.": {"swap": True},
    "this is in bits; nats need the natural logarithm.": {"nats": 1 / np.log(2)},
    "only the pixels with ink are counted.": {"kind": "ink"},
    "only the pixels without ink are counted.": {"kind": "paper"},
    "this is the squared error, not -log p(x | z).": {"kind": "squares"},
    "this is the squared difference of pixels and logits.": {"kind": "raw squares"},
    "the sigmoid is there twice.": {"kind": "twice"},
    "log(1 + exp(a)) has the wrong sign of the logits: softplus(a).": {"kind": "minus"},
    "x · a is subtracted, not added.": {"kind": "plus"},
    "the probabilities were clipped: far-off logits cost too little. Compute from the logits (softplus).": {
        "kind": "clipped"
    },
}


def kl_terms(m, v, half=0.5, square=2, exponent=1.0, log=1.0, one=1.0, raw=False, back=False) -> np.ndarray:
    """KL terms (n, k), with their popular slips as options."""
    if back:
        return half * ((1 + m**2) / np.exp(v) - 1 + v)
    return half * (m**square + (v if raw else np.exp(exponent * v)) - one - log * v)


KL_SLIPS = {
    "the ½ is missing.": {"half": 1.0},
    "the sign is wrong: it is never negative.": {"half": -0.5},
    "σ stands where σ² belongs: log_var is log σ².": {"exponent": 0.5},
    "log_var was read as log σ.": {"exponent": 2.0, "log": 2.0},
    "log_var was used as the variance; take its exponential.": {"raw": True},
    "σ² was squared once more: it is exp(log_var).": {"exponent": 2.0},
    "the -1 is missing.": {"one": 0.0},
    "the 1 is added; it is subtracted.": {"one": -1.0},
    "the mean is not squared.": {"square": 1},
    "the sign of log_var is wrong.": {"log": -1.0},
    "this is the divergence the other way round.": {"back": True},
}


def check_objective(objective, rows: int, pixels: int, k: int, beta: float, scale: float = 2.0) -> None:
    """Values and gradients of the loss of a β-VAE on random numbers.

    Args:
        objective: the learner's function.
        rows, pixels, k: sizes of the batch, of a picture and of the latent code.
        beta: the weight of the rate.
        scale: standard deviation of the logits.
    """
    rng = np.random.default_rng([rows, pixels, k])
    x = (rng.random((rows, pixels)) < 0.4).astype("float32")
    a = (scale * rng.normal(size=(rows, pixels))).astype("float32")
    m, v = rng.normal(size=(2, rows, k)).astype("float32")
    wide, m, v = a.astype(float), m.astype(float), v.astype(float)
    traced = check.trace(objective, x, a, m, v, beta)
    check.several(traced.value, "loss", "distortion", "kl")
    loss, distortion, kl = traced.value
    _require_finite(distortion, np.abs(a).max())
    right, each = _distortion(x, wide), kl_terms(m, v)
    exchanged = {"this is the KL term; the distortion comes before it.": each}
    check.close(distortion, right, "the distortion", mistakes=exchanged | _distortion_mistakes(x, wide, right))
    mistakes = {
        "summed over the latent dimensions; return one number for each dimension.": each.sum(axis=1),
        "averaged over the batch; return one number for each picture, too.": each.mean(axis=0),
        "this is the rate; return one number for each picture and dimension.": each.sum(axis=1).mean(),
        "mean and log_var are exchanged.": kl_terms(v, m),
        "β is in it already; it belongs to the loss only.": beta * each,
    }
    slips = check.slips(lambda **options: kl_terms(m, v, **options), KL_SLIPS)
    summed = {f"{text} And it is summed over the dimensions.": value.sum(axis=1) for text, value in slips.items()}
    check.close(kl, each, "the KL term", mistakes=mistakes | slips | summed)
    check.close(
        loss, right.mean() + beta * each.sum(axis=1).mean(), "the loss", mistakes=_loss_mistakes(right, each, beta)
    )
    slopes = traced.gradients(0, by=[1, 2, 3])
    exact = (expit(wide) - x) / rows, beta * m / rows, beta * 0.5 * (np.exp(v) - 1) / rows
    for slope, expected, name in zip(slopes, exact, ("logits", "mean", "log_var"), strict=True):
        check.close(slope, expected, f"the gradient of the loss by `{name}`", rtol=1e-3)


def _require_finite(distortion, largest: float) -> None:
    values = np.asarray(distortion) if hasattr(distortion, "__array__") else np.zeros(1)
    check.require(
        largest < 30 or values.dtype.kind != "f" or np.isfinite(values).all(),
        f"The distortion is not finite for logits as large as {largest:.0f}: the probability rounds to 0 or 1 there. "
        "Compute from the logits (softplus).",
    )


def _distortion_mistakes(x, a, right) -> dict:
    mistakes = {
        "averaged over the batch; return one number for each picture.": right.mean(),
        "summed over the batch, too; return one number for each picture.": right.sum(),
        "averaged over pixels and pictures; sum over the pixels only.": right.mean() / x.shape[1],
        "one number for each pixel; sum over axis=1.": np.logaddexp(0, a) - x * a,
        "summed over the pictures; sum over the pixels, axis=1.": (np.logaddexp(0, a) - x * a).sum(axis=0),
    }
    return mistakes | check.slips(lambda **options: _distortion(x, a, **options), DISTORTION_SLIPS)


def _loss_mistakes(d, kl, beta: float) -> dict:
    rows, k = kl.shape
    rate = kl.sum(axis=1).mean()

    def formula(weight=beta, first=1.0, d_part=1.0, r_part=1.0, sign=1.0):
        return sign * (first * d_part * d.mean() + weight * r_part * rate)

    slips = check.slips(
        formula,
        {
            "β stands before the distortion; it belongs to the rate.": {"weight": 1.0, "first": beta},
            "β stands before both costs; it belongs to the rate.": {"first": beta},
            "1 - β stands before the distortion; that has no weight.": {"first": 1 - beta},
            "β is missing.": {"weight": 1.0},
            "β is squared.": {"weight": beta**2},
            "divided by β.": {"weight": 1 / beta if beta else 0.0},
            "the rate is subtracted; it is a cost.": {"weight": -beta},
            "the rate is averaged over the latent dimensions; their nats add up.": {"r_part": 1 / k},
            "the rate is summed over the batch; take the mean.": {"r_part": float(rows)},
            "the distortion is summed over the batch; take the mean.": {"d_part": float(rows)},
            "the axes of the rate are exchanged: sum over the dimensions, mean over the batch.": {"r_part": rows / k},
            "the distortion is missing.": {"d_part": 0.0},
            "the sign is wrong: the loss is a cost.": {"sign": -1.0},
        },
    )
    return {
        "one number for each picture; take the mean over the batch.": d + beta * kl.sum(axis=1),
        "both costs are summed over the batch; take the mean.": rows * formula(),
    } | slips


def _flat(tensors, weights) -> np.ndarray:
    return np.concatenate(
        [np.ravel(np.zeros(w.shape) if g is None else g) for g, w in zip(tensors, weights, strict=True)]
    ).astype(float)


def check_train_step(model_class, rows: int, beta: float, warmup: int) -> None:
    """Do the weights move as they should in each step of the annealing, and is it told what was done?"""
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    done = check.beside(probes.steps, model_class, rows, beta, warmup, x, min(warmup, 4) + 1)
    for step, told in enumerate(done, start=1):
        _check_one_step(told, x, beta, warmup, step)


def _check_one_step(told: dict, x, beta: float, warmup: int, step: int) -> None:
    check.require("problem" not in told, told.get("problem"))
    encoder, decoder = networks = probes.networks(0)
    for network, values in zip(networks, told["before"], strict=True):
        network.set_weights(values)
    rows = len(x)
    weights = [*encoder.trainable_variables, *decoder.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        m, v = tf.unstack(tf.reshape(encoder(x), (rows, 2, -1)), axis=1)
        costs = probes.parts(x, decoder(probes.shifted(m, v)), m, v)
        d, r = tf.reduce_mean(costs[0]), tf.reduce_mean(tf.reduce_sum(costs[1], axis=1))
        mean_only = tf.reduce_mean(probes.parts(x, decoder(m), m, v)[0])
        turned = probes.lopsided(x, decoder(probes.shifted(v, m)), v, m, beta * min(1, step / warmup))[0]
    slopes = [0.1 * _flat(tape.gradient(value, weights), weights) for value in (d, r, mean_only, turned)]
    after = [w for values in told["after"] for w in values]
    moved = _flat(weights, weights) - _flat(after, after)
    check.require(np.any(moved != 0), "No weight has moved: is the optimizer applied?")
    of_encoder = np.arange(len(moved)) < encoder.count_params()
    now = beta * min(1, step / warmup)

    def moved_by(p=now, sign=1.0, sampled=True, only=None, size=1.0):
        total = size * sign * ((slopes[0] if sampled else slopes[2]) + p * slopes[1])
        return total if only is None else np.where(of_encoder == only, total, 0)

    options = {
        "the weights go up the slope of the loss, not down.": {"sign": -1.0},
        "the rate has no weight here; it is β · min(1, t / warmup), with t = 1 in the first step.": {"p": 0.0},
        "there is no annealing: β is there in full from the first step on.": {"p": beta},
        "β grows beyond its full value: take min(1, t / warmup), the smaller of the two.": {"p": beta * step / warmup},
        "t must be 1 in the first step and 2 in the second: self.optimizer.iterations counts the steps that are done.": {
            "p": beta * min(1, (step - 1) / warmup)
        },
        "t is 1 in every step; self.optimizer.iterations counts the steps that are done.": {"p": beta / warmup},
        "t is one step ahead.": {"p": beta * min(1, (step + 1) / warmup)},
        "self.beta does not multiply min(1, t / warmup).": {"p": min(1, step / warmup)},
        "self.beta does not enter, and there is no annealing.": {"p": 1.0},
        "the mean itself is decoded: decode a sample (self.sample).": {"sampled": False},
        "only the decoder's weights move.": {"only": False},
        "only the encoder's weights move.": {"only": True},
        "the step is twice as large: is the optimizer applied twice?": {"size": 2.0},
        "the step is as large as the batch: was something summed over it?": {"size": float(rows)},
    }
    name = f"step {step} of a warmup of {warmup} (SGD, linear networks): how the weights move"
    mistakes = check.slips(moved_by, options)
    mistakes["mean and log variance are exchanged; encode gives the mean first."] = slopes[3]
    never = "is never called. It may be another function than that of the lesson."
    look = lambda: next((f"self.{part} {never}" for part in told["unused"]), "")  # noqa: E731
    check.close(moved, moved_by(), name, rtol=1e-3, mistakes=mistakes, otherwise=look)
    _check_logs(told["logs"], float(d), float(r), now, rows)


def _check_logs(logs, d: float, r: float, beta: float, rows: int) -> None:
    check.require(isinstance(logs, dict), "Return a dictionary with loss, distortion and rate.")
    check.require(
        {"loss", "distortion", "rate"} <= set(logs),
        f"The dictionary has the keys {sorted(logs)}, expected loss, distortion and rate.",
    )
    for key, right in (("distortion", d), ("rate", r), ("loss", d + beta * r)):
        mistakes = {
            "the sign is wrong.": -right,
            "summed over the batch.": rows * right,
            "β is in it; return the rate itself." if key == "rate" else "this is D + R without β.": beta * r
            if key == "rate"
            else d + r,
            "averaged over the latent dimensions; their nats add up.": right / 2 if key == "rate" else None,
            "the two costs are exchanged.": {"distortion": r, "rate": d}.get(key),
        }
        check.require(
            np.size(logs[key]) == 1 or not hasattr(logs[key], "shape"),
            f"The returned {key} has shape {tuple(np.shape(logs[key]))}; return one number, averaged over the batch.",
        )
        check.close(logs[key], right, f"the returned {key}", rtol=1e-3, mistakes=mistakes)


def check_fit(model_class, rows: int) -> None:
    """Compiled by fit, and with an objective that has a weight of its own."""
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    check.require(
        check.beside(probes.weight_of_objective, model_class, 4, x) != 0,
        "The objective may have weights of its own, and these did not move: train all of self.trainable_variables.",
    )
    compiled, one_by_one = check.beside(probes.fitted, model_class, 5, x, 4)
    check.close(
        _flat(compiled, compiled),
        _flat(one_by_one, one_by_one),
        "the weights after four steps compiled by Keras (a counter of Python stands still there; "
        "self.optimizer.iterations counts)",
        rtol=1e-3,
        mistakes={},
    )
