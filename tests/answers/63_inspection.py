"""Answers to the exercises of lesson 63, right and wrong."""

from tests.bank import Bank

bank = Bank()

# reconstruction_errors
E = "reconstruction_errors"
bank.wrong(E, "nothing centred", says="not subtracted, neither",
           swap=("mean = good.mean(axis=0)", "mean = 0"))  # fmt: skip
bank.wrong(E, "new rows not centred", says="new rows are not centred",
           swap=("centred = new - mean", "centred = new"))  # fmt: skip
bank.wrong(E, "new rows centred by their own mean", says="their own mean",
           swap=("centred = new - mean", "centred = new - new.mean(axis=0)"))  # fmt: skip
bank.wrong(
    E,
    "one mean for all entries",
    says="one mean over all",
    code="""
def reconstruction_errors(good, new, k):
    v = np.linalg.svd(good - good.mean(axis=0), full_matrices=False)[2][:k]
    c = new - good.mean()
    return ((c - c @ v.T @ v) ** 2).sum(axis=1)
""",
)
bank.wrong(E, "learnt from the new rows", says="learn from the good",
           swap=("    mean =", "    good = new\n    mean ="))  # fmt: skip
bank.wrong(
    E,
    "learnt from all rows",
    says="",
    swap=("    mean =", "    good = np.concatenate([good, new])\n    mean ="),
)
bank.wrong(E, "smallest directions", says="SMALLEST", swap=("[2][:k]", "[2][::-1][:k]"))
bank.wrong(E, "eigh ascending", says="SMALLEST",
           swap=("np.linalg.svd(good - mean, full_matrices=False)[2][:k]", "np.linalg.eigh(np.cov(good.T))[1].T[:k]"))  # fmt: skip
bank.wrong(E, "one more", says="too many", swap=("[:k]", "[: k + 1]"))
bank.wrong(E, "mean over entries", says="this is the mean", swap=("np.sum(rest", "np.mean(rest"))
bank.wrong(
    E,
    "root",
    says="root",
    swap=("return np.sum(rest**2, axis=1)", "return np.linalg.norm(rest, axis=1)"),
)
bank.wrong(
    E, "what is kept", says="what is kept", swap=("rest = centred - centred @", "rest = centred @")
)
bank.wrong(E, "sum over all", says="one number for all", swap=("rest**2, axis=1", "rest**2"))
bank.wrong(E, "sum over rows", says="shape", swap=("axis=1)", "axis=0)"))
bank.wrong(E, "columns of V", says="", swap=("[2][:k]", "[2][:, :k].T"))
bank.wrong(E, "no return", says="return", swap=("return np.sum", "np.sum"))
bank.wrong(
    E,
    "changes new",
    says="in place",
    swap=("centred = new - mean", "new -= mean\n    centred = new"),
)
bank.wrong(E, "not squared", says="", swap=("rest**2", "rest"))
bank.right(
    E,
    "scikit-learn",
    code="""
def reconstruction_errors(good, new, k):
    from sklearn.decomposition import PCA
    pca = PCA(k).fit(good)
    return ((new - pca.inverse_transform(pca.transform(new))) ** 2).sum(axis=1)
""",
)
bank.right(
    E,
    "covariance",
    code="""
def reconstruction_errors(good, new, k):
    mu = np.mean(good, axis=0)
    values, vectors = np.linalg.eigh(np.cov(good, rowvar=False))
    v = vectors[:, np.argsort(values)[::-1][:k]]
    c = new - mu
    return np.sum(c**2, axis=1) - np.sum((c @ v) ** 2, axis=1)
""",
)
bank.right(
    E,
    "a list",
    code="""
def reconstruction_errors(good, new, k):
    mu = good.mean(0)
    v = np.linalg.svd(good - mu)[2][:k]
    return [float(np.sum(((row - mu) - v.T @ (v @ (row - mu))) ** 2)) for row in new]
""",
)

