# ---
# title: Conditions and edits
# question: How do we tell a generative model what to draw, and how do we change one thing in a picture and nothing else?
# picture: One latent code of a drawn face, decoded with nine hair colours, without glasses above and with glasses below
# seconds: 70
# goals:
#   - condition a VAE on a label, and measure whether the label is obeyed
#   - find the direction of an attribute in latent space, and edit a picture along it
#   - say when such a direction changes more than it should, and repair it
#   - measure disentanglement, and say what it does not measure
# terms:
#   conditional VAE: a VAE whose decoder gets a label beside the latent code, so that one can ask for what is drawn
#   one-hot label: a row of zeros with a single 1 in the place of the category
#   probe: a simple classifier or regression on latent codes or pixels; it tells whether a factor can be read from them
#   factor: a property of the picture that varies, such as hair colour or tilt
#   attribute direction: a vector in latent space; adding it to a code changes one property of the picture
#   normal: the weight vector of a linear probe; it is perpendicular to the plane where the probe changes its mind
#   confounded: two factors that occur together in the data, so that a direction of one holds the other as well
#   mutual information: what one variable tells about another, in nats; 0 if they are independent
#   disentanglement: each factor is held by a latent dimension of its own
#   mutual information gap: how much more the best latent dimension tells about a factor than the second best, as a share of the factor's entropy
#   label leak: the latent code holds the label as well, so that the decoder need not use the label it is given
# ---

# %% folded="imports"
import itertools

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score

from course_utils import factors, plots
from course_utils.checks import conditional, conditional_gap, conditional_layers
from course_utils.data import draw_characters, load_characters
from course_utils.factors import changes, fit_probes, known_factors, scores, verdicts_of
from course_utils.report import Results, report
from course_utils.starts import linear_start
from course_utils.training import budget, fit_seeds, predict

# %% [markdown]
# ## Pictures of which everything is known
#
# Our faces are drawn by a program, so each **factor** of each face is known. Here we use hair colour, skin, glasses, background and tilt; hair, eyes,
# mouth and others vary, too. They are independent. The first run draws the faces, which took 12 seconds on two free cores.

# %%
faces = load_characters("lorelei", size=32, n=budget(3000, 400))
train, test = faces.factors_train, faces.factors_test
x_train, x_test = faces.x_train.reshape(-1, 3072), faces.x_test.reshape(-1, 3072)
known = train[:10].itertuples()
titles = [f"{one.hair_color}\n{one.skin}\n{round(one.tilt)}°" for one in known]
plots.show(
    plots.image_grid(
        faces.x_train[:10], titles=titles, title="Hair colour, skin and tilt of ten faces"
    ),
    alt="Ten drawn faces with different hair, skin, background and tilt; over each stand its hair colour, skin and tilt.",
)

# %% [markdown]
# ## Ask for what you want
#
# A VAE's decoder gets a latent code $z$, a sample of the prior $N(0, I)$. We cannot ask it for pink hair. A
# **conditional VAE** (Sohn, Lee & Yan 2015) has a decoder that also gets a label $c$. Our label has ten numbers:
# glasses (0 or 1), and the hair colour as a **one-hot label**, nine numbers of which one is 1.

# %%
HAIR = sorted(train["hair_color"].unique())


def labels_of(table) -> np.ndarray:
    """The label of each row of a table of factors, float32 (n, 10): glasses, then HAIR."""
    glasses = known_factors(table)["glasses"][:, None]
    hair = table["hair_color"].to_numpy()[:, None] == np.array(HAIR)
    return np.concatenate([glasses, hair], axis=1).astype("float32")


c_train, c_test = labels_of(train), labels_of(test)

# %% [markdown]
# Everything else stays as in a VAE. The encoder describes the code by a Gaussian $q(z \mid x, c)$. The decoder's picture is
# the mean of a Gaussian whose standard deviation $\sigma$ is the same for all pixel values. The loss is the negative ELBO:
#
# $$\frac{1}{2\sigma^2} \lVert x - \mathrm{decoder}(z, c) \rVert^2 + \mathrm{KL}\left(q(z \mid x, c)\,\|\,N(0, I)\right), \qquad z \sim q(z \mid x, c),$$
#
# where $\lVert\cdot\rVert^2$ is the sum of squares over all 3,072 values and KL the KL term of a VAE.
#
# ### Exercise 1: a network with a condition
#
# One function makes both decoder and encoder: the sum of a *linear* part of one layer, and a *deep* part whose last layer starts at zero. So before training the network is linear.
#
# <details><summary>Hint: two inputs</summary>
#
# `keras.Input`, `layers.Concatenate()([a, b])`, `layers.Add()([a, b])`, `keras.Model([first, second], output)`.
# </details>
# <details><summary>Hint: a layer that starts at zero</summary>
#
# `kernel_initializer="zeros"`; biases are zero anyway.
# </details>


