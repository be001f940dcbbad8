# ---
# title: StyleGAN2
# question: How can one generator draw the shape of one character in the colours of another?
# picture: A table of small faces; skin is mostly like that of the row, the shirt like that of the column
# seconds: 150
# goals:
#   - build the modulated and demodulated convolution, and hold it against a loop
#   - mix the styles of two characters layer by layer
#   - measure what truncation costs, and what it buys
#   - find the style of a given picture, and use it
# terms:
#   style: the vector w that says how a generator draws, given to each of its layers
#   mapping network: a small network that turns the latent code z into the style w
#   synthesis network: the part of StyleGAN2 that draws a picture from a learned constant and one style for each layer
#   modulation: multiplying each input channel of a convolution by a number that depends on the style
#   demodulation: dividing each output channel by the standard deviation that it would have for inputs of unit variance
#   style mixing: one style for the first layers of a generator, another one for the later layers
#   truncation: moving styles towards their mean; it costs variety, and may raise precision
#   projection: the search for a style from which a generator draws a given picture
# ---

# %% folded="imports"
from timeit import repeat

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops
from scipy.spatial.distance import cdist

from course_utils import plots
from course_utils.adversarial import fit_gans, small_discriminator, small_generator
from course_utils.character_judge import CharacterJudge, read_factors
from course_utils.checks import style_codes, stylegan2
from course_utils.data import load_characters
from course_utils.report import report
from course_utils.style_layers import (
    LearnedConstant,
    ScaledDense,
    UnitMeanSquare,
    grouped_conv,
    leaky,
    style_discriminator,
)
from course_utils.style_training import fit_style_gan
from course_utils.training import budget, predict, set_seed

# %% [markdown]
# ## A generator with a knob at every layer
#
# The generator of lesson 42 takes the latent code at its entrance only.
# StyleGAN (Karras, Laine & Aila 2019) and StyleGAN2 (Karras et al. 2020) let it speak to *each layer*:
#
# - The **mapping network** turns the latent code $z$ into a **style** $w$, here 64 numbers.
# - The **synthesis network** starts from a learned constant of 4×4 pixels, the same for every picture. Convolutions and up-sampling lead to 8×8 and 16×16 pixels. The
#   style decides how strongly each channel of each convolution counts.
#
# Early layers should place hair and glasses, late layers colour them. With the style of A in the early layers and
# that of B in the late ones, we should see A's shape in B's colours. You will build this, and measure how far it holds.
#
# ## Modulation
#
# Let $k$ be a convolution's kernel with entries $k_{pio}$: place $p$ in the 3×3 window, input channel $i$, output channel $o$. A
# style gives one factor $s_i$ for each input channel. **Modulation** scales the kernel, for each picture $n$ of the batch by factors of its own:
#
# $$k'_{npio} = s_{ni}\, k_{pio} .$$
#
# A convolution takes only one kernel, so we need a loop over the batch: right and slow. But a convolution is linear:
# a factor on input channel $i$ of the kernel can as well stand on input channel $i$ of the *picture*. Then one convolution serves all.
#
# ### Exercise 1: modulated convolution, slow and fast
#
# <details><summary>Hint: shapes</summary>
#
# `styles[:, None, None, :, None]` has the axes (n, 1, 1, in, 1). Multiplied by the kernel (3, 3, in, out), it gives (n, 3, 3, in, out).
# </details>
# <details><summary>Hint: convolutions</summary>
#
# `ops.conv(x, kernel, padding="same")` takes pictures (n, h, w, in) and one kernel. In the loop `x[i : i + 1]` keeps the batch axis.
# </details>


# %% exercise="modulated_conv"
def modulated_kernels(kernel, styles):
    """A kernel for each picture, (n, 3, 3, in, out).

    Args:
        kernel: (3, 3, in, out), or of another odd size.
        styles: (n, in), the factors s of n pictures.
    """
    ### BEGIN SOLUTION
    return kernel[None] * styles[:, None, None, :, None]
    ### END SOLUTION


def loop_conv(x, kernels):
    """Convolve each picture with its own kernel, one after the other, padding "same".

    Args:
        x: (n, h, w, in).
        kernels: (n, 3, 3, in, out), as `modulated_kernels` gives them.

    Returns:
        (n, h, w, out).
    """
    ### BEGIN SOLUTION
    pictures = []
    for i in range(x.shape[0]):
        pictures.append(ops.conv(x[i : i + 1], kernels[i], padding="same"))
    return ops.concatenate(pictures)
    ### END SOLUTION


def modulated_conv(x, kernel, styles):
    """The same as loop_conv(x, modulated_kernels(kernel, styles)), by one convolution of the whole batch.

    It is compiled later for batches of any size: use keras.ops or TensorFlow.
    """
    ### BEGIN SOLUTION
    scaled = x * styles[:, None, None, :]
    return ops.conv(scaled, kernel, padding="same")
    ### END SOLUTION


