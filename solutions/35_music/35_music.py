# ---
# title: Melodies
# question: Can a network turn one tune into another, and play tunes that nobody wrote?
# picture: Eight piano rolls; the first and the last are melodies of old collections, and those between were decoded on the way from one to the other
# seconds: 90
# goals:
#   - turn notes into sound, and notes into tokens and back
#   - train a VAE whose decoder gives probabilities of tokens
#   - sample its prior at a temperature, and interpolate between two melodies in latent space
#   - judge melodies by numbers, beside baselines that know only a part of the music
# terms:
#   MIDI pitch: the number of a key; 60 is middle C, and one more is a semitone higher
#   semitone: the step from one key to the next, black keys included; twelve are an octave, which doubles the frequency
#   piano roll: a picture of notes as bars, with time to the right and pitch upwards
#   sampling rate: the number of values of a sound wave for each second
#   envelope: the loudness of a note over its time
#   token: one of a fixed set of symbols, given by its number; a sequence of tokens is what the network reads and writes
#   note-off: the token of the step at which silence begins
#   MusicVAE: a VAE for melodies as sequences of tokens
#   temperature: a number that divides the logits before the softmax; below 1 likely tokens become more likely
#   interval: the distance of two notes in semitones
#   Markov chain: a model that draws each token given only the one before it
#   latent interpolation: decoding codes on the way from one code to another
# ---

# %% folded="imports"
import keras
import numpy as np
import tensorflow as tf
from IPython.display import Audio, display
from keras import layers, ops
from sklearn.decomposition import PCA

from course_utils import plots
from course_utils.checks import music, music_loss, music_measures, music_models, music_sound
from course_utils.data import load_melodies
from course_utils.midi_files import midi_link
from course_utils.piano_roll import piano_rolls
from course_utils.report import Results, report
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## Old tunes
#
# Above, the first and the last picture are melodies from old collections. The six between them were made by a network that you
# will build, and you will hear them.
#
# Our data are melodies of two bars from about 1,900 tunes that were printed between 1778 and 1903: reels, hornpipes, marches. A melody is a
# list of notes `(start, length, pitch)`. Time is counted in *steps*, eight to a bar. The **MIDI pitch** is the number of
# a key: 60 is middle C, and one more is a **semitone** higher. Twelve semitones are an octave. The tunes were moved
# up or down to the white keys, as far as the sharps and flats at their beginning say.

# %%
tunes = load_melodies()
print("the first melody:", tunes.train[0])
plots.show(
    piano_rolls(dict(zip(tunes.titles_train[::1500][:8], tunes.train[::1500], strict=False))),
    alt="Eight piano rolls of two bars: short bars that rise and fall by small steps, most of them one step long.",
)

# %% [markdown]
# Each picture is a **piano roll**: time runs to the right, pitch upwards.
#
# ## From notes to sound
#
# A sound is a wave: one number for each moment, 16,000 each second. This is the **sampling rate**. A note of MIDI pitch $p$ has the
# frequency
#
# $$f = 440 \cdot 2^{(p - 69)/12} \text{ Hz}.$$
#
# Ours is a sine of that frequency, and half as much of a sine an octave higher. The **envelope** $a$ is the note's loudness over
# its time. With the time $t$ in seconds since the note began, the note is
#
# $$a(t) \left( \sin(2 \pi f t) + \tfrac12 \sin(4 \pi f t) \right) .$$
#
# ### Exercise 1: render a melody
#
# A player wants float32 values between -1 and 1 along one axis.
#
# <details><summary>Hint: one note</summary>
#
# It has `n = length * samples_per_step` samples, and `t = np.arange(n) / rate`. It begins at sample `start * samples_per_step`.
# </details>


# %% exercise="render"
def render(notes, envelope, steps: int, samples_per_step: int, rate: int) -> np.ndarray:
    """The sound wave of a melody.

    Args:
        notes: list of tuples (start, length, pitch), start and length in steps; may be empty.
        envelope: function of a number of samples n; gives the loudness of a note, an array (n,).
        steps: length of the melody, rests included.
        samples_per_step: samples in one step.
        rate: samples in one second.

    Returns:
        float32 array (steps * samples_per_step,), scaled so that the largest magnitude is 0.9; all
        zeros if there is no note.
    """
    ### BEGIN SOLUTION
    wave = np.zeros(steps * samples_per_step)
    for start, length, pitch in notes:
        n = length * samples_per_step
        t = np.arange(n) / rate
        angle = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t
        tone = np.sin(angle) + 0.5 * np.sin(2 * angle)
        begin = start * samples_per_step
        wave[begin : begin + n] += envelope(n) * tone
    peak = np.abs(wave).max()
    if peak > 0:
        wave = 0.9 * wave / peak
    return wave.astype("float32")
    ### END SOLUTION


