"""The plain data that travel between the gradebook's side and the sandboxes.

A *job* is one learner's notebook, ready to run::

    {"key": sha256 of everything below, "lesson": "12_pca",
     "cells": [{"id": str, "source": str, "role": str, "points": float or None}, ...],
     "limits": {...}, "versions": {...}}

Only code cells, in the notebook's order. Roles: "check" (locked and graded, rebuilt from the
gradebook), "answer" (a solution cell), "given" (released and unchanged), "own" (all others).
The learner's name is not in it: equal work has an equal key and runs once.

A *result* is what a sandbox says of a job::

    {"key": the job's, "sandbox": str, "seconds": float, "peak_mb": float,
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
import os
import tempfile
from importlib import metadata
from pathlib import Path

from course_utils.grading.intake.outputs import ResultError, clean_outputs, clean_text, is_number
from course_utils.paths import PACKAGE

ROLES = ("given", "answer", "check", "own")
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
PACKAGES = ("keras", "nbgrader", "numpy")


class JobError(ValueError):
    """A job has not the shape that a job has."""


def _version(*names: str) -> str:
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
    found = {name: _version(name) for name in PACKAGES}
    found["tensorflow"] = _version("tensorflow-cpu", "tensorflow")
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.glob("**/*.py")):
        digest.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes() + b"\0")
    found["course_utils"] = digest.hexdigest()[:16]
    return dict(sorted(found.items()))


def job_key(job: dict) -> str:
    """The key that belongs to a job's content."""
    content = {name: job[name] for name in ("lesson", "cells", "limits", "versions")}
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def make_job(lesson: str, cells: list[dict], limits: dict | None = None) -> dict:
    """A job of a lesson's cells.

    Args:
        lesson: the lesson's slug.
        cells: code cells in order, each with ``id``, ``source``, ``role`` and ``points``.
        limits: entries that differ from :data:`LIMITS`.

    Raises:
        JobError: not the shape of a job.
    """
    job = {
        "key": "",
        "lesson": lesson,
        "cells": [
            {name: cell.get(name) for name in ("id", "source", "role", "points")} for cell in cells
        ],
        "limits": LIMITS | (limits or {}),
        "versions": versions(),
    }
    _check_shape(job)
    job["key"] = job_key(job)
    return job


def check_job(job) -> None:
    """Make sure that something is a job and that its key belongs to it.

    Raises:
        JobError: it is not.
    """
    _check_shape(job)
    if job["key"] != job_key(job):
        raise JobError("the job's key does not belong to its content")


def _check_shape(job) -> None:
    def must(condition: bool, what: str) -> None:
        if not condition:
            raise JobError(f"not a job: {what}")

    must(isinstance(job, dict), "a mapping is expected")
    must(set(job) == {"key", "lesson", "cells", "limits", "versions"}, "other keys")
    must(isinstance(job["key"], str) and isinstance(job["lesson"], str), "key or lesson")
    must(isinstance(job["limits"], dict) and set(job["limits"]) == set(LIMITS), "limits")
    must(all(is_number(v) and v > 0 for v in job["limits"].values()), "limits above zero")
    must(isinstance(job["versions"], dict), "versions")
    cells = job["cells"]
    must(isinstance(cells, list) and len(cells) <= MAX_CELLS, f"at most {MAX_CELLS} cells")
    seen = set()
    for cell in cells:
        must(isinstance(cell, dict) and set(cell) == {"id", "source", "role", "points"}, "a cell")
        must(isinstance(cell["id"], str) and 0 < len(cell["id"]) <= 200, "a cell's id")
        must(cell["id"] not in seen, f"two cells have the id {cell['id']!r}")
        seen.add(cell["id"])
        must(isinstance(cell["source"], str), "a cell's source")
        must(len(cell["source"]) <= MAX_SOURCE, f"cell {cell['id']!r} is too long")
        must(cell["role"] in ROLES, f"role {cell['role']!r}")
        must(cell["points"] is None or is_number(cell["points"]), "a cell's points")


