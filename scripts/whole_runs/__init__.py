"""Whole runs under valgrind's lackey, and cores of their ends: what record-refs is made of."""
