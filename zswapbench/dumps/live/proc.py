"""The files of a process in /proc, and what to say if they may not be read.

All are opened below one handle of the folder /proc/PID. So they are of one process, even if it ends and another is
given its number.

Reading memory takes what ptrace(2) calls PTRACE_MODE_ATTACH_FSCREDS: one's own process that has no privileges, unless
the security module Yama forbids it, or CAP_SYS_PTRACE.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from struct import Struct

from zswapbench.common.errors import DumpError, MissingError, UsageError, ZswapbenchError
from zswapbench.dumps.elf import MACHINES, MAGIC
from zswapbench.dumps.live.filter import DEFAULT_FILTER, Filter
from zswapbench.dumps.live.vmas import Vma, read_maps, read_smaps

_KERNEL_THREAD = 0x00200000  # PF_KTHREAD of include/linux/sched.h
_YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
_YAMA_SAYS = {
    1: "which allows a process and those that it started only",
    2: "which allows nobody without it",
    3: "which allows nobody at all until the next boot",
}
_SYS_PTRACE = 1 << 19  # among the capabilities of include/uapi/linux/capability.h
_ELF = Struct("=4sB13xH")  # the magic, class and machine of a program
_READ = os.O_RDONLY | os.O_CLOEXEC


class Proc:
    """The process ``pid``: a context manager, whose end closes its files.

    Raises DumpError if there is none or it has no memory, MissingError if it may not be read, UsageError if it is this
    very process.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.name = f"process {pid}"
        self._handles: list[int] = []
        if pid == os.getpid():
            raise UsageError(
                f"{self.name}: is this process itself, which changes while it reads; dump it with gcore"
            )
        with ExitStack() as stack:
            stack.callback(self.close)
            try:
                self._folder = self._open(f"/proc/{pid}", os.O_DIRECTORY)
                self._check_memory()
                self.mem = self._open("mem")
                self.pagemap = self._open("pagemap")
            except OSError as error:
                raise self.problem(error) from None
            stack.pop_all()

    def __enter__(self) -> Proc:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        while self._handles:
            os.close(self._handles.pop())

    def _open(self, name: str, flags: int = 0) -> int:
        folder = self._handles[0] if self._handles else None
        self._handles.append(os.open(name, _READ | flags, dir_fd=folder))
        return self._handles[-1]

    def text(self, name: str) -> bytes:
        """All of the file ``name``. Raises OSError."""
        with open(os.open(name, _READ, dir_fd=self._folder), "rb") as file:
            return file.read()

    def threads(self) -> list[int]:
        """The threads that have not ended. Raises OSError."""
        handle = os.open("task", _READ | os.O_DIRECTORY, dir_fd=self._folder)
        try:
            names = os.listdir(handle)  # noqa: PTH208  which takes no handle
        finally:
            os.close(handle)
        return [int(name) for name in names if self._state(f"task/{name}") not in "ZX"]

    def vmas(self) -> list[Vma]:
        """Its mappings, with all that is known of them. Raises OSError."""
        return read_smaps(self.text("smaps"))

    def mappings(self) -> list[Vma]:
        """The same with addresses and names only. Raises OSError."""
        return read_maps(self.text("maps"))

    def filter(self) -> Filter:
        """Its coredump_filter; what kernels begin with, if this one has no such file."""
        try:
            return Filter(int(self.text("coredump_filter"), 16))
        except (OSError, ValueError):
            return DEFAULT_FILTER

    def check_alive(self, address: int) -> None:
        """Raises OSError if it has ended, or runs another program. ``address``: of memory that it had."""
        try:
            alive = os.pread(self.mem, 1, address)
        except OSError:
            return  # that memory is not there any more, but there is other
        if not alive:
            raise ended()

    @contextmanager
    def mapped(self, vma: Vma) -> Iterator[int]:
        """What is mapped at ``vma``, opened as a file. Raises OSError: EPERM without CAP_CHECKPOINT_RESTORE."""
        handle = os.open(f"map_files/{vma.start:x}-{vma.end:x}", _READ | os.O_NONBLOCK, dir_fd=self._folder)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.EPERM, "is no regular file")
            yield handle
        finally:
            os.close(handle)

    def kind(self) -> tuple[int, str]:
        """Its bits, 32 or 64, and the machine that it is for; 0 and "" if its program may not be read."""
        head = b""
        with suppress(OSError):
            handle = os.open("exe", _READ, dir_fd=self._folder)
            try:
                head = os.pread(handle, _ELF.size, 0)
            finally:
                os.close(handle)
        return _kind_of(head)

    def problem(self, error: OSError) -> ZswapbenchError:
        """What to raise where ``error`` came up."""
        if isinstance(error, PermissionError):
            return self._forbidden()
        if error.errno in (errno.ENOENT, errno.ESRCH):
            if not self._handles:
                return DumpError(self.name, "does not exist; ps -e shows those that do")
            return DumpError(self.name, "has ended, or started another program, while it was read")
        return DumpError(self.name, f"cannot be read: {error.strerror}")

    def unstoppable(self, error: OSError) -> ZswapbenchError:
        """What to raise where ``error`` came up when it was to be stopped."""
        tracer = int(_status(self.pid).get("TracerPid", "0"))
        if tracer and isinstance(error, PermissionError):
            return DumpError(
                self.name, f"is traced by process {tracer}, a debugger; end that, or leave out --freeze"
            )
        return self.problem(error)

    def _check_memory(self) -> None:
        """Raises DumpError if it has none."""
        found = self.text("stat").rpartition(b")")[2].split()
        if int(found[6]) & _KERNEL_THREAD:
            raise DumpError(
                self.name, "is a thread of the kernel, which has no memory of its own; choose another"
            )
        if self._state(".") in "ZX":
            raise DumpError(self.name, "has ended, or its first thread has; its memory cannot be had")

    def _state(self, folder: str) -> str:
        """The letter of ps; X if there is nothing."""
        try:
            return self.text(f"{folder}/stat").rpartition(b")")[2].split()[0].decode()
        except (OSError, IndexError):
            return "X"

    def _forbidden(self) -> ZswapbenchError:
        mine, its = _status("self"), _status(self.pid)
        if int(mine.get("CapEff", "0"), 16) & _SYS_PTRACE:
            return MissingError(
                f"{self.name}: may not be read, in spite of the capability CAP_SYS_PTRACE: a security module or its "
                "user namespace forbids it; run zswapbench where it was started"
            )
        root = "run zswapbench as root" if os.geteuid() else "a container has it with --cap-add SYS_PTRACE"
        return MissingError(
            f"{self.name}: may not be read without the capability CAP_SYS_PTRACE: {_why(its)}; {root}"
        )


