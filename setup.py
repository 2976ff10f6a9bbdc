"""What pyproject.toml cannot say: which modules to compile.

Every module of the package whose first line is a ``# cython:`` directive is compiled; one that is added to
the compiled core needs no mention here.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

# Without SLP vectorization: it makes gcc load two neighbouring counters at once, right after one of them was
# written alone, which costs the CPU more than the whole addition.
OPTIONS = ["-O3", "-fno-tree-slp-vectorize"]


def compiled_modules() -> list[Extension]:
    """One extension for each file under zswapbench/ that begins with ``# cython:``."""
    return [
        Extension(".".join(path.with_suffix("").parts), [str(path)], extra_compile_args=OPTIONS)
        for path in sorted(Path("zswapbench").rglob("*.py"))
        if path.read_bytes().startswith(b"# cython:")
    ]


setup(
    ext_modules=cythonize(  # type: ignore[no-untyped-call]
        compiled_modules(), build_dir="build", nthreads=os.cpu_count() or 1
    ),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
