"""``zswapbench new-policy``: a flush policy in plain Python to begin with."""

from __future__ import annotations

import click

from zswapbench.cli.outputs import write_out


@click.command("new-policy")
@click.argument("file", type=click.Path(), metavar="FILE.py")
def command(file: str) -> None:
    """Write a flush policy in plain Python to FILE.py: lru, with comments that say what each method is for.

    The policy runs as it is. Wherever a policy can be named, name it by file and class. An existing file is
    never overwritten.

    \b
    zswapbench new-policy mine.py
    zswapbench compare lru ./mine.py:MyPolicy
    """
    import shlex
    from pathlib import Path

    from zswapbench.common.errors import UsageError
    from zswapbench.plugins import policy_template

    path = Path(file)
    if path.suffix != ".py" or "," in file:
        raise UsageError(
            f"{file}: the name of a policy's file must end in .py and have no comma, such as mine.py"
        )
    if path.exists() or path.is_symlink():
        raise UsageError(f"{file}: this file exists already; name another one")
    template = Path(str(policy_template.__file__))
    place = file if path.is_absolute() or file.startswith(".") else f"./{file}"
    policy = shlex.quote(f"{place}:MyPolicy")
    write_out(template.read_text().replace("./FILE:MyPolicy", policy), file)
    click.echo(
        f"{file}: written: lru in plain Python, for you to change. Try it:\n\nzswapbench compare lru {policy}"
    )
