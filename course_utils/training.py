"""Train models and ask them: what every lesson does, so that it can write about something else."""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from course_utils.bars import LiveCurve, ProgressBar, progress_bar
from course_utils.budgets import budget, quick_mode
from course_utils.session import keras

__all__ = [
    "LiveCurve", "ProgressBar", "budget", "fit", "fit_seeds", "predict", "progress_bar",
    "quick_mode", "set_seed",
]  # fmt: skip

# Measured on two cores: so many batches take as long uncompiled as compiling takes, 0.7 to 1 s.
EAGER_STEPS = 10
# One call of TensorFlow for so many batches: up to 40 % faster than one for each.
STEPS_PER_CALL = 16


def set_seed(seed: int) -> None:
    """Seed Python's, NumPy's and Keras's generators, so that a run can be repeated."""
    keras.utils.set_random_seed(int(seed))


def fit(
    model: keras.Model,
    x,
    y=None,
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    loss=None,
    title: str = "training",
    validation_data=None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Train a model with Adam and show one progress bar.

    The learning rate falls from ``learning_rate`` to zero along half a cosine. The model may be
    interrupted: it keeps the weights that it has, and can be trained again.

    Args:
        model: changed in place. Its ``train_step`` may be its own; then the logs that this
            returns, such as ``{"loss": loss}``, are averaged over each epoch.
        x: inputs ``(n, ...)``; or a ``tf.data.Dataset`` of batches; or a function of a
            ``np.random.Generator`` that gives the batches of one epoch. It is called anew in each
            epoch (once, if it gives a Dataset) and must give equally many batches each time.
        y: targets ``(n, ...)``, if ``x`` is an array and the loss compares.
        epochs: how often all of ``x`` is shown.
        batch_size: rows in a batch, if ``x`` is an array.
        learning_rate: of the first step.
        loss: as in ``model.compile``; None for a model with its own ``train_step``.
        title: stands before the progress bar.
        validation_data: a Dataset or ``(x, y)``; its loss is ``val_loss`` after each epoch.
        callbacks: more callbacks of Keras.

    Returns:
        What ``model.fit(...).history`` holds: name -> one number for each epoch.

    Raises:
        ValueError: ``x`` is an endless Dataset or has no batch at all.
    """
    recipe = _Recipe(epochs, batch_size, learning_rate, loss, validation_data, tuple(callbacks))
    bar = ProgressBar(title, total=epochs)
    try:
        return _Training(model, recipe, bar).run(x, y)
    finally:
        bar.close()
        model.train_function = None  # the compiled training: some 20 MB


def fit_seeds(
    build: Callable[[], keras.Model],
    x,
    y=None,
    *,
    seeds: Iterable[int],
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    loss=None,
    title: str = "training",
    validation_data=None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> list[keras.Model]:
    """Train one new model for each random seed; compiling is done once for all.

    Each model is what ``set_seed(seed); model = build(); fit(model, ...)`` would give. (A Dataset
    goes on with its own random numbers from one seed to the next. Give a function that makes
    the Dataset, and this holds for it, too.)

    Args:
        build: makes an untrained model, the same architecture at every call.
        x: as in :func:`fit`, and so are the others.
        y: targets.
        seeds: for instance ``range(3)``.
        epochs: for each model.
        batch_size: rows in a batch.
        learning_rate: of the first step.
        loss: as in ``model.compile``.
        title: stands before the one progress bar.
        validation_data: a Dataset or ``(x, y)``.
        callbacks: used for every seed in turn.

    Returns:
        The trained models in the order of the seeds; ``model.history.history`` holds what
        :func:`fit` returns.
    """
    recipe = _Recipe(epochs, batch_size, learning_rate, loss, validation_data, tuple(callbacks))
    seeds = [int(seed) for seed in seeds]
    bar, models, worker = ProgressBar(title, total=epochs * len(seeds)), [], None
    try:
        for seed in seeds:
            bar.title = f"{title}, seed {seed}"
            set_seed(seed)
            if worker is None and len(seeds) > 1:
                worker = _Training(build(), recipe, bar)
                set_seed(seed)
            model = build()
            if worker is not None and worker.load(model):
                history = worker.run(x, y)
                worker.store(model)
            else:
                history = _Training(model, recipe, bar).run(x, y)
                model.train_function = None
            model.history = SimpleNamespace(history=history, epoch=list(range(epochs)))
            models.append(model)
    finally:
        bar.close()
    return models


def predict(model: Callable, x, batch_size: int = 500):
    """What a model gives for many inputs, as NumPy arrays; a part at a time spares the memory.

    Args:
        model: a Keras model (called with ``training=False``), a layer, or any function of arrays
            that treats its rows one by one.
        x: inputs ``(n, ...)``, or a list of such.
        batch_size: rows in a part.

    Returns:
        One array ``(n, ...)``, or what structure of arrays the model gives (a list, a dict).
    """
    options = {"training": False} if isinstance(model, keras.Layer) else {}
    x, rows = keras.tree.map_structure(np.asarray, x), _rows(x)
    if rows == 0:  # some kernels get the shape of nothing wrong: give them one row, take none
        x = keras.tree.map_structure(lambda a: np.zeros((1, *a.shape[1:]), a.dtype), x)
    parts = []
    for start in range(0, max(rows, 1), batch_size):
        some = slice(start, start + batch_size)
        part = model(keras.tree.map_structure(lambda a, s=some: a[s], x), **options)
        parts.append(keras.tree.map_structure(keras.ops.convert_to_numpy, part))
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays)[:rows], *parts)


def _rows(x) -> int:
    return len(keras.tree.flatten(x)[0])


@dataclass(frozen=True)
class _Recipe:
    """How to train; the arguments of :func:`fit`."""

    epochs: int
    batch_size: int
    learning_rate: float
    loss: object
    validation_data: object
    callbacks: tuple

    def batches(self, x, y) -> tuple[dict, int]:
        """What ``model.fit`` wants to know of the data, and the number of batches in an epoch."""
        first = None
        if callable(x) and not isinstance(x, tf.data.Dataset):
            make, rng = x, np.random.default_rng(random.getrandbits(32))
            x = make(rng)
            if not isinstance(x, tf.data.Dataset):
                first = list(x)
        if first is not None:
            steps, endless = len(first), _epochs(first, make, rng)
            data = {"x": endless, "steps_per_epoch": steps, "shuffle": False}
        elif isinstance(x, tf.data.Dataset):
            steps = _length(x)
            x = x.apply(tf.data.experimental.assert_cardinality(steps))  # Keras need not guess
            data = {"x": x, "shuffle": False}
        else:
            data = {"x": x, "y": y, "batch_size": self.batch_size}
            steps = math.ceil(_rows(x) / self.batch_size)
        if steps == 0:
            raise ValueError("there is nothing to train on: x holds no batch")
        return data, steps


def _epochs(first: list, make: Callable, rng: np.random.Generator) -> Iterator:
    """The batches of one epoch after the other, without end."""
    yield from first
    del first  # 60 MB in lesson 24
    while True:
        yield from make(rng)


def _length(batches: tf.data.Dataset) -> int:
    steps = int(batches.cardinality())
    if steps == tf.data.INFINITE_CARDINALITY:
        raise ValueError("the Dataset has no end: cut an epoch off with .take(number of batches)")
    return steps if steps >= 0 else sum(1 for _ in batches)


class _Training:
    """A model with all that it takes to train it, several times if need be."""

    def __init__(self, model: keras.Model, recipe: _Recipe, bar: ProgressBar):
        self.model, self.recipe, self.bar = model, recipe, bar
        self.step: _Step | None = None
        self.noise = None  # the state of Keras's random numbers that the compiled training uses

    def load(self, model: keras.Model) -> bool:
        """Take over a new model's weights; False if its training needs a compilation of its own."""
        mine, new = self.model.variables, model.variables
        if not new or [v.shape for v in mine] != [v.shape for v in new]:
            return False  # weights that are made only when the model sees data
        if _has_own_optimizer(model):
            return False
        for a, b in zip(mine, new, strict=True):
            a.assign(b)
        return True

    def store(self, model: keras.Model) -> None:
        """Give a model the trained weights."""
        for a, b in zip(self.model.variables, model.variables, strict=True):
            b.assign(a)

    def run(self, x, y) -> dict[str, list[float]]:
        """Train once; what was compiled before is used again where that is possible."""
        data, steps = self.recipe.batches(x, y)
        noise = keras_noise()
        if self.step is None:
            self._compile(steps)
        else:
            for memory in self.model.optimizer.variables:  # Adam's, and its clock
                memory.assign(keras.ops.zeros_like(memory))
        if self.noise is None or self.model.run_eagerly or self.step.seeds_are_fixed:
            self.model.train_function, self.noise = None, noise  # compiled in this run
        self.noise.assign(noise)
        self.model.train_step = self.step
        try:
            history = self.model.fit(
                **data,
                epochs=self.recipe.epochs,
                validation_data=self.recipe.validation_data,
                verbose=0,
                callbacks=[self.bar, self.step.means, *self.recipe.callbacks],
            )
        finally:
            del self.model.train_step
        noise.assign(self.noise)
        return history.history

    def _compile(self, steps: int) -> None:
        total = self.recipe.epochs * steps
        rate = keras.optimizers.schedules.CosineDecay(self.recipe.learning_rate, total)
        how = {"steps_per_execution": min(STEPS_PER_CALL, steps), "jit_compile": False}
        if total <= EAGER_STEPS:
            how = {"run_eagerly": True}
        self.model.compile(keras.optimizers.Adam(rate), loss=self.recipe.loss, **how)
        parts = self.model._flatten_layers(include_self=False)
        if all(part.built for part in parts) and not _has_own_optimizer(self.model):
            # now: where variables are made in a step, TensorFlow traces it twice (0.9 s of 2.1 s)
            self.model.optimizer.build(self.model.trainable_variables)
        self.step = _Step(self.model)


def _has_own_optimizer(model: keras.Model) -> bool:
    own = (part for name, part in vars(model).items() if name != "optimizer")
    return any(isinstance(part, keras.Optimizer) for part in own)


def keras_noise() -> keras.Variable:
    """The state from which ``keras.random`` draws if it is given no seed; made if there is none.

    Keras (3.15) makes it at the first draw, and if that is in a trace that fails, it is of no use.
    """
    from keras.src.random.seed_generator import global_seed_generator

    return global_seed_generator().state


class _EpochMeans(keras.callbacks.Callback):
    """Means over an epoch, by name."""

    def __init__(self):
        super().__init__()
        self.by_name: dict[str, keras.metrics.Metric] = {}

    def on_epoch_begin(self, epoch, logs=None):
        for mean in self.by_name.values():
            mean.reset_state()


class _Step:
    """A model's ``train_step``, with what the model itself does not do.

    Keras takes what a step of one's own returns for the result of the whole epoch. Here it is
    averaged, unless the model keeps metrics of its own.
    """

    def __init__(self, model: keras.Model):
        self.step, self.means, self.seeds_are_fixed = model.train_step, _EpochMeans(), False
        loss = getattr(model, "_loss_tracker", None)
        own_metrics = [metric for metric in model.metrics if metric is not loss]
        self.averages = type(model).train_step is not keras.Model.train_step and not own_metrics
        self.spare = [keras.metrics.Mean() for _ in range(8)] if self.averages else []  # as above
        if loss is not None:  # Keras shows its own mean of the loss: let it be the right one
            self.means.by_name["loss"] = loss

    def __call__(self, data):
        logs = self.step(data)
        if not tf.executing_eagerly():
            self.seeds_are_fixed |= _has_fixed_seeds(tf.compat.v1.get_default_graph())
        if not self.averages or not isinstance(logs, dict):
            return logs
        rows = keras.ops.shape(keras.tree.flatten(data)[0])[0]
        for name, value in logs.items():
            if name not in self.means.by_name:
                self.means.by_name[name] = self.spare.pop() if self.spare else keras.metrics.Mean()
            self.means.by_name[name].update_state(value, sample_weight=rows)
        return {name: self.means.by_name[name].result() for name in logs}


def _has_fixed_seeds(graph: tf.Graph) -> bool:
    """Whether there are TensorFlow's random numbers with their seed built in (``tf.random``)."""
    compiled = graph.as_graph_def()
    inner = (node for function in compiled.library.function for node in function.node_def)
    return any("seed2" in node.attr for nodes in (compiled.node, inner) for node in nodes)
