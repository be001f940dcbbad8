"""Checks of lesson 13, deep autoencoders: the networks. What is measured of them: deep_measures."""

import numpy as np
from scipy.special import expit, ndtr, softmax

from course_utils import check
from course_utils.training import set_seed

ACTIVATIONS = {
    None: lambda t: t,
    "relu": lambda t: np.maximum(t, 0),
    "gelu": lambda t: t * ndtr(t),
    "tanh": np.tanh,
    "sigmoid": expit,
    "softplus": lambda t: np.logaddexp(0, t),
    "softmax": lambda t: softmax(t, axis=-1),
}
RARE = {
    "leaky_relu": lambda t: np.where(t > 0, t, 0.2 * t),
    "LeakyReLU": lambda t: np.where(t > 0, t, 0.3 * t),
    "elu": lambda t: np.where(t > 0, t, np.expm1(t)),
    "silu": lambda t: t * expit(t),
    "hard_sigmoid": lambda t: np.clip(t / 6 + 0.5, 0, 1),
    "a clip to the range from 0 to 1": lambda t: np.clip(t, 0, 1),
}
PIXELS = 784


def _chain(sizes) -> str:
    return ", ".join(f"{a} → {b}" for a, b in sizes) or "none"


def _title(name: str) -> str:
    return name[0].upper() + name[1:]


def _sizes_hint(shapes: list[tuple], sizes: list[int], name: str) -> str:
    """Why a network's dense layers have other sizes than the wanted ones."""
    kernels = [shape for shape in shapes if len(shape) == 2]
    widths, wanted = [b for _, b in kernels[:-1]], sizes[1:-1]
    if any(len(shape) > 2 for shape in shapes):
        return "Not all layers are dense."
    if sorted(kernels) == sorted(zip(sizes[1:], sizes, strict=False)):
        return "Are the two halves exchanged?"
    if len(kernels) > len(wanted) + 1:
        return "There is a layer too many."
    if kernels and kernels == list(zip(sizes, sizes[1:-1], strict=False)):
        return f"The last layer is missing, {sizes[-2]} → {sizes[-1]}."
    if len(kernels) < len(wanted) + 1:
        return "A layer is missing." + " Are all of `widths` used?" * (bool(wanted) and name != "the model")
    if kernels[-1][-1] != sizes[-1]:
        return f"The last layer has {kernels[-1][-1]} units, expected {sizes[-1]}."
    if len(widths) > 1 and widths == wanted[::-1]:
        return "The widths are in the wrong order: the decoder mirrors the encoder."
    if sorted(widths) == sorted(wanted):
        return "The widths are in the wrong order: the encoder takes them as they come, the decoder in reverse."
    return "Is a size written into the code?"


def _layers_of(network, sizes: list[int], name: str) -> list[tuple[int, int]]:
    """Places of kernel and bias of each dense layer among a network's weights, by their shapes.

    Args:
        network: a model that has been called.
        sizes: of the layers, inputs first; no pair of neighbours twice.
        name: what to call it in messages.
    """
    shapes = [w.shape for w in network.get_weights()]
    wanted = list(zip(sizes, sizes[1:], strict=False))
    kernels = [shape for shape in shapes if len(shape) == 2]
    title = _title(name)
    if sorted(kernels) != sorted(wanted):
        said = f"{title} has dense layers {_chain(kernels)}; expected {_chain(wanted)}."
        raise check.CheckError(f"{said} {_sizes_hint(shapes, sizes, name)}")
    left = dict(enumerate(shapes))
    places = []
    for a, b in wanted:
        pair = [next((k for k, shape in left.items() if shape == one), None) for one in ((a, b), (b,))]
        check.require(None not in pair, f"A dense layer of {name} has no bias ({a} → {b}).")
        places.append(tuple(pair))
        left = {k: shape for k, shape in left.items() if k not in pair}
    check.require(not left, f"{title} has more weights than these dense layers have. Dense layers only.")
    return places


def _require_untrained(network, places: list[tuple[int, int]], name: str) -> None:
    """Kernels drawn at random; no training, and nothing but the squared error to train on."""
    weights, title = network.get_weights(), _title(name)
    for kernel, _ in places:
        check.require(
            weights[kernel].size == 1 or np.ptp(weights[kernel]) > 0,
            f"{title} has a kernel whose weights all begin with the same value, so its units learn the same. Leave "
            "kernel_initializer out.",
        )
    trained = getattr(network, "optimizer", None) is not None and any(np.any(weights[b]) for _, b in places)
    check.require(not trained, f"{title} has been trained; return it untrained.")


