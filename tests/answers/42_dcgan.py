"""Answers to the exercises of lesson 42, right and wrong."""

from tests.bank import Bank

bank = Bank()

# build_generator
G = "build_generator"
bank.wrong(G, "sigmoid", says="sigmoid", swap=('"tanh"', '"sigmoid"'))
bank.wrong(G, "no tanh", says="tanh is missing", swap=(', activation="tanh"', ""))
bank.wrong(G, "ReLU at the end", says="tanh is missing", swap=('"tanh"', '"relu"'))
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
bank.wrong(G, "noise size hard-coded", says="does not take 10", swap=("(n_noise,)", "(24,)"))
bank.wrong(
    G,
    "no bend after the dense layer",
    says="no ReLU follows the dense layer",
    swap=("            layers.ReLU(),\n            layers.Reshape", "            layers.Reshape"),
)
bank.wrong(
    G,
    "no bend after the first transposed convolution",
    says="no ReLU follows the second",
    swap=(
        "            layers.ReLU(),\n            layers.Conv2DTranspose(1",
        "            layers.Conv2DTranspose(1",
    ),
)
bank.wrong(G, "no bend", says="no ReLU at all", swap=("            layers.ReLU(),\n", ""))
bank.wrong(G, "leaky", says="not a leaky one", swap=("ReLU()", "LeakyReLU(negative_slope=0.2)"))
bank.wrong(G, "leaky, Keras's slope", says="not a leaky one", swap=("ReLU()", "LeakyReLU()"))
bank.wrong(
    G,
    "bend before batch normalisation",
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
def build_generator(n_noise):
    return keras.Sequential([
        keras.Input((n_noise,)), layers.Dense(49 * 48), layers.BatchNormalization(),
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
def build_generator(n_noise):
    return keras.Sequential([
        keras.Input((n_noise,)), layers.Dense(784, activation="tanh"), layers.Reshape((28, 28, 1))
    ])
""",
)
bank.wrong(
    G,
    "one model for all calls",
    says="Two calls return the same",
    code="""
CACHE = {}


def build_generator(n_noise):
    if n_noise not in CACHE:
        CACHE[n_noise] = keras.Sequential([
            keras.Input((n_noise,)), layers.Dense(49 * 48), layers.BatchNormalization(),
            layers.ReLU(), layers.Reshape((7, 7, 48)),
            layers.Conv2DTranspose(24, 4, 2, "same"), layers.BatchNormalization(), layers.ReLU(),
            layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
        ])
    return CACHE[n_noise]
""",
)
bank.right(
    G,
    "functional, with biases, normalised after the reshape",
    code="""
def build_generator(n_noise):
    z = keras.Input(shape=(n_noise,))
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
def build_generator(n_noise):
    up = keras.Sequential()
    up.add(layers.Conv2DTranspose(24, 4, strides=2, padding="same"))
    up.add(layers.BatchNormalization())
    up.add(layers.ReLU())
    model = keras.Sequential(name="g")
    model.add(keras.Input((n_noise,)))
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


def build_generator(n_noise):
    return Maker()
""",
)

# build_discriminator
D = "build_discriminator"
bank.wrong(D, "sigmoid", says="no sigmoid", swap=("Dense(1)", 'Dense(1, activation="sigmoid")'))
bank.wrong(D, "two units", says="shape", swap=("Dense(1)", "Dense(2)"))
bank.wrong(D, "Keras's slope", says="0.3", swap=("negative_slope=0.2", ""))
bank.wrong(D, "plain ReLU", says="plain ReLU", swap=("LeakyReLU(negative_slope=0.2)", "ReLU()"))
bank.wrong(
    D,
    "no bend",
    says="linear",
    swap=("        model.add(layers.LeakyReLU(negative_slope=0.2))\n", ""),
)
bank.wrong(
    D,
    "no bend in the first layer",
    says="the first layer does not bend",
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
    "bend before batch normalisation",
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
    says="no dropout here",
    swap=("    model.add(layers.Flatten", "    model.add(layers.Dropout(0.3))\n    model.add(layers.Flatten"),
)  # fmt: skip
bank.right(
    D,
    "as a list, bends by maximum",
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

# gan_losses
L = "gan_losses"


def losses(d, g="return bce(keras.ops.ones_like(fake_logits), fake_logits)", extra=""):
    """Source of both losses from two bodies."""
    return f"""
def discriminator_loss(real_logits, fake_logits, real_target=1.0):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    one, zero = keras.ops.ones_like, keras.ops.zeros_like
    {extra}
    {d}


def generator_loss(fake_logits):
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    {g}
"""


RIGHT = (
    "return bce(real_target * one(real_logits), real_logits) + bce(zero(fake_logits), fake_logits)"
)
bank.wrong(L, "from_logits forgotten", says="from_logits=True is missing", swap=("(from_logits=True)", "()"))  # fmt: skip
bank.wrong(
    L,
    "sigmoid and from_logits",
    says="applies another",
    code=losses(
        RIGHT,
        extra="real_logits, fake_logits = tf.sigmoid(real_logits), tf.sigmoid(fake_logits)",
    ),
)
bank.wrong(
    L,
    "generator: sigmoid and from_logits",
    says="applies another",
    code=losses(RIGHT, "return bce(keras.ops.ones_like(fake_logits), tf.sigmoid(fake_logits))"),
)
bank.wrong(
    L,
    "both smoothed",
    says="both kinds are smoothed",
    swap=("keras.ops.zeros_like(fake_logits)", "(1 - real_target) * keras.ops.ones_like(fake_logits)"),
)  # fmt: skip
bank.wrong(
    L,
    "target 2 - s",
    says="a target above 1",
    swap=("real_target * keras", "(2 - real_target) * keras"),
)
bank.wrong(
    L,
    "targets pushed outside 0 to 1, as published",
    says="overconfidence",
    code=losses(
        "return bce((2 - real_target) * one(real_logits), real_logits)"
        " + bce((real_target - 1) * one(fake_logits), fake_logits)"
    ),
)
bank.wrong(
    L,
    "random label noise, as published",
    says="not random",
    code=losses(
        "return bce(real_target + 0.1 * tf.random.uniform(tf.shape(real_logits)), real_logits)"
        " + bce(-0.1 * tf.random.uniform(tf.shape(fake_logits)), fake_logits)"
    ),
)
bank.wrong(L, "target not used", says="real_target is not used", swap=("real_target * keras", "keras"))  # fmt: skip
bank.wrong(
    L, "averaged", says="added, not averaged", code=losses(RIGHT.replace("return", "return 0.5 * (") + ")")
)  # fmt: skip
bank.wrong(
    L,
    "real and made exchanged",
    says="exchanged",
    code=losses(
        "return bce(zero(real_logits), real_logits) + bce(real_target * one(fake_logits), fake_logits)"
    ),
)
bank.wrong(
    L,
    "real only",
    says="only the real",
    code=losses("return bce(real_target * one(real_logits), real_logits)"),
)
bank.wrong(
    L,
    "saturating generator",
    says="saturating",
    code=losses(RIGHT, "return -bce(keras.ops.zeros_like(fake_logits), fake_logits)"),
)
bank.wrong(
    L,
    "generator wants to be found out",
    says="taken for real",
    code=losses(RIGHT, "return bce(keras.ops.zeros_like(fake_logits), fake_logits)"),
)
bank.wrong(
    L,
    "generator smoothed, too",
    says="not smoothed",
    code=losses(RIGHT, "return bce(0.9 * keras.ops.ones_like(fake_logits), fake_logits)"),
)
bank.wrong(
    L,
    "logarithm of the sigmoid",
    says="NaN or infinite",
    code="""
def discriminator_loss(real_logits, fake_logits, real_target=1.0):
    p, q = tf.sigmoid(real_logits), tf.sigmoid(fake_logits)
    real = -real_target * tf.math.log(p) - (1 - real_target) * tf.math.log(1 - p)
    return tf.reduce_mean(real) - tf.reduce_mean(tf.math.log(1 - q))


def generator_loss(fake_logits):
    return -tf.reduce_mean(tf.math.log(tf.sigmoid(fake_logits)))
""",
)
bank.wrong(
    L,
    "sigmoid and clipped probabilities",
    says="logits ±30",
    code="""
def discriminator_loss(real_logits, fake_logits, real_target=1.0):
    bce = keras.losses.BinaryCrossentropy()
    p, q = tf.sigmoid(real_logits), tf.sigmoid(fake_logits)
    return bce(real_target * keras.ops.ones_like(p), p) + bce(keras.ops.zeros_like(q), q)


def generator_loss(fake_logits):
    q = tf.sigmoid(fake_logits)
    return keras.losses.BinaryCrossentropy()(keras.ops.ones_like(q), q)
""",
)
bank.wrong(
    L,
    "NumPy: no gradient",
    says="No gradient",
    code="""
def discriminator_loss(real_logits, fake_logits, real_target=1.0):
    a, b = np.asarray(real_logits), np.asarray(fake_logits)
    return np.mean(np.logaddexp(0, a) - real_target * a) + np.mean(np.logaddexp(0, b))


def generator_loss(fake_logits):
    return np.mean(np.logaddexp(0, -np.asarray(fake_logits)))
""",
)
bank.wrong(
    L,
    "summed",
    says="mean",
    code=losses(
        RIGHT, extra='bce = keras.losses.BinaryCrossentropy(from_logits=True, reduction="sum")'
    ),
)
bank.wrong(
    L,
    "all in one batch",
    says="discriminator's loss",
    code=losses(
        "return bce(tf.concat([real_target * one(real_logits), zero(fake_logits)], 0),"
        " tf.concat([real_logits, fake_logits], 0))"
    ),
)
SWAPPED = (
    "return bce(real_logits, real_target * one(real_logits)) + bce(fake_logits, zero(fake_logits))"
)
bank.wrong(L, "targets second", says="targets come first", code=losses(SWAPPED))
bank.wrong(
    L,
    "generator: targets second",
    says="targets come first",
    code=losses(RIGHT, "return bce(fake_logits, keras.ops.ones_like(fake_logits))"),
)
SMOOTH = (
    "smooth = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=1 - real_target)"
)
bank.wrong(
    L,
    "label_smoothing",
    says="towards 1/2",
    code=losses(
        "return smooth(one(real_logits), real_logits) + bce(zero(fake_logits), fake_logits)",
        extra=SMOOTH,
    ),
)
bank.wrong(
    L,
    "label_smoothing of both",
    says="smooths both",
    code=losses(
        "return smooth(one(real_logits), real_logits) + smooth(zero(fake_logits), fake_logits)",
        extra=SMOOTH,
    ),
)
bank.wrong(
    L,
    "generator: logarithm of the sigmoid",
    says="logits ±300",
    code=losses(RIGHT, "return -keras.ops.mean(keras.ops.log(keras.ops.sigmoid(fake_logits)))"),
)
bank.wrong(L, "no return", says="returned nothing", swap=("    return real +", "    real +"))
bank.right(
    L,
    "softplus",
    code="""
def discriminator_loss(real_logits, fake_logits, real_target=1.0):
    softplus, mean = keras.ops.softplus, keras.ops.mean
    real = real_target * softplus(-real_logits) + (1 - real_target) * softplus(real_logits)
    return mean(real) + mean(softplus(fake_logits))


def generator_loss(fake_logits):
    return keras.ops.mean(keras.ops.softplus(-fake_logits))
""",
)
bank.right(
    L,
    "TensorFlow's own",
    code="""
def bce(target, logits):
    labels = tf.fill(tf.shape(logits), tf.cast(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))


def discriminator_loss(real_logits, fake_logits, real_target=1.0):
    return bce(real_target, real_logits) + bce(0.0, fake_logits)


def generator_loss(fake_logits):
    return bce(1.0, fake_logits)
""",
)

# train_step
T = "train_step"
bank.wrong(
    T,
    "discriminator never updated",
    says="discriminator did not change",
    swap=("    gan.d_optimizer.apply(gradients, discriminator.trainable_variables)\n", ""),
)
bank.wrong(
    T,
    "generator never updated",
    says="generator did not change",
    swap=("    gan.g_optimizer.apply(gradients, generator.trainable_variables)\n", ""),
)
bank.wrong(T, "no training flag", says="training=True", swap=(", training=True", ""))
bank.wrong(T, "training=False", says="training=True", swap=("training=True", "training=False"))
bank.wrong(
    T,
    "one batch for real and made",
    says="separate calls",
    swap=(
        "        real_logits = discriminator(real, training=True)\n"
        "        d_loss = gan.d_loss(real_logits, discriminator(fake, training=True))",
        "        both = discriminator(tf.concat([real, fake], 0), training=True)\n"
        "        d_loss = gan.d_loss(both[: len(real)], both[len(real) :])",
    ),
)
bank.wrong(
    T,
    "frozen for ever",
    says="frozen, for every later step",
    swap=("    return d_loss, g_loss", "    discriminator.trainable = False\n    return d_loss, g_loss"),
)  # fmt: skip
SIMULTANEOUS = """
def train_step(gan, real, noise):
    g, d = gan.generator, gan.discriminator
    with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
        fake = g(noise, training=True)
        real_logits, fake_logits = d(real, training=True), d(fake, training=True)
        d_loss, g_loss = gan.d_loss(real_logits, fake_logits), gan.g_loss(fake_logits)
    of_d = d_tape.gradient(d_loss, d.trainable_variables)
    of_g = g_tape.gradient(g_loss, g.trainable_variables)
    gan.d_optimizer.apply(of_d, d.trainable_variables)
    gan.g_optimizer.apply(of_g, g.trainable_variables)
    return d_loss, g_loss
"""
bank.wrong(T, "both at once", says="old discriminator", code=SIMULTANEOUS)
bank.wrong(
    T,
    "generator's step changes the discriminator, too",
    says="moved",
    swap=(
        "    gan.g_optimizer.apply(gradients, generator.trainable_variables)\n",
        "    gan.g_optimizer.apply(gradients, generator.trainable_variables)\n"
        "    for w in discriminator.trainable_variables:\n        w.assign_sub(0.01 * w)\n",
    ),
)
bank.wrong(
    T,
    "generator trained on the discriminator's loss",
    says="helps the discriminator",
    swap=(
        "g_loss = gan.g_loss(discriminator(generator(noise, training=True), training=True))",
        "g_loss = gan.d_loss(discriminator(real, training=True),\n"
        "            discriminator(generator(noise, training=True), training=True))",
    ),
)
bank.wrong(
    T,
    "gradient negated",
    says="uphill",
    swap=(
        "    gan.g_optimizer.apply(gradients,",
        "    gan.g_optimizer.apply([-x for x in gradients],",
    ),
)
bank.wrong(
    T,
    "losses exchanged",
    says="exchanged",
    swap=("return d_loss, g_loss", "return g_loss, d_loss"),
)
bank.wrong(
    T,
    "float() in compiled code",
    says="compiled by tf.function",
    swap=("return d_loss, g_loss", "return float(d_loss), float(g_loss)"),
)
bank.wrong(T, "one loss", says="2 results", swap=("return d_loss, g_loss", "return d_loss"))
bank.wrong(T, "no return", says="return", swap=("    return d_loss, g_loss\n", ""))
bank.wrong(
    T,
    "images of the generator made outside the tape",
    says="must be made inside its tape",
    swap=(
        "g_loss = gan.g_loss(discriminator(generator(noise, training=True), training=True))",
        "g_loss = gan.g_loss(discriminator(fake, training=True))",
    ),
)
bank.wrong(
    T,
    "real and made exchanged",
    says="real and made are exchanged",
    swap=(
        "gan.d_loss(real_logits, discriminator(fake, training=True))",
        "gan.d_loss(discriminator(fake, training=True), real_logits)",
    ),
)
bank.wrong(
    T,
    "optimizers exchanged",
    says="its own optimizer",
    code="""
def train_step(gan, real, noise):
    g, d = gan.generator, gan.discriminator
    fake = g(noise, training=True)
    with tf.GradientTape() as tape:
        d_loss = gan.d_loss(d(real, training=True), d(fake, training=True))
    gan.g_optimizer.apply(tape.gradient(d_loss, d.trainable_variables), d.trainable_variables)
    with tf.GradientTape() as tape:
        g_loss = gan.g_loss(d(g(noise, training=True), training=True))
    gan.d_optimizer.apply(tape.gradient(g_loss, g.trainable_variables), g.trainable_variables)
    return d_loss, g_loss
""",
)
MADE = "g_loss = gan.g_loss(discriminator(generator(noise, training=True), training=True))"
for name, says, old, new in (
    ("global d_loss", "not gan.d_loss", "gan.d_loss(", "discriminator_loss("),
    ("global g_loss", "not gan.g_loss", "gan.g_loss(", "generator_loss("),
    (
        "generator in step 1 without the flag",
        "G was not called with training=True in step 1",
        "fake = generator(noise, training=True)",
        "fake = generator(noise)",
    ),
    (
        "discriminator in step 1 without the flag",
        "D was not called with training=True in step 1",
        "        real_logits = discriminator(real, training=True)\n"
        "        d_loss = gan.d_loss(real_logits, discriminator(fake, training=True))",
        "        d_loss = gan.d_loss(discriminator(real), discriminator(fake))",
    ),
    (
        "generator in step 2 without the flag",
        "G was not called with training=True in step 2",
        MADE,
        "g_loss = gan.g_loss(discriminator(generator(noise), training=True))",
    ),
    (
        "discriminator in step 2 without the flag",
        "D was not called with training=True in step 2",
        MADE,
        "g_loss = gan.g_loss(discriminator(generator(noise, training=True)))",
    ),
    (
        "fresh noise in step 2",
        "made twice",
        MADE,
        "noise = tf.random.normal(tf.shape(noise))\n        " + MADE,
    ),
):
    bank.wrong(T, name, says=says, swap=(old, new))
bank.wrong(
    T,
    "generator first",
    says="updated first",
    code="""
def train_step(gan, real, noise):
    g, d = gan.generator, gan.discriminator
    with tf.GradientTape() as tape:
        g_loss = gan.g_loss(d(g(noise, training=True), training=True))
    gan.g_optimizer.apply(tape.gradient(g_loss, g.trainable_variables), g.trainable_variables)
    with tf.GradientTape() as tape:
        d_loss = gan.d_loss(d(real, training=True), d(g(noise, training=True), training=True))
    gan.d_optimizer.apply(tape.gradient(d_loss, d.trainable_variables), d.trainable_variables)
    return d_loss, g_loss
""",
)
bank.right(
    T,
    "one pass through the generator, apply_gradients",
    code="""
def train_step(gan, real, noise):
    g, d = gan.generator, gan.discriminator
    with tf.GradientTape() as outer:
        fake = g(noise, training=True)
        with outer.stop_recording(), tf.GradientTape() as inner:
            d_loss = gan.d_loss(d(real, training=True), d(fake, training=True))
        with outer.stop_recording():
            slopes = inner.gradient(d_loss, d.trainable_variables)
            gan.d_optimizer.apply_gradients(zip(slopes, d.trainable_variables))
        g_loss = gan.g_loss(d(fake, training=True))
    slopes = outer.gradient(g_loss, g.trainable_variables)
    gan.g_optimizer.apply_gradients(zip(slopes, g.trainable_variables))
    return d_loss, g_loss
""",
)
bank.right(
    T,
    "images made inside the tape, freezing and thawing",
    code="""
def train_step(gan, real, noise):
    with tf.GradientTape() as tape:
        made = gan.generator(noise, training=True)
        b = gan.discriminator(made, training=True)
        first = gan.d_loss(gan.discriminator(real, training=True), b)
    weights = gan.discriminator.trainable_weights
    gan.d_optimizer.apply(tape.gradient(first, weights), weights)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([w.value for w in gan.generator.trainable_weights])
        b = gan.discriminator(gan.generator(noise, training=True), training=True)
        second = gan.g_loss(b)
    weights = gan.generator.trainable_weights
    gan.g_optimizer.apply(tape.gradient(second, weights), weights)
    return [first, second]
""",
)

# slerp
S = "slerp"
BODY = "(np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)"
bank.wrong(
    S,
    "division by zero for parallel points",
    says="NaN",
    swap=("    if angle < 1e-6:\n        return (1 - t) * a + t * b\n", ""),
)
bank.wrong(S, "straight line", says="straight line", swap=(BODY, "(1 - t) * a + t * b"))
bank.wrong(
    S,
    "from b to a",
    says="from b to a",
    swap=(BODY, "(np.sin((1 - t) * angle) * b + np.sin(t * angle) * a) / np.sin(angle)"),
)
bank.wrong(
    S,
    "unit vectors",
    says="length 1",
    swap=(
        "    cosine =",
        "    if np.linalg.norm(a - b) > 1e-3 and abs(a @ b) < 0.999 * np.linalg.norm(a) * "
        "np.linalg.norm(b):\n        a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)\n    cosine =",
    ),
)
bank.wrong(
    S,
    "angle of the vectors as they are",
    says="divide by the lengths",
    swap=(" / (np.linalg.norm(a) * np.linalg.norm(b))", ""),
)
bank.wrong(S, "sin of the angle forgotten", says="not divided", swap=(" / np.sin(angle)", ""))
bank.wrong(S, "not clipped", says="parallel points", swap=("np.clip(cosine, -1.0, 1.0)", "cosine"))
bank.wrong(
    S,
    "degrees",
    says="walk",
    swap=("    if angle <", "    angle = np.degrees(angle)\n    if angle <"),
)
bank.wrong(
    S,
    "parallel: always a",
    says="parallel points",
    swap=("return (1 - t) * a + t * b", "return a + 0 * t"),
)
bank.wrong(S, "absolute value", says="130", swap=("np.clip(cosine, -1.0, 1.0)", "np.clip(abs(cosine), 0, 1)"))  # fmt: skip
bank.wrong(
    S,
    "angle by its sine",
    says="130",
    swap=("np.arccos(np.clip(cosine, -1.0, 1.0))", "np.arcsin(np.sqrt(max(0, 1 - cosine**2)))"),
)
bank.wrong(S, "straight up to half a radian", says="6 degrees", swap=("1e-6", "0.5"))
bank.wrong(S, "t as a row", says="", swap=("np.asarray(t, float)[:, None]", "np.asarray(t, float)"))
bank.wrong(S, "no return", says="return", swap=("    return (np.sin", "    (np.sin"))
bank.wrong(
    S,
    "straight line brought to the sphere",
    says="walk",
    code="""
def slerp(a, b, t):
    t = np.asarray(t)[:, None]
    line = (1 - t) * a + t * b
    length = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    return line / np.linalg.norm(line, axis=1, keepdims=True) * length
""",
)
bank.wrong(
    S,
    "a changed in place",
    says="in place",
    swap=(
        "a, b, t = np.asarray(a, float)",
        "keep = np.linalg.norm(a); a /= keep; a0 = a * keep\n    a, b, t = np.asarray(a0, float)",
    ),
)
bank.right(
    S,
    "loop",
    code="""
def slerp(a, b, t):
    u, v = a / np.sqrt(a @ a), b / np.sqrt(b @ b)
    w = np.arccos(min(1.0, max(-1.0, float(u @ v))))
    out = []
    for s in t:
        if np.sin(w) < 1e-5:
            out.append(a + s * (b - a))
        else:
            out.append(np.sin((1 - s) * w) / np.sin(w) * a + np.sin(s * w) / np.sin(w) * b)
    return np.array(out)
""",
)
bank.right(
    S,
    "outer products, tensors, angle by arctan2",
    code="""
def slerp(a, b, t):
    a, b, t = (np.asarray(x, "float64") for x in (a, b, t))
    u, v = a / np.linalg.norm(a), b / np.linalg.norm(b)
    w = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.isclose(w, 0, atol=1e-6):
        first, second = 1 - t, t
    else:
        first, second = np.sin((1 - t) * w) / np.sin(w), np.sin(t * w) / np.sin(w)
    return tf.constant(np.outer(first, a) + np.outer(second, b))
""",
)

# nearest_training_image
N = "nearest_training_image"
bank.wrong(
    N,
    "squared",
    says="squared distances",
    swap=("np.sqrt(table.min(axis=1).clip(0))", "table.min(axis=1).clip(0)"),
)
LOOP = """
def nearest_training_image(images, training):
    distances, indices = [], []
    for image in images:
        d = {}
        indices.append(int(np.argmin(d)))
        distances.append(d[indices[-1]])
    return np.array(distances), np.array(indices)
"""
bank.wrong(N, "root mean square", says="not divided by the 784", code=LOOP.format("np.sqrt(np.mean((training - image) ** 2, axis=(1, 2)))"))  # fmt: skip
bank.wrong(N, "mean square", says="sum the squares", code=LOOP.format("np.mean((training - image) ** 2, axis=(1, 2))"))  # fmt: skip
bank.wrong(N, "absolute differences", says="absolute", code=LOOP.format("np.abs(training - image).sum(axis=(1, 2))"))  # fmt: skip
bank.wrong(N, "spectral norm", says="matrix norm", code=LOOP.format("np.array([np.linalg.norm(t - image, 2) for t in training[:70]])"))  # fmt: skip
bank.wrong(
    N,
    "among the test digits",
    says="test digits",
    swap=(
        "seen = training.reshape(len(training), -1)",
        "training = digits.x_test\n    seen = training.reshape(len(training), -1)",
    ),
)
bank.wrong(
    N,
    "among all training digits",
    says="not in the argument",
    swap=(
        "seen = training.reshape(len(training), -1)",
        "training = digits.x_train\n    seen = training.reshape(len(training), -1)",
    ),
)
bank.wrong(N, "farthest", says="farthest", swap=("table.min(axis=1).clip(0)", "table.max(axis=1)"))
bank.wrong(N, "farthest index", says="nearest", swap=("argmin(", "argmax("))
bank.wrong(N, "wrong axis", says="shape", swap=("axis=1).clip(0)", "axis=0).clip(0)"))
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
bank.wrong(
    N,
    "last piece lost",
    says="shape",
    swap=("range(0, len(images), 200)", "range(0, max(len(images) // 200, 1) * 200, 200)"),
)
bank.wrong(
    N,
    "not clipped before the root",
    says="",
    code="""
def nearest_training_image(images, training):
    a = images.reshape(len(images), -1).astype("float32")
    b = training.reshape(len(training), -1).astype("float32")
    table = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T - 1e-5
    return np.sqrt(table.min(axis=1)), table.argmin(axis=1)
""",
)
bank.wrong(N, "distances alone", says="2 results", swap=("return np.concatenate(distances), np.concatenate(indices)", "return np.concatenate(distances)"))  # fmt: skip
bank.wrong(N, "images returned", says="indices", swap=("np.concatenate(indices)\n", "training[np.concatenate(indices)]\n"))  # fmt: skip
bank.wrong(N, "no return", says="return", swap=("    return np", "    result = np"))
bank.wrong(
    N, "distance from the mean image", says="distances", code=LOOP.format("np.sqrt(np.sum((training.mean(axis=0) - image) ** 2)) + np.zeros(len(training))")
)  # fmt: skip
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
bank.right(
    N,
    "float32 throughout",
    swap=("training.reshape(len(training), -1)", 'training.reshape(len(training), -1).astype("float32")'),
)  # fmt: skip
