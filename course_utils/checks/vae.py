"""Checks of lesson 31, the variational autoencoder."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.integrate import trapezoid
from scipy.special import expit, logit
from scipy.stats import norm

from course_utils import check
from course_utils.probes import vae as probes
from course_utils.training import set_seed


def _kl_formula(m, v, half=0.5, exponent=1.0, log=1.0, square=2, one=1.0, taken="right", back=False):
    """Entries of the KL term, with its popular slips as options."""
    if back:
        return half * ((1 + m**2) / np.exp(v) - 1 + v)
    variance = {"right": np.exp(exponent * v), "square": v**2, "sigma": v**2}.get(taken, v)
    logarithm = np.log(v if taken == "variance" else v**2) if taken in ("variance", "sigma") else v
    return half * (m**square + variance - one - log * logarithm)


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
            "log_var was used as the variance itself; take its exponential.": {"taken": "raw"},
            "log_var was squared; its exponential is the variance.": {"taken": "square"},
            "log_var was taken for the variance; it is the logarithm already.": {"taken": "variance"},
            "log_var was taken for σ; it is log σ², so that exp(log_var) is the variance.": {"taken": "sigma"},
            "the -1 is missing, or stands there once for all k dimensions.": {"one": 0.0},
            "the -1 stands there once; it belongs to each of the k dimensions.": {"one": 1 / max(m.shape[1], 1)},
            "the mean is not squared.": {"square": 1},
            "this is the divergence the other way round, of the prior from q.": {"back": True},
            "the sign of log_var is wrong.": {"log": -1.0},
        },
    )


def _close_slopes(slopes, m, v, what: str) -> None:
    """Gradients of the KL term by the mean and by log_var."""
    check.close(slopes[0], m, f"the gradient of {what} by the mean", rtol=1e-3)
    check.close(slopes[1], 0.5 * (np.exp(v) - 1), f"the gradient of {what} by log_var", rtol=1e-3)


def check_kl(kl, mean, log_var) -> None:
    """Hold a KL term of mean and log_var (n, k) against numerical integration, and its gradient."""
    m, v = (np.asarray(part, dtype="float32") for part in (mean, log_var))
    wide = m.astype(float), v.astype(float)
    sd = np.exp(wide[1] / 2)
    z = np.linspace(wide[0] - 9 * sd, wide[0] + 9 * sd, 301)  # (301, n, k)
    q = norm(wide[0], sd)
    right = trapezoid(q.pdf(z) * (q.logpdf(z) - norm.logpdf(z)), z, axis=0).sum(axis=1)
    traced = check.trace(kl, m, v)
    check.close(traced.value, right, "the KL term", mistakes=_kl_mistakes(*wide))
    _close_slopes(traced.gradients(), m, v, "the KL term")


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
    check.require(
        np.all(np.abs(z.mean(axis=0) - m) < 6 * np.maximum(sigma, spread) / np.sqrt(n)),
        f"The samples have the means {z.mean(axis=0).round(2)}, expected {m.round(2)}. Is the mean added?",
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
        "the exponential was squared; σ is the root of exp(log_var).": sigma**4,
    }
    name = "the standard deviations of the samples"
    check.close(spread, sigma, name, rtol=6 / np.sqrt(2 * n), mistakes=mistakes)
    fourth = np.mean(((z - m) / spread) ** 4, axis=0)
    near = np.abs(fourth - 3).max() < 6 * np.sqrt(96 / n)
    check.require(near, f"The noise is not normal (fourth moment {fourth.mean():.2f}, not 3). Use keras.random.normal.")


def check_sample_in_training(sample, rows: int | None, k: int = 3) -> None:
    """Training compiles the function: is the noise drawn anew in every step then, too?"""
    first, second = map(np.asarray, check.compiled(sample, (rows, k), (rows, k)))
    frozen = "Compiled, as in training, its noise is drawn once and frozen. Use keras.random.normal, not NumPy."
    check.differ(first, second, frozen)
    mean = np.arange(first.size, dtype="float32").reshape(first.shape) / k
    answer = check.call(sample, tf.constant(mean), tf.fill(mean.shape, -60.0))
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
    each = each if keep is None else each * (x == keep)
    return sign * getattr(np, how)(each, axis=1) / bits - less


def _check_likelihood(value, x, logits, kl, lost: bool) -> None:
    """Hold log p(x | z) against NumPy; with ``lost`` logits are so far off that float32 rounds."""
    name, first = "log p(x | z)", np.asarray(value)
    remedy = "The probability rounds to 0 or 1 there: compute from the logits (softplus)."
    infinite = lost and first.dtype.kind == "f" and not np.isfinite(first).all()
    check.require(not infinite, f"{name}: {first} for logits as large as {np.abs(logits).max():.0f}. {remedy}")
    mistakes = check.slips(
        lambda **slips: _terms_formula(x, logits, **slips),
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
            f"clipped: far-off logits get too small a penalty. {remedy}": {"kind": "clipped"},
            "the KL term was subtracted already: return the two terms apart.": {"less": kl},
        },
    )
    right = _terms_formula(x, logits)
    if first.shape == kl.shape:
        mistakes["the two results are exchanged."] = kl
        if lost and (right - 1e-3 <= first).all() and (first < 0).all():
            mistakes[f"far-off logits get too small a penalty. {remedy}"] = first
    check.close(value, right, name, mistakes=mistakes)


def check_terms(terms, rows: int, pixels: int, k: int, scale: float) -> None:
    """Hold both terms against NumPy and SciPy, and their gradients; logits have the standard deviation scale."""
    rng = np.random.default_rng([rows, pixels, k])
    x = (rng.random((rows, pixels)) < 0.4).astype("float32")
    a = (scale * rng.normal(size=(rows, pixels))).astype("float32")
    m, v = rng.normal(size=(2, rows, k)).astype("float32")
    wide = m.astype(float), v.astype(float)
    kl = _kl_formula(*wide).sum(axis=1)
    traced = check.trace(terms, x, a, m, v)
    check.several(traced.value, "log p(x | z)", "the KL term")
    _check_likelihood(traced.value[0], x, a.astype(float), kl, lost=scale > 30)
    mistakes = _kl_mistakes(*wide) | {
        "averaged over the pixels.": kl / pixels,
        "mean and log_var are swapped.": _kl_formula(*wide[::-1]).sum(axis=1),
    }
    check.close(traced.value[1], kl, "the KL term", mistakes=mistakes)
    (slope,) = traced.gradients(0, by=[1])
    check.close(slope, x - expit(a.astype(float)), "the gradient of log p(x | z) by the logits", rtol=1e-3)
    _close_slopes(traced.gradients(1, by=[2, 3]), m, v, "the KL term")


def check_encode(model_class, rows: int, k: int) -> None:
    """Are means and log variances the two halves of the encoder's answer?"""
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype("float32")
    kernel, bias = probes.networks(rows, k)[0].get_weights()
    both = x.astype(float) @ kernel + bias
    parts = check.several(check.beside(probes.encode, model_class, rows, k, x), "mean", "log_var")
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
    parts = [np.zeros(w.shape) if g is None else g for g, w in zip(tensors, weights, strict=True)]
    return np.concatenate([np.ravel(part) for part in parts]).astype(float)


