"""The class report and the tables for other systems, from a gradebook written by hand."""

import csv
import html.parser
import json
import re
import shutil

import pytest
from nbgrader.api import Gradebook

from course_utils import cli
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
    """All right, a wrong slope twice (other numbers), too slow, nothing handed in, no answers."""
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
        for student in ("bob", "carol", "dave", "eve", "frank"):
            gradebook.add_student(student)
        _score(gradebook, "alice", 2, 3, 1)
        _score(gradebook, "bob", 0, 1.5, None, waiting=["why"])
        _score(gradebook, "carol", 0, 3, 0)
        _score(gradebook, "dave", 2, 0, 0)
        _score(gradebook, "frank", 0, 0, 0)
    wrong = "the slope: got {}, expected 2. <script>alert(1)</script>"
    _autograded(tmp_path, "alice", {})
    _autograded(tmp_path, "bob", {"slope": ("CheckError", wrong.format(3.5))})
    _autograded(tmp_path, "carol", {"slope": ("CheckError", wrong.format(-1e9))})
    late = ("CellTimeoutError", "the cell took longer than 60 s")
    _autograded(tmp_path, "dave", {"area": late})
    _autograded(tmp_path, "frank", {"slope": "stub", "area": "stub"})
    (tmp_path / ".grading").mkdir()
    told = {"seconds": 0.5, "peak_mb": 90.0, "suspicions": ["a canary lived"], "repairs": []}
    honest = told | {"suspicions": []}
    students = {
        "alice": honest,
        "carol": told,
        "dave": honest | {"repairs": ["a check was put back"]},
        "frank": honest | {"hopeless": "the file is empty"},
    }
    (tmp_path / ".grading" / f"{LESSON}.json").write_text(json.dumps({"students": students}))
    return tmp_path


def test_outcomes_and_messages_of_each_exercise(course):
    found = insight.gather(course, LESSON)
    assert [e.name for e in found.exercises] == ["check_slope", "check_area", "why"]
    slope, area, why = found.exercises
    assert slope.outcomes == {"full points": 2, "no points": 2, "not attempted": 1}
    assert area.outcomes == {
        "full points": 2, "some points": 1, "no points": 1, "not attempted": 1
    }  # fmt: skip
    assert why.outcomes == {"full points": 1, "waits for a person": 1, "not attempted": 3}
    # the two messages differ in a number only
    ((message, count),) = slope.commonest()
    assert count == 2 and message.startswith("the slope: got ")
    assert area.messages == {"the cell took longer than 60 s": 1}, "a stub has no message"
    rows = {row.student: row for row in found.rows}
    assert rows["eve"].score is None
    assert rows["bob"].score == 1.5 and rows["bob"].waiting == ["why"]
    assert (
        rows["carol"].notes == {insight.SUSPICIOUS: ["a canary lived"]}
        and rows["carol"].seconds == 0.5
    )


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
    assert "The hardest exercise is slope: 40% have its full points" in page.text
    assert "Graded: the work of 5 of 6 students; the median is 2 of 6 points" in page.text
    assert "a canary lived" in page.text and "Nothing handed in" in page.text
    assert "median is 2 of" in page.alt
    assert (course / "out" / f"{LESSON}.png").read_bytes().startswith(b"\x89PNG")


def test_what_a_person_must_look_at_is_in_order_and_labelled(course):
    rows = {row.student: row for row in insight.gather(course, LESSON).rows}
    assert rows["dave"].notes == {
        insight.TIMEOUT: ["check_area: the cell took longer than 60 s"],
        insight.REPAIRED: ["a check was put back"],
    }
    assert rows["bob"].notes == {} and rows["bob"].waiting == ["why"]
    text = insight.page(insight.gather(course, LESSON), b"")
    table = text[text.index("For a person to look at") :]
    kinds = [kind for kind in re.findall(r"<td>([^<]*)</td>", table) if kind in insight.KINDS]
    assert kinds == ["suspicious", "problem", "time-out", "repaired"]
    assert "Only written answers to mark: bob" in table
    assert "alice" not in table, "nothing odd, nothing to mark"


def test_a_check_withheld_for_a_suspicion_is_named_once(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        _score(gradebook, "carol", 0, 3, 0, waiting=["check_slope"])
    rows = {row.student: row for row in insight.gather(course, LESSON).rows}
    assert rows["carol"].notes == {insight.SUSPICIOUS: ["a canary lived"]}
    assert rows["carol"].waiting == ["check_slope"]


def test_a_check_to_mark_is_no_written_answer(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        _score(gradebook, "alice", 2, 3, 1, waiting=["check_slope"])
    text = insight.write_report(course, LESSON).read_text()
    assert "<tr><td>alice</td><td>check to mark</td><td>slope</td></tr>" in text
    assert "Answers to mark, and in the table above: alice" in text


def test_a_lesson_without_grades_says_what_to_do(course, tmp_path, monkeypatch, capsys):
    course = shutil.copytree(course, tmp_path / "copy")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        gradebook.remove_assignment(LESSON)
        gradebook.add_assignment(LESSON)
        gradebook.add_notebook(LESSON, LESSON)
        gradebook.add_grade_cell("check_slope", LESSON, LESSON, max_score=2, cell_type="code")
        gradebook.add_submission(LESSON, "bob")
    found = insight.gather(course, LESSON)
    assert found.graded() == []
    monkeypatch.setattr("course_utils.authoring.build.repository_root", lambda: course)
    for options in ([], ["--to", str(tmp_path)], ["--canvas", str(tmp_path / "canvas.csv")]):
        assert cli.main(["report", LESSON, *options]) == 1
        said = capsys.readouterr()
        assert said.err == (
            f"course: nothing is graded yet for {LESSON}: run `course grade {LESSON}`\n"
        )
        assert said.out == ""
    assert not (course / "artifacts").exists() and not (tmp_path / "canvas.csv").exists()


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
    assert "still to be marked by a person: 1" in words
    assert "5 students with points" in words and "without graded work: 1" in words


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
    assert [row[2] for row in rows] == ["alice", "bob", "carol", "dave", "frank"]
    assert "without e-mail address in the gradebook: 4" in words


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
