"""Checks of lesson 32: free bits."""

from functools import partial

import numpy as np
import tensorflow as tf

from course_utils import check
from course_utils.checks import trade_offs_words as words


def check_free_bits(free_bits, kl, floor: float) -> None:
    """Value, gradient and type of the rate as charged, also in a compiled training step."""
    kl = np.asarray(kl, dtype="float32")
    (n, k), wide = kl.shape, kl.astype(float)
    traced = check.trace(free_bits, kl, floor)
    check.require(
        not tf.is_tensor(traced.value) or traced.value.dtype == tf.float32,
        "The result is not float32. The kl is, and so is the distortion to which it will be added: keep the type.",
    )
    mean = wide.mean(axis=0)
    other = _random_kl(6, 4)
    elsewhere = (other, 0.3), (other, 1.1), (0.05 * other, 0.6)

    def run(kl, floor):
        return check.trace(free_bits, kl, floor).value

    name = f"the rate charged for {k} dimensions and {n} pictures with floor {floor}"
    check.close(
        traced.value,
        np.maximum(mean, floor).sum(),
        name,
        mistakes=partial(check.confirmed, run, _free_mistakes, (wide, floor), elsewhere),
        otherwise=partial(words.which_dimension, free_bits, kl, floor),
    )
    (slope,) = traced.gradients(by=[0])
    right, all_of_it = np.where(mean > floor, 1 / n, 0.0) * np.ones((n, 1)), np.full((n, k), 1 / n)
    mistakes = {
        "it passes below the floor as well; there it is 0, as `ops.maximum` has it.": all_of_it,
        "it is 0 everywhere; above the floor each KL has the slope 1 / n.": np.zeros((n, k)),
    }
    check.close(slope, right, f"the gradient of {name}", mistakes=mistakes)
    twice = check.compiled(free_bits, (None, k), floor, inputs=[kl])
    check.close(twice[0], np.maximum(mean, floor).sum(), f"{name}, in a compiled training step")


def _free_mistakes(kl, floor: float) -> dict:
    mean, k = kl.mean(axis=0), kl.shape[1]
    return {
        "the floor was put under the KL of every single picture; the mean over the batch comes first.": np.maximum(
            kl, floor
        )
        .sum(axis=1)
        .mean(),
        "the floor is forgotten: it does not enter.": mean.sum(),
        "the floor was put under the sum; each dimension has its own.": max(mean.sum(), floor),
        "the floor was put under the sum, k times as high; each dimension has its own.": max(mean.sum(), k * floor),
        "the floor was put under each picture's sum; each dimension has its own.": np.maximum(
            kl.sum(axis=1), floor
        ).mean(),
        "the smaller of the two was taken: at *least* the floor is charged.": np.minimum(mean, floor).sum(),
        "this is the largest mean; ops.maximum compares each one with the floor.": mean.max(),
        "the floor was divided by the number of dimensions; each has all of it.": np.maximum(mean, floor / k).sum(),
        "the floor was multiplied by the number of pictures.": np.maximum(mean, floor * len(kl)).sum(),
        "the floor is there once; each dimension has its own.": floor + np.maximum(mean - floor, 0).sum(),
        "0.5 is written into the code; the floor is an argument.": np.maximum(mean, 0.5).sum(),
        "averaged over the latent dimensions; the sum is asked for.": np.maximum(mean, floor).mean(),
        "one number for each dimension; add them up.": np.maximum(mean, floor),
        "only what lies above the floor was charged; as defined here the floor itself is part of it.": np.maximum(
            mean - floor, 0
        ).sum(),
        "dimensions below the floor cost the floor, not nothing.": mean[mean > floor].sum(),
        "the floor was added to every KL.": (mean + floor).sum(),
        "the KL was summed over the batch; it is a mean over pictures.": np.maximum(kl.sum(axis=0), floor).sum(),
        "the axes are swapped: the mean goes over the pictures, the sum over the dimensions.": np.maximum(
            kl.mean(axis=1), floor
        ).sum(),
        "the median of the batch was taken, not the mean.": np.maximum(np.median(kl, axis=0), floor).sum(),
    }


def check_free_bits_on_random(free_bits, n: int, k: int, floor: float) -> None:
    """:func:`check_free_bits` on random KL terms, some dimensions above and some below the floor."""
    check_free_bits(free_bits, _random_kl(n, k), floor)


def _random_kl(n: int, k: int) -> np.ndarray:
    rng = np.random.default_rng([n, k])
    return rng.exponential(size=(n, k)) * np.resize([0.1, 1.0, 3.0, 0.3], k) + 0.01