# %% exercise="conditional_network"
def conditional_network(k: int, m: int, d: int, hidden: int = 256) -> keras.Model:
    """An untrained network with a condition.

    Args:
        k: size of the first input, such as a latent code.
        m: size of the second input, the label.
        d: size of the output.
        hidden: units of the hidden layer.

    Returns:
        a model that takes [(n, k), (n, m)] and gives (n, d), the sum of two parts: a Dense layer
        without activation, called "linear" (`name="linear"`); and a Dense layer of `hidden`
        units with GELU, then a Dense layer without activation whose kernel starts at zero. Both
        parts take the first input followed by the label. All three layers have biases.
    """
    ### BEGIN SOLUTION
    first, label = keras.Input((k,)), keras.Input((m,))
    both = layers.Concatenate()([first, label])
    linear = layers.Dense(d, name="linear")(both)
    deep = layers.Dense(hidden, activation="gelu")(both)
    deep = layers.Dense(d, kernel_initializer="zeros")(deep)
    output = layers.Add()([linear, deep])
    return keras.Model([first, label], output)
    ### END SOLUTION


# %% check="conditional_network" points=2
conditional_layers.check_network(conditional_network, k=5, m=3, d=7, hidden=4)
### BEGIN HIDDEN TESTS
conditional_layers.check_network(conditional_network, k=2, m=9, d=30, hidden=11)
conditional_layers.check_network(conditional_network, k=1, m=1, d=1, hidden=2)
### END HIDDEN TESTS

# %% [markdown]
# The encoder takes a picture and gives k means and k log variances. Training starts from the best *linear* model
# (`linear_start`): first least squares says what each label adds to a picture; then PCA of *what is
# left* gives the code. At the end we turn this order around.


# %%
K, SIGMA = 32, 0.15  # latent dimensions, standard deviation of the decoder's noise


class ConditionalVAE(keras.Model):
    """A VAE with a label: x (n, d), labels (n, m), codes (n, k)."""

    def __init__(self, m: int, start):
        """For labels of size m; start: kernel and bias of the linear part of encoder and decoder."""
        super().__init__()
        self.encoder = conditional_network(3072, m, 2 * K)
        self.decoder = conditional_network(K, m, 3072)
        for part, weights in zip((self.encoder, self.decoder), start, strict=True):
            part.get_layer("linear").set_weights(weights)

    def negative_elbo(self, x, label):
        """The negative ELBO of each picture, in nats up to a constant, (n,)."""
        x, label = ops.convert_to_tensor(x), ops.convert_to_tensor(label)
        mean, log_var = ops.split(self.encoder([x, label]), 2, axis=1)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))
        error = ops.sum(ops.square(x - self.decoder([z, label])), axis=1)
        kl = 0.5 * ops.sum(mean**2 + ops.exp(log_var) - 1 - log_var, axis=1)
        return error / (2 * SIGMA**2) + kl

    def train_step(self, data):
        x, label = data  # Keras hands the label over in the place of a target
        with tf.GradientTape() as tape:
            loss = ops.mean(self.negative_elbo(x, label))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}

    def codes(self, x, label) -> np.ndarray:
        """The means of the latent codes, (n, k)."""
        return np.split(predict(self.encoder, [x, label]), 2, axis=1)[0]

    def draw(self, codes, label) -> np.ndarray:
        """The decoder's pictures, (n, 32, 32, 3), cut to [0, 1]."""
        return predict(self.decoder, [np.float32(codes), label]).clip(0, 1).reshape(-1, 32, 32, 3)


# %%
def train_models(start, labels, title: str) -> list[ConditionalVAE]:
    """Trained models, one for each random seed."""
    build = lambda: ConditionalVAE(labels.shape[1], start)  # noqa: E731
    how = {"seeds": range(budget(2, 1)), "epochs": budget(10, 1), "learning_rate": 5e-4}
    return fit_seeds(build, x_train, labels, title=title, **how)


start = linear_start(x_train, c_train, K, SIGMA)
conditionals = train_models(start, c_train, "conditional VAE")

