# ---
# title: Diffusion
# question: How does noise turn into the 7 that you asked for?
# picture: Five rows of noise that turn, from left to right, into the handwritten digits that were asked for
# seconds: 135
# goals:
#   - spoil a picture to any degree in one step, and train one denoiser for all degrees
#   - sample from noise by DDPM in 200 steps and by DDIM in 20, each held against an exact denoiser
#   - steer by guidance, and measure what it costs
#   - find out by experiment what the network should predict
# terms:
#   forward process: the Markov chain that mixes a picture with a little Gaussian noise at each step until only noise is left
#   noise schedule: the table of the variances of the noise that is added at each step of a forward process
#   diffusion model: a denoiser for all noise levels of a forward process, and a sampler that runs the process backwards
#   DDPM: a diffusion model sampled step by step, with fresh noise in every step
#   DDIM: a sampler for the same network that adds no fresh noise and may skip steps
#   scale and shift: multiplying the channels of a layer by numbers and adding others, both computed from time and label (FiLM)
#   classifier-free guidance: moving the answer with a label further away from the answer without one
#   guidance weight: 0 is the answer without a label, 1 the one with it, more goes beyond
#   energy distance: a distance between two sets of points from mean distances within and between them; 0 for equal distributions
# ---

# %% folded="imports"
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy.stats import wasserstein_distance

from course_utils import mixture, plots
from course_utils.checks import diffusion
from course_utils.data import gaussian_digits, load_digits
from course_utils.report import Results, report
from course_utils.small_digits import enlarge, judge_asked, shrink
from course_utils.training import budget, fit_seeds

# %% [markdown]
# ## Spoil it step by step, then run the film backwards
#
# A **diffusion model** is the denoiser of lesson 21, used many times. Give it *pure* noise, and it can only guess: the mean of all digits. But let it remove
# a little noise, look again, remove a little more, and after some steps a digit stands there that
# nobody wrote. Tell it the digit that you want, and that one comes.
#
# Take a picture $x_0$ with pixels from −1 to 1. The **forward process** takes $T = 200$ steps. Step $t$ keeps most of the picture and adds a
# little noise:
#
# $$x_t = \sqrt{1 - \beta_t}\; x_{t-1} + \sqrt{\beta_t}\; \varepsilon_t , \qquad \varepsilon_t \sim N(0, I) .$$
#
# The variances $\beta_1, \dots, \beta_T$ are the **noise schedule**. Independent Gaussians add up, so all steps
# from 0 to $t$ can be taken at once:
#
# $$x_t = \sqrt{\bar\alpha_t}\; x_0 + \sqrt{1 - \bar\alpha_t}\; \varepsilon , \qquad
# \bar\alpha_t = \prod_{s=1}^{t} (1 - \beta_s) , \qquad \bar\alpha_0 = 1 .$$
#
# So $\bar\alpha_t$ is the share of the variance that still comes from the picture, if the picture has variance 1.
#
# ### Exercise 1: from 0 to t in one step
#
# Training will compile `diffuse`, so use `keras.ops` there. `alpha_bars_of` is for NumPy.
#
# <details><summary>Hint</summary>
#
# `np.cumprod` multiplies up; the first entry, for $t = 0$, comes in front.
# </details>


# %% exercise="forward"
def alpha_bars_of(betas: np.ndarray) -> np.ndarray:
    """The table of the alpha-bars.

    Args:
        betas: array (T,), the variances of steps 1 to T.

    Returns:
        array (T + 1,): entry t belongs to step t, so the first one is 1.
    """
    ### BEGIN SOLUTION
    kept = 1 - np.asarray(betas)
    products = np.cumprod(kept)
    return np.concatenate([[1.0], products])
    ### END SOLUTION


def diffuse(x0, noise, alpha_bar):
    """Pictures with noise, from step 0 in one step.

    Args:
        x0: pictures, tensor (n, ...).
        noise: standard normal noise, a tensor like x0.
        alpha_bar: tensor (n, 1, ..., 1), one number for each picture; or a number for all.

    Returns:
        tensor like x0.
    """
    ### BEGIN SOLUTION
    signal = ops.sqrt(alpha_bar) * x0
    return signal + ops.sqrt(1 - alpha_bar) * noise
    ### END SOLUTION


# %% check="forward" points=2
diffusion.check_alpha_bars(alpha_bars_of, betas=[0.1, 0.5, 0.2])
diffusion.check_diffuse(diffuse, shape=(4, 3, 3, 1))
### BEGIN HIDDEN TESTS
diffusion.check_alpha_bars(alpha_bars_of, betas=[0.3])
diffusion.check_alpha_bars(alpha_bars_of, betas=np.linspace(1e-4, 0.02, 1000))
diffusion.check_diffuse(diffuse, shape=(1, 5))
diffusion.check_diffuse(diffuse, shape=(40, 20, 20, 3))
### END HIDDEN TESTS

# %% [markdown]
# The schedule below lets $\bar\alpha_t$ fall along a squared cosine (Nichol & Dhariwal 2021). The digits have 16 × 16 pixels, so that
# training is quick. Figures show them enlarged.

