"""Answers to the exercises of lesson 14, right and wrong."""

from tests.bank import Bank

bank = Bank()

# output_size
S = "output_size"
bank.wrong(S, "one too few", says="first position", swap=("// stride + 1", "// stride"))
bank.wrong(
    S, "same, rounded down", says="rounded down", swap=("-(-size // stride)", "size // stride")
)
bank.wrong(
    S,
    "valid, rounded up",
    says="rounded up",
    swap=("(size - kernel) // stride", "-((kernel - size) // stride)"),
)
bank.wrong(
    S,
    "valid as same",
    says='size for "same"',
    swap=("(size - kernel) // stride + 1", "-(-size // stride)"),
)
bank.wrong(S, "padding ignored", says='size for "valid"', swap=('padding == "same"', "False"))
bank.wrong(
    S,
    "not a whole number",
    says="whole number",
    swap=("(size - kernel) // stride", "(size - kernel) / stride"),
)
bank.wrong(
    S, "kernel ignored", says="kernel", swap=("(size - kernel) // stride + 1", "size // stride")
)
bank.wrong(
    S, "stride ignored", says="stride", swap=("(size - kernel) // stride", "(size - kernel)")
)
bank.wrong(S, "same keeps the size", says="size of the input", swap=("-(-size // stride)", "size"))
bank.wrong(
    S, "always one more", says="one too many", swap=("-(-size // stride)", "size // stride + 1")
)
bank.wrong(
    S,
    "valid, rounded to the nearest",
    says="rounded up",
    swap=("(size - kernel) // stride + 1", "round((size - kernel) / stride) + 1"),
)
bank.wrong(
    S,
    "same, rounded to the nearest",
    says="rounded down",
    swap=("-(-size // stride)", "round(size / stride)"),
)
bank.wrong(
    S,
    "same, one half rounds up",
    says="rounded down",
    swap=("-(-size // stride)", "int(size / stride + 0.5)"),
)
bank.wrong(
    S,
    "same, the rest added",
    says="one too many",
    swap=("-(-size // stride)", "size // stride + size % stride"),
)
bank.wrong(S, "no return", says="return", swap=("return ", "result = "))
bank.right(
    S,
    "positions counted",
    code="""
def output_size(size, kernel, stride, padding):
    last = size if padding == "same" else size - kernel + 1
    return len(range(0, last, stride))
""",
)
bank.right(
    S,
    "ceil and floor as floats",
    code="""
def output_size(size, kernel, stride, padding):
    free = {"same": size, "valid": size - kernel + 1}[padding]
    return np.ceil(free / stride)
""",
)
bank.right(
    S,
    "Keras",
    code="""
def output_size(size, kernel, stride, padding):
    layer = layers.Conv1D(1, kernel, strides=stride, padding=padding)
    return layer.compute_output_shape((None, size, 1))[1]
""",
)

# receptive_field
R = "receptive_field"
bank.wrong(R, "strides ignored", says="strides are not", swap=("step *= stride", "pass"))
bank.wrong(
    R,
    "own stride counts",
    says="own stride",
    code="""
def receptive_field(kernels, strides):
    seen, step = 1, 1
    for kernel, stride in zip(kernels, strides):
        step *= stride
        seen += (kernel - 1) * step
    return seen
""",
)
bank.wrong(
    R, "only the layer before", says="multiply from layer", swap=("step *= stride", "step = stride")
)
bank.wrong(
    R, "whole kernels", says="whole kernels", swap=("seen, step = 1, 1", "seen, step = 0, 1")
)
bank.answers[-1].swap = None
bank.answers[-1].code = """
def receptive_field(kernels, strides):
    seen, step = 0, 1
    for kernel, stride in zip(kernels, strides):
        seen += kernel * step
        step *= stride
    return seen
"""
bank.wrong(
    R, "starts from zero", says="one too few", swap=("seen, step = 1, 1", "seen, step = 0, 1")
)
bank.wrong(
    R,
    "sum of the kernels",
    says="adds up",
    code="def receptive_field(kernels, strides):\n    return sum(kernels)\n",
)
bank.wrong(
    R,
    "product of the kernels",
    says="multiplies",
    code="def receptive_field(kernels, strides):\n    return int(np.prod(kernels))\n",
)
bank.wrong(
    R,
    "reversed",
    says="reverse order",
    swap=("zip(kernels, strides, strict=True)", "zip(kernels[::-1], strides[::-1])"),
)
bank.wrong(R, "the step", says="step between", swap=("return seen", "return step"))
bank.wrong(R, "strides added", says="got", swap=("step *= stride", "step += stride"))
bank.wrong(R, "no return", says="return", swap=("return seen", "seen"))
bank.right(
    R,
    "from the top down",
    code="""
def receptive_field(kernels, strides):
    size = 1
    for k, s in reversed(list(zip(kernels, strides))):
        size = (size - 1) * s + k
    return size
""",
)
bank.right(
    R,
    "one sum",
    code="""
def receptive_field(kernels, strides):
    jumps = np.cumprod([1] + strides[:-1])
    return 1 + np.dot(np.array(kernels) - 1, jumps)
""",
)

