"""Parts of a small StyleGAN2 besides its modulated convolution: plain layers, discriminator.

Weights are drawn from a standard normal distribution and scaled when they are used, so that Adam's
steps are equally large for all layers (equalised learning rate; Karras et al. 2018). Activations
are leaky ReLUs of slope 0.2, times √2.
"""

import math

from course_utils.session import keras

ops, layers = keras.ops, keras.layers


def leaky(x):
    """√2 max(x, 0.2 x)."""
    return math.sqrt(2) * ops.maximum(x, 0.2 * x)


@keras.saving.register_keras_serializable("course_utils")
class ScaledDense(layers.Layer):
    """A dense layer with equalised learning rate, ``(n, d)`` to ``(n, units)``.

    Args:
        units: size of the output.
        activate: whether :func:`leaky` follows.
        start: the bias before training.
        rate: how fast it learns beside other layers.
    """

    def __init__(self, units: int, activate=False, start=0.0, rate=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.activate, self.start, self.rate = units, activate, start, rate

    def build(self, shape):
        """Draw the kernel."""
        normal = keras.initializers.RandomNormal(stddev=1 / self.rate)
        self.kernel = self.add_weight(
            shape=(shape[-1], self.units), initializer=normal, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.scale = self.rate / math.sqrt(shape[-1])

    def call(self, x):
        """A weighted sum, the bias, the activation."""
        x = ops.matmul(x, self.kernel * self.scale) + self.bias * self.rate + self.start
        return leaky(x) if self.activate else x

    def get_config(self) -> dict:
        """The arguments."""
        mine = {name: getattr(self, name) for name in ("units", "activate", "start", "rate")}
        return super().get_config() | mine


@keras.saving.register_keras_serializable("course_utils")
class ScaledConv(layers.Layer):
    """A convolution with equalised learning rate, ``(n, h, w, c)`` to ``(n, h, w, channels)``."""

    def __init__(self, channels: int, size: int = 3, activate=True, **kwargs):
        super().__init__(**kwargs)
        self.channels, self.size, self.activate = channels, size, activate

    def build(self, shape):
        """Draw the kernel."""
        normal = keras.initializers.RandomNormal(stddev=1.0)
        sizes = (self.size, self.size, shape[-1], self.channels)
        self.kernel = self.add_weight(shape=sizes, initializer=normal, name="kernel")
        self.bias = self.add_weight(shape=(self.channels,), initializer="zeros", name="bias")
        self.scale = 1 / math.sqrt(self.size**2 * shape[-1])

    def call(self, x):
        """Convolution with padding "same", the bias, the activation."""
        x = ops.conv(x, self.kernel * self.scale, padding="same") + self.bias
        return leaky(x) if self.activate else x

    def get_config(self) -> dict:
        """The arguments."""
        mine = {name: getattr(self, name) for name in ("channels", "size", "activate")}
        return super().get_config() | mine


@keras.saving.register_keras_serializable("course_utils")
class LearnedConstant(layers.Layer):
    """The same learned picture ``(4, 4, channels)`` for every row of its input."""

    def __init__(self, channels: int, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels

    def build(self, shape):
        """Draw it."""
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.start = self.add_weight(shape=(1, 4, 4, self.channels), initializer=normal)

    def call(self, x):
        """A copy for each row."""
        return ops.tile(self.start, (ops.shape(x)[0], 1, 1, 1))

    def get_config(self) -> dict:
        """The argument."""
        return super().get_config() | {"channels": self.channels}


@keras.saving.register_keras_serializable("course_utils")
class UnitMeanSquare(layers.Layer):
    """Rows scaled so that the mean of their squares is 1."""

    def call(self, x):
        """Divide by the root of the mean square."""
        return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8)


@keras.saving.register_keras_serializable("course_utils")
class BatchDeviation(layers.Layer):
    """One more channel: the standard deviation over the batch, averaged over all else."""

    def call(self, x):
        """The same number everywhere: a discriminator sees with it when fakes are all alike."""
        deviation = ops.mean(ops.sqrt(ops.var(x, axis=0) + 1e-8))
        return ops.concatenate([x, ops.ones_like(x[..., :1]) * deviation], axis=-1)


def style_discriminator(channels: tuple[int, ...]) -> keras.Model:
    """Untrained residual discriminator of StyleGAN2, pictures in [-1, 1] to logits ``(n, 1)``.

    Args:
        channels: at 4 x 4, 8 x 8 ... pixels; so many levels, so large pictures.
    """
    size = 4 * 2 ** (len(channels) - 1)
    pictures = keras.Input((size, size, 3))
    x = ScaledConv(channels[-1], 1)(pictures)
    fine_to_coarse = channels[::-1]
    for here, below in zip(fine_to_coarse, fine_to_coarse[1:], strict=False):
        shortcut = ScaledConv(below, 1, activate=False)(layers.AveragePooling2D(2)(x))
        x = ScaledConv(below)(ScaledConv(here)(x))
        x = (layers.AveragePooling2D(2)(x) + shortcut) / math.sqrt(2)
    x = ScaledConv(channels[0])(BatchDeviation()(x))
    x = ScaledDense(channels[0], activate=True)(layers.Flatten()(x))
    return keras.Model(pictures, ScaledDense(1)(x), name="discriminator")


def grouped_conv(x, kernels):
    """Each picture with its own kernel by one grouped convolution: the batch becomes channels.

    Args:
        x: ``(n, h, w, in)``.
        kernels: ``(n, size, size, in, out)``, size odd.

    Returns:
        ``(n, h, w, out)``.
    """
    n, height, width, channels = x.shape
    wide = ops.reshape(ops.transpose(x, (1, 2, 0, 3)), (1, height, width, n * channels))
    joined = ops.transpose(kernels, (1, 2, 3, 0, 4))
    joined = ops.reshape(joined, (*joined.shape[:3], -1))
    y = ops.reshape(ops.conv(wide, joined, padding="same"), (height, width, n, -1))
    return ops.transpose(y, (2, 0, 1, 3))
