"""Checks of lesson 42, digits from noise."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from scipy.spatial.distance import cdist
from scipy.special import expit

from course_utils import check
from course_utils.checks.dcgan_networks import check_discriminator, check_generator
from course_utils.checks.dcgan_step import check_step, check_step_in_training
from course_utils.probes import dcgan as probes

__all__ = [
    "check_discriminator", "check_generator", "check_loss_gradients", "check_losses", "check_nearest",
    "check_nearest_copies", "check_nearest_memory", "check_step", "check_step_in_training",
]  # fmt: skip

# --- the losses -------------------------------------------------------------------------------------


def _bce(target: float, x, as_logits="right", exchanged=False, how="mean"):
    """Binary cross-entropy as Keras computes it, with its popular slips as options."""
    t, x = np.full(np.shape(x), target), np.asarray(x, float)
    if as_logits == "squashed":  # a sigmoid before a loss that takes its argument for a logit
        x = expit(x)
    if exchanged:
        t, x = x, t
    if as_logits == "probabilities":
        p = np.clip(np.float32(x), np.float32(1e-7), np.float32(1 - 1e-7))
        each = -t * np.log(p) - (1 - t) * np.log(1 - p)
    else:
        each = np.logaddexp(0, x) - t * x
    return each if how == "each" else getattr(np, how)(each)


def _other_losses(a, b) -> tuple[dict, dict]:
    """What other well-known losses give for these logits, the discriminator's and the generator's."""
    of_d = {
        "these are Wasserstein losses, without sigmoid and logarithm": b.mean() - a.mean(),
        "these are hinge losses": np.maximum(1 - a, 0).mean() + np.maximum(1 + b, 0).mean(),
        "these are squared errors": ((a - 1) ** 2).mean() + (b**2).mean(),
        "a categorical cross-entropy over one entry is always 0": 0.0,
    }
    of_g = {
        "this is the Wasserstein loss, without sigmoid and logarithm": -b.mean(),
        "this is a squared error": ((b - 1) ** 2).mean(),
        "a categorical cross-entropy over one entry is always 0": 0.0,
    }
    asked = "; expected binary cross-entropy of the logits."
    return tuple({f"{message}{asked}": value for message, value in one.items()} for one in (of_d, of_g))


def _each(*terms) -> dict:
    """The values of a loss whose mean was not taken, as a column and as a row."""
    message = "one number for each picture; take the mean."
    if len({len(term) for term in terms}) > 1:
        return {}
    total = sum(terms)
    return {message: total, f"{message} (a loss function of Keras without the class)": total[:, 0]}


SIGMOID_TWICE = "a sigmoid is applied, and then from_logits=True applies another."
NO_LOGITS = "the logits are taken for probabilities: from_logits=True is missing."
EXCHANGED = "targets and logits are exchanged: the targets come first."


def _slips_of_d(n: int, m: int) -> dict:
    """Options of known mistakes in the discriminator's loss of n real and m fake pictures."""
    return {
        "this is half of it: the two means are added, not averaged.": {"scale": 0.5},
        "real and fake are exchanged.": {"swap": True},
        "only the real pictures count.": {"share": (1.0, 0.0)},
        "only the fake pictures count.": {"share": (0.0, 1.0)},
        "one mean over all pictures; take the mean of each kind, and add.": {"share": (n / (n + m), m / (n + m))},
        "the targets are smoothed (0.9); here that of real pictures is 1.": {"t_real": 0.9},
        "fake pictures get the target 1, too; theirs is 0.": {"t_fake": 1.0},
        "real pictures get the target 0, too; theirs is 1.": {"t_real": 0.0},
        "the fake pictures' term is subtracted; both are added.": {"share": (1.0, -1.0)},
        "twice the mean over all pictures; take the mean of each kind, and add.": {
            "share": (2 * n / (n + m), 2 * m / (n + m))
        },
        "the targets are smoothed; here they are 1 and 0.": {"t_real": 0.95, "t_fake": 0.05},
        "the targets of fake pictures are smoothed (0.1); here they are 0.": {"t_fake": 0.1},
    }


