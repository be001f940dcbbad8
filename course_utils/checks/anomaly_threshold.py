"""Checks of lesson 23: a threshold chosen by its cost."""

from collections.abc import Callable

import numpy as np

from course_utils import check

ELSEWHERE = range(7)  # seeds of cases in which a reason must hold, too
EVERY = "Try every validation score as threshold, and one above them all."


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

    def errors(self, threshold: float) -> str:
        """Both kinds of error in words."""
        rings = self.scores >= threshold
        missed, false = int(np.sum(self.labels & ~rings)), int(np.sum(rings & ~self.labels))
        return (
            f"{missed} of {self.labels.sum()} anomalies missed, {false} of {np.sum(~self.labels)} normal cases ringing"
        )


def _told(choose: Callable, case: tuple) -> tuple[float, float] | None:
    """The threshold and the cost that are returned for a case; None if there are none."""
    try:
        threshold, paid = check.call(choose, *case)
        return float(threshold), float(paid)
    except (check.CheckError, TypeError, ValueError):
        return None


def _first_reason(choose: Callable, reasons_of: Callable, told: tuple, case: tuple) -> str:
    """The first reason that explains what was returned, for this case and for others, too.

    Args:
        choose: the learner's function.
        reasons_of: function of a threshold, a cost and a case; words -> whether they explain them.
        told: the threshold and the cost for this case.
    """
    found = [words for words, holds in reasons_of(*told, *case).items() if holds]
    for seed in ELSEWHERE if found else ():
        other = random_threshold_case(seed)
        answer = _told(choose, other)
        known = reasons_of(*answer, *other) if answer else {}
        found = [words for words in found if known.get(words)]
    return found[0] if found else ""


def _reasons(threshold: float, paid: float, val, val_label, test, test_label, miss: float, alarm: float) -> dict:
    """What may be behind a threshold that is not the cheapest on the validation data."""
    val, test = _Costs(val, val_label), _Costs(test, test_label)
    both = _Costs(np.r_[val.scores, test.scores], np.r_[val.labels, test.labels])
    turned = _Costs(val.scores, ~val.labels)
    both.tries = val.tries
    low = _Costs(-val.scores, val.labels)

    def cheapest(part, *costs, tries=None, above=False, at=threshold) -> bool:
        return part.of(at, *costs, above) <= min(part.of(t, *costs, above) for t in tries or part.tries) + 1e-9

    return {
        "It is the cheapest on the TEST: choose on the validation data.": cheapest(test, miss, alarm)
        or cheapest(test, miss, alarm, tries=val.tries),
        "It is the cheapest on validation and test together: choose on the validation data alone.": cheapest(
            both, miss, alarm
        ),
        "It would be the cheapest with score > threshold; the alarm rings AT it, too.": cheapest(
            val, miss, alarm, above=True
        ),
        "It would be the cheapest with costs of 10 and 1: take the two arguments.": cheapest(val, 10, 1),
        "It would be the cheapest if the alarm rang for LOW scores; it rings where score >= threshold.": cheapest(
            low, miss, alarm, tries=[-t for t in val.tries], at=-threshold
        ),
        "It makes the fewest mistakes, as if all of them cost the same.": cheapest(val, 1, 1),
        "It would be the cheapest with the two costs exchanged.": cheapest(val, alarm, miss),
        "Miss and false alarm were each divided by their own kind: take all cases.": cheapest(
            val, *val.rates(miss, alarm)
        ),
        "It would be the cheapest if anomalies and normal cases were exchanged.": cheapest(turned, miss, alarm),
        f"It would be the cheapest if a false alarm cost nothing. {EVERY}": cheapest(val, miss, 0),
        f"It would be the cheapest if a miss cost nothing. {EVERY}": cheapest(val, 0, alarm),
        "It is the DEAREST of all: take the minimum, and the alarm where score >= threshold.": val.of(
            threshold, miss, alarm
        )
        >= max(val.all(miss, alarm)) - 1e-9,
    }


