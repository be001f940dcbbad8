"""The steps of nbgrader's autograding that are ours, named in ``nbgrader_config.py``.

``Reader`` and ``Repair`` sanitise, ``SandboxExecute`` takes the result of a notebook's job (or
runs it, in a sandbox), ``SaveGrades`` writes points and comments, ``HideTests`` keeps hidden
tests out of the feedback. They work in stock ``nbgrader autograde`` and behind formgrader's button.
"""

import atexit
import functools
import hashlib
import html
import json
import math
import os
import re
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

import bleach
import nbformat
from jinja2 import pass_context
from nbconvert.exporters import NotebookExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader import utils
from nbgrader.api import BaseCell, Comment, Grade, Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Dict, List, Unicode

from course_utils.grading.jobs import ResultStore, points_of
from course_utils.grading.needed import names_taken
from course_utils.grading.reading import MAX_BYTES
from course_utils.grading.released import Released, read_released
from course_utils.grading.sanitise import defined_names, job_of, named_code, sanitise

STORE = Path(".grading") / "results"  # in the course's folder
NOTE = "course_grading"  # key of our notes in an autograded notebook's metadata
MAX_COMMENT = 2000
MAX_HTML = 300_000  # characters of HTML in one notebook's outputs that are worth cleaning,
MAX_MARKDOWN = 20_000  # and of one text that are worth typesetting: both take long
# errors whose words say enough: of course_utils.check, and of the executing process
OURS = ("CheckError", "CellTimeoutError", "DeadProcessError", "NotRun")
# what IPython takes for the file of a cell, in the words of a SyntaxError
INVENTED = re.compile(r"\((?:\d+\.py|<[^<>]*>), (line \d+)\)$")
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
LEFT_OUT = "Not run by the grader: nothing that is graded needs this cell.\n"
UNGRADED = "*Nothing in this notebook is graded, so it was not run.*"
MISSING = "the graded notebook {} is missing"
WAITS = "This exercise waits to be looked at."
LOOK = "To be looked at by a person, and not shown in the feedback"
EVIDENCE = "course_evidence"  # marks an output, in its metadata, that is for the instructor alone
SPREAD = "after what was found at "  # begins what a check inherits from an earlier one
NO_RESPONSE = "No response."
_TAGS = (
    "a b blockquote br caption code dd details div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p "
    "pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = frozenset(("alt", "colspan", "height", "href", "rowspan", "src", "title", "width"))


class NoVerdict(RuntimeError):
    """A notebook was not executed, so there are no points to give, not even none."""


def read_submission(path: Path) -> bytes:
    """The bytes of a file that a learner handed in.

    Raises:
        ValueError: it is a link, a pipe or too large: nothing that a learner may hand in.
        OSError: it cannot be read.
    """
    try:
        # no waiting for a pipe, and no link to a file that only the instructor may read
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise ValueError("it is a link to another file") from None
        raise error
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is not an ordinary file")
        raw = file.read(MAX_BYTES + 1)
    return raw


@functools.lru_cache(maxsize=4)
def gradebook_at(url: str, course_id: str = "default_course") -> Gradebook:
    """A gradebook for many a ``with``: each connects anew, but queries are compiled only once."""
    return Gradebook(url, course_id)


@functools.lru_cache(maxsize=64)
def _released(database: str, assignment: str, notebook: str, path: Path, stamp: tuple) -> Released:
    with Gradebook(database) as gradebook:
        return read_released(gradebook, assignment, notebook, path)


def released_of(coursedir: CourseDirectory, assignment: str, notebook: str) -> Released:
    """What is known of a released notebook; read again when it is released again.

    Raises:
        nbgrader.api.MissingEntry: the gradebook has no such notebook.
    """
    folder = coursedir.format_path(coursedir.release_directory, ".", assignment)
    path = Path(os.path.normpath(folder)) / f"{notebook}.ipynb"
    read = _released
    if path.is_file():
        about = path.stat()
        stamp = (about.st_mtime_ns, about.st_ino, about.st_size)
    else:
        read, stamp = _released.__wrapped__, ()
    return read(coursedir.db_url, assignment, notebook, path, stamp)


def _of_notebook(preprocessor, resources) -> Released:
    about = resources["nbgrader"]
    coursedir = CourseDirectory(config=preprocessor.config)
    coursedir.db_url = about["db_url"]
    return released_of(coursedir, about["assignment"], about["notebook"])


def _missing_beside(resources) -> list[str]:
    """Files that are graded and are not among those handed in with this one.

    nbgrader gives no points for them, and no word.
    """
    about, folder = resources["nbgrader"], Path(resources["metadata"]["path"])
    with gradebook_at(about["db_url"]) as gradebook:
        notebooks = gradebook.find_assignment(about["assignment"]).notebooks
        names = [f"{one.name}.ipynb" for one in notebooks if one.grade_cells or one.task_cells]
    return [name for name in names if not (folder / name).exists()]


class AutogradeStaged(Autograde):
    """nbgrader's own autograding, of submissions that `course grade` has staged.

    Every notebook is there, under its name, so that one connection to the gradebook does where
    nbgrader opens six: half of the time that it needs for a student.
    """

    def init_assignment(self, assignment_id, student_id):
        """Copy files that belong to the assignment; know the student and the submission."""
        BaseConverter.init_assignment(self, assignment_id, student_id)
        coursedir = self.coursedir
        when = coursedir.get_existing_timestamp(self._format_source(assignment_id, student_id))
        with gradebook_at(coursedir.db_url, coursedir.course_id) as gradebook:
            gradebook.update_or_create_student(student_id)
            gradebook.update_or_create_submission(assignment_id, student_id, timestamp=when)
        source = coursedir.format_path(coursedir.source_directory, ".", assignment_id)
        excluded = {
            os.path.join(source, x) for x in self.exclude_overwriting.get(assignment_id, [])
        }
        for path in set(utils.find_all_files(source, [*coursedir.ignore, "*.ipynb"])) - excluded:
            target = Path(
                self._format_dest(assignment_id, student_id), os.path.relpath(path, source)
            )
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(path, target)


class Reader(NotebookExporter):
    """Reads a submitted file of any content, where nbconvert's would stop at the first flaw."""

    def from_filename(self, filename, resources=None, **kw):
        """Hand a submitted file's bytes to :class:`Repair`; read what Repair has written."""
        resources = dict(resources or {})
        path, notebook = Path(filename), nbformat.v4.new_notebook()
        try:
            resources["submitted"] = read_submission(path)
        except ValueError as error:
            resources["refused"] = str(error)
        if self._is_ours(path, resources):
            notebook = nbformat.from_dict(json.loads(resources["submitted"]))
            for cell in notebook.cells:
                cell.source = "".join(cell.source)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        return self.from_notebook_node(notebook, resources=resources, **kw)

    def from_notebook_node(self, nb, resources=None, **kw):
        """Take the steps; without nbconvert's copies of a notebook that nobody else holds.

        Raises:
            nbformat.ValidationError: the steps left no valid notebook.
        """
        resources = self._init_resources(resources)
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        nbformat.validate(nb, relax_add_props=True)
        return nbformat.v4.writes(nb) + "\n", resources

    def _is_ours(self, path: Path, resources: dict) -> bool:
        """Whether this is the second reading: of what Repair wrote. Told by the place alone."""
        about = resources.get("nbgrader", {})
        coursedir = CourseDirectory(config=self.config)
        folder = coursedir.format_path(
            coursedir.autograded_directory, about.get("student", ""), about.get("assignment", "")
        )
        return os.path.normpath(folder) == os.path.normpath(path.parent)


class Repair(NbGraderPreprocessor):
    """Rebuild the notebook from what was handed in and from the gradebook."""

    notes = Dict(
        help='student -> {"repairs": [...], "refused": why or None, "undated": why or None}: '
        "found before nbgrader ran"
    ).tag(config=True)

    def preprocess(self, nb, resources):
        """Replace the notebook by a sane one; what was repaired stands in its metadata."""
        released = _of_notebook(self, resources)
        found = self.notes.get(resources["nbgrader"]["student"], {})
        raw = resources.get("submitted")
        if raw is None:
            raw = b"" if "refused" in resources else nbformat.writes(nb).encode()
        clean = sanitise(raw, released)
        if not released.graded:
            return self._continuation(clean.notebook, raw, resources), resources
        hopeless = found.get("refused") or resources.get("refused") or clean.hopeless
        repairs = [*found.get("repairs", []), *clean.repairs]
        for repair in repairs:
            self.log.info("%s: %s", resources["nbgrader"]["student"], repair)
        if hopeless:
            self.log.warning("%s: no sense in it: %s", resources["nbgrader"]["student"], hopeless)
        clean.notebook.metadata[NOTE] = {
            "submitted": hashlib.sha256(raw).hexdigest(),
            "repairs": repairs,
            "hopeless": hopeless,
            "asks": [what for what in (found.get("undated"), clean.damaged) if what],
        }
        return clean.notebook, resources

    def _continuation(self, notebook, raw: bytes, resources):
        """A notebook in which nothing is graded: to be looked at, never to be run."""
        missing = [MISSING.format(name) for name in _missing_beside(resources)]
        words = "\n\n".join([UNGRADED, *(f"**{one[0].upper()}{one[1:]}.**" for one in missing)])
        for one in missing:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], one)
        taken = {cell.id for cell in notebook.cells}
        name = next(name for n in range(len(taken) + 1) if (name := f"note-{n}") not in taken)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(words, id=name))
        notebook.metadata[NOTE] = {
            "submitted": hashlib.sha256(raw).hexdigest(),
            "repairs": [],
            "hopeless": None,
            "missing": missing,
        }
        return notebook


