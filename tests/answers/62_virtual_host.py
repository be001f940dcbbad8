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
bank.wrong(
    E,
    "hop rounded up",
    says="rounded up",
    swap=(
        "    frames = -(-len(sound) * fps // rate)\n",
        "    fps, rate = 1, -(-rate // fps)\n    frames = -(-len(sound) * fps // rate)\n",
    ),
)
bank.wrong(
    E,
    "equal parts",
    says="equal parts",
    swap=(
        "part = sound[k * rate // fps : (k + 1) * rate // fps]",
        "part = np.array_split(sound, frames)[k]",
    ),
)
bank.wrong(
    E,
    "rounded limits",
    says="rounded to the nearest",
    swap=(
        "sound[k * rate // fps : (k + 1) * rate // fps]",
        "sound[round(k * rate / fps) : round((k + 1) * rate / fps)]",
    ),
)
bank.wrong(
    E,
    "each value into a frame",
    says="value i is put into frame",
    swap=(
        "    return np.array(loudness)",
        "    i = np.arange(len(sound)) * fps // rate\n"
        "    return np.sqrt(np.bincount(i, np.square(sound)) / np.bincount(i))",
    ),
)
bank.wrong(
    E,
    "end included",
    says="one value too many",
    swap=("(k + 1) * rate // fps]", "(k + 1) * rate // fps + 1]"),
)
bank.wrong(
    E,
    "divided by rate / fps",
    says="divided by rate / fps",
    swap=("np.mean(np.square(part))", "np.sum(np.square(part)) / (rate / fps)"),
)
bank.wrong(
    E,
    "one frame too many",
    says="the last one holds no values",
    swap=("-(-len(sound) * fps // rate)", "len(sound) * fps // rate + 1"),
)
bank.wrong(
    E,
    "rates of the notebook",
    says="not taken from the arguments",
    swap=("    frames =", "    rate, fps = 16_000, 25\n    frames ="),
)
bank.wrong(E, "width not squared", says="width is not squared", swap=("2 * width**2", "2 * width"))
bank.wrong(E, "order", says="multiplies by width", swap=("/ (2 * width**2)", "/ 2 * width**2"))
bank.wrong(E, "divided by n", says="divided by n", swap=("weights.sum(axis=1)", "len(values)"))
bank.wrong(E, "sum of the table", says="whole table", swap=("weights.sum(axis=1)", "weights.sum()"))
for width in ("1", "1.5"):
    bank.wrong(
        E,
        f"width {width}",
        says=f"always {width}",
        swap=("(2 * width**2)", f"(2 * {width}**2)"),
    )
