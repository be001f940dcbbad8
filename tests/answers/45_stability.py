"""Answers to the exercises of lesson 45, right and wrong."""

from tests.bank import Bank

bank = Bank()

# r1_penalty
P = "r1_penalty"
bank.wrong(
    P,
    "on the fakes",
    says="taken at the fakes",
    swap=(
        "tape.watch(real)\n        total = ops.sum(critic(real))\n    slopes = tape.gradient(total, real)",
        "tape.watch(fake)\n        total = ops.sum(critic(fake))\n    slopes = tape.gradient(total, fake)",
    ),
)
bank.wrong(
    P,
    "on both",
    says="at real pictures and fakes",
    code="""
def r1_penalty(critic, real, fake, gamma):
    both = ops.concatenate([real, fake])
    with tf.GradientTape() as tape:
        tape.watch(both)
        total = ops.sum(critic(both))
    return gamma / 2 * ops.mean(ops.sum(tape.gradient(total, both) ** 2, axis=(1, 2, 3)))
""",
)
bank.wrong(P, "without the half", says="1/2 missing", swap=("gamma / 2 *", "gamma *"))
bank.wrong(P, "gamma forgotten", says="gamma is missing", swap=("gamma / 2 *", "0.5 *"))
bank.wrong(
    P,
    "the norm",
    says="without a root",
    swap=("ops.sum(ops.square(slopes), axis=(1, 2, 3))", "ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3)))"),
)  # fmt: skip
bank.wrong(
    P,
    "towards 1",
    says="pulls it to 0",
    swap=("ops.sum(ops.square(slopes), axis=(1, 2, 3))",
          "ops.square(ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3))) - 1)"),
)  # fmt: skip
bank.wrong(
    P,
    "mean over pixels",
    says="averaged over the pixels",
    swap=("ops.sum(ops.square", "ops.mean(ops.square"),
)
bank.wrong(P, "plain mean of squares", says="averaged over the pixels",
           swap=("ops.sum(ops.square(slopes), axis=(1, 2, 3))", "ops.square(slopes)"))  # fmt: skip
bank.wrong(P, "last axis", says="last alone", swap=("axis=(1, 2, 3)", "axis=-1"))
bank.wrong(
    P, "sum over the batch", says="sum over the batch", swap=("ops.mean(ops.sum", "ops.sum(ops.sum")
)
bank.wrong(
    P,
    "mean of the logits",
    says="averaged before the gradient",
    swap=("ops.sum(critic(real))", "ops.mean(critic(real))"),
)
bank.wrong(P, "without the channels", says="channels", swap=("axis=(1, 2, 3)", "axis=(1, 2)"))
bank.wrong(P, "not watched", says="tape.watch(real)", swap=("        tape.watch(real)\n", ""))
bank.wrong(P, "stopped", says="stop_gradient", swap=("slopes = tape.gradient(total, real)",
                                                  "slopes = ops.stop_gradient(tape.gradient(total, real))"))  # fmt: skip
bank.wrong(P, "the sign", says="sign is wrong", swap=("return gamma", "return -gamma"))
bank.wrong(P, "one for each picture", says="Take the mean", swap=("ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))",
                                                               "ops.sum(ops.square(slopes), axis=(1, 2, 3))"))  # fmt: skip
bank.wrong(
    P,
    "squared penalty of the logits",
    says="",
    swap=("slopes = tape.gradient(total, real)", "slopes = real * critic(real)[:, :, None, None]"),
)
bank.wrong(P, "no return", says="return", swap=("return gamma", "gamma"))
bank.right(
    P,
    "tf, flat",
    code="""
def r1_penalty(critic, real, fake, gamma):
    real = tf.identity(real)
    with tf.GradientTape() as inner:
        inner.watch(real)
        logits = critic(real)
    flat = tf.reshape(inner.gradient(logits, real), (tf.shape(real)[0], -1))
    return 0.5 * gamma * tf.reduce_mean(tf.reduce_sum(flat**2, axis=1))
""",
)
bank.right(P, "tf.gradients over the number of pictures", swap=("ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))",
                                                             "ops.sum(slopes**2) / real.shape[0]"))  # fmt: skip