def _forward(x, places, weights, kinds: list, slip: str = "", both=None) -> np.ndarray:
    """What dense layers answer, with a slip.

    Args:
        x: inputs (n, d).
        places, weights: of the layers' kernels and biases.
        kinds: for each layer the name of its activation.
        slip: "twice" and "before": how hidden layers apply theirs; "early": the last one's stands before
            it; "small": inputs divided by 255; "large": outputs times 255.
        both: a second activation at the end.
    """
    every = ACTIVATIONS | RARE
    y = x / 255 if slip == "small" else x
    for k, ((kernel, bias), kind) in enumerate(zip(places, kinds, strict=True)):
        hidden = k < len(kinds) - 1
        if not hidden and slip == "early":
            y = every[kind](y) @ weights[kernel] + weights[bias]
            continue
        if hidden and slip == "before":
            y = every[kind](y) @ weights[kernel] + weights[bias]
            continue
        y = every[kind](y @ weights[kernel] + weights[bias])
        y = every[kind](y) if hidden and slip == "twice" else y
    y = 255 * y if slip == "large" else y
    return every[both](y)


def _mistakes(x, places, weights, kinds: list, name: str) -> dict:
    """Message -> what a network with this mistake answers."""

    def forward(hidden="as asked", last="as asked", both=None):
        inner = kinds[:-1] if hidden == "as asked" else [hidden] * (len(kinds) - 1)
        return _forward(x, places, weights, [*inner, kinds[-1] if last == "as asked" else last], both=both)

    where = "on the code" if name == "the encoder" else "at the output"
    inside = "on the code" if name == "the model" else "in the hidden layers"
    asked_last, asked_inside = kinds[-1] or "none", kinds[0] or "none"

    def sayings(kind) -> dict:
        said = f"there is {kind or 'no activation'}"
        found = {f"{said} {where}; expected {asked_last}.": {"last": kind}}
        return found | ({f"{said} {inside}; expected {asked_inside}.": {"hidden": kind}} if kinds[1:] else {})

    wrong = {message: one for kind in ACTIVATIONS for message, one in sayings(kind).items()}
    if kinds[-1]:
        wrong[f"the {kinds[-1]} is there twice."] = {"both": kinds[-1]}
    rare = {message: forward(**one) for kind in RARE for message, one in sayings(kind).items()}
    inner, none = kinds[:-1], [None] * (len(kinds) - 2)
    others = {
        "each hidden layer has its activation twice.": (kinds, "twice"),
        "the activation stands before each hidden layer; it belongs behind it.": (kinds, "before"),
        "the activation stands before the last layer; it belongs behind it.": (kinds, "early"),
        "only the first hidden layer has an activation; each one has it.": ([*inner[:1], *none, kinds[-1]], ""),
        "only the last hidden layer has an activation; each one has it.": ([*none, *inner[-1:], kinds[-1]], ""),
        "the inputs are divided by 255; they lie between 0 and 1 already.": (kinds, "small"),
        "the outputs are multiplied by 255; they lie between 0 and 1.": (kinds, "large"),
    }
    rare |= {message: _forward(x, places, weights, *one) for message, one in others.items()}
    return check.slips(forward, wrong) | rare


def _require_forward(network, sizes: list[int], activations: list, name: str) -> None:
    """Compare a network with NumPy, for weights drawn at random.

    Args:
        network: a model that has been called.
        sizes: of the layers, inputs first.
        activations: name of the activation of each layer.
        name: what to call it in messages.
    """
    rng = np.random.default_rng(len(sizes))
    places = _layers_of(network, sizes, name)
    _require_untrained(network, places, name)
    weights = [np.zeros_like(w) for w in network.get_weights()]
    for (kernel, bias), n_in in zip(places, sizes, strict=False):
        weights[kernel] = rng.normal(size=weights[kernel].shape) * 1.5 / np.sqrt(n_in)
        weights[bias] = rng.normal(size=weights[bias].shape)
    x = rng.random((5, sizes[0]))
    right = _forward(x, places, weights, activations)
    answer = check.with_weights(network, weights, x.astype("float32"))
    mistakes = {} if np.allclose(answer, right, atol=1e-3) else _mistakes(x, places, weights, activations, name)
    check.close(
        answer,
        right,
        f"what {name} answers, held against NumPy",
        rtol=1e-3,
        mistakes=mistakes,
        otherwise=lambda: _where(network, places, weights, activations, x),
    )


