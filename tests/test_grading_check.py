"""``course check``: what a learner sees of the visible checks."""

import json

import pytest

from course_utils import cli
from course_utils.grading.desk import check_notebook
from course_utils.grading.host import reference
from course_utils.grading.intake import jobs, reading

SETUP = "from course_utils import check"
TWICE = "def twice(x):\n    return {}"
CHECK_TWICE = "check.close(twice(2.0), 4.0, 'twice')"
STUB = "# YOUR CODE HERE\nraise NotImplementedError"


def _code(source, grade_id=None, points=None):
    marks = {}
    if grade_id:
        marks = {"grade_id": grade_id, "solution": points is None, "grade": points is not None}
        marks |= {"points": points} if points is not None else {}
    metadata = {"nbgrader": marks} if marks else {}
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": []}


def _notebook(folder, *cells):
    path = folder / "91_toy.ipynb"
    path.write_text(
        json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    )
    return path


def test_given_cells_that_no_exercise_needs_are_left_out(tmp_path, monkeypatch):
    given = [_code("import numpy as np"), _code("figure = twice(3.0)"), _code("mine = 1")]
    known = " ".join(reading.digest(cell["source"]) for cell in given[:2])
    lesson = {"exercises": [{"name": "twice", "points": 2}], "given": known}
    monkeypatch.setattr("course_utils.progress.lessons", lambda: {"91_toy": lesson})
    answer, check = _code(TWICE.format("2 * x"), "twice"), _code(CHECK_TWICE, "check_twice", 2)
    path = _notebook(tmp_path, given[0], answer, check, *given[1:])
    job, _, remarks = check_notebook.job_of(path)
    roles = [(cell["id"], cell["role"]) for cell in job["cells"]]
    assert roles == [
        ("cell-000", "given"), ("twice", "answer"), ("check_twice", "check"), ("cell-004", "own"),
    ]  # fmt: skip
    assert remarks == ["cells that no exercise needs are not run: 1"]


LESSON = {
    "exercises": [{"name": "twice", "points": 2}],
    "given": " ".join(map(reading.digest, (SETUP, "figure = twice(3.0)\nprint(figure)"))),
}


def _whole():
    title = "# @title Check of twice: run this cell\n"
    return [
        _code(SETUP),
        _code(TWICE.format("2 * x"), "twice"),
        _code(title + CHECK_TWICE, "check_twice", 2),
        _code("figure = twice(3.0)\nprint(figure)"),
    ]


def _bare(cells):
    for cell in cells:
        cell["metadata"] = {}


def _crlf(cells):
    for cell in cells:
        cell["source"] = cell["source"].replace("\n", " \r\n") + "\r\n"


def _raw(cells):
    cells[2]["cell_type"] = "raw"


def _raw_and_bare(cells):
    _bare(cells)
    _raw(cells)


def _noted(cells):
    cells.append(_code("a note that should have been Markdown"))


RAW = "check_twice: it is a raw cell; the grader makes it code again"
LOST = "check_twice: its mark is lost; the grader knows it by its text"


