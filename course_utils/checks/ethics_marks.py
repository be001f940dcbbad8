"""Checks of lesson 52: watermarks and signatures."""

from collections.abc import Callable

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from course_utils import check


def _mark(bits, patterns, strength, share="root", signs="both", order=1) -> np.ndarray:
    signs = {"both": [2 * b - 1 for b in bits], "ones": bits, "turned": [1 - 2 * b for b in bits]}[signs]
    parts = np.array([s * p for s, p in zip(signs[::order], patterns, strict=True)])
    divisor = {"root": np.sqrt(len(bits)), "mean": len(bits), "sum": 1.0}[share]
    return strength * parts.sum(axis=0) / divisor


def _embedded(x, bits, patterns, strength, clip=True, scale=1.0, channels=3, only_mark=False, product=False, **mark):
    added = np.zeros(x.shape)
    added[..., :channels] = scale * _mark(bits, patterns, strength, **mark)[None, :, :, None]
    found = added if only_mark else x * (1 + added) if product else x + added
    return np.clip(found, 0, 1) if clip else found


EMBED_SLIPS = {
    "the division by the root of the number of bits is missing.": {"share": "sum"},
    "divide by the *root* of the number of bits.": {"share": "mean"},
    "a bit 0 adds nothing here; it subtracts its pattern.": {"signs": "ones"},
    "the signs are turned: bit 1 adds its pattern, bit 0 subtracts it.": {"signs": "turned"},
    "the bits are in reversed order: bit j belongs to pattern j.": {"order": -1},
    "values leave [0, 1]: clip them.": {"clip": False},
    "only the first channel is marked; all three get the same mark.": {"channels": 1},
    "the mark is divided by 255: pictures here lie in [0, 1].": {"scale": 1 / 255},
    "this is the mark alone; add it to the pictures.": {"only_mark": True},
    "the picture was multiplied; add the mark.": {"product": True},
}


def some_marks(n: int, height: int, width: int, bits: int, seed: int = 0) -> dict:
    """Pictures, bits and patterns for :func:`check_watermark`."""
    rng = np.random.default_rng([seed, n, height, width, bits])
    x = rng.uniform(0.05, 0.95, (n, height, width, 3)) * [1, 0.8, 0.5]
    some = rng.integers(0, 2, bits)
    some[0] = 1 - some[-1] if bits > 1 else 0
    patterns = rng.choice([-1.0, 1.0], size=(bits, height, width), p=[0.4, 0.6])
    return {"x": x, "bits": some, "patterns": patterns}


def check_watermark(embed: Callable, correlations: Callable, error_rate: Callable, x, bits, patterns) -> None:
    """Compare marks and correlations with loops; count wrong bits.

    Args:
        embed, correlations, error_rate: the learner's functions.
        x: pictures (n, h, w, 3).
        bits: (k,), patterns (k, h, w).
    """
    size = f"{len(x)} picture(s) of {x.shape[1]} x {x.shape[2]} pixels with {len(bits)} bit(s)"
    for strength in (0.1, 0.4):
        answer = check.call(embed, x, bits, patterns, strength)
        check.require(answer is not None, "embed_bits returned nothing. Is the `return` missing?")
        right = _embedded(x, bits, patterns, strength)
        mistakes = check.slips(lambda s=strength, **slip: _embedded(x, bits, patterns, s, **slip), EMBED_SLIPS)
        check.close(answer, right, f"the marked pictures, {size}", rtol=1e-4, mistakes=mistakes)
    marked = _embedded(x, bits, patterns, 0.2)
    answer = check.call(correlations, marked, patterns)
    check.require(answer is not None, "correlations returned nothing. Is the `return` missing?")
    _check_correlations(answer, marked, patterns, size)
    _check_rate(error_rate)


def _correlated(marked, patterns, centre="picture", divide=True, channels="mean", flip=False, absolute=False):
    grey = marked.mean(axis=-1) if channels == "mean" else marked[..., 0]
    grey = marked.sum(axis=-1) if channels == "sum" else grey
    middle = {"picture": grey.mean(axis=(1, 2), keepdims=True), "none": 0.0, "all": grey.mean(),
              "mean picture": grey.mean(axis=0)}[centre]  # fmt: skip
    found = np.array([[np.sum(g * p) for p in patterns] for g in grey - middle])
    found = found / patterns[0].size if divide else found
    found = np.abs(found) if absolute else found
    return found.T if flip else found


