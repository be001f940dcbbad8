"""Answers to the exercises of lesson 12, right and wrong."""

from tests.bank import Bank

bank = Bank()

# fit_pca
bank.wrong("fit_pca", "not centred", says="centre", swap=("svd(x - mean", "svd(x"))
bank.wrong(
    "fit_pca",
    "mean of each row instead of each column",
    says="mean",
    swap=("x.mean(axis=0)", "x.mean(axis=1, keepdims=True)"),
)
bank.wrong(
    "fit_pca",
    "columns of vt for rows",
    says="rows",
    swap=("vt[:n_components]", "vt.T[:n_components]"),
)
bank.wrong(
    "fit_pca",
    "ascending order, as eigh returns it",
    says="largest comes first",
    code="""
def fit_pca(x, n_components):
    mean = x.mean(axis=0)
    values, vectors = np.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    return mean, vectors.T[:n_components], values
""",
)
bank.wrong("fit_pca", "divided by n - 1", says="n - 1", swap=("/ len(x)", "/ (len(x) - 1)"))
bank.wrong(
    "fit_pca", "divided by d", says="not by the number of columns", swap=("len(x)", "x.shape[1]")
)
bank.wrong("fit_pca", "singular values", says="singular values", swap=("s**2 / len(x)", "s"))
bank.wrong("fit_pca", "not divided", says="divide", swap=("s**2 / len(x)", "s**2"))
bank.wrong(
    "fit_pca",
    "standard deviations",
    says="standard deviations",
    swap=("s**2 / len(x)", "s / np.sqrt(len(x))"),
)
bank.wrong(
    "fit_pca",
    "only the kept variances",
    says="return all of them",
    swap=("s**2 / len(x)", "s[:n_components]**2 / len(x)"),
)
bank.wrong(
    "fit_pca",
    "columns standardised as well",
    says="as they are",
    swap=("svd(x - mean", "svd((x - mean) / x.std(axis=0)"),
)
bank.wrong(
    "fit_pca", "x changed in place", says="in place", swap=("    _, s", "    x -= mean\n    _, s")
)
bank.wrong("fit_pca", "no return", says="return", swap=("return mean,", "result = mean,"))
bank.right(
    "fit_pca",
    "eigenvectors of the covariance matrix",
    code="""
def fit_pca(x, n_components):
    mean = np.sum(x, axis=0) / x.shape[0]
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False, bias=True))
    order = np.argsort(values)[::-1]
    return mean, vectors[:, order[:n_components]].T, values[order]
""",
)
bank.right(
    "fit_pca",
    "full matrices, negative signs",
    code="""
def fit_pca(x, n_components):
    mean = np.average(x, axis=0)
    u, s, vt = np.linalg.svd(x - mean[None, :])
    return [mean, -vt[:n_components, :], np.square(s) / x.shape[0]]
""",
)
bank.right(
    "fit_pca",
    "SVD of the transpose",
    code="""
def fit_pca(x, n_components):
    mean = x.mean(0)
    u, s, _ = np.linalg.svd((x - mean).T, full_matrices=False)
    return mean, u.T[:n_components], np.array([v * v / len(x) for v in s])
""",
)

bank.wrong(
    "fit_pca",
    "order of eigh for the components, not for the variances",
    says="largest variance",
    code="""
def fit_pca(x, n_components):
    mean = x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    return mean, vectors[:, -n_components:].T, values[::-1]
""",
)
bank.wrong("fit_pca", "always two components", says="shape", swap=("vt[:n_components]", "vt[:2]"))
bank.wrong(
    "fit_pca", "always all but the last", says="shape", swap=("vt[:n_components]", "vt[:-1]")
)
bank.wrong("fit_pca", "n hard-coded", says="variances", swap=("/ len(x)", "/ 200"))
bank.wrong(
    "fit_pca",
    "last variances set to zero",
    says="variances",
    swap=("    variances =", "    s[n_components:] = 0\n    variances ="),
)
bank.wrong("fit_pca", "shares", says="shares", swap=("s**2 / len(x)", "s**2 / np.sum(s**2)"))

# project_and_reconstruct
P = "project_and_reconstruct"
bank.wrong(P, "mean not subtracted", says="not subtracted", swap=("x - mean", "x"))
bank.wrong(P, "mean not added", says="not added back", swap=("centred + mean", "centred"))
bank.wrong(
    P,
    "mean subtracted on the way back",
    says="not added",
    swap=("centred + mean", "centred - mean"),
)
bank.wrong(
    P,
    "mean of the argument instead of the model's",
    says="at hand",
    swap=("x - mean", "x - x.mean(axis=0)"),
)
bank.wrong(
    P, "mean added, not subtracted", says="added, not subtracted", swap=("x - mean", "x + mean")
)
bank.wrong(P, "transpose forgotten", says="matmul", swap=("components.T", "components"))
bank.wrong(
    P,
    "points as columns",
    says="one code a row",
    swap=("return centred @ components.T", "return components @ centred.T"),
)
bank.wrong(
    P,
    "reconstruction returned as code",
    says="points in d dimensions",
    swap=("components.T\n", "components.T @ components\n"),
)
bank.right(
    P,
    "einsum and matmul",
    code="""
def project(x, mean, components):
    return np.einsum("nd,kd->nk", x - mean, components)


def reconstruct(codes, mean, components):
    return np.matmul(codes, components) + mean[np.newaxis]
""",
)
bank.right(
    P,
    "loops",
    code="""
def project(x, mean, components):
    return np.array([[float(c @ (p - mean)) for c in components] for p in x])


def reconstruct(codes, mean, components):
    out = np.tile(mean, (len(codes), 1))
    for i, code in enumerate(codes):
        for z, c in zip(code, components):
            out[i] = out[i] + z * c
    return out
""",
)
bank.right(
    P,
    "mean projected instead of subtracted",
    code="""
def project(x, mean, components):
    return x @ components.T - mean @ components.T


def reconstruct(codes, mean, components):
    return (components.T @ codes.T).T + mean
""",
)

