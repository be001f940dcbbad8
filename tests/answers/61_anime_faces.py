"""Answers to the exercises of lesson 61, right and wrong."""

from tests.bank import Bank

bank = Bank()

# square_picture
S = "square_picture"
WHITE = 'white = Image.new("RGBA", image.size, "white")\n    image = Image.alpha_composite(white, image).convert("RGB")'
FIT = "ImageOps.fit(image, (size, size))"
SCALED = 'np.asarray(square, dtype="float32") / 255'
bank.wrong(S, "squeezed", says="squeezed", swap=(FIT, "image.resize((size, size))"))
bank.wrong(
    S,
    "cut at the top left",
    says="top left",
    swap=(FIT, "image.crop((0, 0, min(image.size), min(image.size))).resize((size, size))"),
)
bank.wrong(
    S,
    "alpha dropped",
    says="transparency was dropped",
    swap=(WHITE, 'image = image.convert("RGB")'),
)
bank.wrong(S, "on black", says="became black", swap=('"white")', '"black")'))
bank.wrong(S, "bytes", says="divide by 255", swap=(SCALED, 'np.asarray(square, dtype="float32")'))
bank.wrong(S, "float64", says="float32", swap=(SCALED, "np.asarray(square) / 255"))
bank.wrong(S, "grey", says="three channels", swap=('.convert("RGB")', '.convert("L")'))
bank.wrong(S, "four channels", says="opacity", swap=('.convert("RGB")', ""))
bank.wrong(
    S,
    "blue first",
    says="blue, green, red",
    swap=(SCALED, SCALED.replace("/ 255", "[..., ::-1] / 255")),
)
bank.wrong(
    S,
    "turned",
    says="exchanged",
    swap=(SCALED, SCALED.replace("/ 255", ".transpose(1, 0, 2) / 255")),
)
bank.wrong(S, "no return", says="return", swap=("return np", "result = np"))
bank.wrong(S, "the size is 32", says="shape", swap=("(size, size)", "(32, 32)"))
INNER = "(image.width - size) // 2, (image.height - size) // 2"
bank.wrong(
    S,
    "not scaled",
    says="only the inner part",
    swap=(
        f"square = {FIT}",
        f"left, top = {INNER}\n    square = image.crop((left, top, left + size, top + size))",
    ),
)
bank.wrong(
    S,
    "bands",
    says="with bands",
    swap=(FIT, 'ImageOps.pad(image, (size, size), color="white")'),
)
bank.wrong(
    S,
    "only RGBA is converted",
    says="P file",
    code="""
def square_picture(data, size):
    image = Image.open(io.BytesIO(data))
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    return np.asarray(ImageOps.fit(image, (size, size)), dtype="float32") / 255
""",
)
bank.wrong(
    S,
    "only RGBA is laid on white",
    says="transparency was dropped",
    code="""
def square_picture(data, size):
    image = Image.open(io.BytesIO(data))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(ImageOps.fit(image.convert("RGB"), (size, size)), dtype="float32") / 255
""",
)
bank.wrong(
    S,
    "never enlarged",
    says="shape",
    code="""
def square_picture(data, size):
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side))
    square.thumbnail((size, size))
    return np.asarray(square, dtype="float32") / 255
""",
)
bank.wrong(
    S,
    "half transparent",
    says="half transparent",
    code="""
def square_picture(data, size):
    values = np.array(Image.open(io.BytesIO(data)).convert("RGBA"))
    rgb = np.where(values[..., 3:] == 0, 255, values[..., :3]).astype("uint8")
    return np.asarray(ImageOps.fit(Image.fromarray(rgb), (size, size)), dtype="float32") / 255
""",
)
bank.wrong(S, "white on top", says="on top", swap=("(white, image)", "(image, white)"))
bank.wrong(S, "-1 to 1", says="values down to", swap=(SCALED, f"2 * {SCALED} - 1"))
for name, says, old, new in (
    (
        "a smaller picture first",
        "details are lost",
        FIT,
        "ImageOps.fit(image, (16, 16)).resize((size, size))",
    ),
    ("256", "it becomes [0.977", "/ 255", "/ 256"),
    ("gamma", "the top left is", SCALED, f"({SCALED}) ** np.float32(2.2)"),
    ("the largest", "divided by the largest", "/ 255", "/ np.max(square)"),
    (
        "the right end",
        "that is the colour of the top right",
        FIT,
        FIT.replace("))", "), centering=(1, 1))"),
    ),
    ("the border cut off", "is another part cut out", FIT, FIT.replace("))", "), bleed=0.1)")),
    ("on grey", "bottom right (transparent)", '"white")', '"grey")'),
    (
        "one pixel aside",
        "one pixel too far to the left",
        FIT,
        "ImageOps.fit(image.crop((0, 0, image.width - 2 * (image.height < image.width), image.height)), (size, size))",
    ),
):
    bank.wrong(S, name, says=says, swap=(old, new))
