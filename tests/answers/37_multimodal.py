"""Answers to the exercises of lesson 37, right and wrong."""

from tests.bank import Bank

bank = Bank()

# product_of_experts
P = "product_of_experts"
TOTAL = "1 + ops.sum(precisions, axis=1)"


def product(body):
    """A cell with another body."""
    return f"def product_of_experts(means, log_vars, given):\n    {body}\n"


bank.wrong(P, "the prior forgotten", says="prior", swap=(TOTAL, "ops.sum(precisions, axis=1)"))
bank.wrong(
    P,
    "precisions averaged",
    says="averaged",
    swap=(TOTAL, "(1 + ops.sum(precisions, axis=1)) / (1 + ops.sum(given, axis=1)[:, None])"),
)
bank.wrong(
    P,
    "variances multiplied",
    says="multiplied",
    swap=(TOTAL, "1 / ops.prod(ops.where(given[:, :, None] > 0, ops.exp(log_vars), 1.0), axis=1)"),
)
bank.wrong(
    P,
    "variances multiplied, a NumPy product",
    says="multiplied",
    code=product(
        "v = ops.where(given[:, :, None] > 0, ops.exp(log_vars), 1.0)\n"
        "    var = ops.prod(v, axis=1)\n"
        "    mean = ops.sum(given[:, :, None] * means / ops.exp(log_vars), axis=1) * var\n"
        "    return mean, ops.log(var)"
    ),
)
bank.wrong(
    P,
    "variances added",
    says="variances are added",
    swap=("ops.exp(-log_vars)", "ops.exp(log_vars)"),
)
bank.wrong(
    P, "log σ", says="σ stands where", swap=("ops.exp(-log_vars)", "ops.exp(-0.5 * log_vars)")
)
bank.wrong(P, "missing experts take part", says="use `given`", swap=("given[:, :, None] * ", ""))
bank.wrong(
    P,
    "the prior forgotten, and given too",
    says="and experts that are missing",
    code=product(
        "p = ops.exp(-log_vars)\n    t = ops.sum(p, axis=1)\n    return ops.sum(p * means, axis=1) / t, -ops.log(t)"
    ),
)
bank.wrong(
    P,
    "means averaged",
    says="without their precisions",
    swap=(
        "ops.sum(weighted, axis=1) / precision",
        "ops.sum(given[:, :, None] * means, axis=1) / (1 + ops.sum(given, axis=1)[:, None])",
    ),
)
bank.wrong(P, "not divided", says="not divided", swap=("axis=1) / precision", "axis=1)"))
bank.wrong(
    P,
    "the prior only in the variance",
    says="left out of the mean",
    swap=("axis=1) / precision", "axis=1) / ops.sum(precisions, axis=1)"),
)
bank.wrong(
    P, "the variance", says="return its logarithm", swap=("-ops.log(precision)", "1 / precision")
)
bank.wrong(
    P, "the precision", says="this is the precision", swap=("-ops.log(precision)", "precision")
)
bank.wrong(P, "sign of the logarithm", says="sign is wrong", swap=("-ops.log(", "ops.log("))
bank.wrong(P, "exchanged", says="exchanged", swap=("return mean, log_var", "return log_var, mean"))
bank.wrong(
    P, "one result", says="expected 2 results", swap=("return mean, log_var", "return (mean,)")
)
bank.wrong(
    P,
    "NumPy",
    says="compiles it",
    code=product(
        "p = np.asarray(given)[:, :, None] * np.exp(-np.asarray(log_vars))\n"
        "    t = 1 + p.sum(axis=1)\n    return (p * np.asarray(means)).sum(axis=1) / t, -np.log(t)"
    ),
)
bank.right(
    P,
    "the prior as one more expert",
    code=product(
        "zero = ops.zeros_like(means[:, :1])\n"
        "    m, v = ops.concatenate([zero, means], axis=1), ops.concatenate([zero, log_vars], axis=1)\n"
        "    g = ops.concatenate([ops.ones_like(given[:, :1]), given], axis=1)\n"
        "    p = ops.exp(-v) * ops.expand_dims(g, 2)\n"
        "    var = 1 / ops.sum(p, axis=1)\n    return var * ops.sum(p * m, axis=1), ops.log(var)"
    ),
)
bank.right(
    P,
    "einsum",
    code=product(
        "p = ops.exp(-log_vars)\n"
        "    t = ops.einsum('nm,nmk->nk', given, p) + 1\n"
        "    return ops.einsum('nm,nmk,nmk->nk', given, p, means) / t, ops.log(1 / t)"
    ),
)
bank.right(
    P,
    "weights of a softmax",
    code=product(
        "a = ops.where(given[:, :, None] > 0, -log_vars, -1e9)\n"
        "    a = ops.concatenate([ops.zeros_like(a[:, :1]), a], axis=1)\n"
        "    mean = ops.sum(ops.softmax(a, axis=1)[:, 1:] * means, axis=1)\n"
        "    return mean, -ops.logsumexp(a, axis=1)"
    ),
)

