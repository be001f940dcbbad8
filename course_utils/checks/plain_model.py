"""What no known weights show of a model: regularisation, constraints, numbers of 16 bits."""

from course_utils import check


def require_plain(model, name: str) -> None:
    """Check that nothing but the training's loss and data decides about a model's weights.

    Args:
        model: a Keras model that has been called.
        name: what to call it in messages, as a sentence begins with it.
    """
    check.require(not model.losses, f"{name} adds losses of its own: leave out the regularisation.")
    bound = [one.name for one in model.variables if getattr(one, "constraint", None) is not None]
    check.require(not bound, f"{name} has weights with a constraint, which is not asked for: {', '.join(bound)}.")
    kinds = {str(weight.dtype) for weight in model.get_weights()} - {"float32", "float64"}
    check.require(not kinds, f"{name} has weights of {', '.join(sorted(kinds))}; use float32, which is the default.")
