# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The base class of flush policies in plain Python: ``--policy ./mine.py:MyPolicy``.

``zswapbench new-policy mine.py`` writes a file to begin with. What a policy is told and asked is what compiled ones are
(zswapbench/sim/policies/base.py), by the same compiled loop:

    from zswapbench.policy import Policy

    class Newest(Policy):
        def __init__(self, capacity, pool):
            self.stack = {}

        def on_store(self, entry, klass, key):
            self.stack[entry] = klass

        def on_remove(self, entry):
            del self.stack[entry]

        def victim(self, need, amount):
            return next(reversed(self.stack))

A policy that breaks its contract ends the replay with an error that names the event and, if it raised, its line:
one that names a victim that is not held, or none, or something else than an entry, raises, or does not return.
"""

from __future__ import annotations

import operator
from typing import Any

import cython
from cython.cimports.zswapbench.plugins.watchdog import Calls
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need

from zswapbench.plugins.pool_view import PoolView
from zswapbench.plugins.user_file import place, told

# The needs, as in sim/policies/base.pxd, which Python cannot see.
OBJECT = 0
FRAMES = 1
ENTRIES = 2


@cython.cclass
class CompiledSide(FlushPolicy):
    """What the compiled loop tells and asks: it is passed on to the methods of the subclass."""

    # Not __init__, which a subclass may have without calling this one.
    def __cinit__(self, capacity: cython.int, pool: Any, **parameters: Any) -> None:
        self.is_python = True
        self.view = pool if isinstance(pool, PoolView) else PoolView(pool)
        # A class attribute hides the field of that name; where there is none, this is the field itself.
        retries = type(self).retries_each
        self.retries_each = retries if isinstance(retries, int) else False
        self.calls = Calls()
        for name, value in parameters.items():
            setattr(self, name, value)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        with cython.gil:
            if self.store is None:
                self.find_methods()
            if self.failed:
                return
            self.held += 1
            self.calls.begin()
            try:
                self.store(entry, klass, key)
            except BaseException as error:  # noqa: BLE001  an interrupt, too, must get past the compiled loop
                self.end_call("on_store", error)
            else:
                self.end_call("on_store", None)

    def on_load(self, entry: cython.int) -> cython.void:
        with cython.gil:
            if self.failed or self.load is None:
                return
            self.calls.begin()
            try:
                self.load(entry)
            except BaseException as error:  # noqa: BLE001  see on_store
                self.end_call("on_load", error)
            else:
                self.end_call("on_load", None)

    def on_refault(self, key: cython.longlong) -> cython.void:
        with cython.gil:
            if self.store is None:  # a page that was rejected may be read back before any is stored
                self.find_methods()
            if self.failed or self.refault is None:
                return
            self.calls.begin()
            try:
                self.refault(key)
            except BaseException as error:  # noqa: BLE001  see on_store
                self.end_call("on_refault", error)
            else:
                self.end_call("on_refault", None)

    def on_remove(self, entry: cython.int) -> cython.void:
        with cython.gil:
            if self.failed:
                return
            self.held -= 1
            self.calls.begin()
            try:
                self.remove(entry)
            except BaseException as error:  # noqa: BLE001  see on_store
                self.end_call("on_remove", error)
            else:
                self.end_call("on_remove", None)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        with cython.gil:
            if self.failed or self.held == 0:
                return -1
            answer: object = None
            self.calls.begin()
            try:
                answer = self.name_victim(cython.cast(cython.int, need), amount)
            except BaseException as error:  # noqa: BLE001  see on_store
                self.end_call("victim", error)
            else:
                self.end_call("victim", None)
            return -1 if self.failed else self.entry_in(answer)

    def end_call(self, method: str, error: object) -> cython.void:
        """``method`` has returned or raised ``error``. Nothing of Python may run before Calls.end()."""
        late: cython.bint = True
        try:
            late = self.calls.end()
        except BaseException as other:  # noqa: BLE001  such as KeyboardInterrupt, while a late call is ended
            error = other
        if late or error is not None:
            self.blame_call(method, error, late)

    def blame_call(self, method: str, error: object, late: cython.bint) -> cython.void:
        """``method`` was interrupted because it was ``late``, or raised ``error``."""
        module: str = type(self).__module__
        if isinstance(error, KeyboardInterrupt):
            self.blame(error)
        elif late:
            where: str = place(error, module) if error is not None else ""
            line: str = f" ({where})" if where else ""
            self.blame(
                f"{method} does not return within {self.patience_s:g} s{line}; patience_s sets how long it may take"
            )
        else:
            self.blame(f"{method} raises {told(error, module)}")

    def entry_in(self, answer: object) -> cython.int:
        """The entry that ``victim`` has named with ``answer``; -1, and the policy blamed, if it names none."""
        number: object = answer
        if type(answer) is not int:
            try:
                number = -1 if answer is None else operator.index(answer)
            except BaseException:  # noqa: BLE001  whatever it is, it is no number
                number = None
            if number is None or isinstance(answer, bool):
                self.blame(f"victim answers {shown(answer)}, which is not the number of an entry")
                return -1
        if number == -1:
            self.blame(f"victim names no entry: it answers {answer}, but {self.held} entries are held")
            return -1
        if not 0 <= number < self.capacity:
            self.blame(
                f"the victim, entry {number if abs(number) < 1 << 64 else '2**64 or beyond'}, is not held"
            )
            return -1
        return number

    def find_methods(self) -> cython.void:
        """Look up the subclass's methods, once: to find them anew for each call would cost as much as the call."""
        name: str = ""
        try:
            # By getattr: self.on_store would be the compiled method of that name.
            found = {name: getattr(self, name, None) for name in (*self.required, "on_load", "on_refault")}
        except BaseException as error:  # noqa: BLE001  what looks like a method may run code of the user's
            self.blame(f"its methods cannot be looked up: {told(error, type(self).__module__)}")
            return
        for name in self.required:
            if not callable(found[name]):
                self.blame(f"there is no method {name}")
                return
        self.store, self.remove, self.name_victim = [found[name] for name in self.required]
        self.load = found["on_load"]
        self.refault = found["on_refault"]


