"""Probes of lesson 46: the learner's cycle meets two translators with known formulas."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.check.words import first_line

NAMES = ("fake_b", "fake_a", "cycle", "identity")


def terms(function: Callable, forward, backward, a, b) -> dict:
    """What the learner's function gives for the translators x P and x^2 Q, and slopes by P and Q.

    Args:
        function: the learner's ``unpaired_terms(forward, backward, a, b)``.
        forward, backward: the matrices P and Q, (3, 3).
        a, b: pictures (n, h, w, 3) and (m, h, w, 3).

    Returns:
        the four results by name; ``slopes``: (by P, by Q) of cycle and of identity, None where there
        is none; ``learns``: by name of a fake, whether its translator's weights get a gradient; ``compiled``: cycle and identity in a compiled function.
    """
    p, q = (tf.Variable(x, dtype="float32") for x in (forward, backward))
    pictures = [tf.constant(x, "float32") for x in (a, b)]

    def to_b(x, training=None):
        return tf.tensordot(tf.convert_to_tensor(x), p, 1)

    def to_a(x, training=None):
        return tf.tensordot(tf.square(tf.convert_to_tensor(x)), q, 1)

    def compute(a, b):
        return function(to_b, to_a, a, b)

    compute.__name__ = "unpaired_terms"
    with tf.GradientTape(persistent=True) as tape:
        found = check.call(compute, *pictures)
    check.require(found is not None, "unpaired_terms returned nothing. Is the `return` missing?")
    told = "unpaired_terms returns four things: fake_b, fake_a, cycle, identity."
    check.require(isinstance(found, tuple | list), f"{told} Got {type(found).__name__}.")
    check.require(len(found) == 4, f"{told} Got {len(found)}.")
    for name, value in zip(NAMES, found, strict=True):
        check.require(
            tf.is_tensor(value),
            f"{name} is no tensor but {type(value).__name__}: no gradient would reach the translators.",
        )
    try:
        compiled = tf.function(compute, autograph=False)(*pictures)
    except Exception as error:
        raise check.CheckError(
            "unpaired_terms works when called directly, but not compiled, as training calls it: use keras.ops or tf, no "
            f"NumPy, no .numpy(), and ops.shape(x)[0] for len(x). ({type(error).__name__}: {first_line(error)})"
        ) from None
    result = {name: np.asarray(value) for name, value in zip(NAMES, found, strict=True)}
    result["compiled"] = [np.asarray(x) for x in compiled[2:]]
    result["slopes"] = {
        name: [None if g is None else np.asarray(g) for g in tape.gradient(found[2 + i], [p, q])]
        for i, name in enumerate(NAMES[2:])
    }
    moved = {name: tape.gradient(value, w) for name, value, w in zip(NAMES[:2], found[:2], (p, q), strict=True)}
    result["learns"] = {name: slope is not None and bool(np.any(slope)) for name, slope in moved.items()}
    return result