# coreset
C = "coreset"
bank.wrong(C, "nearest", says="nearest to those that are kept", code="""
def coreset(rows, size, first=0):
    chosen = [first]
    d = np.sum((rows - rows[first]) ** 2, axis=1)
    while len(chosen) < size:
        k = int(np.argmin(np.where(d > 0, d, np.inf)))
        chosen.append(k)
        d = np.minimum(d, np.sum((rows - rows[k]) ** 2, axis=1))
    return np.array(chosen)
""")  # fmt: skip
bank.wrong(
    C,
    "argmin",
    says="nearest to those that are kept",
    swap=("np.argmax(nearest)", "np.argmin(nearest)"),
)
bank.wrong(C, "distance to the last only", says="LAST",
           swap=("np.minimum(nearest, np.sum((rows - rows[farthest]) ** 2, axis=1))", "np.sum((rows - rows[farthest]) ** 2, axis=1)"))  # fmt: skip
bank.wrong(C, "distance to the first only", says="FIRST", code="""
def coreset(rows, size, first=0):
    d = np.sum((rows - rows[first]) ** 2, axis=1)
    return np.r_[first, [k for k in np.argsort(-d) if k != first]][:size].astype(int)
""")  # fmt: skip
bank.wrong(
    C,
    "never updated",
    says="FIRST row",
    swap=("        nearest = np.minimum", "        unused = np.minimum"),
)
bank.wrong(C, "maximum", says="farthest kept row", swap=("np.minimum(", "np.maximum("))
bank.wrong(C, "sum of distances", says="summed",
           swap=("np.minimum(nearest, np.sum((rows - rows[farthest]) ** 2, axis=1))",
                 "nearest + np.sum((rows - rows[farthest]) ** 2, axis=1)"))  # fmt: skip
bank.wrong(C, "absolute differences", says="absolute", code="""
def coreset(rows, size, first=0):
    chosen = [first]
    d = np.abs(rows - rows[first]).sum(axis=1)
    while len(chosen) < size:
        chosen.append(int(np.argmax(d)))
        d = np.minimum(d, np.abs(rows - rows[chosen[-1]]).sum(axis=1))
    return np.array(chosen)
""")  # fmt: skip
bank.wrong(
    C, "rows", says="the rows themselves", swap=("return np.array(chosen)", "return rows[chosen]")
)
bank.wrong(C, "always starts with 0", says="`first`", swap=("chosen = [first]\n    nearest = np.sum((rows - rows[first])",
                                                        "chosen = [0]\n    nearest = np.sum((rows - rows[0])"))  # fmt: skip
bank.wrong(
    C,
    "random",
    says="",
    swap=("int(np.argmax(nearest))", "int(np.random.default_rng(0).integers(len(rows)))"),
)
bank.wrong(C, "one too many", says="shape", swap=("< size", "<= size"))
bank.wrong(
    C,
    "first left out",
    says="shape",
    swap=("return np.array(chosen)", "return np.array(chosen[1:])"),
)
bank.wrong(C, "no return", says="return", swap=("return np.array(chosen)", "np.array(chosen)"))
bank.wrong(
    C,
    "rows changed",
    says="in place",
    swap=("    chosen = [first]", "    rows -= rows.mean(axis=0)\n    chosen = [first]"),
)
bank.wrong(C, "marks by infinity and never updates the others", says="", code="""
def coreset(rows, size, first=0):
    chosen = [first]
    d = np.linalg.norm(rows - rows[first], axis=1)
    while len(chosen) < size:
        d[chosen[-1]] = -1
        chosen.append(int(d.argmax()))
    return np.array(chosen)
""")  # fmt: skip
bank.wrong(C, "floats", says="floating-point", swap=("np.array(chosen)", "np.array(chosen, float)"))
bank.right(C, "all pairs", code="""
def coreset(rows, size, first=0):
    from scipy.spatial.distance import cdist
    d = cdist(rows, rows)
    kept = [first]
    for _ in range(size - 1):
        kept.append(d[:, kept].min(axis=1).argmax())
    return kept
""")  # fmt: skip
bank.right(C, "products, float32", code="""
def coreset(rows, size, first=0):
    rows = np.asarray(rows, dtype="float32")
    rows = rows - rows.mean(axis=0)
    squares = (rows**2).sum(1)
    kept = np.zeros(size, dtype="int32")
    kept[0] = first
    nearest = np.full(len(rows), np.inf)
    for k in range(1, size):
        last = kept[k - 1]
        nearest = np.minimum(nearest, squares + squares[last] - 2 * rows @ rows[last])
        nearest[kept[:k]] = -1
        kept[k] = np.argmax(nearest)
    return kept
""")  # fmt: skip

