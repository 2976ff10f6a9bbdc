# Numbers that look random and are the same on every machine, whatever library is installed: SplitMix64. A stream of
# them is mixed(state) for a state that grows by GOLDEN each time.
# Source: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
cdef enum:
    GOLDEN = 0x9E3779B97F4A7C15

cdef inline unsigned long long mixed(unsigned long long state) noexcept nogil:
    cdef unsigned long long z = (state ^ (state >> 30)) * <unsigned long long> 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <unsigned long long> 0x94D049BB133111EB
    return z ^ (z >> 31)

# A number below `count`, of one that was drawn.
cdef inline unsigned int below(unsigned long long drawn, unsigned int count) noexcept nogil:
    return <unsigned int> (((drawn >> 32) * <unsigned long long> count) >> 32)

# A number from 0 to 1, less 1 itself, of one that was drawn.
cdef inline double share(unsigned long long drawn) noexcept nogil:
    return <double> (drawn >> 11) * (1.0 / 9007199254740992.0)