def check_losses(discriminator_loss, generator_loss, real, fake) -> None:
    """Compare both losses with the formulas.

    Args:
        discriminator_loss: the learner's function of the logits of real and of fake pictures.
        generator_loss: the learner's function of the logits of fake pictures.
        real, fake: logits, (n, 1) and (m, 1).
    """
    a, b = np.asarray(real, float), np.asarray(fake, float)
    ta, tb = (tf.constant(x, "float32") for x in (a, b))

    def for_d(swap=False, t_real=1.0, t_fake=0.0, share=(1.0, 1.0), scale=1.0, **slips):
        one, two = (b, a) if swap else (a, b)
        return scale * (share[0] * _bce(t_real, one, **slips) + share[1] * _bce(t_fake, two, **slips))

    def for_g(target=1.0, scale=1.0, **slips):
        return scale * _bce(target, b, **slips)

    common = {
        SIGMOID_TWICE: {"as_logits": "squashed"},
        NO_LOGITS: {"as_logits": "probabilities"},
        EXCHANGED: {"exchanged": True},
        "summed over the pictures; take the mean.": {"how": "sum"},
        "its sign is wrong: a loss is minimised.": {"scale": -1.0},
    }
    n, m = len(a), len(b)
    other_d, other_g = _other_losses(a, b)
    other_d |= _each(_bce(1.0, a, how="each"), _bce(0.0, b, how="each"))
    other_d["two numbers, one of each kind; add them."] = [_bce(1.0, a), _bce(0.0, b)]
    other_g |= _each(_bce(1.0, b, how="each"))
    name = f"the discriminator's loss, {n} real and {m} fake"
    first = check.call(discriminator_loss, ta, tb)
    of_tensors = lambda f, *logits: check.call(f, *(tf.constant(x, "float32") for x in logits))  # noqa: E731
    otherwise = lambda: check.behaviour(  # noqa: E731
        discriminator_loss, lambda real, fake: _bce(1.0, real) + _bce(0.0, fake), of_tensors, real=a, fake=b
    )
    check.close(
        first, for_d(), name, mistakes=check.slips(for_d, common | _slips_of_d(n, m)) | other_d, otherwise=otherwise
    )
    of_g = {
        "this is the saturating loss, log(1 - D); expected -log D.": {"target": 0.0, "scale": -1.0},
        "the generator wants its pictures taken for real: target 1.": {"target": 0.0},
        "the generator's targets are smoothed; expected 1.": {"target": 0.95},
        "the generator's targets are smoothed (0.9); expected 1.": {"target": 0.9},
        "this is half of it.": {"scale": 0.5},
    }
    name = f"the generator's loss, {m} fake"
    second = check.call(generator_loss, tb)
    otherwise = lambda: check.behaviour(generator_loss, lambda fake: _bce(1.0, fake), of_tensors, fake=b)  # noqa: E731
    check.close(second, for_g(), name, mistakes=check.slips(for_g, common | of_g) | other_g, otherwise=otherwise)
    again = check.call(discriminator_loss, ta, tb), check.call(generator_loss, tb)
    check.close(again, [for_d(), for_g()], "the losses in a second call (the targets are not random)")


ROUNDS_FROM = 15  # the sigmoid of larger logits is 1 in float32, or nearly


