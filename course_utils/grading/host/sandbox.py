"""What a host offers to lock a learner's code in, and the command lines that use it.

Three kinds: ``bubblewrap`` (Linux namespaces, for root and for ordinary users), ``container``
(docker or podman, for hosts that forbid user namespaces), ``none`` (no protection: must be asked
for by name). :func:`probe` tries what it returns; it never falls back to less than was asked.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from course_utils.grading.host.control_groups import ControlGroup
from course_utils.grading.host.process import Process
from course_utils.paths import PACKAGE, data_dir

KINDS = ("auto", "bubblewrap", "container", "none")
IMAGE = "course-grading"
BOX = PACKAGE / "grading" / "box"
# Files of /etc that programs need: fonts, the linker's cache, time zone. Nothing of the host.
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime")
_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# What the warmed process needs of root's rights to lock its children in; they lose them all.
_CAPABILITIES = ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL", "CHOWN")


# the warmed process's program: its argument, JSON, says where the course lies
_START = (
    "import json, sys; sys.path.insert(0, json.loads(sys.argv[1])['course']); "
    "from course_utils.grading.box.zygote import main; main()"
)


class SandboxError(RuntimeError):
    """No sandbox of the wanted kind works on this host; the message says what to do."""


@dataclass(frozen=True)
class Sandbox:
    """A way to lock code in, which worked when it was tried."""

    name: str
    level_text: str
    engine: str = ""
    root: bool = False  # real root sets it up; the learner's code is an ordinary user all the same

    @property
    def mode(self) -> str:
        """How the warmed process separates its children (see :mod:`box.zygote`)."""
        return {"bubblewrap": "namespaces", "container": "users"}.get(self.name, "plain")

    def settings(self, folder: Path) -> dict:
        """Where things are, as the code inside sees them."""
        if self.name == "none":
            home, scratch, door = f"{folder}/home", f"{folder}/scratch", f"{folder}/door"
        else:
            home, scratch, door = "/warm", "/tmp", "/door"
        return {
            "mode": self.mode,
            "root": self.root,
            "door": f"{door}/socket",
            "home": home,
            "scratch": scratch,
            "course": str(PACKAGE.parent) if self.name == "none" else "/course",
        }

    def command(self, argv: list[str], folder: Path, memory_mb: float = 8000) -> list[str]:
        """The command line that runs the warmed process with the arguments ``argv``, locked in."""
        prefix = _seen(sys.prefix) if self.name == "bubblewrap" else sys.prefix
        env = environment(self.settings(folder)["home"], prefix)
        start = [sys.executable.replace(sys.prefix, prefix, 1), "-I", "-B"]
        if self.name == "bubblewrap":
            words = [self.engine, *_bubblewrap(self.root, env), "--bind", f"{folder}/door", "/door"]
            return [*words, "--remount-ro", "/", "--", *start, "-c", _START, *argv]
        if self.name == "container":
            words = [self.engine, *_container(env, folder, memory_mb)]
            return [*words, "python", "-I", "-B", "-c", _START, *argv]
        pairs = [f"{name}={value}" for name, value in env.items()]
        return ["env", "-i", *pairs, *start, "-c", _START, *argv]


def environment(home: str, prefix: str = sys.prefix) -> dict[str, str]:
    """All environment variables of a learner's code; nothing of the instructor's gets in."""
    names = [f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL")]
    names += ["TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]
    return {
        "PATH": f"{prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "learner",
        "HOME": home,
        "COURSE_HOME": home,
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "COURSE_QUICK": "1",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    } | dict.fromkeys(names, "1")


def _seen(prefix: str) -> str:
    """Where an environment of Python lies inside; a virtual one can be anywhere, /tmp included."""
    return prefix if prefix == sys.base_prefix else "/packages"


def _bubblewrap(root: bool, env: dict[str, str]) -> list[str]:
    """bwrap's options: a system to read, private places to write, nothing of the course."""
    words = ["--die-with-parent", "--new-session"]
    words += [f"--unshare-{name}" for name in ("pid", "net", "ipc", "uts", "cgroup-try")]
    if root:
        words += ["--cap-drop", "ALL"]
        for name in _CAPABILITIES:
            words += ["--cap-add", f"CAP_{name}"]
    else:
        words += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    words.append("--clearenv")
    for name, value in env.items():
        words += ["--setenv", name, value]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in _TOP:
        if os.path.islink(f"/{name}"):
            words += ["--symlink", os.readlink(f"/{name}"), f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            words += ["--ro-bind", f"/{name}", f"/{name}"]
    for name in _ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(folder).is_relative_to("/usr"):
            # bwrap would make the folders above for root alone
            for above in reversed(Path(_seen(folder)).parents[:-1]):
                words += ["--perms", "0755", "--dir", str(above)]
            words += ["--ro-bind", folder, _seen(folder)]
    words += ["--perms", "0755", "--dir", "/course"]
    words += ["--ro-bind", str(PACKAGE), "/course/course_utils"]
    for name in ("grading", "authoring"):  # not needed inside, so not to be read there either
        if (PACKAGE / name).is_dir():
            words += ["--tmpfs", f"/course/course_utils/{name}"]
            if name == BOX.parent.name:
                words += ["--ro-bind", str(BOX), f"/course/course_utils/{name}/{BOX.name}"]
            words += ["--remount-ro", f"/course/course_utils/{name}"]
    if data_dir().is_dir():
        words += ["--ro-bind", str(data_dir()), "/course/data"]
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    words += ["--tmpfs", "/tmp", "--tmpfs", "/warm", "--chdir", "/tmp"]
    return words


def _container(env: dict[str, str], folder: Path, memory_mb: float) -> list[str]:
    """Options of ``docker run`` or ``podman run``; the image brings Python and its packages."""
    words = (
        "run --rm --interactive --init --network none --read-only --user 0 --pids-limit 512 "
        f"--memory {int(memory_mb)}m --cap-drop ALL --security-opt no-new-privileges "
        "--tmpfs /tmp:size=1g,mode=0755 --tmpfs /warm:size=500m,mode=0755 "
        "--tmpfs /dev/shm:size=64m,mode=0755"
    ).split()
    for name in ("SETUID", "SETGID", "SETPCAP", "KILL", "CHOWN", "DAC_OVERRIDE"):
        words += ["--cap-add", name]
    words += ["--volume", f"{folder}/door:/door"]
    words += ["--volume", f"{PACKAGE}:/course/course_utils:ro"]
    if data_dir().is_dir():
        words += ["--volume", f"{data_dir()}:/course/data:ro"]
    env = env | {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    for name, value in env.items():
        words += ["--env", f"{name}={value}"]
    return [*words, IMAGE]


def probe(kind: str = "auto") -> Sandbox:
    """A sandbox of the wanted kind that works here; ``auto`` is bubblewrap, else a container.

    Raises:
        SandboxError: there is none; says why for each kind that was tried, and what to do.
    """
    if kind not in KINDS:
        raise SandboxError(f"there is no sandbox {kind!r}; there are: {', '.join(KINDS)}")
    if kind == "none":
        return Sandbox("none", "none: a submission can do whatever you can on this machine")
    reasons = []
    for name, look in (("bubblewrap", _find_bubblewrap), ("container", _find_container)):
        if kind in ("auto", name):
            try:
                return look()
            except SandboxError as error:
                reasons.append(f"{name}: {error}")
    raise SandboxError(
        "no working sandbox, so nothing was run. "
        + " ".join(f"{reason.rstrip('.')}." for reason in reasons)
        + " Install bubblewrap (apt-get install bubblewrap), or docker or podman and build the "
        "image (see docs/instructors.md). `--sandbox none` runs submissions unprotected, with "
        "all your rights: only for work that you have read."
    )


def _try_out(sandbox: Sandbox) -> Sandbox:
    """The sandbox, if a child in it is as locked in as it must be."""
    try:
        with Process(sandbox, warm=False, trial=True) as process:
            seen = process.look_around()
    except (OSError, RuntimeError) as error:
        raise SandboxError(str(error)) from None
    if seen.get("user") in (0, None):
        raise SandboxError("code inside would still be root")
    if seen.get("capabilities") != 0:
        raise SandboxError("code inside would keep special rights")
    if seen.get("interfaces") != []:
        raise SandboxError("code inside would have a network")
    if sandbox.mode == "namespaces" and seen.get("processes") != [1]:
        raise SandboxError("code inside would see other processes")
    return sandbox


def _find_bubblewrap() -> Sandbox:
    engine = shutil.which("bwrap")
    if sys.platform != "linux":
        raise SandboxError("it needs Linux")
    if not engine:
        raise SandboxError("the program bwrap is not installed")
    text = "own namespaces for every notebook, no network, read-only system, an ordinary user; "
    text += "memory and processes limited by " + (
        "control groups" if ControlGroup.works() else "polling and by limits of each process"
    )
    reasons = []
    for root in (True, False) if os.geteuid() == 0 else (False,):
        try:
            return _try_out(Sandbox("bubblewrap", f"bubblewrap: {text}", engine, root))
        except SandboxError as error:
            reasons.append(str(error))
    raise SandboxError("; ".join(reasons))


def _find_container() -> Sandbox:
    reasons = []
    for name in ("podman", "docker"):
        engine = shutil.which(name)
        if not engine:
            reasons.append(f"{name} is not installed")
            continue
        words = [engine, "image", "inspect", IMAGE]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            reasons.append(f"{name}: {error}")
            continue
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it failed"])[-1]
            reasons.append(f"{name} has no image {IMAGE} ({last})")
            continue
        text = f"{name} container without network, an own user for every notebook"
        return _try_out(Sandbox("container", text, engine, root=True))
    raise SandboxError("; ".join(reasons))
