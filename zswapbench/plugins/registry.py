"""Finds codecs, pools and policies by name. A leaf is one file: whatever is needed to find it is in it.

A family is a package with one module for each leaf, and a leaf is the class in such a module that has a
``name`` of its own. Nothing else lists them: adding a leaf means adding a file. A leaf may be asked for
with parameters, in the order in which it declares them or by name:

    lz4    zstd:9:rules=zram-6.12    zsmalloc:6.4:chain=16

Modules are imported when they are asked for, the one of the same name first, so that naming one codec
does not load the libraries of all.

A leaf of the user's own is a class in a file, or the entry point of an installed package, under whose name it is
found where no leaf of ours has that name:

    ./mine.py:MyPolicy    ./mine.py:MyPolicy:depth=3    ./mine.py, if there is one such class in it
    [project.entry-points."zswapbench.policies"] mine = "my_package.policies:MyPolicy"
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from zswapbench.common.errors import OwnCodeError, UsageError, ZswapbenchError
from zswapbench.common.names import offer
from zswapbench.plugins import user_file

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_FILE = re.compile(r"(.*?\.py)(?::(.*))?", re.DOTALL)
"""The file of a leaf, and what is asked of it."""


def names_file(text: str) -> bool:
    """Whether ``text`` asks for a leaf in a file: whoever chooses it runs that file."""
    return _FILE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, word or file that a leaf can be asked for with. ``low``, ``high``: bounds, both included.

    ``type`` makes a value of a text; its ``word``, or else its name, tells what it takes. A ``default`` of None leaves
    the choice to the leaf.
    """

    name: str
    type: type
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None

    def parse(self, owner: str, text: str) -> Any:
        """The value meant by ``text``. Raises UsageError, naming ``owner``, for one that is not allowed."""
        try:
            value = self.type(text)
        except ValueError:
            value = None
        low, high = self.low, self.high
        if (
            value is None
            or (self.choices and value not in self.choices)
            or (low is not None and value < low)
            or (high is not None and value > high)
        ):
            raise UsageError(f"{owner}: {self.name}={text!r} is not {self.allowed()}")
        return value

    def allowed(self) -> str:
        """What values it takes, in words."""
        if self.choices:
            return " or ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"a number from {self.low} to {self.high}"
        return f"a {getattr(self.type, 'word', self.type.__name__)}"


class Named(Protocol):
    """What every leaf says of itself."""

    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]


Leaf = TypeVar("Leaf", bound=Named)


@dataclass(frozen=True)
class Choice(Generic[Leaf]):
    """A leaf with its parameters filled in. ``str()`` gives the text that asks for exactly this.

    ``place``: file and class of a leaf that is in a file of the user's, as they were asked for.
    """

    leaf: type[Leaf]
    parameters: dict[str, Any]
    place: str = ""

    def make(self, *arguments: Any) -> Leaf:
        """An instance: the leaf's constructor with ``arguments`` and the parameters.

        Raises what the constructor raises, OwnCodeError if that is the user's.
        """
        try:
            return self.leaf(*arguments, **self.parameters)
        except (ZswapbenchError, KeyboardInterrupt):
            raise
        except BaseException as error:
            if not getattr(self.leaf, "origin", ""):
                raise
            raise OwnCodeError(
                f"{self}: cannot be made: {user_file.told(error, self.leaf.__module__)}"
            ) from None

    @property
    def chosen(self) -> dict[str, Any]:
        """The parameters with a value, in the order of declaration: not those that leave the choice to the leaf."""
        values = {parameter.name: self.parameters[parameter.name] for parameter in self.leaf.parameters}
        return {name: value for name, value in values.items() if value is not None}

    def __str__(self) -> str:
        return self._text([p for p in self.leaf.parameters if p.name in self.chosen])

    @property
    def short(self) -> str:
        """The same without what is the default anyway."""
        return self._text([p for p in self.leaf.parameters if self.parameters[p.name] != p.default])

    def _text(self, parameters: list[Parameter]) -> str:
        given = [f"{p.name}={self.parameters[p.name]}" for p in parameters]
        return ":".join([self.place or self.leaf.name, *given])


