"""Answers to the exercises of lesson 33, right and wrong."""

from tests.bank import Bank

bank = Bank()

# conditional_network
D = "conditional_network"


def network(body):
    """A cell with another body."""
    return f"def conditional_network(k, m, d, hidden=256):\n    {body}\n"


bank.wrong(
    D,
    "the deep part without the label",
    says="without the label",
    swap=('gelu")(both)', 'gelu")(first)'),
)
bank.wrong(
    D,
    "the linear part without the label",
    says="Both parts get both",
    swap=('name="linear")(both)', 'name="linear")(first)'),
)
bank.wrong(
    D,
    "inputs exchanged",
    says="takes the label first",
    swap=("keras.Model([first, label]", "keras.Model([label, first]"),
)
bank.wrong(
    D,
    "joined the other way round",
    says="label comes second",
    swap=("()([first, label])", "()([label, first])"),
)
bank.wrong(D, "ReLU", says="ReLU instead of GELU", swap=('"gelu"', '"relu"'))
bank.wrong(
    D, "no hidden activation", says="no activation instead", swap=(', activation="gelu"', "")
)
bank.wrong(D, "no zeros", says="zeros", swap=(', kernel_initializer="zeros"', ""))
bank.wrong(
    D,
    "zeros in the linear part, too",
    says="linear part starts at zero",
    swap=('name="linear")', 'name="linear", kernel_initializer="zeros")'),
)
bank.wrong(D, "no name", says='name="linear"', swap=(', name="linear"', ""))
bank.wrong(
    D,
    "no linear part",
    says="linear",
    swap=("output = layers.Add()([linear, deep])", "output = deep"),
)
bank.wrong(
    D, "the linear part twice", says="missing", swap=("([linear, deep])", "([linear, linear])")
)
bank.wrong(
    D,
    "a sigmoid at the end",
    says="activation at the end (sigmoid)",
    swap=(
        "output = layers.Add()([linear, deep])",
        'output = layers.Activation("sigmoid")(layers.Add()([linear, deep]))',
    ),
)
bank.wrong(D, "multiplied instead of added", says="product", swap=("layers.Add", "layers.Multiply"))
bank.wrong(D, "256 written in", says="the argument `hidden`", swap=("Dense(hidden", "Dense(256"))
bank.wrong(
    D, "no bias", says="has no bias", swap=('name="linear"', 'name="linear", use_bias=False')
)
bank.wrong(
    D,
    "the same model every time",
    says="same weights",
    code="MODELS = {}\n\n\ndef conditional_network(k, m, d, hidden=256):\n    if (k, m, d) not in MODELS:\n        z, c = keras.Input((k,)), keras.Input((m,))\n        both = layers.Concatenate()([z, c])\n        deep = layers.Dense(hidden, activation='gelu')(both)\n        deep = layers.Dense(d, kernel_initializer='zeros')(deep)\n        out = layers.Add()([layers.Dense(d, name='linear')(both), deep])\n        MODELS[k, m, d] = keras.Model([z, c], out)\n    return MODELS[k, m, d]\n",
)
bank.wrong(
    D,
    "the output alone",
    says="not a model",
    swap=("return keras.Model([first, label], output)", "return output"),
)
bank.right(
    D,
    "one line each",
    code=network(
        "z, c = keras.Input((k,)), keras.Input((m,))\n    a = layers.concatenate([z, c])\n    h = layers.Dense(hidden, 'gelu')(a)\n    return keras.Model([z, c], layers.Dense(d, name='linear')(a) + layers.Dense(d, kernel_initializer='zeros')(h))"
    ),
)
bank.right(
    D,
    "ops, in another order",
    code=network(
        "z, c = keras.Input((k,)), keras.Input((m,))\n    a = ops.concatenate([z, c], axis=1)\n    deep = layers.Activation('gelu')(layers.Dense(hidden)(a))\n    deep = layers.Dense(d, kernel_initializer=keras.initializers.Zeros())(deep)\n    return keras.Model(inputs=[z, c], outputs=layers.add([deep, layers.Dense(d, name='linear')(a)]))"
    ),
)