# %%
model, noise = conditionals[0], np.random.default_rng(0).normal(size=(9, K))
face = np.repeat(model.codes(x_test[:1], c_test[:1]), 9, axis=0)
glasses, hair = np.eye(10, dtype="float32")[0], np.eye(10, dtype="float32")[1:]
rows = {"no glasses": model.draw(face, hair), "glasses": model.draw(face, hair + glasses)}
rows["glasses, codes\nfrom the prior"] = model.draw(noise, hair + glasses)
plots.show(
    plots.image_rows(rows, f"Asked for: {', '.join(HAIR)} hair"),
    alt="The same drawn face with nine hair colours, in the upper row without glasses, in the middle row with glasses; below nine blurred faces that nobody drew, in the same hair colours, with glasses.",
    name="33_conditional",
)

# %% [markdown]
# Each column asks for another hair colour. Two rows have the code of one unseen face, the lowest nine codes of the prior. All are blurred, the glasses most: the label says *glasses*, but not which of the five kinds, so they are a mean of kinds.
#
# ## Is the label obeyed?
#
# We need a judge that does not belong to the model. A **probe** is a simple classifier or regression. Our judges read the first 100 principal components of the
# pixels and learn from the program's training faces. The table gives the share of right answers on its unseen
# faces; for tilt R², the share of variance explained.

# %%
judges = fit_probes(faces.x_train, train, components=100)
readable = Results("probe of")
readable.add("pixels: our judges", **scores(judges, faces.x_test, test))
readable.table()

# %% [markdown]
# Now keep the code of each unseen face, and ask for another hair colour, drawn at random, and for the opposite
# of its glasses. The columns:
#
# - *obeyed*: share of pictures in which the judge sees what was asked;
# - *largest other change*: skin, background and tilt should stay. For each we count the pictures in which the judge's
#   verdict differs from that on the copy (tilt: by more than 6 of the 24 degrees), and show the largest share;
# - *negative ELBO*: the loss on unseen faces, in nats up to a constant.
#
# The baseline is the linear model before training.

# %%
steps = np.random.default_rng(1).integers(1, 9, len(test))
asked_hair = (c_test[:, 1:].argmax(axis=1) + steps) % 9  # another of the nine colours
c_asked = np.eye(10, dtype="float32")[1 + asked_hair]
c_asked[:, 0] = 1 - c_test[:, 0]


def obedience(model) -> dict[str, float]:
    """What becomes of unseen faces when their labels c_test are replaced by c_asked."""
    codes = model.codes(x_test, c_test)
    copies, edited = model.draw(codes, c_test), model.draw(codes, c_asked)
    moved, seen = changes(judges, copies, edited), verdicts_of(judges, edited)
    return {
        "hair obeyed": np.mean(seen["hair_color"] == np.array(HAIR)[asked_hair]),
        "glasses obeyed": np.mean(seen["glasses"] == c_asked[:, 0]),
        "largest other change": max(moved["skin"], moved["background"], moved["tilt"]),
        "negative ELBO": np.mean(model.negative_elbo(x_test, c_test)),
    }


obeyed = Results("model")
obeyed.add("linear model", **obedience(ConditionalVAE(10, start)))
for seed, model in enumerate(conditionals):
    obeyed.add("conditional VAE", seed, **obedience(model))
obeyed.table()

# %% folded="numbers"
for name, value in scores(judges, faces.x_test, test).items():
    report(f"judge_{name}", value, within=(0.94, 1))
report("hair_obeyed", obeyed.mean("conditional VAE", "hair obeyed"), within=(0.95, 1))
report("glasses_obeyed", obeyed.mean("conditional VAE", "glasses obeyed"), within=(0.95, 1))
report(
    "largest_other_change", obeyed.mean("conditional VAE", "largest other change"), within=(0, 0.05)
)
report("hair_obeyed_linear", obeyed.mean("linear model", "hair obeyed"), within=(0.95, 1))
gain = obeyed.mean("linear model", "negative ELBO") - obeyed.mean(
    "conditional VAE", "negative ELBO"
)
report("elbo_gain", gain, within=(25, 110))

# %% [markdown]
# The label is obeyed nearly always, and skin, background and tilt stay. But so they do in the linear model, which is fitted in a second: obedience needs no deep network here. What it needs, we see in *Break it*.
#
# ## Edits without labels in training
#
# A conditional VAE needs the label of each training picture. The other way is to train a plain VAE and to look for factors in its codes *afterwards*. We train the same networks as long, with a label that is always 0. Then linear probes read the factors.

# %%
blank, blank_test = np.zeros_like(c_train[:, :1]), np.zeros_like(c_test[:, :1])
plains = train_models(linear_start(x_train, blank, K, SIGMA), blank, "plain VAE")


