"""What scripts/fuzz-readers runs: one reader, given file after file that libFuzzer makes up.

A reader may refuse a file by an error of zswapbench's own, and in no other way. Anything else that it raises is a
finding, and so are more memory or time than libFuzzer is told to allow.

    python scripts/fuzz/readers.py TARGET [libFuzzer options] FOLDER...
"""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
with atheris.instrument_imports(include=["zswapbench"]):
    from tests.dumps.elfwriter import Core, Load
    from zswapbench.common.errors import TraceError, ZswapbenchError
    from zswapbench.common.files import open_input
    from zswapbench.corpus.importing import Wish, import_dumps
    from zswapbench.corpus.page_numbers import PageNumbers
    from zswapbench.corpus.reading import Corpus
    from zswapbench.dumps import open_dump, select
    from zswapbench.report.tables import compare_tables
    from zswapbench.report.verdict_tables import verdict_tables
    from zswapbench.results.files import read_results
    from zswapbench.results.gate import difference, judge, to_json
    from zswapbench.results.thresholds import thresholds_of
    from zswapbench.traces.format import read_trace
    from zswapbench.traces.future import next_loads
    from zswapbench.traces.oracle_general import recognises
    from zswapbench.traces.pagemap import slots_of
    from zswapbench.traces.recording import Recording
    from zswapbench.traces.references.importer import Wish as Wanted
    from zswapbench.traces.references.importing import importers, open_references
    from zswapbench.traces.requests import Requests
    from zswapbench.traces.scan import scan
    from zswapbench.traces.swaps import Reading
    from zswapbench.traces.text import Input
    from zswapbench.traces.traffic import measure

    importers()  # now, so that libFuzzer sees into them

PLACE = Path(os.environ["FUZZ_PLACE"])
"""A folder in memory, for the file under test and what is made of it."""

MEMBERS = ("manifest.json", "index.npy", "kinds.npy", "pages.npy", "vaddr.npy", "sizes/lz4.npy")


def core(path: Path) -> None:
    """An import from beginning to end, and what it made is read back."""
    import_dumps([path], PLACE / "out.zpages", Wish(sample=64))
    with Corpus(PLACE / "out.zpages") as corpus:
        corpus.verify()


def packed(path: Path) -> None:
    """Unpacking, of whatever packing the file begins as."""
    with open_dump(path, raw=True) as dump:
        for _ in dump.runs(select(dump, "all"), 4096):
            pass


def notes(path: Path) -> None:
    """The file is what the notes of a core hold."""
    core(Core([Load(0x10000, b"A" * 4096)], notes=[path.read_bytes()]).write(PLACE / "core"))


def trace(path: Path) -> None:
    """A trace, and what a replay first looks at."""
    read = read_trace(path)
    summary = scan(read.events, 100)
    measure(read.events)
    if summary.wrong is None and sum(summary.keys.values()) < 1 << 20:
        next_loads(read.events, summary.keys)


def recording(path: Path) -> None:
    """What a tracer wrote, to its last event."""
    with open_input(path, TraceError) as file:
        read = Reading(Recording(path, file))
        for _ in read.swaps():
            pass
    read.counters()


def requests(path: Path) -> None:
    """A trace of libCacheSim, to its last request."""
    with open_input(path, TraceError) as file:
        source = Input(path, file)
        if recognises(source.start(1 << 16)):
            for _ in Requests(source, 4096, PageNumbers().number).swaps():
                pass


def references(path: Path) -> None:
    """Memory references in the words of any tool, to the last."""
    with open_references(path, Wanted()) as found:
        for _ in found.batches:
            pass


def pagemap(path: Path) -> None:
    """A snapshot of a pagemap."""
    slots_of(path)


def zpages(path: Path) -> None:
    """A corpus or an export: all that can be asked of it."""
    with Corpus(path) as corpus:
        assert corpus.counts.written == len(corpus.index)
        assert corpus.manifest.population.written >= 0
        if corpus.has_content:
            corpus.verify()
        else:
            corpus.exported_sizes()


def members(path: Path) -> None:
    """The same, of an archive whose members are what lies in the file between lengths: checksums hide nothing."""
    data = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(PLACE / "members.zpages", "w") as archive:
        for name in MEMBERS:
            length = struct.unpack("<I", data.read(4).ljust(4, b"\0"))[0]
            if length != 0xFFFFFFFF:
                archive.writestr(name, data.read(length & 0xFFFF))
    zpages(PLACE / "members.zpages")


def result(path: Path) -> None:
    """A result, and the tables of it."""
    compare_tables(read_results(path))


def baseline(path: Path) -> None:
    """A baseline that a good result is held against."""
    old, new = read_results(path), read_results(os.environ["FUZZ_RESULT"])
    if not difference(old, new):
        judgement = judge(old, new, thresholds_of(()))
        verdict_tables(judgement, every=True)
        to_json(judgement)


TARGETS: dict[str, Callable[[Path], None]] = {
    one.__name__: one
    for one in (
        *(core, packed, notes, trace, recording, references, requests, pagemap),
        *(zpages, members, result, baseline),
    )
}


def main() -> None:
    target = TARGETS[sys.argv.pop(1)]
    path = PLACE / "input"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        try:
            target(path)
        except ZswapbenchError as error:
            if error.exit_code not in (2, 3):
                raise

    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
