"""Checks of lesson 43, judging what was made. Those of nearest neighbours stand in :mod:`evaluation_neighbours`."""

import itertools
from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.checks.evaluation_neighbours import check_copied as check_copied
from course_utils.checks.evaluation_neighbours import check_coverage_oracle as check_coverage_oracle
from course_utils.checks.evaluation_neighbours import check_density as check_density
from course_utils.checks.evaluation_neighbours import check_precision_recall as check_precision_recall
from course_utils.checks.evaluation_neighbours import check_refused as check_refused
from course_utils.checks.evaluation_neighbours import points as points


def _real_number(value, what: str) -> float:
    check.require(
        not np.iscomplexobj(value),
        f"{what}: complex numbers came out of the matrix root. Take roots of clipped, real eigenvalues, or only the "
        "real part.",
    )
    return check.number(value, what)


def check_inception(score: Callable, probabilities) -> None:
    """Compare with a sum of logarithms, pair by pair, and recognise known mistakes.

    Args:
        score: the learner's function.
        probabilities: (n, c), rows sum to 1.
    """
    p = np.asarray(probabilities, dtype=float)
    q, n, c = p.mean(axis=0), *p.shape
    name = f"the score of {n} pictures in {c} classes"
    terms, reverse = np.zeros((2, n, c))
    for i, k in itertools.product(range(n), range(c)):
        if p[i, k] > 0:
            terms[i, k] = p[i, k] * np.log(p[i, k] / q[k])
            reverse[i, k] = q[k] * np.log(q[k] / p[i, k])
    logs = terms.sum(axis=1)
    entropy, own = (-np.sum(v[v > 0] * np.log(v[v > 0])) / len(v) for v in (q[None], p))
    plain = np.log(np.where(p > 0, p, 1) / np.where(q > 0, q, 1))
    mistakes = {
        "this is the logarithm of the score; take the exponential.": logs.mean(),
        "exponentials of single pictures were averaged; average first, then take one exponential.": np.exp(logs).mean(),
        "the terms were averaged over the classes; sum over the classes, average over the pictures.": np.exp(
            terms.mean()
        ),
        "the terms were summed over the pictures, too; average over them.": np.exp(logs.sum()),
        "the two distributions changed places; the sum is weighted by each picture's own probabilities.": np.exp(
            reverse.sum(axis=1).mean()
        ),
        "logarithms to base 2 need 2 to the power, not e.": np.exp(logs.mean() / np.log(2)),
        "the sign is wrong.": np.exp(-logs.mean()),
        "this is the variety alone; the pictures' own entropies are missing.": np.exp(entropy),
        "each picture is compared with 1 / c; compare it with the mean over the pictures (axis=0).": c * np.exp(-own),
        "the comparison with the mean over the pictures is missing.": np.exp(-own),
        "this is the exponential of the mean entropy; compare each picture with the mean.": np.exp(own),
        "the sum was divided by the number of classes; divide by that of the pictures.": np.exp(terms.sum() / c),
        "each logarithm is weighted by the picture's own probability.": np.exp(plain.sum(axis=1).mean()),
        "the mean's probabilities are no weights; take each picture's own.": np.exp((q * plain).sum(axis=1).mean()),
        "e needs the natural logarithm, not that to base 10.": np.exp(logs.mean() / np.log(10)),
    }
    check.close(check.call(score, p), np.exp(logs.mean()), name, mistakes=mistakes)


