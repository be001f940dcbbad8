# ---
# title: Stability
# question: Dozens of tricks are said to make the training of a GAN stable. Which of them help, and how would you know?
# picture: For each line of a checklist, a dot with its interval on a scale of ratios; some lie left of 1, some right, many across it
# seconds: 140
# goals:
#   - say why a game of two networks turns in circles, and what a penalty and an average do to it
#   - write the R1 penalty, an average of weights, and an augmentation that lets gradients through
#   - detect a collapse, and test the detector on collapses made on purpose
#   - measure the effect of a trick with its interval, at equal steps and at equal time
# terms:
#   R1 penalty: γ/2 times the squared gradient of the discriminator's logit at real samples, added to its loss
#   exponential moving average: an average that keeps the share β of its old value at each step and takes 1 − β of the new one
#   batch statistics: the running means and variances that batch normalisation uses after training
#   differentiable augmentation: random changes of real pictures and fakes before the discriminator, through which gradients reach the generator
#   mode collapse: a generator that makes good samples of a few modes only
#   ablation: a comparison in which one part is changed and all else is kept
#   placebo: a treatment that does nothing, to show how much difference chance alone makes
#   confidence interval: a range that would hold the true value in 95 of 100 repetitions of the whole experiment
#   label smoothing: targets such as 0.9 instead of 1 for real pictures
#   two time scales: different learning rates for generator and discriminator
#   minibatch statistics: a number that tells the discriminator how much the pictures of a batch differ
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops
from scipy.spatial.distance import cdist
from scipy.stats import t as student

from course_utils import plots
from course_utils.adversarial import fit_gans, generate, small_discriminator, small_generator
from course_utils.character_judge import CharacterJudge, character_features
from course_utils.checks import stability, stability_collapse, stability_effects
from course_utils.data import load_characters
from course_utils.report import Results, report
from course_utils.training import budget

# %% [markdown]
# ## A checklist, every line measured
#
# Guides to GANs end in checklists: *smooth the labels, use two learning rates, average the weights, ...* Today you build the main ones, and what judges them: a detector of collapse, and a table
# of effects with intervals.
#
# **Predict first:** which helps most: a penalty, an average of the weights, label smoothing, or two learning rates?
#
# ## Why a game turns in circles
#
# The smallest game has two numbers (after Mescheder et al. 2018). All real data lie at 0. The generator puts its fakes
# at $\theta$. The discriminator is linear, $D(x) = \psi x$. With lesson 44's Wasserstein loss $L_D = \psi\theta$ and $L_G = -\psi\theta$. One step of
# gradient descent with rate $\eta$ in *turns*, the discriminator first, is
#
# $$\psi \leftarrow \psi - \eta\,(\theta + \gamma\psi), \qquad \theta \leftarrow \theta + \eta\,\psi .$$
#
# The term with $\gamma$ is a penalty on the discriminator's slope. At first $\gamma = 0$. In a *simultaneous*
# step the generator uses the old $\psi$.


# %%
def play(rate, steps, gamma=0.0, simultaneous=False):
    """The positions (theta, psi) of the game from (1, 0) on, (steps + 1, 2)."""
    theta, psi = 1.0, 0.0
    orbit = [(theta, psi)]
    for _ in range(steps):
        old = psi
        psi = psi - rate * (theta + gamma * psi)
        theta = theta + rate * (old if simultaneous else psi)
        orbit.append((theta, psi))
    return np.array(orbit)


rate = 0.2
orbits = {
    "simultaneous": play(rate, 60, simultaneous=True),
    "in turns": play(rate, 300),
    "in turns, with penalty": play(rate, 60, gamma=1.0),
}
kept, averages = 0.95, [orbits["in turns"][0]]
for position in orbits["in turns"][1:]:
    averages.append(kept * averages[-1] + (1 - kept) * position)
orbits["in turns, averaged"] = np.array(averages)

