"""Answers to the exercises of lesson 34, right and wrong."""

from tests.bank import Bank

bank = Bank()

# nearest_code
N = "nearest_code"


def nearest(body):
    """A cell with another body."""
    return f"def nearest_code(vectors, codebook):\n    {body}\n"


bank.wrong(N, "farthest", says="farthest", swap=("ops.argmin", "ops.argmax"))
bank.wrong(N, "other axis", says="other way round", swap=("distances, axis=1", "distances, axis=0"))
bank.wrong(N, "the distance itself", says="these are the distances", swap=("ops.argmin", "ops.min"))
bank.wrong(
    N,
    "all distances",
    says="all distances",
    swap=("ops.argmin(distances, axis=1)", "distances"),
)
bank.wrong(
    N, "not squared", says="without their squares", swap=("ops.square(differences)", "differences")
)
bank.wrong(
    N,
    "the rows",
    says="return their numbers",
    swap=(
        "ops.argmin(distances, axis=1)",
        "ops.take(codebook, ops.argmin(distances, axis=1), axis=0)",
    ),
)
bank.wrong(
    N,
    "largest product",
    says="largest product",
    code=nearest("return ops.argmax(vectors @ ops.transpose(codebook), axis=1)"),
)
bank.wrong(
    N,
    "expanded, factor 2 missing",
    says="factor 2",
    code=nearest(
        "each = ops.sum(codebook**2, axis=1) - vectors @ ops.transpose(codebook)\n"
        "    return ops.argmin(each, axis=1)"
    ),
)
bank.wrong(
    N,
    "numbers from 1",
    says="begin with 1",
    swap=("return ops.argmin(distances, axis=1)", "return ops.argmin(distances, axis=1) + 1"),
)
bank.wrong(
    N,
    "NumPy",
    says="compiles it",
    code=nearest(
        "v, c = np.asarray(vectors), np.asarray(codebook)\n"
        "    return np.argmin(((v[:, None] - c) ** 2).sum(axis=2), axis=1)"
    ),
)
bank.wrong(
    N,
    "floating point",
    says="integer",
    swap=(
        "return ops.argmin(distances, axis=1)",
        "return ops.cast(ops.argmin(distances, axis=1), 'float32')",
    ),
)
bank.wrong(N, "no return", says="return", swap=("return ops", "result = ops"))
bank.right(
    N,
    "expanded square",
    code=nearest(
        "each = ops.sum(codebook**2, axis=1) - 2 * vectors @ ops.transpose(codebook)\n"
        "    return ops.argmin(each, axis=1)"
    ),
)
bank.right(
    N,
    "norms",
    code=nearest(
        "gaps = tf.norm(vectors[:, None] - codebook, axis=-1)\n    return tf.argmin(gaps, axis=-1)"
    ),
)

DISTANCE = "ops.sum(ops.square(differences), axis=2)"
for name, says, instead in (
    ("absolute differences", "absolute differences", "ops.sum(ops.abs(differences), axis=2)"),
    ("the largest difference", "largest difference", "ops.max(ops.abs(differences), axis=2)"),
    ("squared after the sum", "before squaring", "ops.square(ops.sum(differences, axis=2))"),
    ("summed over the codebook", "wrong axis", "ops.sum(ops.square(differences), axis=1)"),
    ("not summed", "each coordinate", "ops.square(differences)"),
):
    bank.wrong(N, name, says=says, swap=(DISTANCE, instead))
bank.wrong(N, "a sum", says="needs v - b", swap=("None, :] - codebook", "None, :] + codebook"))
bank.wrong(
    N, "one for all", says="Take it along axis 1", swap=("(distances, axis=1)", "(distances)")
)
bank.wrong(
    N,
    "cosine",
    says="angle",
    code=nearest(
        "lengths = ops.norm(codebook, axis=1)\n"
        "    return ops.argmax(vectors @ ops.transpose(codebook) / lengths, axis=1)"
    ),
)
bank.wrong(
    N,
    "second nearest",
    says="second nearest",
    swap=("ops.argmin(distances, axis=1)", "ops.argsort(distances, axis=1)[:, 1]"),
)
bank.wrong(
    N,
    "a loop over the batch",
    says="any size",
    swap=(
        "ops.argmin(distances, axis=1)",
        "ops.stack([ops.argmin(distances[i]) for i in range(len(vectors))])",
    ),
)
bank.right(
    N,
    "mean for sum",
    swap=("ops.sum(ops.square(differences), axis=2)", "ops.mean(differences**2, -1)"),
)
bank.right(
    N,
    "one vector at a time",
    code=nearest(
        "code = lambda v: ops.argmin(ops.sum((v - codebook) ** 2, axis=1))\n"
        "    return ops.vectorized_map(code, vectors)"
    ),
)