# build_encoder
E = "build_encoder"
bank.wrong(
    E,
    "ReLU on the code",
    says="activation on the code",
    swap=("Dense(code_size)", 'Dense(code_size, activation="relu")'),
)
bank.wrong(
    E,
    "sigmoid on the code",
    says="activation on the code",
    swap=("Dense(code_size)", 'Dense(code_size, activation="sigmoid")'),
)
bank.wrong(
    E,
    "first layer straight",
    says="first convolution does not bend",
    swap=(
        '(16, 3, strides=2, padding="same", activation="gelu")',
        '(16, 3, strides=2, padding="same")',
    ),
)
bank.wrong(
    E,
    "second layer straight",
    says="second convolution does not bend",
    swap=(
        '(32, 3, strides=2, padding="same", activation="gelu")',
        '(32, 3, strides=2, padding="same")',
    ),
)
bank.wrong(E, "no stride", says="strides", swap=("strides=2, ", ""))
bank.wrong(E, "valid padding", says="padding", swap=(', padding="same"', ""))
bank.wrong(E, "kernel 5", says="shapes", swap=("(16, 3,", "(16, 5,"))
bank.wrong(
    E,
    "channels exchanged",
    says="shapes",
    code="""
def build_encoder(code_size):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
            layers.Flatten(),
            layers.Dense(code_size),
        ]
    )
""",
)
bank.wrong(E, "not flattened", says="shape", swap=("layers.Flatten(),", ""))
bank.wrong(
    E,
    "averaged instead of flattened",
    says="flattened",
    swap=("layers.Flatten()", "layers.GlobalAveragePooling2D()"),
)
bank.wrong(E, "code fixed at 32", says="shape", swap=("Dense(code_size)", "Dense(32)"))
bank.wrong(
    E, "no biases", says="parameters", swap=("Dense(code_size)", "Dense(code_size, use_bias=False)")
)
bank.wrong(
    E,
    "batch normalisation",
    says="parameters",
    swap=("layers.Flatten(),", "layers.BatchNormalization(), layers.Flatten(),"),
)
bank.wrong(
    E,
    "one dense layer more",
    says="dense weights",
    swap=("layers.Dense(code_size)", "layers.Dense(64), layers.Dense(code_size)"),
)
bank.wrong(
    E,
    "flat input",
    says="does not take",
    code="""
def build_encoder(code_size):
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
            layers.Flatten(),
            layers.Dense(code_size),
        ]
    )
""",
)
bank.wrong(
    E,
    "padding forgotten in the first convolution",
    says="first padding",
    swap=('(16, 3, strides=2, padding="same",', "(16, 3, strides=2,"),
)
bank.wrong(
    E,
    "strides 4 and 1",
    says="strides are 4 and 1",
    code="""
def build_encoder(code_size):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels, stride in ((16, 4), (32, 1)):
        model.add(layers.Conv2D(channels, 3, stride, padding="same", activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(code_size))
    return model
""",
)
bank.wrong(
    E,
    "pooling instead of strides",
    says="stride 2, nothing else",
    code="""
def build_encoder(code_size):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (16, 32):
        model.add(layers.Conv2D(channels, 3, padding="same", activation="gelu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(code_size))
    return model
""",
)
bank.wrong(
    E,
    "sigmoid in the hidden layers",
    says="levels off",
    swap=('activation="gelu"', 'activation="sigmoid"'),
)
bank.wrong(
    E,
    "tanh in the hidden layers",
    says="levels off",
    swap=('activation="gelu"', 'activation="tanh"'),
)
bank.wrong(E, "no return", says="return", swap=("return keras", "keras"))
bank.wrong(
    E,
    "made once",
    says="new layers",
    code="""
_made = {}


def build_encoder(code_size):
    if code_size not in _made:
        _made[code_size] = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
                layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
                layers.Flatten(),
                layers.Dense(code_size),
            ]
        )
    return _made[code_size]
""",
)
bank.right(
    E,
    "functional, ReLU layers",
    code="""
def build_encoder(code_size):
    pixels = keras.Input(shape=(28, 28, 1))
    h = layers.ReLU()(layers.Conv2D(16, (3, 3), (2, 2), padding="same")(pixels))
    h = layers.ReLU()(layers.Conv2D(32, (3, 3), (2, 2), padding="same")(h))
    h = layers.Reshape((7 * 7 * 32,))(h)
    return keras.Model(pixels, layers.Dense(code_size, activation="linear")(h))
""",
)
bank.right(
    E,
    "subclass, layers made in another order, SiLU",
    code="""
class Encoder(keras.Model):
    def __init__(self, n):
        super().__init__()
        self.code = layers.Dense(n)
        self.b = layers.Conv2D(32, 3, strides=2, padding="same", activation="silu")
        self.a = layers.Conv2D(16, 3, strides=2, padding="same", activation="silu")

    def call(self, x):
        h = self.b(self.a(x))
        return self.code(tf.reshape(h, (-1, 1568)))


def build_encoder(code_size):
    return Encoder(code_size)
""",
)
bank.right(
    E,
    "explicit padding, leaky ReLU, other initialisation",
    code="""
def build_encoder(code_size):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (16, 32):
        model.add(layers.ZeroPadding2D(1))
        model.add(layers.Conv2D(channels, 3, strides=2, kernel_initializer="he_normal"))
        model.add(layers.LeakyReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(code_size))
    return model
""",
)