bank.wrong(
    D,
    "zeros in the hidden layer, too",
    says="never learns",
    swap=('activation="gelu")', 'activation="gelu", kernel_initializer="zeros")'),
)
bank.wrong(
    D,
    "dropout before the zeros",
    says="No dropout",
    swap=('activation="gelu")(both)', 'activation="gelu")(layers.Dropout(0.3)(both))'),
)
bank.wrong(
    D,
    "dropout behind the hidden layer",
    says="No dropout",
    swap=(
        'deep = layers.Dense(d, kernel_initializer="zeros")(deep)',
        'deep = layers.Dense(d, kernel_initializer="zeros")(layers.Dropout(0.2)(deep))',
    ),
)
bank.wrong(
    D,
    "GELU on the last layer",
    says="last layer of the deep part has an activation (GELU)",
    swap=('Dense(d, kernel_initializer="zeros")', 'Dense(d, "gelu", kernel_initializer="zeros")'),
)
bank.wrong(
    D,
    "GELU on the linear part",
    says="linear part has an activation",
    swap=('name="linear")', 'name="linear", activation="gelu")'),
)
bank.wrong(D, "SiLU", says="SiLU instead of GELU", swap=('"gelu"', '"silu"'))
bank.wrong(D, "averaged", says="mean of the two parts", swap=("layers.Add", "layers.Average"))
bank.wrong(D, "parts joined", says="They are added", swap=("layers.Add", "layers.Concatenate"))
bank.wrong(D, "subtracted", says="difference", swap=("layers.Add", "layers.Subtract"))
bank.wrong(
    D,
    "one hidden layer more",
    says="one hidden layer too many",
    swap=(
        "    deep = layers.Dense(d,",
        '    deep = layers.Dense(hidden, "gelu")(deep)\n    deep = layers.Dense(d,',
    ),
)
bank.wrong(
    D,
    "no hidden layer",
    says="Is the hidden layer missing",
    swap=('deep = layers.Dense(hidden, activation="gelu")(both)', "deep = both"),
)
bank.wrong(
    D,
    "batch normalisation",
    says="is a BatchNormalization",
    swap=(
        "    deep = layers.Dense(d,",
        "    deep = layers.BatchNormalization()(deep)\n    deep = layers.Dense(d,",
    ),
)
bank.wrong(
    D,
    "the deep part behind the linear one",
    says="gets the output of the linear part",
    swap=('"gelu")(both)', '"gelu")(linear)'),
)
bank.wrong(
    D,
    "the name on another layer",
    says="that name belongs",
    code=network(
        "z, c = keras.Input((k,)), keras.Input((m,))\n    a = layers.Concatenate()([z, c])\n    h = layers.Dense(hidden, 'gelu')(a)\n    h = layers.Dense(d, kernel_initializer='zeros', name='linear')(h)\n    return keras.Model([z, c], layers.Dense(d)(a) + h)"
    ),
)
bank.wrong(
    D,
    "one input",
    says="takes one input",
    code=network(
        "a = keras.Input((k + m,))\n    h = layers.Dense(hidden, 'gelu')(a)\n    return keras.Model(a, layers.Dense(d, name='linear')(a) + layers.Dense(d, kernel_initializer='zeros')(h))"
    ),
)
SUBCLASS = """
class Network(keras.Model):
    def __init__(self, k, m, d, hidden):
        super().__init__()
        self.linear = layers.Dense(d, name="linear")
        self.deep = keras.Sequential(
            [layers.Dense(hidden, "gelu"), layers.Dense(d, kernel_initializer="zeros")]
        )
        self([tf.zeros((1, k)), tf.zeros((1, m))])

    def call(self, inputs):
        both = ops.concatenate(inputs, axis=-1)
        return self.linear(both) + self.deep(both)


def conditional_network(k, m, d, hidden=256):
    return Network(k, m, d, hidden)
"""
bank.wrong(
    D,
    "a class without weights yet",
    says="before its first call",
    code=SUBCLASS.replace("        self([tf.zeros((1, k)), tf.zeros((1, m))])\n", ""),
)
bank.right(D, "a class of one's own", code=SUBCLASS)
bank.right(
    D,
    "the deep part in a Sequential",
    code=network(
        "z, c = keras.Input((k,)), keras.Input((m,))\n    a = layers.Concatenate()([z, c])\n    deep = keras.Sequential([layers.Dense(hidden, 'gelu'), layers.Dense(d, kernel_initializer='zeros')])\n    return keras.Model([z, c], layers.Dense(d, name='linear')(a) + deep(a))"
    ),
)
bank.right(D, "GELU in a lambda", swap=('"gelu"', "lambda t: ops.gelu(t, approximate=False)"))

