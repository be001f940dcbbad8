"""Answers to the exercises of lesson 21, right and wrong."""

from tests.bank import Bank

bank = Bank()

# add_noise
A = "add_noise"
bank.wrong(
    A,
    "not clipped",
    says="clip them",
    swap=(
        "np.clip(images + amount * rng.standard_normal(images.shape), 0, 1)",
        "images + amount * rng.standard_normal(images.shape)",
    ),
)
bank.wrong(
    A,
    "a 0-1 factor on a 0-255 picture",
    says="not to 255",
    swap=(
        "np.clip(images + amount * rng.standard_normal(images.shape), 0, 1)",
        "np.clip(255 * images + amount * rng.standard_normal(images.shape), 0, 255) / 255",
    ),
)
bank.wrong(
    A,
    "one frozen noise",
    says="second call gave the same",
    swap=("    if kind ==", "    rng = np.random.default_rng(0)\n    if kind =="),
)
bank.wrong(
    A,
    "global generator",
    says="same seed gave different",
    swap=("rng.standard_normal(images.shape)", "np.random.normal(size=images.shape)"),
)
bank.wrong(
    A,
    "amount taken as variance",
    says="not the variance",
    swap=("amount * rng.standard", "np.sqrt(amount) * rng.standard"),
)
bank.wrong(
    A, "amount squared", says="squared", swap=("amount * rng.standard", "amount**2 * rng.standard")
)
bank.wrong(
    A,
    "uniform noise",
    says="uniform",
    swap=(
        "amount * rng.standard_normal(images.shape)",
        "amount * rng.uniform(-1, 1, images.shape)",
    ),
)
bank.wrong(
    A,
    "positive noise only",
    says="mean of the Gaussian",
    swap=("amount * rng.standard_normal(images.shape)", "amount * rng.random(images.shape)"),
)
bank.wrong(
    A,
    "the same noise for every picture",
    says="the same for every picture",
    swap=(
        "rng.standard_normal(images.shape), 0",
        "rng.standard_normal(images.shape[1:]), 0",
    ),
)
bank.wrong(
    A,
    "one number for each picture",
    says="is the same for",
    swap=(
        "rng.standard_normal(images.shape), 0",
        "rng.standard_normal((len(images), 1, 1)), 0",
    ),
)
bank.wrong(
    A,
    "the same pixels lost in every picture",
    says="same pixels are hit in every picture",
    swap=("rng.random(images.shape) < amount", "rng.random((1, *images.shape[1:])) < amount"),
)
bank.wrong(
    A, "share kept", says="share kept", swap=("(images.shape) < amount", "(images.shape) > amount")
)
bank.wrong(
    A,
    "amount each for salt and for pepper",
    says="got the whole amount",
    code="""
def add_noise(images, kind, amount, rng):
    if kind == "gaussian":
        return np.clip(images + rng.normal(0, amount, images.shape), 0, 1)
    u = rng.random(images.shape)
    noisy = np.where(u < amount, 0, images)
    if kind == "salt":
        noisy = np.where(u > 1 - amount, 1, noisy)
    return noisy
""",
)
bank.wrong(
    A,
    "pepper overwrites salt",
    says="overwrites",
    code="""
def add_noise(images, kind, amount, rng):
    if kind == "gaussian":
        return np.clip(images + rng.normal(0, amount, images.shape), 0, 1)
    noisy = images.copy()
    if kind == "salt":
        noisy[rng.random(images.shape) < amount] = 1
    noisy[rng.random(images.shape) < amount] = 0
    return noisy
""",
)
bank.wrong(A, "only salt", says="share of white", swap=(" < 0.5 if", " < 1.5 if"))
bank.wrong(
    A,
    "a colour for each picture",
    says="one colour",
    swap=(
        'rng.random(images.shape) < 0.5 if kind == "salt"',
        'rng.random((len(images), 1, 1)) < 0.5 if kind == "salt"',
    ),
)
bank.wrong(
    A,
    "random greys instead of black and white",
    says="is 0 or 1",
    swap=('< 0.5 if kind == "salt"', '* 1.0 if kind == "salt"'),
)
bank.wrong(
    A,
    "changed in place",
    says="in place",
    code="""
def add_noise(images, kind, amount, rng):
    if kind == "gaussian":
        images += amount * rng.standard_normal(images.shape).astype(images.dtype)
        return np.clip(images, 0, 1)
    replaced = rng.random(images.shape) < amount
    images[replaced] = (rng.random(images.shape) < 0.5)[replaced] if kind == "salt" else 0
    return images
""",
)
bank.wrong(
    A,
    "clipped to -1 and 1",
    says="clip them",
    swap=("images.shape), 0, 1)", "images.shape), -1, 1)"),
)
bank.wrong(
    A,
    "salt drawn twice, half of the amount each",
    says="overwrites",
    code="""
def add_noise(images, kind, amount, rng):
    if kind == "gaussian":
        return np.clip(images + rng.normal(0, amount, images.shape), 0, 1)
    if kind == "mask":
        return np.where(rng.random(images.shape) < amount, 0, images)
    noisy = np.where(rng.random(images.shape) < amount / 2, 1, images)
    return np.where(rng.random(images.shape) < amount / 2, 0, noisy)
""",
)
for name, said, old, new in (
    (
        "choice with one probability for all",
        "kind 'salt': an `amount` of shape",
        "        noisy = np.where(replaced",
        """        if kind == "salt":
            share = [amount / 2, amount / 2, 1 - amount]
            picked = rng.choice([0, 1, 2], p=share, size=images.shape)
            return np.where(picked == 2, images, picked)
        noisy = np.where(replaced""",
    ),
    (
        "amount compared with 0",
        "kind 'mask': an `amount` of shape",
        "    if kind ==",
        "    if amount == 0:\n        return images.copy()\n    if kind ==",
    ),
    (
        "amount made a float",
        "kind 'gaussian': an `amount` of shape",
        "images + amount",
        "images + float(amount)",
    ),
    (
        "mean amount, gaussian",
        "kind 'gaussian': standard",
        "images + amount",
        "images + np.mean(amount)",
    ),
    (
        "mean amount, salt",
        "kind 'salt': shares",
        "        replaced =",
        "        amount = np.mean(amount) if kind == 'salt' else amount\n        replaced =",
    ),
):
    bank.wrong(A, name, says=said, swap=(old, new))
