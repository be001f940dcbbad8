"""Checks of lesson 33, conditions and edits."""

import numpy as np

from course_utils import check


def _direction_formula(codes, has, groups=None, sign=1.0, how="mean", kind="right", length=False):
    """The attribute direction, with its popular slips as options."""
    if groups is None or kind == "pooled":
        groups = np.zeros(len(codes))
    found, sizes, withs, half = [], [], [], []
    for group in np.unique(groups):
        inside = groups == group
        one, other = codes[inside & has], codes[inside & ~has]
        if not len(one) or not len(other):
            half.append(one.mean(axis=0) if len(one) else -other.mean(axis=0))
            continue
        first, second = one.mean(axis=0), other.mean(axis=0)
        pairs = {
            "from all": (first, codes[inside].mean(axis=0)),
            "with only": (first, 0.0),
            "sums": (one.sum(axis=0), other.sum(axis=0)),
            "shares": (one.sum(axis=0) / inside.sum(), other.sum(axis=0) / inside.sum()),
            "number": (one.mean(), second),
            "median": (np.median(one, axis=0), np.median(other, axis=0)),
            "all with": (codes[has].mean(axis=0), second),
            "all without": (first, codes[~has].mean(axis=0)),
        }
        first, second = pairs.get(kind, (first, second))
        found.append(first - second)
        sizes.append(inside.sum())
        withs.append(len(one))
    result = {
        "mean": lambda: np.mean(found, axis=0),
        "sum": lambda: np.sum(found, axis=0),
        "sizes": lambda: np.average(found, axis=0, weights=sizes),
        "withs": lambda: np.average(found, axis=0, weights=withs),
        "shares": lambda: np.sum(found * np.array(sizes)[:, None], axis=0) / len(codes),
        "median": lambda: np.median(found, axis=0),
        "all": lambda: np.sum(found, axis=0) / (len(found) + len(half)),
        "halves": lambda: np.mean(found + half, axis=0),
        "first": lambda: found[0],
        "last": lambda: found[-1],
    }[how]()
    result = sign * result
    return result / np.linalg.norm(result) if length else result


def _direction_case(n: int, k: int, groups, seed: int, one_sided: bool):
    """Codes, who has the attribute, and uneven groups: in two of them one code is alone of its kind."""
    rng = np.random.default_rng([n, k, seed])
    codes = rng.normal(size=(n, k)) * np.linspace(1, 3, k) + 0.5
    has = rng.random(n) < 0.4
    has[:2] = [True, False]
    if groups is None:
        return codes, has, None
    named = np.array(groups)[np.sort(rng.integers(0, len(groups), n) * rng.integers(0, 2, n))]
    for number, group in enumerate(groups):
        named[4 * number : 4 * number + 4] = group
        has[4 * number : 4 * number + 4] = [True, False, False, True]
    codes = codes + 2.0 * np.unique(named, return_inverse=True)[1][:, None] * (has[:, None] + 1)
    for group, alone in zip(groups[1:3], (True, False), strict=False):  # one with, many without; and the reverse
        inside = np.flatnonzero(named == group)
        has[inside], has[inside[0]] = not alone, alone
    if one_sided:
        has[named == groups[0]], has[named == groups[-1]] = True, False
    return codes, has, named


def _direction_mistakes(codes, has, named) -> dict:
    """What no formula of differences in groups gives."""
    plain = codes[has].mean(axis=0) - codes[~has].mean(axis=0)
    found = {
        "`has` is used as numbers: it marks rows, and stays boolean.": codes[has.astype(int)].mean(axis=0)
        - codes[1 - has.astype(int)].mean(axis=0),
    }
    if named is None:
        return found | {
            "the two means are added.": codes[has].mean(axis=0) + codes[~has].mean(axis=0),
            "these are absolute values; the sign of each entry matters.": np.abs(plain),
        }
    kinds = np.unique(named)
    centred = codes - np.stack([codes[named == one].mean(axis=0) for one in named])
    apart = [
        np.mean([codes[side & (named == one)].mean(axis=0) for one in kinds if (side & (named == one)).any()], axis=0)
        for side in (has, ~has)
    ]
    return found | {
        "the means of those with and of those without are averaged apart; take the difference in each group first, "
        "and leave out one-sided groups.": apart[0] - apart[1],
        "the groups' means are taken off, and then one difference over all; take the difference in each group.": centred[
            has
        ].mean(axis=0)
        - centred[~has].mean(axis=0),
    }


