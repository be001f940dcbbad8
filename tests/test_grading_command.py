"""``course grade`` on classes with a toy lesson: honest, broken, killed half-way, repeated."""

import os
import shutil
import signal
import sqlite3
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from course_utils import cli, commands
from course_utils.grading.desk import grade, insight, scoring
from course_utils.grading.desk import summary as summaries
from course_utils.grading.host import scheduling
from course_utils.grading.intake.jobs import ResultStore
from tests import toy_course
from tests.toy_course import SLUG, comments, scores, solved, submit

pytestmark = pytest.mark.xdist_group("toy")


def _points(course):
    return {
        student: tuple(cells[name][0] for name in ("check_double", "check_triple", "why"))
        for student, cells in scores(course).items()
    }


def _class(course):
    submit(course, "alice", solved(course))
    submit(course, "bob", solved(course, triple="def triple(x):\n    return 2 * x"))
    submit(course, "carol", toy_course.released(course))
    submit(course, "dave", solved(course, double="def double(x:"))
    return {
        "alice": (2, 3, None),
        "bob": (2, 0, None),
        "carol": (0, 0, 0),
        "dave": (0, 3, None),
    }


def test_a_class_gets_its_points_reasons_and_notebooks(course):
    right = _class(course)
    summary = grade.grade(course, SLUG)
    assert summary.complete and _points(course) == right
    assert {row.state for row in summary.rows.values()} == {"graded"}
    said = {"check_double": [], "check_triple": ["thrice two: got 4, expected 6."]}
    assert summary.rows["bob"].said == said
    assert (summary.rows["bob"].points, summary.rows["bob"].most) == (2, 6)
    assert comments(course, "bob")["triple"] == "thrice two: got 4, expected 6."
    assert "SyntaxError" in comments(course, "dave")["double"]
    assert comments(course, "carol") == dict.fromkeys(("double", "triple", "why"), "No response.")
    waiting = [s for s, cells in scores(course).items() if cells["why"][2]]
    assert waiting == ["alice", "bob", "dave"]
    notebook = nbformat.read(course / "autograded" / "bob" / SLUG / f"{SLUG}.ipynb", 4)
    assert any(
        out.get("ename") == "CheckError" for c in notebook.cells for out in c.get("outputs", [])
    )
    drawn = next(cell for cell in notebook.cells if "picture" in cell.source)
    assert "nothing that is graded needs this cell" in drawn.outputs[0].text
    words = summaries.words(summary)
    assert "4 graded" in words and "thrice two" in words and "sandbox: pretended" in words
    assert not (course / ".grading" / "staged").exists()


def test_the_summary_tells_each_thing_once_and_what_matters_first(course, monkeypatch):
    submit(course, "alice", solved(course))
    submit(course, "bob", solved(course, triple=None))
    submit(course, "carol", toy_course.released(course))
    toy_course.fake_sandbox(monkeypatch)
    words = summaries.words(grade.grade(course, SLUG))
    assert words.startswith(f"{SLUG}\nalice ")
    assert "alice                    5 of 6 points · needs a person: 1 written answer to" in words
    assert "    not attempted: triple\n" in words and "    not attempted: all 2\n" in words
    assert "NotImplementedError" not in words and "2 wait for a person" in words
    words = summaries.words(grade.grade(course, SLUG))
    assert f"unchanged: alice, bob, carol\nfor all remarks: `course report {SLUG}`\n" in words
    words = summaries.words(grade.grade(course, SLUG, students=["alice"], regrade=True))
    assert "1 notebook run, 0 taken" in words and "1 waits for a person" in words


def test_what_a_learner_wrote_does_nothing_to_the_terminal(course):
    odd = "def triple(x):\n    raise ValueError('a red \\x1b[31m herring')"
    submit(course, "eve", solved(course, triple=odd))
    summary = grade.grade(course, SLUG)
    words = summaries.words(summary)
    assert "\x1b" in summary.rows["eve"].said["check_triple"][0]
    assert "herring" in words and "\x1b" not in words


def test_what_a_check_said_has_its_name_where_the_answer_is_missing(course):
    lost = solved(course)
    lost.cells = [c for c in lost.cells if "def triple" not in c.source]
    submit(course, "alice", lost)
    grade.grade(course, SLUG)
    said = comments(course, "alice")
    assert "check_triple: NameError: name 'triple' is not defined" in said["double"]


