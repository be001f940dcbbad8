"""Answers to the exercises of lesson 41, right and wrong."""

from tests.bank import Bank

bank = Bank()

# optimal_discriminator
O = "optimal_discriminator"  # noqa: E741
SOLUTION_O = "np.divide(p, total, out=np.full(total.shape, 0.5), where=total > 0)"
bank.wrong(
    O, "probability of forged", says="probability of *fake*", swap=("divide(p,", "divide(q,")
)
bank.wrong(
    O,
    "odds",
    says="odds",
    code="""
def optimal_discriminator(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    return np.where(p + q > 0, p / q, 0.5)
""",
)
bank.wrong(
    O,
    "NaN where both are zero",
    says="NaN where p and q are both zero",
    code="""
def optimal_discriminator(p, q):
    return p / (p + q)
""",
)
bank.wrong(
    O, "zero where both are zero", says="the answer is 0.5", swap=("shape, 0.5", "shape, 0.0")
)
bank.wrong(
    O,
    "an epsilon in the denominator",
    says="the answer is 0.5",
    code="""
def optimal_discriminator(p, q):
    return p / (p + q + 1e-8)
""",
)
bank.wrong(
    O,
    "an epsilon on both sides",
    says="far out",
    code="""
def optimal_discriminator(p, q):
    return (p + 0.5e-9) / (p + q + 1e-9)
""",
)
bank.wrong(
    O,
    "one half wherever little is",
    says="far out",
    swap=("where=total > 0", "where=total > 1e-9"),
)
bank.wrong(
    O, "twice the sum", says="half of it is missing", swap=("total = p + q", "total = 2 * (p + q)")
)
bank.wrong(
    O,
    "hard decision",
    says="says 0 or 1",
    code="""
def optimal_discriminator(p, q):
    return np.where(p + q > 0, 1.0 * (p > q), 0.5)
""",
)
bank.wrong(
    O,
    "softmax of the densities",
    says="D ",
    code="""
def optimal_discriminator(p, q):
    return expit(p - q)
""",
)
bank.wrong(O, "no return", says="returned", swap=("return np", "result = np"))
bank.wrong(
    O,
    "overwrites p",
    says="changed in place",
    code="""
def optimal_discriminator(p, q):
    s = p + q
    p /= np.where(s > 0, s, 1)
    p[s == 0] = 0.5
    return p
""",
)
bank.wrong(
    O,
    "one half where little is, np.where",
    says="far out",
    code="""
def optimal_discriminator(p, q):
    s = p + q
    return np.where(s < 1e-3, 0.5, p / np.where(s > 0, s, 1))
""",
)
bank.wrong(
    O,
    "one axis only",
    says="",
    code="""
def optimal_discriminator(p, q):
    return np.array([a / (a + b) if a + b > 0 else 0.5 for a, b in zip(p, q)])
""",
)
bank.right(
    O,
    "loop over elements",
    code="""
def optimal_discriminator(p, q):
    flat = [a / (a + b) if a + b > 0 else 0.5 for a, b in zip(np.ravel(p), np.ravel(q))]
    return np.array(flat).reshape(np.shape(p))
""",
)
bank.right(
    O,
    "repaired afterwards",
    code="""
def optimal_discriminator(p, q):
    d = p / (p + q)
    d[np.isnan(d)] = 0.5
    return d
""",
)
bank.right(
    O,
    "np.where over a safe sum",
    code="""
def optimal_discriminator(p, q):
    s = np.asarray(p) + q
    return np.where(s == 0, 0.5, p / np.where(s == 0, 1, s))
""",
)

# js_divergence
J = "js_divergence"


def js(body: str) -> str:
    """A function of p, q, x."""
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return f"def js_divergence(p, q, x):\n    from scipy.special import rel_entr\n{lines}\n"


