"""Set-ups: what a machine does with memory that it cannot hold, each in one file, found by its name.

``base`` has what a set-up says of itself, and what all of them stand on. ``spec`` reads the words of the command line.
Adding a set-up means adding a file, and its name to the help of 'machine'.
"""
