"""Answers to the exercises of lesson 24, right and wrong."""

from tests.bank import Bank

bank = Bank()

# linear_probe
L = "linear_probe"
HEAD = "def linear_probe(train, labels, val, val_labels, test, test_labels, strengths):\n"
FITTED = (
    "    probes = [LogisticRegression(C=c, max_iter=500).fit(train, labels) for c in strengths]\n"
)
CHOOSE = "probe.score(val, val_labels)"
SCORE = "best_probe.score(test, test_labels)"


def probes(body):
    """A cell that fits all probes first."""
    return HEAD + FITTED + "    " + body + "\n"


bank.wrong(
    L, "chosen by the test", says="by the TEST", swap=(CHOOSE, "probe.score(test, test_labels)")
)
bank.wrong(
    L, "chosen by the training", says="strength", swap=(CHOOSE, "probe.score(train, labels)")
)
bank.wrong(
    L,
    "fitted on the test",
    says="fitted on the TEST",
    swap=(SCORE, "best_probe.fit(test, test_labels).score(test, test_labels)"),
)
bank.wrong(
    L,
    "fitted on the validation data, too",
    says="validation data, too",
    swap=(
        SCORE,
        "best_probe.fit(np.concatenate([train, val]), np.concatenate([labels, val_labels]))"
        ".score(test, test_labels)",
    ),
)
bank.wrong(
    L, "validation accuracy", says="accuracy on the validation data", swap=(SCORE, "best_accuracy")
)
bank.wrong(
    L,
    "training accuracy",
    says="accuracy on the training",
    swap=(SCORE, "best_probe.score(train, labels)"),
)
bank.wrong(L, "the last one", says="strength", swap=(SCORE, "probe.score(test, test_labels)"))
bank.wrong(
    L,
    "the first one",
    says="strength",
    code=probes("return float(probes[0].score(test, test_labels))"),
)
bank.wrong(
    L,
    "the worst",
    says="worst",
    code=probes(
        "return min(probes, key=lambda p: p.score(val, val_labels)).score(test, test_labels)"
    ),
)
bank.wrong(
    L,
    "the last of equally good ones",
    says="FIRST",
    swap=("accuracy > best_accuracy", "accuracy >= best_accuracy"),
)
bank.wrong(L, "per cent", says="per cent", swap=(SCORE, "100 * " + SCORE))
bank.wrong(L, "wrong answers", says="wrong answers", swap=(SCORE, "1 - " + SCORE))
bank.wrong(
    L,
    "predictions",
    says="predictions",
    swap=("float(" + SCORE + ")", "best_probe.predict(test)"),
)
bank.wrong(
    L,
    "all accuracies",
    says="return one",
    code=probes("return [p.score(test, test_labels) for p in probes]"),
)
bank.wrong(L, "no return", says="return", swap=("return float", "float"))
bank.right(
    L,
    "max with a key",
    code=probes(
        "return max(probes, key=lambda p: p.score(val, val_labels)).score(test, test_labels)"
    ),
)
bank.right(
    L,
    "argmax of a list",
    code=probes(
        "accuracies = [np.mean(p.predict(val) == val_labels) for p in probes]\n"
        "    best = probes[int(np.argmax(accuracies))]\n"
        "    return np.mean(best.predict(test) == test_labels)"
    ),
)

bank.wrong(
    L,
    "stops at the first fall",
    says="try all strengths",
    swap=(
        "        if accuracy > best_accuracy:\n",
        "        if accuracy < best_accuracy:\n            break\n        if accuracy > best_accuracy:\n",
    ),
)
bank.wrong(
    L,
    "strengths not used",
    says="give each probe its C",
    swap=("C=strength, max_iter=500", "max_iter=500"),
)
bank.wrong(L, "the inverse", says="1 / strength", swap=("C=strength", "C=1 / strength"))
bank.wrong(
    L,
    "validation and test exchanged",
    says="exchanged",
    code=HEAD.replace("val, val_labels, test, test_labels", "test, test_labels, val, val_labels")
    + FITTED
    + "    best = max(probes, key=lambda p: p.score(val, val_labels))\n"
    "    return best.score(test, test_labels)\n",
)

bank.wrong(
    L,
    "chosen by the test, in per cent",
    says="by the TEST; choose it by the validation data. And it is in per cent",
    code=probes("return 100 * max(p.score(test, test_labels) for p in probes)"),
)
bank.wrong(
    L,
    "validation error",
    says="validation data; use it to choose, then score `test`. And it is the share of WRONG",
    swap=(SCORE, "1 - best_accuracy"),
)
for name, says, tried in (
    ("the last never tried", "last strength was not tried", "strengths[:-1] or strengths"),
    ("the first never tried", "first strength was not tried", "strengths[1:] or strengths"),
    ("the lesson's strengths", "try those in `strengths`", "(0.01, 0.1, 1.0)"),
):
    bank.wrong(L, name, says=says, swap=("in strengths:", f"in {tried}:"))
