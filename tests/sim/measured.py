"""What scripts/kernel-oracle measured, held against the model: python -m tests.sim.measured PAGES FOLDER

The model gets the pages and the machine's RAM, and nothing that the kernel counted, but for zram: its pool is
compared with the sizes that the kernel stored, so that another version of libzstd does not matter twice.

Exit codes: 0 all rows are equal, 1 some are not, else as zswapbench has them.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from tests.model.zram_sequences import SEED, xorshift64
from tests.sim.zswap.golden import SWAP_SLOTS, Kernel, Run, compare, read_columns
from zswapbench import sizes
from zswapbench.common.errors import EXIT_INTERRUPTED, InputError, ZswapbenchError
from zswapbench.common.progress import nobody
from zswapbench.corpus.pages import Pages, kinds
from zswapbench.plugins.registry import POOLS
from zswapbench.results.zram import stat_files
from zswapbench.rules.era_choice import choose_era
from zswapbench.rules.overflow import Fate, kernel_version, overflow_of, zswap_fates
from zswapbench.rules.pool_forms import form_of
from zswapbench.rules.zram_kernels import Rules, rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import Costs, happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
SAFE_LZO = (6, 15)
"""Stable kernels before have lzo's check of its output's end, too."""


def codec_of(compressor: str, kernel: str, *, zram: bool) -> str:
    """The kernel's compressor as zswapbench has it."""
    if compressor != "zstd":
        return compressor
    version = kernel_version(kernel)
    if zram and version >= (6, 12):
        return "zstd:rules=zram-6.12"
    return f"zstd:rules={'4.15' if version < (5, 16) else '5.16' if version < (6, 17) else '6.17'}"


@dataclass(frozen=True)
class Measured(Run):
    """A run of zswap by a machine that had just booted. ``place``: where its files are; ``pages``: uint8[n, 4096]."""

    place: Path = Path()
    pages: Pages = field(default_factory=lambda: np.empty((0, PAGE_SIZE), np.uint8), compare=False)

    def row(self) -> Kernel:
        version = kernel_version(self.kernel)
        era = choose_era(f"linux-{self.kernel}")
        # Loads that do not remove entries leave it to the swap slots, which are freed in batches.
        slots = 0 if era.exclusive_loads else SWAP_SLOTS
        form = [f"{name}={value}" for name, value in form_of(self.zpool, version).items()]
        if slots and self.zpool == "z3fold":
            form.append("work=when-told")
        rules = self.kernel + (":lzo=safe" if version < SAFE_LZO else "")
        return Kernel(era.name, rules, "", {self.zpool: ":".join([self.zpool, *form])}, slots)

    def costs(self, count: int) -> Costs:
        found = sizes(self.pages, codec_of(self.compressor, self.kernel, zram=False))
        fates = zswap_fates(self.compressor, found, PAGE_SIZE, overflow_of(self.row().rules), self.zpool)
        stored = np.where(fates == int(Fate.RAW), PAGE_SIZE, found).astype(np.uint32)
        return Costs(stored, kinds(self.pages), fates)

    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.place / f"{self.name}.json").read_text())
        return found

    def measured(self, phase: str) -> dict[str, NDArray[np.int64]]:
        return read_columns(self.place / f"{self.name}.{phase}.csv.zst")


@dataclass(frozen=True)
class Line:
    """One line of the answer: what was compared, how many of how many are equal, and how they end."""

    what: str
    equal: int
    of: int
    more: str = ""


def zswap_lines(folder: Path, name: str, pages: Pages) -> Iterator[Line]:
    """Each phase of each run of zswap over the pages called ``name``."""
    for path in sorted((folder / "zswap").glob(f"*/{name}.*.json")):
        _, zpool, compressor, mode = path.name.removesuffix(".json").split(".")
        run = Measured(path.parent.name, name, zpool, compressor, mode, place=path.parent, pages=pages)
        count = run.parameters()["n_pages"]
        if count != len(pages):
            raise InputError(path, f"is of {count:,} pages, and not of these {len(pages):,}")
        for one in compare(run, guided=False):
            shown = ("stored_pages", "pool_pages", "written_back_pages")
            ends = [f"{key} {one.measured[key]:,}, model {one.modelled[key]:,}" for key in shown]
            yield Line(
                f"{run.kernel} {run.name} {one.phase}", one.rows - one.differing, one.rows, "; ".join(ends)
            )


class Device:
    """A zram with the sizes that the kernel stored, in the place of the kernel's."""

    def __init__(self, rules: Rules, stored: NDArray[np.uint16], same_filled: NDArray[np.uint16]) -> None:
        self.count = len(stored)
        self.zram = Zram(
            0,
            self.count,
            stored.astype(np.uint32),
            (same_filled > 0).astype(np.uint8),
            POOLS.choose(rules.zsmalloc).make(self.count + 1, FrameLimiter(), PAGE_SIZE),
            Clock(),
            rules,
        )
        self.present: set[int] = set()
        self.random = SEED
        self.churned = 0

    def happen(self, op: Op, slots: range) -> None:
        """``op`` for each of ``slots``, each written with the page of its number."""
        trace = np.zeros(len(slots), EVENT)
        trace["op"] = op
        trace["offset"] = slots
        trace["page"] = slots if op is Op.STORE else 0
        happen(trace, {0: self.zram}, nobody)
        if op is Op.STORE:
            self.present.update(slots)
        else:
            self.present.difference_update(slots)

    def churn(self, until: int) -> None:
        """Write or discard at random, as often as the guest program had by then."""
        while self.churned < until:
            self.random = xorshift64(self.random)
            slot = self.random % self.count
            self.happen(Op.INVALIDATE if slot in self.present else Op.STORE, range(slot, slot + 1))
            self.churned += 1

    def step(self, name: str) -> None:
        """Do what the guest program did before it told of the step ``name``."""
        if name.startswith("churn_"):
            self.churn(2 * self.count if name == "churn_compact" else int(name.removeprefix("churn_")))
        if name.endswith("compact") and "nocompact" not in name:
            self.zram.compact()
        elif name in ("written", "rewrite_all"):
            self.happen(Op.STORE, range(self.count))
        elif name == "discard_odd":
            self.happen(Op.INVALIDATE, range(1, self.count, 2))
        elif name.startswith("discard_3of4"):
            self.happen(Op.INVALIDATE, range(2, self.count, 4))

    def mm_stat(self) -> list[int]:
        found, _, _ = stat_files(self.zram.stats(), self.zram.pool.frames, 0, PAGE_SIZE)
        return [*found.values()]