# update_average
A = "update_average"
bank.wrong(
    A,
    "batch statistics forgotten",
    says="still those of the start",
    code="""
def update_average(averaged, generator, decay):
    for old, new in zip(averaged.trainable_variables, generator.trainable_variables):
        old.assign(decay * old + (1 - decay) * new)
""",
)
bank.wrong(
    A,
    "everything averaged",
    says="copied, not averaged",
    code="""
def update_average(averaged, generator, decay):
    for old, new in zip(averaged.variables, generator.variables):
        old.assign(decay * old + (1 - decay) * new)
""",
)
bank.wrong(
    A,
    "shares exchanged",
    says="shares are exchanged",
    swap=("decay * old + (1 - decay) * new", "(1 - decay) * old + decay * new"),
)
bank.wrong(
    A,
    "everything averaged, shares exchanged",
    says="shares are exchanged",
    code="""
def update_average(averaged, generator, decay):
    for old, new in zip(averaged.variables, generator.variables):
        old.assign((1 - decay) * old + decay * new)
""",
)
bank.wrong(A, "copied", says="not an average", swap=("decay * old + (1 - decay) * new", "new"))
bank.wrong(
    A, "plain mean", says="plain mean", swap=("decay * old + (1 - decay) * new", "(old + new) / 2")
)
bank.wrong(
    A,
    "names bound anew",
    says="did not move",
    swap=("old.assign(decay * old + (1 - decay) * new)", "old = decay * old + (1 - decay) * new"),
)
bank.wrong(
    A,
    "shares above 1",
    says="add up",
    swap=("decay * old + (1 - decay) * new", "decay * old + new"),
)
bank.wrong(
    A,
    "the generator moves",
    says="own weights were changed",
    swap=(
        "old.assign(decay * old + (1 - decay) * new)",
        "new.assign(decay * old + (1 - decay) * new)",
    ),
)
bank.wrong(
    A,
    "get_weights",
    says="not compiled",
    code="""
def update_average(averaged, generator, decay):
    trained = [any(w is v for v in generator.trainable_variables) for w in generator.weights]
    mixed = [
        decay * a + (1 - decay) * g if t else g
        for a, g, t in zip(averaged.get_weights(), generator.get_weights(), trained)
    ]
    averaged.set_weights(mixed)
""",
)
bank.wrong(
    A,
    "away from it",
    says="moves away",
    swap=("decay * old + (1 - decay) * new", "old - (1 - decay) * (new - old)"),
)
bank.wrong(
    A,
    "statistics of the start put into the generator",
    says="own weights were changed",
    swap=("        old.assign(new)", "        new.assign(old)"),
)
bank.right(
    A,
    "difference",
    code="""
def update_average(averaged, generator, decay):
    for a, g in zip(averaged.trainable_weights, generator.trainable_weights):
        a.assign_sub((1.0 - decay) * (a - g))
    for a, g in zip(averaged.non_trainable_weights, generator.non_trainable_weights):
        a.assign(g)
""",
)
bank.right(
    A,
    "all at once, by trainable",
    code="""
def update_average(averaged, generator, decay):
    for mine, other in zip(averaged.weights, generator.weights):
        share = decay if mine.trainable else 0.0
        mine.assign(share * mine + (1 - share) * other)
""",
)
bank.right(
    A,
    "layer by layer, returns the model",
    code="""
def update_average(averaged, generator, decay):
    for ours, theirs in zip(averaged.layers, generator.layers):
        for a, g in zip(ours.trainable_variables, theirs.trainable_variables):
            a.assign(ops.add(a * decay, g * (1 - decay)))
        for a, g in zip(ours.non_trainable_variables, theirs.non_trainable_variables):
            a.assign(ops.convert_to_tensor(g))
    return averaged
""",
)

# shift_pictures
S = "shift_pictures"
bank.wrong(
    S,
    "exchanged",
    says="exchanged",
    swap=("move_rows, pictures, move_columns", "move_columns, pictures, move_rows"),
)
bank.wrong(
    S,
    "down and right exchanged",
    says="down and right are exchanged",
    code="""
def shift_pictures(pictures, down, right):
    height, width = pictures.shape[1:3]
    rows, columns = ops.arange(height), ops.arange(width)
    move_rows = ops.cast(ops.equal(rows[:, None] - rows, right[:, None, None]), pictures.dtype)
    move_columns = ops.cast(ops.equal(columns[:, None] - columns, down[:, None, None]), pictures.dtype)
    return ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures, move_columns)
""",
)
bank.wrong(
    S,
    "up and left",
    says="direction is wrong",
    swap=('"nij,njkc,nlk->nilc"', '"nji,njkc,nkl->nilc"'),
)
bank.wrong(
    S,
    "roll",
    says="comes back on the other",
    code="""
def shift_pictures(pictures, down, right):
    moved = [tf.roll(pictures[k], (down[k], right[k]), axis=(0, 1)) for k in range(pictures.shape[0])]
    return tf.stack(moved)
""",
)
bank.wrong(
    S,
    "edge repeated",
    says="border pixels are repeated",
    code="""
def shift_pictures(pictures, down, right):
    height, width = pictures.shape[1:3]
    rows = ops.clip(ops.arange(height)[None] - down[:, None], 0, height - 1)
    columns = ops.clip(ops.arange(width)[None] - right[:, None], 0, width - 1)
    moved = tf.gather(pictures, rows, axis=1, batch_dims=1)
    return tf.gather(moved, columns, axis=2, batch_dims=1)
""",
)
bank.wrong(
    S,
    "like the first",
    says="like the first",
    swap=("rows, down[:, None, None])", "rows, down[:1, None, None] + 0 * down[:, None, None])"),
)
bank.wrong(
    S,
    "all like the first",
    says="like the first",
    code="""
def shift_pictures(pictures, down, right):
    height, width = pictures.shape[1:3]
    rows, columns = ops.arange(height), ops.arange(width)
    move_rows = ops.cast(ops.equal(rows[:, None] - rows, down[0]), pictures.dtype)
    move_columns = ops.cast(ops.equal(columns[:, None] - columns, right[0]), pictures.dtype)
    return ops.einsum("ij,njkc,lk->nilc", move_rows, pictures, move_columns)
""",
)
bank.wrong(
    S,
    "only rows",
    says="",
    swap=(
        '"nij,njkc,nlk->nilc", move_rows, pictures, move_columns',
        '"nij,njkc->nikc", move_rows, pictures',
    ),
)
bank.wrong(
    S,
    "through NumPy",
    says="",
    code="""
def shift_pictures(pictures, down, right):
    source, moved = np.asarray(pictures), np.zeros(pictures.shape, "float32")
    height, width = source.shape[1:3]
    for k in range(len(source)):
        for i in range(height):
            for j in range(width):
                y, x = i - int(down[k]), j - int(right[k])
                if 0 <= y < height and 0 <= x < width:
                    moved[k, i, j] = source[k, y, x]
    return ops.convert_to_tensor(moved)
""",
)
bank.wrong(S, "clipped", says="[-1, 1]", swap=('ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures, move_columns)',
                                            'ops.clip(ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures, move_columns), -1, 1)'))  # fmt: skip
