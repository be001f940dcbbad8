"""The steps of nbgrader's autograding that are ours, named in ``nbgrader_config.py``.

``Reader`` and ``Repair`` sanitise, ``SandboxExecute`` takes the result of a notebook's job (or
runs it, in a sandbox), ``SaveGrades`` writes points and comments.
They work in stock ``nbgrader autograde`` and behind formgrader's button.
"""

import hashlib
import re
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader import utils
from nbgrader.api import BaseCell, Comment, Grade
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor, SaveAutoGrades
from traitlets import Unicode

from course_utils.grading.desk.notebook_words import said_of
from course_utils.grading.desk.pages import MAX_HTML, shown
from course_utils.grading.desk.verdicts import verdicts
from course_utils.grading.host.scheduling import kept_worker
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
from course_utils.grading.intake.sanitise import Sanitised, job_of, named_code, sanitise

MAX_COMMENT = 2000
LEFT_OUT = "Not run by the grader: nothing that is graded needs this cell.\n"
UNGRADED = "*Nothing in this notebook is graded, so it was not run.*"
NO_RESPONSE = "No response."


def _of_notebook(preprocessor, resources) -> Released:
    about = resources["nbgrader"]
    coursedir = CourseDirectory(config=preprocessor.config)
    coursedir.db_url = about["db_url"]
    return released_of(coursedir, about["assignment"], about["notebook"])


class Reader(NotebookExporter):
    """Reads a submitted file of any content, where nbconvert's would stop at the first flaw."""

    def from_filename(self, filename, resources=None, **kw):
        """Hand a submitted file's bytes to :class:`Repair`; read what Repair has written."""
        resources, path = dict(resources or {}), Path(filename)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        resources["submitted"], notebook = b"", nbformat.v4.new_notebook()
        try:
            resources["submitted"] = read_submission(path)
        except ValueError as error:
            resources["refused"] = str(error)
        if not getattr(self.parent, "_sanitizing", True):  # nbgrader's second reading
            notebook = nbformat.v4.reads(resources["submitted"])
        return self.from_notebook_node(notebook, resources=resources, **kw)

    def from_notebook_node(self, nb, resources=None, **kw):
        """Take the steps; without nbconvert's copies of a notebook that nobody else holds."""
        resources = self._init_resources(resources)
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        nbformat.validate(nb, relax_add_props=True)
        return nbformat.v4.writes(nb) + "\n", resources


class Repair(NbGraderPreprocessor):
    """Rebuild the notebook from what was handed in and from the gradebook."""

    def preprocess(self, nb, resources):
        """Replace the notebook by a sane one; what was repaired stands in its metadata."""
        released = _of_notebook(self, resources)
        clean = sanitise(resources["submitted"], released)
        note = {"submitted": hashlib.sha256(resources["submitted"]).hexdigest()}
        if released.graded:
            note |= self._what_was_found(clean, resources)
        else:  # a continuation: to be looked at, never to be run
            note |= {"repairs": [], "hopeless": None, "missing": self._missing(resources)}
            words = [UNGRADED, *(f"**{one[0].upper()}{one[1:]}.**" for one in note["missing"])]
            clean.notebook.cells.insert(0, nbformat.v4.new_markdown_cell("\n\n".join(words)))
        clean.notebook.metadata[NOTE] = note
        return clean.notebook, resources

    def _what_was_found(self, clean: Sanitised, resources) -> dict:
        """What is to be told of a notebook, with what `course grade` found before nbgrader ran."""
        student, before = resources["nbgrader"]["student"], resources.get("staged")
        repairs, asks = clean.repairs, [clean.damaged]
        hopeless = resources.get("refused") or clean.hopeless
        if before:
            repairs, asks = before.odd + repairs, [before.undated, *asks]
            hopeless = before.hopeless
        for repair in repairs:
            self.log.info("%s: %s", student, repair)
        if hopeless:
            self.log.warning("%s: no sense in it: %s", student, hopeless)
        return {"repairs": repairs, "hopeless": hopeless, "asks": [one for one in asks if one]}

    def _missing(self, resources) -> list[str]:
        """Tell of files that are graded and are not among those handed in with this one.

        nbgrader gives no points for them, and no word.
        """
        about, folder = resources["nbgrader"], Path(resources["metadata"]["path"])
        with gradebook_at(about["db_url"]) as gradebook:
            notebooks = gradebook.find_assignment(about["assignment"]).notebooks
            names = [f"{one.name}.ipynb" for one in notebooks if one.grade_cells or one.task_cells]
        missing = [MISSING.format(name) for name in names if not (folder / name).exists()]
        for one in missing:
            self.log.warning("%s: %s", about["student"], one)
        return missing