# %% check="modulated_conv" points=2
three = modulated_kernels, loop_conv, modulated_conv
stylegan2.check_modulated(*three, n=3, size=5, channels=(2, 4))
### BEGIN HIDDEN TESTS
stylegan2.check_modulated(*three, n=1, size=4, channels=(1, 1))
stylegan2.check_modulated(*three, n=2, size=3, channels=(5, 3), kernel_size=1)
stylegan2.check_modulated(*three, n=17, size=20, channels=(3, 2))
stylegan2.check_modulated(*three, n=2, size=6, channels=(4, 4), kernel_size=5)
### END HIDDEN TESTS

# %% [markdown]
# Three ways, and their time. *Grouped* is that of the paper: the batch becomes channels, and each picture's channels keep to themselves.

# %%
rng = np.random.default_rng(0)
shapes = (16, 16, 16, 64), (3, 3, 64, 64), (16, 64)
x, kernel, styles = (rng.normal(size=shape).astype("float32") for shape in shapes)
ways = {
    "loop": lambda: loop_conv(x, modulated_kernels(kernel, styles)),
    "grouped": lambda: grouped_conv(x, modulated_kernels(kernel, styles)),
    "scaled input": lambda: modulated_conv(x, kernel, styles),
}
exact, rows = np.asarray(ways["loop"]()), {}
for name, way in ways.items():
    gap = np.abs(np.asarray(way()) - exact).max() / np.abs(exact).max()
    rows[name] = {"largest difference": gap, "ms": 1000 * np.median(repeat(way, number=1))}
by_way = pd.DataFrame(rows).T
by_way.style.format({"largest difference": "{:.0e}", "ms": "{:.1f}"})

# %% folded="numbers"
report("largest_difference_of_ways", by_way["largest difference"].max(), within=(0, 1e-4))
ratio = by_way["ms"]["loop"] / by_way["ms"]["scaled input"]
report("loop_over_scaled_input", ratio, within=(1.1, 20))
ratio = by_way["ms"]["grouped"] / by_way["ms"]["scaled input"]
report("grouped_over_scaled_input", ratio, within=(1.1, 60))

# %% [markdown]
# On this CPU scaling the input is fastest.
#
# ## Demodulation
#
# Large factors make large outputs, and over several layers they multiply. So StyleGAN2 divides each output channel by the standard deviation that it *would* have if the
# inputs were independent with variance 1. Variances of independent terms add up, so this is the root of the sum of the squares of the modulated kernel. **Demodulation** multiplies
# output channel $o$ of picture $n$ by
#
# $$d_{no} = \frac{1}{\sqrt{\sum_{p,i} (s_{ni}\, k_{pio})^2 + \varepsilon}} , \qquad \varepsilon = 10^{-8} .$$
#
# Unlike in batch normalisation, nothing is measured on the picture: its variance is assumed. The check has an exact oracle: inputs with unit covariance give outputs of variance 1.
#
# ### Exercise 2: demodulation
#
# <details><summary>Hint: without large arrays</summary>
#
# $\sum_{p,i} s_i^2 k_{pio}^2 = \sum_i s_i^2 \big(\sum_p k_{pio}^2\big)$: the sum over the window first, then one matrix product.
# </details>


# %% exercise="demodulation"
def demodulation(kernel, styles, epsilon=1e-8):
    """Factors d for the output channels, (n, out), by the formula above.

    Args:
        kernel: (3, 3, in, out), or of another odd size.
        styles: (n, in).
        epsilon: added to the sum, under the root.
    """
    ### BEGIN SOLUTION
    squares = ops.sum(ops.square(kernel), axis=(0, 1))
    variances = ops.matmul(ops.square(styles), squares)
    return ops.rsqrt(variances + epsilon)
    ### END SOLUTION


# %% check="demodulation" points=2
stylegan2.check_demodulation(demodulation, n=3, channels=(2, 4))
stylegan2.check_unit_variance(demodulation, channels=(8, 5))
### BEGIN HIDDEN TESTS
stylegan2.check_demodulation(demodulation, n=1, channels=(1, 1), kernel_size=1)
stylegan2.check_demodulation(demodulation, n=40, channels=(70, 3), kernel_size=5)
stylegan2.check_demodulation(demodulation, n=3, channels=(3, 3), epsilon=0.5)
stylegan2.check_demodulation(demodulation, n=2, channels=(4, 2), zero=True)
stylegan2.check_unit_variance(demodulation, channels=(64, 64))
### END HIDDEN TESTS

# %% [markdown]
# Eight layers with styles around 3, without and with demodulation. **Predict first:** how large is the signal at the end?

# %%
spread = {"modulation alone": [], "with demodulation": []}
for name, found in spread.items():
    rng, x = np.random.default_rng(1), np.random.default_rng(2).normal(size=(16, 16, 16, 32))
    x = x.astype("float32")
    for _ in range(8):
        kernel = (rng.normal(size=(3, 3, 32, 32)) / np.sqrt(9 * 32)).astype("float32")
        styles = rng.normal(3, 1, size=(16, 32)).astype("float32")
        x = modulated_conv(x, kernel, styles)
        if name == "with demodulation":
            x = x * demodulation(kernel, styles)[:, None, None, :]
        found.append(float(ops.std(x[:, 4:12, 4:12])))  # the middle: padding makes edges smaller
