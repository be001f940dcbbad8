"""Exceptions that cross from a learner's process to a judge's."""

import builtins
import contextlib
import io
import traceback

from course_utils.check import values, words

MAX_WORDS = 5000  # characters of an exception's text


def told_of(error: BaseException) -> dict:
    """An exception as plain values: names of its classes, its text, the learner's line."""
    text, lines, line = "", [], ""
    with contextlib.suppress(BaseException):
        text = str(error)[:MAX_WORDS]
    with contextlib.suppress(BaseException):
        line = words.learners_line(error)
        lines = _learners_lines(error)
    kinds = [str(kind.__name__)[:100] for kind in type(error).__mro__[:8]]
    return {"kinds": kinds, "text": text, "line": line, "trace": lines}


def _learners_lines(error: BaseException) -> list[str]:
    """The part of a traceback that lies in the learner's cells."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(words.INSTALLED)]
    out = io.StringIO()
    for text in traceback.format_list(own[-10:]):
        out.write(text[:1000])
    return out.getvalue().splitlines()


def error_of(told) -> Exception:
    """The exception that was told of, of a class with the same name and the same parents."""
    told = told if isinstance(told, dict) else {}
    kinds = [str(one)[:100] for one in told.get("kinds") or ["Exception"]][:8]
    text = str(told.get("text"))[:MAX_WORDS]
    if "CheckError" in kinds:
        return values.CheckError(text)
    parents = []
    for name in kinds:
        known = getattr(builtins, name, None)
        if not (isinstance(known, type) and issubclass(known, BaseException)):
            known = type(name, (Exception,), {}) if name not in (kinds[0], "object") else None
        # what is no Exception would end the judge instead of the check
        fits = known is not None and issubclass(known, Exception)
        if fits and not any(issubclass(parent, known) for parent in parents):
            parents.append(known)
    own = {"__str__": lambda self: text}
    try:
        found = type(kinds[0], tuple(parents) or (Exception,), own)(text)
    except TypeError:  # a class whose instances need more than a text, or parents that do not go
        found = type(kinds[0], (Exception,), own)(text)
    found.learners_line = str(told.get("line"))[:200]
    found.learners_trace = [str(one)[:1000] for one in told.get("trace") or []][:50]
    return found
