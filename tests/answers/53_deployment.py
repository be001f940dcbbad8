"""Answers to the exercises of lesson 53, right and wrong."""

from tests.bank import Bank

bank = Bank()

# quantise and dequantise
Q = "quantise"
ROUND = "np.rint(x / scale) + zero_point"
CLIP = 'np.clip(q, lowest, highest).astype("int8")'
STEPS = 'q.astype("float32") - zero_point'
bank.wrong(Q, "cut off", says="decimals", swap=(ROUND, "np.trunc(x / scale) + zero_point"))
bank.wrong(
    Q, "astype cuts off", says="decimals", swap=(ROUND, "(x / scale).astype(int) + zero_point")
)
bank.wrong(Q, "floor", says="rounded down", swap=(ROUND, "np.floor(x / scale) + zero_point"))
bank.wrong(Q, "ceil", says="rounded up", swap=(ROUND, "np.ceil(x / scale) + zero_point"))
bank.wrong(
    Q, "minus zero point", says="subtracted", swap=(ROUND, "np.rint(x / scale) - zero_point")
)
bank.wrong(Q, "no zero point", says="zero point is missing", swap=(ROUND, "np.rint(x / scale)"))
bank.wrong(Q, "times scale", says="divide by it", swap=(ROUND, "np.rint(x * scale) + zero_point"))
bank.wrong(Q, "wraps", says="wrap around", swap=(CLIP, 'q.astype("int64").astype("int8")'))
bank.wrong(
    Q,
    "wraps, then clips",
    says="wrap around",
    swap=(CLIP, 'np.clip(q.astype("int64").astype("int8"), lowest, highest)'),
)
bank.wrong(Q, "not saturated", says="not saturated", swap=(CLIP, "q"))
bank.wrong(
    Q,
    "always 8 bits",
    says="argument bits",
    swap=("-(2 ** (bits - 1)), 2 ** (bits - 1) - 1", "-128, 127"),
)
bank.wrong(
    Q, "unsigned", says="signed", swap=("-(2 ** (bits - 1)), 2 ** (bits - 1) - 1", "0, 2**bits - 1")
)
bank.wrong(Q, "one too high", says="one less", swap=("2 ** (bits - 1) - 1", "2 ** (bits - 1)"))
bank.wrong(
    Q,
    "zero point after clipping",
    says="after clipping",
    swap=(
        f"q = {ROUND}\n    return {CLIP}",
        "q = np.clip(np.rint(x / scale), lowest, highest) + zero_point\n    return q",
    ),
)
bank.wrong(Q, "float result", says="int8", swap=(CLIP, "np.clip(q, lowest, highest)"))
bank.wrong(Q, "int32 result", says="int8", swap=(CLIP, CLIP.replace("int8", "int32")))
bank.wrong(
    Q,
    "minus, and cut off",
    says="subtracted",
    swap=(ROUND, "np.trunc(x / scale) - zero_point"),
)
bank.wrong(
    Q,
    "in place",
    says="changed in place",
    swap=(f"q = {ROUND}", "x /= scale\n    q = np.rint(x) + zero_point"),
)
bank.wrong(Q, "no return", says="return", swap=(f"return {CLIP}", f"result = {CLIP}"))
bank.wrong(Q, "way back overflows", says="overflows", swap=(STEPS, "q - np.int8(zero_point)"))
bank.wrong(Q, "way back adds", says="is added", swap=(STEPS, 'q.astype("float32") + zero_point'))
bank.wrong(Q, "way back without", says="zero point is missing", swap=(STEPS, 'q.astype("float32")'))
bank.wrong(Q, "way back divides", says="multiply by it", swap=("scale * steps", "steps / scale"))
bank.wrong(
    Q,
    "way back, wrong order",
    says="after multiplying",
    swap=(
        STEPS + "\n    return (scale * steps)",
        'scale * q.astype("float32")\n    return (steps - zero_point)',
    ),
)
bank.wrong(
    Q,
    "way back, float64",
    says="float32",
    swap=('(scale * steps).astype("float32")', 'scale * steps.astype("float64")'),
)
bank.right(
    Q,
    "np.round, minimum and maximum",
    swap=(CLIP, "np.int8(np.maximum(np.minimum(q, highest), lowest))"),
)
bank.right(
    Q,
    "round half up, whole numbers back",
    code="""
def quantise(x, scale, zero_point, bits=8):
    half = 1 << (bits - 1)
    q = np.floor(np.asarray(x, "float64") / scale + 0.5).astype("int64") + zero_point
    return q.clip(-half, half - 1).astype(np.int8)


def dequantise(q, scale, zero_point):
    return np.float32(scale) * np.subtract(q, zero_point, dtype="float32")
""",
)
bank.right(
    Q,
    "the zero point within the rounding",
    swap=(ROUND, "np.round(x / scale + zero_point)"),
)

