"""Checks of lesson 22, super-resolution: the network."""

import re
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit, ndtr

from course_utils import check

SELU = 1.0507009873554805, 1.6732632423543772
ACTIVATIONS = {
    "ReLU": lambda a: np.maximum(a, 0),
    "none": lambda a: a,
    "tanh": np.tanh,
    "sigmoid": expit,
    "SiLU": lambda a: a * expit(a),
    "ELU": lambda a: np.where(a > 0, a, np.expm1(a)),
    "leaky ReLU": lambda a: np.where(a > 0, a, 0.2 * a),
    "SELU": lambda a: SELU[0] * np.where(a > 0, a, SELU[1] * np.expm1(a)),
    "softplus": lambda a: np.logaddexp(a, 0),
}
ASKED = "; GELU is asked."
HIDDEN = {
    "the inner layers have {}" + ASKED: (0, 1, 2),
    "the layer before the last has {}" + ASKED: (2,),
    "the inner layers have {}, except the one before the last" + ASKED: (0, 1),
    "the first layer has {}" + ASKED: (0,),
    "the second layer has {}" + ASKED: (1,),
    "the second and the third layer have {}" + ASKED: (1, 2),
    "the first and the third layer have {}" + ASKED: (0, 2),
    "the last layer has {}; it has none, as a residual may be negative.": (3,),
}
TAKEN = ("InputLayer", "Conv2D", "Activation", "Sequential", "Functional")


def _gelu(a):
    return a * ndtr(a)


def _forward(weights: list, x: np.ndarray, activations: list) -> np.ndarray:
    """What convolutions with these kernels and biases make of pictures (n, h, w, 1)."""
    for kernel, bias, apply in zip(weights[::2], weights[1::2], activations, strict=True):
        windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))  # (n, h, w, channels, rows, columns)
        x = apply(np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2))) + bias)
    return x


def _activation_mistakes(weights: list, x: np.ndarray) -> dict:
    """What the network answers with other activations."""
    right, found = [_gelu, _gelu, _gelu, ACTIVATIONS["none"]], {}
    for words, places in HIDDEN.items():
        for kind, other in {**ACTIVATIONS, "GELU": _gelu}.items():
            told = "no activation" if kind == "none" else f"{kind} as activation"
            changed = [other if place in places else one for place, one in enumerate(right)]
            found[words.format(told)] = lambda changed=changed: _forward(weights, x, changed)
    return found


def _require_zero_start(network, x: np.ndarray) -> None:
    start = np.asarray(network(x), dtype=float)
    weights = network.get_weights()
    kernels = [w for w in weights if w.ndim == 4]
    hint = ""
    if kernels and not np.any(kernels[-1]):
        hint = " Its kernel does; is something added to its result, or an activation applied?"
        if np.any(weights[-1]):
            hint = " Its kernel does, its biases do not."
    check.require(
        not np.any(start),
        "Before training the network must answer 0 everywhere: the kernel of the last layer begins with zeros "
        f'(kernel_initializer="zeros").{hint}',
    )
    check.require(
        all(np.any(kernel) for kernel in kernels[:-1]),
        "Only the last kernel begins with zeros. With a zero kernel before it, no gradient would ever pass.",
    )


def _plain(network) -> list:
    """All layers of a network, at any depth."""
    return [inner for one in getattr(network, "layers", ()) for inner in (one, *_plain(one))]