def add_probes(name: str, models, labels, labels_test) -> None:
    """Add a row to `readable`: probes of the models' codes, fitted to training faces."""
    for seed, model in enumerate(models):
        probes = fit_probes(model.codes(x_train, labels), train)
        readable.add(name, seed, **scores(probes, model.codes(x_test, labels_test), test))


add_probes("codes, plain VAE", plains, blank, blank_test)
add_probes("codes, conditional VAE", conditionals, c_train, c_test)
readable.table()

# %% folded="numbers"
for name, low in {
    "hair_color": 0.95,
    "skin": 0.95,
    "background": 0.95,
    "glasses": 0.95,
    "tilt": 0.9,
}.items():
    report(f"plain_{name}", readable.mean("codes, plain VAE", name), within=(low, 1))
report(
    "conditional_hair", readable.mean("codes, conditional VAE", "hair_color"), within=(0.05, 0.35)
)
report(
    "conditional_glasses", readable.mean("codes, conditional VAE", "glasses"), within=(0.55, 0.8)
)
report("without_glasses", 1 - np.mean(c_test[:, 0]), within=(0.6, 0.75))

# %% [markdown]
# A linear probe reads all five factors from the plain VAE's codes. From the conditional VAE's codes it reads
# skin, background and tilt, but hair colour and glasses hardly better than a guess (one of nine colours; two thirds
# wear no glasses). What the label says, the code need not say.
#
# The simplest **attribute direction** is the difference of two mean codes,
#
# $$d = \operatorname{mean}(z \mid \text{with}) - \operatorname{mean}(z \mid \text{without}).$$
#
# If the faces fall into groups, for instance by hair colour, one can take this difference *within each group* and average. We need that later.
#
# ### Exercise 2: an attribute direction
#
# <details><summary>Hint: groups</summary>
#
# `np.unique(groups)` lists them. A group in which all or none have the attribute has no difference: leave it out.
# </details>


# %% exercise="attribute_direction"
def attribute_direction(
    codes: np.ndarray, has: np.ndarray, groups: np.ndarray | None = None
) -> np.ndarray:
    """Mean code of those with an attribute minus mean code of those without.

    Args:
        codes: (n, k).
        has: booleans (n,): which have the attribute. Some have it, some have not.
        groups: (n,) numbers or words, or None. With groups, the difference is taken within each
            group, and the result is the mean of these differences, each group with the same
            weight. Groups in which all or none have the attribute are left out; one at least stays.

    Returns:
        (k,)
    """
    ### BEGIN SOLUTION
    if groups is None:
        groups = np.zeros(len(codes))
    differences = []
    for group in np.unique(groups):
        inside = groups == group
        if has[inside].any() and not has[inside].all():
            mean_with = codes[inside & has].mean(axis=0)
            mean_without = codes[inside & ~has].mean(axis=0)
            differences.append(mean_with - mean_without)
    return np.mean(differences, axis=0)
    ### END SOLUTION


# %% check="attribute_direction" points=2
conditional.check_direction(attribute_direction, n=12, k=3)
four = ["pink", "black", "blue", "red"]
conditional.check_direction(attribute_direction, n=30, k=2, groups=four, one_sided=True)
### BEGIN HIDDEN TESTS
conditional.check_direction(attribute_direction, n=2, k=1)
conditional.check_direction(attribute_direction, n=200, k=70, seed=1)
conditional.check_direction(attribute_direction, n=90, k=4, groups=[3, 1, 7, 2])
conditional.check_direction(attribute_direction, n=40, k=5, groups=["a", "b", "c"], one_sided=True)
### END HIDDEN TESTS

# %% [markdown]
# How far do we go along it? Ask a probe. A linear probe gives the number $w \cdot z + b$, where the vector $w$ is its
# **normal**. It says "with" where the number is above 0. From $z$ go a step $s$ along $d$:
#
# $$w \cdot (z + s\,d) + b = \text{target} \quad\Longrightarrow\quad s = \frac{\text{target} - (w \cdot z + b)}{w \cdot d} .$$
#
# ### Exercise 3: an edit
#
# <details><summary>Hint: one step for each code</summary>
#
# Each row gets a step of its own: `steps[:, None] * direction`.
# </details>


# %% exercise="edit"
def edit(codes, direction, normal, offset: float, target: float) -> np.ndarray:
    """Move each code along a direction until a linear probe answers `target`.

    Args:
        codes: (n, k); n may be 0.
        direction: (k,), not perpendicular to `normal`.
        normal, offset: the probe answers codes @ normal + offset; (k,) and a number.
        target: the answer wanted for each of the codes.

    Returns:
        the moved codes, (n, k).
    """
    ### BEGIN SOLUTION
    answers = codes @ normal + offset
    missing = target - answers
    steps = missing / (direction @ normal)
    return codes + steps[:, None] * direction
    ### END SOLUTION