LIMITS = "-(2 ** (bits - 1)), 2 ** (bits - 1) - 1"
bank.wrong(
    Q, "xor for a power", says="**", swap=(LIMITS, "-(2 ^ (bits - 1)), (2 ^ (bits - 1)) - 1")
)
bank.wrong(
    Q,
    "symmetric limits",
    says="one lower",
    swap=(LIMITS, "1 - 2 ** (bits - 1), 2 ** (bits - 1) - 1"),
)
bank.wrong(
    Q, "uint8", says="unsigned", swap=(CLIP, CLIP.replace("int8", "int64") + '.astype("uint8")')
)
bank.wrong(
    Q,
    "rounded before dividing",
    says="divide first",
    swap=(ROUND, "np.rint(x) / scale + zero_point"),
)
bank.wrong(
    Q,
    "x clipped, not q",
    says="clip q",
    swap=(f"q = {ROUND}", f"x = np.clip(x, lowest, highest)\n    q = {ROUND}"),
)
bank.wrong(
    Q,
    "outside becomes 0",
    says="nearest limit",
    swap=(CLIP, 'np.where((q < lowest) | (q > highest), 0, q).astype("int8")'),
)
bank.wrong(Q, "Python's round", says="np.rint", swap=(ROUND, "round(x / scale) + zero_point"))
bank.wrong(Q, "a list", says="not a list", swap=(CLIP, f"list({CLIP})"))
bank.wrong(
    Q,
    "way back, float16",
    says="16 bits",
    swap=("(scale * steps)", '(np.float16(scale) * steps.astype("float16"))'),
)
bank.wrong(
    Q,
    "way back, uint8",
    says="uint8",
    swap=(STEPS, 'q.astype("uint8").astype("float32") - zero_point'),
)
bank.wrong(
    Q,
    "way back, a list",
    says="not a list",
    swap=('(scale * steps).astype("float32")', 'list((scale * steps).astype("float32"))'),
)
bank.right(
    Q,
    "TensorFlow, a table of all integers",
    code="""
def quantise(x, scale, zero_point, bits=8):
    half = 2 ** (bits - 1)
    steps = tf.round(x / scale) + zero_point
    return tf.cast(tf.clip_by_value(steps, -half, half - 1), tf.int8).numpy()


def dequantise(q, scale, zero_point):
    table = (scale * (np.arange(-128, 128) - zero_point)).astype("float32")
    return table[q.astype(int) + 128]
""",
)

