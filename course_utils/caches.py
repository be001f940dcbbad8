"""Arrays that take time to make are made once and kept in a file."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course_utils.paths import cache_dir, data_dir, write_atomically

Arrays = dict[str, np.ndarray]


class DataError(ValueError):
    """A data file is damaged or not what it should be; the message names the file."""


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