# negative_elbo
E = "negative_elbo"


def elbo(body):
    """A cell with another body."""
    return f"def negative_elbo(x, copies, bags, log_p, mean, log_var, scored, sigma, weight):\n    {body}\n"


RETURN = "scored[:, 0] * picture + scored[:, 1] * caption + kl"
bank.wrong(E, "no ½", says="factor ½", swap=("(2 * sigma**2)", "sigma**2"))
bank.wrong(E, "σ for σ²", says="not by σ²", swap=("sigma**2", "sigma"))
bank.wrong(E, "sign of the caption", says="sign is wrong", swap=("-weight", "weight"))
bank.wrong(E, "no KL term", says="KL term is missing", swap=(" + kl", ""))
bank.wrong(E, "KL subtracted", says="it is added", swap=(" + kl", " - kl"))
bank.wrong(E, "no weight", says="`weight` is not used", swap=("-weight * ", "-"))
bank.wrong(
    E,
    "weight at the picture",
    says="belongs to the caption",
    swap=(RETURN, "weight * scored[:, 0] * picture + scored[:, 1] * caption / weight + kl"),
)
bank.wrong(
    E,
    "scored exchanged",
    says="exchanged",
    swap=(RETURN, "scored[:, 1] * picture + scored[:, 0] * caption + kl"),
)
bank.wrong(E, "scored not used", says="still counts", swap=(RETURN, "picture + caption + kl"))
bank.wrong(E, "no bags", says="said or not", swap=("bags * log_p", "log_p"))
bank.wrong(E, "KL without ½", says="½ of the KL", swap=("0.5 * ops.sum(terms", "ops.sum(terms"))
bank.wrong(E, "KL without -1", says="-1 of the KL", swap=(" - 1 - log_var", " - log_var"))
bank.wrong(
    E, "KL with σ", says="in the KL term", swap=("ops.exp(log_var)", "ops.exp(0.5 * log_var)")
)
bank.wrong(E, "mean of the batch", says="for each row", swap=(RETURN, f"ops.mean({RETURN})"))
bank.wrong(
    E,
    "no ½ and sign of the caption",
    says="and the caption's sign",
    code=elbo(
        "error = ops.sum((x - copies) ** 2, axis=1) / sigma**2\n"
        "    words = weight * ops.sum(bags * log_p, axis=1)\n"
        "    kl = 0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)\n"
        "    return scored[:, 0] * error + scored[:, 1] * words + kl"
    ),
)
bank.wrong(E, "averaged", says="nats add up", code=elbo(
    "error = ops.mean((x - copies) ** 2, axis=1) / (2 * sigma**2)\n"
    "    words = -weight * ops.sum(bags * log_p, axis=1)\n"
    "    kl = 0.5 * ops.mean(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)\n"
    "    return scored[:, 0] * error + scored[:, 1] * words + kl"
))  # fmt: skip
bank.right(
    E,
    "TensorFlow",
    code=elbo(
        "picture, caption = tf.unstack(scored, axis=1)\n"
        "    loss = picture * tf.reduce_sum(((x - copies) / sigma) ** 2, axis=1) / 2\n"
        "    loss -= caption * weight * tf.reduce_sum(bags * log_p, axis=1)\n"
        "    return loss - tf.reduce_sum(1 + log_var - mean**2 - tf.exp(log_var), axis=1) / 2"
    ),
)
bank.right(
    E,
    "stacked",
    code=elbo(
        "error = 0.5 * ops.sum((copies - x) ** 2, axis=-1) / sigma**2\n"
        "    words = ops.einsum('nv,nv->n', bags, -log_p) * weight\n"
        "    kl = ops.sum(ops.exp(log_var) + mean * mean - log_var - 1, axis=-1) / 2\n"
        "    return ops.sum(scored * ops.stack([error, words], axis=1), axis=1) + kl"
    ),
)

