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
    says="",
    swap=("widening = max(1.0, step)", "widening = 2.0"),
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
bank.wrong(B, "only factor 2", says="", swap=("reshape(n, h, w, r, r)", "reshape(n, h, w, 2, 2)"))
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
    says="",
    swap=("h, w, _ = maps.shape", "w, h, _ = maps.shape"),
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
bank.wrong(C, "no activation", says="have none", swap=(', activation="gelu"', ""))
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
bank.wrong(C, "one layer too few", says="", swap=("(5, 3, 3)", "(5, 3)"))
bank.wrong(C, "the large kernel last", says="", swap=("(5, 3, 3)", "(3, 3, 5)"))
bank.wrong(C, "width fixed", says="parameters", swap=("Conv2D(width,", "Conv2D(32,"))
bank.wrong(
    C,
    "no biases",
    says="biases are missing",
    swap=('activation="gelu"', 'activation="gelu", use_bias=False'),
)
bank.wrong(C, "nothing returned", says="nothing was returned", swap=("    return model\n", ""))
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
    says="",
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