bank.wrong(
    S,
    "stopped",
    says="gradient",
    swap=(
        '"nij,njkc,nlk->nilc", move_rows, pictures,',
        '"nij,njkc,nlk->nilc", move_rows, ops.stop_gradient(pictures),',
    ),
)
bank.wrong(
    S,
    "dark edges",
    says="not -1",
    swap=('return ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures, move_columns)',
          'return ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures + 1, move_columns) - 1'),
)  # fmt: skip
bank.wrong(S, "no return", says="return", swap=("return ops", "ops"))
bank.right(
    S,
    "pad and slice",
    code="""
def shift_pictures(pictures, down, right):
    n, height, width, _ = pictures.shape
    padded = tf.pad(pictures, [[0, 0], [height, height], [width, width], [0, 0]])
    y = tf.clip_by_value(height - down, 0, 2 * height)
    x = tf.clip_by_value(width - right, 0, 2 * width)
    return tf.stack([padded[k, y[k] : y[k] + height, x[k] : x[k] + width] for k in range(n)])
""",
)
bank.right(
    S,
    "gather and mask",
    code="""
def shift_pictures(pictures, down, right):
    height, width = pictures.shape[1:3]
    rows = ops.arange(height)[None] - down[:, None]
    columns = ops.arange(width)[None] - right[:, None]
    seen = (rows >= 0)[:, :, None] & (rows < height)[:, :, None] & (columns >= 0)[:, None] & (columns < width)[:, None]
    moved = tf.gather(pictures, ops.clip(rows, 0, height - 1), axis=1, batch_dims=1)
    moved = tf.gather(moved, ops.clip(columns, 0, width - 1), axis=2, batch_dims=1)
    return moved * ops.cast(seen, pictures.dtype)[..., None]
""",
)
bank.right(
    S,
    "roll and mask, by map_fn",
    code="""
def shift_pictures(pictures, down, right):
    height, width = pictures.shape[1:3]
    i, j = tf.range(height)[:, None], tf.range(width)[None]

    def one(given):
        picture, y, x = given
        seen = (i >= y) & (i < height + y) & (j >= x) & (j < width + x)
        return tf.where(seen[..., None], tf.roll(picture, [y, x], axis=[0, 1]), tf.zeros_like(picture))

    return tf.map_fn(one, (pictures, down, right), fn_output_signature=pictures.dtype)
""",
)