def _where(network, places, weights: list, kinds: list, x) -> str:
    """Behind which layer a network goes wrong: its kernel and those before it are 0, so that their inputs do not count.

    Behind the last one only its bias and its activation are left, and so on towards the first one.
    """
    for k in reversed(range(len(places))):
        cut = list(weights)
        for kernel, _ in places[: k + 1]:
            cut[kernel] = np.zeros_like(cut[kernel])
        answer = check.with_weights(network, cut, x.astype("float32"))
        right = _forward(x, places, cut, kinds)
        if answer.shape == right.shape and np.allclose(answer, right, atol=1e-3):
            continue
        a, b = weights[places[k][0]].shape
        after = f", before the layer {b} → {weights[places[k + 1][0]].shape[1]}" if k < len(places) - 1 else ""
        return f"it goes wrong behind the layer {a} → {b}{after}; the activation asked there: {kinds[k] or 'none'}."
    a, b = weights[places[0][0]].shape
    return f"it goes wrong before the first layer, {a} → {b}: this one gets other numbers than the inputs."


def check_shallow(build, latent_dim: int, output: str | None) -> None:
    """Two dense layers, no activation on the code: sizes, biases, activations, fresh weights.

    ``build`` is the learner's function of ``latent_dim`` and ``output``, the output's activation or None.
    """
    set_seed(0)
    network = check.call(build, latent_dim, output)
    _require_takes(network, PIXELS, "the model")
    check.probe(network, takes=(PIXELS,), gives=(None,), random=True)
    _require_forward(network, [PIXELS, latent_dim, PIXELS], [None, output], "the model")
    check.model(build, latent_dim, output, takes=(PIXELS,), gives=(PIXELS,))


def check_deep(build, latent_dim: int, **options) -> None:
    """Both halves: sizes, biases, activations against NumPy, fresh weights at every call.

    Args:
        build: the learner's function.
        latent_dim: latent dimension.
        options: widths, activation and code_activation, or some of them.
    """
    set_seed(0)
    asked = {"widths": (256,), "activation": "gelu", "code_activation": None} | options
    widths, kind = list(asked["widths"]), asked["activation"]
    names = "the encoder", "the decoder"
    halves, again = (check.several(check.call(build, latent_dim, **options), *names) for _ in range(2))
    chains = [PIXELS, *widths, latent_dim], [latent_dim, *widths[::-1], PIXELS]
    ends = asked["code_activation"], "sigmoid"
    for name, first, second, chain, end in zip(names, halves, again, chains, ends, strict=True):
        _require_takes(first, chain[0], name, of_other=chain[-1])
        check.probe(first, takes=(chain[0],), gives=(None,), name=name)
        _require_forward(first, chain, [kind] * len(widths) + [end], name)
        check.call(second, np.zeros((1, chain[0]), "float32"))  # makes its weights
        check.fresh(first, second, name)


def _require_takes(network, n_in: int, name: str, of_other: int = 0) -> None:
    """Does it take rows of so many numbers, and if not, why? ``of_other``: how many the other half takes."""
    shape = getattr(network, "input_shape", None)
    if not isinstance(shape, tuple) or shape[1:] in ((None,), (n_in,)):
        return
    if len(shape) > 2:
        hint = f"Digits and codes are rows of numbers here: keras.Input(({n_in},))."
    elif name == "the decoder" and shape[-1] == PIXELS:
        hint = "It begins with the code, not with the picture. Is this the whole autoencoder, or are the two exchanged?"
    elif shape[-1] == of_other:
        hint = "Are the two halves exchanged?"
    else:
        hint = "Is a size written into the code, in its keras.Input?"
    sizes = " x ".join(map(str, shape[1:]))
    raise check.CheckError(f"{_title(name)} takes inputs of {sizes}, expected {n_in}. {hint}")
