"""Checks of lesson 45, stability: a table of effects with intervals."""

from collections.abc import Callable
from itertools import product

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
            "each seed has its own base value; here the mean of the base's distances divides.": of(
                np.log(mine / base.mean())
            ),
            "each seed has its own base value; here the median of the base's distances divides.": of(
                np.log(mine / np.median(base))
            ),
            "take the logarithm of the ratio, not the ratio of the logarithms.": of(logs),
            "these are differences; divide the distances seed by seed.": of(differences),
        }


def _known(mine, base) -> dict:
    """Mistake -> ratio, low and high that it gives."""
    ratio, low, high = right = _effect(mine, base)
    known = dict(check.slips(lambda **slip: _effect(mine, base, **slip), EFFECT_SLIPS))
    known["low and high are exchanged."] = np.array([ratio, high, low])
    known["this is still a logarithm; take exp."] = np.log(right)
    return known | _rare_effects(mine, base)


def _confirmed(effects: Callable, known: dict, place: int) -> dict:
    """Mistake -> value, of those that give the learner's value for five seeds, too."""
    names = [name for name in FIVE_SEEDS if name != "a"]
    mine = {name: _asked(effects, FIVE_SEEDS, "a", name) for name in names}
    for name in names:
        if mine[name] is not None:
            there = _known(FIVE_SEEDS[name], FIVE_SEEDS["a"])
            close = {words for words, one in there.items() if np.isclose(one[place], mine[name][place], rtol=1e-4)}
            known = {words: one for words, one in known.items() if words in close}
    return {words: one[place] for words, one in known.items()}


# --- an interval is t times a spread over a root; each may be wrong ---------------------------------

QUANTILES = {
    "": lambda n, names: student.ppf(0.975, n - 1),
    "1.96 is for many seeds; for few take Student's t with n - 1 degrees of freedom.": lambda n, names: 1.96,
    "2 is for many seeds; for few take Student's t with n - 1 degrees of freedom.": lambda n, names: 2.0,
    "3.18 is for four seeds; take student.ppf(0.975, n - 1).": lambda n, names: 3.18,
    "it is one standard error to each side; multiply it by Student's t.": lambda n, names: 1.0,
    "for 95 % in the middle the quantile is 0.975, not 0.95.": lambda n, names: student.ppf(0.95, n - 1),
    "for 95 % in the middle the quantile is 0.975, not 0.9.": lambda n, names: student.ppf(0.9, n - 1),
    "for 95 % in the middle the quantile is 0.975, not 0.995.": lambda n, names: student.ppf(0.995, n - 1),
    "for 95 % in the middle the quantile is 0.975, not 0.99.": lambda n, names: student.ppf(0.99, n - 1),
    "Student's t has n - 1 degrees of freedom, not n.": lambda n, names: student.ppf(0.975, n),
    "Student's t has n - 1 degrees of freedom, not n - 2.": lambda n, names: student.ppf(0.975, max(n - 2, 1)),
    "Student's t has 2n - 2 degrees of freedom for two samples; these are pairs, so n - 1.": (
        lambda n, names: student.ppf(0.975, 2 * n - 2)
    ),
    "n is the number of seeds, not that of names.": lambda n, names: student.ppf(0.975, max(names - 1, 1)),
    "a quantile of the normal distribution, one-sided; take student.ppf(0.975, n - 1).": lambda n, names: 1.644854,
    "student.ppf is the quantile; this is another function of Student's t.": lambda n, names: student.cdf(0.975, n - 1),
    "student.ppf is the quantile; student.pdf is the density.": lambda n, names: student.pdf(0.975, n - 1),
}
SPREADS = {
    "": lambda change, mine, base: change.std(ddof=1),
    "the standard deviation needs n - 1 (ddof=1).": lambda change, mine, base: change.std(),
    "the standard deviation divides by n - 1 (ddof=1), not by n - 2.": lambda change, mine, base: change.std(ddof=2),
    "take the standard deviation, not the variance.": lambda change, mine, base: change.var(ddof=1),
    "take the standard deviation with ddof=1, not the variance.": lambda change, mine, base: change.var(),
    "the standard deviation is that of the LOGARITHMS of the ratios.": lambda change, mine, base: np.exp(change).std(
        ddof=1
    ),
    "the standard deviation is that of the log RATIOS, not of the distances.": lambda change, mine, base: mine.std(
        ddof=1
    ),
    "the standard deviation is that of the log RATIOS, not of the trick's log distances.": lambda change, mine, base: (
        np.log(mine).std(ddof=1)
    ),
    "the standard deviation is that of the log RATIOS, not of the base's log distances.": lambda change, mine, base: (
        np.log(base).std(ddof=1)
    ),
    "the distances are sorted; each belongs to its seed.": lambda change, mine, base: np.log(
        np.sort(mine) / np.sort(base)
    ).std(ddof=1),
    "take the standard deviation, not the median absolute one.": lambda change, mine, base: (
        1.4826 * np.median(np.abs(change - np.median(change)))
    ),
    "take the standard deviation, not the range.": lambda change, mine, base: np.ptp(change),
    "take the standard deviation, not the mean absolute one.": lambda change, mine, base: np.abs(
        change - change.mean()
    ).mean(),
    "the logarithm of the standard deviation is taken; the logarithms come first.": lambda change, mine, base: np.log(
        np.exp(change).std(ddof=1)
    ),
}
ROOTS = {
    "": lambda n, names: np.sqrt(n),
    "divide by the root of n: the mean of n seeds is steadier than one.": lambda n, names: 1.0,
    "divide by the root of n, not by n.": lambda n, names: n,
    "with ddof=1 the root is that of n, not of n - 1.": lambda n, names: np.sqrt(n - 1),
    "n is the number of seeds, not that of names": lambda n, names: np.sqrt(names),
    "n is the number of seeds, not that of the other names": lambda n, names: np.sqrt(names - 1),
    "n is the number of seeds, not 4.": lambda n, names: 2.0,
    "t times the standard error goes to EACH side; this is half of it.": lambda n, names: 2 * np.sqrt(n),
    "t times the standard error goes to each side ONCE; this is twice as much.": lambda n, names: np.sqrt(n) / 2,
    "this is the interval for one more seed; that of the mean divides by the root of n.": (
        lambda n, names: 1 / np.sqrt(1 + 1 / n)
    ),
    "divide by the root of n, once.": lambda n, names: n**0.25,
    "multiply by nothing: divide by the root of n.": lambda n, names: 1 / np.sqrt(n),
}


