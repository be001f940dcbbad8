"""Lesson 23: words for wrong answers. A known mistake must hold elsewhere, too; other cases are made small."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import rankdata

from course_utils import check
from course_utils.check import call
from course_utils.check.cases import numbers_of
from course_utils.check.likeness import near

MOST_CALLS = 400


def confirmed(function: Callable, mistakes_of: Callable, scores, labels) -> dict:
    """Known mistakes that hold in two telling cases, too."""
    return check.confirmed(partial(call, function), mistakes_of, (scores, labels), telling_cases())


def telling_cases() -> list[tuple[np.ndarray, np.ndarray]]:
    """Two cases in which hardly two mistakes give the same number: AUC above one half, and below it."""
    rng, found = np.random.default_rng(8), []
    for n, lift in ((37, 2), (41, -2)):
        labels = rng.permutation(np.arange(n) < n // 3)
        scores = rng.integers(0, 7, n) + rng.choice([0, 1e-9, 0.3], n) + lift * labels
        scores[labels.argmax()] = scores.min() - 1  # the lowest threshold matters
        found.append((scores.astype(float), labels))
    return found


def smallest(function: Callable, right: Callable, explain: Callable, scores, labels) -> str:
    """A wrong case made as small as it can be while the answer stays wrong, in words.

    Args:
        function: the learner's, of scores and labels.
        right: what it should return; it raises ValueError for cases that are not allowed.
        explain: function of scores and labels; how the right value comes about.
    """
    calls = 0

    def wrong(s, y) -> bool:
        nonlocal calls
        calls += 1
        try:
            expected = np.asarray(right(s, y))
        except ValueError:
            return False
        found = numbers_of(call, function, s, y)
        return found is not None and not near(found, expected, 1e-6, 1e-9)

    place = 0
    while place < len(scores) and calls < MOST_CALLS:
        fewer = np.delete(scores, place), np.delete(labels, place)
        if len(fewer[0]) and wrong(*fewer):
            scores, labels = fewer
        else:
            place += 1
    if wrong(ranks := rankdata(scores, method="dense").astype(float), labels):
        scores = ranks
    found = numbers_of(call, function, scores, labels)
    if found is None or len(scores) > 12:
        return ""
    bad, good = (", ".join(f"{s:g}" for s in np.sort(scores[part])) for part in (labels, ~labels))
    return (
        f"the smallest such case: anomalies {bad}; normal cases {good or 'none'}. Got {np.round(found, 4)}, expected "
        f"{float(right(scores, labels)):.4g}: {explain(scores, labels)}."
    )


def pairs_in_words(scores, labels) -> str:
    """How many pairs are right, tied and wrong."""
    a, b = scores[labels][:, None], scores[~labels]
    higher, equal = int(np.sum(a > b)), int(np.sum(a == b))
    total = a.size * b.size
    return f"of {total} pair{'s' * (total > 1)} the anomaly is higher in {higher}, and {equal} are equal"


def steps_in_words(scores, labels) -> str:
    """Precision and recall at each threshold."""
    steps = []
    for t in np.unique(scores)[::-1]:
        rings = scores >= t
        hits = int(np.sum(labels & rings))
        steps.append(f"from {t:g} on P = {hits}/{int(rings.sum())} and R = {hits}/{int(labels.sum())}")
    return "; ".join(steps)


def of_one_example(score: Callable) -> str:
    """The first small example whose reconstruction score is wrong."""
    cases = {
        "one row [1, 3]": np.array([[1.0, 3.0]]),
        "two rows [1, 3] and [0, 2]": np.array([[1.0, 3.0], [0.0, 2.0]]),
        "one row [1, -3, 0, 0]": np.array([[1.0, -3.0, 0.0, 0.0]]),
        "one image [[1, 3], [0, 0], [2, 2]]": np.array([[[1.0, 3.0], [0.0, 0.0], [2.0, 2.0]]]),
        "one colour image of 1 x 2 pixels [[[1, 3, 0], [2, 2, 0]]]": np.array([[[[1.0, 3.0, 0.0], [2.0, 2.0, 0.0]]]]),
    }
    for name, x in cases.items():
        x = x.astype("float32")
        right = np.array([np.mean(np.square(one)) for one in x])
        for first, second, where in ((x, 0 * x, "rebuilt as zeros"), (0 * x, x, "as reconstruction of zeros")):
            found = numbers_of(call, score, first, second)
            if found is not None and not near(found, right, 1e-5, 1e-7):
                return f"it goes wrong for {name} {where}: got {found.round(4)}, expected {right.round(4)}."
    return ""


def about_distance(score: Callable, x_fit: np.ndarray, x_new: np.ndarray, ridge: float) -> str:
    """What changes a squared Mahalanobis distance and should not, or a worked example."""
    base = numbers_of(call, score, x_fit, x_new, ridge)
    if base is None or base.shape != (len(x_new),):
        return ""
    mean, twice = x_fit.mean(axis=0), np.concatenate([x_fit, x_fit])
    rows = np.random.default_rng(4).normal(size=(24, 3))
    small, large = (numbers_of(call, score, rows[:20], rows[20:], rho) for rho in (0.2, 0.9))
    if small is not None and large is not None and near(large, small, 1e-6, 0.0):
        return "with a ridge of 0.9 in place of 0.2 the scores of the same rows stay the same. It is an argument."
    for found, right, words in (
        (numbers_of(call, score, x_fit, x_new[:1], ridge), base[:1],
         "a row alone gets another score than beside other new rows. Mean and covariance are those of x_fit"),
        (numbers_of(call, score, x_fit + 5, x_new + 5, ridge), base,
         "with 5 added to every number of both tables the scores change. Only differences from the mean of x_fit count"),
        (numbers_of(call, score, twice, x_new, ridge), base,
         "with every normal row given twice the scores change. The mean does not, nor a covariance divided by n"),
        (numbers_of(call, score, x_fit[::-1], x_new, ridge), base, "with the normal rows in another order the scores change"),
        (numbers_of(call, score, x_fit, 2 * x_new - mean, ridge), 4 * base,
         "twice as far from the mean of x_fit, in the same direction, a score must be 4 times as large"),
        (numbers_of(call, score, 2 * x_fit, 2 * x_new, 4 * ridge), base,
         "with all rows doubled and the ridge 4 times as large the scores must stay: the ridge is added to variances"),
    ):  # fmt: skip
        if found is None or not near(found, right, 1e-3, 1e-6):
            return f"{words}."
    return _worked_distance(score)


def _worked_distance(score: Callable) -> str:
    cross = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    slope = np.array([[1.0, 1.0], [-1.0, -1.0]])
    for x_fit, ridge, new, matrix in (
        (cross, 0.5, [[1.0, 0.0], [0.0, 5.0]], "[[0.5, 0], [0, 2]]"),
        (slope, 1.0, [[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]], "[[1, 1], [1, 1]]"),
    ):
        found, new = numbers_of(call, score, x_fit, np.array(new), ridge), np.array(new)
        right = np.sum(new @ np.linalg.inv(x_fit.T @ x_fit / len(x_fit) + ridge * np.eye(2)) * new, axis=1)
        if found is not None and not near(found, right, 1e-4, 1e-6):
            return (
                f"it goes wrong for the normal rows {x_fit.tolist()} (mean 0, covariance {matrix}), ridge {ridge:g} and "
                f"the new rows {new.tolist()}: got {found.round(4)}, expected {right.round(4)}."
            )
    return ""