bank.wrong(
    S,
    "a palette's numbers",
    says="palette's numbers",
    swap=(
        'image = Image.open(io.BytesIO(data)).convert("RGBA")',
        "image = Image.open(io.BytesIO(data))\n"
        '    image = Image.fromarray(np.asarray(image)) if image.mode == "P" else image\n'
        '    image = image.convert("RGBA")',
    ),
)

bank.right(
    S, "another filter", swap=(FIT, "ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)")
)
bank.right(
    S,
    "cut by hand, alpha by hand",
    code="""
def square_picture(data, size):
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize((size, size))
    values = np.array(square).astype("float32") / 255
    alpha = values[..., 3:]
    return values[..., :3] * alpha + (1 - alpha)
""",
)
bank.right(
    S,
    "pasted with a mask",
    swap=(
        WHITE,
        'white = Image.new("RGB", image.size, (255, 255, 255))\n    white.paste(image, mask=image.getchannel("A"))\n    image = white',
    ),
)

# linear_weights
W = "linear_weights"
into = "(directions / spread[:, None]).T"
out = "directions * spread[:, None]"
bank.wrong(W, "not centred", says="off zero", swap=("-mean @ kernel", "np.zeros(k)"))
bank.wrong(W, "sign of the bias", says="off zero", swap=("-mean @ kernel", "mean @ kernel"))
bank.wrong(W, "bias not scaled", says="off zero", swap=("-mean @ kernel", "-mean @ directions.T"))
bank.wrong(W, "not whitened", says="not divided", swap=(into, "directions.T"))
bank.wrong(
    W,
    "divided by variances",
    says="divided by the variances",
    swap=(into, "(directions / spread[:, None] ** 2).T"),
)
bank.wrong(
    W,
    "multiplied",
    says="multiplied by the standard",
    swap=(into, "(directions * spread[:, None]).T"),
)
bank.wrong(
    W,
    "n forgotten",
    says="root of the number",
    swap=("np.sqrt(pca.explained_variance_)", "pca.singular_values_"),
)
bank.wrong(W, "decoder not scaled", says="does not undo", swap=(out, "directions"))
bank.wrong(W, "decoder divides", says="multiply", swap=(out, "directions / spread[:, None]"))
bank.wrong(
    W,
    "decoder by variances",
    says="take their roots",
    swap=(out, "directions * spread[:, None] ** 2"),
)
bank.wrong(
    W,
    "no mean in the decoder",
    says="mean picture is missing",
    swap=(f"[{out}, mean]", f"[{out}, 0 * mean]"),
)
bank.wrong(
    W,
    "kernel turned",
    says="inputs first",
    swap=("return [kernel,", "return [kernel.T,"),
)
bank.wrong(
    W,
    "pictures not centred for the SVD",
    says="",
    code="""
def linear_weights(x, k):
    _, s, v = np.linalg.svd(x, full_matrices=False)
    directions, spread, mean = v[:k], s[:k, None] / np.sqrt(len(x)), x.mean(axis=0)
    kernel = (directions / spread).T
    return [kernel, -mean @ kernel], [directions * spread, mean]
""",
)
bank.wrong(
    W,
    "last components",
    says="",
    code="""
def linear_weights(x, k):
    pca = PCA().fit(x)
    directions = pca.components_[-k:]
    spread = np.sqrt(pca.explained_variance_[-k:, None]) + 1e-6
    kernel = (directions / spread).T
    return [kernel, -pca.mean_ @ kernel], [directions * spread, pca.mean_]
""",
)
bank.wrong(W, "minus the mean", says="wrong sign", swap=(f"[{out}, mean]", f"[{out}, -mean]"))
bank.wrong(
    W,
    "bias first",
    says="kernel comes first",
    swap=("[kernel, -mean @ kernel]", "[-mean @ kernel, kernel]"),
)
bank.wrong(
    W,
    "smallest eigenvalues",
    says="smallest variances",
    code="""
def linear_weights(x, k):
    mean = x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(x.T.astype("float64")))
    spread, directions = np.sqrt(values[:k]), vectors[:, :k]
    kernel = directions / spread
    return [kernel, -mean @ kernel], [(directions * spread).T, mean]
""",
)
bank.wrong(
    W,
    "one sign",
    says="row 0 of the decoder's kernel is -1 times",
    swap=(f"[{out}, mean]", f"[-{out}, mean]"),
)
bank.wrong(
    W,
    "the mean twice",
    says="copy of the mean picture",
    swap=(f"[{out}, mean]", f"[{out}, 2 * mean]"),
)
bank.wrong(
    W,
    "standardised first",
    says="principal directions",
    code="""
def linear_weights(x, k):
    mean, size = x.mean(axis=0), x.std(axis=0)
    pca = PCA(k, random_state=0).fit((x - mean) / size)
    spread = np.sqrt(pca.explained_variance_)
    kernel = (pca.components_ / spread[:, None]).T / size[:, None]
    return [kernel, -mean @ kernel], [pca.components_ * spread[:, None] * size, mean]
""",
)

