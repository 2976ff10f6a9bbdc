"""Python that runs until something is raised. Not compiled: only Python's own loop raises what another thread wants."""

from __future__ import annotations


def run() -> None:
    """Do nothing, for ever."""
    while True:
        pass
