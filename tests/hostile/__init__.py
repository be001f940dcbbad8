"""Submissions that try to score without an answer, to harm the machine, or to look around.

Each kind in :data:`KINDS` is the source of an answer cell; its first comment says what it tries.
All answers in it are wrong (see :data:`WRONG`), so any point is undeserved. Bounded in time and
size: even without a sandbox they would harm little.
"""

from tests.hostile.kinds import ANSWERS, KINDS, MACHINE, WRONG

# the slow ones: tested with everything else at length
AT_LENGTH = frozenset(
    name
    for line in (
        "leaves_by_system_exit error_that_takes_for_ever endless_output_of_an_error forged_lines",
        "alarm_in_the_check no_streams evil_stream deep_recursion aborts stops_itself",
        "endless_loop_in_c blocked_interrupts endless_regular_expression",
        "much_memory_in_children thread_bomb many_open_files many_outputs stops_the_event_loop",
        "late_tasks resets_the_shell ends_the_kernel asks_for_input",
    )
    for name in line.split()
)

__all__ = [
    "ANSWERS",
    "AT_LENGTH",
    "KINDS",
    "LIMITS",
    "MACHINE",
    "RIGHT",
    "SECRET",
    "WRONG",
    "cells",
]

SECRET = "7c1-hidden-9e4"  # stands in the hidden tests and in files that are not for learners
LIMITS = {
    "cell_seconds": 1.5,
    "job_seconds": 12.0,
    "memory_mb": 500.0,
    "processes": 24,
    "file_mb": 20.0,
    "output_kb": 50.0,
}

GIVEN = """\
import numpy as np
from course_utils import check

def numbers(n):
    return np.arange(1.0, n + 1)
"""
HONEST = "def double(x):\n    return 2 * x"
RIGHT = """\
def square(x):
    return x * x

def mean(values):
    return float(np.mean(values))

def norm(vector):
    return float(np.sqrt(np.sum(np.square(vector))))

def share(n):
    return 1 / n
"""
# one check in each style that a course may have, the weakest first
CHECKS = {
    "check_double": f"assert double(4) == 8\nassert double(-1) == -2, '{SECRET}'",
    "check_square": f"assert square(3) == 9\nassert square(-5) == 25, '{SECRET}'",
    "check_mean": f"""\
np.testing.assert_allclose(mean(numbers(5)), 3.0)
np.testing.assert_allclose(mean([1.0, 4.0]), 2.5, err_msg='{SECRET}')""",
    "check_norm": f"""\
check.close(norm(np.array([3.0, 4.0])), 5.0, 'the norm')
check.require(all(isinstance(n, float) for n in [float(norm(numbers(2)))]), 'float')
check.close(norm(numbers(2)), 5.0 ** 0.5, 'the norm ({SECRET})')""",
    "check_share": f"""\
'{SECRET}'
right = [abs(share(n) - 1 / n) < 1e-9 for n in (1, 2, 4, 5)]
2.0 * sum(right) / len(right)""",
}

# the same checks, by functions of a module: see toy_checks.py
GIVEN_MODULE = f"{GIVEN}\nfrom course_utils.checks import toy\n"
MODULE_CHECKS = {
    "check_double": f"toy.check_double(double, 4)\ntoy.check_double(double, -1)  # {SECRET}",
    "check_square": f"toy.check_square(square, 3)\ntoy.check_square(square, -5, '{SECRET}')",
    "check_mean": f"""\
toy.check_mean(mean, numbers(5))
toy.check_mean(mean, [1.0, 4.0], '{SECRET}')""",
    "check_norm": f"toy.check_norm(norm, 3)\ntoy.check_norm(norm, 2, 'the norm ({SECRET})')",
    "check_share": f"'{SECRET}'\n2.0 * toy.right(share)",
}


def cells(source: str, before: str = "", module: bool = False) -> list[dict]:
    """A notebook: an honest exercise with its check, then a hostile cell and four checks.

    Args:
        source: the hostile cell.
        before: another cell of the learner's before it.
        module: take the checks that call functions of ``course_utils.checks.toy``.
    """
    given, checks = (GIVEN_MODULE, MODULE_CHECKS) if module else (GIVEN, CHECKS)
    rows = [("given", given, "given"), ("double", HONEST, "answer")]
    rows.append(("check_double", checks["check_double"], "check"))
    if before:
        rows.append(("before", before, "own"))
    rows.append(("square", source, "answer"))
    rows += [(name, text, "check") for name, text in checks.items() if name != "check_double"]
    return [
        {"id": name, "source": text, "role": role, "points": 2.0 if role == "check" else None}
        for name, text, role in rows
    ]
