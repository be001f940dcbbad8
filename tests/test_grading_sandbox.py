"""What a host offers, and what code inside a sandbox can do."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from course_utils.grading.host import control_groups, execution, sandbox
from course_utils.grading.intake import jobs
from tests.bank import ROOT
from tests.toy_course import working_sandbox


@pytest.fixture(scope="module")
def worker():
    with execution.Worker(working_sandbox(), warm=False) as worker:
        yield worker


def _run(worker, source: str, **limits):
    cells = [{"id": "a", "source": source, "role": "own", "points": None}]
    result = worker.run(jobs.make_job("toy", cells, limits))
    return "".join(o.get("text", "") for o in result["cells"][0]["outputs"]), result["cells"][0]


def test_without_any_sandbox_it_refuses_and_says_what_to_do(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(sandbox.SandboxError) as caught:
        sandbox.probe("auto")
    text = str(caught.value)
    for word in (
        "bwrap is not installed",
        "docker",
        "apt-get install bubblewrap",
        "--sandbox none",
    ):
        assert word in text


def test_a_sandbox_that_was_asked_for_is_not_replaced_by_another(monkeypatch):
    monkeypatch.setattr(sandbox, "_find_container", lambda: pytest.fail("fell back"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(sandbox.SandboxError, match="bubblewrap"):
        sandbox.probe("bubblewrap")


def test_an_engine_that_does_not_work_is_not_taken(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/false")
    with pytest.raises(sandbox.SandboxError, match="does not start"):
        sandbox.probe("bubblewrap")


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ({"user": 0}, "root"),
        ({"capabilities": 1 << 21}, "special rights"),
        ({"interfaces": ["eth0"]}, "network"),
        ({"processes": [1, 2, 900]}, "other processes"),
    ],
)
def test_a_sandbox_that_leaks_is_not_taken(monkeypatch, seen, why):
    class Leaky:
        def __init__(self, *words, **named):
            self.seen = {"user": 7, "capabilities": 0, "interfaces": [], "processes": [1]} | seen

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

        def look_around(self):
            return self.seen

    monkeypatch.setattr(sandbox, "Process", Leaky)
    with pytest.raises(sandbox.SandboxError, match=why):
        sandbox._try_out(sandbox.Sandbox("bubblewrap", "", "/usr/bin/bwrap", root=True))


def test_none_must_be_asked_for_and_says_what_it_is():
    found = sandbox.probe("none")
    assert found.name == "none" and "whatever you can" in found.level_text


def test_an_unknown_kind_is_refused():
    with pytest.raises(sandbox.SandboxError, match="bubblewrap"):
        sandbox.probe("jail")


def test_the_level_reached_is_named():
    text = working_sandbox().level_text
    assert "no network" in text and "memory" in text


def test_bubblewrap_shares_no_namespace_and_shows_no_course(tmp_path):
    for root in (True, False):
        words = sandbox.Sandbox("bubblewrap", "", "bwrap", root).command(["{}"], tmp_path)
        for name in ("pid", "net", "ipc", "uts"):
            assert f"--unshare-{name}" in words
        assert ("--unshare-user" in words) is not root
        assert "--die-with-parent" in words and "--clearenv" in words and "--new-session" in words
        places = {words[i + 1] for i, word in enumerate(words) if word.endswith("bind")}
        assert str(ROOT) not in places and "/" not in places and "/etc" not in places
        written = [words[i + 1] for i, word in enumerate(words) if word == "--bind"]
        assert written == [f"{tmp_path}/door"]


def test_the_container_engines_command_line(tmp_path):
    words = sandbox.Sandbox("container", "", "/usr/bin/podman", root=True).command(["{}"], tmp_path)
    assert words[:2] == ["/usr/bin/podman", "run"]
    for flag, value in {
        "--network": "none", "--cap-drop": "ALL", "--security-opt": "no-new-privileges",
        "--memory": "8000m", "--pids-limit": "512",
    }.items():  # fmt: skip
        assert words[words.index(flag) + 1] == value
    assert "--read-only" in words and "--privileged" not in words
    volumes = [words[i + 1] for i, word in enumerate(words) if word == "--volume"]
    assert all(v.endswith(":ro") for v in volumes if not v.endswith(":/door"))
    assert not any(v.startswith(f"{ROOT}:") for v in volumes)
    assert words[words.index(sandbox.IMAGE) :] == [
        sandbox.IMAGE, "python", "-I", "-B", "-c", sandbox._START, "{}",
    ]  # fmt: skip


# A stand-in for an engine, of which a build machine has none: it reads the same options and locks
# its command in as a container is, in one sandbox in which nobody can make namespaces.
# ruff: noqa: E501
ENGINE = """#!{python}
import os, sys
words, given = ["{bwrap}", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--cap-drop", "ALL"], sys.argv[1:]
if given[:2] == ["image", "inspect"]:
    raise SystemExit(0)
image = given.index("{image}")
options, command = given[1:image], given[image + 1:]
for place, seen in (("/usr", "/usr"), ("{prefix}", "/packages"), ("{base}", "{base}")):
    for above in list(reversed(__import__("pathlib").Path(seen).parents))[1:]:
        words += ["--perms", "0755", "--dir", str(above)]
    words += ["--ro-bind", place, seen]
for name in ("bin", "lib", "lib64"):
    words += ["--symlink", "usr/" + name, "/" + name]
words += ["--dev", "/dev", "--proc", "/proc", "--clearenv", "--perms", "0755", "--dir", "/course"]
for flag, value in zip(options, options[1:]):
    if flag == "--cap-add":
        words += ["--cap-add", "CAP_" + value]
    if flag == "--env":
        words += ["--setenv", *value.split("=", 1)]
    if flag == "--tmpfs":
        words += ["--perms", "0755", "--tmpfs", value.split(":")[0]]
    if flag == "--volume":
        there, here, *mode = value.split(":")
        words += ["--ro-bind" if mode else "--bind", there, here]
words += ["--remount-ro", "/", "/packages/bin/python", *command[1:]]
os.execv(words[0], words)
"""


def test_inside_a_container_every_notebook_is_another_user(tmp_path, monkeypatch):
    if os.geteuid() != 0 or working_sandbox().name != "bubblewrap":
        pytest.skip("the stand-in for an engine needs root")
    engine = tmp_path / "podman"
    engine.write_text(
        ENGINE.format(
            python=sys.executable,
            bwrap=shutil.which("bwrap"),
            image=sandbox.IMAGE,
            prefix=sys.prefix,
            base=os.path.realpath(sys.base_prefix),
        )  # fmt: skip
    )
    engine.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(engine) if name == "podman" else None)
    found = sandbox.probe("auto")
    assert found.name == "container" and "container" in found.level_text
    write = """
import os, subprocess
print(os.getuid() > 1000, os.getgroups())
for folder in ("/tmp", "/dev/shm", "/warm", "/door", "/course", "/", "/proc/1", ".."):
    try:
        open(f"{folder}/mark", "w").close()
        print("wrote", folder)
    except OSError:
        pass
for pid in [1, os.getppid(), *range(2, 30)]:
    try:
        os.kill(pid, 0)
        print("could signal", pid == os.getpid() or pid)
    except OSError:
        pass
subprocess.Popen(["sleep", "61"], start_new_session=True)
"""
    look = """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if "sleep" in open(f"/proc/{pid}/cmdline").read():
            print("left", pid)
    except OSError:
        pass
print(os.listdir("/tmp"), "alone")
"""
    with execution.Worker(found, warm=False) as worker:
        text, _ = _run(worker, write)
        assert text.splitlines()[0] == "True []"
        assert "could signal True" in text  # itself
        assert [line for line in text.splitlines()[1:] if line != "could signal True"] == [
            "wrote .."
        ]  # its own folder
        text, _ = _run(worker, look)
        assert text == "['job-2'] alone\n"
        cells = [{"id": "c", "source": "assert 1 == 1", "role": "check", "points": 1.0}]
        result = worker.run(jobs.make_job("toy", cells))
    assert result["cells"][0]["status"] == "ok"


def test_the_container_recipe_names_the_image_and_installs_the_course():
    text = (ROOT / "Containerfile").read_text()
    assert sandbox.IMAGE in text and "requirements.lock" in text and "COPY solutions" not in text


def test_nothing_of_the_environment_gets_in(worker, monkeypatch):
    text, _ = _run(worker, "import os, json; print(json.dumps(dict(os.environ)))")
    seen = json.loads(text)
    allowed = set(sandbox.environment("/")) | {"IPYTHONDIR", "PWD", "TERM", "COLUMNS"}
    allowed |= {"CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PAGER", "GIT_PAGER", "LINES"}
    allowed |= {"TF2_BEHAVIOR", "TPU_ML_PLATFORM", "LC_CTYPE", "KMP_INIT_AT_FORK"}
    assert set(seen) <= allowed | {n for n in seen if n.startswith(("KMP_", "TF_", "SKLEARN"))}
    assert seen["HOME"] == "/tmp/learner" and seen["NBGRADER_EXECUTION"]


def test_code_inside_is_an_ordinary_user_alone_without_network(worker):
    source = """
import os, socket
print(os.getuid() != 0, os.geteuid() != 0, os.getgroups())
print([p for p in os.listdir("/proc") if p.isdigit()])
print([name for _, name in socket.if_nameindex()])
print(os.path.exists("/etc/passwd"), os.listdir("/door"))
print(os.listdir("/course/course_utils/grading"))
"""
    text, _ = _run(worker, source)
    lines = text.splitlines()
    assert lines[0].startswith("True True") and " 0" not in lines[0].replace("[0", "[ 0")
    assert lines[1:] == ["['1']", "['lo']", "False []", "['box']"]


def test_writable_places_are_its_own_and_small(worker):
    source = """
import os
can = []
for folder, folders, files in os.walk("/"):
    skip = ("/proc", "/sys", "/usr", "/dev/pts")
    folders[:] = [f for f in folders if os.path.join(folder, f) not in skip]
    if os.access(folder, os.W_OK):
        can.append(folder)
print(sorted({"/".join(f.split("/")[:3]) for f in can}))
size = os.statvfs("/tmp")
print(size.f_frsize * size.f_blocks <= 20_100_000)
print(os.stat("/tmp").st_dev == os.stat("/dev/shm").st_dev)
"""
    text, _ = _run(worker, source, file_mb=20.0)
    where, *small = text.splitlines()
    assert set(eval(where)) <= {"/tmp", "/tmp/.shm", "/tmp/learner", "/dev/shm", "/"} - {"/"}
    assert small == ["True", "True"]


def test_nothing_is_left_for_the_next_notebook(worker):
    write = """
import os, glob, subprocess, socket
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), ".", os.path.expanduser("~/cache")):
    open(f"{folder}/mark", "w").close()
