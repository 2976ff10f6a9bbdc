"""Policies side by side, as a data frame and as a page; README shows this file."""

import zswapbench
from zswapbench import shipped

results = zswapbench.compare(shipped.demo_trace(), ["lru", "class-lru", "fifo"])
print(results.to_pandas()[["device_writes", "refaults", "written_back_pages"]])
zswapbench.make_report(results, "report.html")
