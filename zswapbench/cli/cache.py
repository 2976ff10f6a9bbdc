"""``zswapbench cache``: where sizes and times are remembered, how much that is, and how to forget it."""

from __future__ import annotations

import click


@click.command("cache")
@click.option("--clear", is_flag=True, help="Remove all that is remembered.")
def command(clear: bool) -> None:
    """Show where compressed sizes are remembered, and how much room they take; --clear removes them.

    zswapbench compresses each corpus with each codec once, and then remembers how many bytes each page took: the sizes,
    never the pages. It also remembers how long the codec takes on this machine. Only you can read these files. Without
    them, the next run takes longer, measures these times anew, and says the same of all else. The folder is
    $XDG_CACHE_HOME/zswapbench, or ~/.cache/zswapbench.

    \b
    zswapbench cache
    zswapbench cache --clear
    """
    from zswapbench.common.errors import UsageError
    from zswapbench.common.units import format_count, format_size
    from zswapbench.corpus.sizes_on_disk import cache_folder, cached_files

    files = cached_files()
    told = f"{format_count(len(files), 'file')}, {format_size(sum(files.values()))}"
    if not clear:
        click.echo(f"{cache_folder()}: {told}")
        return
    try:
        for path in files:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be removed: {error.strerror}") from None
    click.echo(f"{cache_folder()}: removed {told}")
