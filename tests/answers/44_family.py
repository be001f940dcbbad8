"""Answers to the exercises of lesson 44, right and wrong."""

from tests.bank import Bank

bank = Bank()

# losses
L = "losses"
bank.wrong(
    L,
    "least squares without the half",
    says="twice the right value",
    swap=("(ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake))) / 2",
          "ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake))"),
)  # fmt: skip
bank.wrong(
    L,
    "least squares, targets exchanged",
    says="real and fake logits are exchanged",
    swap=("ops.square(real - 1)) + ops.mean(ops.square(fake))",
          "ops.square(fake - 1)) + ops.mean(ops.square(real))"),
)  # fmt: skip
bank.wrong(
    L,
    "least squares, targets -1 and 1",
    says="target of fakes is 0",
    swap=("ops.square(fake))) / 2", "ops.square(fake + 1))) / 2"),
)
bank.wrong(
    L,
    "least squares, generator towards 0",
    says="generator's target is 1",
    swap=("return ops.mean(ops.square(fake - 1)) / 2", "return ops.mean(ops.square(fake)) / 2"),
)
bank.wrong(
    L,
    "least squares, generator without the half",
    says="twice the right value",
    swap=("return ops.mean(ops.square(fake - 1)) / 2", "return ops.mean(ops.square(fake - 1))"),
)
bank.wrong(
    L,
    "hinge without maximum",
    says="max(0, ...) is missing",
    swap=("ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))",
          "ops.mean(1 - real) + ops.mean(1 + fake)"),
)  # fmt: skip
bank.wrong(
    L,
    "hinge, signs of the logits",
    says="hinge_d",
    swap=("ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))",
          "ops.relu(1 + real)) + ops.mean(ops.relu(1 - fake))"),
)  # fmt: skip
bank.wrong(
    L,
    "hinge, generator with a margin",
    says="no max(0, ...)",
    swap=('"""Hinge loss of the generator."""\n    ### BEGIN SOLUTION\n    return -ops.mean(fake)',
          "return ops.mean(ops.relu(1 - fake))"),
)  # fmt: skip
bank.wrong(
    L,
    "Wasserstein, critic uphill",
    says="exchanged",
    swap=("ops.mean(fake) - ops.mean(real)", "ops.mean(real) - ops.mean(fake)"),
)
bank.wrong(
    L,
    "Wasserstein, generator uphill",
    says="the sign is wrong",
    swap=('"""Wasserstein loss of the generator."""\n    ### BEGIN SOLUTION\n    return -ops',
          "return ops"),
)  # fmt: skip
bank.wrong(
    L,
    "Wasserstein of one pooled batch",
    says="",
    swap=(
        "ops.mean(fake) - ops.mean(real)",
        "ops.mean(ops.concatenate([fake, -real], axis=0))",
    ),
)
bank.wrong(L, "sums", says="sum over the batch", swap=("ops.mean(ops.relu(1 - real)) + ops.mean(",
                                                    "ops.sum(ops.relu(1 - real)) + ops.sum("))  # fmt: skip
