"""Answers to the exercises of lesson 22, right and wrong."""

from tests.bank import Bank

bank = Bank()

# resize_matrix
A = "resize_matrix"
bank.wrong(
    A,
    "no antialiasing",
    says="not widened",
    swap=("cubic(distances / widening)", "cubic(distances)"),
)
bank.wrong(
    A,
    "narrowed when enlarging",
    says="never below 1",
    swap=("max(1.0, step)", "step"),
)
bank.wrong(
    A,
    "s the wrong way round",
    says="not widened",
    swap=("max(1.0, step)", "max(1.0, 1 / step)"),
)
bank.wrong(
    A,
    "multiplied by s",
    says="multiplied by s",
    swap=("distances / widening", "distances * widening"),
)
bank.wrong(
    A,
    "no shift by half a pixel",
    says="half a pixel",
    swap=("(np.arange(n_out) + 0.5) * step - 0.5", "np.arange(n_out) * step"),
)
bank.wrong(
    A,
    "from end to end",
    says="first pixel to the last",
    swap=("(np.arange(n_out) + 0.5) * step - 0.5", "np.linspace(0, n_in - 1, n_out)"),
)
bank.wrong(A, "half forgotten at the end", says="-½ is missing", swap=(" * step - 0.5", " * step"))
bank.wrong(
    A,
    "half forgotten inside",
    says="+½ is missing",
    swap=("(np.arange(n_out) + 0.5)", "np.arange(n_out)"),
)
bank.wrong(
    A,
    "rows not normalised",
    says="rows do not sum to 1",
    swap=("weights / weights.sum(axis=1, keepdims=True)", "weights"),
)
bank.wrong(A, "columns normalised", says="rows must", swap=("axis=1, keepdims", "axis=0, keepdims"))
bank.wrong(
    A,
    "all normalised together",
    says="each row must",
    swap=(".sum(axis=1, keepdims=True)", ".sum()"),
)
bank.wrong(
    A,
    "transposed",
    says="transposed",
    swap=(
        "return weights / weights.sum(axis=1, keepdims=True)",
        "return (weights / weights.sum(axis=1, keepdims=True)).T",
    ),
)
bank.wrong(
    A,
    "bilinear",
    says="triangle",
    swap=("cubic(distances / widening)", "np.clip(1 - np.abs(distances / widening), 0, None)"),
)
bank.wrong(
    A,
    "two slips at once: no antialiasing, no half pixel",
    says="not widened",
    code="""
def resize_matrix(n_in, n_out):
    centres = np.arange(n_out) * n_in / n_out
    weights = cubic(np.arange(n_in) - centres[:, None])
    return weights / weights.sum(axis=1, keepdims=True)
""",
)
bank.wrong(
    A,
    "only halving",
    says="s is 2 here",
    swap=("widening = max(1.0, step)", "widening = 2.0"),
)
CENTRES = "(np.arange(n_out) + 0.5) * step - 0.5"
bank.wrong(
    A, "½ added at the end", says="subtracted there", swap=(CENTRES, CENTRES.replace("-", "+"))
)
bank.wrong(
    A,
    "counted from 1",
    says="i begins with 0",
    swap=("np.arange(n_out)", "np.arange(1, n_out + 1)"),
)
bank.wrong(A, "whole step", says="// cuts", swap=("n_in / n_out", "n_in // n_out"))
bank.wrong(A, "no brackets", says="brackets", swap=(CENTRES, "np.arange(n_out) + 0.5 * step - 0.5"))
bank.wrong(
    A,
    "absolute weights summed",
    says="plain sum",
    swap=("weights.sum(axis=1", "np.abs(weights).sum(axis=1"),
)
bank.wrong(
    A,
    "negative weights cut off",
    says="weights below 0",
    swap=("cubic(distances / widening)", "np.maximum(cubic(distances / widening), 0)"),
)
bank.wrong(
    A,
    "last row not filled",
    says="does a loop end too early",
    code="""
def resize_matrix(n_in, n_out):
    step = n_in / n_out
    matrix = np.zeros((n_out, n_in))
    for i in range(n_out - 1):
        weights = cubic((np.arange(n_in) - (i + 0.5) * step + 0.5) / max(1, step))
        matrix[i] = weights / weights.sum()
    return matrix
""",
)
bank.wrong(
    A,
    "edges repeated",
    says="beyond the edge",
    code="""
def resize_matrix(n_in, n_out):
    s = max(1.0, n_in / n_out)
    matrix = np.zeros((n_out, n_in))
    for i in range(n_out):
        c = (i + 0.5) * n_in / n_out - 0.5
        for j in range(int(np.floor(c - 2 * s)), int(np.ceil(c + 2 * s)) + 1):
            matrix[i, np.clip(j, 0, n_in - 1)] += cubic((j - c) / s)
    return matrix / matrix.sum(axis=1, keepdims=True)
""",
)
bank.wrong(
    A,
    "window of four pixels",
    says="only four old pixels",
    code="""
def resize_matrix(n_in, n_out):
    s = max(1.0, n_in / n_out)
    matrix = np.zeros((n_out, n_in))
    for i in range(n_out):
        c = (i + 0.5) * n_in / n_out - 0.5
        for j in range(int(np.floor(c)) - 1, int(np.floor(c)) + 3):
            if 0 <= j < n_in:
                matrix[i, j] = cubic((j - c) / s)
    return matrix / matrix.sum(axis=1, keepdims=True)
""",
)
bank.wrong(A, "nothing returned", says="nothing", swap=("return weights /", "weights = weights /"))
bank.right(
    A,
    "loops",
    code="""
def resize_matrix(n_in, n_out):
    matrix = np.zeros((n_out, n_in))
    s = n_in / n_out if n_in > n_out else 1
    for i in range(n_out):
        c = (i + 0.5) * n_in / n_out - 0.5
        for j in range(n_in):
            matrix[i, j] = cubic((j - c) / s)
        matrix[i] /= matrix[i].sum()
    return matrix
""",
)
bank.right(
    A,
    "Pillow, float32",
    code="""
def resize_matrix(n_in, n_out):
    from PIL import Image
    one = Image.fromarray(np.identity(n_in, "float32"))
    return np.array(one.resize((n_in, n_out), Image.BICUBIC))
""",
)
bank.right(
    A,
    "differences by subtract.outer, a list",
    code="""
def resize_matrix(n_in, n_out):
    s = max(n_in, n_out) / n_out
    c = (2 * np.arange(n_out) + 1) * n_in / (2 * n_out) - 1 / 2
    weights = cubic(np.subtract.outer(c, np.arange(n_in)) / s) / s
    return (weights.T / weights.sum(1)).T.tolist()
""",
)

