"""Shared settings: the quick budget, no window, a home of its own, the instructor's notebooks."""

import os
import tempfile

import pytest

os.environ["COURSE_QUICK"] = "1"
os.environ["MPLBACKEND"] = "Agg"
os.environ["COURSE_HOME"] = tempfile.mkdtemp(prefix="course-home-")


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