def _direction_known(codes, has, named) -> dict:
    """What known mistakes give; some groups may be one-sided."""
    one_sided = named is not None and any(len(set(has[named == one])) == 1 for one in named)
    options = {
        "the sign is wrong: those with minus those without.": {"sign": -1.0},
        "the mean of all codes was subtracted, not that of those without.": {"kind": "from all"},
        "the mean of those without is not subtracted.": {"kind": "with only"},
        "the direction was scaled to length 1; its length matters here.": {"length": True},
        "these are sums, not means.": {"kind": "sums"},
        "each sum is divided by the number of all, not of its own rows.": {"kind": "shares"},
        "one mean is a single number: axis=0 is missing.": {"kind": "number"},
        "these are medians, not means.": {"kind": "median"},
    }
    if named is not None:
        options |= {
            "the groups are not used: this is one difference over all.": {"kind": "pooled"},
            "those with the attribute come from all groups, not from the group alone.": {"kind": "all with"},
            "those without come from all groups, not from the group alone.": {"kind": "all without"},
            "the differences of the groups are added; take their mean.": {"how": "sum"},
            "larger groups count more; give each group the same weight.": {"how": "sizes"},
            "groups with more of those with count more; give each group the same weight.": {"how": "withs"},
            "each group counts by its share of all rows; give each the same weight.": {"how": "shares"},
            "this is the median of the groups' differences; take their mean.": {"how": "median"},
            "only the first group is used.": {"how": "first"},
            "only the last group is used; is the return inside the loop, or a list overwritten?": {"how": "last"},
        }
    if one_sided:
        options["the groups that are left out still count in the mean."] = {"how": "all"}
        options["in one-sided groups the missing mean counts as 0; leave these groups out."] = {"how": "halves"}

    def formula(**slips):
        return _direction_formula(codes, has, named, **slips)

    return dict(check.slips(formula, options)) | _direction_mistakes(codes, has, named)


def _small(codes: list, has: str, groups: str | list = "") -> tuple:
    """Words and arguments of a small case; has is a letter for each row, w(ith) or o(ut)."""
    have = np.array([one == "w" for one in has])
    told = f"for codes {codes} with has = {have.tolist()}" + f" and groups = {list(groups)}" * bool(groups)
    codes = np.array(codes, dtype=float)
    return told, ((codes, have, np.array(list(groups))) if groups else (codes, have))


SMALL_DIRECTIONS = dict(
    [
        _small([[5, 1], [2, 3]], "wo"),
        _small([[2], [5]], "ow"),
        _small([[5], [9], [2]], "wwo"),
        _small([[2], [9], [4], [4]], "owoo"),
        _small([[9], [1], [2], [0]], "wwwo"),
        _small([[9], [0], [1], [5]], "wooo"),
    ]
)
SMALL_GROUPS = dict(
    [
        _small([[5, 1], [2, 3]], "wo", "aa"),
        _small([[5], [2], [9], [4]], "wowo", "aabb"),
        _small([[5], [9], [2], [4]], "wwoo", "abab"),
        _small([[5], [2], [9], [4], [4], [7]], "wowoow", "aabbbb"),
        _small([[5], [2], [9]], "wow", "aab"),
        _small([[5], [2], [9]], "woo", "aab"),
        _small([[9], [5], [8], [2]], "wwow", "abbc"),
        _small([[5], [2], [9], [4]], "wowo", [1, 1, 7, 7]),
        _small([[5], [2], [9], [4], [4]], "wowoo", ["bl", "bl", "br", "br", "br"]),
    ]
)


