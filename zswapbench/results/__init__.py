"""What came out of runs: records, the figures in them, and the gate that holds one against another.

Counters of a replay come in. ``counters`` has a sentence for each, ``metrics`` derives from them what people compare,
``records`` is one run as a whole with its JSON form; ``zram`` is the same of a run of zram. ``files`` reads such JSON
back, of any version. The gate takes a baseline, a result, and thresholds in a small grammar (``thresholds``); verdicts
go out (``gate``).

The room must not know how a run is made, nor how results are shown: no replay, no table, no colour, no exit code.
"""
