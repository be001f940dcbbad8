"""Answers to the exercises of lesson 62, right and wrong."""

from tests.bank import Bank

bank = Bank()

E = "envelope"
bank.wrong(E, "frames of a whole length", says="drift", code="""
def loudness_per_frame(sound, rate, fps):
    hop = rate // fps
    frames = -(-len(sound) * fps // rate)
    return np.array([np.sqrt(np.mean(sound[k * hop : (k + 1) * hop] ** 2)) for k in range(frames)])

def smooth_curve(values, width):
    i = np.arange(len(values))
    g = np.exp(-((i[:, None] - i) ** 2) / (2 * width**2))
    return g @ values / g.sum(axis=1)
""")  # fmt: skip
bank.wrong(
    E,
    "the rest is forgotten",
    says="the rest of the sound",
    swap=("-(-len(sound) * fps // rate)", "len(sound) * fps // rate"),
)
bank.wrong(
    E,
    "mean square",
    says="take its root",
    swap=("np.sqrt(np.mean(np.square(part)))", "np.mean(np.square(part))"),
)
bank.wrong(
    E,
    "absolute values",
    says="absolute",
    swap=("np.sqrt(np.mean(np.square(part)))", "np.mean(np.abs(part))"),
)
bank.wrong(
    E,
    "largest value",
    says="largest",
    swap=("np.sqrt(np.mean(np.square(part)))", "np.abs(part).max()"),
)
bank.wrong(
    E,
    "standard deviation",
    says="standard deviation",
    swap=("np.sqrt(np.mean(np.square(part)))", "np.std(part)"),
)
bank.wrong(E, "sum of squares", says="SUM", swap=("np.mean(np.square", "np.sum(np.square"))
bank.wrong(
    E,
    "whole frame's length",
    says="fewer values",
    swap=(
        "np.mean(np.square(part))",
        "np.sum(np.square(part)) / ((k + 1) * rate // fps - k * rate // fps)",
    ),
)
bank.wrong(
    E,
    "weights not normalised",
    says="by the sum of the weights",
    swap=(" / weights.sum(axis=1)", ""),
)
bank.wrong(
    E,
    "constant normalisation",
    says="own sum",
    swap=(" / weights.sum(axis=1)", " / (width * np.sqrt(2 * np.pi))"),
)
bank.wrong(E, "factor 2 forgotten", says="factor 2", swap=("(2 * width**2)", "width**2"))
bank.wrong(
    E,
    "not squared",
    says="not squared",
    swap=("np.square(np.subtract.outer(i, i))", "np.abs(np.subtract.outer(i, i))"),
)
bank.wrong(
    E,
    "only the past",
    says="come",
    swap=("    return weights @", "    weights = np.tril(weights)\n    return weights @"),
)
bank.wrong(
    E,
    "nothing smoothed",
    says="nothing is smoothed",
    swap=("return weights @ values / weights.sum(axis=1)", "return values"),
)
bank.wrong(E, "no return", says="return", swap=("return np.array(loudness)", "np.array(loudness)"))
bank.right(E, "other words", code="""
def loudness_per_frame(sound, rate, fps):
    found, k = [], 0
    while k * rate // fps < len(sound):
        start, stop = int(k * rate // fps), int((k + 1) * rate // fps)
        found.append(float(np.linalg.norm(sound[start:stop])) / np.sqrt(len(sound[start:stop])))
        k += 1
    return found

def smooth_curve(values, width):
    values = np.asarray(values, dtype=float)
    out = np.empty(len(values))
    for i in range(len(values)):
        g = np.exp(-0.5 * ((np.arange(len(values)) - i) / width) ** 2)
        out[i] = np.average(values, weights=g)
    return out
""")  # fmt: skip
bank.right(E, "limits at once", code="""
def loudness_per_frame(sound, rate, fps):
    n = int(np.ceil(len(sound) * fps / rate))
    edges = np.minimum(np.arange(n + 1) * rate // fps, len(sound))
    total = np.concatenate([[0.0], np.cumsum(sound.astype(float) ** 2)])
    return np.sqrt(np.diff(total[edges]) / np.diff(edges))

def smooth_curve(values, width):
    from scipy.stats import norm
    i = np.arange(len(values))
    g = norm.pdf(i[:, None], i[None], width)
    return (g / g.sum(axis=1, keepdims=True)) @ np.asarray(values)
""")  # fmt: skip

