"""Answers to the exercises of lesson 42, right and wrong."""

from tests.bank import Bank

bank = Bank()

# build_generator
G = "build_generator"
bank.wrong(G, "sigmoid", says="sigmoid", swap=('"tanh"', '"sigmoid"'))
bank.wrong(G, "no tanh", says="tanh is missing", swap=(', activation="tanh"', ""))
bank.wrong(G, "ReLU at the end", says="ends in a ReLU", swap=('"tanh"', '"relu"'))
bank.wrong(
    G,
    "no batch normalisation",
    says="no batch normalisation",
    swap=("            layers.BatchNormalization(),\n", ""),
)
bank.wrong(
    G,
    "batch normalisation at the end, too",
    says="after the last layer",
    swap=(
        'layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),',
        'layers.Conv2DTranspose(1, 4, strides=2, padding="same"),\n'
        '            layers.BatchNormalization(),\n            layers.Activation("tanh"),',
    ),
)
bank.wrong(
    G,
    "one batch normalisation only",
    says="Two batch normalisations",
    swap=("            layers.BatchNormalization(),\n            layers.ReLU(),\n            layers.Re"
          "shape", "            layers.ReLU(),\n            layers.Reshape"),
)  # fmt: skip
bank.wrong(G, "kernel 5 with stride 2", says="checkerboard", swap=(", 4, strides", ", 5, strides"))
bank.wrong(G, "kernel 2", says="shapes", swap=(", 4, strides", ", 2, strides"))
bank.wrong(G, "stride 1 once", says="shape", swap=("(24, 4, strides=2", "(24, 4, strides=1"))
bank.wrong(G, "padding valid", says="shape", swap=('padding="same"', 'padding="valid"'))
bank.wrong(
    G, "noise size hard-coded", says="does not take inputs of 10", swap=("(latent_dim,)", "(24,)")
)
bank.wrong(
    G,
    "no ReLU after the dense layer",
    says="no ReLU follows the dense layer",
    swap=("            layers.ReLU(),\n            layers.Reshape", "            layers.Reshape"),
)
bank.wrong(
    G,
    "no ReLU after the first transposed convolution",
    says="no ReLU follows the second",
    swap=(
        "            layers.ReLU(),\n            layers.Conv2DTranspose(1",
        "            layers.Conv2DTranspose(1",
    ),
)
bank.wrong(G, "no nonlinearity", says="no ReLU at all", swap=("            layers.ReLU(),\n", ""))
bank.wrong(G, "leaky", says="not a leaky one", swap=("ReLU()", "LeakyReLU(negative_slope=0.2)"))
bank.wrong(G, "leaky, Keras's slope", says="not a leaky one", swap=("ReLU()", "LeakyReLU()"))
bank.wrong(
    G,
    "activation before batch normalisation",
    says="stands before",
    swap=(
        "            layers.BatchNormalization(),\n            layers.ReLU(),",
        "            layers.ReLU(),\n            layers.BatchNormalization(),",
    ),
)
bank.wrong(
    G,
    "upsampling, then convolutions",
    says="Conv2D instead of Conv2DTranspose",
    code="""
def build_generator(latent_dim):
    return keras.Sequential([
        keras.Input((latent_dim,)), layers.Dense(49 * 48), layers.BatchNormalization(),
        layers.ReLU(), layers.Reshape((7, 7, 48)),
        layers.UpSampling2D(), layers.Conv2D(24, 4, padding="same"),
        layers.BatchNormalization(), layers.ReLU(),
        layers.UpSampling2D(), layers.Conv2D(1, 4, padding="same", activation="tanh"),
    ])
""",
)
bank.wrong(G, "channels exchanged", says="shapes", swap=("(24, 4", "(48, 4"))
bank.wrong(G, "no return", says="return", swap=("return keras", "model = keras"))
bank.wrong(
    G,
    "dense to 784",
    says="shapes",
    code="""
def build_generator(latent_dim):
    return keras.Sequential([
        keras.Input((latent_dim,)), layers.Dense(784, activation="tanh"), layers.Reshape((28, 28, 1))
    ])
""",
)
bank.wrong(
    G,
    "one model for all calls",
    says="Two calls return the same",
    code="""
CACHE = {}


def build_generator(latent_dim):
    if latent_dim not in CACHE:
        CACHE[latent_dim] = keras.Sequential([
            keras.Input((latent_dim,)), layers.Dense(49 * 48), layers.BatchNormalization(),
            layers.ReLU(), layers.Reshape((7, 7, 48)),
            layers.Conv2DTranspose(24, 4, 2, "same"), layers.BatchNormalization(), layers.ReLU(),
            layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
        ])
    return CACHE[latent_dim]
""",
)
bank.right(
    G,
    "functional, with biases, normalised after the reshape",
    code="""
def build_generator(latent_dim):
    z = keras.Input(shape=(latent_dim,))
    x = layers.Reshape((7, 7, 48))(layers.Dense(2352)(z))
    x = keras.activations.relu(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Conv2DTranspose(24, (4, 4), strides=(2, 2), padding="same")(x)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.Conv2DTranspose(1, 4, strides=2, padding="same")(x)
    return keras.Model(z, keras.ops.tanh(x))
""",
)
bank.right(
    G,
    "add by add, sub-model",
    code="""
def build_generator(latent_dim):
    up = keras.Sequential()
    up.add(layers.Conv2DTranspose(24, 4, strides=2, padding="same"))
    up.add(layers.BatchNormalization())
    up.add(layers.ReLU())
    model = keras.Sequential(name="g")
    model.add(keras.Input((latent_dim,)))
    model.add(layers.Dense(7 * 7 * 48))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())
    model.add(layers.Reshape((7, 7, 48)))
    model.add(up)
    model.add(layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"))
    return model
""",
)
bank.right(
    G,
    "subclass",
    code="""
class Maker(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(7 * 7 * 48, use_bias=False)
        self.na, self.nb = layers.BatchNormalization(), layers.BatchNormalization()
        self.b = layers.Conv2DTranspose(24, 4, 2, "same", use_bias=False)
        self.c = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")

    def call(self, z, training=None):
        x = keras.ops.relu(self.na(self.a(z), training=training))
        x = self.b(keras.ops.reshape(x, (-1, 7, 7, 48)))
        return self.c(keras.ops.relu(self.nb(x, training=training)))


def build_generator(latent_dim):
    return Maker()
""",
)