@cython.cclass
class Policy(CompiledSide):
    """To be subclassed. A subclass has these methods, of which it may leave out two; none of them is defined here.

    ``on_store(self, entry, klass, key)``: ``entry``, a number below ``capacity``, is new. Its object is of size class
    ``klass`` of the pool. ``key`` numbers its swap offset: what is stored there again has the same.

    ``on_load(self, entry)``: it was read and stays. May be left out.

    ``on_refault(self, key)``: the page that was last stored at ``key`` had to be read from the swap device: it was
    flushed or rejected before. May be left out.

    ``on_remove(self, entry)``: it is about to leave, for whatever reason, being the victim included. Its object is
    still in its place. The number will be used again.

    ``victim(self, need, amount) -> int``: which entry is to be flushed next? It is asked only while something is held,
    and must answer an entry that is held. Asking changes nothing: the entry has left when ``on_remove`` says so, and
    until then the question may come again. The need is OBJECT: a store is stalled for want of an object of
    class ``amount``; FRAMES: memory is wanted elsewhere, ``amount`` page frames of it; or ENTRIES: ``amount`` entries
    are to go.

    It is made as ``MyPolicy(capacity, pool)``, with its ``parameters`` behind by name; these are its attributes
    already. It has ``self.capacity``, ``self.event``, the number of the event that is happening, and ``self.pool``, to
    look at: ``frames`` is how many page frames it holds, ``place(entry)`` gives (zspage, byte offset in it),
    ``entries_of(zspage)`` the entries there, and ``describe()`` a row for each class (plugins/pool_view.py).

    Class attributes: ``name``, by default that of the class; ``help``, by default the first line of its docstring;
    ``parameters``, a tuple of zswapbench.Parameter; ``where``, under which eras and pools it makes sense;
    ``retries_each``: a stalled store tries its allocation again after each flush; ``patience_s``: seconds that one call
    may take, None for any time; ``foresees``: before the first event ``foresee(self, next_loads)`` is called with what
    zswapbench.traces.future says of all loads to come, and no place is given in a ranking.
    """

    parameters = ()
    where = "own"
    views_pool = True
    patience_s = 10.0
    required = ("on_store", "on_remove", "victim")

    def __init__(self, capacity: cython.int, pool: Any, **parameters: Any) -> None:
        pass

    @property
    def pool(self) -> Any:
        """The pool, to look at."""
        return self.view

    def count_calls(self, calls: Calls) -> None:
        """Have the calls counted in ``calls``; to be told before the first event."""
        self.calls = calls


def shown(value: Any) -> str:
    """``value`` as it is written in Python, if that can be done in a few words."""
    try:
        text = repr(value)
    except BaseException:  # noqa: BLE001  it may be an object of the user's, or a number of a thousand digits
        text = ""
    plain = 0 < len(text) <= 60 and text.isprintable() and " at 0x" not in text
    return text if plain else f"something of type {type(value).__name__}"
