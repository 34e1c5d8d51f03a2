"""Finding the layers and graphs: every module-level constant of these types, by walking the package.

A new layer is a new file; nothing registers it anywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import MappingProxyType
from typing import Any

from reference.graph import Graph
from reference.layer import Layer


def _constants(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    import reference

    for found in sorted(
        pkgutil.walk_packages(reference.__path__, "reference."), key=lambda module: module.name
    ):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if isinstance(value, kind) and name.isupper():
                yield found.name, value


def _by_name(kind: type[Any]) -> MappingProxyType[str, Any]:
    catalogue: dict[str, Any] = {}
    for module, value in _constants(kind):
        known = catalogue.setdefault(value.name, value)
        if known is not value:
            raise RuntimeError(f"two {kind.__name__} constants are called {value.name!r}, one in {module}")
    return MappingProxyType(catalogue)


@cache
def layers() -> MappingProxyType[str, Layer]:
    """Every Layer of the package by name."""
    return _by_name(Layer)


@cache
def graphs() -> MappingProxyType[str, Graph]:
    """Every worked Graph of the package by name."""
    return _by_name(Graph)
