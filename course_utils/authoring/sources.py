"""Read a lesson's source: a Jupytext percent script with marks on its cells.

Marks: ``exercise="name"`` on a code cell with a solution region, ``check="name" points=2`` on the
code cell that grades it, ``answer="name" points=1`` on a Markdown cell with the model answer,
``folded="imports"`` and ``folded="numbers"`` on code that is not the story.
"""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import yaml

HEADER_KEYS = {"title", "question", "goals", "seconds", "terms", "picture"}
OPTIONAL_IN_DEEPER = {"terms", "picture"}
OPTIONAL_IN_DRAFTS = {"terms", "picture"}
MARKS = {
    "exercise": {"exercise"},
    "check": {"check", "points"},
    "answer": {"answer", "points"},
    "folded": {"folded"},
}
FOLDED = ("imports", "numbers")
DEEPER = "_deeper"
SLUG = re.compile(r"[1-6][1-9]_[a-z0-9_]+")
NAME = re.compile(r"[a-z][a-z0-9_]*")
REGIONS = {"SOLUTION": "exercise", "HIDDEN TESTS": "check"}


def without_region(code: str, region: str, instead: str = "") -> str:
    """Code without its ``### BEGIN REGION`` ... ``### END REGION``, both marks included.

    ``instead`` is a line that takes the place of each region, at its indentation.
    """
    marks = rf"(?m)^([ \t]*)### BEGIN {region}\n(?:.*\n)*?[ \t]*### END {region}[ \t]*$\n?"
    return re.sub(marks, rf"\1{instead}\n" if instead else "", code).rstrip()


@dataclass(frozen=True)
class Problem:
    """Something wrong in a source, and where."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class SourceError(ValueError):
    """A source breaks the rules; ``problems`` lists every place."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass
class Cell:
    """One cell: ``kind`` is "exercise", "check", "answer", "folded" or "" for all others."""

    cell_type: str
    source: str
    line: int
    kind: str = ""
    name: str = ""
    points: float = 0


@dataclass
class Lesson:
    """A core, or the continuation of one, as its source says it.

    A ``draft`` need not keep to its budget yet. ``seconds`` is the measured time of a full run on
    two cores, ``terms`` maps each term that the lesson defines to its line in the glossary,
    ``picture`` says what the header's picture shows.
    """

    slug: str
    path: Path
    title: str
    question: str
    goals: list[str]
    seconds: int
    terms: dict[str, str] = field(default_factory=dict)
    picture: str = ""
    draft: bool = False
    cells: list[Cell] = field(default_factory=list)

    @property
    def deeper(self) -> bool:
        """Whether this is the continuation of a core."""
        return self.path.stem.endswith(DEEPER)

    @property
    def name(self) -> str:
        """Name of the notebook's file, without suffix."""
        return self.path.stem

    @property
    def continuation(self) -> Path:
        """Where the source of this lesson's *Going deeper* lies, if it has one."""
        return self.path.with_name(f"{self.slug}{DEEPER}.py")

    def graded(self, kind: str) -> list[dict]:
        """Name and points of the checks or written answers, in order."""
        return [{"name": c.name, "points": c.points} for c in self.cells if c.kind == kind]


def find_sources(solutions: Path) -> list[Path]:
    """Every core's source, in the order of the course."""
    found = (p for p in solutions.glob("*/*.py") if SLUG.fullmatch(p.parent.name))
    return sorted(p for p in found if not p.stem.endswith(DEEPER))


def find_continuations(solutions: Path) -> list[Path]:
    """The source of every *Going deeper*, in the order of the course."""
    return sorted(p for p in solutions.glob(f"*/*{DEEPER}.py") if SLUG.fullmatch(p.parent.name))


