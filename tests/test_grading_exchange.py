"""nbgrader's exchange between an instructor and two students, each with a home of their own."""

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.tests import run_nbgrader

from course_utils import cli
from tests import toy_course
from tests.toy_course import FURTHER, SLUG, continued, solved, working_sandbox

pytestmark = pytest.mark.xdist_group("nbgrader")
COURSE = "compression_to_creation"
WRONG = "def triple(x):\n    return 2 * x"


@dataclass
class Person:
    """Someone with a home, whose commands run in a folder of it."""

    home: Path
    folder: Path

    @contextlib.contextmanager
    def at_home(self):
        """What happens meanwhile, happens in this person's folder.

        The whole environment is put back: Dask's processes put back what they found, too late.
        """
        saved = dict(os.environ)
        try:
            with contextlib.chdir(self.folder):
                os.environ["HOME"] = str(self.home)
                for name in saved:
                    if name.startswith(("JUPYTER", "XDG", "COURSE")) and "REQUIRE" not in name:
                        del os.environ[name]
                yield
        finally:
            os.environ.clear()
            os.environ.update(saved)

    def nbgrader(self, *words: str, status: int = 0) -> str:
        """Run one of nbgrader's commands; returns what it said."""
        with self.at_home():
            return run_nbgrader(list(words), retcode=status)

    def grade(self) -> None:
        """Run `course grade` in a sandbox."""
        with self.at_home():
            assert cli.main(["grade", SLUG]) == 0


def _person(base: Path, name: str, folder: str = ".", settings: str = "") -> Person:
    """A person whose own nbgrader settings name the exchange."""
    home = base / name
    (home / ".jupyter").mkdir(parents=True)
    (home / ".jupyter" / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(base / 'exchange')!r}\n{settings}"
    )
    (home / folder).mkdir(exist_ok=True)
    return Person(home, home / folder)


def _student(base: Path, name: str) -> Person:
    # one account plays all parts in this test, so the settings say who it is
    who = f"c.CourseDirectory.course_id = {COURSE!r}\nc.CourseDirectory.student_id = {name!r}\n"
    return _person(base, name, settings=who)


def _write(student: Person, notebook, name: str = SLUG) -> None:
    nbformat.write(notebook, student.folder / SLUG / f"{name}.ipynb")


def _pages(student: Person) -> dict[str, str]:
    """The pages of feedback that a student has fetched: the latest hand-in's."""
    folders = sorted((student.folder / SLUG / "feedback").glob("*"))
    return {path.stem: path.read_text() for path in folders[-1].glob("*.html")} if folders else {}


@dataclass
class Class:
    """What everybody has, and what the commands said."""

    teacher: Person
    alice: Person
    bob: Person
    said: dict[str, str | list[str]]


@pytest.fixture(scope="module")
def term(tmp_path_factory) -> Class:
    """From release to fetched feedback. Alice also does the continuation, Bob deletes it."""
    working_sandbox()
    base = tmp_path_factory.mktemp("hub")
    (base / "exchange").mkdir()
    (base / "exchange").chmod(0o777)
    teacher = _person(base, "teacher", "course")
    alice, bob = (_student(base, name) for name in ("alice", "bob"))
    toy_course.make_course(teacher.folder, deeper=toy_course.DEEPER)
    said = {"release": teacher.nbgrader("release_assignment", SLUG)}
    said["list"] = alice.nbgrader("list")
    for student in (alice, bob):
        student.nbgrader("fetch_assignment", SLUG)
    shutil.copytree(alice.folder / SLUG, alice.home / "as fetched")

    _write(alice, solved(teacher.folder))
    _write(alice, continued(teacher.folder, double="1 / 0"), FURTHER)
    _write(bob, solved(teacher.folder, triple=WRONG))
    (bob.folder / SLUG / f"{FURTHER}.ipynb").unlink()
    said["submit"] = [student.nbgrader("submit", SLUG) for student in (alice, bob)]
    said["inbound"] = teacher.nbgrader("list", "--inbound")
    teacher.nbgrader("collect", SLUG)
    teacher.grade()
    said["early"] = alice.nbgrader("list", "--cached")
    teacher.nbgrader("generate_feedback", SLUG)
    teacher.nbgrader("release_feedback", SLUG)
    said["cached"] = [student.nbgrader("list", "--cached") for student in (alice, bob)]
    for student in (alice, bob):
        student.nbgrader("fetch_feedback", SLUG)
    said["fetched"] = alice.nbgrader("list", "--cached")
    return Class(teacher, alice, bob, said)