def check_loss_gradients(discriminator_loss, generator_loss, real, fake) -> None:
    """Hold the gradients against the formulas, also where probabilities round to 0 or 1.

    Args:
        discriminator_loss, generator_loss: as in :func:`check_losses`.
        real, fake: logits, (n, 1) and (m, 1), small or large.
    """
    a, b = (np.asarray(x, dtype="float32") for x in (real, fake))
    largest = max(np.abs(a).max(), np.abs(b).max())
    where = f" at logits up to ±{largest:g}"
    lost = (
        "The logits are clipped, or the probability rounds to 0 or 1 there, and its logarithm or its gradient is lost: "
        "compute from the logits as they are, with from_logits=True or softplus, without a sigmoid before."
    )
    if largest < ROUNDS_FROM:
        check_losses(discriminator_loss, generator_loss, real, fake)
        lost = "Its value is right: does a part of it not depend on the logits, as after stop_gradient or a number?"
    both = check.trace(discriminator_loss, a, b), check.trace(generator_loss, b)
    rights = np.mean(np.logaddexp(0, -a)) + np.mean(np.logaddexp(0, b)), np.mean(np.logaddexp(0, -b))
    slopes = [(expit(a) - 1) / len(a), expit(b) / len(b)], [(expit(b) - 1) / len(b)]
    for traced, right, wanted, kind in zip(both, rights, slopes, ("discriminator", "generator"), strict=True):
        value = np.asarray(traced.value, dtype=float)
        check.require(
            np.isfinite(value).all() and np.allclose(value, right, rtol=1e-3, atol=1e-5),
            f"The {kind}'s loss is {value}{where}, expected {right:.6g}. {lost}",
        )
        for found, slope in zip(traced.gradients(), wanted, strict=True):
            fits = np.isfinite(found).all() and np.allclose(found, slope, rtol=1e-3, atol=1e-5)
            told = f"got {check.in_digits(np.ravel(found))}, expected {check.in_digits(slope.ravel())}"
            check.require(fits, f"The gradient of the {kind}'s loss is wrong{where}: {told}. {lost}")


# --- the nearest training picture --------------------------------------------------------------------


def check_nearest(nearest, images, training) -> None:
    """Compare distances and indices with SciPy's.

    Args:
        nearest: the learner's function of images and training images.
        images: (n, 28, 28), where to look from.
        training: (m, 28, 28), where to look.
    """
    n, m = len(images), len(training)
    where = f", {n} pictures and {m} training pictures"
    found = check.several(check.call(nearest, images, training), "the distances", "the indices")
    flat, seen = (np.reshape(x, (len(x), -1)).astype(float) for x in (images, training))
    table = cdist(flat, seen)
    right = table.min(axis=1)
    check.require(
        not _has_nan(found[0]),
        f"the distances{where}: NaN. Rounding makes the square of a very small distance negative: clip at 0 before the root.",
    )
    mistakes = _wrong_distances(images, training, table)
    if _are_some(found[0], table):
        some = "each is the distance to a training picture, but not always to the nearest. Are all compared?"
        mistakes |= {some: found[0]}

    def otherwise() -> str:
        first = lambda f, *pictures: check.call(f, *pictures)[0]  # noqa: E731
        words = check.behaviour(nearest, _nearest, first, images=images, training=training)
        case = check.first_wrong(lambda *one: nearest(*one)[0], _small_cases(), rtol=0.01)
        return f"{words} {case[:1].upper()}{case[1:]}".strip()

    name = f"the distances{where}"
    bits = getattr(getattr(found[0], "dtype", None), "itemsize", 8) * 8
    check.require(bits > 16, f"{name}: these are numbers of 16 bits, which is too coarse. Compute with float32.")
    check.close(found[0], right, name, rtol=1e-3, atol=0.02, mistakes=mistakes, otherwise=otherwise)
    check.require(np.ndim(found[1]) < 3, "The second result: these are pictures; expected their indices.")
    indices = check.array(found[1], f"the indices{where}", shape=(n,), kind="integer")
    check.require(
        indices.min() >= 0 and indices.max() < m,
        f"The indices{where} run from {indices.min()} to {indices.max()}: each points into `training`.",
    )
    gap = table[np.arange(n), indices] - right
    k, less_one = gap.argmax(), table[np.arange(n), indices - 1] - right
    check.require(
        gap.max() < 0.05 or indices.min() == 0 or less_one.max() > 0.05,
        f"The indices{where}: each is 1 too large. The first training picture has the index 0.",
    )
    check.require(
        gap.max() < 0.05,
        f"The indices{where}: for picture {k} you give {indices[k]}, a training picture at the distance "
        f"{table[k, indices[k]]:.3g}; the nearest has the index {table[k].argmin()}, at {right[k]:.3g}. (Each index "
        "points into the whole of `training`.)",
    )


