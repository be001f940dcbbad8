"""The class report and the tables for other systems, from a gradebook written by hand."""

import csv
import html.parser
import json
import shutil

import pytest
from nbgrader.api import Gradebook

from course_utils.grading import insight
from tests.bank import ROOT

pytestmark = [
    pytest.mark.xdist_group("insight"),
    # nbgrader's own sessions, when a submission is added
    pytest.mark.filterwarnings("ignore:Object of type"),
]
LESSON = "12_toy"
CELLS = (("slope", 2), ("area", 3), ("why", 1))


def _cell(name, kind, error=None, source=""):
    marks = {"grade_id": name, "solution": kind != "check", "grade": kind != "answer"}
    outputs = []
    if error:
        ename, evalue = error
        outputs = [{"output_type": "error", "ename": ename, "evalue": evalue, "traceback": []}]
    return {
        "cell_type": "markdown" if kind == "written" else "code",
        "metadata": {"nbgrader": marks},
        "source": source,
        "outputs": outputs,
    }


def _autograded(root, student, errors):
    cells = []
    for name in ("slope", "area"):
        stub = ("NotImplementedError", "") if errors.get(name) == "stub" else None
        cells.append(_cell(name, "answer", stub))
        told = ("NameError", f"name '{name}' is not defined") if stub else errors.get(name)
        cells.append(_cell(f"check_{name}", "check", told))
    cells.append(_cell("why", "written"))
    folder = root / "autograded" / student / LESSON
    folder.mkdir(parents=True)
    (folder / f"{LESSON}.ipynb").write_text(json.dumps({"cells": cells}))