# depth_to_space
B = "depth_to_space"
DEPTH = "blocks.transpose(0, 1, 3, 2, 4).reshape(n, h * r, w * r)"
SPACE = "blocks.transpose(0, 1, 3, 2, 4).reshape(n, height // r, width // r, r * r)"
bank.wrong(B, "reshape alone", says="reshape alone", swap=(DEPTH, "maps.reshape(n, h * r, w * r)"))
bank.wrong(
    B,
    "rows and columns of a block exchanged",
    says="exchanged: channel r i + j",
    swap=(DEPTH, DEPTH.replace("0, 1, 3, 2, 4", "0, 1, 4, 2, 3")),
)
bank.wrong(
    B,
    "channels before places",
    says="neighbours",
    swap=(DEPTH, DEPTH.replace("0, 1, 3, 2, 4", "0, 3, 1, 4, 2")),
)
bank.wrong(B, "no transpose", says="reshape alone", swap=(DEPTH, "blocks.reshape(n, h * r, w * r)"))
bank.wrong(
    B,
    "a last axis left",
    says="last axis of length 1",
    swap=(DEPTH, DEPTH.replace("w * r)", "w * r, 1)")),
)
bank.wrong(
    B,
    "only factor 2",
    says="Is 2 written into the code",
    swap=("reshape(n, h, w, r, r)", "reshape(n, h, w, 2, 2)"),
)
bank.wrong(
    B,
    "space_to_depth by reshape alone",
    says="reshape alone",
    swap=(SPACE, "images.reshape(n, height // r, width // r, r * r)"),
)
bank.wrong(
    B,
    "space_to_depth cuts large parts",
    says="large parts",
    swap=(
        "blocks = images.reshape(n, height // r, r, width // r, r)\n    return "
        "blocks.transpose(0, 1, 3, 2, 4)",
        "blocks = images.reshape(n, r, height // r, r, width // r)\n    return "
        "blocks.transpose(0, 2, 4, 1, 3)",
    ),
)
bank.wrong(
    B,
    "space_to_depth exchanges row and column",
    says="exchanged",
    swap=(SPACE, SPACE.replace("0, 1, 3, 2, 4", "0, 1, 3, 4, 2")),
)
bank.wrong(
    B,
    "space_to_depth with the channels first",
    says="second axis",
    swap=(
        SPACE,
        "blocks.transpose(0, 2, 4, 1, 3).reshape(n, r * r, height // r, width // r)",
    ),
)
bank.wrong(
    B,
    "height and width exchanged",
    says="height and width are exchanged",
    swap=("h, w, _ = maps.shape", "w, h, _ = maps.shape"),
)
WHOLE = """
def depth_to_space(maps, r):
    n, h, w, _ = maps.shape
    out = np.zeros((n, h * r, w * r), dtype=int)
    for i in range(r):
        for j in range(r):
            out[:, i::r, j::r] = maps[..., r * i + j]
    return out
"""
BACK = """
def space_to_depth(images, r):
    return np.stack([images[:, k // r :: r, k % r :: r] for k in range(r * r)], axis=-1)
"""
bank.wrong(B, "whole numbers", says="dtype=float", code=WHOLE + BACK)
bank.wrong(
    B,
    "shape changed in place",
    says="in place",
    swap=(
        "blocks = maps.reshape(n, h, w, r, r)",
        "blocks = maps\n    blocks.shape = (n, h, w, r, r)",
    ),
)
for order in ("0, 2, 3, 1, 4", "0, 3, 1, 2, 4"):
    axes = ", ".join("nhwij"[int(place)] for place in order.split(", "))
    bank.wrong(
        B,
        f"order {order}",
        says=f"axes are in the order ({axes})",
        swap=(DEPTH, DEPTH.replace("0, 1, 3, 2, 4", order)),
    )
