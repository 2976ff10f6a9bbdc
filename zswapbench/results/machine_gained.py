"""RAM gained: how much RAM a bare disk would need to be as fast as a set-up, less the RAM that there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gained:
    """Of the set-up ``label``, against ``disk`` in words; RAM in bytes.

    ``ram``: of the machine. ``as_fast``: the least RAM found in which the disk takes no longer. ``slower``: the most
    below that in which it does; None if it was not slower anywhere. ``runs``: of disks, for all set-ups together.
    """

    label: str
    disk: str
    ram: int
    slower: int | None
    as_fast: int
    runs: int

    @property
    def gained(self) -> int:
        """Bytes, below 0 if the set-up is slower than the disk; off by up to ``as_fast - slower``."""
        return self.as_fast - self.ram
