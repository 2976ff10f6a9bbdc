"""What to paste, and where, so that a machine does what the run did: lines to try, files to keep, lines to undo.

Only what the run had is set. vm.swappiness is not: the runs have no pages of files, between which and the program's it
would choose. What is written here was pasted to running kernels; docs/recommend.md says to which, and what they said.

Source: zram-generator.conf(5) of 1.1.2 and 1.2.1, tmpfiles.d(5), sysctl.d(5), update-grub(8), initramfs-tools(7),
grubby(8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zswapbench.common.units import format_size
from zswapbench.report.recommend.shell import (
    PARTITION,
    PRIORITY,
    ZSWAP,
    every_seconds,
    round_lines,
    script,
    try_lines,
    undo_lines,
)
from zswapbench.report.recommend.wanted import Values, Wanted, Zram, Zswap, wanted_of
from zswapbench.results.recommendation import Candidate
from zswapbench.rules.watermarks import SCALE_FACTOR, min_free_kbytes

_TMPFILES = "/etc/tmpfiles.d/zswap.conf"
_GRUB = "/etc/default/grub.d/zswap.cfg"
_GENERATOR = "/etc/systemd/zram-generator.conf.d/90-swap.conf"
_SYSCTL = "/etc/sysctl.d/90-swap.conf"
_SERVICE = "/etc/systemd/system/zram-upkeep.service"
_TIMER = "/etc/systemd/system/zram-upkeep.timer"

_USUAL_PAGE_CLUSTER = 3
_PACKAGES = {
    "debian": "apt install systemd-zram-generator",
    "ubuntu": "apt install systemd-zram-generator",
    "fedora": "dnf install zram-generator",
    "arch": "pacman -S zram-generator",
}
_OF_1_2 = "takes zram-generator 1.2, which Debian has from 13 on; Debian 12 has 1.1.2"
_MIB = 1 << 20
_PAGE_SIZE = 4096


@dataclass(frozen=True)
class Paste:
    """``title``: what it is for. ``path``: the file that ``text`` is the whole of; "": lines for a shell.

    ``why``: what to know of it.
    """

    title: str
    path: str
    text: str
    why: str


def configuration_of(
    candidate: Candidate, kernel: str, distribution: str, machine: dict[str, Any]
) -> list[Paste]:
    """What makes a machine do what ``candidate`` did, in the order of use.

    ``kernel``: of the run; ``distribution``: whose tools there are; ``machine``: the setting of a MachineResult, {} of
    a replay. Empty of a zram that was replayed, which nobody knows the size of.
    """
    wanted = wanted_of(candidate, kernel, machine.get("ram", 0), machine.get("page_size", _PAGE_SIZE))
    if wanted is None:
        return []
    keep = [*_sysctl(machine, wanted), *_keep_zram(wanted, distribution), _tmpfiles(wanted)]
    tried = Paste("Try it now", "", script(try_lines(wanted, _sysctls(machine))), _before_trying(wanted))
    back = Paste("Undo the trial", "", script(undo_lines(wanted)), "a restart does the same")
    applied = "once the files are in their places, and the trial is undone"
    force = Paste("In force without a restart", "", script(_apply_lines(keep)), applied)
    others = [_command_line(wanted.zswap, distribution)] if wanted.zswap else []
    timers = ["systemctl disable --now zram-upkeep.timer"] if any(one.path == _TIMER for one in keep) else []
    gone = [*timers, *(f"rm -f {one.path}" for one in keep)]
    removed = Paste("Undo it for good", "", script(gone), "from the next restart on")
    return [tried, back, *keep, force, *others, removed]


def _before_trying(wanted: Wanted) -> str:
    """What has to be there, or must not."""
    if wanted.zram and not wanted.disk:
        swap = "the run had no other swap: swapoff what swapon --show lists beside it"
    elif wanted.zram:
        swap = f"it comes before the swap on a disk, which must have a priority below {PRIORITY}"
    else:
        swap = "it takes swap on a disk, a partition or a file, as swapon --show lists it"
    if wanted.zswap and wanted.zswap.limit_pages is not None:
        swap += (
            f"; the run's pool had at most {wanted.zswap.limit_pages:,} page frames, whatever RAM there is: set "
            "max_pool_percent to that share of yours"
        )
    if wanted.zram and wanted.zram.backing:
        swap += f"; put your partition in place of {PARTITION}: it is overwritten"
    if wanted.zram and wanted.zram.rounds:
        swap += "; the lines end with rounds of upkeep, which Ctrl-C ends"
    return swap


def _sysctls(machine: dict[str, Any]) -> Values:
    """Of vm, by name and value: those that differ from what the kernel sets by itself."""
    page_size = machine.get("page_size", _PAGE_SIZE)
    usual = {
        "page-cluster": _USUAL_PAGE_CLUSTER,
        "watermark_scale_factor": SCALE_FACTOR,
        "min_free_kbytes": min_free_kbytes(machine.get("ram", 0)) * 1024 // page_size * page_size // 1024,
    }
    ran = {name: machine.get(name.replace("-", "_"), value) for name, value in usual.items()}
    return tuple((name, str(value)) for name, value in ran.items() if value != usual[name])


def _sysctl(machine: dict[str, Any], wanted: Wanted) -> list[Paste]:
    lines = [f"vm.{name} = {value}" for name, value in _sysctls(machine)]
    if not lines:
        return []
    ahead = "" if wanted.disk else "; over a zram alone nothing is read ahead, whatever page-cluster says"
    return [Paste("Keep it: sysctls", _SYSCTL, _text(lines), f"as the run had them{ahead}")]


def _tmpfiles(wanted: Wanted) -> Paste:
    """Parameters of zswap at each start; or that it is off, which not every distribution has by itself."""
    if wanted.zswap is None:
        text = f"w {ZSWAP}/enabled - - - - N\n"
        return Paste("Keep it: zswap off", _TMPFILES, text, "the run had none; some distributions enable it")
    values = [*wanted.zswap.parameters, ("enabled", "Y")]
    text = "".join(f"w {ZSWAP}/{name} - - - - {value}\n" for name, value in values)
    return Paste(
        "Keep it: zswap's parameters",
        _TMPFILES,
        text,
        "written at each start; swap that is used before is swapped as the kernel had it",
    )


def _keep_zram(wanted: Wanted, distribution: str) -> list[Paste]:
    if wanted.zram is None:
        return []
    alone = not wanted.disk
    return [
        _generator(wanted.zram, distribution, alone=alone),
        *(_upkeep(wanted.zram) if wanted.zram.rounds else []),
    ]


def _generator(zram: Zram, distribution: str, *, alone: bool) -> Paste:
    algorithm = f"{zram.codec}({zram.parameters})" if zram.parameters else zram.codec
    lines = ["[zram0]", f"zram-size = {_megabytes(zram.disksize)}"]
    lines.append(f"compression-algorithm = {' '.join(filter(None, (algorithm, zram.second)))}")
    if zram.mem_limit:
        lines.append(f"zram-resident-limit = {_megabytes(zram.mem_limit)}")
    if zram.backing:
        lines.append(f"writeback-device = {PARTITION}")
    lines.append(f"swap-priority = {PRIORITY}")
    how = _PACKAGES.get(distribution, "zram-generator of your distribution")
    needs = f"; {_OF_1_2}" if zram.mem_limit or zram.second or zram.parameters else ""
    others = "; the run had no other swap: take what there is out of /etc/fstab" if alone else ""
    why = f"a device of {format_size(zram.disksize)}, by zram-generator ({how}){needs}{others}"
    return Paste("Keep it: the zram", _GENERATOR, _text(lines), why)


def _megabytes(size: int) -> str:
    """As zram-generator has sizes.

    >>> _megabytes(2 << 30), _megabytes(1536 << 10)
    ('2048', '1.5')
    """
    return f"{size / _MIB:.10g}"


def _upkeep(zram: Zram) -> list[Paste]:
    """Who uses the second algorithm and the backing device, which zram-generator only registers."""
    limit = [(name, value) for name, value in zram.after if name.startswith("writeback_limit")]
    every = every_seconds(zram)
    service = ["[Unit]", "Description=Recompress and write back zram0", "", "[Service]", "Type=oneshot"]
    service += [f'ExecStart=/bin/sh -c "{line}"' for line in round_lines(zram, "/sys/block/zram0")]
    timer = ["[Unit]", "Description=Rounds of zram-upkeep", "", "[Timer]"]
    timer += [f"OnActiveSec={every}s", f"OnUnitActiveSec={every}s", "AccuracySec=100ms"]
    timer += ["", "[Install]", "WantedBy=timers.target"]
    why = "zram moves no page by itself, and zram-generator has nobody who asks it to"
    if limit:
        why += "; the run's limit of writeback is written once, by hand: " + ", ".join(
            f"{name} {value}" for name, value in limit
        )
    return [
        Paste("Keep it: a round of upkeep", _SERVICE, _text(service), why),
        Paste("Keep it: how often", _TIMER, _text(timer), f"a round every {every} s, as in the run"),
    ]


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


_APPLY = {
    _SYSCTL: (f"sysctl -p {_SYSCTL}",),
    _GENERATOR: ("systemctl restart systemd-zram-setup@zram0.service", "systemctl start dev-zram0.swap"),
    _TIMER: ("systemctl enable --now zram-upkeep.timer",),
    _TMPFILES: (f"systemd-tmpfiles --create {_TMPFILES}",),
}


def _apply_lines(keep: list[Paste]) -> list[str]:
    units = any(one.path in (_GENERATOR, _TIMER) for one in keep)
    lines = [line for one in keep for line in _APPLY.get(one.path, ())]
    return ["systemctl daemon-reload", *lines] if units else lines


def _command_line(zswap: Zswap, distribution: str) -> Paste:
    """The same in force from the first page on, in place of tmpfiles.d."""
    words = [f"zswap.{name}={value}" for name, value in (("enabled", "1"), *zswap.parameters)]
    title = "In place of tmpfiles.d: the kernel's command line"
    why = (
        f"in force before anything is swapped; where {zswap.codec} is a module it must be in the initramfs, or the "
        "kernel takes its default compressor"
    )
    if distribution in ("debian", "ubuntu"):
        back = f"to undo it, remove {_GRUB}, and run update-grub"
        return Paste(title, "", script(_grub_lines(words, zswap.codec)), f"{why}; {back}")
    if distribution == "fedora":
        return Paste(title, "", script(_grubby_lines(words, zswap.codec)), why)
    return Paste(title, "", " \\\n".join(words) + "\n", f"words for your boot loader; {why}")


def _grub_lines(words: list[str], codec: str) -> list[str]:
    modules = "/etc/initramfs-tools/modules"
    return [
        "mkdir -p /etc/default/grub.d",
        f"cat > {_GRUB} <<'CFG'",
        "zswap=",
        *(f'zswap="$zswap {word}"' for word in words),
        'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT$zswap"',
        "CFG",
        f"grep -qx {codec} {modules} || echo {codec} >> {modules}",
        "update-initramfs -u",
        "update-grub",
    ]


def _grubby_lines(words: list[str], codec: str) -> list[str]:
    return [
        f"echo 'add_drivers+=\" {codec} \"' > /etc/dracut.conf.d/zswap.conf",
        "dracut --force",
        "args=",
        *(f'args="$args {word}"' for word in words),
        'grubby --update-kernel=ALL --args="$args"',
    ]
