"""Networks of lessons beside public recipes: same data, same machine, error over seconds.

Run by ``make bench-peers``. On two cores the peer of lesson 36 trains for some 16 minutes, all
others for 2 or less.
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
from keras import layers

from course_utils.authoring import generators, recipes
from course_utils.authoring.sources import read_lesson
from course_utils.paths import repository_root
from course_utils.training import set_seed


class _Enough(Exception):
    """The training that was waited for has ended."""


class Clock(keras.callbacks.Callback):
    """Held-out error over seconds of training; the time that measuring takes is left out."""

    def __init__(
        self,
        error: Callable[[keras.Model], float],
        every: float = 1.0,
        limit: float = float("inf"),
    ):
        super().__init__()
        self.error, self.every, self.limit, self.curve = error, every, limit, []
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
        if self.seconds() > self.limit:
            self.model.stop_training = True

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
    recipe: Callable[[dict], recipes.Recipe]
    every: float = 1.0  # seconds between two measurements
    equal: bool = False  # the peer stops after our seconds; its page says more epochs than we wait
    also: Callable[[dict, keras.Model], str] | None = None  # what else is said of both at the end
    longer: tuple[str, str] = ("", "")  # words of the lesson, and what trains longer in their place


def _lessons_curve(pair: Pair) -> tuple[dict, Clock]:
    """Run a lesson's cells until its model is trained once; its names, and the curve."""
    names, started = {"__name__": "lesson"}, []
    clock = Clock(lambda model: pair.error(names, model), pair.every)
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
            exec(
                compile(cell.source.replace(*pair.longer), f"{path.name}:{cell.line}", "exec"),
                names,
            )
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


def _is_convolutional(model) -> bool:
    return any(isinstance(part, layers.Conv2D) for part in model._flatten_layers())


def _is_any(model) -> bool:
    return True


def _named(name: str) -> Callable[[keras.Model], bool]:
    return lambda model: type(model).__name__ == name


def _has_codebook(model) -> bool:
    return hasattr(model, "codebook")


PAIRS = (
    Pair(
        "14_convolutional",
        "Hands-On ML's",
        _is_convolutional,
        1,
        recipes.copying_error,
        recipes.convolutional,
    ),
    Pair(
        "22_super_resolution",
        "keras.io's",
        _is_any,
        1,
        recipes.enlarging_error,
        recipes.super_resolution,
    ),
    Pair("31_vae", "Chollet's book's", _named("VAE"), 1, recipes.negative_elbo_error, recipes.vae),
    Pair(
        "42_dcgan",
        "TensorFlow's",
        _named("GAN"),
        1,
        generators.gan_error,
        generators.dcgan,
        every=10,
        equal=True,
        also=generators.gan_confidence,
    ),
    Pair(
        "51_diffusion",
        "keras.io's",
        _named("Diffusion"),
        1,
        generators.diffusion_error,
        generators.ddim,
        every=15,
        equal=True,
        also=generators.diffusion_confidence,
    ),
    Pair(
        "34_discrete",
        "keras.io's",
        _has_codebook,
        2,
        recipes.quantised_error,
        recipes.discrete,
        every=0.25,
    ),
    Pair(
        "36_masked",
        "keras.io's",
        _named("MaskedAutoencoder"),
        1,
        recipes.masked_error,
        recipes.masked,
        every=30,  # measuring takes seconds, too
        longer=("epochs=budget(7, 1)", "epochs=budget(40, 1)"),
    ),
)


def _peers_curve(pair: Pair, names: dict, seconds: float) -> Clock:
    """Train a recipe on a lesson's data, which took the lesson these seconds."""
    limit = seconds if pair.equal else float("inf")
    clock = Clock(lambda model: pair.error(names, model), pair.every, limit)
    recipe = pair.recipe(names)
    recipe.model.compile(recipe.optimizer, loss=recipe.loss, jit_compile=False)
    how = {"epochs": recipe.epochs, "batch_size": recipe.batch_size, "verbose": 0}
    recipe.model.fit(recipe.x, recipe.y, callbacks=[clock], **how)
    return clock


def _error_at(curve: list[tuple[float, float]], seconds: float) -> float:
    """The error of the last measurement by then (of the first, if there is none)."""
    known = [error for at, error in curve if at <= seconds]
    return known[-1] if known else curve[0][1]


def compare(pair: Pair) -> str:
    """A line of the table: both final errors, and who had which error when."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        names, ours = _lessons_curve(pair)
        set_seed(0)
        theirs = _peers_curve(pair, names, ours.curve[-1][0])
        said = [pair.also(names, one.model) for one in (ours, theirs)] if pair.also else []
    (our_seconds, our_error), (their_seconds, their_error) = ours.curve[-1], theirs.curve[-1]
    reached = next((at for at, error in ours.curve if error <= their_error), None)
    share = "never" if reached is None else f"{reached / their_seconds:.2f}"
    ending = _error_at(theirs.curve, our_seconds)
    ours = f"{pair.lesson:22s}{our_error:10.5g}{our_seconds:7.0f} s"
    more = f"\n{'':22s}{said[0]} | {said[1]}" if said else ""
    theirs = f"{pair.peer:18s}{their_error:10.5g}{their_seconds:7.0f} s{ending:12.5g}"
    return f"{ours}   {theirs}   {share}{more}"


def main(lessons: list[str]) -> int:
    """Print the table, for all pairs or for the lessons named."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    print("Held-out error (31: nats; 42, 51: Fréchet distance) and seconds at the end; the peer's")
    print("error when we ended; the share of the peer's time after which we had its final error.")
    ends = f"{'error':>10s}{'time':>9s}   "
    print(f"{'lesson':22s}{ends}{'peer':18s}{ends}{'at our end':>9s}   share")
    for pair in PAIRS:
        if not lessons or pair.lesson in lessons:
            print(f"{pair.lesson} and its peer train ...", file=sys.stderr, flush=True)
            print(compare(pair), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
