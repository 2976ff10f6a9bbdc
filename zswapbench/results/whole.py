"""Results that are one whole, and no list of runs: of 'zram' and of 'machine'. What can be done with any of them."""

from __future__ import annotations

from zswapbench.results import machine, machine_sweep, zram
from zswapbench.results.gate import Judgement, other_inputs
from zswapbench.results.machine_gate import Machines, judge_machine, other_references
from zswapbench.results.thresholds import Thresholds
from zswapbench.results.zram_gate import judge_zram

Whole = zram.ZramResult | machine.MachineResult | machine_sweep.MachineSweep
WHOLES = (zram.ZramResult, machine.MachineResult, machine_sweep.MachineSweep)


def command_of(result: Whole) -> str:
    """The command that makes such a result."""
    return "zram" if isinstance(result, zram.ZramResult) else "machine"


def to_json(result: Whole) -> str:
    """The JSON form."""
    if isinstance(result, zram.ZramResult):
        return zram.to_json(result)
    if isinstance(result, machine.MachineResult):
        return machine.to_json(result)
    return machine_sweep.to_json(result)


def difference(base: object, found: object) -> str:
    """Why one cannot be held against the other: it is of another command, trace or corpus; "" if it can."""
    if isinstance(base, zram.ZramResult) and isinstance(found, zram.ZramResult):
        return other_inputs(base.inputs, found.inputs)
    if isinstance(base, Machines) and isinstance(found, Machines):
        return other_references(base, found)
    whole = found if isinstance(found, WHOLES) else base
    assert isinstance(whole, WHOLES)
    return f"only one of them is a result of '{command_of(whole)}'"


def judge_whole(base: Whole | None, found: Whole, thresholds: Thresholds) -> Judgement:
    """Hold ``found`` against ``base``, from which it has no ``difference``; without one all is new."""
    if isinstance(found, zram.ZramResult):
        return judge_zram(base if isinstance(base, zram.ZramResult) else None, found, thresholds)
    return judge_machine(base if isinstance(base, Machines) else None, found, thresholds)
