"""One training loop for small GANs: what a lesson teaches comes as functions.

The loop gives the turns of lesson 42: the discriminator's update, then the generator's against the
updated discriminator. Losses, penalties, averages of weights and augmentations are the lesson's
own.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from course_utils.bars import progress_bar
from course_utils.session import keras
from course_utils.training import EAGER_STEPS, predict, set_seed

LATENT_DIM = 64


def small_generator(latent_dim: int = LATENT_DIM, channels: int = 32) -> keras.Model:
    """Untrained DCGAN generator: codes ``(n, latent_dim)``, pictures ``(n, 16, 16, 3)``."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(4 * 4 * 2 * channels, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape((4, 4, 2 * channels)),
            layers.Conv2DTranspose(channels, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def small_discriminator(
    channels: int = 32,
    head: bool = True,
    wrap: Callable[[keras.Layer], keras.Layer] = lambda layer: layer,
    constraint: keras.constraints.Constraint | None = None,
) -> keras.Model:
    """Untrained discriminator (critic), pictures ``(n, 16, 16, 3)`` to logits ``(n, 1)``.

    It has no batch normalisation: a gradient penalty looks at pictures one by one.

    Args:
        channels: of the first convolution; the second has twice as many.
        head: without it the model gives the flat activations ``(n, 32 * channels)`` before the
            last dense unit.
        wrap: makes of each layer with weights the layer that is used.
        constraint: on the kernels of these layers, after each update.
    """
    layers, options = keras.layers, {"kernel_constraint": constraint}
    parts = [keras.Input((16, 16, 3))]
    for width in (channels, 2 * channels):
        parts.append(wrap(layers.Conv2D(width, 4, strides=2, padding="same", **options)))
        parts.append(layers.LeakyReLU(negative_slope=0.2))
    parts.append(layers.Flatten())
    if head:
        parts.append(wrap(layers.Dense(1, **options)))
    return keras.Sequential(parts, name="discriminator")  # `add` would build it anew each time


@dataclass
class TrainedGAN:
    """What one training gave.

    ``generator`` and ``discriminator`` are as the last step left them; ``averaged`` is the second
    generator that the hook ``average`` kept, or None. ``frames`` holds the pictures of
    ``fixed_noise`` in [0, 1], ``(frames, n, 16, 16, 3)``, ``frame_steps`` the steps after which
    they were made (the first before training). ``history`` holds the losses of every step.
    """

    generator: keras.Model
    discriminator: keras.Model
    averaged: keras.Model | None
    seed: int
    steps: int
    seconds: float
    history: dict[str, np.ndarray]
    frames: np.ndarray | None = None
    frame_steps: list[int] = field(default_factory=list)

    def pictures(self, n: int, seed: int = 0, labels: np.ndarray | None = None) -> np.ndarray:
        """New pictures in [0, 1], ``(n, 16, 16, 3)``, of the averaged generator if there is one.

        Args:
            n: how many.
            seed: of the noise.
            labels: ``(n, classes)``, if the generator takes them.
        """
        return generate(self.averaged or self.generator, n, seed, labels)


def latent_codes(n: int, seed: int = 0, latent_dim: int = LATENT_DIM) -> np.ndarray:
    """Noise for n pictures, float32 ``(n, latent_dim)``, standard normal."""
    return np.random.default_rng(seed).normal(size=(n, latent_dim)).astype("float32")


def generate(
    generator: keras.Model, n: int, seed: int = 0, labels: np.ndarray | None = None
) -> np.ndarray:
    """Pictures of a generator in [0, 1], ``(n, height, width, 3)``; see ``TrainedGAN.pictures``."""
    first = generator.inputs[0]
    return _pictures(generator, latent_codes(n, seed, first.shape[-1]), labels)


def _pictures(generator: keras.Model, codes: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    inputs = codes if labels is None else [codes, np.asarray(labels, dtype="float32")]
    return np.clip((predict(generator, inputs) + 1) / 2, 0, 1)


def fit_gans(
    build: Callable[[], tuple[keras.Model, keras.Model]],
    real: np.ndarray,
    *,
    d_loss: Callable,
    g_loss: Callable,
    seeds: Iterable[int] = (0,),
    steps: int | None = None,
    seconds: float | None = None,
    labels: np.ndarray | None = None,
    penalty: Callable | None = None,
    augment: Callable | Sequence[Callable] | None = None,
    average: Callable | None = None,
    d_steps: int = 1,
    batch_size: int = 64,
    learning_rates: tuple[float, float] = (1e-3, 1e-3),
    betas: tuple[float, float] = (0.5, 0.999),
    decay: bool = False,
    fixed_noise: np.ndarray | None = None,
    frames: int = 0,
    xla: bool = False,
    title: str = "GAN",
) -> list[TrainedGAN]:
    """Train one GAN for each random seed with Adam; the step is compiled once for all.

    (A training of a few steps is not compiled, as that takes longer.)

    Give either ``steps`` or ``seconds``. With ``steps``, the same seed gives the same GAN (up to
    rounding); with ``seconds``, of the steps alone, without compiling, it depends on the machine.

    Args:
        build: gives an untrained generator and discriminator, the same architecture at every call.
        real: training pictures ``(n, height, width, 3)`` in [-1, 1].
        d_loss: of the logits ``(batch, 1)`` of real pictures and of fakes, in this order; a scalar.
        g_loss: of the logits of fakes; a scalar.
        seeds: of weights, batches and noise.
        steps: updates of the generator.
        seconds: of training, for each seed, instead.
        labels: ``(n, classes)``, one for each real picture. Then the networks take
            ``[codes, labels]`` and ``[pictures, labels]``; fakes get the labels of the real batch.
        penalty: ``penalty(critic, real, fake, seed)``, a scalar that is added to the
            discriminator's loss. ``critic`` is a function of pictures that gives logits, ``seed``
            (2,) is for TensorFlow's ``tf.random.stateless_...``. Pictures are as they are
            without augmentation.
        augment: ``augment(pictures, seed)``, applied to real pictures and fakes before the
            discriminator sees them, the fakes of the generator's step included; or two such
            functions, for real pictures and for fakes.
        average: ``average(averaged, generator)``, called after each step inside the compiled
            function; ``averaged`` is a copy of the generator at the start, for the hook to change.
        d_steps: updates of the discriminator in each step, on new real pictures and noise.
        batch_size: real pictures, and fakes, in an update.
        learning_rates: of generator and discriminator.
        betas: Adam's two, for both.
        decay: whether the learning rates fall to zero along half a cosine.
        fixed_noise: codes ``(m, latent_dim)`` of a film (not with labels).
        frames: how many pictures of it are kept, the first before training.
        xla: compile with XLA. At 16 pixels it does not pay (measured: 4 s to compile instead of 1,
            steps not faster).
        title: before the progress bar.
    """
    if (steps is None) == (seconds is None):
        raise ValueError("give steps or seconds, one of the two")
    hooks = _Hooks(d_loss, g_loss, penalty, augment, average)
    step, found = None, []
    seeds = [int(seed) for seed in seeds]
    eager = steps is not None and steps * len(seeds) <= EAGER_STEPS
    budget = _Budget(steps, seconds, len(seeds), title)
    try:
        for seed in seeds:
            set_seed(seed)
            nets = build()
            data = _Batches(real, labels, batch_size * d_steps, seed)
            if eager:
                step = _Step(nets, hooks, learning_rates, betas, d_steps, xla, eager)
            elif step is None:
                step = _Step(build(), hooks, learning_rates, betas, d_steps, xla, eager)
                step(*data.next(), (0, 0))  # compiles; `load` undoes what it learned
                data = _Batches(real, labels, batch_size * d_steps, seed)
            step.load(nets)
            film, losses = _Film(step, fixed_noise, frames), []
            for done, progress in budget.steps():
                film.look(progress, done)
                step.set_rates(_cosine(progress) if decay else 1.0)
                losses.append(step(*data.next(), (seed, done)))
            film.look(1.0, len(losses))
            step.store(nets)
            found.append(
                TrainedGAN(
                    *nets, step.copy_of_average(), seed, len(losses), budget.spent,
                    _history(losses), film.taken(), film.at,
                )
            )  # fmt: skip
    finally:
        budget.close()
    return found


def _cosine(progress: float) -> float:
    return 0.5 * (1 + np.cos(np.pi * min(progress, 1.0)))


def _history(losses: list) -> dict[str, np.ndarray]:
    table = np.array([[float(value) for value in pair] for pair in losses]).reshape(-1, 2)
    return {"d_loss": table[:, 0], "g_loss": table[:, 1]}


@dataclass(frozen=True)
class _Hooks:
    d_loss: Callable
    g_loss: Callable
    penalty: Callable | None
    augment: Callable | Sequence[Callable] | None
    average: Callable | None

    def seen(self, pictures, seed, fake: bool):
        """Pictures as the discriminator sees them."""
        if self.augment is None:
            return pictures
        if callable(self.augment):
            return self.augment(pictures, seed)
        return self.augment[int(fake)](pictures, seed)


class _Budget:
    """Counts steps or seconds, and shows one bar for all seeds."""

    def __init__(self, steps, seconds, seeds: int, title: str):
        self.limit, self.seconds, self.spent = steps, seconds, 0.0
        self.parts = 20
        self.bar = iter(progress_bar(range(self.parts * seeds), title))
        self.shown = 0

    def steps(self):
        """(steps done, share of the budget that is spent), until there is none left."""
        start, done, shown = time.perf_counter(), 0, 0
        while True:
            self.spent = time.perf_counter() - start
            progress = done / self.limit if self.limit is not None else self.spent / self.seconds
            while shown < min(int(progress * self.parts), self.parts):
                next(self.bar, None)
                shown += 1
            if progress >= 1:
                return
            yield done, progress
            done += 1

    def close(self) -> None:
        """End the bar's line."""
        next(self.bar, None)
        self.bar.close()


class _Batches:
    """Random batches of real pictures and their labels."""

    def __init__(self, real, labels, size: int, seed: int):
        self.real = np.asarray(real, dtype="float32")
        self.labels = None if labels is None else np.asarray(labels, dtype="float32")
        self.rng, self.size = np.random.default_rng([seed, 1]), size

    def next(self) -> tuple:
        """Real pictures, and labels or None."""
        rows = self.rng.integers(0, len(self.real), self.size)
        return self.real[rows], None if self.labels is None else self.labels[rows]


class _Film:
    """Keeps what fixed noise becomes."""

    def __init__(self, step: "_Step", noise, frames: int):
        self.step, self.noise, self.images, self.at = step, noise, [], []
        self.due = list(np.linspace(0, 1, frames)) if noise is not None and frames else []

    def look(self, progress: float, steps: int) -> None:
        """Make a frame if one is due."""
        if self.due and progress >= self.due[0] - 1e-9:
            while self.due and progress >= self.due[0] - 1e-9:
                self.due.pop(0)
            self.images.append(_pictures(self.step.shown, self.noise, None))
            self.at.append(steps)

    def taken(self) -> np.ndarray | None:
        """All frames, ``(frames, n, height, width, 3)``."""
        return np.stack(self.images) if self.images else None


class _Step:
    """Generator, discriminator and optimizers with one compiled step for all seeds, or one each."""

    def __init__(self, nets, hooks: _Hooks, rates, betas, d_steps: int, xla: bool, eager: bool):
        self.g, self.d = nets
        self.hooks, self.rates, self.d_steps = hooks, rates, d_steps
        self.averaged = keras.models.clone_model(self.g) if hooks.average is not None else None
        self.optimizers = []
        for net, rate in zip(nets, rates, strict=True):
            optimizer = keras.optimizers.Adam(rate, *betas)
            optimizer.build(net.trainable_variables)
            self.optimizers.append(optimizer)
        self.run = self._step if eager else tf.function(self._step, jit_compile=xla)

    @property
    def shown(self) -> keras.Model:
        """The generator that makes the pictures."""
        return self.averaged or self.g

    def load(self, nets) -> None:
        """Start again from these networks' weights."""
        for mine, new in zip((self.g, self.d), nets, strict=True):
            mine.set_weights(new.get_weights())
        for optimizer in self.optimizers:
            for memory in optimizer.variables:
                memory.assign(keras.ops.zeros_like(memory))
        if self.averaged is not None:
            self.averaged.set_weights(self.g.get_weights())
        self.set_rates(1.0)

    def store(self, nets) -> None:
        """Give networks the trained weights."""
        for mine, new in zip((self.g, self.d), nets, strict=True):
            new.set_weights(mine.get_weights())

    def copy_of_average(self) -> keras.Model | None:
        """The averaged generator as it is now."""
        if self.averaged is None:
            return None
        copy = keras.models.clone_model(self.averaged)
        copy.set_weights(self.averaged.get_weights())
        return copy

    def set_rates(self, factor: float) -> None:
        """Scale both learning rates."""
        for optimizer, rate in zip(self.optimizers, self.rates, strict=True):
            optimizer.learning_rate = rate * factor

    def __call__(self, real, labels, seed) -> tuple:
        labels = None if labels is None else tf.constant(labels)
        return self.run(tf.constant(real), labels, tf.constant(seed, "int32"))

    def _critic(self, labels) -> Callable:
        if labels is None:
            return lambda x: self.d(x, training=True)
        return lambda x: self.d([x, labels], training=True)

    def _fakes(self, rows: int, labels, seed):
        codes = tf.random.stateless_normal((rows, self.g.inputs[0].shape[-1]), seed)
        return self.g(codes if labels is None else [codes, labels], training=True)

    def _step(self, real, labels, seed):
        rows = real.shape[0] // self.d_steps
        for k in range(self.d_steps):
            part = slice(k * rows, (k + 1) * rows)
            some = None if labels is None else labels[part]
            seeds = [seed * 1000 + 10 * k + j for j in range(5)]
            with tf.GradientTape() as tape:
                fake = self._fakes(rows, some, seeds[0])
                with tape.stop_recording():
                    d_loss = self._learn(real[part], fake, some, seeds)
                if k < self.d_steps - 1:
                    continue
                seen = self.hooks.seen(fake, seeds[3], True)
                g_loss = self.hooks.g_loss(self._critic(some)(seen))
        variables = self.g.trainable_variables
        self.optimizers[0].apply(tape.gradient(g_loss, variables), variables)
        if self.averaged is not None:
            self.hooks.average(self.averaged, self.g)
        return d_loss, g_loss

    def _learn(self, real, fake, labels, seeds):
        """Update the discriminator."""
        critic, fake = self._critic(labels), tf.stop_gradient(fake)
        with tf.GradientTape() as tape:
            d_loss = self.hooks.d_loss(
                critic(self.hooks.seen(real, seeds[1], False)),
                critic(self.hooks.seen(fake, seeds[2], True)),
            )
            total = d_loss
            if self.hooks.penalty is not None:
                total = d_loss + self.hooks.penalty(critic, real, fake, seeds[4])
        variables = self.d.trainable_variables
        self.optimizers[1].apply(tape.gradient(total, variables), variables)
        return d_loss