bank.wrong(
    L,
    "no mean",
    says="Take the mean",
    swap=("ops.mean(ops.square(fake - 1)) / 2", "ops.square(fake - 1) / 2"),
)
bank.wrong(
    L,
    "no return",
    says="return",
    swap=("return ops.mean(fake) - ops.mean(real)", "ops.mean(fake) - ops.mean(real)"),
)
bank.wrong(
    L,
    "NumPy",
    says="",
    swap=("return ops.mean(fake) - ops.mean(real)", "return np.mean(fake) - np.mean(real)"),
)
IN_TF = """
def least_squares_d(real, fake):
    return 0.5 * (tf.reduce_mean((real - 1.0) ** 2) + tf.reduce_mean(fake**2))


def least_squares_g(fake):
    return 0.5 * tf.reduce_mean((fake - 1.0) ** 2)


def hinge_d(real, fake):
    return tf.reduce_mean(tf.maximum(0.0, 1.0 - real)) + tf.reduce_mean(tf.maximum(0.0, 1.0 + fake))


def hinge_g(fake):
    return -tf.reduce_mean(fake)


def wasserstein_d(real, fake):
    return -(tf.reduce_mean(real) - tf.reduce_mean(fake))


def wasserstein_g(fake):
    return tf.reduce_mean(-fake)
"""
bank.right(L, "tf", code=IN_TF)
bank.right(
    L,
    "maximum",
    swap=("ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))",
          "ops.mean(ops.maximum(0.0, 1 - real)) + ops.mean(ops.maximum(0.0, 1 + fake))"),
)  # fmt: skip
LEAST_SQUARES = "(ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake))) / 2"
HINGE = "ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))"
WASSERSTEIN = "ops.mean(fake) - ops.mean(real)"
bank.wrong(
    L,
    "the half on the fakes only",
    says="that of the real pictures lacks it",
    swap=(LEAST_SQUARES, "ops.mean(ops.square(real - 1)) + ops.mean(ops.square(fake)) / 2"),
)
bank.wrong(
    L,
    "least squares of means",
    says="then comes the mean",
    swap=(LEAST_SQUARES, "((ops.mean(real) - 1) ** 2 + ops.mean(fake) ** 2) / 2"),
)
bank.wrong(
    L,
    "least squares of probabilities",
    says="no sigmoid",
    swap=(
        LEAST_SQUARES,
        "(ops.mean((ops.sigmoid(real) - 1) ** 2) + ops.mean(ops.sigmoid(fake) ** 2)) / 2",
    ),
)
bank.wrong(
    L,
    "hinge, one sign",
    says="1 - a, not 1 + a",
    swap=(HINGE, "ops.mean(ops.relu(1 + real)) + ops.mean(ops.relu(1 + fake))"),
)
bank.wrong(
    L,
    "hinge without a margin",
    says="margin 1 is missing",
    swap=(HINGE, "ops.mean(ops.relu(-real)) + ops.mean(ops.relu(fake))"),
)
bank.wrong(
    L,
    "hinge, the 1 outside",
    says="belongs inside max",
    swap=(HINGE, "ops.mean(1 - ops.relu(real)) + ops.mean(1 + ops.relu(fake))"),
)
bank.wrong(
    L,
    "hinge logit by logit",
    says="not compiled",
    swap=(HINGE, "sum(ops.relu(1 - a[0]) for a in real) / len(real)"
                 " + sum(ops.relu(1 + b[0]) for b in fake) / len(fake)"),
)  # fmt: skip
bank.wrong(
    L,
    "Wasserstein pair by pair",
    says="take two means",
    swap=(WASSERSTEIN, "ops.mean(fake - real)"),
)
bank.wrong(
    L,
    "Wasserstein without a sign",
    says="the part of the real pictures has the wrong sign",
    swap=(WASSERSTEIN, "ops.mean(fake) + ops.mean(real)"),
)
bank.right(
    L,
    "losses of Keras",
    swap=(
        LEAST_SQUARES,
        "(keras.losses.MeanSquaredError()(ops.ones_like(real), real)"
        " + keras.losses.MeanSquaredError()(ops.zeros_like(fake), fake)) / 2",
    ),
)
bank.right(
    L,
    "minima, as in the paper",
    swap=(HINGE, "-ops.mean(ops.minimum(0.0, real - 1)) - ops.mean(ops.minimum(0.0, -fake - 1))"),
)

