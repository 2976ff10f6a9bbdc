"""Benchmarks: each compares two things in one run, so that its ratio holds on another machine. Not tests.

python -m tests.perf           one table: replays against libCacheSim, swap types by turns, start-up
python -m tests.perf.growth    seconds and memory of replays of a million to a billion events
python -m tests.perf.replay    memory for each offset that is held, by policy
python -m tests.perf.codecs    pages per second of the kernel's codecs, against the libraries' of the same format
python -m tests.perf.compressed_sizes     pages per second, against the codec library's own loop; one worker against all
python -m tests.perf.traffic   events per second of 'trace info', against counting the events
python -m tests.perf.imports   bytes per second and peak memory, against reading and hashing the file
"""
