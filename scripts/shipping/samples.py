"""Make samples by zswapbench's own commands, refuse those that tell of this machine, and put the rest in place."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from workloads.leaks import find_secrets

PAGE = 4096
CORPORA = Path(__file__).resolve().parents[2] / "corpora"
HEAD = (
    "# Written by the scripts that made the samples: where each comes from, and the command that made it.\n"
)


class ShippingError(Exception):
    """A sample cannot be made, or must not be published."""


@dataclass(frozen=True)
class Sample:
    """A file, and what the manifest says of it beside its size and digest, in this order."""

    name: str
    facts: dict[str, str | int]


def run(command: list[str], folder: Path) -> str:
    """Run in ``folder`` with relative names, so that no path of this machine gets into the provenance.

    Returns the command as the manifest shows it. Raises ShippingError if it fails.
    """
    told = shlex.join(command)
    print(f"  {told}", flush=True)
    try:
        subprocess.run(command, cwd=folder, check=True)
    except FileNotFoundError:
        raise ShippingError(f"no {command[0]} on PATH; activate the environment it is installed in") from None
    except subprocess.CalledProcessError as error:
        raise ShippingError(f"{told} ended with {error.returncode}") from None
    return told


def pages_in(corpus: Path) -> int:
    """Distinct pages in a ``.zpages``; the header of an .npy is shorter than a page."""
    with zipfile.ZipFile(corpus) as archive:
        return archive.getinfo("pages.npy").file_size // PAGE


def publish(folder: Path, samples: list[Sample], corpora: Path) -> None:
    """Move the ``samples`` from ``folder`` to ``corpora`` and enter them into its manifest.

    Raises ShippingError, and deletes them, if any of them tells of this machine.
    """
    _refuse_secrets(folder, samples)
    corpora.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        target = corpora / sample.name
        shutil.move(folder / sample.name, target)
        target.chmod(0o644)  # checked just now: no secret that 0600 would have to keep
        print(f"  {target}: {target.stat().st_size >> 10} KiB")
    _enter(corpora, samples)


def _refuse_secrets(folder: Path, samples: list[Sample]) -> None:
    finds = [find for sample in samples for find in find_secrets(folder / sample.name)]
    if not finds:
        return
    for sample in samples:
        (folder / sample.name).unlink()
    raise ShippingError("\n".join(["refused, this must not be published:", *finds]))


def _enter(corpora: Path, samples: list[Sample]) -> None:
    """Write ``samples`` into MANIFEST.toml; what it says of other files stays."""
    path = corpora / "MANIFEST.toml"
    tables = _tables(path.read_text()) if path.exists() else {}
    tables |= {sample.name: _table(corpora, sample) for sample in samples}
    beside = path.with_suffix(".toml.new")
    beside.write_text("\n".join([HEAD, *(tables[name] for name in sorted(tables))]))
    beside.replace(path)


def _tables(text: str) -> dict[str, str]:
    """File name -> its table as text, of a manifest written here."""
    blocks = [block.strip() + "\n" for block in text.split("\n\n") if block.strip().startswith('["')]
    return {block[2 : block.index('"]')]: block for block in blocks}


def _table(corpora: Path, sample: Sample) -> str:
    content = (corpora / sample.name).read_bytes()
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), **sample.facts}
    lines = (
        f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
        for name, value in facts.items()
    )
    return "\n".join([f'["{sample.name}"]', *lines, ""])
