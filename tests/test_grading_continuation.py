"""A lesson with a continuation: a second notebook that costs nobody a point or a second."""

import shutil
import types

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin

from course_utils import cli
from course_utils.grading.desk import check_notebook, class_page, exports, grade, insight, scoring
from course_utils.grading.desk import summary as summaries
from course_utils.grading.host import reference
from course_utils.grading.intake import reading
from tests import toy_course
from tests.toy_course import DEEPER, FURTHER, SLUG, continued, released, solved, submit

pytestmark = pytest.mark.xdist_group("toy")
FILE = f"{FURTHER}.ipynb"
EACH = "def double(many):\n    return [2 * one for one in many]"
TWICE = "def double(x):\n    return 2 * x"  # right in the lesson, not in its continuation
# what may lie beside the lesson's notebook
STATES = {
    "nothing": lambda course: None,
    "unchanged": lambda course: continued(course),
    "solved": lambda course: continued(course, double=EACH),
    "errors": lambda course: continued(course, "1 / 0", "raise SystemExit", double="def double(:"),
    "endless": lambda course: continued(course, double="while True:\n    pass"),
    "as the lesson": lambda course: continued(course, "triple = 0", double=TWICE),
    "cut": lambda course: nbformat.writes(continued(course)).encode()[:700],
    "no notebook": lambda course: b"\xff\x00",
    "nothing of it": lambda course: nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import os\nos._exit(1)", id="note-0")]
    ),
}


class OneOff(BasePlugin):
    """Who is late loses a point on every notebook."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Courses without and with a continuation."""
    plain = toy_course.make_course(tmp_path_factory.mktemp("plain"))
    return plain, toy_course.make_course(tmp_path_factory.mktemp("more"), deeper=DEEPER)


@pytest.fixture
def runs(monkeypatch) -> list[dict]:
    """The jobs that ran, here; nothing of a continuation may be among them."""
    ran = []

    def run_here(job):
        ran.append(job)
        assert job["lesson"] == SLUG
        return toy_course.run_here(job)

    def run_jobs(jobs, store, **options):
        for job in jobs:
            store.put(job, run_here(job))

    toy_course.fake_sandbox(monkeypatch, run_jobs)
    monkeypatch.setattr(scoring, "kept_worker", lambda kind: types.SimpleNamespace(run=run_here))
    return ran


@pytest.fixture
def courses(template, tmp_path, runs):
    return [shutil.copytree(one, tmp_path / one.name) for one in template]


@pytest.fixture
def course(courses):
    return courses[1]


def _hand_in(course, student, notebook, beside=None):
    if notebook is not None:
        submit(course, student, notebook)
    if beside is not None:
        submit(course, student, beside, FILE)


def _class(course, states) -> None:
    """For each state somebody who solved the lesson, and somebody who did not."""
    for name, make in states.items():
        beside = make(course)
        _hand_in(course, f"{name}: solved", solved(course), beside)
        _hand_in(course, f"{name}: half", solved(course, triple="def triple(x: 1"), beside)
        _hand_in(course, f"{name}: stubs", released(course), beside)


def _autograde(course) -> None:
    """As behind formgrader's button."""
    for student in sorted(path.name for path in (course / "submitted").iterdir()):
        told = toy_course.api(course).autograde(SLUG, student)
        assert told["success"], told