END = 'layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),'
FIRST = "            layers.BatchNormalization(),\n            layers.ReLU(),\n            layers.Reshape"
for name, old, new, says in (
    ("the first activation before its batch normalisation", FIRST,
     "            layers.ReLU(),\n            layers.BatchNormalization(),\n            layers.Reshape", "the first ReLU stands before"),
    ("one leaky ReLU", FIRST, FIRST.replace("ReLU()", "LeakyReLU(0.2)"), "the first ReLU is leaky"),
    ("tanh in the middle", "layers.ReLU()", 'layers.Activation("tanh")', "tanh stands between"),
    ("ReLU before batch normalisation, too", "7 * 7 * 48, use_bias=False", '7 * 7 * 48, activation="relu"', "too; one after it is enough"),
    ("padding forgotten", ', padding="same"', "", 'padding="same" is missing in both'),
    ("a stride forgotten", END, END.replace("strides=2, ", ""), "lacks its stride of 2"),
    ("strides 1 and 4", "", "", "the strides are 4 and 1"),
    ("convolutions for transposed ones", "Conv2DTranspose", "Conv2D", "Conv2D instead of Conv2DTranspose"),
    ("no axis of channels", END, END + "\n            layers.Reshape((28, 28)),", "of the one channel"),
    ("scaled to 0 ... 1", END, END + "\n            layers.Rescaling(0.5, 0.5),", "scaled to 0 ... 1"),
    ("tanh twice", END, END + '\n            layers.Activation("tanh"),', "tanh is there twice"),
    ("a stretched sigmoid", END, END.replace("tanh", "sigmoid") + "\n            layers.Rescaling(2.0, -1.0),", "stretched sigmoid"),
    ("tanh before the last layer", END, 'layers.Activation("tanh"),\n            ' + END.replace(', activation="tanh"', ""), "before the last layer"),
    ("another latent dimension", "keras.Input((latent_dim,))", "keras.Input((LATENT_DIM,))", "Is a size written into the code"),
):  # fmt: skip
    if name == "strides 1 and 4":
        bank.wrong(G, name, says=says, code="""
def build_generator(latent_dim):
    return keras.Sequential([
        keras.Input((latent_dim,)), layers.Dense(7 * 7 * 48), layers.Reshape((7, 7, 48)), layers.BatchNormalization(), layers.ReLU(),
        layers.Conv2DTranspose(24, 4, 4, "same"), layers.BatchNormalization(), layers.ReLU(),
        layers.Conv2DTranspose(1, 4, padding="same", activation="tanh"),
    ])
""")  # fmt: skip
        continue
    bank.wrong(G, name, says=says, swap=(old, new))
MAKER = """
class Maker(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(7 * 7 * 48)
        self.na, self.nb = layers.BatchNormalization(), layers.BatchNormalization()
        self.b = layers.Conv2DTranspose(24, 4, 2, "same")
        self.c = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")

    def call(self, z, training=None):
        x = ops.relu(self.na(ops.reshape(self.a(z), (-1, 7, 7, 48)), training=training))
        return self.c(ops.relu(self.nb(self.b(x), training=training)))


def build_generator(latent_dim):
    return Maker()
"""
FLAG = "self.nb(self.b(x), training=training)"
bank.wrong(
    G, "always in training", says="no training=True", code=MAKER.replace("training=training", "training=True")
)  # fmt: skip
bank.wrong(
    G,
    "one batch normalisation never in training",
    says="no training=False",
    code=MAKER.replace(FLAG, FLAG.replace("=training", "=False")),
)
bank.right(G, "subclass, with the flag handed on", code=MAKER)
bank.right(
    G,
    "no bias at the end",
    swap=('2, padding="same", activation', '2, padding="same", use_bias=False, activation'),
)

# build_discriminator
D = "build_discriminator"
bank.wrong(D, "sigmoid", says="no sigmoid", swap=("Dense(1)", 'Dense(1, activation="sigmoid")'))
bank.wrong(D, "two units", says="shape", swap=("Dense(1)", "Dense(2)"))
bank.wrong(D, "Keras's slope", says="0.3", swap=("negative_slope=0.2", ""))
bank.wrong(D, "plain ReLU", says="plain ReLU", swap=("LeakyReLU(negative_slope=0.2)", "ReLU()"))
bank.wrong(
    D,
    "no nonlinearity",
    says="linear",
    swap=("        model.add(layers.LeakyReLU(negative_slope=0.2))\n", ""),
)
bank.wrong(
    D,
    "no activation in the first layer",
    says="follows the first convolution",
    swap=(
        "            model.add(layers.BatchNormalization())\n        model.add",
        "            model.add(layers.BatchNormalization())\n            model.add",
    ),
)
bank.wrong(
    D,
    "no batch normalisation",
    says="no batch normalisation",
    swap=("if channels > 24:", "if channels > 1000:"),
)
bank.wrong(
    D,
    "batch normalisation after the first, too",
    says="after the first convolution",
    swap=("if channels > 24:", "if channels > 0:"),
)
bank.wrong(D, "kernel 3", says="4 x 4", swap=("channels, 4,", "channels, 3,"))
bank.wrong(D, "no stride", says="stride 2", swap=("strides=2", "strides=1"))
bank.wrong(D, "padding valid", says="1536", swap=('padding="same"', 'padding="valid"'))
bank.wrong(
    D,
    "averages over the places",
    says="1536",
    swap=("layers.Flatten()", "layers.GlobalAveragePooling2D()"),
)
bank.wrong(D, "no return", says="return", swap=("    return model", "    model"))
bank.wrong(
    D,
    "ReLU at the end",
    says="negative logits are missing",
    swap=("Dense(1)", 'Dense(1, activation="relu")'),
)
bank.right(
    D,
    "functional",
    code="""
def build_discriminator():
    image = keras.Input((28, 28, 1))
    x = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(24, 4, 2, "same")(image))
    x = layers.BatchNormalization(momentum=0.8)(layers.Conv2D(48, 4, 2, "same", use_bias=False)(x))
    x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.BatchNormalization()(layers.Conv2D(96, 4, 2, "same", use_bias=False)(x))
    x = keras.activations.leaky_relu(x, negative_slope=0.2)
    return keras.Model(image, layers.Dense(1, activation="linear")(layers.Reshape((-1,))(x)))
""",
)
BLOCK = """            model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU(negative_slope=0.2))
"""
bank.wrong(
    D,
    "activation before batch normalisation",
    says="before the batch normalisation",
    swap=(
        "        if channels > 24:\n" + BLOCK,
        "        model.add(layers.LeakyReLU(negative_slope=0.2))\n"
        "        if channels > 24:\n            model.add(layers.BatchNormalization())\n",
    ),
)
for kind in ("Average", "Max"):
    bank.wrong(
        D,
        f"{kind} pooling instead of strides",
        says="no pooling",
        swap=(
            'strides=2, padding="same"))\n',
            f'padding="same"))\n        model.add(layers.{kind}Pooling2D(2, padding="same"))\n',
        ),
    )
bank.wrong(
    D,
    "dropout",
    says="No dropout",
    swap=("    model.add(layers.Flatten", "    model.add(layers.Dropout(0.3))\n    model.add(layers.Flatten"),
)  # fmt: skip
bank.right(
    D,
    "as a list, activation by maximum",
    code="""
def build_discriminator():
    x = image = keras.Input((28, 28, 1))
    for k, c in enumerate([24, 48, 96]):
        x = layers.Conv2D(c, (4, 4), strides=(2, 2), padding="same", use_bias=k == 0)(x)
        if k:
            x = layers.BatchNormalization(epsilon=1e-5)(x)
        x = keras.ops.maximum(x, 0.2 * x)
    return keras.Sequential([keras.Model(image, x), layers.Flatten(), layers.Dense(1)])
""",
)

# more of the generator
UP = 'layers.Conv2DTranspose(24, 4, strides=2, padding="same", use_bias=False),'
for name, old, new, says in (
    ("dropout", UP, UP + "\n            layers.Dropout(0.3),", "No dropout"),
    ("dropout on the latent code", "            layers.Dense(", "            layers.Dropout(0.2),\n            layers.Dense(", "No dropout"),
    ("noise in the middle", UP, UP + "\n            layers.GaussianNoise(0.1),", "no noise"),
    ("7 x 7 x 24 in the middle", "7 * 7 * 48, use_bias=False", "7 * 7 * 24, use_bias=False", "number of entries"),
    ("one dense layer more", "            layers.Dense(", '            layers.Dense(64, activation="relu"),\n            layers.Dense(', "one dense layer"),
    ("layer normalisation", "layers.BatchNormalization()", "layers.LayerNormalization()", "no batch normalisation"),
    ("no return, sequential in a name", "return keras", "generator = keras", "return"),
    ("the class returned", "    return keras.Sequential(", "    return keras.Sequential\n    keras.Sequential(", "brackets"),
    ("a fixed seed", "    return keras", "    keras.utils.set_random_seed(0)\n    return keras", "random seed"),
    ("frozen", "layers.Dense(7 * 7 * 48, use_bias=False)", "layers.Dense(7 * 7 * 48, use_bias=False, trainable=False)", "frozen"),
    ("GELU", "layers.ReLU()", 'layers.Activation("gelu")', "gelu stands between the layers"),
    ("ReLU as activation of the layers, before batch normalisation",
     "use_bias=False),\n            layers.BatchNormalization(),\n            layers.ReLU(),",
     'use_bias=False, activation="relu"),\n            layers.BatchNormalization(),', "stands before"),
    ("sigmoid, and no ReLU", "            layers.ReLU(),\n", "", "no ReLU at all"),
):  # fmt: skip
    bank.wrong(G, name, says=says, swap=(old, new))