# collapse_signs
C = "collapse_signs"
bank.wrong(
    C,
    "itself counted",
    says="to itself",
    swap=("    np.fill_diagonal(of_made, np.inf)\n    np.fill_diagonal(of_real, np.inf)\n", ""),
)
bank.wrong(
    C,
    "itself counted among the made",
    says="made picture to itself",
    swap=("    np.fill_diagonal(of_made, np.inf)\n", ""),
)
bank.wrong(
    C,
    "itself counted among the real",
    says="real picture to itself",
    swap=("    np.fill_diagonal(of_real, np.inf)\n", ""),
)
bank.wrong(
    C,
    "zeros thrown out",
    says="distance of 0",
    swap=("    np.fill_diagonal(of_made, np.inf)\n    np.fill_diagonal(of_real, np.inf)\n",
          "    of_made[of_made == 0] = np.inf\n    of_real[of_real == 0] = np.inf\n"),
)  # fmt: skip
bank.wrong(
    C,
    "yardstick of the made ones",
    says="those of the real",
    swap=("np.quantile(of_real.min", "np.quantile(of_made.min"),
)
bank.wrong(
    C,
    "covered",
    says="share that is covered",
    swap=(".min(axis=1) > large", ".min(axis=1) <= large"),
)
bank.wrong(
    C,
    "apart",
    says="NOT closer",
    swap=("of_made.min(axis=1) < small", "of_made.min(axis=1) >= small"),
)
bank.wrong(
    C,
    "made pictures that are far",
    says="share of the real",
    swap=("cdist(real, made)", "cdist(made, real)"),
)
bank.wrong(C, "small for both", says="1 - level", swap=("> large", "> small"))
bank.wrong(C, "large for both", says="takes level", swap=("< small", "< large"))
bank.wrong(C, "counts", says="count, not a share", swap=("np.mean(of_made", "np.sum(of_made"))
bank.wrong(
    C, "quantile 0.05 always", says="is not used", swap=("[level, 1 - level]", "[0.05, 0.95]")
)
bank.wrong(C, "a tuple", says="dictionary", swap=('{\n        "duplicates": np.mean(of_made.min(axis=1) < small),\n        "missing": np.mean(cdist(real, made).min(axis=1) > large),\n    }',
                                                "np.mean(of_made.min(axis=1) < small), np.mean(cdist(real, made).min(axis=1) > large)"))  # fmt: skip
bank.wrong(C, "no return", says="return", swap=("return {", "dict() or {"))
bank.wrong(
    C,
    "in place",
    says="",
    swap=("of_made, of_real = cdist", "made -= real.mean(axis=0)\n    of_made, of_real = cdist"),
)
bank.right(
    C,
    "neighbours of scikit-learn",
    code="""
def collapse_signs(made, real, level=0.05):
    from sklearn.neighbors import NearestNeighbors

    def nearest_other(points):
        return NearestNeighbors(n_neighbors=1).fit(points).kneighbors()[0][:, 0]

    radii = np.quantile(nearest_other(real), [level, 1 - level])
    to_made = NearestNeighbors(n_neighbors=1).fit(made).kneighbors(real)[0][:, 0]
    return dict(
        missing=float((to_made > radii[1]).mean()), duplicates=float((nearest_other(made) < radii[0]).mean())
    )
""",
)
bank.right(
    C,
    "second smallest",
    code="""
def collapse_signs(made, real, level=0.05):
    def other(points):
        return np.sort(np.linalg.norm(points[:, None] - points[None], axis=-1), axis=1)[:, 1]

    apart = other(real)
    covered = [np.linalg.norm(made - one, axis=1).min() <= np.quantile(apart, 1 - level) for one in real]
    duplicates = np.count_nonzero(other(made) < np.quantile(apart, level)) / len(made)
    return {"duplicates": duplicates, "missing": 1 - np.mean(covered)}
""",
)

bank.wrong(C, "all pairs", says="NEAREST", swap=("of_real.min(axis=1), [level, 1 - level]", "of_real[np.isfinite(of_real)], [level, 1 - level]"))  # fmt: skip
bank.wrong(
    C,
    "divided by the made ones",
    says="divide by their number",
    swap=(
        "np.mean(cdist(real, made).min(axis=1) > large)",
        "np.sum(cdist(real, made).min(axis=1) > large) / len(made)",
    ),
)
bank.wrong(
    C,
    "the cross table's diagonal as well",
    says="",
    swap=(
        '    return {\n        "duplicates": np.mean(of_made.min(axis=1) < small),\n        "missing": np.mean(cdist(real, made).min',
        '    between = cdist(real, made)\n    np.fill_diagonal(between, np.inf)\n    return {\n        "duplicates": np.mean(of_made.min(axis=1) < small),\n        "missing": np.mean(between.min',
    ),
)

# effects
E = "effects"
bank.wrong(
    E, "the base's name written down", says="", swap=("distances[base]", 'distances["base"]')
)
bank.wrong(
    E, "sorted by its lower end", says="order", swap=('sort_values("ratio")', 'sort_values("low")')
)
bank.wrong(E, "plain ratios", says="average their logarithms", swap=("change = np.log(found / distances[base])\n        n = len(change)\n        half = student.ppf(0.975, n - 1) * change.std(ddof=1) / np.sqrt(n)\n        ratio, low, high = np.exp([change.mean(), change.mean() - half, change.mean() + half])",
                                                                 "change = found / distances[base]\n        n = len(change)\n        half = student.ppf(0.975, n - 1) * change.std(ddof=1) / np.sqrt(n)\n        ratio, low, high = change.mean(), change.mean() - half, change.mean() + half"))  # fmt: skip
