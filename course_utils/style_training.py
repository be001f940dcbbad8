"""Training of StyleGAN2 (Karras et al. 2020): lazy R1 penalty, mixed styles, averaged weights."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from course_utils.bars import progress_bar
from course_utils.session import keras
from course_utils.training import EAGER_STEPS

ops = keras.ops


def fit_style_gan(
    mapping: keras.Model,
    synthesis: keras.Model,
    discriminator: keras.Model,
    mix_styles: Callable,
    real: np.ndarray,
    *,
    steps: int,
    seed: int,
    batch_size: int = 16,
    learning_rate: float = 3e-3,
    gamma: float = 2.0,
    every: int = 16,
    keep: float = 0.995,
    title: str = "StyleGAN2",
) -> None:
    """Train a StyleGAN2 in place; at the end its two networks hold their averaged weights.

    Args:
        mapping: latent codes ``(n, k)`` to styles ``(n, d)``.
        synthesis: styles ``(n, layers, d)`` to pictures.
        discriminator: pictures to logits ``(n, 1)``.
        mix_styles: ``mix_styles(first, second, crossover, layers)``, styles for all layers; about
            two in five fakes are mixed.
        real: pictures ``(n, height, width, 3)`` in [-1, 1].
        steps: updates of each player.
        seed: of the batches; noise comes from Keras's random numbers.
        batch_size: real pictures, and fakes, in an update.
        learning_rate: of Adam (0, 0.99) for both; falls to zero in the second half.
        gamma: weight of the R1 penalty.
        every: the penalty is applied in every so many steps, so many times as strongly.
        keep: share of the old average that is kept in each step.
    """
    step = _Step(mapping, synthesis, discriminator, mix_styles)
    step.batch_size, step.weight, step.keep = batch_size, every * gamma / 2, keep
    step.prepare(learning_rate)
    players, penalty = step.players, step.penalty
    if steps > EAGER_STEPS:
        players, penalty = tf.function(players), tf.function(penalty)
    rng = np.random.default_rng(seed)
    parts = np.array_split(np.arange(steps), min(steps, 50))
    for done in (k for part in progress_bar(parts, title=title) for k in part):
        for optimizer in step.optimizers:
            optimizer.learning_rate = learning_rate * min(1, 2 * (1 - done / steps))
        batch = tf.constant(real[rng.integers(0, len(real), batch_size)])
        players(batch)
        if done % every == 0:
            penalty(batch)
    step.finish()


class _Step:
    """Three networks, two optimizers, and the compiled steps."""

    def __init__(self, mapping, synthesis, discriminator, mix_styles):
        self.mapping, self.synthesis, self.mix_styles = mapping, synthesis, mix_styles
        self.discriminator = discriminator
        self.g_weights = mapping.trainable_variables + synthesis.trainable_variables
        self.d_weights = discriminator.trainable_variables

    def prepare(self, learning_rate: float) -> None:
        """Make optimizers and averages."""
        self.averages = [tf.Variable(weight.value) for weight in self.g_weights]
        self.optimizers = []
        for weights in (self.g_weights, self.d_weights):
            optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.0, beta_2=0.99)
            optimizer.build(weights)
            self.optimizers.append(optimizer)

    def finish(self) -> None:
        """Put the averages into the networks."""
        for weight, average in zip(self.g_weights, self.averages, strict=True):
            weight.assign(average)

    def _fakes(self):
        rows, layers = self.batch_size, self.synthesis.input_shape[1]
        noise = keras.random.normal((2 * rows, self.mapping.input_shape[1]))
        styles = self.mapping(noise)
        crossover = keras.random.randint((rows,), 0, 2 * layers)
        return self.synthesis(self.mix_styles(styles[:rows], styles[rows:], crossover, layers))

    def players(self, real):
        """Update the discriminator, then the generator by the same fakes, then the averages."""
        with tf.GradientTape() as whole:
            fake = self._fakes()
            with whole.stop_recording():
                self._teach(real, fake)
            loss = ops.mean(ops.softplus(-self.discriminator(fake)))
        self.optimizers[0].apply(whole.gradient(loss, self.g_weights), self.g_weights)
        for average, weight in zip(self.averages, self.g_weights, strict=True):
            average.assign(weight + self.keep * (average - weight))

    def _teach(self, real, fake):
        """Update the discriminator."""
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.softplus(self.discriminator(fake)))
            loss += ops.mean(ops.softplus(-self.discriminator(real)))
        self.optimizers[1].apply(tape.gradient(loss, self.d_weights), self.d_weights)

    def penalty(self, real):
        """Update the discriminator by the R1 penalty alone."""
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(real)
                total = ops.sum(self.discriminator(real))
            squares = ops.sum(ops.square(inner.gradient(total, real)), axis=(1, 2, 3))
            loss = self.weight * ops.mean(squares)
        found = tape.gradient(loss, self.d_weights)  # None for the last biases: no say in it
        pairs = zip(found, self.d_weights, strict=True)
        gradients = [ops.zeros_like(w) if g is None else g for g, w in pairs]
        self.optimizers[1].apply(gradients, self.d_weights)
