"""Inspect a folder of parts: learn from good ones, mark what is unlike them, judge it, say so.

Two memory banks, as in lesson 63: one of patches as they are, one of what filters answer. The
command ``course inspect`` puts the result on a page, see :mod:`course_utils.inspection_report`.
"""

import time
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage
from sklearn.metrics import average_precision_score, roc_auc_score

from course_utils.filter_bank import filter_bank
from course_utils.inspection_folder import GREY, InspectionFolder
from course_utils.parts import GOOD

STEP = 4  # pixels between two patches
PATCH = 5  # pixels, height and width of a patch
MEMORY = 1000  # patches that a memory bank keeps
AT_MOST = 40_000  # patches among which it chooses
TOP = 0.01  # share of a map's pixels, the highest, whose mean is the score of the picture
LIMIT = 0.3  # the false positive rate up to which PRO is integrated


def grid(values: np.ndarray) -> np.ndarray:
    """Every fourth pixel of ``(n, height, width, c)`` in both directions, from the third on."""
    return values[:, STEP // 2 :: STEP, STEP // 2 :: STEP]


def patch_pixels(x: np.ndarray) -> np.ndarray:
    """The patch of 5 × 5 pixels around each place of the grid: ``(n, rows, columns, 25)``.

    Args:
        x: grey pictures ``(n, height, width)``; they are mirrored at the border.
    """
    half = PATCH // 2
    wide = np.pad(x, ((0, 0), (half, half), (half, half)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (PATCH, PATCH), axis=(1, 2))
    chosen = grid(windows)
    return chosen.reshape(*chosen.shape[:3], PATCH**2).astype("float32")


def filter_answers(x: np.ndarray) -> np.ndarray:
    """What the filter bank answers at each place of the grid: ``(n, rows, columns, 20)``."""
    return grid(filter_bank(x))


def to_pixels(coarse: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Values on the grid ``(n, rows, columns)`` between its places, for ``(n, height, width)``."""
    places = [(np.arange(size) - STEP // 2) / STEP for size in shape]
    mesh = np.meshgrid(*places, indexing="ij")
    maps = [ndimage.map_coordinates(one, mesh, order=1, mode="nearest") for one in coarse]
    return np.stack(maps).astype("float32")


def _features(pictures: np.ndarray) -> list[np.ndarray]:
    """The two kinds of features of pictures ``(n, height, width, 3)``, 0 to 255.

    Where a picture has colours, two blurred differences of colours join the filters' answers.
    """
    rgb = pictures.astype("float32") / 255
    grey = rgb @ GREY
    answers = filter_answers(grey)
    if np.any(pictures[..., 0] != pictures[..., 1]) or np.any(pictures[..., 0] != pictures[..., 2]):
        colors = np.stack([rgb[..., 0] - rgb[..., 1], rgb[..., 2] - grey], axis=-1)
        colors = ndimage.gaussian_filter(colors, (0, 2, 2, 0))
    else:
        colors = np.zeros((*grey.shape, 2), "float32")
    return [patch_pixels(grey), np.concatenate([answers, grid(colors)], axis=-1)]


class _Bank:
    """A memory of good patches, spread out so that each good patch has one near."""

    def __init__(self, rows: np.ndarray, rng: np.random.Generator):
        self.mean, self.spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
        rows = (rows - self.mean) / self.spread
        if len(rows) > AT_MOST:
            rows = rows[rng.choice(len(rows), AT_MOST, replace=False)]
        squares = np.einsum("ij,ij->i", rows, rows)
        kept, away = [0], np.full(len(rows), np.inf, "float32")
        while len(kept) < min(MEMORY, len(rows)):
            last = kept[-1]
            away = np.minimum(away, squares - 2 * rows @ rows[last] + squares[last])
            kept.append(int(np.argmax(away)))
        self.rows, self.squares = rows[kept], squares[kept]

    def away(self, features: np.ndarray) -> np.ndarray:
        """Distance to the nearest remembered patch, for each place."""
        rows = (features.reshape(-1, features.shape[-1]) - self.mean) / self.spread
        squared = self.squares - 2 * rows @ self.rows.T
        nearest = squared.min(axis=1) + np.einsum("ij,ij->i", rows, rows)
        return np.sqrt(np.maximum(nearest, 0)).reshape(features.shape[:-1])


class Detector:
    """Heat maps of pictures, from good pictures ``(n, height, width, 3)`` alone.

    One picture in four is kept out of the memories; what these say of it is the unit of a map: 0
    is usual, and 1 is a standard deviation above it.
    """

    def __init__(self, good: np.ndarray, seed: int = 0):
        held = np.arange(len(good)) % 4 == 3
        rng = np.random.default_rng(seed)
        learnt = [_features(picture[None]) for picture in good[~held]]
        self.banks = [
            _Bank(np.concatenate([f.reshape(-1, f.shape[-1]) for f in kind]), rng)
            for kind in zip(*learnt, strict=True)
        ]
        usual = [self._away(picture) for picture in good[held]]
        self.units = [(np.mean(kind), np.std(kind)) for kind in zip(*usual, strict=True)]

    def _away(self, picture: np.ndarray) -> list[np.ndarray]:
        kinds = _features(picture[None])
        return [bank.away(kind)[0] for bank, kind in zip(self.banks, kinds, strict=True)]

    def heat_map(self, picture: np.ndarray) -> np.ndarray:
        """How unlike a good part each pixel of a picture ``(height, width, 3)`` is."""
        pairs = zip(self._away(picture), self.units, strict=True)
        coarse = np.max([(away - mean) / std for away, (mean, std) in pairs], axis=0)
        return to_pixels(coarse[None], picture.shape[:2])[0]


def score_of(heat_map: np.ndarray) -> float:
    """The score of a picture: the mean of the highest hundredth of its map."""
    values = np.sort(heat_map.ravel())
    return float(values[-max(1, round(TOP * values.size)) :].mean())


def region_overlap(heat_maps: np.ndarray, masks: np.ndarray, limit: float = LIMIT) -> float:
    """Area under the curve of per-region overlap up to a false positive rate, divided by it.

    Every distinct value is a threshold. At the limit the curve is interpolated; without that,
    few thresholds or many equal values cost a part of the area. Regions are 8-connected.

    Args:
        heat_maps: ``(n, height, width)``.
        masks: boolean, of the same shape; both defects and sound pixels occur.
        limit: above 0, at most 1.
    """
    masks = np.asarray(masks, bool)
    weights = np.zeros(masks.shape)
    for weight, mask in zip(weights, masks, strict=True):
        regions, n = ndimage.label(mask, np.ones((3, 3)))
        sizes = np.bincount(regions.ravel(), minlength=n + 1)
        weight[mask] = 1 / sizes[regions[mask]]
    weights /= weights.sum()
    order = np.argsort(-np.asarray(heat_maps, dtype=float), axis=None)
    values = np.asarray(heat_maps, dtype=float).ravel()[order]
    last = np.r_[values[1:] != values[:-1], True]  # of each distinct value
    false = np.r_[0, np.cumsum(~masks.ravel()[order])[last]] / np.sum(~masks)
    overlap = np.r_[0, np.cumsum(weights.ravel()[order])[last]]
    first = int(np.argmax(false >= limit))  # the curve begins with 0 and ends with 1
    share = (limit - false[first - 1]) / (false[first] - false[first - 1])
    at_limit = overlap[first - 1] + share * (overlap[first] - overlap[first - 1])
    x, y = np.r_[false[:first], limit], np.r_[overlap[:first], at_limit]
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2) / limit)


@dataclass(frozen=True)
class Costs:
    """What mistakes cost, and how many parts are bad where the machine will work."""

    miss: float = 20.0
    alarm: float = 1.0
    rate: float = 0.05

    def __post_init__(self):
        if self.miss < 0 or self.alarm < 0 or not 0 <= self.rate <= 1:
            raise ValueError(
                "a miss and a false alarm cost 0 or more, and the share of bad parts is from 0 to "
                f"1; got {self.miss:g}, {self.alarm:g} and {self.rate:g}"
            )

    def of(self, missed: float, false: float) -> float:
        """Expected cost of a part, from the share of bad parts missed and of good ones alarmed."""
        return self.rate * self.miss * missed + (1 - self.rate) * self.alarm * false


def alarm_level(scores: np.ndarray, bad: np.ndarray, costs: Costs) -> tuple[float, float]:
    """The level from which on an alarm is cheapest, and its expected cost on these parts.

    Of equally cheap levels it is the middle of the widest gap between two scores. Without bad
    parts it lies above all good ones, by as much as they differ; without good ones, below all.
    """
    good, faulty = np.sort(scores[~bad]), np.sort(scores[bad])
    if not len(faulty):
        return float(good[-1] + (good[-1] - np.median(good))), np.nan
    if not len(good):
        return float(faulty[0]), np.nan
    known = np.unique(scores)
    edges = np.r_[known[0] - 1e-6, known, known[-1] + 1e-6]
    levels, gaps = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    missed = np.searchsorted(faulty, levels) / len(faulty)
    false = 1 - np.searchsorted(good, levels) / len(good)
    price = costs.of(missed, false)
    cheapest = np.flatnonzero(np.isclose(price, price.min(), rtol=0, atol=1e-12))
    best = cheapest[np.argmax(gaps[cheapest])]
    return float(levels[best]), float(price[best])


@dataclass
class Inspection:
    """What was found in a folder; rows are the pictures of ``test/`` in their order.

    ``judged`` says which pictures the measures are of; the threshold was chosen by the others.
    """

    folder: InspectionFolder
    maps: np.ndarray
    scores: np.ndarray
    judged: np.ndarray
    threshold: float
    costs: Costs
    milliseconds: float
    seconds_learning: float
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def alarms(self) -> np.ndarray:
        """Which pictures raise an alarm."""
        return self.scores >= self.threshold


def inspect_parts(folder: InspectionFolder, costs: Costs | None = None) -> Inspection:
    """Learn from ``train/good``, score ``test/``, choose a threshold by cost, measure the rest."""
    costs, start = costs or Costs(), time.perf_counter()
    detector = Detector(folder.train)
    learning, times, maps = time.perf_counter() - start, [], []
    for picture in folder.test:
        start = time.perf_counter()
        maps.append(detector.heat_map(picture))
        times.append(1000 * (time.perf_counter() - start))
    scores = np.array([score_of(one) for one in maps])
    bad, chosen = folder.kinds != GOOD, folder.chosen_by()
    choosing_scores, choosing_bad = scores[chosen], bad[chosen]
    if not np.any(~choosing_bad):  # no good part in test/: those that the memories never saw
        held = folder.train[np.arange(len(folder.train)) % 4 == 3]
        extra = [score_of(detector.heat_map(picture)) for picture in held]
        choosing_scores = np.r_[choosing_scores, extra]
        choosing_bad = np.r_[choosing_bad, np.zeros(len(extra), bool)]
    threshold, _ = alarm_level(choosing_scores, choosing_bad, costs)
    found = Inspection(
        folder, np.stack(maps), scores, ~chosen, threshold, costs, float(np.median(times)), learning
    )
    found.measures.update(_measures(found, bad))
    return found


def _measures(found: Inspection, bad: np.ndarray) -> dict[str, float]:
    """Measures of the judged pictures, as far as the folder allows them."""
    rows = found.judged
    scores, labels, alarms = found.scores[rows], bad[rows], found.alarms[rows]
    measures: dict[str, float] = {}
    if labels.any():
        measures["share of bad parts found"] = float(np.mean(alarms[labels]))
    if not labels.all():
        measures["share of good parts with a false alarm"] = float(np.mean(alarms[~labels]))
    if labels.any() and not labels.all():
        missed, false = np.mean(~alarms[labels]), np.mean(alarms[~labels])
        measures["expected cost of a part"] = float(found.costs.of(missed, false))
        measures["image AUROC"] = float(roc_auc_score(labels, scores))
        measures["image average precision"] = float(average_precision_score(labels, scores))
    masks = None if found.folder.masks is None else found.folder.masks[rows]
    if masks is not None and masks.any():
        flat, maps = masks.ravel(), found.maps[rows]
        measures["pixel AUROC"] = float(roc_auc_score(flat, maps.ravel()))
        measures["pixel average precision"] = float(average_precision_score(flat, maps.ravel()))
        measures[f"PRO to a false positive rate of {LIMIT}"] = region_overlap(maps, masks)
    return measures