# %% check="render" points=3
music_sound.check_render(render, [(0, 2, 69), (3, 1, 60)], steps=5, per_step=50, rate=1000)
music_sound.check_render(render, [], steps=3, per_step=20, rate=1000)
### BEGIN HIDDEN TESTS
music_sound.check_render(render, [(1, 3, 88)], steps=4, per_step=64, rate=4000)
music_sound.check_render(render, music.melody(1, 40), steps=40, per_step=30, rate=8000)
music_sound.check_render(
    render, [(0, 1, 55), (1, 1, 55)], steps=2, per_step=100, rate=3000, loud=0.1
)
### END HIDDEN TESTS

# %%
RATE, SAMPLES = 16_000, 2_400  # samples in a second, and in a step


def envelope(n: int) -> np.ndarray:
    """Loudness of a note of n samples: it comes quickly, fades, and ends without a click."""
    i = np.arange(n)
    return np.minimum(np.minimum(i / 80, (n - 1 - i) / 300), 1) * np.exp(-4 * i / RATE)


def play(*melodies) -> None:
    """Show a player with melodies of two bars, one after the other."""
    waves = [render(notes, envelope, 16, SAMPLES, RATE) for notes in melodies]
    display(Audio(np.concatenate(waves), rate=RATE, normalize=False))


play(tunes.train[0])

# %% [markdown]
# ## From notes to tokens
#
# Our network reads and writes sequences of fixed length, one **token** for each of the 16 steps. A token is a number from 0 to 35:
#
# - 2 to 35: a note begins, of pitch 55 to 88;
# - 1, the **note-off**, stands where silence begins, and only at its first step;
# - 0, the *hold*: what was before goes on, a note or silence.
#
# Without the note-off, a rest would be lost. A melody that begins with silence begins with a note-off.
#
# ### Exercise 2: to tokens and back
#
# The way back must read *any* tokens, as the network may write what no melody gives. A hold at the first step is silence.
#
# <details><summary>Hint: when does a note end?</summary>
#
# At the next token that is no hold, or at the end.
# </details>


# %% exercise="tokens"
def to_tokens(notes, steps: int) -> np.ndarray:
    """The tokens of a melody.

    Args:
        notes: list of (start, length, pitch), in the order of time, one at a time; pitch from 55 to 88;
            it may be empty.
        steps: number of steps.

    Returns:
        integer array (steps,).
    """
    ### BEGIN SOLUTION
    tokens = np.zeros(steps, dtype="int32")
    tokens[0] = 1
    for start, length, pitch in notes:
        tokens[start] = 2 + pitch - 55
        if start + length < steps:
            tokens[start + length] = 1
    return tokens
    ### END SOLUTION


def to_notes(tokens: np.ndarray) -> list[tuple[int, int, int]]:
    """The notes of any tokens.

    Args:
        tokens: integer array (steps,), values from 0 to 35.

    Returns:
        list of (start, length, pitch), in the order of time, whole numbers.
    """
    ### BEGIN SOLUTION
    changes = np.flatnonzero(tokens)
    ends = [*changes[1:], len(tokens)]
    notes = []
    for start, end in zip(changes, ends, strict=False):
        if tokens[start] >= 2:
            notes.append((int(start), int(end - start), int(tokens[start]) - 2 + 55))
    return notes
    ### END SOLUTION


# %% check="tokens" points=3
music.check_to_tokens(to_tokens, [(1, 2, 60), (3, 1, 60), (6, 1, 57)], steps=8)
music.check_to_tokens(to_tokens, [(0, 1, 55), (1, 4, 88)], steps=5)
music.check_to_notes(to_notes, [1, 7, 0, 7, 1, 0, 4, 1])
music.check_to_notes(to_notes, [0, 0, 5, 0, 1, 0, 4, 0])
### BEGIN HIDDEN TESTS
music.check_to_tokens(to_tokens, [], steps=4)
music.check_to_tokens(to_tokens, [(0, 2, 70), (5, 1, 70)], steps=9)
music.check_to_tokens(to_tokens, music.melody(5, 60), steps=60)
music.check_to_notes(to_notes, [0, 0, 0])
music.check_to_notes(to_notes, [0, 2, 35, 0, 0])
music.check_to_notes(to_notes, [1, 1, 20, 1, 1, 0, 20, 20])
music.check_to_notes(to_notes, [9])
for seed in range(5):
    music.check_round_trip(to_tokens, to_notes, seed, steps=16 + 20 * seed)
