# ---
# title: Discrete codes
# question: Can a grid of sixteen whole numbers hold a picture, and can we draw new pictures by drawing numbers?
# picture: Twenty pixel characters that nobody drew, each decoded from a sampled grid of sixteen numbers
# seconds: 80
# goals:
#   - code vectors by the nearest entry of a codebook
#   - send a gradient past a step that has none
#   - compare a VQ-VAE with k-means patch coding at equal bits, with one codebook and with sixteen
#   - measure codebook collapse by perplexity, and repair it
#   - learn a prior over codes and sample new pictures from it
# terms:
#   codebook: a table of k vectors; the number of a row is a code
#   vector quantisation: replacing a vector by the nearest row of a codebook
#   VQ-VAE: an autoencoder whose latent vectors are quantised with a learned codebook
#   straight-through estimator: using the gradient of a step's output as the gradient of its input
#   codebook loss: the squared distance that moves the codebook's rows to the encoder's vectors
#   commitment loss: the squared distance that moves the encoder's vectors to the codebook's rows
#   perplexity: the exponential of the entropy in nats; k codes used equally often have perplexity k
#   codebook collapse: only few codes of a codebook are used
#   dead code: a code that no vector is assigned to
#   autoregressive model: a model that predicts each entry of a sequence from the entries before it
#   causal mask: a table that says which entries a prediction may look at, namely the earlier ones
# ---

# %% folded="imports"
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.cluster import KMeans

from course_utils import plots
from course_utils.checks import discrete
from course_utils.data import load_characters
from course_utils.report import Results, report
from course_utils.training import budget, fit, set_seed

# %% [markdown]
# ## A picture as sixteen whole numbers
#
# Nobody drew the characters above (16 × 16 pixels). A small network drew sixteen whole numbers
# from 0 to 63 for each, and a decoder turned them into a picture. You will build its parts.
#
# Whole numbers can be stored, counted, and predicted like the words of a sentence. We begin with a way to get them that needs no network.
#
# Cut a picture into 16 patches of 4 × 4 pixels. Each patch is a vector of $4 \cdot 4 \cdot 3 = 48$
# numbers. A **codebook** is a table of $k$ vectors, here $k = 64$. Replace each patch by the nearest
# row of the codebook, and keep only the row's number, its *code*. This is **vector quantisation**. One
# code takes $\log_2 64 = 6$ bits, so a picture takes $16 \cdot 6 = 96$ bits. The rows are found by
# k-means.
#
# ### Exercise 1: the nearest code
#
# Nearest means the smallest squared distance $\sum_j (v_j - b_j)^2$ between a vector $v$ and a row $b$ of
# the codebook. Training will compile your function for batches of any size, so use `keras.ops`.
#
# <details><summary>Hint: all distances at once</summary>
#
# `vectors[:, None, :] - codebook[None, :, :]` has the shape (n, k, d).
# </details>


# %% exercise="nearest_code"
def nearest_code(vectors, codebook):
    """The number of the nearest row of the codebook, for each vector.

    Args:
        vectors: tensor (n, d).
        codebook: tensor (k, d).

    Returns:
        integer tensor (n,) with entries from 0 to k - 1.
    """
    ### BEGIN SOLUTION
    differences = vectors[:, None, :] - codebook[None, :, :]
    distances = ops.sum(ops.square(differences), axis=2)
    return ops.argmin(distances, axis=1)
    ### END SOLUTION


# %% check="nearest_code" points=2
discrete.check_nearest(nearest_code, n=40, k=7, d=3)
### BEGIN HIDDEN TESTS
discrete.check_nearest(nearest_code, n=1, k=7, d=1)
discrete.check_nearest(nearest_code, n=6, k=6, d=6)
discrete.check_nearest(nearest_code, n=300, k=90, d=70)
discrete.check_nearest(nearest_code, n=4, k=1, d=2)
### END HIDDEN TESTS

# %% [markdown]
# We fit on the 2,400 pictures of `x_train` and measure on the 300 of `x_test`. (Another 300, `x_val`, were used
# to choose the settings below.) The k-means codebook is fitted to all training patches.

# %%
K = 64  # codes in a codebook
characters = load_characters("pixel-art", 16, n=budget(3000, 200))
x_train, x_test = characters.x_train, characters.x_test


