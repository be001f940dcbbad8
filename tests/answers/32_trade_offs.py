"""Answers to the exercises of lesson 32, right and wrong."""

from tests.bank import Bank

bank = Bank()

# effective_beta
B = "effective_beta"
MEAN_PIXELS = 'loss.n_pixels if loss.pixels == "mean" else 1'
MEAN_CODE = 'loss.latent_dim if loss.kl == "mean" else 1'
bank.wrong(
    B,
    "averages overlooked",
    says="averaged over the latent dimensions",
    code="""
def effective_beta(loss, noise_variance=0.5):
    a = loss.pixel_weight
    if loss.error == "squared":
        a *= 2 * noise_variance
    return loss.kl_weight / a
def implied_variance(loss):
    return loss.kl_weight / loss.pixel_weight / 2
""",
)
bank.wrong(B, "average over pixels overlooked", says="pixels", swap=(MEAN_PIXELS, "1"))
bank.wrong(B, "average over latents overlooked", says="that divides it", swap=(MEAN_CODE, "1"))
bank.wrong(
    B,
    "KL multiplied by k",
    says="smaller, and so is its weight",
    swap=("loss.kl_weight / (", "loss.kl_weight * ("),
)
bank.wrong(
    B,
    "errors multiplied by d",
    says="other side of the fraction",
    swap=("loss.pixel_weight / (", "loss.pixel_weight * ("),
)
bank.wrong(
    B, "β on the reconstruction", says="β stands before R", swap=("return b / a", "return a / b")
)
bank.wrong(
    B,
    "variance without the two",
    says="the 2 is missing",
    swap=("a * 2 * noise_variance", "a * noise_variance"),
)
bank.wrong(B, "variance ignored", says="does not enter", swap=("a * 2 * noise_variance", "a"))
bank.wrong(
    B,
    "noise variance taken for a standard deviation",
    says="squared; it is a variance already",
    swap=("a * 2 * noise_variance", "a * 2 * noise_variance**2"),
)
bank.wrong(
    B,
    "variance divides",
    says="wrong side",
    swap=("a * 2 * noise_variance", "a / (2 * noise_variance)"),
)
bank.wrong(
    B,
    "variance used for cross-entropy too",
    says="cross-entropy has no noise",
    swap=('loss.error == "squared"', "True"),
)
bank.wrong(
    B,
    "weight of the KL forgotten",
    says="weight of the KL is missing",
    swap=("loss.kl_weight /", "1.0 /"),
)
bank.wrong(
    B,
    "weight of the errors forgotten",
    says="weight of the errors is missing",
    swap=("loss.pixel_weight /", "1.0 /"),
)
bank.wrong(B, "784 hard-coded", says="β of", swap=("loss.n_pixels if", "784 if"))
bank.wrong(B, "two latents hard-coded", says="β of", swap=("loss.latent_dim if", "2 if"))
bank.wrong(
    B,
    "standard deviation returned",
    says="standard deviation",
    swap=("noise_variance=0.5) / 2", "noise_variance=0.5) ** 0.5 / 2**0.5"),
)
bank.wrong(
    B,
    "implied variance twice as large",
    says="2 of 1 / (2 s²)",
    swap=("noise_variance=0.5) / 2", "noise_variance=0.5)"),
)
bank.wrong(
    B,
    "implied variance upside down",
    says="noise variance of",
    swap=(
        "return effective_beta(loss, noise_variance=0.5) / 2",
        "return 0.5 / effective_beta(loss, 0.5)",
    ),
)
IMPLIED = "return effective_beta(loss, noise_variance=0.5) / 2"
A_ALONE = 'a = loss.pixel_weight / (loss.n_pixels if loss.pixels == "mean" else 1)\n    return '
bank.wrong(
    B,
    "implied variance without the KL",
    says="the KL does not enter",
    swap=(IMPLIED, A_ALONE + "1 / (2 * a)"),
)
bank.wrong(
    B,
    "implied variance without the KL's mean",
    says="divides its weight",
    swap=(IMPLIED, A_ALONE + "loss.kl_weight / (2 * a)"),
)
bank.wrong(
    B,
    "mean KL overlooked for squared errors",
    says="that divides it",
    swap=('loss.kl == "mean"', 'loss.kl == "mean" and loss.error != "squared"'),
)
bank.wrong(
    B,
    "noise variance only beside averaged pixels",
    says="does not enter",
    swap=('if loss.error == "squared":', 'if loss.error == "squared" and loss.pixels == "mean":'),
)
bank.wrong(B, "no return", says="return", swap=("return b / a", "b / a"))
bank.right(
    B,
    "by cases",
    code="""
def effective_beta(loss, noise_variance=0.5):
    beta = loss.kl_weight / loss.pixel_weight
    if loss.pixels == "mean":
        beta *= loss.n_pixels
    if loss.kl == "mean":
        beta /= loss.latent_dim
    if loss.error == "squared":
        beta /= 2 * noise_variance
    return beta

def implied_variance(loss):
    a, b = loss.pixel_weight, loss.kl_weight
    if loss.pixels == "mean":
        a /= loss.n_pixels
    if loss.kl == "mean":
        b /= loss.latent_dim
    return b / (2 * a)
""",
)
bank.right(
    B,
    "a table of factors",
    code="""
def _weights(loss):
    sizes = {"sum": 1, "mean": None}
    a = loss.pixel_weight / (sizes[loss.pixels] or loss.n_pixels)
    b = loss.kl_weight / (sizes[loss.kl] or loss.latent_dim)
    return a, b

def effective_beta(loss, noise_variance=0.5):
    a, b = _weights(loss)
    return b / (a * 2 * noise_variance) if loss.error == "squared" else b / a

def implied_variance(loss):
    a, b = _weights(loss)
    return np.float64(b / a) / 2
""",
)

