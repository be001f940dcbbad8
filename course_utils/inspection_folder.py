"""A folder of parts in the layout of MVTec AD, checked file by file.

::

    bottle/train/good/000.png ...                 good parts, to learn from
    bottle/test/good/000.png ...                  good parts
    bottle/test/broken/000.png ...                parts with a defect, by its name
    bottle/ground_truth/broken/000_mask.png ...   white where the defect is

Keras's ``image_dataset_from_directory`` takes the masks of such a folder for pictures of a third
class, and says nothing. This reader knows them, and names what lies elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.caches import DataError
from course_utils.own_pictures import FORMATS, is_meant, on_white
from course_utils.parts import GOOD, Parts

if TYPE_CHECKING:
    from PIL import Image

FEWEST = 4  # good parts to learn from
GREY = np.array([0.299, 0.587, 0.114], "float32")  # how bright red, green and blue are (Rec. 601)
LAYOUT = (
    "Expected is one category in the layout of MVTec AD: train/good/ with good parts, test/good/ "
    "and test/NAME_OF_A_DEFECT/ with others, ground_truth/NAME_OF_A_DEFECT/ with a mask for each "
    "of these"
)


@dataclass(frozen=True)
class InspectionFolder:
    """What a folder in the layout of MVTec AD holds, all pictures of one size.

    Pictures are uint8 ``(n, height, width, 3)`` in the order of their names; ``names_test`` are
    like ``"test/broken/000.png"``; ``kinds`` are words, ``"good"`` or the defect's name; masks are
    boolean ``(n, height, width)``, or None without ``ground_truth/``. ``notes`` say what else was
    seen.
    """

    folder: Path
    train: np.ndarray
    names_train: list[str]
    test: np.ndarray
    names_test: list[str]
    kinds: np.ndarray
    masks: np.ndarray | None
    notes: list[str]

    def __repr__(self) -> str:
        kinds = ", ".join(f"{np.sum(self.kinds == k)} {k}" for k in dict.fromkeys(self.kinds))
        return f"InspectionFolder({self.folder}: {len(self.train)} train; test: {kinds})"

    def chosen_by(self) -> np.ndarray:
        """Which pictures of ``test/`` are for choosing a threshold: every second of each kind."""
        chosen = np.zeros(len(self.kinds), bool)
        for kind in np.unique(self.kinds):
            chosen[np.flatnonzero(self.kinds == kind)[::2]] = True
        return chosen

    def grey_parts(self) -> Parts:
        """The pictures in grey, as lessons use them; see :func:`course_utils.parts.load_parts`."""
        train, test = self.train @ (GREY / 255), self.test @ (GREY / 255)
        kinds, masks, chosen = self.kinds, self.masks, self.chosen_by()
        if np.sum(kinds == GOOD) < 2:  # some good ones of the training, for both
            held, train = train[4::5], np.delete(train, np.s_[4::5], axis=0)
            test, kinds = np.concatenate([test, held]), np.r_[kinds, [GOOD] * len(held)]
            chosen = np.r_[chosen, np.arange(len(held)) % 2 == 0]
            if masks is not None:
                masks = np.concatenate([masks, np.zeros((len(held), *masks.shape[1:]), bool)])
        val, rest = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        masks_val, masks_test = (None, None) if masks is None else (masks[val], masks[rest])
        return Parts(
            train, test[val], kinds[val], masks_val, test[rest], kinds[rest], masks_test,
            source=f"pictures of {self.folder}",
        )  # fmt: skip


def read_inspection_folder(folder: str | Path, size: int = 256) -> InspectionFolder:
    """Read a category of MVTec AD, or a folder of one's own that is laid out like one.

    Without ``ground_truth/`` there are no masks. ``test/good`` may be missing, and so may defects.

    Args:
        folder: hidden files, ``Thumbs.db`` and files that lie beside the three folders are left
            out.
        size: pictures whose longer side is larger are scaled down to it, masks with them.

    Raises:
        DataError: it is laid out otherwise, a file is damaged or no picture, a mask is missing,
            empty, of another size or not of two values, or pictures differ in size; the message
            names the file and says what to do.
    """
    folder = Path(folder)
    if size < 32:
        raise ValueError(f"size is 32 pixels or more, not {size}")
    _require_layout(folder)
    train = _files(folder, "train")
    _require_good(folder, train)
    tests = _files(folder, "test")
    if not any(tests.values()):
        raise DataError(f"{folder / 'test'}: there is no picture. {LAYOUT}.")
    truth = _files(folder, "ground_truth") if (folder / "ground_truth").is_dir() else None
    _require_no_masks(folder, train | tests)
    names_test = [(kind, path) for kind, paths in tests.items() for path in paths]
    reader = _Reader(folder, size)
    pictures = [reader.picture(path) for path in train[GOOD]]
    test = [reader.picture(path) for _, path in names_test]
    masks = None if truth is None else _masks(folder, names_test, truth, reader)
    kinds = np.array([kind for kind, _ in names_test])
    return InspectionFolder(
        folder, np.stack(pictures), _names(folder, train[GOOD]),
        np.stack(test), _names(folder, [path for _, path in names_test]), kinds, masks,
        _notes(folder, pictures, test, kinds, masks),
    )  # fmt: skip


def _names(folder: Path, paths: Sequence[Path]) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def _folders(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def _require_layout(folder: Path) -> None:
    """Name other layouts by what they are.

    Raises:
        DataError: the folder is none of a category.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    inside = _folders(folder)
    within = {name: _folders(folder / name) for name in inside}
    categories = [name for name in inside if {"train", "test"} <= set(within[name])]
    if categories:
        raise DataError(
            f"{folder} holds {len(categories)} categories ({', '.join(categories[:15])}). Name one "
            f"of them: {folder / categories[0]}"
        )
    if "test_public" in inside:
        raise DataError(f"{folder}: this is the layout of MVTec AD 2 (test_public/). {LAYOUT}.")
    if "Images" in within.get("Data", ()):
        raise DataError(f"{folder}: this is the layout of VisA (Data/Images/). {LAYOUT}.")
    if folder.name in ("train", "test", "ground_truth") and {"train", "test"} <= set(
        _folders(folder.parent)
    ):
        raise DataError(f"{folder}: one folder too deep. Name {folder.parent}.")
    missing = [name for name in ("train", "test") if name not in inside]
    if missing:
        found = f"It holds the folders {', '.join(inside[:10])}" if inside else "It holds no folder"
        raise DataError(f"{folder}: the folder {missing[0]}/ is missing. {found}. {LAYOUT}.")


