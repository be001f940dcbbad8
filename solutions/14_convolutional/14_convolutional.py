# ---
# title: Seeing neighbours
# question: What does a network gain by knowing which pixels are neighbours, and what does it not gain?
# picture: Ten unseen digits, and their copies by PCA, by a dense autoencoder and by the convolutional autoencoder of this lesson with equally many parameters; the convolutional copies are the closest
# seconds: 55
# goals:
#   - compute a convolution, and say how it restricts a dense layer
#   - build a convolutional autoencoder and compare it with a dense one of equal size
#   - test the claim that convolutional networks do not mind a shift
#   - find two copies of a digit that the squared error ranks the wrong way round
#   - cause, measure and repair the checkerboard of transposed convolutions
# terms:
#   convolution: a dense layer in which each unit sees only a small square of neighbours, and all units share the same weights
#   kernel: the small square of weights that a convolution uses at every place
#   stride: the step, in pixels, between the squares of two neighbouring units
#   padding: zeros that are added around a picture before a convolution
#   channel: one of the maps of which a picture or a layer's output consists, such as grey values or what one kernel found
#   receptive field: the part of the picture that a unit sees, through all layers before it
#   latent code: the few numbers that an encoder makes of a picture, and that a decoder turns back into one
#   transposed convolution: a layer that enlarges a map; each unit adds the kernel, multiplied by its value, to the output
#   equivariant: moving the input moves the output by the same step
#   invariant: moving the input leaves the output as it is
#   checkerboard artifact: a regular pattern of cells in generated pictures, left by layers that enlarge unevenly
# ---

# %% folded="imports"
from functools import partial

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from scipy.ndimage import gaussian_filter
from sklearn.decomposition import PCA

from course_utils import plots
from course_utils.checks import convolutional
from course_utils.classifier import probabilities
from course_utils.data import load_digits
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## The same pixels in other places
#
# Take every digit and move its pixels to new places, the same places for all digits. Nothing is
# lost: move them back, and the digits are there again.

# %%
digits = load_digits()
x_train, x_test = digits.x_train, digits.x_test  # (n, 28, 28), paper 0, ink 1
places = np.random.default_rng(0).permutation(784)


def shuffle_pixels(images: np.ndarray) -> np.ndarray:
    """Images (n, 28, 28) with their pixels moved, every image in the same way."""
    return images.reshape(-1, 784)[:, places].reshape(-1, 28, 28)


rows = {"digits": x_test[:10], "shuffled": shuffle_pixels(x_test[:10])}
plots.show(
    plots.image_rows(rows, "Ten unseen digits, and the same pixels in other places"),
    alt="A row of ten handwritten digits, and below it ten squares of scattered white dots: the "
    "same pixels in other places, where no digit can be recognised.",
)

# %% [markdown]
# You cannot read the lower row. PCA can: it never knew which pixels are neighbours, so its error is
# the same for both rows. The dense autoencoder of lesson 13 is as blind. It has to find out from
# 4,000 digits what you knew before you saw the first one: strokes are made of neighbours.
#
# We now build a network that is *told*. **Predict first.** It gets as many parameters as a dense
# network. On plain digits, will it be worse, equal, or better? And on the shuffled ones?

# %% [markdown]
# ## A dense layer with two restrictions
#
# A **convolution** (LeCun et al. 1998) is a dense layer with two restrictions:
#
# 1. *Neighbours only.* Each unit sees a small square of pixels, for instance 3 × 3.
# 2. *The same weights everywhere.* All units use one square of weights $w$, the **kernel**, each at
#    its own place.
#
# $$y_{r,c} = \sum_{i=0}^{k-1} \sum_{j=0}^{k-1} w_{i,j}\; x_{s r + i,\; s c + j}$$
#
# The **stride** $s$ is the step, in pixels, from one unit's square to the next one's.
#
# ### Exercise 1: a convolution
#
# <details><summary>Hint: how many units?</summary>
#
# At which rows can the upper edge of the square lie? 0, s, 2s, ... up to which? Count them.
# </details>
# <details><summary>Hint: a plan</summary>
#
# Two loops, over r and c. In each step cut out the square of pixels, multiply it by the kernel,
# and add up the products.
# </details>


