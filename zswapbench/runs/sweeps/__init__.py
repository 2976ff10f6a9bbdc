"""Sweeps: a grid of what can be asked for, over many traces, run on all cores or many machines, each run once.

    axes ──► planning ──► contract: Task ──► a Scheduler (local, cluster), which has working.do run it ──► Outcome
                                                                                        story: one by one into the store

``story`` is the whole. A run that was done is not done again: the store knows it by the key of all that decides it.
"""
