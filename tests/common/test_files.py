"""Output files: whole or not at all, and the old one kept until the new one is done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zswapbench.common.errors import DumpError, UsageError
from zswapbench.common.files import PRIVATE, refuse_overwriting, replacing, version_of
from zswapbench.common.outputs import write_text


def mode_of(path: Path) -> int:
    """Permission bits."""
    return path.stat().st_mode & 0o7777


def test_the_file_appears_when_the_block_ends_and_not_before(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    with replacing(target) as file:
        file.write(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_is_there_until_the_new_one_takes_its_place(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_bytes(b"old")
    with replacing(target) as file:
        file.write(b"new")
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError("no"), DumpError("core", "damaged"), KeyboardInterrupt()])
@pytest.mark.parametrize("old", [b"old", None])
def test_a_block_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, error: BaseException, old: bytes | None
) -> None:
    target = tmp_path / "result.json"
    if old is not None:
        target.write_bytes(old)
    with pytest.raises(type(error)) as raised, replacing(target) as file:
        file.write(b"half of the n")
        raise error
    assert raised.value is error
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if old is None else [old])


def test_an_error_about_another_file_passes_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "result.json"):
        (tmp_path / "absent").read_bytes()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("umask", "mode", "found"),
    [
        (0o022, None, 0o644),
        (0o077, None, 0o600),
        (0o002, None, 0o664),
        (0, PRIVATE, 0o600),
        (0o777, 0o640, 0o640),
    ],
)
def test_the_mode_is_as_asked_for_or_left_to_the_umask(
    tmp_path: Path, umask: int, mode: int | None, found: int
) -> None:
    before = os.umask(umask)
    try:
        with replacing(tmp_path / "corpus", mode=mode) as file:
            assert mode_of(next(tmp_path.iterdir())) & ~PRIVATE == 0
            file.write(b"secret")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "corpus") == found


def test_a_private_file_replaces_one_that_all_could_read(tmp_path: Path) -> None:
    target = tmp_path / "corpus"
    target.write_bytes(b"old")
    target.chmod(0o644)
    with replacing(target, mode=PRIVATE) as file:
        file.write(b"secret")
    assert mode_of(target) == 0o600


def test_a_link_stays_and_the_file_that_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to("there/result.json")
    write_text(link, "one")
    write_text(link, "two")
    assert link.is_symlink()
    assert (tmp_path / "there" / "result.json").read_text() == "two"


def test_a_name_without_a_folder_means_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_text("result.json", "\N{MICRO SIGN}s")
    assert (tmp_path / "result.json").read_bytes() == b"\xc2\xb5s"


def refused(target: Path | str) -> str:
    """The message with which ``target`` is refused."""
    with pytest.raises(UsageError) as raised:
        write_text(target, "new")
    message = str(raised.value)
    assert "name another place" in message
    assert "\n" not in message
    return message


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    message = refused(tmp_path / "absent" / "result.json")
    assert message.startswith(f"{tmp_path}/absent/result.json: cannot be written: No such file")


def test_a_file_in_place_of_the_folder_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "Not a directory" in refused(tmp_path / "file" / "result.json")


def test_a_folder_in_place_of_the_file_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "not a regular file" in refused(tmp_path / "folder")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_pipe_that_nobody_reads_is_refused_and_kept(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "cannot be written: No such device or address" in refused(tmp_path / "pipe")
    with pytest.raises(UsageError, match="not a regular file"), replacing(tmp_path / "pipe"):
        pass
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_takes_text_and_is_never_replaced_by_a_file() -> None:
    # Renaming over /dev/null is what root could do.
    write_text("/dev/null", "nothing")
    with pytest.raises(UsageError, match="not a regular file"), replacing("/dev/null"):
        pass
    assert Path("/dev/null").is_char_device()


def test_a_name_that_is_too_long_is_a_usage_error(tmp_path: Path) -> None:
    assert "too long" in refused(tmp_path / ("n" * 300))


def in_a_subprocess(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """``program`` in another process, for what would spoil this one."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_folder_that_one_may_not_write_in_is_a_usage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    program = """
import os, sys
from zswapbench.common.outputs import write_text
from zswapbench.common.errors import UsageError
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
try:
    write_text(sys.argv[1], "new")
except UsageError as error:
    print(error)
"""
    inside = closed / "result.json"
    done = in_a_subprocess(program, inside)
    assert done.stderr == ""
    assert done.stdout == f"{inside}: cannot be written: Permission denied; name another place\n"


FULL = """
import resource, sys
from zswapbench.common.files import replacing
from zswapbench.common.errors import MissingError
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))  # as a disk that is full after two pages
try:
    with replacing(sys.argv[1]) as file:
        for count in range(int(sys.argv[2])):
            file.write(bytes(int(sys.argv[3])))
except MissingError as error:
    print(error)
"""


@pytest.mark.parametrize(("writes", "size"), [(100, 4096), (9000, 1), (1, 1 << 20)])
def test_a_full_disk_is_what_the_machine_lacks_and_the_old_file_stays(
    tmp_path: Path, writes: int, size: int
) -> None:
    target = tmp_path / "corpus"
    target.write_bytes(b"old")
    done = in_a_subprocess(FULL, target, writes, size)
    assert done.stderr == ""
    assert done.stdout == f"{target}: cannot be written: File too large; name another place\n"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


INTERRUPTED = """
import sys, time
from zswapbench.common.files import replacing
with replacing(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


def test_an_interrupt_from_the_terminal_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "corpus"
    target.write_bytes(b"old")
    command = [sys.executable, "-c", INTERRUPTED, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(list(tmp_path.iterdir())) == 2
        process.send_signal(signal.SIGINT)
        process.wait(10)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_an_output_that_is_an_input_is_refused_under_any_name(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.write_bytes(b"kept")
    (tmp_path / "link").symlink_to(whole)
    refuse_overwriting(tmp_path / "new", [whole])
    for name in ("whole", "link"):
        with pytest.raises(UsageError, match="is an input too, and would be lost"):
            refuse_overwriting(tmp_path / name, [tmp_path / "absent", whole])
    assert whole.read_bytes() == b"kept"


def test_a_file_has_another_version_once_it_was_written_to_or_replaced(tmp_path: Path) -> None:
    path, twin = tmp_path / "file", tmp_path / "twin"
    path.write_bytes(b"old")
    twin.write_bytes(b"old")
    moment = path.stat().st_mtime_ns
    os.utime(twin, ns=(moment, moment))
    with path.open("rb") as file, twin.open("rb") as other:
        before = version_of(file)
        assert version_of(file) == before != version_of(other)
        path.write_bytes(b"newer")
        os.utime(path, ns=(moment, moment))
        longer = version_of(file)
        os.utime(path, ns=(moment, moment + 1))
        assert len({before, longer, version_of(file)}) == 3


def test_a_pipe_has_no_version() -> None:
    read, write = os.pipe()
    os.close(write)
    with open(read, "rb") as file:
        assert version_of(file) == ()


def test_the_umask_is_known_without_changing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed for a moment, it would be another one for files that other threads make."""
    before = os.umask(0o027)
    with monkeypatch.context() as change:
        change.delattr(os, "umask")
        write_text(tmp_path / "text", "text")
    os.umask(before)
    assert mode_of(tmp_path / "text") == 0o640
