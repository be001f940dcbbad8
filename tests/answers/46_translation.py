"""Answers to the exercises of lesson 46, right and wrong."""

from tests.bank import Bank

bank = Bank()

# left_out
L = "left_out"
MEANS = "means = [errors[kin == name].mean() for name in np.unique(kin)]\n    return float(np.mean(means))"
bank.wrong(
    L,
    "mean over the fonts",
    says="mean over the fonts",
    swap=(MEANS, "return float(np.mean(errors))"),
)
bank.wrong(
    L, "sum of the means", says="sum over the kins", swap=("np.mean(means)", "np.sum(means)")
)
bank.wrong(
    L,
    "median of the means",
    says="median over the kins",
    swap=("np.mean(means)", "np.median(means)"),
)
bank.wrong(
    L,
    "sums inside a kin",
    says="inside each kin the sum",
    swap=("== name].mean()", "== name].sum()"),
)
bank.wrong(L, "first font of each kin", says="first font", swap=("== name].mean()", "== name][0]"))
bank.wrong(
    L, "a list of means", says="one number", swap=("return float(np.mean(means))", "return means")
)
bank.wrong(
    L,
    "no return of by_kin",
    says="return",
    swap=("return float(np.mean(means))", "float(np.mean(means))"),
)
bank.wrong(
    L,
    "seen by the fit",
    says="has seen the very fonts",
    swap=("ridge(references[~out], letters[~out],", "ridge(references, letters,"),
)
bank.wrong(
    L,
    "fitted to the fold",
    says="fitted to the fold itself",
    swap=("ridge(references[~out], letters[~out],", "ridge(references[out], letters[out],"),
)
bank.wrong(
    L,
    "sides exchanged",
    says="two sides are exchanged",
    swap=("out = np.isin(kin, fold)", "out = ~np.isin(kin, fold)"),
)
bank.wrong(
    L,
    "each font by itself",
    says="each font alone",
    code="""
def by_kin(errors, kin):
    return float(np.mean([errors[kin == name].mean() for name in np.unique(kin)]))


def left_out_drawings(references, letters, kin, strength, folds):
    drawings = np.zeros_like(letters)
    for row in range(len(kin)):
        rest = np.arange(len(kin)) != row
        drawings[row] = ridge(references[rest], letters[rest], references[[row]], strength)[0]
    return drawings
""",
)
bank.wrong(
    L,
    "strength of its own",
    says="strength is not the one",
    swap=("references[out], strength)", "references[out], 1.0)"),
)
bank.wrong(
    L,
    "fold by fold",
    says="fold by fold",
    code="""
def by_kin(errors, kin):
    return float(np.mean([errors[kin == name].mean() for name in np.unique(kin)]))


def left_out_drawings(references, letters, kin, strength, folds):
    drawings = []
    for fold in folds:
        out = np.isin(kin, fold)
        drawings.append(ridge(references[~out], letters[~out], references[out], strength))
    return np.concatenate(drawings)
""",
)
bank.wrong(L, "clipped", says="clipped", swap=("return drawings", "return np.clip(drawings, 0, 1)"))
bank.wrong(
    L,
    "last fold alone",
    says="last fold",
    swap=(
        "        out = np.isin(kin, fold)\n",
        "        out = np.isin(kin, fold)\n        drawings = np.zeros_like(letters)\n",
    ),
)
bank.wrong(
    L,
    "the letters are overwritten",
    says="changed in place",
    swap=("drawings = np.zeros_like(letters)", "drawings = letters"),
)
bank.wrong(L, "no return", says="return", swap=("return drawings", "drawings"))
bank.wrong(
    L,
    "divided by the fonts",
    says="divided by the number of fonts",
    swap=("return float(np.mean(means))", "return float(np.sum(means) / len(errors))"),
)
FILL = "drawings[out] = ridge(references[~out], letters[~out], references[out], strength)"
LOOP = "    for fold in folds:\n        out = np.isin(kin, fold)\n        " + FILL
bank.wrong(
    L,
    "the mark turned round on both sides",
    says="two sides are exchanged",
    swap=(
        FILL,
        "drawings[~out] = ridge(references[out], letters[out], references[~out], strength)",
    ),
)
bank.wrong(
    L,
    "fitted to the next fold",
    says="one other fold",
    swap=(
        LOOP,
        "    for i, fold in enumerate(folds):\n        out = np.isin(kin, fold)\n"
        "        known = np.isin(kin, folds[(i + 1) % len(folds)])\n"
        "        drawings[out] = ridge(references[known], letters[known], references[out], strength)",
    ),
)
bank.wrong(
    L,
    "fitted to the folds before",
    says="",
    swap=(
        LOOP,
        "    for i, fold in enumerate(folds):\n        out = np.isin(kin, fold)\n"
        "        known = np.isin(kin, np.concatenate(folds[:i] or folds[1:]))\n"
        "        drawings[out] = ridge(references[known], letters[known], references[out], strength)",
    ),
)
bank.wrong(
    L,
    "each kin alone",
    says="each kin alone",
    swap=("for fold in folds:", "for fold in np.unique(kin):"),
)
bank.wrong(
    L,
    "a name found in the text of a fold",
    says="",
    swap=("out = np.isin(kin, fold)", "out = np.array([str(name) in str(fold) for name in kin])"),
)
bank.wrong(
    L,
    "kin by kin",
    says="kin by kin",
    swap=("return drawings", "return drawings[np.argsort(kin, kind='stable')]"),
)
bank.wrong(
    L,
    "returned from the loop",
    says="first fold",
    swap=("    return drawings", "        return drawings"),
)
bank.wrong(
    L,
    "folds as positions",
    says="mark of True and False",
    swap=("drawings[out]", "drawings[fold]"),
)
bank.right(
    L,
    "a table, a dictionary of kins",
    code="""
def by_kin(errors, kin):
    groups = {}
    for error, name in zip(errors, kin):
        groups.setdefault(name, []).append(error)
    return sum(sum(group) / len(group) for group in groups.values()) / len(groups)


def left_out_drawings(references, letters, kin, strength, folds):
    drawings = np.empty(letters.shape)
    for fold in folds:
        names = set(fold)
        inside = [i for i, name in enumerate(kin) if name in names]
        outside = [i for i, name in enumerate(kin) if name not in names]
        drawings[inside] = ridge(references[outside], letters[outside], references[inside], strength)
    return drawings
""",
)
bank.right(
    L,
    "pandas, and np.where",
    code="""
import pandas as pd


def by_kin(errors, kin):
    return pd.Series(errors).groupby(np.asarray(kin)).mean().mean()


def left_out_drawings(references, letters, kin, strength, folds):
    result = np.full(letters.shape, np.nan, dtype="float32")
    for fold in folds:
        (new,), (old,) = np.where(np.isin(kin, fold)), np.where(np.isin(kin, fold, invert=True))
        result[new] = ridge(references=references[old], letters=letters[old], new=references[new], strength=strength)
    return result
""",
)

