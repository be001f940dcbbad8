"""Checks of lesson 41: the modes that are covered, and the discriminator's loss with R1 penalty."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from scipy.spatial.distance import cdist
from scipy.special import expit

from course_utils import check
from course_utils.probes import game as probes


def _soft(v) -> np.ndarray:
    return np.logaddexp(0, v.astype(float))


def some_samples(name: str) -> tuple:
    """Samples, centres, standard deviation and least share, by the name of the case."""
    angles = np.arange(8) * np.pi / 4
    ring = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    corners = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])

    def around(counts, centres, spread, junk, seed):
        draw = np.random.default_rng(seed)
        parts = [c + spread * draw.normal(size=(n, centres.shape[1])) for n, c in zip(counts, centres, strict=True)]
        return draw.permutation(np.concatenate([*parts, draw.uniform(-3, 3, (junk, centres.shape[1]))]))

    line = [0, 0.25, -0.5, 0.75, -1, 2, 2.5, 1.25, 1.375, 10, 11.5, 8.5, 9.75, 10, 20.5, 19, 5, 30, -20, 6]
    many = np.arange(40.0)[:, None]
    return {
        "ring": lambda: (around([150, 90, 0, 2, 4, 70, 5, 12], ring, 0.09, 90, 21), ring, 0.05, 0.01),
        "three samples": lambda: (ring[[2, 2, 5]], ring, 0.05, 0.3),
        "on a line": lambda: (np.array(line)[:, None], np.array([[0.0], [2.0], [10.0], [20.0]]), 0.5, 0.25),
        "in space": lambda: (around([50, 7, 20], corners, 0.15, 40, 1), corners, 0.1, 0.05),
        "larger least": lambda: (around([50, 7, 20], corners, 0.15, 40, 1), corners, 0.1, 0.2),
        "uneven": lambda: (around([300, 300, 5, 5, 5, 5, 5, 5], ring, 0.12, 100, 2), ring, 0.1, 0.008),
        "far away": lambda: (np.array([[9.0, 9.0]]), ring, 0.05, 0.01),
        "one at a centre": lambda: (np.array([[2.0, 0.0]]), ring, 0.05, 0.01),
        "forty modes": lambda: (around([25] * 40, many, 0.05, 30, 3), many, 0.04, 0.01),
    }[name]()


def check_modes(modes_covered: Callable, samples, centres, std: float, least: float) -> None:
    """Compare with a count of our own, and know the usual mistakes."""
    name, n = f"{len(samples)} samples, {len(centres)} centres", len(samples)

    def count(radius=3 * std, floor=least * n, good_only=True, metric="euclidean", share=False):
        away = cdist(samples, centres, metric)
        inside = away.min(axis=1) <= radius
        counted = inside if good_only else np.full(n, True)
        hits = np.bincount(away.argmin(axis=1)[counted], minlength=len(centres))
        return int(np.sum(hits >= floor)), float(hits[hits >= floor].sum() / n if share else inside.mean())

    (modes, quality), near = count(), cdist(samples, centres) <= 3 * std
    result = check.call(modes_covered, samples, centres, std, least)
    got_modes, got_quality = check.several(result, "the covered modes", "the quality")
    check.require(
        np.ndim(got_modes) == 0,
        f"{name}: the number of covered modes is one number, yours has shape {np.shape(got_modes)}.",
    )
    of_quality = {
        "a share, not the number of samples.": quality * n,
        "a share, not per cent.": 100 * quality,
        "this is the share of low quality.": 1 - quality,
        "this is the share of centres with a sample near; count samples.": near.any(axis=0).mean(),
        "this is the number of modes; it comes first, then the quality.": modes,
        "samples of modes that are not covered count, too.": count(share=True)[1],
        "the distance is Euclidean; this averages over the coordinates.": count(3 * std * np.shape(samples)[1] ** 0.5)[
            1
        ],
        "at most 3 standard deviations: a sample at exactly that distance counts.": count(np.nextafter(3 * std, 0))[1],
        "a sample near two centres was counted twice.": near.sum() / n,
        "`std` is given; this takes 0.05.": count(0.15)[1],
        "within 3 standard deviations, not one.": count(std)[1],
        "within 3 standard deviations, not two.": count(2 * std)[1],
        "within 3 standard deviations, not within the distance 3.": count(3)[1],
        "within 3 times the standard deviation, not 3 times the variance.": count(3 * std**2)[1],
        "the distance was squared, but not the limit.": count((3 * std) ** 0.5)[1],
        "the distance is Euclidean; this takes the sum of absolute differences.": count(metric="cityblock")[1],
        "the distance is Euclidean, not the largest difference of a coordinate.": count(metric="chebyshev")[1],
    }
    of_modes = {"`least` is given; this takes 0.01.": count(floor=0.01 * n)[0]} if least != 0.01 else {}
    of_modes |= {
        "a sample near two centres was counted for both; it belongs to the nearest.": np.sum(near.sum(0) >= least * n),
        "at least the share `least`: exactly that share is enough.": count(floor=np.nextafter(least * n, np.inf))[0],
        "a mode needs *high-quality* samples; all of them were counted.": count(good_only=False)[0],
        "a single sample does not cover a mode; `least` is not used.": count(floor=1)[0],
        "`least` is a share of the samples; as a number it is below one sample.": count(floor=max(least, 1e-9))[0],
        "the share is one of *all* samples, not of the high-quality ones.": count(floor=least * n * quality)[0],
        "`least` times the number of samples need not be whole; do not round it.": count(floor=int(least * n))[0],
        "the number of covered modes, not their share.": modes / len(centres),
        "this is the number of missing modes.": len(centres) - modes,
        "this is the number of all modes.": len(centres),
    }
    check.close(got_quality, quality, f"the quality, {name}", mistakes=of_quality)
    check.close(got_modes, modes, f"the covered modes, {name}", rtol=0, mistakes=of_modes)


R1_SLIPS = {
    "the penalty has the factor gamma / 2, not gamma.": {"share": 1.0},
    "the penalty is missing.": {"share": 0.0},
    "the penalty is subtracted; the discriminator pays it.": {"share": -0.5},
    "the penalty is taken at the fakes; R1 takes it at real samples.": {"at": "fake"},
    "the penalty is taken at real samples and fakes; R1 takes it at real ones.": {"at": "both"},
    "the length of the gradient is not squared.": {"power": 1},
    "summed over the batch; take the mean over the samples.": {"how": "sum"},
    "averaged over the coordinates; the squared length is their sum.": {"inner": np.mean},
    "this is the gradient of the probability; R1 takes that of the logit.": {"kind": "probability"},
    "this is the penalty alone; add the discriminator's loss.": {"loss": False},
}


class _Bent:
    """A discriminator whose gradient can be worked out by hand: logits a·tanh(x W)."""

    def __init__(self, n: int, m: int, d: int, gamma: float):
        rng = np.random.default_rng([n, m, d])
        self.w, self.a = rng.normal(size=(d, 4)), rng.normal(size=(4, 1))
        self.real, self.fake = rng.normal(size=(n, d)) + 0.3, rng.normal(size=(m, d)) - 0.2
        self.gamma = gamma

    def slopes(self, x):
        """Gradients of the logits by the points, (rows, d)."""
        return (self.a[:, 0] * (1 - np.tanh(x @ self.w) ** 2)) @ self.w.T

    def logits(self, x):
        return np.tanh(x @ self.w) @ self.a

    def loss(self) -> float:
        """The discriminator's loss without a penalty."""
        return _soft(-self.logits(self.real)).mean() + _soft(self.logits(self.fake)).mean()

    def value(self, share=0.5, at="real", power=2, how="mean", inner=np.sum, kind="logit", loss=True) -> float:
        """The loss with the penalty; the options are its slips."""
        x = {"real": self.real, "fake": self.fake, "both": np.concatenate([self.real, self.fake])}[at]
        slope = self.slopes(x)
        if kind == "probability":
            slope = slope * expit(self.logits(x)) * expit(-self.logits(x))
        lengths = inner(slope**2, axis=1) ** (power / 2)
        return share * self.gamma * getattr(lengths, how)() + (self.loss() if loss else 0)

    def further_mistakes(self) -> dict:
        """Slips that stand alone."""
        real, fake, n, m = self.real, self.fake, len(self.real), len(self.fake)
        lengths = np.linalg.norm(self.slopes(real), axis=1)
        own = expit(-self.logits(real)[:, 0])  # the loss's slope by the logit

        def with_penalty(lengths):
            return self.loss() + self.gamma / 2 * np.mean(lengths**2)

        penalty = with_penalty(lengths) - self.loss()
        on_real, on_fake = self.logits(real), self.logits(fake)
        return {
            "gamma is given; this takes 0.1.": self.value(share=0.05 / self.gamma),
            "tape.gradient of a mean holds 1 / n: ask for that of the logits themselves.": with_penalty(lengths / n),
            "this is the gradient of the loss; R1 takes that of the logit.": with_penalty(own * lengths),
            "this is the gradient of the whole loss; R1 takes that of the logit.": with_penalty(own / n * lengths),
            "the lengths were averaged, then squared; square each, then average.": with_penalty(lengths.mean()),
            "a length was taken of the whole batch; each sample has its own.": self.loss()
            + self.gamma / 2 * np.linalg.norm(lengths),
            "the mean is over the real samples alone.": with_penalty(lengths * (n / (n + m)) ** 0.5),
            "the mean is over the real samples, not the fakes.": with_penalty(lengths * (n / m) ** 0.5),
            "this adds the generator's loss; it is the discriminator's.": penalty + _soft(-on_fake).mean(),
            "real and fake were exchanged in the loss.": penalty + _soft(on_real).mean() + _soft(-on_fake).mean(),
            "the loss takes logits: give the points to the discriminator first.": penalty
            + _soft(-real).mean()
            + _soft(fake).mean(),
            "this is the gradient penalty of WGAN-GP, (length - 1)²; R1 wants small gradients.": with_penalty(
                lengths - 1
            ),
        }

    def slope_by_last_layer(self, share: float) -> float:
        """The sum of the loss's gradient by the last layer's weights, by differences."""
        step, last, found = 1e-4, self.a, []
        for sign in (step, -step):
            self.a = last + sign
            found.append(self.value(share=share))
        self.a = last
        return (found[0] - found[1]) / (2 * step)


