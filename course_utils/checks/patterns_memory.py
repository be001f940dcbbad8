"""The check of lesson 11's autoencoder of boards."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np

from course_utils import check

LAYERS = "the first wide layer", "the latent code", "the second wide layer", "the last dense layer"


def _answers(x, weights, hidden="gelu", second=None, latent="linear", output="linear", last=True, each=True):
    """What the autoencoder answers with known weights, with popular slips as options."""
    a = x.astype(float)
    for k, kind in enumerate((hidden, latent, second or hidden, output)):
        layer = keras.ops.convert_to_tensor(a @ weights[2 * k] + weights[2 * k + 1])
        a = np.asarray(keras.activations.get(kind)(layer), dtype=float)
    scores = a.reshape(len(x), 64, 13)
    if not last:
        return scores
    if last == "twice":
        scores = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    e = np.exp(scores - scores.max())
    return e / (e.sum(axis=-1, keepdims=True) if each else e.sum(axis=(1, 2), keepdims=True))


def _mistakes(x, weights) -> dict:
    slips = {
        f"{kind} instead of GELU on the wide layers.": {"hidden": kind}
        for kind in ("relu", "tanh", "sigmoid", "silu", "elu", "leaky_relu")
    }
    slips |= {
        "no activation on the wide layers; they need GELU.": {"hidden": "linear"},
        "no activation on the first wide layer; both need GELU.": {"hidden": "linear", "second": "gelu"},
        "no activation on the second wide layer; both need GELU.": {"second": "linear"},
        "an activation (GELU) on the last dense layer; the softmax is enough.": {"output": "gelu"},
        "an activation (ReLU) on the last dense layer; the softmax is enough.": {"output": "relu"},
        "a sigmoid in place of the softmax.": {"output": "sigmoid", "last": False},
        "two softmaxes, one after the other.": {"last": "twice"},
        "an activation (GELU) on the latent code; it needs none.": {"latent": "gelu"},
        "an activation (ReLU) on the latent code; it needs none.": {"latent": "relu"},
        "an activation (tanh) on the latent code; it needs none.": {"latent": "tanh"},
        "the softmax is missing.": {"last": False},
        "the softmax goes over the whole board; each square's 13 numbers sum to 1.": {"each": False},
    }
    scores = np.exp(_answers(x, weights, last=False))
    over_squares = "the softmax goes over the squares; it belongs on the last axis, the 13 scores."
    return check.slips(partial(_answers, x, weights), slips) | {
        over_squares: scores / scores.sum(axis=1, keepdims=True)
    }


def _place(model, x, weights) -> str:
    """The last layer after whose known sums the answer is wrong, in words."""
    for k in (3, 2, 1, 0):
        known = [w if n >= 2 * k + 1 else np.zeros_like(w) for n, w in enumerate(weights)]
        right = _answers(x, known)
        if np.abs(check.with_weights(model, known, x) - right).max() > 1e-3 * right.max():
            return (
                f"given the sums of {LAYERS[k + 1]}, the answer is right; given those of {LAYERS[k]}, it is wrong. Look at "
                f"what is done with the sums of {LAYERS[k]}: at their activation, and at where they go."
                if k < 3
                else "what comes after the last dense layer is wrong: there it is Reshape((64, 13)), then Softmax()."
            )
    return ""


def _require_sizes(model, latent_dim: int, width: int) -> None:
    """Four kernels of the right sizes, and a bias for each."""
    sizes = [832, width, latent_dim, width, 832]
    kernels = list(zip(sizes[:-1], sizes[1:], strict=True))
    found = [tuple(w.shape) for w in model.get_weights()]
    mine = [shape for shape in found if len(shape) == 2]
    check.require(
        mine == kernels,
        f"The dense layers have weights of the shapes {mine}; with latent_dim={latent_dim} and width={width} expected "
        f"{kernels}.",
    )
    wanted = [shape for a, b in kernels for shape in ((a, b), (b,))]
    biases = [shape for shape in found if len(shape) == 1]
    check.require(
        len(biases) >= 4,
        f"The biases are missing in {4 - len(biases)} of the four dense layers: {len(biases)} biases, for layers of "
        f"{', '.join(map(str, sizes[1:]))}.",
    )
    check.require(
        found == wanted,
        f"The model has weights of the shapes {found}; expected those of four dense layers and no others, {wanted}.",
    )


def check_memory(build: Callable, latent_dim: int, width: int) -> None:
    """Is it the autoencoder that was asked for: sizes, activations, softmax for each square?"""
    name = "the autoencoder"
    model = check.model(build, latent_dim, width, takes=(832,), gives=(64, 13), name=name)
    _require_sizes(model, latent_dim, width)
    rng = np.random.default_rng(latent_dim)
    drawn = [rng.normal(size=w.shape) / np.sqrt(w.shape[0]) for w in model.get_weights()]
    x = rng.random((3, 832)).astype("float32")
    check.close(
        check.with_weights(model, drawn, x),
        _answers(x, drawn),
        f"{name}'s answer with known weights",
        rtol=1e-3,
        mistakes=lambda: _mistakes(x, drawn),
        otherwise=lambda: _place(model, x, drawn),
    )
