"""Look into a learner's untrained Keras model."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from course_utils.check import calls
from course_utils.check.values import CheckError, _shape, array, close, require
from course_utils.check.words import in_words

Shape = Sequence[int | None]
_known_fresh = weakref.WeakSet()  # functions of which two calls were seen to build two models
ACTIVATIONS = (
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "tanh",
    "sigmoid",
    "softplus",
    "softmax",
)

NO_MODEL = {  # what is returned in place of a model, and what to do
    "tuple": ": return one model",
    "list": ": layers in a row make one in keras.Sequential([...])",
    "KerasTensor": ", the output alone: return keras.Model(inputs, outputs)",
    "EagerTensor": ": return the network, not what it answers",
}


def model(
    build: Callable,
    /,
    *args,
    takes: Shape | Sequence[Shape],
    gives: Shape | Sequence[Shape],
    parameters: int | None = None,
    random: bool = False,
    name: str = "the model",
    wrong_shapes: Mapping[tuple, str] = MappingProxyType({}),
):
    """Check a function that builds one Keras model, and return the model that it built.

    Args:
        build: the learner's function; it is called with ``args``, the first time twice.
        takes: shape of one input without the batch, e.g. ``(28, 28)``; a list of shapes for
            several inputs.
        gives: likewise of the output; None for any size.
        parameters: how many the model has, those that are not trained included.
        random: whether it may answer differently in each call (dropout, noise, sampling).
        name: what to call it in messages.
        wrong_shapes: shape of an output without the batch -> the mistake that it comes from.

    Raises:
        CheckError: as :func:`probe` and :func:`fresh` do, and where ``build`` fails.
        NotImplementedError: the function is still a stub.
    """
    first = calls.call(build, *args)
    options = {"takes": takes, "gives": gives, "name": name, "wrong_shapes": wrong_shapes}
    probe(first, parameters=parameters, random=random, **options)
    if build not in _known_fresh:
        second = calls.call(build, *args)
        probe(second, random=True, **options)
        fresh(first, second, name)
        _known_fresh.add(build)
    return first


def probe(
    network,
    *,
    takes: Shape | Sequence[Shape],
    gives: Shape | Sequence[Shape],
    parameters: int | None = None,
    random: bool = False,
    name: str = "the model",
    wrong_shapes: Mapping[tuple, str] = MappingProxyType({}),
) -> None:
    """Check one Keras model from outside, with arguments as :func:`model` has them.

    It is called on batches of 3 and of 1, and in training mode. Its weights are the same after.

    Raises:
        CheckError: no Keras model, inputs that it does not take, other outputs, NaN, another number
            of parameters, frozen layers, regularisation, constraints, weights of 16 bits, or
            (without ``random``) chance.
    """
    from course_utils.session import keras

    title = name[:1].upper() + name[1:]
    require(network is not None, f"{title}: nothing was returned. Is the `return` missing?")
    kind = type(network).__name__
    if isinstance(network, type):
        kind = f"the class {network.__name__} (is the call missing, with its brackets?)"
    kind += NO_MODEL.get(kind, "")
    require(isinstance(network, keras.Model), f"{title}: expected a Keras model, got {kind}.")
    rng = np.random.default_rng(0)
    inputs = [rng.random((3, *shape)).astype("float32") for shape in _shapes(takes)]
    for rows in (3, 1):
        outputs = _answers(network, [x[:rows] for x in inputs], name)
        _require_outputs(outputs, _shapes(gives), rows, name, wrong_shapes)
    frozen = [layer.name for layer in _layers(network) if not layer.trainable]
    require(not frozen, f"{title} has frozen layers, which do not learn: {', '.join(frozen)}.")
    _require_plain(network, title)
    if parameters is not None:
        _require_count(network, parameters, title)
    if not random:
        saved = network.get_weights()
        network.set_weights(
            [w if np.any(w) else np.full_like(w, 0.1) for w in saved]
        )  # 0 hides chance
        runs = [_answers(network, inputs, name, training=True) for _ in range(2)]
        network.set_weights(saved)
        same = all(np.allclose(a, b, atol=1e-5) for a, b in zip(*runs, strict=True))
        require(
            same,
            f"{title} answers differently in each call with training=True. No dropout and no noise "
            "is asked for here.",
        )


def _require_plain(network, title: str) -> None:
    """The training's loss and data alone decide about the weights."""
    require(not network.losses, f"{title} adds losses of its own: leave out the regularisation.")
    bound = [one.name for one in network.variables if getattr(one, "constraint", None) is not None]
    require(
        not bound,
        f"{title} has weights with a constraint, which is not asked for: {', '.join(bound)}.",
    )
    kinds = {str(weight.dtype) for weight in network.get_weights()} & {"float16", "bfloat16"}
    require(
        not kinds, f"{title} has weights of {', '.join(kinds)}; use float32, which is the default."
    )


