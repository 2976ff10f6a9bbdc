"""``zswapbench new-policy``: a flush policy in plain Python to begin with."""

from __future__ import annotations

import click


@click.command("new-policy")
@click.argument("file", type=click.Path(), metavar="FILE.py")
def command(file: str) -> None:
    """Write a flush policy in plain Python to FILE.py: lru, with a comment at everything that may be changed.

    It runs as it is, and is named by file and class wherever a policy is named. An existing file is left alone.

    \b
    zswapbench new-policy mine.py
    zswapbench compare lru ./mine.py:MyPolicy
    """
    import shlex
    from pathlib import Path

    from zswapbench.common.errors import UsageError
    from zswapbench.common.files import write_text
    from zswapbench.plugins import policy_template

    path = Path(file)
    if path.suffix != ".py" or "," in file:
        raise UsageError(
            f"{file}: a policy is a file whose name ends in .py, without a comma; such as mine.py"
        )
    if path.exists() or path.is_symlink():
        raise UsageError(f"{file}: exists already; name another file")
    template = Path(str(policy_template.__file__))
    place = file if path.is_absolute() or file.startswith(".") else f"./{file}"
    policy = shlex.quote(f"{place}:MyPolicy")
    write_text(file, template.read_text().replace("./FILE:MyPolicy", policy))
    click.echo(f"{file}: lru in plain Python, yours to change; try it:\n\nzswapbench compare lru {policy}")
