"""Checks of lesson 63, surface inspection: measures of heat maps, and a threshold by cost."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def small_case(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heat maps, masks and thresholds by the name of the case."""
    masks = np.zeros((3, 6, 8), bool)
    maps = np.random.default_rng(len(name)).random((3, 6, 8)).round(3)
    if name == "one large, two small":
        masks[0, :4, :5] = masks[1, 0, :2] = masks[1, 4:, 6:] = True
    elif name == "corner":
        masks[0, :2, :2] = masks[0, 2:4, 2:5] = masks[2, 5, 0] = True
    else:
        masks[1, 1:3, 1:7] = masks[2, 0, 7] = masks[2, 3:, 3] = True
        maps = np.floor(4 * maps)
        return maps, masks, np.array([4.0, 3, 2, 1, 0] if name == "ties" else [2.0, 4, 0, 3, 1])
    return maps + 0.3 * masks, masks, np.array([1.5, 1.0, 0.8, 0.55, 0.2, -1.0])


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heat maps, masks and thresholds at random; regions of pictures in a row lie over one another."""
    rng = np.random.default_rng(seed)
    n, h, w = [(4, 9, 7), (2, 5, 11), (12, 20, 16), (6, 8, 8)][seed % 4]
    masks = np.zeros((n, h, w), bool)
    for mask in masks[: n - 1]:
        for _ in range(rng.integers(1, 4)):
            row, column = rng.integers(0, h - 2), rng.integers(0, w - 2)
            mask[row : row + rng.integers(1, 4), column : column + rng.integers(1, 5)] = True
    maps = rng.normal(size=(n, h, w)) + 0.8 * masks
    return maps, masks, np.r_[np.inf, np.sort(rng.normal(size=9))[::-1] * 2]


def _regions(mask: np.ndarray, diagonal: bool = True) -> list[list[tuple[int, int]]]:
    """The connected pixels of a mask, by walking from pixel to pixel."""
    left, found = set(zip(*np.nonzero(mask), strict=True)), []
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if diagonal or not (a and b)]
    while left:
        waiting, region = [left.pop()], []
        while waiting:
            row, column = waiting.pop()
            region.append((row, column))
            for a, b in steps:
                if (row + a, column + b) in left:
                    left.remove((row + a, column + b))
                    waiting.append((row + a, column + b))
        found.append(region)
    return found


def _curve(maps, masks, thresholds, sound="all", weight="regions", diagonal=True, above=False):
    """Rates and overlaps, with the usual slips as options."""
    marked = np.array([maps > t if above else maps >= t for t in thresholds])
    good, bad = ~masks.any(axis=(1, 2)), masks.any(axis=(1, 2))
    counted = {"all": ~masks, "every": np.ones_like(masks), "good": ~masks & good[:, None, None],
               "bad": ~masks & bad[:, None, None]}[sound]  # fmt: skip
    rates = [one[counted].mean() for one in marked]
    if weight == "pixels":
        return np.array(rates), np.array([one[masks].mean() for one in marked])
    by_picture = [
        [[one[k][tuple(zip(*region, strict=True))].mean() for one in marked] for region in _regions(mask, diagonal)]
        for k, mask in enumerate(masks)
    ]
    if weight == "pictures":
        shares = [np.mean(regions, axis=0) for regions in by_picture if regions]
    elif weight == "masks":
        shares = [[one[k][mask].mean() for one in marked] for k, mask in enumerate(masks) if mask.any()]
    elif weight == "sum":
        return np.array(rates), np.sum([r for regions in by_picture for r in regions], axis=0)
    else:
        shares = [region for regions in by_picture for region in regions]
    return np.array(rates), np.mean(shares, axis=0)


def check_curve(curve: Callable, maps, masks, thresholds) -> None:
    """Compare with a walk over pixels, and know the usual mistakes."""
    name = f"{len(maps)} maps of {maps.shape[1]} x {maps.shape[2]} pixels, {len(thresholds)} thresholds"
    pair = check.several(check.call(curve, maps, masks, thresholds), "rates", "overlaps")
    rates, overlaps = _curve(maps, masks, thresholds)

    def one(which, **options):
        return _curve(maps, masks, thresholds, **options)[which]

    exchanged = np.shape(pair[0]) == rates.shape and np.allclose(np.asarray(pair[0], float), overlaps)
    check.require(
        not exchanged or np.allclose(rates, overlaps), f"{name}: the two results are exchanged; the rates come first."
    )
    of_rates = {
        "a pixel AT the threshold is marked as well: >=.": {"above": True},
        "divide by the number of SOUND pixels: defects do not count here.": {"sound": "every"},
        "sound pixels of parts with a defect count as well.": {"sound": "good"},
        "sound pixels of good parts count as well.": {"sound": "bad"},
    }
    words = {text: one(0, **options) for text, options in of_rates.items()}
    false = np.array([np.sum((maps >= t) & ~masks) for t in thresholds])
    words["divide by the number of SOUND pixels, not by that of all."] = false / masks.size
    words["this is a number of pixels; divide by that of the sound ones."] = false
    words["this is the share of sound pixels that are NOT marked."] = 1 - rates
    check.close(pair[0], rates, f"{name}: the false positive rates", mistakes=words)
    of_overlaps = {
        "a pixel AT the threshold is marked as well: >=.": {"above": True},
        "all pixels of defects count alike (this is recall); each REGION counts alike.": {"weight": "pixels"},
        "each picture counts alike; each REGION counts alike, and a picture may have several.": {"weight": "pictures"},
        "the defects of a picture are taken as one region; separate them (ndimage.label).": {"weight": "masks"},
        "pixels that touch at a corner are of one region: structure=np.ones((3, 3)).": {"diagonal": False},
        "this is the sum over the regions; take the mean.": {"weight": "sum"},
    }
    words = {text: one(1, **options) for text, options in of_overlaps.items()}
    words["regions of neighbouring pictures were joined: label each mask by itself."] = _joined(maps, masks, thresholds)
    check.close(pair[1], overlaps, f"{name}: the overlaps", mistakes=words)


def _joined(maps, masks, thresholds) -> np.ndarray:
    """Overlaps where the whole stack of masks is labelled at once."""
    from scipy import ndimage

    labels, n = ndimage.label(masks, np.ones((3, 3, 3)))
    return np.array([np.mean([(maps[labels == k] >= t).mean() for k in range(1, n + 1)]) for t in thresholds])


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
            }[end]
    return total


def check_area(area: Callable, rates, overlaps, limit: float) -> None:
    """Compare with an area piece by piece, and know the usual mistakes."""
    x, y = np.asarray(rates, dtype=float), np.asarray(overlaps, dtype=float)
    name = f"the area under {len(x)} points up to {limit:g}"
    steps_left, steps_right = (float(np.sum(np.diff(np.minimum(x, limit)) * one)) for one in (y[:-1], y[1:]))

    def formula(end="between", divide=True):
        return _area(x, y, limit, end) / (limit if divide else 1)

    mistakes = check.slips(
        formula,
        {
            "the piece between the last point before the limit and the limit is lost: interpolate there.": {
                "end": "cut"
            },
            "the area goes on to the first point BEYOND the limit; interpolate at the limit.": {"end": "next"},
            "the area goes on to 1; it ends at the limit.": {"end": "one"},
            "the last overlap was held level up to the limit; interpolate between its neighbours.": {"end": "held"},
            "at the limit the overlap of the next point was taken; interpolate between its neighbours.": {
                "end": "last"
            },
            "divide by the limit.": {"divide": False},
        },
    )
    mistakes |= {
        "steps instead of straight lines between the points (left ends).": steps_left / limit,
        "steps instead of straight lines between the points (right ends).": steps_right / limit,
        "this is a mean of the overlaps, whatever their distance.": float(np.mean(y[x <= limit])),
        "the two axes are exchanged: the rates are x.": float(np.sum(np.diff(y) * (x[1:] + x[:-1]) / 2) / limit),
        "the overlap at the limit, not the area.": float(np.interp(limit, x, y)),
    }
    check.close(check.call(area, x, y, limit), formula(), name, rtol=1e-4, mistakes=mistakes)


def cost_case(name: str) -> tuple:
    """Scores, labels, cost of a miss, of a false alarm, and share of bad parts, by name."""
    cases = {
        "half are bad": ([0.1, 0.5, 0.3, 0.9, 0.7, 0.2, 0.6, 0.8], "00010111", 50, 1, 0.02),
        "never is cheapest": ([3, 1, 2, 5, 4, 6], "010010", 2, 3, 0.05),
        "always": ([2, 7, 4, 1, 3], "10010", 90, 1, 0.5),
    }
    scores, labels, miss, alarm, share = cases[name]
    return np.array(scores, float), np.array([c == "1" for c in labels]), float(miss), float(alarm), float(share)


def random_costs(seed: int) -> tuple:
    """As :func:`cost_case`, at random; with ties if the seed is odd."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(15, 80))
    labels = rng.permutation(np.arange(n) < rng.integers(3, n - 3))
    values = rng.normal(size=n) ** (3 if seed % 3 == 0 else 1) + 1.3 * labels
    costs = [(50, 1, 0.02), (1, 1, 0.5), (20, 3, 0.1), (100, 0.5, 0.001), (2, 5, 0.4), (7, 1, 0.12)][seed % 6]
    return np.round(values, 1) if seed % 2 else values, labels, *map(float, costs)


