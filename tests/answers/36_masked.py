"""Answers to the exercises of lesson 36, right and wrong."""

from tests.bank import Bank

bank = Bank()

# patches
P = "patches"
CUT = "cut.transpose(0, 1, 3, 2, 4)"
BACK = "grid.transpose(0, 1, 3, 2, 4)"
bank.wrong(P, "no transpose", says="strips", swap=(CUT, "cut"))
bank.wrong(
    P, "column by column", says="column by column", swap=(CUT, "cut.transpose(0, 3, 1, 2, 4)")
)
bank.wrong(P, "pixels by column", says="within a patch", swap=(CUT, "cut.transpose(0, 1, 3, 4, 2)"))
bank.wrong(
    P,
    "transposed picture",
    says="the patches",
    swap=("cut = pictures.reshape", "cut = pictures.transpose(0, 2, 1).reshape"),
)
bank.wrong(
    P, "squares", says="patches", swap=("rows * columns, size * size)\n", "-1, size, size)\n")
)
bank.wrong(
    P,
    "one row of all",
    says="first axis",
    swap=(".reshape(n, rows * columns, size * size)", ".reshape(-1, size * size)"),
)
bank.wrong(P, "back: no transpose", says="own order", swap=(BACK, "grid"))
bank.wrong(
    P,
    "back: rows and columns",
    says="exchanged",
    swap=(
        "reshape(-1, rows, columns, size, size)",
        "reshape(-1, columns, rows, size, size)",
    ),
)
bank.wrong(
    P, "back: pixels by column", says="each patch", swap=(BACK, "grid.transpose(0, 1, 4, 2, 3)")
)
bank.wrong(P, "back: size 6", says="from_patches", swap=("int(np.sqrt(patches.shape[2]))", "6"))
bank.right(
    P,
    "loops",
    code="def to_patches(pictures, size):\n"
    "    n, h, w = pictures.shape\n"
    "    found = [pictures[:, i:i + size, j:j + size].reshape(n, -1)\n"
    "             for i in range(0, h, size) for j in range(0, w, size)]\n"
    "    return np.stack(found, axis=1)\n\n\n"
    "def from_patches(patches, rows, columns):\n"
    "    s = round(patches.shape[2] ** 0.5)\n"
    "    out = np.zeros((len(patches), rows * s, columns * s), patches.dtype)\n"
    "    for k in range(rows * columns):\n"
    "        i, j = k // columns * s, k % columns * s\n"
    "        out[:, i:i + s, j:j + s] = patches[:, k].reshape(-1, s, s)\n"
    "    return out\n",
)
bank.right(
    P,
    "swapaxes and einsum",
    code="def to_patches(pictures, size):\n"
    "    n, h, w = pictures.shape\n"
    "    x = pictures.reshape(n, h // size, size, w // size, size).swapaxes(2, 3)\n"
    "    return x.reshape(n, -1, size**2)\n\n\n"
    "def from_patches(patches, rows, columns):\n"
    "    s = int(round(np.sqrt(patches.shape[-1])))\n"
    "    x = np.einsum('nrcij->nricj', patches.reshape(len(patches), rows, columns, s, s))\n"
    "    return x.reshape(len(patches), rows * s, columns * s)\n",
)

# attention
A = "attention"
ROOT = "scores / np.sqrt(q.shape[-1])"


def attend(body):
    """A cell with another body."""
    return f"def attention(q, k, v):\n    {body}\n"


bank.wrong(A, "no root", says="1/√d is missing", swap=(ROOT, "scores"))
bank.wrong(A, "divided by d", says="square root", swap=(ROOT, "scores / q.shape[-1]"))
bank.wrong(A, "softmax over queries", says="over the keys", swap=("axis=-1)", "axis=-2)"))
bank.wrong(A, "softmax over heads", says="over the keys", swap=("axis=-1)", "axis=1)"))
bank.wrong(
    A, "no softmax", says="softmax is missing", swap=("ops.softmax(scaled, axis=-1)", "scaled")
)
bank.wrong(
    A,
    "no root, wrong axis",
    says="and the softmax",
    code=attend(
        "w = ops.softmax(ops.matmul(q, ops.swapaxes(k, -1, -2)), axis=-2)\n    return ops.matmul(w, v), w"
    ),
)
bank.wrong(A, "number of keys", says="number of keys", swap=("q.shape[-1]", "k.shape[-2]"))
bank.wrong(
    A,
    "results exchanged",
    says="weights",
    swap=("return output, weights", "return weights, output"),
)
bank.wrong(
    A,
    "output alone",
    says="results",
    swap=("return output, weights", "return output"),
)
bank.wrong(A, "not transposed", says="attention", swap=("ops.swapaxes(k, -1, -2)", "k"))
bank.wrong(
    A,
    "NumPy",
    says="compile",
    code=attend(
        "q, k, v = (np.asarray(x) for x in (q, k, v))\n    s = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])\n    w = np.exp(s - s.max(-1, keepdims=True))\n    w = w / w.sum(-1, keepdims=True)\n    return w @ v, w"
    ),
)
bank.right(
    A,
    "einsum",
    code=attend(
        "s = ops.einsum('...td,...sd->...ts', q, k) * q.shape[-1] ** -0.5\n    w = ops.softmax(s)\n    return ops.einsum('...ts,...sd->...td', w, v), w"
    ),
)
bank.right(
    A,
    "TensorFlow",
    code=attend(
        "d = tf.cast(tf.shape(q)[-1], q.dtype)\n    w = tf.nn.softmax(tf.matmul(q / tf.sqrt(d), k, transpose_b=True))\n    return w @ v, w"
    ),
)

