"""Checks of lesson 43 on nearest neighbours: precision and recall, density and coverage, copies."""

import itertools
from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.evaluation_kid import either


def points(name: str) -> np.ndarray:
    """Small sets of points (n, d) that show ties, rims, equal points and clusters, by name."""
    near = [[0, 0], [1, 0], [0, 1], [1, 1], [9, 9], [10, 9], [9, 10], [10, 10]]
    known = [[0, 0], [4, 0], [0, 4], [4, 4]]
    sets = {
        "line": [[0], [1], [2], [4], [7], [11], [16]],
        "line, others": [[-0.3], [6.7], [7.5], [8.8], [11.3], [17.9], [18], [18.5], [22.1]],
        "line, rim": [[-1], [3.3], [9.2], [30]],
        "line, five": [[-3], [0.4], [5.3], [9.2], [30]],
        "line, dense": [[1.1], [1.3], [0.9]],
        "line, two": [[-2], [9.2]],
        "collapsed": [[2]] * 4,
        "thrice": [[1], [1], [1], [2.5], [3]],
        "clusters": near,
        "one cluster": (np.array(near[:5]) * 0.9 + 0.1).tolist(),
        "known": known,
        "fresh": [[2, 2], [2, 0], [6, 6], [-2, 0]],
        "near known": (np.array(known) + [[0], [0.3], [0.3], [-0.2]]).tolist(),
        "tied": [
            [1, 0],
            [3, 0],
            [0, 5],
            [2, 1.9],
            [6.5, 6],
            [4, 3.5],
            [0, 3],
            [0.2, 0.1],
            [4, 0],
            [2, 4.5],
            [4.3, 4.2],
        ],
    }
    return np.array(sets[name], dtype=float)


def _two(value, *names: str) -> np.ndarray:
    """Two numbers, from a tuple, a list or an array."""
    pair = tuple(value) if len(getattr(value, "shape", ())) == 1 else value
    return np.array([check.number(v, n) for v, n in zip(check.several(pair, *names), names, strict=True)])


def _gaps(a, b) -> np.ndarray:
    return np.linalg.norm(np.asarray(a)[:, None] - np.asarray(b)[None], axis=-1)


def _radii(source, k: int, mistake: str = "") -> np.ndarray:
    """Distances to the k-th nearest other point of the same set."""
    table = _gaps(source, source)
    if mistake == "columns":
        return np.sort(table, axis=0)[:, k]
    rows = [np.delete(row, i) for i, row in enumerate(table)]
    if mistake == "unequal":
        rows = [row[row > 0] for row in rows]
    return np.array([sorted([0.0, *row] + [np.inf] * k)[k] for row in rows])


def _inside(centres, others, radii, mistake: str = "") -> np.ndarray:
    """Which of the others lie in which ball (balls, others)."""
    gaps = _gaps(centres, others)
    return gaps < radii[:, None] - 1e-12 if mistake == "rim" else gaps <= radii[:, None] + 1e-12


RIM = "a point on the rim of a ball counts as inside."
TWINS = "equal pictures are neighbours at distance 0; leave out only the point itself."


def _clouds() -> list[tuple]:
    """Real and made points, and k, on which few mistakes give the same by chance."""
    rng = np.random.default_rng(4)
    kinds = ((43, 41, 2, 1.4), (37, 46, 3, 0.4), (39, 44, 1, 0.8))
    return [(rng.normal(size=(n, 3)), rng.normal(size=(m, 3)) * wide + 1, k) for n, m, k, wide in kinds]


def _shares(real, made, k: int, mistake: str = "") -> np.ndarray:
    def share(centres, others):
        if mistake == "other set":
            inside = _gaps(centres, others) <= _radii(others, k)[None]
        else:
            radii = _radii(centres, k, mistake)
            if mistake in ("mean", "max"):
                radii[:] = getattr(radii, mistake)()
            if mistake == "across":
                radii = np.sort(_gaps(centres, others), axis=1)[:, min(k, len(others) - 1)]
            inside = _inside(centres, others, radii, mistake)
        if mistake == "pairs":
            return inside.mean()
        if mistake == "nearest":
            inside = inside & (_gaps(centres, others) <= _gaps(centres, others).min(axis=0) + 1e-12)
        return inside.any(axis=1 if mistake == "balls" else 0).mean()

    return np.array([share(real, made), share(made, real)])


def _at(place: int, point: np.ndarray) -> str:
    """A point in words: where it stands, and its coordinates if they are few."""
    told = ", ".join(f"{v:.4g}" for v in point)
    return f"number {place} at ({told})" if len(point) < 4 else f"number {place}"


def _groups(count: int) -> list[list[int]]:
    """Each picture alone, then two at a time."""
    return [[i] for i in range(count)] + [[i, i + 1] for i in range(count - 1)]