bank.wrong(
    B,
    "means of blocks",
    says="mean of its channels",
    swap=(DEPTH, "np.kron(maps.mean(axis=-1), np.ones((1, r, r)))"),
)
bank.wrong(B, "no axis for one picture", says="it stays", swap=(DEPTH, DEPTH + ".squeeze()"))
bank.wrong(
    B,
    "space_to_depth in another order",
    says="in the order (n, w, h, i, j)",
    swap=(SPACE, SPACE.replace("0, 1, 3, 2, 4", "0, 3, 1, 2, 4")),
)
bank.wrong(
    B,
    "space_to_depth side by side",
    says="np.stack makes a new axis",
    code=WHOLE.replace("dtype=int", "float") + BACK.replace("np.stack", "np.concatenate"),
)
bank.wrong(
    B,
    "space_to_depth of factor 2 alone",
    says="Is 2 written into the code",
    code=WHOLE.replace("dtype=int", "float")
    + BACK.replace("k // r :: r, k % r :: r", "k // 2 :: 2, k % 2 :: 2"),
)
bank.right(
    B,
    "einsum",
    code="""
def depth_to_space(maps, r):
    n, h, w = maps.shape[:3]
    blocks = np.einsum("nhwij->nhiwj", maps.reshape(n, h, w, r, r))
    return blocks.reshape(n, r * h, r * w)


def space_to_depth(images, r):
    n, h, w = images.shape
    blocks = images.reshape(n, h // r, r, w // r, r).swapaxes(2, 3)
    return blocks.reshape(n, h // r, w // r, -1)
""",
)
bank.right(
    B,
    "slices",
    code="""
def depth_to_space(maps, r):
    n, h, w, _ = maps.shape
    large = np.empty((n, h * r, w * r), dtype=maps.dtype)
    for k in range(r * r):
        large[:, k // r :: r, k % r :: r] = maps[:, :, :, k]
    return large


def space_to_depth(images, r):
    return np.stack([images[:, k // r :: r, k % r :: r] for k in range(r * r)], axis=-1)
""",
)
bank.right(
    B,
    "TensorFlow",
    code="""
def depth_to_space(maps, r):
    import tensorflow as tf
    return tf.nn.depth_to_space(maps, r).numpy()[..., 0] if r > 1 else maps[..., 0]


def space_to_depth(images, r):
    import tensorflow as tf
    return tf.nn.space_to_depth(images[..., None], r).numpy() if r > 1 else images[..., None]
""",
)