# gradient_penalty
P = "gradient_penalty"
bank.wrong(
    P,
    "shares exchanged",
    says="shares are exchanged",
    swap=("share * real + (1 - share) * fake", "(1 - share) * real + share * fake"),
)
bank.wrong(
    P,
    "normal instead of the given share",
    says="penalty of",
    swap=("ops.reshape(mix, (-1, 1, 1, 1))",
          "tf.random.stateless_normal((real.shape[0], 1, 1, 1), (1, 2))"),
)  # fmt: skip
bank.wrong(
    P,
    "at the real pictures",
    says="at the real pictures",
    swap=("share * real + (1 - share) * fake", "real + 0 * fake"),
)
bank.wrong(
    P,
    "at the fakes",
    says="at the fakes",
    swap=("share * real + (1 - share) * fake", "fake + 0 * real"),
)
bank.wrong(P, "always half", says="one half", swap=("ops.reshape(mix, (-1, 1, 1, 1))", "0.5"))
bank.wrong(
    P, "one share for all", says="own share", swap=("ops.reshape(mix, (-1, 1, 1, 1))", "mix[0]")
)
bank.wrong(
    P,
    "without the root",
    says="root of the sum of squares is missing",
    swap=("ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3)) + 1e-12)",
          "ops.sum(ops.square(slopes), axis=(1, 2, 3))"),
)  # fmt: skip
bank.wrong(
    P, "mean over pixels", says="not their mean", swap=("ops.sum(ops.square", "ops.mean(ops.square")
)
bank.wrong(
    P,
    "one norm of the batch",
    says="one norm of the whole batch",
    swap=("ops.square(slopes), axis=(1, 2, 3))", "ops.square(slopes))"),
)
bank.wrong(
    P,
    "norm over the channels only",
    says="",
    swap=("axis=(1, 2, 3)", "axis=-1"),
)
bank.wrong(
    P,
    "mean of the logits inside",
    says="averaged before the gradient",
    swap=("ops.sum(critic(mixed))", "ops.mean(critic(mixed))"),
)
bank.wrong(P, "towards 0", says="target 1 is missing", swap=("norms - 1", "norms"))
bank.wrong(
    P,
    "one-sided",
    says="norms below 1 count",
    swap=("ops.square(norms - 1)", "ops.square(ops.relu(norms - 1))"),
)
bank.wrong(
    P, "not squared", says="square is missing", swap=("ops.square(norms - 1)", "ops.abs(norms - 1)")
)
bank.wrong(P, "factor 10", says="factor 10", swap=("return ops.mean(", "return 10 * ops.mean("))
bank.wrong(
    P, "sum over the batch", says="sum over the batch", swap=("return ops.mean(", "return ops.sum(")
)
bank.wrong(P, "NaN where the critic is flat", says="1e-12", swap=(" + 1e-12", ""))
bank.wrong(
    P,
    "no gradient for the critic",
    says="",
    swap=(
        "slopes = tape.gradient(total, mixed)",
        "slopes = ops.stop_gradient(tape.gradient(total, mixed))",
    ),
)
bank.wrong(P, "not watched", says="", swap=("        tape.watch(mixed)\n", ""))
bank.wrong(P, "no return", says="return", swap=("return ops.mean(", "ops.mean("))
bank.right(
    P,
    "tf, from the fake on",
    code="""
def gradient_penalty(critic, real, fake, mix):
    mixed = fake + mix[:, None, None, None] * (real - fake)
    with tf.GradientTape() as inner:
        inner.watch(mixed)
        scores = critic(mixed)
    flat = tf.reshape(inner.gradient(scores, mixed), (tf.shape(real)[0], -1))
    return tf.reduce_mean((tf.sqrt(tf.reduce_sum(flat**2, axis=1) + 1e-12) - 1.0) ** 2)
""",
)
bank.right(P, "tf.gradients by a maximum", swap=("ops.sum(ops.square(slopes), axis=(1, 2, 3)) + 1e-12",
                                               "ops.maximum(ops.sum(slopes * slopes, axis=[1, 2, 3]), 1e-12)"))  # fmt: skip
bank.wrong(
    P, "norm without channels", says="the channels too", swap=("axis=(1, 2, 3)", "axis=(1, 2)")
)
bank.wrong(
    P,
    "shares of its own",
    says="take `mix`",
    swap=("ops.reshape(mix, (-1, 1, 1, 1))", "tf.random.uniform((real.shape[0], 1, 1, 1))"),
)
bank.wrong(P, "epsilon too large", says="1e-12, not 0.0001", swap=("1e-12", "1e-4"))
bank.wrong(
    P,
    "epsilon outside",
    says="under the root",
    swap=("axis=(1, 2, 3)) + 1e-12)", "axis=(1, 2, 3))) + 1e-12"),
)
bank.wrong(P, "target -1", says="norm minus 1", swap=("norms - 1", "norms + 1"))
bank.wrong(
    P,
    "the square of the mean",
    says="then comes the mean",
    swap=("ops.mean(ops.square(norms - 1))", "ops.square(ops.mean(norms) - 1)"),
)
bank.wrong(
    P,
    "gradient by the real pictures",
    says="by the real pictures",
    swap=("tape.watch(mixed)\n        total = ops.sum(critic(mixed))\n    slopes = tape.gradient(total, mixed)",
          "tape.watch(real)\n        total = ops.sum(critic(share * real + (1 - share) * fake))\n"
          "    slopes = tape.gradient(total, real)"),
)  # fmt: skip
bank.right(
    P,
    "batch Jacobian",
    swap=("        total = ops.sum(critic(mixed))\n    slopes = tape.gradient(total, mixed)",
          "        scores = critic(mixed)\n    slopes = tape.batch_jacobian(scores, mixed)[:, 0]"),
)  # fmt: skip
bank.right(
    P,
    "a shift before the norm keeps it finite",
    swap=("ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3)) + 1e-12)",
          "ops.norm(ops.reshape(slopes, (ops.shape(real)[0], -1)) + 1e-12, axis=1)"),
)  # fmt: skip
bank.right(
    P,
    "a maximum after the root, whose slope is 0 there",
    swap=("ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3)) + 1e-12)",
          "ops.maximum(ops.sqrt(ops.sum(ops.square(slopes), axis=(1, 2, 3))), 1e-12)"),
)  # fmt: skip

