"""Checks of lesson 31, the variational autoencoder."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import expit, logit

from course_utils import check
from course_utils.checks.vae_terms import check_kl as check_kl
from course_utils.checks.vae_terms import check_terms as check_terms
from course_utils.checks.vae_walk import check_walk as check_walk
from course_utils.probes import vae as probes
from course_utils.training import set_seed


def check_sample(sample, mean, log_var, rows: int = 20_000) -> None:
    """Samples for rows times the same mean and log_var (k,): moments, independence, freshness, gradient."""
    set_seed(0)
    k = len(mean)
    m, v = (np.tile(np.asarray(part, dtype="float32"), (rows, 1)) for part in (mean, log_var))
    traced = check.trace(sample, m, v)
    values = np.asarray(traced.value)
    check.require(
        values.dtype.kind != "f" or not np.isnan(values).any(),
        "Some samples are NaN. log_var may be negative, so it has no root and no logarithm: exp comes first.",
    )
    z = check.array(traced.value, "the samples", shape=(rows, k)).astype(float)
    check.require(np.any(z != m), "These are the means: no noise was added.")
    check.require(
        len(np.unique(np.abs(z - m)[:, 0].round(6))) > 0.9 * rows,
        "Rows got the same noise, such as one ε for the whole batch. Each picture needs its own.",
    )
    _require_moments(z, m[0].astype(float), v[0].astype(float))
    again = np.asarray(check.call(sample, tf.constant(m), tf.constant(v)))
    check.differ(again, z, "Two calls give the same noise: draw afresh every time (no fixed seed).")
    slopes = traced.gradients()
    check.close(slopes[0], np.ones((rows, k)), "the derivative of the sample by the mean", rtol=1e-3)
    check.close(slopes[1], 0.5 * (z - m), "the derivative of the sample by log_var", rtol=1e-3)


def _require_moments(z: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
    """Means, standard deviations, fourth moments and correlations of samples (n, k)."""
    n, k = z.shape
    sigma, spread = np.exp(v / 2), z.std(axis=0)
    check.require(
        k == 1 or np.abs(np.corrcoef((z - m).T) - np.eye(k)).max() < 6 / np.sqrt(n),
        "The dimensions of a code got the same noise, or depend on each other: each needs its own ε.",
    )
    shift, slack = z.mean(axis=0) - m, 6 * np.maximum(sigma, spread) / np.sqrt(n)
    for message, wrong in {
        "The noise has the mean ½ in place of 0: is it uniform? Use keras.random.normal.": 0.5 * sigma,
        "The means are too large by σ: σ is added where it multiplies the noise, or the noise has the mean 1.": sigma,
        "The sign of the mean is wrong.": -2 * m,
        "The mean is missing: the samples lie around 0. Is the mean added?": -m,
        "The means are multiplied by σ, which belongs to the noise alone.": m * (sigma - 1),
    }.items():
        known = np.all(np.abs(shift - wrong) < slack) and np.any(np.abs(shift) > slack)
        check.require(not known, message)
    means = f"The samples have the means {z.mean(axis=0).round(2)}, expected {m.round(2)}."
    off, slip = (shift / sigma).mean(), "Only the mean is added, and noise whose own mean is 0."
    if k > 1 and np.all(np.abs(shift - off * sigma) < slack):
        slip = f"They are off by {off:.2f} σ: the noise has that mean, not 0."
    check.require(np.all(np.abs(shift) < slack), f"{means} {slip}")
    _require_spread(spread, sigma, v, rtol=6 / np.sqrt(2 * n))
    fourth = np.mean(((z - m) / spread) ** 4, axis=0)
    near = np.abs(fourth - 3).max() < 6 * np.sqrt(96 / n)
    check.require(near, f"The noise is not normal (fourth moment {fourth.mean():.2f}, not 3). Use keras.random.normal.")


def _require_spread(spread: np.ndarray, sigma: np.ndarray, v: np.ndarray, rtol: float) -> None:
    """Standard deviations (k,) of samples, whose log variances are v."""
    mistakes = {
        "σ² stands where σ belongs: this is exp(log_var), take its root (halve the logarithm).": sigma**2,
        "log_var itself was used as standard deviation; take the exponential.": np.abs(v),
        "half of log_var was used as standard deviation; take the exponential.": np.abs(v / 2),
        "the noise was not scaled by σ.": np.ones(len(v)),
        "the scale is the root of log_var's size, not of the variance.": np.sqrt(np.abs(v)),
        "the sign of the logarithm is wrong: this is 1/σ.": 1 / sigma,
        "exp(log_var) was halved; halve the logarithm before the exponential.": sigma**2 / 2,
        "exp(σ) stands where σ belongs.": np.exp(sigma),
        "the exponential was squared; σ is the root of exp(log_var).": sigma**4,
        "the root was taken twice: exp(log_var / 2) is σ already.": np.sqrt(sigma),
        "log_var stands outside the exponential.": np.exp(0.5) * np.abs(v),
        "softplus is no exponential: σ is exp(log_var / 2).": np.log1p(sigma**2),
        "all dimensions have the same σ; each has its own.": np.full(len(v), np.exp(v.mean() / 2)),
    }
    ratios = spread / sigma
    alike = len(v) > 1 and np.ptp(ratios) < 2 * rtol * ratios.mean()
    words = f"the noise has the standard deviation {ratios.mean():.2f}, not 1." if alike else ""
    power = np.log(spread) / v
    if len(v) > 1 and np.ptp(power) < 0.03:
        words = f"they are exp({power.mean():.2f} log_var); σ is exp(0.5 log_var)."
    name = "the standard deviations of the samples"
    check.close(spread, sigma, name, rtol=rtol, mistakes=mistakes, otherwise=lambda: words)


def check_sample_in_training(sample, rows: int | None, k: int = 3) -> None:
    """Training compiles the function: is the noise drawn anew in every step then, too?"""
    first, second = map(np.asarray, check.compiled(sample, (rows, k), (rows, k)))
    frozen = "Compiled, as in training, its noise is drawn once and frozen. Use keras.random.normal, not NumPy."
    check.differ(first, second, frozen)
    mean = np.arange(first.size, dtype="float32").reshape(first.shape) / k
    answer = check.call(sample, tf.constant(mean), tf.fill(mean.shape, -60.0))
    mistakes = {
        "every row has the mean of the whole batch; each has its own.": np.tile(mean.mean(axis=0), (len(mean), 1))
    }
    check.close(answer, mean, "samples with a variance of e⁻⁶⁰", mistakes=mistakes)


def check_encode(model_class, rows: int, k: int) -> None:
    """Are means and log variances the two halves of the encoder's answer?"""
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    kernel, bias = probes.networks(rows, k)[0].get_weights()
    both = x.astype(float) @ kernel + bias
    parts = check.several(check.beside(probes.encode, model_class, rows, k, x), "mean", "log_var")
    for part, name in zip(parts, ("mean", "log_var"), strict=True):
        check.close(part, _half(both, name), f"encode: {name}", mistakes=_encode_mistakes(both, name))