def _score(gradebook, student, slope, area, why, waiting=()):
    gradebook.update_or_create_submission(LESSON, student, timestamp="2026-11-20 12:00:00")
    for name, score in (("check_slope", slope), ("check_area", area), ("why", why)):
        grade = gradebook.find_grade(name, LESSON, LESSON, student)
        grade.auto_score, grade.needs_manual_grade = score, name in waiting
    gradebook.db.commit()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Five students: all right, a wrong slope twice (other numbers), a stub, nothing handed in."""
    tmp_path = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "notebooks" / LESSON).mkdir(parents=True)
    released = [
        _cell("slope", "answer"), _cell("check_slope", "check"), _cell("area", "answer"),
        _cell("check_area", "check"), _cell("why", "written"),
    ]  # fmt: skip
    (tmp_path / "notebooks" / LESSON / f"{LESSON}.ipynb").write_text(
        json.dumps({"cells": released})
    )
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "compression_to_creation") as gradebook:
        gradebook.add_assignment(LESSON)
        gradebook.add_notebook(LESSON, LESSON)
        for name, points in CELLS:
            kind = "markdown" if name == "why" else "code"
            grade = name if name == "why" else f"check_{name}"
            gradebook.add_solution_cell(name, LESSON, LESSON)
            gradebook.add_grade_cell(grade, LESSON, LESSON, max_score=points, cell_type=kind)
        gradebook.add_student(
            "alice", first_name="Alice", last_name="Ångström", email="alice@example.org",
            lms_user_id="1234",
        )  # fmt: skip
        for student in ("bob", "carol", "dave", "eve"):
            gradebook.add_student(student)
        _score(gradebook, "alice", 2, 3, 1)
        _score(gradebook, "bob", 0, 1.5, None, waiting=["why"])
        _score(gradebook, "carol", 0, 3, 0)
        _score(gradebook, "dave", 2, 0, 0)
    wrong = "the slope: got {}, expected 2. <script>alert(1)</script>"
    _autograded(tmp_path, "alice", {})
    _autograded(tmp_path, "bob", {"slope": ("CheckError", wrong.format(3.5))})
    _autograded(tmp_path, "carol", {"slope": ("CheckError", wrong.format(-1e9))})
    _autograded(tmp_path, "dave", {"area": "stub"})
    (tmp_path / ".grading").mkdir()
    told = {"seconds": 0.5, "peak_mb": 90.0, "suspicions": ["a canary lived"], "repairs": []}
    students = {"alice": told | {"suspicions": []}, "carol": told}
    (tmp_path / ".grading" / f"{LESSON}.json").write_text(json.dumps({"students": students}))
    return tmp_path


def test_outcomes_and_messages_of_each_exercise(course):
    found = insight.gather(course, LESSON)
    assert [e.name for e in found.exercises] == ["check_slope", "check_area", "why"]
    slope, area, why = found.exercises
    assert slope.outcomes == {"full points": 2, "no points": 2}
    assert area.outcomes == {"full points": 2, "some points": 1, "not attempted": 1}
    assert why.outcomes == {"full points": 1, "waits for a person": 1, "not attempted": 2}
    # the two messages differ in a number only
    ((message, count),) = slope.commonest()
    assert count == 2 and message.startswith("the slope: got ")
    assert not area.messages, "a stub has no message"
    rows = {row.student: row for row in found.rows}
    assert rows["eve"].score is None
    assert rows["bob"].score == 1.5 and rows["bob"].waiting == ["why"]
    assert rows["carol"].notes == ["a canary lived"] and rows["carol"].seconds == 0.5


class _Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.alt = [], "", ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "img":
            self.alt = dict(attrs)["alt"]

    def handle_data(self, data):
        self.text += data


def test_the_page_says_what_confuses_and_runs_no_foreign_code(course):
    path = insight.write_report(course, LESSON, course / "out")
    page = _Page()
    page.feed(path.read_text())
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text, "shown as text"
    assert "The hardest exercise is slope: 50% have its full points" in page.text
    assert "4 of 5 students have graded work; the median is 2.5 of 6 points" in page.text
    assert "a canary lived" in page.text and "Nothing handed in" in page.text
    assert "median is 2.5" in page.alt
    assert (course / "out" / f"{LESSON}.png").read_bytes().startswith(b"\x89PNG")


def test_a_lesson_without_grades_has_a_page_too(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        gradebook.remove_assignment(LESSON)
        gradebook.add_assignment(LESSON)
        gradebook.add_notebook(LESSON, LESSON)
        gradebook.add_grade_cell("check_slope", LESSON, LESSON, max_score=2, cell_type="code")
        gradebook.add_submission(LESSON, "bob")
    found = insight.gather(course, LESSON)
    assert found.graded() == []
    text = insight.write_report(course, LESSON).read_text()
    assert "Nothing of this lesson is graded yet." in text
    assert "not graded yet" in text


def _read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_csv_has_every_exercise(course):
    words = insight.export(course, LESSON, "csv", course / "grades.csv")
    head, *rows = _read(course / "grades.csv")
    assert head[-3:] == ["check_slope", "check_area", "why"]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert found["alice"]["score"] == "6" and found["alice"]["max_score"] == "6"
    assert found["bob"]["check_area"] == "1.5" and found["bob"]["waits_for_marks"] == "why"
    assert found["eve"]["score"] == ""
    assert "1 of them still wait" in words and "1 have no graded work" in words


def test_canvas_layout(course):
    insight.export(course, LESSON, "canvas", course / "canvas.csv")
    head, possible, *rows = _read(course / "canvas.csv")
    # what Canvas's importer asks for: these five columns in this order, then assignments
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert possible == ["    Points Possible", "", "", "", "", "6"]
    found = {row[3]: row for row in rows}
    assert found["alice"] == ["Ångström, Alice", "1234", "", "alice", "", "6"]
    assert found["eve"] == ["eve", "", "", "eve", "", ""]


def test_moodle_layout_leaves_out_whom_it_would_erase(course):
    words = insight.export(course, LESSON, "moodle", course / "moodle.csv")
    head, *rows = _read(course / "moodle.csv")
    assert head[-2:] == ["Email address", f"Assignment: {LESSON} (Real)"]
    assert rows[0] == ["Alice", "Ångström", "alice", "1234", "alice@example.org", "6"]
    assert [row[2] for row in rows] == ["alice", "bob", "carol", "dave"]
    assert "3 have no e-mail address" in words


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_spreadsheet_takes_no_name_for_a_formula(text):
    assert insight._cell(text) == "'" + text
    assert insight._cell("plain = text") == "plain = text"


def test_errors_name_what_is_missing(course, tmp_path):
    with pytest.raises(ValueError, match="no lesson '99_none'; it has: 12_toy"):
        insight.gather(course, "99_none")
    with pytest.raises(ValueError, match="unknown layout 'xls'"):
        insight.export(course, LESSON, "xls", course / "x")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    with pytest.raises(FileNotFoundError, match="release a lesson first"):
        insight.gather(tmp_path, LESSON)
    assert not (tmp_path / "gradebook.db").exists()


def test_a_message_of_a_stranger_is_one_short_line():
    assert insight._plain("\x1b[31mred\x1b[0m\n\n  text\x00\x07") == "red text"
    assert len(insight._plain("x" * 10_000)) == insight.MAX_MESSAGE
    assert insight._plain(None) == ""