bank.wrong(A, "no return", says="return", swap=("return noisy.astype", "noisy.astype"))
bank.wrong(
    A,
    "masked pixels become 1",
    says="share of white",
    swap=('if kind == "salt" else 0.0', 'if kind == "salt" else 1.0'),
)
bank.wrong(
    A,
    "a fixed count of pixels in the corner",
    says="same pixels are hit",
    swap=(
        "rng.random(images.shape) < amount",
        "np.sort(rng.random(images.shape), axis=2) < amount",
    ),
)
bank.right(
    A,
    "one uniform number for salt and pepper",
    code="""
def add_noise(images, kind, amount, rng):
    images = np.array(images, dtype=float)
    if kind == "gaussian":
        return (images + rng.normal(size=images.shape) * amount).clip(0.0, 1.0)
    u = rng.random(images.shape)
    if kind == "mask":
        return images * (u >= amount)
    return np.where(u < amount / 2, 0.0, np.where(u < amount, 1.0, images))
""",
)
bank.right(
    A,
    "normal with a scale, float32, indexing",
    code="""
def add_noise(images, kind, amount, rng):
    noisy = images.copy()
    if kind == "gaussian":
        return np.minimum(1, np.maximum(0, rng.normal(noisy, amount))).astype("float32")
    hit = rng.uniform(size=images.shape) < np.broadcast_to(amount, images.shape)
    noisy[hit] = rng.integers(0, 2, hit.sum()) if kind == "salt" else 0
    return noisy
""",
)
bank.right(
    A,
    "picture by picture",
    code="""
def add_noise(images, kind, amount, rng):
    amounts = np.broadcast_to(np.reshape(amount, (-1,)), (len(images),))
    out = []
    for image, a in zip(images, amounts):
        if kind == "gaussian":
            out.append(np.clip(image + a * rng.standard_normal(image.shape), 0, 1))
        else:
            keep = rng.binomial(1, 1 - a, image.shape)
            other = rng.choice([0.0, 1.0], image.shape) if kind == "salt" else 0
            out.append(keep * image + (1 - keep) * other)
    return np.array(out)
""",
)

for name, says, noise in (
    ("noise clipped, not the sum", "only the noise was clipped", "images + np.clip(noise, 0, 1)"),
    ("noise never negative", "never negative", "np.clip(images + np.abs(noise), 0, 1)"),
    ("noise times picture", "multiplied by the picture", "np.clip(images * (1 + noise), 0, 1)"),
):
    bank.wrong(
        A,
        name,
        says=says,
        code=f"""
def add_noise(images, kind, amount, rng):
    if kind == "gaussian":
        noise = amount * rng.normal(size=images.shape)
        return {noise}
    draw = rng.random(images.shape)
    if kind == "salt":
        return np.where(draw < amount / 2, 1.0, np.where(draw < amount, 0.0, images))
    return np.where(draw < amount, 0.0, images)
""",
    )
bank.right(
    A,
    "one draw for all kinds, by the normal quantile",
    code="""
def add_noise(images, kind, amount, rng):
    draw = rng.random(images.shape)
    match kind:
        case "gaussian":
            return np.clip(images + amount * norm.ppf(draw), 0, 1)
        case "salt":
            return np.select([draw < amount / 2, draw > 1 - amount / 2], [1.0, 0.0], images)
    return images * (draw >= amount)
""",
)

