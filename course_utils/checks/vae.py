"""Checks of lesson 31, the variational autoencoder."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.integrate import trapezoid
from scipy.special import expit
from scipy.stats import norm

from course_utils import check
from course_utils.training import set_seed


def _kl_formula(m, v, half=0.5, exponent=1.0, log=1.0, square=2, one=1.0, raw=False, back=False):
    """Entries of the KL term, with its popular slips as options."""
    if back:
        return half * ((1 + m**2) / np.exp(v) - 1 + v)
    return half * (m**square + (v if raw else np.exp(exponent * v)) - one - log * v)


def _kl_mistakes(m, v) -> dict:
    return check.slips(
        lambda how="sum", **slips: getattr(np, how)(_kl_formula(m, v, **slips), axis=1),
        {
            "twice as much as it should be; is the ½ missing?": {"half": 1.0},
            "the sign is wrong: the KL term is never negative.": {"half": -0.5},
            "averaged over the k latent dimensions; their nats add up.": {"how": "mean"},
            "σ stands where σ² belongs: log_var is log σ².": {"exponent": 0.5},
            "log_var was squared as if it were σ; exp(log_var) is the variance.": {"exponent": 2.0},
            "log_var was read as log σ, the log of the standard deviation.": {"exponent": 2.0, "log": 2.0},
            "log_var was used as the variance itself; take its exponential.": {"raw": True},
            "the -1 is missing, or stands there once for all k dimensions.": {"one": 0.0},
            "the -1 stands there once; it belongs to each of the k dimensions.": {"one": 1 / max(m.shape[1], 1)},
            "the mean is not squared.": {"square": 1},
            "this is the divergence the other way round, of the prior from q.": {"back": True},
            "the sign of log_var is wrong.": {"log": -1.0},
        },
    )


def _require_rows(values: np.ndarray, rows: int, name: str, shape: tuple) -> None:
    check.require(
        values.size != 1 or rows == 1,
        f"{name}: one number for all {rows} rows; expected one for each row. Sum over axis=1 only.",
    )
    check.require(values.shape != shape or len(shape) == 1, f"{name}: one number for each entry; sum over axis=1.")


def check_kl(kl, mean, log_var) -> None:
    """Hold a KL term against numerical integration, and its gradient against the formula's.

    Args:
        kl: the learner's function of mean and log_var, gives (n,).
        mean, log_var: numbers (n, k).
    """
    m, v = (np.asarray(part, dtype="float32") for part in (mean, log_var))
    wide = m.astype(float), v.astype(float)
    sd = np.exp(wide[1] / 2)
    z = np.linspace(wide[0] - 9 * sd, wide[0] + 9 * sd, 2001)  # (2001, n, k)
    q = norm(wide[0], sd)
    right = trapezoid(q.pdf(z) * (q.logpdf(z) - norm.logpdf(z)), z, axis=0).sum(axis=1)
    traced = check.trace(kl, m, v)
    values = np.asarray(check.array(traced.value, "the KL term"))
    _require_rows(values, len(m), "the KL term", m.shape)
    check.close(traced.value, right, "the KL term", mistakes=_kl_mistakes(*wide))
    slopes = traced.gradients()
    check.close(slopes[0], m, "the gradient by the mean", rtol=1e-3)
    check.close(slopes[1], 0.5 * (np.exp(v) - 1), "the gradient by log_var", rtol=1e-3)


def check_kl_on_random(kl, rows: int, k: int) -> None:
    """:func:`check_kl` on random numbers."""
    rng = np.random.default_rng(1000 * rows + k)
    check_kl(kl, rng.normal(size=(rows, k)), 1.5 * rng.normal(size=(rows, k)))


def check_sample(sample, mean, log_var, rows: int = 20_000) -> None:
    """Moments of many samples, independence, freshness and the two derivatives.

    Args:
        sample: the learner's function of mean and log_var (n, k), gives (n, k).
        mean, log_var: of each latent dimension, (k,).
        rows: number of samples.
    """
    set_seed(0)
    k = len(mean)
    m, v = (np.tile(np.asarray(part, dtype="float32"), (rows, 1)) for part in (mean, log_var))
    traced = check.trace(sample, m, v)
    z = check.array(traced.value, "the samples", shape=(rows, k)).astype(float)
    check.require(np.any(z != m), "These are the means: no noise was added.")
    check.require(
        np.any(np.abs(z - z[0]) > 1e-6),
        "Every row got the same noise: one ε for the whole batch. Each picture needs its own.",
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
    if k > 1:
        check.require(
            np.abs(np.corrcoef((z - m).T) - np.eye(k)).max() < 6 / np.sqrt(n),
            "The dimensions of a code got the same noise, or depend on each other: each needs its own ε.",
        )
    check.require(
        np.all(np.abs(z.mean(axis=0) - m) < 6 * np.maximum(sigma, spread) / np.sqrt(n)),
        f"The samples have the means {z.mean(axis=0).round(2)}, expected {m.round(2)}. Is the mean "
        "added, and the noise centred?",
    )
    mistakes = {
        "σ² stands where σ belongs: this is exp(log_var), take its root (halve the logarithm).": sigma**2,
        "log_var itself was used as standard deviation; take the exponential.": np.abs(v),
        "half of log_var was used as standard deviation; take the exponential.": np.abs(v / 2),
        "the noise was not scaled by σ.": np.ones(k),
        "the scale is the root of log_var's size, not of the variance.": np.sqrt(np.abs(v)),
        "the sign of the logarithm is wrong: this is 1/σ.": 1 / sigma,
        "exp(log_var) was halved; halve the logarithm before the exponential.": sigma**2 / 2,
        "exp(σ) stands where σ belongs.": np.exp(sigma),
    }
    name = "the standard deviations of the samples"
    check.close(spread, sigma, name, rtol=6 / np.sqrt(2 * n), mistakes=mistakes)
    fourth = np.mean(((z - m) / spread) ** 4, axis=0)
    check.require(
        np.abs(fourth - 3).max() < 6 * np.sqrt(96 / n),
        f"The noise is not normal: its fourth moment is {fourth.mean():.2f} instead of 3. Use keras.random.normal.",
    )


def check_sample_in_training(sample, rows: int | None) -> None:
    """Training compiles the function: is the noise drawn anew in every step then, too?"""
    codes = tf.TensorSpec((rows, 3), "float32")
    first, second = check.compiled(sample, codes, codes)
    check.differ(
        np.asarray(first),
        np.asarray(second),
        "Compiled, as in training, it gives the same noise in every step: NumPy's noise is drawn "
        "once and frozen. Use keras.random.normal.",
    )


def check_sample_without_noise(sample, rows: int, k: int) -> None:
    """With a variance of practically zero the sample is the mean."""
    mean = np.arange(rows * k, dtype="float32").reshape(rows, k) / k
    answer = check.call(sample, tf.constant(mean), tf.fill((rows, k), -60.0))
    check.close(answer, mean, "samples with a variance of e⁻⁶⁰")


def _terms_formula(x, a, how="sum", sign=1.0, bits=1.0, keep=None, swap=False, kind="right", less=0):
    """log p(x | z), with its popular slips as options."""
    p = expit(a)
    if kind == "twice":
        a = p
    each = -np.logaddexp(0, np.where((x == 1) != swap, -a, a))
    if kind in ("probabilities", "clipped"):
        values = np.clip(a if kind == "probabilities" else p, np.float32(1e-7), np.float32(1 - 1e-7))
        each = np.log(np.where(x == 1, values, 1 - values))
    if kind == "squares":
        each = -((x - p) ** 2)
    if keep is not None:
        each = each * (x == keep)
    return sign * getattr(np, how)(each, axis=1) / bits - less


def check_terms(terms, rows: int, pixels: int, k: int, scale: float) -> None:
    """Hold both terms against NumPy and SciPy, and their gradients against the formulas.

    Args:
        terms: the learner's function of x, logits, mean and log_var.
        rows, pixels, k: sizes of the batch, of a picture and of the latent code.
        scale: standard deviation of the logits.
    """
    rng = np.random.default_rng([rows, pixels, k])
    x = (rng.random((rows, pixels)) < 0.4).astype("float32")
    a = (scale * rng.normal(size=(rows, pixels))).astype("float32")
    m, v = rng.normal(size=(2, rows, k)).astype("float32")
    wide = a.astype(float)
    each_kl = _kl_formula(m.astype(float), v.astype(float))
    kl = each_kl.sum(axis=1)
    traced = check.trace(terms, x, a, m, v)
    check.several(traced.value, "log p(x | z)", "the KL term")
    first = np.asarray(check.array(traced.value[0], "log p(x | z)") if scale <= 30 else traced.value[0])
    _require_rows(first, rows, "log p(x | z)", x.shape)
    check.require(
        not (scale > 30 and first.dtype.kind == "f" and not np.isfinite(first).all()),
        f"log p(x | z): {first} for logits as large as {np.abs(a).max():.0f}. The probability rounds "
        "to 0 or 1 there, and its logarithm is lost: compute from the logits (softplus).",
    )
    mistakes = check.slips(
        lambda **slips: _terms_formula(x, wide, **slips),
        {
            "averaged over the pixels; in nats they add up.": {"how": "mean"},
            "the sign is wrong: this is the cross-entropy; the log-likelihood is its negative.": {"sign": -1.0},
            "the logits were taken for probabilities; they need a sigmoid.": {"kind": "probabilities"},
            "this is in bits; nats need the natural logarithm.": {"bits": np.log(2)},
            "only the pixels with ink are counted.": {"keep": 1},
            "only the pixels without ink are counted.": {"keep": 0},
            "this is the squared error with a minus, not a log-probability.": {"kind": "squares"},
            "the sigmoid is there twice.": {"kind": "twice"},
            "ink and paper are swapped.": {"swap": True},
            "the probabilities were clipped: far-off logits get too small a penalty. Compute from the logits.": {
                "kind": "clipped"
            },
            "the KL term was subtracted already: return the two terms apart.": {"less": kl},
        },
    )
    check.close(traced.value[0], _terms_formula(x, wide), "log p(x | z)", mistakes=mistakes)
    kl_mistakes = check.slips(
        lambda how="sum", sign=1.0, share=1.0, swap=False: (
            sign * share * getattr(np, how)(_kl_formula(v, m) if swap else each_kl, axis=1)
        ),
        {
            "the sign is wrong; return the KL term itself, which is subtracted later.": {"sign": -1.0},
            "averaged over the latent dimensions.": {"how": "mean"},
            "averaged over the pixels.": {"share": 1 / pixels},
            "mean and log_var are swapped.": {"swap": True},
        },
    )
    check.close(traced.value[1], kl, "the KL term", mistakes=kl_mistakes)
    (slope,) = traced.gradients(0, by=[1])
    check.close(slope, x - expit(wide), "the gradient of log p(x | z) by the logits", rtol=1e-3)
    slopes = traced.gradients(1, by=[2, 3])
    check.close(slopes[0], m, "the gradient of the KL term by the mean", rtol=1e-3)
    check.close(slopes[1], 0.5 * (np.exp(v) - 1), "the gradient of the KL term by log_var", rtol=1e-3)


def _shifted(mean, log_var):
    """A stand-in for the sample: no noise, and each argument does something else."""
    return 1.5 * mean + 0.7 * tf.sin(log_var) + 0.2


def _lopsided(x, decoded, mean, log_var):
    """Stand-ins for the two terms: every argument enters in its own way."""
    fit = -tf.reduce_sum(x * decoded + 0.3 * decoded**2, axis=1) + 0.1 * tf.reduce_sum(x, axis=1)
    kl = tf.reduce_sum(0.5 * mean**2 + tf.exp(log_var) + 0.3 * log_var, axis=1)
    return fit, kl


class _Weighted(layers.Layer):
    """Terms with a learned weight, as those of a decoder with a learned noise have one."""

    def __init__(self):
        super().__init__()
        self.weight = self.add_weight(shape=(), initializer="zeros")

    def call(self, x, decoded, mean, log_var):
        fit, kl = _lopsided(x, decoded, mean, log_var)
        return fit * tf.exp(-self.weight) - 1.5 * self.weight, kl


def _small(model_class, seed: int, k: int = 2, d: int = 3, terms=_lopsided):
    """A model of the learner's class, with linear networks and SGD of learning rate 1."""
    rng = np.random.default_rng(seed)
    pair = [keras.Sequential([keras.Input((a,)), layers.Dense(b)]) for a, b in ((d, 2 * k), (k, d))]
    for network in pair:
        network.set_weights([0.4 * rng.normal(size=w.shape) for w in network.get_weights()])
    model = check.call(model_class, *pair, sample=_shifted, terms=terms)
    model.compile(keras.optimizers.SGD(1.0), run_eagerly=True)
    return model