# %%
T = 200
curve = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
betas = np.minimum(1 - curve[1:] / curve[:-1], 0.999)
alpha_bars = alpha_bars_of(betas).astype("float32")

digits = load_digits()
n_train = budget(4000, 128)
x_train, y_train = shrink(digits.x_train[:n_train]), digits.y_train[:n_train].astype("int32")
x_test, y_test = shrink(digits.x_test), digits.y_test


def noise_for(n: int, seed: int) -> np.ndarray:
    """Pure noise, n pictures."""
    return np.random.default_rng(seed).standard_normal((n, 16, 16, 1)).astype("float32")


rows = {}
for t in (0, 50, 100, 150, 200):
    rows[f"t = {t}"] = enlarge(diffuse(x_train[:8], noise_for(8, seed=t), alpha_bars[t]))
plots.show(
    plots.image_rows(rows, "The forward process", size=0.7),
    alt="Eight digits at five steps of the forward process: clean at step 0, noisy at 50, hardly legible at 100, lost at 150, "
    "pure noise at 200.",
)

# %% [markdown]
# ## One denoiser for all noise levels
#
# The network gets the noisy pictures, the steps $t$ and the labels $c$, and gives its estimate $\hat x_0$ of the clean
# picture. Each picture of a batch gets a step of its own, drawn evenly from 1 to $T$. The loss is the mean squared error over all
# pixels:
#
# $$L = \operatorname{mean}\; \bigl(\hat x_0(x_t, t, c) - x_0\bigr)^2 .$$
#
# Most papers, from Ho et al. (2020) on, predict the *noise* $\varepsilon$ instead. Given $x_t$, whoever knows one of the two knows the other. *Break it* will compare
# them, so write the loss for both.
#
# ### Exercise 2: the training loss
#
# <details><summary>Hint: shapes</summary>
#
# `ops.take(alpha_bars, t)` has the shape (n,). A picture has three axes more: `ops.reshape(..., (-1, 1, 1, 1))`.
# </details>


# %% exercise="diffusion_loss"
def diffusion_loss(network, x0, labels, t, noise, alpha_bars, target="clean"):
    """The loss of one batch.

    Args:
        network: called as network([noisy pictures, t, labels]), gives a tensor like x0.
        x0: clean pictures, tensor (n, height, width, channels).
        labels: integer tensor (n,).
        t: integer tensor (n,), steps from 1 to T.
        noise: standard normal noise, a tensor like x0.
        alpha_bars: tensor (T + 1,).
        target: what the network's output should be, "clean" (pictures) or "noise".

    Returns:
        one number, a tensor.
    """
    ### BEGIN SOLUTION
    alpha_bar = ops.reshape(ops.take(alpha_bars, t), (-1, 1, 1, 1))
    noisy = diffuse(x0, noise, alpha_bar)
    output = network([noisy, t, labels])
    wanted = x0 if target == "clean" else noise
    return ops.mean(ops.square(output - wanted))
    ### END SOLUTION


# %% check="diffusion_loss" points=3
diffusion.check_loss(diffusion_loss, rows=3, size=2, target="clean")
diffusion.check_loss(diffusion_loss, rows=4, size=3, target="noise", channels=2)
### BEGIN HIDDEN TESTS
diffusion.check_loss(diffusion_loss, rows=1, size=4, target="clean")
diffusion.check_loss(diffusion_loss, rows=70, size=5, target="clean", channels=3)
diffusion.check_loss(diffusion_loss, rows=20, size=20, target="noise")
### END HIDDEN TESTS

# %% [markdown]
# The network is four dense blocks, each added to its input; larger pictures need convolutions or attention. Time enters as sines and cosines, the label as a row of a learned table,
# an `Embedding`. Both reach every block through **scale and shift** (FiLM; Perez et al. 2018): each number of a layer is multiplied by one and
# added to another, both computed from time and label.
#
# In training, 15 % of the labels are replaced by label 10, "no digit given". We shall need it for guidance.


# %%
NO_LABEL = 10


def build_network() -> keras.Model:
    """Pictures (n, 16, 16, 1), steps (n,) and labels (n,) to pictures (n, 16, 16, 1)."""
    x, t, labels = keras.Input((16, 16, 1)), keras.Input(()), keras.Input((), dtype="int32")
    angles = ops.expand_dims(t / T, 1) * np.geomspace(1, 1000, 16, dtype="float32")
    time = layers.Dense(128, "swish")(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=1))
    table = layers.Embedding(11, 128, keras.initializers.RandomNormal(stddev=1.0))
    condition = layers.Dense(128, "swish")(time + table(labels))
    h = layers.Dense(384)(layers.Flatten()(x))
    for _ in range(4):
        scale, shift = layers.Dense(384)(condition), layers.Dense(384)(condition)
        inner = layers.LayerNormalization()(h) * (1 + scale) + shift
        inner = layers.Dense(384, "swish")(inner)
        h = h + layers.Dense(384, kernel_initializer="zeros")(inner)
    output = layers.Dense(256, kernel_initializer="zeros")(layers.LayerNormalization()(h))
    return keras.Model([x, t, labels], layers.Reshape((16, 16, 1))(output))