bank.wrong(
    G,
    "sigmoid and ReLU before batch normalisation",
    says="sigmoid, from 0 to 1; expected tanh, from -1 to 1; and the ReLU stands before",
    code="""
def build_generator(latent_dim):
    return keras.Sequential([
        keras.Input((latent_dim,)),
        layers.Dense(7 * 7 * 48, activation="relu"), layers.BatchNormalization(),
        layers.Reshape((7, 7, 48)),
        layers.Conv2DTranspose(24, 4, 2, "same", activation="relu"), layers.BatchNormalization(),
        layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid"),
    ])
""",
)
bank.right(
    G,
    "with epsilon, momentum and initializer of Radford et al.",
    code="""
def build_generator(latent_dim):
    init = keras.initializers.RandomNormal(stddev=0.02)
    z = layers.Input(shape=(latent_dim,))
    x = layers.Dense(7 * 7 * 48, kernel_initializer=init)(z)
    x = layers.BatchNormalization(momentum=0.8, epsilon=1e-5)(x)
    x = layers.ReLU()(x)
    x = layers.Reshape((7, 7, 48))(x)
    x = layers.Conv2DTranspose(24, kernel_size=4, strides=2, padding="same", kernel_initializer=init)(x)
    x = layers.BatchNormalization(momentum=0.8, epsilon=1e-5)(x)
    x = layers.ReLU()(x)
    x = layers.Conv2DTranspose(1, kernel_size=4, strides=2, padding="same", kernel_initializer=init)(x)
    return keras.Model(inputs=z, outputs=layers.Activation("tanh")(x), name="generator")
""",
)

# more of the discriminator
for name, old, new, says in (
    ("dropout between the blocks", "negative_slope=0.2))\n    model.add(layers.F", "negative_slope=0.2))\n        model.add(layers.Dropout(0.25))\n    model.add(layers.F", "No dropout"),
    ("a block too few", "(24, 48, 96)", "(24, 48)", "kernels have the shapes"),
    ("tanh at the end", "Dense(1)", 'Dense(1, activation="tanh")', "squashed logits"),
    ("one channel too many", "28, 28, 1", "28, 28, 3", "does not take inputs of 28 x 28 x 1"),
    ("a hidden dense layer", "layers.Dense(1)", 'layers.Dense(32, activation="relu"))\n    model.add(layers.Dense(1)', "dense weights have the shapes"),
    ("frozen", "    return model", "    model.trainable = False\n    return model", "frozen"),
    ("no activation in the second layer", "        model.add(layers.LeakyReLU(negative_slope=0.2))", "        if channels != 48:\n            model.add(layers.LeakyReLU(negative_slope=0.2))", "second convolution"),
    ("no activation in the third layer", "        model.add(layers.LeakyReLU(negative_slope=0.2))", "        if channels != 96:\n            model.add(layers.LeakyReLU(negative_slope=0.2))", "third convolution"),
):  # fmt: skip
    bank.wrong(D, name, says=says, swap=(old, new))
bank.wrong(
    D,
    "sigmoid, and Keras's slope",
    says="no sigmoid after the last layer; and the slope of the leaky ReLU is 0.3",
    code="""
def build_discriminator():
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (24, 48, 96):
        model.add(layers.Conv2D(channels, 4, strides=2, padding="same"))
        if channels > 24:
            model.add(layers.BatchNormalization())
        model.add(layers.LeakyReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(1, activation="sigmoid"))
    return model
""",
)

ACT = "layers.LeakyReLU(negative_slope=0.2)"
for name, old, new, says in (
    ("leaky ReLU at the end", "Dense(1))", "Dense(1))\n    model.add(layers.LeakyReLU(negative_slope=0.2))", "negative logits are squeezed"),
    ("softmax", "Dense(1)", 'Dense(1, activation="softmax")', "always 1"),
    ("ReLU(0.2)", ACT, "layers.ReLU(0.2)", "cut off at 0.2"),
    ("slope 0.1", ACT, "layers.LeakyReLU(negative_slope=0.1)", "is 0.1"),
    ("ELU", ACT, "layers.ELU(0.2)", "ELU"),
    ("GELU", ACT, 'layers.Activation("gelu")', "gelu"),
    ("ReLU in the third block", ACT, ACT + " if channels < 96 else layers.ReLU()", "a plain ReLU after the third"),
    ("Keras's slope in the first block", ACT, ACT + " if channels > 24 else layers.LeakyReLU()", "after the first convolution is 0.3"),
    ("transposed convolutions", "layers.Conv2D(", "layers.Conv2DTranspose(", "Conv2DTranspose instead of Conv2D"),
    ("not flattened", "    model.add(layers.Flatten())\n", "", "Flatten comes before"),
    ("pictures divided by 255", "keras.Input((28, 28, 1))", "keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)", "scaled at the front"),
    ("pictures scaled again", "keras.Input((28, 28, 1))", "keras.Input((28, 28, 1)), layers.Rescaling(2.0, -1.0)", "scaled at the front"),
    ("no axis of the logit", "    return model", "    model.add(layers.Reshape(()))\n    return model", "axis of the one logit"),
):  # fmt: skip
    bank.wrong(D, name, says=says, swap=(old, new))
bank.right(
    D, "activations by name, built afterwards", code="""
def build_discriminator():
    blocks = [layers.Conv2D(24, 4, 2, "same", activation="leaky_relu")]
    for channels in (48, 96):
        blocks += [layers.Conv2D(channels, 4, 2, "same"), layers.BatchNormalization(), layers.Activation(tf.nn.leaky_relu)]
    model = keras.Sequential([*blocks, layers.Flatten(), layers.Dense(1)])
    model.build((None, 28, 28, 1))
    return model
""",
)  # fmt: skip

# gan_losses
L = "gan_losses"


def losses(
    d="return bce(one(real_logits), real_logits) + bce(zero(fake_logits), fake_logits)",
    g="return bce(one(fake_logits), fake_logits)",
    bce="keras.losses.BinaryCrossentropy(from_logits=True)",
    extra="pass",
):
    """Source of both losses from two bodies."""
    return f"""
def discriminator_loss(real_logits, fake_logits):
    bce = {bce}
    one, zero = ops.ones_like, ops.zeros_like
    {extra}
    {d}


def generator_loss(fake_logits):
    bce = {bce}
    one, zero = ops.ones_like, ops.zeros_like
    {g}
"""


