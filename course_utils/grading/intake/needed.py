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
import warnings
from collections.abc import Iterator
from typing import NamedTuple

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

# IPython's calls that reach no other names than those in their texts
LINE_MAGICS = frozenset(
    ("autoreload", "cd", "conda", "config", "load_ext", "ls", "matplotlib", "pinfo", "pinfo2")
    + ("pip", "precision", "pwd", "time", "timeit")
)
CELL_MAGICS = frozenset(("bash", "capture", "html", "latex", "markdown", "sh", "time", "timeit"))
EXTENSIONS = frozenset(("autoreload", "tensorboard"))  # another one may do anything
# IPython reads a cell once more for each magic in it, so that a learner could make us busy
PLACES = re.compile(r"^[ \t]*[%!?/]|=\s*[%!]|\?[ \t]*$|[,;][ \t]*(?=[,;])|^[ \t]*[,;]", re.M)
MAX_TRANSFORMED, MAX_PLACES = 20_000, 10  # characters, and magics in them


class _UnknownError(Exception):
    """A cell whose names cannot be told."""


@functools.lru_cache(maxsize=512)  # each cell is looked at in several ways
def _parse(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _UnknownError from None


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


def _inner_globals(table: symtable.SymbolTable) -> set[str]:
    """Global names that the functions, classes and comprehensions in a scope use."""
    return {symbol.get_name() for symbol in _inner_symbols(table) if symbol.is_global()}


def _read(node: ast.AST) -> set[str]:
    """Names that an expression or a statement without blocks takes from outside."""
    table = _table(node)
    at_once = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    return at_once | _inner_globals(table)


def _bound(node: ast.AST) -> set[str]:
    """Names that a statement binds, in its blocks and by ``global`` in its functions, too."""
    table = _table(node)
    found = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    return found | {s.get_name() for s in _inner_symbols(table) if s.is_declared_global()}


def _targets(node: ast.AST | None) -> set[str]:
    parts = ast.walk(node) if node is not None else ()
    return {p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Store)}


def _scan(body: list[ast.stmt], known: set[str], late: set[str]) -> tuple[set[str], set[str]]:
    """Go through statements in order.

    Args:
        body: statements.
        known: names that are bound when they start.
        late: names that are bound when a function that is defined here is called.

    Returns:
        Names taken from outside, and names that are bound at the end for sure.
    """
    used, known = set(), set(known)
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            used |= _read(node) - known - late
            known |= _bound(node)
        elif isinstance(node, ast.For | ast.AsyncFor):
            used |= _read(node.iter) - known
            used |= _scan(node.body, known | _targets(node.target), late)[0]
            used |= _scan(node.orelse, known, late)[0]
        elif isinstance(node, ast.While):
            used |= _read(node.test) - known
            used |= _scan(node.body + node.orelse, known, late)[0]
        elif isinstance(node, ast.If):
            used |= _read(node.test) - known
            ways = [_scan(way, known, late) for way in (node.body, node.orelse)]
            used |= ways[0][0] | ways[1][0]
            known = ways[0][1] & ways[1][1]
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                used |= _read(item.context_expr) - known
                known |= _targets(item.optional_vars)
            inside, known = _scan(node.body, known, late)
            used |= inside
        elif isinstance(node, ast.Try | ast.TryStar | ast.Match):
            used |= _read(node) - known
        else:
            used |= _read(node) - known
            known |= _bound(node)
    return used, known


def is_python(source: str) -> bool:
    """Whether a cell is plain Python, without magics and unfinished lines."""
    try:
        _parse(source)
    except _UnknownError:
        return False
    return True


def _identifiers(text: str) -> set[str]:
    """Whatever may be a name in a text, as Python reads names."""
    words = re.findall(r"[^\W\d]\w*", unicodedata.normalize("NFKC", text))
    return {word for word in words if word.isidentifier() and not keyword.iskeyword(word)}


class _Magics(ast.NodeTransformer):
    """Put a tuple of names in place of each call of IPython's that reaches no others."""

    def visit_Call(self, node):
        """Replace a call, or leave it with its ``get_ipython``."""
        names = self._names(node)
        if names is None:
            return self.generic_visit(node)
        return ast.Tuple([ast.Name(name, ast.Load()) for name in sorted(names)], ast.Load())

    @staticmethod
    def _names(node: ast.Call) -> set[str] | None:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        asked = owner.func if isinstance(owner, ast.Call) else None
        if not isinstance(asked, ast.Name) or asked.id != "get_ipython":
            return None
        texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
        fixed = len(texts) == len(node.args) and all(isinstance(text, str) for text in texts)
        if not fixed or node.keywords or owner.args or owner.keywords:
            return None
        kind = node.func.attr, len(texts)
        found = set().union(*map(_identifiers, texts[kind[0].startswith("run_") :]))
        if kind in (("system", 1), ("getoutput", 1)):
            return found
        if kind == ("run_line_magic", 2) and texts[0] in LINE_MAGICS:
            if texts[0] == "load_ext" and not found <= EXTENSIONS:
                return None
            if texts[0] in ("time", "timeit"):  # its statement may be a magic itself
                statement = re.sub(r"^(-\S+\s+(\d+\s+)?)*", "", texts[1])
                found |= _identifiers(as_python(statement))
            return found
        if kind == ("run_cell_magic", 3) and texts[0] in CELL_MAGICS:
            code = texts[0] in ("capture", "time", "timeit")
            return found | (_identifiers(as_python(texts[2])) if code else set())
        return None


