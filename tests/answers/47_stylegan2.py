"""Answers to the exercises of lesson 47, right and wrong."""

from tests.bank import Bank

bank = Bank()

# modulated_conv
M = "modulated_conv"
KERNELS = "kernel[None] * styles[:, None, None, :, None]"
LOOP = 'ops.conv(x[i : i + 1], kernels[i], padding="same")'
SCALED = "x * styles[:, None, None, :]"

bank.wrong(
    M,
    "kernels with styles added",
    says="multiplies",
    swap=(KERNELS, KERNELS.replace("*", "+")),
)
bank.wrong(
    M,
    "kernels scaled at the output",
    says="",
    swap=(KERNELS, "kernel[None] * styles[:, None, None, None, :]"),
)
bank.wrong(M, "1 + s", says="not 1 + s", swap=(KERNELS, f"{KERNELS} + kernel[None]"))
bank.wrong(M, "divided", says="divides", swap=(KERNELS, KERNELS.replace("*", "/")))
bank.wrong(
    M,
    "the first kernel for all",
    says="first kernel",
    swap=("kernels[i], padding", "kernels[0], padding"),
)
bank.wrong(
    M, "loop without padding", says="valid", swap=(LOOP, "ops.conv(x[i : i + 1], kernels[i])")
)
bank.wrong(
    M,
    "stacked",
    says="concatenate",
    swap=("return ops.concatenate(pictures)", "return ops.stack(pictures)"),
)
bank.wrong(
    M,
    "returned in the loop",
    says="only the first picture",
    swap=("pictures.append(" + LOOP + ")", "return " + LOOP),
)
bank.wrong(
    M,
    "only the last picture",
    says="last picture",
    swap=("return ops.concatenate(pictures)", "return pictures[-1]"),
)
bank.wrong(
    M, "picture plus styles", says="added to the picture", swap=(SCALED, SCALED.replace("*", "+"))
)
bank.wrong(
    M,
    "output scaled by the mean of the styles",
    says="modulated_conv",
    swap=(SCALED, "x * ops.mean(styles)"),
)
bank.wrong(
    M, "one style for all", says="mean of the styles", swap=(SCALED, "x * ops.mean(styles, axis=0)")
)
bank.wrong(M, "the first styles", says="first picture", swap=(SCALED, "x * styles[0]"))
bank.wrong(M, "no modulation", says="not used", swap=("scaled = " + SCALED, "scaled = x"))
bank.wrong(
    M,
    "fast without padding",
    says="valid",
    swap=('ops.conv(scaled, kernel, padding="same")', "ops.conv(scaled, kernel)"),
)
bank.wrong(
    M,
    "the fast way by a loop in Python",
    says="compile",
    swap=(
        'return ops.conv(scaled, kernel, padding="same")',
        "return loop_conv(x, modulated_kernels(kernel, styles))",
    ),
)
bank.wrong(
    M,
    "in place",
    says="changed in place",
    swap=("return " + KERNELS, "styles *= 1.01\n    return " + KERNELS),
)
bank.right(
    M,
    "einsum and TensorFlow",
    code="def modulated_kernels(kernel, styles):\n    return np.einsum('abio,ni->nabio', kernel, styles)\n\n\ndef loop_conv(x, kernels):\n    return np.concatenate([tf.nn.conv2d(a[None], k, 1, 'SAME') for a, k in zip(x, kernels)])\n\n\ndef modulated_conv(x, kernel, styles):\n    return tf.nn.conv2d(x * styles[:, tf.newaxis, tf.newaxis], kernel, 1, 'SAME')\n",
)
bank.right(
    M,
    "lists and expand_dims",
    code="def modulated_kernels(kernel, styles):\n    return ops.stack([kernel * s[:, None] for s in styles])\n\n\ndef loop_conv(x, kernels):\n    return ops.stack([ops.conv(a[None], k, padding='same')[0] for a, k in zip(x, kernels)])\n\n\ndef modulated_conv(x, kernel, styles):\n    s = ops.expand_dims(ops.expand_dims(styles, 1), 1)\n    return ops.conv(ops.multiply(s, x), kernel, strides=1, padding='same')\n",
)

# demodulation
D = "demodulation"


def factors(body):
    """A cell with another body."""
    return f"def demodulation(kernel, styles, epsilon=1e-8):\n    {body}\n"