# patch_of_logit
P = "patch_of_logit"
ORDER = "        side += (kernel - 1) * step\n        step *= stride\n"
bank.wrong(
    P,
    "own stride too",
    says="own stride",
    swap=(ORDER, "        step *= stride\n        side += (kernel - 1) * step\n"),
)
bank.wrong(
    P, "no strides", says="strides are missing", swap=("(kernel - 1) * step", "(kernel - 1)")
)
bank.wrong(P, "k for k - 1", says="k where k - 1", swap=("(kernel - 1) * step", "kernel * step"))
bank.wrong(P, "starts at 0", says="the 1 in front", swap=("side, step = 1, 1", "side, step = 0, 1"))
bank.wrong(P, "exchanged", says="exchanged", swap=("return side, step", "return step, side"))
bank.wrong(
    P,
    "from the last layer, with the formula of the first",
    says="",
    swap=("zip(kernels, strides, strict=True)", "zip(kernels[::-1], strides[::-1])"),
)
bank.wrong(P, "sum of strides", says="", swap=("step *= stride", "step += stride"))
bank.wrong(
    P,
    "stride before alone",
    says="layer just before",
    swap=("        step *= stride\n", "        step = stride\n"),
)
bank.wrong(
    P, "pix2pix's number", says="", code="def patch_of_logit(kernels, strides):\n    return 70, 8\n"
)
bank.wrong(
    P,
    "the step without the last",
    says="last layer's stride",
    swap=("return side, step", "return side, step // strides[-1]"),
)
bank.wrong(P, "side alone", says="", swap=("return side, step", "return side"))
bank.wrong(P, "no return", says="return", swap=("return side, step", "side, step"))
bank.wrong(
    P,
    "the case of the notebook",
    says="",
    code="def patch_of_logit(kernels, strides):\n    return 18, 4\n",
)
bank.wrong(
    P,
    "strides are 2 or 1",
    says="",
    swap=("step *= stride", "step *= 2 if stride > 1 else 1"),
)
bank.wrong(
    P,
    "powers of the first stride",
    says="",
    code="""
def patch_of_logit(kernels, strides):
    side = 1 + sum((k - 1) * strides[0] ** i for i, k in enumerate(kernels))
    return side, int(np.prod(strides))
""",
)
bank.wrong(
    P,
    "the product without the last",
    says="last layer's stride",
    swap=("return side, step", "return side, int(np.prod(strides[:-1]))"),
)
bank.right(P, "an array", swap=("return side, step", "return np.array([side, step])"))
bank.right(
    P,
    "the formula with np.prod",
    code="""
def patch_of_logit(kernels, strides):
    side = 1 + sum((k - 1) * np.prod(strides[:i], dtype=int) for i, k in enumerate(kernels))
    return side, np.prod(strides)
""",
)
bank.right(
    P,
    "backwards",
    code="""
def patch_of_logit(kernels, strides):
    side = step = 1
    for i in range(len(kernels) - 1, -1, -1):
        side = strides[i] * (side - 1) + kernels[i]
        step = step * strides[i]
    return [side, step]
""",
)

