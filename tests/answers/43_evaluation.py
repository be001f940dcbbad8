"""Answers to the exercises of lesson 43, right and wrong."""

from tests.bank import Bank

bank = Bank()

# inception_score
S = "inception_score"
bank.wrong(S, "no exponential", says="take the exponential", swap=("np.exp(np.mean", "(np.mean"))
bank.wrong(
    S,
    "exponential of each picture",
    says="average first",
    swap=("np.exp(np.mean(np.sum(p * logs, axis=1)))", "np.mean(np.exp(np.sum(p * logs, axis=1)))"),
)
bank.wrong(
    S,
    "averaged over classes",
    says="sum over the classes",
    swap=("np.mean(np.sum(p * logs, axis=1))", "np.mean(p * logs)"),
)
bank.wrong(
    S,
    "summed over pictures",
    says="average over them",
    swap=("np.mean(np.sum(p * logs, axis=1))", "np.sum(p * logs)"),
)
bank.wrong(
    S,
    "divergence the wrong way round",
    says="changed places",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities, dtype=float)
    q = p.mean(axis=0)
    terms = np.where(p > 0, q * np.log(q / np.where(p > 0, p, 1)), 0)
    return np.exp(terms.sum(axis=1).mean())
""",
)
bank.wrong(S, "base 2", says="base 2", swap=("np.log(", "np.log2("))
bank.wrong(S, "sign", says="sign is wrong", swap=("np.exp(np.mean", "np.exp(-np.mean"))
bank.wrong(
    S,
    "variety alone",
    says="variety alone",
    code="""
def inception_score(probabilities):
    q = np.mean(probabilities, axis=0)
    return np.exp(-np.sum(q * np.log(np.where(q > 0, q, 1))))
""",
)
bank.wrong(
    S,
    "NaN at zero",
    says="NaN",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities)
    return np.exp(np.mean(np.sum(p * np.log(p / p.mean(axis=0)), axis=1)))
""",
)
bank.wrong(
    S,
    "average over the wrong axis",
    says="compared with 1 / c",
    swap=("p.mean(axis=0)", "p.mean(axis=1, keepdims=True)"),
)
bank.wrong(
    S,
    "compared with equal classes",
    says="compared with 1 / c",
    swap=("mean = p.mean(axis=0)", "mean = np.full(p.shape[1], 1 / p.shape[1])"),
)
bank.wrong(S, "no return", says="return", swap=("return float", "float"))
bank.wrong(
    S,
    "zeros replaced in place",
    says="in place",
    code="""
def inception_score(probabilities):
    probabilities[probabilities == 0] = 1e-12
    q = probabilities.mean(axis=0)
    return np.exp((probabilities * np.log(probabilities / q)).sum(axis=1).mean())
""",
)
bank.wrong(
    S,
    "one score a picture",
    says="shape",
    swap=("float(np.exp(np.mean(np.sum(p * logs, axis=1))))", "np.exp(np.sum(p * logs, axis=1))"),
)
bank.right(
    S,
    "a difference of entropies",
    code="""
def inception_score(probabilities):
    from scipy.stats import entropy

    return np.exp(entropy(np.mean(probabilities, axis=0)) - np.mean(entropy(probabilities, axis=1)))
""",
)
bank.right(
    S,
    "rel_entr",
    code="""
def inception_score(probabilities):
    from scipy.special import rel_entr

    return np.exp(rel_entr(probabilities, probabilities.mean(axis=0, keepdims=True)).sum(1).mean())
""",
)
bank.right(
    S,
    "loops",
    code="""
def inception_score(probabilities):
    rows = [[float(v) for v in row] for row in probabilities]
    n, c = len(rows), len(rows[0])
    mean = [sum(row[k] for row in rows) / n for k in range(c)]
    total = 0.0
    for row in rows:
        for k in range(c):
            if row[k] > 0:
                total += row[k] * np.log(row[k] / mean[k])
    return 2.718281828459045 ** (total / n)
""",
)
bank.right(
    S,
    "where with warnings",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities)
    q = p.mean(axis=0)
    return np.exp(np.mean(np.sum(np.where(p > 0, p * np.log(p / q), 0), axis=1)))
""",
)
bank.right(
    S,
    "keras.ops in single precision with a small constant",
    code="""
def inception_score(probabilities):
    p = keras.ops.convert_to_tensor(probabilities, "float32")
    q = keras.ops.mean(p, axis=0, keepdims=True)
    terms = p * (keras.ops.log(p + 1e-10) - keras.ops.log(q + 1e-10))
    return keras.ops.exp(keras.ops.mean(keras.ops.sum(terms, axis=1)))
""",
)

# fid
F = "fid"
CROSS = "- 2 * cross"
bank.wrong(F, "sign", says="wrong sign", swap=(CROSS, "+ 2 * cross"))
bank.wrong(F, "cross once", says="has the factor 2", swap=(CROSS, "- cross"))
bank.wrong(F, "cross missing", says="last term is missing", swap=(CROSS, ""))
bank.wrong(F, "no means", says="means is missing", swap=("np.sum((mean1 - mean2) ** 2) + ", ""))
bank.wrong(
    F,
    "length of the means not squared",
    says="not squared",
    swap=("np.sum((mean1 - mean2) ** 2)", "np.linalg.norm(mean1 - mean2)"),
)
bank.wrong(
    F,
    "the root",
    says="square root of the distance",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ cov2 @ root), 0, None)).sum()
    total = np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross
    return np.sqrt(max(total, 0))


def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x.T), y.mean(0), np.cov(y.T))
""",
)