bank.wrong(
    P,
    "points changed in place",
    says="in place",
    swap=("    centred = x - mean\n    return centred @", "    x -= mean\n    return x @"),
)
bank.wrong(P, "first point only", says="first point", swap=("x - mean", "x[:1] - mean"))

# error_from_variances
E = "error_from_variances"
bank.wrong(E, "kept instead of discarded", says="kept", swap=("[n_components:]", "[:n_components]"))
bank.wrong(E, "not per entry", says="per entry", swap=(" / n_features", ""))
bank.wrong(
    E,
    "one component too many",
    says="one component more",
    swap=("[n_components:]", "[n_components + 1:]"),
)
bank.wrong(
    E, "one too few", says="one component fewer", swap=("[n_components:]", "[n_components - 1:]")
)
bank.wrong(E, "share of the variance", says="share", swap=("/ n_features", "/ np.sum(variances)"))
bank.wrong(
    E,
    "mean of the discarded",
    says="averaged over the discarded",
    swap=("np.sum(discarded) / n_features", "np.mean(discarded)"),
)
bank.wrong(
    E,
    "divided by the number of variances",
    says="not by the number of variances",
    swap=("n_features)", "len(variances))"),
)
bank.wrong(
    E,
    "root of it",
    says="root",
    swap=("np.sum(discarded) / n_features", "np.sqrt(np.sum(discarded) / n_features)"),
)
bank.wrong(
    E,
    "slice from the end",
    says="one component more",
    swap=("variances[n_components:]", "variances[n_components or 1:]"),
)
bank.wrong(E, "no return", says="return", swap=("return float", "float"))
bank.right(
    E,
    "total minus kept",
    swap=("np.sum(discarded)", "(np.sum(variances) - np.sum(variances[:n_components]))"),
)
bank.right(
    E,
    "loop",
    code="""
def error_from_variances(variances, n_components, n_features):
    total = 0.0
    for j, v in enumerate(variances):
        if j >= n_components:
            total += v
    return np.float64(total / n_features)
""",
)

bank.wrong(
    E,
    "drops as many as it should keep",
    says="sums the last n_components",
    swap=("[n_components:]", "[-n_components:]"),
)

# held_out_errors
H = "held_out_errors"


def held_out(body, before=""):
    """A cell with another body of the loop, and other lines before it."""
    before = before or "mean, components, _ = fit_pca(x_fit, max(sizes))"
    return f"""
def held_out_errors(x_fit, x_new, sizes):
    {before}
    errors = []
    for k in sizes:
        {body}
    return np.array(errors)
"""


ERROR = "errors.append(np.mean((x_new - rebuilt) ** 2))"
bank.wrong(
    H, "fitted to the new points", says="fitted to x_new", swap=("fit_pca(x_fit", "fit_pca(x_new")
)
bank.wrong(
    H,
    "fitted to both",
    says="together",
    swap=("fit_pca(x_fit", "fit_pca(np.concatenate([x_fit, x_new])"),
)
bank.wrong(
    H,
    "training error reported",
    says="on x_fit itself",
    swap=("    errors = []", "    x_new = x_fit\n    errors = []"),
)
bank.wrong(
    H,
    "new points centred with their own mean",
    says="own mean",
    swap=("    errors = []", "    mean = x_new.mean(axis=0)\n    errors = []"),
)
bank.wrong(
    H,
    "summed over entries",
    says="summed",
    swap=("np.mean((x_new - rebuilt) ** 2)", "np.mean(np.sum((x_new - rebuilt) ** 2, axis=1))"),
)
bank.wrong(
    H,
    "root",
    says="root",
    swap=("np.mean((x_new - rebuilt) ** 2)", "np.sqrt(np.mean((x_new - rebuilt) ** 2))"),
)
bank.wrong(
    H,
    "absolute error",
    says="square the differences",
    swap=("(x_new - rebuilt) ** 2", "np.abs(x_new - rebuilt)"),
)
bank.wrong(
    H,
    "not squared",
    says="square it before averaging",
    swap=("(x_new - rebuilt) ** 2", "x_new - rebuilt"),
)
bank.wrong(
    H,
    "the variances' errors reported for new points",
    says="on x_fit itself",
    code="""
def held_out_errors(x_fit, x_new, sizes):
    variances = fit_pca(x_fit, max(sizes))[2]
    return np.array([error_from_variances(variances, k, x_fit.shape[1]) for k in sizes])
""",
)
bank.wrong(
    H,
    "not sliced",
    says="only the first k",
    swap=("components[:k]", "components"),
)
bank.wrong(
    H,
    "summed over all, not sliced",
    says="only the first k",
    code=held_out(
        "rebuilt = reconstruct(project(x_new, mean, components), mean, components)\n"
        "        errors.append(np.sum((x_new - rebuilt) ** 2))"
    ),
)
bank.wrong(H, "as many as the last size", says="sizes[-1]", swap=("max(sizes)", "sizes[-1]"))
bank.wrong(H, "as many as the first size", says="sizes[0]", swap=("max(sizes)", "sizes[0]"))
bank.wrong(H, "as many as there are sizes", says="errors", swap=("max(sizes)", "len(sizes)"))
bank.wrong(H, "growing sizes", says="keep the order", swap=("in sizes:", "in sorted(sizes):"))
bank.wrong(H, "each size once", says="keep the order", swap=("in sizes:", "in sorted(set(sizes)):"))
bank.wrong(
    H,
    "returns in the loop",
    says="first size",
    swap=("    return np.array(errors)", "        return np.array(errors)"),
)
bank.wrong(
    H, "the last one alone", says="shape", swap=("return np.array(errors)", "return errors[-1]")
)
bank.wrong(H, "the mean of all", says="shape", swap=("np.array(errors)", "np.mean(errors)"))
bank.wrong(H, "a fixed size", says="errors", swap=("components[:k]", "components[:2]"))
bank.wrong(
    H,
    "the last components",
    says="errors",
    swap=("components[:k]", "components[-k:]"),
)
bank.wrong(
    H,
    "new points changed in place",
    says="in place",
    swap=("    errors = []", "    x_new -= mean\n    x_new += mean + 0.1\n    errors = []"),
)
bank.wrong(H, "no return", says="return", swap=("return np.array", "result = np.array"))
bank.wrong(
    H,
    "784 in the code",
    says="784",
    swap=("np.mean((x_new - rebuilt) ** 2)", "np.mean((x_new - rebuilt).reshape(-1, 784) ** 2)"),
)
bank.wrong(
    H,
    "fitted to the new points, and summed",
    says="predicted; and this is summed",
    code=held_out(
        "rebuilt = reconstruct(project(x_new, mean, components[:k]), mean, components[:k])\n"
        "        errors.append(np.mean(np.sum((x_new - rebuilt) ** 2, axis=1)))",
        before="mean, components, _ = fit_pca(x_new, max(sizes))",
    ),
)
bank.right(
    H,
    "lengths of the missing parts",
    code=held_out(
        "centred = x_new - mean\n"
        "        total = np.sum(centred**2) - np.sum((centred @ components[:k].T) ** 2)\n"
        "        errors.append(total / x_new.size)"
    ),
)
bank.right(
    H,
    "scikit-learn, a fit for each size",
    code="""
def held_out_errors(x_fit, x_new, sizes):
    from sklearn.decomposition import PCA

    models = [PCA(k).fit(x_fit) for k in sizes]
    return [
        np.square(x_new - m.inverse_transform(m.transform(x_new))).mean() for m in models
    ]
""",
)
bank.right(
    H,
    "codes of all components, cut",
    code="""
def held_out_errors(x_fit, x_new, sizes):
    mean, components, _ = fit_pca(x_fit, x_fit.shape[1])
    codes = project(x_new, mean, components)
    squares = np.mean(codes**2, axis=0)
    return [float(squares[k:].sum() / x_fit.shape[1]) for k in sizes]
""",
)