def to_patches(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, 16, 16, 3) as patches (16 n, 48), row by row."""
    cut = pictures.reshape(-1, 4, 4, 4, 4, 3)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(-1, 48)


def from_patches(patches: np.ndarray) -> np.ndarray:
    """The pictures (n, 16, 16, 3) that consist of patches (16 n, 48)."""
    grid = patches.reshape(-1, 4, 4, 4, 4, 3)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(-1, 16, 16, 3).clip(0, 1)


def mean_error(copies: np.ndarray) -> float:
    """Mean squared difference to the unseen pictures, per pixel and colour."""
    return float(np.mean((copies - x_test) ** 2))


k_means = KMeans(K, n_init=budget(3, 1), random_state=0).fit(to_patches(x_train))
patch_book = k_means.cluster_centers_.astype("float32")
patch_codes = np.asarray(nearest_code(to_patches(x_test), patch_book))
patch_copies = from_patches(patch_book[patch_codes])
print("codes of the first picture:", *patch_codes[:16].reshape(4, 4), sep="\n")
plots.show(
    plots.image_rows(
        {"unseen pictures": x_test[:10], "k-means": patch_copies[:10]},
        "Each copy is a grid of 4 × 4 codes",
    ),
    alt="Two rows of ten characters: unseen pictures, and copies made of 16 patches each, with grey backgrounds, "
    "ragged hair, lost eyes and clothes of another colour.",
)

# %% [markdown]
# Equal numbers are equal patches. Many copies can be recognised, but backgrounds turn grey, and eyes, clothes and glasses suffer. The codebook knows nothing of faces.
#
# ## Quantise the latent vectors instead
#
# A **VQ-VAE** (van den Oord et al. 2017) puts vector quantisation inside an autoencoder. The encoder makes
# 16 latent vectors $z$ of 8 numbers each. Each is replaced by the nearest row $e$ of a learned codebook, and
# the decoder sees only these rows. Again a picture takes 16 codes of 6 bits: 96 bits.
#
# Training has two difficulties.
#
# **The gradient.** The nearest code does not change when $z$ changes a little, so the gradient by $z$ is zero. The **straight-through estimator** acts as if the step from $z$ to $e$ were not there: the decoder's input *has the value* $e$, and its gradient goes to $z$ unchanged.
# With $z = 1.2$ and $e = 1$, the value is 1, and the gradient by $z$ is 1, as if it were $z$ itself. Write $\mathrm{sg}(\cdot)$, "stop
# gradient", for a value that is treated as a constant (`ops.stop_gradient`). Then
#
# $$\text{decoder input} = z + \mathrm{sg}(e - z) .$$
#
# **The codebook.** No gradient of the picture's error reaches the codebook. Two more losses bring
# $e$ and $z$ together, each by moving one of the two:
#
# $$\text{codebook loss} = \mathrm{mean}\,(\mathrm{sg}(z) - e)^2 , \qquad
# \text{commitment loss} = \mathrm{mean}\,(z - \mathrm{sg}(e))^2 .$$
#
# The **codebook loss** moves $e$ to $z$; the **commitment loss** moves $z$ to $e$. Their *values* are
# the same; their *gradients* are not. The mean is over all entries.
#
# ### Exercise 2: three terms and their gradients
#
# <details><summary>Hint: which side is stopped?</summary>
#
# The side that should stay where it is.
# </details>


# %% exercise="vq_terms"
def vq_terms(z, e):
    """What the decoder gets, and the two losses of a VQ-VAE.

    Args:
        z: the encoder's vectors, tensor (n, ..., d).
        e: the nearest rows of the codebook, a tensor of the same shape.

    Returns:
        the decoder's input, with the value e and the gradient of z, a tensor like z;
        the codebook loss, one number, with a gradient by e only;
        the commitment loss, one number, with a gradient by z only.
    """
    ### BEGIN SOLUTION
    fixed_z, fixed_e = ops.stop_gradient(z), ops.stop_gradient(e)
    decoder_input = z + ops.stop_gradient(e - z)
    codebook_loss = ops.mean(ops.square(fixed_z - e))
    commitment_loss = ops.mean(ops.square(z - fixed_e))
    return decoder_input, codebook_loss, commitment_loss
    ### END SOLUTION


# %% check="vq_terms" points=3
discrete.check_terms(vq_terms, shape=(3, 5))
### BEGIN HIDDEN TESTS
discrete.check_terms(vq_terms, shape=(1, 4))
discrete.check_terms(vq_terms, shape=(2, 4, 4, 8))
discrete.check_terms(vq_terms, shape=(70, 3, 20))
### END HIDDEN TESTS

# %% [markdown]
# ## The model
#
# The loss is the squared error of the picture, divided by 0.02, plus the codebook loss, plus a quarter of the commitment loss, as in
# the paper. (Dividing by 0.005 or 0.08 raised the validation error by 4 to 9 %, with two seeds.) While `quantised` is `False`, the model is a
# plain autoencoder, and the codebook is not trained.
#
# The encoder sees one patch at a time. `EinsumDense` with `"nif,ifh->nih"` (n pictures, i places, f numbers in, h numbers out) is a
# dense layer with weights of its own for each of the 16 places. `BatchNormalization` then gives each of the $16 \cdot 8$ numbers mean 0 and variance 1 over the pictures, so
# that all places can share one codebook. The decoder sees all 16 vectors at once.


# %%
class VQVAE(keras.Model):
    """A VQ-VAE for pictures (n, 16, 16, 3), with 16 codes for each."""

    def __init__(self, dim=8):
        super().__init__()
        self.encoder = keras.Sequential([
            keras.Input((16, 16, 3)),
            layers.Reshape((4, 4, 4, 12)),
            layers.Permute((1, 3, 2, 4)),
            layers.Reshape((16, 48)),  # the 16 patches
            layers.EinsumDense("nif,ifh->nih", (16, 64), bias_axes="ih", activation="gelu"),
            layers.EinsumDense("nif,ifh->nih", (16, dim), bias_axes="ih"),
            layers.Flatten(),
            layers.BatchNormalization(center=False, scale=False, momentum=0.9),
            layers.Reshape((16, dim)),
        ])  # fmt: skip
        self.decoder = keras.Sequential([
            keras.Input((16, dim)),
            layers.EinsumDense("nif,ifh->nih", (16, 32), bias_axes="ih", activation="gelu"),
            layers.Flatten(),
            layers.Dense(384, activation="gelu"),
            layers.Dense(768),
            layers.Reshape((16, 16, 3)),
        ])  # fmt: skip
        self.codebook = self.add_weight(shape=(K, dim), initializer="random_normal")
        self.quantised = False

    def codes(self, z):
        """The codes (n, 16) of the encoder's vectors z (n, 16, dim)."""
        rows = ops.reshape(z, (-1, z.shape[-1]))
        return ops.reshape(nearest_code(rows, ops.convert_to_tensor(self.codebook)), (-1, 16))

    def look_up(self, codes):
        """The codebook's rows (n, 16, dim) of codes (n, 16)."""
        return ops.take(self.codebook, codes, axis=0)

    def train_step(self, x):
        """One step of the optimizer on pictures x."""
        with tf.GradientTape() as tape:
            z = self.encoder(x, training=True)
            e = self.look_up(self.codes(z))
            decoder_input, codebook_loss, commitment_loss = vq_terms(z, e)
            copies = self.decoder(decoder_input if self.quantised else z)
            error = ops.mean(ops.square(copies - x))
            loss = error / 0.02
            if self.quantised:
                loss = loss + codebook_loss + 0.25 * commitment_loss
        variables = self.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(
            (g, v) for g, v in zip(gradients, variables, strict=True) if g is not None
        )
        return {"loss": loss, "error": error}


