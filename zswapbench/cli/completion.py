"""What a shell offers behind an option: the names that there are, as 'zswapbench list' knows them, or files."""

from __future__ import annotations

from collections.abc import Callable

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
    from zswapbench.rules.eras import ERAS

    return [*ERAS]


def _devices() -> list[str]:
    from zswapbench.rules.devices import DEVICES

    return [*DEVICES]


def _offering(names: Callable[[], list[str]]) -> Complete:
    def complete(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        if begun.startswith((".", "/", "~")):
            return [CompletionItem(begun, type="file")]
        return [CompletionItem(name) for name in sorted(names()) if name.startswith(begun)]

    return complete


eras = _offering(_eras)
devices = _offering(_devices)