# positions
W = "positions"
PARTS = "[np.sin(i), np.cos(i), np.sin(j), np.cos(j)]"
bank.wrong(
    W,
    "cosines first",
    says="cosines come first",
    swap=(PARTS, "[np.cos(i), np.sin(i), np.cos(j), np.sin(j)]"),
)
bank.wrong(
    W,
    "columns first",
    says="column comes first",
    swap=(PARTS, "[np.sin(j), np.cos(j), np.sin(i), np.cos(i)]"),
)
bank.wrong(W, "no π/2", says="π/2 is missing", swap=("np.pi / 2 * ", ""))
bank.wrong(W, "sign of the exponent", says="sign", swap=("(-np.arange", "(np.arange"))
bank.wrong(W, "over dim", says="not over dim", swap=("/ waves)", "/ dim)"))
bank.wrong(
    W,
    "from 1",
    says="begin with 0",
    swap=(
        "i, j = np.outer(place // columns, omega), np.outer(place % columns, omega)",
        "i, j = np.outer(place // columns + 1, omega), np.outer(place % columns + 1, omega)",
    ),
)
bank.wrong(
    W,
    "divided by rows",
    says="position vectors",
    swap=(
        "place // columns, omega), np.outer(place % columns",
        "place // rows, omega), np.outer(place % rows",
    ),
)
bank.wrong(W, "float64", says="float32", swap=('.astype("float32")', ""))
bank.wrong(
    W,
    "stacked",
    says="position vectors",
    swap=("np.concatenate(parts, axis=1)", "np.stack(parts, axis=1)"),
)
bank.wrong(
    W,
    "alternating",
    says="alternate",
    swap=("np.concatenate(parts, axis=1)", "np.stack(parts, axis=2).reshape(rows * columns, dim)"),
)
bank.right(
    W,
    "loops",
    code="def positions(rows, columns, dim):\n"
    "    f = dim // 4\n"
    "    omega = [np.pi / 2 / 8 ** (k / f) for k in range(f)]\n"
    "    out = []\n"
    "    for i in range(rows):\n"
    "        for j in range(columns):\n"
    "            out.append([g(p * w) for p in (i, j) for g in (np.sin, np.cos) for w in omega])\n"
    "    return np.array(out, dtype='float32')\n",
)
bank.right(
    W,
    "meshgrid",
    code="def positions(rows, columns, dim):\n"
    "    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing='ij')\n"
    "    omega = np.pi / 2 * np.exp(-np.log(8) * np.linspace(0, 1, dim // 4, endpoint=False))\n"
    "    a, b = i.reshape(-1, 1) * omega, j.reshape(-1, 1) * omega\n"
    "    return np.hstack([np.sin(a), np.cos(a), np.sin(b), np.cos(b)]).astype(np.float32)\n",
)

# choose_visible
C = "choose_visible"
bank.wrong(C, "largest", says="largest", swap=("order[:, :keep]", "order[:, -keep:]"))
bank.wrong(
    C,
    "mask exchanged",
    says="exchanged",
    swap=("1 - ops.sum(marks, axis=1)", "ops.sum(marks, axis=1)"),
)
bank.wrong(
    C,
    "argsort for ranks: leak",
    says="mask leaks",
    swap=("1 - ops.sum(marks, axis=1)", "ops.cast(order >= keep, 'float32')"),
)
bank.wrong(
    C,
    "the last places: leak",
    says="mask leaks",
    swap=(
        "1 - ops.sum(marks, axis=1)",
        "ops.cast(ops.arange(noise.shape[1]) >= keep, 'float32') + 0 * noise",
    ),
)
bank.wrong(
    C,
    "all masked",
    says="all patches are marked",
    swap=("1 - ops.sum(marks, axis=1)", "ops.ones_like(noise)"),
)
bank.wrong(
    C,
    "ranks",
    says="ranks",
    swap=("ops.argsort(noise, axis=1)", "ops.argsort(ops.argsort(noise, axis=1), axis=1)"),
)
bank.wrong(
    C,
    "sorted over pictures",
    says="visible",
    swap=("ops.argsort(noise, axis=1)", "ops.argsort(noise, axis=0)"),
)
bank.wrong(C, "visible alone", says="results", swap=("return visible, masked", "return visible"))
bank.wrong(
    C,
    "boolean mask",
    says="float32",
    swap=("1 - ops.sum(marks, axis=1)", "ops.sum(marks, axis=1) < 1"),
)
bank.wrong(
    C,
    "one choice for all",
    says="noise of its own",
    swap=("ops.argsort(noise, axis=1)", "ops.argsort(noise[:1] + 0 * noise, axis=1)"),
)
bank.right(
    C,
    "ranks by two sorts",
    code="def choose_visible(noise, keep):\n    order = ops.argsort(noise, axis=1)\n    ranks = ops.argsort(order, axis=1)\n    return order[:, :keep], ops.cast(ranks >= keep, 'float32')\n",
)
bank.right(
    C,
    "top k",
    code="def choose_visible(noise, keep):\n    visible = tf.math.top_k(-noise, k=keep).indices\n    return visible, 1.0 - tf.reduce_max(tf.one_hot(visible, noise.shape[1]), axis=1)\n",
)

