"""Adding a policy touches no other file: a .py and the .pxd beside it are added here, compiled, found and replayed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import zswapbench

PACKAGE = Path(zswapbench.__file__).parent

MRU = '''\
# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""mru: lru from the other end. The most recently used entry goes first, for pages read in a circle."""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.lists import Lists


@cython.cclass
class Mru(FlushPolicy):
    """First of the list = most recently used."""

    name = "mru"
    help = "the most recently used entry of all"
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.entries = Lists(1, capacity)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.entries.add_head(0, entry)

    def on_load(self, entry: cython.int) -> cython.void:
        self.entries.remove(entry)
        self.entries.add_head(0, entry)

    def on_remove(self, entry: cython.int) -> cython.void:
        self.entries.remove(entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return self.entries.first(0)

    def order(self) -> list[int]:
        return list(self.entries.items(0))
'''

MRU_PXD = """\
from zswapbench.structures.lists cimport Lists
from zswapbench.sim.policies.base cimport FlushPolicy


cdef class Mru(FlushPolicy):
    cdef Lists entries
"""

REPLAY = """\
import numpy as np

import zswapbench
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_choice import choose_era
from zswapbench.traces.event import EVENT, Op
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.sim.replay import Costs, Setting, replay
from zswapbench.traces.scan import scan

trace = np.zeros(300, EVENT)
trace["op"] = [Op.STORE] * 200 + [Op.LOAD] * 100
trace["offset"][:200] = range(200)
trace["offset"][200:] = range(100)
trace["page"][:200] = np.arange(200) % 2
summary = scan(trace, pages=2)
costs = Costs(np.array([512, 1024], np.uint32), np.zeros(2, np.uint8), np.zeros(2, np.uint8))
print(zswapbench.__file__)
print(*(leaf.name for leaf in POLICIES.leaves()))
for name in ("lru", "mru"):
    setting = Setting(
        era=choose_era("zswap-2013"),
        pool=POOLS.choose("zsmalloc:2012"),
        policy=POLICIES.choose(name),
        device=choose_device("instant"),
        limit=16,
        page_size=4096,
    )
    outcome = replay(trace, summary.keys, summary.stores_of, costs, setting)
    print(name, outcome.counters["written_back_pages"], outcome.counters["zswpin"])
"""


def run(folder: Path, *arguments: str) -> str:
    """What Python prints for ``arguments`` when it finds the package in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "CFLAGS": "-O0"}
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def modules(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*.p[yx]*") if path.suffix in (".py", ".pxd")}


def test_new_policy_is_its_own_two_files_which_are_found_and_replayed(tmp_path: Path) -> None:
    package = tmp_path / "zswapbench"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "*.c"))
    before = modules(package)
    policies = package / "sim" / "policies"
    (policies / "mru.py").write_text(MRU)
    (policies / "mru.pxd").write_text(MRU_PXD)
    assert modules(package) - before == {Path("sim/policies/mru.py"), Path("sim/policies/mru.pxd")}

    run(tmp_path, "-m", "Cython.Build.Cythonize", "--inplace", "--quiet", "zswapbench/sim/policies/mru.py")
    found, names, lru, mru = run(tmp_path, "-c", REPLAY).splitlines()

    assert Path(found).parent == package
    assert {"lru", "class-lru", "mru"} <= set(names.split())
    # replay() has checked that no page was lost or made. The pool holds fewer than the 200 stored: lru keeps
    # the last of them, mru the first, and these are loaded.
    assert int(lru.split()[1]) > 0 and int(mru.split()[1]) > 0
    assert int(lru.split()[2]) < int(mru.split()[2])
