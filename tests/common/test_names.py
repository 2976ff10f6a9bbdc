"""What is said of a name that nothing has."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.common.names import likeliest, offer
from zswapbench.plugins.registry import CODECS, POLICIES
from zswapbench.results.thresholds import thresholds_of
from zswapbench.rules.devices import choose_device
from zswapbench.rules.era_choice import choose_era


def test_case_and_length_do_not_matter() -> None:
    assert likeliest("ZSTD", ["lz4", "zstd"]) == "did you mean zstd?"
    assert likeliest("x" * 100_000, ["lz4"]) == ""


def test_without_any_name_there_are_none() -> None:
    assert offer("lz4", []) == "there are: none"


@pytest.mark.parametrize(
    ("choose", "name", "meant"),
    [
        (CODECS.choose, "zsdt", "zstd"),
        (CODECS.choose, "lz5", "lz4"),
        (CODECS.choose, "libzstd:levle=3", "level"),
        (POLICIES.choose, "clas-lru", "class-lru"),
        (choose_device, "sssd", "ssd"),
        (choose_era, "lunix-6.12", "linux-6.12"),
        (choose_era, "linux-6.12:bad_evicts=3", "band_evicts"),
        (lambda text: thresholds_of([text]), "refualts:2%", "refaults"),
    ],
)
def test_every_family_says_what_was_probably_meant(choose: object, name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"did you mean {meant}\?"):
        choose(name)  # type: ignore[operator]