# put_back
B = "put_back"
EMPTY = "placed + empty[:, :, None] * token"
bank.wrong(B, "zeros", says="are zero", swap=(EMPTY, "placed"))
bank.wrong(B, "token added everywhere", says="added to the visible", swap=(EMPTY, "placed + token"))
bank.wrong(
    B,
    "codes first",
    says="stand first",
    swap=(
        "ops.one_hot(visible, count)",
        "ops.one_hot(0 * ops.cast(visible, 'int32') + ops.arange(visible.shape[1], dtype='int32'), count)",
    ),
)
bank.wrong(
    B,
    "sorted",
    says="ascending",
    swap=("ops.one_hot(visible, count)", "ops.one_hot(ops.sort(visible, axis=1), count)"),
)
bank.wrong(B, "token alone", says="codes are missing", swap=(EMPTY, "0 * placed + token"))
bank.wrong(
    B,
    "token at the visible places",
    says="decoder's input",
    swap=("1 - ops.sum(marks, axis=1)", "ops.sum(marks, axis=1)"),
)
bank.wrong(
    B,
    "16 written in",
    says="decoder's input",
    swap=("ops.one_hot(visible, count)", "ops.one_hot(visible, 16)"),
)
bank.wrong(B, "no return", says="return", swap=("return placed", "result = placed"))
bank.wrong(
    B,
    "NumPy",
    says="compile",
    code="def put_back(codes, visible, token, count):\n    codes, visible = np.asarray(codes), np.asarray(visible)\n    out = np.tile(np.asarray(token), (len(codes), count, 1))\n    np.put_along_axis(out, visible[..., None].astype(int), codes, axis=1)\n    return out\n",
)
bank.right(
    B,
    "einsum and where",
    code="def put_back(codes, visible, token, count):\n    marks = ops.one_hot(visible, count)\n    seen = ops.einsum('nkp->np', marks)[..., None] > 0\n    return ops.where(seen, ops.einsum('nkp,nkd->npd', marks, codes), token)\n",
)
bank.right(
    B,
    "comparison",
    code="def put_back(codes, visible, token, count):\n    same = ops.cast(visible, 'int32')[:, None, :] == ops.arange(count, dtype='int32')[None, :, None]\n    same = ops.cast(same, codes.dtype)\n    return ops.matmul(same, codes - token) + token\n",
)

# masked_loss
M = "masked_loss"
ALL = "ops.sum(errors * masked) / count"
bank.wrong(M, "visible too", says="visible patches count", swap=(ALL, "ops.mean(errors)"))
bank.wrong(
    M, "divided by all", says="number of all patches", swap=(ALL, "ops.mean(errors * masked)")
)
bank.wrong(
    M,
    "the visible ones",
    says="1 is masked",
    swap=(ALL, "ops.sum(errors * (1 - masked)) / ops.sum(1 - masked)"),
)
bank.wrong(
    M,
    "pixels summed",
    says="take their mean",
    swap=(
        "ops.mean(ops.square(copies - patches), axis=2)",
        "ops.sum(ops.square(copies - patches), axis=2)",
    ),
)
bank.wrong(
    M,
    "patches summed",
    says="divide by the number of those that count",
    swap=(ALL, "ops.sum(errors * masked)"),
)
bank.wrong(
    M,
    "not squared",
    says="not squared",
    swap=("ops.square(copies - patches)", "(copies - patches)"),
)
bank.wrong(M, "absolute", says="not their squares", swap=("ops.square", "ops.abs"))
bank.wrong(
    M,
    "each picture",
    says="the loss",
    swap=(ALL, "ops.sum(errors * masked, axis=1) / ops.sum(masked, axis=1)"),
)
bank.wrong(
    M,
    "only copies masked",
    says="copies are masked",
    code="def masked_loss(copies, patches, masked):\n    gap = copies * masked[:, :, None] - patches\n    return ops.sum(ops.square(gap)) / ops.sum(masked) / copies.shape[2]\n",
)
bank.wrong(
    M,
    "NumPy",
    says="tensor",
    code="def masked_loss(copies, patches, masked):\n    c, p, m = (np.asarray(x) for x in (copies, patches, masked))\n    return float((((c - p) ** 2).mean(2) * m).sum() / m.sum())\n",
)
bank.right(
    M,
    "weights",
    code="def masked_loss(copies, patches, masked):\n    weights = masked[..., None] / (ops.sum(masked) * copies.shape[-1])\n    return ops.sum(weights * (copies - patches) ** 2)\n",
)
bank.right(
    M,
    "boolean mask",
    code="def masked_loss(copies, patches, masked):\n    seen = tf.cast(masked, tf.bool)\n    return tf.reduce_mean((tf.boolean_mask(copies, seen) - tf.boolean_mask(patches, seen)) ** 2)\n",
)
bank.wrong(
    "choose_visible",
    "a fixed threshold for the mask",
    says="the mask",
    swap=(
        "masked = 1 - ops.sum(marks, axis=1)",
        "masked = ops.cast(noise > keep / noise.shape[1], 'float32')",
    ),
)
bank.wrong(
    "masked_loss",
    "three quarters, whatever the mask says",
    says="the loss",
    swap=("ops.sum(errors * masked) / count", "ops.mean(errors * masked) / 0.75"),
)
bank.wrong(
    "masked_loss",
    "picture by picture",
    says="picture by picture",
    swap=(
        "ops.sum(errors * masked) / count",
        "ops.mean(ops.sum(errors * masked, axis=1) / ops.sum(masked, axis=1))",
    ),
)

bank.wrong(
    "attention",
    "four axes only",
    says="axis 3 is out of bounds",
    swap=("ops.swapaxes(k, -1, -2)", "ops.transpose(k, (0, 1, 3, 2))"),
)
bank.wrong(
    "put_back",
    "a token that is not learned",
    says="No gradient",
    swap=("* token", "* ops.stop_gradient(token)"),
)