# spectral_norm
S = "spectral_norm"
bank.wrong(
    S,
    "Frobenius",
    says="Frobenius",
    swap=("ops.sum(v * ops.matmul(matrix, u))", "ops.sqrt(ops.sum(ops.square(matrix)))"),
)
bank.wrong(
    S,
    "squared",
    says="sigma squared",
    swap=("ops.sum(v * ops.matmul(matrix, u))", "ops.sum(v * ops.matmul(matrix, u)) ** 2"),
)
bank.wrong(S, "always one step", says="", swap=("range(steps)", "range(1)"))
bank.wrong(
    S, "one step too many", says="one step too many", swap=("range(steps)", "range(steps + 1)")
)
bank.wrong(
    S,
    "gradient through u and v",
    says="stop_gradient",
    swap=("u, v = ops.stop_gradient(u), ops.stop_gradient(v)", "pass"),
)
bank.wrong(S, "returns v", says="this is v", swap=("return sigma, u", "return sigma, v"))
bank.wrong(S, "sigma alone", says="", swap=("return sigma, u", "return sigma"))
bank.wrong(S, "u not normalised", says="", swap=("        u = u / ops.norm(u)\n", ""))
bank.wrong(
    S,
    "the SVD's value, the start's u",
    says="",
    code="""
def spectral_norm(matrix, u, steps):
    return ops.svd(matrix, compute_uv=False)[0], u / ops.norm(u)
""",
)
bank.wrong(
    S,
    "the old u in sigma",
    says="",
    code="""
def spectral_norm(matrix, u, steps):
    for _ in range(steps):
        old = u / ops.norm(u)
        v = ops.matmul(matrix, u)
        v = v / ops.norm(v)
        u = ops.matmul(ops.transpose(matrix), v)
        u = u / ops.norm(u)
    old, v = ops.stop_gradient(old), ops.stop_gradient(v)
    return ops.sum(v * ops.matmul(matrix, old)), u
""",
)
bank.wrong(S, "no gradient at all", says="gradient", swap=("sigma = ops.sum(v * ops.matmul(matrix, u))",
                                                        "sigma = ops.stop_gradient(ops.sum(v * ops.matmul(matrix, u)))"))  # fmt: skip
