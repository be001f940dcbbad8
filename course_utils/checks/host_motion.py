"""Checks of lesson 62, a virtual host: directions, their effects, the film's codes, lip sync."""

import functools
from collections.abc import Callable

import numpy as np

from course_utils import check


def code_case(n: int, d: int, m: int, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) whose dimensions hang together, and readings (n, m) that depend on them."""
    rng = np.random.default_rng([n, d, m])
    mixing = rng.normal(size=(d, d)) * np.linspace(0.5, 2, d)
    codes = rng.normal(size=(n, d)) @ mixing + rng.normal(3, 1, d)
    readings = codes @ rng.normal(size=(d, m)) + rng.normal(size=m) + noise * rng.normal(size=(n, m))
    readings[:, -1] += 0.7 * readings[:, 0]
    return codes.astype("float32"), readings.astype("float32")


def _slopes(codes, readings, centre=(True, True)):
    codes, readings = np.asarray(codes, float), np.asarray(readings, float)
    codes = codes - codes.mean(axis=0) if centre[0] else codes
    readings = readings - readings.mean(axis=0) if centre[1] else readings
    return np.linalg.solve(codes.T @ codes, codes.T @ readings)


def _directions(slopes, covariance):
    key = covariance @ slopes
    return np.linalg.solve(slopes.T @ key, key.T)


def _wrong_directions(codes: np.ndarray, readings: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    """Message -> directions, for each known mistake."""
    (n, d), m = codes.shape, readings.shape[1]
    codes, slopes = np.asarray(codes, float), _slopes(codes, readings)
    spread = np.cov(codes.T, bias=True).reshape(d, d)
    key, own = spread @ slopes, np.sum(slopes**2, axis=0)
    sample_key = key * n / (n - 1)  # as np.cov has it
    alone = key.T / np.einsum("dm,dm->m", slopes, key)[:, None]
    inverse = np.linalg.solve(np.cov(readings.T, bias=True).reshape(m, m), key.T)
    found = {
        "these are the slopes of the regression, not the directions.": slopes.T,
        "these are covariances of codes and readings: multiply by the inverse of B.T @ K.": key.T,
        "this is K.T alone: multiply by the inverse of B.T @ K.": sample_key.T,
        "these are slopes of codes on readings, not of readings on codes: D @ B is not the unit matrix.": inverse,
        "the regression has no intercept: readings at code 0 are not 0.": _directions(
            _slopes(codes, readings, (False, False)), spread
        ),
        "only the readings are centred; centre the codes as well.": _directions(
            _slopes(codes, readings, (False, True)), spread
        ),
        "these directions are the shortest, but not the likeliest: weigh by the covariance of the codes.": (
            np.linalg.pinv(slopes)
        ),
        "K takes the inverse of the covariance; take the covariance itself.": _directions(
            slopes, np.linalg.inv(spread)
        ),
        "only the variances of the codes are used; take all of their covariance.": _directions(
            slopes, np.diag(np.diag(spread))
        ),
        "K takes codes.T @ codes of codes that are not centred; take their covariance.": _directions(
            slopes, codes.T @ codes
        ),
        "the directions have length 1; row j must raise reading j by 1.": (
            right / np.linalg.norm(right, axis=1, keepdims=True)
        ),
        "a row raises its reading by one standard deviation; it must be by 1.": right * readings.std(axis=0)[:, None],
        "this is the pseudoinverse of K; D @ B must be the unit matrix.": np.linalg.pinv(sample_key),
        "B and K are exchanged: D is (B.T K)^-1 K.T.": np.linalg.solve(sample_key.T @ slopes, slopes.T),
        "rows are directions: the shape is (m, d).": right.T,
    }
    if m > 1:
        others = {
            "each direction raises its own reading by 1, but moves the other readings as well: invert B.T @ K.": alone,
            "these are the slopes alone, scaled: they move the other readings as well.": slopes.T / own[:, None],
            "B.T @ K is inverted entry by entry; a matrix has another inverse.": 1 / (slopes.T @ key) @ key.T,
        }
        found = others | found
    return {w: v for w, v in found.items() if v.shape != right.shape or not np.allclose(v, right, rtol=1e-2)}


def _what_they_do(answer, codes: np.ndarray, readings: np.ndarray, right: np.ndarray) -> str:
    """Which direction moves which reading wrongly, by the regression; or how far the directions go."""
    found, slopes = np.asarray(answer, float), _slopes(codes, readings)
    if found.shape != right.shape or not np.isfinite(found).all():
        return ""
    moves, unit = found @ slopes, np.eye(len(right))
    j, k = np.unravel_index(np.argmax(np.abs(moves - unit)), unit.shape)
    if abs(moves[j, k] - unit[j, k]) > 3e-3:
        which = "its own reading" if j == k else f"reading {k}"
        return (
            f"with the slopes B of the centred regression, row {j} raises {which} by {moves[j, k]:.3g}, expected "
            f"{unit[j, k]:g}: D @ B must be the unit matrix"
        )
    precision = np.linalg.inv(np.atleast_2d(np.cov(np.asarray(codes, float).T, bias=True)))
    far, least = (np.einsum("jd,de,je->j", one, precision, one) for one in (found, right))
    j = np.argmax(far / least)
    if far[j] < 1.001 * least[j]:
        return ""
    return (
        "each row raises its own reading by 1 and leaves the others, D @ B is right. But the rows are not the "
        f"likeliest: v P v of row {j} is {far[j]:.4g}, and could be {least[j]:.4g}. K is the covariance of the codes times B"
    )


def check_directions(directions: Callable, codes: np.ndarray, readings: np.ndarray) -> None:
    """What the directions do by the regression, and that they are the likeliest ones."""
    (n, d), m = codes.shape, readings.shape[1]
    covariance = np.cov(np.asarray(codes, float).T, bias=True).reshape(d, d)
    right = _directions(_slopes(codes, readings), covariance)
    mistakes = _wrong_directions(codes, readings, right)
    answer = check.call(directions, codes, readings)
    name = f"{m} directions of {n} codes with {d} numbers"
    words = functools.partial(_what_they_do, answer, codes, readings, right)
    atol = 5e-3 * np.abs(right).max()
    check.close(answer, right, name, rtol=5e-3, atol=atol, mistakes=mistakes, otherwise=words)


def _effects(
    draw, read, codes, directions, spread,
    halves=True, sides="both", over="codes", step=1.0, unit=False, scaled="over", sign=1.0, size=False,
):  # fmt: skip
    """The table of effects; the options are mistakes."""
    mean = {"sum": np.sum, "median": np.median, "first": lambda x, axis: x[0]}.get(over, np.mean)

    def look(code):
        if over == "picture":
            return read(draw(code).mean(axis=0, keepdims=True))
        return read(draw(code.mean(axis=0, keepdims=True) if over == "code" else code))

    rows = []
    for direction in directions:
        move = step * direction / (np.linalg.norm(direction) if unit else 1)
        up, down, here = look(codes + move), look(codes - move), look(codes)
        gap = {"both": (up - down) / (2 if halves else 1), "up": up - here, "down": here - down}[sides]
        rows.append(sign * mean(np.abs(gap) if size else gap, axis=0))
    rows = np.array(rows)
    if scaled == "rows":
        return rows / spread[: len(rows), None]
    return rows * {"over": 1 / spread, "times": spread, "none": np.ones_like(spread)}[scaled]


def _of_few_codes(table: Callable, drawn: list, codes: np.ndarray, directions: np.ndarray) -> str:
    """A code that is drawn without need; else the smallest table that is wrong, one thing more at a time."""
    seen = np.concatenate([np.reshape(one, (-1, codes.shape[1])) for one in drawn] or [codes[:0]])
    wanted = np.concatenate([codes + sign * v for sign in (1, -1) for v in directions])
    for few, many, words in (
        (seen, wanted, "was drawn, which is neither a code + a direction nor a code - a direction"),
        (wanted, seen, "was not drawn; it is a code + or - a direction"),
    ):
        for one in few:
            if np.abs(many - one).max(axis=1, initial=0).min(initial=np.inf) > 1e-4:
                return f"the code {np.round(one[:4], 3).tolist()} {words}"
    z, v, spread = np.array([[1.0], [3.0]]), np.array([[2.0], [1.0]]), np.array([5.0, 0.5])
    for more, n, k, m in (("one code, one direction, one reading", 1, 1, 1), ("a second code", 2, 1, 1),
                          ("a second reading", 2, 1, 2), ("a second direction", 2, 2, 2)):  # fmt: skip
        case = (lambda c: c), (lambda x, m=m: np.concatenate([x**2, 5 * x], axis=1)[:, :m]), z[:n], v[:k], spread[:m]
        found, right = np.asarray(check.call(table, *case), float), _effects(*case)
        if found.shape != right.shape or not np.allclose(found, right, rtol=1e-3, atol=1e-6):
            reads = "z² and 5 z" if m > 1 else "z²"
            return (
                f"a small case with {more}: codes {z[:n].ravel().tolist()}, directions {v[:k].ravel().tolist()}, "
                f"a code z reads as {reads}, spread {spread[:m].tolist()}: expected {right.round(4).tolist()}, "
                f"got {found.round(4).tolist()}"
            )
    return ""


def check_effects(table: Callable, n: int, d: int, m: int, k: int) -> None:
    """Compare with a loop, on a stand-in whose effects depend on the code and on the step."""
    rng = np.random.default_rng([n, d, m, k])
    codes, directions = rng.normal(size=(n, d)), rng.normal(size=(k, d))
    mixing, spread = rng.normal(size=(d, m)), rng.uniform(0.5, 2, m)

    drawn = []

    def draw(code):
        drawn.append(np.asarray(code, float))
        x = drawn[-1] @ mixing
        return x + 0.1 * x**2

    def read(x):
        if np.shape(x)[-1] != m:
            raise ValueError("`read` takes pictures, draw(code), and got codes")
        return x + 0.3 * x**2 + 0.1 * x**3 + 1

    mistakes = check.slips(
        lambda **options: _effects(draw, read, codes, directions, spread, **options),
        {
            "from code - direction to code + direction it is two steps: divide by 2.": {"halves": False},
            "only the step forwards is measured; take code + direction and code - direction.": {"sides": "up"},
            "only the step backwards is measured; take code + direction and code - direction.": {"sides": "down"},
            "the sum over the codes is taken; take their mean.": {"over": "sum"},
            "the median over the codes is taken; take their mean.": {"over": "median"},
            "only the first code counts; take the mean over all.": {"over": "first"},
            "the codes are averaged before drawing; read every code, the mean comes last.": {"over": "code"},
            "the pictures are averaged before reading; read every code, the mean comes last.": {"over": "picture"},
            "the step is half a direction to each side; take the whole one.": {"step": 0.5, "halves": False},
            "the directions are made one long; a step is the direction as it is.": {"unit": True},
            "divide by the spread of the readings.": {"scaled": "none"},
            "divide by the spread of the readings; it is multiplied.": {"scaled": "times"},
            "the spread goes with the readings, the columns; each row is divided by one.": {"scaled": "rows"},
            "the sign is wrong: reading at code + direction minus reading at code - direction.": {"sign": -1.0},
            "sizes of changes are averaged; changes keep their sign.": {"size": True},
        },
    )
    right = _effects(draw, read, codes, directions, spread)
    mistakes["sizes of effects are given; effects keep their sign."] = np.abs(right)
    mistakes["rows and columns are exchanged: one row for each direction."] = right.T
    drawn.clear()
    answer = check.call(table, draw, read, codes, directions, spread)
    words = functools.partial(_of_few_codes, table, list(drawn), codes, directions)
    name = f"effects of {k} directions on {m} readings"
    check.close(answer, right, name, rtol=1e-3, mistakes=mistakes, otherwise=words)


def _of_few_frames(host: Callable, code, directions, now, wanted) -> str:
    """What is wrong with codes of frames, one thing changed at a time."""

    def ask(*rows):
        return np.asarray(check.call(host, code, directions, now, np.array(rows)), float)

    if ask(*wanted).shape != (len(wanted), len(code)):
        return ""
    found = ask(now)[0]
    if not np.allclose(found, code, rtol=1e-3, atol=1e-5):
        return f"a frame whose wanted readings are those of now needs the host's code; entry 0 is {found[0]:.4g}, expected {code[0]:.4g}"
    for j, direction in enumerate(directions):
        for size in (1, -0.5):
            step = ask(now + size * (np.arange(len(now)) == j))[0] - code
            i = np.argmax(np.abs(step - size * direction))
            if abs(step[i] - size * direction[i]) > 1e-3:
                return (
                    f"one frame, only reading {j} wanted {size:+g} beside now: {size:g} times direction {j} must be "
                    f"added to the code. In entry {i} it is {step[i]:.4g}, expected {size * direction[i]:.4g}"
                )
    together, single = ask(*wanted), np.concatenate([ask(row) for row in wanted])
    k = np.argmax(np.abs(together - single).max(axis=1))
    if np.abs(together - single).max() > 1e-3:
        return f"frame {k} alone gets another code than among the other frames; frames do not depend on each other"
    return (
        "frames with one reading changed are right, those with several at once are not: add the steps of all readings"
    )


def check_host(host: Callable, frames: int, d: int, m: int) -> None:
    """Compare with a sum over readings."""
    rng = np.random.default_rng([frames, d, m])
    code, directions = rng.normal(size=d), rng.normal(size=(m, d))
    now, wanted = rng.normal(size=m), rng.normal(size=(frames, m))

    def formula(start=now, base=1.0, sign=1.0, used=m):
        steps = [sum((row[j] - start[j]) * directions[j] for j in range(used)) for row in wanted]
        return base * code + sign * np.array(steps)

    mistakes = check.slips(
        formula,
        {
            "the present reading is not subtracted: only what is missing must be added.": {"start": 0 * now},
            "the present reading is added; what is missing is wanted minus now.": {"start": -now},
            "readings are compared with the first frame's; compare with `now`.": {"start": wanted[0]},
            "readings are compared with their mean; compare with `now`.": {"start": wanted.mean(axis=0)},
            "the host's own code is missing.": {"base": 0.0},
            "the sign is wrong: wanted minus now.": {"sign": -1.0},
            "only the first reading is steered.": {"used": 1},
        },
    )
    mistakes["steps add up from frame to frame; each frame starts from the host's code."] = code + np.cumsum(
        formula() - code, axis=0
    )
    mistakes["readings are compared with the frame before; compare with `now`."] = (
        code + np.diff(wanted, axis=0, prepend=now[None]) @ directions
    )
    answer = check.call(host, code, directions, now, wanted)
    words = functools.partial(_of_few_frames, host, code, directions, now, wanted)
    check.close(answer, formula(), f"codes of {frames} frames", rtol=1e-3, mistakes=mistakes, otherwise=words)


def sync_case(n: int, lag: int, sign: float = 1.0, swell: float = 1.0, slow: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Loudness (n,), and an opening that follows it by so many frames, with noise.

    Both may swell, by a factor a frame. The slower they change, over so many frames, the closer r at other lags.
    """
    rng = np.random.default_rng([n, abs(lag), int(lag < 0)])
    line = np.convolve(rng.random(n + 2 * abs(lag) + 8), np.ones(slow) / slow, mode="same")
    line = line.mean() + (line - line.mean()) * swell ** np.arange(len(line))
    start = abs(lag) + 2
    loud = line[start : start + n]
    return sign * 2 * line[start - lag : start - lag + n] + 0.05 * rng.normal(size=n) + 5, loud