# %% [markdown]
# The start can matter, as *Break it* will show. So we train a plain autoencoder for a few epochs, put
# the centres of k-means on its latent vectors into the codebook, and only then quantise. Each run is
# made from two random seeds.


# %%
batches = tf.data.Dataset.from_tensor_slices(x_train).shuffle(2400).batch(64)


def latent_vectors(model: VQVAE, pictures: np.ndarray) -> np.ndarray:
    """The encoder's vectors of pictures (n, 16, 16, 3), as rows (16 n, dim)."""
    return np.asarray(model.encoder(pictures)).reshape(16 * len(pictures), -1)


def start_from_k_means(model: VQVAE, seed: int) -> None:
    """Put the centres of k-means on latent vectors into the codebook."""
    fitted = KMeans(K, n_init=1, random_state=seed).fit(latent_vectors(model, x_train[:600]))
    model.codebook.assign(fitted.cluster_centers_)


def train(model: VQVAE, epochs: int, title: str, quantised=True, callbacks=()) -> None:
    """Train with or without quantisation."""
    model.quantised = quantised
    fit(model, batches, epochs=epochs, learning_rate=4e-3, title=title, callbacks=callbacks)


models, plain_weights = [], []
for seed in range(budget(2, 1)):
    set_seed(seed)
    model = VQVAE()
    train(model, budget(5, 1), f"plain autoencoder, seed {seed}", quantised=False)
    plain_weights.append(model.get_weights())
    start_from_k_means(model, seed)
    train(model, budget(20, 1), f"VQ-VAE, seed {seed}")
    models.append(model)