RIGHT = "m = (p + q) / 2\nvalues = rel_entr(p, m) / 2 + rel_entr(q, m) / 2\n"
bank.wrong(J, "without the half", says="one half", swap=(", x) / 2", ", x)"))
bank.wrong(J, "a half too many", says="too many", swap=(", x) / 2", ", x) / 4"))
bank.wrong(J, "bits", says="bits", swap=(", x) / 2)", ", x) / 2 / np.log(2))"))
bank.wrong(J, "distance", says="square root", swap=(", x) / 2)", ", x) / 2) ** 0.5"))
bank.wrong(
    J,
    "KL(p, q)",
    says="KL(p, q)",
    code=js("return trapezoid(rel_entr(p, np.maximum(q, 1e-300)), x)"),
)
bank.wrong(
    J,
    "KL(q, p)",
    says="KL(q, p)",
    code=js("return trapezoid(rel_entr(q, np.maximum(p, 1e-300)), x)"),
)
bank.wrong(
    J,
    "mean of both KL (Jeffreys)",
    says="mean of KL",
    code=js(
        "a, b = np.maximum(p, 1e-300), np.maximum(q, 1e-300)\nreturn trapezoid((a - b) * np.log(a / b), x) / 2"
    ),
)
bank.wrong(
    J,
    "0 log 0",
    says="NaN",
    code=js("m = (p + q) / 2\nreturn trapezoid(p * np.log(p / m) + q * np.log(q / m), x) / 2"),
)
bank.wrong(
    J,
    "1 - D rounds to zero",
    says="infinite",
    swap=("optimal_discriminator(q, p)", "(1 - optimal_discriminator(p, q))"),
)
bank.wrong(
    J,
    "half for p only",
    says="KL(p, m)",
    code=js("return trapezoid(rel_entr(p, (p + q) / 2), x) / 2"),
)
bank.wrong(
    J, "KL(p, m)", says="KL(p, m) alone", code=js("return trapezoid(rel_entr(p, (p + q) / 2), x)")
)
bank.wrong(
    J,
    "mixture not halved",
    says="not their sum",
    code=js("m = p + q\nreturn trapezoid(rel_entr(p, m) / 2 + rel_entr(q, m) / 2, x)"),
)
bank.wrong(
    J, "value of the game", says="value of the game", swap=(", x) / 2)", ", x)) - np.log(4)")
)
bank.wrong(J, "sum", says="summed", code=js(RIGHT + "return values.sum()"))
bank.wrong(
    J,
    "first step for all",
    says="evenly spaced",
    code=js(RIGHT + "return values.sum() * (x[1] - x[0])"),
)
bank.wrong(
    J,
    "mean over the points times the range",
    says="evenly spaced",
    code=js(RIGHT + "return values.mean() * (x[-1] - x[0])"),
)
bank.wrong(
    J,
    "trapezoid with one step",
    says="JS",
    code=js(RIGHT + "return trapezoid(values, dx=np.diff(x).mean())"),
)
bank.wrong(
    J,
    "a sum that is normalised",
    says="JS",
    code=js("p, q = p / p.sum(), q / q.sum()\n" + RIGHT + "return values.sum()"),
)
bank.wrong(
    J,
    "large epsilon",
    says="JS",
    code=js("p, q = p + 1e-2, q + 1e-2\n" + RIGHT + "return trapezoid(values, x)"),
)
bank.wrong(J, "sign", says="sign", code=js(RIGHT + "return -trapezoid(values, x)"))
bank.wrong(J, "no return", says="return", swap=("return float", "value = float"))
bank.wrong(
    J,
    "gaps bridged",
    says="bridged",
    code=js(
        """
m = (p + q) / 2
a, b = p > 0, q > 0
left = trapezoid(p[a] * np.log(p[a] / m[a]), x[a])
return (left + trapezoid(q[b] * np.log(q[b] / m[b]), x[b])) / 2
"""
    ),
)
bank.wrong(
    J,
    "one mask for both terms",
    says="other one's term stays",
    code=js(
        """
m, both = (p + q) / 2, (p > 0) & (q > 0)
m = np.where(both, m, 1)
values = np.where(both, xlogy(p, p / m) + xlogy(q, q / m), 0)
return trapezoid(values, x) / 2
"""
    ),
)
V = "trapezoid(xlogy(p, optimal_discriminator(p, q)) + xlogy(q, optimal_discriminator(q, p)), x)"
bank.wrong(J, "V / 2, log 4 forgotten", says="log 2 is missing", code=js(f"return {V} / 2"))
bank.right(J, "from the value of the game", code=js(f"return ({V} + np.log(4)) / 2"))
bank.right(J, "rel_entr", code=js(RIGHT + "return trapezoid(values, x)"))
bank.right(
    J,
    "Simpson",
    code=js("from scipy.integrate import simpson\n" + RIGHT + "return simpson(values, x=x)"),
)
bank.right(
    J,
    "entropies",
    code=js("h = lambda d: trapezoid(-xlogy(d, d), x)\nreturn h((p + q) / 2) - (h(p) + h(q)) / 2"),
)
bank.right(
    J,
    "np.where, which divides by zero on the way",
    code=js(
        """
m = (p + q) / 2
left = np.where(p > 0, p * np.log(p / m), 0.0)
right = np.where(q > 0, q * np.log(q / m), 0.0)
return 0.5 * trapezoid(left + right, x)
"""
    ),
)
bank.right(
    J,
    "loop with mean heights",
    code=js(
        """
def term(a, b):
    return a * np.log(2 * a / (a + b)) / 2 if a > 0 else 0.0
total = 0.0
for k in range(len(x) - 1):
    low = term(p[k], q[k]) + term(q[k], p[k])
    high = term(p[k + 1], q[k + 1]) + term(q[k + 1], p[k + 1])
    total += (low + high) / 2 * (x[k + 1] - x[k])
return total
"""
    ),
)