bank.right(
    S,
    "columns",
    code="""
def spectral_norm(matrix, u, steps):
    u = tf.reshape(u, (-1, 1))
    for _ in range(steps):
        v = tf.math.l2_normalize(tf.matmul(matrix, u))
        u = tf.math.l2_normalize(tf.matmul(matrix, v, transpose_a=True))
    u, v = tf.stop_gradient(u), tf.stop_gradient(v)
    return tf.squeeze(tf.matmul(v, tf.matmul(matrix, u), transpose_a=True)), u[:, 0]
""",
)
bank.right(
    S,
    "constants from the start",
    code="""
def spectral_norm(matrix, u, steps):
    fixed = ops.stop_gradient(matrix)
    for _ in range(steps):
        v = ops.matmul(fixed, u)
        v = v / ops.sqrt(ops.sum(v**2))
        u = ops.matmul(v, fixed)
        u = u / ops.sqrt(ops.sum(u**2))
    return ops.dot(v, ops.matmul(matrix, u)), u
""",
)
bank.wrong(
    S,
    "v not normalised",
    says="v is not divided by its length",
    swap=("        v = v / ops.norm(v)\n", ""),
)
bank.wrong(
    S,
    "sums for lengths",
    says="divided by a sum of absolute values",
    swap=("ops.norm(u)", "ops.sum(ops.abs(u))"),
)
bank.wrong(
    S,
    "half a step on",
    says="length of W u with the new u",
    swap=("ops.sum(v * ops.matmul(matrix, u))", "ops.norm(ops.matmul(matrix, u))"),
)
bank.wrong(
    S,
    "results exchanged",
    says="results are exchanged",
    swap=("return sigma, u", "return u, sigma"),
)
bank.wrong(
    S,
    "from ones",
    says="not from ones",
    swap=("    for _ in range(steps):", "    u = ops.ones_like(u)\n    for _ in range(steps):"),
)
bank.wrong(
    S,
    "from noise",
    says="from call to call",
    swap=(
        "    for _ in range(steps):",
        "    u = tf.random.normal(u.shape)\n    for _ in range(steps):",
    ),
)
bank.wrong(
    S,
    "NumPy for u and v",
    says="when Keras compiles it",
    code="""
def spectral_norm(matrix, u, steps):
    fixed, u = np.asarray(matrix), np.asarray(u)
    for _ in range(steps):
        v = fixed @ u
        v = v / np.linalg.norm(v)
        u = fixed.T @ v
        u = u / np.linalg.norm(u)
    return ops.sum(v * ops.matmul(matrix, u)), u
""",
)
bank.wrong(
    S,
    "u alone held constant",
    says="stop_gradient for both",
    swap=("u, v = ops.stop_gradient(u), ops.stop_gradient(v)", "u = ops.stop_gradient(u)"),
)
bank.right(
    S,
    "v alone held constant",
    swap=("u, v = ops.stop_gradient(u), ops.stop_gradient(v)", "v = ops.stop_gradient(v)"),
)

# build_projection_discriminator
D = "build_projection_discriminator"
bank.wrong(
    D,
    "label joined to the features",
    says="inner product",
    code="""
def build_projection_discriminator(body, classes, wrap=lambda layer: layer):
    pictures, labels = keras.Input(body.inputs[0].shape[1:]), keras.Input((classes,))
    joined = layers.concatenate([body(pictures), labels])
    return keras.Model([pictures, labels], wrap(layers.Dense(1))(joined))
""",
)
bank.wrong(
    D,
    "no part for all classes",
    says="w · f + b is missing",
    swap=("logits = logits + ops.sum(", "logits = 0 * logits + ops.sum("),
)
bank.wrong(
    D,
    "no label",
    says="inner product",
    swap=("logits + ops.sum(vectors * features", "logits + 0 * ops.sum(vectors * features"),
)
bank.wrong(D, "bias in V", says="weights beside the body", swap=(", use_bias=False", ""))
bank.wrong(
    D, "no bias b", says="no bias b", swap=("layers.Dense(1)", "layers.Dense(1, use_bias=False)")
)
bank.wrong(
    D,
    "sigmoid",
    says="activation",
    swap=("layers.Dense(1)", 'layers.Dense(1, activation="sigmoid")'),
)
bank.wrong(
    D,
    "activation on the vectors",
    says="activation",
    swap=("use_bias=False)", 'use_bias=False, activation="relu")'),
)
bank.wrong(D, "shape (n,)", says="shape", swap=("keras.Model([pictures, labels], logits)",
                                             "keras.Model([pictures, labels], logits[:, 0])"))  # fmt: skip
