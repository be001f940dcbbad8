"""Checks of lesson 63, surface inspection: a threshold by cost."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def cost_case(name: str) -> tuple:
    """Scores, labels, cost of a miss, of a false alarm, and share of bad parts, by name."""
    cases = {
        "half are bad": ([0.1, 0.5, 0.3, 0.9, 0.7, 0.2, 0.6, 0.8], "00010111", 50, 1, 0.02),
        "never is cheapest": ([3, 1, 2, 5, 4, 6], "010010", 2, 3, 0.05),
        "always": ([2, 7, 4, 1, 3], "10010", 90, 1, 0.5),
    }
    scores, labels, miss, alarm, share = cases[name]
    return np.array(scores, float), np.array([c == "1" for c in labels]), float(miss), float(alarm), float(share)


def random_costs(seed: int) -> tuple:
    """As :func:`cost_case`, at random; with ties if the seed is odd."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(15, 80))
    labels = rng.permutation(np.arange(n) < rng.integers(3, n - 3))
    values = rng.normal(size=n) ** (3 if seed % 3 == 0 else 1) + 1.3 * labels
    costs = [(50, 1, 0.02), (1, 1, 0.5), (20, 3, 0.1), (100, 0.5, 0.001), (2, 5, 0.4), (7, 1, 0.12)][seed % 6]
    return np.round(values, 1) if seed % 2 else values, labels, *map(float, costs)


def _cost(
    scores,
    bad,
    t,
    miss,
    alarm,
    share,
    above=False,
    of="kind",
    weights="line",
    costs="both",
    missed="missed",
    false="false",
) -> float:
    """Expected cost of a part, with the usual slips as options."""
    rings = scores > t if above else scores >= t
    counts = {
        "missed": ~rings & bad,
        "missed at": (scores <= t) & bad,
        "false above": (scores > t) & ~bad,
        "false": rings & ~bad,
        "hit": rings & bad,
        "right": ~rings & ~bad,
        "none": bad & ~bad,
    }
    n_missed, n_false = np.sum(counts[missed]), np.sum(counts[false])
    n_bad, n_good, n_rings = np.sum(bad), np.sum(~bad), np.sum(rings)
    below, above_it = {
        "kind": (n_bad, n_good), "all": (len(bad), len(bad)), "number": (1, 1), "turned": (n_good, n_bad),
        "verdict": (max(len(bad) - n_rings, 1), max(n_rings, 1)),
        "alarms": (n_bad, max(n_rings, 1)),
    }[of]  # fmt: skip
    a, b = {
        "line": (share, 1 - share), "none": (1, 1), "forgotten": (share, 1), "turned": (1 - share, share), "miss": (1, 1 - share),
        "data": (n_bad / len(bad), n_good / len(bad)), "both": (share, share), "hundredth": (share / 100, 1 - share / 100),
    }[weights]  # fmt: skip
    miss, alarm = {
        "both": (miss, alarm), "none": (1, 1), "turned": (alarm, miss), "miss": (miss, miss), "alarm": (alarm, alarm),
        "minus": (miss, -alarm), "sum": (miss / (miss + alarm), alarm / (miss + alarm)),
    }[costs]  # fmt: skip
    return float(a * miss * n_missed / below + b * alarm * n_false / above_it)


