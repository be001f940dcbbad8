"""Answers to the exercises of lesson 23, right and wrong."""

from tests.bank import Bank

bank = Bank()

# build_autoencoder
B = "build_autoencoder"
bank.wrong(B, "ReLU", says="relu instead of GELU", swap=('activation="gelu"', 'activation="relu"'))
bank.wrong(
    B, "no hidden activation", says="no activation on the wide", swap=(', activation="gelu"', "")
)
bank.wrong(
    B,
    "an activation on the code",
    says="on the latent code",
    swap=("layers.Dense(latent_dim)", 'layers.Dense(latent_dim, activation="gelu")'),
)
bank.wrong(
    B,
    "always a sigmoid",
    says="the last layer has a sigmoid",
    swap=("activation=end", 'activation="sigmoid"'),
)
bank.wrong(
    B, "never an activation", says="last layer has no activation", swap=(", activation=end", "")
)
bank.wrong(B, "784 written in", says="784", swap=("layers.Dense(n_features", "layers.Dense(784"))
bank.wrong(
    B,
    "8 written in",
    says="5 → 7 → 8 → 7 → 5; expected 5 → 7 → 11",
    swap=("layers.Dense(latent_dim)", "layers.Dense(8)"),
)
bank.wrong(
    B, "no decoder layer", says="784 → 256 → 8 → 784; expected",
    swap=('            layers.Dense(latent_dim),\n            layers.Dense(width, activation="gelu"),\n', "            layers.Dense(latent_dim),\n"),
)  # fmt: skip
bank.wrong(
    B,
    "width and latent dimension exchanged",
    says="784 → 8 → 256 → 8 → 784; expected",
    swap=("width: int, latent_dim: int", "latent_dim: int, width: int"),
)
bank.wrong(
    B,
    "dropout",
    says="training=True",
    swap=(
        "layers.Dense(latent_dim),",
        "layers.Dense(latent_dim),\n            layers.Dropout(0.1),",
    ),
)
bank.wrong(B, "no return", says="return", swap=("return keras", "model = keras"))
bank.right(
    B,
    "functional",
    code="""
def build_autoencoder(n_features, width, latent_dim, end):
    x = keras.Input(shape=(n_features,))
    code = layers.Dense(latent_dim)(layers.Dense(width, "gelu")(x))
    return keras.Model(x, layers.Dense(n_features, end)(layers.Dense(width, "gelu")(code)))
""",
)
bank.right(
    B,
    "encoder and decoder",
    code="""
def build_autoencoder(n_features, width, latent_dim, end):
    encoder = keras.Sequential([layers.Dense(width, activation=keras.activations.gelu), layers.Dense(latent_dim)])
    decoder = keras.Sequential([layers.Dense(width, activation="gelu"), layers.Dense(n_features)])
    last = [layers.Activation(end)] if end else []
    return keras.Sequential([keras.Input((n_features,)), encoder, decoder, *last])
""",
)

# reconstruction_score
S = "reconstruction_score"
MEAN = "np.mean(squares.reshape(len(x), -1), axis=1)"
bank.wrong(
    S, "mean over the batch too", says="whole batch", swap=(MEAN, "np.mean((x - rebuilt) ** 2)")
)
bank.wrong(
    S, "float of the batch", says="whole batch", swap=(MEAN, "float(np.mean((x - rebuilt) ** 2))")
)
bank.wrong(S, "mean over the examples", says="shape", swap=("axis=1", "axis=0"))
bank.wrong(
    S,
    "mean over the last axis only",
    says="shape",
    swap=(MEAN, "np.mean((x - rebuilt) ** 2, axis=-1)"),
)
bank.wrong(S, "images only", says="axis", swap=(MEAN, "np.mean((x - rebuilt) ** 2, axis=(1, 2))"))
bank.wrong(S, "sign turned round", says="sign", swap=("np.mean", "-np.mean"))
bank.wrong(S, "summed", says="summed", swap=("np.mean", "np.sum"))
bank.wrong(S, "root", says="root", swap=(MEAN, f"np.sqrt({MEAN})"))
bank.wrong(
    S,
    "length of the difference",
    says="length",
    swap=(MEAN, "np.linalg.norm((x - rebuilt).reshape(len(x), -1), axis=1)"),
)
bank.wrong(S, "absolute", says="absolute", swap=("(x - rebuilt) ** 2", "np.abs(x - rebuilt)"))
bank.wrong(S, "not squared", says="cancel", swap=("(x - rebuilt) ** 2", "x - rebuilt"))
bank.wrong(S, "column", says="shape", swap=("axis=1", "axis=1, keepdims=True"))
bank.wrong(
    S, "changes x", says="in place", swap=("return", "x -= rebuilt\n    rebuilt = 0\n    return")
)
bank.wrong(S, "no return", says="return", swap=("return np", "np"))
bank.wrong(
    S,
    "keras loss, which keeps the other axes",
    says="shape",
    code="""
def reconstruction_score(x, rebuilt):
    return keras.losses.mean_squared_error(x, rebuilt)
""",
)
bank.wrong(
    S,
    "rows and grey images only",
    says="shape",
    code="""
def reconstruction_score(x, rebuilt):
    gap = (x - rebuilt) ** 2
    return gap.mean(axis=1) if x.ndim == 2 else gap.mean(axis=(1, 2))
""",
)
bank.right(
    S,
    "list of floats",
    code="""
def reconstruction_score(x, rebuilt):
    return [float(np.mean((a - b) ** 2)) for a, b in zip(x, rebuilt)]
""",
)
bank.right(
    S,
    "all axes but the first",
    code="""
def reconstruction_score(x, rebuilt):
    return np.square(np.asarray(x, float) - rebuilt).mean(axis=tuple(range(1, np.ndim(x))))
""",
)
bank.right(
    S,
    "tensors",
    code="""
def reconstruction_score(x, rebuilt):
    gap = keras.ops.square(keras.ops.convert_to_tensor(x) - rebuilt)
    return keras.ops.mean(keras.ops.reshape(gap, (len(x), -1)), axis=1)
""",
)
bank.right(
    S,
    "norm, squared, per entry",
    code="""
def reconstruction_score(x, rebuilt):
    flat = (x - rebuilt).reshape(x.shape[0], -1)
    return np.linalg.norm(flat, axis=1) ** 2 / flat.shape[1]
""",
)

