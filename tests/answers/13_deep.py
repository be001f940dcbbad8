"""Answers to the exercises of lesson 13, right and wrong."""

from tests.bank import Bank

bank = Bank()

# build_shallow_autoencoder
S = "build_shallow_autoencoder"
CODE = "layers.Dense(latent_dim)"
OUTPUT = "layers.Dense(784, activation=output)"


def shallow(body):
    """A cell with another body."""
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    return f"def build_shallow_autoencoder(latent_dim, output):\n{lines}\n"


for activation in ("relu", "gelu", "tanh", "sigmoid"):
    bank.wrong(
        S,
        f"{activation} on the code",
        says=f"there is {activation} on the code",
        swap=(CODE, f'layers.Dense(latent_dim, activation="{activation}")'),
    )
bank.wrong(
    S,
    "the activation on the code, too",
    says="on the code",
    swap=(CODE, "layers.Dense(latent_dim, activation=output)"),
)
bank.wrong(
    S,
    "the activation on the code only",
    says="there is no activation at the output; expected sigmoid; and there is sigmoid on the code",
    code=shallow("""
return keras.Sequential(
    [keras.Input((784,)), layers.Dense(latent_dim, activation=output), layers.Dense(784)]
)
"""),
)
bank.wrong(S, "always a sigmoid", says="there is sigmoid", swap=("=output", '="sigmoid"'))
bank.wrong(S, "no activation", says="there is no activation", swap=(OUTPUT, "layers.Dense(784)"))
bank.wrong(S, "ReLU", says="there is relu at the output", swap=("=output", '="relu"'))
bank.wrong(
    S,
    "the sigmoid twice",
    says="twice",
    swap=(f"model.add({OUTPUT})", f"model.add({OUTPUT})\n    model.add(layers.Activation(output))"),
)
bank.wrong(S, "code fixed at 32", says="784 → 32", swap=(CODE, "layers.Dense(32)"))
bank.wrong(
    S,
    "a hidden layer",
    says="layer too many",
    swap=(
        f"model.add({CODE})",
        f'model.add(layers.Dense(256, activation="gelu"))\n    model.add({CODE})',
    ),
)
bank.wrong(
    S,
    "no second layer",
    says="The last layer is missing",
    swap=(f"    model.add({OUTPUT})\n", ""),
)
bank.wrong(S, "no biases", says="no bias", swap=(CODE, "layers.Dense(latent_dim, use_bias=False)"))
bank.wrong(
    S,
    "no bias at the output",
    says="no bias",
    swap=(OUTPUT, "layers.Dense(784, activation=output, use_bias=False)"),
)
bank.wrong(S, "pixels as 28 x 28", says="takes inputs of 28 x 28", swap=("(784,)", "(28, 28)"))
bank.wrong(S, "layers in the wrong order", says="expected", swap=(CODE, "layers.Dense(784)"))
bank.wrong(S, "no return", says="return", swap=("return model", "model"))
bank.wrong(
    S,
    "two halves",
    says="expected a Keras model",
    code=shallow("""
return keras.Sequential([layers.Dense(latent_dim)]), keras.Sequential([layers.Dense(784)])
"""),
)
bank.wrong(
    S,
    "dropout",
    says="no dropout",
    swap=(f"model.add({CODE})", f"model.add({CODE})\n    model.add(layers.Dropout(0.2))"),
)
bank.wrong(
    S,
    "normalisation",
    says="dense layers only",
    swap=(f"model.add({CODE})", f"model.add({CODE})\n    model.add(layers.BatchNormalization())"),
)
bank.wrong(
    S,
    "a fixed seed",
    says="random seed",
    swap=("    model =", "    keras.utils.set_random_seed(0)\n    model ="),
)
bank.wrong(
    S,
    "the same model every time",
    says="new layers",
    code="_models = {}\n\n\n"
    + shallow("""
if (latent_dim, output) not in _models:
    _models[latent_dim, output] = keras.Sequential(
        [keras.Input((784,)), layers.Dense(latent_dim), layers.Dense(784, activation=output)]
    )
return _models[latent_dim, output]
"""),
)
bank.wrong(
    S,
    "a decoder that does not learn",
    says="frozen",
    swap=("    return model", "    model.layers[-1].trainable = False\n    return model"),
)
bank.wrong(
    S, "output compared with a string", says="stops with", swap=("=output", "=output.lower()")
)
bank.right(
    S,
    "functional",
    code=shallow("""
pixels = keras.Input(shape=(784,))
code = layers.Dense(latent_dim, activation="linear", name="code")(pixels)
return keras.Model(pixels, layers.Dense(28 * 28, output)(code))
"""),
)
bank.right(
    S,
    "two halves in a row, activation apart",
    code=shallow("""
encoder = keras.Sequential([keras.Input((784,)), layers.Dense(latent_dim)])
decoder = keras.Sequential([keras.Input((latent_dim,)), layers.Dense(784)])
model = keras.Sequential([encoder, decoder])
model.add(layers.Activation(output or "linear"))
return model
"""),
)
bank.right(S, "no Input", swap=("    model.add(keras.Input((784,)))\n", ""))
bank.right(
    S,
    "a subclass, its layers in another order",
    code="""
class Shallow(keras.Model):
    def __init__(self, latent_dim, output):
        super().__init__()
        self.out = layers.Dense(784, kernel_initializer="he_normal")
        self.inner = layers.Dense(latent_dim)
        self.squash = keras.activations.get(output)

    def call(self, x):
        return self.squash(self.out(self.inner(x)))


def build_shallow_autoencoder(latent_dim, output):
    return Shallow(latent_dim, output)
""",
)

# build_deep_autoencoder
B = "build_deep_autoencoder"
SIGNATURE = 'def build_deep_autoencoder(latent_dim, widths=(256,), activation="gelu", code_activation=None):'


def halves(body, before=""):
    """A cell with another body."""
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    return f"{before}{SIGNATURE}\n{lines}\n"


