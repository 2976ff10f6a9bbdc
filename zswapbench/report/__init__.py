"""Reports: results in, text out. One file for each form; none of them opens a file or looks at a terminal.

Two steps: ``tables`` and its kin (``*_tables``, ``ranking``, ``class_table``) turn results into tables, ``answers``
into sentences, ``curves`` and ``charts`` into drawings. Then ``console``, ``markdown``, ``csv`` and ``json`` write
tables as text, and know no result; ``html`` puts all of it on one page, and ``junit`` is the gate's judgement for CI.

The room must not know how a result was made or what was typed: it computes no figure that the result does not have,
and somebody else writes the text out.
"""
