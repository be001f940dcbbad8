"""Checks of lesson 44, the family of GANs."""

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd

from course_utils import check
from course_utils.probes import family as probes

PARTS = {
    "least_squares": (lambda a: (a - 1) ** 2 / 2, lambda b: b**2 / 2, lambda b: (b - 1) ** 2 / 2),
    "hinge": (lambda a: np.maximum(0, 1 - a), lambda b: np.maximum(0, 1 + b), lambda b: -b),
    "wasserstein": (lambda a: -a, lambda b: b, lambda b: -b),
}


def _d_slips(kind: str, real, fake) -> dict:
    of_real, of_fake, _ = PARTS[kind]

    def formula(swapped=False, scale=1.0, how="mean", only="both", sign=1.0, other="", plus=0.0):
        a, b = (fake, real) if swapped else (real, fake)
        one, two = of_real(sign * a), of_fake(sign * b)
        if other == "no maximum":
            one, two = 1 - a, 1 + b
        elif other == "labels -1 and 1":
            one, two = (a - 1) ** 2 / 2, (b + 1) ** 2 / 2
        elif other == "pooled":
            return scale * np.concatenate([one.ravel(), two.ravel()]).mean()
        elif other == "fooled":
            two = of_real(b)
        parts = {"both": (one, two), "real": (one,), "fake": (two,)}[only]
        return scale * sum(getattr(part, how)() for part in parts) + plus

    known = {
        "real and fake logits are exchanged.": {"swapped": True},
        "the sign is wrong.": {"scale": -1.0},
        "twice the right value: is a factor 1/2 missing?": {"scale": 2.0},
        "half of the right value: a sum of two means, as in the formula.": {"scale": 0.5},
        "this is a sum over the batch; take the mean.": {"how": "sum"},
        "only the real pictures count here.": {"only": "real"},
        "only the fakes count here.": {"only": "fake"},
        "take the two means apart: the batches differ in size.": {"other": "pooled"},
        "the fakes are treated as if they were real.": {"other": "fooled"},
        "the logits' sign is wrong.": {"sign": -1.0},
    }
    if kind == "hinge":
        known["max(0, ...) is missing: beyond the margin there is no loss."] = {"other": "no maximum"}
    if kind == "least_squares":
        known["here the target of fakes is 0, not -1."] = {"other": "labels -1 and 1"}
    return check.slips(formula, known)


def _g_slips(kind: str, fake) -> dict:
    def formula(scale=1.0, how="mean", other="", sign=1.0):
        each = PARTS[kind][2](sign * fake)
        if other:
            each = {
                "margin": lambda: np.maximum(0, 1 - fake),
                "fake margin": lambda: np.maximum(0, 1 + fake),
                "zero": lambda: fake**2 / 2,
                "softplus": lambda: np.logaddexp(0, -fake),
            }[other]()
        return scale * getattr(each, how)()

    known = {
        "the sign is wrong.": {"scale": -1.0},
        "twice the right value: is a factor 1/2 missing?": {"scale": 2.0},
        "half of the right value.": {"scale": 0.5},
        "this is a sum over the batch; take the mean.": {"how": "sum"},
        "this is the non-saturating loss.": {"other": "softplus"},
        "the logits' sign is wrong.": {"sign": -1.0},
    }
    if kind == "hinge":
        known["the generator's loss has no max(0, ...): it is -mean(b)."] = {"other": "margin"}
        known["this is the discriminator's part; the generator's loss is -mean(b)."] = {"other": "fake margin"}
    if kind == "least_squares":
        known["the generator's target is 1: it wants its fakes taken for real."] = {"other": "zero"}
    return check.slips(formula, known)