for activation in ("relu", "gelu", "tanh", "sigmoid"):
    bank.wrong(
        B,
        f"{activation} on the code",
        says=f"there is {activation} on the code",
        swap=("activation=code_activation", f'activation="{activation}"'),
    )
bank.wrong(
    B,
    "the hidden layers' activation on the code",
    says="there is gelu on the code",
    swap=("activation=code_activation", "activation=activation"),
)
bank.wrong(
    B, "code_activation ignored", says="on the code", swap=(", activation=code_activation", "")
)
bank.wrong(
    B,
    "no sigmoid",
    says="no activation at the output",
    swap=('784, activation="sigmoid"', "784"),
)
bank.wrong(B, "ReLU output", says="relu at the output", swap=('"sigmoid"', '"relu"'))
bank.wrong(B, "tanh output", says="tanh at the output", swap=('"sigmoid"', '"tanh"'))
bank.wrong(B, "softmax output", says="softmax at the output", swap=('"sigmoid"', '"softmax"'))
bank.wrong(B, "activation at the output", says="at the output", swap=('"sigmoid"', "activation"))
bank.wrong(
    B,
    "code_activation at the output",
    says="at the output",
    swap=('"sigmoid"', "code_activation"),
)
bank.wrong(
    B,
    "hidden layers without activation",
    says="no activation in the hidden layers",
    swap=("width, activation=activation", "width"),
)
bank.wrong(
    B,
    "always GELU",
    says="there is gelu in the hidden layers",
    swap=("width, activation=activation", 'width, activation="gelu"'),
)
bank.wrong(
    B,
    "no activation in the decoder",
    says="decoder answers, held against NumPy: there is no activation in the hidden layers",
    swap=(
        "in reversed(widths):\n        decoder.add(layers.Dense(width, activation=activation))",
        "in reversed(widths):\n        decoder.add(layers.Dense(width))",
    ),
)
bank.wrong(
    B,
    "no hidden layer in the encoder",
    says="encoder has dense layers 784 → 32; expected 784 → 256, 256 → 32. A layer is missing",
    swap=(
        "    for width in widths:\n        encoder.add(layers.Dense(width, activation=activation))\n",
        "",
    ),
)
bank.wrong(
    B,
    "the decoder not mirrored",
    says="wrong order",
    swap=("reversed(widths)", "widths"),
)
bank.wrong(
    B,
    "the encoder reversed",
    says="wrong order",
    swap=("in widths", "in widths[::-1]"),
)
bank.wrong(
    B,
    "only the first width",
    says="layer is missing",
    swap=("for width in widths:", "for width in widths[:1]:"),
)
bank.wrong(
    B,
    "widths ignored",
    says="784 → 256, 256 → 5",
    swap=("    encoder = keras", "    widths = (256,)\n    encoder = keras"),
)
bank.wrong(
    B,
    "at most two widths",
    says="layer is missing",
    swap=("    encoder = keras", "    widths = widths[:2]\n    encoder = keras"),
)
bank.wrong(
    B,
    "at least one hidden layer",
    says="too many",
    swap=("    encoder = keras", "    widths = widths or (256,)\n    encoder = keras"),
)
bank.wrong(
    B,
    "list.reverse",
    says="",
    code=halves("""
encoder = keras.Sequential([keras.Input((784,))])
for width in widths:
    encoder.add(layers.Dense(width, activation=activation))
encoder.add(layers.Dense(latent_dim, activation=code_activation))
decoder = keras.Sequential([keras.Input((latent_dim,))])
widths.reverse()
for width in widths:
    decoder.add(layers.Dense(width, activation=activation))
decoder.add(layers.Dense(784, activation="sigmoid"))
return encoder, decoder
"""),
)
bank.answers[-1].says = "AttributeError"
bank.wrong(
    B,
    "code fixed at 32",
    says="32",
    swap=("Dense(latent_dim, ", "Dense(32, "),
)
bank.wrong(
    B,
    "the code's input fixed at 32",
    says="written into the code",
    swap=("keras.Input((latent_dim,))", "keras.Input((32,))"),
)
bank.wrong(
    B,
    "one model",
    says="expected 2 results",
    swap=("return encoder, decoder", "return keras.Sequential([encoder, decoder])"),
)
bank.wrong(
    B,
    "decoder first",
    says="halves exchanged",
    swap=("return encoder, decoder", "return decoder, encoder"),
)
bank.wrong(
    B,
    "autoencoder in place of the decoder",
    says="decoder takes inputs of 784",
    swap=("return encoder, decoder", "return encoder, keras.Sequential([encoder, decoder])"),
)
bank.wrong(B, "no return", says="return", swap=("return encoder", "result = encoder"))
bank.wrong(
    B,
    "no biases",
    says="no bias",
    swap=("width, activation=activation", "width, activation=activation, use_bias=False"),
)
bank.wrong(
    B,
    "no bias in the code",
    says="no bias",
    swap=("latent_dim, activation", "latent_dim, use_bias=False, activation"),
)
bank.wrong(
    B,
    "layers made once, outside",
    says="new layers",
    code=halves(
        """
key = latent_dim, tuple(widths), activation, code_activation
if key not in _kept:
    encoder = keras.Sequential([keras.Input((784,))])
    decoder = keras.Sequential([keras.Input((latent_dim,))])
    for width in widths:
        encoder.add(layers.Dense(width, activation=activation))
    encoder.add(layers.Dense(latent_dim, activation=code_activation))
    for width in widths[::-1]:
        decoder.add(layers.Dense(width, activation=activation))
    decoder.add(layers.Dense(784, activation="sigmoid"))
    _kept[key] = encoder, decoder
return _kept[key]
""",
        before="_kept = {}\n\n\n",
    ),
)
bank.wrong(
    B,
    "dropout",
    says="no dropout",
    swap=(
        "        encoder.add(layers.Dense(width, activation=activation))\n",
        "        encoder.add(layers.Dense(width, activation=activation))\n"
        "        encoder.add(layers.Dropout(0.1))\n",
    ),
)
bank.wrong(
    B,
    "normalisation after each hidden layer",
    says="dense layers only",
    swap=(
        "        encoder.add(layers.Dense(width, activation=activation))\n",
        "        encoder.add(layers.Dense(width, activation=activation))\n"
        "        encoder.add(layers.LayerNormalization())\n",
    ),
)
bank.wrong(
    B,
    "a parameter renamed",
    says="cannot be called",
    swap=("widths", "hidden_widths"),
)
bank.wrong(
    B,
    "a name that does not exist",
    says="NameError",
    swap=("in widths:", "in width_list:"),
)
bank.right(
    B,
    "functional",
    code=halves("""
pixels = h = keras.Input(shape=(784,))
for width in widths:
    h = layers.Activation(activation)(layers.Dense(width)(h))
encoder = keras.Model(pixels, layers.Dense(latent_dim, activation=code_activation)(h))
code = h = keras.Input(shape=(latent_dim,))
for width in list(widths)[::-1]:
    h = layers.Dense(width, activation=keras.activations.get(activation))(h)
sums = layers.Dense(784)(h)
return [encoder, keras.Model(code, layers.Activation("sigmoid")(sums))]
"""),
)
bank.right(
    B,
    "subclasses, the last layer made first",
    code=halves(
        """
return (
    Half(widths, latent_dim, activation, code_activation),
    Half(tuple(widths)[::-1], 784, activation, "sigmoid"),
)
""",
        before="""
class Half(keras.Model):
    def __init__(self, widths, n_out, activation, last):
        super().__init__()
        self.out = layers.Dense(n_out, activation=last)
        self.hidden = [layers.Dense(width, activation) for width in widths]

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)


""",
    ),
)
bank.right(
    B,
    "a helper, other initialisation, no Input",
    code=halves(
        """
encoder = stack([*widths, latent_dim], activation, code_activation)
return encoder, stack([*widths[::-1], 28 * 28], activation, "sigmoid")
""",
        before="""
def stack(sizes, activation, last):
    kinds = [activation] * (len(sizes) - 1) + [last]
    return keras.Sequential(
        [
            layers.Dense(size, activation=kind, kernel_initializer="he_normal")
            for size, kind in zip(sizes, kinds)
        ]
    )


""",
    ),
)

