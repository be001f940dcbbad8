"""Checks of the two networks of lesson 42: what they answer, held against the same network by hand."""

import keras
import numpy as np
from scipy.special import expit

from course_utils import check
from course_utils.checks.dcgan_activations import about_discriminator, about_generator, if_explained
from course_utils.training import set_seed


def _averages(model) -> list[np.ndarray]:
    """The running averages that a model's batch normalisations keep, two for each, the shorter first."""
    kept = [w for w in model.non_trainable_variables if len(w.shape) == 1 and "float" in str(w.dtype)]
    return sorted((np.array(w) for w in kept), key=np.size)


def _shift(model, seed: int) -> list[np.ndarray]:
    """Give the two batch normalisations random shifts; return these, the shorter first."""
    shifts = sorted((w for w in model.weights if w.name == "beta"), key=lambda w: w.shape[0])
    check.require(len(shifts) == 2, "Each batch normalisation scales and shifts: leave it `center`.")
    for shift in shifts:
        shift.assign(np.random.default_rng(seed).normal(size=shift.shape))
    return [np.asarray(shift) for shift in shifts]


def _kernels(model, dims: int = 4) -> list[np.ndarray]:
    return sorted((w for w in model.get_weights() if w.ndim == dims), key=np.size)


def _activate(x, shift, how, early: bool):
    """Batch normalisation's shift and an activation, in this order or the other; a slope is a (leaky) ReLU."""

    def act(x):
        return how(x) if callable(how) else np.maximum(x, how * x)

    return act(x) + shift if early else act(x + shift)


def _named(activation: str):
    """An activation of Keras on NumPy arrays."""
    return lambda x: np.asarray(keras.activations.get(activation)(x))


def _require_batches(model, x, name: str) -> None:
    """Does batch normalisation use the batch in training, and only there?"""
    half = len(x) // 2
    calm = [np.asarray(model(rows, training=False)) for rows in (x[:half], x)]
    check.require(
        np.allclose(calm[0], calm[1][:half], atol=1e-3),
        f"Without training, what {name} gives for a row depends on the others of its batch. Leave `training` open: "
        "no training=True within the network.",
    )
    before, saved = _averages(model), model.get_weights()
    check.require(
        all(len(np.unique(a)) == 1 for a in before),
        f"A batch normalisation of {name} has seen a batch before training. Leave `training` open: no training=True "
        "within the network.",
    )
    model(x, training=True)
    moved = [np.any(a != b) for a, b in zip(before, _averages(model), strict=True)]
    model.set_weights(saved)
    check.require(
        all(moved),
        f"A batch normalisation of {name} does not take the batch's mean in training. Leave `training` open: no "
        "training=False within the network.",
    )


def _require_fixed(model) -> None:
    """Is no slope of an activation trained?"""
    slopes = [w for w in model.trainable_variables if w.name == "alpha" or len(w.shape) == 3]
    check.require(not slopes, "The slope of an activation is trained (PReLU); expected a fixed one.")


# --- the generator ----------------------------------------------------------------------------------


def _paint(z, weights, shifts, first=0.0, second=0.0, early=(False, False), end=np.tanh, strides=(2, 2), twice=False):
    """A generator by hand; slopes of 0 are ReLUs, of 1 none."""
    dense, up, last = weights
    x = (z @ dense).reshape(-1, 7, 7, 48)
    x = _activate(np.maximum(x, 0) if twice else x, shifts[1], first, early[0])
    x = np.asarray(keras.ops.conv_transpose(x, up, strides=strides[0], padding="same"))
    x = _activate(np.maximum(x, 0) if twice == "both" else x, shifts[0], second, early[1])
    return end(np.asarray(keras.ops.conv_transpose(x, last, strides=strides[1], padding="same")))