bank.wrong(W, "no return", says="return", swap=("return [kernel", "result = [kernel"))
bank.right(
    W,
    "scikit-learn",
    code="""
def linear_weights(x, k):
    from sklearn.decomposition import PCA

    pca = PCA(k).fit(x)
    spread = np.sqrt(pca.explained_variance_)
    kernel = pca.components_.T / spread
    return (kernel, -(pca.mean_ @ kernel)), (pca.components_ * spread[:, None], pca.mean_)
""",
)
bank.right(
    W,
    "eigenvalues of the covariance, smallest first",
    code="""
def linear_weights(x, k):
    x = np.asarray(x, dtype="float64")
    mean = x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(x.T))
    spread, directions = np.sqrt(values[-k:]), vectors[:, -k:]
    kernel = directions / spread
    return [kernel, -mean @ kernel], [(directions * spread).T, mean]
""",
)

# negative_elbo
E = "negative_elbo"
SUM = "ops.sum(ops.square(x - copy), axis=(1, 2, 3))"
KL = "0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)"
bank.wrong(
    E,
    "mean over pixels",
    says="averaged over the pixels",
    swap=(SUM, SUM.replace("ops.sum", "ops.mean")),
)
bank.wrong(
    E,
    "mean over latents",
    says="averaged over the dimensions",
    swap=(KL, KL.replace("ops.sum", "ops.mean")),
)
bank.wrong(E, "no 2", says="The 2 in", swap=("(2 * sigma**2)", "sigma**2"))
bank.wrong(E, "sigma", says="not by σ²", swap=("(2 * sigma**2)", "(2 * sigma)"))
bank.wrong(E, "no sigma", says="not divided by", swap=("(2 * sigma**2)", "2"))
bank.wrong(
    E,
    "log sigma",
    says="log σ",
    swap=(KL, "0.5 * ops.sum(mean**2 + ops.exp(2 * log_var) - 1 - 2 * log_var, axis=1)"),
)
bank.wrong(E, "sign of the KL", says="subtracted", swap=("error + kl", "error - kl"))
bank.wrong(E, "the ELBO", says="its negative", swap=("error + kl", "-(error + kl)"))
bank.wrong(E, "no half", says="½", swap=("0.5 * ops", "ops"))
bank.wrong(E, "no KL", says="KL term is missing", swap=("error + kl", "error"))
bank.wrong(E, "one number", says="one number", swap=("error + kl", "ops.mean(error + kl)"))
bank.wrong(
    E,
    "by NumPy",
    says="",
    swap=(
        f"kl = {KL}",
        "kl = 0.5 * np.sum(np.array(mean) ** 2 + np.exp(log_var) - 1 - np.array(log_var), axis=1)",
    ),
)
bank.wrong(E, "no 1", says="The 1 in", swap=("- 1 - log_var", "- log_var"))
bank.wrong(
    E,
    "sigma and mean",
    says="",
    swap=(
        f"{SUM} / (2 * sigma**2)",
        "ops.mean(ops.square(x - copy), axis=(1, 2, 3)) / (2 * sigma)",
    ),
)
bank.wrong(E, "no brackets", says="with brackets", swap=("(2 * sigma**2)", "2 * sigma**2"))
bank.wrong(
    E,
    "with the constant",
    says="the constant",
    swap=(
        "error + kl",
        "error + kl + 0.5 * x[0].shape.num_elements() * np.log(2 * np.pi * sigma**2)",
    ),
)
bank.wrong(E, "plus log_var", says="subtracted", swap=("- 1 - log_var", "- 1 + log_var"))
bank.wrong(E, "mean not squared", says="not squared", swap=("mean**2 +", "mean +"))
bank.wrong(
    E,
    "summed over the batch",
    says="over all pictures",
    swap=(SUM, "ops.sum(ops.square(x - copy))"),
)
bank.wrong(E, "the notebook's sigma", says="argument sigma", swap=("sigma**2", "0.06**2"))
for name, says, old, new in (
    ("times 2 sigma squared", "differs from its copy, by 2", "/ (2 *", "* (2 *"),
    ("2 sigma in all squared", "differs from its copy, by 2", "(2 * sigma**2)", "(2 * sigma) ** 2"),
    ("beta", "only mean[0, 0]", "error + kl", "error + 0.5 * kl"),
    ("clipped", "by 2 in all 24 values", "x - copy", "x - ops.clip(copy, 0, 1)"),
    ("exp of half", "only log_var[0, 0]", "ops.exp(log_var)", "ops.exp(0.5 * log_var)"),
    ("mean over sigma", "sigma = 0.5, and only mean", "mean**2", "(mean / sigma) ** 2"),
):
    bank.wrong(E, name, says=says, swap=(old, new))

