"""The benchmarks run: each prints a table with a row for everything it is about. Times are not judged."""

from __future__ import annotations

import pytest

from reference import layers
from tests.benchmarks import gradcheck_speed, graph_paths, import_time, notebook_check, reference_layers
from tests.benchmarks.students import STUDENTS

pytest.importorskip("autograd")

MODULES = {
    "reference_layers": (reference_layers, list(layers())),
    "graph_paths": (graph_paths, [str(depth) for depth in graph_paths.DEPTHS]),
    "gradcheck_speed": (
        gradcheck_speed,
        [*(f"{student.name}, small" for student in STUDENTS), "right", "one sign flipped"],
    ),
    "import_time": (import_time, [f"`{name}`" for name in import_time.PROGRAMS]),
    "notebook_check": (notebook_check, list(notebook_check.ROWS.values())),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_prints_a_row_for_each_of_its_cases(name, capsys):
    module, expected = MODULES[name]
    assert module.main(["--quick", "--markdown"]) == 0
    cells = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    first = [row[1].strip() for row in cells]
    assert not set(expected) - set(first)
    assert all(cell.strip() for row in cells for cell in row[1:-2])


def test_a_benchmark_names_each_of_its_programs_in_the_package_docstring():
    from tests import benchmarks

    assert all(f"tests.benchmarks.{name} " in benchmarks.__doc__ for name in MODULES)


def test_switching_structure_off_is_undone():
    kept = gradcheck_speed.check_module.find_grouping
    with gradcheck_speed.no_structure():
        assert gradcheck_speed.check_module.find_grouping is not kept
    assert gradcheck_speed.check_module.find_grouping is kept
