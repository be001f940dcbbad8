"""Checks of lesson 35, melodies: samples and interpolation."""

from functools import partial

import numpy as np
from scipy.special import softmax

from course_utils import check

# ---- samples ---------------------------------------------------------------------------------


class _Decoder:
    """Stands in for a decoder: notes the codes that it gets, and gives every one the same logits."""

    def __init__(self, steps: int, v: int, k: int, by_code: bool = False):
        rng = np.random.default_rng([steps, v])
        self.logits, self.codes, self.k, self.by_code = 1.5 * rng.normal(size=(steps, v)), [], k, by_code
        if by_code:  # one token of each step stands out above, and one below
            order = np.argsort(np.argsort(self.logits, axis=1), axis=1)
            self.logits += 3.0 * (order == v - 1) - 3.0 * (order == 0)

    def __call__(self, codes):
        codes = np.asarray(codes)
        fits = codes.ndim == 2 and codes.shape[1] == self.k
        check.require(fits, f"`decode` got the shape {codes.shape}; it takes codes, one in each row: (n, {self.k}).")
        self.codes.append(codes)
        logits = np.repeat(self.logits[None], len(codes), axis=0)
        if self.by_code:  # the sign of the first number of a code decides
            logits = np.where((codes[:, 0] > 0)[:, None, None], logits, -logits)
        return logits.astype("float32")


def _share_mistakes(logits, temperature, shares) -> dict:
    """What the shares of the tokens would be, by popular slips."""
    right = softmax(logits / temperature, axis=1)
    found = {
        "the logits are multiplied by the temperature; divide by it.": softmax(logits * temperature, axis=1),
        "the temperature is not used, or it cancels: divide the logits, before the softmax.": softmax(logits, axis=1),
        "all tokens are drawn alike; use the softmax of the logits.": np.full(logits.shape, 1 / logits.shape[1]),
        "the logits' sign is wrong.": softmax(-logits / temperature, axis=1),
        "the probabilities are divided by the temperature; the logits are.": softmax(
            softmax(logits, axis=1) / temperature, axis=1
        ),
        "the root of the temperature is taken; divide by the temperature.": softmax(logits / temperature**0.5, axis=1),
        "the logits are divided by the temperature twice, or the noise is multiplied by it, too.": softmax(
            logits / temperature**2, axis=1
        ),
        "all steps are drawn as the first; each has its own logits.": np.repeat(right[:1], len(right), axis=0),
        "the softmax is over the steps; it is over the tokens, the last axis.": softmax(logits / temperature, axis=0)
        / softmax(logits / temperature, axis=0).sum(axis=1, keepdims=True),
        "the softmax is missing: the size of a logit is no probability.": np.abs(logits)
        / np.abs(logits).sum(axis=1, keepdims=True),
        "the noise is added to probabilities, or a second softmax is taken; both take the logits.": softmax(
            right, axis=1
        ),
        "the sigmoid of each logit is taken; use the softmax.": (s := 1 / (1 + np.exp(-logits / temperature)))
        / s.sum(axis=1, keepdims=True),
    }
    rng, noises = np.random.default_rng(0), {}
    for name in ("gumbel", "normal", "exponential", "random", "logistic"):
        noise = getattr(rng, name)(size=(4000, *logits.shape))
        sign = -1 if name == "gumbel" else 1
        drawn = np.argmax(logits / temperature + sign * noise, axis=2)
        words = (
            "the noise is subtracted; add it." if sign < 0 else f"Gumbel noise is needed, not another one ({name}?)."
        )
        noises[words] = np.stack([np.bincount(one, minlength=logits.shape[1]) for one in drawn.T]) / 4000
    return found | dict(sorted(noises.items(), key=lambda pair: np.abs(pair[1] - shares).max()))


def _wrong_shares(logits, temperature, shares) -> str:
    """Which tokens are never drawn, or drawn too often, or as if the temperature were another."""
    right = softmax(logits / temperature, axis=1)
    best = np.argmax(right, axis=1)[:, None]
    never = (shares == 0) & (right > 0.02)
    if never.any() and np.take_along_axis(shares, best, axis=1).all():
        return "some tokens are never drawn; each has its probability."
    other = _temperature(logits, shares)
    if other:
        return (
            f"the tokens are drawn as if the temperature were {other:.2g}; it is {temperature:g}. Is the noise as wide "
            "as it has to be, and are the logits divided once?"
        )
    step, token = np.unravel_index(np.argmax(np.abs(shares - right)), right.shape)
    return (
        f"token {token} of step {step} has the probability {right[step, token]:.2f}, and is drawn in a share of "
        f"{shares[step, token]:.2f}. Are the shares those of the softmax, and of the same step?"
    )