# %% check="edit" points=2
conditional.check_edit(edit, n=4, k=3, target=2.0)
### BEGIN HIDDEN TESTS
conditional.check_edit(edit, n=1, k=2, target=-1.5)
conditional.check_edit(edit, n=6, k=6, target=0.0)
conditional.check_edit(edit, n=200, k=70, target=5.0)
conditional.check_edit(edit, n=0, k=3, target=1.0)
### END HIDDEN TESTS

# %% [markdown]
# Now we edit unseen faces: none → glasses, black → pink hair, light → dark skin, blue → pink background, left
# → right tilt. Left and right are tilts of more than 5 degrees. The target is the probe's mean answer for training faces that have the
# attribute. *Own* is the share of faces in which the judge sees the edited factor change, *largest other* the same for the other factor that changes most.
# (32 to 203 faces.)


# %%
def edit_faces(model, codes, known, name, way="means", groups=None, target=None):
    """Edit the unseen faces that are at the start of an edit, such as those without glasses.

    The direction is found from codes (n, k) of faces whose factors are known (a table of n rows);
    groups (n,), if there are any, are for `attribute_direction`.

    Returns:
        copies and edited pictures, (m, 32, 32, 3) each.
    """
    have = factors.at_end(known, name, 1)  # with glasses, pink hair, ...
    used = have | factors.at_end(known, name, 0)
    probe = LogisticRegression(max_iter=1000).fit(codes[used], have[used])
    normal, offset = probe.coef_[0], probe.intercept_[0]
    groups = None if groups is None else groups[used]
    means = attribute_direction(codes[used], have[used], groups)
    direction = means if way == "means" else normal
    target = (codes[have] @ normal + offset).mean() if target is None else target
    chosen = factors.at_end(test, name, 0)
    unseen = model.codes(x_test[chosen], blank_test[chosen])
    edited = edit(unseen, direction, normal, offset, target)
    return model.draw(unseen, blank_test[chosen]), model.draw(edited, blank_test[chosen])


all_codes = [model.codes(x_train, blank) for model in plains]
edits = Results("edit")
for name, (seed, model) in itertools.product(factors.EDITS, enumerate(plains)):
    moved = changes(judges, *edit_faces(model, all_codes[seed], train, name))
    edits.add(name, seed, own=moved.pop(name), **{"largest other": max(moved.values())})
edits.table()

# %%
rows = {}
for name in factors.EDITS:
    copies, edited = edit_faces(plains[0], all_codes[0], train, name)
    rows[name] = np.stack([copies[:3], edited[:3]], axis=1).reshape(-1, 32, 32, 3)
plots.show(
    plots.image_rows(rows, "Five edits of unseen faces: copy, edited, copy, edited, copy, edited"),
    alt="Five rows with three pairs of faces, before and after an edit: glasses appear, black hair turns pink, light skin dark, a blue background pink, and heads tilt from left to right.",
)

# %% folded="numbers"
for name in factors.EDITS:
    report(f"own_{name}", edits.mean(name, "own"), within=(0.95, 1))
    report(f"other_{name}", edits.mean(name, "largest other"), within=(0, 0.1))

# %% [markdown]
# Every edit reaches its own factor, and of the others at most a few in a hundred pictures change. Watch glasses fade in while the target rises.


# %%
def frame(answer: float):
    """A figure of eight unseen faces, moved until the probe of glasses gives this answer."""
    edited = edit_faces(plains[0], all_codes[0], train, "glasses", target=answer)[1]
    return plots.image_grid(edited[:8], title=f"The probe of glasses answers {answer:.0f}")


plots.film(
    map(frame, np.linspace(-8, 8, budget(9, 3))),
    alt="Glasses appear on eight faces, one frame after the other.",
)

# %% [markdown]
# ## When two factors go together
#
# Suppose that we only have faces with black and pink hair, and that most with pink hair wear glasses and most with black hair do not: the two factors are **confounded**. What does the direction of glasses do to the hair? We compare three directions: the difference of means, the same within hair
# colours, and the probe's normal ($d = w$).

