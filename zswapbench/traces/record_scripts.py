"""Programs that record swap events on a live kernel: for bpftrace, and for tracefs where there is no bpftrace.

A kernel is a table of probes: the function, and where in its arguments the swap slot is. All programs of a kernel are
made of the same table, and ``trace import`` reads what they write. Fields are read by their place in struct folio of a
64-bit kernel, so that no debug information is needed: flags at 0, index at 32, the swap entry at 40, and the order of a
large folio at 64. A swap entry is type << 58 and the offset.

Source: 6.1 mm/page_io.c, mm/zswap.c zswap_frontswap_ops; 6.12, 7.3 mm/page_io.c, mm/zswap.c. Each probe was set on
Debian's 6.1.192, 6.12.117 and 7.3.4, and the events agreed with the kernel's counters.
"""

from __future__ import annotations

from dataclasses import dataclass

FORMS = ("bpftrace", "kprobes", "pagemap")

GROUP = "zswapbench"
"""Of the events in tracefs."""

_FOLIO, _TYPE_AND_OFFSET, _ENTRY, _RETURN = "folio", "type, offset", "entry", "return"

_HEAD = 1 << 6
"""PG_head among the flags: the folio is large. Kernels from 6.9 on have it here."""


@dataclass(frozen=True)
class Probe:
    """A probe ``name`` on a ``function``.

    ``slot``: what tells the swap slot; ``argument``: the first argument, from 1 on, that does; ``index``: the argument
    with a page whose index is told besides, 0 for none. ``result``: of a return, its type in tracefs.
    """

    name: str
    function: str
    slot: str = _FOLIO
    argument: int = 1
    index: int = 0
    result: str = ""


def _folios(out: str, context: int, load_result: str) -> tuple[Probe, ...]:
    """From 6.6 on; ``context``: which argument of the functions of swap is the folio."""
    return (
        Probe("so", out, argument=context),
        Probe("st", "zswap_store"),
        Probe("str", "zswap_store", _RETURN, result="u8"),
        Probe("wd", "__swap_writepage", argument=context),
        Probe("si", "swap_read_folio", argument=context),
        Probe("ld", "zswap_load"),
        Probe("ldr", "zswap_load", _RETURN, result=load_result),
        Probe("iv", "zswap_invalidate", _ENTRY),
    )


PROBES: dict[str, tuple[Probe, ...]] = {
    "6.1": (
        Probe("so", "swap_writepage"),
        Probe("st", "zswap_frontswap_store", _TYPE_AND_OFFSET, index=3),
        Probe("str", "zswap_frontswap_store", _RETURN, result="s32"),
        Probe("wd", "__swap_writepage"),
        Probe("si", "swap_readpage"),
        Probe("ld", "zswap_frontswap_load", _TYPE_AND_OFFSET),
        Probe("ldr", "zswap_frontswap_load", _RETURN, result="s32"),
        Probe("iv", "zswap_frontswap_invalidate_page", _TYPE_AND_OFFSET),
    ),
    "6.12": _folios("swap_writepage", 1, "u8"),
    "7.3": _folios("swap_writeout", 2, "s32"),
}

KERNELS = tuple(PROBES)

_NO_ORDER = "6.1"
"""There a large folio that is swapped out whole is rare, and its flags are others: the order is not told."""


def script(form: str, kernel: str) -> str:
    """The program of ``form``, one of FORMS, for ``kernel``, one of KERNELS."""
    if form == "pagemap":
        return _PAGEMAP
    return _bpftrace(kernel) if form == "bpftrace" else _kprobes(kernel)


def kprobe_line(probe: Probe, kernel: str) -> str:
    """``probe`` as tracefs' kprobe_events takes it."""
    if probe.slot == _RETURN:
        return f"r:{GROUP}/{probe.name} {probe.function} ret=$retval:{probe.result}"
    argument = f"$arg{probe.argument}"
    if probe.slot == _TYPE_AND_OFFSET:
        fields = [f"type={argument}:u32", f"off=$arg{probe.argument + 1}:u64"]
        fields += [f"idx=+32($arg{probe.index}):x64"] if probe.index else []
    elif probe.slot == _ENTRY:
        fields = [f"off={argument}:b58@0/64", f"type={argument}:b5@58/64"]
    else:
        fields = [
            f"off=+40({argument}):b58@0/64",
            f"type=+40({argument}):b5@58/64",
            f"idx=+32({argument}):x64",
        ]
        fields += [] if kernel == _NO_ORDER else [f"fl=+0({argument}):x64", f"ord=+64({argument}):u8"]
    return f"p:{GROUP}/{probe.name} {probe.function} {' '.join(fields)}"


