# ---
# title: The game of two networks
# question: Can two networks learn to create by working against each other, and do their losses tell you how it goes?
# picture: Samples of two games on a ring of eight Gaussians; the plain one collapses to a few of them, the one with a gradient penalty finds all eight
# seconds: 30
# goals:
#   - derive the optimal discriminator, and hold a trained one against it
#   - tell a generator loss whose gradient vanishes from one that lives
#   - write the alternating update of a GAN
#   - cause mode collapse, measure it, and repair it
#   - say what the losses of a GAN tell, and what they do not
# terms:
#   generative adversarial network: two networks, a generator and a discriminator, trained against each other; a GAN for short
#   generator: the network that turns noise into samples
#   discriminator: the network that says how likely a sample is to be real
#   fake: a sample of the generator
#   logit: the number before a sigmoid; the logarithm of the odds
#   Jensen–Shannon divergence: the mean KL divergence of two densities from their even mixture, between 0 and log 2
#   saturating loss: the generator loss E log(1 − D); its gradient vanishes where the discriminator is sure
#   non-saturating loss: the generator loss −E log D; its gradient lives where the discriminator is sure
#   mode: a region where a density is concentrated
#   mode collapse: a generator that makes good samples of a few modes only
#   R1 penalty: γ/2 times the squared gradient of the discriminator's logit at real samples, added to its loss
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy.integrate import trapezoid
from scipy.spatial.distance import cdist
from scipy.special import expit, xlogy
from scipy.stats import norm

from course_utils import plots
from course_utils.checks import game
from course_utils.report import Results, report
from course_utils.training import budget, fit, progress_bar, set_seed

# %% [markdown]
# ## Two players
#
# A **generator** $G$ turns noise into samples. A **discriminator** $D$ gets a sample, does not know
# where it is from, and says how likely it is to be real. A sample of the generator is called a **fake**.
# The generator is trained to make its fakes pass; the discriminator is trained to tell them. No formula says what a good picture is;
# the opponent does. This is a **generative adversarial network**, or GAN (Goodfellow et al. 2014).
#
# Does it work, and how would you know? In one and two dimensions there is an exact answer to hold
# everything against.
#
# ## The optimal discriminator
#
# Let $p$ be the density of the real data and $q$ that of the fakes. Both players look at one number, the
# value of the game. The discriminator wants it large, the generator small:
#
# $$V(D, G) = \mathbb{E}_{x \sim p} \log D(x) + \mathbb{E}_{x \sim q} \log (1 - D(x)) = \int p(x) \log D(x) + q(x) \log(1 - D(x))\, dx .$$
#
# Take any one $x$: the discriminator chooses the number $D = D(x)$ that makes $p \log D + q \log(1 - D)$
# as large as possible. Set the derivative to zero.
#
# ### Exercise 1: the optimal discriminator
#
# Write the formula that you find. Where neither density has any mass, return one half.
#
# <details><summary>Hint: the derivative</summary>
#
# $p / D - q / (1 - D) = 0$. Bring the fractions to opposite sides and multiply crosswise.
# </details>
# <details><summary>Hint: zero over zero</summary>
#
# `np.where` computes both of its branches, also the one that divides by zero. `np.divide` has the
# arguments `out` and `where`.
# </details>