class Diffusion(keras.Model):
    """A denoiser for all noise levels, trained on pictures and labels."""

    def __init__(self, network, target="clean"):
        super().__init__()
        self.network, self.target = network, target

    def train_step(self, data):
        """One step of the optimizer."""
        x0, labels = data
        n = ops.shape(x0)[0]
        t = keras.random.randint((n,), 1, T + 1)
        noise = keras.random.normal(ops.shape(x0))
        labels = ops.where(keras.random.uniform((n,)) < 0.15, NO_LABEL, labels)
        with tf.GradientTape() as tape:
            table = ops.convert_to_tensor(alpha_bars)
            loss = diffusion_loss(self.network, x0, labels, t, noise, table, self.target)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return {"loss": loss}

    def denoise(self, x, t, labels):
        """Estimates of the clean pictures behind x (n, 16, 16, 1) at step t, a number."""
        output = self.network.predict_on_batch([x, np.full(len(x), t), labels])
        if self.target == "noise":
            output = (x - np.sqrt(1 - alpha_bars[t]) * output) / np.sqrt(alpha_bars[t])
        return output


def train(target: str) -> list[Diffusion]:
    """Models from two random seeds, trained on all training digits."""
    return fit_seeds(
        lambda: Diffusion(build_network(), target), x_train, y_train, seeds=range(budget(2, 1)),
        epochs=budget(20, 1), learning_rate=2e-3, title=f"target: {target}",
    )  # fmt: skip


models = train("clean")

# %%
rows = {"unseen": enlarge(x_test[:8])}
for t in (100, 150, 190):
    noisy = np.array(diffuse(x_test[:8], noise_for(8, seed=1), alpha_bars[t]))
    rows[f"t = {t}"] = enlarge(noisy)
    rows[f"estimate, t = {t}"] = enlarge(models[0].denoise(noisy, t, y_test[:8]))
plots.show(
    plots.image_rows(rows, "One look at noisy digits", size=0.7),
    alt="Eight unseen digits; the same at three noise levels, each with the network's estimate below: good at step 100, "
    "soft at 150, and nearly the mean digit of its class at 190.",
)

# %% [markdown]
# At $t = 100$ one look nearly does it. At 190 the estimate is little more than the mean digit of its class: many digits could lie behind
# this noise, and the least squared error is at their mean, the *conditional mean* (lesson 21). A mean is no sample. So we do not jump; we go a step and look again.
#
# ## DDPM: back in small, random steps
#
# The sampler goes from step $t$ to an earlier step, with $\bar\alpha$ at $t$ and $\bar\alpha'$ at the earlier one. If $x_0$ were
# known, Bayes' rule would give the distribution of the earlier picture exactly, a Gaussian. **DDPM** (Ho et al. 2020) puts the estimate
# $\hat x_0$ into it and draws from it. With $\alpha = \bar\alpha / \bar\alpha'$ and $\beta = 1 - \alpha$, and
# fresh noise $z$:
#
# $$x' = \frac{\sqrt{\bar\alpha'}\,\beta\; \hat x_0 + \sqrt{\alpha}\,(1 - \bar\alpha')\; x}{1 - \bar\alpha} + \sigma z ,
# \qquad \sigma^2 = \beta\, \frac{1 - \bar\alpha'}{1 - \bar\alpha} .$$
#
# ### Exercise 3: a step of DDPM
#
# <details><summary>Hint</summary>
#
# $z$ is multiplied by the standard deviation $\sigma$. In the last step $\bar\alpha' = 1$. What remains?
# </details>


# %% exercise="ddpm_step"
def ddpm_step(x, clean, alpha_bar, alpha_bar_new, z):
    """A step of DDPM towards the clean pictures.

    Args:
        x: noisy pictures, array (n, ...).
        clean: estimates of the clean pictures behind x, like x.
        alpha_bar: a number, that of x.
        alpha_bar_new: a number, that of the result; larger than alpha_bar, at most 1.
        z: fresh standard normal noise, like x.

    Returns:
        array like x.
    """
    ### BEGIN SOLUTION
    alpha = alpha_bar / alpha_bar_new
    beta = 1 - alpha
    of_clean = np.sqrt(alpha_bar_new) * beta / (1 - alpha_bar)
    of_x = np.sqrt(alpha) * (1 - alpha_bar_new) / (1 - alpha_bar)
    sigma = np.sqrt(beta * (1 - alpha_bar_new) / (1 - alpha_bar))
    return of_clean * clean + of_x * x + sigma * z
    ### END SOLUTION


# %% check="ddpm_step" points=3
diffusion.check_ddpm(ddpm_step, shape=(3, 2), alpha_bar=0.3, alpha_bar_new=0.8)
diffusion.check_ddpm(ddpm_step, shape=(2, 3), alpha_bar=0.7, alpha_bar_new=1.0)
diffusion.check_ddpm(ddpm_step, shape=(3, 2), alpha_bar=0.9, alpha_bar_new=0.995)
### BEGIN HIDDEN TESTS
diffusion.check_ddpm(ddpm_step, shape=(1,), alpha_bar=0.05, alpha_bar_new=0.9)
diffusion.check_ddpm(ddpm_step, shape=(20, 20, 20, 1), alpha_bar=0.001, alpha_bar_new=0.01)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 4: the sampler
#
# Begin with pure noise at the first of `times`, and step from each time to the next.
#
# <details><summary>Hint</summary>
#
# `zip(times[:-1], times[1:])` gives the pairs. The estimate is made at the *old* time.
# </details>


