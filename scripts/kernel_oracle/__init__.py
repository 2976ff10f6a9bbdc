"""What scripts/kernel-oracle is made of: the kernel to boot, the machine, what it tells, the files made of that."""
