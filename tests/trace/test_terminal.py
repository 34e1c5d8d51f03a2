"""What the terminal shows, at a pinned width, with and without colour and box characters."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.picture.lanes import backward_lanes, forward_lanes
from grader.picture.numbers import short
from grader.picture.terminal import THEME, show
from tests.trace.examples import EXAMPLES, arguments, run, traced

PRODUCT_AT_80 = """\
q = x + y; f = q*z

   ▸ -2
x ───────╮
   ◂ -4  │
         │        ▸ 3
   ▸ 5   ├─(+) q ───────╮
y ───────╯        ◂ -4  │        ▸ -12
   ◂ -4                 ├─(×) f ───────
                        │        ◂ 1
   ▸ -4                 │
z ──────────────────────╯
   ◂ 3

Forward: ▸ values, from the inputs to f
  x          ▸ -2
  y          ▸ 5
  q = x + y  ▸ 3
  z          ▸ -4
  f = q * z  ▸ -12

Backward: ◂ gradients of f = upstream × local
  f           ◂ 1  (the output)
  z  from f    1 × 3  = ◂ 3
  q  from f    1 × -4 = ◂ -4
  y  from q   -4 × 1  = ◂ -4
  x  from q   -4 × 1  = ◂ -4
"""

SIGMOID_AT_80 = """\
○      w0                            ▸ 2
│ ○    x0                            ▸ -1
●─╯    multiply1 = w0 * x0           ▸ -2
│ ○    w1                            ▸ -3
│ │ ○  x1                            ▸ -2
│ ●─╯  multiply2 = w1 * x1           ▸ 6
●─╯    add1 = multiply1 + multiply2  ▸ 4
│ ○    w2                            ▸ -3
●─╯    add2 = add1 + w2              ▸ 1
●      scale1 = add2 * -1            ▸ -1
●      exp1 = exp(scale1)            ▸ 0.3679
●      shift1 = exp1 + 1             ▸ 1.368
●      reciprocal1 = 1/shift1        ▸ 0.7311
"""


def shown(name: str, *, width: int = 80, colour: bool = False) -> str:
    console = Console(
        file=StringIO(), width=width, theme=THEME, markup=False, highlight=False, force_terminal=colour,
        color_system="256" if colour else None, _environ={}, legacy_windows=False,
    )  # fmt: skip
    show(traced(name), digits=4, console=console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_small_graph_is_drawn_as_on_a_blackboard() -> None:
    assert run(*arguments("named steps")).stdout == PRODUCT_AT_80


def test_a_graph_too_wide_for_a_drawing_has_lanes_instead() -> None:
    text = run(*arguments("sigmoid circuit")).stdout
    assert SIGMOID_AT_80 in text
    assert "│ ○    w2           from add2          0.1966 × 1       = ◂ 0.1966\n" in text


def test_a_wide_terminal_has_room_for_the_drawing_of_the_sigmoid_circuit() -> None:
    text = run(*arguments("sigmoid circuit"), width=130).stdout
    assert "├─(+)───────────(×−1)────────────(exp)────────────(+1)────────────(1/x)───" in text


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [60, 80, 130, 200])
def test_no_line_is_longer_than_the_terminal_is_wide(name: str, width: int) -> None:
    for line in shown(name, width=width).splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_number_is_shown_whole(name: str) -> None:
    """At 80 columns, and in the passes themselves rather than only in the drawing."""
    forward, backward = shown(name).split("Backward: ")
    for node in traced(name).nodes:
        assert f"▸ {short(node.value)}" in forward
        assert f"◂ {short(node.gradient)}" in backward
    for wire in traced(name).wires:
        if wire.target in traced(name).on_path:
            pattern = rf"{re.escape(short(wire.upstream))} × {re.escape(short(wire.local))} +="
            assert re.search(pattern, backward)


def test_the_forward_pass_comes_first_and_the_backward_pass_in_reverse() -> None:
    lines = run(*arguments("fan-outs")).stdout.split("Forward: ")[1].splitlines()
    middle = next(i for i, line in enumerate(lines) if line.startswith("Backward"))
    forward = [line.split()[0] for line in lines[1:middle] if line.strip()]
    backward = [line.split()[0] for line in lines[middle + 1 :] if re.match(r"  \w", line)]
    assert forward == ["r", "x", "s", "y", "z", "multiply1", "f"]
    assert backward == forward[::-1]


def test_a_fan_out_shows_what_adds_up() -> None:
    text = run(*arguments("fan-outs")).stdout
    assert "summed where a value fans out" in text
    assert re.search(r"  s +from z +12 × 1  = 12\n +from y +6 × 2  = 12\n +adds up +12 \+ 12 = ◂ 24\n", text)


def test_a_negative_summand_stands_in_brackets() -> None:
    assert "1 + (-1) = ◂ 0" in run("trace", "x - exp(x)", "x=0").stdout


def test_a_value_used_twice_by_one_gate_is_told_apart_by_input() -> None:
    text = run(*arguments("square of a wire")).stdout
    assert "from multiply1, input 1" in text
    assert "from multiply1, input 2" in text
    assert "3 + 3 = ◂ 6" in text


def test_a_node_that_the_output_does_not_use_says_so() -> None:
    assert re.search(r"v +◂ 0  \(the output does not depend on it\)", shown("a leaf on no path"))


def test_values_and_gradients_have_two_colours_and_two_signs() -> None:
    text = shown("sigmoid circuit", colour=True)
    assert "\x1b[1;38;5;32m▸ -2" in text
    assert "\x1b[1;38;5;166m◂ -0.1966" in text


def test_digits_are_those_asked_for() -> None:
    text = run(*arguments("sigmoid circuit", "--digits", "2")).stdout
    assert "▸ 0.73\n" in text
    assert "0.1966" not in text


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_without_box_characters_everything_is_ascii_and_as_wide(name: str, encoding: str) -> None:
    class Narrow(StringIO):
        @property
        def encoding(self) -> str:  # type: ignore[override]
            return encoding

    console = Console(file=Narrow(), width=80, theme=THEME, markup=False, highlight=False, _environ={})
    show(traced(name), digits=4, console=console)
    assert isinstance(console.file, Narrow)
    text = console.file.getvalue()
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert "> " in text


def test_a_foreign_name_survives_an_ascii_terminal() -> None:
    result = run("trace", "α*x", "α=2", "x=3")
    assert "α * x" in result.stdout
    assert "▸ 6" in result.stdout


def test_names_of_double_width_are_listed_rather_than_drawn() -> None:
    text = run("trace", "重み*x", "重み=2", "x=3").stdout
    assert "重み * x" in text
    assert max(map(cell_len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", EXAMPLES)
def test_lanes_have_one_row_a_node_and_the_backward_ones_are_the_same_upside_down(name: str) -> None:
    forward, backward = forward_lanes(traced(name)), backward_lanes(traced(name))
    assert list(forward) == [node.name for node in traced(name).nodes]
    assert list(backward) == list(forward)[::-1]
    assert len({len(row.node) for row in [*forward.values(), *backward.values()]}) == 1
    for node in traced(name).nodes:
        assert sum(forward[node.name].node.count(sign) for sign in "●○") == 1
        uses = len(set(node.arguments) & {other.name for other in traced(name).nodes})
        joined = sum(forward[node.name].node.count(sign) for sign in "├┤╯╰┴┼")
        assert uses - 1 <= joined <= uses
    upside_down = str.maketrans("╯╰┴╮╭┬", "╮╭┬╯╰┴")
    assert [row.node.translate(upside_down) for row in forward.values()][::-1] == [
        row.node for row in backward.values()
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (2.0, "2"), (-1.5, "-1.5"), (1 / 3, "0.3333"), (123456.789, "123457"),
        (9999999.0, "9999999"), (12345678.0, "1.235e7"), (-0.000123456, "-0.0001235"), (1e-12, "1e-12"),
        (1.234567e-5, "1.235e-5"), (1e300, "1e300"), (-1e-100, "-1e-100"), (99999.9, "100000"),
    ],
)  # fmt: skip
def test_numbers_are_short_and_never_misleading(value: float, text: str) -> None:
    assert short(value) == text
