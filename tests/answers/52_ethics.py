"""Answers to the exercises of lesson 52, right and wrong."""

from tests.bank import Bank

bank = Bank()

# auc
A = "auc"
bank.wrong(A, "exchanged", says="exchanged", swap=("np.mean(f > r)", "np.mean(f < r)"))
bank.wrong(
    A, "ties are nothing", says="one half, not nothing", swap=("higher + equal / 2", "higher")
)
bank.wrong(A, "ties are right", says="not as right", swap=("equal / 2", "equal"))
bank.wrong(
    A, "accuracy at one half", says="accuracy at the threshold 0.5",
    code="""
def auc(real, fake):
    return float(np.concatenate([real <= 0.5, fake > 0.5]).mean())
""",
)  # fmt: skip
bank.wrong(
    A, "accuracy of logits", says="accuracy at the threshold 0",
    code="""
def auc(real, fake):
    right = np.sum(real <= 0) + np.sum(fake > 0)
    return right / (len(real) + len(fake))
""",
)  # fmt: skip
bank.wrong(
    A, "balanced accuracy", says="no threshold",
    code="""
def auc(real, fake):
    return ((real <= 0.5).mean() + (fake > 0.5).mean()) / 2
""",
)  # fmt: skip
bank.wrong(
    A, "pairs in order", says="compare it with all",
    code="""
def auc(real, fake):
    n = min(len(real), len(fake))
    return float(np.mean(fake[:n] > real[:n]))
""",
)  # fmt: skip
bank.wrong(
    A,
    "a number of pairs",
    says="divide by how many",
    swap=("np.mean(f > r), np.mean(f == r)", "np.sum(f > r), np.sum(f == r)"),
)
bank.wrong(
    A, "ties by isclose", says="",
    swap=("np.mean(f > r), np.mean(f == r)", "np.mean((f > r) & ~np.isclose(f, r)), np.mean(np.isclose(f, r))"),
)  # fmt: skip
bank.wrong(
    A, "two classes of one size", says="",
    code="""
def auc(real, fake):
    n = min(len(real), len(fake))
    r, f = real[:n, None], fake[None, :n]
    return float(np.mean(f > r) + np.mean(f == r) / 2)
""",
)  # fmt: skip
bank.wrong(
    A, "thresholds in even steps", says="",
    code="""
def auc(real, fake):
    t = np.linspace(1, 0, 101)
    found, false = [np.array([(x >= one).mean() for one in t]) for x in (fake, real)]
    return float(np.sum(np.diff(false) * (found[1:] + found[:-1]) / 2))
""",
)  # fmt: skip
bank.wrong(A, "no return", says="return", swap=("    return float(higher", "    float(higher"))
bank.right(
    A, "scikit-learn",
    code="""
def auc(real, fake):
    from sklearn.metrics import roc_auc_score
    labels = np.repeat([0, 1], [len(real), len(fake)])
    return roc_auc_score(labels, np.concatenate([real, fake]))
""",
)  # fmt: skip
bank.right(
    A, "a loop",
    code="""
def auc(real, fake):
    points = 0
    for f in fake:
        for r in real:
            points += 1 if f > r else 0.5 if f == r else 0
    return points / (len(real) * len(fake))
""",
)  # fmt: skip
bank.right(
    A,
    "signs",
    swap=(
        "return float(higher + equal / 2)",
        "return (np.sign(fake[:, None] - real).mean() + 1) / 2",
    ),
)

