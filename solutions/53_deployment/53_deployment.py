# ---
# title: Small and fast
# question: How small and how fast can a trained decoder become before its pictures suffer?
# picture: Ten unseen drawn faces and their copies by one decoder whose weights have 32, 8, 4, 3 and 2 bits; 8 bits look like 32, 4 bits are dirty, 3 bits are spotted, and 2 bits show no face
# seconds: 90
# goals:
#   - turn weights into 8-bit integers and back, and predict the error
#   - choose the range that the integers cover, and say what clipping costs
#   - export a decoder to a LiteRT file for any batch size, and check the file
#   - measure latency with its spread, without the warm-up
#   - prune weights, and test whether that makes a file smaller or a decoder faster
# terms:
#   quantisation: storing numbers as integers of few bits, with a scale
#   scale: the real number that one step of the integers stands for
#   zero point: the integer that stands for the real number 0
#   saturation: values outside the range of the integers become its lowest or highest integer
#   calibration: choosing scale and zero point from data
#   activations: the numbers that a layer gives to the next one
#   representative dataset: inputs from which a converter learns the ranges of the activations
#   batch size: how many inputs a model takes at once; dynamic, if any number will do
#   latency: the time from one input to its output
#   warm-up: first calls, which are slower and are not counted
#   pruning: setting the weights of smallest magnitude to zero
# ---

# %% folded="imports"
import gzip
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from course_utils import plots
from course_utils.checks import deployment
from course_utils.data import load_characters
from course_utils.decoder_page import decoder_page
from course_utils.factors import known_factors
from course_utils.litert import LiteRTModel, quietly
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## From 32 bits to 8
#
# A trained decoder is a list of numbers. Keras stores each in 32 bits (float32). A phone, a camera or a web page wants it smaller. The picture above shows one decoder with ever fewer bits a weight. At the end of this lesson it runs in a page of its own, without Python and without a network.
#
# **Quantisation** stores a real number $x$ as an integer $q$ of $b$ bits:
#
# $$q = \mathrm{clip}\left(\mathrm{round}(x / s) + z\right), \qquad \hat{x} = s\,(q - z) .$$
#
# The **scale** $s$ is the size of one step. The **zero point** $z$ is the integer that stands for 0. The function clip keeps $q$ between
# $-2^{b-1}$ and $2^{b-1} - 1$; for 8 bits these are −128 and 127. What lies outside becomes the lowest or highest integer: this is **saturation**. We call $\hat x$ the dequantised number.
#
# An example with $s = 0.5$ and $z = 10$: 1.3 becomes $\mathrm{round}(2.6) + 10 = 13$, and comes back as 1.5. But 100 becomes 127, and comes back as 58.5.
#
# ### Exercise 1: quantise and dequantise
#
# <details><summary>Hint: saturate first</summary>
#
# `np.array(210.0).astype("int8")` is no 127. Use `np.clip` before `astype`.
# </details>
# <details><summary>Hint: the way back</summary>
#
# An int8 array minus an integer is int8 again: `np.array([127], "int8") - (-100)` overflows. Convert first.
# </details>


# %% exercise="quantise"
def quantise(x: np.ndarray, scale: float, zero_point: int, bits: int = 8) -> np.ndarray:
    """Real numbers as integers.

    Args:
        x: float array of any shape.
        scale: positive.
        zero_point: integer that stands for 0.
        bits: from 2 to 8.

    Returns:
        int8 array like x: x / scale, rounded to the nearest integer, plus zero_point, saturated
        at the lowest and the highest integer of so many bits.
    """
    ### BEGIN SOLUTION
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    q = np.rint(x / scale) + zero_point
    return np.clip(q, lowest, highest).astype("int8")
    ### END SOLUTION