def _all_bytes(folder):
    return {p: p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def _rows(course):
    """Every row of grades and comments, without the random ids."""
    with sqlite3.connect(course / "gradebook.db") as base:
        query = (
            "select s.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade"
            " from grade g join base_cell c on c.id = g.cell_id"
            " join submitted_notebook n on n.id = g.notebook_id"
            " join submitted_assignment s on s.id = n.assignment_id order by 1, 2"
        )
        return base.execute(query).fetchall()


def test_a_second_run_changes_nothing_and_runs_nothing(course, monkeypatch):
    _class(course)
    grade.grade(course, SLUG)
    before, rows = _all_bytes(course / "autograded"), _rows(course)
    toy_course.fake_sandbox(monkeypatch, run=None)
    summary = grade.grade(course, SLUG)
    assert {row.state for row in summary.rows.values()} == {"unchanged"}
    assert summary.to_run == 0 and summary.stored == 4 and summary.rows["bob"].points == 2
    assert _all_bytes(course / "autograded") == before and _rows(course) == rows


def test_equal_work_runs_once(course):
    for student in ("a", "b", "c"):
        submit(course, student, solved(course, why=f"I am {student}."))
    summary = grade.grade(course, SLUG)
    assert summary.to_run == 1 and set(_points(course).values()) == {(2, 3, None)}


def test_a_new_submission_is_graded_again_and_no_old_point_stays(course):
    right = _class(course)
    grade.grade(course, SLUG)
    submit(course, "alice", b"{broken")
    submit(course, "bob", solved(course))
    summary = grade.grade(course, SLUG)
    assert _points(course) == right | {"alice": (0, 0, 0), "bob": (2, 3, None)}
    assert [s for s, row in summary.rows.items() if row.state == "graded"] == ["alice", "bob"]
    # a changed written answer alone is a new submission, too, and runs nothing
    submit(course, "bob", solved(course, why="Something else."))
    summary = grade.grade(course, SLUG)
    assert (summary.rows["bob"].state, summary.to_run) == ("graded", 0)
    written = nbformat.read(course / "autograded" / "bob" / SLUG / f"{SLUG}.ipynb", 4)
    assert "Something else." in [cell.source for cell in written.cells]


def test_a_persons_points_stay_and_ask_to_be_looked_at(course):
    from nbgrader.api import Gradebook

    submit(course, "alice", solved(course))
    grade.grade(course, SLUG)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        row = gradebook.find_grade("why", SLUG, SLUG, "alice")
        row.manual_score, row.needs_manual_grade = 0.5, False
        gradebook.db.commit()
    assert grade.grade(course, SLUG).rows["alice"].points == 5.5
    assert scores(course)["alice"]["why"] == (None, 0.5, False)
    grade.grade(course, SLUG, regrade=True)
    assert scores(course)["alice"]["why"] == (None, 0.5, True)


def test_regrading_runs_everything_again(course):
    right = _class(course)
    grade.grade(course, SLUG)
    summary = grade.grade(course, SLUG, regrade=True)
    assert (summary.to_run, summary.stored) == (4, 0) and _points(course) == right


def test_whoever_has_been_run_is_scored_while_others_still_run(course, monkeypatch):
    right, seen = _class(course), []

    def slowly(jobs, store, progress, **options):
        for done, job in enumerate(jobs, start=1):
            store.put(job, toy_course.run_here(job))
            progress(done, len(jobs), job["key"])
            seen.append(_points(course))

    toy_course.fake_sandbox(monkeypatch, slowly)
    assert grade.grade(course, SLUG).complete
    assert seen[0] == {"alice": right["alice"]}
    assert [len(points) for points in seen] == [1, 2, 3, 4] and seen[-1] == right


@pytest.mark.parametrize("moment", ["run", "score", "commit", "write"])
def test_killed_at_any_moment_and_started_again(course, monkeypatch, moment):
    """SIGKILL in the middle, twice; then the same command finishes and loses nothing."""
    right = _class(course)
    grade.grade(course, SLUG, students=["bob", "carol"])
    old = {s: p for s, p in _points(course).items() if s in ("bob", "carol")}
    submit(course, "bob", solved(course))  # has old points: they stay until there are new ones
    right["bob"] = (2, 3, None)
    for strike in (1, 2):
        pid = os.fork()
        if pid == 0:
            _die_at(moment, strike, course)
        assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
        now = _points(course)
        assert now["bob"] in (old["bob"], right["bob"]) and now["carol"] == old["carol"]
    summary = grade.grade(course, SLUG)
    assert summary.complete and _points(course) == right
    assert {p.name for p in (course / "autograded").iterdir()} == set(right)
    for student in right:
        path = course / "autograded" / student / SLUG / f"{SLUG}.ipynb"
        assert nbformat.read(path, 4).metadata["course_grading"]["done"]
    assert {row.state for row in grade.grade(course, SLUG).rows.values()} == {"unchanged"}


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("moment", ["run", "score"])
def test_a_killed_regrading_is_finished_by_the_same_command(course, monkeypatch, moment, again):
    """It starts from wrong points, of which none may stay as "unchanged"."""
    right = _class(course)

    def wrong(jobs, store, **options):
        for job in jobs:
            told = toy_course.run_here(job)
            for cell in told["cells"]:
                check = cell["id"].startswith("check_")
                cell |= {"status": "ok", "outputs": [], "value": 1.0 if check else None}
            store.put(job, told)

    toy_course.fake_sandbox(monkeypatch, wrong)
    grade.grade(course, SLUG)
    stale = _points(course)
    assert all(stale[student] != right[student] for student in right)
    toy_course.fake_sandbox(monkeypatch)
    # three cells a student: bob's second; whoever has been run is scored before the next runs
    strike, scored = (3, ("alice", "bob")) if moment == "run" else (5, ("alice",))
    pid = os.fork()
    if pid == 0:
        _die_at(moment, strike, course)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    assert len(list((course / ".grading" / "results").rglob("*.json"))) == 4  # none was dropped
    assert _points(course) == stale | {student: right[student] for student in scored}
    dry = grade.grade(course, SLUG, dry_run=True)
    summary = grade.grade(course, SLUG, regrade=again)
    assert dry.to_run == summary.ran == 2  # the rest alone
    assert _points(course) == right and summary.complete
    states = {student: row.state for student, row in summary.rows.items()}
    assert states == {s: "unchanged" if s in scored else "graded" for s in right}
    assert "had been stopped" in summaries.words(summary)
    assert {row.state for row in grade.grade(course, SLUG).rows.values()} == {"unchanged"}
    assert not list((course / ".grading" / "unfinished").iterdir())
    assert grade.grade(course, SLUG, regrade=True).ran == 4  # a new one, from its start


def _die_at(moment, strike, course):
    """In a child: grade, and die by SIGKILL the ``strike``-th time at a moment."""
    count = [0]

    def now(*args):
        count[0] += 1
        if count[0] == strike:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(owner, name):
        original = getattr(owner, name)

        def dying(*args, **options):
            now()
            return original(*args, **options)

        setattr(owner, name, dying)

    try:
        if moment == "run":
            before(ResultStore, "put")
        elif moment == "score":
            before(scoring.SaveGrades, "_add_score")
        elif moment == "commit":
            before(scoring.SaveGrades, "preprocess")
        else:
            before(scoring.utils, "is_task")
        grade.grade(course, SLUG, regrade=True)
    finally:
        os._exit(0)


def test_what_cannot_be_executed_keeps_its_old_points_and_is_told(course, monkeypatch):
    submit(course, "alice", solved(course))
    submit(course, "bob", solved(course, double="def double(x): return 5"))
    grade.grade(course, SLUG)
    submit(course, "alice", solved(course, double="def double(x): return 2 * x  # new"))

    def failing(jobs, store, **options):
        missing = {job["key"]: "every worker that took it died" for job in jobs}
        raise scheduling.SchedulingError("1 job", missing)

    toy_course.fake_sandbox(monkeypatch, failing)
    summary = grade.grade(course, SLUG)
    assert not summary.complete and summary.rows["bob"].state == "unchanged"
    assert summary.rows["alice"].problem == "every worker that took it died"
    assert "NO VERDICT: every worker" in summaries.words(summary)
    assert _points(course)["alice"] == (2, 3, None)
    assert (course / "autograded" / "alice" / SLUG / f"{SLUG}.ipynb").exists()


def test_a_regrading_that_could_not_run_leaves_the_old_and_says_so(course, monkeypatch):
    submit(course, "alice", solved(course))
    grade.grade(course, SLUG)

    def unreachable(jobs, store, **options):
        raise scheduling.SchedulingError("no Dask scheduler answers at tcp://x:1", {})

    toy_course.fake_sandbox(monkeypatch, unreachable)
    summary = grade.grade(course, SLUG, regrade=True, scheduler="tcp://x:1")
    words = summaries.words(summary)
    assert "NO VERDICT: no Dask scheduler" in words and "sandbox" not in words
    assert "0 notebooks run, 1 not run, 0 taken" in words and not summary.complete
    assert _points(course) == {"alice": (2, 3, None)}
    assert list((course / ".grading" / "results").rglob("*.json"))
    toy_course.fake_sandbox(monkeypatch)
    summary = grade.grade(course, SLUG)  # what was asked for is done as soon as it can be
    assert summary.complete and summary.ran == 1


# ---- files and folders -----------------------------------------------------------------------


def test_broken_submissions_are_graded_or_get_0_with_a_reason(course):
    submit(course, "renamed", solved(course), name=f"{SLUG} (1).ipynb")
    submit(course, "checkpoint", solved(course))
    (course / "submitted" / "checkpoint" / SLUG / ".ipynb_checkpoints").mkdir()
    deep = submit(course, "deeper", solved(course), name="x")
    (deep.parent / "homework").mkdir()
    deep.rename(deep.parent / "homework" / f"{SLUG}.ipynb")
    submit(course, "two", toy_course.released(course))
    submit(course, "two", solved(course), name="my solution.ipynb")
    stamp = submit(course, "stamp", solved(course)).with_name("timestamp.txt")
    stamp.write_bytes(b"\xff yesterday")
    forged = solved(course, double="def double(x): return 0")
    forged.metadata["course_grading"] = {"done": True, "hopeless": None, "key": "x"}
    submit(course, "forged note", forged)
    submit(course, "nothing", b"", name="essay.docx")
    submit(course, "json", b'{"cells": 3}')
    target = submit(course, "link", b"", name="x")
    os.symlink(course / "solutions" / SLUG / f"{SLUG}.ipynb", target.parent / f"{SLUG}.ipynb")
    (course / "submitted" / "linked folder").mkdir()
    os.symlink(course / "solutions" / SLUG, course / "submitted" / "linked folder" / SLUG)
    os.mkfifo(submit(course, "pipe", b"", name="x").parent / f"{SLUG}.ipynb")
    submit(course, "näme, ({odd}) + 'x'", solved(course))
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)")])
    submit(course, "other lesson", other)
    summary = grade.grade(course, SLUG)
    points = _points(course)
    assert summary.complete and len(points) == 13
    good = {"renamed", "checkpoint", "deeper", "two", "stamp", "näme, ({odd}) + 'x'"}
    assert {s for s, p in points.items() if p == (2, 3, None)} == good
    assert {s for s, p in points.items() if p == (0, 0, 0)} == set(points) - good - {"forged note"}
    assert points["forged note"] == (0, 3, None)
    said = {s: " ".join(filter(None, comments(course, s).values())) for s in points}
    assert "the file's name was" in said["renamed"] and "the file's name was" in said["two"]
    assert "time stamp" in said["stamp"] and "no notebook" in said["nothing"]
    assert "it is a link" in said["link"] and "not an ordinary file" in said["pipe"]
    assert "the folder is a link" in said["linked folder"]
    assert "none of this lesson's exercises" in said["other lesson"]
    assert "no sense" in summaries.words(summary)
    assert {row.state for row in grade.grade(course, SLUG).rows.values()} == {"unchanged"}


