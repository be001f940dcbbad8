"""Sanitising: honest notebooks stay as they are, all others become gradable or are given up."""

import copy
import json
import random
import time

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import (
    ClearOutput,
    DeduplicateIds,
    OverwriteCells,
    OverwriteKernelspec,
)

from course_utils.grading.intake import jobs
from course_utils.grading.intake.released import read_released
from course_utils.grading.intake.sanitise import job_of, sanitise
from tests import toy_course
from tests.toy_course import SLUG

pytestmark = pytest.mark.xdist_group("toy")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return toy_course.make_course(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def released(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        path = course / "notebooks" / SLUG / f"{SLUG}.ipynb"
        return read_released(gradebook, SLUG, SLUG, path)


@pytest.fixture
def honest(course):
    return toy_course.solved(course)


def _raw(notebook) -> bytes:
    return json.dumps(notebook).encode()


def _cell(notebook, name):
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def _names(notebook):
    return [c.metadata["nbgrader"]["grade_id"] for c in notebook.cells if "nbgrader" in c.metadata]


ORDER = ["double", "check_double", "triple", "check_triple", "why"]


def _must_be_gradable(clean, released):
    """What every sanitised notebook must be, whatever it was made of."""
    nbformat.validate(clean.notebook)
    MetadataValidator().validate_nb(clean.notebook)
    names = _names(clean.notebook)
    assert len(names) == len(set(names)) and set(names) <= set(released.cells)
    for name, source in released.cells.items():
        if source.marks["grade"]:
            assert name in names
        if source.locked:
            assert _cell(clean.notebook, name).source == source.source
        if name in names:
            marks = _cell(clean.notebook, name).metadata.nbgrader
            assert marks == source.marks
        if source.check and source.name.removeprefix("check_") in names:
            assert names.index(name) > names.index(released.answer_of(name))
    nbformat.writes(clean.notebook).encode()
    job = job_of(clean.notebook, released)
    assert len({cell["id"] for cell in job["cells"]}) == len(job["cells"]) <= jobs.MAX_CELLS
    assert all(len(cell["source"]) <= jobs.MAX_SOURCE for cell in job["cells"])
    roles = {cell["id"]: cell["role"] for cell in job["cells"]}
    assert roles["check_double"] == roles["check_triple"] == "check"


def _stock(notebook, course):
    """What nbgrader's own sanitising makes of a notebook."""
    resources = {
        "nbgrader": {
            "notebook": SLUG,
            "assignment": SLUG,
            "db_url": f"sqlite:///{course}/gradebook.db",
        }
    }
    notebook = copy.deepcopy(notebook)
    for step in (ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells):
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    answer=st.text(max_size=200),
    written=st.text(max_size=200),
    further=st.lists(st.tuples(st.booleans(), st.text(max_size=80)), max_size=4),
    seed=st.integers(0, 1000),
)
def test_an_honest_notebook_is_as_nbgrader_would_have_it(
    course, released, answer, written, further, seed
):
    """Any text in answers, any cells of one's own: sources and metadata stay to the byte."""
    notebook = toy_course.solved(course, double=answer, why=written)
    pick = random.Random(seed)
    for code, text in further:
        make = nbformat.v4.new_code_cell if code else nbformat.v4.new_markdown_cell
        notebook.cells.insert(pick.randrange(len(notebook.cells) + 1), make(text))
    clean = sanitise(_raw(notebook), released)
    assert clean.hopeless is None and clean.repairs == []
    stock = _stock(nbformat.reads(json.dumps(notebook), 4), course)
    assert len(clean.notebook.cells) == len(stock.cells)
    for ours, theirs in zip(clean.notebook.cells, stock.cells, strict=True):
        # the ends of lines alone become what Python takes all of them for
        kept = theirs.source.replace("\r\n", "\n").replace("\r", "\n")
        assert ours.source == kept and ours.cell_type == theirs.cell_type
        assert json.dumps(ours.metadata, sort_keys=True) == json.dumps(
            theirs.metadata, sort_keys=True
        )
        assert ours.id == theirs.id
    _must_be_gradable(clean, released)


def test_roles_and_order_in_the_job(released, honest):
    honest.cells.append(nbformat.v4.new_code_cell("mine = double(2)"))
    job = job_of(sanitise(_raw(honest), released).notebook, released)
    roles = [(cell["id"], cell["role"]) for cell in job["cells"] if cell["role"] != "given"]
    last = f"cell-{len(honest.cells) - 1:03d}"
    assert roles == [
        ("double", "answer"),
        ("check_double", "check"),
        ("triple", "answer"),
        ("check_triple", "check"),
        (last, "own"),
    ]
    assert any("import math" in cell["source"] for cell in job["cells"])
    assert not any("picture" in cell["source"] for cell in job["cells"])  # nothing needs it
    assert any("picture" in cell.source for cell in sanitise(_raw(honest), released).notebook.cells)
    assert "hidden" in next(c["source"] for c in job["cells"] if c["id"] == "check_double")


@pytest.mark.parametrize("how", ["changed", "deleted", "emptied"])
def test_what_the_lesson_gives_runs_though_the_learner_changed_it(released, honest, how):
    """Or a class named check in its place would pass every check."""
    place = next(i for i, cell in enumerate(honest.cells) if "import math" in cell.source)
    given, mine = honest.cells[place].source, "class check:\n    close = require = print"
    if how == "deleted":
        del honest.cells[place]
    else:
        honest.cells[place].source = mine if how == "changed" else ""
    job = job_of(sanitise(_raw(honest), released).notebook, released)
    roles = {cell["source"]: cell["role"] for cell in job["cells"]}
    assert roles[given] == "given" and roles.get(mine, "own") == "own"
    order = [cell["source"] for cell in job["cells"]]
    answer = next(cell["source"] for cell in job["cells"] if cell["id"] == "double")
    assert order.index(given) < order.index(answer)
    assert how != "changed" or order.index(mine) < order.index(given)


def test_equal_work_is_an_equal_job_whatever_ids_cells_have(released, honest):
    before = job_of(sanitise(_raw(honest), released).notebook, released)
    for cell in honest.cells:
        cell.id = f"{cell.id}-copied"[-60:]
    assert job_of(sanitise(_raw(honest), released).notebook, released) == before


# ---- what honest learners break -------------------------------------------------------------


def _repaired(notebook, released, *words):
    clean = sanitise(notebook if isinstance(notebook, bytes) else _raw(notebook), released)
    assert clean.hopeless is None
    told = " | ".join(clean.repairs)
    for word in words:
        assert word in told, told
    _must_be_gradable(clean, released)
    return clean.notebook


def test_a_changed_check_is_rebuilt(released, honest):
    _cell(honest, "check_double").source = "pass"
    _repaired(honest, released, "check_double: the check's text was not the released one")


@pytest.mark.parametrize("where", ["before", "after", "end"])
def test_a_copied_check_counts_once(released, honest, where):
    check = copy.deepcopy(_cell(honest, "check_double"))
    place = honest.cells.index(_cell(honest, "double"))
    at = {"before": place, "after": place + 2, "end": len(honest.cells)}[where]
    honest.cells.insert(at, check)
    clean = _repaired(honest, released, "check_double: there were 2 cells of this id")
    assert _names(clean) == ORDER


def test_of_two_answers_the_worked_one_counts_and_its_stub_does_not_run(course, released, honest):
    stub = copy.deepcopy(_cell(toy_course.released(course), "double"))
    honest.cells.insert(honest.cells.index(_cell(honest, "double")) + 1, stub)
    clean = _repaired(honest, released, "double: there were 2 cells of this id")
    assert _cell(clean, "double").source.endswith("x + x")
    assert not any(cell.source == stub.source for cell in clean.cells)


def test_two_worked_answers_both_run_and_the_last_one_counts(released, honest):
    second = copy.deepcopy(_cell(honest, "double"))
    second.source = "def double(x): return 2.0 * x"
    place = honest.cells.index(_cell(honest, "double"))
    honest.cells.insert(place + 1, second)
    clean = _repaired(honest, released, "double: there were 2 cells")
    assert _cell(clean, "double").source == second.source
    assert clean.cells[place].source.endswith("x + x")


def test_deleted_checks_and_written_answers_come_back_in_their_places(released, honest):
    honest.cells = [
        c
        for c in honest.cells
        if c.metadata.get("nbgrader", {}).get("grade_id")
        not in ("check_double", "check_triple", "why")
    ]
    clean = _repaired(honest, released, "check_double: the cell was missing", "why")
    assert _names(clean) == ORDER
    assert "missing from the submission" in _cell(clean, "why").source


def test_a_deleted_answer_does_not_come_back_to_undo_the_learners_own(released, honest):
    answer = _cell(honest, "double")
    honest.cells.remove(answer)
    place = honest.cells.index(_cell(honest, "check_double"))
    honest.cells.insert(place, nbformat.v4.new_code_cell("double = lambda x: x + x"))
    clean = _repaired(honest, released, "double: the answer's cell is missing")
    assert _names(clean) == [name for name in ORDER if name != "double"]


def test_an_answer_that_lost_its_mark_is_recognised_by_what_it_defines(released, honest):
    answer = _cell(honest, "double")
    del answer.metadata["nbgrader"]
    answer.id = "anything"
    clean = _repaired(honest, released, "double: its mark was lost")
    assert _names(clean) == ORDER


def test_a_notebook_without_any_marks_is_recognised(released, honest):
    for number, cell in enumerate(honest.cells):
        cell.metadata = nbformat.from_dict({"colab": {"base_uri": "x"}})
        cell.id = f"x{number}"
    clean = _repaired(honest, released, "its mark was lost")
    assert [name for name in _names(clean) if name != "why"] == ORDER[:-1]


def test_a_renamed_id_is_recognised(released, honest):
    _cell(honest, "check_double").metadata.nbgrader.grade_id = "mine"
    _cell(honest, "triple").metadata.nbgrader.grade_id = "check_double"
    clean = _repaired(honest, released)
    assert set(_names(clean)) == set(ORDER)
    assert _cell(clean, "triple").source.endswith("x + x + x")


def test_a_check_before_its_answer_moves_behind_it(released, honest):
    check = _cell(honest, "check_double")
    honest.cells.remove(check)
    honest.cells.insert(0, check)
    clean = _repaired(honest, released, "check_double: it stood before its answer")
    assert _names(clean) == ORDER


@pytest.mark.parametrize("kind", ["markdown", "raw", "heading"])
def test_retyped_cells_get_their_type_back(released, honest, kind):
    for name in ("double", "check_double", "why"):
        _cell(honest, name).cell_type = kind
    clean = _repaired(honest, released, "double: it was a")
    assert [_cell(clean, n).cell_type for n in ("double", "check_double", "why")] == [
        "code", "code", "markdown",
    ]  # fmt: skip
    assert _cell(clean, "double").source.endswith("x + x")


@pytest.mark.parametrize(
    "marks",
    [
        {"points": 100},
        {"locked": False, "solution": True},
        {"grade": False},
        {"schema_version": 1},
        {"schema_version": 2},
        {"schema_version": 99},
        {"schema_version": "3"},
        {"task": True},
    ],
)
def test_changed_marks_are_restored(released, honest, marks):
    for name in ("check_double", "double"):
        _cell(honest, name).metadata.nbgrader.update(marks)
    _repaired(honest, released, "check_double: its marks for grading were not the released")


def test_formats_before_4_are_read(released, honest):
    cells = []
    for cell in honest.cells:
        old = {"cell_type": cell.cell_type, "metadata": dict(cell.metadata)}
        key = "input" if cell.cell_type == "code" else "source"
        cells.append(old | {key: cell.source.splitlines(keepends=True), "language": "python"})
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    clean = _repaired(json.dumps(old).encode(), released, "its format was 3")
    assert _cell(clean, "double").source.endswith("x + x")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_are_read(released, honest, encoding):
    _cell(honest, "why").source = "Größe → 2"
    raw = json.dumps(honest, ensure_ascii=False).encode(encoding)
    assert _cell(_repaired(raw, released), "why").source == "Größe → 2"


def test_a_file_that_was_cut_off_is_graded_up_to_there(released, honest):
    raw = _raw(honest)
    cut = raw.index(b"check_triple")
    clean = _repaired(raw[:cut], released, "the file is damaged after its first")
    assert _cell(clean, "double").source.endswith("x + x")


def test_huge_outputs_attachments_and_metadata_go(released, honest):
    answer, why = _cell(honest, "double"), _cell(honest, "why")
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 3_000_000}
    answer["outputs"] = [text, {"nonsense": 1}]
    answer["attachments"] = {"a.png": {"image/png": "xx"}}
    answer.metadata["widgets"] = "y" * 100_000
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}}
    why["attachments"] = picture
    clean = _repaired(honest, released, "metadata that make no sense")
    assert len(_raw(clean)) < 20_000 and _cell(clean, "why").attachments == picture
    why["attachments"] = {"a.png": {"image/svg+xml": "<svg onload=alert(1)>"}}
    assert "attachments" not in _cell(_repaired(honest, released, "attachments"), "why")