class SandboxExecute(NbGraderPreprocessor):
    """Execute a notebook away from everything else, or take the result that is stored."""

    sandbox = Unicode("auto", help="auto, bubblewrap, container or none").tag(config=True)

    def preprocess(self, nb, resources):
        """Fill in the outputs; the result goes on to :class:`SaveGrades`."""
        released = _of_notebook(self, resources)
        if nb.metadata[NOTE]["hopeless"] or not released.graded:
            return nb, resources
        job = job_of(nb, released)
        store = ResultStore(Path(CourseDirectory(config=self.config).root) / STORE)
        result = store.get(job["key"])
        if result is None:
            if "staged" in resources:  # `course grade` has run what it could
                raise RuntimeError("this notebook was not executed")
            result = store.put(job, kept_worker(self.sandbox).run(job))
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
        self.verdicts = {}
        if not self.note["hopeless"]:
            self.verdicts = verdicts(resources["job"], resources["result"], self.released)
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
                self.preprocess_cell(cell, resources, index)
            self.gradebook.db.commit()
            late, penalty = rows.assignment.total_seconds_late, rows.late_submission_penalty
        resources["may_be_fined"] = late or penalty is not None
        self.note |= {"done": True, "late": late}  # a due date that is set later shows by it
        return nb, resources

    def _rows(self, kind: type, notebook) -> dict:
        """A notebook's grades or comments by cell: one query, where nbgrader asks for each."""
        query = self.gradebook.db.query(BaseCell.name, kind).join(kind.cell)
        return dict(map(tuple, query.filter(kind.notebook_id == notebook.id)))

    def _add_score(self, cell, resources):
        name = cell.metadata.nbgrader["grade_id"]
        grade = self.grades[name]
        if self.note["hopeless"]:
            grade.auto_score = 0.0
        elif name in self.verdicts:
            grade.auto_score = self.verdicts[name].points
        else:  # a written answer: nothing to mark where nothing was written
            grade.auto_score = 0.0 if self._untouched(cell) and utils.is_solution(cell) else None
        # what concerns the whole file is looked at once, at its first graded cell
        odd = name == self.first and (self.note["hopeless"] or self.note["asks"])
        # a person's points stand, but the work under them may be another by now
        by_hand = grade.auto_score is None or grade.manual_score is not None
        grade.needs_manual_grade = bool(odd or by_hand)

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
    """nbgrader's penalties, looked into only for who was late, or was fined before.

    Never for a notebook in which nothing is graded: a fine on it would come on top of the other's.
    """

    def preprocess(self, nb, resources):
        """Leave a submission alone that came in time: most of a class."""
        if resources.get("may_be_fined"):
            nb, resources = super().preprocess(nb, resources)
        return nb, resources


def _about_all(note: dict) -> list[str]:
    """What concerns the whole notebook, for the comment on its first answer."""
    if note["hopeless"]:
        return [
            f"No sense could be made of this submission: {note['hopeless']}. "
            "A person will look at it."
        ]
    words = [f"Repaired before grading: {'; '.join(note['repairs'])}."] if note["repairs"] else []
    if note["asks"]:
        words.append(f"A person will look at this: {'; '.join(note['asks'])}.")
    if note["sandbox"] == "none":
        words.append("Executed without a sandbox.")
    return words