def test_a_name_that_nbgrader_cannot_take_is_told(course):
    submit(course, "a[b]", solved(course))
    submit(course, "alice", solved(course))
    summary = grade.grade(course, SLUG)
    assert not summary.complete and "cannot take a name" in summary.rows["a[b]"].problem
    assert _points(course) == {"alice": (2, 3, None)}


def test_nothing_but_the_notebook_is_taken_from_a_submission(course):
    target = submit(course, "alice", solved(course)).parent
    (target / "numpy.py").write_text("raise SystemExit")
    os.symlink("/etc/passwd", target / "data.txt")
    grade.grade(course, SLUG)
    graded = course / "autograded" / "alice" / SLUG
    assert sorted(p.name for p in graded.iterdir()) == [f"{SLUG}.ipynb", "timestamp.txt"]


def test_a_message_cannot_put_tags_into_the_feedback(course):
    attack = "def double(x):\n    raise ValueError('<script>alert(1)</script>')"
    submit(course, "eve", solved(course, double=attack))
    grade.grade(course, SLUG, feedback=True)
    page = (course / "feedback" / "eve" / SLUG / f"{SLUG}.html").read_text()
    assert "<script>alert(1)" not in page
    assert "hidden tests ran here" in page.lower() and "twice -1.5" not in page


