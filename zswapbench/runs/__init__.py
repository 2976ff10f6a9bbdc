"""One story for each command: which steps there are from what was asked for to a result, and in which order.

A trace or corpora come in, with options in the words of the command line; results go out. Each story knows the steps
and none of their insides:

    zswap     load ──► plan ──► replay ──► results; its steps: options, choices, loading, planning, replaying, bounds,
              drawing
    zram      the same trace under zram, then writes to its sysfs attributes
    making    a trace over the pages of a corpus
    codecs    what each codec makes of corpora; codec_speed: how fast
    limits    results replayed again under other pool limits
    checking  the baseline's results, the same settings replayed now, the judgement on both
    timing    two sides run by turns: did it get slower?

The room prints nothing and opens no output: it must not know tables, files to be written, or that there is a terminal.
"""
