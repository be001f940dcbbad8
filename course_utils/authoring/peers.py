"""Networks of lessons beside well-known public recipes: same data and machine, error over seconds.

The recipes are typed anew from their pages, with their own hyper-parameters: the super-resolution
and VQ-VAE examples of keras.io (X. Long 2020; S. Paul 2021), the convolutional autoencoder of
*Hands-On Machine Learning* (A. Géron, third edition, chapter 17) and the VAE of *Deep Learning
with Python* (F. Chollet, second edition, chapter 12; on the pixels of lesson 31).
Run by ``make bench-peers``.
"""

import ast
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from course_utils.authoring.sources import read_lesson
from course_utils.paths import repository_root
from course_utils.training import predict, set_seed


class _Enough(Exception):
    """The training that was waited for has ended."""


class Clock(keras.callbacks.Callback):
    """Held-out error over seconds of training; the time that measuring takes is left out."""

    def __init__(self, error: Callable[[keras.Model], float], every: float = 1.0):
        super().__init__()
        self.error, self.every, self.curve = error, every, []
        self.start, self.last = time.perf_counter(), 0.0

    def seconds(self) -> float:
        """Since the start, without measurements."""
        return time.perf_counter() - self.start

    def measure(self) -> None:
        """Add a point to the curve."""
        before = self.seconds()
        self.curve.append((before, float(self.error(self.model))))
        self.last = before
        self.start += self.seconds() - before

    def on_train_batch_end(self, batch, logs=None):  # noqa: D102 named by Keras
        if self.seconds() - self.last > self.every:
            self.measure()

    def on_train_end(self, logs=None):  # noqa: D102
        self.measure()


@dataclass
class Pair:
    """A lesson's training and a peer's recipe."""

    lesson: str
    peer: str
    ours: Callable[[keras.Model], bool]  # which model of the lesson
    fits: int  # trainings of it, one after the other
    error: Callable[[dict, keras.Model], float]  # names of the lesson, its model
    recipe: Callable[[dict, Callable], Clock]


def _lessons_curve(pair: Pair) -> tuple[dict, Clock]:
    """Run a lesson's cells until its model is trained once; its names, and the curve."""
    names, started = {"__name__": "lesson"}, []
    clock = Clock(lambda model: pair.error(names, model))
    fit = keras.Model.fit

    def watched(model, *args, callbacks=(), **kwargs):
        if not pair.ours(model):
            return keras.callbacks.History()
        if not started:
            clock.start = time.perf_counter()
        started.append(model)
        history = fit(model, *args, callbacks=[*callbacks, clock], **kwargs)
        if len(started) == pair.fits:
            raise _Enough
        return history

    path = repository_root() / "solutions" / pair.lesson / f"{pair.lesson}.py"
    cells = [cell for cell in read_lesson(path).cells if cell.cell_type == "code"]
    cells = [cell for cell in cells if cell.kind != "check" and cell.name != "numbers"]
    keras.Model.fit = watched
    try:
        _define_functions(cells, names)
        for cell in cells:
            exec(compile(cell.source, f"{path.name}:{cell.line}", "exec"), names)
    except _Enough:
        return names, clock
    finally:
        keras.Model.fit = fit
    raise RuntimeError(f"{pair.lesson} never trained the model that was waited for")


def _define_functions(cells, names: dict) -> None:
    """Those of later cells, too: some measure what an earlier cell trains."""
    for cell in cells:
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef):
                node.returns, node.args.defaults = None, []
                for argument in node.args.args:
                    argument.annotation = None
                exec(compile(ast.Module([node], []), "lesson", "exec"), names)


# ---- the peers -------------------------------------------------------------------------------


def _fit(model: keras.Model, x, y, error, epochs: int, batch: int, **how) -> Clock:
    clock = Clock(error)
    model.compile(jit_compile=False, **how)
    model.fit(x, y, epochs=epochs, batch_size=batch, verbose=0, callbacks=[clock])
    return clock


def _super_resolution(names: dict, error) -> Clock:
    """Sub-pixel network: crops of 300 pixels, batches of 4, 50 epochs."""
    model = keras.Sequential([keras.Input((None, None, 1))])
    for filters, size in ((64, 5), (64, 3), (32, 3), (4, 3)):
        model.add(
            layers.Conv2D(
                filters, size, padding="same", activation="relu", kernel_initializer="orthogonal"
            )
        )
    pictures = [one[:300, :300] for one in names["photos"].train.values()]
    crops = [one for x in pictures for one in (x, x.T, x[::-1], x[:, ::-1])]
    low = np.stack([names["shrink"](x) for x in crops])[..., None]
    high = names["space_to_depth"](np.stack(crops), 2)  # the same pixels as after depth-to-space
    return _fit(model, low, high, error, 50, 4, loss="mse", optimizer=keras.optimizers.Adam(1e-3))


