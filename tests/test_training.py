"""Budgets, reports, and what a learner sees during training."""

import json

import keras
import numpy as np
import pytest

from course_utils import training
from course_utils.authoring.run import Run
from course_utils.report import report


@pytest.mark.parametrize(
    ("quick", "nbgrader", "expected"),
    [("1", "", 2), ("0", "", 50), ("", "", 50), ("", "autograde", 2), ("0", "validate", 2)],
)
def test_budget(monkeypatch, quick, nbgrader, expected):
    monkeypatch.setenv("COURSE_QUICK", quick)
    monkeypatch.setenv("NBGRADER_EXECUTION", nbgrader)
    assert training.budget(50, 2) == expected


def _model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_a_training_shows_one_line_on_standard_output_only(capsys):
    x = np.ones((8, 3), "float32")
    callback = training.ProgressBar("tiny net")
    _model().fit(x, x[:, :1], epochs=3, verbose=0, callbacks=[callback], validation_split=0.5)
    captured = capsys.readouterr()
    assert captured.err == ""
    last = captured.out.strip().split("\r")[-1]
    assert "tiny net: 100%" in last and "3/3" in last and "val_loss=" in last
    assert captured.out.count("\n") == 1


def test_progress_bar_over_items_keeps_them_and_standard_error_clean(capsys):
    assert list(training.progress_bar([1, 2, 3], "seeds")) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_the_live_curve_keeps_the_history():
    x = np.ones((8, 3), "float32")
    live = training.LiveCurve("tiny", target=0.1, target_name="oracle", every=2)
    history = _model().fit(x, x[:, :1], epochs=5, verbose=0, callbacks=[live])
    assert live.history["loss"] == pytest.approx(history.history["loss"])


def test_the_same_seed_gives_the_same_weights():
    weights = []
    for _ in range(2):
        training.set_seed(5)
        weights.append(_model().layers[0].kernel.numpy())
    assert np.array_equal(*weights)


@pytest.fixture
def full(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_QUICK", "0")
    monkeypatch.delenv("COURSE_REPORT", raising=False)
    return tmp_path / "report.jsonl"


def test_a_number_in_range_is_shown(full, capsys):
    report("mse", 0.0123, within=(0.01, 0.02))
    assert capsys.readouterr().out == "mse = 0.0123   (expected 0.01 to 0.02)\n"


def test_a_learner_gets_a_remark_when_a_number_is_out_of_range(full, capsys):
    report("mse", 0.03, within=(0.01, 0.02))
    assert "yours differs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "quick", "outside"),
    [(0.015, "0", 0), (0.03, "0", 1), (0.0, "0", 1), (float("nan"), "0", 1), (0.03, "1", 0)],
)
def test_the_course_finds_its_own_numbers_out_of_range(full, monkeypatch, value, quick, outside):
    monkeypatch.setenv("COURSE_REPORT", str(full))
    monkeypatch.setenv("COURSE_QUICK", quick)
    report("mse", value, within=(0.01, 0.02))
    rows = [json.loads(line) for line in full.read_text().splitlines()]
    assert len(Run(None, 0, 0, rows).out_of_range()) == outside


def test_on_the_quick_budget_the_range_does_not_apply(full, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_QUICK", "1")
    monkeypatch.setenv("COURSE_REPORT", str(full))
    report("mse", 0.5, within=(0.01, 0.02))
    assert "quick run" in capsys.readouterr().out
    assert json.loads(full.read_text())["quick"] is True