def fresh(first, second, name: str = "the model") -> None:
    """Check that two models from two calls share no weights, and each kernel begins with others.

    Raises:
        CheckError: layers are shared between the calls, or the random seed is fixed.
    """
    mine = {_identity(one) for one in first.weights}
    require(
        first is not second and not any(_identity(one) in mine for one in second.weights),
        f"Two calls return the same weights for {name}: build new layers in every call.",
    )
    pairs = zip(first.trainable_weights, second.trainable_weights, strict=False)
    drawn = [(a, b) for a, b in ((np.asarray(a), np.asarray(b)) for a, b in pairs) if _is_drawn(a)]
    same = [a.shape == b.shape and np.array_equal(a, b) for a, b in drawn]
    require(
        not (same and all(same)),
        f"Two calls return the same weights for {name}: do not fix the random seed in it.",
    )
    require(
        not any(same),
        f"A layer of {name} begins with the same random weights in every call: is the random seed "
        "of its kernel fixed?",
    )


def _is_drawn(weights: np.ndarray) -> bool:
    return weights.size > 1 and np.ptp(weights) > 0  # not all zeros or ones


def _identity(variable) -> int:
    """The same number for the same variable, also where the grader has copies of it."""
    return getattr(variable, calls.LEARNERS_ID, id(variable))


def with_weights(network, weights: Sequence[np.ndarray], *inputs) -> np.ndarray:
    """What a model answers with other weights; its own ones are put back.

    Args:
        network: a model that has been called (so that its weights exist).
        weights: as ``network.get_weights()`` lists them.
        inputs: one array for each of its inputs, with the batch.

    Returns:
        its output (the first one, if there are several), float64.
    """
    saved = network.get_weights()
    try:
        network.set_weights(list(weights))
        return _answers(network, list(inputs), "the model")[0].astype(float)
    finally:
        network.set_weights(saved)


def activation(
    network, wanted: str | None, *, takes: Shape | Sequence[Shape], name: str = "the model"
) -> None:
    """Check the activation of a model's last layer, by its answer to known biases.

    All weights are set to 0 except the last bias, so that its entries are the sums that the
    activation gets.

    Args:
        network: a model that has been called.
        wanted: one of :data:`ACTIVATIONS`, or None for no activation.
        takes: shape of one input without the batch, as in :func:`model`.
        name: what to call it in messages.

    Raises:
        CheckError: another activation, none, one too many, or no bias in the last layer.
    """
    zeros = [np.zeros_like(w) for w in network.get_weights()]
    places = [n for n, one in enumerate(network.weights) if one.name == "bias"]
    title = name[:1].upper() + name[1:]
    require(bool(places), f"{title} has no bias in its last layer.")
    place = places[-1]
    size = zeros[place].size
    sums = np.linspace(-4, 3, 8 if size == 1 else size)
    inputs = [np.ones((1, *shape), "float32") for shape in _shapes(takes)]

    def answer(bias) -> np.ndarray:
        weights = [w.copy() for w in zeros]
        weights[place][:] = bias
        found = with_weights(network, weights, *inputs).ravel()
        require(
            found.size % size == 0,
            f"{title}: the last layer has {size} biases for {found.size} outputs. Is it the last?",
        )
        return found[:size]

    found = np.ravel([answer(one) for one in sums]) if size == 1 else answer(sums)
    known = _activations(sums, alone=size == 1)
    right = known.pop(wanted)
    asked = f"expected {wanted}" if wanted else "expected none"
    labels = {
        (f"there is no activation at the end, {asked}." if kind is None else
         f"the activation at the end is {kind}, {asked}."): value
        for kind, value in known.items()
    }  # fmt: skip
    if wanted:
        labels[f"the {wanted} is there twice."] = _activations(right, alone=size == 1)[wanted]
    close(
        found,
        right,
        f"{name}'s output for known sums in its last layer",
        atol=1e-4,
        mistakes=labels,
    )