# calibrate
C = "calibrate"
QUANTILES = "np.quantile(values, [clip / 2, 1 - clip / 2])"
WIDEN = "    low, high = min(low, 0.0), max(high, 0.0)\n"
EMPTY = "    if low == high:\n        return 1.0, 0\n"
ZERO = "round(-(2 ** (bits - 1)) - low / scale)"
bank.wrong(
    C,
    "whole share each side",
    says="half of it",
    swap=(QUANTILES, "np.quantile(values, [clip, 1 - clip])"),
)
bank.wrong(C, "no clip", says="argument clip", swap=(QUANTILES, "values.min(), values.max()"))
bank.wrong(C, "not widened", says="contain 0", swap=(WIDEN, ""))
bank.wrong(C, "levels", says="2^bits - 1 steps", swap=("(2**bits - 1)", "2**bits"))
bank.wrong(
    C,
    "always 8 bits",
    says="argument bits",
    swap=("    low, high = np.q", "    bits = 8\n    low, high = np.q"),
)
bank.wrong(
    C,
    "symmetric",
    says="symmetric",
    swap=(WIDEN, "    high = max(-low, high, 0.0)\n    low = -high\n"),
)
bank.wrong(C, "unsigned", says="not 0", swap=(ZERO, "round(-low / scale)"))
bank.wrong(C, "sign", says="sign of low", swap=(ZERO, "round(-(2 ** (bits - 1)) + low / scale)"))
bank.wrong(C, "not rounded", says="cut off", swap=(ZERO, "-(2 ** (bits - 1)) - low / scale"))
bank.wrong(
    C,
    "exchanged",
    says="exchanged",
    swap=("return float(scale), int(zero_point)", "return int(zero_point), float(scale)"),
)
bank.wrong(C, "empty range", says="empty", swap=(EMPTY, ""))
bank.wrong(
    C,
    "empty range, other zero point",
    says="zero point 0",
    swap=("return 1.0, 0", "return 1.0, -(2 ** (bits - 1))"),
)
bank.wrong(
    C,
    "scale alone",
    says="2 results",
    swap=("return float(scale), int(zero_point)", "return float(scale)"),
)
bank.wrong(
    C,
    "low left out",
    says="zero point",
    swap=(ZERO, "round(2 ** (bits - 1) - 1 - high / scale) + 1"),
)
bank.right(
    C,
    "percentiles, from the top",
    code="""
def calibrate(values, bits=8, clip=0.0):
    a, b = np.percentile(values, (50 * clip, 100 - 50 * clip))
    a, b = np.minimum(a, 0), np.maximum(b, 0)
    if not np.any([a, b]):
        return 1, 0
    step = np.float64(b - a) / (2**bits - 1)
    return step, np.rint(-(2 ** (bits - 1)) - a / step)
""",
)
bank.right(
    C,
    "two quantiles",
    swap=(QUANTILES, "(np.quantile(values, p) for p in (0.5 * clip, 1 - 0.5 * clip))"),
)

bank.wrong(
    C,
    "percentiles of shares",
    says="per cent",
    swap=(QUANTILES, QUANTILES.replace("quantile", "percentile")),
)
bank.wrong(
    C, "one end", says="high end only", swap=(QUANTILES, "np.quantile(values, [0, 1 - clip])")
)
bank.wrong(
    C,
    "values, not ends",
    says="Look at low and high",
    swap=("if low == high", "if not values.any()"),
)
bank.wrong(
    C,
    "equal values",
    says="equal values",
    swap=(
        f"    low, high = {QUANTILES}\n{WIDEN}{EMPTY}",
        f"    low, high = {QUANTILES}\n{EMPTY}{WIDEN}",
    ),
)
bank.wrong(C, "high for low", says="where low belongs", swap=("- low / scale", "- high / scale"))
bank.wrong(C, "low times scale", says="not multiplied", swap=("- low / scale", "- low * scale"))
bank.wrong(
    C,
    "nearest values",
    says="between two values",
    swap=("clip / 2])", 'clip / 2], method="nearest")'),
)
bank.right(
    C,
    "0 among the ends",
    code="""
def calibrate(values, bits=8, clip=0.0):
    ends = np.append(np.quantile(values, [clip / 2, 1 - clip / 2]), 0)
    scale = np.ptp(ends) / (2**bits - 1)
    if scale == 0:
        return np.array([1.0, 0.0])
    return scale, int(np.rint(2 ** (bits - 1) - 1 - ends.max() / scale))
""",
)

