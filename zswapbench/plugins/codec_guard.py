"""Holds codecs of the user's own to their contract: whatever one does wrong is told in one line, as OwnCodeError."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from zswapbench.common.errors import OwnCodeError, ZswapbenchError
from zswapbench.plugins.user_file import streams_kept, told


class Codec(Protocol):
    """What is asked of a codec here; codecs/base.py has the whole."""

    @property
    def name(self) -> str:
        """What it is asked for by."""

    @property
    def origin(self) -> str:
        """File or package of one of the user's own."""

    def compress(self, page: bytes) -> bytes:
        """The compressed form of ``page``."""

    def decompress(self, data: bytes, size: int) -> bytes:
        """The page of ``size`` bytes."""


class _Broken(Exception):  # noqa: N818  it is told as a sentence, not as an error
    """A promise of the contract, in words that follow the name of the method."""


def guarded(leaf: Any) -> Any:
    """The class ``leaf`` itself, its methods wrapped."""
    checks: dict[str, Callable[..., Any]] = {"compress": _compressed, "decompress": _page, "sizes": _sizes}
    for method, check in checks.items():
        setattr(leaf, method, _guard(leaf, method, check))
    return leaf


def proven(codec: Codec, page: bytes) -> bytes:
    """``page`` compressed; of a codec of the user's own it is seen first that decompressing gives the page again."""
    data = codec.compress(page)
    if codec.origin and codec.decompress(data, len(page)) != page:
        raise OwnCodeError(f"codec {codec.name}: decompress does not give back the page that was compressed")
    return data


def _guard(leaf: Any, method: str, check: Callable[..., Any]) -> Callable[..., Any]:
    inner = getattr(leaf, method)

    @functools.wraps(inner)
    def call(self: Codec, *arguments: Any) -> Any:
        try:
            with streams_kept():
                return check(inner(self, *arguments), *arguments)
        except (ZswapbenchError, KeyboardInterrupt):
            raise
        except _Broken as error:
            raise OwnCodeError(f"codec {leaf.name}: {method} {error}") from None
        except BaseException as error:  # noqa: BLE001  SystemExit is no way to end a run
            raise OwnCodeError(f"codec {leaf.name}: {method} raises {told(error, leaf.__module__)}") from None

    return call


def _compressed(found: Any, page: bytes) -> bytes:
    if not isinstance(found, bytes):
        raise _Broken(f"gives a {type(found).__name__} and not bytes")
    return found


def _page(found: Any, data: bytes, size: int) -> bytes:
    if not isinstance(found, bytes) or len(found) != size:
        raise _Broken(f"does not give the {size} bytes of a page")
    return found


def _sizes(found: Any, pages: Any) -> Any:
    sizes = np.asarray(found)
    if sizes.shape != (len(pages),) or sizes.dtype.kind not in "iu" or (sizes < 0).any():
        raise _Broken("does not give a number of bytes for each page")
    return sizes.astype(np.uint32)