# %% exercise="convolve"
def convolve(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Convolution of one image with one kernel, as in the formula above.

    Args:
        image: (height, width), floats or whole numbers.
        kernel: (k, k), likewise; not larger than the image.
        stride: step of the square in pixels, down and to the right.

    Returns:
        Array (rows, columns): one value for each place at which the square lies wholly inside
        the image.
    """
    ### BEGIN SOLUTION
    size = len(kernel)
    rows = (image.shape[0] - size) // stride + 1
    columns = (image.shape[1] - size) // stride + 1
    result = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            top, left = stride * r, stride * c
            square = image[top : top + size, left : left + size]
            result[r, c] = np.sum(kernel * square)
    return result
    ### END SOLUTION


# %% check="convolve" points=2
convolutional.check_convolve(convolve, height=5, width=7, kernel=3, stride=1)
convolutional.check_convolve(convolve, height=7, width=10, kernel=3, stride=2)
### BEGIN HIDDEN TESTS
convolutional.check_convolve(convolve, height=9, width=12, kernel=2, stride=3)
convolutional.check_convolve(convolve, height=4, width=4, kernel=4, stride=2)
convolutional.check_convolve(convolve, height=5, width=3, kernel=1, stride=1)
convolutional.check_convolve(convolve, height=70, width=41, kernel=7, stride=4)
convolutional.check_convolve(convolve, height=6, width=9, kernel=3, stride=2, integers=True)
### END HIDDEN TESTS

# %% [markdown]
# Two kernels look for edges: paper above ink, and paper left of ink.

# %%
edge = np.array([[-1, -1, -1], [0, 0, 0], [1, 1, 1]])
image = x_test[5]
maps = [image[1:-1, 1:-1], convolve(image, edge, 1), convolve(image, edge.T, 1)]
titles = ["a digit", "paper above ink", "paper left of ink"]
plots.show(
    plots.image_grid(maps, titles=titles, title="Edges, by two kernels", limits=None, size=1.9),
    alt="A handwritten 5 and two maps of it: the upper edges of its strokes light and the lower ones dark; "
    "the left edges light and the right ones dark.",
)

# %% folded="numbers"
keras_layer = layers.Conv2D(1, 3, strides=2, use_bias=False)
keras_layer.build((None, 28, 28, 1))
keras_layer.set_weights([edge[:, :, None, None].astype("float32")])
by_keras = np.asarray(keras_layer(image[None, :, :, None]))[0, :, :, 0]
gap = np.abs(by_keras - convolve(image, edge, 2)).max()
report("convolve_differs_from_keras", gap, within=(0, 1e-5))

# %% [markdown]
# Keras's layer `Conv2D` gives the same numbers as your function. It learns its kernels and adds
# three things:
#
# - **Padding**: with `padding="same"`, zeros are added around the picture, so that $n$ pixels in a row
#   become $n / s$ units, rounded up. With stride 2, 28 pixels become 14, then 7.
# - Many kernels. Each gives one map, a **channel** of the output. A kernel of the next layer sees all $a$
#   channels below, so it is $k \times k \times a$. With $b$ kernels that makes $k^2 a b$ weights and $b$
#   biases, however large the picture is.
# - Layers on layers. With stride 2, a unit of the first layer sees 3 × 3 pixels, and a unit of the
#   second one 7 × 7: about one bend of a stroke. This is its **receptive field**.
#
# ## Encoder and decoder
#
# The encoder turns a picture into a **latent code** of 32 numbers, and the decoder turns the code back.
#
# $$28{\times}28{\times}1 \xrightarrow{\text{conv 3, stride 2}} 14{\times}14{\times}16
# \xrightarrow{\text{conv 3, stride 2}} 7{\times}7{\times}32 \xrightarrow{\text{dense}} \text{code}$$
#
# ### Exercise 2: the encoder
#
# <details><summary>Hint</summary>
#
# `Conv2D` twice, with `strides` and `padding`; a layer that makes one row of 7 × 7 × 32; and a
# `Dense` layer without activation.
# </details>


# %% exercise="build_encoder"
def build_encoder(latent_dim: int) -> keras.Model:
    """Untrained encoder from images (n, 28, 28, 1) to latent codes (n, latent_dim).

    Two 3 x 3 convolutions with stride 2 and padding "same", to 16 and to 32 channels, each with
    GELU (a ReLU will do); then one dense layer to the code, without activation.
    """
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input((28, 28, 1))])
    model.add(layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu"))
    model.add(layers.Conv2D(32, 3, strides=2, padding="same", activation="gelu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(latent_dim))
    return model
    ### END SOLUTION


# %% check="build_encoder" points=2
convolutional.check_encoder(build_encoder, latent_dim=5)
### BEGIN HIDDEN TESTS
convolutional.check_encoder(build_encoder, latent_dim=150)
### END HIDDEN TESTS

# %% [markdown]
# The way back needs a layer that enlarges: the **transposed convolution**. Each unit multiplies the
# kernel by its own value and stamps it onto the output. The stamps lie $s$ pixels apart; where they
# overlap, they are added. With stride 2 and padding `"same"` the size doubles.
#
# ### Exercise 3: the decoder
#
# The size of its kernels is an argument. *Break it* will need that.
#
# <details><summary>Hint</summary>
#
# `Dense`, `Reshape`, then `Conv2DTranspose` twice. Which activation keeps pixels between 0 and 1?
# </details>


# %% exercise="build_decoder"
def build_decoder(latent_dim: int, kernel: int) -> keras.Model:
    """Untrained decoder from latent codes (n, latent_dim) to images (n, 28, 28, 1).

    A dense layer to 7 x 7 x 32 with GELU (a ReLU will do); then two transposed convolutions with
    stride 2, padding "same" and kernels of kernel x kernel, to 16 channels with GELU and to 1
    channel with a sigmoid.
    """
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input((latent_dim,))])
    model.add(layers.Dense(7 * 7 * 32, activation="gelu"))
    model.add(layers.Reshape((7, 7, 32)))
    for channels, activation in ((16, "gelu"), (1, "sigmoid")):
        layer = layers.Conv2DTranspose(
            channels, kernel, strides=2, padding="same", activation=activation
        )
        model.add(layer)
    return model
    ### END SOLUTION


# %% check="build_decoder" points=2
convolutional.check_decoder(build_decoder, latent_dim=6, kernel=5)
### BEGIN HIDDEN TESTS
convolutional.check_decoder(build_decoder, latent_dim=100, kernel=4)
convolutional.check_decoder(build_decoder, latent_dim=1, kernel=3)
### END HIDDEN TESTS

# %% [markdown]
# ## The copies
#
# The convolutional autoencoder has 115,217 parameters. A dense autoencoder with 70 hidden units on
# each side has 115,196. Both are trained alike, for 6 epochs, from two random seeds.


# %%
def build_convolutional(kernel: int = 4) -> keras.Model:
    """Your encoder and your decoder in a row."""
    return keras.Sequential([build_encoder(32), build_decoder(32, kernel)])


def build_dense() -> keras.Model:
    """A dense autoencoder like that of lesson 13: 784 -> 70 -> 32 -> 70 -> 784."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(70, activation="gelu"),
            layers.Dense(32),
            layers.Dense(70, activation="gelu"),
            layers.Dense(784),
            layers.Reshape((28, 28, 1)),
            layers.Activation("sigmoid"),
        ]
    )


