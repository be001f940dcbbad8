"""Probe of lesson 34: values and gradients of the three terms, with zeros where none gets through."""

import numpy as np
import tensorflow as tf

from course_utils import check


def terms(function, z: np.ndarray, e: np.ndarray) -> list:
    """The three results, each with its gradients by z and by e.

    Args:
        function: takes tensors z and e of one shape, returns three tensors.
        z, e: arrays.

    Returns:
        for each result its value, and the gradients of the sum of its entries, arrays like z.

    Raises:
        CheckError: there are not three results, or one is no tensor.
    """
    z, e = tf.constant(z), tf.constant(e)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([z, e])
        found = check.several(check.call(function, z, e), "decoder input", "codebook loss", "commitment loss")
    answer = []
    for value in found:
        check.require(value is not None, "One of the three results is None.")
        tensor = f"A result is no tensor but {type(value).__name__}: use keras.ops, not NumPy."
        check.require(tf.is_tensor(value), tensor)
        slopes = tape.gradient(value, [z, e], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        answer.append((value.numpy(), *(one.numpy() for one in slopes)))
    return answer
