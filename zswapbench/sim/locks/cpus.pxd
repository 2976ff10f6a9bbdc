from zswapbench.sim.locks.operation cimport Operation

cdef enum:
    MOST_DEPTH = 8      # locks held at once
    BUCKETS = 2048      # of a histogram of latencies
    CPU_BITS = 12       # of an event's key

# What an instruction does. The order is that of zswapbench.sim.locks.programs.
cdef enum:
    RUN = 0             # ``ns``
    COMPRESS = 1        # as long as the page takes
    DECOMPRESS = 2
    COPY = 3
    TAKE = 4            # ``lock``
    TAKE_SHARED = 5
    GIVE = 6
    GIVE_SHARED = 7
    END = 8
    EVERY = 9           # every ``ns``-th time go on, else leave out the next ``lock``

cdef enum:
    NOBODY = -1

cdef packed struct Instruction:
    int code
    int lock
    long long ns

cdef struct Cpu:
    long long position              # in its stream
    long long stop
    int pc                          # the instruction to be done next; -1: between two operations
    int depth
    bint shared                     # it waits as a reader
    int behind                      # who waits behind it
    long long since                 # when the operation began
    long long asked                 # when it began to wait
    long long ran
    long long waited
    long long lined                 # moving cache lines of locks
    long long now
    long long[MOST_DEPTH] taken     # when it took the locks that it holds


cdef class Cpus:
    cdef const Operation[::1] operations
    cdef const int[::1] order
    cdef const Instruction[::1] program
    cdef const int[::1] begins      # by kind of operation; -1: nothing is done
    cdef const unsigned int[:, ::1] page_ns
    cdef Cpu *cpus
    cdef readonly int cpu_count
    cdef int *passed                # by CPU and instruction: how often it came to an EVERY
    cdef long long *due             # a binary heap: time, and CPU in the last bits
    cdef int due_count
    cdef long long length           # of each stream, where all have the same operations; else 0
    cdef long long between_ns
    cdef readonly long long done
    cdef bint late                  # a CPU's time is more than a key has room for
    cdef long long[:, ::1] latencies

    cdef const Operation *at_hand(self, int cpu) noexcept nogil
    cdef void push(self, long long now, int cpu) noexcept nogil
    cdef void settle(self) noexcept nogil
    cdef bint go_on(self, int cpu) noexcept nogil
    cdef bint begin(self, int cpu) noexcept nogil
    cdef void end(self, int cpu) noexcept nogil
    cdef bint is_its_turn(self, int cpu) noexcept nogil