# paired_losses
G = "paired_losses"
D_LINE = (
    "of_real = ops.mean(ops.softplus(-real))\n    of_fakes = ops.mean(ops.softplus(fake))\n"
    "    return (of_real + of_fakes) / 2"
)
bank.wrong(G, "no half", says="factor 1/2 is missing", swap=(D_LINE, D_LINE[:-4]))
bank.wrong(
    G, "patches averaged first", says="patches were averaged",
    swap=(D_LINE, "return (ops.mean(ops.softplus(-ops.mean(real, axis=(1, 2, 3)))) + ops.mean(ops.softplus(ops.mean(fake, axis=(1, 2, 3))))) / 2"),
)  # fmt: skip
bank.wrong(
    G, "logits averaged first", says="all logits were averaged",
    swap=(D_LINE, "return (ops.softplus(-ops.mean(real)) + ops.softplus(ops.mean(fake))) / 2"),
)  # fmt: skip
bank.wrong(
    G, "real and fake exchanged", says="exchanged",
    swap=(D_LINE, "return (ops.mean(ops.softplus(real)) + ops.mean(ops.softplus(-fake))) / 2"),
)  # fmt: skip
bank.wrong(
    G,
    "sums",
    says="sum",
    swap=(D_LINE, "return (ops.sum(ops.softplus(-real)) + ops.sum(ops.softplus(fake))) / 2"),
)
bank.wrong(
    G, "fakes as real", says="as if they were real",
    swap=(D_LINE, "return (ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(-fake))) / 2"),
)  # fmt: skip
bank.wrong(
    G, "one pooled batch", says="two means apart",
    swap=(D_LINE, "return ops.mean(ops.softplus(ops.concatenate([-real, fake], axis=0)))"),
)  # fmt: skip
bank.wrong(
    G, "generator: patches averaged first", says="patches were averaged",
    swap=("ops.softplus(-fake_logits)", "ops.softplus(-ops.mean(fake_logits, axis=(1, 2, 3)))"),
)  # fmt: skip
bank.wrong(
    G,
    "generator as discriminator",
    says="discriminator's",
    swap=("softplus(-fake_logits)", "softplus(fake_logits)"),
)
bank.wrong(
    G, "saturating", says="saturating",
    swap=("ops.mean(ops.softplus(-fake_logits))", "-ops.mean(ops.softplus(fake_logits))"),
)  # fmt: skip
bank.wrong(
    G,
    "squared distance",
    says="squared distance",
    swap=("ops.abs(fake - target)", "ops.square(fake - target)"),
)
bank.wrong(
    G,
    "no absolute value",
    says="absolute value is missing",
    swap=("ops.abs(fake - target)", "(fake - target)"),
)
bank.wrong(
    G,
    "weight on the game",
    says="belongs to the L1 part",
    swap=("adversarial + weight * distance", "weight * adversarial + distance"),
)
bank.wrong(G, "no weight", says="weight is missing", swap=("weight * distance", "distance"))
bank.wrong(G, "weight of pix2pix", says="", swap=("weight * distance", "100 * distance"))
bank.wrong(
    G,
    "weight on both",
    says="L1 part alone",
    swap=("adversarial + weight * distance", "weight * (adversarial + distance)"),
)
bank.wrong(G, "sum of distances", says="sum", swap=("ops.mean(ops.abs(", "ops.sum(ops.abs("))
bank.wrong(
    G,
    "no game",
    says="adversarial part is missing",
    swap=("return adversarial + ", "return 0 * adversarial + "),
)
bank.wrong(
    G,
    "a loss for each picture",
    says="Take the mean",
    swap=("ops.mean(ops.abs(fake - target))", "ops.mean(ops.abs(fake - target), axis=(1, 2, 3))"),
)
bank.wrong(
    G, "NumPy", says="", swap=("ops.mean(ops.abs(fake - target))", "np.mean(np.abs(fake - target))")
)
bank.wrong(G, "no return", says="return", swap=("return adversarial", "adversarial"))
bank.wrong(
    G, "least squares", says="least squares",
    swap=(D_LINE, "return (ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake))) / 2"),
)  # fmt: skip
bank.wrong(
    G, "cross-entropy of probabilities", says="from_logits=True",
    swap=(D_LINE, "cross = keras.losses.BinaryCrossentropy()\n"
          "    return 0.5 * (cross(ops.ones_like(real), real) + cross(ops.zeros_like(fake), fake))"),
)  # fmt: skip
bank.wrong(
    G, "both as fakes", says="as if they were fakes", swap=("softplus(-real)", "softplus(real)")
)
bank.wrong(
    G, "generator: least squares", says="least squares",
    swap=("ops.softplus(-fake_logits)", "ops.square(fake_logits - 1)"),
)  # fmt: skip
bank.wrong(
    G, "generator: cross-entropy of probabilities", says="from_logits=True",
    swap=("ops.mean(ops.softplus(-fake_logits))",
          "keras.losses.BinaryCrossentropy()(ops.ones_like(fake_logits), fake_logits)"),
)  # fmt: skip
bank.wrong(
    G, "generator: patches summed", says="patches of each picture are summed",
    swap=("ops.mean(ops.softplus(-fake_logits))", "ops.mean(ops.sum(ops.softplus(-fake_logits), axis=(1, 2, 3)))"),
)  # fmt: skip
bank.wrong(
    G, "the weight of the lesson", says="fixed at 30", swap=("weight * distance", "30 * distance")
)
bank.wrong(
    G, "absolute value of the mean", says="outside the mean",
    swap=("ops.mean(ops.abs(fake - target))", "ops.abs(ops.mean(fake - target))"),
)  # fmt: skip
bank.right(
    G,
    "Keras's losses",
    code="""
def discriminator_loss(real, fake):
    cross = keras.losses.BinaryCrossentropy(from_logits=True)
    return 0.5 * (cross(ops.ones_like(real), real) + cross(ops.zeros_like(fake), fake))


def generator_loss(fake_logits, fake, target, weight):
    cross = keras.losses.BinaryCrossentropy(from_logits=True)
    return cross(ops.ones_like(fake_logits), fake_logits) + weight * keras.losses.MeanAbsoluteError()(target, fake)
""",
)
bank.right(
    G,
    "tf",
    code="""
def discriminator_loss(real, fake):
    one = tf.nn.sigmoid_cross_entropy_with_logits(tf.ones_like(real), real)
    two = tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros_like(fake), fake)
    return 0.5 * tf.reduce_mean(one) + 0.5 * tf.reduce_mean(two)


def generator_loss(fake_logits, fake, target, weight):
    return tf.reduce_mean(tf.math.softplus(-fake_logits)) + weight * tf.reduce_mean(tf.abs(target - fake))
""",
)