def with_cross(expression):
    return f"""
def frechet_distance(mean1, cov1, mean2, cov2):
    from scipy.linalg import sqrtm

    cross = {expression}
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross


def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x.T), y.mean(0), np.cov(y.T))
"""


bank.wrong(
    F,
    "root of each entry of the matrix product",
    says="root of a matrix",
    code=with_cross("np.trace(np.sqrt(cov1 @ cov2))"),
)
bank.wrong(
    F,
    "product and root entry by entry",
    says="entrywise product",
    code=with_cross("np.trace(np.sqrt(cov1 * cov2))"),
)
bank.wrong(
    F,
    "product of the roots",
    says="product of the two roots",
    code=with_cross("np.trace(np.real(sqrtm(cov1) @ sqrtm(cov2)))"),
)
bank.wrong(F, "no root", says="lacks the root", code=with_cross("np.trace(cov1 @ cov2)"))
bank.wrong(
    F,
    "complex numbers",
    says="complex",
    code=with_cross("np.sum(np.sqrt(np.linalg.eigvals(cov1 @ cov2).astype(complex) - 1e-12))"),
)
bank.wrong(
    F,
    "roots of complex eigenvalues",
    says="complex",
    code=with_cross("np.sqrt(np.linalg.eigvals(cov1 @ cov2)).sum()"),
)
bank.wrong(
    F, "trace of a complex root", says="complex", code=with_cross("np.trace(sqrtm(cov1 @ cov2))")
)
bank.wrong(
    F,
    "negative eigenvalues not clipped",
    says="NaN",
    code=with_cross(
        "np.sum(np.sqrt(np.linalg.eigvalsh(sqrtm(cov1).real @ cov2 @ sqrtm(cov1).real) - 1e-13))"
    ),
)
bank.wrong(
    F,
    "symmetric solver for a matrix that is not",
    says="tilted",
    code=with_cross("np.sum(np.sqrt(np.clip(np.linalg.eigvalsh(cov1 @ cov2), 0, None)))"),
)
bank.wrong(
    F,
    "Cholesky, which fails for singular ones",
    says="definite",
    code=with_cross(
        "np.linalg.svd(np.linalg.cholesky(cov1).T @ np.linalg.cholesky(cov2), compute_uv=False).sum()"
    ),
)
bank.wrong(
    F, "rows and columns of the covariance", says="points are rows", swap=(", rowvar=False", "")
)
bank.wrong(
    F,
    "everything transposed",
    says="points are rows",
    swap=(
        "    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)",
        "    x, y = np.asarray(x, dtype=float).T, np.asarray(y, dtype=float).T",
    ),
)
bank.wrong(F, "divided by n", says="n - 1", swap=("rowvar=False", "rowvar=False, ddof=0"))
bank.wrong(
    F,
    "second moments, not centred",
    says="FID",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    values, vectors = np.linalg.eigh(cov1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ cov2 @ root), 0, None)).sum()
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross


def fid(x, y):
    return frechet_distance(x.mean(0), x.T @ x / (len(x) - 1), y.mean(0), y.T @ y / (len(y) - 1))
""",
)
bank.wrong(
    F, "no return", says="return", swap=("return float(np.sum((mean1", "float(np.sum((mean1")
)
bank.wrong(
    F,
    "mean changed in place",
    says="in place",
    swap=("    values, vectors", "    mean1 -= mean2\n    mean2 = 0\n    values, vectors"),
)
bank.right(
    F,
    "eigenvalues of the product",
    code=with_cross("np.sqrt(np.maximum(np.linalg.eigvals(cov1 @ cov2).real, 0)).sum()"),
)
bank.right(
    F,
    "singular values of the product of the roots",
    code="""
def half(cov):
    u, s, _ = np.linalg.svd(cov)
    return (u * np.sqrt(s)) @ u.T


def frechet_distance(mean1, cov1, mean2, cov2):
    cross = np.linalg.svd(half(cov1) @ half(cov2), compute_uv=False).sum()
    gap = mean1 - mean2
    return gap @ gap + np.trace(cov1 + cov2) - 2 * cross


def fid(x, y):
    moments = []
    for s in (x, y):
        mean = np.sum(s, axis=0) / len(s)
        moments += [mean, (s - mean).T @ (s - mean) / (len(s) - 1)]
    return frechet_distance(*moments)
""",
)
bank.right(
    F,
    "matrix root of SciPy with a little added",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    from scipy.linalg import sqrtm

    small = 1e-6 * np.eye(len(mean1))
    root = sqrtm((cov1 + small) @ (cov2 + small))
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * np.trace(root).real


def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x.T), y.mean(0), np.cov(y.T))
""",
)
bank.right(
    F,
    "matrix root of SciPy, twice symmetric",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    from scipy.linalg import sqrtm

    half = np.real(sqrtm(cov1))
    values = np.linalg.eigvalsh(half @ cov2 @ half)
    return float(
        np.linalg.norm(mean1 - mean2) ** 2
        + np.trace(cov1)
        + np.trace(cov2)
        - 2 * sum(v**0.5 for v in values if v > 0)
    )


def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x, rowvar=0), y.mean(0), np.cov(y, rowvar=0))
""",
)

bank.right(
    F,
    "real part of the matrix root's trace",
    code=with_cross("np.trace(sqrtm(cov1 @ cov2)).real"),
)

# kid
K = "kid"
bank.wrong(K, "divided by m", says="divided by m, not", swap=("b.T / d", "b.T / m"))
bank.wrong(K, "divided by 2", says="3 features", swap=("b.T / d", "b.T / 2"))
bank.right(K, "single precision", swap=("dtype=float)", "dtype=np.float32)"))
bank.wrong(
    K,
    "diagonal kept",
    says="biased version",
    code="""
