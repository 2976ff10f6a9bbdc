"""The rules of each format, one at a time: a stream that keeps to the rule, and its neighbour that does not.

A neighbour differs in what the rule is about only, so that nothing else can be why it is refused.
"""

from __future__ import annotations

import pytest

from tests.making import random_page
from tests.model import sw842
from zswapbench.codecs.base import Codec
from zswapbench.plugins.registry import CODECS

REFUSED = None
NOISE = random_page(1, 65536)


def make(name: str) -> Codec:
    """The codec of this name."""
    codec = CODECS.choose(name).make()
    assert isinstance(codec, Codec)
    return codec


def check(name: str, data: bytes, page: bytes | None, size: int | None = None) -> None:
    """``data`` means ``page``; if that is REFUSED, it means no page of ``size`` bytes."""
    if page is None:
        assert size is not None
        with pytest.raises(ValueError, match=f"is no {name} stream of {size} bytes"):
            make(name).decompress(data, size)
    else:
        assert make(name).decompress(data, len(page)) == page


def numbered(cases: list[tuple[str, bytes, bytes | None, int | None]]) -> pytest.MarkDecorator:
    """Cases with the rule in words first, which is the name of the test."""
    return pytest.mark.parametrize(
        ("data", "page", "size"), [case[1:] for case in cases], ids=[case[0] for case in cases]
    )


# ---- lz4: token, literals, distance; halves of the token are 15 if bytes of length follow


TAIL = b"bcdefghijklm"
REST = b"\xc0" + TAIL
"""A last sequence that is long enough for a match to begin right before it."""
LZ4 = [
    ("literals alone", b"\x50abcde", b"abcde", None),
    ("nothing at all", b"", REFUSED, 1),
    ("a token alone is an empty page", b"\x00", b"", None),
    ("and no page of a byte", b"\x00", REFUSED, 1),
    ("a page of more than it means", b"\x50abcde", REFUSED, 6),
    ("a page of less than it means", b"\x50abcde", REFUSED, 4),
    ("literals cut off", b"\x50abcd", REFUSED, 5),
    ("a byte behind the end", b"\x50abcde\x00", REFUSED, 5),
    # Distances: two bytes, little-endian, 1 at least, into the page.
    ("distance 1", b"\x10a\x01\x00" + REST, b"aaaaa" + TAIL, None),
    ("distance 0", b"\x10a\x00\x00" + REST, REFUSED, 17),
    ("a distance to before the page", b"\x10a\x02\x00" + REST, REFUSED, 17),
    ("a distance to the page's first byte", b"\x20ab\x02\x00" + REST, b"ababab" + TAIL, None),
    ("a distance of 256, to before the page", b"\x10a\x00\x01" + REST, REFUSED, 17),
    ("a match before any literal", b"\x00\x01\x00" + REST, REFUSED, 16),
    ("a distance cut off", b"\x10a\x01", REFUSED, 5),
    (
        "the farthest distance",
        b"\xf0" + b"\xff" * 256 + b"\xf0" + NOISE[:65535] + b"\xff\xff" + REST,
        NOISE[:65535] + NOISE[:4] + TAIL,
        None,
    ),
    # The last five bytes are literals, and a sequence without a match is the last.
    ("a match to five bytes before the end", b"\x13a\x01\x00\x50bcdef", b"a" * 8 + b"bcdef", None),
    ("a match to four bytes before the end", b"\x14a\x01\x00\x40bcde", REFUSED, 13),
    ("a match that begins twelve bytes before the end", b"\x10a\x01\x00\x80bcdefghi", b"aaaaabcdefghi", None),
    ("a match that begins eleven bytes before the end", b"\x10a\x01\x00\x70bcdefgh", REFUSED, 12),
    ("no literals at the end, but a token", b"\x18a\x01\x00\x00", REFUSED, 13),
    ("no last sequence", b"\x18a\x01\x00", REFUSED, 13),
    # Lengths: bytes to be added, up to the first that is not 255.
    ("15 literals", b"\xf0\x00" + NOISE[:15], NOISE[:15], None),
    ("15 literals without their byte of length", b"\xf0" + NOISE[1:16], REFUSED, 15),
    ("270 literals", b"\xf0\xff\x00" + NOISE[:270], NOISE[:270], None),
    ("a length of literals cut off", b"\xf0\xff", REFUSED, 270),
    ("a match of 19", b"\x1fa\x01\x00\x00" + REST, b"a" * 20 + TAIL, None),
    ("a match of 274", b"\x1fa\x01\x00\xff\x00" + REST, b"a" * 275 + TAIL, None),
    ("a length of a match cut off", b"\x1fa\x01\x00\xff", REFUSED, 275),
    ("more literals than the page has", b"\xf0\xff\x01" + NOISE[:271], REFUSED, 270),
    ("a match longer than the page", b"\x1fa\x01\x00\xff\x01" + REST, REFUSED, 275),
]