def _enlarged(names: dict, model) -> float:
    """Mean squared error on the held-out photographs, two pixels at the border left out."""
    errors = []
    for truth in names["photos"].test.values():
        low = names["shrink"](truth)
        if model.layers[0].padding == "valid":  # the lesson's
            made = names["enlarge"](model, low)
        else:
            made = names["depth_to_space"](predict(model, low[None, :, :, None]), 2)[0].clip(0, 1)
        errors.append(np.mean((made - truth)[2:-2, 2:-2] ** 2))
    return float(np.mean(errors))


class _PublicVQVAE(keras.Model):
    """16 dimensions, 128 codes (seven bits each, where the lesson has six)."""

    def __init__(self, variance: float):
        super().__init__()
        conv = {"activation": "relu", "strides": 2, "padding": "same"}
        self.encoder = keras.Sequential([
            keras.Input((16, 16, 3)), layers.Conv2D(32, 3, **conv), layers.Conv2D(64, 3, **conv),
            layers.Conv2D(16, 1, padding="same"),
        ])  # fmt: skip
        self.decoder = keras.Sequential([
            keras.Input((4, 4, 16)), layers.Conv2DTranspose(64, 3, **conv),
            layers.Conv2DTranspose(32, 3, **conv), layers.Conv2DTranspose(3, 3, padding="same"),
        ])  # fmt: skip
        uniform = keras.initializers.RandomUniform(-0.05, 0.05)
        self.codebook = self.add_weight(shape=(128, 16), initializer=uniform)
        self.variance = variance

    def quantise(self, z):
        """The nearest rows of the codebook."""
        far = ops.sum(z**2, axis=-1, keepdims=True) + ops.sum(self.codebook**2, axis=1)
        codes = ops.argmin(far - 2 * ops.matmul(z, ops.transpose(self.codebook)), axis=-1)
        return ops.take(self.codebook, codes, axis=0)

    def call(self, x):
        return self.decoder(self.quantise(self.encoder(x)))

    def train_step(self, x):
        with tf.GradientTape() as tape:
            z = self.encoder(x, training=True)
            e = self.quantise(z)
            copies = self.decoder(z + ops.stop_gradient(e - z), training=True)
            loss = ops.mean((x - copies) ** 2) / self.variance
            loss += 0.25 * ops.mean((ops.stop_gradient(e) - z) ** 2)
            loss += ops.mean((e - ops.stop_gradient(z)) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def _discrete(names: dict, error) -> Clock:
    """VQ-VAE: pictures minus 0.5, batches of 128, 30 epochs."""
    x = names["x_train"]
    model = _PublicVQVAE(float(np.var(x)))
    return _fit(model, x - 0.5, None, error, 30, 128, optimizer=keras.optimizers.Adam())


def _quantised_copies(names: dict, model) -> float:
    if isinstance(model, _PublicVQVAE):
        copies = (predict(model, names["x_test"] - 0.5) + 0.5).clip(0, 1)
    elif model.quantised:
        copies = names["copy"](model, names["x_test"])
    else:
        return np.inf  # no codes yet
    return names["mean_error"](copies)


def _convolutional(names: dict, error) -> Clock:
    """Convolutional autoencoder with 30 numbers: Nadam, squared error, batches of 32, 10 epochs."""
    conv = {"padding": "same", "activation": "relu"}
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters, 3, **conv))
        model.add(layers.MaxPool2D(2))
    model.add(layers.Conv2D(30, 3, **conv))
    model.add(layers.GlobalAvgPool2D())
    model.add(layers.Dense(144))
    model.add(layers.Reshape((3, 3, 16)))
    model.add(layers.Conv2DTranspose(32, 3, strides=2, activation="relu"))
    model.add(layers.Conv2DTranspose(16, 3, strides=2, **conv))
    model.add(layers.Conv2DTranspose(1, 3, strides=2, padding="same"))
    x = names["x_train"][..., None]
    return _fit(model, x, x, error, 10, 32, loss="mse", optimizer=keras.optimizers.Nadam())


def _copied(names: dict, model) -> float:
    copies = predict(model, names["x_test"][..., None])[..., 0]
    return float(np.mean((copies - names["x_test"]) ** 2))