# auc
A = "auc"
BOTH = "higher + 0.5 * equal"
bank.wrong(A, "ties ignored", says="not counted at all", swap=(BOTH, "higher"))
bank.wrong(A, "ties in full", says="ties count in full", swap=(BOTH, "higher + equal"))
bank.wrong(A, "sign flipped", says="HIGHER", swap=("a > b", "a < b"))
bank.wrong(
    A,
    "classes exchanged",
    says="HIGHER",
    swap=("np.mean(a > b), np.mean(a == b)", "np.mean(b > a), np.mean(a == b)"),
)
bank.wrong(
    A,
    "number of pairs",
    says="number of pairs",
    swap=(BOTH, "np.sum(a > b) + 0.5 * np.sum(a == b)"),
)
bank.wrong(
    A,
    "divided by all pairs of cases",
    says="anomalies times normal",
    swap=(BOTH, "(np.sum(a > b) + 0.5 * np.sum(a == b)) / len(scores) ** 2"),
)
bank.wrong(A, "Gini", says="2 AUC - 1", swap=(BOTH, f"2 * ({BOTH}) - 1"))
bank.wrong(
    A,
    "compared in order, not in pairs",
    says="got",
    code="""
def auc(scores, is_anomaly):
    a, b = np.sort(scores[is_anomaly]), np.sort(scores[~is_anomaly])
    m = min(len(a), len(b))
    return float(np.mean(a[:m] > b[:m]) + 0.5 * np.mean(a[:m] == b[:m]))
""",
)
bank.wrong(
    A,
    "compared with the mean of the normal cases",
    says="3 anomalies and 5 normal",
    code="""
def auc(scores, is_anomaly):
    return float(np.mean(scores[is_anomaly] > scores[~is_anomaly].mean()))
""",
)
bank.wrong(
    A,
    "ranks without averaging ties",
    says="the later row ranks higher",
    code="""
def auc(scores, is_anomaly):
    ranks = np.argsort(np.argsort(scores, kind="stable"), kind="stable") + 1
    m, n = is_anomaly.sum(), (~is_anomaly).sum()
    return (ranks[is_anomaly].sum() - m * (m + 1) / 2) / (m * n)
""",
)
bank.wrong(A, "ties with a tolerance", says="expected", swap=("a == b", "np.abs(a - b) < 1e-2"))
bank.wrong(
    A,
    "ties by isclose",
    says="nearly equal scores were taken for equal",
    code="""
def auc(scores, is_anomaly):
    a, b = scores[is_anomaly][:, None], scores[~is_anomaly][None, :]
    same = np.isclose(a, b)
    return float(np.mean((a > b) & ~same) + 0.5 * np.mean(same))
""",
)
bank.wrong(
    A,
    "scores sorted in place",
    says="in place",
    swap=("    a = scores", "    scores.sort()\n    a = scores"),
)
bank.wrong(A, "no return", says="return", swap=("return float", "float"))
bank.wrong(
    A,
    "never below one half",
    says="do not turn the score round",
    swap=("return float(" + BOTH + ")", "area = " + BOTH + "\n    return max(area, 1 - area)"),
)
bank.wrong(
    A,
    "pairs in order",
    says="only some pairs",
    code="""
def auc(scores, is_anomaly):
    return np.mean([a > b for a, b in zip(scores[is_anomaly], scores[~is_anomaly])])
""",
)
bank.wrong(
    A,
    "balanced accuracy at the median",
    says="got",
    code="""
def auc(scores, is_anomaly):
    t = np.median(scores)
    return (np.mean(scores[is_anomaly] >= t) + np.mean(scores[~is_anomaly] < t)) / 2
""",
)
bank.right(
    A,
    "two loops",
    code="""
def auc(scores, is_anomaly):
    points = pairs = 0
    for s, first in zip(scores, is_anomaly):
        for t, second in zip(scores, is_anomaly):
            if first and not second:
                pairs += 1
                points += 1 if s > t else 0.5 if s == t else 0
    return points / pairs
""",
)
bank.right(
    A,
    "midranks",
    code="""
def auc(scores, is_anomaly):
    from scipy.stats import rankdata

    m, n = np.count_nonzero(is_anomaly), np.count_nonzero(np.logical_not(is_anomaly))
    return (rankdata(scores)[is_anomaly].sum() - m * (m + 1) / 2) / (m * n)
""",
)
bank.right(
    A,
    "area under the curve by trapezoids",
    code="""
def auc(scores, is_anomaly):
    false, found, _ = roc_curve(is_anomaly, scores)
    return np.sum(np.diff(false) * (found[1:] + found[:-1]) / 2)
""",
)
bank.right(
    A,
    "sorted and searched",
    code="""
def auc(scores, is_anomaly):
    normal = np.sort(scores[is_anomaly == 0])
    below = np.searchsorted(normal, scores[is_anomaly == 1], "left")
    upto = np.searchsorted(normal, scores[is_anomaly == 1], "right")
    return (below + upto).mean() / (2 * len(normal))
""",
)

