"""Codec speed: the kernel's codecs, as compiled here, against the libraries' of the same format.

Both are called page by page through the same interface, on the same pages, in turns; the ratios are of the
medians of the rounds. 842 no library has: it is told in megabytes a second, with lz4 of the same run beside it.
"""

from __future__ import annotations

import argparse

import numpy as np

from zswapbench.corpus.pages import Kind
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.shipped import folder
from zswapbench.plugins.registry import CODECS
from zswapbench.runs.codec_speed import PAGES, Speed, measure

PAIRS = {"lz4": "liblz4", "lzo": "liblzo", "lzo-rle": "liblzo", "lz4hc": "liblz4hc"}
PAGE_SIZE = 4096


def main() -> None:
    """One line for each pair, and one for 842."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", default=sorted(folder().glob("*.zpages")))
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    parts = []
    for path in options.corpora:
        with Corpus(path) as corpus:
            pages = corpus.pages()[corpus.kinds == Kind.OTHER]
            parts.append(pages[:: -(-len(pages) * len(options.corpora) // PAGES)])
    sample = np.random.default_rng(0).permutation(np.concatenate(parts))
    names = [*dict.fromkeys([*PAIRS, *PAIRS.values()]), "842"]
    choices = [CODECS.choose(name) for name in names]
    found = dict(zip(names, measure(sample, choices, options.rounds, threads=1), strict=True))
    for ours, theirs in PAIRS.items():
        print(f"{ours:8} against {theirs:9} {compared(found[ours], found[theirs])}")
    rates = [PAGE_SIZE / rounds.ns * 1000 for rounds in (found["842"].compress, found["842"].decompress)]
    print(
        f"842      compresses {rates[0]:.0f} MB/s, decompresses {rates[1]:.0f} MB/s, "
        f"{found['842'].compress.ns / found['lz4'].compress.ns:.1f} times as long as lz4 to compress"
    )


def compared(ours: Speed, theirs: Speed) -> str:
    """Pages a second of ours by theirs."""
    return (
        f"compresses {theirs.compress.ns / ours.compress.ns:.2f} of its pages a second "
        f"({ours.compress.ns:,.0f} and {theirs.compress.ns:,.0f} ns a page), "
        f"decompresses {theirs.decompress.ns / ours.decompress.ns:.2f} "
        f"({ours.decompress.ns:,.0f} and {theirs.decompress.ns:,.0f})"
    )


if __name__ == "__main__":
    main()
