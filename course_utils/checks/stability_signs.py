"""Lesson 45: which part of one sign of collapse is wrong, found on several sets at once."""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
from scipy.spatial.distance import cdist

from course_utils import check

# --- a sign has five parts; each may be wrong -------------------------------------------------------


def _others(table) -> np.ndarray:
    """A table without its diagonal, one row fewer each: (n, n - 1)."""
    n = len(table)
    return table[~np.eye(n, dtype=bool)].reshape(n, n - 1)


def _own(points) -> dict[str, np.ndarray]:
    """What a mistake takes for the distance of each to its nearest other one; "" is right."""
    table = cdist(points, points)
    others = _others(table)
    earlier = [table[k, :k].min(initial=np.inf) for k in range(len(points))]
    later = [table[k, k + 1 :].min(initial=np.inf) for k in range(len(points))]
    return {
        "": others.min(axis=1),
        "the distance of a picture to itself, 0, must not count.": np.zeros(len(points)),
        "a distance of 0 between two different pictures must count.": np.where(others == 0, np.inf, others).min(axis=1),
        "this is the second nearest other picture; the nearest is meant.": np.sort(others, axis=1)[
            :, min(1, len(points) - 2)
        ],
        "this takes the farthest other picture; the nearest is meant.": others.max(axis=1),
        "this is the mean distance to all others; the nearest is meant.": others.mean(axis=1),
        "this is the median distance to the others; the nearest is meant.": np.median(others, axis=1),
        "both pictures of a near pair count, not the later one alone.": np.array(earlier),
        "both pictures of a near pair count, not the earlier one alone.": np.array(later),
        "these are squared distances, beside plain ones.": others.min(axis=1) ** 2,
        "pairs are looked at; count pictures, each by its nearest other one.": others.ravel(),
    }


def _between(table) -> dict[str, np.ndarray]:
    """The same for the distance of each real picture (a row) to its nearest made one."""
    cut = table.copy()
    np.fill_diagonal(cut, np.inf)
    return {
        "": table.min(axis=1),
        "the table from real to made has no diagonal to leave out: all its entries count.": cut.min(axis=1),
        "this counts made pictures; `missing` is a share of the real ones.": table.min(axis=0),
        "this takes the farthest made picture; the nearest is meant.": table.max(axis=1),
        "this is the mean distance to all made pictures; the nearest is meant.": table.mean(axis=1),
        "this is the median distance to the made pictures; the nearest is meant.": np.median(table, axis=1),
        "pairs are looked at; count real pictures, each by its nearest made one.": table.ravel(),
        "these are squared distances, beside plain ones.": table.min(axis=1) ** 2,
    }


YARDS = {
    "of_made": "the radius is a quantile of the REAL pictures' distances to one another, not of the made ones'.",
    "real_made": "the radius is a quantile of distances between real pictures, not from real to made ones.",
    "made_real": "the radius is a quantile of distances between real pictures, not from made to real ones.",
    "pairs": "the quantile is that of the distances to the NEAREST others, not of all distances.",
    "table": "the quantile is that of the distances to the nearest OTHERS; here the whole table enters, with its diagonal.",
    "itself": "the radii: the distance of a real picture to itself, 0, must not count.",
    "copies": "the radii: a distance of 0 between two different real pictures must count.",
    "farthest": "the radius is a quantile of distances to the NEAREST others, not to the farthest.",
    "averages": "the radius is a quantile of distances to the NEAREST others, not of mean distances.",
    "squares": "the radius is that of squared distances, beside plain ones.",
}


def _yards(real, of_made, between) -> dict[str, np.ndarray]:
    table = cdist(real, real)
    others = _others(table)
    arrays = {
        "of_made": of_made,
        "real_made": between.min(axis=1),
        "made_real": between.min(axis=0),
        "pairs": others.ravel(),
        "table": table.ravel(),
        "itself": np.zeros(len(real)),
        "copies": np.where(others == 0, np.inf, others).min(axis=1),
        "farthest": others.max(axis=1),
        "averages": others.mean(axis=1),
        "squares": others.min(axis=1) ** 2,
    }
    return {"": others.min(axis=1)} | {YARDS[name]: array for name, array in arrays.items()}