# %% exercise="sample"
def sample(denoise, step, start, times, alpha_bars):
    """Walk from noise to pictures.

    Args:
        denoise: function of pictures x and their time, gives estimates of the clean pictures.
        step: function of (x, clean, alpha_bar, alpha_bar_new), gives the pictures at the new time.
        start: noise, array (n, ...), the pictures at times[0].
        times: whole numbers, a list or an array; here they fall to 0, later they also end at 1, or rise.
        alpha_bars: array (T + 1,).

    Returns:
        list of the pictures at each of the times; the first entry is start.
    """
    ### BEGIN SOLUTION
    states = [start]
    for t, new_t in zip(times[:-1], times[1:], strict=True):
        x = states[-1]
        clean = denoise(x, t)
        states.append(step(x, clean, alpha_bars[t], alpha_bars[new_t]))
    return states
    ### END SOLUTION


# %% check="sample" points=2
diffusion.check_sample(sample, times=[4, 3, 2, 1, 0], shape=(2, 3))
diffusion.check_sample(sample, times=[9, 6, 2, 0], shape=(1, 2, 2, 1))
diffusion.check_sample(sample, times=[1, 3, 6], shape=(2,))
### BEGIN HIDDEN TESTS
diffusion.check_sample(sample, times=[1, 0], shape=(3,))
diffusion.check_sample(sample, times=list(range(300, -1, -1)), shape=(2,))
diffusion.check_sample(sample, times=[50, 49, 7, 0], shape=(9, 20, 20, 1))
### END HIDDEN TESTS


# %%
def fresh_steps(seed: int):
    """Steps of DDPM that draw their noise from one generator."""
    rng = np.random.default_rng([seed, 1])  # other numbers than the start

    def step(x, clean, alpha_bar, alpha_bar_new):
        z = rng.standard_normal(x.shape).astype("float32")
        return ddpm_step(x, clean, alpha_bar, alpha_bar_new, z)

    return step


asked = np.arange(10)
every_step = list(range(T, -1, -1))


def denoise(x, t):
    return models[0].denoise(x, t, asked)


states = sample(denoise, fresh_steps(1), noise_for(10, 1), every_step, alpha_bars)
rows = {f"t = {every_step[k]}": enlarge(states[k]) for k in (0, 50, 100, 150, 200)}
plots.show(
    plots.image_rows(rows, "Digits 0 to 9, asked for by their labels: 200 steps of DDPM", size=0.7),
    alt="Ten columns from pure noise at step 200 to digits at step 0; some are clear, some are muddled.",
)

# %% [markdown]
# ## Is the sampler right? An exact denoiser
#
# Noise became digits. But are they drawn from the right distribution? For digits nobody knows it. So take data for which everything is known: numbers $x_0$ from a mixture of two Gaussians, around −0.6 and 0.5. Then the best denoiser $E[x_0 \mid x_t]$ is a formula, no training needed. If the
# sampler is right, it must give the mixture back.

# %%
exact_denoise = mixture.exact_denoiser(alpha_bars)  # E[x0 | x_t], exact
numbers = budget(20_000, 500)
start = np.random.default_rng(0).standard_normal(numbers)
ddpm_paths = np.array(sample(exact_denoise, fresh_steps(0), start, every_step, alpha_bars))

# %% [markdown]
# ## DDIM: no fresh noise, fewer steps
#
# **DDIM** (Song, Meng & Ermon 2021) takes no fresh noise. It works out which noise $\hat\varepsilon$ must be in $x$ if the estimate is
# right, and mixes the two anew, for the earlier step:
#
# $$\hat\varepsilon = \frac{x - \sqrt{\bar\alpha}\; \hat x_0}{\sqrt{1 - \bar\alpha}} , \qquad
# x' = \sqrt{\bar\alpha'}\; \hat x_0 + \sqrt{1 - \bar\alpha'}\; \hat\varepsilon .$$
#
# ### Exercise 5: a step of DDIM
#
# <details><summary>Hint</summary>
#
# Two lines, one for each formula.
# </details>


# %% exercise="ddim_step"
def ddim_step(x, clean, alpha_bar, alpha_bar_new):
    """A step of DDIM; arguments and result as in `ddpm_step`, without fresh noise.

    alpha_bar_new may also be smaller than alpha_bar: then the step goes towards noise.
    """
    ### BEGIN SOLUTION
    noise = x - np.sqrt(alpha_bar) * clean
    noise = noise / np.sqrt(1 - alpha_bar)
    signal = np.sqrt(alpha_bar_new) * clean
    return signal + np.sqrt(1 - alpha_bar_new) * noise
    ### END SOLUTION