s = socket.socket(socket.AF_UNIX); s.bind("\\0mark"); s.listen()
subprocess.Popen(["sleep", "60"], start_new_session=True)
print("written")
"""
    look = """
import os, glob, socket
print(glob.glob("/tmp/**/mark", recursive=True) + glob.glob("/dev/shm/mark"))
print([p for p in os.listdir("/proc") if p.isdigit()])
try:
    socket.socket(socket.AF_UNIX).connect("\\0mark")
    print("reached")
except OSError:
    print("gone")
"""
    assert _run(worker, write)[0] == "written\n"
    assert _run(worker, look)[0].splitlines() == ["[]", "['1']", "gone"]


def test_memory_is_limited_for_all_processes_together(worker):
    source = """
import mmap
parts = [mmap.mmap(-1, 50_000_000) for _ in range(20)]
for part in parts:
    part.write(b"x" * 50_000_000)
"""
    _, cell = _run(worker, source, memory_mb=300.0)
    assert cell["status"] == "died" and "300 MB" in cell["outputs"][-1]["evalue"]


def test_memory_is_limited_without_control_groups_too(worker, monkeypatch):
    def no_groups(limits):
        raise OSError("no control groups here")

    monkeypatch.setattr(execution, "ControlGroup", no_groups)
    source = """
