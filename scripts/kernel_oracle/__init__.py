"""What scripts/kernel-oracle is made of: the machine's job, what it tells, the files made of that."""
