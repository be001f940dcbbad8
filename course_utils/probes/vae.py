"""Probes of lesson 31: a learner's VAE with linear networks and stand-ins for its other parts."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from course_utils import check

COMPILED = (
    "It works step by step, but not when Keras compiles it: compute with tensors, without float(), NumPy or .numpy()."
)


def shifted(mean, log_var):
    """A stand-in for the sample: no noise, and each argument does something else."""
    return 1.5 * mean + 0.7 * tf.sin(log_var) + 0.2


class Terms(layers.Layer):
    """Stand-ins for the two terms, with a learned weight: every argument enters in its own way."""

    def __init__(self):
        super().__init__(name="terms")
        self.calls, self.weight = 0, self.add_weight(shape=(), initializer="zeros")

    def call(self, x, decoded, mean, log_var):
        """The log-likelihood and the KL term of each row."""
        self.calls += 1
        fit = 4.0 + 0.1 * tf.reduce_sum(x, axis=1) - tf.reduce_sum(x * decoded + 0.3 * decoded**2, axis=1)
        kl = tf.reduce_sum(0.5 * mean**2 + tf.exp(log_var) + 0.3 * log_var, axis=1)
        return fit * tf.exp(-self.weight) - 1.5 * self.weight, kl


def networks(seed: int, k: int = 2, d: int = 3) -> list[keras.Model]:
    """A linear encoder (d to 2 k) and a linear decoder (k to d) with known weights."""
    rng = np.random.default_rng(seed)
    pair = [keras.Sequential([keras.Input((a,)), layers.Dense(b)]) for a, b in ((d, 2 * k), (k, d))]
    for network in pair:
        network.set_weights([0.4 * rng.normal(size=w.shape) for w in network.get_weights()])
    return pair


def small(model_class, seed: int, k: int = 2, d: int = 3):
    """A model of the learner's class, with linear networks and SGD of learning rate 1."""
    model = check.call(model_class, *networks(seed, k, d), sample=shifted, terms=Terms())
    model.compile(keras.optimizers.SGD(1.0), run_eagerly=True)
    return model


def encode(model_class, seed: int, k: int, x: np.ndarray):
    """What the method ``encode`` returns."""
    return check.call(small(model_class, seed, k).encode, tf.constant(x))


def _weights(model) -> np.ndarray:
    parts = [w for part in (model.encoder, model.decoder, model.terms) for w in part.trainable_variables]
    return np.concatenate([np.ravel(w) for w in parts]).astype(float)


def one_step(model_class, seed: int, x: np.ndarray) -> dict:
    """One step of training: the weights before and after, the logs, what was called (how often), and the optimizer's steps."""
    model, called = small(model_class, seed), []
    model.sample = lambda *args, **named: called.append("sample") or shifted(*args, **named)
    before, model.terms.calls = _weights(model), 0
    logs = check.call(model.train_step, tf.constant(x))
    return {
        "before": before,
        "after": _weights(model),
        "logs": logs,
        "terms": model.terms.calls > 0,
        "sample": len(called),
        "steps": int(model.optimizer.iterations),
    }


def fit_once(model_class, seed: int, rows: int) -> None:
    """One step as Keras compiles it.

    Raises:
        CheckError: it fails.
    """
    model = small(model_class, seed)
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    try:
        model.fit(np.ones((rows, 3), "float32"), batch_size=rows, verbose=0)
    except Exception as problem:
        raise check.CheckError(f"{COMPILED} ({type(problem).__name__})") from None
