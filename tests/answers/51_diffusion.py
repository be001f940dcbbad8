"""Answers to the exercises of lesson 51, right and wrong."""

from tests.bank import Bank

bank = Bank()

# forward
F = "forward"
TABLE, MIX = "return np.concatenate([[1.0], products])", "signal = ops.sqrt(alpha_bar) * x0"
REST = "ops.sqrt(1 - alpha_bar) * noise"
for name, says, old, new in (
    ("no entry for 0", "t = 0 is missing", TABLE, "return products"),
    ("1 at the end", "in front", TABLE, "return np.concatenate([products, [1.0]])"),
    ("zero in front", "is 1", TABLE, "return np.concatenate([[0.0], products])"),
    ("one too few", "last entry", TABLE, "return np.concatenate([[1.0], products[:-1]])"),
    ("product of betas", "products of the betas", "np.cumprod(kept)", "np.cumprod(betas)"),
    ("no product", "not multiplied up", "np.cumprod(kept)", "kept"),
    ("sum", "sums of 1 - beta", "np.cumprod(kept)", "np.cumsum(kept)"),
    ("summed betas", "added up", "np.cumprod(kept)", "1 - np.cumsum(betas)"),
    ("exponential", "only close", "np.cumprod(kept)", "np.exp(-np.cumsum(betas))"),
    ("one number", "last product", TABLE, "return np.prod(kept)"),
    ("noise share", "shares of the noise", TABLE, "return 1 - np.concatenate([[1.0], products])"),
    ("root taken", "root was taken", TABLE, "return np.sqrt(np.concatenate([[1.0], products]))"),
    ("no roots", "roots are missing", MIX, "return alpha_bar * x0 + (1 - alpha_bar) * noise"),
    ("no root at x0", "root of alpha-bar is missing", "ops.sqrt(alpha_bar) * x0", "alpha_bar * x0"),
    ("no root at the noise", "root of 1 - alpha-bar is missing", REST, "(1 - alpha_bar) * noise"),
    ("plain picture", "not multiplied", "ops.sqrt(alpha_bar) * x0", "x0"),
    ("1 minus the root", "1 minus the root", REST, "(1 - ops.sqrt(alpha_bar)) * noise"),
    ("weights exchanged", "exchanged", MIX,
     "return ops.sqrt(1 - alpha_bar) * x0 + ops.sqrt(alpha_bar) * noise"),
    ("arguments exchanged", "exchanged", "def diffuse(x0, noise,", "def diffuse(noise, x0,"),
    ("sign", "sign", "signal + ", "signal - "),
    ("NumPy", "compile", MIX,
     "return np.sqrt(np.array(alpha_bar)) * x0 + np.sqrt(1 - np.array(alpha_bar)) * noise"),
    ("no return", "return", "return signal +", "signal +"),
):  # fmt: skip
    bank.wrong(F, name, says=says, swap=(old, new))
bank.wrong(
    F,
    "changed in place",
    says="in place",
    swap=(
        "kept = 1 - np.asarray(betas)\n    products = np.cumprod(kept)",
        "betas[:] = 1 - betas\n    products = np.cumprod(betas)",
    ),
)
bank.right(F, "a loop", swap=(
    "products = np.cumprod(kept)",
    "products, last = [], 1.0\n    for one in kept:\n        last *= one\n        products.append(last)",
))  # fmt: skip
bank.right(F, "TensorFlow and powers", code='''
def alpha_bars_of(betas):
    return np.cumprod(np.append(1.0, 1.0 - betas))


def diffuse(x0, noise, alpha_bar):
    return alpha_bar**0.5 * x0 + tf.sqrt(1.0 - alpha_bar) * noise
''')  # fmt: skip
bank.right(F, "logarithms", swap=("np.cumprod(kept)", "np.exp(np.cumsum(np.log(kept)))"))