def zram_lines(
    folder: Path, name: str, pages: Pages, dictionaries: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Line]:
    """Sizes, writes and steps of each algorithm of zram over the pages called ``name``.

    ``dictionaries``: files by name; without its file, an algorithm with a dictionary has no line of sizes.
    """
    for path in sorted((folder / "zram").glob(f"zram-*-{name}.json")):
        told = json.loads(path.read_text())
        kernel, rules = told["kernel"], rules_of(told["kernel"], PAGE_SIZE)
        if told["n_pages"] != len(pages):
            raise InputError(path, f"is of {told['n_pages']:,} pages, and not of these {len(pages):,}")
        with (
            np.load(path.with_name(f"{path.stem}-stored_sizes.npz")) as stored,
            np.load(path.with_name(f"{path.stem}-pool_pages.npz")) as pool_pages,
        ):
            for algorithm, sequences in told["zram"].items():
                what, same_filled = f"{kernel} {name}.zram.{algorithm}", stored["same_filled"]
                compressor, _, dictionary = algorithm.partition(".")
                codec = codec_of(compressor, kernel, zram=True)
                if dictionary in dictionaries:
                    codec += f":dictionary={dictionaries[dictionary]}"
                if dictionary in ("", *dictionaries):
                    ours = sizes(pages, codec)
                    ours = np.where(ours >= rules.huge_from, PAGE_SIZE, ours)
                    ours[kinds(pages) > 0] = 0
                    alike = int((ours == stored[algorithm]).sum())
                    bytes_ = (
                        f"bytes {stored[algorithm].sum(dtype=np.int64):,}, model {ours.sum(dtype=np.int64):,}"
                    )
                    yield Line(f"{what} sizes", alike, len(pages), bytes_)
                device = Device(rules, stored[algorithm], same_filled)
                frames = [frames_after(device, page) for page in range(len(pages))]
                alike = int((np.array(frames) == pool_pages[algorithm]).sum())
                yield Line(f"{what} pool pages after each write", alike, len(pages))
                for sequence, one in sequences.items():
                    device, steps = Device(rules, stored[algorithm], same_filled), one["steps"]
                    yield Line(f"{what} {sequence}", sum(equal_steps(device, steps)), len(steps))


def frames_after(device: Device, page: int) -> int:
    """Page frames of the pool once ``page`` is written."""
    device.happen(Op.STORE, range(page, page + 1))
    return device.zram.pool.frames


def equal_steps(device: Device, steps: list[Any]) -> Iterator[bool]:
    """Whether mm_stat is as measured after each of ``steps``, in all columns that the kernel has."""
    for step in steps:
        device.step(step["step"])
        measured = [*step["mm_stat"].values()]
        yield device.mm_stat()[: len(measured)] == measured


def main() -> int:
    """Print a line for each that was compared, and tell the exit code."""
    summary, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m tests.sim.measured",
        description=summary.partition(": python")[0],
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pages", metavar="PAGES", help="the file that was measured")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="--out of scripts/kernel-oracle")
    parser.add_argument(
        "--dictionary",
        nargs="+",
        default=[],
        metavar="FILE",
        help="--dictionary of scripts/kernel-oracle; without, sizes under it are not compared",
    )
    parser.add_argument("--name", help="--name of scripts/kernel-oracle")
    options = parser.parse_args()
    try:
        return told(options.pages, options.folder, options.name, options.dictionary)
    except ZswapbenchError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return error.exit_code
    except (OSError, LookupError, ValueError, zstandard.ZstdError, zipfile.BadZipFile) as error:
        problem = "a file in it is not as scripts/kernel-oracle writes it; measure again"
        sys.stderr.write(f"{parser.prog}: {options.folder}: {problem} ({error})\n")
        return InputError.exit_code
    except KeyboardInterrupt:
        sys.stderr.write(f"{parser.prog}: interrupted\n")
        return EXIT_INTERRUPTED


def told(file: str, folder: Path, name: str | None, dictionaries: Sequence[str] = ()) -> int:
    """Compare everything that ``folder`` has of the pages in ``file``."""
    from kernel_oracle.pages import name_of, open_pages

    with open_pages(file, force=True) as (count, blocks):
        pages = np.frombuffer(b"".join(map(bytes, blocks)), np.uint8).reshape(count, PAGE_SIZE)
    lines, wanted = [], name or name_of(file)
    by_name = {name_of(path): path for path in dictionaries}
    for line in chain(zram_lines(folder, wanted, pages, by_name), zswap_lines(folder, wanted, pages)):
        equal = "all" if line.equal == line.of else f"{line.equal:,} of"
        print(f"{line.what}: {equal} {line.of:,} equal{'; ' * bool(line.more)}{line.more}", flush=True)
        lines.append(line)
    if not lines:
        raise InputError(folder, f"has no measurement of {wanted}")
    return int(any(line.equal != line.of for line in lines))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))  # pytest does so by itself
    sys.exit(main())
