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


def _count(samples, centres, std, least, radius=None, floor=None, good_only=True, metric="euclidean", share=False):
    """Covered modes and quality, with known mistakes as options."""
    n = len(samples)
    radius, floor = 3 * std if radius is None else radius, least * n if floor is None else floor
    away = cdist(samples, centres, metric)
    inside = away.min(axis=1) <= radius
    counted = inside if good_only else np.full(n, True)
    hits = np.bincount(away.argmin(axis=1)[counted], minlength=len(centres))
    return int(np.sum(hits >= floor)), float(hits[hits >= floor].sum() / n if share else inside.mean())


def _known_qualities(samples, centres, std: float, least: float) -> dict:
    """What usual mistakes give for the share of high quality."""

    def of(radius=None, **options):
        return _count(samples, centres, std, least, radius, **options)[1]

    (modes, quality), near = _count(samples, centres, std, least), cdist(samples, centres) <= 3 * std
    return {
        "a share, not the number of samples.": quality * len(samples),
        "a share, not per cent.": 100 * quality,
        "this is the share of low quality.": 1 - quality,
        "this is the share of centres with a sample near; count samples.": near.any(axis=0).mean(),
        "this is the number of modes; it comes first, then the quality.": modes,
        "samples of modes that are not covered count, too.": of(share=True),
        "the distance is Euclidean; this averages over the coordinates.": of(3 * std * np.shape(samples)[1] ** 0.5),
        "at most 3 standard deviations: a sample at exactly that distance counts.": of(np.nextafter(3 * std, 0)),
        "a sample near two centres was counted twice.": near.sum() / len(samples),
        "`std` is given; this takes 0.05.": of(0.15),
        "within 3 standard deviations, not one.": of(std),
        "within 3 standard deviations, not two.": of(2 * std),
        "within 3 standard deviations, not within the distance 3.": of(3),
        "within 3 times the standard deviation, not 3 times the variance.": of(3 * std**2),
        "the distance was squared, but not the limit.": of((3 * std) ** 0.5),
        "the distance is Euclidean; this takes the sum of absolute differences.": of(metric="cityblock"),
        "the distance is Euclidean, not the largest difference of a coordinate.": of(metric="chebyshev"),
    }


def _known_modes(samples, centres, std: float, least: float) -> dict:
    """What usual mistakes give for the number of covered modes."""
    n = len(samples)

    def of(floor=None, **options):
        return _count(samples, centres, std, least, floor=floor, **options)[0]

    (modes, quality), near = _count(samples, centres, std, least), cdist(samples, centres) <= 3 * std
    return {
        "`least` is given; this takes 0.01.": of(0.01 * n),
        "a sample near two centres was counted for both; it belongs to the nearest.": np.sum(near.sum(0) >= least * n),
        "at least the share `least`: exactly that share is enough.": of(np.nextafter(least * n, np.inf)),
        "a mode needs *high-quality* samples; all of them were counted.": of(good_only=False),
        "a single sample does not cover a mode; it needs the share `least` of all samples.": of(1),
        "`least` is a share of the samples; as a number it is below one sample.": of(max(least, 1e-9)),
        "the share is one of *all* samples, not of the high-quality ones.": of(least * n * quality),
        "`least` is a share of all samples; no division by the number of modes.": of(least * n / len(centres)),
        "`least` times the number of samples need not be whole; do not round it.": of(int(least * n)),
        "the number of covered modes, not their share.": modes / len(centres),
        "this is the number of missing modes.": len(centres) - modes,
        "this is the number of all modes.": len(centres),
    }


def check_modes(modes_covered: Callable, samples, centres, std: float, least: float) -> None:
    """Compare with a count of our own, and know the usual mistakes."""
    name, first = f"{len(samples)} samples, {len(centres)} centres", (samples, centres, std, least)

    def answer(place, *given):
        given = given[:3] if given[3] == DEFAULTS["least"] else given
        return check.several(check.call(modes_covered, *given), "the covered modes", "the quality")[place]

    def elsewhere(known, place):
        return check.confirmed(
            lambda *given: answer(place, *given), known, first, map(some_samples, ("uneven", "larger least"))
        )

    got_modes, got_quality = (answer(place, *first) for place in (0, 1))
    check.require(
        np.ndim(got_modes) == 0,
        f"{name}: the number of covered modes is one number, yours has shape {np.shape(got_modes)}.",
    )
    modes, quality = _count(*first)
    check.close(
        got_quality,
        quality,
        f"the quality, {name}",
        mistakes=lambda: elsewhere(_known_qualities, 1),
        otherwise=lambda: _one_sample(modes_covered, *first),
    )
    check.close(
        got_modes,
        modes,
        f"the covered modes, {name}",
        rtol=0,
        mistakes=lambda: elsewhere(_known_modes, 0),
        otherwise=lambda: _counts(got_modes, *first),
    )