_workers: dict = {}  # by kind of sandbox


def _worker(kind: str):
    """The sandboxed process of this command, started when first needed."""
    from course_utils.grading import execution, sandbox

    if kind not in _workers:
        _workers[kind] = execution.Worker(sandbox.probe(kind))
        atexit.register(_workers[kind].close)
    return _workers[kind]


def _run(job: dict, kind: str) -> dict:
    """Run a job here; a sandbox that broke down since the last job (or in it) is replaced once."""
    from course_utils.grading.execution import WorkerError

    try:
        return _worker(kind).run(job)
    except WorkerError:
        worker = _workers.pop(kind)
        atexit.unregister(worker.close)
        worker.close()
        return _worker(kind).run(job)


class SandboxExecute(NbGraderPreprocessor):
    """Execute a notebook away from everything else, or take the result that is stored."""

    sandbox = Unicode("auto", help="auto, bubblewrap, container or none").tag(config=True)
    run_missing = Bool(True, help="run a job whose result is not stored yet").tag(config=True)

    def preprocess(self, nb, resources):
        """Fill in the outputs; the result goes on to :class:`SaveGrades`.

        Raises:
            NoVerdict: the result is not stored, and may not be made here.
        """
        if NOTE not in nb.metadata:
            raise NoVerdict("Repair must stand among Autograde.sanitize_preprocessors")
        released = _of_notebook(self, resources)
        if nb.metadata[NOTE]["hopeless"] or not released.graded:
            resources["job"] = resources["result"] = None
            return nb, resources
        job = job_of(nb, released)
        store = ResultStore(Path(CourseDirectory(config=self.config).root) / STORE)
        result = store.get(job["key"])
        if result is None:
            if not self.run_missing:
                raise NoVerdict("this notebook was not executed")
            result = store.put(job, _run(job, self.sandbox))
        told_of, room = {told["id"]: told for told in result["cells"]}, [MAX_HTML]
        for number, (name, cell) in enumerate(named_code(nb), start=1):
            told = told_of.get(name)
            if told is None:
                cell.outputs = [nbformat.v4.new_output("stream", text=LEFT_OUT)]
                continue
            cell.outputs = nbformat.from_dict([_show(out, number, room) for out in told["outputs"]])
            cell.execution_count = number if told["status"] in ("ok", "error") else None
        nb.metadata[NOTE] |= {"key": job["key"], "sandbox": result["sandbox"]}
        resources["job"], resources["result"] = job, result
        return nb, resources