def check_direction(direction, n: int, k: int, groups=None, seed: int = 0, one_sided: bool = False) -> None:
    """Hold an attribute direction of n codes against NumPy; with one_sided, some groups have one kind only."""
    codes, has, named = _direction_case(n, k, groups, seed, one_sided)
    answer = check.call(direction, *((codes, has) if named is None else (codes, has, named)))
    name = "the direction" if named is None else "the direction with groups"
    values = np.asarray(answer)
    check.require(
        values.dtype.kind != "f" or not np.isnan(values).any(),
        f"{name} is NaN: a mean over no code at all. "
        + ("Leave out groups in which all or none have the attribute." if one_sided else "Which rows are meant?"),
    )
    grouped = {} if named is None else {"groups": named}
    case, elsewhere = (codes, has, named), _direction_case(60, k, groups and list("abcde"), seed, one_sided)

    def run(*arguments):
        return check.call(direction, *(arguments[:2] if named is None else arguments))

    def small(*arguments):
        value = np.asarray(check.call(direction, *arguments))  # a mean of no differences is one NaN
        return value if value.dtype.kind != "f" or not np.isnan(value).all() else arguments[0][0] * np.nan

    def otherwise():
        cases = check.worked(_direction_formula, SMALL_GROUPS if grouped else SMALL_DIRECTIONS)
        return check.first_wrong(small, cases) or check.behaviour(
            direction, _direction_formula, codes=codes, has=has, **grouped
        )

    known = lambda: check.confirmed(run, _direction_known, case, [elsewhere])  # noqa: E731
    check.close(answer, _direction_formula(*case), name, mistakes=known, otherwise=otherwise)


def check_edit(edit, n: int, k: int, target: float) -> None:
    """Hold edited codes against the step by a formula of our own; the answers lie on both sides of the target."""
    rng = np.random.default_rng([n, k])
    codes = rng.normal(size=(n, k)) + 0.3
    direction, normal = rng.normal(size=k) + 0.5, 2 * rng.normal(size=k) + 0.7
    offset = 0.8
    there = np.linspace(-4.0, 5.0, n) if n > 1 else -np.ones(n)
    codes += np.outer(target + there - codes @ normal - offset, normal) / (normal @ normal)
    below = {"wd": direction @ normal, "dd": direction @ direction, "ww": normal @ normal, "one": 1.0}
    below |= {"length": np.linalg.norm(direction), "times": 1 / (direction @ normal), "size": abs(direction @ normal)}

    def formula(sign=1.0, off=1.0, over="wd", goal=target, same="", along="direction", have="normal", step=True):
        answers = {"normal": codes @ normal, "direction": codes @ direction, "none": 0.0}
        answers["sum"] = np.sum(codes @ normal)
        missing = goal - answers[have] - off * offset + np.zeros(n)
        if over == "brackets":
            steps = goal - (answers[have] + off * offset) / below["wd"]
        elif over == "sigmoid":
            steps = (goal - 1 / (1 + np.exp(-answers[have] - off * offset))) / below["wd"]
        else:
            steps = sign * missing / below[over]
        steps = {"": steps, "mean": np.full(n, steps.mean()), "first": np.full(n, steps[0]), "size": abs(steps)}[same]
        ways = {"direction": direction, "normal": normal, "unit": direction / below["length"]}
        return (codes if step else 0) + steps[:, None] * ways[along]

    answer = check.call(edit, codes, direction, normal, offset, target)
    if not n:  # a list of no rows has lost their length
        check.require(np.size(answer) == 0, "Without any code there is nothing to move, but codes come back.")
        return
    options = {
        "the step goes the wrong way: target minus the present answer.": {"sign": -1.0},
        "the offset is forgotten.": {"off": 0.0},
        "the offset has the wrong sign.": {"off": -1.0},
        "divide by normal · direction, not by the square of the direction's length.": {"over": "dd"},
        "divide by normal · direction, not by the square of the normal's length.": {"over": "ww"},
        "divide by normal · direction, not by the direction's length.": {"over": "length"},
        "the division by normal · direction is missing.": {"over": "one"},
        "this multiplies by normal · direction; divide by it.": {"over": "times"},
        "brackets are missing: the division is for target minus answer.": {"over": "brackets"},
        "a linear probe's answer has no sigmoid.": {"over": "sigmoid"},
        "all codes get the same step; each needs its own.": {"same": "mean"},
        "all codes get the first one's step; each needs its own.": {"same": "first"},
        "the codes are moved along the normal, not along the direction.": {"along": "normal"},
        "the direction is scaled to length 1, the step is not.": {"along": "unit"},
        "the probe's answer takes the normal, not the direction.": {"have": "direction"},
        "the probe's answers of all codes are added up; each code has its own.": {"have": "sum"},
        "the codes' own answers are not taken off the target.": {"have": "none", "off": 0.0},
        "these are the steps alone; add them to the codes.": {"step": False},
        "some codes have to go back: a step may be negative.": {"same": "size"},
    }
    if target:
        options["the target is not used; the probe now answers 0."] = {"goal": 0.0}
    known = _edit_mistakes(formula(), codes, direction, normal, offset, target)
    given = {"codes": codes, "direction": direction, "normal": normal, "offset": offset, "target": target}
    right = lambda z, d, w, off, to: z + np.outer((to - off - z @ w) / (d @ w), d)  # noqa: E731
    otherwise = lambda: check.behaviour(edit, right, **given)  # noqa: E731
    known |= check.slips(formula, options)
    check.close(answer, formula(), "the edited codes", mistakes=known, otherwise=otherwise)