def check_train_step(model_class, rows: int, seed: int) -> None:
    """Does one step move every weight as it should, and does it tell what it did?"""
    (encoder, decoder), terms = probes.networks(seed), probes.Terms()
    x = np.random.default_rng(seed).normal(size=(rows, 3)).astype("float32")
    weights = [w for part in (encoder, decoder, terms) for w in part.trainable_variables]
    with tf.GradientTape(persistent=True) as tape:
        m, v = tf.unstack(tf.reshape(encoder(x), (rows, 2, -1)), axis=1)
        fits, prices = terms(x, decoder(probes.shifted(m, v)), m, v)
        fit, kl = (tf.reduce_sum(part) / rows for part in (fits, prices))
    slopes = [_flat(tape.gradient(value, weights), weights) for value in (fit, kl)]
    done = check.beside(probes.one_step, model_class, seed, x)
    moved = done["before"] - done["after"]
    check.require(done["terms"], "train_step does not call self.terms, which gives the two terms.")
    check.require(done["sample"], "train_step does not call self.sample: decode a sample of the code, drawn by it.")
    check.require(np.any(moved != 0), "No weight has moved: is the optimizer applied?")
    part = np.repeat([0, 1, 2], [encoder.count_params(), decoder.count_params(), 1])

    def step(f=-1.0, p=1.0, n=1, only=(0, 1, 2)):
        return n * np.where(np.isin(part, only), f * slopes[0] + p * slopes[1], 0)

    options = {
        "the weights go up the slope: the loss is the negative ELBO.": {"f": 1.0, "p": -1.0},
        "the KL term has the wrong sign in the loss.": {"p": -1.0},
        "the log-likelihood has the wrong sign in the loss.": {"f": 1.0},
        "the KL term is missing from the loss.": {"p": 0.0},
        "the log-likelihood is missing from the loss.": {"f": 0.0},
        "the loss is summed over the batch; take the mean.": {"n": rows},
        "the KL term is summed over the batch while the log-likelihood is averaged.": {"p": float(rows)},
        "the log-likelihood is summed over the batch while the KL term is averaged.": {"f": -float(rows)},
        "the log-likelihood is averaged over the pixels while the KL term is summed.": {"f": -1 / 3},
        "the KL term is halved.": {"p": 0.5},
        "the KL term is doubled.": {"p": 2.0},
        "only the decoder's weights move.": {"only": [1]},
        "only the encoder's weights move.": {"only": [0]},
        "the weights of self.terms do not move: train all of self.trainable_variables.": {"only": [0, 1]},
    }
    name = "the step of the weights (SGD with learning rate 1, linear networks)"
    check.close(moved, step(), name, rtol=1e-3, mistakes=check.slips(step, options))
    _check_logs(done["logs"], float(fit), float(kl), rows)