def kid(x, y):
    k = lambda a, b: np.mean((a @ b.T / x.shape[1] + 1) ** 3)
    return k(x, x) + k(y, y) - 2 * k(x, y)
""",
)
bank.wrong(
    K,
    "diagonal out, both divided by the square",
    says="divided by n²",
    code="""
def kid(x, y):
    n, m = len(x), len(y)
    xx, yy, xy = [(a @ b.T / x.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y))]
    within = (xx.sum() - np.trace(xx)) / n**2 + (yy.sum() - np.trace(yy)) / m**2
    return within - 2 * xy.mean()
""",
)
bank.wrong(K, "cross term once", says="has the factor 2", swap=("- 2 * xy", "- xy"))
bank.wrong(K, "cross term added", says="wrong sign", swap=("- 2 * xy", "+ 2 * xy"))
bank.wrong(
    K, "not divided by d", says="not divided by the number of features", swap=("b.T / d", "b.T")
)
bank.wrong(K, "divided by n", says="divided by n, not", swap=("b.T / d", "b.T / n"))
bank.wrong(K, "one missing", says="+ 1", swap=("/ d + 1)", "/ d)"))
bank.wrong(K, "power 2", says="power is 3", swap=("** 3", "** 2"))
bank.wrong(K, "cut off at zero", says="negative", swap=("return float(", "return max(0.0, "))
bank.wrong(
    K,
    "root",
    says="root",
    swap=(
        "return float(within - 2 * xy.mean())",
        "return float(abs(within - 2 * xy.mean()) ** 0.5)",
    ),
)
bank.wrong(K, "times 1000", says="1000", swap=("return float(", "return 1000 * ("))
bank.wrong(
    K,
    "diagonal left out between the sets as well",
    says="different pictures",
    swap=("2 * xy.mean()", "2 * xy[~np.eye(n, m, dtype=bool)].mean()"),
)
bank.wrong(K, "no return", says="return", swap=("return float", "float"))
bank.wrong(
    K, "x centred in place", says="in place", swap=("    (n, d), m", "    x -= 0.1\n    (n, d), m")
)
bank.wrong(
    K,
    "Gaussian kernel",
    says="KID",
    code="""
def kid(x, y):
    k = lambda a, b: np.exp(-distances(a, b) ** 2 / x.shape[1])
    xx, yy, n, m = k(x, x), k(y, y), len(x), len(y)
    within = (xx.sum() - n) / (n * (n - 1)) + (yy.sum() - m) / (m * (m - 1))
    return within - 2 * k(x, y).mean()
""",
)
bank.right(
    K,
    "scikit-learn's kernel and masks",
    code="""
def kid(x, y):
    from sklearn.metrics.pairwise import polynomial_kernel

    def others(a):
        return polynomial_kernel(a, degree=3, coef0=1)[~np.eye(len(a), dtype=bool)].mean()

    return others(x) + others(y) - 2 * polynomial_kernel(x, y, degree=3, coef0=1).mean()
""",
)
bank.right(
    K,
    "loops",
    code="""
def kid(x, y):
    def k(a, b):
        return (float(np.dot(a, b)) / len(a) + 1.0) ** 3

    n, m = len(x), len(y)
    first = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    second = sum(k(y[i], y[j]) for i in range(m) for j in range(i)) * 2 / (m * (m - 1))
    return first + second - 2 * sum(k(a, b) for a in x for b in y) / n / m
""",
)
bank.right(
    K,
    "tensors in double precision",
    code="""
def kid(x, y):
    x, y = tf.cast(x, tf.float64), tf.cast(y, tf.float64)

    def k(a, b):
        return (tf.matmul(a, b, transpose_b=True) / a.shape[1] + 1) ** 3

    def inner(a):
        n = a.shape[0]
        table = k(a, a)
        return tf.reduce_sum(tf.linalg.set_diag(table, tf.zeros(n, tf.float64))) / (n * (n - 1))

    return inner(x) + inner(y) - 2 * tf.reduce_mean(k(x, y))
""",
)

# precision_recall
P = "precision_recall"
bank.wrong(
    P,
    "swapped",
    says="changed places",
    swap=("return float(precision), float(recall)", "return float(recall), float(precision)"),
)
bank.wrong(
    P,
    "radius counts the point itself",
    says="counts the point itself",
    swap=("[:, k]", "[:, k - 1]"),
)
bank.wrong(
    P,
    "one neighbour too far",
    says="neighbour",
    swap=("axis=1)[:, k]", "axis=1)[:, min(k + 1, 5)]"),
)
bank.wrong(
    P,
    "radii of the wrong set",
    says="wrong set",
    code="""