# ---- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"{half", b"[]", b'{"students": ["alice"]}'])
def test_a_damaged_note_of_a_regrading_is_named_and_nothing_is_run(course, monkeypatch, content):
    toy_course.fake_sandbox(monkeypatch, run=None)
    submit(course, "alice", solved(course))
    note = course / ".grading" / "unfinished" / f"{SLUG}.json"
    note.parent.mkdir(parents=True)
    note.write_bytes(content)
    with pytest.raises(grade.GradeError, match=f"{SLUG}.json is damaged: delete it"):
        grade.grade(course, SLUG)
    assert note.read_bytes() == content and not (course / "autograded").exists()


def test_the_sandbox_warms_up_while_the_notebooks_are_read(course, monkeypatch):
    steps = []

    class Recorder:
        def __init__(self, sandbox, make):
            self.warm_up, self.end = lambda: steps.append("warm up"), lambda: steps.append("end")

    def run(jobs, store, progress=None, warmed=None, **options):
        steps.append("run" if isinstance(warmed, Recorder) else "no worker")
        toy_course.fake_run_jobs(jobs, store, progress)

    monkeypatch.setattr(grade, "Warmed", Recorder)
    toy_course.fake_sandbox(monkeypatch, run)
    submit(course, "alice", solved(course))
    grade.grade(course, SLUG, dry_run=True)
    with pytest.raises(grade.GradeError, match="did you mean"):
        grade.grade(course, "11_tois")
    assert steps == [], "nothing is started for what only looks"
    grade.grade(course, SLUG, progress=lambda step, done, total: steps.append(step))
    assert [step for step in dict.fromkeys(steps) if step != "scoring"] == [
        "warm up", f"reading {SLUG}", "running", "run", "end"
    ]  # fmt: skip
    steps.clear()
    grade.grade(course, SLUG, regrade=True, scheduler="tcp://elsewhere:8786")
    assert steps == ["no worker"]