bank.wrong(
    E,
    "not paired",
    says="seed by seed",
    swap=("np.log(found / distances[base])", "np.log(found) - np.log(distances[base]).mean()"),
)
bank.wrong(E, "ddof 0", says="ddof=1", swap=("change.std(ddof=1)", "change.std()"))
bank.wrong(E, "1.96", says="1.96 is for many", swap=("student.ppf(0.975, n - 1)", "1.959964"))
bank.wrong(E, "one-sided quantile", says="0.975", swap=("student.ppf(0.975", "student.ppf(0.95"))
bank.wrong(
    E, "standard error only", says="one standard error", swap=("student.ppf(0.975, n - 1) * ", "")
)
bank.wrong(
    E,
    "upside down",
    says="upside down",
    swap=("found / distances[base]", "distances[base] / found"),
)
bank.wrong(E, "logarithms left", says="take exp", swap=("np.exp([change.mean(), change.mean() - half, change.mean() + half])",
                                                    "[change.mean(), change.mean() - half, change.mean() + half]"))  # fmt: skip
bank.wrong(
    E,
    "low and high exchanged",
    says="exchanged",
    swap=(
        "change.mean() - half, change.mean() + half",
        "change.mean() + half, change.mean() - half",
    ),
)
bank.wrong(E, "verdict by the ratio", says="verdict", swap=('"helps" if high < 1 else "harms" if low > 1 else "not shown"',
                                                        '"helps" if ratio < 1 else "harms"'))  # fmt: skip
bank.wrong(E, "harms and helps exchanged", says="verdict", swap=('"helps" if high < 1 else "harms" if low > 1',
                                                              '"harms" if high < 1 else "helps" if low > 1'))  # fmt: skip
bank.wrong(
    E, "a row for the base", says="gets no row", swap=("            continue", "            pass")
)
bank.wrong(E, "not sorted", says="order", swap=('.sort_values("ratio")', ""))
bank.wrong(
    E,
    "falling",
    says="falling order",
    swap=('.sort_values("ratio")', '.sort_values("ratio", ascending=False)'),
)
bank.wrong(E, "no root of n", says="root of n", swap=(" / np.sqrt(n)", ""))
bank.wrong(E, "turned", says="", swap=('orient="index").sort_values("ratio")', 'orient="columns")'))
bank.wrong(E, "no return", says="return", swap=("return pd", "pd"))
bank.right(
    E,
    "scipy's test",
    code="""
def effects(distances, base):
    from scipy.stats import ttest_1samp

    table = pd.DataFrame(columns=["ratio", "low", "high", "verdict"])
    for name in set(distances) - {base}:
        logs = np.log(distances[name]) - np.log(distances[base])
        interval = ttest_1samp(logs, 0).confidence_interval(0.95)
        low, high = np.exp(interval.low), np.exp(interval.high)
        verdict = "not shown" if low <= 1 <= high else ("helps" if high < 1 else "harms")
        table.loc[name] = [np.exp(logs.mean()), low, high, verdict]
    return table.sort_values("ratio")
""",
)
bank.right(
    E,
    "t.interval, all at once",
    code="""
def effects(distances, base):
    names = [name for name in distances if name != base]
    logs = np.array([np.log(distances[name] / distances[base]) for name in names])
    n = logs.shape[1]
    middle, error = logs.mean(axis=1), logs.std(axis=1, ddof=1) / n**0.5
    low, high = student.interval(0.95, n - 1, loc=middle, scale=error)
    table = pd.DataFrame({"ratio": np.exp(middle), "low": np.exp(low), "high": np.exp(high)}, index=names)
    table["verdict"] = np.select([table["high"] < 1, table["low"] > 1], ["helps", "harms"], "not shown")
    return table.sort_values("ratio")
""",
)

# r1_penalty: slips with axes, roots and factors
TOLD = "ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))"
bank.wrong(
    P, "gamma squared", says="gamma enters as its square", swap=("gamma / 2 *", "gamma**2 / 2 *")
)
bank.wrong(
    P,
    "half of gamma squared",
    says="gamma / 2 is squared",
    swap=("gamma / 2 *", "(gamma / 2) ** 2 *"),
)
bank.wrong(P, "the lesson's gamma", says="gamma is 5 here", swap=("gamma / 2 *", "5.0 / 2 *"))
bank.wrong(P, "square of the mean norm", says="mean norm is squared",
           swap=(TOLD, "ops.square(ops.mean(ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3)))))"))  # fmt: skip
bank.wrong(
    P, "norm of the whole batch", says="one norm of the whole batch", swap=(TOLD, "tf.norm(slopes)")
)
bank.wrong(P, "square after the sum", says="square comes first",
           swap=(TOLD, "ops.mean(ops.square(ops.sum(slopes, axis=(1, 2, 3))))"))  # fmt: skip
bank.wrong(
    P, "first axes", says="axis 0 counts the pictures", swap=("axis=(1, 2, 3)", "axis=(0, 1, 2)")
)
bank.wrong(
    P,
    "per fake",
    says="number of fakes",
    swap=(TOLD, "ops.sum(ops.square(slopes)) / fake.shape[0]"),
)
bank.wrong(P, "of the probability", says="slope of the probability",
           swap=("ops.sum(critic(real))", "ops.sum(ops.sigmoid(critic(real)))"))  # fmt: skip