def precision_recall(real, made, k):
    radii_real = np.sort(distances(real, real), axis=1)[:, k]
    radii_made = np.sort(distances(made, made), axis=1)[:, k]
    between = distances(real, made)
    return np.mean(np.any(between <= radii_made[None, :], axis=0)), np.mean(
        np.any(between <= radii_real[:, None], axis=1)
    )
""",
)
bank.wrong(
    P,
    "any over the wrong axis",
    says="shares of balls",
    code="""
def precision_recall(real, made, k):
    radii_real = np.sort(distances(real, real), axis=1)[:, k]
    radii_made = np.sort(distances(made, made), axis=1)[:, k]
    between = distances(real, made)
    return np.mean(np.any(between <= radii_real[:, None], axis=1)), np.mean(
        np.any(between <= radii_made[None, :], axis=0)
    )
""",
)
bank.wrong(
    P,
    "share outside",
    says="outside",
    swap=("return float(precision), float(recall)", "return 1 - precision, 1 - recall"),
)
bank.wrong(
    P,
    "percent",
    says="percentages",
    swap=("return float(precision), float(recall)", "return 100 * precision, 100 * recall"),
)
bank.wrong(P, "rim outside", says="rim", swap=("between <=", "between <"))
ZEROS = """
def radii_of(s, k):
    rows = [np.sort(q[q > 0]) for q in distances(s, s)]
    return np.array([row[min(k, len(row)) - 1] if len(row) else 0.0 for row in rows])

"""
bank.wrong(
    P,
    "zero distances left out",
    says="neighbours at distance 0",
    code=ZEROS
    + """
def precision_recall(real, made, k):
    between = distances(real, made)
    precision = np.mean(np.any(between <= radii_of(real, k)[:, None], axis=0))
    return precision, np.mean(np.any(between <= radii_of(made, k)[None], axis=1))
""",
)
bank.wrong(
    P,
    "equal pictures thrown away first",
    says="neighbours at distance 0",
    swap=(
        "    radii_real",
        "    real, made = np.unique(real, axis=0), np.unique(made, axis=0)\n    radii_real",
    ),
)
bank.wrong(P, "columns sorted", says="not each column", swap=("axis=1)[:, k]", "axis=0)[:, k]"))
bank.wrong(P, "any became all", says="7 real", swap=("np.any(", "np.all("))
bank.wrong(
    P,
    "k-th neighbour in the other set",
    says="7 real",
    swap=("np.sort(distances(real, real)", "np.sort(distances(real, made)"),
)
bank.wrong(
    P,
    "precision only",
    says="2 results",
    swap=("return float(precision), float(recall)", "return float(precision)"),
)
bank.wrong(P, "no return", says="return", swap=("return float", "pair = float"))
bank.wrong(
    P,
    "sorted copies of the points",
    says="in place",
    swap=("    radii_real", "    real.sort(axis=0)\n    radii_real"),
)
bank.right(
    P,
    "scikit-learn's neighbours",
    code="""
def precision_recall(real, made, k):
    from sklearn.neighbors import NearestNeighbors

    def share(centres, points):
        radii = NearestNeighbors(n_neighbors=k).fit(centres).kneighbors()[0][:, -1]
        inside = [
            any(np.linalg.norm(p - c) <= r + 1e-9 for c, r in zip(centres, radii)) for p in points
        ]
        return sum(inside) / len(points)

    return share(real, made), share(made, real)
""",
)
bank.right(
    P,
    "diagonal set to infinity, squared distances",
    code="""
def precision_recall(real, made, k):
    def squares(a, b):
        return ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=-1)

    def radius(a):
        table = squares(a, a).astype(float)
        np.fill_diagonal(table, np.inf)
        return np.partition(table, k - 1, axis=1)[:, k - 1]

    inside_real = squares(made, real) <= radius(real) + 1e-12
    inside_made = squares(real, made) <= radius(made) + 1e-12
    return [inside_real.any(1).mean(), inside_made.any(1).mean()]
""",
)
bank.right(
    P,
    "products instead of differences",
    code="""
def precision_recall(real, made, k):
    def squares(a, b):
        table = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
        return np.maximum(table, 0)

    def share(a, b):
        table = squares(a, a)
        table[np.arange(len(a)), np.arange(len(a))] = -1.0
        radius = np.sort(table, axis=1)[:, k]
        return np.mean((squares(a, b) <= radius[:, None] + 1e-9).sum(axis=0) > 0)

    return np.array([share(real, made), share(made, real)]).tolist()
""",
)

bank.right(
    P,
    "an array of two",
    swap=("return float(precision), float(recall)", "return np.array([precision, recall])"),
)

# density_coverage
D = "density_coverage"
RETURN = "return float(inside.sum() / (k * len(made))), float(inside.any(axis=1).mean())"
bank.wrong(
    D,
    "swapped",
    says="changed places",
    swap=(RETURN, "return inside.any(axis=1).mean(), inside.sum() / (k * len(made))"),
)
bank.wrong(D, "not divided by k", says="not divided by k", swap=("(k * len(made))", "len(made)"))
bank.wrong(
    D, "divided by the real ones", says="average over the made", swap=("len(made)", "len(real)")
)
bank.wrong(
    D,
    "coverage is precision",
    says="that is precision",
    swap=("inside.any(axis=1)", "inside.any(axis=0)"),
)
bank.wrong(
    D,
    "radius counts the point itself",
    says="counts the point itself",
    swap=("[:, k]", "[:, k - 1]"),
)
bank.wrong(
    D,
    "balls of the made points",
    says="radii of real points",
    code="""
