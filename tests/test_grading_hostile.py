"""A hostile class beside honest students, through the whole command: nobody gains a point."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import pytest

from course_utils.grading.desk import grade
from course_utils.grading.host import execution
from course_utils.grading.intake import jobs
from tests import hostile, toy_course
from tests.hostile import models

pytestmark = pytest.mark.xdist_group("hostile")
CHECKS = list(hostile.CHECKS)
UNDESERVED = CHECKS[1:]
RIGHT = hostile.RIGHT


def _lesson() -> nbformat.NotebookNode:
    """The instructor's notebook of :func:`tests.hostile.cells`."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python"
    }  # fmt: skip
    for row in hostile.cells(f"### BEGIN SOLUTION\n{RIGHT}### END SOLUTION"):
        cell, role = nbformat.v4.new_code_cell(row["source"]), row["role"]
        if role == "check":
            visible, hidden = row["source"].split("\n", 1)
            if row["id"] == "check_share":
                visible, hidden = hidden, visible
                hidden = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS\n"
                cell.source = hidden + visible
            else:
                cell.source = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        if row["id"] == "double":
            cell.source = (
                "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
            )
        if role != "given":
            cell.metadata["nbgrader"] = {
                "grade_id": row["id"], "grade": role == "check", "solution": role == "answer",
                "locked": role == "check", "task": False, "schema_version": 3,
            } | ({"points": row["points"]} if role == "check" else {})  # fmt: skip
        notebook.cells.append(cell)
    return notebook


def _course(folder: Path) -> None:
    solutions = folder / "solutions" / toy_course.SLUG
    solutions.mkdir(parents=True)
    nbformat.write(_lesson(), solutions / f"{toy_course.SLUG}.ipynb")
    (folder / "nbgrader_config.py").write_bytes(
        (toy_course.ROOT / "nbgrader_config.py").read_bytes()
    )
    (folder / "secret.txt").write_text(hostile.SECRET)
    told = toy_course.api(folder).generate_assignment(toy_course.SLUG, force=True)
    assert told["success"], told


def _mischief() -> dict[str, bytes]:
    """Submissions that are no proper notebooks, by name."""
    return {
        "empty_file": b"",
        "not_json": b"{broken",
        "no_text": os.urandom(2000),
        "deep_json": b"[" * 100_000 + b"]" * 100_000,
        "a_list": b"[1, 2, 3]",
        "no_cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        "wrong_types": json.dumps(
            {"nbformat": 4, "nbformat_minor": 5, "metadata": 7}
            | {"cells": [3, None, {"cell_type": "code", "source": 5}]}
        ).encode(),
    }


class _Listener:
    """Somebody on the host whom no submission may reach."""

    def __init__(self):
        self.heard = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        for one in (self.server, self.datagrams):
            one.settimeout(0.2)
        self.open = True
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self):
        while self.open:
            for wait in (self.server.accept, lambda: self.datagrams.recvfrom(100)):
                with contextlib.suppress(TimeoutError):
                    self.heard.append(wait()[1])

    def close(self):
        self.open = False
        self.thread.join()
        self.server.close()
        self.datagrams.close()


def _strangers() -> set[str]:
    """Processes of users that only the sandbox makes, or of its programs."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            user = os.stat(f"/proc/{pid}").st_uid
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if user >= 500_000 or command.startswith(("sleep\0" + "98", "sleep\0" + "97")):
            found.add(f"{pid} {user} {command}")
    return found


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for part in ("submitted", "solutions", "notebooks", "secret.txt", "nbgrader_config.py")
        for path in [folder / part, *(folder / part).rglob("*")]
        if path.is_file()
    }


def _gradebook(folder: Path) -> dict[str, set[tuple]]:
    """All rows of the gradebook, by table."""
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as database:
        tables = database.execute("select name from sqlite_master where type = 'table'")
        return {name: set(database.execute(f"select * from {name}")) for (name,) in tables}


def _early(folder: Path) -> dict[str, bytes]:
    """The files of whoever was graded before the class came."""
    return {path.name: path.read_bytes() for path in (folder / "autograded" / "early").rglob("*.*")}


class _Class:
    """What became of the class."""


@pytest.fixture(scope="module", params=["some", pytest.param("others", marks=pytest.mark.full)])
def graded(request, tmp_path_factory):
    kinds = {
        name: source
        for name, source in hostile.KINDS.items()
        if (name in hostile.AT_LENGTH) == (request.param == "others")
    }
    toy_course.working_sandbox()
    folder = tmp_path_factory.mktemp("hostile")
    _course(folder)
    listener, told = _Listener(), _Class()

    def hand_in(student, source):
        notebook = toy_course.released(folder)
        answers = {"double": hostile.HONEST, "square": source}
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(name, cell.source)
        toy_course.submit(folder, student, notebook)

    limits = dict(jobs.LIMITS)
    jobs.LIMITS.update(hostile.LIMITS)
    hand_in("early", RIGHT)
    with pytest.MonkeyPatch.context() as patch:  # an honest answer may run anywhere
        toy_course.fake_sandbox(patch)
        assert grade.grade(folder, toy_course.SLUG).complete
    told.gradebook, told.early = _gradebook(folder), _early(folder)
    for student in ("alice", "zoe"):
        hand_in(student, RIGHT)
    for name, source in kinds.items():
        source = source.replace("$COURSE", str(folder)).replace("$PORT", str(listener.port))
        hand_in(f"kind_{name}", source)
    for name, raw in _mischief().items():
        toy_course.submit(folder, f"file_{name}", raw)
    told.kinds = kinds
    told.folder, told.listener, before = folder, listener, _snapshot(folder)
    scratch = tempfile.mkdtemp(prefix="h-", dir="/tmp")  # short: a socket's path is
    # something of the instructor's that no learner's code may see
    settings = {"COURSE_TEST_TOKEN": hostile.SECRET, "TMPDIR": scratch}
    os.environ.update(settings)
    marks = ("mark-of-a-hostile-one", "hole", "large", "small-0", "disk")
    try:
        told.summary = grade.grade(folder, toy_course.SLUG, workers=2, sandbox="bubblewrap")
    finally:
        jobs.LIMITS.update(limits)
        for name in settings:
            del os.environ[name]
        listener.close()
    told.unchanged = _snapshot(folder) == before
    told.left = [str(path) for path in Path(scratch).iterdir() if path.name.startswith("course-")]
    places = ("/", "/tmp", "/dev", "/dev/shm", "/var/tmp", "/run", "/root", "/usr/lib", scratch)
    told.left += [f"{p}/{m}" for p in places for m in marks if os.path.exists(f"{p}/{m}")]
    shutil.rmtree(scratch)
    told.scores = toy_course.scores(folder)
    return told


def test_each_kind_says_what_it_tries():
    assert set(hostile.KINDS) >= hostile.AT_LENGTH
    for name, source in hostile.KINDS.items():
        assert source.startswith("# "), f"{name}: say in the first line what it tries"


def test_everybody_has_a_verdict(graded):
    rows = graded.summary.rows
    assert len(rows) == len(graded.kinds) + len(_mischief()) + 3
    assert graded.summary.complete, {
        name: row.problem for name, row in rows.items() if row.state != "graded"
    }


def test_who_was_graded_before_is_left_as_it_was(graded):
    """No row of the gradebook changes or goes, and only a student's kinds of rows are added."""
    now = _gradebook(graded.folder)
    assert now.keys() == graded.gradebook.keys()
    for table, rows in graded.gradebook.items():
        assert rows <= now[table], table
    grown = {table for table, rows in now.items() if rows != graded.gradebook[table]}
    assert grown == {"student", "submitted_assignment", "submitted_notebook", "grade", "comment"}
    assert graded.early and _early(graded.folder) == graded.early
    assert graded.summary.rows["early"].state == "unchanged"