# build_linear_autoencoder
B = "build_linear_autoencoder"
bank.wrong(B, "ReLU in the code", says="not linear", swap=('name="encoder"', 'activation="relu"'))
bank.wrong(
    B, "sigmoid at the end", says="not linear", swap=('name="decoder"', 'activation="sigmoid"')
)
bank.wrong(B, "no biases", says="biases are missing", swap=("name=", "use_bias=False, name="))
bank.wrong(
    B,
    "bias in the encoder only",
    says="bias of the decoder",
    swap=('name="decoder"', "use_bias=False"),
)
bank.wrong(
    B,
    "code as large as the input",
    says="independent numbers",
    swap=("Dense(latent_dim", "Dense(n_features"),
)
bank.wrong(
    B, "output as small as the code", says="shape", swap=("Dense(n_features", "Dense(latent_dim")
)
bank.wrong(
    B,
    "sizes fixed at 3 and 2",
    says="shape",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    return keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(3)])
""",
)
bank.wrong(B, "no return", says="return", swap=("return keras", "model = keras"))
bank.wrong(
    B,
    "encoder alone",
    says="shape",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    return keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(latent_dim)])
""",
)
bank.right(
    B,
    "functional",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    inputs = keras.Input(shape=(n_features,))
    code = keras.layers.Dense(latent_dim, activation="linear")(inputs)
    return keras.Model(inputs, keras.layers.Dense(n_features, activation=None)(code))
""",
)
bank.wrong(
    B,
    "no bias in the encoder",
    says="bias of the encoder",
    swap=('name="encoder"', "use_bias=False"),
)
bank.right(
    B,
    "two models in one",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    encoder = keras.Sequential([keras.layers.Dense(latent_dim)])
    decoder = keras.Sequential([keras.layers.Dense(n_features)])
    return keras.Sequential([encoder, decoder])
""",
)
bank.right(
    B,
    "subclass",
    code="""
class Linear(keras.Model):
    def __init__(self, d, k):
        super().__init__()
        self.enc, self.dec = keras.layers.Dense(k), keras.layers.Dense(d)

    def call(self, x):
        return self.dec(self.enc(x))


def build_linear_autoencoder(n_features, latent_dim):
    return Linear(n_features, latent_dim)
""",
)

bank.wrong(
    B,
    "one layer",
    says="independent numbers",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    return keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(n_features)])
""",
)

# principal_angles
A = "principal_angles"
bank.wrong(
    A,
    "bases not orthonormal",
    says="orthonormal",
    swap=("np.linalg.svd(qa.T @ qb", "np.linalg.svd(a @ b.T"),
)
bank.wrong(
    A,
    "cosines",
    says="cosines",
    swap=("np.arccos(cosines)", "cosines"),
)
bank.wrong(
    A,
    "degrees",
    says="degrees",
    swap=(
        "np.arccos(cosines)",
        "np.degrees(np.arccos(cosines))",
    ),
)
bank.wrong(A, "not clipped", says="NaN", swap=("np.clip(cosines, -1.0, 1.0)", "cosines"))
bank.wrong(
    A,
    "largest first",
    says="smallest first",
    swap=(
        "np.arccos(cosines)",
        "np.arccos(cosines)[::-1]",
    ),
)
bank.wrong(
    A,
    "rows orthonormalised as columns",
    says="mismatch",
    swap=("np.linalg.qr(a.T)", "np.linalg.qr(a)"),
)
bank.wrong(
    A,
    "angles between the vectors in pairs",
    says="in pairs",
    code="""
