"""What a check needs: which given statements run before it, which names the learner's code gives.

A check runs in a process of its own. Names that the lesson's given cells bind, it gets by running
their statements there, as far as it needs them; names that hang on the learner's code are asked for
in the learner's process. See :mod:`needed` for how names are told from a cell's text.
"""

import ast
import builtins
import contextlib
from dataclasses import dataclass, field

from course_utils.grading import needed


@dataclass
class _Statement:
    number: int
    source: str
    uses: set[str]
    sets: set[str]


@dataclass
class _Names:
    """What is known of a notebook's names, cell after cell."""

    statements: list[_Statement] = field(default_factory=list)
    given: set[str] = field(default_factory=set)  # bound by statements that can run anywhere
    learners: set[str] = field(default_factory=set)  # bound by the learner's code, or from it
    checks: set[str] = field(default_factory=set)  # bound by checks

    def add_given(self, source: str) -> None:
        """A cell of the lesson's."""
        for node in _body(source):
            try:
                uses, bound = needed._read(node), needed._bound(node)
                sets = bound | needed._changed(node)
            except needed._UnknownError:
                continue
            if uses & self.learners or uses & needed.DYNAMIC:
                self.learners |= sets
                self.given -= sets
            else:
                number = len(self.statements)
                self.statements.append(_Statement(number, ast.unparse(node), uses, sets))
                self.given |= bound
                self.learners -= bound

    def add_learners(self, source: str) -> None:
        """A learner's cell: what it defines is the learner's, unless the lesson has given it."""
        for node in _body(source):
            with contextlib.suppress(needed._UnknownError):
                self.learners |= needed._bound(node) - self.given

    def of_check(self, source: str) -> dict:
        """What a check needs: ``given`` statements (number and source), names to ``ask`` for."""
        try:
            text = needed.as_python(source)
            taken, bound = needed.names_taken(text), needed.names_set(text)
        except needed._UnknownError:
            taken, bound = set(), set()
        statements = self._before(taken & self.given)
        ask = taken - self.given - (self.checks - self.learners) - set(dir(builtins))
        self.checks |= bound
        return {
            "given": [[one.number, one.source] for one in statements],
            "ask": sorted(ask),
        }

    def _before(self, wanted: set[str]) -> list[_Statement]:
        """The statements that set some names, and those that set what they use, in order."""
        wanted, chosen, grown = set(wanted), set(), True
        while grown:
            grown = False
            for one in reversed(self.statements):
                if one.number not in chosen and one.sets & wanted:
                    chosen.add(one.number)
                    wanted |= one.uses
                    grown = True
        return [one for one in self.statements if one.number in chosen]


def _body(source: str) -> list[ast.stmt]:
    """A cell's statements, without those that are no Python."""
    try:
        return ast.parse(needed.as_python(source)).body
    except (needed._UnknownError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def needs_of_checks(cells: list[dict]) -> dict[str, dict]:
    """For each check's id what it needs: ``given`` statements, and names to ``ask`` for.

    Args:
        cells: a job's code cells in order: ``id``, ``source``, ``role``.
    """
    names, found = _Names(), {}
    for cell in cells:
        if cell["role"] == "given":
            names.add_given(cell["source"])
        elif cell["role"] == "check":
            found[cell["id"]] = names.of_check(cell["source"])
        elif cell["role"] == "answer":
            names.add_learners(cell["source"])
    return found