# what the patches can be, and the way back
CUT_AGAIN = "pictures.reshape(n, rows, size, columns, size)"
DONE = "return cut.transpose(0, 1, 3, 2, 4).reshape(n, rows * columns, size * size)"
BACK_DONE = "return grid.transpose(0, 1, 3, 2, 4).reshape(-1, rows * size, columns * size)"
for name, says, *swap in (
    (
        "size for number",
        "split it into (rows, size)",
        CUT_AGAIN,
        "pictures.reshape(n, size, rows, size, columns)",
    ),
    (
        "rows, size, columns left apart",
        "axes are in a wrong order",
        CUT,
        "cut.transpose(0, 1, 2, 4, 3)",
    ),
    ("over 255", "divided by 255", DONE, f"{DONE} / 255"),
    ("bytes", "whole numbers", DONE, f"{DONE}.astype('uint8')"),
    ("first picture", "first picture alone", DONE, f"return ({DONE[7:]})[0]"),
    ("patch axis first", "first axis is the patch", DONE, f"{DONE}.swapaxes(0, 1)"),
    ("joined", "patches of a picture are joined", DONE, f"{DONE}.reshape(n, -1)"),
    (
        "height and width",
        "height and width are exchanged",
        "n, height, width =",
        "n, width, height =",
    ),
    ("not cut", "returned as they came", DONE, "return pictures"),
    (
        "in place",
        "changed in place",
        DONE,
        f"result = {DONE[7:]}.copy()\n    pictures *= 0\n    return result",
    ),
    ("back: any order", "axes are in a wrong order", BACK, "grid.transpose(0, 3, 1, 2, 4)"),
    (
        "back: half the pixels",
        "does not fit",
        "int(np.sqrt(patches.shape[2]))",
        "patches.shape[2] // 2",
    ),
    (
        "back: float",
        "must be an integer",
        "int(np.sqrt(patches.shape[2]))",
        "np.sqrt(patches.shape[2])",
    ),
    ("back: five axes", "still apart", ".reshape(-1, rows * size, columns * size)", ""),
    (
        "back: width first",
        "last reshape",
        "(-1, rows * size, columns * size)",
        "(-1, columns * size, rows * size)",
    ),
    ("back: cut", "cut to [0, 1]", BACK_DONE, f"{BACK_DONE}.clip(0, 1)"),
    ("back: one", "first picture alone", BACK_DONE, f"return ({BACK_DONE[7:]})[0]"),
    ("back: nothing", "patches are returned", BACK_DONE, "return patches"),
):
    bank.wrong(P, name, says=says, swap=swap)


def windows(rows, columns):
    """Patches by two ranges."""
    return (
        "def to_patches(pictures, size):\n    n, h, w = pictures.shape\n"
        f"    found = [pictures[:, i:i + size, j:j + size] for i in range({rows}) for j in range({columns})]\n"
        "    return np.stack(found, axis=1).reshape(n, -1, size**2)\n\n\n"
        "def from_patches(patches, rows, columns):\n    return patches\n"
    )


def put_down(place, rows="rows", kind="float"):
    """The way back, patch by patch, each where `place` says."""
    return (
        "def to_patches(pictures, size):\n    n, h, w = pictures.shape\n"
        "    cut = pictures.reshape(n, h // size, size, w // size, size)\n"
        "    return np.moveaxis(cut, 2, 3).reshape(n, -1, size**2)\n\n\n"
        "def from_patches(patches, rows, columns):\n    s = round(patches.shape[2] ** 0.5)\n"
        f"    out = np.zeros((len(patches), rows * s, columns * s), {kind})\n"
        f"    for i in range({rows}):\n        for j in range(columns if {rows} == rows else columns - 1):\n"
        f"            out[:, i * s:i * s + s, j * s:j * s + s] = patches[:, {place}].reshape(-1, s, s)\n"
        "    return out\n"
    )


STEP = windows("0, h, size", "0, w, size")
bank.wrong(P, "every pixel", says="overlap", code=windows("h - size + 1", "w - size + 1"))
bank.wrong(
    P, "last left out", says="too early", code=windows("0, h - size, size", "0, w - size, size")
)
bank.wrong(P, "way back missing", says="patches are returned", code=STEP)
bank.wrong(
    P,
    "back: i * rows",
    says="not i * rows + j",
    code=put_down("min(i * rows + j, rows * columns - 1)"),
)
bank.wrong(P, "back: by column", says="column by column", code=put_down("j * rows + i"))
bank.wrong(P, "back: last empty", says="are empty", code=put_down("i * columns + j", "rows - 1"))
bank.wrong(P, "back: integers", says="whole numbers", code=put_down("i * columns + j", kind="int"))
bank.right(P, "patch by patch, float64", code=put_down("i * columns + j"))
bank.right(
    P,
    "Keras cuts, tensors come back",
    code="def to_patches(pictures, size):\n"
    "    x = ops.image.extract_patches(ops.convert_to_tensor(pictures)[..., None], size)\n"
    "    return ops.reshape(x, (len(pictures), -1, size * size))\n\n\n"
    "def from_patches(patches, rows, columns):\n"
    "    s = int(patches.shape[-1] ** 0.5 + 0.5)\n"
    "    rows_of = [[np.reshape(patches[:, i * columns + j], (-1, s, s)) for j in range(columns)] for i in range(rows)]\n"
    "    return np.block([[np.concatenate(row, axis=2)] for row in rows_of])\n",
)

