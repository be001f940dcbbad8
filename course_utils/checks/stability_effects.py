"""Checks of lesson 45, stability: a table of effects with intervals."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import t as student

from course_utils import check


def _effect(mine, base, paired=True, how="log", spread=1, times=None, level=0.975, direction=1, root=True):
    mine, base = np.asarray(mine, dtype=float), np.asarray(base, dtype=float)
    if not paired:
        base = np.full(len(mine), np.exp(np.log(base).mean()) if how == "log" else base.mean())
    change = np.log(mine / base) if how == "log" else mine / base
    change = direction * change
    n = len(change)
    half = (
        (student.ppf(level, n - 1) if times is None else times) * change.std(ddof=spread) / (np.sqrt(n) if root else 1)
    )
    middle, low, high = change.mean(), change.mean() - half, change.mean() + half
    return np.exp([middle, low, high]) if how == "log" else np.array([middle, low, high])


EFFECT_SLIPS = {
    "the ratios are averaged; average their logarithms, and take exp at the end.": {"how": "plain"},
    "each seed has its own base value: divide seed by seed.": {"paired": False},
    "the standard deviation needs n - 1 (ddof=1).": {"spread": 0},
    "1.96 is for many seeds; for few take Student's t with n - 1 degrees of freedom.": {"times": 1.959964},
    "this is one standard error to each side; multiply it by Student's t.": {"times": 1.0},
    "for 95 % in the middle, 2.5 % stay on each side: the quantile is 0.975.": {"level": 0.95},
    "divide the standard deviation by the root of n: the mean of n seeds is steadier than one seed.": {"root": False},
    "the ratio is upside down: the trick's distance over the base's.": {"direction": -1},
}


def some_distances(seeds: int, names: int, seed: int) -> dict:
    """Distances of a base and of others that help, harm or do neither, one for each seed."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(30, 90, seeds)
    found = {}
    for k in range(names):
        factor = (0.6, 1.02, 1.7)[k % 3]
        found[f"trick {k}"] = base * factor * np.exp(rng.normal(0, 0.04, seeds))
    return {"trick z": found.pop("trick 0"), "base": base, **found}


def check_effects(effects: Callable, distances: dict, base: str) -> None:
    """Compare with intervals that were computed line by line.

    Args:
        effects: the learner's ``effects(distances, base)``.
        distances: name -> one distance for each seed.
        base: the name to compare with.
    """
    given = {name: np.asarray(v, dtype=float) for name, v in distances.items()}
    answer = check.call(effects, given, base)
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    check.require(isinstance(answer, pd.DataFrame), f"Return a pandas DataFrame, not {type(answer).__name__}.")
    columns = ["ratio", "low", "high", "verdict"]
    check.require(list(answer.columns) == columns, f"The columns are {list(answer.columns)}, expected {columns}.")
    others = [name for name in given if name != base]
    check.require(base not in answer.index, f"The base, {base!r}, gets no row: its ratio to itself is always 1.")
    check.require(set(answer.index) == set(others), f"The index is {list(answer.index)}; expected the names.")
    rows = {name: _effect(given[name], given[base]) for name in others}
    order = sorted(others, key=lambda name: rows[name][0])
    for name in order:
        for place, column in enumerate(columns[:3]):
            mistakes = check.slips(
                lambda name=name, place=place, **slip: _effect(given[name], given[base], **slip)[place], EFFECT_SLIPS
            )
            mistakes["low and high are exchanged."] = rows[name][[0, 2, 1][place]]
            mistakes["this is still a logarithm; take exp."] = np.log(rows[name][place])
            check.close(answer.loc[name, column], rows[name][place], f"{column!r} of {name}", mistakes=mistakes)
        _, low, high = rows[name]
        wanted = "helps" if high < 1 else "harms" if low > 1 else "not shown"
        got = answer.loc[name, "verdict"]
        check.require(
            got == wanted,
            f"The verdict on {name} is {got!r}, expected {wanted!r}: its interval goes from {low:.3g} to {high:.3g}. A trick "
            "helps if the whole interval lies below 1, and harms if it lies above 1.",
        )
    check.require(
        list(answer.index) != order[::-1] or len(order) < 2,
        "The rows are in falling order; the lowest ratio comes first.",
    )
    check.require(list(answer.index) == order, "The rows are not in the order of the ratios, lowest first.")
