"""Probes of lesson 41: a learner's update plays two linear players, and R1 meets a small network."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_utils import check

RATES = {"g": 0.3, "d": 0.1}
COMPILED = (
    "the update works when called directly, but not inside tf.function: return tensors, without float(), .numpy() or "
    "np functions."
)
UNWATCHED = (
    "Something is None. A gradient is, if the tape did not watch `real`, or if the logits were computed before that or "
    "outside the tape."
)


class Players:
    """Generator z A and discriminator x w, both linear, with SGD; least squares or linear losses."""

    def __init__(self, k: int, seed: int, squares: bool):
        draw = np.random.default_rng(seed)
        self.squares, self.k = squares, k
        self.a, self.w = draw.normal(size=(3, 2)), draw.normal(size=(2, 1))
        self.generator = keras.Sequential([keras.Input((3,)), layers.Dense(2, use_bias=False)])
        self.discriminator = keras.Sequential([keras.Input((2,)), layers.Dense(1, use_bias=False)])
        self.generator.set_weights([self.a])
        self.discriminator.set_weights([self.w])
        self.optimizers = [keras.optimizers.SGD(RATES[name]) for name in "gd"]
        self.optimizers[0].build(self.generator.trainable_variables)
        self.optimizers[1].build(self.discriminator.trainable_variables)
        self.reals = [draw.normal(size=(6, 2)) + 2 for _ in range(k)]
        self.noises = [draw.normal(size=(6 + s, 3)) + 1 for s in range(k + 1)]

    def d_loss(self, network, real, fake):
        """A stand-in for the discriminator's loss."""
        if self.squares:  # label 1 for real, 0 for fake
            return ops.mean((network(real) - 1) ** 2) + ops.mean(network(fake) ** 2)
        return ops.mean(network(fake)) - 1.5 * ops.mean(network(real))

    def g_loss(self, network, fake):
        """A stand-in for the generator's loss."""
        return -ops.mean(network(fake))

    def call(self, update: Callable):
        """Let the learner's update play one round."""

        def tensors(arrays):
            return [tf.constant(one, "float32") for one in arrays]

        batches = tensors(self.reals), tensors(self.noises)
        return update(self.generator, self.discriminator, *self.optimizers, *batches, self.d_loss, self.g_loss)


def _explained(players: Players, error: Exception) -> str:
    """What is behind an exception in an update, or nothing."""
    text = str(error)
    if not players.discriminator.trainable_variables:
        return "the discriminator is frozen (trainable=False)."
    if not players.generator.trainable_variables:
        return "the generator is frozen (trainable=False)."
    if "No gradients provided" in text:
        return (
            "a player's loss has no gradient with respect to its own variables. Are the networks called inside the "
            "tape, without stop_gradient, and are these the variables you ask for?"
        )
    if "_unique_id" in text:
        return "apply_gradients takes pairs (gradient, variable), in this order."
    if "Unknown variable" in text:
        return (
            "an optimizer got variables of the other player: d_optimizer steps the discriminator's, g_optimizer the "
            "generator's."
        )
    return ""


def one_round(update: Callable, k: int, seed: int, squares: bool) -> dict:
    """One round of the game: what the update returns, both players' weights, and who is frozen."""
    players = Players(k, seed, squares)
    try:
        result = check.call(lambda: players.call(update))
    except check.CheckError as error:
        raise check.CheckError(_explained(players, error) or str(error)) from None
    told = {"result": result}
    for name in ("discriminator", "generator"):
        network = getattr(players, name)
        told[name] = network.get_weights()[0]
        told[f"{name} learns"] = len(network.trainable_variables) == 1
    return told


def compiled_round(update: Callable, k: int, seed: int) -> np.ndarray:
    """The discriminator's weights after a round inside tf.function.

    Raises:
        CheckError: it does not work there.
    """
    players = Players(k, seed, squares=False)
    try:
        run = tf.function(lambda: players.call(update), autograph=False).get_concrete_function()
        run()
    except (NotImplementedError, check.CheckError):
        raise
    except Exception:
        raise check.CheckError(COMPILED) from None
    return players.discriminator.get_weights()[0]


def penalised(loss: Callable, weights: list, real: np.ndarray, fake: np.ndarray, gamma: float | None) -> dict:
    """A loss with R1 for a network tanh(x W) a: its value, and its gradient by W and a; no gamma is its default.

    Raises:
        CheckError: it stops with an error.
    """
    w, a = weights
    network = keras.Sequential(
        [keras.Input((w.shape[0],)), layers.Dense(w.shape[1], "tanh", use_bias=False), layers.Dense(1, use_bias=False)]
    )
    network.set_weights([w, a])
    tensors = [tf.constant(x, "float32") for x in (real, fake)]
    with tf.GradientTape() as tape:
        try:
            value = check.call(loss, network, *tensors, **({} if gamma is None else {"gamma": gamma}))
        except check.CheckError as error:
            told, none, _ = str(error).partition("Something is None.")
            if not none:
                raise
            raise check.CheckError(f"{told}{UNWATCHED}") from None
    slopes = None
    if tf.is_tensor(value):
        slopes = tape.gradient(value, network.trainable_variables)
    return {"value": value, "slopes": slopes}
