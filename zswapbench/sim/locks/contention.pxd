from zswapbench.sim.locks.operation cimport Operation

cdef enum:
    MOST_DEPTH = 8      # locks held at once
    BUCKETS = 2048      # of a histogram of latencies

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

# A lock by its name: all of its instances together.
cdef struct Named:
    int kind
    int per
    int count
    int instances
    long long first                 # instance
    long long acquisitions
    long long contentions
    long long bounces
    long long waited
    long long longest_wait
    long long held
    long long longest_hold

cdef struct Instance:
    int holder
    int readers
    int last                        # who changed its cache line last
    int head                        # of those who wait, in order of arrival
    int tail
    int waiting
    long long line_free             # when the cache line can be had
    long long busy_since
    long long busy

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


cdef class Contention:
    cdef const Operation[::1] operations
    cdef const int[::1] order
    cdef const Instruction[::1] program
    cdef const int[::1] begins      # by kind of operation; -1: nothing is done
    cdef const unsigned int[:, ::1] page_ns
    cdef const unsigned short[::1] class_of
    cdef Named[32] locks
    cdef int named
    cdef Instance *instances
    cdef long long instance_count
    cdef Cpu *cpus
    cdef readonly int cpu_count
    cdef int *passed                # by CPU and instruction: how often it came to an EVERY
    cdef long long *due             # a binary heap: time, and CPU in the last bits
    cdef int due_count
    cdef long long length           # of each stream, where all have the same operations; else 0
    cdef long long span             # offsets between the streams' own
    cdef long long[32] areas        # by swap type: its first area of 64 MiB
    cdef long long[32] tables       # and of 2 MiB
    cdef int socket_cpus
    cdef int processes
    cdef int cgroups
    cdef int nodes
    cdef int classes
    cdef int pools                  # 1, or one for each swap type
    cdef long long between_ns
    cdef long long atomic_ns
    cdef long long line_ns
    cdef long long far_line_ns
    cdef long long line_per_waiter_ns
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
    cdef Instance *instance_of(self, int lock, int cpu) noexcept nogil
    cdef long long line(self, int one, int other) noexcept nogil
    cdef bint do_lock(self, int cpu) noexcept nogil
    cdef bint take(self, int lock, int cpu) noexcept nogil
    cdef bint take_shared(self, int lock, int cpu) noexcept nogil
    cdef long long touch(self, Instance *one, int lock, int cpu) noexcept nogil
    cdef void wait(self, Instance *one, int lock, int cpu, bint shared) noexcept nogil
    cdef void hold(self, int lock, int cpu) noexcept nogil
    cdef void leave(self, int lock, int cpu) noexcept nogil
    cdef void give(self, int lock, int cpu) noexcept nogil
    cdef void give_shared(self, int lock, int cpu) noexcept nogil
    cdef void hand_over(self, Instance *one, int lock, long long now) noexcept nogil
    cdef void let_in(self, Instance *one, int lock, int cpu, long long now) noexcept nogil
    cdef int first_waiting(self, Instance *one) noexcept nogil