def check_losses(losses: dict, real, fake) -> None:
    """Compare the pairs of losses, and their slopes, with NumPy.

    Args:
        losses: name -> (discriminator's loss, generator's loss), the learner's functions.
        real, fake: logits (n, 1) and (m, 1).
    """
    real, fake = (np.asarray(v, dtype="float32") for v in (real, fake))
    for kind, (of_real, of_fake, of_g) in PARTS.items():
        for role, function, inputs in (("d", losses[kind][0], (real, fake)), ("g", losses[kind][1], (fake,))):
            name = f"{kind}_{role} for {len(real)} real and {len(fake)} fake logits"
            traced = check.trace(function, *inputs)
            check.require(traced.value is not None, f"{name}: nothing was returned. Is the `return` missing?")
            wide = [v.astype(float) for v in inputs]
            wanted = of_real(wide[0]).mean() + of_fake(wide[1]).mean() if role == "d" else of_g(wide[0]).mean()
            slips = _d_slips(kind, *wide) if role == "d" else _g_slips(kind, *wide)
            shape = np.shape(traced.value)
            check.require(shape == (), f"{name}: expected one number for the batch, got shape {shape}. Take the mean.")
            check.close(traced.value, wanted, name, rtol=1e-4, mistakes=slips)
            for place, slope in enumerate(traced.gradients()):
                parts = (of_real, of_fake) if role == "d" else (of_g,)
                step = 1e-4
                high, low = (parts[place](wide[place] + s) for s in (step, -step))
                right = (high - low) / (2 * step * len(wide[place]))
                check.close(slope, right, f"the slope of {name}", rtol=1e-3)


def some_pictures(shape: tuple, seed: int) -> dict:
    """A critic's weights, pictures and mixing shares: arguments of :func:`check_penalty`."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, *shape[1:]))
    real, fake = rng.uniform(-1, 1, (2, *shape))
    return {"a": a, "b": b + 0.3, "real": real, "fake": fake + 0.4, "mix": rng.uniform(0.05, 0.9, shape[0])}


def _penalty(a, b, real, fake, mix, swapped=False, at="mixture", norm="root", target=1.0, how="mean", clip=False, power=2,
             scale=1.0, share="own"):  # fmt: skip
    n = len(real)
    w = mix.reshape(n, *[1] * (real.ndim - 1))
    w = {"own": w, "first": w[:1], "mean": w.mean()}[share]
    x = {"mixture": w * real + (1 - w) * fake, "real": real, "fake": fake, "middle": (real + fake) / 2}[at]
    if swapped:
        x = (1 - w) * real + w * fake
    slope = (a * x + b).reshape(n, -1)
    size = np.square(slope).sum(axis=1)
    norms = {
        "root": lambda: np.sqrt(size),
        "square": lambda: size,
        "mean": lambda: np.sqrt(np.square(slope).mean(axis=1)),
        "batch": lambda: np.sqrt(size.sum(keepdims=True)),
        "entries": lambda: np.abs(slope).sum(axis=1),
        "averaged": lambda: np.sqrt(size) / n,
        "last axis": lambda: np.sqrt(np.square(a * x + b).sum(axis=-1)).ravel(),
    }[norm]()
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
    "the root of the sum of squares is missing: the norm is 1, not its square.": {"norm": "square"},
    "the norm takes the sum over the pixels, not their mean.": {"norm": "mean"},
    "one norm of the whole batch; each picture has its own.": {"norm": "batch"},
    "this is the sum of absolute values; the norm is the root of the sum of squares.": {"norm": "entries"},
    "the logits were averaged before the gradient; sum them, or the norms are n times too small.": {"norm": "averaged"},
    "the norm runs over all axes but the first, not the last alone.": {"norm": "last axis"},
    "the target 1 is missing: the norm is pulled to 1, not to 0.": {"target": 0.0},
    "this is the sum over the batch; take the mean.": {"how": "sum"},
    "norms below 1 count as well (no max).": {"clip": True},
    "the square is missing.": {"power": 1},
    "the factor 10 does not belong in here.": {"scale": 10.0},
    "the sign is wrong.": {"scale": -1.0},
}


def check_penalty(penalty: Callable, a, b, real, fake, mix) -> None:
    """A critic with known gradient a x + b; the penalty's own gradient by finite differences.

    Args:
        penalty: the learner's function.
        a, b: weights of the critic sum(a x^2) / 2 + sum(b x), of the shape of a picture.
        real, fake: pictures (n, ...).
        mix: (n,).
    """
    given = {"a": a, "b": b, "real": real, "fake": fake, "mix": mix}
    found = check.beside(probes.penalty, penalty, *given.values())
    name = f"the penalty of {len(real)} pictures of shape {np.shape(real)[1:]}"
    wanted = _penalty(**given)
    shape = np.shape(found["value"])
    check.require(shape == (), f"{name}: expected one number for the batch, got shape {shape}. Take the mean.")
    mistakes = check.slips(lambda **slip: _penalty(**given, **slip), PENALTY_SLIPS)
    check.close(found["value"], wanted, name, rtol=1e-3, atol=1e-5, mistakes=mistakes)
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
        check.close(slope, _by(given, key), told, rtol=5e-3, atol=1e-4)


def _by(given: dict, key: str) -> np.ndarray:
    """The penalty's gradient by a or b, by finite differences; zero for a critic without any slope."""
    weights = np.asarray(given[key], dtype=float)
    slope = np.zeros_like(weights)
    if not np.any(given["a"]) and not np.any(given["b"]):
        return slope
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
    check_penalty(penalty, **(given | {"a": 0 * given["a"], "b": 0 * given["b"]}))


