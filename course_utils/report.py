"""Numbers that the text of a lesson relies on, measured by the lesson itself."""

import json
import os

from course_utils.training import quick_mode


class ReportError(AssertionError):
    """A measured number left the range that the lesson's text relies on."""


def report(name: str, value: float, within: tuple[float, float]) -> None:
    """Show a measured number beside the range that the text relies on.

    At full budget a number outside its range is an error when the course tests itself
    (``COURSE_REPORT`` names a file, one JSON object a line is appended to it) and a remark
    otherwise: another machine may round differently. On the quick budget the range does not
    apply.

    Args:
        name: short snake_case name, unique in the lesson.
        value: the measured number.
        within: lowest and highest value that the text still holds for.

    Raises:
        ReportError: the course tests itself and the number is out of range.
    """
    value, (low, high) = float(value), within
    quick, path = quick_mode(), os.environ.get("COURSE_REPORT")
    inside = low <= value <= high
    if path:
        row = {"name": name, "value": value, "low": low, "high": high, "quick": quick}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    line = f"{name} = {value:.4g}"
    if quick:
        print(f"{line}   (quick run: the text's {low:g} to {high:g} is for the full one)")
    elif inside:
        print(f"{line}   (the text relies on {low:g} to {high:g})")
    elif path:
        raise ReportError(f"{line} is outside {low:g} to {high:g}")
    else:
        print(f"{line}   (the authors measured {low:g} to {high:g}: yours differs, worth a look)")