def train(title: str, build, images: np.ndarray, seeds: int, epochs: int) -> list[keras.Model]:
    """Train a network to copy images (n, 28, 28), once from each random seed."""
    x = images[: budget(len(images), 64), ..., None]
    seeds, epochs = range(budget(seeds, 1)), budget(epochs, 1)
    options = {"batch_size": 32, "learning_rate": 0.015, "loss": "binary_crossentropy"}
    return fit_seeds(build, x, x, seeds=seeds, epochs=epochs, title=title, **options)


trained = {
    "dense": train("dense", build_dense, x_train, seeds=2, epochs=6),
    "convolutional": train("convolutional", build_convolutional, x_train, seeds=2, epochs=6),
}


# %%
def copy(model, images: np.ndarray) -> np.ndarray:
    """Copies of images (n, 28, 28) by a network."""
    return predict(model, images[..., None])[..., 0]


pca = PCA(32, svd_solver="covariance_eigh").fit(x_train.reshape(-1, 784))
pca_copies = pca.inverse_transform(pca.transform(x_test.reshape(-1, 784))).reshape(-1, 28, 28)
rows = {"unseen digits": x_test[:10], "PCA": pca_copies[:10]}
for name, models in trained.items():
    rows[name] = copy(models[0], x_test[:10])
plots.show(
    plots.image_rows(rows, "Copies of unseen digits, 32 latent dimensions"),
    alt="Ten handwritten digits and their copies by PCA (grey and smudged), by the dense "
    "autoencoder (blurred, some strokes closed) and by the convolutional one (closest).",
    name="14_convolutional",
)

# %% [markdown]
# The control: the same convolutional network, trained on *shuffled* digits (one seed). To look at its
# copies we move the pixels back. The dense network needs no control. Its weights begin at random for
# every pixel, so to shuffle the pixels is nothing but another seed.