@pytest.mark.parametrize("about", [{"tags": 5}, {"tags": ["a", "a"]}, {"name": ""}, {"jupyter": 1}])
def test_metadata_that_would_break_a_page_go(released, honest, about):
    _cell(honest, "double").metadata.update(about)
    clean = _repaired(honest, released, "metadata that make no sense")
    assert set(_cell(clean, "double").metadata) == {"nbgrader"}


@pytest.mark.parametrize("text", ["x=1\n" * 250_000, "def f(): return x\n" * 50_000, "-" * 900_000])
def test_a_flood_of_code_is_not_studied_for_long(released, honest, text):
    _cell(honest, "double").source = text
    del _cell(honest, "double").metadata["nbgrader"]
    started = time.process_time()
    clean = sanitise(_raw(honest), released)
    job_of(clean.notebook, released)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("cells", [["x = 1"] * 5000, ["x = 1\n" * 150_000] * 6])
def test_far_too_many_cells_are_refused(released, honest, cells):
    honest.cells += [nbformat.v4.new_code_cell(text) for text in cells]
    assert "are too much" in sanitise(_raw(honest), released).hopeless


# ---- what no sense can be made of ---------------------------------------------------------


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04" + b"\0" * 50, "not a notebook"),
        (b"\xff\xd8\xff\xe0 a photograph", "not a notebook"),
        (b"<html><body>Log in</body></html>", "not a notebook"),
        (b"[1, 2]", "not a notebook"),
        (b"null", "not a notebook"),
        (b'{"cells": []}', "no cells"),
        (b'{"cells": {"a": 1}, "nbformat": 4}', "no cells"),
        (b'{"worksheets": [3], "nbformat": 3}', "no cells"),
        (b'{"cells": [{"cell_type": "code", "source": "1"}]}', "none of this lesson"),
        (b"[" * 200_000, "not a notebook"),
        (b'{"cells": [' + b"[" * 100_000, "no cell in it is whole"),
        (b'{\n "cells": [\n  {"cell_type": "mark', "no cell in it is whole"),
        (b'{"a": ' * 50_000, "not a notebook"),
        (b'{"nbformat": 1' + b"0" * 10_000 + b"}", "no cell in it is whole"),
    ],
)
def test_what_is_no_notebook_is_given_up_with_a_reason(released, raw, why):
    clean = sanitise(raw, released)
    assert why in clean.hopeless
    assert _names(clean.notebook) == ["check_double", "check_triple", "why"]
    nbformat.validate(clean.notebook)