def _why(choose: Callable, told: tuple, case: tuple) -> str:
    """What is behind a threshold that is not the cheapest on the validation data."""
    threshold, miss, alarm = told[0], *case[4:]
    val = _Costs(*case[:2])
    costs = val.all(miss, alarm)
    place = int(threshold) if threshold in range(len(costs)) and threshold not in val.tries else None
    rows = [*val.scores, np.inf]
    if place is not None and min(costs) in (costs[place], val.of(rows[place], miss, alarm)):
        return "Is it the place of the cheapest one? Return the score itself."
    if words := _first_reason(choose, _reasons, told, case):
        return words
    mine = val.of(threshold, miss, alarm)
    if min(costs) == costs[-1] and mine <= min(costs[:-1]) + 1e-9:
        return "Never to ring is cheaper: try a threshold above all scores."
    if min(costs) == costs[0] and mine <= min(costs[1:]) + 1e-9:
        return "Always to ring is cheaper: try the lowest score as threshold."
    best = val.tries[int(np.argmin(costs))]
    return (
        f"Yours: {val.errors(threshold)}. With {best:.4g}: {val.errors(best)}. Is {best:.4g} among those that are tried, "
        "and what does your code say that it costs?"
    )


def check_threshold(choose: Callable, val, val_label, test, test_label, miss: float, alarm: float) -> None:
    """Is the threshold as cheap as any on the validation data, and the test cost its own?"""
    case = val, val_label, test, test_label, miss, alarm
    name = f"{len(val)} validation cases, costs {miss:g} and {alarm:g}"
    pair = check.several(check.call(choose, *case), "the threshold", "the cost")
    try:
        threshold, paid = told = float(pair[0]), float(pair[1])
    except (TypeError, ValueError):
        raise check.CheckError(f"{name}: the threshold and the cost must each be one number.") from None
    check.require(not np.isnan(threshold), f"{name}: the threshold is NaN.")
    val, test = _Costs(val, val_label), _Costs(test, test_label)
    cheapest, mine = min(val.all(miss, alarm)), val.of(threshold, miss, alarm)
    if mine > cheapest + 1e-9 and val.of(paid, miss, alarm) <= cheapest + 1e-9 and paid in val.tries:
        raise check.CheckError(f"{name}: the two results are exchanged; the threshold comes first.")
    if mine > cheapest + 1e-9:
        raise check.CheckError(
            f"{name}: with your threshold {threshold:.4g} (alarm where score >= threshold) a validation case costs "
            f"{mine:.4g}; {cheapest:.4g} can be had. {_why(choose, told, case)}"
        )

    right = test.of(threshold, miss, alarm)

    def look() -> str:
        return _first_reason(choose, _wrong_costs, told, case) or (
            f"got {paid:.6g}, expected {right:.6g}: {test.errors(threshold)}, which cost {miss:g} and {alarm:g} each, "
            f"divided by {len(test.labels)} cases."
        )

    check.close(paid, right, f"{name}: the cost on the test with your threshold {threshold:.4g}", otherwise=look)


def _wrong_costs(threshold: float, paid: float, val, val_label, test, test_label, miss: float, alarm: float) -> dict:
    """What may be behind a wrong cost on the test."""
    val, test = _Costs(val, val_label), _Costs(test, test_label)
    right, n, hits = test.of(threshold, miss, alarm), len(test.labels), test.labels.sum()
    rung = test.labels & (test.scores >= threshold)
    wrong = {
        "this is the cost on the validation data; state that on the test.": val.of(threshold, miss, alarm),
        "this is the sum over all cases; take the mean.": right * n,
        "miss and false alarm are exchanged.": test.of(threshold, alarm, miss),
        "this is a share of mistakes, not a cost.": test.of(threshold, 1, 1),
        "the alarm rings AT the threshold, too: score >= threshold.": test.of(threshold, miss, alarm, above=True),
        "each kind was divided by its own number; take the mean over all cases.": test.of(
            threshold, *test.rates(miss, alarm)
        )
        if 0 < hits < n
        else np.nan,
        "divided by the anomalies only; take the mean over all cases.": right * n / max(hits, 1),
        "every alarm was paid; only a FALSE one costs.": right + alarm * np.mean(rung),
        "every anomaly was paid; only a MISSED one costs.": right + miss * np.mean(rung),
        "this is the smallest cost on the test; state that of the chosen threshold.": [
            min(test.of(t, miss, alarm) for t in tries) for tries in (val.tries, val.tries + test.tries)
        ],
        "divided by the number of validation cases.": right * n / len(val.labels),
    }
    return {words: bool(np.any(np.isclose(paid, value, rtol=1e-4, atol=1e-6))) for words, value in wrong.items()}
