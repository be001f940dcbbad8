"""Answers to the exercises of lesson 14, right and wrong."""

from tests.bank import Bank

bank = Bank()

# convolve
V = "convolve"


def loops(inner, before="", after="return result"):
    """The usual loops with another line in the middle."""
    return f"""
def convolve(image, kernel, stride):
    k = len(kernel)
    rows = (image.shape[0] - k) // stride + 1
    columns = (image.shape[1] - k) // stride + 1
    result = np.zeros((rows, columns))
    {before or "pass"}
    for r in range(rows):
        for c in range(columns):
            square = image[stride * r : stride * r + k, stride * c : stride * c + k]
            result[r, c] = {inner}
    {after}
"""


bank.wrong(V, "flipped", says="flipped", swap=("kernel * square", "kernel[::-1, ::-1] * square"))
bank.wrong(
    V, "kernel turned", says="kernel are exchanged", swap=("kernel * square", "kernel.T * square")
)
bank.wrong(V, "mean", says="mean of the products", swap=("np.sum", "np.mean"))
bank.wrong(V, "kernel forgotten", says="pixels alone", swap=("kernel * square", "square"))
bank.wrong(V, "matrix product", says="matrix product", swap=("kernel * square", "kernel @ square"))
bank.wrong(
    V,
    "matrix product, other order",
    says="matrix product",
    swap=("kernel * square", "square @ kernel"),
)
bank.wrong(
    V, "one too few", says="one row and one column too few", swap=("// stride + 1", "// stride")
)
bank.wrong(V, "steps of one pixel", says="one pixel apart", swap=("stride * r, stride * c", "r, c"))
bank.wrong(
    V,
    "stride ignored",
    says="stride is not taken",
    code="""
def convolve(image, kernel, stride):
    from scipy.signal import correlate2d

    return correlate2d(image, kernel, mode="valid")
""",
)
bank.wrong(
    V,
    "mathematicians' convolution",
    says="flipped",
    code="""
def convolve(image, kernel, stride):
    from scipy.signal import convolve2d

    return convolve2d(image, kernel, mode="valid")[::stride, ::stride]
""",
)
bank.wrong(
    V,
    "same size",
    says="margin of zeros",
    code="""
def convolve(image, kernel, stride):
    from scipy.ndimage import correlate

    return correlate(image, kernel, mode="constant")[::stride, ::stride]
""",
)
bank.wrong(
    V, "kernel of 3 taken for granted", says="kernel of 2", swap=("size = len(kernel)", "size = 3")
)
bank.answers[-1].says = "could not be broadcast"
bank.wrong(
    V,
    "square pictures only",
    says="need not be square",
    swap=("(image.shape[1] - size)", "(image.shape[0] - size)"),
)
bank.wrong(
    V,
    "28 pixels taken for granted",
    says="stops with",
    code="""
def convolve(image, kernel, stride):
    size = len(kernel)
    n = (28 - size) // stride + 1
    result = np.zeros((n, n))
    for r in range(n):
        for c in range(n):
            top, left = stride * r, stride * c
            result[r, c] = np.sum(kernel * image[top : top + size, left : left + size])
    return result
""",
)
bank.wrong(
    V,
    "rows and columns of the result",
    says="result are exchanged",
    swap=("return result", "return result.T"),
)
bank.wrong(
    V, "r and c exchanged", says="", swap=("stride * r, stride * c", "stride * c, stride * r")
)
bank.answers[-1].says = "broadcast"
bank.wrong(
    V, "always the first square", says="upper left square", swap=("stride * r, stride * c", "0, 0")
)
bank.wrong(
    V,
    "whole numbers",
    says="whole numbers",
    swap=("np.zeros((rows, columns))", "np.zeros((rows, columns), image.dtype)"),
)
bank.wrong(V, "one number", says="shape", swap=("result[r, c] =", "result ="))
bank.wrong(
    V, "in place", says="in place", swap=("    rows =", "    image -= image.mean()\n    rows =")
)
bank.wrong(V, "no return", says="return", swap=("return result", "result"))
bank.wrong(V, "squares beyond the edge", says="", swap=("- size) // stride + 1", ") // stride"))
bank.answers[-1].says = "broadcast"
bank.wrong(
    V,
    "flipped, and the mean",
    says="flipped (mathematicians do so); the formula does not; and this is the mean",
    code=loops("(kernel[::-1, ::-1] * square).mean()"),
)
bank.wrong(
    V,
    "sum of absolute values",
    says="got [[5]], expected [[-5]]",
    code=loops("np.abs(kernel * square).sum()"),
)
bank.wrong(
    V,
    "absolute value",
    says="got [[5]], expected [[-5]]",
    code=loops("abs((kernel * square).sum())"),
)
bank.wrong(V, "ReLU in it", says="no activation", code=loops("max(0, (kernel * square).sum())"))
bank.wrong(V, "rows summed only", says="", code=loops("(kernel * square).sum(axis=0)"))
bank.answers[-1].says = "stops with"
bank.wrong(
    V,
    "the square begins one off",
    says="got [[5, 1], [2, 4]], expected [[1, 2], [4, 5]]",
    code=loops("0", after="return np.roll(result, 1)").replace(
        "= 0\n", "= np.sum(kernel * square)\n"
    ),
)
bank.wrong(V, "NaN", says="NaN", code=loops("(kernel * square).sum() / 0 * 0"))
bank.right(
    V,
    "SciPy's correlation",
    code="""
def convolve(image, kernel, stride):
    from scipy.signal import correlate2d

    return correlate2d(image, kernel, mode="valid")[::stride, ::stride]
""",
)
bank.right(
    V,
    "sliding windows",
    code="""
def convolve(image, kernel, stride):
    squares = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("rcij,ij->rc", squares[::stride, ::stride], kernel)
""",
)
bank.right(
    V,
    "Keras, float32",
    code="""
def convolve(image, kernel, stride):
    x = image[None, :, :, None].astype("float32")
    w = kernel[:, :, None, None].astype("float32")
    return keras.ops.conv(x, w, stride, "valid")[0, :, :, 0]
""",
)
bank.right(
    V,
    "nested lists, dot products",
    code="""
def convolve(image, kernel, stride):
    k = kernel.shape[0]
    height, width = image.shape
    return [
        [image[r : r + k, c : c + k].ravel() @ kernel.ravel() for c in range(0, width - k + 1, stride)]
        for r in range(0, height - k + 1, stride)
    ]
""",
)
bank.right(
    V,
    "sum of moved images",
    code="""
def convolve(image, kernel, stride):
    k = len(kernel)
    rows, columns = image.shape[0] - k + 1, image.shape[1] - k + 1
    total = 0
    for i in range(k):
        for j in range(k):
            total = total + kernel[i, j] * image[i : i + rows, j : j + columns]
    return total[::stride, ::stride]
""",
)

