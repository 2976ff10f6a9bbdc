"""What a shell offers behind an option: the names that there are, as 'zswapbench list' knows them, or files."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def leaves(family: str) -> Complete:
    """Names of ``family`` (CODECS, POOLS, POLICIES of zswapbench.plugins.registry), or a file of the user's own."""

    def names() -> list[str]:
        from zswapbench.plugins import registry

        return [leaf.name for leaf in getattr(registry, family).leaves()]

    return _offering(names)


def _eras() -> list[str]:
    from zswapbench.common.machine import RUNNING
    from zswapbench.rules.eras import ERAS

    return [RUNNING, *ERAS]


def _devices() -> list[str]:
    from zswapbench.rules.devices import DEVICES

    return [*DEVICES]


def _work_costs() -> list[str]:
    from zswapbench.rules.work_costs import WORK_COSTS

    return [*WORK_COSTS]


def _figures() -> list[str]:
    from zswapbench.results.thresholds import names

    return [f"{name}:" for name in names()]


def _exports() -> list[str]:
    from zswapbench.runs.exporting import FORMS

    return FORMS.names()


def specs(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The last part of a SPEC, all that precedes it included: a bare name, or behind ``KEY=`` one of that kind.

    bash takes ``=`` for a word of its own: what stands before it is then among the words that are there already, and
    only the value is wanted.
    """
    from zswapbench.common.machine import RUNNING
    from zswapbench.results.records import ZRAM, ZSWAP
    from zswapbench.rules.zram_kernels import has_zram
    from zswapbench.runs.options import FAMILIES, SPEC_KEYS, offered_keys

    key = _key_before(context)
    if key in FAMILIES and "=" not in begun:
        return _offering(FAMILIES[key])(context, parameter, begun)
    before, comma, part = begun.rpartition(",")
    setup = ZRAM if ZRAM in before.split(",") else ZSWAP
    families, keys = dict(FAMILIES), SPEC_KEYS[setup]
    if setup == ZRAM:
        families["era"] = lambda: [one for one in FAMILIES["era"]() if one == RUNNING or has_zram(one)]
    key, equals, value = part.partition("=")
    if equals:
        names = families[keys[key]]() if keys.get(key) in families else ()
        found = [f"{key}={name}" for name in names if name.startswith(value)]
    elif comma:
        begun_with = {word.partition("=")[0] for word in before.split(",")}
        own = [f"{key}=" for key in offered_keys(setup) if key not in begun_with or key == "write"]
        bare = [
            name
            for family, names in families.items()
            if family in keys and family != "setup"
            for name in names()
        ]
        found = [name for name in (*bare, *own) if name.startswith(part)]
    else:
        return _offering(lambda: [name for names in FAMILIES.values() for name in names()])(
            context, parameter, begun
        )
    return [CompletionItem(f"{before}{comma}{one}") for one in sorted(found)]


def _key_before(context: click.Context) -> str:
    """The key that bash has made a word of its own, as the end of the SPEC before; or that SPEC's last part."""
    said = [word for word in context.params.get("specs") or () if word != "="]
    return said[-1].rpartition(",")[2] if said else ""


def setups(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The last part of a SETUP of 'machine', all that precedes it included: its kind, or what that takes."""
    from zswapbench.plugins.registry import SETUPS
    from zswapbench.runs.options import FAMILIES

    key = _key_before(context)
    if key in (*FAMILIES, "kernel") and "=" not in begun:
        return _offering(FAMILIES["era" if key == "kernel" else key])(context, parameter, begun)
    before, comma, part = begun.rpartition(",")
    kind, *said = before.split(",")
    if not comma:
        return [CompletionItem(one) for one in SETUPS.names() if one.startswith(begun)]
    taken = SETUPS.choose(kind).leaf.keys if kind in SETUPS.names() else ()
    keys = {key.name: key.option for key in taken if not key.second}
    key, equals, value = part.partition("=")
    families = {name: FAMILIES[name] for name in keys.values() if name in FAMILIES}
    if equals:
        names = families[keys[key]]() if keys.get(key) in families else ()
        found = [f"{key}={name}" for name in names if name.startswith(value)]
    else:
        begun_with = {one.partition("=")[0] for one in said}
        bare = [name for names in families.values() for name in names()]
        own = [f"{key}=" for key in keys if key not in begun_with]
        found = [one for one in (*bare, *own) if one.startswith(part)]
    return [CompletionItem(f"{before}{comma}{one}") for one in sorted(found)]


def _offering(names: Callable[[], Iterable[str]]) -> Complete:
    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        if begun.startswith((".", "/", "~")):
            return [CompletionItem(begun, type="file")]
        return [CompletionItem(name) for name in sorted(names()) if name.startswith(begun)]

    return complete


eras = _offering(_eras)
exports = _offering(_exports)
devices = _offering(_devices)
work_costs = _offering(_work_costs)
figures = _offering(_figures)