# %% check="ddim_step" points=2
diffusion.check_ddim(ddim_step, shape=(3, 2), alpha_bar=0.3, alpha_bar_new=0.8)
diffusion.check_ddim(ddim_step, shape=(2, 3), alpha_bar=0.7, alpha_bar_new=1.0)
diffusion.check_ddim(ddim_step, shape=(2, 1), alpha_bar=0.8, alpha_bar_new=0.3)
### BEGIN HIDDEN TESTS
diffusion.check_ddim(ddim_step, shape=(1,), alpha_bar=0.9, alpha_bar_new=0.05)
diffusion.check_ddim(ddim_step, shape=(20, 20, 20, 1), alpha_bar=0.001, alpha_bar_new=0.8)
### END HIDDEN TESTS

# %%
ddim_paths = np.array(sample(exact_denoise, ddim_step, start, every_step, alpha_bars))
fig, axes = plt.subplots(1, 3, figsize=(10, 3.2), width_ratios=(3, 3, 2), sharey=True)
for ax, name, paths in zip(axes[:2], ("DDPM", "DDIM"), (ddpm_paths, ddim_paths), strict=True):
    ax.plot(every_step, paths[:, :12], linewidth=1)
    ax.set(title=f"{name}: 12 samples", xlabel="step t", ylabel="x", xlim=(T, 0), ylim=(-3, 3))
    axes[2].hist(paths[-1], 80, density=True, orientation="horizontal", histtype="step", label=name)
grid = np.linspace(-1.5, 1.5, 300)
axes[2].plot(mixture.density(grid), grid, "k--", linewidth=1, label="the mixture")
axes[2].set(title="20,000 samples", xlabel="density")
axes[2].legend()
plots.show(
    fig,
    alt="Twelve samples of a number on their way from noise to one of two modes: jagged lines for DDPM, smooth ones that "
    "do not cross for DDIM. Right: the histograms of both agree with the density of the mixture.",
)

# %% [markdown]
# Both samplers give the mixture, by different ways. With DDIM all chance is in the start: the same noise gives the same picture. And the
# way can be walked back. From the sample towards noise, with the rising times, we should meet the start again.


# %%
def few_steps(n: int, last: int = 0) -> np.ndarray:
    """n steps, evenly spaced, from T down to the last time."""
    return np.linspace(T, last, n + 1).round().astype(int)


exact, other = mixture.draw(numbers, seed=1), mixture.draw(numbers, seed=2)
accuracy = Results("sampler", "steps")
accuracy.add(("other true samples", 0), distance=wasserstein_distance(other, exact))
for name, step, paths in (("DDPM", fresh_steps(3), ddpm_paths), ("DDIM", ddim_step, ddim_paths)):
    accuracy.add((name, 200), distance=wasserstein_distance(paths[-1], exact))
    found = sample(exact_denoise, step, start, few_steps(20), alpha_bars)[-1]
    accuracy.add((name, 20), distance=wasserstein_distance(found, exact))
way_back = {}
for n in (199, 20):
    times = few_steps(n, last=1)  # at 0 no noise is left, so none could be found on the way up
    down = sample(exact_denoise, ddim_step, start, times, alpha_bars)[-1]
    up = sample(exact_denoise, ddim_step, down, times[::-1], alpha_bars)[-1]
    way_back[n] = np.median(np.abs(up - start))
print("error of the way back to the start, median, by number of steps:", way_back)
accuracy.table()

# %% folded="numbers"
true = accuracy.mean(("other true samples", 0), "distance")
report("true_samples_distance", true, within=(0, 0.015))
for name, few in {"DDPM": (0.03, 0.06), "DDIM": (0.02, 0.04)}.items():
    report(f"mixture_{name}_200", accuracy.mean((name, 200), "distance"), within=(0, 0.02))
    report(f"mixture_{name}_20", accuracy.mean((name, 20), "distance"), within=few)
report("way_back_error_199", way_back[199], within=(0, 0.02))
report("way_back_error_20", way_back[20], within=(0.05, 0.15))

# %% [markdown]
# *distance* is how far the numbers of one sample must be moved on average to become those of the other (Wasserstein distance). With 200 steps both
# samplers come close to a second sample of the mixture itself. With 20 steps both are further away, DDPM more than DDIM. The way back finds the start again to 0.01 (median) in 199 steps and to 0.1 in 20: with small steps, DDIM is an invertible map between noise and data.
#
# ## Guidance
#
# Some of the digits above are muddled. **Classifier-free guidance** (Ho & Salimans 2022) asks the network twice, with the label and without
# one, and multiplies the difference:
#
# $$\hat x_0 = \hat x_0(\text{no label}) + w \,\bigl(\hat x_0(\text{label}) - \hat x_0(\text{no label})\bigr) .$$
#
# With the **guidance weight** $w = 0$ the label is ignored, $w = 1$ is the answer with the label, $w > 1$ exaggerates what the label changes. The paper's $w$ is ours minus 1. This is also why 15 % of the labels were hidden in training.
#
# ### Exercise 6: guidance
#
# <details><summary>Hint</summary>
#
# `np.full_like(labels, no_label)`, and one call of `denoise` for each of the two answers.
# </details>


# %% exercise="guided"
def guided(denoise, x, t, labels, w, no_label):
    """Estimates of the clean pictures with guidance.

    Args:
        denoise: function of (x, t, labels), gives estimates like x.
        x: noisy pictures, array (n, ...).
        t: their time, a number.
        labels: integer array (n,), what is asked for.
        w: guidance weight; 0 ignores the labels, 1 is the answer with them.
        no_label: the label that stands for none.

    Returns:
        array like x.
    """
    ### BEGIN SOLUTION
    nothing = np.full_like(labels, no_label)
    without = denoise(x, t, nothing)
    difference = denoise(x, t, labels) - without
    return without + w * difference
    ### END SOLUTION


