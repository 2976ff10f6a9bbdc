"""zswap among memory cgroups: a list for each from 6.8 on, their limits, and what a kernel does not have."""

from __future__ import annotations

from typing import Any

import numpy as np

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import Choice
from zswapbench.rules.cgroup_files import CHARGED_SINCE, SINCE, ZSWAP_MAX, ZSWAP_WRITEBACK
from zswapbench.rules.era_cells import Era
from zswapbench.rules.overflow import never_raw, overflow_of, zswap_fates
from zswapbench.runs.setups.base import Asked, Ground
from zswapbench.sim.zswap.cache import Zswap
from zswapbench.sim.zswap.per_cgroup import PerCgroup


def refuse_cgroups(asked: Asked, ground: Ground, era: Era, policy: Choice[Any]) -> None:
    """Raises UsageError for what zswap of ``era`` cannot do for the cgroups of ``ground``."""
    for one in ground.cgroups:
        for name in one.files:
            if name in (ZSWAP_MAX, ZSWAP_WRITEBACK) and era.version < SINCE[name]:
                raise UsageError(
                    f"{asked.label!r}: a kernel of {era.name} has no {name} (--cgroup {one.id}), which came with "
                    f"{SINCE[name][0]}.{SINCE[name][1]}"
                )
    if ground.cgroups and era.cgroups == "off":
        raise UsageError(f"{asked.label!r}: cgroups=off and --cgroup do not go together: leave one out")
    if ground.cgroups and _apart(era) and policy.leaf.packed_in:
        raise UsageError(
            f"{asked.label!r}: policy {policy} goes by {policy.leaf.packed_in}, in which pages of several cgroups lie; "
            "with --cgroup zswap of 6.8 on takes one that goes by entries"
        )


def policy_for(ground: Ground, era: Era, policy: Choice[Any], capacity: int, pool: Any) -> Any:
    """``policy``, made; a PerCgroup of it where each cgroup has a list. Its first is the root's."""
    if not ground.cgroups or not _apart(era):
        return policy.make(capacity, pool)
    each = tuple(policy.make(capacity, pool) for _ in range(1 + len(ground.cgroups)))
    return PerCgroup(capacity, pool, policies=each)


def divide(zswap: Zswap, ground: Ground, era: Era, codec: Choice[Codec], pool: Choice[Any]) -> None:
    """Tell ``zswap`` of the cgroups of ``ground``, and of the root before them."""
    if not ground.cgroups:
        return
    page_size = ground.corpus.page_size
    terms = [
        (-1 if one.zswap_max is None else one.zswap_max // page_size, one.zswap_writeback)
        for one in ground.cgroups
    ]
    rules = never_raw(overflow_of(era.overflow))
    too_large = np.array([page_size + 1], np.uint32)
    unwritten = zswap_fates(codec.leaf.kernel_name, too_large, page_size, rules, pool.leaf.name)[0]
    zswap.settle_cgroups([(-1, True), *terms], era.version >= CHARGED_SINCE, era, int(unwritten))


def _apart(era: Era) -> bool:
    return era.rounds != "none"