# unpaired_terms
U = "unpaired_terms"
CYCLE = "ops.mean(ops.abs(back_a - a)) + ops.mean(ops.abs(back_b - b))"
SAME = "ops.mean(ops.abs(same_b - b)) + ops.mean(ops.abs(same_a - a))"
bank.wrong(
    U, "cycle only from a", says="b -> a -> b counts", swap=(CYCLE, "ops.mean(ops.abs(back_a - a))")
)
bank.wrong(
    U, "cycle only from b", says="a -> b -> a counts", swap=(CYCLE, "ops.mean(ops.abs(back_b - b))")
)
bank.wrong(U, "averaged", says="added, not averaged", swap=(CYCLE, "(" + CYCLE + ") / 2"))
bank.wrong(U, "squared", says="squared", swap=(CYCLE, CYCLE.replace("abs", "square")))
bank.wrong(U, "sums", says="sum", swap=(CYCLE, CYCLE.replace("mean", "sum")))
bank.wrong(
    U,
    "no absolute value",
    says="absolute value",
    swap=(CYCLE, "ops.mean(back_a - a) + ops.mean(back_b - b)"),
)
bank.wrong(
    U, "same translator twice", says="applied twice",
    swap=("backward(fake_b), forward(fake_a)", "forward(fake_b), backward(fake_a)"),
)  # fmt: skip
bank.wrong(
    U, "fakes exchanged", says="fake_b and fake_a are exchanged",
    swap=("return fake_b, fake_a,", "return fake_a, fake_b,"),
)  # fmt: skip
bank.wrong(
    U, "identity of its own side", says="feed it the side that it gives",
    swap=(SAME, "ops.mean(ops.abs(fake_b - a)) + ops.mean(ops.abs(fake_a - b))"),
)  # fmt: skip
bank.wrong(
    U,
    "identity of b alone",
    says="backward(a) against a",
    swap=(SAME, "ops.mean(ops.abs(same_b - b))"),
)
bank.wrong(
    U,
    "identity of a alone",
    says="forward(b) against b",
    swap=(SAME, "ops.mean(ops.abs(same_a - a))"),
)
bank.wrong(U, "identity squared", says="squared", swap=(SAME, SAME.replace("abs", "square")))
bank.wrong(U, "losses exchanged", says="exchanged", swap=("cycle, identity\n", "identity, cycle\n"))
bank.wrong(
    U,
    "cycle alone",
    says="four things",
    swap=("return fake_b, fake_a, cycle, identity", "return fake_b, fake_a, cycle"),
)
bank.wrong(
    U, "no gradient through the fake", says="gradient",
    swap=("back_a, back_b = backward(fake_b), forward(fake_a)",
          "back_a, back_b = backward(ops.stop_gradient(fake_b)), forward(ops.stop_gradient(fake_a))"),
)  # fmt: skip
bank.wrong(U, "NumPy", says="", swap=(CYCLE, CYCLE.replace("ops", "np")))
bank.wrong(U, "no return", says="return", swap=("return fake_b", "fake_b"))
bank.wrong(
    U, "no gradient through what is returned", says="carries no gradient",
    swap=("return fake_b, fake_a,", "return ops.stop_gradient(fake_b), ops.stop_gradient(fake_a),"),
)  # fmt: skip
bank.wrong(U, "weight of the paper", says="10 times", swap=(CYCLE, "10 * (" + CYCLE + ")"))
bank.wrong(
    U, "pictures after both ways", says="after both ways",
    swap=("return fake_b, fake_a,", "return back_a, back_b,"),
)  # fmt: skip
bank.wrong(
    U, "identity of the fakes", says="were fed fakes",
    swap=(SAME, "ops.mean(ops.abs(forward(fake_b) - fake_b)) + ops.mean(ops.abs(backward(fake_a) - fake_a))"),
)  # fmt: skip
bank.wrong(
    U, "absolute value of the mean", says="mean comes before",
    swap=(SAME, "ops.abs(ops.mean(same_b - b)) + ops.abs(ops.mean(same_a - a))"),
)  # fmt: skip
bank.wrong(
    U, "len of a tensor", says="ops.shape(x)[0] for len(x)",
    swap=("ops.mean(ops.abs(back_a - a))", "ops.sum(ops.abs(back_a - a)) / (len(a) * a[0].shape.num_elements())"),
)  # fmt: skip
bank.wrong(
    U,
    "a name that is not there",
    says="`unpaired_terms` stops",
    swap=("forward(fake_a)\n", "forward(fake_c)\n"),
)
bank.right(
    U,
    "two pictures through a translator at a time",
    code="""
def unpaired_terms(forward, backward, a, b):
    n, m = ops.shape(a)[0], ops.shape(b)[0]
    to_b, to_a = forward(ops.concatenate([a, b])), backward(ops.concatenate([b, a]))
    fake_b, fake_a = to_b[:n], to_a[:m]
    cycle = ops.mean(ops.abs(backward(fake_b) - a)) + ops.mean(ops.abs(forward(fake_a) - b))
    identity = ops.mean(ops.abs(to_b[n:] - b)) + ops.mean(ops.abs(to_a[m:] - a))
    return fake_b, fake_a, cycle, identity
""",
)
bank.right(
    U,
    "tf, one difference at a time",
    code="""
def unpaired_terms(forward, backward, a, b):
    def far(x, y):
        return tf.reduce_mean(tf.abs(x - y))

    fake_b = forward(a)
    fake_a = backward(b)
    cycle = far(a, backward(fake_b))
    cycle += far(b, forward(fake_a))
    return [fake_b, fake_a, cycle, far(forward(b), b) + far(backward(a), a)]
""",
)
bank.right(
    U,
    "Keras's mean absolute error",
    code="""
def unpaired_terms(forward, backward, a, b):
    error = keras.losses.MeanAbsoluteError()
    fake_b, fake_a = forward(a), backward(b)
    cycle = error(a, backward(forward(a))) + error(b, forward(backward(b)))
    return fake_b, fake_a, cycle, error(b, forward(b)) + error(a, backward(a))
""",
)

