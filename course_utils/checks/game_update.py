"""The check of lesson 41's alternating update: two linear players, whose steps can be done by hand."""

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


class _Players:
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
        if self.squares:  # label 1 for real, 0 for fake
            return ops.mean((network(real) - 1) ** 2) + ops.mean(network(fake) ** 2)
        return ops.mean(network(fake)) - 1.5 * ops.mean(network(real))

    def g_loss(self, network, fake):
        return -ops.mean(network(fake))

    def slope(self, w, real, fake):
        if self.squares:
            return 2 * real.T @ (real @ w - 1) / len(real) + 2 * fake.T @ (fake @ w) / len(fake)
        return (fake.mean(0) - 1.5 * real.mean(0))[:, None]

    def value(self, w, real, fake) -> float:
        if self.squares:
            return np.mean((real @ w - 1) ** 2) + np.mean((fake @ w) ** 2)
        return np.mean(fake @ w) - 1.5 * np.mean(real @ w)

    def descend(self, w, real, noise, a=None):
        return w - RATES["d"] * self.slope(w, real, noise @ (self.a if a is None else a))

    def path(self) -> list[np.ndarray]:
        """The discriminator's weights after each of its steps."""
        found = [self.w]
        for real, noise in zip(self.reals, self.noises[:-1], strict=True):
            found.append(self.descend(found[-1], real, noise))
        return found

    def call(self, update: Callable):
        def tensors(arrays):
            return [tf.constant(one, "float32") for one in arrays]

        batches = tensors(self.reals), tensors(self.noises)
        return update(self.generator, self.discriminator, *self.optimizers, *batches, self.d_loss, self.g_loss)


def _explained(players: _Players, error: Exception) -> str:
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
    if "Unknown variable" in text:
        return (
            "an optimizer got variables of the other player: d_optimizer steps the discriminator's, g_optimizer the "
            "generator's."
        )
    return ""


def _run(players: _Players, update: Callable):
    try:
        return check.call(lambda: players.call(update))
    except check.CheckError as error:
        words = _explained(players, error)
        if words:
            raise check.CheckError(words) from None
        raise


def _of_discriminator(p: _Players, path: list, new_a) -> dict:
    new_w, early = path[-1], p.w  # early: had the generator moved first
    pull = p.noises[-1].mean(0)[:, None]
    for real, noise in zip(p.reals, p.noises[:-1], strict=True):
        early = p.descend(early, real, noise, p.a + RATES["g"] * pull @ p.w.T)
    mistakes = {
        "the generator's step changed them, too: take gradients for the generator's variables only.": new_w
        + RATES["g"] * (p.noises[-1] @ p.a).mean(0)[:, None],
        "the generator's loss was applied to them, too.": new_w + RATES["d"] * (p.noises[-1] @ p.a).mean(0)[:, None],
        "the generator's loss was applied to them after its step.": new_w
        + RATES["g"] * (p.noises[-1] @ new_a).mean(0)[:, None],
        "they went uphill: the optimizer subtracts the gradient of the loss.": 2 * p.w - new_w,
        "the generator moved first; it has to wait for the discriminator.": early,
        "this is noise of the generator's step; each step has its own.": p.descend(path[-2], p.reals[-1], p.noises[-1]),
        "they have not changed: the discriminator is frozen.": p.w,
        "real and fake were exchanged in d_loss: it takes (discriminator, real, fake).": p.w
        - RATES["d"] * p.slope(p.w, p.noises[0] @ p.a, p.reals[0]),
    }
    if p.k > 1:
        steps = [p.descend(p.w, r, z) for r, z in zip(p.reals, p.noises[:-1], strict=True)]
        mistakes |= {
            "only one step was taken; there is one for each batch in reals.": path[1],
            "only the last batch was used.": steps[-1],
            "one step on all batches together; take one step after the other.": np.mean(steps, axis=0),
        }
    return mistakes


def check_update(update: Callable, k: int, seed: int, squares: bool = False) -> None:
    """One round with k steps of the discriminator, against the same steps in NumPy."""
    p = _Players(k, seed, squares)
    path = p.path()
    new_w, pull = path[-1], p.noises[-1].mean(0)[:, None]
    new_a = p.a + RATES["g"] * pull @ new_w.T
    result = check.several(_run(p, update), "the discriminator's loss", "the generator's loss")
    name = f"{k} step{'s' * (k > 1)} of the discriminator"
    for network, who in ((p.discriminator, "discriminator"), (p.generator, "generator")):
        check.require(len(network.trainable_variables) == 1, f"{name}: the {who} was left frozen (trainable=False).")
    got_a, got_w = p.generator.get_weights()[0], p.discriminator.get_weights()[0]
    what = f"the discriminator's weights after {name}"
    check.close(got_w, new_w, what, rtol=1e-4, mistakes=_of_discriminator(p, path, new_a))
    of_generator = {
        "they have not changed. Does the gradient reach them (generator inside the tape, no stop_gradient)?": p.a,
        "the generator played against the old discriminator: it answers to the *updated* one.": p.a
        + RATES["g"] * pull @ p.w.T,
        "the generator played against the discriminator before its last step.": p.a + RATES["g"] * pull @ path[-2].T,
        "they went uphill: the optimizer subtracts the gradient of the loss.": p.a - RATES["g"] * pull @ new_w.T,
        "the last batch of noise is for the generator; another one was used.": p.a
        + RATES["g"] * p.noises[0].mean(0)[:, None] @ new_w.T,
    }
    check.close(got_a, new_a, f"the generator's weights after {name}", rtol=1e-4, mistakes=of_generator)
    _check_losses(p, path, new_a, result, name)


def _check_losses(p: _Players, path: list, new_a, result, name: str) -> None:
    new_w = path[-1]
    pairs = zip(path[:-1], p.reals, p.noises[:-1], strict=True)
    each = [p.value(w, real, noise @ p.a) for w, real, noise in pairs]
    loss_d, loss_g = each[-1], -np.mean(p.noises[-1] @ p.a @ new_w)
    swapped = "the losses are swapped; the discriminator's comes first."
    later = "this is the loss after the step; return the one that the gradient was taken of."
    d_wrong = {
        swapped: loss_g,
        later: p.value(new_w, p.reals[-1], p.noises[-2] @ p.a),
        "the mean of all steps; return the last one's.": np.mean(each),
        "the sum of all steps; return the last one's.": np.sum(each),
        "the first step's; return the last one's.": each[0],
    }
    g_wrong = {swapped: loss_d, later: -np.mean(p.noises[-1] @ new_a @ new_w)}
    check.close(result[0], loss_d, f"the discriminator's loss, {name}", 1e-4, mistakes=d_wrong)
    check.close(result[1], loss_g, f"the generator's loss, {name}", 1e-4, mistakes=g_wrong)


def check_update_compiled(update: Callable, k: int, seed: int) -> None:
    """The same inside tf.function, as training runs it."""
    p = _Players(k, seed, squares=False)
    wanted = p.path()[-1]
    try:
        run = tf.function(lambda: p.call(update), autograph=False).get_concrete_function()
        run()
    except (NotImplementedError, check.CheckError):
        raise
    except Exception:
        raise check.CheckError(COMPILED) from None
    got = p.discriminator.get_weights()[0]
    check.close(got, wanted, "the discriminator's weights after a compiled update", rtol=1e-4)