def _few_pictures(function: Callable, real, made, k: int) -> str:
    """Words on the first picture that is inside for the function and outside in truth, or the reverse; or on two."""
    for which, centres, others in ((0, real, made), (1, made, real)):
        name, kind, ball = (("precision", "made", "real"), ("recall", "real", "made"))[which]
        radii, gaps = _radii(centres, k), _gaps(centres, others)
        nearest = np.argmin(gaps - radii[:, None], axis=0)
        inside = [gaps[i, j] <= radii[i] + 1e-12 for j, i in enumerate(nearest)]
        for group in _groups(len(others)):
            same = np.repeat(others[group], k + 1, axis=0)
            sets = (real, same) if which == 0 else (same, made)
            got, right = (
                _two(check.call(function, *sets, k), "precision", "recall")[which],
                np.mean([inside[j] for j in group]),
            )
            if abs(got - right) < 1e-6:
                continue
            told, its = [], ("it is",) if len(group) == 1 else ("the first is", "the second is")
            for j, it in zip(group, its, strict=True):
                where = "inside the ball" if inside[j] else "outside all balls; the nearest rim is that"
                told.append(
                    f"{it} {where} of the {ball} picture {_at(nearest[j], centres[nearest[j]])} of radius "
                    f"{radii[nearest[j]]:.4g}, at a distance of {gaps[nearest[j], j]:.4g}"
                )
            those = " and ".join(_at(j, others[j]) for j in group)
            return (
                f"{name} is wrong. A smaller case: take only the {kind} picture{'s' * (len(group) > 1)} {those}: {'; '.join(told)}. "
                f"Given {k + 1} times, so that k others exist, {name} is {right:g}; yours is {got:.4g}."
            )
    return (
        "each picture alone, and each two with copies of themselves, are judged rightly; so your answer for a picture depends on "
        "the others of its set. A picture is inside a ball if its distance from the centre is at most the centre's radius."
    )


def check_precision_recall(function: Callable, real, made, k: int) -> None:
    """Compare with tables of lengths, and know the usual mistakes.

    Args:
        function: the learner's precision_recall.
        real, made: points (n, d) and (m, d).
        k: which neighbour sets the radius.
    """
    what = f"{len(real)} real and {len(made)} made points, k = {k}"

    def answer(*sets):
        return _two(check.call(function, *sets), "precision", "recall")

    def known(*sets):
        return either(_shares(*sets), _known_shares(*sets), "precision", "recall")

    check.close(
        answer(real, made, k),
        _shares(real, made, k),
        what,
        mistakes=lambda: check.confirmed(answer, known, (real, made, k), _clouds()),
        otherwise=lambda: _few_pictures(function, real, made, k),
    )


def _known_shares(real, made, k: int) -> dict:
    """What usual mistakes give for precision and recall."""
    right, balls = _shares(real, made, k), _shares(real, made, k, "balls")
    return {
        "they changed places: precision asks about the made pictures.": right[::-1],
        "the radius counts the point itself as its first neighbour; take the k-th other point.": _shares(
            real, made, k - 1
        ),
        TWINS: _shares(real, made, k, "unequal"),
        "the radius reaches one neighbour too far.": _shares(real, made, k + 1),
        "the radii belong to the wrong set: a ball's radius comes from the set of its centre.": _shares(
            real, made, k, "other set"
        )
        if k < min(len(real), len(made))
        else np.full(2, np.nan),
        RIM: _shares(real, made, k, "rim"),
        "each row of the distances within a set is to be sorted, not each column.": _shares(real, made, k, "columns"),
        "these are shares of balls with a point inside; `any` runs over the balls, the mean over the points.": balls,
        "these are the shares outside, not inside.": 1 - right,
        "these are percentages; return shares from 0 to 1.": 100 * right,
        "these are numbers of pictures; return shares.": right * [len(made), len(real)],
        "these are shares of all pairs; ask with `any` whether a point is in at least one ball.": _shares(
            real, made, k, "pairs"
        ),
        "a point may be inside another ball than the nearest centre's.": _shares(real, made, k, "nearest"),
        "precision: `any` runs over the real balls, the mean over the made pictures.": [balls[0], right[1]],
        "recall: `any` runs over the balls of made pictures, the mean over the real ones.": [right[0], balls[1]],
        "the second number is precision again; recall asks about the real pictures.": right[[0, 0]],
        "each ball has its own radius; not one for all.": _shares(real, made, k, "mean"),
        "each ball has its own radius; the largest is not that of all.": _shares(real, made, k, "max"),
        "the radii are distances within one set, not to the other one.": _shares(real, made, k, "across"),
    }


