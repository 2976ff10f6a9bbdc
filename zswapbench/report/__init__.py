"""Reports: results in, text out. One file for each form; none of them opens a file or looks at a terminal.

tables.py turns results into tables, answers.py into sentences; console, markdown, csv and json write them.
"""