def test_students_fetch_both_notebooks_as_they_were_released(term):
    released = term.teacher.folder / "notebooks" / SLUG
    fetched = term.alice.home / "as fetched"
    names = sorted(path.name for path in fetched.iterdir())
    assert names == sorted(f"{name}.ipynb" for name in (SLUG, FURTHER))
    for name in names:
        assert (fetched / name).read_bytes() == (released / name).read_bytes()
    assert f"{COURSE} {SLUG}" in term.said["list"]


def test_what_was_handed_in_is_collected_and_graded(term):
    for student in ("alice", "bob"):
        assert term.said["inbound"].count(f"{COURSE} {student} {SLUG}") == 1
    course = term.teacher.folder
    for student, person in (("alice", term.alice), ("bob", term.bob)):
        for path in (person.folder / SLUG).glob("*.ipynb"):
            collected = course / "submitted" / student / SLUG / path.name
            assert collected.read_bytes() == path.read_bytes()
    points = {
        student: sum(automatic or 0 for automatic, _, _ in cells.values())
        for student, cells in toy_course.scores(course).items()
    }
    assert points == {"alice": 5, "bob": 2}


def test_a_missing_continuation_is_told_and_taken(term):
    whole, without = term.said["submit"]
    assert "missing notebooks" not in whole and f"{FURTHER}.ipynb: MISSING" in without
    assert "Submitted as" in whole and "Submitted as" in without


def test_a_student_sees_that_there_is_feedback_and_that_it_is_fetched(term):
    assert "no feedback available" in term.said["early"]
    for said in term.said["cached"]:
        assert "feedback ready to be fetched" in said
    assert "feedback already fetched" in term.said["fetched"]


def test_students_fetch_their_own_pages(term):
    alice, bob = _pages(term.alice), _pages(term.bob)
    assert set(alice) == {SLUG, FURTHER} and set(bob) == {SLUG}
    assert "5.0 of 6.0 points" in alice[SLUG] and "2.0 of 6.0 points" in bob[SLUG]
    assert "thrice two: got 4" in bob[SLUG] and "thrice two: got" not in alice[SLUG]
    assert "was not run" in alice[FURTHER]


def test_a_second_hand_in_replaces_the_first_and_has_its_own_page(term):
    first = _pages(term.bob)[SLUG]
    _write(term.bob, solved(term.teacher.folder))
    term.bob.nbgrader("submit", SLUG)
    assert "use --update" in term.teacher.nbgrader("collect", SLUG)
    term.teacher.nbgrader("collect", SLUG, "--update")
    term.teacher.grade()
    with Gradebook(f"sqlite:///{term.teacher.folder}/gradebook.db") as gradebook:
        assert gradebook.find_submission(SLUG, "bob").score == 5
    term.teacher.nbgrader("generate_feedback", SLUG)
    term.teacher.nbgrader("release_feedback", SLUG)
    term.bob.nbgrader("fetch_feedback", SLUG)
    assert first != _pages(term.bob)[SLUG] and "5.0 of 6.0 points" in _pages(term.bob)[SLUG]
    assert len(list((term.bob.folder / SLUG / "feedback").iterdir())) == 2


def test_marks_made_before_the_exchange_was_used_are_made_whole(term):
    """Graded without the secret of the exchange, as an older `course grade` did."""
    graded = term.teacher.folder / "autograded" / "alice" / SLUG
    secret = (graded / "submission_secret.txt").read_bytes()
    graded.chmod(0o755)
    (graded / "submission_secret.txt").unlink()
    term.teacher.grade()
    assert (graded / "submission_secret.txt").read_bytes() == secret
