"""Turn whatever a learner handed in into a notebook that can be graded.

Works on data alone and runs none of it. What decides points comes from the gradebook: the source
of every locked cell, its points and its marks. What the learner wrote is taken as it is.
"""

import ast
import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from course_utils.grading.jobs import MAX_CELLS, MAX_SOURCE, clean_text, make_job
from course_utils.grading.needed import unneeded

MAX_BYTES = 20_000_000  # of a file: as JSON it takes up to thirty times that in memory
MAX_REPAIRS = 30  # told one by one
MAX_METADATA = 20_000  # characters of one cell's metadata
MAX_ATTACHMENTS = 5_000_000  # characters of one cell's attached pictures
MAX_STUDIED = 100_000  # characters of a learner's code that are worth a study of its names
MAX_TOTAL = 5_000_000  # characters of all the learner's sources
FLAGS = ("grade", "solution", "locked", "task", "points", "schema_version")
# metadata that nbformat knows, and pages read; absent ones are None
METADATA = {
    "collapsed": lambda value: value in (None, True, False),
    "deletable": lambda value: value in (None, True, False),
    "editable": lambda value: value in (None, True, False),
    "execution": lambda value: value is None or isinstance(value, dict),
    "format": lambda value: value is None or isinstance(value, str),
    "jupyter": lambda value: value is None or isinstance(value, dict),
    "magics_language": lambda value: value is None or isinstance(value, str),
    "name": lambda value: value is None or (isinstance(value, str) and value),
    "scrolled": lambda value: value in (None, True, False, "auto"),
    "tags": lambda value: value is None or _tags(value),
}
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
MISSING = (
    "This cell (id:{name}) was missing from the submission. It was added back for grading.\n\n"
)


@dataclass(frozen=True)
class Source:
    """A cell that the gradebook knows.

    ``source`` is what runs (with hidden tests, for a locked cell), ``stub`` what was released.
    """

    name: str
    cell_type: str
    source: str
    stub: str
    cell_id: str
    marks: dict

    @property
    def locked(self) -> bool:
        """Whether the learner's text is replaced by the gradebook's."""
        return bool(self.marks["locked"])

    @property
    def check(self) -> bool:
        """Whether it is a code cell that gives points when it runs."""
        return self.cell_type == "code" and self.marks["grade"] and not self.marks["solution"]


@dataclass(frozen=True)
class Released:
    """What the gradebook and the released notebook say of one notebook of an assignment."""

    assignment: str
    notebook: str
    kernelspec: dict
    cells: dict[str, Source]  # by grade id, in the notebook's order
    # sources of the released code cells without marks, in order, and the graded code cell that
    # follows each
    given: dict[str, str | None]

    @property
    def graded(self) -> bool:
        """Whether anything in it gives points: nothing in a lesson's continuation does."""
        return any(one.marks["grade"] or one.marks["task"] for one in self.cells.values())

    def answer_of(self, check: str) -> str | None:
        """The solution cell that a check belongs to, if there is one."""
        named = self.cells.get(check.removeprefix("check_"))
        if named and named.name != check and named.marks["solution"]:
            return named.name
        before = None
        for source in self.cells.values():
            if source.name == check:
                return before
            if source.marks["solution"] and source.cell_type == "code":
                before = source.name
        return None


@dataclass
class Sanitised:
    """A notebook that can be graded, what was repaired in it, or why there is none.

    ``hopeless`` says why no sense can be made of a submission; the notebook then holds the
    released graded cells alone. ``answered`` counts solution cells that differ from their stub,
    ``graded`` the cells in it that give points.
    """

    notebook: nbformat.NotebookNode
    repairs: list[str] = field(default_factory=list)
    hopeless: str | None = None
    answered: int = 0
    graded: int = 0


class _Hopeless(Exception):
    """No sense can be made of a submission."""