# radial_spectrum
S = "radial_spectrum"
bank.wrong(S, "amplitude", says="amplitude", swap=("axes=(1, 2))) ** 2", "axes=(1, 2)))"))
bank.wrong(
    S,
    "mean picture",
    says="averaged first",
    swap=("np.fft.fft2(pictures, axes", "np.fft.fft2(pictures.mean(axis=0, keepdims=True), axes"),
)
bank.wrong(
    S,
    "grey",
    says="channels were averaged first",
    swap=("np.fft.fft2(pictures, axes", "np.fft.fft2(pictures.mean(axis=3, keepdims=True), axes"),
)
bank.wrong(
    S,
    "no negative frequencies",
    says="negative ones",
    swap=("np.fft.fftfreq(size) * size", "np.arange(size)"),
)
bank.wrong(
    S,
    "power shifted, radius not",
    says="do not fit together",
    swap=("power = power.mean(axis=(0, 3))", "power = np.fft.fftshift(power.mean(axis=(0, 3)))"),
)
bank.wrong(
    S,
    "radius from the middle, power not",
    says="do not fit together",
    swap=("np.fft.fftfreq(size) * size", "np.arange(size) - size // 2"),
)
bank.wrong(S, "cut off", says="not rounded", swap=("np.round(np.hypot", "np.floor(np.hypot"))
bank.wrong(
    S,
    "sum over the ring",
    says="take the mean",
    swap=("power[ring == r].mean()", "power[ring == r].sum()"),
)
bank.wrong(S, "one too few", says="is missing", swap=("size // 2 + 1", "size // 2"))
bank.wrong(
    S, "corners too", says="corners", swap=("range(size // 2 + 1)", "range(int(ring.max()) + 1)")
)
bank.wrong(
    S, "without the zero", says="entry 0", swap=("range(size // 2 + 1)", "range(1, size // 2 + 1)")
)
bank.wrong(S, "logarithm", says="logarithm", swap=("return np.array(", "return np.log("))
bank.wrong(
    S,
    "transform over all axes",
    says="",
    swap=("np.fft.fft2(pictures, axes=(1, 2))", "np.fft.fftn(pictures)"),
)
bank.wrong(
    S,
    "transform over the last axes",
    says="",
    swap=("np.fft.fft2(pictures, axes=(1, 2))", "np.fft.fft2(pictures)"),
)
bank.wrong(
    S,
    "mean subtracted",
    says="",
    swap=(
        "np.fft.fft2(pictures, axes",
        "np.fft.fft2(pictures - pictures.mean(axis=(1, 2), keepdims=True), axes",
    ),
)
bank.wrong(
    S,
    "divided by the pixels",
    says="divided by the number of pixels",
    swap=("axes=(1, 2))) ** 2", "axes=(1, 2))) ** 2 / size**2"),
)
bank.wrong(
    S,
    "orthonormal",
    says="divided by the number of pixels",
    swap=("axes=(1, 2))", 'axes=(1, 2), norm="ortho")'),
)
bank.wrong(S, "sixteen pixels only", says="", swap=("size = pictures.shape[1]", "size = 16"))
bank.wrong(S, "no return", says="return", swap=("    return np.array", "    np.array"))
bank.right(
    S, "bincount, both shifted",
    code="""
def radial_spectrum(pictures):
    n, size = pictures.shape[:2]
    waves = np.fft.fftshift(np.fft.fft2(np.moveaxis(pictures, -1, 1)), axes=(-2, -1))
    power = (waves.real**2 + waves.imag**2).mean(axis=(0, 1))
    k = np.arange(size) - size // 2
    ring = np.rint(np.sqrt(k[:, None] ** 2 + k**2)).astype(int).ravel()
    return (np.bincount(ring, power.ravel()) / np.bincount(ring))[: size // 2 + 1]
""",
)  # fmt: skip
bank.right(
    S, "picture by picture",
    code="""
def radial_spectrum(pictures):
    size = pictures.shape[1]
    k = np.minimum(np.arange(size), size - np.arange(size))
    ring = np.round(np.sqrt(k[:, None] ** 2 + k[None] ** 2))
    spectra = []
    for picture in pictures:
        for c in range(picture.shape[-1]):
            power = np.abs(np.fft.fft2(picture[..., c])) ** 2
            spectra.append([np.mean(power[ring == r]) for r in range(size // 2 + 1)])
    return np.mean(spectra, axis=0)
""",
)  # fmt: skip

