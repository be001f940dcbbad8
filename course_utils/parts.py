"""Drawn parts for inspection: woven cloth and a metal plate, good ones and ones with defects.

Every defect comes with its mask, the pixels that it touches. :mod:`course_utils.data` gives
:func:`load_parts` to lessons; :func:`write_parts` writes a folder like those of MVTec AD.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils.caches import cached
from course_utils.paths import write_atomically
from course_utils.picture_files import to_png

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
    from course_utils import drawn_parts  # takes half a second to load, which no other lesson needs

    if part not in drawn_parts.DRAW:
        raise ValueError(f"part is one of {', '.join(drawn_parts.DRAW)}, not {part!r}")

    if n < 8:
        raise ValueError(f"n is 8 or more, not {n}")
    arrays = cached(
        f"parts-{part}-{int(seed)}-{int(n)}-{drawn_parts.version()}.npz",
        lambda: drawn_parts.draw_parts(part, seed, n),
        lambda found: drawn_parts.fits(found, n),
    )
    pictures = {
        name: arrays[f"x_{name}"].astype("float32") / np.float32(255)
        for name in drawn_parts.counts(n)
    }
    return Parts(
        pictures["train"],
        pictures["val"], arrays["kinds_val"], arrays["masks_val"],
        pictures["test"], arrays["kinds_test"], arrays["masks_test"],
        source=f"drawn {part}, seed {seed}",
    )  # fmt: skip


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
        write_atomically(folder / "train" / GOOD / f"{number:03d}.png", to_png(picture))
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
            write_atomically(folder / "test" / kind / f"{number:03d}.png", to_png(picture))
            if kind != GOOD:
                truth = folder / "ground_truth" / kind / f"{number:03d}_mask.png"
                write_atomically(truth, to_png(mask))
    return folder