# attention, one and two slips
SOFT = "ops.softmax(scaled, axis=-1)"
SCORES = "ops.matmul(q, ops.swapaxes(k, -1, -2))"
OUT = "ops.matmul(weights, v)"
for name, says, *swap in (
    ("root times", "multiplied by √d", ROOT, "scores * np.sqrt(q.shape[-1])"),
    ("root after the softmax", "comes after the softmax", f"weights = {SOFT}", "weights = ops.softmax(scores, axis=-1) / np.sqrt(q.shape[-1])"),
    ("16 written in", "divided by 4", ROOT, "scores / 4.0"),
    ("DIM written in", "Take d from the shape of q", ROOT, "scores / 96**0.5"),
    ("heads for d", "divided by 1.732", "q.shape[-1]", "q.shape[1]"),
    ("queries for d", "number of queries", "q.shape[-1]", "q.shape[-2]"),
    ("sign", "sign of the comparisons", ROOT, f"-{ROOT}"),
    ("sigmoid", "sigmoid", SOFT, "ops.sigmoid(scaled)"),
    ("exponentials alone", "not divided by their sum", SOFT, "ops.exp(scaled)"),
    ("softmax over pictures", "first axis", "axis=-1)", "axis=0)"),
    ("softmax over all", "over all entries", SOFT, "ops.exp(scaled) / ops.sum(ops.exp(scaled))"),
    ("softmax over pairs", "queries and keys together", SOFT, "ops.exp(scaled) / ops.sum(ops.exp(scaled), axis=(-2, -1), keepdims=True)"),
    ("divided by d, wrong axis", "and the softmax goes over the queries", f"scaled = {ROOT}\n    weights = {SOFT}", "weights = ops.softmax(scores / q.shape[-1], axis=-2)"),
    ("with the keys", "average the keys", OUT, "ops.matmul(weights, k)"),
    ("compared with values", "compared with the values", SCORES, "ops.matmul(q, ops.swapaxes(v, -1, -2))"),
    ("scores for the output", "the output: the softmax is missing", OUT, "ops.matmul(scaled, v)"),
    ("weights transposed", "belongs to a query", "return output, weights", "return output, ops.swapaxes(weights, -1, -2)"),
    ("mean twice", "weights sum to 1 already", OUT, f"{OUT} / k.shape[-2]"),
    ("queries added", "queries are added", OUT, f"q + {OUT}"),
    ("causal", "up to its own place", "ops.softmax(scaled, axis=-1)", "ops.softmax(scaled - 1e9 * (1 - ops.tril(ops.ones_like(scaled))))"),
    ("all axes reversed", "Transpose the last two only", "ops.swapaxes(k, -1, -2)", "ops.transpose(k)"),
    ("keys with queries", "belongs to a query", f"{SCORES}\n", "ops.matmul(k, ops.swapaxes(q, -1, -2))\n"),
):  # fmt: skip
    if name == "keys with queries":
        swap = (
            f"weights = {SOFT}\n    output = {OUT}",
            "weights = ops.swapaxes(ops.softmax(scaled, axis=-1), -1, -2)\n    output = ops.matmul(ops.softmax(scaled), v)",
        )
    bank.wrong(A, name, says=says, swap=swap)
bank.right(
    A,
    "float64 inside",
    code=attend(
        "q, k, v = (ops.cast(x, 'float64') for x in (q, k, v))\n    w = layers.Softmax(dtype='float64')(ops.einsum('...td,...sd->...ts', q, k) / q.shape[-1] ** 0.5)\n    return ops.cast(w @ v, 'float32'), ops.cast(w, 'float32')"
    ),
)
bank.right(
    A,
    "sums, logsumexp, a list",
    code=attend(
        "s = ops.sum(q[..., :, None, :] * k[..., None, :, :], axis=-1) / q.shape[-1] ** 0.5\n    w = ops.exp(s - ops.logsumexp(s, axis=-1, keepdims=True))\n    return [ops.sum(w[..., None] * v[..., None, :, :], axis=-2), w]"
    ),
)

# positions, one and two slips
OMEGA = "np.pi / 2 * 8.0 ** (-np.arange(waves) / waves)"
JOIN = "np.concatenate(parts, axis=1)"
HALVES = "place // columns, omega), np.outer(place % columns, omega)"
for name, says, *swap in (
    ("F is dim", "not dim.", "dim // 4", "dim"),
    ("F is dim / 2", "not dim / 2", "dim // 4", "dim // 2"),
    ("f from 1", "f begins with 1", "-np.arange(waves)", "-np.arange(1, waves + 1)"),
    ("to the end", "over F - 1", "/ waves)", "/ max(waves - 1, 1))"),
    ("f over nothing", "here it is f", "/ waves)", ")"),
    ("whole exponent", "made a whole number", "-np.arange(waves) / waves", "-(np.arange(waves) // waves)"),
    ("F outside", "outside the power", OMEGA, "np.pi / 2 / 8.0 ** np.arange(waves) / waves"),
    ("two f", "not over dim/8", "/ waves)", "* 2 / waves)"),
    ("half f", "not over dim/2", "/ waves)", "/ (2 * waves))"),
    ("10000", "not 10000", "8.0 **", "10000.0 **"),
    ("e", "not e", "8.0 ** (", "np.exp("),
    ("2π", "factor is 2π", "np.pi / 2", "np.pi * 2"),
    ("degrees", "radians", "np.pi / 2", "90"),
    ("π/2 in the power", "not in it", "np.pi / 2 * 8.0 **", "(np.pi / 2 * 8.0) **"),
    ("equal steps", "equal steps", OMEGA, "np.linspace(np.pi / 2, np.pi / 16, waves)"),
    ("reversed", "reverse order", OMEGA, f"({OMEGA})[::-1]"),
    ("whole base", "write 2.0 for 2", "8.0 ** (-np.arange(waves) / waves)", "8 ** (-np.arange(waves))"),
    ("row twice", "both halves hold the row", PARTS, "[np.sin(i), np.cos(i), np.sin(i), np.cos(i)]"),
    ("sines first", "sines of row and column come first", PARTS, "[np.sin(i), np.sin(j), np.cos(i), np.cos(j)]"),
    ("sines alone", "cosines are missing", PARTS, "[np.sin(i), np.sin(i), np.sin(j), np.sin(j)]"),
    ("column's cosines first", "for the column", PARTS, "[np.sin(i), np.cos(i), np.cos(j), np.sin(j)]"),
    ("two orders", "and the column comes first", PARTS, "[np.cos(j), np.sin(j), np.cos(i), np.sin(i)]"),
    ("alternate in halves", "within the row's half", JOIN, "np.concatenate([np.stack(x, 2).reshape(rows * columns, -1) for x in (parts[:2], parts[2:])], axis=1)"),
    ("below each other", "with axis=1", JOIN, "np.concatenate(parts)"),
    ("sum", "parts are added", JOIN, "sum(parts)"),
    ("grid", "still in a grid", JOIN, f"{JOIN}.reshape(rows, columns, dim)"),
    ("number of the place", "take them apart", HALVES, "place, omega), np.outer(place, omega)"),
    ("shares", "divided by the size of the grid", HALVES, "place // columns / rows, omega), np.outer(place % columns / columns, omega)"),
    ("by columns", "column by column", HALVES, "place % rows, omega), np.outer(place // rows, omega)"),
    ("column from 1", "second axis begins with 1", "place % columns, omega", "place % columns + 1, omega"),
    ("rows times rows", "4 places, expected 8", "rows * columns)", "rows * rows)"),
    ("96 written in", "as `dim` says", "dim // 4", "96 // 4"),
):  # fmt: skip
    bank.wrong(W, name, says=says, swap=swap)