def _cost(scores, bad, t, miss, alarm, share, above=False, of="kind", weights="line") -> float:
    rings = scores > t if above else scores >= t
    missed, false = np.sum(~rings & bad), np.sum(rings & ~bad)
    n_bad, n_good = (np.sum(bad), np.sum(~bad)) if of == "kind" else (len(bad), len(bad))
    missed, false = missed / n_bad, false / n_good
    a, b = {"line": (share, 1 - share), "none": (1, 1), "forgotten": (share, 1), "turned": (1 - share, share)}[weights]
    return float(a * miss * missed + b * alarm * false)


def check_threshold(cost: Callable, choose: Callable, scores, bad, miss: float, alarm: float, share: float) -> None:
    """Are the costs right, and is the chosen threshold as cheap as any?"""
    name = f"{len(scores)} parts, costs {miss:g} and {alarm:g}, {share:g} of the line bad"
    known = np.unique(scores)
    slips = {
        "an alarm rings AT the threshold, too: score >= threshold.": {"above": True},
        "shares of ALL parts; take the share of the bad ones missed, and that of the good ones alarmed.": {"of": "all"},
        "the share of bad parts on the line is not used.": {"weights": "none"},
        "good parts are 1 - bad_share of the line: that factor is missing.": {"weights": "forgotten"},
        "bad_share and 1 - bad_share are exchanged.": {"weights": "turned"},
    }
    for t in (known[len(known) // 2], known[0], np.inf, (known[0] + known[1]) / 2):
        mixed = np.mean(np.where(bad, miss * (scores < t), alarm * (scores >= t)))
        mistakes = {"this is the cost of these validation parts, as if the line had as many bad ones.": float(mixed)}
        mistakes = mistakes | check.slips(lambda t=t, **slip: _cost(scores, bad, t, miss, alarm, share, **slip), slips)
        mistakes["miss and false alarm are exchanged."] = _cost(scores, bad, t, alarm, miss, share)
        answer = check.call(cost, scores, bad, t, miss, alarm, share)
        right = _cost(scores, bad, t, miss, alarm, share)
        check.close(answer, right, f"{name}: the cost with threshold {t:.4g}", mistakes=mistakes)
    answer = check.call(choose, scores, bad, miss, alarm, share)
    check.require(answer is not None, f"{name}: no threshold was returned. Is the `return` missing?")
    try:
        threshold = float(answer)
    except (TypeError, ValueError):
        raise check.CheckError(f"{name}: the threshold must be one number, got {type(answer).__name__}.") from None
    check.require(not np.isnan(threshold), f"{name}: the threshold is NaN.")
    costs = [_cost(scores, bad, t, miss, alarm, share) for t in (*known, np.inf)]
    mine = _cost(scores, bad, threshold, miss, alarm, share)
    check.require(
        mine <= min(costs) + 1e-9,
        f"{name}: with your threshold {threshold:.4g} a part costs {mine:.4g}; {min(costs):.4g} can be had."
        + _why(threshold, scores, bad, miss, alarm, share, costs),
    )


def _why(threshold, scores, bad, miss, alarm, share, costs) -> str:
    """What is behind a threshold that is not the cheapest."""
    tries = (*np.unique(scores), np.inf)
    mine = _cost(scores, bad, threshold, miss, alarm, share)

    def cheapest(*args, **options) -> bool:
        all_costs = [_cost(scores, bad, t, *args, **options) for t in tries]
        return _cost(scores, bad, threshold, *args, **options) <= min(all_costs) + 1e-9

    if min(costs) == costs[-1] and mine <= min(costs[:-1]) + 1e-9:
        return " Never to ring is cheaper: try a threshold above all scores."
    if min(costs) == costs[0] and mine <= min(costs[1:]) + 1e-9:
        return " Always to ring is cheaper: try the lowest score as threshold."
    if abs(threshold - min(costs)) < 1e-9:
        return " This is the least cost itself; its threshold is wanted."
    if cheapest(miss, alarm, share, above=True):
        return " It would be the cheapest with score > threshold; the alarm rings AT it, too."
    if cheapest(miss, alarm, share, of="all", weights="none"):
        return " It is the cheapest for these validation parts, as if the line had as many bad ones."
    if np.isinf(threshold):
        return " Your choice never rings."
    if threshold not in scores:
        return " It is no score: try every score as threshold. (Did you return its index?)"
    if cheapest(1, 1, share):
        return " It is the cheapest if a miss and a false alarm cost the same."
    if cheapest(alarm, miss, share):
        return " It would be the cheapest with the two costs exchanged."
    return " Try every score as threshold, and one above them all."