def _region_problems(cell: Cell, say, deeper: bool) -> None:
    """Report region marks that do not pair up or stand in the wrong kind of cell."""
    for region, kind in REGIONS.items():
        begun = 0
        for offset, line in enumerate(cell.source.split("\n"), start=1):
            mark = re.fullmatch(rf"\s*#+ (BEGIN|END) {region}\s*", line)
            if not mark:
                if re.search(rf"\b(BEGIN|END) {region}\b", line):
                    say(cell.line + offset, f"write the mark as `### BEGIN {region}` on its own")
                continue
            if cell.kind != kind:
                say(cell.line + offset, f'{region} stands in a cell without {kind}="..."')
            if mark[1] == "BEGIN":
                if begun:
                    say(cell.line + offset, f"second BEGIN {region} before END {region}")
                begun = cell.line + offset
            elif not begun:
                say(cell.line + offset, f"END {region} without BEGIN {region}")
            else:
                begun = 0
        if begun:
            say(begun, f"BEGIN {region} without END {region}")
        has, hidden = bool(re.search(rf"# BEGIN {region}", cell.source)), kind == "check"
        if cell.kind == kind and not has and not (hidden and deeper):
            say(cell.line, f'{kind} "{cell.name}" has no {region} region')
        if has and hidden and deeper:
            say(cell.line, "a continuation has no HIDDEN TESTS: nobody grades it")


def _read_marks(cell: Cell, metadata: dict, say, deeper: bool) -> None:
    kinds = [kind for kind in MARKS if kind in metadata]
    known = set().union(*MARKS.values())
    if "incorrectly_encoded_metadata" in metadata:
        words = str(metadata["incorrectly_encoded_metadata"])
        say(
            cell.line,
            f'cannot read the marks {words!r}: write exercise="name", with quotation marks',
        )
        return
    for key in metadata:
        if key not in known:
            say(cell.line, f"unknown mark {key!r}: use exercise, check, answer, points or folded")
    if len(kinds) > 1:
        say(cell.line, f"a cell is one of {', '.join(kinds)}, not several")
    if not kinds:
        if "points" in metadata:
            say(cell.line, "points without check or answer")
        return
    cell.kind, cell.name = kinds[0], str(metadata[kinds[0]])
    if not NAME.fullmatch(cell.name):
        say(cell.line, f"name {cell.name!r}: use lower-case letters, digits and _")
    if cell.kind == "folded" and cell.name not in FOLDED:
        say(cell.line, f"folded is one of {', '.join(FOLDED)}")
    if deeper or "points" not in MARKS[cell.kind]:
        if "points" in metadata:
            where = "a core" if deeper else f"the check, not on the {cell.kind}"
            say(cell.line, f"points belong on {where}")
        if deeper and cell.kind == "answer":
            say(cell.line, "a continuation has no written answer: nobody reads it")
    else:
        points = metadata.get("points")
        if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
            say(cell.line, f'{cell.kind} "{cell.name}" needs points above zero, e.g. points=2')
        else:
            cell.points = points
    expected = "markdown" if cell.kind == "answer" else "code"
    if cell.cell_type != expected:
        say(cell.line, f"{cell.kind} belongs on a {expected} cell")


def _code_problems(cell: Cell, say) -> None:
    for offset, line in enumerate(cell.source.split("\n"), start=1):
        if re.match(r"\s*[%!]", line):
            say(cell.line + offset, "no IPython magics: plain Python only")
            return
    try:
        ast.parse(cell.source)
    except SyntaxError as error:
        say(cell.line + (error.lineno or 1), f"syntax error: {error.msg}")


def _order_problems(cells: list[Cell], say) -> None:
    exercises, checked, answers = {}, set(), set()
    for cell in cells:
        if cell.kind == "exercise":
            if cell.name in exercises:
                say(cell.line, f'exercise "{cell.name}" again: names are unique in a lesson')
            exercises[cell.name] = cell.line
        elif cell.kind == "check":
            if cell.name not in exercises:
                say(cell.line, f'check "{cell.name}" without an exercise of that name above it')
            if cell.name in checked:
                say(cell.line, f'check "{cell.name}" again: one check an exercise')
            checked.add(cell.name)
        elif cell.kind == "answer":
            if cell.name in answers | set(exercises):
                say(cell.line, f'answer "{cell.name}": the name is taken')
            answers.add(cell.name)
    for name, line in exercises.items():
        if name not in checked:
            say(line, f'exercise "{name}" has no check')