# %% check="guided" points=2
diffusion.check_guided(guided, shape=(3, 2), w=2.5, no_label=10)
diffusion.check_guided(guided, shape=(3, 2), w=0.0, no_label=4)
### BEGIN HIDDEN TESTS
diffusion.check_guided(guided, shape=(1, 4), w=1.0, no_label=4)
diffusion.check_guided(guided, shape=(50, 20, 20, 1), w=7.0, no_label=0)
### END HIDDEN TESTS


# %%
def draw(model, asked, w, times, seed, step=ddim_step) -> list:
    """Digits that were asked for, at each of the times."""

    def denoise(x, t):
        return np.clip(guided(model.denoise, x, t, asked, w, NO_LABEL), -1, 1)

    return sample(denoise, step, noise_for(len(asked), seed), times, alpha_bars)


asked = np.array([7, 7, 2, 0, 5])  # change it: what shall it write?
states = draw(models[0], asked, 2, few_steps(20), seed=3)
times = few_steps(20)[::2]
frames = np.array([enlarge(x) for x in states[::2]])
titled = zip(frames, [f"Step {t}" for t in times], strict=True)
plots.film(
    (plots.image_grid(frame, columns=5, title=title, size=1.3) for frame, title in titled),
    alt="A film of five pictures: noise in which strokes appear, and at the end the digits 7, 7, 2, 0 and 5.",
)
rows = {f"{k + 1}: a {digit}, please": frames[:, k] for k, digit in enumerate(asked)}
plots.show(
    plots.image_rows(rows, "Noise turns into the digits that were asked for", size=0.9),
    alt="Five rows from noise on the left to digits on the right: 7, 7, 2, 0 and 5.",
    name="51_diffusion",
)

# %% [markdown]
# Change `asked` and run the cell again: it writes what you ask for. (Estimates are clipped, since guidance overshoots.)
#
# ## What guidance costs
#
# The course's classifier judges 250 digits for each line, enlarged, beside the unseen real ones treated likewise:
#
# - *asked*: share that it takes for the digit that was asked for; *confident*: share with a probability of 0.9 or more;
# - *coverage* (lesson 43): share of real digits near which a generated one lies (grows with the number of digits);
# - *distance*: **energy distance** between the features of generated and real digits, 0 if they are alike (an estimate, so it may fall a little below);
# - *near-copies*: share closer to a training digit than the closest 1 % of unseen digits.
#
# Two baselines: other real digits, and a Gaussian by class, with the mean and covariance of its training digits.