def _show(output: dict, number: int, room: list[int]) -> dict:
    """An output that a page may show: no scripts, no addresses to load from.

    Args:
        output: of a checked result.
        number: the cell's, for its prompt.
        room: how many characters of HTML may still be cleaned, which is slow; counted down.
    """
    if output["output_type"] == "execute_result":
        output = output | {"execution_count": number}
    data = output.get("data", {})
    if page := data.get("text/html"):
        room[0] -= len(page)
        shown = {mime: text for mime, text in data.items() if mime != "text/html"}
        if room[0] >= 0:
            shown["text/html"] = safe_html(_without(_without(page, "style"), "script"))
        output = output | {"data": shown or {"text/plain": "[a page too large to show]"}}
    return output


def _without(page: str, tag: str) -> str:
    """Cut elements whose text is no text; for the looks of it, as :func:`safe_html` comes after."""
    kept, place, low = [], 0, page.lower()
    while (start := low.find(f"<{tag}", place)) >= 0:
        end = low.find(f"</{tag}>", start)
        if end < 0:
            break
        kept.append(page[place:start])
        place = end + len(tag) + 3
    return "".join(kept) + page[place:]


def _harmless(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stay.

    Nothing that runs, no id or class that formgrader's own code would take for its own, and no
    picture but those in the page: another server would learn when the instructor looks.
    """
    if name == "class":  # the colours of code
        return value == "highlight" or (tag == "span" and len(value) <= 3)
    if name not in ATTRIBUTES:
        return False
    return name != "src" or value.startswith(
        ("data:image/png", "data:image/jpeg", "data:image/gif")
    )


def safe_html(page: str) -> str:
    """HTML without scripts, styles, forms and frames."""
    protocols = ["data", "http", "https", "mailto"]
    return bleach.clean(page, TAGS, _harmless, protocols=protocols, strip=True)


@pass_context
def safe_markdown(context, source: str) -> str:
    """nbconvert's filter ``markdown2html``, for the pages of formgrader and of feedback.

    Their Markdown is a stranger's, and the page has the rights of whoever looks at it.
    """
    if len(source) > MAX_MARKDOWN:
        return f"<pre>{html.escape(source)}</pre>"
    attachments = (context.get("cell") or {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return safe_html(MarkdownWithMath(renderer=renderer).render(source))


@dataclass
class Verdict:
    """Points for one check, in words why, and whether a person must look.

    ``reasons`` are for the learner; ``evidence`` of a suspicion is for the instructor alone.
    """

    points: float
    reasons: list[str] = field(default_factory=list)
    review: bool = False
    evidence: list[str] = field(default_factory=list)


def score_check(told: dict, most: float, suspicions: list[str]) -> Verdict:
    """Points of one executed check, and what is to be said of it.

    Args:
        told: the check's entry in a result.
        most: its points.
        suspicions: what was found odd about it; any gives no points and a review.
    """
    verdict, value = Verdict(points_of(told, most)), told["value"]
    errors = [out for out in told["outputs"] if out["output_type"] == "error"]
    if told["status"] != "ok" or errors:
        verdict.reasons.append(_reason(told))
    elif value is not None and not math.isfinite(value):
        verdict.reasons.append("The check gave no finite number of points.")
        verdict.review = True
    elif value is not None and verdict.points != value:
        verdict.reasons.append(f"The check gave {value:g} of {most:g} points.")
    elif verdict.points < most:
        verdict.reasons.append(f"Partial credit: {verdict.points:g} of {most:g} points.")
    if suspicions:
        reasons = [*verdict.reasons, WAITS]
        verdict = Verdict(0.0, reasons, review=True, evidence=list(suspicions))
    return verdict


def error_words(name: str, words: str) -> str:
    """An error as a learner should read it: without the names of our classes and of cells' files.

    Args:
        name: of its class.
        words: what it says.
    """
    words = INVENTED.sub(r"(\1)", words.strip())
    if name in OURS:
        return words or name
    return f"{name}: {words}" if words else name


def _reason(told: dict) -> str:
    """Why a cell failed, in the words of its last error if it has one."""
    errors = [out for out in told["outputs"] if out["output_type"] == "error"]
    if errors and (told["status"] in ("ok", "error") or errors[-1]["ename"] in OURS):
        return error_words(errors[-1]["ename"], errors[-1]["evalue"])
    return {
        "error": "It stopped with an error.",
        "timeout": f"It was stopped after {told['seconds']:.0f} s.",
        "died": "The notebook's process ended while it ran (killed, exited, or out of memory).",
        "not run": "It was not run: an earlier cell ended the notebook.",
    }.get(told["status"], told["status"])


class SaveGrades(SaveAutoGrades):
    """Write the points and comments of a notebook, all of them in one transaction."""

    def preprocess(self, nb, resources):
        """Score every graded cell; an error on the way leaves the old rows as they were."""
        about = resources["nbgrader"]
        self.notebook_id, self.assignment_id = about["notebook"], about["assignment"]
        self.student_id, self.db_url = about["student"], about["db_url"]
        self.released = _of_notebook(self, resources)
        self.note = nb.metadata[NOTE]
        if not self.released.graded:
            return nb, resources
        self.verdicts = verdicts(resources["job"], resources["result"], self.note, self.released)
        self.first = next((c.metadata.nbgrader.grade_id for c in nb.cells if utils.is_grade(c)), "")
        self.answers = [c.metadata.nbgrader.grade_id for c in nb.cells if utils.is_solution(c)]
        self.gradebook = gradebook_at(self.db_url)
        with self.gradebook:
            rows = self.gradebook.find_submission_notebook(
                self.notebook_id, self.assignment_id, self.student_id
            )
            self.grades, self.comments = self._rows(Grade, rows), self._rows(Comment, rows)
            for index, cell in enumerate(nb.cells):
                nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
                self._show_evidence(cell)
            self.gradebook.db.commit()
        self.note["done"] = True
        return nb, resources

    def _rows(self, kind: type, notebook) -> dict:
        """A notebook's grades or comments by cell: one query, where nbgrader asks for each."""
        query = self.gradebook.db.query(BaseCell.name, kind).join(kind.cell)
        return dict(map(tuple, query.filter(kind.notebook_id == notebook.id)))

    def _show_evidence(self, cell) -> None:
        """Put what is suspected under its check, for formgrader; :class:`HideTests` cuts it."""
        verdict = self.verdicts.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if verdict and verdict.evidence:
            text = "\n".join(f"{LOOK}: {what}" for what in verdict.evidence)
            text = "".join(c for c in text if c.isprintable() or c == "\n")
            marks = {"metadata": {EVIDENCE: True}}
            shown = nbformat.v4.new_output("display_data", {"text/plain": text}, **marks)
            cell.outputs.append(shown)

    def _add_score(self, cell, resources):
        name = cell.metadata.nbgrader["grade_id"]
        grade = self.grades[name]
        review = False
        if self.note["hopeless"]:
            grade.auto_score = 0.0
        elif name in self.verdicts:
            grade.auto_score = self.verdicts[name].points
            review = self.verdicts[name].review
        else:  # a written answer: nothing to mark where nothing was written
            grade.auto_score = 0.0 if self._untouched(cell) and utils.is_solution(cell) else None
        # a person's points stand, but the work under them may be another by now
        review = review or grade.auto_score is None or grade.manual_score is not None
        # what concerns the whole file is looked at once, at its first graded cell
        odd = self.note["hopeless"] or self.note.get("asks")
        review = review or bool(odd and name == self.first)
        grade.needs_manual_grade = review

    def _untouched(self, cell) -> bool:
        return cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)

    def _add_comment(self, cell, resources):
        name = cell.metadata.nbgrader["grade_id"]
        words, homes = [], {name}
        if self.answers[:1] == [name]:  # here goes also what has no other place
            words += _about_all(self.note)
            homes |= {None, *self.released.cells} - set(self.answers)
        if not utils.is_task(cell) and self._untouched(cell):
            words.append(NO_RESPONSE)
            homes.discard(name)
        for check, verdict in self.verdicts.items():
            answer = self.released.answer_of(check)
            if answer in homes:
                # under another exercise's answer it must say which check speaks
                of_which = "" if answer == name else f"{check}: "
                words += [f"{of_which}{reason}" for reason in verdict.reasons]
        text = "\n\n".join(dict.fromkeys(words))
        # pages of feedback take a comment as Markdown: what looks like a tag must not be one
        text = re.sub(r"<(?=[a-zA-Z/!?])", "<\u200b", text)
        text = "".join(c for c in text if c.isprintable() or c in "\n\u200b")
        self.comments[name].auto_comment = text[:MAX_COMMENT] or None