# %%
def copy(model: VQVAE, pictures: np.ndarray) -> np.ndarray:
    """Pictures, coded and decoded."""
    codes = model.codes(model.encoder(pictures))
    return np.clip(model.decoder(model.look_up(codes)), 0, 1)


place_copies = np.empty((len(x_test), 16, 48), "float32")
for place in range(16):  # a codebook of 64 rows for each place
    seen, unseen = (to_patches(x).reshape(-1, 16, 48)[:, place] for x in (x_train, x_test))
    fitted = KMeans(K, n_init=1, random_state=0).fit(seen)
    place_copies[:, place] = fitted.cluster_centers_[fitted.predict(unseen)]

rows = {
    "unseen pictures": x_test[:10],
    "VQ-VAE": copy(models[0], x_test[:10]),
    "k-means, one codebook": patch_copies[:10],
    "k-means, 16 codebooks": from_patches(place_copies)[:10],
}
plots.show(
    plots.image_rows(rows, "Copies of unseen pictures, 96 bits each"),
    alt="Four rows of ten characters: unseen pictures; close copies of the VQ-VAE; copies of k-means with one codebook, with grey "
    "backgrounds and ragged hair; copies of k-means with sixteen codebooks, about as close as those of the VQ-VAE.",
)

errors = Results()
errors.add("k-means, one codebook, 96 bits", error=mean_error(patch_copies))
errors.add("k-means, 16 codebooks, 96 bits", error=mean_error(from_patches(place_copies)))
for seed, model in enumerate(models):
    errors.add("VQ-VAE, 96 bits", seed, error=mean_error(copy(model, x_test)))
errors.table()

# %% folded="numbers"
of_models = errors.values("VQ-VAE, 96 bits", "error")
of_patches = errors.mean("k-means, one codebook, 96 bits", "error")
report("k_means_error", of_patches, within=(0.0135, 0.0165))
of_places = errors.mean("k-means, 16 codebooks, 96 bits", "error")
report("k_means_16_codebooks_error", of_places, within=(0.004, 0.0056))
report("vq_vae_over_16_codebooks", of_models.mean() / of_places, within=(0.75, 1.2))
report("vq_vae_over_k_means_mean", of_models.mean() / of_patches, within=(0.24, 0.4))
report("vq_vae_over_k_means_worst", of_models.max() / of_patches, within=(0.24, 0.4))

# %% [markdown]
# The column *error* is the mean squared error on unseen pictures. At the same 96 bits the VQ-VAE's error is
# about three tenths of that of k-means with one codebook. (Codebooks and decoder are stored once for all pictures and not counted.)
#
# Is it the network? The characters all stand in the same place, and the VQ-VAE has weights for each place. So the second row gives k-means a codebook of 64 rows for *each* of the 16 places, again 96 bits. Its error is close to that of the VQ-VAE, which has a single codebook. So most of what separates the first row from the last can be had by knowing the place, without a network.
#
# ## How many codes are in use?
#
# Let $p_i$ be the share of code $i$ among all codes of many pictures. Their entropy is $H = -\sum_i p_i \ln p_i$
# nats (the unit of the natural logarithm), where a code with $p_i = 0$ adds nothing. The **perplexity** is $\exp H$. If $k$ codes are used equally often, it is $k$. It can be read as an effective number of codes. With the logarithm to the base 2, $H$ is in bits and the perplexity is $2^H$: the same number.
#
# ### Exercise 3: perplexity
#
# <details><summary>Hint: counting</summary>
#
# `np.bincount` counts whole numbers of a flat array.
# </details>