def principal_angles(a, b):
    cosines = [abs(u @ v) / np.linalg.norm(u) / np.linalg.norm(v) for u, v in zip(a, b)]
    return np.sort(np.arccos(np.clip(cosines, -1, 1)))
""",
)
bank.wrong(
    A,
    "sines",
    says="sines",
    swap=(
        "np.arccos(cosines)",
        "np.sqrt(1 - cosines**2)",
    ),
)
bank.right(
    A,
    "SciPy",
    code="""
def principal_angles(a, b):
    from scipy.linalg import subspace_angles

    return np.sort(subspace_angles(a.T, b.T))
""",
)
bank.right(
    A,
    "SVD for the bases, sorted",
    code="""
def principal_angles(a, b):
    qa = np.linalg.svd(a, full_matrices=False)[2]
    qb = np.linalg.svd(b, full_matrices=False)[2]
    s = np.linalg.svd(qa @ qb.T)[1]
    return np.sort(np.arccos(np.minimum(s, 1)))
""",
)
bank.wrong(
    A,
    "eigenvalues for singular values",
    says="eigenvalues",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    cosines = np.abs(np.linalg.eigvals(qa.T @ qb))
    return np.sort(np.arccos(np.clip(cosines, 0, 1)))
""",
)
bank.wrong(
    A, "only one basis orthonormal", says="only one", swap=("svd(qa.T @ qb", "svd(qa.T @ b.T")
)
bank.wrong(
    A,
    "both QR of rows",
    says="np.linalg.qr wants them as columns",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a)[0], np.linalg.qr(b)[0]
    return np.arccos(np.clip(np.linalg.svd(qa.T @ qb, compute_uv=False), -1, 1))
""",
)
bank.wrong(
    A,
    "rows of length one, not perpendicular",
    says="perpendicular",
    code="""
def principal_angles(a, b):
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    return np.sort(np.arccos(np.clip(np.linalg.svd(a @ b.T, compute_uv=False), -1, 1)))
""",
)
bank.wrong(
    A,
    "complete bases",
    says="complete",
    code="""
def principal_angles(a, b):
    qa = np.linalg.qr(a.T, mode="complete")[0]
    qb = np.linalg.qr(b.T, mode="complete")[0]
    return np.arccos(np.clip(np.linalg.svd(qa.T @ qb, compute_uv=False), -1, 1))
""",
)
bank.wrong(
    A,
    "full matrices of the SVD",
    says="full matrices",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.svd(a)[2], np.linalg.svd(b)[2]
    return np.arccos(np.clip(np.linalg.svd(qa @ qb.T)[1], -1, 1))
""",
)
bank.wrong(
    A,
    "one complete basis",
    says="complete",
    swap=("np.linalg.qr(a.T)", 'np.linalg.qr(a.T, mode="complete")'),
)
bank.wrong(
    A,
    "vectors changed in place",
    says="in place",
    swap=("    qa, _", "    a /= np.linalg.norm(a, axis=1, keepdims=True)\n    qa, _"),
)
bank.wrong(
    A,
    "degrees, largest first",
    says="radians; and largest first",
    swap=("np.arccos(cosines)", "np.degrees(np.arccos(cosines))[::-1]"),
)
bank.wrong(
    A,
    "cosines, smallest first",
    says="cosines",
    swap=("return np.arccos(cosines)", "return cosines[::-1]"),
)
bank.wrong(
    A, "largest alone", says="largest angle", swap=("arccos(cosines)", "arccos(cosines)[-1:]")
)
bank.wrong(
    A,
    "largest as a number",
    says="one number, the largest angle",
    swap=("arccos(cosines)", "arccos(cosines)[-1]"),
)
bank.wrong(
    A,
    "square roots of the product's eigenvalues",
    says="angles",
    swap=("np.arccos(cosines)", "np.arccos(cosines**2)"),
)
bank.wrong(A, "two angles, always", says="shape", swap=("arccos(cosines)", "arccos(cosines)[:2]"))
bank.wrong(A, "no return", says="return", swap=("return np", "result = np"))
bank.wrong(
    A,
    "rounded so that no NaN comes",
    says="angles",
    swap=("cosines = np.clip(cosines, -1.0, 1.0)", "cosines = np.round(cosines, 2)"),
)
bank.right(
    A,
    "projectors",
    code="""
def principal_angles(a, b):
    k = min(len(a), len(b))
    pa, pb = (np.linalg.pinv(v) @ v for v in (a, b))
    s = np.sqrt(np.linalg.eigvalsh(pa @ pb @ pa).clip(0, 1))[::-1][:k]
    sines = np.linalg.svd((np.eye(a.shape[1]) - pb) @ np.linalg.svd(a, full_matrices=False)[2].T)[1]
    sines = np.sort(sines.clip(0, 1))[:k]
    return np.sort(np.arctan2(sines, s))
""",
)

