"""Check of lesson 37: pictures of a caption, sampled and decoded."""

import numpy as np

from course_utils import check


def _pictures(codes: np.ndarray, d: int) -> np.ndarray:
    """A lopsided stand-in for a decoder, (rows, d), that also leaves the values from 0 to 1."""
    weights = np.linspace(0.5, 1.5, codes.shape[1])
    return np.stack([np.sin(3 * j + codes @ weights) * 1.5 for j in range(d)], axis=1)


def _wrong_pictures(codes: np.ndarray, m: int, n: int, d: int) -> dict:
    """What known mistakes after decoding make of m n codes, which stand caption by caption."""
    raw = _pictures(codes, d).reshape(m, n, d)
    right, flat = np.clip(raw, 0, 1), raw.reshape(-1, d)
    order = "the axes are (m, n, d): captions first."
    return {
        "they are not cut to values from 0 to 1.": raw,
        "they are cut below 0 but not above 1.": np.maximum(raw, 0),
        "they are cut above 1 but not below 0.": np.minimum(raw, 1),
        "they are cut to values from -1 to 1; pixels lie between 0 and 1.": np.clip(raw, -1, 1),
        "they are cut to values from 0 to 255; pixels lie between 0 and 1.": np.clip(255 * raw, 0, 255),
        "a sigmoid is no cut: use np.clip.": 1 / (1 + np.exp(-raw)),
        "they are rescaled, not cut: use np.clip.": (raw - raw.min()) / np.ptp(raw),
        "absolute values are no cut: use np.clip.": np.clip(np.abs(raw), 0, 1),
        "they are averaged over the pictures of a caption; return all n.": right.mean(axis=1),
        "this is one picture of each caption; return all n.": right[:, 0],
        order: right.transpose(1, 0, 2),
        f"{order} Decoded caption by caption, they were given the shape (n, m, d).": right.reshape(n, m, d),
        "these are the codes; decode them.": codes.reshape(m, n, -1),
        "these are the pictures in one row after the other; give them the shape (m, n, d).": np.clip(flat, 0, 1),
        "the pictures of a caption stand side by side; give them the shape (m, n, d).": right.reshape(m, -1),
    }


def check_imagine(imagine, m: int, k: int, d: int, n: int = 3000) -> None:
    """Are codes drawn from each of m Gaussians, each with noise of its own, decoded and cut?"""
    rng = np.random.default_rng([m, k, d])
    mean, log_var = rng.normal(size=(m, k)) + 1, rng.uniform(-2.0, 1.5, size=(m, k))
    got = []

    def decode(codes):
        values = np.asarray(codes)
        lost = values.dtype.kind == "f" and np.isnan(values).any()
        root = "NaN reached `decode`: log_var may be negative, and then has no root. σ is exp(log_var / 2)."
        check.require(not lost, root)
        codes = check.array(codes, "what `decode` gets", shape=(None, k))
        got.append(np.array(codes, dtype=float))
        return _pictures(got[-1], d)

    def made(seed, rows=n):
        got.clear()
        pictures = check.call(imagine, mean, log_var, decode, rows, seed)
        check.require(bool(got), "`decode` was not called: the samples are decoded.")
        codes = np.concatenate(got)
        each = f"{rows} pictures of each of {m} captions need {m * rows}. Take the sizes from `mean` and `n`."
        check.require(len(codes) == m * rows, f"`decode` got {len(codes)} codes in all; {each}")
        right = np.clip(_pictures(codes, d).reshape(m, rows, d), 0, 1)
        by_picture = codes.reshape(rows, m, k).transpose(1, 0, 2)
        swapped = np.clip(_pictures(by_picture.reshape(-1, k), d).reshape(m, rows, d), 0, 1)
        value = np.asarray(pictures)
        if m > 1 and value.shape == swapped.shape and np.allclose(value, swapped, atol=1e-5):
            check.not_list(pictures, "the pictures")
            return by_picture  # decoded picture by picture

        def mistakes():
            second = _wrong_pictures(by_picture.reshape(-1, k), m, rows, d) if m > 1 else {}
            return _wrong_pictures(codes, m, rows, d) | {f"{text} ": one for text, one in second.items()}

        alike = rows > 1 and np.ptp(codes.reshape(m, rows, k), axis=1).max() == 0
        words = "`decode` got the means alone; noise belongs to the codes." if alike else ""
        check.close(pictures, right, "the pictures", rtol=1e-3, mistakes=mistakes, otherwise=lambda: words)
        check.not_list(pictures, "the pictures")
        return codes.reshape(m, rows, k)

    codes = made(3)
    _require_noise(codes, mean, log_var)
    first = made(5, 6)
    same = np.allclose(made(5, 6), first, rtol=1e-9)
    check.require(same, "The same seed gives other pictures at a second call: use np.random.default_rng(seed).")
    check.differ(made(6, 6), first, "Another seed gives the same codes: use np.random.default_rng(seed).")
    check.require(made(7, 1).shape == (m, 1, k), "It must work for one picture of each caption.")