def _radii(level: float, duplicates: bool) -> dict[str, Callable]:
    """How a radius is made of the yardstick's distances."""
    right, turned = (level, 1 - level) if duplicates else (1 - level, level)
    word, other = ("level", "1 - level") if duplicates else ("1 - level", "level")
    side = -1 if duplicates else 1

    def at(share: float, **how) -> Callable:
        return lambda v: np.quantile(v, share, **how)

    return {
        "": at(right),
        f"the quantile is {word}, not {other}.": at(turned),
        "the quantile is always the same; the argument `level` is not used.": at(0.05 if duplicates else 0.95),
        f"the quantile is {word}; here level is halved.": at(level / 2 if duplicates else 1 - level / 2),
        f"the quantile is {word}; here level is doubled.": at(2 * level if duplicates else 1 - 2 * level),
        "np.quantile takes a share; here it is a hundredth of it. (np.percentile takes per cent.)": at(right / 100),
        "the quantile lies between two distances: np.quantile interpolates; no sorted entry is taken.": (
            lambda v: np.sort(v)[min(int(right * len(v)), len(v) - 1)]
        ),
        "np.quantile interpolates between two distances; this takes the lower one.": at(right, method="lower"),
        "np.quantile interpolates between two distances; this takes the higher one.": at(right, method="higher"),
        "the radius is a quantile, not a share of the largest distance.": lambda v: right * np.max(v),
        "the radius is a quantile, not a share of the mean distance.": lambda v: right * np.mean(v),
        "the radius is a quantile, not the level itself.": lambda v: right,
        "the radius is a quantile, not the mean distance.": np.mean,
        "the radius is a quantile, not the median distance.": np.median,
        "the radius is a quantile, not the smallest or largest distance.": np.min if duplicates else np.max,
        "the radius is a quantile, not the mean with one standard deviation.": lambda v: np.mean(v) + side * np.std(v),
        "the radius is a quantile, not the mean with two standard deviations.": lambda v: (
            np.mean(v) + side * 2 * np.std(v)
        ),
    }


def _comparisons(duplicates: bool) -> dict[str, Callable]:
    less, more = (np.less, np.less_equal), (np.greater, np.greater_equal)
    (right, nearly), others = (less, more) if duplicates else (more, less)
    words = ("*closer* means <, not <=.", "NOT closer") if duplicates else ("*farther* means >, not >=.", "covered")
    told = f"this is the share that is {words[1]}."
    return {"": right, words[0]: nearly, told: others[1], f"{told[:-1]} (or just so).": others[0]}


def _ends(made: int, real: int, duplicates: bool) -> dict[str, Callable]:
    """How a share is made of marks."""
    mine, other = (made, real) if duplicates else (real, made)
    name = "made" if duplicates else "real"
    return {
        "": np.mean,
        "this is a count, not a share.": np.sum,
        "this is in per cent; return a share.": lambda v: 100 * np.mean(v),
        f"it is a share of the {name} pictures: divide by their number.": lambda v: np.sum(v) / other,
        f"it is a share of the {name} pictures: divide by their number, not by that of all.": (
            lambda v: np.sum(v) / (mine + other)
        ),
        f"divide by the number of {name} pictures; none is left out.": lambda v: np.sum(v) / (mine - 1),
        "half of it: both pictures of a pair count.": lambda v: np.mean(v) / 2,
        "each picture counts once, not once for each near one.": lambda v: np.sum(v) / mine,
        "each picture counts once; here near pairs are counted.": lambda v: np.sum(v) / mine / 2,
        "return the share; here it is whether there is any.": lambda v: float(np.any(v)),
        "the share is rounded: return it as it is.": lambda v: np.round(np.mean(v), 2),
        "the share is rounded to one digit: return it as it is.": lambda v: np.round(np.mean(v), 1),
    }


def _parts(made, real, level: float, duplicates: bool) -> list[dict]:
    """The five parts of a sign, each "" if right, or a mistake in words."""
    between, of_made = cdist(real, made), _own(made)
    if duplicates:
        distances = of_made | {
            "`duplicates` compares made pictures with made ones, not with the real ones.": between.min(axis=0),
            "`duplicates` compares made pictures with made ones alone, not with the real ones as well.": np.minimum(
                between.min(axis=0), of_made[""]
            ),
            "`duplicates` is about the made pictures; here the real ones are counted.": _own(real)[""],
            "copies alone are no measure: a picture counts if another is CLOSER than the radius.": np.where(
                of_made[""] == 0, -np.inf, np.inf
            ),
            "rows that repeat an earlier one are counted; a picture counts if another is CLOSER than the radius.": np.where(
                of_made["both pictures of a near pair count, not the later one alone."] == 0, -np.inf, np.inf
            ),
        }
    else:
        distances = _between(between) | {
            "`missing` compares real pictures with MADE ones, not with other real ones.": _own(real)[""],
            "`missing` is about the real pictures; here made ones are compared with made ones.": of_made[""],
        }
    yards = _yards(real, of_made[""], between)
    ends = _ends(len(made), len(real), duplicates)
    return [distances, yards, _radii(level, duplicates), _comparisons(duplicates), ends]


