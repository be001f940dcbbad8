"""What a cell showed, as a sandbox tells it: rebuilt from what nbformat knows, and cut."""

import math

MAX_OUTPUTS = 100  # of one cell
MAX_PICTURE_KB = 1000.0  # a figure is worth more bytes than text is
# text/html stays out of reach of scripts: see pages.py, which cleans it before it is shown
MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")


class ResultError(ValueError):
    """What came back from a sandbox is not a result of the job."""


def is_number(value) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def clean_text(value, limit: int) -> str:
    """Text that any file can hold: cut after ``limit`` characters, no lone surrogates.

    Raises:
        ResultError: not text.
    """
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        raise ResultError(f"text is expected, not {type(value).__name__}")
    if len(value) > limit:
        value = f"{value[:limit]}\n[{len(value) - limit} more characters were cut]"
    return value.encode("utf-8", "replace").decode("utf-8")


def _clean_metadata(output: dict, kept: dict) -> dict:
    """Alternative text and size of the pictures, which is all that a page needs."""
    told, clean = output.get("metadata"), {}
    for mime in kept:
        about = told.get(mime) if isinstance(told, dict) and mime.startswith("image/") else None
        if not isinstance(about, dict):
            continue
        sizes = {k: about[k] for k in ("width", "height") if is_number(about.get(k))}
        alt = {"alt": clean_text(about["alt"], 1000)} if isinstance(about.get("alt"), str) else {}
        if sizes or alt:
            clean[mime] = sizes | alt
    return clean


def _clean_output(output, room: int) -> dict:
    """One of nbformat's outputs, rebuilt from its known fields; ``room`` is in characters."""
    if not isinstance(output, dict):
        raise ResultError("an output is not a mapping")
    kind = output.get("output_type")
    if kind == "stream":
        if output.get("name") not in ("stdout", "stderr"):
            raise ResultError("a stream that is neither stdout nor stderr")
        return {
            "output_type": "stream",
            "name": output["name"],
            "text": clean_text(output.get("text"), room),
        }
    if kind == "error":
        lines = output.get("traceback")
        if not isinstance(lines, list):
            raise ResultError("a traceback is a list of lines")
        text = clean_text([clean_text(line, room) + "\n" for line in lines[-50:]], room)
        return {
            "output_type": "error",
            "ename": clean_text(output.get("ename"), 200),
            "evalue": clean_text(output.get("evalue"), min(room, 5000)),
            "traceback": text.removesuffix("\n").split("\n"),
        }
    if kind in ("display_data", "execute_result"):
        data = output.get("data")
        if not isinstance(data, dict):
            raise ResultError("display data is not a mapping")
        kept = {}
        for mime in MIME_TYPES:
            if mime not in data:
                continue
            # half a picture, or half a table in HTML, is no use: whole or not at all
            whole = mime.startswith("image/") or mime == "text/html"
            most = int(MAX_PICTURE_KB * 1000) if whole else room
            text = clean_text(data[mime], most + 1)
            if not whole:
                kept[mime] = clean_text(data[mime], room)
            elif len(text) <= most:
                kept[mime] = text
        kept = kept or {"text/plain": "[an output of a kind that is not shown, or too large]"}
        clean = {"output_type": kind, "data": kept, "metadata": _clean_metadata(output, kept)}
        return clean | ({"execution_count": None} if kind == "execute_result" else {})
    raise ResultError(f"unknown kind of output {str(kind)[:50]!r}")


def clean_outputs(outputs, limit_kb: float) -> list[dict]:
    """Outputs of one cell with only what nbformat knows, cut to a size.

    An error is kept even where the outputs before it have used up the room: the learner needs
    its message.

    Args:
        outputs: list of nbformat's outputs, as JSON.
        limit_kb: room for text, in thousands of characters.

    Raises:
        ResultError: not a list of outputs.
    """
    if not isinstance(outputs, list):
        raise ResultError("outputs are a list")
    room, pictures, kept, dropped = int(limit_kb * 1000), int(MAX_PICTURE_KB * 3000), [], 0
    for place, output in enumerate(outputs):
        is_error = isinstance(output, dict) and output.get("output_type") == "error"
        if not is_error and (room <= 0 or pictures <= 0 or place >= MAX_OUTPUTS):
            dropped += 1
            continue
        clean = _clean_output(output, max(room, 5000))
        for mime, text in clean.get("data", {}).items():
            if mime.startswith("image/") or mime == "text/html":
                pictures -= len(text)
        room -= sum(
            len(text)
            for text in (clean.get("text", ""), *clean.get("traceback", ()))
            + tuple(v for k, v in clean.get("data", {}).items() if k.startswith("text/plain"))
        )
        kept.append(clean)
    if dropped:
        text = f"[{dropped} more outputs were cut]\n"
        kept.append({"output_type": "stream", "name": "stdout", "text": text})
    return kept