def _check_correlations(answer, marked, patterns, size: str) -> None:
    slips = {
        "the mean of each picture is not taken away: a bright picture then looks marked.": {"centre": "none"},
        "the mean of all pictures together was taken away; each picture has its own mean.": {"centre": "all"},
        "the mean picture was taken away; take from each picture its own mean, a number.": {"centre": "mean picture"},
        "this is a sum over the pixels; take the mean.": {"divide": False},
        "only the first channel counts here; take the mean of the three.": {"channels": "first"},
        "this is the sum of the three channels; take their mean.": {"channels": "sum"},
        "rows and columns are exchanged: a row belongs to a picture.": {"flip": True},
        "the sign tells the bit: no absolute value.": {"absolute": True},
    }
    right = _correlated(marked, patterns)
    mistakes = check.slips(lambda **slip: _correlated(marked, patterns, **slip), slips)
    mistakes["these are bits; return the correlations themselves."] = (right > 0).astype(float)
    grey = marked.mean(axis=-1).reshape(len(marked), -1)
    flat = patterns.reshape(len(patterns), -1)
    if flat.std(axis=1).all() and grey.std(axis=1).all():
        scale = grey.std(axis=1)[:, None] * flat.std(axis=1)
        mistakes["these are divided by standard deviations; here the mean product is asked for."] = right / scale
    check.close(answer, right, f"the correlations, {size}", rtol=1e-4, atol=1e-8, mistakes=mistakes)


def _check_rate(error_rate: Callable) -> None:
    found = np.array([[0.2, -0.1, 0.4, 0.3], [-0.9, -0.3, 0.5, 0.1], [0.1, -0.6, -1.2, 0.2]])
    for bits in ([1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 1, 1]):
        bits = np.array(bits)
        wrong = np.array([[int((c > 0) != (b == 1)) for c, b in zip(row, bits, strict=True)] for row in found])
        whole = wrong.any(axis=1).mean()
        check.close(
            check.call(error_rate, found, bits), wrong.mean(), "the bit error rate",
            mistakes={
                "this is the share of right bits.": 1 - wrong.mean(),
                "this is a number of bits; take the share.": wrong.sum(),
                "this is the share of pictures with a wrong bit; take the share of all bits.": whole,
                "one rate for all pictures, the mean over all bits.": wrong.mean(axis=1),
                "one rate for all bits: the mean over pictures and bits.": wrong.mean(axis=0),
                "this is in per cent; return a share.": 100 * wrong.mean(),
                "signs are -1 and 1, but bits 0 and 1: compare found > 0 with the bits.": np.mean(
                    np.sign(found) != bits),
                "wrong bits are divided by the pictures alone; divide by all bits of all pictures.": (
                    wrong.sum() / len(found)),
                "only the first picture counts here; take the share of the bits of all.": wrong[0].mean(),
                "correlations were averaged over the pictures first; read the bits of each picture.": np.mean(
                    (found.mean(axis=0) > 0) != bits),
            },
        )  # fmt: skip


def _key(seed: int) -> tuple[bytes, bytes]:
    """A private key of Ed25519 and its public one."""
    private = np.random.default_rng([52, seed]).bytes(32)
    public = Ed25519PrivateKey.from_private_bytes(private).public_key()
    raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    return private, public.public_bytes(*raw)


