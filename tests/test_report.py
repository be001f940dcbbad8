"""Reported numbers, and tables over seeds."""

import json

import numpy as np
import pytest

from course_utils.authoring.run import Run
from course_utils.report import Results, report


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


@pytest.fixture
def results():
    results = Results()
    results.add("PCA", seed=0, error=0.02141, parameters=25872)
    for seed, (error, seconds) in enumerate([(0.01213, 12.04), (0.01271, 13.5)]):
        results.add("deep", seed=seed, error=error, parameters=50000, seconds=seconds)
    return results


def test_a_table_has_means_and_what_differs_from_seed_to_seed(results):
    table = results.table()
    assert list(table.index) == ["PCA", "deep"] and table.index.name == "name"
    assert list(table.columns) == [
        "error", "error, lowest to highest", "parameters", "seconds", "seconds, lowest to highest"
    ]  # fmt: skip
    assert table["error"].tolist() == [0.02141, 0.01242]
    assert table["error, lowest to highest"].tolist() == ["", "0.01213 to 0.01271"]
    assert table["parameters"].tolist() == [25872, 50000]
    assert table["parameters"].dtype.kind == "i"
    assert np.isnan(table.loc["PCA", "seconds"]) and table.loc["deep", "seconds"] == 12.77
    assert table.loc["deep", "seconds, lowest to highest"] == "12.04 to 13.50"


def test_a_new_run_replaces_its_rows(results):
    results.add("deep", seed=1, error=0.5)
    assert results.values("deep", "error").tolist() == [0.01213, 0.5]
    assert results.values("deep", "seconds").tolist() == [12.04]
    assert len(results.frame()) == 3


def test_values_and_means_are_not_rounded_and_stand_in_the_order_of_seeds():
    results = Results()
    for seed in (2, 0, 1):
        results.add("net", seed, error=1 / (3 + seed))
    assert results.values("net", "error").tolist() == [1 / 3, 1 / 4, 1 / 5]
    assert results.mean("net", "error") == pytest.approx((1 / 3 + 1 / 4 + 1 / 5) / 3)


def test_names_may_have_several_levels():
    results = Results("model", "latent dimension")
    results.add(("PCA", 2), error=1.5)
    results.add(("PCA", 32), error=0.5)
    assert results.table().index.names == ["model", "latent dimension"]
    assert results.table().loc[("PCA", 32), "error"] == 0.5
    assert list(results.frame().columns) == ["model", "latent dimension", "seed", "error"]
    with pytest.raises(ValueError, match="model, latent dimension"):
        results.add("PCA", error=1)


def test_columns_can_be_chosen_and_their_names_are_free(results):
    results.add("PCA", **{"unseen / PCA": 1})
    assert list(results.table("unseen / PCA").columns) == ["unseen / PCA"]
    with pytest.raises(KeyError, match="unseen / PCA"):
        results.table("unseen")


def test_a_diverged_training_shows():
    results = Results()
    results.add("net", 0, error=1.0)
    results.add("net", 1, error=float("nan"))
    assert np.isnan(results.mean("net", "error")) and np.isnan(results.table()["error"].iloc[0])
    results.add("other", 0, error=float("inf"))
    assert np.isinf(results.table()["error"].iloc[1])


def test_what_is_missing_is_named(results):
    with pytest.raises(KeyError, match=r"'wide' was not measured.*PCA.*deep"):
        results.mean("wide", "error")
    with pytest.raises(KeyError, match=r"has no 'seconds'.*error"):
        results.values("PCA", "seconds")
    with pytest.raises(ValueError, match="expected numbers"):
        results.add("PCA", error="low")


def test_numbers_are_rounded_by_the_largest_of_their_column():
    results = Results()
    for name, value in (("a", 1234.56), ("b", 0.001234)):
        results.add(name, value=value, small=value / 1e6, count=round(value))
    table = results.table()
    assert table["value"].tolist() == [1235, 0] and table["count"].tolist() == [1235, 0]
    assert table["small"].tolist() == [0.001235, 0]


def test_results_show_themselves_as_a_table(results):
    assert "lowest to highest" in results._repr_html_() and "PCA" in repr(results)
    assert Results().table().empty