def _bpftrace_probe(probe: Probe, kernel: str) -> str:
    if probe.slot == _RETURN:
        values = f"nsecs, cpu, tid, cgroup, ({_BPFTRACE_TYPES[probe.result]})retval"
        return (
            f"kretprobe:{probe.function}\n{{\n"
            f'\tprintf("%llu,%d,%d,{probe.name},,,,%llu,,%d\\n", {values});\n}}\n'
        )
    argument = f"arg{probe.argument - 1}"
    lines, order, index = [f"$entry = (uint64){argument};"], "0", "0"
    slot = "$entry >> 58, $entry & 0x3ffffffffffffff"
    if probe.slot == _TYPE_AND_OFFSET:
        lines, slot = [], f"(uint64)arg{probe.argument - 1}, (uint64)arg{probe.argument}"
        index = f"*(uint64 *)(arg{probe.index - 1} + 32)" if probe.index else "0"
    elif probe.slot == _FOLIO:
        lines, index = [f"$entry = *(uint64 *)({argument} + 40);"], f"*(uint64 *)({argument} + 32)"
        if kernel != _NO_ORDER:
            lines += [f"$order = (*(uint64 *){argument} & {_HEAD}) ? *(uint8 *)({argument} + 64) : 0;"]
            order = "$order"
    values = f"nsecs, cpu, tid, {slot}, {order}, cgroup, {index}"
    lines += [f'printf("%llu,%d,%d,{probe.name},%llu,%llu,%d,%llu,%llu,\\n", {values});']
    return f"kprobe:{probe.function}\n{{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"


_BPFTRACE_TYPES = {"u8": "uint8", "s32": "int32"}


def _bpftrace(kernel: str) -> str:
    probes = "\n".join(_bpftrace_probe(probe, kernel) for probe in PROBES[kernel])
    return _BPFTRACE.format(kernel=kernel, probes=probes)


def _kprobes(kernel: str) -> str:
    lines = "\n".join(kprobe_line(probe, kernel) for probe in PROBES[kernel])
    return _KPROBES.format(
        kernel=kernel, group=GROUP, probes=lines, names=" ".join(probe.name for probe in PROBES[kernel])
    )


_COST = """\
# Cost: a page that is swapped out makes three or four lines of 50 to 100 bytes, one that is swapped in two or three,
# and each line takes a few microseconds of the task that swaps. What does not swap pays nothing."""

_BPFTRACE = (
    """\
#!/usr/bin/env bpftrace
// Records each page that is swapped out or in, for Linux {kernel}. Run it as root, and end it with Ctrl-C:
//
//     BPFTRACE_PERF_RB_PAGES=1024 bpftrace record.bt > recorded.txt
//
"""
    + _COST.replace("#", "//")
    + """
// If it says "Lost events", give it more room by that variable. It attaches one probe after the other: begin when it
// is quiet. End it when recorded.txt grows no more: what it has not read by then is lost, and it does not say so.
//
// Right after it, while the program is there: a dump of its memory, and which address lies in which swap slot.
//
//     zswapbench trace record-script --form pagemap > pagemap.py; python3 pagemap.py PID > pagemap.csv
//     gcore PID; zswapbench corpus import core.PID -o app.zpages
//     zswapbench trace import recorded.txt -o app.trace.bin --corpus app.zpages --pagemap pagemap.csv \\
//         --kernel $(uname -r)
//
// uname is asked on this machine: the first line of recorded.txt tells the kernel that these probes are for.

BEGIN
{{
	printf("# zswapbench recording: bpftrace, kernel {kernel}\\n");
	printf("time_ns,cpu,pid,event,type,offset,order,cgroup,index,result\\n");
}}

{probes}"""
)

