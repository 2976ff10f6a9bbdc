"""Finds codecs, pools and policies by name. A leaf is one file: whatever is needed to find it is in it.

A family is a package with one module for each leaf, and a leaf is the class in such a module that has a
``name`` of its own. Nothing else lists them: adding a leaf means adding a file. A leaf may be asked for
with parameters, in the order in which it declares them or by name:

    lz4    zstd:9:rules=zram-6.12    zsmalloc:6.3:chain=16

Modules are imported when they are asked for, the one of the same name first, so that naming one codec
does not load the libraries of all.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from zswapbench.errors import UsageError


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number or word that a leaf can be asked for with. ``low``, ``high``: bounds, both included.

    A ``default`` of None leaves the choice to the leaf.
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
        return f"a {self.type.__name__}"


class Named(Protocol):
    """What every leaf says of itself."""

    name: ClassVar[str]
    help: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]


Leaf = TypeVar("Leaf", bound=Named)


@dataclass(frozen=True)
class Choice(Generic[Leaf]):
    """A leaf with its parameters filled in. ``str()`` gives the text that asks for exactly this."""

    leaf: type[Leaf]
    parameters: dict[str, Any]

    def make(self, *arguments: Any) -> Leaf:
        """An instance: the leaf's constructor with ``arguments`` and the parameters."""
        return self.leaf(*arguments, **self.parameters)

    def __str__(self) -> str:
        return self._text([p for p in self.leaf.parameters if self.parameters[p.name] is not None])

    @property
    def short(self) -> str:
        """The same without what is the default anyway."""
        return self._text([p for p in self.leaf.parameters if self.parameters[p.name] != p.default])

    def _text(self, parameters: list[Parameter]) -> str:
        return ":".join([self.leaf.name, *(f"{p.name}={self.parameters[p.name]}" for p in parameters)])


class Family(Generic[Leaf]):
    """The leaves of one kind. ``kind`` is the word for messages, ``package`` where their modules are."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package

    def leaves(self) -> list[type[Leaf]]:
        """All leaves, by name."""
        found = [leaf for module in self._modules() for leaf in self._leaves_in(module)]
        return sorted(found, key=lambda leaf: leaf.name)

    def choose(self, text: str) -> Choice[Leaf]:
        """What ``text`` (``name[:value][:parameter=value]...``) asks for.

        Raises UsageError for an unknown name or parameter, saying what there is.
        """
        name, *values = text.split(":")
        leaf = self._find(name)
        declared = leaf.parameters
        parameters = {parameter.name: parameter.default for parameter in declared}
        by_name = {parameter.name: parameter for parameter in declared}
        set_already: set[str] = set()
        for position, value in enumerate(values):
            key, equals, given = value.partition("=")
            if not equals:
                if position >= len(declared):
                    raise UsageError(
                        f"{self.kind} {name!r} takes {len(declared)} parameters, not {value!r} too"
                    )
                key, given = declared[position].name, value
            if key not in by_name:
                known = ", ".join(by_name) or "none"
                raise UsageError(f"{self.kind} {name!r} has no parameter {key!r}; it has: {known}")
            if key in set_already:
                raise UsageError(f"{self.kind} {name!r}: {key} is given twice")
            set_already.add(key)
            parameters[key] = by_name[key].parse(f"{self.kind} {name!r}", given)
        return Choice(leaf, parameters)

    def _find(self, name: str) -> type[Leaf]:
        for module in self._modules(first=name.replace("-", "_")):
            leaf: type[Leaf]
            for leaf in self._leaves_in(module):
                if leaf.name == name:
                    return leaf
        known = ", ".join(leaf.name for leaf in self.leaves())
        raise UsageError(f"no {self.kind} is called {name!r}; there are: {known}")

    def _modules(self, first: str = "") -> Iterator[ModuleType]:
        package = importlib.import_module(self.package)
        names = [module.name for module in pkgutil.iter_modules(package.__path__)]
        for name in sorted(names, key=lambda name: (name != first, name)):
            yield importlib.import_module(f"{self.package}.{name}")

    @staticmethod
    def _leaves_in(module: ModuleType) -> list[Any]:
        classes = [item for item in vars(module).values() if isinstance(item, type)]
        own = [item for item in classes if item.__module__ == module.__name__]
        return [item for item in own if isinstance(vars(item).get("name"), str)]


CODECS: Family[Any] = Family("codec", "zswapbench.codecs")
POOLS: Family[Any] = Family("pool", "zswapbench.sim.pools")
POLICIES: Family[Any] = Family("policy", "zswapbench.sim.policies")