def _iterate(matrix, u, steps, scale=True, start="u", order="vu"):
    v = None
    for _ in range(steps):
        if order == "vu":
            v = matrix @ u
            v = v / (np.linalg.norm(v) if scale else 1)
            u = matrix.T @ v
            u = u / (np.linalg.norm(u) if scale else 1)
    return u, v


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
    wide = matrix.astype(float)
    right_u, v = _iterate(wide, u.astype(float), steps)
    right = v @ wide @ right_u
    before, _ = _iterate(wide, u.astype(float), steps - 1)
    mistakes = {
        "this is the Frobenius norm, the root of the sum of all squares.": np.linalg.norm(wide),
        "this is sigma squared.": right**2,
        "one step too few was done.": np.linalg.norm(wide @ before) if steps > 1 else np.nan,
        "the new u is missing: sigma is v · W u with the new v and the new u.": v
        @ wide
        @ (before / np.linalg.norm(before)),
        "u is not a unit vector: sigma is v · W u with unit vectors.": v @ wide @ before,
        "always one step; `steps` is not used.": np.linalg.norm(wide.T @ _iterate(wide, u.astype(float), 1)[1]),
        "one step too many was done.": np.linalg.norm(wide.T @ _iterate(wide, u.astype(float), steps + 1)[1]),
    }
    shape = np.shape(sigma)
    check.require(shape == (), f"{name}: expected one number, got shape {shape}.")
    check.close(sigma, right, name, rtol=1e-4, mistakes=mistakes)
    told = "this is v; return u, which has one entry for each column."
    check.close(found, right_u, "the returned u", rtol=1e-3, mistakes={told: v, "u is not a unit vector.": wide.T @ v})
    if steps >= 50:
        exact = np.linalg.svd(wide, compute_uv=False)[0]
        check.close(sigma, exact, f"{name}, against the SVD", rtol=1e-3)
    slope = traced.gradients(0, by=[0])[0]
    check.close(
        slope, np.outer(v, right_u), f"the gradient of {name} by the matrix", rtol=1e-3,
        mistakes={"no gradient may flow through u and v: stop_gradient for both.": slope if steps < 50 else np.nan},
    )  # fmt: skip


