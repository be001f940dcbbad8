"""Checks of lesson 45, stability: signs of collapse."""

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from course_utils import check
from course_utils.checks import stability_signs


def some_features(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of generated and of real pictures, (m, d) and (n, d): arguments of :func:`check_signs`."""
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(60, 3)) * [1, 2, 0.5]
    if kind == "alike":
        made = rng.normal(size=(45, 3)) * [1, 2, 0.5]
    elif kind == "copies":  # exact ones, at distance 0
        made = np.repeat(rng.normal(size=(9, 3)), 4, axis=0)
    elif kind == "half":
        made = np.concatenate([rng.normal(size=(20, 3)), 0.5 + 0.01 * rng.normal(size=(20, 3))])
    elif kind == "one mode":
        real = np.concatenate([real[:40], real[:30] + 6])
        made = rng.normal(size=(50, 3)) * [1, 2, 0.5] + 6
    elif kind == "beside":
        made = real + 0.01 * rng.normal(size=real.shape)
    elif kind == "far":
        made = rng.normal(size=(30, 3)) + 40
    elif kind == "many":
        real, made = rng.normal(size=(700, 8)), rng.normal(size=(900, 8)) * 0.8
    elif kind == "grid":  # equal distances, and copies among the real ones, too
        real, made = 2.0 * rng.integers(0, 4, (90, 3)), 1.0 * rng.integers(0, 5, (120, 3))
    elif kind == "few":  # each radius lies between two distances that are far apart; all are large
        real = 1e5 * np.array([[0.0], [1], [100], [102], [200], [204], [300], [308]])
        made = 1e5 * np.array([[-6.02], [-5], [90.6], [92.1], [200], [203], [300], [307]])
    elif kind == "even":  # real pictures at about equal distances
        grid = np.stack(np.meshgrid(range(6), range(5), range(5)), axis=-1).reshape(-1, 3)
        real, made = grid + rng.normal(0, 0.15, grid.shape), rng.uniform(0, 5, (200, 3))
    elif kind == "two":
        real, made = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 1.0], [0.0, 2.0]])
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return made, real


SETS = (
    ("even", 0.13),
    ("alike", 0.1),
    ("copies", 0.1),
    ("one mode", 0.2),
    ("half", 0.15),
    ("few", 0.3),
    ("grid", 0.15),
)


def _nearest_other(points, own=False, zeros=True, take="nearest", metric="euclidean"):
    """Distance of each point to its nearest other one, or what a mistake takes for it."""
    table = cdist(points, points, metric)
    if not own:
        np.fill_diagonal(table, np.inf)
    if not zeros:
        table[table == 0] = np.inf
    if take == "later":
        table[np.tril_indices(len(table))] = np.inf
    if take == "farthest":
        return np.where(np.isfinite(table), table, 0).max(axis=1)
    return np.sort(table, axis=1)[:, 1] if take == "second" else table.min(axis=1)


def _radii(real, of_real, of_made, between, level, levels, yard):
    """The distances below and above which a picture counts."""
    low, high = {
        "both": (level, 1 - level),
        "low": (level, level),
        "high": (1 - level, 1 - level),
        "turned": (1 - level, level),
        "fixed": (0.05, 0.95),
        "per cent": (level / 100, (1 - level) / 100),
    }[levels]
    if yard == "pairs":
        of_real = cdist(real, real)[~np.eye(len(real), dtype=bool)]
    elif yard in ("made", "between"):
        of_real = of_made if yard == "made" else between.min(axis=1)
    method = yard if yard in ("lower", "higher") else "linear"
    small, large = np.quantile(of_real, [low, high], method=method)
    if yard == "mean":
        small = large = of_real.mean()
    return np.quantile(of_made, low) if yard == "each its own" else small, large


def _signs(
    made,
    real,
    level,
    zeros=(True, True),
    own_made=False,
    own_real=False,
    yard="real",
    close="below",
    far="above",
    over="real",
    levels="both",
    by="its own",
    take="nearest",
    metric="euclidean",
):
    """Both shares, [duplicates, missing]."""
    between = cdist(real, made, metric)
    of_made = _nearest_other(made, own_made, zeros[0], take, metric)
    of_real = _nearest_other(real, own_real, zeros[1], "nearest" if take == "later" else take, metric)
    small, large = _radii(real, of_real, of_made, between, level, levels, yard)
    if close in ("pairs", "to real"):
        pairs = np.where(np.eye(len(made), dtype=bool), np.inf, cdist(made, made))
        of_made = pairs if close == "pairs" else between.min(axis=0)
    duplicates = {"not above": of_made <= small, "above": of_made >= small}.get(close, of_made < small)
    nearest = between.min(axis=1 if over == "real" else 0)
    missing = {"above": nearest > large, "not below": nearest >= large, "below": nearest <= large}[far]
    factor = len(real) / len(made) if by == "the other" else 1
    return np.array([np.mean(duplicates), np.mean(missing) * factor])


SIGN_SLIPS = {
    "a distance of 0 between two different pictures is the worst duplicate; it must count.": {"zeros": (False, False)},
    "the distance of a made picture to itself, 0, must not count.": {"own_made": True},
    "the distance of a real picture to itself, 0, must not count.": {"own_real": True},
    "the quantiles are those of the real pictures, not of the made ones.": {"yard": "made"},
    "this is the share that is NOT closer.": {"close": "above"},
    "this is the share that is covered, not the share that is missing.": {"far": "below"},
    "this counts made pictures; `missing` is a share of the real ones.": {"over": "made"},
    "both signs use the small quantile; `missing` takes 1 - level.": {"levels": "low"},
    "both signs use the large quantile; `duplicates` takes level.": {"levels": "high"},
    "the two quantiles are exchanged: `duplicates` takes level, `missing` takes 1 - level.": {"levels": "turned"},
    "always 0.05; the argument `level` is not used.": {"levels": "fixed"},
    "the quantiles are those of the distances to the NEAREST others, not of all distances.": {"yard": "pairs"},
    "`missing` is a share of the real pictures: divide by their number.": {"by": "the other"},
    "this is the distance to the second nearest other picture; the nearest one is meant.": {"take": "second"},
}
TIES = {  # without equal distances and copies these give the right shares
    "*closer* means <, not <=.": {"close": "not above"},
    "*farther* means >, not >=.": {"far": "not below"},
    "*closer* means <, not <=, and *farther* >, not >=.": {"close": "not above", "far": "not below"},
    "a distance of 0 between two different made pictures must count.": {"zeros": (False, True)},
    "a distance of 0 between two different real pictures must count.": {"zeros": (True, False)},
}
RARE_SLIPS = {
    "np.percentile takes per cent; np.quantile takes shares.": {"levels": "per cent"},
    "the distance is Euclidean, cdist's own; this is the sum of absolute differences.": {"metric": "cityblock"},
    "the distance is Euclidean, cdist's own; this is that of angles.": {"metric": "cosine"},
    "the distance is Euclidean, cdist's own; this is its square.": {"metric": "sqeuclidean"},
    "the radii are quantiles, not the mean distance.": {"yard": "mean"},
    "`duplicates` has the made pictures as its yardstick; the quantiles of the REAL ones are meant.": {
        "yard": "each its own"
    },
    "the quantiles are those between real pictures; here they are of distances from real to made ones.": {
        "yard": "between"
    },
    "the quantile lies between two distances: np.quantile interpolates; no sorted entry is taken.": {"yard": "lower"},
    "the quantile lies between two distances: np.quantile interpolates, and takes no entry itself.": {"yard": "higher"},
    "`duplicates` compares made pictures with made ones, not with the real ones.": {"close": "to real"},
    "this is the share of PAIRS; count pictures, each by its nearest other one.": {"close": "pairs"},
    "each picture is compared with later ones only (half of the table); all others count.": {"take": "later"},
    "this takes the farthest other picture; the nearest one is meant.": {"take": "farthest"},
}


def _known_pairs(made, real, level) -> dict:
    """Mistake -> both shares that it gives."""
    known = {words: _signs(made, real, level, **slip) for words, slip in TIES.items()}
    known["both are 0. Is a radius NaN? (0 * np.inf is NaN; np.fill_diagonal sets the diagonal alone.)"] = np.zeros(2)
    known |= check.slips(lambda **slip: _signs(made, real, level, **slip), SIGN_SLIPS)
    right, least = _signs(made, real, level), min(len(made), len(real))
    middle, spread = real.mean(axis=0), real.std(axis=0)
    with np.errstate(all="ignore"):
        for words, slip in RARE_SLIPS.items():
            known[words] = _signs(made, real, level, **slip)
        scaled = _signs((made - middle) / spread, (real - middle) / spread, level)
    known["the two shares are exchanged."] = right[::-1]
    known["all pictures count, not equally many of both."] = _signs(made[:least], real[:least], level)
    known["the features are to be taken as they are, not standardised."] = scaled
    return known


def _is(value, expected: float) -> bool:
    try:
        check.close(value, expected, "a share")
    except check.CheckError:
        return False
    return True


def check_signs(signs: Callable, made, real, level: float) -> None:
    """Compare both shares with those from full tables of distances.

    Args:
        signs: the learner's ``collapse_signs(made, real, level)``.
        made, real: features (m, d), (n, d).
        level: share of real pictures below, and above, the two radii.
    """
    answer = check.call(signs, made, real, level)
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    wanted = dict(zip(("duplicates", "missing"), _signs(made, real, level), strict=True))
    kind = type(answer).__name__
    check.require(isinstance(answer, dict), f"Return a dictionary, not {kind}.")
    check.require(set(answer) == set(wanted), f"The keys are {sorted(answer)}, expected {sorted(wanted)}.")
    wrong = [key for key, value in wanted.items() if not _is(answer[key], value)]
    if not wrong:  # what mistakes give takes long for many pictures
        return
    # shares are coarse: a mistake is named only if it explains both
    known = _known_pairs(made, real, level)
    known = {words: pair for words, pair in known.items() if all(map(_is, (answer[key] for key in wanted), pair))}
    known = _confirmed(signs, known) if known else {}
    for key in wrong:
        value = wanted[key]
        name = f"{key!r} for {len(made)} made and {len(real)} real pictures, level {level:g}"
        mistakes = {words: pair[list(wanted).index(key)] for words, pair in known.items()}
        mistakes |= {
            "this is the mean distance to the nearest picture; return a share.": np.mean(
                _nearest_other(made) if key == "duplicates" else cdist(real, made).min(axis=1)
            ),
        }
        check.close(answer[key], value, name, mistakes=mistakes, otherwise=lambda key=key: _why(signs, key))


def _confirmed(signs: Callable, known: dict) -> dict:
    """Those mistakes that give the learner's shares of other sets, too."""
    for kind, level in SETS:
        one = (*some_features(kind, 5), level)
        mine = [stability_signs.asked(signs, *one, key) for key in ("duplicates", "missing")]
        if known and None not in mine:
            there, right = _known_pairs(*one), _signs(*one)
            known = {words: v for words, v in known.items() if np.allclose(there.get(words, right), mine, atol=1e-6)}
    return known


def _why(signs: Callable, key: str) -> str:
    sets = [(*some_features(kind, 5), level) for kind, level in SETS]
    right = [_signs(*one)[int(key == "missing")] for one in sets]
    return stability_signs.why(signs, key, sets, right)
