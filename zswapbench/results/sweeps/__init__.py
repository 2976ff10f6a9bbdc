"""Sweeps: many runs in one file, an SQLite database, with the figures that they are looked through by.

``store`` is that file, ``columns`` says which figures of a run stand in columns of their own.
"""
