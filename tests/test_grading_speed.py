"""Commands that only look, or say no, are quick.

Processors differ and machines are busy, so the bound is a multiple of the processor time that
loading nbgrader and matplotlib as they are takes in the same minute.
"""

import fcntl
import os
import resource
import subprocess
import sys

import pytest

from course_utils.grading.desk import grade
from tests import toy_course
from tests.bank import ROOT
from tests.toy_course import SLUG, solved, submit

pytestmark = pytest.mark.xdist_group("toy")
MOST = 1.5  # measured: 1.1 for the report, which draws a picture; .5 to .8 for the others
MOST_UNLOADED = 0.4  # for a command that need not import them
LIBRARIES = "import matplotlib.figure, nbgrader.api"
COURSE = "import sys; from course_utils.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Twenty students; all but the last are graded."""
    folder = toy_course.make_course(tmp_path_factory.mktemp("speed"))
    with pytest.MonkeyPatch.context() as patch:
        toy_course.fake_sandbox(patch)
        for number in range(19):
            answer = f"def double(x):\n    return x * {2 if number % 3 else 3}"
            submit(folder, f"s{number:02d}", solved(folder, double=answer))
        grade.grade(folder, SLUG)
    submit(folder, "late", solved(folder, double="def double(x):\n    return 7"))
    return folder


def _run(folder, *arguments: str, program: str = COURSE):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done, seconds


def _loading(folder) -> float:
    loaded, seconds = _run(folder, program=LIBRARIES)
    assert loaded.returncode == 0, loaded.stderr
    return seconds


@pytest.fixture(scope="module")
def loading(course):
    """Seconds to load the libraries, once for all commands."""
    return _loading(course)


def _compare(folder, loading: float, most: float, *arguments: str):
    """A command beside the loading of the libraries: what it said, and how many times as long."""
    done, seconds = _run(folder, *arguments)
    if seconds / loading > most:  # something else began meanwhile: side by side
        loading = (_loading(folder) + _loading(folder)) / 2
        seconds = _run(folder, *arguments)[1]
    return done, seconds / loading


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["grade", SLUG, "--dry-run"], 0, "1 of 20 to grade"),
        (["grade", "11_tois"], 1, f"did you mean {SLUG}?"),
        (["report", SLUG], 0, f"{SLUG}.html"),
        (["report", "11_tois"], 1, "the gradebook has no lesson '11_tois'"),
        (["report", SLUG, "--csv", "grades.csv"], 0, "19 students with points"),
        (["report", SLUG, "--canvas", "canvas.csv"], 0, "19 students with points"),
        (["report", SLUG, "--moodle", "moodle.csv"], 0, "19 students with points"),
    ],
)
def test_commands_that_look_are_quick(course, loading, arguments, status, words):
    done, ratio = _compare(course, loading, MOST, *arguments)
    assert ratio < MOST, f"course {' '.join(arguments)}"
    assert done.returncode == status, done.stderr
    assert words in done.stdout + done.stderr


def test_a_second_run_is_refused_before_anything_is_imported(course, loading):
    with open(course / ".grading" / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done, ratio = _compare(course, loading, MOST_UNLOADED, "grade", SLUG)
    assert done.returncode == 1
    assert done.stderr == "course: another `course grade` is at work in this course\n"
    assert ratio < MOST_UNLOADED


def test_nbgrader_is_whole_without_jupyters_server(course):
    asked = (
        "import sys; from course_utils.grading.host import light; light.import_nbgrader();"
        "import nbgrader, nbgrader.api;"
        "assert 'jupyter_server' not in sys.modules;"
        "names = [n for n in sys.modules if n.startswith('nbgrader.server_extensions.')];"
        "assert not names, names;"
        "from unittest import mock; from traitlets.config import Config;"
        "app = mock.Mock(config=Config(), web_app=mock.Mock(settings={'base_url': '/'}));"
        "nbgrader.load_validate(app);"
        "assert app.web_app.add_handlers.called;"
        "import nbgrader.server_extensions.formgrader.handlers"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
