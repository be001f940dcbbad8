"""Checks of the continuation of lesson 13: tied weights, sparse codes."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import expit, rel_entr

from course_utils import check
from course_utils.training import set_seed

ACTIVATIONS = {None: lambda t: t, "sigmoid": expit, "relu": lambda t: t.clip(0), "tanh": np.tanh}


def check_tied(tied_dense, n_inputs: int, n_units: int, activation: str | None) -> None:
    """Does it compute the transposed layer, follow its source, and pass on the gradient?

    Args:
        tied_dense: the learner's class.
        n_inputs, n_units: sizes of the source layer.
        activation: of the tied layer.
    """
    set_seed(0)
    source = layers.Dense(n_units)
    source.build((None, n_inputs))
    tied = check.call(tied_dense, source, activation)
    codes = np.random.default_rng(n_units).normal(size=(6, n_units)).astype("float32")
    try:
        output = check.call(tied, tf.constant(codes))
    except check.CheckError:
        _own_weights(tied, source, n_inputs, built=False)
        raise
    check.array(output, "the tied layer's output", shape=(6, n_inputs))
    own = _own_weights(tied, source, n_inputs)
    kernel = np.asarray(source.kernel)
    bias = np.linspace(-1, 2, n_inputs).astype("float32")
    own.assign(bias.reshape(own.shape))
    act = ACTIVATIONS[activation]
    sums = codes @ kernel.T
    mistakes = {
        "the activation is missing.": sums + bias,
        "the bias is not added.": act(sums),
        "the bias is added after the activation; it belongs inside.": act(sums) + bias,
        "it multiplies by the inverse; the transpose is asked.": act(codes @ np.linalg.pinv(kernel) + bias),
    }
    if n_inputs == n_units:
        mistakes["the kernel is not transposed."] = act(codes @ kernel + bias)
    output = np.asarray(tied(codes))
    check.close(output, act(sums + bias), "the tied layer's output", atol=1e-4, mistakes=mistakes)
    source.kernel.assign(2 * kernel + 1)
    followed = np.asarray(tied(codes))
    source.kernel.assign(kernel)
    message = "The kernel of the source changed, the tied layer's output did not: it uses a copy."
    check.differ(followed, output, message)
    wanted = act(codes @ (2 * kernel + 1).T + bias)
    check.close(followed, wanted, "the output after a change of the source's kernel", atol=1e-4)
    _require_gradient(tied, source, codes, activation)


def _own_weights(tied, source, n_inputs: int, built: bool = True):
    """The tied layer's bias, which should be its only weight besides the source's."""
    mine = {id(v) for v in source.variables}
    own = [v for v in tied.trainable_variables if id(v) not in mine]
    shapes = [tuple(v.shape) for v in own]
    if shapes in ([(n_inputs,)], [(1, n_inputs)]):
        return own[0]
    check.require(
        not own,
        f"The layer's own weights have shapes {shapes}, expected one bias [({n_inputs},)], one entry for each "
        "number that comes out, and no kernel: that is the source's.",
    )
    check.require(not built, "The layer has no trainable weight of its own: where is its bias? (`self.add_weight`)")
    return None


def _require_gradient(tied, source, codes, activation: str | None) -> None:
    """Does training reach the kernel through the tied layer, and are there no other weights?"""
    n_inputs, n_units = source.kernel.shape
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tied(codes))
    slope = tape.gradient(loss, source.kernel.value)
    check.require(
        slope is not None,
        "Training would not reach the kernel through the tied layer: no gradient flows. Use keras.ops on the "
        "kernel itself, not NumPy.",
    )
    if activation is None:
        wanted = np.tile(codes.sum(axis=0), (n_inputs, 1))
        check.close(slope, wanted, "the gradient with respect to the kernel", atol=1e-4)
    inputs = keras.Input((n_inputs,))
    count = keras.Model(inputs, tied(source(inputs))).count_params()
    wanted = n_inputs * n_units + n_units + n_inputs
    check.require(
        count == wanted,
        f"Both layers have {count} parameters together, expected {wanted}: one kernel and two biases.",
    )


def _kl(p, q):
    return rel_entr(p, q) + rel_entr(1 - np.asarray(p), 1 - np.asarray(q))


def check_kl_penalty(kl_penalty, activations, rho: float) -> None:
    """Compare with SciPy's relative entropy, and the gradient with the formula's.

    Args:
        kl_penalty: the learner's function.
        activations: (n, units), from 0 to 1; no unit is 0, or 1, throughout.
        rho: wanted mean activity.
    """
    a = np.asarray(activations, dtype=float)

    def formula(each=False, axis=0, how="sum", swap=False, half=False, sign=1.0, bits=1.0):
        means = a.clip(1e-6, 1 - 1e-6) if each else a.mean(axis=axis)
        values = _kl(means, rho) if swap else rel_entr(rho, means) if half else _kl(rho, means)
        if how == "sum, mean":
            values = values.sum(axis=-1)
        return sign * (values.sum() if how == "sum" else values.mean()) / bits

    wrong = {
        "the arguments are swapped: this is KL(mean || rho).": {"swap": True},
        "averaged over the units; sum over them.": {"how": "mean"},
        "the second term is missing, that of not being active.": {"half": True},
        "computed for each digit; average over the batch first.": {"each": True},
        "computed for each digit and then averaged; average the activity over the batch first.": {
            "each": True,
            "how": "sum, mean",
        },
        "averaged over the units instead of the digits (axis).": {"axis": 1},
        "one mean for all units; every unit has its own.": {"axis": None},
        "the sign is wrong: a divergence is never negative.": {"sign": -1.0},
        "in bits; use the natural logarithm.": {"bits": np.log(2)},
    }
    traced = check.trace(kl_penalty, a.astype("float32"), rho)
    name = f"the penalty for {a.shape[1]} units and rho = {rho}"
    check.close(traced.value, formula(), name, rtol=1e-3, atol=1e-5, mistakes=check.slips(formula, wrong))
    means = a.mean(axis=0)
    wanted = np.tile((1 - rho) / (1 - means) - rho / means, (len(a), 1)) / len(a)
    missing = {
        "it is missing where an activation is 0 or 1; clip the means, not the activations.": np.where(
            (a > 0) & (a < 1), wanted, 0
        )
    }
    (slope,) = traced.gradients(by=[0])
    check.close(slope, wanted, "the gradient of the penalty", rtol=1e-2, mistakes=missing)


def check_kl_at_the_ends(kl_penalty, rho: float) -> None:
    """Units that always answer 0 or always 1: a large, but finite penalty."""
    for level in (0.0, 1.0):
        value = np.asarray(check.call(kl_penalty, tf.fill((4, 3), level), rho))
        check.require(
            np.isfinite(value).all(),
            f"The penalty for three units that always answer {level:g} is NaN or infinite: clip the means.",
        )
        least = 3 * _kl(rho, abs(level - 1e-4))
        check.require(
            value > least,
            f"The penalty for three units that always answer {level:g} is {value:.3g}; it should be above {least:.3g}. "
            "Clip the means less.",
        )
    exact = check.call(kl_penalty, tf.fill((4, 3), rho), rho)
    check.close(exact, 0.0, "the penalty of units that do exactly what is asked", atol=1e-5)