bank.right(
    W,
    "complex exponentials",
    code="def positions(rows, columns, dim):\n"
    "    omega = np.pi / 2 * np.geomspace(1, 1 / 8, dim // 4 + 1)[:-1]\n"
    "    waves = [np.exp(1j * np.outer(p.ravel(), omega)) for p in np.indices((rows, columns))]\n"
    "    return np.hstack([f(w) for w in waves for f in (np.imag, np.real)]).astype('float32')\n",
)
bank.right(
    W,
    "cosines as shifted sines",
    code="def positions(rows, columns, dim):\n    omega = np.pi / 2 / 8 ** (np.arange(dim // 4) / (dim // 4))\n    k = np.arange(rows * columns)\n    angles = np.stack([k // columns, k // columns, k % columns, k % columns], axis=1)[:, :, None] * omega\n    angles[:, 1::2] += np.pi / 2\n    return np.sin(angles).reshape(-1, dim).astype(np.float32)\n",
)

# choose_visible: which patches, and the mask
CHOICE = "visible = order[:, :keep]"
MASK = "1 - ops.sum(marks, axis=1)"
for name, says, *swap in (
    ("over pictures", "sorted over the pictures", "noise, axis=1", "noise, axis=0"),
    ("pictures for patches", "`keep` pictures", CHOICE, "visible = order[:keep]"),
    ("from the second on", "left out", CHOICE, "visible = order[:, 1 : keep + 1]"),
    ("from 1", "begin with 1", "return visible, masked", "return visible + 1, masked"),
    ("all", "all patches are there", "return visible, masked", "return order, masked"),
    ("the others", "these are the masked patches", "return visible, masked", "return order[:, keep:], masked"),
    ("values", "entries of the noise", "return visible, masked", "return ops.sort(noise, axis=1)[:, :keep], masked"),
    ("marks", "True and False", "return visible, masked", "return masked < 1, masked"),
    ("exchanged", "this is the mask", "return visible, masked", "return masked, visible"),
    ("four", "expected 2 (keep)", CHOICE, "visible = order[:, :4]"),
    ("of its own", "draw none", "ops.argsort(noise", "ops.argsort(keras.random.uniform(ops.shape(noise))"),
    ("always the first", "whatever the noise", CHOICE, "visible = 0 * order[:, :keep] + ops.arange(keep, dtype=order.dtype)"),
    ("one again and again", "again and again", CHOICE, "visible = order[:, :1] + 0 * order[:, :keep]"),
    ("without sign", "without its sign", "ops.argsort(noise", "ops.argsort(ops.abs(noise)"),
    ("all in one row", "in each picture", "order = ops.argsort(noise, axis=1)\n    visible = order[:, :keep]", "order = ops.argsort(ops.reshape(noise, (-1,)))\n    visible = ops.reshape(order[: noise.shape[0] * keep], (-1, keep)) + noise.shape[1]"),
    ("averaged", "averaged over the visible", MASK, "1 - ops.mean(marks, axis=1)"),
    ("wrong sum", "goes over the patches", MASK, "1 - ops.sum(marks, axis=2)"),
    ("sum of pictures", "goes over the pictures", MASK, "1 - ops.sum(marks, axis=0)"),
    ("no sum", "sum over them", MASK, "1 - marks"),
    ("16", "number of patches is not the one", "noise.shape[1]", "16"),
    ("first mask", "mask of the first", MASK, "(1 - ops.sum(marks, axis=1))[:1] + 0 * noise"),
    ("negative", "1 minus the marks", MASK, "-ops.sum(marks, axis=1)"),
    ("mask of the largest", "0 marks the patches with the largest", "ops.one_hot(visible", "ops.one_hot(order[:, -keep:]"),
    ("threshold's side", "on the wrong side", MASK, "ops.cast(noise >= ops.sort(noise, axis=1)[:, keep - 1 : keep], 'float32')"),
    ("integer mask", "expected float32", MASK, "ops.cast(1 - ops.sum(marks, axis=1), 'int32')"),
    ("a loop over pictures", "any size", CHOICE, "visible = ops.stack([order[i, :keep] for i in range(order.shape[0])])"),
):  # fmt: skip
    bank.wrong(C, name, says=says, swap=swap)
