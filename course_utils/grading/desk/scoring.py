"""The steps of nbgrader's autograding that are ours, named in ``nbgrader_config.py``.

``Reader`` and ``Repair`` sanitise, ``SandboxExecute`` takes the result of a notebook's job (or
runs it, in a sandbox), ``SaveGrades`` writes points and comments.
They work in stock ``nbgrader autograde`` and behind formgrader's button.
"""

import atexit
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.api import BaseCell, Comment, Grade
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Dict, Unicode

from course_utils.grading.desk.notebook_words import said_of
from course_utils.grading.desk.pages import MAX_HTML, shown
from course_utils.grading.desk.verdicts import verdicts
from course_utils.grading.intake.course_files import (
    MISSING,
    NOTE,
    STORE,
    gradebook_at,
    read_submission,
    released_of,
)
from course_utils.grading.intake.jobs import ResultStore
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.sanitise import job_of, named_code, sanitise

MAX_COMMENT = 2000
LEFT_OUT = "Not run by the grader: nothing that is graded needs this cell.\n"
UNGRADED = "*Nothing in this notebook is graded, so it was not run.*"
NO_RESPONSE = "No response."


class NoVerdict(RuntimeError):
    """A notebook was not executed, so there are no points to give, not even none."""


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
        """Take the steps; without nbconvert's copies of a notebook that nobody else holds."""
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
    from course_utils.grading.host import execution, sandbox

    if kind not in _workers:
        _workers[kind] = execution.Worker(sandbox.probe(kind))
        atexit.register(_workers[kind].close)
    return _workers[kind]


def _run(job: dict, kind: str) -> dict:
    """Run a job here; a sandbox that broke down since the last job (or in it) is replaced once."""
    from course_utils.grading.host.process import WorkerError

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
        """Fill in the outputs; the result goes on to :class:`SaveGrades`."""
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
            cell.outputs = nbformat.from_dict([shown(out, number, room) for out in told["outputs"]])
            cell.execution_count = number if told["status"] in ("ok", "error") else None
        nb.metadata[NOTE] |= {name: result[name] for name in ("key", "sandbox", "seconds")}
        resources["job"], resources["result"] = job, result
        return nb, resources


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
        if self.verdicts:
            self.note["said"] = said_of(self.verdicts, resources["job"], self.released)
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
            self.gradebook.db.commit()
        self.note["done"] = True
        return nb, resources

    def _rows(self, kind: type, notebook) -> dict:
        """A notebook's grades or comments by cell: one query, where nbgrader asks for each."""
        query = self.gradebook.db.query(BaseCell.name, kind).join(kind.cell)
        return dict(map(tuple, query.filter(kind.notebook_id == notebook.id)))

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
