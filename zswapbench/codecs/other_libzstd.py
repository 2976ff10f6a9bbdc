"""libzstd in another version than the installed one, beside it: each in a folder of its own.

Kernels hold libzstd of their own, in versions that PyPI's zstandard once had too. ``pip install --target`` puts such a
zstandard where Python does not look for modules, so that nothing but a codec that asks for it gets it. It is imported
under a name of its own and can be used in one process with the installed one.
"""

from __future__ import annotations

import shlex
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from types import ModuleType

from zswapbench.codecs.libzstd import LibZstd
from zswapbench.common.errors import MissingError
from zswapbench.common.files import user_folder

DISTRIBUTIONS = {"1.5.7": "0.25.0", "1.5.2": "0.19.0", "1.4.8": "0.15.2"}
"""Versions of libzstd, each with the version of zstandard that holds it."""

_LOADING = Lock()


def folder_of(version: str) -> Path:
    """Where libzstd ``version`` is looked for, one place for each version of Python."""
    data = user_folder("XDG_DATA_HOME", ".local/share")
    return data / f"libzstd-{version}-{sys.implementation.cache_tag}"


def load(version: str) -> ModuleType:
    """The zstandard that holds libzstd ``version``, one of DISTRIBUTIONS: the installed one if it does.

    Raises MissingError, with the way to get it, if there is none that can be used.
    """
    installed = LibZstd.library.load()
    if _version_of(installed) == version:
        return installed
    name = f"zswapbench_libzstd_{version.replace('.', '_')}"
    with _LOADING:
        if name not in sys.modules:
            _import(name, folder_of(version) / "zstandard", version)
        return sys.modules[name]


def _import(name: str, package: Path, version: str) -> None:
    """The package in the folder ``package``, as the module ``name``."""
    if not package.is_dir():
        raise _missing(version, "")
    spec = spec_from_file_location(name, package / "__init__.py", submodule_search_locations=[str(package)])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        if _version_of(module) != version:
            raise ImportError(f"it is {_version_of(module)}")
    except (ImportError, AttributeError, OSError) as error:
        del sys.modules[name]
        raise _missing(version, f"what is there cannot be used: {error}") from None


def _version_of(module: ModuleType) -> str:
    return ".".join(map(str, module.ZSTD_VERSION))


def _missing(version: str, why: str) -> MissingError:
    target = shlex.quote(str(folder_of(version)))
    return MissingError(
        f"libzstd {version} is not installed{why and f' ({why})'}: "
        f"pip install --no-deps --upgrade --target {target} zstandard=={DISTRIBUTIONS[version]}"
    )