bank.wrong(
    D, "summed over the batch", says="", swap=("axis=1, keepdims=True", "axis=0, keepdims=True")
)
bank.wrong(
    D, "wrap forgotten", says="wrap was applied", swap=("wrap(layers.Dense(1))", "layers.Dense(1)")
)
bank.wrong(
    D,
    "wrap forgotten twice",
    says="wrap was applied",
    swap=("    logits = wrap(", "    wrap = lambda layer: layer\n    logits = wrap("),
)
bank.wrong(
    D,
    "inputs exchanged",
    says="inputs have the sizes",
    swap=("Model([pictures, labels]", "Model([labels, pictures]"),
)
bank.wrong(
    D,
    "another body",
    says="use `body` itself",
    swap=("features = body(pictures)", "features = keras.models.clone_model(body)(pictures)"),
)
bank.wrong(D, "no return", says="return", swap=("return keras.Model", "keras.Model"))
bank.right(
    D,
    "Dot and Add",
    code="""
def build_projection_discriminator(body, classes, wrap=lambda layer: layer):
    pictures = keras.Input(shape=body.input_shape[1:])
    labels = keras.Input(shape=(classes,))
    f = body(pictures)
    v = wrap(layers.Dense(body.output_shape[-1], use_bias=False))(labels)
    product = layers.Dot(axes=1)([v, f])
    return keras.Model([pictures, labels], layers.Add()([wrap(layers.Dense(1))(f), product]))
""",
)
bank.right(
    D,
    "on the body's own tensors",
    code="""
def build_projection_discriminator(body, classes, wrap=lambda layer: layer):
    labels = keras.Input((classes,))
    features = body.outputs[0]
    class_vectors = wrap(layers.Dense(features.shape[1], use_bias=False))(labels)
    same = ops.expand_dims(ops.einsum("nd,nd->n", class_vectors, features), 1)
    return keras.Model([body.inputs[0], labels], wrap(layers.Dense(1))(features) + same)
""",
)
bank.wrong(
    D,
    "mean over the features",
    says="Take the sum",
    swap=("logits + ops.sum(", "logits + ops.mean("),
)
bank.wrong(
    D, "subtracted", says="the formula adds it", swap=("logits + ops.sum(", "logits - ops.sum(")
)
bank.wrong(D, "keepdims forgotten", says="keepdims=True", swap=("axis=1, keepdims=True", "axis=1"))
bank.wrong(
    D,
    "no axis",
    says="change with the other pictures",
    swap=("features, axis=1, keepdims=True)", "features)"),
)
bank.wrong(
    D,
    "wrapped and left aside",
    says="is not used",
    swap=("logits = wrap(layers.Dense(1))(features)",
          "unit = layers.Dense(1)\n    wrap(unit)\n    logits = unit(features)"),
)  # fmt: skip
bank.wrong(
    D,
    "output wrapped",
    says="It makes a layer of a layer",
    swap=("wrap(layers.Dense(1))(features)", "wrap(layers.Dense(1)(features))"),
)
bank.wrong(
    D,
    "cosine",
    says="normalised vectors",
    swap=("ops.sum(vectors * features, axis=1, keepdims=True)",
          "layers.Dot(axes=1, normalize=True)([vectors, features])"),
)  # fmt: skip
bank.wrong(
    D,
    "w times V",
    says="one weight matrix alone",
    code="""
def build_projection_discriminator(body, classes, wrap=lambda layer: layer):
    pictures, labels = keras.Input(body.inputs[0].shape[1:]), keras.Input((classes,))
    features = body(pictures)
    vectors = wrap(layers.Dense(features.shape[-1], use_bias=False))(labels)
    logits = wrap(layers.Dense(1))(features + vectors * features)
    return keras.Model([pictures, labels], logits)
""",
)
bank.right(
    D,
    "a logit for each class, chosen by the label",
    swap=("    vectors = wrap(layers.Dense(features.shape[-1], use_bias=False))(labels)\n"
          "    logits = logits + ops.sum(vectors * features,",
          "    each = wrap(layers.Dense(classes, use_bias=False))(features)\n"
          "    logits = logits + ops.sum(labels * each,"),
)  # fmt: skip
bank.right(
    D,
    "a class of one's own",
    code="""
class Projection(keras.Model):
    def __init__(self, body, classes, wrap):
        super().__init__()
        self.body, self.unit = body, wrap(layers.Dense(1))
        self.vectors = wrap(layers.Dense(body.outputs[0].shape[-1], use_bias=False))

    def call(self, inputs, training=False):
        pictures, labels = inputs
        features = self.body(pictures, training=training)
        product = ops.sum(self.vectors(labels) * features, axis=1, keepdims=True)
        return self.unit(features) + product


def build_projection_discriminator(body, classes, wrap=lambda layer: layer):
    model = Projection(body, classes, wrap)
    model([ops.zeros((1, *body.inputs[0].shape[1:])), ops.zeros((1, classes))])
    return model
""",
)
bank.wrong(
    D,
    "features as a second output",
    says="one tensor",
    swap=(
        "keras.Model([pictures, labels], logits)",
        "keras.Model([pictures, labels], [logits, features])",
    ),
)