# build_network
C = "build_network"
bank.wrong(
    C,
    "padding",
    says="no padding is wanted",
    code="""
def build_network(width, factor):
    hidden = [layers.Conv2D(width, k, padding="same", activation="gelu") for k in (5, 3, 3)]
    last = layers.Conv2D(factor**2, 3, padding="same", kernel_initializer="zeros")
    return keras.Sequential([keras.Input((None, None, 1)), *hidden, last])
""",
)
bank.wrong(C, "ReLU", says="have ReLU", swap=('activation="gelu"', 'activation="relu"'))
bank.wrong(C, "no activation", says="have no activation", swap=(', activation="gelu"', ""))
bank.wrong(C, "no zero start", says="begins with zeros", swap=(', kernel_initializer="zeros"', ""))
bank.wrong(
    C,
    "zeros in every layer",
    says="no gradient would ever pass",
    swap=('activation="gelu"', 'activation="gelu", kernel_initializer="zeros"'),
)
bank.wrong(
    C,
    "GELU at the end",
    says="last layer has GELU",
    swap=('kernel_initializer="zeros"', 'kernel_initializer="zeros", activation="gelu"'),
)
bank.wrong(
    C,
    "sigmoid at the end",
    says="must answer 0",
    swap=('kernel_initializer="zeros"', 'kernel_initializer="zeros", activation="sigmoid"'),
)
bank.wrong(
    C, "ReLU at the end", says="last layer has ReLU",
    swap=('kernel_initializer="zeros"', 'kernel_initializer="zeros", activation="relu"'),
)  # fmt: skip
bank.wrong(C, "one size only", says="any size", swap=("(None, None, 1)", "(32, 32, 1)"))
bank.wrong(C, "factor filters", says="factor²", swap=("factor**2, 3", "factor * 1, 3"))
bank.wrong(
    C, "one layer too few", says="It has 3 convolutions, the table 4", swap=("(5, 3, 3)", "(5, 3)")
)
bank.wrong(
    C, "the large kernel last", says="kernels are 3, 3, 5, 3", swap=("(5, 3, 3)", "(3, 3, 5)")
)
bank.wrong(C, "width fixed", says="parameters", swap=("Conv2D(width,", "Conv2D(32,"))
bank.wrong(
    C,
    "no biases",
    says="biases are missing",
    swap=('activation="gelu"', 'activation="gelu", use_bias=False'),
)
bank.wrong(C, "nothing returned", says="nothing was returned", swap=("    return model\n", ""))
bank.wrong(C, "all kernels 5", says="kernels are 5, 5, 5, 3", swap=("(5, 3, 3)", "(5, 5, 5)"))
bank.wrong(C, "a 1 × 1 layer more", says="5 convolutions", swap=("(5, 3, 3)", "(5, 3, 3, 1)"))
bank.wrong(C, "ELU", says="have ELU", swap=('"gelu"', '"elu"'))
bank.wrong(C, "colour", says="a grey picture has one", swap=("(None, None, 1)", "(None, None, 3)"))
bank.wrong(C, "no channels", says="its one channel", swap=("(None, None, 1)", "(None, None)"))
bank.wrong(
    C,
    "batch normalisation",
    says="BatchNormalization; the table",
    swap=("    return model", "    model.add(layers.BatchNormalization())\n    return model"),
)
bank.wrong(
    C, "strides", says="strides of 2", swap=('activation="gelu"', 'activation="gelu", strides=2')
)
bank.wrong(
    C,
    "biases of ones",
    says="its biases do not",
    swap=('kernel_initializer="zeros"', 'kernel_initializer="zeros", bias_initializer="ones"'),
)
bank.wrong(
    C,
    "the second layer without activation",
    says="the second layer has no activation",
    code="""
def build_network(width, factor):
    kinds = ["gelu", None, "gelu"]
    hidden = [layers.Conv2D(width, k, activation=a) for k, a in zip((5, 3, 3), kinds)]
    last = layers.Conv2D(factor**2, 3, kernel_initializer="zeros")
    return keras.Sequential([keras.Input((None, None, 1)), *hidden, last])
""",
)
bank.wrong(
    C,
    "the picture added",
    says="is something added",
    code="""
def build_network(width, factor):
    image = x = keras.Input((None, None, 1))
    for size in (5, 3, 3):
        x = layers.Conv2D(width, size, activation="gelu")(x)
    x = layers.Conv2D(factor**2, 3, kernel_initializer="zeros")(x)
    return keras.Model(image, x + layers.Cropping2D(5)(image))
""",
)
bank.right(
    C,
    "a subclass",
    code="""
class Network(keras.Model):
    def __init__(self, width, factor):
        super().__init__()
        self.hidden = [layers.Conv2D(width, k, activation="gelu") for k in (5, 3, 3)]
        self.last = layers.Conv2D(factor**2, 3, kernel_initializer="zeros")

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.last(x)


def build_network(width, factor):
    return Network(width, factor)
""",
)
bank.right(
    C,
    "zeros put in afterwards, another start of the others",
    code="""
def build_network(width, factor):
    net = keras.Sequential([keras.Input((None, None, 1))])
    for k in (5, 3, 3):
        net.add(layers.Conv2D(width, k, activation="gelu", kernel_initializer="he_normal"))
    net.add(layers.Conv2D(factor**2, 3))
    net.layers[-1].set_weights([np.zeros_like(w) for w in net.layers[-1].get_weights()])
    return net
""",
)
bank.right(
    C,
    "functional",
    code="""
def build_network(width, factor):
    image = x = keras.Input((None, None, 1))
    x = layers.Conv2D(width, 5, activation="gelu")(x)
    for _ in range(2):
        x = layers.Activation("gelu")(layers.Conv2D(width, 3)(x))
    out = layers.Conv2D(factor * factor, (3, 3), kernel_initializer=keras.initializers.Zeros())(x)
    return keras.Model(image, out)
""",
)
bank.right(
    C,
    "a list, the approximate GELU",
    code="""
def build_network(width, factor):
    def gelu(x):
        return keras.activations.gelu(x)
    conv = [layers.Conv2D(width, s, activation=keras.activations.gelu) for s in [5, 3, 3]]
    conv.append(layers.Conv2D(factor**2, 3, kernel_initializer="zeros", bias_initializer="zeros"))
    return keras.Sequential([layers.Input(shape=(None, None, 1))] + conv)
""",
)

