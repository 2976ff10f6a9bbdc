# One page of the program, in memory or not. Flags are the kernel's, PG_ for the folio, or bits of its page table entry.
cdef enum:
    RESIDENT = 1     # has a frame
    MAPPED = 2       # the page table points to it; a resident page that is not mapped is in the swap cache only
    ACCESSED = 4     # accessed bit of the page table entry
    DIRTY = 8        # what its slot holds, if it has one, is not what it holds
    REFERENCED = 16  # PG_referenced
    ACTIVE = 32      # PG_active; under MGLRU of a page on its way to a list only
    WORKINGSET = 64  # PG_workingset; of a page that is not resident: its shadow's
    READAHEAD = 128  # PG_readahead
    WRITTEN = 256    # written to since it was stored last, or given up
    STORED = 512     # stored at least once
    ON_LIST = 3072   # resident, under MGLRU: the list that it is on
    LIST_SHIFT = 10
    TWICE = 4096     # PG_referenced with one more in LRU_REFS_MASK; kept in the shadow, too
    TOUCHED = 8192   # by the program, ever
    BLOCK = 16384    # one of those of an aligned block that can be a large folio
    LARGE = 32768    # resident, in a large folio: the first page of its block stands for it on lists
    GIVEN = 65536    # had a frame of a large folio
    LASTING = 90624  # TOUCHED, BLOCK, GIVEN, STORED: whatever becomes of the page
    NO_SLOT = 0xFFFFFFFF
    OFF_LISTS = 0xFFFFFFFF  # a mark, under MGLRU: resident, and on its way from or to a list


cdef struct Page:
    unsigned int last     # when it was touched last, by samples of Memory
    unsigned int slot     # on the swap device, or NO_SLOT
    unsigned int mark     # resident: its generation, under MGLRU, or OFF_LISTS; else its shadow
    unsigned int flags
