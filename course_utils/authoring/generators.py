"""Public recipes of generators, typed anew, and the judge that measures them beside our lessons'.

TensorFlow's tutorial *Deep Convolutional Generative Adversarial Network* and keras.io's *Denoising
Diffusion Implicit Models* (A. Béres 2022), with the hyper-parameters of their pages, on the digits
of lessons 42 and 51. All are judged by the course's classifier against unseen digits.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_utils import classifier, small_digits
from course_utils.authoring.recipes import Recipe
from course_utils.character_judge import gaussian_gap
from course_utils.training import budget, predict

N_JUDGED = 1000


def _distance(pictures: np.ndarray, real: np.ndarray) -> float:
    return gaussian_gap(classifier.features(pictures), classifier.features(real))


def _confident(pictures: np.ndarray) -> str:
    share = np.mean(classifier.probabilities(pictures).max(axis=1) >= 0.9)
    return f"confident {share:.3f}"


class PublicDCGAN(keras.Model):
    """Generator and discriminator of the tutorial: 5 × 5 kernels, dropout, Adam 1e-4 for both."""

    def __init__(self):
        super().__init__()
        up = {"padding": "same", "use_bias": False}
        self.generator = keras.Sequential([
            keras.Input((100,)), layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(), layers.LeakyReLU(), layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, 5, strides=1, **up),
            layers.BatchNormalization(), layers.LeakyReLU(),
            layers.Conv2DTranspose(64, 5, strides=2, **up),
            layers.BatchNormalization(), layers.LeakyReLU(),
            layers.Conv2DTranspose(1, 5, strides=2, activation="tanh", **up),
        ])  # fmt: skip
        down = {"strides": 2, "padding": "same"}
        self.discriminator = keras.Sequential([
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, **down), layers.LeakyReLU(), layers.Dropout(0.3),
            layers.Conv2D(128, 5, **down), layers.LeakyReLU(), layers.Dropout(0.3),
            layers.Flatten(), layers.Dense(1),
        ])  # fmt: skip
        self.of_discriminator = keras.optimizers.Adam(1e-4)

    def train_step(self, real):  # noqa: D102 named by Keras
        noise = keras.random.normal((ops.shape(real)[0], 100))
        bce = keras.losses.BinaryCrossentropy(from_logits=True)
        with tf.GradientTape() as for_g, tf.GradientTape() as for_d:
            fake = self.generator(noise, training=True)
            on_real = self.discriminator(real, training=True)
            on_fake = self.discriminator(fake, training=True)
            g_loss = bce(ops.ones_like(on_fake), on_fake)
            d_loss = bce(ops.ones_like(on_real), on_real) + bce(ops.zeros_like(on_fake), on_fake)
        variables = self.generator.trainable_variables
        self.optimizer.apply(for_g.gradient(g_loss, variables), variables)
        variables = self.discriminator.trainable_variables
        self.of_discriminator.apply(for_d.gradient(d_loss, variables), variables)
        return {"loss": g_loss}


def dcgan(names: dict) -> Recipe:
    """DCGAN: batches of 256, 50 epochs (or as many as fit)."""
    adam = keras.optimizers.Adam(1e-4)
    return Recipe(PublicDCGAN(), names["real"], None, budget(50, 1), 256, optimizer=adam)


def _of_gan(model) -> np.ndarray:
    """Generated digits (n, 28, 28) in [0, 1]."""
    n, k = budget(N_JUDGED, 80), model.generator.input_shape[1]
    noise = np.random.default_rng(0).normal(size=(n, k)).astype("float32")
    return (predict(model.generator, noise)[..., 0] + 1) / 2


def gan_error(names: dict, model) -> float:
    """Fréchet distance of generated digits to unseen ones, in the classifier's features."""
    return _distance(_of_gan(model), names["digits"].x_test)


def gan_confidence(names: dict, model) -> str:
    """Share of generated digits for which the classifier gives one class 0.9 or more."""
    return _confident(_of_gan(model))