bank.right(
    E,
    "no Input layer, softplus",
    code="""
def build_encoder(code_size):
    conv = dict(kernel_size=3, strides=2, padding="same", activation="softplus")
    return keras.Sequential(
        [
            layers.Conv2D(16, **conv),
            layers.Conv2D(32, **conv),
            layers.Flatten(),
            layers.Dense(code_size),
        ]
    )
""",
)

# build_decoder
D = "build_decoder"
bank.wrong(D, "no sigmoid", says="no activation", swap=(', activation="sigmoid"', ""))
bank.wrong(D, "ReLU output", says="ReLU", swap=('"sigmoid"', '"relu"'))
bank.wrong(D, "tanh output", says="tanh", swap=('"sigmoid"', '"tanh"'))
bank.wrong(
    D,
    "softmax output",
    says="softmax",
    code="""
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            layers.Dense(7 * 7 * 32, activation="gelu"),
            layers.Reshape((7, 7, 32)),
            layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="gelu"),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
            layers.Lambda(lambda t: keras.ops.exp(t) / keras.ops.exp(t)),
        ]
    )
""",
)
bank.wrong(
    D,
    "sigmoid twice",
    says="twice",
    swap=('activation="sigmoid"),', 'activation="sigmoid"), layers.Activation("sigmoid"),'),
)
bank.wrong(
    D,
    "dense layer straight",
    says="dense layer does not bend",
    swap=('Dense(7 * 7 * 32, activation="gelu")', "Dense(7 * 7 * 32)"),
)
bank.wrong(
    D,
    "transposed convolution straight",
    says="first transposed convolution does not bend",
    swap=(
        '(16, 4, strides=2, padding="same", activation="gelu")',
        '(16, 4, strides=2, padding="same")',
    ),
)
bank.wrong(D, "kernel 3", says="(4, 4, 16, 32)", swap=(", 4, strides", ", 3, strides"))
bank.wrong(D, "no stride", says="shape", swap=("strides=2, ", ""))
bank.wrong(D, "valid padding", says="shape", swap=('padding="same"', 'padding="valid"'))
bank.wrong(D, "three channels", says="shape", swap=("Transpose(1,", "Transpose(3,"))
bank.wrong(D, "16 channels to begin with", says="shapes", swap=("32", "16"))
bank.wrong(
    D,
    "flat pictures",
    says="shape",
    swap=('activation="sigmoid"),', 'activation="sigmoid"), layers.Flatten(),'),
)
bank.wrong(
    D,
    "no biases",
    says="parameters",
    swap=("layers.Dense(7 * 7 * 32,", "layers.Dense(7 * 7 * 32, use_bias=False,"),
)
bank.wrong(
    D,
    "code fixed at 32",
    says="does not take",
    swap=("keras.Input((code_size,))", "keras.Input((32,))"),
)
bank.wrong(
    D,
    "resize and convolve",
    says="transposed convolutions",
    code="""
def build_decoder(code_size):
    return keras.Sequential(
        [
            keras.Input((code_size,)),
            layers.Dense(7 * 7 * 32, activation="gelu"),
            layers.Reshape((7, 7, 32)),
            layers.UpSampling2D(2),
            layers.Conv2D(16, 4, padding="same", activation="gelu"),
            layers.UpSampling2D(2),
            layers.Conv2D(1, 4, padding="same", activation="sigmoid"),
        ]
    )
""",
)
for first, second in ((4, 1), (1, 4)):
    bank.wrong(
        D,
        f"strides {first} and {second}",
        says=f"strides are {first} and {second}",
        code=f"""
def build_decoder(code_size):
    model = keras.Sequential([keras.Input((code_size,))])
    model.add(layers.Dense(1568, activation="relu"))
    model.add(layers.Reshape((7, 7, 32)))
    model.add(layers.Conv2DTranspose(16, 4, {first}, padding="same", activation="relu"))
    model.add(layers.Conv2DTranspose(1, 4, {second}, padding="same", activation="sigmoid"))
    return model
""",
    )
