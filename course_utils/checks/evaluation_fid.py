"""Checks of lesson 43 on the Fréchet distance and FID."""

from collections.abc import Callable

import numpy as np

from course_utils import check

UNCLIPPED = (
    "a matrix contains NaN. The eigenvalues of a singular covariance may come out a little below 0, and their roots are "
    "NaN: clip them at 0."
)


def real_number(value, what: str) -> float:
    """A real number, or words about a complex one."""
    check.require(
        not np.iscomplexobj(value),
        f"{what}: complex numbers came out of the matrix root. Take roots of clipped, real eigenvalues, or only the "
        "real part.",
    )
    return check.number(value, what)


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
        "cholesky": lambda: np.sqrt(
            np.linalg.eigvalsh(np.linalg.cholesky(c1) @ c2 @ np.linalg.cholesky(c1)).clip(0)
        ).sum(),
        "one side": lambda: np.sqrt(np.linalg.eigvalsh(roots[0] @ c2).clip(0)).sum(),
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
    "the last term has the factor 2; yours counts once.": {"cross": -1.0},
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
    "np.linalg.cholesky gives L with L Lᵀ = Σ, which is not symmetric; with L on both sides it is Lᵀ Σ₂ L.": {
        "kind": "cholesky"
    },
    "the root of Σ₁ stands on both sides of Σ₂.": {"kind": "one side"},
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


def _small_gaussians() -> list[tuple]:
    """Pairs of Gaussians of which each shows one part of the distance."""
    zero, eye, none = np.zeros(2), np.eye(2), np.zeros((2, 2))
    flat, wide, bent = np.diag([4.0, 9.0]), np.diag([1.0, 25.0]), np.array([[2.0, 1.0], [1.0, 2.0]])
    roots = np.sqrt(5 + np.sqrt(13)), np.sqrt(5 - np.sqrt(13))
    bent_case = (
        "equal means, Σ₁ = diag(4, 1) and Σ₂ = [[2, 1], [1, 2]]: Σ₁Σ₂ has the eigenvalues 5 ± √13, the sum of their "
        f"roots is {sum(roots):.4f}, and 5 + 4 less twice that"
    )
    return [
        (
            "means (0, 0) and (3, 4), both covariances the identity: what is left is 3² + 4²",
            (zero, eye, np.array([3.0, 4.0]), eye),
            25,
        ),
        ("equal means, Σ₁ = diag(4, 9), Σ₂ = 0: what is left is tr Σ₁", (zero, flat, zero, none), 13),
        ("equal means, Σ₁ = 0, Σ₂ = diag(4, 9): what is left is tr Σ₂", (zero, none, zero, flat), 13),
        ("equal means, Σ₁ = diag(4, 9), Σ₂ = diag(1, 25): 13 + 26 − 2 (2 · 1 + 3 · 5)", (zero, flat, zero, wide), 5),
        (bent_case, (zero, np.diag([4.0, 1.0]), zero, bent), 9 - 2 * sum(roots)),
    ]


def _small_clouds() -> list[tuple]:
    """Pairs of sets of points of which each shows one part of the FID."""
    four = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    text = "x = (1, 0), (−1, 0), (0, 1), (0, −1)"
    return [
        (f"{text}, and y is x moved by (3, 4): only the means differ, by 3² + 4²", (four, four + [3, 4]), 25),
        (f"{text}, and y = 2 x: Σ₁ = ⅔ I and Σ₂ = 8/3 I, and 4/3 + 16/3 − 2 · 8/3", (four, 2 * four), 4 / 3),
        (
            f"{text}, and y holds each of these twice: Σ₁ = ⅔ I and, as n is 8, Σ₂ = 4/7 I; 2 (√⅔ − √(4/7))²",
            (four, np.repeat(four, 2, axis=0)),
            2 * (np.sqrt(2 / 3) - np.sqrt(4 / 7)) ** 2,
        ),
    ]


def check_frechet(distance: Callable, name: str) -> None:
    """Compare with a distance known from elsewhere; ``name`` as in :func:`gaussians`."""
    parts, expected = gaussians(name)
    what = f"the distance of two Gaussians in {len(parts[0])} dimensions ({name})"

    def answer(*parts):
        return real_number(check.call(distance, *parts), what)

    def known(*parts):
        return check.slips(lambda **slips: _distance(*parts, **slips), _DISTANCE_SLIPS)

    check.close(
        answer(*parts),
        expected,
        what,
        rtol=1e-2 if name in ("singular", "commuting") else 1e-4,
        atol=1e-5,
        mistakes=lambda: check.confirmed(
            answer, known, parts, [_two_gaussians(len(parts[0]), seed) for seed in (1, 2)]
        ),
        otherwise=lambda: check.first_wrong(distance, _small_gaussians(), rtol=1e-2),
    )