bank.right(
    C,
    "comparison of pairs",
    code="def choose_visible(noise, keep):\n    less = ops.sum(ops.cast(noise[:, None, :] < noise[:, :, None], 'int32'), axis=-1)\n    return ops.argsort(less, axis=1)[:, :keep], ops.where(less < keep, 0.0, 1.0)\n",
)
bank.right(
    C,
    "threshold of each picture, any order",
    code="def choose_visible(noise, keep):\n    last = ops.sort(noise, axis=1)[:, keep - 1][:, None]\n    visible = tf.sort(ops.argsort(noise, axis=1)[:, :keep], axis=1)\n    return ops.cast(visible, 'int64'), ops.cast(noise > last, 'float32')\n",
)
bank.right(
    C,
    "visible in a random order",
    code="def choose_visible(noise, keep):\n    visible = ops.argsort(noise, axis=1)[:, :keep]\n    visible = ops.transpose(keras.random.shuffle(ops.transpose(visible), axis=0))\n    return visible, ops.prod(1 - ops.one_hot(visible, noise.shape[1]), axis=1)\n",
)

# put_back
GIVEN = "empty[:, :, None] * token"
TURN = "ops.swapaxes(marks, 1, 2)"
FIRST = "ops.concatenate([codes, ops.zeros((ops.shape(codes)[0], count - codes.shape[1], codes.shape[2]))], axis=1)"
for name, says, *swap in (
    ("zero entries", "entry of 0", f"return {EMPTY}", "return ops.where(placed == 0, token, placed)"),
    ("zero codes", "code of zeros", f"return {EMPTY}", "return ops.where(ops.any(placed != 0, axis=-1, keepdims=True), placed, token)"),
    ("first and zeros", "and the masked places are zero", f"return {EMPTY}", f"return {FIRST}"),
    ("tokens first", "stand last", f"return {EMPTY}", "return ops.concatenate([0 * placed[:, codes.shape[1] :] + token, codes], axis=1)"),
    ("argsort", "argsort of `visible`", "ops.one_hot(visible", "ops.one_hot(ops.argsort(visible, axis=1)"),
    ("reverse", "reverse order", f"({TURN}, codes)", f"({TURN}, codes[:, ::-1])"),
    ("places of the first", "places of the first", "ops.one_hot(visible, count)", "ops.one_hot(visible[:1] + 0 * visible, count)"),
    ("one too far", "one place too far", "ops.one_hot(visible", "ops.one_hot(visible + 1"),
    ("averaged marks", "marks are averaged", "ops.sum(marks, axis=1)", "ops.mean(marks, axis=1)"),
    ("mean of the token", "it is a vector", GIVEN, f"{GIVEN[:-5]}ops.mean(token)"),
    ("mean code", "mean of the codes", GIVEN, f"{GIVEN[:-5]}ops.mean(codes, axis=1, keepdims=True)"),
    ("twice", "twice over", GIVEN, f"2 * {GIVEN}"),
    ("reshape", "does not transpose", TURN, "ops.reshape(marks, (-1, count, marks.shape[1]))"),
    ("not transposed", "Is a transpose missing", TURN, "marks"),
    ("axes", "they are (n, count, d)", EMPTY, f"ops.swapaxes({EMPTY}, 1, 2)"),
    ("codes alone", "2 places, expected 6", f"return {EMPTY}", "return codes"),
    ("taken from the places", "beyond the end", f"return {EMPTY}", "return ops.take_along_axis(codes, visible[:, :, None], axis=1)"),
    ("codes that do not learn", "No gradient", f"({TURN}, codes)", f"({TURN}, ops.stop_gradient(codes))"),
    ("item assignment", "entry by entry", f"return {EMPTY}", "placed[:, 0] = token\n    return placed"),
):  # fmt: skip
    bank.wrong(B, name, says=says, swap=swap)
bank.wrong(
    B,
    "all in the first pictures",
    says="in its own picture",
    code="def put_back(codes, visible, token, count):\n    n, k, d = codes.shape\n    base = tf.tile(token[None], (n * count, 1))\n    flat = tf.tensor_scatter_nd_update(base, tf.reshape(visible, (-1, 1)), tf.reshape(codes, (-1, d)))\n    return tf.reshape(flat, (n, count, d))\n",
)
bank.right(
    B,
    "scatter",
    code="def put_back(codes, visible, token, count):\n    n = tf.shape(codes)[0]\n    rows = tf.repeat(tf.range(n)[:, None], codes.shape[1], axis=1)\n    at = tf.stack([rows, tf.cast(visible, 'int32')], axis=-1)\n    return tf.tensor_scatter_nd_update(tf.tile(token[None, None], (n, count, 1)), at, codes)\n",
)
bank.right(
    B,
    "one code after the other",
    code="def put_back(codes, visible, token, count):\n    x = token\n    for k in range(codes.shape[1]):\n        here = ops.one_hot(visible[:, k], count)[:, :, None]\n        x = x * (1 - here) + here * codes[:, k : k + 1]\n    return x\n",
)

