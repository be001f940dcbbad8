"""Checks of lesson 42, digits from noise."""

import keras
import numpy as np
import tensorflow as tf
from scipy.spatial.distance import cdist
from scipy.special import expit

from course_utils import check
from course_utils.checks.dcgan_step import check_step, check_step_in_training
from course_utils.probes import dcgan as probes
from course_utils.training import set_seed

__all__ = [
    "check_discriminator", "check_generator", "check_loss_gradients", "check_losses", "check_nearest",
    "check_nearest_copies", "check_nearest_memory", "check_step", "check_step_in_training",
]  # fmt: skip

# --- the two networks -------------------------------------------------------------------------------


def _averages(model) -> list[int]:
    """Sizes of the running averages that a model's batch normalisations keep, two for each."""
    kept = model.non_trainable_variables
    return sorted(w.shape[0] for w in kept if len(w.shape) == 1 and "float" in str(w.dtype))


def _shift(model, seed: int) -> list[np.ndarray]:
    """Give the two batch normalisations random shifts; return these, the shorter first."""
    shifts = sorted((w for w in model.weights if w.name == "beta"), key=lambda w: w.shape[0])
    check.require(len(shifts) == 2, "Each batch normalisation scales and shifts: leave it `center`.")
    for shift in shifts:
        shift.assign(np.random.default_rng(seed).normal(size=shift.shape))
    return [np.asarray(shift) for shift in shifts]


def _kernels(model, dims: int = 4) -> list[np.ndarray]:
    return sorted((w for w in model.get_weights() if w.ndim == dims), key=np.size)


def _activate(x, shift, slope: float, early: bool):
    """Batch normalisation's shift and a (leaky) ReLU, in this order or the other."""
    if early:
        return np.maximum(x, slope * x) + shift
    return np.maximum(x + shift, slope * (x + shift))


def _paint(z, weights, shifts, first=0.0, second=0.0, early=False, end=np.tanh):
    """A generator by hand; slopes of 0 are ReLUs, of 1 none."""
    dense, up, last = weights
    x = _activate((z @ dense).reshape(-1, 7, 7, 48), shifts[1], first, early)
    x = np.asarray(keras.ops.conv_transpose(x, up, strides=2, padding="same"))
    x = _activate(x, shifts[0], second, early)
    return end(np.asarray(keras.ops.conv_transpose(x, last, strides=2, padding="same")))


def check_generator(build, latent_dim: int) -> None:
    """Is an untrained generator built as the exercise says?

    Args:
        build: the learner's function of the latent dimension.
        latent_dim: which one to try.
    """
    set_seed(latent_dim)
    model = check.model(build, latent_dim, takes=(latent_dim,), gives=(28, 28, 1), name="the generator")
    _require_generator_weights(model, latent_dim)
    shifts = _shift(model, seed=0)
    shifts[1] = shifts[1].reshape((7, 7, 48) if shifts[1].size == 2352 else 48)
    last, up = _kernels(model)
    weights = _kernels(model, dims=2)[0], up, last
    z = np.random.default_rng(latent_dim).normal(size=(16, latent_dim)).astype("float32")
    mistakes = check.slips(
        lambda **slips: _paint(9 * z, weights, shifts, **slips),
        {
            "it ends in a sigmoid, from 0 to 1; expected tanh, from -1 to 1.": {"end": expit},
            "the tanh is missing at the end.": {"end": lambda x: x},
            "it ends in a ReLU; expected tanh.": {"end": lambda x: np.maximum(x, 0)},
            "no ReLU follows the dense layer's batch normalisation.": {"first": 1.0},
            "no ReLU follows the second batch normalisation.": {"second": 1.0},
            "there is no ReLU at all.": {"first": 1.0, "second": 1.0},
            "the ReLU stands before the batch normalisation; it belongs after it.": {"early": True},
            "a plain ReLU, not a leaky one (of slope 0.2).": {"first": 0.2, "second": 0.2},
            "a plain ReLU, not a leaky one (of slope 0.3).": {"first": 0.3, "second": 0.3},
        },
    )
    right = _paint(9 * z, weights, shifts)
    check.close(model(9 * z, training=False), right, "the pictures", rtol=0.01, mistakes=mistakes)
    alone = np.asarray(model(z[:8], training=True))
    other = np.asarray(model(np.concatenate([z[:8], 3 + z[8:]]), training=True))[:8]
    check.differ(alone, other, "In training no picture depends on the others of its batch.")