# watermark
W = "watermark"
bank.wrong(W, "no root", says="is missing", swap=(" / np.sqrt(len(bits))", ""))
bank.wrong(W, "divided by the number", says="*root*", swap=("np.sqrt(len(bits))", "len(bits)"))
bank.wrong(
    W,
    "bit 0 adds nothing",
    says="subtracts its pattern",
    swap=("signs = 2 * bits - 1", "signs = bits"),
)
bank.wrong(W, "signs turned", says="signs are turned", swap=("2 * bits - 1", "1 - 2 * bits"))
bank.wrong(
    W,
    "not clipped",
    says="clip",
    swap=("np.clip(pictures + mark[..., None], 0, 1)", "pictures + mark[..., None]"),
)
bank.wrong(
    W,
    "multiplied",
    says="add the mark",
    swap=("pictures + mark[..., None]", "pictures * (1 + mark[..., None])"),
)
bank.wrong(
    W,
    "the mark alone",
    says="the mark alone",
    swap=(
        "np.clip(pictures + mark[..., None], 0, 1)",
        "np.clip(0 * pictures + mark[..., None], 0, 1)",
    ),
)
bank.wrong(W, "in 255ths", says="255", swap=("mark = strength *", "mark = strength / 255 *"))
bank.wrong(
    W,
    "in place",
    says="",
    swap=(
        "    return np.clip(pictures + mark[..., None], 0, 1)",
        "    pictures += mark[..., None]\n    return np.clip(pictures, 0, 1)",
    ),
)
bank.wrong(
    W, "mark in the first channel", says="first channel",
    swap=("    return np.clip(pictures + mark[..., None], 0, 1)",
          "    marked = pictures.copy()\n    marked[..., 0] += mark\n    return np.clip(marked, 0, 1)"),
)  # fmt: skip
bank.wrong(
    W,
    "mean not taken away",
    says="mean of each picture",
    swap=("    grey = grey - grey.mean(axis=(1, 2), keepdims=True)\n", ""),
)
bank.wrong(
    W,
    "mean of all pictures",
    says="own mean",
    swap=("grey.mean(axis=(1, 2), keepdims=True)", "grey.mean()"),
)
bank.wrong(
    W,
    "mean picture taken away",
    says="its own mean",
    swap=("grey.mean(axis=(1, 2), keepdims=True)", "grey.mean(axis=0)"),
)
bank.wrong(W, "sum over pixels", says="take the mean", swap=(" / patterns[0].size", ""))
bank.wrong(
    W,
    "first channel read",
    says="only the first channel",
    swap=("pictures.mean(axis=-1)", "pictures[..., 0]"),
)
bank.wrong(
    W,
    "channels summed",
    says="sum of the three channels",
    swap=("pictures.mean(axis=-1)", "pictures.sum(axis=-1)"),
)
bank.wrong(W, "rows are bits", says="exchanged", swap=("khw->nk", "khw->kn"))
bank.wrong(
    W,
    "bits instead of correlations",
    says="return the correlations",
    swap=("    return np.einsum", "    return 0 < np.einsum"),
)
bank.wrong(W, "share of right bits", says="right bits", swap=("!= (bits == 1)", "== (bits == 1)"))
bank.wrong(
    W,
    "number of wrong bits",
    says="take the share",
    swap=("float(np.mean((found", "float(np.sum((found"),
)
bank.wrong(
    W,
    "pictures with an error",
    says="share of pictures",
    swap=(
        "np.mean((found > 0) != (bits == 1))",
        "np.mean(((found > 0) != (bits == 1)).any(axis=1))",
    ),
)
bank.wrong(W, "sign 1 is bit 0", says="right bits", swap=("(found > 0)", "(found < 0)"))
bank.right(
    W, "loops",
    code="""
def embed_bits(pictures, bits, patterns, strength):
    mark = 0.0
    for bit, pattern in zip(bits, patterns):
        mark = mark + (pattern if bit else -pattern)
    mark = strength / len(bits) ** 0.5 * np.stack([mark] * 3, axis=-1)
    return np.minimum(1, np.maximum(0, pictures + mark))


def correlations(pictures, patterns):
    rows = []
    for x in pictures:
        grey = x.mean(axis=2)
        rows.append([np.mean((grey - grey.mean()) * p) for p in patterns])
    return np.array(rows)


def bit_error_rate(found, bits):
    read = np.where(found > 0, 1, 0)
    return np.abs(read - bits).mean()
""",
)  # fmt: skip
bank.right(
    W, "matrices",
    code="""
def embed_bits(pictures, bits, patterns, strength):
    signs = np.where(np.asarray(bits) == 1, 1.0, -1.0)
    mark = (signs @ patterns.reshape(len(bits), -1)).reshape(patterns.shape[1:])
    return np.clip(pictures + (strength / np.sqrt(len(bits)) * mark)[None, :, :, None], 0.0, 1.0)


def correlations(pictures, patterns):
    n, k = len(pictures), len(patterns)
    grey = np.mean(pictures, axis=3).reshape(n, -1)
    grey -= grey.mean(axis=1, keepdims=True)
    return grey @ patterns.reshape(k, -1).T / grey.shape[1]


def bit_error_rate(found, bits):
    return 1 - ((found > 0).astype(int) == bits).mean()
""",
)  # fmt: skip

