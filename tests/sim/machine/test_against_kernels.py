"""A machine beside what real kernels counted of the same touches: docs/machine-against-kernels.md has causes."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.sim.machine.against_kernels import KERNELS, Measured, cause_of, measured

CASES = list(measured())


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"{one.kernel} {one.name}")
def test_a_machine_counts_as_the_kernel_did(one: Measured) -> None:
    modelled = one.modelled()
    for counter, value in one.counted().items():
        assert modelled[counter] == pytest.approx(value, rel=cause_of(one, counter)[0]), counter


def reads(setup: str, counts: dict[str, int]) -> int:
    return counts["swapped in"] if setup == "disk" else counts.get("disk reads", 0)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("group", ["zipf.lists", "zipf.mglru", "mixed.lists", "loop.lists"])
def test_set_ups_have_the_same_order_by_faults_and_by_reads_of_the_disk(kernel: str, group: str) -> None:
    there = [one for one in CASES if (one.kernel, one.name) == (kernel, f"machine.{group}.{one.setup}")]
    assert len(there) >= 3
    both = [(one.setup, one.counted(), one.modelled()) for one in there]
    for faults in (True, False):
        rows = [
            tuple(
                counts["swapped in"] if faults else reads(setup, counts) for counts in (by_kernel, by_model)
            )
            for setup, by_kernel, by_model in both
        ]
        for (kernels, models), (others, of_models) in permutations(rows, 2):
            # What is within 5 % of the other is no order.
            assert kernels >= 0.95 * others or models < of_models
