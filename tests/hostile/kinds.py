# ruff: noqa: E501
"""The kinds, by name: attacks on the machine, and answers that try to be right without being right. ``$WRONG`` stands for the four wrong answers, ``$COURSE`` for the folder of a
course that is not for learners, ``$PORT`` for a port of the host on which somebody listens.
"""

# what a hostile cell hands in: four wrong answers, in the way of a lazy learner
WRONG = """\
def square(x):
    return 3

def mean(values):
    return 0.25

def norm(vector):
    return 1.5

def share(n):
    return -1
"""

_MACHINE = r"""
#### reads_the_solutions
# by the paths that a course has
import os
def _find():
    for base in ("$COURSE", ".", "..", "../..", "../../..", "/work/main", "/course"):
        for name in ("solutions/11_toy/11_toy.ipynb", "solutions/12_pca/12_pca.py", "gradebook.db", "secret.txt"):
            try:
                with open(os.path.join(base, name), "rb") as file:
                    print("FOUND", name, file.read(300))
            except OSError:
                pass
_find()
$WRONG
#### hunts_in_raw_memory
# reads its own memory as a file
$WRONG
import re
with open("/proc/self/maps") as file:
    lines = [line for line in file if "[heap]" in line]
with open("/proc/self/mem", "rb") as memory:
    for line in lines[:4]:
        low, high = (int(x, 16) for x in line.split()[0].split("-"))
        memory.seek(low)
        text = memory.read(min(high - low, 30_000_000))
        print(re.findall(b"7c1" + b"-hid[a-z]+-9e4", text)[:3])
#### exits_when_called
# ends the process with success in the middle of the check
import os
def square(x):
    os._exit(0)
mean = norm = share = square
#### leaves_by_system_exit
# ends the cell politely
import sys
def square(x):
    sys.exit(0)
mean = norm = lambda v: exit()
share = quit
#### raises_strange_errors
# an error that cannot be shown, and one that lies about its name
class Odd(BaseException):
    def __str__(self): raise KeyboardInterrupt
    def __repr__(self): raise SystemExit
    def _render_traceback_(self): return ["all tests passed"] * 10
Odd.__name__ = "ok\ud800"
Odd.__qualname__ = "\x00"
def square(x):
    raise Odd
mean = norm = share = square
#### error_that_takes_for_ever
# an error whose text never ends
class Slow(Exception):
    def __str__(self):
        import time
        time.sleep(60)
def square(x):
    raise Slow
mean = norm = share = square
#### endless_output_of_an_error
# an error with a text of 40 MB
def square(x):
    raise ValueError("x" * 40_000_000)
mean = norm = share = square
#### forged_lines
# writes results into every file descriptor
import os, json, struct
$WRONG
body = json.dumps({"nonce": "0", "status": "ok", "outputs": [], "value": 2.0}).encode()
for number in range(3, 64):
    try:
        os.write(number, struct.pack(">I", len(body)) + body)
    except OSError:
        pass
#### no_streams
# nothing to write to, and nothing to show with
import sys
$WRONG
get_ipython().display_formatter = None
get_ipython().InteractiveTB = None
sys.stdout = sys.stderr = sys.__stdout__ = None
del sys.displayhook
#### evil_stream
# a stream that raises, and one that never returns
import sys
$WRONG
class Evil:
    def write(self, text): raise SystemExit
    def flush(self): raise KeyboardInterrupt
sys.stdout = sys.stderr = Evil()
#### closed_descriptors
# closes all files, the grader's too
import os
$WRONG
os.closerange(0, 1024)
#### deep_recursion
# overflows the C stack
import sys
sys.setrecursionlimit(10**9)
def square(x):
    class A:
        def __repr__(self): return repr(self)
    return square(x + 1)
mean = norm = share = square
#### segmentation_fault
# reads address zero
def square(x):
    import ctypes
    ctypes.string_at(0)
mean = norm = share = square
#### aborts
# ends by a signal of its own
import os
def square(x):
    os.abort()
mean = norm = share = square
#### stops_itself
# sleeps in a way that only SIGCONT ends
import os, signal
def square(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    import threading
    threading.Lock().acquire() or threading.Event().wait()
mean = norm = share = square
#### endless_loop
# a loop that ignores interrupts
def square(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
mean = norm = share = square
#### endless_loop_in_c
# a loop that never comes back to the interpreter
def square(x):
    return sum(range(10**13))
mean = norm = share = square
#### endless_regular_expression
# backtracks for ever, at the top of the cell
import re
$WRONG
re.match("(a+)+$", "a" * 40 + "b")
#### blocked_interrupts
# no signal gets through
import signal, time
$WRONG
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
time.sleep(30)
#### much_memory
# takes memory until there is none
$WRONG
taken = []
for step in range(64):
    taken.append(b"x" * 50_000_000)
#### much_memory_in_children
# the same, in many processes
import os, time
$WRONG
for child in range(8):
    if os.fork() == 0:
        taken = []
        for step in range(10):
            taken.append(b"x" * 40_000_000)
        time.sleep(20)
        os._exit(0)
time.sleep(1)
#### much_shared_memory
# memory that belongs to no process
import mmap
$WRONG
parts = [mmap.mmap(-1, 100_000_000) for _ in range(20)]
for part in parts:
    part.write(b"x" * 100_000_000)
#### fork_bomb
# as many processes as it gets (at most 200)
import os, time
$WRONG
made = 0
try:
    for step in range(200):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
        made += 1
except OSError:
    pass
assert made < 100, made
#### thread_bomb
# as many threads as it gets (at most 500)
import threading, time
$WRONG
for step in range(500):
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
#### many_open_files
# as many open files as it gets
import os
$WRONG
for step in range(100_000):
    os.open("/dev/null", os.O_RDONLY)
#### fills_the_disk
# one large file, one with a hole, many small ones
import os
$WRONG
for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/"):
    try:
        with open(f"{folder}/hole", "wb") as file:
            file.truncate(1 << 44)
    except OSError:
        pass
    try:
        with open(f"{folder}/large", "wb") as file:
            for step in range(60):
                file.write(b"x" * 1_000_000)
    except OSError:
        pass
for step in range(60_000):
    open(f"small-{step}", "w").close()
#### output_flood
# 60 MB of text
$WRONG
for step in range(60):
    print("x" * 1_000_000)
#### many_outputs
# a hundred thousand outputs
from IPython.display import display
$WRONG
for step in range(30_000):
    display(step)
#### monstrous_result
# an object whose text takes for ever, or is huge, as the last expression
class Big:
    def __repr__(self): return "x" * 30_000_000
    def _repr_html_(self): return "<script>alert(1)</script>" * 1_000_000
    def _repr_png_(self): return "not a picture"
    def _repr_mimebundle_(self, **k): return {"text/plain": {"a": object()}, 3: 4}
$WRONG
Big()
#### background_process
# a process that outlives the notebook
import os, time
$WRONG
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for step in range(100):
            time.sleep(1)
    os._exit(0)
import subprocess
subprocess.Popen(["sleep", "98"], start_new_session=True)
get_ipython().system("nohup sleep 97 >/dev/null 2>&1 &")
#### kills_everybody
# every process that it can name
import os, signal
$WRONG
for pid in [os.getppid(), 1, *range(2, 50)]:
    if pid not in (0, os.getpid()):
        try:
            os.kill(pid, signal.SIGTERM)
        except OSError:
            pass
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass
try:
    os.killpg(0, signal.SIGTERM)
except OSError:
    pass
#### looks_around
# the course, other students, the gradebook, the host, the environment
import os, glob
$WRONG
print(sorted(os.environ.items()))
for pattern in ("*", "../*", "../../*", "/work/*", "/root/*", "/home/*", "/etc/passwd", "/etc/shadow",
        "/tmp/*", "/var/*", "/mnt/*", "/srv/*", "/door/*", "/course/*/*.py", "/run/*", "/sys/fs/cgroup/*"):
    for name in glob.glob(pattern):
        try:
            print(name, open(name).read(2000) if os.path.isfile(name) else "")
        except OSError as error:
            print(name, error.errno)
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("cmdline", "environ", "root", "cwd"):
        try:
            print(pid, name, open(f"/proc/{pid}/{name}").read(2000))
        except OSError:
            pass
#### writes_the_gradebook
# gives itself points in the database, and edits other students' work
import os, sqlite3
$WRONG
for base in ("$COURSE", ".", "..", "../..", "../../.."):
    for name in ("gradebook.db", "submitted/alice/11_toy/11_toy.ipynb", "secret.txt"):
        path = os.path.join(base, name)
        try:
            if os.path.exists(path):
                with open(path, "ab") as file:
                    file.write(b"changed")
        except OSError:
            pass
#### leaves_marks
# writes wherever it can, for the next one to find
import os
$WRONG
for folder in ("/", "/tmp", "/dev", "/dev/shm", "/warm", "/warm/cache", "/course", "/door", "/var/tmp", "/run",
        "/usr/lib", "/root", "/work", "/proc", "/sys", "/etc", os.path.expanduser("~"), "/course/data", "/dev/mqueue"):
    try:
        with open(f"{folder}/mark-of-a-hostile-one", "w") as file:
            file.write("mark")
    except OSError:
        pass
#### uses_the_network
# a name, a connection outwards, one to the host, a raw packet
import socket, urllib.request
$WRONG
for address in (("127.0.0.1", $PORT), ("localhost", $PORT), ("192.0.2.1", 80), ("10.0.0.1", 53)):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET, kind) as s:
                s.settimeout(0.2)
                s.connect(address)
                s.send(b"hello from a submission")
                    if kind == socket.SOCK_STREAM:
                    print("CONNECTED", address)
        except OSError as error:
            print(error)
for path in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "/door/socket", "\0course"):
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("CONNECTED", path)
    except OSError as error:
        print(error)
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
    print("CONNECTED raw")
except OSError as error:
    print(error)
#### becomes_root
# set-user-id programs, new namespaces, mounts, devices
import os, subprocess, ctypes
$WRONG
for words in (["su", "-c", "id"], ["sudo", "-n", "id"], ["mount", "-t", "tmpfs", "x", "/tmp"],
        ["unshare", "-Urm", "sh", "-c", "mount -o remount,rw /usr && echo MOUNTED"], ["chroot", "/", "id"]):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=2, stdin=subprocess.DEVNULL)
        print(words[0], done.returncode, done.stdout)
    except (OSError, subprocess.SubprocessError) as error:
        print(error)
for call in (lambda: os.setuid(0), lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(8, 0)), lambda: os.chroot("/tmp")):
    try:
        call()
        print("ALLOWED")
    except OSError as error:
        print(error)
#### asks_for_input
# waits for an answer that nobody gives
$WRONG
name = input("your name? ")
#### stops_the_event_loop
# the loop that runs cells
import asyncio
$WRONG
loop = asyncio.get_event_loop()
loop.stop()
for task in asyncio.all_tasks(loop):
    task.cancel()
#### late_tasks
# a task of the event loop that patches between the cells
import asyncio
$WRONG
async def later():
    while True:
        np.testing.assert_allclose = check.close = check.require = lambda *a, **k: None
        await asyncio.sleep(0)
asyncio.get_event_loop().create_task(later())
#### resets_the_shell
# forgets everything, its own work too
$WRONG
get_ipython().run_line_magic("reset", "-f")
#### ends_the_kernel
# the polite way
$WRONG
exit()
#### alarm_in_the_check
# a signal that ends the check half-way, as if it were over
import signal
def square(x):
    signal.signal(signal.SIGALRM, lambda *a: exit())
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while True:
        pass
mean = norm = share = square
"""
_ANSWERS = r"""
#### equal_to_everything
# an object that equals everything
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return self
    __rsub__ = __abs__ = __neg__ = __sub__
    def __lt__(self, other): return True
    def __float__(self): return 0.0
def square(x): return Yes()
mean = norm = share = square
#### equal_float
# a float that equals everything
class Yes(float):
    __hash__ = float.__hash__
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return Yes(0)
    def __rsub__(self, other): return Yes(0)
    def __abs__(self): return Yes(0)
    def __lt__(self, other): return True
    def __le__(self, other): return True
square = mean = norm = share = lambda *a: Yes(0.3)
#### equal_array
# an array whose comparisons all come out well
class Yes(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc in (np.equal, np.less, np.less_equal, np.isfinite, np.logical_and):
            return np.True_
        return np.float64(0.0).view()
    def __array_function__(self, function, kinds, args, kwargs):
        return True
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __abs__(self): return self
    def __sub__(self, other): return self
square = mean = norm = share = lambda *a: np.zeros(()).view(Yes)
#### array_of_many_values
# an object that turns into whatever array it is asked for
class Yes:
    def __array__(self, dtype=None, copy=None):
        return np.array(np.nan)
    def __eq__(self, other): return True
    def __float__(self): return float("nan")
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __lt__(self, other): return True
square = mean = norm = share = lambda *a: Yes()
#### lying_class
# an object that says it is a float, and a metaclass that agrees
class Meta(type):
    def __instancecheck__(cls, other): return True
    def __eq__(cls, other): return True
    def __hash__(cls): return hash(float)
class Yes(metaclass=Meta):
    __class__ = float
    def __eq__(self, other): return True
    def __abs__(self): return 0
    def __sub__(self, other): return 0
square = mean = norm = share = lambda *a: Yes()
#### not_a_number
# NaN, infinity and True as answers
square = lambda x: True
mean = norm = lambda v: float("nan")
share = lambda n: float("inf")
#### any_of_mock
# an object of the standard library that is equal to everything
from unittest.mock import ANY
def square(x): return ANY
mean=norm=share=square
#### approx_of_pytest
# a tolerance of a thousand million
from pytest import approx
def square(x): return approx(0, abs=1e9)
mean = norm = share = square
#### equal_to_all_but_text
# an object that knows what it is compared with
class Yes:
    def __eq__(self, o): return type(o) is not str
def square(x): return Yes()
mean=norm=share=square
#### array_of_objects
# an array of objects that compare as they like
class Yes:
    def __eq__(self, o): return True
    def __sub__(self, o): return self
    def __abs__(self): return self
    def __lt__(self, o): return True
def square(x): return np.array([Yes()], dtype=object)
norm=mean=share=square
#### weak_proxy
# a proxy of such an object, whose class is not the learner's
import weakref
class Yes:
    def __eq__(self, o): return True
    def __sub__(self, o): return P
    def __abs__(self): return P
    def __lt__(self, o): return True
Y=Yes(); P=weakref.proxy(Y)
def square(x): return P
mean=norm=share=square
#### class_under_another_name
# a class that says it is numpy's
exec('''
class Yes(float):
    __hash__=float.__hash__
    def __eq__(self, other): return True
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __lt__(self, other): return True
''', N := {"__name__": "numpy"})
def square(x): return N["Yes"](0.3)
mean=norm=share=square
#### class_of_properties
# a class without functions
class Yes:
    __module__ = "numpy"
    __eq__ = property(lambda s: lambda o: True)
    __sub__ = __abs__ = property(lambda s: lambda *o: s)
    __lt__ = property(lambda s: lambda o: True)
def square(x): return Yes()
mean=norm=share=square
#### class_from_a_file
# a class from a module that the cell writes
with open("helperzz.py","w") as f: f.write('''
class Yes(float):
    __hash__=float.__hash__
    def __eq__(self, other): return True
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __lt__(self, other): return True
''')
import sys, os; sys.path.insert(0, os.getcwd())
import helperzz
square=mean=norm=share=lambda x: helperzz.Yes(0.3)
#### points_that_are_an_array
# what the points are computed from is no number
def square(x): return 3
mean=norm=square
def share(n): return np.array([7.0])
#### patched_testing
# functions of numpy.testing that never fail
$WRONG
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *a, **k: None)
#### patched_check
# functions of course_utils.check that never fail
$WRONG
check.close = check.require = check.array = check.number = lambda *a, **k: None
#### patched_check_when_called
# the answer patches the check while it runs, after any canary
def _patch():
    check.close = check.require = np.testing.assert_allclose = lambda *a, **k: None
    check.require.__globals__["require"] = lambda *a, **k: None
def square(x):
    _patch(); return 3
def mean(values):
    _patch(); return 0.25
def norm(vector):
    _patch(); return 1.5
def share(n):
    _patch(); return -1
#### rebound_names
# other things under the names that the checks use
$WRONG
class check:
    close = require = staticmethod(lambda *a, **k: None)
class np:
    class testing:
        assert_allclose = staticmethod(lambda *a, **k: None)
    array = staticmethod(list)
numbers = lambda n: [1.0]
#### shadowed_builtins
# functions of the learner's under the names of builtins
$WRONG
abs = lambda x: 0
sum = lambda x: 4
all = any = isinstance = lambda *a: True
len = lambda x: 4
float = lambda x: 1.5
#### patched_builtins
# the builtins themselves
import builtins
$WRONG
builtins.abs = lambda x: 0
builtins.sum = lambda x: 4
builtins.all = builtins.any = builtins.isinstance = builtins.bool = lambda *a: True
#### swapped_modules
# every module that a runner may need
import sys, types
$WRONG
for name in ("json", "struct", "ast", "inspect", "course_utils.check", "unittest", "numpy", "operator"):
    sys.modules[name] = types.ModuleType(name)
#### input_transformer
# removes assertions from the text of later cells
$WRONG
def clean(lines):
    return [line for line in lines if "assert" not in line and "check" not in line]
get_ipython().input_transformers_cleanup.append(clean)
get_ipython().input_transformers_post.append(clean)
get_ipython().input_transformer_manager.cleanup_transforms.append(clean)
#### displayhook
# shows the best result before the check fails
import sys
def square(x):
    sys.displayhook(2.0); return 3
def mean(v):
    sys.displayhook(2.0); return 0.25
def norm(v):
    sys.displayhook(2.0); return 1.5
def share(n):
    sys.displayhook(2.0); get_ipython().displayhook(2.0); return -1
#### reads_input_history
# the text of the running cell, as IPython keeps it
def square(x):
    text = get_ipython().user_ns["In"][-1] + str(get_ipython().history_manager.input_hist_raw)
    print("history:", text[-300:] if "7c1" + "-hid" in text else "none")
    return 9 if "== 9" in text else 3
mean = norm = share = square
#### reads_source_of_check
# the text of a check through linecache and inspect
import linecache
def square(x):
    text = "".join("".join(entry[2]) for entry in list(linecache.cache.values()) if len(entry) > 2)
    print("7c1" + "-hid" in text and text)
    return 9 if "square(3) == 9" in text else 3
mean = norm = share = square
#### hard_coded
# answers for the visible tests only
square = {3: 9}.get
mean = lambda v: 3.0
norm = lambda v: 5.0
share = lambda n: 1.0 if n == 7 else 0.0
#### changed_given_function
# the lesson's own helper, its name unchanged
$WRONG
numbers.__code__ = (lambda n: [0.25]).__code__
numbers.__defaults__ = ()
#### hunts_with_gc
# searches the memory for hidden tests, and shows what it finds
import gc
$WRONG
found = [o for o in gc.get_objects() if isinstance(o, str) and "hidden-" in o and "7c1" + "-" in o]
more = [o for d in gc.get_objects() if isinstance(d, dict) for o in list(d.values()) if isinstance(o, str) and "7c1" + "-hidden" in o]
print(found, more)
#### trace_when_called
# a debugger attached while the check runs, which changes its course
import sys
def jump(frame, event, arg):
    if event == "line":
        try:
            frame.f_lineno = frame.f_lineno + 1
        except Exception:
            pass
    return jump
def square(x):
    frame = sys._getframe(1)
    frame.f_trace = jump
    sys.settrace(jump)
    return 3
mean = norm = share = square
#### thread_that_patches
# a thread that patches numpy.testing and check again and again
import threading, time
$WRONG
def again():
    while True:
        np.testing.assert_allclose = check.close = check.require = lambda *a, **k: None
        time.sleep(0)
threading.Thread(target=again, daemon=True).start()
#### poisoned_import
# its own numpy.py, sitecustomize and start-up files beside the notebook
import os, importlib, sys
$WRONG
for name in ("numpy.py", "sitecustomize.py", "course_utils.py", "unittest.py", "json.py"):
    with open(name, "w") as file:
        file.write("assert_allclose = close = lambda *a, **k: None\n")
os.makedirs(os.path.expanduser("~/.ipython/profile_default/startup"), exist_ok=True)
with open(os.path.expanduser("~/.ipython/profile_default/startup/a.py"), "w") as file:
    file.write("raise SystemExit")
sys.path.insert(0, os.getcwd())
importlib.invalidate_caches()
for name in ("course_utils", "course_utils.check"):
    sys.modules.pop(name, None)
from course_utils import close
#### replaced_run_cell
# the shell's method that runs cells
$WRONG
shell = get_ipython()
class Result:
    success, result = True, 2.0
    error_before_exec = error_in_exec = None
shell.run_cell = type(shell).run_cell = lambda *a, **k: Result()
async def run_cell_async(*a, **k):
    return Result()
shell.run_cell_async = type(shell).run_cell_async = run_cell_async
shell.should_run_async = lambda *a, **k: False
#### changed_small_integers
# writes into the interpreter's own number nine
import ctypes
def square(x):
    for value in (9, 25):
        digit = ctypes.c_uint32.from_address(id(value) + 24)
        digit.value = 3
    return 3
mean = norm = share = square
#### imports_the_checks
# functions of the checks' own module, put in the place of answers
import course_utils.checks.toy as toy
square = mean = norm = share = toy.check_square
#### patches_the_checks
# functions that never fail in the place of the checks'
$WRONG
from course_utils.checks import toy
toy.check_square = toy.check_mean = toy.check_norm = lambda *a: None
toy.right = lambda *a: 1.0
#### rival_of_the_checks
# another thing under the module's name
$WRONG
class toy:
    check_square = check_mean = check_norm = staticmethod(lambda *a: None)
    right = staticmethod(lambda *a: 1.0)
#### values_that_are_too_much
# results that no other process can hold
square = mean = norm = share = lambda *a: np.broadcast_to(0.0, (1 << 20, 1 << 20))
#### nested_without_end
# a result in a result in a result
square = mean = norm = share = lambda *a: [0.0]
for _ in range(500):
    mean = share = (lambda inner: lambda *a: [inner(*a)])(mean)
#### claims_a_handle
# an object with attributes of every name
class Any:
    def __getattr__(self, name): return Any()
    def __call__(self, *a): return Any()
square = mean = norm = share = lambda *a: Any()
"""


def _read(text: str) -> dict[str, str]:
    return {
        block.split("\n", 1)[0].strip(): block.split("\n", 1)[1].replace("$WRONG\n", WRONG)
        for block in f"\n{text}".split("\n#### ")[1:]
    }


MACHINE, ANSWERS = _read(_MACHINE), _read(_ANSWERS)
KINDS = MACHINE | ANSWERS
