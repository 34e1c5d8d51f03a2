"""Graphs as plain arguments of a function: which nodes and edges they have, and the same with one part less.

Three forms: {node: [nodes it feeds]}, {node: {node it feeds: number}}, and a list of names beside a list of pairs.
Nodes that are arguments by themselves (the loss, a start) stay.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

Edge = tuple[str, str]
Lacks = Callable[[str], bool]
Cut = Callable[[Edge], bool]


def nodes_of(arguments: tuple[Any, ...]) -> list[str]:
    """The nodes that may be taken out; none where no argument is a graph."""
    kept = {argument for argument in arguments if isinstance(argument, str)}
    return [name for name in _names(arguments) if name not in kept]


def _names(arguments: tuple[Any, ...]) -> list[str]:
    for argument in arguments:
        if _is_graph(argument):
            return list(argument)
    lists = [a for a in arguments if isinstance(a, list)]
    if len(lists) == 2 and all(isinstance(name, str) for name in lists[0]):
        known = set(lists[0])
        if all(_is_pair(pair) and set(pair) <= known for pair in lists[1]):
            return list(lists[0])
    return []


def _is_graph(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(name, str) for name in value)
        and all(isinstance(fed, (list, dict)) and all(c in value for c in fed) for fed in value.values())
    )


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(name, str) for name in value)


def edges_of(arguments: tuple[Any, ...]) -> list[Edge]:
    """All edges of the graph among the arguments."""
    if not _names(arguments):
        return []
    for argument in arguments:
        if _is_graph(argument):
            return [(name, fed) for name, feeds in argument.items() for fed in feeds]
    return [(pair[0], pair[1]) for a in arguments if isinstance(a, list) for pair in a if _is_pair(pair)]


def without_nodes(arguments: tuple[Any, ...], gone: Collection[str]) -> tuple[Any, ...]:
    """The arguments with these nodes and every edge at them taken out."""
    return tuple(_less(a, lambda name: name in gone, lambda _: False) for a in arguments)


def without_edge(arguments: tuple[Any, ...], edge: Edge) -> tuple[Any, ...]:
    """The arguments with one edge taken out."""
    return tuple(_less(a, lambda _: False, lambda other: other == edge) for a in arguments)


def _less(value: Any, lacks: Lacks, cut: Cut) -> Any:
    if _is_graph(value):
        return {name: _feeds(name, fed, lacks, cut) for name, fed in value.items() if not lacks(name)}
    if isinstance(value, list):
        return [each for each in value if not _out(each, lacks, cut)]
    return value


def _feeds(name: str, fed: Any, lacks: Lacks, cut: Cut) -> Any:
    left = [c for c in fed if not lacks(c) and not cut((name, c))]
    return {c: fed[c] for c in left} if isinstance(fed, dict) else left


def _out(item: Any, lacks: Lacks, cut: Cut) -> bool:
    if isinstance(item, str):
        return lacks(item)
    return _is_pair(item) and (any(map(lacks, item)) or cut((item[0], item[1])))
