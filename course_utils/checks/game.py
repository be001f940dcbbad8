"""Checks of lesson 41, the game of two networks; more stand in :mod:`game_update` and :mod:`game_repair`."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from scipy.integrate import trapezoid
from scipy.spatial.distance import jensenshannon
from scipy.special import expit, xlogy
from scipy.stats import norm

from course_utils import check
from course_utils.checks.game_repair import check_modes as check_modes
from course_utils.checks.game_repair import check_r1 as check_r1
from course_utils.checks.game_repair import some_samples as some_samples
from course_utils.checks.game_update import check_update as check_update
from course_utils.checks.game_update import check_update_compiled as check_update_compiled


def check_optimum(optimum: Callable, p, q) -> None:
    """Compare with a count of odds.

    Args:
        optimum: the learner's function.
        p, q: densities at the same points.
    """
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    name = f"D for densities of shape {p.shape}"
    with np.errstate(all="ignore"):
        wanted = _best(p, q)
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
            f"{name}: wrong far out, where p and q are small: add no epsilon, draw no limit but 0, and stay with float64.",
        )
    check.close(
        result, wanted, name, rtol=1e-6, mistakes=mistakes, otherwise=lambda: _one_point(optimum, p, q, result, wanted)
    )


def _best(p, q) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(p > 0, 1 / (1 + q / np.where(p > 0, p, 1)), np.where(q > 0, 0.0, 0.5))


def _one_point(optimum: Callable, p, q, result, wanted) -> str:
    """Words on the point that is farthest off, and on how D behaves."""
    if result.shape != wanted.shape:
        return ""
    gaps = np.where(np.isfinite(result), np.abs(result - wanted), np.inf)
    place = np.unravel_index(np.argmax(gaps), gaps.shape)
    words = (
        f"where p is {p[place]:.4g} and q is {q[place]:.4g}, D is {wanted[place]:.6g}; yours is {result[place]:.6g}."
    )
    alone = np.asarray(check.call(optimum, p[place].reshape(1), q[place].reshape(1)), dtype=float)
    if alone.shape == (1,) and not np.isclose(alone[0], result[place], rtol=1e-6, equal_nan=True):
        return f"{words} For this point alone it is {alone[0]:.6g}: D at a point does not depend on the other points."
    doubled = np.asarray(check.call(optimum, 2 * p, 2 * q), dtype=float)
    if doubled.shape == result.shape and not np.allclose(doubled, result, rtol=1e-6, equal_nan=True):
        words += " If both densities are doubled, D should stay the same; yours changes."
    return words


def densities(name: str) -> tuple:
    """Two densities and their points (n,), and the exact JS if it is known, by the name of the case."""
    uneven, even = np.sinh(np.linspace(-3.2, 3.2, 2001)), np.linspace(-8, 8, 4001)
    wide, ends = np.linspace(-60, 60, 12001), np.linspace(0, 1, 101) ** 2
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
        "high ends": lambda: (2 * ends, np.ones(101), ends),
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
        "the divergences are those of p and q from m, not of m from them.": (kl(m, p) + kl(m, q)) / 2,
        "the entropies of p and q are halved: H(m) - (H(p) + H(q)) / 2.": right
        + trapezoid(xlogy(p, p) + xlogy(q, q), x) / 2,
        "the values were taken for probabilities of points; integrate over x.": jensenshannon(p, q) ** 2,
        "jensenshannon gives a distance of probabilities of points; integrate over x.": jensenshannon(p, q),
        "the sign is wrong. It is trapezoid(values, x), in this order.": -right,
        "log 2 is missing: m is the mean of p and q, not their sum.": right - np.log(2),
        "a gap in a density was left out and bridged; keep all points, with 0 there.": bridged,
        "the values were summed, not integrated over x.": each.sum(),
        "each step takes the mean of its two ends (a trapezoid), not its left end.": np.sum(each[:-1] * np.diff(x)),
        "each step takes the mean of its two ends (a trapezoid), not its right end.": np.sum(each[1:] * np.diff(x)),
        "the points are not evenly spaced; the first step does not stand for all.": each.sum() * (x[1] - x[0]),
        "the points are not evenly spaced; a mean step will not do.": each.sum() * np.diff(x).mean(),
    } | _constants(p, q, x)
    value = check.call(js, p, q, x)
    check.require(value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    number = np.asarray(value, dtype=float)
    check.require(not np.isnan(number).any(), f"{name}: the result is NaN. What is 0 times log 0 in your code?")
    check.require(
        not np.isinf(number).any(),
        f"{name}: the result is infinite. Far out 1 - p / (p + q) rounds to 0, and its logarithm is infinite: compute "
        "q / (p + q) itself.",
    )
    check.close(
        value,
        right,
        name,
        rtol=5e-3 if (np.diff(p) != 0).mean() < 0.5 else 1e-3,
        atol=1e-5,
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(js, _small_densities()),
    )


def _constants(p, q, x) -> dict:
    """JS with a small constant against zeros, which moves the other terms as well."""
    found = {}
    for c in (0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
        a, b = p + c, q + c
        within, both = (
            [one * np.log(one / ((a + b) / 2)) for one in (a, b)],
            [p * np.log(2 * a / (a + b)), q * np.log(2 * b / (a + b))],
        )
        for where, values in (("in the logarithms", both), ("added to the densities", within)):
            words = f"a constant of {c:g} {where} moves the other terms, too; treat only the zeros apart."
            found[words] = trapezoid(sum(values), x) / 2
    return found


def _small_densities() -> list[tuple]:
    """Densities at a few points, whose JS is worked out in words."""
    p, q = np.array([0, 0.8, 0.2, 0]), np.array([0, 0.2, 0.8, 0])
    inner = (0.8 * np.log(1.6) + 0.2 * np.log(0.4)) / 2
    text = f"at both inner points ½ (0.8 log(0.8 / 0.5) + 0.2 log(0.2 / 0.5)) = {inner:.4f}"
    even, uneven = np.arange(4.0), np.array([0, 0.5, 2, 2.5])
    at = "at x = 0, 1, 2, 3 let p be 0, 0.8, 0.2, 0 and q be 0, 0.2, 0.8, 0"
    return [
        ("p = q = 0, ½, ½, 0 at x = 0, 1, 2, 3 are equal, and JS", (np.array([0, 0.5, 0.5, 0]),) * 2 + (even,), 0),
        (f"{at}: {text}, at the ends 0, and the integral", (p, q, even), 2 * inner),
        (
            f"p = 0, 0.8, 0.2, 0 and q = 0, 0.2, 0.8, 0, now at x = 0, 0.5, 2, 2.5: {text}, and the integral",
            (p, q, uneven),
            2 * inner,
        ),
        (
            "at x = 0, 1, 2, 3 let p be 0, 1, 0, 0 and q be 0, 0, 1, 0: where one is 0, the other gives ½ · 1 · log 2, and the integral",
            (np.eye(4)[1], np.eye(4)[2], even),
            np.log(2),
        ),
    ]


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

    other = {
        "the two parts were subtracted; both are added.": _soft(-real).mean() - _soft(fake).mean(),
        "this is the hinge loss; -V takes logarithms of D.": np.maximum(1 - real, 0).mean()
        + np.maximum(1 + fake, 0).mean(),
        "this is the loss of Wasserstein GANs; -V takes logarithms of D.": fake.mean() - real.mean(),
        "these are squared errors; -V takes logarithms of D.": ((real - 1) ** 2).mean() + (fake**2).mean(),
        "each mean is over its own batch; the batches differ in size.": (_soft(-real).sum() + _soft(fake).sum())
        / len(real),
    }
    outside = "targets outside [0, 1] reward overconfidence; real is 1, fake is 0"
    return other | check.slips(
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

    other = "this is the non-saturating loss, though saturating=True was asked for." if saturating else (
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


def _column(*logits: float) -> tf.Tensor:
    return tf.constant([[one] for one in logits], "float32")


def _small_d_cases() -> list[tuple]:
    """A few logits, whose loss of the discriminator is worked out in words."""
    log = {v: float(np.logaddexp(0, v)) for v in (-2, -1, 1, 2)}
    return [
        ("one real and one fake logit, both 0, so D = ½: −log ½ − log ½", (_column(0), _column(0)), 2 * np.log(2)),
        ("real logit 2, fake logit −40 (which costs 0): sp(−2) = log(1 + e⁻²)", (_column(2), _column(-40)), log[-2]),
        ("real logit 40 (which costs 0), fake logit 2: sp(2) = log(1 + e²)", (_column(40), _column(2)), log[2]),
        (
            f"real logits 2 and −1, fake logit −40 (which costs 0): the mean of {log[-2]:.4f} and {log[1]:.4f}",
            (_column(2, -1), _column(-40)),
            (log[-2] + log[1]) / 2,
        ),
        (
            f"real logit 40 (which costs 0), fake logits 2 and −1: the mean of {log[2]:.4f} and {log[-1]:.4f}",
            (_column(40), _column(2, -1)),
            (log[2] + log[-1]) / 2,
        ),
    ]


def _small_g_cases(cost: Callable, sign: int) -> list[tuple]:
    """A few logits, whose loss of the generator is worked out in words."""
    first, second = (float(cost(np.array(sign * v))) for v in (2, -1))
    return [
        ("one fake logit 0, so D = ½, and the loss", (_column(0),), float(cost(np.array(0)))),
        (f"one fake logit 2, so D = {expit(2):.4f}, and the loss", (_column(2),), first),
        (f"fake logits 2 and −1: the mean of {first:.4f} and {second:.4f}", (_column(2, -1),), (first + second) / 2),
    ]


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
    smaller = (
        lambda: check.first_wrong(d_loss, _small_d_cases()),
        lambda: check.first_wrong(g_loss, _small_g_cases(_soft, -1)),
        lambda: check.first_wrong(
            lambda logits: g_loss(logits, saturating=True), _small_g_cases(lambda v: -_soft(v), 1)
        ),
    )
    for (key, value), known, begin in zip(results.items(), mistakes, smaller, strict=True):
        check.close(value, rights[key], f"{key}, {name}", rtol=1e-4, mistakes=known, otherwise=begin)
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