def _share(parts: list[dict], chosen: tuple) -> float:
    distance, yard, radius, compare, end = (one[words] for one, words in zip(parts, chosen, strict=True))
    with np.errstate(all="ignore"):
        return float(end(compare(distance, radius(yard))))


def _mistakes(parts: list[dict]) -> Iterator[tuple]:
    """One mistake, then two in different parts."""
    for count in (1, 2):
        for places in combinations(range(len(parts)), count):
            yield from _words(parts, places)


def _words(parts: list[dict], places: tuple) -> Iterator[tuple]:
    if not places:
        yield ("",) * len(parts)
        return
    first, *rest = places
    for more in _words(parts, tuple(rest)):
        for words in parts[first]:
            if words:
                yield (*more[:first], words, *more[first + 1 :])


def asked(signs: Callable, made, real, level: float, key: str) -> float | None:
    """The learner's share, or None."""
    try:
        return check.number(check.call(signs, made, real, level)[key], key)
    except Exception:
        return None


def why(signs: Callable, key: str, sets: list[tuple], right: list[float]) -> str:
    """Which mistakes, one or two, give this share on all sets; else how it behaves; or nothing.

    Args:
        signs: the learner's ``collapse_signs(made, real, level)``.
        key: ``"duplicates"`` or ``"missing"``.
        sets: each (made, real, level).
        right: the right shares of these sets.
    """
    mine = [asked(signs, *one, key) for one in sets]
    if None in mine:
        return ""
    if np.allclose(mine, right):
        return behaviour(signs, key)
    parts = [_parts(*one, key == "duplicates") for one in sets]
    for chosen in _mistakes(parts[0]):
        if all(abs(_share(one, chosen) - got) < 1e-6 for one, got in zip(parts, mine, strict=True)):
            return "; and ".join(words.rstrip(".") for words in chosen if words) + "."
    return behaviour(signs, key)


# --- how a sign behaves -----------------------------------------------------------------------------


def behaviour(signs: Callable, key: str) -> str:
    """The first simple example in which a share is not as it should be, in words, or nothing."""
    rng = np.random.default_rng(0)
    made, real = rng.normal(size=(40, 3)), rng.normal(size=(50, 3))
    now = asked(signs, made, real, 0.2, key)
    if now is None:
        return ""

    def differs(made=made, real=real, level=0.2, wanted=now) -> float | None:
        got = asked(signs, made, real, level, key)
        return None if got is None or abs(got - wanted) < 1e-6 else got

    twice = np.concatenate([made, made])
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    more = np.concatenate([made, 1000.0 * np.arange(1, 11)[:, None] * np.ones(3)])
    apart = 1000.0 * np.arange(40)[:, None] * np.ones(3)
    if key == "duplicates":
        examples = (
            ({"made": twice, "wanted": 1}, "If every made picture is there twice, all have a copy and count: 1."),
            ({"made": apart, "wanted": 0}, "If the made pictures are far from one another, none counts: 0."),
            ({"made": more, "wanted": now * 40 / 50}, "If 10 lonely pictures join 40, the share falls to 4/5 of it."),
            ({"made": made + 1000}, "If all made pictures are moved far from the real ones, nothing changes."),
        )
    else:
        examples = (
            ({"made": real, "wanted": 0}, "If the made pictures are the real ones, none is missing: 0."),
            (
                {"made": real + 1000, "wanted": 1},
                "If all made pictures are far from the real ones, all are missing: 1.",
            ),
            ({"made": twice}, "If every made picture is there twice, nothing changes."),
            (
                {"made": more},
                "If made pictures far from all others are added, nothing changes: it is a share of the real ones alone.",
            ),
        )
    order = rng.permutation(40)
    examples = (
        (
            {"made": made[order], "real": real[::-1]},
            "In another order of the pictures nothing changes: all count, and none is paired with another by its place.",
        ),
        *examples,
        (
            {"made": 1e4 * made, "real": 1e4 * real},
            "If all features are 10,000 times as large, nothing changes. Is there a fixed number?",
        ),
        ({"made": made + 7, "real": real + 7}, "If all features grow by 7, nothing changes."),
        (
            {"made": made @ turn, "real": real @ turn},
            "If all features are rotated together, nothing changes: distances are Euclidean, of all features as they are.",
        ),
    )
    for changed, words in examples:
        got = differs(**changed)
        if got is not None:
            told = f"is {got:.3g}" if "wanted" in changed else f"goes from {now:.3g} to {got:.3g}"
            return f"{words} Here {key!r} {told}."
    if now == asked(signs, made, real, 0.4, key):
        return f"With level 0.4 instead of 0.2 {key!r} stays {now:.3g}: is `level` used?"
    return ""