# attribute_direction
A = "attribute_direction"


def direction(body):
    """A cell with another body."""
    return f"def attribute_direction(codes, has, groups=None):\n    {body}\n"


bank.wrong(
    A,
    "groups not used",
    says="groups are not used",
    code=direction("return codes[has].mean(axis=0) - codes[~has].mean(axis=0)"),
)
bank.wrong(
    A,
    "sign",
    says="sign",
    swap=(
        "mean_with - mean_without",
        "mean_without - mean_with",
    ),
)
bank.wrong(
    A,
    "one number",
    says="one number for everything",
    swap=("return np.mean(differences, axis=0)", "return np.mean(differences)"),
)
bank.wrong(A, "summed", says="take their mean", swap=("np.mean(differences", "np.sum(differences"))
bank.wrong(
    A,
    "mean of all taken off",
    says="mean of all codes",
    swap=("codes[inside & ~has]", "codes[inside]"),
)
bank.wrong(
    A,
    "one-sided groups kept",
    says="Leave out groups",
    swap=("if has[inside].any() and not has[inside].all():", "if True:"),
)
bank.wrong(
    A,
    "only groups in which all have it left out",
    says="Leave out groups",
    swap=("has[inside].any() and not", "not"),
)
bank.wrong(
    A,
    "one-sided groups count as 0",
    says="still count",
    swap=(
        "            differences.append(mean_with - mean_without)",
        "            differences.append(mean_with - mean_without)\n        else:\n            differences.append(np.zeros(codes.shape[1]))",
    ),
)
bank.wrong(
    A,
    "larger groups count more",
    says="same weight",
    code=direction(
        "groups = np.zeros(len(codes)) if groups is None else groups\n    total, rows = 0, 0\n    for g in np.unique(groups):\n        i = groups == g\n        if has[i].any() and (~has[i]).any():\n            total = total + i.sum() * (codes[i & has].mean(0) - codes[i & ~has].mean(0))\n            rows += i.sum()\n    return total / rows"
    ),
)
bank.wrong(
    A,
    "only the last group",
    says="only the last group",
    swap=(
        "differences.append(mean_with - mean_without)",
        "differences = [mean_with - mean_without]",
    ),
)
bank.wrong(
    A,
    "returned in the loop",
    says="first group",
    swap=(
        "            differences.append(mean_with - mean_without)",
        "            return mean_with - mean_without",
    ),
)
bank.wrong(
    A,
    "length 1",
    says="length 1",
    swap=(
        "return np.mean(differences, axis=0)",
        "mean = np.mean(differences, axis=0)\n    return mean / np.linalg.norm(mean)",
    ),
)
bank.wrong(
    A,
    "those without not taken off",
    says="not subtracted",
    swap=(" - mean_without", ""),
)
bank.right(
    A,
    "pandas",
    code=direction(
        "groups = np.zeros(len(codes)) if groups is None else groups\n    means = pd.DataFrame(codes).groupby([groups, has]).mean()\n    means.index.names = ['g', 'h']\n    wide = means.unstack('h').dropna()\n    return (wide.xs(True, axis=1, level='h') - wide.xs(False, axis=1, level='h')).mean().to_numpy()"
    ),
)
bank.right(
    A,
    "without None's trick",
    code=direction(
        "if groups is None:\n        return codes[has].mean(0) - codes[~has].mean(0)\n    found = []\n    for g in set(groups.tolist()):\n        z, h = codes[groups == g], has[groups == g]\n        if 0 < h.sum() < len(h):\n            found.append(z[h].mean(0) - z[np.logical_not(h)].mean(0))\n    return sum(found) / len(found)"
    ),
)