# memory_distances
D = "memory_distances"
bank.wrong(
    D,
    "squared",
    says="squared",
    swap=("np.sqrt(np.maximum(squared.min(axis=1), 0))", "squared.min(axis=1)"),
)
bank.wrong(
    D,
    "NaN",
    says="NaN",
    swap=("np.sqrt(np.maximum(squared.min(axis=1), 0))", "np.sqrt(squared.min(axis=1))"),
)
bank.wrong(D, "mean distance", says="mean distance", code="""
def memory_distances(memory, queries):
    return np.linalg.norm(queries[..., None, :] - memory, axis=-1).mean(axis=-1)
""")  # fmt: skip
bank.wrong(D, "largest", says="largest", swap=("squared.min", "squared.max"))
bank.wrong(D, "which row", says="numbers of the nearest", code="""
def memory_distances(memory, queries):
    return np.linalg.norm(queries[..., None, :] - memory, axis=-1).argmin(axis=-1)
""")  # fmt: skip
bank.wrong(D, "absolute", says="absolute", code="""
def memory_distances(memory, queries):
    return np.abs(queries[..., None, :] - memory).sum(axis=-1).min(axis=-1)
""")  # fmt: skip
bank.wrong(
    D, "flat", says="shape", swap=("return nearest.reshape(queries.shape[:-1])", "return nearest")
)
bank.wrong(D, "for each remembered row", says="", code="""
def memory_distances(memory, queries):
    flat = queries.reshape(-1, queries.shape[-1])
    return np.array([np.linalg.norm(flat - row, axis=1).min() for row in memory])
""")  # fmt: skip
bank.wrong(D, "minus forgotten", says="the product is missing", swap=(" - 2 * flat @ memory.T", ""))
bank.wrong(D, "factor 2 forgotten", says="factor 2", swap=("- 2 * flat", "- flat"))
bank.wrong(
    D,
    "root of the mean square",
    says="divided",
    swap=(
        "return nearest.reshape",
        "nearest = nearest / np.sqrt(memory.shape[1])\n    return nearest.reshape",
    ),
)
bank.wrong(D, "no return", says="return", swap=("return nearest.reshape", "nearest.reshape"))
bank.wrong(D, "rows of a table only", says="", code="""
def memory_distances(memory, queries):
    from scipy.spatial.distance import cdist
    return cdist(queries, memory).min(axis=1)
""")  # fmt: skip
bank.wrong(D, "distances of 0 left out", says="", code="""
def memory_distances(memory, queries):
    gaps = np.linalg.norm(queries[..., None, :] - memory, axis=-1)
    return np.where(gaps > 0, gaps, np.inf).min(axis=-1)
""")  # fmt: skip
bank.right(D, "cdist", code="""
def memory_distances(memory, queries):
    from scipy.spatial.distance import cdist
    flat = queries.reshape(-1, queries.shape[-1])
    return cdist(flat, memory).min(axis=1).reshape(queries.shape[:-1])
""")  # fmt: skip
bank.right(D, "neighbours", code="""
def memory_distances(memory, queries):
    from sklearn.neighbors import NearestNeighbors
    near = NearestNeighbors(n_neighbors=1).fit(memory)
    flat = queries.reshape(-1, memory.shape[1])
    return near.kneighbors(flat)[0].reshape(*queries.shape[:-1])
""")  # fmt: skip
bank.right(D, "loop over the memory", code="""
def memory_distances(memory, queries):
    best = np.full(queries.shape[:-1], np.inf)
    for row in memory:
        best = np.minimum(best, np.sqrt(((queries - row) ** 2).sum(-1)))
    return best.astype("float32")
""")  # fmt: skip
bank.right(D, "keras.ops", code="""
def memory_distances(memory, queries):
    from keras import ops
    flat = ops.convert_to_tensor(queries.reshape(-1, queries.shape[-1]), "float64")
    gaps = ops.expand_dims(flat, 1) - ops.convert_to_tensor(memory, "float64")
    near = ops.min(ops.sqrt(ops.sum(gaps**2, axis=-1)), axis=1)
    return ops.reshape(near, queries.shape[:-1])
""")  # fmt: skip