# psnr
P = "psnr"
bank.wrong(
    P,
    "PSNR of the mean error",
    says="PSNR of the mean error",
    swap=("np.mean(difference**2, axis=(1, 2))", "np.mean(difference**2)"),
)
bank.wrong(P, "natural logarithm", says="natural", swap=("np.log10", "np.log"))
bank.wrong(P, "factor 20 with the squared error", says="factor is 10", swap=("10 * np", "20 * np"))
bank.wrong(P, "sign", says="sign", swap=("peak**2 / mse", "mse / peak**2"))
bank.wrong(P, "peak forgotten", says="peak is missing", swap=("peak**2 / mse", "1 / mse"))
bank.wrong(P, "peak not squared", says="peak is squared", swap=("peak**2", "peak"))
bank.wrong(
    P, "largest pixel as peak", says="largest", swap=("peak**2", "np.max(clean).astype(float)**2")
)
bank.wrong(
    P,
    "8-bit integers wrap around",
    says="wrap around",
    swap=(
        "np.asarray(clean, dtype=float) - np.asarray(restored, dtype=float)",
        "clean - restored",
    ),
)
bank.wrong(
    P,
    "squares overflow in 16 bits",
    says="wrap around",
    code="""
def psnr(clean, restored, peak=1.0):
    if clean.dtype == np.uint8:
        clean, restored = clean.astype("int16"), restored.astype("int16")
    error = np.mean((clean - restored) ** 2, axis=(1, 2))
    return np.mean(10 * np.log10(peak**2 / error))
""",
)
bank.wrong(
    P,
    "float after the subtraction",
    says="wrap around",
    swap=(
        "np.asarray(clean, dtype=float) - np.asarray(restored, dtype=float)",
        "(clean - restored).astype(float)",
    ),
)
bank.wrong(
    P, "mean over the pictures", says="mean over the pictures", swap=("axis=(1, 2)", "axis=0")
)
bank.wrong(
    P,
    "summed over the pixels",
    says="not a sum",
    swap=("np.mean(difference**2, axis=(1, 2))", "np.sum(difference**2, axis=(1, 2))"),
)
bank.wrong(P, "mean over rows", says="rows", swap=("axis=(1, 2)", "axis=2"))
bank.wrong(
    P,
    "one number for each picture, not averaged",
    says="expected one number",
    swap=(
        "return float(np.mean(10 * np.log10(peak**2 / mse)))",
        "return 10 * np.log10(peak**2 / mse)",
    ),
)
bank.wrong(
    P,
    "sum instead of mean",
    says="take the mean",
    swap=("float(np.mean(10 *", "float(np.sum(10 *"),
)
bank.wrong(
    P,
    "root forgotten: factor 20 missing",
    says="factor is 20 with the root",
    swap=("peak**2 / mse", "peak / np.sqrt(mse)"),
)
bank.wrong(P, "no return", says="return", swap=("return float", "float"))
bank.wrong(P, "bel", says="factor 10 is missing", swap=("10 * np", "np"))
bank.wrong(
    P,
    "always 255",
    says="got",
    swap=("peak**2 / mse", "255**2 / mse"),
)
bank.wrong(
    P,
    "median of the pictures",
    says="median",
    swap=("np.mean(10 *", "np.median(10 *"),
)
bank.right(
    P,
    "root and factor 20, loop",
    code="""
import math


def psnr(clean, restored, peak=1.0):
    total = 0.0
    for a, b in zip(clean, restored):
        rmse = np.sqrt(np.mean(np.square(a.astype("float64") - b.astype("float64"))))
        total += 20 * math.log10(peak / rmse)
    return total / len(clean)
""",
)
bank.right(
    P,
    "scikit-image",
    code="""
def psnr(clean, restored, peak=1.0):
    from skimage.metrics import peak_signal_noise_ratio as one

    pairs = zip(clean.astype(float), restored.astype(float))
    return np.mean([one(a, b, data_range=peak) for a, b in pairs])
""",
)
bank.right(
    P,
    "difference of logarithms, keras",
    code="""
def psnr(clean, restored, peak=1.0):
    a = keras.ops.convert_to_tensor(clean.astype("float64"))
    b = keras.ops.convert_to_tensor(restored.astype("float64"))
    mse = np.asarray(keras.ops.mean((a - b) ** 2, axis=(-2, -1)))
    return (20 * np.log10(peak) - 10 * np.log10(mse)).mean()
""",
)

bank.wrong(
    P,
    "divided by the peak, which stays in the formula",
    says="divided by the peak",
    code="""
def psnr(clean, restored, peak=1.0):
    errors = np.mean((clean / peak - restored / peak) ** 2, axis=(1, 2))
    return np.mean(10 * np.log10(peak**2 / errors))
""",
)
bank.wrong(
    P,
    "return in the loop",
    says="first picture's alone",
    code="""
def psnr(clean, restored, peak=1.0):
    for one, other in zip(clean.astype(float), restored.astype(float)):
        return 10 * np.log10(peak**2 / np.mean((one - other) ** 2))
""",
)
bank.wrong(
    P,
    "absolute differences",
    says="squared, not taken absolute",
    code="""
def psnr(clean, restored, peak=1.0):
    errors = np.abs(clean.astype(float) - restored.astype(float)).mean(axis=(1, 2))
    return np.mean(10 * np.log10(peak**2 / errors))
""",
)

