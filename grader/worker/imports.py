"""What a student's `import` gives: NumPy and the plain standard modules, the submission's own files, a check helper
that does nothing, and for everything else a stand-in that complains only when it is used.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

_MODULES = (
    # numbers
    "array cmath decimal fractions math numbers numpy operator random statistics",
    # data
    "bisect collections copy copyreg dataclasses datetime enum hashlib heapq itertools json pickle string struct",
    "uuid zlib",
    # functions and types
    "abc ast builtins contextlib functools gc inspect keyword types typing typing_extensions weakref",
    # text and messages
    "io locale logging pprint re reprlib textwrap tokenize traceback warnings",
    # the interpreter and the machine
    "errno os pathlib platform sys time timeit unittest",
)

ALLOWED = frozenset(" ".join(_MODULES).split())
"""Modules that are loaded before the student's code runs and that it may import. What they could do to files,
processes or the network is for the sandbox to refuse, not for a list of names."""

HELPERS = frozenset({"grader", "chainmark"})
"""Where a notebook gets its check helper from; in grading, calls of it do nothing."""

OURS = frozenset({"reference", "exercises", "tests", "notebooks"})

SINCE_PYTHON_2: Mapping[str, Mapping[str, Any]] = {
    "past.builtins": {"xrange": range, "unicode": str, "basestring": str, "long": int},
    "six.moves": {
        "xrange": range, "range": range, "zip": zip, "map": map, "filter": filter, "reduce": functools.reduce,
    },
}  # fmt: skip
"""What files written for Python 2 and 3 take from packages that bridge the two, older ones of CS231n's among them:
names that Python 3 has itself. All else of these packages is missing as of any other."""


class NotAvailableError(ImportError):
    """A module that is not there was used: which one, and where it was imported."""


class Missing:
    """Stands for a module, or something imported from it, that is not available; any use of it raises."""

    def __init__(self, what: str, where: str) -> None:
        object.__setattr__(self, "_said", f"{what} is not available in grading (imported in {where})")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        _use(self)


def _use(self: Missing, *_: Any, **__: Any) -> NoReturn:
    raise NotAvailableError(object.__getattribute__(self, "_said"))


USES = (
    "call getitem setitem delitem iter next len contains bool enter exit setattr mro_entries instancecheck "
    "array array_function int float index complex str format neg pos abs invert lt le gt ge eq ne "
    "add sub mul matmul truediv floordiv mod pow and or xor radd rsub rmul rmatmul rtruediv rpow"
)
"""All that can be done with a value without asking it for an attribute."""

for _name in USES.split():
    setattr(Missing, f"__{_name}__", _use)


class MissingModule(types.ModuleType):
    """A module that is not there. What is imported from it is Missing; whatever else is asked of it raises."""

    def __init__(self, name: str, where: str, taken: Iterable[str] = ()) -> None:
        super().__init__(name)
        self.__dict__["_where"] = where
        self.__all__: list[str] = []
        for part in taken:
            self.__dict__[part] = Missing(f"{name}.{part}", where)
        for bridge, names in SINCE_PYTHON_2.items():
            outer, _, inner = bridge.rpartition(".")
            if name == outer:
                self.__dict__[inner] = MissingModule(bridge, where)
            elif name == bridge:
                self.__dict__.update(names, __all__=list(names))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        _use(Missing(f"{self.__name__}.{name}", self.__dict__["_where"]))


def missing_module(name: str, where: str, fromlist: Iterable[str]) -> MissingModule:
    """What an import statement for a module that is not there is given: `import a.b` takes a, and then b of it."""
    if fromlist or not name.strip("."):
        return MissingModule(name, where, [part for part in fromlist if part != "*"])
    first, *inner = name.split(".")
    outer = module = MissingModule(first, where)
    for part in inner:
        within = MissingModule(f"{module.__name__}.{part}", where)
        module.__dict__[part] = within
        module = within
    return outer


def _bridges(name: str, fromlist: Iterable[str]) -> bool:
    """Whether all that is imported is among what Python 3 has itself."""
    names = SINCE_PYTHON_2.get(name, {})
    return name in SINCE_PYTHON_2 and all(part == "*" or part in names for part in fromlist)


class Helper(types.ModuleType):
    """The check helper as a notebook imports it; whatever is called in it does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing()


class Nothing:
    """What a check helper gives in grading: it may be called, and asked for anything, and does nothing."""

    def __call__(self, *args: Any, **_: Any) -> Any:
        """Nothing again; as a decorator, the function it is given."""
        return args[0] if len(args) == 1 and isinstance(args[0], types.FunctionType) else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __bool__(self) -> bool:
        return False