# pro_curve
P = "pro_curve"
bank.wrong(P, "above only", says="AT the threshold", swap=("sound >= t", "sound > t"))
bank.wrong(P, "above only, in regions", says="AT the threshold", swap=("region >= t", "region > t"))
bank.wrong(
    P,
    "all pixels as sound",
    says="SOUND",
    swap=("sound = maps[~masks]", "sound = maps.ravel()"),
)
bank.wrong(
    P,
    "false over all pixels",
    says="not by that of all",
    swap=("np.mean(sound >= t)", "np.sum(sound >= t) / maps.size"),
)
bank.wrong(
    P,
    "good parts only",
    says="parts with a defect count",
    swap=("maps[~masks]", "maps[~masks.any(axis=(1, 2))]"),
)
bank.wrong(P, "bad parts only", says="good parts count", code="""
def pro_curve(maps, masks, thresholds):
    bad = masks.any(axis=(1, 2))
    regions = []
    for one_map, mask in zip(maps, masks):
        labels, n = ndimage.label(mask, structure=np.ones((3, 3)))
        regions += [one_map[labels == number] for number in range(1, n + 1)]
    sound = maps[bad][~masks[bad]]
    return (np.array([np.mean(sound >= t) for t in thresholds]),
            np.array([np.mean([np.mean(r >= t) for r in regions]) for t in thresholds]))
""")  # fmt: skip
bank.wrong(
    P,
    "recall",
    says="this is recall",
    swap=("np.mean([np.mean(region >= t) for region in regions])", "np.mean(maps[masks] >= t)"),
)
bank.wrong(P, "a mask is one region", says="separate them", code="""
def pro_curve(maps, masks, thresholds):
    regions = [m[k] for m, k in zip(maps, masks) if k.any()]
    sound = maps[~masks]
    return (np.array([np.mean(sound >= t) for t in thresholds]),
            np.array([np.mean([np.mean(r >= t) for r in regions]) for t in thresholds]))
""")  # fmt: skip
bank.wrong(P, "mean over pictures", says="each picture counts alike", code="""
def pro_curve(maps, masks, thresholds):
    sound, pro = maps[~masks], []
    for t in thresholds:
        of_pictures = []
        for one, mask in zip(maps, masks):
            labels, n = ndimage.label(mask, np.ones((3, 3)))
            if n:
                of_pictures.append(np.mean([(one[labels == k] >= t).mean() for k in range(1, n + 1)]))
        pro.append(np.mean(of_pictures))
    return np.array([np.mean(sound >= t) for t in thresholds]), np.array(pro)
""")  # fmt: skip
bank.wrong(P, "four neighbours", says="corner", swap=(", structure=np.ones((3, 3))", ""))
bank.wrong(P, "whole stack", says="neighbouring pictures", code="""
def pro_curve(maps, masks, thresholds):
    labels, n = ndimage.label(masks, np.ones((3, 3, 3)))
    sound = maps[~masks]
    regions = [maps[labels == k] for k in range(1, n + 1)]
    return (np.array([np.mean(sound >= t) for t in thresholds]),
            np.array([np.mean([np.mean(r >= t) for r in regions]) for t in thresholds]))
""")  # fmt: skip
bank.wrong(
    P,
    "exchanged",
    says="exchanged",
    swap=(
        "return np.array(rates), np.array(overlaps)",
        "return np.array(overlaps), np.array(rates)",
    ),
)
bank.wrong(P, "background as a region", says="", swap=("range(1, n + 1)", "range(n + 1)"))
bank.wrong(P, "last region lost", says="", swap=("range(1, n + 1)", "range(1, n)"))
bank.wrong(P, "not marked", says="NOT marked", swap=("np.mean(sound >= t)", "np.mean(sound < t)"))
bank.wrong(P, "only the overlaps", says="2 results", swap=("return np.array(rates), ", "return "))
bank.wrong(
    P,
    "sum",
    says="sum over the regions",
    swap=("np.mean([np.mean(region >= t)", "np.sum([np.mean(region >= t)"),
)
bank.wrong(
    P,
    "a number of pixels",
    says="number of pixels",
    swap=("np.mean(sound >= t)", "np.sum(sound >= t)"),
)
bank.right(P, "skimage, arrays", code="""
def pro_curve(maps, masks, thresholds):
    from skimage.measure import label
    values = []
    for k in range(len(maps)):
        numbers = label(masks[k], connectivity=2)
        for number in np.unique(numbers[numbers > 0]):
            values.append(maps[k][numbers == number])
    fpr, pro = [], []
    for t in thresholds:
        marked = maps >= t
        fpr.append((marked & ~masks).sum() / (~masks).sum())
        pro.append(sum((v >= t).sum() / len(v) for v in values) / len(values))
    return fpr, pro
""")  # fmt: skip
bank.right(P, "sorted", code="""
def pro_curve(maps, masks, thresholds):
    def share(values):
        values = np.sort(np.ravel(values))
        return 1 - np.searchsorted(values, thresholds, side="left") / len(values)

    shares = []
    for one, mask in zip(maps, masks):
        labels, n = ndimage.label(mask, ndimage.generate_binary_structure(2, 2))
        shares.extend(share(one[labels == k + 1]) for k in range(n))
    return share(maps[~masks]), np.mean(shares, axis=0)
""")  # fmt: skip

