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
    M, "patches summed", says="divide by their number", swap=(ALL, "ops.sum(errors * masked)")
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