# masked_loss, one and two slips
SQUARE = "ops.mean(ops.square(copies - patches), axis=2)"
for name, says, *swap in (
    ("over pictures", "divided by the number of pictures", ALL, "ops.sum(errors * masked) / copies.shape[0]"),
    ("over a picture's patches", "patches of one picture", ALL, "ops.sum(errors * masked) / copies.shape[1]"),
    ("over the visible", "number of visible patches", ALL, "ops.sum(errors * masked) / ops.sum(1 - masked)"),
    ("and over pictures", "too; divide", ALL, f"{ALL} / copies.shape[0]"),
    ("12 written in", "12 masked patches", ALL, "ops.mean(ops.sum(errors * masked, axis=1) / 12)"),
    ("36 written in", "36 pixels", SQUARE, "ops.sum(ops.square(copies - patches), axis=2) / 36"),
    ("pictures summed", "pictures are summed", ALL, "ops.sum(ops.sum(errors * masked, axis=1) / ops.sum(masked, axis=1))"),
    ("root", "the root was taken", ALL, f"ops.sqrt({ALL})"),
    ("root of each", "each patch's error", SQUARE, f"ops.sqrt({SQUARE})"),
    ("mean first", "before the square", SQUARE, "ops.square(ops.mean(copies - patches, axis=2))"),
    ("half", "factor ½", ALL, f"{ALL} / 2"),
    ("sign", "the sign is wrong", ALL, f"-{ALL}"),
    ("one more", "1 is added", ALL, f"{ALL.replace('count', '(count + 1)')}"),
    ("each patch", "for each patch", ALL, "errors * masked"),
    ("not squared at all", "and the sizes of the differences", f"{SQUARE}\n    count = ops.sum(masked)\n    return {ALL}", "ops.abs(copies - patches)\n    return ops.mean(errors)"),
    ("visible and summed", "and summed over the pixels", f"{SQUARE}\n    count = ops.sum(masked)\n    return {ALL}", "ops.sum(ops.square(copies - patches), axis=2) * (1 - masked)\n    return ops.sum(errors) / ops.sum(1 - masked)"),
    ("sample_weight", "sample_weight", ALL, "keras.losses.MeanSquaredError()(patches, copies, sample_weight=masked)"),
    ("no axis for the pixels", "Two shapes do not fit", SQUARE, "ops.square(copies - patches)"),
    ("no gradient", "No gradient", "copies - patches", "ops.stop_gradient(copies) - patches"),
):  # fmt: skip
    bank.wrong(M, name, says=says, swap=swap)
bank.wrong(
    M,
    "only patches masked",
    says="patches are masked",
    code="def masked_loss(copies, patches, masked):\n    gap = copies - patches * masked[:, :, None]\n    return ops.sum(ops.square(gap)) / ops.sum(masked) / copies.shape[2]\n",
)
bank.right(
    M,
    "Keras's sum, divided by the masked",
    code="def masked_loss(copies, patches, masked):\n    loss = keras.losses.MeanSquaredError(reduction='sum')\n    return loss(patches, copies, sample_weight=masked) / ops.sum(masked)\n",
)
bank.right(
    M,
    "float64 and einsum",
    code="def masked_loss(copies, patches, masked):\n    gap, m = ops.cast(copies - patches, 'float64'), ops.cast(masked, 'float64')\n    return ops.cast(ops.einsum('ncp,ncp,nc->', gap, gap, m) / ops.sum(m) / gap.shape[-1], 'float32')\n",
)

# what stands in a wrong place is told, whatever the mistake
for exercise, name, says, *swap in (
    (P, "mirrored patches", "it is the pixel in row 0, column 4", DONE, f"{DONE}.reshape(n, rows * columns, size, size)[..., ::-1].reshape(n, rows * columns, size * size)"),
    (P, "less their mean", "no pixel of the pictures", DONE, f"{DONE} - pictures.mean()"),
    (A, "softmax over each picture", "sum to 0.0", SOFT, "ops.reshape(ops.softmax(ops.reshape(scaled, (-1, scaled.shape[1] * scaled.shape[2] * scaled.shape[3]))), ops.shape(scaled))"),
    (A, "exponentials without end", "an exponential overflows", SOFT, "ops.exp(scaled) / ops.sum(ops.exp(scaled), axis=-1, keepdims=True)"),
    (A, "clipped comparisons", "for large entries of q", SOFT, "ops.softmax(ops.clip(scaled, -30, 30), axis=-1)"),
    (W, "base 2", "not 2.", "8.0 **", "2.0 **"),
    (W, "base 3", "angle 1.089; it should be 0.7854", "8.0 **", "3.0 **"),
    (W, "shorter vectors", "the cosine of the row is 0.4082", JOIN, f"{JOIN} / np.sqrt(dim / 2)"),
    (C, "one too far", "2 patches of this picture have less noise", CHOICE, "visible = ops.concatenate([order[:, : keep - 1], order[:, keep : keep + 1]], axis=1)"),
    (C, "last patch always seen", "patch 5 of picture 0 has 0, expected 1", "return visible, masked", "return visible, masked * ops.cast(ops.arange(noise.shape[1]) < noise.shape[1] - 1, 'float32')"),
    (B, "token subtracted", "it holds minus the mask token", EMPTY, "placed - empty[:, :, None] * token"),
    (B, "codes of another picture", "it holds codes[2, 1]", f"({TURN}, codes)", f"({TURN}, ops.roll(codes, 1, axis=0))"),
    (M, "share of the mean", "copies of visible patches", ALL, "ops.mean(errors) * ops.mean(masked)"),
):  # fmt: skip
    bank.wrong(exercise, name, says=says, swap=swap)
bank.right(
    A,
    "largest comparison subtracted",
    code=attend(
        "s = ops.matmul(q, ops.swapaxes(k, -1, -2)) / q.shape[-1] ** 0.5\n    e = ops.exp(s - ops.max(s, axis=-1, keepdims=True))\n    w = e / ops.sum(e, axis=-1, keepdims=True)\n    return ops.matmul(w, v), w"
    ),
)
bank.right(
    B,
    "codes and token in one row, then taken",
    code="def put_back(codes, visible, token, count):\n    n, keep, d = ops.shape(codes)[0], codes.shape[1], codes.shape[2]\n    row = ops.concatenate([codes, ops.broadcast_to(token, (n, 1, d))], axis=1)\n    hit = ops.arange(count)[None, :, None] == ops.cast(visible, 'int32')[:, None, :]\n    index = ops.where(ops.any(hit, axis=2), ops.argmax(ops.cast(hit, 'int32'), axis=2), keep)\n    return ops.take_along_axis(row, index[:, :, None], axis=1)\n",
)