@pytest.mark.parametrize("name", ["lz4", "lz4hc"])
@numbered(LZ4)
def test_lz4_keeps_to_its_rules(name: str, data: bytes, page: bytes | None, size: int | None) -> None:
    check(name, data, page, size)


# ---- lzo: instructions with 0 to 3 literals behind them. A stream of five bytes or more may begin with 17 and
# a version; another first byte above 17 stands for itself less 17 literals.


END = b"\x11\0\0"
FIRST = b"\x16abcde"


def run(literals: bytes) -> bytes:
    """A row of literals behind none: for a stream's begin."""
    rest = len(literals) - 18
    return bytes(1 + (rest - 1) // 255) + bytes([(rest - 1) % 255 + 1]) + literals


BACK_2049 = run(NOISE[:2049]) + b"\x00\x00" + END
"""Behind four literals or more, a code below 16 is a match of three bytes from beyond 2 KiB."""

LZO = [
    ("literals at once", FIRST + END, b"abcde", None),
    ("nothing at all", b"", REFUSED, 1),
    ("an end alone is an empty page", END, b"", None),
    ("and no page of a byte", END, REFUSED, 1),
    ("a page of more than it means", FIRST + END, REFUSED, 6),
    ("a page of less than it means", FIRST + END, REFUSED, 4),
    # Versions.
    ("version 0", b"\x11\x00" + FIRST + END, b"abcde", None),
    ("version 1", b"\x11\x01" + FIRST + END, b"abcde", None),
    ("version 2", b"\x11\x02" + FIRST + END, REFUSED, 5),
    ("version 255", b"\x11\xff" + FIRST + END, REFUSED, 5),
    ("a version, and the end", b"\x11\x01" + END, b"", None),
    ("no version in a stream of four bytes", b"\x11\x01\x00\x00", REFUSED, 1),
    # The end: a match of three bytes whose distance is none.
    ("no end", FIRST, REFUSED, 5),
    ("an end cut off", FIRST + b"\x11\0", REFUSED, 5),
    ("an end of four bytes' length", FIRST + b"\x12\0\0", REFUSED, 5),
    ("an end with its length in a byte", FIRST + b"\x10\x01\0\0", REFUSED, 5),
    ("a byte behind the end", FIRST + END + b"\0", REFUSED, 5),
    ("a second end", FIRST + END + END, REFUSED, 5),
    ("an end in the middle", FIRST + END + b"\x02fghij" + END, REFUSED, 10),
    # The first byte: 18 to 20 are one to three literals, behind which codes below 16 are matches of two bytes.
    ("first byte 17 is no literal", b"\x11a" + END, REFUSED, 1),
    ("first byte 18", b"\x12a\x00\x00" + END, b"aaa", None),
    ("first byte 19", b"\x13ab\x04\x00" + END, b"abab", None),
    ("first byte 20", b"\x14abc\x08\x00" + END, b"abcab", None),
    ("first byte 20, the match to before the page", b"\x14abc\x0c\x00" + END, REFUSED, 5),
    ("first byte 21 is a long row", b"\x15abcd\x00\x00" + END, REFUSED, 7),
    ("and behind one, distances begin at 2049", BACK_2049, NOISE[:2049] + NOISE[:3], None),
    ("which may be before the page", run(NOISE[:2048]) + b"\x00\x00" + END, REFUSED, 2051),
    ("first byte 255", b"\xff" + NOISE[:238] + END, NOISE[:238], None),
    ("first byte 255, one literal short", b"\xff" + NOISE[:237] + END, REFUSED, 238),
    ("more literals at once than the page has", b"\x17abcdef" + END, REFUSED, 5),
    # Rows of literals, behind none.
    ("a row of four", b"\x01abcd" + END, b"abcd", None),
    ("a row of 18", b"\x0f" + NOISE[:18] + END, NOISE[:18], None),
    ("a row of 19", b"\x00\x01" + NOISE[:19] + END, NOISE[:19], None),
    ("a row of 274", b"\x00\x00\x01" + NOISE[:274] + END, NOISE[:274], None),
    ("its length cut off", b"\x00\x00\x00", REFUSED, 274),
    ("a row cut off", b"\x0f" + NOISE[:14], REFUSED, 18),
    ("a row longer than the page", b"\x02abcde" + END, REFUSED, 4),
    # Matches, near to far, and the literals behind them.
    ("eight bytes", FIRST + b"\xe0\x00" + END, b"abcde" + b"e" * 8, None),
    ("three bytes", FIRST + b"\x50\x00" + END, b"abcde" + b"abc", None),
    ("three bytes and three literals", FIRST + b"\x53\x00xyz" + END, b"abcdeabcxyz", None),
    ("the literals beyond the page", FIRST + b"\x53\x00xyz" + END, REFUSED, 10),
    ("the literals cut off", FIRST + b"\x53\x00xy", REFUSED, 11),
    ("a near match to before the page", FIRST + b"\x54\x00" + END, REFUSED, 8),
    ("a near match beyond the page", FIRST + b"\xe0\x00" + END, REFUSED, 12),
    ("33 bytes", FIRST + b"\x3f\x00\x00" + END, b"abcd" + b"e" * 34, None),
    ("34 bytes", FIRST + b"\x20\x01\x00\x00" + END, b"abcd" + b"e" * 35, None),
    ("289 bytes", FIRST + b"\x20\x00\x01\x00\x00" + END, b"abcd" + b"e" * 290, None),
    ("a length cut off", FIRST + b"\x20\x00\x00\x00", REFUSED, 289),
    ("a distance cut off", FIRST + b"\x20\x00\x01", REFUSED, 294),
    ("a middle match to before the page", FIRST + b"\x3f\x14\x00" + END, REFUSED, 38),
    ("a middle match beyond the page", FIRST + b"\x3f\x00\x00" + END, REFUSED, 37),
    ("16 KiB back", run(NOISE[:16384]) + b"\x21\xfc\xff" + END, NOISE[:16384] + NOISE[:3], None),
    ("16 KiB and a byte back", run(NOISE[:16385]) + b"\x11\x04\x00" + END, NOISE[:16385] + NOISE[:3], None),
    ("that to before the page", run(NOISE[:16384]) + b"\x11\x04\x00" + END, REFUSED, 16387),
    ("32 KiB back", run(NOISE[:32768]) + b"\x19\x00\x00" + END, NOISE[:32768] + NOISE[:3], None),
    ("nearly 48 KiB back", run(NOISE[:49150]) + b"\x19\xf8\xff" + END, NOISE[:49150] + NOISE[:3], None),
    ("far and 10 bytes", run(NOISE[:32768]) + b"\x18\x01\x00\x00" + END, NOISE[:32768] + NOISE[:10], None),
    ("far, its length cut off", run(NOISE[:32768]) + b"\x18\x00\x00\x00", REFUSED, 32778),
    ("far and beyond the page", run(NOISE[:32768]) + b"\x19\x00\x00" + END, REFUSED, 32770),
]

V1 = b"\x11\x01" + FIRST
LZO_ZEROS = [
    # Of version 1: a far match at distance 0xBFFF is a run of zeros, whose length goes on in a fourth byte.
    ("four zeros", V1 + b"\x18\xfc\xff\x00" + END, b"abcde" + bytes(4), None),
    ("2051 zeros", V1 + b"\x1f\xfc\xff\xff" + END, b"abcde" + bytes(2051), None),
    ("zeros and three literals", V1 + b"\x1a\xff\xff\x01xyz" + END, b"abcde" + bytes(14) + b"xyz", None),
    # At the page's begin, where a code above 17 stands for literals, there is none.
    ("zeros at the page's begin", b"\x11\x01\x18\xfc\xff\x00" + END, REFUSED, 4),
    ("but literals", b"\x11\x01\x18\xfc\xff\x00abcd" + END, b"\xfc\xff\x00abcd", None),
    ("zeros beyond the page", V1 + b"\x19\xfc\xff\x00" + END, REFUSED, 9),
    ("the literals beyond the page", V1 + b"\x1a\xff\xff\x01xyz" + END, REFUSED, 21),
    ("a run cut off", V1 + b"\x18\xfc\xff", REFUSED, 9),
    ("the literals cut off", V1 + b"\x1a\xff\xff\x01xy", REFUSED, 22),
    ("another distance is none", V1 + b"\x18\xf8\xff\x00" + END, REFUSED, 9),
    ("nor is one without the high bit", V1 + b"\x10\xfc\xff\x00" + END, REFUSED, 9),
    ("nor is it one in version 0", b"\x11\x00" + FIRST + b"\x18\xfc\xff\x00" + END, REFUSED, 9),
    ("nor without a version", FIRST + b"\x18\xfc\xff\x00" + END, REFUSED, 9),
    (
        "without a version it is a match 0xBFFF bytes back",
        run(NOISE[:0xBFFF]) + b"\x19\xfc\xff" + END,
        NOISE[:0xBFFF] + NOISE[:3],
        None,
    ),
]


@pytest.mark.parametrize("name", ["lzo", "lzo-rle"])
@numbered(LZO + LZO_ZEROS)
def test_lzo_keeps_to_its_rules(name: str, data: bytes, page: bytes | None, size: int | None) -> None:
    check(name, data, page, size)


# ---- 842: bits. ``stream`` adds the end mark, the checksum of the page, and the padding.


REPEAT, ZEROS, SHORT = f"{sw842.REPEAT:05b}", f"{sw842.ZEROS:05b}", f"{sw842.SHORT:05b}"
BLOCK, OTHER = b"ABCDEFGH", b"abcdefgh"


def stream(bits: str, page: bytes) -> bytes:
    """The bits as a whole stream."""
    return sw842.finish(bits, page)


def data(block: bytes) -> str:
    """A block as it is."""
    return f"00000{int.from_bytes(block, 'big'):064b}"


def short(count: int, tail: bytes) -> str:
    """The last bytes of a page, fewer than eight."""
    return f"{SHORT}{count:03b}" + "".join(f"{byte:08b}" for byte in tail)


def index8(place: int) -> str:
    """A block that the ring of 256 has."""
    return f"{0x19:05b}{place:08b}"


def index4(place: int) -> str:
    """Four bytes that the ring of 512 has, twice."""
    return f"{0x18:05b}{place:09b}{place:09b}"


def index2(place: int) -> str:
    """Two bytes that the ring of 256 has, four times."""
    return f"{0x12:05b}" + f"{place:08b}" * 4


FLAWLESS = stream(data(BLOCK), BLOCK)
SW842 = [
    ("a block", FLAWLESS, BLOCK, None),
    ("nothing at all", b"", REFUSED, 1),
    ("an end alone is an empty page", stream("", b""), b"", None),
    ("and no page of a byte", stream("", b""), REFUSED, 1),
    ("a page of more than it means", FLAWLESS, REFUSED, 16),
    ("a page of less than it means", FLAWLESS, REFUSED, 7),
    ("a wrong checksum", stream(data(BLOCK), OTHER), REFUSED, 8),
    ("eight bytes behind the end", FLAWLESS + bytes(8), REFUSED, 8),
    ("eight bytes too few", FLAWLESS[:-8], REFUSED, 8),
    ("a byte of padding too few", FLAWLESS[:-1], REFUSED, 8),
    # Zeros, repeats, and the last bytes of a page that is no multiple of eight.
    ("zeros", stream(ZEROS, bytes(8)), bytes(8), None),
    ("zeros beyond the page", stream(ZEROS, bytes(7)), REFUSED, 7),
    ("a repeat", stream(data(BLOCK) + REPEAT + "000000", BLOCK * 2), BLOCK * 2, None),
    ("64 repeats", stream(data(BLOCK) + REPEAT + "111111", BLOCK * 65), BLOCK * 65, None),
    ("a repeat of zeros", stream(ZEROS + REPEAT + "000001", bytes(24)), bytes(24), None),
    # What lies in memory before the page, a byte string's hash that is not known yet, reads as this.
    ("a repeat without a block before", stream(REPEAT + "000000", b"\xff" * 8), REFUSED, 8),
    ("nor is it of zeros", stream(REPEAT + "000000", bytes(8)), REFUSED, 8),
    ("a repeat behind less than one", stream(short(3, b"xyz") + REPEAT + "000000", NOISE[:11]), REFUSED, 11),
    ("a repeat beyond the page", stream(data(BLOCK) + REPEAT + "000001", BLOCK * 2), REFUSED, 16),
    ("a short end", stream(data(BLOCK) + short(3, b"xyz"), BLOCK + b"xyz"), BLOCK + b"xyz", None),
    ("a short end of no bytes", stream(data(BLOCK) + short(0, b""), BLOCK), REFUSED, 8),
    ("a short end beyond the page", stream(short(3, b"xyz"), b"xy"), REFUSED, 2),
    ("a short end cut off", stream(short(7, b""), b"")[:1], REFUSED, 7),
    ("data cut off", stream(data(BLOCK), BLOCK)[:8], REFUSED, 8),
    ("data beyond the page", stream(data(BLOCK), BLOCK[:7]), REFUSED, 7),
    # Templates that are none.
    *((f"template {code:02x}", stream(f"{code:05b}", bytes(8)), REFUSED, 8) for code in (0x1A, 0x1F)),
    # An index is of what blocks before this one have put there.
    ("index of 8", stream(data(BLOCK) + index8(0), BLOCK * 2), BLOCK * 2, None),
    ("index of 8 to its own block", stream(data(BLOCK) + index8(1), BLOCK * 2), REFUSED, 16),
    ("index of 8 at the begin", stream(index8(0), bytes(8)), REFUSED, 8),
    ("index of 4", stream(data(BLOCK) + index4(1), BLOCK + b"EFGHEFGH"), BLOCK + b"EFGHEFGH", None),
    ("index of 4 to its own block", stream(data(BLOCK) + index4(2), BLOCK + b"EFGHEFGH"), REFUSED, 16),
    ("index of 4 at the begin", stream(index4(0), bytes(8)), REFUSED, 8),
    ("index of 2", stream(data(BLOCK) + index2(3), BLOCK + b"GH" * 4), BLOCK + b"GH" * 4, None),
    ("index of 2 to its own block", stream(data(BLOCK) + index2(4), BLOCK + b"GH" * 4), REFUSED, 16),
    ("index of 2 at the begin", stream(index2(0), bytes(8)), REFUSED, 8),
    ("index cut off", stream(data(BLOCK) + index8(0), BLOCK * 2)[:9], REFUSED, 16),
]


@numbered(SW842)
def test_842_keeps_to_its_rules(data: bytes, page: bytes | None, size: int | None) -> None:
    check("842", data, page, size)


@pytest.mark.parametrize("code", sw842.TEMPLATES)
def test_842_reads_each_template(code: int) -> None:
    """Behind two blocks, each index is of the words of the second, each datum is new."""
    bits, page = data(BLOCK) + data(OTHER) + f"{code:05b}", BLOCK + OTHER
    for at, part in sw842.TEMPLATES[code]:
        width = int(part[1])
        word = OTHER[at : at + width] if part[0] == "I" else NOISE[at : at + width]
        value = (8 + at) // width if part[0] == "I" else int.from_bytes(word, "big")
        bits += f"{value:0{sw842.BITS[part]}b}"
        page += word
    check("842", stream(bits, page), page)


@pytest.mark.parametrize("blocks", [1, 63, 64, 65, 128, 129, 255, 256, 257, 258, 300, 511, 512, 513, 1000])
@pytest.mark.parametrize(("width", "ring"), [(8, 256), (4, 512), (2, 256)])
def test_a_place_in_a_ring_of_842_is_what_went_there_last(width: int, ring: int, blocks: int) -> None:
    """Behind so many blocks, each place is looked at: as far back as the ring goes, and not filled yet."""
    page = NOISE[: 8 * blocks]
    bits = "".join(data(page[at : at + 8]) for at in range(0, len(page), 8))
    words = [page[at : at + width] for at in range(0, len(page), width)]
    index = {8: index8, 4: index4, 2: index2}[width]
    for place in {0, 1, ring // 2, ring - 1, *((len(words) + near) % ring for near in (-1, 0, 1))}:
        there = [word for number, word in enumerate(words) if number % ring == place]
        whole = page + there[-1] * (8 // width) if there else None
        check("842", stream(bits + index(place), whole or page + bytes(8)), whole, len(page) + 8)