bank.wrong(
    V,
    "the places counted before the stride",
    says="the shape is",
    swap=("- size) // stride + 1", "- size + 1) // stride"),
)
bank.wrong(
    V,
    "the last product only",
    says="add all of them",
    code="""
def convolve(image, kernel, stride):
    size = len(kernel)
    rows, columns = ((n - size) // stride + 1 for n in image.shape)
    result = np.zeros((rows, columns))
    for r, c in np.ndindex(rows, columns):
        for i, j in np.ndindex(size, size):
            result[r, c] = kernel[i, j] * image[stride * r + i, stride * c + j]
    return result
""",
)

# build_encoder
E = "build_encoder"
bank.wrong(
    E,
    "ReLU on the code",
    says="activation on the code",
    swap=("Dense(latent_dim)", 'Dense(latent_dim, activation="relu")'),
)
bank.wrong(
    E,
    "sigmoid on the code",
    says="activation on the code",
    swap=("Dense(latent_dim)", 'Dense(latent_dim, activation="sigmoid")'),
)
bank.wrong(
    E,
    "first layer straight",
    says="first convolution is linear",
    swap=(
        '(16, 3, strides=2, padding="same", activation="gelu")',
        '(16, 3, strides=2, padding="same")',
    ),
)
bank.wrong(
    E,
    "second layer straight",
    says="second convolution is linear",
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
def build_encoder(latent_dim):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
            layers.Flatten(),
            layers.Dense(latent_dim),
        ]
    )
""",
)
bank.wrong(E, "not flattened", says="shape", swap=("model.add(layers.Flatten())", "pass"))
bank.wrong(
    E,
    "averaged instead of flattened",
    says="flattened",
    swap=("layers.Flatten()", "layers.GlobalAveragePooling2D()"),
)
bank.wrong(E, "code fixed at 32", says="shape", swap=("Dense(latent_dim)", "Dense(32)"))
bank.wrong(
    E,
    "no biases",
    says="parameters",
    swap=("Dense(latent_dim)", "Dense(latent_dim, use_bias=False)"),
)
bank.wrong(
    E,
    "batch normalisation",
    says="parameters",
    swap=(
        "    model.add(layers.Flatten())",
        "    model.add(layers.BatchNormalization())\n    model.add(layers.Flatten())",
    ),
)
bank.wrong(
    E,
    "one dense layer more",
    says="kernels of the dense layers",
    swap=(
        "    model.add(layers.Dense(l",
        "    model.add(layers.Dense(64))\n    model.add(layers.Dense(l",
    ),
)
bank.wrong(
    E,
    "flat input",
    says="does not take",
    code="""