def _check_logs(logs, fit: float, kl: float, rows: int) -> None:
    told = isinstance(logs, dict) and {"loss", "log_likelihood", "kl"} <= set(logs)
    check.require(told, "Return a dictionary with the keys loss, log_likelihood and kl.")
    for key, right in (("kl", kl), ("log_likelihood", fit), ("loss", kl - fit)):
        mistakes = {
            "the sign is wrong.": -right,
            "summed over the batch.": rows * right,
            "the two terms are exchanged.": fit if key == "kl" else kl,
        }
        check.close(logs[key], right, f"the returned {key}", rtol=1e-3, mistakes=mistakes)


def check_training(model_class, rows: int) -> None:
    """Compiled by fit."""
    check.beside(probes.fit_once, model_class, 5, rows)


def check_draw(draw, n: int, latent_dim: int) -> None:
    """Are codes drawn from N(0, I), decoded, and turned into probabilities?"""
    basis, _ = np.linalg.qr(np.random.default_rng(latent_dim).normal(size=(784, latent_dim)))
    kernel = 14 * basis.T / np.sqrt(latent_dim)
    decoder = keras.Sequential([keras.Input((latent_dim,)), layers.Dense(784, use_bias=False)])
    decoder.set_weights([kernel])

    def codes_in(logits) -> np.ndarray | None:
        """The codes (n, latent_dim) that the decoder gives these logits for, if there are any."""
        if not np.isfinite(logits).all():
            return None
        codes = logits.reshape(-1, 784) @ basis * np.sqrt(latent_dim) / 14
        return codes if np.abs(codes @ kernel - logits.reshape(-1, 784)).max(initial=0) < 2e-3 else None

    def drawn(seed, n=n) -> tuple[np.ndarray, np.ndarray]:
        """The pictures and their codes."""
        answer = check.call(draw, decoder, n, latent_dim, seed)
        images = check.array(answer, "the pictures", shape=(n, 28, 28)).astype(float)
        with np.errstate(all="ignore"):
            codes = codes_in(logit(images))
            if codes is None:
                plain, twice, across = map(codes_in, (images, logit(logit(images)), logit(images.swapaxes(1, 2))))
                check.require(plain is None, "the pictures: these are the logits; take their sigmoid.")
                check.require(twice is None, "the pictures: the sigmoid is there twice.")
                check.require(across is None, "the pictures: their rows and columns are exchanged.")
                ink = set(np.unique(images)) <= {0.0, 1.0}
                check.require(not ink, "the pictures: these are black and white; return the probabilities of ink.")
        check.require(codes is not None, "the pictures: no latent code has these probabilities. Decode, then sigmoid.")
        return images, codes

    first, _ = drawn(seed=7)
    again = np.allclose(drawn(seed=7)[0], first, atol=1e-6)
    check.require(again, "Two calls with the same seed give different pictures: use np.random.default_rng(seed).")
    check.differ(drawn(seed=8)[0], first, "Another seed gives the same pictures: use the argument seed.")
    _, z = drawn(seed=9, n=4000 // latent_dim + 2)
    fresh = len(np.unique(np.abs(z).round(5))) > 0.95 * z.size
    check.require(fresh, "Some latent codes are repeated: draw each one anew.")
    what = f"The latent codes have mean {z.mean():.2f} and standard deviation {z.std():.2f}"
    normal = abs(z.mean()) < 0.1 and abs(z.std() - 1) < 0.1 and abs(np.mean(z**4) - 3) < 0.8
    check.require(normal, f"{what}; draw them from N(0, I): standard normal, not uniform.")


def check_walk(walk, d: int, k: int, n: int, tensors: bool = False) -> None:
    """A nonlinear encoder and decoder with known answers, of NumPy or of tensors."""
    rng = np.random.default_rng([d, k, n])
    a, b = rng.normal(size=(d, k)) / np.sqrt(d), rng.normal(size=(k, d)) / np.sqrt(k)

    def wrap(value):
        return tf.constant(value.astype("float32")) if tensors else value

    def rows_of(value, name: str, wanted: str, size: int) -> np.ndarray:
        value = np.asarray(value, dtype=float)
        shape = f"`{name}` was called with shape {value.shape}; it wants {wanted} (m, {size}), also for one."
        if name == "decode" and value.ndim > 2:
            shape += " `encode` gives a pair, mean and log variance: take the mean."
        check.require(value.ndim == 2 and value.shape[1] == size, shape)
        return value

    def encode(x):
        x = rows_of(x, "encode", "pictures", d)
        return wrap(np.tanh(x @ a)), wrap(np.full((len(x), k), -1.0))

    def picture(z):
        return expit(2 * z @ b)

    one, two = rng.random((2, d))
    arguments = encode, lambda z: wrap(picture(rows_of(z, "decode", "latent codes", k))), one, two, n
    answer = check.array(check.call(walk, *arguments), "the pictures")
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
    again = np.asarray(check.call(walk, *arguments))
    check.require(
        again.shape != answer.shape or np.allclose(answer, again, atol=1e-6),
        "Two calls give different pictures: something is random. Take the mean, not a sample.",
    )
    right = picture((1 - t) * z1 + t * z2)
    check.close(answer, right, "the pictures on the way", rtol=1e-3, mistakes=mistakes)