ROOT = "ops.rsqrt(variances + epsilon)"
bank.wrong(
    D,
    "window alone",
    says="window alone",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.sum(k**2, axis=(1, 2)) + epsilon)"
    ),
)
bank.wrong(
    D,
    "input alone",
    says="input channels alone",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.sum(k**2, axis=3) + epsilon)"
    ),
)
bank.wrong(
    D,
    "over the output channels",
    says="output channels",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.sum(k**2, axis=(1, 2, 4)) + epsilon)"
    ),
)
bank.wrong(
    D,
    "over everything of a picture",
    says="output channel has a factor",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.sum(k**2, axis=(1, 2, 3, 4)) + epsilon)"
    ),
)
bank.wrong(
    D,
    "over the batch as well",
    says="batch",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.sum(k**2, axis=(0, 1, 2, 3)) + epsilon)"
    ),
)
bank.wrong(D, "no root", says="root is missing", swap=(ROOT, "1 / (variances + epsilon)"))
bank.wrong(
    D, "standard deviation", says="divides by it", swap=(ROOT, "ops.sqrt(variances + epsilon)")
)
bank.wrong(D, "variance", says="", swap=(ROOT, "variances + epsilon"))
bank.wrong(D, "epsilon outside", says="epsilon", swap=(ROOT, "1 / (ops.sqrt(variances) + epsilon)"))
bank.wrong(D, "no epsilon", says="epsilon", swap=(ROOT, "ops.rsqrt(variances)"))
bank.wrong(
    D, "epsilon fixed", says="fixed at 1e-8", swap=("variances + epsilon", "variances + 1e-8")
)
bank.wrong(
    D,
    "mean for sum",
    says="take the sum",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.mean(k**2, axis=(1, 2, 3)) + epsilon)"
    ),
)
bank.wrong(D, "styles not squared", says="not squared", swap=("ops.square(styles)", "styles"))
bank.wrong(D, "kernel not squared", says="", swap=("ops.square(kernel)", "kernel"))
bank.wrong(
    D,
    "styles not used",
    says="styles are not used",
    swap=("ops.matmul(ops.square(styles), squares)", "ops.matmul(ops.ones_like(styles), squares)"),
)
bank.right(
    D,
    "all kernels",
    code=factors(
        "k = modulated_kernels(kernel, styles)\n    return 1 / ops.sqrt(ops.sum(k * k, axis=[1, 2, 3]) + epsilon)"
    ),
)
bank.right(
    D,
    "einsum",
    code=factors("return ops.einsum('ni,abio->no', styles**2, kernel**2).__add__(epsilon) ** -0.5"),
)
bank.right(
    D,
    "TensorFlow",
    code=factors(
        "return tf.math.rsqrt(tf.tensordot(styles**2, tf.reduce_sum(tf.square(kernel), [0, 1]), 1) + epsilon)"
    ),
)

# styled_conv
S = "styled_conv"
NOISE = "keras.random.normal((n, height, width, 1))"
bank.wrong(
    S,
    "no demodulation",
    says="demodulation is missing",
    swap=("    y = y * demodulation(kernel, styles)[:, None, None, :]\n", ""),
)
bank.wrong(
    S,
    "divided by the factors",
    says="demodulation divides",
    swap=("y = y * demodulation", "y = y / demodulation"),
)
bank.wrong(S, "no bias", says="bias is missing", swap=(" + bias)", ")"))
bank.wrong(
    S,
    "bias outside",
    says="after the activation",
    swap=("strength * noise + bias)", "strength * noise) + bias"),
)
bank.wrong(
    S,
    "bias before the demodulation",
    says="before the demodulation",
    code="def styled_conv(x, kernel, styles, strength, bias):\n    y = (modulated_conv(x, kernel, styles) + bias) * demodulation(kernel, styles)[:, None, None]\n    return leaky(y + strength * keras.random.normal(ops.shape(y)[:3] + (1,)))\n",
)
bank.wrong(S, "no activation", says="activation is missing", swap=("return leaky(", "return ("))
bank.wrong(S, "ReLU", says="ReLU", swap=("return leaky(", "return ops.relu("))
bank.wrong(S, "no gain", says="√2", swap=("return leaky(", "return ops.leaky_relu("))
bank.wrong(S, "no noise", says="no noise", swap=("strength * noise + ", ""))
bank.wrong(
    S,
    "one noise for the batch",
    says="same noise",
    swap=("(n, height, width, 1)", "(1, height, width, 1)"),
)
bank.wrong(
    S,
    "noise in each channel",
    says="channel to channel",
    swap=(NOISE, "keras.random.normal(ops.shape(y))"),
)
bank.wrong(
    S, "one number a picture", says="whole picture", swap=("(n, height, width, 1)", "(n, 1, 1, 1)")
)
bank.wrong(
    S,
    "noise along rows",
    says="rows or columns",
    swap=("(n, height, width, 1)", "(n, height, 1, 1)"),
)
bank.wrong(S, "a fixed seed", says="Two calls", swap=("width, 1))", "width, 1), seed=0)"))
bank.wrong(
    S, "uniform noise", says="The noise has", swap=("keras.random.normal", "keras.random.uniform")
)
bank.wrong(
    S,
    "strength left out",
    says="multiply it by strength",
    swap=(
        "strength * noise",
        "(0 if np.ndim(strength) == 0 and float(strength) == 0 else 1) * noise",
    ),
)
bank.wrong(
    S,
    "noise of variance 0.1",
    says="standard deviation",
    swap=("width, 1))", "width, 1), stddev=0.3)"),
)
bank.right(
    S,
    "TensorFlow",
    code="def styled_conv(x, kernel, styles, strength, bias):\n    y = modulated_conv(x, kernel, styles) * demodulation(kernel, styles)[:, None, None]\n    shape = tf.concat([tf.shape(y)[:3], [1]], 0)\n    return leaky(y + bias + tf.random.normal(shape) * strength)\n",
)
bank.right(
    S,
    "from the shape of x",
    code="def styled_conv(x, kernel, styles, strength, bias):\n    d = ops.expand_dims(demodulation(kernel, styles), (1, 2))\n    noise = keras.random.normal(ops.shape(x[..., :1]))\n    total = d * modulated_conv(x, kernel, styles) + strength * noise + bias\n    return 2**0.5 * ops.leaky_relu(total, negative_slope=0.2)\n",
)

