"""Damaged files and full disks: words instead of tracebacks, and nothing half-written."""

import errno
import json
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy

from course_utils import cli, paths
from course_utils.grading.desk import batch, grade, gradebook_file
from course_utils.grading.intake import course_files, jobs
from tests.toy_course import SLUG, scores, solved, submit

pytestmark = pytest.mark.xdist_group("toy")


@pytest.fixture
def course(course, monkeypatch):
    """One where alice has handed in, and the commands run."""
    submit(course, "alice", solved(course))
    monkeypatch.chdir(course)
    return course


def _copies(course) -> list[Path]:
    return sorted((course / gradebook_file.COPIES).iterdir())


def _damage_a_page(path) -> None:
    """Overwrite the root page of a table that grading reads."""
    with sqlite3.connect(path) as db:
        page, size = (
            db.execute("select rootpage from sqlite_master where name = 'grade'").fetchone()[0],
            db.execute("pragma page_size").fetchone()[0],
        )
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("how", ["text", "page", "cut"])
@pytest.mark.parametrize("command", ["grade", "report", "grade --dry-run"])
def test_a_damaged_gradebook_is_told_in_words(course, capsys, how, command):
    grade.grade(course, SLUG)
    submit(course, "bob", solved(course))
    grade.grade(course, SLUG)
    path = course / "gradebook.db"
    if how == "text":
        path.write_bytes(b"this is no database, and longer than SQLite's header is" * 10)
    elif how == "page":
        _damage_a_page(path)
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    damaged = path.read_bytes()
    assert cli.main([*command.split(), SLUG]) == 1
    said = capsys.readouterr()
    newest = _copies(course)[-1]
    assert said.err.startswith(f"course: the gradebook {path} is damaged (")
    assert str(newest) in said.err and "Traceback" not in said.err and said.err.count("\n") == 1
    assert path.read_bytes() == damaged, "it is left as it is"
    shutil.copy(newest, path)
    assert grade.grade(course, SLUG).complete
    assert scores(course)["bob"]["check_double"][0] == 2


def test_a_gradebook_of_another_version_is_told_in_words(course, capsys):
    grade.grade(course, SLUG)
    with sqlite3.connect(course / "gradebook.db") as db:
        db.execute("alter table grade rename column needs_manual_grade to other")
    assert cli.main(["report", SLUG]) == 1
    said = capsys.readouterr().err
    assert "cannot be used" in said and "nbgrader db upgrade" in said and "Traceback" not in said


def test_a_gradebook_that_another_program_holds_is_told_in_words(course, capsys, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path: connect(path, timeout=0.1))
    holder = connect(course / "gradebook.db", isolation_level=None)
    holder.execute("begin exclusive")
    try:
        assert cli.main(["grade", SLUG]) == 1
    finally:
        holder.close()
    said = capsys.readouterr().err
    assert "database is locked" in said and "another program holds it" in said
    assert grade.grade(course, SLUG).complete


def test_a_copy_is_kept_before_each_run_that_finds_another_gradebook(course, monkeypatch):
    grade.grade(course, SLUG, dry_run=True)
    assert not (course / gradebook_file.COPIES).exists()
    grade.grade(course, SLUG)
    (first,) = _copies(course)
    with sqlite3.connect(first) as db:
        assert db.execute("select count(*) from submitted_notebook").fetchone() == (0,)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    grade.grade(course, SLUG)
    assert len(_copies(course)) == 2, "the first run has changed the gradebook"
    grade.grade(course, SLUG)
    assert len(_copies(course)) == 2, "the second has not"
    monkeypatch.setattr(gradebook_file, "MAX_COPIES", 3)
    for number in range(4):
        submit(course, f"new{number}", solved(course))
        grade.grade(course, SLUG)
    kept = _copies(course)
    assert len(kept) == 3 and first not in kept
    with sqlite3.connect(kept[-1]) as db:
        assert db.execute("select count(*) from submitted_notebook").fetchone() == (4,)


@pytest.mark.parametrize("lost", sorted(jobs.RESULT - {"key"}) + ["cells: value", "cells: a text"])
def test_a_stored_result_without_a_part_is_run_again(course, lost):
    submit(course, "bob", solved(course, double="def double(x):\n    return 5"))
    grade.grade(course, SLUG)
    stored = next((course / course_files.STORE).glob("*/*.json"))
    result = json.loads(stored.read_text())
    if lost == "cells: value":
        del result["cells"][0]["value"]
    elif lost == "cells: a text":
        result["cells"][0] = "lost"
    else:
        del result[lost]
    stored.write_text(json.dumps(result))
    summary = grade.grade(course, SLUG, regrade=False)
    assert summary.complete and (summary.ran, summary.stored) == (1, 1)
    assert jobs.ResultStore(course / course_files.STORE).get(stored.stem) is not None


def _no_room(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _whole(course) -> None:
    """No half of anything lies about, and the gradebook is one."""
    for path in course.rglob("*"):
        assert not path.name.endswith(".part"), path
        if path.suffix in (".json", ".ipynb"):
            json.loads(path.read_text())
    gradebook_file.check_whole(course / "gradebook.db", course)


@pytest.mark.parametrize(
    "where, what",
    [
        (jobs, "write_atomically"),  # a result
        (paths.Path, "write_bytes"),  # staging, and every file that is written whole
        (gradebook_file.os, "utime"),  # the gradebook's copy
        (batch.shutil, "copy"),
        ("nbconvert.writers.files.FilesWriter", "write"),  # the autograded notebook
    ],
)
def test_a_full_disk_is_told_in_words_and_the_next_run_does_the_rest(
    course, capsys, monkeypatch, where, what
):
    (course / "solutions" / SLUG / "table.csv").write_text("1,2\n")
    with monkeypatch.context() as full:
        if isinstance(where, str):
            full.setattr(f"{where}.{what}", _no_room)
        else:
            full.setattr(where, what, _no_room)
        assert cli.main(["grade", SLUG]) == 1
    said = capsys.readouterr().err
    assert "course: the disk is full" in said and "Traceback" not in said
    assert "same command again" in said
    _whole(course)
    assert not list((course / "autograded").glob("*/*/*.ipynb"))
    summary = grade.grade(course, SLUG)
    assert summary.complete and scores(course)["alice"]["check_triple"][0] == 3


def test_a_report_on_a_full_disk_is_told_and_half_of_none_is_left(course, capsys, monkeypatch):
    grade.grade(course, SLUG)
    monkeypatch.setattr(paths.os, "replace", _no_room)
    for options in ([], ["--csv", "grades.csv"]):
        assert cli.main(["report", SLUG, *options]) == 1
        assert "the disk is full" in capsys.readouterr().err
    assert not (course / "grades.csv").exists()
    _whole(course)


def test_a_full_disk_under_sqlite_is_told_without_nbgraders_traceback(course, capfd):
    """For real: the gradebook may not grow by a single page."""
    limit = "pragma max_page_count = 1"  # SQLite takes it for the pages that there are

    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "connect")
    def no_page_more(connection, record):
        connection.execute(limit)

    try:
        for number in range(30):
            submit(course, f"student {number}", solved(course))
        assert cli.main(["grade", SLUG]) == 1
    finally:
        sqlalchemy.event.remove(sqlalchemy.engine.Engine, "connect", no_page_more)
    said = capfd.readouterr().err
    assert "course: the disk is full" in said and "Traceback" not in said
    _whole(course)
    assert grade.grade(course, SLUG).complete and len(scores(course)) == 31