# average_precision
P = "average_precision"
bank.wrong(
    P,
    "normal class positive",
    says="normal class",
    swap=("    area,", "    is_anomaly = ~is_anomaly\n    area,"),
)
bank.wrong(
    P,
    "normal class positive, low scores first",
    says="normal class",
    code="""
from sklearn.metrics import average_precision_score


def average_precision(scores, is_anomaly):
    return average_precision_score(~is_anomaly, -scores)
""",
)
bank.wrong(
    P,
    "lowest score first",
    says="sign",
    swap=("    area,", "    scores = -scores\n    area,"),
)
bank.wrong(
    P,
    "trapezoids",
    says="trapezoids",
    code="""
from sklearn.metrics import precision_recall_curve


def average_precision(scores, is_anomaly):
    precision, recall, _ = precision_recall_curve(is_anomaly, scores)
    return np.sum(-np.diff(recall) * (precision[1:] + precision[:-1]) / 2)
""",
)
bank.wrong(
    P,
    "ties in the order of the rows",
    says="equal scores",
    code="""
def average_precision(scores, is_anomaly):
    hits = is_anomaly[np.argsort(-scores, kind="stable")]
    return np.mean((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits])
""",
)
bank.wrong(
    P,
    "ties in the opposite order",
    says="equal scores",
    code="""
def average_precision(scores, is_anomaly):
    hits = is_anomaly[np.argsort(scores, kind="stable")[::-1]]
    return np.mean((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits])
""",
)
bank.wrong(
    P,
    "mean precision",
    says="weight it",
    code="""
def average_precision(scores, is_anomaly):
    return np.mean([is_anomaly[scores >= t].mean() for t in np.unique(scores)])
""",
)
bank.wrong(
    P,
    "area under ROC",
    says="ROC",
    code="""
from sklearn.metrics import roc_auc_score


def average_precision(scores, is_anomaly):
    return roc_auc_score(is_anomaly, scores)
""",
)
bank.wrong(P, "alarm above the threshold only", says="AT the threshold", swap=(">=", ">"))
bank.wrong(P, "steps not differences", says="whole recall", swap=("(recall - previous)", "recall"))
bank.wrong(P, "previous not kept", says="whole recall", swap=("        previous = recall\n", ""))
bank.wrong(
    P,
    "recall over all cases",
    says="recall was divided by all cases",
    swap=("np.sum(alarm & is_anomaly) / np.sum(is_anomaly)", "np.mean(alarm & is_anomaly)"),
)
bank.wrong(P, "thresholds from below", says="HIGHEST threshold", swap=("[::-1]", ""))
bank.wrong(
    P,
    "distinct scores of anomalies, unweighted",
    says="counts alike",
    code="""
def average_precision(scores, is_anomaly):
    return np.mean([is_anomaly[scores >= t].mean() for t in np.unique(scores[is_anomaly])])
""",
)
bank.wrong(
    P,
    "interpolated",
    says="smoothed",
    code="""
from sklearn.metrics import precision_recall_curve


def average_precision(scores, is_anomaly):
    precision, recall, _ = precision_recall_curve(is_anomaly, scores)
    return -np.sum(np.diff(recall) * np.maximum.accumulate(precision)[:-1])
""",
)
bank.wrong(
    P,
    "the precision before",
    says="P_k",
    code="""
from sklearn.metrics import precision_recall_curve


def average_precision(scores, is_anomaly):
    precision, recall, _ = precision_recall_curve(is_anomaly, scores)
    return -np.sum(np.diff(recall) * precision[1:])
""",
)
bank.wrong(
    P,
    "above the threshold only, guarded",
    says="AT the threshold",
    swap=(
        "alarm = scores >= threshold",
        "alarm = scores > threshold\n        if not alarm.any():\n            continue",
    ),
)
bank.wrong(P, "no return", says="return", swap=("return float", "float"))
bank.right(
    P,
    "scikit-learn",
    code="""
from sklearn.metrics import average_precision_score


def average_precision(scores, is_anomaly):
    return average_precision_score(is_anomaly, scores)
""",
)
bank.right(
    P,
    "each anomaly's precision at its own score",
    code="""
def average_precision(scores, is_anomaly):
    return np.mean([is_anomaly[scores >= s].mean() for s in scores[is_anomaly]])
""",
)
bank.right(
    P,
    "cumulative sums",
    code="""
def average_precision(scores, is_anomaly):
    order = np.argsort(scores)[::-1]
    s, y = scores[order], is_anomaly[order].astype(int)
    last = np.append(s[1:] != s[:-1], True)
    hits = np.cumsum(y)[last]
    precision, recall = hits / (np.flatnonzero(last) + 1), hits / y.sum()
    return np.float32(np.sum(np.diff(recall, prepend=0) * precision))
""",
)