PLAIN = "keras.losses.BinaryCrossentropy()"
FLIPPED = "return bce(real_logits, one(real_logits)) + bce(fake_logits, zero(fake_logits))"
FLIPPED_G = "return bce(fake_logits, one(fake_logits))"
bank.wrong(
    L,
    "from_logits forgotten",
    says="from_logits=True is missing",
    swap=("(from_logits=True)", "()"),
)
bank.wrong(L, "exchanged arguments", says="targets come first", code=losses(FLIPPED, FLIPPED_G))
bank.wrong(
    L,
    "exchanged arguments, and logits forgotten",
    says="from_logits=True is missing; and targets and logits are exchanged",
    code=losses(FLIPPED, FLIPPED_G, bce=PLAIN),
)
bank.wrong(
    L,
    "the generator's arguments exchanged, and logits forgotten",
    says="from_logits=True is missing; and targets and logits are exchanged",
    code=losses(g="return keras.losses.BinaryCrossentropy()(fake_logits, one(fake_logits))"),
)
bank.wrong(
    L,
    "real and fake exchanged, and logits forgotten",
    says="missing; and real and fake are exchanged",
    code=losses(
        "return bce(one(fake_logits), fake_logits) + bce(zero(real_logits), real_logits)", bce=PLAIN
    ),
)
bank.wrong(
    L,
    "averaged, and arguments exchanged",
    says="exchanged: the targets come first; and this is half",
    code=losses(FLIPPED.replace("return ", "return 0.5 * (") + ")"),
)
bank.wrong(
    L,
    "sigmoid and from_logits",
    says="applies another",
    code=losses(
        extra="real_logits, fake_logits = tf.sigmoid(real_logits), tf.sigmoid(fake_logits)"
    ),
)
bank.wrong(
    L,
    "generator: sigmoid and from_logits",
    says="applies another",
    code=losses(g="return bce(one(fake_logits), tf.sigmoid(fake_logits))"),
)
for name, says, d in (
    ("real smoothed", "smoothed (0.9)", "return bce(0.9 * one(real_logits), real_logits) + bce(zero(fake_logits), fake_logits)"),
    ("random label noise, as published", "discriminator's loss", "return bce(one(real_logits) - 0.1 * tf.random.uniform(tf.shape(real_logits)), real_logits) + bce(zero(fake_logits), fake_logits)"),
    ("averaged", "added, not averaged", "return 0.5 * (bce(one(real_logits), real_logits) + bce(zero(fake_logits), fake_logits))"),
    ("targets exchanged", "real and fake are exchanged", "return bce(zero(real_logits), real_logits) + bce(one(fake_logits), fake_logits)"),
    ("logits exchanged", "real and fake are exchanged", "return bce(one(fake_logits), fake_logits) + bce(zero(real_logits), real_logits)"),
    ("real only", "only the real", "return bce(one(real_logits), real_logits)"),
    ("fake only", "only the fake", "return bce(zero(fake_logits), fake_logits)"),
    ("ones for both", "the target 1, too", "return bce(one(real_logits), real_logits) + bce(one(fake_logits), fake_logits)"),
    ("zeros for both", "the target 0, too", "return bce(zero(real_logits), real_logits) + bce(zero(fake_logits), fake_logits)"),
    ("subtracted", "subtracted", "return bce(one(real_logits), real_logits) - bce(zero(fake_logits), fake_logits)"),
    ("negative", "minimised", "return -bce(one(real_logits), real_logits) - bce(zero(fake_logits), fake_logits)"),
    ("targets of the real's shape for both", "", "return bce(one(real_logits), real_logits) + bce(zero(real_logits), fake_logits)"),
    ("all in one batch", "discriminator's loss", "return bce(tf.concat([one(real_logits), zero(fake_logits)], 0), tf.concat([real_logits, fake_logits], 0))"),
    ("one for each picture", "shape", "return ops.softplus(-real_logits) + ops.mean(ops.softplus(fake_logits))"),
    ("no return", "returned nothing", "bce(one(real_logits), real_logits) + bce(zero(fake_logits), fake_logits)"),
):  # fmt: skip
    bank.wrong(L, name, says=says, code=losses(d))
for name, says, g in (
    ("saturating generator", "saturating", "return -bce(zero(fake_logits), fake_logits)"),
    ("generator wants to be found out", "taken for real", "return bce(zero(fake_logits), fake_logits)"),
    ("generator smoothed", "smoothed", "return bce(0.9 * one(fake_logits), fake_logits)"),
    ("generator's sign", "minimised", "return -bce(one(fake_logits), fake_logits)"),
    ("generator: targets second", "targets come first", FLIPPED_G),
    ("generator: no return", "returned nothing", "bce(one(fake_logits), fake_logits)"),
    ("generator: logarithm of the sigmoid", "compute from the logits", "return -ops.mean(ops.log(ops.sigmoid(fake_logits)))"),
    ("generator: ones of the wrong name", "NameError", "return bce(ones_like(fake_logits), fake_logits)"),
):  # fmt: skip
    bank.wrong(L, name, says=says, code=losses(g=g))
bank.wrong(
    L,
    "logarithm of the sigmoid",
    says="compute from the logits",
    code="""
def discriminator_loss(real_logits, fake_logits):
    p, q = tf.sigmoid(real_logits), tf.sigmoid(fake_logits)
    return -tf.reduce_mean(tf.math.log(p)) - tf.reduce_mean(tf.math.log(1 - q))


def generator_loss(fake_logits):
    return -tf.reduce_mean(tf.math.log(tf.sigmoid(fake_logits)))
""",
)
bank.wrong(
    L,
    "sigmoid and clipped probabilities",
    says="compute from the logits",
    code=losses(
        "p, q = tf.sigmoid(real_logits), tf.sigmoid(fake_logits); return bce(one(p), p) + bce(zero(q), q)",
        "q = tf.sigmoid(fake_logits); return bce(one(q), q)",
        bce=PLAIN,
    ),
)
bank.wrong(
    L,
    "NumPy: no gradient",
    says="no tensor",
    code="""
def discriminator_loss(real_logits, fake_logits):
    a, b = np.asarray(real_logits), np.asarray(fake_logits)
    return np.mean(np.logaddexp(0, -a)) + np.mean(np.logaddexp(0, b))


def generator_loss(fake_logits):
    return np.mean(np.logaddexp(0, -np.asarray(fake_logits)))
""",
)
bank.wrong(
    L,
    "summed",
    says="mean",
    code=losses(bce='keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum")'),
)
bank.wrong(
    L,
    "three pictures written in",
    says="stops with",
    code=losses("return bce(tf.ones((3, 1)), real_logits) + bce(tf.zeros((3, 1)), fake_logits)"),
)
bank.wrong(
    L,
    "label_smoothing",
    says="discriminator's loss",
    code=losses(bce="keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)"),
)
bank.right(
    L,
    "softplus",
    code="""
def discriminator_loss(real_logits, fake_logits):
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def generator_loss(fake_logits):
    return ops.mean(ops.softplus(-fake_logits))
""",
)
bank.right(
    L,
    "TensorFlow's own",
    code="""
def bce(target, logits):
    labels = tf.fill(tf.shape(logits), tf.cast(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def discriminator_loss(real_logits, fake_logits):
    return bce(1.0, real_logits) + bce(0.0, fake_logits)


def generator_loss(fake_logits):
    return bce(1.0, fake_logits)
""",
)
bank.right(
    L,
    "log sigmoids",
    code=losses(
        "return -ops.mean(ops.log_sigmoid(real_logits)) - ops.mean(ops.log_sigmoid(-fake_logits))",
        "return -ops.mean(ops.log_sigmoid(fake_logits))",
    ),
)
bank.right(
    L,
    "Keras's function, averaged",
    code=losses(
        "return ops.mean(bce(one(real_logits), real_logits, from_logits=True)) + ops.mean("
        "bce(zero(fake_logits), fake_logits, from_logits=True))",
        "return ops.mean(bce(one(fake_logits), fake_logits, from_logits=True))",
        bce="keras.losses.binary_crossentropy",
    ),
)

