"""A machine beside what real kernels counted of the same touches: docs/machine-against-kernels.md has causes."""

from __future__ import annotations

import pytest

from tests.sim.machine.against_kernels import KERNELS, Measured, cause_of, measured

CASES = list(measured())


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.kernel} {one.name}")
def test_a_machine_counts_as_the_kernel_did(one: Measured) -> None:
    modelled = one.modelled()
    for counter, value in one.counted().items():
        assert modelled[counter] == pytest.approx(value, rel=cause_of(one, counter)[0]), counter


def orders(counts: dict[str, dict[str, int]]) -> tuple[list[str], list[str]]:
    """Set-ups from the fewest pages swapped in, and from the fewest reads of the disk."""
    reads = {
        setup: one.get("disk reads", one["swapped in"] if setup == "disk" else 0)
        for setup, one in counts.items()
    }
    return sorted(counts, key=lambda setup: counts[setup]["swapped in"]), sorted(
        reads, key=lambda setup: reads[setup]
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("group", ["zipf.lists", "zipf.mglru", "mixed.lists"])
def test_set_ups_have_the_same_order_by_faults_and_by_reads_of_the_disk(kernel: str, group: str) -> None:
    there = [one for one in CASES if (one.kernel, one.name) == (kernel, f"machine.{group}.{one.setup}")]
    assert len(there) >= 3
    by_kernel = orders({one.setup: one.counted() for one in there})
    assert by_kernel == orders({one.setup: one.modelled() for one in there})
    assert (by_kernel[0][0], by_kernel[1][0]) == ("disk", "zram")
