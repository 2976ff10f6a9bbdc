"""What is to be pasted: each line is what a shell, systemd, sysctl or a file of the kernel takes.

Lines for a shell are run here where they touch files alone, below a folder in place of /sys and /run. What they do to
kernels was looked at in qemu; docs/recommend.md tells what was seen.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.made import of_zram
from tests.report.recommend.made import RAM, candidate, recommendation, replayed
from zswapbench.report.recommend.configuration import Paste, configuration_of
from zswapbench.rules.watermarks import min_free_kbytes

SPECS = (
    "disk",
    "zswap,zstd,max-pool-percent=40,accept-threshold-percent=80,shrinker=1",
    "zswap,lz4,pool=zbud",
    "zram,zstd:level=9,disksize=1536MiB,mem-limit=512MiB",
    "zram,lz4,recomp-algorithm=zstd,recompress=idle,threshold=3000,every=90s,idle=30min",
    "zram,lz4,backing=emmc,backing-size=1GiB,writeback=huge_idle,writeback-limit=400MiB,every=1500ms,idle=1h",
    "zram+disk,lz4,disksize=1GiB",
    "zswap+zram,lzo,zram-codec=zstd,disksize=1GiB",
)
DISTRIBUTIONS = ("debian", "fedora", "arch", "kernel")


def pastes(spec: str, distribution: str = "debian", kernel: str = "6.12", **setting: object) -> list[Paste]:
    machine = {**recommendation().machine, "watermark_scale_factor": 10, **setting}
    return configuration_of(candidate(spec), kernel, distribution, machine)


def files(some: list[Paste]) -> dict[str, str]:
    return {one.path: one.text for one in some if one.path}


def scripts(some: list[Paste]) -> list[str]:
    return [one.text for one in some if not one.path and one.text.startswith("sudo")]


def moved(text: str, to: Path) -> str:
    """A script without sudo, that has the kernel's files below ``to``."""
    return re.sub(r"(?<!\w)/(sys|run|proc)/", rf"{to}/\1/", text.replace("sudo ", ""))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("spec", SPECS)
def test_each_script_is_one_that_a_shell_takes(spec: str, distribution: str) -> None:
    some = scripts(pastes(spec, distribution))
    assert some
    for text in some:
        assert text.startswith("sudo sh -eu <<'END'\n")
        assert text.endswith("\nEND\n")
        inside = text.removeprefix("sudo sh -eu <<'END'\n").removesuffix("END\n")
        for whole in (text, inside):
            done = subprocess.run(["sh", "-n"], input=whole, text=True, capture_output=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), whole


def test_shellcheck_has_nothing_to_say_of_any_script() -> None:
    assert shutil.which("shellcheck"), "run scripts/check, or install shellcheck"
    texts = {
        text.replace("sudo sh -eu <<'END'\n", "set -eu\n").removesuffix("END\n")
        for spec in SPECS
        for distribution in DISTRIBUTIONS
        for text in scripts(pastes(spec, distribution))
    }
    for text in texts:
        done = subprocess.run(
            ["shellcheck", "--shell=sh", "-"], input=text, text=True, capture_output=True, check=False
        )
        assert not done.stdout, text


def test_zswap_is_set_up_and_put_back_by_the_lines_themselves(tmp_path: Path) -> None:
    before = {
        "compressor": "lzo",
        "zpool": "zbud",
        "max_pool_percent": "20",
        "accept_threshold_percent": "90",
        "shrinker_enabled": "N",
        "enabled": "N",
        "same_filled_pages_enabled": "Y",
    }
    parameters = tmp_path / "sys/module/zswap/parameters"
    parameters.mkdir(parents=True)
    (tmp_path / "run").mkdir()
    cluster = tmp_path / "proc/sys/vm/page-cluster"
    cluster.parent.mkdir(parents=True)
    cluster.write_text("3\n")
    for name, value in before.items():
        (parameters / name).write_text(f"{value}\n")

    def run(text: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh"], input=moved(text, tmp_path), text=True, capture_output=True, check=check
        )

    def there() -> dict[str, str]:
        return {path.name: path.read_text().strip() for path in parameters.iterdir()}

    tried, undone, *_ = scripts(pastes(SPECS[1], page_cluster=0))
    shown = run(tried).stdout
    wanted = {
        **before,
        "compressor": "zstd",
        "zpool": "zsmalloc",
        "max_pool_percent": "40",
        "accept_threshold_percent": "80",
        "shrinker_enabled": "Y",
        "enabled": "Y",
    }
    assert (there(), cluster.read_text()) == (wanted, "0\n")
    assert "compressor:zstd" in shown
    second = run(scripts(pastes(SPECS[2]))[0], check=False)
    assert (second.returncode, second.stderr) == (1, "a trial is in force: undo it first\n")
    assert there() == wanted
    run(undone)
    assert (there(), cluster.read_text()) == (before, "3\n")
    run(scripts(pastes("disk"))[0])
    assert there() == before


