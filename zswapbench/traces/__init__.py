"""Traces of swap events: the file (format), what is in it (scan), and making one (synth, reclaim).

access pattern ──► references ──► reclaim ──► events ──► trace.bin
   synth            address,       LRU of       STORE, LOAD,
                    read/write     a memory     INVALIDATE, FLUSH
"""
