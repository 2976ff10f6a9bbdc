"""The lines that try a set-up now and undo that, for a shell of root: nothing that outlives a restart.

Each piece is a script of its own, given to ``sh -eu``: what fails ends it, with the kernel's reason, and the shell that
it was pasted to goes on. Attributes of zram are written in the order that the kernel takes: an algorithm, its
parameters and a backing device before the size of the device.

Source: Documentation/admin-guide/blockdev/zram.rst, Documentation/admin-guide/mm/zswap.rst, 6.12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zswapbench.report.recommend.wanted import Values, Wanted, Zram, Zswap

ZSWAP = "/sys/module/zswap/parameters"
_VM = "/proc/sys/vm"
_BEFORE = "/run/swap.before"
_DEVICE = "/run/zram.tried"
PARTITION = "/dev/disk/by-partlabel/zram-writeback"
"""Of a backing device: whatever the reader has. No run can know its name."""

PRIORITY = 100
"""Of a zram as swap: zram-generator's."""

_SECOND_NS = 10**9


def script(lines: Iterable[str]) -> str:
    """``lines`` as what can be pasted to a shell."""
    return "\n".join(["sudo sh -eu <<'END'", *lines, "END"]) + "\n"


def try_lines(wanted: Wanted, sysctls: Values) -> list[str]:
    """What sets ``wanted`` up until the next restart, and ``sysctls`` of vm. zswap is off where the run had none.

    A second trial on top of one would lose what was before the first, so it is refused.
    """
    lines = [
        f"[ ! -e {_BEFORE} ] || {{ echo 'a trial is in force: undo it first' >&2; exit 1; }}",
        f"zswap={ZSWAP}",
        " ".join(
            ['grep -sH . "$zswap"/*', *(f"{_VM}/{name}" for name, _ in sysctls), f"> {_BEFORE} || true"]
        ),
        *(f"echo {value} > {_VM}/{name}" for name, value in sysctls),
    ]
    lines += _zram_lines(wanted.zram) if wanted.zram else []
    lines += (
        _zswap_lines(wanted.zswap) if wanted.zswap else ['[ ! -d "$zswap" ] || echo N > "$zswap/enabled"']
    )
    return [*lines, *(_rounds_lines(wanted.zram) if wanted.zram else [])]


def undo_lines(wanted: Wanted) -> list[str]:
    """What takes ``try_lines`` back, also if they ended half-way: the device is removed, and all else is as it was."""
    lines = []
    if wanted.zram:
        lines += [
            f"if [ -e {_DEVICE} ]; then",
            f"    n=$(cat {_DEVICE})",
            '    if grep -q "^/dev/zram$n " /proc/swaps; then swapoff "/dev/zram$n"; fi',
            '    echo "$n" > /sys/class/zram-control/hot_remove',
            f"    rm {_DEVICE}",
            "fi",
        ]
    return [
        *lines,
        f"if [ -e {_BEFORE} ]; then",
        "    while IFS=: read -r file value; do",
        '        echo "$value" > "$file"',
        f"    done < {_BEFORE}",
        f"    rm {_BEFORE}",
        "fi",
    ]


def round_lines(zram: Zram, device: str) -> list[str]:
    """What is written to the attributes of ``device`` in each round. That nothing was left to write is no failure."""
    return [f"echo {_quoted(value)} > {device}/{name} || true" for name, value in zram.rounds]


def every_seconds(zram: Zram) -> str:
    """How often a round begins, as sleep and systemd take it.

    >>> format(1_500_000_000 / _SECOND_NS, "g")
    '1.5'
    """
    return format(zram.every_ns / _SECOND_NS, "g")


def _zswap_lines(zswap: Zswap) -> list[str]:
    lines = ['cd "$zswap"', *(f"echo {value} > {name}" for name, value in zswap.parameters)]
    return [*lines, "echo Y > enabled", "grep . ./*"]


def _zram_lines(zram: Zram) -> list[str]:
    """A device of its own, so that one that is there stays as it is."""
    lines = [
        "[ -d /sys/class/zram-control ] || modprobe zram num_devices=0",
        "n=$(cat /sys/class/zram-control/hot_add)",
        f'echo "$n" > {_DEVICE}',
        'cd "/sys/block/zram$n"',
        *_writes(zram.before),
    ]
    if zram.backing:
        lines.append(f"echo {PARTITION} > backing_dev")
    lines.append(f"echo {zram.disksize} > disksize")
    lines += _writes(zram.after)
    return [*lines, 'mkswap "/dev/zram$n"', f'swapon -p {PRIORITY} "/dev/zram$n"', "swapon --show"]


def _rounds_lines(zram: Zram) -> list[str]:
    if not zram.rounds:
        return []
    lines = [f"while sleep {every_seconds(zram)}; do"]
    return [*lines, *(f"    {line}" for line in round_lines(zram, '/sys/block/zram"$n"')), "done"]


def _writes(writes: Sequence[tuple[str, str]]) -> list[str]:
    return [f"echo {_quoted(value)} > {name}" for name, value in writes]


def _quoted(value: str) -> str:
    return f"'{value}'" if " " in value else value