# active_units
A = "active_units"
bank.wrong(
    A,
    "mean of the posterior variances",
    says="large posterior variance",
    swap=("np.var(np.asarray(mean), axis=0)", "np.exp(np.asarray(_)).mean(axis=0)"),
)
bank.wrong(
    A,
    "variance of the log variances",
    says="alone",
    swap=("mean, _ = encode(x)", "_, mean = encode(x)"),
)
bank.wrong(A, "standard deviation", says="not squared", swap=("np.var(", "np.std("))
bank.wrong(
    A,
    "mean square",
    says="mean square",
    swap=("np.var(np.asarray(mean), axis=0)", "np.mean(np.asarray(mean)**2, axis=0)"),
)
bank.wrong(
    A,
    "by the KL",
    says="cost nats",
    swap=(
        "np.var(np.asarray(mean), axis=0)",
        "(0.5 * (np.asarray(mean) ** 2 + np.exp(np.asarray(_)) - 1 - np.asarray(_))).mean(axis=0)",
    ),
)
bank.wrong(A, "inactive ones", says="wrong way round", swap=("> threshold", "< threshold"))
bank.wrong(A, "threshold ignored", says="threshold is an argument", swap=("> threshold", "> 0.01"))
bank.wrong(
    A,
    "counted",
    says="one number for all units",
    swap=(
        "return np.var(np.asarray(mean), axis=0) > threshold",
        "return np.sum(np.var(np.asarray(mean), axis=0) > threshold)",
    ),
)
bank.wrong(A, "variances returned", says="True or False", swap=(" > threshold", ""))
bank.wrong(A, "over the units", says="shape", swap=("axis=0", "axis=1"))
bank.wrong(
    A,
    "variance of everything a drawn code does",
    says="noise in it",
    swap=(
        "np.var(np.asarray(mean), axis=0)",
        "np.var(np.asarray(mean), axis=0) + np.exp(np.asarray(_)).mean(axis=0)",
    ),
)
bank.wrong(
    A,
    "absolute mean",
    says="Where the means stand takes part",
    swap=("np.var(np.asarray(mean), axis=0)", "np.abs(np.asarray(mean).mean(axis=0))"),
)
VARIANCE = "np.var(np.asarray(mean), axis=0)"
bank.wrong(
    A,
    "variance in units of the noise",
    says="compared with the noise",
    swap=(VARIANCE, "np.var(np.asarray(mean), axis=0) / np.exp(np.asarray(_)).mean(axis=0)"),
)
bank.wrong(
    A,
    "share of the variance",
    says="log variances take part",
    code="""
def active_units(encode, x, threshold=0.01):
    mean, log_var = map(np.asarray, encode(x))
    v, noise = mean.var(axis=0), np.exp(log_var).mean(axis=0)
    return v / (v + noise) > threshold
""",
)
bank.wrong(
    A,
    "narrow clouds",
    says="log variances take part",
    code="""
def active_units(encode, x, threshold=0.01):
    return np.exp(np.asarray(encode(x)[1])).mean(axis=0) < 0.99
""",
)
bank.wrong(
    A,
    "away from the first picture's mean",
    says="from the first picture",
    code="""
def active_units(encode, x, threshold=0.01):
    mean = np.asarray(encode(x)[0])
    return ((mean - mean[0]) ** 2).mean(axis=0) > threshold
""",
)
bank.wrong(
    A,
    "one centre for all units",
    says="one common mean",
    code="""
def active_units(encode, x, threshold=0.01):
    mean = np.asarray(encode(x)[0])
    return ((mean - mean.mean()) ** 2).mean(axis=0) > threshold
""",
)
bank.wrong(A, "no return", says="return", swap=("return np.var", "np.var"))
bank.right(
    A,
    "a loop, a list of booleans",
    code="""
def active_units(encode, x, threshold=0.01):
    mean, log_var = encode(x)
    mean = np.array(mean)
    return [bool(np.mean((column - column.mean()) ** 2) > threshold) for column in mean.T]
""",
)
bank.right(
    A,
    "keras.ops",
    code="""
def active_units(encode, x, threshold=0.01):
    means = encode(x)[0]
    return ops.var(means, axis=0) > threshold
""",
)
bank.right(
    A,
    "unbiased variance",
    code="""
def active_units(encode, x, threshold=0.01):
    return np.asarray(encode(x)[0]).var(axis=0, ddof=1) > threshold
""",
)

