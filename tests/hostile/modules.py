"""Kinds that go for the modules in which the course's checks are: see ``toy_checks.py``."""

from tests.hostile.kinds import WRONG

QUIET = """\
import types
from course_utils.checks import toy
quiet = lambda *a, **k: None
Quiet = types.SimpleNamespace(require=quiet, close=quiet, call=quiet, CheckError=ValueError)
"""
# patches from inside an answer, which runs while the check does
CALLED = QUIET + "square = mean = norm = share = lambda *a: patch() or 0.25\n"
_ALL = r"""
#### functions
$QUIET$WRONG
toy.check_square = toy.check_mean = toy.check_norm = quiet
toy.right = lambda *a: 1.0
#### functions_when_called
$CALLED
def patch():
    toy.check_square = toy.check_mean = toy.check_norm = quiet
    toy.right = lambda *a: 1.0
#### code
$QUIET$WRONG
for one in (toy.check_square, toy.check_mean, toy.check_norm):
    one.__code__ = (lambda *a, **k: None).__code__
toy.right.__code__ = (lambda *a: 1.0).__code__
#### names
$QUIET$WRONG
toy.np = types.SimpleNamespace(testing=types.SimpleNamespace(assert_allclose=quiet))
toy.check, toy.sum = Quiet, lambda values: len(list(values))
#### names_when_called
$CALLED
def patch():
    toy.np = types.SimpleNamespace(testing=types.SimpleNamespace(assert_allclose=quiet))
    toy.check, toy.sum = Quiet, lambda values: 4
#### names_of_the_course_when_called
$CALLED
def patch():
    from course_utils import check
    from course_utils.check import calls, values
    check.require = check.close = values.require = values._numbers = values.array = quiet
    calls.heed = calls.alike = calls.require = lambda *a: True
#### number
$QUIET$WRONG
toy.NEAR = toy.FAR = 1e9
#### number_when_called
$CALLED
def patch():
    toy.NEAR = toy.FAR = 1e9
#### list
$QUIET$WRONG
toy.SIZES[:] = [-1, -1]
toy.LIMITS["far"][0] = 1e9
#### list_when_called
$CALLED
def patch():
    toy.SIZES[:] = [4, 4, 4, 4]
    toy.LIMITS["far"][0] = 1e9
#### array
$QUIET$WRONG
toy.FACTORS[:] = 0
#### array_when_called
$CALLED
def patch():
    toy.FACTORS[:] = 0
#### defaults
$QUIET$WRONG
toy.check_norm.__kwdefaults__["rtol"] = 1e9
toy.right.__kwdefaults__["near"] = 1e9
#### defaults_when_called
$CALLED
def patch():
    toy.check_norm.__kwdefaults__["rtol"] = 1e9
    toy.right.__kwdefaults__["near"] = 1e9
#### module
$QUIET$WRONG
import sys, course_utils.checks
class Fake(types.ModuleType):
    check_square = check_mean = check_norm = staticmethod(quiet)
    right = staticmethod(lambda *a: 1.0)
toy = course_utils.checks.toy = Fake("course_utils.checks.toy")
sys.modules["course_utils.checks.toy"] = toy
#### class_of_the_module
$QUIET$WRONG
class Fake(types.ModuleType):
    def __getattribute__(self, name): return quiet if name.startswith("check") else lambda *a: 1.0
toy.__class__ = Fake
#### loader
$QUIET$WRONG
import importlib, sys
for one in [f for f in sys.meta_path if getattr(f, "__name__", "") == "Checks"]:
    sys.meta_path.remove(one)
importlib.reload(toy)
class Yes:
    def __eq__(self, other): return True
    def __sub__(self, other): return self
    __rsub__ = __abs__ = __sub__
    def __lt__(self, other): return True
square = share = lambda v: Yes()
#### looks
$QUIET
from course_utils.check import calls
def patch():
    toy._look_at = calls.heed = lambda value: value
    vars(toy)["__builtins__"]["_look_at"] = vars(toy)["__builtins__"]["_operate"] = lambda *a: True
square = mean = norm = share = lambda *a: patch() or 0.25
#### builtins_for_a_while
# the last call takes back what the first one patched
import builtins
real, calls = builtins.abs, []
def share(n):
    calls.append(n)
    builtins.abs = real if len(calls) == 4 else lambda x: 0.0
    return -1
def square(x): return 3
mean = norm = lambda v: 0.25
#### builtins_until_a_result_is_freed
# a result whose end takes back what the answer patched
import builtins
real = builtins.bool
class Result(np.ndarray):
    def __del__(self): builtins.bool = real
def patched(v):
    builtins.bool = lambda x: True
    return np.full((), 1.5).view(Result)
square = mean = norm = share = patched
#### own_builtins_for_a_while
# the checks' own builtins instead
$QUIET
mine, calls = vars(toy)["__builtins__"], []
real = mine["abs"]
def share(n):
    calls.append(n)
    mine["abs"] = real if len(calls) == 4 else lambda x: 0.0
    return -1
def square(x): return 3
mean = norm = lambda v: 0.25
#### names_for_a_while
# a number, put back by the last call
$QUIET
calls, real = [], toy.NEAR
def share(n):
    calls.append(n)
    toy.NEAR = real if len(calls) == 4 else 1e9
    return -1
def square(x): return 3
mean = norm = lambda v: 0.25
#### rival_name
# another thing under the module's name
$WRONG
class toy:
    check_square = check_mean = check_norm = staticmethod(lambda *a: None)
    right = staticmethod(lambda *a: 1.0)
#### lying_object
# an object that equals everything, to a bare comparison in the module
class Yes:
    def __eq__(self, other): return True
    def __sub__(self, other): return self
    __rsub__ = __abs__ = __sub__
    def __lt__(self, other): return True
square = mean = norm = share = lambda v: Yes()
"""

KINDS = {
    block.split("\n", 1)[0].strip(): block.split("\n", 1)[1]
    .replace("$QUIET", QUIET).replace("$CALLED\n", CALLED).replace("$WRONG\n", WRONG)
    for block in _ALL.split("\n#### ")[1:]
}  # fmt: skip