# %%
is_glasses, is_pink = factors.at_end(train, "glasses", 1), factors.at_end(train, "hair_color", 1)
rare = np.random.default_rng(4).random(len(train)) < 0.1
kept = (is_pink | factors.at_end(train, "hair_color", 0)) & ((is_glasses == is_pink) | rare)
known = train[kept]
print(pd.crosstab(known["hair_color"], np.where(is_glasses[kept], "glasses", "no glasses")))
bent, colors = Results("direction of glasses"), known["hair_color"].to_numpy()
ways = {"difference of means": None, "means within hair colours": colors, "probe's normal": None}
for (name, by), (seed, model) in itertools.product(ways.items(), enumerate(plains)):
    way = "normal" if name == "probe's normal" else "means"
    moved = changes(judges, *edit_faces(model, all_codes[seed][kept], known, "glasses", way, by))
    bent.add(name, seed, **moved)
bent.table("glasses", "hair_color", "skin")

# %% folded="numbers"
for name, low, high in (
    ("difference of means", 0.5, 1),
    ("means within hair colours", 0, 0.1),
    ("probe's normal", 0, 0.15),
):
    report(f"hair_changed_{name.split()[-1]}", bent.mean(name, "hair_color"), within=(low, high))
    report(f"glasses_changed_{name.split()[-1]}", bent.mean(name, "glasses"), within=(0.9, 1))
report(
    "skin_changed_within",
    bent.mean("means within hair colours", "skin"),
    within=(0.02, 0.3),
)

# %% [markdown]
# The difference of means turns most hair pink by the way. The probe of glasses cannot tell: its answer reaches the target either way. Within hair colours the hair stays. The price: one mean rests on nine faces, and what else they share comes along (see the skin). The probe's normal changes hardly any hair: it need not lean on the hair where it sees glasses.
#
# ## Another background
#
# To give a face the background of another picture (the donor), replace only the part of its code that holds it. The
# differences between the mean codes of the four backgrounds span a space of three dimensions. Keep what is perpendicular to it, and
# take the projection onto it from the donor.
#
# ### Exercise 4: swap a part of the code
#
# <details><summary>Hint: projection</summary>
#
# The directions have any length and are not perpendicular to each other. The first result $q$ of `np.linalg.qr(directions.T)` has
# orthonormal columns that span the same space, and $q q^\top v$ is the projection of $v$.
# </details>


