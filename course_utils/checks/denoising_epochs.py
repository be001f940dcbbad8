"""The check of lesson 21's batches: pictures that carry their number, noise that is known when seen."""

import itertools
from collections.abc import Callable

import numpy as np

from course_utils import check


def _about(sizes: list, wanted: list) -> str:
    """What is wrong with the sizes of the batches."""
    lost = sum(wanted) - sum(sizes)
    if sizes == wanted[:1]:
        return "Only the first batch came. Does a `return` or a `break` stand in the loop?"
    if lost:
        many = f"{abs(lost)} picture{'s' if abs(lost) > 1 else ''}"
        return f"{many} {'too few' if lost > 0 else 'too many'}. The last batch holds the rest."
    if sorted(sizes) == sorted(wanted):
        return "The last batch holds the rest: shuffle the pictures, not the batches."
    return "All but the last have `batch_size` pictures; the last batch holds the rest."


def _require_pairs(noisy, target, n: int, shape: tuple) -> None:
    check.array(noisy, "the noisy pictures of an epoch", shape=(n, *shape))
    check.array(target, "the targets of an epoch", shape=(n, *shape))
    check.require(
        not (target.min() > 500 and noisy.max() < 500),
        "The pair is the wrong way round: the noisy pictures come first.",
    )
    check.require(target.max() < 500, "There is noise on the target: the target is clean.")
    check.require(
        np.ptp(target, axis=(1, 2)).max() < 0.01,
        "A target has pixels of several pictures: shuffle whole pictures, along the first axis.",
    )
    check.require(noisy.min() > 500, "The input has no noise: did you call `corrupt`?")
    check.require(noisy.max() < 1900, "The input was spoilt twice: call `corrupt` on clean pictures.")
    check.require(
        np.abs(noisy - 1000.15 - target).max() < 0.2,
        "The pairs do not belong together: the noisy picture and its target are different pictures.",
    )


def _require_order(first, second, n: int) -> None:
    """Numbers of the pictures in two epochs."""
    check.require(
        sorted(first) == list(range(n)), "In an epoch every picture comes once; yours left some out or took some twice."
    )
    if n > 8:
        check.require(list(first) != list(range(n)), "The pictures are not shuffled.")
        check.differ(first, second, "The order is the same in every epoch: draw it from `rng`.")
        neighbours = np.sum(np.abs(np.diff(first)) == 1)
        check.require(
            n < 20 or neighbours < n / 2,
            "Neighbours stay neighbours, so the same pictures are always together in a batch: shuffle the pictures "
            "one by one.",
        )


def _require_fresh(noise, noise_2, sorted_noise, sorted_noise_2, n: int) -> None:
    check.differ(
        sorted_noise, sorted_noise_2, "The noise is frozen: the second epoch has the same noise again.", atol=1e-4
    )
    check.require(n == 1 or np.ptp(noise.round(4), axis=0).min() > 0, "Every picture has the same noise.")
    check.require(
        n < 9 or len(set(noise[:, 0, 0].round(4))) > 0.8 * n,
        "The same noise comes back in every batch: hand `rng` itself on to `corrupt`.",
    )
    check.differ(
        noise,
        noise_2,
        "The noise of a batch is frozen: it comes back in the next epoch. Hand `rng` itself on.",
        atol=2e-3,
    )


def check_epochs(epoch_batches: Callable, n: int, size: int, shape: tuple = (3, 2)) -> None:
    """Pictures that carry their number, and noise that is known when seen."""
    clean = np.broadcast_to(np.arange(n, dtype="float32")[:, None, None], (n, *shape)).copy()
    wanted = [min(size, n - start) for start in range(0, n, size)]

    def corrupt(images, rng):
        have = np.shape(images)
        check.require(
            len(have) == 3 and have[1:] == shape,
            f"`corrupt` was given the shape {have}; it takes pictures (m, {shape[0]}, {shape[1]}).",
        )
        return np.asarray(images) + 1000 + 0.3 * rng.random(np.shape(images))

    def epoch(rng):
        batches = check.call(epoch_batches, clean, corrupt, size, rng)
        check.require(
            batches is not None and hasattr(batches, "__iter__"),
            "Nothing to go through came back: `yield` a pair for each batch.",
        )
        check.require(
            not (isinstance(batches, tuple) and len(batches) == 2 and np.shape(batches[0]) == (wanted[0], *shape)),
            "One pair came back: `return` ends the function. `yield` each pair instead.",
        )
        pairs = list(itertools.islice(batches, len(wanted) + 2))
        check.require(len(pairs) > 0, "No batch was yielded.")
        check.require(
            len(pairs) < len(wanted) + 2 or sum(len(p[1]) for p in pairs) <= n,
            "There are too many batches, or they never end: an epoch goes through all pictures once, in steps of "
            "`batch_size`.",
        )
        pairs = [check.several(pair, "noisy pictures", "clean pictures") for pair in pairs]
        sizes = [len(pair[0]) for pair in pairs]
        check.require(
            sizes != wanted[-1:] or len(wanted) == 1, "Only the last batch came. Does the `yield` stand in the loop?"
        )
        check.require(
            sizes == wanted,
            f"The batches of {n} pictures have the sizes {sizes[:8]}, expected {wanted[:8]}. {_about(sizes, wanted)}",
        )
        return [np.concatenate([np.asarray(p[k], dtype=float) for p in pairs]) for k in (0, 1)]

    rng = np.random.default_rng(5)
    (noisy, target), (noisy_2, target_2) = epoch(rng), epoch(rng)
    _require_pairs(noisy, target, n, shape)
    _require_order(target[:, 0, 0], target_2[:, 0, 0], n)
    noise, noise_2 = noisy - target, noisy_2 - target_2
    places = [np.argsort(t[:, 0, 0]) for t in (target, target_2)]
    _require_fresh(noise, noise_2, noise[places[0]], noise_2[places[1]], n)
    again = epoch(np.random.default_rng(5))
    check.require(
        np.array_equal(again[0], noisy) and np.array_equal(again[1], target),
        "The same seed gave another epoch: take order and noise from `rng`, nothing else.",
    )