# mahalanobis_score
M = "mahalanobis_score"
bank.wrong(
    M,
    "no ridge, inverted",
    says="singular",
    swap=("ridged = covariance + ridge * np.eye(x_fit.shape[1])", "ridged = covariance"),
)
bank.wrong(
    M,
    "no ridge, pseudo-inverse",
    says="pseudo-inverse",
    swap=(
        "np.linalg.solve(ridged, centred.T)",
        "(np.linalg.pinv(covariance, hermitian=True) @ centred.T)",
    ),
)
ADDED = " + ridge * np.eye(x_fit.shape[1])"
bank.wrong(M, "ridge on every entry", says="diagonal only", swap=(ADDED, " + ridge"))
bank.wrong(
    M,
    "inverse without ridge",
    says="singular",
    code="""
def mahalanobis_score(x_fit, x_new, ridge):
    centred = x_new - x_fit.mean(axis=0)
    return np.sum(centred @ np.linalg.inv(np.cov(x_fit.T, bias=True)) * centred, axis=1)
""",
)
bank.wrong(
    M,
    "not centred",
    says="not centred",
    swap=("centred = x_new - x_fit.mean(axis=0)", "centred = x_new"),
)
bank.wrong(M, "one mean", says="mean of each column", swap=("x_fit.mean(axis=0)", "x_fit.mean()"))
bank.wrong(M, "n - 1", says="n - 1", swap=(", bias=True", ""))
bank.wrong(
    M,
    "everything of x_new",
    says="x_new",
    swap=("    centred =", "    x_fit = x_new\n    centred ="),
)
bank.wrong(
    M,
    "everything of all rows",
    says="all rows",
    swap=("    centred =", "    x_fit = np.concatenate([x_fit, x_new])\n    centred ="),
)
bank.wrong(
    M,
    "mean of x_new",
    says="mean is that of x_new",
    swap=("x_fit.mean(axis=0)", "x_new.mean(axis=0)"),
)
bank.wrong(
    M,
    "covariance of x_new",
    says="covariance is that of x_new",
    swap=("np.cov(x_fit.T", "np.cov(x_new.T"),
)
bank.wrong(
    M,
    "covariance of all data",
    says="covariance is that of all",
    swap=("np.cov(x_fit.T", "np.cov(np.concatenate([x_fit, x_new]).T"),
)
bank.wrong(
    M,
    "diagonal only",
    says="only the variances",
    swap=("np.cov(x_fit.T, bias=True)", "np.diag(x_fit.var(axis=0))"),
)
bank.wrong(
    M,
    "distance not squared",
    says="square",
    swap=(
        "return np.sum(centred * solved, axis=1)",
        "return np.sqrt(np.sum(centred * solved, axis=1))",
    ),
)
bank.wrong(M, "sign", says="sign", swap=("return np", "return -np"))
bank.wrong(M, "mean over the columns", says="number of columns", swap=("np.sum(", "np.mean("))
bank.wrong(M, "sum over the batch", says="one for each row", swap=(", axis=1)", ")"))
bank.wrong(
    M,
    "all pairs",
    says="only the diagonal",
    swap=(
        "np.sum(centred * solved, axis=1)",
        "centred @ solved.T",
    ),
)
bank.wrong(
    M,
    "multiplied by the covariance",
    says="not inverted",
    swap=("np.linalg.solve(ridged, centred.T).T", "(centred @ ridged)"),
)
bank.wrong(M, "rows as variables", says="", swap=("x_fit.T", "x_fit"))
bank.wrong(M, "ridge fixed", says="It is an argument", swap=("ridge * np", "1e-6 * np"))
bank.wrong(
    M,
    "x_new changed",
    says="in place",
    swap=(
        "centred = x_new - x_fit.mean(axis=0)",
        "x_new -= x_fit.mean(axis=0)\n    centred = x_new",
    ),
)
bank.right(
    M,
    "inverse and einsum",
    code="""
def mahalanobis_score(x_fit, x_new, ridge):
    z = x_fit - np.mean(x_fit, axis=0)
    inverse = np.linalg.inv(z.T @ z / len(z) + np.diag(np.full(z.shape[1], ridge)))
    c = x_new - np.mean(x_fit, axis=0)
    return np.einsum("md,de,me->m", c, inverse, c)
""",
)
bank.right(
    M,
    "loop, Cholesky",
    code="""
def mahalanobis_score(x_fit, x_new, ridge):
    mean = x_fit.mean(0)
    sigma = np.cov(x_fit, rowvar=False, ddof=0)
    sigma[np.diag_indices_from(sigma)] += ridge
    lower = np.linalg.cholesky(sigma)
    return [float(np.sum(np.linalg.solve(lower, row - mean) ** 2)) for row in x_new]
""",
)
bank.right(
    M,
    "PCA from scikit-learn",
    code="""
def mahalanobis_score(x_fit, x_new, ridge):
    lam, vectors = np.linalg.eigh(np.cov(x_fit.T, bias=True))
    along = (x_new - x_fit.mean(axis=0)) @ vectors
    return (along**2 / (lam + ridge)).sum(axis=1)
""",
)
bank.right(
    M,
    "diagonal of all pairs",
    swap=(
        "np.sum(centred * solved, axis=1)",
        "np.diag(centred @ np.linalg.inv(ridged) @ centred.T)",
    ),
)

