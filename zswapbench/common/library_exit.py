# cython: language_level=3
# mypy: ignore-errors
"""The exit code of a process that a library ends, as numpy's OpenBLAS does where it gets no memory.

Such a library calls C's ``exit(1)``, and 1 is what ``check`` says of something worse. The command line itself ends by
``_exit()``, which calls nothing that was registered here. So whoever calls ``exit()`` is somebody else.
"""

import cython
from cython.cimports.libc.stdlib import atexit
from cython.cimports.libc.string import strlen
from cython.cimports.posix.unistd import STDERR_FILENO, _exit, write

from zswapbench.common.errors import MissingError

_TOLD = cython.declare(
    cython.p_char,
    b"zswapbench: a library ended the process, for want of memory as a rule; give it more (see ulimit -v)\n",
)
_CODE = cython.declare(cython.int, MissingError.exit_code)


def replace_exit_code() -> None:
    """Whatever a library calls ``exit()`` with from now on, the code is that of MissingError, and told in a line."""
    atexit(_leave)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _leave() -> cython.void:
    write(STDERR_FILENO, _TOLD, strlen(_TOLD))
    _exit(_CODE)