def _wrong_spreads(codes: np.ndarray, mean: np.ndarray, log_var: np.ndarray) -> dict:
    """The standard deviations that known mistakes give."""
    (m, n, k), sd, spread = codes.shape, np.exp(log_var / 2), codes.std(axis=1)
    above = np.sqrt(1 - 2 / np.pi) * sd if (codes >= mean[:, None]).all() else None
    mixed = codes.reshape(n, m, k).std(axis=0)
    moved = codes.transpose(1, 0, 2).reshape(m, n, k).std(axis=1)
    return {
        "the variance stands where the standard deviation belongs: halve the logarithm.": sd**2,
        "the variance is squared; the standard deviation is exp(log_var / 2).": sd**4,
        "the root of the standard deviation was taken; it is exp(log_var / 2).": np.sqrt(sd),
        "log_var itself was used as standard deviation; take the exponential of its half.": np.abs(log_var),
        "half of log_var was used as standard deviation; take its exponential.": np.abs(log_var / 2),
        "the noise is not scaled by the standard deviation.": np.ones((m, k)),
        "the sign of log_var is wrong.": 1 / sd,
        "the sign of log_var is wrong, and its half is missing.": 1 / sd**2,
        "the noise is scaled by the mean; scale it by the standard deviation.": np.abs(mean),
        "no code lies below its mean: noise has both signs. Use rng.normal as it is.": above,
        "the first caption's standard deviations were used for all captions.": (
            np.broadcast_to(sd[:1], sd.shape) if m > 1 else None
        ),
        "the noise is drawn evenly from 0 to 1; use rng.normal.": sd / np.sqrt(12),
        "the noise is drawn evenly from -1 to 1; use rng.normal.": sd / np.sqrt(3) if above is None else None,
        "the noise is truncated; use rng.normal.": 0.88 * sd,
        "the noise is scaled by standard deviation and mean.": np.abs(mean) * sd,
        "rows of several captions are mixed: the codes of one caption stand together (np.repeat, not np.tile).": (
            spread if m > 1 and np.abs(mixed / sd - 1).max() < 0.1 else None
        ),
        "rows of several captions are mixed: the codes stand caption by caption, the pictures do not; reshape(m, n, -1).": (
            spread if m > 1 and np.abs(moved / sd - 1).max() < 0.1 else None
        ),
    }


def _require_noise(codes: np.ndarray, mean: np.ndarray, log_var: np.ndarray) -> None:
    """Moments of codes (m, n, k), and independence of captions, pictures and dimensions."""
    m, n, k = codes.shape
    sd, bound = np.exp(log_var / 2), 6 / np.sqrt(n)
    varied = np.ptp(codes, axis=1).min() > 0
    check.require(varied, "All pictures of a caption have the same code: each picture needs noise of its own.")
    check.require(codes.min() < 0 or codes.max() > 1, "The codes are cut to values from 0 to 1; cut the pictures.")
    again = any(len(np.unique(one, axis=0)) < n / 2 for one in codes)  # in float32 a few are alike by chance
    check.require(not again, "Some pictures of a caption have the same code: each picture needs noise of its own.")
    still = (codes == mean[:, None]).all(axis=2).any()
    check.require(not still, "Some pictures are decoded from the mean itself: each picture needs noise of its own.")
    spread, mistakes = codes.std(axis=1), _wrong_spreads(codes, mean, log_var)
    name = "the standard deviations of the codes"
    mistakes = {text: value / sd if value is not None else None for text, value in mistakes.items()}
    for text, value in mistakes.items():  # wider than check.close compares: they are estimates
        if value is not None and np.abs(spread / sd - 1).max() > 0.1 and np.allclose(spread / sd, value, rtol=0.06):
            check.require(False, f"{name}: {text}")
    c, j = np.unravel_index(np.argmax(np.abs(spread / sd - 1)), sd.shape)
    words = f"that of caption {c} in dimension {j} is {spread[c, j]:.2g}, but exp(log_var / 2) is {sd[c, j]:.2g}."
    ratio = spread / sd
    if np.ptp(ratio) < 0.1 * ratio.mean():
        words = (
            f"all are about {ratio.mean():.2g} times as large as exp(log_var / 2). Does the noise come from rng.normal?"
        )
    check.require(abs(ratio[c, j] - 1) < 0.1, f"{name}: {words}")
    standard = (codes - mean[:, None]) / sd[:, None]
    shift = np.abs(standard.mean(axis=1)).max()
    check.require(shift < bound, "The codes do not lie around the mean: add the mean to the noise.")
    check.require((standard**4).mean() > 2.4, "The noise is not normally distributed: use rng.normal.")
    linked = 0.0 if k == 1 else np.abs(np.corrcoef(standard[0].T) - np.eye(k)).max()
    check.require(linked < bound, "The dimensions of a code get the same noise; each needs its own.")
    shared = 0.0 if m == 1 else np.abs(np.corrcoef(standard[:, :, 0]) - np.eye(m)).max()
    shifted = 0.0 if m == 1 else abs(np.corrcoef(standard[0, 1:, 0], standard[1, :-1, 0])[0, 1])
    check.require(shifted < bound, "Noise occurs twice, at other captions; draw all of it from one generator.")
    check.require(shared < bound, "The captions get the same noise; each picture needs its own.")