bank.right(
    L,
    "targets from NumPy, and TensorFlow's Keras",
    code="""
loss_function = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_logits, fake_logits):
    real = loss_function(np.ones(real_logits.shape), real_logits)
    fake = loss_function(np.zeros(fake_logits.shape), fake_logits)
    return tf.add(real, fake)


def generator_loss(fake_logits):
    return loss_function(tf.ones_like(fake_logits), fake_logits)
""",
)
bank.right(
    L,
    "the generator's loss called for the discriminator's",
    code="""
def generator_loss(fake_logits):
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))


def discriminator_loss(real_logits, fake_logits):
    return generator_loss(real_logits) + generator_loss(-fake_logits)
""",
)

for name, says, d, g in (
    ("Wasserstein", "Wasserstein", "return ops.mean(fake_logits) - ops.mean(real_logits)", "return -ops.mean(fake_logits)"),
    ("hinge", "hinge", "return ops.mean(ops.relu(1 - real_logits)) + ops.mean(ops.relu(1 + fake_logits))", "return -ops.mean(fake_logits)"),
    ("squared errors", "squared errors", "return ops.mean((real_logits - 1) ** 2) + ops.mean(fake_logits**2)", "return ops.mean((fake_logits - 1) ** 2)"),
    ("no mean", "one number for each picture", "return ops.softplus(-real_logits) + ops.softplus(fake_logits)", "return ops.softplus(-fake_logits)"),
    ("two losses", "add them", "return ops.mean(ops.softplus(-real_logits)), ops.mean(ops.softplus(fake_logits))", "return ops.mean(ops.softplus(-fake_logits))"),
    ("one mean, doubled", "twice the mean over all", "return 2 * ops.mean(ops.concatenate([ops.softplus(-real_logits), ops.softplus(fake_logits)]))",
     "return ops.mean(ops.softplus(-fake_logits))"),
    ("targets of another rank", "ops.ones_like", "return bce(1, real_logits) + bce(0, fake_logits)", "return bce(1, fake_logits)"),
):  # fmt: skip
    bank.wrong(L, name, says=says, code=losses(d, g))
bank.wrong(
    L, "categorical", says="always 0", code=losses(bce="keras.losses.CategoricalCrossentropy(from_logits=True)")
)  # fmt: skip
bank.wrong(
    L,
    "label smoothing of Keras",
    says="targets are smoothed",
    code=losses(bce="keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)"),
)
bank.right(
    L,
    "logaddexp, and the other loss",
    code=losses(
        "return generator_loss(real_logits) + generator_loss(-fake_logits)",
        "return ops.mean(ops.logaddexp(0.0, -fake_logits))",
    ),
)

# train_step
T = "train_step"
HEAD = """
class GAN(keras.Model):
    def __init__(
        self, generator, discriminator, latent_dim, g_optimizer, d_optimizer,
        d_loss=discriminator_loss, g_loss=generator_loss,
    ):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = latent_dim
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.d_loss, self.g_loss = d_loss, g_loss

    def noise_for(self, real):
        return keras.random.normal((ops.shape(real)[0], self.latent_dim))

    def train_step(self, real):
        noise = self.noise_for(real)
        g, d = self.generator, self.discriminator
"""


def gan(body):
    """The class with another body of train_step."""
    return HEAD + "".join(f"        {line}\n" for line in body.strip().splitlines())


FAKE_2 = "            fake = self.generator(noise, training=True)\n            g_loss"
D_APPLY = "        self.d_optimizer.apply(tape.gradient(d_loss, variables), variables)\n"
G_APPLY = "        self.g_optimizer.apply(tape.gradient(g_loss, variables), variables)\n"
RETURN = 'return {"d_loss": d_loss, "g_loss": g_loss}'
G_LOSS = "g_loss = self.g_loss(self.discriminator(fake, training=True))"
LOGITS = """            real_logits = self.discriminator(real, training=True)
            fake_logits = self.discriminator(fake, training=True)
"""
for name, says, old, new in (
    ("discriminator never updated", "discriminator did not change", D_APPLY, ""),
    ("generator never updated", "generator did not change", G_APPLY, ""),
    ("no training flag", "training=True", ", training=True", ""),
    ("training=False", "training=True", "training=True", "training=False"),
    ("one batch for real and fake", "separate calls", LOGITS,
     "            both = self.discriminator(tf.concat([real, fake], 0), training=True)\n"
     "            real_logits, fake_logits = tf.split(both, 2)\n"),
    ("frozen for ever", "frozen, for every later step", "        " + RETURN,
     "        self.discriminator.trainable = False\n        " + RETURN),
    ("generator's step changes the discriminator, too", "discriminator's weights", G_APPLY,
     G_APPLY + "        for w in self.discriminator.trainable_variables:\n            w.assign_sub(0.01 * w)\n"),
    ("generator trained on the discriminator's loss", "helps the discriminator", G_LOSS,
     "g_loss = self.d_loss(self.discriminator(real, training=True), self.discriminator(fake, training=True))"),
    ("generator's gradient negated", "generator went uphill", "apply(tape.gradient(g_loss, variables),",
     "apply([-x for x in tape.gradient(g_loss, variables)],"),
    ("discriminator's gradient negated", "discriminator went uphill", "apply(tape.gradient(d_loss, variables),",
     "apply([-x for x in tape.gradient(d_loss, variables)],"),
    ("losses exchanged", "two losses are exchanged", RETURN, 'return {"d_loss": g_loss, "g_loss": d_loss}'),
    ("float() in compiled code", "when Keras compiles it", RETURN, 'return {"d_loss": float(d_loss), "g_loss": float(g_loss)}'),
    ("NumPy in compiled code", "when Keras compiles it", RETURN, 'return {"d_loss": d_loss.numpy(), "g_loss": g_loss.numpy()}'),
    ("a pair returned", "d_loss", RETURN, "return d_loss, g_loss"),
    ("one loss", "d_loss", RETURN, 'return {"loss": d_loss}'),
    ("no return", "NoneType", "        " + RETURN, "        pass"),
    ("fakes of step 2 made outside the tape", "must be made inside its tape", FAKE_2, "            g_loss"),
    ("logits of real and fake exchanged", "exchanged in self.d_loss", "(real_logits, fake_logits)", "(fake_logits, real_logits)"),
    ("global d_loss", "use self.d_loss", "self.d_loss(real", "discriminator_loss(real"),
    ("global g_loss", "use self.g_loss", "g_loss = self.g_loss(", "g_loss = generator_loss("),
    ("generator in step 1 without the flag", "G was not called with training=True in step 1",
     "        fake = self.generator(noise, training=True)\n        with", "        fake = self.generator(noise)\n        with"),
    ("discriminator in step 1 without the flag", "D was not called with training=True in step 1", LOGITS,
     LOGITS.replace(", training=True", "")),
    ("generator in step 2 without the flag", "G was not called with training=True in step 2", FAKE_2,
     FAKE_2.replace(", training=True", "")),
    ("discriminator in step 2 without the flag", "D was not called with training=True in step 2", G_LOSS,
     G_LOSS.replace(", training=True", "")),
    ("fresh noise in step 2", "new noise in step 2", FAKE_2, "            noise = self.noise_for(real)\n" + FAKE_2),
    ("noise of its own", "self.noise_for(real)", "noise = self.noise_for(real)", "noise = tf.random.normal((real.shape[0], 2))"),
    ("one optimizer", "variables go with its own optimizer", "self.g_optimizer.apply(", "self.d_optimizer.apply("),
    ("generator's loss after its own update", "loss is that after its own update", "        " + RETURN,
     "        g_loss = self.g_loss(self.discriminator(self.generator(noise, training=True), training=True))\n        " + RETURN),
    ("discriminator's loss after the updates", "loss is that after the updates", "        " + RETURN,
     "        fake = self.generator(noise, training=True)\n"
     "        d_loss = self.d_loss(self.discriminator(real, training=True), self.discriminator(fake, training=True))\n        " + RETURN),
    ("step 2 changes all", "step 2 changes the discriminator", "variables = self.generator.trainable_variables",
     "variables = self.generator.trainable_variables + self.discriminator.trainable_variables"),
    ("the batch size written in", "", "noise = self.noise_for(real)", "noise = self.noise_for(real)[:6]"),
    ("half of the learning rate", "0.5 times as far", "apply(tape.gradient(g_loss, variables),",
     "apply([0.5 * x for x in tape.gradient(g_loss, variables)],"),
):  # fmt: skip
    bank.wrong(T, name, says=says, swap=(old, new))
