"""Numbers that the text of a lesson relies on, and tables of what several seeds gave."""

import json
import math
import os
from collections.abc import Hashable

import numpy as np
import pandas as pd

from course_utils.budgets import quick_mode


def report(name: str, value: float, within: tuple[float, float]) -> None:
    """Show a measured number beside the range that the text relies on.

    At full budget a number outside its range gets a remark: another machine may round
    differently. When the course tests itself, ``COURSE_REPORT`` names a file to which one JSON
    object a line is appended, and a run with a number out of range fails at its end, so that one
    run shows them all. On the quick budget the range does not apply.

    Args:
        name: short snake_case name, unique in the lesson.
        value: the measured number.
        within: lowest and highest value that the text still holds for.
    """
    value, (low, high) = float(value), within
    quick, path = quick_mode(), os.environ.get("COURSE_REPORT")
    inside = low <= value <= high
    if path:
        row = {"name": name, "value": value, "low": low, "high": high, "quick": quick}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    line = f"{name} = {value:.4g}"
    if quick:
        print(f"{line}   (quick run; {low:g} to {high:g} is for the full one)")
    elif inside:
        print(f"{line}   (expected {low:g} to {high:g})")
    else:
        print(f"{line}   (expected {low:g} to {high:g}: yours differs, worth a look)")


class Results:
    """What was measured of several models, each trained from several random seeds.

    >>> results = Results()
    >>> results.add("PCA", seed=0, error=0.0214)
    >>> for seed, error in enumerate([0.0121, 0.0127]):
    ...     results.add("deep", seed=seed, error=error)
    >>> results.table()
           error error, lowest to highest
    name
    PCA   0.0214
    deep  0.0124       0.01210 to 0.01270

    A cell that runs again replaces its rows. Shown in a notebook, results are their table.

    Args:
        levels: what a name stands for; several, if names are tuples, such as
            ``Results("model", "latent dimension")`` with ``add(("PCA", 32), ...)``.
    """

    def __init__(self, *levels: str):
        self.levels = levels or ("name",)
        self._rows: dict[Hashable, dict[int, dict[str, float]]] = {}

    def add(self, name: Hashable, seed: int = 0, **numbers: float) -> None:
        """Note numbers of one model and seed, in place of what was noted of them before.

        Args:
            name: the model; a tuple, if there are several levels.
            seed: its random seed.
            numbers: column -> value. ``**{"unseen / PCA": 0.7}`` gives a column any name.

        Raises:
            ValueError: the name has another number of levels, or a value is not a number.
        """
        parts = name if isinstance(name, tuple) else (name,)
        if len(parts) != len(self.levels):
            raise ValueError(f"expected a name for {', '.join(self.levels)}, got {name!r}")
        try:
            row = {column: float(value) for column, value in numbers.items()}
        except (TypeError, ValueError):
            raise ValueError(f"{name}, seed {seed}: expected numbers, got {numbers}") from None
        self._rows.setdefault(name, {})[int(seed)] = row

    def values(self, name: Hashable, column: str) -> np.ndarray:
        """The values of one model, one for each seed in the order of the seeds.

        Raises:
            KeyError: nothing of that name or column was noted; the message says what was.
        """
        if name not in self._rows:
            raise KeyError(f"{name!r} was not measured; there are: {[*self._rows]}")
        rows = [row for _, row in sorted(self._rows[name].items())]
        found = [row[column] for row in rows if column in row]
        if not found:
            raise KeyError(f"{name!r} has no {column!r}; there are: {[*rows[-1]]}")
        return np.array(found)

    def mean(self, name: Hashable, column: str) -> float:
        """Mean over the seeds; arguments and errors as for :meth:`values`."""
        return float(self.values(name, column).mean())

    def frame(self) -> pd.DataFrame:
        """Every row as it was noted: the levels, ``seed``, and the columns."""
        rows = []
        for name, by_seed in self._rows.items():
            parts = name if isinstance(name, tuple) else (name,)
            for seed, row in sorted(by_seed.items()):
                rows.append({**dict(zip(self.levels, parts, strict=True)), "seed": seed, **row})
        return pd.DataFrame(rows)

    def table(self, *columns: str) -> pd.DataFrame:
        """Means over the seeds, one row for each model in the order of their first results.

        Beside a column that differs from seed to seed stands ``column, lowest to highest``. All
        is rounded for reading: to four figures of the column's largest mean.

        Args:
            columns: these alone, in this order; without any, all.

        Raises:
            KeyError: there is no such column.
        """
        names = [name if isinstance(name, tuple) else (name,) for name in self._rows]
        index = pd.MultiIndex.from_tuples(names, names=self.levels) if names else pd.Index([])
        table = pd.DataFrame(index=index if len(self.levels) > 1 else index.get_level_values(0))
        noted = list(
            dict.fromkeys(c for seeds in self._rows.values() for r in seeds.values() for c in r)
        )
        for column in columns or noted:
            if column not in noted:
                raise KeyError(f"there is no column {column!r}; there are: {noted}")
            measured = [
                np.array([row[column] for row in by_seed.values() if column in row])
                for by_seed in self._rows.values()
            ]
            means = np.array([x.mean() if len(x) else np.nan for x in measured])
            whole = all(np.isfinite(x).all() and (x == x.round()).all() for x in (means, *measured))
            places = 0 if whole else _places(means)
            table[column] = means.astype(int) if whole else means.round(places)
            if any(len(x) > 1 and x.min() != x.max() for x in measured):
                table[f"{column}, lowest to highest"] = [_range(x, places) for x in measured]
        return table

    def _repr_html_(self) -> str:
        return self.table().to_html()

    def __repr__(self) -> str:
        return repr(self.table())


def _places(means: np.ndarray, figures: int = 4) -> int:
    """Decimal places that show so many figures of the largest finite mean."""
    largest = np.abs(means[np.isfinite(means)]).max(initial=0)
    return int(np.clip(figures - 1 - math.floor(math.log10(largest or 1)), 0, 10))


def _range(values: np.ndarray, places: int) -> str:
    if len(values) < 2:
        return ""
    return f"{values.min():.{places}f} to {values.max():.{places}f}"