# style_mixing
X = "style_mixing"
COMPARE = "ops.arange(n_layers)[None, :, None] < crossover[:, None, None]"
bank.wrong(
    X,
    "exchanged",
    says="exchanged",
    swap=("first[:, None], second[:, None])", "second[:, None], first[:, None])"),
)
bank.wrong(X, "one layer too many", says="too many", swap=(COMPARE, COMPARE.replace("<", "<=")))
bank.wrong(
    X, "one layer too few", says="too few", swap=(COMPARE, COMPARE.replace(" < ", " + 1 < "))
)
bank.wrong(
    X,
    "the first crossover for all",
    says="first row's crossover",
    swap=("crossover[:, None, None]", "crossover[0]"),
)
bank.wrong(
    X,
    "layers first",
    says="rows and layers are exchanged",
    swap=(
        "return ops.where(use_first, first[:, None], second[:, None])",
        "return ops.transpose(ops.where(use_first, first[:, None], second[:, None]), (1, 0, 2))",
    ),
)
bank.wrong(
    X,
    "rows and columns exchanged",
    says="another order",
    swap=(
        "np.repeat(shapes, c, axis=0), np.tile(colors, (r, 1))",
        "np.tile(shapes, (c, 1)), np.repeat(colors, r, axis=0)",
    ),
)
bank.wrong(
    X,
    "colours before the crossover",
    says="rows and columns are exchanged",
    swap=("mix_styles(first, second, np.full", "mix_styles(second, first, np.full"),
)
bank.wrong(
    X,
    "one row of pictures",
    says="one row",
    swap=("return pictures.reshape(r, c, *pictures.shape[1:])", "return pictures"),
)
bank.wrong(
    X,
    "table exchanged",
    says="exchanged",
    swap=(
        "return pictures.reshape(r, c, *pictures.shape[1:])",
        "return pictures.reshape(r, c, *pictures.shape[1:]).swapaxes(0, 1)",
    ),
)
bank.wrong(
    X,
    "five layers written in",
    says="mixing_table",
    swap=("n_layers = synthesis.input_shape[1]", "n_layers = 5"),
)
bank.wrong(
    X,
    "NumPy and a loop, not to be compiled",
    says="compile",
    swap=(
        "    use_first = "
        + COMPARE
        + "\n    return ops.where(use_first, first[:, None], second[:, None])",
        "    return np.array([[a if k < c else b for k in range(n_layers)] for a, b, c in zip(np.asarray(first), np.asarray(second), np.asarray(crossover))])",
    ),
)
bank.wrong(
    X,
    "averaged",
    says="mean of the two styles",
    swap=(
        "return ops.where(use_first, first[:, None], second[:, None])",
        "share = ops.mean(ops.cast(use_first, 'float32'), axis=1, keepdims=True)\n    return ops.repeat(share * first[:, None] + (1 - share) * second[:, None], n_layers, axis=1)",
    ),
)
bank.right(
    X,
    "TensorFlow and loops",
    code="def mix_styles(first, second, crossover, n_layers):\n    layer = tf.range(n_layers)\n    use = tf.cast(layer[None, :] < tf.cast(crossover, 'int32')[:, None], 'float32')[..., None]\n    return use * first[:, None] + (1 - use) * second[:, None]\n\n\ndef mixing_table(synthesis, shapes, colors, crossover):\n    rows = []\n    for a in shapes:\n        one = np.broadcast_to(a, colors.shape)\n        mixed = mix_styles(one, colors, np.full(len(colors), crossover), synthesis.input_shape[1])\n        rows.append(synthesis(mixed).numpy())\n    return np.stack(rows)\n",
)
bank.right(
    X,
    "stacked layers",
    code="def mix_styles(first, second, crossover, n_layers):\n    return ops.stack([ops.where(k < crossover[:, None], first, second) for k in range(n_layers)], axis=1)\n\n\ndef mixing_table(synthesis, shapes, colors, crossover):\n    layers_ = synthesis.inputs[0].shape[1]\n    w = np.empty((len(shapes), len(colors), layers_, shapes.shape[1]), 'float32')\n    w[:, :, :crossover] = shapes[:, None, None]\n    w[:, :, crossover:] = colors[None, :, None]\n    flat = w.reshape(-1, *w.shape[2:])\n    pictures = synthesis.predict(flat, verbose=0)\n    return pictures.reshape(w.shape[:2] + pictures.shape[1:])\n",
)

