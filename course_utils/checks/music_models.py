"""Checks of lesson 35, melodies: loss, samples and interpolation."""

import numpy as np
import tensorflow as tf
from scipy.special import log_softmax, softmax

from course_utils import check


def _loss(
    tokens,
    logits,
    mean,
    log_var,
    beta,
    error="sum",
    kl="sum",
    half=0.5,
    exponent=1.0,
    sign=1.0,
    weight="kl",
    kind="logits",
    square=2,
    back=False,
):
    """The loss of each melody, with its popular slips as options."""
    if kind == "softmax":
        log_p = log_softmax(softmax(logits, axis=2), axis=2)
    elif kind == "probability":
        log_p = softmax(logits, axis=2)
    elif kind == "raw":
        log_p = log_softmax(np.log(np.clip(logits, 1e-7, 1 - 1e-7)), axis=2)
    elif kind == "steps":
        log_p = log_softmax(logits, axis=1)
    else:
        log_p = log_softmax(logits, axis=2)
    each = -np.take_along_axis(log_p, tokens[..., None].astype(int), axis=2)[..., 0]
    if kind == "bits":
        each = each / np.log(2)
    terms = half * (mean**square + np.exp(exponent * log_var) - 1 - log_var)
    first, second = getattr(np, error)(each, axis=1), getattr(np, kl)(terms, axis=1)
    factors = {
        "kl": (1, beta),
        "both": (beta, beta),
        "none": (1, 1),
        "error": (beta, 1),
        "rest": (1 - beta, beta),
        "half": (1, beta / 2),
        "one over": (1, 1 / (beta or 1)),
    }
    a, b = factors[weight]
    return a * first + sign * b * second


def check_loss(loss, n: int, steps: int, v: int, k: int, beta: float) -> None:
    """Hold the loss of n melodies against NumPy: values, gradients, and compiled for any n."""
    rng = np.random.default_rng([n, steps, v, k])
    tokens = rng.integers(0, v, (n, steps)).astype("int32")
    logits = (2 * rng.normal(size=(n, steps, v))).astype("float32")
    mean, log_var = (rng.normal(size=(2, n, k)) * 0.8 + 0.3).astype("float32")
    wide = tokens, *(part.astype(float) for part in (logits, mean, log_var)), beta
    right = _loss(*wide)
    traced = check.trace(loss, tokens, logits, mean, log_var, beta)
    options = {
        "the cross-entropy is averaged over the steps; their nats add up.": {"error": "mean"},
        "the KL term is averaged over the k dimensions; their nats add up.": {"kl": "mean"},
        "the ½ of the KL term is missing.": {"half": 1.0},
        "σ stands where σ² belongs: log_var is log σ².": {"exponent": 0.5},
        "log_var is taken for log σ.": {"exponent": 2.0},
        "the KL term is subtracted; the loss is their sum.": {"sign": -1.0},
        "β multiplies the cross-entropy, not the KL term.": {"weight": "error"},
        "β multiplies both terms; it belongs to the KL term.": {"weight": "both"},
        "β is not used.": {"weight": "none"},
        "the cross-entropy has the weight 1, not 1 - β.": {"weight": "rest"},
        "the KL term is divided by β; multiply.": {"weight": "one over"},
        "the logits are put through a softmax twice: say from_logits=True, or take log_softmax once.": {
            "kind": "softmax"
        },
        "the probability stands there without its logarithm.": {"kind": "probability"},
        "the softmax is over the steps; it is over the tokens, the last axis.": {"kind": "steps"},
        "this is in bits; nats need the natural logarithm.": {"kind": "bits"},
        "the mean is not squared.": {"square": 1},
    }
    mistakes = check.slips(lambda **slip: _loss(*wide, **slip), options)
    mistakes["it is averaged over the melodies already; return one number for each."] = right.mean()
    mistakes["it is summed over the melodies already; return one number for each."] = right.sum()
    mistakes["mean and log_var are exchanged."] = lambda: _loss(tokens, wide[1], wide[3], wide[2], beta)
    mistakes["only the cross-entropy is there."] = _loss(*wide[:4], 0.0)
    mistakes["the sign is wrong: this is what to maximise."] = -right
    mistakes["the logits are taken for probabilities: say from_logits=True."] = _loss(*wide, kind="raw")
    check.close(traced.value, right, "the loss", mistakes=mistakes)
    check.array(traced.value, "the loss", shape=(n,))
    slopes = traced.gradients(by=[1, 2, 3])
    wanted = softmax(wide[1], axis=2) - np.eye(v)[tokens], beta * wide[2], beta * 0.5 * (np.exp(wide[3]) - 1)
    for slope, one, name in zip(slopes, wanted, ("logits", "mean", "log_var"), strict=True):
        check.close(slope, one, f"the gradient of the loss by {name}", rtol=1e-3)
    specs = tf.TensorSpec((None, steps), tf.int32), (None, steps, v), (None, k), (None, k), beta
    compiled, _ = check.compiled(loss, *specs, inputs=[tokens, logits, mean, log_var])
    check.close(compiled, right, "the loss, compiled as in training")