def check_projection(build: Callable, d: int, classes: int, seed: int) -> None:
    """Fit the logits by features, labels and their products: what the formula allows explains all of it.

    Args:
        build: the learner's function.
        d: number of features.
        classes: number of classes.
        seed: of features and labels.
    """
    rng = np.random.default_rng(seed)
    n = 4 * (d + 1) * (classes + 1)
    kernel, pictures, labels = rng.normal(size=(d + 1, d)), rng.normal(size=(n, d + 1)), rng.normal(size=(n, classes))
    counts = []
    for wrapped in (False, True):
        found = check.beside(probes.head, build, kernel, pictures, labels, wrapped)
        logits, f = found["logits"], pictures @ kernel
        check.require(found["kept"], "The body's weights are not among the model's trainable ones: use `body` itself.")
        check.array(logits, "the logits", shape=(n, 1))
        name = f"with {d} features and {classes} classes"
        both = np.einsum("ni,nj->nij", labels, f).reshape(n, -1)
        columns = np.concatenate([f, np.ones((n, 1)), both, labels], axis=1)
        weights, *_ = np.linalg.lstsq(columns, logits[:, 0], rcond=None)
        rest = np.abs(columns @ weights - logits[:, 0]).max() / np.abs(logits).max()
        check.require(
            rest < 1e-3,
            f"The logits {name} are no sum of w · f + b and (V y) · f. Is there an activation, or a product too many?",
        )
        plain, bias, products, alone = np.split(weights, [d, d + 1, d + 1 + d * classes])
        scale, tiny = np.abs(weights).max(), 1e-3
        check.require(
            np.abs(plain).max() > tiny * scale,
            "The part w · f + b is missing: a logit for a picture of any class.",
        )
        check.require(
            np.abs(products).max() > tiny * scale,
            "The label is not compared with the features: the inner product (V y) · f is missing. A label that is only "
            "joined to the features adds a constant to the logit.",
        )
        check.require(np.abs(bias[0]) > tiny * scale, "The dense unit has no bias b.")
        check.require(
            np.abs(alone).max() < tiny * scale, "There is a part that depends on the label alone; V y · f has none."
        )
        counts.append(found["wrapped"])
        wanted = d + 1 + d * classes
        check.require(
            found["weights"] == wanted,
            f"{name}: {found['weights']} weights beside the body's, expected {wanted}: d for w, 1 for b, d times classes "
            "for V (which has no bias).",
        )
    check.require(
        counts[1] == 2, f"wrap was applied to {counts[1]} layers; both new ones get it, the one of w, b and V."
    )


def check_table(rank: Callable, values: dict) -> None:
    """Compare with a table made value by value.

    Args:
        rank: the learner's function.
        values: name -> distances, one for each seed.
    """
    answer = check.call(rank, {name: np.asarray(v, dtype=float) for name, v in values.items()})
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    check.require(isinstance(answer, pd.DataFrame), f"Return a pandas DataFrame, not {type(answer).__name__}.")
    wanted = ["mean", "lowest", "highest", "surely better than"]
    check.require(list(answer.columns) == wanted, f"The columns are {list(answer.columns)}, expected {wanted}.")
    means = {name: sum(v) / len(v) for name, v in values.items()}
    order = sorted(values, key=means.get)
    check.require(set(answer.index) == set(values), f"The index is {list(answer.index)}; expected the names.")
    check.require(
        list(answer.index) != order[::-1] or len(order) < 2,
        "The rows are in falling order; the lowest mean distance comes first.",
    )
    check.require(list(answer.index) == order, "The rows are not in the order of the means, lowest first.")
    for name in order:
        mine, row = list(values[name]), answer.loc[name]
        others = [list(values[other]) for other in values if other != name]
        means_of = [sum(v) / len(v) for v in others]
        beaten = sum(max(mine) < min(v) for v in others)
        check.close(row["mean"], means[name], f"the mean of {name}", mistakes={"this is the median.": np.median(mine)})
        check.close(row["lowest"], min(mine), f"the lowest of {name}")
        check.close(row["highest"], max(mine), f"the highest of {name}")
        check.close(
            row["surely better than"], beaten, f"how many members {name} is surely better than",
            mistakes={
                "equal distances are no sure difference: use <, not <=.": sum(max(mine) <= min(v) for v in others),
                "the means are compared; the intervals must not meet.": sum(means[name] < m for m in means_of),
                "this counts members that are surely better, not worse.": sum(min(mine) > max(v) for v in others),
                "the lowest values are compared; the intervals must not meet.": sum(min(mine) < min(v) for v in others),
                "the highest values are compared; the intervals must not meet.": sum(max(mine) < max(v) for v in others),
                "a mean below the other's lowest is not enough.": sum(means[name] < min(v) for v in others),
                "a highest below the other's mean is not enough.": sum(max(mine) < m for m in means_of),
                "members whose intervals meet count as well.": sum(min(mine) <= max(v) for v in others),
                "the names were counted, not the pairs; leave the member itself out.": beaten + 1,
            },
        )  # fmt: skip


def pairs() -> list[tuple[str, str]]:
    """Names of losses and roles."""
    return list(itertools.product(PARTS, "dg"))