def _edit_mistakes(right, codes, direction, normal, offset: float, target: float) -> dict:
    """What no formula of one step for each code gives."""
    missing = (right - codes) @ normal
    steps = missing / (direction @ normal)

    def moved(some):
        return codes + some[:, None] * direction

    along = direction @ normal
    backward = moved(-steps) if along < 0 else right
    added = moved((2 * target - missing) / along) if target else right
    return {
        "these are the codes, unchanged.": codes,
        "the steps go the wrong way here, where normal · direction is negative: divide by it with its sign.": backward,
        "these are the steps, one a code. Go so far along the direction.": steps,
        "only codes below the target are moved; the others have to go back.": moved(np.where(missing > 0, steps, 0)),
        "codes of which the probe says yes already are not moved; they have to reach the target, too.": moved(
            np.where(target - missing > 0, 0, steps)
        ),
        "the offset is added to the codes; add it to their answers.": moved(
            (missing + offset - offset * normal.sum()) / along
        ),
        "each step is twice as long as it should be.": moved(2 * steps),
        "the present answer is added to the target; take it off.": added,
        "all codes get the last one's step; each needs its own.": moved(np.full(len(codes), steps[-1])),
        "direction * normal are products of entries; their sum is needed, direction @ normal.": codes
        + missing[:, None] / normal,
        "only the first code is returned.": right[0],
    }


def _projections(directions: np.ndarray) -> dict[str, np.ndarray]:
    """The projection onto the span of directions (m, k), right and wrong."""
    m, k = directions.shape
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    unit, right, q = directions / lengths, np.linalg.pinv(directions) @ directions, np.linalg.qr(directions.T)[0]

    def onto(rows):
        return np.linalg.pinv(rows) @ rows

    found = {
        "right": right,
        "raw": directions.T @ directions,
        "unit": unit.T @ unit,
        "once": (directions / lengths).T @ directions,
        "back": q @ directions,
        "rest": np.eye(k) - right,
        "all": np.eye(k),
        "columns": np.diag(np.arange(k) < m).astype(float),
    }
    if m > 1:
        found |= {"first": onto(directions[:1]), "last": onto(directions[-1:]), "mean": onto(directions.sum(0)[None])}
        found["apart"] = onto(directions[1:] - directions[0])
        found["in turn"] = np.eye(k) - np.linalg.multi_dot([np.eye(k), *(np.eye(k) - np.outer(u, u) for u in unit)])
    return found


def _swapped(codes, donors, directions) -> np.ndarray:
    """Swapped codes by the pseudo-inverse."""
    return codes + (donors - codes) @ np.linalg.pinv(directions) @ directions


