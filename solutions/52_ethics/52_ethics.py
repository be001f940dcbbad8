# ---
# title: Deepfakes, memory, consent
# question: Can anyone tell what a generator made, whom it remembers, and whom it forgets?
# picture: Four rows of generated 16 × 16 characters, each with a detector's probability that it is fake; it is sure of its own GAN's and blind to blurred ones
# seconds: 105
# goals:
#   - measure a detector of generated pictures by AUC, on its own generator and on the next
#   - read the fingerprint that a generator leaves in the radial spectrum
#   - hide a watermark, sign a picture, and find out what destroys each
#   - attack a model's memory with an honest threshold, and audit its groups with intervals
# terms:
#   deepfake: a generated picture, film or voice that passes for a recording of something real
#   radial spectrum: the mean power of the Fourier transform over all frequencies of one length
#   watermark: a weak pattern in the pixels, known to those who search for it, that carries some bits
#   bit error rate: the share of a message's bits that are read wrongly; one half is chance
#   provenance: a record of where a picture comes from and what was done to it
#   digital signature: a number that only the holder of a private key can make of some bytes, and that everyone can check with the public key
#   content credentials: signed provenance inside a picture's file, in the C2PA standard's form
#   membership inference: finding out whether a given picture was among a model's training pictures
#   calibration set: data on which a threshold is chosen, and nothing else is measured
#   Wilson interval: an interval for a share that stays within 0 and 1 and holds near both ends
#   consent: permission of a person, given freely, for a named purpose, that can be taken back
#   model card: a page with a model's purpose, data, measured limits and risks
# ---

# %% folded="imports"
import json

import keras
import numpy as np
import pandas as pd
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from IPython.display import Markdown
from keras import layers, ops
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from course_utils import picture_files, plots
from course_utils.adversarial import fit_gans, small_discriminator, small_generator
from course_utils.character_judge import VALUES, factor_numbers, read_factors
from course_utils.checks import ethics, ethics_audit, ethics_marks, ethics_signed, ethics_spectrum
from course_utils.content_credentials import add_credentials, read_credentials
from course_utils.data import gaussian_digits, load_characters
from course_utils.report import Results, report
from course_utils.small_vae import train_vae
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## Which of these were drawn by a machine?
#
# A **deepfake** is a generated picture, film or voice that passes for a recording of something real. This lesson puts six questions to small generators: *Can it be detected? Can it be marked? Who made it? Whom does the model
# remember? Whom does it forget? Who agreed?*
#
# Four generators learn from the same 2,400 characters of 16 × 16 pixels: a GAN as in lesson 42, the *same* GAN from another random seed, a VAE as in lesson 31, and
# a Gaussian with the pixels' mean and covariance along the first 100 principal components. All are rounded to 256 levels, or a detector would read the rounding.

# %%
characters = load_characters("pixel-art", 16)
x_train = characters.x_train[: budget(2400, 300)]
unseen = np.concatenate([characters.x_val, characters.x_test])
gans = fit_gans(
    lambda: (small_generator(), small_discriminator()), 2 * x_train - 1, seeds=[0, 1],
    d_loss=lambda real, fake: ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake)),
    g_loss=lambda fake: ops.mean(ops.softplus(-fake)),
    steps=budget(600, 2), batch_size=32, learning_rates=(2e-3, 2e-3), betas=(0.0, 0.9),
)  # fmt: skip
vae = train_vae(x_train, steps=budget(1500, 2))

# %%
n_made = budget(2000, 100)
codes = np.random.default_rng(1).normal(size=(n_made, 32)).astype("float32")
made = {
    "GAN": gans[0].pictures(n_made, seed=1),
    "GAN, other seed": gans[1].pictures(n_made, seed=1),
    "VAE": predict(vae.decoder, codes),
    "Gaussian": gaussian_digits(x_train, n_made, seed=1, components=100),
}
fakes = {name: picture_files.as_stored(x) for name, x in made.items()}
rows = {"real": unseen[:12]} | {name: x[:12] for name, x in fakes.items()}
plots.show(
    plots.image_rows(rows, "Real characters, and four generators'", size=0.62),
    alt="Five rows of twelve small characters: real ones, two rows of a GAN with rough edges, a blurred row of a VAE, and a "
    "row of ghosts from a Gaussian.",
)

# %% [markdown]
# ## Detect it
#
# A detector gives each picture a score, high for "fake". Its *accuracy* depends on the mixture: among 990 real
# pictures and 10 fakes, a detector that calls everything real is right in 99 %. Its AUC does not (lesson 23): the share of
# pairs of a real picture $r_i$ and a fake $f_j$ in which the fake has the higher score. A tie counts one half. $[\cdot]$ is 1 if true, else 0:
#
# $$\mathrm{AUC} = \operatorname{mean}_{i, j} \Big( [f_j > r_i] + \tfrac12 [f_j = r_i] \Big).$$
#
# So 0.5 is chance, and below it fakes are taken for *more real* than real pictures.
#
# ### Exercise 1: AUC by counting pairs
#
# <details><summary>Hint</summary>
#
# `real[:, None]` against `fake[None, :]` gives all pairs at once.
# </details>


# %% exercise="auc"
def auc(real: np.ndarray, fake: np.ndarray) -> float:
    """Share of pairs in which the fake has the higher score; a tie counts one half.

    Args:
        real, fake: scores (m,) and (n,), high for "fake"; m and n may differ.
    """
    ### BEGIN SOLUTION
    r, f = real[:, None], fake[None, :]
    higher, equal = np.mean(f > r), np.mean(f == r)
    return float(higher + equal / 2)
    ### END SOLUTION