bank.wrong(
    E,
    "other axis",
    says="the second axis",
    swap=("weights @ values", "(weights * values).sum(axis=0)"),
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

RMS = "np.sqrt(np.mean(np.square(part)))"
GAUSS = "np.exp(-np.square(np.subtract.outer(i, i)) / (2 * width**2))"
SMOOTHED = "return weights @ values / weights.sum(axis=1)"
FIRST = "sound[k * rate // fps : (k + 1) * rate // fps]"
for name, says, old, new in (
    ("mean of roots", "has the loudness 2 in each", RMS, "np.mean(np.sqrt(np.abs(part)))"),
    ("decibels", "got [6.021", RMS, f"20 * np.log10({RMS} + 1e-9)"),
    ("mean first", "expected [3.536", RMS, "np.sqrt(np.mean(part) ** 2)"),
    ("twice the sound", "2 in each", RMS, f"2 * {RMS}"),
    ("squared before the mean", "times", RMS, f"{RMS} * (1 + 1e-2 * ({RMS} - 2))"),
    (
        "first value left out",
        "frame 0 alone must change",
        FIRST,
        "sound[k * rate // fps + 1 : (k + 1) * rate // fps + 1]",
    ),
    (
        "over the whole",
        "frame 0 alone must change",
        "return np.array(loudness)",
        "return np.array(loudness) / np.sqrt(np.mean(sound**2))",
    ),
    ("2 squared", "beside its own weight 1", "(2 * width**2)", "(2 * width) ** 2"),
    (
        "far frames cut off",
        "takes frame 5 with 0",
        GAUSS,
        f"{GAUSS} * (np.abs(np.subtract.outer(i, i)) <= 3 * width)",
    ),
    ("own value left out", "takes itself", GAUSS, f"{GAUSS} - np.eye(len(i))"),
    ("own sum halved", "add up to 0.5", SMOOTHED, f"{SMOOTHED} / 2"),
    (
        "squares of values",
        "fixed weights",
        SMOOTHED,
        "return np.sqrt(weights @ np.square(values) / weights.sum(axis=1))",
    ),
):
    bank.wrong(E, name, says=says, swap=(old, new))

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
ALL = "errors + weight * distance / ops.shape(codes)[-1]"
for name, says, new in (
    ("divided by n", "number of pictures", "errors + weight * distance / len(codes)"),
    ("divided by 32", "divided by 32", "errors + weight * distance / 32"),
    ("multiplied by d", "multiplied by d", "errors + weight * distance * codes.shape[-1]"),
    ("root", "no root", "errors + weight * ops.sqrt(distance) / codes.shape[-1]"),
    ("lambda on both", "lambda stands", "weight * (errors + distance / codes.shape[-1])"),
    ("pictures averaged", "errors are averaged", "ops.mean(errors) " + ALL[6:]),
):
    bank.wrong(E, name, says=says, swap=(ALL, new))
bank.wrong(
    E,
    "mean of the batch",
    says="argument `mean`",
    swap=("codes - mean", "codes - ops.mean(codes, axis=0)"),
)
bank.wrong(
    E,
    "diagonal",
    says="diagonal",
    swap=("ops.matmul(away, precision)", "away * ops.diag(ops.convert_to_tensor(precision))"),
)
bank.wrong(
    E,
    "half of the form",
    says="before the sum",
    swap=("ops.matmul(away, precision) * away", "ops.matmul(away, precision)"),
)
bank.wrong(
    E,
    "pairs of pictures",
    says="different pictures",
    swap=(
        "ops.matmul(away, precision) * away",
        "ops.matmul(ops.matmul(away, precision), ops.transpose(away))",
    ),
)
FORM = "ops.sum(ops.matmul(away, precision) * away, axis=-1)"
for name, says, old, new in (
    ("1 - lambda", "codes equal to the mean", "return errors", "return (1 - weight) * errors"),
    ("precision twice", "P[0, 0]", FORM, "ops.sum(ops.matmul(away, precision) ** 2, axis=-1)"),
    ("half the distance", "P[0, 0]", "weight * distance", "weight * distance / 2"),
    ("weight by heart", "is it used?", "weight * distance", "0.001 * distance"),
    ("weight squared", "weight 2 the loss", "weight * distance", "weight**2 * distance"),
    ("rooted error", "full of 2", "return errors", "return ops.sqrt(errors)"),
    (
        "one corner of P",
        "all four P",
        FORM,
        "ops.sum(ops.matmul(away, ops.tril(precision)) * away, axis=-1)",
    ),
    (
        "half of the gradient",
        "does all of it get through",
        FORM,
        "ops.sum(ops.stop_gradient(ops.matmul(away, precision)) * away, axis=-1)",
    ),
):
    bank.wrong(E, name, says=says, swap=(old, new))

bank.wrong(E, "NumPy", says="no gradient", code="""
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
bank.wrong(
    E,
    "codes not centred",
    says="",
    swap=("away = codes - codes.mean(axis=0)", "away = codes"),
)
bank.wrong(
    E,
    "only the readings centred",
    says="centre the codes as well",
    swap=("lstsq(away, ", "lstsq(codes, "),
)
SOLVED = "return np.linalg.solve(slopes.T @ key, key.T)"
KEY = "key = away.T @ away / len(codes) @ slopes"
for name, says, old, new in (
    ("K.T alone", "K.T alone", SOLVED, "return (np.atleast_2d(np.cov(codes.T)) @ slopes).T"),
    (
        "codes on readings",
        "slopes of codes on readings",
        SOLVED,
        "return np.linalg.lstsq(readings - readings.mean(axis=0), away, rcond=None)[0]",
    ),
    (
        "precision",
        "inverse of the covariance",
        KEY,
        "key = np.linalg.inv(np.cov(codes.T)) @ slopes",
    ),
    ("variances", "only the variances", KEY, "key = np.diag(away.var(axis=0)) @ slopes"),
    ("second moment", "not centred", KEY, "key = codes.T @ codes @ slopes"),
    (
        "unit length",
        "length 1",
        SOLVED,
        "d = np.linalg.solve(slopes.T @ key, key.T)\n"
        "    return d / np.linalg.norm(d, axis=1, keepdims=True)",
    ),
    (
        "one standard deviation",
        "one standard deviation",
        SOLVED,
        SOLVED + " * readings.std(axis=0)[:, None]",
    ),
    (
        "pseudoinverse of K",
        "pseudoinverse of K",
        SOLVED,
        "return np.linalg.pinv(key) * (1 - 1 / len(codes))",
    ),
    (
        "B and K exchanged",
        "exchanged",
        SOLVED,
        "return np.linalg.solve(key.T @ slopes, slopes.T) * (1 - 1 / len(codes))",
    ),
    ("entry by entry", "entry by entry", SOLVED, "return (1 / (slopes.T @ key)) @ key.T"),
    ("tuple of lstsq", "several things", "rcond=None)[0]", "rcond=None)"),
):
    bank.wrong(E, name, says=says, swap=(old, new))
for name, says, old, new in (
    (
        "correlations",
        "not the likeliest",
        KEY,
        "key = np.atleast_2d(np.corrcoef(codes.T)) @ slopes",
    ),
    ("covariance twice", "not the likeliest", KEY, "s = away.T @ away\n    key = s @ s @ slopes"),
    ("sign", "raises its own reading by -1", SOLVED, f"{SOLVED} * -1"),
    (
        "half the codes",
        "must be the unit matrix",
        "    away =",
        "    codes, readings = codes[::2], readings[::2]\n    away =",
    ),
):
    bank.wrong(E, name, says=says, swap=(old, new))

bank.wrong(E, "nothing centred", says="no intercept", code="""
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
bank.right(E, "fitted readings", code="""
def controlled_directions(codes, readings):
    z, r = codes - codes.mean(axis=0), readings - readings.mean(axis=0)
    return np.linalg.lstsq(z @ np.linalg.lstsq(z, r)[0], z)[0]
""")  # fmt: skip
bank.right(E, "only the codes centred", swap=("readings - readings.mean(axis=0)", "readings"))
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
UP, DOWN = "up = read(draw(codes + direction))", "down = read(draw(codes - direction))"
MEAN = "rows.append(np.mean((up - down) / 2, axis=0) / spread)"
for name, says, old, new in (
    ("sum over codes", "sum over the codes", "np.mean(", "np.sum("),
    ("median", "median", "np.mean(", "np.median("),
    ("first code", "first code", "np.mean((up - down) / 2, axis=0)", "((up - down) / 2)[0]"),
    ("times spread", "multiplied", " / spread", " * spread"),
    (
        "spread of rows",
        "goes with the readings",
        "return np.array(rows)",
        "return np.array(rows) * spread / np.resize(spread, len(rows))[:, None]",
    ),
    (
        "mean code",
        "averaged before drawing",
        "    rows = []\n",
        "    rows, codes = [], codes.mean(axis=0, keepdims=True)\n",
    ),
    (
        "mean picture",
        "averaged before reading",
        MEAN,
        "look = lambda c: read(draw(c).mean(axis=0, keepdims=True))[0]\n"
        "        rows.append((look(codes + direction) - look(codes - direction)) / 2 / spread)",
    ),
    (
        "half a step",
        "half a direction",
        MEAN,
        "up, down = read(draw(codes + direction / 2)), read(draw(codes - direction / 2))\n"
        "        rows.append(np.mean(up - down, axis=0) / spread)",
    ),
    (
        "unit steps",
        "one long",
        UP,
        "direction = direction / np.linalg.norm(direction)\n        " + UP,
    ),
    ("not drawn", "takes pictures", "read(draw(codes + direction))", "read(codes + direction)"),
):
    bank.wrong(E, name, says=says, swap=(old, new))
for name, says, old, new in (
    ("forwards, halved", "neither a code + a direction", DOWN, "down = read(draw(codes))"),
    ("one direction", "was not drawn", "codes - direction", "codes - directions[0]"),
    ("spread of effects", "with one code", "np.mean((", "np.std(("),
    ("one spread", "with a second reading", "/ spread", "/ spread[0]"),
    ("a hundred codes", "was not drawn", "rows = []", "rows, codes = [], codes[:100]"),
    (
        "mean square",
        "with a second code",
        "np.mean((up - down) / 2, axis=0)",
        "np.sqrt(np.mean(((up - down) / 2) ** 2, axis=0))",
    ),
):
    bank.wrong(E, name, says=says, swap=(old, new))

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
for name, says, new in (
    ("now added", "is added", "(wanted + now) @ directions"),
    ("the first frame", "first frame's", "(wanted - wanted[0]) @ directions"),
    ("the mean frame", "their mean", "(wanted - wanted.mean(axis=0)) @ directions"),
    ("the frame before", "frame before", "np.diff(wanted, axis=0, prepend=now[None]) @ directions"),
    ("one reading", "first reading", "(wanted - now)[:, :1] * directions[0]"),
):
    bank.wrong(E, name, says=says, swap=("(wanted - now) @ directions", new))
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
R = "r = np.corrcoef(mouth, sound)[0, 1]"
RANGE = "range(-most, most + 1)"
PADDED = """r = np.zeros(n)
        r[max(-lag, 0) : n - max(lag, 0)] = mouth
        r = np.corrcoef(r, loudness)[0, 1]"""
WHOLE = """a, b = ((v - v.mean()) / v.std() for v in (opening, loudness))
        r = np.mean(a[max(lag, 0) : n + min(lag, 0)] * b[max(-lag, 0) : n - max(lag, 0)])"""
MIDDLE = "r = np.corrcoef(opening[most + lag : n - most + lag], loudness[most : n - most])[0, 1]"
for name, says, old, new in (
    ("a ring", "in a ring", R, "r = np.corrcoef(np.roll(opening, -lag), loudness)[0, 1]"),
    ("one lag too few", "on both sides", RANGE, "range(-most, most)"),
    ("one lag too few, early", "on both sides", RANGE, "range(-most + 1, most + 1)"),
    ("only late", "early mouths are not found", RANGE, "range(0, most + 1)"),
    ("lag 0 skipped", "lag 0 is left out", RANGE, "[k for k in range(-most, most + 1) if k]"),
    ("lags beyond most", "beyond `most`", RANGE, "range(-10, 11)"),
    ("five lags", "beyond `most`", RANGE, "range(-5, 6)"),
    ("squared", "r²", "best = (lag, float(r))", "best = (lag, float(r) ** 2)"),
    ("place", "subtract `most`", "    return best\n", "    return best[0] + most, best[1]\n"),
    (
        "largest size, with sign",
        "|r| is largest",
        "if r > best[1]",
        "if abs(r) > abs(best[1]) or lag == -most",
    ),
    ("padded", "filled up with zeros", R, PADDED),
    ("standardised once", "of all frames", R, WHOLE),
    ("middle frames", "fewer frames", R, MIDDLE),
    (
        "empty slice",
        "[:-0]",
        R,
        "r = np.corrcoef(opening[lag:], loudness[:-lag])[0, 1] if lag >= 0 else -1",
    ),
):
    bank.wrong(E, name, says=says, swap=(old, new))
FILLED = """sound = np.zeros(n)
        sound[max(lag, 0) : n + min(lag, 0)] = loudness[max(-lag, 0) : n - max(lag, 0)]
        r = np.corrcoef(opening, sound)[0, 1]"""
STEP = "(wanted - now) @ directions"
for name, says, old, new in (
    ("begins at 0", "begins at -np.inf", "(0, -np.inf)", "(0, 0.0)"),
    ("a margin", "r is only", "if r > best[1]", "if r > best[1] + (0.05 if lag > 0 else 0)"),
    ("loudness padded", "loudness is filled up", R, FILLED),
    ("weighted", "their correlation is", R, f"{R} * (1 - abs(lag) / n)"),
    (
        "same side",
        "r is only",
        "loudness[max(-lag, 0) : n - max(lag, 0)]",
        "loudness[: n - abs(lag)]",
    ),
    ("one lag", "r is only", RANGE, "range(1, 2)"),
    ("ten lags", "at lag 14", RANGE, "range(-min(most, 10), min(most, 10) + 1)"),
    ("clipped", "those of now", "wanted - now", "np.clip(wanted, 0, 1) - now"),
    ("upwards only", "-0.5 beside now", STEP, "np.maximum(wanted - now, 0) @ directions"),
    (
        "scaled by the largest frame",
        "depend on each other",
        STEP,
        f"{STEP} * (1 if len(wanted) == 1 else 2)",
    ),
    (
        "steps of the largest change",
        "of all readings",
        STEP,
        "np.where(np.abs(wanted - now) == np.abs(wanted - now).max(axis=1, keepdims=True), "
        "wanted - now, 0) @ directions",
    ),
):
    bank.wrong(E, name, says=says, swap=(old, new))
bank.wrong(
    E,
    "unit steps",
    says="only reading 0",
    swap=("@ directions", "@ (directions.T / np.linalg.norm(directions, axis=1)).T"),
)

bank.wrong(E, "covariance", says="covariances", code="""
def host_codes(code, directions, now, wanted):
    return code + (wanted - now) @ directions

def lip_sync(opening, loudness, most):
    n = len(opening)
    pairs = {k: (opening[max(k, 0) : n + min(k, 0)], loudness[max(-k, 0) : n - max(k, 0)]) for k in range(-most, most + 1)}
    lag = max(pairs, key=lambda k: np.cov(*pairs[k])[0, 1])
    return lag, np.corrcoef(*pairs[lag])[0, 1]
""")  # fmt: skip
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
