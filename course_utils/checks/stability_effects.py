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


def _rare_effects(mine, base) -> dict:
    """Mistake -> ratio, low and high that it gives; these are looked for one at a time."""
    change, differences, logs = np.log(mine / base), mine - base, np.log(mine) / np.log(base)
    n, middle, spread = len(change), change.mean(), change.std(ddof=1)
    t, error = student.ppf(0.975, n - 1), spread / np.sqrt(n)
    half, both = t * error, np.log(mine).var(ddof=1) + np.log(base).var(ddof=1)
    halves = {
        "Student's t has n - 1 degrees of freedom, not n.": student.ppf(0.975, n) * error,
        "Student's t has n - 1 degrees of freedom, not n - 2.": student.ppf(0.975, max(n - 2, 1)) * error,
        "3.18 is for four seeds; take student.ppf(0.975, n - 1).": student.ppf(0.975, 3) * error,
        "n is 4 here, whatever the number of seeds.": student.ppf(0.975, 3) * spread / 2,
        "for 95 % in the middle the quantile is 0.975, not 0.995.": student.ppf(0.995, n - 1) * error,
        "with ddof=1 the root is that of n, not of n - 1.": t * spread / np.sqrt(n - 1),
        "divide by the root of n, not by n.": t * spread / n,
        "take the standard deviation, not the variance.": t * spread**2 / np.sqrt(n),
        "t times the standard error goes to EACH side; this is half of it.": half / 2,
        "the standard deviation is that of the LOGARITHMS of the ratios.": t * (mine / base).std(ddof=1) / np.sqrt(n),
        "this is the interval of two samples; take the spread of the log ratios, seed by seed.": t * np.sqrt(both / n),
    }
    found = {words: np.exp([middle, middle - one, middle + one]) for words, one in halves.items()}
    ratio, low, high = right = np.exp([middle, middle - half, middle + half])

    def of(logarithms, at=np.mean):
        one, error = at(logarithms), logarithms.std(ddof=1) / np.sqrt(n)
        return np.exp([one, one - t * error, one + t * error])

    with np.errstate(all="ignore"):
        return found | {
            "the ends are exp(m - half) and exp(m + half): add and subtract before exp.": [
                ratio,
                ratio - half,
                ratio + half,
            ],
            "the ends are exp(m - half) and exp(m + half), not ratio times 1 - half and 1 + half.": (
                ratio * np.array([1, 1 - half, 1 + half])
            ),
            "around a ratio the interval is not symmetric: low is exp(m - half).": [ratio, 2 * ratio - high, high],
            "exp undoes the natural logarithm, np.log, not np.log10.": right ** (1 / np.log(10)),
            "exp undoes the natural logarithm, np.log; 2 ** undoes np.log2.": right ** (1 / np.log(2)),
            "take the mean of the logarithms, not their median.": of(change, np.median),
            "take the logarithm of the ratio, not the ratio of the logarithms.": of(logs),
            "these are differences; divide the distances seed by seed.": of(differences),
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
    told = f"The index is {list(answer.index)}; expected a row for each of {others}."
    check.require(set(answer.index) == set(others), told)
    rows = {name: _effect(given[name], given[base]) for name in others}
    order = sorted(others, key=lambda name: rows[name][0])
    for name in order:
        for place, column in enumerate(columns[:3]):
            known = check.slips(
                lambda name=name, place=place, **slip: _effect(given[name], given[base], **slip)[place], EFFECT_SLIPS
            )
            known["low and high are exchanged."] = rows[name][[0, 2, 1][place]]
            known["this is still a logarithm; take exp."] = np.log(rows[name][place])

            def mistakes(name=name, place=place, known=known):
                rare = _rare_effects(given[name], given[base])
                return known | {words: one[place] for words, one in rare.items()}

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