def _distance(m1, c1, m2, c2, means=1.0, power=2, cross=-2.0, root=False, kind="matrix", norm=2, averaged=False):
    """Fréchet distance through singular values, with known mistakes as options."""
    roots = []
    for c in (c1, c2):
        values, vectors = np.linalg.eigh(c)
        roots.append((vectors * np.sqrt(values.clip(0))) @ vectors.T)
    both = [np.linalg.eigh(c) for c in (c1, c2)]
    slanted = (both[0][1] * np.sqrt(both[0][0].clip(0))) @ both[0][1]
    terms = {
        "matrix": lambda: np.linalg.svd(roots[0] @ roots[1], compute_uv=False).sum(),
        "entries": lambda: np.sqrt(np.abs(c1 @ c2)).trace(),
        "product": lambda: np.sqrt(np.abs(c1 * c2)).trace(),
        "no root": lambda: np.trace(c1 @ c2),
        "of roots": lambda: np.trace(roots[0] @ roots[1]),
        "product by eigh": lambda: np.sqrt(np.linalg.eigvalsh(c1 @ c2).clip(0)).sum(),
        "eigenvalues": lambda: np.sqrt((both[0][0] * both[1][0]).clip(0)).sum(),
        "slanted": lambda: np.sqrt(np.linalg.eigvalsh(slanted @ c2 @ slanted).clip(0)).sum(),
        "no roots": lambda: np.sqrt(np.linalg.eigvalsh(c1 @ c2 @ c1).clip(0)).sum(),
    }
    gap = means * np.linalg.norm(m1 - m2, ord=norm) ** power / (len(m1) if averaged else 1)
    total = gap + np.trace(c1) + np.trace(c2) + cross * terms[kind]()
    return np.sqrt(total) if root else total


_DISTANCE_SLIPS = {
    "this is the square root of the distance asked for.": {"root": True},
    "the term with the means is missing.": {"means": 0.0},
    "the distance of the means is not squared.": {"power": 1},
    "the last term has the wrong sign.": {"cross": 2.0},
    "the last term counts twice.": {"cross": -1.0},
    "the last term is missing.": {"cross": 0.0},
    "the root was taken of each entry; here it is the root of a matrix.": {"kind": "entries"},
    "the root was taken of each entry, and of an entrywise product; both are those of matrices.": {"kind": "product"},
    "the product's trace lacks the root.": {"kind": "no root"},
    "the product of the two roots is not the root of the product.": {"kind": "of roots"},
    "eigvalsh and eigh are for symmetric matrices; the product of the covariances is none.": {
        "kind": "product by eigh"
    },
    "the product's eigenvalues are not products of eigenvalues.": {"kind": "eigenvalues"},
    "a root of a symmetric matrix ends with the vectors *transposed*.": {"kind": "slanted"},
    "the outer factors are roots of the first covariance, not itself.": {"kind": "no roots"},
    "the means differ by a sum of squares, not of absolute values.": {"norm": 1, "power": 1},
    "the squared differences of the means are added up, not averaged.": {"averaged": True},
}


def gaussians(name: str) -> tuple:
    """Means and covariances of two Gaussians, and their squared distance, by the name of the case."""
    zero, eye, bent = np.zeros(2), np.eye(2), np.array([[2.0, 1.2], [1.2, 1.0]])
    if name == "equal":
        return (np.ones(2), eye, np.ones(2), eye), 0.0
    if name == "round":
        return (zero, 4 * eye, np.array([3.0, 4.0]), 9 * eye), 27.0
    if name == "tilted":  # y = A x with A symmetric and positive is optimal: cost tr (I-A) cov (I-A)
        a = np.array([[2.0, 0.5], [0.5, 0.7]])
        cost = np.trace((eye - a) @ bent @ (eye - a)) + 1.0
        return (zero, bent, np.array([1.0, 0.0]), a @ bent @ a), cost
    if name == "singular":  # all mass on one line each: the root of the product has trace |u.v|
        u, v = np.array([1.0, 2.0]), np.array([3.0, 1.0])
        return (zero, np.outer(u, u), zero, np.outer(v, v)), 5.0
    rng = np.random.default_rng(3)
    if name == "commuting":
        turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
        s1, s2 = np.array([3.0, 2, 1, 0, 0]), np.array([1.0, 0, 2, 4, 0])
        covs = [turn * s**2 @ turn.T for s in (s1, s2)]
        return (np.zeros(5), covs[0], np.zeros(5), covs[1]), np.sum((s1 - s2) ** 2)
    d = int(name)  # so many dimensions
    factor, other = rng.normal(size=(d, d + 2)), rng.normal(size=(d, d))
    cov, move = factor @ factor.T / d, np.eye(d) * 0.4 + other @ other.T / d
    m1, m2 = rng.normal(size=(2, d))
    cost = np.sum((m1 - m2) ** 2) + np.trace((np.eye(d) - move) @ cov @ (np.eye(d) - move))
    return (m1, cov, m2, move @ cov @ move), cost


