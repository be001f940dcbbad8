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
bank.wrong(D, "all equal words", says="the bags", swap=(
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
    "imagine", "no seed", says="same seed gives other", swap=("default_rng(seed)", "default_rng()")
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
