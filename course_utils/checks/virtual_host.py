"""Checks of lesson 62, a virtual host: sound, projection, directions, timing."""

from collections.abc import Callable

import numpy as np

from course_utils import check


def sound_case(n: int, rate: int, fps: int) -> tuple[np.ndarray, int, int]:
    """A wave of n values that swells, with an offset; its rates."""
    t = np.arange(n)
    wave = 0.3 * np.sin(0.7 * t) * (1 + t / max(n, 1)) + 0.05 * np.cos(2.1 * t) + 0.02
    return wave.astype("float32"), rate, fps


def _loudness(sound, rate, fps, hop="exact", last="short", square=True, root=True, how="mean"):
    frames = -(-len(sound) * fps // rate)
    found = []
    for k in range(frames):
        start, stop = k * rate // fps, (k + 1) * rate // fps
        if hop == "whole":
            start, stop = k * (rate // fps), (k + 1) * (rate // fps)
        part = np.asarray(sound[start:stop], float)
        if not len(part):
            found.append(0.0)
            continue
        values = part**2 if square else np.abs(part)
        if how == "std":
            values = (part - part.mean()) ** 2
        total = values.sum() / (max(stop - start, 1) if last == "full" else len(part))
        found.append({"mean": total, "std": total, "max": values.max(), "sum": values.sum()}[how])
    found = np.array(found)
    return np.sqrt(found) if root and square else found


def check_loudness(loudness: Callable, sound: np.ndarray, rate: int, fps: int) -> None:
    """Compare with a loop over frames, and know frames that drift."""
    name = f"{len(sound)} values at {rate} a second, {fps} frames a second"
    right = _loudness(sound, rate, fps)
    answer = check.array(check.call(loudness, sound, rate, fps), f"{name}: the loudness")
    short = len(sound) * fps // rate
    check.require(
        answer.shape == right.shape or answer.shape != (short,),
        f"{name}: expected {len(right)} frames, got {short}: the rest of the sound needs a frame, too.",
    )
    mistakes = {
        "the frames drift: rate / fps is no whole number; frame k starts at k * rate // fps.": {"hop": "whole"},
        "this is the mean square; take its root.": {"root": False},
        "these are means of absolute values; take the root of the mean SQUARE.": {"square": False},
        "this is the largest value of each frame, not the root of the mean square.": {"how": "max"},
        "this is the root of the SUM of squares; take their mean.": {"how": "sum"},
        "the mean of the frame is subtracted: this is a standard deviation.": {"how": "std"},
        "the last frame is divided by a whole frame's length; it has fewer values.": {"last": "full"},
    }
    check.close(
        answer, right, f"{name}: the loudness", rtol=1e-4, mistakes=check.slips(lambda **o: _loudness(sound, rate, fps, **o), mistakes)
    )  # fmt: skip


def _smooth(values, width, normal=True, twice=True, squared=True, causal=False):
    n = len(values)
    found = []
    for i in range(n):
        weights = np.array(
            [np.exp(-(((i - j) ** 2) if squared else abs(i - j)) / ((2 if twice else 1) * width**2)) for j in range(n)]
        )
        if causal:
            weights[i + 1 :] = 0
        total = weights.sum() if normal else width * np.sqrt(2 * np.pi)
        found.append((weights * values).sum() / total)
    return np.array(found)


def check_smooth(smooth: Callable, values, width: float) -> None:
    """Compare with a loop over all pairs."""
    values = np.asarray(values, float)
    mistakes = check.slips(
        lambda **options: _smooth(values, width, **options),
        {
            "the weights at the ends do not sum to 1: divide by their own sum.": {"normal": False},
            "the exponent lacks the factor 2 below: (i - j)² / (2 width²).": {"twice": False},
            "the distance is not squared in the exponent.": {"squared": False},
            "only earlier frames count: the result comes late. Weigh both sides.": {"causal": True},
        },
    )
    mistakes["this is the sum with weights; divide by the sum of the weights."] = (
        _smooth(values, width, normal=False) * width * np.sqrt(2 * np.pi)
    )
    mistakes["nothing is smoothed."] = values
    mistakes["this is the mean of all values."] = np.full(len(values), values.mean())
    answer = check.call(smooth, values, width)
    check.close(answer, _smooth(values, width), f"{len(values)} values, smoothed with width {width}", mistakes=mistakes)


def check_projection_loss(loss: Callable, n: int, d: int, size: int, weight: float) -> None:
    """Compare with a loop over pictures; then compiled, with gradients."""
    rng = np.random.default_rng([n, d, size])
    pictures, targets = (rng.uniform(-1, 1, (n, size, size + 1, 3)).astype("float32") for _ in range(2))
    codes, mean = rng.normal(1, 1, (n, d)).astype("float32"), rng.normal(size=d).astype("float32")
    root = rng.normal(size=(d, d)) / np.sqrt(d) + np.eye(d)
    precision = (root @ root.T).astype("float32")

    def formula(pixels="mean", centred=True, how="precision", share=True, square=True, factor=1.0):
        found = []
        for k in range(n):
            gap = (pictures[k].astype(float) - targets[k]).ravel()
            error = np.abs(gap) if not square else gap**2
            away = codes[k].astype(float) - (mean if centred else 0)
            matrix = {"precision": precision, "plain": np.eye(d), "inverse": np.linalg.inv(precision.astype(float))}[
                how
            ]
            far = away @ matrix @ away / (d if share else 1)
            found.append((error.mean() if pixels == "mean" else error.sum()) + factor * weight * far)
        return np.array(found)

    right = formula()
    mistakes = check.slips(
        formula,
        {
            "pixels are summed; take the mean squared error of each picture.": {"pixels": "sum"},
            "the mean code is not subtracted.": {"centred": False},
            "the precision matrix is not used: (w - mean) P (w - mean).": {"how": "plain"},
            "the precision IS the inverse of the covariance; it is inverted once more.": {"how": "inverse"},
            "divide the squared distance by d.": {"share": False},
            "absolute differences; the error of a picture is squared.": {"square": False},
        },
    )
    mistakes["the term of the code has the wrong sign: codes far from the mean must cost."] = formula(factor=-1.0)
    mistakes["the term of the code is missing."] = formula(factor=0.0)
    if weight == 0:
        mistakes = {"pixels are summed; take the mean squared error of each picture.": formula(pixels="sum")}
    mistakes["this is one number; each picture has a loss of its own, (n,)."] = right.mean()
    mistakes["this is the sum over the pictures; each has a loss of its own, (n,)."] = right.sum()
    args = pictures, targets, codes, mean, precision, weight
    answer = check.call(loss, *args)
    check.close(answer, right, f"the loss of {n} pictures, weight {weight}", rtol=1e-3, mistakes=mistakes)
    check.trace(loss, *args).gradients(by=[0, 2])


def code_case(n: int, d: int, m: int, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Styles (n, d) whose dimensions hang together, and readings (n, m) that depend on them."""
    rng = np.random.default_rng([n, d, m])
    mixing = rng.normal(size=(d, d)) * np.linspace(0.5, 2, d)
    codes = rng.normal(size=(n, d)) @ mixing + rng.normal(3, 1, d)
    readings = codes @ rng.normal(size=(d, m)) + rng.normal(size=m) + noise * rng.normal(size=(n, m))
    readings[:, -1] += 0.7 * readings[:, 0]
    return codes.astype("float32"), readings.astype("float32")


def _slopes(codes, readings, intercept=True):
    codes, readings = np.asarray(codes, float), np.asarray(readings, float)
    if intercept:
        codes, readings = codes - codes.mean(axis=0), readings - readings.mean(axis=0)
    return np.linalg.solve(codes.T @ codes, codes.T @ readings)


def check_directions(directions: Callable, codes: np.ndarray, readings: np.ndarray) -> None:
    """What the directions do by the regression, and that they are the likeliest ones."""
    (n, d), m = codes.shape, readings.shape[1]
    name = f"{m} directions of {n} codes with {d} numbers"
    slopes = _slopes(codes, readings)
    spread = np.cov(np.asarray(codes, float).T, bias=True).reshape(d, d)
    key = spread @ slopes
    right = np.linalg.solve(slopes.T @ key, key.T)
    alone = slopes.T / np.sum(slopes**2, axis=0)[:, None]
    alone_key = key.T / np.einsum("dm,dm->m", slopes, key)[:, None]
    forced = _slopes(codes, readings, intercept=False)
    forced_key = spread @ forced
    mistakes = {
        "these are the slopes of the regression, not the directions.": slopes.T,
        "each direction raises its own reading by 1, but moves the other readings as well: invert slopes.T @ K.": alone_key,
        "these are the slopes alone, scaled: they move the other readings as well.": alone,
        "these are covariances of codes and readings: invert slopes.T @ K to control the others.": key.T,
        "the regression has no intercept: readings at code 0 are not 0.": np.linalg.solve(
            forced.T @ forced_key, forced_key.T
        ),
        "these directions are the shortest, but not the likeliest: weigh by the covariance of the codes.": np.linalg.pinv(
            slopes
        ),
        "rows are directions: the shape is (m, d).": right.T,
    }
    if m == 1:
        for words in [w for w in mistakes if "others" in w or "other readings" in w]:
            del mistakes[words]
    mistakes = {w: v for w, v in mistakes.items() if v.shape != right.shape or not np.allclose(v, right, rtol=1e-2)}
    answer = check.call(directions, codes, readings)
    check.close(answer, right, name, rtol=5e-3, atol=5e-3 * np.abs(right).max(), mistakes=mistakes)


def check_effects(table: Callable, n: int, d: int, m: int, k: int) -> None:
    """Compare with a loop, on a stand-in that is neither linear nor symmetric."""
    rng = np.random.default_rng([n, d, m, k])
    codes, directions = rng.normal(size=(n, d)), rng.normal(size=(k, d))
    mixing, spread = rng.normal(size=(d, m)), rng.uniform(0.5, 2, m)

    def draw(w):
        return np.asarray(w, float) @ mixing

    def read(x):
        return x + 0.3 * x**2 + 1

    def formula(halves=True, sides="both", scaled=True, sign=1.0, size=False):
        rows = []
        for direction in directions:
            up, down = read(draw(codes + direction)), read(draw(codes - direction))
            here = read(draw(codes))
            gap = {"both": (up - down) / (2 if halves else 1), "up": up - here, "down": here - down}[sides]
            gap = np.abs(gap) if size else gap
            rows.append(sign * gap.mean(axis=0) / (spread if scaled else 1))
        return np.array(rows)

    mistakes = check.slips(
        formula,
        {
            "the step from w - d to w + d is two directions long: divide by 2.": {"halves": False},
            "only the step forwards is measured; take w + d and w - d.": {"sides": "up"},
            "only the step backwards is measured; take w + d and w - d.": {"sides": "down"},
            "divide by the spread of the readings.": {"scaled": False},
            "the sign is wrong: reading at w + d minus reading at w - d.": {"sign": -1.0},
            "sizes of changes are averaged; changes keep their sign.": {"size": True},
        },
    )
    right = formula()
    mistakes["rows and columns are exchanged: one row for each direction."] = right.T
    answer = check.call(table, draw, read, codes, directions, spread)
    check.close(answer, right, f"effects of {k} directions on {m} readings", rtol=1e-3, mistakes=mistakes)


def check_host(host: Callable, frames: int, d: int, m: int) -> None:
    """Compare with a sum over readings."""
    rng = np.random.default_rng([frames, d, m])
    code, directions = rng.normal(size=d), rng.normal(size=(m, d))
    now, wanted = rng.normal(size=m), rng.normal(size=(frames, m))

    def formula(start=1.0, base=1.0, sign=1.0):
        return np.array(
            [base * code + sign * sum((row[j] - start * now[j]) * directions[j] for j in range(m)) for row in wanted]
        )

    mistakes = check.slips(
        formula,
        {
            "the present reading is not subtracted: only what is missing must be added.": {"start": 0.0},
            "the host's own code is missing.": {"base": 0.0},
            "the sign is wrong: wanted minus now.": {"sign": -1.0},
        },
    )
    steps = (wanted - now) @ directions
    mistakes["steps add up from frame to frame; each frame starts from the host's code."] = code + np.cumsum(
        steps, axis=0
    )
    if frames == 1:
        mistakes = {w: v for w, v in mistakes.items() if "add up" not in w}
    answer = check.call(host, code, directions, now, wanted)
    check.close(answer, formula(), f"codes of {frames} frames", rtol=1e-3, mistakes=mistakes)


def sync_case(n: int, lag: int, sign: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Loudness (n,), and an opening that follows it by so many frames, with noise."""
    rng = np.random.default_rng([n, abs(lag), int(lag < 0)])
    line = np.convolve(rng.random(n + 2 * abs(lag) + 8), np.ones(3) / 3, mode="same")
    start = abs(lag) + 2
    loud = line[start : start + n]
    return sign * 2 * line[start - lag : start - lag + n] + 0.05 * rng.normal(size=n) + 5, loud


def _sync(opening, loud, most, backwards=False, how="r", around=False):
    best = (0, -np.inf)
    for lag in sorted(range(-most, most + 1), key=abs):
        shift = -lag if backwards else lag
        n = len(loud)
        a, b = (opening[shift:], loud[: n - shift]) if shift >= 0 else (opening[:shift], loud[-shift:])
        if around:
            a, b = np.roll(opening, -shift), loud
        r = np.corrcoef(a, b)[0, 1]
        if (abs(r) if how == "size" else r) > (abs(best[1]) if how == "size" and np.isfinite(best[1]) else best[1]):
            best = (lag, r)
    return best


def check_sync(sync: Callable, opening: np.ndarray, loud: np.ndarray, most: int) -> None:
    """Compare lag and correlation with a loop over shifts."""
    name = f"{len(loud)} frames, lags up to {most}"
    found = check.several(check.call(sync, opening, loud, most), "lag", "r")
    lag, r = _sync(opening, loud, most)
    got, value = check.number(found[0], f"{name}: the lag"), check.number(found[1], f"{name}: r")
    exchanged = abs(got - r) < 1e-6 and abs(value - lag) < 1e-6 and abs(lag - r) > 1e-3
    check.require(not exchanged, f"{name}: the two results are exchanged; the lag comes first.")
    other = _sync(opening, loud, most, backwards=True)[0]
    mistakes = {"the sign is wrong: a mouth that comes LATER has a positive lag.": other} if other != lag else {}
    by_size = _sync(opening, loud, most, how="size")[0]
    if by_size != lag:
        mistakes["the largest r is asked for, with its sign; |r| is largest elsewhere."] = by_size
    if abs(lag) == most and most:
        mistakes["lags up to `most` itself are asked for, on both sides."] = lag - np.sign(lag)
    check.close(got, lag, f"{name}: the lag", mistakes=mistakes)
    words = {
        "the ends are joined in a ring (np.roll); compare only frames that both have.": _sync(
            opening, loud, most, around=True
        )[1],
        "this is the correlation without a shift; take that at the best lag.": np.corrcoef(opening, loud)[0, 1],
        "this is r²; take r.": r**2,
    }
    words = {w: v for w, v in words.items() if abs(v - r) > 1e-4}
    check.close(value, r, f"{name}: r at the best lag", rtol=1e-4, mistakes=words)