bank.wrong(E, "no return", says="return", swap=("return error", "result = error"))
bank.right(
    E,
    "TensorFlow, flat",
    code="""
def negative_elbo(x, copy, mean, log_var, sigma):
    gap = tf.reshape(x - copy, (tf.shape(x)[0], -1))
    error = tf.reduce_sum(gap**2, axis=-1) / (2 * sigma**2)
    return error - 0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=-1)
""",
)
bank.right(
    E,
    "axis after axis",
    swap=(SUM, "ops.sum(ops.sum(ops.sum((copy - x) ** 2, axis=-1), axis=-1), axis=-1)"),
)

# nearest_pictures
N = "nearest_pictures"
GAPS = "np.mean((known - picture) ** 2, axis=(1, 2, 3))"
bank.wrong(
    N,
    "no root",
    says="root is missing",
    swap=("np.sqrt(squares[numbers[-1]])", "squares[numbers[-1]]"),
)
bank.wrong(N, "sums", says="squares are summed", swap=(GAPS, GAPS.replace("np.mean", "np.sum")))
bank.wrong(N, "farthest", says="farthest", swap=("np.argmin", "np.argmax"))
bank.wrong(
    N, "absolute", says="", swap=(GAPS, "np.mean(np.abs(known - picture), axis=(1, 2, 3)) ** 2")
)
bank.wrong(
    N,
    "exchanged",
    says="exchanged",
    swap=("np.array(numbers), np.array(distances)", "np.array(distances), np.array(numbers)"),
)
bank.wrong(
    N, "numbers only", says="", swap=("np.array(numbers), np.array(distances)", "np.array(numbers)")
)
bank.wrong(
    N, "first channel", says="", swap=(GAPS, "np.mean((known - picture)[..., 0] ** 2, axis=(1, 2))")
)
bank.wrong(
    N,
    "a matrix product that cancels",
    says="NaN",
    code="""
def nearest_pictures(new, known):
    a, b = new.reshape(len(new), -1), known.reshape(len(known), -1)
    squares = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1) - 1e-4
    return squares.argmin(axis=1), np.sqrt(squares.min(axis=1) / a.shape[1])
""",
)
bank.wrong(
    N,
    "a matrix product without maximum",
    says="NaN",
    code="""
def nearest_pictures(new, known):
    a, b = new.reshape(len(new), -1), known.reshape(len(known), -1)
    squares = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return squares.argmin(axis=1), np.sqrt(squares.min(axis=1) / a.shape[1])
""",
)
bank.wrong(
    N,
    "floats",
    says="whole numbers",
    swap=("np.array(numbers),", "np.array(numbers, dtype=float),"),
)
bank.wrong(
    N,
    "chosen by absolute differences",
    says="means of squares",
    code="""
def nearest_pictures(new, known):
    numbers = [np.abs(known - one).mean(axis=(1, 2, 3)).argmin() for one in new]
    return np.array(numbers), np.sqrt(np.mean((known[numbers] - new) ** 2, axis=(1, 2, 3)))
""",
)
bank.wrong(
    N, "counted from 1", says="begin at 0", swap=("np.array(numbers),", "np.array(numbers) + 1,")
)
bank.wrong(
    N,
    "second nearest",
    says="second nearest",
    swap=("np.argmin(squares)", "np.argsort(squares)[min(1, len(known) - 1)]"),
)
bank.wrong(
    N,
    "root of the sum over d",
    says="root was taken of the sum",
    swap=("np.sqrt(squares[numbers[-1]])", "np.sqrt(squares[numbers[-1]] / picture.size)"),
)
bank.wrong(
    N,
    "means compared",
    says="Means of pictures",
    swap=(GAPS, "np.mean(known - picture, axis=(1, 2, 3)) ** 2"),
)
bank.wrong(
    N,
    "cosine",
    says="a cosine",
    code="""
def nearest_pictures(new, known):
    a, b = (part.reshape(len(part), -1) for part in (new, known))
    likeness = a @ b.T / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)
    numbers = likeness.argmax(axis=1)
    return numbers, np.sqrt(np.mean((a - b[numbers]) ** 2, axis=1))
""",
)
OFF = "np.mean((known - known.mean(axis=(1, 2, 3), keepdims=True) - picture + picture.mean()) ** 2, axis=(1, 2, 3))"
bank.wrong(N, "a thousand", says="which is at", swap=("known - picture", "known[:1000] - picture"))
bank.wrong(N, "brightness left out", says="mean was subtracted", swap=(GAPS, OFF))
bank.wrong(
    N,
    "16 bits",
    says="16 bits",
    swap=(
        "for picture in new:",
        "for picture in new.astype('float16'):\n        known = known.astype('float16')",
    ),
)
bank.wrong(N, "of all", says="add up to", swap=("squares[numbers[-1]]", "squares.mean()"))
bank.wrong(
    N,
    "sorted",
    says="in another order",
    swap=("np.array(numbers), np.array(distances)", "np.sort(numbers), np.array(distances)"),
)