# importance_weighted_bound
IW = "importance_weighted_bound"
bank.wrong(
    IW,
    "mean of the log weights",
    says="plain ELBO",
    code="""
def importance_weighted_bound(log_weights):
    return np.mean(log_weights, axis=1)
""",
)
bank.wrong(IW, "log-sum-exp without log k", says="log k less", swap=("np.mean(", "np.sum("))
bank.wrong(
    IW,
    "averaged over the batch before the log",
    says="shape",
    code="""
def importance_weighted_bound(log_weights):
    m = log_weights.max()
    return m + np.log(np.mean(np.exp(log_weights - m)))
""",
)
bank.wrong(
    IW,
    "mean over the pictures",
    says="shape",
    code="""
def importance_weighted_bound(log_weights):
    m = log_weights.max(axis=1, keepdims=True)
    return float(np.mean(m[:, 0] + np.log(np.mean(np.exp(log_weights - m), axis=1))))
""",
)
bank.wrong(
    IW,
    "overflow and underflow",
    says="largest log weight",
    code="""
def importance_weighted_bound(log_weights):
    return np.log(np.mean(np.exp(log_weights), axis=1))
""",
)
bank.wrong(
    IW,
    "one maximum for all pictures",
    says="each picture",
    code="""
def importance_weighted_bound(log_weights):
    m = log_weights.max()
    return m + np.log(np.mean(np.exp(log_weights - m), axis=1))
""",
)
for title, m in (
    ("the first draw taken out", "log_weights[:, :1]"),
    ("the mean taken out", "log_weights.mean(axis=1, keepdims=True)"),
    ("the smallest taken out", "log_weights.min(axis=1, keepdims=True)"),
    (
        "the largest taken out only if negative",
        "np.minimum(log_weights.max(axis=1, keepdims=True), 0)",
    ),
):
    bank.wrong(
        IW,
        title,
        says="largest log weight of each picture",
        code=f"""
def importance_weighted_bound(log_weights):
    m = {m}
    return m[:, 0] + np.log(np.mean(np.exp(log_weights - m), axis=1))
""",
    )
bank.wrong(
    IW,
    "clipped to avoid the overflow",
    says="the bound",
    code="""
def importance_weighted_bound(log_weights):
    return np.log(np.mean(np.exp(np.clip(log_weights, -700, 700)), axis=1))
""",
)
bank.wrong(
    IW,
    "a small number inside the log",
    says="the bound",
    code="""
def importance_weighted_bound(log_weights):
    return np.log(np.mean(np.exp(log_weights), axis=1) + 1e-12)
""",
)
bank.wrong(IW, "maximum not put back", says="not put back", swap=("largest[:, 0] + ", ""))
bank.wrong(
    IW,
    "the largest only",
    says="largest log weight of each",
    swap=(
        "largest[:, 0] + np.log(np.mean(np.exp(log_weights - largest), axis=1))",
        "largest[:, 0]",
    ),
)
bank.wrong(IW, "over the pictures", says="shape", swap=("axis=1)", "axis=0)"))
bank.wrong(
    IW,
    "log k added",
    says="subtracted",
    code="""
def importance_weighted_bound(log_weights):
    from scipy.special import logsumexp
    return logsumexp(log_weights, axis=1) + np.log(log_weights.shape[1])
""",
)
bank.wrong(
    IW,
    "divided by k outside",
    says="outside of the logarithm",
    code="""
def importance_weighted_bound(log_weights):
    from scipy.special import logsumexp
    return logsumexp(log_weights, axis=1) / log_weights.shape[1]
""",
)
bank.wrong(
    IW,
    "divides by n",
    says="the number of pictures",
    code="""
def importance_weighted_bound(log_weights):
    from scipy.special import logsumexp
    return logsumexp(log_weights, axis=1) - np.log(len(log_weights))
""",
)
bank.wrong(
    IW,
    "bits",
    says="bits",
    code="""
def importance_weighted_bound(log_weights):
    from scipy.special import logsumexp
    return (logsumexp(log_weights, axis=1) - np.log(log_weights.shape[1])) / np.log(2)
""",
)
bank.wrong(
    IW,
    "sign",
    says="minus the bound",
    swap=(
        "return largest[:, 0] + np.log(np.mean(np.exp(log_weights - largest), axis=1))",
        "return -(largest[:, 0] + np.log(np.mean(np.exp(log_weights - largest), axis=1)))",
    ),
)
bank.wrong(
    IW,
    "changed in place",
    says="in place",
    code="""
def importance_weighted_bound(log_weights):
    m = log_weights.max(axis=1)
    log_weights -= m[:, None]
    return m + np.log(np.mean(np.exp(log_weights), axis=1))
""",
)
bank.right(
    IW,
    "SciPy",
    code="""
def importance_weighted_bound(log_weights):
    from scipy.special import logsumexp
    return logsumexp(log_weights, axis=1, b=1 / log_weights.shape[1])
""",
)
bank.right(
    IW,
    "a loop over the pictures",
    code="""
def importance_weighted_bound(log_weights):
    found = []
    for row in log_weights:
        m = max(row)
        found.append(m + np.log(sum(np.exp(a - m) for a in row)) - np.log(len(row)))
    return found
""",
)
bank.right(
    IW,
    "keras.ops",
    code="""
def importance_weighted_bound(log_weights):
    return ops.logsumexp(log_weights, axis=1) - np.log(log_weights.shape[1])
""",
)
bank.right(
    IW,
    "NumPy's logaddexp",
    code="""
def importance_weighted_bound(log_weights):
    return np.logaddexp.reduce(log_weights, axis=-1) - np.log(np.shape(log_weights)[-1])
""",
)

