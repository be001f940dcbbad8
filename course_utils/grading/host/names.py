"""What a check needs: which given statements run before it, which names the learner's code gives.

A check runs in a process of its own. Names that the lesson's given cells bind, it gets by running
their statements there, as far as it needs them; names that hang on the learner's code are asked for
in the learner's process. See :mod:`needed` for how names are told from a cell's text.
"""

import builtins
from dataclasses import dataclass, field

from course_utils.grading.intake import needed

BUILTINS = frozenset(dir(builtins))


@dataclass
class _Names:
    """What is known of a notebook's names, cell after cell."""

    statements: list[needed.Statement] = field(default_factory=list)  # that can run anywhere
    given: set[str] = field(default_factory=set)  # names that these bind
    learners: set[str] = field(default_factory=set)  # bound by the learner's code, or from it
    checks: set[str] = field(default_factory=set)  # bound by checks

    def add_given(self, source: str) -> None:
        """A cell of the lesson's."""
        for one in needed.statements(source):
            if one.uses & self.learners or one.uses & needed.DYNAMIC:
                self.learners |= one.sets
                self.given -= one.sets
            else:
                self.statements.append(one)
                self.given |= one.binds
                self.learners -= one.binds

    def add_learners(self, source: str) -> None:
        """A learner's cell: what it defines is the learner's, unless the lesson has given it."""
        for one in needed.statements(source):
            self.learners |= one.binds - self.given

    def of_check(self, source: str) -> dict:
        """What a check needs: ``given`` statements (number and source), names to ``ask`` for."""
        taken = needed.names_taken(source)
        ask = taken - self.given - (self.checks - self.learners) - BUILTINS
        self.checks |= needed.names_set(source)
        return {"given": self._before(taken & self.given), "ask": sorted(ask)}

    def _before(self, wanted: set[str]) -> list[list]:
        """Number and text of what sets some names, and of what sets what that uses, in order."""
        wanted, chosen, grown = set(wanted), set(), True
        while grown:
            grown = False
            for number, one in reversed(list(enumerate(self.statements))):
                if number not in chosen and one.sets & wanted:
                    chosen.add(number)
                    wanted |= one.uses
                    grown = True
        return [[number, self.statements[number].source] for number in sorted(chosen)]


def needs_of_checks(cells: list[dict]) -> dict[str, dict]:
    """For each check's id what it needs: ``given`` statements, and names to ``ask`` for."""
    names, found = _Names(), {}
    for cell in cells:
        if cell["role"] == "given":
            names.add_given(cell["source"])
        elif cell["role"] == "check":
            found[cell["id"]] = names.of_check(cell["source"])
        elif cell["role"] == "answer":
            names.add_learners(cell["source"])
    return found