# export_int8
E = "export_int8"
OPTIMIZE = "    converter.optimizations = [tf.lite.Optimize.DEFAULT]\n"
DATASET = "    converter.representative_dataset = representative\n"
bank.wrong(E, "float32", says="optimizations", swap=(OPTIMIZE, ""))
bank.wrong(E, "dynamic range", says="dynamic range", swap=(DATASET, ""))
bank.wrong(E, "neither", says="optimizations", swap=(OPTIMIZE, "    return converter.convert()\n"))
bank.wrong(
    E,
    "int8 at both ends",
    says="both ends",
    swap=(
        DATASET,
        DATASET
        + "    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]\n"
        + "    converter.inference_input_type = converter.inference_output_type = tf.int8\n",
    ),
)
bank.wrong(E, "zeros", says="ranges", swap=("yield [code[None, :]]", "yield [0 * code[None, :]]"))
bank.wrong(
    E,
    "random numbers",
    says="ranges",
    swap=("yield [code[None, :]]", "yield [np.random.rand(1, len(code)).astype('float32')]"),
)
bank.wrong(
    E,
    "codes made smaller",
    says="ranges",
    swap=("yield [code[None, :]]", "yield [code[None, :] / 255]"),
)
bank.wrong(
    E, "the converter", says="bytes", swap=("return converter.convert()", "return converter")
)
bank.wrong(
    E, "no return", says="return", swap=("return converter.convert()", "converter.convert()")
)
bank.wrong(
    E,
    "fixed batch",
    says="batches of 1",
    swap=(
        "from_keras_model(model)",
        "from_keras_model(keras.Sequential([keras.Input(batch_shape=(1, codes.shape[1])), *model.layers]))",
    ),
)
bank.wrong(
    E,
    "dataset, not a function",
    says="export_int8",
    swap=("= representative\n", "= representative()\n"),
)
bank.wrong(
    E,
    "float16",
    says="optimizations",
    swap=(DATASET, "    converter.target_spec.supported_types = [tf.float16]\n"),
)
bank.right(
    E, "a lambda", swap=("= representative\n", "= lambda: ([code[None]] for code in codes)\n")
)
bank.right(
    E,
    "integers alone, slices",
    swap=(
        "        for code in codes:\n            yield [code[None, :]]\n",
        "        for k in range(len(codes)):\n            yield [codes[k : k + 1]]\n\n"
        "    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]\n",
    ),
)
bank.right(
    E,
    "all codes at once",
    swap=(
        "        for code in codes:\n            yield [code[None, :]]\n",
        "        yield [codes]\n",
    ),
)

bank.wrong(
    E, "ten codes", says="all of `codes`", swap=("for code in codes:", "for code in codes[:10]:")
)
bank.wrong(E, "twice the codes", says="as they are", swap=("code[None, :]", "2 * code[None, :]"))
bank.wrong(
    E,
    "int16 activations",
    says="int16",
    swap=(
        DATASET,
        f"{DATASET}    converter.target_spec.supported_ops = [\n"
        "        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8\n    ]\n",
    ),
)
bank.right(
    E,
    "a RepresentativeDataset",
    swap=("= representative\n", "= tf.lite.RepresentativeDataset(representative)\n"),
)

# largest_difference
D = "largest_difference"
GAP = "float(np.abs(found - wanted).max())"
SHAPE = (
    "        if found.shape != wanted.shape or np.isnan(found).any():\n            return np.inf\n"
)
bank.wrong(D, "no look at the shape", says="broadcasting", swap=(SHAPE, ""))
bank.wrong(
    D,
    "number of pictures only",
    says="another shape",
    swap=("found.shape != wanted.shape", "len(found) != len(wanted)"),
)
bank.wrong(D, "0 for other shapes", says="np.inf", swap=("return np.inf", "return 0.0"))
bank.wrong(
    D,
    "an error for other shapes",
    says="return np.inf",
    swap=("return np.inf", "raise ValueError('shape')"),
)
bank.wrong(D, "signed", says="negative", swap=(GAP, "float((found - wanted).max())"))
bank.wrong(D, "turned", says="positive", swap=(GAP, "float((wanted - found).max())"))
bank.wrong(
    D, "mean", says="mean over the pixels", swap=(GAP, "float(np.abs(found - wanted).mean())")
)
bank.wrong(D, "squared", says="squared", swap=(GAP, "float(np.mean((found - wanted) ** 2))"))
bank.wrong(D, "last size", says="last batch size", swap=(f"max(largest, {GAP})", GAP))
bank.wrong(D, "added", says="added up", swap=(f"max(largest, {GAP})", f"largest + {GAP}"))
bank.wrong(
    D, "all codes", says="of the sizes", swap=("for size in sizes", "for size in [len(codes)]")
)
bank.wrong(
    D,
    "return within the loop",
    says="first batch size",
    swap=("\n    return largest", "\n        return largest"),
)
bank.right(
    D,
    "model.predict and a list",
    code="""
def largest_difference(decode, model, codes, sizes):
    gaps = []
    for n in sizes:
        a, b = decode(codes[:n]), model.predict(codes[:n], verbose=0)
        gaps.append(np.inf if np.shape(a) != b.shape else np.max(np.abs(a - b)))
    return float(np.max(gaps))
""",
)
bank.right(
    D,
    "the course's predict",
    swap=("np.asarray(model(codes[:size]))", "predict(model, codes[:size])"),
)

