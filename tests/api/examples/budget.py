"""A policy is held to its promise by pytest; README shows this file."""

import zswapbench


def test_class_lru_frames_needs_fewer_refaults_and_flushes_than_lru() -> None:
    lru, ours = zswapbench.compare("app.trace.bin", ["lru", "class-lru-frames"], limit="20%")
    assert ours.counters["refaults"] <= 0.95 * lru.counters["refaults"]
    assert ours.counters["written_back_pages"] < lru.counters["written_back_pages"]
    assert ours.array("pool_pages").max() <= ours.setting["pool_limit_pages"]