fig, axes = plt.subplots(1, 4, figsize=(10, 2.9), sharex=True, sharey=True)
for ax, (name, orbit) in zip(axes, orbits.items(), strict=True):
    ax.plot(*orbit.T, ".-", markersize=3, linewidth=0.6)
    ax.plot(0, 0, "k+", markersize=12)
    ax.set(title=name, xlabel="generator θ", xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal")
axes[0].set_ylabel("discriminator ψ")
plots.show(
    fig,
    alt="Four orbits around the solution, a cross at (0, 0): simultaneous updates spiral outwards; updates in turns stay on an "
    "ellipse; with a penalty they spiral in; the average of the ellipse stays near the cross.",
)

# %% [markdown]
# A step is a matrix $M$ that acts on the position $z = (\theta, \psi)$, and the area
# $z_t \times z_{t+1}$ that two successive positions span with the centre changes by the factor $\det M$ at each step: $1 + \eta^2$ for simultaneous
# updates, $1$ in turns, and $1 - \eta\gamma$ in turns with the penalty. As long as $\eta + \gamma < 2$, the eigenvalues of $M$ are complex: the position turns, in turns by the angle $\varphi$ with $\cos\varphi = 1 - \eta^2/2$. So they spiral *out*, stay *on an orbit*, and spiral *in*. An average
# that keeps the share $\beta$ turns with the orbit, but its radius is smaller by the factor $(1 - \beta) / |1 - \beta e^{-i\varphi}|$.


# %%
def areas(orbit):
    """What each position and the next one span with the centre, (steps,)."""
    return orbit[:-1, 0] * orbit[1:, 1] - orbit[:-1, 1] * orbit[1:, 0]


exact = {"simultaneous": 1 + rate**2, "in turns": 1, "in turns, with penalty": 1 - rate}
factors = {name: (areas(orbits[name])[1:] / areas(orbits[name])[:-1]).mean() for name in exact}
turn = np.arccos(1 - rate**2 / 2)
exact_radius = (1 - kept) / abs(1 - kept * np.exp(-1j * turn))
radius = np.sqrt(areas(orbits["in turns, averaged"])[-1] / areas(orbits["in turns"])[-1])
print(f"radius of the average: {radius:.4f} of the orbit's, exactly {exact_radius:.4f}")
pd.DataFrame({"area's factor a step": factors, "det M": exact}).round(6)

# %% folded="numbers"
gaps = [abs(factors[name] - exact[name]) for name in exact]
report("largest_gap_of_factors", max(gaps), within=(0, 1e-9))
report("radius_of_average", radius, within=(0.24, 0.26))
report("radius_exact", abs(radius / exact_radius - 1), within=(0, 1e-3))

# %% [markdown]
# ## A penalty on slopes
#
# For pictures the same penalty is called **R1 penalty** (Mescheder et al. 2018). It punishes the
# discriminator's slope at the *real* pictures $x$, and is added to $L_D$:
#
# $$R_1 = \frac{\gamma}{2}\, \operatorname{mean}_{x\ \text{real}}\, \lVert \nabla_x D(x) \rVert_2^2 .$$
#
# Once fakes look real, the discriminator should be flat there, so that nothing pushes the generator away.
#
# ### Exercise 1: the R1 penalty
#
# <details><summary>Hint</summary>
#
# As in lesson 44: an inner tape that watches the pictures, and the gradient of the *sum* of the logits. No root is needed.
# </details>


# %% exercise="r1_penalty"
def r1_penalty(critic, real, fake, gamma):
    """The R1 penalty of a batch.

    Args:
        critic: function of pictures (n, h, w, c) that gives logits (n, 1).
        real: tensor of real pictures, (n, h, w, c).
        fake: tensor of fakes, (m, h, w, c): the training loop gives them to every penalty.
        gamma: weight, a number.

    Returns:
        Scalar tensor, through which gradients reach the critic's weights. Training compiles it.
    """
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        tape.watch(real)
        total = ops.sum(critic(real))
    slopes = tape.gradient(total, real)
    return gamma / 2 * ops.mean(ops.sum(ops.square(slopes), axis=(1, 2, 3)))
    ### END SOLUTION


# %% check="r1_penalty" points=2
stability.check_r1(r1_penalty, 0.7, **stability.some_pictures((4, 3, 2, 3), seed=0))
stability.check_r1(r1_penalty, 0.2, **stability.some_pictures((3, 5, 4, 2), seed=3))
### BEGIN HIDDEN TESTS
stability.check_r1(r1_penalty, 10.0, **stability.some_pictures((1, 2, 3, 1), seed=1))
stability.check_r1(r1_penalty, 3.0, **stability.some_pictures((20, 2, 2, 3), seed=2))
### END HIDDEN TESTS

# %% [markdown]
# For a linear critic $D(x) = w \cdot x$ the slope is $w$ everywhere. So
# $R_1 = \frac{\gamma}{2} \lVert w \rVert^2$, with the gradient $\gamma w$: the toy game's term $\gamma\psi$.

# %%
w = tf.Variable(np.random.default_rng(0).normal(size=(16 * 16 * 3, 1)), dtype="float32")
some = tf.random.stateless_uniform((8, 16, 16, 3), (1, 2))
with tf.GradientTape() as tape:
    value = r1_penalty(lambda x: ops.reshape(x, (8, -1)) @ w, some, some, gamma=3.0)
gap = np.abs(tape.gradient(value, w) - 3 * w).max()
print(f"largest difference between the penalty's gradient and γ w: {gap:.1e}")

# %% folded="numbers"
report("r1_linear_gap", gap, within=(0, 1e-5))

# %% [markdown]
# ## Average the weights
#
# The average of an orbit lies nearer to its centre than the orbit. So keep a second generator, whose
# weights $\bar w$ are an **exponential moving average** (EMA) of the first one's, with a decay $\beta$ (Yazıcı et al. 2019):
#
# $$\bar w \leftarrow \beta\, \bar w + (1 - \beta)\, w .$$
#
# It is only looked at; training goes on with $w$. An average over about $1/(1-\beta)$ steps must be short beside the training: after 300 steps,
# the popular $\beta = 0.999$ would leave three quarters of the untrained start. We average over a twentieth of the training.
#
# One thing is no weight: **batch statistics**, the running mean and variance of batch normalisation.
# No gradient reaches them, so they are not among the trainable variables. They are averages already: copy them.
#
# ### Exercise 2: update the average
#
# <details><summary>Hint</summary>
#
# `zip` the `trainable_variables` of both models, then their `non_trainable_variables`. A variable gets its new value by
# `variable.assign(...)`.
# </details>


# %% exercise="update_average"
def update_average(averaged, generator, decay):
    """Move the averaged generator one step, in place; the generator stays as it is.

    Trainable variables keep the share `decay` of their old value. All others (batch statistics)
    become the generator's. Training calls this inside a compiled function.

    Args:
        averaged, generator: Keras models of the same architecture.
        decay: a number from 0 to 1.
    """
    ### BEGIN SOLUTION
    both = zip(averaged.trainable_variables, generator.trainable_variables, strict=True)
    for old, new in both:
        old.assign(decay * old + (1 - decay) * new)
    both = zip(averaged.non_trainable_variables, generator.non_trainable_variables, strict=True)
    for old, new in both:
        old.assign(new)
    ### END SOLUTION


# %% check="update_average" points=2
stability.check_average(update_average, "two", decay=0.9, seed=0)
stability.check_average(update_average, "deep", decay=0.75, seed=1)
### BEGIN HIDDEN TESTS
stability.check_average(update_average, "wide", decay=0.5, seed=2)
stability.check_average(update_average, "deep", decay=0.0, seed=3)
stability.check_average(update_average, "two", decay=0.99, seed=4)
### END HIDDEN TESTS

# %% [markdown]
# ## Show every picture in many places
#
# With few pictures the discriminator learns them by heart. A **differentiable augmentation** (Zhao et al. 2020) changes *every* picture that it sees at random,
# real ones *and* fakes, in the same way. So fakes need not imitate them. And the generator's gradient must
# get through.
#
# ### Exercise 3: shift pictures
#
# <details><summary>Hint: a shift is a matrix</summary>
#
# The matrix with a 1 in row $i$, column $j$ wherever $i - j = s$ moves entry $j$ to place $i = j + s$. What comes from outside is 0.
# `ops.equal(rows[:, None] - rows, down[:, None, None])` makes one such matrix for each picture.
# </details>
# <details><summary>Hint: apply it</summary>
#
# `ops.einsum("nij,njkc->nikc", matrices, pictures)` moves rows; columns likewise. `ops.cast` turns `bool` into the pictures' dtype.
# </details>


# %% exercise="shift_pictures"
def shift_pictures(pictures, down, right):
    """Every picture moved by its own whole numbers of pixels; zeros move in from the edge.

    Args:
        pictures: tensor (n, h, w, c), float32.
        down, right: integer tensors (n,); negative numbers move up and left. They may be larger than the picture.

    Returns:
        tensor (n, h, w, c), through which gradients reach the pictures. Training compiles it.
    """
    ### BEGIN SOLUTION
    height, width = pictures.shape[1:3]
    rows, columns = ops.arange(height), ops.arange(width)
    move_rows = ops.equal(rows[:, None] - rows, down[:, None, None])
    move_columns = ops.equal(columns[:, None] - columns, right[:, None, None])
    move_rows = ops.cast(move_rows, pictures.dtype)
    move_columns = ops.cast(move_columns, pictures.dtype)
    return ops.einsum("nij,njkc,nlk->nilc", move_rows, pictures, move_columns)
    ### END SOLUTION


# %% check="shift_pictures" points=2
stability.check_shift(shift_pictures, (3, 4, 4, 2), down=[1, -2, 0], right=[0, 1, -3], seed=0)
stability.check_shift(shift_pictures, (1, 3, 5, 1), down=[4], right=[0], seed=1)
### BEGIN HIDDEN TESTS
stability.check_shift(shift_pictures, (2, 2, 6, 3), down=[1, 1], right=[-6, 2], seed=2)
many = np.arange(40)
stability.check_shift(shift_pictures, (40, 16, 16, 3), list(many % 7 - 3), list(many % 5 - 2), 3)
### END HIDDEN TESTS

# %%
characters = load_characters("pixel-art", 16)
x_train = 2 * characters.x_train - 1


def augment(pictures, seed):
    """Each picture moved by up to 2 pixels in both directions, at random."""
    places = tf.random.stateless_uniform((pictures.shape[0], 2), seed, -2, 3, dtype=tf.int32)
    return shift_pictures(pictures, places[:, 0], places[:, 1])


one = np.repeat(x_train[:1], 12, axis=0)
rows = {"real": one, "as the discriminator\nsees it": np.asarray(augment(tf.constant(one), (1, 0)))}
plots.show(
    plots.image_rows(
        {name: (images + 1) / 2 for name, images in rows.items()},
        "One real character, twelve times",
        size=0.62,
    ),
    alt="Two rows of twelve characters: above the same one twelve times, below each moved by up to two pixels, with grey edges.",
)

# %% [markdown]
# ## Train: one change at a time
#
# An **ablation** changes one part and keeps the rest. Our *base*: lesson 42's non-saturating loss, Adam with
# $\beta_1 = 0.5$, $\beta_2 = 0.999$ and rate 0.002 for both, networks smaller than lesson 44's, 300 steps of 32 pictures. Other lines change one thing, the last ones more. Beside yours (R1 with $\gamma = 5$):
#
# - **label smoothing** (Salimans et al. 2016): the target of real pictures is 0.9 instead of 1;
# - **two time scales** (Heusel et al. 2017): the discriminator's rate is four times the generator's (0.004 and 0.001);
# - **minibatch statistics** (Salimans et al. 2016, in the form of Karras et al. 2018): the discriminator sees how much the pictures of a batch differ;
# - Adam with $\beta = (0, 0.9)$, as in lesson 44; this with R1; and both on lesson 44's *wider* networks, for 700 steps;
# - a **placebo**: the base again, from other seeds. Whatever it shows is chance.


# %%
class BatchSpread(keras.Layer):
    """Joins one number to all features: their mean standard deviation over the batch."""

    def call(self, x):
        spread = ops.mean(ops.sqrt(ops.var(x, axis=0) + 1e-8))
        return ops.concatenate([x, spread * ops.ones_like(x[:, :1])], axis=1)


def build():
    """Generator and discriminator of the base."""
    return small_generator(channels=16), small_discriminator(16)


def build_with_spread():
    """The discriminator also sees how much the batch differs."""
    body = small_discriminator(16, head=False)
    head = keras.Sequential([body, BatchSpread(), layers.Dense(1)])
    return small_generator(channels=16), head


def d_loss(real, fake):
    """Lesson 42's loss of the discriminator."""
    return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))