bank.wrong(
    D,
    "resize, then transposed convolutions",
    says="resized first",
    code="""
def build_decoder(code_size):
    model = keras.Sequential([keras.Input((code_size,))])
    model.add(layers.Dense(1568, activation="gelu"))
    model.add(layers.Reshape((7, 7, 32)))
    for channels, activation in ((16, "gelu"), (1, "sigmoid")):
        model.add(layers.UpSampling2D())
        model.add(layers.Conv2DTranspose(channels, 4, padding="same", activation=activation))
    return model
""",
)
bank.wrong(
    D,
    "sigmoid in the hidden layers",
    says="levels off",
    swap=('activation="gelu"', 'activation="sigmoid"'),
)
bank.wrong(
    D,
    "tanh in the dense layer",
    says="dense layer levels off",
    swap=('Dense(7 * 7 * 32, activation="gelu")', 'Dense(7 * 7 * 32, activation="tanh")'),
)
bank.wrong(D, "no return", says="return", swap=("return keras", "keras"))
bank.right(
    D,
    "functional, ReLU",
    code="""
def build_decoder(code_size):
    code = keras.Input(shape=(code_size,))
    h = layers.Dense(1568, activation="relu")(code)
    h = layers.Reshape((7, 7, -1))(h)
    h = layers.ReLU()(layers.Conv2DTranspose(16, (4, 4), (2, 2), "same")(h))
    h = layers.Conv2DTranspose(1, (4, 4), (2, 2), "same")(h)
    return keras.Model(code, layers.Activation("sigmoid")(h))
""",
)
bank.right(
    D,
    "subclass, layers made in another order",
    code="""
class Decoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Conv2DTranspose(1, 4, strides=2, padding="same")
        self.middle = layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="elu")
        self.start = layers.Dense(7 * 7 * 32, activation="elu")

    def call(self, z):
        h = tf.reshape(self.start(z), (-1, 7, 7, 32))
        return tf.sigmoid(self.out(self.middle(h)))


def build_decoder(code_size):
    return Decoder()
""",
)
bank.right(
    D,
    "no Input layer, leaky ReLU",
    code="""
def build_decoder(code_size):
    model = keras.Sequential()
    model.add(layers.Dense(32 * 49))
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((7, 7, 32)))
    for channels in (16, 1):
        model.add(layers.Conv2DTranspose(channels, 4, strides=2, padding="same"))
        model.add(layers.LeakyReLU() if channels > 1 else layers.Activation("sigmoid"))
    return model
""",
)