# vq_terms
T = "vq_terms"
INPUT = "z + ops.stop_gradient(e - z)"
BOOK, COMMIT = "ops.square(fixed_z - e)", "ops.square(z - fixed_e)"
bank.wrong(T, "no straight-through", says="gradient gets to e here", swap=(INPUT, "e + 0 * z"))
bank.wrong(T, "e alone", says="no gradient gets to z", swap=(INPUT, "fixed_e + 0 * z"))
bank.wrong(T, "gradient of both", says="twice", swap=(INPUT, "z + e - fixed_z"))
bank.wrong(
    T,
    "stopped on the wrong side",
    says="gradient gets to e here",
    swap=(INPUT, "e + ops.stop_gradient(z - e) * 0"),
)
bank.wrong(T, "the value of z", says="value z", swap=(INPUT, "e + ops.stop_gradient(z - e)"))
bank.wrong(
    T, "nothing stopped in the input", says="gradient gets to e here", swap=(INPUT, "z + (e - z)")
)
bank.wrong(T, "difference reversed", says="wrong sign", swap=("(e - z)", "(z - e)"))
bank.wrong(T, "codebook loss, wrong side", says="wrong side", swap=(BOOK, COMMIT))
bank.wrong(T, "commitment loss, wrong side", says="wrong side", swap=(COMMIT, BOOK))
bank.wrong(T, "codebook loss, nothing stopped", says="both sides", swap=(BOOK, "ops.square(z - e)"))
bank.wrong(T, "commitment, nothing stopped", says="both sides", swap=(COMMIT, "ops.square(z - e)"))
bank.wrong(T, "both stopped", says="not both", swap=(BOOK, "ops.square(fixed_z - fixed_e)"))
bank.wrong(T, "summed", says="take the mean", swap=(f"ops.mean({BOOK})", f"ops.sum({BOOK})"))
bank.wrong(
    T,
    "summed over the last axis",
    says="last axis",
    swap=(f"ops.mean({COMMIT})", f"ops.mean(ops.sum({COMMIT}, axis=-1))"),
)
bank.wrong(
    T, "weighted already", says="later", swap=(f"ops.mean({COMMIT})", f"0.25 * ops.mean({COMMIT})")
)
bank.wrong(T, "not squared", says="not squared", swap=(BOOK, "(e - fixed_z)"))
bank.wrong(
    T,
    "losses exchanged",
    says="wrong side",
    swap=("codebook_loss, commitment_loss\n", "commitment_loss, codebook_loss\n"),
)
bank.wrong(
    T,
    "one loss only",
    says="3 results",
    swap=(
        "return decoder_input, codebook_loss, commitment_loss",
        "return decoder_input, codebook_loss",
    ),
)
bank.wrong(
    T,
    "NumPy",
    says="no tensor",
    swap=(f"ops.mean({BOOK})", "float(np.mean((np.asarray(z) - np.asarray(e)) ** 2))"),
)
bank.right(
    T,
    "TensorFlow",
    code="def vq_terms(z, e):\n"
    "    def loss(a, b):\n"
    "        return tf.reduce_mean((a - tf.stop_gradient(b)) ** 2)\n"
    "    return z + tf.stop_gradient(e - z), loss(e, z), loss(z, e)\n",
)
bank.right(
    T,
    "the sign of the stop",
    code="def vq_terms(z, e):\n"
    "    sg = ops.stop_gradient\n"
    "    codebook = ops.mean(ops.square(e - sg(z)))\n"
    "    return sg(e) + z - sg(z), codebook, ops.mean(ops.square(sg(e) - z))\n",
)