# hidden_signal
H = "hidden_signal"
bank.wrong(H, "squared", says="squared", swap=("np.abs(difference)", "np.square(difference)"))
bank.wrong(
    H,
    "pictures disturbed",
    says="the pictures were disturbed",
    swap=("disturb(middle)", "forward(disturb(pictures))"),
)
bank.wrong(
    H,
    "what came back disturbed",
    says="what came back was disturbed",
    code="""
def hidden_signal(forward, backward, pictures, greys, disturb):
    back = backward(forward(pictures))
    return tuple(np.mean(np.abs(x - pictures)) for x in (back, disturb(back), backward(greys)))
""",
)
bank.wrong(
    H,
    "against the clean cycle",
    says="compare with the pictures",
    code="""
def hidden_signal(forward, backward, pictures, greys, disturb):
    middle = forward(pictures)
    back = backward(middle)
    other = backward(disturb(middle))
    return tuple(np.mean(np.abs(d)) for d in (back - pictures, other - back, backward(greys) - pictures))
""",
)
bank.wrong(
    H,
    "true greys disturbed",
    says="`greys` are not to be disturbed",
    swap=("disturb(middle), greys)", "disturb(middle), disturb(greys))"),
)
bank.wrong(
    H,
    "another order",
    says="wrong place",
    swap=("(middle, disturb(middle), greys)", "(middle, greys, disturb(middle))"),
)
bank.wrong(
    H,
    "grey pictures compared",
    says="grey pictures themselves",
    code="""
def hidden_signal(forward, backward, pictures, greys, disturb):
    middle = forward(pictures)
    errors = [np.abs(backward(x) - pictures).mean() for x in (middle, disturb(middle))]
    return (*errors, np.abs(middle - greys).mean())
""",
)
bank.wrong(
    H,
    "an error for each picture",
    says="Take the mean",
    swap=("float(np.mean(np.abs(difference)))", "np.mean(np.abs(difference), axis=(1, 2, 3))"),
)
bank.wrong(
    H,
    "directions exchanged",
    says="",
    swap=("middle = forward(pictures)", "middle = backward(pictures)"),
)
bank.wrong(
    H,
    "pictures changed",
    says="changed in place",
    swap=("middle = forward(pictures)", "pictures += 0.01\n    middle = forward(pictures)"),
)
bank.wrong(
    H,
    "no absolute value",
    says="absolute value is missing",
    swap=("np.mean(np.abs(difference))", "np.mean(difference)"),
)
bank.wrong(
    H, "two errors", says="", swap=("(middle, disturb(middle), greys)", "(middle, disturb(middle))")
)
bank.wrong(H, "no return", says="return", swap=("return tuple(errors)", "tuple(errors)"))
bank.wrong(
    H,
    "true greys disturbed in the middle",
    says="`greys` were disturbed",
    swap=("disturb(middle)", "disturb(greys)"),
)
bank.wrong(
    H,
    "honest against the greys",
    says="compared with `greys`",
    swap=(
        "float(np.mean(np.abs(difference)))",
        "float(np.mean(np.abs(backward(grey) - (greys if grey is greys else pictures))))",
    ),
)
bank.wrong(
    H,
    "true greys through both",
    says="`backward` alone",
    swap=("disturb(middle), greys)", "disturb(middle), forward(greys))"),
)
bank.wrong(
    H, "a sum", says="sum", swap=("np.mean(np.abs(difference))", "np.sum(np.abs(difference))")
)
bank.wrong(
    H,
    "absolute value of the mean",
    says="mean comes before",
    swap=("np.mean(np.abs(difference))", "np.abs(np.mean(difference))"),
)
bank.wrong(
    H,
    "root of the mean square",
    says="root",
    swap=("np.mean(np.abs(difference))", "np.sqrt(np.mean(difference**2))"),
)
bank.wrong(
    H,
    "the first of the greys",
    says="wrong grey picture",
    swap=("(middle, disturb(middle), greys)", "(greys, disturb(middle), greys)"),
)
bank.right(H, "an array", swap=("return tuple(errors)", "return np.array(errors)"))
bank.right(
    H,
    "three lines",
    code="""
def hidden_signal(forward, backward, pictures, greys, disturb):
    b = forward(pictures)
    trained = np.abs(pictures - backward(b)).mean()
    disturbed = np.abs(pictures - backward(disturb(b))).mean()
    honest = np.abs(pictures - backward(greys)).mean()
    return trained, disturbed, honest
""",
)
bank.right(
    H,
    "keras.ops",
    code="""
def hidden_signal(forward, backward, pictures, greys, disturb):
    middles = [forward(pictures), disturb(forward(pictures)), greys]
    return [float(ops.mean(ops.abs(ops.subtract(backward(x), pictures)))) for x in middles]
""",
)

