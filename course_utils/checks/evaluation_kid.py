"""Checks of lesson 43 on KID."""

import itertools
from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.evaluation_fid import real_number


def _loop_kid(
    x, y, power=3, width=None, one=1.0, diagonal=False, count=None, cross=2.0, off=False, inner=1.0, alike=False
):
    """KID over all pairs, with known mistakes as options."""
    width = width or x.shape[1]

    def average(a, b, all_pairs, n=None):
        kernel = (np.einsum("id,jd->ij", a, b) / width + one) ** power
        kept = np.ones_like(kernel, dtype=bool) if all_pairs else ~np.eye(*kernel.shape, dtype=bool)
        return kernel[kept].sum() / (n or kept.sum())

    within = [average(s, s, diagonal, n=len(s) ** 2 if count else None) for s in (x, y)]
    if alike:
        within[1] *= len(y) * (len(y) - 1) / (len(x) * (len(x) - 1))
    return inner * sum(within) - cross * average(x, y, not off)


def _distinct(x, y) -> float:
    """KID with equal points taken once, as ``np.unique`` would."""
    return _loop_kid(np.unique(x, axis=0), np.unique(y, axis=0))


def _small_sets() -> list[tuple]:
    """Two sets of points of which each shows one part of KID."""
    none, two = np.zeros((2, 1)), np.array([[1.0], [2.0]])
    return [
        ("x = 0, 0 and y = 0, 0 (d = 1): each kernel is (0 + 1)³ = 1, and 1 + 1 − 2", (none, none), 0),
        (
            "x = 1, 2 and y = 0, 0 (d = 1): within x the kernel is (2 + 1)³ = 27, else 1, and 27 + 1 − 2",
            (two, none),
            26,
        ),
        (
            "x = 0, 0 and y = 1, 2 (d = 1): within y the kernel is (2 + 1)³ = 27, else 1, and 1 + 27 − 2",
            (none, two),
            26,
        ),
        (
            "x = (1, 1), (1, 1) and y = (0, 0), (0, 0), so d = 2: k(x₁, x₂) = (2/2 + 1)³ = 8, else 1, and 8 + 1 − 2",
            (np.ones((2, 2)), np.zeros((2, 2))),
            7,
        ),
        (
            "x = 1, 0 and y = 1, 0 (d = 1): between them the kernels are 8, 1, 1, 1, within 1, and 1 + 1 − 2 · 11/4",
            (np.eye(2)[:, :1], np.eye(2)[:, :1]),
            -3.5,
        ),
        (
            "x = 1, 2, 0 and y = 0, 0 (d = 1): within x the pairs have 27, 1, 1, mean 29/3, and 29/3 + 1 − 2",
            (np.array([[1.0], [2.0], [0.0]]), none),
            29 / 3 - 1,
        ),
        (
            "x = 0, 0 and y = 1, 2, 0 (d = 1): within y the pairs have 27, 1, 1, mean 29/3, and 1 + 29/3 − 2",
            (none, np.array([[1.0], [2.0], [0.0]])),
            29 / 3 - 1,
        ),
    ]


def _parts(x, y) -> dict[str, float]:
    """The three means of which KID is made; that of 5 and 3 points."""
    kernels = {"x": (x, x), "y": (y, y), "x and y": (x, y)}
    means = {}
    for name, (a, b) in kernels.items():
        table = (a @ b.T / x.shape[1] + 1) ** 3
        words = f"the kernel's mean between {name}" if a is not b else f"the kernel's mean within {name} (i ≠ j)"
        means[words] = table.mean() if a is not b else table[~np.eye(len(a), dtype=bool)].mean()
    return means


def _words(kid: Callable, x, y) -> str:
    """A wrong weight of one of the three means, or a small case, or how it behaves."""
    rng = np.random.default_rng(7)
    clouds = [(rng.normal(size=(5, 2)), rng.normal(size=(3, 2)) + 0.5) for _ in range(8)]
    found, parts = [float(np.asarray(check.call(kid, *one))) for one in clouds], [_parts(*one) for one in clouds]
    stacked = {name: np.array([one[name] for one in parts]) for name in parts[0]}
    words = check.weights(np.array(found), np.array([_loop_kid(*one) for one in clouds]), stacked)
    if words.startswith("a weight"):
        return f"as a sum of three means, for 5 points in x and 3 in y, {words}"
    return check.first_wrong(kid, _small_sets()) or check.behaviour(kid, _loop_kid, x=x, y=y)