# %%
mixed_train, mixed_test = shuffle_pixels(x_train), shuffle_pixels(x_test)
mixed = train("shuffled", build_convolutional, mixed_train, seeds=1, epochs=6)

# %%
flat = copy(mixed[0], mixed_test[:10]).reshape(-1, 784)
moved_back = flat[:, np.argsort(places)].reshape(-1, 28, 28)
rows = {"unseen digits": x_test[:10], "convolutional,\nshuffled": moved_back}
plots.show(
    plots.image_rows(rows, "Copies of shuffled digits, pixels moved back"),
    alt="Ten digits and their copies by the network that was trained on shuffled pixels: blurred, with "
    "grey specks around the strokes.",
)

# %% [markdown]
# The squared error on unseen digits, as a share of PCA's:


# %%
def squared_error(images: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """Mean squared error of each copy, for images (n, 28, 28): shape (n,)."""
    return np.mean((images - copies) ** 2, axis=(1, 2))


pca_error = squared_error(x_test, pca_copies).mean()
results = Results()
for name, models in trained.items():
    for seed, model in enumerate(models):
        share = squared_error(x_test, copy(model, x_test)).mean() / pca_error
        results.add(name, seed, parameters=model.count_params(), error=share)
share = squared_error(mixed_test, copy(mixed[0], mixed_test)).mean() / pca_error
results.add("convolutional, shuffled", 0, parameters=mixed[0].count_params(), error=share)
results

# %% folded="numbers"
report("pca_test_mse_32", pca_error, within=(0.0176, 0.0181))
errors = {name: results.mean(name, "error") for name in (*trained, "convolutional, shuffled")}
report("convolutional_over_pca", errors["convolutional"], within=(0.36, 0.46))
report("equal_dense_over_pca", errors["dense"], within=(0.85, 1.1))
ratio = errors["convolutional"] / errors["dense"]
report("convolutional_over_equal_dense", ratio, within=(0.38, 0.5))
spread = max(np.ptp(results.values(name, "error")) for name in trained)
report("two_seeds_differ_by", spread, within=(0, 0.15))
report("convolutional_shuffled_over_pca", errors["convolutional, shuffled"], within=(0.7, 0.95))
ratio = errors["convolutional, shuffled"] / errors["convolutional"]
report("convolutional_shuffled_over_plain", ratio, within=(1.55, 1.95))

# %% [markdown]
# With equally many parameters the convolutional network makes less than half the error of the dense
# one. The two seeds differ far less than that. (Four times the parameters, or five times the epochs,
# do not help the dense network enough: *Going deeper*.)
#
# The control says where the lead comes from. With shuffled pixels the convolutional network's error is at
# least 1.5 times as large. Its parameters, training and digits were the same; only what it takes for
# granted was wrong: that neighbours belong together, *and* that the same weights fit everywhere.
# (The shuffle breaks both and cannot say which of the two pays.) **A convolution is not a stronger
# layer. It is a layer with an assumption**, and for pictures the assumption is right.
#
# ## "Convolutional networks do not mind a shift"
#
# One reads this often. The weights are the same everywhere, so a digit further to the right should be
# copied as well, further to the right. We test it.
#
# ### Exercise 4: a shift
#
# <details><summary>Hint</summary>
#
# `np.roll` brings back on the left what left on the right. Either pad with zeros and cut out a
# window, or copy a part of each image into a blank one. Try a shift of 0, and negative ones.
# </details>


# %% exercise="shift"
def shift(images: np.ndarray, down: int, right: int) -> np.ndarray:
    """Images (n, height, width) moved by whole pixels; same shape, paper (0) where nothing is left.

    Negative numbers move up or left. What leaves the picture is gone; all of it, if the move is
    longer than the picture. `images` is not changed.
    """
    ### BEGIN SOLUTION
    height, width = images.shape[1:]
    by = max(abs(down), abs(right))
    padded = np.pad(images, ((0, 0), (by, by), (by, by)))
    return padded[:, by - down : by - down + height, by - right : by - right + width]
    ### END SOLUTION


# %% check="shift" points=1
convolutional.check_shift(shift, shape=(2, 5, 6), down=1, right=2)
convolutional.check_shift(shift, shape=(3, 6, 5), down=-2, right=1)
convolutional.check_shift(shift, shape=(1, 4, 4), down=0, right=-1)
### BEGIN HIDDEN TESTS
for down in (-3, 0, 2):
    for right in (-2, 0, 3):
        convolutional.check_shift(shift, shape=(4, 7, 9), down=down, right=right)
convolutional.check_shift(shift, shape=(1, 3, 4), down=5, right=0)
convolutional.check_shift(shift, shape=(2, 3, 4), down=0, right=-6)
convolutional.check_shift(shift, shape=(2, 40, 50), down=-11, right=20)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 5: the shift test
#
# Move the digits by some pixels, let a network copy them, and measure how good the copies are.
#
# <details><summary>Hint</summary>
#
# The network gets the moved images. With what should its copies be compared?
# </details>


# %% exercise="shift_test"
def shift_test(copy, images: np.ndarray, distance: int) -> float:
    """Mean squared error per pixel of copies of shifted images.

    Args:
        copy: function of images (n, height, width) that gives their copies, in the same shape.
        images: (n, height, width), not yet moved.
        distance: how far they are moved, in pixels.

    Returns:
        The mean over four moves: down, up, right and left by `distance`.
    """
    ### BEGIN SOLUTION
    moves = [(distance, 0), (-distance, 0), (0, distance), (0, -distance)]
    errors = []
    for down, right in moves:
        moved = shift(images, down, right)
        errors.append(np.mean((copy(moved) - moved) ** 2))
    return float(np.mean(errors))
    ### END SOLUTION


# %% check="shift_test" points=2
convolutional.check_shift_test(shift_test, shape=(3, 6, 8), distance=2)
convolutional.check_shift_test(shift_test, shape=(2, 5, 4), distance=0)
### BEGIN HIDDEN TESTS
convolutional.check_shift_test(shift_test, shape=(1, 7, 7), distance=1)
convolutional.check_shift_test(shift_test, shape=(6, 28, 28), distance=5)
convolutional.check_shift_test(shift_test, shape=(4, 40, 33), distance=3)
### END HIDDEN TESTS

# %% [markdown]
# **Predict first.** The networks were trained on digits in the middle. Now unseen digits move by 3
# pixels. By what factor does each network's error grow?
#
# A second pair of networks is trained on shifted digits, each moved once at random by up to 3 pixels
# (one seed each).

# %%
moves = np.random.default_rng(1).integers(-3, 4, (len(x_train), 2)).tolist()
moved_train = np.concatenate([shift(x[None], *m) for x, m in zip(x_train, moves, strict=True)])
methods = {
    "dense": trained["dense"],
    "convolutional": trained["convolutional"],
    "dense, shifts": train("dense, shifts", build_dense, moved_train, seeds=1, epochs=6),
    "conv., shifts": train("conv., shifts", build_convolutional, moved_train, seeds=1, epochs=6),
}

# %%
moved = shift(x_test[:10], 0, 3)
rows = {"shifted digits": moved}
for name, models in methods.items():
    rows[name] = copy(models[0], moved)
plots.show(
    plots.image_rows(rows, "Unseen digits, three pixels further right, and their copies"),
    alt="Ten digits near the right edge. The copies by the two networks trained on centred digits are "
    "distorted; those by the networks trained on shifts are better, the convolutional ones best.",
)

# %%
some = x_test[: budget(100, 20)]
shifts = Results("network", "shift")
for name, models in methods.items():
    for seed, model in enumerate(models):
        for distance in range(4):
            share = shift_test(partial(copy, model), some, distance) / pca_error
            shifts.add((name, distance), seed, error=share)

figure, ax = plt.subplots(figsize=(6.8, 3.6))
styles = zip(methods, ("o-", "s-", "o--", "s--"), (1, 0, 1, 0), strict=True)
for name, style, color in styles:
    curve = [shifts.mean((name, distance), "error") for distance in range(4)]
    label = name.replace(", shifts", ", trained on shifts")
    ax.plot(range(4), curve, style, color=plots.COLORS[color], label=label)
ax.set(title="Copies of shifted digits", xlabel="shift (pixels)", ylabel="error / PCA's at shift 0")
ax.set(xticks=range(4), ylim=(0, None))
ax.legend()
plots.show(
    figure,
    alt="Error against shift. The dense and the convolutional network trained on centred digits rise "
    "steeply with the shift, the convolutional one below; the two trained on shifted digits stay "
    "almost flat, the convolutional one far below the dense one.",
)

# %% folded="numbers"
growth = {}
for name in ("dense", "convolutional"):
    growth[name] = shifts.values((name, 3), "error") / shifts.values((name, 0), "error")
    report(f"{name}_growth_at_3", growth[name].mean(), within=(2.1, 3.8))
ratio = growth["convolutional"].mean() / growth["dense"].mean()
report("convolutional_growth_over_dense_growth", ratio, within=(1, 1.8))
gap = [
    shifts.mean(("conv., shifts", d), "error") / shifts.mean(("dense, shifts", d), "error")
    for d in range(4)
]
report("taught_convolutional_over_dense", max(gap), within=(0.3, 0.5))
report("convolutional_at_3", shifts.mean(("convolutional", 3), "error"), within=(1.1, 1.7))
report("dense_at_3", shifts.mean(("dense", 3), "error"), within=(2.1, 2.8))
report("convolutional_taught_at_3", shifts.mean(("conv., shifts", 3), "error"), within=(0.5, 0.72))
report("dense_taught_at_3", shifts.mean(("dense, shifts", 3), "error"), within=(1.35, 1.75))

# %% [markdown]
# The claim fails. Three pixels multiply the convolutional network's error by about three, more than
# the dense one's. It still makes the smaller error of the two.
#
# Two words keep this apart. **Equivariant**: the output moves along with the input. **Invariant**:
# the output stays as it is. A convolution with stride 1 is equivariant, away from the edge. With
# stride 2 this holds for even shifts only (Zhang 2019). Then comes a dense layer, with weights of its own for
# every place. It has never seen ink where there is some now.
# **Shared weights inside do not make the whole network invariant.**
#
# What helps is to show shifts in training, and here the convolutions pay: trained so, the
# convolutional network makes less than half the error of the dense one, at every distance.
#
# ## What the squared error does not see
#
# So far the squared error was the judge. Here are two copies of a digit: one moved by one pixel down
# *and* one right, the other with its lower half erased. Which would you accept?
#
# **Predict first:** which one has the smaller squared error?

# %%
diagonal = shift(x_test, 1, 1)
half = x_test.copy()
half[:, 14:] = 0
prefers_half = squared_error(x_test, half) < squared_error(x_test, diagonal)
print(f"The squared error prefers the half for {prefers_half.mean():.0%} of the digits.")
rows = {"digits": x_test, "moved": diagonal, "half": half}
rows = {name: images[prefers_half][:10] for name, images in rows.items()}
plots.show(
    plots.image_rows(
        rows, "The squared error prefers the half to the moved digit for all of these"
    ),
    alt="Ten digits, the same digits one pixel further down and right, and the same digits without "
    "their lower half.",
)

# %% folded="numbers"
report("half_wins_mse_1_down_1_right", 100 * prefers_half.mean(), within=(71, 74))
for name, images, within in (("moved", diagonal, (96, 98)), ("half", half, (42, 46))):
    right = probabilities(images).argmax(axis=1) == digits.y_test
    report(f"read_percent_{name}", 100 * right.mean(), within=within)

# %% [markdown]
# A classifier reads 97 % of the moved digits and 44 % of the halves. But the squared error only compares
# pixel with pixel. Ink in another place is wrong twice: where it was, and where it is now. A stroke that is gone is
# wrong once. This is also why networks that are trained with it (or with the binary cross-entropy, as here)
# *blur*: unsure where a stroke lies, they do best with a grey smear over all candidates. SSIM, a score of
# structure that is often taken instead, is misled even more often (*Going deeper*).
#
# ## Break it: the checkerboard
#
# Stamp a $k \times k$ kernel of ones at stride 2, and count how often each pixel is hit:

# %%
sizes, hits = (3, 4, 5), []
for size in sizes:
    layer = layers.Conv2DTranspose(1, size, strides=2, kernel_initializer="ones", use_bias=False)
    hits.append(np.asarray(layer(np.ones((1, 8, 8, 1))))[0, 4:14, 4:14, 0])
titles = [f"kernel {k}:\n{h.min():.0f} to {h.max():.0f}" for k, h in zip(sizes, hits, strict=True)]
plots.show(
    plots.image_grid(
        hits, titles=titles, title="Number of stamps on each pixel", limits=(0, 9), size=1.6
    ),
    alt="How often each pixel is stamped: with kernel 3 and with kernel 5 a checkerboard of one to "
    "four and four to nine stamps, with kernel 4 an even four everywhere.",
)

# %% folded="numbers"
for size, values, within in zip(sizes, hits, ((4, 4), (1, 1), (2.25, 2.25)), strict=True):
    report(f"overlap_ratio_kernel_{size}", values.max() / values.min(), within=within)

# %% [markdown]
# If the stride does not divide the size of the kernel, some pixels get more stamps than others, in a regular
# pattern: the **checkerboard artifact** (Odena, Dumoulin & Olah 2016). Training *can* make up for it.
# Does it? The pattern needs a measure.
#
# ### Exercise 6: measure a checkerboard
#
# Divide a picture into cells of $s \times s$ pixels. Each pixel has one of $s^2$ places in its cell.
# What share of the picture's variance does the place alone explain? A pure checkerboard gives 1,
# a picture without cells about 0.
#
# $$\text{share} = \frac{\sum_{\text{pictures}} \operatorname{var}(\text{means of the } s^2
# \text{ places})}{\sum_{\text{pictures}} \operatorname{var}(\text{pixels})}$$
#
# <details><summary>Hint</summary>
#
# `images[:, a::s, b::s]` holds the pixels at place (a, b) of every cell. One mean for each picture
# and each place; then the variance over the places; and only then the sums over the pictures.
# </details>


# %% exercise="checkerboard_share"
def checkerboard_share(images: np.ndarray, stride: int) -> float:
    """Share of the variance of the pictures that their stride x stride cells explain, 0 to 1.

    Args:
        images: (n, height, width); height and width are multiples of `stride`.
        stride: side of a cell in pixels.

    Returns:
        The sum over the pictures of the variance of their stride**2 means, divided by the sum of
        their variances; 0 if every picture is flat (all its pixels are equal). Variances are mean
        squared deviations.
    """
    ### BEGIN SOLUTION
    n, height, width = images.shape
    cells = images.reshape(n, height // stride, stride, width // stride, stride)
    explained = cells.mean(axis=(1, 3)).reshape(n, -1).var(axis=1).sum()
    total = images.reshape(n, -1).var(axis=1).sum()
    return float(explained / total) if total > 0 else 0.0
    ### END SOLUTION


# %% check="checkerboard_share" points=2
convolutional.check_share(checkerboard_share, shape=(3, 6, 8), stride=2)
convolutional.check_share(checkerboard_share, shape=(2, 6, 9), stride=3)
convolutional.check_share_of_flat(checkerboard_share, shape=(2, 4, 4), stride=2, flat=1)
### BEGIN HIDDEN TESTS
convolutional.check_share(checkerboard_share, shape=(4, 9, 12), stride=3)
convolutional.check_share(checkerboard_share, shape=(1, 4, 8), stride=4)
convolutional.check_share(checkerboard_share, shape=(12, 40, 16), stride=8)
convolutional.check_share(checkerboard_share, shape=(3, 5, 4), stride=1)
convolutional.check_share_of_flat(checkerboard_share, shape=(3, 6, 6), stride=3, flat=2)
### END HIDDEN TESTS

# %% [markdown]
# Three networks enlarge in different ways: your decoder with kernel 3, with kernel 4, and **resize,
# then convolve**: double every pixel, then apply an ordinary convolution. They are trained briefly on
# *soft* digits, blurred so that no edge can hide a pattern.
#
# We measure fine detail (a picture minus its blur), with cells of 4 × 4, because the decoder doubles
# twice. There are two kinds of pictures: *copies* of unseen digits, and pictures from *far* codes:
# random codes, spread around 0 as widely as the codes of digits.
#
# **Predict first:** where is the checkerboard strongest, with which kernel?


# %%
def blur(images: np.ndarray, sigma: float) -> np.ndarray:
    """Every image blurred by a Gaussian of sigma pixels."""
    return gaussian_filter(images, (0, sigma, sigma))


def build_resize() -> keras.Model:
    """Your encoder, and a decoder that resizes, then convolves."""
    decoder = keras.Sequential([keras.Input((32,)), layers.Dense(7 * 7 * 32, activation="gelu")])
    decoder.add(layers.Reshape((7, 7, 32)))
    for channels, activation in ((16, "gelu"), (1, "sigmoid")):
        decoder.add(layers.UpSampling2D(2))
        decoder.add(layers.Conv2D(channels, 3, padding="same", activation=activation))
    return keras.Sequential([build_encoder(32), decoder])


soft_train, soft_test = blur(x_train[:2000], 2.5), blur(x_test[:100], 2.5)
kinds = {"kernel 3": partial(build_convolutional, 3), "kernel 4": build_convolutional}
kinds["resize"] = build_resize
soft = {name: train(name, build, soft_train, seeds=2, epochs=2) for name, build in kinds.items()}


# %%
def board(images: np.ndarray) -> float:
    """Checkerboard in % of the fine detail, for cells of 4 x 4."""
    return 100 * checkerboard_share(images - blur(images, 1), 4)


boards, rows = Results(), {}
for name, models in soft.items():
    for seed, model in enumerate(models):
        encoder, decoder = model.layers
        spread = predict(encoder, soft_test[..., None]).std(axis=0)
        codes = spread * np.random.default_rng(0).normal(size=(100, 32)).astype("float32")
        copied, far = copy(model, soft_test), predict(decoder, codes)[..., 0]
        boards.add(name, seed, copies=board(copied), far=board(far))
        if seed == 0:
            rows[f"{name}, copies"], rows[f"{name}, far"] = copied[:10], far[:10]
plots.show(
    plots.image_rows(rows, "Copies of soft digits, and pictures from far codes"),
    alt="Soft grey shapes. The copies show hardly a pattern. With kernel 3 the pictures from far codes are covered "
    "with a fine grid; with kernel 4 it is hardly visible, with resizing there is none.",
)
boards

# %% folded="numbers"
report("board_real_4_soft_digits", board(soft_test), within=(0.015, 0.025))
for name, copies_within, far_within in (
    ("kernel 3", (1, 9), (30, 75)),
    ("kernel 4", (0.8, 4), (5, 18)),
    ("resize", (0.7, 4), (4, 12)),
):
    key = name.replace(" ", "_")
    report(f"board_rebuilt_4_{key}", boards.mean(name, "copies"), within=copies_within)
    report(f"board_far_4_{key}", boards.mean(name, "far"), within=far_within)

# %% [markdown]
# With kernel 3 the cells explain 30 % of the fine detail or more in pictures from far codes, and less than
# 10 % in the copies. (In real soft digits it is 0.02 %.) Training has made up for the uneven stamps,
# but only where it has been.
#
# With both repairs it is less than 20 %, in all pictures. They work in different ways. A kernel that the
# stride divides makes the *number* of
# stamps even; their weights may still differ within a cell. Resizing makes the pixels of a cell
# equal *before* the convolution.
#
# ### Written question
#
# A colleague: "Our convolutional autoencoder has a lower error than the dense one, because it is
# translation invariant, and the lower error proves that its copies look better." Which results
# of this lesson speak for, which against each part? The shuffle broke two restrictions at
# once. Describe one experiment, with its control, that would show which of the two the lead comes
# from. (5 to 7 sentences.)

# %% [markdown] answer="why_is_it_better" points=3
# **Model answer.** The lower error is confirmed: on unseen digits, with equally many parameters
# and beyond the spread of the seeds. The reason given is wrong: trained on centred digits, the
# convolutional network's error grows by a factor of about three when the digits move by three pixels, the dense
# one's by less. Its convolutions are equivariant at best (the stride spoils even
# that), and a dense layer follows them. A lower error proves nothing about looks by itself: the squared error
# often prefers a digit with half of it erased to one that is moved one pixel down and right. To separate the two
# restrictions, keep one and drop the other: in a *locally connected* network each unit sees its
# 3 × 3 neighbours, but has weights of its own. Train it like the other two, from several seeds; the
# convolutional and the dense network are the controls. If it does as well as the convolutional one,
# neighbours are what pays; if it falls back to the dense one, the shared weights are. (It has more
# parameters, so more training digits belong to the experiment.)
#
# **Rubric.** 1 point: not invariant, with the shift test (or the dense layer behind the
# convolutions, or the stride) as reason. 1 point: the squared error (or any single score) can prefer the worse
# copy, with the example. 1 point: an experiment that keeps one restriction and drops the other, with
# a control: own weights at every place, or shared weights on nine pixels that are no neighbours. The
# shuffle again, or an experiment without a control, gives half a point.

# %% [markdown]
# ## Summary
#
# 1. A convolution is a dense layer restricted to neighbours, with the same weights everywhere.
# 2. With equally many parameters it more than halves the dense network's error, but not with shuffled
#    pixels.
# 3. The whole network is not invariant to shifts. It has to be shown them, and learns them better.
# 4. The squared error often prefers half a digit to a whole one in a slightly different place.
# 5. A kernel size that the stride does not divide invites a checkerboard, above all far from the training
#    data.
#
# ## References
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998). Gradient-based learning applied to document
#   recognition. *Proceedings of the IEEE* 86.
# - A. Odena, V. Dumoulin, C. Olah (2016). Deconvolution and checkerboard artifacts. *Distill*.
# - R. Zhang (2019). Making convolutional networks shift-invariant again. *ICML*.