def _half(both: np.ndarray, name: str, swap=False, second=False) -> np.ndarray:
    """Means or log variances (n, k) in an encoder's answer (n, 2k), with slips as options."""
    late, k = (name == "log_var") != swap, both.shape[1] // 2
    if second:
        return both[:, int(late) :: 2]
    return both[:, k:] if late else both[:, :k]


def _encode_mistakes(both: np.ndarray, name: str) -> dict:
    def formula(act=np.asarray, **slips):
        return act(_half(both, name, **slips))

    options = {
        "mean and log variance are exchanged.": {"swap": True},
        "take halves, not every second column.": {"second": True},
        "the exponential was taken; return the log variance itself.": {"act": np.exp},
        "the logarithm was halved; return the log variance itself.": {"act": lambda v: v / 2},
        "the standard deviation was returned; return the log variance itself.": {"act": lambda v: np.exp(v / 2)},
        "the logarithm was taken; the encoder gives logarithms already.": {"act": np.log},
        "the logarithm of the size was taken; the encoder gives logarithms already.": {
            "act": lambda v: np.log(np.abs(v))
        },
        "softplus was taken; return the log variance itself.": {"act": lambda v: np.logaddexp(0, v)},
    }
    whole = {"this is the encoder's whole answer; the means are its first half, whatever its size.": both}
    return check.slips(formula, options) | whole


def _flat(tensors, weights) -> np.ndarray:
    parts = [np.zeros(w.shape) if g is None else g for g, w in zip(tensors, weights, strict=True)]
    return np.concatenate([np.ravel(part) for part in parts]).astype(float)


