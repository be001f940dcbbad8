"""Probes of lesson 32: a learner's β-VAE with linear networks and stand-ins for its other parts."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from course_utils import check
from course_utils.probes.vae import networks, shifted

COMPILED = (
    "It works step by step, but not when Keras compiles it: compute with tensors, without "
    "float(), `if`, min(), NumPy or .numpy()."
)


def parts(x, logits, mean, log_var):
    """Stand-ins for the two costs: every argument enters in its own way."""
    distortion = tf.reduce_sum(0.3 * logits**2 - x * logits, axis=1) + 0.1 * tf.reduce_sum(x, axis=1)
    return distortion, 0.5 * mean**2 + tf.exp(log_var) + 0.3 * log_var


def lopsided(x, logits, mean, log_var, beta):
    """A stand-in for the objective."""
    distortion, kl = parts(x, logits, mean, log_var)
    beta = tf.cast(beta, "float32")
    return tf.reduce_mean(distortion) + beta * tf.reduce_mean(tf.reduce_sum(kl, axis=1)), distortion, kl


class Weighted(layers.Layer):
    """An objective with a weight of its own, as that of a learned noise has one, and 0.7 on top of D + βR."""

    def __init__(self):
        super().__init__()
        self.weight = self.add_weight(shape=(), initializer="zeros")

    def __call__(self, x, logits, mean, log_var, beta):
        """The loss with its weight, the distortion and the KL terms."""
        loss, distortion, kl = lopsided(x, logits, mean, log_var, beta)
        return loss * tf.exp(-self.weight) + 1.5 * self.weight + 0.7, distortion, kl


def small(model_class, seed: int, beta: float, warmup: int, objective=lopsided):
    """A model of the learner's class, with linear networks and SGD of learning rate 0.1."""
    given = {"beta": beta, "warmup": warmup, "objective": objective, "sample": shifted}
    model = check.call(model_class, *networks(seed), **given)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    return model


def steps(model_class, seed: int, beta: float, warmup: int, x: np.ndarray, count: int) -> list[dict]:
    """Steps of training: weights before and after each, its logs, and what it calls how often.

    A second code in a step is another one than the first.
    """
    calls, found = {}, []

    def weighed(*args, **kwargs):
        calls["objective"] += 1
        return lopsided(*args, **kwargs)

    def drawn(*args, **kwargs):
        calls["sample"] += 1
        return shifted(*args, **kwargs) + 0.5 * (calls["sample"] - 1)

    model = small(model_class, seed, beta, warmup)
    model.objective, model.sample = weighed, drawn
    for _ in range(count):
        calls.update(objective=0, sample=0)
        before = [model.encoder.get_weights(), model.decoder.get_weights()]
        try:
            logs = check.call(model.train_step, tf.constant(x))
        except check.CheckError as problem:
            found.append({"problem": str(problem)})
            break
        after = [model.encoder.get_weights(), model.decoder.get_weights()]
        found.append({"before": before, "after": after, "logs": logs, "calls": dict(calls)})
    return found


def weight_of_objective(model_class, seed: int, x: np.ndarray) -> tuple[float, dict]:
    """The objective's own weight, which begins as 0, after one step; and the logs of the step."""
    model = small(model_class, seed, 1.0, 1, objective=Weighted())
    logs = check.call(model.train_step, tf.constant(x))
    return float(model.objective.weight), logs


def fitted(model_class, seed: int, x: np.ndarray, count: int) -> list[list[np.ndarray]]:
    """Weights after some steps, as Keras compiles them and as they run one by one.

    Raises:
        CheckError: it fails when it is compiled.
    """
    model, twin = (small(model_class, seed, 2.0, 10) for _ in range(2))
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    twin.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    try:
        model.fit(x, batch_size=len(x), epochs=count, shuffle=False, verbose=0)
    except NotImplementedError:
        raise
    except Exception as problem:
        raise check.CheckError(f"{COMPILED} ({type(problem).__name__})") from None
    for _ in range(count):
        check.call(twin.train_step, tf.constant(x))
    return [model.get_weights(), twin.get_weights()]