fig = plots.curves(spread, None, "Size of the signal", "layers", "standard deviation", log_y=True)
plots.show(
    fig,
    alt="Standard deviation against the number of layers, on a logarithmic axis: without demodulation a straight line upwards, with demodulation about one throughout.",
)

# %% folded="numbers"
report("spread_without", spread["modulation alone"][-1], within=(3000, 30000))
report("spread_with_lowest", min(spread["with demodulation"]), within=(0.75, 1.1))
report("spread_with_highest", max(spread["with demodulation"]), within=(0.9, 1.1))

# %% [markdown]
# Without demodulation each layer multiplies the signal by about 3, to thousands at the end. With it, it stays near 1.
#
# ## A layer: noise, bias, activation
#
# After the demodulated convolution come three more things. **Noise**: one random number from a standard normal distribution for each pixel of each picture, the same in all channels, times a learned strength. It is for what
# does not matter, such as single hairs. Then a bias for each channel, and a leaky ReLU times $\sqrt 2$, given as `leaky`.
#
# ### Exercise 3: the layer
#
# <details><summary>Hint: the size of the noise</summary>
#
# `ops.shape(y)` also works in compiled code, where the batch size is not yet known. `keras.random.normal((n, height, width, 1))` fits all channels.
# </details>


# %% exercise="styled_conv"
def styled_conv(x, kernel, styles, strength, bias):
    """leaky(d * conv + strength * noise + bias), with new noise in every call.

    conv is the modulated convolution, and d holds its demodulation factors.

    Args:
        x: (n, h, w, in).
        kernel: (3, 3, in, out).
        styles: (n, in).
        strength: a number, or in training a tensor of shape (): use it without float() and `if`.
        bias: (out,).

    Returns:
        (n, h, w, out).
    """
    ### BEGIN SOLUTION
    y = modulated_conv(x, kernel, styles)
    y = y * demodulation(kernel, styles)[:, None, None, :]
    n, height, width = ops.shape(y)[:3]
    noise = keras.random.normal((n, height, width, 1))
    return leaky(y + strength * noise + bias)
    ### END SOLUTION


# %% check="styled_conv" points=2
stylegan2.check_styled(styled_conv, n=2, size=6, channels=(3, 4))
stylegan2.check_noise(styled_conv, n=4, size=32, channels=(2, 3))
### BEGIN HIDDEN TESTS
stylegan2.check_styled(styled_conv, n=1, size=4, channels=(1, 1))
stylegan2.check_styled(styled_conv, n=20, size=9, channels=(5, 2))
stylegan2.check_noise(styled_conv, n=3, size=64, channels=(4, 2))
### END HIDDEN TESTS

# %% [markdown]
# ## The two networks
#
# In the synthesis network each convolution gets its factors $s$ (the `styles` of exercises 1 to 3) from its style by a dense layer of its own. At each size a 1×1 convolution, with the last of its styles, adds to the picture; it is modulated, but
# not demodulated. (The `Scaled...` layers and the discriminator come from `course_utils`.)

# %%
LATENT_DIM = STYLE_DIM = 64
CHANNELS = (32, 32, 16)  # at 4 x 4, 8 x 8 and 16 x 16 pixels
N_LAYERS = 2 * len(CHANNELS) - 1  # one style for each


class StyledConv(layers.Layer):
    """Features (n, h, w, in) and styles w (n, 64) to features, or a picture, (n, h, w, channels)."""

    def __init__(self, channels, picture=False):
        super().__init__()
        self.channels, self.picture = channels, picture

    def build(self, shapes):
        n_in, size = shapes[0][-1], 1 if self.picture else 3
        self.affine = ScaledDense(n_in, start=1.0)
        self.scale = (size**2 * n_in) ** -0.5
        normal = keras.initializers.RandomNormal(0, 1)
        self.kernel = self.add_weight((size, size, n_in, self.channels), normal)
        self.bias = self.add_weight((self.channels,), "zeros")
        self.strength = self.add_weight((), "zeros", trainable=not self.picture)

    def call(self, inputs):
        x, w = inputs
        kernel, styles = self.kernel * self.scale, self.affine(w)
        if self.picture:
            return modulated_conv(x, kernel, styles) + self.bias
        return styled_conv(x, kernel, styles, self.strength, self.bias)


def build_mapping():
    """Latent codes (n, 64) to styles (n, 64)."""
    dense = [ScaledDense(STYLE_DIM, activate=True, rate=0.1) for _ in range(3)]
    return keras.Sequential([keras.Input((LATENT_DIM,)), UnitMeanSquare(), *dense])


