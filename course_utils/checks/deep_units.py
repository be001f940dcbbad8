"""Checks of lesson 13, deep autoencoders: dead units."""

from functools import partial

import numpy as np

from course_utils import check


def _peak(codes, axis):
    return np.abs(codes).max(axis=axis)


_CANCEL = "positive and negative values cancel; compare magnitudes."
_FAINT = "many small values are still silence, and one large value makes a unit alive: look at the largest magnitude."
_SAME = "a unit that always gives the same value, not near 0, is not silent."
DEAD_MISTAKES = {
    "negative values were taken for silence; compare magnitudes.": {"of": lambda c, axis: c.max(axis=axis)},
    "positive values were taken for silence; compare magnitudes.": {"of": lambda c, axis: -c.min(axis=axis)},
    "a unit whose magnitude equals the tolerance is dead, too (<=).": {"strict": True},
    "the tolerance is not used.": {"used": False},
    "this counts examples without any active unit, or takes all units for one; count units (axis).": {"axis": 1},
    "this counts single zeros; a dead unit is silent on every example.": {"of": lambda c, axis: np.abs(c)},
    "this counts the living units.": {"counted": "living"},
    "this is the share of dead units; their number is asked.": {"counted": "share"},
    "silent on some example is not dead; a unit must be silent on every one.": {"of": lambda c, a: np.abs(c).min(a)},
    "silent on most examples is not dead; a unit must be silent on all.": {
        "of": lambda c, axis: np.quantile(np.abs(c), 0.9, axis=axis, method="higher")
    },
    f"this looks at the mean: {_CANCEL}": {"of": lambda c, axis: np.abs(c.mean(axis=axis))},
    f"this looks at the sum: {_CANCEL}": {"of": lambda c, axis: np.abs(c.sum(axis=axis))},
    f"this looks at the mean of the magnitudes; {_FAINT}": {"of": lambda c, axis: np.abs(c).mean(axis=axis)},
    f"this looks at the sum of the magnitudes; {_FAINT}": {"of": lambda c, axis: np.abs(c).sum(axis=axis)},
    f"this looks at the norm of the column; {_FAINT}": {"of": lambda c, axis: np.linalg.norm(c, axis=axis)},
    f"this looks at the range of the values; {_SAME}": {"of": lambda c, axis: np.ptp(c, axis=axis)},
    f"this looks at the standard deviation; {_SAME}": {"of": lambda c, axis: c.std(axis=axis)},
    "this looks only at the last example.": {"of": lambda c, axis: np.abs(c[-1])},
    "this looks only at the first example.": {"of": lambda c, axis: np.abs(c[0])},
    "the values were squared, the tolerance was not.": {"of": lambda c, axis: np.square(c).max(axis=axis)},
}