bank.right(
    P, "l2_loss", swap=("gamma / 2 * " + TOLD, "gamma * tf.nn.l2_loss(slopes) / real.shape[0]")
)
bank.right(
    P,
    "picture by picture",
    code="""
def r1_penalty(critic, real, fake, gamma):
    found = []
    for k in range(real.shape[0]):
        one = real[k : k + 1]
        with tf.GradientTape() as tape:
            tape.watch(one)
            logit = critic(one)[0, 0]
        found.append(ops.sum(tape.gradient(logit, one) ** 2))
    return gamma * ops.mean(ops.stack(found)) / 2
""",
)

# update_average: shares, and parts of the network forgotten
bank.wrong(A, "a decay of its own", says="the argument `decay`",
           swap=("decay * old + (1 - decay) * new", "0.95 * old + 0.05 * new"))  # fmt: skip
bank.wrong(A, "assign_add", says="`assign` replaces it",
           swap=("old.assign(decay * old", "old.assign_add(decay * old"))  # fmt: skip
bank.wrong(A, "subtracted", says="is subtracted",
           swap=("decay * old + (1 - decay) * new", "decay * old - (1 - decay) * new"))  # fmt: skip
bank.wrong(A, "divided", says="a weight is wrong",
           swap=("decay * old + (1 - decay) * new", "decay * old + new / (1 - decay)"))  # fmt: skip
bank.wrong(
    A,
    "half of the statistics",
    says="as they are",
    swap=("old.assign(new)", "old.assign((old + new) / 2)"),
)
bank.wrong(
    A,
    "kernels and biases only",
    says="did not move",
    code="""
def update_average(averaged, generator, decay):
    for ours, theirs in zip(averaged.layers, generator.layers):
        for name in ("kernel", "bias"):
            old, new = getattr(ours, name, None), getattr(theirs, name, None)
            if old is not None:
                old.assign(decay * old + (1 - decay) * new)
    for old, new in zip(averaged.non_trainable_variables, generator.non_trainable_variables):
        old.assign(new)
""",
)

# shift_pictures: one direction, sizes, edges
MOVED = 'ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures, move_columns)'
bank.wrong(S, "to the left", says="not to the left", swap=("nlk->nilc", "nkl->nilc"))
bank.wrong(S, "columns only", says="`down` is not used",
           swap=(MOVED, 'ops.einsum("njkc,nlk->njlc", pictures, move_columns)'))  # fmt: skip
bank.wrong(S, "straight through", says="left the view",
           swap=("return " + MOVED, f"return pictures + ops.stop_gradient({MOVED} - pictures)"))  # fmt: skip
bank.wrong(
    S,
    "off by one",
    says="off by one",
    swap=("rows[:, None] - rows, down", "rows[:, None] - rows - 1, down"),
)
bank.wrong(
    S,
    "a list of pictures",
    says="ops.stack",
    code="""
def shift_pictures(pictures, down, right):
    n, height, width, _ = pictures.shape
    padded = tf.pad(pictures, [[0, 0], [height, height], [width, width], [0, 0]])
    y = tf.clip_by_value(height - down, 0, 2 * height)
    x = tf.clip_by_value(width - right, 0, 2 * width)
    return [padded[k, y[k] : y[k] + height, x[k] : x[k] + width] for k in range(n)]
""",
)
bank.wrong(
    S,
    "padded by two",
    says="moves by more than 2",
    code="""
def shift_pictures(pictures, down, right):
    n, height, width, _ = pictures.shape
    padded = tf.pad(pictures, [[0, 0], [2, 2], [2, 2], [0, 0]])
    y, x = tf.clip_by_value(2 - down, 0, 4), tf.clip_by_value(2 - right, 0, 4)
    return tf.stack([padded[k, y[k] : y[k] + height, x[k] : x[k] + width] for k in range(n)])
""",
)
bank.right(
    S,
    "one_hot",
    code="""
def shift_pictures(pictures, down, right):
    height, width = pictures.shape[1:3]
    rows = tf.one_hot(tf.range(height)[None] - down[:, None], height)
    columns = tf.one_hot(tf.range(width)[None] - right[:, None], width)
    return tf.einsum("nij,njkc,nlk->nilc", rows, pictures, columns)
""",
)
bank.right(
    S,
    "affine_transform",
    code="""
def shift_pictures(pictures, down, right):
    down, right = ops.cast(down, "float32"), ops.cast(right, "float32")
    one, none = ops.ones_like(down), ops.zeros_like(down)
    table = ops.stack([one, none, -right, none, one, -down, none, none], axis=1)
    return ops.image.affine_transform(pictures, table, interpolation="nearest", fill_mode="constant", fill_value=0.0)
""",
)

# collapse_signs: ties, copies among the real ones, other yardsticks
bank.wrong(
    C,
    "at most",
    says="means <, not <=",
    swap=("of_made.min(axis=1) < small", "of_made.min(axis=1) <= small"),
)
bank.wrong(
    C, "at least", says="means >, not >=", swap=(".min(axis=1) > large", ".min(axis=1) >= large")
)
bank.wrong(C, "copies among the real ones thrown out", says="two different real pictures must count",
           swap=("    np.fill_diagonal(of_real, np.inf)\n", "    of_real[of_real == 0] = np.inf\n"))  # fmt: skip
