"""``zswapbench compare``: one trace, several settings, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from zswapbench.cli.common import emit, output_options, progress, run_options
from zswapbench.errors import UsageError

if TYPE_CHECKING:
    from zswapbench.pipeline import Options

_KEYS = ("pool", "codec", "era", "limit", "device")


@click.command("compare")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC SPEC...")
@click.option("--trace", type=click.Path(), help="Trace to replay. [default: the shipped demo]")
@run_options
@output_options
def command(
    specs: tuple[str, ...],
    trace: str | None,
    corpus: str | None,
    form: str,
    output: str | None,
    **options: Any,
) -> None:
    """Replay a trace once for each SPEC and show the results side by side.

    A SPEC is a policy, with what else differs behind it: policy[,pool=...][,codec=...][,era=...][,limit=...]
    [,device=...]. What no SPEC says is taken from the options. Differences, of up to three, are against the
    first. The policy lru is the era's own LRU, be it of entries or of page frames; ./mine.py:MyPolicy is a class
    in a file of yours (see 'new-policy'), as ./mine.py:MyCodec is after codec=.

    \b
    zswapbench compare lru class-lru
    zswapbench compare lru lru,codec=zstd lru,codec=lz4 --trace trace.bin --pool-limit 64MiB
    zswapbench compare lru class-lru lru,pool=zsmalloc:6.3 --format markdown
    zswapbench compare lru,era=zswap-2013 lru,era=linux-3.11 lru,era=linux-6.12 --ram 512MiB
    """
    from zswapbench.files import refuse_overwriting
    from zswapbench.pipeline import Options, compare
    from zswapbench.report.tables import compare_tables
    from zswapbench.results import to_json
    from zswapbench.shipped import demo_trace

    if len(specs) < 2:
        raise UsageError("compare wants two or more SPECs, such as: lru class-lru; for one there is 'run'")
    if output:
        refuse_overwriting(output, [path for path in (trace, corpus) if path])
    common = Options(**options)
    results = compare(trace or demo_trace(), [_options(spec, common) for spec in specs], corpus, progress)
    emit(form, output, lambda: compare_tables(results), lambda: to_json(results))


def _options(spec: str, common: Options) -> Options:
    policy, *others = spec.split(",")
    changes = {"policy": policy, "label": spec}
    for other in others:
        key, equals, value = other.partition("=")
        if not equals or not value or key not in _KEYS:
            raise UsageError(f"{spec!r}: {other!r} is not one of {', '.join(f'{key}=...' for key in _KEYS)}")
        changes[key] = value
    return replace(common, **changes)  # type: ignore[arg-type]
