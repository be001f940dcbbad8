"""Budgets, seeds, and what a learner sees while a model trains."""

import os
import sys

import keras
import matplotlib.pyplot as plt
from IPython.display import display
from tqdm import tqdm


def quick_mode() -> bool:
    """Whether lessons run on their small budget.

    True if ``COURSE_QUICK=1`` (tests), or while nbgrader grades or validates a notebook.
    """
    return os.environ.get("COURSE_QUICK") == "1" or bool(os.environ.get("NBGRADER_EXECUTION"))


def budget(full: int, quick: int) -> int:
    """Pick a number of epochs, seeds or examples: ``full`` to learn, ``quick`` to test."""
    return quick if quick_mode() else full


def set_seed(seed: int) -> None:
    """Seed Python's, NumPy's and Keras's generators, so that a run can be repeated."""
    keras.utils.set_random_seed(seed)


def progress_bar(items, title: str):
    """Wrap an iterable in a one-line progress bar (on standard output, not standard error)."""
    return tqdm(items, desc=title, file=sys.stdout, dynamic_ncols=False, ncols=88)


class ProgressBar(keras.callbacks.Callback):
    """One line for a whole training: epochs done, losses, time left.

    Use it with ``model.fit(..., verbose=0, callbacks=[ProgressBar("deep autoencoder")])``.
    """

    def __init__(self, title: str = "training"):
        super().__init__()
        self.title = title

    def on_train_begin(self, logs=None):
        epochs = self.params["epochs"]
        self._bar = tqdm(total=epochs, desc=self.title, unit="epoch", file=sys.stdout, ncols=88)

    def on_epoch_end(self, epoch, logs=None):
        shown = {k: f"{v:.4g}" for k, v in (logs or {}).items() if k in ("loss", "val_loss")}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(1)

    def on_train_end(self, logs=None):
        self._bar.close()


class LiveCurve(keras.callbacks.Callback):
    """A curve of the losses that grows while the model trains.

    ``target`` draws a dashed line, such as the error of a baseline; ``every`` is the number of
    epochs between two drawings (drawing costs about 0.1 s).
    """

    def __init__(self, title: str, target: float | None = None, target_name: str = "", every=5):
        super().__init__()
        self.title, self.target, self.target_name, self.every = title, target, target_name, every

    def on_train_begin(self, logs=None):
        self.history: dict[str, list[float]] = {}
        self._handle = display("waiting for the first epochs ...", display_id=True)

    def on_epoch_end(self, epoch, logs=None):
        for name in ("loss", "val_loss"):
            if name in (logs or {}):
                self.history.setdefault(name, []).append(float(logs[name]))
        if (epoch + 1) % self.every == 0 and epoch + 1 < self.params["epochs"]:
            self._draw()

    def on_train_end(self, logs=None):
        self._draw()

    def _draw(self):
        from course_utils import plots

        fig = plots.training_curves(
            self.history, self.title, target=self.target, target_name=self.target_name
        )
        image = plots.Picture(fig, alt=f"{self.title}: loss by epoch, drawn while training")
        plt.close(fig)
        if self._handle is not None:  # None outside a notebook
            self._handle.update(image)