### END HIDDEN TESTS

# %%
x_train, x_test = (np.array([to_tokens(m, 16) for m in part]) for part in (tunes.train, tunes.test))
print("tokens of the first melody:", x_train[0])

# %% [markdown]
# ## A VAE for tokens
#
# **MusicVAE** (Roberts et al. 2018) is a VAE for such sequences. A VAE's encoder gives each melody the mean and the log variance of a Gaussian
# $q(z \mid x)$. The code $z$ is drawn from it, and the prior is $N(0, I)$. Our decoder gives 36 logits for each step. Their softmax
# is the probability of each token, so the *cross-entropy* of a melody is $-\sum_i \ln p_i$, where $p_i$ is the probability of
# the token that stands at step $i$. The loss of one melody, in nats, is
#
# $$-\sum_{i=1}^{16} \ln p_i + \beta \cdot \tfrac12 \sum_{j=1}^{k} \left( m_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2 \right),$$
#
# with mean $m$ and variance $\sigma^2$ of $q$, and $k$ numbers in a code. The second sum, with its ½, is the KL term. With $\beta = 1$ the loss is the negative ELBO.
#
# ### Exercise 3: the loss
#
# <details><summary>Hint: cross-entropy</summary>
#
# `keras.losses.sparse_categorical_crossentropy` has an option `from_logits`, and gives one number for each step.
# </details>


# %% exercise="melody_loss"
def melody_loss(tokens, logits, mean, log_var, beta):
    """The loss of each melody, in nats.

    Args:
        tokens: integer tensor (n, steps).
        logits: tensor (n, steps, v), the last axis for the v tokens.
        mean: tensor (n, k).
        log_var: tensor (n, k), the logarithm of the variance.
        beta: number, the weight of the KL term.

    Returns:
        tensor (n,).
    """
    ### BEGIN SOLUTION
    each = keras.losses.sparse_categorical_crossentropy(tokens, logits, from_logits=True)
    cross_entropy = ops.sum(each, axis=1)
    kl = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_var) - 1 - log_var, axis=1)
    return cross_entropy + beta * kl
    ### END SOLUTION


# %% check="melody_loss" points=3
music_loss.check_loss(melody_loss, n=9, steps=4, v=5, k=3, beta=0.3)
### BEGIN HIDDEN TESTS
music_loss.check_loss(melody_loss, n=1, steps=1, v=3, k=1, beta=2.0)
music_loss.check_loss(melody_loss, n=2, steps=3, v=4, k=5, beta=0.0)
music_loss.check_loss(melody_loss, n=90, steps=20, v=50, k=40, beta=0.7)
### END HIDDEN TESTS

# %% [markdown]
# The networks are small. An *embedding* is a table with a row of 48 numbers for each token. A convolution sees three steps at a time.
# The code has 32 numbers. We train with $\beta = 0.4$, from three random seeds.


# %%
K = 32  # latent dimensions


class MelodyVAE(keras.Model):
    """A VAE for melodies: tokens (n, 16), codes (n, K), logits (n, 16, 36)."""

    def __init__(self, beta: float):
        super().__init__()
        self.beta = beta
        self.encoder = keras.Sequential([
            keras.Input((16,), dtype="int32"),
            layers.Embedding(36, 48),
            layers.Conv1D(48, 3, padding="same", activation="gelu"),
            layers.Flatten(),
            layers.Dense(2 * K),
        ])  # fmt: skip
        self.decoder = keras.Sequential([
            keras.Input((K,)),
            layers.Dense(16 * 48, activation="gelu"),
            layers.Reshape((16, 48)),
            layers.Conv1D(48, 3, padding="same", activation="gelu"),
            layers.Dense(36),
        ])  # fmt: skip

    def train_step(self, tokens):
        """One step of the optimizer on tokens (n, 16)."""
        with tf.GradientTape() as tape:
            mean, log_var = ops.split(self.encoder(tokens), 2, axis=1)
            z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))
            loss = ops.mean(melody_loss(tokens, self.decoder(z), mean, log_var, self.beta))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}

    def encode(self, tokens) -> np.ndarray:
        """The means of the codes, (n, K)."""
        return predict(self.encoder, tokens)[:, :K]

    def decode(self, codes) -> np.ndarray:
        """The logits, (n, 16, 36)."""
        return predict(self.decoder, np.asarray(codes, dtype="float32"))