# gan_losses
L = "gan_losses"
REAL, FAKE = "ops.mean(ops.softplus(-real_logits))", "ops.mean(ops.softplus(fake_logits))"
D_LINE = f"return {REAL} + {FAKE}"
G_LINE = "return ops.mean(ops.softplus(-fake_logits))"
S_LINE = "return -ops.mean(ops.softplus(fake_logits))"
bank.wrong(
    L,
    "labels swapped",
    says="labels are swapped",
    swap=(
        D_LINE,
        "return ops.mean(ops.softplus(real_logits)) + ops.mean(ops.softplus(-fake_logits))",
    ),
)
bank.wrong(L, "V itself", says="value V", swap=(D_LINE, f"return -{REAL} - {FAKE}"))
bank.wrong(L, "halved", says="halved", swap=(D_LINE, f"return ({REAL} + {FAKE}) / 2"))
bank.wrong(L, "real alone", says="only the real", swap=(D_LINE, f"return {REAL}"))
bank.wrong(L, "fakes alone", says="only the fakes", swap=(D_LINE, f"return {FAKE}"))
bank.wrong(
    L,
    "fakes rewarded",
    says="fakes are rewarded",
    swap=(D_LINE, f"return {REAL} + ops.mean(ops.softplus(-fake_logits))"),
)
bank.wrong(
    L,
    "pooled",
    says="apart",
    swap=(
        D_LINE,
        "return 2 * ops.mean(ops.concatenate([ops.softplus(-real_logits), ops.softplus(fake_logits)]))",
    ),
)
bank.wrong(L, "sums", says="mean", swap=(D_LINE, D_LINE.replace("mean", "sum")))
bank.wrong(
    L,
    "the mean forgotten, generator",
    says="Take the mean",
    swap=(G_LINE, "return ops.softplus(-fake_logits)"),
)
bank.wrong(
    L,
    "the mean forgotten, discriminator, shapes that do not fit",
    says="InvalidArgumentError",
    swap=(D_LINE, "return ops.softplus(-real_logits) + ops.softplus(fake_logits)"),
)
bank.wrong(
    L,
    "mean over the first axis only",
    says="Take the mean",
    swap=(G_LINE, "return ops.mean(ops.softplus(-fake_logits), axis=0)"),
)
bank.wrong(
    L,
    "sigmoid twice",
    says="sigmoid is taken twice",
    swap=(
        D_LINE,
        "real_logits, fake_logits = ops.sigmoid(real_logits), ops.sigmoid(fake_logits)\n    "
        + D_LINE,
    ),
)
bank.wrong(
    L,
    "sigmoid twice, generator",
    says="sigmoid is taken twice",
    swap=(G_LINE, "return ops.mean(ops.softplus(-ops.sigmoid(fake_logits)))"),
)
bank.wrong(
    L,
    "probabilities' cross-entropy on logits",
    says="from_logits",
    code="""
def discriminator_loss(real_logits, fake_logits):
    bce = keras.losses.BinaryCrossentropy()
    return bce(ops.ones_like(real_logits), real_logits) + bce(ops.zeros_like(fake_logits), fake_logits)


def generator_loss(fake_logits, saturating=False):
    return ops.mean(ops.softplus(fake_logits) * -1 if saturating else ops.softplus(-fake_logits))
""",
)
bank.wrong(
    L,
    "log of the sigmoid overflows",
    says="infinite",
    swap=(G_LINE, "return -ops.mean(ops.log(ops.sigmoid(fake_logits)))"),
)
bank.wrong(
    L,
    "log of 1 + exp overflows",
    says="infinite",
    swap=(G_LINE, "return ops.mean(ops.log(1 + ops.exp(-fake_logits)))"),
)
bank.wrong(
    L,
    "clipped",
    says="use softplus",
    swap=(G_LINE, "return -ops.mean(ops.log(ops.clip(ops.sigmoid(fake_logits), 1e-7, 1.0)))"),
)
bank.wrong(
    L,
    "an epsilon in the logarithm",
    says="use softplus",
    swap=(S_LINE, "return ops.mean(ops.log(1 - ops.sigmoid(fake_logits) + 1e-8))"),
)
bank.wrong(
    L, "always saturating", says="asked for with saturating=True", swap=("if saturating", "if True")
)
bank.wrong(
    L,
    "never saturating",
    says="the non-saturating loss, though",
    swap=("if saturating", "if False"),
)
bank.wrong(
    L, "saturating sign", says="sign is flipped", swap=(S_LINE, S_LINE.replace("-ops", "ops"))
)
bank.wrong(
    L,
    "generator's sign",
    says="sign is flipped",
    swap=(G_LINE, G_LINE.replace("return ops", "return -ops")),
)
bank.wrong(
    L,
    "generator's label wrong",
    says="wants its samples called real",
    swap=(G_LINE, "return ops.mean(ops.softplus(fake_logits))"),
)
bank.wrong(
    L,
    "targets outside [0, 1]",
    says="overconfidence",
    code="""
def discriminator_loss(real_logits, fake_logits):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real = bce(1.05 * ops.ones_like(real_logits), real_logits)
    return real + bce(-0.05 * ops.ones_like(fake_logits), fake_logits)


def generator_loss(fake_logits, saturating=False):
    if saturating:
        return -ops.mean(ops.softplus(fake_logits))
    return ops.mean(ops.softplus(-fake_logits))
""",
)
bank.wrong(
    L,
    "smoothed",
    says="smoothing",
    swap=(D_LINE, D_LINE + " + 0.1 * ops.mean(real_logits)"),
)
bank.wrong(L, "bits", says="bits", swap=(D_LINE, f"return ({REAL} + {FAKE}) / np.log(2)"))
bank.wrong(
    L,
    "NumPy, so no gradient",
    says="no gradient",
    swap=(G_LINE, "return tf.constant(np.mean(np.logaddexp(0, -np.asarray(fake_logits))))"),
)
bank.wrong(
    L,
    "NumPy's number",
    says="no tensor",
    swap=(G_LINE, "return np.mean(np.logaddexp(0, -np.asarray(fake_logits)))"),
)
bank.wrong(
    L,
    "probabilities' cross-entropy on logits, generator",
    says="from_logits",
    swap=(
        G_LINE,
        "return keras.losses.BinaryCrossentropy()(ops.ones_like(fake_logits), fake_logits)",
    ),
)
bank.wrong(
    L,
    "an epsilon in the generator's logarithm",
    says="softplus of the logit",
    swap=(G_LINE, "return -ops.mean(ops.log(ops.sigmoid(fake_logits) + 1e-8))"),
)
bank.wrong(
    L,
    "log of the sigmoid overflows, discriminator",
    says="softplus of the logit",
    swap=(
        D_LINE,
        "return -ops.mean(ops.log(ops.sigmoid(real_logits))) "
        "- ops.mean(ops.log(1 - ops.sigmoid(fake_logits)))",
    ),
)
bank.wrong(
    L,
    "real logits detached",
    says="real logits",
    swap=(D_LINE, D_LINE.replace("(-real_logits)", "(-ops.stop_gradient(real_logits))")),
)
bank.wrong(
    L,
    "detached",
    says="no gradient",
    swap=(G_LINE, "return ops.mean(ops.softplus(-ops.stop_gradient(fake_logits)))"),
)
bank.wrong(
    L,
    "Wasserstein losses",
    says="discriminator_loss",
    swap=(D_LINE, "return ops.mean(fake_logits) - ops.mean(real_logits)"),
)
bank.right(
    L,
    "Keras's cross-entropy from logits",
    code="""
def discriminator_loss(real_logits, fake_logits):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    real, fake = ops.reshape(real_logits, (-1, 1)), ops.reshape(fake_logits, (-1, 1))
    return bce(ops.ones_like(real), real) + bce(ops.zeros_like(fake), fake)


def generator_loss(fake_logits, saturating=False):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    fake = ops.reshape(fake_logits, (-1, 1))
    return -bce(ops.zeros_like(fake), fake) if saturating else bce(ops.ones_like(fake), fake)
""",
)
bank.right(
    L,
    "TensorFlow's own",
    code="""
def cross(label, logits):
    labels = tf.fill(tf.shape(logits), label)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def discriminator_loss(real_logits, fake_logits):
    return cross(1.0, real_logits) + cross(0.0, fake_logits)


def generator_loss(fake_logits, saturating=False):
    return tf.negative(cross(0.0, fake_logits)) if saturating else cross(1.0, fake_logits)
""",
)
bank.right(
    L,
    "logaddexp and log_sigmoid",
    code="""
import math


def discriminator_loss(real_logits, fake_logits):
    return ops.mean(ops.logaddexp(0.0, -real_logits)) - tf.reduce_mean(tf.math.log_sigmoid(-fake_logits))


def generator_loss(fake_logits, saturating=False):
    sign = 1.0 if saturating else -1.0
    return sign * ops.mean(ops.log_sigmoid(-sign * fake_logits))
""",
)