@pytest.mark.parametrize("name", ["91_toy.ipynb", "91_toy (1).ipynb", "homework.json"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    "change, told",
    [
        (list, []),  # changes nothing
        (_bare, [LOST]),
        (_crlf, []),
        (_raw, [RAW]),
        (_raw_and_bare, [RAW, LOST]),
        (_noted, []),
    ],
)
def test_what_other_tools_save_is_read_as_the_grader_reads_it(
    tmp_path, monkeypatch, name, mark, change, told
):
    monkeypatch.setattr("course_utils.progress.lessons", lambda: {"91_toy": LESSON})
    cells = _whole()
    change(cells)
    if change in (_bare, _raw_and_bare) and name == "homework.json":
        return  # nothing is left that names the lesson
    content = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    (tmp_path / name).write_bytes(mark + json.dumps(content).encode())
    job, _, remarks = check_notebook.job_of(tmp_path / name)
    roles = {cell["id"]: cell["role"] for cell in job["cells"] if cell["role"] != "own"}
    assert roles == {"cell-000": "given", "twice": "answer", "check_twice": "check"}
    assert next(cell["points"] for cell in job["cells"] if cell["role"] == "check") == 2
    assert remarks == [*told, "cells that no exercise needs are not run: 1"]


def test_a_damaged_notebook_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("course_utils.progress.lessons", lambda: {"91_toy": LESSON})
    path = _notebook(tmp_path, *_whole())
    path.write_bytes(path.read_bytes()[:-80])
    assert "the file is damaged after its first 3 cells" in check_notebook.job_of(path)[2][0]


def test_a_given_cell_that_was_changed_is_the_learners_own(tmp_path, monkeypatch):
    monkeypatch.setattr("course_utils.progress.lessons", lambda: {"91_toy": LESSON})
    cells = _whole()
    cells[3]["source"] += "  # mine"
    job = check_notebook.job_of(_notebook(tmp_path, *cells))[0]
    assert [cell["role"] for cell in job["cells"]] == ["given", "answer", "check", "own"]


def _written(name):
    marks = {"grade_id": name, "solution": True, "grade": True, "points": 1}
    return {"cell_type": "markdown", "source": "so", "metadata": {"nbgrader": marks}}


def test_a_notebook_in_a_real_kernel(tmp_path, capsys):
    path = _notebook(
        tmp_path,
        _code(SETUP),
        _code(TWICE.format("2 * x"), "twice"),
        # nbgrader would give nothing for a line on standard error
        _code(f"import sys\nprint('a warning', file=sys.stderr)\n{CHECK_TWICE}", "check_twice", 2),
        _code(TWICE.replace("twice", "thrice").format("x + 3"), "thrice"),
        _code("check.close(thrice(2.0), 6.0, 'thrice')", "check_thrice", 3),
        _code("def half(x):\n    " + STUB.replace("\n", "\n    "), "half"),
        _code("check.close(half(2.0), 1.0, 'half')", "check_half", 1),
        _code(STUB, "model"),
        _code("model(1)", "check_model", 1),
        _code("0.5", "check_part", 2),
        _code("nowhere"),
        _written("why"),
    )
    assert check_notebook.check(path) == 1
    said = capsys.readouterr().out
    lines = {line.split()[1]: line for line in said.splitlines() if line.startswith("  ")}
    assert "✓ twice" in said and "2 of 2" in lines["twice"]
    assert "0 of 3" in lines["thrice"] and "got 5, expected 6" in lines["thrice"]
    assert "not attempted yet" in lines["half"] and "not attempted yet" in lines["model"]
    assert "0.5 of 2" in lines["part"] and "part of the points" in lines["part"]
    assert "a person marks it" in lines["why"]
    assert "cell-010 fails: NameError: name 'nowhere' is not defined" in said
    assert "2.5 of 9 points by the visible checks" in said


def test_a_check_that_was_copied_from_elsewhere_is_worth_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reference, "run_in_kernel", _pretend)
    monkeypatch.setattr("course_utils.progress.lessons", lambda: {"91_toy": LESSON})
    title = "# @title Check of other: run this cell\n"
    assert check_notebook.check(_notebook(tmp_path, *_whole(), _code(title + "1"))) == 0
    said = capsys.readouterr().out
    assert "0 of 0" in said and "2 of 2 points" in said


def _pretend(job):
    """A kernel in which everything goes well."""
    cells = [
        {"id": c["id"], "status": "ok", "outputs": [], "seconds": 0.0, "value": None}
        for c in job["cells"]
    ]
    return {
        "key": job["key"], "sandbox": "none", "seconds": 0.0, "cells": cells,
    }  # fmt: skip


def test_all_passed_is_status_zero_and_repairs_are_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reference, "run_in_kernel", _pretend)
    lesson = {"exercises": [{"name": "twice", "points": 2}, {"name": "gone", "points": 1}]}
    monkeypatch.setattr("course_utils.progress.lessons", lambda: {"91_toy": lesson})
    answer = _code(TWICE.format("2 * x"), "twice")
    path = _notebook(tmp_path, answer, answer, _code(CHECK_TWICE, "check_twice", 2))
    assert check_notebook.check(path) == 0
    said = capsys.readouterr().out
    assert "two cells have the mark twice" in said
    assert "the check of gone is missing" in said
    assert "2 of 2 points" in said


@pytest.mark.parametrize("status", ["timeout", "died", "not run"])
def test_a_cell_that_ends_badly_is_explained(status):
    told = {"status": status, "outputs": [], "value": 1.0, "seconds": 1.0}
    assert jobs.points_of(told, 2.0) == 0
    assert len(check_notebook._why(told).split()) > 3


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": 3}', '{"cells": [1]}'])
def test_what_is_no_notebook_is_said(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"x\.ipynb is not a notebook|has no checks"):
        check_notebook.check(path)


def test_a_lesson_is_named_by_its_file_its_folder_or_its_name(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks" / "91_toy"
    folder.mkdir(parents=True)
    path = _notebook(folder, _code("1"))
    (folder / "copy.ipynb").write_text("{}")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path / "docs")
    for named in ("91_toy", folder, path, "../notebooks/91_toy"):
        assert check_notebook.notebook_of(named).resolve() == path
    monkeypatch.chdir(folder)
    assert check_notebook.notebook_of(".").resolve() == path


def test_a_notebook_that_is_not_there_is_said(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "notebooks" / "91_toy"
    folder.mkdir(parents=True)
    _notebook(folder, _code("1")).rename(folder / "91_toy.ipynb")
    (tmp_path / "other.ipynb").write_text("{}")
    monkeypatch.chdir(tmp_path)
    for named, words in (
        ("91_tyo", "there is no notebook 91_tyo: did you mean 91_toy?"),
        ("zzz", "there is no notebook zzz: name a notebook or a lesson"),
        ("notebooks/91_toy/91_tyo.ipynb", "did you mean 91_toy?"),
        ("notebooks/91_toy/copy.ipynb", "did you mean 91_toy?"),
        ("notebooks", "there is no notebook notebooks/notebooks.ipynb: name a notebook"),
        (".", f"there is no notebook {tmp_path.name}.ipynb: name a notebook"),
    ):
        assert cli.main(["check", named]) == 1
        assert words in capsys.readouterr().err
