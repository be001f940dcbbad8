"""How parts for inspection are drawn: woven cloth and a metal plate, and four kinds of defects.

Apart from :mod:`course_utils.parts`, so that only who draws loads scikit-image and SciPy's filters.
"""

import hashlib
import inspect
from collections.abc import Callable

import numpy as np
from scipy import ndimage
from skimage import draw

from course_utils.caches import Arrays
from course_utils.parts import GOOD

SIZE = 96  # pixels, height and width


def counts(n: int) -> dict[str, tuple[int, int]]:
    """For n training parts: how many good ones, and how many of each kind of defect."""
    return {"train": (n, 0), "val": (n // 2, n // 8), "test": (3 * n // 4, n // 4)}


def draw_parts(part: str, seed: int, n: int) -> Arrays:
    """All pictures (uint8), kinds and masks of one drawing, by name."""
    arrays: Arrays = {}
    for number, (name, (good, each)) in enumerate(counts(n).items()):
        rng = np.random.default_rng([seed, number, list(DRAW).index(part)])
        kinds = [GOOD] * good + [kind for kind in DEFECTS for _ in range(each)]
        pictures, masks = [], []
        for kind in kinds:
            picture, mask = DRAW[part](rng), np.zeros((SIZE, SIZE), bool)
            if kind != GOOD:
                picture, mask = DEFECTS[kind](picture, rng)
            pictures.append(np.rint(255 * picture.clip(0, 1)).astype("uint8"))
            masks.append(mask)
        arrays[f"x_{name}"] = np.stack(pictures)
        if name != "train":
            arrays[f"kinds_{name}"], arrays[f"masks_{name}"] = np.array(kinds), np.stack(masks)
    return arrays


def _smooth(rng: np.random.Generator, spread) -> np.ndarray:
    """Smoothed noise with mean 0 and standard deviation 1."""
    noise = ndimage.gaussian_filter(rng.standard_normal((SIZE, SIZE)), spread, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def _cloth(rng: np.random.Generator) -> np.ndarray:
    """A plain weave: threads of 4 pixels that go over and under one another."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
    turn = rng.normal(0, 0.02)
    across = columns * np.cos(turn) + rows * np.sin(turn) + 0.2 * _smooth(rng, 8)
    along = rows * np.cos(turn) - columns * np.sin(turn) + 0.2 * _smooth(rng, 8)
    weft = np.sin(np.pi * across / 4 + rng.uniform(0, 2 * np.pi))
    warp = np.sin(np.pi * along / 4 + rng.uniform(0, 2 * np.pi))
    over = weft * warp > 0
    picture = 0.16 * np.where(over, np.abs(weft), np.abs(warp) - 0.4) + 0.012 * _smooth(rng, 0.7)
    return picture - picture.mean() + 0.5


def _plate(rng: np.random.Generator) -> np.ndarray:
    """Brushed metal with four holes, whose edges are bright; the holes move by a pixel."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(float)
    brushed = _smooth(rng, (0.4, 14))
    picture = 0.5 + 0.045 * brushed + 0.05 * np.sin((rows + rng.uniform(0, 99)) / 40)
    for row in (24, 72):
        for column in (24, 72):
            moved = rng.normal(0, 0.7, 2)
            away = np.hypot(rows - row - moved[0], columns - column - moved[1])
            picture = np.where(away < 9, 0.18 + 0.02 * brushed, picture)
            picture = picture + 0.16 * ((away >= 9) & (away < 11.5))
    return picture


def _place(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(18, SIZE - 18, 2)


def _scratch(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A straight line of 14 to 34 pixels, darker or brighter by a quarter."""
    angle, half = rng.uniform(0, np.pi), rng.uniform(7, 17)
    step = half * np.array([np.sin(angle), np.cos(angle)])
    place = _place(rng)
    ends = np.rint([place - step, place + step]).astype(int).clip(1, SIZE - 2)
    mask = np.zeros((SIZE, SIZE), bool)
    mask[draw.line(*ends[0], *ends[1])] = True
    mask = ndimage.binary_dilation(mask)
    return picture + 0.25 * rng.choice([-1, 1]) * mask, mask


def _stain(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """An ellipse with a soft edge, darker by up to 0.18."""
    mask = np.zeros((SIZE, SIZE), bool)
    mask[draw.ellipse(*_place(rng), *rng.uniform(6, 12, 2), shape=mask.shape)] = True
    return picture - 0.18 * ndimage.gaussian_filter(mask.astype(float), 2), mask


def _blur(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A disk in which the picture is smoothed, as if worn."""
    mask = np.zeros((SIZE, SIZE), bool)
    mask[draw.disk(_place(rng), rng.uniform(8, 13), shape=mask.shape)] = True
    return np.where(mask, ndimage.gaussian_filter(picture, 2.5), picture), mask


def _turned(picture: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A square whose content comes from another place of the part, turned by 90°."""
    mask, half = np.zeros((SIZE, SIZE), bool), rng.integers(6, 9)
    row, column = _place(rng)
    mask[row - half : row + half, column - half : column + half] = True
    return np.where(mask, np.rot90(picture), picture), mask


DRAW: dict[str, Callable] = {"cloth": _cloth, "plate": _plate}
DEFECTS: dict[str, Callable] = {
    "scratch": _scratch, "stain": _stain, "blur": _blur, "turned": _turned,
}  # fmt: skip


COMMON = (counts, draw_parts, _smooth, _place)


def version() -> str:
    """A digest of the code that draws, so that an old cache file is not taken."""
    code = [inspect.getsource(f) for f in (*DRAW.values(), *DEFECTS.values(), *COMMON)]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]


def fits(found: Arrays, n: int) -> bool:
    """Whether arrays are those of a drawing with n training parts."""
    wanted = {
        "x_train",
        *(f"{what}_{of}" for what in ("x", "kinds", "masks") for of in ("val", "test")),
    }
    return set(found) == wanted and all(
        found[f"x_{name}"].shape == (good + each * len(DEFECTS), SIZE, SIZE)
        for name, (good, each) in counts(n).items()
    )