def build_synthesis():
    """Styles (n, N_LAYERS, 64) to pictures (n, 16, 16, 3), real ones lying in [-1, 1]."""
    w = keras.Input((N_LAYERS, STYLE_DIM))
    x = StyledConv(CHANNELS[0])([LearnedConstant(CHANNELS[0])(w), w[:, 0]])
    picture = StyledConv(3, picture=True)([x, w[:, 0]])
    for k, channels in enumerate(CHANNELS[1:]):
        x = layers.UpSampling2D(2)(x)
        x = StyledConv(channels)([x, w[:, 2 * k + 1]])
        x = StyledConv(channels)([x, w[:, 2 * k + 2]])
        added = StyledConv(3, picture=True)([x, w[:, 2 * k + 2]])
        picture = layers.UpSampling2D(2)(picture) + added
    return keras.Model(w, picture)


# %% [markdown]
# ## Style mixing
#
# The synthesis network takes five styles, one for each layer: the first for 4×4 pixels, two for 8×8, two for 16×16. **Style mixing** gives the first layers the style of one code, and the others that of another one. In training two in five fakes are mixed, so that the network cannot rely on neighbouring layers to have the same style.
#
# ### Exercise 4: mix, and the table of mixtures
#
# <details><summary>Hint: one comparison for all</summary>
#
# `ops.arange(n_layers)[None, :, None] < crossover[:, None, None]` is true where the first style goes. `ops.where` chooses.
# </details>
# <details><summary>Hint: the table</summary>
#
# `np.repeat(shapes, c, axis=0)` and `np.tile(colors, (r, 1))` make all pairs, in the order of the rows of the table.
# </details>


# %% exercise="style_mixing"
def mix_styles(first, second, crossover, n_layers):
    """For each row the first style in the layers before the crossover, and the second from it on.

    Args:
        first, second: styles (n, d).
        crossover: whole numbers (n,), int32: 0 for the second style everywhere, n_layers or more for the first.
        n_layers: of the synthesis network.

    Returns:
        (n, n_layers, d). It is compiled in training: use keras.ops or TensorFlow.
    """
    ### BEGIN SOLUTION
    use_first = ops.arange(n_layers)[None, :, None] < crossover[:, None, None]
    return ops.where(use_first, first[:, None], second[:, None])
    ### END SOLUTION


def mixing_table(synthesis, shapes, colors, crossover):
    """Pictures of all pairs: row i has the style shapes[i] before the crossover, column j colors[j] after.

    Args:
        synthesis: a Keras model, styles (n, n_layers, d) to pictures (n, h, w, 3); its `input_shape` is
            (None, n_layers, d), with sizes of its own in the check.
        shapes: (r, d).
        colors: (c, d).
        crossover: one whole number for all.

    Returns:
        NumPy array (r, c, h, w, 3).
    """
    ### BEGIN SOLUTION
    r, c = len(shapes), len(colors)
    first, second = np.repeat(shapes, c, axis=0), np.tile(colors, (r, 1))
    n_layers = synthesis.input_shape[1]
    mixed = mix_styles(first, second, np.full(r * c, crossover, "int32"), n_layers)
    pictures = np.asarray(synthesis(mixed))
    return pictures.reshape(r, c, *pictures.shape[1:])
    ### END SOLUTION


# %% check="style_mixing" points=2
style_codes.check_mix(mix_styles, crossover=[1, 0, 3, 2], n_layers=3, d=2)
style_codes.check_table(mixing_table, r=2, c=3, crossover=1, n_layers=3, d=2)
### BEGIN HIDDEN TESTS
style_codes.check_mix(mix_styles, crossover=[4], n_layers=5, d=1)
style_codes.check_mix(mix_styles, crossover=[9, 0, 1, 7, 2, 8, 30], n_layers=9, d=70)
style_codes.check_table(mixing_table, r=3, c=1, crossover=2, n_layers=4, d=3)
style_codes.check_table(mixing_table, r=2, c=4, crossover=0, n_layers=2, d=5)
style_codes.check_table(mixing_table, r=7, c=9, crossover=3, n_layers=6, d=4)
### END HIDDEN TESTS

# %% [markdown]
# ## Train
#
# Losses are those of lesson 42. `fit_style_gan` adds:
#
# - Mixed styles, by your `mix_styles`.
# - The R1 penalty $\frac{\gamma}{2} \operatorname{mean} \lVert \nabla_x D(x) \rVert^2$ at real pictures keeps the discriminator from getting steep. Every 16th step is enough, with 16 times the weight ("lazy").
# - An exponential moving average of the generator's weights draws the pictures.
# - The learning rate falls to zero in the second half.
#
# StyleGAN2's *path length regularisation* (equal steps in $w$ change the picture equally) is left out.

# %%
characters = load_characters("pixel-art", size=16, n=budget(3000, 200))
real = 2 * characters.x_train - 1
unseen = np.concatenate([characters.x_val, characters.x_test])
N_JUDGED = budget(600, 60)
z = np.random.default_rng(1).normal(size=(N_JUDGED, LATENT_DIM)).astype("float32")


def draw(styles):
    """Pictures in [0, 1] from one style for all layers (n, 64), or one for each (n, N_LAYERS, 64)."""
    if styles.ndim == 2:
        styles = np.repeat(styles[:, None], N_LAYERS, axis=1)
    return np.clip((predict(synthesis, styles) + 1) / 2, 0, 1)


