"""Probes of lesson 45: a learner's average of weights meets two small networks."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from course_utils import check


def small_network(inputs: int, widths: Sequence[int], outputs: int) -> keras.Model:
    """Dense layers with batch normalisation, and a dense layer at the end."""
    layers = keras.layers
    network = keras.Sequential([keras.Input((inputs,))])
    for width in widths:
        network.add(layers.Dense(width, use_bias=False))
        network.add(layers.BatchNormalization())
    network.add(layers.Dense(outputs))
    return network


def average(function: Callable, sizes: tuple, start: list, moments: list, decay: float, how: str) -> list:
    """Weights of the averaged network, and of the other, after each call.

    Args:
        function: the learner's ``update_average(averaged, generator, decay)``.
        sizes: arguments of :func:`small_network`.
        start: weights of the averaged network, as ``get_weights`` lists them.
        moments: the other network's weights before each of the calls.
        decay: a number.
        how: ``"called"`` or ``"compiled"``.

    Returns:
        for each call (weights of the averaged, weights of the other).
    """
    averaged, other = small_network(*sizes), small_network(*sizes)
    averaged.set_weights(start)
    other.set_weights(moments[0])

    def update():
        function(averaged, other, decay)

    run = update if how == "called" else tf.function(update, autograph=False)
    found = []
    for weights in moments:
        other.set_weights(weights)
        if how == "called":
            check.call(function, averaged, other, decay)
        else:
            _try(run)
        found.append([[np.asarray(w) for w in net.get_weights()] for net in (averaged, other)])
    return found


def _try(run: Callable) -> None:
    try:
        run()
    except NotImplementedError as error:
        if "numpy" not in str(error).lower():
            raise
        raise check.CheckError(WORDS + f" ({type(error).__name__})") from None
    except Exception as error:
        raise check.CheckError(WORDS + f" ({type(error).__name__})") from None


WORDS = (
    "update_average works when called directly, but not compiled, as training calls it: no get_weights, no set_weights, no "
    "NumPy. Go through the variables, and give each its new value by `assign`."
)