bank.wrong(D, "last rows", says="first rows", swap=("codes[:size]", "codes[-size:]"))
bank.wrong(
    D,
    "first picture",
    says="first picture",
    swap=(GAP, "float(np.abs(found[0] - wanted[0]).max())"),
)
bank.wrong(
    D,
    "last picture",
    says="last picture",
    swap=(GAP, "float(np.abs(found[-1] - wanted[-1]).max())"),
)
bank.wrong(D, "relative", says="divided by", swap=(GAP, "float(np.abs(found / wanted - 1).max())"))
bank.wrong(D, "sum", says="pixels were added up", swap=(GAP, "float(np.abs(found - wanted).sum())"))
bank.wrong(D, "norm", says="norm", swap=(GAP, "float(np.linalg.norm(found - wanted))"))
bank.wrong(D, "NaN lost in max", says="hides the NaN", swap=(" or np.isnan(found).any()", ""))
bank.wrong(
    D,
    "NaN left out",
    says="hides the NaN",
    swap=(
        f"found.shape != wanted.shape or np.isnan(found).any():\n            return np.inf\n        largest = max(largest, {GAP})",
        "found.shape != wanted.shape:\n            return np.inf\n        largest = max(largest, float(np.nanmax(np.abs(found - wanted))))",
    ),
)
bank.wrong(D, "inf as text", says="np.inf", swap=("return np.inf", "return 'inf'"))
bank.wrong(D, "nothing for other shapes", says="np.inf", swap=("return np.inf", "return None"))
bank.right(
    D,
    "tensors",
    code="""
def largest_difference(decode, model, codes, sizes):
    worst = tf.constant(0.0)
    for n in sizes:
        found, wanted = tf.convert_to_tensor(decode(codes[:n])), model(codes[:n])
        if found.shape != wanted.shape:
            return float("inf")
        worst = tf.maximum(worst, tf.reduce_max(tf.abs(found - wanted)))
    return float(worst)
""",
)

# latency
L = "latency"
RESULT = "1000 * np.quantile(seconds[warm_up:], [0.1, 0.5, 0.9])"
bank.wrong(L, "seconds", says="these are seconds", swap=(RESULT, RESULT[7:]))
bank.wrong(L, "microseconds", says="microseconds", swap=("1000 *", "1e6 *"))
bank.wrong(L, "warm-up counted", says="warm-up was counted", swap=("seconds[warm_up:]", "seconds"))
bank.wrong(L, "no warm-up", says="times, expected", swap=("range(warm_up + runs)", "range(runs)"))
bank.wrong(L, "last ones left out", says="last calls", swap=("seconds[warm_up:]", "seconds[:runs]"))
bank.wrong(L, "median first", says="in the middle", swap=("[0.1, 0.5, 0.9]", "[0.5, 0.1, 0.9]"))
bank.wrong(L, "high to low", says="from low to high", swap=("[0.1, 0.5, 0.9]", "[0.9, 0.5, 0.1]"))
bank.wrong(L, "extremes", says="smallest", swap=("[0.1, 0.5, 0.9]", "[0, 0.5, 1]"))
bank.wrong(
    L, "median alone", says="all three", swap=(RESULT, "1000 * np.median(seconds[warm_up:])")
)
bank.wrong(L, "all times", says="quantiles", swap=(RESULT, "1000 * np.array(seconds[warm_up:])"))
bank.wrong(L, "own clock", says="clock", swap=("clock()", "time.perf_counter()"))
bank.wrong(
    L,
    "one start",
    says="anew",
    swap=(
        "    for _ in range(warm_up + runs):\n        start = clock()\n",
        "    start = clock()\n    for _ in range(warm_up + runs):\n",
    ),
)
bank.wrong(
    L,
    "mean and spread",
    says="standard deviation",
    swap=(
        RESULT,
        "1000 * (np.mean(seconds[warm_up:]) + np.std(seconds[warm_up:]) * np.array([-1, 0, 1]))",
    ),
)
bank.wrong(L, "no return", says="return", swap=("return 1000", "result = 1000"))
bank.right(
    L,
    "two loops, percentiles",
    code="""
def latency(function, runs, warm_up, clock=time.perf_counter):
    for _ in range(warm_up):
        function()
    times = np.empty(runs)
    for k in range(runs):
        before = clock()
        function()
        times[k] = 1e3 * (clock() - before)
    return np.percentile(times, (10, 50, 90))
""",
)
bank.right(
    L,
    "differences of one list of times, a tuple",
    code="""
def latency(function, runs, warm_up, clock=time.perf_counter):
    marks = [clock()]
    for _ in range(warm_up + runs):
        function()
        marks.append(clock())
    milliseconds = 1000 * np.diff(marks)[warm_up:]
    return tuple(float(np.quantile(milliseconds, q)) for q in (0.1, 0.5, 0.9))
""",
)