# held_out_ratio
H = "held_out_ratio"
bank.wrong(
    H,
    "training error",
    says="both errors were measured on the training",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = np.mean((x_train - baseline(x_train)) ** 2)
    ratios = [np.mean((x_train - f(x_train)) ** 2) / below for f in networks]
    return np.mean(ratios), np.std(ratios, ddof=1)
""",
)
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
bank.wrong(H, "best seed", says="best of the seeds", swap=("np.mean(ratios)", "np.min(ratios)"))
bank.wrong(H, "first seed", says="first of the seeds", swap=("np.mean(ratios)", "ratios[0]"))
bank.wrong(
    H,
    "errors not divided",
    says="not yet divided",
    swap=("network_error / baseline_error", "network_error"),
)
bank.wrong(
    H,
    "upside down",
    says="upside down",
    swap=("network_error / baseline_error", "baseline_error / network_error"),
)
bank.wrong(
    H,
    "root mean squared",
    says="root mean squared",
    swap=("network_error / baseline_error", "np.sqrt(network_error / baseline_error)"),
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
    says="spread over the points",
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
    swap=("return float(mean), float(spread)", "return mean"),
)
bank.wrong(
    H,
    "share removed",
    says="removed",
    swap=("float(mean)", "1 - float(mean)"),
)
bank.wrong(
    H,
    "results exchanged",
    says="mean first",
    swap=("float(mean), float(spread)", "spread, mean"),
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
    "three seeds at most",
    says="only 3 of 5 networks",
    swap=("for network in networks", "for network in (networks * 2)[:3]"),
)
bank.right(
    H,
    "pandas",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    import pandas as pd

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

bank.wrong(
    H,
    "results exchanged, population standard deviation",
    says="mean first, and divide by n - 1",
    swap=(
        "np.std(ratios, ddof=1)\n    return float(mean), float(spread)",
        "np.std(ratios)\n    return spread, mean",
    ),
)
bank.wrong(
    H,
    "training error, upside down",
    says="training points; and upside down",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = np.mean((x_train - baseline(x_train)) ** 2)
    ratios = [below / np.mean((x_train - f(x_train)) ** 2) for f in networks]
    return np.mean(ratios), np.std(ratios, ddof=1)
""",
)
bank.wrong(H, "median", says="median", swap=("np.mean(ratios)", "np.median(ratios)"))
bank.wrong(
    H,
    "summed over the seeds",
    says="summed",
    swap=("np.mean(ratios)", "np.sum(ratios)"),
)
bank.wrong(
    H,
    "only the last network",
    says="the mean ratio",
    swap=("        ratios.append(", "    ratios = [0.0]\n    ratios.append("),
)
bank.wrong(
    H,
    "points shifted in place",
    says="changed in place",
    swap=("    baseline_error", "    x_test -= x_test.mean()\n    baseline_error"),
)
bank.wrong(
    H,
    "784 pixels",
    says="size",
    swap=("    baseline_error", "    x_test = x_test.reshape(-1, 784)\n    baseline_error"),
)
bank.wrong(
    H,
    "variance of n, mean right",
    says="divided by n; divide by n - 1 (see ddof); and this is the variance",
    swap=("np.std(ratios, ddof=1)", "np.var(ratios)"),
)
bank.wrong(
    H,
    "rounded to two places",
    says="the mean ratio",
    swap=("float(mean), float(spread)", "round(float(mean), 2), round(float(spread), 2)"),
)
bank.wrong(
    H, "networks called together", says="TypeError", swap=("network(x_test)", "networks(x_test)")
)
bank.right(
    H,
    "a tensor",
    code="""
def held_out_ratio(networks, baseline, x_train, x_test):
    below = keras.ops.mean(keras.ops.square(x_test - baseline(x_test)))
    errors = [keras.ops.mean(keras.ops.square(x_test - f(x_test))) for f in networks]
    ratios = np.array([float(e / below) for e in errors])
    return ratios.mean(), ratios.std() * np.sqrt(len(ratios) / (len(ratios) - 1))
""",
)

