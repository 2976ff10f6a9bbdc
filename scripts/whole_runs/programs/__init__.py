"""The programs that record-refs records, one file each: those of recording/programs, smaller, with loads that end.

A load returns when the program waits for more, with all that it did still in its memory: then its core is taken.
"""
