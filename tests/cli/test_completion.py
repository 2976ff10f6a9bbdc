"""Completion in a real bash, by the script that click writes for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import environment

COMPLETE = """
eval "$(_ZSWAPBENCH_COMPLETE=bash_source zswapbench)"
COMP_WORDS=({words}); COMP_CWORD={last}
{function} zswapbench
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of ``words``, in ``folder``."""
    script = COMPLETE.format(
        words=" ".join(f"'{word}'" for word in ("zswapbench", *words)),
        last=len(words),
        function="_zswapbench_completion",
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=folder,
        env=environment(folder / "cache", PATH=path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["com"], ["compare"]),
        (["run", "t", "--po"], ["--policy", "--pool", "--pool-limit"]),
        (["run", "t", "--policy", "class"], ["class-lru", "class-lru-frames"]),
        (["run", "t", "--era", "linux-6.1"], ["linux-6.10", "linux-6.11", "linux-6.12", "linux-6.18"]),
        (["run", "t", "--pool", "z3"], ["z3fold"]),
        (["trace", "slice", "t", "--c"], ["--cpu", "--cold"]),
        (["trace", "export", "t", "--to", "o"], ["oracleGeneral"]),
        (["trace", "export", "t", "--codec", "842"], ["842"]),
        (["run", "t", "--device", "nv"], ["nvme"]),
        (["compare", "lru", "zsp"], ["zspage-lru"]),
        (["compare", "zst"], ["zstd"]),
        (["compare", "lru,zsp"], ["lru,zspage-lru"]),
        (["compare", "lru,pool", "="], ["ideal", "z3fold", "zbud", "zcache-zbud", "zsmalloc"]),
        (["compare", "lru,codec", "=", "zs"], ["zstd"]),
        (["compare", "lru,codec=zs"], ["lru,codec=zstd"]),
        (["compare", "zr"], ["zram"]),
        (["compare", "zram,me"], ["zram,mem-limit="]),
        (["compare", "zram,zs"], ["zram,zstd"]),
        (["compare", "zram,co"], ["zram,codec="]),
        (["compare", "lru,co"], ["lru,codec=", "lru,cost-benefit"]),
        (["compare", "zram,kernel=linux-5"], ["zram,kernel=linux-5.7"]),
        (["compare", "zswap,class-lru-"], ["zswap,class-lru-frames"]),
        (["run", "t", "--kernel", "runn"], ["running"]),
        (
            ["check", "t", "--fail-on", "flushes_per_f"],
            ["flushes_per_frame:", "flushes_per_frame_of_fewest:"],
        ),
        (["codecs", "--codec", "lz4"], ["lz4", "lz4hc"]),
        (["corpus", "im"], ["import"]),
        (["list", "po"], ["pools", "policies"]),
        (["machine", "r", "z"], ["zram", "zram+disk", "zswap", "zswap+zram"]),
        (["machine", "r", "disk", "zram,di"], ["zram,disksize="]),
        (["machine", "r", "disk,n"], ["disk,nvme"]),
        (["machine", "r", "zswap,lz4,max"], ["zswap,lz4,max-pool-percent="]),
        (["machine", "r", "zswap,codec=zs"], ["zswap,codec=zstd"]),
        (["machine", "r", "zram,kernel", "=", "linux-5"], ["linux-5.7"]),
    ],
)
def test_names_are_completed(tmp_path: Path, words: list[str], wanted: list[str]) -> None:
    assert offered(tmp_path, *words) == wanted