def _pair(opening, loud, lag):
    n = len(loud)
    return opening[max(lag, 0) : n + min(lag, 0)], loud[max(-lag, 0) : n - max(lag, 0)]


def _r(a, b):
    return np.corrcoef(a, b)[0, 1]


def _best(opening, loud, lags, score=_r):
    """The lag of the highest score, the smallest of equals."""
    lags = [lag for lag in sorted(lags, key=abs) if abs(lag) < len(loud) - 2]
    return max(lags, key=lambda lag: score(*_pair(opening, loud, lag))) if lags else 0


def _wrong_lags(opening, loud, most: int) -> dict[str, int]:
    """Message -> the lag that a known mistake finds."""
    lags, best = range(-most, most + 1), functools.partial(_best, opening, loud)
    lag = best(lags)
    return {
        "the sign is wrong: a mouth that comes LATER has a positive lag.": -lag,
        "this is a place in the list of lags, not a lag: subtract `most`.": lag + most,
        "lag 0 is left out.": best([one for one in lags if one]),
        "the largest r is asked for, with its sign; |r| is largest elsewhere.": best(lags, lambda a, b: abs(_r(a, b))),
        "lags up to `most` itself are asked for, on both sides. The last one is left out.": best(lags[:-1]),
        "lags up to `most` itself are asked for, on both sides. The first one is left out.": best(lags[1:]),
        "lags beyond `most` are tried: up to 5.": best(range(-5, 6)),
        "lags beyond `most` are tried: up to 10.": best(range(-10, 11)),
        "lags beyond `most` are tried: up to twice as far.": best(range(-2 * most, 2 * most + 1)),
        "early mouths are not found: for a negative lag, opening[:lag] stands beside loudness[-lag:].": best(
            lags[most:]
        ),
        "late mouths are not found: for a positive lag, opening[lag:] stands beside loudness[:-lag].": best(
            lags[: most + 1]
        ),
        "sums of products are compared; correlation subtracts means and divides by spreads.": best(lags, np.dot),
        "covariances are compared; compare correlations.": best(lags, lambda a, b: np.cov(a, b)[0, 1]),
        "the smallest r is taken; take the largest.": best(lags, lambda a, b: -_r(a, b)),
    }


