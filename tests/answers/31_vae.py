"""Answers to the exercises of lesson 31, right and wrong."""

from tests.bank import Bank

bank = Bank()

# kl_to_standard_normal
K = "kl_to_standard_normal"


def kl(body):
    """A cell with another body."""
    return f"def kl_to_standard_normal(mean, log_var):\n    {body}\n"


bank.wrong(K, "½ missing", says="½", swap=("0.5 * (ops", "(ops"))
bank.wrong(K, "averaged over the code", says="add up", swap=("ops.sum(each", "ops.mean(each"))
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
    says="as if it were σ",
    swap=("ops.exp(log_var)", "ops.square(ops.exp(log_var))"),
)
bank.wrong(K, "no exponential", says="exponential", swap=("ops.exp(log_var)", "log_var"))
bank.wrong(
    K,
    "log_var as σ",
    says="taken for σ",
    code=kl("return 0.5 * ops.sum(mean**2 + log_var**2 - 1 - ops.log(log_var**2), axis=1)"),
)
bank.wrong(K, "sign", says="sign", swap=("0.5 * (", "-0.5 * ("))
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
bank.wrong(K, "summed over everything", says="one number for everything", swap=(", axis=1", ""))
bank.wrong(
    K,
    "averaged over the batch",
    says="one number for everything",
    code=kl("return ops.mean(0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1))"),
)
bank.wrong(K, "summed over the batch", says="runs over the pictures", swap=("axis=1", "axis=0"))
bank.wrong(
    K,
    "not summed",
    says="sum over axis 1 is missing",
    code=kl("return 0.5 * (mean**2 + ops.exp(log_var) - 1 - log_var)"),
)
bank.wrong(
    K,
    "½ missing, and averaged",
    says="½ missing?; and averaged over",
    code=kl("return ops.mean(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)"),
)
bank.wrong(
    K, "log_var squared", says="log_var was squared;", swap=("ops.exp(log_var)", "log_var**2")
)
bank.wrong(
    K,
    "log_var taken for the variance",
    says="taken for the variance",
    code=kl("return 0.5 * ops.sum(mean**2 + log_var - 1 - ops.log(log_var), axis=1)"),
)
bank.wrong(
    K,
    "twice the σ, and the sign of it",
    says="log σ",
    code=kl("return -0.5 * ops.sum(mean**2 + ops.exp(2 * log_var) - 1 - 2 * log_var, axis=1)"),
)
bank.wrong(
    K,
    "the three latent dimensions of the example written in",
    says="KL term",
    code=kl("return 0.5 * (ops.sum(mean**2 + ops.exp(log_var) - log_var, axis=1) - 3)"),
)
bank.wrong(
    K,
    "64 written in",
    says="another size",
    code=kl(
        "each = ops.reshape(mean**2 + ops.exp(log_var) - 1 - log_var, (-1, 784))\n"
        "    return 0.5 * ops.sum(each, axis=1)"
    ),
)
bank.wrong(
    K,
    "only the first dimensions",
    says="KL term",
    code=kl(
        "each = mean**2 + ops.exp(log_var) - 1 - log_var\n"
        "    return 0.5 * ops.sum(each[:, :64], axis=1)"
    ),
)
bank.wrong(
    K,
    "log_var clipped from below",
    says="log_var = [[-20]] you get [4.625], expected [9.625]",
    swap=("variance = ", "log_var = ops.clip(log_var, -10, 10)\n    variance = "),
)
bank.wrong(
    K,
    "log_var clipped from above",
    says="KL term",
    swap=("variance = ", "log_var = ops.minimum(log_var, 10)\n    variance = "),
)
bank.wrong(K, "an axis too many", says="axis", swap=("axis=1", "axis=1, keepdims=True"))
bank.wrong(K, "a name misspelt", says="NameError", swap=("ops.exp(log_var)", "ops.exp(logvar)"))
bank.wrong(
    K,
    "a tensor changed in place",
    says="entry by entry",
    swap=("variance = ", "log_var[:] = 0\n    variance = "),
)
bank.wrong(
    K, "the function itself", says="call", swap=("return ops.sum(each, axis=1)", "return ops.sum")
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
bank.wrong(K, "no return", says="return", swap=("return ops", "result = ops"))
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
bank.wrong(R, "not scaled", says="not scaled", swap=("sigma * noise", "noise"))
bank.wrong(R, "mean forgotten", says="mean", swap=("mean + sigma", "sigma"))
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
    says="any size",
    swap=("ops.shape(mean)", "mean.shape"),
)
bank.wrong(R, "one ε for a code", says="own ε", swap=("ops.shape(mean)", "(ops.shape(mean)[0], 1)"))
bank.wrong(R, "one ε for all", says="whole batch", swap=("ops.shape(mean)", "()"))
bank.wrong(R, "uniform noise", says="is it uniform", swap=("random.normal", "random.uniform"))
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
    "NumPy's noise of a size that is known, frozen in training",
    says="frozen",
    code=sample(
        "noise = ops.convert_to_tensor(np.random.normal(size=(20_000, 100)).astype('float32'))\n"
        "    return mean + ops.exp(log_var / 2) * noise[: ops.shape(mean)[0], : mean.shape[1]]"
    ),
)
bank.wrong(
    R,
    "NumPy's noise, frozen in training",
    says="ops.shape",
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
        "sigma = ops.exp(0.5 * log_var)",
        "sigma = ops.stop_gradient(ops.exp(0.5 * log_var))",
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
bank.wrong(
    R, "the root of log_var", says="NaN", swap=("ops.exp(0.5 * log_var)", "ops.sqrt(log_var)")
)
bank.wrong(
    R,
    "the exponential squared",
    says="squared",
    swap=("ops.exp(0.5 * log_var)", "ops.exp(2 * log_var)"),
)
bank.wrong(
    R,
    "a generator made anew in each call",
    says="afresh",
    swap=("ops.shape(mean))", "ops.shape(mean), seed=keras.random.SeedGenerator(0))"),
)
bank.wrong(
    R,
    "the size of the lesson written in",
    says="do not fit",
    swap=("ops.shape(mean)", "(64, 64)"),
)
bank.wrong(
    R,
    "the same noise for both halves of the batch",
    says="same noise",
    code=sample(
        "n = ops.shape(mean)[0]\n"
        "    noise = keras.random.normal(((n + 1) // 2, mean.shape[1]))\n"
        "    noise = ops.concatenate([noise, -noise])[:n]\n"
        "    return mean + ops.exp(0.5 * log_var) * noise"
    ),
)
bank.wrong(
    R,
    "signs for noise",
    says="same noise",
    swap=("ops.shape(mean))", "ops.shape(mean))\n    noise = ops.sign(noise)"),
)
bank.wrong(
    R,
    "exp(σ)",
    says="exp(σ)",
    swap=("ops.exp(0.5 * log_var)", "ops.exp(ops.exp(0.5 * log_var))"),
)
bank.wrong(
    R,
    "the mean's noise, not the picture's",
    says="gradient",
    swap=("return mean + ", "return ops.stop_gradient(mean) + "),
)
bank.wrong(
    R,
    "the mean is scaled, too",
    says="means",
    swap=("mean + sigma * noise", "sigma * (mean + noise)"),
)
bank.wrong(
    R,
    "the noise only ever of the first row's shape",
    says="own ε",
    swap=(
        "noise = keras.random.normal(ops.shape(mean))",
        "noise = keras.random.normal(ops.shape(mean[:, :1]))",
    ),
)
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
    T,
    "averaged over pixels",
    says="averaged over the pixels",
    swap=("ops.sum(each_pixel", "ops.mean(each_pixel"),
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
    swap=("x * logits - ops.softplus(logits)", "ops.softplus(logits) - x * logits"),
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
    says="one number for everything",
    swap=("ops.sum(each_pixel, axis=1)", "ops.sum(each_pixel)"),
)
bank.wrong(
    T,
    "KL subtracted already",
    says="apart",
    swap=("return log_likelihood, kl", "return log_likelihood - kl, kl"),
)
bank.wrong(T, "KL with the wrong sign", says="sign", swap=("kl = kl_to", "kl = -kl_to"))
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
    "the terms exchanged",
    says="exchanged",
    swap=("return log_likelihood, kl", "return kl, log_likelihood"),
)
bank.wrong(
    T,
    "a small number added to the probability",
    says="far-off",
    code=terms(
        "p = ops.sigmoid(logits)",
        "each = x * ops.log(p + 1e-8) + (1 - x) * ops.log(1 - p + 1e-8)",
        "return ops.sum(each, axis=1), kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "averaged, and with the sign of the cross-entropy",
    says="averaged over the pixels; in nats they add up; and the sign",
    code=terms(
        "return keras.losses.binary_crossentropy(x, logits, from_logits=True), "
        "kl_to_standard_normal(mean, log_var)"
    ),
)
bank.wrong(
    T,
    "784 times the mean",
    says="log p",
    code=terms(
        "loss = keras.losses.binary_crossentropy(x, logits, from_logits=True)",
        "return -784 * loss, kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "784 written in",
    says="another size",
    code=terms(
        "each = ops.reshape(x * logits - ops.softplus(logits), (-1, 784))",
        "return ops.sum(each, axis=1), kl_to_standard_normal(mean, log_var)",
    ),
)
bank.wrong(
    T,
    "the KL averaged over the latent dimensions",
    says="averaged over the k",
    code=terms(
        "kl = 0.5 * ops.mean(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)",
        "return ops.sum(x * logits - ops.softplus(logits), axis=1), kl",
    ),
)
bank.wrong(
    T,
    "the KL of the whole batch",
    says="one number for everything",
    swap=(
        "kl = kl_to_standard_normal(mean, log_var)",
        "kl = ops.sum(kl_to_standard_normal(mean, log_var))",
    ),
)
bank.wrong(
    T,
    "exp overflows",
    says="softplus",
    swap=("ops.softplus(logits)", "ops.log(1 + ops.exp(logits))"),
)
bank.wrong(
    T,
    "the sigmoid twice",
    says="twice",
    swap=("    each_pixel = ", "    logits = ops.sigmoid(logits)\n    each_pixel = "),
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
    says="no tensor",
    code=terms(
        "m, v = np.asarray(mean), np.asarray(log_var)",
        "price = 0.5 * np.sum(m**2 + np.exp(v) - 1 - v, axis=1)",
        "return ops.sum(x * logits - ops.softplus(logits), axis=1), price",
    ),
)
bank.wrong(
    T,
    "the KL through NumPy and back to a tensor",
    says="no gradient gets through",
    code=terms(
        "m, v = np.asarray(mean), np.asarray(log_var)",
        "price = ops.convert_to_tensor(0.5 * np.sum(m**2 + np.exp(v) - 1 - v, axis=1))",
        "return ops.sum(x * logits - ops.softplus(logits), axis=1), price",
    ),
)
bank.wrong(
    T,
    "the KL cut off from the encoder's mean",
    says="no gradient gets through",
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
    says="KL term is missing",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(-log_likelihood)"),
)
bank.wrong(
    S, "up the slope", says="up the slope", swap=("kl - log_likelihood)", "log_likelihood - kl)")
)
bank.wrong(
    S,
    "KL subtracted",
    says="KL term has the wrong sign",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(-kl - log_likelihood)"),
)
bank.wrong(
    S,
    "log-likelihood added",
    says="log-likelihood has the wrong sign",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(kl + log_likelihood)"),
)
bank.wrong(S, "summed over the batch", says="summed", swap=("loss = ops.mean", "loss = ops.sum"))
bank.wrong(S, "mean decoded", says="decode a sample", swap=("self.sample(mean, log_var)", "mean"))
bank.wrong(
    S,
    "averaged over pixels",
    says="averaged over the pixels",
    swap=("kl - log_likelihood)", "kl - log_likelihood / x.shape[1])"),
)
bank.wrong(
    S,
    "KL summed over the batch",
    says="KL term is summed",
    swap=("ops.mean(kl - log_likelihood)", "ops.sum(kl) - ops.mean(log_likelihood)"),
)
bank.wrong(S, "KL halved", says="halved", swap=("kl - log", "0.5 * kl - log"))
bank.wrong(
    S,
    "not applied",
    says="moved",
    swap=(
        "self.optimizer.apply_gradients(zip(gradients, variables, strict=True))",
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
    says="weights of self.terms",
    swap=(
        "variables = self.trainable_variables",
        "variables = self.encoder.trainable_variables + self.decoder.trainable_variables",
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
    swap=("self.sample(mean, log_var)", "self.sample(mean, 2 * log_var)"),
)
bank.wrong(
    S,
    "total is not the sum of its parts",
    says="returned loss: the KL term is missing",
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
    "arguments of the terms exchanged",
    says="step",
    swap=("self.terms(x, decoded,", "self.terms(decoded, x,"),
)
bank.wrong(
    S,
    "KL term missing, and summed over the batch",
    says="summed",
    swap=("ops.mean(kl - log_likelihood)", "-ops.sum(log_likelihood)"),
)
bank.wrong(
    S,
    "the lesson's functions in place of self's",
    says="self.terms",
    swap=("self.terms(x, decoded,", "elbo_terms(x, decoded,"),
)
bank.wrong(
    S,
    "the lesson's sample in place of self's",
    says="self.sample",
    swap=("self.sample(mean, log_var)", "reparameterise(mean, log_var)"),
)
bank.wrong(
    S,
    "two steps for one",
    says="step",
    swap=(
        '        return {"loss": loss',
        "        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))\n"
        '        return {"loss": loss',
    ),
)
bank.wrong(
    S,
    "gradients clipped",
    says="step",
    swap=(
        "gradients = tape.gradient(loss, variables)",
        "gradients = [tf.clip_by_value(g, -0.01, 0.01) for g in tape.gradient(loss, variables)]",
    ),
)
bank.wrong(
    S,
    "no tape",
    says="tape",
    swap=("with tf.GradientTape() as tape:", "if True:"),
)
bank.wrong(
    S,
    "the KL term doubled",
    says="doubled",
    swap=("kl - log_likelihood)", "2 * kl - log_likelihood)"),
)
bank.wrong(
    S,
    "summed over the batch, and up the slope",
    says="summed over the batch",
    swap=("loss = ops.mean(kl - log_likelihood)", "loss = ops.sum(kl + log_likelihood)"),
)
bank.wrong(
    S,
    "log_likelihood summed in what is returned",
    says="summed over the batch",
    swap=('"log_likelihood": ops.mean(', '"log_likelihood": ops.sum('),
)
bank.right(
    S,
    "the loss computed again from the means",
    swap=(
        '        return {"loss": loss',
        '        loss = ops.mean(kl) - ops.mean(log_likelihood)\n        return {"loss": loss',
    ),
)
bank.wrong(
    S,
    "the loss outside the tape",
    says="gradient",
    swap=(
        "            loss = ops.mean(kl - log_likelihood)",
        "        loss = ops.mean(kl - log_likelihood)",
    ),
)
bank.wrong(
    S,
    "the decoder gets the terms' arguments exchanged",
    says="step",
    swap=("self.terms(x, decoded, mean, log_var)", "self.terms(x, decoded, log_var, mean)"),
)
bank.wrong(
    S,
    "the sample's arguments exchanged",
    says="step",
    swap=("self.sample(mean, log_var)", "self.sample(log_var, mean)"),
)
bank.wrong(
    S,
    "the terms exchanged",
    says="step",
    swap=("log_likelihood, kl = self.terms", "kl, log_likelihood = self.terms"),
)
bank.wrong(
    S,
    "a key misspelt",
    says="log_likelihood",
    swap=('"log_likelihood": ops', '"loglik": ops'),
)
bank.wrong(
    S,
    "the exponential taken in encode",
    says="exponential",
    swap=("return mean, log_var", "return mean, ops.exp(log_var)"),
)
bank.wrong(
    S,
    "64 written in",
    says="whatever its size",
    swap=("ops.split(both, 2, axis=1)", "both[:, :64], both[:, 64:]"),
)
bank.wrong(
    S,
    "split along the batch",
    says="encode",
    swap=("ops.split(both, 2, axis=1)", "ops.split(both, 2, axis=0)"),
)
bank.wrong(
    S,
    "numbers taken out of the tensors",
    says="compiles it",
    swap=(
        "loss = ops.mean(kl - log_likelihood)",
        "loss = ops.mean(kl - log_likelihood)\n            float(loss)",
    ),
)
bank.wrong(
    S, "halves exchanged", says="exchanged", swap=("return mean, log_var", "return log_var, mean")
)
bank.wrong(
    S,
    "every second column",
    says="halves",
    swap=("ops.split(both, 2, axis=1)", "both[:, ::2], both[:, 1::2]"),
)
bank.wrong(S, "encode without return", says="return", swap=("return mean, log_var", "pass"))
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
    "optimizer.apply",
    swap=(
        "self.optimizer.apply_gradients(zip(gradients, variables, strict=True))",
        "self.optimizer.apply(gradients, variables)",
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
bank.right(
    S,
    "the sample and the terms without self",
    swap=(
        "self.decoder(self.sample(mean, log_var))",
        "self.decoder(self.sample(mean, log_var), training=True)",
    ),
)

# draw_from_prior
D = "draw_from_prior"


def prior(*lines):
    """A cell with another body."""
    return "def draw_from_prior(decoder, n, latent_dim, seed):\n" + "".join(
        f"    {v}\n" for v in lines
    )


bank.wrong(D, "logits", says="logits", swap=("ops.sigmoid(logits)", "logits"))
bank.wrong(
    D,
    "sigmoid twice",
    says="twice",
    swap=("ops.sigmoid(logits)", "ops.sigmoid(ops.sigmoid(logits))"),
)
bank.wrong(
    D,
    "twice the spread",
    says="standard deviation 2",
    swap=("rng.normal(size", "rng.normal(0, 2, size"),
)
bank.wrong(D, "a shifted mean", says="mean 1", swap=("rng.normal(size", "rng.normal(1, 1, size"))
bank.wrong(
    D,
    "one number of noise for all latent dimensions",
    says="repeated",
    swap=("rng.normal(size=(n, latent_dim))", "np.tile(rng.normal(size=(n, 1)), (1, latent_dim))"),
)
bank.wrong(
    D,
    "each code twice, with both signs",
    says="repeated",
    swap=(
        "rng.normal(size=(n, latent_dim))",
        "np.concatenate([z := rng.normal(size=((n + 1) // 2, latent_dim)), -z])[:n]",
    ),
)
bank.wrong(
    D,
    "a truncated normal",
    says="standard deviation 0.8",
    code=prior(
        "codes = keras.random.truncated_normal((n, latent_dim), seed=seed)",
        "return ops.reshape(ops.sigmoid(decoder(codes)), (n, 28, 28))",
    ),
)
bank.wrong(
    D,
    "no argument used",
    says="shape",
    code=prior(
        "codes = np.random.default_rng(1).normal(size=(20, 64)).astype('float32')",
        "return ops.reshape(ops.sigmoid(decoder(codes)), (20, 28, 28))",
    ),
)
bank.wrong(
    D,
    "codes not decoded",
    says="shape",
    code=prior("return np.random.default_rng(seed).normal(size=(n, latent_dim))"),
)
bank.wrong(
    D,
    "codes of the wrong orientation",
    says="shape",
    swap=("size=(n, latent_dim)", "size=(latent_dim, n)"),
)
bank.wrong(
    D,
    "stretched to the range from 0 to 1",
    says="no latent code",
    swap=(
        "ops.sigmoid(logits)",
        "(logits - ops.min(logits)) / (ops.max(logits) - ops.min(logits))",
    ),
)
bank.wrong(
    D,
    "the mean code for all",
    says="no latent code",
    swap=("ops.sigmoid(logits)", "ops.softmax(logits)"),
)
bank.wrong(
    D,
    "the size of the lesson written in",
    says="shape",
    swap=(".reshape(n, 28, 28)", ".reshape(20, 28, 28)"),
)
bank.wrong(D, "uniform codes", says="standard normal", swap=("rng.normal(size", "rng.uniform(size"))
bank.wrong(
    D, "uniform codes of the right spread", says="standard normal",
    swap=("rng.normal(size=(n, latent_dim))", "rng.uniform(-(3**0.5), 3**0.5, size=(n, latent_dim))"),
)  # fmt: skip
bank.wrong(D, "a fixed seed", says="another seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(
    D,
    "Keras's noise without the seed",
    says="default_rng(seed)",
    code="def draw_from_prior(decoder, n, latent_dim, seed):\n"
    "    codes = keras.random.normal((n, latent_dim))\n"
    "    return np.asarray(ops.sigmoid(decoder(codes))).reshape(n, 28, 28)\n",
)
bank.wrong(D, "no seed", says="same seed", swap=("default_rng(seed)", "default_rng()"))
bank.wrong(
    D,
    "one code for all",
    says="shape",
    swap=("size=(n, latent_dim)", "size=(1, latent_dim)"),
)
bank.wrong(
    D, "one code repeated", says="repeated",
    swap=("rng.normal(size=(n, latent_dim))", "np.tile(rng.normal(size=(1, latent_dim)), (n, 1))"),
)  # fmt: skip
bank.wrong(
    D, "not reshaped", says="shape", swap=("probabilities.reshape(n, 28, 28)", "probabilities")
)
bank.wrong(
    D,
    "thresholded",
    says="black and white",
    swap=("np.asarray(ops.sigmoid(logits))", "np.asarray(logits) > 0"),
)
bank.wrong(
    D,
    "transposed",
    says="rows and columns",
    swap=(".reshape(n, 28, 28)", ".reshape(n, 28, 28).swapaxes(1, 2)"),
)
bank.wrong(D, "twenty written in", says="shape", swap=("size=(n,", "size=(20,"))
bank.wrong(D, "64 written in", says="shape", swap=("latent_dim)).astype", "64)).astype"))
bank.wrong(D, "no return", says="return", swap=("return probabilities", "result = probabilities"))
bank.right(
    D,
    "Keras's noise",
    code=prior(
        "codes = keras.random.normal((n, latent_dim), seed=seed)",
        "return ops.reshape(ops.sigmoid(decoder(codes)), (-1, 28, 28))",
    ),
)
bank.right(
    D,
    "the lesson's own function",
    code=prior(
        "codes = np.random.default_rng(seed).normal(size=(n, latent_dim))",
        "return decode(decoder, codes.astype('float32'))",
    ),
)
bank.right(
    D,
    "Keras's predict",
    code=prior(
        "codes = np.random.default_rng(seed).normal(size=(n, latent_dim))",
        "logits = decoder.predict(codes, verbose=0)",
        "return expit(logits).reshape(-1, 28, 28)",
    ),
)
bank.right(
    D,
    "Keras's seed",
    code=prior(
        "keras.utils.set_random_seed(seed)",
        "codes = tf.random.normal((n, latent_dim))",
        "return tf.reshape(tf.sigmoid(decoder(codes)), (n, 28, 28))",
    ),
)
bank.right(
    D,
    "one at a time",
    code=prior(
        "rng, pictures = np.random.default_rng(seed), []",
        "for _ in range(n):",
        "    z = rng.standard_normal((1, latent_dim)).astype('float32')",
        "    pictures.append(expit(np.asarray(decoder(z))).reshape(28, 28))",
        "return np.array(pictures)",
    ),
)
bank.right(
    D,
    "NumPy's former way",
    code=prior(
        "np.random.seed(seed)",
        "a = np.asarray(decoder(np.random.randn(n, latent_dim)))",
        "return (1 / (1 + np.exp(-a))).reshape((n, 28, 28))",
    ),
)

# walk
M = "walk"


def way(*lines):
    """A cell with another body."""
    return "def walk(encode, decode, first, second, n):\n" + "".join(f"    {v}\n" for v in lines)


bank.wrong(
    M,
    "the pair is not unpacked",
    says="gives a pair",
    code=way("both = encode(np.stack([first, second]))", "return decode(np.linspace(*both, n))"),
)
bank.wrong(M, "a cross-fade", says="cross-fade", code=way("return np.linspace(first, second, n)"))
bank.wrong(
    M,
    "pictures mixed before encoding",
    says="before encoding",
    code=way("mean, _ = encode(np.linspace(first, second, n))", "return np.asarray(decode(mean))"),
)
bank.wrong(
    M,
    "decoded ends mixed",
    says="decoded ends",
    code=way(
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
    code=way(
        "a, _ = encode(first)", "b, _ = encode(second)", "return decode(np.linspace(a, b, n))"
    ),
)
bank.wrong(
    M,
    "codes without a batch",
    says="wants latent codes",
    swap=("np.asarray(decode(codes))", "np.stack([np.asarray(decode(z)) for z in codes])"),
)
bank.wrong(
    M,
    "codes returned",
    says="decode them",
    swap=("np.asarray(decode(codes))", "codes"),
)
bank.wrong(M, "no return", says="return", swap=("return np", "result = np"))
bank.wrong(
    M,
    "ten steps written in",
    says="shape",
    swap=("np.linspace(start, end, n)", "np.linspace(start, end, 10)"),
)
bank.wrong(
    M,
    "784 written in",
    says="another size",
    swap=("both = np.stack([first, second])", "both = np.stack([first, second]).reshape(2, 784)"),
)
bank.wrong(
    M,
    "pictures of 28 by 28",
    says="another size",
    swap=("np.asarray(decode(codes))", "np.asarray(decode(codes)).reshape(n, 28, 28)"),
)
bank.wrong(
    M,
    "a step of 1 / n",
    says="last",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "t = np.arange(n)[:, None] / n",
        "return np.asarray(decode(a + t * (b - a)))",
    ),
)
bank.wrong(
    M,
    "a quarter circle in place of the line",
    says="straight line",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "t = np.linspace(0, np.pi / 2, n)[:, None]",
        "return np.asarray(decode(np.cos(t) * a + np.sin(t) * b))",
    ),
)
bank.wrong(
    M,
    "both results of encode taken for the code",
    says="wants latent codes",
    code=way(
        "both = np.concatenate(encode(np.stack([first, second])), axis=1)",
        "return np.asarray(decode(np.linspace(both[0], both[1], n)))",
    ),
)
bank.wrong(
    M,
    "a picture changed in place",
    says="in place",
    swap=("    both = ", "    first -= first.mean()\n    both = "),
)
bank.wrong(
    M,
    "one code for each picture of the walk, drawn at random",
    says="random",
    code=way(
        "mean, _ = encode(np.stack([first, second]))",
        "a, b = np.asarray(mean)",
        "t = np.random.random((n, 1))",
        "return np.asarray(decode(a + t * (b - a)))",
    ),
)
bank.right(
    M,
    "step by step",
    code=way(
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
    code=way(
        "ends, _ = encode(np.stack([first, second]))",
        "ends = tf.cast(ends, 'float32')",
        "t = tf.linspace(0.0, 1.0, n)[:, None]",
        "return decode(ends[0] + t * (ends[1] - ends[0]))",
    ),
)
bank.right(
    M,
    "a list of pictures",
    swap=("return np.asarray(decode(codes))", "return list(np.asarray(decode(codes)))"),
)

bank.wrong(
    "elbo_terms",
    "softplus of -a",
    says="was given -a",
    swap=("ops.softplus(logits)", "ops.softplus(-logits)"),
)
bank.wrong(
    "elbo_terms",
    "the logarithm forgotten",
    says="is missing",
    swap=("x * logits - ops.softplus(logits)", "x * logits"),
)
bank.wrong(
    "elbo_terms",
    "logarithms of logits",
    says="no probabilities",
    swap=(
        "x * logits - ops.softplus(logits)",
        "x * ops.log(logits) + (1 - x) * ops.log(1 - logits)",
    ),
)
bank.wrong(
    "train_step",
    "encode outside the tape",
    says="inside the tape",
    swap=(
        "with tf.GradientTape() as tape:\n            mean, log_var = self.encode(x)",
        "mean, log_var = self.encode(x)\n        with tf.GradientTape() as tape:",
    ),
)
bank.wrong(
    "train_step",
    "the two terms exchanged",
    says="gives first",
    swap=("log_likelihood, kl = self.terms", "kl, log_likelihood = self.terms"),
)
bank.wrong(
    "walk",
    "an axis left on the mean",
    says="row 0",
    code=way(
        "a, b = encode(first[None])[0], encode(second[None])[0]",
        "return decode(np.linspace(a, b, n))",
    ),
)
bank.right(
    "walk",
    "a sample with a variance of 0",
    code=way(
        "mean, _ = encode(np.stack([first, second]))",
        "t = np.linspace(0, 1, n).astype('float32')[:, None]",
        "return decode(np.asarray(mean)[0] * (1 - t) + np.asarray(mean)[1] * t)",
    ),
)

# kl_to_standard_normal: parts lost, halved, or with another sign
bank.wrong(
    K,
    "½ before the mean alone",
    says="mean alone",
    swap=(
        "ops.square(mean) + variance - 1 - log_var",
        "ops.square(mean) + 2 * (variance - 1 - log_var)",
    ),
)
bank.wrong(
    K,
    "½ before all but log_var",
    says="log_var has no ½",
    swap=(
        "ops.square(mean) + variance - 1 - log_var",
        "ops.square(mean) + variance - 1 - 2 * log_var",
    ),
)
bank.wrong(
    K,
    "the sign of the variance",
    says="sign of the variance",
    swap=("ops.square(mean) + variance - 1 - log_var", "ops.square(mean) - variance - 1 - log_var"),
)
bank.wrong(
    K,
    "the sign of the square",
    says="mean's square is wrong",
    swap=(
        "ops.square(mean) + variance - 1 - log_var",
        "-ops.square(mean) + variance - 1 - log_var",
    ),
)
bank.wrong(
    K,
    "+1",
    says="+1 where",
    swap=("ops.square(mean) + variance - 1 - log_var", "ops.square(mean) + variance + 1 - log_var"),
)
bank.wrong(
    K,
    "log σ for log σ²",
    says="log σ stands",
    swap=(
        "ops.square(mean) + variance - 1 - log_var",
        "ops.square(mean) + variance - 1 - 0.5 * log_var",
    ),
)
bank.wrong(
    K,
    "the mean's size",
    says="mean's size",
    swap=("ops.square(mean) + variance - 1 - log_var", "ops.abs(mean) + variance - 1 - log_var"),
)
bank.wrong(
    K,
    "the mean forgotten",
    says="mean is missing",
    swap=("ops.square(mean) + variance - 1 - log_var", "variance - 1 - log_var"),
)
bank.wrong(
    K,
    "the variance forgotten",
    says="variance is missing",
    swap=("ops.square(mean) + variance - 1 - log_var", "ops.square(mean) - 1 - log_var"),
)
bank.wrong(
    K,
    "the logarithm forgotten",
    says="log σ² is missing",
    swap=("ops.square(mean) + variance - 1 - log_var", "ops.square(mean) + variance - 1"),
)
bank.wrong(
    K,
    "bits",
    says="bits",
    swap=("return ops.sum(each, axis=1)", "return ops.sum(each, axis=1) / np.log(2)"),
)
bank.wrong(
    K,
    "the two arguments exchanged",
    says="swapped",
    swap=("variance = ", "mean, log_var = log_var, mean\n    variance = "),
)
bank.wrong(
    K,
    "summed before it is squared",
    says="added before",
    swap=(
        "return ops.sum(each, axis=1)",
        "return ops.sum(each - mean**2 / 2, axis=1) + ops.sum(mean, axis=1) ** 2 / 2",
    ),
)
bank.wrong(
    K,
    "three slips",
    says="wrong sign; and averaged",
    code=kl("return -ops.mean(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)"),
)
bank.wrong(
    K,
    "two rows written in",
    says="shape",
    code=kl(
        "return ops.stack([0.5 * ops.sum(mean[i] ** 2 + ops.exp(log_var[i]) - 1 - log_var[i]) for i in range(2)])"
    ),
)
bank.wrong(
    K,
    "free bits",
    says="you get [0.5], expected [0]",
    swap=("return ops.sum(each, axis=1)", "return ops.maximum(ops.sum(each, axis=1), 0.5)"),
)
bank.right(
    K,
    "float64 inside",
    swap=(
        "variance = ",
        'mean, log_var = ops.cast(mean, "float64"), ops.cast(log_var, "float64")\n    variance = ',
    ),
)
bank.right(
    K,
    "expm1 and einsum",
    code=kl(
        'return 0.5 * (ops.einsum("nk,nk->n", mean, mean) + ops.sum(ops.expm1(log_var) - log_var, axis=-1))'
    ),
)
bank.right(
    K,
    "row by row, none where there is no row",
    code=kl(
        "return tf.map_fn(lambda p: 0.5 * tf.reduce_sum(p[0] ** 2 + tf.exp(p[1]) - 1 - p[1]), (mean, log_var), fn_output_signature=tf.float32)"
    ),
)
bank.right(
    K,
    "cross-entropy less entropy",
    code=kl(
        "return ops.sum(mean**2 + ops.exp(log_var), axis=1) / 2 - (mean.shape[1] + ops.sum(log_var, axis=1)) / 2"
    ),
)

# reparameterise: noise of another spread or mean
bank.wrong(
    R,
    "σ added",
    says="means are too large by σ",
    swap=("mean + sigma * noise", "mean + sigma + noise"),
)
bank.wrong(
    R,
    "noise of mean 1",
    says="noise has the mean 1",
    swap=("ops.shape(mean))", "ops.shape(mean), mean=1.0)"),
)
bank.wrong(
    R,
    "the mean subtracted",
    says="sign of the mean",
    swap=("mean + sigma * noise", "sigma * noise - mean"),
)
bank.wrong(
    R,
    "truncated noise",
    says="standard deviation 0.88",
    swap=("random.normal", "random.truncated_normal"),
)
bank.wrong(
    R,
    "ten noises averaged",
    says="standard deviation 0.32",
    swap=(
        "keras.random.normal(ops.shape(mean))",
        "ops.mean(keras.random.normal((10, *ops.shape(mean))), axis=0)",
    ),
)
bank.wrong(R, "softplus", says="softplus", swap=("ops.exp(0.5 * log_var)", "ops.softplus(log_var)"))
bank.wrong(
    R,
    "a bracket closed too early",
    says="outside",
    swap=("ops.exp(0.5 * log_var)", "ops.exp(0.5) * log_var"),
)
bank.wrong(
    R,
    "the root of σ",
    says="root was taken twice",
    swap=("ops.exp(0.5 * log_var)", "ops.sqrt(ops.exp(0.5 * log_var))"),
)
bank.wrong(
    R,
    "one σ for all dimensions",
    says="same σ",
    swap=("0.5 * log_var)", "0.5 * ops.mean(log_var, axis=1, keepdims=True))"),
)
bank.wrong(
    R,
    "the mean of the batch",
    says="whole batch",
    swap=("return mean", "return ops.mean(mean, axis=0)"),
)
bank.wrong(
    R,
    "a layer made in each call",
    says="outside the function",
    swap=(
        "keras.random.normal(ops.shape(mean))",
        "layers.GaussianNoise(1.0)(ops.zeros_like(mean), training=True)",
    ),
)
bank.wrong(
    R,
    "a layer of noise that only trains",
    says="no noise",
    swap=(
        "keras.random.normal(ops.shape(mean))",
        "layers.GaussianNoise(1.0)(ops.zeros_like(mean))",
    ),
)
bank.right(
    R,
    "Keras scales and shifts",
    code=sample(
        "return keras.random.normal(ops.shape(mean), mean=mean, stddev=ops.exp(log_var / 2))"
    ),
)
bank.right(
    R,
    "a layer made once",
    code="class Sampling(layers.Layer):\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        self.seed_generator = keras.random.SeedGenerator(1337)\n\n"
    "    def call(self, inputs):\n"
    "        mean, log_var = inputs\n"
    "        epsilon = keras.random.normal(ops.shape(mean), seed=self.seed_generator)\n"
    "        return mean + ops.exp(0.5 * log_var) * epsilon\n\n\n"
    "sampling = Sampling()\n\n\n"
    "def reparameterise(mean, log_var):\n"
    "    return sampling([mean, log_var])\n",
)
bank.right(
    R,
    "quantiles of uniform noise",
    code=sample(
        "u = keras.random.uniform(ops.shape(mean), 1e-7, 1 - 1e-7)\n    return mean + ops.exp(log_var / 2) * np.float32(2**0.5) * tf.math.erfinv(2 * u - 1)"
    ),
)

# elbo_terms
bank.wrong(
    T,
    "softplus added",
    says="sign before log(1",
    swap=("x * logits - ops.softplus(logits)", "x * logits + ops.softplus(logits)"),
)
bank.wrong(
    T,
    "softplus of x",
    says="x and logits are exchanged",
    swap=("x * logits - ops.softplus(logits)", "x * logits - ops.softplus(x)"),
)
bank.wrong(
    T,
    "x without its logit",
    says="x·a",
    swap=("x * logits - ops.softplus(logits)", "x - ops.softplus(logits)"),
)
bank.wrong(
    T,
    "paper subtracted",
    says="add up",
    swap=(
        "x * logits - ops.softplus(logits)",
        "x * ops.log_sigmoid(logits) - (1 - x) * ops.log_sigmoid(-logits)",
    ),
)
bank.wrong(
    T,
    "log p for paper, too",
    says="log(1 - p)",
    swap=(
        "x * logits - ops.softplus(logits)",
        "x * ops.log_sigmoid(logits) + (1 - x) * ops.log_sigmoid(logits)",
    ),
)
bank.wrong(
    T,
    "no logarithm",
    says="logarithm of the probabilities",
    swap=(
        "x * logits - ops.softplus(logits)",
        "x * ops.sigmoid(logits) + (1 - x) * ops.sigmoid(-logits)",
    ),
)
bank.wrong(
    T,
    "softmax",
    says="softmax",
    swap=("x * logits - ops.softplus(logits)", "x * ops.log_softmax(logits, axis=1)"),
)
bank.wrong(
    T,
    "squared error of logits",
    says="squared error of the logits",
    swap=("x * logits - ops.softplus(logits)", "-ops.square(x - logits)"),
)
bank.wrong(
    T,
    "a half in front",
    says="half of what",
    swap=("x * logits - ops.softplus(logits)", "0.5 * (x * logits - ops.softplus(logits))"),
)
bank.wrong(
    T,
    "the probability itself",
    says="return its logarithm",
    swap=("return log_likelihood", "return ops.exp(log_likelihood)"),
)
bank.wrong(
    T,
    "Keras's loss of logits as probabilities",
    says="averaged over the pixels; in nats they add up; and the sign is that of the loss; and the logits",
    swap=("ops.sum(each_pixel, axis=1)", "keras.losses.binary_crossentropy(x, logits)"),
)
bank.wrong(
    T,
    "logits clipped",
    says="far-off",
    swap=("    each_pixel = ", "    logits = ops.clip(logits, -15, 15)\n    each_pixel = "),
)
bank.wrong(T, "the KL halved", says="half as much", swap=("kl = kl_to", "kl = 0.5 * kl_to"))
bank.wrong(
    T,
    "the KL of half the log variance",
    says="log_var was halved",
    swap=("(mean, log_var)\n", "(mean, 0.5 * log_var)\n"),
)
bank.wrong(
    T,
    "the KL of the variance",
    says="variance was given",
    swap=("(mean, log_var)\n", "(mean, ops.exp(log_var))\n"),
)
bank.right(
    T,
    "ink and paper by the sign",
    swap=("x * logits - ops.softplus(logits)", "-ops.softplus((1 - 2 * x) * logits)"),
)
bank.right(
    T,
    "Keras's loss of a sigmoid, whose logits Keras knows",
    swap=(
        "ops.sum(each_pixel, axis=1)",
        "-x.shape[1] * keras.losses.binary_crossentropy(x, ops.sigmoid(logits))",
    ),
)
bank.right(
    T,
    "the stable form by hand",
    swap=(
        "x * logits - ops.softplus(logits)",
        "x * logits - ops.relu(logits) - ops.log1p(ops.exp(-ops.abs(logits)))",
    ),
)
bank.right(
    T,
    "float64 inside",
    swap=(
        "    each_pixel = ",
        '    x, logits = ops.cast(x, "float64"), ops.cast(logits, "float64")\n    each_pixel = ',
    ),
)

# train_step
bank.wrong(
    S,
    "a sample drawn, the mean decoded",
    says="mean is decoded",
    swap=(
        "decoded = self.decoder(self.sample(mean, log_var))",
        "z = self.sample(mean, log_var)\n            decoded = self.decoder(mean + 0 * ops.stop_gradient(z))",
    ),
)
bank.wrong(
    S,
    "no gradient through the sample",
    says="through the sample",
    swap=(
        "decoded = self.decoder(self.sample(mean, log_var))",
        "decoded = self.decoder(ops.stop_gradient(self.sample(mean, log_var)))",
    ),
)
bank.wrong(
    S,
    "a sigmoid behind the decoder",
    says="went through a sigmoid",
    swap=(
        "decoded = self.decoder(self.sample(mean, log_var))",
        "decoded = ops.sigmoid(self.decoder(self.sample(mean, log_var)))",
    ),
)
bank.wrong(
    S,
    "the variance for the sample",
    says="given the variance",
    swap=("self.sample(mean, log_var)", "self.sample(mean, ops.exp(log_var))"),
)
bank.wrong(
    S,
    "averaged over the pixels, both terms",
    says="averaged over the pixels, too",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(kl - log_likelihood) / x.shape[1]"),
)
bank.wrong(
    S,
    "the KL by the number of pixels",
    says="number of pixels",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(kl / x.shape[1] - log_likelihood)"),
)
bank.wrong(
    S,
    "the KL by the latent dimension",
    says="latent dimension",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(kl / mean.shape[1] - log_likelihood)"),
)
bank.wrong(
    S,
    "a batch of 64 written in",
    says="times as long",
    swap=("ops.mean(kl - log_likelihood)", "ops.sum(kl - log_likelihood) / 64"),
)
bank.wrong(
    S,
    "only the first picture",
    says="first picture",
    swap=("        with tf", "        x = x[:1]\n        with tf"),
)
bank.wrong(
    S,
    "the size of the log-likelihood",
    says="wrong sign in the loss",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(kl) + ops.abs(ops.mean(log_likelihood))"),
)
bank.wrong(
    S,
    "an optimizer of one's own",
    says="without self.optimizer",
    swap=("self.optimizer.apply_gradients", "keras.optimizers.Adam(1e-3).apply_gradients"),
)
bank.wrong(
    S,
    "the pairs turned round",
    says="in this order",
    swap=("zip(gradients, variables, strict=True)", "zip(variables, gradients, strict=True)"),
)
bank.wrong(
    S,
    "labels expected",
    says="more or fewer values",
    swap=("        with tf", "        x, y = x\n        with tf"),
)
bank.wrong(
    S,
    "log_likelihood averaged over the pixels in what is returned",
    says="averaged over the pixels",
    swap=('ops.mean(log_likelihood), "kl"', 'ops.mean(log_likelihood) / x.shape[1], "kl"'),
)
bank.wrong(
    S,
    "encode gives the standard deviation",
    says="standard deviation",
    swap=("return mean, log_var", "return mean, ops.exp(0.5 * log_var)"),
)
bank.wrong(
    S,
    "encode takes a logarithm",
    says="logarithms already",
    swap=("return mean, log_var", "return mean, ops.log(log_var)"),
)
bank.wrong(
    S,
    "encode with softplus",
    says="softplus",
    swap=("return mean, log_var", "return mean, ops.softplus(log_var)"),
)
bank.wrong(
    S,
    "encode exchanged, with an exponential",
    says="exchanged; and the exponential",
    swap=("return mean, log_var", "return ops.exp(log_var), mean"),
)
bank.wrong(
    S,
    "encode through NumPy",
    says="no NumPy",
    swap=("both = self.encoder(x)", "both = np.asarray(self.encoder(x))"),
)
bank.wrong(
    S,
    "encode gives the encoder's answer twice",
    says="first half",
    swap=("return mean, log_var", "return both, both"),
)
bank.right(
    S,
    "arguments by name",
    swap=("self.sample(mean, log_var)", "self.sample(mean=mean, log_var=log_var)"),
)
bank.right(
    S,
    "reshaped",
    swap=(
        "mean, log_var = ops.split(both, 2, axis=1)",
        "both = ops.reshape(both, (ops.shape(x)[0], 2, -1))\n        mean, log_var = both[:, 0], both[:, 1]",
    ),
)
# draw_from_prior
bank.wrong(
    D,
    "paper for ink",
    says="of paper",
    swap=("np.asarray(ops.sigmoid(logits))", "1 - np.asarray(ops.sigmoid(logits))"),
)
bank.wrong(
    D,
    "1 / (1 + exp(a))",
    says="of paper",
    swap=("np.asarray(ops.sigmoid(logits))", "1 / (1 + np.exp(np.asarray(logits)))"),
)
bank.wrong(
    D,
    "tanh brought between 0 and 1",
    says="twice the logits",
    swap=("np.asarray(ops.sigmoid(logits))", "(1 + np.tanh(np.asarray(logits))) / 2"),
)
bank.wrong(
    D,
    "tanh",
    says="from -1 to 1",
    swap=("np.asarray(ops.sigmoid(logits))", "np.tanh(np.asarray(logits))"),
)
bank.wrong(
    D,
    "grey levels up to 255",
    says="between 0 and 1",
    swap=("np.asarray(ops.sigmoid(logits))", "255 * np.asarray(ops.sigmoid(logits))"),
)
bank.wrong(
    D,
    "the sigmoid before the decoder",
    says="take their sigmoid",
    code=prior(
        "codes = np.random.default_rng(seed).normal(size=(n, latent_dim)).astype('float32')",
        "return np.asarray(decoder(expit(codes))).reshape(n, 28, 28)",
    ),
)
bank.wrong(
    D,
    "codes standardised",
    says="standardised",
    swap=(
        "    logits = ",
        "    codes = (codes - codes.mean(axis=0)) / codes.std(axis=0)\n    logits = ",
    ),
)
bank.wrong(
    D,
    "a generator made but not used",
    says="same seed",
    swap=("rng.normal(size", "np.random.normal(size"),
)
bank.right(
    D,
    "quantiles",
    swap=("rng.normal(size=(n, latent_dim))", "norm.ppf(rng.random((n, latent_dim)))"),
)
bank.right(
    D,
    "a model with the sigmoid and the shape",
    code=prior(
        "ends = [layers.Activation('sigmoid'), layers.Reshape((28, 28))]",
        "net = keras.Sequential([keras.Input((latent_dim,)), decoder, *ends])",
        "return net(keras.random.normal((n, latent_dim), seed=seed)).numpy()",
    ),
)

# walk
bank.wrong(
    M,
    "flattened",
    says="flattened",
    swap=("np.asarray(decode(codes))", "np.asarray(decode(codes)).reshape(n, -1)"),
)
bank.wrong(
    M,
    "flattened to the size of the first",
    says="shape",
    swap=("np.asarray(decode(codes))", "np.asarray(decode(codes)).reshape(n, len(first))"),
)
bank.wrong(
    M,
    "the end added",
    says="added in full",
    swap=("np.linspace(start, end, n)", "start + np.linspace(0, 1, n)[:, None] * end"),
)
bank.wrong(
    M,
    "start less end",
    says="wrong sign",
    swap=("np.linspace(start, end, n)", "start + np.linspace(0, 1, n)[:, None] * (start - end)"),
)
bank.wrong(
    M,
    "arange without its end",
    says="one picture too few",
    swap=(
        "np.linspace(start, end, n)",
        "start + np.arange(0, 1, 1 / (n - 1))[:, None] * (end - start)",
    ),
)
bank.wrong(
    M,
    "half-way all the time",
    says="half-way",
    swap=("np.linspace(start, end, n)", "np.repeat((start + end)[None] / 2, n, axis=0)"),
)
bank.wrong(
    M,
    "a sigmoid on top",
    says="sigmoid is there twice",
    swap=("np.asarray(decode(codes))", "expit(np.asarray(decode(codes)))"),
)
bank.wrong(
    M,
    "the first picture twice",
    says="first picture's code",
    swap=("np.stack([first, second])", "np.stack([first, first])"),
)
bank.wrong(
    M,
    "uneven steps",
    says="evenly",
    swap=(
        "np.linspace(start, end, n)",
        "start + np.linspace(0, 1, n)[:, None] ** 2 * (end - start)",
    ),
)
bank.wrong(
    M,
    "σ added",
    says="depend on the log variance",
    swap=(
        "    start, end = np.asarray(mean)",
        "    start, end = np.asarray(mean) + np.exp(np.asarray(_) / 2)",
    ),
)
bank.wrong(
    M,
    "a sample with a fixed seed",
    says="depend on the log variance",
    swap=(
        "    start, end = np.asarray(mean)",
        "    noise = np.random.default_rng(0).normal(size=mean.shape)\n    start, end = np.asarray(mean) + np.exp(np.asarray(_) / 2) * noise",
    ),
)
bank.wrong(
    M,
    "the log variance for the end",
    says="the end is a log variance",
    swap=("start, end = np.asarray(mean)", "start, end = np.asarray(mean)[0], np.asarray(_)[0]"),
)
bank.wrong(
    M,
    "backwards, without the ends",
    says="backwards, from second to first; and both ends",
    swap=("np.linspace(start, end, n)", "np.linspace(end, start, n + 2)[1:-1]"),
)
bank.wrong(
    M,
    "twice as far",
    says="twice as far",
    swap=("np.linspace(start, end, n)", "np.linspace(start, 2 * end - start, n)"),
)
bank.right(
    M,
    "a matrix of weights",
    swap=(
        "np.linspace(start, end, n)",
        "np.stack([np.linspace(1, 0, n), np.linspace(0, 1, n)], axis=1) @ [start, end]",
    ),
)
bank.right(
    M,
    "each dimension by itself",
    swap=(
        "np.linspace(start, end, n)",
        "np.column_stack([np.interp(np.linspace(0, 1, n), [0, 1], ends) for ends in zip(start, end, strict=True)])",
    ),
)

# a class of another make, with Keras's running means
bank.right(
    S,
    "Keras's running means",
    code="""class VAE(keras.Model):
    def __init__(self, encoder, decoder, sample=reparameterise, terms=elbo_terms):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.sample, self.terms = sample, terms
        self.means = {k: keras.metrics.Mean(name=k) for k in ("loss", "log_likelihood", "kl")}

    @property
    def metrics(self):
        return list(self.means.values())

    def encode(self, x):
        return tf.split(self.encoder(x), num_or_size_splits=2, axis=-1)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean, log_var = self.encode(data)
            parts = self.terms(data, self.decoder(self.sample(mean, log_var)), mean, log_var)
            log_likelihood, kl = (tf.reduce_mean(part) for part in parts)
            loss = kl - log_likelihood
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        for key, value in {"loss": loss, "log_likelihood": log_likelihood, "kl": kl}.items():
            self.means[key].update_state(value)
        return {key: mean.result() for key, mean in self.means.items()}
""",
)

# weights, logs and NumPy in the training step
bank.wrong(
    S, "a weight of one tenth", says="has the weight 0.1", swap=("kl - log", "0.1 * kl - log")
)
bank.wrong(
    S,
    "the standard deviation for the terms",
    says="given σ",
    swap=("decoded, mean, log_var)", "decoded, mean, ops.exp(0.5 * log_var))"),
)
bank.wrong(
    S,
    "the variance for the terms",
    says="self.terms is given the variance",
    swap=("decoded, mean, log_var)", "decoded, mean, ops.exp(log_var))"),
)
bank.wrong(
    S,
    "NumPy's mean",
    says="no gradient through",
    swap=("ops.mean(kl - log_likelihood)", "np.mean(kl - log_likelihood)"),
)
bank.wrong(
    S,
    "free bits",
    says="KL term is missing",
    swap=("kl - log_likelihood)", "ops.maximum(kl, 100.0) - log_likelihood)"),
)
bank.wrong(
    D,
    "Laplace noise of the right spread",
    says="standard normal",
    swap=("rng.normal(size", "rng.laplace(scale=0.5**0.5, size"),
)
bank.wrong(
    M,
    "backwards and flattened",
    says="backwards, from second to first; and flattened",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "return np.asarray(decode(np.linspace(b, a, n))).reshape(n, -1)",
    ),
)
bank.right(
    M,
    "a list of single pictures",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "return [np.asarray(decode(code[None]))[0] for code in np.linspace(a, b, n)]",
    ),
)

# what shows a mistake that no list of known ones has
bank.wrong(
    "reparameterise",
    "a power of ten",
    says="exp(1.15 log_var)",
    swap=("ops.exp(0.5 * log_var)", "10 ** (0.5 * log_var)"),
)
bank.wrong(
    "reparameterise",
    "the mean scaled, too",
    says="multiplied by σ",
    swap=("mean + sigma * noise", "sigma * (mean + noise)"),
)
bank.wrong(
    "reparameterise",
    "noise without its sign",
    says="off by 0.80 σ",
    swap=("sigma * noise", "sigma * ops.abs(noise)"),
)
bank.wrong(
    "elbo_terms",
    "the sum over the pictures",
    says="runs over the pictures",
    swap=("axis=1", "axis=0"),
)
bank.wrong(
    "train_step",
    "no gradient through NumPy",
    says="no gradient gets through it",
    swap=("kl - log_likelihood)", "kl - np.asarray(log_likelihood))"),
)
bank.wrong(
    "train_step",
    "both terms weighted",
    says="3 times the KL term minus 2 times",
    swap=("ops.mean(kl - log_likelihood)", "ops.mean(3.0 * kl - 2.0 * log_likelihood)"),
)
bank.wrong(
    "train_step",
    "sampled twice in a row",
    says="called 2 times",
    swap=("self.sample(mean, log_var)", "self.sample(self.sample(mean, log_var), log_var)"),
)
bank.wrong(
    "train_step",
    "other pictures encoded",
    says="the encoder and the decoder take a wrong step; all others",
    swap=("mean, log_var = self.encode(x)", "mean, log_var = self.encode(x + 0.01)"),
)
bank.wrong(
    "train_step",
    "the terms of the next step",
    says="weights after the step",
    swap=(
        '        return {"loss"',
        "        mean, log_var = self.encode(x)\n"
        "        decoded = self.decoder(self.sample(mean, log_var))\n"
        "        log_likelihood, kl = self.terms(x, decoded, mean, log_var)\n"
        '        return {"loss"',
    ),
)
bank.wrong(
    D, "far-off codes", says="mean 9.0", swap=("rng.normal(size", "rng.normal(seed, 1, size")
)
bank.wrong(
    D,
    "absolute codes",
    says="none of yours is below 0",
    swap=("decoder(codes)", "decoder(abs(codes))"),
)
bank.wrong(
    D,
    "a softmax",
    says="softmax over its pixels",
    swap=("ops.sigmoid(logits)", "ops.softmax(logits)"),
)
bank.wrong(
    D,
    "divided by the largest",
    says="largest one is exactly 1",
    swap=("return probabilities.", "return (probabilities / probabilities.max())."),
)
bank.wrong(
    M,
    "whole steps",
    says="[0, 1, 2, 3, 4] of the way",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "return np.asarray(decode(np.stack([a + i * (b - a) for i in range(n)])))",
    ),
)
bank.wrong(
    M,
    "squared steps",
    says="[0, 0.0625, 0.25, 0.5625, 1] of the way",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "t = np.linspace(0, 1, n)[:, None] ** 2",
        "return np.asarray(decode(a + t * (b - a)))",
    ),
)
bank.wrong(
    M,
    "one dimension walks",
    says="picture 1 is not on the line",
    code=way(
        "a, b = np.asarray(encode(np.stack([first, second]))[0])",
        "codes = np.tile(a, (n, 1))",
        "codes[:, 0] = np.linspace(a[0], b[0], n)",
        "return np.asarray(decode(codes))",
    ),
)
bank.wrong(
    M,
    "pictures made brighter",
    says="no codes decode to these pictures",
    swap=("np.asarray(decode(codes))", "np.asarray(decode(codes)) ** 0.7"),
)
bank.wrong(
    M,
    "the networks of the lesson",
    says="does not come to call the `encode`",
    code=way(
        "a, b = np.asarray(network(784, 2)(np.stack([first, second])))",
        "return np.asarray(decode(np.linspace(a, b, n)))",
    ),
)
bank.right(
    "train_step",
    "a persistent tape",
    swap=("tf.GradientTape()", "tf.GradientTape(persistent=True)"),
)
