"""Small networks that translate pictures, their training, and prints of characters."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from course_utils.session import keras


class Adversaries(keras.Model):
    """Translators and their discriminators, which learn at the same time from the same batch.

    Train it by ``course_utils.training.fit``. Adam has a beta_1 of 0.5, as in pix2pix.

    Args:
        translators: networks that minimise the first loss.
        discriminators: networks that minimise the second loss; none, if there is no game.
        losses: function of a batch's two halves, ``losses(x, y)``, which gives the two losses.
            Fakes must go through ``stop_gradient`` on their way to the second.
        steps: of the whole training, in which the learning rates fall to zero along half a cosine.
        learning_rate: of the translators' first step; the discriminators have half of it.
    """

    def __init__(
        self,
        translators: Sequence[keras.Model],
        discriminators: Sequence[keras.Model],
        losses: Callable,
        steps: int,
        learning_rate: float = 1e-3,
    ):
        super().__init__()
        self.translators, self.discriminators = list(translators), list(discriminators)
        self.losses_of = losses
        self.g_optimizer, self.d_optimizer = (
            keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps), beta_1=0.5)
            for rate in (learning_rate, learning_rate / 2)
        )

    def train_step(self, data):
        """One update of each network; the losses before it, by name."""
        with tf.GradientTape(persistent=True) as tape:
            g_loss, d_loss = self.losses_of(*data)
        for networks, optimizer, loss in (
            (self.translators, self.g_optimizer, g_loss),
            (self.discriminators, self.d_optimizer, d_loss),
        ):
            if networks:
                variables = [v for network in networks for v in network.trainable_variables]
                optimizer.apply(tape.gradient(loss, variables), variables)
        return {"g_loss": g_loss, "d_loss": keras.ops.convert_to_tensor(d_loss)}


def letter_translator() -> keras.Model:
    """A U-Net: pictures ``(n, 32, 32, 5)`` to pictures ``(n, 32, 32, 1)`` in [0, 1].

    Strided convolutions go down to 4 × 4, transposed ones up again, where earlier activations of
    the same size are joined in. Untrained, it gives a sharpened copy of its first channel.
    """
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((32, 32, 5))
    x, earlier = inputs, [inputs]
    for channels in (16, 32, 64):
        x = layers.Conv2D(channels, 4, strides=2, padding="same", activation="gelu")(x)
        earlier.append(x)
    x = layers.Conv2D(64, 3, padding="same", activation="gelu")(x)
    for channels, other in zip((32, 16, 8), earlier[2::-1], strict=True):
        x = layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="gelu")(x)
        x = layers.concatenate([x, other])
    change = layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros")(x)
    return keras.Model(inputs, ops.sigmoid(6 * (inputs[..., :1] - 0.5) + change))


def character_translator(grey: bool) -> keras.Model:
    """Pictures ``(n, 16, 16, 3)`` to pictures of the same shape in [0, 1].

    Untrained, it gives a pale copy of its input. The inputs are stretched, so that the network can
    tell close greys apart.

    Args:
        grey: draw one channel, which is given three times.
    """
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((16, 16, 3))
    x = layers.Rescaling(8, -4)(inputs)
    first = layers.Conv2D(16, 3, padding="same", activation="gelu")(x)
    x = layers.Conv2D(24, 4, strides=2, padding="same", activation="gelu")(first)
    x = x + layers.Conv2D(24, 3, padding="same", activation="gelu")(x)
    x = layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="gelu")(x)
    small = keras.initializers.RandomNormal(stddev=0.01)
    last = layers.Conv2D(1 if grey else 3, 3, padding="same", kernel_initializer=small)
    copy = ops.mean(inputs, axis=-1, keepdims=True) if grey else inputs
    x = ops.sigmoid(4 * (copy - 0.5) + last(layers.concatenate([x, first])))
    return keras.Model(inputs, layers.concatenate([x, x, x]) if grey else x)


def character_patches() -> keras.Model:
    """A patch discriminator: pictures ``(n, 16, 16, 3)`` to logits ``(n, 8, 8, 1)``."""
    layers = keras.layers
    parts = [keras.Input((16, 16, 3)), layers.Rescaling(6, -3)]
    for channels, kernel, stride in ((24, 4, 2), (32, 3, 1)):
        parts.append(layers.Conv2D(channels, kernel, stride, padding="same"))
        parts.append(layers.LeakyReLU(negative_slope=0.2))
    parts.append(layers.Conv2D(1, 3, padding="same"))
    return keras.Sequential(parts)


def faint_noise(greys: np.ndarray) -> np.ndarray:
    """Grey pictures ``(n, h, w, 3)`` with normal noise of 0.03, the same in all three channels."""
    noise = np.random.default_rng(0).normal(0, 0.03, (*greys.shape[:3], 1))
    return np.clip(greys + noise, 0, 1).astype("float32")


def nearest_grey(greys: np.ndarray) -> np.ndarray:
    """Each value as the nearest of the greys 0.1, 0.5 and 0.9, which prints are made of."""
    return (0.1 + 0.4 * np.round((greys - 0.1) / 0.4).clip(0, 2)).astype("float32")


def three_greys(pictures):
    """Prints in dark, middle and light grey: pictures ``(n, h, w, 3)`` to the same shape.

    Args:
        pictures: an array or a tensor.

    Returns:
        an array or a tensor, float32, three equal channels: 0.1 where the mean of a pixel's
        channels is below 0.4, 0.5 where it is below 0.78, and 0.9 elsewhere.
    """
    ops = keras.ops
    mean = ops.mean(pictures, axis=-1, keepdims=True)
    steps = ops.cast(mean >= 0.4, "float32") + ops.cast(mean >= 0.78, "float32")
    greys = ops.repeat(0.1 + 0.4 * steps, 3, axis=-1)
    return ops.convert_to_numpy(greys) if isinstance(pictures, np.ndarray) else greys