def _small_swap(codes: list, donors: list, directions: list) -> tuple:
    """Words and arguments of a small case."""
    told = f"for codes = {codes}, donors = {donors} and directions = {directions}"
    return told, tuple(np.array(one, dtype=float) for one in (codes, donors, directions))


SMALL_SWAPS = dict(
    [
        _small_swap([[1, 2]], [[5, 6]], [[1, 0]]),
        _small_swap([[1, 2]], [[5, 6]], [[0, 3]]),
        _small_swap([[1, 2]], [[5, 8]], [[1, 1]]),
        _small_swap([[1, 2, 3]], [[5, 8, 9]], [[1, 0, 0], [1, 1, 0]]),
        _small_swap([[1, 2], [3, 4]], [[5, 6], [9, 7]], [[2, 0]]),
    ]
)


def check_swap(swap, n: int, k: int, m: int) -> None:
    """Hold swapped codes against the projection by the pseudo-inverse; m directions of k dimensions."""
    rng = np.random.default_rng([n, k, m])
    codes, donors = rng.normal(size=(n, k)), 2 * rng.normal(size=(n, k)) + 1
    directions = rng.normal(size=(m, k)) * np.linspace(0.6, 2.5, m)[:, None] + 0.5
    by_name = _projections(directions)
    givers = {"own": donors, "first": donors[:1], "mean": donors.mean(axis=0)}

    def formula(by="right", sign=1.0, own=1.0, other=1.0, start=codes, giver="own"):
        return start + sign * (other * givers[giver] - own * codes) @ by_name[by]

    answer = check.call(swap, codes, donors, directions)
    check.require(
        m == k or np.shape(answer) != (n, m),
        f"The swapped codes have {m} columns, expected {k}: coordinates in the span have to go back (@ basis.T).",
    )
    options = {
        "the donor's part is added, but the code's own part is not taken off.": {"own": 0.0},
        "the part is taken off, but the donor's part is not added.": {"other": 0.0},
        "the sign is wrong: donor minus code.": {"sign": -1.0},
        "the rest was swapped and the part in the span kept: donors and codes are exchanged.": {"by": "rest"},
        "the start is the donor; start from the code.": {"start": donors},
        "the difference is right, but it has to be added to the codes.": {"start": 0.0},
        "these are the donors themselves; keep what is perpendicular to the span.": {"by": "all"},
        "the directions are not of length 1, or not perpendicular: make them orthonormal first.": {"by": "raw"},
        "divide by the square of a direction's length, not by the length.": {"by": "once"},
        "coordinates in an orthonormal basis go back with that basis, not with the directions.": {"by": "back"},
        "the first entries of the codes are swapped; the span lies across all entries.": {"by": "columns"},
        "all codes get the first donor's part; each has a donor of its own.": {"giver": "first"},
        "all codes get the mean of the donors' parts; each has a donor of its own.": {"giver": "mean"},
    }
    if m > 1:
        options |= {
            "the directions have length 1 now, but are not perpendicular to each other: use np.linalg.qr.": {
                "by": "unit"
            },
            "the directions are used one after the other, but are not perpendicular: use np.linalg.qr.": {
                "by": "in turn"
            },
            "only the first direction is used.": {"by": "first"},
            "only the last direction is used.": {"by": "last"},
            "the directions are added up or averaged; their whole span is meant.": {"by": "mean"},
            "the directions are differences already: take no mean and no first one off.": {"by": "apart"},
        }
    part = by_name["right"]
    known = {
        "these are the codes, unchanged.": codes,
        "this is the swapped part alone; add the rest of the code.": donors @ part,
        "the whole donor is added, not only its part in the span.": codes - codes @ part + donors,
        "only half of the difference is added.": codes + (donors - codes) @ part / 2,
        "twice the difference is added.": codes + 2 * (donors - codes) @ part,
    }

    def otherwise():
        told = check.behaviour(swap, _swapped, codes=codes, donors=donors, directions=directions)
        return told or check.first_wrong(swap, check.worked(_swapped, SMALL_SWAPS))

    known |= check.slips(formula, options)
    check.close(answer, formula(), "the swapped codes", mistakes=known, otherwise=otherwise)
