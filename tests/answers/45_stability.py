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