set_seed(0)
mapping, synthesis = build_mapping(), build_synthesis()
untrained = draw(predict(mapping, z))
networks = mapping, synthesis, style_discriminator(CHANNELS)
fit_style_gan(*networks, mix_styles, real, steps=budget(2800, 2), seed=0)
w = predict(mapping, z)
made = draw(w)
plots.show(
    plots.image_grid(made[:60], 20, title="Sixty new characters, not selected", size=0.45),
    alt="Sixty small generated characters in three rows, with hair, eyes, glasses and shirts of many colours.",
)

# %% [markdown]
# ## A's shape in B's colours
#
# Each row belongs to one character, each column to another. A picture in the table takes its row's style in the first two layers, its column's in the other three.

# %%
COARSE = 2  # layers with the style of the row
shapes, colors = w[:6], w[6:15]
table = np.clip((mixing_table(synthesis, shapes, colors, COARSE) + 1) / 2, 0, 1)
rows = {"": np.concatenate([np.ones((1, 16, 16, 3)), draw(colors)])}
for i, picture in enumerate(draw(shapes)):
    rows[f"shape {i + 1}"] = np.concatenate([picture[None], table[i]])
plots.show(
    plots.image_rows(rows, "Shape of the row, colours of the column"),
    alt="A table of small faces. The first column shows six characters, the top row nine others. The pictures within have mostly the skin of their row and the shirt of their column; many have hair of another colour than both.",
    name="47_stylegan2",
)

# %% [markdown]
# Does it hold for more than the eye? A classifier, trained on real characters, reads five factors from a picture. We mix 300 pairs at each possible layer. **Predict first:** which factors are decided early?

# %%
first, second = np.split(w, 2)
own, other = read_factors(draw(first)), read_factors(draw(second))
shares = {name: [] for name in own}
for crossover in range(N_LAYERS + 1):
    mixed = mix_styles(first, second, np.full(len(first), crossover, "int32"), N_LAYERS)
    verdicts = read_factors(draw(np.asarray(mixed)))
    for name, verdict in verdicts.items():
        differ = own[name] != other[name]  # where the two disagree, the mixture can show
        shares[name].append(np.mean((verdict == own[name])[differ]))
plots.show(
    plots.curves(
        shares, range(N_LAYERS + 1), "Factors that are like the first character's",
        "layers with the first style", "share of pairs",
    ),
    alt="Share of mixtures whose factor is that of the first character, against the number of layers with its style, one curve for each factor.",
)  # fmt: skip
# %% folded="numbers"
for name, low, high in (
    ("hair_color", 0.1, 0.45),
    ("clothes_color", 0.05, 0.45),
    ("background", 0.1, 0.5),
    ("skin", 0.15, 0.95),
    ("glasses", 0.4, 1),
):
    report(f"like_first_after_two_{name}", shares[name][COARSE], within=(low, high))
mixed = mix_styles(first, second, np.full(len(first), COARSE, "int32"), N_LAYERS)
verdict = read_factors(draw(np.asarray(mixed)))["hair_color"]
differ = own["hair_color"] != other["hair_color"]
neither = (verdict != own["hair_color"]) & (verdict != other["hair_color"])
report("hair_like_neither", np.mean(neither[differ]), within=(0.35, 0.65))
strengths = [float(layer.strength) for layer in synthesis.layers if isinstance(layer, StyledConv)]
report("largest_noise_strength", np.abs(strengths).max(), within=(0, 0.03))

# %% [markdown]
# With the first two layers from A, glasses are A's in about two thirds of the pairs in which they differ, or more; hair, shirt and background in less than half. Skin depends on the training: its share was 0.64, 0.46 and 0.22 from three random seeds. One trained network is one case, here and below. In about half of
# the pairs the hair has the colour of *neither*. A's shape in B's colours is a tendency.
#
# Noise strengths start at 0 and stay nearly there.
#
# ## Judge
#
# Lesson 43's scores compare 600 generated characters with 600 unseen real ones: Fréchet distance, precision, coverage. *Clean* is the share that the classifier takes for neither noisy nor blurred nor a mixture. Baselines are the untrained
# generator and a plain DCGAN, which sees nearly as many pictures, in fewer steps.

# %%
judge = CharacterJudge(unseen)


plain = fit_gans(
    lambda: (small_generator(), small_discriminator()), real,
    d_loss=lambda a, b: ops.mean(ops.softplus(-a)) + ops.mean(ops.softplus(b)),
    g_loss=lambda b: ops.mean(ops.softplus(-b)),
    steps=budget(650, 2), xla=False, title="plain DCGAN",
)[0]  # fmt: skip
sources = {
    "real, training": characters.x_train[:N_JUDGED],
    "untrained StyleGAN2": untrained,
    "StyleGAN2": made,
    "plain DCGAN": plain.pictures(N_JUDGED, seed=1),
}
scores = pd.DataFrame({name: judge(pictures) for name, pictures in sources.items()}).T
plots.show(
    plots.image_rows({name: x[:10] for name, x in sources.items()}, "Real and generated"),
    alt="Four rows of ten pictures: real characters, grey blots of the untrained network, characters of StyleGAN2, characters of the plain DCGAN.",
)
scores.round(2)

