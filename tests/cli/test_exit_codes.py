"""Every documented exit code, each with a message of one line that says what was wrong, and no traceback."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.running import begin, environment, inside, interrupt, zswapbench
from tests.traces.recorded import GOLDEN
from zswapbench import __version__
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS
from zswapbench.rules.eras import ERAS

pytestmark = pytest.mark.usefixtures("own_cache")


def refused(code: int, *arguments: str | Path) -> str:
    """Run what must end with ``code``; its message."""
    done = inside(*arguments)
    assert (done.code, done.out) == (code, "")
    message = done.err.splitlines()[-1]
    assert len(done.err.splitlines()) == 1 or message.startswith("Error: ")
    return message


USAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown command": (("replay",), "no command is called 'replay'"),
    "unknown option": (("list", "--colour"), "No such option"),
    "unknown kind": (("list", "kernels"), "'kernels' is not one of"),
    "unknown form": (("list", "--format", "xml"), "'xml' is not one of"),
    "nothing to run": (("run",), "Missing argument 'TRACE'"),
    "no spec": (("compare",), "two or more SPECs"),
    "one spec": (("compare", "lru"), "two or more SPECs"),
    "one spec with bounds": (("compare", "lru", "--bounds"), "two or more SPECs"),
    "all with a spec of none": (("compare", "--all", "mru", "--trace", "TRACE"), "or device is called 'mru'"),
    "all over no pool": (("compare", "--all", "--pool", "slab", "--trace", "TRACE"), "no pool is called 'slab'"),
    "all in no era": (("compare", "--all", "--era", "linux", "--trace", "TRACE"), "no era is called 'linux'"),
    "plot in JSON": (("compare", "--all", "--plot", "--format", "json"), "--plot draws below a table"),
    "plot in CSV": (("run", "TRACE", "--plot", "--format", "csv"), "--plot draws below a table"),
    "plot of classes": (("run", "TRACE", "--plot", "--classes"), "leave out --plot, --bounds and --seeds"),
    "bounds of classes": (("run", "TRACE", "--bounds", "--classes"), "leave out --plot, --bounds and --seeds"),
    "policy": (("compare", "lru", "mru", "--trace", "TRACE"), "or device is called 'mru'; did you mean lru?"),
    "key of a spec": (("compare", "lru", "lru,colour=red", "--trace", "TRACE"), "'colour=red' is not one of policy="),
    "empty value": (("compare", "lru", "lru,pool=", "--trace", "TRACE"), "'pool=' has no value"),
    "no value": (("compare", "lru", "lru,", "--trace", "TRACE"), "or device is called ''"),
    "codec": (("run", "TRACE", "--codec", "rar"), "no codec is called 'rar'"),
    "level": (("run", "TRACE", "--codec", "libzstd:99"), "level='99' is not a number from -131072 to 22"),
    "parameter": (("run", "TRACE", "--codec", "lz4:x=1"), "has no parameter 'x'; there are: acceleration"),
    "too many": (("run", "TRACE", "--codec", "libzstd:1:2"), "takes at most 1 parameters; '2' is one too many"),
    "pool": (("run", "TRACE", "--pool", "slab"), "no pool is called 'slab'; there are: "),
    "rules": (("run", "TRACE", "--pool", "zsmalloc:1999"), "rules='1999' is not 2012 or 3.19 or 4.2 or 6.3 or 6.4"),
    "era": (("run", "TRACE", "--era", "linux"), "no era is called 'linux'; "),
    "era of a kernel": (("run", "TRACE", "--era", "linux-0.1"), "kernel 0.1 has no zswap, which came with 3.11"),
    "pool of another era": (("run", "TRACE", "--era", "7.3", "--pool", "zbud"), "zswap has no zbud in kernel 7.3"),
    "cell": (("run", "TRACE", "--era", "zswap-2013:batch=1"), "has no cell 'batch'"),
    "device": (("run", "TRACE", "--device", "tape"), "no swap device is called 'tape'; there are: instant"),
    "limit": (("run", "TRACE", "--pool-limit", "lots"), "'lots' is not a size"),
    "small limit": (("run", "TRACE", "--pool-limit", "0p"), "less than one page frame"),
    "large limit": (("run", "TRACE", "--pool-limit", "99999999999999999999p"), "more than any machine"),
    "two limits": (("run", "TRACE", "--pool-limit", "9p", "--ram", "1GiB"), "--pool-limit sets the size of the pool"),
    "ram": (("run", "TRACE", "--ram", "much"), "'much' is not a size"),
    "little ram": (("run", "TRACE", "--ram", "16KiB"), "20% of 16KiB is less than one page frame"),
    "pool percent": (("run", "TRACE", "--max-pool-percent", "0"), "0 is not in the range 1<=x<=100"),
    "threshold": (
        ("run", "TRACE", "--accept-threshold-percent", "90"),
        "era zswap-2013 has no accept threshold",
    ),
    "chain size": (("run", "TRACE", "--chain-size", "3"), "3 is not in the range 4<=x<=16"),
    "chain of zbud": (("run", "TRACE", "--era", "linux-3.11", "--chain-size", "8"), "has no parameter 'chain'"),
    "chain of 2012": (("run", "TRACE", "--chain-size", "8"), "chain 8 with rules 2012"),
    "classes of zbud": (("run", "TRACE", "--era", "linux-3.11", "--classes"), "the pool here is zbud"),
    "classes in JSON": (("run", "TRACE", "--classes", "--format", "json"), "--classes prints the form of the kernel"),
    "pools": (("run", "TRACE", "--pool", "zsmalloc:6.4:pools=3"), "pools 3"),
    "rate of 0": (("run", "TRACE", "--sample-rate", "0"), "--sample-rate '0' is not a share above 0 and up to 1"),
    "large rate": (("run", "TRACE", "--sample-rate", "1.5"), "'1.5' is not a share above 0"),
    "rate below 0": (("run", "TRACE", "--sample-rate", "-1"), "'-1' is not a share above 0"),
    "rate of nothing": (("run", "TRACE", "--sample-rate", ""), "'' is not a share above 0"),
    "no rate": (("run", "TRACE", "--sample-rate", "nan"), "'nan' is not a share above 0"),
    "percent": (("compare", "lru", "fifo", "--sample-rate", "10%"), "'10%' is not a share above 0"),
    "tiny rate": (("run", "TRACE", "--sample-rate", "1e-12"), "1e-12 leaves a sample of "),
    "output folder": (("run", "TRACE", "-o", "/no/such/folder/x"), "cannot be written: No such file or directory"),
    "output is a folder": (("list", "-o", "/tmp"), "'/tmp' is a directory"),
    "no output": (("trace", "make", "CORPUS"), "Missing option '-o'"),
    "no input": (("corpus", "import", "-o", "x"), "there is nothing to import; give a dump, or a process with --pid"),
    "page size": (("corpus", "import", "CORE", "-o", "x", "--page-size", "8K"), "page size 8192 is not one of 4K"),
    "selection": (("corpus", "import", "CORE", "-o", "x", "--select", "nothing"), "nothing"),
    "sample": (("corpus", "import", "CORE", "-o", "x", "--sample", "0"), "0 is not in the range x>=1"),
    "pattern": (("trace", "make", "CORPUS", "-o", "x", "--pattern", "spiral"), "'spiral' is not one of"),
    "memory": (("trace", "make", "CORPUS", "-o", "x", "--memory", "200%"), "--memory 200% is not from 0% to 100%"),
    "all memory": (("trace", "make", "CORPUS", "-o", "x", "--memory", "100%"), "nothing is swapped"),
    "no percentage": (("trace", "make", "CORPUS", "-o", "x", "--writes", "half"), "'half' is not a percentage"),
    "events": (("trace", "make", "CORPUS", "-o", "x", "--events", "-1"), "--events -1 is not from 0"),
    "interval": (("trace", "make", "CORPUS", "-o", "x", "--interval", "soon"), "'soon' is not a duration"),
    "long interval": (("trace", "make", "CORPUS", "-o", "x", "--interval", "1h"), "--interval 3600.00 s is not"),
    "cpus": (("trace", "make", "CORPUS", "-o", "x", "--cpus", "0"), "--cpus 0 is not from 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", USAGE)
def test_what_cannot_be_asked_for_is_2(
    case: str, ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"TRACE": "app.trace.bin", "CORPUS": "app.zpages", "CORE": "core.1"}
    arguments, words = USAGE[case]
    given = [str(ground / places[one]) if one in places else one for one in arguments]
    assert words in refused(2, *given)
    assert not [path for path in tmp_path.iterdir() if path.name != "cache"]


NO_SPEC = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NAMES = [leaf.name for family in (CODECS, POOLS, POLICIES) for leaf in family.leaves()] + [
    *ERAS,
    "zstd",
    "lru,codec=",
]
PIECES = st.lists(
    st.sampled_from(
        [*NAMES, ":", "=", ",", "level", "-1", "99", "rules", "p", "%", "1e9", "\n", "'", "K", "limit="]
    ),
    min_size=1,
    max_size=5,
)
OPTIONS = ("--codec", "--pool", "--policy", "--era", "--pool-limit", "--device")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=NO_SPEC | PIECES.map("".join), option=st.sampled_from([*OPTIONS, "SPEC"]))
def test_any_other_text_is_2_and_one_line_or_works(ground: Path, text: str, option: str) -> None:
    trace = ground / "app.trace.bin"
    arguments: list[str | Path] = ["run", trace, "--codec", "lz4", f"{option}={text}"]
    if option == "SPEC":
        arguments = ["compare", "--codec", "lz4", "--trace", trace, "--", "lru", text]
    done = inside(*arguments)
    assert done.code in (0, 2)
    if done.code == 2:
        assert done.out == ""
        assert done.err.startswith("zswapbench: ")
        assert done.err.endswith("\n")
        assert len(done.err.splitlines()) == 1


READERS: dict[str, tuple[str, ...]] = {
    "run": ("run", "INPUT"),
    "compare": ("compare", "lru", "class-lru", "--trace", "INPUT"),
    "zram": ("zram", "INPUT"),
    "machine": ("machine", "INPUT", "disk", "--corpus", "CORPUS", "--ram", "256K"),
    "machine on a corpus": ("machine", "TRACE", "disk", "--corpus", "INPUT", "--ram", "256K"),
    "run on a corpus": ("run", "TRACE", "--corpus", "INPUT"),
    "trace info": ("trace", "info", "INPUT"),
    "trace info beside": ("trace", "info", "TRACE", "INPUT"),
    "trace check": ("trace", "check", "INPUT"),
    "trace make": ("trace", "make", "INPUT", "-o", "OUTPUT"),
    "trace slice": ("trace", "slice", "INPUT", "-o", "OUTPUT"),
    "trace merge": ("trace", "merge", "INPUT", "-o", "OUTPUT"),
    "trace merge-refs": (
        *("trace", "merge-refs", "INPUT", "--corpus", "CORPUS"),
        *("-o", "OUTPUT", "--corpus-out", "OUTPUT.zpages"),
    ),
    "trace scale": ("trace", "scale", "INPUT", "-o", "OUTPUT", "--time", "2x"),
    "trace add-requests": ("trace", "add-requests", "INPUT", "-o", "OUTPUT", "--every", "1ms"),
    "trace export": ("trace", "export", "INPUT", "-o", "OUTPUT", "--to", "csv"),
    "trace import": ("trace", "import", "INPUT", "-o", "OUTPUT", "--corpus", "CORPUS"),
    "trace import into a corpus": ("trace", "import", "RECORDING", "-o", "OUTPUT", "--corpus", "INPUT"),
    "corpus info": ("corpus", "info", "INPUT"),
    "corpus verify": ("corpus", "verify", "INPUT"),
    "corpus sizes": ("corpus", "sizes", "INPUT", "-o", "OUTPUT"),
    "corpus import": ("corpus", "import", "INPUT", "-o", "OUTPUT"),
}
WANTS_CORPUS = {
    *("run on a corpus", "machine on a corpus", "trace make", "trace import into a corpus"),
    *("corpus info", "corpus verify", "corpus sizes"),
}
WANTS_TRACE = {
    *("run", "compare", "zram", "trace info", "trace info beside", "trace check"),
    *("trace slice", "trace merge", "trace scale", "trace export", "trace add-requests"),
}


def bad_inputs(folder: Path, ground: Path) -> dict[str, Path]:
    """Files that are none, or not what is wanted."""
    inputs = {name: folder / name for name in ("text", "empty", "cut trace", "cut corpus", "absent")}
    inputs["text"].write_text("It was a dark and stormy night.\n" * 100)
    inputs["empty"].touch()
    inputs["cut trace"].write_bytes((ground / "app.trace.bin").read_bytes()[:-7])
    inputs["cut corpus"].write_bytes((ground / "app.zpages").read_bytes()[:-700])
    return {
        **inputs,
        "a program": Path(sys.executable).resolve(),
        "a folder": folder,
        "nothing": Path("/dev/null"),
        "a corpus": ground / "app.zpages",
        "a trace": ground / "app.trace.bin",
        "a packed trace": ground / "app.trace.bin.zst",
    }


@pytest.mark.parametrize("reader", READERS)
def test_an_input_that_is_none_is_3_with_its_path(reader: str, ground: Path, tmp_path: Path) -> None:
    for what, path in bad_inputs(tmp_path, ground).items():
        if (what == "a corpus" and reader in WANTS_CORPUS) or ("a trace" in what and reader in WANTS_TRACE):
            continue
        if what == "a packed trace" and reader in WANTS_TRACE:
            continue
        words = {
            "INPUT": path,
            "OUTPUT": tmp_path / "out",
            "TRACE": ground / "app.trace.bin",
            "CORPUS": ground / "app.zpages",
            "RECORDING": GOLDEN / "7.3" / "trace.txt.zst",
        }
        message = refused(3, *[words.get(one, one) for one in READERS[reader]])
        assert message.startswith(f"zswapbench: {path}: "), what
        assert not (tmp_path / "out").exists()
        assert not list(tmp_path.glob(".*.part"))


def test_a_bad_input_is_3_for_a_process_too(tmp_path: Path) -> None:
    done = zswapbench("run", "absent", cwd=tmp_path)
    assert done == (3, "", "zswapbench: absent: cannot be read: No such file or directory\n")
    done = zswapbench("run", "/bin/ls", cwd=tmp_path)
    assert done.code == 3
    assert done.err.startswith("zswapbench: /bin/ls: offset 0: is not a trace")


def test_the_wrong_corpus_is_3(ground: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.zpages"
    assert inside("corpus", "import", ground / "core.1", "-o", other, "--sample", "9").code == 0
    message = refused(3, "run", ground / "app.trace.bin", "--corpus", other)
    assert "stores pages of corpus" in message
    assert str(other) in message


def test_a_corpus_that_is_not_beside_its_trace_is_3_and_asked_for(ground: Path, tmp_path: Path) -> None:
    trace = tmp_path / "app.trace.bin"
    trace.write_bytes((ground / "app.trace.bin").read_bytes())
    assert "name it with --corpus" in refused(3, "run", trace)
    assert inside("run", trace, "--corpus", ground / "app.zpages", "--codec", "lz4").code == 0


@pytest.fixture
def without_lzo(tmp_path: Path) -> dict[str, str]:
    """An environment in which python-lzo is not installed."""
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "lzo.py").write_text("raise ImportError('no lzo here')\n")
    env = environment(tmp_path / "cache")
    return {**env, "PYTHONPATH": f"{shadow}{os.pathsep}{env['PYTHONPATH']}"}


def test_a_missing_library_that_was_asked_for_is_4_with_the_way_to_get_it(
    ground: Path, tmp_path: Path, without_lzo: dict[str, str]
) -> None:
    for arguments in (
        ("run", ground / "app.trace.bin", "--codec", "liblzo"),
        ("corpus", "sizes", ground / "app.zpages", "-o", "out.zpages", "--codec", "liblzo"),
    ):
        done = zswapbench(*arguments, cwd=tmp_path, env=without_lzo)
        assert (done.code, done.out) == (4, "")
        assert "python-lzo is not installed (no lzo here): run: apt-get install liblzo2-dev" in done.err
        assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "out.zpages").exists()


def test_the_kernel_s_codecs_need_no_library(
    ground: Path, tmp_path: Path, without_lzo: dict[str, str]
) -> None:
    done = zswapbench("run", ground / "app.trace.bin", cwd=tmp_path, env=without_lzo)
    assert (done.code, done.err) == (0, "")
    assert f"codec lzo zswapbench {__version__}" in done.out
    done = zswapbench("list", "codecs", cwd=tmp_path, env=without_lzo)
    assert done.code == 0
    assert "python-lzo is not installed" in done.out


def limited(megabytes: int) -> Callable[[], None]:
    """What a process does before it begins, so that it gets so much address space, as by ``ulimit -v``."""
    limit = (megabytes << 20, megabytes << 20)
    return lambda: resource.setrlimit(resource.RLIMIT_AS, limit)


@pytest.mark.parametrize("megabytes", range(30, 270, 20))
def test_too_little_memory_is_told_and_ends_by_no_signal(
    ground: Path, tmp_path: Path, megabytes: int
) -> None:
    """There, numpy's OpenBLAS would interrupt the process, or crash, for threads that nobody needs."""
    wanted = ("-o", "out.zpages", "--codec", "lz4", "--codec", "zlib")
    done = zswapbench(
        "corpus", "sizes", ground / "app.zpages", *wanted, cwd=tmp_path, preexec_fn=limited(megabytes)
    )
    assert done.code in (0, 4)
    if done.code == 4:
        words = ("out of memory", "no memory", "cannot be loaded", "want of memory")
        assert any(word in done.err for word in words)


