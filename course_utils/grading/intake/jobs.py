"""The plain data that travel between the gradebook's side and the sandboxes.

A *job* is one learner's notebook, ready to run::

    {"key": sha256 of everything below, "lesson": "12_pca",
     "cells": [{"id": str, "source": str, "role": str, "points": float or None}, ...],
     "limits": {...}, "versions": {...}}

Only code cells, in the notebook's order. Roles: "check" (locked and graded, rebuilt from the
gradebook), "answer" (a solution cell), "given" (released and unchanged), "own" (all others).
The learner's name is not in it: equal work has an equal key and runs once.

A *result* is what a sandbox says of a job::

    {"key": the job's, "sandbox": str, "seconds": float,
     "cells": [{"id": str, "status": str, "outputs": [...], "seconds": float,
                "value": float or None}, ...]}

One entry a cell, in the job's order. Statuses are in :data:`STATUSES`; outputs are nbformat's;
``value`` is the finite number that a check's last expression gave, if it gave one.
A result comes from a process that ran a stranger's code: :func:`check_result` lets nothing in
but this shape, cut to size.
"""

import functools
import hashlib
import json
import math
from importlib import metadata
from pathlib import Path

from course_utils.paths import PACKAGE, write_atomically

STATUSES = ("ok", "error", "timeout", "died", "not run")
# What a cell and a notebook may use; a lesson on its quick budget takes at most 20 s in all.
LIMITS = {
    "cell_seconds": 60.0,
    "job_seconds": 180.0,
    "memory_mb": 2000.0,
    "processes": 64,
    "file_mb": 200.0,  # all files that it writes, together
    "output_kb": 200.0,  # the outputs of one cell, together
}
MAX_SOURCE = 1_000_000  # characters in one cell
MAX_CELLS = 1000
MAX_ALL_OUTPUTS = 20_000_000  # characters, of one notebook
MAX_OUTPUTS = 100  # of one cell
MAX_PICTURE = 1_000_000  # characters: a figure is worth more than text is
# text/html stays out of reach of scripts: see pages.py, which cleans it before it is shown
MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")
RESULT = frozenset(("key", "sandbox", "seconds", "cells"))
CELL = frozenset(("id", "status", "outputs", "seconds", "value"))


def version_of(*names: str) -> str:
    """The version of the first of these packages that is there."""
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "absent"


@functools.cache
def versions() -> dict[str, str]:
    """Versions of everything that a verdict rests on, as a job carries them.

    ``course_utils`` changes between two releases, so its source files count, not its number.
    """
    found = {name: version_of(name) for name in ("keras", "nbgrader", "numpy")}
    found["tensorflow"] = version_of("tensorflow-cpu", "tensorflow")
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.glob("**/*.py")):
        digest.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes() + b"\0")
    found["course_utils"] = digest.hexdigest()[:16]
    return found


def make_job(lesson: str, cells: list[dict], limits: dict | None = None) -> dict:
    """A job of a lesson's code cells; ``limits`` are entries that differ from :data:`LIMITS`."""
    parts = ("id", "source", "role", "points")
    content = {
        "lesson": lesson,
        "cells": [{name: cell.get(name) for name in parts} for cell in cells],
        "limits": LIMITS | (limits or {}),
        "versions": versions(),
    }
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return {"key": hashlib.sha256(text.encode()).hexdigest()} | content


# ---- results --------------------------------------------------------------------------------


class ResultError(ValueError):
    """What came back from a sandbox is not a result of the job."""


def is_number(value) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def clean_text(value, limit: int) -> str:
    """Text that any file can hold: cut after ``limit`` characters, no lone surrogates."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        raise ResultError(f"text is expected, not {type(value).__name__}")
    if len(value) > limit:
        value = f"{value[:limit]}\n[{len(value) - limit} more characters were cut]"
    return value.encode("utf-8", "replace").decode("utf-8")


def _about_pictures(told, kept: dict) -> dict:
    """Alternative text and size of the pictures, which is all that a page needs."""
    found = {}
    for mime in kept:
        about = told.get(mime) if isinstance(told, dict) and mime.startswith("image/") else None
        if isinstance(about, dict):
            found[mime] = {k: about[k] for k in ("width", "height") if is_number(about.get(k))}
            if isinstance(about.get("alt"), str):
                found[mime]["alt"] = clean_text(about["alt"], 1000)
    return {mime: about for mime, about in found.items() if about}


def _clean_data(data: dict, room: int) -> dict:
    kept = {}
    for mime in MIME_TYPES:
        if mime in data:
            text = clean_text(data[mime], MAX_PICTURE if _whole(mime) else room)
            if len(text) <= MAX_PICTURE or not _whole(mime):
                kept[mime] = text
    return kept or {"text/plain": "[an output of a kind that is not shown, or too large]"}


def _whole(mime: str) -> bool:
    """Half a picture, or half a table in HTML, is no use: it is kept whole or not at all."""
    return mime.startswith("image/") or mime == "text/html"


def _clean_output(output: dict, room: int) -> dict:
    """One of nbformat's outputs, rebuilt from its known fields; ``room`` is in characters."""
    kind = output["output_type"]
    if kind == "stream" and output["name"] in ("stdout", "stderr"):
        text = clean_text(output["text"], room)
        return {"output_type": "stream", "name": output["name"], "text": text}
    if kind == "error":
        text = "".join(clean_text(line, room) + "\n" for line in output["traceback"][-50:])
        return {
            "output_type": "error",
            "ename": clean_text(output["ename"], 200),
            "evalue": clean_text(output["evalue"], min(room, 5000)),
            "traceback": clean_text(text, room).removesuffix("\n").split("\n"),
        }
    if kind in ("display_data", "execute_result"):
        kept = _clean_data(output["data"], room)
        about = _about_pictures(output.get("metadata"), kept)
        clean = {"output_type": kind, "data": kept, "metadata": about}
        return clean | ({"execution_count": None} if kind == "execute_result" else {})
    raise ResultError(f"unknown kind of output {str(kind)[:50]!r}")