# %% folded="numbers"
ours, plain_scores = scores.loc["StyleGAN2"], scores.loc["plain DCGAN"]
share = ours["distance"] / scores.loc["untrained StyleGAN2", "distance"]
report("distance_share", share, within=(0, 0.25))
report("distance", ours["distance"], within=(35, 110))
report("coverage", ours["coverage"], within=(0.4, 0.85))
report("precision", ours["precision"], within=(0.85, 1))
report("clean", ours["clean"], within=(0.2, 0.65))
report("distance_real", scores.loc["real, training", "distance"], within=(3, 12))
report("dcgan_distance_over_ours", plain_scores["distance"] / ours["distance"], within=(0.4, 0.95))
report("dcgan_coverage_minus_ours", plain_scores["coverage"] - ours["coverage"], within=(0.03, 0.4))

# %% [markdown]
# Real pictures are far ahead of both. By distance and coverage the plain DCGAN is better, from all three seeds. StyleGAN2 earns its place by control, not by these scores.
#
# ## Truncation
#
# **Truncation** moves each style towards the mean style $\bar w$:
#
# $$w' = \bar w + \psi\,(w - \bar w), \qquad 0 \le \psi \le 1.$$
#
# $\bar w$ is the mean of the styles of many codes, not the style of the mean code: the mapping is not linear.
#
# ### Exercise 5: truncation
#
# <details><summary>Hint</summary>
#
# Styles first, mean after. `predict(mapping, z)` of `course_utils` gives NumPy arrays.
# </details>


# %% exercise="truncation"
def mean_style(mapping, z):
    """Mean of the styles of latent codes, NumPy (d,).

    Args:
        mapping: a Keras model, codes (n, k) to styles (n, d).
        z: latent codes (n, k).
    """
    ### BEGIN SOLUTION
    return predict(mapping, z).mean(axis=0)
    ### END SOLUTION


def truncate(w, center, psi):
    """Styles w (n, d) moved towards a center (d,); psi = 1 leaves them, psi = 0 gives the center."""
    ### BEGIN SOLUTION
    return center + psi * (w - center)
    ### END SOLUTION


# %% check="truncation" points=2
style_codes.check_mean_style(mean_style, n=50, k=3, d=4)
style_codes.check_truncate(truncate, n=3, d=4, psi=0.7)
### BEGIN HIDDEN TESTS
style_codes.check_mean_style(mean_style, n=1, k=1, d=2)
style_codes.check_mean_style(mean_style, n=1203, k=70, d=3)
style_codes.check_truncate(truncate, n=1, d=1, psi=0.0)
style_codes.check_truncate(truncate, n=5, d=70, psi=1.0)
style_codes.check_truncate(truncate, n=4, d=2, psi=0.25)
### END HIDDEN TESTS

# %%
many = np.random.default_rng(2).normal(size=(budget(5000, 100), LATENT_DIM)).astype("float32")
center = mean_style(mapping, many)
rows = {f"ψ = {psi}": draw(truncate(w[:10], center, psi)) for psi in (1.0, 0.6, 0.3, 0.0)}
plots.show(
    plots.image_rows(rows, "Truncation towards the mean style"),
    alt="Four rows of the same ten characters; from top to bottom they become more alike, and in the last row all are one.",
)

# %% [markdown]
# "Truncation buys quality with variety", many texts say. And towards zero, if a program forgets the mean? **Predict first** how precision, coverage and distance change with ψ.

# %%
psis = [0.3, 0.5, 0.7, 0.85, 1.0]
rows = {}
for name, c in {"mean": center, "zero": 0 * center}.items():
    for psi in psis:
        rows[f"towards {name}", psi] = judge(draw(truncate(w, c, psi)))
truncated = pd.DataFrame(rows).T.rename_axis([None, "ψ"])
distances = {name: part["distance"] for name, part in truncated.groupby(level=0)}
plots.show(
    plots.curves(distances, psis, "Truncation and distance", "ψ", "Fréchet distance"),
    alt="Fréchet distance against ψ, for truncation towards the mean style and towards zero.",
)
truncated.round(3)

# %% folded="numbers"
half, whole = truncated.loc[("towards mean", 0.5)], truncated.loc[("towards mean", 1.0)]
report("distance_half_over_whole", half["distance"] / whole["distance"], within=(1.7, 4))
report(
    "coverage_half_over_whole", half["coverage"] / max(whole["coverage"], 1e-9), within=(0.3, 0.75)
)
report("precision_half_minus_whole", half["precision"] - whole["precision"], within=(-0.15, 0.1))
report("clean_half", half["clean"], within=(0, 0.2))
zero = truncated.loc[("towards zero", 0.5), "distance"]
report("zero_over_mean", zero / half["distance"], within=(0.65, 1.25))

