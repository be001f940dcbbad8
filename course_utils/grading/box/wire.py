"""Messages between processes: JSON and raw arrays in bounded frames, never pickled objects.

A frame is the length of its JSON (4 bytes), the length of its arrays (8 bytes), the JSON, and the
arrays' bytes one after the other. In the JSON a number, text, a truth value and None stand for
themselves; everything else is a list of its kind and its parts, e.g. ``["t", 1, 2]`` for a tuple.
"""

import itertools
import json
import socket
import struct

import numpy as np

HEAD = struct.Struct(">IQ")
MAX_TEXT, MAX_BYTES = 1 << 26, 1 << 29  # of a frame's JSON, and of its arrays
MAX_DEPTH, MAX_PARTS = 16, 200_000  # of one value
PLAIN_KINDS = "biufcSUmM"  # kinds of dtypes that hold no objects


class WireError(ValueError):
    """Something that does not cross, or is too large; says what."""


# ---- bytes -----------------------------------------------------------------------------------


def send(channel: socket.socket, message, arrays: list[bytes] = ()) -> None:
    """Send one frame."""
    text = json.dumps(message).encode()
    channel.sendall(HEAD.pack(len(text), sum(map(len, arrays))) + text)
    for part in arrays:
        channel.sendall(part)


def receive(channel: socket.socket) -> tuple[object, memoryview]:
    """Wait for one frame: its message and its arrays' bytes.

    Raises:
        EOFError: the other side has gone.
        WireError: too large, or no JSON.
    """
    sizes = HEAD.unpack(_read(channel, HEAD.size))
    if sizes[0] > MAX_TEXT or sizes[1] > MAX_BYTES:
        raise WireError(f"a message of {sum(sizes) / 1e6:.0f} MB, which is too much")
    text, arrays = _read(channel, sizes[0]), _read(channel, sizes[1])
    return decode(text), arrays


def decode(text: bytes | memoryview):
    """A frame's JSON."""
    try:
        return json.loads(bytes(text))
    except (ValueError, RecursionError) as error:
        raise WireError(f"a message that is none: {error}") from None


def _read(channel: socket.socket, size: int) -> memoryview:
    found = memoryview(bytearray(size))
    done = 0
    while done < size:
        count = channel.recv_into(found[done:])
        if count == 0:
            raise EOFError("the other side has gone")
        done += count
    return found


# ---- values ----------------------------------------------------------------------------------


class Frame:
    """The values of one frame: JSON, and arrays beside it. A stranger may have written it.

    Args:
        objects: what knows further kinds: ``parts_of`` gives kind and parts of a value that is not
            plain, and ``_read_KIND`` makes a value of parts.
        arrays: of a frame that came; without them one is written.
    """

    def __init__(self, objects, arrays: memoryview | None = None):
        self.objects, self.given = objects, arrays
        self.arrays: list[bytes] = []
        self.size = self.parts = self.depth = 0

    def _count(self) -> None:
        self.parts += 1
        if self.depth > MAX_DEPTH or self.parts > MAX_PARTS:
            raise WireError("a value that is nested too deeply, or has too many parts")

    def pack(self, value):
        """A value as JSON."""
        self._count()
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, np.ndarray) and value.dtype.kind != "O":
            return self._pack_array(np.asarray(value))
        name, *parts = _plain_parts(value) or self.objects.parts_of(value)
        self.depth += 1
        code = [name, *map(self.pack, parts)]
        self.depth -= 1
        return code

    def _pack_array(self, value: np.ndarray) -> list:
        if value.dtype.kind not in PLAIN_KINDS:
            raise WireError(f"an array of {value.dtype}, which does not cross")
        start, self.size = self.size, self.size + value.nbytes
        if self.size > MAX_BYTES:  # before it is copied: a broadcast array may be huge
            raise WireError(f"{self.size / 1e6:.0f} MB of arrays, which is too much")
        columns = value.flags.f_contiguous and not value.flags.c_contiguous
        order = "F" if columns else "C"
        self.arrays.append(value.tobytes(order))
        return ["a", value.dtype.str, list(value.shape), order, start, value.nbytes]

    def unpack(self, code):
        """The reverse."""
        self._count()
        if code is None or isinstance(code, bool | int | float | str):
            return code
        if not isinstance(code, list) or not code or not isinstance(code[0], str):
            raise WireError("a value that is none")
        name, *parts = code
        try:
            if name == "a":
                return self._unpack_array(*parts)
            self.depth += 1
            parts = [self.unpack(one) for one in parts]
            self.depth -= 1
            if name in MAKERS:
                return MAKERS[name](parts)
            read = getattr(self.objects, f"_read_{name}", None)
            if read is None:
                raise WireError(f"a value of the kind {name[:50]!r}, which does not cross")
            return read(*parts)
        except WireError:
            raise
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
            raise WireError(f"a value that is none: {error}") from None

    def _unpack_array(self, dtype, shape, order, start, size) -> np.ndarray:
        dtype = np.dtype(dtype)
        if dtype.kind not in PLAIN_KINDS:
            raise WireError(f"an array of {dtype}")
        whole = isinstance(start, int) and isinstance(size, int)
        if not whole or not 0 <= start <= start + size <= len(self.given):
            raise WireError("bytes from beyond the message")
        data = self.given[start : start + size]
        found = np.frombuffer(data, dtype) if dtype.itemsize else np.zeros(shape, dtype)
        return found.reshape(shape, order="F" if order == "F" else "C").copy(order="K")


def _plain_parts(value) -> tuple | None:
    """Kind and parts of a plain value that has parts; None of any other."""
    kind = type(value)
    if kind in SEVERAL:
        return SEVERAL[kind], *value
    if kind is dict:
        return "d", *itertools.chain(*value.items())
    if kind is complex:
        return "c", value.real, value.imag
    if kind in (range, slice):
        return kind.__name__, value.start, value.stop, value.step
    if kind in (bytes, bytearray):
        return "b", np.frombuffer(value, "u1")
    if isinstance(value, np.generic):
        return "np", np.asarray(value)
    if isinstance(value, np.ndarray):  # of objects
        if value.size > MAX_PARTS:
            raise WireError("an array of very many objects")
        return "o", list(value.shape), *np.asarray(value).ravel().tolist()
    return None


def _array_of_objects(parts: list) -> np.ndarray:
    shape, *items = parts
    found = np.empty(len(items), dtype=object)
    for place, one in enumerate(items):
        found[place] = one
    return found.reshape(shape)


SEVERAL = {tuple: "t", list: "l", set: "s", frozenset: "f"}
MAKERS = {name: kind for kind, name in SEVERAL.items()} | {
    "d": lambda parts: dict(zip(parts[::2], parts[1::2], strict=True)),
    "c": lambda parts: complex(*parts),
    "range": lambda parts: range(*parts),
    "slice": lambda parts: slice(*parts),
    "b": lambda parts: np.asarray(parts[0], "u1").tobytes(),
    "np": lambda parts: parts[0][()],
    "o": _array_of_objects,
}
