"""Read whatever a learner saved as a notebook: the one reader of `course grade` and `course check`.

Works on bytes alone: any version of the format, other encodings and line ends, cells without ids
or metadata, and what is left of a damaged file. Knows nothing of lessons.
"""

import functools
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat.validator import isvalid

from course_utils.grading.intake.jobs import MAX_CELLS, MAX_SOURCE, clean_text

MAX_BYTES = 60_000_000  # of a file, its outputs with it
MAX_MEMORY = 600_000_000  # that reading it may take
MAX_METADATA = 20_000  # characters of one cell's metadata
MAX_ATTACHMENTS = 5_000_000  # characters of one cell's attached pictures
MAX_MEMBERS = 1000  # files in a zip archive
PICTURES = ("image/png", "image/jpeg", "image/gif")
ZIP = b"PK\x03\x04"


class UnreadableError(ValueError):
    """No notebook can be made of a file; says why, and what to do where something helps."""


@dataclass
class Contents:
    """The cells of a file, and what was odd about it.

    ``cells`` are dictionaries: ``cell_type``, ``id``, ``source``, ``metadata`` (without
    nbgrader's), ``marks`` (nbgrader's), ``name`` (its grade id), ``place`` (from 1) and, where
    there are any, ``attachments``. ``damaged`` says what is lost, if something is.
    """

    cells: list[dict]
    repairs: list[str] = field(default_factory=list)
    damaged: str | None = None


def read(raw: bytes) -> Contents:
    """Read a notebook file of any version.

    Raises:
        UnreadableError: no notebook can be made of it.
    """
    found = Contents([])
    found.cells = list(_clean_cells(_read_cells(raw, found), found.repairs))
    return found


def plain(text: str) -> str:
    """A cell's text without what tools change by themselves: blanks at the ends of lines and text.

    To compare with, never to run.
    """
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def digest(text: str) -> str:
    """A short name for a cell's text, the same whatever blanks and line ends tools give it."""
    return hashlib.sha256(plain(text).encode("utf-8", "replace")).hexdigest()[:8]


def code_texts(raw: bytes) -> set[str]:
    """Texts of a file's code cells, to tell which of several notebooks it is; none of no notebook.

    Never raises for what is in the bytes.
    """
    try:
        cells = read(raw).cells
    except Exception:  # as in sanitise: whatever a stranger's file may be
        return set()
    return {plain(cell["source"]) for cell in cells if cell["cell_type"] == "code"} - {""}


def unpack(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a zip archive, by name, those of a Mac's own left out.

    Raises:
        UnreadableError: it cannot be opened, or holds more than can be read.
    """
    room = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MAX_MEMBERS:
                raise UnreadableError(f"the zip archive holds {len(members)} files: too many")
            for one in members:
                if any(part.startswith((".", "__MACOSX")) for part in one.filename.split("/")):
                    continue
                with archive.open(one) as file:  # its size as told may be a lie
                    content = file.read(room + 1)
                room -= len(content)
                if room < 0:
                    most = MAX_BYTES // 1_000_000
                    raise UnreadableError(f"the zip archive holds more than {most} MB")
                yield one.filename, content
    except UnreadableError:
        raise
    except RuntimeError:  # of zipfile, where a password is wanted
        raise UnreadableError("the zip archive is locked with a password") from None
    except Exception:  # a stranger's archive may be broken in any way
        raise UnreadableError("the zip archive is damaged") from None


def decode(raw: bytes, errors: str = "strict") -> str:
    """Text in UTF-8 or UTF-16, without a byte order mark.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return raw.decode(encoding, errors)


def _heavy(raw: bytes) -> bool:
    """Whether a file could take too much memory: a few bytes of JSON may make a large object."""
    weight = 240 * raw.count(b"{") + 90 * raw.count(b"[") + 60 * raw.count(b",")
    return len(raw) + weight > MAX_MEMORY


def _salvage(text: str) -> list:
    """The whole cells at the start of a damaged file."""
    start, decoder, found = re.search(r'"cells"\s*:\s*\[', text), json.JSONDecoder(), []
    place = start.end() if start else len(text)
    while match := re.compile(r"[\s,]*(?=\{)").match(text, place):
        try:
            cell, place = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            break
        found.append(cell)
    return found


def _read_cells(raw: bytes, found: Contents) -> list:
    """The list of cells as it stands in the file."""
    if len(raw) > MAX_BYTES:
        raise UnreadableError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB: "
            "clear its outputs, save it and hand it in again"
        )
    if not raw.strip(b"\0 \t\r\n"):
        raise UnreadableError("the file is empty")
    if raw.startswith(ZIP):
        raise UnreadableError("the file is a zip archive, not a notebook: unpack it")
    if _heavy(raw):
        raise UnreadableError("the file is not a notebook (it holds too many values)")
    try:
        text = decode(raw)
    except UnicodeDecodeError:
        text = decode(raw, "replace")
        found.damaged = "bytes that are no text were replaced"
        found.repairs.append(found.damaged)
    try:
        content = json.loads(text.rstrip("\0 \t\r\n"))
    except (ValueError, RecursionError):
        cells = _salvage(text)
        if not cells and re.match(r'\s*\{\s*"(cells|metadata|nbformat|worksheets)"', text):
            raise UnreadableError("the file is damaged: no cell in it is whole") from None
        if not cells:
            raise UnreadableError("the file is not a notebook (it is no JSON)") from None
        found.damaged = f"the file is damaged after its first {len(cells)} cells"
        found.repairs.append(f"{found.damaged}; only these were graded")
        return cells
    return _cells_of(content, found.repairs)