E = "projection_loss"
bank.wrong(
    E, "pixels summed", says="pixels are summed", swap=("errors = ops.mean(", "errors = ops.sum(")
)
bank.wrong(E, "mean code forgotten", says="mean code", swap=("codes - mean", "codes"))
bank.wrong(
    E,
    "no precision",
    says="precision matrix is not used",
    swap=("ops.matmul(away, precision) * away", "away * away"),
)
bank.wrong(
    E,
    "inverted once more",
    says="inverted once more",
    swap=("ops.matmul(away, precision)", "ops.matmul(away, ops.inv(precision))"),
)
bank.wrong(
    E,
    "not divided by d",
    says="divide the squared distance by d",
    swap=(" / ops.shape(codes)[-1]", ""),
)
bank.wrong(
    E,
    "absolute",
    says="absolute",
    swap=("ops.square(pictures - targets)", "ops.abs(pictures - targets)"),
)
bank.wrong(E, "sign", says="sign", swap=("errors + weight", "errors - weight"))
bank.wrong(
    E,
    "one number",
    says="one number",
    swap=(
        "return errors + weight * distance / ops.shape(codes)[-1]",
        "return ops.mean(errors + weight * distance / ops.shape(codes)[-1])",
    ),
)
bank.wrong(
    E,
    "sum over pictures",
    says="sum over the pictures",
    swap=(
        "return errors + weight * distance / ops.shape(codes)[-1]",
        "return ops.sum(errors + weight * distance / ops.shape(codes)[-1])",
    ),
)
bank.wrong(E, "NumPy", says="", code="""
def projection_loss(pictures, targets, codes, mean, precision, weight):
    p, w = np.array(pictures), np.array(codes) - np.array(mean)
    far = np.einsum("nd,de,ne->n", w, np.array(precision), w) / w.shape[1]
    return ((p - np.array(targets)) ** 2).mean(axis=(1, 2, 3)) + weight * far
""")  # fmt: skip
bank.wrong(E, "no return", says="return", swap=("return errors", "errors"))
bank.right(E, "TensorFlow", code="""
def projection_loss(pictures, targets, codes, mean, precision, weight):
    gap = tf.reshape(pictures - targets, [tf.shape(pictures)[0], -1])
    away = codes - mean[None]
    far = tf.einsum("nd,de,ne->n", away, precision, away)
    return tf.reduce_mean(gap**2, axis=1) + weight * far / codes.shape[1]
""")  # fmt: skip
bank.right(E, "mean of products", code="""
def projection_loss(pictures, targets, codes, mean, precision, weight):
    away = codes - mean
    return ops.mean((pictures - targets) ** 2, axis=[1, 2, 3]) + weight * ops.mean(away * (away @ precision), axis=1)
""")  # fmt: skip

E = "controlled_directions"
bank.wrong(
    E,
    "slopes",
    says="slopes of the regression",
    swap=("return np.linalg.solve(slopes.T @ key, key.T)", "return slopes.T"),
)
bank.wrong(
    E,
    "covariances",
    says="covariances",
    swap=("return np.linalg.solve(slopes.T @ key, key.T)", "return key.T"),
)
bank.wrong(
    E,
    "each alone",
    says="other readings as well",
    swap=(
        "return np.linalg.solve(slopes.T @ key, key.T)",
        "return slopes.T / np.sum(slopes**2, axis=0)[:, None]",
    ),
)
bank.wrong(
    E,
    "each alone, likeliest",
    says="other readings as well",
    swap=(
        "return np.linalg.solve(slopes.T @ key, key.T)",
        "return key.T / np.sum(slopes * key, axis=0)[:, None]",
    ),
)
bank.wrong(
    E,
    "shortest",
    says="shortest",
    swap=("return np.linalg.solve(slopes.T @ key, key.T)", "return np.linalg.pinv(slopes)"),
)
bank.wrong(
    E,
    "columns",
    says="rows are directions",
    swap=(
        "return np.linalg.solve(slopes.T @ key, key.T)",
        "return np.linalg.solve(slopes.T @ key, key.T).T",
    ),
)
bank.wrong(E, "no intercept", says="", swap=("away = codes - codes.mean(axis=0)", "away = codes"))
bank.wrong(E, "nothing centred", says="", code="""
def controlled_directions(codes, readings):
    slopes = np.linalg.lstsq(codes, readings, rcond=None)[0]
    key = np.cov(codes.T).reshape(len(slopes), -1) @ slopes
    return np.linalg.solve(slopes.T @ key, key.T)
""")  # fmt: skip
bank.wrong(E, "no return", says="return", swap=("return np.linalg", "np.linalg"))
bank.right(E, "scikit-learn", code="""
def controlled_directions(codes, readings):
    from sklearn.linear_model import LinearRegression
    slopes = LinearRegression().fit(codes, readings).coef_.T.reshape(codes.shape[1], -1)
    sigma = np.atleast_2d(np.cov(codes, rowvar=False))
    k = sigma @ slopes
    return np.linalg.inv(slopes.T @ k) @ k.T
""")  # fmt: skip
bank.right(E, "covariances alone", code="""
def controlled_directions(codes, readings):
    n = len(codes)
    w, r = codes.astype(float) - codes.astype(float).mean(0), readings.astype(float) - readings.astype(float).mean(0)
    k = w.T @ r / n
    b = np.linalg.inv(w.T @ w / n) @ k
    return (k @ np.linalg.inv(b.T @ k)).T
""")  # fmt: skip