# %% exercise="perplexity"
def perplexity(codes: np.ndarray) -> float:
    """Perplexity of use of codes.

    Args:
        codes: integers of any shape, 0 or larger, at least one.

    Returns:
        the exponential of the entropy in nats of the codes' shares.
    """
    ### BEGIN SOLUTION
    counts = np.bincount(np.ravel(codes))
    used = counts[counts > 0]
    shares = used / used.sum()
    entropy = -np.sum(shares * np.log(shares))
    return float(np.exp(entropy))
    ### END SOLUTION


# %% check="perplexity" points=2
discrete.check_perplexity(perplexity, [[0, 0, 1, 0, 5, 5], [3, 3, 5, 0, 0, 7]])
discrete.check_perplexity(perplexity, [2, 2, 2])
### BEGIN HIDDEN TESTS
discrete.check_perplexity(perplexity, [7])
discrete.check_perplexity(perplexity, np.arange(24).reshape(2, 3, 4))
discrete.check_perplexity(perplexity, np.random.default_rng(0).geometric(0.02, (90, 16)))
### END HIDDEN TESTS

# %%
test_codes = np.asarray(models[0].codes(models[0].encoder(x_test)))
print(f"k-means: {perplexity(patch_codes):.1f}, VQ-VAE: {perplexity(test_codes):.1f} of {K}")

# %% folded="numbers"
report("perplexity_k_means", perplexity(patch_codes), within=(47, 57))
report("perplexity_vq_vae", perplexity(test_codes), within=(42, 60))

# %% [markdown]
# ## Break it: a codebook that starts anywhere
#
# Leave the k-means start out. The codebook starts with random numbers of standard deviation 0.05, that of Keras's `random_normal`, around the mean 0, or
# around 3. The numbers of the latent vectors have mean 0 and standard deviation 1. **Predict first:** how many of the 64 codes will be in use after
# training, from each?
#
# A row that is nearest to no vector gets no gradient, so it stays where it is: a **dead code**. If few codes are left,
# this is **codebook collapse**. A repair is to *restart* dead codes: put each at a random latent
# vector.
#
# ### Exercise 4: restart dead codes
#
# <details><summary>Hint: different rows</summary>
#
# `rng.choice(..., replace=False)` with `rng = np.random.default_rng(seed)`. For the dead codes, `np.setdiff1d` or `np.bincount(..., minlength=...)`.
# </details>


# %% exercise="restart_dead_codes"
def restart_dead_codes(codebook: np.ndarray, codes: np.ndarray, vectors: np.ndarray, seed: int):
    """A codebook whose dead codes are put at random vectors.

    Args:
        codebook: array (k, d).
        codes: integers (n,), the codes of the vectors.
        vectors: array (n, d) of latent vectors, with n at least k.
        seed: random seed; another seed picks other vectors.

    Returns:
        array (k, d). Rows whose number occurs in `codes` are as before. Each other row is a row of
        `vectors`, drawn at random from all of them, none twice.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    dead = np.setdiff1d(np.arange(len(codebook)), codes)
    chosen = rng.choice(len(vectors), size=len(dead), replace=False)
    restarted = codebook.copy()
    restarted[dead] = vectors[chosen]
    return restarted
    ### END SOLUTION


# %% check="restart_dead_codes" points=2
discrete.check_restart(restart_dead_codes, k=6, d=2, n=7, used=[1, 3])
### BEGIN HIDDEN TESTS
discrete.check_restart(restart_dead_codes, k=4, d=3, n=9, used=[0, 1, 2, 3])
discrete.check_restart(restart_dead_codes, k=6, d=6, n=6, used=[5])
discrete.check_restart(restart_dead_codes, k=5, d=3, n=9, used=[0, 4])
discrete.check_restart(restart_dead_codes, k=90, d=9, n=400, used=[0, 7, 80])
### END HIDDEN TESTS

# %% [markdown]
# Three starts with the same plain autoencoders: around 0, around 3, and around 3 with restarts before each epoch.


# %%
class Restarts(keras.callbacks.Callback):
    """Restart dead codes before each epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        book = np.asarray(self.model.codebook)
        vectors = latent_vectors(self.model, x_train[:300])
        codes = np.asarray(nearest_code(vectors, book))
        self.model.codebook.assign(restart_dead_codes(book, codes, vectors, seed=epoch))