# free_bits
F = "free_bits"
bank.wrong(
    F,
    "the floor under each picture",
    says="mean over the batch comes first",
    swap=(
        "ops.sum(ops.maximum(mean, floor))",
        "ops.mean(ops.sum(ops.maximum(kl, floor), axis=1))",
    ),
)
bank.wrong(
    F,
    "the floor under the sum",
    says="under the sum",
    swap=(
        "ops.sum(ops.maximum(mean, floor))",
        "ops.maximum(ops.mean(ops.sum(kl, axis=1)), floor)",
    ),
)
bank.wrong(
    F,
    "k floors under the sum",
    says="each dimension has its own",
    swap=(
        "ops.sum(ops.maximum(mean, floor))",
        "ops.maximum(ops.mean(ops.sum(kl, axis=1)), kl.shape[1] * floor)",
    ),
)
bank.wrong(
    F,
    "the floor under each picture's sum",
    says="each picture's sum",
    swap=(
        "ops.sum(ops.maximum(mean, floor))",
        "ops.mean(ops.maximum(ops.sum(kl, axis=1), floor))",
    ),
)
bank.wrong(F, "minimum", says="least", swap=("ops.maximum", "ops.minimum"))
bank.wrong(
    F,
    "averaged over the latent dimensions",
    says="averaged over the latent dimensions",
    swap=("ops.sum(", "ops.mean("),
)
bank.wrong(
    F,
    "only what is above",
    says="above the floor",
    swap=("ops.maximum(mean, floor)", "ops.relu(mean - floor)"),
)
bank.wrong(
    F,
    "nothing below the floor",
    says="not nothing",
    swap=(
        "return ops.sum(ops.maximum(mean, floor))",
        "m = mean\n    return ops.sum(ops.where(m > floor, m, 0.0))",
    ),
)
bank.wrong(
    F,
    "floor added",
    says="added",
    swap=("ops.maximum(mean, floor)", "mean + floor"),
)
bank.wrong(
    F,
    "summed over the batch",
    says="mean over pictures",
    swap=("ops.mean(kl, axis=0)", "ops.sum(kl, axis=0)"),
)
bank.wrong(
    F,
    "floor fixed at a half",
    says="the rate charged for 5 dimensions",
    swap=("mean, floor)", "mean, 0.5)"),
)
bank.wrong(
    F,
    "divided by four, the first batch's size",
    says="the rate charged for 5 dimensions",
    swap=("ops.mean(kl, axis=0)", "ops.sum(kl, axis=0) / 4"),
)
bank.wrong(
    F,
    "in float64",
    says="keep the type",
    swap=("ops.mean(kl, axis=0)", 'ops.mean(ops.cast(kl, "float64"), axis=0)'),
)
bank.wrong(F, "axes swapped", says="axes are swapped", swap=("axis=0", "axis=1"))
bank.wrong(
    F,
    "no floor",
    says="forgotten",
    swap=("ops.maximum(mean, floor)", "mean"),
)
bank.wrong(
    F,
    "NumPy",
    says="keras.ops",
    swap=(
        "ops.sum(ops.maximum(mean, floor))",
        "np.sum(np.maximum(np.mean(kl, axis=0), floor))",
    ),
)
bank.wrong(
    F,
    "no gradient: the number is taken out",
    says="no gradient",
    swap=(
        "return ops.sum(ops.maximum(mean, floor))",
        "return ops.stop_gradient(ops.sum(ops.maximum(mean, floor)))",
    ),
)
bank.wrong(
    F,
    "gradient below the floor as well",
    says="gradient",
    swap=(
        "return ops.sum(ops.maximum(mean, floor))",
        "m = mean\n    return ops.sum(m + ops.stop_gradient(ops.maximum(m, floor) - m))",
    ),
)
bank.wrong(
    F,
    "Python loop over the batch",
    says="compiles it",
    code="""
def free_bits(kl, floor):
    mean = sum(kl[i] for i in range(kl.shape[0])) / kl.shape[0]
    return ops.sum(ops.maximum(mean, floor))
""",
)
bank.right(
    F,
    "TensorFlow",
    code="""
def free_bits(kl, floor):
    return tf.reduce_sum(tf.maximum(tf.reduce_mean(kl, 0), floor))
""",
)
bank.right(
    F,
    "where",
    code="""
def free_bits(kl, floor):
    mean = ops.mean(kl, axis=0)
    return ops.sum(ops.where(mean > floor, mean, floor))
""",
)
bank.right(
    F,
    "above the floor, plus the floors",
    code="""
def free_bits(kl, floor):
    n_code = kl.shape[1]
    return ops.sum(ops.relu(ops.mean(kl, axis=0) - floor)) + n_code * floor
""",
)
bank.right(
    F,
    "a loop over the numbers",
    code="""
def free_bits(kl, floor):
    price = 0.0
    for j in range(kl.shape[1]):
        price = price + ops.maximum(ops.mean(kl[:, j]), floor)
    return price
""",
)