bank.wrong(T, "z + e", says="this is z + e", swap=(INPUT, "z + ops.stop_gradient(e)"))
bank.wrong(T, "the middle", says="mean of z and e", swap=(INPUT, "(z + e) / 2"))
bank.wrong(T, "a ratio", says="multiplied", swap=(INPUT, "z * ops.stop_gradient(e / z)"))
bank.wrong(T, "a norm", says="root", swap=(f"ops.mean({BOOK})", "ops.norm(fixed_z - e)"))
bank.wrong(
    T,
    "squared after the mean",
    says="mean was squared",
    swap=(f"ops.mean({BOOK})", "ops.mean(fixed_z - e) ** 2"),
)
bank.wrong(T, "doubled", says="doubled", swap=(f"ops.mean({BOOK})", f"2 * ops.mean({BOOK})"))
bank.wrong(
    T,
    "losses first",
    says="another order",
    swap=(
        "return decoder_input, codebook_loss, commitment_loss",
        "return codebook_loss, commitment_loss, decoder_input",
    ),
)
bank.right(
    T,
    "a gradient of its own",
    code="def vq_terms(z, e):\n"
    "    @tf.custom_gradient\n"
    "    def through(z, e):\n"
    "        return tf.identity(e), lambda g: (g, tf.zeros_like(g))\n"
    "    mse = keras.losses.MeanSquaredError()\n"
    "    return through(z, e), mse(ops.stop_gradient(z), e), mse(ops.stop_gradient(e), z)\n",
)

# perplexity
P = "perplexity"
EXP, LOG = "np.exp(entropy)", "np.log(shares)"
bank.wrong(P, "the entropy", says="take its exponential", swap=(EXP, "entropy"))
bank.wrong(P, "bits read as nats", says="e was raised", swap=(LOG, "np.log2(shares)"))
bank.wrong(P, "nats read as bits", says="2 was raised", swap=(EXP, "2**entropy"))
bank.wrong(
    P,
    "entropy in bits",
    says="in bits; the perplexity",
    swap=(EXP, "entropy / np.log(2)"),
)
bank.wrong(P, "unused codes", says="NaN", swap=("counts[counts > 0]", "counts"))
bank.wrong(P, "sign", says="sign", swap=("-np.sum", "np.sum"))
bank.wrong(P, "codes in use", says="in use", swap=(EXP, "len(used)"))
bank.wrong(P, "mean for sum", says="is a sum", swap=("-np.sum(", "-np.mean("))
bank.wrong(P, "Simpson's index", says="squared shares", swap=(EXP, "1 / np.sum(shares**2)"))
bank.wrong(
    P,
    "row by row",
    says="one by one",
    code="def perplexity(codes):\n"
    "    found = []\n"
    "    for row in np.atleast_2d(codes).reshape(-1, np.shape(codes)[-1]):\n"
    "        p = np.unique(row, return_counts=True)[1] / len(row)\n"
    "        found.append(np.exp(-np.sum(p * np.log(p))))\n"
    "    return float(np.mean(found))\n",
)
bank.wrong(P, "not flat", says="too deep", swap=("np.ravel(codes)", "codes"))
bank.wrong(P, "64 written in", says="divided by 64", swap=("used / used.sum()", "used / 64"))
bank.right(
    P,
    "np.unique",
    code="def perplexity(codes):\n"
    "    _, n = np.unique(codes, return_counts=True)\n"
    "    p = n / n.sum()\n"
    "    return 2 ** -(p * np.log2(p)).sum()\n",
)
bank.right(
    P,
    "a product",
    code="def perplexity(codes):\n"
    "    p = np.bincount(np.asarray(codes).flatten()) / np.size(codes)\n"
    "    return float(np.prod([q**-q for q in p if q > 0]))\n",
)