def check_frechet(distance: Callable, name: str) -> None:
    """Compare with a distance known from elsewhere; ``name`` as in :func:`gaussians`."""
    parts, expected = gaussians(name)
    what = f"the distance of two Gaussians in {len(parts[0])} dimensions ({name})"
    value = _real_number(check.call(distance, *parts), what)
    mistakes = check.slips(lambda **slips: _distance(*parts, **slips), _DISTANCE_SLIPS)
    rtol = 1e-2 if name in ("singular", "commuting") else 1e-4
    check.close(value, expected, what, rtol=rtol, atol=1e-5, mistakes=mistakes)


def check_fid(fid: Callable, x, y, rtol: float = 1e-3) -> None:
    """Recompute from the points, and recognise mistakes of the moments."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    what = f"the FID of {len(x)} and {len(y)} points with {x.shape[1]} features"
    value = _real_number(check.call(fid, x, y), what)
    options = {}
    for message, ddof, axis in (
        ("", 1, 0),
        ("the covariance was divided by n; here it is n - 1.", 0, 0),
        ("rows and columns of the covariance changed places: points are rows.", 1, 1),
        ("rows and columns changed places: points are rows.", 1, 2),
    ):
        sets = [s.T if axis == 2 else s for s in (x, y)]
        covs = [np.atleast_2d(np.cov(s.T if axis != 1 else s, ddof=ddof)) for s in sets]
        means = [s.mean(axis=0) for s in sets]
        if covs[0].shape == covs[1].shape and means[0].shape == means[1].shape:
            options[message] = _distance(means[0], covs[0], means[1], covs[1])
            if not message:
                moments = (means[0], covs[0], means[1], covs[1])
    expected = options.pop("")
    scaled = [np.cov(s.T, ddof=1) for s in (x, y)]
    for message, kind, covs in (
        ("only the variances were kept; the covariances count, too.", 0, [np.diag(np.diag(c)) for c in scaled]),
        ("these are correlations; take covariances.", 0, [np.corrcoef(s.T) for s in (x, y)]),
        ("subtract the mean before the covariance.", 0, [s.T @ s / (len(s) - 1) for s in (x, y)]),
        ("each sum is divided by its own number less one.", 0, [scaled[0], scaled[1] * (len(y) - 1) / (len(x) - 1)]),
        ("both covariances are of the same set.", 0, [scaled[0]] * 2),
        ("standard deviations are no covariances.", 0, [np.diag(s.std(axis=0)) for s in (x, y)]),
        ("the mean is one of each feature: axis=0.", 1, scaled),
    ):
        first, second = (np.full(x.shape[1], s.mean()) / x.shape[1] ** 0.5 if kind else s.mean(axis=0) for s in (x, y))
        options = {message: _distance(first, covs[0], second, covs[1])} | options
    options = options | check.slips(lambda **slips: _distance(*moments, **slips), _DISTANCE_SLIPS)
    check.close(value, expected, what, rtol=rtol, atol=1e-5 if expected > 1e-3 else 0.05, mistakes=options)


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


def check_kid(kid: Callable, x, y) -> None:
    """Compare with loops over all pairs, and know the usual mistakes."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    what, right = f"the KID of {len(x)} and {len(y)} points with {x.shape[1]} features", _loop_kid(x, y)
    mistakes = check.slips(
        lambda **slips: _loop_kid(x, y, **slips),
        {
            "the pairs of a point with itself were kept within the sets (the biased version).": {"diagonal": True},
            "the diagonal is out, but the sum was still divided by n².": {"count": True},
            "the last term counts twice.": {"cross": 1.0},
            "the last term has the wrong sign.": {"cross": -2.0},
            "the dot product was not divided by the number of features d.": {"width": 1},
            "the dot product was divided by n, not by the number of features d.": {"width": len(x)},
            "the dot product was divided by m, not by the number of features d.": {"width": len(y)},
            "the kernel's + 1 is missing.": {"one": 0.0},
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
    check.close(_real_number(check.call(kid, x, y), what), right, what, atol=1e-4, mistakes=mistakes)


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
        "negative values must stay negative.": np.mean([max(_loop_kid(*s), 0) for s in splits]),
    }
    name = "the average KID over all 20 splits of six points"
    values = [check.number(check.call(kid, x, y), "the KID of three and three points") for x, y in splits]
    check.close(np.mean(values), 0.0, name, atol=1e-4, mistakes=mistakes)