bank.wrong(L, "percentiles of shares", says="per cent", swap=("np.quantile", "np.percentile"))
bank.wrong(
    L, "sorted first", says="sorted before", swap=("seconds[warm_up:]", "sorted(seconds)[warm_up:]")
)
bank.wrong(
    L, "warm-up alone", says="the rest left out", swap=("seconds[warm_up:]", "seconds[:warm_up]")
)
bank.wrong(
    L,
    "one too few",
    says="too many was left out",
    swap=("seconds[warm_up:]", "seconds[warm_up + 1 :]"),
)
bank.wrong(
    L,
    "both reads after the call",
    says="before and after",
    swap=(
        "        start = clock()\n        function()\n",
        "        function()\n        start = clock()\n",
    ),
)
bank.wrong(
    L,
    "nearest times",
    says="between two",
    swap=("[0.1, 0.5, 0.9])", '[0.1, 0.5, 0.9], method="nearest")'),
)
bank.wrong(L, "start minus end", says="sign", swap=("clock() - start", "start - clock()"))
bank.right(
    L,
    "only what counts is kept",
    code="""
def latency(function, runs, warm_up, clock=time.perf_counter):
    kept = []
    for k in range(runs + warm_up):
        before = clock()
        function()
        after = clock()
        if k >= warm_up:
            kept.append(1000 * (after - before))
    return pd.Series(kept).quantile([0.1, 0.5, 0.9]).to_numpy()
""",
)