# beta_objective
OBJECTIVE = "beta_objective"
EACH = "ops.softplus(logits) - x * logits"
KL = "0.5 * (ops.square(mean) + ops.exp(log_var) - 1 - log_var)"
for title, says, old, new in (
    ("mean over the pixels", "averaged over the pixels", "ops.sum(each_pixel, axis=1)", "ops.mean(each_pixel, axis=1)"),
    ("mean over everything", "averaged over pixels and pictures", "ops.sum(each_pixel, axis=1)", "ops.mean(each_pixel)"),
    ("one distortion for the batch", "averaged over the batch", "return loss, distortion, kl", "return loss, ops.mean(distortion), kl"),
    ("sum over the batch", "summed over the pictures", "ops.sum(each_pixel, axis=1)", "ops.sum(each_pixel, axis=0)"),
    ("log-likelihood", "sign is wrong", EACH, "x * logits - ops.softplus(logits)"),
    ("logits as probabilities", "need a sigmoid", EACH, "-x * ops.log(logits) - (1 - x) * ops.log(1 - logits)"),
    ("softplus left out", "the distortion", EACH, "-x * logits"),
    ("ink only", "only the pixels with ink", EACH, "x * ops.softplus(-logits)"),
    ("paper only", "without ink", EACH, "(1 - x) * ops.softplus(logits)"),
    ("swapped", "ink and paper", EACH, "ops.softplus(logits) - (1 - x) * logits"),
    ("squares", "squared error", EACH, "ops.square(x - ops.sigmoid(logits))"),
    ("raw squares", "squared difference", EACH, "ops.square(x - logits)"),
    ("logarithm of a sigmoid", "logits as large as", EACH,
     "-x * ops.log(ops.sigmoid(logits)) - (1 - x) * ops.log(1 - ops.sigmoid(logits))"),
    ("clipped", "clipped", EACH,
     "-x * ops.log(ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)) - (1 - x) * ops.log(ops.clip(1 - ops.sigmoid(logits), 1e-7, 1))"),
    ("each pixel", "one number for each pixel", "ops.sum(each_pixel, axis=1)", "each_pixel"),
    ("KL without half", "½ is missing", "0.5 * (ops.square", "(ops.square"),
    ("KL with the wrong sign", "sign is wrong", "0.5 * (ops.square", "-0.5 * (ops.square"),
    ("log sigma", "read as log σ", KL, "0.5 * (ops.square(mean) + ops.exp(2 * log_var) - 1 - 2 * log_var)"),
    ("sigma for its square", "σ stands where", "ops.exp(log_var)", "ops.exp(0.5 * log_var)"),
    ("log_var as variance", "take its exponential", "ops.exp(log_var)", "log_var"),
    ("minus one missing", "-1 is missing", " - 1 - log_var", " - log_var"),
    ("mean not squared", "not squared", "ops.square(mean)", "mean"),
    ("sign of log_var", "sign of log_var", "- 1 - log_var", "- 1 + log_var"),
    ("mean and log_var exchanged", "exchanged", KL, "0.5 * (ops.square(log_var) + ops.exp(mean) - 1 - mean)"),
    ("rate for kl", "this is the rate", "return loss, distortion, kl", "return loss, distortion, rate"),
    ("kl summed", "summed over the latent", "return loss, distortion, kl", "return loss, distortion, ops.sum(kl, axis=1)"),
    ("kl averaged over the batch", "averaged over the batch", "return loss, distortion, kl", "return loss, distortion, ops.mean(kl, axis=0)"),
    ("kl with beta", "β is in it already", "return loss, distortion, kl", "return loss, distortion, beta * kl"),
    ("beta before the distortion", "β stands before the distortion", "ops.mean(distortion) + beta * rate", "beta * ops.mean(distortion) + rate"),
    ("no beta", "β is missing", "beta * rate", "rate"),
    ("beta squared", "β is squared", "beta * rate", "beta**2 * rate"),
    ("rate subtracted", "subtracted", "+ beta * rate", "- beta * rate"),
    ("sign of the loss", "the loss is a cost", "loss = ops.mean(distortion) + beta * rate", "loss = -(ops.mean(distortion) + beta * rate)"),
    ("rate averaged over dimensions", "averaged over the latent", "ops.mean(ops.sum(kl, axis=1))", "ops.mean(kl)"),
    ("rate summed over the batch", "rate is summed over the batch", "ops.mean(ops.sum(kl, axis=1))", "ops.sum(kl)"),
    ("both summed", "both costs are summed", "loss = ops.mean(distortion) + beta * rate",
     "loss = ops.sum(distortion) + beta * ops.sum(kl)"),
    ("distortion summed", "the distortion is summed", "loss = ops.mean(distortion)", "loss = ops.sum(distortion)"),
    ("no beta and averaged", "β is missing; and", "ops.mean(distortion) + beta * rate", "ops.mean(distortion) + ops.mean(kl)"),
    ("loss for each picture", "one number for each picture", "loss = ops.mean(distortion) + beta * rate",
     "loss = distortion + beta * ops.sum(kl, axis=1)"),
    ("two results", "expected 3 results", "return loss, distortion, kl", "return loss, distortion"),
    ("no return", "return", "return loss, distortion, kl", "pass"),
    ("NumPy", "keras.ops", "loss = ops.mean(distortion) + beta * rate", "loss = np.mean(distortion) + beta * np.mean(rate)"),
    ("gradient stopped at the rate", "gradient", "beta * rate", "beta * ops.stop_gradient(rate)"),
    ("784 hard-coded", "distortion", "ops.sum(each_pixel, axis=1)", "784 * ops.mean(each_pixel, axis=1)"),
    ("32 dimensions hard-coded", "the loss", "ops.mean(ops.sum(kl, axis=1))", "32 * ops.mean(kl)"),
    ("half forgotten and sign", "½ is missing", KL, "ops.square(mean) + ops.exp(log_var) - 1 + log_var"),
    ("an error inside", "stops with", "rate = ops.mean(ops.sum(kl, axis=1))", "rate = ops.mean(ops.sum(kl, axis=2))"),
):  # fmt: skip
    bank.wrong(OBJECTIVE, title, says=says, swap=(old, new))
