"""A small StyleGAN2 for pictures, where a lesson needs one; lesson 47 teaches it.

Its layers add no noise: what moves in a film should be what the style moves. And the finest layer
draws squares of 2 x 2 pixels, 12 numbers at each of 16 x 16 places, which the discriminator sees in
the same form: a third of the time that 32 x 32 places take.
"""

import math

import numpy as np

from course_utils.session import keras
from course_utils.style_layers import (
    LearnedConstant,
    ScaledDense,
    UnitMeanSquare,
    leaky,
    style_discriminator,
)
from course_utils.style_training import fit_style_gan
from course_utils.training import predict, set_seed

layers, ops = keras.layers, keras.ops
STYLE_DIM = 64
CHANNELS = (48, 48, 32)  # at 4, 8 and 16 places; each place is a square of 2 x 2 pixels
SQUARE = 2


@keras.saving.register_keras_serializable("course_utils")
class StyleLayer(layers.Layer):
    """Features ``(n, h, w, c)`` and styles ``(n, d)`` to features, or to a picture.

    A picture is neither demodulated nor activated.
    """

    def __init__(self, channels: int, picture: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.channels, self.picture = channels, picture

    def build(self, shapes):
        """Draw the kernel; the style's factors start at 1."""
        n_in, size = shapes[0][-1], 1 if self.picture else 3
        self.factors = ScaledDense(n_in, start=1.0)
        self.factors.build(shapes[1])
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.kernel = self.add_weight(shape=(size, size, n_in, self.channels), initializer=normal)
        self.bias = self.add_weight(shape=(self.channels,), initializer="zeros")
        self.scale = 1 / math.sqrt(size**2 * n_in)

    def call(self, inputs):
        """One convolution for the batch: factors before it, demodulation behind it."""
        x, style = inputs
        factors, kernel = self.factors(style), self.kernel * self.scale
        y = ops.conv(ops.einsum("nhwi,ni->nhwi", x, factors), kernel, padding="same")
        if self.picture:
            return y + self.bias
        power = ops.einsum("ni,pqio->no", ops.square(factors), ops.square(kernel))
        return leaky(ops.einsum("nhwo,no->nhwo", y, ops.rsqrt(power + 1e-8)) + self.bias)

    def get_config(self) -> dict:
        """The arguments."""
        return super().get_config() | {"channels": self.channels, "picture": self.picture}


def style_mapping(style_dim: int = STYLE_DIM) -> keras.Model:
    """Latent codes to styles, ``(n, d)`` both."""
    dense = [ScaledDense(style_dim, activate=True, rate=0.1) for _ in range(3)]
    return keras.Sequential([keras.Input((style_dim,)), UnitMeanSquare(), *dense])


def style_synthesis(channels=CHANNELS, style_dim: int = STYLE_DIM) -> keras.Model:
    """Styles ``(n, layers, d)`` to pictures ``(n, 32, 32, 3)``, real ones lying in [-1, 1]."""
    colors = 3 * SQUARE**2
    styles = keras.Input((2 * len(channels) - 1, style_dim))
    x = StyleLayer(channels[0])([LearnedConstant(channels[0])(styles), styles[:, 0]])
    picture = StyleLayer(colors, picture=True)([x, styles[:, 0]])
    for k, width in enumerate(channels[1:]):
        for row in (2 * k + 1, 2 * k + 2):
            x = layers.UpSampling2D(2)(x) if row % 2 else x
            x = StyleLayer(width)([x, styles[:, row]])
        added = StyleLayer(colors, picture=True)([x, styles[:, 2 * k + 2]])
        picture = layers.UpSampling2D(2)(picture) + added
    size = 4 * 2 ** (len(channels) - 1)
    picture = layers.Reshape((size, size, SQUARE, SQUARE, 3))(picture)
    picture = layers.Permute((1, 3, 2, 4, 5))(picture)
    return keras.Model(styles, layers.Reshape((SQUARE * size, SQUARE * size, 3))(picture))


def square_discriminator(channels=CHANNELS) -> keras.Model:
    """Pictures ``(n, 32, 32, 3)`` to logits ``(n, 1)``, for channels at three levels."""
    size = 4 * 2 ** (len(channels) - 1)
    pictures = keras.Input((SQUARE * size, SQUARE * size, 3))
    x = layers.Reshape((size, SQUARE, size, SQUARE, 3))(pictures)
    x = layers.Reshape((size, size, 3 * SQUARE**2))(layers.Permute((1, 3, 2, 4, 5))(x))
    return keras.Model(pictures, style_discriminator(channels, 3 * SQUARE**2)(x))


def _mixed(first, second, crossover, n_layers):
    before = ops.expand_dims(ops.arange(n_layers) < ops.expand_dims(crossover, 1), 2)
    return ops.where(before, ops.expand_dims(first, 1), ops.expand_dims(second, 1))


class SmallStyleGAN:
    """Two trained networks; styles ``(n, d)`` are the same for all layers."""

    def __init__(self, mapping: keras.Model, synthesis: keras.Model):
        self.mapping, self.synthesis = mapping, synthesis

    def styles(self, n: int, seed: int = 0) -> np.ndarray:
        """Styles ``(n, d)`` of random codes."""
        shape = (n, self.mapping.input_shape[1])
        return predict(
            self.mapping, np.random.default_rng(seed).normal(size=shape).astype("float32")
        )

    def draw(self, styles: np.ndarray) -> np.ndarray:
        """Pictures in [0, 1] from styles ``(n, d)``."""
        rows = np.repeat(
            np.asarray(styles, "float32")[:, None], self.synthesis.input_shape[1], axis=1
        )
        return np.clip((predict(self.synthesis, rows, 100) + 1) / 2, 0, 1)


def train_style_gan(pictures: np.ndarray, steps: int, seed: int = 0, **options) -> SmallStyleGAN:
    """A new StyleGAN2 after so many steps.

    Args:
        pictures: ``(n, 32, 32, 3)`` in [0, 1].
        steps: updates of each player, of 16 pictures.
        seed: of weights, batches and noise.
        options: of :func:`course_utils.style_training.fit_style_gan`.
    """
    set_seed(seed)
    mapping, synthesis = style_mapping(), style_synthesis()
    fit_style_gan(
        mapping, synthesis, square_discriminator(), _mixed, 2 * pictures - 1,
        steps=steps, seed=seed, **options,
    )  # fmt: skip
    return SmallStyleGAN(mapping, synthesis)