def test_bombs_take_bounded_memory():
    """In a process of its own with 1.5 GB, as much as grading may take."""
    import resource
    import subprocess
    import sys

    program = """
from course_utils.grading.intake.sanitise import Released, sanitise
known, page = Released('a', {}, {}, {}), '{"nbformat": 4, "cells": [%s]}'
for cells in (
    '[],' * 6_000_000 + '1', '{"a":1},' * 6_600_000 + '1',  # too many
    '[],' * 3_800_000 + '1', '{"a":1},' * 1_900_000 + '1', '"ab",' * 9_000_000 + '1',
    '"' + 'x' * 58_000_000 + '\U0001f600"',
    '{"cell_type": "code", "source": "' + '\\\\r' * 20_000_000 + '\U0001f600"}',
):
    print(sanitise((page % cells).encode(), known).hopeless)
"""
    limits = {resource.RLIMIT_DATA: (1_500_000_000, 1_500_000_000)}
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        preexec_fn=lambda: [resource.setrlimit(*item) for item in limits.items()],
    )
    lines = told.stdout.splitlines()
    assert len(lines) == 7 and "MemoryError" not in told.stdout, (told.stdout, told.stderr)
    assert all("too many values" in line for line in lines[:2])
    assert all("cells are too many" in line for line in lines[2:5])
    assert lines[5:] == ["none of this lesson's exercises is in it"] * 2


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_any_bytes_are_taken(released, raw):
    clean = sanitise(raw, released)
    assert clean.hopeless and "failed with" not in clean.hopeless


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
_keys = ["cell_type", "source", "metadata", "id", "outputs", "attachments", "execution_count"]
_mark_keys = ["grade_id", "grade", "locked", "points", "schema_version", "solution", "checksum"]
_about = st.fixed_dictionaries(
    {},
    optional={
        key: _json for key in ("tags", "name", "collapsed", "scrolled", "jupyter", "editable")
    },
)
_some = (
    _json
    | _about
    | st.sampled_from(
        [
            *ORDER,
            "code",
            "markdown",
            "raw",
            1,
            2,
            3,
            True,
            "\ud800",
            1e308,
            -1,
            ["a\n", "b"],
            "%magic",
        ]
    )
)
_mutation = st.one_of(
    st.tuples(st.just("delete"), st.integers(0, 99)),
    st.tuples(st.just("copy"), st.integers(0, 99), st.integers(0, 99)),
    st.tuples(st.just("swap"), st.integers(0, 99), st.integers(0, 99)),
    st.tuples(st.just("key"), st.integers(0, 99), st.sampled_from(_keys), _some),
    st.tuples(st.just("lose"), st.integers(0, 99), st.sampled_from(_keys)),
    st.tuples(st.just("mark"), st.integers(0, 99), st.sampled_from(_mark_keys), _some),
    st.tuples(st.just("replace"), st.integers(0, 99), _json),
    st.tuples(st.just("top"), st.sampled_from(["nbformat", "metadata", "worksheets"]), _json),
)