# shift
M = "shift"
bank.wrong(
    M,
    "np.roll",
    says="came back",
    code="def shift(images, down, right):\n    return np.roll(images, (down, right), axis=(1, 2))\n",
)
bank.wrong(
    M,
    "opposite",
    says="opposite",
    swap=(
        "by - down : by - down + height, by - right : by - right + width",
        "by + down : by + down + height, by + right : by + right + width",
    ),
)
bank.wrong(
    M,
    "exchanged",
    says="exchanged",
    swap=(
        "by - down : by - down + height, by - right : by - right + width",
        "by - right : by - right + height, by - down : by - down + width",
    ),
)
bank.wrong(
    M, "edge repeated", says="edge was repeated", swap=("(by, by)))", '(by, by)), mode="edge")')
)
bank.wrong(
    M,
    "not moved",
    says="not moved",
    swap=(
        "return padded[:, by - down : by - down + height, by - right : by - right + width]",
        "return images",
    ),
)
bank.wrong(
    M,
    "grown",
    says="shape",
    swap=(
        "return padded[:, by - down : by - down + height, by - right : by - right + width]",
        "return padded",
    ),
)
bank.wrong(
    M,
    "positive only",
    says="moved",
    code="""
def shift(images, down, right):
    result = np.zeros_like(images)
    result[:, down:, right:] = images[:, : images.shape[1] - down, : images.shape[2] - right]
    return result
""",
)
bank.answers[-1].says = "could not broadcast"
bank.wrong(
    M,
    "in place",
    says="in place",
    code="""
def shift(images, down, right):
    by = max(abs(down), abs(right))
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (by, by), (by, by)))
    images[:] = padded[:, by - down : by - down + height, by - right : by - right + width]
    return images
""",
)
bank.wrong(
    M,
    "negative shifts ignored",
    says="moved -2",
    swap=("    height, width", "    down, right = max(down, 0), max(right, 0)\n    height, width"),
)
bank.wrong(
    M,
    "margin of 4",
    says="shape",
    code="""
def shift(images, down, right):
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (4, 4), (4, 4)))
    return padded[:, 4 - down : 4 - down + height, 4 - right : 4 - right + width]
""",
)
bank.wrong(
    M,
    "margin of 2",
    says="shape",
    code="""
def shift(images, down, right):
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    return padded[:, 2 - down : 2 - down + height, 2 - right : 2 - right + width]
""",
)
bank.wrong(
    M,
    "blank where nothing moves right",
    says="wrong values",
    code="""
def shift(images, down, right):
    result = np.roll(images, (down, right), axis=(1, 2))
    if down > 0:
        result[:, :down] = 0
    elif down < 0:
        result[:, down:] = 0
    if right > 0:
        result[:, :, :right] = 0
    else:
        result[:, :, right:] = 0
    return result
""",
)
bank.wrong(M, "no return", says="return", swap=("return padded", "padded"))
bank.right(
    M,
    "loop over pixels",
    code="""
def shift(images, down, right):
    result = np.zeros_like(images)
    n, height, width = images.shape
    for r in range(height):
        for c in range(width):
            if 0 <= r + down < height and 0 <= c + right < width:
                result[:, r + down, c + right] = images[:, r, c]
    return result
""",
)
bank.right(
    M,
    "scipy",
    code="""
def shift(images, down, right):
    from scipy import ndimage

    return ndimage.shift(images, (0, down, right), order=0, mode="constant", cval=0.0)
""",
)
bank.right(
    M,
    "matrices",
    code="""
def shift(images, down, right):
    height, width = images.shape[1:]
    return np.eye(height, k=-down) @ images @ np.eye(width, k=right)
""",
)

bank.right(
    M,
    "nested list",
    code="""
def shift(images, down, right):
    n, height, width = images.shape
    blank = [[0.0] * width for _ in range(height)]
    result = [[row[:] for row in blank] for _ in range(n)]
    for k in range(n):
        for r in range(max(down, 0), min(height, height + down)):
            for c in range(max(right, 0), min(width, width + right)):
                result[k][r][c] = float(images[k, r - down, c - right])
    return result
""",
)
bank.right(
    M,
    "Keras tensor",
    code="""
def shift(images, down, right):
    height, width = images.shape[1:]
    by = abs(down) + abs(right)
    padded = keras.ops.pad(images, ((0, 0), (by, by), (by, by)))
    return padded[:, by - down : by - down + height, by - right : by - right + width]
""",
)

