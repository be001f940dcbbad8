"""Answers to the exercises of lesson 31, right and wrong."""

from tests.bank import Bank

bank = Bank()

# kl_to_standard_normal
K = "kl_to_standard_normal"


def kl(body):
    """A cell with another body."""
    return f"def kl_to_standard_normal(mean, log_var):\n    {body}\n"


bank.wrong(K, "½ missing", says="½", swap=("0.5 * ops", "ops"))
bank.wrong(K, "averaged over the code", says="add up", swap=("0.5 * ops.sum", "0.5 * ops.mean"))
bank.wrong(
    K, "σ for σ²", says="σ stands where σ²", swap=("ops.exp(log_var)", "ops.exp(0.5 * log_var)")
)
bank.wrong(
    K,
    "log_var read as log σ",
    says="standard deviation",
    code=kl("return 0.5 * ops.sum(mean**2 + ops.exp(2 * log_var) - 1 - 2 * log_var, axis=1)"),
)
bank.wrong(
    K,
    "exponential squared",
    says="variance already",
    swap=("ops.exp(log_var)", "ops.square(ops.exp(log_var))"),
)
bank.wrong(K, "no exponential", says="exponential", swap=("ops.exp(log_var)", "log_var"))
bank.wrong(K, "sign", says="sign", swap=("return 0.5", "return -0.5"))
bank.wrong(K, "-1 missing", says="-1 is missing", swap=(" - 1", ""))
bank.wrong(
    K,
    "-1 once",
    says="each of the k",
    code=kl("return 0.5 * (ops.sum(mean**2 + ops.exp(log_var) - log_var, axis=1) - 1)"),
)
bank.wrong(K, "mean not squared", says="not squared", swap=("ops.square(mean)", "mean"))
bank.wrong(
    K,
    "the other way round",
    says="other way round",
    code=kl("return 0.5 * ops.sum((1 + mean**2) * ops.exp(-log_var) - 1 + log_var, axis=1)"),
)
bank.wrong(K, "sign of log_var", says="sign of log_var", swap=("- log_var", "+ log_var"))
bank.wrong(K, "summed over everything", says="for all", swap=(", axis=1", ""))
bank.wrong(
    K,
    "averaged over the batch",
    says="for all",
    code=kl("return ops.mean(0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1))"),
)
bank.wrong(K, "summed over the batch", says="KL", swap=("axis=1", "axis=0"))
bank.wrong(
    K,
    "not summed",
    says="each entry",
    code=kl("return 0.5 * (mean**2 + ops.exp(log_var) - 1 - log_var)"),
)
bank.wrong(
    K,
    "NumPy",
    says="tensor",
    code=kl(
        "m, v = np.asarray(mean), np.asarray(log_var)\n"
        "    return 0.5 * np.sum(m**2 + np.exp(v) - 1 - v, axis=1)"
    ),
)
bank.wrong(
    K,
    "a gradient cut off",
    says="gradient",
    swap=("ops.square(mean)", "tf.stop_gradient(ops.square(mean))"),
)
bank.wrong(K, "no return", says="return", swap=("return 0.5", "result = 0.5"))
bank.right(
    K,
    "TensorFlow",
    code=kl(
        "return -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=-1)"
    ),
)
bank.right(
    K,
    "half of each, then summed",
    code=kl(
        "sigma = ops.exp(log_var / 2)\n"
        "    each = -ops.log(sigma) + (sigma**2 + mean**2) / 2 - 0.5\n"
        "    return ops.sum(each, axis=1)"
    ),
)
bank.right(
    K,
    "a loop over the code",
    code=kl(
        "total = 0.0 * ops.sum(mean, axis=1)\n"
        "    for j in range(mean.shape[1]):\n"
        "        m, v = mean[:, j], log_var[:, j]\n"
        "        total = total + (m * m + ops.exp(v) - 1.0 - v) / 2\n"
        "    return total"
    ),
)

# reparameterise
R = "reparameterise"


def sample(body):
    """A cell with another body."""
    return f"def reparameterise(mean, log_var):\n    {body}\n"