class LatePenalties(AssignLatePenalties):
    """nbgrader's penalties, looked into only for who was late, or was fined before."""

    def preprocess(self, nb, resources):
        """Leave a submission alone that came in time: most of a class.

        And a notebook in which nothing is graded: a fine on it would come on top of the other's.
        """
        if not _of_notebook(self, resources).graded:
            return nb, resources
        about = resources["nbgrader"]
        with gradebook_at(about["db_url"]) as gradebook:
            row = gradebook.find_submission_notebook(
                about["notebook"], about["assignment"], about["student"]
            )
            late = row.assignment.total_seconds_late
            nb.metadata[NOTE]["late"] = late  # a due date that is set later shows by it
            if not late and row.late_submission_penalty is None:
                return nb, resources
        return super().preprocess(nb, resources)


def _about_all(note: dict) -> list[str]:
    """What concerns the whole notebook, for the comment on its first answer."""
    if note["hopeless"]:
        return [
            f"No sense could be made of this submission: {note['hopeless']}. "
            "A person will look at it."
        ]
    words = [f"Repaired before grading: {'; '.join(note['repairs'])}."] if note["repairs"] else []
    if note.get("asks"):
        words.append(f"A person will look at this: {'; '.join(note['asks'])}.")
    if note.get("sandbox") == "none":
        words.append("Executed without a sandbox.")
    return words