SLIPS_OF_G = {
    "it ends in a sigmoid, from 0 to 1; expected tanh, from -1 to 1.": {"end": expit},
    "the tanh is missing at the end.": {"end": lambda x: x},
    "it ends in a ReLU; expected tanh.": {"end": lambda x: np.maximum(x, 0)},
    "the tanh is there twice.": {"end": lambda x: np.tanh(np.tanh(x))},
    "it is scaled to 0 ... 1 after the tanh; leave it from -1 to 1.": {"end": lambda x: (np.tanh(x) + 1) / 2},
    "it ends in a stretched sigmoid, which is tanh(x / 2); expected tanh(x).": {"end": lambda x: np.tanh(x / 2)},
    "it is clipped at -1 and 1; expected tanh.": {"end": lambda x: np.clip(x, -1, 1)},
    "no ReLU follows the dense layer's batch normalisation.": {"first": 1.0},
    "no ReLU follows the second batch normalisation.": {"second": 1.0},
    "there is no ReLU at all.": {"first": 1.0, "second": 1.0},
    "the ReLU stands before the batch normalisation; it belongs after it.": {"early": (True, True)},
    "the first ReLU stands before its batch normalisation; it belongs after it.": {"early": (True, False)},
    "the second ReLU stands before its batch normalisation; it belongs after it.": {"early": (False, True)},
    "a plain ReLU, not a leaky one (of slope 0.2).": {"first": 0.2, "second": 0.2},
    "a plain ReLU, not a leaky one (of slope 0.3).": {"first": 0.3, "second": 0.3},
    "the first ReLU is leaky; expected a plain one.": {"first": 0.2},
    "the second ReLU is leaky; expected a plain one.": {"second": 0.2},
    "tanh stands between the layers; expected ReLU there.": {"first": np.tanh, "second": np.tanh},
}
# more of them, without pairs with those above
RARE_SLIPS_OF_G = {
    "the tanh stands before the last layer; it belongs after it.": {
        "second": lambda x: np.tanh(np.maximum(x, 0)),
        "end": lambda x: x,
    },
    "the strides are 1 and 4; expected 2 and 2.": {"strides": (1, 4)},
    "the strides are 4 and 1; expected 2 and 2.": {"strides": (4, 1)},
    "a ReLU stands before the first batch normalisation, too; one after it is enough.": {"twice": True},
    "a ReLU stands before each batch normalisation, too; one after it is enough.": {"twice": "both"},
    **{
        f"{kind} stands between the layers; expected ReLU.": {"first": _named(kind), "second": _named(kind)}
        for kind in ("gelu", "silu", "elu", "sigmoid", "relu6")
    },
}
SHAPES_OF_G = {
    (34, 34, 1): 'padding="same" is missing in both transposed convolutions.',
    (30, 30, 1): 'padding="same" is missing in one transposed convolution.',
    (14, 14, 1): "One transposed convolution lacks its stride of 2.",
    (7, 7, 1): "Both transposed convolutions lack their stride of 2.",
    (2, 2, 1): "Is it Conv2D instead of Conv2DTranspose?",
    (28, 28): "The last axis, of the one channel, belongs to a picture.",
    (192, 28, 1): "The channels stand last: Reshape((7, 7, 48)).",
    (28, 28, 3): "The last layer has one channel: the pictures are grey.",
}


def check_generator(build, latent_dim: int) -> None:
    """Is an untrained generator built as the exercise says?

    Args:
        build: the learner's function of the latent dimension.
        latent_dim: which one to try.
    """
    set_seed(latent_dim)
    name = "the generator"
    model = check.model(build, latent_dim, takes=(latent_dim,), gives=(28, 28, 1), wrong_shapes=SHAPES_OF_G, name=name)
    _require_generator_weights(model, latent_dim)
    shifts = _shift(model, seed=0)
    shifts[1] = shifts[1].reshape((7, 7, 48) if shifts[1].size == 2352 else 48)
    last, up = _kernels(model)
    weights = _kernels(model, dims=2)[0], up, last
    z = np.random.default_rng(latent_dim).normal(size=(16, latent_dim)).astype("float32")

    def painted(**slips):
        return _paint(9 * z, weights, shifts, **slips)

    mistakes = check.slips(painted, SLIPS_OF_G) | check.slips(painted, RARE_SLIPS_OF_G)
    batch = np.concatenate([z[:8], 3 + z[8:]])
    _require_batches(model, batch, name)
    pictures = np.asarray(model(9 * z, training=False))
    about = lambda: if_explained(pictures, *about_generator(model, latent_dim, painted))  # noqa: E731
    check.close(pictures, painted(), "the pictures", rtol=0.01, mistakes=mistakes, otherwise=about)


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
    _require_fixed(model)
    averages = [len(w) for w in _averages(model)]
    check.require(averages, "There is no batch normalisation.")
    check.require(1 not in averages, "No batch normalisation after the last layer.")
    check.require(
        averages in ([24, 24, 48, 48], [24, 24, 2352, 2352]),
        "Two batch normalisations are expected, after the dense layer and after the first transposed "
        f"convolution; yours keep averages of the sizes {averages}.",
    )


# --- the discriminator ------------------------------------------------------------------------------

ALL = ("s1", "s2", "s3")
ORDER = ("first", "second", "third")


def _look(
    images, kernels, shifts, dense, s1=0.2, s2=0.2, s3=0.2, early=(False, False), pool=None, end=None, front=None
):  # fmt: skip
    """A discriminator by hand; s1, s2, s3 are its activations, or their slopes."""
    x = front(images) if front else images
    for kernel, shift, how, soon in zip(kernels, [0.0, *shifts], (s1, s2, s3), (False, *early), strict=True):
        x = keras.ops.conv(x, kernel, strides=1 if pool else 2, padding="same")
        x = np.asarray(pool(x, 2, padding="same") if pool else x)
        x = _activate(x, shift, how, soon)
    logits = x.reshape(len(x), -1) @ dense
    return end(logits) if end else logits


