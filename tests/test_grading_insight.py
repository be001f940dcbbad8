"""The class report and the tables for other systems, from a gradebook written by hand."""

import csv
import html.parser
import json
import re
import shutil
from datetime import date

import pytest
from nbgrader.api import Gradebook

from course_utils import cli
from course_utils.grading.desk import (
    class_page,
    exports,
    insight,
    notebook_words,
    verdicts,
)
from course_utils.grading.desk.summary import UNTOUCHED
from course_utils.grading.intake import course_files
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


def _autograded(root, student, said, note=(), errors=()):
    """A notebook as SaveGrades leaves it: what was said of each check is in the grader's notes."""
    cells = []
    for name in ("slope", "area"):
        cells.append(_cell(name, "answer"))
        cells.append(_cell(f"check_{name}", "check", dict(errors).get(name)))
    cells.append(_cell("why", "written"))
    folder = root / "autograded" / student / LESSON
    folder.mkdir(parents=True, exist_ok=True)
    note = {"said": {f"check_{name}": [words] for name, words in said.items()}, **dict(note)}
    notebook = {"cells": cells, "metadata": {course_files.NOTE: note}}
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(notebook))


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
    half = {"seconds": 0.5, "repairs": []}
    _autograded(tmp_path, "alice", {}, half)
    _autograded(tmp_path, "bob", {"slope": wrong.format(3.5)})
    _autograded(tmp_path, "carol", {"slope": wrong.format(-1e9)}, half)
    late, repaired = "the cell took longer than 60 s", {"repairs": ["a check was put back"]}
    errors = {"area": ("CellTimeoutError", late)}
    _autograded(tmp_path, "dave", {"area": late}, half | repaired, errors)
    _autograded(tmp_path, "frank", {}, half | {"hopeless": "the file is empty"})
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
    assert area.messages == {"the cell took longer than 60 s": 1}, "what was not attempted has none"
    rows = {row.student: row for row in found.rows}
    assert rows["eve"].score is None
    assert rows["bob"].score == 1.5 and rows["bob"].waiting == ["why"]
    assert rows["carol"].notes == {} and rows["carol"].seconds == 0.5


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
    path = class_page.write_report(course, LESSON, course / "out")
    page = _Page()
    page.feed(path.read_text())
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text, "shown as text"
    assert "Graded: the work of 5 of 6 students; the median is 2 of 6 points" in page.text
    assert "Nothing handed in" in page.text
    assert "median is 2 of" in page.alt
    assert (course / "out" / f"{LESSON}.png").read_bytes().startswith(b"\x89PNG")


def test_what_a_person_must_look_at_is_in_order_and_labelled(course):
    rows = {row.student: row for row in insight.gather(course, LESSON).rows}
    assert rows["dave"].notes == {
        insight.TIMEOUT: ["check_area: the cell took longer than 60 s"],
        insight.REPAIRED: ["a check was put back"],
    }
    assert rows["bob"].notes == {} and rows["bob"].waiting == ["why"]
    text = class_page.page(insight.gather(course, LESSON), b"")
    table = text[text.index("For a person to look at") :]
    kinds = [kind for kind in re.findall(r"<td>([^<]*)</td>", table) if kind in insight.KINDS]
    assert kinds == ["problem", "time-out", "repaired"]
    assert "Only written answers to mark: bob" in table
    assert "alice" not in table, "nothing odd, nothing to mark"