COST_SLIPS = {
    "an alarm rings AT the threshold, too: score >= threshold.": {"above": True},
    "this is the cost of these validation parts, as if the line had as many bad ones.": {"weights": "data"},
    "shares of ALL parts; take the share of the bad ones missed, and that of the good ones alarmed.": {"of": "all"},
    "these are numbers of parts; take the share of the bad ones missed, and that of the good ones alarmed.": {
        "of": "number"},
    "divided by the number of the OTHER kind; missed are a share of the bad parts, false alarms of the good ones.": {
        "of": "turned"},
    "shares of the parts with and without alarm; take shares of the bad and of the good parts.": {"of": "verdict"},
    "false alarms as a share of all alarms; take their share of the good parts.": {"of": "alarms"},
    "the share of bad parts on the line is not used.": {"weights": "none"},
    "good parts are 1 - bad_share of the line: that factor is missing.": {"weights": "forgotten"},
    "bad parts are bad_share of the line: that factor is missing.": {"weights": "miss"},
    "good parts are 1 - bad_share of the line, not bad_share.": {"weights": "both"},
    "bad_share and 1 - bad_share are exchanged.": {"weights": "turned"},
    "bad_share is a share from 0 to 1, not in per cent.": {"weights": "hundredth"},
    "miss and false alarm are exchanged.": {"costs": "turned"},
    "the two costs are not used.": {"costs": "none"},
    "a false alarm has the cost of a miss here.": {"costs": "miss"},
    "a false alarm adds to the cost; it is subtracted here.": {"costs": "minus"},
    "divided by the sum of the costs; the cost itself is wanted.": {"costs": "sum"},
}  # fmt: skip
COST_ALONE = {
    "a miss has the cost of a false alarm here, or neither cost is used.": {"costs": "alarm"},
    "a bad part AT the threshold has an alarm, so it is not missed.": {"missed": "missed at"},
    "a good part AT the threshold has an alarm, too.": {"false": "false above"},
    "the bad parts WITH an alarm are counted; a miss is one without.": {"missed": "hit"},
    "the good parts WITHOUT an alarm are counted; a false alarm is one with.": {"false": "right"},
    "bad parts WITH an alarm and good ones WITHOUT are counted: these are the right verdicts.": {
        "missed": "hit", "false": "right"},
    "good and bad parts are exchanged: good ones without an alarm and bad ones with it are counted.": {
        "missed": "right", "false": "hit", "of": "turned"},
    "the false alarms are missing.": {"false": "none"},
    "the misses are missing.": {"missed": "none"},
}  # fmt: skip