# alternating_update
U = "alternating_update"
bank.wrong(
    U,
    "frozen discriminator",
    says="frozen",
    swap=("    for real, noise", "    discriminator.trainable = False\n    for real, noise"),
)
bank.wrong(
    U,
    "frozen for the generator's step and left so",
    says="frozen",
    swap=(
        "        loss_g = g",
        "        discriminator.trainable = False\n        loss_g = g",
    ),
)
bank.wrong(
    U,
    "discriminator never stepped",
    says="they have not changed",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    loss_d = d_loss(discriminator, reals[-1], generator(noises[-2]))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, v), v))
    return loss_d, loss_g
""",
)
bank.wrong(
    U,
    "generator's step changes both",
    says="generator's variables only",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    for real, noise in zip(reals, noises):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, v), v))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables + discriminator.trainable_variables
    for variable, g in zip(v, tape.gradient(loss_g, v)):
        variable.assign_sub(g_optimizer.learning_rate * g)
    return loss_d, loss_g
""",
)
SIMULTANEOUS = """
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    for k, real in enumerate(reals):
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            loss_d = d_loss(discriminator, real, generator(noises[k]))
            loss_g = g_loss(discriminator, generator(noises[-1]))
        dv, gv = discriminator.trainable_variables, generator.trainable_variables
        d_gradients, g_gradients = d_tape.gradient(loss_d, dv), g_tape.gradient(loss_g, gv)
        d_optimizer.apply_gradients(zip(d_gradients, dv))
    g_optimizer.apply_gradients(zip(g_gradients, gv))
    return loss_d, loss_g
"""
bank.wrong(U, "simultaneous", says="updated", code=SIMULTANEOUS)
bank.wrong(
    U,
    "detached",
    says="does the gradient reach them",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    for real, noise in zip(reals, noises):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, v), v))
    fake = generator(noises[-1])
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, fake)
    v = generator.trainable_variables
    gradients = [tf.zeros_like(w) if g is None else g for g, w in zip(tape.gradient(loss_g, v), v)]
    g_optimizer.apply_gradients(zip(gradients, v))
    return loss_d, loss_g
""",
)
bank.wrong(
    U,
    "generator outside the tape",
    says="no gradient with respect",
    swap=(
        "    with tf.GradientTape() as tape:\n        loss_g = g_loss(discriminator, generator(noises[-1]))",
        "    made = generator(noises[-1])\n    with tf.GradientTape() as tape:\n"
        "        loss_g = g_loss(discriminator, made)",
    ),
)
bank.wrong(
    U,
    "uphill discriminator",
    says="uphill",
    swap=("            loss_d = d_loss", "            loss_d = -d_loss"),
)
bank.wrong(
    U,
    "uphill generator",
    says="uphill",
    swap=("        loss_g = g_loss", "        loss_g = -g_loss"),
)
bank.wrong(
    U,
    "optimizers exchanged",
    says="variables of the other player",
    swap=("    for real", "    g_optimizer, d_optimizer = d_optimizer, g_optimizer\n    for real"),
)
bank.wrong(
    U,
    "one discriminator step only",
    says="one for each batch",
    swap=(
        "    with tf.GradientTape() as tape:\n        loss_g",
        "        break\n    with tf.GradientTape() as tape:\n        loss_g",
    ),
)
bank.wrong(
    U,
    "same noise for both players",
    says="last batch of noise is for the generator",
    swap=("generator(noises[-1])", "generator(noises[0])"),
)
bank.wrong(
    U,
    "generator steps after each discriminator step",
    says="",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    for k, real in enumerate(reals):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noises[k]))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, v), v))
        with tf.GradientTape() as tape:
            loss_g = g_loss(discriminator, generator(noises[-1]))
        v = generator.trainable_variables
        g_optimizer.apply_gradients(zip(tape.gradient(loss_g, v), v))
    return loss_d, loss_g
""",
)
bank.wrong(
    U,
    "floats, which do not exist in a graph",
    says="tf.function",
    swap=("return loss_d, loss_g", "return float(loss_d), float(loss_g)"),
)
bank.wrong(U, "no return", says="returned", swap=("    return loss_d, loss_g", "    pass"))
bank.wrong(U, "one loss", says="expected 2", swap=("return loss_d, loss_g", "return loss_g"))
bank.wrong(
    U, "losses exchanged", says="swapped", swap=("return loss_d, loss_g", "return loss_g, loss_d")
)
bank.wrong(
    U,
    "fakes detached from the generator",
    says="no gradient with respect",
    swap=(
        "g_loss(discriminator, generator(noises[-1]))",
        "g_loss(discriminator, ops.stop_gradient(generator(noises[-1])))",
    ),
)
bank.wrong(
    U,
    "one optimizer for both",
    says="variables of the other player",
    swap=("        d_optimizer.apply", "        g_optimizer.apply"),
)
bank.wrong(
    U,
    "generator first",
    says="moved first",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, v), v))
    for real, noise in zip(reals, noises):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, v), v))
    return loss_d, loss_g
""",
)
bank.wrong(
    U,
    "the generator's loss after its step",
    says="after the step",
    swap=(
        "return loss_d, loss_g",
        "return loss_d, g_loss(discriminator, generator(noises[-1]))",
    ),
)
bank.wrong(
    U,
    "the discriminator's loss after its step",
    says="after the step",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    for real, noise in zip(reals, noises):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, v), v))
        loss_d = d_loss(discriminator, real, generator(noise))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, v), v))
    return loss_d, loss_g
""",
)
bank.wrong(
    U,
    "mean of the discriminator's losses",
    says="mean of all steps",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    seen = []
    for real, noise in zip(reals, noises):
        with tf.GradientTape() as tape:
            seen.append(d_loss(discriminator, real, generator(noise)))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(seen[-1], v), v))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, v), v))
    return tf.reduce_mean(tf.stack(seen)), loss_g
