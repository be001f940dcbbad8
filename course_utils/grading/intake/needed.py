"""Which given cells a verdict needs: training and figures that no answer and no check uses do not.

By the rules for lessons a check uses only what was defined before the first exercise, or in the
check itself, so most cells that train networks and draw can be left out while grading. Names are
resolved as Python's own compiler does. Two tested assumptions go with it: a given cell changes an
object of another cell only where one can see it (``x.y = …``, ``x[i] = …``, ``x.append(…)`` and
the like), in the cell or in a function of the lesson that it calls by name; and what a lesson sets
up without a name (seeds, options) stands with imports, or in a cell that uses nothing but modules.
"""

import ast
import contextlib
import copy
import functools
import keyword
import re
import symtable
import unicodedata
from typing import NamedTuple

MAX_STUDIED = 100_000  # characters of a learner's code that are worth a study of its names
# whoever writes one of these may reach a name without spelling it
DYNAMIC = frozenset(
    ("__import__", "__main__", "eval", "exec", "gc", "get_ipython", "globals", "importlib")
    + ("inspect", "locals", "sys", "vars")
)
CHANGING = frozenset(
    ("add", "append", "assign", "assign_add", "assign_sub", "build", "clear", "compile")
    + ("discard", "extend", "fill", "fit", "insert", "load_weights", "pop", "popitem", "put")
    + ("remove", "resize", "reverse", "set_weights", "setdefault", "shuffle", "sort", "update")
)
# functions of course_utils that change their first argument: a model
TRAINING = frozenset(("fit", "training.fit"))

# A line for IPython, or the rest of one. It reaches the names that it spells, unless its magic is
# one of these, or of an extension.
MAGIC = re.compile(
    r"^(?P<indent>[ \t]*)(?:[%!?/,;].*|[\w.*%]+\?{1,2}[ \t]*)$|(?<==)[ \t]*[%!].*$", re.MULTILINE
)
REACHING = frozenset(
    ("alias_magic", "autocall", "ed", "edit", "load", "loadpy", "macro", "pylab", "recall", "rep")
    + ("rerun", "run", "script", "store", "writefile")
)
EXTENSION = re.compile(r"%load_ext[ \t]+(?!(autoreload|tensorboard)[ \t]*$)")
# further magics that learners write without their sign
BARE = frozenset(
    ("cd", "conda", "config", "load_ext", "ls", "matplotlib", "pdoc", "pinfo", "pip", "prun")
    + ("psource", "time", "timeit")
)

BLOCKS = ast.For | ast.AsyncFor | ast.With | ast.AsyncWith  # bind names, then use them inside
# statements of which it is not sure that they bind a name
BRANCHING = ast.For | ast.AsyncFor | ast.If | ast.While | ast.Try | ast.TryStar | ast.Match
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


class _UnknownError(Exception):
    """A cell whose names cannot be told."""


class Statement(NamedTuple):
    """A cell's statement: names that it takes, names that it binds, and those that it changes."""

    kind: type[ast.stmt]
    source: str
    uses: frozenset[str]
    binds: frozenset[str]
    sets: frozenset[str]  # binds, or visibly changes the object of


# ---- IPython's own lines ---------------------------------------------------------------------


def _words(line: str, indent: str = "") -> str:
    """A tuple of whatever may be a name in a magic, as Python reads names."""
    words = set(re.findall(r"[^\W\d]\w*", unicodedata.normalize("NFKC", line)))
    magics = re.findall(r"%([^\W\d]\w*)", line)
    if not REACHING.isdisjoint(magics) or EXTENSION.search(line):
        words.add("get_ipython")
    names = sorted(w for w in words if w.isidentifier() and not keyword.iskeyword(w))
    return f"{indent}({''.join(f'{name}, ' for name in names)})"


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def as_python(source: str) -> str:
    """Plain Python that uses the names that a cell may use; empty if the cell cannot run at all.

    A magic or shell command becomes a tuple of all identifiers in its text, with ``get_ipython``,
    which is one of the :data:`DYNAMIC` names, where it may do more than it says.
    """
    if is_python(source):
        return source
    head, _, rest = source.lstrip().partition("\n")
    if head.startswith("%%"):
        return f"{_words(head[1:])}\n{as_python(rest)}"
    text, magics = MAGIC.subn(lambda found: _words(found[0], found["indent"] or ""), source)
    if is_python(text):
        return text
    if magics:  # or lines of Python that begin like one
        raise _UnknownError
    # a single line may be a magic without its %
    word = re.match(r"([^\W\d]\w*)[ \t]+[^\s=,]", head)
    if word and not rest.strip() and word[1] in BARE | REACHING:
        return _words(f"%{head}")
    return ""


