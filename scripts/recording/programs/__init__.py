"""The programs that record-trace records, one file each; a further one is one more file.

A file says which packages the program needs, which data it works on (made here, from a seed), its command, and the
load that it is put under (in the machine). It ends with its ``PROGRAM``. base.py has what they share; NAME_inside.py is
what runs as the program itself.
"""