def g_loss(fake):
    """Non-saturating loss."""
    return ops.mean(ops.softplus(-fake))


def ema_over(steps):
    """An average over about a twentieth of the training."""
    return lambda averaged, generator: update_average(averaged, generator, 1 - 20 / steps)


short, long = budget(300, 1), budget(700, 1)
base = {
    "build": build, "d_loss": d_loss, "g_loss": g_loss, "steps": short, "batch_size": 32,
    "seeds": range(budget(4, 2)), "learning_rates": (2e-3, 2e-3), "betas": (0.5, 0.999),
}  # fmt: skip
r1 = {"penalty": lambda critic, real, fake, seed: r1_penalty(critic, real, fake, gamma=5.0)}
changes = {
    "base": {"average": ema_over(300)},
    "placebo": {"seeds": range(10, 10 + budget(4, 2))},
    "R1": r1 | {"average": ema_over(300)},
    "β = (0, 0.9)": {"betas": (0.0, 0.9)},
    "augmentation": {"augment": augment},
    "augmentation of real ones only": {"augment": (augment, lambda pictures, seed: pictures)},
    # 0.9 log(1 + exp(-a)) + 0.1 log(1 + exp(a)) is log(1 + exp(-a)) + 0.1 a
    "label smoothing": {"d_loss": lambda real, fake: d_loss(real, fake) + 0.1 * ops.mean(real)},
    "two time scales": {"learning_rates": (1e-3, 4e-3)},
    "minibatch statistics": {"build": build_with_spread},
    "R1 and β = (0, 0.9)": r1 | {"betas": (0.0, 0.9)},
}