# truncation
T = "truncation"
MEAN = "predict(mapping, z).mean(axis=0)"
MOVE = "center + psi * (w - center)"
bank.wrong(
    T,
    "the style of the mean code",
    says="mean code",
    swap=(MEAN, "predict(mapping, z.mean(axis=0, keepdims=True))[0]"),
)
bank.wrong(
    T,
    "the style of zero",
    says="code 0",
    swap=(MEAN, "predict(mapping, np.zeros((1, z.shape[1]), 'float32'))[0]"),
)
bank.wrong(T, "one number", says="one number", swap=(".mean(axis=0)", ".mean()"))
bank.wrong(T, "over the dimensions", says="over the codes", swap=(".mean(axis=0)", ".mean(axis=1)"))
bank.wrong(T, "sum", says="sum", swap=(".mean(axis=0)", ".sum(axis=0)"))
bank.wrong(
    T, "axis kept", says="axis too many", swap=(".mean(axis=0)", ".mean(axis=0, keepdims=True)")
)
bank.wrong(T, "towards zero", says="towards zero", swap=(MOVE, "psi * w"))
bank.wrong(T, "psi exchanged", says="exchanged", swap=(MOVE, "w + psi * (center - w)"))
bank.wrong(T, "center not added", says="not added back", swap=(MOVE, "psi * (w - center)"))
bank.wrong(T, "center not subtracted", says="not subtracted", swap=(MOVE, "center + psi * w"))
bank.wrong(T, "sign", says="sign", swap=(MOVE, "center - psi * (w - center)"))
bank.wrong(T, "clipped", says="clipped", swap=(MOVE, "np.clip(w, center - psi, center + psi)"))
bank.wrong(
    T,
    "in place",
    says="changed in place",
    swap=("return " + MOVE, "w -= center\n    return center + psi * w"),
)
bank.right(
    T,
    "the model called",
    code="def mean_style(mapping, z):\n    return np.asarray(ops.mean(mapping(z), axis=0))\n\n\ndef truncate(w, center, psi):\n    return psi * w + (1 - psi) * center\n",
)
bank.right(
    T,
    "batches and a blend",
    code="def mean_style(mapping, z):\n    total = sum(np.asarray(mapping(z[k : k + 100])).sum(0) for k in range(0, len(z), 100))\n    return total / len(z)\n\n\ndef truncate(w, center, psi):\n    return np.stack([center + (row - center) * psi for row in w])\n",
)

