"""Locking a process in: its own folders, limits, an ordinary user without rights. Linux only."""

import contextlib
import ctypes
import os
import resource
import socket
import struct

import psutil

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER, PR_CAPBSET_DROP = 4, 38, 36, 24

_libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments) -> None:
    """Call a function of the C library."""
    if getattr(_libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process."""
    zero = ctypes.c_ulong(0)
    call("prctl", option, ctypes.c_ulong(value), zero, zero, zero)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    names = [text.encode() if text else None for text in (source, target, kind)]
    call("mount", *names, ctypes.c_ulong(flags), options.encode() or None)


def drop_capabilities() -> None:
    """Give up all special rights, for good."""
    for number in range(64):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:
            break  # no more of them, or no right to drop (then there are none to lose)
    header = struct.pack("Ii", 0x20080522, 0)
    call("capset", header, bytes(24))
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def limit(limits: dict) -> None:
    """Limits of a single process; the worker outside watches the sum over all of them."""
    mega = 1_000_000
    data = psutil.Process().memory_info().data
    for name, value in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_DATA", data + int(limits["memory_mb"] * mega)),
        ("RLIMIT_FSIZE", int(limits["file_mb"] * mega)),
        ("RLIMIT_NPROC", int(limits["processes"])),
        ("RLIMIT_NOFILE", 1024),
        ("RLIMIT_CPU", int(limits["job_seconds"] * 4) + 5),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def own_folders(size: float) -> None:
    """One small file system of its own for /tmp, /dev/shm and the home folder."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    options = f"size={int(size * 1e6)},nr_inodes=20000,mode=1777"
    _mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options)
    os.mkdir("/tmp/.shm", 0o1777)
    os.chmod("/tmp/.shm", 0o1777)
    if os.path.isdir("/dev/shm"):
        _mount("/tmp/.shm", "/dev/shm", None, MS_BIND)


def hide(folder: str) -> None:
    """Put an empty folder over one."""
    _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4096,mode=0555")


def freeze(folder: str) -> None:
    """From now on nobody here writes to it, whoever owns it."""
    _mount(folder, folder, None, MS_BIND)
    _mount("none", folder, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def enter_namespaces(new_user: bool) -> None:
    """Namespaces of its own for this process (that of processes only for its children).

    Args:
        new_user: one of users, too, in which it is an ordinary one, whoever it is outside.
    """
    prctl(PR_SET_DUMPABLE, 1)  # or the maps of users could not be written
    user, group = os.getuid(), os.getgid()
    call("unshare", NEWNS | NEWPID | NEWIPC | NEWUTS | (NEWUSER if new_user else 0))
    if new_user:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"1000 {user} 1"),
            ("gid_map", f"1000 {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def become(uid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def look_around() -> dict:
    """What this process is and sees: the worker holds it against what was promised."""
    interfaces = [name for _, name in socket.if_nameindex() if name != "lo"]
    seen = {"user": os.getuid(), "interfaces": interfaces}
    with contextlib.suppress(OSError):
        seen["processes"] = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        with open("/proc/self/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        seen["capabilities"] = int(fields["CapEff"], 16) | int(fields["CapPrm"], 16)
    return seen
