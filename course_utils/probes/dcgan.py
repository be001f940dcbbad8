"""Probes of lesson 42: a step of the learner's GAN on tiny networks, and the memory of a function."""

import threading
import warnings

import keras
import numpy as np
import psutil
import tensorflow as tf
from keras import layers

from course_utils import check


def flat(arrays) -> np.ndarray:
    """All weights in one row."""
    return np.concatenate([np.ravel(w) for w in arrays]).astype(float)


def _off(x, target, mean):
    return mean((x - target) ** 2)


def d_loss(a, b, mean=keras.ops.mean):
    """A stand-in for the discriminator's loss, in which every argument enters in its own way."""
    return _off(a, 1.2, mean) + 0.7 * _off(b, -0.4, mean)


def of_real(a, b, mean=keras.ops.mean):
    """A loss that the real pictures alone decide."""
    return _off(a, 1.2, mean) + 0.0 * mean(b)


def of_fakes(a, b, mean=keras.ops.mean):
    """A loss that the fakes alone decide."""
    return 0.0 * mean(a) + _off(b, -0.4, mean)


D_LOSSES = {"both": d_loss, "real": of_real, "fakes": of_fakes}


def g_loss(b, mean=keras.ops.mean):
    """A stand-in for the generator's loss."""
    return 1.3 * _off(b, 0.9, mean)


class Case:
    """A tiny GAN with known weights, and a batch."""

    RATES = 0.05, 0.4  # of the discriminator's and of the generator's optimizer

    def __init__(self, rows: int, seed: int):
        rng = np.random.default_rng([rows, seed])
        self.real = rng.normal(size=(rows, 3)) * [0.5, 1.0, 0.7] + [2.0, -1.0, 0.5]
        self.noises = rng.normal(size=(4, rows, 2))

        def draw(*shapes):
            return [rng.normal(size=s) for s in shapes]

        positive = [0.5 + rng.random(n) for n in (3, 3, 4, 4)]
        self.g = [*draw((2, 3)), positive[0], *draw(3)], [*draw(3), positive[1]]
        v, c, beta, u, e = draw((3, 4), 4, 4, (4, 1), 1)
        self.d = [v, c, positive[2], beta, u, e], [*draw(4), positive[3]]

    def networks(self) -> tuple[keras.Model, keras.Model]:
        """Generator and discriminator in Keras."""
        dense, norm, tanh = layers.Dense, layers.BatchNormalization, layers.Activation
        g = keras.Sequential([keras.Input((2,)), dense(3, use_bias=False), norm(), tanh("tanh")])
        d = keras.Sequential([keras.Input((3,)), dense(4), norm(), tanh("tanh"), dense(1)])
        g.set_weights([*self.g[0], *self.g[1]])
        w, averages = self.d
        d.set_weights([*w[:4], *averages, *w[4:]])
        return g, d

    def starts(self) -> list[np.ndarray]:
        """Weights before the step, the discriminator's and the generator's."""
        return [flat(weights) for weights, _ in (self.d, self.g)]


def _gan(model_class, case: Case, d_goal: str = "both", **options):
    """A GAN of the learner's class on a case's networks, with noise of known values; and what it drew."""
    g, d = case.networks()
    d_rate, g_rate = case.RATES
    gan = check.call(
        model_class,
        generator=g,
        discriminator=d,
        latent_dim=2,
        g_optimizer=keras.optimizers.SGD(g_rate),
        d_optimizer=keras.optimizers.SGD(d_rate),
        d_loss=D_LOSSES[d_goal],
        g_loss=g_loss,
    )
    drawn = []

    def noise_for(real):
        drawn.append(real)
        noise = case.noises[min(len(drawn), len(case.noises)) - 1]
        return tf.constant(noise[: real.shape[0]], "float32")

    gan.noise_for = noise_for
    gan.compile(**options)
    return gan, drawn


def _weights(gan) -> list[np.ndarray]:
    return [flat(network.trainable_variables) for network in (gan.discriminator, gan.generator)]


def one_step(model_class, rows: int, seed: int, d_goal: str = "both") -> dict:
    """One step of training: what it returns, the weights after it, and what it drew."""
    case = Case(rows, seed)
    gan, drawn = _gan(model_class, case, d_goal, run_eagerly=True)
    logs = check.call(gan.train_step, tf.constant(case.real, "float32"))
    pair = {"generator": gan.generator, "discriminator": gan.discriminator}
    frozen = {k: any(not one.trainable for one in [net, *net.layers]) for k, net in pair.items()}
    for network in pair.values():  # a frozen network lists no weights to train
        network.trainable = True
    return {
        "logs": logs,
        "weights": _weights(gan),
        "drawn": len(drawn),
        "frozen": frozen,
        "averages": {
            k: next(np.asarray(w) for w in net.non_trainable_variables if "mean" in w.name) for k, net in pair.items()
        },
    }


def three_steps(model_class, rows: int, seed: int) -> list[list[np.ndarray]]:
    """The weights of both networks before three steps and after each."""
    case = Case(rows, seed)
    gan, _ = _gan(model_class, case, run_eagerly=True)
    found = [_weights(gan)]
    for _ in range(3):
        check.call(gan.train_step, tf.constant(case.real, "float32"))
        found.append(_weights(gan))
    return found


def fit_once(model_class, rows: int, seed: int) -> list[np.ndarray]:
    """The weights after one step as Keras compiles it.

    Raises:
        CheckError: it fails.
    """
    case = Case(rows, seed)
    gan, _ = _gan(model_class, case, jit_compile=False)
    batch = tf.data.Dataset.from_tensors(tf.constant(case.real, "float32"))
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            gan.fit(batch, shuffle=False, verbose=0)
    except Exception as problem:
        raise check.CheckError(
            "It works step by step, but not when Keras compiles it: compute with tensors, without float(), "
            f"NumPy or .numpy(). ({type(problem).__name__})"
        ) from None
    if any("Gradients do not exist" in str(one.message) for one in said):
        raise check.CheckError(
            "Keras warns that some variables have no gradient. Give each optimizer the trainable_variables of its own "
            "network, and no others."
        )
    return _weights(gan)


def memory_used(function, *arguments) -> float:
    """MB by which the process grew while the function ran, TensorFlow's arrays included."""
    process, done, seen = psutil.Process(), threading.Event(), []

    def watch():
        while not done.is_set():
            seen.append(process.memory_info().rss)
            done.wait(0.002)

    before, watcher = process.memory_info().rss, threading.Thread(target=watch)
    watcher.start()
    try:
        check.call(function, *arguments)
    finally:
        done.set()
        watcher.join()
    return (max(seen, default=before) - before) / 2**20