# ---- samples ---------------------------------------------------------------------------------


class _Decoder:
    """Stands in for a decoder: notes the codes that it gets, and gives every one the same logits."""

    def __init__(self, steps: int, v: int, by_code: bool = False):
        rng = np.random.default_rng([steps, v])
        self.logits, self.codes, self.by_code = 1.5 * rng.normal(size=(steps, v)), [], by_code

    def __call__(self, codes):
        codes = np.asarray(codes)
        self.codes.append(codes)
        logits = np.repeat(self.logits[None], len(codes), axis=0)
        if self.by_code:  # the sign of the first number of a code decides
            logits = np.where((codes[:, 0] > 0)[:, None, None], logits, -logits)
        return logits.astype("float32")


def check_samples(sample, steps: int, v: int, k: int, temperature: float, n: int = 4000) -> None:
    """Are codes drawn from the prior, and tokens from the softmax of logits / temperature?"""
    decode = _Decoder(steps, v)
    answer = check.call(sample, decode, n, k, temperature, 3)
    tokens = check.array(answer, "the tokens", shape=(n, steps), kind="integer")
    check.require(tokens.min() >= 0 and tokens.max() < v, f"There are tokens from 0 to {v - 1}, not {tokens.max()}.")
    check.require(bool(decode.codes), "`decode` was not called: it turns codes into logits.")
    codes = np.concatenate([check.array(part, "the codes", shape=(None, k)) for part in decode.codes])
    _check_codes(codes, n, k)
    right = softmax(decode.logits / temperature, axis=1)
    shares = np.stack([np.bincount(column, minlength=v) for column in tokens.T]) / n
    same = (tokens == tokens[:1]).all()
    message = "All melodies are the same: this is the argmax, or one draw for all. Draw each token anew."
    check.require(not same, message)
    mistakes = {
        "the logits are multiplied by the temperature; divide by it.": softmax(decode.logits * temperature, axis=1),
        "the temperature is not used, or it cancels: divide the logits, before the softmax.": softmax(
            decode.logits, axis=1
        ),
        "all tokens are drawn alike; use the softmax of the logits.": np.full((steps, v), 1 / v),
        "the logits' sign is wrong.": softmax(-decode.logits / temperature, axis=1),
        "the probabilities are divided by the temperature; the logits are.": softmax(
            softmax(decode.logits, axis=1) / temperature, axis=1
        ),
    }
    tolerance = 5 * np.sqrt(0.25 / n)
    check.close(shares, right, "the shares of the tokens at each step", rtol=0, atol=tolerance, mistakes=mistakes)
    if steps > 1:
        order = np.argsort(np.argsort(-right, axis=1), axis=1)  # 0: the most likely token of its step
        ranks = np.take_along_axis(order[None], tokens[:, :, None], axis=2)[:, :, 0]
        linked = np.abs(np.corrcoef(ranks.T) - np.eye(steps)).max()
        check.require(linked < 6 / np.sqrt(n), "The steps of a melody got the same random number: each needs its own.")
    decode = _Decoder(steps, v, by_code=True)
    drawn = np.asarray(check.call(sample, decode, 400, k, 0.01, 4))
    first = np.concatenate(decode.codes)[:, :1] > 0
    wanted = np.where(first, decode.logits.argmax(axis=1), decode.logits.argmin(axis=1))
    check.require(
        drawn.shape == wanted.shape and np.mean(drawn == wanted) > 0.9,
        "Near temperature 0, tokens should be the most likely ones of their own code, and they are not.",
    )
    _check_seeds(sample, steps, v, k)


def _check_codes(codes: np.ndarray, n: int, k: int) -> None:
    """Is each code a sample of N(0, I)?"""
    rows = len(codes) == n
    check.require(rows, f"`decode` got {len(codes)} codes for {n} melodies: each melody has a code of its own.")
    check.require(len(np.unique(codes, axis=0)) > 0.99 * n, "Several melodies got the same code.")
    far = 6 / np.sqrt(n)
    centred = np.abs(codes.mean(axis=0)).max() < far and np.abs(codes.std(axis=0) - 1).max() < far
    message = (
        f"The codes have means near {codes.mean():.2f} and standard deviations near {codes.std():.2f}; those of the "
        "prior are 0 and 1."
    )
    check.require(centred, message)
    fourth = np.mean(codes**4)
    check.require(abs(fourth - 3) < 6 * np.sqrt(96 / codes.size), "The codes are not normally distributed.")
    independent = k == 1 or np.abs(np.corrcoef(codes.T) - np.eye(k)).max() < far
    check.require(independent, "The numbers of a code depend on each other: draw each by itself.")


