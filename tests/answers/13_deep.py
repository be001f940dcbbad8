"""Answers to the exercises of lesson 13, right and wrong."""

from tests.bank import Bank

bank = Bank()

# to_targets
T = "to_targets"
bank.wrong(T, "bytes as they are", says="reach 200", swap=(" / 255", ""))
bank.wrong(
    T,
    "divided by the largest byte of the array",
    says="largest byte",
    swap=(" / 255", " / images.max()"),
)
bank.wrong(
    T,
    "each picture by its own maximum",
    says="own maximum",
    code="""
def to_targets(images):
    rows = images.reshape(len(images), -1).astype("float32")
    return rows / rows.max(axis=1, keepdims=True)
""",
)
bank.wrong(T, "divided by 256", says="256", swap=("255", "256"))
bank.wrong(T, "from -1 to 1", says="down to", swap=("/ 255", "/ 127.5 - 1"))
bank.wrong(
    T,
    "standardised",
    says="sigmoid never",
    code="""
def to_targets(images):
    rows = images.reshape(len(images), -1).astype("float32")
    return (rows - rows.mean()) / rows.std()
""",
)
bank.wrong(
    T, "integer division", says="expected float", swap=('.astype("float32") / 255', " // 255")
)
bank.wrong(T, "thresholded", says="greys are gone", swap=("/ 255", "/ 255 > 0.5).astype(float)"))
bank.answers[-1].swap = None
bank.answers[-1].code = """
def to_targets(images):
    return (images.reshape(len(images), -1) > 127).astype("float32")
"""
bank.wrong(T, "not flattened", says="shape", swap=(".reshape(len(images), -1)", ""))
bank.wrong(
    T, "size fixed at 784", says="reshape", swap=("reshape(len(images), -1)", "reshape(-1, 784)")
)
bank.wrong(
    T,
    "columns first",
    says="reading order",
    swap=("images.reshape", "images.transpose(0, 2, 1).reshape"),
)
bank.wrong(T, "black and white exchanged", says="exchanged", swap=("return ", "return 1 - "))
bank.wrong(T, "no return", says="return", swap=("return images", "images"))
bank.wrong(
    T,
    "divided only if a byte is above 1",
    says="as they were",
    code="""
def to_targets(images):
    rows = images.reshape(len(images), -1).astype("float32")
    return rows / 255 if rows.max() > 1 else rows
""",
)
bank.wrong(
    T,
    "bright pixels cut off",
    says="got 0.8",
    code="""
def to_targets(images):
    return (images.reshape(len(images), -1) / 255).clip(0, 0.8)
""",
)
bank.wrong(T, "half precision", says="too coarse", swap=("float32", "float16"))
bank.right(T, "double precision", swap=('.astype("float32") / 255', " / 255.0"))
bank.right(
    T,
    "Keras layers",
    code="""
def to_targets(images):
    scaled = layers.Rescaling(1 / 255)(images)
    return layers.Flatten()(scaled)
""",
)
bank.right(
    T,
    "multiplication and ravel",
    code="""
def to_targets(images):
    return np.stack([image.ravel() * np.float32(1 / 255) for image in images])
""",
)

# build_deep_autoencoder
B = "build_deep_autoencoder"
for activation in ("relu", "gelu", "tanh", "sigmoid", "leaky_relu"):
    bank.wrong(
        B,
        f"{activation} on the code",
        says="activation on the code",
        swap=("layers.Dense(code_size)]", f'layers.Dense(code_size, activation="{activation}")]'),
    )