STEP_1 = """
fake = g(noise, training=True)
with tf.GradientTape() as tape:
    d_loss = self.d_loss(d(real, training=True), d(fake, training=True))
"""
STEP_2 = """
with tf.GradientTape() as tape:
    g_loss = self.g_loss(d(g(noise, training=True), training=True))
"""
D_MOVES = (
    "self.d_optimizer.apply(tape.gradient(d_loss, d.trainable_variables), d.trainable_variables)\n"
)
G_MOVES = (
    "self.g_optimizer.apply(tape.gradient(g_loss, g.trainable_variables), g.trainable_variables)\n"
)
bank.wrong(
    T,
    "generator first",
    says="updated first",
    code=gan(STEP_2 + G_MOVES + STEP_1 + D_MOVES + RETURN),
)
SIMULTANEOUS = """
with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
    fake = g(noise, training=True)
    real_logits, fake_logits = d(real, training=True), d(fake, training=True)
    d_loss, g_loss = self.d_loss(real_logits, fake_logits), self.g_loss(fake_logits)
of_d = d_tape.gradient(d_loss, d.trainable_variables)
of_g = g_tape.gradient(g_loss, g.trainable_variables)
self.d_optimizer.apply(of_d, d.trainable_variables)
self.g_optimizer.apply(of_g, g.trainable_variables)
"""
bank.wrong(T, "both at once", says="old discriminator", code=gan(SIMULTANEOUS + RETURN))
bank.wrong(
    T,
    "optimizers exchanged",
    says="they are exchanged",
    code=gan((STEP_1 + D_MOVES + STEP_2 + G_MOVES + RETURN).replace("self.d_o", "self.x_o").replace("self.g_o", "self.d_o").replace("self.x_o", "self.g_o")),
)  # fmt: skip
bank.wrong(
    T,
    "step 1 changes the generator, too",
    says="step 1 changes the generator",
    code=gan(
        STEP_1.replace("fake = g(noise, training=True)\n", "").replace(
            "d(fake", "d(g(noise, training=True)"
        )
        + "variables = d.trainable_variables + g.trainable_variables\n"
        "self.d_optimizer.apply(tape.gradient(d_loss, variables), variables)\n"
        + STEP_2
        + G_MOVES
        + RETURN
    ),
)
bank.wrong(
    T,
    "no training flag in step 2, losses exchanged",
    says="networks were not called with training=True in step 2",
    code=gan(
        STEP_1
        + D_MOVES
        + STEP_2.replace(", training=True", "")
        + G_MOVES
        + 'return {"d_loss": g_loss, "g_loss": d_loss}'
    ),
)
bank.wrong(
    T,
    "one tape, used twice",
    says="stops with",
    code=gan(
        """
with tf.GradientTape() as tape:
    fake = g(noise, training=True)
    d_loss = self.d_loss(d(real, training=True), d(fake, training=True))
    g_loss = self.g_loss(d(fake, training=True))
"""
        + D_MOVES + G_MOVES + RETURN
    ),
)  # fmt: skip
bank.wrong(
    T,
    "one persistent tape",
    says="old discriminator",
    code=gan(
        """
with tf.GradientTape(persistent=True) as tape:
    fake = g(noise, training=True)
    d_loss = self.d_loss(d(real, training=True), d(fake, training=True))
    g_loss = self.g_loss(d(fake, training=True))
"""
        + D_MOVES + G_MOVES + RETURN
    ),
)  # fmt: skip
bank.right(
    T,
    "one pass through the generator, apply_gradients",
    code=gan(
        """
with tf.GradientTape() as outer:
    fake = g(noise, training=True)
    with outer.stop_recording(), tf.GradientTape() as inner:
        d_loss = self.d_loss(d(real, training=True), d(fake, training=True))
    with outer.stop_recording():
        slopes = inner.gradient(d_loss, d.trainable_variables)
        self.d_optimizer.apply_gradients(zip(slopes, d.trainable_variables))
    g_loss = self.g_loss(d(fake, training=True))
slopes = outer.gradient(g_loss, g.trainable_variables)
self.g_optimizer.apply_gradients(zip(slopes, g.trainable_variables))
return {"g_loss": g_loss, "d_loss": d_loss}
"""
    ),
)
bank.right(
    T,
    "a tape that is entered again",
    code=gan(
        """
with tf.GradientTape() as g_tape:
    fake = g(noise, training=True)
with tf.GradientTape() as tape:
    d_loss = self.d_loss(d(real, training=True), d(fake, training=True))
"""
        + D_MOVES
        + """
with g_tape:
    g_loss = self.g_loss(d(fake, training=True))
self.g_optimizer.apply(g_tape.gradient(g_loss, g.trainable_variables), g.trainable_variables)
return dict(d_loss=d_loss, g_loss=g_loss)
"""
    ),
)
bank.right(
    T,
    "fakes made inside the tape",
    code=gan(
        """
with tf.GradientTape() as tape:
    b = d(g(noise, training=True), training=True)
    a = d(real, training=True)
    first = self.d_loss(a, b)
weights = d.trainable_weights
self.d_optimizer.apply(tape.gradient(first, weights), weights)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch([w.value for w in g.trainable_weights])
    second = self.g_loss(d(g(noise, training=True), training=True))
weights = g.trainable_weights
self.g_optimizer.apply(tape.gradient(second, weights), weights)
return {"d_loss": first, "g_loss": second}
"""
    ),
)
bank.wrong(
    T,
    "frozen and thawed again, which changes the batch normalisation",
    says="in step 1 (frozen counts as False); and D was not called with training=True in step 2",
    code=gan(
        "g.trainable = False\nd.trainable = True\n" + STEP_1.replace("g(noise, training=True)", "ops.stop_gradient(g(noise, training=True))")
        + D_MOVES + "d.trainable = False\ng.trainable = True\n" + STEP_2 + G_MOVES + "d.trainable = True\n" + RETURN
    ),
)  # fmt: skip

for name, says, old, new in (
    ("discriminator updated twice", "2 times as far", D_APPLY, D_APPLY.replace("tape.gradient(d_loss, variables)", "[2 * x for x in tape.gradient(d_loss, variables)]")),
    ("optimizers of its own", "a new Adam", "        noise = self.noise_for(real)\n",
     "        noise = self.noise_for(real)\n        self.d_optimizer, self.g_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()\n"),
    ("noise drawn again", "Two equal steps end differently", FAKE_2, "            noise = keras.random.normal(ops.shape(noise))\n" + FAKE_2),
    ("the real logits twice", "real pictures twice", "self.d_loss(real_logits, fake_logits)", "self.d_loss(real_logits, real_logits)"),
    ("a sigmoid before the generator's loss", "a sigmoid before self.g_loss", G_LOSS, "g_loss = self.g_loss(ops.sigmoid(self.discriminator(fake, training=True)))"),
    ("a sigmoid before the discriminator's loss", "a sigmoid before self.d_loss", "self.d_loss(real_logits, fake_logits)",
     "self.d_loss(ops.sigmoid(real_logits), ops.sigmoid(fake_logits))"),
    ("no flag on the real pictures", "on the real pictures of step 1", "self.discriminator(real, training=True)", "self.discriminator(real)"),
    ("no flag on the fakes", "on the fakes of step 1", "fake_logits = self.discriminator(fake, training=True)", "fake_logits = self.discriminator(fake)"),
    ("all variables in step 1", "some variables have no gradient", "variables = self.discriminator.trainable_variables", "variables = self.trainable_variables"),
):  # fmt: skip
    bank.wrong(T, name, says=says, swap=(old, new))