# score
D = "score"
bank.wrong(
    D,
    "border not cut",
    says="border was not cut",
    swap=("a, b = truth[inside], image[inside]", "a, b = truth, image"),
)
bank.wrong(
    D,
    "cut at the top and the left only",
    says="top and the left only",
    swap=("border : height - border, border : width - border", "border:, border:"),
)
bank.wrong(
    D,
    "cut in the rows only",
    says="top and the bottom only",
    swap=("border : height - border, border : width - border", "border : height - border"),
)
bank.wrong(
    D,
    "a slice that is empty for border 0",
    says="empty",
    swap=("border : height - border, border : width - border", "border:-border, border:-border"),
)
bank.wrong(D, "data_range 255", says="with 255", swap=("data_range=1.0", "data_range=255"))
bank.wrong(D, "data_range left out", says="data_range", swap=(", data_range=1.0", ""))
bank.wrong(
    D,
    "data_range of the picture",
    says="what pixels can have",
    swap=("data_range=1.0", "data_range=truth.max() - truth.min()"),
)
bank.wrong(
    D,
    "peak 255",
    says="not 255",
    swap=("-10 * np.log10(np.mean((a - b) ** 2))", "10 * np.log10(255**2 / np.mean((a - b) ** 2))"),
)
bank.wrong(D, "natural logarithm", says="natural logarithm", swap=("np.log10", "np.log"))
bank.wrong(D, "sign", says="sign is wrong", swap=("-10 *", "10 *"))
bank.wrong(D, "factor 20", says="20 goes with its root", swap=("-10 *", "-20 *"))
bank.wrong(
    D,
    "root with factor 10",
    says="needs the factor 20",
    swap=("np.mean((a - b) ** 2)", "np.sqrt(np.mean((a - b) ** 2))"),
)
bank.wrong(D, "sum of squares", says="not a sum", swap=("np.mean(", "np.sum("))
bank.wrong(
    D,
    "exchanged results",
    says="exchanged",
    swap=(
        "return psnr, structural_similarity(a, b, data_range=1.0)",
        "return structural_similarity(a, b, data_range=1.0), psnr",
    ),
)
bank.wrong(
    D,
    "border in SSIM only",
    says="border was not cut",
    swap=("np.mean((a - b) ** 2)", "np.mean((truth - image) ** 2)"),
)
bank.wrong(
    D,
    "border in PSNR only",
    says="border was not cut",
    swap=("structural_similarity(a, b,", "structural_similarity(truth, image,"),
)
bank.wrong(
    D,
    "two slips: border not cut, natural logarithm",
    says="; and",
    code="""
def score(truth, image, border):
    psnr = -10 * np.log(np.mean((truth - image) ** 2))
    return psnr, structural_similarity(truth, image, data_range=1)
""",
)
INSIDE = "border : height - border, border : width - border"
bank.wrong(
    D,
    "variance for mean square",
    says="this is a variance",
    swap=("np.mean((a - b) ** 2)", "np.var(a - b)"),
)
bank.wrong(
    D,
    "height for the width, too",
    says="height was used for the width",
    swap=(INSIDE, "border : height - border, border : height - border"),
)
bank.wrong(
    D,
    "one pixel too few",
    says="a slice ends before its last",
    swap=(INSIDE, "border : height - border + 1, border : width - border + 1"),
)
bank.wrong(D, "border of 8", says="8 pixels", swap=(INSIDE, "8 : height - 8, 8 : width - 8"))
bank.wrong(D, "absolute errors", says="square them", swap=("(a - b) ** 2", "np.abs(a - b)"))
bank.wrong(
    D, "squares subtracted", says="Square the difference", swap=("(a - b) ** 2", "a**2 - b**2")
)
bank.wrong(
    D,
    "mean of logarithms",
    says="mean of logarithms",
    swap=("-10 * np.log10(np.mean((a - b) ** 2))", "np.mean(-10 * np.log10((a - b) ** 2))"),
)
bank.wrong(
    D,
    "data_range after the cut",
    says="what pixels can have",
    swap=("data_range=1.0", "data_range=a.max() - a.min()"),
)
bank.wrong(
    D,
    "border cut from the map of SSIM",
    says="cut from its map",
    code="""
def score(truth, image, border):
    h, w = truth.shape
    inside = np.s_[border : h - border, border : w - border]
    _, local = structural_similarity(truth, image, data_range=1.0, full=True)
    return -10 * np.log10(np.mean((truth - image)[inside] ** 2)), local[inside].mean()
""",
)
bank.right(
    D,
    "crop, clipped, an array",
    code="""
def score(truth, image, border):
    from skimage.util import crop
    a, b = (crop(np.clip(one, 0, 1).astype(float), border) for one in (truth, image))
    return np.array([-10 * np.log10(np.mean((a - b) ** 2)), structural_similarity(b, a, data_range=1)])
""",
)
bank.right(
    D,
    "scikit-image",
    code="""
def score(truth, image, border):
    from skimage.metrics import peak_signal_noise_ratio
    h, w = image.shape
    x, y = (one[border : h - border, border : w - border] for one in (truth, image))
    return peak_signal_noise_ratio(x, y, data_range=1), structural_similarity(x, y, data_range=1)
""",
)
bank.right(
    D,
    "another order, a list",
    code="""
def score(truth, image, border):
    if border > 0:
        truth = truth[border:-border, border:-border]
        image = image[border:-border, border:-border]
    rmse = np.sqrt(np.square(image.astype(float) - truth).mean())
    return [20 * np.log10(1 / rmse), structural_similarity(image, truth, data_range=1.0)]
""",
)