def _terms_problems(header: dict, cells: list[Cell], say) -> None:
    terms = header.get("terms") or {}
    if not isinstance(terms, dict) or not all(isinstance(t, str) and t for t in terms.values()):
        say(1, "terms: write `term: its definition in one line`, one a line")
        return
    prose = " ".join(c.source for c in cells if c.cell_type == "markdown" and c.kind != "answer")
    bold = {" ".join(words.split()).lower() for words in re.findall(r"\*\*(.+?)\*\*", prose, re.S)}
    for term in terms:
        if str(term).lower() not in bold:
            say(1, f"term {term!r} stands nowhere in **bold**: define it where it first stands")


def _read_header(path: Path, first, say) -> dict:
    text = first.source.strip().strip("-").strip() if first and first.cell_type == "raw" else ""
    try:
        header = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        words = f"the header is not YAML: {error}. Put a text with a colon in quotation marks"
        say(1, " ".join(words.split()))
        return {}
    if not isinstance(header, dict):
        header = {}
    optional = {"draft"} | (OPTIONAL_IN_DEEPER if path.stem.endswith(DEEPER) else set())
    if header.get("draft"):
        optional |= OPTIONAL_IN_DRAFTS
    for key in sorted(HEADER_KEYS - optional - set(header)):
        say(1, f"the header (between `# ---` lines) lacks {key!r}")
    for key in ("title", "question", "picture"):
        if key in header and not isinstance(header[key], str):
            say(1, f"{key} is no text: put one with a colon in quotation marks")
    seconds = header.get("seconds", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        say(1, "seconds is a whole number above zero: of a full run on two cores, measured")
        header["seconds"] = 1
    goals = header.get("goals", [])
    if not isinstance(goals, list) or not all(isinstance(goal, str) for goal in goals):
        say(1, "goals is a list of texts: put one with a colon in quotation marks")
    for key in sorted(set(header) - HEADER_KEYS - optional):
        say(1, f"the header has an unknown key {key!r}")
    return header


def read_lesson(path: Path) -> Lesson:
    """Read and check one source.

    Raises:
        SourceError: with every problem found, each with its line.
    """
    problems: list[Problem] = []

    def say(line: int, message: str) -> None:
        problems.append(Problem(path, line, message))

    text = path.read_text(encoding="utf-8")
    slug, deeper = path.parent.name, path.stem.endswith(DEEPER)
    if path.stem not in (slug, slug + DEEPER):
        say(1, f"the file is named like its folder: {slug}.py or {slug}{DEEPER}.py")
    notebook = jupytext.reads(text, fmt="py:percent")
    first = notebook.cells[0] if notebook.cells else None
    header = _read_header(path, first, say)
    body = notebook.cells[1 if first and first.cell_type == "raw" else 0 :]
    lines = [n for n, line in enumerate(text.split("\n"), start=1) if line.startswith("# %%")]
    if len(lines) != len(body):
        say(1, f"{len(lines)} lines start with `# %%` but Jupytext sees {len(body)} cells")
        raise SourceError(problems)
    cells = []
    for raw, line in zip(body, lines, strict=True):
        cell = Cell(raw.cell_type, raw.source, line)
        # Jupytext notes the blank lines after a cell: not a mark of ours
        marks = {key: mark for key, mark in raw.metadata.items() if key != "lines_to_next_cell"}
        _read_marks(cell, marks, say, deeper)
        _region_problems(cell, say, deeper)
        if cell.cell_type == "code":
            _code_problems(cell, say)
        cells.append(cell)
    _order_problems(cells, say)
    _terms_problems(header, cells, say)
    if problems:
        raise SourceError(problems)
    return Lesson(slug, path, cells=cells, **header)