# nearest_training_image
N = "nearest_training_image"
FAST = """
def nearest_training_image(images, training):
    seen = training.reshape(len(training), -1)
    squares = np.sum(seen**2, axis=1)
    distances, indices = [], []
    for start in range(0, len(images), 200):
        part = images[start : start + 200].reshape(-1, seen.shape[1])
        table = np.sum(part**2, axis=1)[:, None] + squares - 2 * part @ seen.T
        indices.append(table.argmin(axis=1))
        distances.append(np.sqrt(table.min(axis=1).clip(0)))
    return np.concatenate(distances), np.concatenate(indices)
"""
LOOP = """
def nearest_training_image(images, training):
    distances, indices = [], []
    for image in images:
        d = {}
        indices.append(int(np.argmin(d)))
        distances.append(d[indices[-1]])
    return np.array(distances), np.array(indices)
"""
for name, says, old, new in (
    ("squared", "squared distances", "np.sqrt(table.min(axis=1).clip(0))", "table.min(axis=1).clip(0)"),
    ("among the first 50", "", "seen = training.reshape(len(training), -1)", "seen = training[:50].reshape(len(training[:50]), -1)"),
    ("among the first 4,000", "the distances, 3 pictures and 4500", "seen = training.reshape(len(training), -1)", "seen = training[:4000].reshape(len(training[:4000]), -1)"),
    ("farthest", "farthest", "table.min(axis=1).clip(0)", "table.max(axis=1)"),
    ("farthest index", "the nearest has the index", "argmin(", "argmax("),
    ("wrong axis", "for each training picture", "axis=1).clip(0)", "axis=0).clip(0)"),
    ("last piece lost", "shape", "range(0, len(images), 200)", "range(0, max(len(images) // 200, 1) * 200, 200)"),
    ("distances alone", "2 results", "return np.concatenate(distances), np.concatenate(indices)", "return np.concatenate(distances)"),
    ("pictures returned", "indices", "np.concatenate(indices)\n", "training[np.concatenate(indices)]\n"),
    ("exchanged", "exchanged", "np.concatenate(distances), np.concatenate(indices)", "np.concatenate(indices), np.concatenate(distances)"),
    ("indices as floats", "integer", "np.concatenate(indices)\n", "np.concatenate(indices).astype(float)\n"),
    ("no return", "return", "    return np", "    result = np"),
    ("pictures sorted in place", "changed in place", "    seen =", "    training *= 1.0; training -= 0.5; images -= 0.5\n    seen ="),
    ("not clipped", "clip at 0 before the root", ".clip(0)", " - 1e-5"),
    ("a list of arrays", "expected an array of numbers", "np.concatenate(distances), np", "[*map(list, distances), []], np"),
    ("index of a piece", "", "table.argmin(axis=1)", "table.argmin(axis=1) + start"),
    ("a thousand training pictures written in", "stops with", "squares = np.sum(seen**2, axis=1)", "squares = np.sum(seen.reshape(1000, 784)**2, axis=1)"),
    ("one number", "one number, the smallest", "np.concatenate(distances), np", "np.concatenate(distances).min(), np"),
):  # fmt: skip
    bank.wrong(N, name, says=says, code=FAST.replace(old, new))
for name, says, d in (
    ("root mean square", "not divided by the 784", "np.sqrt(np.mean((training - image) ** 2, axis=(1, 2)))"),
    ("mean square", "sum the squares", "np.mean((training - image) ** 2, axis=(1, 2))"),
    ("absolute differences", "absolute", "np.abs(training - image).sum(axis=(1, 2))"),
    ("largest difference", "largest differences", "np.abs(training - image).max(axis=(1, 2))"),
    ("spectral norm", "matrix norm", "np.linalg.norm(training - image, 2, axis=(1, 2))"),
    ("distance from the mean picture", "mean training picture", "np.sqrt(np.sum((training.mean(axis=0) - image) ** 2)) + np.zeros(len(training))"),
    ("mean distance", "the mean over the training pictures", "np.full(len(training), np.sqrt(np.square(training - image).sum((1, 2))).mean())"),
    ("sum over rows only", "", "np.sqrt(np.sum((training - image) ** 2, axis=1)).max(axis=1)"),
    ("duplicates dropped", "", "np.sqrt(np.square(np.unique(training, axis=0) - image).sum((1, 2)))"),
):  # fmt: skip
    bank.wrong(N, name, says=says, code=LOOP.format(d))
bank.wrong(
    N,
    "all at once",
    says="in pieces",
    code="""
def nearest_training_image(images, training):
    table = np.sqrt(((images[:, None] - training[None]) ** 2).sum(axis=(2, 3)))
    return table.min(axis=1), table.argmin(axis=1)
""",
)
bank.wrong(
    N,
    "all at once, by TensorFlow",
    says="in pieces",
    code="""
def nearest_training_image(images, training):
    a, b = (tf.constant(x.reshape(len(x), -1), "float32") for x in (images, training))
    table = tf.norm(a[:, None] - b[None], axis=-1)
    return tf.reduce_min(table, 1).numpy(), tf.argmin(table, 1).numpy()
""",
)
bank.wrong(
    N,
    "pieces too large",
    says="smaller ones",
    code="""
def nearest_training_image(images, training):
    d, i = [], []
    for k in range(0, len(images), 100):
        table = np.sqrt(((images[k : k + 100, None] - training) ** 2).sum((-1, -2)))
        d, i = [*d, *table.min(axis=1)], [*i, *table.argmin(axis=1)]
    return np.array(d), np.array(i)
""",
)
bank.right(
    N,
    "pieces of 32",
    code="""
def nearest_training_image(images, training):
    d, i = [], []
    for k in range(0, len(images), 32):
        table = np.sqrt(((images[k : k + 32, None] - training) ** 2).sum((-1, -2)))
        d, i = [*d, *table.min(axis=1)], [*i, *table.argmin(axis=1)]
    return np.array(d), np.array(i)
""",
)
bank.right(N, "loop", code=LOOP.format("np.sqrt(np.sum((training - image) ** 2, axis=(1, 2)))"))
bank.right(
    N,
    "scikit-learn",
    code="""
def nearest_training_image(images, training):
    from sklearn.neighbors import NearestNeighbors

    model = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(training.reshape(-1, 784))
    distances, indices = model.kneighbors(images.reshape(-1, 784))
    return distances[:, 0], indices[:, 0]
""",
)
bank.right(
    N,
    "SciPy, float32 product",
    code="""
def nearest_training_image(images, training):
    from scipy.spatial.distance import cdist

    table = cdist(images.reshape(-1, 784), training.reshape(-1, 784))
    return list(np.min(table, axis=1)), list(np.argmin(table, axis=1))
""",
)
bank.right(N, "the fast way, in pieces", code=FAST)
bank.right(
    N,
    "float32 throughout",
    code=FAST.replace("(len(training), -1)", '(len(training), -1).astype("float32")'),
)
bank.right(
    N,
    "tensors",
    code="""
def nearest_training_image(images, training):
    seen, found = tf.constant(training, "float32"), []
    for image in images:
        d = tf.norm(tf.reshape(seen - image, (len(seen), -1)), axis=1)
        found.append((tf.reduce_min(d), tf.argmin(d)))
    distances, indices = zip(*found)
    return tf.stack(distances), tf.stack(indices)
""",
)
bank.right(
    N,
    "norms, one picture at a time",
    code="""
def nearest_training_image(images, training):
    flat, result = training.reshape((training.shape[0], -1)), np.zeros((len(images), 2))
    for k, image in enumerate(images):
        d = np.linalg.norm(flat - image.ravel(), axis=1)
        result[k] = d.min(), d.argmin()
    return result[:, 0], result[:, 1].astype(int)
""",
)
bank.right(
    N,
    "scikit-learn's pairs",
    code="""
def nearest_training_image(images, training):
    from sklearn.metrics import pairwise_distances_argmin_min

    indices, distances = pairwise_distances_argmin_min(images.reshape(-1, 784), training.reshape(-1, 784))
    return [distances, indices]
""",
)
bank.right(
    N,
    "a tree",
    code="""
def nearest_training_image(images, training):
    from scipy.spatial import KDTree

    return KDTree(training.reshape(-1, 28 * 28)).query(images.reshape(-1, 28 * 28))
""",
)
for name, says, old, new in (
    ("the second nearest", "second nearest", "argmin(d)", "argsort(d)[1]"),
    ("itself left out", "has distance 0, and counts", "        indices.append", "        d[d == 0] = np.inf\n        indices.append"),
    ("over all training pictures", "over all training pictures together", "axis=(1, 2)))", "axis=(0, 1, 2))) + np.zeros(len(training))"),
    ("returned in the loop", "within the loop", "    return np", "        return np"),
    ("sorted", "in another order", "np.array(distances),", "np.sort(distances),"),
    ("the training pictures themselves", "compared with themselves", "in images", "in training"),
    ("among the first 20", "Are all compared", "(training - image)", "(training[:20] - image)"),
):  # fmt: skip
    loop = LOOP.format("np.sqrt(np.sum((training - image) ** 2, axis=(1, 2)))")
    bank.wrong(N, name, says=says, code=loop.replace(old, new))