def _widths(effects: Callable, given: dict, base: str, answer: pd.DataFrame) -> str:
    """Which parts of the half width are wrong, the same for all rows, or nothing.

    Args:
        effects: the learner's.
        given: name -> distances.
        base: the name to compare with.
        answer: the learner's table.
    """
    halves = []
    for table, ground, names in ((given, base, answer.index), (FIVE_SEEDS, "a", ("b", "c"))):
        for name in names:
            row = answer.loc[name] if table is given else _asked(effects, table, ground, name)
            try:
                ratio, low, high = np.asarray(row[:3], dtype=float)
            except Exception:
                return ""
            two = np.log([ratio / low, high / ratio])
            if not (np.isfinite(two).all() and np.isclose(*two, rtol=1e-6)):
                return ""
            halves.append((two[0], table[name], table[ground], len(table)))
    combinations = [words for words in product(QUANTILES, SPREADS, ROOTS) if 0 < sum(map(bool, words)) < 3]
    for words in sorted(combinations, key=lambda words: sum(map(bool, words))):
        quantile, spread, root = QUANTILES[words[0]], SPREADS[words[1]], ROOTS[words[2]]
        for found, mine, ground, names in halves:
            n = len(mine)
            half = quantile(n, names) * spread(np.log(mine / ground), mine, ground) / root(n, names)
            if not np.isclose(half, found, rtol=3e-5):
                break
        else:
            return "; and ".join(dict.fromkeys(one.rstrip(".") for one in words if one)) + "."
    return ""


# --- how an answer behaves --------------------------------------------------------------------------


FIVE_SEEDS = {
    "a": np.array([50.0, 61, 72, 44, 57]),
    "b": np.array([41.0, 55, 52, 40, 49]),
    "c": np.array([90.0, 99, 140, 91, 97]),
}