def check_encode(model_class, rows: int, k: int) -> None:
    """Are means and log variances the two halves of the encoder's answer?"""
    model = _small(model_class, seed=rows, k=k)
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    kernel, bias = model.encoder.get_weights()
    both = x.astype(float) @ kernel + bias
    parts = check.several(check.call(model.encode, tf.constant(x)), "mean", "log_var")
    halves = both[:, :k], both[:, k:]
    for part, right, other, name in zip(parts, halves, halves[::-1], ("mean", "log_var"), strict=True):
        mistakes = {
            "mean and log variance are exchanged.": other,
            "take halves, not every second column.": both[:, ::2] if name == "mean" else both[:, 1::2],
            "the exponential was taken; return the log variance itself.": np.exp(right),
            "the logarithm was halved; return the log variance itself.": right / 2,
        }
        check.close(part, right, f"encode: {name}", mistakes=mistakes)


def _flat(tensors, weights) -> np.ndarray:
    return np.concatenate(
        [np.ravel(np.zeros(w.shape) if g is None else g) for g, w in zip(tensors, weights, strict=True)]
    ).astype(float)


def check_train_step(model_class, rows: int, seed: int) -> None:
    """Does one step move every weight as it should, and does it tell what it did?"""
    model = _small(model_class, seed)
    x = tf.constant(np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32"))
    weights = [*model.encoder.trainable_variables, *model.decoder.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        m, v = tf.unstack(tf.reshape(model.encoder(x), (rows, 2, -1)), axis=1)
        fits, prices = _lopsided(x, model.decoder(_shifted(m, v)), m, v)
        at_mean = _lopsided(x, model.decoder(m), m, v)[0]
        fit, kl, mean_only = (tf.reduce_sum(part) / rows for part in (fits, prices, at_mean))
    slopes = [_flat(tape.gradient(value, weights), weights) for value in (fit, kl, mean_only)]
    before = _flat(weights, weights)
    logs = check.call(model.train_step, x)
    moved = before - _flat(weights, weights)
    check.require(np.any(moved != 0), "No weight has moved: is the optimizer applied?")
    encoder = np.arange(len(moved)) < model.encoder.count_params()

    def step(f=-1.0, p=1.0, sampled=True, only=None):
        total = f * (slopes[0] if sampled else slopes[2]) + p * slopes[1]
        return total if only is None else np.where(encoder == only, total, 0)

    options = {
        "the weights go up the slope: the loss is the negative ELBO.": {"f": 1.0, "p": -1.0},
        "the KL term has the wrong sign in the loss.": {"p": -1.0},
        "the log-likelihood has the wrong sign in the loss.": {"f": 1.0},
        "the KL term is missing from the loss.": {"p": 0.0},
        "the log-likelihood is missing from the loss.": {"f": 0.0},
        "the loss is summed over the batch; take the mean.": {"f": -float(rows), "p": float(rows)},
        "the KL term is summed over the batch while the log-likelihood is averaged.": {"p": float(rows)},
        "the log-likelihood is summed over the batch while the KL term is averaged.": {"f": -float(rows)},
        "the log-likelihood is averaged over the pixels while the KL term is summed.": {"f": -1 / 3},
        "the KL term is halved.": {"p": 0.5},
        "the mean itself is decoded: decode a sample (self.sample).": {"sampled": False},
        "only the decoder's weights move.": {"only": False},
        "only the encoder's weights move.": {"only": True},
    }
    name = "the step of the weights (SGD with learning rate 1, linear networks)"
    check.close(moved, step(), name, rtol=1e-3, mistakes=check.slips(step, options))
    _check_logs(logs, float(fit), float(kl), rows)


def _check_logs(logs, fit: float, kl: float, rows: int) -> None:
    check.require(isinstance(logs, dict), "Return a dictionary with loss, log_likelihood and kl.")
    check.require(
        {"loss", "log_likelihood", "kl"} <= set(logs),
        f"The dictionary has the keys {sorted(logs)}, expected loss, log_likelihood and kl.",
    )
    for key, right in (("kl", kl), ("log_likelihood", fit), ("loss", kl - fit)):
        mistakes = {
            "the sign is wrong.": -right,
            "summed over the batch.": rows * right,
            "the two terms are exchanged.": fit if key == "kl" else kl,
        }
        check.close(logs[key], right, f"the returned {key}", rtol=1e-3, mistakes=mistakes)


def check_training(model_class, rows: int) -> None:
    """Compiled by fit, and with terms that have a weight of their own."""
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    model = _small(model_class, 4, terms=_Weighted())
    check.call(model.train_step, tf.constant(x))
    check.require(
        float(model.terms.weight) != 0,
        "The terms may have weights of their own, and these did not move: train all of self.trainable_variables.",
    )
    model = _small(model_class, 5)
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    try:
        model.fit(x, batch_size=rows, verbose=0)
    except Exception as problem:
        raise check.CheckError(
            "It works step by step, but not when Keras compiles it: compute with tensors, without "
            f"float(), NumPy or .numpy(). ({type(problem).__name__})"
        ) from None


def check_draw(draw, n: int, latent_dim: int) -> None:
    """Are codes drawn from N(0, I), decoded, and turned into probabilities?"""
    kernel = np.random.default_rng(latent_dim).normal(size=(latent_dim, 784)) / np.sqrt(latent_dim)
    seen = []

    def decoder(codes):
        seen.append(np.asarray(codes, dtype=float))
        check.require(
            seen[-1].ndim == 2 and seen[-1].shape[1] == latent_dim,
            f"The decoder got codes of shape {seen[-1].shape}, expected (n, {latent_dim}).",
        )
        return tf.constant((3 * seen[-1] @ kernel).astype("float32"))

    try:
        answer = check.call(draw, decoder, n, latent_dim, 7)
    except check.CheckError:
        count = sum(map(len, seen))
        check.require(not seen or count == n, f"{count} latent codes were decoded, expected {n}.")
        raise
    images = check.array(answer, "the pictures", shape=(n, 28, 28)).astype(float)
    codes = np.concatenate(seen)
    check.require(len(codes) == n, f"{len(codes)} latent codes were decoded, expected {n}.")
    logits = (3 * codes @ kernel).reshape(n, 28, 28)
    mistakes = {
        "these are the logits; take their sigmoid.": logits,
        "the sigmoid is there twice.": expit(expit(logits)),
        "these are black and white pictures; return the probabilities of ink.": logits > 0,
        "rows and columns of the pictures are exchanged.": expit(logits).swapaxes(1, 2),
    }
    check.close(images, expit(logits), "the pictures", rtol=1e-4, mistakes=mistakes)
    seen.clear()
    again = check.call(draw, decoder, n, latent_dim, 7)
    check.close(again, images, "the pictures of a second call with the same seed")
    other = check.call(draw, decoder, n, latent_dim, 8)
    check.differ(other, images, "Another seed gives the same pictures: use the argument seed.")
    seen.clear()
    check.call(draw, decoder, 4000 // latent_dim + 2, latent_dim, 9)
    z = np.concatenate(seen)
    check.require(len(np.unique(z)) == z.size, "Some latent codes are repeated: draw each one anew.")
    what = f"The latent codes have mean {z.mean():.2f} and standard deviation {z.std():.2f}"
    normal = abs(z.mean()) < 0.1 and abs(z.std() - 1) < 0.1 and abs(np.mean(z**4) - 3) < 0.8
    check.require(normal, f"{what}; draw them from N(0, I): standard normal, not uniform.")


def check_walk(walk, d: int, k: int, n: int, tensors: bool = False) -> None:
    """A nonlinear encoder and decoder with known answers, of NumPy or of tensors."""
    rng = np.random.default_rng([d, k, n])
    a, b = rng.normal(size=(d, k)) / np.sqrt(d), rng.normal(size=(k, d)) / np.sqrt(k)

    def wrap(value):
        return tf.constant(value.astype("float32")) if tensors else value

    def encode(x):
        x = np.asarray(x, dtype=float)
        check.require(
            x.ndim == 2 and x.shape[1] == d,
            f"`encode` was called with shape {x.shape}; it wants pictures (m, {d}), also for one.",
        )
        return wrap(np.tanh(x @ a)), wrap(np.full((len(x), k), -1.0))

    def picture(z):
        return expit(2 * z @ b)

    def decode(z):
        z = np.asarray(z, dtype=float)
        check.require(
            z.ndim == 2 and z.shape[1] == k,
            f"`decode` was called with shape {z.shape}; it wants latent codes (m, {k}).",
        )
        return wrap(picture(z))

    one, two = rng.random((2, d))
    answer = check.call(walk, encode, decode, one, two, n)
    t, place = np.linspace(0, 1, n)[:, None], np.arange(n)[:, None]
    z1, z2 = np.tanh(one @ a), np.tanh(two @ a)
    mistakes = {
        "the pictures are mixed, not their codes: that is a cross-fade.": (1 - t) * one + t * two,
        "the decoded ends are mixed, not the codes.": (1 - t) * picture(z1) + t * picture(z2),
        "the pictures are mixed before encoding; mix the codes.": picture(np.tanh(((1 - t) * one + t * two) @ a)),
        "the walk goes backwards, from second to first.": picture(t * z1 + (1 - t) * z2),
        "the last picture is missing: the end belongs to the walk.": picture(z1 + place / n * (z2 - z1)),
        "the first picture is missing: the start belongs to the walk.": picture(z1 + (place + 1) / n * (z2 - z1)),
        "both ends are missing.": picture(z1 + (place + 1) / (n + 1) * (z2 - z1)),
        "the log variance was taken for the code.": picture(np.full((n, k), -1.0)),
        "these are the codes; decode them.": (1 - t) * z1 + t * z2,
    }
    answer = check.array(answer, "the pictures")
    again = np.asarray(check.call(walk, encode, decode, one, two, n))
    check.require(
        again.shape != answer.shape or np.allclose(answer, again, atol=1e-6),
        "Two calls give different pictures: something is random. Take the mean, not a sample.",
    )
    right = picture((1 - t) * z1 + t * z2)
    check.close(answer, right, "the pictures on the way", rtol=1e-3, mistakes=mistakes)