def _slopes(
    rows: int, seed: int, code=probes.shifted, out=tf.identity, late=tf.identity, order=(0, 1, 2, 3), first=None,
    step=None,
):  # fmt: skip
    """Mean log-likelihood and KL term of the stand-ins, and each one's slope by every weight; slips as options.

    The weights are those before the step, or those after one.
    """
    (encoder, decoder), terms = probes.networks(seed), probes.Terms()
    x = np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32")[:first]
    weights = [w for part in (encoder, decoder, terms) for w in part.trainable_variables]
    ends = np.cumsum([np.prod(w.shape, dtype=int) for w in weights])[:-1]
    for w, part in zip(weights, np.split(step, ends) if step is not None else (), strict=step is not None):
        w.assign_sub(part.reshape(w.shape))
    with tf.GradientTape(persistent=True) as tape:
        m, v = tf.unstack(tf.reshape(encoder(x), (len(x), 2, -1)), axis=1)
        given = x, out(decoder(code(m, v))), m, late(v)
        fit, kl = map(tf.reduce_mean, terms(*(given[place] for place in order)))
    return [float(fit), float(kl)], [_flat(tape.gradient(value, weights), weights) for value in (fit, kl)]


def check_train_step(model_class, rows: int, seed: int) -> None:
    """Does one step move every weight as it should, and does it tell what it did?"""
    (fit, kl), slopes = _slopes(rows, seed)
    x = np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32")
    done = check.beside(probes.one_step, model_class, seed, x)
    moved = done["before"] - done["after"]
    check.require(done["terms"], "train_step does not call self.terms, which gives the two terms.")
    check.require(done["sample"], "train_step does not call self.sample: decode a sample of the code, drawn by it.")
    check.require(np.any(moved != 0), "No weight has moved: is the optimizer applied?")
    check.require(done["steps"] > 0, "The weights moved without self.optimizer: it has to take the step.")
    check.require(done["steps"] == 1, f"self.optimizer took {done['steps']} steps; it is one step a batch.")
    right = slopes[1] - slopes[0]
    mistakes = _step_mistakes(slopes, rows) | {
        message: lambda slip=slip: np.subtract(*_slopes(rows, seed, **slip)[1][::-1])
        for message, slip in {
            "the mean is decoded, not the sample.": {"code": lambda m, v: m},
            "mean and log_var are exchanged where self.sample is called.": {"code": lambda m, v: probes.shifted(v, m)},
            "self.terms is given the variance; it takes log_var.": {"late": tf.exp},
            "self.terms is given σ; it takes log_var.": {"late": lambda v: tf.exp(v / 2)},
            "self.sample is given the variance; it takes log_var.": {"code": lambda m, v: probes.shifted(m, tf.exp(v))},
            "mean and log_var are exchanged where self.terms is called.": {"order": (0, 1, 3, 2)},
            "x and the decoder's answer are exchanged where self.terms is called.": {"order": (1, 0, 2, 3)},
            "the decoder's answer went through a sigmoid; self.terms takes it as it is.": {"out": tf.sigmoid},
            "no gradient gets through the sample to the encoder.": {
                "code": lambda m, v: tf.stop_gradient(probes.shifted(m, v))
            },
            "only the first picture of the batch counts.": {"first": 1},
        }.items()
    }
    name = "the step of the weights (SGD with learning rate 1, linear networks)"
    more = f" self.sample was called {done['sample']} times; one sample is enough." if done["sample"] > 1 else ""
    look = lambda: _other_weights(moved, slopes) + more  # noqa: E731
    check.close(moved, right, name, rtol=1e-3, mistakes=mistakes, otherwise=look)
    _check_logs(done["logs"], fit, kl, rows, lambda: _slopes(rows, seed, step=right)[0])


def _parts() -> np.ndarray:
    """0, 1 and 2 for the weights of encoder, decoder and terms, in the order of a step."""
    encoder, decoder = probes.networks(0)
    return np.repeat([0, 1, 2], [encoder.count_params(), decoder.count_params(), 1])


def _other_weights(moved: np.ndarray, slopes: list[np.ndarray]) -> str:
    """Words for a step of another length, or with other weights of the terms; else whose weights are wrong."""
    right = slopes[1] - slopes[0]
    length = float(moved @ right / (right @ right))
    weight = float((moved + slopes[0]) @ slopes[1] / (slopes[1] @ slopes[1]))
    fit, kl = np.linalg.lstsq(np.stack([-slopes[0], slopes[1]], axis=1), moved, rcond=None)[0]
    for step, message in (
        (
            length * right,
            f"it is {length:.3g} times as long as it should be: the loss is the mean over however many pictures come.",
        ),
        (weight * slopes[1] - slopes[0], f"the KL term has the weight {weight:.3g}; nothing is weighted."),
        (
            kl * slopes[1] - fit * slopes[0],
            f"the loss has {kl:.3g} times the KL term minus {fit:.3g} times the log-likelihood; nothing is weighted.",
        ),
    ):
        if np.abs(moved - step).max() < 1e-3 * np.abs(step).max():
            return message
    off = np.abs(moved - right) > 1e-3 * np.abs(right).max()
    wrong = [
        name for place, name in enumerate(("the encoder", "the decoder", "self.terms")) if off[_parts() == place].any()
    ]
    good = "" if len(wrong) == 3 else "; all others take the right step"
    return f"the weights of {' and '.join(wrong)} take a wrong step{good}."