# %% exercise="optimal_discriminator"
def optimal_discriminator(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Probability of "real" at each point, by the best discriminator.

    Args:
        p: density of the real data at some points, any shape, not negative.
        q: density of the fakes at the same points.

    Returns:
        values in [0, 1] of the same shape; 0.5 where p and q are both zero.
    """
    ### BEGIN SOLUTION
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    total = p + q
    half = np.full(total.shape, 0.5)
    return np.divide(p, total, out=half, where=total > 0)
    ### END SOLUTION


# %% check="optimal_discriminator" points=1
game.check_optimum(optimal_discriminator, [0.3, 0.1, 0.0], [0.1, 0.3, 0.5])
game.check_optimum(optimal_discriminator, [0.2, 0.0, 0.0, 2.0], [0.2, 0.0, 1.0, 0.0])
game.check_optimum(optimal_discriminator, [[0.3, 1e-12], [4.0, 0.1]], [[0.2, 3e-12], [1.0, 0.0]])
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
game.check_optimum(optimal_discriminator, rng.random((4, 5)), rng.random((4, 5)))
game.check_optimum(optimal_discriminator, [1e-200, 3e-200, 1e-12], [3e-200, 1e-200, 3e-12])
game.check_optimum(optimal_discriminator, [0.0], [0.0])
game.check_optimum(optimal_discriminator, rng.random(900), np.zeros(900))
### END HIDDEN TESTS

# %% [markdown]
# A network knows neither $p$ nor $q$; it sees samples. Does it find the optimum? Here real numbers have
# two humps and fakes one broad bell. The last layer has no sigmoid: it gives the **logit** $\ell$, and
# $D = \sigma(\ell) = 1/(1+e^{-\ell})$.

# %%
rng = np.random.default_rng(0)
first_hump = rng.random(20_000) < 0.6
real = np.where(first_hump, rng.normal(-2, 0.5, 20_000), rng.normal(1.5, 1.0, 20_000))
fake = rng.normal(0, 1.5, 20_000)
x = np.concatenate([real, fake])[:, None].astype("float32")
labels = np.repeat([1.0, 0.0], 20_000)[:, None].astype("float32")


def build_network(inputs: int, outputs: int, width: int = 64) -> keras.Model:
    """Two hidden layers with ReLU, no activation at the end."""
    he = {"kernel_initializer": "he_normal"}
    hidden = [layers.Dense(width, activation="relu", **he) for _ in range(2)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs, **he)])


set_seed(0)
discriminator = build_network(1, 1)
loss = keras.losses.BinaryCrossentropy(from_logits=True)
fit(
    discriminator, x, labels, epochs=budget(10, 1), batch_size=256, loss=loss, title="discriminator"
)

grid = np.linspace(-9, 9, 3601)
p = 0.6 * norm.pdf(grid, -2, 0.5) + 0.4 * norm.pdf(grid, 1.5, 1.0)
q = norm.pdf(grid, 0, 1.5)
logit = np.asarray(discriminator(grid[:, None].astype("float32")))[:, 0].astype(float)
fig, (top, low) = plt.subplots(2, 1, figsize=(6.4, 4.2), sharex=True)
top.plot(grid, p, label="real, p")
top.plot(grid, q, "--", label="fake, q")
top.set(title="Two densities", ylabel="density", xlim=(-5, 5))
low.plot(grid, expit(logit), label="trained on samples")
low.plot(grid, optimal_discriminator(p, q), "k--", label="optimum")
low.set(title="The discriminator", xlabel="x", ylabel="D(x)", ylim=(0, 1))
top.legend()
low.legend()
plots.show(
    fig,
    alt="Above, a density with two humps and a broad bell. Below, the discriminator trained on samples lies on "
    "the optimum where the data are.",
)

# %% [markdown]
# Read the lower curve as a map for the generator: go where it is high, leave where it is low. If both
# players go on, the curve should flatten to one half everywhere.
#
# ## What the value measures
#
# Put $D^* = p / (p + q)$ into $V$, with the even mixture $m = (p + q)/2$:
#
# $$V(D^*, G) = \underbrace{\int p \log \frac{p}{m}\, dx}_{\mathrm{KL}(p \| m)} + \underbrace{\int q \log \frac{q}{m}\, dx}_{\mathrm{KL}(q \| m)} - 2 \log 2 = 2\, \mathrm{JS}(p, q) - \log 4 .$$
#
# $\mathrm{JS} = \frac12 \mathrm{KL}(p\|m) + \frac12 \mathrm{KL}(q\|m)$ is the **Jensen–Shannon
# divergence** (Lin 1991), in nats: 0 only for $p = q$, and never more than $\log 2$.
#
# ### Exercise 2: the Jensen–Shannon divergence
#
# The grid may be *unevenly* spaced, and the densities exactly zero in places; there $0 \log 0$ is 0.
#
# <details><summary>Hint</summary>
#
# `trapezoid(values, points)` integrates. `xlogy(a, b)` is a · log(b), and 0 where a is 0.
# </details>


# %% exercise="js_divergence"
def js_divergence(p: np.ndarray, q: np.ndarray, x: np.ndarray) -> float:
    """Jensen–Shannon divergence in nats, between 0 and log 2.

    Args:
        p: first density at the points x, (n,), zeros allowed.
        q: second density, (n,).
        x: points, (n,), increasing, not always evenly spaced.
    """
    ### BEGIN SOLUTION
    p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
    of_p = xlogy(p, 2 * optimal_discriminator(p, q))
    of_q = xlogy(q, 2 * optimal_discriminator(q, p))
    return float(trapezoid(of_p + of_q, x) / 2)
    ### END SOLUTION


# %% check="js_divergence" points=2
for name in ("two Gaussians", "no overlap", "equal", "blocks"):
    game.check_js(js_divergence, *game.densities(name))
### BEGIN HIDDEN TESTS
for name in ("even points", "mixture", "exchanged", "far bells", "bumps that overlap", "high ends"):
    game.check_js(js_divergence, *game.densities(name))
### END HIDDEN TESTS

# %%
bound = 2 * js_divergence(p, q, grid) - np.log(4)
value = trapezoid(-p * np.logaddexp(0, -logit) - q * np.logaddexp(0, logit), grid)
print(f"2 JS - log 4 = {bound:.4f}; value of the trained discriminator = {value:.4f} nats")

# %% folded="numbers"
report("js_of_the_two_densities", js_divergence(p, q, grid), within=(0.126, 0.127))
report("gap_to_bound", bound - value, within=(0, 0.05))

# %% [markdown]
# The trained discriminator stays just below the bound, as it must: **the value of a trained $D$ is a lower
# bound** on $2\,\mathrm{JS} - \log 4$. A weak discriminator makes the generator look better than it is.
#
# ## Two losses for the generator
#
# The generator sees the value only through its own samples. In the game as stated it minimises the
# **saturating loss**; the original paper advises at once to minimise the **non-saturating loss** instead:
#
# $$\mathcal{L}_{\text{sat}} = \mathbb{E}_{x \sim q} \log (1 - D(x)), \qquad \mathcal{L}_{\text{non-sat}} = -\,\mathbb{E}_{x \sim q} \log D(x) .$$
#
# Both fall when $D(x)$ rises. As functions of the logit their slopes are $-D$ and $-(1 - D)$. Where the
# discriminator is sure of a fake, $D \approx 0$: the first slope **vanishes**, the second is full.
#
# For computing, use the softplus $\mathrm{sp}(\ell) = \log(1 + e^{\ell})$, which libraries evaluate without
# overflow: $-\log \sigma(\ell) = \mathrm{sp}(-\ell)$ and $-\log(1 - \sigma(\ell)) = \mathrm{sp}(\ell)$.
#
# ### Exercise 3: the losses, from logits
#
# The discriminator's loss is $-V$, so that both players *minimise*. All are means over the batch; the
# batches of real and of fake data may differ in size.
#
# <details><summary>Hint: which sign?</summary>
#
# A good discriminator has large logits for real data and very negative ones for fakes; its loss is then
# near zero. Which of sp(ℓ) and sp(−ℓ) is near zero for a large ℓ?
# </details>


# %% exercise="gan_losses"
def discriminator_loss(real_logits, fake_logits):
    """Loss of the discriminator, -V, as a scalar tensor.

    Args:
        real_logits: tensor of any shape, e.g. (n, 1): logits of real data.
        fake_logits: tensor of any shape, e.g. (m, 1): logits of fakes.
    """
    ### BEGIN SOLUTION
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))
    ### END SOLUTION


def generator_loss(fake_logits, saturating: bool = False):
    """Loss of the generator, as a scalar tensor: mean of -log D, or of log(1 - D) if saturating.

    Args:
        fake_logits: tensor of any shape, e.g. (n, 1): logits of fakes.
        saturating: which of the two.
    """
    ### BEGIN SOLUTION
    if saturating:
        return -ops.mean(ops.softplus(fake_logits))
    return ops.mean(ops.softplus(-fake_logits))
    ### END SOLUTION


# %% check="gan_losses" points=3
game.check_losses(
    discriminator_loss, generator_loss, [[2], [-1], [0.5]], [[-1.5], [0.3], [0.8], [-4]]
)
game.check_losses(discriminator_loss, generator_loss, [[1000], [-1000]], [[-1000], [1000], [3]])
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(8)
game.check_losses(discriminator_loss, generator_loss, rng.normal(size=7), rng.normal(size=3))
game.check_losses(
    discriminator_loss, generator_loss, rng.normal(size=(4, 5, 1)) * 3, rng.normal(size=(6, 5, 1))
)
game.check_losses(discriminator_loss, generator_loss, [[4]], [[-2]])
game.check_losses(discriminator_loss, generator_loss, [[-90], [-100]], [[95], [100]])
### END HIDDEN TESTS

# %%
shift = np.linspace(0, 8, 60)
line = np.linspace(-14, 22, 3601)
slopes = {"saturating": [], "non-saturating": []}
for (
    theta
) in shift:  # real data N(0, 1), fakes N(theta, 1); the optimal discriminator's logit and slope
    logit, fakes = theta**2 / 2 - theta * line, norm.pdf(line, theta, 1)
    slopes["saturating"].append(trapezoid(fakes * expit(logit) * theta, line))
    slopes["non-saturating"].append(trapezoid(fakes * expit(-logit) * theta, line))
fig, ax = plt.subplots(figsize=(6, 3.2))
for (name, values), style in zip(slopes.items(), ("-", "--"), strict=True):
    ax.plot(shift, values, style, label=name)
ax.set(title="The pull on a generator whose fakes are shifted", xlabel="shift of the fakes, θ")
ax.set_ylabel("gradient by θ")
ax.legend()
plots.show(
    fig,
    alt="The gradient of the saturating loss rises to about 0.47 and falls to nearly 0 at a shift of 8; that of "
    "the non-saturating loss grows along the shift.",
)

# %% folded="numbers"
report("saturating_slope_largest", max(slopes["saturating"]), within=(0.46, 0.47))
report("saturating_slope_at_8", slopes["saturating"][-1], within=(3e-4, 5e-4))
report("non_saturating_slope_at_8", slopes["non-saturating"][-1], within=(7.9, 8.0))

# %% [markdown]
# **Far from the data the saturating loss hardly pulls**: just where the generator is worst. The
# non-saturating loss pulls harder there. (It does not minimise JS any more, but
# $\mathrm{KL}(q\|p) - 2\,\mathrm{JS}$; Arjovsky & Bottou 2017. It punishes fakes where no real data are, and
# hardly punishes real data that are never made.)
#
# ## The update
#
# ### Exercise 4: one alternating update
#
# The discriminator takes one step for each batch in `reals` (usually one). Then the generator takes one
# step against the **updated** discriminator. Each step changes the variables of *one* player only.
#
# <details><summary>Hint: one step of one player</summary>
#
# Compute the player's loss inside `with tf.GradientTape() as tape:`. After it, `tape.gradient(loss,
# variables)` with the player's `trainable_variables`, and its optimizer's
# `apply_gradients(zip(gradients, variables))`.
# </details>
# <details><summary>Hint: what belongs inside the tape?</summary>
#
# For the generator's step both networks: the gradient flows *through* the discriminator into the
# generator. Do not freeze anything; just say whose variables you want.
# </details>


# %% exercise="alternating_update"
def alternating_update(
    generator, discriminator, g_optimizer, d_optimizer, reals, noises, d_loss, g_loss
):
    """One round of the game: len(reals) steps of the discriminator, then one of the generator.

    It will run inside tf.function: return tensors; no float(), no .numpy().

    Args:
        generator, discriminator: Keras models.
        g_optimizer, d_optimizer: their optimizers, built.
        reals: list of k batches of real data.
        noises: list of k + 1 batches of noise: one for each of the discriminator's steps, in
            order, and the last for the generator's.
        d_loss: function of (discriminator, real, fake).
        g_loss: function of (discriminator, fake).

    Returns:
        the loss of the discriminator's last step and the loss of the generator's step, scalar
        tensors, as they were when the gradients were taken.
    """
    ### BEGIN SOLUTION
    for real, noise in zip(reals, noises[:-1], strict=True):
        with tf.GradientTape() as tape:
            loss_d = d_loss(discriminator, real, generator(noise))
        variables = discriminator.trainable_variables
        d_optimizer.apply_gradients(zip(tape.gradient(loss_d, variables), variables, strict=True))
    with tf.GradientTape() as tape:
        loss_g = g_loss(discriminator, generator(noises[-1]))
    variables = generator.trainable_variables
    g_optimizer.apply_gradients(zip(tape.gradient(loss_g, variables), variables, strict=True))
    return loss_d, loss_g
    ### END SOLUTION


# %% check="alternating_update" points=3
game.check_update(alternating_update, k=1, seed=0)
game.check_update(alternating_update, k=3, seed=1)
game.check_update_compiled(alternating_update, k=1, seed=2)
### BEGIN HIDDEN TESTS
game.check_update(alternating_update, k=1, seed=3, squares=True)
game.check_update(alternating_update, k=2, seed=4, squares=True)
game.check_update_compiled(alternating_update, k=2, seed=5)
### END HIDDEN TESTS

# %% [markdown]
# ## A ring of eight
#
# Eight narrow Gaussians on a circle are a usual test for GANs (Metz et al. 2017), because what
# fails can be seen *and counted*. Each of the eight is a **mode**.

# %%
ANGLES = np.arange(8) * np.pi / 4
CENTRES = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1).astype("float32")
STD = 0.05


def draw_ring(n: int) -> tf.Tensor:
    """Real points (n, 2), fresh at every call."""
    chosen = tf.random.uniform((n,), 0, 8, dtype=tf.int32)
    return tf.gather(tf.constant(CENTRES), chosen) + STD * tf.random.normal((n, 2))


def plain_d_loss(discriminator, real, fake):
    return discriminator_loss(discriminator(real), discriminator(fake))


def plain_g_loss(discriminator, fake):
    return generator_loss(discriminator(fake))


def play(name: str, seed: int, d_loss=plain_d_loss) -> list[tuple]:
    """Train a pair; returns (step, samples (1000, 2), loss of D, loss of G) at eleven moments."""
    set_seed(seed)
    generator, discriminator = build_network(8, 2), build_network(2, 1)
    optimizers = [keras.optimizers.Adam(2e-3, beta_1=0.5) for _ in range(2)]
    optimizers[0].build(generator.trainable_variables)
    optimizers[1].build(discriminator.trainable_variables)

    @tf.function(autograph=False)
    def step():
        reals, noises = [draw_ring(128)], [tf.random.normal((128, 8)) for _ in range(2)]
        return alternating_update(
            generator, discriminator, *optimizers, reals, noises, d_loss, plain_g_loss
        )

    history, steps = [], budget(3000, 20)
    for k in progress_bar(range(steps + 1), f"{name}, seed {seed}"):
        losses = step()
        if k % (steps // 10) == 0:
            samples = np.asarray(generator(tf.random.normal((1000, 8))))
            history.append((k, samples, *map(float, losses)))
    return history


def show_game(histories: dict, title: str, alt: str, name: str | None = None) -> None:
    """One row for each game, samples (orange) over the ring (grey) at five moments."""
    fig, axes = plt.subplots(len(histories), 5, figsize=(9, 2 * len(histories)), squeeze=False)
    for row, (label, history) in zip(axes, histories.items(), strict=True):
        for ax, moment in zip(row, (0, 1, 3, 6, 10), strict=True):
            step, samples = history[moment][:2]
            ax.plot(*CENTRES.T, "o", color=plots.GREY, markersize=9, alpha=0.35)
            ax.plot(*samples[:400].T, ".", color=plots.COLORS[1], markersize=2)
            ax.set(
                xlim=(-3, 3),
                ylim=(-3, 3),
                xticks=[],
                yticks=[],
                aspect="equal",
                title=f"step {step:,}",
            )
        row[0].set_ylabel(label)
    fig.suptitle(title)
    plots.show(fig, alt=alt, name=name)


games = {("plain", seed): play("plain", seed) for seed in range(budget(3, 1))}
show_game(
    {f"seed {seed}": history for (_, seed), history in games.items()},
    "The plain game",
    "Samples of plain games at five moments: from a blob at the centre they gather at a few of the eight "
    "centres and stay there; the others are never found.",
)

# %% [markdown]
# Most samples look good, but whole modes are missing. That must be counted.
#
# ### Exercise 5: modes and quality
#
# - A sample is of **high quality** if its distance to the nearest centre is at most 3 standard
#   deviations. (Of real points that holds for 98.9 %.)
# - Each high-quality sample belongs to the mode of its nearest centre. A mode is **covered** if at least the
#   share `least` of *all* samples belongs to it.
#
# <details><summary>Hint</summary>
#
# `cdist(samples, centres)` has shape (n, k). `np.bincount` with `minlength` counts how often each number
# occurs; which samples should take part?
# </details>


# %% exercise="modes_covered"
def modes_covered(
    samples: np.ndarray, centres: np.ndarray, std: float, least: float = 0.01
) -> tuple[int, float]:
    """Number of covered modes, and the share of high-quality samples.

    Args:
        samples: points (n, d), n at least 1.
        centres: of the modes (k, d).
        std: standard deviation of each mode.
        least: share of all samples that a covered mode needs, above 0.
    """
    ### BEGIN SOLUTION
    distances = cdist(samples, centres)
    nearest = distances.argmin(axis=1)
    good = distances.min(axis=1) <= 3 * std
    counts = np.bincount(nearest[good], minlength=len(centres))
    return int(np.sum(counts >= least * len(samples))), float(good.mean())
    ### END SOLUTION


# %% check="modes_covered" points=2
for name in ("ring", "three samples", "on a line"):
    game.check_modes(modes_covered, *game.some_samples(name))
### BEGIN HIDDEN TESTS
for name in ("in space", "larger least", "uneven", "far away", "one at a centre", "forty modes"):
    game.check_modes(modes_covered, *game.some_samples(name))
### END HIDDEN TESTS

# %% [markdown]
# ## Break it, and repair it: mode collapse
#
# You have seen **mode collapse** above: good samples of a few modes only. The discriminator looks at one
# sample at a time, and "which samples are missing" is not a property of one sample. Many repairs are
# recommended. One has a theory behind it (Mescheder et al. 2018): let the discriminator pay for being
# steep at real samples, the **R1 penalty**
#
# $$\frac{\gamma}{2}\; \mathbb{E}_{x \sim p}\, \lVert \nabla_x\, \ell(x) \rVert^2 .$$
#
# ### Exercise 6: the discriminator's loss with R1 penalty
#
# <details><summary>Hint</summary>
#
# `with tf.GradientTape() as tape: tape.watch(real)`, and compute the logits of `real` inside. The squared
# length is a *sum* over the coordinates of a sample, then a *mean* over the batch.
# </details>


# %% exercise="r1_loss"
def r1_loss(discriminator, real, fake, gamma: float = 0.1):
    """Discriminator loss plus R1 penalty, a scalar tensor.

    Args:
        discriminator: Keras model from points (n, d) to logits (n, 1).
        real: tensor (n, d).
        fake: tensor (m, d).
        gamma: weight of the penalty.
    """
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        tape.watch(real)
        real_logits = discriminator(real)
    slope = tape.gradient(real_logits, real)
    penalty = gamma / 2 * ops.mean(ops.sum(ops.square(slope), axis=-1))
    return discriminator_loss(real_logits, discriminator(fake)) + penalty
    ### END SOLUTION


# %% check="r1_loss" points=2
game.check_r1(r1_loss, n=5, m=3, d=2, gamma=3.0)
### BEGIN HIDDEN TESTS
game.check_r1(r1_loss, n=1, m=4, d=3, gamma=2.0)
game.check_r1(r1_loss, n=40, m=20, d=1, gamma=10.0)
game.check_r1(r1_loss, n=6, m=6, d=5, gamma=0.0)
game.check_r1(r1_loss, n=4, m=2, d=3, gamma=0.1)
### END HIDDEN TESTS

# %%
for seed in range(budget(3, 1)):
    games["R1", seed] = play("R1", seed, d_loss=r1_loss)
show_game(
    {"plain": games["plain", 0], "R1 penalty": games["R1", 0]},
    "The same random seed without and with R1 penalty",
    "Two rows of samples at five moments: the plain game ends at a few of the eight centres; with the R1 "
    "penalty the samples spread to a ring and then gather at all eight.",
    name="41_game",
)

# %%
judged = Results("game")
for (name, seed), history in games.items():
    modes, quality = modes_covered(history[-1][1], CENTRES, STD)
    judged.add(name, seed=seed, modes=modes, quality=quality)
judged.table()

# %% folded="numbers"
report("plain_modes_mean", judged.mean("plain", "modes"), within=(1, 5.5))
report("plain_quality_mean", judged.mean("plain", "quality"), within=(0.55, 1))
report("r1_modes_mean", judged.mean("R1", "modes"), within=(7, 8))
report("r1_quality_mean", judged.mean("R1", "quality"), within=(0.35, 0.75))
lost = judged.mean("plain", "quality") - judged.mean("R1", "quality")
report("quality_lost_by_r1", lost, within=(0, 0.6))

# %% [markdown]
# R1 covers all modes or nearly all. But note what it *costs*: after the same number of steps its quality is
# **lower** than that of the collapsed game. Whoever looks at single samples prefers the broken generator.
# That is why both numbers are needed. (Try it: leave out `he_normal`, so that Keras's default, smaller
# initial weights are used. Does the plain game still collapse?)
#
# ## Claim: "the losses tell how training goes"
#
# Popular guides watch the generator's loss: falling is good, rising is bad. **Predict first:** which of the
# two games has the lower generator loss at the end?

# %%
fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.3))
for name, color in (("plain", plots.COLORS[0]), ("R1", plots.COLORS[1])):
    history = games[name, 0]
    steps = [step for step, *_ in history]
    quality = [modes_covered(samples, CENTRES, STD)[1] for _, samples, *_ in history]
    for ax, values in zip(
        axes, ([h[3] for h in history], [h[2] for h in history], quality), strict=True
    ):
        ax.plot(steps, values, "o-", color=color, label=name)
for ax, title in zip(
    axes, ("Generator's loss", "Discriminator's loss", "Share of high quality"), strict=True
):
    ax.set(title=title, xlabel="step", ylabel="share" if "quality" in title else "nats")
for ax, value, label in ((axes[0], np.log(2), "log 2"), (axes[1], np.log(4), "log 4")):
    ax.axhline(value, color=plots.GREY, linestyle=":", label=label)
    ax.legend(fontsize=9)
plots.show(
    fig,
    alt="Losses and quality by step of both games. The plain generator's loss rises in the first third, as the "
    "quality does; R1's ends near log 2.",
)

# %% folded="numbers"
r1_losses = np.array([[games["R1", seed][k][3] for k in (0, -1)] for seed in range(budget(3, 1))])
report("r1_loss_untrained", r1_losses[:, 0].mean(), within=(0.5, 1.0))
report("r1_loss_end", r1_losses[:, 1].mean(), within=(0.65, 0.85))
plain_end = [games["plain", seed][-1][3] for seed in range(budget(3, 1))]
report("plain_loss_end_least", min(plain_end), within=(0.9, 4.5))
plain_peak = max(
    history[k][3] for (name, _), history in games.items() if name == "plain" for k in range(11)
)
report("plain_loss_at_its_peak", plain_peak, within=(1.5, 4.5))
plain = [games["plain", seed] for seed in range(budget(3, 1))]
rises = [[modes_covered(h[k][1], CENTRES, STD)[1] for k in (0, 3)] for h in plain]
report("plain_quality_rise_least", min(late - early for early, late in rises), within=(0.05, 0.6))
report("plain_loss_rise_least", min(h[3][3] - h[0][3] for h in plain), within=(0.2, 3))

# %% [markdown]
# The R1 game ends with the lower loss *and* the lower quality. Averaged over the seeds its loss begins near
# log 2 = 0.69, because an untrained discriminator cannot tell, and **ends** near log 2, because one that pays
# for being steep can hardly tell either. In the first third the plain game's loss *rises* while the quality
# rises. Neither direction means "good":
# the loss is measured by a discriminator that changes at every step. What tells is a **measurement of the
# samples** (lesson 43).
#
# ### Written question
#
# A colleague trains a GAN. In the first thousand steps her generator's loss goes up from 0.7 to 2.4, and
# she is about to stop: "it diverges". Explain why this rise may be *good* news, why it may be bad news all
# the same, and what she should look at instead of the loss. (4 to 6 sentences.)

# %% [markdown] answer="loss_goes_up" points=3
# **Model answer.** The generator's loss is $-\log D$ on its samples, judged by a discriminator that is
# trained at the same time. At the start the discriminator is untrained and answers about one half, so the
# loss is about log 2 = 0.69 however bad the samples are. When it learns to tell, the loss rises although
# the samples have not become worse; it is now a better teacher, and with the non-saturating loss its
# gradient is alive. In this lesson the quality rose together with the loss in that phase. It may still be
# bad: a strong discriminator that knows a generator of one mode out of eight leaves it $\log 9 = 2.2$, and one
# that has run away leaves any value; during a run the loss cannot say which of these it is. She
# should measure the samples themselves: share of good ones, modes covered, a distance to held-out real
# data, over several random seeds, or at least look at samples from fixed noise.
#
# **Rubric.** 1 point: the loss is relative to a discriminator that changes; a rise can mean that $D$ got
# better, not that $G$ got worse (log 2 at the start means an untrained $D$). 1 point: during
# a run the loss does not tell collapse or a runaway $D$ from progress, so it may be bad as well. 1 point: names a measurement on
# samples that covers both quality and variety (not quality alone).

# %% [markdown]
# ## Summary
#
# 1. The best discriminator is $p/(p+q)$; its value is $2\,\mathrm{JS} - \log 4$, and a trained one's lies
#    below.
# 2. The saturating loss vanishes where fakes are easily told; the non-saturating one lives.
# 3. A round of the game: a step of $D$, then a step of $G$ against the updated $D$.
# 4. The plain game collapses, with mostly good samples; the R1 penalty finds all modes or nearly all.
# 5. The losses of the game mislead; measure the samples, quality *and* variety.
#
# ## References
#
# - J. Lin (1991). Divergence measures based on the Shannon entropy. *IEEE Transactions on Information
#   Theory* 37.
# - I. Goodfellow et al. (2014). Generative adversarial nets. *NeurIPS* 27.
# - M. Arjovsky, L. Bottou (2017). Towards principled methods for training generative adversarial networks.
#   *ICLR*.
# - L. Metz, B. Poole, D. Pfau, J. Sohl-Dickstein (2017). Unrolled generative adversarial networks. *ICLR*.
# - L. Mescheder, A. Geiger, S. Nowozin (2018). Which training methods for GANs do actually converge? *ICML*.