# %% check="auc" points=2
ethics.check_auc(auc, real=[0.4, 0.9, 0.1, 0.7, 0.4, 0.6], fake=[0.4, 0.8, 0.95, 0.3, 0.45])
ethics.check_auc(auc, real=[-2.5, 0.5, -1.0], fake=[1.5, -0.5])
ethics.check_auc(auc, real=[3, 2], fake=[1, 2])
### BEGIN HIDDEN TESTS
for seed in range(6):
    ethics.check_auc(auc, *ethics.some_scores(seed, m=20, n=3 + 5 * seed, levels=9))
ethics.check_auc(auc, *ethics.some_scores(6, m=990, n=10, levels=40))
ethics.check_auc(auc, real=[1, 1], fake=[1])
ethics.check_auc(auc, real=[3], fake=[2])
ethics.check_auc(auc, *np.split(5 + 1e-6 * (np.arange(40) // 2), [13]))
### END HIDDEN TESTS

# %% [markdown]
# The detector is a small convolutional network, trained with 1,500 real characters and as many fakes. The test has 600 real ones that
# neither it nor any generator has seen, and 500 new fakes. **Predict first:** trained against the GAN of the first seed, how well does it find the other three?


# %%
def build_detector():
    """Characters (n, 16, 16, 3) to logits (n, 1), high for "fake"."""
    options = {"padding": "same", "activation": "relu"}
    widths = [(16, 1), (32, 2), (32, 2)]
    convolutions = [layers.Conv2D(width, 3, step, **options) for width, step in widths]
    return keras.Sequential([*convolutions, layers.Flatten(), layers.Dense(1)])


results, n_train, seeds = Results("trained against"), 3 * n_made // 4, range(budget(3, 1))


def detectors_of(*names):
    """Train a detector for each seed, with fakes in equal parts from these generators, and note its AUCs."""
    some = np.concatenate([fakes[name][: n_train // len(names)] for name in names])
    x, y = np.concatenate([x_train[: len(some)], some]), np.repeat([0.0, 1.0], len(some))
    detectors = fit_seeds(
        build_detector, x, y[:, None], seeds=seeds, epochs=budget(6, 1), learning_rate=2e-3,
        loss=keras.losses.BinaryCrossentropy(from_logits=True), title=" + ".join(names),
    )  # fmt: skip
    for seed, detector in zip(seeds, detectors, strict=True):
        of_real = predict(detector, unseen)
        found = {
            key: auc(of_real[:, 0], predict(detector, x[n_train:])[:, 0])
            for key, x in fakes.items()
        }
        results.add(" + ".join(names), seed, **found)
    return detectors


detectors = {name: detectors_of(name) for name in ("GAN", "VAE", "Gaussian")}
results.table()

# %% folded="numbers"
own, other_seed = results.values("GAN", "GAN"), results.values("GAN", "GAN, other seed")
report("auc_gan_on_itself", own.mean(), within=(0.95, 1))
report("auc_gan_on_other_seed", other_seed.mean(), within=(0.55, 0.75))
report("auc_gan_drop", (own - other_seed).mean(), within=(0.2, 0.5))
report("auc_gan_on_vae", results.mean("GAN", "VAE"), within=(0.3, 0.6))
report("auc_gan_on_gaussian", results.mean("GAN", "Gaussian"), within=(0.35, 0.6))
report("auc_vae_on_itself", results.mean("VAE", "VAE"), within=(0.9, 1))
report("auc_vae_on_gan", results.mean("VAE", "GAN"), within=(0.35, 0.65))
report("auc_vae_on_gaussian", results.mean("VAE", "Gaussian"), within=(0.68, 0.85))
report("auc_gaussian_on_vae", results.mean("Gaussian", "VAE"), within=(0.85, 0.98))
report("auc_gaussian_on_gan", results.mean("Gaussian", "GAN"), within=(0.5, 0.75))

# %% [markdown]
# On its own generator the GAN's detector is all but perfect. Change only the *random seed* of that GAN, and the AUC falls to 0.6 or 0.7. On the blurred pictures of VAE and Gaussian it is no better
# than chance. (Their detectors find each other's blur, but hardly a GAN.)
#
# Single pictures:

# %%
confident = detectors["GAN"][0]
shown = {name: x[n_train : n_train + 10] for name, x in fakes.items()}
logits = np.concatenate([predict(confident, x)[:, 0] for x in shown.values()])
plots.show(
    plots.image_rows(
        shown, "The GAN's detector: probability of “fake”, in per cent", size=0.72,
        titles=[f"{p:.0f}" for p in 100 / (1 + np.exp(-logits))],
    ),
    alt="Four rows of ten generated characters with the detector's probability that they are fake. Nearly all of the GAN's have 90 or more, the other "
    "seed's anything, those of VAE and Gaussian mostly below 20.",
    name="52_ethics",
)  # fmt: skip

# %% folded="numbers"
blurred = np.concatenate([fakes[name][n_train:] for name in ("VAE", "Gaussian")])
report("blurred_called_real", np.mean(predict(confident, blurred) < 0), within=(0.9, 1))

# %% [markdown]
# It calls nearly all blurred ones real. Its probabilities mean something only for pictures like those of its training.
#
# ## Its fingerprint
#
# What does a detector read? Often traces of up-sampling, which stand out in the Fourier transform
# $F$ (Durall et al. 2020; Frank et al. 2020). The **radial spectrum** has one number for each whole frequency $\rho$ from 0 to half the size, with $F$ unscaled, as `np.fft.fft2` gives it:
#
# $$S(\rho) = \operatorname{mean}\; |F(u, v)|^2 \quad \text{over all } (u, v) \text{ with } \sqrt{u^2 + v^2} \text{ rounded to } \rho .$$
#
# ### Exercise 2: the radial spectrum
#
# <details><summary>Hint</summary>
#
# `np.fft.fft2(..., axes=(1, 2))` transforms every picture and channel. `np.fft.fftfreq(size) * size` are the frequencies $u$ in the order
# in which `fft2` gives them, negative ones included.
# </details>


# %% exercise="radial_spectrum"
def radial_spectrum(pictures: np.ndarray) -> np.ndarray:
    """S for square pictures (n, size, size, channels), averaged over pictures and channels.

    Returns:
        array (size // 2 + 1,): entry r belongs to the frequencies whose length rounds to r
        (`np.round`). Longer ones, in the corners, are left out.
    """
    ### BEGIN SOLUTION
    size = pictures.shape[1]
    power = np.abs(np.fft.fft2(pictures, axes=(1, 2))) ** 2
    power = power.mean(axis=(0, 3))
    u = np.fft.fftfreq(size) * size
    ring = np.round(np.hypot(u[:, None], u[None, :]))
    return np.array([power[ring == r].mean() for r in range(size // 2 + 1)])
    ### END SOLUTION


# %% check="radial_spectrum" points=2
ethics_spectrum.check_spectrum(radial_spectrum, n=2, size=8)
ethics_spectrum.check_spectrum(radial_spectrum, n=3, size=7, channels=1)
### BEGIN HIDDEN TESTS
ethics_spectrum.check_spectrum(radial_spectrum, n=1, size=5)
ethics_spectrum.check_spectrum(radial_spectrum, n=4, size=40)
### END HIDDEN TESTS

# %%
of_real = radial_spectrum(unseen)
ratios = {name: radial_spectrum(x[n_train:]) / of_real for name, x in fakes.items()}
fig = plots.curves(
    ratios, x=range(9), title="Fingerprints: radial spectrum over that of real characters",
    xlabel="frequency (periods per picture)", ylabel="power / real power", target=1, target_name="real",
)  # fmt: skip
fig.axes[0].legend(loc="upper left", bbox_to_anchor=(1, 1))
plots.show(
    fig,
    alt="Four curves over the frequency from 0 to 8. Both GANs lie near 1 and end above it at 8; the Gaussian falls to about "
    "0.8 and the VAE to about 0.7.",
    name="ethics_spectrum",
)

# %% folded="numbers"
for name, low, high in (("GAN", 0.98, 1.5), ("GAN, other seed", 0.98, 1.5), ("VAE", 0.6, 0.85)):
    report(
        f"power_at_8_{name}".replace(", ", "_").replace(" ", "_").lower(),
        ratios[name][8],
        within=(low, high),
    )

# %% [markdown]
# Both GANs come close to real power, mostly with too much at the highest frequency. VAE and Gaussian, being blurred, lack up to 30 %. A linear detector that is given only the spectrum, trained against the first GAN:

# %%
groups = {"real": unseen, "training": x_train[:n_train]} | fakes
spectra = {k: np.log([radial_spectrum(x[None]) + 1e-6 for x in v]) for k, v in groups.items()}
train_spectra = np.concatenate([spectra["training"], spectra["GAN"][:n_train]])
linear = LogisticRegression(max_iter=1000).fit(train_spectra, np.repeat([0, 1], n_train))
scores = {name: linear.decision_function(some) for name, some in spectra.items()}
spectral = {name: auc(scores["real"], scores[name][n_train:]) for name in fakes}
pd.Series(spectral, name="AUC of the spectral detector").round(2)

# %% folded="numbers"
report("spectral_auc_own", spectral["GAN"], within=(0.57, 0.85))
report("spectral_auc_other_seed", spectral["GAN, other seed"], within=(0.53, 0.85))
report("spectral_weight_at_8", linear.coef_[0, 8], within=(0.3, 3))
report("spectral_auc_vae", spectral["VAE"], within=(0.25, 0.49))
report("spectral_auc_gaussian", spectral["Gaussian"], within=(0.3, 0.49))

# %% [markdown]
# It finds the other seed, too: this trace belongs to the recipe. Against VAE and Gaussian its AUC is *below* one half: it takes much power at the highest frequency for a sign of fakes, and these have little.
#
# ## Break it: the next generator
#
# **Predict:** does it help to train against *several* generators, with no more fakes than before?

# %%
for names in (["GAN", "VAE"], ["GAN", "VAE", "Gaussian"]):
    detectors_of(*names)
results.table()

# %% folded="numbers"
three = "GAN + VAE + Gaussian"
for name, low, high in (("GAN", 0.85, 0.99), ("VAE", 0.82, 0.98), ("Gaussian", 0.68, 0.9)):
    report(f"three_on_{name.lower()}", results.mean(three, name), within=(low, high))
report("three_on_other_seed", results.mean(three, "GAN, other seed"), within=(0.5, 0.8))

# %% [markdown]
# It helps against what is *in* training, and costs some of the old skill.
# But the GAN of the other seed, never in training, stays hard. So a test must hold out whole *generators*.

# %% [markdown]
# ## Mark it: a watermark
#
# With a **watermark**, the generator's owner hides some bits in every picture.
# Let $p_1, \dots, p_k$ be random patterns of $\pm 1$, one for each of $k$ bits, known to the owner alone. With $s_j = 1$ for a bit 1 and
# $s_j = -1$ for a bit 0, all channels get the same mark. The root keeps the mark's standard deviation near $a$ for any $k$:
#
# $$x' = \operatorname{clip}_{[0, 1]}\Big(x + \frac{a}{\sqrt{k}} \sum_{j=1}^{k} s_j\, p_j\Big), \qquad
# c_j = \operatorname{mean}\big( (g - \bar g)\, p_j \big) .$$
#
# The reader takes the grey picture $g$ (the mean of the channels), subtracts its mean $\bar g$, and correlates with each pattern.
# The sign of $c_j$ is the bit. The **bit error rate** is the share of bits read wrongly; guessing gives one half.
#
# ### Exercise 3: hide and read
#
# <details><summary>Hint</summary>
#
# `np.tensordot(signs, patterns, 1)` sums over the bits. `np.einsum("nhw,khw->nk", ..., ...)` multiplies every picture with
# every pattern and sums over the pixels.
# </details>


# %% exercise="watermark"
def embed_bits(pictures, bits, patterns, strength):
    """Pictures with a watermark.

    Args:
        pictures: array (n, h, w, 3) in [0, 1].
        bits: integer array (k,) of 0 and 1.
        patterns: array (k, h, w) of -1 and 1.
        strength: the number a of the formula.

    Returns:
        array (n, h, w, 3) in [0, 1].
    """
    ### BEGIN SOLUTION
    signs = 2 * bits - 1
    mark = strength * np.tensordot(signs, patterns, 1) / np.sqrt(len(bits))
    return np.clip(pictures + mark[..., None], 0, 1)
    ### END SOLUTION


def correlations(pictures, patterns):
    """The correlations c of pictures (n, h, w, 3) with patterns (k, h, w): array (n, k)."""
    ### BEGIN SOLUTION
    grey = pictures.mean(axis=-1)
    grey = grey - grey.mean(axis=(1, 2), keepdims=True)
    return np.einsum("nhw,khw->nk", grey, patterns) / patterns[0].size
    ### END SOLUTION


def bit_error_rate(found, bits):
    """Share of all bits that the signs of correlations (n, k) get wrong; bits: integers (k,)."""
    ### BEGIN SOLUTION
    return float(np.mean((found > 0) != (bits == 1)))
    ### END SOLUTION


# %% check="watermark" points=3
functions = embed_bits, correlations, bit_error_rate
ethics_marks.check_watermark(*functions, **ethics_marks.some_marks(2, 6, 5, bits=4))
### BEGIN HIDDEN TESTS
ethics_marks.check_watermark(*functions, **ethics_marks.some_marks(1, 3, 4, bits=1))
ethics_marks.check_watermark(*functions, **ethics_marks.some_marks(5, 8, 8, bits=20, seed=1))
ethics_marks.check_watermark(*functions, **ethics_marks.some_marks(3, 40, 160, bits=2, seed=2))
### END HIDDEN TESTS

# %% [markdown]
# The GAN's pictures, enlarged to 128 × 128 (a pixel becomes one block of JPEG), carry 16 bits. **Predict:** which harms the mark more, JPEG at quality 30 or a cut
# of a few pixels from the edges?

# %%
rng = np.random.default_rng(7)
patterns, bits = rng.choice([-1, 1], size=(16, 128, 128)), rng.integers(0, 2, 16)
plain = np.repeat(np.repeat(fakes["GAN"][: budget(60, 8)], 8, axis=1), 8, axis=2)
marked = picture_files.as_stored(embed_bits(plain, bits, patterns, strength=0.03))
cut = marked[:, 5:125, 3:123]
versions = {"no mark": plain, "marked": marked}
versions |= {f"JPEG {q}": picture_files.through_jpeg(marked, q) for q in (90, 70, 50, 30, 10)}
errors = {name: bit_error_rate(correlations(x, patterns), bits) for name, x in versions.items()}
errors["cut"] = bit_error_rate(correlations(cut, patterns[:, :120, :120]), bits)

# %% [markdown]
# After the cut, pixels and patterns are shifted. The repair: try all places, and take for each picture the one with the largest correlations.

# %%
places = [patterns[:, y : y + 120, x : x + 120] for y in range(9) for x in range(9)]
tried = np.stack([correlations(cut, some) for some in places])  # (81, n, 16)
best = np.abs(tried).sum(axis=2).argmax(axis=0)
errors["cut, searched"] = bit_error_rate(tried[best, np.arange(len(cut))], bits)
ax = (100 * pd.Series(errors)).plot.bar(
    title="What destroys 16 hidden bits", ylabel="bit error rate (%)", figsize=(8, 3.2), rot=35
)
ax.axhline(50, color=plots.GREY, linestyle="--")
plots.show(
    ax.figure,
    alt="Bars of the bit error rate: about 40 % without a mark, near 0 marked and at JPEG 90, growing to about 37 % at JPEG 10; nearly one half "
    "after a cut, and near 0 after a search.",
    name="ethics_watermark",
)

# %%
shown = {"no mark": plain[:8], "marked": marked[:8], "mark × 5": 0.5 + 5 * (marked - plain)[:8]}
plots.show(
    plots.image_rows({k: np.clip(x, 0, 1) for k, x in shown.items()}, "The mark, seen", size=0.9),
    alt="Three rows of eight characters: without a mark, with it (a fine grain), and the mark alone, five times as strong (noise).",
)

# %% folded="numbers"
report("bits_no_mark", errors["no mark"], within=(0.3, 0.7))
report("bits_marked", errors["marked"], within=(0, 0.01))
report("bits_jpeg_90", errors["JPEG 90"], within=(0, 0.02))
report("bits_jpeg_30", errors["JPEG 30"], within=(0.06, 0.25))
report("bits_jpeg_10", errors["JPEG 10"], within=(0.3, 0.5))
report("bits_cut", errors["cut"], within=(0.35, 0.65))
report("bits_cut_searched", errors["cut, searched"], within=(0, 0.02))

# %% [markdown]
# JPEG at quality 30 leaves most bits. A cut of a few pixels destroys them, until the reader searches. Unmarked pictures miss about one half, by chance. JPEG 10 and the cut are
# hardly better. Guessing finds all 16 once in 65,536 tries. A missing mark proves nothing: the next generator may have none.

# %% [markdown]
# ## Sign it: provenance
#
# **Provenance** says where a picture comes from. A **digital signature** (ours: Ed25519) of some bytes needs a private key; everyone can check it with the public key.
#
# The signed bytes must hold all that must not change:
# pixel values, the picture's *shape*, and the *claims*: what the maker says of it.
#
# ### Exercise 4: sign and verify
#
# <details><summary>Hint: bytes</summary>
#
# `json.dumps(..., sort_keys=True).encode()` turns shape and claims into bytes, `pixels.tobytes()` the values.
# </details>
# <details><summary>Hint: the library</summary>
#
# `Ed25519PrivateKey.from_private_bytes(...).sign(...)`, and `Ed25519PublicKey.from_public_bytes(...).verify(signature, ...)`,
# which raises `InvalidSignature` or returns nothing.
# </details>


# %% exercise="signature"
def signed_bytes(pixels: np.ndarray, claims: dict) -> bytes:
    """Bytes that differ for any two pictures, or claims, that differ.

    Args:
        pixels: uint8 (h, w, 3).
        claims: texts by name; their order does not matter.
    """
    ### BEGIN SOLUTION
    head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)
    return head.encode() + pixels.tobytes()
    ### END SOLUTION


def sign_picture(pixels, claims, private_key: bytes) -> bytes:
    """The Ed25519 signature, 64 bytes, of `signed_bytes`; private_key: 32 bytes."""
    ### BEGIN SOLUTION
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    return key.sign(signed_bytes(pixels, claims))
    ### END SOLUTION


def is_genuine(pixels, claims, signature: bytes, public_key: bytes) -> bool:
    """Whether the signature fits picture, claims and public key (32 bytes). Never raises for a false one."""
    ### BEGIN SOLUTION
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        key.verify(signature, signed_bytes(pixels, claims))
    except InvalidSignature:
        return False
    return True
    ### END SOLUTION


# %% check="signature" points=3
ethics_signed.check_signed_bytes(signed_bytes, height=20, width=30)
ethics_signed.check_signature(signed_bytes, sign_picture, is_genuine, height=4, width=6)
### BEGIN HIDDEN TESTS
ethics_signed.check_signed_bytes(signed_bytes, height=1, width=1)
ethics_signed.check_signed_bytes(signed_bytes, height=90, width=30)
ethics_signed.check_signature(signed_bytes, sign_picture, is_genuine, height=33, width=64)
ethics_signed.check_large(signed_bytes)
### END HIDDEN TESTS

# %% [markdown]
# A PNG file can carry the signature in a text chunk. **Content credentials** are the same idea as an industry standard (C2PA).
# What survives when the file changes?

# %%
private = Ed25519PrivateKey.generate()
public_key = private.public_key().public_bytes_raw()
claims = {"maker": "this notebook", "model": "GAN of lesson 52", "real person": "no"}
pixels = np.round(255 * plain[0]).astype("uint8")
signature = sign_picture(pixels, claims, private.private_bytes_raw()).hex()
file = picture_files.to_png(plain[0], {"claims": json.dumps(claims), "signature": signature})


def verify_file(data: bytes) -> str:
    """What a reader with the public key says of a PNG file."""
    found, text = picture_files.from_png(data)
    if "signature" not in text:
        return "no signature"
    signature, claims = bytes.fromhex(text["signature"]), json.loads(text["claims"])
    return "genuine" if is_genuine(found, claims, signature, public_key) else "false"


altered = {"claims": json.dumps(claims | {"real person": "yes"}), "signature": signature}
print("claim changed:", verify_file(picture_files.to_png(plain[0], altered)))
signed = add_credentials(picture_files.to_png(plain[0]), "GAN of lesson 52")
changes = {
    "untouched": lambda data: data,
    "text chunk added": lambda data: picture_files.with_text_chunk(data, "Comment", "hi"),
    "saved again": picture_files.saved_again,
    "displayed by Pillow": picture_files.as_displayed,
}
rows = {k: [verify_file(f(file)), *read_credentials(f(signed))] for k, f in changes.items()}
verdicts = pd.DataFrame(rows, index=["our signature", "content credentials", "their remarks"]).T
verdicts

# %% folded="numbers"
report("credentials_valid", verdicts.iloc[0, 1] == "Valid", within=(1, 1))
report("credentials_untrusted", "signingCredential.untrusted" in verdicts.iloc[0, 2], within=(1, 1))
report("credentials_text_invalid", verdicts.iloc[1, 1] == "Invalid", within=(1, 1))
report("ours_text_genuine", verdicts.iloc[1, 0] == "genuine", within=(1, 1))
report(
    "ours_claim_false",
    verify_file(picture_files.to_png(plain[0], altered)) == "false",
    within=(1, 1),
)
report(
    "both_lost",
    set(verdicts.iloc[2:, 0]) == {"no signature"} and set(verdicts.iloc[2:, 1]) == {"none"},
    within=(1, 1),
)

# %% [markdown]
# Content credentials sign the file's bytes, so one more text chunk makes them *invalid*. Ours signs pixels and claims, and does not mind. A program that knows nothing of either removes both when it saves the picture (or displays it in a notebook).
# *Valid* with the remark `signingCredential.untrusted` means: signed correctly, by a key that we made a second ago. Whose keys to trust, mathematics cannot say.

# %% [markdown]
# ## Whom does it remember?
#
# **Membership inference** (Shokri et al. 2017) asks of one picture: was it in training? The simplest attack
# says "member" if the model's error on it is at most a threshold $t$. Its *advantage* (Yeom et al. 2018) is
#
# $$A(t) = \mathrm{TPR}(t) - \mathrm{FPR}(t) ,$$
#
# the share of members that it finds minus the share of others that it accuses: 0 is guessing, 1 is certainty. Choose $t$ on a **calibration set**, and measure on other pictures.
#
# ### Exercise 5: the attack's advantage
#
# <details><summary>Hint</summary>
#
# Try every calibration error as a threshold, in rising order; keep it if it is better than all before.
# </details>


# %% exercise="attack_advantage"
def attack_advantage(known_members, known_others, members, others):
    """Choose a threshold on the calibration set, and judge it on other pictures.

    Args:
        known_members, known_others: errors of the calibration set, arrays of any lengths.
        members, others: errors of the pictures to judge.

    Returns:
        A(t) on members and others, and the threshold t: the calibration error with the largest A
        on the calibration set (of several, the lowest). An error equal to t counts as a member.
    """
    ### BEGIN SOLUTION
    best, threshold = -np.inf, None
    for t in np.unique(np.concatenate([known_members, known_others])):
        here = np.mean(known_members <= t) - np.mean(known_others <= t)
        if here > best:
            best, threshold = here, t
    advantage = np.mean(members <= threshold) - np.mean(others <= threshold)
    return float(advantage), float(threshold)
    ### END SOLUTION


# %% check="attack_advantage" points=2
ethics.check_attack(attack_advantage, **ethics.some_errors(0, (12, 9, 15, 10), gap=0.6))
ethics.check_attack(attack_advantage, **ethics.some_errors(1, (8, 14, 9, 5), gap=0.2, decimals=1))
ethics.check_attack(attack_advantage, known=([4, 1], [2, 6]), new=([0, 2, 5], [3, 7, 9, 1]))
ethics.check_attack(attack_advantage, known=([5, 6], [1, 2]), new=([1, 7], [3]))
### BEGIN HIDDEN TESTS
for seed in range(2, 8):
    ethics.check_attack(attack_advantage, **ethics.some_errors(seed, (9, 30, 7, 20), gap=0.5))
    ethics.check_attack(attack_advantage, **ethics.some_errors(seed, (60, 20, 40, 90), 0.3, 1))
ethics.check_attack(attack_advantage, **ethics.some_errors(8, (50, 70, 300, 100), gap=-0.3))
ethics.check_attack(attack_advantage, known=([2.0], [2.0]), new=([1.0], [3.0]))
ethics.check_attack(attack_advantage, known=([1, 3, 2], [5, 4]), new=([5, 7, 2], [9, 1, 2, 3]))
### END HIDDEN TESTS

# %% [markdown]
# Three VAEs: one studied 100 characters for 1,500 steps, one the same 100 for 300, one 2,400. Beside the attack stands the share of *copies*:
# samples whose nearest character is a member rather than one of equally many others (one half is chance; lesson 43).


# %%
def over_splits(member_errors, other_errors):
    """Advantage with a calibration set and without: means over 20 splits of 100 + 100 in halves."""
    honest, boastful = [], []
    for split in range(20):
        order = np.random.default_rng(split).permutation(100)
        (m1, m2), (o1, o2) = [(e[order[:50]], e[order[50:]]) for e in (member_errors, other_errors)]
        honest.append(attack_advantage(m1, o1, m2, o2)[0])
        boastful.append(attack_advantage(m2, o2, m2, o2)[0])
    return np.mean(honest), np.mean(boastful)


def attack(model, members):
    """The attack on 100 members and 100 others; and the share of copies."""
    error = [np.square(predict(model, x) - x).mean(axis=(1, 2, 3)) for x in (members, unseen[:100])]
    samples = predict(model.decoder, codes[:500]).reshape(-1, 768)
    near = [cdist(samples, x.reshape(100, -1)).min(axis=1) for x in (members, unseen[:100])]
    honest, boastful = over_splits(*error)
    return {"advantage": honest, "uncalibrated": boastful, "copies": np.mean(near[0] < near[1])}


models = {
    "100 members, 1,500 steps": (x_train[:100], budget(1500, 2)),
    "100 members, 300 steps": (x_train[:100], budget(300, 2)),
    "2,400 members, 1,500 steps": (x_train, budget(1500, 2)),
}
memory = Results("VAE")
for name, (members, steps) in models.items():
    for seed in range(budget(2, 1)):
        first = members is x_train and seed == 0  # it is there already
        model = vae if first else train_vae(members, steps, seed)
        memory.add(name, seed, **attack(model, members[:100]))
memory.table()

# %%
blind = [over_splits(*e) for e in np.random.default_rng(0).random((budget(100, 5), 2, 100))]
chance = pd.DataFrame(blind, columns=["calibration set", "without"]).agg(["mean", "std"])
chance.round(3)

# %% folded="numbers"
overfitted, short, large = list(models)
report("advantage_overfitted", memory.mean(overfitted, "advantage"), within=(0.9, 1))
report("advantage_short", memory.mean(short, "advantage"), within=(0.3, 0.75))
report("advantage_large", memory.mean(large, "advantage"), within=(0, 0.2))
report("copies_overfitted", memory.mean(overfitted, "copies"), within=(0.55, 0.75))
report("copies_large", memory.mean(large, "copies"), within=(0.35, 0.55))
report("chance_calibrated", chance.loc["mean", "calibration set"], within=(-0.02, 0.02))
report("chance_spread", chance.loc["std", "calibration set"], within=(0.05, 0.07))
report("chance_without", chance.loc["mean", "without"], within=(0.11, 0.13))

# %% [markdown]
# The overfitted VAE gives nearly all its members away, and its samples lie closer to them. Stopped early, it gives away less. With 2,400 members about 0.1 is left.
# On errors that know *nothing* (last table), the mean is about 0, the standard deviation 0.06. A threshold chosen on the judged pictures themselves boasts of 0.12.
#
# ## Whom does it forget?
#
# A bias audit asks: is a group's share among the generated pictures what it was in training? The share $\hat p = k / n$ has chance in it. With $z = 1.96$, the
# **Wilson interval** (Wilson 1927), the shares that $k$ of $n$ does not contradict, holds the true one in about 95 % of cases, also near 0 and 1:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} + \frac{z^2}{4 n^2}}}{1 + \frac{z^2}{n}} .$$
#
# ### Exercise 6: a table with intervals
#
# <details><summary>Hint</summary>
#
# Which groups need a row? Not only those that were generated.
# </details>


# %% exercise="bias_table"
def wilson(k: int, n: int) -> tuple[float, float]:
    """Low and high end of the 95 % Wilson interval for k of n, n at least 1."""
    ### BEGIN SOLUTION
    p, z = k / n, 1.96
    centre = p + z**2 / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    ### END SOLUTION


def bias_table(training: np.ndarray, generated: np.ndarray) -> pd.DataFrame:
    """A row for each group that occurs anywhere; the index holds the groups, sorted.

    Args:
        training, generated: the group of each picture, arrays (m,) and (n,) of texts or numbers.

    Returns:
        The columns "training" and "generated" (shares), "low" and "high" (the Wilson interval of the
        generated share), and "verdict": "under" if the interval lies below the training share,
        "over" if above, else "in doubt".
    """
    ### BEGIN SOLUTION
    rows = {}
    for group in np.unique(np.concatenate([training, generated])):
        share, k = np.mean(training == group), np.sum(generated == group)
        low, high = wilson(k, len(generated))
        verdict = "under" if high < share else "over" if low > share else "in doubt"
        rows[group] = [share, k / len(generated), low, high, verdict]
    columns = ["training", "generated", "low", "high", "verdict"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    ### END SOLUTION


# %% check="bias_table" points=3
for k, n in [(3, 40), (0, 10), (25, 25)]:
    ethics_audit.check_wilson(wilson, k, n)
groups = ["cat"] * 40 + ["dog"] * 32 + ["axolotl"] * 8
ethics_audit.check_audit(bias_table, groups, ["dog"] * 38 + ["cat"] * 22)
ethics_audit.check_audit(bias_table, [3] * 20 + [1] * 20, [1] * 18 + [3] * 12 + [2] * 10)
### BEGIN HIDDEN TESTS
for k, n in [(1, 1), (0, 1), (200, 1000), (999, 1000), (7, 9)]:
    ethics_audit.check_wilson(wilson, k, n)
ethics_audit.check_audit(bias_table, [3] * 5 + [1] * 5, [2] * 50 + [3])
ethics_audit.check_audit(bias_table, ["b", "a", "b"], ["b"])
ethics_audit.check_audit(bias_table, list("abcdefgh") * 30, list("aabcdefg") * 40)
### END HIDDEN TESTS

# %% [markdown]
# A probe reads the groups: the network of lesson 44, trained on real characters. All four skin colours are equally
# common in training. **Predict first:** are they equally common in the generated pictures?

# %%
skin = np.array(VALUES["skin"])
in_training = skin[factor_numbers(characters.factors_train)["skin"]]
audits = {"unseen real": unseen} | fakes
audits = {
    name: bias_table(in_training, skin[read_factors(x)["skin"]]) for name, x in audits.items()
}
found = {name: table[["generated", "low", "high"]] for name, table in audits.items()}
table = audits["GAN"]
plots.show(
    plots.shares(found, table.index, table["training"], "Shares of skin colours", "skin colour"),
    alt="For four skin colours, shares with intervals, beside the share in training. Unseen real pictures agree with training; "
    "all generators make too few with dark skin, VAE and Gaussian too few with light skin.",
    name="ethics_audit",
)
table.round(3)

# %% folded="numbers"
true, read = factor_numbers(characters.factors_test), read_factors(characters.x_test)
report("probe_right", np.mean([read[name] == true[name] for name in VALUES]), within=(0.97, 1))
blurred = read_factors(gaussian_filter(characters.x_test, (0, 1, 1, 0)))["skin"]
report("probe_right_blurred", np.mean(blurred == true["skin"]), within=(0.97, 1))
for name in fakes:
    row = audits[name].loc["dark"]
    key = f"dark_{name}".replace(", ", "_").replace(" ", "_").lower()
    report(key, row["generated"], within=(0.03, 0.21))
    report(f"{key}_is_under", row["verdict"] == "under", within=(1, 1))
report("light_vae", audits["VAE"].loc["light", "generated"], within=(0.02, 0.2))
report("light_gaussian", audits["Gaussian"].loc["light", "generated"], within=(0.12, 0.22))
report("dark_in_training", audits["GAN"].loc["dark", "training"], within=(0.22, 0.26))
report("real_in_doubt", (audits["unseen real"]["verdict"] == "in doubt").sum(), within=(3, 4))

# %% [markdown]
# The control first: unseen real pictures agree with training. But all four generators draw dark skin *too rarely*: balanced data do not make a balanced generator. VAE and Gaussian lose the light skin, too: blurred pictures tend to the middle. (The probe is right on 99 % of real pictures, blurred ones too. On a GAN's nobody knows the truth.)
#
# ## Who agreed?
#
# These characters are drawings under CC0. Behind a photograph stands a person. **Consent** is a person's permission,
# given freely, for a named purpose, that can be taken back. It does not follow from a picture being public, nor from its licence, which is the photographer's.
# Taking it back is hard: deleting a file does not delete what the model remembers. What helps: ask first, list sources and permissions,
# train again without withdrawn pictures, and attack your own model before release.
#
# ### Written question: a request
#
# A woman writes to a studio: *“Your generator makes pictures that look like me. I was photographed for your data set three years ago; take me out.”* The studio answers: *“Our
# detector finds that those pictures are not ours, our pictures carry a watermark, and her file has been deleted.”* Answer for her in at most 150 words: what does each of the three statements prove, which measurement of this lesson says so, and what should the studio measure and do?

# %% [markdown] answer="request" points=3
# **The detector** proves little. Ours was all but perfect on its own generator, far worse on the same GAN with another seed, and at chance on others; the studio must show its AUC on generators that it was not trained against. **The watermark**: if it is found, the picture is theirs; if not, that proves nothing, as a cut or strong compression destroys it (bit error rates of about 0.4).
# **The deleted file** does not delete what the model learned: an overfitted VAE gave its members away with an advantage of almost 1, and needed no file.
# The studio should attack its model with her pictures as members and others as a control, threshold from a calibration set, and count copies; withdraw it if the advantage is clear; train again without her pictures; and record consent with its purpose and its end.
#
# *Rubric.* 1 point: detector and watermark cannot show that a picture is *not* the studio's, each with a measured reason. 1 point: a deleted file is not a forgotten one, with membership inference as the
# measurement, threshold chosen on other pictures. 1 point: names what to do: test, retrain or withdraw, and consent for a named purpose that can be taken back.

# %% [markdown]
# ## A model card
#
# A **model card** (Mitchell et al. 2019) says what a model is for, what it was made from, and what was measured. A function writes it from this run:


# %%
def model_card(name: str, facts: dict[str, str]) -> str:
    """A model card in Markdown: a row for each fact."""
    rows = [f"| {key} | {value} |" for key, value in facts.items()]
    return "\n".join([f"### Model card: {name}", "| | |", "|---|---|", *rows])


dark = audits["GAN"].loc["dark"]
facts = {
    "purpose": "teaching; not for pictures of persons",
    "data": f"{len(x_train):,} drawings, CC0, no persons; all skin colours equally common",
    "detectable": f"AUC {results.mean('GAN', 'GAN'):.2f} by its own detector, "
    f"{results.mean('GAN', 'GAN, other seed'):.2f} with another seed",
    "watermark": f"bit error rate {errors['JPEG 90']:.3f} after JPEG 90, {errors['JPEG 10']:.2f} after JPEG 10",
    "dark skin": f"{dark['generated']:.1%} ({dark['low']:.1%} to {dark['high']:.1%}) of its pictures, "
    f"{dark['training']:.1%} in training",
    "not measured": "memory of this GAN; anything on photographs",
}
Markdown(model_card("GAN of lesson 52", facts))

# %% [markdown]
# ## Summary
#
# - A detector's AUC holds for the generators in its test. Another seed, or another method, can take it to chance, or below.
# - A watermark or a signature that is found says something; one that is missing says nothing.
# - A valid signature says that nothing was changed since somebody signed. It does not say whether to trust them.
# - Memory and bias can be measured: with a threshold from a calibration set, and with intervals. Otherwise chance looks like a finding.
# - Consent comes before all of it: what a model has learned cannot be deleted like a file.
#
# ## References
#
# - C2PA. *Specification*. [c2pa.org](https://c2pa.org)
# - Cox et al. (1997). Secure spread spectrum watermarking for multimedia. *IEEE TIP*.
# - Durall et al. (2020). Watch your up-convolution. [2003.01826](https://arxiv.org/abs/2003.01826)
# - Frank et al. (2020). Leveraging frequency analysis for deep fake image recognition. [2003.08685](https://arxiv.org/abs/2003.08685)
# - Mitchell et al. (2019). Model cards for model reporting. [1810.03993](https://arxiv.org/abs/1810.03993)
# - Shokri et al. (2017). Membership inference attacks against machine learning models. [1610.05820](https://arxiv.org/abs/1610.05820)
# - Wilson (1927). Probable inference, the law of succession, and statistical inference. *JASA*.
# - Yeom et al. (2018). Privacy risk in machine learning. [1709.01604](https://arxiv.org/abs/1709.01604)
