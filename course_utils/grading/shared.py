"""What all of grading shares: where it keeps its work, its refusal, names in one line."""

from pathlib import Path

WORK = Path(".grading")  # of ours, in the course's folder
MAX_NAMES = 30  # told in one line


class GradeError(RuntimeError):
    """Grading cannot start or go on; says why and what to do."""


def some_names(students: list[str]) -> str:
    """Names in one line, the first :data:`MAX_NAMES` of them."""
    more = f" and {len(students) - MAX_NAMES} more" if len(students) > MAX_NAMES else ""
    return ", ".join(students[:MAX_NAMES]) + more
