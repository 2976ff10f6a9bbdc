"""Commands that have commands: ``zswapbench`` itself, ``corpus``, ``trace``."""

from __future__ import annotations

import click

from zswapbench.common.names import offer


class Group(click.Group):
    """Says which command was probably meant by a name that none has. click does so for options itself."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group. Raises click.UsageError for a command that there is not."""
        name = args[0]
        if ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name):
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"no command is called {name!r}; {offer(name, self.list_commands(ctx))}", ctx)
