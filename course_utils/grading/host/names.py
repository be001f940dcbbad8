"""What a check needs: which given statements run before it, which names the learner's code gives.

A check runs in a process of its own. Names that the lesson's given cells bind, it gets by running
their statements there, as far as it needs them; names that hang on the learner's code are asked for
in the learner's process. See :mod:`needed` for how names are told from a cell's text.
"""

import builtins

from course_utils.grading.intake import needed

BUILTINS = frozenset(dir(builtins))


def needs_of_checks(cells: list[dict]) -> dict[str, dict]:
    """For each check's id what it needs: ``given`` statements, and names to ``ask`` for."""
    needs = {}
    anywhere: list[needed.Statement] = []  # the lesson's own, which need nothing of the learner's
    # names that these bind, names that the learner's code or what hangs on it binds, and checks'
    given, learners, of_checks = set(), set(), set()
    for cell in cells:
        if cell["role"] == "given":
            for one in needed.statements(cell["source"]):
                if one.uses & learners or one.uses & needed.DYNAMIC:
                    learners |= one.sets
                    given -= one.sets
                else:
                    anywhere.append(one)
                    given |= one.binds
                    learners -= one.binds
        elif cell["role"] == "answer":
            for one in needed.statements(cell["source"]):
                learners |= one.binds - given
        elif cell["role"] == "check":
            taken = needed.names_taken(cell["source"])
            ask = taken - given - (of_checks - learners) - BUILTINS
            before = _before(anywhere, taken & given)
            needs[cell["id"]] = {"given": before, "ask": sorted(ask)}
            of_checks |= needed.names_set(cell["source"])
    return needs


def _before(statements: list[needed.Statement], wanted: set[str]) -> list[list]:
    """Number and text of what sets some names, and of what sets what that uses, in order."""
    chosen, grown = set(), True
    while grown:
        grown = False
        for number, one in reversed(list(enumerate(statements))):
            if number not in chosen and one.sets & wanted:
                chosen.add(number)
                wanted = wanted | one.uses
                grown = True
    return [[number, statements[number].source] for number in sorted(chosen)]