# epoch_batches
B = "epoch_batches"
bank.wrong(
    B,
    "noise on the target",
    says="noise on the target",
    swap=(
        "yield corrupt(batch, rng), batch",
        "noisy = corrupt(batch, rng)\n        yield noisy, noisy",
    ),
)
bank.wrong(
    B,
    "other noise on the target",
    says="noise on the target",
    swap=("yield corrupt(batch, rng), batch", "yield corrupt(batch, rng), corrupt(batch, rng)"),
)
bank.wrong(B, "no noise", says="no noise", swap=("yield corrupt(batch, rng)", "yield batch"))
bank.wrong(
    B,
    "wrong way round",
    says="wrong way round",
    swap=("yield corrupt(batch, rng), batch", "yield batch, corrupt(batch, rng)"),
)
bank.wrong(
    B,
    "frozen noise",
    says="every batch",
    swap=("corrupt(batch, rng)", "corrupt(batch, np.random.default_rng(0))"),
)
bank.wrong(
    B,
    "noise frozen by the number of the batch",
    says="comes back in the next epoch",
    swap=("corrupt(batch, rng)", "corrupt(batch, np.random.default_rng(start))"),
)
bank.wrong(
    B,
    "only the order of the batches shuffled",
    says="neighbours",
    code="""
def epoch_batches(clean, corrupt, batch_size, rng):
    full = len(clean) // batch_size * batch_size
    starts = list(rng.permutation(np.arange(0, full, batch_size)))
    for start in starts + [full] * (full < len(clean)):
        batch = clean[start : start + batch_size]
        yield corrupt(batch, rng), batch
""",
)
bank.wrong(
    B,
    "a cyclic shift",
    says="neighbours",
    swap=("rng.permutation(len(clean))", "np.roll(np.arange(len(clean)), rng.integers(1, 9))"),
)
bank.wrong(
    B,
    "noise frozen for the whole epoch",
    says="frozen",
    code="""
def epoch_batches(clean, corrupt, batch_size, rng):
    noisy = corrupt(clean, np.random.default_rng(42))
    order = rng.permutation(len(clean))
    for start in range(0, len(clean), batch_size):
        mine = order[start : start + batch_size]
        yield noisy[mine], clean[mine]
""",
)
bank.wrong(
    B,
    "rest dropped",
    says="last batch holds the rest",
    swap=("range(0, len(clean), batch_size)", "range(0, len(clean) - batch_size + 1, batch_size)"),
)
bank.wrong(B, "not shuffled", says="not shuffled", swap=("rng.permutation(len", "np.arange(len"))
bank.wrong(
    B,
    "same order in every epoch",
    says="same in every epoch",
    swap=("rng.permutation", "np.random.default_rng(1).permutation"),
)
bank.wrong(
    B,
    "order from the global generator",
    says="same seed",
    swap=("rng.permutation", "np.random.permutation"),
)
bank.wrong(
    B,
    "pairs torn apart",
    says="do not belong together",
    code="""
def epoch_batches(clean, corrupt, batch_size, rng):
    noisy = corrupt(clean, rng)[rng.permutation(len(clean))]
    target = clean[rng.permutation(len(clean))]
    for start in range(0, len(clean), batch_size):
        yield noisy[start : start + batch_size], target[start : start + batch_size]
""",
)
bank.wrong(
    B,
    "with replacement",
    says="every picture comes once",
    swap=("rng.permutation(len(clean))", "rng.integers(0, len(clean), len(clean))"),
)
bank.wrong(
    B,
    "spoilt twice",
    says="spoilt twice",
    swap=("yield corrupt(batch, rng)", "yield corrupt(corrupt(batch, rng), rng)"),
)
bank.wrong(
    B,
    "never ends",
    says="never end",
    swap=(
        "    for start",
        "    while True:\n        yield corrupt(clean[order], rng), clean[order]\n    for start",
    ),
)
bank.wrong(
    B,
    "only the noisy pictures",
    says="results",
    swap=("yield corrupt(batch, rng), batch", "yield corrupt(batch, rng)"),
)
bank.wrong(
    B,
    "return in the loop",
    says="`return` ends the function",
    swap=("yield corrupt(batch, rng), batch", "return corrupt(batch, rng), batch"),
)
bank.wrong(
    B,
    "clean shuffled in place",
    says="in place",
    code="""
def epoch_batches(clean, corrupt, batch_size, rng):
    rng.shuffle(clean)
    for start in range(0, len(clean), batch_size):
        batch = clean[start : start + batch_size]
        yield corrupt(batch, rng), batch.copy()
""",
)
bank.wrong(
    B,
    "batch size ignored",
    says="have the sizes",
    swap=("range(0, len(clean), batch_size)", "range(0, len(clean), len(clean))"),
)
bank.right(
    B,
    "whole epoch spoilt at once, a list",
    code="""
def epoch_batches(clean, corrupt, batch_size, rng):
    shuffled = rng.permutation(clean)
    noisy = corrupt(shuffled, rng)
    cuts = range(batch_size, len(clean), batch_size)
    return list(zip(np.split(noisy, cuts), np.split(shuffled, cuts)))
""",
)
bank.right(
    B,
    "shuffled indices, lists as pairs",
    code="""
def epoch_batches(clean, corrupt, batch_size, rng):
    left = list(range(len(clean)))
    rng.shuffle(left)
    while left:
        now, left = left[:batch_size], left[batch_size:]
        yield [corrupt(clean[now], rng), clean[now]]
""",
)

