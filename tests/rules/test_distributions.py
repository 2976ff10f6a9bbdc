"""What distributions ship: each default is a set-up that there is, and who runs here is told by os-release."""

from __future__ import annotations

from pathlib import Path

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.distributions import DISTRIBUTIONS, default_of, detect
from zswapbench.runs.options import Options
from zswapbench.runs.setups.spec import setup_of


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_each_default_is_a_set_up_of_machine(name: str) -> None:
    default = default_of(name, 4 << 30)
    kind, asked = setup_of(default.spec, Options())
    assert kind.name in ("disk", "zswap", "zram")
    assert asked.label == default.spec
    assert "default" in default.said


def test_a_zram_is_a_share_of_ram_and_fedoras_never_more_than_8_gib() -> None:
    assert default_of("fedora", 2 << 30).spec == "zram,codec=lzo-rle,disksize=2048MiB"
    assert default_of("fedora", 64 << 30).spec == "zram,codec=lzo-rle,disksize=8192MiB"
    assert default_of("chromeos", 2 << 30).spec == "zram,disksize=3072MiB"
    assert default_of("android", 3_000_000).spec == "zram,codec=lz4,disksize=1464KiB"
    assert default_of("fedora", 2 << 30).said == "Fedora's default: a zram of 2.0 GiB, no other swap"


def test_a_default_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        UsageError, match=r"--distribution rhel: its default is not known here; .*--default says"
    ):
        default_of("rhel", 1 << 30)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\nVERSION_ID="12"\n', "debian"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "ubuntu"),
        ("ID=manjaro\nID_LIKE=arch\n", "arch"),
        ("ID='fedora'\n", "fedora"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "kernel"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "kernel"),
        ("", "kernel"),
    ],
)
def test_who_runs_here_is_told_by_id_or_by_what_it_is_like(tmp_path: Path, text: str, wanted: str) -> None:
    path = tmp_path / "os-release"
    path.write_text(text)
    assert detect(path) == wanted


def test_without_os_release_it_is_the_kernel_alone(tmp_path: Path) -> None:
    assert detect(tmp_path / "none") == "kernel"
    assert detect() in DISTRIBUTIONS