def test_a_trial_of_a_zram_that_ended_half_way_is_undone(tmp_path: Path) -> None:
    control, run = tmp_path / "sys/class/zram-control", tmp_path / "run"
    for folder in (control, run, tmp_path / "proc/sys/vm"):
        folder.mkdir(parents=True)
    (control / "hot_add").write_text("7\n")
    (tmp_path / "proc/swaps").write_text("Filename Type Size Used Priority\n/dev/zram77 partition 8 0 -2\n")
    tried, undone, *_ = (moved(text, tmp_path) for text in scripts(pastes("zram,lz4", page_cluster=3)))
    ended = subprocess.run(["sh"], input=tried, text=True, capture_output=True, check=False)
    assert ended.returncode  # there is no /sys/block/zram7
    assert (run / "zram.tried").exists()
    subprocess.run(["sh"], input=undone, text=True, capture_output=True, check=True)
    assert (control / "hot_remove").read_text() == "7\n"
    assert not [*run.iterdir()]


def test_a_line_that_the_kernel_refuses_ends_the_trial_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    text = moved(scripts(pastes(SPECS[1]))[0], tmp_path)
    done = subprocess.run(["sh"], input=text, text=True, capture_output=True, check=False)
    assert done.returncode
    assert "can't cd" in done.stderr or "cannot" in done.stderr.lower()


def test_tmpfiles_writes_each_parameter(tmp_path: Path) -> None:
    text = files(pastes(SPECS[1]))["/etc/tmpfiles.d/zswap.conf"]
    parameters = tmp_path / "sys/module/zswap/parameters"
    parameters.mkdir(parents=True)
    for line in text.splitlines():
        (parameters / Path(line.split()[1]).name).touch()
    (tmp_path / "zswap.conf").write_text(text)
    command = ["systemd-tmpfiles", f"--root={tmp_path}", "--create", str(tmp_path / "zswap.conf")]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    written = {path.name: path.read_text() for path in parameters.iterdir()}
    assert written == {
        "compressor": "zstd",
        "zpool": "zsmalloc",
        "max_pool_percent": "40",
        "accept_threshold_percent": "80",
        "shrinker_enabled": "Y",
        "enabled": "Y",
    }


def test_a_set_up_without_zswap_has_it_off_at_each_start() -> None:
    for spec in ("disk", SPECS[3], "zram+disk,lz4"):
        text = files(pastes(spec))["/etc/tmpfiles.d/zswap.conf"]
        assert text == "w /sys/module/zswap/parameters/enabled - - - - N\n"


@pytest.mark.parametrize(
    ("kernel", "there"), [("6.12", True), ("6.17", True), ("6.18", False), ("7.3", False)]
)
def test_zpool_is_set_only_where_a_kernel_has_that_parameter(kernel: str, there: bool) -> None:
    texts = [one.text for one in pastes("zswap,zstd", kernel=kernel)]
    assert any("zpool" in text for text in texts) == there


def test_the_zram_comes_in_the_order_that_the_kernel_takes() -> None:
    lines = scripts(pastes(SPECS[3]))[0].splitlines()
    order = [
        "echo zstd > comp_algorithm",
        "echo 'algo=zstd level=9' > algorithm_params",
        f"echo {1536 << 20} > disksize",
        f"echo {512 << 20} > mem_limit",
        'mkswap "/dev/zram$n"',
        'swapon -p 100 "/dev/zram$n"',
    ]
    assert [line for line in lines if line in order] == order
    assert files(pastes(SPECS[3]))["/etc/systemd/zram-generator.conf.d/90-swap.conf"] == (
        "[zram0]\nzram-size = 1536\ncompression-algorithm = zstd(level=9)\nzram-resident-limit = 512\n"
        "swap-priority = 100\n"
    )


