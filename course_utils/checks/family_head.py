"""The check of lesson 44's projection discriminator."""

from collections.abc import Callable

import numpy as np

from course_utils import check
from course_utils.probes import family as probes

TINY = 1e-3
# part of an error of Keras -> what to do
HINTS = {
    "annot broadcast": "V y has as many entries as the features, body.outputs[0].shape[-1].",
    "Expected shape (None, None": "keras.Input takes a shape without the axis of the batch.",
}


def check_projection(build: Callable, d: int, classes: int, seed: int, wrapped: tuple = (False, True)) -> None:
    """Fit the logits by features, labels and their products: what the formula allows explains all of it.

    Args:
        build: the learner's function.
        d: number of features.
        classes: number of classes.
        seed: of features and labels.
        wrapped: whether layers are to be wrapped; what to look at.
    """
    rng = np.random.default_rng(seed)
    n = 4 * (d + 1) * (classes + 1)
    kernel, pictures, labels = rng.normal(size=(d + 1, d)), rng.normal(size=(n, d + 1)), rng.normal(size=(n, classes))
    for wrap in wrapped:
        found = _built(build, kernel, pictures, labels, wrap)
        check.require(
            found["kept"],
            "The body's weights are not among the model's trainable ones: use `body` itself, and leave it trainable.",
        )
        _check_shape(found, n, d)
        w, v = _check_parts(found["logits"][:, 0], pictures @ kernel, labels)
        wanted, name = d + 1 + d * classes, f"with {d} features and {classes} classes"
        count = sum(weight.size for weight in found["own"])
        check.require(
            count == wanted,
            f"{name}: {count} weights beside the body's, expected {wanted}: d for w, 1 for b, d times classes for V "
            "(which has no bias).",
        )
        if wrap:
            times = found["wrapped"]
            check.require(
                times == 2, f"wrap was applied to {times} layers; both new ones get it, the one of w, b and V."
            )
        for part, mine in (("w · f", w), ("(V y) · f", v)):
            factors = [_factor(mine, weight) for weight in found["own"] if weight.size == mine.size]
            known = [factor for factor in factors if factor is not None]
            check.require(
                known or not factors, f"{part} is not made of one weight matrix alone. Which other one enters?"
            )
            if known:
                _check_factor(known[0], part, d, wrap)


def _built(*given) -> dict:
    try:
        return check.beside(probes.head, *given)
    except check.CheckError as error:
        for part, hint in HINTS.items():
            if part in str(error):
                raise check.CheckError(f"{error} {hint}") from None
        raise


def _check_shape(found: dict, n: int, d: int) -> None:
    shape = np.shape(found["logits"])
    hints = {
        (n, n): "The sum lost an axis, and (n, 1) + (n,) makes a square: keepdims=True keeps the axis.",
        (n, d): "The inner product is a sum over the features; is ops.sum missing?",
        (n,): "keepdims=True keeps the axis.",
    }
    check.require(
        shape == (n, 1), f"The logits: the shape is {shape}, expected {(n, 1)}. {hints.get(shape, '')}".rstrip()
    )
    check.array(found["logits"], "the logits")
    check.close(
        found["alone"], found["logits"][:2], "the logits of two pictures alone", rtol=1e-3,
        mistakes={
            "they change with the other pictures of the batch. The inner product is a sum over axis=1, the features, for "
            "each picture.": found["alone"]
        },
    )  # fmt: skip


def _check_parts(logits, f, labels) -> tuple[np.ndarray, np.ndarray]:
    """w (d,) and V (classes, d) of a discriminator that follows the formula."""
    (n, d), classes = f.shape, labels.shape[1]
    both = np.einsum("ni,nj->nij", labels, f).reshape(n, -1)
    columns = np.concatenate([f, np.ones((n, 1)), both, labels], axis=1)
    weights, *_ = np.linalg.lstsq(columns, logits, rcond=None)
    rest = np.abs(columns @ weights - logits).max() / np.abs(logits).max()
    check.require(
        rest < TINY,
        "The logits are no sum of w · f + b and (V y) · f. Both are linear in f, and the second in y: no activation, no "
        "normalised vectors, no further product, and for the label neither argmax nor Embedding.",
    )
    plain, bias, products, alone = np.split(weights, [d, d + 1, d + 1 + d * classes])
    least = TINY * np.abs(weights).max()
    check.require(np.abs(plain).max() > least, "The part w · f + b is missing: a logit for a picture of any class.")
    check.require(
        np.abs(products).max() > least,
        "The label is not compared with the features: the inner product (V y) · f is missing. A label that is only joined "
        "to the features adds a constant to the logit.",
    )
    check.require(np.abs(bias[0]) > least, "The dense unit has no bias b.")
    check.require(np.abs(alone).max() < least, "There is a part that depends on the label alone; V y · f has none.")
    return plain, products.reshape(classes, d)


def _factor(found: np.ndarray, weight: np.ndarray) -> float | None:
    """How often a weight, laid out one way or the other, stands in a part; None if it does not."""
    for kernel in (weight.reshape(found.shape), weight.reshape(found.shape[::-1]).T):
        factor = np.sum(found * kernel) / np.sum(kernel**2)
        if np.abs(found - factor * kernel).max() < 1e-2 * np.abs(found).max():
            return factor
    return None


def _check_factor(factor: float, part: str, d: int, wrapped: bool) -> None:
    """A part is there once; a wrapped layer's answers are doubled."""
    share = factor / (2 if wrapped else 1)
    check.require(share > 0, f"{part} is subtracted; the formula adds it.")
    check.require(abs(share * d - 1) > TINY, f"{part} is divided by {d}: a mean over the features. Take the sum.")
    check.require(
        not wrapped or abs(factor - 1) > TINY,
        f"{part}: wrap was called, but what it gives is not used. Call that layer instead.",
    )
    twice = " Is its layer wrapped twice?" if wrapped else ""
    check.require(abs(share - 1) < 1e-2, f"{part} is {share:.3g} times as large as it should be.{twice}")
