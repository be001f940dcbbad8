"""Checks of lesson 33, conditions and edits: the network with a condition."""

import numpy as np
from scipy.special import erf

from course_utils import check
from course_utils.probes import conditional as probes

ACTIVATIONS = {
    "GELU": lambda a: a * (1 + erf(a / np.sqrt(2))) / 2,
    "ReLU": lambda a: np.maximum(a, 0),
    "SiLU": lambda a: a / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "no activation": lambda a: a,
}


def check_network(build, k: int, m: int, d: int, hidden: int) -> None:
    """Hold an untrained network for inputs (n, k) and labels (n, m) against its two parts by NumPy."""
    both = k + m
    size = (both + 1) * d + (both + 1) * hidden + (hidden + 1) * d
    told = {"takes": [(k,), (m,)], "gives": (d,), "name": "the network"}
    try:
        model = check.model(build, k, m, d, hidden, **told)
    except check.CheckError as error:
        raise _named(error, build, k, m, d, hidden) from None
    made = check.beside(probes.layers_of, build, k, m, d, hidden)
    check.require(
        made["built"],
        "The network has no weights before its first call: keras.Model([first, label], output) makes them at once.",
    )
    check.require(
        "linear" in made["names"], 'The network has no layer called "linear": give the linear part name="linear".'
    )
    parts = _parts(made["layers"], k, m, d, hidden)
    check.probe(model, parameters=size, **told)
    first = {name: [np.asarray(model.get_weights()[p]) for p in places] for name, places in parts.items()}
    check.require(
        not first["last"][0].any(),
        'The deep part does not start at zero: its last layer needs kernel_initializer="zeros".',
    )
    check.require(not first["last"][1].any(), "The deep part does not start at zero: its last bias is not 0.")
    check.require(
        first["linear"][0].any(), "The linear part starts at zero, too. Only the last layer of the deep part does."
    )
    check.require(
        first["hidden"][0].any(),
        "The hidden layer starts at zero, too: then the gradients of the deep part are 0, and it never learns. "
        "Only its last layer starts at zero.",
    )
    _check_formula(model, parts, [k, m, d])


def _named(error: check.CheckError, build, k: int, m: int, d: int, hidden: int) -> check.CheckError:
    """The error, or what it comes from."""
    if "KerasTensor" in str(error):
        return check.CheckError(
            "What is returned is not a model but a layer's output: end with keras.Model([first, label], output)."
        )
    if f"has the shape ({2 * d},)" in str(error):
        return check.CheckError(f"{error} Were the two parts joined? They are added.")
    if "does not take inputs" not in str(error):
        return error
    inputs = check.beside(probes.layers_of, build, k, m, d, hidden)["inputs"]
    if not inputs or inputs == [k, m]:
        return error
    words = f"The network takes inputs of the sizes {inputs}, expected {[k, m]}: the first input, and the label."
    if len(inputs) == 1:
        words = "The network takes one input. It needs two, keras.Input((k,)) and keras.Input((m,)), joined inside it."
    if inputs == [m, k] != [k, m]:
        words = "The inputs are exchanged: the network takes the label first. The label comes second."
    return check.CheckError(words)


def _parts(layers: list[dict], k: int, m: int, d: int, hidden: int) -> dict[str, list[int]]:
    """Part -> the places of its kernel and bias among the model's weights."""
    shapes = {"linear": [k + m, d], "hidden": [k + m, hidden], "last": [hidden, d]}
    found = {}
    for layer in sorted(layers, key=lambda one: one["name"] != "linear"):
        own, rest = ["linear"], ["hidden", "last"]
        names = own if layer["name"] == "linear" else rest
        name = next((n for n in names if layer["shapes"] == [shapes[n], shapes[n][1:]] and n not in found), None)
        if name is None:
            raise check.CheckError(f"The layer {layer['name']!r} {_fault(layer, k, m, d, hidden)}")
        found[name] = layer["places"]
    missing = ", ".join(name for name in shapes if name not in found)
    check.require(not missing, f"A layer is missing, or does not reach the output: {missing}.")
    return found


def _fault(layer: dict, k: int, m: int, d: int, hidden: int) -> str:
    """What is wrong with a layer that has not the shape of any part."""
    both, shapes = k + m, layer["shapes"]
    if len(shapes[0]) != 2 or layer["kind"] not in ("Dense", "Linear") and len(shapes) > 2:
        return f"is a {layer['kind']}. Only three Dense layers are asked for."
    if len(shapes) == 1:
        return "has no bias. All three layers have one."
    rows, units = shapes[0]
    if layer["name"] == "linear" and rows == hidden:
        return "is not the linear part: that name belongs to the layer from the joined inputs to the output."
    if rows == both + m or (rows == hidden + m and units == d):
        return "gets the label once more. Join the inputs once, before all layers."
    if (rows, units) == (both, d):
        return "leads from the inputs to the output, as the linear part does. Is the hidden layer missing?"
    if rows == both:
        return f"has {units} units, expected {hidden}: the number is the argument `hidden`."
    if (rows, units) == (hidden, hidden):
        return "is one hidden layer too many."
    wrong = {k: "the first input without the label", m: "the label without the first input"}
    wrong |= {d: "the output of the linear part"} if d not in wrong else {}
    if rows in wrong:
        return f"gets {wrong[rows]}. Both parts get both inputs, joined."
    wanted = f"linear ({both}, {d}), hidden ({both}, {hidden}), last ({hidden}, {d})"
    return f"has a kernel of shape ({rows}, {units}); expected are {wanted}."