def train(name, **more):
    """Train one line of the list from all seeds."""
    return fit_gans(real=x_train, title=name, **(base | changes[name] | more))


gans = {name: train(name) for name in changes}
best = "R1 and β, wider"
gans[best] = train(
    "R1 and β = (0, 0.9)", build=lambda: (small_generator(), small_discriminator()),
    steps=long, average=ema_over(700), seeds=range(budget(3, 2)),
)  # fmt: skip


# %%
n_judged = budget(1000, 60)
made = {}
for name, found in gans.items():
    made[name] = [generate(gan.generator, n_judged, seed=1) for gan in found]
for name in ("base", "R1", best):
    made[f"{name}, EMA"] = [generate(gan.averaged, n_judged, seed=1) for gan in gans[name]]
rows = {"real": characters.x_test[:12]} | {name: images[0][:12] for name, images in made.items()}
plots.show(
    plots.image_rows(
        rows, "After 300 or 700 steps, first seed, the same noise in each row", size=0.55
    ),
    alt="Rows of twelve small characters, real ones above; below, one row for each change.",
    name="stability_rows",
)

# %% [markdown]
# ## Has it collapsed?
#
# A generator in **mode collapse** repeats itself. Single pictures do not show it. In the features of lesson 44's judge we look for two signs, with
# real pictures as the yardstick. Let $d_i$ be the distance of real picture $i$ to its nearest *other* real picture, and $r_q$ the
# $q$-quantile of all $d_i$.
#
# - *duplicates*: the share of made pictures whose nearest *other* made picture is closer than $r_{0.05}$;
# - *missing*: the share of real pictures whose nearest made picture is farther than $r_{0.95}$.
#
# For as many pictures of a perfect generator both are near 0.05. Fewer miss more: compare sets of one size.
#
# ### Exercise 4: signs of collapse
#
# <details><summary>Hint</summary>
#
# `cdist(a, b)` gives the table of distances. In a table of a set with itself the diagonal must not count (`np.fill_diagonal` with
# `np.inf`), but two *different* pictures at distance 0 must.
# </details>


