# ---
# title: Masked autoencoders
# question: Can a network regrow a letter from a quarter of it, and what does it learn by that?
# picture: Ten unseen letters of which a quarter is shown, what a small transformer regrows from it, and the whole letters
# seconds: 90
# goals:
#   - cut pictures into patches and put them together again
#   - build scaled dot-product attention and hold it against Keras's layer
#   - hide three quarters of a picture from a transformer, and train it on what it does not see
#   - judge what it fills in against the best linear fill and against similar letters
#   - find out whether its codes are good for reading letters
# terms:
#   patch: a small square of a picture, as a vector of its pixels
#   token: one vector of the sequence that a transformer works on
#   attention: each token takes a weighted mean of vectors of all tokens; the weights depend on its own vector and theirs
#   query, key and value: three vectors of a token; a query is compared with keys, and the values are averaged
#   attention head: one of several attentions that work side by side in a layer
#   transformer: a network whose blocks alternate attention with a small dense network for each token
#   position vector: a vector added to a token that says where it stands
#   masked autoencoder: an autoencoder that sees some patches only and learns to fill in the others
#   mask token: a learned vector that stands for a patch that is not seen
#   conditional mean: the mean of what is hidden, given what is seen
#   linear probe: a linear classifier on a frozen code; it tells what can be read from the code
# ---

# %% folded="imports"
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils import plots
from course_utils.checks import masked
from course_utils.data import load_letters
from course_utils.report import Results, report
from course_utils.training import budget, fit, fit_seeds, predict, set_seed

# %% [markdown]
# ## A letter as sixteen patches
#
# The letters above come from fonts that the network has never seen. It was shown a quarter of each, and
# regrew the rest. You will build the parts that make this work.
#
# Our pictures are capitals of 403 fonts, cut to 24 × 24 pixels: 0 is paper (black in the figures), 1 is ink. Families of fonts
# are split: all fonts of a family, and of families that look like it, are in one part.
#
# A **patch** is a square of 6 × 6 pixels, as a vector of 36 numbers. A picture has $4 \cdot 4 = 16$ of them.
#
# ### Exercise 1: patches and back
#
# <details><summary>Hint</summary>
#
# Reshape to (n, rows, size, columns, size), exchange the two middle axes with `transpose`, and reshape again.
# </details>


# %% exercise="patches"
def to_patches(pictures: np.ndarray, size: int) -> np.ndarray:
    """Cut pictures into patches.

    Args:
        pictures: array (n, height, width); height and width are multiples of size.
        size: height and width of a patch.

    Returns:
        array (n, number of patches, size * size): patches row by row from the upper left corner,
        and in each patch its pixels row by row.
    """
    ### BEGIN SOLUTION
    n, height, width = pictures.shape
    rows, columns = height // size, width // size
    cut = pictures.reshape(n, rows, size, columns, size)
    return cut.transpose(0, 1, 3, 2, 4).reshape(n, rows * columns, size * size)
    ### END SOLUTION


