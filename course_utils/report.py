"""Numbers that the text of a lesson relies on, measured by the lesson itself."""

import json
import os

from course_utils.training import quick_mode


def report(name: str, value: float, within: tuple[float, float]) -> None:
    """Show a measured number beside the range that the text relies on.

    At full budget a number outside its range gets a remark: another machine may round
    differently. When the course tests itself, ``COURSE_REPORT`` names a file to which one JSON
    object a line is appended, and a run with a number out of range fails at its end, so that one
    run shows them all. On the quick budget the range does not apply.

    Args:
        name: short snake_case name, unique in the lesson.
        value: the measured number.
        within: lowest and highest value that the text still holds for.
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
        print(f"{line}   (quick run; {low:g} to {high:g} is for the full one)")
    elif inside:
        print(f"{line}   (expected {low:g} to {high:g})")
    else:
        print(f"{line}   (expected {low:g} to {high:g}: yours differs, worth a look)")