bank.right(
    N,
    "SciPy",
    code="""
def nearest_pictures(new, known):
    from scipy.spatial.distance import cdist

    table = cdist(new.reshape(len(new), -1), known.reshape(len(known), -1))
    return table.argmin(axis=1), table.min(axis=1) / np.sqrt(new[0].size)
""",
)
bank.right(
    N,
    "scikit-learn",
    code="""
def nearest_pictures(new, known):
    from sklearn.neighbors import NearestNeighbors

    flat = known.reshape(len(known), -1)
    distances, numbers = NearestNeighbors(n_neighbors=1).fit(flat).kneighbors(new.reshape(len(new), -1))
    return numbers[:, 0], distances[:, 0] / flat.shape[1] ** 0.5
""",
)
bank.right(
    N,
    "a matrix product",
    code="""
def nearest_pictures(new, known):
    a, b = new.reshape(len(new), -1), known.reshape(len(known), -1)
    squares = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return squares.argmin(axis=1), np.sqrt(np.maximum(squares.min(axis=1), 0) / a.shape[1])
""",
)

# contact_sheet
C = "contact_sheet"
PIXELS = 'np.rint(255 * np.clip(pictures, 0, 1)).astype("uint8")'
bank.wrong(
    C,
    "not clipped",
    says="clip",
    swap=(PIXELS, 'np.rint(255 * pictures).astype("int64").astype("uint8")'),
)
bank.wrong(
    C, "cut off", says="cut off", swap=(PIXELS, '(255 * np.clip(pictures, 0, 1)).astype("uint8")')
)
bank.wrong(C, "black gaps", says="gaps are black", swap=("255, dtype", "0, dtype"))
bank.wrong(
    C,
    "columns first",
    says="columns from top",
    swap=("i, j = divmod(number, columns)", "j, i = divmod(number, rows)"),
)
bank.wrong(C, "floats", says="uint8", swap=("return sheet", "return sheet / 255"))
bank.wrong(C, "int64", says="uint8", swap=("return sheet", "return sheet.astype(int)"))
bank.wrong(C, "no outer gap", says="", swap=("return sheet", "return sheet[gap:-gap, gap:-gap]"))
bank.wrong(
    C, "last row lost", says="last row is not full", swap=("-(-n // columns)", "n // columns")
)
bank.wrong(
    C, "height for width", says="", swap=("(width + gap) + gap, 3)", "(height + gap) + gap, 3)")
)
bank.wrong(
    C,
    "no wider than the pictures",
    says="as many columns",
    swap=("rows = -(-n", "columns = min(n, columns)\n    rows = -(-n"),
)
bank.wrong(
    C,
    "last row in the middle",
    says="row 1, column 0 is white",
    swap=(
        "i, j = divmod(number, columns)",
        "i, j = divmod(number, columns)\n        j += (rows * columns - n) // 2 * (i == rows - 1)",
    ),
)
bank.wrong(
    C,
    "cut off for a gap of 0",
    says="gap",
    swap=(
        "return sheet",
        "if gap == 0:\n        sheet = sheet[gap:-gap, gap:-gap]\n    return sheet",
    ),
)
bank.wrong(
    C, "a Pillow image", says="NumPy array", swap=("return sheet", "return Image.fromarray(sheet)")
)
bank.wrong(
    C,
    "rows upwards",
    says="begin at the top",
    swap=("divmod(number, columns)", "divmod(number, columns)\n        i = rows - 1 - i"),
)
bank.wrong(
    C,
    "clipped below only",
    says="on both sides",
    swap=(PIXELS, 'np.rint(255 * np.clip(pictures, 0, None)).astype("int64").astype("uint8")'),
)
bank.wrong(
    C,
    "begins at the edge",
    says="after the gap",
    swap=(
        "gap + i * (height + gap), gap + j * (width + gap)",
        "i * (height + gap), j * (width + gap)",
    ),
)
bank.wrong(
    C,
    "256",
    says="multiplied by 256",
    swap=(PIXELS, '(256 * pictures).clip(0, 255).astype("uint8")'),
)
bank.wrong(
    C,
    "one row too many",
    says="expected 9: 2 pictures of 3 and 3 gaps of 1",
    swap=("-(-n // columns)", "n // columns + 1"),
)
bank.wrong(
    C,
    "gap at the top and left alone",
    says="its height is 8",
    swap=("return sheet", "return sheet[: len(sheet) - gap, : sheet.shape[1] - gap]"),
)
bank.wrong(C, "mirrored", says="picture 0, in row 0", swap=("= picture\n", "= picture[:, ::-1]\n"))
bank.wrong(C, "off-white", says="belongs to a gap", swap=("255, dtype", "250, dtype"))
bank.wrong(
    C,
    "exchanged",
    says="stands picture 1, expected picture 0",
    swap=("enumerate(pixels)", "enumerate(pixels[[1, 0, *range(2, n)][:n]])"),
)
bank.wrong(
    C,
    "repeated",
    says="stays white; there is picture 0",
    swap=("enumerate(pixels)", "enumerate(np.resize(pixels, (rows * columns, *pixels.shape[1:])))"),
)