# %% exercise="swap_part"
def swap_part(codes: np.ndarray, donors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Replace the part of each code that lies in the span of some directions by the donor's part.

    Args:
        codes, donors: (n, k) each; row i gets its part from row i of donors.
        directions: (m, k) with m < k, linearly independent, of any length and angle.

    Returns:
        (n, k): in the span like the donors, perpendicular to it like the codes.
    """
    ### BEGIN SOLUTION
    basis, _ = np.linalg.qr(directions.T)
    difference = donors - codes
    part = difference @ basis @ basis.T
    return codes + part
    ### END SOLUTION


# %% check="swap_part" points=2
conditional.check_swap(swap_part, n=4, k=5, m=2)
### BEGIN HIDDEN TESTS
conditional.check_swap(swap_part, n=1, k=2, m=1)
conditional.check_swap(swap_part, n=3, k=4, m=3)
conditional.check_swap(swap_part, n=100, k=70, m=3)
### END HIDDEN TESTS

# %% [markdown]
# Each unseen face gets the background of another one, drawn at random. Here we have an exact oracle: the program draws the face with that background. The last columns are mean squared differences.

# %%
has, rng = test["background"].to_numpy(), np.random.default_rng(2)
donor = np.array([rng.choice(np.flatnonzero(has != one)) for one in has])  # another background
wanted = has[donor]
exact = draw_characters(test.assign(background=wanted))
swaps = Results("model")
for seed, model in enumerate(plains):
    means = pd.DataFrame(all_codes[seed]).groupby(train["background"]).mean().to_numpy()
    unseen = model.codes(x_test, blank_test)
    after = swap_part(unseen, unseen[donor], means[1:] - means[0])
    copies, swapped = model.draw(unseen, blank_test), model.draw(after, blank_test)
    moved = {**changes(judges, copies, swapped), "background": 0}
    got = verdicts_of(judges, swapped)["background"] == wanted
    errors = {"copy to face": np.mean((copies - faces.x_test) ** 2)}
    errors |= {"copy to exact": np.mean((copies - exact) ** 2)}
    errors |= {"swap to exact": np.mean((swapped - exact) ** 2)}
    swaps.add("VAE", seed, swapped=got.mean(), other=max(moved.values()), **errors)
rows = {"face": faces.x_test[:10], "donor": faces.x_test[donor[:10]], "copy": copies[:10]}
rows |= {"swapped": swapped[:10], "exact": exact[:10]}
plots.show(
    plots.image_rows(rows, "The background of another picture"),
    alt="Five rows of ten faces: faces, donors, copies of the faces, the faces with the donors' backgrounds as the VAE decodes them, and the same as the program draws them.",
)
swaps.table()

# %% folded="numbers"
report("swapped_background", swaps.mean("VAE", "swapped"), within=(0.9, 1))
report("swapped_largest_other", swaps.mean("VAE", "other"), within=(0, 0.08))
ratio = swaps.mean("VAE", "swap to exact") / swaps.mean("VAE", "copy to exact")
report("swapped_error_over_copy", ratio, within=(0.4, 0.9))
over = swaps.mean("VAE", "swap to exact") / swaps.mean("VAE", "copy to face")
report("swapped_error_over_plain_copy", over, within=(1.05, 1.4))

# %% [markdown]
# The background arrives nearly always, and the other four factors stay. The swap is nearer to the exact picture than the copy, but not as near as a copy to its own face.
#
# ## Is each factor in a dimension of its own?
#
# That would be **disentanglement**. The **mutual information** $I(a; b)$ is what one variable tells about another, in nats. A variable's
# information about itself is its entropy $H$. For a factor $v$ and the latent dimensions $z_1, \dots, z_k$ (cut into bins), the
# **mutual information gap** (Chen et al. 2018) is
#
# $$\mathrm{MIG} = \frac{I(z_{\text{best}}; v) - I(z_{\text{second}}; v)}{H(v)} ,$$
#
# where best and second are the two dimensions that tell most about $v$. It is 1 if one dimension tells all and the others
# nothing.
#
# ### Exercise 5: the mutual information gap
#
# <details><summary>Hint: mutual information</summary>
#
# `mutual_info_score(a, b)` of scikit-learn takes two columns of categories and gives nats; with the same column twice it gives the entropy.
# </details>


# %% exercise="information_gap"
def information_gap(bins: np.ndarray, factor: np.ndarray) -> float:
    """Mutual information gap of one factor.

    Args:
        bins: (n, k) whole numbers, the bin of each code in each latent dimension; k is 2 or more.
        factor: (n,) categories, numbers or words, at least two different ones.

    Returns:
        the gap between the two dimensions that tell most, as a share of the factor's entropy.
    """
    ### BEGIN SOLUTION
    information = []
    for column in bins.T:
        information.append(mutual_info_score(factor, column))
    second, best = np.sort(information)[-2:]
    entropy = mutual_info_score(factor, factor)
    return (best - second) / entropy
    ### END SOLUTION


# %% check="information_gap" points=2
conditional_gap.check_gap(information_gap, n=46, k=6, kinds=2)
### BEGIN HIDDEN TESTS
conditional_gap.check_gap(information_gap, n=30, k=2, kinds=4)
conditional_gap.check_gap(information_gap, n=300, k=70, kinds=3)
conditional_gap.check_gap(information_gap, n=60, k=5, kinds=9, words=True)
conditional_gap.check_gap(information_gap, n=50, k=4, kinds=3, tie=True)
### END HIDDEN TESTS

# %% [markdown]
# The oracle is a code that we construct: each factor as a number in a dimension of its own, and noise in the other dimensions. Then we turn this code by a random rotation, which
# loses nothing. The table shows the mean gap of the five factors, with 20 bins.


# %%
def gaps(codes: np.ndarray) -> dict[str, float]:
    """The gap of each judged factor in codes of the training faces, and the mean of the gaps."""
    known, bins = known_factors(train), factors.in_bins(codes)
    known["tilt"] = factors.in_bins(known["tilt"][:, None])[:, 0]
    found = {name: information_gap(bins, target) for name, target in known.items()}
    return {**found, "mean": np.mean(list(found.values()))}


constructed = factors.constructed_code(train, K)
mig = Results("code")
mig.add("constructed", **gaps(constructed))
rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(K, K)))
mig.add("constructed, turned", **gaps(constructed @ rotation))
mig.add("PCA of the pixels", **gaps(PCA(K, random_state=0).fit_transform(x_train)))
for seed in range(len(plains)):
    mig.add("plain VAE", seed, **gaps(all_codes[seed]))
mig.table("mean")

# %% folded="numbers"
report("gap_constructed", mig.mean("constructed", "mean"), within=(0.85, 1))
report("gap_turned", mig.mean("constructed, turned", "mean"), within=(0, 0.08))
report("gap_pca", mig.mean("PCA of the pixels", "mean"), within=(0.1, 0.25))
report("gap_plain", mig.mean("plain VAE", "mean"), within=(0.1, 0.25))

# %% [markdown]
# Our constructed code comes near 1 (bins that hold two categories cost most of the rest). Turned, it has a gap of almost 0, though it holds the same information. The plain VAE started at PCA and still has PCA's gap; yet probes read its factors and edits succeed. So the gap tells of *axes*, not whether factors can be read or edited.
#
# ## Break it: the label leaks
#
# The start first took off what the label explains, and then fitted the code to what was left. Turn the
# order around: fit PCA to the pictures themselves, and let training find out what the label is for. Everything else stays. **Predict first:** will the copies be as good? Will the label be obeyed?

# %%
leaky = train_models(linear_start(x_train, 0 * c_train, K, SIGMA), c_train, "PCA first")
add_probes("codes, conditional VAE, PCA first", leaky, c_train, c_test)
for seed, model in enumerate(leaky):
    obeyed.add("conditional VAE, PCA first", seed, **obedience(model))
codes = leaky[0].codes(x_test, c_test)
rows = {"face": faces.x_test, "copy": leaky[0].draw(codes, c_test)}
rows["asked for\nanother label"] = leaky[0].draw(codes, c_asked)
plots.show(
    plots.image_rows({name: x[:10] for name, x in rows.items()}, "PCA first: who obeys the label?"),
    alt="Three rows of ten faces: faces; their copies; and the same codes with another label, which look like the copies.",
)
obeyed.table()

# %%
readable.table("hair_color", "glasses", "skin")

# %% folded="numbers"
leaky_name = "conditional VAE, PCA first"
report("leaky_hair_obeyed", obeyed.mean(leaky_name, "hair obeyed"), within=(0, 0.3))
report("leaky_glasses_obeyed", obeyed.mean(leaky_name, "glasses obeyed"), within=(0, 0.4))
loss = obeyed.mean(leaky_name, "negative ELBO") - obeyed.mean("conditional VAE", "negative ELBO")
report("leaky_elbo_loss", loss, within=(0, 80))
report("leaky_hair_in_code", readable.mean("codes, " + leaky_name, "hair_color"), within=(0.9, 1))

# %% [markdown]
# The copies look as good, but the label is ignored. The probes show why: the code holds hair colour and
# glasses already. This is a **label leak**. The start ignores the label, and training does not find out what it is for, though the loss would be lower. The repair is the right order: the label first. And always ask a conditional model for what the picture is *not*.
#
# ### Written question
#
# A classmate edits photographs of people. She takes the mean code of those who smile minus the mean code of those who do
# not. Her probe then says "smiles" for 99 % of the edited photographs. But edited men look
# more like women. What is the likely cause? How could she measure the side effect of her edit? Why did her probe not show it? Name two ways to repair the direction, and what each needs. (5 to 8 sentences.)

# %% [markdown] answer="confounded_smile" points=3
# **Model answer.** In her photographs women smile more often than men, so the two factors are confounded, and the difference of means
# holds the difference between women and men as well. She can count how often smiles and sex occur together, and let a judge of
# sex, trained on other real photographs, compare copies and edited pictures: the share of changed verdicts should be near zero. Her probe was asked about smiles
# only, and the edit moved codes until just this probe was content, so 99 % says nothing of other factors. She can take the
# difference within women and within men and average the two; this needs labels of sex and enough smiling and unsmiling photographs in each group, or the means are
# noise. Or she can move along the normal of a probe that was trained on smiles, which weighs what smiles explain beyond other dimensions; or
# choose a balanced set of photographs, which needs labels of both and leaves fewer of them.
#
# **Rubric.** 1 point: the factors go together in the data, and a way to measure it (counts, or a judge of the other
# factor on copies and edited pictures). 1 point: the probe was the target of the edit and knows nothing of other factors. 1 point: two repairs with what
# they need (differences within groups, a balanced set, the probe's normal, taking off the direction of sex).

# %% [markdown]
# ## Summary
#
# 1. A conditional VAE's decoder gets code and label; what the label says, the code need not say.
# 2. A direction is a difference of mean codes; a probe tells how far to go along it.
# 3. Judge an edit by what should *stay*, on unseen faces, with a judge of its own.
# 4. Confounded factors bend a direction; differences within large enough groups straighten it.
# 5. A code may hold every factor and have no axis for any; good copies do not show that a label is obeyed.
#
# ## References
#
# - K. Sohn, H. Lee, X. Yan (2015). Learning structured output representation using deep conditional generative models. *NeurIPS*.
# - R. T. Q. Chen, X. Li, R. Grosse, D. Duvenaud (2018). Isolating sources of disentanglement in variational
#   autoencoders. *NeurIPS*.
