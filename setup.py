"""What pyproject.toml cannot say: which modules to compile.

Every module of the package whose first line is a ``# cython:`` directive is compiled; one that is added to
the compiled core needs no mention here.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

# What the compiled modules have in common, such as typed memoryviews, is compiled once, into this one.
SHARED = "zswapbench._cyutility"

# Without SLP vectorization: it makes gcc load two neighbouring counters at once, right after one of them was
# written alone, which costs the CPU more than the whole addition. Without debug information, which would be
# three quarters of each file. A module that needs more says so in a "# distutils:" line of its own. The
# kernel's codecs do: other modules can call what a .pxd declares, so gcc does not see that such a function has
# one caller only, and at -O2 it inlines none above 15 of its instructions. What a replay calls for each event is
# compiled at -O3, for the same reason: at -O2 a replay under lru took 1.07 times as long (medians of 21 pairs).
OPTIONS = ["-g0", "-fno-tree-slp-vectorize"]
LEVELS = {"sim": "-O3", "structures": "-O3"}


def module(name: str, source: Path) -> Extension:
    """The extension module ``name``, made from ``source``, without symbols that nobody looks up."""
    options = [LEVELS.get(source.parts[1], "-O2"), *OPTIONS]
    return Extension(name, [str(source)], extra_compile_args=options, extra_link_args=["-Wl,--strip-all"])


def compiled_modules() -> list[Extension]:
    """One extension for each file under zswapbench/ that begins with ``# cython:``."""
    return [
        module(".".join(path.with_suffix("").parts), path)
        for path in sorted(Path("zswapbench").rglob("*.py"))
        if path.read_bytes().startswith(b"# cython:")
    ]


setup(
    ext_modules=cythonize(  # type: ignore[no-untyped-call]
        [*compiled_modules(), module(SHARED, Path("zswapbench/_cyutility.c"))],
        build_dir="build",
        nthreads=os.cpu_count() or 1,
        shared_utility_qualified_name=SHARED,
        # What nobody asks for: nothing compiled can be pickled, and nobody reads the C code.
        compiler_directives={"auto_pickle": False, "emit_code_comments": False},
    ),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