def _cells_of(content, repairs: list[str]) -> list:
    if not isinstance(content, dict):
        raise UnreadableError("the file is JSON, but not a notebook")
    version = content.get("nbformat")
    if version != 4:
        repairs.append(f"its format was {str(version)[:20]}, not 4; it was read all the same")
    cells = content.get("cells")
    if not isinstance(cells, list):  # formats 2 and 3
        sheets, cells = content.get("worksheets"), []
        for sheet in sheets if isinstance(sheets, list) else []:
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
                cells += sheet["cells"]
    if not cells:
        raise UnreadableError("there are no cells in it")
    if len(cells) > 10 * MAX_CELLS:
        raise UnreadableError(f"{len(cells)} cells are too many")
    return cells


def _shallow(value, levels: int = 20) -> bool:
    """Whether nested data are at most so deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return levels > 0 and all(_shallow(inner, levels - 1) for inner in value)


def _as_json(value, most: int) -> str | None:
    """Data as a file holds them; None if they cannot be written, are deep or too long."""
    if not _shallow(value):
        return None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return text if len(text.encode()) <= most else None
    except ValueError:  # not a number, or half a character
        return None


@functools.lru_cache(maxsize=4096)  # a class shares most of them
def _is_valid(kind: str, metadata: str) -> bool:
    """Whether nbformat would let a cell have these metadata, as JSON."""
    cell = {"cell_type": kind, "id": "a", "metadata": json.loads(metadata), "source": ""}
    cell |= {"outputs": [], "execution_count": None} if kind == "code" else {}
    return isvalid(cell, ref=f"{kind}_cell", version=4, version_minor=5)


def _source_of(cell: dict) -> str | None:
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    # Python reads all of them as the same end of a line
    return re.sub("\r\n?", "\n", source) if isinstance(source, str) else None


def _clean_cells(cells: list, repairs: list[str]) -> Iterator[dict]:
    """Each cell with the fields that nbformat knows, of the right types; outputs are left out."""
    for place, cell in enumerate(cells, start=1):
        source = _source_of(cell) if isinstance(cell, dict) else None
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if source is None or not isinstance(kind, str):
            repairs.append(f"cell {place} has no text; it was left out")
            continue
        if kind not in ("code", "markdown", "raw"):
            if kind not in ("heading", "html"):
                repairs.append(f"cell {place} was of an unknown kind; it was taken as text")
            kind = "markdown"
        if len(source) > MAX_SOURCE:
            repairs.append(f"cell {place} is too long; it was left out")
            continue
        if not source.isascii() and clean_text(source, MAX_SOURCE) != source:
            repairs.append(f"cell {place} held half characters; they were replaced")
            source = clean_text(source, MAX_SOURCE)
        metadata = cell.get("metadata")
        metadata = dict(metadata) if isinstance(metadata, dict) else {}
        marks = metadata.pop("nbgrader", None)
        marks = marks if isinstance(marks, dict) else {}
        metadata = {name: value for name, value in metadata.items() if value is not None}
        text = _as_json(metadata, MAX_METADATA)
        if metadata and not (text and _is_valid(kind, text)):
            repairs.append(f"cell {place} had metadata that make no sense; they were left out")
            metadata = {}
        name, attached = marks.get("grade_id"), cell.get("attachments")
        clean = {
            "cell_type": kind,
            "id": cell.get("id"),
            "source": source,
            "metadata": metadata,
            "marks": marks or None,
            "name": name if isinstance(name, str) else None,
            "place": place,
        }
        if kind == "markdown" and attached and _are_pictures(attached):
            clean["attachments"] = attached
        elif kind == "markdown" and attached:
            repairs.append(f"cell {place} had attachments that cannot be shown")
        yield clean


def _are_pictures(attached) -> bool:
    if not isinstance(attached, dict) or _as_json(attached, MAX_ATTACHMENTS) is None:
        return False
    for bundle in attached.values():
        parts = bundle.items() if isinstance(bundle, dict) else [("", None)]
        if not all(mime in PICTURES and isinstance(text, str) for mime, text in parts):
            return False
    return True