def check_density(function: Callable, real, made, k: int) -> None:
    """Compare with tables of lengths, and know the usual mistakes; arguments as above."""
    what = f"density and coverage of {len(made)} made points for {len(real)} real ones, k = {k}"

    def answer(*sets):
        return _two(check.call(function, *sets), "density", "coverage")

    def right(real, made, k):
        return _density_and_coverage(_inside(real, made, _radii(real, k)), k)

    def known(*sets):
        return either(right(*sets), _known_densities(*sets), "density", "coverage")

    check.close(
        answer(real, made, k),
        right(real, made, k),
        what,
        mistakes=lambda: check.confirmed(answer, known, (real, made, k), _clouds()),
        otherwise=lambda: _few_made(function, real, made, k),
    )


def _density_and_coverage(inside: np.ndarray, k: int) -> np.ndarray:
    return np.array([inside.sum() / (k * inside.shape[1]), inside.any(axis=1).mean()])


def _known_densities(real, made, k: int) -> dict:
    """What usual mistakes give for density and coverage."""
    inside = _inside(real, made, _radii(real, k))
    (n, m), total, covered = inside.shape, inside.sum(), inside.any(axis=1).mean()

    def of(table):
        return _density_and_coverage(table, k)

    right = of(inside)
    theirs = _gaps(real, made) <= _radii(made, k)[None]
    return {
        "they changed places.": right[::-1],
        "the density was not divided by k.": [total / m, covered],
        "the density is an average over the made pictures, not the real ones.": [total / (k * n), covered],
        "coverage asks about real balls, not about made pictures (that is precision).": [
            total / (k * m),
            inside.any(axis=0).mean(),
        ],
        "the radius counts the point itself as its first neighbour.": of(_inside(real, made, _radii(real, k - 1))),
        "the balls lie around real points, with radii of real points.": of(theirs),
        "a density above 1 is right; do not cut it off.": [min(total / (k * m), 1.0), covered],
        "the density is the share of all pairs; divide by k m.": [total / (n * m), covered],
        "the number of balls was not summed, but averaged: density has n balls, too.": [total / (n * k * m), covered],
        "this is precision; density counts each ball that a made picture is in.": [inside.any(axis=0).mean(), covered],
        "a ball is covered by one made picture; it needs no k.": [total / (k * m), (inside.sum(axis=1) >= k).mean()],
        "coverage is not divided by k.": [total / (k * m), covered / k],
        "these are numbers of balls; coverage is a share.": [total / (k * m), inside.any(axis=1).sum()],
        "made pictures in no ball count in the density, too.": [
            total / (k * max(inside.any(axis=0).sum(), 1)),
            covered,
        ],
        RIM: of(_inside(real, made, _radii(real, k), "rim")),
        TWINS: of(_inside(real, made, _radii(real, k, "unequal"))),
    }


def _few_made(function: Callable, real, made, k: int) -> str:
    """Words on the first made picture, or two, for which the number of balls is wrong."""
    inside = _inside(real, made, _radii(real, k))
    lengths = ", ".join(f"{r:.4g}" for r in _radii(real, k)) if len(real) < 9 else ""
    for group in _groups(len(made)):
        same = np.repeat(made[group], k + 1, axis=0)
        pair = _two(check.call(function, real, same, k), "density", "coverage")
        counts, some = [int(inside[:, j].sum()) for j in group], int(inside[:, group].any(axis=1).sum())
        below = f"{k}" if len(group) == 1 else f"({k} · {len(group)})"
        for name, got, sum_of, divisor in (
            ("density", pair[0], " + ".join(map(str, counts)), below),
            ("coverage", pair[1], str(some), str(len(real))),
        ):
            right = sum(counts) / (k * len(group)) if name == "density" else some / len(real)
            if abs(got - right) > 1e-6:
                where = " and ".join(_at(j, made[j]) for j in group) + f", {k + 1} times"
                where += f": {'it is' if len(group) == 1 else 'they are'} in {' and '.join(map(str, counts))} of the real balls"
                top = f"({sum_of})" if len(group) > 1 and name == "density" else sum_of
                more = f" (radii {lengths})" if lengths else ""
                together = f", together in {some}" if len(group) > 1 else ""
                return (
                    f"{name} is wrong. A smaller case: take only the made picture{'s' * (len(group) > 1)} {where}{more}{together}. "
                    f"So the {name} is {top} / {divisor} = {right:.4g}; yours is {got:.4g}."
                )
    return ""


def check_coverage_oracle(function: Callable) -> None:
    """The average coverage over all splits of seven points is known exactly."""
    seven, found = np.random.default_rng(6).normal(size=(7, 2)), []
    for some in itertools.combinations(range(7), 4):
        rest = [i for i in range(7) if i not in some]
        found.append(_two(check.call(function, seven[list(some)], seven[rest], 2), "density", "coverage")[1])
    name = "the average coverage over all 35 splits of seven points into 4 real and 3 made, k = 2"
    check.close(np.mean(found), 1 - (3 / 6) * (2 / 5), name)


