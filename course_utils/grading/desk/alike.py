"""Answers that are alike but for names, comments and layout: for a person to look at.

Two answers are alike if their syntax trees are equal once the names that they bind themselves are
numbered, and comments, docstrings, annotations and the order of keyword arguments are left aside.
What they take from elsewhere (``np.log``) keeps its name. That is no proof of anything: most short
answers have one natural form. So an answer counts only if its author wrote at least
:data:`MIN_NODES` nodes of the tree, and a form says nothing that more than :data:`MAX_GROUP`
students share who are more than :data:`MAX_SHARE` of those who answered.
"""

import ast
import functools
import warnings
from dataclasses import dataclass

MIN_NODES = 40  # beyond those of the released stub
MAX_GROUP = 3
MAX_SHARE = 0.2
LEFT_ASIDE = ("annotation", "returns", "type_comment")
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
# where a node holds a name, which it may bind
FIELDS = dict.fromkeys((*NAMED, ast.MatchAs, ast.MatchStar), "name") | {
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.alias: "asname",
}


@dataclass(frozen=True)
class Group:
    """Students whose answers to an exercise are alike; ``public`` if the solution is, too.

    ``told`` is False where so many share the form that it says nothing.
    """

    exercise: str
    students: tuple[str, ...]
    public: bool
    told: bool


class _Bare(ast.NodeTransformer):
    """Drops what is left aside."""

    def visit_Expr(self, node):
        """A docstring, or another text that does nothing."""
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else self.generic_visit(node)

    def visit_AnnAssign(self, node):
        """An assignment like any other, or nothing."""
        return node.value and self.generic_visit(ast.Assign([node.target], node.value))

    def generic_visit(self, node):
        """Strip a node, then go inside."""
        if isinstance(node, ast.Call):
            _sort_keywords(node)
        if isinstance(node, ast.alias):
            node.asname = node.asname or node.name.partition(".")[0]
        for field in LEFT_ASIDE:
            if hasattr(node, field):
                setattr(node, field, None)
        return super().generic_visit(node)


def _number_own_names(tree: ast.AST) -> None:
    """Put numbers for the names and attributes that a piece of code binds itself.

    In the order of binding, not of use: keyword arguments may stand in any.
    """
    names, attributes = {}, {}
    for node in ast.walk(tree):
        own = attributes if isinstance(node, ast.Attribute) else names
        bound = getattr(node, FIELDS.get(type(node), ""), None)
        if bound and not isinstance(getattr(node, "ctx", None), ast.Load):
            own.setdefault(bound, f"_{len(own)}")
    for node in ast.walk(tree):
        own = attributes if isinstance(node, ast.Attribute) else names
        if field := FIELDS.get(type(node)):
            setattr(node, field, own.get(getattr(node, field), getattr(node, field)))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [names.get(name, name) for name in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) in names:
            for keyword in node.keywords:  # one's own function has parameters of one's own
                keyword.arg = names.get(keyword.arg, keyword.arg)
            _sort_keywords(node)


def _sort_keywords(call: ast.Call) -> None:
    call.keywords.sort(key=lambda keyword: (keyword.arg is None, keyword.arg or ""))


@functools.lru_cache(maxsize=10_000)
def form(source: str) -> tuple[str, int]:
    """What of an answer remains without names, comments and layout, and its number of nodes.

    Nothing if it is no Python, or too deep to be looked at.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd literals, say: a learner's affair
            tree = _Bare().visit(ast.parse(source))
        _number_own_names(tree)
        nodes = sum(not isinstance(node, ast.expr_context) for node in ast.walk(tree))
        return ast.dump(tree, annotate_fields=False), nodes
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "", 0


def groups(
    exercise: str, answers: dict[str, str], stub: str, public: str | None = None
) -> list[Group]:
    """Who has an answer like another's, or like the public solution.

    ``answers`` are the students' sources, ``stub`` is what was released in their place.
    """
    _, given = form(stub)
    solution, _ = form(public or "")
    found: dict[str, list[str]] = {}
    for student, source in sorted(answers.items()):
        shape, nodes = form(source)
        if nodes - given >= MIN_NODES:
            found.setdefault(shape, []).append(student)
    told = []
    for shape, students in found.items():
        if len(students) > 1 or shape == solution:
            many = len(students) > MAX_GROUP and len(students) > MAX_SHARE * len(answers)
            told.append(Group(exercise, tuple(students), shape == solution, not many))
    return sorted(told, key=lambda group: (-len(group.students), group.students))