starts = Results()
for name, middle in {"around 0": 0.0, "around 3": 3.0, "around 3, with restarts": 3.0}.items():
    for seed, weights in enumerate(plain_weights):
        set_seed(seed)
        model = VQVAE()
        model.set_weights(weights)
        model.codebook.assign(np.random.default_rng(seed).normal(middle, 0.05, size=(K, 8)))
        restarts = [Restarts()] if "restarts" in name else []
        train(model, budget(8, 1), f"{name}, seed {seed}", callbacks=restarts)
        codes = np.asarray(model.codes(model.encoder(x_test)))
        found = {"codes in use": len(np.unique(codes)), "perplexity": perplexity(codes)}
        starts.add(name, seed, **found, error=mean_error(copy(model, x_test)))
starts.table()

# %% folded="numbers"
report("around_0_least_in_use", starts.values("around 0", "codes in use").min(), within=(50, 64))
report("around_3_most_in_use", starts.values("around 3", "codes in use").max(), within=(1, 16))
repaired = "around 3, with restarts"
report("restarts_least_in_use", starts.values(repaired, "codes in use").min(), within=(52, 64))
gain = starts.mean("around 3", "error") / starts.mean(repaired, "error")
report("around_3_error_over_restarts", gain, within=(1.5, 6))

# %% [markdown]
# *codes in use* counts the codes that occur in the unseen pictures. Around 0, the rows lie in the middle of the vectors; each finds vectors of its own, and there is no collapse. Around 3, the few rows nearest to the vectors take them all; the others get no gradient and stay dead. With restarts nearly all codes are in use, and the error falls. So it is not small random numbers that make a codebook collapse here, but rows that lie off the vectors.
#
# ## A prior over grids
#
# To draw a new picture we need sixteen numbers that go together. Read a grid row by row as a sequence
# $c_1, \dots, c_{16}$. An **autoregressive model** gives its probability as a product:
#
# $$p(c_1, \dots, c_{16}) = \prod_{i=1}^{16} p(c_i \mid c_1, \dots, c_{i-1}) .$$
#
# One network gives all 16 factors at once. The **causal mask** says what each may look at.
#
# ### Exercise 5: the causal mask
#
# <details><summary>Hint</summary>
#
# The first prediction sees nothing, the last one sees all codes but the last.
# </details>


# %% exercise="causal_mask"
def causal_mask(length: int) -> np.ndarray:
    """Which codes each prediction may look at.

    Args:
        length: number of codes in a sequence, at least 1.

    Returns:
        float32 array (length, length): entry [i, j] is 1 if the prediction of code i may look at code
        j, that is if j comes before i, and 0 otherwise.
    """
    ### BEGIN SOLUTION
    places = np.arange(length)
    earlier = places[None, :] < places[:, None]
    return earlier.astype("float32")
    ### END SOLUTION


# %% check="causal_mask" points=1
discrete.check_mask(causal_mask, length=4)
### BEGIN HIDDEN TESTS
discrete.check_mask(causal_mask, length=1)
discrete.check_mask(causal_mask, length=16)
discrete.check_mask(causal_mask, length=30)
### END HIDDEN TESTS

# %% [markdown]
# In the network below, each code becomes a vector of 16 numbers, and the mask sets to zero what a prediction may
# not see: `visible[n, i, j]` is the vector of code j as prediction i sees it. In the first layer each of the 16 predictions has weights of its own. The loss is the mean of $-\ln p(c_i \mid c_1, \dots, c_{i-1})$.


# %%
def build_prior() -> keras.Model:
    """Codes (n, 16) -> logits (n, 16, K) of each code, given the codes before it."""
    codes = keras.Input((16,), dtype="int32")
    vectors = layers.Embedding(K, 16)(codes)
    visible = vectors[:, None, :, :] * causal_mask(16)[None, :, :, None]
    x = layers.Reshape((16, 256))(visible)
    x = layers.EinsumDense("nif,ifh->nih", output_shape=(16, 128), bias_axes="ih")(x)
    x = layers.Dropout(0.3)(layers.Activation("gelu")(x))
    return keras.Model(codes, layers.Dense(K)(x))


def sequences(pictures: np.ndarray) -> np.ndarray:
    """The codes (n, 16) that the first VQ-VAE gives pictures."""
    return np.asarray(models[0].codes(models[0].encoder(pictures)))


