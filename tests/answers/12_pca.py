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
bank.wrong("fit_pca", "columns of vt for rows", says="rows", swap=("vt[:n", "vt.T[:n"))
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
    says="shape",
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
bank.wrong("fit_pca", "n hard-coded", says="sum of all variances", swap=("/ len(x)", "/ 200"))
bank.wrong(
    "fit_pca",
    "last variances set to zero",
    says="sum",
    swap=(
        "return mean, vt[:n_components], s**2 / len(x)",
        "s[n_components:] = 0\n    return mean, vt[:n_components], s**2 / len(x)",
    ),
)
bank.wrong("fit_pca", "shares", says="shares", swap=("s**2 / len(x)", "s**2 / np.sum(s**2)"))

# project_and_reconstruct
P = "project_and_reconstruct"
bank.wrong(P, "mean not subtracted", says="not subtracted", swap=("(x - mean) @", "x @"))
bank.wrong(P, "mean not added", says="not added back", swap=("components + mean", "components"))
bank.wrong(
    P,
    "mean subtracted on the way back",
    says="not added",
    swap=("components + mean", "components - mean"),
)
bank.wrong(
    P,
    "mean of the argument instead of the model's",
    says="code",
    swap=("(x - mean)", "(x - x.mean(axis=0))"),
)
bank.wrong(P, "mean added, not subtracted", says="code", swap=("(x - mean)", "(x + mean)"))
bank.wrong(P, "transpose forgotten", says="matmul", swap=("components.T", "components"))
bank.wrong(
    P,
    "points as columns",
    says="shape",
    swap=("return (x - mean) @ components.T", "return components @ (x - mean).T"),
)
bank.wrong(
    P,
    "reconstruction returned as code",
    says="shape",
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
    swap=("return (x - mean) @", "x -= mean\n    return x @"),
)
bank.wrong(
    P, "first point only", says="shape", swap=("return (x - mean) @", "return (x[:1] - mean) @")
)

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
    swap=("np.sum(variances[n_components:]) / n_features", "np.mean(variances[n_components:])"),
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
    says="got",
    swap=(
        "np.sum(variances[n_components:]) / n_features",
        "np.sqrt(np.sum(variances[n_components:]) / n_features)",
    ),
)
bank.wrong(
    E,
    "slice from the end",
    says="without any component",
    swap=("variances[n_components:]", "variances[n_components or 1:]"),
)
bank.wrong(E, "no return", says="return", swap=("return float", "float"))
bank.right(
    E,
    "total minus kept",
    swap=(
        "np.sum(variances[n_components:])",
        "(np.sum(variances) - np.sum(variances[:n_components]))",
    ),
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
    says="the last n_components are dropped",
    swap=("[n_components:]", "[-n_components:]"),
)

# held_out_error
H = "held_out_error"
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
    code="""
def held_out_error(x_fit, x_new, n_components):
    mean, components, _ = fit_pca(x_fit, n_components)
    rebuilt = reconstruct(project(x_fit, mean, components), mean, components)
    return np.mean((x_fit - rebuilt) ** 2)
""",
)
bank.wrong(
    H,
    "new points centred with their own mean",
    says="own mean",
    swap=("    rebuilt", "    mean = x_new.mean(axis=0)\n    rebuilt"),
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
    "training eigenvalues reported for new points",
    says="on x_fit itself",
    code="""
def held_out_error(x_fit, x_new, n_components):
    return error_from_variances(fit_pca(x_fit, n_components)[2], n_components, x_fit.shape[1])
""",
)
bank.right(
    H,
    "lengths of the missing parts",
    code="""
def held_out_error(x_fit, x_new, n_components):
    mean, components, _ = fit_pca(x_fit, n_components)
    centred = x_new - mean
    total = np.sum(centred**2) - np.sum((centred @ components.T) ** 2)
    return total / x_new.size
""",
)
bank.right(
    H,
    "scikit-learn",
    code="""
def held_out_error(x_fit, x_new, n_components):
    model = PCA(n_components).fit(x_fit)
    return np.square(x_new - model.inverse_transform(model.transform(x_new))).mean()
""",
)

bank.wrong(
    H,
    "not squared",
    says="square it before averaging",
    swap=("(x_new - rebuilt) ** 2", "x_new - rebuilt"),
)
bank.wrong(
    H,
    "two components whatever is asked",
    says="with 1 components",
    swap=("(x_fit, n_components)", "(x_fit, 2)"),
)
bank.wrong(
    H,
    "divided by points only",
    says="summed",
    swap=("np.mean((x_new - rebuilt) ** 2)", "np.sum((x_new - rebuilt) ** 2) / len(x_new)"),
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
    says="bias in the second",
    swap=('name="decoder"', "use_bias=False"),
)
bank.wrong(
    B,
    "code as large as the input",
    says="independent numbers",
    swap=("Dense(n_code", "Dense(n_features"),
)
bank.wrong(
    B, "output as small as the code", says="shape", swap=("Dense(n_features", "Dense(n_code")
)
bank.wrong(
    B,
    "sizes fixed at 3 and 2",
    says="shape",
    code="""
def build_linear_autoencoder(n_features, n_code):
    return keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(3)])
""",
)
bank.wrong(B, "no return", says="return", swap=("return keras", "model = keras"))
bank.wrong(
    B,
    "encoder alone",
    says="shape",
    code="""
def build_linear_autoencoder(n_features, n_code):
    return keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(n_code)])
""",
)
bank.right(
    B,
    "functional",
    code="""
def build_linear_autoencoder(n_features, n_code):
    inputs = keras.Input(shape=(n_features,))
    code = keras.layers.Dense(n_code, activation="linear")(inputs)
    return keras.Model(inputs, keras.layers.Dense(n_features, activation=None)(code))
""",
)
bank.right(
    B, "without the encoder's bias, which is not needed", swap=('name="encoder"', "use_bias=False")
)
bank.right(
    B,
    "two models in one",
    code="""
def build_linear_autoencoder(n_features, n_code):
    encoder = keras.Sequential([keras.layers.Dense(n_code)])
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


def build_linear_autoencoder(n_features, n_code):
    return Linear(n_features, n_code)
""",
)

bank.wrong(
    B,
    "one layer",
    says="independent numbers",
    code="""
def build_linear_autoencoder(n_features, n_code):
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
    swap=("np.arccos(np.clip(cosines, -1.0, 1.0))", "np.clip(cosines, -1.0, 1.0)"),
)
bank.wrong(
    A,
    "degrees",
    says="degrees",
    swap=(
        "return np.arccos(np.clip(cosines, -1.0, 1.0))",
        "return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))",
    ),
)
bank.wrong(A, "not clipped", says="NaN", swap=("np.clip(cosines, -1.0, 1.0)", "cosines"))
bank.wrong(
    A,
    "largest first",
    says="smallest first",
    swap=(
        "return np.arccos(np.clip(cosines, -1.0, 1.0))",
        "return np.arccos(np.clip(cosines, -1.0, 1.0))[::-1]",
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
    says="angles",
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
        "np.arccos(np.clip(cosines, -1.0, 1.0))",
        "np.sqrt(1 - np.clip(cosines, -1.0, 1.0) ** 2)",
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