# %% [markdown]
# At ψ = 0.5 variety is lost: coverage about halves, and the distance about doubles. But precision moves little, and few pictures are clean. The last row of pictures suggests why: our mean style draws no good character but a mixture
# of many. So look at the mean style first. By distance, zero is about as good a centre.
#
# ## Projection
#
# **Projection** searches the style for a picture that exists already, by the least mean squared error: the weights stay, and gradient descent changes $w$.
#
# ### Exercise 6: projection
#
# <details><summary>Hint: variables</summary>
#
# `w = tf.Variable(...)` starts with `start` in every row. `optimizer.apply([gradient], [w])` changes it; no weight of the model is in the list.
# </details>
# <details><summary>Hint: speed</summary>
#
# Steps in a `tf.function` are faster. Call `optimizer.build([w])` before, as variables cannot be made within.
# </details>


# %% exercise="project"
def project(synthesis, targets, start, steps, learning_rate):
    """Styles whose pictures are near the targets, by `steps` steps of Adam.

    Args:
        synthesis: a Keras model, styles (n, n_layers, d) to pictures (n, h, w, 3). It stays as it is; its
            `input_shape` is (None, n_layers, d).
        targets: (n, h, w, 3).
        start: style (d,) from which every row starts.
        steps, learning_rate: of Adam, else with Keras's defaults. The loss is the mean squared error
            of each picture, summed over the pictures: so each style follows its own picture alone.

    Returns:
        one style for each target, the same in all layers, NumPy (n, d).
    """
    ### BEGIN SOLUTION
    n_layers = synthesis.input_shape[1]
    w = tf.Variable(np.tile(start, (len(targets), 1)), dtype="float32")
    targets = tf.constant(targets, dtype="float32")
    optimizer = keras.optimizers.Adam(learning_rate)
    optimizer.build([w])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            pictures = synthesis(ops.repeat(w[:, None], n_layers, axis=1))
            errors = ops.mean(ops.square(pictures - targets), axis=(1, 2, 3))
            loss = ops.sum(errors)
        optimizer.apply([tape.gradient(loss, w)], [w])

    for _ in range(steps):
        step()
    return w.numpy()
    ### END SOLUTION


# %% check="project" points=2
style_codes.check_project(project, n=2, n_layers=3, d=2, steps=5)
### BEGIN HIDDEN TESTS
style_codes.check_project(project, n=1, n_layers=2, d=1, steps=1)
style_codes.check_project(project, n=4, n_layers=5, d=3, steps=12)
style_codes.check_project_far(project, n=2, n_layers=2, d=2)
### END HIDDEN TESTS

# %% [markdown]
# Ten of forty unseen characters, with the nearest training picture as a baseline, and each found character with another's style in the later layers.

# %%
unseen_faces = unseen[: budget(40, 4)]
n, steps = len(unseen_faces), budget(200, 3)
targets = np.concatenate([unseen_faces, unseen_faces[:, ::-1]])  # as they are, and upside down
found = project(synthesis, 2 * targets - 1, center, steps, 0.05)
found = np.repeat(found[:, None], N_LAYERS, axis=1)


def recolored(styles):
    """The characters with the late layers' style of generated ones."""
    late = np.repeat(w[: len(styles), None], N_LAYERS - COARSE, axis=1)
    return draw(np.concatenate([styles[:, :COARSE], late], axis=1))


gaps = cdist(unseen_faces.reshape(n, -1), characters.x_train.reshape(-1, 768))
nearest = characters.x_train[gaps.argmin(axis=1)]
rows = {"unseen": unseen_faces, "nearest\ntraining picture": nearest}
rows |= {"projection": draw(found[:n]), "recoloured": recolored(found[:n])}
plots.show(
    plots.image_rows({name: x[:10] for name, x in rows.items()}, "Unseen characters, found"),
    alt="Four rows of ten pictures: unseen characters, the nearest training pictures, projections, and projections in other colours.",
)
errors = {name: np.mean((x - unseen_faces) ** 2) for name, x in rows.items()}
pd.Series(errors, name="mean squared error")[1:3].to_frame().round(4)

# %% [markdown]
# ## Break it: a style for each layer
#
# The projection comes about as near as the nearest of 2,400 training pictures. Many programs search a style for *each* layer: 320 numbers, not 64, a space called $\mathcal W^+$ (Abdal, Qin & Wonka 2019). For your `project` we make
# a model whose single style is five styles in a row. **Predict first:** what happens to the error on unseen characters, and on characters upside down, of which the generator has seen none?

# %%
flat = keras.Input((1, N_LAYERS * STYLE_DIM))
wide = keras.Model(flat, synthesis(layers.Reshape((N_LAYERS, STYLE_DIM))(flat)))
free = project(wide, 2 * targets - 1, np.tile(center, N_LAYERS), steps, 0.05)
spaces = {"one style": found, "one for each layer": free.reshape(found.shape)}
rows, some = {}, np.r_[:5, n : n + min(n, 5)]
pictures = {"target": targets[some]}
for name, styles in spaces.items():
    copies, mixed = draw(styles), recolored(styles)
    error = np.mean((copies - targets) ** 2, axis=(1, 2, 3))
    rows[name] = {"error": error[:n].mean(), "error, upside down": error[n:].mean()}
    rows[name]["distance, recoloured"] = judge(mixed[:n])["distance"]
    pictures |= {name: copies[some], f"{name},\nrecoloured": mixed[some]}