# threshold_and_cost
T = "threshold_and_cost"
CHOSEN = "cost(val_scores, val_anomaly, t)"
bank.wrong(
    T,
    "chosen on the test",
    says="can be had",
    swap=(
        "candidates = [*np.unique(val_scores), np.inf]\n    costs = [" + CHOSEN,
        "candidates = [*np.unique(test_scores), np.inf]\n    costs = [cost(test_scores, test_anomaly, t)",
    ),
)
bank.wrong(
    T,
    "validation candidates judged on the test",
    says="can be had",
    swap=(CHOSEN, "cost(test_scores, test_anomaly, t)"),
)
bank.wrong(
    T,
    "validation cost stated",
    says="on the validation data; state",
    swap=("cost(test_scores, test_anomaly, best)", "cost(val_scores, val_anomaly, best)"),
)
bank.wrong(
    T,
    "costs exchanged",
    says="exchanged",
    swap=(
        "cost_miss * missed + cost_alarm * false",
        "cost_alarm * missed + cost_miss * false",
    ),
)
bank.wrong(T, "sum", says="sum over all", swap=("return np.mean", "return np.sum"))
bank.wrong(
    T,
    "costs ignored",
    says="fewest mistakes",
    swap=(
        "cost_miss * missed + cost_alarm * false",
        "1.0 * missed + false",
    ),
)
bank.wrong(T, "never not tried", says="never to ring", swap=(", np.inf]", "]"))
bank.wrong(
    T,
    "always not tried",
    says="always to ring",
    swap=("np.unique(val_scores)", "np.unique(val_scores)[1:]"),
)
bank.wrong(
    T,
    "alarm for low scores",
    says="can be had",
    swap=("scores >= threshold", "scores <= threshold"),
)
bank.wrong(T, "alarm above the threshold only", says="AT it", swap=(">= threshold", "> threshold"))
bank.wrong(
    T,
    "mean plus one deviation of the normal scores",
    says="can be had",
    swap=(
        "best = candidates[int(np.argmin(costs))]",
        "normal = val_scores[~val_anomaly]\n    best = normal.mean() + normal.std()",
    ),
)
bank.wrong(
    T,
    "95th percentile of the normal scores",
    says="can be had",
    swap=(
        "best = candidates[int(np.argmin(costs))]",
        "best = np.quantile(val_scores[~val_anomaly], 0.95)",
    ),
)
bank.wrong(
    T,
    "only the anomalies' scores as thresholds, last taken",
    says="can be had",
    swap=("[*np.unique(val_scores), np.inf]", "[val_scores[val_anomaly].min()]"),
)
bank.wrong(T, "dearest", says="can be had", swap=("np.argmin", "np.argmax"))
bank.wrong(T, "only the cost", says="2 results", swap=("return float(best), float", "return float"))
bank.wrong(
    T,
    "order of results",
    says="exchanged",
    swap=(
        "return float(best), float(cost(test_scores, test_anomaly, best))",
        "return float(cost(test_scores, test_anomaly, best)), float(best)",
    ),
)
bank.wrong(
    T,
    "false alarms forgotten",
    says="can be had",
    swap=(" + cost_alarm * false", ""),
)
bank.wrong(
    T,
    "index instead of threshold",
    says="can be had",
    swap=(
        "best = candidates[int(np.argmin(costs))]",
        "best = int(np.argmin(costs))",
    ),
)
bank.wrong(
    T,
    "test scores sorted in place",
    says="changed in place",
    swap=("    candidates", "    test_scores.sort()\n    candidates"),
)
bank.wrong(
    T,
    "both parts together",
    says="can be had",
    swap=(CHOSEN, CHOSEN + " + cost(test_scores, test_anomaly, t)"),
)
bank.wrong(
    T,
    "the test paid above the threshold only",
    says="AT the threshold",
    swap=(
        "cost(test_scores, test_anomaly, best)",
        "np.mean(np.where(test_anomaly, cost_miss * (test_scores <= best), cost_alarm * (test_scores > best)))",
    ),
)
bank.wrong(
    T,
    "the lowest anomaly, or never",
    says="can be had",
    swap=(
        "best = candidates[int(np.argmin(costs))]",
        "best = val_scores[val_anomaly].min() if cost_miss > cost_alarm else np.inf",
    ),
)
bank.wrong(
    T,
    "rates by kind",
    says="own",
    swap=(
        "return np.mean(cost_miss * missed + cost_alarm * false)",
        "return cost_miss * np.mean(~alarm[is_anomaly]) + cost_alarm * np.mean(alarm[~is_anomaly])",
    ),
)
bank.wrong(
    T, "no threshold", says="must each be one number", swap=("return float(best)", "return None")
)
bank.wrong(
    T,
    "a hundred even steps",
    says="Is 0.3 among those that are tried",
    swap=(
        "[*np.unique(val_scores), np.inf]",
        "[*np.linspace(val_scores.min(), val_scores.max(), 20), np.inf]",
    ),
)
bank.right(
    T,
    "arrays, thresholds between the scores",
    code="""
def threshold_and_cost(val_scores, val_anomaly, test_scores, test_anomaly, cost_miss, cost_alarm):
    s = np.unique(val_scores)
    tries = np.concatenate([[s[0] - 1], (s[1:] + s[:-1]) / 2, [s[-1] + 1]])
    rings = val_scores[None] >= tries[:, None]
    misses = (~rings & val_anomaly).sum(axis=1)
    false = (rings & ~val_anomaly).sum(axis=1)
    best = tries[np.argmin(cost_miss * misses + cost_alarm * false)]
    rings = test_scores >= best
    paid = np.where(test_anomaly, np.where(rings, 0, cost_miss), np.where(rings, cost_alarm, 0))
    return best, paid.mean()
""",
)
bank.right(
    T,
    "plain loops, last of the cheapest",
    code="""
def threshold_and_cost(val_scores, val_anomaly, test_scores, test_anomaly, cost_miss, cost_alarm):
    def total(scores, labels, t):
        paid = 0.0
        for s, bad in zip(scores, labels):
            if bad and s < t:
                paid += cost_miss
            elif not bad and s >= t:
                paid += cost_alarm
        return paid / len(scores)

    best, least = None, float("inf")
    for t in [max(val_scores) + 1] + list(val_scores):
        c = total(val_scores, val_anomaly, t)
        if c <= least:
            best, least = t, c
    return [best, total(test_scores, test_anomaly, best)]
""",
)
bank.right(T, "minus infinity tried too", swap=("candidates = [", "candidates = [-np.inf, "))

