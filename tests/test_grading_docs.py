"""The pages for instructors: every command that they show exists, every link leads somewhere."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from course_utils.cli import _parser
from course_utils.grading.desk import grade
from tests import hostile, test_grading_hostile, toy_course
from tests.bank import ROOT
from tests.hostile import models

PAGES = [
    ROOT / "docs" / f"{name}.md"
    for name in ("instructors", "grading-on-many-machines", "jupyterhub")
]


def _commands(text: str) -> list[str]:
    """Lines of code blocks, and inline code, that call `course`."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(course [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    found = [line.split("#")[0].strip() for line in lines]
    return [line for line in found if re.match(r"course [a-z]+ \w", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_on_the_page_exist(page):
    commands = _commands(page.read_text())
    assert commands
    for command in commands:
        _parser().parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_on_the_page_lead_somewhere(page):
    text = page.read_text()
    assert "TODO" not in text
    for target in re.findall(r"\]\((?!http)([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        other = (page.parent / name) if name else page
        assert other.is_file(), target
        heads = re.findall(r"^#+ (.+)$", other.read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors, target


def test_the_number_of_hostile_kinds_is_right():
    broken = len(test_grading_hostile._mischief())
    words = f"{len(hostile.MACHINE)} attacks on the machine, {len(hostile.ANSWERS)} answers that "
    words += (
        f"try to be right without being right, {len(models.KINDS)} with models, {broken} broken"
    )
    assert words in PAGES[0].read_text()


def test_students_work_and_tables_of_names_are_not_committed(tmp_path):
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    tables = re.findall(r"\w+\.csv", PAGES[0].read_text())
    assert {"students.csv", "grades.csv", "canvas.csv", "moodle.csv", "all.csv"} <= set(tables)
    names = {*tables, "gradebook.db", ".grading/lock"}
    names |= {
        f"{folder}/ada/12_pca/x" for folder in ("downloaded", "submitted", "autograded", "feedback")
    }
    words = ["git", "check-ignore", *names, "tests/table.csv"]
    told = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert set(told.stdout.split()) == names


def test_make_grade_asks_for_a_lesson_before_it_installs(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    told = subprocess.run(["make", "grade"], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 2 and "name a lesson" in told.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["Makefile"]


@pytest.mark.parametrize("command", ["grade", "report"])
def test_help_says_what_happens_by_itself(command, capsys):
    with pytest.raises(SystemExit):
        _parser().parse_args([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    parts = {
        "grade": ["submitted/STUDENT/LESSON/", "Ctrl-C is safe", "default: 2", "auto = bubblewrap"],
        "report": ["for a spreadsheet", "for Canvas", "for Moodle", "default: artifacts/reports"],
    }
    assert [part for part in parts[command] if part not in told] == []


def test_feedback_follows_a_change_of_marks(tmp_path, monkeypatch):
    toy_course.fake_sandbox(monkeypatch)
    course, slug = toy_course.make_course(tmp_path), toy_course.SLUG
    toy_course.submit(course, "ada", toy_course.solved(course))
    grade.grade(course, slug)
    page = course / "feedback" / "ada" / slug / f"{slug}.html"

    def generate() -> str:
        words = [sys.executable, "-m", "nbgrader", "generate_feedback", slug]
        subprocess.run(words, cwd=course, check=True, capture_output=True)
        return page.read_text()

    assert ": 5.0 of 6.0 points" in generate()
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        mark = gradebook.find_grade("why", slug, slug, "ada")
        mark.manual_score, mark.needs_manual_grade = 1, False
        gradebook.db.commit()
    assert ": 6.0 of 6.0 points" in generate()
