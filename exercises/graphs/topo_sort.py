"""Exercise: a topological order of a computational graph, judged on random graphs of growing size."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from exercises.shared.starters import one_call
from grader.exercise import AlgorithmExercise, Slip

Edges = dict[str, list[str]]


def random_graph(rng: np.random.Generator, size: int) -> Edges:
    """`size` nodes, each feeding later ones in a hidden order; names and the dictionary's order give nothing away.

      A third of the nodes feed their next one in the hidden order, so that long chains arise; the rest feed up
    to three at random, and a few stand alone.
    """
    names = [f"v{number}" for number in rng.permutation(size)]
    feeds: Edges = {}
    for place, name in enumerate(names):
        later = names[place + 1 :]
        chosen: set[str] = set()
        if later and rng.random() < 1 / 3:
            chosen.add(later[0])
        if later and rng.random() < 0.8:
            count = int(rng.integers(0, min(3, len(later)) + 1))
            chosen |= {later[int(i)] for i in rng.permutation(len(later))[:count]}
        ordered = sorted(chosen)
        feeds[name] = [ordered[int(i)] for i in rng.permutation(len(ordered))]
    shuffled = rng.permutation(size)
    return {names[int(i)]: feeds[names[int(i)]] for i in shuffled}


def _draw(rng: np.random.Generator, size: int) -> tuple[Any, ...]:
    return (random_graph(rng, size),)


def judge_order(arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
    """Whether `returned` holds every node of the graph once, and every node before those that it feeds."""
    graph: Edges = arguments[0]
    if not isinstance(returned, (list, tuple)) or not all(isinstance(name, str) for name in returned):
        wanted = "returned no list of names"
        return [("nodes", wanted), ("order", wanted)]
    problems = []
    counts = Counter(returned)
    missing = [name for name in graph if name not in counts]
    strange = [name for name in counts if name not in graph]
    twice = [name for name, count in counts.items() if count > 1]
    if missing:
        problems.append(("nodes", f"{missing[0]} is missing, one of {len(missing)}"))
    elif strange:
        problems.append(("nodes", f"{strange[0]} is no node of the graph"))
    elif twice:
        problems.append(("nodes", f"{twice[0]} stands there {counts[twice[0]]} times"))
    first = {name: place for place, name in reversed(list(enumerate(returned)))}
    last = {name: place for place, name in enumerate(returned)}
    for name, fed in graph.items():
        for target in fed:
            if name in last and target in first and last[name] > first[target]:
                problems.append(("order", f"{name} feeds {target} and stands after it"))
                return problems
    # Leaving nodes out must not make the order right for want of edges; it is one slip all the same.
    if len(missing) > 1 and any(graph.values()):
        problems.append(("order", problems[0][1]))
    return problems


def _turned(arguments: tuple[Any, ...], returned: Any) -> bool:
    """Whether a list is a right order read backwards."""
    return isinstance(returned, (list, tuple)) and not judge_order(arguments, returned[::-1])


TOPO_SORT = AlgorithmExercise(
    id="topo_sort",
    title="A topological order",
    text=r"""Backpropagation needs an order: the gradient of a node is complete only when all nodes that it
feeds have sent theirs. Going through a topological order backwards does it.

A graph is given as a dictionary from each node's name to the list of the nodes it feeds, $\text{out}(v)$:
`{"x": ["q"], "y": ["q"], "q": ["f"], "z": ["f"], "f": []}`. Every node is a key, there is no cycle, and some
nodes may feed nothing or stand alone.

- `topo_sort(graph)` returns a list with every node's name exactly once, each node before all the nodes it
  feeds. There is often more than one such order; any will do.

Graphs of up to some hundred nodes are tried. Leave the given dictionary and its lists as they were.
""",
    function="topo_sort",
    slips=(
        Slip("backwards", "in the opposite order: read backwards, each list is a right one", fits=_turned),
    ),
    draw=_draw,
    judge=judge_order,
    sizes=(1, 2, 3, 5, 8, 20, 60, 300),
    points={"nodes": 1, "order": 3},
    topic="graphs",
    lecture="Training Neural Networks",
    source="Training Neural Networks, section 1.2",
    difficulty=3,
    minutes=25,
    starter=one_call(
        "topo_sort",
        "graph",
        "graph: a dictionary from each node to the list of nodes it feeds -> a list of all nodes.",
        "order",
    ),
    hints={
        "nodes": (
            "Which nodes does your list lack when the graph has two parts that do not touch?",
            "Where does your walk begin, and can it reach every node from there?",
            "Start from every node that nothing feeds, or try each node in turn and skip those already placed.",
        ),
        "order": (
            "Which nodes can safely be written down first?",
            "A node may follow once all that feed it are written. How can you count what is still to come?",
            "Count how many feed each node. Write down one with count 0, lower the counts it feeds, repeat.",
        ),
    },
    solution=(
        '''from collections import deque


def topo_sort(graph):
    """graph: a dictionary from each node to the list of nodes it feeds -> a list of all nodes."""
    waiting = dict.fromkeys(graph, 0)  # how many edges into each node are still to come
    for fed in graph.values():
        for node in fed:
            waiting[node] += 1
    ready = deque(node for node, count in waiting.items() if count == 0)
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for target in graph[node]:
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    return order
''',
    ),
    conventions=("the graph maps each node to the nodes it feeds", "any topological order is right"),
)
