"""What every codec must do, whichever it is: the battery runs over all that the registry finds."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.making import PAGE, pages_of, random_page, text_page
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import MissingError, UsageError
from zswapbench.corpus.pages import PAGE_SIZES
from zswapbench.plugins.registry import CODECS, Parameter


def values(parameter: Parameter) -> list[Any]:
    """Some values of ``parameter``: the bounds, the middle, the default; of words all; none of files."""
    if parameter.choices:
        return list(parameter.choices)
    if parameter.low is None or parameter.high is None:
        return []
    return sorted({parameter.low, (parameter.low + parameter.high) // 2, parameter.default, parameter.high})


def spellings() -> list[str]:
    """Every codec by name, and with each of its parameters at some values."""
    return [
        *LEAVES,
        *(
            f"{leaf.name}:{parameter.name}={value}"
            for leaf in CODECS.leaves()
            for parameter in leaf.parameters
            for value in values(parameter)
        ),
    ]


LEAVES = [leaf.name for leaf in CODECS.leaves()]
PARAMETERS = [(leaf.name, parameter) for leaf in CODECS.leaves() for parameter in leaf.parameters]
NUMBERS = [(name, parameter) for name, parameter in PARAMETERS if parameter.low is not None]
BOUNDED = pytest.mark.parametrize(
    ("name", "parameter"), NUMBERS, ids=[f"{name}-{parameter.name}" for name, parameter in NUMBERS]
)
KERNEL = [leaf.name for leaf in CODECS.leaves() if leaf.name == leaf.kernel_name]


def make(spelling: str) -> Codec:
    """The codec that ``spelling`` asks for. Skips the test without its library."""
    try:
        codec = CODECS.choose(spelling).make()
    except MissingError as error:
        pytest.skip(str(error))
    assert isinstance(codec, Codec)
    return codec


def samples(size: int) -> list[bytes]:
    """Pages from the easiest to one that comes out larger than it went in."""
    return [bytes(size), b"\xa5" * size, b"12345678" * (size // 8), text_page(1, size), random_page(2, size)]


def test_there_are_codecs() -> None:
    assert {"lzo", "lzo-rle", "lz4", "lz4hc", "zstd", "deflate", "842"} == set(KERNEL)
    assert {"liblz4", "liblz4hc", "liblzo", "libzstd", "zlib"} == set(LEAVES) - set(KERNEL)


@pytest.mark.parametrize("size", PAGE_SIZES)
@pytest.mark.parametrize("spelling", spellings())
def test_a_page_comes_back_as_it_was(spelling: str, size: int) -> None:
    codec = make(spelling)
    for page in samples(size):
        assert codec.decompress(codec.compress(page), size) == page


@pytest.mark.parametrize("size", PAGE_SIZES)
@pytest.mark.parametrize("spelling", spellings())
def test_sizes_are_those_of_the_compressed_pages(spelling: str, size: int) -> None:
    codec = make(spelling)
    pages = samples(size)
    sizes = codec.sizes(pages_of(*pages))
    assert sizes.dtype == np.uint32
    assert sizes.tolist() == [len(codec.compress(page)) for page in pages]


@pytest.mark.parametrize("name", LEAVES)
def test_a_random_page_comes_out_larger_and_a_zero_page_tiny(name: str) -> None:
    codec = make(name)
    zero, text, random = codec.sizes(pages_of(bytes(PAGE), text_page(), random_page(3)))
    assert zero < PAGE // 32
    assert zero < text < 3 * PAGE // 4
    assert PAGE < random < PAGE + PAGE // 8


@pytest.mark.parametrize("name", LEAVES)
def test_sizes_take_any_array_of_pages(name: str) -> None:
    codec = make(name)
    pages = pages_of(*samples(PAGE))
    assert codec.sizes(pages[::2]).tolist() == codec.sizes(pages).tolist()[::2]
    assert codec.sizes(np.asfortranarray(pages)).tolist() == codec.sizes(pages).tolist()
    assert codec.sizes(pages[:0]).shape == (0,)


@pytest.mark.parametrize("name", LEAVES)
def test_two_instances_and_two_calls_agree(name: str) -> None:
    one, other = make(name), make(name)
    for page in samples(PAGE):
        assert one.compress(page) == one.compress(page) == other.compress(page)


@pytest.mark.parametrize("name", LEAVES)
@pytest.mark.parametrize("wrong", [1, 2, PAGE - 1, PAGE + 1, 2 * PAGE, 1 << 20])
def test_a_page_of_another_size_than_asked_for_is_refused(name: str, wrong: int) -> None:
    codec = make(name)
    for page in samples(PAGE):
        with pytest.raises(ValueError):
            codec.decompress(codec.compress(page), wrong)


@pytest.mark.parametrize("name", LEAVES)
def test_a_compressed_page_cut_short_or_followed_by_more_is_refused(name: str) -> None:
    codec = make(name)
    for page in samples(PAGE):
        data = codec.compress(page)
        for cut in {0, 1, len(data) // 2, len(data) - 1}:
            with pytest.raises(ValueError):
                codec.decompress(data[:cut], PAGE)
        with pytest.raises(ValueError):
            codec.decompress(data + b"\0", PAGE)


def check_garbage(codec: Codec, data: bytes, size: int) -> None:
    """Garbage may by chance mean a page, but then a whole one."""
    try:
        page = codec.decompress(data, size)
    except ValueError:
        return
    assert len(page) == size


@pytest.mark.parametrize("name", LEAVES)
@given(data=st.binary(max_size=200), size=st.sampled_from([1, 64, PAGE]))
@settings(max_examples=200, deadline=None)
def test_garbage_is_refused_and_never_gives_a_page_of_another_size(name: str, data: bytes, size: int) -> None:
    check_garbage(make(name), data, size)


@pytest.mark.parametrize("name", LEAVES)
@given(
    kind=st.integers(0, 4),
    damage=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4),
    near_start=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_damage_is_refused_or_gives_a_whole_page(
    name: str, kind: int, damage: list[tuple[int, int]], near_start: bool
) -> None:
    codec = make(name)
    data = bytearray(codec.compress(samples(PAGE)[kind]))
    for place, byte in damage:
        data[place % min(len(data), 16 if near_start else len(data))] = byte
    check_garbage(codec, bytes(data), PAGE)


def test_every_codec_with_every_parameter_has_an_identity_of_its_own() -> None:
    asked = {str(CODECS.choose(spelling)) for spelling in chain(LEAVES, spellings())}
    assert len({make(spelling).identity for spelling in asked}) == len(asked)


@pytest.mark.parametrize("spelling", spellings())
def test_the_identity_holds_name_parameters_and_library_version(spelling: str) -> None:
    codec = make(spelling)
    name, *parameters = spelling.split(":")
    words = codec.identity.split(" ")
    assert words[0] == name
    assert set(parameters) <= set(words)
    assert codec.identity.endswith(f" {codec.library_version}")
    assert re.fullmatch(r"\w+ \d+\.\d+(\.\d+)?", codec.library_version)
    assert make(spelling).identity == codec.identity


@pytest.mark.parametrize("name", LEAVES)
def test_a_codec_says_what_it_follows_and_what_it_would_be_in_a_kernel(name: str) -> None:
    leaf = CODECS.choose(name).leaf
    assert leaf.kernel_name in KERNEL
    assert leaf.help
    assert (".c" in leaf.source) == (name in KERNEL)


@pytest.mark.parametrize("name", LEAVES)
def test_the_defaults_are_the_constructor_s_own(name: str) -> None:
    choice = CODECS.choose(name)
    assert choice.leaf().arguments() == choice.chosen
    assert CODECS.choose(str(choice)) == choice


@BOUNDED
def test_both_bounds_of_a_parameter_are_allowed(name: str, parameter: Parameter) -> None:
    for value in (parameter.low, parameter.high):
        choice = CODECS.choose(f"{name}:{parameter.name}={value}")
        assert choice.make().arguments()[parameter.name] == value
        assert CODECS.choose(str(choice)) == choice


@BOUNDED
def test_what_lies_beyond_the_bounds_is_refused_with_what_is_allowed(name: str, parameter: Parameter) -> None:
    assert parameter.low is not None and parameter.high is not None
    for value in (parameter.low - 1, parameter.high + 1, 10**30, -(10**30), "", "fast", "1.5"):
        with pytest.raises(UsageError) as raised:
            CODECS.choose(f"{name}:{parameter.name}={value}")
        assert raised.value.exit_code == 2
        assert f"a number from {parameter.low} to {parameter.high}" in str(raised.value)
        assert name in str(raised.value)