# diffusion_loss
L = "diffusion_loss"
SQUARE = "ops.mean(ops.square(output - wanted))"
for name, says, old, new in (
    ("step before", "step t - 1", "alpha_bars, t)", "alpha_bars, t - 1)"),
    ("sum", "take the mean", SQUARE, "ops.sum(ops.square(output - wanted))"),
    ("absolute", "absolute", SQUARE, "ops.mean(ops.abs(output - wanted))"),
    ("root", "root was taken", SQUARE, "ops.sqrt(ops.mean(ops.square(output - wanted)))"),
    ("one per picture", "each picture", SQUARE, "ops.mean(ops.square(output - wanted), axis=(1, 2, 3))"),
    ("sum of pixels", "each picture's pixels", SQUARE,
     "ops.mean(ops.sum(ops.square(output - wanted), axis=(1, 2, 3)))"),
    ("always the noise", "wrong one", 'x0 if target == "clean" else noise', "noise"),
    ("always the picture", "wrong one", 'x0 if target == "clean" else noise', "x0"),
    ("targets exchanged", "wrong one", 'target == "clean"', 'target == "noise"'),
    ("noisy as target", "noisy pictures", 'x0 if target == "clean" else noise', "noisy"),
    ("clean input", "must see the noisy", "network([noisy,", "network([x0,"),
    ("exchanged inputs", "t and labels are exchanged", "[noisy, t, labels]", "[noisy, labels, t]"),
    ("three arguments", "one list of three", "network([noisy, t, labels])", "network(noisy, t, labels)"),
    ("no labels", "one list of three", "[noisy, t, labels]", "[noisy, t]"),
    ("not reshaped", "(n, 1, 1, 1)", "ops.reshape(ops.take(alpha_bars, t), (-1, 1, 1, 1))", "ops.take(alpha_bars, t)"),
    ("one step for all", "step of its own", "ops.take(alpha_bars, t)", "ops.take(alpha_bars, t[:1])"),
    ("x0 and noise exchanged", "weights are exchanged", "diffuse(x0, noise, alpha_bar)",
     "diffuse(noise, x0, alpha_bar)"),
    ("alpha-bar of alpha-bar", "without roots", "diffuse(x0, noise, alpha_bar)",
     "alpha_bar * x0 + (1 - alpha_bar) * noise"),
    ("gradient stopped", "no gradient", "wanted))", "wanted)) * 0 + ops.stop_gradient(" + SQUARE + ")"),
    ("own noise", "no sum of multiples", "diffuse(x0, noise, alpha_bar)",
     "diffuse(x0, keras.random.normal(ops.shape(x0)), alpha_bar)"),
    ("NumPy", "no tensor", SQUARE, "np.mean((np.array(output) - np.array(wanted)) ** 2)"),
    ("halved", "halved", SQUARE, "0.5 * " + SQUARE),
):  # fmt: skip
    bank.wrong(L, name, says=says, swap=(old, new))
bank.right(L, "TensorFlow", code='''
def diffusion_loss(network, x0, labels, t, noise, alpha_bars, target="clean"):
    a = tf.gather(alpha_bars, t)[:, None, None, None]
    guess = network((tf.sqrt(a) * x0 + tf.sqrt(1 - a) * noise, t, labels))
    if target == "noise":
        return tf.reduce_mean((guess - noise) ** 2)
    return tf.reduce_mean((guess - x0) ** 2)
''')  # fmt: skip
bank.right(L, "Keras's loss", swap=(SQUARE, "keras.losses.MeanSquaredError()(wanted, output)"))
bank.right(
    L, "mean of means", swap=(SQUARE, "ops.mean(keras.losses.mean_squared_error(wanted, output))")
)

# ddpm_step
P = "ddpm_step"
SIGMA = "np.sqrt(beta * (1 - alpha_bar_new) / (1 - alpha_bar))"
for name, says, old, new in (
    ("variance for sigma", "take its root", SIGMA, "beta * (1 - alpha_bar_new) / (1 - alpha_bar)"),
    ("beta as variance", "variance is beta", SIGMA, "np.sqrt(beta)"),
    ("no sigma", "not multiplied by sigma", "sigma * z", "z"),
    ("no noise", "z is not used", " + sigma * z", ""),
    ("noise subtracted", "z was subtracted", " + sigma", " - sigma"),
    ("beta from alpha-bar", "beta is 1 - alpha-bar here", "beta = 1 - alpha\n", "beta = 1 - alpha_bar\n"),
    ("difference", "difference of the alpha-bars", "beta = 1 - alpha\n", "beta = alpha_bar_new - alpha_bar\n"),
    ("clean for noise", "taken for the noise", "return of_clean * clean + of_x * x + sigma * z",
     "return (x - beta / np.sqrt(1 - alpha_bar) * clean) / np.sqrt(alpha) + sigma * z"),
    ("wrong root at clean", "estimate's weight", "np.sqrt(alpha_bar_new) * beta", "np.sqrt(alpha_bar) * beta"),
    ("wrong root at x", "root of alpha, not", "np.sqrt(alpha) * (1", "np.sqrt(alpha_bar) * (1"),
    ("weights exchanged", "weights are exchanged", "of_clean * clean + of_x * x", "of_clean * x + of_x * clean"),
    ("1 - alpha-bar at x", "weight of x", "np.sqrt(alpha) * (1 - alpha_bar_new)", "np.sqrt(alpha) * (1 - alpha_bar)"),
    ("arguments exchanged", "alpha_bar_new are exchanged", "alpha_bar, alpha_bar_new, z):",
     "alpha_bar_new, alpha_bar, z):"),
    ("in place", "in place", "return of_clean", "x *= of_x\n    return of_clean"),
    ("no return", "return", "return of_clean", "of_clean"),
):  # fmt: skip
    bank.wrong(P, name, says=says, swap=(old, new))