def _agreeing(sync: Callable, opening, loud, most: int) -> dict[str, int]:
    """Known mistakes that find the same lags as the learner's function on six other curves, too."""
    probes = {
        most: sync_case(50 + most, lag, slow=slow) for most, lag, slow in ((3, 3, 3), (5, -4, 3), (4, 0, 3), (6, 1, 25))
    }
    probes |= {2: sync_case(60, 2, sign=-1.0), 7: sync_case(60, 2, swell=1.2)}
    answers = {limit: check.call(sync, *case, limit)[0] for limit, case in probes.items()}
    wrong = [(answers[limit], _wrong_lags(*case, limit)) for limit, case in probes.items()]
    found = _wrong_lags(opening, loud, most)
    return {words: lag for words, lag in found.items() if all(answer == lags[words] for answer, lags in wrong)}


def _wrong_r(opening, loud, most: int, lag: int, r: float) -> dict[str, float]:
    """Message -> the correlation that a known mistake gives at the best lag."""
    a, b = _pair(opening, loud, lag)
    n, padded, filled = len(loud), np.zeros(len(loud)), np.zeros(len(loud))
    padded[max(-lag, 0) : n - max(lag, 0)], filled[max(lag, 0) : n + min(lag, 0)] = a, b
    whole = [(x - x.mean()) / x.std() for x in (opening, loud)]
    products = np.multiply(*_pair(*whole, lag))
    ranks = [np.argsort(np.argsort(x)) for x in (a, b)]
    rolled = {one: _r(np.roll(opening, -one), loud) for one in range(-most, most + 1)}
    return {
        "the ends are joined in a ring (np.roll); compare only frames that both have.": max(rolled.values()),
        "this is the correlation without a shift; take that at the best lag.": _r(opening, loud),
        "this is r²; take r.": r**2,
        "no r is above 0 here: the best so far begins at -np.inf, not at 0.": 0.0 if r < 0 else r,
        "means and spreads are those of all frames; take those of the frames that are compared.": products.mean(),
        "the shifted curve is filled up with zeros; leave frames without a partner out.": _r(padded, loud),
        "the shifted loudness is filled up with zeros; leave frames without a partner out.": _r(opening, filled),
        "sums over fewer frames are divided by n; take the correlation of the frames compared.": products.sum() / n,
        "fewer frames are compared than have a partner at this lag.": _r(
            opening[most + lag : n - most + lag], loud[most : n - most]
        ),
        "this is the correlation of ranks; take that of the values.": _r(*ranks),
    }