# gain_shares
G = "gain_shares"


def gains(body):
    """A cell with another body."""
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    return f"def gain_shares(baseline_error, ladder):\n{lines}\n"


bank.wrong(G, "sign", says="sign", swap=("-np.diff", "np.diff"))
bank.wrong(
    G, "divided by the baseline", says="baseline's error", swap=("/ whole_gain", "/ means[0]")
)
bank.wrong(
    G, "divided by the error before", says="error before it", swap=("/ whole_gain", "/ means[:-1]")
)
bank.wrong(G, "divided by the last error", says="last error", swap=("/ whole_gain", "/ means[-1]"))
bank.wrong(G, "not divided", says="not yet divided", swap=(" / whole_gain", ""))
bank.wrong(
    G,
    "cumulative",
    says="up to each one",
    swap=("gains / whole_gain", "np.cumsum(gains) / whole_gain"),
)
bank.wrong(G, "per cent", says="per cent", swap=("gains / whole_gain", "100 * gains / whole_gain"))
bank.wrong(G, "best seed", says="best seed", swap=("np.mean(errors)", "np.min(errors)"))
bank.wrong(G, "first seed", says="first seed", swap=("np.mean(errors)", "errors[0]"))
bank.wrong(G, "median", says="median", swap=("np.mean(errors)", "np.median(errors)"))
bank.wrong(G, "sums", says="summed", swap=("np.mean(errors)", "np.sum(errors)"))
bank.wrong(
    G,
    "the last step first",
    says="order",
    swap=("gains / whole_gain", "(gains / whole_gain)[::-1]"),
)
bank.wrong(
    G,
    "without the first step",
    says="first step is missing",
    swap=("gains / whole_gain", "gains[1:] / whole_gain"),
)
bank.wrong(
    G,
    "every seed a step",
    says="every seed",
    swap=("means.append(np.mean(errors))", "means.extend(errors)"),
)
bank.wrong(
    G,
    "the last step alone",
    says="this is one number; each step has one",
    swap=("gains / whole_gain", "gains[-1] / whole_gain"),
)
bank.wrong(
    G,
    "sign, and not divided",
    says="the sign is wrong",
    code=gains("return np.diff([baseline_error, *(np.mean(e) for e in ladder)])"),
)
bank.wrong(
    G,
    "best seed, divided by the baseline",
    says="divided by the baseline's error; divide by the whole gain; and the best seed",
    code=gains("""
means = np.array([baseline_error, *(np.min(e) for e in ladder)])
return (means[:-1] - means[1:]) / means[0]
"""),
)
bank.wrong(
    G,
    "two steps only",
    says="there are 2; each step has one",
    code=gains("""
first, last = np.mean(ladder[0]), np.mean(ladder[-1])
whole = baseline_error - last
return np.array([baseline_error - first, first - last]) / whole
"""),
)
bank.wrong(
    G,
    "equally many seeds",
    says="stops with ValueError",
    code=gains("""
means = np.concatenate([[baseline_error], np.mean(np.array(ladder), axis=1)])
return -np.diff(means) / (means[0] - means[-1])
"""),
)
bank.wrong(
    G,
    "without negative shares",
    says="negative gains were set to 0",
    swap=("gains / whole_gain", "np.maximum(gains, 0) / whole_gain"),
)
bank.wrong(
    G,
    "magnitudes",
    says="the absolute values were taken",
    swap=("-np.diff(means)", "np.abs(np.diff(means))"),
)
bank.wrong(
    G,
    "the ladder sorted",
    says="",
    swap=("-np.diff(means)", "-np.diff(sorted(means, reverse=True))"),
)
bank.wrong(
    G,
    "the ladder changed in place",
    says="changed in place",
    swap=("    means = [baseline_error]", "    ladder.insert(0, [baseline_error])\n    means = []"),
)
bank.wrong(G, "no return", says="return", swap=("return gains", "gains"))
bank.wrong(
    G,
    "roots",
    says="roots",
    code=gains("""
means = np.sqrt([baseline_error, *(np.mean(e) for e in ladder)])
return -np.diff(means) / (means[0] - means[-1])
"""),
)
bank.right(
    G,
    "a loop",
    code=gains("""
before, shares = baseline_error, []
last = sum(ladder[-1]) / len(ladder[-1])
for errors in ladder:
    mean = sum(errors) / len(errors)
    shares.append((before - mean) / (baseline_error - last))
    before = mean
return shares
"""),
)
bank.right(
    G,
    "np.ediff1d and the sum of the gains",
    code=gains("""
means = np.array([np.average(e) for e in [[baseline_error], *ladder]])
steps = np.ediff1d(means)
return steps / steps.sum()
"""),
)

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
    says="looks at the sum: positive and negative values cancel",
    swap=("np.max(np.abs(codes), axis=0)", "np.abs(np.sum(codes, axis=0))"),
)
bank.wrong(C, "silent once", says="silent on some example", swap=("np.max(np.abs", "np.min(np.abs"))
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
    says="silent on most examples",
    swap=(
        "loudest <= tolerance",
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
    says="which units",
    swap=(
        "int(np.sum(silent))",
        "silent",
    ),
)
bank.wrong(
    C, "share instead of count", says="share", swap=("int(np.sum(silent))", "np.mean(silent)")
)
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
    alive = keras.ops.any(keras.ops.abs(codes) > tolerance, axis=0)
    return codes.shape[1] - keras.ops.sum(keras.ops.cast(alive, "int32"))