bank.right(P, "by the noise", code='''
def ddpm_step(x, clean, alpha_bar, alpha_bar_new, z):
    eps = (x - alpha_bar**0.5 * clean) / (1 - alpha_bar) ** 0.5
    alpha = alpha_bar / alpha_bar_new
    mean = (x - (1 - alpha) / np.sqrt(1 - alpha_bar) * eps) / np.sqrt(alpha)
    return mean + np.sqrt((1 - alpha) * (1 - alpha_bar_new) / (1 - alpha_bar)) * z
''')  # fmt: skip
bank.right(P, "as DDIM with eta 1", code='''
def ddpm_step(x, clean, alpha_bar, alpha_bar_new, z):
    eps = (x - np.sqrt(alpha_bar) * clean) / np.sqrt(1 - alpha_bar)
    variance = (1 - alpha_bar_new) / (1 - alpha_bar) * (1 - alpha_bar / alpha_bar_new)
    kept = np.sqrt(max(1 - alpha_bar_new - variance, 0))
    return np.sqrt(alpha_bar_new) * clean + kept * eps + variance**0.5 * z
''')  # fmt: skip

# sample
S = "sample"
STEP = "step(x, clean, alpha_bars[t], alpha_bars[new_t])"
for name, says, old, new in (
    ("estimate at the new time", "new time", "denoise(x, t)", "denoise(x, new_t)"),
    ("alpha-bars exchanged", "exchanged", STEP, "step(x, clean, alpha_bars[new_t], alpha_bars[t])"),
    ("always one step", "that of t - 1", STEP, "step(x, clean, alpha_bars[t], alpha_bars[t - 1])"),
    ("always from the start", "begins at `start`", "x = states[-1]", "x = start"),
    ("last one alone", "last pictures alone", "return states", "return states[-1]"),
    ("start missing", "start is missing", "return states", "return states[1:]"),
    ("last step missing", "last step", "return states", "return states[:-1]"),
    ("times to the step", "wants their alpha-bars", STEP, "step(x, clean, t, new_t)"),
    ("backwards", "backwards", "zip(times[:-1], times[1:]", "zip(times[::-1][:-1], times[::-1][1:]"),
    ("one off", "one step later", STEP, "step(x, clean, alpha_bars[t + 1], alpha_bars[new_t + 1])"),
    ("no return", "return", "return states", "states"),
    ("the estimates", "jump", "states.append(" + STEP + ")", "states.append(clean)"),
):  # fmt: skip
    bank.wrong(S, name, says=says, swap=(old, new))
bank.right(S, "an index", code='''
def sample(denoise, step, start, times, alpha_bars):
    found = [start]
    x = start
    for k in range(1, len(times)):
        old, new = times[k - 1], times[k]
        x = step(x, denoise(x, old), alpha_bars[old], alpha_bars[new])
        found.append(x)
    return found
''')  # fmt: skip
bank.right(S, "an array", swap=("return states", "return np.stack(states)"))
bank.right(S, "itertools", code='''
import itertools


def sample(denoise, step, start, times, alpha_bars):
    def walk(x, pair):
        return step(x, denoise(x, pair[0]), alpha_bars[pair[0]], alpha_bars[pair[1]])

    return list(itertools.accumulate(itertools.pairwise(times), walk, initial=start))
''')  # fmt: skip