E = "effect_table"
bank.wrong(E, "not halved", says="divide by 2", swap=("(up - down) / 2", "up - down"))
bank.wrong(
    E,
    "forwards only",
    says="forwards",
    swap=("np.mean((up - down) / 2, axis=0)", "np.mean(up - read(draw(codes)), axis=0)"),
)
bank.wrong(
    E,
    "backwards only",
    says="backwards",
    swap=("np.mean((up - down) / 2, axis=0)", "np.mean(read(draw(codes)) - down, axis=0)"),
)
bank.wrong(E, "no spread", says="spread", swap=(" / spread", ""))
bank.wrong(E, "sign", says="sign is wrong", swap=("up - down", "down - up"))
bank.wrong(E, "sizes", says="sizes", swap=("(up - down)", "np.abs(up - down)"))
bank.wrong(E, "exchanged", says="", swap=("return np.array(rows)", "return np.array(rows).T"))
bank.wrong(E, "no mean", says="", swap=("np.mean((up - down) / 2, axis=0)", "(up - down) / 2"))
bank.wrong(E, "no return", says="return", swap=("return np.array(rows)", "np.array(rows)"))
bank.right(E, "one call", code="""
def effect_table(draw, read, codes, directions, spread):
    steps = np.concatenate([directions, -directions])
    found = np.stack([read(draw(codes + d)).mean(axis=0) for d in steps])
    k = len(directions)
    return (found[:k] - found[k:]) / (2 * spread)
""")  # fmt: skip
bank.right(E, "loops", code="""
def effect_table(draw, read, codes, directions, spread):
    table = np.zeros((len(directions), len(spread)))
    for i, d in enumerate(directions):
        for sign in (1, -1):
            table[i] += sign * 0.5 * np.average(read(draw(codes + sign * d)), axis=0)
    return table / np.asarray(spread)
""")  # fmt: skip

E = "film"
bank.wrong(E, "now forgotten", says="present reading", swap=("(wanted - now)", "wanted"))
bank.wrong(E, "code forgotten", says="own code", swap=("return code + (wanted", "return (wanted"))
bank.wrong(E, "sign of the step", says="wanted minus now", swap=("wanted - now", "now - wanted"))
bank.wrong(
    E,
    "steps add up",
    says="add up",
    swap=("(wanted - now) @ directions", "np.cumsum((wanted - now) @ directions, axis=0)"),
)
bank.wrong(
    E,
    "lag with the wrong sign",
    says="LATER",
    swap=("best = (lag, float(r))", "best = (-lag, float(r))"),
)
bank.wrong(
    E, "results exchanged", says="exchanged", swap=("    return best\n", "    return best[::-1]\n")
)
bank.wrong(
    E,
    "size of r",
    says="with its sign",
    swap=("r = np.corrcoef(mouth, sound)[0, 1]", "r = abs(np.corrcoef(mouth, sound)[0, 1])"),
)
bank.wrong(
    E,
    "a ring",
    says="",
    swap=(
        "r = np.corrcoef(mouth, sound)[0, 1]",
        "r = np.corrcoef(np.roll(opening, -lag), loudness)[0, 1]",
    ),
)
bank.wrong(E, "one lag too few", says="", swap=("range(-most, most + 1)", "range(-most, most)"))
bank.wrong(E, "only late", says="", swap=("range(-most, most + 1)", "range(0, most + 1)"))
bank.wrong(E, "squared", says="", swap=("best = (lag, float(r))", "best = (lag, float(r) ** 2)"))
bank.wrong(E, "no return", says="return", swap=("return code + (wanted", "code + (wanted"))
bank.right(E, "other words", code="""
def host_codes(code, directions, now, wanted):
    return np.array([code + sum((r - c) * d for r, c, d in zip(row, now, directions)) for row in wanted])

def lip_sync(opening, loudness, most):
    found = {}
    for lag in range(-most, most + 1):
        a, b = np.asarray(opening), np.asarray(loudness)
        if lag > 0:
            a, b = a[lag:], b[:-lag]
        elif lag < 0:
            a, b = a[:lag], b[-lag:]
        found[lag] = np.corrcoef(a, b)[0, 1]
    lag = max(found, key=found.get)
    return lag, found[lag]
""")  # fmt: skip
bank.right(E, "pandas", code="""
def host_codes(code, directions, now, wanted):
    return np.asarray(code)[None] + np.einsum("fm,md->fd", np.asarray(wanted) - now, directions)

def lip_sync(opening, loudness, most):
    a, b = pd.Series(opening), pd.Series(loudness)
    rs = {lag: a.shift(-lag).corr(b) for lag in range(-most, most + 1)}
    best = pd.Series(rs).idxmax()
    return int(best), float(rs[best])
""")  # fmt: skip