""",
)
bank.right(
    U,
    "optimizer.apply, one tape each, range",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    def step(model, optimizer, loss_of):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in model.trainable_variables])
            loss = loss_of()
        optimizer.apply(
            tape.gradient(loss, [v.value for v in model.trainable_variables]),
            model.trainable_variables,
        )
        return loss

    for k in range(len(reals)):
        first = step(
            discriminator,
            d_optimizer,
            lambda: d_loss(discriminator, reals[k], generator(noises[k])),
        )
    last = step(generator, g_optimizer, lambda: g_loss(discriminator, generator(noises[-1])))
    return [first, last]
""",
)
bank.right(
    U,
    "fakes made outside the tape and detached for the discriminator",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    *for_d, for_g = noises
    fakes = [tf.stop_gradient(generator(z, training=True)) for z in for_d]
    for real, fake in zip(reals, fakes):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, fake)
        d_optimizer.apply_gradients(
            zip(tape.gradient(loss_d, discriminator.trainable_weights), discriminator.trainable_weights)
        )
    with tf.GradientTape() as tape:
        fake = generator(for_g, training=True)
        loss_g = g_loss(discriminator, fake)
    g_optimizer.apply_gradients(
        zip(tape.gradient(loss_g, generator.trainable_weights), generator.trainable_weights)
    )
    return loss_d, loss_g
""",
)
bank.right(
    U,
    "freezing and thawing again",
    code="""
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    for real, noise in zip(reals, noises):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, v), v))
    discriminator.trainable = False
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, v), v))
    discriminator.trainable = True
    return loss_d, loss_g
""",
)

# modes_covered
M = "modes_covered"
bank.wrong(M, "one standard deviation", says="not one", swap=("<= 3 * std", "<= std"))
bank.wrong(M, "two standard deviations", says="not two", swap=("<= 3 * std", "<= 2 * std"))
bank.wrong(M, "distance 3", says="distance 3", swap=("<= 3 * std", "<= 3"))
bank.wrong(M, "variance", says="variance", swap=("<= 3 * std", "<= 3 * std**2"))
bank.wrong(
    M,
    "squared distance, limit not squared",
    says="squared",
    swap=("cdist(samples, centres)", "cdist(samples, centres) ** 2"),
)
bank.wrong(
    M,
    "sum of absolute differences",
    says="Euclidean",
    swap=("centres)\n", 'centres, "cityblock")\n'),
)
bank.wrong(M, "all samples counted", says="high-quality", swap=("nearest[good]", "nearest"))
bank.wrong(
    M,
    "one sample is enough",
    says="single sample",
    swap=("counts >= least * len(samples)", "counts > 0"),
)
bank.wrong(
    M,
    "share taken for a number",
    says="",
    swap=("counts >= least * len(samples)", "counts >= least"),
)
bank.wrong(
    M,
    "least fixed",
    says="0.01",
    swap=("counts >= least * len(samples)", "counts >= 0.01 * len(samples)"),
)
bank.wrong(
    M,
    "share of the good ones",
    says="all* samples",
    swap=("counts >= least * len(samples)", "counts >= least * good.sum()"),
)
bank.wrong(M, "number, not share", says="share, not the number", swap=("good.mean()", "good.sum()"))
bank.wrong(M, "per cent", says="per cent", swap=("good.mean()", "100 * good.mean()"))
bank.wrong(M, "low quality", says="low quality", swap=("good.mean()", "1 - good.mean()"))
bank.wrong(M, "missing modes", says="covered modes", swap=("counts >= least", "counts < least"))
bank.wrong(
    M,
    "which modes",
    says="one number",
    swap=("int(np.sum(counts >= least * len(samples)))", "np.flatnonzero(counts)"),
)
bank.wrong(
    M,
    "eight modes always, in two dimensions",
    says="",
    swap=("minlength=len(centres)", "minlength=8) + len(CENTRES"),
)
bank.wrong(
    M,
    "quality alone",
    says="2 results",
    swap=("return int(np.sum(counts >= least * len(samples))), ", "return "),
)
bank.wrong(M, "std fixed", says="this takes 0.05", swap=("<= 3 * std", "<= 3 * STD"))
bank.wrong(
    M, "less than, for at most", says="exactly that distance", swap=("<= 3 * std", "< 3 * std")
)
bank.wrong(
    M,
    "more than, for at least",
    says="exactly that share",
    swap=("counts >= least", "counts > least"),
)
NEAR = "near = cdist(samples, centres) <= 3 * std\n    "
bank.wrong(
    M,
    "overlapping modes counted twice",
    says="counted for both",
    swap=(
        "return int(np.sum(counts",
        NEAR + "counts = near.sum(axis=0)\n    return int(np.sum(counts",
    ),
)
bank.wrong(
    M,
    "overlapping modes counted twice in the quality",
    says="counted twice",
    swap=("return int", NEAR + "good = near.sum(axis=1)\n    return int"),
)
bank.right(
    M,
    "loops and lists",
    code="""
import math


def modes_covered(samples, centres, std, least=0.01):
    hits = [0] * len(centres)
    for s in samples:
        away = [math.dist(s, c) for c in centres]
        if min(away) <= 3 * std:
            hits[away.index(min(away))] += 1
    return sum(h >= least * len(samples) for h in hits), sum(hits) / len(samples)
""",
)
bank.right(
    M,
    "broadcasting, squared on both sides",
    code="""
def modes_covered(samples, centres, std, least=0.01):
    squares = ((samples[:, None] - centres[None]) ** 2).sum(-1)
    near = (squares <= 9 * std**2) & (squares == squares.min(1, keepdims=True))
    return np.count_nonzero(near.mean(0) >= least), near.any(1).mean()
""",
)
bank.right(
    M,
    "tree",
    code="""
def modes_covered(samples, centres, std, least=0.01):
    from scipy.spatial import KDTree

    away, which = KDTree(centres).query(samples)
    names, counts = np.unique(which[away <= 3 * std], return_counts=True)
    return np.sum(counts >= least * len(samples)), np.mean(away <= 3 * std)