class _PublicVAE(keras.Model):
    """Two latent dimensions, binary cross-entropy summed over pixels."""

    def __init__(self):
        super().__init__()
        conv = {"activation": "relu", "strides": 2, "padding": "same"}
        self.encoder = keras.Sequential([
            keras.Input((28, 28, 1)), layers.Conv2D(32, 3, **conv), layers.Conv2D(64, 3, **conv),
            layers.Flatten(), layers.Dense(16, activation="relu"), layers.Dense(4),
        ])  # fmt: skip
        self.decoder = keras.Sequential([
            keras.Input((2,)), layers.Dense(7 * 7 * 64, activation="relu"),
            layers.Reshape((7, 7, 64)), layers.Conv2DTranspose(64, 3, **conv),
            layers.Conv2DTranspose(32, 3, **conv), layers.Conv2D(1, 3, padding="same"),
        ])  # fmt: skip

    def negative_elbo(self, x):
        """Of pictures (n, 784), in nats, (n,)."""
        mean, log_var = ops.split(self.encoder(ops.reshape(x, (-1, 28, 28, 1))), 2, axis=1)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))
        logits = ops.reshape(self.decoder(z), (-1, 784))
        nats = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
        kl = -0.5 * ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=1)
        return ops.sum(nats, axis=1) + kl

    def train_step(self, x):
        with tf.GradientTape() as tape:
            loss = ops.mean(self.negative_elbo(x))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def _vae(names: dict, error) -> Clock:
    """VAE: Adam, batches of 128, 30 epochs."""
    x = names["x_train"].astype("float32")
    return _fit(_PublicVAE(), x, None, error, 30, 128, optimizer=keras.optimizers.Adam())


def _nats(names: dict, model) -> float:
    x = names["x_test"].astype("float32")
    if isinstance(model, _PublicVAE):
        return float(np.mean([np.mean(model.negative_elbo(x)) for _ in range(10)]))
    mean, log_var = model.encode(x)
    bounds = []
    for _ in range(10):
        first, second = model.terms(x, model.decoder(model.sample(mean, log_var)), mean, log_var)
        bounds.append(np.mean(second) - np.mean(first))
    return float(np.mean(bounds))


def _is_convolutional(model) -> bool:
    return any(isinstance(part, layers.Conv2D) for part in model._flatten_layers())


def _is_any(model) -> bool:
    return True


def _is_vae(model) -> bool:
    return type(model).__name__ == "VAE"


def _has_codebook(model) -> bool:
    return hasattr(model, "codebook")


PAIRS = (
    Pair("14_convolutional", "Hands-On ML's", _is_convolutional, 1, _copied, _convolutional),
    Pair("22_super_resolution", "keras.io's", _is_any, 1, _enlarged, _super_resolution),
    Pair("31_vae", "Chollet's book's", _is_vae, 1, _nats, _vae),
    Pair("34_discrete", "keras.io's", _has_codebook, 2, _quantised_copies, _discrete),
)


def _error_at(curve: list[tuple[float, float]], seconds: float) -> float:
    """The error of the last measurement by then (of the first, if there is none)."""
    known = [error for at, error in curve if at <= seconds]
    return known[-1] if known else curve[0][1]


def compare(pair: Pair) -> str:
    """A line of the table: both final errors, and who had which error when."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        names, ours = _lessons_curve(pair)
        set_seed(0)
        theirs = pair.recipe(names, lambda model: pair.error(names, model))
    (our_seconds, our_error), (their_seconds, their_error) = ours.curve[-1], theirs.curve[-1]
    reached = next((at for at, error in ours.curve if error <= their_error), None)
    share = "never" if reached is None else f"{reached / their_seconds:.2f}"
    ending = _error_at(theirs.curve, our_seconds)
    ours = f"{pair.lesson:22s}{our_error:10.5g}{our_seconds:7.0f} s"
    return (
        f"{ours}   {pair.peer:18s}{their_error:10.5g}{their_seconds:7.0f} s{ending:12.5g}   {share}"
    )


def main(lessons: list[str]) -> int:
    """Print the table, for all pairs or for the lessons named."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    print(
        "Held-out error (lesson 31: nats) and seconds at the end; the peer's error when we ended;"
    )
    print("the share of the peer's time after which we had its final error.")
    ends = f"{'error':>10s}{'time':>9s}   "
    print(f"{'lesson':22s}{ends}{'peer':18s}{ends}{'at our end':>9s}   share")
    for pair in PAIRS:
        if not lessons or pair.lesson in lessons:
            print(compare(pair), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
