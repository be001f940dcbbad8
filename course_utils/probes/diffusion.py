"""Probe of lesson 51: a learner's loss with a stand-in for the network, its gradient, and what the network got."""

import numpy as np
import tensorflow as tf

from course_utils import check


def stand_in(x, t, labels):
    """A stand-in for the network, in which pictures, steps and labels enter in their own ways.

    Args:
        x: pictures ``(n, h, w, c)``, an array or a tensor.
        t: steps ``(n,)``, as floats.
        labels: ``(n,)``, as floats.
    """
    if isinstance(x, np.ndarray):
        return 0.7 * x + (0.03 * t - 0.02 * labels).reshape(-1, 1, 1, 1) + 0.1
    return 0.7 * x + tf.reshape(0.03 * t - 0.02 * labels, (-1, 1, 1, 1)) + 0.1


def loss(function, case: dict, target: str, compiled: bool) -> tuple:
    """The loss, its gradient by a factor at the network's output, and what the network got.

    Args:
        function: the learner's, as ``diffusion_loss`` in the lesson.
        case: name of an argument -> array.
        target: ``"clean"`` or ``"noise"``.
        compiled: whether to compile it for any number of rows, as training does; then there is
            neither gradient nor what the network got.
    """
    factor, got = tf.Variable(1.0), []

    def network(inputs, *args, **kwargs):
        check.require(
            isinstance(inputs, list | tuple) and len(inputs) == 3 and not args,
            "The network takes one list of three: network([noisy pictures, t, labels]).",
        )
        x, t, labels = map(tf.convert_to_tensor, inputs)
        got.append((x, t, labels))
        x, t, labels = (tf.cast(one, tf.float32) for one in (x, t, labels))
        return factor * stand_in(x, t, labels)

    def predict(*args, **kwargs):
        raise check.CheckError("predict lets no gradient through; call it as network([noisy pictures, t, labels]).")

    network.predict = network.predict_on_batch = predict
    names = "x0", "labels", "t", "noise", "alpha_bars"
    arrays = [case[name] for name in names]
    if compiled:
        specs = [tf.TensorSpec((None, *a.shape[1:]), a.dtype) for a in arrays[:-1]]
        specs.append(tf.TensorSpec(arrays[-1].shape, tf.float32))

        def of_tensors(*tensors):
            return function(network, *tensors, target)

        of_tensors.__name__ = "diffusion_loss"  # as messages shall call it
        value, _ = check.compiled(of_tensors, *specs, inputs=arrays)
        return float(np.asarray(value)), None, None
    with tf.GradientTape() as tape:
        value = check.call(function, network, *(tf.constant(a) for a in arrays), target)
        whole = value if tf.is_tensor(value) else None
    check.require(value is not None, "The loss is None. Is the `return` missing?")
    check.require(bool(got), "The network was not called.")
    check.require(len(got) == 1, f"The network was called {len(got)} times; once is enough.")
    check.require(whole is not None, f"The loss is no tensor but {type(value).__name__}: use keras.ops.")
    slope = tape.gradient(whole, factor)
    return np.asarray(value), 0.0 if slope is None else float(slope), [np.asarray(one) for one in got[0]]