bank.wrong(
    B,
    "yield after the loop",
    says="only the last batch",
    swap=("        yield corrupt(batch, rng), batch", "    yield corrupt(batch, rng), batch"),
)
bank.wrong(
    B,
    "steps of one",
    says="steps of `batch_size`",
    swap=("range(0, len(clean), batch_size)", "range(len(clean))"),
)

# build_denoiser
D = "build_denoiser"
bank.wrong(
    D, "no skip connection", says="the channels of `up` and of `first`", swap=("(both)", "(up)")
)
bank.wrong(
    D,
    "joined with itself",
    says="no skip connection",
    swap=("Concatenate()([up, first])", "Concatenate()([up, up])"),
)
bank.wrong(
    D,
    "added, not joined",
    says="the channels of `up` and of `first`",
    swap=("layers.Concatenate()", "layers.Add()"),
)
bank.wrong(
    D, "no sigmoid", says="the output has no activation", swap=(', activation="sigmoid"', "")
)
bank.wrong(D, "GELU at the end", says="GELU", swap=('activation="sigmoid"', 'activation="gelu"'))
bank.wrong(
    D, "12 written in", says="shapes", swap=("layers.Conv2D(width, 3", "layers.Conv2D(12, 3")
)
bank.wrong(
    D,
    "same width everywhere",
    says="shapes",
    swap=("deep = layers.Conv2D(2 * width, 3, **same)", "deep = layers.Conv2D(width, 3, **same)"),
)
bank.wrong(
    D,
    "one convolution too few",
    says="shapes",
    swap=('    deep = layers.Conv2D(2 * width, 3, padding="same", activation="gelu")(deep)\n', ""),
)
bank.wrong(
    D,
    "no stride in the first",
    says="build_denoiser",
    swap=(
        "first = layers.Conv2D(width, 3, **same)",
        'first = layers.Conv2D(width, 3, padding="same", activation="gelu")',
    ),
)
bank.wrong(
    D,
    "linear layers",
    says="no activation in several layers",
    swap=('"padding": "same", "activation": "gelu"', '"padding": "same"'),
)
bank.wrong(D, "a channel axis left", says="shape", swap=("layers.Reshape((28, 28))(end)", "end"))
bank.wrong(
    D,
    "dropout",
    says="training=True",
    swap=("layers.Reshape((28, 28))(end)", "layers.Dropout(0.1)(layers.Reshape((28, 28))(end))"),
)
bank.wrong(D, "no return", says="return", swap=("return keras", "model = keras"))
bank.right(
    D,
    "activations as layers, first map second",
    code="""
def build_denoiser(width):
    def block(x, kind, filters, size, strides):
        return layers.Activation("gelu")(kind(filters, size, strides=strides, padding="same")(x))

    image = keras.Input(shape=(28, 28))
    x = layers.Reshape((28, 28, 1))(image)
    first = block(x, layers.Conv2D, width, 3, 2)
    x = block(first, layers.Conv2D, 2 * width, 3, 2)
    x = block(x, layers.Conv2D, 2 * width, 3, 1)
    x = block(x, layers.Conv2DTranspose, width, 4, 2)
    x = layers.Concatenate(axis=-1)([first, x])
    x = layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid")(x)
    return keras.Model(inputs=image, outputs=layers.Reshape((28, 28))(x))
""",
)
bank.right(
    D,
    "keras.ops",
    code="""
def build_denoiser(width):
    ops, gelu = keras.ops, keras.activations.gelu
    image = keras.Input((28, 28))
    first = layers.Conv2D(width, 3, 2, "same", activation=gelu)(ops.expand_dims(image, -1))
    deep = layers.Conv2D(width * 2, 3, 2, "same", activation=gelu)(first)
    deep = layers.Conv2D(width * 2, (3, 3), padding="same", activation=gelu)(deep)
    up = layers.Conv2DTranspose(width, 4, 2, "same", activation=gelu)(deep)
    end = layers.Conv2DTranspose(1, 4, 2, "same")(ops.concatenate([up, first], axis=-1))
    return keras.Model(image, ops.sigmoid(ops.squeeze(end, -1)))
""",
)