plots.show(
    plots.image_rows(pictures, "One style for all layers, or one for each", size=0.75),
    alt="Five rows of ten pictures, five characters and five upside down: targets, copies and recoloured copies from one style, then the same from a style for each layer.",
)
by_space = pd.DataFrame(rows).T
by_space.round(4)

# %% folded="numbers"
one, each = by_space.loc["one style"], by_space.loc["one for each layer"]
report(
    "projection_over_nearest",
    errors["projection"] / errors["nearest\ntraining picture"],
    within=(0.6, 1.4),
)
report("each_layer_over_one", each["error"] / one["error"], within=(0.3, 0.7))
report(
    "upside_down_each_over_faces_one", each["error, upside down"] / one["error"], within=(0.5, 1)
)
report("upside_down_one_over_faces_one", one["error, upside down"] / one["error"], within=(1.3, 3))
ratio = each["error, upside down"] / one["error, upside down"]
report("upside_down_each_over_one", ratio, within=(0.3, 0.7))
ratio = each["distance, recoloured"] / one["distance, recoloured"]
report("recoloured_each_over_one", ratio, within=(0.75, 1.35))

# %% [markdown]
# The error falls to about half. So does that of characters upside down, which are now copied *better* than upright ones were with one style. So a small error no longer shows that the generator knows what it draws: five free styles need not fit together. A likely
# cause: training has only seen styles of the mapping network, one or two in a picture. The repair is to give up freedom: one style, or five that are kept close together (Tov et al. 2021). They
# also found edits to suffer; our recoloured characters show no clear difference.
#
# ## How fast?
#
# One picture at a time, called eagerly and as a compiled `tf.function`:

# %%
one = np.repeat(w[:1, None], N_LAYERS, axis=1)
speeds = {}
for name, network in {"eager": synthesis, "compiled": tf.function(synthesis)}.items():
    network(one)  # the first call compiles
    speeds[name] = 1 / np.median(repeat(lambda f=network: f(one), number=1, repeat=budget(30, 3)))
pd.Series(speeds, name="pictures a second").round(0)

# %% folded="numbers"
report("compiled_over_eager", speeds["compiled"] / speeds["eager"], within=(10, 200))

# %% [markdown]
# ### Written question
#
# A program makes large portraits from photographs of 16×16 pixels: it searches a style of a face generator until the portrait, scaled down to 16×16, has nearly no error. May the police look for the person shown? Say what the small error shows and what not, and which experiment would make your point. The maker offers a version with a style for each layer and a smaller error: is that better evidence? Where do the details of the faces come from? (5 to 8 sentences.)

# %% [markdown] answer="blurred_portrait" points=3
# **Model answer.** The small error shows that the portrait, scaled down, is compatible with the 768 numbers of the photograph. Very many portraits are, and scaling down loses just what tells one person from another, so the portrait
# is one of many and no evidence for this one. I would start the search from other styles, or with other seeds: if portraits of different persons come out with equally small errors, the details come from the generator and not from the
# photograph. One could also take large photographs of known persons, scale them down, and see whether the program finds these persons. A style for each layer has more free numbers, so the error falls whatever the picture shows,
# as it did with our upside-down characters; a smaller error from a larger space is no better evidence. The generator draws what it learned to draw: what the photograph leaves open is filled in by what was frequent in the training pictures,
# and by the start at the mean style. So people who are rare there come out looking like the others.
#
# **Rubric.** 1 point: many portraits fit the photograph; the error says nothing of what scaling down has lost. 1 point: an experiment
# (several starts, or known persons scaled down). 1 point: more freedom lowers the error for anything, and the missing details are filled in from the training pictures.

# %% [markdown]
# ## Summary
#
# 1. A style scales the input channels of each convolution; scaling the picture instead of the kernel gives the same result by one convolution.
# 2. Demodulation divides by the standard deviation that is to be expected, so that the signal keeps its size through all layers.
# 3. Different layers can take different styles; which layer decides what has to be measured.
# 4. Truncation costs variety; whether it buys precision depends on what the mean style draws.
# 5. Projection finds a style for a given picture; more freedom copies better, and copies what the generator never learned.
#
# ## References
#
# - T. Karras, S. Laine, T. Aila (2019). A style-based generator architecture for generative adversarial networks. *CVPR*.
# - T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila (2020). Analyzing and improving the image quality of StyleGAN. *CVPR*.
# - L. Mescheder, A. Geiger, S. Nowozin (2018). Which training methods for GANs do actually converge? *ICML*.
# - R. Abdal, Y. Qin, P. Wonka (2019). Image2StyleGAN: how to embed images into the StyleGAN latent space? *ICCV*.
# - O. Tov, Y. Alaluf, Y. Nitzan, O. Patashnik, D. Cohen-Or (2021). Designing an encoder for StyleGAN image manipulation. *ACM Transactions on Graphics*.
