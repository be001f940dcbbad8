"""Which given cells a verdict needs: training and figures that no answer and no check uses do not.

By the rules for lessons a check uses only what was defined before the first exercise, or in the
check itself, so most cells that train networks and draw can be left out while grading. Names are
resolved as Python's own compiler does. A tested assumption goes with it: a given cell changes an
object of another cell only where one can see it (``x.y = …``, ``x[i] = …``, ``x.append(…)`` and
the like), in the cell or in a function of the lesson that it calls by name.
"""

import ast
import contextlib
import functools
import keyword
import re
import symtable
import unicodedata
from collections.abc import Iterator
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
# what only prints, draws, trains and seeds (a check seeds what it draws): it sets nothing up
DRAWING = frozenset(
    ("display", "fit", "fit_seeds", "pd", "plots", "plt", "print", "report", "set_seed", "training")
)

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
WRITING = frozenset(("bash", "html", "latex", "markdown", "sh"))  # above text that is no Python
# further magics that learners write without their sign
BARE = frozenset(
    ("cd", "conda", "config", "load_ext", "ls", "matplotlib", "pdoc", "pinfo", "pip", "prun")
    + ("psource", "time", "timeit")
)

# statements of which it is not sure that they bind a name
BRANCHING = ast.For | ast.AsyncFor | ast.If | ast.While | ast.Try | ast.TryStar | ast.Match


class _UnknownError(Exception):
    """A cell whose names cannot be told."""


class _NotPythonError(_UnknownError):
    """A cell with magics, or an unfinished one."""


class Statement(NamedTuple):
    """A cell's statement: names that it takes, names that it binds, and those that it changes."""

    source: str
    uses: frozenset[str]
    binds: frozenset[str]
    sets: frozenset[str]  # binds, or visibly changes the object of


# ---- IPython's own lines ---------------------------------------------------------------------