def _require_generator_weights(model, latent_dim: int) -> None:
    shapes = [w.shape for w in _kernels(model)]
    check.require(
        len(shapes) != 2 or all(shape[0] % 2 == 0 for shape in shapes),
        "The stride 2 does not divide the side of a kernel: a checkerboard. Take 4 x 4.",
    )
    check.require(shapes != [(4, 4, 24, 1), (4, 4, 48, 24)], "Is it Conv2D instead of Conv2DTranspose?")
    check.require(
        shapes == [(4, 4, 1, 24), (4, 4, 24, 48)],
        f"The kernels have the shapes {shapes}; expected (4, 4, 1, 24) and (4, 4, 24, 48): side, side, "
        "channels out, channels in.",
    )
    dense = [w.shape for w in _kernels(model, dims=2)]
    check.require(
        dense == [(latent_dim, 2352)],
        f"The dense weights have the shapes {dense}; expected one dense layer, ({latent_dim}, 2352).",
    )
    averages = _averages(model)
    check.require(averages, "There is no batch normalisation.")
    check.require(1 not in averages, "No batch normalisation after the last layer.")
    check.require(
        averages in ([24, 24, 48, 48], [24, 24, 2352, 2352]),
        "Two batch normalisations are expected, after the dense layer and after the first transposed "
        f"convolution; yours keep averages of the sizes {averages}.",
    )


def _look(images, kernels, shifts, dense, s1=0.2, s2=0.2, s3=0.2, early=False, pool=None, end=None):
    """A discriminator by hand; s1, s2, s3 are the slopes of its activations."""
    x = images
    for kernel, shift, slope in zip(kernels, [0.0, *shifts], (s1, s2, s3), strict=True):
        x = keras.ops.conv(x, kernel, strides=1 if pool else 2, padding="same")
        x = np.asarray(pool(x, 2, padding="same") if pool else x)
        x = _activate(x, shift, slope, early)
    logits = x.reshape(len(x), -1) @ dense
    return end(logits) if end else logits


def check_discriminator(build, seed: int) -> None:
    """Is an untrained discriminator built as the exercise says?

    Args:
        build: the learner's function, without arguments.
        seed: of the pictures that it is shown.
    """
    set_seed(seed)
    model = check.model(build, takes=(28, 28, 1), gives=(1,), name="the discriminator")
    _require_discriminator_weights(model)
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, size=(6, 28, 28, 1)).astype("float32")
    kernels, shifts, dense = _kernels(model), _shift(model, seed), _kernels(model, dims=2)[0]
    pooled = "pooling takes the place of the stride; no pooling here."
    mistakes = check.slips(
        lambda **slips: _look(3 * images, kernels, shifts, dense, **slips),
        {
            "these are probabilities: no sigmoid after the last layer.": {"end": expit},
            "negative logits are missing: no ReLU after the last layer.": {"end": lambda x: np.maximum(x, 0)},
            "these are squashed logits: no tanh after the last layer.": {"end": np.tanh},
            "the slope of the leaky ReLU is 0.3, Keras's default; expected 0.2.": dict.fromkeys(
                ("s1", "s2", "s3"), 0.3
            ),
            "a plain ReLU lets nothing negative through; expected a leaky one.": dict.fromkeys(("s1", "s2", "s3"), 0.0),
            "there is no nonlinearity: a linear discriminator.": dict.fromkeys(("s1", "s2", "s3"), 1.0),
            "no activation follows the first convolution.": {"s1": 1.0},
            "no activation follows the second convolution.": {"s2": 1.0},
            "no activation follows the third convolution.": {"s3": 1.0},
            "the activation comes before the batch normalisation; it belongs after it.": {"early": True},
            pooled: {"pool": keras.ops.average_pool},
            f"max {pooled}": {"pool": keras.ops.max_pool},
        },
    )
    right = _look(3 * images, kernels, shifts, dense)
    check.close(model(3 * images, training=False), right, "the logits", rtol=0.01, mistakes=mistakes)
    alone = np.asarray(model(images[:3], training=True))
    other = np.asarray(model(np.concatenate([images[:3], images[3:] * 0 + 1]), training=True))[:3]
    check.differ(alone, other, "In training no logit depends on the rest of the batch.")