def _temperature(logits, shares) -> float:
    """The temperature that gives these shares, or 0."""
    for other in np.geomspace(0.02, 50, 400):
        if np.abs(softmax(logits / other, axis=1) - shares).max() < 2.5 / np.sqrt(4000):
            return other
    return 0.0


def check_samples(sample, steps: int, v: int, k: int, temperature: float, n: int = 4000) -> None:
    """Are codes drawn from the prior, and tokens from the softmax of logits / temperature?"""
    decode = _Decoder(steps, v, k)
    answer = check.call(sample, decode, n, k, temperature, 3)
    check.require(answer is not None, "the tokens: nothing was returned. Is the `return` missing?")
    check.require(bool(decode.codes), "`decode` was not called: it turns codes into logits.")
    codes = np.concatenate([check.array(part, "the codes", shape=(None, k)) for part in decode.codes])
    _check_codes(codes, n, k)
    shape = check.array(answer, "the tokens").shape
    whole = f"There is a number for each of the {v} tokens; draw one of them at each step, ({n}, {steps})."
    check.require(shape != (n, steps, v), whole)
    wrong = f"the tokens: the shape is {shape}: the maximum is taken over the steps; take it over the last axis."
    check.require(v == steps or shape != (n, v), wrong)
    tokens = check.array(answer, "the tokens", shape=(n, steps), kind="integer")
    check.not_list(answer, "the tokens")
    check.require(tokens.min() >= 0 and tokens.max() < v, f"There are tokens from 0 to {v - 1}, not {tokens.max()}.")
    right = softmax(decode.logits / temperature, axis=1)
    shares = np.stack([np.bincount(column, minlength=v) for column in tokens.T]) / n
    same = (tokens == tokens[:1]).all()
    message = (
        "All melodies are the same: this is the argmax, or one draw for all. Draw each token anew, by its probability."
    )
    check.require(not same, message)
    tolerance = 5 * np.sqrt(0.25 / n)
    name, given = "the shares of the tokens at each step", (decode.logits, temperature, shares)
    known, look = partial(_share_mistakes, *given), partial(_wrong_shares, *given)
    check.close(shares, right, name, rtol=0, atol=tolerance, mistakes=known, otherwise=look)
    if steps > 1:
        order = np.argsort(np.argsort(-right, axis=1), axis=1)  # 0: the most likely token of its step
        ranks = np.take_along_axis(order[None], tokens[:, :, None], axis=2)[:, :, 0]
        linked = np.abs(np.corrcoef(ranks.T) - np.eye(steps)).max()
        check.require(linked < 6 / np.sqrt(n), "The steps of a melody got the same random number: each needs its own.")
    decode = _Decoder(steps, v, k, by_code=True)
    drawn = np.asarray(check.call(sample, decode, 400, k, 0.2, 4))
    first = np.concatenate(decode.codes)[:, :1] > 0
    wanted = np.where(first, decode.logits.argmax(axis=1), decode.logits.argmin(axis=1))
    check.require(
        drawn.shape == wanted.shape and np.mean(drawn == wanted) > 0.9,
        "At a low temperature, tokens should be the most likely ones of their own code, and they are not.",
    )
    _check_seeds(sample, steps, v, k)


def _check_codes(codes: np.ndarray, n: int, k: int) -> None:
    """Is each code a sample of N(0, I)?"""
    rows = len(codes) == n
    check.require(rows, f"`decode` got {len(codes)} codes for {n} melodies: each melody has a code of its own.")
    different = len(np.unique(codes, axis=0)) / n
    check.require(different > 0.5, "Several melodies got the same code.")
    far = 6 / np.sqrt(n)
    centred = np.abs(codes.mean(axis=0)).max() < far and np.abs(codes.std(axis=0) - 1).max() < far
    message = (
        f"The codes have means near {codes.mean():.2f} and standard deviations near {codes.std():.2f}; those of the "
        "prior are 0 and 1."
    )
    check.require(centred, message)
    check.require(different > 0.99, "Several melodies got the same code.")
    fourth = np.mean(codes**4)
    check.require(abs(fourth - 3) < 6 * np.sqrt(96 / codes.size), "The codes are not normally distributed.")
    independent = k == 1 or np.abs(np.corrcoef(codes.T) - np.eye(k)).max() < far
    check.require(independent, "The numbers of a code depend on each other: draw each by itself.")