def density_coverage(real, made, k):
    radii = np.sort(distances(made, made), axis=1)[:, k]
    inside = distances(real, made) <= radii[None, :]
    return inside.sum() / (k * len(made)), inside.any(axis=1).mean()
""",
)
bank.wrong(
    D,
    "density cut off at 1",
    says="do not cut it off",
    swap=("float(inside.sum() / (k * len(made)))", "min(inside.sum() / (k * len(made)), 1.0)"),
)
bank.wrong(
    D, "share of all pairs", says="all pairs", swap=("(k * len(made))", "(len(real) * len(made))")
)
bank.wrong(D, "coverage only", says="2 results", swap=(RETURN, "return inside.any(axis=1).mean()"))
bank.wrong(D, "no return", says="return", swap=("return float", "pair = float"))
bank.wrong(D, "rim outside", says="rim", swap=("made) <=", "made) <"))
bank.wrong(
    D,
    "zero distances left out",
    says="neighbours at distance 0",
    code=ZEROS
    + """
def density_coverage(real, made, k):
    inside = distances(real, made) <= radii_of(real, k)[:, None]
    return inside.sum() / (k * len(made)), inside.any(axis=1).mean()
""",
)
bank.right(
    D,
    "a tensor of two",
    swap=(RETURN, "return tf.constant([inside.sum() / (k * len(made)), inside.any(1).mean()])"),
)
bank.wrong(D, "k fixed at 2", says="k = 3", swap=("[:, k]", "[:, 2]"))
bank.wrong(
    D, "made changed in place", says="in place", swap=("    radii", "    made += 0.0001\n    radii")
)
bank.right(
    D,
    "loops",
    code="""
def density_coverage(real, made, k):
    hits = [[False] * len(made) for _ in real]
    for i, centre in enumerate(real):
        gaps = sorted(np.sqrt(np.sum((centre - p) ** 2)) for j, p in enumerate(real) if j != i)
        for j, point in enumerate(made):
            hits[i][j] = bool(np.sqrt(np.sum((centre - point) ** 2)) <= gaps[k - 1] + 1e-12)
    density = sum(sum(row) for row in hits) / k / len(made)
    return density, sum(any(row) for row in hits) / len(real)
""",
)
bank.right(
    D,
    "neighbour search, coverage by the nearest made point",
    code="""
def density_coverage(real, made, k):
    table = distances(real, real)
    np.fill_diagonal(table, np.inf)
    radii = np.sort(table, axis=1)[:, k - 1]
    gaps = distances(made, real)
    counts = (gaps <= radii).sum(axis=1)
    return np.float64(np.mean(counts) / k), np.mean(gaps.min(axis=0) <= radii)
""",
)

# copied_share
C = "copied_share"
MEAN = "np.mean((to_known < to_fresh) + 0.5 * (to_known == to_fresh))"
bank.wrong(
    C,
    "closer to the fresh ones",
    says="closer to the fresh",
    swap=("to_known < to_fresh", "to_known > to_fresh"),
)
bank.wrong(C, "ties are nothing", says="not nothing", swap=(MEAN, "np.mean(to_known < to_fresh)"))
bank.wrong(C, "ties are copies", says="not one", swap=(MEAN, "np.mean(to_known <= to_fresh)"))
bank.wrong(C, "average distance", says="average distance", swap=(".min(axis=1)", ".mean(axis=1)"))
bank.wrong(C, "wrong axis", says="each made picture", swap=(".min(axis=1)", ".min(axis=0)"))
bank.wrong(C, "farthest", says="nearest picture", swap=(".min(axis=1)", ".max(axis=1)"))
bank.wrong(C, "exact copies only", says="exact copies", swap=(MEAN, "np.mean(to_known == 0)"))
bank.wrong(
    C,
    "sizes not compared",
    says="more chances",
    code="""
def copied_share(made, known, fresh):
    a, b = distances(made, known).min(axis=1), distances(made, fresh).min(axis=1)
    return np.mean((a < b) + 0.5 * (a == b))
""",
)
bank.wrong(
    C,
    "sizes compared in one direction",
    says="known and",
    swap=("len(known) != len(fresh)", "len(known) > len(fresh)"),
)
bank.wrong(
    C,
    "sizes compared in the other direction",
    says="known",
    swap=("len(known) != len(fresh)", "len(known) < len(fresh)"),
)
bank.wrong(
    C,
    "larger set cut instead of refused",
    says="ValueError",
    code="""
def copied_share(made, known, fresh):
    n = min(len(known), len(fresh))
    a, b = distances(made, known[:n]).min(axis=1), distances(made, fresh[:n]).min(axis=1)
    return np.mean((a < b) + 0.5 * (a == b))
""",
)
bank.wrong(
    C,
    "sizes asserted",
    says="promises a ValueError",
    swap=(
        "    if len(known) != len(fresh):\n        raise ValueError",
        "    if len(known) != len(fresh):\n        raise AssertionError",
    ),
)
bank.wrong(C, "no return", says="return", swap=("return float", "float"))
bank.wrong(C, "count, not share", says="number of pictures", swap=("np.mean(", "np.sum("))
bank.right(
    C,
    "signs",
    code="""