def check_threshold(cost: Callable, choose: Callable, scores, bad, miss: float, alarm: float, share: float) -> None:
    """Are the costs right, and is the chosen threshold as cheap as any?"""
    name = f"{len(scores)} parts, costs {miss:g} and {alarm:g}, {share:g} of the line bad"
    known = np.unique(scores)
    given = miss, alarm, share
    thresholds = (known[len(known) // 2], known[0], np.inf, (known[0] + known[1]) / 2)
    title = f"{name}: the costs with the thresholds {', '.join(f'{t:.4g}' for t in thresholds)}"
    answers = [check.call(cost, scores, bad, t, *given) for t in thresholds]
    for answer in answers:
        check.require(
            np.shape(answer) != np.shape(scores), f"{title}: this is a cost of EACH part; their mean is one number."
        )
        check.array(answer, title, shape=())
    found = np.array([float(answer) for answer in answers])

    def costs_with(**slip) -> np.ndarray:
        return np.array([_cost(scores, bad, t, *given, **slip) for t in thresholds])

    def mistakes():
        wrong = {words: costs_with(**slip) for words, slip in COST_ALONE.items()}
        return wrong | dict(check.slips(costs_with, COST_SLIPS))

    look = lambda: _wrong_cost(cost, scores, bad, given)  # noqa: E731
    check.close(found, costs_with(), title, mistakes=mistakes, otherwise=look)
    answer = check.call(choose, scores, bad, *given)
    check.require(answer is not None, f"{name}: no threshold was returned. Is the `return` missing?")
    try:
        threshold = float(answer)
    except (TypeError, ValueError):
        kind = "several of them" if np.size(answer) > 1 else type(answer).__name__
        raise check.CheckError(f"{name}: the threshold must be one number, got {kind}.") from None
    check.require(not np.isnan(threshold), f"{name}: the threshold is NaN.")
    costs = [_cost(scores, bad, t, *given) for t in (*known, np.inf)]
    mine = _cost(scores, bad, threshold, *given)
    check.require(
        mine <= min(costs) + 1e-9,
        f"{name}: with your threshold {threshold:.4g} a part costs {mine:.4g}; {min(costs):.4g} can be had."
        + (_why(choose, (threshold, scores, bad, given)) if mine > min(costs) + 1e-9 else ""),
    )


def _wrong_cost(cost, scores, bad, given) -> str:
    """The simplest threshold whose cost is wrong, in words."""
    miss, alarm, share = given
    for words, t, right in (
        ("without any alarm all bad parts are missed: the cost is the line's share of bad parts times that of a miss",
         np.inf, share * miss),
        ("if every part has an alarm, all good ones have a false one: the cost is the line's share of good parts times "
         "that of a false alarm", float(np.min(scores)) - 1, (1 - share) * alarm),
    ):  # fmt: skip
        try:
            value = float(check.call(cost, scores, bad, t, *given))
        except Exception:
            return ""
        if not abs(value - right) <= 1e-6 * (1 + abs(right)):
            return f"{words}, here {right:.4g}; yours gives {value:.4g}."
    return "with all alarms and with none the cost is right: look at what is counted between, and at scores AT the threshold."


def _why(choose, case) -> str:
    """What is behind a threshold that is not the cheapest, here and in other cases."""
    cases = [case]
    others = [random_costs(seed) for seed in range(1, 7)]
    others += [(*random_costs(seed)[:2], *costs) for seed in (4, 8) for costs in ((1.0, 20.0, 0.5), (20.0, 1.0, 0.5))]
    for scores, bad, *given in others:
        try:
            cases.append((float(check.call(choose, scores, bad, *given)), scores, bad, tuple(given)))
        except Exception:
            break
    for words, holds in RULES.items():
        if all(holds(*one) for one in cases):
            return f" {words}"
    threshold, scores, _, _ = case
    if np.isinf(threshold):
        return " Your choice never rings here. Try every score as threshold, and keep that of the least cost."
    if threshold not in scores:
        return " It is no score: try every score as threshold. (Did you return its index?)"
    return " Try every score as threshold, and one above them all, and keep that of the least cost."


def _cheapest(threshold, scores, bad, given, among="all", **options) -> bool:
    """Whether no other threshold is cheaper, for other costs than the right ones."""
    known = np.unique(scores)
    tries = {"all": (*known, np.inf), "scores": known, "not lowest": (*known[1:], np.inf), "between": known[1:],
             "good": np.unique(scores[~bad]), "good, never": (*np.unique(scores[~bad]), np.inf),
             "neighbours": (*known, np.inf)}[among]  # fmt: skip
    if among == "neighbours":
        if threshold not in tries:
            return False
        place = int(np.searchsorted(known, threshold))
        tries = tries[max(place - 1, 0) : place + 2]
    if not len(tries):
        return False
    costs = [_cost(scores, bad, t, *given, **options) for t in tries]
    mine = _cost(scores, bad, threshold, *given, **options)
    return abs(mine - min(costs)) <= 1e-9


def _thumb(values: Callable) -> Callable:
    """Whether the threshold is one of these values of (good scores, scores of bad ones, all, given)."""

    def holds(threshold, scores, bad, given) -> bool:
        found = np.array(values(scores[~bad], scores[bad], scores, *given), dtype=float)
        return (
            bool(np.min(np.abs(found - threshold)) <= 1e-5 * (1 + abs(threshold))) if np.isfinite(threshold) else False
        )

    return holds


def _unsorted(threshold, scores, bad, given) -> bool:
    place = int(np.argmin([_cost(scores, bad, t, *given) for t in (*scores, np.inf)]))
    return place == len(scores) and np.isinf(threshold) or place < len(scores) and np.sort(scores)[place] == threshold


def _half_way(threshold, scores, bad, given) -> bool:
    """Whether it lies between the cheapest score and the next higher one."""
    known = np.unique(scores)
    place = int(np.argmin([_cost(scores, bad, t, *given) for t in known]))
    return threshold == (known[place] + known[min(place + 1, len(known) - 1)]) / 2


def _least(measure: Callable) -> Callable:
    """Whether a measure of (share missed, share of false alarms) is least at this threshold."""

    def holds(threshold, scores, bad, given) -> bool:
        values = [measure(np.mean(scores[bad] < t), np.mean(scores[~bad] >= t)) for t in (*scores, np.inf, threshold)]
        return bool(values[-1] <= min(values) + 1e-9)

    return holds


def _as_if(miss=None, alarm=None, share=None, turned=False, **options) -> Callable:
    """Whether the threshold is the cheapest if the costs or the share were others."""

    def holds(threshold, scores, bad, given) -> bool:
        a, b, c = given
        a, b = (b, a) if turned else (a, b)
        c = c if share is None else share if share != "data" else float(np.mean(bad))
        return _cheapest(threshold, scores, bad, (miss or a, alarm or b, c), **options)

    return holds


TRY = "Try every score as threshold, and keep that of the least cost."
RULES = {
    "This is the least cost itself; its threshold is wanted.": lambda t, scores, bad, given: min(
        abs(_cost(scores, bad, one, *given) - t) for one in (*scores, np.inf)) < 1e-9
        and abs(t - min(_cost(scores, bad, one, *given) for one in (*scores, np.inf))) < 1e-9,
    f"This is the lowest score of a bad part: it misses none, whatever that costs. {TRY}": _thumb(
        lambda good, faulty, scores, *given: [faulty.min()]),
    "This is the highest score of a good part, or just above: it has no false alarm, whatever the misses cost. "
    + TRY: _thumb(lambda good, faulty, scores, *given: [good.max()]),
    f"This is half way between the two means. {TRY}": _thumb(
        lambda good, faulty, scores, *given: [(good.mean() + faulty.mean()) / 2]),
    f"This is a mean and some standard deviations. {TRY}": _thumb(
        lambda good, faulty, scores, *given: [g.mean() + k * g.std(ddof=f) for g in (good, scores) for k in range(4)
                                              for f in (0, 1)]),
    f"This is a quantile of the scores. {TRY}": _thumb(
        lambda good, faulty, scores, miss, alarm, share: [np.quantile(g, q) for g in (good, scores)
                                                          for q in (0.5, 0.9, 0.95, 0.99, share, 1 - share)]),
    f"This is a ratio of the costs, not a score. {TRY}": _thumb(
        lambda good, faulty, scores, miss, alarm, share: [miss / (miss + alarm), alarm / (miss + alarm),
            share * miss / (share * miss + (1 - share) * alarm), (1 - share) * alarm / (share * miss + (1 - share) * alarm)]),
    "This is half way to the next HIGHER score: the cheapest one itself no longer rings.": _half_way,
    "The place is that of the least cost, and the score there another: were the scores sorted in between?": _unsorted,
    "This is the DEAREST threshold; the cheapest is wanted.": lambda t, scores, bad, given: _cost(
        scores, bad, t, *given) >= max(_cost(scores, bad, one, *given) for one in (*scores, np.inf)) - 1e-9,
    "Never to ring is cheaper: try a threshold above all scores.": _as_if(among="scores"),
    "Always to ring is cheaper: try the lowest score as threshold.": _as_if(among="not lowest"),
    "Never or always to ring is cheaper: try the lowest score, and a threshold above all.": _as_if(among="between"),
    "Only scores of good parts were tried: try every score.": _as_if(among="good"),
    "Only scores of good parts were tried, and none: try every score.": _as_if(among="good, never"),
    "It would be the cheapest with score > threshold; the alarm rings AT it, too.": _as_if(above=True),
    "It is the cheapest for these validation parts, as if the line had as many bad ones.": _as_if(share="data"),
    "It is the cheapest if a miss and a false alarm cost the same.": _as_if(miss=1, alarm=1),
    "It would be the cheapest with the two costs exchanged.": _as_if(turned=True),
    "It would be the cheapest if half the line were bad: hand over bad_share.": _as_if(share=0.5),
    "It gives the smallest sum of both shares, as if costs and bad_share did not matter.": _as_if(1, 1, 0.5),
    "It gives the fewest wrong verdicts, as if both had one cost.": _as_if(1, 1, "data"),
    "Here both shares are nearly the same (equal error rate), whatever they cost. " + TRY: _least(lambda a, b: abs(a - b)),
    "Here the curve of both shares is nearest to its corner, whatever they cost. " + TRY: _least(lambda a, b: a**2 + b**2),
    "Your choice never rings: try every score as threshold.": lambda t, scores, bad, given: t > scores.max(),
    "The cost is higher at both neighbours, but lower farther off: try EVERY score.": _as_if(among="neighbours"),
}  # fmt: skip