# %% exercise="collapse_signs"
def collapse_signs(made, real, level=0.05):
    """Two signs of collapse.

    Args:
        made: features of generated pictures (m, d), m at least 2.
        real: features of real pictures (n, d), n at least 2.
        level: of the quantile for duplicates; 1 - level is that for missing (`np.quantile`).

    Returns:
        {"duplicates": share of made pictures, "missing": share of real pictures}.
    """
    ### BEGIN SOLUTION
    of_made, of_real = cdist(made, made), cdist(real, real)
    np.fill_diagonal(of_made, np.inf)
    np.fill_diagonal(of_real, np.inf)
    small, large = np.quantile(of_real.min(axis=1), [level, 1 - level])
    return {
        "duplicates": np.mean(of_made.min(axis=1) < small),
        "missing": np.mean(cdist(real, made).min(axis=1) > large),
    }
    ### END SOLUTION


# %% check="collapse_signs" points=2
for kind, level in (("alike", 0.1), ("copies", 0.1), ("one mode", 0.2)):
    features = stability_collapse.some_features(kind, seed=3)
    stability_collapse.check_signs(collapse_signs, *features, level=level)
### BEGIN HIDDEN TESTS
for kind in ("half", "far", "many", "alike", "beside", "grid", "few", "two"):
    features = stability_collapse.some_features(kind, seed=3)
    stability_collapse.check_signs(collapse_signs, *features, level=0.15)
### END HIDDEN TESTS

# %% [markdown]
# A detector must be tested: we plant collapses among real training characters, and draw twenty real sets as limits: a sign above all
# twenty is an alarm.