def train(beta: float) -> list[MelodyVAE]:
    """Three trained models."""
    how = {"epochs": budget(8, 1), "batch_size": 128, "learning_rate": 6e-3}
    seeds, some = range(budget(3, 1)), x_train[:: budget(1, 110)]
    return fit_seeds(lambda: MelodyVAE(beta), some, seeds=seeds, title=f"β = {beta}", **how)


models = {0.4: train(0.4)}

# %% [markdown]
# How good are copies of melodies that the models have never seen? Of 1,651 test melodies, 30 differ from a training melody in fewer than three tokens. The copy takes the most likely token of each step. Beside it stand the most frequent token of each step, and PCA
# with as many numbers, on tokens as *one-hot* vectors: 36 numbers for a step, a 1 in the token's place and zeros elsewhere.


# %%
def copy(model: MelodyVAE, tokens: np.ndarray) -> np.ndarray:
    """Tokens (n, 16), coded and decoded."""
    return model.decode(model.encode(tokens)).argmax(axis=2)


def right(copies: np.ndarray) -> dict[str, float]:
    """Shares of tokens and of whole melodies of the test that are copied correctly."""
    same = copies == x_test
    return {"tokens right": same.mean(), "whole melodies right": same.all(axis=1).mean()}


def one_hot(tokens: np.ndarray) -> np.ndarray:
    """Tokens (n, 16) as rows of zeros and ones (n, 576)."""
    return np.eye(36, dtype="float32")[tokens].reshape(len(tokens), -1)


pca = PCA(K, random_state=0).fit(one_hot(x_train))
pca_copies = (
    pca.inverse_transform(pca.transform(one_hot(x_test))).reshape(-1, 16, 36).argmax(axis=2)
)
frequent = one_hot(x_train).mean(axis=0).reshape(16, 36).argmax(axis=1)
copies = Results("copies by")
copies.add("most frequent token", **right(np.tile(frequent, (len(x_test), 1))))
copies.add("PCA, 32 numbers", **right(pca_copies))
for seed, model in enumerate(models[0.4]):
    copies.add("VAE, 32 numbers", seed, **right(copy(model, x_test)))
rows = {f"unseen {i + 1}": to_notes(x_test[i]) for i in range(4)}
rows |= {f"copy {i + 1}": to_notes(copy(models[0.4][0], x_test[:4])[i]) for i in range(4)}
plots.show(
    piano_rolls(rows, "Unseen melodies and their copies from 32 numbers"),
    alt="Two rows of four piano rolls: unseen melodies, and below their copies by the VAE, which differ in few notes or none.",
)
copies.table()

# %% folded="numbers"
vae = copies.values("VAE, 32 numbers", "tokens right")
report("tokens_right_worst", vae.min(), within=(0.93, 0.99))
report("tokens_right_pca", copies.mean("PCA, 32 numbers", "tokens right"), within=(0.6, 0.7))
report(
    "tokens_right_over_pca",
    vae.mean() / copies.mean("PCA, 32 numbers", "tokens right"),
    within=(1.4, 1.55),
)

# %% [markdown]
# The VAE copies more than nine tokens of ten, PCA about two of three.
#
# ## Melodies that nobody wrote
#
# Draw a code from the prior, decode it, and draw a token for each step from the softmax of its logits. A **temperature**
# $T$ divides the logits first. Below 1 it makes likely tokens more likely; near 0 the most likely token is always drawn.
#
# ### Exercise 4: sample the prior
#
# <details><summary>Hint: drawing by logits</summary>
#
# Add `rng.gumbel(size=...)` to the divided logits and take the argmax; or draw each token with `rng.choice(v, p=...)`.
# </details>


