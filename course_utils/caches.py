"""Arrays that take time to make are made once and kept in a file."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course_utils.paths import cache_dir, data_dir, write_atomically

Arrays = dict[str, np.ndarray]


class DataError(ValueError):
    """A data file is damaged or not what it should be; the message names the file."""


def bundled(name: str, sha256: str) -> Arrays:
    """Arrays of a file that comes with the course.

    Args:
        name: such as ``"letters.npz"``; ``data/make_letters.py`` makes it.
        sha256: of the whole file.

    Raises:
        DataError: the file is missing, damaged or another one; the message names it.
    """
    path = data_dir() / name
    script = f"data/make_{path.stem}.py"
    advice = f"Take the file from the course's repository, or remake it: python {script}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}). {advice}") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(f"{path}: damaged, or another file than the course's. {advice}")
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return dict(stored)


def cached(name: str, make: Callable[[], Arrays], fits: Callable[[Arrays], bool]) -> Arrays:
    """Arrays from a cache file; made and stored if there is none, or none that is whole.

    A copy that cannot be written to, such as the instructor's in a sandbox, is read as well.

    Args:
        name: of the file, for instance ``"digits-v1.npz"``.
        make: makes the arrays.
        fits: whether arrays that were read are what ``make`` would give, as far as one can tell.
    """
    kept = cache_dir() / name
    for path in dict.fromkeys((kept, data_dir() / ".cache" / name)):
        found = _read(path, fits)
        if found is not None:
            return found
    arrays = make()
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_atomically(kept, buffer.getvalue())
    return arrays


def _read(path: Path, fits: Callable[[Arrays], bool]) -> Arrays | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        if fits(arrays):
            return arrays
        reason = "it holds something else"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    print(f"The cache file {path} is damaged ({reason}). Its content is made anew.")
    return None