def _lengths(output: dict) -> tuple[int, int]:
    """Characters of an output's text, and of its pictures and pages."""
    data = output.get("data", {})
    text = [output.get("text", ""), *output.get("traceback", ()), data.get("text/plain", "")]
    return sum(map(len, text)), sum(len(part) for mime, part in data.items() if _whole(mime))


def clean_outputs(outputs, limit_kb: float) -> list[dict]:
    """Outputs of one cell with only what nbformat knows, cut to a size.

    An error is kept even where the outputs before it have used up the room: the learner needs
    its message.
    """
    if not isinstance(outputs, list):
        raise ResultError("outputs are a list")
    room, pictures, kept, dropped = int(limit_kb * 1000), 3 * MAX_PICTURE, [], 0
    try:
        for place, output in enumerate(outputs):
            full = room <= 0 or pictures <= 0 or place >= MAX_OUTPUTS
            if full and output["output_type"] != "error":
                dropped += 1
                continue
            kept.append(_clean_output(output, max(room, 5000)))
            text, whole = _lengths(kept[-1])
            room, pictures = room - text, pictures - whole
    except (LookupError, TypeError, AttributeError) as error:
        raise ResultError(f"outputs that are none: {error}") from None
    if dropped:
        text = f"[{dropped} more outputs were cut]\n"
        kept.append({"output_type": "stream", "name": "stdout", "text": text})
    return kept


def _amount(value) -> float:
    if not is_number(value) or not 0 <= value < 1e7:
        raise ResultError("an amount that is no number from 0 on")
    return float(value)


def _clean_cell(told: dict, cell: dict, limit_kb: float) -> dict:
    value = told["value"]
    if told["id"] != cell["id"] or told["status"] not in STATUSES:
        raise ResultError(f"{cell['id']!r} has another name or status")
    if value is not None and not (is_number(value) and cell["role"] == "check"):
        raise ResultError(f"{cell['id']!r} has a value that is none")
    return {
        "id": cell["id"],
        "status": told["status"],
        "outputs": clean_outputs(told["outputs"], limit_kb),
        "seconds": _amount(told["seconds"]),
        "value": None if value is None else float(value),
    }


def _cut_all(cells: list[dict]) -> None:
    """Drop what a notebook shows beyond its room; errors stay, as a verdict rests on them."""
    room = MAX_ALL_OUTPUTS
    for cell in cells:
        room -= sum(len(json.dumps(output)) for output in cell["outputs"])
        if room < 0:
            cell["outputs"] = [o for o in cell["outputs"] if o["output_type"] == "error"][-1:]


def check_result(job: dict, result) -> dict:
    """Take a result as the claim of a stranger: rebuilt from known fields, cut to size.

    Raises:
        ResultError: it is not a result of this job; says what is wrong.
    """
    try:
        if result["key"] != job["key"]:
            raise ResultError("the result belongs to another job")
        cells = [
            _clean_cell(told, cell, job["limits"]["output_kb"])
            for told, cell in zip(result["cells"], job["cells"], strict=True)
        ]
        _cut_all(cells)
        return {
            "key": job["key"],
            "sandbox": clean_text(result["sandbox"], 50),
            "seconds": _amount(result["seconds"]),
            "cells": cells,
        }
    except ResultError:
        raise
    except (LookupError, TypeError, ValueError, RecursionError, OverflowError) as error:
        raise ResultError(f"not a result: {error}") from None


# ---- on disk --------------------------------------------------------------------------------


class ResultStore:
    """Results on disk by their jobs' keys: ``folder/ab/abcd….json``.

    A file is written beside its place and renamed, so that a process killed at any moment leaves
    whole results or none. Any number of processes may use a store at the same time.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def path(self, key: str) -> Path:
        """Where the result of a key lies, if there is one."""
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise ValueError(f"not a key: {key[:80]!r}")
        return self.folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> dict | None:
        """The result, or None if there is none; a damaged one, or one without a part, is none."""
        path = self.path(key)
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            # another version may have written it
            whole = result.keys() >= RESULT and all(cell.keys() >= CELL for cell in result["cells"])
            return result if whole and result["key"] == key else None
        except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def put(self, job: dict, result: dict) -> dict:
        """Check a result and keep it; returns it as it was kept."""
        clean = check_result(job, result)
        path = self.path(job["key"])
        # the outputs of hidden tests are not for other users of the machine
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, json.dumps(clean, allow_nan=False).encode())
        return clean


def points_of(told: dict, most: float) -> float:
    """Points of an executed check, finite and between 0 and ``most``.

    An error counts before any value; text on standard error costs nothing.
    """
    if told["status"] != "ok" or any(out["output_type"] == "error" for out in told["outputs"]):
        return 0.0
    if told["value"] is None:
        return most
    return min(max(told["value"], 0.0), most) if math.isfinite(told["value"]) else 0.0