# make_consistent
F = "make_consistent"
bank.wrong(
    F,
    "correction alone",
    says="correction alone",
    swap=("return image + correction", "return correction"),
)
bank.wrong(
    F,
    "subtracted",
    says="sign of the correction",
    swap=("image + correction", "image - correction"),
)
bank.wrong(
    F,
    "picture ignored",
    says="picture was ignored",
    swap=("gap = low - rows @ image @ columns.T", "gap, image = low, 0"),
)
bank.wrong(
    F,
    "Y added, not the gap",
    says="only the gap",
    swap=("gap = low - rows @ image @ columns.T", "gap = low"),
)
bank.wrong(
    F,
    "transposes",
    says="transpose stands where the pseudo-inverse",
    swap=("np.linalg.pinv(rows), np.linalg.pinv(columns)", "rows.T, columns.T"),
)
bank.wrong(
    F,
    "pseudo-inverse of the rows only",
    says="only used along the rows",
    swap=("np.linalg.pinv(columns)", "columns.T"),
)
bank.wrong(
    F,
    "clipped",
    says="clipped",
    swap=("return image + correction", "return np.clip(image + correction, 0, 1)"),
)
bank.wrong(
    F, "second one not transposed", says="matrix product", swap=("up_columns.T", "up_columns")
)
bank.wrong(
    F,
    "gap spread over blocks",
    says="more than needed",
    swap=(
        "correction = up_rows @ gap @ up_columns.T",
        "r = image.shape[0] // low.shape[0]\n    correction = np.kron(gap, np.ones((r, r)))",
    ),
)
bank.wrong(
    F,
    "changed in place",
    says="in place",
    swap=("return image + correction", "image += correction\n    return image"),
)
bank.wrong(
    F,
    "image returned",
    says="nothing was changed",
    swap=("return image + correction", "return image"),
)
bank.wrong(
    F, "an inverse", says="square matrix", swap=("np.linalg.pinv(rows)", "np.linalg.inv(rows)")
)
bank.wrong(F, "half a step", says="multiplied by 0.5", swap=("+ correction", "+ correction / 2"))
bank.wrong(
    F,
    "sides exchanged",
    says="A⁺ (8, 4)",
    swap=("up_rows @ gap @ up_columns.T", "up_columns @ gap @ up_rows.T"),
)
bank.wrong(
    F, "entry by entry", says="`@` is the matrix product", swap=("rows @ image @", "rows * image *")
)
bank.wrong(
    F,
    "ten small steps",
    says="small steps",
    code="""
def make_consistent(image, low, rows, columns):
    for _ in range(10):
        image = image + 0.5 * rows.T @ (low - rows @ image @ columns.T) @ columns
    return image
""",
)
bank.wrong(
    F,
    "consistent along the rows, the rest changed",
    says="another picture that does is nearer",
    code="""
def make_consistent(image, low, rows, columns):
    half = low @ np.linalg.pinv(columns).T
    return image + np.linalg.pinv(rows) @ (half - rows @ image)
""",
)
bank.wrong(
    F,
    "the inverse that does not exist",
    says="only A Aᵀ has",
    swap=("np.linalg.pinv(rows)", "np.linalg.inv(rows.T @ rows) @ rows.T"),
)
bank.wrong(
    F,
    "the mean alone",
    says="only the mean was corrected",
    code="""
def make_consistent(image, low, rows, columns):
    return image + low.mean() - image.mean()
""",
)
bank.right(
    F,
    "one long vector",
    code="""
def make_consistent(image, low, rows, columns):
    both = np.kron(rows, columns)
    gap = low.ravel() - both @ image.ravel()
    return image + (np.linalg.pinv(both) @ gap).reshape(image.shape)
""",
)
bank.right(
    F,
    "least squares, twice",
    code="""
def make_consistent(image, low, rows, columns):
    gap = low - rows @ image @ columns.T
    half = np.linalg.lstsq(rows, gap, rcond=None)[0]
    return image + np.linalg.lstsq(columns, half.T, rcond=None)[0].T
""",
)
bank.right(
    F,
    "the normal equations",
    code="""
def make_consistent(image, low, rows, columns):
    a = rows.T @ np.linalg.inv(rows @ rows.T)
    b = columns.T @ np.linalg.inv(columns @ columns.T)
    visible = (a @ rows) @ image @ (b @ columns).T
    return image - visible + a @ low @ b.T
""",
)

