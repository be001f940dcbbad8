"""What a learner sees while something long runs: one progress bar, or a curve that grows."""

import io
import sys

import keras
import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm

_open: dict[int, "_Bar"] = {}  # bars that have not been closed


def _cell() -> int | None:
    """The number of the cell that runs now; None outside a notebook."""
    shell = get_ipython()
    return shell.execution_count if shell is not None else None


class _Bar(tqdm):
    """tqdm on standard output, which knows the cell that it was made in.

    JupyterLab ignores the codes that move the cursor, so there is room for one bar only. What an
    interrupted cell left open is dropped; a bar within another bar's cell does not show.
    """

    def __init__(self, *args, **kwargs):
        self.cell, within = _cell(), False
        if self.cell is not None:
            for bar in [bar for bar in _open.values() if bar.cell != self.cell]:
                bar.drop()
            within = bool(_open)
        super().__init__(*args, file=sys.stdout, ncols=88, disable=within, **kwargs)
        if not within:
            _open[id(self)] = self

    def close(self):
        _open.pop(id(self), None)
        super().close()

    def drop(self):
        """Close without a trace."""
        self.sp, self.fp, self.leave = lambda text: None, io.StringIO(), False
        self.close()


def progress_bar(items, title: str):
    """Wrap an iterable in a one-line progress bar (on standard output, not standard error)."""
    return _Bar(items, desc=title)


class ProgressBar(keras.callbacks.Callback):
    """One line for a whole training: epochs done, losses, time left.

    Use it with ``model.fit(..., verbose=0, callbacks=[ProgressBar("deep autoencoder")])``.

    Args:
        title: stands before the bar.
        total: epochs of all trainings, if several share the bar; :meth:`close` ends its line.
    """

    def __init__(self, title: str = "training", total: int | None = None):
        super().__init__()
        self.title, self.total, self.bar = title, total, None

    def on_train_begin(self, logs=None):
        if self.bar is None:
            total = self.total or self.params["epochs"]
            self.bar = _Bar(total=total, desc=self.title, unit="epoch")
        self.bar.set_description(self.title, refresh=False)

    def on_epoch_end(self, epoch, logs=None):
        shown = {k: f"{v:.4g}" for k, v in (logs or {}).items() if k in ("loss", "val_loss")}
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(1)

    def on_train_end(self, logs=None):
        if self.total is None:
            self.close()

    def close(self) -> None:
        """End the line; nothing happens if that is done already."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


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