@functools.lru_cache(maxsize=4096)  # each cell is looked at in several ways
def _parse(source: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return None
    except (ValueError, RecursionError, MemoryError):
        raise _UnknownError from None


def is_python(source: str) -> bool:
    """Whether a cell is plain Python, without magics and unfinished lines."""
    return _parse(source) is not None


# ---- names of a piece of code ----------------------------------------------------------------


@functools.lru_cache(maxsize=4096)  # a statement is looked at by itself and in its cell
def _names(node: ast.stmt) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a statement takes, and those that it binds, in its blocks and functions, too."""
    try:
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _UnknownError from None
    symbols = table.get_symbols()
    uses = {one.get_name() for one in symbols if one.is_referenced()}
    binds = {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}
    inner = list(table.get_children())  # functions, classes and comprehensions
    for table in inner:
        inner += table.get_children()
        symbols = table.get_symbols()
        uses |= {one.get_name() for one in symbols if one.is_global()}
        binds |= {one.get_name() for one in symbols if one.is_declared_global()}
    return frozenset(uses), frozenset(binds)


def _root(node: ast.expr) -> str | None:
    """The name at the left end of ``a.b[c].d`` and of ``a.b(c).d``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _changed(node: ast.stmt) -> set[str | None]:
    """Names whose objects a statement visibly changes, those of its functions' own among them."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            if isinstance(part.func, ast.Attribute) and part.func.attr in CHANGING:
                found.add(_root(part.func))
            if part.args and ast.unparse(part.func) in TRAINING:
                found.add(_root(part.args[0]))
        elif isinstance(getattr(part, "ctx", None), ast.Store | ast.Del):
            found.add(_root(part))
    return found


# ---- names of a cell -------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def statements(source: str) -> tuple[Statement, ...]:
    """A cell's statements; those that are no Python are left out."""
    found = []
    with contextlib.suppress(_UnknownError):
        for node in _parse(as_python(source)):
            with contextlib.suppress(_UnknownError):
                uses, binds = _names(node)
                sets = binds | (_changed(node) & uses)
                found.append(Statement(type(node), ast.unparse(node), uses, binds, sets))
    return tuple(found)


def _taken(body: list[ast.stmt], known: set[str]) -> set[str]:
    """Names that statements take from outside, in order: those of functions when all are bound.

    ``known`` are the names that are bound when they start; those that they bind are added.
    """
    used, later = set(), set()
    for node in body:
        uses, binds = _names(node)
        if isinstance(node, DEFINITIONS):
            later |= uses
        elif isinstance(node, BLOCKS):
            head = copy.copy(node)
            head.body, head.orelse = [ast.Pass()], []
            uses, inner = _names(head)
            used |= uses - known
            used |= _taken(node.body + getattr(node, "orelse", []), known | inner)
        else:
            used |= uses - known
        if not isinstance(node, BRANCHING):
            known |= binds
    return used | (later - known)


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def names_used(source: str) -> set[str]:
    """Names that a cell takes from other cells."""
    return _taken(_parse(as_python(source)), set())


def names_taken(source: str) -> set[str]:
    """Names that a cell takes from other cells; none of a cell that cannot run."""
    with contextlib.suppress(_UnknownError):
        return names_used(source)
    return set()


def names_set(source: str) -> set[str]:
    """Names that a cell binds, or whose objects it visibly changes."""
    return set().union(*(one.sets for one in statements(source)))


# ---- what is left out ------------------------------------------------------------------------


def _sets_in_calls(source: str, by_calling: dict[str, set[str]]) -> set[str]:
    """Names that a cell sets, by calling functions, too.

    ``by_calling`` are the names that functions of the cells before change; those of this cell's
    are added.
    """
    found = set()
    for one in statements(source):
        sets = one.sets.union(*(by_calling.get(name, ()) for name in one.uses))
        if one.kind in DEFINITIONS:
            by_calling |= dict.fromkeys(one.binds, sets - one.binds)
        found |= sets
    return found


def unneeded(cells: list[dict]) -> set[str]:
    """Ids of a job's given cells that can be left out without changing what is graded.

    Every answer, check and cell of the learner's own is needed, and given ones that import, or do
    something with modules alone (seeds, options); then, over and over, each given cell that sets a
    name which a needed cell uses. If a cell's names cannot be told, or one of the learner's may
    reach names without spelling them, all are needed.
    """
    if sum(len(cell["source"]) for cell in cells if cell["role"] != "given") > MAX_STUDIED:
        return set()
    used, modules, open_cells, by_calling = set(), set(), {}, {}
    try:
        for cell in cells:
            source, role = cell["source"], cell["role"]
            names = names_used(source)
            if role == "given" and is_python(source):
                imports = [one.binds for one in statements(source) if one.kind in IMPORTS]
                modules.update(*imports)  # np.add(…) changes no object of the lesson's
                sets = _sets_in_calls(source, by_calling)
                if not imports and not names | sets <= modules:
                    open_cells[cell["id"]] = names, sets
                    continue
            elif role != "check" and names & DYNAMIC:
                return set()
            used |= names
        while needed := [i for i, (_, sets) in open_cells.items() if sets & (used - modules)]:
            for name in needed:
                used |= open_cells.pop(name)[0]
    except _UnknownError:
        return set()
    return set(open_cells)