def _asked(effects: Callable, distances: dict, base: str, name: str) -> np.ndarray | None:
    """The learner's (ratio, low, high) of one name."""
    try:
        row = check.call(effects, distances, base).loc[name, ["ratio", "low", "high"]]
        return check.array(np.asarray(row, dtype=float), "the row", (3,))
    except Exception:
        return None


def _one_seed(effects: Callable, now: np.ndarray) -> str:
    """What one seed does to the ratio."""
    for seed in range(5):
        large = np.where(np.arange(5) == seed, 10.0, 1.0)
        both = {name: v * large for name, v in FIVE_SEEDS.items()}
        found = _asked(effects, both, "a", "b")
        if found is not None and not np.isclose(found[0], now[0], rtol=1e-4):
            return "If one seed has distances 10 times as large in all lines, the ratio stays; here it changes."
        found = _asked(effects, FIVE_SEEDS | {"b": both["b"]}, "a", "b")
        if found is not None and not np.isclose(found[0], now[0] * 10**0.2, rtol=0.02):
            return (
                "If the distance of one seed of five becomes 10 times as large, the mean logarithm grows by a fifth of log 10, "
                f"and the ratio becomes 1.585 times as large; here {found[0] / now[0]:.4g} times. All seeds count alike."
            )
    return ""


def behaviour(effects: Callable) -> str:
    """The first simple example in which a row is not as it should be, in words, or nothing."""
    given, base, trick = FIVE_SEEDS, FIVE_SEEDS["a"], FIVE_SEEDS["b"]
    now = _asked(effects, given, "a", "b")
    if now is None:
        return ""

    def alike(one, other=now) -> bool:
        return one is None or bool(np.allclose(one, other, rtol=1e-6))

    if not alike(_asked(effects, given, "a", "b")):
        return "Two calls give two tables: nothing is drawn at random here."
    if not alike(_asked(effects, {"a": base, "b": trick}, "a", "b")):
        return "A row changes if the other tricks are left out. It comes from its own distances and the base's alone."
    right = _effect(trick, base)
    if np.isclose(now[0], right[0], rtol=1e-4) and not np.isclose(now[0] ** 2, now[1] * now[2], rtol=1e-4):
        return (
            "The ratio is right. Its interval should reach equally far down and up among the LOGARITHMS, exp(m ± half)."
        )
    if not alike(_asked(effects, {name: v[::-1] for name, v in given.items()}, "a", "b")):
        return "If all lines list their seeds in another order, nothing changes; here it does. Each seed counts once, and like the others."
    if alike(_asked(effects, given | {"a": np.roll(base, 1)}, "a", "b")):
        return "A row stays the same if the base's seeds change places: divide seed by seed."
    steady = _asked(effects, given | {"b": 0.8 * base}, "a", "b")
    if steady is not None and not np.allclose(steady, 0.8, rtol=1e-6):
        told = ", ".join(f"{one:.4g}" for one in steady)
        return (
            f"If each distance is 0.8 times the base's, ratio, low and high are all 0.8; here they are {told}. Logarithms of "
            "ratios come first, then means, then exp."
        )
    told = _one_seed(effects, now)
    if told:
        return told
    if not alike(_asked(effects, {name: 10 * v for name, v in given.items()}, "a", "b")):
        return "If all distances are 10 times as large, the ratios stay; here they change."
    if np.isclose(now[0], right[0], rtol=1e-4):
        wide = np.log(now[2] / now[1]) / np.log(right[2] / right[1])
        return (
            f"The ratio is right. The interval, among logarithms, is {wide:.3g} times as wide as it should be (5 seeds). Look at "
            "its parts: the quantile of Student's t, the standard deviation with n - 1, and the root of n."
        )
    return ""


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

            def look(place=place) -> str:
                return (_widths(effects, given, base, answer) if place else "") or behaviour(effects)

            check.close(
                answer.loc[name, column],
                rows[name][place],
                f"{column!r} of {name}",
                mistakes=lambda name=name, place=place: _confirmed(effects, _known(given[name], given[base]), place),
                otherwise=look,
            )
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