bank.wrong(
    A,
    "those with from all groups",
    says="those with the attribute come from all",
    swap=("codes[inside & has]", "codes[has]"),
)
bank.wrong(
    A,
    "those without from all groups",
    says="those without come from all",
    swap=("codes[inside & ~has]", "codes[~has]"),
)
bank.wrong(
    A,
    "one-sided groups against 0",
    says="missing mean counts as 0",
    code=direction(
        "groups = np.zeros(len(codes)) if groups is None else groups\n    out = []\n    for g in np.unique(groups):\n        one, other = codes[(groups == g) & has], codes[(groups == g) & ~has]\n        out.append((one.mean(0) if len(one) else 0) - (other.mean(0) if len(other) else 0))\n    return np.mean(out, axis=0)"
    ),
)
bank.wrong(
    A,
    "groups averaged apart",
    says="averaged apart",
    code=direction(
        "groups = np.zeros(len(codes)) if groups is None else groups\n    means = []\n    for side in (has, ~has):\n        some = [codes[side & (groups == g)] for g in np.unique(groups)]\n        means.append(np.mean([z.mean(0) for z in some if len(z)], axis=0))\n    return means[0] - means[1]"
    ),
)
bank.wrong(
    A,
    "groups' means taken off",
    says="groups' means are taken off",
    code=direction(
        "z = codes.copy()\n    if groups is not None:\n        for g in np.unique(groups):\n            z[groups == g] -= z[groups == g].mean(0)\n    return z[has].mean(0) - z[~has].mean(0)"
    ),
)
bank.wrong(
    A,
    "median of the groups",
    says="median of the groups",
    swap=("np.mean(differences", "np.median(differences"),
)
bank.wrong(
    A,
    "sums",
    says="sums, not means",
    code=direction("return codes[has].sum(0) - codes[~has].sum(0)"),
)
bank.wrong(
    A,
    "no axis in one mean",
    says="axis=0 is missing",
    swap=("codes[inside & has].mean(axis=0)", "codes[inside & has].mean()"),
)
bank.wrong(
    A,
    "rounded",
    says="are rounded",
    swap=("return np.mean(differences, axis=0)", "return np.mean(differences, axis=0).round(2)"),
)
bank.right(
    A,
    "a matrix of weights",
    code=direction(
        "groups = np.zeros(len(codes)) if groups is None else groups\n    kinds, place = np.unique(groups, return_inverse=True)\n    one = np.eye(len(kinds))[place]\n    a, b = one * has[:, None], one * ~has[:, None]\n    both = a.any(0) & b.any(0)\n    weights = a[:, both] / a[:, both].sum(0) - b[:, both] / b[:, both].sum(0)\n    return np.einsum('ng,nk->k', weights, codes) / both.sum()"
    ),
)

# edit
E = "edit"


def edited(body):
    """A cell with another body."""
    return f"def edit(codes, direction, normal, offset, target):\n    {body}\n"


bank.wrong(
    E,
    "wrong way",
    says="wrong way",
    swap=("target - answers", "answers - target"),
)
bank.wrong(E, "no offset", says="offset is forgotten", swap=(" + offset", ""))
bank.wrong(E, "sign of the offset", says="offset has the wrong sign", swap=("+ offset", "- offset"))
bank.wrong(E, "not divided", says="division", swap=(" / (direction @ normal)", ""))
bank.wrong(
    E,
    "divided by |d|²",
    says="direction's length",
    swap=("(direction @ normal)", "(direction @ direction)"),
)
bank.wrong(
    E, "divided by |w|²", says="normal's length", swap=("(direction @ normal)", "(normal @ normal)")
)
bank.wrong(E, "along the normal", says="along the normal", swap=("* direction\n", "* normal\n"))
bank.wrong(
    E, "one step for all", says="each needs its own", swap=("steps[:, None]", "steps.mean()")
)
bank.wrong(E, "the step alone", says="add them to the codes", swap=("return codes + ", "return "))
bank.wrong(
    E,
    "target itself as the answer to add",
    says="not taken off",
    swap=("target - answers", "target * np.ones(len(codes))"),
)
bank.wrong(E, "no axis", says="edit", swap=("steps[:, None]", "steps"))
bank.wrong(
    E,
    "in place",
    says="changed in place",
    swap=(
        "return codes + steps[:, None] * direction",
        "codes += steps[:, None] * direction\n    return codes",
    ),
)
bank.right(
    E,
    "einsum and outer",
    code=edited(
        "answers = np.einsum('nk,k->n', codes, normal) + offset\n    return codes + np.outer((target - answers) / np.dot(normal, direction), direction)"
    ),
)
bank.right(
    E,
    "a loop",
    code=edited(
        "out = np.array(codes, dtype=float)\n    for i, z in enumerate(codes):\n        out[i] = z + (target - offset - z @ normal) / (normal @ direction) * direction\n    return out"
    ),
)