def _check_seeds(sample, steps: int, v: int, k: int) -> None:
    decode, again = _Decoder(steps, v), _Decoder(steps, v)
    args = decode, 30, k, 1.0
    first = np.asarray(check.call(sample, *args, 5))
    codes = np.concatenate(decode.codes)
    check.close(check.call(sample, again, *args[1:], 5), first, "a second call with the same seed", rtol=0)
    message = "The same seed gives other codes: draw them from np.random.default_rng(seed), too."
    check.require(np.array_equal(np.concatenate(again.codes), codes), message)
    fresh = [np.random.default_rng(5) for _ in range(2)]
    twice = np.argmax(decode.logits + fresh[0].gumbel(size=first.shape + (v,)), axis=2)
    twice = np.array_equal(twice, first) and np.allclose(fresh[1].normal(size=codes.shape), codes, atol=1e-6)
    check.require(not twice, "Codes and tokens get the same random numbers: make one generator, and use it for both.")
    if steps * v > 2:
        check.differ(check.call(sample, *args, 6), first, "Another seed gives the same tokens: use the argument seed.")
    one = check.call(sample, decode, 1, k, 1.0, 7)
    check.array(one, "the tokens of one melody", shape=(1, steps), kind="integer")


# ---- interpolation ---------------------------------------------------------------------------


def _networks(steps: int, v: int, k: int):
    """Lopsided stand-ins: an encoder whose mean is linear in the tokens, and a decoder that is not."""
    rng = np.random.default_rng([steps, v, k, 9])
    into, out, bias = rng.normal(size=(steps, k)), rng.normal(size=(k, steps, v)), rng.normal(size=(steps, v))

    def encode(tokens):
        tokens = np.asarray(tokens)
        check.require(
            tokens.ndim == 2 and tokens.shape[1] == steps,
            f"`encode` got the shape {tokens.shape}; it takes several melodies, (n, {steps}).",
        )
        return (np.sin(tokens.astype(float)) @ into).astype("float32")

    def decode(codes):
        codes = np.asarray(codes)
        check.require(
            codes.ndim == 2 and codes.shape[1] == k,
            f"`decode` got the shape {codes.shape}; it takes several codes, (n, {k}).",
        )
        return (np.einsum("nk,kiv->niv", np.tanh(codes), out) + bias).astype("float32")

    return encode, decode


def _path(encode, decode, first, second, n, kind="codes", ends=True, back=False) -> np.ndarray:
    """The tokens along the path, with popular slips as options."""
    weights = np.linspace(0, 1, n) if ends else np.arange(n) / n
    if ends == "inner":
        weights = np.linspace(0, 1, n + 2)[1:-1]
    weights = (weights[::-1] if back else weights)[:, None]
    both = np.stack([first, second])
    if kind == "tokens":
        return np.round((1 - weights) * first + weights * second).astype(int)
    if kind == "rounded":
        codes = encode(np.round((1 - weights) * first + weights * second).astype(int))
        return decode(codes).argmax(axis=2)
    a, b = encode(both).astype(float)
    if kind == "logits":
        a, b = decode(np.stack([a, b]))
        return ((1 - weights[..., None]) * a + weights[..., None] * b).argmax(axis=2)
    if kind == "added":
        return decode(a + weights * b).argmax(axis=2)
    if kind == "step":
        return decode(np.repeat(((a + b) / 2)[None], n, axis=0)).argmax(axis=2)
    return decode((1 - weights) * a + weights * b).argmax(axis=2)


def check_interpolate(interpolate, steps: int, v: int, k: int, n: int) -> None:
    """Hold the tokens along a path between two codes against NumPy."""
    encode, decode = _networks(steps, v, k)
    first, second = np.random.default_rng([steps, v, n]).integers(0, v, (2, steps))
    answer = check.call(interpolate, encode, decode, first, second, n)
    right = _path(encode, decode, first, second, n)
    if np.shape(answer) == (n, steps, v):
        raise check.CheckError("These are the decoder's logits; take the most likely token of each step.")
    if np.shape(answer) == (n, k):
        raise check.CheckError("These are the codes; decode them.")
    options = {
        "the path runs from the second melody to the first.": {"back": True},
        "the last code is not the second melody's: take n weights from 0 to 1.": {"ends": False},
        "the two ends are missing: take n weights from 0 to 1.": {"ends": "inner"},
        "the tokens are mixed; encode both melodies and mix their codes.": {"kind": "tokens"},
        "the tokens are mixed before the encoder; mix the codes.": {"kind": "rounded"},
        "the logits of the two ends are mixed; mix the codes, and decode each mixture.": {"kind": "logits"},
        "the first code keeps the weight 1; it is 1 - weight.": {"kind": "added"},
        "all are the middle of the path.": {"kind": "step"},
    }
    mistakes = check.slips(lambda **slip: _path(encode, decode, first, second, n, **slip), options)
    mistakes["the least likely tokens are taken; take the most likely ones."] = lambda: _least(
        encode, decode, first, second, n
    )
    check.close(answer, right, "the tokens along the path", rtol=0, mistakes=mistakes)
    check.array(answer, "the tokens along the path", shape=(n, steps), kind="integer")


def _least(encode, decode, first, second, n):
    codes = np.linspace(*encode(np.stack([first, second])).astype(float), n)
    return decode(codes).argmin(axis=2)
