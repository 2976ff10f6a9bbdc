"""How large should the pool be? Pages and events as arrays, results as arrays."""

import numpy as np

import zswapbench
from zswapbench import shipped

with zswapbench.load_corpus(shipped.folder() / "redis-7.3.zpages") as corpus:
    pages = corpus.pages()
events = zswapbench.load_trace(shipped.demo_trace()).events

for codec in ("lz4", "zstd"):
    print(f"{codec}: {pages.nbytes / zswapbench.sizes(pages, codec).sum():.2f} to 1")

limits = ("10%", "20%", "40%")
results = [zswapbench.replay(events, "class-lru", corpus=pages, limit=limit) for limit in limits]
refaults = np.array([result.counters["refaults"] for result in results])
print("refaults fall:", bool((np.diff(refaults) < 0).all()))