bank.wrong(R, "σ² for σ", says="σ² stands", swap=("0.5 * log_var", "log_var"))
bank.wrong(R, "no exponential", says="exponential", swap=("ops.exp(0.5 * log_var)", "log_var"))
bank.wrong(
    R, "half of log_var", says="exponential", swap=("ops.exp(0.5 * log_var)", "0.5 * log_var")
)
bank.wrong(R, "not scaled", says="not scaled", swap=("ops.exp(0.5 * log_var) * ", ""))
bank.wrong(R, "mean forgotten", says="mean", swap=("mean + ops", "ops"))
bank.wrong(R, "no noise", says="no noise", code=sample("return mean + 0 * log_var"))
bank.wrong(
    R,
    "one ε for the batch",
    says="whole batch",
    swap=("ops.shape(mean)", "(1, mean.shape[1])"),
)
bank.wrong(
    R,
    "a shape that is not known in training",
    says="batch size is not known",
    swap=("ops.shape(mean)", "mean.shape"),
)
bank.wrong(R, "one ε for a code", says="own ε", swap=("ops.shape(mean)", "(ops.shape(mean)[0], 1)"))
bank.wrong(R, "one ε for all", says="whole batch", swap=("ops.shape(mean)", "()"))
bank.wrong(R, "uniform noise", says="expected", swap=("random.normal", "random.uniform"))
bank.wrong(
    R,
    "uniform noise of the right spread",
    says="not normal",
    code=sample(
        "noise = keras.random.uniform(ops.shape(mean), -(3**0.5), 3**0.5)\n"
        "    return mean + ops.exp(0.5 * log_var) * noise"
    ),
)
bank.wrong(
    R, "the same seed always", says="afresh", swap=("ops.shape(mean))", "ops.shape(mean), seed=1)")
)
bank.wrong(
    R,
    "NumPy all the way",
    says="tensor",
    code=sample(
        "m, v = np.asarray(mean), np.asarray(log_var)\n"
        "    return m + np.exp(v / 2) * np.random.normal(size=m.shape)"
    ),
)
bank.wrong(
    R,
    "NumPy's noise, frozen in training",
    says="frozen",
    code=sample(
        "noise = np.random.normal(size=mean.shape).astype('float32')\n"
        "    return mean + ops.exp(log_var / 2) * noise"
    ),
)
bank.wrong(
    R,
    "gradient stopped",
    says="gradient",
    swap=(
        "return mean + ops.exp(0.5 * log_var)",
        "return mean + tf.stop_gradient(ops.exp(0.5 * log_var))",
    ),
)
bank.wrong(R, "sign of the logarithm", says="1/σ", swap=("0.5 * log_var", "-0.5 * log_var"))
bank.wrong(
    R,
    "half of the variance",
    says="halved",
    swap=("ops.exp(0.5 * log_var)", "0.5 * ops.exp(log_var)"),
)
bank.wrong(
    R,
    "noise made positive",
    says="means",
    swap=("keras.random.normal(ops.shape(mean))", "ops.abs(keras.random.normal(ops.shape(mean)))"),
)
bank.wrong(R, "no return", says="return", swap=("return mean", "result = mean"))
bank.right(
    R,
    "TensorFlow",
    code=sample("return mean + tf.sqrt(tf.exp(log_var)) * tf.random.normal(tf.shape(mean))"),
)
bank.right(
    R,
    "a seed generator",
    code="generator = keras.random.SeedGenerator(3)\n\n"
    + sample(
        "epsilon = keras.random.normal(ops.shape(log_var), seed=generator)\n"
        "    return epsilon * ops.sqrt(ops.exp(log_var)) + mean"
    ),
)
bank.right(
    R,
    "noise subtracted",
    code=sample("return mean - keras.random.normal(shape=ops.shape(mean)) * ops.exp(log_var / 2)"),
)

# elbo_terms
T = "elbo_terms"


def terms(*lines):
    """A cell with another body."""
    return "def elbo_terms(x, logits, mean, log_var):\n" + "".join(f"    {v}\n" for v in lines)


