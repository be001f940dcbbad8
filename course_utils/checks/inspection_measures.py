"""Checks of lesson 63, surface inspection: measures of heat maps; the area and the cost are in modules of their own."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.inspection_area import check_area as check_area
from course_utils.checks.inspection_area import random_curve as random_curve
from course_utils.checks.inspection_cost import check_threshold as check_threshold
from course_utils.checks.inspection_cost import cost_case as cost_case
from course_utils.checks.inspection_cost import random_costs as random_costs


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
               "bad": ~masks & bad[:, None, None], "defects": masks}.get(sound, ~masks)  # fmt: skip
    if sound == "pictures":
        rates = [np.mean([one[k][~mask].mean() for k, mask in enumerate(masks) if not mask.all()]) for one in marked]
    elif sound == "marked":
        rates = [one[~masks].sum() / max(one.sum(), 1) for one in marked]
    else:
        rates = [one[counted].mean() for one in marked]
    if weight == "pixels":
        return np.array(rates), np.array([one[masks].mean() for one in marked])
    by_picture = [[tuple(zip(*region, strict=True)) for region in _regions(mask, diagonal)] for mask in masks]
    pairs = [(k, region) for k, regions in enumerate(by_picture) for region in regions]
    if weight == "pictures":
        shares = [
            np.mean([[one[k][region].mean() for one in marked] for region in regions], axis=0)
            for k, regions in enumerate(by_picture)
            if regions
        ]
    elif weight == "masks":
        shares = [[one[k][mask].mean() for one in marked] for k, mask in enumerate(masks) if mask.any()]
    else:
        measure = REGION[weight]
        shares = [[measure(one, maps, masks, k, region, t) for one, t in zip(marked, thresholds, strict=True)]
                  for k, region in pairs]  # fmt: skip
    return np.array(rates), np.mean(shares, axis=0)


def _box(region) -> tuple[slice, slice]:
    return tuple(slice(min(axis), max(axis) + 1) for axis in region)


# what a region may be given by mistake, from (marked, maps, masks, picture, region, threshold)
REGION = {
    "regions": lambda one, maps, masks, k, region, t: one[k][region].mean(),
    "missed": lambda one, maps, masks, k, region, t: 1 - one[k][region].mean(),
    "any": lambda one, maps, masks, k, region, t: one[k][region].any(),
    "whole": lambda one, maps, masks, k, region, t: one[k][region].all(),
    "number": lambda one, maps, masks, k, region, t: one[k][region].sum(),
    "union": lambda one, maps, masks, k, region, t: (
        one[k][region].sum() / (one[k].sum() + len(region[0]) - one[k][region].sum())
    ),
    "mask": lambda one, maps, masks, k, region, t: one[k][region].sum() / masks[k].sum(),
    "picture": lambda one, maps, masks, k, region, t: one[k][region].sum() / masks[k].size,
    "value": lambda one, maps, masks, k, region, t: maps[k][region].mean() >= t,
    "highest": lambda one, maps, masks, k, region, t: maps[k][region].max(),
    "box": lambda one, maps, masks, k, region, t: one[k][_box(region)].mean(),
}


def check_curve(curve: Callable, maps, masks, thresholds) -> None:
    """Compare with a walk over pixels, and know the usual mistakes."""
    name = f"{len(maps)} maps of {maps.shape[1]} x {maps.shape[2]} pixels, {len(thresholds)} thresholds"
    pair = check.several(check.call(curve, maps, masks, thresholds), "rates", "overlaps")
    rates, overlaps = _curve(maps, masks, thresholds)
    exchanged = np.shape(pair[0]) == rates.shape and np.allclose(np.asarray(pair[0], float), overlaps)
    check.require(
        not exchanged or np.allclose(rates, overlaps), f"{name}: the two results are exchanged; the rates come first."
    )
    for place, words, right, slips in (
        (0, "the false positive rates", rates, _rate_slips),
        (1, "the overlaps", overlaps, _overlap_slips),
    ):
        found = pair[place]

        def mistakes(right=right, slips=slips):
            wrong = slips(maps, masks, thresholds, right)
            for order, text in (
                (np.argsort(thresholds), "from the lowest"),
                (np.argsort(-thresholds), "from the highest"),
            ):
                wrong[f"the thresholds were sorted, {text}; keep the order in which they are given."] = right[order]
            return wrong

        def look(place=place, right=right, found=found) -> str:
            return _wrong_case(curve, place) if np.shape(found) == right.shape else ""

        check.require(
            np.ndim(found) > 0 or found is None,
            f"{name}: {words}: this is one number; each threshold has its own.",
        )
        check.close(found, right, f"{name}: {words}", mistakes=mistakes, otherwise=look)


def _rate_slips(maps, masks, thresholds, rates) -> dict:
    """Known mistakes in the false positive rates."""
    options = {
        "a pixel AT the threshold is marked as well: >=.": {"above": True},
        "divide by the number of SOUND pixels: defects do not count here.": {"sound": "every"},
        "sound pixels of parts with a defect count as well.": {"sound": "good"},
        "sound pixels of good parts count as well.": {"sound": "bad"},
        "this is the share of DEFECT pixels that are marked; take the sound ones.": {"sound": "defects"},
        "each picture has a rate of its own here; put the sound pixels of all pictures together.": {
            "sound": "pictures"
        },
        "divide by the number of sound pixels, not by that of the marked ones.": {"sound": "marked"},
    }
    words = {text: _curve(maps, masks, thresholds, **one)[0] for text, one in options.items()}
    false = np.array([np.sum((maps >= t) & ~masks) for t in thresholds])
    below = np.array([np.mean(maps[~masks] <= t) for t in thresholds])
    return words | {
        "divide by the number of SOUND pixels, not by that of all.": false / masks.size,
        "divide by the number of SOUND pixels, not by that of the defects' pixels.": false / max(masks.sum(), 1),
        "this is a number of pixels; divide by that of the sound ones.": false,
        "this is the share of sound pixels that are NOT marked.": 1 - rates,
        "these are the pixels BELOW the threshold; marked is what reaches it.": below,
    }


def _overlap_slips(maps, masks, thresholds, overlaps) -> dict:
    """Known mistakes in the overlaps."""
    options = {
        "a pixel AT the threshold is marked as well: >=.": {"above": True},
        "all pixels of defects count alike (this is recall); each REGION counts alike.": {"weight": "pixels"},
        "each picture counts alike; each REGION counts alike, and a picture may have several.": {"weight": "pictures"},
        "the defects of a picture are taken as one region; separate them (ndimage.label).": {"weight": "masks"},
        "pixels that touch at a corner are of one region: structure=np.ones((3, 3)).": {"diagonal": False},
        "this is the share of each region that is NOT marked.": {"weight": "missed"},
        "a region with one marked pixel counts as found here; take the SHARE of its pixels.": {"weight": "any"},
        "a region counts only if all its pixels are marked; take the SHARE of them.": {"weight": "whole"},
        "these are numbers of pixels; divide by the size of the region.": {"weight": "number"},
        "divided by the union of region and marked pixels; divide by the size of the region.": {"weight": "union"},
        "divided by all defect pixels of the picture; divide by the size of the region.": {"weight": "mask"},
        "divided by all pixels of the picture; divide by the size of the region.": {"weight": "picture"},
        "a region's mean value is compared with the threshold; compare each pixel.": {"weight": "value"},
        "the box around a region was taken; take the region's own pixels.": {"weight": "box"},
    }
    words = {text: _curve(maps, masks, thresholds, **one)[1] for text, one in options.items()}
    by_picture = [[tuple(zip(*region, strict=True)) for region in _regions(mask)] for mask in masks]
    n = sum(len(regions) for regions in by_picture)
    words["this is the sum over the regions; take the mean."] = n * overlaps
    words["divide by the number of regions, not by that of the pictures."] = n * overlaps / len(masks)
    bad = sum(bool(regions) for regions in by_picture)
    words["divide by the number of regions, not by that of the pictures with a defect."] = n * overlaps / bad
    words["regions of neighbouring pictures were joined: label each mask by itself."] = _joined(maps, masks, thresholds)
    return words | _lost_regions(maps, masks, thresholds)


def _lost_regions(maps, masks, thresholds) -> dict:
    """Overlaps where the labels are not all taken, or what is no region is one."""
    from scipy import ndimage

    ones, union = np.ones((3, 3)), ndimage.label(masks.any(axis=0), np.ones((3, 3)))
    labels = [ndimage.label(mask, ones) for mask in masks]

    def mean(numbers, rows=slice(None)) -> np.ndarray:
        parts = [one[found == k] for one, (found, n) in list(zip(maps, labels, strict=True))[rows] for k in numbers(n)]
        return np.array([np.mean([(part >= t).mean() for part in parts]) for t in thresholds]) if parts else None

    last = max(k for k, mask in enumerate(masks) if mask.any())
    of_union = [maps[:, union[0] == k] for k in range(1, union[1] + 1)]
    return {
        "label 0, the sound pixels, was taken as a region; begin with 1.": mean(lambda n: range(n + 1)),
        "label 0, the sound pixels, was taken as a region, and the last was lost: from 1 to n.": mean(range),
        "label 0 of the pictures with a defect was taken as a region; begin with 1.": mean(
            lambda n: range(n + 1) if n else ()
        ),
        "the last region of each picture is lost: the labels go from 1 to n.": mean(lambda n: range(1, n)),
        "only the first region of each picture counts here; take all.": mean(lambda n: range(1, min(n, 1) + 1)),
        "only the regions of the last picture count here; collect those of all.": mean(
            lambda n: range(1, n + 1), slice(last, last + 1)
        ),
        "the masks of all pictures were laid over one another; label each mask by itself.": np.array(
            [np.mean([(part >= t).mean() for part in of_union]) for t in thresholds]
        ),
    }


def _joined(maps, masks, thresholds) -> np.ndarray:
    """Overlaps where the whole stack of masks is labelled at once."""
    from scipy import ndimage

    labels, n = ndimage.label(masks, np.ones((3, 3, 3)))
    return np.array([np.mean([(maps[labels == k] >= t).mean() for k in range(1, n + 1)]) for t in thresholds])


def _wrong_case(curve, place) -> str:
    """The simplest case that goes wrong, in words."""
    one, two, three = np.zeros((3, 1, 4, 6))
    mask, other, third = np.zeros((3, 1, 4, 6), bool)
    mask[0, 0, :4] = other[0, 0, :4] = other[0, 3, 5] = True
    one[0, 0, :3] = one[0, 3, :5] = two[0, 0, :3] = two[0, 3, 5] = three[0, 2, :3] = 1.0
    five = 10 * np.concatenate([one] * 4 + [np.maximum(one, mask)])
    cases = (
        ("a threshold above all values, so that nothing is marked", [one], [mask], 2, (0, 0)),
        ("one picture of 24 pixels with a region of 4, of which 3 are marked, and 5 sound pixels marked", [one], [mask],
         0.5, (5 / 20, 3 / 4)),
        ("one picture with a region of 4 pixels, of which 3 are marked, and one of a single pixel, marked", [two], [other],
         0.5, (0, (3 / 4 + 1) / 2)),
        ("a picture of 24 pixels with a region of 4, of which 3 are marked, with 5 sound ones, and a picture without "
         "region, of which 3 pixels are marked", [one, three], [mask, third], 0.5, (8 / 44, 3 / 4)),
        ("five pictures, each with a region of 4 pixels, of which 3 are marked, and in the last all 4, and 5 sound ones; values of 0 and 10, "
         "the threshold is 5", [five], [mask] * 5, 5, (25 / 100, 0.8)),
    )  # fmt: skip
    for words, maps, masks, t, right in cases:
        try:
            pair = check.call(curve, np.concatenate(maps), np.concatenate(masks), np.array([float(t)]))
            value = float(np.asarray(pair[place], dtype=float)[0])
        except Exception:
            return ""
        if not abs(value - right[place]) <= 1e-6:
            return f"a simple case goes wrong already: {words}. This must give {right[place]:.4g}, and yours is {value:.4g}."
    try:
        pair = check.call(curve, one, mask, np.array([0.5, 2.0, 0.5]))
        values = np.asarray(pair[place], dtype=float)
    except Exception:
        return ""
    if not np.allclose(values, np.array([1, 0, 1]) * cases[1][4][place], atol=1e-6):
        return (
            "one threshold goes right, several do not: 0.5, 2 and 0.5 again must give the same first and last. Each "
            "stands for itself, in its place."
        )
    return (
        "simple cases go right: look at values AT a threshold, at regions that touch at a corner, and at the order of "
        "the thresholds."
    )