def _told(course) -> dict:
    """Points, penalties and comments of the lesson's notebook, by student."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            s.student.id: (
                sorted((g.name, g.auto_score, g.needs_manual_grade) for g in n.grades),
                sorted((c.name, c.auto_comment) for c in n.comments),
                (s.score, s.max_score, s.late_submission_penalty),
            )
            for s in gradebook.assignment_submissions(SLUG)
            for n in s.notebooks
            if n.name == SLUG
        }


def _export(course) -> str:
    exports.export(course, SLUG, "csv", course / "grades.csv")
    return (course / "grades.csv").read_text()


@pytest.mark.parametrize("way", ["course grade", "nbgrader autograde"])
def test_whatever_lies_beside_the_lesson_changes_nothing(courses, runs, way):
    plain, course = courses
    _class(plain, dict.fromkeys(STATES, STATES["nothing"]))
    _class(course, STATES)
    for one in courses:
        with open(one / "nbgrader_config.py", "a") as file:
            file.write(f"\nc.AssignLatePenalties.plugin_class = '{__name__}.OneOff'\n")
        with Gradebook(f"sqlite:///{one}/gradebook.db") as gradebook:
            gradebook.update_or_create_assignment(SLUG, duedate="2026-11-20 11:00:00")
    if way == "course grade":
        summaries = [grade.grade(one, SLUG) for one in courses]
        assert {s: (row.points, row.repairs) for s, row in summaries[0].rows.items()} == {
            s: (row.points, row.repairs) for s, row in summaries[1].rows.items()
        }
        assert not any(row.repairs or row.hopeless for row in summaries[1].rows.values())
        assert summaries[0].to_run == summaries[1].to_run == 3
    else:
        _autograde(plain), _autograde(course)
    assert _told(plain) == _told(course)
    assert len({row[2] for row in _told(course).values()}) == 3
    assert _export(plain) == _export(course)
    assert "why,check_double" not in _export(course) and f"{SLUG}/" not in _export(course)
    rows = [insight.gather(one, SLUG).rows for one in courses]
    assert [row.notes for row in rows[0]] == [row.notes for row in rows[1]]
    assert len(class_page.write_report(course, SLUG).read_text()) > 1000


def test_feedback_can_be_made_of_everything(course):
    _class(course, STATES)
    _autograde(course)
    for student in ("endless: solved", "nothing of it: half", "cut: stubs", "nothing: solved"):
        told = toy_course.api(course).generate_feedback(SLUG, student, force=True)
        assert told["success"], told
    folder = course / "feedback" / "endless: solved" / SLUG
    assert "was not run" in (folder / f"{FURTHER}.html").read_text()
    page = (folder / f"{SLUG}.html").read_text()
    assert "was not run" not in page and ": 5.0 of 6.0 points" in page
    pages = [p.name for p in (course / "feedback" / "nothing: solved" / SLUG).glob("*.html")]
    assert pages == [f"{SLUG}.html"]
    for path in (course / "autograded").rglob(FILE):
        notebook = nbformat.read(path, as_version=4)
        assert not any(cell.get("outputs") for cell in notebook.cells)


def test_another_continuation_is_no_new_work(course, runs):
    _hand_in(course, "ada", solved(course), continued(course))
    grade.grade(course, SLUG)
    _hand_in(course, "ada", None, continued(course, double=EACH))
    summary = grade.grade(course, SLUG)
    assert summary.rows["ada"].state == "unchanged" and len(runs) == 1
    summary = grade.grade(course, SLUG, regrade=True)
    assert summary.rows["ada"].points == 5 and len(runs) == 2


@pytest.mark.parametrize("state", [s for s in STATES if s not in ("nothing", "nothing of it")])
def test_a_continuation_alone_is_told_in_words(course, runs, state):
    _hand_in(course, "ada", None, STATES[state](course))
    summary = grade.grade(course, SLUG, feedback=True)
    why = f"the graded notebook {SLUG}.ipynb is missing; {FILE} holds the lesson's continuation"
    assert summary.rows["ada"].hopeless.startswith(why)
    assert summary.rows["ada"].points == 0 and summary.rows["ada"].review and not runs
    assert f"{SLUG}.ipynb is missing" in summaries.words(summary)
    page = (course / "feedback" / "ada" / SLUG / f"{SLUG}.html").read_text()
    assert f"{SLUG}.ipynb is missing" in page
    _hand_in(course, "ada", solved(course))
    assert grade.grade(course, SLUG).rows["ada"].points == 5


def test_stock_commands_tell_of_a_missing_notebook_too(course, runs):
    _hand_in(course, "ada", None, continued(course, double=TWICE))
    told = toy_course.api(course).autograde(SLUG, "ada")
    assert told["success"] and not runs
    assert f"ada: the graded notebook {SLUG}.ipynb is missing" in told["log"]
    assert toy_course.scores(course)["ada"] == {
        name: (0, None, False) for name in ("check_double", "check_triple", "why")
    }
    toy_course.api(course).generate_feedback(SLUG, "ada", force=True)
    page = (course / "feedback" / "ada" / SLUG / f"{FURTHER}.html").read_text()
    assert f"<strong>The graded notebook {SLUG}.ipynb is missing.</strong>" in page
    row = insight.gather(course, SLUG).rows[0]
    assert row.notes == {insight.PROBLEM: [f"the graded notebook {SLUG}.ipynb is missing"]}


def test_a_continuation_under_the_lessons_name_is_told(course, runs):
    submit(course, "ada", continued(course, double=TWICE))
    summary = grade.grade(course, SLUG)
    why = f"{SLUG}.ipynb holds the lesson's continuation, which is not graded"
    assert summary.rows["ada"].hopeless == why and not runs


def test_a_lesson_is_found_under_any_name_beside_its_continuation(course):
    beside = continued(course, double=EACH)
    for student, name in (("ada", f"{SLUG} (1).ipynb"), ("bob", "last.ipynb"), ("eve", FILE)):
        submit(course, student, solved(course), name)
        submit(course, student, beside, "more.ipynb" if name == FILE else FILE)
    bare = solved(course)  # as a tool leaves it that knows no marks and no ids
    bare.cells = [nbformat.v4.new_code_cell(c.source) for c in bare.cells if c.cell_type == "code"]
    submit(course, "joe", bare, "bare.ipynb")
    submit(course, "joe", beside, FILE)
    rows = grade.grade(course, SLUG).rows
    assert {s: (row.points, row.hopeless) for s, row in rows.items()} == {
        s: (5, None) for s in ("ada", "bob", "eve", "joe")
    }
    assert [row.repairs[0] for row in rows.values()] == [
        f"the file's name was {name!r}"
        for name in (f"{SLUG} (1).ipynb", "last.ipynb", FILE, "bare.ipynb")
    ]


def test_work_that_was_copied_from_the_continuation_counts(course):
    """Its cells in the lesson's notebook are cells of the learner's own."""
    both = solved(course)
    names = {cell.source for cell in both.cells}
    both.cells += [c for c in continued(course, double=EACH).cells if c.source not in names]
    submit(course, "ada", both)
    row = grade.grade(course, SLUG).rows["ada"]
    assert row.hopeless is None and row.points is not None and row.most == 6


def test_a_damaged_lesson_keeps_its_own_reason(course):
    _hand_in(course, "ada", b"", continued(course))
    _hand_in(course, "bob", None, continued(course))
    (course / "submitted" / "bob" / SLUG / f"{SLUG}.ipynb").symlink_to(course / "gradebook.db")
    rows = grade.grade(course, SLUG).rows
    assert rows["ada"].hopeless == "the file is empty"
    assert rows["bob"].hopeless == f"{SLUG}.ipynb: it is a link to another file"


def test_nothing_behind_a_linked_folder_is_copied(course):
    """A link to the solutions would bring the instructor's answers into somebody's feedback."""
    other = shutil.copytree(course / "solutions" / SLUG, course / "elsewhere")
    (other / "submission_secret.txt").write_text("not theirs")
    assert (other / FILE).is_file()
    (course / "submitted" / "eve").mkdir(parents=True)
    (course / "submitted" / "eve" / SLUG).symlink_to(other)
    row = grade.grade(course, SLUG, feedback=True).rows["eve"]
    assert row.hopeless == "the folder is a link" and row.problem is None
    graded = {path.name for path in (course / "autograded" / "eve" / SLUG).iterdir()}
    assert f"{SLUG}.ipynb" in graded and not graded & {FILE, "submission_secret.txt"}
    assert grade.grade(course, SLUG).rows["eve"].state == "unchanged"


def test_a_linked_folder_earns_nothing_by_stock_commands_either(course, runs):
    other = shutil.copytree(course / "solutions" / SLUG, course / "elsewhere")
    (course / "submitted" / "eve").mkdir(parents=True)
    (course / "submitted" / "eve" / SLUG).symlink_to(other)
    told = toy_course.api(course).autograde(SLUG, "eve")
    assert told["success"] and "eve: no sense in it: the folder is a link" in told["log"]
    assert not runs and {score for score, _, _ in toy_course.scores(course)["eve"].values()} == {0}


def test_a_continuation_that_the_gradebook_does_not_know_is_known_by_its_file(courses):
    """One that came after the first submission: nbgrader takes no notebook on any more."""
    plain, more = courses
    shutil.copy(more / "notebooks" / SLUG / FILE, plain / "notebooks" / SLUG)
    _hand_in(plain, "ada", solved(plain), continued(plain, double=TWICE))
    _hand_in(plain, "bob", released(plain), continued(plain, double=TWICE))
    _hand_in(plain, "eve", None, continued(plain, double=TWICE))
    rows = grade.grade(plain, SLUG).rows
    assert {s: row.points for s, row in rows.items()} == {"ada": 5, "bob": 0, "eve": 0}
    assert rows["eve"].hopeless and not rows["ada"].repairs
    told = toy_course.api(plain).autograde(SLUG, "ada")
    assert told["success"] and f"Skipping unknown notebook: {plain}" in told["log"]


def test_a_lesson_without_points_is_nothing_to_grade(tmp_path):
    course = toy_course.make_course(tmp_path, source="", deeper=DEEPER)
    _hand_in(course, "ada", None, continued(course))
    with pytest.raises(grade.GradeError, match=f"nothing in {SLUG} gives points"):
        grade.grade(course, SLUG)


def test_texts_of_anything():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1\n")])
    assert reading.code_texts(nbformat.writes(notebook).encode()) == {"x = 1"}
    for raw in (b"", b"[]", b"\xff", b'{"cells": [3, {"cell_type": "code"}]}', b"[" * 100_000):
        assert reading.code_texts(raw) == set()


# ---- course check ----------------------------------------------------------------------------


@pytest.fixture
def here(course, monkeypatch):
    """Inside the course, in a kernel that is none."""
    monkeypatch.setattr(reference, "run_in_kernel", toy_course.run_here)
    monkeypatch.chdir(course)
    return course / "notebooks" / SLUG


def test_course_check_runs_a_continuations_checks(here, capsys):
    assert cli.main(["check", FURTHER]) == 1
    assert "0 of 2 checks passed; a continuation gives no points" in capsys.readouterr().out
    notebook = continued(here.parent.parent, double=EACH, halve="halve = 3")
    (here / FILE).unlink()
    nbformat.write(notebook, here / FILE)
    assert cli.main(["check", str(here / FILE)]) == 1
    said = capsys.readouterr().out
    lines = {line.split()[1]: line for line in said.splitlines() if line.startswith("  ")}
    assert "✓ double" in said and "✗ halve" in said and " of 1" not in said
    assert "TypeError: 'int' object is not callable" in lines["halve"]
    assert "1 of 2 checks passed" in said
    notebook = continued(here.parent.parent, double=EACH, halve="halve = lambda m: [1, 2]")
    nbformat.write(notebook, here / FILE)
    assert cli.main(["check", str(here / FILE)]) == 0


def test_course_check_of_a_folder_means_the_lesson(here):
    assert check_notebook.notebook_of(here).name == f"{SLUG}.ipynb"
    assert check_notebook.notebook_of(SLUG).name == f"{SLUG}.ipynb"