# imagine
I = "imagine"  # noqa: E741
NOISE = "rng.normal(size=(m, n, k))"
bank.wrong(
    I, "the variance", says="variance stands", swap=("np.exp(0.5 * log_var)", "np.exp(log_var)")
)
bank.wrong(
    I, "half of log_var", says="half of log_var", swap=("np.exp(0.5 * log_var)", "0.5 * log_var")
)
bank.wrong(
    I,
    "sign of log_var",
    says="sign of log_var",
    swap=("np.exp(0.5 * log_var)", "np.exp(-0.5 * log_var)"),
)
bank.wrong(I, "not scaled", says="not scaled", swap=("spread[:, None, :] * noise", "noise"))
bank.wrong(I, "no mean", says="add the mean", swap=("mean[:, None, :] + ", ""))
bank.wrong(I, "the means alone", says="same code", swap=("spread[:, None, :] * noise", "0 * noise"))
bank.wrong(
    I,
    "one noise for a caption",
    says="same code",
    swap=(NOISE, "rng.normal(size=(m, 1, k)) + np.zeros((m, n, k))"),
)
bank.wrong(
    I,
    "one noise for all captions",
    says="captions get the same noise",
    swap=(NOISE, "rng.normal(size=(n, k))"),
)
bank.wrong(
    I,
    "one noise for all dimensions",
    says="dimensions of a code",
    swap=(NOISE, "rng.normal(size=(m, n, 1))"),
)
bank.wrong(I, "uniform noise", says="codes", swap=("rng.normal", "rng.random"))
bank.wrong(I, "not cut", says="not cut", swap=("np.clip(pictures, 0, 1)", "pictures"))
bank.wrong(
    I, "one row after the other", says="shape (m, n, d)", swap=(".reshape(m, n, -1)\n", "\n")
)
bank.wrong(
    I,
    "the codes",
    says="`decode` was not called",
    swap=("decode(codes.reshape(m * n, k))", "codes.reshape(m * n, k)"),
)
bank.wrong(I, "fixed seed", says="Another seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(I, "no seed", says="same seed", swap=("default_rng(seed)", "default_rng()"))
bank.right(
    I,
    "caption by caption",
    code="def imagine(mean, log_var, decode, n, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    rows = []\n"
    "    for a, b in zip(mean, log_var):\n"
    "        codes = rng.normal(a, np.sqrt(np.exp(b)), size=(n, len(a)))\n"
    "        rows.append(np.minimum(np.maximum(decode(codes), 0), 1))\n"
    "    return np.stack(rows)\n",
)
bank.right(
    I,
    "repeated",
    code="def imagine(mean, log_var, decode, n, seed):\n"
    "    a, b = np.repeat(mean, n, axis=0), np.repeat(log_var, n, axis=0)\n"
    "    z = np.random.default_rng(seed).standard_normal(a.shape)\n"
    "    x = np.asarray(decode(a + np.exp(b / 2) * z)).clip(0, 1)\n"
    "    return x.reshape(len(mean), n, x.shape[1])\n",
)
bank.right(
    I,
    "picture by picture",
    code="def imagine(mean, log_var, decode, n, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    rounds = [decode(mean + np.exp(log_var / 2) * rng.normal(size=mean.shape)) for _ in range(n)]\n"
    "    return np.clip(np.stack(rounds, axis=1), 0, 1)\n",
)

# obedience
O = "obedience"  # noqa: E741
bank.wrong(O, "all rows", says="not by all rows", swap=("right[said].mean()", "right.mean()"))
bank.wrong(
    O,
    "what was not asked counts",
    says="counts as obeyed",
    swap=("right[said].mean()", "(right | ~said).mean()"),
)
bank.wrong(O, "entries", says="each word counts as an entry", code="def obedience(asked, seen, sizes):\n"
    "    cuts = np.cumsum(sizes)[:-1]\n"
    "    return np.array([part.mean() for part in np.split(asked == seen, cuts, axis=1)])\n")  # fmt: skip
bank.wrong(O, "argmax of nothing", says="argmax", code="def obedience(asked, seen, sizes):\n"
    "    cuts = np.cumsum(sizes)[:-1]\n"
    "    pairs = zip(np.split(asked, cuts, axis=1), np.split(seen, cuts, axis=1))\n"
    "    return np.array([np.mean(a.argmax(axis=1) == b.argmax(axis=1)) for a, b in pairs])\n")  # fmt: skip
bank.wrong(O, "counts", says="numbers of rows", swap=("right[said].mean()", "right[said].sum()"))
bank.wrong(
    O, "not obeyed", says="not obeyed", swap=("right[said].mean()", "1 - right[said].mean()")
)
bank.wrong(
    O,
    "mean over the topics",
    says="mean over the topics",
    swap=("np.array(shares)", "np.mean(shares)"),
)
bank.wrong(O, "one share", says="one share for all", code="def obedience(asked, seen, sizes):\n"
    "    return (asked * seen).sum() / asked.sum()\n")  # fmt: skip
bank.wrong(O, "equal rows", says="not by all rows", code="def obedience(asked, seen, sizes):\n"
    "    cuts = np.cumsum(sizes)[:-1]\n"
    "    parts = np.split(asked == seen, cuts, axis=1)\n"
    "    return np.array([part.all(axis=1).mean() for part in parts])\n")  # fmt: skip
bank.wrong(O, "sizes taken for cuts", says="cumsum", swap=("np.cumsum(sizes)[:-1]", "sizes[:-1]"))
bank.wrong(
    O, "no return", says="return", swap=("return np.array(shares)", "shares = np.array(shares)")
)
bank.right(
    O,
    "sums",
    code="def obedience(asked, seen, sizes):\n"
    "    starts = np.cumsum([0, *sizes])[:-1]\n"
    "    right = np.add.reduceat((asked * seen).sum(axis=0), starts)\n"
    "    return right / np.add.reduceat(asked.sum(axis=0), starts)\n",
)
bank.right(
    O,
    "loops",
    code="def obedience(asked, seen, sizes):\n"
    "    out, start = [], 0\n"
    "    for size in sizes:\n"
    "        a, b = asked[:, start:start + size], seen[:, start:start + size]\n"
    "        rows = [i for i in range(len(a)) if a[i].any()]\n"
    "        out.append(sum(np.array_equal(a[i], b[i]) for i in rows) / len(rows))\n"
    "        start += size\n"
    "    return np.asarray(out)\n",
)

# describe
D = "describe"
bank.wrong(D, "least probable", says="least probable", swap=("argmax", "argmin"))
bank.wrong(D, "one word", says="only one word", code="def describe(log_p, sizes):\n"
    "    return np.eye(log_p.shape[1])[log_p.argmax(axis=1)]\n")  # fmt: skip
bank.wrong(
    D,
    "numbers",
    says="numbers of the words in their topics",
    swap=("np.eye(block.shape[1])[best]", "best[:, None]"),
)
bank.wrong(
    D,
    "probabilities",
    says="probabilities",
    code="def describe(log_p, sizes):\n    return np.exp(log_p)\n",
)
bank.wrong(D, "more than half", says="at least probability ½", code="def describe(log_p, sizes):\n"
    "    return (np.exp(log_p) > 0.5).astype(float)\n")  # fmt: skip
bank.wrong(D, "the last of equal words", says="say the first", swap=(
    "block.argmax(axis=1)", "block.shape[1] - 1 - block[:, ::-1].argmax(axis=1)"))  # fmt: skip
bank.wrong(D, "all equal words", says="all of several equal words", swap=(
    "np.eye(block.shape[1])[best]", "(block == block.max(axis=1, keepdims=True)) * 1.0"))  # fmt: skip
bank.wrong(
    D,
    "blocks below each other",
    says="describe",
    swap=("np.concatenate(blocks, axis=1)", "np.concatenate(blocks, axis=0)"),
)
bank.wrong(
    D,
    "no return",
    says="return",
    swap=("return np.concatenate(blocks, axis=1)", "blocks.append(0)"),
)
bank.right(
    D,
    "loops",
    code="def describe(log_p, sizes):\n"
    "    bags, start = np.zeros_like(log_p), 0\n"
    "    for size in sizes:\n"
    "        best = start + np.argmax(log_p[:, start:start + size], axis=1)\n"
    "        bags[np.arange(len(bags)), best] = 1\n"
    "        start += size\n"
    "    return bags\n",
)
bank.right(
    D,
    "put along the axis",
    code="def describe(log_p, sizes):\n"
    "    parts = []\n"
    "    for block in np.split(log_p, np.cumsum(sizes)[:-1], axis=1):\n"
    "        part = np.zeros(block.shape, bool)\n"
    "        np.put_along_axis(part, block.argmax(axis=1)[:, None], True, axis=1)\n"
    "        parts.append(part)\n"
    "    return np.hstack(parts)\n",
)

NOISE = "rng.normal(size=(m, n, k))"
bank.wrong(
    "imagine",
    "uniform noise",
    says="normally",
    swap=(NOISE, "rng.uniform(-(3**0.5), 3**0.5, size=(m, n, k))"),
)
bank.wrong(
    "imagine",
    "noise along diagonals",
    says="twice",
    swap=(
        NOISE,
        "np.array([[np.random.default_rng(seed + i + j).normal(size=k) for j in range(n)] for i in range(m)])",
    ),
)
bank.wrong(
    "negative_elbo",
    "precedence",
    says="brackets",
    swap=("squares / (2 * sigma**2)", "squares / 2 * sigma**2"),
)
bank.wrong(
    "negative_elbo", "2 σ squared", says="(2 σ)²", swap=("(2 * sigma**2)", "(2 * sigma) ** 2")
)

# product_of_experts, read again
for name, says, swap in (
    (
        "the sum over the codes",
        "sum runs over the codes",
        ("axis=1)", "axis=0)"),
    ),
    (
        "the mean times the precision",
        "divide by it",
        ("axis=1) / precision", "axis=1) * precision"),
    ),
    (
        "weighted by variances",
        "weighted by variances",
        ("precisions * means", "given[:, :, None] * ops.exp(log_vars) * means"),
    ),
    (
        "the mask only in the total",
        "still enter the mean",
        ("precisions * means", "ops.exp(-log_vars) * means"),
    ),
    ("a prior for each expert", "the prior is counted", (TOTAL, "ops.sum(1 + precisions, axis=1)")),
    (
        "a tiny number for the prior",
        "not a tiny number",
        (TOTAL, "1e-6 + ops.sum(precisions, axis=1)"),
    ),
    (
        "the mask in the exponent",
        "stands in the exponent",
        ("given[:, :, None] * ops.exp(-log_vars)", "ops.exp(-given[:, :, None] * log_vars)"),
    ),
    (
        "the sign of the mean",
        "-1 times the right one",
        ("precisions * means", "-precisions * means"),
    ),
):
    bank.wrong(P, name, says=says, swap=swap)
bank.wrong(
    P,
    "a mask as an index",
    says="one row for all codes",
    code=product(
        "p = ops.exp(-log_vars)[given > 0]\n    t = 1 + ops.sum(p, axis=0)\n"
        "    return ops.sum(p * means[given > 0], axis=0) / t, -ops.log(t)"
    ),
)
bank.wrong(
    P,
    "two experts",
    says="Take sizes from",
    code=product(
        "p = given[:, :, None] * ops.exp(-log_vars)\n    t = 1 + p[:, 0] + p[:, 1]\n"
        "    return (p[:, 0] * means[:, 0] + p[:, 1] * means[:, 1]) / t, -ops.log(t)"
    ),
)
bank.right(
    P,
    "expert by expert",
    code=product(
        "m, v = ops.zeros_like(means[:, 0]), ops.ones_like(means[:, 0])\n"
        "    for j in range(means.shape[1]):\n"
        "        q = given[:, j : j + 1] * ops.exp(-log_vars[:, j])\n"
        "        new = 1 / (1 / v + q)\n"
        "        m, v = new * (m / v + q * means[:, j]), new\n"
        "    return [m, ops.log(v)]"
    ),
)

# negative_elbo, read again
for name, says, swap in (
    (
        "the squares of all rows",
        "all rows are summed",
        ("ops.square(x - copies), axis=1", "ops.square(x - copies)"),
    ),
    (
        "only the picture averaged",
        "averaged over the pixels",
        ("ops.sum(ops.square(x", "ops.mean(ops.square(x"),
    ),
    (
        "only the KL term averaged",
        "KL term is averaged",
        ("0.5 * ops.sum(terms", "0.5 * ops.mean(terms"),
    ),
    (
        "averaged over the said words",
        "averaged over the said words",
        ("bags * log_p, axis=1)", "bags * log_p, axis=1) / ops.sum(bags, axis=1)"),
    ),
    ("the logarithm twice", "a logarithm already", ("bags * log_p", "bags * ops.log(log_p)")),
    (
        "the weight at the KL term, too",
        "at the KL term, too",
        (RETURN, RETURN.replace("kl", "weight * kl")),
    ),
    (
        "the KL term only with a picture",
        "only with a picture",
        (RETURN, "scored[:, 0] * (picture + kl) + scored[:, 1] * caption"),
    ),
    (
        "the ½ at two terms",
        "that of the sum of log_var is -1",
        ("terms = ", "terms = -1 - 2 * log_var + log_var - 1 + 0 * "),
    ),
    (
        "the constant of the Gaussian",
        "the constant",
        ("(2 * sigma**2)", "(2 * sigma**2) + x.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))"),
    ),
):
    bank.wrong(E, name, says=says, swap=swap)
bank.wrong(
    E,
    "squares subtracted",
    says="where only the picture is scored",
    swap=("ops.square(x - copies)", "(ops.square(x) - ops.square(copies))"),
)
bank.wrong(
    E,
    "mean and log_var exchanged in the KL term",
    says="where nothing is scored",
    swap=(
        "ops.square(mean) + ops.exp(log_var) - 1 - log_var",
        "ops.square(log_var) + ops.exp(mean) - 1 - mean",
    ),
)
bank.wrong(
    E,
    "the lesson's numbers",
    says="0.1 and 50 stand in the code",
    code=elbo(
        "sigma, weight = 0.1, 50.0\n"
        "    error = ops.sum((x - copies) ** 2, axis=1) / (2 * sigma**2)\n"
        "    words = weight * ops.sum(bags * log_p, axis=1)\n"
        "    kl = 0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)\n"
        "    return scored[:, 0] * error - scored[:, 1] * words + kl"
    ),
)
bank.right(
    E,
    "a loss of Keras",
    code=elbo(
        "error = keras.losses.mean_squared_error(x, copies) * x.shape[1] / (2 * sigma**2)\n"
        "    words = ops.sum(ops.where(bags > 0, log_p, 0.0), axis=1) * weight\n"
        "    kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)\n"
        "    return ops.sum(scored * ops.stack([error, -words], axis=-1), axis=-1) + kl"
    ),
)

# imagine, read again
CUT = "np.clip(pictures, 0, 1)"
for name, says, swap in (
    (
        "a list",
        "return an array",
        (f"return {CUT}.reshape(m, n, -1)", f"return list({CUT}.reshape(m, n, -1))"),
    ),
    ("the root of log_var", "has no root", ("np.exp(0.5 * log_var)", "np.sqrt(log_var)")),
    ("the codes cut", "cut the pictures", ("decode(codes", "decode(np.clip(codes, 0, 1)")),
    ("cut above only", "but not below 0", (CUT, "np.minimum(pictures, 1)")),
    ("rescaled", "rescaled", (CUT, "((pictures - pictures.min()) / np.ptp(pictures))")),
    ("the axes exchanged", "captions first", ("reshape(m, n, -1)", "reshape(n, m, -1)")),
    ("noise from 0 to 1", "evenly from 0 to 1", ("rng.normal", "rng.random")),
    ("eight pictures", "codes in all", ("m, k = mean.shape", "(m, k), n = mean.shape, 8")),
):
    bank.wrong(I, name, says=says, swap=swap)
bank.wrong(
    I,
    "captions mixed",
    says="np.repeat, not np.tile",
    code="def imagine(mean, log_var, decode, n, seed):\n"
    "    a, b = np.tile(mean, (n, 1)), np.tile(log_var, (n, 1))\n"
    "    z = np.random.default_rng(seed).standard_normal(a.shape)\n"
    "    x = np.clip(decode(a + np.exp(b / 2) * z), 0, 1)\n"
    "    return x.reshape(len(mean), n, -1)\n",
)
bank.wrong(
    I,
    "noise at the pictures",
    says="noise belongs to the codes",
    code="def imagine(mean, log_var, decode, n, seed):\n"
    "    x = decode(np.repeat(mean, n, axis=0))\n"
    "    x = x + np.random.default_rng(seed).normal(size=x.shape)\n"
    "    return np.clip(x, 0, 1).reshape(len(mean), n, -1)\n",
)
bank.wrong(
    I,
    "the first picture without noise",
    says="decoded from the mean itself",
    swap=(NOISE, "rng.normal(size=(m, n, k)) * (np.arange(n) > 0)[:, None]"),
)
bank.wrong(
    I,
    "the same eight pictures again",
    says="Some pictures of a caption have the same code",
    swap=(NOISE, "rng.normal(size=(m, 8, k))[:, np.arange(n) % 8]"),
)
bank.wrong(
    I,
    "the sign of log_var lost",
    says="exp(log_var / 2) is",
    swap=("np.exp(0.5 * log_var)", "np.exp(0.5 * np.abs(log_var))"),
)
bank.right(
    I,
    "noise of Keras, with a seed",
    code="def imagine(mean, log_var, decode, n, seed):\n"
    "    m, k = mean.shape\n"
    "    noise = np.asarray(keras.random.normal((m, n, k), seed=seed))\n"
    "    z = mean[:, None] + np.exp(log_var / 2)[:, None] * noise\n"
    "    return np.clip(np.asarray(decode(z.reshape(-1, k))), 0, 1).reshape(m, n, -1)\n",
)

# obedience, read again
for name, says, swap in (
    ("a list", "return an array", ("np.array(shares)", "shares")),
    ("the lesson's sizes", "take `sizes`", ("np.cumsum(sizes)[:-1]", "np.cumsum(SIZES)[:-1]")),
    ("a block too many", "a block too many", ("np.cumsum(sizes)[:-1]", "np.cumsum(sizes)")),
    ("one column too early", "too early", ("np.cumsum(sizes)[:-1]", "np.cumsum(sizes)[:-1] - 1")),
    ("per cent", "in per cent", ("np.array(shares)", "100 * np.array(shares)")),
    (
        "any topic asked",
        "not by those in which any is",
        ("wanted.sum(axis=1)", "asked.sum(axis=1)"),
    ),
    (
        "more than one word asked",
        "too strict",
        ("wanted.sum(axis=1) > 0", "wanted.sum(axis=1) > 1"),
    ),
):
    bank.wrong(O, name, says=says, swap=swap)
bank.wrong(O, "every block at column 0", says="move its start on", code="def obedience(asked, seen, sizes):\n"
    "    pairs = [(asked[:, :size], seen[:, :size]) for size in sizes]\n"
    "    return np.array([(a * b).sum() / a.sum() for a, b in pairs])\n")  # fmt: skip
bank.right(
    O,
    "words counted by topic",
    code="def obedience(asked, seen, sizes):\n"
    "    topic = np.repeat(np.arange(len(sizes)), sizes)\n"
    "    row, word = np.nonzero(asked)\n"
    "    right = np.bincount(topic[word], weights=seen[row, word], minlength=len(sizes))\n"
    "    return right / np.bincount(topic[word], minlength=len(sizes))\n",
)

# describe, read again
for name, says, swap in (
    ("a list", "return an array", ("axis=1)\n    ### END", "axis=1).tolist()\n    ### END")),
    ("blocks not joined", "join them", ("np.concatenate(blocks, axis=1)", "blocks")),
    (
        "as many columns as words",
        "as many as the vocabulary",
        ("np.eye(block.shape[1])", "np.eye(log_p.shape[1])"),
    ),
    ("sizes taken for cuts", "cut at their sums", ("np.cumsum(sizes)[:-1]", "sizes[:-1]")),
    ("a block too many", "one block too many", ("np.cumsum(sizes)[:-1]", "np.cumsum(sizes)")),
    (
        "rows split",
        "Is an axis forgotten",
        ("np.split(log_p, cuts, axis=1)", "np.split(log_p, cuts)"),
    ),
    ("stacked", "np.concatenate joins", ("np.concatenate(blocks, axis=1)", "np.stack(blocks)")),
):
    bank.wrong(D, name, says=says, swap=swap)
bank.wrong(D, "the start not moved", says="add the start of each", code="def describe(log_p, sizes):\n"
    "    bags = np.zeros_like(log_p)\n"
    "    for block in np.split(log_p, np.cumsum(sizes)[:-1], axis=1):\n"
    "        bags[np.arange(len(bags)), block.argmax(axis=1)] = 1\n"
    "    return bags\n")  # fmt: skip
bank.wrong(D, "one not the most probable", says="of topic", code="def describe(log_p, sizes):\n"
    "    blocks = np.split(log_p, np.cumsum(sizes)[:-1], axis=1)\n"
    "    second = [np.argsort(-block, axis=1)[:, min(1, block.shape[1] - 1)] for block in blocks]\n"
    "    return np.hstack([np.eye(b.shape[1])[s] for b, s in zip(blocks, second)])\n")  # fmt: skip
bank.right(
    D,
    "a comparison",
    code="def describe(log_p, sizes):\n"
    "    blocks = np.split(log_p, np.cumsum(sizes)[:-1], axis=1)\n"
    "    return np.hstack([b.argmax(axis=1)[:, None] == np.arange(b.shape[1]) for b in blocks])\n",
)

# found by fresh answers
bank.wrong(
    "negative_elbo",
    "KL averaged over the rows",
    says="averaged over the rows",
    swap=("scored[:, 1] * caption + kl", "scored[:, 1] * caption + ops.mean(kl)"),
)
bank.wrong(
    "imagine",
    "never negative noise",
    says="no code lies below its mean",
    swap=("rng.normal(size=(m, n, k))", "abs(rng.normal(size=(m, n, k)))"),
)
bank.wrong(
    "imagine",
    "half of the noise",
    says="0.5 times as large",
    swap=("rng.normal(size", "rng.normal(scale=0.5, size"),
)
bank.wrong(
    "imagine",
    "spread of the first caption",
    says="first caption's",
    swap=("spread[:, None, :]", "spread[:1, None, :]"),
)
bank.wrong(
    "imagine",
    "shape picture by picture",
    says="the pictures do not",
    swap=(".reshape(m, n, -1)", ".reshape(n, m, -1).transpose(1, 0, 2)"),
)
bank.wrong(
    "obedience",
    "a share for each row",
    says="share for each row",
    code="def obedience(asked, seen, sizes):\n    return (asked * seen).sum(axis=1) / np.maximum(asked.sum(axis=1), 1)\n",
)
bank.right(
    "obedience",
    "blocks are alike",
    swap=(
        "obeyed[topic].sum(axis=1) > 0",
        "(np.split(seen, cuts, axis=1)[topic] == wanted).all(axis=1)",
    ),
)