bank.right(
    OBJECTIVE,
    "TensorFlow",
    code="""
def beta_objective(x, logits, mean, log_var, beta):
    each = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)
    d = tf.reduce_sum(each, axis=-1)
    kl = -0.5 * (1 + log_var - mean**2 - tf.exp(log_var))
    return tf.reduce_mean(d + beta * tf.reduce_sum(kl, axis=-1)), d, kl
""",
)
bank.right(
    OBJECTIVE,
    "Keras's cross-entropy",
    code="""
def beta_objective(x, logits, mean, log_var, beta):
    d = ops.sum(ops.binary_crossentropy(x, logits, from_logits=True), axis=1)
    kl = (mean * mean + ops.exp(log_var) - log_var) / 2 - 0.5
    return [ops.mean(d) + beta * ops.sum(kl) / ops.cast(ops.shape(kl)[0], "float32"), d, kl]
""",
)

# train_step
T = "train_step"
BETA = "self.beta * ops.minimum(1.0, step / self.warmup)"
for title, says, old, new in (
    ("no annealing", "no annealing", BETA, "self.beta"),
    ("grows without end", "grows beyond", BETA, "self.beta * step / self.warmup"),
    ("maximum", "grows beyond", "ops.minimum", "ops.maximum"),
    ("first step is zero", "t = 1 in the first", "self.optimizer.iterations + 1", "self.optimizer.iterations"),
    ("one step ahead", "one step ahead", "self.optimizer.iterations + 1", "self.optimizer.iterations + 2"),
    ("self.beta unused", "self.beta", BETA, "ops.minimum(1.0, step / self.warmup)"),
    ("always the first step", "counts the steps", "self.optimizer.iterations + 1", "1"),
    ("beta one", "self.beta", BETA, "1.0"),
    ("beta zero", "no weight", BETA, "0.0"),
    ("no sample", "decode a sample", "self.decoder(self.sample(mean, log_var))", "self.decoder(mean)"),
    ("only the decoder", "only the decoder", "variables = self.trainable_variables", "variables = self.decoder.trainable_variables"),
    ("only the encoder", "only the encoder", "variables = self.trainable_variables", "variables = self.encoder.trainable_variables"),
    ("both networks only", "weights of its own", "variables = self.trainable_variables",
     "variables = self.encoder.trainable_variables + self.decoder.trainable_variables"),
    ("not applied", "No weight has moved", "self.optimizer.apply_gradients(zip(gradients, variables, strict=True))", "pass"),
    ("up the slope", "up the slope", "tape.gradient(loss, variables)", "[-g for g in tape.gradient(loss, variables)]"),
    ("distortion alone", "inside the tape", "tape.gradient(loss, variables)", "tape.gradient(ops.mean(distortion), variables)"),
    ("arguments exchanged", "", "self.objective(x, logits, mean, log_var, beta)", "self.objective(logits, x, mean, log_var, beta)"),
    ("mean and log_var exchanged", "", "self.objective(x, logits, mean, log_var, beta)", "self.objective(x, logits, log_var, mean, beta)"),
    ("sample exchanged", "", "self.sample(mean, log_var)", "self.sample(log_var, mean)"),
    ("results exchanged", "", "loss, distortion, kl = self", "loss, kl, distortion = self"),
    ("Python's min", "compiles", "ops.minimum(1.0, step / self.warmup)", "min(1.0, float(step) / self.warmup)"),
    ("rate averaged", "averaged over the latent", "rate = ops.mean(ops.sum(kl, axis=1))", "rate = ops.mean(kl)"),
    ("rate with beta", "return the rate itself", "rate = ops.mean(ops.sum(kl, axis=1))", "rate = beta * ops.mean(ops.sum(kl, axis=1))"),
    ("rate summed", "summed over the batch", "rate = ops.mean(ops.sum(kl, axis=1))", "rate = ops.sum(kl)"),
    ("distortion of each picture", "shape", '"distortion": ops.mean(distortion)', '"distortion": distortion'),
    ("loss without beta", "without β", '"loss": loss', '"loss": ops.mean(distortion) + rate'),
    ("loss only", "keys", 'return {"loss": loss, "distortion": ops.mean(distortion), "rate": rate}', 'return {"loss": loss}'),
    ("no dictionary", "dictionary", 'return {"loss": loss, "distortion": ops.mean(distortion), "rate": rate}', "return loss"),
    ("calls the global function", "self.objective is never called", "self.objective(x", "beta_objective(x"),
    ("draws with the lesson's function", "self.sample is never called", "self.sample(mean", "draw_code(mean"),
    ("applied twice", "twice as large", "tape.gradient(loss, variables)", "[2 * g for g in tape.gradient(loss, variables)]"),
    ("mean and log variance exchanged from the start", "exchanged", "mean, log_var = self.encode(x)", "log_var, mean = self.encode(x)"),
    ("no annealing, and the mean decoded", "decode a sample", "logits = self.decoder(self.sample(mean, log_var))",
     "logits = self.decoder(mean); self_warmup, self.warmup = self.warmup, 1"),
):  # fmt: skip
    bank.wrong(T, title, says=says, swap=(old, new))