@functools.lru_cache(maxsize=4096)  # IPython's transformation is slow, and a class shares cells
def as_python(source: str) -> str:
    """Plain Python that uses the names that a cell may use; empty if the cell cannot run at all.

    A common magic or shell command becomes a tuple of all identifiers in its text. Any other keeps
    its ``get_ipython``, which is one of the :data:`DYNAMIC` names.

    Raises:
        _UnknownError: cannot be told.
    """
    try:
        ast.parse(source)
        return source
    except SyntaxError:
        pass
    except (ValueError, RecursionError, MemoryError):
        raise _UnknownError from None
    if len(source) > MAX_TRANSFORMED or len(PLACES.findall(source)) > MAX_PLACES:
        raise _UnknownError
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with warnings.catch_warnings(action="ignore"):  # of IPython, on odd ends of lines
            tree = ast.parse(TransformerManager().transform_cell(source))
        return ast.unparse(_Magics().visit(tree))
    except SyntaxError:
        pass
    except _UnknownError:
        raise
    except Exception:  # whatever IPython's transformation stumbles over
        raise _UnknownError from None
    # a single line may be a magic without its %; with it, it gets an answer above
    line = source.strip()
    word = re.match(r"[^\W\d]\w*(?=\s+[^\s=,])", line)
    if word and "\n" not in line and not keyword.iskeyword(word[0]):
        return as_python(f"%{line}")
    return ""


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def names_used(source: str) -> set[str]:
    """Names that a cell takes from other cells.

    Raises:
        _UnknownError: not plain Python.
    """
    body = _parse(source)
    late = _scan(body, set(), set())[1]
    return _scan(body, set(), late)[0]


def names_of(source: str) -> tuple[set[str], set[str]]:
    """Names that a cell takes from other cells, and names that it sets; none if it cannot run."""
    with contextlib.suppress(_UnknownError):
        text = as_python(source)
        return names_used(text), names_set(text)
    return set(), set()


def names_taken(source: str) -> set[str]:
    """Names that a cell takes from other cells; none of a cell that is not plain Python."""
    with contextlib.suppress(_UnknownError):
        return names_used(source)
    return set()


class Statement(NamedTuple):
    """A cell's statement: names that it takes, names that it binds, and those that it changes."""

    source: str
    uses: frozenset[str]
    binds: frozenset[str]
    sets: frozenset[str]  # binds, or visibly changes the object of


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


@functools.lru_cache(maxsize=4096)  # a class shares most of its cells
def names_set(source: str) -> set[str]:
    """Names that a cell binds, or whose objects it visibly changes.

    Raises:
        _UnknownError: not plain Python.
    """
    body = _parse(source)
    return set().union(*map(_bound, body), *map(_changed, body))


@functools.lru_cache(maxsize=4096)
def _functions(source: str) -> dict[str, tuple[set[str], set[str]]]:
    """A cell's functions: names from outside that each uses, and those whose objects it changes."""
    found = {}
    for node in _parse(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            outside = _inner_globals(_table(node))
            found[node.name] = (outside, outside & (_changed(node) | _bound(node)))
    return found


def _changed_by_calling(sources: list[str]) -> dict[str, set[str]]:
    """For each function of some cells: names that calling it may change, through others too."""
    functions = {}
    for source in sources:
        functions |= _functions(source)
    changes = {name: set(own) for name, (_, own) in functions.items()}
    grown = True
    while grown:
        before = sum(map(len, changes.values()))
        for name, (uses, _) in functions.items():
            changes[name].update(*(changes[other] for other in uses & changes.keys()))
        grown = sum(map(len, changes.values())) > before
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
    drawing, here = {"display", "pd", "plots", "plt", "print", "report"}, names_set(source)
    # of course_utils.training; a check seeds what it draws
    drawing |= {"fit", "fit_seeds", "set_seed", "training"}
    for node in _parse(source):
        if isinstance(node, ast.Import | ast.ImportFrom):
            return False
        calls = [part.value for part in ast.walk(node) if isinstance(part, ast.Expr)]
        roots = {_root(call.func) for call in calls if isinstance(call, ast.Call)}
        inner = isinstance(node, ast.FunctionDef | ast.ClassDef)
        if not inner and not roots <= drawing | here:
            return False
    return True


def unneeded(cells: list[dict]) -> set[str]:
    """Ids of given cells that can be left out without changing what is graded.

    Every answer, check and cell of the learner's own is needed, and what comes before the first
    exercise and does more than to define names and to draw (imports, settings, seeds); then, over
    and over, each given cell that sets a name which a needed cell uses. If a cell is not plain
    Python, or one of the learner's may reach names without spelling them, all are needed.

    Args:
        cells: a job's code cells in order: ``id``, ``source``, ``role`` ("given", "answer",
            "check", "own").
    """
    first = next((i for i, cell in enumerate(cells) if cell["role"] == "answer"), len(cells))
    used, open_cells = set(), {}
    try:
        python = [as_python(cell["source"]) for cell in cells]
        roles = [cell["role"] for cell in cells]
        given = [text for text, role in zip(python, roles, strict=True) if role == "given"]
        modules = set().union(*map(_imported, given))
        by_calling = _changed_by_calling(given)
        for place, (cell, text) in enumerate(zip(cells, python, strict=True)):
            names, plain = names_used(text), text == cell["source"]
            given_plain = cell["role"] == "given" and plain
            if given_plain and (place > first or _only_defines(text)):
                sets = names_set(text)
                sets = sets.union(*(by_calling.get(name, ()) for name in names))
                sets -= modules - _imported(text)
                open_cells[cell["id"]] = (names, sets)
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
