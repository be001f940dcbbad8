"""Messages between processes: JSON and raw arrays in bounded frames, never pickled objects.

A frame is the length of its JSON (4 bytes), the length of its arrays (8 bytes), the JSON, and the
arrays' bytes one after the other. In the JSON a number, text, a truth value and None stand for
themselves; everything else is a list that begins with its kind, e.g. ``["t", 1, 2]`` for a tuple.
"""

import json
import socket
import struct

import numpy as np

HEAD = struct.Struct(">IQ")
MAX_TEXT, MAX_BYTES = 1 << 26, 1 << 29  # of a frame's JSON, and of its arrays
MAX_DEPTH, MAX_PARTS = 16, 200_000  # of one value
SEVERAL = {tuple: "t", list: "l", set: "s", frozenset: "s"}
PARTED = {  # kinds that are told by a few parts
    complex: ("c", lambda value: (value.real, value.imag)),
    range: ("r", lambda value: (value.start, value.stop, value.step)),
    slice: ("sl", lambda value: (value.start, value.stop, value.step)),
}
FROM_ITEMS = {"t": tuple, "l": list, "s": set}
FROM_PARTS = {name: kind for kind, (name, _) in PARTED.items()}
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


class Writer:
    """Makes the JSON and the arrays of one frame. ``other`` packs what is no plain value."""

    def __init__(self, other=None):
        self.arrays: list[bytes] = []
        self.size, self.parts, self.other = 0, 0, other

    def pack(self, value, depth: int = 0):
        """A value as JSON."""
        self.parts += 1
        if depth > MAX_DEPTH or self.parts > MAX_PARTS:
            raise WireError("a value that is nested too deeply, or has too many parts")
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if isinstance(value, np.ndarray):
            return self._array(np.asarray(value), depth)
        if isinstance(value, np.generic):
            return ["np", self._array(np.asarray(value), depth)]
        if kind in SEVERAL:
            return [SEVERAL[kind], *(self.pack(one, depth + 1) for one in value)]
        if kind is dict:
            pairs = value.items()
            return ["d", *([self.pack(one, depth + 1) for one in pair] for pair in pairs)]
        if kind in PARTED:
            name, parts = PARTED[kind]
            return [name, *(self.pack(one, depth + 1) for one in parts(value))]
        if kind in (bytes, bytearray):
            return ["b", *self._place(bytes(value))]
        if self.other is None:
            raise WireError(f"a value of the class {kind.__name__}, which does not cross")
        return self.other(self, value, depth)

    def _array(self, value: np.ndarray, depth: int):
        if value.dtype.kind == "O":
            if value.size > MAX_PARTS:
                raise WireError("an array of very many objects")
            items = value.ravel().tolist()
            return ["o", list(value.shape), *(self.pack(one, depth + 1) for one in items)]
        if value.dtype.kind not in PLAIN_KINDS:
            raise WireError(f"an array of {value.dtype}, which does not cross")
        columns = value.flags.f_contiguous and not value.flags.c_contiguous
        order = "F" if columns else "C"
        self._require_room(value.nbytes)  # before it is copied: a broadcast array may be huge
        return ["a", value.dtype.str, list(value.shape), order, *self._place(value.tobytes(order))]

    def _require_room(self, size: int) -> None:
        if self.size + size > MAX_BYTES:
            raise WireError(f"{(self.size + size) / 1e6:.0f} MB of arrays, which is too much")

    def _place(self, data: bytes) -> tuple[int, int]:
        self._require_room(len(data))
        start, self.size = self.size, self.size + len(data)
        self.arrays.append(data)
        return start, len(data)


class Reader:
    """Reads the values of one frame, which a stranger may have written.

    ``other`` has a method for each further kind, as this class has for plain ones.
    """

    def __init__(self, arrays: memoryview, other=None):
        self.arrays, self.other, self.parts = arrays, other, 0

    def unpack(self, code, depth: int = 0):
        """A value."""
        self.parts += 1
        if depth > MAX_DEPTH or self.parts > MAX_PARTS:
            raise WireError("a value that is nested too deeply, or has too many parts")
        if code is None or isinstance(code, bool | int | float | str):
            return code
        if not isinstance(code, list) or not code or not isinstance(code[0], str):
            raise WireError("a value that is none")
        name, *parts = code
        try:
            if read := getattr(self.other, f"_read_{name}", None):
                return read(self, parts, depth)
            if name in FROM_ITEMS:
                return FROM_ITEMS[name](self._each(parts, depth))
            if name in FROM_PARTS:
                return FROM_PARTS[name](*self._each(parts, depth))
            return getattr(self, f"_read_{name}")(parts, depth)
        except WireError:
            raise
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
            raise WireError(f"a value that is none: {error}") from None

    def _each(self, parts, depth):
        return [self.unpack(one, depth + 1) for one in parts]

    def _read_a(self, parts, depth):
        dtype, shape, order, start, size = parts
        dtype = np.dtype(dtype)
        if dtype.kind not in PLAIN_KINDS:
            raise WireError(f"an array of {dtype}")
        data = self._read_b([start, size], depth)
        found = np.frombuffer(data, dtype) if dtype.itemsize else np.zeros(shape, dtype)
        return found.reshape(shape, order="F" if order == "F" else "C").copy(order="K")

    def _read_b(self, parts, depth):
        start, size = parts
        whole = isinstance(start, int) and isinstance(size, int)
        if not whole or not 0 <= start <= start + size <= len(self.arrays):
            raise WireError("bytes from beyond the message")
        return bytes(self.arrays[start : start + size])

    def _read_np(self, parts, depth):
        return self.unpack(parts[0], depth + 1)[()]

    def _read_o(self, parts, depth):
        shape, *items = parts
        found = np.empty(len(items), dtype=object)
        for place, one in enumerate(self._each(items, depth)):
            found[place] = one
        return found.reshape(shape)

    def _read_d(self, parts, depth):
        return {self.unpack(k, depth + 1): self.unpack(v, depth + 1) for k, v in parts}