bank.wrong(
    L,
    "sorted in place",
    says="in place",
    swap=(
        "    best_accuracy, best_probe =",
        "    strengths.sort()\n    best_accuracy, best_probe =",
    ),
)
bank.wrong(
    L,
    "each part scaled by itself",
    says="scaled by itself",
    code=HEAD
    + "    train, val, test = ((x - x.mean(axis=0)) / x.std(axis=0) for x in (train, val, test))\n"
    + FITTED
    + "    best = max(probes, key=lambda p: p.score(val, val_labels))\n"
    "    return best.score(test, test_labels)\n",
)
bank.wrong(
    L,
    "mean over the strengths",
    says="mean over all strengths",
    code=probes("return np.mean([p.score(test, test_labels) for p in probes])"),
)
bank.wrong(
    L,
    "accuracy and strength",
    says="return the accuracy alone",
    swap=("float(" + SCORE + ")", SCORE + ", best_probe.C"),
)
bank.wrong(
    L,
    "the place of the best",
    says="place of the best strength",
    code=probes("return int(np.argmax([p.score(val, val_labels) for p in probes]))"),
)
bank.right(
    L,
    "a table of validation accuracies, fitted again",
    code=HEAD + "    def fitted(c):\n"
    "        return LogisticRegression(C=c, solver='newton-cg', max_iter=500).fit(train, labels)\n\n"
    "    found = {c: fitted(c).score(val, val_labels) for c in strengths}\n"
    "    return np.mean(fitted(max(found, key=found.get)).predict(test) == test_labels)\n",
)

bank.right(
    L,
    "wrong answers counted, float32",
    code="def linear_probe(train, labels, val, val_labels, test, test_labels, strengths):\n"
    "    def error(probe, codes, labels):\n"
    "        return np.count_nonzero(probe.predict(codes) != labels) / len(labels)\n\n"
    "    train, val, test = (codes.astype('float32') for codes in (train, val, test))\n"
    + FITTED
    + "    best = min(probes, key=lambda probe: error(probe, val, val_labels))\n"
    "    return 1 - error(best, test, test_labels)\n",
)