bank.wrong(
    B, "no sigmoid", says="no activation; expected", swap=('784, activation="sigmoid"', "784")
)
bank.wrong(B, "ReLU output", says="ReLU", swap=('"sigmoid"', '"relu"'))
bank.wrong(B, "tanh output", says="tanh", swap=('"sigmoid"', '"tanh"'))
bank.wrong(B, "softmax output", says="softmax", swap=('"sigmoid"', '"softmax"'))
bank.wrong(B, "hidden layers without activation", says="bends", swap=(', activation="gelu"', ""))
bank.wrong(
    B,
    "hidden layer straight in the decoder only",
    says="bends in the decoder",
    swap=(
        'keras.Input((code_size,)),\n            layers.Dense(256, activation="gelu")',
        "keras.Input((code_size,)),\n            layers.Dense(256)",
    ),
)
bank.wrong(
    B,
    "no hidden layer in the encoder",
    says="bends in the encoder",
    swap=('layers.Dense(256, activation="gelu"), layers', "layers"),
)
bank.wrong(B, "128 hidden units", says="parameters", swap=("256", "128"))
bank.wrong(B, "code fixed at 32", says="shape", swap=("code_size)]", "32)]"))
bank.answers[-1].swap = None
bank.answers[-1].code = """
def build_deep_autoencoder(code_size):
    encoder = keras.Sequential(
        [keras.Input((784,)), layers.Dense(256, activation="gelu"), layers.Dense(32)]
    )
    decoder = keras.Sequential(
        [
            keras.Input((32,)),
            layers.Dense(256, activation="gelu"),
            layers.Dense(784, activation="sigmoid"),
        ]
    )
    return encoder, decoder
"""
bank.wrong(
    B,
    "one model",
    says="expected 2 results",
    swap=("return encoder, decoder", "return keras.Sequential([encoder, decoder])"),
)
bank.wrong(
    B,
    "decoder first",
    says="right order",
    swap=("return encoder, decoder", "return decoder, encoder"),
)
bank.wrong(
    B,
    "autoencoder in place of the decoder",
    says="decoder does not take",
    swap=("return encoder, decoder", "return encoder, keras.Sequential([encoder, decoder])"),
)
bank.wrong(B, "no return", says="return", swap=("return encoder", "result = encoder"))
bank.wrong(
    B,
    "no biases",
    says="no bias",
    swap=('Dense(256, activation="gelu")', 'Dense(256, activation="gelu", use_bias=False)'),
)
bank.answers[-1].says = "parameters"
bank.wrong(
    B,
    "no bias in the code",
    says="no bias",
    swap=("Dense(code_size)", "Dense(code_size, use_bias=False)"),
)
bank.wrong(
    B,
    "layers made once, outside",
    says="new layers",
    code="""
_kept = {}


def build_deep_autoencoder(code_size):
    if code_size not in _kept:
        _kept[code_size] = (
            keras.Sequential(
                [
                    keras.Input((784,)),
                    layers.Dense(256, activation="gelu"),
                    layers.Dense(code_size),
                ]
            ),
            keras.Sequential(
                [
                    keras.Input((code_size,)),
                    layers.Dense(256, activation="gelu"),
                    layers.Dense(784, activation="sigmoid"),
                ]
            ),
        )
    return _kept[code_size]
""",
)
bank.right(
    B,
    "functional, ReLU",
    code="""
def build_deep_autoencoder(code_size):
    pixels = keras.Input(shape=(784,))
    hidden = layers.ReLU()(layers.Dense(256)(pixels))
    encoder = keras.Model(pixels, layers.Dense(code_size, activation="linear")(hidden))
    code = keras.Input(shape=(code_size,))
    hidden = layers.Dense(256, activation=keras.activations.relu)(code)
    sums = layers.Dense(784)(hidden)
    return [encoder, keras.Model(code, layers.Activation("sigmoid")(sums))]
""",
)
bank.right(
    B,
    "subclasses",
    code="""
class Half(keras.Model):
    def __init__(self, size, squash):
        super().__init__()
        self.hidden, self.out, self.squash = layers.Dense(256), layers.Dense(size), squash

    def call(self, x):
        sums = self.out(keras.activations.gelu(self.hidden(x)))
        return tf.sigmoid(sums) if self.squash else sums


def build_deep_autoencoder(code_size):
    return Half(code_size, False), Half(784, True)
""",
)
bank.right(
    B,
    "Sequential without Input, tanh, other initialisation",
    code="""
def build_deep_autoencoder(code_size):
    bend = dict(activation="tanh", kernel_initializer="he_normal")
    encoder, decoder = keras.Sequential(), keras.Sequential()
    encoder.add(layers.Dense(256, **bend))
    encoder.add(layers.Dense(code_size, name="code"))
    decoder.add(layers.Dense(256, **bend))
    decoder.add(layers.Dense(28 * 28, activation="sigmoid"))
    return encoder, decoder
""",
)

