# Words that threads share (builtins of gcc and clang), and what a CPU does while it spins on one.
cdef extern from *:
    enum: __ATOMIC_RELAXED
    enum: __ATOMIC_ACQUIRE
    enum: __ATOMIC_RELEASE
    unsigned load "__atomic_load_n"(unsigned *word, int order) noexcept nogil
    void store "__atomic_store_n"(unsigned *word, unsigned value, int order) noexcept nogil
    unsigned add "__atomic_fetch_add"(unsigned *word, unsigned value, int order) noexcept nogil