POOLED = "pooling takes the place of the stride; no pooling here."
SCALED = "the pictures are scaled at the front; take them as they are, from -1 to 1."
SLIPS_OF_D = {
    "these are probabilities: no sigmoid after the last layer.": {"end": expit},
    "negative logits are missing: no ReLU after the last layer.": {"end": lambda x: np.maximum(x, 0)},
    "negative logits are squeezed: no leaky ReLU after the last layer.": {"end": lambda x: np.maximum(x, 0.2 * x)},
    "these are squashed logits: no tanh after the last layer.": {"end": np.tanh},
    "a softmax over a single unit is always 1; a logit has no activation.": {"end": np.ones_like},
    "the slope of the leaky ReLU is 0.3, Keras's default; expected 0.2.": dict.fromkeys(ALL, 0.3),
    "the slope of the leaky ReLU is 0.1; expected 0.2.": dict.fromkeys(ALL, 0.1),
    "a plain ReLU (or a slope near 0) lets nothing negative through; expected a leaky one.": dict.fromkeys(ALL, 0.0),
    "ReLU(0.2) is cut off at 0.2; expected a leaky one, negative_slope=0.2.": dict.fromkeys(
        ALL, lambda x: np.clip(x, 0, 0.2)
    ),
    "there is no nonlinearity: a linear discriminator.": dict.fromkeys(ALL, 1.0),
    "the activation comes before the batch normalisation; it belongs after it.": {"early": (True, True)},
    POOLED: {"pool": keras.ops.average_pool},
    f"max {POOLED}": {"pool": keras.ops.max_pool},
    SCALED: {"front": lambda x: x / 255},
    f"{SCALED} (2x - 1)": {"front": lambda x: 2 * x - 1},
    f"{SCALED} (to 0 ... 1)": {"front": lambda x: (x + 1) / 2},
}
PLACES_IN_D = {
    **{f"no activation follows the {ORDER[k]} convolution.": {ALL[k]: 1.0} for k in range(3)},
    **{f"the slope after the {ORDER[k]} convolution is 0.3, Keras's default.": {ALL[k]: 0.3} for k in range(3)},
    **{f"a plain ReLU after the {ORDER[k]} convolution; expected a leaky one.": {ALL[k]: 0.0} for k in range(3)},
    "the activation after the second convolution comes before its batch normalisation.": {"early": (True, False)},
    "the activation after the third convolution comes before its batch normalisation.": {"early": (False, True)},
    "these are probabilities: no sigmoid after the last layer.": {"end": expit},
    **{
        f"the activation is {kind}; expected a leaky ReLU.": dict.fromkeys(ALL, _named(kind))
        for kind in ("elu", "gelu", "silu", "tanh", "sigmoid")
    },
    "the activation is an ELU; expected a leaky ReLU.": dict.fromkeys(
        ALL, lambda x: np.where(x > 0, x, 0.2 * np.expm1(np.minimum(x, 0)))
    ),
}
SHAPES_OF_D = {
    (4, 4, 1): "Flatten comes before the dense unit.",
    (2,): 'One logit, that of "real", is enough.',
    (): "Leave the axis of the one logit.",
}


def check_discriminator(build, seed: int) -> None:
    """Is an untrained discriminator built as the exercise says?

    Args:
        build: the learner's function, without arguments.
        seed: of the pictures that it is shown.
    """
    set_seed(seed)
    name = "the discriminator"
    model = check.model(build, takes=(28, 28, 1), gives=(1,), wrong_shapes=SHAPES_OF_D, name=name)
    _require_discriminator_weights(model)
    rng = np.random.default_rng(seed)
    images = rng.uniform(-1, 1, size=(6, 28, 28, 1)).astype("float32")
    kernels, shifts, dense = _kernels(model), _shift(model, seed), _kernels(model, dims=2)[0]

    def looked(**slips):
        return _look(3 * images, kernels, shifts, dense, **slips)

    _require_batches(model, np.concatenate([images[:3], images[3:] * 0 + 1]), name)
    mistakes = check.slips(looked, SLIPS_OF_D) | check.slips(looked, PLACES_IN_D)
    logits = np.asarray(model(3 * images, training=False))
    about = lambda: if_explained(logits, *about_discriminator(model, looked))  # noqa: E731
    check.close(logits, looked(), "the logits", rtol=0.01, mistakes=mistakes, otherwise=about)


def _require_discriminator_weights(model) -> None:
    shapes = [w.shape for w in _kernels(model)]
    check.require(shapes != [(4, 4, 24, 1), (4, 4, 48, 24), (4, 4, 96, 48)], "Is it Conv2DTranspose instead of Conv2D?")
    check.require(
        shapes == [(4, 4, 1, 24), (4, 4, 24, 48), (4, 4, 48, 96)],
        f"The kernels have the shapes {shapes}; expected 4 x 4, from 1 to 24 to 48 to 96 channels.",
    )
    dense = [w.shape for w in _kernels(model, dims=2)]
    check.require(
        dense == [(1536, 1)],
        f"The dense weights have the shapes {dense}; expected one of (1536, 1): 4 x 4 x 96 entries to one "
        "unit. Is it Flatten (no global pooling), and is the stride 2 and the padding 'same' in every convolution?",
    )
    _require_fixed(model)
    averages = [len(w) for w in _averages(model)]
    check.require(averages, "There is no batch normalisation.")
    check.require(24 not in averages, "No batch normalisation after the first convolution.")
    check.require(
        averages == [48, 48, 96, 96],
        "Two batch normalisations are expected, after the second and third convolution; yours keep averages "
        f"of the sizes {averages}.",
    )
