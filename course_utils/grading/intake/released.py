"""What the gradebook and the released notebook say of one notebook of an assignment."""

import json
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course_utils.grading.intake.reading import plain

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Source:
    """A cell that the gradebook knows.

    ``source`` is what runs (with hidden tests, for a locked cell), ``stub`` what was released.
    ``above`` is the plain text of the cell that a written answer stands under.
    """

    name: str
    cell_type: str
    source: str
    stub: str
    cell_id: str
    marks: dict
    above: str = ""

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

    notebook: str
    kernelspec: dict
    cells: dict[str, Source]  # by grade id, in the notebook's order
    # sources of the released code cells without marks, in order, and the graded code cell that
    # follows each
    given: dict[str, str | None]
    told: frozenset[str] = frozenset()  # plain texts of the released cells that are no code

    @property
    def graded(self) -> bool:
        """Whether anything in it gives points: nothing in a lesson's continuation does."""
        return any(one.marks["grade"] or one.marks["task"] for one in self.cells.values())

    def answer_of(self, check: str) -> str | None:
        """The solution cell that a check belongs to, if there is one."""
        named = check.removeprefix("check_")
        if named != check and named in self.cells and self.cells[named].marks["solution"]:
            return named
        before = None
        for source in self.cells.values():
            if source.name == check:
                return before
            if source.marks["solution"] and source.cell_type == "code":
                before = source.name
        return None


def read_released(gradebook, assignment: str, notebook: str, path: Path) -> Released:
    """Gather what is known of a released notebook.

    ``path`` is the released file, for the order of cells and for ungraded ones; without it, cells
    stand in the gradebook's order and every ungraded cell counts as the learner's own.
    """
    entry = gradebook.find_notebook(notebook, assignment)
    stored = {cell.name: cell for cell in entry.source_cells}
    points = {cell.name: cell.max_score for cell in (*entry.grade_cells, *entry.task_cells)}
    solutions = {cell.name for cell in entry.solution_cells}
    tasks = {cell.name for cell in entry.task_cells}
    everything = nbformat.read(path, as_version=4).cells if path.is_file() else []
    told = frozenset(plain(cell.source) for cell in everything if cell.cell_type != "code")
    shown, above, given, waiting, before = {}, {}, {}, [], ""
    for cell in everything:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in stored:
            shown[name], above[name] = cell, before
        if cell.cell_type == "code" and name in stored:
            given |= dict.fromkeys(waiting, name)
            waiting = []
        elif cell.cell_type == "code":
            waiting.append(cell.source)
        before = plain(cell.source)
    given |= dict.fromkeys(waiting)
    cells = {}
    for name in shown | stored:
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
        under = above.get(name, "") if row.cell_type != "code" and not row.locked else ""
        cells[name] = Source(name, row.cell_type, row.source, stub, cell_id, marks, under)
    kernelspec = json.loads(entry.kernelspec) if entry.kernelspec else KERNELSPEC
    return Released(notebook, kernelspec, cells, given, told)