# signature
G = "signature"
bank.wrong(
    G,
    "claims not signed",
    says="claim",
    swap=('{"shape": pixels.shape, "claims": claims}', '{"shape": pixels.shape}'),
)
bank.wrong(
    G,
    "pixels not signed",
    says="pixel value",
    swap=("return head.encode() + pixels.tobytes()", "return head.encode()"),
)
bank.wrong(G, "shape not signed", says="another shape", swap=('"shape": pixels.shape, ', ""))
bank.wrong(G, "order of the claims", says="order", swap=(", sort_keys=True", ""))
bank.wrong(
    G, "printed pixels", says="pixel value", swap=("pixels.tobytes()", "str(pixels).encode()")
)
bank.wrong(G, "their sum", says="", swap=("pixels.tobytes()", "str(pixels.sum()).encode()"))
bank.wrong(
    G,
    "the pixels' mean colour",
    says="",
    swap=("pixels.tobytes()", "pixels.mean(axis=(0, 1)).tobytes()"),
)
bank.wrong(
    G, "claims glued together", says="same bytes",
    swap=('head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)',
          'head = str(pixels.shape) + "".join(k + v for k, v in sorted(claims.items()))'),
)  # fmt: skip
bank.wrong(
    G, "claims with commas", says="same bytes",
    swap=('head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)',
          'head = str(pixels.shape) + ",".join(f"{k}:{v}" for k, v in sorted(claims.items()))'),
)  # fmt: skip
bank.wrong(
    G,
    "only the names of claims",
    says="claim",
    swap=('"claims": claims', '"claims": sorted(claims)'),
)
bank.wrong(
    G,
    "Python's hash",
    says="bytes",
    swap=("return head.encode() + pixels.tobytes()", "return hash((head, pixels.tobytes()))"),
)
bank.wrong(
    G,
    "text",
    says="bytes",
    swap=("return head.encode() + pixels.tobytes()", "return head + str(pixels.tolist())"),
)
bank.wrong(
    G, "a hash for a signature", says="no Ed25519 signature",
    swap=("    key = Ed25519PrivateKey.from_private_bytes(private_key)\n    return key.sign(signed_bytes(pixels, claims))",
          "    import hashlib\n\n    return hashlib.sha512(signed_bytes(pixels, claims)).digest()"),
)  # fmt: skip
bank.wrong(
    G,
    "pixels alone signed",
    says="no Ed25519 signature",
    swap=("return key.sign(signed_bytes(pixels, claims))", "return key.sign(pixels.tobytes())"),
)
bank.wrong(
    G,
    "a new key",
    says="no Ed25519 signature",
    swap=("Ed25519PrivateKey.from_private_bytes(private_key)", "Ed25519PrivateKey.generate()"),
)
bank.wrong(
    G,
    "hex",
    says="bytes",
    swap=(
        "return key.sign(signed_bytes(pixels, claims))",
        "return key.sign(signed_bytes(pixels, claims)).hex()",
    ),
)
bank.wrong(
    G, "raises", says="return False",
    swap=("    try:\n        key.verify(signature, signed_bytes(pixels, claims))\n    except InvalidSignature:\n        return False\n    return True",
          "    key.verify(signature, signed_bytes(pixels, claims))\n    return True"),
)  # fmt: skip
bank.wrong(
    G, "returns what verify returns", says="None",
    swap=("        key.verify(signature, signed_bytes(pixels, claims))\n    except InvalidSignature:\n        return False\n    return True",
          "        return key.verify(signature, signed_bytes(pixels, claims))\n    except InvalidSignature:\n        return False"),
)  # fmt: skip
bank.wrong(G, "always genuine", says="accepts", swap=("        return False\n", "        pass\n"))
bank.wrong(G, "never genuine", says="is refused", swap=("    return True", "    return False"))
bank.wrong(
    G,
    "True and False exchanged",
    says="is refused",
    swap=("        return False\n    return True", "        return True\n    return False"),
)
bank.wrong(
    G, "claims not verified", says="",
    swap=("        key.verify(signature, signed_bytes(pixels, claims))", "        key.verify(signature, signed_bytes(pixels, {}))"),
)  # fmt: skip
bank.right(
    G, "a digest, and errors of all kinds",
    code="""
import hashlib


def signed_bytes(pixels, claims):
    digest = hashlib.sha256(repr(pixels.shape).encode() + b"|" + pixels.tobytes())
    digest.update(repr(sorted(claims.items())).encode())
    return digest.digest()


def sign_picture(pixels, claims, private_key):
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(signed_bytes(pixels, claims))


def is_genuine(pixels, claims, signature, public_key):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed_bytes(pixels, claims))
        return True
    except Exception:
        return False
""",
)  # fmt: skip
bank.right(
    G, "everything in JSON",
    swap=('    head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)\n    return head.encode() + pixels.tobytes()',
          '    return json.dumps([pixels.tolist(), claims], sort_keys=True).encode("utf-8")'),
)  # fmt: skip