bank.wrong(
    E, "one number for all", says="one number for all rows", swap=("target - answers", "target")
)
bank.wrong(E, "the first code's step", says="first one's step", swap=("steps[:, None]", "steps[0]"))
bank.wrong(
    E, "absolute steps", says="may be negative", swap=("steps[:, None]", "np.abs(steps)[:, None]")
)
bank.wrong(
    E,
    "forward only",
    says="only codes below",
    swap=("target - answers", "np.maximum(target - answers, 0)"),
)
bank.wrong(
    E,
    "those with are left",
    says="says yes already",
    swap=("steps[:, None]", "np.where(answers > 0, 0, steps)[:, None]"),
)
bank.wrong(
    E,
    "no brackets",
    says="brackets are missing",
    swap=("steps = missing /", "steps = target - answers /"),
)
bank.wrong(E, "times for divided by", says="divide by it", swap=("/ (direction", "* (direction"))
bank.wrong(
    E,
    "by each entry",
    says="their sum is needed",
    swap=(
        "return codes + steps[:, None] * direction",
        "return codes + missing[:, None] / (direction * normal) * direction",
    ),
)
bank.wrong(
    E,
    "the direction's answer",
    says="takes the normal",
    swap=("codes @ normal", "codes @ direction"),
)
bank.wrong(
    E,
    "the direction of length 1",
    says="scaled to length 1",
    swap=("* direction\n", "* direction / np.linalg.norm(direction)\n"),
)
bank.wrong(
    E,
    "a sigmoid",
    says="no sigmoid",
    swap=("target - answers", "target - 1 / (1 + np.exp(-answers))"),
)
bank.wrong(
    E,
    "offset on the codes",
    says="add it to their answers",
    swap=("codes @ normal + offset", "(codes + offset) @ normal"),
)
bank.wrong(
    E,
    "steps returned",
    says="these are the steps, one a code",
    swap=("return codes + steps[:, None] * direction", "return steps"),
)
bank.right(
    E,
    "a list of rows",
    code=edited(
        "return [z + (target - z @ normal - offset) / (normal @ direction) * direction for z in codes]"
    ),
)
bank.right(
    E,
    "tensors",
    code=edited(
        "answers = ops.matmul(codes, normal) + offset\n    return codes + ops.expand_dims((target - answers) / ops.dot(direction, normal), 1) * direction"
    ),
)

# swap_part
S = "swap_part"


def swapped(body):
    """A cell with another body."""
    return f"def swap_part(codes, donors, directions):\n    {body}\n"


bank.wrong(
    S,
    "directions as they are",
    says="orthonormal",
    code=swapped("return codes + (donors - codes) @ directions.T @ directions"),
)
bank.wrong(
    S,
    "scaled to length 1 only",
    says="not perpendicular",
    code=swapped(
        "unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)\n    return codes + (donors - codes) @ unit.T @ unit"
    ),
)
bank.wrong(
    S,
    "qr of the rows",
    says="",
    code=swapped(
        "basis, _ = np.linalg.qr(directions)\n    return codes + (donors - codes) @ basis @ basis.T"
    ),
)
bank.wrong(
    S,
    "own part kept",
    says="not taken off",
    swap=("difference = donors - codes", "difference = donors"),
)
bank.wrong(
    S,
    "only taken off",
    says="not added",
    swap=("difference = donors - codes", "difference = -codes"),
)
bank.wrong(S, "sign", says="sign", swap=("donors - codes", "codes - donors"))
bank.wrong(
    S,
    "exchanged",
    says="exchanged",
    swap=("return codes + part", "return donors - part"),
)
bank.wrong(S, "donors returned", says="donors themselves", code=swapped("return donors.copy()"))
bank.wrong(
    S,
    "only the first direction",
    says="only the first",
    swap=("basis @ basis.T", "basis[:, :1] @ basis[:, :1].T"),
)
bank.wrong(
    S,
    "the part alone",
    says="part alone",
    swap=("difference = donors - codes", "codes, difference = 0, donors"),
)
bank.right(
    S,
    "pseudo-inverse",
    code=swapped("return codes + (donors - codes) @ np.linalg.pinv(directions) @ directions"),
)
bank.right(
    S,
    "least squares",
    code=swapped(
        "weights = np.linalg.lstsq(directions.T, (donors - codes).T, rcond=None)[0]\n    return codes + (directions.T @ weights).T"
    ),
)
bank.right(
    S,
    "Gram and Schmidt",
    code=swapped(
        "basis = []\n    for d in directions:\n        for b in basis:\n            d = d - (d @ b) * b\n        basis.append(d / np.linalg.norm(d))\n    out = codes\n    for b in basis:\n        out = out + ((donors - codes) @ b)[:, None] * b\n    return out"
    ),
)

