"""Whose a submission is: names of students, downloads from platforms, tables of students."""

import subprocess
import sys
import unicodedata
from pathlib import PurePath

import nbformat
import pytest
from nbgrader.api import Gradebook

from course_utils import cli
from course_utils.grading.desk import grade
from course_utils.grading.desk import summary as summaries
from course_utils.grading.intake import collecting, students
from course_utils.grading.intake.handed_in import student_folders
from tests import toy_course
from tests.toy_course import SLUG, scores, solved, submit, zipped

pytestmark = pytest.mark.xdist_group("toy")
FILE = f"{SLUG}.ipynb"


# ---- whose it is -----------------------------------------------------------------------------

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "zoë") for form in ("NFC", "NFD"))


def test_a_mac_makes_no_second_student(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student(COMPOSED, first_name="Zoë")
    submit(course, DECOMPOSED, solved(course))
    summary = grade.grade(course, SLUG, students=[DECOMPOSED])
    assert list(summary.rows) == [COMPOSED] and list(scores(course)) == [COMPOSED]
    assert (course / "autograded" / COMPOSED / SLUG / FILE).is_file()
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert [(one.id, one.first_name) for one in gradebook.students] == [(COMPOSED, "Zoë")]


def test_an_id_that_the_gradebook_has_decomposed_stays(tmp_path):
    (tmp_path / COMPOSED / SLUG).mkdir(parents=True)
    assert list(student_folders(tmp_path, SLUG, [DECOMPOSED])[0]) == [DECOMPOSED]
    assert list(student_folders(tmp_path, SLUG, [DECOMPOSED, COMPOSED])[0]) == [COMPOSED]
    (tmp_path / DECOMPOSED / SLUG).mkdir(parents=True)
    found, unfit = student_folders(tmp_path, SLUG, [DECOMPOSED])
    assert found == {DECOMPOSED: tmp_path / COMPOSED / SLUG} and len(unfit) == 1


def test_two_folders_of_one_name_are_told(course):
    submit(course, DECOMPOSED, toy_course.released(course))
    submit(course, COMPOSED, solved(course))
    summary = grade.grade(course, SLUG)
    assert not summary.complete and summary.rows[COMPOSED].points == 5
    problem = summary.rows[f"{DECOMPOSED} (a second folder)"].problem
    assert "two folders have this name" in problem
    assert list(scores(course)) == [COMPOSED]


@pytest.mark.parametrize("name", ["ada\nlovelace", "ada\x1b[2J", "ada\u200b", "ada\udcff"])
def test_a_folder_with_a_name_that_cannot_be_printed_is_told_in_our_words(course, name):
    submit(course, name, solved(course))
    submit(course, "bob", solved(course))
    for dry_run in (True, False):
        summary = grade.grade(course, SLUG, dry_run=dry_run)
        row = summary.rows[name]
        assert row.state == "no verdict" and "rename the folder" in row.problem
        assert ascii(name) in row.problem
    assert "rename the folder" in summaries.words(summary) and list(scores(course)) == ["bob"]


def test_fit_names_are_fit(tmp_path):
    names = {"ada", "näme, ({odd}) + 'x'", "Anna Beispiel", COMPOSED}
    for name in names:
        (tmp_path / name / SLUG).mkdir(parents=True)
    found, unfit = student_folders(tmp_path, SLUG)
    assert found.keys() == names and not unfit


# ---- from platforms --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, name, number, file",
    [
        ("beispielanna_12_789_12_pca.ipynb", "beispielanna", "12", "12_pca.ipynb"),
        ("x/musterdrew_LATE_13_790_12_pca-1.ipynb", "musterdrew", "13", "12_pca-1.ipynb"),
        ("Anna B_12_assignsubmission_file/12_pca.ipynb", "Anna B", "12", "12_pca.ipynb"),
        ("Anna B_12_assignsubmission_file_/a/x.ipynb", "Anna B", "12", "a/x.ipynb"),
        ("Anna B_12_assignsubmission_file_12_pca.ipynb", "Anna B", "12", "12_pca.ipynb"),
    ],
)
def test_names_of_platforms_are_understood(path, name, number, file):
    _, match, rest = collecting.whose(PurePath(path))
    assert (match["name"], match["number"], rest.as_posix()) == (name, number, file)


@pytest.mark.parametrize("path", ["12_pca.ipynb", "ada/12_pca.ipynb", "CS1-12_pca-1234.zip", "x_1"])
def test_what_no_platform_names_is_nobodys(path):
    assert collecting.whose(PurePath(path)) is None