# ddim_step
D = "ddim_step"
END = "return signal + np.sqrt(1 - alpha_bar_new) * noise"
for name, says, old, new in (
    ("no root at clean", "root of alpha-bar'", "np.sqrt(alpha_bar_new) * clean", "alpha_bar_new * clean"),
    ("no root at the noise", "root of 1 - alpha-bar'", END, "return signal + (1 - alpha_bar_new) * noise"),
    ("not divided", "not divided", "noise / np.sqrt(1 - alpha_bar)", "noise"),
    ("roots missing in the noise", "missing in the noise",
     "noise = x - np.sqrt(alpha_bar) * clean\n    noise = noise / np.sqrt(1 - alpha_bar)",
     "noise = (x - alpha_bar * clean) / (1 - alpha_bar)"),
    ("sign", "sign", "return signal +", "return signal -"),
    ("clean is the noise", "taken for the noise",
     "noise = x - np.sqrt(alpha_bar) * clean\n    noise = noise / np.sqrt(1 - alpha_bar)",
     "noise = clean\n    clean = (x - np.sqrt(1 - alpha_bar) * noise) / np.sqrt(alpha_bar)"),
    ("x for the noise", "x was used", "1 - alpha_bar_new) * noise", "1 - alpha_bar_new) * x"),
    ("arguments exchanged", "exchanged", "alpha_bar, alpha_bar_new):", "alpha_bar_new, alpha_bar):"),
    ("old weight at clean", "new weight", "np.sqrt(alpha_bar_new) * clean", "np.sqrt(alpha_bar) * clean"),
    ("old weight at the noise", "new weight", "1 - alpha_bar_new) * noise", "1 - alpha_bar) * noise"),
    ("noise alone", "noise alone", END, "return noise"),
    ("noise missing", "noise is missing", END, "return signal"),
    ("in place", "in place", "noise = x -", "x -= 0.1\n    noise = x -"),
):  # fmt: skip
    bank.wrong(D, name, says=says, swap=(old, new))
bank.right(D, "one line", code='''
def ddim_step(x, clean, alpha_bar, alpha_bar_new):
    eps = (x - alpha_bar**0.5 * clean) / (1 - alpha_bar) ** 0.5
    return alpha_bar_new**0.5 * clean + (1 - alpha_bar_new) ** 0.5 * eps
''')  # fmt: skip
bank.right(D, "as a quotient", code='''
def ddim_step(x, clean, alpha_bar, alpha_bar_new):
    shrink = np.sqrt((1 - alpha_bar_new) / (1 - alpha_bar))
    return shrink * x + (np.sqrt(alpha_bar_new) - shrink * np.sqrt(alpha_bar)) * clean
''')  # fmt: skip

# guided
G = "guided"
for name, says, old, new in (
    ("the paper's weight", "ours minus 1", "return without + w * difference",
     "return without + (1 + w) * difference"),
    ("sign", "sign", "denoise(x, t, labels) - without", "without - denoise(x, t, labels)"),
    ("difference alone", "difference alone", "without + w * difference", "w * difference"),
    ("weight not used", "counts once", "w * difference", "difference"),
    ("zero for none", "use no_label", "np.full_like(labels, no_label)", "np.zeros_like(labels)"),
    ("ten written in", "nobody asked for", "np.full_like(labels, no_label)", "np.full_like(labels, 10)"),
    ("answers exchanged", "exchanged", "without + w * difference", "without + (1 - w) * difference"),
    ("one number for all labels", "shape", "np.full_like(labels, no_label)", "np.array([no_label])[:0]"),
    ("in place", "in place", "    difference =", "    x[:] = 0\n    difference ="),
    ("no return", "return", "return without", "without"),
    ("time lost", "another time", "denoise(x, t, labels)", "denoise(x, 0, labels)"),
):  # fmt: skip
    bank.wrong(G, name, says=says, swap=(old, new))
bank.right(G, "one call for both", code='''
def guided(denoise, x, t, labels, w, no_label):
    both = denoise(np.concatenate([x, x]), t, np.concatenate([labels, np.full(len(x), no_label)]))
    yes, no = both[: len(x)], both[len(x) :]
    return w * yes + (1 - w) * no
''')  # fmt: skip
bank.right(G, "from the answer with label", code='''
def guided(denoise, x, t, labels, w, no_label):
    c = denoise(x, t, labels)
    u = denoise(x, t, no_label * np.ones(len(labels), dtype=int))
    return c + (w - 1) * (c - u)
''')  # fmt: skip

