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
    says="Both parts get both",
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
    says="input",
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
bank.wrong(D, "256 written in", says="expected are", swap=("Dense(hidden", "Dense(256"))
bank.wrong(D, "no bias", says="bias", swap=('name="linear"', 'name="linear", use_bias=False'))
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
    says="expected",
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
bank.wrong(G, "rows for columns", says="information_gap", swap=("bins.T", "bins"))
bank.wrong(
    G,
    "a value for each dimension",
    says="shape",
    swap=("return (best - second) / entropy", "return np.array(information) / entropy"),
)
bank.wrong(
    G,
    "duplicates left out",
    says="expected",
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