def _nearest(images, training) -> np.ndarray:
    """The right distances."""
    return cdist(*(np.reshape(x, (len(x), -1)) for x in (images, training))).min(axis=1)


def _small_cases():
    """Pictures that differ from a blank training picture in few pixels, or alike in all, for ``check.first_wrong``."""
    blank, start = np.zeros((1, 28, 28), "float32"), "one blank training picture, and a picture that differs by"
    for told, pixels, right in (
        ("0.3 in one pixel", {(5, 9): 0.3}, 0.3),
        ("0.3 and 0.4 in two pixels of one row", {(5, 9): 0.3, (5, 20): 0.4}, 0.5),
        ("0.3 and 0.4 in two pixels of one column", {(5, 9): 0.3, (12, 9): 0.4}, 0.5),
        ("0.3 and 0.4 in two pixels of other rows and columns", {(5, 9): 0.3, (12, 20): 0.4}, 0.5),
        ("0.5 in every pixel", {(): 0.5}, 14.0),
    ):
        picture = blank.copy()
        for place, value in pixels.items():
            picture[(0, *place)] = value
        yield f"{start} {told}", (picture, blank), [right]


def _wrong_distances(images, training, table) -> Mapping:
    """Message -> the distances that a mistake gives; `table` holds the right ones of all pairs."""
    flat, seen = (np.reshape(x, (len(x), -1)).astype(float) for x in (images, training))
    right, m = table.min(axis=1), len(training)
    several = m > 1 and len(np.unique(table.argmin(axis=1))) > 1
    ordered = np.sort(table, axis=1)
    absolute = cdist(flat, seen, "cityblock").min(axis=1)
    mistakes = {
        "all are 0. Is the sum over both axes of a picture, axis=(1, 2)?": np.zeros(len(flat)),
        "all are 0: the training pictures were compared with themselves.": np.zeros(m),
        "these are squared distances; take the root.": right**2,
        "these are root mean squares; the distance is not divided by the 784 pixels.": right / 28,
        "these are mean squares; sum the squares and take the root.": right**2 / 784,
        "these are sums of absolute differences.": absolute,
        "these are roots of absolute differences; square each difference, and take the root of their sum.": absolute
        ** 0.5,
        "these are the largest differences of a pixel.": cdist(flat, seen, "chebyshev").min(axis=1),
        "the farthest picture, not the nearest.": table.max(axis=1),
        "the mean over the training pictures, not the nearest.": table.mean(axis=1),
        "for each training picture, not for each picture: exchange the two.": table.min(axis=0),
        "the distance to the first training picture, not to the nearest.": table[:, 0],
        "the distance to the mean training picture.": np.linalg.norm(flat - seen.mean(axis=0), axis=1),
        "distances and indices are exchanged.": table.argmin(axis=1),
        "this is the matrix norm of the difference; flatten the pictures first.": lambda: _spectral(
            images, training, 2
        ),
        "this is a matrix norm of the difference; flatten the pictures.": lambda: _spectral(images, training, 1),
        "summed over the rows alone; sum over both, axis=(1, 2).": lambda: _one_axis(images, training, 1),
        "summed over the columns alone; sum over both, axis=(1, 2).": lambda: _one_axis(images, training, 2),
    }
    if several:
        mistakes["this is the first picture's alone. Does `return` stand within the loop?"] = right[:1]
        mistakes["this is one number, the smallest of all distances; one for each picture."] = right.min()
        mistakes["the right distances in another order: one for each picture, in the order of the pictures."] = np.sort(
            right
        )
    if m > 1:
        mistakes["the second nearest. A training picture that is the same has distance 0, and counts."] = ordered[:, 1]
        others = np.where(ordered > 1e-6, ordered, np.inf).min(axis=1)
        mistakes["a training picture that is the same has distance 0, and counts."] = others
        together = np.sqrt((table**2).sum(axis=1))
        mistakes["over all training pictures together: sum over the pixels alone, axis=(1, 2)."] = together
    return mistakes | _expanded(flat, seen)


