"""Compiles every module of the package whose first line is a ``# cython:`` directive.

All else about the build is in pyproject.toml. A module added to the compiled core needs no mention here.
"""

from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup


def compiled_modules() -> list[Extension]:
    """One extension for each file under zswapbench/ that begins with ``# cython:``."""
    return [
        Extension(".".join(path.with_suffix("").parts), [str(path)], extra_compile_args=["-O3"])
        for path in sorted(Path("zswapbench").rglob("*.py"))
        if path.read_bytes().startswith(b"# cython:")
    ]


setup(ext_modules=cythonize(compiled_modules(), build_dir="build", nthreads=0))
