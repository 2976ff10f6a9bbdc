cimport cython
from zswapbench.structures.memory cimport Memory
from zswapbench.structures.prefetch cimport prefetch as fetch

cdef struct Link:
    int next
    int prev


@cython.final
cdef class Lists:
    cdef Memory memory
    cdef Link *links
    cdef readonly int heads
    cdef readonly int capacity

    cdef inline void add_head(self, int head, int item) noexcept nogil:
        """Make ``item`` the first of list ``head``."""
        self.insert(head, self.heads + item)

    cdef inline void add_tail(self, int head, int item) noexcept nogil:
        """Make ``item`` the last of list ``head``."""
        self.insert(self.links[head].prev, self.heads + item)

    cdef inline void add_second(self, int head, int item) noexcept nogil:
        """Put ``item`` right behind the first of list ``head``, which must not be empty."""
        self.insert(self.links[head].next, self.heads + item)

    cdef inline void remove(self, int item) noexcept nogil:
        """Take ``item`` off the list that it is on."""
        cdef int node = self.heads + item
        cdef int before = self.links[node].prev
        cdef int behind = self.links[node].next
        self.links[before].next = behind
        self.links[behind].prev = before

    cdef inline int first(self, int head) noexcept nogil:
        """The first item of list ``head``; -1 if it is empty."""
        cdef int node = self.links[head].next
        return node - self.heads if node != head else -1

    cdef inline int last(self, int head) noexcept nogil:
        """The last item of list ``head``; -1 if it is empty."""
        cdef int node = self.links[head].prev
        return node - self.heads if node != head else -1

    cdef inline int after(self, int item) noexcept nogil:
        """The item behind ``item``; -1 if it is the last of its list."""
        cdef int node = self.links[self.heads + item].next
        return node - self.heads if node >= self.heads else -1

    cdef inline void insert(self, int previous, int node) noexcept nogil:
        """Link ``node`` in behind the node ``previous``. Both are nodes, not items."""
        cdef int behind = self.links[previous].next
        self.links[node].next = behind
        self.links[node].prev = previous
        self.links[previous].next = node
        self.links[behind].prev = node

    cdef inline void prefetch(self, int item) noexcept nogil:
        """Have the CPU fetch the links of ``item``."""
        fetch(&self.links[self.heads + item])

    cdef inline void prefetch_neighbours(self, int item) noexcept nogil:
        """Have the CPU fetch the links beside ``item`` on its list: removing it writes them."""
        cdef Link node = self.links[self.heads + item]
        fetch(&self.links[node.next])
        fetch(&self.links[node.prev])
