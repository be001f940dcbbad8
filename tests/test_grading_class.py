"""Made classes, graded by the command with everything real: Dask, sandboxes, TensorFlow."""

import sqlite3

import pytest

from course_utils.authoring import bench_grading as bench
from tests.bank import ROOT
from tests.toy_course import working_sandbox

pytestmark = pytest.mark.xdist_group("class")


def _grades(folder) -> list[tuple]:
    with sqlite3.connect(folder / "gradebook.db") as db:
        query = "select * from grade order by id"
        return list(db.execute(query))


def _table(deserved, given, seconds) -> str:
    kinds = sorted({one.kind for one in deserved})
    lines = [f"{'handed in':12s} notebooks  points, median"]
    for kind in kinds:
        mine = [sum(given[d.student, d.lesson].values()) for d in deserved if d.kind == kind]
        lines.append(f"{kind:12s} {len(mine):9d} {sorted(mine)[len(mine) // 2]:15g}")
    return "\n".join([*lines, f"{len(deserved)} notebooks in {seconds:.0f} s"])


def _grade(folder, size, slugs, workers, record_property):
    working_sandbox()
    deserved = bench.make_class(ROOT, folder, size, slugs)
    seconds = bench.ours(folder, slugs, workers)
    given = bench.given_points(folder, slugs)
    assert bench.wrongs(deserved, given) == []
    record_property("table", _table(deserved, given, seconds))
    return deserved


def test_a_small_class_gets_the_points_that_it_deserves(tmp_path, record_property):
    deserved = _grade(tmp_path, 7, ("12_pca",), 1, record_property)
    assert {one.kind for one in deserved} == {"solution", "mixed", "right", "wrong", "stub"}
    before = _grades(tmp_path)
    seconds = bench.ours(tmp_path, ("12_pca",), 1)
    assert _grades(tmp_path) == before, "a second run changes nothing"
    assert seconds < 30


@pytest.mark.full
def test_a_class_of_sixty_gets_the_points_that_it_deserves(tmp_path, record_property):
    _grade(tmp_path, 60, bench.LESSONS, 2, record_property)
