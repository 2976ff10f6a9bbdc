"""Into corpora/: files that zswapbench makes, searched for secrets, with an entry in MANIFEST.toml each."""
