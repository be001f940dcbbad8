"""Checks of lesson 44's two bounds on a critic: the gradient penalty and the spectral norm."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.probes import family as probes


def one_number(value, name: str) -> None:
    """Require a scalar."""
    check.require(value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    shape = np.shape(value)
    check.require(
        shape == (), f"{name}: expected one number for the batch, got shape {shape}. Take the mean, over all axes."
    )


# --- the gradient penalty ---------------------------------------------------------------------------


def some_pictures(shape: tuple, seed: int) -> dict:
    """A critic's weights, pictures and mixing shares: arguments of :func:`check_penalty`."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, *shape[1:]))
    real, fake = rng.uniform(-1, 1, (2, *shape))
    scale = 0.9 / np.sqrt(a.size)  # norms on both sides of 1
    a, b = scale * a, scale * (b + 0.3)
    return {"a": a, "b": b, "real": real, "fake": fake + 0.4, "mix": rng.uniform(0.05, 0.9, shape[0])}


# how a norm for each picture is made of slopes (n, h, w, c) and epsilon
NORMS = {
    "root": lambda s, eps: np.sqrt(np.square(s).sum(axis=(1, 2, 3)) + eps),
    "square": lambda s, eps: np.square(s).sum(axis=(1, 2, 3)),
    "mean": lambda s, eps: np.sqrt(np.square(s).mean(axis=(1, 2, 3))),
    "batch": lambda s, eps: np.sqrt(np.square(s).sum(keepdims=True)).ravel(),
    "entries": lambda s, eps: np.abs(s).sum(axis=(1, 2, 3)),
    "largest": lambda s, eps: np.abs(s).max(axis=(1, 2, 3)),
    "averaged": lambda s, eps: np.sqrt(np.square(s).sum(axis=(1, 2, 3))) / len(s),
    "last axis": lambda s, eps: np.sqrt(np.square(s).sum(axis=-1)).ravel(),
    "without channels": lambda s, eps: np.sqrt(np.square(s).sum(axis=(1, 2))).ravel(),
    "one axis": lambda s, eps: np.sqrt(np.square(s).sum(axis=1)).ravel(),
}


def _penalty(a, b, real, fake, mix, swapped=False, at="mixture", norm="root", target=1.0, how="mean", clip=False, power=2,
             scale=1.0, share="own", by="mixture", eps=0.0):  # fmt: skip
    w = mix.reshape(len(real), *[1] * (real.ndim - 1))
    w = {"own": w, "first": w[:1], "mean": w.mean()}[share]
    x = {"mixture": w * real + (1 - w) * fake, "real": real, "fake": fake, "middle": (real + fake) / 2}[at]
    if swapped:
        x = (1 - w) * real + w * fake
    slope = (a * x + b) * {"mixture": 1, "real": w, "fake": 1 - w}[by]
    norms = NORMS[norm](slope, eps)
    if how == "mean first":
        return scale * (norms.mean() - target) ** power
    excess = norms - target
    excess = np.maximum(excess, 0) if clip else excess
    return scale * getattr(np.abs(excess) ** power, how)()