def nonlinear(response: Callable[[float], float], name: str, grows: bool = False) -> None:
    """Check that the response of a layer to a sum is no straight line.

    Args:
        response: takes the sum that a layer's activation gets, and returns what a later unit makes
            of it.
        name: of the layer, e.g. ``"the first convolution"``.
        grows: whether it must go on growing for large sums, as ReLU and GELU do.

    Raises:
        CheckError: there is no activation, or (with ``grows``) it levels off.
    """
    levels = np.array([-3.0, -1.0, 1.0, 3.0])
    values = np.array([float(response(level)) for level in levels])
    straight = np.polyval(np.polyfit(levels, values, 1), levels)
    title = name[:1].upper() + name[1:]
    require(
        np.abs(values - straight).max() > 1e-3 * max(np.ptp(values), 1e-9),
        f"{title} is linear. Is its activation missing?",
    )
    if grows:
        first, middle, end = (float(response(level)) for level in (0.0, 20.0, 40.0))
        require(
            end - middle > 0.5 * (middle - first),
            f"{title} levels off for large sums. ReLU and GELU let them through, its activation "
            "does not.",
        )


def _shapes(shapes) -> list[tuple]:
    """One shape, or several, as a list."""
    shapes = list(shapes)
    if shapes and all(isinstance(one, list | tuple) for one in shapes):
        return [tuple(one) for one in shapes]
    return [tuple(shapes)]


def _answers(network, inputs: list, name: str, **options) -> list[np.ndarray]:
    """A model's outputs for a batch; an error becomes words."""
    from course_utils.session import keras

    title = name[:1].upper() + name[1:]
    try:
        with calls.quiet():
            result = network(inputs[0] if len(inputs) == 1 else inputs, **options)
    except (NotImplementedError, CheckError):
        raise
    except Exception as error:
        sizes = " and ".join(" x ".join(map(str, x.shape[1:])) for x in inputs)
        words = in_words(error, title, {})
        raise CheckError(f"{title} does not take inputs of {sizes}. {words}") from None
    return [np.asarray(one) for one in keras.tree.flatten(result)]


def _require_outputs(
    outputs: list, shapes: list, rows: int, name: str, known: Mapping[tuple, str]
) -> None:
    title = name[:1].upper() + name[1:]
    require(
        len(outputs) == len(shapes),
        f"{title} has {len(outputs)} outputs, expected {len(shapes)}.",
    )
    for place, (output, shape) in enumerate(zip(outputs, shapes, strict=True)):
        label = f"output {place + 1} of {name}" if len(shapes) > 1 else f"the output of {name}"
        have = output.shape
        fits = len(have) == len(shape) + 1 and all(
            want is None or size == want for size, want in zip(have[1:], shape, strict=True)
        )
        one = f"{label} for one input has the shape {_shape(have[1:])}, expected {_shape(shape)}."
        require(fits, f"{one[:1].upper()}{one[1:]} {known.get(tuple(have[1:]), '')}".rstrip())
        require(have[0] == rows, f"{title} makes {have[0]} outputs of {rows} inputs.")
        array(output, label)


def _require_count(network, parameters: int, title: str) -> None:
    count = network.count_params()
    if count == parameters:
        return
    hint = "Compare the number and the sizes of the layers."
    lacking = sum(
        getattr(layer, "units", None) or getattr(layer, "filters", 0) or 0
        for layer in _layers(network)
        if getattr(layer, "use_bias", True) is False
    )
    if lacking and parameters - count == lacking:
        hint = "The biases are missing."
    raise CheckError(f"{title} has {count:,} parameters, expected {parameters:,}. {hint}")


def _activations(sums: np.ndarray, alone: bool) -> dict[str | None, np.ndarray]:
    """What activations make of these sums; softmax over all, or over each one alone."""
    from course_utils.session import keras

    x = keras.ops.convert_to_tensor(sums[None], "float32")
    found = {
        kind: np.asarray(keras.activations.get(kind)(x), dtype=float)[0] for kind in ACTIVATIONS
    }
    return {None: sums} | found | ({"softmax": np.ones_like(sums)} if alone else {})


def _layers(network) -> list:
    """A model and all layers in it, at any depth."""
    inner = [one for layer in getattr(network, "layers", ()) for one in _layers(layer)]
    return [network, *inner]