# recovered
G = "recovered"
NOTHING = (
    "nothing = np.zeros((rows.shape[0], columns.shape[0]))\n    return "
    "make_consistent(image, nothing, rows, columns)"
)
PINV = "np.linalg.pinv(rows) @ rows @ image @ columns.T @ np.linalg.pinv(columns).T"
bank.wrong(G, "the determined part", says="determines", swap=(NOTHING, f"return {PINV}"))
bank.wrong(
    G,
    "invisible along both axes",
    says="both axes",
    swap=(
        NOTHING,
        "p, q = np.linalg.pinv(rows) @ rows, np.linalg.pinv(columns) @ columns\n    return "
        "(np.eye(len(p)) - p) @ image @ (np.eye(len(q)) - q).T",
    ),
)
bank.wrong(
    G,
    "along one axis only",
    says="is missing",
    swap=(NOTHING, "return image - np.linalg.pinv(rows) @ rows @ image"),
)
bank.wrong(G, "the whole picture", says="whole picture", swap=(NOTHING, "return image"))
bank.wrong(G, "sign", says="sign is wrong", swap=(NOTHING, f"return {PINV} - image"))
bank.wrong(
    G,
    "nothing of the wrong size",
    says="A X Bᵀ is (4, 6)",
    swap=("np.zeros((rows.shape[0], columns.shape[0]))", "np.zeros_like(image)"),
)
bank.wrong(G, "1 - is missing", says="1 - ... is missing", swap=("return 1 - np", "return np"))
bank.wrong(
    G,
    "per cent",
    says="per cent",
    swap=(
        "return 1 - np.mean((drawn - real) ** 2)",
        "return 100 - 100 * np.mean((drawn - real) ** 2)",
    ),
)
bank.wrong(
    G,
    "divided by the drawn part",
    says="not of the drawn one",
    swap=("np.mean(real**2)", "np.mean(drawn**2)"),
)
bank.wrong(
    G,
    "divided by the whole original",
    says="not of the whole original",
    swap=("np.mean(real**2)", "np.mean(truth[inside] ** 2)"),
)
bank.wrong(
    G,
    "whole pictures",
    says="whole pictures were compared",
    swap=(
        "real = invisible(truth, rows, columns)[inside]\n    drawn = invisible(image, rows, columns)[inside]",
        "real, drawn = truth[inside], image[inside]",
    ),
)
bank.wrong(
    G,
    "a root",
    says="no root",
    swap=(
        "np.mean((drawn - real) ** 2) / np.mean(real**2)",
        "np.sqrt(np.mean((drawn - real) ** 2) / np.mean(real**2))",
    ),
)
bank.wrong(
    G,
    "the border stays",
    says="border was not left out",
    swap=("[border : height - border, border : width - border]", "[:height, :width]"),
)
bank.wrong(
    G,
    "an empty slice",
    says="empty",
    swap=(
        "[border : height - border, border : width - border]",
        "[border:-border, border:-border]",
    ),
)
bank.wrong(
    G,
    "how much was drawn",
    says="how much was drawn",
    swap=("1 - np.mean((drawn - real) ** 2)", "np.mean(drawn**2)"),
)
bank.wrong(
    G,
    "a correlation",
    says="correlation",
    swap=(
        "1 - np.mean((drawn - real) ** 2) / np.mean(real**2)",
        "np.corrcoef(drawn.ravel(), real.ravel())[0, 1]",
    ),
)
bank.wrong(
    G,
    "two slips: divided by the drawn part, without 1 -",
    says="1 - ... is missing",
    swap=(
        "1 - np.mean((drawn - real) ** 2) / np.mean(real**2)",
        "np.mean((drawn - real) ** 2) / np.mean(drawn**2)",
    ),
)
SHARE = "1 - np.mean((drawn - real) ** 2) / np.mean(real**2)"
for name, words in {
    "max(0.0, {})": "not at least 0",
    "abs({})": "its sign was taken away",
    "float(np.clip({}, 0, 1))": "not at least 0",
}.items():
    bank.wrong(G, name, says=words, swap=(SHARE, name.format(SHARE)))