def copied_share(made, known, fresh):
    if len(known) < len(fresh) or len(known) > len(fresh):
        raise ValueError("unequal")
    gap = distances(made, known).min(1) - distances(made, fresh).min(1)
    gap[np.abs(gap) < 1e-12] = 0
    return 0.5 - 0.5 * np.sign(gap).mean()
""",
)
bank.right(
    C,
    "loops",
    code="""
def copied_share(made, known, fresh):
    if len(known) != len(fresh):
        raise ValueError
    points = 0.0
    for m in made:
        a = min(float(np.sum((m - p) ** 2)) for p in known)
        b = min(float(np.sum((m - p) ** 2)) for p in fresh)
        points += 1.0 if a < b else 0.5 if a == b else 0.0
    return points / len(made)
""",
)
bank.right(
    C,
    "a tree",
    code="""
def copied_share(made, known, fresh):
    from scipy.spatial import cKDTree

    if np.shape(known) != np.shape(fresh):
        raise ValueError("not a fair race")
    a, b = cKDTree(known).query(made)[0], cKDTree(fresh).query(made)[0]
    return np.select([a < b - 1e-12, a > b + 1e-12], [1.0, 0.0], 0.5).mean()
""",
)

# mistakes that give numbers, and right answers in other styles
bank.wrong(
    "inception_score",
    "exponential of the entropy",
    says="mean entropy",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities, dtype=float)
    m = p.mean(axis=0)
    return np.exp(-np.mean(np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)))
""",
)
bank.wrong(
    "inception_score",
    "weighted by the mean",
    says="no weights",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities, dtype=float)
    m = p.mean(axis=0)
    return np.exp(np.mean(np.sum(m * np.log(np.where(p > 0, p, 1) / np.where(m > 0, m, 1)), axis=1)))
""",
)
bank.right(
    "inception_score",
    "a very small epsilon",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities, dtype=float)
    m = p.mean(axis=0)
    return np.exp(np.mean(np.sum(p * (np.log(p + 1e-10) - np.log(m + 1e-10)), axis=1)))
""",
)
bank.wrong(
    "fid",
    "eigvalsh of the product",
    says="symmetric matrices",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    v = np.linalg.eigvalsh(cov1 @ cov2)
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * np.sqrt(np.clip(v, 0, None)).sum()
def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
""",
)
bank.wrong(
    "fid",
    "vectors not transposed",
    says="transposed",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    def root(c):
        v, u = np.linalg.eigh(c)
        return (u * np.sqrt(np.clip(v, 0, None))) @ u
    r = root(cov1)
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(r @ cov2 @ r), 0, None)).sum()
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross
def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
""",
)
bank.wrong(
    "fid",
    "second moments of both",
    says="subtract the mean",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    def root(c):
        v, u = np.linalg.eigh(c)
        return (u * np.sqrt(np.clip(v, 0, None))) @ u.T
    r = root(cov1)
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(r @ cov2 @ r), 0, None)).sum()
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross
def fid(x, y):
    return frechet_distance(x.mean(0), x.T @ x / (len(x) - 1), y.mean(0), y.T @ y / (len(y) - 1))