def _clean_seconds(value, what: str) -> float:
    if not is_number(value) or not 0 <= value < 1e7:
        raise ResultError(f"{what} is not a number from 0 on")
    return float(value)


def _clean_cell(told, cell: dict, limit_kb: float) -> dict:
    if not isinstance(told, dict):
        raise ResultError("a cell's result is not a mapping")
    if told.get("id") != cell["id"]:
        raise ResultError(f"a result for {str(told.get('id'))[:50]!r} instead of {cell['id']!r}")
    if told.get("status") not in STATUSES:
        raise ResultError(f"unknown status {str(told.get('status'))[:50]!r}")
    value = told.get("value")
    if value is not None and not is_number(value):
        raise ResultError("a value is a finite number or nothing")
    if value is not None and cell["role"] != "check":
        raise ResultError("only a check has a value")
    return {
        "id": cell["id"],
        "status": told["status"],
        "outputs": clean_outputs(told.get("outputs"), limit_kb),
        "seconds": _clean_seconds(told.get("seconds"), "a cell's time"),
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
    """Take a result as the claim of an untrusted process: rebuilt from known fields, cut to size.

    Raises:
        ResultError: it is not a result of this job; says what is wrong.
    """
    if not isinstance(result, dict):
        raise ResultError("a result is a mapping")
    if result.get("key") != job["key"]:
        raise ResultError("the result belongs to another job")
    cells = result.get("cells")
    if not isinstance(cells, list) or len(cells) != len(job["cells"]):
        raise ResultError(f"results of {len(job['cells'])} cells are expected")
    try:
        clean = [
            _clean_cell(told, cell, job["limits"]["output_kb"])
            for told, cell in zip(cells, job["cells"], strict=True)
        ]
        _cut_all(clean)
        return {
            "key": job["key"],
            "sandbox": clean_text(result.get("sandbox"), 50),
            "seconds": _clean_seconds(result.get("seconds"), "the time"),
            "peak_mb": _clean_seconds(result.get("peak_mb"), "the memory"),
            "cells": clean,
        }
    except (TypeError, RecursionError, OverflowError) as error:
        raise ResultError(f"not a result: {error}") from None


RESULT = frozenset(("key", "sandbox", "seconds", "peak_mb", "cells"))
CELL = frozenset(("id", "status", "outputs", "seconds", "value"))


def _is_whole(result) -> bool:
    """Whether a stored result has every part of one: another version may have written it."""
    if not isinstance(result, dict) or not result.keys() >= RESULT:
        return False
    cells = result["cells"]
    return isinstance(cells, list) and all(
        isinstance(cell, dict) and cell.keys() >= CELL for cell in cells
    )


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
        except (FileNotFoundError, ValueError):
            return None
        return result if _is_whole(result) and result["key"] == key else None

    def put(self, job: dict, result: dict) -> dict:
        """Check a result and keep it; returns it as it was kept.

        Raises:
            ResultError: it is not a result of the job.
        """
        clean = check_result(job, result)
        path = self.path(job["key"])
        # the outputs of hidden tests are not for other users of the machine
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(clean, file, allow_nan=False)
            os.replace(part, path)
        finally:
            Path(part).unlink(missing_ok=True)
        return clean

    def drop(self, key: str) -> None:
        """Forget a result, so that its job runs again."""
        self.path(key).unlink(missing_ok=True)


def points_of(told: dict, most: float) -> float:
    """Points of an executed check, finite and between 0 and ``most``.

    An error counts before any value; text on standard error costs nothing.

    Args:
        told: the check's entry in a result.
        most: its points.
    """
    if told["status"] != "ok" or any(out["output_type"] == "error" for out in told["outputs"]):
        return 0.0
    if told["value"] is None:
        return most
    return min(max(told["value"], 0.0), most) if math.isfinite(told["value"]) else 0.0