CLAIMS = {"maker": "studio", "model": "GAN 3", "licence": "CC BY 4.0"}
COLLISIONS = [
    ({"maker": "ab", "year": "1"}, {"maker": "a", "year": "b1"}),
    ({"a": "bc"}, {"ab": "c"}),
    ({"a": "1,b:2"}, {"a": "1", "b": "2"}),
    ({"a": "1, b: 2"}, {"a": "1", "b": "2"}),
    ({"a": "1,b=2"}, {"a": "1", "b": "2"}),
    ({"a": "1;b=2"}, {"a": "1", "b": "2"}),
    ({"a": "1 b 2"}, {"a": "1", "b": "2"}),
    ({"a": "1\nb=2"}, {"a": "1", "b": "2"}),
    ({"a": "1\nb: 2"}, {"a": "1", "b": "2"}),
    ({"a": "1", "b": "2"}, {"a": "2", "b": "1"}),
    ({"a": "1", "b": "2"}, {"a": "1", "c": "2"}),
]
LOST_LETTERS = [
    ({"a": "Zoë"}, {"a": "Zo"}),
    ({"a": "é"}, {"a": "è"}),
    ({"a": "B"}, {"a": "b"}),
    ({"a": "b "}, {"a": "b"}),
]


def _bytes_of(signed_bytes: Callable, pixels, claims) -> bytes:
    found = check.call(signed_bytes, pixels, claims)
    check.require(found is not None, "signed_bytes returned nothing. Is the `return` missing?")
    check.require(
        isinstance(found, bytes | bytearray), f"signed_bytes returns bytes, not {type(found).__name__}: try .encode()."
    )
    return bytes(found)


def check_large(signed_bytes: Callable) -> None:
    """Shapes with sides equal in eight bits, or with the same digits in a row, must not give the same bytes."""
    for (height, width), (other, other_width), told in (
        ((512, 256), (256, 512), "a side may be longer than 255."),
        ((1, 64), (16, 4), "put something between the sides of the shape, or their digits run together."),
    ):
        black = np.zeros((height, width, 3), dtype="uint8")
        check.require(
            _bytes_of(signed_bytes, black, CLAIMS)
            != _bytes_of(signed_bytes, black.reshape(other, other_width, 3), CLAIMS),
            f"Black pictures of {height} x {width} and of {other} x {other_width} give the same bytes: {told}",
        )


