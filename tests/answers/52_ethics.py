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
    A, "ties by isclose", says="nearly equal",
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
bank.wrong(A, "turned round below one half", says="turned round", swap=("float(higher + equal / 2)", "max(higher + equal / 2, 1 - higher - equal / 2)"))  # fmt: skip
bank.wrong(A, "pairs with a tie left out", says="left out", swap=("higher + equal / 2", "higher / (1 - equal)"))  # fmt: skip
bank.wrong(A, "per cent", says="per cent", swap=("higher + equal / 2", "100 * (higher + equal / 2)"))  # fmt: skip
bank.wrong(
    A, "pairs in order, ties one half", says="compare it with all",
    code="""
def auc(real, fake):
    return float(np.mean([(f > r) + (f == r) / 2 for r, f in zip(real, fake)]))
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

bank.right(
    A, "in single precision",
    code="""
def auc(real, fake):
    r, f = ops.convert_to_tensor(real, "float32")[:, None], ops.convert_to_tensor(fake, "float32")
    return ops.mean(ops.cast(f > r, "float32") + ops.cast(f == r, "float32") / 2)
""",
)  # fmt: skip

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
    says="axes=(1, 2)",
    swap=("np.fft.fft2(pictures, axes=(1, 2))", "np.fft.fftn(pictures)"),
)
bank.wrong(
    S,
    "transform over the last axes",
    says="width and channels",
    swap=("np.fft.fft2(pictures, axes=(1, 2))", "np.fft.fft2(pictures)"),
)
bank.wrong(
    S,
    "mean subtracted",
    says="taken away first",
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
bank.wrong(S, "transform over the first axes", says="pictures and height", swap=("axes=(1, 2)", "axes=(0, 1)"))  # fmt: skip
bank.wrong(S, "periods per pixel", says="times size", swap=("np.fft.fftfreq(size) * size", "np.fft.fftfreq(size)"))  # fmt: skip
bank.wrong(
    S, "half of the plane", says="one half of the frequencies",
    code="""
def radial_spectrum(pictures):
    size = pictures.shape[1]
    power = (np.abs(np.fft.rfft2(pictures, axes=(1, 2))) ** 2).mean(axis=(0, 3))
    ring = np.round(np.hypot((np.fft.fftfreq(size) * size)[:, None], np.fft.rfftfreq(size) * size))
    return np.array([power[ring == r].mean() for r in range(size // 2 + 1)])
""",
)  # fmt: skip
bank.wrong(S, "channels summed", says="sum over the channels", swap=("power.mean(axis=(0, 3))", "power.mean(axis=0).sum(axis=2)"))  # fmt: skip
bank.wrong(S, "first picture", says="only the first picture", swap=("power.mean(axis=(0, 3))", "power[0].mean(axis=2)"))  # fmt: skip
bank.wrong(S, "corners in the last ring", says="into the last ring", swap=("ring = np.round(np.hypot(u[:, None], u[None, :]))", "ring = np.minimum(np.round(np.hypot(u[:, None], u[None, :])), size // 2)"))  # fmt: skip
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
bank.wrong(W, "signs against bits", says="signs are -1 and 1", swap=("(found > 0) != (bits == 1)", "np.sign(found) != bits"))  # fmt: skip
bank.wrong(W, "wrong bits a picture", says="by the pictures alone", swap=("float(np.mean((found > 0) != (bits == 1)))", "np.sum((found > 0) != (bits == 1)) / len(found)"))  # fmt: skip
bank.wrong(W, "correlations averaged first", says="averaged over the pictures", swap=("(found > 0)", "(found.mean(axis=0) > 0)"))  # fmt: skip
bank.wrong(W, "bits of the first picture", says="only the first picture", swap=("(found > 0)", "(found[0] > 0)"))  # fmt: skip
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
    G, "printed pixels", says="only the edges", swap=("pixels.tobytes()", "str(pixels).encode()")
)
DUMPED = 'head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)'
bank.wrong(
    G, "accents dropped", says="every letter",
    swap=("head.encode()", 'json.dumps([str(pixels.shape), claims], sort_keys=True, ensure_ascii=False).encode("ascii", "ignore")'),
)  # fmt: skip
bank.wrong(G, "small letters", says="every letter", swap=("head.encode()", "head.lower().encode()"))
bank.wrong(G, "blanks stripped", says="every letter", swap=('"claims": claims', '"claims": {k: v.strip() for k, v in claims.items()}'))  # fmt: skip
bank.wrong(G, "sides without a separator", says="run together", swap=(DUMPED, 'head = "".join(map(str, pixels.shape)) + json.dumps(claims, sort_keys=True)'))  # fmt: skip
bank.wrong(G, "the first thousand bytes", says="pixel value", swap=("pixels.tobytes()", "pixels.tobytes()[:1000]"))  # fmt: skip
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
    M, "thresholds of the others only", says="", swap=(WHERE, "for t in np.sort(known_others):")
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

# more of each, as an examiner wrote them
bank.wrong(
    A, "the best accuracy of all thresholds", says="",
    code="""
def auc(real, fake):
    t = np.unique(np.concatenate([real, fake]))
    return float(max(((fake >= one).mean() + (real < one).mean()) / 2 for one in t))
""",
)  # fmt: skip
bank.wrong(
    A, "a step curve instead of trapezes", says="",
    code="""
def auc(real, fake):
    t = np.sort(np.unique(np.concatenate([real, fake])))[::-1]
    found = np.array([(fake >= one).mean() for one in t])
    false = np.array([0.0, *[(real >= one).mean() for one in t]])
    return float(np.sum(np.diff(false) * found))
""",
)  # fmt: skip
bank.wrong(
    A, "ranks by argsort", says="",
    code="""
def auc(real, fake):
    order = np.argsort(np.concatenate([real, fake]))
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    u = ranks[len(real):].sum() - len(fake) * (len(fake) + 1) / 2
    return u / (len(real) * len(fake))
""",
)  # fmt: skip
bank.wrong(
    A, "never below one half", says="turned round",
    swap=("    return float(higher + equal / 2)", "    found = float(higher + equal / 2)\n    return max(found, 1 - found)"),
)  # fmt: skip
bank.wrong(
    A, "all pairs of one joint array", says="",
    code="""
def auc(real, fake):
    s = np.concatenate([real, fake])
    return float(np.mean(s[None, :] > s[:, None]) + np.mean(s[None, :] == s[:, None]) / 2)
""",
)  # fmt: skip
bank.right(
    A, "Mann and Whitney's U",
    code="""
def auc(real, fake):
    from scipy.stats import mannwhitneyu
    return mannwhitneyu(fake, real).statistic / (len(fake) * len(real))
""",
)  # fmt: skip
bank.right(
    A, "TensorFlow, in float32",
    code="""
import tensorflow as tf


def auc(real, fake):
    r, f = tf.convert_to_tensor(real)[:, None], tf.convert_to_tensor(fake)[None, :]
    f = tf.cast(f, r.dtype)
    return tf.reduce_mean(tf.cast(f > r, "float32") + 0.5 * tf.cast(f == r, "float32"))
""",
)  # fmt: skip
bank.right(
    A, "sorted and searched",
    code="""
def auc(real, fake):
    real = np.sort(real)
    below = np.searchsorted(real, fake, "left")
    up_to = np.searchsorted(real, fake, "right")
    return np.sum(below + up_to) / 2 / len(real) / len(fake)
""",
)  # fmt: skip
bank.right(
    A, "Keras",
    code="""
from keras import ops


def auc(real, fake):
    r, f = ops.expand_dims(real, 1), ops.expand_dims(fake, 0)
    wins = ops.where(f > r, 1.0, ops.where(f < r, 0.0, 0.5))
    return float(ops.mean(wins))
""",
)  # fmt: skip

bank.wrong(
    S, "half a plane", says="",
    code="""
def radial_spectrum(pictures):
    size = pictures.shape[1]
    power = np.mean(np.abs(np.fft.rfft2(pictures, axes=(1, 2))) ** 2, axis=(0, 3))
    u, v = np.fft.fftfreq(size) * size, np.fft.rfftfreq(size) * size
    ring = np.round(np.hypot(u[:, None], v[None, :]))
    return np.array([power[ring == r].mean() for r in range(size // 2 + 1)])
""",
)  # fmt: skip
bank.wrong(S, "diamonds for circles", says="",
           swap=("np.hypot(u[:, None], u[None, :])", "np.abs(u[:, None]) + np.abs(u[None, :])"))  # fmt: skip
bank.wrong(S, "squares for circles", says="",
           swap=("np.hypot(u[:, None], u[None, :])", "np.maximum(np.abs(u[:, None]), np.abs(u[None, :]))"))  # fmt: skip
bank.wrong(S, "corners in the last ring", says="",
           swap=("np.round(np.hypot(u[:, None], u[None, :]))", "np.minimum(np.round(np.hypot(u[:, None], u[None, :])), size // 2)"))  # fmt: skip
bank.wrong(S, "amplitude averaged, then squared", says="",
           swap=("axes=(1, 2))) ** 2\n    power = power.mean(axis=(0, 3))", "axes=(1, 2)))\n    power = power.mean(axis=(0, 3)) ** 2"))  # fmt: skip
bank.wrong(S, "rounded up", says="rounded up", swap=("np.round(np.hypot", "np.ceil(np.hypot"))
bank.wrong(S, "the median of a ring", says="median", swap=("power[ring == r].mean()", "np.median(power[ring == r])"))  # fmt: skip
bank.wrong(S, "neighbouring rings smoothed", says="",
           swap=("power[ring == r].mean()", "power[np.abs(ring - r) <= (r > 2)].mean()"))  # fmt: skip
bank.wrong(S, "frequencies in cycles per pixel", says="", swap=("np.fft.fftfreq(size) * size", "np.fft.fftfreq(size)"))  # fmt: skip
bank.wrong(S, "scaled so that they sum to 1", says="",
           swap=("    return np.array([power[ring == r].mean() for r in range(size // 2 + 1)])",
                 "    found = np.array([power[ring == r].mean() for r in range(size // 2 + 1)])\n    return found / found.sum()"))  # fmt: skip
bank.right(
    S, "TensorFlow, in complex64",
    code="""
import tensorflow as tf


def radial_spectrum(pictures):
    size = pictures.shape[1]
    waves = tf.signal.fft2d(tf.cast(tf.transpose(pictures, [0, 3, 1, 2]), "complex64"))
    power = tf.reduce_mean(tf.abs(waves) ** 2, axis=[0, 1])
    k = np.fft.fftfreq(size, 1 / size)
    ring = tf.constant(np.rint(np.hypot(*np.meshgrid(k, k))).ravel().astype("int32"))
    sums = tf.math.unsorted_segment_mean(tf.reshape(power, [-1]), ring, size)
    return sums[: size // 2 + 1]
""",
)  # fmt: skip
bank.right(
    S, "pandas groups",
    code="""
def radial_spectrum(pictures):
    n, size, _, channels = pictures.shape
    power = np.zeros((size, size))
    for picture in pictures:
        for plane in np.moveaxis(picture, -1, 0):
            power += np.abs(np.fft.fft2(plane)) ** 2 / (n * channels)
    u, v = np.indices((size, size))
    u, v = np.where(u > size // 2, u - size, u), np.where(v > size // 2, v - size, v)
    ring = pd.Series(power.ravel()).groupby((np.sqrt(u**2 + v**2).ravel() + 0.5).astype(int)).mean()
    return ring.loc[: size // 2]
""",
)  # fmt: skip
bank.right(
    S, "a list of NumPy's, in float32",
    code="""
def radial_spectrum(pictures):
    size = pictures.shape[1]
    power = (np.abs(np.fft.fft2(pictures.astype("float32"), axes=(1, 2))) ** 2).astype("float32")
    u = np.fft.fftshift(np.arange(-(size // 2), (size + 1) // 2))
    u = np.roll(np.arange(size) - size // 2, -(size // 2))
    rings = [np.abs(np.hypot(u[:, None], u) - r) < 0.5 for r in range(size // 2 + 1)]
    return [power[:, ring].mean() for ring in rings]
""",
)  # fmt: skip

bank.wrong(W, "luminance for grey", says="", swap=("pictures.mean(axis=-1)", "pictures @ np.array([0.299, 0.587, 0.114])"))  # fmt: skip
bank.wrong(W, "divided by the root of the pixels", says="", swap=(" / patterns[0].size", " / np.sqrt(patterns[0].size)"))  # fmt: skip
bank.wrong(W, "divided by the pictures", says="", swap=(" / patterns[0].size", " / patterns.size"))
bank.wrong(W, "divided by the pictures' height twice", says="", swap=(" / patterns[0].size", " / patterns.shape[1] ** 2"))  # fmt: skip
bank.wrong(W, "row means taken away", says="", swap=("grey.mean(axis=(1, 2), keepdims=True)", "grey.mean(axis=2, keepdims=True)"))  # fmt: skip
bank.wrong(W, "clipped to one side", says="", swap=("np.clip(pictures + mark[..., None], 0, 1)", "np.minimum(pictures + mark[..., None], 1)"))  # fmt: skip
bank.wrong(
    W, "clipped to [-1, 1]", says="", swap=("mark[..., None], 0, 1)", "mark[..., None], -1, 1)")
)
bank.wrong(W, "the mark clipped, not the picture", says="", swap=("np.clip(pictures + mark[..., None], 0, 1)", "pictures + np.clip(mark, 0, 1)[..., None]"))  # fmt: skip
bank.wrong(W, "strength under the root", says="", swap=("strength * np.tensordot(signs, patterns, 1) / np.sqrt(len(bits))", "np.sqrt(strength / len(bits)) * np.tensordot(signs, patterns, 1)"))  # fmt: skip
bank.wrong(W, "whole messages by majority", says="", swap=("(found > 0) != (bits == 1)", "(found.mean(axis=0) > 0) != (bits == 1)"))  # fmt: skip
bank.wrong(
    W, "bits as signs", says="", swap=("(found > 0) != (bits == 1)", "np.sign(found) != bits")
)
bank.wrong(
    W, "per cent", says="per cent", swap=("float(np.mean((found", "100 * float(np.mean((found")
)
bank.right(
    W, "TensorFlow",
    code="""
import tensorflow as tf


def embed_bits(pictures, bits, patterns, strength):
    signs = tf.cast(2 * bits - 1, "float32")
    mark = tf.tensordot(signs, tf.cast(patterns, "float32"), axes=1) * strength
    mark = mark / tf.sqrt(float(len(bits)))
    return tf.clip_by_value(tf.cast(pictures, "float32") + mark[None, :, :, None], 0.0, 1.0)


def correlations(pictures, patterns):
    grey = tf.reduce_mean(tf.cast(pictures, "float32"), axis=-1)
    grey -= tf.reduce_mean(grey, axis=[1, 2], keepdims=True)
    return tf.reduce_mean(grey[:, None] * tf.cast(patterns, "float32")[None], axis=[2, 3])


def bit_error_rate(found, bits):
    wrong = tf.math.logical_xor(tf.convert_to_tensor(found) > 0, tf.cast(bits, "bool"))
    return tf.reduce_mean(tf.cast(wrong, "float32"))
""",
)  # fmt: skip
bank.right(
    W, "keras.ops",
    code="""
from keras import ops


def embed_bits(pictures, bits, patterns, strength):
    signs = ops.cast(2 * bits - 1, "float32")
    mark = ops.einsum("k,khw->hw", signs, ops.cast(patterns, "float32"))
    marked = ops.cast(pictures, "float32") + ops.expand_dims(strength * mark / len(bits) ** 0.5, -1)
    return ops.clip(marked, 0, 1)


def correlations(pictures, patterns):
    x = ops.mean(ops.cast(pictures, "float32"), axis=-1)
    x = x - ops.mean(x, axis=(1, 2), keepdims=True)
    return ops.einsum("nhw,khw->nk", x, ops.cast(patterns, "float32")) / (x.shape[1] * x.shape[2])


def bit_error_rate(found, bits):
    read = ops.cast(ops.convert_to_tensor(found) > 0, "int32")
    return ops.mean(ops.cast(ops.not_equal(read, ops.cast(bits, "int32")), "float32"))
""",
)  # fmt: skip
bank.right(
    W, "channel by channel, and the mean of the patterns instead",
    code="""
def embed_bits(pictures, bits, patterns, strength):
    marked = pictures.copy()
    for bit, pattern in zip(bits.tolist(), patterns):
        for c in range(3):
            marked[..., c] += strength / np.sqrt(len(bits)) * (1 if bit == 1 else -1) * pattern
    marked[marked < 0] = 0
    marked[marked > 1] = 1
    return marked


def correlations(pictures, patterns):
    grey = pictures.sum(axis=3) / 3
    centred = patterns - patterns.mean(axis=(1, 2))[:, None, None]
    return np.array([[(g * p).mean() for p in centred] for g in grey]).tolist()


def bit_error_rate(found, bits):
    wrong = 0
    for row in found:
        for c, bit in zip(row, bits):
            wrong += int(c > 0) != bit
    return wrong / (len(found) * len(bits))
""",
)  # fmt: skip

bank.wrong(G, "the shape as bytes", says="", swap=("return head.encode() + pixels.tobytes()", "return bytes(pixels.shape) + json.dumps(claims, sort_keys=True).encode() + pixels.tobytes()"))  # fmt: skip
bank.wrong(G, "the shape in eight bits", says="", swap=("return head.encode() + pixels.tobytes()", 'return np.array(pixels.shape).astype("uint8").tobytes() + json.dumps(claims, sort_keys=True).encode() + pixels.tobytes()'))  # fmt: skip
bank.wrong(
    G, "claims as in a web address", says="same bytes",
    swap=('head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)',
          'head = str(pixels.shape) + "&".join(f"{k}={v}" for k, v in sorted(claims.items()))'),
)  # fmt: skip
bank.wrong(
    G, "claims between bars", says="same bytes",
    swap=('head = json.dumps({"shape": pixels.shape, "claims": claims}, sort_keys=True)',
          'head = str(pixels.shape) + "|".join(k + "|" + v for k, v in sorted(claims.items()))'),
)  # fmt: skip
bank.wrong(
    G,
    "only the texts of claims",
    says="",
    swap=('"claims": claims', '"claims": sorted(claims.values())'),
)
bank.wrong(G, "names and texts sorted apart", says="", swap=('"claims": claims', '"claims": [sorted(claims), sorted(claims.values())]'))  # fmt: skip
bank.wrong(
    G, "a thumbnail", says="pixel value", swap=("pixels.tobytes()", "pixels[::2, ::2].tobytes()")
)
bank.wrong(
    G, "pixels sorted", says="", swap=("pixels.tobytes()", "np.sort(pixels, axis=None).tobytes()")
)
bank.wrong(G, "a text for a message", says="False", swap=("        return False\n    return True", '        return "false"\n    return "genuine"'))  # fmt: skip
bank.right(
    G, "lengths before texts",
    code="""
def signed_bytes(pixels, claims):
    parts = [len(pixels).to_bytes(4, "big"), pixels.shape[1].to_bytes(4, "big"), pixels.tobytes()]
    for name in sorted(claims):
        for text in (name, claims[name]):
            data = text.encode("utf-8")
            parts += [len(data).to_bytes(4, "big"), data]
    return b"".join(parts)


def sign_picture(pixels, claims, private_key):
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(signed_bytes(pixels, claims))


def is_genuine(pixels, claims, signature, public_key):
    key = Ed25519PublicKey.from_public_bytes(public_key)
    try:
        return key.verify(signature, signed_bytes(pixels, claims)) is None
    except InvalidSignature:
        return False
""",
)  # fmt: skip
bank.right(
    G, "a PNG file's bytes and a table of claims",
    code="""
import io
import pickle

from PIL import Image


def signed_bytes(pixels, claims):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    names = sorted(claims)
    return repr([(name, claims[name]) for name in names]).encode() + buffer.getvalue()


def sign_picture(pixels, claims, private_key):
    key = Ed25519PrivateKey.from_private_bytes(private_key)
    return key.sign(signed_bytes(pixels, claims))


def is_genuine(pixels, claims, signature, public_key):
    genuine = True
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed_bytes(pixels, claims))
    except InvalidSignature:
        genuine = False
    return genuine
""",
)  # fmt: skip
bank.right(
    G, "a NumPy file and JSON of pairs",
    code="""
import io


def signed_bytes(pixels, claims):
    file = io.BytesIO()
    np.save(file, pixels)
    return bytearray(file.getvalue() + json.dumps(sorted(claims.items())).encode("ascii"))


def sign_picture(pixels, claims, private_key):
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(bytes(signed_bytes(pixels, claims)))


def is_genuine(pixels, claims, signature, public_key):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, bytes(signed_bytes(pixels, claims)))
    except InvalidSignature:
        return np.bool_(False)
    else:
        return np.bool_(True)
""",
)  # fmt: skip

bank.wrong(M, "members and others exchanged on new pictures", says="", swap=("np.mean(members <= threshold) - np.mean(others <= threshold)", "np.mean(others <= threshold) - np.mean(members <= threshold)"))  # fmt: skip
bank.wrong(M, "over all pictures together", says="", swap=(WHERE, "for t in np.unique(np.concatenate([known_members, known_others, members, others])):"))  # fmt: skip
bank.wrong(M, "counts chosen by", says="", swap=("np.mean(known_members <= t) - np.mean(known_others <= t)", "np.sum(known_members <= t) - np.sum(known_others <= t)"))  # fmt: skip
bank.wrong(
    M, "halfway to the next error", says="",
    swap=("    advantage = np.mean(members", "    later = np.concatenate([known_members, known_others])\n    later = later[later > threshold]\n    threshold = (threshold + later.min()) / 2 if len(later) else threshold\n    advantage = np.mean(members"),
)  # fmt: skip
bank.wrong(M, "members' errors, unsorted", says="lowest", swap=(WHERE, "for t in known_members:"))
bank.wrong(M, "a positive advantage or none", says="begins with -np.inf", swap=("best, threshold = -np.inf, None", "best, threshold = 0.0, 0.0"))  # fmt: skip
bank.wrong(M, "a positive advantage or no threshold", says="begins with -np.inf", swap=("best, threshold = -np.inf, None", "best, threshold = 0.0, None"))  # fmt: skip

GAIN = """
def attack_advantage(known_members, known_others, members, others):
    def gain(m, o, t):
        return GAIN

    candidates = np.unique(np.concatenate([known_members, known_others]))
    t = candidates[np.argmax([gain(known_members, known_others, t) for t in candidates])]
    return gain(members, others, t), t
"""
SHARES = "np.mean(m <= t) - np.mean(o <= t)"
bank.wrong(M, "absolute value throughout", says="no absolute value", code=GAIN.replace("GAIN", f"abs({SHARES})"))  # fmt: skip
bank.wrong(M, "a maximum with 0 throughout", says="no maximum with 0", code=GAIN.replace("GAIN", f"max(0.0, {SHARES})"))  # fmt: skip
bank.wrong(M, "true positives alone", says="true-positive rate", code=GAIN.replace("GAIN", "np.mean(m <= t)"))  # fmt: skip
bank.wrong(M, "counts throughout", says="counts", code=GAIN.replace("GAIN", "np.sum(m <= t) - np.sum(o <= t)"))  # fmt: skip
bank.wrong(M, "not below 0", says="no maximum with 0", swap=("return float(advantage)", "return max(0.0, float(advantage))"))  # fmt: skip
bank.wrong(M, "the largest gap of means", says="", swap=(WHERE, "for t in [(np.mean(known_members) + np.mean(known_others)) / 2]:"))  # fmt: skip
bank.wrong(M, "judged strictly", says="where the threshold is judged", swap=("np.mean(members <= threshold) - np.mean(others <= threshold)", "np.mean(members < threshold) - np.mean(others < threshold)"))  # fmt: skip
bank.wrong(M, "absolute advantages compared", says="no absolute value", swap=("here = np.mean(known_members <= t) - np.mean(known_others <= t)", "here = abs(np.mean(known_members <= t) - np.mean(known_others <= t))"))  # fmt: skip
bank.right(
    M, "members' errors in order", swap=(WHERE, "for t in np.sort(known_members):")
)  # A rises nowhere else
bank.right(
    M, "scikit-learn's ROC curve",
    code="""
def attack_advantage(known_members, known_others, members, others):
    from sklearn.metrics import roc_curve
    labels = np.r_[np.ones(len(known_members)), np.zeros(len(known_others))]
    scores = -np.r_[known_members, known_others]
    fpr, tpr, t = roc_curve(labels, scores, drop_intermediate=False)
    gain = np.round(tpr - fpr, 9)[1:]
    threshold = -t[1:][np.argmax(gain)]
    return np.mean(members <= threshold) - np.mean(others <= threshold), threshold
""",
)  # fmt: skip
bank.right(
    M, "plain lists",
    code="""
def attack_advantage(known_members, known_others, members, others):
    def share(errors, t):
        return sum(1 for e in errors if e <= t) / len(errors)

    best = threshold = None
    for t in sorted(known_members.tolist() + known_others.tolist()):
        a = share(known_members, t) - share(known_others, t)
        if best is None or a > best:
            best, threshold = a, t
    return share(members, threshold) - share(others, threshold), threshold
""",
)  # fmt: skip
bank.right(
    M, "TensorFlow's means",
    code="""
import tensorflow as tf


def attack_advantage(known_members, known_others, members, others):
    def share(errors, t):
        return tf.reduce_mean(tf.cast(tf.constant(errors) <= t, "float32"))

    t = np.sort(np.r_[known_members, known_others])
    gains = [float(share(known_members, one) - share(known_others, one)) for one in t]
    threshold = t[int(np.argmax(gains))]
    return share(members, threshold) - share(others, threshold), threshold
""",
)  # fmt: skip
bank.right(
    M, "pandas",
    code="""
def attack_advantage(known_members, known_others, members, others):
    table = pd.concat([
        pd.DataFrame({"error": known_members, "gain": 1 / len(known_members)}),
        pd.DataFrame({"error": known_others, "gain": -1 / len(known_others)}),
    ])
    threshold = table.groupby("error").gain.sum().cumsum().round(9).idxmax()
    return (members <= threshold).mean() - (others <= threshold).mean(), threshold
""",
)  # fmt: skip
bank.right(
    M, "pandas without rounding",
    code="""
def attack_advantage(known_members, known_others, members, others):
    gain = np.r_[np.full(len(known_members), 1 / len(known_members)), np.full(len(known_others), -1 / len(known_others))]
    curve = pd.Series(gain, index=np.r_[known_members, known_others]).groupby(level=0).sum().cumsum()
    threshold = curve.idxmax()
    return (members <= threshold).mean() - (others <= threshold).mean(), threshold
""",
)  # fmt: skip

bank.wrong(
    B, "Clopper and Pearson's interval", says="",
    swap=("    p, z = k / n, 1.96\n", "    from scipy.stats import binomtest\n\n    return tuple(binomtest(int(k), int(n)).proportion_ci())\n    p, z = k / n, 1.96\n"),
)  # fmt: skip
bank.wrong(
    B, "with a correction for continuity", says="",
    swap=("    p, z = k / n, 1.96\n", "    from scipy.stats import binomtest\n\n    return tuple(binomtest(int(k), int(n)).proportion_ci(method='wilsoncc'))\n    p, z = k / n, 1.96\n"),
)  # fmt: skip
bank.wrong(
    B, "Agresti and Coull's interval", says="",
    swap=("    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))\n    return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)",
          "    p = centre / (1 + z**2 / n)\n    half = z * np.sqrt(p * (1 - p) / (n + z**2))\n    return max(p - half, 0), min(p + half, 1)"),
)  # fmt: skip
bank.wrong(B, "z = 2", says="take 1.96", swap=("1.96", "2.0"))
bank.wrong(B, "per cent", says="per cent", swap=("rows[group] = [share, k / len(generated), low, high", "rows[group] = [100 * share, 100 * k / len(generated), 100 * low, 100 * high"))  # fmt: skip
bank.wrong(
    B, "the training share's interval decides", says="",
    swap=('        verdict = "under" if high < share', "        a, b = wilson(np.sum(training == group), len(training))\n"
          '        verdict = "under" if k / len(generated) < a else "over" if k / len(generated) > b else "in doubt"\n'
          '        verdict = verdict if True else "under" if high < share'),
)  # fmt: skip
bank.wrong(
    B, "two intervals must be apart", says="",
    swap=('        verdict = "under" if high < share', "        a, b = wilson(np.sum(training == group), len(training))\n"
          '        verdict = "under" if high < a else "over" if low > b else "in doubt"\n'
          '        verdict = verdict if True else "under" if high < share'),
)  # fmt: skip
bank.wrong(B, "frequent groups first", says="sorted", swap=("    return pd.DataFrame.from_dict(rows, orient=\"index\", columns=columns)", "    return pd.DataFrame.from_dict(rows, orient=\"index\", columns=columns).sort_values(\"generated\")"))  # fmt: skip
bank.wrong(B, "the group as a column", says="column", swap=("orient=\"index\", columns=columns)", "orient=\"index\", columns=columns).rename_axis(\"group\").reset_index()"))  # fmt: skip
bank.wrong(
    B, "lost groups as NaN", says="",
    code="""
def wilson(k, n):
    p, z = k / n, 1.96
    mid, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (mid - half) / (1 + z**2 / n), (mid + half) / (1 + z**2 / n)


def bias_table(training, generated):
    table = pd.DataFrame({"training": pd.Series(training).value_counts(normalize=True),
                          "generated": pd.Series(generated).value_counts(normalize=True)}).sort_index()
    table["low"], table["high"] = wilson(table["generated"] * len(generated), len(generated))
    table["verdict"] = np.select([table.high < table.training, table.low > table.training], ["under", "over"], "in doubt")
    return table
""",
)  # fmt: skip
bank.wrong(B, "the 4 forgotten", says="not z²/n²", swap=("(4 * n**2)", "n**2"))
bank.wrong(B, "n of the training pictures", says="not of training pictures", swap=("wilson(k, len(generated))", "wilson(k, len(training))"))  # fmt: skip
bank.wrong(B, "nothing for a lost group", says="same number", swap=("low, high = wilson(k, len(generated))", "low, high = wilson(k, len(generated)) if k else (0.0, 0.0)"))  # fmt: skip
bank.wrong(B, "groups of training only", says="groups of both", swap=("np.unique(np.concatenate([training, generated]))", "np.unique(training)"))  # fmt: skip
bank.wrong(B, "never in doubt", says="may be chance", swap=('"under" if high < share else "over" if low > share else "in doubt"', '"under" if k / len(generated) < share else "over"'))  # fmt: skip
bank.right(B, "an array of two", swap=("return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)", "return (centre + half * np.array([-1, 1])) / (1 + z**2 / n)"))  # fmt: skip
bank.right(
    B, "SciPy's interval, crosstab",
    code="""
from scipy.stats import binomtest


def wilson(k, n):
    return tuple(binomtest(int(k), int(n)).proportion_ci(confidence_level=0.95, method="wilson"))


def bias_table(training, generated):
    where = np.r_[["training"] * len(training), ["generated"] * len(generated)]
    counts = pd.crosstab(np.r_[training, generated], where)[["training", "generated"]]
    table = counts / counts.sum()
    table[["low", "high"]] = [wilson(k, len(generated)) for k in counts["generated"]]
    table["verdict"] = "in doubt"
    table.loc[table["high"] < table["training"], "verdict"] = "under"
    table.loc[table["low"] > table["training"], "verdict"] = "over"
    return table
""",
)  # fmt: skip
bank.right(
    B, "Counter, and an array for an interval",
    code="""
from collections import Counter
from math import sqrt


def wilson(k, n):
    z = 1.96
    factor = 1 / (1 + z * z / n)
    mid = factor * (k / n + z * z / (2 * n))
    half = factor * z * sqrt(k / n * (1 - k / n) / n + z * z / (4 * n * n))
    return [mid - half, mid + half]


def bias_table(training, generated):
    before, after = Counter(training), Counter(generated)
    records = []
    for group in sorted(before | after):
        low, high = wilson(after[group], len(generated))
        share = before[group] / len(training)
        records.append({
            "group": group, "training": share, "generated": after[group] / len(generated), "low": low,
            "high": high, "verdict": "under" if share > high else "over" if share < low else "in doubt",
        })
    return pd.DataFrame(records).set_index("group")
""",
)  # fmt: skip
bank.right(
    B, "vectors",
    code="""
def wilson(k, n):
    p, z2 = np.asarray(k, dtype="float64") / n, 1.96**2
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2)))
    ends = np.stack([p + z2 / (2 * n) - half, p + z2 / (2 * n) + half]) / (1 + z2 / n)
    return ends[0], ends[1]


def bias_table(training, generated):
    groups = np.union1d(training, generated)
    share, k = (training[None] == groups[:, None]).mean(1), (generated[None] == groups[:, None]).sum(1)
    low, high = wilson(k, generated.size)
    verdict = np.full(len(groups), "in doubt", dtype=object)
    verdict[share > high], verdict[share < low] = "under", "over"
    return pd.DataFrame(dict(training=share, generated=k / generated.size, low=low, high=high, verdict=verdict), index=groups)
""",
)  # fmt: skip

# small worked examples, and mistakes that only some data show
bank.wrong(A, "above the mean of the real", says="scores [0.6] of real and [0.6] of fakes", swap=("float(higher + equal / 2)", "float(np.mean(fake > real.mean()))"))  # fmt: skip
bank.wrong(A, "accuracy at the mean of all", says="scores [0.2, 0.6] of real", swap=("float(higher + equal / 2)", "float((np.mean(fake > np.mean([*real, *fake])) + np.mean(real <= np.mean([*real, *fake]))) / 2)"))  # fmt: skip
bank.wrong(A, "whole numbers", says="scores [0.3] of real and [0.8]", swap=("real[:, None], fake[None, :]", "real[:, None].astype(int), fake[None, :].astype(int)"))  # fmt: skip
bank.wrong(A, "different scores alone", says="[3, 1] of real and [2, 2, 0]", swap=("real[:, None], fake[None, :]", "np.unique(real)[:, None], np.unique(fake)[None, :]"))  # fmt: skip
bank.wrong(S, "the longer of u and v", says="4 columns, 1 and -1 in turn", swap=("np.hypot(u[:, None], u[None, :])", "np.maximum(np.abs(u[:, None]), np.abs(u[None, :]))"))  # fmt: skip
bank.wrong(S, "rings with gaps", says="2 periods along the width times 4 along the height", swap=("power[ring == r].mean() for", "power[np.abs(np.hypot(u[:, None], u[None, :]) - r) < 0.45].mean() for"))  # fmt: skip
bank.wrong(S, "rounded up from .6", says="8 periods along the width times 3", swap=("np.round(np.hypot(u[:, None], u[None, :]))", "np.floor(np.hypot(u[:, None], u[None, :]) + 0.4)"))  # fmt: skip
bank.wrong(S, "median of the pictures", says="three pictures", swap=("power.mean(axis=(0, 3))", "np.median(power, axis=(0, 3))"))  # fmt: skip
bank.wrong(S, "the last channel", says="two channels", swap=("power.mean(axis=(0, 3))", "power.mean(axis=0)[..., -1]"))  # fmt: skip
bank.wrong(W, "root of the pictures", says="bits [1, 1, 1, 1]", swap=("np.sqrt(len(bits))", "np.sqrt(len(pictures))"))  # fmt: skip
bank.wrong(W, "the first bit alone", says="bits [1, 1, 1, 1]", swap=("np.tensordot(signs, patterns, 1)", "signs[0] * patterns[0]"))  # fmt: skip
bank.wrong(W, "clipped above 0 alone", says="not above 1", swap=("np.clip(pictures + mark[..., None], 0, 1)", "np.maximum(pictures + mark[..., None], 0)"))  # fmt: skip
bank.wrong(W, "clipped below 1 alone", says="not below 0", swap=("np.clip(pictures + mark[..., None], 0, 1)", "np.minimum(pictures + mark[..., None], 1)"))  # fmt: skip
bank.wrong(W, "luminance", says="[0.9, 0.6, 0]", swap=("pictures.mean(axis=-1)", "pictures @ np.array([0.299, 0.587, 0.114])"))  # fmt: skip
bank.wrong(W, "means of the rows", says="[[1, -1], [-1, -1]]", swap=("grey.mean(axis=(1, 2), keepdims=True)", "grey.mean(axis=2, keepdims=True)"))  # fmt: skip
bank.wrong(W, "bits by majority", says="[[0.3], [-0.2], [-0.1]]", swap=("(found > 0) !=", "((found > 0).mean(axis=0) > 0.5) !="))  # fmt: skip
bank.wrong(W, "bits above the mean", says="with the correlations [[0.2]]", swap=("(found > 0)", "(found > found.mean())"))  # fmt: skip
bank.wrong(G, "a short number", says="bytes by trying", swap=("return head.encode() + pixels.tobytes()", "import zlib\n\n    return str(zlib.crc32(head.encode() + pixels.tobytes())).encode()"))  # fmt: skip
bank.wrong(G, "sides sorted", says="in this order", swap=('"shape": pixels.shape', '"shape": sorted(pixels.shape)'))  # fmt: skip
bank.wrong(G, "long texts cut", says="end of a long text", swap=('"claims": claims', '"claims": {k: v[:32] for k, v in claims.items()}'))  # fmt: skip
bank.wrong(G, "a digest signed", says="one of the SHA-256 digest", swap=("key.sign(signed_bytes(pixels, claims))", "key.sign(__import__('hashlib').sha256(signed_bytes(pixels, claims)).digest())"))  # fmt: skip
bank.wrong(G, "pixels alone verified", says="A signature of the pixels alone is accepted", swap=("key.verify(signature, signed_bytes(pixels, claims))", "key.verify(signature, pixels.tobytes())"))  # fmt: skip
bank.wrong(G, "verify's arguments exchanged", says="takes the signature, then the bytes", swap=("key.verify(signature, signed_bytes(pixels, claims))", "key.verify(signed_bytes(pixels, claims), signature)"))  # fmt: skip
bank.wrong(G, "true and false exchanged", says="Are True and False exchanged", swap=("        return False\n    return True", "        return True\n    return False"))  # fmt: skip
bank.wrong(M, "between two errors", says="none of the calibration errors", swap=(WHERE, "v = np.unique(np.concatenate([known_members, known_others]))\n    for t in np.append((v[1:] + v[:-1]) / 2, v[-1]):"))  # fmt: skip
bank.wrong(M, "the last one not tried", says="but 2 of 2 members and 2 of 2 others", swap=("[known_members, known_others])):", "[known_members, known_others]))[:-1]:"))  # fmt: skip
bank.wrong(M, "false positives cost ten times", says="The advantage is right for this threshold", swap=("- np.mean(known_others <= t)", "- 10 * np.mean(known_others <= t)"))  # fmt: skip
bank.wrong(M, "accuracy of the judged", says="The threshold is right", swap=("np.mean(members <= threshold) - np.mean(others <= threshold)", "(np.mean(members <= threshold) + np.mean(others > threshold)) / 2"))  # fmt: skip
bank.wrong(B, "z²/n in the middle", says="The half width, 0.0864, is right", swap=("centre = p + z**2 / (2 * n)", "centre = p + z**2 / n"))  # fmt: skip
bank.wrong(B, "2n² under the root", says="The middle, 0.1122, is right", swap=("(4 * n**2)", "(2 * n**2)"))  # fmt: skip
bank.wrong(B, "share of both together", says="expected 8 of 80", swap=("np.mean(training == group)", "np.sum(training == group) / (len(training) + len(generated))"))  # fmt: skip
bank.wrong(B, "interval of both together", says="expected wilson(0, 60)", swap=("wilson(k, len(generated))", "wilson(k, len(generated) + len(training))"))  # fmt: skip
bank.right(B, "columns in another order", swap=('orient="index", columns=columns)', 'orient="index", columns=columns)[columns[::-1]]'))  # fmt: skip