def _step_mistakes(slopes: list[np.ndarray], rows: int) -> dict:
    """Steps of wrong losses, from the slopes of log-likelihood and KL term by every weight."""
    part = _parts()

    def step(f=-1.0, p=1.0, n=1, only=(0, 1, 2)):
        return n * np.where(np.isin(part, only), f * slopes[0] + p * slopes[1], 0)

    options = {
        "the weights go up the slope. The loss is KL term minus log p(x | z), which self.terms gives first.": {
            "f": 1.0,
            "p": -1.0,
        },
        "the KL term has the wrong sign in the loss.": {"p": -1.0},
        "the log-likelihood has the wrong sign in the loss.": {"f": 1.0},
        "the KL term is missing from the loss, or no gradient gets through it (NumPy, stop_gradient).": {"p": 0.0},
        "the log-likelihood is missing from the loss, or no gradient gets through it (NumPy, stop_gradient).": {
            "f": 0.0
        },
        "the loss is summed over the batch; take the mean.": {"n": rows},
        "the loss is averaged over the pixels, too; both terms are sums.": {"n": 1 / 3},
        "the KL term is summed over the batch while the log-likelihood is averaged.": {"p": float(rows)},
        "the log-likelihood is summed over the batch while the KL term is averaged.": {"f": -float(rows)},
        "the log-likelihood is averaged over the pixels while the KL term is summed.": {"f": -1 / 3},
        "the KL term is divided by the number of pixels.": {"p": 1 / 3},
        "the KL term is halved, or divided by the latent dimension.": {"p": 0.5},
        "the KL term is doubled.": {"p": 2.0},
        "only the decoder's weights move.": {"only": [1]},
        "only the encoder's weights move.": {"only": [0]},
        "the encoder's weights do not move: does `encode` run inside the tape, and on tensors (no NumPy)?": {
            "only": [1, 2]
        },
        "the weights of self.terms do not move: train all of self.trainable_variables.": {"only": [0, 1]},
    }
    return check.slips(step, options)


def _check_logs(logs, fit: float, kl: float, rows: int, later: Callable) -> None:
    """Hold what a step tells against both terms; later gives them with the weights after it."""
    told = isinstance(logs, dict) and {"loss", "log_likelihood", "kl"} <= set(logs)
    check.require(told, "Return a dictionary with the keys loss, log_likelihood and kl.")
    for key, right in (("kl", kl), ("log_likelihood", fit), ("loss", kl - fit)):
        mistakes = {
            "the sign is wrong.": -right,
            "summed over the batch.": rows * right,
            "averaged over the pixels.": right / 3,
            "the two terms are exchanged.": fit if key == "kl" else kl,
            "the KL term is missing.": -fit,
            "it is that of the weights after the step; tell the one that the gradient comes from.": (
                lambda key=key: {"kl": (now := later())[1], "log_likelihood": now[0]}.get(key, now[1] - now[0])
            ),
        }
        check.close(logs[key], right, f"the returned {key}", rtol=1e-3, mistakes=mistakes)


def check_training(model_class, rows: int) -> None:
    """Compiled by fit."""
    check.beside(probes.fit_once, model_class, 5, rows)


