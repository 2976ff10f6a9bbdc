from zswapbench.sim.locks.cpus import Cpus

class Locks(Cpus):
    def counted(self) -> list[dict[str, int]]: ...
