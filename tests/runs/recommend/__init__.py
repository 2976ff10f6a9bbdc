"""Tests of zswapbench.runs.recommend."""