PENALTY_SLIPS = {
    "the shares are exchanged: mix belongs to the real picture, 1 - mix to the fake.": {"swapped": True},
    "the gradient is taken at the real pictures, not at the mixtures.": {"at": "real"},
    "the gradient is taken at the fakes, not at the mixtures.": {"at": "fake"},
    "each picture has its own share mix, not always one half.": {"at": "middle"},
    "each picture has its own share mix, not that of the first.": {"share": "first"},
    "each picture has its own share mix, not the mean one.": {"share": "mean"},
    "the root of the sum of squares is missing: the norm should be 1, not its square.": {"norm": "square"},
    "the norm takes the sum over the pixels, not their mean.": {"norm": "mean"},
    "one norm of the whole batch; each picture has its own.": {"norm": "batch"},
    "this is the sum of absolute values; the norm is the root of the sum of squares.": {"norm": "entries"},
    "the logits were averaged before the gradient; sum them, or the norms are n times too small.": {"norm": "averaged"},
    "the norm runs over all axes but the first, not the last alone.": {"norm": "last axis"},
    "the norm runs over all axes but the first, the channels too.": {"norm": "without channels"},
    "the target 1 is missing: the norm is pulled to 1, not to 0.": {"target": 0.0},
    "this is the sum over the batch; take the mean.": {"how": "sum"},
    "norms below 1 count as well (no max).": {"clip": True},
    "the square is missing.": {"power": 1},
    "the factor 10 does not belong in here.": {"scale": 10.0},
    "the sign is wrong.": {"scale": -1.0},
    "the gradient is taken by the real pictures, not by the mixtures.": {"by": "real"},
}
# these are told only where they are alone
RARE_SLIPS = {
    "the gradient is taken by the fakes, not by the mixtures.": {"by": "fake"},
    "the norm runs over all axes but the first, not over one alone.": {"norm": "one axis"},
    "this is the largest slope; the norm is the root of the sum of squares.": {"norm": "largest"},
    "the target is 1, not -1: the norm minus 1.": {"target": -1.0},
    "half of the right value.": {"scale": 0.5},
    "each picture's distance to 1 is squared, then comes the mean; not the other way round.": {"how": "mean first"},
} | {
    f"what is added under the root is too much: 1e-12, not {eps:g}.": {"eps": eps}
    for eps in (1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
}


def _wrong_penalties(given: dict) -> dict:
    slips = check.slips(lambda **slip: _penalty(**given, **slip), PENALTY_SLIPS)
    x = given["mix"].reshape(-1, 1, 1, 1) * (given["real"] - given["fake"]) + given["fake"]
    scores = (given["a"] * x**2 / 2 + given["b"] * x).sum(axis=(1, 2, 3))
    return (
        dict(slips)
        | {message: _penalty(**given, **slip) for message, slip in RARE_SLIPS.items()}
        | {
            "the 1 is subtracted from the squared norm; subtract it from the norm, then square.": np.mean(
                NORMS["square"](given["a"] * x + given["b"], 0) - 1
            ),
            "the gradient is taken by mix, not by the mixtures.": np.mean(
                (np.abs(((given["a"] * x + given["b"]) * (given["real"] - given["fake"])).sum(axis=(1, 2, 3))) - 1) ** 2
            ),
            "the scores themselves are pulled to 1; take the norm of their gradient.": np.mean((scores - 1) ** 2),
        }
    )


def check_penalty(penalty: Callable, a, b, real, fake, mix, in_training: bool = True) -> None:
    """A critic with known gradient a x + b; the penalty's own gradient by finite differences.

    Args:
        penalty: the learner's function.
        a, b: weights of the critic sum(a x^2) / 2 + sum(b x), of the shape of a picture.
        real, fake: pictures (n, h, w, c).
        mix: (n,).
        in_training: whether to look at it compiled, too, which takes longest.
    """
    given = {"a": a, "b": b, "real": real, "fake": fake, "mix": mix}
    name = f"the penalty of {len(real)} pictures of shape {np.shape(real)[1:]}"
    try:
        found = check.beside(probes.penalty, penalty, *given.values(), in_training=in_training)
    except check.CheckError as error:
        if "ncompatible shapes" in str(error):
            raise check.CheckError(f"{error} Has mix four axes, as the pictures have: (n, 1, 1, 1)?") from None
        if "Something is None" not in str(error):
            raise
        raise check.CheckError(
            f"{name}: the inner gradient is None. A tensor is not watched by itself: call tape.watch(mixed), and compute the "
            "critic's scores of these very mixtures inside the tape."
        ) from None
    one_number(found["value"], name)
    wanted = _penalty(**given)

    def mistakes() -> dict:
        differs = abs(found["again"] - found["value"]) > 1e-5
        random = {"it differs from call to call. The shares are given: take `mix`, draw none.": found["value"]}
        return (random if differs else {}) | _wrong_penalties(given)

    check.close(found["value"], wanted, name, rtol=1e-3, atol=1e-5, mistakes=mistakes)
    if in_training:
        check.close(found["compiled"], wanted, f"{name}, compiled", rtol=1e-3, atol=1e-5)
    for key, slope in zip("ab", found["slopes"], strict=True):
        told = f"the gradient of {name} by the critic's weights"
        check.require(
            slope is not None,
            f"{told} is None: the inner gradient must be taken where the outer tape still records. No stop_gradient, no "
            "NumPy.",
        )
        check.require(
            np.isfinite(slope).all(),
            f"{told} is not finite. At zero the root has an infinite slope: add 1e-12 under the root.",
        )
        if np.any(a) or np.any(b):  # the norm of a flat critic has no slope of its own, only bounds
            check.close(slope, _by(given, key), told, rtol=5e-3, atol=1e-4)


def _by(given: dict, key: str) -> np.ndarray:
    """The penalty's gradient by a or b, by finite differences."""
    weights = np.asarray(given[key], dtype=float)
    slope = np.zeros_like(weights)
    for place in np.ndindex(weights.shape):
        ends = []
        for step in (1e-5, -1e-5):
            moved = weights.copy()
            moved[place] += step
            ends.append(_penalty(**(given | {key: moved})))
        slope[place] = (ends[0] - ends[1]) / 2e-5
    return slope


def check_flat_critic(penalty: Callable, rows: int) -> None:
    """A critic that says the same of every picture: norm 0, penalty 1, and no NaN."""
    given = some_pictures((rows, 2, 3, 1), seed=0)
    flat = {"a": 0 * given["a"], "b": 0 * given["b"]}
    check_penalty(penalty, **(given | flat), in_training=False)


# --- the spectral norm ------------------------------------------------------------------------------

LENGTHS = {
    "norm": np.linalg.norm,
    "none": lambda x: 1.0,
    "sum": np.sum,
    "absolute sum": lambda x: np.abs(x).sum(),
    "largest": lambda x: np.abs(x).max(),
    "square": lambda x: np.square(x).sum(),
}


def _iterate(matrix, u, steps, of_u="norm", of_v="norm"):
    """u before the last step, and u and v after it."""
    before, v = u, None
    for _ in range(steps):
        before = u
        v = matrix @ u
        v = v / LENGTHS[of_v](v)
        u = matrix.T @ v
        u = u / LENGTHS[of_u](u)
    return before, u, v


def _sigma(matrix, start, steps, count=lambda steps: steps, ones=False, sigma="right", of_u="norm", of_v="norm"):
    start = np.ones_like(start) if ones else start
    before, u, v = _iterate(matrix, start, count(steps), of_u, of_v)
    return {
        "right": lambda: v @ matrix @ u,
        "squared": lambda: (v @ matrix @ u) ** 2,
        "old u": lambda: v @ matrix @ before,
        "unit old u": lambda: v @ matrix @ before / np.linalg.norm(before),
        "half a step on": lambda: np.linalg.norm(matrix @ u),
        "W^T W": lambda: u @ matrix.T @ matrix @ u,
        "lengths": lambda: np.linalg.norm(v) * np.linalg.norm(u),
    }[sigma]()


SPECTRAL_SLIPS = {
    "this is sigma squared: is u divided by its length?": {"sigma": "squared"},
    "one step too few was done.": {"count": lambda steps: steps - 1},
    "one step too many was done.": {"count": lambda steps: steps + 1},
    "always one step; `steps` is not used.": {"count": lambda steps: 1},
    "the new u is missing: sigma is v · W u with the new v and the new u.": {"sigma": "unit old u"},
    "u is not a unit vector: sigma is v · W u with unit vectors.": {"sigma": "old u"},
    "the iteration starts from u as it is given, not from ones.": {"ones": True},
    "this is the length of W u with the new u; sigma is v · W u with the v of the last step.": {
        "sigma": "half a step on"
    },
    "this is u · W^T W u, the square of a length; sigma is v · W u.": {"sigma": "W^T W"},
    "it is always 1. Is W missing in v · W u, or are u and v divided by the squares of their lengths?": {
        "sigma": "lengths"
    },
    "v is not divided by its length.": {"of_v": "none"},
    "u is not divided by its length.": {"of_u": "none"},
    "v is divided by a sum; its length is the root of the sum of squares.": {"of_v": "sum"},
    "u is divided by a sum; its length is the root of the sum of squares.": {"of_u": "sum"},
    "v is divided by a sum of absolute values; its length is the root of the sum of squares.": {"of_v": "absolute sum"},
    "u is divided by a sum of absolute values; its length is the root of the sum of squares.": {"of_u": "absolute sum"},
    "v is divided by its largest entry; its length is the root of the sum of squares.": {"of_v": "largest"},
    "u is divided by its largest entry; its length is the root of the sum of squares.": {"of_u": "largest"},
    "v is divided by the square of its length; is a root missing?": {"of_v": "square"},
    "u is divided by the square of its length; is a root missing?": {"of_u": "square"},
}


def check_spectral(spectral: Callable, matrix, u, steps: int) -> None:
    """Power iteration by NumPy, and after many steps the largest singular value by the SVD.

    Args:
        spectral: the learner's function.
        matrix: (m, n).
        u: (n,), a start.
        steps: of the iteration.
    """
    matrix, u = np.asarray(matrix, dtype="float32"), np.asarray(u, dtype="float32")
    name = f"sigma of a {matrix.shape[0]} x {matrix.shape[1]} matrix after {steps} step(s)"
    traced = check.trace(spectral, matrix, u, steps)
    sigma, found = check.several(traced.value, "sigma", "u")
    shape = np.shape(sigma)
    exchanged = np.shape(found) == () != shape
    hint = " The results are exchanged: sigma comes first, then u." if exchanged else " v · W u is a sum of products."
    check.require(shape == (), f"{name}: expected one number, got shape {shape}.{hint}")
    wide, start = matrix.astype(float), u.astype(float)
    before, right_u, v = _iterate(wide, start, steps)
    right = v @ wide @ right_u

    def look() -> str:
        again = np.asarray(check.trace(spectral, matrix, u, steps).value[0])
        differs = abs(again - np.asarray(sigma)) > 1e-5 * abs(right)
        if differs:
            return "it differs from call to call. Start from the given u, draw none."

        def wanted(matrix, u, steps):
            _, u, v = _iterate(matrix.astype(float), u.astype(float), steps)
            return v @ matrix @ u

        first = lambda f, *given: check.trace(f, *given).value[0]  # noqa: E731
        return check.behaviour(spectral, wanted, first, matrix=matrix, u=u, steps=steps)

    known = lambda: _wrong_sigmas(wide, start, steps)  # noqa: E731
    check.close(sigma, right, name, rtol=1e-4, mistakes=known, otherwise=look)
    _check_u(np.asarray(found), right_u, {"this is the start": start, "this is the u before the last step": before}, v)
    if steps >= 50:
        exact = np.linalg.svd(wide, compute_uv=False)[0]
        check.close(sigma, exact, f"{name}, against the SVD", rtol=1e-3)
    slope = traced.gradients(0, by=[0])[0]
    words = "it is not v u^T. No gradient may flow through u and v (stop_gradient for both), and sigma is v · W u."
    told = f"the gradient of {name} by the matrix"
    check.close(slope, np.outer(v, right_u), told, rtol=1e-3, otherwise=lambda: words)
    if steps == 1:  # as in training
        check.compiled(spectral, matrix.shape, u.shape, steps, inputs=[matrix, u])


def _wrong_sigmas(matrix, start, steps: int) -> dict:
    exact = np.linalg.svd(matrix, compute_uv=False)[0]
    return dict(check.slips(lambda **slip: _sigma(matrix, start, steps, **slip), SPECTRAL_SLIPS)) | {
        "this is the Frobenius norm, the root of the sum of all squares.": np.linalg.norm(matrix),
        "this is the exact spectral norm, as from an SVD; do as many steps of power iteration as asked.": exact,
        "it is NaN or infinite. Are u and v divided by their lengths in each step? Else their entries grow without end.": (
            np.nan
        ),
    }


def _check_u(found: np.ndarray, right, others: dict, v) -> None:
    mistakes = {"this is v; return u, which has one entry for each column.": v}
    for words, other in others.items():
        mistakes[f"{words}; return the new one."] = other
        mistakes[f"{words}, as a unit vector; return the new one."] = other / np.linalg.norm(other)

    def look() -> str:
        length = np.linalg.norm(found)
        if found.shape != right.shape or not abs(abs(found @ right) - length) < 1e-3 * length:
            return ""
        words = "it points the other way" if found @ right < 0 else f"its length is {length:.3g}; it is a unit vector"
        return f"u is not a unit vector along W^T v: {words}."

    check.close(found, right, "the returned u", rtol=1e-3, mistakes=mistakes, otherwise=look)