""",
)
bank.wrong(
    "fid",
    "variances alone",
    says="only the variances",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    def root(c):
        v, u = np.linalg.eigh(c)
        return (u * np.sqrt(np.clip(v, 0, None))) @ u.T
    r = root(cov1)
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(r @ cov2 @ r), 0, None)).sum()
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross
def fid(x, y):
    return frechet_distance(x.mean(0), np.diag(x.var(0, ddof=1)), y.mean(0), np.diag(y.var(0, ddof=1)))
""",
)
bank.right(
    "fid",
    "nuclear norm of the roots' product",
    code="""
def frechet_distance(mean1, cov1, mean2, cov2):
    def root(c):
        v, u = np.linalg.eigh(c)
        return (u * np.sqrt(np.clip(v, 0, None))) @ u.T
    return np.dot(mean1 - mean2, mean1 - mean2) + np.trace(cov1) + np.trace(cov2) - 2 * np.linalg.norm(root(cov1) @ root(cov2), 'nuc')
def fid(x, y):
    return frechet_distance(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
""",
)
bank.wrong(
    "kid",
    "upper triangle, not doubled",
    says="counted once",
    code="""
def kid(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    n, d = x.shape
    m = len(y)
    k = lambda a, b: (a @ b.T / d + 1) ** 3
    xx, yy, xy = k(x, x), k(y, y), k(x, y)
    return np.triu(xx, 1).sum() / (n * (n - 1)) + np.triu(yy, 1).sum() / (m * (m - 1)) - 2 * xy.mean()
""",
)
bank.wrong(
    "kid",
    "pairs of y counted as those of x",
    says="its own pairs",
    code="""
def kid(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    n, d = x.shape
    m = len(y)
    k = lambda a, b: (a @ b.T / d + 1) ** 3
    xx, yy, xy = k(x, x), k(y, y), k(x, y)
    return (xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (n * (n - 1)) - 2 * xy.mean()
""",
)
bank.wrong(
    "kid",
    "absolute value",
    says="absolute value",
    code="""
def kid(x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    n, d = x.shape
    m = len(y)
    k = lambda a, b: (a @ b.T / d + 1) ** 3
    xx, yy, xy = k(x, x), k(y, y), k(x, y)
    return abs((xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) - 2 * xy.mean())
""",
)
bank.wrong(
    "precision_recall",
    "one radius for all balls",
    says="not one for all",
    code="""
def precision_recall(real, made, k):
    rr = np.sort(distances(real, real), axis=1)[:, k]
    rm = np.sort(distances(made, made), axis=1)[:, k]
    b = distances(real, made)
    return (b.min(0) <= rr.mean()).mean(), (b.min(1) <= rm.mean()).mean()
""",
)
bank.wrong(
    "precision_recall",
    "recall along the wrong axis",
    says="recall: ",
    code="""
def precision_recall(real, made, k):
    rr = np.sort(distances(real, real), axis=1)[:, k]
    rm = np.sort(distances(made, made), axis=1)[:, k]
    b = distances(real, made)
    return (b <= rr[:, None]).any(0).mean(), (b <= rm).any(0).mean()
""",
)
bank.wrong(
    "precision_recall",
    "precision twice",
    says="precision again",
    code="""
def precision_recall(real, made, k):
    rr = np.sort(distances(real, real), axis=1)[:, k]
    rm = np.sort(distances(made, made), axis=1)[:, k]
    b = distances(real, made)
    p = (b <= rr[:, None]).any(0).mean()
    return p, p
""",
)
bank.wrong(
    "precision_recall",
    "shares of pairs",
    says="all pairs",
    code="""
def precision_recall(real, made, k):
    rr = np.sort(distances(real, real), axis=1)[:, k]
    rm = np.sort(distances(made, made), axis=1)[:, k]
    b = distances(real, made)
    return (b <= rr[:, None]).mean(), (b <= rm).mean()
""",
)
bank.wrong(
    "density_coverage",
    "covered by k pictures",
    says="needs no k",
    code="""
def density_coverage(real, made, k):
    r = np.sort(distances(real, real), axis=1)[:, k]
    t = distances(real, made) <= r[:, None]
    return t.sum() / (k * len(made)), (t.sum(1) >= k).mean()
""",
)
bank.wrong(
    "density_coverage",
    "coverage divided by k",
    says="not divided by k",
    code="""
def density_coverage(real, made, k):
    r = np.sort(distances(real, real), axis=1)[:, k]
    t = distances(real, made) <= r[:, None]
    return t.sum() / (k * len(made)), t.any(1).mean() / k
""",
)
bank.right(
    "density_coverage",
    "the table on its side",
    code="""
def density_coverage(real, made, k):
    rad = np.partition(distances(real, real), k)[:, k]
    t = distances(made, real) <= rad
    return t.sum(axis=1).mean() / k, np.count_nonzero(t.any(axis=0)) / len(rad)
""",
)
bank.wrong(
    "copied_share",
    "mean of signs",
    says="+1 and -1",
    code="""
def copied_share(made, known, fresh):
    if len(known) != len(fresh):
        raise ValueError('sizes')
    a, b = distances(made, known).min(1), distances(made, fresh).min(1)
    return np.sign(b - a).mean()
""",
)
bank.wrong(
    "copied_share",
    "True + True",
    says="True + True",
    code="""
def copied_share(made, known, fresh):
    class Unfair(ValueError):
        pass
    if len(known) - len(fresh):
        raise Unfair(len(known))
    d = distances(made, np.concatenate([known, fresh]))
    n = len(known)
    a, b = d[:, :n].min(-1), d[:, n:].min(-1)
    return np.mean([.5 * ((u < v) + (u <= v)) for u, v in zip(a, b)])
""",
)
bank.wrong(
    "copied_share",
    "ties left out",
    says="left out",
    code="""
def copied_share(made, known, fresh):
    if len(known) != len(fresh):
        raise ValueError('sizes')
    a, b = distances(made, known).min(1), distances(made, fresh).min(1)
    keep = a != b
    return (a < b)[keep].mean() if keep.any() else 0.5
""",
)
bank.wrong(
    "copied_share",
    "only more known ones refused",
    says="Raise a ValueError",
    code="""
def copied_share(made, known, fresh):
    if len(known) > len(fresh):
        raise ValueError('x')
    a, b = distances(made, known).min(1), distances(made, fresh).min(1)
    return ((a < b) + .5 * (a == b)).mean()
""",
)
bank.right(
    "copied_share",
    "Heaviside's step",
    code="""
def copied_share(made, known, fresh):
    if len(known) != len(fresh):
        raise ValueError('sizes')
    a, b = distances(made, known).min(1), distances(made, fresh).min(1)
    return np.float32(np.heaviside(b - a, 0.5).mean())
""",
)

# one number in many ways: small cases, one picture at a time
bank.wrong(
    "inception_score",
    "eps of 1e-3 in both logs",
    says="moves the terms without zeros",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities, dtype=float)
    m = p.mean(axis=0)
    return float(np.exp(np.mean(np.sum(p * (np.log(p + 1e-3) - np.log(m + 1e-3)), axis=1))))
""",
)
bank.wrong(
    "inception_score",
    "median over pictures",
    says="got 1.333, expected 1.755",
    swap=("np.mean(np.sum(p * logs, axis=1))", "np.median(np.sum(p * logs, axis=1))"),
)
bank.wrong(
    "inception_score",
    "sample mean with n - 1",
    says="divided by n - 1",
    swap=("np.mean(np.sum(p * logs, axis=1))", "np.sum(p * logs) / max(len(p) - 1, 1)"),
)
bank.wrong(
    "inception_score",
    "rows with a zero dropped",
    says="the picture stays",
    code="""