def verdicts(job: dict | None, result: dict | None, note: dict, released: Released) -> dict:
    """Verdict of each check, by grade id."""
    if note["hopeless"]:
        return {}
    told = {cell["id"]: cell for cell in result["cells"]}
    odd: dict[str, list[str]] = {}
    for suspicion in result["suspicions"]:
        odd.setdefault(suspicion["id"], []).append(suspicion["what"])
    given = {}
    loose = odd.get("", [])  # about the whole notebook, or about a cell that ran before
    for cell in job["cells"]:
        name = cell["id"]
        if cell["role"] != "check":
            loose = [*loose, *odd.get(name, [])]
            continue
        verdict = score_check(told[name], cell["points"], [*loose, *odd.get(name, [])])
        answer = told.get(released.answer_of(name))
        explains = answer and answer["status"] != "ok" and told[name]["status"] != "not run"
        if explains:
            verdict.reasons.insert(0, f"In the answer's cell: {_reason(answer)}")
        if explains and verdict.points:
            verdict.reasons.append("What the cell had defined before that was graded.")
        given[name] = verdict
    _tell_of_others(given, job, released)
    return given


def _tell_of_others(given: dict[str, Verdict], job: dict, released: Released) -> None:
    """Say of a failed check that it uses an answer whose own check failed."""
    most = {cell["id"]: cell["points"] for cell in job["cells"]}
    failed = {name for name in given if given[name].points < most[name]}
    defined: dict[str, set[str]] = {}  # answers with a failed check, and what they are to define
    for name in failed:
        if given[name].points or given[name].evidence:
            continue
        source = released.cells.get(released.answer_of(name))
        if source:
            defined[source.name] = defined_names(source.stub)
    for cell in job["cells"]:
        if cell["id"] not in failed:
            continue
        own = released.answer_of(cell["id"])
        others = set().union(*(names for answer, names in defined.items() if answer != own))
        for used in sorted(others & names_taken(cell["source"])):
            words = f"This check also uses {used}, whose own check failed."
            given[cell["id"]].reasons.append(words)