def check_copied(function: Callable, made, known, fresh) -> None:
    """Compare with tables of lengths, and know the usual mistakes.

    Args:
        function: the learner's copied_share.
        made, known, fresh: points (m, d), (n, d), (n, d).
    """
    what = f"the copied share of {len(made)} made pictures, {len(known)} known and {len(fresh)} fresh"

    def answer(*sets):
        return check.number(check.call(function, *sets), what)

    rng = np.random.default_rng(2)
    clouds = [tuple(rng.normal(size=(size, 2)) for size in (m, n, n)) for m, n in ((41, 6), (37, 11))]
    check.close(
        answer(made, known, fresh),
        _known_races(made, known, fresh)[""],
        what,
        mistakes=lambda: check.confirmed(answer, _known_races, (made, known, fresh), clouds),
        otherwise=lambda: _one_race(function, made, known, fresh),
    )


def _known_races(made, known, fresh) -> dict:
    """The right share, named by nothing, and what usual mistakes give."""
    gaps = [_gaps(made, s) for s in (known, fresh)]
    a, b = (g.min(axis=1) for g in gaps)
    less, equal = np.mean(a < b - 1e-12), np.mean(np.abs(a - b) <= 1e-12)
    steps = [np.abs(made[:, None] - s).sum(axis=-1).min(axis=1) for s in (known, fresh)]
    back = gaps[0].min(axis=0), gaps[1].min(axis=0)
    return {
        "": less + equal / 2,
        "this is the share that is closer to the fresh pictures.": 1 - less - equal / 2,
        "a tie counts one half, not nothing.": less,
        "a tie counts one half, not one.": less + equal,
        "take the nearest picture, not the average distance.": np.mean(gaps[0].mean(axis=1) < gaps[1].mean(axis=1)),
        "the question is asked of each made picture: minimum over the known ones (or fresh).": np.mean(
            (back[0] < back[1]) + 0.5 * (back[0] == back[1])
        ),
        "take the nearest picture, not the farthest.": np.mean(gaps[0].max(axis=1) < gaps[1].max(axis=1)),
        "only exact copies were counted; a closer neighbour is enough.": np.mean(a == 0),
        "this is a number of pictures; return the share.": (less + equal / 2) * len(made),
        "this is in per cent; return the share.": 100 * (less + equal / 2),
        "this is the mean of +1 and -1; map them to 1 and 0.": 2 * less + equal - 1,
        "pictures with a tie were left out; each counts one half.": less / (1 - equal) if equal < 1 else np.nan,
        "the minimum over the known (or fresh) is missing: these are shares of pairs.": np.mean(
            (gaps[0] < gaps[1]) + 0.5 * (gaps[0] == gaps[1])
        ),
        "one half is lost: True + True is True; add numbers, e.g. 1.0 * (a < b).": less / 2 + equal / 2,
        "compare picture by picture, not the mean distances.": float(a.mean() < b.mean()),
        "use the distances that are given; these are sums of absolute differences.": np.mean(
            (steps[0] < steps[1] - 1e-12) + 0.5 * (np.abs(steps[0] - steps[1]) <= 1e-12)
        ),
    }


def _one_race(function: Callable, made, known, fresh) -> str:
    """Words on the first made picture whose race is decided wrongly."""
    for place, point in enumerate(made):
        got = check.number(check.call(function, point[None], known, fresh), "the share of one picture")
        near, far = (float(_gaps(point[None], s).min()) for s in (known, fresh))
        right = 0.5 if abs(near - far) <= 1e-12 else float(near < far)
        if abs(got - right) > 1e-6:
            return (
                f"wrong. Take the made picture {_at(place, point)} alone: the nearest known picture is at {near:.4g}, the "
                f"nearest fresh one at {far:.4g}. So it counts {right:g}; yours gives {got:.4g}."
            )
    return ""


def check_refused(function: Callable, n: int, m: int) -> None:
    """Sets of different size must be refused, with the right kind of error."""
    try:
        function(points("tied"), points("known")[:n], points("fresh")[:m])
    except (ValueError, NotImplementedError) as error:
        if isinstance(error, NotImplementedError):
            raise
        return
    except Exception as error:
        raise check.CheckError(
            f"{n} known and {m} fresh pictures: {type(error).__name__} was raised, but the docstring promises a ValueError."
        ) from None
    raise check.CheckError(
        f"{n} known and {m} fresh pictures were compared: the larger set has more chances to be near. Raise a ValueError."
    )