def inception_score(probabilities):
    p = np.asarray(probabilities, dtype=float)
    from scipy.special import xlogy, entr
    p = p[(p > 0).all(axis=1)]
    m = p.mean(axis=0)
    return float(np.exp(np.mean(np.sum(p * np.log(p / m), axis=1))))
""",
)
bank.wrong("fid", "root on one side", says="both sides", swap=("root @ cov2 @ root", "root @ cov2"))
bank.wrong(
    "fid",
    "rows cut to the shorter set",
    says="cut to the shorter one",
    swap=(
        "x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)",
        "n = min(len(x), len(y))\n    x, y = np.asarray(x, dtype=float)[:n], np.asarray(y, dtype=float)[:n]",
    ),
)
bank.wrong(
    "fid",
    "trace of the first covariance twice",
    says="got 26, expected 13",
    swap=("np.trace(cov1) + np.trace(cov2)", "2 * np.trace(cov1)"),
)
bank.wrong(
    "fid",
    "values not clipped",
    says="clip them at 0",
    swap=("np.sqrt(np.clip(values, 0, None))", "np.sqrt(values)"),
)
bank.wrong(
    "kid",
    "n and m exchanged",
    says="within x (i ≠ j) is 3.33, expected 1",
    swap=(
        "(n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))",
        "(m * (m - 1)) + (yy.sum() - np.trace(yy)) / (n * (n - 1))",
    ),
)
bank.wrong(
    "kid",
    "set y's own part forgotten",
    says="within y (i ≠ j) is 0, expected 1",
    swap=(" + (yy.sum() - np.trace(yy)) / (m * (m - 1))", ""),
)
bank.wrong(
    "kid",
    "features centred",
    says="got -0.5781, expected 26",
    swap=(
        "(n, d), m = x.shape, len(y)",
        "(n, d), m = x.shape, len(y)\n    x, y = x - x.mean(axis=0), y - y.mean(axis=0)",
    ),
)
bank.wrong(
    "kid",
    "cross without its diagonal if sizes are equal",
    says="nothing is left out",
    swap=(
        "2 * xy.mean()",
        "2 * ((xy.sum() - np.trace(xy)) / (n * (n - 1)) if n == m else xy.mean())",
    ),
)
bank.wrong(
    "precision_recall",
    "rim outside, recall only",
    says="on the rim of a ball counts as inside",
    swap=("between <= radii_made[None, :]", "between < radii_made[None, :]"),
)
bank.wrong(
    "precision_recall",
    "self counted for real only",
    says="precision: the radius counts the point itself",
    swap=(
        "radii_real = np.sort(distances(real, real), axis=1)[:, k]",
        "radii_real = np.sort(distances(real, real), axis=1)[:, k - 1]",
    ),
)
bank.wrong(
    "precision_recall",
    "one radius for all",
    says="precision: each ball has its own radius",
    swap=("between <= radii_real[:, None]", "between <= radii_real.mean()"),
)
bank.wrong(
    "precision_recall",
    "k fixed to 3",
    says="outside all balls",
    swap=(
        "distances(real, real), axis=1)[:, k]",
        "distances(real, real), axis=1)[:, min(3, len(real) - 1)]",
    ),
)
bank.wrong(
    "precision_recall",
    "mean distance of the k nearest",
    says="inside the ball of the real picture",
    swap=(
        "np.sort(distances(real, real), axis=1)[:, k]",
        "np.sort(distances(real, real), axis=1)[:, 1 : k + 1].mean(axis=1)",
    ),
)
bank.wrong(
    "precision_recall",
    "medians as radius",
    says="recall is 0; yours is 1",
    swap=(
        "np.sort(distances(made, made), axis=1)[:, k]",
        "np.median(distances(made, made), axis=1)",
    ),
)
bank.wrong(
    "precision_recall",
    "balls overlap counts",
    says="depends on the others of its set",
    swap=("between <= radii_real[:, None]", "between <= radii_real[:, None] + radii_made[None, :]"),
)
bank.wrong(
    "density_coverage",
    "largest radius for all",
    says="it is in 0 of the real balls",
    swap=("radii[:, None]", "radii.max()"),
)
bank.wrong(
    "density_coverage",
    "coverage needs all",
    says="coverage is 3 / 7",
    swap=("inside.any(axis=1)", "inside.all(axis=1)"),
)
bank.wrong(
    "copied_share", "ties a quarter", says="counts 0.5; yours gives 0.25", swap=("0.5 *", "0.25 *")
)
bank.wrong(
    "copied_share",
    "distance to the mean picture",
    says="alone",
    swap=(
        "distances(made, known).min(axis=1)\n    to_fresh = distances(made, fresh).min(axis=1)",
        "distances(made, known.mean(axis=0)[None])[:, 0]\n    to_fresh = distances(made, fresh.mean(axis=0)[None])[:, 0]",
    ),
)
bank.right(
    "copied_share",
    "stacked argmin-free",
    code="""
def copied_share(made, known, fresh):
    n = len(known)
    if n != len(fresh):
        raise ValueError("sizes differ")
    d = cdist(made, np.concatenate([known, fresh]))
    best = d.min(axis=1, keepdims=True)
    a, b = (d[:, :n] == best).any(1), (d[:, n:] == best).any(1)
    return np.mean(a / (a.astype(int) + b))
""",
)