def check_kid(kid: Callable, x, y) -> None:
    """Compare with loops over all pairs, and know the usual mistakes."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    what, right = f"the KID of {len(x)} and {len(y)} points with {x.shape[1]} features", _loop_kid(x, y)
    mistakes = check.slips(
        lambda **slips: _loop_kid(x, y, **slips),
        {
            "the pairs of a point with itself were kept within the sets (the biased version).": {"diagonal": True},
            "the diagonal is out, but the sum was still divided by n².": {"count": True},
            "the last term has the factor 2; yours counts once.": {"cross": 1.0},
            "the last term has the wrong sign.": {"cross": -2.0},
            "the dot product was not divided by the number of features d.": {"width": 1},
            "the dot product was divided by n, not by the number of features d.": {"width": len(x)},
            "the dot product was divided by m, not by the number of features d.": {"width": len(y)},
            "the + 1 inside the kernel's power is missing.": {"one": 0.0},
            "the kernel's power is 3.": {"power": 2},
            "the sum over y is divided by the number of its own pairs, m (m - 1).": {"alike": True},
            "the + 1 stands outside the fraction: x·y / d + 1.": {"one": 1 / x.shape[1]},
            "the + 1 belongs to the dot product over d, not to d.": {"width": x.shape[1] + 1, "one": 0.0},
            "the dot product is divided by d, not by its root.": {"width": x.shape[1] ** 0.5},
            "nothing is left out of the term between x and y: they are different pictures.": {"off": True},
        },
    )
    mistakes |= {
        "negative values are right; take no absolute value.": abs(right),
        "each pair was counted once, but divided by n (n - 1).": _loop_kid(x, y, inner=0.5),
        "only the kernel's dot product is divided by d, not its third power.": _loop_kid(x, y, width=1) / x.shape[1],
        "negative values are right; do not cut them off, or the mean is biased.": max(right, 0),
        "this is the root; KID is the squared distance.": abs(right) ** 0.5,
        "this is 1000 times KID, a way to print it; return KID itself.": 1000 * right,
    }
    if len(np.unique(x, axis=0)) < len(x) and len(np.unique(x, axis=0)) > 1 and len(np.unique(y, axis=0)) > 1:
        mistakes["equal points are different pictures: leave out only a point with itself."] = _distinct(x, y)
    value = real_number(check.call(kid, x, y), what)
    check.close(
        value,
        right,
        what,
        atol=1e-4,
        mistakes=mistakes,
        otherwise=lambda: _words(kid, x, y),
    )


def check_kid_unbiased(kid: Callable) -> None:
    """Over all 20 ways to split six points into three and three the average KID is exactly 0."""
    six = np.array([[0.0, 1], [2, 0], [1, 1], [-1, 2], [0, -2], [3, 1]])
    splits = [
        (six[list(some)], six[[i for i in range(6) if i not in some]]) for some in itertools.combinations(range(6), 3)
    ]
    mistakes = {
        "the pairs of a point with itself were kept (the biased version).": np.mean(
            [_loop_kid(x, y, diagonal=True) for x, y in splits]
        ),
        "nothing is left out of the term between x and y: they are different pictures.": np.mean(
            [_loop_kid(x, y, off=True) for x, y in splits]
        ),
        "negative values must stay negative.": np.mean([max(_loop_kid(*s), 0) for s in splits]),
    }
    name = "the average KID over all 20 splits of six points"
    values = [check.number(check.call(kid, x, y), "the KID of three and three points") for x, y in splits]
    check.close(np.mean(values), 0.0, name, atol=1e-4, mistakes=mistakes)


def either(right: np.ndarray, both: dict, *names: str) -> dict:
    """Mistakes in both of two numbers, and the same ones in each number alone.

    Args:
        right: the right numbers.
        both: message -> the two numbers with this mistake.
        names: of the two numbers; a message that begins with one of them is about it already.
    """
    found = dict(both)
    for words, values in both.items():
        if words.startswith(("they", "the second", *names)):  # these are about one number or about the pair
            continue
        found[f"{names[0]}: {words}"] = np.array([values[0], right[1]])
        found[f"{names[1]}: {words}"] = np.array([right[0], values[1]])
    return found