def _check_formula(model, parts: dict[str, list[int]], sizes: list[int]) -> None:
    """With random weights: is it linear(a) + last(gelu(hidden(a))), a the joined input and label?"""
    rng = np.random.default_rng(sizes)
    z, c = (rng.normal(size=(4, n)).astype("float32") for n in sizes[:2])
    rng = np.random.default_rng(7)
    weights = [rng.normal(size=w.shape).astype("float32") for w in model.get_weights()]
    answer = check.with_weights(model, weights, z, c)
    of = {name: [weights[place].astype(float) for place in places] for name, places in parts.items()}

    def formula(
        kind="GELU", end="no activation", inner=("no activation",) * 2, order=(z, c), weight=(1, 1), product=False
    ):
        a = np.concatenate(order, axis=1).astype(float)
        hidden = ACTIVATIONS[kind](a @ of["hidden"][0] + of["hidden"][1])
        first = ACTIVATIONS[inner[0]](a @ of["linear"][0] + of["linear"][1])
        second = ACTIVATIONS[inner[1]](hidden @ of["last"][0] + of["last"][1])
        return ACTIVATIONS[end](first * second if product else weight[0] * first + weight[1] * second)

    none = "no activation"
    options = {
        f"the hidden layer has {kind} instead of GELU.": {"kind": kind} for kind in ACTIVATIONS if kind != "GELU"
    }
    options |= {
        f"there is an activation at the end ({kind}); leave it out.": {"end": kind}
        for kind in ("GELU", "ReLU", "sigmoid")
    }
    options |= {
        f"the last layer of the deep part has an activation ({kind}); leave it out.": {"inner": (none, kind)}
        for kind in ("GELU", "sigmoid")
    }
    options |= {
        "the linear part has an activation (GELU); leave it out.": {"inner": ("GELU", none)},
        "the label is joined first; the label comes second.": {"order": (c, z)},
        "this is the product of the two parts; add them.": {"product": True},
        "this is the mean of the two parts; add them.": {"weight": (0.5, 0.5)},
        "this is the difference of the two parts; add them.": {"weight": (1, -1)},
        "only the linear part reaches the output.": {"weight": (1, 0)},
        "only the deep part reaches the output; add the linear one.": {"weight": (0, 1)},
    }
    name, known = "the network's output for given weights", check.slips(formula, options)
    otherwise = lambda: _where(model, weights, parts, z, c)  # noqa: E731
    check.close(answer, formula(), name, rtol=1e-3, mistakes=known, otherwise=otherwise)


def _right(weights: list, parts: dict[str, list[int]], z, c) -> np.ndarray:
    """The right network's output for given weights."""
    a = np.concatenate([z, c], axis=1).astype(float)
    of = {name: [weights[place].astype(float) for place in places] for name, places in parts.items()}
    hidden = ACTIVATIONS["GELU"](a @ of["hidden"][0] + of["hidden"][1])
    return a @ of["linear"][0] + of["linear"][1] + hidden @ of["last"][0] + of["last"][1]


def _where(model, weights: list, parts: dict[str, list[int]], z, c) -> str:
    """Where a wrong network is at fault: some weights are set to 0, and it is right then."""

    def right_without(**rows) -> bool:
        """Whether it is right with 0 for these rows of the kernels of these parts; None: biases, too."""
        changed = [np.array(one) for one in weights]
        for part, some in rows.items():
            kernel, bias = parts[part]
            changed[kernel][some or slice(None)] = 0
            changed[bias] *= some is not None
        got, right = check.with_weights(model, changed, z, c), _right(changed, parts, z, c)
        return got.shape == right.shape and np.allclose(got, right, rtol=1e-3, atol=1e-3 * np.abs(right).max())

    k = z.shape[1]
    deep, linear = right_without(linear=None), right_without(last=None)
    if deep and linear:
        return "each of the two parts alone is right; look at how they are joined."
    if linear:
        return "the linear part alone is right. Look at the deep part: the Dense layer with GELU, then a Dense layer."
    if deep:
        return "the deep part alone is right. Look at the linear part: one Dense layer and nothing else."
    for name, rows in {"label": slice(k, None), "first input": slice(k)}.items():
        if right_without(linear=rows, hidden=rows):
            return f"with weights of 0 for the {name} yours is right: look at what is done with the {name}."
    return "neither of the two parts alone is right: what stands before or behind both?"