def _words(found: re.Match | str) -> str:
    """A tuple of whatever may be a name in a magic, as Python reads names."""
    line = found if isinstance(found, str) else found[0]
    words = set(re.findall(r"[^\W\d]\w*", unicodedata.normalize("NFKC", line)))
    magics = re.findall(r"%([^\W\d]\w*)", line)
    if not REACHING.isdisjoint(magics) or EXTENSION.search(line):
        words.add("get_ipython")
    names = sorted(w for w in words if w.isidentifier() and not keyword.iskeyword(w))
    indent = (found["indent"] or "") if isinstance(found, re.Match) else ""
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
    if magic := re.match(r"%%(\w+)", head):
        if magic[1] in WRITING:
            return _words(head.lstrip("%"))
        return f"{_words(head.replace('%%', '%'))}\n{as_python(rest)}"
    text, magics = MAGIC.subn(_words, source)
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
def _parse(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        raise _NotPythonError from None
    except (ValueError, RecursionError, MemoryError):
        raise _UnknownError from None


def is_python(source: str) -> bool:
    """Whether a cell is plain Python, without magics and unfinished lines."""
    with contextlib.suppress(_NotPythonError):
        return _parse(source) is not None
    return False


# ---- names of a piece of code ----------------------------------------------------------------


def _table(node: ast.AST) -> symtable.SymbolTable:
    if not hasattr(node, "table"):  # kept with the node, as half of the time goes into making it
        try:
            node.table = symtable.symtable(ast.unparse(node), "cell", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise _UnknownError from None
    return node.table


def _inner_symbols(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    """The symbols of the functions, classes and comprehensions in a scope."""
    for inner in table.get_children():
        yield from inner.get_symbols()
        yield from _inner_symbols(inner)


def _inner_globals(node: ast.AST) -> set[str]:
    """Global names that the functions, classes and comprehensions in a piece of code use."""
    return {symbol.get_name() for symbol in _inner_symbols(_table(node)) if symbol.is_global()}


def _read(node: ast.AST) -> set[str]:
    """Names that an expression or a statement takes from outside."""
    symbols = _table(node).get_symbols()
    return {s.get_name() for s in symbols if s.is_referenced()} | _inner_globals(node)


def _bound(node: ast.AST) -> set[str]:
    """Names that a statement binds, in its blocks and by ``global`` in its functions, too."""
    table = _table(node)
    found = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return found | {s.get_name() for s in _inner_symbols(table) if s.is_declared_global()}


def _stored(target: ast.expr | None) -> set[str]:
    parts = ast.walk(target) if target is not None else ()
    return {p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)}


def _root(node: ast.expr) -> str | None:
    """The name at the left end of ``a.b[c].d`` and of ``a.b(c).d``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _changed(node: ast.AST) -> set[str]:
    """Names whose objects a piece of code visibly changes."""
    found = set()
    for part in ast.walk(node):
        called = part.func if isinstance(part, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in CHANGING:
            found.add(_root(called))
        if called is not None and part.args and ast.unparse(called) in TRAINING:
            found.add(_root(part.args[0]))
        stored = isinstance(getattr(part, "ctx", None), ast.Store | ast.Del)
        if stored and isinstance(part, ast.Attribute | ast.Subscript):
            found.add(_root(part))
    return found - {None}


# ---- names of a cell -------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def statements(source: str) -> tuple[Statement, ...]:
    """A cell's statements; those that are no Python are left out."""
    found = []
    with contextlib.suppress(_UnknownError):
        for node in _parse(as_python(source)):
            with contextlib.suppress(_UnknownError):
                uses, binds = frozenset(_read(node)), frozenset(_bound(node))
                found.append(Statement(ast.unparse(node), uses, binds, binds | _changed(node)))
    return tuple(found)


def _heads(node: ast.stmt) -> list[tuple[ast.expr, ast.expr | None]]:
    """What a loop or a ``with`` takes first, and the targets that it binds to it."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return [(node.iter, node.target)]
    return [(item.context_expr, item.optional_vars) for item in getattr(node, "items", ())]


def _taken(body: list[ast.stmt], known: set[str]) -> tuple[set[str], set[str]]:
    """Names that statements take at once, in order, and that their functions take when called.

    ``known`` are the names that are bound when they start; those that they bind are added.
    """
    used, later = set(), set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            later |= _read(node) - known
        elif heads := _heads(node):
            used |= set().union(*(_read(head) for head, _ in heads)) - known
            inner = known.union(*(_stored(target) for _, target in heads))
            inside = _taken(node.body + getattr(node, "orelse", []), inner)
            used, later = used | inside[0], later | inside[1]
        else:
            used |= _read(node) - known
        if not isinstance(node, BRANCHING):
            known |= _bound(node)
    return used, later


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def names_used(source: str) -> set[str]:
    """Names that a cell takes from other cells."""
    known = set()
    used, later = _taken(_parse(source), known)
    return used | (later - known)


def names_taken(source: str) -> set[str]:
    """Names that a cell takes from other cells; none of a cell that cannot run."""
    with contextlib.suppress(_UnknownError):
        return names_used(as_python(source))
    return set()


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def names_set(source: str) -> set[str]:
    """Names that a cell binds, or whose objects it visibly changes."""
    return set().union(*(one.sets for one in statements(source)))


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def _functions(source: str) -> dict[str, tuple[set[str], set[str]]]:
    """A cell's functions: names from outside that each uses, and those whose objects it changes."""
    found = {}
    for node in _parse(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            outside = _inner_globals(node)
            found[node.name] = outside, outside & (_changed(node) | _bound(node))
    return found


def _changed_by_calling(sources: list[str]) -> dict[str, set[str]]:
    """For each function of some cells: names that calling it may change, through others too."""
    functions = {name: one for source in sources for name, one in _functions(source).items()}
    changes = {name: set(changed) for name, (_, changed) in functions.items()}
    before = -1
    while (size := sum(map(len, changes.values()))) > before:
        before = size
        for name, (uses, _) in functions.items():
            changes[name].update(*(changes[other] for other in uses & changes.keys()))
    return changes


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def _imported(source: str) -> set[str]:
    """Modules that a cell imports: ``np.add(…)`` changes no object of the lesson's."""
    imports = (part for node in _parse(source) for part in ast.walk(node))
    names = (part.names for part in imports if isinstance(part, ast.Import | ast.ImportFrom))
    return {alias.asname or alias.name.split(".")[0] for group in names for alias in group}


@functools.lru_cache(maxsize=4096)
def _only_defines(source: str) -> bool:
    """Whether a cell's effects are names, pictures and trained models: it sets nothing up."""
    own = DRAWING | names_set(source)
    for node in _parse(source):
        if isinstance(node, ast.Import | ast.ImportFrom):
            return False
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            calls = [part.value for part in ast.walk(node) if isinstance(part, ast.Expr)]
            if not {_root(call.func) for call in calls if isinstance(call, ast.Call)} <= own:
                return False
    return True


def unneeded(cells: list[dict]) -> set[str]:
    """Ids of given cells that can be left out without changing what is graded.

    Every answer, check and cell of the learner's own is needed, and what comes before the first
    exercise and does more than to define names and to draw (imports, settings, seeds); then, over
    and over, each given cell that sets a name which a needed cell uses. If a cell's names cannot
    be told, or one of the learner's may reach names without spelling them, all are needed.

    Args:
        cells: a job's code cells in order: ``id``, ``source``, ``role`` ("given", "answer",
            "check", "own").
    """
    first = next((i for i, cell in enumerate(cells) if cell["role"] == "answer"), len(cells))
    if sum(len(cell["source"]) for cell in cells if cell["role"] != "given") > MAX_STUDIED:
        return set()
    used, open_cells = set(), {}
    try:
        python = [as_python(cell["source"]) for cell in cells]
        roles = [cell["role"] for cell in cells]
        given = [text for text, role in zip(python, roles, strict=True) if role == "given"]
        modules = set().union(*map(_imported, given))
        by_calling = _changed_by_calling(given)
        for place, (cell, text) in enumerate(zip(cells, python, strict=True)):
            names, plain = names_used(text), text == cell["source"]
            if cell["role"] == "given" and plain and (place > first or _only_defines(text)):
                sets = names_set(text).union(*(by_calling.get(name, ()) for name in names))
                open_cells[cell["id"]] = names, sets - (modules - _imported(text))
                continue
            if names & DYNAMIC and (cell["role"] in ("answer", "own") or not plain):
                return set()
            used |= names
        while needed := [name for name, (_, sets) in open_cells.items() if used & sets]:
            for name in needed:
                used |= open_cells.pop(name)[0]
    except _UnknownError:
        return set()
    return set(open_cells)
