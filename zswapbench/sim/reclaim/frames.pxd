from zswapbench.sim.reclaim.side cimport SwapSide


# Of whom a task reclaims, if not of one cgroup.
cdef enum:
    ALL = -1


# One pass over the lists, at one priority. Who reclaims goes from pass to pass until it has what it wants.
cdef struct Pass:
    int priority            # the part of each list that is looked at is its size >> priority
    unsigned int wanted     # page frames, with which it is over
    bint by_kswapd
    bint of_cgroup          # of one, under its limit
    bint forced             # active pages come back in any case
    bint skipped            # in a pass so far they did not
    unsigned int scanned
    unsigned int freed
    unsigned int old        # pages of which kswapd expects that they can leave
    # Of the two lists: what is still to be looked at of each, and whether active pages come back.
    unsigned int inactive
    unsigned int active
    bint deactivate
    # Of MGLRU: how many pages were looked at, how many are to be at most, and whether a generation was opened in it.
    unsigned int looked_at
    unsigned int most
    bint aged
    unsigned int before     # page frames that other cgroups, and other passes, have freed


cdef class Frames:
    cdef readonly SwapSide side
    cdef readonly unsigned int frames
    cdef readonly unsigned int min
    cdef readonly unsigned int low
    cdef readonly unsigned int high
    cdef readonly unsigned int resident
    cdef readonly unsigned int in_flight   # freed by kswapd's last batch, which is not over yet
    cdef readonly bint stuck
    cdef readonly int stuck_in     # place of the cgroup whose limit it was; ALL: of none
    cdef readonly long long allocstall
    cdef readonly long long scanned
    cdef readonly long long scanned_by_kswapd
    cdef readonly long long stolen
    cdef readonly long long stolen_by_kswapd
    cdef readonly long long kswapd_woken
    cdef readonly bint awake       # kswapd is
    cdef bint busy                 # it is, or its last batch is not over
    cdef bint in_pass
    cdef int priority
    cdef int failures              # turns of kswapd in a row that freed nothing
    cdef unsigned int freed_in_turn
    cdef int first_priority
    cdef unsigned int wanted
    cdef Pass its                  # kswapd's pass

    # What a subclass fills in.
    cdef void sweep(self, int who, Pass *its) noexcept nogil
    cdef void begin(self, Pass *its) noexcept nogil
    cdef bint look(self, Pass *its) noexcept nogil
    cdef void turn_over(self, int who) noexcept nogil
    cdef bint swap_in(self, unsigned int number) noexcept nogil
    cdef void take_back(self) noexcept nogil

    # What it may call.
    cdef bint take_frame(self) noexcept nogil
    cdef bint take_frames(self, unsigned int count) noexcept nogil
    cdef unsigned int moment(self) noexcept nogil
    cdef void hold(self, int frames) noexcept nogil
    cdef void get_stuck(self, int where) noexcept nogil
    cdef void fly(self, long long frames) noexcept nogil
    cdef long long free_frames(self) noexcept nogil
    cdef bint balanced(self, unsigned int beside) noexcept nogil
    cdef void let_kswapd(self) noexcept nogil
    cdef unsigned int try_to_free(self, int who) noexcept nogil

    cdef void _wake(self) noexcept nogil
    cdef unsigned int _reclaim_directly(self) noexcept nogil
    cdef void _step(self) noexcept nogil
    cdef void _pass_over(self) noexcept nogil