def test_a_dry_run_writes_nothing(course, monkeypatch):
    _class(course)
    submit(course, "eve", b"{broken")
    submit(course, "fay", solved(course), name="homework.ipynb")
    toy_course.fake_sandbox(monkeypatch, run=None)
    before = _all_bytes(course / "submitted") | {"db": (course / "gradebook.db").read_bytes()}
    summary = grade.grade(course, SLUG, dry_run=True)
    assert before == _all_bytes(course / "submitted") | {
        "db": (course / "gradebook.db").read_bytes()
    }
    assert summary.to_run == 4 and not (course / "autograded").exists()
    words = summaries.words(summary)
    assert "6 of 6 to grade" in words and "the file's name was 'homework.ipynb'" in words
    assert "it is no JSON" in words


def test_one_run_at_a_time(course):
    _class(course)
    with grade._alone(course), pytest.raises(grade.GradeError, match="another"):
        grade.grade(course, SLUG)
    assert grade.grade(course, SLUG).complete


def test_what_cannot_be_graded_is_said(course, tmp_path):
    with pytest.raises(grade.GradeError, match="nothing was handed in"):
        grade.grade(course, SLUG)
    submit(course, "alice", solved(course))
    (course / "solutions" / "12_ready").mkdir()
    with pytest.raises(grade.GradeError, match="release it first.* generate_assignment 12_ready"):
        grade.grade(course, "12_ready")
    with pytest.raises(grade.GradeError, match=r"no lesson '11_tyo': did you mean 11_toy\?"):
        grade.grade(course, "11_tyo")
    with pytest.raises(grade.GradeError, match=r"no lesson '12_redy': did you mean 12_ready\?"):
        grade.grade(course, "12_redy")
    with pytest.raises(grade.GradeError, match="no lesson 'zzz'; there are: 11_toy, 12_ready$"):
        grade.grade(course, "zzz")
    with pytest.raises(grade.GradeError, match=r"handed in by zoe; it was handed in by: alice$"):
        grade.grade(course, SLUG, students=["alice", "zoe"])
    with pytest.raises(grade.GradeError, match=r"by alise: did you mean alice\?$"):
        grade.grade(course, SLUG, students=["alise"])
    with pytest.raises(grade.GradeError, match="by alice,bob.* names are separated by spaces$"):
        grade.grade(course, SLUG, students=["alice,bob"])
    with pytest.raises(grade.GradeError, match="at least one worker"):
        grade.grade(course, SLUG, workers=0)
    with pytest.raises(FileNotFoundError, match="nbgrader_config"):
        grade.grade(tmp_path, SLUG)