@pytest.mark.parametrize("student", ["alice", "early", "zoe"])
def test_honest_students_are_not_touched(graded, student):
    assert graded.scores[student] == {name: (2.0, None, False) for name in CHECKS}


def test_no_point_without_an_answer(graded):
    gained = {}
    for name in graded.kinds:
        scores = graded.scores[f"kind_{name}"]
        if any(scores[check][0] for check in UNDESERVED):
            gained[name] = {check: scores[check][0] for check in UNDESERVED}
    assert not gained


def test_what_was_earned_before_stays(graded):
    lost = [n for n in graded.kinds if graded.scores[f"kind_{n}"]["check_double"][0] != 2.0]
    assert not lost


@pytest.mark.parametrize("name", _mischief())
def test_a_broken_file_has_no_points_and_a_reason(graded, name):
    row = graded.summary.rows[f"file_{name}"]
    assert not row.points
    assert row.hopeless or row.repairs


def test_nothing_hidden_is_shown_to_learners(graded):
    for path in (graded.folder / "autograded").rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                continue  # the message of a hidden test is for the learner
            assert hostile.SECRET not in str(cell.get("outputs", "")), path


def test_no_packet_was_sent(graded):
    assert graded.listener.heard == []


def test_no_process_and_no_file_is_left(graded):
    left, end = _strangers(), time.monotonic() + 100
    while left and time.monotonic() < end:  # a test beside this one has sandboxes, too, for a while
        time.sleep(1)
        left &= _strangers()
    assert not left
    assert graded.left == []


def test_nothing_of_the_course_was_changed(graded):
    assert graded.unchanged


def test_what_they_saw(graded):
    """The outputs of those who looked around name nothing of the host's."""
    looked = {
        "looks_around": ("COURSE_TEST_TOKEN", "gradebook", "submitted", "root:x:", "process_api"),
        "uses_the_network": ("CONNECTED",),
        "reads_the_solutions": ("FOUND",),
        "becomes_root": ("MOUNTED", "ALLOWED", "uid=0"),
    }
    for kind in looked.keys() & graded.kinds.keys():
        words = looked[kind]
        path = next((graded.folder / "autograded" / f"kind_{kind}").rglob("*.ipynb"))
        cell = next(
            c
            for c in nbformat.read(path, as_version=4).cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == "square"
        )
        text = str(cell.outputs)
        assert len(text) > 20 or kind == "reads_the_solutions", kind
        for word in words:
            assert word not in text, f"{kind} saw {word}: {text[:2000]}"


@pytest.mark.full
def test_models_that_deceive():
    """Keras and others patched, models and arrays that lie; beside them an honest one."""
    found = toy_course.working_sandbox()
    gained = {}
    with execution.Worker(found) as worker:
        honest = worker.run(jobs.make_job("toy", models.cells(models.RIGHT)))
        assert [c["status"] for c in honest["cells"]] == ["ok"] * 5, honest["cells"]
        for name, source in models.KINDS.items():
            result = worker.run(jobs.make_job("toy", models.cells(models.WRONG + source)))
            if earned := [c["id"] for c in result["cells"][2:] if c["status"] == "ok"]:
                gained[name] = earned
    assert not gained
