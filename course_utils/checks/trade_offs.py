"""Checks of lesson 32: conversions, importance-weighted bound, active units, free bits."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.checks.trade_offs_model import kl_terms


@dataclass(frozen=True)
class Loss:
    """A VAE's loss as programs write it: pixel_weight · errors + kl_weight · KL.

    error is "cross-entropy" or "squared"; pixels and kl, "sum" or "mean", say what happens over the
    n_pixels pixels of a picture and the latent_dim dimensions. Over a batch the mean is taken.
    """

    error: str
    pixels: str
    kl: str
    pixel_weight: float = 1.0
    kl_weight: float = 1.0
    n_pixels: int = 784
    latent_dim: int = 32


def check_conversion(effective_beta, implied_variance, loss: Loss) -> None:
    """Hold effective β and implied variance of a loss against the exact ones."""
    d, k, w, v = loss.n_pixels, loss.latent_dim, loss.pixel_weight, loss.kl_weight
    squared = loss.error == "squared"
    for s2 in (0.03, 3.0, 0.5) if squared else (0.5, 0.03):
        # what a whole loss, and D + R, gain if one pixel's error and one dimension's KL grow by 1
        error, nats = {"sum": w, "mean": w / d}[loss.pixels], 1 / (2 * s2) if squared else 1.0
        kl = {"sum": v, "mean": v / k}[loss.kl]
        name = f"β of {loss}" + (f" with noise variance {s2}" if squared else "")
        given = check.call(effective_beta, loss, s2)
        check.close(given, kl * nats / error, name, rtol=1e-5, atol=0, mistakes=_beta_mistakes(loss, s2))
    if squared:
        _check_variance(implied_variance, loss)


def _beta_mistakes(loss: Loss, s2: float) -> dict:
    squared = loss.error == "squared"

    def formula(w=loss.pixel_weight, v=loss.kl_weight, pixels=None, code=None, noise=None, turn=1):
        pixels = (loss.n_pixels if loss.pixels == "mean" else 1) if pixels is None else pixels
        code = (loss.latent_dim if loss.kl == "mean" else 1) if code is None else code
        noise = (2 * s2 if squared else 1) if noise is None else noise
        return (v * pixels / (code * w * noise)) ** turn

    wrong = {
        "this is the weight of D against R; β stands before R.": {"turn": -1},
        "the weight of the KL is missing.": {"v": 1.0},
        "the weight of the errors is missing.": {"w": 1.0},
        "the weight of the errors is on the wrong side of the fraction.": {"w": 1 / loss.pixel_weight},
    }
    if loss.pixels == "mean":
        wrong["the pixels are averaged here; that divides the errors."] = {"pixels": 1}
        wrong["the number of pixels belongs on the other side of the fraction."] = {"pixels": 1 / loss.n_pixels}
        wrong["784 is written into the code; n_pixels is a field of the loss."] = {"pixels": 784}
    else:
        wrong["the pixels are summed here; nothing is divided by their number."] = {"pixels": loss.n_pixels}
    if loss.kl == "mean":
        wrong["the KL is averaged over the latent dimensions here; that divides it."] = {"code": 1}
        wrong["a KL averaged over the dimensions is smaller, and so is its weight."] = {"code": 1 / loss.latent_dim}
        wrong["32 is written into the code; latent_dim is a field of the loss."] = {"code": 32}
        wrong["divided by the number of pixels, not by that of latent dimensions."] = {"code": loss.n_pixels}
    else:
        wrong["the KL is summed here; nothing is divided by the latent dimension."] = {"code": loss.latent_dim}
    if squared:
        wrong |= {
            "the variance enters as 1 / (2 s²); the 2 is missing.": {"noise": s2},
            "the noise variance that is given does not enter; ½ is only its default.": {"noise": 1.0},
            "s was taken for s²: the argument is the variance already.": {"noise": 2 * s2**0.5},
            "this is the noise's variance squared; it is a variance already.": {"noise": 2 * s2**2},
            "multiply and divide: the noise variance is on the wrong side.": {"noise": 1 / (2 * s2)},
            "the variance is on the wrong side; 1 / (2 s²) belongs to the errors.": {"noise": 2 / s2},
        }
    else:
        wrong["cross-entropy has no noise variance: summed, it is D itself."] = {"noise": 2 * s2}
        wrong["cross-entropy has no noise variance; summed, it is D itself."] = {"noise": s2}
    return check.slips(formula, wrong)


def _check_variance(implied_variance, loss: Loss) -> None:
    a = loss.pixel_weight / (loss.n_pixels if loss.pixels == "mean" else 1)
    b = loss.kl_weight / (loss.latent_dim if loss.kl == "mean" else 1)

    def formula(weight=b, error=a, two=0.5, power=1.0):
        return (two * weight / error) ** power

    mistakes = check.slips(
        formula,
        {
            "this is the standard deviation; the variance is asked for.": {"power": 0.5},
            "the 2 of 1 / (2 s²) is missing.": {"two": 1.0},
            "the 2 of 1 / (2 s²) is on the wrong side.": {"two": 2.0},
            "this is the precision, one over the variance.": {"power": -1.0},
            "this is the variance squared.": {"power": 2.0},
            "the KL does not enter.": {"weight": 1.0},
            "the KL is averaged over the latent dimensions here; that divides its weight.": {"weight": loss.kl_weight},
            "the pixels are averaged here; that divides the errors.": {"error": loss.pixel_weight},
        },
    )
    mistakes["upside down: a larger weight of the errors claims less noise."] = a / (2 * b)
    value = check.call(implied_variance, loss)
    check.close(value, formula(), f"the noise variance of {loss}", rtol=1e-5, atol=0, mistakes=mistakes)


def check_default(effective_beta) -> None:
    """Half is the noise variance if none is given."""
    check.close(check.call(effective_beta, Loss("squared", "sum", "sum")), 1.0, "β without a word on the noise")


def check_bound(bound, log_weights) -> None:
    """Hold the importance-weighted bound of each picture against another log-sum-exp.

    Args:
        bound: the learner's function.
        log_weights: (n, k).
    """
    given = np.asarray(log_weights)
    given = given.astype(float) if given.dtype.kind != "f" else given
    (n, k), wide = given.shape, given.astype(float)
    name = f"the bound of {n} pictures with {k} codes each, log weights from {wide.min():.0f} to {wide.max():.0f}"
    found = check.call(bound, given)
    summed, top = np.logaddexp.reduce(wide, axis=1), wide.max(axis=1)
    log_k = float(np.log(k))
    right = summed - log_k

    def formula(minus=log_k, back=0.0, unit=1.0, sign=1.0):
        return sign * (summed - minus - back) / unit

    mistakes = {
        "this is the mean of the log weights, the plain ELBO; the mean belongs inside the logarithm.": wide.mean(
            axis=1
        ),
        "this is the largest log weight of each picture.": top,
        "the weights of all pictures were averaged together: take axis=1, one shape (n,).": np.logaddexp.reduce(
            wide.ravel()
        )
        - np.log(n * k),
        "averaged over the pictures; return one number for each, of shape (n,).": right.mean(),
        "the mean was taken over the pictures; take it over the codes: the shape is (n,).": np.logaddexp.reduce(
            wide, axis=0
        )
        - np.log(n),
        "divided by k outside of the logarithm.": summed / k,
        "k was subtracted; it is log k.": summed - k,
    } | check.slips(
        formula,
        {
            "the log of the *sum* of the weights; the mean is log k less.": {"minus": 0.0},
            "log k was added; a mean divides by k, so it is subtracted.": {"minus": -np.log(k)},
            "log k was subtracted twice.": {"minus": 2 * np.log(k)},
            "log n was subtracted, the number of pictures; k is that of codes.": {"minus": np.log(n)},
            "divided by k - 1.": {"minus": np.log(max(k - 1, 1))},
            "what was taken out before the exponential was not put back.": {"back": top},
            "this is in bits; nats are asked for.": {"unit": np.log(2)},
            "the sign: this is minus the bound.": {"sign": -1.0},
        },
    )
    values = np.asarray(found) if hasattr(found, "__array__") or isinstance(found, list) else np.zeros(1)
    check.require(
        values.dtype.kind != "f" or not np.isinf(values).any() and not np.isnan(values).any(),
        f"{name}: {values.round(3)}. The exponential of a large number is infinite, and of a very negative one zero. "
        "Take the largest log weight of each picture out first.",
    )
    check.close(found, right, name, rtol=2e-6, mistakes=mistakes)


def check_bound_on_random(bound, n: int, k: int, spread: float, kind: str = "float64", far: bool = False) -> None:
    """:func:`check_bound` on random log weights around -110; if far, each picture around another value."""
    rng = np.random.default_rng([n, k])
    centres = np.resize([-5000.0, 0.0, 3000.0, 900.0], n)[:, None] if far else -110.0
    check_bound(bound, (spread * rng.normal(size=(n, k)) + centres).astype(kind))


def check_active(active_units, stds, offsets, threshold: float, n: int = 40) -> None:
    """Units whose means have known spreads, among noises that should not matter.

    Args:
        active_units: the learner's function.
        stds, offsets: of the posterior means over the pictures, (k,).
        threshold: as in the exercise; 0.01 is not given.
        n: number of pictures.
    """
    stds, offsets = np.asarray(stds, float), np.asarray(offsets, float)
    k = len(stds)
    rng = np.random.default_rng([n, k])
    shape = rng.normal(size=(n, k))
    shape[0] = np.resize([4.0] * 5 + [0.0], k)  # mostly far from the mean: no place to measure from
    shape = (shape - shape.mean(axis=0)) / shape.std(axis=0)
    mean = shape * stds + offsets
    noise = np.resize([-3.0, -2.0, 0.0, -9.0, 0.5, -9.0, -6.0], k)
    log_var = noise + rng.normal(size=(n, k)) * np.resize([0.0, 0.1, 0.0, 0.0, 1.0], k)
    pictures = rng.random((n, 5))

    def encode(x):
        check.require(np.array_equal(x, pictures), "Give encode the pictures x themselves.")
        return tf.constant(mean), tf.constant(log_var)

    options = {} if threshold == 0.01 else {"threshold": threshold}
    found = check.array(check.call(active_units, encode, pictures, **options), "the active units", shape=(k,))
    check.require(
        found.dtype == bool,
        f"Expected True or False for each unit, got {found.dtype}: compare the variances with the threshold.",
    )
    wanted, v = stds**2 > threshold, np.exp(log_var)
    if np.array_equal(found, wanted):
        return
    drawn = mean.var(axis=0)
    summed = ((mean - mean.mean(axis=0)) ** 2).sum(axis=0)
    explained = {
        "The threshold is an argument; 0.01 is only its default.": stds**2 > 0.01,
        "These are the units with a large posterior variance. A_u is the variance of the mean, over the pictures.": v.mean(
            axis=0
        )
        > threshold,
        "The log variances took part. A_u is the variance of the posterior mean alone.": log_var.var(axis=0)
        > threshold,
        "The spread was not squared: a standard deviation of 0.05 is a variance of 0.0025.": stds > threshold,
        "A unit whose mean stands far from zero, but still, got through: it is the variance that counts, not the mean square.": (
            mean**2
        ).mean(axis=0)
        > threshold,
        "These are the units with a KL. A unit can cost nats and still say the same of every picture.": kl_terms(
            mean, log_var
        ).mean(axis=0)
        > threshold,
        "The wrong way round: these are the inactive ones.": ~wanted,
        "All units were centred by one common mean; each unit has its own.": ((mean - mean.mean()) ** 2).mean(axis=0)
        > threshold,
        "The mean's variance was compared with the noise; the threshold alone decides.": drawn / v.mean(axis=0)
        > threshold,
        "The variance of a drawn code has the noise in it; take the mean.": drawn + v.mean(axis=0) > threshold,
        "The spread was measured from the first picture; take it from the mean.": ((mean - mean[0]) ** 2).mean(axis=0)
        > threshold,
        "Summed over the pictures; a variance is a mean.": summed > threshold,
        "The means themselves were compared; A_u is their variance over the pictures.": mean.mean(axis=0) > threshold,
        "The size of the means was compared; A_u is their variance over the pictures.": np.abs(mean).mean(axis=0)
        > threshold,
    }
    for message, values in explained.items():
        check.require(not np.array_equal(found, values), message)
    check.require(False, f"Expected {wanted}, got {found}, for means that move by {stds}.")


def check_free_bits(free_bits, kl, floor: float) -> None:
    """Value, gradient and type of the rate as charged, also in a compiled training step."""
    kl = np.asarray(kl, dtype="float32")
    (n, k), wide = kl.shape, kl.astype(float)
    traced = check.trace(free_bits, kl, floor)
    check.require(
        not tf.is_tensor(traced.value) or traced.value.dtype == tf.float32,
        "The result is not float32. The kl is, and so is the distortion to which it will be added: keep the type.",
    )
    mean = wide.mean(axis=0)
    name = f"the rate charged for {k} dimensions and {n} pictures with floor {floor}"
    check.close(traced.value, np.maximum(mean, floor).sum(), name, mistakes=_free_mistakes(wide, floor))
    (slope,) = traced.gradients(by=[0])
    check.close(slope, np.where(mean > floor, 1 / n, 0.0) * np.ones((n, 1)), f"the gradient of {name}")
    twice = check.compiled(free_bits, (None, k), floor, inputs=[kl])
    check.close(twice[0], np.maximum(mean, floor).sum(), f"{name}, in a compiled training step")


def _free_mistakes(kl, floor: float) -> dict:
    mean, k = kl.mean(axis=0), kl.shape[1]
    return {
        "the floor was put under the KL of every single picture; the mean over the batch comes first.": np.maximum(
            kl, floor
        )
        .sum(axis=1)
        .mean(),
        "the floor is forgotten, or it was put under the sum; each dimension has its own.": mean.sum(),
        "the floor was put under the sum; each dimension has its own.": max(mean.sum(), floor),
        "the floor was put under the sum, k times as high; each dimension has its own.": max(mean.sum(), k * floor),
        "the floor was put under each picture's sum; each dimension has its own.": np.maximum(
            kl.sum(axis=1), floor
        ).mean(),
        "the smaller of the two was taken: at *least* the floor is charged.": np.minimum(mean, floor).sum(),
        "this is the largest mean; ops.maximum compares each one with the floor.": mean.max(),
        "the floor was divided by the number of dimensions; each has all of it.": np.maximum(mean, floor / k).sum(),
        "the floor was multiplied by the number of pictures.": np.maximum(mean, floor * len(kl)).sum(),
        "the floor is there once; each dimension has its own.": floor + np.maximum(mean - floor, 0).sum(),
        "0.5 is written into the code; the floor is an argument.": np.maximum(mean, 0.5).sum(),
        "averaged over the latent dimensions; the sum is asked for.": np.maximum(mean, floor).mean(),
        "one number for each dimension; add them up.": np.maximum(mean, floor),
        "only what lies above the floor was charged; as defined here the floor itself is part of it.": np.maximum(
            mean - floor, 0
        ).sum(),
        "dimensions below the floor cost the floor, not nothing.": mean[mean > floor].sum(),
        "the floor was added to every KL.": (mean + floor).sum(),
        "the KL was summed over the batch; it is a mean over pictures.": np.maximum(kl.sum(axis=0), floor).sum(),
        "the axes are swapped: the mean goes over the pictures, the sum over the dimensions.": np.maximum(
            kl.mean(axis=1), floor
        ).sum(),
        "the median of the batch was taken, not the mean.": np.maximum(np.median(kl, axis=0), floor).sum(),
    }


def check_free_bits_on_random(free_bits, n: int, k: int, floor: float) -> None:
    """:func:`check_free_bits` on random KL terms, some dimensions above and some below the floor."""
    rng = np.random.default_rng([n, k])
    kl = rng.exponential(size=(n, k)) * np.resize([0.1, 1.0, 3.0, 0.3], k) + 0.01
    check_free_bits(free_bits, kl, floor)


def check_water(water_filling, variances, level: float) -> None:
    """Hold rate and distortion of water-filling against loops over the axes."""
    v = np.array(variances, dtype=float)
    name = f"of variances {variances} at level {level}"
    found = check.call(water_filling, v, level)
    rate, distortion = check.several(
        tuple(found) if getattr(found, "shape", 0) == (2,) else found, "rate", "distortion"
    )
    dry, wet = [a for a in variances if a > level], [a for a in variances if a <= level]
    nats, left = sum(0.5 * np.log(a / level) for a in dry), len(dry) * level + sum(wet)
    rate_mistakes = {
        "drowned axes got a negative rate; they cost nothing.": sum(
            0.5 * np.log(a / level) for a in variances if a > 0
        ),
        "a half is missing: ½ log(λ/θ).": 2 * nats,
        "this is in bits; nats are asked for.": nats / np.log(2),
        "the sum over the axes, not the mean.": nats / len(v),
        "the sign: a code costs nats.": -nats,
        "this is the distortion; the rate comes first.": left,
    }
    check.close(rate, nats, f"the rate {name}", mistakes=rate_mistakes)
    mistakes = {
        "drowned axes keep their own variance, not the level.": level * len(v),
        "the axes under water were forgotten: their whole variance is left.": level * len(dry),
        "the axes above the water were forgotten: the level is left on each.": sum(wet),
        "the sum over the axes, not the mean.": left / len(v),
        "this is what the code describes; what is left is asked for.": v.sum() - left,
        "the larger of the two was taken.": np.maximum(v, level).sum(),
    }
    check.close(distortion, left, f"the distortion {name}", mistakes=mistakes)