bank.wrong(C, "no return", says="return", swap=("return sheet", "result = sheet"))
bank.wrong(C, "not scaled", says="255", swap=("255 * np.clip", "np.clip"))
bank.right(
    C,
    "padded, then turned",
    code="""
def contact_sheet(pictures, columns, gap):
    n, height, width, _ = pictures.shape
    rows = (n + columns - 1) // columns
    pixels = np.full((rows * columns, height + gap, width + gap, 3), 255, "uint8")
    pixels[:n, gap:, gap:] = (255 * np.clip(pictures, 0, 1) + 0.5).astype("uint8")
    grid = pixels.reshape(rows, columns, height + gap, width + gap, 3).transpose(0, 2, 1, 3, 4)
    grid = grid.reshape(rows * (height + gap), columns * (width + gap), 3)
    return np.pad(grid, [(0, gap), (0, gap), (0, 0)], constant_values=255)
""",
)
bank.right(
    C,
    "Pillow pastes",
    code="""
def contact_sheet(pictures, columns, gap):
    n, height, width, _ = pictures.shape
    rows = -(-n // columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), "white")
    for k, one in enumerate(pictures):
        tile = Image.fromarray(np.round(one.clip(0, 1) * 255).astype(np.uint8))
        sheet.paste(tile, (gap + k % columns * (width + gap), gap + k // columns * (height + gap)))
    return np.array(sheet)
""",
)