# attack_advantage
M = "attack_advantage"
WHERE = "for t in np.unique(np.concatenate([known_members, known_others])):"
bank.wrong(
    M, "no calibration set", says="chosen on the very pictures",
    code="""
def attack_advantage(known_members, known_others, members, others):
    best, threshold = -np.inf, None
    for t in np.unique(np.concatenate([members, others])):
        here = np.mean(members <= t) - np.mean(others <= t)
        if here > best:
            best, threshold = here, t
    return float(best), float(threshold)
""",
)  # fmt: skip
bank.wrong(
    M, "the calibration set's advantage", says="advantage on the calibration set",
    swap=("return float(advantage), float(threshold)", "return float(best), float(threshold)"),
)  # fmt: skip
bank.wrong(
    M,
    "strictly below",
    says="",
    swap=(
        "np.mean(known_members <= t) - np.mean(known_others <= t)",
        "np.mean(known_members < t) - np.mean(known_others < t)",
    ),
)
bank.wrong(
    M, "strictly below, twice", says="<=",
    code="""
def attack_advantage(known_members, known_others, members, others):
    best, threshold = -np.inf, None
    for t in np.unique(np.concatenate([known_members, known_others])):
        here = np.mean(known_members < t) - np.mean(known_others < t)
        if here > best:
            best, threshold = here, t
    return float(np.mean(members < threshold) - np.mean(others < threshold)), float(threshold)
""",
)  # fmt: skip
bank.wrong(M, "last of the best", says="lowest", swap=("if here > best", "if here >= best"))
bank.wrong(
    M,
    "hits alone",
    says="true-positive rate alone",
    swap=(
        "np.mean(members <= threshold) - np.mean(others <= threshold)",
        "np.mean(members <= threshold)",
    ),
)
bank.wrong(
    M,
    "large errors are members",
    says="",
    swap=(
        "np.mean(known_members <= t) - np.mean(known_others <= t)",
        "np.mean(known_members >= t) - np.mean(known_others >= t)",
    ),
)
bank.wrong(
    M,
    "never negative",
    says="negative",
    swap=("return float(advantage)", "return max(0.0, float(advantage))"),
)
bank.wrong(
    M,
    "absolute value",
    says="negative",
    swap=("return float(advantage)", "return abs(float(advantage))"),
)
bank.wrong(
    M,
    "exchanged results",
    says="exchanged",
    swap=("return float(advantage), float(threshold)", "return float(threshold), float(advantage)"),
)
bank.wrong(
    M,
    "threshold is the members' mean",
    says="mean of the members",
    swap=(WHERE, "for t in [np.mean(known_members)]:"),
)
bank.wrong(
    M,
    "even steps",
    says="",
    swap=(WHERE, "for t in np.linspace(known_members.min(), known_others.max(), 50):"),
)
bank.wrong(
    M, "thresholds of members only", says="", swap=(WHERE, "for t in np.sort(known_others):")
)
bank.wrong(
    M, "by accuracy", says="highest accuracy",
    swap=("here = np.mean(known_members <= t) - np.mean(known_others <= t)",
          "here = np.mean(np.concatenate([known_members <= t, known_others > t]))"),
)  # fmt: skip
bank.wrong(
    M,
    "the advantage alone",
    says="",
    swap=("return float(advantage), float(threshold)", "return float(advantage)"),
)
bank.wrong(
    M,
    "no return",
    says="return",
    swap=(
        "    return float(advantage), float(threshold)",
        "    float(advantage), float(threshold)",
    ),
)
bank.right(
    M, "a table of all thresholds",
    code="""
def attack_advantage(known_members, known_others, members, others):
    t = np.sort(np.concatenate([known_members, known_others]))[:, None]
    gain = (known_members <= t).mean(axis=1) - (known_others <= t).mean(axis=1)
    gain = np.round(gain, 12)
    threshold = t[gain.argmax(), 0]
    return (members <= threshold).mean() - (others <= threshold).mean(), threshold
""",
)  # fmt: skip
bank.right(
    M, "max with a key",
    code="""
def attack_advantage(known_members, known_others, members, others):
    def advantage(t, inside, outside):
        return float(np.mean(inside <= t)) - float(np.mean(outside <= t))

    candidates = sorted([*known_members, *known_others])
    threshold = max(candidates, key=lambda t: (round(advantage(t, known_members, known_others), 9), -t))
    return [advantage(threshold, members, others), threshold]
""",
)  # fmt: skip