bank.wrong(C, "percentile", says="takes per cent", swap=("np.quantile(", "np.percentile("))
bank.wrong(
    C,
    "quantiles turned",
    says="two quantiles are exchanged",
    swap=("[level, 1 - level]", "[1 - level, level]"),
)
bank.wrong(C, "a sorted entry as quantile", says="np.quantile interpolates",
           swap=("[level, 1 - level])", '[level, 1 - level], method="lower")'))  # fmt: skip
bank.wrong(C, "duplicates against the real ones", says="made pictures with made ones",
           swap=("np.mean(of_made.min(axis=1) < small)", "np.mean(cdist(made, real).min(axis=1) < small)"))  # fmt: skip
bank.wrong(C, "infinity times the identity", says="NaN",
           swap=("    np.fill_diagonal(of_made, np.inf)\n    np.fill_diagonal(of_real, np.inf)\n",
                 "    of_made += np.eye(len(made)) * np.inf\n    of_real += np.eye(len(real)) * np.inf\n"))  # fmt: skip
bank.right(
    C,
    "KD tree",
    code="""
def collapse_signs(made, real, level=0.05):
    from scipy.spatial import cKDTree

    other = lambda points: cKDTree(points).query(points, k=2)[0][:, 1]
    low, high = np.quantile(other(real), level), np.quantile(other(real), 1 - level)
    return {"duplicates": (other(made) < low).mean(), "missing": (cKDTree(made).query(real)[0] > high).mean()}
""",
)

# effects: degrees of freedom, where exp belongs, what is averaged
bank.wrong(E, "n degrees", says="n - 1 degrees", swap=("n - 1)", "n)"))
bank.wrong(
    E, "t of four seeds", says="3.18 is for four", swap=("student.ppf(0.975, n - 1)", "3.182446")
)
bank.wrong(E, "root of n - 1", says="root is that of n", swap=("np.sqrt(n)", "np.sqrt(n - 1)"))
bank.wrong(E, "log10", says="np.log10", swap=("np.log(found", "np.log10(found"))
bank.wrong(
    E,
    "spread of the ratios",
    says="LOGARITHMS",
    swap=("change.std(", "(found / distances[base]).std("),
)
bank.wrong(E, "added after exp", says="before exp",
           swap=("np.exp([change.mean(), change.mean() - half, change.mean() + half])",
                 "(np.exp(change.mean()) + k * half for k in (0, -1, 1))"))  # fmt: skip
bank.wrong(E, "ratio of the means", says="divide seed by seed",
           swap=("np.exp([change.mean(), change",
                 "np.exp([np.log(found.mean() / distances[base].mean()), change"))  # fmt: skip
bank.wrong(
    E,
    "last row only",
    says="expected a row for each",
    swap=("        rows[name] =", "    rows[name] ="),
)
bank.right(
    E,
    "a table of pandas",
    code="""
def effects(distances, base):
    logs = np.log(pd.DataFrame(distances))
    logs = logs.sub(logs[base], axis=0).drop(columns=base)
    middle, half = logs.mean(), -student.ppf(0.025, len(logs) - 1) * logs.sem()
    table = pd.DataFrame({"ratio": np.exp(middle), "low": np.exp(middle - half), "high": np.exp(middle + half)})
    table["verdict"] = "not shown"
    table.loc[table["high"] < 1, "verdict"] = "helps"
    table.loc[table["low"] > 1, "verdict"] = "harms"
    return table.sort_values("ratio")
""",
)

# how a wrong penalty behaves when one thing is changed
bank.wrong(
    P,
    "gradient times input",
    says="For a linear critic the slope is the same",
    swap=("slopes = tape.gradient(total, real)", "slopes = tape.gradient(total, real) * real"),
)
bank.wrong(
    P,
    "squared twice",
    says="a square, or a product, too many",
    swap=(TOLD, TOLD.replace("(ops.sum(", "(ops.square(ops.sum(") + ")"),
)
bank.wrong(
    P,
    "a fixed batch",
    says="divides by a fixed number",
    swap=(TOLD, "ops.sum(ops.square(slopes)) / 32"),
)
bank.wrong(
    P,
    "mean slope first",
    says="how pictures are put together",
    swap=(TOLD, "ops.sum(ops.square(ops.mean(slopes, axis=0)))"),
)
bank.wrong(P, "floor division", says="cuts to a whole number", swap=("gamma / 2", "gamma // 2"))
bank.wrong(
    P,
    "mixtures at random",
    says="Two calls",
    code="""
def r1_penalty(critic, real, fake, gamma):
    mix = tf.random.uniform((real.shape[0], 1, 1, 1))
    between = mix * real + (1 - mix) * fake[: real.shape[0]]
    with tf.GradientTape() as tape:
        tape.watch(between)
        total = ops.sum(critic(between))
    return gamma / 2 * ops.mean(ops.sum(ops.square(tape.gradient(total, between)), axis=(1, 2, 3)))
""",
)
bank.right(
    P,
    "batch_jacobian",
    code="""
def r1_penalty(critic, real, fake, gamma):
    with tf.GradientTape() as tape:
        tape.watch(real)
        logits = critic(real)
    return gamma * 0.5 * tf.reduce_mean(tf.reduce_sum(tape.batch_jacobian(logits, real) ** 2, axis=[1, 2, 3, 4]))
""",
)

