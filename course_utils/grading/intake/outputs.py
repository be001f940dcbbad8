"""What a cell showed, as a sandbox tells it: rebuilt from what nbformat knows, and cut."""

import math

MAX_OUTPUTS = 100  # of one cell
MAX_PICTURE = 1_000_000  # characters: a figure is worth more than text is
# text/html stays out of reach of scripts: see pages.py, which cleans it before it is shown
MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")


class ResultError(ValueError):
    """What came back from a sandbox is not a result of the job."""


def is_number(value) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def clean_text(value, limit: int) -> str:
    """Text that any file can hold: cut after ``limit`` characters, no lone surrogates."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        raise ResultError(f"text is expected, not {type(value).__name__}")
    if len(value) > limit:
        value = f"{value[:limit]}\n[{len(value) - limit} more characters were cut]"
    return value.encode("utf-8", "replace").decode("utf-8")


def _about_pictures(told, kept: dict) -> dict:
    """Alternative text and size of the pictures, which is all that a page needs."""
    found = {}
    for mime in kept:
        about = told.get(mime) if isinstance(told, dict) and mime.startswith("image/") else None
        if isinstance(about, dict):
            found[mime] = {k: about[k] for k in ("width", "height") if is_number(about.get(k))}
            if isinstance(about.get("alt"), str):
                found[mime]["alt"] = clean_text(about["alt"], 1000)
    return {mime: about for mime, about in found.items() if about}


def _clean_data(data: dict, room: int) -> dict:
    kept = {}
    for mime in MIME_TYPES:
        if mime in data:
            text = clean_text(data[mime], MAX_PICTURE if _whole(mime) else room)
            if len(text) <= MAX_PICTURE or not _whole(mime):
                kept[mime] = text
    return kept or {"text/plain": "[an output of a kind that is not shown, or too large]"}


def _whole(mime: str) -> bool:
    """Half a picture, or half a table in HTML, is no use: it is kept whole or not at all."""
    return mime.startswith("image/") or mime == "text/html"


def _clean_output(output: dict, room: int) -> dict:
    """One of nbformat's outputs, rebuilt from its known fields; ``room`` is in characters."""
    kind = output["output_type"]
    if kind == "stream" and output["name"] in ("stdout", "stderr"):
        text = clean_text(output["text"], room)
        return {"output_type": "stream", "name": output["name"], "text": text}
    if kind == "error":
        text = "".join(clean_text(line, room) + "\n" for line in output["traceback"][-50:])
        return {
            "output_type": "error",
            "ename": clean_text(output["ename"], 200),
            "evalue": clean_text(output["evalue"], min(room, 5000)),
            "traceback": clean_text(text, room).removesuffix("\n").split("\n"),
        }
    if kind in ("display_data", "execute_result"):
        kept = _clean_data(output["data"], room)
        about = _about_pictures(output.get("metadata"), kept)
        clean = {"output_type": kind, "data": kept, "metadata": about}
        return clean | ({"execution_count": None} if kind == "execute_result" else {})
    raise ResultError(f"unknown kind of output {str(kind)[:50]!r}")


def _lengths(output: dict) -> tuple[int, int]:
    """Characters of an output's text, and of its pictures and pages."""
    data = output.get("data", {})
    text = [output.get("text", ""), *output.get("traceback", ()), data.get("text/plain", "")]
    return sum(map(len, text)), sum(len(part) for mime, part in data.items() if _whole(mime))


def clean_outputs(outputs, limit_kb: float) -> list[dict]:
    """Outputs of one cell with only what nbformat knows, cut to a size.

    An error is kept even where the outputs before it have used up the room: the learner needs
    its message.
    """
    if not isinstance(outputs, list):
        raise ResultError("outputs are a list")
    room, pictures, kept, dropped = int(limit_kb * 1000), 3 * MAX_PICTURE, [], 0
    try:
        for place, output in enumerate(outputs):
            full = room <= 0 or pictures <= 0 or place >= MAX_OUTPUTS
            if full and output["output_type"] != "error":
                dropped += 1
                continue
            kept.append(_clean_output(output, max(room, 5000)))
            text, whole = _lengths(kept[-1])
            room, pictures = room - text, pictures - whole
    except (LookupError, TypeError, AttributeError) as error:
        raise ResultError(f"outputs that are none: {error}") from None
    if dropped:
        text = f"[{dropped} more outputs were cut]\n"
        kept.append({"output_type": "stream", "name": "stdout", "text": text})
    return kept
