"""The right solution of an exercise as a student could have written it, taken from the reference's own source.

A layer's two rules come with all that they need; a graph's gradients are written out gate by gate; other kinds are
made of what `Exercise.solution` names. There is no second truth beside the reference.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from grader.exercise.exercise import Exercise
from grader.exercise.kinds import (
    AnswersExercise,
    GraphExercise,
    LayerExercise,
    NetworkExercise,
    WrittenExercise,
)
from grader.solutions.bundle import Bundle
from grader.solutions.edits import quoted
from grader.solutions.errors import SolutionError
from grader.solutions.straight_line import Passes, dictionary
from grader.text import counted
from reference.layer import Layer

if TYPE_CHECKING:
    from grader.checks.seeds import SeedSource

__all__ = ["SolutionError", "Solutions", "solution_source"]


def solution_source(exercise: Exercise, *, paper: SeedSource | None = None) -> str:
    """Python that defines every name the exercise asks for and gets full marks; words for a written one.

    `paper` draws the questions of the answers kind; without it they are those of practice, with no student.
    Raises SolutionError where the exercise does not say what its solution is made of.
    """
    return Solutions([exercise], paper=paper).source(exercise)


def _for_who_marks(exercise: WrittenExercise) -> str:
    """In place of an answer, which has no one right form: what the marks are for and where students are led."""
    said = f"*A person marks this, from 0 to {counted(exercise.worth, 'point')}; no answer comes with it.*"
    lines = [
        f"- {line}"
        for line in (*exercise.conventions, *(h for each in exercise.hints.values() for h in each))
    ]
    return "\n".join([said, "", "What to look for:", "", *lines]) + "\n" if lines else f"{said}\n"


class Solutions:
    """The solutions of several exercises that share one namespace, such as a notebook's cells.

    What one has defined already is not written again, and no helper takes a name that means something else.
    """

    def __init__(self, exercises: Sequence[Exercise], *, paper: SeedSource | None = None) -> None:
        names = {name for exercise in exercises for name in (*exercise.functions, *exercise.variables)}
        self.bundle = Bundle(names)
        self.paper = paper

    def source(self, exercise: Exercise) -> str:
        """The cell of one exercise. Raises SolutionError."""
        try:
            self._add(exercise)
        except SolutionError as error:
            raise SolutionError(f"exercise {exercise.id}: {error}") from error
        return _for_who_marks(exercise) if isinstance(exercise, WrittenExercise) else self.bundle.cell()

    def _add(self, exercise: Exercise) -> None:
        if isinstance(exercise, AnswersExercise) and not exercise.solution:
            self._answers(exercise)
        elif isinstance(exercise, WrittenExercise):
            return
        elif exercise.solution:
            if isinstance(exercise, NetworkExercise):
                self._layers(exercise)
            self._given(exercise)
        elif isinstance(exercise, LayerExercise):
            self._layer(exercise)
        elif isinstance(exercise, GraphExercise):
            self._graph(exercise)
        elif isinstance(exercise, NetworkExercise):
            self._network(exercise)
        else:
            raise SolutionError("it names no `solution`, and one cannot be made from the rest")

    def _given(self, exercise: Exercise) -> None:
        """Functions of the reference under the names that the author's lines know them by."""
        names: list[tuple[str, str]] = []
        for part in exercise.solution:
            if isinstance(part, str):
                self.bundle.lines(part, names, where="`solution`")
                continue
            own = getattr(part, "__name__", "")
            asked = own if own in exercise.functions else ""
            names.append((own, self.bundle.function(part, asked, _docstring(exercise, asked))))
        self._complete(exercise)

    def _complete(self, exercise: Exercise) -> None:
        """Raises SolutionError unless every name that is asked for is there."""
        there = {name for definition in self.bundle.definitions for name in definition.names}
        missing = [name for name in (*exercise.functions, *exercise.variables) if name not in there]
        if missing:
            raise SolutionError(f"its `solution` defines no {', '.join(missing)}")

    def _layer(self, exercise: LayerExercise) -> None:
        layer = exercise.layer
        if not exercise.one_call:
            for which, name in (("forward", exercise.forward), ("backward", exercise.backward)):
                self.bundle.method(layer, which, name, _docstring(exercise, name))
            return
        self._one_call(layer, exercise.one_call, _docstring(exercise, exercise.one_call))

    def _one_call(self, layer: Layer, name: str, docstring: str) -> None:
        forward = self.bundle.method(layer, "forward")
        backward = self.bundle.method(layer, "backward")
        inputs = ", ".join(spec.name for spec in layer.inputs)
        outs, douts = ", ".join(layer.outputs), ", ".join("1.0" for _ in layer.outputs)
        gradients = ", ".join(f"d{spec}" for spec in layer.differentiable)
        code = (
            f"def {name}({inputs}):\n"
            + (f"    {quoted(docstring, '    ')}\n" if docstring else "")
            + f"    {outs}, cache = {forward}({inputs})\n"
            + f"    {gradients} = {backward}({douts}, cache)\n"
            + f"    return {outs}, {gradients}\n"
        )
        self.bundle.add(name, code, ("one call", layer.name, name))

    def _graph(self, exercise: GraphExercise) -> None:
        passes = Passes(exercise.graph, self.bundle)
        passes.write()
        returned = dictionary([(name, name) for name in exercise.nodes])
        arguments = _arguments(exercise, exercise.function) or list(exercise.graph.leaves)
        self._function(exercise, exercise.function, arguments, passes, returned)

    def _layers(self, exercise: NetworkExercise) -> None:
        """The layers that a network is built from; those with options its `solution` has to define."""
        for node in exercise.graph.nodes.values():
            if node.op is None or node.op.name not in exercise.layers or node.op.name in exercise.options:
                continue
            functions = exercise.layers[node.op.name]
            if len(functions) == 1:
                self._one_call(node.op, functions[0], "")
            else:
                for which, name in zip(("forward", "backward"), functions, strict=True):
                    self.bundle.method(node.op, which, name)

    def _network(self, exercise: NetworkExercise) -> None:
        graph = exercise.graph
        self._layers(exercise)
        passes = Passes(graph, self.bundle, exercise.layers)
        passes.write()
        returned = f"{graph.output}, {dictionary([(name, f'd{name}') for name in exercise.parameters])}"
        self._function(exercise, exercise.function, list(graph.leaves), passes, returned)

    def _function(
        self, exercise: Exercise, name: str, arguments: Sequence[str], passes: Passes, returned: str
    ) -> None:
        graph = passes.graph
        said = _docstring(exercise, name)
        first, *rest = passes.backward
        if not any(re.search(rf"\bd{re.escape(graph.output)}\b", line) for line in (*rest, returned)):
            first = ""  # the loss is a function that gives its gradient itself
        backward = [first, *rest] if first else rest
        lines = [
            f"def {name}({', '.join(arguments)}):",
            *([f"    {quoted(said, '    ')}"] if said else []),
            "    # Forward: the values.",
            *(f"    {line}" for line in passes.forward),
            "",
            "    # Backward: upstream times local, from the end to the start.",
            *(f"    {line}" for line in backward),
            f"    return {returned}",
        ]
        self.bundle.add(name, "\n".join(lines) + "\n", ("graph", exercise.id))

    def _answers(self, exercise: AnswersExercise) -> None:
        paper = self.paper
        if paper is None:
            from grader.checks.seeds import SeedSource

            paper = SeedSource.personal("practice", "")
        questions = exercise.paper(paper.rng(exercise.id))
        lines = "".join(f'    "{question.id}": {_digits(question)},\n' for question in questions)
        self.bundle.add(exercise.variable, f"{exercise.variable} = {{\n{lines}}}\n", ("answers", exercise.id))


def _digits(question: Any) -> str:
    """The shortest way to write the value that is still right."""
    for digits in range(2, 17):
        shown = f"{question.value:.{digits}g}"
        if question.low <= float(shown) <= question.high:
            return shown
    return repr(float(question.value))


def _starter_function(exercise: Exercise, name: str) -> ast.FunctionDef | None:
    """The function of this name in the cell that students begin with."""
    if not name:
        return None
    try:
        tree = ast.parse(exercise.starter)
    except SyntaxError:
        return None
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return next((node for node in functions if node.name == name), None)


def _docstring(exercise: Exercise, name: str) -> str:
    """What the starter says of a function, so that starter and solution say the same."""
    function = _starter_function(exercise, name)
    return (ast.get_docstring(function) or "") if function is not None else ""


def _arguments(exercise: Exercise, name: str) -> list[str]:
    function = _starter_function(exercise, name)
    return [argument.arg for argument in function.args.args] if function is not None else []