for name, says, old, new in (
    ("the sign of the product", "sign of the product", "- 2 *", "+ 2 *"),
    ("the product once", "the 2 is missing", "- 2 *", "- "),
    ("one sum for all", "one entry for each training picture", "np.sum(seen**2, axis=1)", "np.sum(seen**2)"),
    ("lost piece", "no piece at all", "range(0, len(images), 200)", "range(0, len(images) // 200 * 200, 200)"),
):  # fmt: skip
    bank.wrong(N, name, says=says, code=FAST.replace(old, new))
bank.wrong(
    N,
    "cosine distance",
    says="cosine",
    code="""
def nearest_training_image(images, training):
    a, b = images.reshape(len(images), -1), training.reshape(len(training), -1)
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return 1 - (a @ b.T).max(axis=1), (a @ b.T).argmax(axis=1)
""",
)
bank.right(
    N,
    "pieces of 64",
    code="""
def nearest_training_image(images, training):
    found = []
    for part in np.split(images, range(64, len(images), 64)):
        table = np.sqrt(((part[:, None] - training) ** 2).sum((-1, -2)))
        found.append((table.min(axis=1), table.argmin(axis=1)))
    return tuple(np.concatenate(one) for one in zip(*found))
""",
)
bank.right(
    N,
    "over the training pictures",
    code="""
def nearest_training_image(images, training):
    best, which = np.full(len(images), np.inf), np.zeros(len(images), dtype="int32")
    for place, picture in enumerate(training):
        d = np.sqrt(((images - picture) ** 2).sum(axis=(1, 2)))
        closer = d < best
        best[closer], which[closer] = d[closer], place
    return best, which
""",
)

# what no known mistake explains
LEAKY = "layers.LeakyReLU(negative_slope=0.2)"
for exercise, name, says, old, new in (
    (D, "slope 0.02", "after the first convolution makes -0.02, 1, 5 of", "negative_slope=0.2", "negative_slope=0.02"),
    (D, "leaky twice", "makes -0.04, 1, 5 of", LEAKY, LEAKY + "); model.add(" + LEAKY),
    (D, "softplus in the second block", "after the second convolution makes 0.31", LEAKY,
     f"layers.Activation('softplus') if channels == 48 else {LEAKY}"),
    (G, "softplus", "after the dense layer's batch normalisation makes 0.31", "layers.ReLU()", "layers.Activation('softplus')"),
    (G, "softsign at the end", "the activation at the end makes -0.5, 0.5, 0.83", '"tanh"', '"softsign"'),
    (D, "a slope that is trained", "slope of an activation is trained", LEAKY, "layers.PReLU(keras.initializers.Constant(0.2), shared_axes=[1, 2])"),
    (G, "both ReLUs cut off", "the second activation gets 41 for 40", "layers.ReLU()", "layers.ReLU(max_value=2.0)"),
    (G, "one ReLU cut off", "makes 0, 1, 1 of the numbers", "layers.ReLU(),\n            layers.Reshape", "layers.ReLU(max_value=1.0),\n            layers.Reshape"),
    ("gan_losses", "as many fakes as real pictures", "2 real and 3 fake: If", "    return real + fake",
     "    some = fake_logits[: len(real_logits)]\n    return real + bce(ops.zeros_like(some), some)"),
    (T, "real pictures squeezed", "wrong in what depends on the real pictures", "self.discriminator(real,", "self.discriminator(ops.tanh(real),"),
    (T, "larger noise in step 2", "step 1 is right; g_loss is not", FAKE_2, FAKE_2.replace("noise", "2 * noise")),
    (T, "weights shrink, too", "look at its gradient, and at what self.d_optimizer gets", "tape.gradient(d_loss, variables)",
     "[g - 0.01 * w for g, w in zip(tape.gradient(d_loss, variables), variables)]"),
    (T, "gradients made short", "so is g_loss. Look at its gradient", "tape.gradient(g_loss, variables)",
     "[g / (1 + ops.norm(g)) for g in tape.gradient(g_loss, variables)]"),
    (T, "gradients clipped", "gradients that are clipped", "tape.gradient(g_loss, variables)",
     "[ops.clip(g, -0.01, 0.01) for g in tape.gradient(g_loss, variables)]"),
    (T, "one loss doubled where it is returned", "what is returned as g_loss", '"g_loss": g_loss}', '"g_loss": 2 * g_loss}'),
):  # fmt: skip
    bank.wrong(exercise, name, says=says, swap=(old, new))
loop = LOOP.format("np.sqrt(np.sum((training - image) ** 2, axis=(1, 2)))")
for name, says, old, new in (
    ("counted from 1", "each is 1 too large", "np.array(indices)", "np.array(indices) + 1"),
    ("16 bits", "16 bits", "(training - image)", "(training - image).astype('float16')"),
    ("sum of the rows' norms", "two pixels of one column: got [0.7]", "np.sqrt(np.sum((training - image) ** 2, axis=(1, 2)))",
     "np.sqrt(np.sum((training - image) ** 2, axis=2)).sum(axis=1)"),
    ("largest product", "with the largest product", "int(np.argmin(d))", "int(np.argmax((training * image).sum(axis=(1, 2))))"),
    ("index within a piece", "you give 498", "np.array(indices)", "np.array(indices) % 2000"),
):  # fmt: skip
    bank.wrong(N, name, says=says, code=loop.replace(old, new))