class Importer:
    """Answers the `import` statements of one submission. Its `import_` is put in place of `__import__`."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        modules: frozenset[str],
        allowed: frozenset[str],
        is_guarded: Callable[[str, int], bool],
        defined: frozenset[str] = frozenset(),
    ) -> None:
        self.namespace = namespace
        self.modules = modules
        self.allowed = ALLOWED | allowed
        self.is_guarded = is_guarded
        self.defined = defined
        """Names that the submission gives a value somewhere."""
        self.missing: dict[str, str] = {}
        """Modules that were asked for and are not there, with the place of the first import."""
        self.starred: dict[str, str] = {}
        """Those of them that were imported with a star."""

    def import_(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        """As `builtins.__import__`."""
        caller = sys._getframe(1)
        unit, line = caller.f_code.co_filename, caller.f_lineno
        top = name.partition(".")[0]
        if self._is_submitted(name, level, fromlist):
            return self._submitted(name, fromlist)
        if level == 0 and top in HELPERS:
            return Helper(name)
        if level == 0 and top in self.allowed and top not in OURS:
            try:
                return builtins.__import__(name, globals, locals, fromlist, level)
            except (ImportError, OSError):
                pass  # not there, or not loaded before the process was sealed: the same as not allowed
        where = f"{unit}, line {line}"
        shown = "." * level + name
        if level == 0 and _bridges(name, fromlist or ()):
            return missing_module(name, where, tuple(map(str, fromlist or ())))
        if self.is_guarded(unit, line):
            raise ModuleNotFoundError(f"No module named {shown!r} in grading", name=name)
        self.missing.setdefault(shown, where)
        if fromlist and "*" in fromlist:
            self.starred.setdefault(shown, where)
        return missing_module(shown, where, tuple(map(str, fromlist or ())))

    def _is_submitted(self, name: str, level: int, fromlist: Any) -> bool:
        """Whether the name means a file of the submission, by its whole path or by its last part."""
        if not name:  # from . import layers
            return level > 0 and all(self._is_submitted(str(part), 1, ()) for part in fromlist or ())
        if name in self.modules or (level == 0 and self._brings_files(name, fromlist)):
            return True
        last = name.rpartition(".")[2]
        by_last = any(module.rpartition(".")[2] == last for module in self.modules)
        # `from cs231n.layers import *` means a file layers.py, `import numpy.random` never a file random.py.
        return by_last and (level > 0 or name.partition(".")[0] not in self.allowed)

    def _brings_files(self, name: str, fromlist: Any) -> bool:
        """Whether all that `from cs231n import layers` asks for are files of the submission."""
        return (
            name.partition(".")[0] not in self.allowed
            and bool(fromlist)
            and all(map(self._is_file, fromlist))
        )

    def _is_file(self, name: str) -> bool:
        return any(module.rpartition(".")[2] == name for module in self.modules)

    def _submitted(self, name: str, fromlist: Any) -> types.ModuleType:
        """A module whose contents are all that the submission defines: its files share one namespace."""
        module = self._shared(name or "submission")
        if not name:
            for part in fromlist:
                module.__dict__[str(part)] = self._shared(str(part))
        elif not fromlist and "." in name:
            outer = types.ModuleType(name.partition(".")[0])
            inner: types.ModuleType = outer
            for part in name.split(".")[1:]:
                inner.__dict__[part] = self._shared(part)
                inner = inner.__dict__[part]
            return outer
        for part in fromlist or ():
            if self._is_file(part) and part not in self.defined:
                module.__dict__[part] = self._shared(part)
        return module

    def _shared(self, name: str) -> types.ModuleType:
        # In a file called like our helper, what it does not define is meant for the helper.
        return _Shared(name, self.namespace, self.defined if name in HELPERS else None)


class _Shared(types.ModuleType):
    """Looks everything up in the submission's namespace, when it is asked."""

    def __init__(self, name: str, namespace: Mapping[str, Any], defined: frozenset[str] | None) -> None:
        super().__init__(name)
        self.__dict__["_names"] = namespace
        self.__dict__["_defined"] = defined
        self.__all__: list[str] = []  # `import *` copies nothing: the names are shared already

    def __getattr__(self, name: str) -> Any:
        names, defined = self.__dict__["_names"], self.__dict__["_defined"]
        if name in names:
            return names[name]
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Later(names, name) if defined is None or name in defined else Nothing()


class Later:
    """Imported from a file of the submission that is read after this one: found when it is called."""

    def __init__(self, names: Mapping[str, Any], name: str) -> None:
        self.names, self.name = names, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function, if there is one by now."""
        found = self.names.get(self.name)
        if found is None or found is self:
            raise NameError(f"name {self.name!r} is not defined")
        return found(*args, **kwargs)