""",
)
bank.wrong(
    C,
    "codes changed in place",
    says="changed in place",
    swap=(
        "    loudest = np.max(np.abs(codes), axis=0)",
        "    np.abs(codes, out=codes)\n    loudest = np.max(codes, axis=0)",
    ),
)
bank.wrong(
    C,
    "codes rounded in place",
    says="changed in place",
    swap=("    loudest", "    codes[np.abs(codes) <= tolerance] = 0\n    loudest"),
)
bank.wrong(
    C,
    "32 units",
    says="count",
    code="""
def count_dead_units(codes, tolerance=0.0):
    return sum(np.abs(codes[:, j]).max() <= tolerance for j in range(32))
""",
)
bank.wrong(
    C,
    "the first 100 examples",
    says="count",
    swap=("np.abs(codes)", "np.abs(codes[:100])"),
)
bank.wrong(
    C,
    "the first 128 units",
    says="count",
    swap=("np.abs(codes)", "np.abs(codes[:, :128])"),
)
bank.wrong(
    C,
    "close to zero",
    says="count",
    swap=("loudest <= tolerance", "(loudest <= tolerance) | np.isclose(loudest, 0, atol=1e-6)"),
)
bank.wrong(
    C,
    "negative taken for dead, strictly below",
    says="",
    swap=(
        "np.max(np.abs(codes), axis=0)\n    silent = loudest <= tolerance",
        "np.max(codes, axis=0)\n    silent = loudest < tolerance",
    ),
)
bank.answers[-1].says = "negative values were taken for silence"

# More of what learners hand in, exercise by exercise: name, what is said, the answer
SHALLOW = {
    "a size in place of a shape": ("A shape is a tuple", f"layers.Input(784), {CODE}, {OUTPUT}"),
    "None as a word": (
        "No activation has this name",
        f"keras.Input((784,)), {CODE}, layers.Dense(784, activation=str(output))",
    ),
    "the activation's name as a layer": (
        "made of layers alone",
        f"keras.Input((784,)), {CODE}, layers.Dense(784), output",
    ),
    "LeakyReLU": ("there is LeakyReLU on the code", f"{CODE}, layers.LeakyReLU(), {OUTPUT}"),
    "ELU": ("there is elu on the code", f"layers.Dense(latent_dim, activation='elu'), {OUTPUT}"),
    "divided by 255": ("divided by 255", f"layers.Rescaling(1 / 255), {CODE}, {OUTPUT}"),
    "grey levels": ("multiplied by 255", f"{CODE}, {OUTPUT}, layers.Rescaling(255)"),
    "weights of 0": (
        "begin with the same value",
        f"layers.Dense(latent_dim, kernel_initializer='zeros'), {OUTPUT}",
    ),
    "a regularizer": (
        "regularisation",
        f"layers.Dense(latent_dim, kernel_regularizer='l2'), {OUTPUT}",
    ),
    "an argument that is none": (
        "no argument of that name",
        f"{CODE}, layers.Dense(784, output=output)",
    ),
    "a penalty on the code": (
        "regularisation",
        f"layers.Dense(latent_dim, activity_regularizer='l1'), {OUTPUT}",
    ),
    "a convolution": (
        "Not all layers are dense",
        f"layers.Reshape((28, 28, 1)), layers.Conv2D(8, 3), layers.Flatten(), {CODE}, {OUTPUT}",
    ),
    "768": ("The last layer has 768 units", f"{CODE}, layers.Dense(768, activation=output)"),
    "small letters": ("begin with a capital", f"layers.dense(latent_dim), {OUTPUT}"),
}
for name, (says, row) in SHALLOW.items():
    bank.wrong(S, name, says=says, code=shallow(f"return keras.Sequential([{row}])"))
bank.wrong(
    S,
    "trained already",
    says="has been trained",
    code=shallow(f"""
model = keras.Sequential([keras.Input((784,)), {CODE}, {OUTPUT}])
model.compile("adam", loss="mse")
model.fit(x_train[:64], x_train[:64], verbose=0)
return model
"""),
)
bank.wrong(
    S, "a list of layers", says="keras.Sequential", code=shallow(f"return [{CODE}, {OUTPUT}]")
)
bank.wrong(
    S,
    "a layer on a layer",
    says="Is a call missing",
    code=shallow(f"x = keras.Input((784,))\nreturn keras.Model(x, {OUTPUT}({CODE}))"),
)
bank.right(
    S,
    "compiled, with another first draw",
    code=shallow("""
model = keras.Sequential()
model.add(layers.InputLayer(shape=(784,)))
model.add(layers.Dense(latent_dim, "linear", kernel_initializer="he_normal", name="code"))
model.add(layers.Dense(784, output or "linear"))
model.compile("adam", "mse")
return model
"""),
)

ENCODER = """
encoder = keras.Sequential([keras.Input((784,))])
for width in widths:
    encoder.add(layers.Dense(width, activation=activation))
encoder.add(layers.Dense(latent_dim, activation=code_activation))"""
DECODER = """
decoder = keras.Sequential([keras.Input((latent_dim,))])
for width in reversed(widths):
    decoder.add(layers.Dense(width, activation=activation))