def _check_seeds(sample, steps: int, v: int, k: int) -> None:
    decode, again = _Decoder(steps, v, k), _Decoder(steps, v, k)
    args = decode, 30, k, 1.0
    first = np.asarray(check.call(sample, *args, 5))
    codes = np.concatenate(decode.codes)
    second = np.asarray(check.call(sample, again, *args[1:], 5))
    same = np.array_equal(np.concatenate(again.codes), codes)
    check.require(same, "The same seed gives other codes: draw them from np.random.default_rng(seed), too.")
    same = np.array_equal(second, first)
    check.require(same, "The same seed gives other tokens: draw them from np.random.default_rng(seed), too.")
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


def _slerp(a, b, w):
    angle = np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1)) + 1e-9
    return (np.sin((1 - w) * angle) * a + np.sin(w * angle) * b) / np.sin(angle)


CODES_MIXED = {  # message -> codes from the two ends and the weights
    "the path runs from the second melody to the first.": lambda a, b, w: w * a + (1 - w) * b,
    "the first code keeps the weight 1; it is 1 - weight.": lambda a, b, w: a + w * b,
    "both codes have the same weight; the first has 1 - weight.": lambda a, b, w: w * a + w * b,
    "the difference has the wrong sign: the path leads away from the second code.": lambda a, b, w: a + w * (a - b),
    "all are the middle of the path.": lambda a, b, w: (a + b) / 2 + 0 * w,
    "the mixture is halved; the two weights have the sum 1 already.": lambda a, b, w: ((1 - w) * a + w * b) / 2,
    "the codes jump from the first to the second; mix them by weights between 0 and 1.": lambda a, b, w: np.where(
        w > 0.5, b, a
    ),
    "all have the first code.": lambda a, b, w: a + 0 * w,
    "all have the second code.": lambda a, b, w: b + 0 * w,
    "the weights are squared; they are evenly spaced.": lambda a, b, w: (1 - w**2) * a + w**2 * b,
    "the weights are not evenly spaced.": lambda a, b, w: (a + b + np.cos(np.pi * w) * (a - b)) / 2,
    "this path runs along a circle (slerp); it is straight here.": _slerp,
    "the codes are scaled after mixing; take (1 - w) z1 + w z2 as it is.": lambda a, b, w: (
        ((1 - w) * a + w * b) / np.sqrt((1 - w) ** 2 + w**2)
    ),
    "only the first number of the codes is mixed; mix all.": lambda a, b, w: np.where(
        np.arange(len(a)) == 0, (1 - w) * a + w * b, a
    ),
    "the codes are rounded.": lambda a, b, w: np.round((1 - w) * a + w * b),
}
WEIGHTS = {
    "the last code is not the second melody's: take n weights from 0 to 1.": lambda n: np.arange(n) / n,
    "the two ends are missing: take n weights from 0 to 1.": lambda n: np.arange(1, n + 1) / (n + 1),
    "the first code is not the first melody's: take n weights from 0 to 1.": lambda n: np.arange(1, n + 1) / n,
    "the path runs beyond the second code: the last weight is 1.": lambda n: np.arange(n) / max(n - 2, 1),
}