def _complain_of_pictures(images: np.ndarray, codes_in) -> None:
    """Say what is wrong with pictures (n, 28, 28) that no code's probabilities are; codes_in looks for codes."""
    logits, words = logit(images), "the pictures: "
    for wrong, message in (
        (images, "these are the logits; take their sigmoid."),
        (logit(logits), "the sigmoid is there twice."),
        (-logits, "these are the probabilities of paper, not of ink."),
        (logits / 2, "this is the sigmoid of twice the logits, such as (1 + tanh) / 2."),
        (logit(images.swapaxes(1, 2)), "their rows and columns are exchanged."),
    ):
        check.require(codes_in(wrong) is None, words + message)
    low, high = images.min(), images.max()
    span = f"these go from {low:.2g} to {high:.2g}; probabilities lie between 0 and 1."
    check.require(low >= 0 and high <= 1, words + span)
    ink = set(np.unique(images)) <= {0.0, 1.0}
    check.require(not ink, f"{words}these are black and white; return the probabilities of ink.")
    why = "Decode, then sigmoid, and nothing else."
    if np.allclose(images.sum(axis=(1, 2)), 1, atol=1e-3):
        why = "Each picture adds up to 1, as after a softmax over its pixels: each pixel needs a sigmoid of its own."
    elif high == 1:
        why = "The largest one is exactly 1: were the pictures stretched, or divided by their largest value?"
    raise check.CheckError(f"{words}no latent code has these probabilities. {why}")


def check_draw(draw, n: int, latent_dim: int) -> None:
    """Are codes drawn from N(0, I), decoded, and turned into probabilities?"""
    basis, _ = np.linalg.qr(np.random.default_rng(latent_dim).normal(size=(784, latent_dim)))
    kernel = 14 * basis.T / np.sqrt(latent_dim)
    bias = np.random.default_rng(latent_dim + 1).normal(size=784)  # ink and paper are not alike
    decoder = keras.Sequential([keras.Input((latent_dim,)), layers.Dense(784)])
    decoder.set_weights([kernel, bias])

    def codes_in(logits) -> np.ndarray | None:
        """The codes (n, latent_dim) that the decoder gives these logits for, if there are any."""
        if not np.isfinite(logits).all():
            return None
        logits = logits.reshape(-1, 784) - bias
        codes = logits @ basis * np.sqrt(latent_dim) / 14
        return codes if np.abs(codes @ kernel - logits).max(initial=0) < 2e-3 else None

    def far_codes(images) -> np.ndarray | None:
        """The same for probabilities (n, 28, 28), from the pixels alone that do not round to 0 or 1."""
        codes = []
        for row in logit(images).reshape(-1, 784):
            sure = np.abs(row) < 7
            if sure.sum() < latent_dim:
                return None
            codes.append(np.linalg.lstsq(kernel.T[sure], row[sure] - bias[sure], rcond=None)[0])
        close = np.abs(expit(codes @ kernel + bias) - images.reshape(-1, 784)).max(initial=0) < 5e-6
        return np.array(codes) if close else None

    def drawn(seed, n=n) -> tuple[np.ndarray, np.ndarray]:
        """The pictures and their codes."""
        answer = check.call(draw, decoder, n, latent_dim, seed)
        images = check.array(answer, "the pictures", shape=(n, 28, 28)).astype(float)
        with np.errstate(all="ignore"):
            codes = codes_in(logit(images))
            if codes is None:
                codes = far_codes(images)
            if codes is None:
                _complain_of_pictures(images, codes_in)
        return images, codes

    first, _ = drawn(seed=7)
    again = np.allclose(drawn(seed=7)[0], first, atol=1e-6)
    check.require(again, "Two calls with the same seed give different pictures: use np.random.default_rng(seed).")
    check.differ(drawn(seed=8)[0], first, "Another seed gives the same pictures: use the argument seed.")
    _, z = drawn(seed=9, n=4000 // latent_dim + 2)
    fresh = len(np.unique(np.abs(z).round(5))) > 0.95 * z.size
    one = latent_dim > 1 and np.ptp(np.abs(z), axis=1).max() < 1e-3
    what = "One number is repeated in all dimensions of a code" if one else "Some latent codes are repeated"
    check.require(fresh, f"{what}: draw each one anew.")
    made = len(z) > 1 and np.abs(z.mean(axis=0)).max() + np.abs(z.std(axis=0) - 1).max() < 2e-4
    check.require(not made, "The latent codes were standardised after they were drawn: leave them as drawn.")
    what = f"The latent codes have mean {z.mean():.2f} and standard deviation {z.std():.2f}"
    normal = abs(z.mean()) < 0.1 and abs(z.std() - 1) < 0.1 and abs(np.mean(z**4) - 3) < 0.8
    shaped = abs(np.mean((z - z.mean()) ** 4) / z.std() ** 4 - 3) < 0.4
    wanted = "with mean 0 and standard deviation 1" if shaped else "standard normal, such as rng.normal, not uniform"
    if z.min() >= 0 and not shaped:
        wanted = "standard normal, such as rng.normal; none of yours is below 0"
    check.require(normal, f"{what}; draw them from N(0, I): {wanted}.")
