"""A class graded with stock nbgrader commands, from release to exported grades."""

import csv
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from course_utils.authoring import build, frame, sources
from tests import toy_course
from tests.bank import ROOT
from tests.toy_course import working_sandbox

pytestmark = pytest.mark.xdist_group("nbgrader")
SLUG = "12_pca"
BIN = os.path.dirname(sys.executable)


def _nbgrader(folder, *words, package=None) -> str:
    """Run a stock command in the course's folder; returns what it logged.

    Args:
        folder: the course's.
        words: of the command.
        package: a folder with another ``course_utils``.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
    env |= {"PATH": f"{BIN}{os.pathsep}{env['PATH']}", "COURSE_HOME": str(folder / "home")}
    if package:
        env["PYTHONPATH"] = str(package)
    done = subprocess.run(
        ["nbgrader", *words], cwd=folder, env=env, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _submit(folder, student, change):
    """Hand in the instructor's cells, after ``change(grade_id, source) -> source``."""
    full = nbformat.read(folder / "solutions" / SLUG / f"{SLUG}.ipynb", as_version=4)
    released = nbformat.read(folder / "notebooks" / SLUG / f"{SLUG}.ipynb", as_version=4)
    answers = {
        c.metadata.nbgrader.grade_id: c.source
        for c in full.cells
        if c.metadata.get("nbgrader", {}).get("solution")
    }
    for cell in released.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = change(grade_id, answers[grade_id], cell.source)
    target = folder / "submitted" / student / SLUG
    target.mkdir(parents=True)
    nbformat.write(released, target / f"{SLUG}.ipynb")
    (target / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three students, graded: all right; half right; a syntax error in one cell."""
    working_sandbox()
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(
        ROOT / "solutions" / SLUG,
        folder / "solutions" / SLUG,
        ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
    )
    shutil.copy(ROOT / "solutions" / f"{frame.START}.py", folder / "solutions")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    _nbgrader(folder, "generate_assignment", SLUG)

    def right(grade_id, answer, stub):
        return answer

    def half(grade_id, answer, stub):
        wrong = ("error_from_variances", "build_linear_autoencoder", "principal_angles")
        return stub if grade_id in wrong else answer

    def broken(grade_id, answer, stub):
        return "def principal_angles(a, b:" if grade_id == "principal_angles" else answer

    for student, change in (("alice", right), ("bob", half), ("carol", broken)):
        _submit(folder, student, change)
    _nbgrader(folder, "autograde", SLUG)
    _nbgrader(folder, "generate_feedback", SLUG)
    _nbgrader(folder, "export", "--to", "grades.csv")
    return folder


def _files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nbgrader_releases_the_same_bytes_as_our_build(graded):
    assert _files(graded / "notebooks" / SLUG) == _files(ROOT / "notebooks" / SLUG)


def test_everyone_gets_the_points_that_the_work_deserves(graded):
    lesson = sources.read_lesson(ROOT / "solutions" / SLUG / f"{SLUG}.py")
    points = {row["name"]: row["points"] for row in lesson.graded("check")}
    with open(graded / "grades.csv") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    total = sum(points.values())
    missed = ("error_from_variances", "build_linear_autoencoder", "principal_angles")
    assert scores == {
        "alice": total,
        "bob": total - sum(points[name] for name in missed),
        "carol": total - points["principal_angles"],
    }


def test_written_answers_wait_for_a_person(graded):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{graded}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(SLUG, "alice")
        waiting = [g.name for n in submission.notebooks for g in n.grades if g.needs_manual_grade]
    assert waiting == ["why_it_levels_off"]


def test_feedback_shows_the_message_of_a_failed_check(graded):
    page = (graded / "feedback" / "carol" / SLUG / f"{SLUG}.html").read_text()
    assert "SyntaxError" in page
    assert (graded / "feedback" / "alice" / SLUG / f"{SLUG}.html").stat().st_size > 10_000


def test_an_untouched_notebook_fails_validation_with_its_stubs_named(graded):
    said = _nbgrader(graded, "validate", str(graded / "notebooks" / SLUG / f"{SLUG}.ipynb"))
    assert "VALIDATION FAILED" in said
    assert "`fit_pca` is not written yet: replace `raise NotImplementedError`." in said


# ---- the light form: checks in a module, and a continuation ----------------------------------


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """A toy of that form, from our build through all commands, with a class of four."""
    working_sandbox()
    folder, package = tmp_path_factory.mktemp("light"), tmp_path_factory.mktemp("package")
    with pytest.MonkeyPatch.context() as patch:
        toy_course.add_checks(patch, package, toy=toy_course.CHECKS)
    toy, deeper = toy_course.SLUG, toy_course.FURTHER
    (folder / "solutions" / toy).mkdir(parents=True)
    (folder / "course_utils").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copy(ROOT / "solutions" / f"{frame.START}.py", folder / "solutions")
    (folder / "solutions" / toy / f"{toy}.py").write_text(toy_course.LIGHT)
    (folder / "solutions" / toy / f"{deeper}.py").write_text(toy_course.DEEPER)
    build.build(folder)
    built = _files(folder / "notebooks" / toy)

    def run(*words):
        return _nbgrader(folder, *words, package=package)

    run("generate_assignment", toy)
    released, solved = _files(folder / "notebooks" / toy), toy_course.solved(folder)
    half = toy_course.solved(folder, triple="def triple(x):\n    return 2 * x")
    trick = "toy.check_triple = toy.check_double = lambda *a: None\n"
    trick = toy_course.solved(folder, triple=f"{trick}def triple(x):\n    return 2 * x")
    endless = toy_course.continued(folder, "1 / 0", double="while True:\n    pass")
    for student, core, beside in (
        ("alice", solved, None),
        ("bob", half, endless),
        ("carol", None, toy_course.continued(folder)),
        ("eve", trick, toy_course.continued(folder)),
    ):
        if core:
            toy_course.submit(folder, student, core)
        if beside:
            toy_course.submit(folder, student, beside, f"{deeper}.ipynb")
    said = {"autograde": run("autograde", toy)}
    run("generate_feedback", toy)
    run("export", "--to", "grades.csv")
    for name in (toy, deeper):
        said[name] = run("validate", str(folder / "notebooks" / toy / f"{name}.ipynb"))
    said["solved"] = run("validate", str(folder / "submitted" / "alice" / toy / f"{toy}.ipynb"))
    return folder, built, released, said


def test_both_notebooks_are_released_as_they_are_built(light):
    _, built, released, _ = light
    names = [f"{name}.ipynb" for name in (toy_course.SLUG, toy_course.FURTHER)]
    assert sorted(built) == sorted(names) and released == built


def test_checks_of_a_module_give_the_points_and_continuations_none(light):
    folder, _, _, said = light
    with open(folder / "grades.csv") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"alice": 5, "bob": 2, "carol": 0, "eve": 2}
    waiting = {s for s, cells in toy_course.scores(folder).items() if cells["check_triple"][2]}
    assert waiting == set()
    assert "carol: the graded notebook 11_toy.ipynb is missing" in said["autograde"]
    told = toy_course.comments(folder, "bob")["triple"]
    assert told == "thrice 2: got 4, expected 6."
    for path in (folder / "autograded").rglob(f"{toy_course.FURTHER}.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert not any(cell.get("outputs") for cell in notebook.cells)


def test_pages_are_made_of_both_and_validation_knows_what_is_graded(light):
    folder, _, _, said = light
    pages = sorted(p.name for p in (folder / "feedback" / "bob").rglob("*.html"))
    assert pages == [f"{toy_course.SLUG}.html", f"{toy_course.FURTHER}.html"]
    assert "VALIDATION FAILED" in said[toy_course.SLUG]
    assert "Success!" in said[toy_course.FURTHER]  # nbgrader looks at graded cells alone
    assert "Success!" in said["solved"]