bank.wrong(
    "guided",
    "one label for all",
    says="one for each picture",
    swap=("np.full_like(labels, no_label)", "no_label"),
)
bank.wrong(
    "ddim_step",
    "only towards the digits",
    says="goes nowhere",
    swap=(
        "    noise = x - np",
        "    alpha_bar_new = max(alpha_bar, alpha_bar_new)\n    noise = x - np",
    ),
)
bank.wrong(
    "sample",
    "stops at time 0 alone",
    says="backwards",
    swap=(
        "for t, new_t in zip(times[:-1], times[1:], strict=True)",
        "for t, new_t in zip(sorted(times)[::-1][:-1], sorted(times)[::-1][1:], strict=True)",
    ),
)

# slips in one weight, in the calls, and in what comes back
for exercise, name, says, old, new in (
    (F, "1 for the first product", "in place of the first product", TABLE,
     "return np.concatenate([[1.0], products[1:]])"),
    (F, "multiplied from the end", "begin with the last beta", "np.cumprod(kept)", "np.cumprod(kept[::-1])"),
    (F, "betas of the next step", "betas[t - 1]", TABLE,
     "return np.concatenate([[1.0], np.cumprod(kept[1:]), [1.0]])"),
    (F, "201 entries", "len(betas)", TABLE, "return np.concatenate([[1.0], products, np.ones(200)])[:201]"),
    (F, "whole numbers", "whole numbers", TABLE, "return np.concatenate([[1], products]).astype(int)"),
    (F, "a pair", "tuple", TABLE, "return np.concatenate([[1.0], products]), betas"),
    (F, "one root for both", "picture's weight", REST, "ops.sqrt(alpha_bar) * noise"),
    (F, "squared", "not squared", REST, "ops.sqrt(1 - alpha_bar**2) * noise"),
    (F, "first alpha-bar for all", "first was used", "signal = ", "alpha_bar = alpha_bar[:1]\n    signal = "),
    (F, "own noise", "no sum of multiples", REST, "ops.sqrt(1 - alpha_bar) * keras.random.normal(ops.shape(x0))"),
    (F, "noise too strong", "that of noise is 1.1", REST, "ops.sqrt(1 + alpha_bar) * noise"),
    (F, "four axes", "leave its shape", "signal = ",
     "alpha_bar = ops.reshape(alpha_bar, (-1, 1, 1, 1))\n    signal = "),
    (L, "scaled noise", "noise in the comparison is scaled", "else noise", "else ops.sqrt(1 - alpha_bar) * noise"),
    (L, "difference as noise", "noisy minus x0", "else noise", "else noisy - x0"),
    (L, "alpha-bar for t", "these are alpha-bars", "[noisy, t,", "[noisy, ops.take(alpha_bars, t),"),
    (L, "t over T", "divided by T;", "[noisy, t,", "[noisy, t / (ops.shape(alpha_bars)[0] - 1),"),
    (L, "noise alone", "noise alone", "[noisy, t,", "[noise, t,"),
    (L, "added", "without their weights", "diffuse(x0, noise, alpha_bar)", "x0 + noise"),
    (L, "predict", "predict lets no gradient", "network([noisy", "network.predict([noisy"),
    (L, "256 pixels", "256 is written", SQUARE,
     "ops.mean(ops.sum(ops.square(output - wanted), axis=(1, 2, 3))) / 256"),
    (L, "each entry", "each entry", SQUARE, "ops.square(output - wanted)"),
    (L, "another loss", "comparison is wrong", SQUARE, "ops.mean(keras.losses.huber(wanted, output))"),
    (L, "indexed", "ops.take(table", "ops.take(alpha_bars, t)", "alpha_bars[t]"),
    (P, "alpha-bar for alpha", "alpha-bar", "alpha = alpha_bar / alpha_bar_new", "alpha = alpha_bar"),
    (P, "no root of alpha", "root of alpha is missing", "np.sqrt(alpha) *", "alpha *"),
    (P, "no root at clean", "root of alpha-bar' is missing", "np.sqrt(alpha_bar_new) * beta", "alpha_bar_new * beta"),
    (P, "own noise", "no sum of multiples", "sigma * z", "sigma * np.random.standard_normal(np.shape(x))"),
    (P, "a weight", "that of `z`", "sigma * z", "np.sqrt(1 - alpha_bar) * z"),
    (P, "the estimate", "came back as it was", "return of_clean", "return clean\n    return of_clean"),
    (P, "16 bits", "16 bits", "return of_clean * clean + of_x * x + sigma * z",
     "return (of_clean * clean + of_x * x + sigma * z).astype('float16')"),
    (S, "every estimate of the start", "estimates are of `start`", "denoise(x, t)", "denoise(start, t)"),
    (S, "alpha-bar to the denoiser", "`denoise` got alpha-bars", "denoise(x, t)", "denoise(x, alpha_bars[t])"),
    (S, "exchanged in the step", "x and the estimate are exchanged", "step(x, clean,", "step(clean, x,"),
    (S, "straight to the estimate", "jump", STEP, "clean"),
    (S, "old alpha-bar twice", "both alpha-bars", "alpha_bars[new_t]", "alpha_bars[t]"),
    (S, "noise given", "four arguments", "alpha_bars[new_t])", "alpha_bars[new_t], 0 * x)"),
    (S, "estimate clipped", "other estimates", "denoise(x, t)", "np.clip(denoise(x, t), -0.05, 0.05)"),
    (S, "roots", "look both up", STEP, "step(x, clean, alpha_bars[t] ** 0.5, alpha_bars[new_t] ** 0.5)"),
    (S, "one time", "is made for time", "denoise(x, t)", "denoise(x, times[0])"),
    (D, "no bracket", "bracket is missing",
     "noise = x - np.sqrt(alpha_bar) * clean\n    noise = noise / np.sqrt(1 - alpha_bar)",
     "noise = x - np.sqrt(alpha_bar) * clean / np.sqrt(1 - alpha_bar)"),
    (D, "clean not weighted", "not multiplied by the root of alpha-bar.", "x - np.sqrt(alpha_bar) * clean", "x - clean"),
    (D, "new weights exchanged", "new weights are exchanged", END,
     "return np.sqrt(alpha_bar_new) * noise + np.sqrt(1 - alpha_bar_new) * clean"),
    (D, "1 minus the root", "1 minus the root", END, "return signal + (1 - np.sqrt(alpha_bar_new)) * noise"),
    (D, "fresh noise", "no sum of multiples", "noise = x -",
     "x = np.random.default_rng(0).standard_normal(np.shape(x))\n    noise = x -"),
    (D, "a weight", "that of the noise", END, "return signal + np.sqrt(1 - alpha_bar_new**2) * noise"),
    (D, "forbids noise", "`assert`", "    noise = x -", "    assert alpha_bar_new > alpha_bar\n    noise = x -"),
    (G, "sum", "answer with the label was added", "w * difference", "w * denoise(x, t, labels)"),
    (G, "step before", "another time", "denoise(x, t, labels)", "denoise(x, t - 1, labels)"),
    (G, "time and labels", "exchanged", "denoise(x, t, labels)", "denoise(x, labels, t)"),
    (G, "half as much", "that of the answer", "without + w", "0.5 * without + w"),
    (G, "not both about x", "Both answers are about x", "denoise(x, t, labels)", "denoise(without, t, labels)"),
):  # fmt: skip
    bank.wrong(exercise, name, says=says, swap=(old, new))