bank.wrong(
    B,
    "dropout",
    says="no dropout",
    swap=("[keras.Input((784,)), layers", "[keras.Input((784,)), layers.Dropout(0.1), layers"),
)

# held_out_ratio
H = "held_out_ratio"
bank.wrong(
    H, "training error", says="both errors were measured on the training", swap=("x_test", "x_seen")
)
bank.answers[-1].swap = None
bank.answers[-1].code = """
def held_out_ratio(networks, baseline, x_train, x_test):
    below = np.mean((x_train - baseline(x_train)) ** 2)
    ratios = [np.mean((x_train - f(x_train)) ** 2) / below for f in networks]
    return np.mean(ratios), np.std(ratios, ddof=1)
"""
bank.wrong(
    H,
    "training error of the networks",
    says="networks were measured on their training",
    swap=("(x_test - network(x_test))", "(x_train - network(x_train))"),
)
bank.wrong(
    H,
    "training error of the baseline",
    says="baseline was measured on its training",
    swap=("(x_test - baseline(x_test))", "(x_train - baseline(x_train))"),
)
bank.wrong(
    H,
    "all points together",
    says="together",
    swap=(
        "    baseline_error",
        "    x_test = np.concatenate([x_train, x_test])\n    baseline_error",
    ),
)
bank.wrong(H, "population standard deviation", says="n - 1", swap=(", ddof=1", ""))
bank.wrong(
    H, "variance", says="variance", swap=("np.std(ratios, ddof=1)", "np.var(ratios, ddof=1)")
)
bank.wrong(
    H,
    "standard error",
    says="standard error",
    swap=("np.std(ratios, ddof=1)", "np.std(ratios, ddof=1) / np.sqrt(len(ratios))"),
)
bank.wrong(
    H,
    "spread of the errors",
    says="not of the ratios",
    swap=("np.std(ratios, ddof=1)", "np.std(ratios, ddof=1) * baseline_error"),
)
bank.wrong(H, "best start", says="best of the starts", swap=("np.mean(ratios)", "np.min(ratios)"))
bank.wrong(H, "first start", says="first of the starts", swap=("np.mean(ratios)", "ratios[0]"))
bank.wrong(
    H,
    "errors not divided",
    says="not yet divided",
    swap=(" / baseline_error for", " for"),
)
bank.wrong(
    H,
    "upside down",
    says="upside down",
    swap=("/ baseline_error for", "** -1 * baseline_error for"),
)
bank.wrong(
    H,
    "root mean squared",
    says="root mean squared",
    swap=(
        "np.mean((x_test - network(x_test)) ** 2) / baseline_error",
        "np.sqrt(np.mean((x_test - network(x_test)) ** 2) / baseline_error)",
    ),
)
bank.wrong(
    H,
    "averaged pictures",
    says="reconstructions were averaged",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    rebuilt = np.mean([f(x_test) for f in networks], axis=0)
    below = np.mean((x_test - baseline(x_test)) ** 2)
    ratios = [np.mean((x_test - f(x_test)) ** 2) / below for f in networks]
    return np.mean((x_test - rebuilt) ** 2) / below, np.std(ratios, ddof=1)
""",
)
bank.wrong(
    H,
    "spread over the points",
    says="standard deviation",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = np.mean((x_test - baseline(x_test)) ** 2)
    each = np.array([np.mean((x_test - f(x_test)) ** 2, axis=1) for f in networks]) / below
    return each.mean(), each.std(ddof=1)
""",
)
bank.wrong(
    H,
    "absolute error",
    says="absolute errors",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = np.mean(np.abs(x_test - baseline(x_test)))
    ratios = [np.mean(np.abs(x_test - f(x_test))) / below for f in networks]
    return np.mean(ratios), np.std(ratios, ddof=1)
""",
)
bank.wrong(
    H,
    "mean only",
    says="expected 2 results",
    swap=("return float(np.mean(ratios)), float(np.std(ratios, ddof=1))", "return np.mean(ratios)"),
)
bank.wrong(
    H,
    "share removed",
    says="removed",
    swap=("float(np.mean(ratios))", "1 - float(np.mean(ratios))"),
)
bank.wrong(
    H,
    "results exchanged",
    says="mean first",
    swap=(
        "float(np.mean(ratios)), float(np.std(ratios, ddof=1))",
        "np.std(ratios, ddof=1), np.mean(ratios)",
    ),
)
bank.wrong(
    H,
    "one ratio for each point",
    says="each point",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = np.mean((x_test - baseline(x_test)) ** 2, axis=1)
    ratios = [np.mean(np.mean((x_test - f(x_test)) ** 2, axis=1) / below) for f in networks]
    return np.mean(ratios), np.std(ratios, ddof=1)
""",
)
bank.wrong(
    H,
    "three starts at most",
    says="got",
    swap=("for network in networks", "for network in (networks * 2)[:3]"),
)
bank.right(
    H,
    "pandas",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    errors = pd.Series([np.square(f(x_test) - x_test).mean() for f in networks])
    ratios = errors / np.square(baseline(x_test) - x_test).mean()
    return ratios.mean(), ratios.std()
""",
)
bank.right(
    H,
    "statistics from the standard library, sums",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    import statistics

    ratios = []
    for network in networks:
        wrong = ((network(x_test) - x_test) ** 2).sum()
        ratios.append(float(wrong / ((baseline(x_test) - x_test) ** 2).sum()))
    return [statistics.fmean(ratios), statistics.stdev(ratios)]
""",
)
bank.right(
    H,
    "the given function, by hand",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = error(x_test, baseline(x_test))
    errors = np.array([error(x_test, f(x_test)) for f in networks])
    s = np.sqrt(np.sum((errors - errors.mean()) ** 2) / (len(errors) - 1))
    return errors.mean() / below, s / below
""",
)

# tied_dense
D = "tied_dense"
HEAD = """
class TiedDense(layers.Layer):
    def __init__(self, source, activation=None):
        super().__init__()
        self.source = source
        self.activation = keras.activations.get(activation)
"""
bank.wrong(
    D,
    "kernel copied in build",
    says="uses a copy",
    code=HEAD
    + """
    def build(self, input_shape):
        kernel = np.array(self.source.kernel)
        self.kernel = ops.convert_to_tensor(kernel.T)
        self.bias = self.add_weight(shape=(kernel.shape[0],), initializer="zeros")

    def call(self, inputs):
        return self.activation(inputs @ self.kernel + self.bias)
""",
)
bank.wrong(
    D,
    "second kernel that starts from the first",
    says="no kernel",
    code=HEAD
    + """
    def build(self, input_shape):
        n, k = self.source.kernel.shape
        self.kernel = self.add_weight(shape=(k, n))
        self.kernel.assign(ops.transpose(self.source.kernel))
        self.bias = self.add_weight(shape=(n,), initializer="zeros")

    def call(self, inputs):
        return self.activation(inputs @ self.kernel + self.bias)
""",
)
bank.wrong(
    D,
    "an ordinary dense layer",
    says="no kernel",
    code=HEAD
    + """
    def build(self, input_shape):
        self.inner = layers.Dense(self.source.kernel.shape[0])
        self.inner.build(input_shape)

    def call(self, inputs):
        return self.activation(self.inner(inputs))
""",
)
bank.wrong(
    D,
    "no gradient into the kernel",
    says="no gradient",
    swap=(
        "ops.transpose(self.source.kernel)",
        "ops.stop_gradient(ops.transpose(self.source.kernel))",
    ),
)
bank.wrong(
    D,
    "kernel through NumPy",
    says="no gradient",
    swap=("ops.transpose(self.source.kernel)", "np.array(self.source.kernel).T"),
)
bank.wrong(
    D,
    "no bias",
    says="where is its bias",
    code=HEAD
    + """
    def build(self, input_shape):
        pass

    def call(self, inputs):
        return self.activation(ops.matmul(inputs, ops.transpose(self.source.kernel)))
""",
)
bank.wrong(D, "bias not added", says="not added", swap=(" + self.bias", ""))
bank.wrong(D, "one bias for all", says="shapes", swap=("shape=(n_inputs,)", "shape=(1,)"))
bank.wrong(
    D,
    "bias of the code's length",
    says="one entry",
    swap=("kernel.shape[0]", "kernel.shape[1]"),
)
bank.wrong(
    D,
    "bias cannot be trained",
    says="trainable",
    swap=('name="bias"', 'name="bias", trainable=False'),
)
bank.wrong(D, "activation forgotten", says="activation", swap=("self.activation(sums)", "sums"))
bank.wrong(
    D,
    "bias after the activation",
    says="belongs inside",
    swap=(
        " + self.bias\n        return self.activation(sums)",
        "\n        return self.activation(sums) + self.bias",
    ),
)
bank.wrong(
    D,
    "not transposed",
    says="the kernel is not transposed",
    swap=("ops.transpose(self.source.kernel)", "self.source.kernel"),
)
bank.wrong(
    D,
    "not transposed where the shape allows it",
    says="not transposed",
    code=HEAD
    + """
    def build(self, input_shape):
        self.bias = self.add_weight(shape=(self.source.kernel.shape[0],), initializer="zeros")

    def call(self, inputs):
        kernel = self.source.kernel
        if kernel.shape[0] != kernel.shape[1]:
            kernel = ops.transpose(kernel)
        return self.activation(inputs @ kernel + self.bias)
""",
)
bank.wrong(
    D,
    "pseudo-inverse",
    says="inverse",
    swap=("ops.transpose(self.source.kernel)", "tf.linalg.pinv(self.source.kernel.value)"),
)
bank.wrong(
    D,
    "source's bias",
    says="matmul",
    swap=("inputs, ops", "inputs - self.source.bias, ops.transpose(ops"),
)
bank.answers[-1].swap = None
bank.answers[-1].says = "where is its bias"
bank.answers[-1].code = (
    HEAD
    + """
    def build(self, input_shape):
        pass

    def call(self, inputs):
        return self.activation(
            ops.matmul(inputs - self.source.bias, ops.transpose(self.source.kernel))
        )
"""
)
bank.wrong(
    D,
    "kernel.T",
    says="ops.transpose",
    swap=("ops.transpose(self.source.kernel)", "self.source.kernel.T"),
)
bank.wrong(
    D, "source's bias added", says="where is its bias", swap=("self.bias\n", "self.source.bias\n")
)
bank.answers[-1].swap = None
bank.answers[-1].code = (
    HEAD
    + """
    def build(self, input_shape):
        pass

    def call(self, inputs):
        sums = ops.matmul(inputs, ops.transpose(self.source.kernel)) + self.source.bias
        return self.activation(sums)
"""
)
bank.right(D, "bias as a row", swap=("shape=(n_inputs,)", "shape=(1, n_inputs)"))
bank.right(
    D,
    "tf and a variable",
    code=HEAD
    + """
    def build(self, input_shape):
        self.offset = keras.Variable(np.zeros(self.source.kernel.shape[0]), dtype="float32")

    def call(self, inputs):
        product = tf.matmul(inputs, self.source.kernel, transpose_b=True)
        return self.activation(tf.nn.bias_add(product, self.offset))
""",
)
bank.right(
    D,
    "einsum, random bias",
    code=HEAD
    + """
    def build(self, input_shape):
        self.b = self.add_weight(shape=self.source.kernel.shape[:1], initializer="random_normal")

    def call(self, inputs):
        return self.activation(ops.einsum("nk,dk->nd", inputs, self.source.kernel) + self.b)
""",
)
bank.right(
    D,
    "subclass of Dense",
    code="""
class TiedDense(layers.Dense):
    def __init__(self, source, activation=None):
        super().__init__(source.kernel.shape[0], activation=activation)
        self.source = source

    def build(self, input_shape):
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.built = True

    def call(self, inputs):
        return self.activation(inputs @ ops.transpose(self.source.kernel) + self.bias)
""",
)

# kl_penalty
K = "kl_penalty"
bank.wrong(
    K,
    "arguments swapped",
    says="swapped",
    code="""
def kl_penalty(activations, rho):
    means = ops.clip(ops.mean(activations, axis=0), 1e-6, 1 - 1e-6)
    return ops.sum(
        means * ops.log(means / rho) + (1 - means) * ops.log((1 - means) / (1 - rho))
    )
""",
)
bank.wrong(K, "mean over the units", says="sum over them", swap=("ops.sum(on", "ops.mean(on"))
bank.wrong(K, "one term", says="second term", swap=("on + off", "on"))
bank.wrong(K, "wrong axis", says="axis", swap=("axis=0", "axis=1"))
bank.wrong(K, "one mean for all", says="one mean for all", swap=(", axis=0", ""))
bank.wrong(
    K,
    "each digit by itself",
    says="each digit",
    swap=("ops.mean(activations, axis=0)", "activations"),
)
bank.wrong(
    K,
    "each digit by itself, then the mean",
    says="then averaged",
    code="""
def kl_penalty(activations, rho):
    a = ops.clip(activations, 1e-6, 1 - 1e-6)
    each = rho * ops.log(rho / a) + (1 - rho) * ops.log((1 - rho) / (1 - a))
    return ops.mean(ops.sum(each, axis=1))
""",
)
bank.wrong(K, "sign", says="sign", swap=("return ops", "return -ops"))
bank.wrong(K, "bits", says="bits", swap=("ops.log(", "ops.log2("))
bank.wrong(
    K,
    "not clipped",
    says="NaN or infinite",
    swap=(
        "ops.clip(ops.mean(activations, axis=0), 1e-6, 1 - 1e-6)",
        "ops.mean(activations, axis=0)",
    ),
)
bank.wrong(
    K,
    "activations clipped instead of the means",
    says="not the activations",
    swap=(
        "ops.clip(ops.mean(activations, axis=0), 1e-6, 1 - 1e-6)",
        "ops.mean(ops.clip(activations, 1e-6, 1 - 1e-6), axis=0)",
    ),
)
bank.wrong(K, "clipped at 0.01", says="clipped to", swap=("1e-6, 1 - 1e-6", "0.01, 0.99"))
bank.wrong(
    K,
    "clipped from below only",
    says="NaN or infinite",
    swap=(
        "ops.clip(ops.mean(activations, axis=0), 1e-6, 1 - 1e-6)",
        "ops.maximum(ops.mean(activations, axis=0), 1e-6)",
    ),
)
bank.wrong(
    K,
    "cross-entropy without the entropy",
    says="got",
    swap=("ops.log(rho / means)", "ops.log(1 / means)"),
)
bank.wrong(
    K,
    "NumPy",
    says="no gradient",
    code="""
def kl_penalty(activations, rho):
    means = np.clip(np.mean(activations, axis=0), 1e-6, 1 - 1e-6)
    return np.sum(rho * np.log(rho / means) + (1 - rho) * np.log((1 - rho) / (1 - means)))
""",
)
bank.wrong(K, "rho fixed at 0.05", says="rho = 0.2", swap=("    on", "    rho = 0.05\n    on"))
bank.wrong(K, "not summed", says="shape", swap=("ops.sum(on + off)", "on + off"))
bank.wrong(K, "no return", says="return", swap=("return ops", "ops"))
bank.right(
    K,
    "tf, logarithms apart",
    code="""
def kl_penalty(activations, rho):
    q = tf.clip_by_value(tf.reduce_mean(activations, 0), 1e-6, 1 - 1e-6)
    constant = rho * np.log(rho) + (1 - rho) * np.log(1 - rho)
    return tf.reduce_sum(constant - rho * tf.math.log(q) - (1 - rho) * tf.math.log(1 - q))
""",
)
bank.right(
    K,
    "Keras's loss",
    code="""
def kl_penalty(activations, rho):
    q = ops.clip(ops.mean(activations, axis=0), 1e-6, 1 - 1e-6)
    p = rho * ops.ones_like(q)
    coins = lambda t: ops.stack([t, 1 - t], axis=-1)
    return ops.sum(keras.losses.kl_divergence(coins(p), coins(q)))
""",
)
bank.right(K, "a smaller clip", swap=("1e-6, 1 - 1e-6", "keras.config.epsilon(), 1 - 2e-7"))

# count_dead_units
C = "count_dead_units"
bank.wrong(C, "examples instead of units", says="counts examples", swap=("axis=0", "axis=1"))
bank.wrong(
    C,
    "single zeros",
    says="single zeros",
    swap=("np.max(np.abs(codes), axis=0)", "np.abs(codes)"),
)
bank.wrong(C, "strictly below the tolerance", says="(<=)", swap=("<= tolerance", "< tolerance"))
bank.wrong(C, "negative taken for dead", says="negative values", swap=("np.abs(codes)", "codes"))
bank.wrong(
    C,
    "sum of the column",
    says="cancel in the sum",
    swap=("np.max(np.abs(codes), axis=0)", "np.abs(np.sum(codes, axis=0))"),
)
bank.wrong(C, "silent once", says="on some example", swap=("np.max(np.abs", "np.min(np.abs"))
bank.wrong(C, "the living", says="living", swap=("<= tolerance", "> tolerance"))
bank.wrong(C, "tolerance ignored", says="tolerance is not used", swap=("<= tolerance", "== 0"))
bank.wrong(
    C,
    "mean magnitude",
    says="mean of the magnitudes",
    swap=("np.max(np.abs(codes), axis=0)", "np.mean(np.abs(codes), axis=0)"),
)
bank.wrong(
    C,
    "sum of magnitudes",
    says="sum of the magnitudes",
    swap=("np.max(np.abs(codes), axis=0)", "np.sum(np.abs(codes), axis=0)"),
)
bank.wrong(
    C,
    "norm of the column",
    says="norm of the column",
    swap=("np.max(np.abs(codes), axis=0)", "np.linalg.norm(codes, axis=0)"),
)
bank.wrong(
    C,
    "last example only",
    says="last example",
    swap=("np.max(np.abs(codes), axis=0)", "np.abs(codes[-1])"),
)
bank.wrong(
    C,
    "first example only",
    says="first example",
    swap=("np.max(np.abs(codes), axis=0)", "np.abs(codes[0])"),
)
bank.wrong(
    C,
    "silent on 90 %",
    says="on most examples",
    swap=(
        "np.max(np.abs(codes), axis=0) <= tolerance",
        "np.mean(np.abs(codes) <= tolerance, axis=0) >= 0.9",
    ),
)
bank.wrong(
    C,
    "no variance",
    says="always gives the same",
    swap=("np.max(np.abs(codes), axis=0)", "np.ptp(codes, axis=0)"),
)
bank.wrong(
    C,
    "which ones",
    says="shape",
    swap=(
        "int(np.sum(np.max(np.abs(codes), axis=0) <= tolerance))",
        "np.max(np.abs(codes), axis=0) <= tolerance",
    ),
)
bank.wrong(C, "share instead of count", says="got", swap=("int(np.sum(", "(np.mean("))
bank.wrong(C, "no return", says="return", swap=("return int", "int"))
bank.right(
    C,
    "all over the examples",
    code="""
def count_dead_units(codes, tolerance=0.0):
    return np.count_nonzero(np.all(np.abs(codes) <= tolerance, axis=0))
""",
)
bank.right(
    C,
    "loops",
    code="""
def count_dead_units(codes, tolerance=0.0):
    dead = 0
    for unit in codes.T:
        if not any(value > tolerance or value < -tolerance for value in unit):
            dead += 1
    return dead
""",
)
bank.right(
    C,
    "tensor",
    code="""
def count_dead_units(codes, tolerance=0.0):
    alive = ops.any(ops.abs(codes) > tolerance, axis=0)
    return codes.shape[1] - ops.sum(ops.cast(alive, "int32"))
""",
)