def test_grading_without_a_sandbox_is_marked_and_done_again_with_one(course, monkeypatch):
    def bare(jobs, store, **options):
        for job in jobs:
            store.put(job, toy_course.run_here(job) | {"sandbox": "none"})

    submit(course, "alice", solved(course))
    toy_course.fake_sandbox(monkeypatch, bare)
    grade.grade(course, SLUG, sandbox="none")
    assert comments(course, "alice")["double"] == "Executed without a sandbox."
    assert grade.grade(course, SLUG, sandbox="none").to_run == 0
    toy_course.fake_sandbox(monkeypatch)
    assert grade.grade(course, SLUG).to_run == 1
    assert comments(course, "alice")["double"] is None


def test_the_command_says_what_it_did(course, monkeypatch, capsys):
    _class(course)
    monkeypatch.chdir(course)
    assert cli.main(["grade", SLUG, "--students", "alice", "bob"]) == 0
    assert "2 graded" in capsys.readouterr().out
    assert cli.main(["grade", SLUG, "--students", "bob", "--dry-run"]) == 0
    assert "0 of 1 to grade" in capsys.readouterr().out
    assert cli.main(["grade", SLUG, "--dry-run"]) == 0
    assert "2 of 4 to grade" in capsys.readouterr().out
    assert cli.main(["grade", "99_none"]) == 1
    assert "there is no lesson '99_none'" in capsys.readouterr().err


def test_an_unknown_option_gets_the_usage_of_its_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["grade", SLUG, "--wrokers", "3"])
    said = capsys.readouterr().err
    assert stop.value.code == 2 and said.startswith("usage: course grade ")
    assert "unrecognized arguments: --wrokers 3" in said


@pytest.mark.parametrize("layout", ["csv", "canvas", "moodle"])
def test_an_export_makes_no_folder(course, monkeypatch, capsys, layout):
    _class(course)
    grade.grade(course, SLUG)
    monkeypatch.chdir(course)
    there, nowhere = course / "a.csv", course / "marsk" / "a.csv"
    for path, words in ((nowhere, "there is no folder"), (course, "is a folder: name a file")):
        options = ["--csv", str(there), f"--{layout}", str(path)]
        assert cli.main(["report", SLUG, *options]) == 1
        assert words in capsys.readouterr().err
    assert not nowhere.parent.exists() and not there.exists()
    assert cli.main(["report", SLUG, f"--{layout}", "a.csv"]) == 0 and there.exists()


def test_several_lessons_have_a_heading_each():
    rows = {"ada": summaries.Row("graded", points=1, most=2)}
    words = summaries.words(summaries.Summary("12_pca", rows))
    assert words.splitlines()[0] == "12_pca" and words.splitlines()[1].startswith("ada ")


@pytest.mark.parametrize(
    ("late", "penalty", "words"),
    [
        (3 * 3600, 3.0, "late by 3 h: 3 points off"),
        (5400, 1.0, "late by 1 h 30 min: 1 point off"),
        (40, 0.0, "late by 1 min"),
        (600, 0.5, "late by 10 min: 0.5 points off"),
        (36 * 3600, 2.0, "late by 1 d 12 h: 2 points off"),
        (3 * 86400, 2.0, "late by 3 d: 2 points off"),
    ],
)
def test_the_summary_says_how_late(late, penalty, words):
    row = summaries.Row("graded", points=1, most=6, late=late, penalty=penalty)
    assert f"    {words}\n" in summaries.words(summaries.Summary(SLUG, {"ada": row}))