decoder.add(layers.Dense(784, activation="sigmoid"))"""
HIDDEN = "layers.Dense(width, activation=activation))"
for name, says, old, new in [
    ("GELU of GELU", "has its activation twice", HIDDEN, f"{HIDDEN}\n    encoder.add(layers.Activation(activation))"),
    (
        "activation before the layer",
        "it belongs behind it",
        f"encoder.add({HIDDEN}",
        "encoder.add(layers.Activation(activation))\n    encoder.add(layers.Dense(width))",
    ),
    (
        "activation after the loop",
        "only the last hidden layer",
        HIDDEN,
        "layers.Dense(width))\nencoder.add(layers.Activation(activation))",
    ),
    ("a width of NumPy's", "whole numbers, 1 or more", "in widths", "in np.flip(widths[::-1])"),
    ("only the first", "only the first hidden layer", HIDDEN, HIDDEN.replace("n))", "n if width == widths[0] else None))")),
    ("ELU in the hidden layers", "there is elu in the hidden layers", HIDDEN, "layers.Dense(width, activation='elu'))"),
    ("sorted widths", "in the wrong order", "in widths", "in sorted(widths)"),
    ("the index for the width", "1 or more", "in widths", "in range(len(widths))"),
    ("reverse of a tuple", "A tuple cannot be changed", "\nfor width", "\nwidths.reverse()\nfor width"),
    ("reverse gives nothing", "reverse and sort", "in widths", "in list(widths).reverse()"),
    ("pixels in two axes", "takes inputs of 28 x 28", "[keras.Input((784,))]", "[keras.Input((28, 28)), layers.Flatten()]"),
    ("divided by 255", "divided by 255", "\nfor", "\nencoder.add(layers.Rescaling(1 / 255))\nfor"),
    ("a list of layers added", "made of layers alone", "add(layers.Dense(latent_dim, activation=code_activation))",
     "add([layers.Dense(latent_dim, activation=code_activation)])"),
]:  # fmt: skip
    text = ENCODER.replace(old, new)
    assert text != ENCODER, name
    bank.wrong(B, name, says=says, code=halves(f"{text}{DECODER}\nreturn encoder, decoder"))
for name, says, end in [
    ("encoder and whole", "whole autoencoder", "return encoder, keras.Sequential([encoder, decoder])"),
    ("the encoder's layers again", "for inputs of another size",
     "return encoder, keras.Sequential(encoder.layers[::-1])"),
    ("sigmoid before the last layer", "before the last layer",
     "decoder.pop()\ndecoder.add(layers.Activation('sigmoid'))\ndecoder.add(layers.Dense(784))\nreturn encoder, decoder"),
    ("the decoder ends in the code", "The last layer has 32 units",
     "decoder.pop()\ndecoder.add(layers.Dense(latent_dim, activation='sigmoid'))\nreturn encoder, decoder"),
]:  # fmt: skip
    bank.wrong(B, name, says=says.split("|")[-1], code=halves(f"{ENCODER}{DECODER}\n{end}"))
bank.right(
    B,
    "the decoder begins at the encoder's output",
    code=halves("""
h = pixels = keras.Input((784,))
for width in widths:
    h = layers.Dense(width, activation=activation)(h)
h = code = layers.Dense(latent_dim, activation=code_activation)(h)
for width in widths[::-1]:
    h = layers.Dense(width, activation=activation)(h)
return keras.Model(pixels, code), keras.Model(code, layers.Dense(784, activation="sigmoid")(h))
"""),
)

ERROR, BELOW = "np.mean((f(x_test) - x_test) ** 2)", "np.mean((baseline(x_test) - x_test) ** 2)"
RATIOS = f"{ERROR} / {BELOW}"
SEEN = RATIOS.replace("x_test", "x_train")
USUAL = "np.mean(ratios), np.std(ratios, ddof=1)"
for name, says, each, result in [
    ("unseen by training", "unseen is divided by training", f"{ERROR} / {ERROR.replace('x_test', 'x_train')}", USUAL),
    ("ratio of ratios", "do not belong here", f"({RATIOS}) / ({SEEN})", USUAL),
    ("both averaged", "on training and on unseen points were averaged", f"({RATIOS} + {SEEN}) / 2", USUAL),
    ("difference", "difference of the errors", f"{ERROR} - {BELOW}", USUAL),
    ("not squared", "not squared", RATIOS.replace(") ** 2", ")"), USUAL),
    ("mean squared", "the mean was squared", RATIOS.replace(") ** 2)", ")) ** 2"), USUAL),
    ("pixel by pixel", "for each number", RATIOS.replace("np.mean(", "(").join(["np.mean(", ")"]), USUAL),
    ("column by column", "for each column", RATIOS.replace("** 2)", "** 2, axis=0)").join(["np.mean(", ")"]), USUAL),
    ("distances", "mean distances", RATIOS.replace(") ** 2)", ", axis=1))").replace("mean((", "mean(np.linalg.norm("), USUAL),
    ("points not subtracted", "not subtracted from the copies", RATIOS.replace(" - x_test", ""), USUAL),
    ("rows for numbers", "number of points", f"{ERROR} / (np.sum((baseline(x_test) - x_test) ** 2) / len(x_test))", USUAL),
    ("one network too few", "4 of 5 networks", RATIOS, "np.mean(ratios[:-1]), np.std(ratios[:-1], ddof=1)"),
    ("without the first", "first network is left out", RATIOS, "np.mean(ratios[1:]), np.std(ratios[1:], ddof=1)"),
    ("half", "half of it", f"0.5 * {RATIOS}", USUAL),
    ("of one number", "has the standard deviation 0", RATIOS, "np.mean(ratios), np.std(np.mean(ratios))"),
    ("divided twice", "not divided by n - 1 again", RATIOS, "np.mean(ratios), np.std(ratios, ddof=1) / (len(ratios) - 1)"),
    ("last seed", "only the last of the seeds", RATIOS, "ratios[-1], np.std(ratios, ddof=1)"),
    ("sum by n - 1", "the sum was divided by n - 1", RATIOS, "sum(ratios) / (len(ratios) - 1), np.std(ratios, ddof=1)"),
    ("geometric mean", "geometric mean", RATIOS, "np.exp(np.mean(np.log(ratios))), np.std(ratios, ddof=1)"),
    ("per cent", "100 times as large", RATIOS, "100 * np.mean(ratios), 100 * np.std(ratios, ddof=1)"),
    ("rounded", "rounded to 2 digits", RATIOS, "round(np.mean(ratios), 2), round(np.std(ratios, ddof=1), 2)"),
    ("all ratios", "these are all ratios", RATIOS, "ratios, np.std(ratios, ddof=1)"),
    ("mean and all ratios", "return their standard deviation", RATIOS, "np.mean(ratios), ratios"),
    ("divided by the mean", "divided by the mean", RATIOS, "np.mean(ratios), np.std(ratios, ddof=1) / np.mean(ratios)"),
    ("half the range", "half the range", RATIOS, "np.mean(ratios), np.ptp(ratios) / 2"),
    ("axis in place of ddof", "fewer axes than the code counts with", RATIOS, "np.mean(ratios), np.std(ratios, 1)"),
    ("baseline not called", "where its result is meant", f"{ERROR} / baseline", USUAL),
    ("predict", "plain function, with nothing after a dot", RATIOS.replace("f(x_test)", "f.predict(x_test)"), USUAL),
]:  # fmt: skip
    row = f"ratios = [{each} for f in networks]"
    code = f"def {H}(networks, baseline, x_train, x_test):\n    {row}\n    return {result}\n"
    bank.wrong(H, name, says=says, code=code)
bank.right(
    H,
    "lengths squared",
    code=f"""