# more slips
for title, says, old, new in (
    ("GELU in the encoder only", "second wide layer",
     'layers.Dense(latent_dim),\n            layers.Dense(width, activation="gelu")', "layers.Dense(latent_dim),\n            layers.Dense(width)"),
    ("a sigmoid on the code", "(sigmoid) on the latent", "layers.Dense(latent_dim)", 'layers.Dense(latent_dim, activation="sigmoid")'),
):  # fmt: skip
    bank.wrong(B, title, says=says, swap=(old, new))
for title, says, new in (
    ("half of it", "no ½", f"0.5 * {MEAN}"),
    (
        "mean, then square",
        "square first",
        "np.mean((x - rebuilt).reshape(len(x), -1), axis=1) ** 2",
    ),
    (
        "variance of the differences",
        "variance",
        "np.var((x - rebuilt).reshape(len(x), -1), axis=1)",
    ),
    ("examples mixed", "mixed", "squares.reshape(-1, len(x)).mean(axis=0)"),
):
    bank.wrong(S, title, says=says, swap=(MEAN, new))
for title, says, new in (
    (
        "divided by the anomalies",
        "anomalies only",
        "(np.sum(a > b) + 0.5 * np.sum(a == b)) / len(a)",
    ),
    ("a bracket missing", "bracket", "np.mean((a > b) + 0.5 * a == b)"),
    ("per cent", "per cent", f"100 * ({BOTH})"),
    ("against all cases", "all cases", "np.mean((a > scores) + 0.5 * (a == scores))"),
):
    bank.wrong(A, title, says=says, swap=(BOTH, new))
