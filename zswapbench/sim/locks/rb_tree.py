# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""A red-black tree, of nodes that lie in what they find: it is never more than twice as deep as it must be.

Its nodes are red or black. A red one has no red child, and every way from the root down passes as many black ones. A
node that comes is red; where its parent is red too, colours are changed and nodes turned about, from there upwards.

It is here to be measured: zswap kept its entries in a ``struct rb_root`` up to 6.8. As there, an entry that leaves is
known, and not looked for. ``end`` is in place of all the NULL pointers of the kernel's.

Source: R. Bayer's and L. Guibas and R. Sedgewick's algorithm, by T. Cormen and others, "Introduction to Algorithms",
chapter 13. The kernel has the same in lib/rbtree.c.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free

_Node = cython.typedef(cython.pointer(RbNode))
_Tree = cython.typedef(cython.pointer(RbTree))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def rb_start(tree: _Tree) -> cython.void:
    """Make ``tree`` an empty one. It must not be moved afterwards."""
    tree.root = cython.address(tree.end)
    tree.end.red = False


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def rb_find(tree: _Tree, key: cython.ulonglong) -> _Node:
    """The node of ``key``; NULL if there is none."""
    node: _Node = tree.root
    while node is not cython.address(tree.end):
        if key == node.key:
            return node
        node = node.left if key < node.key else node.right
    return cython.NULL


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def rb_insert(tree: _Tree, node: _Node) -> cython.void:
    """Put ``node`` in, by its key, which the tree must not have."""
    end: _Node = cython.address(tree.end)
    parent: _Node = end
    below: _Node = tree.root
    while below is not end:
        parent = below
        below = below.left if node.key < below.key else below.right
    node.parent = parent
    node.left = node.right = end
    node.red = True
    if parent is end:
        tree.root = node
    elif node.key < parent.key:
        parent.left = node
    else:
        parent.right = node
    _mend_two_reds(tree, node)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _mend_two_reds(tree: _Tree, node: _Node) -> cython.void:
    parent: _Node
    grand: _Node
    uncle: _Node
    on_left: cython.bint
    while node.parent.red:
        parent = node.parent
        grand = parent.parent
        on_left = parent is grand.left
        uncle = grand.right if on_left else grand.left
        if uncle.red:
            parent.red = uncle.red = False
            grand.red = True
            node = grand
            continue
        if node is (parent.right if on_left else parent.left):
            _turn(tree, parent, on_left)
            parent = node
        parent.red = False
        grand.red = True
        _turn(tree, grand, not on_left)
        break
    tree.root.red = False


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def rb_erase(tree: _Tree, node: _Node) -> cython.void:
    """Take ``node`` out, which must be in the tree."""
    end: _Node = cython.address(tree.end)
    lost_black: cython.bint = not node.red
    heir: _Node
    next_up: _Node
    if node.left is end or node.right is end:
        heir = node.right if node.left is end else node.left
        _replace(tree, node, heir)
    else:  # the next larger key takes its place
        next_up = node.right
        while next_up.left is not end:
            next_up = next_up.left
        lost_black = not next_up.red
        heir = next_up.right
        if next_up.parent is node:
            heir.parent = next_up
        else:
            _replace(tree, next_up, heir)
            next_up.right = node.right
            next_up.right.parent = next_up
        _replace(tree, node, next_up)
        next_up.left = node.left
        next_up.left.parent = next_up
        next_up.red = node.red
    if lost_black:
        _mend_black(tree, heir)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _mend_black(tree: _Tree, node: _Node) -> cython.void:
    """The ways through ``node`` pass one black too few."""
    parent: _Node
    sibling: _Node
    near: _Node
    far: _Node
    on_left: cython.bint
    while node is not tree.root and not node.red:
        parent = node.parent
        on_left = node is parent.left
        sibling = parent.right if on_left else parent.left
        if sibling.red:
            sibling.red = False
            parent.red = True
            _turn(tree, parent, on_left)
            sibling = parent.right if on_left else parent.left
        near = sibling.left if on_left else sibling.right
        far = sibling.right if on_left else sibling.left
        if not near.red and not far.red:
            sibling.red = True
            node = parent
            continue
        if not far.red:
            near.red = False
            sibling.red = True
            _turn(tree, sibling, not on_left)
            far = sibling
            sibling = near
        sibling.red = parent.red
        parent.red = far.red = False
        _turn(tree, parent, on_left)
        node = tree.root
    node.red = False


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _replace(tree: _Tree, node: _Node, other: _Node) -> cython.void:
    """Hang ``other`` where ``node`` hangs."""
    if node is tree.root:
        tree.root = other
    elif node is node.parent.left:
        node.parent.left = other
    else:
        node.parent.right = other
    other.parent = node.parent


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _turn(tree: _Tree, node: _Node, to_left: cython.bint) -> cython.void:
    """``node`` goes down, to the left or to the right, and its child of the other side comes up in its place."""
    up: _Node = node.right if to_left else node.left
    between: _Node = up.left if to_left else up.right
    _replace(tree, node, up)
    node.parent = up
    if to_left:
        up.left = node
        node.right = between
    else:
        up.right = node
        node.left = between
    if between is not cython.address(tree.end):
        between.parent = node


@cython.cclass
class Keys:
    """A set of keys below ``capacity``, in such a tree: how Python sees one."""

    tree: RbTree
    nodes: cython.pointer(RbNode)
    capacity: cython.int

    def __cinit__(self, capacity: cython.int) -> None:
        self.capacity = capacity
        self.nodes = cython.cast(cython.pointer(RbNode), calloc(max(capacity, 1), cython.sizeof(RbNode)))
        if self.nodes is cython.NULL:
            raise MemoryError(f"no memory for {capacity} nodes")
        rb_start(cython.address(self.tree))

    def __dealloc__(self) -> None:
        free(self.nodes)

    def __contains__(self, key: int) -> bool:
        return rb_find(cython.address(self.tree), key) is not cython.NULL

    def add(self, key: int) -> None:
        """Put ``key`` in. Raises ValueError if it is there, or cannot be."""
        if not 0 <= key < self.capacity or key in self:
            raise ValueError(f"{key} cannot be put in")
        self.nodes[cython.cast(cython.int, key)].key = key
        rb_insert(cython.address(self.tree), cython.address(self.nodes[cython.cast(cython.int, key)]))

    def remove(self, key: int) -> None:
        """Take ``key`` out. Raises ValueError if it is not there."""
        if key not in self:
            raise ValueError(f"{key} is not there")
        rb_erase(cython.address(self.tree), cython.address(self.nodes[cython.cast(cython.int, key)]))

    def shape(self) -> list[tuple[int, int, bool]]:
        """Each key in order, its depth (0: the root), and whether its node is red."""
        found: list = []
        self._walk(self.tree.root, 0, found)
        return found

    @cython.cfunc
    def _walk(self, node: _Node, depth: cython.int, found: list):
        if node is cython.address(self.tree.end):
            return
        self._walk(node.left, depth + 1, found)
        found.append((node.key, depth, bool(node.red)))
        self._walk(node.right, depth + 1, found)