def test_rounds_of_upkeep_are_the_runs_in_the_trial_and_in_the_units() -> None:
    some = pastes(SPECS[4])
    tried = scripts(some)[0]
    assert "echo 'algo=zstd priority=1' > recomp_algorithm\necho 1073741824 > disksize" in tried
    assert 'while sleep 90; do\n    echo 1800 > /sys/block/zram"$n"/idle || true\n' in tried
    kept = files(some)
    assert "compression-algorithm = lz4 zstd\n" in kept["/etc/systemd/zram-generator.conf.d/90-swap.conf"]
    assert (
        "ExecStart=/bin/sh -c \"echo 'type=idle threshold=3000' > /sys/block/zram0/recompress || true\"\n"
        in kept["/etc/systemd/system/zram-upkeep.service"]
    )
    assert "OnUnitActiveSec=90s\n" in kept["/etc/systemd/system/zram-upkeep.timer"]
    limit = next(one for one in pastes(SPECS[5]) if one.path.endswith(".service"))
    assert "writeback_limit_enable 1, writeback_limit 102400" in limit.why


@pytest.mark.parametrize("spec", [SPECS[4], SPECS[5]])
def test_systemd_takes_the_units(spec: str, tmp_path: Path) -> None:
    units = {path: text for path, text in files(pastes(spec)).items() if "/system/" in path}
    for path, text in units.items():
        (tmp_path / Path(path).name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / Path(path).name) for path in units)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "zram-upkeep" in line]
    assert len(units) == 2
    assert not complaints


def test_sysctls_are_those_that_the_run_had_otherwise_than_a_kernel(tmp_path: Path) -> None:
    usual = min_free_kbytes(RAM)
    path = "/etc/sysctl.d/90-swap.conf"
    text = files(pastes("disk", page_cluster=0, watermark_scale_factor=125, min_free_kbytes=9000))[path]
    assert text == "vm.page-cluster = 0\nvm.watermark_scale_factor = 125\nvm.min_free_kbytes = 9000\n"
    assert path not in files(pastes("disk", page_cluster=3, watermark_scale_factor=10, min_free_kbytes=usual))
    (tmp_path / "90-swap.conf").write_text(text)
    done = subprocess.run(
        ["/usr/sbin/sysctl", "--dry-run", "-p", str(tmp_path / "90-swap.conf")],
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, text)


def test_a_command_line_is_set_by_the_distributions_own_means() -> None:
    debian = pastes("zswap,zstd")[-2].text
    assert 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT$zswap"\n' in debian
    words = "zswap.enabled=1 zswap.compressor=zstd zswap.zpool=zsmalloc zswap.max_pool_percent=20"
    cfg = debian.partition("<<'CFG'\n")[2].partition("CFG\n")[0]
    shown = subprocess.run(
        ["sh", "-c", f'GRUB_CMDLINE_LINUX_DEFAULT=quiet\n{cfg}\necho "$GRUB_CMDLINE_LINUX_DEFAULT"'],
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    assert shown == f"quiet {words} zswap.accept_threshold_percent=90 zswap.shrinker_enabled=N\n"
    assert 'grubby --update-kernel=ALL --args="$args"' in pastes("zswap,zstd", "fedora")[-2].text
    arch = pastes("zswap,zstd", "arch")[-2]
    assert arch.text.startswith("zswap.enabled=1 \\\nzswap.compressor=zstd")
    assert not any("command line" in one.title for one in pastes("zram,zstd", "arch"))


def test_all_that_is_kept_is_undone() -> None:
    for spec in SPECS:
        some = pastes(spec)
        for path in files(some):
            assert f"rm -f {path}\n" in some[-1].text
        timer = any(path.endswith(".timer") for path in files(some))
        assert ("systemctl disable --now zram-upkeep.timer\n" in some[-1].text) == timer


def test_a_zram_alone_is_told_to_have_no_other_swap_beside_it_at_each_start() -> None:
    for spec, alone in (("zram,lz4", True), ("zram+disk,lz4", False), (SPECS[-1], True)):
        zram = next(one for one in pastes(spec) if "zram-generator" in one.path)
        assert ("take what there is out of /etc/fstab" in zram.why) == alone


def test_a_replayed_limit_that_is_no_share_of_ram_is_told_and_not_set() -> None:
    some = configuration_of(replayed("lru,era=6.12"), "6.12", "debian", {})
    assert not any("max_pool_percent=" in one.text or "> max_pool_percent" in one.text for one in some)
    assert "page frames, whatever RAM there is: set max_pool_percent to that share of yours" in some[0].why


def test_nothing_is_to_be_pasted_for_a_zram_that_was_replayed() -> None:
    assert configuration_of(candidate("zram", result=of_zram()), "6.12", "debian", {}) == []