def read_released(gradebook, assignment: str, notebook: str, path: Path) -> Released:
    """Gather what is known of a released notebook.

    Args:
        gradebook: nbgrader's, open.
        assignment: its name.
        notebook: its name, without ``.ipynb``.
        path: the released file, for the order of cells and for ungraded ones; without it, cells
            stand in the gradebook's order and every ungraded cell counts as the learner's own.

    Raises:
        nbgrader.api.MissingEntry: the gradebook knows no such notebook.
    """
    entry = gradebook.find_notebook(notebook, assignment)
    stored = {cell.name: cell for cell in entry.source_cells}
    points = {cell.name: cell.max_score for cell in (*entry.grade_cells, *entry.task_cells)}
    solutions = {cell.name for cell in entry.solution_cells}
    tasks = {cell.name for cell in entry.task_cells}
    shown, given, follows = {}, {}, None
    if path.is_file():
        for cell in reversed(nbformat.read(path, as_version=4).cells):
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in stored:
                shown[name] = cell
                follows = name if cell.cell_type == "code" else follows
            elif cell.cell_type == "code":
                given[cell.source] = follows
        shown, given = dict(reversed(shown.items())), dict(reversed(given.items()))
    cells = {}
    for name in [*shown, *(name for name in stored if name not in shown)]:
        row, cell = stored[name], shown.get(name)
        marks = dict(cell.metadata.nbgrader) if cell else {}
        marks |= {
            "grade": name in points and name not in tasks,
            "grade_id": name,
            "locked": bool(row.locked),
            "schema_version": 3,
            "solution": name in solutions,
            "task": name in tasks,
            "cell_type": row.cell_type,
            "checksum": row.checksum,
        }
        if name in points and marks.get("points") != points[name]:
            marks["points"] = points[name]
        stub, cell_id = (cell.source, cell.get("id", "")) if cell else (row.source, "")
        cells[name] = Source(name, row.cell_type, row.source, stub, cell_id, marks)
    kernelspec = json.loads(entry.kernelspec) if entry.kernelspec else KERNELSPEC
    return Released(assignment, notebook, kernelspec, cells, given)


def job_of(notebook: nbformat.NotebookNode, released: Released, whole: bool = False) -> dict:
    """The job of a sanitised notebook: the code cells that a verdict needs, with their roles.

    Where a learner changed or removed a given cell, the released one runs as well, before the
    next graded cell: what the lesson imports and defines for its checks is not the learner's.

    Args:
        notebook: as :func:`sanitise` made it.
        released: what the gradebook holds.
        whole: take all code cells, for a comparison.
    """
    cells = []
    for name, cell in named_code(notebook):
        source = released.cells.get(name)
        role, points = ("given" if cell.source in released.given else "own"), None
        if source:
            role = "check" if source.check else "answer"
            points = float(source.marks["points"]) if source.check else None
        cells.append({"id": name, "source": cell.source, "role": role, "points": points})
    present, places = {cell["source"] for cell in cells}, {c["id"]: c for c in cells}
    for number, (source, follows) in enumerate(released.given.items()):
        if source not in present and follows in places:
            row = {"id": f"lesson-{number:03d}", "source": source, "role": "given", "points": None}
            cells.insert(cells.index(places[follows]), row)
    if whole:
        return make_job(released.notebook, cells)
    left_out = _left_out(tuple((c["id"], c["source"], c["role"]) for c in cells))
    return make_job(released.notebook, [cell for cell in cells if cell["id"] not in left_out])