def _why(status: dict[str, str]) -> str:
    """Why a process may not be read without the capability; ``status``: of that process."""
    owner = status.get("Uid", "").split()[:1]
    if owner and int(owner[0]) != os.geteuid():
        return f"it is of another user (uid {owner[0]})"
    scope = _yama_scope()
    if scope in _YAMA_SAYS:
        return f"{_YAMA} is {scope}, {_YAMA_SAYS[scope]}"
    return "it has privileges that you lack, or asked not to be read (PR_SET_DUMPABLE), or a security module forbids it"


def _status(pid: int | str) -> dict[str, str]:
    """What /proc/PID/status says, by name; nothing if it cannot be read."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^(\w+):\s*(.*)$", text, re.MULTILINE))


def _kind_of(head: bytes) -> tuple[int, str]:
    """Bits and machine of the program that begins with ``head``; 0 and "" if it is no ELF file."""
    if len(head) < _ELF.size or not head.startswith(MAGIC):
        return 0, ""
    _, bits, machine = _ELF.unpack(head)
    return {1: 32, 2: 64}.get(bits, 0), MACHINES.get(machine, f"machine {machine}")


def ended() -> OSError:
    """That the memory of a process is not there any more: it has ended, or runs another program."""
    return ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))


def _yama_scope() -> int:
    """Of Yama; 0 if the kernel does not have it."""
    try:
        return int(_YAMA.read_text())
    except (OSError, ValueError):
        return 0