# bias_table
B = "bias_table"
bank.wrong(
    B, "simple interval", says="simple interval",
    swap=("    centre = p + z**2 / (2 * n)\n    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))\n"
          "    return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)",
          "    half = z * np.sqrt(p * (1 - p) / n)\n    return p - half, p + half"),
)  # fmt: skip
bank.wrong(
    B,
    "no denominator",
    says="denominator",
    swap=(
        "(centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)",
        "centre - half, centre + half",
    ),
)
bank.wrong(
    B,
    "centre at the share",
    says="centred at k / n",
    swap=(
        "    return (centre - half)",
        "    centre = p * (1 + z**2 / n)\n    return (centre - half)",
    ),
)
bank.wrong(B, "4n under the root", says="z²/(4n²)", swap=("(4 * n**2)", "(4 * n)"))
bank.wrong(B, "no second term", says="is missing", swap=(" + z**2 / (4 * n**2)", ""))
bank.wrong(B, "90 per cent", says="90 %", swap=("1.96", "1.645"))
bank.wrong(
    B,
    "ends exchanged",
    says="exchanged",
    swap=(
        "(centre - half) / (1 + z**2 / n), (centre + half)",
        "(centre + half) / (1 + z**2 / n), (centre - half)",
    ),
)
bank.wrong(
    B,
    "lost groups",
    says="never generated",
    swap=("np.unique(np.concatenate([training, generated]))", "np.unique(generated)"),
)
bank.wrong(
    B,
    "new groups",
    says="index",
    swap=("np.unique(np.concatenate([training, generated]))", "np.unique(training)"),
)
bank.wrong(
    B,
    "over and under exchanged",
    says="what became of the group",
    swap=(
        '"under" if high < share else "over" if low > share',
        '"over" if high < share else "under" if low > share',
    ),
)
bank.wrong(
    B,
    "no doubt",
    says="chance",
    swap=(
        '"under" if high < share else "over" if low > share else "in doubt"',
        '"under" if k / len(generated) < share else "over"',
    ),
)
bank.wrong(
    B,
    "interval of the training share",
    says="training share",
    swap=("wilson(k, len(generated))", "wilson(np.sum(training == group), len(training))"),
)
bank.wrong(
    B,
    "counts",
    says="count",
    swap=("rows[group] = [share, k / len(generated)", "rows[group] = [share, k"),
)
bank.wrong(
    B,
    "divided by the training set",
    says="generated pictures",
    swap=("rows[group] = [share, k / len(generated)", "rows[group] = [share, k / len(training)"),
)
bank.wrong(
    B,
    "not sorted",
    says="sorted",
    swap=(
        "np.unique(np.concatenate([training, generated]))",
        "np.unique(np.concatenate([training, generated]))[::-1]",
    ),
)
bank.wrong(
    B,
    "no index",
    says="index",
    swap=(
        '    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)',
        "    return pd.DataFrame(list(rows.values()), columns=columns)",
    ),
)
bank.wrong(B, "another verdict", says="expected one of", swap=('"in doubt"', '"fair"'))
bank.wrong(
    B, "columns by another name", says="columns", swap=('"generated", "low"', '"made", "low"')
)
bank.wrong(
    B,
    "no return",
    says="return",
    swap=("    return pd.DataFrame.from_dict", "    pd.DataFrame.from_dict"),
)
bank.right(
    B, "pandas",
    code="""
from math import sqrt


def wilson(k, n):
    z2 = 1.959963984540054**2
    mid, root = k + z2 / 2, sqrt(z2) * sqrt(k * (n - k) / n + z2 / 4)
    return max(0.0, (mid - root) / (n + z2)), min(1.0, (mid + root) / (n + z2))


def bias_table(training, generated):
    before, after = pd.Series(training).value_counts(), pd.Series(generated).value_counts()
    groups = sorted(set(before.index) | set(after.index))
    before, after = (c.reindex(groups, fill_value=0) for c in (before, after))
    table = pd.DataFrame({"training": before / before.sum(), "generated": after / after.sum()})
    ends = np.array([wilson(int(k), len(generated)) for k in after])
    table["low"], table["high"] = ends.T
    table["verdict"] = np.select(
        [table.high < table.training, table.low > table.training], ["under", "over"], "in doubt"
    )
    return table
""",
)  # fmt: skip
bank.right(
    B, "roots of the quadratic",
    code="""
def wilson(k, n):
    z, p = 1.96, k / n
    a, b, c = 1 + z * z / n, -(2 * p + z * z / n), p * p
    root = np.sqrt(max(b * b - 4 * a * c, 0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def bias_table(training, generated):
    table = pd.DataFrame(columns=["training", "generated", "low", "high", "verdict"], dtype=object)
    for g in sorted(set(training.tolist()) | set(generated.tolist())):
        k = int((generated == g).sum())
        low, high = wilson(k, len(generated))
        before = (training == g).mean()
        word = "in doubt"
        if before > high:
            word = "under"
        elif before < low:
            word = "over"
        table.loc[g] = [before, k / len(generated), low, high, word]
    return table
""",
)  # fmt: skip