bank.right(
    T,
    "the step counted from its twin",
    swap=(BETA, "self.beta * ops.clip(step / self.warmup, 0.0, 1.0)"),
)
bank.right(
    T,
    "all inside the tape, a where",
    swap=(BETA, "ops.where(step < self.warmup, self.beta * step / self.warmup, self.beta)"),
)
bank.right(
    T,
    "optimizer.apply",
    swap=(
        "self.optimizer.apply_gradients(zip(gradients, variables, strict=True))",
        "self.optimizer.apply(gradients, variables)",
    ),
)
bank.right(
    T,
    "iterations not cast: a division makes it float",
    swap=('ops.cast(self.optimizer.iterations + 1, "float32")', "self.optimizer.iterations + 1"),
)

# more slips
for title, says, old, new in (
    ("x times a added", "subtracted, not added", "- x * logits", "+ x * logits"),
    ("the sign of a logit", "wrong sign", "softplus(logits)", "softplus(-logits)"),
    ("one added", "the 1 is added", "- 1 - log_var", "+ 1 - log_var"),
    ("σ² squared", "squared once more", "ops.exp(log_var)", "ops.exp(2 * log_var)"),
):
    bank.wrong(OBJECTIVE, title, says=says, swap=(old, new))
for title, says, new in (
    ("means compared", "means themselves", "np.asarray(mean).mean(axis=0)"),
    ("summed", "Summed over the pictures", "np.asarray(mean).var(axis=0) * len(x)"),
):
    bank.wrong(A, title, says=says, swap=(VARIANCE, new))
for title, says, code in (
    ("the largest", "largest mean", "ops.max(ops.mean(kl, axis=0))"),
    ("the floor shared out", "divided by the number of dim", "ops.sum(ops.maximum(ops.mean(kl, axis=0), floor / kl.shape[1]))"),
    ("the floor once", "there once", "floor + ops.sum(ops.relu(ops.mean(kl, axis=0) - floor))"),
    ("half written in", "0.5 is written", "ops.sum(ops.maximum(ops.mean(kl, axis=0), 0.5))"),
):  # fmt: skip
    bank.wrong(F, title, says=says, code=f"def free_bits(kl, floor):\n    return {code}\n")
bank.right(
    F,
    "relu above the floor",
    code="def free_bits(kl, floor):\n    return ops.sum(floor + ops.relu(ops.mean(kl, axis=0) - floor))\n",
)

# one thing changed at a time, and known mistakes that hold elsewhere, too
for title, says, old, new in (
    ("probabilities with a small number in the logarithm", "picture of one pixel, x = 0 with the logit 30", EACH,
     "-x * ops.log(ops.sigmoid(logits) + 1e-7) - (1 - x) * ops.log(1 - ops.sigmoid(logits) + 1e-7)"),
    ("logits clipped", "the logit 30: got [20.]", "each_pixel = ", "logits = ops.clip(logits, -20, 20)\n    each_pixel = "),
    ("the mean's absolute value", "one dimension with mean 2 and log_var 0", "ops.square(mean)", "ops.abs(mean)"),
    ("log_var three times", "that of log_var is -1.5, expected -0.5", "- 1 - log_var", "- 1 - 3 * log_var"),
    ("overflow", "exp(a) is infinite", "ops.softplus(logits)", "ops.log(1 + ops.exp(logits))"),
):  # fmt: skip
    bank.wrong(OBJECTIVE, title, says=says, swap=(old, new))