bank.wrong(
    S,
    "the donor to start from",
    says="start from the code",
    swap=("return codes + part", "return donors + part"),
)
bank.wrong(
    S,
    "the difference alone",
    says="added to the codes",
    swap=("return codes + part", "return part"),
)
bank.wrong(S, "the codes", says="unchanged", swap=("return codes + part", "return codes.copy()"))
bank.wrong(
    S,
    "the whole donor",
    says="whole donor",
    code=swapped("q, _ = np.linalg.qr(directions.T)\n    return codes - codes @ q @ q.T + donors"),
)
bank.wrong(
    S,
    "coordinates",
    says="have to go back",
    swap=("return codes + part", "return codes @ basis + difference @ basis"),
)
bank.wrong(
    S,
    "back with the directions",
    says="not with the directions",
    swap=("basis @ basis.T", "basis @ directions"),
)
bank.wrong(
    S,
    "in turn",
    says="one after the other",
    code=swapped(
        "out = codes\n    for d in directions:\n        out = out + ((donors - out) @ d / (d @ d))[:, None] * d\n    return out"
    ),
)
bank.wrong(
    S,
    "first entries",
    says="first entries",
    code=swapped(
        "out = codes.copy()\n    out[:, : len(directions)] = donors[:, : len(directions)]\n    return out"
    ),
)
bank.wrong(
    S,
    "the sum of the directions",
    says="whole span",
    swap=("directions.T)", "directions.sum(axis=0)[:, None])"),
)
bank.wrong(
    S,
    "differences once more",
    says="differences already",
    swap=("directions.T)", "(directions[1:] - directions[0]).T)"),
)
bank.wrong(S, "one donor for all", says="first donor", swap=("donors - codes", "donors[0] - codes"))
bank.right(
    S,
    "tensors",
    code=swapped(
        "q, _ = tf.linalg.qr(tf.transpose(directions))\n    return codes + tf.matmul(tf.matmul(donors - codes, q), q, transpose_b=True)"
    ),
)

# information_gap
G = "information_gap"


def gap(body):
    """A cell with another body."""
    return f"def information_gap(bins, factor):\n    {body}\n"