for title, says, old, new in (
    (
        "precision over all cases",
        "divide by the alarms",
        "np.mean(is_anomaly[alarm])",
        "np.mean(is_anomaly & alarm)",
    ),
    (
        "recall over the alarms",
        "divide by the anomalies",
        "/ np.sum(is_anomaly)",
        "/ np.sum(alarm)",
    ),
    ("mean of the steps", "number of thresholds", "float(area)", "area / len(np.unique(scores))"),
):
    bank.wrong(P, title, says=says, swap=(old, new))
for title, says, old, new in (
    ("entries inverted", "by itself", "np.linalg.solve(ridged, centred.T).T", "centred @ (1 / ridged)"),
    ("ridge on the inverse", "added to the inverse", "np.linalg.solve(ridged, centred.T).T",
     "centred @ (np.linalg.pinv(covariance) + ridge * np.eye(x_fit.shape[1]))"),
    ("covariance of rows that are not centred", "not centred before", "np.cov(x_fit.T, bias=True)", "x_fit.T @ x_fit / len(x_fit)"),
):  # fmt: skip
    bank.wrong(M, title, says=says, swap=(old, new))
bank.right(
    M,
    "diagonal of the matrix of all pairs",
    swap=("np.sum(centred * solved, axis=1)", "np.diag(centred @ solved.T)"),
)
COSTS = """
def threshold_and_cost(val_scores, val_anomaly, test_scores, test_anomaly, cost_miss, cost_alarm):
    def cost(s, y, t):
        return np.mean(np.where(y, cost_miss * (s < t), cost_alarm * (s >= t)))

    tries = np.append(np.unique(val_scores), np.inf)
    t = min(tries, key=lambda t: cost(val_scores, val_anomaly, t))
    return t, cost(test_scores, test_anomaly, t)
"""
for title, says, old, new in (
    ("the place, not the score", "place of the cheapest", "min(tries, key=lambda t: cost(val_scores, val_anomaly, t))",
     "np.argmin([cost(val_scores, val_anomaly, u) for u in tries])"),
    ("the dearest", "DEAREST", "t = min(", "t = max("),
    ("costs of 10 and 1 written in", "10 and 1", "cost_miss * (s < t), cost_alarm * (s >= t)", "10 * (s < t), 1 * (s >= t)"),
    ("chosen on all data", "together", "cost(val_scores, val_anomaly, t))",
     "cost(np.r_[val_scores, test_scores], np.r_[val_anomaly, test_anomaly], t))"),
    ("every alarm is paid", "only a FALSE one", "return t, cost(test_scores, test_anomaly, t)",
     "return t, np.mean(cost_miss * (test_anomaly & (test_scores < t)) + cost_alarm * (test_scores >= t))"),
    ("smallest cost on the test", "smallest cost on the test", "return t, cost(test_scores, test_anomaly, t)",
     "return t, min(cost(test_scores, test_anomaly, u) for u in tries)"),
    ("a thousand evenly spaced thresholds", "Is 0.3 among those that are tried", "np.unique(val_scores)",
     "np.linspace(min(val_scores), max(val_scores), 1000)"),
):  # fmt: skip
    bank.wrong(T, title, says=says, code=COSTS.replace(old, new))
bank.right(T, "the first of the cheapest", code=COSTS)

# one thing changed at a time, and known mistakes that hold elsewhere, too
LATENT = "layers.Dense(latent_dim),"
for title, says, old, new in (
    ("GELU twice", "the first wide layer is not as asked", LATENT, f'layers.Activation("gelu"), {LATENT}'),
    ("the code cut at 1", "the latent code is not as asked", LATENT, f"{LATENT} layers.ReLU(max_value=1.0, negative_slope=1.0),"),
    ("the code normalised", "no other layer with weights", LATENT, f"{LATENT} layers.BatchNormalization(),"),
    ("no biases", "one bias for each Dense layer", "activation=end", "activation=end, use_bias=False"),
    ("end on the wide layers", "`end` is the activation of the wide", 'activation="gelu"', "activation=end"),
    ("softplus", "softplus instead of GELU", '"gelu"', '"softplus"'),
):  # fmt: skip
    bank.wrong(B, title, says=says, swap=(old, new))