def {H}(networks, baseline, x_train, x_test):
    below = np.linalg.norm(x_test - baseline(x_test)) ** 2
    ratios = np.array([np.linalg.norm(x_test - f(x_test)) ** 2 for f in networks], "float32") / below
    return np.array([ratios.mean(), ratios.std(ddof=1)])
""",
)

LEVELS = "levels = np.array([baseline_error, *(np.mean(errors) for errors in ladder)])"
WHOLE = "-np.diff(levels) / (levels[0] - levels[-1])"
for name, says, levels, result in [
    ("by the error after", "the error after it", "", "-np.diff(levels) / levels[1:]"),
    ("by the largest gain", "largest gain", "", "-np.diff(levels) / np.max(-np.diff(levels))"),
    ("by the number", "divided by the number of steps", "", "-np.diff(levels) / len(ladder)"),
    ("to the lowest", "the distance to the lowest error", "", "-np.diff(levels) / (levels[0] - min(levels))"),
    ("ratios", "divided by the baseline's; take differences", "", "levels[1:] / levels[0]"),
    ("ratios to the one before", "divided by those before", "", "levels[1:] / levels[:-1]"),
    ("shares of the errors", "divided by their sum", "", "levels[1:] / np.sum(levels[1:])"),
    ("what is left", "left to gain after", "", "(levels[1:] - levels[-1]) / (levels[0] - levels[-1])"),
    ("by the magnitudes", "the sum of the magnitudes", "", "-np.diff(levels) / np.abs(np.diff(levels)).sum()"),
    ("by the highest", "the highest error minus the last", "", "-np.diff(levels) / (max(levels) - levels[-1])"),
    ("an array of integers", "array one of integers", "", f"({WHOLE}).astype(int)"),
    ("logarithms", "logarithms", "levels = np.log(levels)", WHOLE),
    ("sorted", "models were sorted", "levels = np.sort(levels)[::-1]", WHOLE),
    ("baseline last", "the baseline comes first", "levels = np.roll(levels, -1)", WHOLE),
    ("no baseline", "the baseline is left out", "levels = levels[1:]", WHOLE),
    ("last step missing", "the last step is missing", "", f"({WHOLE})[:-1]"),
    ("a 0 for the baseline", "no share of its own", "", f"np.append(0, {WHOLE})"),
    ("no brackets", "brackets are missing", "", WHOLE.replace("(", " ").replace(")", "").replace("diff levels", "diff(levels)")),
    ("whole numbers", "rounded down", "", WHOLE.replace("/", "//")),
    ("each against the baseline", "compare it with the one before", "gains = levels[0] - levels[1:]", "gains / gains.sum()"),
    ("rounded", "rounded to 2 digits", "", f"np.round({WHOLE}, 2)"),
]:  # fmt: skip
    lines = "\n".join(filter(None, [LEVELS, levels, f"return {result}"]))
    bank.wrong(G, name, says=says, code=gains(lines))
for name, says, means in [
    ("last seed", "the last seed was taken", "errors[-1] for errors in ladder"),
    ("seeds across models", "one number for each seed", "np.mean(one) for one in zip(*ladder)"),
    ("three seeds each", "the number of models", "sum(errors) / 3 for errors in ladder"),
    ("a table of unequal rows", "take them one by one", "mean for mean in np.mean(ladder, axis=1)"),
]:
    bank.wrong(
        G, name, says=says, code=gains(f"levels = [baseline_error, *({means})]\nreturn {WHOLE}")
    )
bank.wrong(
    G,
    "from the last model",
    says="begins at the baseline's error",
    code=gains(f"""
{LEVELS.replace("baseline_error, ", "")}
return np.array([levels[i - 1] - levels[i] for i in range(len(levels))]) / (baseline_error - levels[-1])
"""),
)
bank.wrong(
    G,
    "lists subtracted",
    says="np.array(list(...))",
    code=gains(
        f"{LEVELS}\nlevels = list(levels)\nreturn (levels[:-1] - levels[1:]) / (levels[0] - levels[-1])"
    ),
)
bank.right(
    G,
    "differences of what is reached",
    code=gains("""