bank.wrong(G, "second not taken off", says="not taken off", swap=("(best - second)", "best"))
bank.wrong(
    G,
    "worst for second",
    says="worst",
    swap=(
        "second, best = np.sort(information)[-2:]",
        "second, best = min(information), max(information)",
    ),
)
bank.wrong(
    G,
    "sorted the other way",
    says="two smallest",
    swap=("np.sort(information)[-2:]", "np.sort(information)[:2]"),
)
bank.wrong(G, "exchanged", says="sign", swap=("second, best", "best, second"))
bank.wrong(G, "not divided", says="not divided", swap=(" / entropy", ""))
bank.wrong(
    G,
    "log of the number of categories",
    says="equally frequent",
    swap=("mutual_info_score(factor, factor)", "np.log(len(np.unique(factor)))"),
)
bank.wrong(
    G, "divided by the best", says="divide by the factor's entropy", swap=("/ entropy", "/ best")
)
bank.wrong(
    G,
    "entropy in bits",
    says="bits",
    swap=("mutual_info_score(factor, factor)", "mutual_info_score(factor, factor) / np.log(2)"),
)
bank.wrong(
    G,
    "mean of the others",
    says="mean of the others",
    swap=(
        "second, best = np.sort(information)[-2:]",
        "best = max(information)\n    second = np.mean(np.sort(information)[:-1])",
    ),
)
bank.wrong(G, "rows for columns", says="see .T", swap=("bins.T", "bins"))
bank.wrong(
    G,
    "a value for each dimension",
    says="shape",
    swap=("return (best - second) / entropy", "return np.array(information) / entropy"),
)
bank.wrong(
    G,
    "duplicates left out",
    says="Do not drop duplicates",
    swap=("np.sort(information)", "np.unique(information)"),
)
bank.right(
    G,
    "sorted in Python",
    code=gap(
        "h = mutual_info_score(factor, factor)\n    told = sorted((mutual_info_score(bins[:, j], factor) / h for j in range(bins.shape[1])), reverse=True)\n    return told[0] - told[1]"
    ),
)
bank.right(
    G,
    "by hand, in bits",
    code=gap(
        "def entropy(*columns):\n        _, n = np.unique(np.stack([np.unique(c, return_inverse=True)[1] for c in columns]), axis=1, return_counts=True)\n        p = n / n.sum()\n        return -np.sum(p * np.log2(p))\n    told = [entropy(factor) + entropy(c) - entropy(factor, c) for c in bins.T]\n    first = int(np.argmax(told))\n    return (told[first] - max(told[:first] + told[first + 1:])) / entropy(factor)"
    ),
)
bank.wrong(
    G,
    "the first two dimensions",
    says="only the first two",
    swap=("np.sort(information)[-2:]", "information[:2]"),
)
bank.wrong(G, "two columns", says="only the first two", swap=("bins.T", "bins[:, :2].T"))
bank.wrong(
    G,
    "the last two dimensions",
    says="only the last two",
    swap=("np.sort(information)[-2:]", "np.sort(information[-2:])"),
)
bank.wrong(
    G,
    "third for second",
    says="third best",
    swap=("np.sort(information)[-2:]", "np.sort(information)[[-3, -1]]"),
)
bank.wrong(
    G,
    "entropy of the bins",
    says="entropy of the bins",
    swap=(
        "mutual_info_score(factor, factor)",
        "mutual_info_score(*2 * [bins[:, np.argmax(information)]])",
    ),
)
bank.wrong(
    G,
    "divided by the dimensions",
    says="number of dimensions",
    swap=("/ entropy", "/ len(information)"),
)
bank.wrong(G, "divided by the sum", says="sum of all", swap=("/ entropy", "/ sum(information)"))
bank.wrong(
    G,
    "one minus",
    says="1 minus",
    swap=("return (best - second) / entropy", "return 1 - (best - second) / entropy"),
)
bank.wrong(
    G,
    "places",
    says="np.argsort gives places",
    swap=("np.sort(information)", "np.argsort(information)"),
)
bank.wrong(
    G, "no brackets", says="brackets", swap=("(best - second) / entropy", "best - second / entropy")
)
bank.wrong(
    G,
    "normalised information",
    says="normalised",
    code=gap(
        "from sklearn.metrics import normalized_mutual_info_score\n    told = np.sort([normalized_mutual_info_score(factor, c) for c in bins.T])\n    return told[-1] - told[-2]"
    ),
)
bank.wrong(
    G,
    "a column forgotten",
    says="Are all looked at",
    swap=("bins.T", "bins.T[1:]"),
)
bank.right(
    G,
    "of mutual_info_classif",
    code=gap(
        "from scipy.stats import entropy\n    from sklearn.feature_selection import mutual_info_classif\n    told = np.sort(mutual_info_classif(bins, factor, discrete_features=True))\n    return (told[-1] - told[-2]) / entropy(np.unique(factor, return_counts=True)[1])"
    ),
)