for name, words in {
    "1 - np.mean(real**2) / np.mean((drawn - real) ** 2)": "upside down",
    "1 - np.var(drawn - real) / np.var(real)": "variances were compared",
    "1 - np.mean(np.abs(drawn - real)) / np.mean(np.abs(real))": "square them",
    "1 - np.sum((drawn - real) ** 2) / np.mean(real**2)": "a sum stands above",
    "np.mean(drawn * real) / np.mean(real**2)": "mean product",
    "1 - np.mean((drawn - real) ** 2)": "was not divided",
    "1 + np.mean((drawn - real) ** 2) / np.mean(real**2)": "not added",
}.items():
    bank.wrong(G, name, says=words, swap=(SHARE, name))
bank.wrong(G, "1 for 0", says="shrinks to 1", swap=("np.zeros((rows", "np.ones((rows"))
bank.wrong(
    G,
    "the mean subtracted",
    says="mean of the picture was subtracted",
    swap=("make_consistent(image, nothing", "make_consistent(image - image.mean(), nothing"),
)
bank.wrong(
    G,
    "border left out before",
    says="compute both invisible parts first",
    swap=("invisible(truth, rows, columns)[inside]", "invisible(truth[inside], rows, columns)"),
)
bank.wrong(
    G,
    "border left out of one",
    says="of the difference only",
    swap=("np.mean(real**2)", "np.mean(invisible(truth, rows, columns) ** 2)"),
)
bank.right(
    G,
    "0 for the small picture, the mended picture compared",
    code="""
def invisible(image, rows, columns):
    return make_consistent(image, 0, rows, columns)


def recovered(truth, image, rows, columns, border):
    h, w = image.shape
    inside = np.s_[border : h - border, border : w - border]
    mended = make_consistent(image, rows @ truth @ columns.T, rows, columns)
    real = invisible(truth, rows, columns)[inside]
    return 1 - np.linalg.norm((mended - truth)[inside]) ** 2 / np.linalg.norm(real) ** 2
""",
)
bank.right(
    G,
    "projections",
    code="""
def invisible(image, rows, columns):
    p, q = (np.linalg.pinv(one) @ one for one in (rows, columns))
    return image - p @ image @ q


def recovered(truth, image, rows, columns, border):
    h, w = truth.shape
    cut = slice(border, h - border), slice(border, w - border)
    real = invisible(truth, rows, columns)[cut]
    wrong = invisible(truth - image, rows, columns)[cut]
    return 1 - (wrong**2).sum() / (real**2).sum()
""",
)
bank.right(
    G,
    "the SVD",
    code="""
def invisible(image, rows, columns):
    _, _, v = np.linalg.svd(rows, full_matrices=False)
    _, _, w = np.linalg.svd(columns, full_matrices=False)
    return image - v.T @ v @ image @ w.T @ w


def recovered(truth, image, rows, columns, border):
    keep = np.zeros(truth.shape, bool)
    keep[border : len(keep) - border, border : keep.shape[1] - border] = True
    real, drawn = (invisible(one, rows, columns)[keep] for one in (truth, image))
    return float((np.square(real).mean() - np.square(drawn - real).mean()) / np.square(real).mean())
""",
)