""",
)

# r1_loss
P = "r1_loss"
bank.wrong(P, "gamma, not gamma / 2", says="gamma / 2, not gamma", swap=("gamma / 2", "gamma"))
bank.wrong(P, "gamma fixed", says="takes 0.1", swap=("gamma / 2", "0.1 / 2"))
bank.wrong(P, "subtracted", says="subtracted", swap=("+ penalty", "- penalty"))
bank.wrong(
    P,
    "penalty alone",
    says="penalty alone",
    swap=(
        "return discriminator_loss(real_logits, discriminator(fake)) + penalty",
        "return penalty",
    ),
)
bank.wrong(P, "no penalty", says="penalty is missing", swap=(" + penalty", ""))
bank.wrong(P, "not squared", says="so it is the penalty", swap=("ops.square(slope)", "slope"))
bank.wrong(
    P,
    "summed over the batch",
    says="summed over the batch",
    swap=("ops.mean(ops.sum(", "ops.sum(ops.sum("),
)
bank.wrong(
    P,
    "mean over the coordinates",
    says="averaged over the coordinates",
    swap=("ops.mean(ops.sum(ops.square(slope), axis=-1))", "ops.mean(ops.square(slope))"),
)
bank.wrong(
    P,
    "at the fakes",
    says="at the fakes",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(fake)
        logits = discriminator(fake)
    slope = tape.gradient(logits, fake)
    penalty = gamma / 2 * ops.mean(ops.sum(slope**2, axis=1))
    return discriminator_loss(discriminator(real), logits) + penalty
""",
)
bank.wrong(
    P,
    "of the probability",
    says="gradient of the probability",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(real)
        d = ops.sigmoid(discriminator(real))
    slope = tape.gradient(d, real)
    penalty = gamma / 2 * ops.mean(ops.sum(slope**2, axis=1))
    return discriminator_loss(discriminator(real), discriminator(fake)) + penalty
""",
)
bank.wrong(
    P,
    "length minus one",
    says="WGAN-GP",
    swap=(
        "ops.mean(ops.sum(ops.square(slope), axis=-1))",
        "ops.mean((ops.sqrt(ops.sum(slope**2, axis=-1)) - 1) ** 2)",
    ),
)
bank.wrong(
    P,
    "penalty cut off",
    says="gradient",
    swap=("    return", "    penalty = ops.stop_gradient(penalty)\n    return"),
)
bank.wrong(P, "not watched", says="None", swap=("        tape.watch(real)\n", ""))
bank.wrong(
    P, "no return", says="return", swap=("return discriminator_loss", "loss = discriminator_loss")
)
bank.right(
    P,
    "TensorFlow, two passes",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    real = tf.convert_to_tensor(real)
    with tf.GradientTape() as tape:
        tape.watch(real)
        total = tf.reduce_sum(discriminator(real))
    slope = tape.gradient(total, real)
    norms = tf.norm(slope, axis=1)
    base = tf.reduce_mean(tf.nn.softplus(-discriminator(real))) + tf.reduce_mean(tf.nn.softplus(discriminator(fake)))
    return base + 0.5 * gamma * tf.reduce_mean(norms**2)
""",
)
bank.right(
    P,
    "sum over all, divided by the batch",
    swap=("ops.mean(ops.sum(ops.square(slope), axis=-1))", "ops.sum(slope * slope) / len(real)"),
)

# mistakes that give numbers, and right answers in other styles
bank.wrong(
    "optimal_discriminator",
    "divided by the larger density",
    says="yours is 1",
    code="""
def optimal_discriminator(p, q):
    m = np.maximum(p, q)
    return np.where(m > 0, p / np.where(m > 0, m, 1), 0.5)
""",
)
bank.wrong(
    "js_divergence",
    "divergences of the mixture",
    says="not of m from them",
    code="""
def js_divergence(p, q, x):
    m = (p + q) / 2
    s = lambda a: np.where(a > 0, a, 1)
    return (trapezoid(xlogy(m, m / s(p)), x) + trapezoid(xlogy(m, m / s(q)), x)) / 2
""",
)
bank.wrong(
    "js_divergence",
    "jensenshannon of scipy",
    says="probabilities of points",
    code="""
def js_divergence(p, q, x):
    from scipy.spatial.distance import jensenshannon
    return jensenshannon(p, q)
""",
)
bank.wrong(
    "js_divergence",
    "entropies not halved",
    says="halved",
    code="""
def js_divergence(p, q, x):
    m = (p + q) / 2
    h = lambda a: -trapezoid(xlogy(a, a), x)
    return h(m) - h(p) - h(q)
""",
)
bank.right(
    "js_divergence",
    "Simpson's rule",
    code="""
def js_divergence(p, q, x):
    from scipy.integrate import simpson
    from scipy.special import rel_entr
    m = (p + q) / 2
    return simpson((rel_entr(p, m) + rel_entr(q, m)) / 2, x=x)
""",
)
bank.wrong(
    "gan_losses",
    "parts subtracted",
    says="subtracted",
    code="""
def discriminator_loss(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)) - ops.mean(ops.softplus(fake_logits))

def generator_loss(fake_logits, saturating=False):
    return -ops.mean(ops.softplus(fake_logits)) if saturating else ops.mean(ops.softplus(-fake_logits))
""",
)
bank.wrong(
    "gan_losses",
    "loss of Wasserstein GANs",
    says="Wasserstein",
    code="""
def discriminator_loss(real_logits, fake_logits):
    return ops.mean(fake_logits) - ops.mean(real_logits)

def generator_loss(fake_logits, saturating=False):
    return -ops.mean(ops.softplus(fake_logits)) if saturating else ops.mean(ops.softplus(-fake_logits))
""",
)
bank.right(
    "gan_losses",
    "softplus by hand, without overflow",
    code="""
def discriminator_loss(real_logits, fake_logits):
    sp = lambda v: ops.maximum(v, 0) + ops.log1p(ops.exp(-ops.abs(v)))
    return ops.mean(sp(-real_logits)) + ops.mean(sp(fake_logits))

def generator_loss(fake_logits, saturating=False):
    return -ops.mean(ops.softplus(fake_logits)) if saturating else ops.mean(ops.softplus(-fake_logits))
""",
)
bank.wrong(
    "alternating_update",
    "generator steps between",
    says="moved between",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for i, real in enumerate(reals):
        with tf.GradientTape() as tape:
            ld = d_loss(discriminator, real, generator(noises[i]))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(ld, v), v))
        with tf.GradientTape() as tape:
            lg = g_loss(discriminator, generator(noises[-1]))
        v = generator.trainable_variables
        g_optimizer.apply_gradients(zip(tape.gradient(lg, v), v))
    return ld, lg
""",
)
bank.wrong(
    "alternating_update",
    "one batch of noise for all steps",
    says="its own noise",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for real in reals:
        with tf.GradientTape() as tape:
            ld = d_loss(discriminator, real, generator(noises[0]))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(ld, v), v))
    with tf.GradientTape() as tape:
        lg = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(lg, v), v))
    return ld, lg
""",
)
bank.wrong(
    "alternating_update",
    "pairs in the wrong order",
    says="in this order",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for real, z in zip(reals, noises):
        with tf.GradientTape() as tape:
            ld = d_loss(discriminator, real, generator(z))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(v, tape.gradient(ld, v)))
    with tf.GradientTape() as tape:
        lg = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(lg, v), v))
    return ld, lg