def _two_gaussians(d: int, seed: int) -> tuple:
    """Means and covariances of two Gaussians in general position."""
    rng = np.random.default_rng(seed)
    covs = [np.atleast_2d(np.cov(rng.normal(size=(2 * d + 3, d)) * scale, rowvar=False)) for scale in (1, 1.6)]
    return rng.normal(size=d), covs[0], rng.normal(size=d), covs[1]


def _right_fid(x, y) -> float:
    return _distance(*_moments(x, y))


def _moments(x, y) -> tuple:
    return tuple(moment for s in (x, y) for moment in (s.mean(axis=0), np.cov(s, rowvar=False)))


def check_fid(fid: Callable, x, y, rtol: float = 1e-3) -> None:
    """Recompute from the points, and recognise mistakes of the moments."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    what = f"the FID of {len(x)} and {len(y)} points with {x.shape[1]} features"

    def answer(x, y):
        try:
            return real_number(check.call(fid, x, y), what)
        except check.CheckError as error:
            if "converge" in str(error) or "infs or NaNs" in str(error):
                raise check.CheckError(f"{what}: {UNCLIPPED}") from None
            raise

    rng = np.random.default_rng(1)
    others = [(rng.normal(size=x.shape), rng.normal(size=y.shape) * 1.6 + 0.7)]
    expected = _right_fid(x, y)
    check.close(
        answer(x, y),
        expected,
        what,
        rtol=rtol,
        atol=1e-5 if expected > 1e-3 else 0.05,
        mistakes=lambda: check.confirmed(answer, _known_fids, (x, y), others),
        otherwise=lambda: (
            check.first_wrong(fid, _small_clouds(), rtol=1e-4) or check.behaviour(fid, _right_fid, x=x, y=y)
        ),
    )


def _known_fids(x, y) -> dict:
    """What usual mistakes of the moments and of the distance give."""
    options = {}
    for message, ddof, axis in (
        ("the covariance was divided by n; here it is n - 1.", 0, 0),
        ("rows and columns of the covariance changed places: points are rows.", 1, 1),
        ("rows and columns changed places: points are rows.", 1, 2),
    ):
        sets = [s.T if axis == 2 else s for s in (x, y)]
        covs = [np.atleast_2d(np.cov(s.T if axis != 1 else s, ddof=ddof)) for s in sets]
        means = [s.mean(axis=0) for s in sets]
        if covs[0].shape == covs[1].shape and means[0].shape == means[1].shape:
            options[message] = _distance(means[0], covs[0], means[1], covs[1])
    scaled = [np.cov(s.T, ddof=1) for s in (x, y)]
    for message, kind, covs in (
        ("only the variances were kept; the covariances count, too.", 0, [np.diag(np.diag(c)) for c in scaled]),
        ("these are correlations; take covariances.", 0, [np.corrcoef(s.T) for s in (x, y)]),
        ("subtract the mean before the covariance.", 0, [s.T @ s / (len(s) - 1) for s in (x, y)]),
        ("each sum is divided by its own number less one.", 0, [scaled[0], scaled[1] * (len(y) - 1) / (len(x) - 1)]),
        ("the covariance of x was taken for both.", 0, [scaled[0]] * 2),
        ("the covariance of y was taken for both.", 0, [scaled[1]] * 2),
        ("standard deviations are no covariances.", 0, [np.diag(s.std(axis=0)) for s in (x, y)]),
        ("the mean is one of each feature: axis=0.", 1, scaled),
    ):
        first, second = (np.full(x.shape[1], s.mean()) / x.shape[1] ** 0.5 if kind else s.mean(axis=0) for s in (x, y))
        options = {message: _distance(first, covs[0], second, covs[1])} | options
    n = min(len(x), len(y))
    options["the longer set was cut to the shorter one; all points count."] = _right_fid(x[:n], y[:n])
    return options | check.slips(lambda **slips: _distance(*_moments(x, y), **slips), _DISTANCE_SLIPS)
