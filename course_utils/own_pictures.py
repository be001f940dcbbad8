"""A folder of one's own pictures, checked file by file."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.caches import DataError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
FEWEST = 20
IGNORED = ("thumbs.db", "desktop.ini")  # what systems put into folders, beside hidden files


def read_folder(folder: Path, size: int) -> tuple[np.ndarray, list[str]]:
    """Every picture of a folder, once, in the order of the names.

    Files that are damaged or no pictures are named in a line each, and left out.

    Args:
        folder: files in folders within it count, hidden ones do not.
        size: the middle square of each picture is scaled to so many pixels.

    Returns:
        uint8 ``(n, size, size, 3)``, and the n names within the folder.

    Raises:
        DataError: no folder, or fewer than 20 different pictures; the message says how many files
            were left out, and names the first.
    """
    from course_utils.bars import progress_bar

    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    files = sorted(path for path in folder.rglob("*") if is_meant(path, folder))
    found: dict[bytes, tuple[str, np.ndarray]] = {}
    bad: list[str] = []
    for path in progress_bar(files, title=f"reading {len(files)} pictures"):
        name = path.relative_to(folder).as_posix()
        try:
            picture = _read(path, size)
        except DataError as error:
            bad.append(f"{name}: {error}")
        else:
            found.setdefault(picture.tobytes(), (name, picture))
    for line in bad:
        print(f"left out: {line}")
    if len(found) < FEWEST:
        left = f" ({len(bad)} left out; {bad[0]})" if bad else ""
        raise DataError(
            f"{folder}: {len(found)} different pictures in {len(files)} files{left}; "
            f"{FEWEST} are needed"
        )
    names, pictures = zip(*found.values(), strict=True)
    return np.stack(pictures), list(names)


def is_meant(path: Path, folder: Path) -> bool:
    """Whether a path in a folder is a file that somebody put there on purpose."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden and path.name.lower() not in IGNORED


def on_white(image: "Image.Image") -> "Image.Image":
    """A picture in RGB, laid on white where it is transparent."""
    from PIL import Image

    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _read(path: Path, size: int) -> np.ndarray:
    """The middle square of a picture, uint8 ``(size, size, 3)``."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path, formats=FORMATS) as opened:
            picture = on_white(ImageOps.exif_transpose(opened))
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise DataError(f"not a picture of a known kind ({kinds})") from None
    except Exception as error:  # Pillow's are of many kinds
        raise DataError(f"damaged, or not to be read ({error})") from None
    return np.asarray(ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS))