@pytest.fixture
def hearing():
    """Hear Ctrl-C again after a test of it."""
    before = signal.getsignal(signal.SIGINT)
    yield before
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_while_nbgrader_scores_stops_the_run(course, monkeypatch, capfd, hearing):
    """nbgrader would take it for one student's failure, and go on with the next."""
    _class(course)
    monkeypatch.chdir(course)
    with pytest.MonkeyPatch.context() as patch:
        preprocess = scoring.SaveGrades.preprocess

        def interrupted(self, nb, resources):
            os.kill(os.getpid(), signal.SIGINT)
            return preprocess(self, nb, resources)

        patch.setattr(scoring.SaveGrades, "preprocess", interrupted)
        assert cli.main(["grade", SLUG]) == 130
    said = capfd.readouterr().err
    assert "stopping ..." in said and "stopped; nothing is lost" in said
    assert _points(course) in ({}, {"alice": (None, None, None)})  # nobody after the first
    assert grade.grade(course, SLUG).complete and len(_points(course)) == 4


def test_only_the_first_interrupt_is_heard(capfd, hearing):
    with commands.one_interrupt():
        assert signal.getsignal(signal.SIGINT) is not hearing
    assert signal.getsignal(signal.SIGINT) is hearing, "nothing happened"
    with pytest.raises(KeyboardInterrupt), commands.one_interrupt():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            pytest.fail("it was not heard")
        finally:
            os.kill(os.getpid(), signal.SIGINT)  # in the middle of tidying up
            os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)  # Python's own end takes a moment, too
    assert capfd.readouterr().err.count("stopping ...") == 1


def test_a_missing_extra_is_named(monkeypatch, capsys):
    def bare(args):
        raise ModuleNotFoundError("No module named 'nbgrader'", name="nbgrader")

    monkeypatch.setattr("course_utils.commands.grade", bare)
    assert cli.main(["grade", SLUG]) == 1
    said = capsys.readouterr().err
    assert "needs nbgrader" in said and "course_utils[grading" in said


# ---- beside stock nbgrader -------------------------------------------------------------------


def _set(course, due: str, *lines: str) -> None:
    """A due date, and lines for the configuration."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate=due)
    with open(course / "nbgrader_config.py", "a") as file:
        file.write("\n".join(("", *lines, "")))


def _fines(course) -> dict[str, float | None]:
    """Penalties for late submission, by student."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        rows = gradebook.assignment_submissions(SLUG)
        return {r.student.id: r.notebooks[0].late_submission_penalty for r in rows}