# checkerboard_share
C = "checkerboard_share"
bank.wrong(
    C,
    "averaged first",
    says="averaged first",
    swap=("    n, height", "    images = images.mean(axis=0, keepdims=True)\n    n, height"),
)
bank.wrong(C, "standard deviations", says="standard deviations", swap=(".var(", ".std("))
bank.wrong(
    C,
    "ratios averaged",
    says="ratios were averaged",
    code="""
def checkerboard_share(images, stride):
    n, height, width = images.shape
    if not images.var():
        return 0.0
    cells = images.reshape(n, height // stride, stride, width // stride, stride)
    explained = cells.mean(axis=(1, 3)).reshape(n, -1).var(axis=1)
    return float(np.mean(explained / images.reshape(n, -1).var(axis=1)))
""",
)
bank.wrong(C, "not divided", says="not yet divided", swap=("explained / total", "explained"))
bank.wrong(
    C, "root", says="root of the share", swap=("explained / total", "(explained / total) ** 0.5")
)
bank.wrong(C, "one minus", says="one minus", swap=("explained / total", "1 - explained / total"))
bank.wrong(
    C,
    "mean square below",
    says="mean square",
    swap=(
        "total = images.reshape(n, -1).var(axis=1).sum()",
        "total = (images**2).mean(axis=(1, 2)).sum()",
    ),
)
bank.wrong(
    C,
    "all pixels' variance",
    says="all pixels of all",
    swap=("total = images.reshape(n, -1).var(axis=1).sum()", "total = n * images.var()"),
)
bank.wrong(
    C,
    "blocks",
    says="large blocks",
    swap=(
        "height // stride, stride, width // stride, stride",
        "stride, height // stride, stride, width // stride",
    ),
)
bank.answers[-1].swap = None
bank.answers[-1].code = """
def checkerboard_share(images, stride):
    n, height, width = images.shape
    cells = images.reshape(n, stride, height // stride, stride, width // stride)
    explained = cells.mean(axis=(2, 4)).reshape(n, -1).var(axis=1).sum()
    total = images.reshape(n, -1).var(axis=1).sum()
    return float(explained / total) if total > 0 else 0.0
"""
bank.wrong(
    C,
    "stride fixed at 2",
    says="stride 3",
    code="""
def checkerboard_share(images, stride):
    means = np.stack([images[:, a::2, b::2].mean(axis=(1, 2)) for a in (0, 1) for b in (0, 1)], 1)
    total = images.var(axis=(1, 2)).sum()
    return float(means.var(axis=1).sum() / total) if total > 0 else 0.0
""",
)
bank.wrong(
    C,
    "flat pictures divide by zero",
    says="NaN",
    code="""
def checkerboard_share(images, stride):
    places = range(stride)
    means = [images[:, a::stride, b::stride].mean(axis=(1, 2)) for a in places for b in places]
    with np.errstate(invalid="ignore"):
        return np.var(means, axis=0).sum() / images.var(axis=(1, 2)).sum()
""",
)
bank.wrong(
    C,
    "cells of 2, whatever the stride",
    says="stride 3",
    code="""
def checkerboard_share(images, stride):
    means = [
        images[:, a::stride, b::stride].mean(axis=(1, 2)) for a in range(2) for b in range(2)
    ]
    total = images.var(axis=(1, 2)).sum()
    return float(np.var(means, axis=0).sum() / total) if total > 0 else 0.0
""",
)
bank.wrong(
    C,
    "mean of each cell",
    says="each cell was averaged",
    swap=("cells.mean(axis=(1, 3))", "cells.mean(axis=(2, 4))"),
)
bank.wrong(
    C,
    "n - 1 below the means",
    says="n - 1",
    swap=(
        "reshape(n, -1).var(axis=1).sum()\n    total",
        "reshape(n, -1).var(axis=1, ddof=1).sum()\n    total",
    ),
)
bank.wrong(C, "n - 1 below both", says="n - 1", swap=(".var(axis=1)", ".var(axis=1, ddof=1)"))
bank.wrong(
    C,
    "in place",
    says="in place",
    swap=("    cells =", "    images -= images.mean(axis=(1, 2), keepdims=True)\n    cells ="),
)
bank.wrong(C, "no return", says="return", swap=("return float", "float"))
bank.right(
    C,
    "slices",
    code="""
def checkerboard_share(images, stride):
    means = [
        images[:, a::stride, b::stride].mean(axis=(1, 2))
        for a in range(stride)
        for b in range(stride)
    ]
    total = np.sum(images.var(axis=(1, 2)))
    return 0 if total == 0 else np.sum(np.var(means, axis=0)) / total
""",
)
bank.right(
    C,
    "analysis of variance, loops",
    code="""
def checkerboard_share(images, stride):
    top = bottom = 0.0
    for image in images:
        fitted = np.empty_like(image)
        for a in range(stride):
            for b in range(stride):
                fitted[a::stride, b::stride] = image[a::stride, b::stride].mean()
        top += ((fitted - image.mean()) ** 2).mean()
        bottom += ((image - image.mean()) ** 2).mean()
    return top / bottom if bottom else 0.0
""",
)
