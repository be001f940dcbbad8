"""Drawn parts for inspection: woven cloth and a metal plate, good ones and ones with defects.

Every defect comes with its mask, the pixels that it touches. :mod:`course_utils.data` gives
:func:`load_parts` to lessons; :func:`write_parts` writes a folder like those of MVTec AD.
"""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage import draw

from course_utils.caches import Arrays, cached
from course_utils.paths import write_atomically

SIZE = 96  # pixels, height and width
GOOD = "good"


@dataclass(frozen=True)
class Parts:
    """Pictures of parts: good ones to learn from, good and bad ones to choose by and to judge by.

    Pictures are float32 in [0, 1], ``(n, height, width)``; kinds are arrays of n words, ``"good"``
    or the defect's name; masks are boolean ``(n, height, width)``, True on the defect, and None
    where a folder of one's own has none.
    """

    x_train: np.ndarray
    x_val: np.ndarray
    kinds_val: np.ndarray
    masks_val: np.ndarray | None
    x_test: np.ndarray
    kinds_test: np.ndarray
    masks_test: np.ndarray | None
    source: str

    def __repr__(self) -> str:
        good = [f"{np.sum(kinds == GOOD)} good" for kinds in (self.kinds_val, self.kinds_test)]
        bad = [f"{np.sum(kinds != GOOD)} bad" for kinds in (self.kinds_val, self.kinds_test)]
        return (
            f"Parts({len(self.x_train)} good ones for training, validation {good[0]} and {bad[0]}, "
            f"test {good[1]} and {bad[1]}; {self.source})"
        )


def load_parts(
    part: str = "cloth",
    seed: int = 0,
    n: int = 40,
    folder: str | Path | None = None,
    size: int = 128,
) -> Parts:
    """Grey pictures of one kind of part.

    n good parts are for training. Validation has half as many good parts and an eighth of each
    defect, the test three quarters and a quarter: 20 and 5, 30 and 10. The defects:
    ``"scratch"``, ``"stain"``, ``"blur"`` (a worn place) and ``"turned"`` (a piece turned by 90°).
    The first call draws (some seconds); later ones read what it kept.

    Args:
        part: ``"cloth"``, a plain weave, or ``"plate"``, brushed metal with four holes; both of
            96 × 96 pixels.
        seed: of all that is drawn by chance. Another seed gives other parts.
        n: good parts for training, 8 or more.
        folder: one in the layout of MVTec AD instead, see
            :func:`course_utils.inspection_folder.read_inspection_folder`. Every second picture of
            ``test/`` is used for validation; with fewer than two good ones there, some of the
            training pictures are held out.
        size: the longer side of a picture of the folder; larger ones are scaled down to it.

    Raises:
        DataError: the folder is laid out otherwise, or a file in it is damaged; the message says
            which.
        ValueError: there is no such part, or n is too small.
    """
    if folder is not None:
        from course_utils.inspection_folder import read_inspection_folder

        return read_inspection_folder(Path(folder), size=size).grey_parts()
    if part not in DRAW:
        raise ValueError(f"part is one of {', '.join(DRAW)}, not {part!r}")

    if n < 8:
        raise ValueError(f"n is 8 or more, not {n}")
    arrays = cached(
        f"parts-{part}-{int(seed)}-{int(n)}-{_version()}.npz",
        lambda: _draw_parts(part, seed, n),
        lambda found: _fits(found, n),
    )
    pictures = {
        name: arrays[f"x_{name}"].astype("float32") / np.float32(255) for name in _counts(n)
    }
    return Parts(
        pictures["train"],
        pictures["val"], arrays["kinds_val"], arrays["masks_val"],
        pictures["test"], arrays["kinds_test"], arrays["masks_test"],
        source=f"drawn {part}, seed {seed}",
    )  # fmt: skip


def _counts(n: int) -> dict[str, tuple[int, int]]:
    """For n training parts: how many good ones, and how many of each kind of defect."""
    return {"train": (n, 0), "val": (n // 2, n // 8), "test": (3 * n // 4, n // 4)}


def _draw_parts(part: str, seed: int, n: int) -> Arrays:
    """All pictures (uint8), kinds and masks of one drawing, by name."""
    arrays: Arrays = {}
    for number, (name, (good, each)) in enumerate(_counts(n).items()):
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


def write_parts(folder: str | Path, part: str = "cloth", seed: int = 0, n: int = 40) -> Path:
    """Write drawn parts as a folder in the layout of MVTec AD.

    ``train/good`` holds the training pictures, ``test/<kind>`` those of validation and test in
    turn, ``ground_truth/<kind>`` a mask for each picture with a defect: for n = 40, 5 + 5 of each
    kind, and 20 + 20 good ones.

    Args:
        folder: is made; one that holds anything is refused.
        part: ``"cloth"`` or ``"plate"``.
        seed: as in :func:`load_parts`.
        n: likewise.

    Raises:
        FileExistsError: the folder is not empty.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder")
    found = load_parts(part, seed, n)
    for number, picture in enumerate(found.x_train):
        _write(folder / "train" / GOOD / f"{number:03d}.png", 255 * picture)
    for kind in dict.fromkeys(found.kinds_val.tolist()):
        sides = []
        for x, kinds, masks in (
            (found.x_val, found.kinds_val, found.masks_val),
            (found.x_test, found.kinds_test, found.masks_test),
        ):
            rows = np.flatnonzero(kinds == kind)[: np.sum(found.kinds_val == kind)]
            sides.append([(x[row], masks[row]) for row in rows])
        in_turn = [one for pair in zip(*sides, strict=True) for one in pair]
        for number, (picture, mask) in enumerate(in_turn):
            _write(folder / "test" / kind / f"{number:03d}.png", 255 * picture)
            if kind != GOOD:
                _write(folder / "ground_truth" / kind / f"{number:03d}_mask.png", 255.0 * mask)
    return folder


def _write(path: Path, picture: np.ndarray) -> None:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.rint(picture).astype("uint8")).save(buffer, format="PNG")
    write_atomically(path, buffer.getvalue())


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


COMMON = (_counts, _draw_parts, _smooth, _place)


def _version() -> str:
    """A digest of the code that draws, so that an old cache file is not taken."""
    code = [inspect.getsource(f) for f in (*DRAW.values(), *DEFECTS.values(), *COMMON)]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:12]


def _fits(found: Arrays, n: int) -> bool:
    wanted = {
        "x_train",
        *(f"{what}_{of}" for what in ("x", "kinds", "masks") for of in ("val", "test")),
    }
    return set(found) == wanted and all(
        found[f"x_{name}"].shape == (good + each * len(DEFECTS), SIZE, SIZE)
        for name, (good, each) in _counts(n).items()
    )