def _difference(network, width: int, out: int) -> str:
    """How the layers of a wrong network differ from those of the table, if it can be seen."""
    layers = _plain(network)
    others = sorted({type(one).__name__ for one in layers} - {*TAKEN})
    convolutions = [one for one in layers if type(one).__name__ == "Conv2D"]
    padded = [str(n + 1) for n, one in enumerate(convolutions) if one.padding == "same"]
    strides = [one.strides for one in convolutions if tuple(one.strides) != (1, 1)]
    kernels = [one.kernel_size[0] for one in convolutions]
    filters = [one.filters for one in convolutions]
    entry = tuple(getattr(network, "input_shape", None) or ())
    if entry and entry[-1] not in (1, None):
        return f"Its inputs have {entry[-1]} channels; a grey picture has one: keras.Input((None, None, 1))."
    if others:
        return f"It has a layer of the kind {others[0]}; the table has four Conv2D and nothing else."
    if padded:
        return (
            f'Here no padding is wanted: leave `padding="same"` away (convolution {", ".join(padded)}), so that no '
            "zeros are put around the picture."
        )
    if strides:
        return f"A convolution has strides of {strides[0][0]}; the table has none, each moves by 1 pixel."
    if convolutions and len(convolutions) != 4:
        return (
            f"It has {len(convolutions)} convolutions, the table 4. (A layer that is called twice shares its weights.)"
        )
    if convolutions and kernels != [5, 3, 3, 3]:
        return f"Its kernels are {', '.join(map(str, kernels))} pixels wide, those of the table 5, 3, 3, 3."
    if convolutions and filters != [width, width, width, out]:
        return (
            f"With width {width} and factor² {out} it has {', '.join(map(str, filters))} filters, the table "
            f"{width}, {width}, {width}, {out}: they follow from `width` and `factor`."
        )
    return ""


def _more_words(error: str, build: Callable, width: int, factor: int) -> str:
    """What to add to the words about a network of another form."""
    if "min_ndim=4" in error:
        return " A grey picture has an axis for its one channel: keras.Input((None, None, 1))."
    if "has the shape" in error or "parameters, expected" in error or "does not take inputs" in error:
        network = check.call(build, width, factor)
        hint = _difference(network, width, factor**2)
        if hint:
            return f" {hint}"
        if "does not take inputs" in error:
            return " It takes pictures of any size: keras.Input((None, None, 1))."
        if re.search(r"has the shape \((?!6, 3)\d+, \d+, ", error):
            return " The four layers cut off 10 pixels in all: is one missing, or a kernel of another size?"
        return " Do the numbers of filters follow from `width` and `factor`?"
    return ""


def check_network(build_network: Callable, width: int, factor: int) -> None:
    """Sizes, parameters, the zero start, and the answer for known weights."""
    name, w, out = "the network", width, factor**2
    count = (25 * w + w) + 2 * (9 * w * w + w) + (9 * w * out + out)
    try:
        model = check.model(build_network, w, factor, takes=(16, 13, 1), gives=(6, 3, out), parameters=count, name=name)
        check.probe(model, takes=(11, 24, 1), gives=(1, 14, out), name=name)
    except check.CheckError as error:
        more = _more_words(str(error), build_network, w, factor)
        raise check.CheckError(f"{error}{more}") from None
    sizes = tuple(getattr(model, "input_shape", None) or ())[1:3]
    check.require(
        sizes in ((), (None, None)),
        f"{name} is made for pictures of {sizes} pixels. It takes pictures of any size: keras.Input((None, None, 1)).",
    )
    rng = np.random.default_rng(width)
    x = rng.random((1, 14, 15, 1)).astype("float32")
    _require_zero_start(model, x)
    shapes = [one.shape for one in model.get_weights()]
    wanted = [(5, 5, 1, w), (w,), (3, 3, w, w), (w,), (3, 3, w, w), (w,), (3, 3, w, out), (out,)]
    check.require(shapes == wanted, f"{name} has weights of the shapes {shapes}, expected {wanted}.")
    weights = [rng.normal(size=s).astype("float32") / np.sqrt(max(np.prod(s[:-1]), 4)) for s in shapes]
    right = _forward(weights, x, [_gelu, _gelu, _gelu, ACTIVATIONS["none"]])
    answer = check.with_weights(model, weights, x)
    known = f"{name}'s answer for known weights"
    check.close(answer, right, known, rtol=2e-3, mistakes=lambda: _activation_mistakes(weights, x))