def check_signed_bytes(signed_bytes: Callable, height: int, width: int, seed: int = 0) -> None:
    """Equal for equal pictures and claims, in any order of the claims, different for all others."""
    rng = np.random.default_rng([seed, height, width])
    pixels = rng.integers(0, 256, (height, width, 3), dtype="uint8")
    told = _bytes_of(signed_bytes, pixels, CLAIMS)
    again = _bytes_of(signed_bytes, pixels.copy(), dict(CLAIMS))
    check.require(told == again, "Two calls with the same picture and claims give different bytes.")
    turned = dict(reversed(CLAIMS.items()))
    check.require(
        told == _bytes_of(signed_bytes, pixels, turned),
        "The order in which claims were written must not matter: sort them, for instance json.dumps(..., "
        "sort_keys=True).",
    )

    def differs(other, claims, message):
        check.require(_bytes_of(signed_bytes, other, claims) != told, message)

    for place in [(0, 0, 0), (height - 1, width - 1, 2), (height // 2, width // 2, 1)]:
        changed = pixels.copy()
        changed[place] ^= 1
        told_of = f"A change of the pixel value at {place} by 1 does not change the bytes."
        if pixels.size > 1000 and 0 < place[0] < height - 1:
            told_of += " (NumPy prints only the edges of a large array: str(pixels) is not all of it.)"
        differs(changed, CLAIMS, told_of)
    moved = {
        "upside down": pixels[::-1],
        "mirrored": pixels[:, ::-1],
        "with its channels in another order": pixels[..., ::-1],
    }
    for told_of, other in moved.items():
        if not np.array_equal(other, pixels):
            differs(other.copy(), CLAIMS, f"The picture {told_of} gives the same bytes.")
    for name in CLAIMS:
        differs(pixels, CLAIMS | {name: "another"}, f"A change of the claim {name!r} does not change the bytes.")
        rest = {k: v for k, v in CLAIMS.items() if k != name}
        differs(pixels, rest, f"Without the claim {name!r} the bytes are the same.")
    differs(pixels, CLAIMS | {"more": ""}, "A new claim with an empty text does not change the bytes.")
    differs(pixels, {v: k for k, v in CLAIMS.items()}, "Names and texts of claims exchanged give the same bytes.")
    if height * width > 1:
        differs(
            pixels.reshape(height * width, 1, 3), CLAIMS,
            "The same values in another shape give the same bytes: someone could shuffle the picture into other rows. "
            "Let the shape be a part.",
        )  # fmt: skip
    for one, two in LOST_LETTERS:
        check.require(
            _bytes_of(signed_bytes, pixels, one) != _bytes_of(signed_bytes, pixels, two),
            f"The claims {one} and {two} give the same bytes: every letter counts, capitals, accents and blanks, too.",
        )
    for one, two in [*COLLISIONS, *_forged(_bytes_of(signed_bytes, pixels, TWO))]:
        check.require(
            _bytes_of(signed_bytes, pixels, one) != _bytes_of(signed_bytes, pixels, two),
            f"The claims {one} and {two} give the same bytes. Write them with quotation marks, as json.dumps does.",
        )


TWO = {"k1k": "t1t", "k2k": "t2t"}


def _forged(signed: bytes) -> list[tuple[dict, dict]]:
    """One claim that holds, in its text, what these bytes have between two: equal bytes if nothing is quoted."""
    _, first, rest = signed.partition(b"t1t")
    between, second, rest = rest.partition(b"k2k")
    inside, third, _ = rest.partition(b"t2t")
    if not (first and second and third):
        return []
    text = "t1t" + between.decode("latin-1") + "k2k" + inside.decode("latin-1") + "t2t"
    return [({"k1k": text}, TWO)]


def _verdict(is_genuine: Callable, told: str, *arguments) -> bool:
    try:
        found = check.call(is_genuine, *arguments)
    except check.CheckError as error:
        if "Invalid" in str(error):
            raise check.CheckError(f"{told}: InvalidSignature came out; return False instead.") from None
        raise
    check.require(
        found is not None, f"{told}: nothing was returned. `verify` itself returns None where all is well; return True."
    )
    check.require(isinstance(found, bool | np.bool_), f"{told}: return True or False, not {type(found).__name__}.")
    return bool(found)


def check_signature(signed_bytes: Callable, sign: Callable, is_genuine: Callable, height: int, width: int) -> None:
    """Sign by the learner's functions, verify by the library, and try to cheat.

    Args:
        signed_bytes, sign, is_genuine: the learner's functions.
        height, width: of the picture.
    """
    rng = np.random.default_rng([1, height, width])
    pixels = rng.integers(0, 256, (height, width, 3), dtype="uint8")
    private, public = _key(height)
    other_private, other_public = _key(height + 1000)
    message = _bytes_of(signed_bytes, pixels, CLAIMS)
    signature = check.call(sign, pixels, CLAIMS, private)
    check.require(signature is not None, "sign_picture returned nothing. Is the `return` missing?")
    check.require(isinstance(signature, bytes), f"sign_picture returns bytes, not {type(signature).__name__}.")
    check.require(
        signature != public and signature != private and private not in signature,
        "sign_picture gives a key away: return what the key's `sign` returns.",
    )
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        text = f"What sign_picture returned ({len(signature)} bytes) is no Ed25519 signature of signed_bytes(...) by this key."
        raise check.CheckError(text) from None
    right = Ed25519PrivateKey.from_private_bytes(private).sign(message)
    check.require(
        _verdict(is_genuine, "A genuine picture", pixels, CLAIMS, right, public),
        "A genuine picture with its signature and the right public key is refused.",
    )
    changed = pixels.copy()
    changed[-1, 0, 1] ^= 4
    by_other = Ed25519PrivateKey.from_private_bytes(other_private).sign(message)
    cases = {
        "a picture with one changed pixel": (changed, CLAIMS, right, public),
        "a picture with a changed claim": (pixels, CLAIMS | {"maker": "someone else"}, right, public),
        "a picture without its claims": (pixels, {}, right, public),
        "a signature by another key": (pixels, CLAIMS, by_other, public),
        "a public key of someone else": (pixels, CLAIMS, right, other_public),
        "64 zeros for a signature": (pixels, CLAIMS, bytes(64), public),
        "the first half of a signature": (pixels, CLAIMS, right[:32], public),
        "an empty signature": (pixels, CLAIMS, b"", public),
    }
    for told, case in cases.items():
        check.require(not _verdict(is_genuine, told, *case), f"is_genuine accepts {told}.")