def _require_discriminator_weights(model) -> None:
    shapes = [w.shape for w in _kernels(model)]
    check.require(
        shapes == [(4, 4, 1, 24), (4, 4, 24, 48), (4, 4, 48, 96)],
        f"The kernels have the shapes {shapes}; expected 4 x 4, from 1 to 24 to 48 to 96 channels.",
    )
    dense = [w.shape for w in _kernels(model, dims=2)]
    check.require(
        dense == [(1536, 1)],
        f"The dense weights have the shapes {dense}; expected one of (1536, 1): 4 x 4 x 96 entries to one "
        "unit. Is the stride 2, and the padding 'same', in every convolution?",
    )
    averages = _averages(model)
    check.require(averages, "There is no batch normalisation.")
    check.require(24 not in averages, "No batch normalisation after the first convolution.")
    check.require(
        averages == [48, 48, 96, 96],
        "Two batch normalisations are expected, after the second and third convolution; yours keep averages "
        f"of the sizes {averages}.",
    )


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
    return getattr(np, how)(each)


SIGMOID_TWICE = "a sigmoid is applied, and then from_logits=True applies another."
NO_LOGITS = "the logits are taken for probabilities: from_logits=True is missing."
EXCHANGED = "targets and logits are exchanged: the targets come first."


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
    of_d = {
        "this is half of it: the two means are added, not averaged.": {"scale": 0.5},
        "real and fake are exchanged.": {"swap": True},
        "only the real pictures count.": {"share": (1.0, 0.0)},
        "only the fake pictures count.": {"share": (0.0, 1.0)},
        "one mean over all pictures; take the mean of each kind, and add.": {"share": (n / (n + m), m / (n + m))},
        "the targets are smoothed (0.9); here that of real pictures is 1.": {"t_real": 0.9},
        "fake pictures get the target 1, too; theirs is 0.": {"t_fake": 1.0},
        "real pictures get the target 0, too; theirs is 1.": {"t_real": 0.0},
        "the fake pictures' term is subtracted; both are added.": {"share": (1.0, -1.0)},
    }
    name = f"the discriminator's loss, {n} real and {m} fake"
    first = check.call(discriminator_loss, ta, tb)
    check.close(first, for_d(), name, mistakes=check.slips(for_d, common | of_d))
    of_g = {
        "this is the saturating loss, log(1 - D); expected -log D.": {"target": 0.0, "scale": -1.0},
        "the generator wants its pictures taken for real: target 1.": {"target": 0.0},
        "the generator's targets are smoothed (0.9); expected 1.": {"target": 0.9},
        "this is half of it.": {"scale": 0.5},
    }
    name = f"the generator's loss, {m} fake"
    check.close(check.call(generator_loss, tb), for_g(), name, mistakes=check.slips(for_g, common | of_g))
    again = check.call(discriminator_loss, ta, tb), check.call(generator_loss, tb)
    check.close(again, [for_d(), for_g()], "the losses in a second call (the targets are not random)")