# rank_members
R = "rank_members"
bank.wrong(R, "not sorted", says="order", swap=('.sort_values("mean")', ""))
bank.wrong(
    R,
    "falling",
    says="falling",
    swap=('.sort_values("mean")', '.sort_values("mean", ascending=False)'),
)
bank.wrong(R, "median", says="mean", swap=("found.mean()", "np.median(found)"))
bank.wrong(
    R,
    "equal counts",
    says="use <, not <=",
    swap=("found.max() < other.min()", "found.max() <= other.min()"),
)
bank.wrong(
    R,
    "means compared",
    says="the means are compared",
    swap=("found.max() < other.min()", "found.mean() < other.mean()"),
)
bank.wrong(
    R,
    "worse members",
    says="surely better, not worse",
    swap=("found.max() < other.min()", "other.max() < found.min()"),
)
bank.wrong(
    R,
    "lowest compared",
    says="lowest values are compared",
    swap=("found.max() < other.min()", "found.min() < other.min()"),
)
bank.wrong(
    R,
    "highest below the mean",
    says="other's mean is not enough",
    swap=("found.max() < other.min()", "found.max() < other.mean()"),
)
bank.wrong(R, "lowest and highest exchanged", says="lowest", swap=('"lowest": found.min(), "highest": found.max()',
                                                                '"lowest": found.max(), "highest": found.min()'))  # fmt: skip
bank.wrong(R, "no names", says="index", swap=("rows[name] =", "rows[len(rows)] ="))
bank.wrong(R, "no return", says="return", swap=("return pd", "pd"))
bank.right(
    R,
    "columns first",
    code="""
def rank_members(distances):
    names = sorted(distances, key=lambda name: np.mean(distances[name]))
    low = np.array([min(distances[name]) for name in names])
    high = np.array([max(distances[name]) for name in names])
    table = pd.DataFrame(index=names)
    table["mean"] = [np.mean(distances[name]) for name in names]
    table["lowest"], table["highest"] = low, high
    table["surely better than"] = (high[:, None] < low[None, :]).sum(axis=1)
    return table
""",
)
bank.right(
    R,
    "a frame of seeds",
    code="""
def rank_members(distances):
    series = {name: pd.Series(v) for name, v in distances.items()}
    table = pd.DataFrame({name: s.agg(["mean", "min", "max"]) for name, s in series.items()}).T
    table.columns = ["mean", "lowest", "highest"]
    better = [sum(row.highest < other for other in table["lowest"]) for row in table.itertuples()]
    return table.assign(**{"surely better than": better}).sort_values("mean")
""",
)
bank.wrong(
    R,
    "rounded",
    says="rounded to 1 digit",
    swap=('.sort_values("mean")', '.sort_values("mean").round(1)'),
)
bank.wrong(
    R,
    "not turned round",
    says="see .T",
    swap=('pd.DataFrame(rows).T.sort_values("mean")', "pd.DataFrame(rows)"),
)
bank.wrong(
    R,
    "middle of the interval",
    says="middle between",
    swap=("found.mean()", "(found.min() + found.max()) / 2"),
)
bank.wrong(
    R,
    "standard deviations",
    says="minus a standard deviation",
    swap=('"lowest": found.min()', '"lowest": found.mean() - found.std()'),
)
bank.wrong(R, "whether any", says="count the members", swap=("sum(found.max()", "any(found.max()"))
bank.wrong(
    R,
    "pairs of seeds",
    says="pairs of seeds",
    swap=("sum(found.max() < other.min()", "sum((found[:, None] < other).sum()"),
)
bank.wrong(
    R,
    "seed by seed",
    says="may differ in the number of seeds",
    swap=("found.max() < other.min()", "np.all(found < other)"),
)
bank.wrong(
    R, "names of the beaten", says="expected a number",
    swap=("sum(found.max() < other.min() for other in others)",
          'str([key for key, other in distances.items() if found.max() < other.min()])'),
)  # fmt: skip
bank.right(
    R,
    "a long table",
    code="""
def rank_members(distances):
    pairs = [(name, one) for name, found in distances.items() for one in found]
    groups = pd.DataFrame(pairs, columns=["member", "distance"]).groupby("member")["distance"]
    table = groups.agg(mean="mean", lowest="min", highest="max")
    table["surely better than"] = [(table["lowest"] > high).sum() for high in table["highest"]]
    return table.sort_values("mean")
""",
)