# training_pairs
T = "training_pairs"
PAIR = "(distort(target, seed + start), target)"
ORDER = "np.random.default_rng(seed).permutation(len(pictures))"
bank.wrong(
    T,
    "distorted target",
    says="targets are distorted",
    swap=(PAIR, "(distort(target, seed + start), distort(target, seed))"),
)
bank.wrong(T, "exchanged", says="exchanged", swap=(PAIR, "(target, distort(target, seed + start))"))
bank.wrong(T, "not distorted", says="call `distort`", swap=(PAIR, "(target, target)"))
bank.wrong(
    T,
    "distorted twice",
    says="twice",
    swap=(PAIR, "(distort(distort(target, seed), seed + start), target)"),
)
bank.wrong(T, "not shuffled", says="shuffle", swap=(ORDER, "np.arange(len(pictures))"))
bank.wrong(
    T,
    "with replacement",
    says="twice and others",
    swap=(ORDER, "np.random.default_rng(seed).integers(0, len(pictures), len(pictures))"),
)
bank.wrong(
    T,
    "pairs torn apart",
    says="do not fit",
    swap=(PAIR, "(distort(pictures[start : start + batch_size], seed + start), target)"),
)
bank.wrong(
    T,
    "last batch missing",
    says="last, smaller batch",
    swap=(
        "range(0, len(pictures), batch_size)",
        "range(0, len(pictures) - batch_size + 1, batch_size)",
    ),
)
bank.wrong(T, "a fixed order", says="same order", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(T, "every batch alike", says="Every batch", swap=("seed + start", "seed"))
bank.wrong(T, "a fixed distortion", says="same distortions", swap=("seed + start", "start"))
bank.wrong(
    T,
    "no seed",
    says="same seed differ",
    swap=("np.random.default_rng(seed)", "np.random.default_rng()"),
)
bank.wrong(
    T,
    "a generator",
    says="list",
    code="def training_pairs(pictures, distort, batch_size, seed):\n"
    "    order = np.random.default_rng(seed).permutation(len(pictures))\n"
    "    for start in range(0, len(pictures), batch_size):\n"
    "        target = pictures[order[start : start + batch_size]]\n"
    "        yield distort(target, seed), target\n",
)
bank.wrong(
    T,
    "shuffled in place",
    says="in place",
    swap=("originals = pictures[order]", "pictures[:] = pictures[order]\n    originals = pictures"),
)
bank.right(
    T,
    "all at once",
    code="def training_pairs(pictures, distort, batch_size, seed):\n"
    "    x = np.random.default_rng(seed).permutation(pictures)\n"
    "    spoiled = distort(x, seed)\n"
    "    cuts = range(batch_size, len(x), batch_size)\n"
    "    return list(zip(np.split(spoiled, cuts), np.split(x, cuts), strict=True))\n",
)
bank.right(
    T,
    "distorted before the shuffle",
    code="def training_pairs(pictures, distort, batch_size, seed):\n"
    "    order = np.random.default_rng(seed + 1).permutation(len(pictures))\n"
    "    a, b = distort(pictures, seed + 7)[order], pictures[order]\n"
    "    return [(a[i : i + batch_size], b[i : i + batch_size]) for i in range(0, len(a), batch_size)]\n",
)

bank.wrong(
    T,
    "shuffled within batches",
    says="near each other",
    code="def training_pairs(pictures, distort, batch_size, seed):\n"
    "    rng, batches = np.random.default_rng(seed), []\n"
    "    for start in range(0, len(pictures), batch_size):\n"
    "        x = rng.permutation(pictures[start : start + batch_size])\n"
    "        batches.append((distort(x, seed + start), x))\n"
    "    return batches\n",
)
bank.wrong(
    T,
    "turned round at random",
    says="near each other",
    swap=(
        ORDER,
        "np.roll(np.arange(len(pictures)), np.random.default_rng(seed).integers(1, 99))",
    ),
)
bank.wrong(
    T,
    "pairs of seeds share an order",
    says="same order",
    swap=("default_rng(seed)", "default_rng(seed // 2)"),
)
bank.wrong(
    T,
    "rows of pixels shuffled",
    says="not the pictures that were given",
    swap=("pictures[order]", "np.random.default_rng(seed).permutation(pictures, axis=1)"),
)
bank.right(
    T,
    "a seed for each batch",
    code="def training_pairs(pictures, distort, batch_size, seed):\n"
    "    rng = np.random.default_rng(seed)\n"
    "    x = rng.permutation(pictures)\n"
    "    parts = [x[i : i + batch_size] for i in range(0, len(x), batch_size)]\n"
    "    return [(distort(part, int(rng.integers(2**31))), part) for part in parts]\n",
)
bank.right(
    T,
    "Python's shuffle, lists",
    code="def training_pairs(pictures, distort, batch_size, seed):\n"
    "    import random\n\n"
    "    order = list(range(len(pictures)))\n"
    "    random.Random(seed).shuffle(order)\n"
    "    x = np.take(pictures, order, axis=0)\n"
    "    y = distort(x, seed)\n"
    "    return [[y[i : i + batch_size], x[i : i + batch_size]] for i in range(0, len(x), batch_size)]\n",
)

# precision_at_k
P = "precision_at_k"
bank.wrong(
    P,
    "own kin counted",
    says="own kin",
    swap=("kin[:, None] == kin[None, :]", "np.eye(len(kin), dtype=bool)"),
)
bank.wrong(
    P,
    "nothing left out",
    says="itself",
    swap=("allowed[related] = np.inf", "allowed[related] += 0"),
)
bank.wrong(
    P,
    "first result skipped, kin kept",
    says="own kin",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    order = np.argsort(distances, axis=1, kind='stable')[:, 1 : k + 1]\n"
    "    return float((labels[order] == labels[:, None]).mean())\n",
)
bank.wrong(
    P,
    "farthest",
    says="farthest",
    swap=(
        "allowed[related] = np.inf",
        "allowed[related] = np.inf\n    allowed = np.where(related, np.inf, -allowed)",
    ),
)
bank.wrong(P, "k + 1 results", says="k + 1", swap=("order[:, :k]", "order[:, : k + 1]"))
bank.wrong(P, "the first result only", says="precision at 1", swap=("order[:, :k]", "order[:, :1]"))
bank.wrong(
    P, "per cent", says="per cent", swap=("float(right.mean())", "float(100 * right.mean())")
)
bank.wrong(P, "a count", says="divide", swap=("right.mean()", "right.sum()"))
bank.wrong(
    P, "any right result", says="at least one", swap=("right.mean()", "right.any(axis=1).mean()")
)
bank.wrong(
    P, "columns", says="exchanged", swap=("distances.astype(float)", "distances.T.astype(float)")
)
bank.wrong(
    P,
    "changed in place",
    says="in place",
    swap=("distances.astype(float)", "distances"),
)
bank.wrong(
    P,
    "infinity times zero",
    says="NaN",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    far = distances + np.inf * (kin[:, None] == kin)\n"
    "    order = np.argsort(far, axis=1, kind='stable')[:, :k]\n"
    "    right = (labels[order] == labels[:, None]) * np.take_along_axis(far, order, 1)\n"
    "    return float(np.nanmean(right) * np.nan)\n",
)
bank.wrong(
    P,
    "integers kept",
    says="integer",
    swap=("distances.astype(float)", "distances.copy()"),
)
bank.wrong(
    P,
    "kin at the largest distance",
    says="largest one",
    swap=("= np.inf", "= distances.max()"),
)
bank.wrong(P, "kin at 0", says="infinity, not 0", swap=("= np.inf", "= 0"))
bank.wrong(P, "the nearest skipped", says="skipped", swap=("order[:, :k]", "order[:, 1 : k + 1]"))
bank.wrong(
    P,
    "own label left out",
    says="LABEL",
    swap=("kin[:, None] == kin[None, :]", "labels[:, None] == labels[None, :]"),
)
bank.wrong(
    P,
    "kin left out too late",
    says="before you take k",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    found = np.argsort(distances, axis=1, kind='stable')[:, :k]\n"
    "    allowed = kin[found] != kin[:, None]\n"
    "    return float((labels[found] == labels[:, None])[allowed].mean())\n",
)
bank.wrong(
    P,
    "later ones first at ties",
    says="smaller number comes first",
    swap=(
        'order = np.argsort(allowed, axis=1, kind="stable")',
        'order = len(kin) - 1 - np.argsort(allowed[:, ::-1], axis=1, kind="stable")',
    ),
)
bank.wrong(
    P, "wrong results", says="wrong results", swap=("== labels[:, None]", "!= labels[:, None]")
)
bank.right(
    P,
    "a loop",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    shares = []\n"
    "    for i, row in enumerate(distances):\n"
    "        others = np.flatnonzero(kin != kin[i])\n"
    "        found = others[np.argsort(row[others], kind='stable')][:k]\n"
    "        shares.append(np.mean(labels[found] == labels[i]))\n"
    "    return np.mean(shares)\n",
)
bank.right(
    P,
    "np.where",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    far = np.where(np.equal.outer(kin, kin), np.inf, distances)\n"
    "    found = np.lexsort((np.broadcast_to(np.arange(len(kin)), far.shape), far))[:, :k]\n"
    "    return (labels[found] == labels[:, None]).sum() / found.size\n",
)

for value in ("2", "1000", "1e9"):
    bank.wrong(P, f"kin at {value}", says="set", swap=("= np.inf", f"= {value}"))
bank.wrong(P, "always ten", says="10 results", swap=("order[:, :k]", "order[:, :10]"))
bank.wrong(
    P,
    "divided by ten",
    says="divided by 10",
    swap=("right.mean()", "right.sum() / (10 * len(labels))"),
)
bank.wrong(
    P,
    "own kin only",
    says="only the query's own kin is searched",
    swap=("allowed[related]", "allowed[~related]"),
)
bank.wrong(P, "columns sorted", says="axis=0", swap=("axis=1", "axis=0"))
bank.wrong(
    P,
    "kin compared",
    says="kin compared",
    swap=("labels[nearest] == labels", "kin[nearest] == kin"),
)
bank.wrong(
    P,
    "recall",
    says="recall",
    swap=(
        "right.mean()",
        "(right.sum(1) / ((labels[:, None] == labels) & ~related).sum(1)).mean()",
    ),
)
bank.wrong(P, "median", says="median", swap=("right.mean()", "np.median(right.mean(axis=1))"))
bank.wrong(
    P, "a value a query", says="average them", swap=("float(right.mean())", "right.mean(axis=1)")
)
bank.wrong(
    P,
    "kin left out too late, divided by k",
    says="not replaced by others",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    found = np.argsort(distances, axis=1, kind='stable')[:, :k]\n"
    "    right = (labels[found] == labels[:, None]) & (kin[found] != kin[:, None])\n"
    "    return right.mean()\n",
)
bank.wrong(
    P,
    "duplicates left out",
    says="distances of 0",
    swap=("allowed[related]", "allowed[related | (distances == 0)]"),
)
bank.wrong(
    P,
    "own kin counted, in per cent",
    says="own kin is among the results; leave it out. And it is in per cent",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    far = distances + np.diag(np.full(len(kin), 1e99))\n"
    "    found = np.argsort(far, axis=1, kind='stable')[:, :k]\n"
    "    return 100 * (labels[found] == labels[:, None]).mean()\n",
)
bank.wrong(
    P,
    "kin left out where the label is the same",
    says="kin AND label",
    swap=("allowed[related]", "allowed[related & (labels[:, None] == labels)]"),
)
bank.wrong(
    P,
    "unstable sort",
    says="kind='stable'",
    swap=('np.argsort(allowed, axis=1, kind="stable")', "np.argpartition(allowed, k, axis=1)"),
)
bank.right(
    P,
    "a table for each query",
    code="def precision_at_k(distances, labels, kin, k):\n"
    "    shares = []\n"
    "    for row, label, own in zip(distances, labels, kin, strict=True):\n"
    "        table = pd.DataFrame({'distance': row, 'label': labels})[kin != own]\n"
    "        first = table.sort_values('distance', kind='stable').head(k)\n"
    "        shares.append((first['label'] == label).mean())\n"
    "    return float(np.mean(shares))\n",
)
bank.right(
    P,
    "more than the largest distance",
    swap=("allowed[related] = np.inf", "allowed[related] = distances.max() + 1.0"),
)

# binary_codes
B = "binary_codes"
SIGNS = (
    "def sign_bits(codes, directions):\n    return codes @ directions > 0\n\n\n"
    "def hamming_distances(bits):\n    "
)
bank.wrong(B, "zero is True", says="exactly 0", swap=("products > 0", "products >= 0"))
bank.wrong(B, "below 0", says="sign is wrong", swap=("products > 0", "products < 0"))
bank.wrong(B, "signs", says="signs", swap=("products > 0", "np.sign(products)"))
bank.wrong(B, "products", says="the products", swap=("products > 0", "products"))
bank.wrong(B, "transposed", says="exchanged", swap=("products > 0", "(products > 0).T"))
bank.wrong(B, "integers for bits", says="bool", swap=("products > 0", "(products > 0).astype(int)"))
bank.wrong(
    B,
    "places that agree",
    says="agree",
    code=SIGNS + "return (bits[:, None] == bits[None]).sum(axis=2)\n",
)
bank.wrong(
    B, "a mean", says="divided", code=SIGNS + "return (bits[:, None] != bits[None]).mean(axis=2)\n"
)
bank.wrong(
    B,
    "one direction",
    says="only one direction",
    swap=("(only_first + only_first.T).astype(int)", "only_first.astype(int)"),
)
bank.wrong(
    B,
    "not counted",
    says="count them",
    code=SIGNS + "return bits[:, None] != bits[None]\n",
)
bank.wrong(
    B,
    "a product of bools",
    says="product of bools",
    code=SIGNS + "return (bits @ ~bits.T).astype(int) + (~bits @ bits.T)\n",
)
bank.wrong(
    B,
    "columns compared",
    says="columns",
    code=SIGNS + "return (bits[:, :, None] != bits[:, None, :]).sum(axis=0)\n",
)
bank.wrong(
    B,
    "bytes that overflow",
    says="too small",
    code=SIGNS + "return (bits[:, None] != bits[None]).sum(axis=2, dtype='uint8')\n",
)
bank.wrong(
    B,
    "floats",
    says="integers",
    swap=("(only_first + only_first.T).astype(int)", "only_first + only_first.T"),
)
bank.right(B, "compared", code=SIGNS + "return (bits[:, None] != bits[None]).sum(axis=2)\n")
bank.right(
    B,
    "exclusive or, row by row",
    code="def sign_bits(codes, directions):\n"
    "    return np.einsum('nd,db->nb', codes, directions) > 0\n\n\n"
    "def hamming_distances(bits):\n"
    "    return np.stack([np.count_nonzero(bits ^ row, axis=1) for row in bits])\n",
)

for name, says, line in (
    ("a little above 0", "above 0, or rounded", "products > 1e-6"),
    ("rounded", "above 0, or rounded", "np.round(products) > 0"),
    ("centred", "centred", "(codes - codes.mean(axis=0)) @ directions > 0"),
    ("above the median", "median", "products > np.median(products, axis=0)"),
    ("signs multiplied", "SIGNS", "np.sign(codes) @ np.sign(directions) > 0"),
    ("not zero", "ABOVE 0", "products != 0"),
    ("a list", "list", "(products > 0).tolist()"),
):
    bank.wrong(B, name, says=says, swap=("products > 0", line))
for name, says, body in (
    ("the other direction", "only one direction", "return (1 - ones) @ ones.T"),
    ("signed differences", "cancel", "return ones.sum(1)[:, None] - ones.sum(1)"),
    ("numbers of ones", "NUMBERS", "return abs(ones.sum(1)[:, None] - ones.sum(1))"),
    ("64 bits", "fixed at 64", "s = 2 * ones - 1\n    return (64 - s @ s.T) // 2"),
    ("products of signs", "solve for d", "s = 2 * ones - 1\n    return s @ s.T"),
    (
        "signs squared",
        "divide by it",
        "s = 2 * ones - 1\n    return ((s[:, None] - s) ** 2).sum(2)",
    ),
    ("~ of integers", "1 - x", "return ones @ ~ones.T + ~ones @ ones.T"),
    ("half a table", "both halves", "return np.triu((ones[:, None] != ones).sum(2))"),
    ("share that agrees", "AGREE", "return (ones[:, None] == ones).mean(2)"),
    ("lists", "list", "return (ones[:, None] != ones).sum(2).tolist()"),
    (
        "small integers",
        "int8 is too small",
        "b = bits.astype('int8')\n    return b @ (1 - b).T + (1 - b) @ b.T",
    ),
):
    bank.wrong(B, name, says=says, code=SIGNS + "ones = bits.astype(int)\n    " + body + "\n")
bank.right(
    B,
    "tensors and packed bytes",
    code="def sign_bits(codes, directions):\n"
    "    unit = codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-300)\n"
    "    return np.asarray(ops.matmul(unit, directions) > 0)\n\n\n"
    "def hamming_distances(bits):\n"
    "    packed = np.packbits(bits, axis=1)\n"
    "    return np.unpackbits(packed[:, None] ^ packed, axis=2).sum(axis=2, dtype='int32')\n",
)
bank.right(
    B,
    "products of signs, solved",
    code=SIGNS + "s = np.where(bits, 1, -1)\n    return (bits.shape[1] - s @ s.T) // 2\n",
)

# adjusted_rand_index
A = "adjusted_rand_index"
END = "float((together - expected) / (most - expected))"
bank.wrong(A, "not adjusted", says="not subtracted", swap=("a * b / pairs(table.sum())", "0.0"))
bank.wrong(A, "not halved", says="not halved", swap=("most = (a + b) / 2", "most = a + b"))
bank.wrong(A, "squares", says="squares", swap=("counts * (counts - 1) / 2", "counts * counts / 2"))
bank.wrong(A, "the larger", says="larger", swap=("(a + b) / 2", "max(a, b)"))
bank.wrong(A, "the root", says="root", swap=("(a + b) / 2", "(a * b) ** 0.5"))
bank.wrong(A, "0 / 0", says="return 1.0", swap=("if most == expected:", "if False:"))
bank.wrong(A, "0 for 0 / 0", says="adjusted Rand index", swap=("return 1.0", "return 0.0"))
bank.wrong(
    A,
    "numbers compared",
    says="mean nothing",
    code="def adjusted_rand_index(labels, groups):\n    return float(np.mean(labels == groups))\n",
)
bank.wrong(
    A,
    "Rand index",
    says="this is the Rand index",
    code="def adjusted_rand_index(labels, groups):\n"
    "    one = labels[:, None] == labels\n"
    "    other = groups[:, None] == groups\n"
    "    i = np.triu_indices(len(labels), 1)\n"
    "    return float((one == other)[i].mean())\n",
)
bank.wrong(
    A,
    "each pair once",
    says="np.add.at",
    code="def adjusted_rand_index(labels, groups):\n"
    "    _, i = np.unique(labels, return_inverse=True)\n"
    "    _, j = np.unique(groups, return_inverse=True)\n"
    "    table = np.zeros((i.max() + 1, j.max() + 1))\n"
    "    table[i, j] += 1\n"
    "    s, a, b, n = (np.sum(t * (t - 1)) / 2 for t in (table, table.sum(1), table.sum(0), table.sum()))\n"
    "    if n == 0 or (a + b) / 2 == a * b / n:\n"
    "        return 1.0\n"
    "    return (s - a * b / n) / ((a + b) / 2 - a * b / n)\n",
)
bank.wrong(
    A,
    "as many groups as labels",
    says="out of bounds",
    code="def adjusted_rand_index(labels, groups):\n"
    "    _, i = np.unique(labels, return_inverse=True)\n"
    "    _, j = np.unique(groups, return_inverse=True)\n"
    "    table = np.zeros((i.max() + 1, max(3, i.max() + 1)))\n"
    "    np.add.at(table, (i, j), 1)\n"
    "    s, a, b, n = (np.sum(t * (t - 1)) / 2 for t in (table, table.sum(1), table.sum(0), table.sum()))\n"
    "    if n == 0 or (a + b) / 2 == a * b / n:\n"
    "        return 1.0\n"
    "    return (s - a * b / n) / ((a + b) / 2 - a * b / n)\n",
)
bank.wrong(A, "sign", says="sign", swap=(END, "-" + END))
bank.right(
    A,
    "np.add.at",
    code="def adjusted_rand_index(labels, groups):\n"
    "    _, i = np.unique(labels, return_inverse=True)\n"
    "    _, j = np.unique(groups, return_inverse=True)\n"
    "    table = np.zeros((i.max() + 1, j.max() + 1))\n"
    "    np.add.at(table, (i, j), 1)\n"
    "    s, a, b, n = (np.sum(t * (t - 1)) / 2 for t in (table, table.sum(1), table.sum(0), table.sum()))\n"
    "    if n == 0 or (a + b) / 2 == a * b / n:\n"
    "        return 1.0\n"
    "    return (s - a * b / n) / ((a + b) / 2 - a * b / n)\n",
)
bank.right(
    A,
    "pairs in a matrix",
    code="def adjusted_rand_index(labels, groups):\n"
    "    i = np.triu_indices(len(labels), 1)\n"
    "    one = (np.equal.outer(labels, labels))[i]\n"
    "    other = (np.equal.outer(groups, groups))[i]\n"
    "    s, a, b, n = (one & other).sum(), one.sum(), other.sum(), len(one)\n"
    "    low = 0.5 * (a + b) - a * b / n\n"
    "    return 1.0 if abs(low) < 1e-12 else float((s - a * b / n) / low)\n",
)

E = "expected = a * b / pairs(table.sum())"
for name, says, swap in (
    ("by n", "not by n.", (E, "expected = a * b / table.sum()")),
    ("by n squared", "not by n squared", (E, "expected = a * b / table.sum() ** 2")),
    ("by n (n - 1)", "half missing in n", (E, E.replace("a * b", "a * b / 2"))),
    ("rounded down", "rounded down", (E, E.replace(" / ", " // "))),
    ("m + 1", "m (m + 1)", ("(counts - 1)", "(counts + 1)")),
    ("rows twice", "row sums", ("table.sum(axis=0)", "table.sum(axis=1)")),
    ("means", "averaged", (" / 2).sum()", " / 2).mean()")),
    ("one half", "only B was halved", ("(a + b) / 2", "a + b / 2")),
    ("E above only", "not below", ("(most - expected))", "most)")),
    ("no brackets", "brackets are missing", ("(together - expected) /", "together - expected /")),
    ("upside down", "upside down", (END, "float((most - expected) / (together - expected))")),
    ("the diagonal", "diagonal", ("pairs(table)\n", "pairs(np.diag(table))\n")),
    ("per cent", "per cent", (END, "100 * " + END)),
    ("cut at 0", "do not cut", (END, "max(0.0, " + END + ")")),
    ("no sign", "sign was dropped", (END, "abs" + END.removeprefix("float"))),
    (
        "1 where one side is one group",
        "ONE side",
        ("most == expected", "most == expected or 1 in table.shape"),
    ),
    ("1 where A is B", "0 / 0 and the same groups only", ("most == expected", "a == b")),
):
    bank.wrong(A, name, says=says, swap=swap)
for name, says, line in (
    (
        "mutual information",
        "mutual information",
        "return normalized_mutual_info_score(labels, groups)",
    ),
    ("homogeneity", "homogeneity", "return homogeneity_score(labels, groups)"),
):
    imported = "    from sklearn.metrics import homogeneity_score, normalized_mutual_info_score\n\n"
    bank.wrong(
        A,
        name,
        says=says,
        code=f"def adjusted_rand_index(labels, groups):\n{imported}    {line}\n",
    )
bank.wrong(
    A,
    "labels as places",
    says="negative index",
    code="def adjusted_rand_index(labels, groups):\n"
    "    table = np.zeros((labels.max() + 1, groups.max() + 1))\n"
    "    np.add.at(table, (labels, groups), 1)\n"
    "    s, a, b, n = (np.sum(t * (t - 1)) / 2 for t in (table, table.sum(1), table.sum(0), table.sum()))\n"
    "    if n == 0 or (a + b) / 2 == a * b / n:\n"
    "        return 1.0\n"
    "    return (s - a * b / n) / ((a + b) / 2 - a * b / n)\n",
)
bank.wrong(A, "small integers", says="adjusted Rand index", swap=("dtype=float", 'dtype="int8"'))
bank.right(A, "no half anywhere", swap=("(counts - 1) / 2).sum()", "(counts - 1)).sum()"))
bank.right(
    A,
    "counters and whole numbers",
    code="def adjusted_rand_index(labels, groups):\n"
    "    from collections import Counter\n"
    "    from math import comb\n\n"
    "    def pairs(values):\n"
    "        return sum(comb(count, 2) for count in Counter(values).values())\n\n"
    "    labels, groups = labels.tolist(), groups.tolist()\n"
    "    s, a, b = pairs(zip(labels, groups, strict=True)), pairs(labels), pairs(groups)\n"
    "    n = comb(len(labels), 2)\n"
    "    below = (a + b) * n - 2 * a * b\n"
    "    return 2 * (s * n - a * b) / below if below else 1.0\n",
)

# split_by_group
S = "split_by_group"
ISIN = "np.isin(groups, chosen)"
bank.wrong(
    S,
    "rows drawn",
    says="both sides",
    code="def split_by_group(groups, share, seed):\n"
    "    return np.random.default_rng(seed).random(len(groups)) < max(share, 0.4)\n",
)
bank.wrong(S, "exchanged", says="exchanged", swap=(ISIN, "~" + ISIN))
bank.wrong(S, "groups returned", says="bool", swap=(ISIN, "chosen"))
bank.wrong(S, "numbers of rows", says="bool", swap=(ISIN, "np.flatnonzero(" + ISIN + ")"))
bank.wrong(
    S,
    "none for a small share",
    says="at least one",
    swap=("max(1, round(share * len(names)))", "round(share * len(names))"),
)
bank.wrong(S, "a fixed seed", says="Every seed", swap=("default_rng(seed)", "default_rng(0)"))
bank.wrong(S, "cut", says="rounded", swap=("round(share", "int(share"))
bank.wrong(
    S, "up", says="rounded", swap=("round(share * len(names))", "int(np.ceil(share * len(names)))")
)
bank.wrong(S, "a list", says="array", swap=(ISIN, ISIN + ".tolist()"))
bank.wrong(
    S,
    "each group by chance",
    says="exactly as many",
    code="def split_by_group(groups, share, seed):\n"
    "    names, which = np.unique(groups, return_inverse=True)\n"
    "    test = np.random.default_rng(seed).random(len(names)) < share\n"
    "    test[seed % len(names)] = True\n"
    "    return test[which]\n",
)
bank.wrong(
    S,
    "share of the rows",
    says="share is one of the groups",
    swap=("share * len(names)", "share * len(groups)"),
)
bank.wrong(S, "no seed", says="same seed", swap=("default_rng(seed)", "default_rng()"))
bank.wrong(
    S,
    "with replacement",
    says="share is one of the groups",
    swap=("replace=False", "replace=True"),
)
bank.wrong(
    S,
    "the first groups",
    says="Every seed",
    swap=("np.random.default_rng(seed).choice(names, count, replace=False)", "names[:count]"),
)
bank.wrong(S, "one value a group", says="one value a row", swap=(ISIN, "np.isin(names, chosen)"))
bank.right(
    S,
    "a permutation",
    code="def split_by_group(groups, share, seed):\n"
    "    names, which = np.unique(groups, return_inverse=True)\n"
    "    place = np.random.default_rng(seed).permutation(len(names))\n"
    "    return place[which] < max(1, round(share * len(names)))\n",
)
bank.right(
    S,
    "a set",
    code="def split_by_group(groups, share, seed):\n"
    "    import random\n\n"
    "    names = sorted(set(groups.tolist()))\n"
    "    test = set(random.Random(seed).sample(names, max(1, round(share * len(names)))))\n"
    "    return np.array([one in test for one in groups.tolist()])\n",
)
bank.wrong(
    S,
    "neighbours in the alphabet",
    says="neighbours in the order of names",
    swap=(
        "np.random.default_rng(seed).choice(names, count, replace=False)",
        "np.roll(names, seed)[:count]",
    ),
)
bank.wrong(
    S,
    "one more",
    says="rounded",
    swap=("max(1, round(share * len(names)))", "1 + round(share * len(names))"),
)
bank.wrong(
    S,
    "drawn from the rows",
    says="none twice",
    swap=("choice(names", "choice(groups"),
)
bank.right(
    S,
    "scikit-learn's, told how many",
    code="def split_by_group(groups, share, seed):\n"
    "    from sklearn.model_selection import GroupShuffleSplit\n\n"
    "    count = max(1, round(share * len(np.unique(groups))))\n"
    "    splits = GroupShuffleSplit(1, test_size=count, random_state=seed)\n"
    "    _, rows = next(splits.split(groups, groups=groups))\n"
    "    return np.isin(np.arange(len(groups)), rows)\n",
)
bank.right(
    S,
    "the smallest of random numbers",
    code="def split_by_group(groups, share, seed):\n"
    "    names, which = np.unique(groups, return_inverse=True)\n"
    "    number = np.random.default_rng(seed).random(len(names))\n"
    "    return (number <= np.sort(number)[max(1, round(share * len(names))) - 1])[which]\n",
)

# found by fresh answers
bank.wrong(
    L,
    "no intercept",
    says="no intercept",
    swap=("max_iter=500", "max_iter=500, fit_intercept=False"),
)
bank.wrong(
    L,
    "classes weighted",
    says="weights",
    swap=("max_iter=500", "max_iter=500, class_weight='balanced'"),
)
bank.wrong(
    L,
    "weights of the last fit only",
    says="where nothing is to choose",
    swap=("probe.fit(train, labels)", "probe.fit(train[::2], labels[::2])"),
)
bank.wrong(
    L,
    "the best two averaged",
    says="look at the choice",
    code=probes(
        "best = np.argsort([-p.score(val, val_labels) for p in probes], kind='stable')[:2]\n"
        "    return float(np.mean([probes[i].score(test, test_labels) for i in best]))"
    ),
)
bank.wrong(
    T,
    "each picture alone, one seed",
    says="all pictures of a batch at once",
    swap=(
        "(distort(target, seed + start), target)",
        "(np.concatenate([distort(t[None], seed) for t in target]), target)",
    ),
)
bank.wrong(P, "float32", says="float32 holds 7 digits", swap=("astype(float)", "astype('float32')"))
bank.wrong(
    P,
    "farthest, own kin first",
    says="own kin before all",
    swap=("np.argsort(allowed,", "np.argsort(-allowed,"),
)
bank.wrong(
    P,
    "divided by the size of the class",
    says="a small case",
    swap=("right.mean()", "(right.sum(1) / (labels[:, None] == labels).sum(1)).mean()"),
)
bank.wrong(
    B,
    "directions transposed",
    says="COLUMN",
    swap=(
        "codes @ directions",
        "codes @ (directions.T if len(directions.T) == len(directions) else directions)",
    ),
)
bank.wrong(
    B,
    "counts of 8 bits",
    says="above 255",
    swap=("only_first.T).astype(int)", "only_first.T).astype('uint8').astype(int)"),
)
bank.wrong(B, "signed counts of 8 bits", says="above 127", swap=('"float32"', '"int8"'))
bank.wrong(
    A,
    "absolute values",
    says="negative numbers",
    swap=("pd.crosstab(labels, groups)", "pd.crosstab(abs(labels), abs(groups))"),
)
bank.wrong(S, "at least two", says="2 of 3 groups", swap=("max(1,", "max(2,"))
bank.wrong(
    S,
    "never the first group",
    says="draw from all groups",
    swap=("choice(names,", "choice(names[1:],"),
)
bank.wrong(
    S,
    "even or odd seed",
    says="2 different splits",
    swap=("default_rng(seed)", "default_rng(seed % 2)"),
)
bank.wrong(
    L,
    "better by much only",
    says="strength",
    swap=("accuracy > best_accuracy", "accuracy > best_accuracy + 0.05"),
)
bank.wrong(
    T,
    "two batches alike",
    says="do two batches",
    swap=("seed + start", "seed + start % (2 * batch_size)"),
)
bank.wrong(
    T, "five seeds in turn", says="do two batches", swap=("seed + start", "(seed + start) % 5")
)
