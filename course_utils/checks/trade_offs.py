"""Checks of lesson 32: conversions, importance-weighted bound, active units."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.checks import trade_offs_words as words
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
        check.close(
            check.call(effective_beta, loss, s2),
            kl * nats / error,
            name,
            rtol=1e-5,
            atol=0,
            mistakes=partial(
                check.confirmed, partial(check.call, effective_beta), _beta_mistakes, (loss, s2), [(_odd(loss), 0.21)]
            ),
            otherwise=partial(_which_field, effective_beta, loss, s2),
        )
    if squared:
        _check_variance(implied_variance, loss)


def _odd(loss: Loss) -> Loss:
    """A loss of the same kind with numbers that hardly two mistakes make equal."""
    return replace(loss, pixel_weight=1.7, kl_weight=2.3, n_pixels=301, latent_dim=13)


def _which_field(function, loss: Loss, s2: float | None) -> str:
    """Words about the first number of a loss that enters wrongly; without s2, for the implied variance."""
    fields = {"pixel_weight": loss.pixel_weight, "kl_weight": loss.kl_weight}
    fields |= {"n_pixels": loss.n_pixels, "latent_dim": loss.latent_dim}
    if s2 is not None:
        fields["noise_variance"] = s2

    def split(fields):
        numbers = dict(fields)
        noise = () if s2 is None else (numbers.pop("noise_variance"),)
        return replace(loss, **numbers), *noise

    def right(fields):
        one, *noise = split(fields)
        pixels = one.n_pixels if one.pixels == "mean" else 1
        code = one.latent_dim if one.kl == "mean" else 1
        beta = one.kl_weight * pixels / (one.pixel_weight * code)
        return beta / (2 * (noise or (1.0,))[0]) if one.error == "squared" else beta

    return words.which_field(
        lambda fields: check.number(check.call(function, *split(fields)), "the answer"), right, fields
    )


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


def _variance_mistakes(loss: Loss) -> dict:
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
    return mistakes


def _check_variance(implied_variance, loss: Loss) -> None:
    a = loss.pixel_weight / (loss.n_pixels if loss.pixels == "mean" else 1)
    b = loss.kl_weight / (loss.latent_dim if loss.kl == "mean" else 1)
    run = partial(check.call, implied_variance)
    check.close(
        run(loss),
        b / (2 * a),
        f"the noise variance of {loss}",
        rtol=1e-5,
        atol=0,
        mistakes=partial(check.confirmed, run, _variance_mistakes, (loss,), [(_odd(loss),)]),
        otherwise=partial(_which_field, implied_variance, loss, None),
    )


def check_default(effective_beta) -> None:
    """Half is the noise variance if none is given."""
    check.close(
        check.call(effective_beta, Loss("squared", "sum", "sum")),
        1.0,
        "β of squared errors without a noise_variance, whose default is ½",
    )


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
    values = np.asarray(found) if hasattr(found, "__array__") or isinstance(found, list) else np.zeros(1)
    check.require(
        values.dtype.kind != "f" or np.isfinite(values).all(),
        f"{name}: {values.round(3)}. "
        + (
            "The exponential of a large number is infinite, and of a very negative one zero. Take the largest log "
            "weight of each picture out first."
            if np.abs(wide).max() > 80
            else "No exponential of these is infinite or zero. The logarithm is that of the mean *weight*, exp(log weight)."
        ),
    )
    elsewhere = [(np.random.default_rng(5).normal(size=(3, 5)),)]
    check.close(
        found,
        np.logaddexp.reduce(wide, axis=1) - np.log(k),
        name,
        rtol=2e-6,
        mistakes=partial(check.confirmed, partial(check.call, bound), _bound_mistakes, (wide,), elsewhere),
        otherwise=partial(words.smallest_weights, bound, wide),
    )


def _bound_mistakes(wide) -> dict:
    n, k = wide.shape
    summed, top = np.logaddexp.reduce(wide, axis=1), wide.max(axis=1)
    log_k = float(np.log(k))
    right = summed - log_k

    def formula(minus=log_k, back=0.0, unit=1.0, sign=1.0):
        return sign * (summed - minus - back) / unit

    return {
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


def check_bound_on_random(bound, n: int, k: int, spread: float, kind: str = "float64", far: bool = False) -> None:
    """:func:`check_bound` on random log weights around -110; if far, each picture around another value."""
    rng = np.random.default_rng([n, k])
    centres = np.resize([-5000.0, 0.0, 3000.0, 900.0], n)[:, None] if far else -110.0
    check_bound(bound, (spread * rng.normal(size=(n, k)) + centres).astype(kind))


def _units(active_units, mean, log_var, threshold: float):
    """What is said of units with such means and log variances, (n, k) each."""
    pictures = np.random.default_rng(len(mean)).random((len(mean), 5))
    told = set()

    def encode(x):
        x = np.asarray(x)
        check.require(x.ndim == 2 and x.shape[1] == 5, "Give encode the pictures x themselves.")
        same = (x[:, None] == pictures).all(axis=2)
        check.require(same.any(axis=1).all(), "Give encode the pictures x themselves.")
        rows = same.argmax(axis=1)
        told.update(rows.tolist())
        return tf.constant(mean[rows]), tf.constant(log_var[rows])

    options = {} if threshold == 0.01 else {"threshold": threshold}
    found = check.call(active_units, encode, pictures, **options)
    left = len(pictures) - len(told)
    check.require(not left, f"{left} of {len(pictures)} pictures were never given to encode.")
    return found


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
    found, wanted = _units(active_units, mean, log_var, threshold), stds**2 > threshold
    numbers = np.flatnonzero(wanted)
    check.require(
        np.shape(found) != numbers.shape or np.asarray(found).dtype == bool or not np.array_equal(found, numbers),
        "These are the numbers of the active units; return True or False for every unit.",
    )
    check.require(np.shape(found) or found is None, "This is one number for all units; return True or False for each.")
    found = check.array(found, "the active units", shape=(k,))
    check.require(
        found.dtype == bool,
        f"Expected True or False for each unit, got {found.dtype}. A comparison, variance > threshold, gives booleans.",
    )
    if np.array_equal(found, wanted):
        return
    run = partial(_units, active_units)
    rng = np.random.default_rng(3)
    other = rng.normal(size=(30, 90)) * rng.uniform(0, 1.2, 90) + rng.normal(size=90)
    elsewhere = [(other, rng.normal(size=(30, 90)) - 1, 0.3)]
    known = check.confirmed(run, _unit_mistakes, (mean, log_var, threshold), elsewhere)
    for message, values in known.items():
        check.require(not np.array_equal(found, values), message)
    unit, variance = int(np.flatnonzero(found != wanted)[0]), mean.var(axis=0)
    told = (
        f"Unit {unit}: its means have the variance {variance[unit]:.4g} over the pictures and the threshold is "
        f"{threshold:g}, so expected {wanted[unit]}, got {found[unit]}. "
        + words.which_unit(partial(run, threshold=threshold), mean, log_var, found, wanted)
    )
    raise check.CheckError(told.strip())


def _unit_mistakes(mean, log_var, threshold: float) -> dict:
    stds, v = mean.std(axis=0), np.exp(log_var)
    drawn = stds**2
    summed = drawn * len(mean)
    return {
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
        "The wrong way round: these are the inactive ones.": ~(drawn > threshold),
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
