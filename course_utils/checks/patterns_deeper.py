"""Checks of the continuation of lesson 11."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def check_quantise(quantise: Callable, levels: int) -> None:
    """Hold it against the nearest of the intervals' middles."""
    rng = np.random.default_rng(levels)
    low, high = np.array([-1.0, 2.0, 0.0]), np.array([3.0, 2.5, 10.0])
    x = low + (high - low) * rng.uniform(-0.3, 1.3, size=(40, 3))

    def middles(offset=0.5, count=levels):
        return low + (np.arange(count)[:, None] + offset) / count * (high - low)  # (levels, 3)

    def nearest(values):
        best = np.abs(x[:, None] - values).argmin(axis=1)
        return np.take_along_axis(values, best, axis=0)

    mistakes = {
        "these are the numbers of the intervals; return their middles.": np.abs(x[:, None] - middles()).argmin(axis=1),
        "these are the lower ends of the intervals; return their middles.": nearest(middles())
        - (high - low) / levels / 2,
        "values outside the range have left it; clip the number of the interval.": low
        + (np.floor((x - low) / (high - low) * levels) + 0.5) / levels * (high - low),
        "there is one level too many: clip at levels - 1.": nearest(middles()[-1:] + (high - low) / levels)
        if levels == 1
        else nearest(np.concatenate([middles(), middles()[-1:] + (high - low) / levels])),
    }
    answer = check.call(quantise, x, low, high, levels)
    check.close(answer, nearest(middles()), f"numbers rounded to {levels} levels", mistakes=mistakes)