bank.wrong(
    P,
    "rounded",
    says="rounded to 2 digits",
    swap=("float(np.exp(entropy))", "round(float(np.exp(entropy)), 2)"),
)
bank.wrong(P, "cut", says="whole number", swap=("float(np.exp(entropy))", "int(np.exp(entropy))"))
bank.wrong(P, "base 10", says="base 10", swap=(LOG, "np.log10(shares)"))
bank.wrong(
    P,
    "share left out",
    says="factor p is missing",
    swap=("shares * np.log(shares)", "np.log(shares)"),
)
bank.wrong(P, "logarithm of the counts", says="that of the share", swap=(LOG, "np.log(used)"))
bank.wrong(P, "no shares", says="not divided by their sum", swap=("used / used.sum()", "used"))
bank.wrong(P, "one added", says="1 was added", swap=("counts[counts > 0]", "counts + 1"))
bank.wrong(
    P,
    "two at once",
    says="base 2; use the natural one with e; and the sign",
    swap=("-np.sum(shares * np.log(", "np.sum(shares * np.log2("),
)
bank.right(
    P,
    "NaN as 0",
    code="def perplexity(codes):\n"
    "    p = np.bincount(np.ravel(codes)) / np.size(codes)\n"
    "    return float(np.exp(-np.nansum(p * np.log(p + 1e-12))))\n",
)

# restart_dead_codes
R = "restart_dead_codes"
bank.wrong(
    R,
    "live codes restarted",
    says="exchange them",
    swap=("np.setdiff1d(np.arange(len(codebook)), codes)", "np.unique(codes)"),
)
bank.wrong(R, "with replacement", says="taken twice", swap=("replace=False", "replace=True"))
bank.wrong(R, "changed in place", says="in place", swap=("codebook.copy()", "codebook"))
bank.wrong(R, "fixed seed", says="Every seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(
    R,
    "the mean",
    says="mean of the vectors",
    swap=("vectors[chosen]", "vectors.mean(axis=0)"),
)
bank.wrong(
    R, "one vector for all", says="taken twice", swap=("vectors[chosen]", "vectors[chosen[:1]]")
)
bank.wrong(
    R,
    "the first vectors",
    says="every seed",
    swap=("vectors[chosen]", "vectors[: len(dead)]"),
)
bank.wrong(
    R,
    "noise",
    says="no row of",
    swap=("vectors[chosen]", "rng.normal(size=(len(dead), codebook.shape[1]))"),
)
bank.wrong(
    R,
    "all restarted",
    says="in use, but was changed",
    swap=("np.setdiff1d(np.arange(len(codebook)), codes)", "np.arange(len(codebook))"),
)
bank.wrong(
    R,
    "dead up to the largest code only",
    says="not restarted",
    swap=("np.arange(len(codebook))", "np.arange(codes.max())"),
)
bank.wrong(R, "no return", says="return", swap=("return restarted", "restarted.sum()"))
bank.wrong(R, "nothing done", says="not restarted", swap=("restarted[dead] = ", "other = "))
bank.right(
    R,
    "a permutation",
    code="def restart_dead_codes(codebook, codes, vectors, seed):\n"
    "    order = iter(np.random.default_rng(seed).permutation(len(vectors)))\n"
    "    rows = [c if i in set(codes) else vectors[next(order)] for i, c in enumerate(codebook)]\n"
    "    return np.array(rows)\n",
)
bank.right(
    R,
    "counts and where",
    code="def restart_dead_codes(codebook, codes, vectors, seed):\n"
    "    counts = np.bincount(codes, minlength=len(codebook))\n"
    "    rng = np.random.default_rng(seed)\n"
    "    new = rng.permutation(vectors)[: len(codebook)]\n"
    "    return np.where((counts == 0)[:, None], new, codebook)\n",
)

for drawn in (
    "rng.integers(len(vectors), size=len(dead))",
    "[rng.choice(len(vectors)) for _ in dead]",
):
    bank.wrong(
        R,
        f"with replacement: {drawn}",
        says="taken twice",
        swap=("rng.choice(len(vectors), size=len(dead), replace=False)", drawn),
    )