# %% exercise="sample_melodies"
def sample_melodies(decode, n: int, k: int, temperature: float, seed: int) -> np.ndarray:
    """Draw codes from the prior N(0, I), and tokens from their softmax.

    Args:
        decode: function of codes (n, k), gives logits (n, steps, v).
        n: number of melodies, at least 1.
        k: numbers in a code.
        temperature: above 0; the logits are divided by it.
        seed: random seed; the same seed gives the same melodies, another seed others.

    Returns:
        integer array (n, steps), each token drawn by itself.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(n, k))
    logits = decode(codes) / temperature
    noise = rng.gumbel(size=logits.shape)
    return np.argmax(logits + noise, axis=2)
    ### END SOLUTION


# %% check="sample_melodies" points=2
music_models.check_samples(sample_melodies, steps=3, v=4, k=2, temperature=0.6)
### BEGIN HIDDEN TESTS
music_models.check_samples(sample_melodies, steps=1, v=3, k=1, temperature=1.0)
music_models.check_samples(sample_melodies, steps=5, v=7, k=6, temperature=2.5)
music_models.check_samples(sample_melodies, steps=20, v=40, k=33, temperature=0.5)
### END HIDDEN TESTS

# %%
drawn = sample_melodies(models[0.4][0].decode, 8, K, temperature=0.5, seed=1)
new = [to_notes(tokens) for tokens in drawn]
plots.show(
    piano_rolls({f"sample {i + 1}": notes for i, notes in enumerate(new)}, "Samples of the prior"),
    alt="Eight piano rolls of sampled melodies, which rise and fall as the real ones do, with some wider leaps.",
)
play(*new[:4])

# %% [markdown]
# ## Is it music?
#
# Listen, and then measure. Two simple numbers: the share of notes on white keys, that is in the scale C, D, E, F, G, A, B, whose
# `pitch % 12` is 0, 2, 4, 5, 7, 9, 11; and the share of *small* intervals. An **interval** is the distance between a note and the next
# one of the same melody, in semitones. Singable melodies go by small intervals, at most 4.
#
# ### Exercise 5: measure melodies


# %% exercise="musical_measures"
def musical_measures(melodies) -> tuple[float, float]:
    """Share of notes in the scale, and share of small intervals.

    Args:
        melodies: list of melodies, each a list of notes (start, length, pitch). Some may be empty
            or have one note; at least one has two.

    Returns:
        the share of all notes whose pitch % 12 is 0, 2, 4, 5, 7, 9 or 11;
        the share of all intervals within melodies that are at most 4 semitones, up or down.
    """
    ### BEGIN SOLUTION
    inside, small = [], []
    for notes in melodies:
        pitches = np.array([pitch for _, _, pitch in notes])
        inside.extend(np.isin(pitches % 12, [0, 2, 4, 5, 7, 9, 11]))
        small.extend(np.abs(np.diff(pitches)) <= 4)
    return float(np.mean(inside)), float(np.mean(small))
    ### END SOLUTION


# %% check="musical_measures" points=2
lines = [72, 69, 75, 81, 74, 70], [63, 59, 59, 57, 56, 55, 61, 63, 64], [62, 57, 62, 59]
music_measures.check_measures(musical_measures, music_measures.melodies_of(*lines))
music_measures.check_measures(
    musical_measures, [[], [(2, 1, 61)], [(0, 1, 60), (1, 3, 64), (5, 1, 71)]]
)
### BEGIN HIDDEN TESTS
music_measures.check_measures(musical_measures, [[(0, 1, 71), (1, 1, 66)]])
music_measures.check_measures(musical_measures, [music.melody(seed, 40) for seed in range(30)])
### END HIDDEN TESTS

# %% [markdown]
# What do these numbers prove? We need baselines:
#
# - *chance*: every pitch from 55 to 88 alike. Its shares can be computed exactly;
# - *each step by itself*: each token is taken from the same step of a random training melody;
# - a **Markov chain**: each token is drawn by how often it followed the token before it, at that step, in training.
#
# A third number looks further: *bars alike* is the share of tokens of the second bar that equal the token at the same place of the
# first (one in 36, if all 36 tokens were equally likely). A last one counts copies of the training.


# %%
def measured(tokens: np.ndarray) -> dict[str, float]:
    """What we measure of melodies (n, 16)."""
    in_scale, small = musical_measures([to_notes(row) for row in tokens])
    alike = np.mean(tokens[:, :8] == tokens[:, 8:])
    copied = np.mean([row.tobytes() in known for row in tokens.astype("int32")])
    return {"in scale": in_scale, "small intervals": small, "bars alike": alike, "copied": copied}


def markov_chain(n: int, seed: int) -> np.ndarray:
    """Draw n melodies, each token from those that followed the one before it in training."""
    rng = np.random.default_rng(seed)
    tokens = x_train[rng.integers(0, len(x_train), n)].copy()
    for step in range(1, 16):
        for row in tokens:
            following = x_train[x_train[:, step - 1] == row[step - 1], step]
            row[step] = rng.choice(following)
    return tokens


N = budget(1000, 100)  # melodies to draw
known = {row.tobytes() for row in x_train.astype("int32")}
keys = np.arange(55, 89)
white = np.isin(keys % 12, [0, 2, 4, 5, 7, 9, 11]).mean()
near = (np.abs(keys[:, None] - keys) <= 4).mean()
judged = Results("melodies")
judged.add("real, unseen", **measured(x_test))
judged.add("chance, exact", **{"in scale": white, "small intervals": near, "bars alike": 1 / 36})
for seed in range(budget(3, 1)):
    shuffled = np.random.default_rng(seed).permuted(x_train, axis=0)[:N]
    judged.add("each step by itself", seed, **measured(shuffled))
    judged.add("Markov chain", seed, **measured(markov_chain(N, seed)))
for seed, model in enumerate(models[0.4]):
    for temperature in (1.0, 0.5):
        sampled = sample_melodies(model.decode, N, K, temperature, seed)
        judged.add(f"VAE, T = {temperature}", seed, **measured(sampled))
judged.table()

# %% folded="numbers"
report("real_in_scale", judged.mean("real, unseen", "in scale"), within=(0.97, 0.99))
report("real_small", judged.mean("real, unseen", "small intervals"), within=(0.84, 0.88))
report("chance_in_scale", white, within=(0.55, 0.62))
report("chance_small", near, within=(0.24, 0.26))
steps_small = judged.mean("each step by itself", "small intervals")
report("steps_in_scale", judged.mean("each step by itself", "in scale"), within=(0.97, 0.99))
report("steps_small", steps_small, within=(0.35, 0.43))
report("chain_small", judged.mean("Markov chain", "small intervals"), within=(0.74, 0.82))
report("chain_alike", judged.mean("Markov chain", "bars alike"), within=(0.12, 0.15))
cold = "VAE, T = 0.5"
report("vae_in_scale_worst", judged.values(cold, "in scale").min(), within=(0.95, 1))
report("vae_small", judged.mean(cold, "small intervals"), within=(0.68, 0.8))
report(
    "vae_small_over_steps", judged.mean(cold, "small intervals") / steps_small, within=(1.7, 2.2)
)
report("vae_alike_worst", judged.values(cold, "bars alike").min(), within=(0.145, 0.19))
warm = judged.mean("VAE, T = 1.0", "small intervals")
report("vae_small_warm_over_cold", warm / judged.mean(cold, "small intervals"), within=(0.9, 0.995))
report("real_alike", judged.mean("real, unseen", "bars alike"), within=(0.18, 0.24))
report("vae_copied_most", judged.values(cold, "copied").max(), within=(0, 0.003))

# %% [markdown]
# Read the columns one by one. *In scale* hardly tells anything: each step by itself is as good as the real melodies, because nearly all notes stand on the white keys. *Small intervals* does tell: the samples are well above each step by itself. But the Markov chain does better
# than our VAE. It knows nothing but neighbours, and this is all that an interval asks. *Bars alike* looks eight steps back,
# and there the VAE is ahead of the chain, though far from the real melodies. (Equal holds count as well, so equal rhythms are a part of it.) At the lower temperature more intervals are small, and hardly any sample is *copied*.
#
# The chain has no code. It cannot reproduce a given melody, nor do what comes next.
#
# ## One tune turns into another
#
# In **latent interpolation** we mix two *codes*, $(1 - w) z_1 + w z_2$, for weights $w$ from 0 to 1, and decode each mixture.
#
# ### Exercise 6: interpolate
#
# <details><summary>Hint: both melodies at once</summary>
#
# `encode(np.stack([first, second]))` gives two codes.
# </details>


# %% exercise="interpolate"
def interpolate(encode, decode, first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    """Melodies on the way from one code to another.

    Args:
        encode: function of tokens (m, steps), gives the means of their codes, (m, k).
        decode: function of codes (m, k), gives logits (m, steps, v).
        first: integer array (steps,), the tokens of the melody where the path begins.
        second: integer array (steps,), where it ends.
        n: number of melodies, at least 2; the weights are evenly spaced, 0 and 1 included.

    Returns:
        integer array (n, steps), the most likely tokens.
    """
    ### BEGIN SOLUTION
    first_code, second_code = encode(np.stack([first, second]))
    weights = np.linspace(0, 1, n)[:, None]
    codes = (1 - weights) * first_code + weights * second_code
    logits = decode(codes)
    return np.argmax(logits, axis=2)
    ### END SOLUTION


# %% check="interpolate" points=2
music_models.check_interpolate(interpolate, steps=8, v=9, k=3, n=5)
### BEGIN HIDDEN TESTS
music_models.check_interpolate(interpolate, steps=3, v=4, k=1, n=2)
music_models.check_interpolate(interpolate, steps=9, v=6, k=5, n=8)
music_models.check_interpolate(interpolate, steps=20, v=40, k=33, n=21)
### END HIDDEN TESTS

# %%
model, pair = models[0.4][0], (0, 900)
path = interpolate(model.encode, model.decode, x_test[pair[0]], x_test[pair[1]], 6)
ends = [tunes.test[i] for i in pair]
morph = [ends[0], *map(to_notes, path), ends[1]]
names = [tunes.titles_test[pair[0]][:27], *(f"w = {w:.1f}" for w in np.linspace(0, 1, 6))]
names += [tunes.titles_test[pair[1]][:27] + " "]
plots.show(
    piano_rolls(dict(zip(names, morph, strict=True)), "One tune turns into another"),
    alt="Eight piano rolls: an unseen melody, its copy, four melodies on the way, the copy of another unseen melody, and that melody.",
    name="35_music",
)
play(*morph)
whole = [(16 * i + s, n, p) for i, notes in enumerate(morph) for s, n, p in notes]
display(midi_link(whole, "morph.mid"))

# %% [markdown]
# The player has all eight melodies, row by row. The link saves them as a MIDI file, which notation programs and
# synthesizers open.
#
# Are the melodies in the middle still melodies? We take pairs of unseen melodies. The baseline mixes *tokens*: at each step a
# coin decides whose token is taken.

# %%
a, b = x_test[: len(x_test) // 2], x_test[len(x_test) // 2 :][: len(x_test) // 2]
middles = Results("the middle by")
middles.add("real melodies", **measured(x_test))
coin = np.random.default_rng(0).random(a.shape) < 0.5
middles.add("mixed tokens", **measured(np.where(coin, a, b)))
for seed, model in enumerate(models[0.4]):
    codes = (model.encode(a) + model.encode(b)) / 2
    middles.add("mixed codes", seed, **measured(model.decode(codes).argmax(axis=2)))
middles.table("in scale", "small intervals", "bars alike")

# %% folded="numbers"
mixed = middles.values("mixed codes", "small intervals")
report("middle_small_worst", mixed.min(), within=(0.7, 0.86))
report("middle_small_tokens", middles.mean("mixed tokens", "small intervals"), within=(0.6, 0.66))

# %% [markdown]
# Mixed codes leap less than mixed tokens, for every seed.
#
# ## Break it: the weight of the KL term
#
# **Predict first:** what will become of copies and of samples with $\beta = 0.003$? And with $\beta = 1$, the negative ELBO? Everything else
# stays the same. Two more columns look for the cause. The prior has standard deviation 1 in each dimension. *Spread of codes* is the
# standard deviation of the means over the test melodies, and *width* the mean $\sigma$ of $q(z \mid x)$.

# %%
models[0.003], models[1.0] = train(0.003), train(1.0)

# %%
effect = Results("β")
for beta in sorted(models):
    for seed, model in enumerate(models[beta]):
        mean, log_var = np.split(predict(model.encoder, x_test), 2, axis=1)
        numbers = measured(sample_melodies(model.decode, N, K, 0.5, seed))
        effect.add(
            f"{beta:g}",
            seed,
            **{"tokens right": right(copy(model, x_test))["tokens right"]},
            **{name: numbers[name] for name in ("in scale", "small intervals", "bars alike")},
            **{"spread of codes": mean.std(axis=0).mean(), "width": np.exp(log_var / 2).mean()},
        )
rolls = {}
for beta in sorted(models):
    few = sample_melodies(models[beta][0].decode, 4, K, 0.5, 2)
    rolls |= {f"β = {beta:g}, sample {i + 1}": to_notes(row) for i, row in enumerate(few)}
plots.show(
    piano_rolls(rolls, "Samples of the prior for three weights of the KL term"),
    alt="Three rows of four sampled melodies: with β = 0.003 wide leaps up and down, with 0.4 melodies with some leaps, with 1 smooth lines with longer notes.",
)
print("β = 0.003, then β = 1:")
play(*[to_notes(sample_melodies(models[b][0].decode, 1, K, 0.5, 2)[0]) for b in (0.003, 1.0)])
effect.table()

# %% folded="numbers"
for name, low, high in (("0.003", 0.98, 1), ("0.4", 0.93, 0.99), ("1", 0.55, 0.8)):
    report(f"tokens_right_beta_{name}", effect.mean(name, "tokens right"), within=(low, high))
for name, low, high in (("0.003", 0.42, 0.58), ("1", 0.72, 0.88)):
    report(f"small_beta_{name}", effect.mean(name, "small intervals"), within=(low, high))
report("spread_small_beta", effect.mean("0.003", "spread of codes"), within=(1.4, 2.2))
report("width_small_beta", effect.mean("0.003", "width"), within=(0.08, 0.2))
report("alike_small_beta", effect.mean("0.003", "bars alike"), within=(0.05, 0.12))

# %% [markdown]
# With $\beta = 0.003$ nearly every token is copied, and the samples leap about. The cause is in the last columns. The codes spread wider than the prior,
# each in a narrow Gaussian, so a code from the prior seldom lies near the code of any melody. The decoder was never trained there.
# The repair is a larger $\beta$, and it has a price. With $\beta = 1$ the samples have small intervals, but the copies are poor: the code
# holds little of a melody. Our 0.4 lies between. There is no best $\beta$ without a purpose.
#
# ### Written question
#
# A classmate moves each of 500 melodies up by 0, 1, 2, ... 11 semitones, shuffles the 6,000, and keeps a tenth for the test. He takes a very small
# $\beta$, and always decodes the most likely tokens. "My VAE copies 99.9 % of unseen tokens, and in each of its samples 98 % of the notes are in
# the scale, moved likewise. So it has learned to compose." What is wrong with his test set? What would the share in scale have to be
# compared with? What do good copies tell about samples, and what should he measure and listen to? (4 to 6 sentences.)

# %% [markdown] answer="judging_melodies" points=3
# **Model answer.** Each melody is in the data twelve times, so nearly every test melody stands in training in another key, and the test says little of
# unseen melodies. He must split by tune first, with variants of a tune on one side, and transpose afterwards. A share in scale means
# nothing without baselines: if each step is drawn by itself from melodies of one key, about as many notes are in the scale. Good copies say
# nothing of samples: with a very small β copies are nearly perfect, but codes from the prior lie where the decoder was never trained. He should
# draw codes from the prior, say at which temperature tokens were drawn, and compare small intervals and likeness of bars with real melodies, with each
# step by itself and with a Markov chain, over several seeds. He should count copies of the training, and listen to samples that nobody picked.
#
# **Rubric.** 1 point: the split after transposing leaks; split by tune first. 1 point: the share in scale needs a baseline that
# draws single steps (or chance), and a measure that looks further. 1 point: copies do not judge samples; sample the prior and measure these.

# %% [markdown]
# ## Summary
#
# 1. Sixteen tokens hold a melody; hold and note-off tell notes that go on from silence.
# 2. The VAE's loss is a sum of cross-entropies and β times the KL term, all in nats.
# 3. A sample needs two draws: a code from the prior, and tokens at a temperature.
# 4. A measure proves something only beside a baseline that could have reached it.
# 5. A small β gives good copies and bad samples, a large one the reverse.
#
# ## References
#
# - A. Roberts, J. Engel, C. Raffel, C. Hawthorne, D. Eck (2018). A hierarchical latent vector model for learning long-term structure in
#   music. *ICML*.
# - I. Higgins, L. Matthey, A. Pal, et al. (2017). β-VAE: Learning basic visual concepts with a constrained variational framework. *ICLR*.
# - F. O'Neill (1903). *O'Neill's Music of Ireland*. Lyon & Healy.
