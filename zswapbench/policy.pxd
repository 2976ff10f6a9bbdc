from zswapbench.plugins.watchdog cimport Calls
from zswapbench.sim.policies.base cimport FlushPolicy


cdef class CompiledSide(FlushPolicy):
    # the methods of the subclass
    cdef object store
    cdef object load
    cdef object refault
    cdef object remove
    cdef object name_victim
    cdef object view
    cdef long long held
    cdef Calls calls

    cdef void end_call(self, str method, object error) except *
    cdef void blame_call(self, str method, object error, bint late) except *
    cdef int entry_in(self, object answer) except? -1
    cdef void find_methods(self) except *