for name, says, chosen in (
    (
        "the last vector left out",
        "drawn with no seed",
        "rng.choice(len(vectors) - 1, len(dead), replace=False)",
    ),
    (
        "as many vectors as codes",
        "drawn with no seed",
        "rng.choice(len(codebook), len(dead), replace=False)",
    ),
    (
        "neighbours",
        "neighbours",
        "rng.integers(len(vectors) - len(dead) + 1) + np.arange(len(dead))",
    ),
    (
        "every second vector",
        "drawn with no seed",
        "rng.choice(len(vectors) // 2, len(dead), replace=False) * 2"
        " if len(vectors) // 2 >= len(dead) else rng.permutation(len(vectors))[: len(dead)]",
    ),
    ("turned by the seed", "neighbours", "(seed + np.arange(len(dead))) % len(vectors)"),
):
    bank.wrong(
        R, name, says=says, swap=("rng.choice(len(vectors), size=len(dead), replace=False)", chosen)
    )
bank.wrong(
    R,
    "used once is dead",
    says="occurs once is in use",
    swap=(
        "np.setdiff1d(np.arange(len(codebook)), codes)",
        "np.flatnonzero(np.bincount(codes, minlength=len(codebook)) < 2)",
    ),
)
bank.wrong(
    R, "added", says="added to the old row", swap=("restarted[dead] =", "restarted[dead] +=")
)
bank.wrong(
    R,
    "mixed",
    says="Draw whole rows",
    swap=("vectors[chosen]", "rng.permuted(vectors, axis=0)[: len(dead)]"),
)
bank.wrong(
    R, "from zeros", says="begin with a copy", swap=("codebook.copy()", "np.zeros_like(codebook)")
)
bank.wrong(
    R,
    "new rows alone",
    says="return the whole codebook",
    swap=("return restarted", "return restarted[dead]"),
)
bank.right(R, "in ascending order", swap=("vectors[chosen]", "vectors[np.sort(chosen)]"))
bank.right(
    R,
    "Python's random",
    code="def restart_dead_codes(codebook, codes, vectors, seed):\n"
    "    import random\n"
    "    random.seed(seed)\n"
    "    dead = sorted(set(range(len(codebook))) - set(codes.tolist()))\n"
    "    new = codebook.astype(float)\n"
    "    new[dead] = vectors[random.sample(range(len(vectors)), len(dead))]\n"
    "    return new\n",
)

# causal_mask
M = "causal_mask"
bank.wrong(M, "sees the current code", says="very code", swap=("<", "<="))
bank.wrong(M, "the future", says="later codes", swap=("<", ">"))
bank.wrong(M, "the future and itself", says="at the one that they predict", swap=("<", ">="))
bank.wrong(M, "all but itself", says="but its own", swap=("<", "!="))
bank.wrong(
    M,
    "rows and columns exchanged",
    says="later codes",
    swap=("places[None, :] < places[:, None]", "places[:, None] < places[None, :]"),
)
bank.wrong(
    M,
    "only the one before",
    says="just before",
    code="def causal_mask(length):\n    return np.eye(length, k=-1, dtype='float32')\n",
)
bank.wrong(
    M,
    "Keras's triangle",
    says="very code",
    code="def causal_mask(length):\n    return np.tril(np.ones((length, length), 'float32'))\n",
)
bank.wrong(
    M,
    "for adding to logits",
    says="infinity",
    swap=('earlier.astype("float32")', "np.where(earlier, 0, -np.inf).astype('float32')"),
)
bank.wrong(M, "bool", says="float32", swap=('.astype("float32")', ""))
bank.wrong(
    M,
    "16 written in",
    says="it is for 16 codes, not for 4",
    swap=("np.arange(length)", "np.arange(16)"),
)
bank.right(
    M,
    "a triangle",
    code="def causal_mask(length):\n"
    "    return np.tril(np.ones((length, length), dtype=np.float32), k=-1)\n",
)
bank.right(
    M,
    "loops",
    code="def causal_mask(length):\n"
    "    mask = np.zeros((length, length), dtype='float32')\n"
    "    for i in range(length):\n"
    "        mask[i, :i] = 1\n"
    "    return mask\n",
)

for k, says in ((1, "entries with j >= i"), (-2, "just before is hidden")):
    bank.wrong(
        M,
        f"triangle {k}",
        says=says,
        code=f"def causal_mask(length):\n    return np.tri(length, k={k}, dtype='float32')\n",
    )