bank.right(
    OBJECTIVE,
    "a case for ink and one for paper",
    swap=(EACH, "ops.where(x > 0.5, ops.softplus(-logits), ops.softplus(logits))"),
)
for title, says, old, new in (
    ("annealing squared", "that of the gradient of the rate is 0.187, expected 0.75", BETA, BETA + " ** 2"),
    ("one step of warmup too many", "that of the gradient of the rate is 0.85", "step / self.warmup", "step / (self.warmup + 1)"),
    ("beta within the minimum", "is min(1, t / warmup) here", BETA, "ops.minimum(1.0, self.beta * step / self.warmup)"),
    ("gradients clipped", "no sum of multiples of the gradient", "zip(gradients,", "zip([ops.clip(g, -0.01, 0.01) for g in gradients],"),
    ("the code without gradient", "comes through the code", "self.sample(mean, log_var)", "ops.stop_gradient(self.sample(mean, log_var))"),
    ("mean of two codes", "more than once in this step", "self.sample(mean, log_var)",
     "(self.sample(mean, log_var) + self.sample(mean, log_var)) / 2"),
    ("measured with another code", "more than once in this step", "        rate = ops.mean",
     "        distortion = self.objective(x, self.decoder(self.sample(mean, log_var)), mean, log_var, beta)[1]\n        rate = ops.mean"),
    ("full beta in the loss that is told", "β is there in full", '"loss": loss', '"loss": ops.mean(distortion) + self.beta * rate'),
    ("half the loss told", "Yours would need β", '"loss": loss', '"loss": ops.mean(distortion) + 0.3 * beta * rate'),
    ("rate worked out from the loss", "worked out from the loss", '"rate": rate', '"rate": (loss - ops.mean(distortion)) / beta'),
    ("loss worked out from the costs", "worked out from the two costs", '"loss": loss', '"loss": ops.mean(distortion) + beta * rate'),
):  # fmt: skip
    bank.wrong(T, title, says=says, swap=(old, new))
for title, says, old, new in (
    ("product", "the weight of the errors is on the wrong side of the fraction; and", "return b / a", "return b * a"),
    ("a constant of 2π", "Every field enters in the right way", "a * 2 * noise", "a * 2 * np.pi * noise"),
    ("share of the KL", "With pixel_weight = 2 in place of 1", "return b / a", "return b / (a + b)"),
    ("another default", "whose default is ½", "noise_variance: float = 0.5", "noise_variance: float = 1.0"),
    ("half the implied variance", "the whole is 0.5 times", "noise_variance=0.5) / 2", "noise_variance=1.0) / 2"),
):  # fmt: skip
    bank.wrong(B, title, says=says, swap=(old, new))
bank.right(
    B, "implied variance from another noise", swap=(IMPLIED, "return 7 * effective_beta(loss, 7.0)")
)
for title, says, line in (
    ("weights, not their logarithms", "exp(log weight)", "np.log(np.mean(log_weights, axis=1))"),
    (
        "base 2",
        "two codes of weights 1 and 3",
        "m + np.log2(np.mean(np.exp(log_weights - m[:, None]), axis=1))",
    ),
    ("four codes", "one code of weight 2", "np.logaddexp.reduce(log_weights, axis=1) - np.log(4)"),
    (
        "clipped at 700",
        "one picture whose log weights are -3600",
        "np.log(np.mean(np.exp(np.clip(log_weights, -700, 700)), axis=1))",
    ),
):
    code = f"def importance_weighted_bound(log_weights):\n    m = np.max(log_weights, axis=1)\n    return {line}\n"
    bank.wrong(IW, title, says=says, code=code)
for title, says, old, new in (
    ("range", "variance 0.0025 over the pictures", "np.var(", "np.ptp("),
    ("of the first hundred pictures", "200 of 300 pictures were never given", "encode(x)", "encode(x[:100])"),
    ("beside the largest variance", "so expected False, got True", VARIANCE, f"{VARIANCE} / max({VARIANCE}.max(), 1e-9)"),
):  # fmt: skip
    bank.wrong(A, title, says=says, swap=(old, new))
bank.wrong(
    A,
    "numbers of the active units",
    says="numbers of the active",
    swap=(f"{VARIANCE} > threshold", f"np.flatnonzero({VARIANCE} > threshold)"),
)
bank.wrong(
    A,
    "zeros and ones",
    says="a comparison",
    swap=(f"{VARIANCE} > threshold", f"({VARIANCE} > threshold).astype(int)"),
)
bank.right(
    A,
    "picture by picture",
    code="""
def active_units(encode, x, threshold=0.01):
    means = np.concatenate([np.asarray(encode(x[i : i + 1])[0]) for i in range(len(x))])
    return means.var(axis=0) > threshold
""",
)
for title, says, code in (
    ("the batch's largest", "dimension 1 alone, whose KL has the mean 0.775", "ops.sum(ops.maximum(ops.max(kl, axis=0), floor))"),
    ("a soft maximum", "dimension 0 alone", "ops.sum(floor + ops.softplus(ops.mean(kl, axis=0) - floor))"),
):  # fmt: skip
    bank.wrong(F, title, says=says, code=f"def free_bits(kl, floor):\n    return {code}\n")

for title, says, exercise, old, new in (
    ("beta and one more", "Yours would need β = 3.5", OBJECTIVE, "beta * rate", "(beta + 1) * rate"),
    ("a penalty on the weights", "Is something added to the loss", T, "(x, logits, mean, log_var, beta)",
     "(x, logits, mean, log_var, beta)\n            loss = loss + 0.01 * sum(ops.sum(w**2) for w in self.trainable_variables)"),
    ("rate of the first picture", "the mean over the pictures of [", T, "ops.mean(ops.sum(kl, axis=1))", "ops.sum(kl[0])"),
    ("a whole number", "cut to a whole number", B, "return b / a", "return b // a"),
):  # fmt: skip
    bank.wrong(exercise, title, says=says, swap=(old, new))