UP = "up = layers.Conv2DTranspose(width, 4, **same)(deep)"
FIRST = "first = layers.Conv2D(width, 3, **same)(layers.Reshape((28, 28, 1))(image))"
DEEP = "deep = layers.Conv2D(2 * width, 3, **same)(first)"
SECOND = 'deep = layers.Conv2D(2 * width, 3, padding="same", activation="gelu")(deep)'
for kind in ("relu", "tanh", "sigmoid"):
    bank.wrong(
        D,
        f"{kind} in `up`",
        says="`up` has a",
        swap=(UP, UP.replace("**same", f'strides=2, padding="same", activation="{kind}"')),
    )
bank.wrong(
    D,
    "first convolution linear",
    says="`first` has no activation",
    swap=(FIRST, FIRST.replace("**same", 'strides=2, padding="same"')),
)
bank.wrong(
    D,
    "first layer of deep linear",
    says="first layer of `deep` has no activation",
    swap=(DEEP, DEEP.replace("**same", 'strides=2, padding="same"')),
)
bank.wrong(
    D,
    "sigmoid in the second layer of deep",
    says="second layer of `deep` has a sigmoid",
    swap=(SECOND, SECOND.replace("gelu", "sigmoid")),
)
bank.wrong(
    D,
    "strides of deep exchanged",
    says="1 and 2, expected 2 and 1",
    swap=(
        f"{DEEP}\n    {SECOND}",
        'deep = layers.Conv2D(2 * width, 3, padding="same", activation="gelu")(first)\n'
        "    deep = layers.Conv2D(2 * width, 3, **same)(deep)",
    ),
)
bank.wrong(
    D,
    "pooling instead of a stride",
    says="largest of 2 x 2",
    swap=(
        FIRST,
        'first = layers.Conv2D(width, 3, padding="same", activation="gelu")('
        "layers.Reshape((28, 28, 1))(image))\n    first = layers.MaxPooling2D()(first)",
    ),
)
bank.wrong(
    D,
    "resized, then convolved",
    says="channels out, in",
    swap=(
        UP,
        'up = layers.Conv2D(width, 4, padding="same", activation="gelu")(layers.UpSampling2D()(deep))',
    ),
)
bank.wrong(
    D,
    "padding forgotten in the first layer",
    says="differ in height or width",
    swap=(FIRST, FIRST.replace("**same", 'strides=2, activation="gelu"')),
)
bank.right(
    D,
    "subclass, the other GELU, first map in front",
    code="""
class Denoiser(keras.Model):
    def __init__(self, width):
        super().__init__()
        gelu = lambda x: keras.ops.gelu(x, approximate=True)
        self.end = layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid")
        self.up = layers.Conv2DTranspose(width, 4, 2, "same", activation=gelu)
        sizes = ((width, 2), (2 * width, 2), (2 * width, 1))
        self.down = [layers.Conv2D(n, 3, s, "same", activation=gelu) for n, s in sizes]

    def call(self, x):
        first = self.down[0](x[..., None])
        deep = self.down[2](self.down[1](first))
        return self.end(keras.ops.concatenate([first, self.up(deep)], axis=-1))[..., 0]


def build_denoiser(width):
    return Denoiser(width)
""",
)