means = np.array([np.mean(errors) for errors in ladder])
return np.diff((baseline_error - means) / (baseline_error - means[-1]), prepend=0.0)
"""),
)

PEAK = "np.abs(codes).max(axis=0)"
for name, says, result in [
    ("smallest value", "positive values were taken for silence", "np.sum(codes.min(axis=0) >= -tolerance)"),
    ("exactly the tolerance", "the very value of the tolerance", f"np.sum({PEAK} == tolerance)"),
    ("per cent", "this is per cent", f"100 * np.mean({PEAK} <= tolerance)"),
    ("places as a column", "these are the places", f"np.argwhere({PEAK} <= tolerance)"),
    ("places in a tuple", "these are the places", f"np.where({PEAK} <= tolerance)"),
    ("length of the tuple", "the length of a tuple", f"len(np.where({PEAK} <= tolerance))"),
    ("length of the marks", "number of all units", f"len({PEAK} <= tolerance)"),
    ("rounded first", "rounded first", "np.sum(np.all(np.round(codes) == 0, axis=0))"),
    ("signed mean", "the mean of the values is compared", "np.sum(codes.mean(axis=0) <= tolerance)"),
    ("one side or the other", "on both sides", "np.sum((codes.max(axis=0) <= tolerance) | (codes.min(axis=0) >= -tolerance))"),
    ("examples minus living", "taken from the number of examples", f"len(codes) - np.sum({PEAK} > tolerance)"),
    ("zeros by example", "in an average example", "np.sum(np.abs(codes) <= tolerance) / len(codes)"),
    ("zeros of each unit", "the zeros of each unit", "np.sum(np.abs(codes) <= tolerance, axis=0)"),
    ("living, no tolerance", "living units, and the tolerance is not used", f"np.count_nonzero({PEAK})"),
    ("brackets", "compare first, then take np.all", "np.sum(np.all(np.abs(codes), axis=0) <= tolerance)"),
    ("variance", "the variance", "np.sum(codes.var(axis=0) <= tolerance)"),
    ("last example missing", "the last example is left out", "np.sum(np.abs(codes[:-1]).max(axis=0, initial=0) <= tolerance)"),
    ("first example missing", "the first example is left out", "np.sum(np.abs(codes[1:]).max(axis=0, initial=0) <= tolerance)"),
    ("signed sum", "the sum of the values is compared", "np.sum(codes.sum(axis=0) <= tolerance)"),
    ("all at once", "takes all units for one", "np.all(np.abs(codes) <= tolerance)"),
]:  # fmt: skip
    code = f"def {C}(codes, tolerance=0.0):\n    return {result}\n"
    bank.wrong(C, name, says=says, code=code)
for name, says, loop in [
    ("the mark is not set anew", "Begin anew for each unit", "for unit in codes.T:"),
    ("rows for columns", "as many units are looked at", "for j in range(len(codes)):\n        dead, unit = True, codes[:, j]"),
]:  # fmt: skip
    code = f"""
def {C}(codes, tolerance=0.0):
    count, dead = 0, True
    {loop}
        if np.abs(unit).max() > tolerance:
            dead = False
        if dead:
            count += 1
    return count
"""
    bank.wrong(C, name, says=says, code=code)
bank.right(
    C,
    "columns by zip",
    code=f"""
def {C}(codes, tolerance=0.0):
    return float(sum(max(map(abs, unit)) <= tolerance for unit in zip(*codes)))
""",
)

# new at every call, layer by layer
bank.wrong(
    S,
    "a fixed seed for one kernel",
    says="A layer of the model begins with the same random weights in every call",
    swap=(
        CODE,
        "layers.Dense(latent_dim, kernel_initializer=keras.initializers.GlorotUniform(seed=1))",
    ),
)
bank.wrong(
    B,
    "an activation before the decoder",
    says="it goes wrong before the first layer, 32 → 256",
    swap=(
        "keras.Input((latent_dim,))",
        "keras.Input((latent_dim,)), layers.Activation(activation)",
    ),
)
bank.wrong(
    B,
    "a clip behind the code",
    says="it goes wrong behind the layer 256 → 32; the activation asked there: none",
    swap=(
        "    decoder = keras",
        "    encoder.add(layers.Lambda(lambda t: keras.ops.clip(t, -1, 1)))\n    decoder = keras",
    ),
)
bank.wrong(
    B,
    "no code",
    says="The last layer is missing, 256 → 32",
    swap=("    encoder.add(layers.Dense(latent_dim, activation=code_activation))\n", ""),
)

# what no known mistake explains is shown in a small case
bank.wrong(
    H,
    "variance of the differences",
    says="the variance of a network's differences was taken",
    swap=("np.mean((x_test - network(x_test)) ** 2)", "np.var(x_test - network(x_test))"),
)
bank.wrong(
    H,
    "relative to the spread of the columns",
    says="x_test [[1], [3]]: got 5, expected mean of [0.25, 2.25] = 1.25",
    swap=(
        "network_error / baseline_error",
        "network_error / np.mean((x_test - x_test.mean(axis=0)) ** 2)",
    ),
)
bank.wrong(H, "ddof=-1", says="divided by n + 1", swap=("ddof=1", "ddof=-1"))
bank.wrong(
    G,
    "the sum of the positive gains",
    says="ladder [[7.0], [3.0], [4.0]]: got [0.2, 0.8, -0.2], expected [1, 4, -1] / 4 = [0.25, 1, -0.25]",
    swap=("means[0] - means[-1]", "gains[gains > 0].sum()"),
)
bank.wrong(
    G,
    "as many seeds as the model with the fewest",
    says="ladder [[6.0, 8.0], [3.0, 3.5, 5.5]]: got",
    swap=("np.mean(errors)", "np.mean(errors[: min(map(len, ladder))])"),
)
bank.wrong(
    G,
    "the magnitude of the whole gain",
    says="divided by the magnitude of the whole gain; keep its sign",
    swap=("means[0] - means[-1]", "abs(means[0] - means[-1])"),
)
for name, peak in {
    "root mean square": "np.sqrt(np.mean(codes**2, axis=0))",
    "99th percentile": "np.percentile(np.abs(codes), 99, axis=0)",
}.items():
    bank.wrong(C, name, says="a small case: ", swap=("np.max(np.abs(codes), axis=0)", peak))
bank.wrong(
    C,
    "tolerance as a share of the largest",
    says="codes [[0.4], [0.2]], tolerance 0.5 (all magnitudes are below the tolerance): got 0, expected 1",
    swap=("<= tolerance", "<= tolerance * loudest.max()"),
)
bank.wrong(
    C,
    "no negative value is silent",
    says="codes [[0.4], [-0.2]], tolerance 0.5 (all magnitudes are below the tolerance): got 0, expected 1",
    swap=(
        "silent = loudest <= tolerance",
        "silent = (codes.min(axis=0) >= 0) & (loudest <= tolerance)",
    ),
)
bank.wrong(
    C,
    "whether there is any",
    says="this is 1 if some unit is dead",
    swap=("int(np.sum", "bool(np.sum"),
)
bank.right(
    C,
    "isclose with a tolerance",
    swap=("loudest <= tolerance", "np.isclose(loudest, 0, atol=tolerance)"),
)