# what stands between the parts of the network
bank.wrong(
    D,
    "tanh on the last layer",
    says="the linear part alone is right",
    swap=('Dense(d, kernel_initializer="zeros")', 'Dense(d, "tanh", kernel_initializer="zeros")'),
)
bank.wrong(
    D,
    "the linear part taken off",
    says="Look at the linear part",
    swap=("layers.Add()([linear, deep])", "layers.Subtract()([deep, linear])"),
)
bank.wrong(
    D,
    "a softmax on the label",
    says="look at what is done with the label",
    swap=("([first, label])\n", "([first, layers.Softmax()(label)])\n"),
)
bank.wrong(
    D,
    "a product of the parts, too",
    says="how they are joined",
    swap=("layers.Add()([linear, deep])", "linear + deep + 0.1 * linear * deep"),
)
bank.wrong(
    D,
    "a softmax on both inputs",
    says="neither of the two parts alone",
    swap=("([first, label])\n", "([first, label])\n    both = layers.Softmax()(both)\n"),
)

# directions that no formula of the check gives
bank.wrong(
    A,
    "median of those with",
    says="a small case",
    swap=("codes[inside & has].mean(axis=0)", "np.median(codes[inside & has], axis=0)"),
)
bank.wrong(
    A,
    "not of whole numbers",
    says="a small case",
    swap=("~has].mean(axis=0)", "~has.astype(int)].mean(axis=0)"),
)
bank.wrong(
    A,
    "small groups left out",
    says="got [nan], expected [4]",
    swap=(
        "if has[inside].any()",
        "if (len(np.unique(groups)) == 1 or has[inside].sum() > 2) and has[inside].any()",
    ),
)
bank.wrong(
    A,
    "groups counted from 0",
    says="groups = [1, 1, 7, 7]",
    swap=(
        "for group in np.unique(groups)",
        "for group in np.unique(groups) if np.asarray(groups).dtype.kind == 'U' else range(len(np.unique(groups)))",
    ),
)

# edits that only some cases show
bank.wrong(
    E,
    "the size of normal · direction",
    says="with its sign",
    swap=("(direction @ normal)", "abs(direction @ normal)"),
)
bank.wrong(
    E,
    "a single code stays",
    says="unchanged",
    swap=("steps[:, None] * direction", "steps[:, None] * direction * (len(codes) != 1)"),
)
bank.wrong(
    E,
    "no target of 0",
    says="look at what is done with `target`",
    swap=("target - answers", "(target or 1.0) - answers"),
)

bank.wrong(
    S,
    "the mean of code and donor",
    says="a small case",
    swap=("return codes + part", "return (codes + donors) / 2 + part / 2"),
)
bank.right(
    S,
    "the rest by singular vectors",
    code=swapped(
        "rest = np.linalg.svd(directions)[2][len(directions) :]\n    return donors + (codes - donors) @ rest.T @ rest"
    ),
)

# gaps that look like another mistake in one case
bank.wrong(
    G,
    "second and third",
    says="the second and the third best",
    swap=("np.sort(information)[-2:]", "np.sort(information)[-3:-1]"),
)
bank.wrong(
    G,
    "the neighbour",
    says="a small case",
    swap=(
        "second, best = np.sort(information)[-2:]",
        "i = int(np.argmax(information))\n    best, second = information[i], information[i - 1]",
    ),
)
bank.wrong(
    G,
    "correlation",
    says="factor = [0, 1, 2]",
    code=gap(
        "number = np.unique(factor, return_inverse=True)[1]\n    told = sorted(abs(np.nan_to_num(np.corrcoef(c, number)[0, 1])) for c in bins.T)\n    return told[-1] - told[-2]"
    ),
)
bank.wrong(
    G,
    "divided by the joint entropy",
    says="a small case",
    swap=("/ entropy", "/ (entropy + best)"),
)

bank.wrong(
    G,
    "sorted by another measure",
    says="a small case",
    swap=(
        "second, best = np.sort(information)[-2:]",
        "told = [i / mutual_info_score(c, c) for i, c in zip(information, bins.T)]\n    second, best = np.array(information)[np.argsort(told)[-2:]]",
    ),
)
bank.wrong(
    A,
    "groups by their first letter",
    says="'bl'",
    swap=(
        "for group in np.unique(groups):\n        inside = groups == group",
        "groups = np.array([str(g)[0] for g in groups])\n    for group in np.unique(groups):\n        inside = groups == group",
    ),
)