# area_to_limit
A = "area_to_limit"
bank.wrong(A, "cut off", says="is lost", code="""
def area_to_limit(rates, overlaps, limit):
    inside = rates <= limit
    return integrate.trapezoid(overlaps[inside], rates[inside]) / limit
""")  # fmt: skip
bank.wrong(A, "not divided", says="divide by the limit", swap=(" / limit)", ")"))
bank.wrong(A, "to one", says="goes on to 1", code="""
def area_to_limit(rates, overlaps, limit):
    return integrate.trapezoid(overlaps, rates) / limit
""")  # fmt: skip
bank.wrong(A, "cut off, not divided", says="and", code="""
def area_to_limit(rates, overlaps, limit):
    inside = rates < limit
    return integrate.trapezoid(overlaps[inside], rates[inside])
""")  # fmt: skip
bank.wrong(A, "next point", says="BEYOND", code="""
def area_to_limit(rates, overlaps, limit):
    n = np.searchsorted(rates, limit, side="right") + 1
    return integrate.trapezoid(overlaps[:n], rates[:n]) / limit
""")  # fmt: skip
bank.wrong(
    A,
    "held level",
    says="held level",
    swap=("at_limit = np.interp(limit, rates, overlaps)", "at_limit = overlaps[before][-1]"),
)
bank.wrong(A, "clipped rates", says="next point", code="""
def area_to_limit(rates, overlaps, limit):
    n = np.searchsorted(rates, limit, side="right") + 1
    return integrate.trapezoid(overlaps[:n], np.minimum(rates[:n], limit)) / limit
""")  # fmt: skip
bank.wrong(A, "steps", says="steps", code="""
def area_to_limit(rates, overlaps, limit):
    x = np.minimum(rates, limit)
    return np.sum(np.diff(x) * overlaps[:-1]) / limit
""")  # fmt: skip
bank.wrong(
    A,
    "mean",
    says="mean of the overlaps",
    swap=("integrate.trapezoid(y, x) / limit", "np.mean(overlaps[rates <= limit])"),
)
bank.wrong(A, "axes exchanged", says="", swap=("trapezoid(y, x)", "trapezoid(x, y)"))
bank.wrong(
    A, "height only", says="not the area", swap=("integrate.trapezoid(y, x) / limit", "at_limit")
)
bank.wrong(A, "limit 0.3 written in", says="", swap=("    before", "    limit = 0.3\n    before"))
bank.wrong(A, "no return", says="return", swap=("return float", "float"))
bank.wrong(
    A, "divided by the largest overlap", says="", swap=(" / limit)", " / limit / overlaps.max())")
)
bank.right(A, "loop", code="""
def area_to_limit(rates, overlaps, limit):
    area = 0.0
    for k in range(1, len(rates)):
        a, b = rates[k - 1], rates[k]
        if a >= limit:
            break
        y0, y1 = overlaps[k - 1], overlaps[k]
        if b > limit:
            y1 = y0 + (y1 - y0) * (limit - a) / (b - a)
            b = limit
        area += (b - a) * (y0 + y1) / 2
    return area / limit
""")  # fmt: skip
bank.right(A, "searchsorted", code="""
def area_to_limit(rates, overlaps, limit):
    k = np.searchsorted(rates, limit)
    y = np.interp(limit, rates[k - 1 : k + 1], overlaps[k - 1 : k + 1])
    x, y = np.r_[rates[:k], limit], np.r_[overlaps[:k], y]
    return np.sum(np.diff(x) * (y[:-1] + y[1:])) / 2 / limit
""")  # fmt: skip

