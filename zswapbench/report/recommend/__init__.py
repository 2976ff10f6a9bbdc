"""A recommendation, told: one sentence and its doubts, tables, and what to paste where.

* sentence.py       take this, by how much it is better and how sure that is; or why nothing is taken
* tables.py         all of it as tables, for every form of output
* wanted.py         a set-up as files of a kernel have it
* shell.py          the lines that try it now, and undo that
* configuration.py  all that there is to paste: those lines, and the files that keep it
* page.py           a part of an HTML page, with the front as a chart
"""
