"""Checks of lesson 63, surface inspection: the area under a curve up to a limit."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def random_curve(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A curve that never falls, with vertical and level steps, from (0, 0) to (1, 0.95)."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 40))
    steps = rng.exponential(size=(2, n)) ** 2
    steps[0, rng.choice(n - 1, n // 4, replace=False)] = 0
    x, y = np.cumsum(steps, axis=1) / steps.sum(axis=1, keepdims=True)
    return np.r_[0, x], np.r_[0, 0.95 * y]


def _area(x, y, limit: float, end: str = "between") -> float:
    """Area piece by piece, without the division by the limit, and with the usual slips."""
    total = 0.0
    for a, b, low, high in zip(x[:-1], x[1:], y[:-1], y[1:], strict=True):
        if b <= limit or end == "one":
            total += (b - a) * (low + high) / 2
        elif a < limit:
            reach = (limit - a) / (b - a)
            total += {
                "between": (limit - a) * (low + low + reach * (high - low)) / 2,
                "cut": 0.0,
                "next": (b - a) * (low + high) / 2,
                "held": (limit - a) * low,
                "last": (limit - a) * (low + high) / 2,
                "zero": (limit - a) * low / 2,
                "top": (limit - a) * (low + 1) / 2,
                "middle": (limit - a) * (low + (low + high) / 2) / 2,
            }[end]
    return total


def check_area(area: Callable, rates, overlaps, limit: float) -> None:
    """Compare with an area piece by piece, and know the usual mistakes."""
    x, y = np.asarray(rates, dtype=float), np.asarray(overlaps, dtype=float)
    name = f"the area under {len(x)} points up to {limit:g}"
    answer = check.call(area, x, y, limit)
    right, known = _area(x, y, limit) / limit, lambda: _area_slips(x, y, limit)
    look = lambda: _on_grid(x, y, limit, answer) or _wrong_curve(area)  # noqa: E731
    check.close(answer, right, name, rtol=1e-4, mistakes=known, otherwise=look)


# what happens to the end of the area, and to its division
SLIPS = {
    "the piece between the last point before the limit and the limit is lost: interpolate there.": {"end": "cut"},
    "the area goes on to the first point BEYOND the limit; interpolate at the limit.": {"end": "next"},
    "the area goes on to 1; it ends at the limit.": {"end": "one"},
    "the last overlap was held level up to the limit; interpolate between its neighbours.": {"end": "held"},
    "at the limit the overlap of the next point was taken, or the AREA was interpolated; interpolate the overlap there "
    "between its neighbours.": {"end": "last"},
    "the overlap at the limit is 0 here; interpolate between its neighbours.": {"end": "zero"},
    "the overlap at the limit is 1 here; interpolate between its neighbours.": {"end": "top"},
    "at the limit stands the mean of both neighbours; interpolate, by how far the limit is between them.": {
        "end": "middle"
    },
    "divide by the limit.": {"divide": "not"},
    "it was multiplied by the limit; divide by it.": {"divide": "times"},
    "it was divided by the limit twice.": {"divide": "twice"},
    "divide by the limit, not by the last rate before it.": {"divide": "last"},
    "divide by the limit, not by 1 - limit.": {"divide": "rest"},
    "divide by the limit, not by the whole area.": {"divide": "whole"},
    "divide by the limit alone, not by the largest overlap as well.": {"divide": "highest"},
}


def _area_slips(x, y, limit) -> dict:
    """Known mistakes of the area, alone and two at a time, and others that are alone."""
    whole, inside = _area(x, y, limit, "one"), x <= limit
    right = _area(x, y, limit) / limit

    def formula(end="between", divide="limit"):
        return _area(x, y, limit, end) / {
            "limit": limit, "not": 1, "twice": limit**2, "times": 1 / limit, "last": x[inside][-1] or 1,
            "rest": 1 - limit, "whole": whole, "highest": limit * np.max(y),
        }[divide]  # fmt: skip

    slips = check.slips(formula, SLIPS)
    own, at = np.append(x[x < limit], limit), np.interp(limit, x, y)
    height = np.append(y[x < limit], at)
    left, below = (np.sum(np.diff(own) * one) / limit for one in (height[:-1], height[1:]))
    steps_left, steps_right = (float(np.sum(np.diff(np.minimum(x, limit)) * one)) for one in (y[:-1], y[1:]))
    first = np.unique(x, return_index=True)[1]
    alone = {
        "steps instead of straight lines between the points (left ends).": steps_left / limit,
        "steps instead of straight lines between the points (right ends).": steps_right / limit,
        "steps instead of straight lines between the points, from the left ends.": left,
        "steps instead of straight lines between the points, from the right ends.": below,
        "this is a mean of the overlaps, whatever their distance.": float(np.mean(y[inside])),
        "this is a mean of the overlaps and that at the limit, whatever their distance.": float(np.mean(height)),
        "the rates are missing: the trapezoids all have the width 1 here.": _trapezoids(height) / limit,
        "the two axes are exchanged: the rates are x.": float(np.sum(np.diff(y) * (x[1:] + x[:-1]) / 2) / limit),
        "the two axes are exchanged: the rates are x, the overlaps y.": _trapezoids(own, height) / limit,
        "the overlap at the limit, not the area.": float(at),
        "the arguments of np.interp are exchanged: where, the rates, the overlaps.": _trapezoids(
            np.append(y[x < limit], np.interp(limit, y, x)), own
        )
        / limit,
        "this is the area ABOVE the curve.": 1 - right,
        "the half of the trapezoids is missing.": 2 * right,
        "the axis runs backwards: the area has the wrong sign.": -right,
        "vertical steps were lost, where points of one rate became one: keep all points.": _area(
            x[first], y[first], limit
        )
        / limit,
        "vertical steps were lost: np.interp gives one overlap for each rate. Keep the points' own overlaps.": _trapezoids(
            np.interp(own, x, y), own
        )
        / limit,
        "points at rate 0 are left out; they belong to the curve.": _trapezoids(height[own > 0], own[own > 0]) / limit,
        "parabolas instead of straight lines (Simpson); take trapezoids.": _simpson(height, own) / limit,
    }
    return alone | dict(slips)  # those of one alone before the pairs


def _on_grid(x, y, limit, answer) -> str:
    """Whether an area comes from even steps, and what to do then."""
    for n in (k + more for k in (10, 20, 50, 100, 200, 300, 500, 1000, 2000, 10000) for more in (0, 1)):
        g = np.interp(np.linspace(0, limit, n), x, y)
        for value in (g.mean(), g[:-1].mean(), g[1:].mean(), _trapezoids(g) / (n - 1)):
            if np.shape(answer) == () and abs(float(answer) - value) < 1e-7:
                return (
                    "an even grid is not exact where a curve has a corner or a step: take its own points and the limit."
                )
    return ""


def _trapezoids(y, x=None) -> float:
    """Area of straight lines; without x the points are at distance 1."""
    return float(np.sum((1 if x is None else np.diff(x)) * (y[1:] + y[:-1]) / 2))


def _simpson(y, x) -> float:
    from scipy import integrate

    return float(integrate.simpson(y, x=x))


def _wrong_curve(area) -> str:
    """The simplest curve that goes wrong, in words."""
    cases = (
        ("level at 1", [0, 0.5, 1], [1, 1, 1], 0.25, 1),
        ("a straight line from (0, 0) to (1, 1), two points", [0, 1], [0, 1], 0.5, 0.25),
        ("level at 0 until a vertical step at 0.25 to level 1", [0, 0.25, 0.25, 1], [0, 0, 1, 1], 0.5, 0.5),
        ("a straight line to (0.4, 1) and level from there", [0, 0.4, 1], [0, 1, 1], 0.8, 0.75),
    )
    for words, x, y, limit, right in cases:
        try:
            value = float(check.call(area, np.array(x, float), np.array(y, float), limit))
        except Exception:
            return ""
        if not abs(value - right) <= 1e-4:
            return (
                f"a simple curve goes wrong already, {words}: up to {limit} it gives {right}, and yours is {value:.4g}."
            )
    return "simple curves go right: look at the piece that ends at the limit, and at points that share a rate."