def _expanded(flat, seen) -> Mapping:
    """Slips in |x|² + |y|² - 2 x·y, and other uses of the products."""
    x, y, products = (flat**2).sum(axis=1)[:, None], (seen**2).sum(axis=1), flat @ seen.T

    def nearest(own=x, theirs=y, factor=-2.0):
        return np.sqrt(np.maximum((own + theirs + factor * products).min(axis=1), 0))

    with np.errstate(all="ignore"):
        cosines = products / np.sqrt(x * y)
    start = "in |x|² + |y|² - 2 x·y"
    found = {
        f"{start} the sign of the product is wrong.": {"factor": 2.0},
        f"{start} the 2 is missing.": {"factor": -1.0},
        f"{start} the lengths are not squared.": {"own": np.sqrt(x), "theirs": np.sqrt(y)},
        f"{start} the first term is missing.": {"own": 0.0},
        f"{start} the second term is missing.": {"theirs": 0.0},
        f"{start} the products stand alone.": {"own": 0.0, "theirs": 0.0, "factor": 1.0},
        f"{start} the second term has one entry for each training picture: axis=1.": {"theirs": y.sum()},
    }
    far = np.sqrt(np.maximum(x + y - 2 * products, 0))
    chosen = {
        "this is a cosine distance; expected the Euclidean one.": 1 - cosines.max(axis=1),
        "the distance to the picture with the largest product x·y, which need not be the nearest.": _at(far, products),
        "the distance to the picture with the largest cosine, which need not be the nearest.": _at(far, cosines),
    }
    return check.slips(nearest, found) | chosen


def _at(table, scores):
    """The entry of each row at which the scores are largest."""
    return table[np.arange(len(table)), np.nan_to_num(scores).argmax(axis=1)]


def _are_some(found, table) -> bool:
    """Is each number the distance to one of the training pictures?"""
    try:
        found = np.asarray(found, dtype=float)
    except (TypeError, ValueError):
        return False
    if found.shape != (len(table),) or table.shape[1] == 1:
        return False
    return bool((np.abs(table - found[:, None]).min(axis=1) < 0.02).all())


def _has_nan(value) -> bool:
    try:
        return bool(np.isnan(np.asarray(value, dtype=float)).any())
    except (TypeError, ValueError):
        return False


def _spectral(images, training, order: int):
    """A matrix norm of each difference, for a few: its largest singular value, or the like."""
    few = np.asarray(training, float)[:200]
    return np.array([np.linalg.norm(few - image, ord=order, axis=(1, 2)).min() for image in np.asarray(images, float)])


def _one_axis(images, training, axis: int):
    return np.array([np.sqrt(((training - image) ** 2).sum(axis=axis)).min() for image in images])


def check_nearest_copies(nearest, n: int, m: int, seed: int) -> None:
    """Copies, twins among the training pictures, and noise."""
    rng = np.random.default_rng(seed)
    training = rng.random((m, 28, 28)).astype("float32")
    training[-1] = training[0]
    images = np.concatenate([training[::-1][: n - 1], rng.random((1, 28, 28), dtype="float32")])
    check_nearest(nearest, images, training)


def check_nearest_memory(nearest, images, training, limit: float = 200) -> None:
    """Is it done in pieces, so that the lesson's thousand pictures fit into the memory?"""
    peak = check.beside(probes.memory_used, nearest, images, training)
    check.require(
        peak < limit,
        f"For {len(images)} pictures and {len(training)} training pictures your function took {peak:.0f} MB. The "
        "lesson has 10 times as many pictures, and 4 times as many for training: work in pieces, or in smaller ones.",
    )