# answers of ten learners
F = "fit_pca"
bank.wrong(
    F,
    "components from u",
    says="u;",
    swap=("_, s, vt = np.linalg.svd", "vt, s, _ = np.linalg.svd"),
)
bank.wrong(
    F,
    "columns of vt as columns",
    says="columns of vt",
    swap=("vt[:n_components]", "vt[:, :n_components]"),
)
bank.wrong(
    F,
    "components as columns",
    says="as rows",
    swap=("vt[:n_components]", "vt[:n_components].T"),
)
bank.wrong(F, "all components", says="first n_components", swap=("vt[:n_components]", "vt"))
bank.wrong(
    F, "last components", says="last components", swap=("[:n_components]", "[-n_components:]")
)
bank.wrong(
    F,
    "components times singular values",
    says="multiplied by the singular values",
    swap=("components = vt[:n_components]", "components = (s[:, None] * vt)[:n_components]"),
)
bank.wrong(
    F,
    "not centred and n - 1",
    says="centred; and divided by n - 1",
    code="""
def fit_pca(x, n_components):
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    return x.mean(axis=0), vt[:n_components], s**2 / (len(x) - 1)
""",
)
bank.wrong(
    F,
    "not centred and not divided",
    says="centred; and",
    code="""
def fit_pca(x, n_components):
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    return x.mean(axis=0), vt[:n_components], s**2
""",
)
bank.wrong(
    F,
    "components not centred, variances from np.cov",
    says="components",
    code="""
def fit_pca(x, n_components):
    variances = np.linalg.eigvalsh(np.cov(x.T, bias=True).reshape(x.shape[1], -1))[::-1]
    return x.mean(axis=0), np.linalg.svd(x, full_matrices=False)[2][:n_components], variances
""",
)
bank.wrong(F, "mean of everything", says="one mean", swap=("x.mean(axis=0)", "x.mean()"))
bank.wrong(
    F,
    "mean with two axes",
    says="two axes",
    swap=("x.mean(axis=0)", "x.mean(axis=0, keepdims=True)"),
)
bank.wrong(F, "two results", says="3 results", swap=("return mean, ", "return "))
bank.wrong(
    F,
    "cov without bias",
    says="n - 1",
    code="""
def fit_pca(x, n_components):
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False).reshape(x.shape[1], -1))
    return x.mean(axis=0), vectors[:, ::-1].T[:n_components], values[::-1]
""",
)
bank.wrong(
    F,
    "scikit-learn",
    says="n - 1",
    code="""
def fit_pca(x, n_components):
    from sklearn.decomposition import PCA

    model = PCA().fit(x)
    return model.mean_, model.components_[:n_components], model.explained_variance_
""",
)
bank.wrong(
    F, "784 in the code", says="784", swap=("svd(x - mean", "svd((x - mean).reshape(-1, 784)")
)
bank.wrong(F, "NaN", says="NaN", swap=("s**2 / len(x)", "s**2 / len(x) * np.nan"))
bank.wrong(
    F,
    "order of results",
    says="mean",
    swap=("mean, components, variances", "components, mean, variances"),
)
bank.wrong(
    F,
    "full SVD of the transpose, rows of u",
    says="components",
    swap=(
        "np.linalg.svd(x - mean, full_matrices=False)",
        "np.linalg.svd((x - mean).T, full_matrices=False)[::-1]",
    ),
)
bank.right(
    F,
    "signs fixed",
    swap=(
        "    variances",
        "    components = components * np.sign(components[:, :1] + 1e-12)\n    variances",
    ),
)

bank.wrong(P, "mean counted twice", says="not subtracted", swap=("x - mean", "x - mean + mean"))
bank.wrong(
    P,
    "3 and 2 in the code",
    says="shape",
    code="""
def project(x, mean, components):
    return ((x - mean) @ components.T)[:, :2]


def reconstruct(codes, mean, components):
    return codes @ components + mean
""",
)
bank.wrong(
    P,
    "codes changed in place",
    says="in place",
    swap=(
        "    centred = codes @ components\n    return centred",
        "    codes *= 1.5\n    centred = codes @ components / 1.5\n    return centred",
    ),
)
bank.wrong(
    P,
    "projected before subtracting",
    says="broadcast",
    swap=(
        "    centred = x - mean\n    return centred @ components.T",
        "    return x @ components.T - mean",
    ),
)
bank.wrong(P, "no return", says="return", swap=("return centred @", "codes = centred @"))
bank.wrong(
    P, "no return from reconstruct", says="return", swap=("return centred +", "points = centred +")
)
bank.wrong(
    P, "pseudoinverse twice", says="code", swap=("components.T", "np.linalg.pinv(components) * 2")
)
bank.wrong(P, "one mean for all entries", says="code", swap=("x - mean", "x - mean.mean()"))
bank.wrong(
    P,
    "reconstruct adds the mean of the codes",
    says="broadcast",
    swap=("centred + mean", "centred + codes.mean(axis=0)"),
)
bank.wrong(
    P,
    "transposed and not centred",
    says="subtracted before projecting; and one code a row",
    swap=("return centred @ components.T", "return components @ x.T"),
)
bank.right(P, "pseudoinverse", swap=("components.T", "np.linalg.pinv(components)"))

bank.wrong(
    E,
    "kept, and not per entry",
    says="kept, not the discarded ones; and divide by n_features",
    swap=("float(np.sum(discarded) / n_features)", "float(np.sum(variances[:n_components]))"),
)
bank.wrong(
    E,
    "divided by n_components",
    says="averaged over the n_features",
    swap=("/ n_features", "/ max(n_components, 1)"),
)
bank.wrong(
    E,
    "an array",
    says="one by one",
    swap=("float(np.sum(discarded) / n_features)", "discarded / n_features"),
)
bank.wrong(
    E, "all variances", says="all variances", swap=("np.sum(discarded)", "np.sum(variances)")
)
bank.wrong(E, "784 in the code", says="got", swap=("/ n_features", "/ 784"))
bank.wrong(E, "3 in the code", says="got", swap=("/ n_features", "/ 3"))
bank.wrong(
    E,
    "variances set to zero in place",
    says="in place",
    swap=(
        "    discarded = variances[n_components:]",
        "    variances[:n_components] = 0\n    discarded = variances",
    ),
)
bank.wrong(
    E,
    "variances squared",
    says="squared lengths",
    swap=("np.sum(discarded)", "np.sum(discarded**2)"),
)
bank.wrong(
    E,
    "tied variances dropped",
    says="got",
    swap=(
        "    discarded = variances[n_components:]",
        "    discarded = np.unique(variances)[::-1][n_components:]",
    ),
)
bank.right(
    E, "dot product", swap=("np.sum(discarded)", "np.dot(discarded, np.ones(len(discarded)))")
)

