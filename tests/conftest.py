"""Shared settings: the quick budget, no window, a home of its own, the instructor's notebooks."""

import atexit
import os
import shutil
import tempfile

import pytest

os.environ["COURSE_QUICK"] = "1"
os.environ["MPLBACKEND"] = "Agg"
os.environ["COURSE_HOME"] = tempfile.mkdtemp(prefix="course-home-")
atexit.register(shutil.rmtree, os.environ["COURSE_HOME"], ignore_errors=True)
if "PYTEST_XDIST_WORKER" in os.environ:
    # tests side by side share the cores: threads of one process only stand in the others' way
    for library in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM", "OPENBLAS_NUM"):
        os.environ.setdefault(f"{library}_THREADS", "1")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A toy course, released."""
    from tests import toy_course

    return toy_course.make_course(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def course(template, tmp_path, monkeypatch):
    """A course of one's own, graded without sandbox: these submissions are harmless."""
    from tests import toy_course

    toy_course.fake_sandbox(monkeypatch)
    return shutil.copytree(template, tmp_path / "course")


def pytest_configure(config):
    """Write the instructor's notebooks once, before tests run side by side."""
    from course_utils.authoring import build
    from tests.bank import ROOT

    if not hasattr(config, "workerinput"):
        try:
            build.build(ROOT, only_private=True)
        except build.SourceError as error:
            pytest.exit(str(error), returncode=1)


def pytest_terminal_summary(terminalreporter):
    """Print the tables that tests recorded, wherever they ran."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", []):
                if name == "table" and report.when == "call":
                    terminalreporter.write_line(f"\n{value}")