bank.wrong(S, "one array written over", says="written over", code='''
def sample(denoise, step, start, times, alpha_bars):
    x = start.copy()
    states = [x]
    for old, new in zip(times[:-1], times[1:]):
        x[...] = step(x, denoise(x, old), alpha_bars[old], alpha_bars[new])
        states.append(x)
    return states
''')  # fmt: skip
bank.right(F, "keras.ops and a list", code='''
def alpha_bars_of(betas):
    table = [1.0]
    for beta in betas:
        table.append(table[-1] * (1 - beta))
    return table


def diffuse(x0, noise, alpha_bar):
    return ops.add(ops.multiply(ops.power(alpha_bar, 0.5), x0), ops.power(1 - alpha_bar, 0.5) * noise)
''')  # fmt: skip
bank.right(L, "t as float", swap=(
    "network([noisy, t, labels])", 'network([noisy, ops.cast(t, "float32"), labels])',
))  # fmt: skip
bank.right(P, "by precisions", code='''
def ddpm_step(x, clean, alpha_bar, alpha_bar_new, z):
    if alpha_bar_new == 1:
        return clean
    alpha = alpha_bar / alpha_bar_new
    precision = alpha / (1 - alpha) + 1 / (1 - alpha_bar_new)
    pull = np.sqrt(alpha) / (1 - alpha) * x + np.sqrt(alpha_bar_new) / (1 - alpha_bar_new) * clean
    return pull / precision + z / np.sqrt(precision)
''')  # fmt: skip
bank.right(S, "recursion, keywords", code='''
def sample(denoise, step, start, times, alpha_bars):
    if len(times) == 1:
        return [start]
    bars = {"alpha_bar": alpha_bars[times[0]], "alpha_bar_new": alpha_bars[times[1]]}
    x = step(x=start, clean=denoise(start, t=times[0]), **bars)
    return [start, *sample(denoise, step, x, times[1:], alpha_bars)]
''')  # fmt: skip
bank.right(D, "diffuse again", code='''
def ddim_step(x, clean, alpha_bar, alpha_bar_new):
    noise = (x - np.sqrt(alpha_bar) * clean) / np.sqrt(1 - alpha_bar)
    return diffuse(clean, noise, alpha_bar_new)
''')  # fmt: skip
bank.right(G, "keywords, labels as floats", code='''
def guided(denoise, x, t, labels, w, no_label):
    none = np.full(labels.shape, float(no_label))
    return (1 - w) * denoise(x, t, labels=none) + w * denoise(x=x, t=t, labels=labels)
''')  # fmt: skip

