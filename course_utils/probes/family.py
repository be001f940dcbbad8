"""Probes of lessons 44 and 45: a learner's penalty meets a critic with known slopes, a head meets known features."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from course_utils import check


def penalty(
    function: Callable, a, b, real, fake, last, name: str = "gradient_penalty", in_training: bool = True
) -> dict:
    """The penalty of the critic sum(a x^2) / 2 + sum(b x), and its gradients by a and b.

    Args:
        function: the learner's ``gradient_penalty(critic, real, fake, mix)`` or ``r1_penalty(critic, real, fake, gamma)``.
        a, b: of the shape of a picture.
        real, fake: pictures of any shape (n, ...).
        last: mix, an array (n,), which becomes a tensor; or gamma, a number, which is given as it is.
        name: of the function.
        in_training: whether to compile it, too.

    Returns:
        ``value``, and ``again``, of another call; ``slopes`` by a and b, None where no gradient gets through;
        ``compiled``, the value in a compiled function, or None.
    """
    a, b = tf.Variable(a, dtype="float32"), tf.Variable(b, dtype="float32")
    inputs = [tf.constant(x, "float32") for x in (real, fake)]
    last = last if isinstance(last, float) else tf.constant(last, "float32")

    def critic(x):
        x = tf.convert_to_tensor(x)
        each = 0.5 * a * x**2 + b * x
        return tf.reduce_sum(tf.reshape(each, (tf.shape(x)[0], -1)), axis=1, keepdims=True)

    def compute(real, fake):
        with tf.GradientTape() as tape:
            value = function(critic, real, fake, last)
        return value, tape.gradient(value, [a, b])

    def alone(real, fake):
        return function(critic, real, fake, last)

    alone.__name__ = name
    value = check.call(alone, *inputs)
    check.require(value is not None, f"{name} returned nothing. Is the `return` missing?")
    check.require(
        tf.is_tensor(value),
        f"{name} returned no tensor but {type(value).__name__}: no gradient would reach the critic's weights.",
    )
    found = compute(*inputs)
    compiled = [None]
    try:
        if in_training:
            compiled = tf.function(compute, autograph=False)(*inputs)
    except Exception as error:
        raise check.CheckError(
            f"{name} works when called directly, but not compiled, as training calls it: use keras.ops or tf, no "
            f"NumPy and no .numpy(). ({type(error).__name__})"
        ) from None
    slopes = [_plain(g) for g in found[1]]
    return {"value": _plain(found[0]), "again": _plain(value), "slopes": slopes, "compiled": _plain(compiled[0])}


def compiled_losses(names: list[str], *functions: Callable) -> None:
    """Call losses inside one compiled function, as training does.

    Args:
        names: of the functions; one that ends in d takes the logits of real pictures and fakes, another of fakes alone.
        functions: the learner's.
    """
    now = ""

    def compute(real, fake):
        nonlocal now
        found = []
        for now, function in zip(names, functions, strict=True):
            found.append(function(real, fake) if now.endswith("d") else function(fake))
        return found

    try:
        tf.function(compute, autograph=False)(tf.constant([[0.3], [-0.2]]), tf.constant([[1.4], [0.1]]))
    except Exception as error:
        raise check.CheckError(
            f"{now} works when called directly, but not compiled, as training calls it: use keras.ops or tf, no NumPy, no "
            f"loop over the logits, and no Python max, min or `if` of them. ({type(error).__name__})"
        ) from None


def _plain(tensor):
    return None if tensor is None else np.asarray(tensor)


class Doubled(keras.Layer):
    """A layer whose answers are doubled: a wrapper that shows where it was used."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x):
        """Twice the layer's answer."""
        return 2 * self.layer(x)


def head(function: Callable, kernel, pictures, labels, wrapped: bool) -> dict:
    """A projection discriminator on the features pictures @ kernel, built by the learner.

    Args:
        function: ``build_projection_discriminator(body, classes, wrap)``.
        kernel: (k, d), of the body.
        pictures: (n, k).
        labels: (n, classes).
        wrapped: whether layers are to be wrapped; else ``wrap`` is left out.

    Returns:
        ``logits``; ``alone``, those of the first two rows alone; ``own``, the trainable weights beside the body's;
        ``wrapped``, how many layers ``wrap`` was given; ``kept``, whether the body's kernel is among the trainable weights.
    """
    body = keras.Sequential([keras.Input((kernel.shape[0],)), keras.layers.Dense(kernel.shape[1], use_bias=False)])
    body.set_weights([kernel])
    given = []

    def wrap(layer):
        check.require(
            isinstance(layer, keras.Layer),
            "wrap was given no layer but what a layer gives. It makes a layer of a layer: wrap(layers.Dense(1))(features).",
        )
        given.append(layer)
        return Doubled(layer)

    options = {"wrap": wrap} if wrapped else {}
    keras.utils.set_random_seed(3)
    model = check.call(function, body, labels.shape[1], **options)
    check.require(model is not None, "Nothing was returned. Is the `return` missing?")
    check.require(isinstance(model, keras.Model), f"Return a keras.Model; got {type(model).__name__}.")
    _require_inputs(model, kernel.shape[0], labels.shape[1])
    rng = np.random.default_rng(5)
    own = [w for w in model.trainable_weights if w is not body.weights[0]]
    for weight in own:  # also those that begin with zeros
        weight.assign(rng.normal(size=weight.shape))
    kept = any(w is body.weights[0] for w in model.trainable_weights)
    pictures, labels = pictures.astype("float32"), labels.astype("float32")
    logits = check.call(lambda: model([pictures, labels]))
    check.require(tf.is_tensor(logits), f"The model gives {type(logits).__name__}; it gives one tensor, the logits.")
    alone = check.call(lambda: model([pictures[:2], labels[:2]]))
    return {
        "logits": np.asarray(logits), "alone": np.asarray(alone), "own": [np.asarray(w) for w in own], "wrapped": len(given),
        "kept": kept,
    }  # fmt: skip


def _require_inputs(model: keras.Model, d: int, classes: int) -> None:
    if not hasattr(model, "inputs"):  # of a class of the learner's
        check.require(
            model.built,
            "The model has no weights before it is called. Build it from its inputs, keras.Model([pictures, labels], logits).",
        )
        return
    count = len(model.inputs)
    check.require(count == 2, f"The model takes {count} input(s); it takes two, [pictures, labels].")
    sizes = [int(x.shape[-1]) for x in model.inputs]
    check.require(
        sizes == [d, classes],
        f"The inputs have the sizes {sizes}; expected [pictures, labels], here {[d, classes]}.",
    )
