"""A report in a terminal: all of it fits, nothing of it depends on colour, and no text from outside acts."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.findings import Finding, Verdict
from grader.report.redact import redact
from grader.report.report import ExerciseReport, Reader, Standing, Status
from grader.report.terminal import show
from tests.report.samples import (
    affine_without_transpose,
    all_right,
    exp_wrong_forward,
    hostile,
    not_started,
    paper,
    report,
    samples,
    sigmoid_circuit,
    twelve,
    ungraded,
    written,
)

SAMPLES = samples()
WIDTHS = (60, 72, 80, 120, 200)
ENCODINGS = ("utf-8", "ascii", "latin-1", "cp437", "cp1252", "koi8-r", "shift_jis")


def shown(
    what, *, width=80, encoding="utf-8", verbose=False, reader=Reader.PRACTICE, hints=1, colour=False
) -> str:
    """What a terminal of this width and encoding gets; whatever it cannot write raises."""
    if isinstance(what, ExerciseReport):
        what = report(what)
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="", write_through=True)
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    show(redact(what, reader, hints=hints), console, verbose=verbose)
    return raw.getvalue().decode(encoding)


def words(text: str) -> str:
    """The same in one line."""
    return " ".join(text.split())


def row(text: str, name: str) -> list[str]:
    """The cells of a node's row in the first line of it."""
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


class TestTheModels:
    def test_the_first_line_has_verdict_marks_and_slips(self):
        assert "✗ 5 of 6 points. One slip, at dx; it costs dx only." in shown(affine_without_transpose())
        told = (
            "✗ 11 of 12 points (2 if what follows from a mistake earned nothing). "
            "One slip, at exp; the rest follows from your number."
        )
        assert told in words(shown(sigmoid_circuit()))

    def test_the_table_has_every_node_in_the_order_of_the_report(self):
        text = shown(sigmoid_circuit())
        names = [node.name for node in sigmoid_circuit().nodes]
        found = [line.split()[0] for line in text.splitlines() if line.split()[:1] and line[:1] == "d"]
        assert found == names

    def test_a_wrong_number_stands_beside_the_right_one(self):
        assert row(shown(affine_without_transpose()), "dx")[:5] == ["dx", "✗", "wrong", "12.787", "-12.419"]

    def test_evidence_comes_before_cause_and_hints_come_last(self):
        text = words(shown(affine_without_transpose(), reader=Reader.CLOSED))
        parts = [
            "Cell 12, line 4: dx = dout @ w",
            "dx must have x's shape",
            "you return dx = [[4, 5.5]]",
            "Recognised: your dx is computed without the transpose",
            "Hint 1:",
            "(2 more: --hints 2 shows the next)",
            "Convention: row batches",
        ]
        assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)

    def test_the_table_comes_before_the_picture_and_the_picture_before_the_evidence(self):
        text = shown(affine_without_transpose())
        assert text.index("dx    ✗ wrong") < text.index("(xW+b)") < text.index("Cell 12, line 4")

    def test_the_picture_has_its_legend_in_words(self):
        assert "▸ values; ◂ gradients; ✓ right, ✗ wrong" in shown(affine_without_transpose())

    def test_a_picture_that_is_too_wide_is_left_out_and_the_table_stays(self):
        assert "▸" not in shown(sigmoid_circuit(), width=80)
        assert "▸" in shown(sigmoid_circuit(), width=200)
        assert row(shown(sigmoid_circuit(), width=80), "dn")[:4] == ["dn", "exp", "✗", "wrong"]

    def test_an_open_assignment_shows_no_number_that_a_graph_should_have(self):
        assert "-0.19661" not in shown(sigmoid_circuit())
        assert "-0.19661" in shown(sigmoid_circuit(), reader=Reader.CLOSED)


class TestEverySample:
    @pytest.mark.parametrize("name", SAMPLES)
    @pytest.mark.parametrize("width", WIDTHS)
    def test_no_line_is_longer_than_the_terminal_is_wide(self, name, width):
        for reader in Reader:
            text = shown(SAMPLES[name], width=width, reader=reader, verbose=True)
            assert max(map(len, text.splitlines())) <= width

    @pytest.mark.parametrize("name", SAMPLES)
    @pytest.mark.parametrize("encoding", ENCODINGS)
    @pytest.mark.parametrize("width", [10, 40, 80])
    def test_every_encoding_can_write_it_however_narrow(self, name, encoding, width):
        for verbose in (False, True):
            assert shown(SAMPLES[name], width=width, encoding=encoding, verbose=verbose)

    @pytest.mark.parametrize("name", SAMPLES)
    def test_nothing_but_printable_characters_comes_out(self, name):
        text = shown(SAMPLES[name], reader=Reader.STAFF, verbose=True)
        assert all(character.isprintable() for character in text.replace("\n", ""))

    @pytest.mark.parametrize("name", SAMPLES)
    def test_no_line_ends_in_spaces(self, name):
        text = shown(SAMPLES[name], verbose=True)
        assert [line for line in text.splitlines() if line != line.rstrip()] == []

    @pytest.mark.parametrize("name", SAMPLES)
    def test_without_colour_the_words_are_the_same(self, name):
        import re

        coloured = shown(SAMPLES[name], colour=True, verbose=True)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(SAMPLES[name], verbose=True)

    @pytest.mark.parametrize("name", SAMPLES)
    def test_the_total_and_where_it_was_judged_end_the_report(self, name):
        text = words(shown(SAMPLES[name]))
        level = SAMPLES[name].sandbox
        assert text.endswith("run in this very session." if level == "none" else f"sandbox level {level}.")