def check_r1(r1_loss: Callable, n: int, m: int, d: int, gamma: float) -> None:
    """The loss of a known discriminator, and its gradient by the weights."""
    known = _Bent(n, m, d, gamma)
    name = f"the loss with gamma {gamma:g}, {n} real points in {d} dimensions"
    done = check.beside(probes.penalised, r1_loss, [known.w, known.a], known.real, known.fake, gamma)
    value, found = done["value"], done["slopes"]
    mistakes = check.slips(known.value, R1_SLIPS)
    if gamma:
        mistakes = known.further_mistakes() | mistakes
    check.close(value, known.value(), name, rtol=1e-4, mistakes=mistakes)
    check.require(tf.is_tensor(value), f"{name}: no tensor but {type(value).__name__}. Use keras.ops.")
    check.require(
        all(g is not None for g in found),
        "No gradient reaches the discriminator's weights. Compute the penalty with tensors, without stop_gradient.",
    )
    lost = {
        "that of the penalty is missing: compute it with tensors, without NumPy or stop_gradient.": (
            known.slope_by_last_layer(share=0.0)
        )
    }
    name = "the gradient by the last layer's weights"
    wanted = known.slope_by_last_layer(share=0.5)
    check.close(np.sum(found[1]), wanted, name, rtol=1e-2, atol=1e-3, mistakes=lost)
