"""From a program to one set-up for it: what is given, what the kernel offers, the search, and the judgement.

asking    what was given -> a corpus, and references or a trace
traffic   references that are made where nobody recorded any
space     the set-ups that a kernel offers
trials    some of these tried with some part of the work
search    few of many: each round drops the worst, and gives the rest more of the work
judging   one of few, or none: margins, draws, ties
ram       the least RAM in which a set-up does
replayed  the same over a trace, where no loop can be closed
story     all of it in order
"""
