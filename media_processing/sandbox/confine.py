"""What the child takes away from itself before it opens an upload.

Resource limits, no new privileges, a Landlock rule set and a seccomp filter: all of it works for
an ordinary user and without any package, and is inherited by the ffmpeg that the child starts.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Iterable
from pathlib import Path

from media_processing.sandbox.types import Limits

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_LIBC = ctypes.CDLL(None, use_errno=True)


def confine(
    limits: Limits, *, readable: Iterable[Path], writable: Path, isolated: bool
) -> list[str]:
    """Confine this process for good and return which protections are in force.

    ``isolated`` says that a user namespace of its own surrounds the process, where a limit on the
    number of processes counts nobody else's. Raises OSError where a limit cannot be set.
    """
    limit_resources(limits, isolated=isolated)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    landlock = restrict_paths(readable, writable)
    seccomp = deny_system_calls()
    names = {"rlimits": True, "landlock": landlock, "seccomp": seccomp, "namespaces": isolated}
    return [name for name, in_force in names.items() if in_force]


def limit_resources(limits: Limits, *, isolated: bool) -> None:
    """Set the resource limits, soft and hard, so that no descendant can raise them."""
    cpu_s = int(limits.transcode_wall_s(limits.max_duration_s))
    figures = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: limits.output_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if isolated:
        figures[resource.RLIMIT_NPROC] = limits.processes
    for kind, figure in figures.items():
        resource.setrlimit(kind, (figure, figure))


def _prctl(option: int, *arguments: int) -> None:
    padded = [*arguments, 0, 0, 0, 0][:4]
    if _LIBC.prctl(option, *(ctypes.c_ulong(argument) for argument in padded)) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


# --- Landlock (linux/landlock.h): which paths may be touched, no TCP, no foreign signals ---

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_FS_EXECUTE, _FS_WRITE_FILE, _FS_READ_FILE, _FS_READ_DIR = 1, 2, 4, 8
_FS_REMOVE_FILE, _FS_MAKE_REG, _FS_TRUNCATE = 1 << 5, 1 << 8, 1 << 14
_FS_READ = _FS_EXECUTE | _FS_READ_FILE | _FS_READ_DIR
_FS_OF_A_FILE = _FS_EXECUTE | _FS_WRITE_FILE | _FS_READ_FILE | _FS_TRUNCATE
# How many file rights each version of the interface knows; later ones add nothing that matters.
_FS_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_FS_RIGHTS_NEWEST = 16
_NET_BIND_AND_CONNECT = 3
_SCOPE_SOCKETS_AND_SIGNALS = 3


def restrict_paths(readable: Iterable[Path], writable: Path) -> bool:
    """Allow reading beneath ``readable`` and writing beneath ``writable``, nothing else.

    Returns False where the kernel has no Landlock.
    """
    version = _LIBC.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION_FLAG)
    if version < 1:
        return False
    handled = (1 << _FS_RIGHTS_BY_VERSION.get(version, _FS_RIGHTS_NEWEST)) - 1
    ruleset = _create_ruleset(version, handled)
    write = (_FS_READ | _FS_WRITE_FILE | _FS_REMOVE_FILE | _FS_MAKE_REG | _FS_TRUNCATE) & handled
    try:
        for path in readable:
            _allow(ruleset, path, _FS_READ & handled)
        _allow(ruleset, Path("/dev/null"), (_FS_READ_FILE | _FS_WRITE_FILE) & handled)
        _allow(ruleset, writable, write)
        if _LIBC.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(ruleset)
    return True


def _create_ruleset(version: int, handled_fs: int) -> int:
    fields = [handled_fs]
    if version >= 4:
        fields.append(_NET_BIND_AND_CONNECT)
    if version >= 6:
        fields.append(_SCOPE_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    descriptor = _LIBC.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    return int(descriptor)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        rights = rights if path.is_dir() else rights & _FS_OF_A_FILE
        rule = struct.pack("=Qi", rights, target)
        if _LIBC.syscall(_LANDLOCK_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(target)


# --- seccomp (linux/seccomp.h, linux/filter.h): which system calls are refused ---

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
# Numbers of asm/unistd_64.h and asm-generic/unistd.h.
_DENIED = {
    "x86_64": {
        "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "bind": 49, "listen": 50,
        "socketpair": 53, "ptrace": 101, "personality": 135, "pivot_root": 155, "chroot": 161,
        "mount": 165, "umount2": 166, "swapon": 167, "reboot": 169, "init_module": 175,
        "delete_module": 176, "add_key": 248, "request_key": 249, "keyctl": 250,
        "unshare": 272, "perf_event_open": 298, "name_to_handle_at": 303,
        "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
        "process_vm_writev": 311, "finit_module": 313, "kexec_file_load": 320, "bpf": 321,
        "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "pidfd_getfd": 438, "mount_setattr": 442,
    },
    "aarch64": {
        "socket": 198, "connect": 203, "accept": 202, "sendto": 206, "bind": 200, "listen": 201,
        "socketpair": 199, "ptrace": 117, "personality": 92, "pivot_root": 41, "chroot": 51,
        "mount": 40, "umount2": 39, "swapon": 224, "reboot": 142, "init_module": 105,
        "delete_module": 106, "add_key": 217, "request_key": 218, "keyctl": 219,
        "unshare": 97, "perf_event_open": 241, "name_to_handle_at": 264,
        "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270,
        "process_vm_writev": 271, "finit_module": 273, "kexec_file_load": 294, "bpf": 280,
        "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426,
        "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "pidfd_getfd": 438, "mount_setattr": 442,
    },
}  # fmt: skip

_LOAD_WORD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_OFFSET_NUMBER, _OFFSET_ARCH = 0, 4


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def deny_system_calls() -> bool:
    """Refuse network, tracing, mounting, kernel keys, BPF and io_uring with EPERM.

    Returns False on a processor whose numbers are not known here or a kernel without seccomp.
    """
    machine = platform.machine()
    if machine not in _DENIED:
        return False
    code = filter_program(_AUDIT_ARCH[machine], sorted(_DENIED[machine].values()))
    program = _Program(len(code) // 8, code)
    address = ctypes.addressof(program)
    return bool(
        _LIBC.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_void_p(address), 0, 0) == 0
    )


def filter_program(audit_arch: int, denied: list[int]) -> bytes:
    """Return the classic BPF program: kill on a foreign architecture, EPERM for ``denied``."""
    refuse = len(denied) + 1
    lines = [
        (_LOAD_WORD, 0, 0, _OFFSET_ARCH),
        (_JUMP_EQUAL, 1, 0, audit_arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_GREATER_EQUAL, refuse, 0, _X32_BIT),
        *((_JUMP_EQUAL, refuse - place - 1, 0, number) for place, number in enumerate(denied)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