# denoising_table
T = "denoising_table"
bank.wrong(
    T,
    "clean input to the methods",
    says="given the clean pictures",
    swap=("method(noisy.copy())", "method(clean.copy())"),
)
bank.wrong(
    T,
    "fresh noise for each method",
    says="Noise was drawn",
    swap=("method(noisy.copy())", "method(corrupt(clean, rng))"),
)
bank.wrong(
    T,
    "a generator of its own",
    says="does not come from `rng`",
    swap=("corrupt(clean, rng)", "corrupt(clean, np.random.default_rng(0))"),
)
bank.wrong(
    T,
    "compared with the noisy pictures",
    says="compares with the noisy",
    swap=("score(clean, result)", "score(noisy, result)"),
)
bank.wrong(
    T,
    "wrong way round",
    says="wrong way round",
    swap=("score(clean, result)", "score(result, clean)"),
)
bank.wrong(T, "no copies", says="a copy", swap=("noisy.copy()", "noisy"))
bank.wrong(T, "without the noisy row", says="row 'noisy'", swap=('{"noisy": noisy}', "{}"))
bank.wrong(
    T,
    "clean scored as noisy",
    says="of 'noisy'",
    swap=('{"noisy": noisy}', '{"noisy": clean}'),
)
bank.wrong(
    T,
    "a dictionary",
    says="DataFrame",
    swap=("return pd.DataFrame(columns)", "return columns"),
)
bank.wrong(
    T,
    "transposed",
    says="columns are",
    swap=("pd.DataFrame(columns)", "pd.DataFrame(columns).T"),
)
bank.wrong(
    T,
    "methods numbered",
    says="row 'noisy'",
    swap=("pd.DataFrame(columns)", "pd.DataFrame(columns).reset_index(drop=True)"),
)
bank.wrong(T, "no return", says="return", swap=("return pd", "pd"))
bank.wrong(
    T,
    "every method on the result of the one before",
    says="not given the noisy pictures",
    swap=("method(noisy.copy())", "method(list(restored.values())[-1].copy())"),
)
bank.wrong(
    T,
    "noise on the truth",
    says="Noise was drawn",
    swap=("score(clean, result)", "score(corrupt(clean, rng), result)"),
)
bank.right(
    T,
    "rows of records",
    code="""
def denoising_table(methods, clean, corrupt, scores, rng):
    noisy = np.asarray(corrupt(clean, rng))
    names, records = [], []
    for name, f in [*methods.items(), ("noisy", lambda pictures: pictures)]:
        out = f(np.array(noisy))
        names.append(name)
        records.append([s(clean, out) for s in scores.values()])
    return pd.DataFrame(records, index=names, columns=list(scores))
""",
)
bank.right(
    T,
    "filled cell by cell",
    code="""
def denoising_table(methods, clean, corrupt, scores, rng):
    spoilt = corrupt(clean, rng)
    table = pd.DataFrame(index=["noisy", *methods], columns=list(scores), dtype=float)
    for name in table.index:
        out = spoilt if name == "noisy" else methods[name](spoilt + 0)
        for s in scores:
            table.loc[name, s] = scores[s](clean, out)
    return table
""",
)

bank.wrong(
    T,
    "the clean pictures in the row noisy",
    says="scores of the clean pictures",
    code="""
def denoising_table(methods, clean, corrupt, scores, rng):
    noisy = corrupt(clean, rng)
    restored = {"noisy": clean} | {name: f(noisy.copy()) for name, f in methods.items()}
    rows = {name: {s: f(clean, x) for s, f in scores.items()} for name, x in restored.items()}
    return pd.DataFrame(rows).T
""",
)

# score_from_denoiser
S = "score_from_denoiser"
bank.wrong(S, "sign", says="sign", swap=("denoise(y) - y", "y - denoise(y)"))
bank.wrong(S, "sigma not squared", says="not by sigma", swap=("sigma**2", "sigma"))
bank.wrong(S, "not divided", says="not divided", swap=(" / sigma**2", ""))
bank.wrong(S, "twice the variance", says="twice", swap=("/ sigma**2", "/ (2 * sigma**2)"))
bank.wrong(S, "multiplied", says="multiplied", swap=("/ sigma**2", "* sigma**2"))
bank.wrong(
    S,
    "the denoiser itself",
    says="denoiser's answer",
    swap=("step / sigma**2", "denoise(y)"),
)
bank.wrong(S, "y not subtracted", says="not subtracted", swap=("denoise(y) - y", "denoise(y)"))
bank.wrong(S, "input scaled", says="as it is", swap=("denoise(y)", "denoise(y / sigma)"))
bank.wrong(S, "no return", says="return", swap=("return step", "step"))
bank.wrong(
    S,
    "y changed in place",
    says="in place",
    swap=(
        "step = denoise(y) - y",
        "step = denoise(y)\n    y -= step\n    step = -y",
    ),
)
bank.wrong(
    S,
    "precedence",
    says="brackets",
    swap=("step / sigma**2", "denoise(y) - y / sigma**2"),
)
bank.right(
    S,
    "variance first",
    code="""
def score_from_denoiser(denoise, y, sigma):
    variance = np.square(sigma)
    return np.subtract(np.asarray(denoise(y.copy())), y) * (1 / variance)
""",
)
bank.right(
    S,
    "a tensor",
    code="""
def score_from_denoiser(denoise, y, sigma):
    residual = keras.ops.convert_to_tensor(denoise(y) - y)
    return residual / (sigma * sigma)
""",
)
bank.wrong(
    S,
    "^ for a power",
    says="that is **",
    code="""
def score_from_denoiser(denoise, y, sigma):
    return (denoise(y) - y) / sigma ^ 2
""",
)

# wrong values are told by the smallest case, or by what was given to whom
for name, says, old, new in (
    (
        "a small number added to the error",
        "got 16.99, expected 20",
        "/ mse)",
        "/ (mse + 0.01))",
    ),
    (
        "no less than 0 dB",
        "twice as large as the peak",
        "np.mean(10 * np.log10(peak**2 / mse))",
        "np.mean(np.maximum(10 * np.log10(peak**2 / mse), 0))",
    ),
    (
        "PSNR of the mean ratio",
        "two pictures, of 20 and of 40",
        "np.mean(10 * np.log10(peak**2 / mse))",
        "10 * np.log10(np.mean(peak**2 / mse))",
    ),
    (
        "variance of the differences",
        "is the variance",
        "np.mean(difference**2, axis=(1, 2))",
        "np.var(difference, axis=(1, 2))",
    ),
    (
        "power of the picture for the peak",
        "got 13.98, expected 20",
        "peak**2 / mse",
        "np.mean(clean**2, axis=(1, 2)) / mse",
    ),
):
    bank.wrong(P, name, says=says, swap=(old, new))