class Family(Generic[Leaf]):
    """The leaves of one kind. ``kind`` is the word for messages, ``package`` where their modules are.

    ``base``: module and name of the class that every leaf of it builds on; ``own``: of the one for those in plain
    Python, "" where there can be none; ``group``: of entry points. Without ``base`` there are only leaves of ours.
    """

    def __init__(self, kind: str, package: str, base: str = "", own: str = "", group: str = "") -> None:
        self.kind = kind
        self.package = package
        self.base = base
        self.own = own
        self.group = group

    def leaves(self) -> list[type[Leaf]]:
        """All leaves, by name, without entry points that cannot be loaded (see ``broken``)."""
        leaves = self._ours()
        for point in self._points():
            try:
                leaves.append(self._entered(point))
            except ZswapbenchError:
                continue
        return sorted(leaves, key=lambda leaf: leaf.name)

    def names(self) -> list[str]:
        """The names of all leaves, sorted, those of entry points that cannot be loaded included."""
        return sorted([*(leaf.name for leaf in self._ours()), *(one.name for one in self._points())])

    def broken(self) -> list[str]:
        """The entry points that cannot be loaded: a line for each, with the reason."""
        found = []
        for point in self._points():
            try:
                self._entered(point)
            except ZswapbenchError as error:
                found.append(str(error))
        return found

    def choose(self, text: str, form: Callable[[str], Mapping[str, Any]] = lambda _name: {}) -> Choice[Leaf]:
        """What ``text`` (``name[:value][:parameter=value]...``) asks for; the name may be ``file.py[:class]``.

        ``form``: by the leaf's name, what its parameters are where ``text`` does not give the first of these.
        Raises UsageError for an unknown name or parameter, saying what there is, OwnCodeError for a leaf of the user's
        that cannot be loaded.
        """
        if self.group and (found := _FILE.fullmatch(text)):
            return self._choose_in(found[1], found[2])
        name, *values = text.split(":")
        return self._filled(name, values, self._find(name), form=form(name))

    def _choose_in(self, path: str, asked: str | None) -> Choice[Leaf]:
        """The leaf in the file ``path`` that ``asked`` (``[class][:value]...``) asks for."""
        if not self.own:
            raise UsageError(
                f"{path}: a {self.kind} is compiled code and cannot be plain Python; install one as an entry point of "
                f"the group {self.group}"
            )
        module = user_file.load(path)
        values = [] if asked is None else asked.split(":")
        names = [name for name, item in vars(module).items() if self._is_own(item, module)]
        given = values.pop(0) if values and values[0].isidentifier() else ""
        if not given and len(names) == 1:
            given = names[0]
        if given not in names:
            self._refuse(path, given, vars(module).get(given), names)
        place = f"{path}:{given}"
        leaf = self._completed(vars(module)[given], place, user_file.origin(module))
        return self._filled(place, values, leaf, place)

    def _refuse(self, path: str, given: str, item: object, names: list[str]) -> None:
        """There is no leaf ``given`` in the file: raise UsageError with what there is."""
        known, base = ", ".join(names) or "none", self.own.replace(":", ".")
        if isinstance(item, type):
            raise UsageError(f"{path}: {given} is not a subclass of {base}; the file has these: {known}")
        if given:
            raise UsageError(f"{path}: there is no class {given!r}; there are: {known}")
        if not names:
            raise UsageError(f"{path}: the file has no {self.kind}: it needs a subclass of {base}")
        raise UsageError(
            f"{path}: the file has several classes: {known}; name one of them, such as {path}:{names[0]}"
        )

    def _is_own(self, item: object, module: ModuleType) -> bool:
        """Is it a class of the user's file that may be a leaf?"""
        return (
            isinstance(item, type)
            and item.__module__ == module.__name__
            and issubclass(item, _class_at(self.own))
        )

    def _completed(self, leaf: Any, place: str, origin: str, name: str = "") -> Any:
        """``leaf`` of the user's own, with what it does not say of itself. Raises OwnCodeError if that cannot be.

        ``place``: how messages call it; ``origin``: what it came from; ``name``: if it has none.
        """
        said = vars(leaf)
        if said.get("origin"):
            return leaf
        base = _class_at(self.base)
        for method in getattr(leaf, "required", ()):
            if getattr(leaf, method, None) is getattr(base, method, None):
                raise OwnCodeError(f"{place}: has no method {method}, as every {self.kind} must have")
        parameters = getattr(leaf, "parameters", None)
        if not isinstance(parameters, tuple) or not all(isinstance(one, Parameter) for one in parameters):
            raise OwnCodeError(f"{place}: parameters is not a tuple of zswapbench.Parameter")
        default = {"name": name or leaf.__name__, "help": (leaf.__doc__ or "").strip().partition("\n")[0]}
        try:
            for attribute, value in default.items():
                if not isinstance(said.get(attribute), str):
                    setattr(leaf, attribute, value)
            leaf.origin = origin
        except TypeError:  # a compiled class is what it is
            if not all(isinstance(said.get(attribute), str) for attribute in default):
                raise OwnCodeError(f"{place}: a compiled class must define name and help") from None
        return base.guarded(leaf) if hasattr(base, "guarded") else leaf

    def _filled(
        self,
        name: str,
        values: list[str],
        leaf: type[Leaf],
        place: str = "",
        form: Mapping[str, Any] = MappingProxyType({}),
    ) -> Choice[Leaf]:
        """``leaf`` with ``values`` for its parameters, of which it declares the defaults. ``form``: see ``choose``."""
        declared = leaf.parameters
        parameters = {parameter.name: parameter.default for parameter in declared}
        by_name = {parameter.name: parameter for parameter in declared}
        set_already: set[str] = set()
        for position, value in enumerate(values):
            key, equals, given = value.partition("=")
            if not equals:
                if position >= len(declared):
                    raise UsageError(
                        f"{self.kind} {name!r} takes at most {len(declared)} parameters; {value!r} is one too many"
                    )
                key, given = declared[position].name, value
            if key not in by_name:
                raise UsageError(f"{self.kind} {name!r} has no parameter {key!r}; {offer(key, by_name)}")
            if key in set_already:
                raise UsageError(f"{self.kind} {name!r}: {key} is given twice")
            set_already.add(key)
            parameters[key] = by_name[key].parse(f"{self.kind} {name!r}", given)
        if form and next(iter(form)) not in set_already:
            parameters |= {key: value for key, value in form.items() if key not in set_already}
        return Choice(leaf, parameters, place)

    def _find(self, name: str) -> type[Leaf]:
        for module in self._modules(first=name.replace("-", "_")):
            leaf: type[Leaf]
            for leaf in self._leaves_in(module):
                if leaf.name == name:
                    return leaf
        for point in self._points():
            if point.name == name:
                leaf = self._entered(point)
                return leaf
        raise UsageError(f"no {self.kind} is called {name!r}; {offer(name, self.names())}")

    def _ours(self) -> list[type[Leaf]]:
        """The leaves of the package, by name."""
        found = [leaf for module in self._modules() for leaf in self._leaves_in(module)]
        return sorted(found, key=lambda leaf: leaf.name)

    def _points(self) -> list[EntryPoint]:
        """The entry points of the group, one of each name, without those that have a name of ours."""
        if not self.group:
            return []
        from importlib.metadata import entry_points

        ours = {leaf.name for leaf in self._ours()}
        return list(
            {point.name: point for point in entry_points(group=self.group) if point.name not in ours}.values()
        )

    def _entered(self, point: EntryPoint) -> Any:
        """The leaf that an entry point stands for. Raises OwnCodeError if it cannot be loaded or is none."""
        place = f"{self.kind} {point.name}, {point.value}"
        try:
            leaf = point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  SystemExit is no way to end a run
            raise OwnCodeError(f"{place}: cannot be loaded: {user_file.told(error, point.module)}") from None
        if not isinstance(leaf, type) or not issubclass(leaf, _class_at(self.base)):
            raise OwnCodeError(f"{place}: is not a subclass of {self.base.replace(':', '.')}")
        origin = f"{point.dist.name} {point.dist.version}" if point.dist else point.module
        found = self._completed(leaf, place, origin, point.name)
        if found.name != point.name:
            raise OwnCodeError(f"{place}: calls itself {found.name!r}")
        return found

    def _modules(self, first: str = "") -> Iterator[ModuleType]:
        package = importlib.import_module(self.package)
        names = [
            name for folder in package.__path__ for name in _names_in(folder, Path(folder).stat().st_mtime_ns)
        ]
        for name in sorted(names, key=lambda name: (name != first, name)):
            yield importlib.import_module(f"{self.package}.{name}")

    @staticmethod
    def _leaves_in(module: ModuleType) -> list[Any]:
        classes = [item for item in vars(module).values() if isinstance(item, type)]
        own = [item for item in classes if item.__module__ == module.__name__]
        return [item for item in own if isinstance(vars(item).get("name"), str)]


@cache
def _names_in(folder: str, _changed: int) -> list[str]:
    """The modules in ``folder``; looked for once as long as it does not change, since many choose often."""
    return [module.name for module in pkgutil.iter_modules([folder])]


def _class_at(place: str) -> type:
    """The class ``module:name``, imported."""
    module, _, name = place.partition(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


_CODEC = "zswapbench.codecs.base:Codec"

CODECS: Family[Any] = Family("codec", "zswapbench.codecs", _CODEC, _CODEC, "zswapbench.codecs")
POOLS: Family[Any] = Family(
    "pool", "zswapbench.sim.pools", "zswapbench.sim.pools.base:Pool", "", "zswapbench.pools"
)
POLICIES: Family[Any] = Family(
    "policy",
    "zswapbench.sim.policies",
    "zswapbench.sim.policies.base:FlushPolicy",
    "zswapbench.policy:Policy",
    "zswapbench.policies",
)
SETUPS: Family[Any] = Family("set-up", "zswapbench.runs.setups")