""",
)
bank.wrong(
    "alternating_update",
    "a step by hand",
    says="g_optimizer",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for real, z in zip(reals, noises):
        with tf.GradientTape() as tape:
            ld = d_loss(discriminator, real, generator(z))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(ld, v), v))
    with tf.GradientTape() as tape:
        lg = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    for a, g in zip(v, tape.gradient(lg, v)):
        a.assign_sub(0.1 * g)
    return ld, lg
""",
)
bank.wrong(
    "alternating_update",
    "generator steps for each batch",
    says="single one",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for real, z in zip(reals, noises):
        with tf.GradientTape() as tape:
            ld = d_loss(discriminator, real, generator(z))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(ld, v), v))
    for _ in reals:
        with tf.GradientTape() as tape:
            lg = g_loss(discriminator, generator(noises[-1]))
        v = generator.trainable_variables
        g_optimizer.apply_gradients(zip(tape.gradient(lg, v), v))
    return ld, lg
""",
)
bank.right(
    "alternating_update",
    "only the generator is watched",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for real, z in zip(reals, noises):
        with tf.GradientTape() as tape:
            ld = d_loss(discriminator, real, generator(z))
        v = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(ld, v), v))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([w.value for w in generator.trainable_variables])
        lg = g_loss(discriminator, generator(noises[-1]))
    v = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(lg, v), v))
    return ld, lg
""",
)
bank.wrong(
    "modes_covered",
    "threshold rounded",
    says="round",
    code="""
def modes_covered(samples, centres, std, least=0.01):
    d = cdist(samples, centres)
    g = d.min(1) <= 3 * std
    c = np.bincount(d.argmin(1)[g], minlength=len(centres))
    return int((c >= int(least * len(samples))).sum()), float(g.mean())
""",
)
bank.wrong(
    "modes_covered",
    "quality of covered modes alone",
    says="not covered count",
    code="""
def modes_covered(samples, centres, std, least=0.01):
    d = cdist(samples, centres)
    g = d.min(1) <= 3 * std
    c = np.bincount(d.argmin(1)[g], minlength=len(centres))
    ok = c >= least * len(samples)
    return int(ok.sum()), float(c[ok].sum() / len(samples))
""",
)
bank.right(
    "modes_covered",
    "tree of neighbours",
    code="""
def modes_covered(samples, centres, std, least=0.01):
    from scipy.spatial import cKDTree
    d, i = cKDTree(centres).query(samples)
    good = d <= 3 * std
    _, c = np.unique(i[good], return_counts=True)
    return (c / len(samples) >= least).sum(), good.mean()
""",
)
bank.wrong(
    "r1_loss",
    "gradient of the mean logit",
    says="1 / n",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(real)
        out = discriminator(real)
        m = ops.mean(out)
    g = tape.gradient(m, real)
    return discriminator_loss(out, discriminator(fake)) + gamma / 2 * ops.mean(ops.sum(g ** 2, -1))
""",
)
bank.wrong(
    "r1_loss",
    "gradient of the whole loss",
    says="whole loss",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(real)
        out = discriminator(real)
        m = discriminator_loss(out, discriminator(fake))
    g = tape.gradient(m, real)
    return m + gamma / 2 * ops.mean(ops.sum(g ** 2, -1))
""",
)
bank.wrong(
    "r1_loss",
    "real and fake exchanged",
    says="exchanged",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(real)
        out = discriminator(real)
    g = tape.gradient(out, real)
    return discriminator_loss(discriminator(fake), out) + gamma / 2 * ops.mean(ops.sum(g ** 2, -1))
""",
)
bank.right(
    "r1_loss",
    "Jacobian of the batch",
    code="""
def r1_loss(discriminator, real, fake, gamma=0.1):
    with tf.GradientTape() as tape:
        tape.watch(real)
        out = discriminator(real)
    j = tape.batch_jacobian(out, real)[:, 0]
    return discriminator_loss(out, discriminator(fake)) + gamma / 2 * ops.mean(ops.sum(ops.square(j), axis=1))
""",
)

# single points, small cases, sums of steps
bank.wrong(
    "optimal_discriminator",
    "normalised first",
    says="does not depend on the other points",
    swap=(
        "total = p + q",
        "p, q = p / max(p.sum(), 1e-300), q / max(q.sum(), 1e-300)\n    total = p + q",
    ),
)
bank.wrong(
    "optimal_discriminator",
    "sigmoid of the difference",
    says="doubled, D should stay the same",
    code="""
def optimal_discriminator(p, q):
    return expit(np.asarray(p, float) - np.asarray(q, float))
""",
)
bank.wrong(
    "optimal_discriminator",
    "half where q is zero",
    says="where p is 2 and q is 0",
    swap=("where=total > 0", "where=q > 0"),
)
bank.wrong(
    "optimal_discriminator",
    "float32",
    says="stay with float64",
    code="""
def optimal_discriminator(p, q):
    p, q = np.asarray(p, np.float32), np.asarray(q, np.float32)
    with np.errstate(all='ignore'):
        return np.nan_to_num(p / (p + q), nan=0.5)
""",
)
bank.wrong(
    "js_divergence",
    "mean, no integral",
    says="got 0.04819, expected 0.1927",
    code="""
def js_divergence(p, q, x):
    from scipy.special import rel_entr
    m = (p + q) / 2
    return float(np.mean(rel_entr(p, m) + rel_entr(q, m)) / 2)
""",
)
bank.wrong(
    "js_divergence",
    "two forgotten in the logs",
    says="got -0.3466, expected 0",
    swap=("xlogy(p, 2 * optimal_discriminator(p, q))", "xlogy(p, optimal_discriminator(p, q))"),
)
bank.wrong(
    "js_divergence",
    "eps of 1e-3",
    says="moves the other terms",
    code="""
def js_divergence(p, q, x):
    from scipy.special import rel_entr
    m = (p + q) / 2
    return float(trapezoid(p * np.log((p + 1e-3) / (m + 1e-3)) + q * np.log((q + 1e-3) / (m + 1e-3)), x) / 2)
""",
)
bank.wrong(
    "js_divergence",
    "left sums",
    says="not its left end",
    code="""
def js_divergence(p, q, x):
    from scipy.special import rel_entr
    m = (p + q) / 2
    f = rel_entr(p, m) + rel_entr(q, m)
    return float(np.sum(f[:-1] * np.diff(x)) / 2)
""",
)
bank.wrong(
    "js_divergence",
    "np.gradient steps",
    says="not its right end",
    code="""
def js_divergence(p, q, x):
    from scipy.special import rel_entr
    m = (p + q) / 2
    f = rel_entr(p, m) + rel_entr(q, m)
    return float(np.sum(f[1:] * np.diff(x)) / 2)
""",
)
bank.right(
    "js_divergence",
    "cumulative",
    code="""
def js_divergence(p, q, x):
    from scipy.special import rel_entr
    m = (p + q) / 2
    from scipy.integrate import cumulative_trapezoid
    return cumulative_trapezoid((rel_entr(p, m) + rel_entr(q, m)) / 2, x)[-1]
""",
)
bank.wrong(
    "gan_losses",
    "no log",
    says="both 0, so D = ½",
    swap=(
        "ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))",
        "-ops.mean(ops.sigmoid(real_logits)) + ops.mean(ops.sigmoid(fake_logits))",
    ),
)
bank.wrong(
    "gan_losses",
    "real's sign only",
    says="real logit 2, fake logit −40",
    swap=(
        "ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))",
        "ops.mean(ops.softplus(real_logits)) + ops.mean(ops.softplus(fake_logits))",
    ),
)
bank.wrong(
    "gan_losses",
    "softplus of the mean",
    says="fake logits 2 and −1",
    swap=(
        "return ops.mean(ops.softplus(-fake_logits))",
        "return ops.softplus(-ops.mean(fake_logits))",
    ),
)
bank.wrong(
    "alternating_update",
    "both players in the discriminator's step",
    says="on d_loss of batch 1 is 1, expected 0",
    code="""
def alternating_update(generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss):
    for real, noise in zip(reals, noises[:-1]):
        with tf.GradientTape(persistent=True) as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, discriminator.trainable_variables), discriminator.trainable_variables))
        g_optimizer.apply_gradients(zip(tape.gradient(loss_d, generator.trainable_variables), generator.trainable_variables))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, generator.trainable_variables), generator.trainable_variables))
    return loss_d, loss_g