def _mutate(notebook: dict, mutation: tuple) -> None:
    kind, cells = mutation[0], notebook["cells"]
    if kind == "top":
        notebook[mutation[1]] = mutation[2]
        return
    if not cells:
        return
    place = mutation[1] % len(cells)
    cell = cells[place]
    if kind == "delete":
        cells.pop(place)
    elif kind == "copy":
        cells.insert(mutation[2] % (len(cells) + 1), copy.deepcopy(cell))
    elif kind == "swap":
        other = mutation[2] % len(cells)
        cells[place], cells[other] = cells[other], cells[place]
    elif kind == "replace":
        cells[place] = mutation[2]
    elif isinstance(cell, dict) and kind == "key":
        cell[mutation[2]] = mutation[3]
    elif isinstance(cell, dict) and kind == "lose":
        cell.pop(mutation[2], None)
    elif isinstance(cell, dict) and isinstance(cell.get("metadata"), dict):
        marks = cell["metadata"].setdefault("nbgrader", {})
        if isinstance(marks, dict):
            marks[mutation[2]] = mutation[3]


@pytest.mark.parametrize("key", ["collapsed", "execution", "name", "scrolled", "tags"])
def test_metadata_that_are_none_are_taken_as_absent(course, released, key):
    content = json.loads(nbformat.writes(toy_course.released(course)))
    content["cells"][0]["metadata"] |= {key: None, "own": 1}
    clean = sanitise(json.dumps(content).encode(), released)
    nbformat.validate(clean.notebook)
    assert clean.notebook.cells[0].metadata == {"own": 1} and clean.repairs == []


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_mutation, min_size=1, max_size=8), st.none() | st.integers(0, 10_000))
def test_a_mutated_notebook_is_gradable_or_given_up(course, released, mutations, cut):
    notebook = json.loads(_raw(toy_course.solved(course)))
    for mutation in mutations:
        _mutate(notebook, mutation)
    raw = json.dumps(notebook).encode()
    clean = sanitise(raw if cut is None else raw[: -1 - cut % len(raw)], released)
    assert "failed with" not in (clean.hopeless or "")
    if clean.hopeless is None:
        _must_be_gradable(clean, released)