# cheapest_threshold
T = "cheapest_threshold"
FALSE = "(1 - bad_share) * cost_alarm * false"
bank.wrong(
    T,
    "share ignored",
    says="not used",
    swap=("bad_share * cost_miss * missed + " + FALSE, "cost_miss * missed + cost_alarm * false"),
)
bank.wrong(T, "mean over the validation parts", says="as if the line had as many", code="""
def cost_of_a_part(scores, is_bad, threshold, cost_miss, cost_alarm, bad_share):
    alarm = scores >= threshold
    return np.mean(cost_miss * (is_bad & ~alarm) + cost_alarm * (alarm & ~is_bad))


def cheapest_threshold(scores, is_bad, cost_miss, cost_alarm, bad_share):
    tries = [*scores, np.inf]
    return min(tries, key=lambda t: cost_of_a_part(scores, is_bad, t, cost_miss, cost_alarm, bad_share))
""")  # fmt: skip
bank.wrong(T, "shares of all parts", says="shares of ALL parts", swap=("missed = np.mean(scores[is_bad] < threshold)\n    false = np.mean(scores[~is_bad] >= threshold)",
           "missed = np.mean(is_bad & (scores < threshold))\n    false = np.mean(~is_bad & (scores >= threshold))"))  # fmt: skip
bank.wrong(
    T,
    "factor of good parts missing",
    says="that factor is missing",
    swap=("(1 - bad_share) * ", ""),
)
bank.wrong(
    T,
    "shares exchanged",
    says="exchanged",
    swap=(
        "bad_share * cost_miss * missed + " + FALSE,
        "(1 - bad_share) * cost_miss * missed + bad_share * cost_alarm * false",
    ),
)
bank.wrong(
    T,
    "costs exchanged",
    says="exchanged",
    swap=(
        "cost_miss * missed + (1 - bad_share) * cost_alarm",
        "cost_alarm * missed + (1 - bad_share) * cost_miss",
    ),
)
bank.wrong(
    T,
    "above only",
    says="AT the threshold",
    swap=(
        "< threshold)\n    false = np.mean(scores[~is_bad] >= threshold)",
        "<= threshold)\n    false = np.mean(scores[~is_bad] > threshold)",
    ),
)
bank.wrong(
    T,
    "never not tried",
    says="never to ring",
    swap=("[*np.unique(scores), np.inf]", "np.unique(scores)"),
)
bank.wrong(
    T,
    "always not tried",
    says="always to ring",
    swap=("[*np.unique(scores), np.inf]", "[*np.unique(scores)[1:], np.inf]"),
)
bank.wrong(T, "dearest", says="can be had", swap=("argmin", "argmax"))
bank.wrong(
    T,
    "the cost",
    says="can be had",
    swap=("float(candidates[int(np.argmin(costs))])", "float(min(costs))"),
)
bank.wrong(
    T,
    "an index",
    says="can be had",
    swap=("float(candidates[int(np.argmin(costs))])", "float(np.argmin(costs))"),
)
bank.wrong(
    T,
    "95th percentile of good parts",
    says="can be had",
    swap=("float(candidates[int(np.argmin(costs))])", "float(np.quantile(scores[~is_bad], 0.95))"),
)
bank.wrong(
    T,
    "ten even steps",
    says="every score",
    swap=(
        "[*np.unique(scores), np.inf]",
        "[-np.inf, *np.linspace(scores.min(), scores.max(), 10), np.inf]",
    ),
)
bank.wrong(
    T,
    "costs ignored in the choice",
    says="can be had",
    swap=("t, cost_miss, cost_alarm, bad_share) for", "t, 1, 1, bad_share) for"),
)
bank.wrong(
    T,
    "sorted in place",
    says="in place",
    swap=("    candidates =", "    scores.sort()\n    candidates ="),
)
bank.wrong(
    T, "no return of the cost", says="return", swap=("return float(bad_share", "float(bad_share")
)
bank.wrong(
    T,
    "no return of the threshold",
    says="return",
    swap=("return float(candidates", "float(candidates"),
)
bank.wrong(T, "share of the validation parts", says="as if the line had as many",
           swap=("    missed =", "    bad_share = np.mean(is_bad)\n    missed ="))  # fmt: skip
