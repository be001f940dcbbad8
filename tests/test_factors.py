"""Probes of the characters' factors, and what an edit changes."""

import numpy as np
import pytest

from course_utils.data import draw_characters, load_characters
from course_utils.factors import (
    EDITS,
    at_end,
    changes,
    constructed_code,
    fit_probes,
    in_bins,
    known_factors,
    scores,
)


@pytest.fixture(scope="module")
def faces():
    return load_characters("lorelei", 16, n=600)


@pytest.fixture(scope="module")
def judges(faces):
    return fit_probes(faces.x_train.reshape(-1, 768), faces.factors_train, components=60)


def test_pixels_tell_the_factors_of_unseen_faces(faces, judges):
    found = scores(judges, faces.x_test.reshape(-1, 768), faces.factors_test)
    assert set(found) == set(known_factors(faces.factors_test))
    assert min(found.values()) > 0.7 and found["skin"] > 0.95


def test_probes_of_codes_read_the_codes_themselves(faces):
    known = known_factors(faces.factors_train)
    codes = np.eye(4)[np.unique(known["skin"], return_inverse=True)[1]]
    found = scores(fit_probes(codes, faces.factors_train), codes, faces.factors_train)
    assert found["skin"] == 1 and found["tilt"] < 0.2


def test_an_exact_edit_changes_its_own_factor_alone(faces, judges):
    table = faces.factors_test
    new = np.where(table["background"] == "blue", "yellow", "blue")
    before, after = (
        draw_characters(t, size=16).reshape(-1, 768) for t in (table, table.assign(background=new))
    )
    moved = changes(judges, before, after)
    assert moved.pop("background") > 0.9
    assert max(moved.values()) < 0.2
    assert set(changes(judges, before, before).values()) == {0.0}


def test_a_tilt_counts_from_six_degrees(faces, judges):
    table = faces.factors_test
    flat, little, much = (
        draw_characters(table.assign(tilt=tilt), size=16).reshape(-1, 768)
        for tilt in (0.0, 1.0, 11.0)
    )
    assert changes(judges, flat, little)["tilt"] < 0.1 < 0.8 < changes(judges, flat, much)["tilt"]


def test_the_ends_of_edits(faces):
    table = faces.factors_train
    for name in EDITS:
        start, goal = at_end(table, name, 0), at_end(table, name, 1)
        assert start.any() and goal.any() and not (start & goal).any()
    assert table["tilt"][at_end(table, "tilt", 1)].min() >= 5


def test_bins_are_equally_full_and_in_order():
    codes = np.random.default_rng(0).normal(size=(200, 3)) ** 3
    bins = in_bins(codes, n_bins=10)
    assert all(np.bincount(column).tolist() == [20] * 10 for column in bins.T)
    assert all(np.all(np.diff(b[np.argsort(c)]) >= 0) for b, c in zip(bins.T, codes.T, strict=True))


def test_the_constructed_code_has_a_dimension_for_each_factor(faces):
    table = faces.factors_train
    code = constructed_code(table, 8)
    assert code.shape == (len(table), 8)
    for column, values in zip(code.T, known_factors(table).values(), strict=False):
        assert len(np.unique(column)) == len(np.unique(values))
    assert np.abs(np.corrcoef(code.T) - np.eye(8)).max() < 0.25
