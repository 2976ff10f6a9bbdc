"""Pages, and what they cost.

A corpus is the set of distinct pages of one or more dumps, and the address of each. Dumps come in, as runs of bytes
(``importing``); a ``.zpages`` file goes out (``writing``) and is opened again (``reading``). Pages that a program has
in memory are a corpus, too (``in_memory``). A corpus and a codec give the compressed bytes of each page (``sizes``),
which is all that a replay wants to know of a page:

    dumps ──► importing ──► writing ──► a.zpages ──► reading ──► sizes ──► uint32[n]
                                                                   ▲
                                                                 codecs
The room does not know what a trace does with the pages, nor the rules of any kernel, nor a terminal.
"""
