"""Lesson 32: words for answers that no known mistake explains. One thing is changed at a time."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def which_field(answer: Callable, right: Callable, fields: dict) -> str:
    """Which number enters a fraction wrongly: each is doubled in turn, the others stay.

    Args:
        answer, right: functions of such fields; the learner's, and the exact one.
        fields: name -> number above zero.
    """
    mine, exact = answer(fields), right(fields)
    if not mine:
        return f"got 0, expected {exact:.6g}. Is a quotient cut to a whole number (//)?"
    for name, value in fields.items():
        doubled = fields | {name: 2 * value}
        grows, should = answer(doubled) / mine, right(doubled) / exact
        if not abs(grows - should) <= 1e-4 * should:
            return (
                f"got {mine:.6g}, expected {exact:.6g}. With {name} = {2 * value:g} in place of {value:g} and all "
                f"else as it is, your answer becomes {grows:.4g} times as large; it should become {should:.4g} times."
            )
    return (
        f"got {mine:.6g}, expected {exact:.6g}. Every field enters in the right way (each was doubled in turn), but "
        f"the whole is {mine / exact:.4g} times the right one."
    )


def smallest_weights(bound: Callable, log_weights: np.ndarray) -> str:
    """The smallest example with which a bound goes wrong; nothing if its shape is wrong."""
    if np.shape(check.call(bound, log_weights)) != log_weights.shape[:1]:
        return ""
    half = np.log([[1.0, 3.0]])
    shift = round(float(log_weights.mean()), -2)
    examples = {
        "one picture and one code of weight 2, log 2 = 0.6931": np.log([[2.0]]),
        "one picture and two codes of weights 1 and 3 (log weights 0 and 1.0986), whose mean is 2": half,
        "two pictures of weights 1 and 3, 2 and 2, 1 and 1 (a mean of 2 twice, then 1)": np.log(
            [[1.0, 3.0], [2.0, 2.0], [1.0, 1.0]]
        ),
        f"one picture whose log weights are {shift:g} and {shift + 1.0986:.4f}": half + shift,
        f"two pictures, log weights {shift:g} and {shift + 1.0986:.4f}, 0 and 1.0986": np.concatenate(
            [half + shift, half]
        ),
    }
    for name, small in examples.items():
        right = np.logaddexp.reduce(small, axis=1) - np.log(small.shape[1])
        found = np.asarray(check.call(bound, small))
        if found.shape != right.shape or not np.allclose(found, right, rtol=1e-6, atol=1e-9):
            return f"it goes wrong for {name}: got {found.round(4)}, expected {right.round(4)}."
    return ""


def which_unit(run: Callable, mean: np.ndarray, log_var: np.ndarray, found: np.ndarray, wanted: np.ndarray) -> str:
    """Where active units go wrong, and what should not matter but does.

    Args:
        run: function of means and log variances, both (n, k); the learner's booleans (k,).
        mean, log_var: of the probe.
        found, wanted: booleans (k,).
    """
    unit = int(np.flatnonzero(found != wanted)[0])

    def again(m, v):
        return np.asarray(run(m, v))

    if not np.array_equal(again(mean, np.zeros_like(log_var)), found):
        return "The log variances take part: with all of them 0 your answer changes. A_u is made of the means alone."
    if not np.array_equal(again(mean + 7.0, log_var), found):
        return "Where the means stand takes part: with 7 added to all of them your answer changes, though no variance does."
    if not np.array_equal(again(mean[:, unit : unit + 1], log_var[:, unit : unit + 1]), found[unit : unit + 1]):
        return f"The other units take part: unit {unit} alone is judged otherwise. Each has its own variance."
    if not np.array_equal(again(np.tile(mean, (2, 1)), np.tile(log_var, (2, 1))), found):
        return "The number of pictures takes part: with every picture given twice your answer changes. A variance is a mean."
    return ""


def which_dimension(free_bits: Callable, kl: np.ndarray, floor: float) -> str:
    """The first latent dimension that alone is charged wrongly."""
    total = 0.0
    for j, column in enumerate(kl.T):
        right = max(float(column.astype(float).mean()), floor)
        found = np.asarray(check.trace(free_bits, column[:, None], floor).value, dtype=float)
        if found.shape or not np.isclose(found, right, rtol=1e-4):
            return (
                f"it goes wrong for dimension {j} alone, whose KL has the mean {column.mean():.4g} (floor {floor:g}): "
                f"got {np.round(found, 4)}, expected {right:.4g}."
            )
        total += right
    return f"each dimension alone is charged rightly, but all together are not: these add up to {total:.4g}."


def one_pixel(objective: Callable) -> str:
    """The first single pixel whose distortion is wrong."""
    for ink in (0.0, 1.0):
        for logit in (0.0, 1.0, -2.0, 9.0, -9.0, 30.0, -30.0, 70.0, -70.0):
            arrays = np.array([[ink]], "float32"), np.array([[logit]], "float32"), *np.zeros((2, 1, 1), "float32")
            found = np.asarray(check.trace(objective, *arrays, 1.0).value[1])
            right = np.logaddexp(0, logit) - ink * logit
            if found.size != 1 or not np.isclose(found.ravel()[0], right, rtol=1e-4, atol=1e-6):
                return (
                    f"it goes wrong for a picture of one pixel, x = {ink:g} with the logit {logit:g}: got "
                    f"{found.ravel().round(4)}, expected log(1 + exp({logit:g})) - {ink:g} · {logit:g} = {right:.4f}."
                )
    return "pictures of one pixel, with logits from -70 to 70, cost what they should; those of several pixels do not."


def one_dimension(objective: Callable) -> str:
    """The first single latent dimension whose KL term is wrong."""
    pixel = np.zeros((1, 1), "float32")
    for mean, log_var in ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -2.0), (2.0, 1.0)):
        arrays = np.array([[mean]], "float32"), np.array([[log_var]], "float32")
        found = np.asarray(check.trace(objective, pixel, pixel, *arrays, 1.0).value[2])
        right = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var)
        if found.size != 1 or not np.isclose(found.ravel()[0], right, rtol=1e-4, atol=1e-6):
            return (
                f"it goes wrong for one dimension with mean {mean:g} and log_var {log_var:g}: got "
                f"{found.ravel().round(4)}, expected ½ ({mean**2:g} + exp({log_var:g}) - 1 - {log_var:g}) = {right:.4f}."
            )
    return ""