bank.wrong(
    B,
    "trained weights of zero",
    says="independent numbers",
    swap=('name="encoder"', 'kernel_initializer="zeros"'),
)
bank.wrong(
    B,
    "dropout between",
    says="dropout",
    swap=("layers.Dense(n_features", "layers.Dropout(0.2), layers.Dense(n_features"),
)
bank.wrong(
    B,
    "one layer more",
    says="two dense layers",
    swap=("layers.Dense(n_features", "layers.Dense(latent_dim), layers.Dense(n_features"),
)
bank.wrong(
    B,
    "batch normalisation",
    says="linear",
    swap=("layers.Dense(n_features", "layers.LayerNormalization(), layers.Dense(n_features"),
)
bank.wrong(
    B,
    "same layer at each call",
    says="same weights",
    code="""
SHARED = {}


def build_linear_autoencoder(n_features, latent_dim):
    key = n_features, latent_dim
    if key not in SHARED:
        SHARED[key] = keras.Sequential(
            [keras.Input((n_features,)), layers.Dense(latent_dim), layers.Dense(n_features)]
        )
    return SHARED[key]
""",
)
bank.wrong(
    B, "regularised", says="regularisation", swap=('name="encoder"', 'kernel_regularizer="l2"')
)
bank.wrong(
    B,
    "sizes exchanged",
    says="shape",
    swap=("(n_features: int, latent_dim: int)", "(latent_dim: int, n_features: int)"),
)
bank.wrong(B, "frozen encoder", says="frozen", swap=('name="encoder"', "trainable=False"))
bank.wrong(B, "tanh in the middle", says="not linear", swap=('name="encoder"', 'activation="tanh"'))
bank.wrong(
    B, "softplus at the end", says="not linear", swap=('name="decoder"', 'activation="softplus"')
)
bank.right(
    B,
    "add, with names",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    model = keras.models.Sequential(name="linear")
    model.add(keras.layers.InputLayer(shape=(n_features,)))
    model.add(keras.layers.Dense(units=latent_dim, activation="linear"))
    model.add(keras.layers.Dense(units=n_features))
    return model
""",
)
bank.right(
    B,
    "compiled, other initialisation",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    model = keras.Sequential(
        [
            keras.Input((n_features,)),
            layers.Dense(latent_dim, kernel_initializer="he_normal"),
            layers.Dense(n_features, kernel_initializer="orthogonal"),
        ]
    )
    model.compile("adam", loss="mse")
    return model
""",
)

