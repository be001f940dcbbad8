"""Answers to the exercises of lesson 32, right and wrong."""

from tests.bank import Bank

bank = Bank()

# effective_beta
B = "effective_beta"
MEAN_PIXELS = 'loss.n_pixels if loss.pixels == "mean" else 1'
MEAN_CODE = 'loss.n_code if loss.kl == "mean" else 1'
bank.wrong(
    B,
    "averages overlooked",
    says="averaged over the code's numbers",
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
    says="cross-entropy",
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
bank.wrong(B, "two latents hard-coded", says="β of", swap=("loss.n_code if", "2 if"))
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
        beta /= loss.n_code
    if loss.error == "squared":
        beta /= 2 * noise_variance
    return beta

def implied_variance(loss):
    a, b = loss.pixel_weight, loss.kl_weight
    if loss.pixels == "mean":
        a /= loss.n_pixels
    if loss.kl == "mean":
        b /= loss.n_code
    return b / (2 * a)
""",
)
bank.right(
    B,
    "measured: by calling the loss on two states",
    code="""
def _weights(loss):
    zeros, ones = np.zeros((1, loss.n_pixels)), np.ones((1, loss.n_pixels))
    code = np.zeros((1, loss.n_code))
    half, near = 0.5 * ones, 0.25 * ones
    change = {"squared": 0.25 - 0.0625, "cross-entropy": np.log(2) + np.log(0.75)}[loss.error]
    a = (loss(zeros, half, code, code) - loss(zeros, near, code, code)) / (change * loss.n_pixels)
    b = (loss(zeros, half, code + 1, code) - loss(zeros, half, code, code)) / (0.5 * loss.n_code)
    return a, b

def effective_beta(loss, noise_variance=0.5):
    a, b = _weights(loss)
    return b / (a * 2 * noise_variance) if loss.error == "squared" else b / a

def implied_variance(loss):
    a, b = _weights(loss)
    return np.float64(b / a) / 2
""",
)

# water_filling
W = "water_filling"
bank.wrong(
    W,
    "negative rates under water",
    says="drowned axes got a negative rate",
    swap=("dry = variances[variances > level]", "dry = variances"),
)
bank.wrong(W, "half missing", says="half is missing", swap=("0.5 * np.sum", "np.sum"))
bank.wrong(W, "bits", says="bits", swap=("np.log(", "np.log2("))
bank.wrong(
    W,
    "mean of the distortions",
    says="not the mean",
    swap=("np.sum(np.minimum", "np.mean(np.minimum"),
)
bank.wrong(
    W,
    "mean of the rates",
    says="the mean",
    swap=(
        "0.5 * np.sum(np.log(dry / level))",
        "0.5 * np.mean(np.maximum(np.log(variances.clip(1e-300) / level), 0))",
    ),
)
bank.wrong(
    W,
    "mean over dry axes",
    says="out of the water",
    swap=("0.5 * np.sum(np.log", "0.5 * np.mean(np.log"),
)
bank.wrong(
    W,
    "level on every axis",
    says="keep their own variance",
    swap=("np.sum(np.minimum(variances, level))", "level * len(variances)"),
)
bank.wrong(
    W,
    "drowned axes forgotten",
    says="forgotten",
    swap=("np.sum(np.minimum(variances, level))", "level * len(dry)"),
)
bank.wrong(
    W,
    "dry axes forgotten",
    says="the level is left on each",
    swap=("np.sum(np.minimum(variances, level))", "np.sum(variances[variances <= level])"),
)
bank.wrong(
    W,
    "what is described",
    says="what is left is asked for",
    swap=("np.sum(np.minimum(variances, level))", "np.sum(np.maximum(variances - level, 0))"),
)
bank.wrong(W, "maximum for minimum", says="never above", swap=("np.minimum(", "np.maximum("))
bank.wrong(W, "fraction upside down", says="the sign", swap=("dry / level", "level / dry"))
bank.wrong(
    W, "takes variances for spreads", says="the rate", swap=("dry / level)", "dry**2 / level**2)")
)
bank.wrong(
    W,
    "logarithm of zero",
    says="the rate",
    swap=(
        "0.5 * np.sum(np.log(dry / level))",
        "0.5 * np.sum(np.log(variances / np.minimum(variances, level)))",
    ),
)
bank.wrong(
    W, "rate only", says="expected 2 results", swap=(", np.sum(np.minimum(variances, level))", "")
)
bank.wrong(
    W,
    "distortion first",
    says="the rate comes first",
    swap=(
        "return 0.5 * np.sum(np.log(dry / level)), np.sum(np.minimum(variances, level))",
        "return np.sum(np.minimum(variances, level)), 0.5 * np.sum(np.log(dry / level))",
    ),
)
bank.wrong(
    W,
    "dry axes taken for the first ones",
    says="in any order",
    code="""
def water_filling(variances, level):
    v = np.asarray(variances, dtype=float)
    k = int(np.cumprod(v > level).sum())
    return 0.5 * np.sum(np.log(v[:k] / level)), k * level + v[k:].sum()
""",
)
bank.right(
    W,
    "an array of two",
    code="""
def water_filling(variances, level):
    v = np.asarray(variances, dtype=float)
    left = np.minimum(v, level)
    dry = v > level
    return np.array([np.log(v[dry] / left[dry]).sum() / 2, left.sum()])
""",
)
bank.wrong(
    W,
    "sorted in place",
    says="in place",
    swap=("dtype=float)\n", "dtype=float)\n    variances.sort()\n"),
)
bank.right(
    W,
    "a loop over the axes",
    code="""
def water_filling(variances, level):
    import math
    rate = distortion = 0.0
    for v in variances:
        if v > level:
            rate += 0.5 * math.log(v / level)
            distortion += level
        else:
            distortion += v
    return rate, distortion
""",
)
bank.right(
    W,
    "where and maximum",
    code="""
def water_filling(variances, level):
    v = np.array(variances, dtype="float64")
    left = np.where(v > level, level, v)
    rate = np.maximum(0, np.log(np.maximum(v, level)) - np.log(level)).sum() / 2
    return [rate, left.sum()]
""",
)
bank.right(
    W,
    "tensors",
    code="""
def water_filling(variances, level):
    v = ops.convert_to_tensor(np.asarray(variances, dtype="float32"))
    rate = ops.sum(ops.log(ops.maximum(v / level, 1.0))) / 2
    return rate, ops.sum(ops.minimum(v, level))
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
    swap=("np.var(np.asarray(mean), axis=0)", "np.asarray(kl_of(mean, _)).mean(axis=0)"),
)
bank.wrong(A, "inactive ones", says="wrong way round", swap=("> threshold", "< threshold"))
bank.wrong(A, "threshold ignored", says="threshold is an argument", swap=("> threshold", "> 0.01"))
bank.wrong(
    A,
    "counted",
    says="shape",
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
    says="means that move by",
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
    says="compared with the noise",
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
    says="means that move by",
    code="""
def active_units(encode, x, threshold=0.01):
    return np.exp(np.asarray(encode(x)[1])).mean(axis=0) < 0.99
""",
)
bank.wrong(
    A,
    "away from the first picture's mean",
    says="means that move by",
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
    return logsumexp(log_weights, axis=1) + np.log(log_weights.shape[1])
""",
)
bank.wrong(
    IW,
    "divided by k outside",
    says="outside of the logarithm",
    code="""
def importance_weighted_bound(log_weights):
    return logsumexp(log_weights, axis=1) / log_weights.shape[1]
""",
)
bank.wrong(
    IW,
    "divides by n",
    says="the number of pictures",
    code="""
def importance_weighted_bound(log_weights):
    return logsumexp(log_weights, axis=1) - np.log(len(log_weights))
""",
)
bank.wrong(
    IW,
    "bits",
    says="bits",
    code="""
def importance_weighted_bound(log_weights):
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
        "ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "ops.mean(ops.sum(ops.maximum(kl, floor), axis=1))",
    ),
)
bank.wrong(
    F,
    "the floor under the sum",
    says="under the sum",
    swap=(
        "ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "ops.maximum(ops.mean(ops.sum(kl, axis=1)), floor)",
    ),
)
bank.wrong(
    F,
    "k floors under the sum",
    says="each number has its own",
    swap=(
        "ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "ops.maximum(ops.mean(ops.sum(kl, axis=1)), kl.shape[1] * floor)",
    ),
)
bank.wrong(
    F,
    "the floor under each picture's sum",
    says="each picture's sum",
    swap=(
        "ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "ops.mean(ops.maximum(ops.sum(kl, axis=1), floor))",
    ),
)
bank.wrong(F, "minimum", says="least", swap=("ops.maximum", "ops.minimum"))
bank.wrong(
    F, "averaged over the numbers", says="averaged over the numbers", swap=("ops.sum(", "ops.mean(")
)
bank.wrong(
    F,
    "only what is above",
    says="above the floor",
    swap=("ops.maximum(ops.mean(kl, axis=0), floor)", "ops.relu(ops.mean(kl, axis=0) - floor)"),
)
bank.wrong(
    F,
    "nothing below the floor",
    says="not nothing",
    swap=(
        "return ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "m = ops.mean(kl, axis=0)\n    return ops.sum(ops.where(m > floor, m, 0.0))",
    ),
)
bank.wrong(
    F,
    "floor added",
    says="added",
    swap=("ops.maximum(ops.mean(kl, axis=0), floor)", "ops.mean(kl, axis=0) + floor"),
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
    says="the price of 5 numbers",
    swap=("axis=0), floor)", "axis=0), 0.5)"),
)
bank.wrong(
    F,
    "divided by four, the first batch's size",
    says="the price of 5 numbers",
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
    swap=("ops.maximum(ops.mean(kl, axis=0), floor)", "ops.mean(kl, axis=0)"),
)
bank.wrong(
    F,
    "NumPy",
    says="keras.ops",
    swap=(
        "ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "np.sum(np.maximum(np.mean(kl, axis=0), floor))",
    ),
)
bank.wrong(
    F,
    "no gradient: the number is taken out",
    says="no gradient",
    swap=(
        "return ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "return ops.stop_gradient(ops.sum(ops.maximum(ops.mean(kl, axis=0), floor)))",
    ),
)
bank.wrong(
    F,
    "gradient below the floor as well",
    says="gradient",
    swap=(
        "return ops.sum(ops.maximum(ops.mean(kl, axis=0), floor))",
        "m = ops.mean(kl, axis=0)\n    return ops.sum(m + ops.stop_gradient(ops.maximum(m, floor) - m))",
    ),
)
bank.wrong(
    F,
    "Python loop over the batch",
    says="compiled training step",
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