@pytest.mark.parametrize("megabytes", range(31, 135, 5))
def test_too_little_memory_is_never_worse(ground: Path, tmp_path: Path, megabytes: int) -> None:
    """Where OpenBLAS gets no memory it ends the process with 1, which is what check says of something worse."""
    run = (ground / "app.trace.bin.zst", "--corpus", ground / "app.zpages")
    lz4 = ("--codec", "lz4", "--pool-limit", "9p", "--format", "json", "-o", tmp_path / "base.json")
    assert inside("run", *run, *lz4).code == 0
    check = ("check", *run, "--baseline", tmp_path / "base.json")
    done = zswapbench(*check, cwd=tmp_path, preexec_fn=limited(megabytes))
    assert done.code in (0, 4)
    if done.code == 4:
        *others, told = done.err.splitlines()
        assert told.startswith("zswapbench: ")
        assert all(line.startswith("OpenBLAS error") for line in others)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("MemoryError", "out of memory"),
        ("OSError(24, 'Too many open files', 'x.py')", "[Errno 24] Too many open files: 'x.py'"),
        ("ImportError('x.so: failed to map segment')", "x.so: failed to map segment"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_4(tmp_path: Path, problem: str, told: str) -> None:
    (tmp_path / "click.py").write_text(f"raise {problem}")
    done = zswapbench("list", cwd=tmp_path)
    assert done == (
        4,
        "",
        f"zswapbench: cannot be loaded: {told}; see 'ulimit -a', or install it again\n",
    )


def test_an_interrupted_trace_leaves_the_old_one_whole(ground: Path, tmp_path: Path) -> None:
    (tmp_path / "old.trace.bin").write_bytes(b"old")
    process = begin(
        tmp_path, "trace", "make", ground / "app.zpages", "-o", "old.trace.bin", "--events", "900000000"
    )
    deadline = time.monotonic() + 20
    while not any(path.stat().st_size for path in tmp_path.glob(".zswapbench-*.part")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    _, seconds = interrupt(process)
    assert seconds < 10
    assert (tmp_path / "old.trace.bin").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir() if path.name != "cache"] == ["old.trace.bin"]


def test_an_interrupted_import_leaves_the_old_corpus_whole(tmp_path: Path) -> None:
    (tmp_path / "old.zpages").write_bytes(b"old")
    bare = tmp_path / "bare"
    bare.write_bytes(os.urandom(16 << 20))
    process = begin(tmp_path, "corpus", "import", "--raw", *[bare] * 80, "-o", "old.zpages")
    time.sleep(0.6)
    assert process.poll() is None
    _, seconds = interrupt(process)
    assert seconds < 10
    assert (tmp_path / "old.zpages").read_bytes() == b"old"
    assert not list(tmp_path.glob(".*.part"))


def test_an_interrupted_verification_ends_soon(ground: Path, tmp_path: Path) -> None:
    trace = tmp_path / "long.trace.bin"
    assert inside("trace", "make", ground / "app.zpages", "-o", trace, "--events", "3000000").code == 0
    process = begin(tmp_path, "run", trace, "--corpus", ground / "app.zpages", "--codec", "zlib", "--verify")
    time.sleep(1.2)
    assert process.poll() is None
    _, seconds = interrupt(process)
    assert seconds < 10


@pytest.mark.parametrize("arguments", [("list",), ("--help",), ("list", "--format", "json")], ids=" ".join)
def test_a_reader_that_has_seen_enough_ends_it_silently(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = zswapbench(*arguments, cwd=tmp_path, stdout=writer)
    os.close(writer)
    assert done == (0, "", "")


def test_head_gets_its_line(tmp_path: Path) -> None:
    program = f"set -o pipefail; '{sys.executable}' -m zswapbench list | head -1"
    done = subprocess.run(
        ["bash", "-c", program],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "Codecs\n", "")


FULL = "cannot be written: No space left on device; name another place\n"


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "html"])
def test_a_full_disk_is_4_in_every_form(tmp_path: Path, form: str) -> None:
    command = ("compare", "lru", "fifo", "--format", form)
    with Path("/dev/full").open("w") as full:
        done = zswapbench(*command, "-o", "-", cwd=tmp_path, stdout=full)
    assert (done.code, done.err[-len(FULL) :]) == (4, FULL)
    assert zswapbench(*command, "-o", "/dev/full", cwd=tmp_path).code == 4