for name, says, old, new in (
    (
        "only the first batch",
        "only the first batch",
        "yield corrupt(batch, rng), batch",
        "yield corrupt(batch, rng), batch\n        return",
    ),
    ("batches one short", "4 pictures too few", "start + batch_size]", "start + batch_size - 1]"),
    (
        "one picture at a time, without its axis",
        "`corrupt` was given the shape (3, 2)",
        "corrupt(batch, rng)",
        "np.stack([corrupt(one, rng) for one in batch])",
    ),
    (
        "each pixel shuffled for itself",
        "pixels of several pictures",
        "order = rng.permutation(len(clean))",
        "clean, order = rng.permuted(clean, axis=0), np.arange(len(clean))",
    ),
    (
        "the batches shuffled",
        "shuffle the pictures, not the batches",
        "for start in range(0, len(clean), batch_size):",
        "order = np.arange(len(clean))\n    for start in rng.permutation(np.arange(0, len(clean), batch_size)):",
    ),
):
    bank.wrong(B, name, says=says, swap=(old, new))
bank.right(
    B,
    "one picture at a time, with its axis",
    swap=(
        "corrupt(batch, rng)",
        "np.concatenate([corrupt(batch[i : i + 1], rng) for i in range(len(batch))])",
    ),
)
for name, says, old, new in (
    ("rounded", "put in what it gave", "pd.DataFrame(columns)", "pd.DataFrame(columns).round(1)"),
    (
        "gain over the noisy ones",
        "put in what it gave",
        "pd.DataFrame(columns)",
        "pd.DataFrame(columns) - pd.DataFrame(columns).loc['noisy']",
    ),
    ("clipped", "never given", "method(noisy.copy())", "np.clip(method(noisy.copy()), 0, 1)"),
    (
        "what the method took away",
        "never given",
        "method(noisy.copy())",
        "noisy - method(noisy.copy())",
    ),
    (
        "mean of the pictures' scores",
        "never given",
        "score(clean, result) for",
        "np.mean([score(*pair) for pair in zip(clean, result)]) for",
    ),
):
    bank.wrong(T, name, says=says, swap=(old, new))
for name, says, old, new in (
    (
        "salt of a third white",
        "share of white",
        "rng.random(images.shape) < 0.5",
        "rng.random(images.shape) < 1 / 3",
    ),
    (
        "mean amount for all pictures",
        "all pictures got the mean",
        "< amount\n",
        "< np.mean(amount)\n",
    ),
    ("masking and salt exchanged", "all are black", 'kind == "salt" else', 'kind == "mask" else'),
):
    bank.wrong(A, name, says=says, swap=(old, new))
bank.wrong(
    D,
    "`up` twice as wide",
    says="the kernel of `up` has",
    swap=("Transpose(width, 4", "Transpose(2 * width, 4"),
)
for name, new in (
    ("y added", "denoise(y) + y"),
    ("clipped", "np.clip(denoise(y), 0, 1) - y"),
    ("denoised twice", "denoise(denoise(y)) - y"),
):
    bank.wrong(S, name, says="a small case: y is", swap=("denoise(y) - y", new))

for name, says, old, new in (
    (
        "black and white like a chessboard",
        "is correlated",
        "rng.random(images.shape) < 0.5",
        "np.indices(images.shape).sum(axis=0) % 2",
    ),
    (
        "colours that are always the same",
        "noise of two calls is correlated",
        "rng.random(images.shape) < 0.5",
        "np.random.default_rng(3).random(images.shape) < 0.5",
    ),
    (
        "noise turned round from picture to picture",
        "neighbouring pictures is correlated",
        "rng.standard_normal(images.shape)",
        "rng.standard_normal(images.shape[1:]) * (-1.0) ** np.arange(len(images))[:, None, None]",
    ),
):
    bank.wrong(A, name, says=says, swap=(old, new))
bank.wrong(
    P,
    "ten pictures at most",
    says="forty pictures",
    swap=("np.mean(difference**2", "np.mean(difference[:10] ** 2"),
)
bank.wrong(
    D,
    "leaky ReLU",
    says="a leaky ReLU in several",
    swap=('"activation": "gelu"', '"activation": "leaky_relu"'),
)
bank.wrong(
    D, "pictures from -1 to 1", says="moved to -1 to 1", swap=("1))(image)", "1))(2 * image - 1)")
)