_KPROBES = (
    """\
#!/bin/sh
# Records each page that is swapped out or in, for Linux {kernel}, by kprobes in tracefs. Run it as root, and end it
# with Ctrl-C:
#
#     sh record.sh recorded.txt
#
"""
    + _COST
    + """
# It has a buffer of its own (24 MB for each CPU), so it disturbs no other tracer. Cgroups are not told.
#
# Right after it, while the program is there: a dump of its memory, and which address lies in which swap slot.
#
#     zswapbench trace record-script --form pagemap > pagemap.py; python3 pagemap.py PID > pagemap.csv
#     gcore PID; zswapbench corpus import core.PID -o app.zpages
#     zswapbench trace import recorded.txt -o app.trace.bin --corpus app.zpages --pagemap pagemap.csv
set -eu
file=${{1:?name the file to record to}}
tracefs=/sys/kernel/tracing
[ -e $tracefs/kprobe_events ] || mount -t tracefs nodev $tracefs
own=$tracefs/instances/{group}

forget() {{
	[ ! -d $own ] || {{ echo 0 > $own/events/{group}/enable; rmdir $own; }} 2> /dev/null || true
	for name in {names}; do
		echo "-:{group}/$name" >> $tracefs/kprobe_events 2> /dev/null || true
	done
}}

finish() {{
	trap - INT TERM
	echo 0 > $own/tracing_on
	while grep -qs '^entries: [1-9]' $own/per_cpu/cpu*/stats; do sleep 1; done
	sleep 1
	kill $reader 2> /dev/null || true # it may have ended by itself
	wait $reader || true              # or its buffer is still in use
	awk '$3 {{ print "missed by " $1 ": " $3 }}' $tracefs/kprobe_profile >&2
	forget
	exit 0
}}

forget
cat >> $tracefs/kprobe_events << 'END'
{probes}
END
mkdir $own
echo 0 > $own/tracing_on
echo mono > $own/trace_clock
echo 24576 > $own/buffer_size_kb
echo 1 > $own/events/{group}/enable
setsid cat $own/trace_pipe > "$file" &
reader=$!
trap finish INT TERM
echo 1 > $own/tracing_on
echo "zswapbench recording: kprobes, kernel $(uname -r)" > $own/trace_marker
echo "recording to $file; end it with Ctrl-C" >&2
while true; do sleep 1; done
"""
)

_PAGEMAP = """\
#!/usr/bin/env python3
# Tells which address of a process lies in which swap slot. Run it as root, right before the process is dumped:
#
#     python3 pagemap.py PID > pagemap.csv
#
# It reads 8 bytes for each page of the process's address space, and swaps nothing in.
import struct
import sys

SWAPPED = 1 << 62
if len(sys.argv) != 2:
    sys.exit("pagemap.py: name one process: python3 pagemap.py PID > pagemap.csv")
pid = sys.argv[1]
try:
    with open(f"/proc/{pid}/maps") as maps:
        lines = maps.readlines()
    pagemap = open(f"/proc/{pid}/pagemap", "rb")
except (FileNotFoundError, ProcessLookupError):
    lines = []
except PermissionError:
    sys.exit(f"pagemap.py: process {pid} is of somebody else; run this as root")
if not lines:
    sys.exit(f"pagemap.py: there is no process {pid}, or it has no memory: it has ended, or is the kernel's own")
print("vpn_hex,state,swap_type,swap_offset_or_pfn")
with pagemap:
    for line in lines:
        first, stop = (int(end, 16) >> 12 for end in line.split()[0].split("-"))
        if first >= 1 << 51:  # vsyscall: the kernel's
            continue
        pagemap.seek(first * 8)
        while first < stop:
            some = pagemap.read(min(stop - first, 1 << 16) * 8)
            if not some:
                break
            for (entry,) in struct.iter_unpack("<Q", some):
                if entry & SWAPPED:
                    print(f"{first:x},swapped,{entry & 31},{entry >> 5 & (1 << 50) - 1}")
                first += 1
"""