def named_code(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Code cells with the names that they have in a job: grade ids, or their place.

    Not the ids that a learner's tools gave to cells, so that equal work is an equal job.
    """
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell-{place:03d}", cell


@functools.lru_cache(maxsize=512)  # a notebook is looked at twice: before it runs and after
def _left_out(cells: tuple) -> set[str]:
    if sum(len(source) for _, source, role in cells if role != "given") > MAX_STUDIED:
        return set()
    return unneeded([dict(zip(("id", "source", "role"), cell, strict=True)) for cell in cells])


def sanitise(raw: bytes, released: Released) -> Sanitised:
    """Make a notebook that can be graded out of any bytes. Never raises for what is in them."""
    try:
        return _sanitise(raw, released)
    except _Hopeless as error:
        reason = str(error)
    except Exception as error:  # a stranger's file must not stop the batch, whatever is in it
        reason = f"reading it failed with {type(error).__name__}"
    return Sanitised(_notebook([], released, [])[0], hopeless=reason)


def _sanitise(raw: bytes, released: Released) -> Sanitised:
    repairs: list[str] = []
    cells = _small_enough(list(_clean_cells(_read_cells(raw, repairs), repairs)), repairs)
    owners = _owners(cells, released, repairs)
    if not owners:
        raise _Hopeless("none of this lesson's exercises is in it")
    graded = sum(released.cells[name].marks["grade"] for name in owners)
    _drop_copies(cells, owners, released, repairs)
    notebook, answered = _notebook(cells, released, repairs)
    if len(repairs) > MAX_REPAIRS:
        repairs[MAX_REPAIRS:] = [f"and {len(repairs) - MAX_REPAIRS} more"]
    return Sanitised(notebook, repairs, None, answered, graded)


def code_texts(raw: bytes) -> set[str]:
    """Texts of a file's code cells, to tell which of several notebooks it is; none of no notebook.

    Never raises for what is in the bytes.
    """
    try:
        cells = _read_cells(raw, [])
    except Exception:  # as in sanitise: whatever a stranger's file may be
        return set()
    code = (cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code")
    return {text.strip() for text in map(_source_of, code) if text and text.strip()}


# ---- reading --------------------------------------------------------------------------------


def _decode(raw: bytes, repairs: list[str]) -> str:
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        repairs.append("bytes that are no text were replaced")
        return raw.decode(encoding, "replace")


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


def _read_cells(raw: bytes, repairs: list[str]) -> list:
    """The list of cells in a notebook file of any version.

    Raises:
        _Hopeless: with the reason.
    """
    if len(raw) > MAX_BYTES:
        raise _Hopeless(f"the file is larger than {MAX_BYTES // 1_000_000} MB")
    if not raw.strip():
        raise _Hopeless("the file is empty")
    text = _decode(raw, repairs)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        cells = _salvage(text)
        if not cells:
            raise _Hopeless("the file is not a notebook (it is no JSON)") from None
        repairs.append(f"the file is damaged after its first {len(cells)} cells; these were graded")
        return cells
    if not isinstance(content, dict):
        raise _Hopeless("the file is JSON, but not a notebook")
    version = content.get("nbformat")
    if version != 4:
        repairs.append(f"its format was {str(version)[:20]}, not 4; it was read all the same")
    cells = content.get("cells")
    if not isinstance(cells, list):  # formats 2 and 3
        sheets = content.get("worksheets")
        sheets = [s for s in sheets if isinstance(s, dict)] if isinstance(sheets, list) else []
        lists = [s["cells"] for s in sheets if isinstance(s.get("cells"), list)]
        cells = [cell for some in lists for cell in some]
    if not cells:
        raise _Hopeless("there are no cells in it")
    if len(cells) > 10 * MAX_CELLS:
        raise _Hopeless(f"{len(cells)} cells are too many")
    return cells


def _shallow(value, levels: int = 20) -> bool:
    """Whether nested data are at most so deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return levels > 0 and all(_shallow(inner, levels - 1) for inner in value)


def _sound(value, most: int) -> bool:
    """Whether data can be written as a file, shallow and within ``most`` characters."""
    try:
        return (
            _shallow(value)
            and len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) <= most
        )
    except ValueError:  # not a number, or half a character
        return False


def _tags(value) -> bool:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        return False
    return len(set(value)) == len(value) and all(tag and "," not in tag for tag in value)


def _source_of(cell: dict) -> str | None:
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else None


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
        name = marks.get("grade_id") if isinstance(marks, dict) else None
        senseless = [key for key, sane in METADATA.items() if not sane(metadata.get(key))]
        if senseless or not _sound(metadata, MAX_METADATA):
            repairs.append(f"cell {place} had metadata that make no sense; they were left out")
            metadata = {}
        clean = {
            "cell_type": kind,
            "id": cell.get("id"),
            "source": source,
            "metadata": metadata,
            "marks": marks if isinstance(marks, dict) and _sound(marks, MAX_METADATA) else None,
            "name": name if isinstance(name, str) else None,
            "place": place,
        }
        attached = cell.get("attachments")
        if kind == "markdown" and attached:
            if _attachments_ok(attached):
                clean["attachments"] = attached
            else:
                repairs.append(f"cell {place} had attachments that cannot be shown")
        yield clean


def _attachments_ok(attached) -> bool:
    return (
        isinstance(attached, dict)
        and all(
            isinstance(bundle, dict)
            and all(
                mime in ("image/png", "image/jpeg", "image/gif") and isinstance(text, str)
                for mime, text in bundle.items()
            )
            for bundle in attached.values()
        )
        and _sound(attached, MAX_ATTACHMENTS)
    )