# one picture or one weight apart from the others; what only some calls show
for exercise, name, says, old, new in (
    (F, "16 bits on the way", "16 bits", "np.cumprod(kept)", "np.cumprod(kept.astype('float16'))"),
    (F, "powers", "a small case", "np.cumprod(kept)", "kept[0] ** np.arange(1, len(kept) + 1)"),
    (L, "another loss", "a small case", SQUARE, "keras.losses.Huber()(wanted, output)"),
    (L, "first channel alone", "a small case of shape (1, 1, 1, 2)", "(output - wanted)", "((output - wanted)[..., 0])"),
    (L, "output clipped", "output was clipped", "network([noisy, t, labels])",
     "ops.clip(network([noisy, t, labels]), -1, 1)"),
    (P, "noise at some levels alone", "z is not used", "sigma * z", "(sigma * z if alpha_bar < 0.5 else 0)"),
    (P, "no alpha between 0 and 1", "sigma = 0.4226", "alpha_bar / alpha_bar_new", "alpha_bar_new / alpha_bar"),
    (P, "one z for all", "a small case", "sigma * z", "sigma * z.flat[0]"),
    (S, "sorted", "from the last to the first", "    states = [start]",
     "    times = sorted(times, reverse=True)\n    states = [start]"),
    (S, "lists alone", "numpy.ndarray", "denoise(x, t)", "denoise(x, times[times.index(t)])"),
    (S, "estimates clipped", "clipped to -1 to 1", "denoise(x, t)", "np.clip(denoise(x, t), -1, 1)"),
    (D, "one alpha-bar", "the noise takes alpha_bar,", "    noise = x -", "    alpha_bar = alpha_bar_new\n    noise = x -"),
    (D, "estimate clipped", "a small case", "    signal", "    clean = clean.clip(-1, 1)\n    signal"),
    (D, "root of a negative number", "root(1 - alpha-bar) = 0.8367", "np.sqrt(1 - alpha_bar)", "np.sqrt(alpha_bar - 1)"),
    (G, "some labels hidden", "about picture 1 without a label", "np.full_like(labels, no_label)",
     "np.where(labels == labels[0], no_label, labels)"),
    (G, "twice with the label", "about picture 0 without a label", "denoise(x, t, nothing)", "denoise(x, t, labels)"),
    (G, "never with the label", "about picture 0 with its label, 1", "denoise(x, t, labels)", "denoise(x, t, nothing)"),
    (G, "labels of others", "label 7 for picture 0", "denoise(x, t, labels)", "denoise(x, t, labels[::-1])"),
    (G, "capped weight", "counts once", "w * difference", "min(w, 1) * difference"),
    (G, "with the label at 0", "w = 0 ignores", "    return", "    if w == 0:\n        return difference + without\n    return"),
    (G, "whole weight", "cut to a whole number", "w * difference", "int(w) * difference"),
    (G, "difference squashed", "a small case", "w * difference", "np.tanh(w * difference)"),
):  # fmt: skip
    bank.wrong(exercise, name, says=says, swap=(old, new))