""",
)
bank.wrong(
    "alternating_update",
    "discriminator steps twice on each batch",
    says="that of its step on batch 1 is 2",
    swap=(
        "    for real, noise in zip(reals, noises[:-1], strict=True):\n        with tf.GradientTape() as tape:\n            loss_d = d_loss(discriminator, real, generator(noise))\n        variables = discriminator.trainable_variables\n        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, variables), variables, strict=True))\n",
        "    for _ in range(2):\n        for real, noise in zip(reals, noises[:-1], strict=True):\n            with tf.GradientTape() as tape:\n                loss_d = d_loss(discriminator, real, generator(noise))\n            variables = discriminator.trainable_variables\n            d_optimizer.apply_gradients(zip(tape.gradient(loss_d, variables), variables, strict=True))\n",
    ),
)
bank.wrong(
    "alternating_update",
    "no discriminator's step",
    says="they have not changed",
    swap=(
        "        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, variables), variables, strict=True))\n",
        "",
    ),
)
bank.wrong(
    "alternating_update",
    "noises in reverse",
    says="the last step took number 1",
    swap=("zip(reals, noises[:-1], strict=True)", "zip(reals, noises[-2::-1], strict=True)"),
)
bank.wrong(
    "alternating_update",
    "gradients clipped",
    says="as the tape gives it",
    swap=(
        "zip(tape.gradient(loss_g, variables), variables, strict=True)",
        "zip([tf.clip_by_value(g, -0.01, 0.01) for g in tape.gradient(loss_g, variables)], variables)",
    ),
)
bank.wrong(
    "alternating_update",
    "generator trained on real's loss",
    says="this is -d_loss",
    swap=(
        "loss_g = g_loss(discriminator, generator(noises[-1]))",
        "loss_g = -d_loss(discriminator, reals[-1], generator(noises[-1]))",
    ),
)
bank.wrong(
    "modes_covered",
    "eight modes",
    says="got 8, expected 40",
    swap=(
        "np.bincount(nearest[good], minlength=len(centres))",
        "np.bincount(nearest[good], minlength=8)[:8]",
    ),
)
bank.wrong(
    "modes_covered",
    "least as a count of modes' share",
    says="no division by the number of modes",
    swap=("least * len(samples)", "least * len(samples) / len(centres)"),
)
bank.wrong(
    "modes_covered",
    "farthest centre",
    says="Take sample 0 alone",
    swap=("distances.min(axis=1) <=", "distances.max(axis=1) <="),
)
bank.wrong(
    "modes_covered",
    "highest quality share",
    says="of high quality, which is a share",
    swap=("float(good.mean())", "float(counts.max() / len(samples))"),
)
bank.wrong(
    "r1_loss",
    "largest slope",
    says="so it is the penalty",
    swap=(
        "ops.mean(ops.sum(ops.square(slope), axis=-1))",
        "ops.max(ops.sum(ops.square(slope), axis=-1))",
    ),
)
bank.wrong(
    "r1_loss",
    "fakes twice",
    says="with gamma = 0 the discriminator's loss is left",
    swap=(
        "discriminator_loss(real_logits, discriminator(fake))",
        "discriminator_loss(discriminator(fake), discriminator(fake))",
    ),
)
bank.wrong(
    "r1_loss",
    "not watched, and None in words",
    says="did not watch `real`",
    swap=("        tape.watch(real)\n", ""),
)
bank.wrong(
    "r1_loss",
    "real detached",
    says="the loss at the real points is missing",
    swap=(
        "return discriminator_loss(real_logits,",
        "return discriminator_loss(tf.stop_gradient(real_logits),",
    ),
)
bank.wrong(
    "r1_loss",
    "default gamma of ten",
    says="(the default)",
    swap=("gamma: float = 0.1", "gamma: float = 10.0"),
)
