"""Photographs that come with scikit-image and scikit-learn, or from a folder of one's own."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from course_utils.caches import DataError
from course_utils.own_pictures import is_meant, on_white

# (library, file): those that ship inside the installed package and may be used freely.
TRAIN = (
    ("skimage", "astronaut.png"),
    ("skimage", "ihc.png"),
    ("skimage", "hubble_deep_field.jpg"),
    ("skimage", "brick.png"),
    ("skimage", "grass.png"),
    ("skimage", "gravel.png"),
    ("sklearn", "china.jpg"),
)
VALIDATION = (("skimage", "rocket.jpg"), ("skimage", "coins.png"))
TEST = (
    ("skimage", "chelsea.png"),
    ("skimage", "coffee.png"),
    ("skimage", "camera.png"),
    ("sklearn", "flower.jpg"),
)
GREY = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue are (Rec. 601)
SMALLEST, LONGEST = 64, 1024


@dataclass(frozen=True)
class Photographs:
    """Grey photographs by name, split by whole pictures: no picture is in two parts.

    Each is a float32 array ``(height, width)`` with values from 0 (black) to 1 (white); height and
    width are multiples of 4 and differ from picture to picture.
    """

    train: dict[str, np.ndarray]
    val: dict[str, np.ndarray]
    test: dict[str, np.ndarray]
    source: str

    def __repr__(self) -> str:
        sizes = f"{len(self.train)} train, {len(self.val)} validation, {len(self.test)} test"
        return f"Photographs({sizes}; {self.source})"


def bundled() -> Photographs:
    """The thirteen photographs inside the two libraries; nothing is downloaded.

    Raises:
        DataError: a library does not hold a picture, or the file is damaged.
    """
    parts = [
        {Path(name).stem: read_grey(_folder(library) / name) for library, name in part}
        for part in (TRAIN, VALIDATION, TEST)
    ]
    return Photographs(*parts, source="13 photographs of scikit-image and scikit-learn")


def own(folder: str | Path) -> Photographs:
    """The pictures of a folder, split in the order of their names.

    The last fifth (at least one) is for the test, the tenth before it (at least one) for
    validation, the rest for training. A picture that occurs twice is used once.

    Raises:
        DataError: no such folder, fewer than three pictures, or a file that is none.
    """
    folder = Path(folder)
    try:
        paths = sorted(p for p in folder.iterdir() if is_meant(p, folder))
    except OSError as error:
        raise DataError(f"{folder}: cannot be read as a folder ({error.strerror})") from None
    found, first_of = {}, {}
    for path in paths:
        picture = read_grey(path)
        first = first_of.setdefault(picture.tobytes(), path.name)
        if first == path.name:
            found[path.name] = picture
        else:
            print(f"{path.name} shows the same as {first}: left out.")
    if len(found) < 3:
        raise DataError(f"{folder}: {len(found)} different pictures, at least 3 are needed")
    n_test, n_val = max(1, len(found) // 5), max(1, len(found) // 10)
    names, n_train = list(found), len(found) - n_test - n_val
    parts = (names[:n_train], names[n_train : n_train + n_val], names[n_train + n_val :])
    return Photographs(
        *({name: found[name] for name in part} for part in parts),
        source=f"{len(found)} pictures of {folder}",
    )


def read_grey(path: Path) -> np.ndarray:
    """One picture file as grey values, as :class:`Photographs` describes them.

    It is turned upright as its camera says, laid on white where it is transparent, and made
    smaller if its longer side has more than 1,024 pixels.

    Raises:
        DataError: missing, damaged, no picture, or smaller than 64 × 64; the message names it.
    """
    try:
        with Image.open(path) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            values = _grey(upright)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such picture") from None
    except Exception as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(f"{path}: no complete picture ({reason}). Remove or replace it.") from None
    if min(values.shape) < SMALLEST:
        size = " × ".join(map(str, values.shape[::-1]))
        raise DataError(f"{path}: {size} pixels are too few, at least 64 × 64 are needed")
    if max(values.shape) > LONGEST:
        scale = LONGEST / max(values.shape)
        size = [max(SMALLEST, round(side * scale)) for side in values.shape[::-1]]
        values = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))
    height, width = (side // 4 * 4 for side in values.shape)
    return np.ascontiguousarray(values[:height, :width].clip(0, 1))


def _grey(image: Image.Image) -> np.ndarray:
    """Grey values in [0, 1], float32, whatever the file's way of storing colours is."""
    if image.mode.startswith("I"):  # 16 bits a pixel
        return np.asarray(image, dtype="float32") / np.float32(65535)
    if image.mode == "F":
        raise ValueError("its values are floats, so that nobody knows which one is white")
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = on_white(image)
    colours = np.asarray(image.convert("RGB"), dtype="float64") / 255
    return (colours @ GREY).astype("float32")


def _folder(library: str) -> Path:
    """Where a library keeps its pictures."""
    if library == "skimage":
        import skimage.data

        return Path(skimage.data.__file__).parent
    import sklearn.datasets

    return Path(sklearn.datasets.__file__).parent / "images"