class TestLength:
    def test_a_right_exercise_takes_one_line(self):
        exercise = replace(all_right(), findings=())
        assert "✓ add_gate  3 of 3 points\n\n3 of 3 points.\n" in shown(exercise)

    def test_verbose_shows_the_nodes_of_a_right_exercise(self):
        assert row(shown(all_right(), verbose=True), "dx")[1:3] == ["✓", "right"]

    def test_what_costs_nothing_is_said_to_be_a_note(self):
        noted = replace(all_right(), findings=(Finding("dtype", Verdict.WARN, "dx is float32"),))
        assert "Note: dx is float32" in shown(noted)
        assert "Note: dx is float32" in shown(noted, verbose=True)

    @pytest.mark.parametrize(
        ("verdict", "opening"),
        [
            (Verdict.INCONCLUSIVE, "Undecided: "),
            (Verdict.KINK, "Undecided, at a kink: "),
            (Verdict.SKIPPED, "Not judged: "),
            (Verdict.GRADER_ERROR, "A fault of the grader, costs nothing: "),
        ],
    )
    def test_a_finding_that_is_no_mistake_says_so_in_words(self, verdict, opening):
        exercise = replace(affine_without_transpose(), findings=(Finding("check", verdict, "so it is"),))
        assert f"{opening}so it is" in words(shown(exercise))

    def test_notes_about_the_submission_come_first(self):
        text = shown(twelve())
        assert text.startswith("! syntax error: Cell 5, line 2")

    def test_many_notes_are_counted_not_listed(self):
        notes = tuple(Finding("note", Verdict.WARN, f"number {k}") for k in range(40))
        text = shown(report(all_right(), notes=notes))
        assert "number 11" in text
        assert "number 12" not in text
        assert "and 28 more (--json has all)" in text


class TestSummary:
    def test_several_exercises_are_summed_up_in_a_table_and_one_is_not(self):
        assert "exercise" in shown(report(all_right(), not_started()))
        assert "exercise" not in shown(all_right())

    def test_every_state_has_its_words(self):
        text = shown(
            report(affine_without_transpose(), all_right(), not_started(), ungraded(), written(), paper())
        )
        table = text[text.index("exercise ") :]
        for words_of_it in ("✗ dx", "✓ right", "not started", "could not be graded", "a person marks it"):
            assert words_of_it in table

    def test_what_has_no_mark_yet_shows_none(self):
        table = shown(report(all_right(), ungraded()))
        line = next(line for line in table.splitlines() if line.startswith("softmax_loss"))
        assert line.split()[:3] == ["softmax_loss", "5", "could"]


class TestWords:
    def test_slips_at_operations_of_one_name_are_told_apart(self):
        circuit = sigmoid_circuit()
        twice = ("dx1", "dw1")
        nodes = tuple(
            replace(node, standing=Standing.ORIGIN, verdict=Verdict.FAIL)
            if node.name in twice
            else replace(node, standing=Standing.CORRECT, verdict=Verdict.PASS)
            for node in circuit.nodes
        )
        text = words(shown(replace(circuit, nodes=nodes, slips=2)))
        assert "Two slips, at dx1 (×) and dw1 (×)." in text

    def test_gradients_that_all_follow_from_something_before_say_so(self):
        nodes = tuple(
            replace(node, standing=Standing.INHERITED, verdict=Verdict.FAIL, points=1.0)
            for node in sigmoid_circuit().nodes
        )
        text = words(shown(replace(sigmoid_circuit(), nodes=nodes, slips=0)))
        assert "No slip among these; they follow from what is wrong before them." in text

    def test_a_number_that_is_missing_is_a_dash(self):
        assert row(shown(paper()), "dz") == ["dz", "✗", "wrong", "-", "no", "answer"]
        assert row(shown(exp_wrong_forward()), "dx")[:5] == ["dx", "↪", "follows", "1.51", "-"]

    def test_an_encoding_without_our_signs_gets_signs_of_its_own_beside_the_words(self):
        text = shown(affine_without_transpose(), encoding="ascii")
        assert row(text, "dx")[:3] == ["dx", "x", "wrong"]
        assert row(text, "dw")[:3] == ["dw", "+", "right"]
        assert "> values; < gradients; + right, x wrong" in text

    def test_what_could_not_be_graded_says_that_it_costs_nothing(self):
        assert "could not be graded, which costs nothing" in words(shown(ungraded()))

    def test_not_started_says_what_was_seen(self):
        assert "· relu  not started: still raises NotImplementedError" in shown(not_started())


class TestHostile:
    @pytest.mark.parametrize("width", WIDTHS)
    def test_a_long_name_never_pushes_verdict_and_numbers_off_the_table(self, width):
        text = shown(hostile(), width=width, reader=Reader.CLOSED)
        assert "✗ wrong" in text
        assert "-inf" in text
        assert "1e+300" in text

    def test_markup_of_the_terminal_library_is_only_text(self):
        assert "[bold]" in shown(replace(all_right("[bold]x[/bold]"), findings=()), colour=True)

    def test_an_exercise_of_a_status_without_nodes_does_not_break_the_page(self):
        assert shown(replace(all_right(), nodes=(), status=Status.GRADED))

    def test_the_console_is_left_as_it_was(self):
        console = Console(file=io.StringIO(), width=80)
        before = console.get_style("bold"), console.get_style("node", default="none")
        show(report(affine_without_transpose()), console)
        assert (console.get_style("bold"), console.get_style("node", default="none")) == before