def _collect(course, *options: str) -> str:
    words = [sys.executable, "-m", "nbgrader", "zip_collect", SLUG, *options]
    told = subprocess.run(words, cwd=course, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return told.stderr


def _handed_in(course) -> set[str]:
    base = course / "submitted"
    return {path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()}


@pytest.fixture
def archive(course):
    folder = course / "downloaded" / SLUG / "archive"
    folder.mkdir(parents=True)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for student, first, last, number in (
            ("ab1", "Anna", "Beispiel", "123456"),
            ("dm2", "Drew", "Muster", None),
            (COMPOSED, "Zoë", "Groß", "77"),
        ):
            about = {"first_name": first, "last_name": last, "lms_user_id": number}
            gradebook.update_or_create_student(student, **about)
    return folder


def test_a_download_from_canvas_is_collected_and_graded(course, archive):
    raw = nbformat.writes(solved(course)).encode()
    members = {
        f"beispielanna_123456_7890123_{FILE}": raw,
        f"musterdrew_LATE_123457_7890124_{SLUG}-1.ipynb": raw,
        f"großzoë_77_1_{SLUG}.zip": zipped(**{FILE: raw}),
        "strangeradam_9_2_essay.pdf": b"%PDF",
        "strangeradam_10_3_essay.pdf": b"%PDF",
    }
    (archive / "submissions.zip").write_bytes(zipped(**members))
    told = _collect(course)
    assert "dm2: late by Canvas" in told and "taken as 'strangeradam_9'" in told
    assert _handed_in(course) == {
        f"ab1/{SLUG}/{FILE}",
        f"dm2/{SLUG}/{SLUG}-1.ipynb",
        f"{COMPOSED}/{SLUG}/{SLUG}.zip",
        f"strangeradam_9/{SLUG}/essay.pdf",
        f"strangeradam_10/{SLUG}/essay.pdf",
    }
    rows = grade.grade(course, SLUG).rows
    assert {student: row.points for student, row in rows.items()} == {
        "ab1": 5, "dm2": 5, COMPOSED: 5, "strangeradam_9": 0, "strangeradam_10": 0,
    }  # fmt: skip
    assert "essay.pdf" in rows["strangeradam_9"].hopeless


@pytest.mark.parametrize("between", ["/", "_"])
def test_a_download_from_moodle_is_collected(course, archive, between):
    raw = nbformat.writes(solved(course)).encode()
    people = ("Anna Beispiel_1", "Group A-Drew Muster_2", f"{DECOMPOSED.title()} Groß_3", "Eve X_4")
    members = {f"{who}_assignsubmission_file{between}{FILE}": raw for who in people}
    members[f"Eve X_5_assignsubmission_file{between}{FILE}"] = raw  # another of the same name
    (archive / f"CS1-{SLUG}-55.zip").write_bytes(zipped(**members))
    told = _collect(course)
    assert "no student of the name Eve X" in told
    assert _handed_in(course) == {
        f"{student}/{SLUG}/{FILE}" for student in ("ab1", "dm2", COMPOSED, "Eve X", "Eve X_5")
    }
    submitted = course / "submitted" / "ab1" / SLUG / FILE
    submitted.write_bytes(b"old")
    _collect(course, "--force")
    assert submitted.read_bytes() == raw


def test_what_students_packed_is_not_unpacked_while_collecting(course, archive):
    bomb = zipped(**{FILE: b"\0" * 70_000_000})
    (archive / f"beispielanna_123456_1_{SLUG}.zip").write_bytes(bomb)
    _collect(course)
    assert _handed_in(course) == {f"ab1/{SLUG}/{SLUG}.zip"}
    assert sum(p.stat().st_size for p in course.glob("downloaded/**/*") if p.is_file()) < 10**6


# ---- tables of students ----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_of_students_is_read_as_a_spreadsheet_saves_it(course, monkeypatch, encoding, mark):
    rows = ["id first_name last_name email", f"{DECOMPOSED} Zoë Groß z@x.org", "   "]
    text = "\r\n".join(row.replace(" ", mark) for row in rows)
    (course / "students.csv").write_bytes(text.encode(encoding))
    monkeypatch.chdir(course)
    assert cli.main(["students", "students.csv"]) == 0
    assert cli.main(["students", "students.csv"]) == 0
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        one = gradebook.find_student(COMPOSED)
        assert (one.first_name, one.last_name, one.email) == ("Zoë", "Groß", "z@x.org")
        assert len(gradebook.students) == 1


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"", "no column id"),
        (b"name,email\nx,y\n", "no column id"),
        (b"id\n", "no students"),
        (b"id\na\nb/c\n", "line 3: 'b/c' cannot be"),
        (b'id\n"a\nb"\n', "cannot be a student's id"),
        (b"id,email\n,x\n", "line 2: '' cannot be"),
        (b"id\na\na\n", "line 3: the id 'a' stands above"),
        ("id\nzoë\n".encode("latin-1"), "CSV UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_before_anything_is_written(course, raw, why):
    (course / "students.csv").write_bytes(raw)
    with pytest.raises(ValueError, match=why):
        students.import_students(course, course / "students.csv")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.students == []