import mmap, time
parts = [mmap.mmap(-1, 50_000_000) for _ in range(12)]
for part in parts:
    part.write(b"x" * 50_000_000)
time.sleep(20)
"""
    _, cell = _run(worker, source, memory_mb=300.0)
    assert cell["status"] == "died" and "300 MB" in cell["outputs"][-1]["evalue"]


def test_control_groups_are_removed():
    if not control_groups.ControlGroup.works():
        pytest.skip("no control groups here")
    group = control_groups.ControlGroup({"memory_mb": 50, "processes": 5})
    folders = list(group.folders.values())
    assert folders and all(folder.is_dir() for folder in folders)
    group.close()
    assert not any(folder.exists() for folder in folders)


def test_an_ordinary_user_reaches_the_same_level(tmp_path):
    """The whole thing once more as somebody who is not root, with user namespaces."""
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("needs root to become somebody else")
    working_sandbox()
    source = f"""
import json, os, sys
sys.path.insert(0, {str(ROOT)!r})
from course_utils.grading.host import execution, sandbox
from course_utils.grading.intake import jobs
found = sandbox.probe("bubblewrap")
assert not found.root, found
look = "import os; print(os.getuid(), os.listdir('/tmp'))"
cells = [{{"id": "a", "source": look, "role": "own", "points": None}}]
cells += [{{"id": "c", "source": "assert 1 == 1", "role": "check", "points": 1.0}}]
with execution.Worker(found, warm=False) as worker:
    result = worker.run(jobs.make_job("toy", cells))
print(json.dumps(result))
"""
    program = tmp_path / "program.py"
    program.write_text(source)
    # the interpreter may lie in root's home: show that alone, as an installed one would be seen
    base = os.path.realpath(sys.base_prefix)
    hidden = base.startswith("/root/")
    script = f"""
set -e
mkdir -p {tmp_path}/base && mount --bind {base} {tmp_path}/base
chmod 755 {tmp_path}
if [ {int(hidden)} = 1 ]; then
  mount -t tmpfs -o mode=755 none /root && mkdir -p {base} && mount --bind {tmp_path}/base {base}
fi
mkdir /tmp/as-user.$$ && chown 65534:65534 /tmp/as-user.$$
cp {program} /tmp/as-user.$$/program.py
trap 'rm -rf /tmp/as-user.$$' EXIT
TMPDIR=/tmp/as-user.$$ HOME=/tmp/as-user.$$ setpriv --reuid 65534 --regid 65534 --clear-groups \\
  {sys.executable} /tmp/as-user.$$/program.py
"""
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=120, cwd="/"
    )
    if "user namespace" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip(f"this host forbids it: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [cell["status"] for cell in result["cells"]] == ["ok", "ok"], result
    assert result["cells"][0]["outputs"][0]["text"].startswith("1000 ")