bank.wrong(T, "Youden's index", says="can be had", code="""
def cost_of_a_part(scores, is_bad, threshold, cost_miss, cost_alarm, bad_share):
    missed, false = np.mean(scores[is_bad] < threshold), np.mean(scores[~is_bad] >= threshold)
    return bad_share * cost_miss * missed + (1 - bad_share) * cost_alarm * false


def cheapest_threshold(scores, is_bad, cost_miss, cost_alarm, bad_share):
    def youden(t):
        return np.mean(scores[is_bad] >= t) - np.mean(scores[~is_bad] >= t)

    return max([*scores, np.inf], key=youden)
""")  # fmt: skip
bank.right(T, "midpoints, arrays", code="""
def cost_of_a_part(scores, is_bad, threshold, cost_miss, cost_alarm, bad_share):
    rings = scores >= threshold
    recall = rings[is_bad].mean()
    return bad_share * cost_miss * (1 - recall) + cost_alarm * (1 - bad_share) * rings[~is_bad].mean()


def cheapest_threshold(scores, is_bad, cost_miss, cost_alarm, bad_share):
    s = np.unique(scores)
    tries = np.r_[s[0] - 1, (s[1:] + s[:-1]) / 2, s[-1] + 1]
    missed = (scores[is_bad][None] < tries[:, None]).mean(axis=1)
    false = (scores[~is_bad][None] >= tries[:, None]).mean(axis=1)
    return tries[np.argmin(bad_share * cost_miss * missed + (1 - bad_share) * cost_alarm * false)]
""")  # fmt: skip
bank.right(T, "plain loops, last of the cheapest", code="""
def cost_of_a_part(scores, is_bad, threshold, cost_miss, cost_alarm, bad_share):
    missed = sum(1 for s, b in zip(scores, is_bad) if b and s < threshold) / sum(is_bad)
    false = sum(1 for s, b in zip(scores, is_bad) if not b and s >= threshold) / sum(~is_bad)
    return bad_share * missed * cost_miss + (1 - bad_share) * false * cost_alarm


def cheapest_threshold(scores, is_bad, cost_miss, cost_alarm, bad_share):
    best, least = None, float("inf")
    for t in sorted(scores) + [max(scores) + 1]:
        c = cost_of_a_part(scores, is_bad, t, cost_miss, cost_alarm, bad_share)
        if c <= least:
            best, least = t, c
    return best
""")  # fmt: skip

# mistakes that other learners would make
bank.wrong(E, "the mean is not added again", says="missing in what is rebuilt",
           swap=("rest = centred - centred @", "rest = new - centred @"))  # fmt: skip
bank.wrong(E, "standardised columns", says="standard deviation", code="""
def reconstruction_errors(good, new, k):
    mean, std = good.mean(axis=0), good.std(axis=0)
    g, c = (good - mean) / std, (new - mean) / std
    v = np.linalg.svd(g, full_matrices=False)[2][:k]
    return ((c - c @ v.T @ v) ** 2).sum(axis=1)
""")  # fmt: skip
bank.wrong(E, "the loop keeps the last component", says="only component k", code="""
def reconstruction_errors(good, new, k):
    mu = good.mean(axis=0)
    v = np.linalg.svd(good - mu, full_matrices=False)[2]
    c = new - mu
    for j in range(k):
        rebuilt = np.outer(c @ v[j], v[j])
    return ((c - rebuilt) ** 2).sum(axis=1)
""")  # fmt: skip
bank.wrong(E, "directions of a QR decomposition", says="how the directions are found", code="""
def reconstruction_errors(good, new, k):
    mu = good.mean(axis=0)
    q = np.linalg.qr((good - mu).T)[0][:, :k]
    c = new - mu
    return ((c - c @ q @ q.T) ** 2).sum(axis=1)
""")  # fmt: skip
bank.wrong(C, "cosine", says="angles", code="""
def coreset(rows, size, first=0):
    u = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    kept, near = [first], 1 - u @ u[first]
    while len(kept) < size:
        kept.append(int(np.argmax(near)))
        near = np.minimum(near, 1 - u @ u[kept[-1]])
    return np.array(kept)
""")  # fmt: skip
bank.wrong(C, "numbers of the rows that are left", says="only the rows that are left", code="""
def coreset(rows, size, first=0):
    kept, memory, rest = [first], rows[[first]], np.delete(rows, first, axis=0)
    while len(kept) < size:
        k = int(np.linalg.norm(rest[:, None] - memory, axis=-1).min(axis=1).argmax())
        kept.append(k)
        memory, rest = np.vstack([memory, rest[k]]), np.delete(rest, k, axis=0)
    return np.array(kept)
""")  # fmt: skip
bank.wrong(C, "first distances to row 0", says="those to row 0", swap=("nearest = np.sum((rows - rows[first])", "nearest = np.sum((rows - rows[0])"))  # fmt: skip
bank.wrong(C, "the last row is never looked at", says="never looked at",
           swap=("int(np.argmax(nearest))", "int(np.argmax(nearest[:-1]))"))  # fmt: skip