def _beside(opening, loud, most: int, lag: int, got: float = None) -> str:
    """Which frames stand beside which at a lag, and their correlation; and at the lag that was found."""
    if got is not None and (got != round(got) or abs(got) > most):
        return f"got {got:.6g}, expected {lag}: it must be one of the whole numbers from {-most} to {most}"
    first, second = (f"[{max(k, 0)} : {len(loud) + min(k, 0)}]" for k in (lag, -lag))
    words = f"at lag {lag}, opening{first} stands beside loudness{second}"
    r = _r(*_pair(opening, loud, lag))
    if got is None:
        return f"{words}, and their correlation is {r:.6g}"
    other = _r(*_pair(opening, loud, int(got)))
    return f"got {got:g}, expected {lag}: {words}, with r = {r:.4g}; at lag {got:g}, r is only {other:.4g}"


def check_sync(sync: Callable, opening: np.ndarray, loud: np.ndarray, most: int) -> None:
    """Compare lag and correlation with a loop over shifts."""
    name = f"{len(loud)} frames, lags up to {most}"
    found = check.several(check.call(sync, opening, loud, most), "lag", "r")
    lag = _best(opening, loud, range(-most, most + 1))
    r = _r(*_pair(opening, loud, lag))
    got, value = check.number(found[0], f"{name}: the lag"), check.number(found[1], f"{name}: r")
    exchanged = abs(got - r) < 1e-6 and abs(value - lag) < 1e-6 and abs(lag - r) > 1e-3
    check.require(not exchanged, f"{name}: the two results are exchanged; the lag comes first.")
    words = functools.partial(_beside, opening, loud, most, lag)

    mistakes = functools.partial(_agreeing, sync, opening, loud, most)
    check.close(got, lag, f"{name}: the lag", mistakes=mistakes, otherwise=lambda: words(got))
    with np.errstate(all="ignore"):
        known = {w: v for w, v in _wrong_r(opening, loud, most, lag, r).items() if abs(v - r) > 1e-4}
    got_r = f"got {value:.6g}; "
    check.close(value, r, f"{name}: r at the best lag", mistakes=known, otherwise=lambda: got_r + words())