PRICE = "price = 0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)"
bank.wrong(
    T, "averaged over pixels", says="averaged over the pixels", swap=("ops.sum(x", "ops.mean(x")
)
bank.wrong(
    T,
    "Keras's loss, as it is",
    says="averaged over the pixels",
    code=terms(
        "return -keras.losses.binary_crossentropy(x, logits, from_logits=True), "
        "kl_to_standard_normal(mean, log_var)"
    ),
)
bank.wrong(
    T,
    "cross-entropy for log-likelihood",
    says="sign",
    swap=("ops.sum(x * logits - ops.softplus(logits)", "ops.sum(ops.softplus(logits) - x * logits"),
)
bank.wrong(
    T,
    "logits taken for probabilities",
    says="sigmoid",
    code=terms(
        "p = ops.clip(logits, 1e-7, 1 - 1e-7)",
        "fit = ops.sum(x * ops.log(p) + (1 - x) * ops.log(1 - p), axis=1)",
        "return fit, kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "logarithm of a rounded sigmoid",
    says="softplus",
    code=terms(
        "p = ops.sigmoid(logits)",
        "fit = ops.sum(x * ops.log(p) + (1 - x) * ops.log(1 - p), axis=1)",
        "return fit, kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "clipped probabilities",
    says="clipped",
    code=terms(
        "p = ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)",
        "fit = ops.sum(x * ops.log(p) + (1 - x) * ops.log(1 - p), axis=1)",
        "return fit, kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "squared error",
    says="squared error",
    swap=("x * logits - ops.softplus(logits)", "-ops.square(x - ops.sigmoid(logits))"),
)
bank.wrong(
    T, "bits", says="bits", swap=("return log_likelihood", "return log_likelihood / np.log(2)")
)
bank.wrong(
    T,
    "only the ink",
    says="with ink",
    swap=("x * logits - ops.softplus(logits)", "-x * ops.softplus(-logits)"),
)
bank.wrong(T, "ink and paper swapped", says="swapped", swap=("x * logits", "(1 - x) * logits"))
bank.wrong(
    T,
    "summed over the batch, too",
    says="whole batch",
    swap=("ops.softplus(logits), axis=1", "ops.softplus(logits)"),
)
bank.wrong(
    T,
    "KL subtracted already",
    says="apart",
    swap=(
        "return log_likelihood, kl",
        "return log_likelihood - kl_to_standard_normal(mean, log_var), kl",
    ),
)
bank.wrong(T, "KL with the wrong sign", says="sign", swap=(", kl_to", ", -kl_to"))
bank.wrong(
    T,
    "KL averaged over pixels",
    says="pixels",
    swap=(
        "kl_to_standard_normal(mean, log_var)",
        "kl_to_standard_normal(mean, log_var) / x.shape[1]",
    ),
)
bank.wrong(
    T, "mean and log_var swapped", says="swapped", swap=("(mean, log_var)\n", "(log_var, mean)\n")
)
bank.wrong(
    T,
    "only the ELBO",
    says="2 results",
    swap=("return log_likelihood, kl", "return log_likelihood - kl"),
)
bank.wrong(
    T,
    "the sigmoid twice",
    says="twice",
    swap=("    log_likelihood = ", "    logits = ops.sigmoid(logits)\n    log_likelihood = "),
)
bank.wrong(
    T,
    "NumPy",
    says="no tensor",
    code=terms(
        "a = np.asarray(logits)",
        "fit = np.sum(np.asarray(x) * a - np.logaddexp(0, a), axis=1)",
        "return fit, kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "the KL through NumPy",
    says="the KL has the right values, but is no tensor",
    code=terms(
        "m, v = np.asarray(mean), np.asarray(log_var)",
        "price = 0.5 * np.sum(m**2 + np.exp(v) - 1 - v, axis=1)",
        "return ops.sum(x * logits - ops.softplus(logits), axis=1), price",
    ),
)
bank.wrong(
    T,
    "the KL through NumPy and back to a tensor",
    says="hear of its price",
    code=terms(
        "m, v = np.asarray(mean), np.asarray(log_var)",
        "price = ops.convert_to_tensor(0.5 * np.sum(m**2 + np.exp(v) - 1 - v, axis=1))",
        "return ops.sum(x * logits - ops.softplus(logits), axis=1), price",
    ),
)
bank.wrong(
    T,
    "the KL cut off from the encoder's mean",
    says="hear of its price",
    swap=("(mean, log_var)\n", "(ops.stop_gradient(mean), log_var)\n"),
)
bank.right(
    T,
    "Keras's cross-entropy, summed",
    code=terms(
        PRICE,
        "each = ops.binary_crossentropy(x, logits, from_logits=True)",
        "return [-ops.sum(each, axis=-1), price]",
    ),
)
bank.right(
    T,
    "TensorFlow's, summed",
    code=terms(
        PRICE,
        "each = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)",
        "return -tf.reduce_sum(each, axis=1), price",
    ),
)
bank.right(
    T,
    "the loss times the number of pixels",
    code=terms(
        PRICE,
        "loss = keras.losses.binary_crossentropy(x, logits, from_logits=True)",
        "return -x.shape[1] * loss, price",
    ),
)
bank.right(
    T,
    "log sigmoids",
    swap=(
        "x * logits - ops.softplus(logits)",
        "x * ops.log_sigmoid(logits) + (1 - x) * ops.log_sigmoid(-logits)",
    ),
)

# train_step
S = "train_step"
bank.wrong(
    S,
    "KL missing",
    says="KL is missing",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(-log_likelihood)"),
)
bank.wrong(
    S, "up the slope", says="up the slope", swap=("kl - log_likelihood)", "log_likelihood - kl)")
)
bank.wrong(
    S,
    "KL subtracted",
    says="KL has the wrong sign",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(-kl - log_likelihood)"),
)
bank.wrong(
    S,
    "log-likelihood added",
    says="log-likelihood has the wrong sign",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(kl + log_likelihood)"),
)
bank.wrong(S, "summed over the batch", says="summed", swap=("loss = ops.mean", "loss = ops.sum"))
bank.wrong(
    S, "mean decoded", says="decode a sample", swap=("reparameterise(mean, log_var)", "mean")
)
bank.wrong(
    S,
    "averaged over pixels",
    says="averaged over the pixels",
    swap=("kl - log_likelihood)", "kl - log_likelihood / x.shape[1])"),
)
bank.wrong(
    S,
    "KL summed over the batch",
    says="KL is summed",
    swap=("ops.mean(kl - log_likelihood)", "ops.sum(kl) - ops.mean(log_likelihood)"),
)
bank.wrong(S, "KL halved", says="halved", swap=("kl - log", "0.5 * kl - log"))
bank.wrong(
    S,
    "not applied",
    says="moved",
    swap=(
        "self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))",
        "pass",
    ),
)
bank.wrong(
    S,
    "only the decoder",
    says="only the decoder",
    swap=("self.trainable_variables", "self.decoder.trainable_variables"),
)
bank.wrong(
    S,
    "the weights of the terms stay",
    says="weights of their own",
    swap=(
        "gradients = tape.gradient(loss, self.trainable_variables)\n"
        "        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))",
        "both = self.encoder.trainable_variables + self.decoder.trainable_variables\n"
        "        self.optimizer.apply_gradients(zip(tape.gradient(loss, both), both, strict=True))",
    ),
)
bank.wrong(
    S, "numbers returned", says="compiles it", swap=('{"loss": loss,', '{"loss": float(loss),')
)
bank.wrong(
    S,
    "only the encoder",
    says="only the encoder",
    swap=("self.trainable_variables", "self.encoder.trainable_variables"),
)
bank.wrong(
    S,
    "the standard deviation given for the log variance",
    says="step",
    swap=("reparameterise(mean, log_var)", "reparameterise(mean, 2 * log_var)"),
)
bank.wrong(
    S,
    "total is not the sum of its parts",
    says="returned loss",
    swap=('{"loss": loss', '{"loss": ops.mean(-log_likelihood)'),
)
bank.wrong(
    S,
    "log-likelihood returned as cross-entropy",
    says="sign",
    swap=('"log_likelihood": ops.mean(log', '"log_likelihood": -ops.mean(log'),
)
bank.wrong(S, "KL returned per example", says="shape", swap=('"kl": ops.mean(kl)', '"kl": kl'))
bank.wrong(
    S,
    "returns the loss alone",
    says="dictionary",
    swap=(
        'return {"loss": loss, "log_likelihood": ops.mean(log_likelihood), "kl": ops.mean(kl)}',
        "return loss",
    ),
)
bank.wrong(
    S,
    "decoded outside the sample's noise: one ε for the batch",
    says="step",
    swap=(
        "reparameterise(mean, log_var)",
        "mean + ops.exp(log_var / 2) * keras.random.normal((1, mean.shape[1]))",
    ),
)
bank.right(
    S,
    "TensorFlow, ELBO first",
    swap=(
        "            loss = ops.mean(kl - log_likelihood)",
        "            elbo = tf.reduce_mean(log_likelihood) - tf.reduce_mean(kl)\n            loss = -elbo",
    ),
)
bank.right(
    S,
    "optimizer.apply, floats returned",
    swap=(
        "self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))",
        "self.optimizer.apply(gradients, self.trainable_variables)",
    ),
)
bank.right(
    S,
    "encoder split by hand, noise in place",
    swap=(
        "mean, log_var = self.encode(x)",
        "both = self.encoder(x)\n            k = both.shape[1] // 2\n            mean, log_var = both[:, :k], both[:, k:]",
    ),
)

# quantile_grid
G = "quantile_grid"


def grid(*lines):
    """A cell with another body."""
    return "def quantile_grid(n):\n" + "".join(f"    {v}\n" for v in lines)


bank.wrong(
    G,
    "quantiles of 0 and 1",
    says="infinite",
    swap=("(np.arange(n) + 0.5) / n", "np.linspace(0, 1, n)"),
)
bank.wrong(
    G,
    "from 0.05 to 0.95",
    says="0.05",
    swap=("(np.arange(n) + 0.5) / n", "np.linspace(0.05, 0.95, n)"),
)
bank.wrong(
    G,
    "i / (n + 1)",
    says="n + 1",
    swap=("(np.arange(n) + 0.5) / n", "np.arange(1, n + 1) / (n + 1)"),
)
bank.wrong(
    G,
    "i / n, so the first is infinite",
    says="infinite",
    swap=("np.arange(n) + 0.5", "np.arange(n)"),
)
bank.wrong(
    G,
    "equally spaced",
    says="equally spaced",
    swap=("norm.ppf((np.arange(n) + 0.5) / n)", "np.linspace(-3, 3, n)"),
)
bank.wrong(
    G,
    "chances",
    says="chances",
    swap=("norm.ppf((np.arange(n) + 0.5) / n)", "(np.arange(n) + 0.5) / n"),
)
bank.wrong(G, "cdf", says="norm.cdf", swap=("norm.ppf", "norm.cdf"))
bank.wrong(G, "upside down", says="top", swap=("places[::-1]", "places"))
bank.wrong(G, "numbers swapped", says="swapped", swap=("[first, second]", "[second, first]"))
bank.wrong(
    G,
    "rows and columns swapped",
    says="swapped",
    swap=("np.meshgrid(places, places[::-1])", 'np.meshgrid(places, places[::-1], indexing="ij")'),
)
bank.wrong(
    G, "a list of codes", says="as the codes lie", swap=("axis=-1)", "axis=-1).reshape(-1, 2)")
)
bank.wrong(G, "numbers first", says="last axis", swap=(", axis=-1", ""))
bank.wrong(G, "no return", says="return", swap=("return np", "result = np"))
bank.right(
    G,
    "loops",
    code=grid(
        "codes = np.zeros((n, n, 2))",
        "for row in range(n):",
        "    for column in range(n):",
        "        codes[row, column, 0] = norm.ppf((2 * column + 1) / (2 * n))",
        "        codes[row, column, 1] = -norm.ppf((2 * row + 1) / (2 * n))",
        "return codes",
    ),
)
bank.right(
    G,
    "inverse error function, nested lists",
    code=grid(
        "from scipy.special import ndtri",
        "a = ndtri(np.linspace(1 / (2 * n), 1 - 1 / (2 * n), n)).tolist()",
        "return [[(x, y) for x in a] for y in reversed(a)]",
    ),
)
bank.right(
    G,
    "float32",
    swap=(
        "return np.stack([first, second], axis=-1)",
        "return np.dstack([first, second]).astype('float32')",
    ),
)

# morph
M = "morph"


def walk(*lines):
    """A cell with another body."""
    return "def morph(encode, decode, first, second, n):\n" + "".join(f"    {v}\n" for v in lines)


bank.wrong(M, "a cross-fade", says="cross-fade", code=walk("return np.linspace(first, second, n)"))
bank.wrong(
    M,
    "pictures mixed before encoding",
    says="before encoding",
    code=walk("mean, _ = encode(np.linspace(first, second, n))", "return np.asarray(decode(mean))"),
)
bank.wrong(
    M,
    "decoded ends mixed",
    says="decoded ends",
    code=walk(
        "mean, _ = encode(np.stack([first, second]))",
        "a, b = np.asarray(decode(mean))",
        "return np.linspace(a, b, n)",
    ),
)
bank.wrong(
    M,
    "backwards",
    says="backwards",
    swap=("np.linspace(start, end, n)", "np.linspace(end, start, n)"),
)
bank.wrong(
    M, "without the end", says="last", swap=("start, end, n)", "start, end, n, endpoint=False)")
)
bank.wrong(
    M,
    "one too many",
    says="shape",
    swap=("np.linspace(start, end, n)", "np.linspace(start, end, n + 1)"),
)
bank.wrong(
    M,
    "a sample for the mean",
    says="random",
    swap=(
        "    start, end = np.asarray(mean)",
        "    mean = np.asarray(mean) + np.exp(np.asarray(_) / 2) * np.random.normal(size=mean.shape)\n"
        "    start, end = mean",
    ),
)
bank.wrong(M, "the log variance", says="log variance", swap=("mean, _ =", "_, mean ="))
bank.wrong(
    M,
    "a picture without a batch",
    says="wants pictures",
    code=walk(
        "a, _ = encode(first)", "b, _ = encode(second)", "return decode(np.linspace(a, b, n))"
    ),
)
bank.wrong(
    M,
    "codes without a batch",
    says="wants codes",
    swap=(
        "return np.asarray(decode(np.linspace(start, end, n)))",
        "return np.stack([np.asarray(decode(z)) for z in np.linspace(start, end, n)])",
    ),
)
bank.wrong(
    M,
    "codes returned",
    says="shape",
    swap=("decode(np.linspace(start, end, n))", "np.linspace(start, end, n)"),
)
bank.wrong(M, "no return", says="return", swap=("return np", "result = np"))
bank.right(
    M,
    "step by step",
    code=walk(
        "a = np.asarray(encode(first[None])[0])",
        "b = np.asarray(encode(second[None])[0])",
        "pictures = []",
        "for i in range(n):",
        "    t = i / (n - 1)",
        "    pictures.append(np.asarray(decode((1 - t) * a + t * b))[0])",
        "return np.array(pictures)",
    ),
)
bank.right(
    M,
    "tensors",
    code=walk(
        "ends, _ = encode(np.stack([first, second]))",
        "ends = tf.cast(ends, 'float32')",
        "t = tf.linspace(0.0, 1.0, n)[:, None]",
        "return decode(ends[0] + t * (ends[1] - ends[0]))",
    ),
)
bank.right(
    M,
    "a list of pictures",
    swap=(
        "return np.asarray(decode(np.linspace(start, end, n)))",
        "return list(np.asarray(decode(np.linspace(start, end, num=n, axis=0))))",
    ),
)