bank.wrong(
    M,
    "all",
    says="sees everything",
    swap=("places[None, :] < places[:, None]", "np.ones((length, length))"),
)
bank.wrong(
    M,
    "the first sees itself",
    says="entry [0, 0] is 1",
    swap=("places[:, None]", "np.maximum(places, 1)[:, None]"),
)
bank.wrong(
    M,
    "large negative",
    says="multiplies",
    swap=('earlier.astype("float32")', "np.where(earlier, 0, -1e9).astype('float32')"),
)
bank.wrong(
    M,
    "a list",
    says="a list was returned",
    swap=('earlier.astype("float32")', "(1.0 * earlier).tolist()"),
)
bank.right(
    M,
    "TensorFlow",
    code="def causal_mask(length):\n"
    "    return tf.linalg.band_part(tf.ones((length, length)), -1, 0) - tf.eye(length)\n",
)

# sample_prior
S = "sample_prior"
bank.wrong(S, "argmax", says="argmax", swap=("logits + noise", "logits"))
bank.wrong(
    S, "one draw for all", says="one draw", swap=("size=logits.shape", "size=logits.shape[1:]")
)
bank.wrong(S, "logits ignored", says="drawn alike", swap=("logits + noise", "noise"))
bank.wrong(S, "normal noise", says="normal noise", swap=("rng.gumbel", "rng.normal"))
bank.wrong(S, "sign of the logits", says="sign", swap=("logits + noise", "noise - logits"))
bank.wrong(
    S,
    "asked once",
    says="as if the codes before it were 0",
    code="def sample_prior(predict, n, length, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    logits = np.asarray(predict(np.zeros((n, length), 'int32')))\n"
    "    return np.argmax(logits + rng.gumbel(size=logits.shape), axis=2)\n",
)
bank.wrong(S, "logits of the next place", says="bounds", swap=("[:, place]\n", "[:, place + 1]\n"))
bank.wrong(
    S,
    "logits of the place before",
    says="place before it",
    swap=("[:, place]\n", "[:, max(place - 1, 0)]\n"),
)
bank.wrong(
    S,
    "backwards",
    says="from the first place to the last",
    swap=("range(length)", "reversed(range(length))"),
)
bank.wrong(
    S,
    "the last place left out",
    says="last place was never written",
    swap=("range(length)", "range(max(length - 1, 1))"),
)
bank.wrong(S, "fixed seed", says="seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(S, "no seed", says="same seed", swap=("default_rng(seed)", "default_rng()"))
bank.wrong(S, "no return", says="return", swap=("return codes", "codes.sum()"))
bank.wrong(S, "floating point", says="integer", swap=('"int32"', '"float32"'))
bank.right(
    S,
    "choice",
    code="def sample_prior(predict, n, length, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    codes = np.zeros((n, length), dtype=int)\n"
    "    for i in range(length):\n"
    "        a = np.asarray(predict(codes), dtype=float)[:, i]\n"
    "        p = np.exp(a - a.max(axis=1, keepdims=True))\n"
    "        p /= p.sum(axis=1, keepdims=True)\n"
    "        codes[:, i] = [rng.choice(len(q), p=q) for q in p]\n"
    "    return codes\n",
)
bank.right(
    S,
    "cumulative shares",
    code="def sample_prior(predict, n, length, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    codes = np.zeros((n, length), dtype=int)\n"
    "    for i in range(length):\n"
    "        p = np.array(ops.softmax(predict(codes)))[:, i].astype(float)\n"
    "        edges = np.cumsum(p, axis=1) / p.sum(axis=1, keepdims=True)\n"
    "        codes[:, i] = (rng.random((n, 1)) > edges).sum(axis=1)\n"
    "    return codes\n",
)
bank.wrong(
    S,
    "the same generator at every place",
    says="once, before the loop",
    swap=(
        "        noise = rng.gumbel",
        "        rng = np.random.default_rng(seed)\n        noise = rng.gumbel",
    ),
)
bank.wrong(
    S, "the first place left out", says="never written", swap=("range(length)", "range(1, length)")
)
bank.wrong(S, "logits of the last place", says="last place", swap=("[:, place]\n", "[:, -1]\n"))
bank.wrong(
    S,
    "one place too far",
    says="out of bounds",
    swap=("codes[:, place] = np", "codes[:, place + 1] = np"),
)
bank.wrong(
    S,
    "tensors for NumPy's choice",
    says="probabilities do not sum to 1",
    code="def sample_prior(predict, n, length, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    codes = np.zeros((n, length), dtype=int)\n"
    "    for i in range(length):\n"
    "        p = ops.softmax(predict(codes))[:, i]\n"
    "        codes[:, i] = [rng.choice(len(q), p=q) for q in p]\n"
    "    return codes\n",
)
for name, says, noise in (
    ("minus Gumbel noise", "with a plus", "-rng.gumbel"),
    ("twice the noise", "scale 1", "2 * rng.gumbel"),
    ("uniform noise", "argmax", "rng.uniform"),
    ("exponential noise", "exponential noise", "rng.exponential"),
):
    bank.wrong(S, name, says=says, swap=("rng.gumbel", noise))
bank.wrong(S, "cooler", says="times the logits", swap=("logits + noise", "0.8 * logits + noise"))
bank.wrong(
    S,
    "no noise after the first place",
    says="at place 1",
    swap=("noise = rng", "noise = (place == 0) * rng"),
)
bank.wrong(S, "base 2", says="base e", swap=("logits + noise", "np.log(2) * logits + noise"))
bank.wrong(
    S,
    "softmax first",
    says="`predict` gives logits",
    swap=("logits + noise", "np.array(ops.softmax(logits)) + noise"),
)
bank.wrong(
    S,
    "the codes so far alone",
    says="whole grids",
    swap=("predict(codes))[:, place]", "predict(codes[:, : place + 1]))[:, -1]"),
)
bank.wrong(S, "another network", says="another name", swap=("predict(codes)", "prior(codes)"))
bank.wrong(
    S,
    "starts with -1",
    says="Start with zeros",
    swap=("codes = np.zeros((n, length)", "codes = np.full((n, length), -1"),
)
bank.wrong(
    S,
    "return in the loop",
    says="within the loop",
    swap=("    return codes", "        return codes"),
)
bank.wrong(S, "turned round", says="reversed order", swap=("return codes", "return codes[:, ::-1]"))
bank.wrong(S, "the logits of one", says="one draw", swap=("axis=1)\n", "axis=1)[0]\n"))
bank.wrong(
    S,
    "drawn for the first logits",
    says="logits of each sequence",
    swap=("logits + noise", "logits[0] + noise"),
)
bank.right(
    S,
    "TensorFlow's categorical",
    code="def sample_prior(predict, n, length, seed):\n"
    "    codes = np.zeros((n, length), dtype='int32')\n"
    "    for i in range(length):\n"
    "        logits = tf.convert_to_tensor(predict(codes))[:, i]\n"
    "        draws = tf.random.stateless_categorical(logits, 1, seed=(seed, i))\n"
    "        codes[:, i] = draws[:, 0].numpy()\n"
    "    return codes\n",
)
bank.right(S, "any codes to start with", swap=("np.zeros((n, length)", "np.ones((n, length)"))

# what no known mistake explains is told by a case
bank.wrong(
    "perplexity",
    "codes below 64 alone",
    says="a small case: the codes [63, 64]: got 1, expected 2",
    swap=("np.bincount(np.ravel(codes))", "np.bincount(np.ravel(codes), minlength=64)[:64]"),
)
bank.wrong(
    "perplexity",
    "rounded",
    says="cut or rounded to a whole number",
    swap=("float(np.exp(entropy))", "round(float(np.exp(entropy)))"),
)
bank.wrong(
    "sample_prior",
    "codes below 64 alone",
    says="Only codes up to 63 are drawn; there are 0 to 69",
    swap=("scores = logits + noise", "scores = (logits + noise)[:, :64]"),
)
bank.wrong(
    "sample_prior",
    "logits rounded",
    says="for the logits [-1, -0.15, 1.4] at every place the codes came with the shares",
    swap=("logits + noise", "np.round(logits) + noise"),
)
bank.wrong(
    "sample_prior",
    "each place sorted over the sequences",
    says="the logits leave only the code",
    swap=("return codes", "return np.sort(codes, axis=0)"),
)
bank.right(
    "sample_prior", "grids of ones at first", swap=("np.zeros((n, length)", "np.ones((n, length)")
)