class PublicDDIM(keras.Model):
    """A U-Net that predicts the noise, with running averages of its weights (0.999)."""

    def __init__(self, x: np.ndarray):
        super().__init__()
        self.normalizer = layers.Normalization()
        self.normalizer.adapt(x)
        self.network, self.averaged = _unet(), _unet()
        self.averaged.set_weights(self.network.get_weights())
        self.averaged.trainable = False

    @staticmethod
    def rates(times):
        """Noise and signal rate at times from 0 to 1."""
        start, end = math.acos(0.95), math.acos(0.02)
        angles = start + times * (end - start)
        return ops.sin(angles), ops.cos(angles)

    def train_step(self, x):  # noqa: D102 named by Keras
        x = self.normalizer(x)
        noise = keras.random.normal(ops.shape(x))
        noise_rate, signal_rate = self.rates(keras.random.uniform((ops.shape(x)[0], 1, 1, 1)))
        with tf.GradientTape() as tape:
            noisy = signal_rate * x + noise_rate * noise
            found = self.network([noisy, noise_rate**2], training=True)
            loss = ops.mean(ops.abs(noise - found))
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        for slow, fast in zip(self.averaged.weights, self.network.weights, strict=True):
            slow.assign(0.999 * slow + 0.001 * fast)
        return {"loss": loss}

    def generate(self, n: int, steps: int = 20) -> np.ndarray:
        """Pictures (n, 16, 16, 1) in [-1, 1], deterministically from noise."""
        x = np.random.default_rng(0).normal(size=(n, 16, 16, 1)).astype("float32")
        for k in range(steps):
            now, after = (np.full((n, 1, 1, 1), 1 - i / steps, "float32") for i in (k, k + 1))
            noise_rate, signal_rate = (np.asarray(rate) for rate in self.rates(now))
            noise = predict(self.averaged, [x, noise_rate**2])
            clean = (x - noise_rate * noise) / signal_rate
            noise_rate, signal_rate = (np.asarray(rate) for rate in self.rates(after))
            x = signal_rate * clean + noise_rate * noise
        scale = np.sqrt(np.asarray(self.normalizer.variance))
        return (np.asarray(self.normalizer.mean) + clean * scale).clip(-1, 1)


def _unet() -> keras.Model:
    """Widths 32, 64, 96, 128 with two residual blocks each; 16 × 16 becomes 2 × 2 in the middle."""
    noisy, variance = keras.Input((16, 16, 1)), keras.Input((1, 1, 1))
    frequencies = np.geomspace(1, 1000, 16, dtype="float32")
    angles = variance * (2 * math.pi * frequencies)
    embedding = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=3)
    embedding = layers.UpSampling2D(16)(embedding)
    x = layers.Concatenate()([layers.Conv2D(32, 1)(noisy), embedding])
    skips = []
    for width in (32, 64, 96):
        for _ in range(2):
            x = _residual(x, width)
            skips.append(x)
        x = layers.AveragePooling2D(2)(x)
    for _ in range(2):
        x = _residual(x, 128)
    for width in (96, 64, 32):
        x = layers.UpSampling2D(2, interpolation="bilinear")(x)
        for _ in range(2):
            x = _residual(layers.Concatenate()([x, skips.pop()]), width)
    return keras.Model([noisy, variance], layers.Conv2D(1, 1, kernel_initializer="zeros")(x))


def _residual(x, width: int):
    short = x if x.shape[-1] == width else layers.Conv2D(width, 1)(x)
    x = layers.BatchNormalization(center=False, scale=False)(x)
    x = layers.Conv2D(width, 3, padding="same", activation="swish")(x)
    return layers.Add()([layers.Conv2D(width, 3, padding="same")(x), short])


def ddim(names: dict) -> Recipe:
    """DDIM: AdamW, batches of 64, 50 epochs of five repetitions (or as many as fit)."""
    x = names["x_train"]
    adam = keras.optimizers.AdamW(1e-3, weight_decay=1e-4)
    return Recipe(PublicDDIM(x), x, None, budget(250, 1), 64, optimizer=adam)


def _of_diffusion(names: dict, model) -> np.ndarray:
    """Generated digits (n, 28, 28), enlarged; ours are asked for each class alike, guidance 2."""
    n = budget(N_JUDGED, 80)
    if isinstance(model, PublicDDIM):
        return small_digits.enlarge(model.generate(n))
    asked = np.arange(n) % 10

    def denoise(x, t):
        return np.clip(names["guided"](model.denoise, x, t, asked, 2, names["NO_LABEL"]), -1, 1)

    times, start = names["few_steps"](20, 0), names["noise_for"](n, 0)
    states = names["sample"](denoise, names["ddim_step"], start, times, names["alpha_bars"])
    return small_digits.enlarge(states[-1])


def diffusion_error(names: dict, model) -> float:
    """Fréchet distance of generated digits to unseen ones, all of them through 16 × 16 pixels."""
    real = small_digits.enlarge(small_digits.shrink(names["digits"].x_test))
    return _distance(_of_diffusion(names, model), real)


def diffusion_confidence(names: dict, model) -> str:
    """Share of generated digits for which the classifier gives one class 0.9 or more."""
    return _confident(_of_diffusion(names, model))