def _path_mistakes(encode, decode, first, second, n) -> dict:
    """The tokens along the path by popular slips."""
    a, b = encode(np.stack([first, second])).astype(float)
    w = np.linspace(0, 1, n)[:, None]

    def tokens(codes):
        return decode(codes).argmax(axis=2)

    found = {}
    for message, make in WEIGHTS.items():
        other = make(n)[:, None]
        found[message] = tokens((1 - other) * a + other * b)
    found |= {message: tokens(mix(a, b, w)) for message, mix in CODES_MIXED.items()}
    mixed = np.round((1 - w) * first + w * second).astype(int)
    found["the tokens are mixed; encode both melodies and mix their codes."] = mixed
    found["the tokens are mixed before the encoder; mix the codes."] = tokens(encode(mixed))
    from_a, from_b = decode(np.stack([a, b]))
    pair = ((1 - w[..., None]) * from_a + w[..., None] * from_b).argmax(axis=2)
    found["the logits of the two ends are mixed; mix the codes, and decode each mixture."] = pair
    copies = np.round((1 - w) * from_a.argmax(axis=1) + w * from_b.argmax(axis=1))
    found["the tokens of the two copies are mixed; mix the codes, and decode each mixture."] = copies
    logits = decode((1 - w) * a + w * b)
    found["these are the largest logits; take the tokens that have them (argmax)."] = logits.max(axis=2)
    found["the least likely tokens are taken; take the most likely ones."] = logits.argmin(axis=2)
    ends = logits.argmax(axis=2)
    ends[0], ends[-1] = first, second
    found["the ends are the melodies themselves; decode their codes as all others."] = ends
    return found


def _strange_code(seen: list, ends: np.ndarray, answer) -> str:
    """The first of the decoded codes that is another mixture of the two, in words."""
    codes, n = np.concatenate(seen) if seen else np.zeros((0, 0)), len(answer) if np.ndim(answer) == 2 else 0
    if n > 2 and len(seen) and codes.shape[1:] == ends.shape[1:] and len(codes) != n:
        return f"{len(codes)} codes were decoded for n = {n} melodies; each is decoded from one mixture."
    if codes.shape != (n, ends.shape[1]) or ends.shape[1] < 3:
        return ""
    found = np.linalg.lstsq(ends.T, np.nan_to_num(codes).T, rcond=None)[0].T
    if not np.abs(found @ ends - codes).max() < 1e-3:
        return (
            "a code was decoded that is no sum of multiples of the two codes, (1 - w) z1 + w z2. In each "
            "melody one weight w is for the whole code."
        )
    for i, (w, (a, b)) in enumerate(zip(np.linspace(0, 1, n), found, strict=True)):
        if abs(a - 1 + w) + abs(b - w) > 1e-3:
            return f"melody {i} is decoded from {a:.3g} z1 + {b:.3g} z2, expected {1 - w:.3g} z1 + {w:.3g} z2."
    return "the codes are right, but not the tokens: take the most likely token of each step."


def check_interpolate(interpolate, steps: int, v: int, k: int, n: int) -> None:
    """Hold the tokens along a path between two codes against NumPy."""
    encode, decode = _networks(steps, v, k)
    first, second = np.random.default_rng([steps, v, n]).integers(0, v, (2, steps))
    seen = []

    def watched(codes):
        seen.append(np.asarray(codes))
        return decode(codes)

    answer = check.call(interpolate, encode, watched, first, second, n)
    ends = encode(np.stack([first, second])).astype(float)
    right = decode(np.linspace(*ends, n)).argmax(axis=2)
    name, shape = "the tokens along the path", check.array(answer, "the tokens along the path").shape
    if shape != right.shape:
        words = {
            (n, steps, v): "These are the decoder's logits, or probabilities; take the most likely token of each step.",
            (n, k): "These are the codes; decode them.",
            (n, v): f"{name}: the argmax is taken over the steps; the tokens are the last axis.",
            (steps, v): f"{name}: the argmax is taken over the melodies; the tokens are the last axis.",
            (steps,): f"{name}: this is one melody; return all {n}.",
            (): f"{name}: this is one number. The argmax needs an axis, that of the tokens.",
            (n * steps,): f"{name}: they stand in one row; each melody has a row of its own, ({n}, {steps}).",
        }
        check.require(shape not in words, words.get(shape, ""))
        many = len(shape) == 2 and shape[1] == steps
        check.require(not many, f"{name}: {shape[0]} melodies came back, expected n = {n}: take n weights from 0 to 1.")
    known, look = partial(_path_mistakes, encode, decode, first, second, n), partial(_strange_code, seen, ends, answer)
    check.close(answer, right, name, rtol=0, mistakes=known, otherwise=look)
    check.array(answer, name, shape=(n, steps), kind="integer")
