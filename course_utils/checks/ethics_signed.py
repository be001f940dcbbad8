"""Checks of lesson 52: signatures."""

import contextlib
import hashlib
import json
from collections.abc import Callable

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from course_utils import check


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
    ({"a": 40 * "b" + "c"}, {"a": 40 * "b" + "d"}),
    ({40 * "b" + "c": "a"}, {40 * "b" + "d": "a"}),
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
    check.require(
        len(told) >= 16,
        f"signed_bytes gives {len(told)} bytes for {height} x {width} pixels. With less than 16 someone can find another "
        "picture with the same bytes by trying: let all values be a part, or a digest such as SHA-256 of them.",
    )
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
    if height != width:
        differs(
            pixels.reshape(width, height, 3), CLAIMS,
            f"The same values as {height} x {width} and as {width} x {height} pixels give the same bytes: height and width "
            "count in this order.",
        )  # fmt: skip
    _check_texts(signed_bytes, pixels)


def _check_texts(signed_bytes: Callable, pixels: np.ndarray) -> None:
    """Other claims must give other bytes, also where only a letter or the place of a quotation mark differs."""
    for one, two in LOST_LETTERS:
        check.require(
            _bytes_of(signed_bytes, pixels, one) != _bytes_of(signed_bytes, pixels, two),
            f"The claims {one} and {two} give the same bytes. Every letter counts: capitals, accents, blanks and the end of a long text, too.",
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


def _signed_instead(signed_bytes: Callable, pixels, message: bytes, fits: Callable) -> str:
    """Which other bytes than signed_bytes(...) a signature fits, in words, or nothing."""
    others = {
        "the pixels alone": lambda: pixels.tobytes(),
        "signed_bytes without the claims": lambda: _bytes_of(signed_bytes, pixels, {}),
        "the SHA-256 digest of signed_bytes; Ed25519 takes the bytes themselves": lambda: hashlib.sha256(
            message
        ).digest(),
        "the SHA-512 digest of signed_bytes; Ed25519 takes the bytes themselves": lambda: hashlib.sha512(
            message
        ).digest(),
        "the claims alone": lambda: json.dumps(CLAIMS, sort_keys=True).encode(),
        "no bytes at all": lambda: b"",
    }
    for name, data in others.items():
        with contextlib.suppress(check.CheckError):
            if fits(data()):
                return name
    return ""


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
    mine = Ed25519PrivateKey.from_private_bytes(private)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        other = _signed_instead(signed_bytes, pixels, message, lambda data: signature == mine.sign(data))
        text = f"What sign_picture returned ({len(signature)} bytes) is no Ed25519 signature of signed_bytes(...) by this key."
        text += f" It is one of {other}." if other else ""
        raise check.CheckError(text) from None
    right = mine.sign(message)
    if not _verdict(is_genuine, "A genuine picture", pixels, CLAIMS, right, public):

        def passes(data):
            return bool(check.call(is_genuine, pixels, CLAIMS, mine.sign(data), public))

        text = "A genuine picture with its signature and the right public key is refused."
        if passes(b"something else"):
            text += " A signature of quite other bytes is accepted. Are True and False exchanged?"
        elif other := _signed_instead(signed_bytes, pixels, message, passes):
            text += f" A signature of {other} is accepted: verify signed_bytes(pixels, claims)."
        raise check.CheckError(f"{text} (`verify` takes the signature, then the bytes, and raises if they do not fit.)")
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