def test_an_honest_class_has_the_rows_that_stock_nbgrader_gives(course, tmp_path, monkeypatch):
    """The contract: equal grades, row for row, from stock autograding and from ours."""
    from course_utils.grading.host import execution

    _class(course)
    extra = nbformat.v4.new_code_cell("print(double(3))\ndouble(3)")
    more = solved(course)
    more.cells.append(extra)
    submit(course, "alice", more)
    (course / "submitted" / "bob" / SLUG / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    (course / "submitted" / "dave" / SLUG / "timestamp.txt").unlink()
    (course / "solutions" / SLUG / "tables").mkdir()
    (course / "solutions" / SLUG / "tables" / "numbers.csv").write_text("1,2\n")
    _set(course, "2026-11-20 11:00:00", 'c.LateSubmissionPlugin.penalty_method = "zero"')
    stock = shutil.copytree(course, tmp_path / "stock")
    whole = shutil.copytree(course, tmp_path / "whole")
    lines = (stock / "nbgrader_config.py").read_text().replace("c.Autograde.", "c.Nobody.")
    (stock / "nbgrader_config.py").write_text(lines)
    theirs = toy_course.api(stock)
    for student in sorted(p.name for p in (stock / "submitted").iterdir()):
        told = theirs.autograde(SLUG, student)
        assert told["success"], told
    monkeypatch.undo()
    with execution.Worker(toy_course.working_sandbox(), warm=False) as worker:
        monkeypatch.setattr(scoring, "kept_worker", lambda kind: worker)
        ours = toy_course.api(course)
        for student in sorted(p.name for p in (course / "submitted").iterdir()):
            told = ours.autograde(SLUG, student)  # as behind formgrader's button
            assert told["success"], told
    toy_course.fake_sandbox(monkeypatch)
    assert grade.grade(whole, SLUG).complete
    assert _rows(course) == _rows(whole) == _rows(stock)
    assert _rows(stock)[0][:4] == ("alice", "check_double", 2.0, None)
    assert _fines(course) == _fines(whole) == _fines(stock)
    assert _fines(stock) == {"alice": 5, "bob": None, "carol": 0, "dave": None}
    files = [
        sorted(str(p.relative_to(one)) for p in (one / "autograded").rglob("*") if p.is_file())
        for one in (course, whole, stock)
    ]
    assert files[0] == files[1] == files[2]
    assert f"autograded/carol/{SLUG}/tables/numbers.csv" in files[0]


def test_a_fine_goes_with_its_cause(course):
    """Whoever was late by an older due date, and is not any more, pays nothing."""
    _class(course)
    _set(course, "2026-11-20 11:00:00", 'c.LateSubmissionPlugin.penalty_method = "zero"')
    grade.grade(course, SLUG)
    assert _fines(course)["alice"] == 5
    _set(course, "2026-11-20 13:00:00")
    grade.grade(course, SLUG, regrade=True)
    assert set(_fines(course).values()) == {None}


def test_a_due_date_that_is_set_after_grading_counts_at_the_next_run(course):
    submit(course, "late", solved(course))
    early = submit(course, "early", solved(course)).with_name("timestamp.txt")
    early.write_text("2026-11-20 08:00:00 UTC")
    summary = grade.grade(course, SLUG)
    assert (summary.rows["late"].late, summary.rows["late"].points) == (0, 5)
    _set(course, "2026-11-20 09:00:00", 'c.LateSubmissionPlugin.penalty_method = "zero"')
    summary = grade.grade(course, SLUG)
    assert {s: row.state for s, row in summary.rows.items()} == {
        "late": "graded", "early": "unchanged",
    }  # fmt: skip
    assert summary.to_run == 0 and _fines(course) == {"late": 5, "early": None}
    row = summary.rows["late"]
    assert (row.late, row.penalty, row.points) == (3 * 3600, 5, 0)
    words = summaries.words(summary)
    assert "late                     0 of 6 points" in words
    assert "    late by 3 h: 5 points off\n" in words
    scores_there = {row.student: row.score for row in insight.gather(course, SLUG).rows}
    assert scores_there == {s: row.points for s, row in summary.rows.items()}
    before, rows = _all_bytes(course / "autograded"), _rows(course)
    summary = grade.grade(course, SLUG)
    assert {row.state for row in summary.rows.values()} == {"unchanged"}
    assert summary.rows["late"].penalty == 5 and _fines(course) == {"late": 5, "early": None}
    assert _all_bytes(course / "autograded") == before and _rows(course) == rows


def test_an_answer_that_fails_after_its_function_keeps_its_points_and_is_told(course):
    failing = "def double(x):\n    return 2 * x\nprint(double(nothing))"
    submit(course, "alice", solved(course, double=failing))
    summary = grade.grade(course, SLUG)
    assert _points(course)["alice"] == (2, 3, None)
    why = "In the answer's cell: NameError: name 'nothing' is not defined"
    so = "What the cell had defined before that was graded."
    assert comments(course, "alice")["double"] == f"{why}\n\n{so}"
    assert f"    check_double: {why} {so}\n" in summaries.words(summary)


@pytest.mark.parametrize("name", ["<ipython-input-3-0a1b2c>", "2417081955.py"])
def test_nobody_reads_a_file_name_that_was_invented(course, monkeypatch, name):
    def in_a_kernel(jobs, store, **options):
        for job in jobs:
            told = toy_course.run_here(job)
            for out in (out for cell in told["cells"] for out in cell["outputs"]):
                if out.get("ename") == "SyntaxError":
                    out["evalue"] = out["evalue"].replace("(cell,", f"({name},")
                    assert name in out["evalue"]
            store.put(job, told)

    toy_course.fake_sandbox(monkeypatch, in_a_kernel)
    submit(course, "dave", solved(course, double="def double(x:"))
    summary = grade.grade(course, SLUG)
    said = comments(course, "dave")["double"]
    for text in (said, summaries.words(summary), summary.rows["dave"].said["check_double"][0]):
        assert "In the answer's cell: SyntaxError: " in text and " (line 1)" in text
        assert name not in text