# update_average: other variables beside these
bank.wrong(
    A,
    "trainable beside all",
    says="do not hold the same variables",
    code="""
def update_average(averaged, generator, decay):
    for old, new in zip(averaged.trainable_variables, generator.variables):
        old.assign(decay * old + (1 - decay) * new)
""",
)

# shift_pictures: one bright pixel
bank.wrong(S, "transposed", says="is at row 1, column 2", swap=("nilc", "nlic"))
bank.wrong(
    S, "down for both", says="is at row 3, column 2", swap=("columns, right[:", "columns, down[:")
)
bank.wrong(
    S,
    "one matrix for all columns",
    says="Of two pictures with shifts of their own",
    swap=("nlk->", "mlk->"),
)
bank.wrong(
    S,
    "colours reversed",
    says="With three channels the colour",
    swap=("rows, pictures, move", "rows, pictures[..., ::-1], move"),
)
bank.wrong(
    S,
    "white edges",
    says="where 0 should have moved in",
    swap=(MOVED, f"{MOVED} + 1 - " + MOVED.replace("pictures", "ops.ones_like(pictures)")),
)
bank.wrong(
    S,
    "slices beyond a padding of 3",
    says="begins or ends outside",
    code="""
def shift_pictures(pictures, down, right):
    n, h, w, _ = pictures.shape
    padded = tf.pad(pictures, [[0, 0], [3, 3], [3, 3], [0, 0]])
    return tf.stack([padded[k, 3 - down[k] : 3 - down[k] + h, 3 - right[k] : 3 - right[k] + w] for k in range(n)])
""",
)

# collapse_signs: parts of a sign, and how it behaves
DUPLICATES = "np.mean(of_made.min(axis=1) < small)"
bank.wrong(
    C,
    "level halved",
    says="level is halved",
    swap=("[level, 1 - level]", "[level / 2, 1 - level / 2]"),
)
bank.wrong(
    C,
    "one level fixed",
    says="`level` is not used",
    swap=("[level, 1 - level]", "[0.05, 1 - level]"),
)
bank.wrong(
    C,
    "rows that repeat",
    says="rows that repeat",
    swap=(DUPLICATES, "1 - len(np.unique(made, axis=0)) / len(made)"),
)
bank.wrong(
    C,
    "whether there is any",
    says="whether there is any",
    swap=(DUPLICATES, "float(of_made.min() < small)"),
)
bank.wrong(
    C,
    "real ones as well",
    says="not with the real ones as well",
    swap=(
        DUPLICATES,
        "np.mean(np.minimum(of_made.min(axis=1), cdist(made, real).min(axis=1)) < small)",
    ),
)
bank.wrong(
    C,
    "a diagonal of ten",
    says="fixed number",
    swap=(
        "    np.fill_diagonal(of_made, np.inf)",
        "    of_made, of_real = of_made + 10 * np.eye(len(made)), of_real + 10 * np.eye(len(real))",
    ),
)
bank.wrong(
    C,
    "first feature",
    says="of all features",
    swap=(
        "    of_made, of_real =",
        "    made, real = made[:, :1], real[:, :1]\n    of_made, of_real =",
    ),
)
bank.right(C, "the largest on the diagonal", swap=("of_made, np.inf)", "of_made, of_made.max())"))

# effects: parts of an interval, and how a row behaves
bank.wrong(
    E, "two standard errors", says="2 is for many seeds", swap=("student.ppf(0.975, n - 1)", "2")
)
bank.wrong(
    E, "names for seeds", says="not that of names", swap=("n = len(change)", "n = len(distances)")
)
bank.wrong(
    E,
    "sorted distances",
    says="are sorted",
    swap=("found / distances[base]", "np.sort(found) / np.sort(distances[base])"),
)
bank.wrong(E, "log1p", says="0.8 times the base's", swap=("np.log(found", "np.log1p(found"))
bank.wrong(
    E,
    "trimmed",
    says="All seeds count alike",
    swap=(
        "n = len(change)",
        "change = np.sort(change)[1:-1] if len(change) > 3 else change\n        n = len(change)",
    ),
)
bank.wrong(
    E,
    "least and largest",
    says="among the LOGARITHMS",
    swap=("change.mean() - half, change.mean() + half", "change.min(), change.max()"),
)