def _more_counts(codes: np.ndarray, limit: float) -> dict:
    """Mistakes in the count that are no options of the formula."""
    peaks, silent = _peak(codes, 0), np.abs(codes) <= limit
    dead = peaks <= limit
    return {
        "this is per cent; the number is asked.": 100 * dead.mean(),
        "== asks for the very value of the tolerance; a dead unit is at or below it.": (peaks == limit).sum(),
        "the values were rounded first.": np.all(np.round(codes) == 0, axis=0).sum(),
        "the mean of the values is compared; compare each magnitude.": (codes.mean(axis=0) <= limit).sum(),
        "positive in some and negative in some: a unit must be within the tolerance on both sides.": (
            (codes.max(axis=0) <= limit) | (codes.min(axis=0) >= -limit)
        ).sum(),
        "once a living unit was found, all later ones count as living. Begin anew for each unit.": np.logical_and.accumulate(
            dead
        ).sum(),
        "this is 1 if some unit is dead, else 0; count all of them. Does the loop return too early?": dead.any(),
        "this looks only at the first unit. Does the loop return too early?": dead[0],
        "this is 1 for all codes. Is it the length of a tuple?": 1,
        "this is the number of all units.": len(dead),
        "the first example is left out.": (np.abs(codes[1:]).max(axis=0, initial=0) <= limit).sum(),
        "the last example is left out.": (np.abs(codes[:-1]).max(axis=0, initial=0) <= limit).sum(),
        "only the first half of the examples is looked at.": (
            np.abs(codes[: len(codes) // 2]).max(axis=0, initial=0) <= limit
        ).sum(),
        "the sum of the values is compared; compare each magnitude.": (codes.sum(axis=0) <= limit).sum(),
        "this is the number divided by that of the examples.": dead.sum() / len(codes),
        "as many units are looked at as there are examples; units are the columns.": dead[: len(codes)].sum(),
        "this counts the living units, and the tolerance is not used.": (peaks > 0).sum(),
        "this counts units with a 0 somewhere; a dead unit is silent on every example.": (codes == 0).any(axis=0).sum(),
        "np.all of the codes is compared with the tolerance; compare first, then take np.all.": (
            codes.all(axis=0) <= limit
        ).sum(),
        f"this looks at the variance; {_SAME}": (codes.var(axis=0) <= limit).sum(),
        "living units were taken from the number of examples; count units.": len(codes) - (~dead).sum(),
        "this is the number of zeros in an average example; a dead unit is silent on every one.": silent.sum(1).mean(),
        "this is the number of zeros by example, rounded; a dead unit is silent on every one.": silent.sum()
        // len(codes),
        "this counts the zeros of each unit; a dead unit has nothing else.": silent.sum(axis=0),
        "this counts the zeros of each example; count units.": silent.sum(axis=1),
    }


def _known_counts(codes: np.ndarray, limit: float) -> dict:
    """Message -> the count that this mistake gives."""

    def count(of=_peak, axis=0, strict=False, used=True, counted="dead"):
        values = of(codes, axis)
        level = limit if used else 0.0
        silent = values < level if strict else values <= level
        return {"dead": silent.sum(), "living": (~silent).sum(), "share": silent.mean()}[counted]

    return _more_counts(codes, limit) | check.slips(count, DEAD_MISTAKES)


def _right_count(codes, tolerance: float = 0.0) -> int:
    return sum(all(abs(v) <= tolerance for v in unit) for unit in np.transpose(codes).tolist())


def _elsewhere():
    """Cases for confirming a mistake: hardly two give the same counts in all of them."""
    rng = np.random.default_rng(13)
    for tolerance, size in ((0.5, 1.0), (1.25, 3.0), (0.2, 0.1)):
        levels = np.array([0, 0, 0.01, 0.3, 0.6, 0.9, 1, 1, -1, -0.9, -0.5, 1.1, -1.5, 4])
        codes = tolerance * rng.choice(levels, (5, 150))
        codes[:, :60] = tolerance * rng.choice(levels, 60)  # units that always give the same value
        codes[:, 60:110] *= rng.random((5, 50)) < 0.15
        yield codes, tolerance
        yield size * np.abs(codes[:4, 40:]), tolerance
    yield np.ones((3, 4)), 0.5


def _few_codes():
    """Small cases, each with one thing more that matters."""
    last = np.zeros((1000, 1))
    last[-1] = 1
    cases = (
        ([[0.0], [0.0]], 0.0, "one unit, silent on both examples"),
        ([[2.0], [1.0]], 0.0, "one unit, never silent"),
        ([[0.0], [1.0]], 0.0, "one unit, active on the second example"),
        ([[1.0], [0.0]], 0.0, "one unit, active on the first example"),
        ([[0.0], [-1.0]], 0.0, "-1 is active"),
        ([[1.0], [-1.0]], 0.0, "1 and -1 are both active"),
        ([[3.0], [3.0]], 0.0, "3 is active, though always the same"),
        ([[0.0, 0.0, 0.0], [0.0, 0.0, 4.0]], 0.0, "the first two of three units"),
        ([[1e-9, 0.0]], 0.0, "the second unit; 1e-9 is above the tolerance 0"),
        ([[0.4], [0.2]], 0.5, "all magnitudes are below the tolerance"),
        ([[0.4], [-0.2]], 0.5, "all magnitudes are below the tolerance"),
        ([[0.5], [-0.5]], 0.5, "all magnitudes are equal to the tolerance"),
        ([[0.4], [0.4], [0.4]], 0.5, "each magnitude is below the tolerance"),
        ([[0.6], [0.0], [0.0]], 0.5, "the first magnitude is above the tolerance"),
        ([[0.0], [0.0], [-0.6]], 0.5, "the last magnitude is above the tolerance"),
        ([[0.9, 20.0]], 0.5, "no unit"),
        ([[1.7, 2.0, -1.5, -2.5]], 2.0, "the first three of four units"),
        ([[0.08, -0.06, 0.05]], 0.07, "the second and the third of three units"),
    )
    for codes, tolerance, why in cases:
        told = f"codes {codes}, tolerance {tolerance:g} ({why})"
        yield told, (np.array(codes), tolerance), _right_count(codes, tolerance)
    yield "1,000 examples of one unit, 999 times 0, then 1, tolerance 0", (last, 0.0), 0


def check_dead(count_dead_units, codes, tolerance: float | None = None, known: bool = False) -> None:
    """Compare with a plain loop.

    Args:
        count_dead_units: the learner's function.
        codes: latent codes (n, units).
        tolerance: None to leave the argument out.
        known: whether to name the usual mistakes; in few units several give the same count.
    """
    codes = np.asarray(codes, dtype=float)
    limit = tolerance or 0.0
    arguments = (codes,) if tolerance is None else (codes, tolerance)
    answer = check.call(count_dead_units, *arguments)

    def mistakes():
        again = partial(check.call, count_dead_units)
        found = check.confirmed(again, _known_counts, (codes, limit), _elsewhere()) if known else {}
        dead = np.abs(codes).max(axis=0) <= limit
        places = np.flatnonzero(dead)
        found["this says which units are dead; return their number."] = dead
        for kind, wrong in {"": places, " (np.where)": places[None], " (np.argwhere)": places[:, None]}.items():
            found[f"these are the places of the dead units{kind}; return their number."] = wrong
        return found

    check.close(
        answer,
        _right_count(codes, limit),
        f"the count for {len(codes)} examples, {codes.shape[1]} units, tolerance {limit:g}",
        rtol=0,
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(count_dead_units, _few_codes()),
    )


def check_dead_by_design(count_dead_units, tolerance: float) -> None:
    """:func:`check_dead` on 136 units in which each usual mistake, and nearly each pair, gives another count."""
    codes = np.zeros((12, 15))
    codes[2, 1] = codes[:, 2] = 0.5
    codes[[1, 3], 3] = [1, -1]
    codes[[2, 4], 4] = 0.6
    codes[5, 5], codes[6, 12], codes[7, 13] = 3, 4, 8
    codes[0, 6] = codes[:, 10] = codes[8:, 11] = 30
    codes[:3, 7], codes[8:, 8] = 20, -20
    codes[11, 14] = 30
    codes[8:, 9] = [10, -10, 20, -20]
    codes = np.repeat(codes, [4, 15, 27, 5, 15, 18, 12, 1, 6, 6, 1, 12, 2, 2, 10], axis=1)
    mixed = codes[:, np.random.default_rng(20).permutation(codes.shape[1])]
    check_dead(count_dead_units, tolerance * mixed, tolerance, known=True)


def check_dead_on_random(count_dead_units, rows: int, units: int, zeros: float, tolerance: float | None) -> None:
    """:func:`check_dead` on random codes with a share of zeros."""
    rng = np.random.default_rng([rows, units])
    codes = np.where(rng.random((rows, units)) < zeros, 0, rng.normal(size=(rows, units)))
    check_dead(count_dead_units, codes, tolerance)