def _one_sample(modes_covered: Callable, samples, centres, std: float, least: float) -> str:
    """Words on the first sample that is judged wrongly when it is alone."""
    for place, sample in enumerate(samples):
        result = check.call(modes_covered, sample[None], centres, std, least)
        got = check.number(check.several(result, "the covered modes", "the quality")[1], "the quality of one sample")
        away = float(cdist(sample[None], centres).min())
        right = float(away <= 3 * std)
        if abs(got - right) > 1e-6:
            return (
                f"wrong. Take sample {place} alone: its nearest centre is at a distance of {away:.4g}, and 3 standard "
                f"deviations are {3 * std:.4g}. So the quality is {right:g}; yours is {got:.4g}."
            )
    good = int(np.sum(cdist(samples, centres).min(axis=1) <= 3 * std))
    return (
        f"each sample alone is judged rightly; {good} of the {len(samples)} are of high quality, which is a share of "
        f"{good / len(samples):.4g}."
    )


def _counts(got, samples, centres, std: float, least: float) -> str:
    """Words on how many samples the modes have."""
    away = cdist(samples, centres)
    hits = np.bincount(away.argmin(axis=1)[away.min(axis=1) <= 3 * std], minlength=len(centres))
    floor, modes = least * len(samples), _count(samples, centres, std, least)[0]
    told = f" (the numbers are {', '.join(map(str, hits))})" if len(hits) < 10 else ""
    return (
        f"got {got}, expected {modes}. A mode needs {floor:.4g} high-quality samples that are nearest to it{told}, the "
        "share `least` of all samples."
    )


DEFAULTS = {"gamma": 0.1, "least": 0.01}  # as the exercises give them
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
    "this is the penalty alone; add the discriminator's loss.": {"loss": ()},
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

    def loss(self, parts=("real", "fake")) -> float:
        """The discriminator's loss without a penalty."""
        each = {"real": _soft(-self.logits(self.real)).mean(), "fake": _soft(self.logits(self.fake)).mean()}
        return sum(each[part] for part in parts)

    def value(
        self, share=0.5, at="real", power=2, how="mean", inner=np.sum, kind="logit", loss=("real", "fake")
    ) -> float:
        """The loss with the penalty; the options are its slips."""
        x = {"real": self.real, "fake": self.fake, "both": np.concatenate([self.real, self.fake])}[at]
        slope = self.slopes(x)
        if kind == "probability":
            slope = slope * expit(self.logits(x)) * expit(-self.logits(x))
        lengths = inner(slope**2, axis=1) ** (power / 2)
        return share * self.gamma * getattr(lengths, how)() + self.loss(loss)

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

    def slope_by_last_layer(self, **slips) -> float:
        """The sum of the loss's gradient by the last layer's weights, by differences."""
        step, last, found = 1e-4, self.a, []
        for sign in (step, -step):
            self.a = last + sign
            found.append(self.value(**slips))
        self.a = last
        return (found[0] - found[1]) / (2 * step)


def _loss_or_penalty(r1_loss: Callable, known: _Bent, value) -> str:
    """Which of the two parts is wrong, found with gamma = 0."""
    if np.ndim(value) or not np.isfinite(np.asarray(value, dtype=float)):
        return ""
    plain = check.beside(probes.penalised, r1_loss, [known.w, known.a], known.real, known.fake, 0.0)["value"]
    if plain is None:
        return "with gamma = 0 nothing is returned; the discriminator's loss is left."
    if np.ndim(plain) or abs(float(plain) - known.loss()) > 1e-4 * abs(known.loss()):
        return f"with gamma = 0 the discriminator's loss is left, {known.loss():.6g}; yours is {float(np.mean(plain)):.6g}."
    squares = np.sum(known.slopes(known.real) ** 2, axis=1)
    told = ", ".join(f"{one:.4g}" for one in squares[:5]) + ", ..." * (len(squares) > 5)
    return (
        f"the loss with gamma = 0 is right, so it is the penalty. The squared lengths of the gradients at the real points "
        f"are {told}, their mean times gamma / 2 is {known.value() - known.loss():.6g}; yours is {float(value) - known.loss():.6g}."
    )


def check_r1(r1_loss: Callable, n: int, m: int, d: int, gamma: float) -> None:
    """The loss of a known discriminator, and its gradient by the weights."""
    known = _Bent(n, m, d, gamma)
    is_default = gamma == DEFAULTS["gamma"]
    name = f"the loss with gamma {gamma:g}{' (the default)' * is_default}, {n} real points in {d} dimensions"
    given = None if is_default else gamma
    done = check.beside(probes.penalised, r1_loss, [known.w, known.a], known.real, known.fake, given)
    value, found = done["value"], done["slopes"]
    mistakes = check.slips(known.value, R1_SLIPS)
    if gamma:
        mistakes = known.further_mistakes() | mistakes
    check.close(
        value,
        known.value(),
        name,
        rtol=1e-4,
        mistakes=mistakes,
        otherwise=lambda: _loss_or_penalty(r1_loss, known, value),
    )
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
    for part, other in (("real points", ("fake",)), ("fakes", ("real",)), ("real points and the fakes", ())):
        words = f"that of the loss at the {part} is missing: give their logits as they are, without stop_gradient."
        lost[words] = known.slope_by_last_layer(loss=other)
    name = "the gradient by the last layer's weights"
    wanted = known.slope_by_last_layer()
    check.close(np.sum(found[1]), wanted, name, rtol=1e-2, atol=1e-3, mistakes=lost)