for title, says, new in (
    ("divided by the first side", "one image [[1, 3], [0, 0], [2, 2]]", "np.sum(squares.reshape(len(x), -1), axis=1) / x.shape[1]"),
    ("relative to the example", "one row [1, 3] rebuilt as zeros", f"{MEAN} / np.mean((x**2).reshape(len(x), -1), axis=1)"),
    ("divided by all entries", "two rows [1, 3] and [0, 2]", "np.sum(squares.reshape(len(x), -1), axis=1) / x.size"),
    ("squeezed", "the shape is (), expected (1,)", f"np.squeeze({MEAN})"),
):  # fmt: skip
    bank.wrong(S, title, says=says, swap=(MEAN, new))
SPLIT = (
    "def auc(scores, is_anomaly):\n    a, b = scores[is_anomaly], scores[~is_anomaly]\n    return "
)
for title, says, line in (
    ("half of both", "anomalies 2; normal cases 1. Got 0.5, expected 1", "0.5 * (np.mean(a[:, None] > b) + np.mean(a[:, None] == b))"),
    ("against the median", "anomalies 2; normal cases 1, 3", "np.mean(a > np.median(b))"),
    ("all pairs of cases", "anomalies 2; normal cases 1. Got 0.5", "np.mean((scores[:, None] > scores) + 0.5 * (scores[:, None] == scores))"),
    ("whole numbers", "of 1 pair the anomaly is higher in 1", "np.mean((a.astype(int)[:, None] > b.astype(int)) + 0.5 * (a.astype(int)[:, None] == b.astype(int)))"),
    ("the earlier row first", "the earlier row ranks higher", "np.mean(np.cumsum(is_anomaly[np.argsort(-scores, kind='stable')])[~is_anomaly[np.argsort(-scores, kind='stable')]]) / len(a)"),
):  # fmt: skip
    bank.wrong(A, title, says=says, code=f"{SPLIT}{line}\n")
bank.right(A, "heaviside", code=f"{SPLIT}np.heaviside(a[:, None] - b, 0.5).mean()\n")
for title, says, old, new in (
    ("precision of the lowest threshold", "anomalies 1, 2; normal cases 3", "return float(area)", "return float(precision)"),
    ("precision among equals", "anomalies 1; normal cases 2. Got 1.0, expected 0.5", "is_anomaly[alarm]", "is_anomaly[scores == threshold]"),
    ("the highest threshold left out", "from 2 on P = 1/1", "[::-1]", "[-2::-1]"),
    ("steps in precision", "not in precision", "area += (recall - previous) * precision\n        previous = recall",
     "area += (precision - previous) * recall\n        previous = precision"),
):  # fmt: skip
    bank.wrong(P, title, says=says, swap=(old, new))
for title, says, old, new in (
    ("correlations", "the ridge is added to variances", "np.cov(x_fit.T, bias=True)", "np.nan_to_num(np.corrcoef(x_fit.T))"),
    ("ridge times n", "every normal row given twice", "ridge * np", "len(x_fit) * ridge * np"),
    ("median", "a score must be 4 times as large", "x_fit.mean(axis=0)", "np.median(x_fit, axis=0)"),
    ("ridge of 0.1", "It is an argument", "ridge * np", "0.1 * np"),
):  # fmt: skip
    bank.wrong(M, title, says=says, swap=(old, new))
for title, says, old, new in (
    ("alarm for low scores throughout", "if the alarm rang for LOW", ">= threshold", "<= threshold"),
    ("every anomaly is paid", "if a miss cost nothing", "is_anomaly & ~alarm", "is_anomaly"),
    ("every anomaly of the test is paid", "only a MISSED one", "float(cost(test_scores, test_anomaly, best))",
     "float(np.mean(cost_miss * test_anomaly + cost_alarm * (~test_anomaly & (test_scores >= best))))"),
    ("highest score not tried", "Is 6 among those that are tried", "[*np.unique(val_scores), np.inf]", "[*np.unique(val_scores)[:-1], np.inf]"),
    ("a miss costs both", "which cost 1 and 2 each", "cost_miss * missed", "(cost_miss + cost_alarm) * missed"),
):  # fmt: skip
    bank.wrong(T, title, says=says, swap=(old, new))
bank.right(
    T,
    "the anomalies' scores suffice",
    swap=("np.unique(val_scores)", "np.unique(val_scores[val_anomaly])"),
)
bank.right(B, "built by its first call", swap=("            keras.Input((n_features,)),\n", ""))
bank.wrong(
    B,
    "softmax at the end",
    says="the last layer is not as asked: with",
    swap=("activation=end", 'activation="softmax" if end else None'),
)
bank.wrong(
    M,
    "covariance of the first ten rows",
    says="the normal rows in another order",
    swap=("np.cov(x_fit.T", "np.cov(x_fit[:10].T"),
)