# small worked examples, and mistakes that only some data show
bank.wrong(L, "the best font of each kin", says="with the errors [0.2, 0.6] of fonts of the kins a, a", swap=("== name].mean()", "== name].min()"))  # fmt: skip
bank.wrong(
    L, "neighbours in place of kins", says="kins b, a, b",
    swap=("means = [errors[kin == name].mean() for name in np.unique(kin)]",
          "edges = np.flatnonzero(kin[1:] != kin[:-1]) + 1\n    means = [part.mean() for part in np.split(errors, edges)]"),
)  # fmt: skip
bank.wrong(
    L, "fitted to the middle fold", says="are drawn by a fit to folds[2]; it should be to folds[1] and folds[2]",
    swap=(FILL, "known = np.isin(kin, folds[-1])\n        known = known if not (known & out).any() else ~out\n"
          "        drawings[out] = ridge(references[known], letters[known], references[out], strength)"),
)  # fmt: skip
bank.wrong(L, "strength over the folds", says="with the strength 0.233", swap=("references[out], strength)", "references[out], strength / len(folds))"))  # fmt: skip
bank.wrong(L, "the first kin of a fold", says="leave out all kins of folds[0]", swap=("np.isin(kin, fold)", "kin == fold[0]"))  # fmt: skip
bank.wrong(L, "the first fold forgotten", says="rows are wrong; of these", swap=("for fold in folds:", "for fold in folds[1:]:"))  # fmt: skip
bank.wrong(L, "a picture taken away", says="the same picture is added", swap=(FILL, FILL + " - letters[~out].mean(axis=0)"))  # fmt: skip
bank.wrong(L, "letters for references", says="give it the references", swap=(FILL, "drawings[out] = ridge(letters[~out], letters[~out], letters[out], strength)"))  # fmt: skip
bank.wrong(L, "what is left of the letters", says="return the drawings", swap=("return drawings", "return letters - drawings"))  # fmt: skip
bank.wrong(L, "one drawing for a fold", says="begins with", swap=(FILL, FILL + ".mean(axis=0)"))
bank.wrong(P, "one stride too few off", says="for the kernels [4] and strides [2] alone: got 3", swap=("return side, step", "return side - (strides[0] - 1), step"))  # fmt: skip
bank.wrong(P, "the last kernel at full step", says="for the kernels [4, 4] and strides [2, 2] alone", swap=("side += (kernel - 1) * step", "side = 1 + (kernel - 1) * step"))  # fmt: skip
bank.wrong(P, "the side twice", says="for the kernels [4] and strides [2] alone: got 4, expected 2", swap=("return side, step", "return side, side"))  # fmt: skip
bank.wrong(G, "the mean of the fakes' logits first", says="3 and -1 for the fake", swap=("ops.mean(ops.softplus(fake))", "ops.softplus(ops.mean(fake))"))  # fmt: skip
bank.wrong(G, "in bits", says="one patch with the logit 0", swap=("(of_real + of_fakes) / 2", "(of_real + of_fakes) / 2 / np.log(2)"))  # fmt: skip
bank.wrong(G, "a sum over the colours", says="a pixel of the colours", swap=("ops.mean(ops.abs(fake - target))", "ops.mean(ops.sum(ops.abs(fake - target), axis=-1))"))  # fmt: skip
bank.wrong(G, "no more than a logit of 5", says="with the logit 9", swap=("ops.softplus(fake)", "ops.softplus(ops.clip(fake, -5, 5))"))  # fmt: skip
bank.wrong(U, "back by one translator", says="|0.64 - 0.4| + |1.28 - 0.8|", swap=("backward(fake_b), forward(fake_a)", "backward(fake_b), backward(fake_a)"))  # fmt: skip
bank.wrong(U, "one mean over both ways", says="[[0.4], [0.1]] of A", swap=(CYCLE, "2 * ops.mean(ops.concatenate([ops.abs(back_a - a), ops.abs(back_b - b)]))"))  # fmt: skip
bank.wrong(U, "the channels averaged first", says="[[[0.4, 0.1, 0.2]]] of A", swap=("ops.abs(back_a - a)", "ops.abs(ops.mean(back_a - a, axis=-1))"))  # fmt: skip
bank.wrong(U, "one way is cut off", says="but not its gradient", swap=("backward(fake_b), forward(fake_a)", "backward(ops.stop_gradient(fake_b)), forward(fake_a)"))  # fmt: skip
bank.wrong(U, "the cycle twice", says="this is cycle", swap=("return fake_b, fake_a, cycle, identity", "return fake_b, fake_a, cycle, cycle"))  # fmt: skip
bank.wrong(H, "disturbed twice", says="got 0.4744, expected |0.46 - 0.8|", swap=("disturb(middle)", "disturb(disturb(middle))"))  # fmt: skip
bank.wrong(H, "the first picture", says="[[0.8], [0.2]]", swap=("np.abs(difference)", "np.abs(difference[:1])"))  # fmt: skip
bank.wrong(H, "colours averaged first", says="[[[0.9, 0.1, 0.5]]]", swap=("backward(grey) - pictures", "(backward(grey) - pictures).mean(axis=-1)"))  # fmt: skip
bank.right(
    P, "places that are seen",
    code="""
def patch_of_logit(kernels, strides):
    def seen(output):
        places = {output}
        for kernel, stride in zip(reversed(kernels), reversed(strides)):
            places = {p * stride + i for p in places for i in range(kernel)}
        return places

    first, second = seen(0), seen(1)
    return max(first) - min(first) + 1, min(second) - min(first)
""",
)  # fmt: skip
