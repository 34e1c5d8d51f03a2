"""The count of blame at random: nothing is missed, and what would be is counted."""

from __future__ import annotations

import pytest

from grader.checks.graph import judge as graph
from tests.benchmarks import blame_at_random
from tests.benchmarks.blame_at_random import Tally, count, main

GRAPHS = 40


def test_a_few_dozen_graphs_have_no_miss(capsys):
    assert main([str(GRAPHS)]) == 0
    rows = [line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    counts = {words.strip(): int(number.replace(",", "")) for words, number in rows}
    planted, changed, located = (next(n for w, n in counts.items() if part in w) for part in
                                 ("planted", "beyond the bound", "located exactly"))  # fmt: skip
    assert GRAPHS <= planted <= 3 * GRAPHS
    assert planted / 2 < changed == located
    assert len(counts) == len(blame_at_random.ROWS) + 1


@pytest.mark.parametrize(
    ("name", "broken", "counted"),
    [
        ("follows", lambda run, name: True, "located"),
        ("follows", lambda run, name: False, "exact"),
        ("right", lambda run, name: name in run.got and int(name[1:]) % 3 > 0, "accused"),
    ],
    ids=["everything follows", "nothing follows", "right is wrong"],
)
def test_blame_that_errs_is_counted(monkeypatch, capsys, name, broken, counted):
    monkeypatch.setattr(graph, name, broken)
    tally = Tally()
    for number in range(12):
        count(number, tally)
    assert tally.misses
    match counted:
        case "located":
            assert tally.counts["located"] < tally.counts["changed"]
        case "exact":
            assert tally.counts["exact"] < tally.counts["graphs"]
        case _:
            assert tally.counts["accused"] > 0
    blame_at_random.show(tally, 0.0)
    assert "--first " in capsys.readouterr().out


def test_a_miss_can_be_drawn_again_by_its_number():
    assert blame_at_random.planted(7)[0].nodes == blame_at_random.planted(7)[0].nodes
    tally = Tally()
    count(7, tally)
    assert tally.counts["graphs"] == 1
    assert tally.misses == []