def from_patches(patches: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Put patches together again.

    Args:
        patches: array (n, rows * columns, size * size), ordered as to_patches gives them.
        rows: number of patches below each other.
        columns: number of patches side by side.

    Returns:
        array (n, rows * size, columns * size), the pictures.
    """
    ### BEGIN SOLUTION
    size = int(np.sqrt(patches.shape[2]))
    grid = patches.reshape(-1, rows, columns, size, size)
    return grid.transpose(0, 1, 3, 2, 4).reshape(-1, rows * size, columns * size)
    ### END SOLUTION


# %% check="patches" points=2
masked.check_patches(to_patches, from_patches, n=2, rows=3, columns=4, size=5)
### BEGIN HIDDEN TESTS
masked.check_patches(to_patches, from_patches, n=1, rows=3, columns=1, size=4)
masked.check_patches(to_patches, from_patches, n=3, rows=2, columns=2, size=1)
masked.check_patches(to_patches, from_patches, n=30, rows=4, columns=9, size=7)
### END HIDDEN TESTS

# %%
letters = load_letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
COUNT, KEEP, SIZE, DIM = 16, 4, 6, 96  # patches, visible ones, pixels across, numbers in a token


def patches_of(pictures: np.ndarray) -> np.ndarray:
    """The 24 x 24 pixels of pictures (n, 32, 32) that hold the ink, as patches (n, 16, 36)."""
    return to_patches(pictures[:, 2:26, 4:28], SIZE)


train = patches_of(letters.x_train)[:: budget(1, 131)]
test = patches_of(letters.x_test)[:: budget(1, 7)]
rng = np.random.default_rng(0)
some = rng.choice(len(test), 10, replace=False)  # the letters that figures show


def pictures_of(patches) -> np.ndarray:
    """The pictures (n, 24, 24) that consist of patches (n, 16, 36), cut to [0, 1]."""
    return from_patches(np.clip(patches, 0, 1), 4, 4)


plots.show(
    plots.image_rows({"letters": pictures_of(test[some]), "patch 5": test[some, 5].reshape(-1, 6, 6)},
                     "Unseen letters, and patch 5 of each (counted from 0)"),
    alt="Ten capital letters in different fonts, and below each its patch in the second row and second column, 6 by 6 pixels.",
)  # fmt: skip

# %% [markdown]
# ## Attention
#
# A dense layer gives each *place* its own weights. A **transformer** does not. It works on a sequence of vectors. Each is a **token** (here one for each patch), and the tokens exchange what they know by **attention**
# (Vaswani et al. 2017).
#
# Each token gets three vectors from its own, by three learned matrices: a **query, key and value**. A
# query is compared with all keys by dot products. The softmax turns these into weights that sum to 1, and the
# token receives the weighted mean of the values. With queries as rows of $Q$, keys as rows of $K$ and values
# as rows of $V$:
#
# $$\text{weights} = \mathrm{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right), \qquad \text{output} = \text{weights} \cdot V .$$
#
# Here $d$ is the number of entries of a query. The dot product of two such vectors, of independent random entries with mean 0 and variance 1, has variance $d$; dividing by $\sqrt d$ makes it 1. Without it, for large $d$, the softmax puts nearly all weight on one key, and its gradient is nearly zero.
#
# ### Exercise 2: scaled dot-product attention
#
# Each row of weights belongs to one query and sums to 1. Any number of axes may come first. Large products must not overflow.
#
# <details><summary>Hint</summary>
#
# `ops.matmul`, `ops.swapaxes(k, -1, -2)`, `ops.softmax(..., axis=...)`; $d$ is `q.shape[-1]`.
# </details>


# %% exercise="attention"
def attention(q, k, v):
    """Scaled dot-product attention.

    Args:
        q: queries, tensor (..., t, d).
        k: keys, tensor (..., s, d).
        v: values, tensor (..., s, d).

    Returns:
        the output, a tensor (..., t, d), and the weights, a tensor (..., t, s).
    """
    ### BEGIN SOLUTION
    scores = ops.matmul(q, ops.swapaxes(k, -1, -2))
    scaled = scores / np.sqrt(q.shape[-1])
    weights = ops.softmax(scaled, axis=-1)
    output = ops.matmul(weights, v)
    return output, weights
    ### END SOLUTION


# %% check="attention" points=3
masked.check_attention(attention, n=2, heads=3, tokens=5, keys=7, d=8)
### BEGIN HIDDEN TESTS
masked.check_attention(attention, n=1, heads=1, tokens=1, keys=3, d=2)
masked.check_attention(attention, n=3, heads=2, tokens=20, keys=30, d=40)
### END HIDDEN TESTS

# %% [markdown]
# The check also gave your function the queries, keys and values of Keras's own `MultiHeadAttention`, and compared the results.
#
# Exchange two tokens, and the outputs are exchanged, but otherwise the same: attention does not know where a
# token stands. So a **position vector** is added to each. For a place in row $i$ and column $j$ it has
# sines and cosines of several frequencies:
#
# $$\sin(i\,\omega_f),\ \cos(i\,\omega_f),\ \sin(j\,\omega_f),\ \cos(j\,\omega_f), \qquad \omega_f = \frac{\pi}{2} \cdot 8^{-f/F}, \quad f = 0, \dots, F - 1 .$$
#
# ### Exercise 3: position vectors
#
# <details><summary>Hint</summary>
#
# `np.outer(i, omega)` with the rows $i$ of all places; `np.concatenate(..., axis=1)`.
# </details>


# %% exercise="positions"
def positions(rows: int, columns: int, dim: int) -> np.ndarray:
    """Position vectors of a grid.

    Args:
        rows, columns: size of the grid.
        dim: length of a vector, a multiple of 4; F in the formula is dim / 4.

    Returns:
        float32 array (rows * columns, dim), places row by row from 0; in each vector all F sines of
        the row, then the cosines of the row, the sines of the column, the cosines of the column.
    """
    ### BEGIN SOLUTION
    waves = dim // 4
    omega = np.pi / 2 * 8.0 ** (-np.arange(waves) / waves)
    place = np.arange(rows * columns)
    i, j = np.outer(place // columns, omega), np.outer(place % columns, omega)
    parts = [np.sin(i), np.cos(i), np.sin(j), np.cos(j)]
    return np.concatenate(parts, axis=1).astype("float32")
    ### END SOLUTION


# %% check="positions" points=2
masked.check_positions(positions, rows=2, columns=4, dim=12)
### BEGIN HIDDEN TESTS
masked.check_positions(positions, rows=1, columns=1, dim=4)
masked.check_positions(positions, rows=5, columns=2, dim=16)
masked.check_positions(positions, rows=9, columns=12, dim=120)
### END HIDDEN TESTS

# %% [markdown]
# ## Hide three quarters
#
# A **masked autoencoder** (He et al. 2022) sees a random quarter of the patches and must give the others.
# Its *encoder* gets the visible tokens alone: what is masked is not set to zero, it is left out. So the encoder
# is fast, and the masked pixels cannot leak into it.
#
# Keras compiles the next three functions before it knows $n$: use `ops`, and `ops.shape(x)[0]` if you need $n$.
#
# ### Exercise 4: choose the visible patches
#
# Draw a random number for each patch. The patches with the smallest numbers are visible.
#
# <details><summary>Hint: from numbers to marks</summary>
#
# `ops.argsort` gives the numbers of the patches in the order of their noise. `ops.one_hot(visible, noise.shape[1])` is (n, keep, count): for each visible patch a row with a 1 at its place. Sum the rows.
# </details>


# %% exercise="choose_visible"
def choose_visible(noise, keep: int):
    """Choose patches by random numbers.

    Args:
        noise: tensor (n, count), a number for each patch of each picture, no two alike.
        keep: how many patches are visible.

    Returns:
        visible: integer tensor (n, keep), the numbers (0 to count - 1) of the patches with the
            smallest noise of each picture, in any order;
        masked: float32 tensor (n, count), 0 for a visible patch and 1 for a masked one.
    """
    ### BEGIN SOLUTION
    order = ops.argsort(noise, axis=1)
    visible = order[:, :keep]
    marks = ops.one_hot(visible, noise.shape[1])
    masked = 1 - ops.sum(marks, axis=1)
    return visible, masked
    ### END SOLUTION


# %% check="choose_visible" points=2
masked.check_visible(choose_visible, n=3, count=6, keep=2)
### BEGIN HIDDEN TESTS
masked.check_visible(choose_visible, n=1, count=4, keep=3)
masked.check_visible(choose_visible, n=9, count=40, keep=10)
### END HIDDEN TESTS

# %% [markdown]
# The *decoder* gets a token for each of the 16 places: the encoder's code where there is one, elsewhere
# the **mask token**, one learned vector for all masked places. Their position vectors tell them apart.
#
# ### Exercise 5: the decoder's input
#
# <details><summary>Hint: without a loop</summary>
#
# `ops.one_hot(visible, count)` is (n, keep, count). Its transpose, times the codes, puts each code at its place and zeros elsewhere.
# </details>


# %% exercise="put_back"
def put_back(codes, visible, token, count: int):
    """Codes at the places of the visible patches, the mask token at all others.

    Args:
        codes: tensor (n, keep, d).
        visible: integer tensor (n, keep), the place of each code, in any order.
        token: tensor (d,), the mask token.
        count: number of places.

    Returns:
        tensor (n, count, d).
    """
    ### BEGIN SOLUTION
    marks = ops.one_hot(visible, count)
    placed = ops.matmul(ops.swapaxes(marks, 1, 2), codes)
    empty = 1 - ops.sum(marks, axis=1)
    return placed + empty[:, :, None] * token
    ### END SOLUTION


# %% check="put_back" points=2
masked.check_put_back(put_back, n=3, count=6, keep=2, d=4)
### BEGIN HIDDEN TESTS
masked.check_put_back(put_back, n=1, count=4, keep=4, d=1)
masked.check_put_back(put_back, n=7, count=50, keep=12, d=20)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 6: the loss
#
# The loss is the mean squared error over the pixels of the *masked* patches only, over all pictures of the batch. Pictures
# may differ in how many are masked. Copying what was seen earns nothing.
#
# Keras's `sample_weight` is no way to it: there the sum is divided by the number of all patches.


# %% exercise="masked_loss"
def masked_loss(copies, patches, masked):
    """Mean squared error of the masked patches.

    Args:
        copies, patches: tensors (n, count, pixels).
        masked: float32 tensor (n, count), 1 for a masked patch (one at least), 0 for a visible one.

    Returns:
        one number, a tensor.
    """
    ### BEGIN SOLUTION
    errors = ops.mean(ops.square(copies - patches), axis=2)
    count = ops.sum(masked)
    return ops.sum(errors * masked) / count
    ### END SOLUTION


# %% check="masked_loss" points=2
masked.check_loss(masked_loss, n=3, count=7, size=4)
### BEGIN HIDDEN TESTS
masked.check_loss(masked_loss, n=1, count=8, size=1)
masked.check_loss(masked_loss, n=40, count=16, size=36)
### END HIDDEN TESTS

# %% [markdown]
# ## The model
#
# A block of a transformer adds two things to each token: what attention brings, and what a small dense network makes of
# it. Each **attention head** has queries, keys and values of 16 numbers; there are six heads, side by side. `LayerNormalization` gives each token mean 0 and variance 1.
# Our encoder has two blocks, the decoder one. `leak` and `placed` are for *Break it*.


# %%
class Block(layers.Layer):
    """A block of a transformer, tokens (n, t, DIM) -> (n, t, DIM)."""

    def __init__(self, heads=6):
        super().__init__()
        self.heads = heads
        self.norms = [layers.LayerNormalization(center=False, scale=False) for _ in range(2)]
        self.three = layers.Dense(3 * DIM, use_bias=False)  # queries, keys and values
        self.join = layers.Dense(DIM)
        self.dense = keras.Sequential([layers.Dense(2 * DIM, activation="gelu"), layers.Dense(DIM)])

    def build(self, shape):
        for part in (*self.norms, self.three, self.join, self.dense):
            part.build(shape)

    def look(self, x):
        """What attention brings, and its weights (n, heads, t, t)."""
        t = x.shape[1]
        split = ops.reshape(self.three(self.norms[0](x)), (-1, t, 3, self.heads, DIM // self.heads))
        q, k, v = ops.unstack(ops.transpose(split, (2, 0, 3, 1, 4)))
        output, weights = attention(q, k, v)
        return self.join(ops.reshape(ops.transpose(output, (0, 2, 1, 3)), (-1, t, DIM))), weights

    def call(self, x):
        x = x + self.look(x)[0]
        return x + self.dense(self.norms[1](x))


class MaskedAutoencoder(keras.Model):
    """Patches (n, 16, 36), of which KEEP are seen -> all patches."""

    def __init__(self, leak=False, placed=True):
        super().__init__()
        self.leak, self.places = leak, placed * positions(4, 4, DIM)
        self.embed, self.draw = layers.Dense(DIM), layers.Dense(SIZE**2)
        self.encoder, self.decoder = [Block(), Block()], Block()
        self.norms = [layers.LayerNormalization(center=False, scale=False) for _ in range(2)]
        self.token = self.add_weight(shape=(DIM,), initializer="random_normal")
        self.embed.build((None, COUNT, SIZE**2))
        for part in (*self.encoder, self.decoder, *self.norms, self.draw):
            part.build((None, COUNT, DIM))

    def encode(self, patches, visible=None):
        """Codes of the visible patches (n, KEEP, DIM); of all 16 without `visible`."""
        x = self.embed(3 * (patches - 0.15)) + self.places  # roughly mean 0, variance 1
        if visible is not None and not self.leak:
            x = ops.take_along_axis(x, visible[:, :, None], axis=1)
        for block in self.encoder:
            x = block(x)
        if visible is not None and self.leak:
            x = ops.take_along_axis(x, visible[:, :, None], axis=1)
        return self.norms[0](x)

    def decoder_input(self, patches, visible):
        codes = self.encode(patches, visible)
        return put_back(codes, visible, self.token, COUNT) + self.places

    def call(self, inputs):
        patches, visible = inputs
        x = self.decoder(self.decoder_input(patches, visible))
        return self.draw(self.norms[1](x)) / 3 + 0.15

    def train_step(self, patches):
        noise = keras.random.uniform((ops.shape(patches)[0], COUNT))
        visible, masked = choose_visible(noise, KEEP)
        with tf.GradientTape() as tape:
            loss = masked_loss(self([patches, visible]), patches, masked)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


# %%
how = {"batch_size": 32, "learning_rate": 2e-3}
seeds = range(budget(2, 1))
models = fit_seeds(
    MaskedAutoencoder, train, seeds=seeds, epochs=budget(7, 1), title="masked autoencoder", **how
)

# %%
visible, hidden = map(np.asarray, choose_visible(np.float32(rng.random(test.shape[:2])), KEEP))


def fill(values) -> np.ndarray:
    """Unseen letters whose masked patches come from values (n, 16, 36)."""
    return np.where(hidden[:, :, None] == 1, values, test)


def show_letters(rows: dict, title: str, alt: str, name=None) -> None:
    """Some unseen letters, a row for each entry: label -> patches (n, 16, 36)."""
    rows = {label: pictures_of(patches[some]) for label, patches in rows.items()}
    plots.show(plots.image_rows(rows, title), alt, name)


regrown = fill(predict(models[0], [test, visible]))
shown = fill(np.full_like(test, 0.3))  # masked patches grey
show_letters(
    {"a quarter": shown, "regrown": regrown, "whole letter": test},
    "Unseen letters, regrown from 4 of 16 patches",
    alt="Three rows of ten letters: four visible patches of each, what the network regrows from them, partly blurred, and the whole letters.",
    name="36_masked",
)

# %% [markdown]
# The visible patches are copied from the letter, the others come from the network. Where a quarter leaves several letters
# possible, the network gives a mixture of them: squared error asks for the mean.
#
# ## Judged against four fills
#
# - *Neighbour mean:* a masked patch is as grey as the visible patches around it.
# - *Mean letter:* the mean of the training letters.
# - *Gaussian:* fit mean $\mu$ and covariance $C$ to the training letters. The **conditional mean** of the hidden pixels $h$,
#   given the visible ones $s$, is $\mu_h + C_{hs} (C_{ss} + \lambda I)^{-1} (x_s - \mu_s)$. With the true covariance and $\lambda = 0$, it is the
#   best *linear* fill; $\lambda = 0.01$ was chosen on validation letters.
# - *Ten nearest letters:* the mean of the ten training letters that are nearest in the visible pixels (ten: on validation letters).


# %%
def neighbour_mean(values, masked):
    """Grey values (16, 36): each masked patch takes the mean of the known ones around it."""
    known, grey = 1 - masked.reshape(4, 4), values.mean(axis=1).reshape(4, 4)
    while not known.all():
        sums, counts = (
            sum(np.pad(x, 1)[i : i + 4, j : j + 4] for i in range(3) for j in range(3))
            for x in (grey * known, known)
        )
        new = (known == 0) & (counts > 0)
        grey, known = np.where(new, sums / np.maximum(counts, 1), grey), np.where(new, 1, known)
    return np.repeat(grey.reshape(16, 1), SIZE**2, axis=1)


flat = train.reshape(len(train), -1)
mean, covariance, squares = flat.mean(axis=0), np.cov(flat.T), np.square(train).sum(axis=2)


def gaussian(values, seen):
    """Conditional mean (16, 36) given the patches whose numbers are in seen."""
    s = (seen[:, None] * SIZE**2 + np.arange(SIZE**2)).ravel()
    ridge = covariance[np.ix_(s, s)] + 0.01 * np.eye(len(s))
    gaps = np.linalg.solve(ridge, values.ravel()[s] - mean[s])
    return (mean + covariance[:, s] @ gaps).reshape(COUNT, -1)


def nearest(values, seen):
    """Mean (16, 36) of the ten training letters that are nearest in the patches seen."""
    distances = sum(squares[:, p] - 2 * train[:, p] @ values[p] for p in seen)  # without |values|²
    return train[np.argsort(distances)[:10]].mean(axis=0)


fills = {
    "neighbour mean": [neighbour_mean(x, m) for x, m in zip(test, hidden, strict=True)],
    "mean letter": np.broadcast_to(mean.reshape(COUNT, -1), test.shape),
    "Gaussian": [gaussian(x, s) for x, s in zip(test, visible, strict=True)],
    "ten nearest letters": [nearest(x, s) for x, s in zip(test, visible, strict=True)],
}
errors = Results("fill")
for name, values in fills.items():
    errors.add(name, error=masked_loss(np.float32(values), test, hidden))
for seed, model in enumerate(models):
    copies = predict(model, [test, visible])
    errors.add("masked autoencoder", seed, error=masked_loss(copies, test, hidden))
errors.table()

# %%
rows = {"a quarter": shown} | {name: fill(np.float32(x)) for name, x in fills.items()}
show_letters(
    rows | {"masked autoencoder": regrown, "whole letter": test},
    "Five ways to fill in three quarters of a letter",
    alt="Rows of ten letters: a quarter, five fills and the whole letters. Neighbour means are grey squares, the mean letter a blot, the others resemble letters.",
)

# %% folded="numbers"
of_model, of = errors.mean("masked autoencoder", "error"), lambda name: errors.mean(name, "error")
report("over_neighbour_mean", of_model / of("neighbour mean"), within=(0.3, 0.5))
report("over_mean_letter", of_model / of("mean letter"), within=(0.5, 0.72))
report("over_gaussian", of_model / of("Gaussian"), within=(0.95, 1.15))
report("over_nearest", of_model / of("ten nearest letters"), within=(1.02, 1.4))

# %% [markdown]
# The column *error* is the mean squared error of the masked pixels of unseen letters. The network's error is
# less than half of that of neighbour means. But they are a weak rival: the mean letter, the same for all, beats them. After this short training the network is about as good as the Gaussian, and *behind* the ten nearest letters. They keep all training letters
# and search them for each fill; the network keeps 0.23 million weights.
#
# ## Where does it look?
#
# A masked place has a query like any other. Its attention weights in the decoder say where its values come from.

# %%
inputs = models[0].decoder_input(test, visible)
by_head = np.asarray(models[0].decoder.look(inputs)[1])  # (n, heads, 16, 16)
weights = by_head.mean(axis=1)
places = np.flatnonzero(hidden[some[0]])
rows = weights[some[0], places]
maps = np.stack([1 - hidden[some[0]], *(rows / rows.max(axis=1, keepdims=True))])
plots.show(
    plots.image_grid(maps.reshape(-1, 4, 4), columns=13, titles=["visible", *map(str, places)],
                     title="Attention weights of the 12 masked places of one letter (lightest: the largest)",
                     limits=(0, 1.2)),
    alt="A grid of 4 by 4 squares that marks four visible places, and twelve grids of attention weights. A few places are light in each, some visible, some masked.",
)  # fmt: skip

# %% folded="numbers"
to_visible = (weights * (1 - hidden)[:, None]).sum(axis=2)[hidden == 1].mean()
to_itself = np.einsum("npp->np", weights)[hidden == 1].mean()
report("weight_on_visible_places", to_visible, within=(0.28, 0.48))
report("weight_on_itself", to_itself, within=(0.08, 0.35))

# %% [markdown]
# Even weights would put a quarter on the visible places and a sixteenth on the place itself. On unseen letters both get more. Still, most of the weight
# goes to masked places, which hold no pixels, only positions. So a light square alone does not say that pixels came from there.
#
# ## What is the code good for?
#
# A popular reason for masking is that the code becomes useful. A **linear probe** tests it: a linear classifier reads the
# letter from a frozen code, here with 2 or 10 labelled letters a class, drawn at random five times. All 16 patches are
# shown to the encoder. Its code is either the mean of the 16 tokens or all of them side by side (1,536 numbers).
# The rivals: raw pixels (576 numbers), PCA (96), and the code (96) of a plain dense autoencoder, trained on
# whole letters, and no longer.


# %%
def build_plain() -> keras.Model:
    """A plain autoencoder of flat letters."""
    sizes = [(512, "gelu"), (DIM, None), (512, "gelu"), (COUNT * SIZE**2, None)]
    dense = [layers.Dense(n, activation=kind) for n, kind in sizes]
    return keras.Sequential([keras.Input((COUNT * SIZE**2,)), *dense])


how_plain = {"epochs": budget(10, 1), "loss": "mse", "title": "plain autoencoder"}
plain = fit_seeds(build_plain, flat, flat, seeds=seeds, **how_plain)
few = slice(None, None, budget(9, 1))  # every ninth letter: labelled ones are drawn from these
y_train, y_test = letters.y_train[:: budget(1, 131)][few], letters.y_test[:: budget(1, 7)]
flat_test = test.reshape(len(test), -1)
pca = PCA(min(DIM, len(flat)), random_state=0).fit(flat)
codes = {
    "raw pixels": [(flat[few], flat_test)],
    "PCA": [(pca.transform(flat[few]), pca.transform(flat_test))],
    "plain autoencoder": [
        [predict(keras.Sequential(m.layers[:2]), x) for x in (flat[few], flat_test)] for m in plain
    ],
}
tokens = [[predict(m.encode, x) for x in (train[few], test)] for m in models]
codes["masked, mean of tokens"] = [[x.mean(axis=1) for x in pair] for pair in tokens]
codes["masked, all tokens"] = [[x.reshape(len(x), -1) for x in pair] for pair in tokens]


def probe(code, code_test, n: int, seed: int) -> float:
    """Share of unseen letters read rightly by a probe of n labels a class."""
    draw = np.random.default_rng(seed)
    places = [np.flatnonzero(y_train == label) for label in range(26)]
    rows = np.concatenate([draw.choice(one, min(n, len(one)), replace=False) for one in places])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    return model.fit(code[rows], y_train[rows]).score(code_test, y_test)


probes = Results("code")
for name, pairs in codes.items():
    for draw in range(budget(5, 1)):
        pair = pairs[draw % len(pairs)]  # the models in turn
        columns = {f"{n} a class": probe(*pair, n, draw) for n in (2, 10)}
        probes.add(name, draw, **columns)
probes.table()

# %% folded="numbers"
ten = {name: probes.mean(name, "10 a class") for name in codes}
for name, value in ten.items():
    report("probe_" + name.replace(", ", "_").replace(" ", "_"), value, within=(0.5, 0.9))
report(
    "mean_minus_plain",
    ten["masked, mean of tokens"] - ten["plain autoencoder"],
    within=(-0.25, -0.03),
)
report(
    "all_minus_plain", ten["masked, all tokens"] - ten["plain autoencoder"], within=(-0.06, 0.04)
)
report("all_minus_pixels", ten["masked, all tokens"] - ten["raw pixels"], within=(-0.05, 0.04))

# %% [markdown]
# The claim does not hold here. The mean of the tokens, which is often used, is *worse* than the plain
# autoencoder's code: what stood where is partly lost. All tokens together come close to the plain code and to raw pixels, but have more numbers.
# He et al. trained far larger networks, on 1.3 million photographs, for hundreds of epochs. Our result says nothing about that; theirs says nothing about small data.
#
# ## Break it: two ways to go wrong
#
# 1. *No positions:* leave the position vectors out, in encoder and decoder.
# 2. *Leak:* let the encoder see all 16 tokens, and take the visible codes *after* its blocks.
#
# **Predict first:** does the error rise or fall, and how far? Each starts with the right model's weights and trains
# for one more epoch.

# %%
broken = Results("model")
variants = {"no positions": {"placed": False}, "leak": {"leak": True}}
trained = {"right": models[0]}
for name, options in variants.items():
    set_seed(0)
    trained[name] = MaskedAutoencoder(**options)
    trained[name].set_weights(models[0].get_weights())
    fit(trained[name], train, epochs=1, title=name, **how)

blank = np.where(hidden[:, :, None] == 1, 0, test).astype("float32")
rows = {}
for name, model in trained.items():
    copies, honest = predict(model, [test, visible]), predict(model, [blank, visible])
    error, erased = (masked_loss(x, test, hidden) for x in (copies, honest))
    broken.add(name, error=error, **{"error, masked pixels erased": erased})
    rows |= {name: fill(copies), f"{name}, masked erased": fill(honest)}
broken.table()

# %%
show_letters(
    {label: rows[label] for label in (*trained, "leak, masked erased")},
    "Regrown by the right model and two broken ones",
    alt="Four rows of ten letters. Right: blurred letters. No positions: all masked patches alike. Leak: clearer letters. Leak with the masked pixels erased: dim remains.",
)

# %% folded="numbers"
error_of = lambda name: broken.mean(name, "error")  # noqa: E731
report(
    "no_positions_over_mean_letter",
    error_of("no positions") / of("mean letter"),
    within=(0.95, 1.6),
)
report("leak_over_right", error_of("leak") / error_of("right"), within=(0.55, 0.85))
erased = broken.mean("leak", "error, masked pixels erased")
report("leak_erased_over_right", erased / error_of("right"), within=(1.2, 20))
same = broken.mean("right", "error, masked pixels erased") / error_of("right")
report("right_erased_over_right", same, within=(0.999, 1.001))

# %% [markdown]
# Without positions all masked places are the same to the decoder: it gives all of them the same patch, and is worse than the
# mean letter. With the leak the error falls by about a quarter (the right model's stays where it is in such an epoch). It looks like success. The last column, and the last row of letters, show the cause: here the masked pixels are *erased* before the
# network gets the picture. An honest network does not notice. The leaking one fails, because it had carried the hidden
# pixels in the visible codes. The repair is to take the visible tokens *before* the first block. The test of the last column finds such a leak in any model that is given the masked pixels.
#
# ### Written question
#
# A classmate reports: "My masked autoencoder has a loss of 0.005 at 75 % masked, a tenth of the Gaussian's error. I average the loss over all 16
# patches, and I set masked patches to zero after the first block." Name two reasons why the number cannot be compared, say how to
# test each, and which baselines should stand beside it. (4 to 6 sentences.)

# %% [markdown] answer="masked_claims" points=3
# **Model answer.** The loss includes the visible patches, which can be copied, so it is smaller than the error of
# the masked ones; compute the mean over masked patches only, for model and baselines alike. The patches are hidden only after the first block,
# whose attention has already mixed their pixels into the visible tokens: the mask leaks. To test it, erase or replace the masked pixels of the input: if the
# output changes, they were seen. Repair: take the visible tokens before the first block. Beside it should stand the mean letter, the conditional mean of a Gaussian
# and the mean of nearest training letters, on the same masks of letters from unseen families.
#
# **Rubric.** 1 point: visible patches in the loss, and the remedy. 1 point: the leak, its cause and a test. 1 point: at least two fair baselines on the same masks.

# %% [markdown]
# ## Summary
#
# 1. A transformer works on tokens; attention averages values with weights $\mathrm{softmax}(QK^\top/\sqrt d)$.
# 2. Attention knows no places: position vectors tell them.
# 3. A masked autoencoder encodes visible patches only, and its loss counts masked ones only.
# 4. At three quarters masked it beat neighbour means by far and was about level with the best linear fill; the ten nearest letters were better.
# 5. At this size its code was no better for reading letters than a plain autoencoder's. A leak gives small errors: erase the hidden pixels to find it.
#
# ## References
#
# - A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser, I. Polosukhin (2017). Attention is all you need. *NeurIPS*.
# - A. Dosovitskiy et al. (2021). An image is worth 16x16 words: transformers for image recognition at scale. *ICLR*.
# - K. He, X. Chen, S. Xie, Y. Li, P. Dollár, R. Girshick (2022). Masked autoencoders are scalable vision learners. *CVPR*.