def dequantise(q: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    """The real numbers, a float32 array, that an int8 array q stands for."""
    ### BEGIN SOLUTION
    steps = q.astype("float32") - zero_point
    return (scale * steps).astype("float32")
    ### END SOLUTION


# %% check="quantise" points=3
deployment.check_quantise(quantise, scale=0.4, zero_point=10, bits=8)
deployment.check_quantise(quantise, scale=0.5, zero_point=-2, bits=4)
deployment.check_dequantise(dequantise, scale=0.5, zero_point=-100)
### BEGIN HIDDEN TESTS
deployment.check_quantise(quantise, scale=0.013, zero_point=-128, bits=8)
deployment.check_quantise(quantise, scale=3.0, zero_point=1, bits=2)
deployment.check_quantise(quantise, scale=0.2, zero_point=-3, bits=4, shape=(3, 4, 5))
deployment.check_quantise(quantise, scale=0.2, zero_point=-3, bits=6, shape=(0, 4))
deployment.check_dequantise(dequantise, scale=0.013, zero_point=-128)
deployment.check_dequantise(dequantise, scale=3.0, zero_point=127)
### END HIDDEN TESTS

# %% [markdown]
# ## A decoder to shrink
#
# Our decoder draws faces of 32 × 32 pixels from latent codes of 32 numbers. The codes are the face's first 32 principal components, each scaled to variance 1 (`whiten`). A network with transposed convolutions learns to turn them back into the face, from two random seeds. The baseline is PCA's own way back.

# %%
faces = load_characters("lorelei", size=32, n=budget(3000, 300))
x_train, x_test = faces.x_train, faces.x_test
pca = PCA(32, whiten=True, random_state=0).fit(x_train.reshape(-1, 3072))
z_train = pca.transform(x_train.reshape(-1, 3072)).astype("float32")
z_test = pca.transform(x_test.reshape(-1, 3072)).astype("float32")


def build_decoder() -> keras.Model:
    """Latent codes (n, 32) -> pictures (n, 32, 32, 3)."""
    enlarge = {"kernel_size": 4, "strides": 2, "padding": "same"}
    return keras.Sequential([
        keras.Input((32,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(4 * 4 * 64, activation="relu"),
        layers.Reshape((4, 4, 64)),
        layers.Conv2DTranspose(48, activation="relu", **enlarge),
        layers.Conv2DTranspose(24, activation="relu", **enlarge),
        layers.Conv2DTranspose(3, activation="sigmoid", **enlarge),
    ])  # fmt: skip


how = {"epochs": budget(24, 1), "batch_size": 32, "learning_rate": 4e-3, "loss": "mse"}
decoders = fit_seeds(build_decoder, z_train, x_train, seeds=range(budget(2, 1)), **how)
decoder = decoders[0]


# %%
def error(copies: np.ndarray) -> float:
    """Mean squared error of copies of the unseen faces."""
    return float(np.mean((copies - x_test) ** 2))


pca_copies = pca.inverse_transform(z_test).reshape(x_test.shape).clip(0, 1)
float_errors = [error(predict(one, z_test)) for one in decoders]
print(f"mean squared error: PCA {error(pca_copies):.5f}, decoders", np.round(float_errors, 5))
print(f"{decoder.count_params():,} parameters of 4 bytes each")

# %% folded="numbers"
report("pca_error", error(pca_copies), within=(0.0062, 0.0076))
report("worst_decoder_over_pca", max(float_errors) / error(pca_copies), within=(0.75, 0.97))
report("parameters", decoder.count_params(), within=(205131, 205131))

# %% [markdown]
# From the same codes the decoder's copies have a smaller error than PCA's. That is the decoder we want to keep.
#
# ## Which range should the integers cover?
#
# **Calibration** chooses $s$ and $z$ from data. The integers shall cover the range from *low* to *high*:
#
# $$s = \frac{\text{high} - \text{low}}{2^b - 1}, \qquad z = \mathrm{round}\left(-2^{b-1} - \frac{\text{low}}{s}\right) .$$
#
# Then *low* becomes the lowest integer. The simplest choice is the smallest and the largest value. The range must contain 0, so that zeros (of padding, or of a ReLU) are exact.
#
# One extreme value makes all steps large. So one may *clip*: leave out a share of the values, half of it at each end. They saturate, and the others get finer steps.
#
# ### Exercise 2: calibration
#
# <details><summary>Hint: both ends at once</summary>
#
# `np.quantile(values, [a, b])`. With a share `clip`, what are a and b? Then `min(low, 0)` and `max(high, 0)`.
# </details>


# %% exercise="calibrate"
def calibrate(values: np.ndarray, bits: int = 8, clip: float = 0.0) -> tuple[float, int]:
    """Scale and zero point for values.

    Args:
        values: float array of any shape, not empty.
        bits: of the integers, from 2 to 8.
        clip: share of the values that may lie outside the range, half of it at each end.

    Returns:
        scale and zero point for the range between the two quantiles (as np.quantile has them),
        widened to contain 0 where it does not. If the range is empty, because low and high are both 0: scale 1 and zero point 0.
    """
    ### BEGIN SOLUTION
    low, high = np.quantile(values, [clip / 2, 1 - clip / 2])
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 1.0, 0
    scale = (high - low) / (2**bits - 1)
    zero_point = round(-(2 ** (bits - 1)) - low / scale)
    return float(scale), int(zero_point)
    ### END SOLUTION


# %% check="calibrate" points=3
deployment.check_calibrate(calibrate, n=50, middle=0.2, bits=8, clip=0.0)
deployment.check_calibrate(calibrate, n=50, middle=0.2, bits=4, clip=0.1)
deployment.check_calibrate(calibrate, n=50, middle=5.0, bits=5, clip=0.2)
deployment.check_calibrate_zeros(calibrate)
### BEGIN HIDDEN TESTS
deployment.check_calibrate(calibrate, n=400, middle=6.0, bits=8, clip=0.02)
deployment.check_calibrate(calibrate, n=400, middle=-6.0, bits=3, clip=0.0)
deployment.check_calibrate(calibrate, n=1, middle=1.0, bits=8, clip=0.0)
deployment.check_calibrate(calibrate, n=5000, middle=-0.3, bits=2, clip=0.3)
### END HIDDEN TESTS

# %% [markdown]
# Now all kernels of the decoder go to integers and back. (The few biases stay float32.)


# %%
def with_kernels(model: keras.Model, change) -> keras.Model:
    """A copy of a model whose kernels are changed by a function of one array."""
    copy = keras.models.clone_model(model)
    copy.set_weights([change(w) if w.ndim > 1 else w for w in model.get_weights()])
    return copy


def rounded(model: keras.Model, bits: int, clip: float = 0.0) -> keras.Model:
    """A copy of a model whose kernels went to integers and back."""

    def change(kernel):
        scale, zero_point = calibrate(kernel, bits, clip)
        return dequantise(quantise(kernel, scale, zero_point, bits), scale, zero_point)

    return with_kernels(model, change)


rows = {"unseen faces": x_test[:10], "32 bits": predict(decoder, z_test[:10])}
for bits in (8, 4, 3, 2):
    rows[f"{bits} bits"] = predict(rounded(decoder, bits), z_test[:10])
plots.show(
    plots.image_rows(rows, "One decoder, weights of 32 to 2 bits"),
    alt="Ten unseen drawn faces and their copies by a decoder with weights of 32, 8, 4, 3 and 2 bits. 8 bits look like 32; 4 bits are "
    "dirty; 3 bits are spotted; with 2 bits there is grey and no face.",
    name="53_deployment",
)

# %%
clipped = Results("bits", "clip")
for bits in (8, 4, 3):
    for clip in (0, 0.002, 0.01):
        for seed, model in enumerate(decoders):
            ratio = error(predict(rounded(model, bits, clip), z_test)) / float_errors[seed]
            clipped.add((bits, clip), seed, **{"error / error of 32 bits": ratio})
clipped.table()

# %% folded="numbers"
RATIO = "error / error of 32 bits"
report("bits_8", clipped.values((8, 0), RATIO).max(), within=(0.99, 1.02))
report("bits_8_clip", clipped.values((8, 0.01), RATIO).min(), within=(1.02, 1.4))
report("bits_4", clipped.values((4, 0), RATIO).mean(), within=(1.1, 2.5))
report("bits_3", clipped.values((3, 0), RATIO).min(), within=(2, 8))
report("bits_3_clip", clipped.values((3, 0.01), RATIO).max(), within=(1.2, 3.5))
gain = clipped.values((3, 0), RATIO) / clipped.values((3, 0.01), RATIO)
report("bits_3_least_gain_by_clip", gain.min(), within=(1.2, 4))

# %% [markdown]
# With 8 bits the error on unseen faces hardly changes. With 3 bits it is a multiple. Clipping 1 % is *bad* with 8 bits and *good* with 3: the saturated weights cost about the same with any bits, but finer steps gain more where steps are large.
#
# ## The error that theory predicts: Δ² / 12
#
# Let $\Delta = s$ be the step. Rounding is off by at most $\Delta / 2$. If the errors are spread evenly between $-\Delta/2$ and $\Delta/2$, their mean square is
#
# $$\frac{1}{\Delta} \int_{-\Delta/2}^{\Delta/2} e^2 \, de = \frac{\Delta^2}{12} .$$
#
# Each bit less about doubles $\Delta$, so it makes this about four times as large.

# %%
kernel = decoder.layers[1].get_weights()[0]
measured, predicted = [], []
for bits in range(2, 9):
    scale, zero_point = calibrate(kernel, bits)
    gaps = dequantise(quantise(kernel, scale, zero_point, bits), scale, zero_point) - kernel
    measured.append(np.mean(gaps**2))
    predicted.append(scale**2 / 12)
    assert np.abs(gaps).max() <= 1.01 * scale / 2
lines = {"measured": measured, "Δ² / 12": predicted}
axes = {"xlabel": "bits", "ylabel": "mean squared error of weights", "log_y": True}
plots.show(
    plots.curves(lines, range(2, 9), "Rounding error of one kernel", **axes),
    alt="Two curves over 2 to 8 bits on a logarithmic axis: the measured mean squared error of weights and delta squared over 12. They fall to about a quarter with every bit and lie on each other; only at 2 bits the measured one is clearly lower.",
)

# %% folded="numbers"
oracle = np.array(measured) / predicted
report("oracle_3_to_8_bits_lowest", oracle[1:].min(), within=(0.85, 1.15))
report("oracle_3_to_8_bits_highest", oracle[1:].max(), within=(0.85, 1.15))
report("oracle_2_bits", oracle[0], within=(0.3, 0.9))
two = quantise(kernel, *calibrate(kernel, 2), 2) == calibrate(kernel, 2)[1]
report("zeros_at_2_bits", np.mean(two), within=(0.9, 0.98))

# %% [markdown]
# From 3 to 8 bits the formula holds within 15 %. At 2 bits it fails: more than nine of ten weights are smaller than $\Delta / 2$ and become 0. Their error is the weight itself, so the errors are not spread evenly.
#
# ## A file that runs without Keras
#
# Weights are half of the matter. To compute in integers, the **activations** must be quantised, too, and their ranges are known only from data. **LiteRT** (formerly TensorFlow Lite) runs models on phones and small boards. Its converter asks for a **representative dataset**: inputs on which it watches the activations. It then does for each activation what you did for the kernels. (For kernels it uses a scale for each channel, with zero point 0.)
#
# ### Exercise 3: export
#
# The converter is `tf.lite.TFLiteConverter.from_keras_model(model)`. Two of its attributes matter: `optimizations`, a list such as `[tf.lite.Optimize.DEFAULT]`, and `representative_dataset`.
#
# <details><summary>Hint: the representative dataset</summary>
#
# A *function* without arguments that yields lists, each with one array for each input of the model: `[code]`, where `code` has the shape (1, k).
# </details>
# <details><summary>Hint: the end</summary>
#
# `converter.convert()` gives the bytes.
# </details>


# %% exercise="export_int8"
def export_int8(model: keras.Model, codes: np.ndarray) -> bytes:
    """A LiteRT file of a model, with int8 weights and int8 activations.

    Args:
        model: one input (n, k), one output.
        codes: representative inputs, float32 (m, k).

    Returns:
        the file's content. It takes any batch size (the model's batch is free, so there is nothing to
        do), and its input and output stay float32.
    """
    ### BEGIN SOLUTION
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]

    def representative():
        for code in codes:
            yield [code[None, :]]

    converter.representative_dataset = representative
    return converter.convert()
    ### END SOLUTION


# %% check="export_int8" points=3
deployment.check_export(export_int8, k=5)
### BEGIN HIDDEN TESTS
deployment.check_export(export_int8, k=3, far=True)
### END HIDDEN TESTS

# %% [markdown]
# A file must be checked before it is shipped. The **batch size** is a classic trap: a file may be written for one input only, and NumPy's broadcasting hides it, since a picture of shape (1, 32, 32, 3) can be subtracted from five.
#
# ### Exercise 4: check the file
#
# <details><summary>Hint</summary>
#
# `np.asarray(model(codes[:n]))`; compare the shapes, and look for NaN, before you subtract.
# </details>


# %% exercise="largest_difference"
def largest_difference(decode, model: keras.Model, codes: np.ndarray, sizes: list[int]) -> float:
    """How far a decoder is from the model that it was made of, at several batch sizes.

    Args:
        decode: function of codes (n, k) that gives an array of n pictures.
        model: Keras model for the same codes.
        codes: (m, k).
        sizes: batch sizes, each from 1 to m: compare on the first rows of `codes`.

    Returns:
        the largest absolute difference of any pixel, over all sizes. `np.inf` if some result of
        `decode` has another shape than the model's, or a NaN.
    """
    ### BEGIN SOLUTION
    largest = 0.0
    for size in sizes:
        wanted = np.asarray(model(codes[:size]))
        found = np.asarray(decode(codes[:size]))
        if found.shape != wanted.shape or np.isnan(found).any():
            return np.inf
        largest = max(largest, float(np.abs(found - wanted).max()))
    return largest
    ### END SOLUTION


# %% check="largest_difference" points=2
deployment.check_difference(largest_difference, sizes=[3, 4, 7, 5])
deployment.check_difference(largest_difference, sizes=[4, 1])
deployment.check_difference_shape(largest_difference, sizes=[1, 2])
deployment.check_difference_nan(largest_difference, sizes=[1, 3, 2])
### BEGIN HIDDEN TESTS
deployment.check_difference(largest_difference, sizes=[2, 6, 4, 3])
deployment.check_difference(largest_difference, sizes=[60])
deployment.check_difference_shape(largest_difference, sizes=[1, 4, 1])
deployment.check_difference_shape(largest_difference, sizes=[6], keep=True)
deployment.check_difference_nan(largest_difference, sizes=[4, 2])
### END HIDDEN TESTS

# %% [markdown]
# Four files. *Dynamic range* is the converter without a representative dataset: int8 weights, float32 activations. *Fixed batch* is a float32 file of a model with `Input(batch_shape=(1, 32))`. A download is usually compressed, so we measure gzip as well.


# %%
def export(model: keras.Model, optimizations=()) -> bytes:
    """A LiteRT file without a representative dataset."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = list(optimizations)
    return converter.convert()


representative = z_train[: budget(300, 30)]
of_one = keras.Sequential([keras.Input(batch_shape=(1, 32)), *decoder.layers])
with quietly():  # the converter writes many lines
    int8_files = [export_int8(model, representative) for model in decoders]
    files = {
        "float32": export(decoder),
        "dynamic range": export(decoder, [tf.lite.Optimize.DEFAULT]),
        "int8": int8_files[0],
        "fixed batch": export(of_one),
    }

lite = {name: LiteRTModel(file) for name, file in files.items()}


def first_alone(codes: np.ndarray) -> np.ndarray:
    """One picture, however many codes there are: careless code for a file of fixed batch."""
    return lite["fixed batch"](codes[:1])


exported = Results("file")
for name, file in files.items():
    numbers = {"kB": len(file) / 1000, "kB gzipped": len(gzip.compress(file)) / 1000}
    decode = first_alone if name == "fixed batch" else lite[name]
    numbers["largest difference"] = largest_difference(decode, decoder, z_test, [1, 2, 7])
    if name != "fixed batch":
        numbers["error / Keras"] = error(decode(z_test)) / float_errors[0]
    exported.add(name, **numbers)
exported.table()

# %% folded="numbers"
sizes = {name: exported.mean(name, "kB") for name in files}
report("int8_over_float32_size", sizes["int8"] / sizes["float32"], within=(0.25, 0.33))
report("float32_kb", sizes["float32"], within=(810, 850))
gzipped = exported.mean("int8", "kB gzipped") / exported.mean("float32", "kB gzipped")
report("int8_over_float32_gzipped", gzipped, within=(0.2, 0.35))
int8_errors = [error(LiteRTModel(file)(z_test)) for file in int8_files]
report("int8_worst_error", (np.array(int8_errors) / float_errors).max(), within=(0.99, 1.02))
report("float32_difference", exported.mean("float32", "largest difference"), within=(0, 1e-4))
report("int8_difference", exported.mean("int8", "largest difference"), within=(0.005, 0.5))
report("fixed_is_found", exported.mean("fixed batch", "largest difference"), within=(1e9, np.inf))

# %% [markdown]
# The int8 file has less than a third of the size, and its error on unseen faces is at most 2 % larger, for both seeds. The largest difference of a single pixel stands in the table. We let the fixed batch decode the first code only, as careless code would: your check finds it.
#
# The other common format is **ONNX**: `model.export("decoder.onnx", format="onnx")`. It needs the packages `tf2onnx` and `onnx`, and `onnxruntime` to run; `largest_difference` and `latency` judge it in the same way.
#
# ## How long does one picture take?
#
# **Latency** is the time from one input to its output. Single times vary, because other programs run. So give the median and two quantiles, not the mean of a few. The first calls compile and fill caches. They are the **warm-up** and do not count.
#
# ### Exercise 5: latency


# %% exercise="latency"
def latency(function, runs: int, warm_up: int, clock=time.perf_counter) -> np.ndarray:
    """How long calls of a function without arguments take.

    Args:
        function: called warm_up + runs times.
        runs: how many calls count, at least 1.
        warm_up: how many calls before do not, 0 or more.
        clock: function that gives the time in seconds.

    Returns:
        array (3,) of milliseconds: the 0.1, 0.5 and 0.9 quantile of the single calls.
    """
    ### BEGIN SOLUTION
    seconds = []
    for _ in range(warm_up + runs):
        start = clock()
        function()
        seconds.append(clock() - start)
    return 1000 * np.quantile(seconds[warm_up:], [0.1, 0.5, 0.9])
    ### END SOLUTION


# %% check="latency" points=2
deployment.check_latency(latency, runs=12, warm_up=3)
### BEGIN HIDDEN TESTS
deployment.check_latency(latency, runs=1, warm_up=0)
deployment.check_latency(latency, runs=60, warm_up=1)
deployment.check_latency(latency, runs=24, warm_up=30)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first.** An int8 number takes a quarter of the bits. Is the int8 file faster than the float32 file? LiteRT runs on one core here; Keras may use all.

# %%
one = z_test[:1]
compiled = tf.function(lambda codes: decoder(codes, training=False))
ways = {
    "Keras, model.predict": lambda: decoder.predict(one, verbose=0),
    "Keras, model(codes)": lambda: np.asarray(decoder(one)),
    "Keras, tf.function": lambda: np.asarray(compiled(tf.constant(one))),
    "LiteRT, float32": lambda: lite["float32"](one),
    "LiteRT, dynamic range": lambda: lite["dynamic range"](one),
    "LiteRT, int8": lambda: lite["int8"](one),
}
took = {name: latency(way, budget(60, 3), budget(20, 1)) for name, way in ways.items()}
fig, ax = plt.subplots(figsize=(7, 3))
for place, (low, middle, high) in enumerate(took.values()):
    ax.plot([low, high], [place, place], color=plots.GREY, linewidth=4)
    ax.plot(middle, place, "o", color=plots.COLORS[0], markersize=7)
ax.set_yticks(range(len(took)), took)
ax.invert_yaxis()
ax.axvline(1000 / 60, color=plots.GREY, linestyle="--", label="60 pictures a second")
ax.set(title="Latency of one picture", xlabel="milliseconds (dot: median, bar: 0.1 to 0.9)")
ax.set_xscale("log")
ax.legend()
plots.show(
    fig,
    alt="Latency of six ways on a logarithmic axis: model.predict is slowest with tens of milliseconds, calling the model takes some, tf.function and LiteRT's dynamic range about one, LiteRT's float32 and int8 about a tenth of a millisecond.",
)
pd.DataFrame(took, index=["0.1", "median", "0.9"]).T.round(3)

# %% folded="numbers"
middle = {name: times[1] for name, times in took.items()}
fast = middle["LiteRT, float32"]
report("int8_pictures_a_second", 1000 / middle["LiteRT, int8"], within=(300, 1e6))
report("float32_pictures_a_second", 1000 / fast, within=(300, 1e6))
report("predict_over_float32", middle["Keras, model.predict"] / fast, within=(20, 5000))
report("model_over_float32", middle["Keras, model(codes)"] / fast, within=(4, 500))
report("int8_over_float32_latency", middle["LiteRT, int8"] / fast, within=(0.6, 3))
slow = took["LiteRT, dynamic range"][0] / took["LiteRT, float32"][0]
report("dynamic_over_float32", slow, within=(2, 300))

# %% [markdown]
# The arithmetic of one picture takes a fraction of a millisecond. `model.predict` is made for large batches: for a single picture nearly all of its time is preparation. LiteRT's float32 and int8 files draw far more than 60 pictures a second on one core.
#
# "8 bits are faster" is wrong here: int8 takes about as long as float32, and dynamic range takes several times *longer*. A likely cause: LiteRT has fast code for floats and for integers, but not for a transposed convolution that mixes both. Another processor may turn the order round, so measure on the device that you mean.
#
# ## Fewer weights
#
# **Pruning** sets the weights of smallest magnitude to zero. *Global* pruning ranks the weights of all layers together.
#
# ### Exercise 6: global magnitude pruning
#
# <details><summary>Hint: one ranking</summary>
#
# Put all magnitudes into one row (`np.concatenate`), find the places of the smallest (`np.argsort`), and cut a row of ones and zeros into the kernels' shapes (`np.split`).
# </details>


# %% exercise="prune"
def prune(kernels: list[np.ndarray], share: float) -> list[np.ndarray]:
    """Set the weights of smallest magnitude to zero.

    Args:
        kernels: float arrays of any shapes.
        share: from 0 to 1.

    Returns:
        arrays of the same shapes. Of all N weights together, `round(share * N)` are set to zero,
        those of smallest magnitude (if some are equal, any of them). The others stay.
    """
    ### BEGIN SOLUTION
    magnitudes = np.concatenate([np.abs(kernel).ravel() for kernel in kernels])
    smallest = np.argsort(magnitudes)[: round(share * len(magnitudes))]
    keep = np.ones(len(magnitudes), "float32")
    keep[smallest] = 0
    ends = np.cumsum([kernel.size for kernel in kernels])[:-1]
    parts = np.split(keep, ends)
    return [
        kernel * part.reshape(kernel.shape) for kernel, part in zip(kernels, parts, strict=True)
    ]
    ### END SOLUTION


# %% check="prune" points=3
deployment.check_prune(prune, shapes=[(2, 3), (4,), (1, 3, 2)], share=0.4)
deployment.check_prune(prune, shapes=[(3, 2), (5,)], share=0.9)
### BEGIN HIDDEN TESTS
deployment.check_prune(prune, shapes=[(30, 7)], share=0.9)
deployment.check_prune(prune, shapes=[(3, 3), (2, 2)], share=0.0)
deployment.check_prune(prune, shapes=[(3, 3), (2, 2)], share=1.0)
deployment.check_prune(prune, shapes=[(5, 4, 3), (20, 60), (7,)], share=0.31)
deployment.check_prune(prune, shapes=[(4, 5), (5, 2)], share=0.4, equal=True)
deployment.check_prune(prune, shapes=[(4, 3), (1, 9)], share=0.3)
### END HIDDEN TESTS


# %%
def pruned(model: keras.Model, share: float) -> keras.Model:
    """A copy of a model with pruned kernels."""
    kernels = iter(prune([w for w in model.get_weights() if w.ndim > 1], share))
    return with_kernels(model, lambda kernel: next(kernels))


shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
pruning = np.empty((len(decoders), len(shares)))
for seed, model in enumerate(decoders):
    copies = [predict(pruned(model, share), z_test) for share in shares]
    pruning[seed] = [error(one) / float_errors[seed] for one in copies]
axes = {"xlabel": "share of weights set to zero", "ylabel": "error / error before"}
plots.show(
    plots.curves({"decoders": pruning}, shares, "Pruning without further training", **axes),
    alt="Error over the share of pruned weights: flat up to 0.2, then rising ever faster, to several times at 0.7.",
)
half = pruned(decoder, 0.5)
rows = {"all weights": predict(decoder, z_test[:8])}
rows["8 of 10"] = predict(pruned(decoder, 0.2), z_test[:8])
rows["5 of 10"] = predict(half, z_test[:8])
plots.show(
    plots.image_rows(rows, "Copies of unseen faces with fewer weights"),
    alt="Three rows of eight faces: with all weights and with eight of ten they look alike; with five of ten they are rough and spotted.",
)
with quietly():
    half_file = export(half)
half_gzipped = len(gzip.compress(half_file)) / 1000
print(f"file: {len(half_file) / 1000:.0f} kB, {half_gzipped:.0f} gzipped")
half_lite = LiteRTModel(half_file)
half_took = latency(lambda: half_lite(one), budget(60, 3), budget(20, 1))
print("milliseconds (0.1, median, 0.9):", half_took.round(3))

# %% folded="numbers"
report("pruned_20", pruning[:, 2].max(), within=(0.99, 1.1))
report("pruned_50", pruning[:, 5].min(), within=(1.15, 4))
report("pruned_file_over_float32", len(half_file) / len(files["float32"]), within=(0.99, 1.01))
gzipped = half_gzipped / exported.mean("float32", "kB gzipped")
report("pruned_gzipped_over_float32", gzipped, within=(0.5, 0.65))
report("pruned_over_float32_latency", half_took[1] / fast, within=(0.6, 1.6))

# %% [markdown]
# A fifth of the weights can go for at most 10 % more error. With half of them gone the file is as large as before, and as slow: a zero takes as many bits and as long as any other number. Only compression profits. (Some devices have code that skips zeros, and further training after pruning repairs much: Han et al. 2015.)
#
# ## Break it: the wrong representative dataset
#
# Real codes are at hand, but it is tempting to take *some* numbers. We calibrate on numbers drawn evenly between 0 and 1, and on zeros. **Predict first:** what happens to the pictures? Then the repair: few real codes, and many.

# %%
random = np.random.default_rng(0).uniform(size=representative.shape).astype("float32")
datasets = {"zeros": 0 * z_train[:1], "0 to 1": random, "3 real codes": z_train[:3]}
with quietly():
    calibrated = {
        name: [export_int8(model, codes) for model in decoders] for name, codes in datasets.items()
    }
calibrated["300 real codes"] = int8_files
rows, broken = {"Keras": predict(decoder, z_test[:8])}, Results("calibrated on")
for name, some in calibrated.items():
    for seed, file in enumerate(some):
        decode = LiteRTModel(file)
        broken.add(name, seed, **{"error / Keras": error(decode(z_test)) / float_errors[seed]})
        if seed == 0:
            rows[name] = decode(z_test[:8])
plots.show(
    plots.image_rows(rows, "int8, calibrated on four datasets"),
    alt="Five rows of eight faces: Keras's copies; calibrated on zeros all faces are nearly the same grey-brown one; on numbers between 0 and 1 they are dull; on 3 and on 300 real codes they look like Keras's.",
)
broken.table()

# %% folded="numbers"
report("zeros_least", broken.values("zeros", "error / Keras").min(), within=(3, 20))
report("uniform_least", broken.values("0 to 1", "error / Keras").min(), within=(1.5, 8))
report("three_codes_most", broken.values("3 real codes", "error / Keras").max(), within=(0.99, 1.1))
report(
    "300_codes_most", broken.values("300 real codes", "error / Keras").max(), within=(0.99, 1.02)
)

# %% [markdown]
# Zeros say nothing about the range of the codes, so all codes become nearly the same. Numbers between 0 and 1 are never negative, so negative codes become 0, and larger activations saturate. No message says so: only the error on unseen faces does. The first three real codes already come within 10 %.
#
# ## Pull the network cable
#
# Your int8 kernels go into one page, with the arithmetic of the layers in JavaScript. Linear regression says what each known factor adds to a code; the sliders move along these directions. We move each unseen face to black hair, light skin and a blue background, without glasses or tilt, so that all sliders start alike.

# %%
known, known_test = (
    pd.get_dummies(pd.DataFrame(known_factors(table))).astype(float)  # a word a column: 0 or 1
    for table in (faces.factors_train, faces.factors_test)
)
known_test = known_test.reindex(columns=known.columns, fill_value=0)
coefficients = LinearRegression().fit(known, z_train).coef_.T
effect = dict(zip(known.columns, coefficients, strict=True))  # factor -> direction (32,)
start = 0 * known_test
start[["hair_color_black", "skin_light", "background_blue"]] = 1
codes = (z_test + (start - known_test).to_numpy() @ coefficients)[:30]


sliders = {
    "tilt (degrees)": (effect["tilt"], -15, 15, 0),
    "glasses": (effect["glasses"], 0, 1.5, 0),
    "hair, black to pink": (effect["hair_color_pink"] - effect["hair_color_black"], 0, 1, 0.5),
    "skin, light to dark": (effect["skin_dark"] - effect["skin_light"], 0, 1, 0),
    "background, blue to pink": (effect["background_pink"] - effect["background_blue"], 0, 1, 0),
}
kernels = []
for kernel in [w for w in decoder.get_weights() if w.ndim > 1]:
    scale, zero_point = calibrate(kernel)
    kernels.append((quantise(kernel, scale, zero_point), scale, zero_point))
page = decoder_page(decoder, kernels, codes, sliders, "Faces that nobody drew")
page

# %% folded="numbers"
report("page_kb", len(page.text) / 1000, within=(250, 320))

# %% [markdown]
# With all its weights the page is less than 320 kB. Save it with the link, and send it to a friend. It works with mouse, finger and arrow keys, and its head forbids the browser to load anything else. The weights travel as int8; the script turns them into floats before it computes.

# %% [markdown]
# ## Written question
#
# A colleague reports: "I converted our decoder with dynamic range and pruned half of its weights. The int8 file is four times as small, so it must be four times as fast. On ten training faces the copies look fine." Which of these statements follow from what is said, which do not, and which three measurements would you ask for before the decoder is shipped?

# %% [markdown] answer="review" points=3
# **Model answer.** The size can be believed: int8 weights take a quarter of the bits, plus a little for scales and tables. The speed does not follow: here dynamic range was several times slower than float32 in the same interpreter, and pruning changed nothing, as zeros are multiplied like other numbers. Looking at ten training faces says little: error can grow unseen, on faces that the ranges do not cover, and training faces are not unseen ones. I would ask for (1) the error on unseen faces as a ratio to the float32 model; (2) latency on the target device, median and quantiles without the warm-up, of both files; (3) the largest difference to the Keras model at several batch sizes.
#
# **Rubric.** 1 point: size follows, speed does not, with a reason or the lesson's measurement. 1 point: training faces and looking are no test; unseen data and a ratio are. 1 point: three measurements, among them latency on the target device with spread or warm-up.

# %% [markdown]
# ## Summary
#
# 1. Quantisation stores $x$ as $\mathrm{clip}(\mathrm{round}(x/s) + z)$; if the errors of rounding are spread evenly, their mean square is $\Delta^2/12$.
# 2. Calibration trades saturation for finer steps: clipping hurt at 8 bits and helped at 3.
# 3. int8 made the file less than a third of the size for at most 2 % more error; the representative dataset must hold real codes.
# 4. int8 was not faster, dynamic range was slower, and half of the weights set to zero saved no time: latency is measured, not derived.
# 5. A decoder of 200,000 weights runs in a web page, without Python and without a network.
#
# ## References
#
# - B. Jacob et al. (2018). Quantization and training of neural networks for efficient integer-arithmetic-only inference. *CVPR*.
# - S. Han, J. Pool, J. Tran, W. Dally (2015). Learning both weights and connections for efficient neural networks. *NeurIPS*.
# - B. Widrow, I. Kollár (2008). *Quantization Noise*. Cambridge University Press.
# - M. Nagel et al. (2021). A white paper on neural network quantization. arXiv:2106.08295.