def _small_enough(cells: list[dict], repairs: list[str]) -> list[dict]:
    """Drop the learner's further cells where there are far too many."""
    kept, total = [], 0
    for cell in cells:
        total += len(cell["source"])
        if cell["name"] or (len(kept) < MAX_CELLS // 2 and total <= MAX_TOTAL):
            kept.append(cell)
    if len(kept) > MAX_CELLS * 3 // 4 or total > 2 * MAX_TOTAL:
        raise _Hopeless(f"{len(cells)} cells with {total} characters are too much")
    if len(kept) < len(cells):
        repairs.append(f"{len(cells) - len(kept)} cells beyond what can be graded were left out")
    return kept


# ---- which cell is which ---------------------------------------------------------------------


def defined_names(source: str) -> set[str]:
    """Names of the functions and classes that a cell defines at its top level."""
    try:
        tree = ast.parse(source if len(source) <= MAX_STUDIED else "(")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # a cell that does not compile (yet): take what looks like a definition
        return set(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", source, re.MULTILINE))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def _owners(cells: list[dict], released: Released, repairs: list[str]) -> dict[str, list[dict]]:
    """Which cells claim each grade id, in order.

    Cells whose mark is lost or unknown are recognised by nbformat's cell id, by their text, or
    by the functions that they define.
    """
    owners: dict[str, list[dict]] = {}
    known = {source.cell_id: name for name, source in released.cells.items() if source.cell_id}
    claimed = {cell["name"] for cell in cells}
    for cell in cells:
        meant = known.get(cell["id"]) if isinstance(cell["id"], str) else None
        if meant and meant not in claimed and cell["name"] in released.cells:
            # another cell's mark got here: what stands here must not be overwritten with it
            cell["name"], cell["marks"] = meant, None
            repairs.append(f"{meant}: its mark was lost; the cell was recognised")
    for cell in cells:
        if cell["name"] in released.cells:
            owners.setdefault(cell["name"], []).append(cell)
    missing = [source for name, source in released.cells.items() if name not in owners]
    if not missing:
        return owners
    free = [cell for cell in cells if cell["name"] not in released.cells]
    names = {cell["place"]: defined_names(cell["source"]) for cell in free if _is_code(cell)}

    def alike(source: Source, cell: dict) -> bool:
        if source.cell_id and cell["id"] == source.cell_id:
            return True
        return bool(source.stub.strip()) and cell["source"].strip() == source.stub.strip()

    def defines(source: Source, cell: dict) -> bool:
        wanted = defined_names(source.stub) if source.marks["solution"] else set()
        return bool(wanted) and wanted <= names.get(cell["place"], set())

    for fits in (alike, defines):
        for source in missing:
            if source.name in owners:
                continue
            found = [cell for cell in free if cell["name"] is None or cell["name"] not in owners]
            found = [cell for cell in found if cell.get("taken") is None and fits(source, cell)]
            if found:
                cell = found[-1]
                cell["name"] = cell["taken"] = source.name
                owners[source.name] = [cell]
                repairs.append(f"{source.name}: its mark was lost; the cell was recognised")
    return owners


def _is_code(cell: dict) -> bool:
    return cell["cell_type"] == "code"


def _same(cell: dict, source: Source) -> bool:
    return cell["source"].strip() in (source.stub.strip(), source.source.strip())


def _drop_copies(cells: list[dict], owners: dict, released: Released, repairs: list[str]) -> None:
    """Leave one cell for each grade id; copies lose their marks, untouched copies go."""
    for name, claims in owners.items():
        if len(claims) < 2:
            continue
        source = released.cells[name]
        if source.locked:
            answer = owners.get(released.answer_of(name) or "")
            after = max((cell["place"] for cell in answer), default=0) if answer else 0
            pristine = [cell for cell in claims if _same(cell, source)] or claims
            behind = [cell for cell in pristine if cell["place"] > after]
            chosen = behind[0] if behind else pristine[-1]
        else:
            worked = [cell for cell in claims if not _same(cell, source)]
            chosen = (worked or claims)[-1]
        which = "the check was run once" if source.locked else "the last one with work in it counts"
        repairs.append(f"{name}: there were {len(claims)} cells of this id; {which}")
        for cell in claims:
            if cell is chosen:
                continue
            cell["name"] = cell["marks"] = None
            if _same(cell, source):  # nothing of the learner's is in it, and it would run again
                cells.remove(cell)


# ---- writing ---------------------------------------------------------------------------------


def _behind_answers(cells: list[dict], released: Released, repairs: list[str]) -> None:
    """Move every check that stands before its answer to the place right behind it."""
    for name, source in released.cells.items():
        answer = released.answer_of(name) if source.check else None
        place = {cell["name"]: index for index, cell in enumerate(cells) if cell["name"]}
        if answer in place and name in place and place[name] < place[answer]:
            check = cells.pop(place[name])
            cells.insert(place[answer], check)  # one place nearer, as the check is gone
            repairs.append(f"{name}: it stood before its answer and was moved behind it")


def _add_missing(cells: list[dict], released: Released, repairs: list[str]) -> None:
    """Put lost graded cells back: behind their answer, else behind the graded cell before."""
    before = None
    for name, source in released.cells.items():
        place = {cell["name"]: index for index, cell in enumerate(cells) if cell["name"]}
        # a lost answer stays lost: its stub would undo what the learner wrote elsewhere
        if name not in place and (source.marks["grade"] or source.marks["task"]):
            answer = released.answer_of(name) if source.check else None
            anchor = answer if answer in place else before
            at = place[anchor] + 1 if anchor in place else len(cells)
            text = source.source
            if not source.locked:
                text = MISSING.format(name=name) + text
            cell = {"cell_type": source.cell_type, "id": source.cell_id, "source": text}
            cell |= {"metadata": {"deletable": False}, "marks": None, "name": name, "place": 0}
            cells.insert(at, cell)
            repairs.append(f"{name}: the cell was missing and was put back")
        elif name not in place:
            repairs.append(f"{name}: the answer's cell is missing")
        if name in place or source.marks["grade"] or source.marks["task"]:
            before = name


def _restore(cell: dict, source: Source, repairs: list[str]) -> None:
    """Give a known cell its type, its marks and, if it is locked, its source."""
    if cell["cell_type"] != source.cell_type:
        repairs.append(f"{source.name}: it was a {cell['cell_type']} cell, not {source.cell_type}")
        cell["cell_type"] = source.cell_type
    marks = cell["marks"]
    if marks is not None and any(marks.get(flag) != source.marks.get(flag) for flag in FLAGS):
        repairs.append(f"{source.name}: its marks for grading were not the released ones")
    if source.locked and cell["source"] != source.source:
        if cell["source"].strip() not in (source.stub.strip(), source.source.strip()):
            repairs.append(f"{source.name}: the check's text was not the released one")
        cell["source"] = source.source
    cell["metadata"]["nbgrader"] = dict(source.marks)


def _cell_ids(cells: list[dict]) -> None:
    seen = set()
    for index, cell in enumerate(cells):
        cell_id = cell["id"]
        if not isinstance(cell_id, str) or not CELL_ID.fullmatch(cell_id) or cell_id in seen:
            cell_id = f"cell-{index:04d}"
            while cell_id in seen:
                cell_id += "x"
        seen.add(cell_id)
        cell["id"] = cell_id


def _notebook(cells: list[dict], released: Released, repairs: list[str]):
    """The notebook of these cells, with every graded cell as the gradebook has it."""
    _add_missing(cells, released, repairs)
    _behind_answers(cells, released, repairs)
    _cell_ids(cells)
    made, answered = [], 0
    for cell in cells:
        source = released.cells.get(cell["name"])
        if source:
            _restore(cell, source, repairs)
            if source.marks["solution"] and cell["place"]:
                answered += not _same(cell, source)
        node = {"cell_type": cell["cell_type"], "id": cell["id"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            node |= {"execution_count": None, "outputs": []}
        if cell["cell_type"] == "markdown" and "attachments" in cell:
            node["attachments"] = cell["attachments"]
        made.append(node | {"source": cell["source"]})
    metadata = {"language_info": LANGUAGE, "kernelspec": released.kernelspec}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}
    return nbformat.from_dict(content), answered