# %%
N = budget(250, 20)
wanted = np.arange(N) % 10
verdicts = Results("source")
for seed in range(budget(2, 1)):
    part = slice(seed * N, (seed + 1) * N)
    verdicts.add("real", seed, **judge_asked(shrink(digits.x_val[part]), digits.y_val[part]))
    drawn = [gaussian_digits(digits.x_train[digits.y_train == k], N // 10, seed) for k in range(10)]
    by_class = shrink(np.concatenate(drawn))
    verdicts.add("Gaussian by class", seed, **judge_asked(by_class, np.repeat(range(10), N // 10)))
for seed, model in enumerate(models):
    for w in (0, 1, 2, 3, 5, 8):
        made = draw(model, wanted, w, few_steps(20), seed)[-1]
        verdicts.add(f"DDIM, 20 steps, w = {w}", seed, **judge_asked(made, wanted))
    for n in (20, 200):
        times = few_steps(min(n, budget(200, 30)))
        made = draw(model, wanted, 2, times, seed, fresh_steps(seed))[-1]
        verdicts.add(f"DDPM, {n} steps, w = 2", seed, **judge_asked(made, wanted))
verdicts.table("asked", "confident", "coverage", "distance", "near-copies")

# %%
weights = [0, 1, 2, 3, 5, 8]
lines = {
    column: np.array([verdicts.values(f"DDIM, 20 steps, w = {w}", column) for w in weights]).T
    for column in ("asked", "confident", "coverage")
}
plots.show(
    plots.curves(lines, weights, "Obedience and variety", "guidance weight w", "share"),
    alt="Against the guidance weight: the shares asked and confident rise steeply up to 2 and fall a little at 8; coverage rises to "
    "2 and falls to half of that at 8.",
)


# %% folded="numbers"
def report_range(name, values, low, high):
    """Report the lowest and the highest of several values, within one range."""
    name = "_".join("".join(c if c.isalnum() else " " for c in name).lower().split())
    report(f"{name}_low", min(values), within=(low, high))
    report(f"{name}_high", max(values), within=(low, high))


ranges = {  # asked, confident, coverage, distance
    "real": ((0.97, 1), (0.93, 1), (0.73, 0.84), (-0.06, 0.05)),
    "Gaussian by class": ((0.7, 0.85), (0.7, 0.87), (0.27, 0.45), (1.3, 2.2)),
    "DDIM, 20 steps, w = 0": ((0.05, 0.16), (0.4, 0.72), (0.25, 0.55), (0.8, 2)),
    "DDIM, 20 steps, w = 1": ((0.78, 0.92), (0.74, 0.88), (0.57, 0.76), (0.3, 0.7)),
    "DDIM, 20 steps, w = 2": ((0.96, 1), (0.94, 1), (0.7, 0.83), (0.03, 0.17)),
    "DDIM, 20 steps, w = 3": ((0.97, 1), (0.95, 1), (0.62, 0.78), (0.08, 0.22)),
    "DDIM, 20 steps, w = 5": ((0.95, 1), (0.9, 1), (0.45, 0.68), (0.13, 0.35)),
    "DDIM, 20 steps, w = 8": ((0.8, 1), (0.78, 1), (0.28, 0.52), (0.25, 0.8)),
    "DDPM, 20 steps, w = 2": ((0.96, 1), (0.93, 1), (0.72, 0.85), (0.02, 0.13)),
    "DDPM, 200 steps, w = 2": ((0.94, 1), (0.9, 1), (0.62, 0.83), (0, 0.13)),
}
for name, limits in ranges.items():
    columns = ("asked", "confident", "coverage", "distance", "near-copies")
    for column, (low, high) in zip(columns, (*limits, (0, 0.04)), strict=True):
        report_range(f"{name}_{column}", verdicts.values(name, column), low, high)
guided_coverage = verdicts.mean("DDIM, 20 steps, w = 2", "coverage")
for key, name in (("gaussian", "Gaussian by class"), ("w_8", "DDIM, 20 steps, w = 8")):
    share = verdicts.mean(name, "coverage") / guided_coverage
    report(
        f"{key}_share_of_coverage", share, within={"gaussian": (0.3, 0.5), "w_8": (0.4, 0.65)}[key]
    )

# %% [markdown]
# With $w = 2$ and 20 steps of DDIM, about 98 of 100 digits are taken for those asked for, and the coverage is nearly that of other real
# digits. The Gaussians reach less than half of it. Near-copies are at most 4 %, as among other real digits.
#
# With $w = 1$ some digits are muddled: they obey less often, and fewer real digits have a generated one near. From 2 on, guidance costs variety: at 8 about half of the coverage
# is left. *asked* and *confident* fall far less. So never judge guidance by a classifier alone.
#
# DDPM with 200 steps is not better than with 20. Nor does it matter much here whether the 20 steps draw fresh noise.
#
# ## Break it: predict the noise
#
# "Predict the noise, it gives better pictures": so Ho et al. (2020) found, and most programs do it. We train the same network with the same seeds for the same number of
# epochs, with `target="noise"`. For sampling, $\hat\varepsilon$ is turned into $\hat x_0 = (x_t - \sqrt{1 - \bar\alpha_t}\, \hat\varepsilon) / \sqrt{\bar\alpha_t}$.
# **Predict first:** will the digits be better, equally good, or worse?

# %%
by_target = {"target clean": models, "target noise": train("noise")}
pictures = {}
for name, trained in by_target.items():
    for w in (2, 5):
        for seed, model in enumerate(trained):
            made = draw(model, wanted, w, few_steps(20), seed)[-1]
            verdicts.add(f"{name}, w = {w}", seed, **judge_asked(made, wanted))
        pictures[f"{name}, w = {w}"] = enlarge(made[:10])
plots.show(
    plots.image_rows(pictures, "Digits 0 to 9, DDIM in 20 steps", size=0.7),
    alt="Four rows of the digits 0 to 9. Target clean: clear digits at both weights. Target noise: some digits, others broken into "
    "blots or on a grey ground.",
)
verdicts.table("asked", "coverage", "distance").tail(4)

# %%
steps = [10, 50, 100, 150, 180, 190, 196]
eps = noise_for(len(x_test), seed=0)


def errors_of(model) -> list[float]:
    """Mean squared error of the estimates at each of the steps."""
    noisy = [np.array(diffuse(x_test, eps, alpha_bars[t])) for t in steps]
    found = [model.denoise(x, t, y_test).clip(-1, 1) for x, t in zip(noisy, steps, strict=True)]
    return [np.mean((x - x_test) ** 2) for x in found]


lines = {name: [errors_of(model) for model in trained] for name, trained in by_target.items()}
gaps = [x_test[y_test == k] - x_train[y_train == k].mean(axis=0) for k in range(10)]
class_mean = np.mean([np.mean(gap**2) for gap in gaps])
fig = plots.curves(
    lines, steps, "Error of the estimate on unseen digits", "step t", "mean squared error",
    log_y=True, target=class_mean, target_name="mean digit of the class",
)  # fmt: skip
alt = "Target noise: lower at step 10, far above the mean digit of the class from 180 on; target clean: hardly ever above it."
plots.show(fig, alt=alt)

# %% folded="numbers"
for w, low, high in ((2, 0.3, 0.7), (5, 0.55, 0.9)):
    asked_for = verdicts.values(f"target noise, w = {w}", "asked")
    report_range(f"target_noise_w{w}_asked", asked_for, low, high)
error = {name: np.array(rows) / class_mean for name, rows in lines.items()}
report_range(
    "noise_over_clean_at_10", error["target noise"][:, 0] / error["target clean"][:, 0], 0.1, 0.5
)
report_range(
    "noise_over_clean_at_100", error["target noise"][:, 2] / error["target clean"][:, 2], 1.1, 1.5
)
report_range("clean_over_class_mean_at_190", error["target clean"][:, 5], 0.9, 1.06)
report_range("noise_over_class_mean_at_190", error["target noise"][:, 5], 2.8, 5)
for t, low, high in ((10, 0, 1), (T, 3900, 4150)):
    factor = np.sqrt((1 - alpha_bars[t]) / alpha_bars[t])
    report(f"error_of_noise_times_at_{t}", factor, within=(low, high))

# %% [markdown]
# With the noise as target about half of the digits obey, instead of 98 of 100. A larger $w$ helps, but not enough. The second figure shows where. With little noise (step 10),
# predicting the noise is *better*: there $\sqrt{(1 - \bar\alpha_t) / \bar\alpha_t}$, by which an error of the noise is multiplied, is below 1. With much noise it is far worse: at step 190 its squared error is nearly four times that of the mean digit of the class. At the first step, 200, the factor is about 4,000: the walk begins with a useless estimate.
#
# Why? At $t = 190$, $x_t$ is nearly all noise, so its noise is easy to predict: $\hat\varepsilon = x_t$ has a small loss. But what matters there is the small rest, which
# decides the digit. The factor above magnifies every error of $\hat\varepsilon$. And noise fills all 256
# dimensions of a picture, while digits fill few (Li & He 2025). The repair is one word: `target="clean"`. With large networks, many pictures and long training, predicting noise works well; at our budget it does not.
#
# ## The straight road: flow matching
#
# *Flow matching* (Lipman et al. 2023) mixes along a straight line, $x_t = (1 - t)\, x_0 + t\, \varepsilon$ with $t$ from 0 to 1, and learns the velocity $\varepsilon - x_0 = (x_t - x_0) / t$. A denoiser trained on these mixtures is enough: put $\hat x_0$ into the velocity, and walk from $t = 1$ to 0 in small straight steps. (The paper's time runs the other way.)
#
# ### Written question
#
# A classmate trains two networks. One predicts the noise and ends with a loss of 0.10, one predicts the clean picture and ends with 0.09. "They are equally good. I take the first,
# with $w = 8$: the more guidance, the more digits are recognised." Why can the two losses not be compared, and what should she compare? By which factor do the squared errors of $\hat\varepsilon$ and
# $\hat x_0$ differ where $\bar\alpha_t = 0.01$? What does $w = 8$ cost, and which numbers show it? (4 to 6 sentences.)

# %% [markdown] answer="losses_and_guidance" points=3
# **Model answer.** The losses measure different things: errors of the noise and errors of the picture. From $\hat x_0 = (x_t - \sqrt{1 - \bar\alpha_t}\, \hat\varepsilon) / \sqrt{\bar\alpha_t}$, the squared error
# of the picture is $(1 - \bar\alpha_t) / \bar\alpha_t$ times that of the noise, which is 99 at $\bar\alpha_t = 0.01$; so a small loss of the noise can hide a useless estimate exactly where
# the digit is decided. She should turn both into estimates of the clean picture and compare their errors on unseen digits, step by step, or judge samples. More guidance is not more digits recognised: beyond 3
# *asked* and *confident* rise no more, and at 8 they are lower. And the digits cover fewer of the real ones and lie farther from their distribution. Coverage and energy distance show it, at several weights and from several seeds.
#
# **Rubric.** 1 point: different quantities, and a comparison in one of them (or of samples). 1 point: the factor 99. 1 point: guidance costs variety, shown by coverage or a distance.

# %% [markdown]
# ## Summary
#
# 1. The forward process mixes picture and noise; every degree can be reached in one step, by $\bar\alpha_t$.
# 2. One denoiser for all degrees is the whole model; its best answer is the conditional mean, so sampling takes many small steps.
# 3. DDPM draws fresh noise in each step; DDIM does not, can skip steps, and can be walked back. With an exact denoiser both give the right distribution.
# 4. Guidance buys obedience with variety: coverage falls.
# 5. What the network predicts matters: at our budget the clean picture, not the noise.
#
# ## References
#
# - E. Perez, F. Strub, H. de Vries, V. Dumoulin, A. Courville (2018). FiLM: visual reasoning with a general conditioning layer. *AAAI*.
# - J. Ho, A. Jain, P. Abbeel (2020). Denoising diffusion probabilistic models. *NeurIPS*.
# - A. Nichol, P. Dhariwal (2021). Improved denoising diffusion probabilistic models. *ICML*.
# - J. Song, C. Meng, S. Ermon (2021). Denoising diffusion implicit models. *ICLR*.
# - J. Ho, T. Salimans (2022). Classifier-free diffusion guidance. *arXiv:2207.12598*.
# - Y. Lipman, R. Chen, H. Ben-Hamu, M. Nickel, M. Le (2023). Flow matching for generative modeling. *ICLR*.
# - T. Li, K. He (2025). Back to basics: let denoising generative models denoise. *arXiv:2511.13720*.