def test_a_check_to_mark_is_no_written_answer(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        _score(gradebook, "alice", 2, 3, 1, waiting=["check_slope"])
    text = class_page.write_report(course, LESSON).read_text()
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
    monkeypatch.setattr("course_utils.commands.repository_root", lambda: course)
    for options in ([], ["--to", str(tmp_path)], ["--canvas", str(tmp_path / "canvas.csv")]):
        assert cli.main(["report", LESSON, *options]) == 1
        said = capsys.readouterr()
        assert said.err == (
            f"course: nothing is graded yet for {LESSON}: run `course grade {LESSON}`\n"
        )
        assert said.out == ""
    assert not (course / "artifacts").exists() and not (tmp_path / "canvas.csv").exists()


def _read(path):
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # or Excel garbles every umlaut
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_csv_has_every_exercise(course):
    words = exports.export(course, LESSON, "csv", course / "grades.csv")
    head, *rows = _read(course / "grades.csv")
    assert head[-3:] == ["check_slope", "check_area", "why"]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert found["alice"]["score"] == "6" and found["alice"]["max_score"] == "6"
    assert found["bob"]["check_area"] == "1.5" and found["bob"]["waits_for_marks"] == "why"
    assert found["eve"]["score"] == ""
    assert "still to be marked by a person: 1" in words
    assert "5 students with points" in words and "without graded work: 1" in words


def test_canvas_layout(course):
    exports.export(course, LESSON, "canvas", course / "canvas.csv")
    head, possible, *rows = _read(course / "canvas.csv")
    # what Canvas's importer asks for: these five columns in this order, then assignments
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert possible == ["    Points Possible", "", "", "", "", "6"]
    found = {row[3]: row for row in rows}
    assert found["alice"] == ["Ångström, Alice", "1234", "", "alice", "", "6"]
    assert found["eve"] == ["eve", "", "", "eve", "", ""]


def test_moodle_layout_leaves_out_whom_it_would_erase(course):
    words = exports.export(course, LESSON, "moodle", course / "moodle.csv")
    head, *rows = _read(course / "moodle.csv")
    assert head[-2:] == ["Email address", f"Assignment: {LESSON} (Real)"]
    assert rows[0] == ["Alice", "Ångström", "alice", "1234", "alice@example.org", "6"]
    assert [row[2] for row in rows] == ["alice", "bob", "carol", "dave", "frank"]
    assert "without e-mail address in the gradebook: 4" in words


@pytest.mark.parametrize("kind", verdicts.OURS)
def test_errors_of_our_own_carry_their_words_alone(kind):
    assert verdicts.error_words(kind, "what happened") == "what happened"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (("SyntaxError", "expected ':' (3412076393.py, line 1)"), "expected ':' (line 1)"),
        (("SyntaxError", "expected ':' (<ipython-input-1-ab>, line 1)"), "expected ':' (line 1)"),
        (("SyntaxError", "expected ':' (helper.py, line 1)"), "expected ':' (helper.py, line 1)"),
    ],
)
def test_an_invented_file_is_not_named(error, words):
    assert verdicts.error_words(*error) == f"SyntaxError: {words}"
    assert verdicts.error_words("KeyboardInterrupt", "") == "KeyboardInterrupt"


@pytest.mark.parametrize("most", [3, 4.6, 15, 17, 20, 21, 40, 100])
def test_bars_stand_over_the_points_they_count(most):
    bins = class_page._bins(most)
    assert bins[0] < 0 and bins[-1] > most and len(bins) <= 23
    if most <= 20:
        for points in range(int(most) + 1):
            ((low, high),) = [b for b in zip(bins, bins[1:], strict=False) if b[0] <= points < b[1]]
            assert (low + high) / 2 == points


def test_the_picture_says_of_what_class_when_and_that_it_is_not_final(course):
    found = insight.gather(course, LESSON)
    fig = class_page.picture(found)
    assert fig.get_suptitle() == (
        f"{LESSON}: 5 of 6 students, {date.today()}\n"
        "not final: 1 point of 1 student still to be marked"
    )
    bars = [bar for bar in fig.axes[0].patches if bar.get_height()]
    middles = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    assert middles == [0, 2, 3, 6], "1.5 rounds up, as nothing is nearer"
    for row in found.rows:
        row.unmarked = {}
    assert (
        class_page.picture(found).get_suptitle().endswith("not final: marks still to be confirmed")
    )
    for row in found.rows:
        row.waiting = []
    assert "\n" not in class_page.picture(found).get_suptitle()


def test_more_points_than_there_are_have_a_bar(course):
    found = insight.gather(course, LESSON)
    found.graded()[0].score = found.max_score + 2
    bars = class_page.picture(found).axes[0].patches
    assert sum(bar.get_height() for bar in bars) == len(found.graded())