# prune
P = "prune"
MAGNITUDES = "np.abs(kernel).ravel() for kernel in kernels"
COUNT = "[: round(share * len(magnitudes))]"
bank.wrong(
    P,
    "largest",
    says="largest weights",
    swap=(COUNT, "[len(magnitudes) - round(share * len(magnitudes)) :]"),
)
bank.wrong(
    P, "share kept", says="exchanged", swap=(COUNT, "[: round((1 - share) * len(magnitudes))]")
)
bank.wrong(
    P, "signed", says="without the sign", swap=(MAGNITUDES, "kernel.ravel() for kernel in kernels")
)
bank.wrong(
    P,
    "each by itself",
    says="by itself",
    code="""
def prune(kernels, share):
    result = []
    for kernel in kernels:
        flat = kernel.ravel().copy()
        flat[np.argsort(np.abs(flat))[: round(share * flat.size)]] = 0
        result.append(flat.reshape(kernel.shape))
    return result
""",
)
bank.wrong(
    P,
    "threshold removes all equal ones",
    says="weights are zero",
    code="""
def prune(kernels, share):
    magnitudes = np.concatenate([np.abs(k).ravel() for k in kernels])
    threshold = np.quantile(magnitudes, share)
    return [np.where(np.abs(k) <= threshold, 0, k) for k in kernels]
""",
)
bank.wrong(
    P,
    "threshold keeps all equal ones",
    says="weights are zero",
    code="""
def prune(kernels, share):
    magnitudes = np.concatenate([np.abs(k).ravel() for k in kernels])
    threshold = np.quantile(magnitudes, share)
    return [np.where(np.abs(k) < threshold, 0, k) for k in kernels]
""",
)
bank.wrong(
    P,
    "magnitudes returned",
    says="keep their sign",
    swap=("kernel * part.reshape", "np.abs(kernel) * part.reshape"),
)
bank.wrong(
    P,
    "masks",
    says="masks of ones",
    swap=("kernel * part.reshape(kernel.shape)", "part.reshape(kernel.shape)"),
)
bank.wrong(
    P, "flat", says="shape", swap=("kernel * part.reshape(kernel.shape)", "kernel.ravel() * part")
)
bank.wrong(
    P,
    "in place",
    says="changed in place",
    code="""
def prune(kernels, share):
    magnitudes = np.concatenate([np.abs(k).ravel() for k in kernels])
    count = round(share * magnitudes.size)
    limit = np.sort(magnitudes)[count - 1] if count else -1
    for k in kernels:
        k[np.abs(k) <= limit] = 0
    return kernels
""",
)
bank.wrong(
    P,
    "cut off",
    says="expected round",
    swap=("round(share * len(magnitudes))", "int(share * len(magnitudes) - 0.5)"),
)
bank.wrong(P, "nothing", says="return", swap=("return [", "result = ["))
bank.right(
    P,
    "flat copy",
    code="""
def prune(kernels, share):
    flat = np.concatenate([np.ravel(k) for k in kernels])
    count = int(np.round(share * flat.size))
    if count:
        flat[np.argpartition(np.abs(flat), count - 1)[:count]] = 0
    result, start = [], 0
    for k in kernels:
        result.append(flat[start : start + k.size].reshape(k.shape))
        start += k.size
    return result
""",
)
bank.right(
    P,
    "sorted places in a loop",
    code="""
def prune(kernels, share):
    places = sorted(
        (abs(float(k.flat[i])), n, i) for n, k in enumerate(kernels) for i in range(k.size)
    )
    copies = [k.copy() for k in kernels]
    for _, n, i in places[: round(share * len(places))]:
        copies[n].flat[i] = 0
    return copies
""",
)
SMALLEST = "np.argsort(magnitudes)[: round(share * len(magnitudes))]"
bank.wrong(
    P,
    "rounded up",
    says="expected round",
    swap=("round(share * len(magnitudes))", "int(np.ceil(share * len(magnitudes)))"),
)
bank.wrong(
    P,
    "ranks for places",
    says="ranks",
    swap=(SMALLEST, SMALLEST.replace("(magnitudes)[", "(np.argsort(magnitudes))[")),
)
bank.wrong(
    P,
    "by the spread of each kernel",
    says="spread",
    swap=(MAGNITUDES, "np.abs(kernel / kernel.std()).ravel() for kernel in kernels"),
)
bank.wrong(
    P,
    "row by row",
    says="each row",
    code="""
def prune(kernels, share):
    result = []
    for kernel in kernels:
        rows = kernel.reshape(-1, kernel.shape[-1]).copy()
        for row in rows:
            row[np.argsort(np.abs(row))[: round(share * row.size)]] = 0
        result.append(rows.reshape(kernel.shape))
    return result
""",
)
bank.wrong(
    P,
    "the last for none",
    says="-1",
    code="""
def prune(kernels, share):
    magnitudes = np.concatenate([np.abs(k).ravel() for k in kernels])
    limit = np.sort(magnitudes)[round(share * magnitudes.size) - 1]
    return [np.where(np.abs(k) <= limit, 0, k) for k in kernels]
""",
)
bank.wrong(
    P,
    "nested lists",
    says="a list was returned",
    swap=("kernel * part.reshape(kernel.shape)", "(kernel * part.reshape(kernel.shape)).tolist()"),
)
bank.right(
    P,
    "the largest are kept, a tuple",
    code="""
def prune(kernels, share):
    flat = np.concatenate([k.reshape(-1) for k in kernels])
    ranks = np.empty(flat.size, int)
    ranks[np.argsort(flat**2)] = np.arange(flat.size)
    flat = np.where(ranks >= round(share * flat.size), flat, 0)
    places = np.cumsum([k.size for k in kernels])[:-1]
    return tuple(part.reshape(k.shape) for part, k in zip(np.split(flat, places), kernels))
""",
)
