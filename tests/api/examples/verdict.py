"""From a core dump to a verdict; docs/python.md shows this file."""

import zswapbench

corpus = zswapbench.import_corpus("app.core", "app.zpages")
print(*corpus.remarks, sep="\n")

trace = zswapbench.make_trace(corpus, "app.trace.bin", pattern="phase", memory="40%")
specs = ["lru", "class-lru-frames", "lru,codec=zstd"]
results = zswapbench.compare(trace, specs, corpus=corpus, limit="10%")
print(results.to_pandas()[["device_writes", "refaults", "pool_pages_mean"]])

zswapbench.make_report(results, "report.html")
zswapbench.make_report(results[0], "base.json")

judgement = zswapbench.check(results[1], "base.json", fail_on=["device writes:2%", "refaults:2%"])
print(zswapbench.make_report(judgement))
print("passed:", judgement.passed)