# %%
unseen = np.concatenate([characters.x_val, characters.x_test])
known, size = character_features(characters.x_train), len(unseen)
real_features = character_features(unseen)
draw = np.random.default_rng(0)
sets = [known[draw.choice(len(known), size, replace=False)] for _ in range(budget(21, 3))]
fresh, *others = [collapse_signs(some, real_features) for some in sets]
limits = pd.DataFrame(others).max()
background = characters.factors_train["background"].to_numpy()
common = background == pd.Series(background).mode()[0]
noise = draw.normal(0, 0.01, (size, 16, 16, 3))
shown = characters.x_train[:size]
planted = {
    "one picture": shown[np.zeros(size, dtype=int)],
    "ten pictures": shown[np.arange(size) % 10],
    "half of them one picture": shown[np.maximum(np.arange(size) - size // 2, 0)],
}
signs = {"real, a fresh set": fresh}
for name, images in planted.items():
    signs[name] = collapse_signs(character_features(np.clip(images + noise, 0, 1)), real_features)
signs["one background"] = collapse_signs(known[common][:size], real_features)
for name in ("base", "R1", best):
    signs[f"GAN: {name}"] = collapse_signs(character_features(made[name][0][:size]), real_features)
table = pd.DataFrame(signs).T
alarms = (table > limits).add_prefix("alarm: ")
pd.concat([table.round(3), alarms], axis=1)

# %% folded="numbers"
found = alarms.any(axis=1)
report("false_alarm", found["real, a fresh set"], within=(0, 0))
report("planted_found", found.iloc[1:5].sum(), within=(4, 4))
for short_name, name in (("base", "base"), ("r1", "R1"), ("best", best)):
    row = table.loc[f"GAN: {name}"]
    report(f"duplicates_of_{short_name}", row["duplicates"], within=(0, 0.15))
    report(f"missing_of_{short_name}", row["missing"], within=(0.15, 1))

# %% [markdown]
# All four planted collapses raise an alarm, the fresh real set does not (by chance, one in ten would). The GANs' pictures (first seed) raise an alarm for *missing*, though few are duplicates: they may be too poor to lie near real ones. So read both signs: many duplicates speak of a collapse, many missing alone of collapse *or* of poor pictures.
#
# ## What helps?
#
# The judge of lesson 44 gives the squared Fréchet distance to 600 unseen characters. Each line but the placebo, whose pairs are arbitrary, has the seeds of what it is compared with (the wider networks three).
# So compare seed by seed: let $\rho_s$ be the ratio of the line's distance to the base's for seed $s$. Ratios multiply, so average their logarithms. With $n$ seeds, mean $m$
# and standard deviation $\sigma$ (with $n - 1$) of $\log \rho_s$, the 95 % **confidence interval** of the ratio is
#
# $$\exp\!\Big(m \pm t_{n-1}\, \frac{\sigma}{\sqrt n}\Big),$$
#
# where $t_{n-1}$ is the 0.975-quantile of Student's $t$ distribution: 3.18 for four seeds, not 1.96.
#
# ### Exercise 5: a table of effects
#
# <details><summary>Hint</summary>
#
# `student.ppf(0.975, n - 1)`, and `.std(ddof=1)`. `pd.DataFrame.from_dict(rows, orient="index")` makes a table of a dictionary of rows.
# </details>


# %% exercise="effects"
def effects(distances: dict, base: str) -> pd.DataFrame:
    """The effect of each trick on the distance, with its interval, lowest ratio first.

    Args:
        distances: name -> array of distances, one for each seed (the same seeds, at least two).
        base: the name to compare with; it gets no row.

    Returns:
        A row for each other name (the index), with the columns, in this order, "ratio" (exp of the
        mean log ratio), "low", "high" (95 % interval) and "verdict": "helps" if the interval lies
        below 1, "harms" if above, else "not shown".
    """
    ### BEGIN SOLUTION
    rows = {}
    for name, found in distances.items():
        if name == base:
            continue
        change = np.log(found / distances[base])
        n = len(change)
        half = student.ppf(0.975, n - 1) * change.std(ddof=1) / np.sqrt(n)
        ratio, low, high = np.exp([change.mean(), change.mean() - half, change.mean() + half])
        verdict = "helps" if high < 1 else "harms" if low > 1 else "not shown"
        rows[name] = {"ratio": ratio, "low": low, "high": high, "verdict": verdict}
    return pd.DataFrame.from_dict(rows, orient="index").sort_values("ratio")
    ### END SOLUTION


# %% check="effects" points=3
stability_effects.check_effects(
    effects, stability_effects.some_distances(seeds=4, names=4, seed=0), "base"
)
stability_effects.check_effects(
    effects, stability_effects.some_distances(seeds=2, names=2, seed=1), "base"
)
lines = {"a": [50, 60, 70], "b": [27.5, 37.2, 42], "c": [15, 72, 56]}
stability_effects.check_effects(effects, lines, "a")
### BEGIN HIDDEN TESTS
stability_effects.check_effects(
    effects, stability_effects.some_distances(seeds=9, names=12, seed=2), "base"
)
stability_effects.check_effects(
    effects, stability_effects.some_distances(seeds=5, names=1, seed=3), "base"
)
### END HIDDEN TESTS

# %% [markdown]
# With R1 a step takes 1.2 times as long on our machine; so it is trained again for 250 steps, which fit into the base's *time*. The wider network's average is compared with the weights that it averages.

# %%
judge = CharacterJudge(unseen)
scores = Results("line")
for name, found in made.items():
    for seed, images in enumerate(found):
        scores.add(name, seed, **judge(images))
cost = {name: min(gan.seconds / gan.steps for gan in gans[name]) for name in ("base", "R1")}
dearer = cost["R1"] / cost["base"]
print(f"a step with R1 takes {dearer:.2f} times as long")
for seed, gan in enumerate(train("R1", steps=round(short / 1.2))):
    scores.add("R1, equal time", seed, **judge(generate(gan.generator, n_judged, seed=1)))
scores.table("distance", "precision", "coverage")

# %%
distances = {name: scores.values(name, "distance") for name in [*made, "R1, equal time"]}
after = {name: distances.pop(name) for name in (best, f"{best}, EMA")}
checklist = pd.concat([effects(distances, "base"), effects(after, best)])
checklist = checklist.rename(index={"base, EMA": "EMA", f"{best}, EMA": "EMA, wider"})
checklist = checklist.sort_values("ratio")
checklist.round(2)

# %%
numbers = zip(checklist["ratio"], checklist["low"], checklist["high"], strict=True)
fig = plots.intervals(
    dict(zip(checklist.index, numbers, strict=True)),
    "A checklist, each line with its own effect",
    "distance divided by the base's, with 95 % interval",
)
plots.show(
    fig,
    alt="Dots with intervals on a logarithmic axis of ratios, lowest first: other betas, R1 and both lie below 1, the average of the "
    "wider networks below or hardly across it; minibatch statistics, the placebo, label smoothing and two time scales lie across 1; augmentation lies above 1 or just across it, "
    "and that of real pictures only farthest above.",
    name="45_stability",
)

# %% folded="numbers"
for short_name, name, low, high in (
    ("r1", "R1", 0.52, 0.88),
    ("r1_equal_time", "R1, equal time", 0.6, 1.0),
    ("betas", "β = (0, 0.9)", 0.43, 0.7),
    ("r1_and_betas", "R1 and β = (0, 0.9)", 0.37, 0.64),
    ("r1_and_ema", "R1, EMA", 0.48, 0.8),
    ("ema", "EMA", 0.82, 1.08),
    ("ema_wider", "EMA, wider", 0.68, 0.95),
    ("augmentation", "augmentation", 1.1, 1.7),
    ("augmentation_of_real", "augmentation of real ones only", 1.6, 2.5),
    ("label_smoothing", "label smoothing", 0.85, 1.25),
    ("two_time_scales", "two time scales", 0.95, 1.5),
    ("minibatch_statistics", "minibatch statistics", 0.7, 1.05),
    ("placebo", "placebo", 0.75, 1.1),
):
    report(f"ratio_of_{short_name}", checklist.loc[name, "ratio"], within=(low, high))
for short_name, name, high in (
    ("r1", "R1", 1.05),
    ("betas", "β = (0, 0.9)", 0.9),
    ("r1_and_betas", "R1 and β = (0, 0.9)", 0.8),
    ("ema_wider", "EMA, wider", 1.2),
):
    report(f"upper_end_of_{short_name}", checklist.loc[name, "high"], within=(0.4, high))
for short_name, name, low in (
    ("augmentation", "augmentation", 0.9),
    ("augmentation_of_real", "augmentation of real ones only", 1.2),
):
    report(f"lower_end_of_{short_name}", checklist.loc[name, "low"], within=(low, 2.5))
popular = ["label smoothing", "two time scales", "minibatch statistics", "placebo"]
unsure = checklist.loc[popular, "verdict"] == "not shown"
report("popular_and_placebo_not_shown", unsure.sum(), within=(3, 4))
report("step_of_r1_over_plain", dearer, within=(0.8, 4))  # seconds: other programs count
product = checklist.loc["R1", "ratio"] * checklist.loc["β = (0, 0.9)", "ratio"]
report("both_over_product", checklist.loc["R1 and β = (0, 0.9)", "ratio"] / product, within=(1, 2))
report("distance_of_base", scores.mean("base", "distance"), within=(120, 230))
report("distance_of_best", scores.mean(best, "distance"), within=(20, 45))

# %% [markdown]
# - The largest gain of a single change is no trick: Adam's two numbers take off nearly half of the distance, *R1* a quarter to a third. Their intervals overlap. Effects do not multiply: both
#   together are better on average than either, but not as good as the product of their ratios.
# - A step with R1 takes longer. At equal *time* its gain is less sure.
# - *EMA* hardly shows after 300 steps. In the wider networks, after 700, about a fifth, not surely on each computer: it needs a long training.
# - *Label smoothing* and *two time scales* show nothing here, which proves nothing against them.
# - *Minibatch statistics* may help. But an interval as wide as that of the *placebo*, which is nothing but other seeds, does not show it.
# - *Augmentation* is worse on average, not surely on each computer. It was made for few pictures and long trainings; we have 2,400 and 300 steps. On real pictures only, it is by far the worst line: the generator imitates
#   the grey edges. See its row of pictures.
#
# If twelve useless lines were tested independently, at least one interval of 95 % would miss 1 with probability $1 - 0.95^{12} = 46\,\%$. And the checklist holds for
# this recipe and budget: in lesson 44 a penalty that helped with one setting of Adam harmed with the other.
#
# ## Break it: the average without its batch statistics
#
# Many programs average `trainable_variables` and forget the rest. **Predict first:** no error is raised. What will the pictures look like?

# %%
right, forgotten = made[f"{best}, EMA"], []
for gan in gans[best]:
    broken = small_generator()
    for new, old in zip(broken.trainable_variables, gan.averaged.trainable_variables, strict=True):
        new.assign(old)
    forgotten.append(generate(broken, n_judged, seed=1))
rows = {"statistics copied": right[0][:12], "statistics of the start": forgotten[0][:12]}
plots.show(
    plots.image_rows(
        rows, "The same averaged weights, with two kinds of batch statistics", size=0.62
    ),
    alt="Two rows of twelve characters from the same noise: above faces; below washed-out.",
    name="stability_broken",
)
worse = np.array([judge(images)["distance"] for images in forgotten])
worse = worse / scores.values(f"{best}, EMA", "distance")
print("distance, times that of the right average:", worse.round(1))

# %% folded="numbers"
report("forgotten_statistics", worse.mean(), within=(4, 8))
report("forgotten_least", worse.min(), within=(3, 8))

# %% [markdown]
# *Cause:* the layers expect means near 0 and variances near 1, as at the start, and get others; so the activations of all later layers are off. *Measured:* the distance is about five times as large, for every seed more than three times. The pictures are only greyer. *Repair:* copy the statistics.
#
# ### Written question
#
# A guide says: "I added label smoothing, two time scales, an average of the weights and R1, and my distance fell from 60 to 41. So all four work. Of ten further tricks nine did nothing; one, a new activation, helped, with an interval below 1." Say why neither conclusion follows, and what you would measure. (4 to 6 sentences.)

# %% [markdown] answer="all_at_once" points=3
# **Model answer.** Four changes were made at once, so the fall can be due to one of them, while others do nothing or even harm; here label smoothing and two time scales alone did not do what R1 did. One run each
# also leaves out chance: another seed alone changes the distance. So each trick must be tried alone (and left out of the full recipe, as effects do not multiply), from several
# seeds, each compared with the base from the same seed, with an interval, and at equal time where steps cost more. The new activation was one of ten tries: each interval of 95 % misses 1 by chance
# once in twenty times, so among ten useless tricks one "success" is likely (1 − 0.95¹⁰ = 40 %). It should be tried again with new seeds, beside a placebo.
#
# **Rubric.** 1 point: several changes at once cannot be told apart (or: no seeds, no interval). 1 point: many tries make a false success likely. 1 point: a measurement that answers both (one
# change at a time from several seeds against the same base; a repetition with new seeds, a placebo, or a stricter level).

# %% [markdown]
# ## Summary
#
# 1. Two players that follow each other turn in circles; a penalty on slopes makes them spiral in, an average of the weights lies nearer to the centre.
# 2. R1 looks at real pictures only; augmentation must change real pictures and fakes alike, and let gradients through.
# 3. An average of weights needs fitting batch statistics, and a training that is long beside it.
# 4. A detector of collapse is trusted after it has found planted ones and passed real sets.
# 5. A trick's effect is a ratio with an interval, beside a placebo, for one recipe and budget; some popular lines show none here.
#
# ## References
#
# - T. Heusel, H. Ramsauer, T. Unterthiner et al. (2017). GANs trained by a two time-scale update rule converge to a local Nash equilibrium. *NIPS*.
# - T. Karras, T. Aila, S. Laine, J. Lehtinen (2018). Progressive growing of GANs for improved quality, stability, and variation. *ICLR*.
# - L. Mescheder, A. Geiger, S. Nowozin (2018). Which training methods for GANs do actually converge? *ICML*.
# - T. Salimans, I. Goodfellow, W. Zaremba et al. (2016). Improved techniques for training GANs. *NIPS*.
# - Y. Yazıcı, C.-S. Foo, S. Winkler et al. (2019). The unusual effectiveness of averaging in GAN training. *ICLR*.
# - S. Zhao, Z. Liu, J. Lin et al. (2020). Differentiable augmentation for data-efficient GAN training. *NeurIPS*.