@pytest.mark.parametrize(
    "command",
    [
        ("list",),
        ("codecs", "CORPUS", "--codec", "lz4"),
        ("corpus", "info", "CORPUS"),
        ("corpus", "import", "CORE"),
        ("trace", "make", "CORPUS"),
        ("trace", "info", "TRACE"),
        ("trace", "record-script"),
        ("zram", "TRACE"),
        ("run", "TRACE", "--classes"),
        ("new-policy", "mine.py"),
    ],
)
def test_a_full_disk_is_4_in_every_command(ground: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    names = {"CORPUS": "app.zpages", "TRACE": "app.trace.bin", "CORE": "core.1"}
    words = [ground / names[word] if word in names else word for word in command]
    with Path("/dev/full").open("w") as full:
        done = zswapbench(
            *words, *(() if command[0] == "new-policy" else ("-o", "-")), cwd=tmp_path, stdout=full
        )
    assert (done.code, done.err[-len(FULL) :]) == (4, FULL)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_break_nothing(tmp_path: Path, closed: str) -> None:
    program = f"'{sys.executable}' -m zswapbench list -o out {closed}"
    done = subprocess.run(["bash", "-c", program], cwd=tmp_path, env=environment(tmp_path), check=False)
    assert done.returncode == 0
    assert (tmp_path / "out").read_text().startswith("Codecs\n")
    assert subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m zswapbench list {closed}"],
        cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.DEVNULL, check=False,
    ).returncode == 0  # fmt: skip
