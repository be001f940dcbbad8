"""Checks of lesson 41, the game of two networks. That of the update stands in :mod:`game_update`."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from scipy.integrate import trapezoid
from scipy.spatial.distance import cdist
from scipy.special import expit, xlogy
from scipy.stats import norm

from course_utils import check
from course_utils.checks.game_update import check_update as check_update
from course_utils.checks.game_update import check_update_compiled as check_update_compiled
from course_utils.probes import game as probes


def check_optimum(optimum: Callable, p, q) -> None:
    """Compare with a count of odds.

    Args:
        optimum: the learner's function.
        p, q: densities at the same points.
    """
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    name = f"D for densities of shape {p.shape}"
    with np.errstate(all="ignore"):
        wanted = np.where(p + q > 0, 1 / (1 + q / p), 0.5)
        wanted = np.where((p == 0) & (q > 0), 0.0, wanted)
        mistakes = {
            "this is the probability of *fake*; D gives the one of real.": 1 - wanted,
            "these are the odds p / q, not a probability.": p / q,
            "twice the right value: the formula has p + q below, not its mean.": 2 * wanted,
            "half of it is missing: divide by p + q, not by twice that.": wanted / 2,
            "this compares p with q and says 0 or 1; D gives a probability.": (p > q) * 1.0,
            "the squares of the densities do not belong here.": p**2 / (p**2 + q**2),
        }
    far = (p + q > 0) & (p + q < 1e-6)
    result = check.call(optimum, p, q)
    check.require(result is not None, f"{name}: nothing was returned. Is the `return` missing?")
    result, empty = np.asarray(result), (p + q) == 0
    if result.shape == wanted.shape:
        check.require(
            not np.isnan(result[empty]).any(),
            f"{name}: NaN where p and q are both zero; nothing is known there, so return 0.5.",
        )
        check.require(
            np.all(result[empty] == 0.5), f"{name}: where p and q are both zero the answer is 0.5, yours is another."
        )
        check.require(
            not far.any()
            or np.allclose(result[far], wanted[far], rtol=1e-6)
            or not np.allclose(result[~far], wanted[~far]),
            f"{name}: wrong far out, where p and q are small: add no epsilon, and draw no limit but 0.",
        )
    check.close(result, wanted, name, rtol=1e-6, mistakes=mistakes)


def densities(name: str) -> tuple:
    """Two densities and their points (n,), and the exact JS if it is known, by the name of the case."""
    uneven, even = np.sinh(np.linspace(-3.2, 3.2, 2001)), np.linspace(-8, 8, 4001)
    wide = np.linspace(-60, 60, 12001)
    stretched = np.concatenate([np.linspace(-9, 0, 3000)[:-1], np.linspace(0, 9, 1000)])
    mixed = 0.5 * norm.pdf(stretched, -2, 0.6) + 0.5 * norm.pdf(stretched, 2, 0.6)

    def bump(x, at=0.0):
        return np.where(np.abs(x - at) < 1, np.cos(np.pi / 2 * (x - at)) ** 2, 0)

    def bell(at):  # halves of smaller values may round to zero
        values = norm.pdf(wide, at, 1)
        return np.where(values > 1e-250, values, 0)

    blocks = 0.25 * ((np.abs(uneven) > 1) & (np.abs(uneven) < 3))
    return {
        "two Gaussians": lambda: (norm.pdf(uneven, 0, 1), norm.pdf(uneven, 1.5, 0.7), uneven),
        "no overlap": lambda: (bump(uneven), bump(uneven, 3), uneven, np.log(2)),
        "equal": lambda: (bump(uneven), bump(uneven), uneven, 0.0),
        "blocks": lambda: (blocks, norm.pdf(uneven), uneven),
        "even points": lambda: (norm.pdf(even, -0.5, 1), norm.pdf(even, 0.5, 2), even),
        "mixture": lambda: (mixed, norm.pdf(stretched, 1, 1), stretched),
        "exchanged": lambda: (norm.pdf(stretched, 1, 1), mixed, stretched),
        "far bells": lambda: (bell(-32), bell(32), wide, np.log(2)),
        "bumps that overlap": lambda: (bump(even), bump(even, 1), even),
    }[name]()


def check_js(js: Callable, p, q, x, exact: float | None = None) -> None:
    """Compare with entropies: JS = H(m) - (H(p) + H(q)) / 2, and know the usual mistakes."""
    name = f"JS on {len(x)} points"

    def kl(a, b):
        inside = (a > 0) & (b > 0)
        terms = np.zeros_like(a)
        terms[inside] = a[inside] * (np.log(a[inside]) - np.log(b[inside]))
        return trapezoid(terms, x)

    m = (p + q) / 2
    each = -xlogy(m, m) + (xlogy(p, p) + xlogy(q, q)) / 2
    right = trapezoid(each, x) if exact is None else exact
    bridged = sum(trapezoid((xlogy(a, a) - xlogy(a, m))[a > 0], x[a > 0]) / 2 for a in (p, q))
    mistakes = {"0: where only one density is zero, the other one's term stays.": 0.0} if right > 0.1 else {}
    mistakes |= {
        "the factor one half is missing: JS is the mean of the two divergences.": 2 * right,
        "half of it: is there one factor 1/2 too many?": right / 2,
        "that is in bits; use the natural logarithm.": right / np.log(2),
        "the square root is the Jensen–Shannon *distance*; the divergence has none.": right**0.5,
        "this is the value of the game, 2 JS - log 4, not JS.": 2 * right - np.log(4),
        "this is KL(p, q); compare each density with the mixture m.": kl(p, q),
        "this is KL(q, p); compare each density with the mixture m.": kl(q, p),
        "this is the mean of KL(p, q) and KL(q, p); compare each with m.": (kl(p, q) + kl(q, p)) / 2,
        "this is half of KL(p, m); the other half belongs to q.": kl(p, m) / 2,
        "this is KL(p, m) alone.": kl(p, m),
        "the sign is wrong.": -right,
        "log 2 is missing: m is the mean of p and q, not their sum.": right - np.log(2),
        "a gap in a density was left out and bridged; keep all points, with 0 there.": bridged,
        "the values were summed, not integrated over x.": each.sum(),
        "the points are not evenly spaced; the first step does not stand for all.": each.sum() * (x[1] - x[0]),
        "the points are not evenly spaced; a mean step will not do.": each.sum() * np.diff(x).mean(),
    }
    value = check.call(js, p, q, x)
    check.require(value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    number = np.asarray(value, dtype=float)
    check.require(not np.isnan(number).any(), f"{name}: the result is NaN. What is 0 times log 0 in your code?")
    check.require(
        not np.isinf(number).any(),
        f"{name}: the result is infinite. Far out 1 - p / (p + q) rounds to 0, and its logarithm is infinite: compute "
        "q / (p + q) itself.",
    )
    check.close(value, right, name, rtol=5e-3 if (np.diff(p) != 0).mean() < 0.5 else 1e-3, atol=1e-5, mistakes=mistakes)


def _soft(v) -> np.ndarray:
    return np.logaddexp(0, v.astype(float))


def _require_scalars(results: dict, rights: dict, name: str) -> None:
    for key, value in results.items():
        check.require(value is not None, f"{key} returned nothing. Is the `return` missing?")
        check.require(
            np.ndim(value) == 0 and not isinstance(value, tuple | list),
            f"{key}, {name}: expected one number for the whole batch, got shape {np.shape(value)}. Take the mean.",
        )
        check.require(
            tf.is_tensor(value),
            f"{key} is no tensor but {type(value).__name__}, through which no gradient flows. Use keras.ops.",
        )
        lost = abs(rights[key]) > 50 and not abs(float(value)) > 0.9 * abs(rights[key])
        check.require(
            np.isfinite(value) and not lost,
            f"{key}, {name}: got {float(value):.4g}, expected {rights[key]:.4g}. The logarithm of a sigmoid that has "
            "rounded to 0 is infinite, and an epsilon or a clip only hides it: use softplus of the logit.",
        )


def _d_mistakes(real, fake) -> dict:
    def formula(real_label=1.0, fake_label=0.0, twice=False, clip=False, how="mean", scale=1.0, parts="both"):
        a, b = (expit(v.astype(float)) if twice else v.astype(float) for v in (real, fake))
        one = np.logaddexp(0, a) - real_label * a
        two = np.logaddexp(0, b) - fake_label * b
        if clip:  # logits taken for probabilities
            low, high = np.float32(1e-7), np.float32(1 - 1e-7)
            one, two = -np.log(np.clip(real, low, high)), -np.log(np.clip(1 - fake, low, high))
        if parts == "pooled":
            return scale * np.concatenate([one.ravel(), two.ravel()]).mean()
        total = {"both": (one, two), "real": (one,), "fake": (two,)}[parts]
        return scale * sum(getattr(part, how)() for part in total)

    outside = "targets outside [0, 1] reward overconfidence; real is 1, fake is 0"
    return check.slips(
        formula,
        {
            "this is the value V; the loss is -V.": {"scale": -1.0},
            "logits were given to a cross-entropy of probabilities: from_logits=True.": {"clip": True},
            "the sigmoid is taken twice: probabilities were passed where logits belong.": {"twice": True},
            "the labels are swapped: real is 1, fake is 0.": {"real_label": 0.0, "fake_label": 1.0},
            "the fakes are rewarded for large logits: their label is 0.": {"fake_label": 1.0},
            "halved: V is a sum of two means, not the mean of both.": {"scale": 0.5},
            "this is a sum over the batch; take the mean.": {"how": "sum"},
            "only the real data count here.": {"parts": "real"},
            "only the fakes count here.": {"parts": "fake"},
            "take the two means apart: the batches differ in size.": {"parts": "pooled"},
            "take the two means apart; pooled, the larger batch counts more.": {"parts": "pooled", "scale": 2.0},
            "in bits; use the natural logarithm.": {"scale": 1 / np.log(2)},
            f"{outside} (1.05).": {"real_label": 1.05, "fake_label": -0.05},
            f"{outside} (1.1).": {"real_label": 1.1, "fake_label": -0.1},
            "label smoothing is not asked for.": {"real_label": 0.9},
            "label smoothing is not asked for, on either side.": {"real_label": 0.9, "fake_label": 0.1},
        },
    )


def _g_mistakes(fake, saturating: bool) -> dict:
    def formula(kind=saturating, scale=1.0, twice=False, clip=False, how="mean"):
        a = expit(fake.astype(float)) if twice else fake.astype(float)
        each = -np.logaddexp(0, a) if kind else np.logaddexp(0, -a)
        if clip:
            p = np.clip(fake, np.float32(1e-7), np.float32(1 - 1e-7))
            each = np.log(1 - p) if kind else -np.log(p)
        return scale * getattr(each, how)()

    other = "this is the non-saturating loss; is the argument used?" if saturating else (
        "this is the saturating loss log(1 - D), asked for with saturating=True."
    )  # fmt: skip
    mistakes = check.slips(
        formula,
        {
            other: {"kind": not saturating},
            "the sign is flipped.": {"scale": -1.0},
            "logits were given to a cross-entropy of probabilities: from_logits=True.": {"clip": True},
            "the sigmoid is taken twice: probabilities were passed where logits belong.": {"twice": True},
            "in bits; use the natural logarithm.": {"scale": 1 / np.log(2)},
            "this is a sum over the batch; take the mean.": {"how": "sum"},
        },
    )
    if saturating:
        mistakes["a loss is a logarithm of the probability."] = -expit(fake.astype(float)).mean()
    else:
        wrong = "the label of this loss is wrong: the generator wants its samples called real."
        mistakes = {wrong: _soft(fake).mean()} | mistakes
    return mistakes


def check_losses(d_loss: Callable, g_loss: Callable, real, fake) -> None:
    """Values and gradients against NumPy's logaddexp.

    Args:
        d_loss, g_loss: the learner's functions.
        real, fake: logits of any shape.
    """
    real, fake = (np.asarray(v, dtype="float32") for v in (real, fake))
    name = f"{real.size} real and {fake.size} fake logits"
    tensors = [tf.constant(v) for v in (real, fake)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensors)
        results = {
            "discriminator_loss": check.call(d_loss, *tensors),
            "generator_loss": check.call(g_loss, tensors[1]),
            "generator_loss, saturating": check.call(g_loss, tensors[1], saturating=True),
        }
    rights = dict(
        zip(results, (_soft(-real).mean() + _soft(fake).mean(), _soft(-fake).mean(), -_soft(fake).mean()), strict=True)
    )
    _require_scalars(results, rights, name)
    mistakes = (_d_mistakes(real, fake), _g_mistakes(fake, False), _g_mistakes(fake, True))
    for (key, value), known in zip(results.items(), mistakes, strict=True):
        check.close(value, rights[key], f"{key}, {name}", rtol=1e-4, mistakes=known)
    wide = real.astype(float), fake.astype(float)
    for key, side, wanted in (
        ("generator_loss", 1, -expit(-wide[1]) / fake.size),
        ("generator_loss, saturating", 1, -expit(wide[1]) / fake.size),
        ("discriminator_loss", 1, expit(wide[1]) / fake.size),
        ("discriminator_loss", 0, -expit(-wide[0]) / real.size),
    ):
        kind = ("real", "fake")[side]
        slope = tape.gradient(results[key], tensors[side])
        check.require(
            slope is not None,
            f"{key}: no gradient flows back to the {kind} logits. Stay with keras.ops, without NumPy and stop_gradient.",
        )
        check.close(slope, wanted, f"the gradient of {key} ({kind} logits), {name}", rtol=1e-3)


def some_samples(name: str) -> tuple:
    """Samples, centres, standard deviation and least share, by the name of the case."""
    angles = np.arange(8) * np.pi / 4
    ring = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    corners = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])

    def around(counts, centres, spread, junk, seed):
        draw = np.random.default_rng(seed)
        parts = [c + spread * draw.normal(size=(n, centres.shape[1])) for n, c in zip(counts, centres, strict=True)]
        return draw.permutation(np.concatenate([*parts, draw.uniform(-3, 3, (junk, centres.shape[1]))]))

    line = [0, 0.25, -0.5, 0.75, -1, 2, 2.5, 1.25, 1.375, 10, 11.5, 8.5, 9.75, 10, 20.5, 19, 5, 30, -20, 6]
    many = np.arange(40.0)[:, None]
    return {
        "ring": lambda: (around([90, 60, 0, 2, 0, 40, 1, 8], ring, 0.09, 60, 0), ring, 0.05, 0.01),
        "three samples": lambda: (ring[[2, 2, 5]], ring, 0.05, 0.3),
        "on a line": lambda: (np.array(line)[:, None], np.array([[0.0], [2.0], [10.0], [20.0]]), 0.5, 0.25),
        "in space": lambda: (around([50, 7, 20], corners, 0.15, 40, 1), corners, 0.1, 0.05),
        "larger least": lambda: (around([50, 7, 20], corners, 0.15, 40, 1), corners, 0.1, 0.2),
        "uneven": lambda: (around([300, 300, 5, 5, 5, 5, 5, 5], ring, 0.12, 100, 2), ring, 0.1, 0.008),
        "far away": lambda: (np.array([[9.0, 9.0]]), ring, 0.05, 0.01),
        "one at a centre": lambda: (np.array([[2.0, 0.0]]), ring, 0.05, 0.01),
        "forty modes": lambda: (around([25] * 40, many, 0.05, 30, 3), many, 0.04, 0.01),
    }[name]()


def check_modes(modes_covered: Callable, samples, centres, std: float, least: float) -> None:
    """Compare with a count of our own, and know the usual mistakes."""
    name, n = f"{len(samples)} samples, {len(centres)} centres", len(samples)

    def count(radius=3 * std, floor=least * n, good_only=True, metric="euclidean"):
        away = cdist(samples, centres, metric)
        inside = away.min(axis=1) <= radius
        counted = inside if good_only else np.full(n, True)
        hits = np.bincount(away.argmin(axis=1)[counted], minlength=len(centres))
        return int(np.sum(hits >= floor)), float(inside.mean())

    (modes, quality), near = count(), cdist(samples, centres) <= 3 * std
    result = check.call(modes_covered, samples, centres, std, least)
    got_modes, got_quality = check.several(result, "the covered modes", "the quality")
    check.require(
        np.ndim(got_modes) == 0,
        f"{name}: the number of covered modes is one number, yours has shape {np.shape(got_modes)}.",
    )
    of_quality = {
        "a share, not the number of samples.": quality * n,
        "a share, not per cent.": 100 * quality,
        "this is the share of low quality.": 1 - quality,
        "at most 3 standard deviations: a sample at exactly that distance counts.": count(np.nextafter(3 * std, 0))[1],
        "a sample near two centres was counted twice.": near.sum() / n,
        "`std` is given; this takes 0.05.": count(0.15)[1],
        "within 3 standard deviations, not one.": count(std)[1],
        "within 3 standard deviations, not two.": count(2 * std)[1],
        "within 3 standard deviations, not within the distance 3.": count(3)[1],
        "within 3 times the standard deviation, not 3 times the variance.": count(3 * std**2)[1],
        "the distance was squared, but not the limit.": count((3 * std) ** 0.5)[1],
        "the distance is Euclidean; this takes the sum of absolute differences.": count(metric="cityblock")[1],
        "the distance is Euclidean, not the largest difference of a coordinate.": count(metric="chebyshev")[1],
    }
    of_modes = {"`least` is given; this takes 0.01.": count(floor=0.01 * n)[0]} if least != 0.01 else {}
    of_modes |= {
        "a sample near two centres was counted for both; it belongs to the nearest.": np.sum(near.sum(0) >= least * n),
        "at least the share `least`: exactly that share is enough.": count(floor=np.nextafter(least * n, np.inf))[0],
        "a mode needs *high-quality* samples; all of them were counted.": count(good_only=False)[0],
        "a single sample does not cover a mode; `least` is not used.": count(floor=1)[0],
        "`least` is a share of the samples; as a number it is below one sample.": count(floor=max(least, 1e-9))[0],
        "the share is one of *all* samples, not of the high-quality ones.": count(floor=least * n * quality)[0],
        "this is the number of missing modes.": len(centres) - modes,
        "this is the number of all modes.": len(centres),
    }
    check.close(got_quality, quality, f"the quality, {name}", mistakes=of_quality)
    check.close(got_modes, modes, f"the covered modes, {name}", rtol=0, mistakes=of_modes)


def check_r1(r1_loss: Callable, n: int, m: int, d: int, gamma: float) -> None:
    """A discriminator whose gradient can be worked out by hand: logits a·tanh(x W)."""
    rng = np.random.default_rng([n, m, d])
    w, a = rng.normal(size=(d, 4)), rng.normal(size=(4, 1))
    real, fake = rng.normal(size=(n, d)) + 0.3, rng.normal(size=(m, d)) - 0.2

    def slopes(x):
        return (a[:, 0] * (1 - np.tanh(x @ w) ** 2)) @ w.T  # (rows, d)

    def logits(x):
        return np.tanh(x @ w) @ a

    def formula(weight=gamma / 2, at="real", power=2, how="mean", inner=np.sum, kind="logit", loss=True, sign=1.0):
        x = real if at == "real" else fake if at == "fake" else np.concatenate([real, fake])
        slope = slopes(x) * (expit(logits(x)) * expit(-logits(x)) if kind == "probability" else 1)
        lengths = inner(slope**2, axis=1) ** (power / 2)
        base = _soft(-logits(real)).mean() + _soft(logits(fake)).mean()
        return sign * weight * getattr(lengths, how)() + (base if loss else 0)

    name = f"the loss with gamma {gamma:g}, {n} real points in {d} dimensions"
    done = check.beside(probes.penalised, r1_loss, [w, a], real, fake, gamma)
    mistakes = check.slips(
        formula,
        {
            "the penalty has the factor gamma / 2, not gamma.": {"weight": gamma},
            "gamma is given; this takes 0.1.": {"weight": 0.05},
            "the penalty is missing.": {"weight": 0.0},
            "the penalty is subtracted; the discriminator pays it.": {"sign": -1.0},
            "the penalty is taken at the fakes; R1 takes it at real samples.": {"at": "fake"},
            "the penalty is taken at real samples and fakes; R1 takes it at real ones.": {"at": "both"},
            "the length of the gradient is not squared.": {"power": 1},
            "summed over the batch; take the mean over the samples.": {"how": "sum"},
            "averaged over the coordinates; the squared length is their sum.": {"inner": np.mean},
            "this is the gradient of the probability; R1 takes that of the logit.": {"kind": "probability"},
            "this is the penalty alone; add the discriminator's loss.": {"loss": False},
        },
    )
    if gamma:
        mistakes["this is the gradient penalty of WGAN-GP, (length - 1)²; R1 wants small gradients."] = formula(
            0
        ) + gamma / 2 * np.mean((np.linalg.norm(slopes(real), axis=1) - 1) ** 2)
    value, found = done["value"], done["slopes"]
    check.close(value, formula(), name, rtol=1e-4, mistakes=mistakes)
    check.require(tf.is_tensor(value), f"{name}: no tensor but {type(value).__name__}. Use keras.ops.")
    check.require(
        all(g is not None for g in found),
        "No gradient reaches the discriminator's weights. Compute the penalty with tensors, without stop_gradient.",
    )
    h, last, moved = 1e-4, a, []
    for sign in (h, -h):
        a = last + sign * np.ones((4, 1))
        moved.append(formula())
    a = last
    wanted = (moved[0] - moved[1]) / (2 * h)
    check.close(np.sum(found[1]), wanted, "the gradient by the last layer's weights", rtol=1e-2, atol=1e-3)