def build_encoder(latent_dim):
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
            layers.Flatten(),
            layers.Dense(latent_dim),
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
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels, stride in ((16, 4), (32, 1)):
        model.add(layers.Conv2D(channels, 3, stride, padding="same", activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model
""",
)
bank.wrong(
    E,
    "pooling instead of strides",
    says="stride 2, nothing else",
    code="""
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (16, 32):
        model.add(layers.Conv2D(channels, 3, padding="same", activation="gelu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
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
bank.wrong(E, "no return", says="return", swap=("return model", "model"))
bank.wrong(
    E,
    "made once",
    says="new layers",
    code="""
_made = {}


def build_encoder(latent_dim):
    if latent_dim not in _made:
        _made[latent_dim] = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
                layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
                layers.Flatten(),
                layers.Dense(latent_dim),
            ]
        )
    return _made[latent_dim]
""",
)
bank.right(
    E,
    "functional, ReLU layers",
    code="""
def build_encoder(latent_dim):
    pixels = keras.Input(shape=(28, 28, 1))
    h = layers.ReLU()(layers.Conv2D(16, (3, 3), (2, 2), padding="same")(pixels))
    h = layers.ReLU()(layers.Conv2D(32, (3, 3), (2, 2), padding="same")(h))
    h = layers.Reshape((7 * 7 * 32,))(h)
    return keras.Model(pixels, layers.Dense(latent_dim, activation="linear")(h))
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
        return self.code(keras.ops.reshape(h, (-1, 1568)))


def build_encoder(latent_dim):
    return Encoder(latent_dim)
""",
)
bank.right(
    E,
    "explicit padding, leaky ReLU, other initialisation",
    code="""
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (16, 32):
        model.add(layers.ZeroPadding2D(1))
        model.add(layers.Conv2D(channels, 3, strides=2, kernel_initializer="he_normal"))
        model.add(layers.LeakyReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model
""",
)

bank.right(
    E,
    "no Input layer, softplus",
    code="""
def build_encoder(latent_dim):
    conv = dict(kernel_size=3, strides=2, padding="same", activation="softplus")
    return keras.Sequential(
        [
            layers.Conv2D(16, **conv),
            layers.Conv2D(32, **conv),
            layers.Flatten(),
            layers.Dense(latent_dim),
        ]
    )
""",
)
bank.wrong(
    E,
    "dropout",
    says="dropout",
    swap=(
        "    model.add(layers.Flatten())",
        "    model.add(layers.Dropout(0.2))\n    model.add(layers.Flatten())",
    ),
)
bank.wrong(
    E,
    "noise",
    says="noise",
    swap=(
        "    model.add(layers.Flatten())",
        "    model.add(layers.GaussianNoise(0.1))\n    model.add(layers.Flatten())",
    ),
)
bank.wrong(
    E,
    "code of length 1",
    says="activation on the code",
    swap=("    return model", "    model.add(layers.UnitNormalization())\n    return model"),
)
bank.wrong(
    E,
    "pixels divided by 255",
    says="nothing else",
    swap=("[keras.Input((28, 28, 1))]", "[keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)]"),
)
bank.wrong(
    E,
    "pixels from -1 to 1",
    says="nothing else",
    swap=("[keras.Input((28, 28, 1))]", "[keras.Input((28, 28, 1)), layers.Rescaling(2, -1)]"),
)
bank.wrong(
    E,
    "averaged pooling instead of strides",
    says="nothing else",
    code="""
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (16, 32):
        model.add(layers.Conv2D(channels, 3, padding="same", activation="relu"))
        model.add(layers.AveragePooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model
""",
)
bank.wrong(
    E,
    "batches of one only",
    says="",
    code="""
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    model.add(layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"))
    model.add(layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"))
    model.add(layers.Lambda(lambda h: keras.ops.reshape(h, (1, 1568))))
    model.add(layers.Dense(latent_dim))
    return model
""",
)
bank.answers[-1].says = "reshape"
bank.wrong(
    E,
    "the layers, not a model",
    says="Keras model",
    code="""
def build_encoder(latent_dim):
    return [
        layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"),
        layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"),
        layers.Flatten(),
        layers.Dense(latent_dim),
    ]
""",
)
bank.wrong(
    E,
    "frozen",
    says="frozen",
    swap=("    return model", "    model.layers[0].trainable = False\n    return model"),
)
bank.wrong(
    E,
    "random seed fixed",
    says="random seed",
    swap=("    model = keras", "    keras.utils.set_random_seed(0)\n    model = keras"),
)
bank.wrong(E, "28 by 28 without a channel", says="min_ndim", swap=("(28, 28, 1)", "(28, 28)"))
bank.wrong(
    E,
    "name that does not exist",
    says="has no attribute 'Conv2d'",
    swap=("layers.Conv2D(16", "layers.Conv2d(16"),
)
bank.wrong(
    E,
    "averaged over neighbours",
    says="nothing else",
    swap=(
        "    model.add(layers.Flatten())",
        '    model.add(layers.AveragePooling2D(3, 1, "same"))\n    model.add(layers.Flatten())',
    ),
)
bank.wrong(
    E,
    "largest of the neighbours",
    says="nothing else",
    swap=(
        "    model.add(layers.Flatten())",
        '    model.add(layers.MaxPooling2D(3, 1, "same"))\n    model.add(layers.Flatten())',
    ),
)
bank.wrong(
    E,
    "strides across",
    says="nothing else",
    code="""
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels, strides in ((16, (4, 1)), (32, (1, 4))):
        model.add(layers.Conv2D(channels, 3, strides, padding="same", activation="gelu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model
""",
)
bank.right(
    E,
    "one list",
    code="""
def build_encoder(latent_dim):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, kernel_size=3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(32, kernel_size=3, strides=(2, 2), padding="SAME", activation="relu"),
            layers.Flatten(),
            layers.Dense(latent_dim, name="code"),
        ]
    )
""",
)
bank.right(
    E,
    "models within a model, ELU",
    code="""
def build_encoder(latent_dim):
    def block(channels):
        conv = layers.Conv2D(channels, 3, 2, "same", kernel_initializer="he_normal")
        return keras.Sequential([conv, layers.Activation("elu")])

    pixels = keras.Input((28, 28, 1), name="pixels")
    h = layers.Flatten()(block(32)(block(16)(pixels)))
    return keras.Model(pixels, layers.Dense(latent_dim)(h))
""",
)

# build_decoder
D = "build_decoder"
bank.wrong(D, "no sigmoid", says="no activation", swap=('(1, "sigmoid")', "(1, None)"))
bank.wrong(D, "ReLU output", says="ReLU", swap=('"sigmoid"', '"relu"'))
bank.wrong(D, "tanh output", says="tanh", swap=('"sigmoid"', '"tanh"'))
bank.wrong(
    D,
    "softmax output",
    says="softmax",
    code="""
def build_decoder(latent_dim, kernel):
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(7 * 7 * 32, activation="gelu"),
            layers.Reshape((7, 7, 32)),
            layers.Conv2DTranspose(16, kernel, strides=2, padding="same", activation="gelu"),
            layers.Conv2DTranspose(1, kernel, strides=2, padding="same"),
            layers.Lambda(lambda t: keras.ops.exp(t) / keras.ops.exp(t)),
        ]
    )
""",
)
bank.wrong(
    D,
    "sigmoid twice",
    says="twice",
    swap=("    return model", '    model.add(layers.Activation("sigmoid"))\n    return model'),
)
bank.wrong(
    D,
    "dense layer straight",
    says="dense layer is linear",
    swap=('Dense(7 * 7 * 32, activation="gelu")', "Dense(7 * 7 * 32)"),
)
bank.wrong(
    D,
    "transposed convolution straight",
    says="first transposed convolution is linear",
    swap=('(16, "gelu")', "(16, None)"),
)
bank.wrong(
    D, "kernel always 4", says="argument kernel is 5", swap=("channels, kernel", "channels, 4")
)
bank.wrong(
    D, "kernel always 3", says="argument kernel is 5", swap=("channels, kernel", "channels, 3")
)
bank.wrong(
    D,
    "kernel for the first layer only",
    says="argument kernel is 5",
    swap=("channels, kernel", "channels, kernel if channels > 1 else 4"),
)
bank.wrong(
    D,
    "arguments exchanged",
    says="does not take",
    swap=(
        "def build_decoder(latent_dim: int, kernel: int)",
        "def build_decoder(kernel: int, latent_dim: int)",
    ),
)
bank.wrong(D, "no stride", says="shape", swap=("strides=2, ", ""))
bank.wrong(D, "valid padding", says="shape", swap=('padding="same"', 'padding="valid"'))
bank.wrong(D, "three channels", says="shape", swap=('(1, "sigmoid")', '(3, "sigmoid")'))
bank.wrong(D, "16 channels to begin with", says="shapes", swap=("32", "16"))
bank.wrong(
    D,
    "flat pictures",
    says="shape",
    swap=("    return model", "    model.add(layers.Flatten())\n    return model"),
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
    swap=("keras.Input((latent_dim,))", "keras.Input((32,))"),
)
bank.wrong(
    D,
    "resize and convolve",
    says="transposed convolutions",
    code="""
def build_decoder(latent_dim, kernel):
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(7 * 7 * 32, activation="gelu"),
            layers.Reshape((7, 7, 32)),
            layers.UpSampling2D(2),
            layers.Conv2D(16, kernel, padding="same", activation="gelu"),
            layers.UpSampling2D(2),
            layers.Conv2D(1, kernel, padding="same", activation="sigmoid"),
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
def build_decoder(latent_dim, kernel):
    model = keras.Sequential([keras.Input((latent_dim,))])
    model.add(layers.Dense(1568, activation="relu"))
    model.add(layers.Reshape((7, 7, 32)))
    model.add(layers.Conv2DTranspose(16, kernel, {first}, padding="same", activation="relu"))
    model.add(layers.Conv2DTranspose(1, kernel, {second}, padding="same", activation="sigmoid"))
    return model
""",
    )
bank.wrong(
    D,
    "resize, then transposed convolutions",
    says="resized first",
    code="""
def build_decoder(latent_dim, kernel):
    model = keras.Sequential([keras.Input((latent_dim,))])
    model.add(layers.Dense(1568, activation="gelu"))
    model.add(layers.Reshape((7, 7, 32)))
    for channels, activation in ((16, "gelu"), (1, "sigmoid")):
        model.add(layers.UpSampling2D())
        model.add(layers.Conv2DTranspose(channels, kernel, padding="same", activation=activation))
    return model
""",
)
bank.wrong(
    D,
    "sigmoid in the hidden layers",
    says="levels off",
    swap=('"gelu"', '"sigmoid"'),
)
bank.wrong(
    D,
    "tanh in the dense layer",
    says="dense layer levels off",
    swap=('Dense(7 * 7 * 32, activation="gelu")', 'Dense(7 * 7 * 32, activation="tanh")'),
)
bank.wrong(D, "no return", says="return", swap=("return model", "model"))
bank.right(
    D,
    "functional, ReLU",
    code="""
def build_decoder(latent_dim, kernel):
    code = keras.Input(shape=(latent_dim,))
    h = layers.Dense(1568, activation="relu")(code)
    h = layers.Reshape((7, 7, -1))(h)
    h = layers.ReLU()(layers.Conv2DTranspose(16, kernel, (2, 2), "same")(h))
    h = layers.Conv2DTranspose(1, kernel, (2, 2), "same")(h)
    return keras.Model(code, layers.Activation("sigmoid")(h))
""",
)
bank.right(
    D,
    "subclass, layers made in another order",
    code="""
class Decoder(keras.Model):
    def __init__(self, kernel):
        super().__init__()
        self.out = layers.Conv2DTranspose(1, kernel, strides=2, padding="same")
        self.middle = layers.Conv2DTranspose(16, kernel, strides=2, padding="same", activation="elu")
        self.start = layers.Dense(7 * 7 * 32, activation="elu")

    def call(self, z):
        h = keras.ops.reshape(self.start(z), (-1, 7, 7, 32))
        return keras.ops.sigmoid(self.out(self.middle(h)))


def build_decoder(latent_dim, kernel):
    return Decoder(kernel)
""",
)
bank.right(
    D,
    "no Input layer, leaky ReLU",
    code="""
def build_decoder(latent_dim, kernel):
    model = keras.Sequential()
    model.add(layers.Dense(32 * 49))
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((7, 7, 32)))
    for channels in (16, 1):
        model.add(layers.Conv2DTranspose(channels, kernel, strides=2, padding="same"))
        model.add(layers.LeakyReLU() if channels > 1 else layers.Activation("sigmoid"))
    return model
""",
)
bank.wrong(
    D,
    "dropout",
    says="dropout",
    swap=(
        "    model.add(layers.Reshape",
        "    model.add(layers.Dropout(0.2))\n    model.add(layers.Reshape",
    ),
)
bank.wrong(
    D,
    "batch normalisation",
    says="parameters",
    swap=(
        "    model.add(layers.Reshape",
        "    model.add(layers.BatchNormalization())\n    model.add(layers.Reshape",
    ),
)
bank.wrong(D, "cropped instead of padded", says="shape", swap=('padding="same"', 'padding="valid"'))
bank.wrong(
    D,
    "pixels up to 255",
    says="known sums",
    swap=("    return model", "    model.add(layers.Rescaling(255))\n    return model"),
)
bank.wrong(
    D,
    "channels in the other order",
    says="kernels of the convolutions",
    swap=('(16, "gelu"), (1,', '(1, "gelu"), (16,'),
)
bank.answers[-1].says = "shape"
bank.wrong(
    D,
    "random seed fixed",
    says="random seed",
    swap=("    model = keras", "    keras.utils.set_random_seed(0)\n    model = keras"),
)
bank.wrong(
    D,
    "not reshaped",
    says="stops with",
    swap=("    model.add(layers.Reshape((7, 7, 32)))", "    pass"),
)
bank.wrong(
    D,
    "14 by 14 to begin with",
    says="does not fit",
    swap=("Reshape((7, 7, 32))", "Reshape((14, 14, 32))"),
)
bank.answers[-1].says = "shape"
bank.wrong(
    D,
    "averaged over neighbours",
    says="nothing else",
    swap=(
        "    for channels",
        '    model.add(layers.AveragePooling2D(3, 1, "same"))\n    for channels',
    ),
)
bank.wrong(
    D,
    "upside down",
    says="nothing else",
    swap=(
        "    return model",
        "    model.add(layers.Lambda(lambda h: h[:, ::-1]))\n    return model",
    ),
)
bank.wrong(
    D,
    "padded by hand, one pixel off",
    says="nothing else",
    code="""
def build_decoder(latent_dim, kernel):
    model = keras.Sequential([keras.Input((latent_dim,))])
    model.add(layers.Dense(7 * 7 * 32, activation="gelu"))
    model.add(layers.Reshape((7, 7, 32)))
    for channels, activation in ((16, "gelu"), (1, "sigmoid")):
        model.add(layers.Conv2DTranspose(channels, kernel, strides=2, padding="same", activation=activation))
        model.add(layers.Lambda(lambda h: keras.ops.roll(h, 1, axis=1)))
    return model
""",
)
bank.right(
    D,
    "channels first, then permuted",
    code="""
def build_decoder(latent_dim, kernel):
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(7 * 7 * 32, activation="gelu"),
            layers.Reshape((32, 7, 7)),
            layers.Permute((2, 3, 1)),
            layers.Conv2DTranspose(16, kernel, strides=2, padding="same", activation="gelu"),
            layers.Conv2DTranspose(1, kernel, strides=2, padding="same", activation="sigmoid"),
        ]
    )
""",
)
bank.right(
    D,
    "one list",
    code="""
def build_decoder(latent_dim, kernel):
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(7 * 7 * 32, activation="gelu"),
            layers.Reshape((7, 7, 32)),
            layers.Conv2DTranspose(16, kernel, strides=2, padding="same", activation="gelu"),
            layers.Conv2DTranspose(1, kernel, strides=2, padding="same", activation="sigmoid"),
        ]
    )
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
    says="become paper",
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

bank.wrong(
    M,
    "opposite, and down for right",
    says="opposite way; and down and right",
    code="""
def shift(images, down, right):
    height, width = images.shape[1:]
    by = max(abs(down), abs(right))
    padded = np.pad(images, ((0, 0), (by, by), (by, by)))
    return padded[:, by + right : by + right + height, by + down : by + down + width]
""",
)
bank.wrong(
    M,
    "28 pixels",
    says="beyond the end",
    code="""
def shift(images, down, right):
    result = np.zeros((len(images), 28, 28))
    for r in range(28):
        for c in range(28):
            if 0 <= r - down < 28 and 0 <= c - right < 28:
                result[:, r, c] = images[:, r - down, c - right]
    return result
""",
)
bank.wrong(
    M, "padded by NaN", says="NaN", swap=("(by, by)))", "(by, by)), constant_values=np.nan)")
)
bank.wrong(
    M,
    "padded by one",
    says="got [[[1, 1, 1], [1, 2, 3], [4, 5, 6]]], expected [[[0, 0, 0], [1, 2, 3], [4, 5, 6]]]",
    swap=("(by, by)))", "(by, by)), constant_values=1)"),
)
bank.wrong(M, "batch padded, too", says="shape", swap=("((0, 0), (by, by), (by, by))", "by"))
bank.wrong(
    M,
    "right ignored",
    says="down only",
    swap=("by - right : by - right + width", "by : by + width"),
)
bank.wrong(
    M,
    "down ignored",
    says="right only",
    swap=("by - down : by - down + height", "by : by + height"),
)
bank.wrong(
    M,
    "size of the move only",
    says="negative shifts moved the other way",
    swap=("    height, width", "    down, right = abs(down), abs(right)\n    height, width"),
)
bank.wrong(
    M,
    "a slice from -0",
    says="wrong values",
    code="""
def shift(images, down, right):
    result = np.zeros_like(images)
    d, r = abs(down), abs(right)
    if down >= 0 and right >= 0:
        result[:, d:, r:] = images[:, : images.shape[1] - d, : images.shape[2] - r]
    elif down < 0 and right < 0:
        result[:, :-d, :-r] = images[:, d:, r:]
    elif down < 0:
        result[:, :-d, r:] = images[:, d:, : images.shape[2] - r]
    else:
        result[:, d:, :-r] = images[:, :-d, r:]
    return result
""",
)
bank.answers[-1].says = "stops with"
bank.wrong(
    M,
    "negative shifts left out",
    says="negative shifts are not done",
    code="""
def shift(images, down, right):
    down, right = max(down, 0), max(right, 0)
    height, width = images.shape[1:]
    moved = np.zeros_like(images)
    moved[:, down:, right:] = images[:, : max(height - down, 0), : max(width - right, 0)]
    return moved
""",
)
bank.wrong(
    M,
    "rolled over the pictures",
    says="axis 0 counts the pictures",
    code="""
def shift(images, down, right):
    return np.roll(images, (down, right), axis=(0, 1))
""",
)

# shift_test
T = "shift_test"


def tested(
    inner,
    moves="[(distance, 0), (-distance, 0), (0, distance), (0, -distance)]",
    after="return np.mean(errors)",
):
    """The usual loop with another line in the middle."""
    return f"""
def shift_test(copy, images, distance):
    errors = []
    for down, right in {moves}:
        moved = shift(images, down, right)
        errors.append({inner})
    {after}
"""


SQUARES = "np.mean((copy(moved) - moved) ** 2)"
bank.wrong(
    T,
    "compared with the images that stand still",
    says="images before the move",
    swap=("- moved)", "- images)"),
)
bank.wrong(T, "copied before the move", says="copied before", swap=("copy(moved)", "copy(images)"))
bank.wrong(
    T,
    "copies moved, compared with copies",
    says="moved copies",
    swap=("- moved)", "- shift(copy(images), down, right))"),
)
bank.wrong(
    T, "absolute differences", says="absolute", code=tested("np.mean(np.abs(copy(moved) - moved))")
)
bank.wrong(
    T,
    "root",
    says="root",
    swap=("return float(np.mean(errors))", "return float(np.mean(errors) ** 0.5)"),
)
bank.wrong(
    T, "summed over the pixels", says="added up", code=tested("np.sum((copy(moved) - moved) ** 2)")
)
bank.wrong(
    T, "summed over the moves", says="sum over the four", swap=("float(np.mean", "float(np.sum")
)
bank.wrong(
    T,
    "down and right only",
    says="2 moved down by 2; 2 moved right by 2; expected",
    code=tested(SQUARES, "[(distance, 0), (0, distance)]"),
)
bank.wrong(
    T,
    "down and up only",
    says="2 moved down by 2; 2 moved up by 2; expected",
    code=tested(SQUARES, "[(distance, 0), (-distance, 0)]"),
)
bank.wrong(
    T,
    "right and left only",
    says="2 moved right by 2; 2 moved left by 2; expected",
    code=tested(SQUARES, "[(0, distance), (0, -distance)]"),
)
bank.wrong(T, "down only", says="move down alone", code=tested(SQUARES, "[(distance, 0)]"))
bank.wrong(T, "right only", says="move right alone", code=tested(SQUARES, "[(0, distance)]"))
bank.wrong(
    T,
    "diagonals",
    says="diagonal",
    code=tested(SQUARES, "[(a, b) for a in (-distance, distance) for b in (-distance, distance)]"),
)
bank.wrong(T, "one diagonal", says="one diagonal", code=tested(SQUARES, "[(distance, distance)]"))
bank.wrong(T, "not moved", says="not moved", code=tested("np.mean((copy(images) - images) ** 2)"))
bank.wrong(
    T,
    "roll",
    says="came back",
    code=tested(SQUARES).replace(
        "shift(images, down, right)", "np.roll(images, (down, right), axis=(1, 2))"
    ),
)
bank.wrong(
    T,
    "roll over all images",
    says="",
    code=tested(SQUARES).replace("shift(images, down, right)", "np.roll(images, down)"),
)
bank.answers[-1].says = "4 changed otherwise; 4 unmoved"
bank.wrong(
    T, "only the last move", says="move left alone", code=tested(SQUARES, after="return errors[-1]")
)
bank.wrong(
    T, "always three pixels", says="distance 2", swap=("moves =", "distance = 3\n    moves =")
)
bank.wrong(
    T,
    "one pixel whatever the distance",
    says="distance 2",
    swap=("moves =", "distance = 1\n    moves ="),
)
bank.wrong(
    T, "all errors", says="one number", swap=("return float(np.mean(errors))", "return errors")
)
bank.wrong(
    T,
    "one error for each image",
    says="one number",
    code=tested(
        "np.mean((copy(moved) - moved) ** 2, axis=(1, 2))", after="return np.mean(errors, axis=0)"
    ),
)
bank.answers[-1].says = ""
bank.wrong(
    T,
    "flat images",
    says="wants images",
    swap=("copy(moved)", "copy(moved.reshape(len(moved), -1))"),
)
bank.wrong(
    T, "with a channel", says="wants images", swap=("copy(moved)", "copy(moved[..., None])[..., 0]")
)
bank.wrong(
    T,
    "one image at a time",
    says="wants images",
    code=tested("np.mean([np.mean((copy(one) - one) ** 2) for one in moved])"),
)
bank.wrong(
    T,
    "exchanged arguments",
    says="no function",
    swap=("def shift_test(copy, images:", "def shift_test(images, copy:"),
)
bank.answers[-1].says = "stops with"
bank.wrong(T, "in place", says="in place", swap=("    moves =", "    images *= 1.5\n    moves ="))
bank.wrong(T, "no return", says="return", swap=("return float", "float"))
bank.wrong(
    T,
    "absolute differences, down only",
    says="absolute differences; square them; and this is the error of the move down alone",
    code=tested("np.mean(np.abs(copy(moved) - moved))", "[(distance, 0)]"),
)
bank.wrong(
    T,
    "still images, and the root",
    says="before the move",
    code=tested("np.mean((copy(moved) - images) ** 2)", after="return np.mean(errors) ** 0.5"),
)
bank.wrong(
    T,
    "divided by PCA's",
    says="got",
    swap=("return float(np.mean(errors))", "return float(np.mean(errors)) / 0.0178"),
)
bank.wrong(
    T, "the largest", says="take the mean over all four", swap=("float(np.mean", "float(np.max")
)
bank.wrong(T, "NaN", says="NaN", swap=("float(np.mean(errors))", "float(np.mean(errors) * np.nan)"))
bank.wrong(
    T,
    "also the move by nothing",
    says="2 unmoved",
    code=tested(SQUARES, "[(0, 0), (distance, 0), (-distance, 0), (0, distance), (0, -distance)]"),
)
bank.right(
    T,
    "all four at once",
    code="""
def shift_test(copy, images, distance):
    d = distance
    moved = np.concatenate([shift(images, *way) for way in ((d, 0), (-d, 0), (0, d), (0, -d))])
    return ((copy(moved) - moved) ** 2).mean()
""",
)
bank.right(
    T,
    "image by image",
    code=tested("np.mean([np.mean((copy(one[None])[0] - one) ** 2) for one in moved])"),
)
bank.right(
    T,
    "own shift, Keras tensors",
    code="""
def shift_test(copy, images, distance):
    height, width = images.shape[1:]
    d, total = distance, 0.0
    padded = np.pad(images, ((0, 0), (d, d), (d, d)))
    for r, c in ((0, d), (2 * d, d), (d, 0), (d, 2 * d)):
        part = padded[:, r : r + height, c : c + width]
        total = total + keras.ops.mean(keras.ops.square(copy(part) - part)) / 4
    return total
""",
)

bank.wrong(
    T,
    "mean of the differences, squared",
    says="cancel",
    code=tested("np.mean(copy(moved) - moved) ** 2"),
)
bank.wrong(
    T,
    "root for each move",
    says="leave the root out",
    code=tested("np.sqrt(np.mean((copy(moved) - moved) ** 2))"),
)
bank.wrong(
    T,
    "summed within a picture",
    says="mean per pixel",
    code=tested("np.sum((copy(moved) - moved) ** 2) / len(moved)"),
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
bank.wrong(C, "in percent", says="percent", swap=("explained / total", "100 * explained / total"))
bank.wrong(C, "upside down", says="upside down", swap=("explained / total", "total / explained"))
bank.wrong(
    C,
    "standard deviations, ratios averaged",
    says="standard deviations; take variances; and ratios",
    code="""
def checkerboard_share(images, stride):
    s, ratios = stride, []
    if not images.var():
        return 0.0
    for image in images:
        means = [image[a::s, b::s].mean() for a in range(s) for b in range(s)]
        ratios.append(np.std(means) / np.std(image))
    return np.mean(ratios)
""",
)
bank.wrong(
    C,
    "28 by 28",
    says="does not fit the new shape",
    code="""
def checkerboard_share(images, stride):
    cells = images.reshape(-1, 28 // stride, stride, 28 // stride, stride)
    explained = cells.mean(axis=(1, 3)).reshape(len(images), -1).var(axis=1).sum()
    total = images.reshape(len(images), -1).var(axis=1).sum()
    return float(explained / total) if total > 0 else 0.0
""",
)
bank.wrong(
    C,
    "flat pictures left out of the mean",
    says="ratios were averaged",
    code="""
def checkerboard_share(images, stride):
    s, ratios = stride, []
    for image in images:
        if image.var() > 0:
            means = [image[a::s, b::s].mean() for a in range(s) for b in range(s)]
            ratios.append(np.var(means) / image.var())
    return float(np.mean(ratios)) if ratios else 0.0
""",
)
bank.wrong(C, "always between pictures", says="", swap=("axis=(1, 3)", "axis=(0, 1, 3)"))
bank.answers[-1].says = "stops with"
bank.wrong(C, "small variances are none", says="got", swap=("total > 0", "total > 1e6"))
bank.wrong(
    C,
    "one share for each picture",
    says="shape",
    code="""
def checkerboard_share(images, stride):
    means = [images[:, a::stride, b::stride].mean(axis=(1, 2)) for a in range(stride) for b in range(stride)]
    return np.var(means, axis=0) / images.var(axis=(1, 2))
""",
)
bank.wrong(
    C,
    "checkerboard mask",
    says="got",
    code="""
def checkerboard_share(images, stride):
    rows, columns = np.indices(images.shape[1:])
    odd = (rows + columns) % stride > 0
    total = images.var(axis=(1, 2)).sum()
    means = np.stack([images[:, odd].mean(axis=1), images[:, ~odd].mean(axis=1)])
    return float(means.var(axis=0).sum() / total) if total > 0 else 0.0
""",
)
bank.wrong(
    C, "no cell needed", says="got", swap=("float(explained / total) if total > 0 else 0.0", "0.0")
)
bank.right(
    C,
    "Keras average pooling by hand, as a tensor",
    code="""
def checkerboard_share(images, stride):
    n, height, width = images.shape
    x = keras.ops.convert_to_tensor(images.astype("float32"))
    cells = keras.ops.reshape(x, (n, height // stride, stride, width // stride, stride))
    means = keras.ops.reshape(keras.ops.mean(cells, axis=(1, 3)), (n, -1))
    total = keras.ops.sum(keras.ops.var(x, axis=(1, 2)))
    if float(total) == 0:
        return 0
    return keras.ops.sum(keras.ops.var(means, axis=1)) / total
""",
)
bank.wrong(
    C,
    "variance of all means together",
    says="all pictures at once",
    code="""
def checkerboard_share(images, stride):
    places = [(a, b) for a in range(stride) for b in range(stride)]
    means = np.array([images[:, a::stride, b::stride].mean(axis=(1, 2)) for a, b in places])
    return means.var() / images.var()
""",
)
bank.wrong(
    C,
    "sum above, mean below",
    says="mean of the variances",
    code="""
def checkerboard_share(images, stride):
    places = [(a, b) for a in range(stride) for b in range(stride)]
    means = np.array([images[:, a::stride, b::stride].mean(axis=(1, 2)) for a, b in places])
    below = images.var(axis=(1, 2)).mean()
    return means.var(axis=0).sum() / below if below else 0.0
""",
)

# wrong values are told by the smallest case, or by what `copy` was given
for name, says, old, new in (
    (
        "stride downwards only",
        "got [[1, 2]], expected [[1, 3]]",
        "stride * r, stride * c",
        "stride * r, c",
    ),
    (
        "kernel upside down",
        "got [[3]], expected [[1]]",
        "kernel * square",
        "kernel[::-1] * square",
    ),
    (
        "mean weight subtracted",
        "got [[0]], expected [[6]]",
        "kernel * square",
        "(kernel - kernel.mean()) * square",
    ),
    ("largest product", "got [[4]], expected [[10]]", "np.sum", "np.max"),
):
    bank.wrong(V, name, says=says, swap=(old, new))
bank.wrong(
    E,
    "largest of 2 x 2",
    says="(pooling)",
    code="""
def build_encoder(latent_dim):
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for channels in (16, 32):
        model.add(layers.Conv2D(channels, 3, padding="same", activation="gelu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model
""",
)
bank.wrong(
    E,
    "one bias missing",
    says="biases are missing",
    swap=("Conv2D(16, 3,", "Conv2D(16, 3, use_bias=False,"),
)
bank.wrong(
    E,
    "64 channels",
    says="the kernel of the second convolution has",
    swap=("Conv2D(32,", "Conv2D(64,"),
)
bank.right(
    "build_decoder",
    "the units in another order",
    swap=(
        "layers.Reshape((7, 7, 32))",
        "layers.Reshape((32, 7, 7))), model.add(layers.Permute((2, 3, 1))",
    ),
)
for name, says, old, new in (
    ("a white margin", "got [[[1, 1, 1]", "(by, by)))", "(by, by)), constant_values=1)"),
    (
        "at most one pixel",
        "got [[[0, 0, 0], [1, 2, 3], [4, 5, 6]]], expected [[[0, 0, 0], [0, 0, 0], [1, 2, 3]]]",
        "    height, width",
        "    down, right = int(np.sign(down)), int(np.sign(right))\n    height, width",
    ),
    (
        "the first picture for all",
        "[[[1, 2]], [[3, 4]]]",
        "padded[:, by",
        "np.repeat(padded[:1], len(images), 0)[:, by",
    ),
):
    bank.wrong("shift", name, says=says, swap=(old, new))
for name, says, old, new in (
    ("moved twice", "2 moved down by 4", "copy(moved)", "copy(shift(moved, down, right))"),
    ("first picture only", "1 moved down by 2", "shift(images, down", "shift(images[:1], down"),
    (
        "moved back",
        "0.5 lighter than what was given",
        "copy(moved) - moved",
        "shift(copy(moved), -down, -right) - images",
    ),
    ("median of the moves", "whose upper row", "float(np.mean", "float(np.median"),
    (
        "variance of the differences",
        "got 0, expected 0.25",
        "np.mean((copy(moved) - moved) ** 2)",
        "np.var(copy(moved) - moved)",
    ),
):
    bank.wrong(T, name, says=says, swap=(old, new))
for name, says, old, new in (
    (
        "the rows of a cell alone",
        "got 0, expected 1",
        "cells.mean(axis=(1, 3))",
        "cells.mean(axis=(1, 3, 4))",
    ),
    ("the first cell alone", "with a 1 at [0, 0]", "cells.mean(axis=(1, 3))", "cells[:, 0, :, 0]"),
    (
        "medians of the places",
        "with a 1 at [0, 0]",
        "cells.mean(axis=(1, 3))",
        "np.median(cells, axis=(1, 3))",
    ),
    (
        "axes of a cell exchanged",
        "got 0.25, expected 1",
        "height // stride, stride, width",
        "stride, height // stride, width",
    ),
    (
        "0 for one flat picture",
        "here only some are",
        "if total > 0",
        "if images.var(axis=(1, 2)).all()",
    ),
):
    bank.wrong(C, name, says=says, swap=(old, new))

bank.wrong(
    C,
    "faint pictures taken for flat",
    says="a hundredth as light",
    swap=("total > 0", "total > 1e-2"),
)
bank.wrong(
    C,
    "ten pictures at most",
    says="twelve pictures",
    swap=("    n, height", "    images = images[:10]\n    n, height"),
)
bank.wrong(
    T,
    "three pixels at most",
    says="2 moved down by 3",
    swap=("moves =", "distance = min(distance, 3)\n    moves ="),
)
bank.wrong(
    V,
    "kernel made whole",
    says="of whole numbers and a kernel",
    swap=("kernel * square", "kernel.astype(image.dtype) * square"),
)
bank.wrong(
    E,
    "rows and columns of the pictures",
    says="pictures are exchanged",
    swap=(
        "    model.add(layers.Conv2D(16",
        "    model.add(layers.Permute((2, 1, 3)))\n    model.add(layers.Conv2D(16",
    ),
)