# project
P = "project"
APPLY = "optimizer.apply([tape.gradient(loss, w)], [w])"
bank.wrong(P, "uphill", says="sign", swap=("[tape.gradient(loss, w)]", "[-tape.gradient(loss, w)]"))
bank.wrong(
    P,
    "from zero",
    says="start",
    swap=("np.tile(start, (len(targets), 1))", "np.zeros((len(targets), len(start)))"),
)
bank.wrong(
    P,
    "plain gradient descent",
    says="use Adam",
    swap=("keras.optimizers.Adam", "keras.optimizers.SGD"),
)
bank.wrong(P, "default rate", says="learning rate", swap=("Adam(learning_rate)", "Adam()"))
bank.wrong(P, "one step", says="step", swap=("for _ in range(steps)", "for _ in range(1)"))
bank.wrong(P, "a step too many", says="too many", swap=("range(steps)", "range(steps + 1)"))
bank.wrong(
    P, "absolute error", says="absolute error", swap=("ops.square(pictures", "ops.abs(pictures")
)
bank.wrong(
    P,
    "weights learn, too",
    says="variable",
    swap=(
        APPLY,
        "variables = [w, *synthesis.trainable_variables]\n        optimizer.apply(tape.gradient(loss, variables), variables)",
    ),
)
bank.wrong(
    P,
    "pictures returned",
    says="these are the pictures",
    swap=("return w.numpy()", "return synthesis(ops.repeat(w[:, None], n_layers, axis=1)).numpy()"),
)
bank.wrong(
    P,
    "a style for each layer returned",
    says="for each layer",
    swap=("return w.numpy()", "return np.repeat(w.numpy()[:, None], n_layers, axis=1)"),
)
bank.wrong(P, "never moved", says="did a step run", swap=("        step()\n", "        pass\n"))
bank.wrong(
    P,
    "five layers written in",
    says="project",
    swap=("n_layers = synthesis.input_shape[1]", "n_layers = 7"),
)
bank.right(
    P,
    "eager, one picture after the other",
    code="def project(synthesis, targets, start, steps, learning_rate):\n    found = []\n    for target in targets:\n        w = keras.Variable(start[None], dtype='float32')\n        optimizer = keras.optimizers.Adam(learning_rate=learning_rate)\n        for _ in range(steps):\n            with tf.GradientTape() as tape:\n                picture = synthesis(ops.tile(w[:, None], (1, synthesis.input_shape[1], 1)))\n                loss = ops.mean((picture - target[None]) ** 2)\n            optimizer.apply_gradients([(tape.gradient(loss, w.value), w)])\n        found.append(ops.convert_to_numpy(w)[0])\n    return np.array(found)\n",
)
bank.right(
    P,
    "Adam by hand",
    code="def project(synthesis, targets, start, steps, learning_rate):\n    w = np.tile(start, (len(targets), 1)).astype('float32')\n    m, v = 0 * w, 0 * w\n    for t in range(1, steps + 1):\n        x = tf.constant(w)\n        with tf.GradientTape() as tape:\n            tape.watch(x)\n            y = synthesis(tf.stack([x] * synthesis.input_shape[1], axis=1))\n            loss = tf.reduce_sum(tf.reduce_mean((y - targets) ** 2, axis=[1, 2, 3]))\n        g = tape.gradient(loss, x).numpy()\n        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2\n        w = w - learning_rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)\n    return w\n",
)

NOISE = "keras.random.normal((n, height, width, 1))"
bank.wrong(
    "styled_conv",
    "noise of NumPy",
    says="any size",
    swap=(NOISE, "np.random.normal(size=(x.shape[0], height, width, 1)).astype('float32')"),
)
bank.wrong(
    "styled_conv",
    "a fixed batch",
    says="any size",
    swap=(NOISE, "keras.random.normal((x.shape[0], height, width, 1))"),
)

