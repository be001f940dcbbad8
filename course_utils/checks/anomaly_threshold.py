"""Checks of lesson 23: a threshold chosen by its cost."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def threshold_case(name: str) -> tuple:
    """Validation and test data, and costs of a miss and of a false alarm, by the name of the case."""
    cases = {
        "ten to one": (np.arange(1, 10) / 10, "001001101", [0.15, 0.35, 0.45, 0.55, 0.65, 0.72, 0.85, 0.95], "00010101", 10, 1),
        "never is cheapest": ([3, 2, 1, 4, 0], "01000", [2.5, 1.5, 3.5, 0.5], "1000", 1, 2),
        "an unlike test": (range(1, 7), "100001", [6, 5.2, 5.15, 5.1, 1.5], "01110", 2, 1),
        "always is cheapest": (range(4), "1001", range(3), "001", 50, 1),
        "one far out": ([9000, 0.4, 0.1, 0.3, 0.2], "11010", [0.35, 0.15, 7000, 0.25], "1010", 1, 1),
    }  # fmt: skip
    val, val_label, test, test_label, miss, alarm = cases[name]
    labels = [np.array([c == "1" for c in text]) for text in (val_label, test_label)]
    return np.array(val, float), labels[0], np.array(test, float), labels[1], float(miss), float(alarm)


def random_threshold_case(seed: int) -> tuple:
    """As :func:`threshold_case`, at random; with ties if the seed is odd."""
    rng, parts = np.random.default_rng(seed), []
    for n in rng.integers(15, 60, 2):
        label = rng.permutation(np.arange(n) < rng.integers(2, n - 2))
        score = rng.normal(size=n) ** (3 if seed % 3 == 0 else 1) + 1.2 * label  # unevenly spaced
        parts += [np.round(score, 1) if seed % 2 else score, label]
    costs = [(10, 1), (1, 1), (1, 5), (3.5, 0.5), (0.2, 8), (100, 1), (2, 3)][seed % 7]
    return *parts, *map(float, costs)


class _Costs:
    """Costs of thresholds on one part of the data."""

    def __init__(self, scores, labels):
        self.scores, self.labels = scores, labels
        self.tries = [*sorted(set(scores.tolist())), np.inf]

    def of(self, threshold: float, miss: float, alarm: float, above: bool = False) -> float:
        rings = self.scores > threshold if above else self.scores >= threshold
        return float(np.mean(np.where(self.labels, np.where(rings, 0, miss), np.where(rings, alarm, 0))))

    def all(self, miss: float, alarm: float, above: bool = False) -> list[float]:
        return [self.of(t, miss, alarm, above) for t in self.tries]

    def rates(self, miss: float, alarm: float) -> tuple[float, float]:
        share = np.mean(self.labels)
        return miss / share, alarm / (1 - share)


def _why(threshold: float, val: _Costs, test: _Costs, miss: float, alarm: float) -> str:
    """What is behind a threshold that is not the cheapest on the validation data."""
    costs, mine = val.all(miss, alarm), val.of(threshold, miss, alarm)

    def cheapest(part, *args, **kwargs) -> bool:
        return part.of(threshold, *args, **kwargs) <= min(part.all(*args, **kwargs)) + 1e-9

    if min(costs) == costs[-1] and mine <= min(costs[:-1]) + 1e-9:
        return " Never to ring is cheaper: try a threshold above all scores."
    if min(costs) == costs[0] and mine <= min(costs[1:]) + 1e-9:
        return " Always to ring is cheaper: try the lowest score as threshold."
    place = int(threshold) if threshold in range(len(costs)) and threshold not in val.tries else None
    every = "Try every validation score as threshold, and one above them all."
    rows = [*val.scores, np.inf]
    if place is not None and min(costs) in (costs[place], val.of(rows[place], miss, alarm)):
        return " Is it the place of the cheapest one? Return the score itself."
    if mine >= max(costs) - 1e-9 and max(costs) > min(costs):
        return " It is the DEAREST of all: take the minimum, and the alarm where score >= threshold."
    both = _Costs(np.r_[val.scores, test.scores], np.r_[val.labels, test.labels])
    both.tries = val.tries
    turned = _Costs(val.scores, ~val.labels)
    for found, text in (
        (
            cheapest(both, miss, alarm),
            "It is the cheapest on validation and test together: choose on the validation data alone.",
        ),
        (
            cheapest(val, miss, alarm, above=True),
            "It would be the cheapest with score > threshold; the alarm rings AT it, too.",
        ),
        (cheapest(val, 10, 1), "It would be the cheapest with costs of 10 and 1: take the two arguments."),
        (cheapest(test, miss, alarm), "It is the cheapest on the TEST: choose on the validation data."),
        (cheapest(val, 1, 1), "It makes the fewest mistakes, as if all of them cost the same."),
        (cheapest(val, alarm, miss), "It would be the cheapest with the two costs exchanged."),
        (
            cheapest(val, *val.rates(miss, alarm)),
            "Miss and false alarm were each divided by their own kind: take all cases.",
        ),
        (cheapest(turned, miss, alarm), "It would be the cheapest if anomalies and normal cases were exchanged."),
        (cheapest(val, miss, 0), f"It would be the cheapest if a false alarm cost nothing. {every}"),
        (cheapest(val, 0, alarm), f"It would be the cheapest if a miss cost nothing. {every}"),
    ):
        if found:
            return f" {text}"
    return f" {every}"


def check_threshold(choose: Callable, val, val_label, test, test_label, miss: float, alarm: float) -> None:
    """Is the threshold as cheap as any on the validation data, and the test cost its own?"""
    name = f"{len(val)} validation cases, costs {miss:g} and {alarm:g}"
    pair = check.several(check.call(choose, val, val_label, test, test_label, miss, alarm), "the threshold", "the cost")
    try:
        threshold, paid = float(pair[0]), float(pair[1])
    except (TypeError, ValueError):
        raise check.CheckError(f"{name}: the threshold and the cost must each be one number.") from None
    check.require(not np.isnan(threshold), f"{name}: the threshold is NaN.")
    val, test = _Costs(val, val_label), _Costs(test, test_label)
    cheapest, mine = min(val.all(miss, alarm)), val.of(threshold, miss, alarm)
    if mine > cheapest + 1e-9 and val.of(paid, miss, alarm) <= cheapest + 1e-9 and paid in val.tries:
        raise check.CheckError(f"{name}: the two results are exchanged; the threshold comes first.")
    check.require(
        mine <= cheapest + 1e-9,
        f"{name}: with your threshold {threshold:.4g} (alarm where score >= threshold) a validation case costs "
        f"{mine:.4g}; {cheapest:.4g} can be had.{_why(threshold, val, test, miss, alarm)}",
    )
    right, n, hits = test.of(threshold, miss, alarm), len(test.labels), test.labels.sum()
    mistakes = {
        "this is the cost on the validation data; state that on the test.": mine,
        "this is the sum over all cases; take the mean.": right * n,
        "miss and false alarm are exchanged.": test.of(threshold, alarm, miss),
        "this is a share of mistakes, not a cost.": test.of(threshold, 1, 1),
        "the alarm rings AT the threshold, too: score >= threshold.": test.of(threshold, miss, alarm, above=True),
        "each kind was divided by its own number; take the mean over all cases.": test.of(
            threshold, *test.rates(miss, alarm)
        )
        if 0 < hits < n
        else -1,
        "divided by the anomalies only; take the mean over all cases.": right * n / max(hits, 1),
        "every alarm was paid; only a FALSE one costs.": right
        + alarm * np.mean(test.labels & (test.scores >= threshold)),
        "this is the smallest cost on the test; state that of the chosen threshold.": min(
            test.of(t, miss, alarm) for t in (*val.tries, *test.tries)
        ),
        "divided by the number of validation cases.": right * n / len(val.labels),
    }
    check.close(paid, right, f"{name}: the cost on the test", mistakes=mistakes)