bank.right(C, "last of ties", code="""
def coreset(rows, size, first=0):
    out, near, k = np.empty(size, dtype=int), np.full(len(rows), np.inf), first
    for i in range(size):
        out[i] = k
        near = np.minimum(near, np.sqrt(((rows - rows[k]) ** 2).sum(-1)))
        near[k] = -np.inf
        k = len(rows) - 1 - int(np.argmax(near[::-1]))
    return out
""")  # fmt: skip
bank.wrong(D, "float16", says="16 bits",
           swap=("return nearest.reshape", "nearest = nearest.astype('float16')\n    return nearest.reshape"))  # fmt: skip
bank.wrong(D, "column order", says="other places", swap=("nearest.reshape(queries.shape[:-1])", "nearest.reshape(queries.shape[:-1], order='F')"))  # fmt: skip
bank.wrong(D, "a small number under the root", says="look at the distance itself",
           swap=("np.maximum(squared.min(axis=1), 0)", "np.maximum(squared.min(axis=1), 0) + 0.1"))  # fmt: skip
bank.wrong(P, "rates by picture", says="each picture has a rate of its own", swap=("rates = [np.mean(sound >= t) for t in thresholds]",
           "rates = [np.mean([np.mean(m[~k] >= t) for m, k in zip(maps, masks)]) for t in thresholds]"))  # fmt: skip
bank.wrong(P, "a region is found by one pixel", says="with one marked pixel",
           swap=("np.mean([np.mean(region >= t)", "np.mean([np.any(region >= t)"))  # fmt: skip
bank.wrong(P, "median over the regions", says="a simple case",
           swap=("np.mean([np.mean(region >= t) for", "np.median([np.mean(region >= t) for"))  # fmt: skip
bank.wrong(A, "all points by interp", says="vertical steps were lost", code="""
def area_to_limit(rates, overlaps, limit):
    x = np.append(rates[rates < limit], limit)
    return integrate.trapezoid(np.interp(x, rates, overlaps), x) / limit
""")  # fmt: skip
bank.wrong(A, "a fine grid", says="an even grid", code="""
def area_to_limit(rates, overlaps, limit):
    x = np.linspace(0, limit, 200)
    return integrate.trapezoid(np.interp(x, rates, overlaps), x) / limit
""")  # fmt: skip
bank.wrong(A, "above chance", says="a simple curve",
           swap=("integrate.trapezoid(y, x) / limit", "(integrate.trapezoid(y, x) - limit**2 / 2) / limit"))  # fmt: skip
bank.wrong(T, "misses only", says="false alarms are missing", swap=(" + " + FALSE, ""))
bank.wrong(T, "stops at the first rise", says="lower farther off",
           swap=("int(np.argmin(costs))", "next((k for k in range(len(costs) - 1) if costs[k + 1] > costs[k]), -1)"))  # fmt: skip
bank.wrong(T, "half of the line", says="half the line", swap=("t, cost_miss, cost_alarm, bad_share) for", "t, cost_miss, cost_alarm, 0.5) for"))  # fmt: skip