def _files(folder: Path, part: str) -> dict[str, list[Path]]:
    """Folder within a part -> its files in the order of their names.

    Raises:
        DataError: files lie beside the folders, or folders within them.
    """
    loose = [path for path in (folder / part).iterdir() if is_meant(path, folder)]
    if loose:
        where = {"train": f"train/{GOOD}/", "test": f"test/{GOOD}/ or test/NAME_OF_A_DEFECT/"}
        inside = where.get(part, "ground_truth/NAME_OF_A_DEFECT/")
        raise DataError(f"{min(loose)}: pictures of {part}/ lie in {inside}. Move it there.")
    found = {}
    for kind in _folders(folder / part):
        deeper = _folders(folder / part / kind)
        if deeper:
            loco = " This is the layout of MVTec LOCO AD." if part == "ground_truth" else ""
            raise DataError(
                f"{folder / part / kind / deeper[0]}: no folder is expected there.{loco} {LAYOUT}."
            )
        found[kind] = sorted(p for p in (folder / part / kind).iterdir() if is_meant(p, folder))
    return found


def _require_good(folder: Path, train: dict[str, list[Path]]) -> None:
    others = [kind for kind in train if kind != GOOD and train[kind]]
    if GOOD not in train:
        found = f"There are: {', '.join(others)}. " if others else ""
        raise DataError(f"{folder / 'train'}: the folder {GOOD}/ is missing. {found}{LAYOUT}.")
    if others:
        raise DataError(
            f"{folder / 'train' / others[0]}: the detector learns from good parts only. Move this "
            "folder to test/."
        )
    if len(train[GOOD]) < FEWEST:
        raise DataError(
            f"{folder / 'train' / GOOD}: {len(train[GOOD])} pictures; at least {FEWEST} are needed"
        )


def _require_no_masks(folder: Path, files: dict[str, list[Path]]) -> None:
    """Raises DataError: a mask lies among the pictures."""
    for path in (path for paths in files.values() for path in paths):
        if path.stem.endswith("_mask"):
            raise DataError(
                f"{path}: by its name this is a mask, among the pictures. Masks lie in "
                f"{folder / 'ground_truth'}/NAME_OF_A_DEFECT/."
            )