# numerically different ways
bank.right(
    F,
    "variances of the codes",
    code="""
def fit_pca(x, n_components):
    mean = np.mean(x, axis=0, dtype=float)
    vt = np.linalg.svd(x - mean, full_matrices=False)[2]
    codes = (x - mean) @ vt.T
    return mean, vt[:n_components], codes.var(axis=0)
""",
)
bank.right(
    F,
    "deflation by power iteration of the covariance matrix",
    code="""
def fit_pca(x, n_components):
    mean = x.mean(axis=0)
    cov = (x - mean).astype(float).T @ (x - mean) / len(x)
    values, vectors = np.linalg.eigh(cov)
    pairs = sorted(zip(values, vectors.T), key=lambda pair: -pair[0])
    return mean, np.array([v for _, v in pairs[:n_components]]), np.array([w for w, _ in pairs])
""",
)
bank.wrong(
    F,
    "median for mean",
    says="the mean",
    swap=("x.mean(axis=0)", "np.median(x, axis=0)"),
)
bank.wrong(
    F,
    "sorted by the first entry",
    says="components",
    swap=("vt[:n_components]", "vt[np.argsort(vt[:, 0])][:n_components]"),
)
bank.wrong(
    F,
    "points changed in place by their own axes",
    says="in place",
    swap=("    components =", "    x[:] = x @ vt.T\n    components ="),
)
bank.wrong(
    F,
    "points as columns",
    says="mean",
    code="""
def fit_pca(x, n_components):
    x = x.T
    mean = x.mean(axis=0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    return mean, vt[:n_components], s**2 / len(x)
""",
)
bank.right(
    A,
    "orthonormal bases by SciPy, sines where they are exact",
    code="""
def principal_angles(a, b):
    from scipy.linalg import orth, svdvals

    cosines = svdvals(orth(a.T).T @ orth(b.T))
    return np.arccos(np.minimum(cosines, 1))[: min(len(a), len(b))]
""",
)
bank.right(
    A,
    "Gram and Schmidt by hand",
    code="""
def principal_angles(a, b):
    def orthonormal(rows):
        found = []
        for row in rows:
            for _ in range(2):
                row = row - sum((row @ one) * one for one in found)
            found.append(row / np.linalg.norm(row))
        return np.array(found)

    _, s, _ = np.linalg.svd(orthonormal(a) @ orthonormal(b).T)
    return np.arccos(np.clip(s, 0, 1))
""",
)
bank.wrong(
    A,
    "angles of sorted pairs of all directions",
    says="angles",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    cosines = np.abs(qa.T @ qb).max(axis=1)
    return np.sort(np.arccos(np.clip(cosines, 0, 1)))[: min(len(a), len(b))]
""",
)
bank.wrong(A, "clipped from below only", says="NaN", swap=("-1.0, 1.0", "-1.0, None"))
bank.wrong(
    A,
    "sum for clip",
    says="angles",
    swap=("np.clip(cosines, -1.0, 1.0)", "cosines / cosines.max()"),
)
bank.right(
    P,
    "tensor products",
    code="""
def project(x, mean, components):
    return np.dot(np.subtract(x, mean), np.transpose(components))


def reconstruct(codes, mean, components):
    return np.stack([mean + components.T @ z for z in codes])
""",
)
bank.wrong(
    P,
    "components normalised by their length again, wrongly",
    says="code",
    swap=("components.T", "components.T / len(components)"),
)
bank.wrong(
    P,
    "exchanged functions",
    says="project` stops",
    code="""
def project(x, mean, components):
    return x @ components + mean


def reconstruct(codes, mean, components):
    return (codes - mean) @ components.T
""",
)
bank.wrong(
    P,
    "reconstruct subtracts in the codes",
    says="broadcast",
    swap=("codes @ components", "(codes - mean) @ components"),
)
bank.right(
    E,
    "cumulated",
    swap=("np.sum(discarded)", "(np.append(np.cumsum(variances[::-1])[::-1], 0))[n_components]"),
)
bank.right(H, "floats in a tuple", swap=("np.array(errors)", "tuple(float(e) for e in errors)"))
bank.wrong(
    H,
    "fitted to the first new points too",
    says="errors",
    swap=("fit_pca(x_fit", "fit_pca(np.concatenate([x_fit, x_new[:1]])"),
)
bank.wrong(
    H,
    "square of the mean difference",
    says="errors",
    swap=("np.mean((x_new - rebuilt) ** 2)", "np.mean(x_new - rebuilt) ** 2"),
)
bank.wrong(
    H,
    "per point, with x_fit's size",
    says="errors",
    swap=("np.mean((x_new - rebuilt) ** 2)", "np.sum((x_new - rebuilt) ** 2) / x_fit.size"),
)
bank.wrong(
    F,
    "rows of eigh's matrix",
    says="rows of eigh",
    code="""
def fit_pca(x, n_components):
    mean = x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    return mean, vectors[::-1][:n_components], values[::-1]
""",
)
bank.wrong(
    F,
    "np.linalg.eig, not sorted",
    says="the largest comes first",
    code="""
def fit_pca(x, n_components):
    values, vectors = np.linalg.eig(np.cov(x.T, bias=True))
    return x.mean(axis=0), vectors.T[:n_components], values
""",
)
bank.wrong(
    F,
    "variances of the columns",
    says="variances of the columns",
    swap=("s**2 / len(x)", "np.sort(x.var(axis=0))[::-1]"),
)
bank.wrong(
    F,
    "mean of the centred points",
    says="mean of the centred points",
    code="""
def fit_pca(x, n_components):
    x = x - x.mean(axis=0)
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    return x.mean(axis=0), vt[:n_components], s**2 / len(x)
""",
)
bank.wrong(
    F,
    "singular values of the covariance matrix, squared",
    says="are variances already",
    code="""
def fit_pca(x, n_components):
    _, s, vt = np.linalg.svd(np.cov(x.T, bias=True))
    return x.mean(axis=0), vt[:n_components], s**2 / len(x)
""",
)
bank.wrong(
    F,
    "divided by all entries",
    says="x.size",
    swap=("len(x)", "x.size"),
)
bank.right(
    F,
    "QR first, in float32",
    code="""
def fit_pca(x, n_components):
    mean = x.astype("float32").mean(axis=0)
    _, s, vt = np.linalg.svd(np.linalg.qr(x.astype("float32") - mean)[1])
    return [mean, -vt[:n_components], [float(one) ** 2 / len(x) for one in s]]
""",
)
bank.wrong(
    E,
    "all but the last ones",
    says="all but the last",
    swap=("variances[n_components:]", "variances[: len(variances) - n_components]"),
)
bank.wrong(
    E,
    "divided by the features less the components",
    says="n_features - n_components",
    code="""
def error_from_variances(variances, n_components, n_features):
    return np.sum(variances[n_components:]) / max(n_features - n_components, 1)
""",
)
bank.wrong(
    E,
    "rounded down",
    says="instead of //",
    code="""
def error_from_variances(variances, n_components, n_features):
    return sum(variances[n_components:]) // n_features
""",
)
bank.wrong(
    H,
    "as many components as there are sizes",
    says="len(sizes) components",
    swap=("max(sizes)", "len(sizes)"),
)
bank.wrong(
    H,
    "the k-th component only",
    says="k-th component only",
    code="""
def held_out_errors(x_fit, x_new, sizes):
    mean, every, _ = fit_pca(x_fit, max(sizes))
    parts = [every[k - 1 : k] for k in sizes]
    return [np.mean((x_new - reconstruct(project(x_new, mean, c), mean, c)) ** 2) for c in parts]
""",
)
bank.wrong(
    H,
    "mean not added back",
    says="not added back",
    code="""
def held_out_errors(x_fit, x_new, sizes):
    mean, every, _ = fit_pca(x_fit, max(sizes))
    return [np.mean((x_new - project(x_new, mean, every[:k]) @ every[:k]) ** 2) for k in sizes]
""",
)
bank.right(
    H,
    "from the codes alone",
    code="""
def held_out_errors(x_fit, x_new, sizes):
    mean, every, _ = fit_pca(x_fit, x_fit.shape[1])
    squares = project(x_new, mean, every) ** 2
    return tuple(squares[:, k:].sum() / x_new.size for k in sizes)
""",
)
bank.wrong(
    B,
    "input size without its tuple",
    says="A shape is a tuple",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    return keras.Sequential([
        keras.Input(n_features), layers.Dense(latent_dim), layers.Dense(n_features)
    ])
""",
)
bank.wrong(
    A,
    "arc sines",
    says="arc sines",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    return np.arcsin(np.clip(np.linalg.svd(qa.T @ qb, compute_uv=False), 0, 1))
""",
)
bank.wrong(
    A,
    "entries of the product",
    says="depend on the bases",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    return np.sort(np.arccos(np.abs(qa.T @ qb).clip(0, 1)).ravel())
""",
)
bank.wrong(
    A,
    "the wrong factor transposed",
    says="qa.T @ qb",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    return np.arccos(np.clip(np.linalg.svd(qa @ qb.T, compute_uv=False), 0, 1))
""",
)
bank.wrong(
    A,
    "cosines cut at 0.9999",
    says="got [0.01414, 0.7854], expected [0, 0.7854]",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    return np.arccos(np.clip(np.linalg.svd(qa.T @ qb, compute_uv=False), 0, 0.9999))
""",
)
bank.right(
    A,
    "in float32",
    code="""
def principal_angles(a, b):
    qa, qb = (np.linalg.qr(np.transpose(rows).astype("float32"))[0] for rows in (a, b))
    return np.arccos(np.minimum(np.linalg.svd(qa.T @ qb)[1], 1))
""",
)
bank.wrong(
    B,
    "scaled first",
    says="such as a scaling",
    code="""
def build_linear_autoencoder(n_features, latent_dim):
    return keras.Sequential([
        keras.Input((n_features,)), layers.Rescaling(1 / 255),
        layers.Dense(latent_dim), layers.Dense(n_features),
    ])
""",
)
bank.right(
    A,
    "Keras",
    code="""
def principal_angles(a, b):
    ops = keras.ops
    qa, qb = (ops.qr(ops.convert_to_tensor(np.float32(rows).T))[0] for rows in (a, b))
    cosines = ops.svd(ops.transpose(qa) @ qb, compute_uv=False)
    return ops.convert_to_numpy(ops.arccos(ops.clip(cosines, 0, 1)))
""",
)
bank.wrong(
    F, "cumulated variances", says="cumulated", swap=("s**2 / len(x)", "np.cumsum(s**2) / len(x)")
)