# factor_directions
F = "factor_directions"
FIT_ALL = "LinearRegression().fit(table, codes)"
bank.wrong(
    F,
    "no intercept",
    says="intercept",
    swap=("LinearRegression()", "LinearRegression(fit_intercept=False)"),
)
bank.wrong(F, "turned", says="one row for each factor", swap=("coef_.T", "coef_"))
bank.wrong(F, "exchanged", says="", swap=(FIT_ALL, "LinearRegression().fit(codes, table)"))
bank.wrong(
    F,
    "one at a time",
    says="one factor at a time",
    code="""
def factor_directions(codes, table):
    return np.array([LinearRegression().fit(c[:, None], codes).coef_[:, 0] for c in table.T])
""",
)
bank.wrong(
    F,
    "scaled",
    says="leave their units",
    code="""
def factor_directions(codes, table):
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    return LinearRegression().fit(table, codes).coef_.T
""",
)
bank.wrong(
    F,
    "intercept left in",
    says="intercept is still there",
    code="""
def factor_directions(codes, table):
    ones = np.column_stack([np.ones(len(table)), table])
    return np.linalg.lstsq(ones, codes, rcond=None)[0]
""",
)
bank.wrong(
    F,
    "normal equations",
    says="no inverse",
    code="""
def factor_directions(codes, table):
    x = np.column_stack([table, np.ones(len(table))])
    return np.linalg.solve(x.T @ x, x.T @ codes)[:-1]
""",
)
bank.wrong(
    F,
    "an inverse",
    says="no inverse",
    code="""
def factor_directions(codes, table):
    x = table - table.mean(axis=0)
    return np.linalg.inv(x.T @ x) @ x.T @ codes
""",
)
bank.wrong(
    F,
    "ones first, last row left out",
    says="leave out the first row",
    code="""
def factor_directions(codes, table):
    ones = np.column_stack([np.ones(len(table)), table])
    return np.linalg.lstsq(ones, codes, rcond=None)[0][:-1]
""",
)
bank.wrong(
    F,
    "all that lstsq gives",
    says="Several results",
    code="""
def factor_directions(codes, table):
    return np.linalg.lstsq(np.column_stack([table, np.ones(len(table))]), codes, rcond=None)
""",
)
bank.wrong(
    F,
    "with the constant",
    says="Several results",
    swap=("model.coef_.T", "model.coef_.T, model.intercept_"),
)
bank.wrong(
    F,
    "reshaped",
    says="reshaped",
    swap=("model.coef_.T", "model.coef_.reshape(table.shape[1], -1)"),
)
for name, says, new in (
    (
        "unit rows",
        "of 0 and 1 that adds 2: expected",
        "d = model.coef_.T\n    return d / np.linalg.norm(d, axis=1)[:, None]",
    ),
    ("constant added", "with a constant 5: expected", "return model.coef_.T + model.intercept_"),
    (
        "codes over their spread",
        "of 0 and 10 that adds 2",
        "return model.coef_.T / codes.std(axis=0)",
    ),
    ("positive alone", "(2, -3)", "return np.maximum(model.coef_.T, 0)"),
    (
        "half of the rows",
        "changes nothing",
        "return LinearRegression().fit(table[::2], codes[::2]).coef_.T",
    ),
):
    bank.wrong(F, name, says=says, swap=("return model.coef_.T", new))

bank.wrong(F, "no return", says="return", swap=("return", "result ="))
bank.right(
    F,
    "least squares with a column of ones",
    code="""
def factor_directions(codes, table):
    ones = np.column_stack([np.ones(len(table)), table])
    return np.linalg.lstsq(ones, codes, rcond=None)[0][1:]
""",
)
bank.right(
    F,
    "centred pseudo-inverse",
    code="""
def factor_directions(codes, table):
    table = np.asarray(table, dtype="float64")
    return np.linalg.pinv(table - table.mean(axis=0)) @ (codes - codes.mean(axis=0))
""",
)
