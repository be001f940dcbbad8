"""Measuring lessons beside public recipes: the clock, and every pair on tiny data."""

import time

import keras
import numpy as np
import pytest

from course_utils.authoring import bench_steps, peers
from course_utils.authoring.sources import Cell
from tests.bank import ROOT


def test_the_clock_leaves_out_what_measuring_takes():
    def slow_error(model):
        time.sleep(0.3)
        return 1.0

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse", run_eagerly=True)
    clock = peers.Clock(slow_error, every=0.0)
    start = time.perf_counter()
    model.fit(np.zeros((8, 2)), np.zeros((8, 1)), batch_size=2, verbose=0, callbacks=[clock])
    elapsed = time.perf_counter() - start
    assert len(clock.curve) == 5  # four batches and the end
    assert clock.curve[-1][0] < elapsed - 5 * 0.3 + 0.05
    assert [at for at, _ in clock.curve] == sorted(at for at, _ in clock.curve)


def test_the_error_at_a_time_is_the_last_one_known():
    curve = [(1.0, 9.0), (2.0, 5.0), (4.0, 3.0)]
    assert [peers._error_at(curve, at) for at in (0.5, 1, 3.9, 8)] == [9, 9, 5, 3]


def test_functions_of_later_cells_are_known_and_need_no_names_yet():
    names = {}
    cells = [Cell("code", "def later(x, k=NOT_YET) -> MISSING:\n    return x + k\ny = 1", 1)]
    peers._define_functions(cells, names)
    assert names["later"](1, 2) == 3 and "y" not in names


def _measure(lesson: str, capsys) -> str:
    assert peers.main([lesson]) == 0
    told = capsys.readouterr().out.splitlines()
    (line,) = [one for one in told if one.startswith(lesson) and " s " in one]
    assert "nan" not in line and "inf" not in line
    return line


def test_a_lesson_and_a_recipe_are_measured_side_by_side(capsys):
    assert "keras.io's" in _measure("34_discrete", capsys)


def test_what_trains_longer_stands_in_the_lesson():
    longer = {pair.lesson: pair.longer for pair in peers.PAIRS if pair.longer != ("", "")}
    assert list(longer) == ["36_masked"]
    for lesson, (words, instead) in longer.items():
        source = (ROOT / "solutions" / lesson / f"{lesson}.py").read_text(encoding="utf-8")
        assert source.count(words) == 1 and words != instead


def test_the_clock_stops_a_peer_at_its_limit():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    clock = peers.Clock(lambda model: 1.0, every=100, limit=0.0)
    x, y = np.zeros((64, 2)), np.zeros((64, 1))
    history = model.fit(x, y, batch_size=2, epochs=50, verbose=0, callbacks=[clock])
    assert len(history.epoch) == 1 and len(clock.curve) == 1


@pytest.mark.full
@pytest.mark.parametrize("lesson", [pair.lesson for pair in peers.PAIRS])
def test_every_pair_is_measured(lesson, capsys):
    _measure(lesson, capsys)


@pytest.mark.parametrize(
    "way",
    [
        "single",
        "fit",
        pytest.param("fit64", marks=pytest.mark.full),
        pytest.param("xla", marks=pytest.mark.full),
    ],
)
def test_ways_of_a_step_are_measured(way, monkeypatch):
    monkeypatch.setattr(bench_steps, "STEPS", 16)
    processor, wall, compiling = bench_steps.measure(way)
    assert processor > 0 and wall > 0 and compiling > 0