# what a small case shows, and where known mistakes were told that were none
bank.wrong(E, "ties counted once", says="got", swap=("np.sum(discarded)", "sum(set(discarded))"))
bank.wrong(
    E,
    "counted from the end",
    says="[-0:] is everything",
    swap=("variances[n_components:]", "variances[n_components - len(variances) :]"),
)
bank.wrong(
    E,
    "nothing kept, nothing lost",
    says="all variances are discarded",
    swap=("    discarded =", "    if n_components == 0:\n        return 0.0\n    discarded ="),
)
bank.wrong(
    E,
    "share kept",
    says="kept, not the discarded ones; and these are shares",
    swap=("np.sum(discarded) / n_features", "np.sum(variances[:n_components]) / np.sum(variances)"),
)
bank.wrong(
    E,
    "the last variance lost",
    says="got 0, expected 4",
    swap=("variances[n_components:]", "variances[n_components:-1]"),
)
bank.wrong(
    F,
    "last point left out",
    says="small case",
    swap=("svd(x - mean,", "svd(x[:-1] - mean,"),
)
bank.wrong(
    P,
    "reshaped, not transposed",
    says="got [[0, 0]], expected [[5, 2]]",
    swap=("components.T", "components.reshape(components.shape[::-1])"),
)
bank.wrong(
    P,
    "last component left out on the way back",
    says="points of the codes [[3]]",
    swap=("codes @ components", "codes[:, :-1] @ components[:-1]"),
)
bank.wrong(
    H,
    "rebuilt again from what was rebuilt",
    says="got [2.25, 0, 0], expected [2.25, 0, 2.25]",
    swap=(
        "errors.append(np.mean((x_new - rebuilt) ** 2))",
        "errors.append(np.mean((x_new - rebuilt) ** 2))\n        x_new = rebuilt",
    ),
)
bank.wrong(
    H,
    "axes of the new points, mean of the others",
    says="small case",
    swap=(
        "mean, components, _ = fit_pca(x_fit, max(sizes))",
        "mean, _, _ = fit_pca(x_fit, 1)\n"
        "    _, components, _ = fit_pca(np.repeat(x_new, 100, axis=0), max(sizes))",
    ),
)
bank.wrong(
    A,
    "vectors centred",
    says="got [0], expected [0.7854]",
    swap=("qr(a.T)", "qr((a - a.mean(axis=0)).T)"),
)
bank.right(
    F,
    "deflated, one axis after the other",
    code="""
def fit_pca(x, n_components):
    mean = x.mean(axis=0)
    left = np.cov(x, rowvar=False, ddof=0)
    rows, variances = [], []
    for _ in range(x.shape[1]):
        values, vectors = np.linalg.eigh(left)
        rows.append(vectors[:, -1])
        variances.append(values[-1])
        left = left - (values[-1] + 1e3) * np.outer(rows[-1], rows[-1])
    return mean, np.array(rows)[:n_components], np.array(variances)
""",
)
bank.wrong(
    A,
    "difference of the projectors",
    says="small case",
    code="""
def principal_angles(a, b):
    qa, qb = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    sines = np.linalg.svd(qa @ qa.T - qb @ qb.T, compute_uv=False)
    return np.sort(np.arcsin(np.clip(sines, 0, 1)))[-min(len(a), len(b)) :]
""",
)
bank.wrong(
    F,
    "first point for the mean",
    says="got [4, 0], expected [0, 0]",
    swap=("x.mean(axis=0)", "x[0]"),
)
bank.wrong(
    B, "constraint", says="constraint", swap=('name="encoder"', 'kernel_constraint="non_neg"')
)
bank.wrong(B, "16 bits", says="weights of float16", swap=('name="encoder"', 'dtype="float16"'))
