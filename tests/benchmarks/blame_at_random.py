"""Blame in numbers: random graphs with planted faults through the real check, each twice, as drawn and renamed.

python -m tests.benchmarks.blame_at_random [COUNT] [--first NUMBER]

Graph n is the same in every run: `--first n 1` draws that one alone, which is how a miss is looked at. What blame
has to say of each node comes from the arithmetic in tests/grading, which shares nothing with the grader's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tests.grading.expected_blame import Student, expected, judged, standings
from tests.grading.random_dags import FAULTS, Dag, Fault, random_dag

LEAST, MOST = 3, 200
"""Nodes of a graph; drawn so that small, middling and large ones are equally frequent."""
LETTERS = "xdqWα_"
MOST_SHOWN = 10
ROWS = {
    "graphs": "graphs, of {least} to {most} nodes",
    "nodes": "nodes judged",
    "planted": "faults planted, one to three a graph",
    "undecided": "of these, faults of which rounding leaves open whether they change a value",
    "changed": "of these, faults that change a value beyond the bound",
    "located": "of these, located exactly",
    "exact": "graphs in which every node stands where it should",
    "accused": "right nodes that were accused",
    "doubtful": "nodes where rounding decides (nothing is asked of them)",
    "renamed": "graphs that renaming and reordering change",
}


@dataclass
class Tally:
    """What was counted, and every miss as a line that says how to see it again."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROWS, 0))
    sizes: list[int] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def add(self, **more: int) -> None:
        for name, count in more.items():
            self.counts[name] += count


def planted(number: int) -> tuple[Dag, dict[str, Fault], np.random.Generator]:
    """Graph `number` with the faults at its nodes, and the generator that goes on from there."""
    rng = np.random.default_rng([3091, number])
    size = int(np.exp(rng.uniform(np.log(LEAST), np.log(MOST - 8))))
    dag = random_dag(rng, size, shape=(3,) if rng.random() < 0.25 else ())
    names = [name for name in dag.nodes if name != dag.output]
    chosen = rng.choice(len(names), min(int(rng.integers(1, 4)), len(names)), replace=False)
    faults = {}
    for name in (names[int(place)] for place in chosen):
        fitting = [fault for fault in FAULTS if fault.branches <= max(1, len(dag.uses(name)))]
        faults[name] = fitting[int(rng.integers(len(fitting)))]
    return dag, faults, rng


def renamed(dag: Dag, rng: np.random.Generator) -> dict[str, str]:
    """Another name for each node, in another order of declaration."""
    order = [list(dag.nodes)[int(place)] for place in rng.permutation(len(dag.nodes))]
    return {name: f"{LETTERS[int(rng.integers(len(LETTERS)))]}{place}" for place, name in enumerate(order)}


def count(number: int, tally: Tally) -> None:
    """Judge graph `number` and compare each standing with what it has to be."""
    dag, faults, rng = planted(number)
    student = Student(dag, faults)
    found = standings(judged(dag.exercise(), student))
    possible = expected(dag, student.asked)
    changed = [name for name in faults if possible[name] == {"origin"}]
    lost = [name for name in changed if found[name] != "origin"]
    off = [name for name in possible if found[name] not in possible[name]]
    right = [name for name in possible if possible[name] <= {"correct", "correct_anyway"}]
    accused = [name for name in right if found[name] not in {"correct", "correct_anyway"}]
    names = renamed(dag, rng)
    again = standings(judged(dag.exercise(names), Student(dag, faults, names)))
    other = [name for name in possible if again[names[name]] != found[name]]
    tally.sizes.append(len(dag.nodes))
    tally.add(
        graphs=1, nodes=len(possible), planted=len(faults), changed=len(changed), exact=not off,
        located=len(changed) - len(lost), accused=len(accused), renamed=bool(other),
        undecided=sum(len(possible[name]) > 1 for name in faults),
        doubtful=sum(len(each) > 1 for each in possible.values()),
    )  # fmt: skip
    if off or other:
        said = [f"{name} is {found[name]}, not {'/'.join(sorted(possible[name]))}" for name in off]
        said += [f"{name} is {found[name]}, and {again[names[name]]} by another name" for name in other]
        tally.misses.append(f"--first {number}: {'; '.join(said[:3])}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code is 1 if anything was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.blame_at_random")
    parser.add_argument("count", nargs="?", type=int, default=3000, metavar="COUNT")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER")
    given = parser.parse_args(arguments)
    tally, start = Tally(), time.perf_counter()
    for number in range(given.first, given.first + given.count):
        count(number, tally)
    show(tally, time.perf_counter() - start)
    return 1 if tally.misses else 0


def show(tally: Tally, seconds: float) -> None:
    """The counts as a table, then the misses."""
    ends: Mapping[str, int] = {"least": min(tally.sizes, default=0), "most": max(tally.sizes, default=0)}
    for name, words in ROWS.items():
        print(f"{words.format(**ends):76s} {tally.counts[name]:9,d}")
    print(f"{'seconds':76s} {seconds:9.0f}")
    for miss in tally.misses[:MOST_SHOWN]:
        print(miss)


if __name__ == "__main__":
    sys.exit(main())