def test_who_handed_in_no_sense_or_the_stub_attempted_nothing(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    slope = insight.gather(course, LESSON).exercises[0]
    assert slope.outcomes == {"full points": 2, "no points": 2, "not attempted": 1}
    # sense was made of what came after
    for said, rest in (
        (UNTOUCHED, {"no points": 2, "not attempted": 1}),
        ("NameError: x", {"no points": 3}),
    ):
        _autograded(course, "frank", {"slope": said}, {"hopeless": None})
        slope = insight.gather(course, LESSON).exercises[0]
        assert slope.outcomes == {"full points": 2} | rest
    assert ("NameError: x", 1) in slope.commonest()


def test_work_that_is_not_graded_yet_is_not_missing(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    (course / "submitted" / "eve" / LESSON).mkdir(parents=True)
    rows = {row.student: row for row in insight.gather(course, LESSON).rows}
    assert rows["eve"].notes == {insight.PROBLEM: ["handed in, but not graded yet"]}
    assert "Nothing handed in" not in class_page.page(insight.gather(course, LESSON), b"")


def test_points_that_wait_are_counted(course, tmp_path):
    course = shutil.copytree(course, tmp_path / "copy")
    start = "Still to be marked by a person: "
    assert f"{start}1 student (1 point of written answers). The points are not final." in (
        class_page.in_words(insight.gather(course, LESSON))
    )
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        _score(gradebook, "alice", 2, 3, None, waiting=["why"])
        _score(gradebook, "carol", 0, 3, 0, waiting=["check_slope"])
        _score(gradebook, "dave", 2, 0, None, waiting=["why"])
        gradebook.find_grade("why", LESSON, LESSON, "dave").manual_score = 1
        gradebook.db.commit()
    found = insight.gather(course, LESSON)
    parts = "2 points of written answers, 2 points of checks, 1 mark given before to confirm"
    assert f"{start}4 students ({parts}). The points are not final." in class_page.in_words(found)
    said = exports.export(course, LESSON, "csv", tmp_path / "x.csv")
    assert f"still to be marked by a person: 4 students ({parts})" in said


@pytest.fixture
def late_course(course, tmp_path):
    """Alice was late, and so was dave, who lost all that he had; bob's lateness was free."""
    course = shutil.copytree(course, tmp_path / "late")
    with Gradebook(f"sqlite:///{course}/gradebook.db", "compression_to_creation") as gradebook:
        gradebook.update_or_create_assignment(LESSON, duedate="2026-11-20 12:00:00")
        for student, when, penalty in (
            ("alice", "2026-11-20 15:00:00", 1.5),
            ("bob", "2026-11-21 12:00:30", None),
            ("dave", "2026-11-22 14:30:00", 5),
        ):
            submission = gradebook.update_or_create_submission(LESSON, student, timestamp=when)
            submission.notebooks[0].late_submission_penalty = penalty
        gradebook.db.commit()
    return course


def test_the_score_can_be_checked_from_the_columns(late_course):
    exports.export(late_course, LESSON, "csv", late_course / "grades.csv")
    head, *rows = _read(late_course / "grades.csv")
    assert head[5:8] == ["score", "late_penalty", "max_score"]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert {name: row["late_penalty"] for name, row in found.items()} == {
        "alice": "1.5", "bob": "0", "carol": "0", "dave": "2", "eve": "0", "frank": "0"
    }  # fmt: skip
    for row in found.values():
        points = sum(float(row[name] or 0) for name in ("check_slope", "check_area", "why"))
        assert float(row["score"] or 0) == points - float(row["late_penalty"])


def test_other_systems_get_the_score_alone(late_course):
    exports.export(late_course, LESSON, "canvas", late_course / "canvas.csv")
    exports.export(late_course, LESSON, "moodle", late_course / "moodle.csv")
    canvas, moodle = _read(late_course / "canvas.csv"), _read(late_course / "moodle.csv")
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LESSON]
    assert [row[-1] for row in canvas[2:] if row[3] == "alice"] == ["4.5"]
    assert len(moodle[0]) == 6 and moodle[1][-1] == "4.5"


def test_the_page_lists_who_was_late_and_what_it_cost(course, late_course):
    text = class_page.page(insight.gather(late_course, LESSON), b"")
    table = text[text.index("<h2>Handed in late</h2>") : text.index("<h2>Nothing handed in</h2>")]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
    assert cells == [
        "alice", "3 h", "1.5", "4.5", "bob", "1 d 1 min", "0", "1.5",
        "dave", "2 d 2 h 30 min", "2", "0",
    ]  # fmt: skip
    assert "late" not in class_page.page(insight.gather(course, LESSON), b"").lower()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_spreadsheet_takes_no_name_for_a_formula(text):
    assert exports._cell(text) == "'" + text
    assert exports._cell("plain = text") == "plain = text"


def test_errors_name_what_is_missing(course, tmp_path):
    with pytest.raises(ValueError, match="no lesson '99_none'; it has: 12_toy"):
        insight.gather(course, "99_none")
    with pytest.raises(ValueError, match="unknown layout 'xls'"):
        exports.export(course, LESSON, "xls", course / "x")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    with pytest.raises(FileNotFoundError, match="release a lesson first"):
        insight.gather(tmp_path, LESSON)
    assert not (tmp_path / "gradebook.db").exists()


def test_a_message_of_a_stranger_is_one_short_line():
    assert notebook_words.plain("\x1b[31mred\x1b[0m\n\n  text\x00\x07") == "red text"
    assert len(notebook_words.plain("x" * 10_000)) == notebook_words.MAX_MESSAGE
    assert notebook_words.plain(None) == ""
