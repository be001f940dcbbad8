"""Probes of lesson 33: the layers of a learner's network, in words and numbers."""

from collections.abc import Callable

from course_utils import check


def _leaves(layer) -> list:
    """The layers in a layer that hold weights themselves, at any depth."""
    inner = [one for part in getattr(layer, "layers", ()) for one in _leaves(part)]
    return inner or ([layer] if layer.weights else [])


def layers_of(build: Callable, *sizes: int) -> dict:
    """What a network consists of that the learner's function builds.

    Returns:
        ``inputs``: their sizes, None if the network does not tell; ``built``: whether it has weights before its first
        call; ``names`` of the layers that ``get_layer`` finds; ``layers``: of each layer with weights the ``name``,
        the ``kind``, and shapes and places of its weights in ``get_weights()``.
    """
    model = check.call(build, *sizes)
    inputs = getattr(model, "inputs", None)
    places = {id(weight): place for place, weight in enumerate(model.weights)}
    leaves = {id(layer): layer for part in model.layers for layer in _leaves(part)}
    return {
        "inputs": None if not inputs else [int(one.shape[-1]) for one in inputs],
        "built": bool(places),
        "names": [layer.name for layer in model.layers],
        "layers": [
            {
                "name": str(layer.name),
                "kind": type(layer).__name__,
                "shapes": [[int(n) for n in weight.shape] for weight in layer.weights],
                "places": [places[id(weight)] for weight in layer.weights],
            }
            for layer in leaves.values()
        ],
    }