set_seed(0)
prior = build_prior()
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
history = fit(
    prior,
    sequences(x_train),
    sequences(x_train),
    epochs=budget(20, 1),
    learning_rate=3e-3,
    loss=cross_entropy,
    title="prior",
)

# %% [markdown]
# ### Exercise 6: sample the prior
#
# Start with grids of zeros. For each place from first to last, ask the network for its logits there, draw a code from
# their softmax $\exp a_c / \sum_{c'} \exp a_{c'}$, where $a_c$ is the logit of code $c$, and write it into the grid.
#
# <details><summary>Hint: drawing by logits</summary>
#
# `rng.choice(k, p=...)` draws one code; or add `rng.gumbel(size=...)` to the logits and take the argmax.
# </details>


# %% exercise="sample_prior"
def sample_prior(predict, n: int, length: int, seed: int) -> np.ndarray:
    """Sample sequences of codes, one code after the other.

    Args:
        predict: function of integer codes (n, length), gives logits, an array (n, length, k); those
            at place i depend only on the codes before i.
        n: number of sequences, at least 1.
        length: number of codes in each.
        seed: random seed; the same seed gives the same codes, another seed others.

    Returns:
        integer array (n, length).
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    codes = np.zeros((n, length), dtype="int32")
    for place in range(length):
        logits = np.asarray(predict(codes))[:, place]
        noise = rng.gumbel(size=logits.shape)
        scores = logits + noise
        codes[:, place] = np.argmax(scores, axis=1)
    return codes
    ### END SOLUTION


# %% check="sample_prior" points=3
discrete.check_sample(sample_prior, length=4, k=3)
discrete.check_sample(sample_prior, length=2, k=64)
### BEGIN HIDDEN TESTS
discrete.check_sample(sample_prior, length=1, k=5)
discrete.check_sample(sample_prior, length=20, k=4)
discrete.check_sample(sample_prior, length=5, k=70)
### END HIDDEN TESTS


# %%
def draw(codes: np.ndarray) -> np.ndarray:
    """The pictures that the first VQ-VAE decodes from codes (n, 16)."""
    model = models[0]
    return np.clip(model.decoder(model.look_up(codes)), 0, 1)


new_codes = sample_prior(prior, budget(500, 50), 16, seed=1)
plots.show(
    plots.image_grid(draw(new_codes[:20]), columns=10, title="Drawn from sampled grids of numbers"),
    alt="Twenty pixel characters in two rows, decoded from sampled grids of codes: faces with hair, "
    "eyes and clothes, some a little blurred.",
    name="34_discrete",
)
print(new_codes[0].reshape(4, 4), "is the first character")

# %% [markdown]
# ## Judged in bits
#
# A prior that gives an unseen grid the probability $p$ can store it in about $-\log_2 p$ bits. The baseline
# takes each place by itself: the code's share at that place in the training grids (one is added to each count). The best prior needs the entropy of grids. A picture here is made from nine factors, drawn independently (glasses, hair, colours and so on), and a grid is computed from the picture. So this entropy is *at most* that of the factors.

# %%
train_grids, test_grids = sequences(x_train), sequences(x_test)
counts = np.stack([np.bincount(column, minlength=K) for column in train_grids.T]) + 1
shares = counts / counts.sum(axis=1, keepdims=True)
independent_bits = -np.log2(shares[np.arange(16), test_grids]).sum(axis=1).mean()
prior_bits = 16 * float(cross_entropy(test_grids, prior(test_grids))) / np.log(2)
sizes = characters.factors_train.nunique()  # how many values each factor has, all alike but:
glasses = np.array([0.7, 0.3])  # none in seven of ten, else one of the others
factor_bits = np.log2(sizes.drop("glasses")).sum() - glasses @ np.log2(glasses)
factor_bits += 0.3 * np.log2(sizes["glasses"] - 1)
bits = Results()
bits.add("fixed length", bits_per_picture=96)
bits.add("each place by itself", bits_per_picture=independent_bits)
bits.add("autoregressive prior", bits_per_picture=prior_bits)
bits.add("entropy of the factors", bits_per_picture=factor_bits)
bits.table()

# %%
shuffled = np.stack([np.random.default_rng(i).choice(K, 10, p=p) for i, p in enumerate(shares)]).T
rows = {"each place by itself": draw(shuffled), "autoregressive prior": draw(new_codes[20:30])}
plots.show(
    plots.image_rows(rows, "Samples of the two priors"),
    alt="Two rows of ten decoded grids. Above, with places drawn by themselves, faces with mixed colours; below, "
    "from the autoregressive prior, cleaner characters.",
)


def codes_that_differ(grids: np.ndarray) -> float:
    """In how many of 16 codes a grid differs from the nearest training grid, median of grids."""
    equal = (grids[:, None, :] == train_grids[None, :, :]).sum(axis=2)
    return float(np.median(16 - equal.max(axis=1)))


print(f"samples: {codes_that_differ(new_codes):.0f}, unseen: {codes_that_differ(test_grids):.0f}")

# %% folded="numbers"
report("independent_bits", independent_bits, within=(54, 72))
report("prior_bits", prior_bits, within=(33, 48))
report("prior_over_independent", prior_bits / independent_bits, within=(0.5, 0.72))
report("factor_bits", factor_bits, within=(29.8, 30))
report("sampled_codes_that_differ", codes_that_differ(new_codes), within=(4, 8))
report("unseen_codes_that_differ", codes_that_differ(test_grids), within=(4, 8))

# %% [markdown]
# The table's column is the mean length of the unseen grids, in bits. The codes used at one place are far from equally frequent, so about 60 bits do instead
# of 96. Looking at earlier codes brings them to about 37. The best prior needs at most 29.9: ours spends at least six bits too many, as it had to learn from 2,400 grids how the pictures are made.
#
# In the upper row of the figure neighbouring patches often disagree: glasses that are half there, hair of two colours. In the lower row they do so less
# often. Are the samples copies? The grid of training that is nearest to a sample differs from it in about as many codes as the one that is nearest to an *unseen* grid.
#
# ### Written question
#
# A classmate trains a VQ-VAE with 4 × 4 codes from a codebook of 512 rows. The perplexity of use is 8. "Each picture
# takes $16 \cdot 9 = 144$ bits, and my error is a tenth below that of k-means with 64 codes. So quantising latent
# vectors is better than quantising patches." How many bits do the codes of a picture carry at most, judging by the
# perplexity? What has happened to the codebook, and how is it repaired? Are the two methods compared at equal bits? (4 to 6 sentences.)

# %% [markdown] answer="perplexity_and_bits" points=3
# **Model answer.** The perplexity is the exponential of the entropy, so a perplexity of 8 is an entropy of
# $\ln 8 = 2.08$ nats, or $\log_2 8 = 3$ bits a code. Sixteen codes then carry at most $16 \cdot 3 = 48$ bits, because
# dependence between places can only lower this. The codebook has collapsed: most of the 512 rows are dead, they are
# nearest to no vector and get no gradient. Restarting them at random latent vectors, or starting the codebook from k-means
# on latent vectors, repairs it. The comparison sets 144 bits of fixed length against 96; both methods should get
# the same number of bits, be measured on the same unseen pictures, and from several seeds. (By the entropy it is at most 48 bits
# against at most 96: unequal as well, the other way round.)
#
# **Rubric.** 1 point: 3 bits a code, at most 48 bits a picture. 1 point: collapse, dead codes without gradient, and
# one repair. 1 point: the bits of the two methods are not equal; a fair comparison has equal bits and unseen pictures.

# %% [markdown]
# ## Summary
#
# 1. Vector quantisation keeps the number of the nearest row of a codebook; 16 codes of 6 bits hold a picture.
# 2. The straight-through estimator passes the gradient by; codebook loss and commitment loss have one value and two gradients.
# 3. At equal bits, the VQ-VAE's error was about three tenths of that of k-means with one codebook, and about that of k-means with a
#    codebook for each place.
# 4. Perplexity shows codebook collapse; restarts repair it, a k-means start prevents it.
# 5. A prior that looks at earlier codes only, sampled code by code, draws new pictures.
#
# ## References
#
# - A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu (2016). Pixel recurrent neural networks. *ICML*.
# - A. van den Oord, O. Vinyals, K. Kavukcuoglu (2017). Neural discrete representation learning. *NeurIPS*.
# - A. Razavi, A. van den Oord, O. Vinyals (2019). Generating diverse high-fidelity images with VQ-VAE-2.
#   *NeurIPS*.
