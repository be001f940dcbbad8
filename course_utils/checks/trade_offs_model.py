"""Checks of lesson 32: the objective of the β-VAE and its training step."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import expit

from course_utils import check


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
    "the -1 is missing.": {"one": 0.0},
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
    check.close(distortion, right, "the distortion", mistakes=_distortion_mistakes(x, wide, right))
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
            "β is missing.": {"weight": 1.0},
            "β is squared.": {"weight": beta**2},
            "divided by β.": {"weight": 1 / beta if beta else 0.0},
            "the rate is subtracted; it is a cost.": {"weight": -beta},
            "the rate is averaged over the latent dimensions; their nats add up.": {"r_part": 1 / k},
            "the rate is summed over the batch; take the mean.": {"r_part": float(rows)},
            "the distortion is summed over the batch; take the mean.": {"d_part": float(rows)},
            "the distortion is missing.": {"d_part": 0.0},
            "the sign is wrong: the loss is a cost.": {"sign": -1.0},
        },
    )
    return {
        "one number for each picture; take the mean over the batch.": d + beta * kl.sum(axis=1),
        "both costs are summed over the batch; take the mean.": rows * formula(),
    } | slips


def _shifted(mean, log_var):
    """A stand-in for the sample: no noise, and each argument does something else."""
    return 1.5 * mean + 0.7 * tf.sin(log_var) + 0.2


def _parts(x, logits, mean, log_var):
    """Stand-ins for the two costs: every argument enters in its own way."""
    distortion = tf.reduce_sum(0.3 * logits**2 - x * logits, axis=1) + 0.1 * tf.reduce_sum(x, axis=1)
    return distortion, 0.5 * mean**2 + tf.exp(log_var) + 0.3 * log_var


def _lopsided(x, logits, mean, log_var, beta):
    distortion, kl = _parts(x, logits, mean, log_var)
    beta = tf.cast(beta, "float32")
    return tf.reduce_mean(distortion) + beta * tf.reduce_mean(tf.reduce_sum(kl, axis=1)), distortion, kl


class _Weighted(layers.Layer):
    """An objective with a weight of its own, as that of a learned noise has one."""

    def __init__(self):
        super().__init__()
        self.weight = self.add_weight(shape=(), initializer="zeros")

    def __call__(self, x, logits, mean, log_var, beta):
        loss, distortion, kl = _lopsided(x, logits, mean, log_var, beta)
        return loss * tf.exp(-self.weight) + 1.5 * self.weight, distortion, kl


def _small(model_class, seed: int, beta: float, warmup: int, objective=_lopsided):
    """A model of the learner's class, with linear networks and SGD of learning rate 0.1."""
    rng = np.random.default_rng(seed)
    pair = [keras.Sequential([keras.Input((a,)), layers.Dense(b)]) for a, b in ((3, 4), (2, 3))]
    for network in pair:
        network.set_weights([0.4 * rng.normal(size=w.shape) for w in network.get_weights()])
    model = check.call(model_class, *pair, beta=beta, warmup=warmup, objective=objective, sample=_shifted)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    return model


def _flat(tensors, weights) -> np.ndarray:
    return np.concatenate(
        [np.ravel(np.zeros(w.shape) if g is None else g) for g, w in zip(tensors, weights, strict=True)]
    ).astype(float)


def check_train_step(model_class, rows: int, beta: float, warmup: int) -> None:
    """Do the weights move as they should in each step of the annealing, and is it told what was done?"""
    model = _small(model_class, rows, beta, warmup)
    x = tf.constant(np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32"))
    for step in range(1, min(warmup, 4) + 2):
        _check_one_step(model, x, beta, warmup, step)


def _check_one_step(model, x, beta: float, warmup: int, step: int) -> None:
    rows = len(x)
    weights = [*model.encoder.trainable_variables, *model.decoder.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        m, v = tf.unstack(tf.reshape(model.encoder(x), (rows, 2, -1)), axis=1)
        costs = _parts(x, model.decoder(_shifted(m, v)), m, v)
        d, r = tf.reduce_mean(costs[0]), tf.reduce_mean(tf.reduce_sum(costs[1], axis=1))
        mean_only = tf.reduce_mean(_parts(x, model.decoder(m), m, v)[0])
    slopes = [0.1 * _flat(tape.gradient(value, weights), weights) for value in (d, r, mean_only)]
    before = _flat(weights, weights)
    logs = check.call(model.train_step, x)
    moved = before - _flat(weights, weights)
    check.require(np.any(moved != 0), "No weight has moved: is the optimizer applied?")
    encoder = np.arange(len(moved)) < model.encoder.count_params()
    now = beta * min(1, step / warmup)

    def moved_by(p=now, sign=1.0, sampled=True, only=None, size=1.0):
        total = size * sign * ((slopes[0] if sampled else slopes[2]) + p * slopes[1])
        return total if only is None else np.where(encoder == only, total, 0)

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
        "self.beta does not enter.": {"p": min(1, step / warmup)},
        "self.beta does not enter, and there is no annealing.": {"p": 1.0},
        "the mean itself is decoded: decode a sample (self.sample).": {"sampled": False},
        "only the decoder's weights move.": {"only": False},
        "only the encoder's weights move.": {"only": True},
        "the step is as large as the batch: was something summed over it?": {"size": float(rows)},
    }
    name = f"step {step} of a warmup of {warmup} (SGD, linear networks): how the weights move"
    check.close(moved, moved_by(), name, rtol=1e-3, mistakes=check.slips(moved_by, options))
    _check_logs(logs, float(d), float(r), now, rows)


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
    model = _small(model_class, 4, 1.0, 1, objective=_Weighted())
    check.call(model.train_step, tf.constant(x))
    check.require(
        float(model.objective.weight) != 0,
        "The objective may have weights of its own, and these did not move: train all of self.trainable_variables.",
    )
    model = _small(model_class, 5, 2.0, 10)
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    twin = _small(model_class, 5, 2.0, 10)
    twin.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    try:
        model.fit(x, batch_size=rows, epochs=4, shuffle=False, verbose=0)
    except NotImplementedError:
        raise
    except Exception as problem:
        raise check.CheckError(
            "It works step by step, but not when Keras compiles it: compute with tensors, without "
            f"float(), `if`, min(), NumPy or .numpy(). ({type(problem).__name__})"
        ) from None
    for _ in range(4):
        check.call(twin.train_step, tf.constant(x))
    check.close(
        _flat(model.get_weights(), model.get_weights()),
        _flat(twin.get_weights(), twin.get_weights()),
        "the weights after four steps compiled by Keras",
        rtol=1e-3,
        mistakes={},
    )