def check_loss_gradients(discriminator_loss, generator_loss, real, fake) -> None:
    """Hold the gradients against the formulas, also where probabilities round to 0 or 1.

    Args:
        discriminator_loss, generator_loss: as in :func:`check_losses`.
        real, fake: logits, (n, 1) and (m, 1), small or large.
    """
    a, b = (np.asarray(x, dtype="float32") for x in (real, fake))
    where = f" at logits up to ±{max(np.abs(a).max(), np.abs(b).max()):g}"
    lost = (
        "The probability rounds to 0 or 1 there, and its logarithm or its gradient is lost: compute from the "
        "logits, with from_logits=True or softplus, without a sigmoid before."
    )
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
            check.require(fits, f"The gradient of the {kind}'s loss is wrong{where}. {lost}")


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
    several = m > 1 and len(np.unique(table.argmin(axis=1))) > 1
    mistakes = {
        "these are squared distances; take the root.": right**2,
        "these are root mean squares; the distance is not divided by the 784 pixels.": right / 28,
        "these are mean squares; sum the squares and take the root.": right**2 / 784,
        "these are sums of absolute differences.": cdist(flat, seen, "cityblock").min(axis=1),
        "these are the largest differences of a pixel.": cdist(flat, seen, "chebyshev").min(axis=1),
        "the farthest picture, not the nearest.": table.max(axis=1),
        "the mean over the training pictures, not the nearest.": table.mean(axis=1),
        "for each training picture, not for each picture: exchange the two.": table.min(axis=0),
        "the distance to the first training picture, not to the nearest.": table[:, 0],
        "the distance to the mean training picture.": np.linalg.norm(flat - seen.mean(axis=0), axis=1),
        "distances and indices are exchanged.": table.argmin(axis=1),
        "this is the matrix norm of the difference; flatten the pictures first.": lambda: _spectral(images, training),
    }
    if several:
        mistakes["this is one number, the smallest of all distances; one for each picture."] = right.min()
    check.close(found[0], right, f"the distances{where}", rtol=1e-3, atol=0.02, mistakes=mistakes)
    indices = check.array(found[1], f"the indices{where}", shape=(n,), kind="integer")
    check.require(
        indices.min() >= 0 and indices.max() < m,
        f"The indices{where} run from {indices.min()} to {indices.max()}: each points into `training`.",
    )
    gap = table[np.arange(n), indices] - right
    check.require(
        gap.max() < 0.05,
        f"The indices{where}: picture {gap.argmax()} is not nearest to the training picture that you name. (Each "
        "index points into `training`.)",
    )


def _has_nan(value) -> bool:
    try:
        return bool(np.isnan(np.asarray(value, dtype=float)).any())
    except (TypeError, ValueError):
        return False


def _spectral(images, training):
    """The largest singular value of each difference, for a few."""
    few = np.asarray(training, float)[:200]
    return np.array([np.linalg.norm(few - image, ord=2, axis=(1, 2)).min() for image in np.asarray(images, float)])


def check_nearest_copies(nearest, n: int, m: int, seed: int) -> None:
    """Copies, twins among the training pictures, and noise."""
    rng = np.random.default_rng(seed)
    training = rng.random((m, 28, 28)).astype("float32")
    training[-1] = training[0]
    images = np.concatenate([training[::-1][: n - 1], rng.random((1, 28, 28), dtype="float32")])
    check_nearest(nearest, images, training)


def check_nearest_memory(nearest, images, training, limit: float = 150) -> None:
    """Is it done in pieces, so that the lesson's thousand pictures fit into the memory?"""
    peak = check.beside(probes.memory_used, nearest, images, training)
    check.require(
        peak < limit,
        f"For {len(images)} pictures and {len(training)} training pictures your function took {peak:.0f} MB. The "
        "lesson has 10 times as many pictures, and 4 times as many for training: work in pieces, or in smaller ones.",
    )