class HideTests(NbGraderPreprocessor):
    """Take out of a page of feedback what is for the instructor.

    That is the code of hidden tests (not what they said), and the evidence of suspicions, which
    would accuse before anybody decided, and teach what is looked for.
    """

    reveal = Bool(False, help="show hidden tests in the feedback").tag(config=True)
    reveal_suspicions = Bool(False, help="show why something is suspected").tag(config=True)
    # not ours, but nbconvert's exporter of pages sets it for every step, and warns where it is not
    display_data_priority = List().tag(config=True)

    def preprocess_cell(self, cell, resources, cell_index):
        """Cut evidence, the regions of hidden tests, and tracebacks, which quote them."""
        if cell.cell_type == "code" and not self.reveal_suspicions:
            cell.outputs = [o for o in cell.outputs if not o.get("metadata", {}).get(EVIDENCE)]
        if self.reveal or cell.cell_type != "code" or HIDDEN[0] not in cell.source:
            return cell, resources
        kept, hidden = [], False
        for line in cell.source.split("\n"):
            if HIDDEN[0] in line:
                hidden = True
                kept.append("# Hidden tests ran here.")
            if not hidden:
                kept.append(line)
            hidden = hidden and HIDDEN[1] not in line
        cell.source = "\n".join(kept)
        for output in cell.outputs:
            if output.output_type == "error":
                words = f"{output.ename}: {output.evalue}".removesuffix(": ")
                output.traceback = words.split("\n")
        return cell, resources