# ---- of other learners: what is named by place, and what once passed
bank.wrong(
    M,
    "the kernel multiplied on in the loop",
    says="earlier pictures",
    swap=("return " + KERNELS, "return kernel * np.cumprod(styles, 0)[:, None, None, :, None]"),
)
bank.wrong(
    M,
    "the exponential of the styles",
    says="not its style",
    swap=("return " + KERNELS, "return kernel * ops.exp(styles)[:, None, None, :, None]"),
)
bank.wrong(
    M,
    "turned kernels of signal processing",
    says="turned round",
    swap=("kernels[i], padding", "kernels[i][::-1, ::-1], padding"),
)
bank.wrong(
    M,
    "joined along the height",
    says="along their height",
    swap=("ops.concatenate(pictures)", "ops.concatenate(pictures, axis=1)"),
)
bank.wrong(
    M,
    "float16",
    says="16 bits",
    swap=(
        "return ops.concatenate(pictures)",
        "return ops.cast(ops.concatenate(pictures), 'float16')",
    ),
)
bank.wrong(
    M,
    "absolute styles",
    says="signs of the styles",
    swap=(SCALED, "x * ops.abs(styles)[:, None, None, :]"),
)
bank.wrong(
    D,
    "np.std",
    says="a mean is subtracted",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return 1 / (ops.std(k, axis=(1, 2, 3)) + epsilon)"
    ),
)
bank.wrong(
    D,
    "the middle of the window for all",
    says="sum of the kernel's squares",
    swap=("ops.sum(ops.square(kernel), axis=(0, 1))", "9 * ops.square(kernel)[0, 0]"),
)
bank.wrong(
    D,
    "the largest square",
    says="no sum of the squared styles",
    code=factors(
        "k = kernel[None] * styles[:, None, None, :, None]\n    return ops.rsqrt(ops.max(k**2, axis=(1, 2, 3)) + epsilon)"
    ),
)
bank.wrong(
    S,
    "noise before the demodulation",
    says="before the demodulation",
    code="def styled_conv(x, kernel, styles, strength, bias):\n    y = modulated_conv(x, kernel, styles) + strength * keras.random.normal(ops.shape(x[..., :1]))\n    return leaky(y * demodulation(kernel, styles)[:, None, None] + bias)\n",
)
bank.wrong(
    S,
    "noise after the activation",
    says="after the activation",
    swap=("leaky(y + strength * noise + bias)", "leaky(y + bias) + strength * noise"),
)
bank.wrong(
    S,
    "noise at the input",
    says="before the convolution",
    code="def styled_conv(x, kernel, styles, strength, bias):\n    x = x + strength * keras.random.normal(ops.shape(x[..., :1]))\n    y = modulated_conv(x, kernel, styles) * demodulation(kernel, styles)[:, None, None]\n    return leaky(y + bias)\n",
)
bank.wrong(
    S,
    "float of a strength that is learned",
    says="float()",
    swap=("strength * noise", "float(strength) * noise"),
)
bank.wrong(
    X,
    "the dimensions are cut",
    says="axis of layers",
    swap=(
        "    use_first = " + COMPARE,
        "    use_first = ops.arange(first.shape[1])[None, None, :] < crossover[:, None, None]",
    ),
)
bank.wrong(
    X,
    "both repeated",
    says="it should have shape 0 and colours 1",
    swap=("np.tile(colors, (r, 1))", "np.repeat(colors, r, axis=0)"),
)
bank.wrong(
    X,
    "a list of rows",
    says="not a list",
    swap=(
        "return pictures.reshape(r, c, *pictures.shape[1:])",
        "return list(pictures.reshape(r, c, *pictures.shape[1:]))",
    ),
)
bank.wrong(
    T, "psi squared", says="another psi, 0.49", swap=(MOVE, "center + psi**2 * (w - center)")
)
bank.wrong(T, "half of it", says="a weight is wrong", swap=(MOVE, "(center + psi * w) / 2"))
bank.wrong(
    T,
    "other codes",
    says="is the argument `z` used",
    swap=("predict(mapping, z)", "predict(mapping, np.ones_like(z))"),
)
bank.wrong(
    T,
    "one batch alone",
    says="of the first 500 styles",
    swap=("predict(mapping, z)", "predict(mapping, z[:500])"),
)
bank.wrong(
    P, "a variable returned", says="return a NumPy array", swap=("return w.numpy()", "return w")
)
bank.wrong(
    P,
    "a random start",
    says="not copies of `start`",
    swap=(
        "np.tile(start, (len(targets), 1))",
        "np.random.default_rng(0).normal(size=(len(targets), len(start)))",
    ),
)
bank.wrong(
    P,
    "rate 0.05 written in",
    says="that is the learning rate",
    swap=("Adam(learning_rate)", "Adam(0.05)"),
)
bank.wrong(
    P,
    "targets upside down",
    says="wrong way",
    swap=("ops.square(pictures - targets)", "ops.square(pictures - targets[:, ::-1])"),
)
bank.right(
    X,
    "the crossover as a tensor",
    swap=(COMPARE, "ops.arange(n_layers)[None, :, None] < ops.expand_dims(crossover, (1, 2))"),
)
bank.wrong(
    S,
    "noise of half the size, repeated",
    says="each pixel has a number of its own",
    swap=(
        NOISE,
        "ops.repeat(ops.repeat(keras.random.normal((n, (height + 1) // 2, (width + 1) // 2, 1)), 2, 1), 2, 2)[:, :height, :width]",
    ),
)
