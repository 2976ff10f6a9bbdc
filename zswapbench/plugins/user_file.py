"""Files of the user's own: loaded as modules, and what goes wrong in them told in one line.

A file is loaded by its path and never found by a name: its folder is not put on sys.path, and no compiled copy of it is
written or read, so that what runs is what the file says now. The same content is loaded once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from zswapbench.common.errors import OwnCodeError, UsageError

_PREFIX = "zswapbench_own_"
_DIGITS = 12
_LONGEST = 200
"""Characters of an error's text that are told."""


def load(path: str) -> ModuleType:
    """The module that the file ``path`` is.

    Raises UsageError if there is no such file, OwnCodeError, with the line, for one that is not Python or raises.
    """
    try:
        if stat.S_IFMT(os.stat(path).st_mode) not in (stat.S_IFREG, stat.S_IFDIR):  # noqa: PTH116  as open() takes it
            raise UsageError(f"{path}: cannot be read: is not a regular file")
        source = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not a name of a file"
        raise UsageError(f"{path}: cannot be read: {reason}") from None
    where = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()
    name = f"{_PREFIX}{where[:_DIGITS]}_{hashlib.sha256(source).hexdigest()[:_DIGITS]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses, among others, look for their module there
        try:
            with streams_kept():
                exec(compile(source, path, "exec"), vars(module))  # noqa: S102  this is what the file is for
        except BaseException as error:
            del sys.modules[name]
            if isinstance(error, KeyboardInterrupt):
                raise
            raise OwnCodeError(f"{path}: cannot be loaded: {told(error, name)}") from None
    return sys.modules[name]


@contextmanager
def streams_kept() -> Iterator[None]:
    """Around a user's code, which may put something else in the place of standard output and error."""
    kept = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept


def origin(module: ModuleType) -> str:
    """The name of a loaded file and the beginning of the SHA-256 of what was in it."""
    return f"{Path(str(module.__file__)).name} sha256:{module.__name__[-_DIGITS:]}"


def told(error: BaseException, module: str) -> str:
    """``error`` in one line: its type, its text and where in the module of that name it came from."""
    try:
        text = " ".join((error.msg if isinstance(error, SyntaxError) else str(error)).split())
    except BaseException:  # noqa: BLE001  the text of a user's own exception is the user's code, too
        text = ""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    where = place(error, module)
    return f"{type(error).__name__}{f': {text}' if text else ''}{f' ({where})' if where else ''}"


def place(error: BaseException, module: str) -> str:
    """The file and line of the module of that name that ``error`` last came through; "" if it did not."""
    found = ""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == module:
            found = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    if not found and isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno}"
    return found