class _Reader:
    """Reads pictures and masks, all of the size of the first one."""

    def __init__(self, folder: Path, size: int):
        self.folder, self.longest, self.size, self.first = folder, size, None, None

    def _scaled(self) -> tuple[int, int]:
        factor = min(1, self.longest / max(self.size))
        return max(1, round(self.size[0] * factor)), max(1, round(self.size[1] * factor))

    def picture(self, path: Path) -> np.ndarray:
        """uint8 ``(height, width, 3)``."""
        from PIL import Image

        opened = on_white(_open(path))
        if self.size is None:
            self.size, self.first = opened.size, path
            if min(self._scaled()) < 32:
                raise DataError(f"{path}: {self.size[0]} x {self.size[1]} pixels are too few")
        if opened.size != self.size:
            raise DataError(
                f"{path}: {opened.size[0]} x {opened.size[1]} pixels, but "
                f"{self.first.relative_to(self.folder)} has {self.size[0]} x {self.size[1]}. All "
                "pictures of a folder need one size."
            )
        if self._scaled() != self.size:
            opened = opened.resize(self._scaled(), Image.Resampling.LANCZOS)
        return np.asarray(opened)

    def mask(self, path: Path) -> np.ndarray:
        """Boolean ``(height, width)``; a pixel of the scaled mask is True if it touches white."""
        from PIL import Image

        opened = _open(path)
        values = np.asarray(opened.convert("RGB") if opened.mode == "P" else opened)
        if values.ndim == 3:
            values = values[..., :3].max(axis=-1)
        if values.shape[::-1] != self.size:
            raise DataError(
                f"{path}: the mask has {values.shape[1]} x {values.shape[0]} pixels, its picture "
                f"{self.size[0]} x {self.size[1]}"
            )
        found = np.unique(values)
        if len(found) > 2:
            raise DataError(
                f"{path}: a mask is black and white, but this one has {len(found)} values. Save it "
                "as PNG, without smoothing; a JPEG makes greys at edges."
            )
        if found.max() == 0:
            raise DataError(f"{path}: the mask marks nothing, yet it is that of a defect")
        whole = Image.fromarray((values > 0).astype("float32"))
        if self._scaled() != self.size:
            whole = whole.resize(self._scaled(), Image.Resampling.BOX)
        return np.asarray(whole) > 0


def _open(path: Path) -> "Image.Image":
    """Raises DataError: no picture, or a damaged one."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    advice = "Remove it from the folder, or replace it."
    try:
        with Image.open(path, formats=FORMATS) as opened:
            return ImageOps.exif_transpose(opened)
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise DataError(f"{path}: not a picture of a known kind ({kinds}). {advice}") from None
    except Exception as error:  # Pillow's are of many kinds
        raise DataError(f"{path}: damaged, or not to be read ({error}). {advice}") from None


def _masks(
    folder: Path, tests: list[tuple[str, Path]], truth: dict[str, list[Path]], reader: _Reader
) -> np.ndarray:
    """A mask for each picture of ``test/``; all False for good ones."""
    if truth.get(GOOD):
        raise DataError(f"{truth[GOOD][0]}: good parts have no mask. Remove ground_truth/{GOOD}.")
    places = {(kind, path.name): path for kind, paths in truth.items() for path in paths}
    by_stem = {(kind, Path(name).stem): path for (kind, name), path in places.items()}
    used, masks = set(), []
    for kind, path in tests:
        wanted = (kind, f"{path.stem}_mask")
        if kind == GOOD:
            masks.append(None)
        elif wanted in by_stem:
            masks.append(reader.mask(by_stem[wanted]))
            used.add(by_stem[wanted])
        else:
            other = by_stem.get((kind, path.stem))
            named = f" There is {other.name}: rename it." if other else ""
            expected = folder / "ground_truth" / kind / f"{path.stem}_mask.png"
            raise DataError(f"{path}: its mask {expected} is missing.{named}")
    spare = sorted(set(places.values()) - used)
    if spare:
        raise DataError(f"{spare[0]}: a mask without a picture in test/{spare[0].parent.name}/")
    width, height = reader._scaled()
    blank = np.zeros((height, width), bool)
    return np.stack([blank if mask is None else mask for mask in masks])


def _notes(folder: Path, train: list, test: list, kinds: np.ndarray, masks) -> list[str]:
    """What a reader of the report should know of the folder."""
    notes = []
    known = {picture.tobytes() for picture in train}
    again = sum(picture.tobytes() in known for picture in test)
    if again:
        notes.append(f"{again} pictures of test/ are in train/ as well: scores are too good")
    unread = sorted(set(_folders(folder)) - {"train", "test", "ground_truth"})
    if unread:
        notes.append(f"not read: {', '.join(f'{name}/' for name in unread)}")
    if not np.any(kinds == GOOD):
        notes.append("test/ has no good part: there are no AUROC and no false alarms to count")
    if not np.any(kinds != GOOD):
        notes.append("test/ has no part with a defect: nothing tells how many would be found")
    elif masks is None:
        notes.append("there is no ground_truth/: no measures of pixels")
    return notes
