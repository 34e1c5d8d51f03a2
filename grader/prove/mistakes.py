"""Proof 2: each misconception, handed in as a submission, is caught at its node and called by its name."""

from __future__ import annotations

from grader.checks.diagnose import diagnose
from grader.checks.dispatch import check
from grader.checks.layer.nodes import judge, node_result
from grader.checks.layer.situations import run_all
from grader.checks.result import Checked
from grader.exercise import Exercise, GraphExercise, LayerExercise, Misconception
from grader.findings import Verdict
from grader.prove.places import Places
from grader.prove.result import Problem, Proof, Proved
from grader.prove.situations import Inputs
from grader.prove.submissions import PAPER, PlantedRunner, loaded, loses, mistaken
from grader.report.report import Standing


def prove_mistakes(inputs: Inputs, solution: str, proved: Proved, places: Places, *, every: int) -> None:
    """Hand in every misconception. For a layer, one in `every` goes through the whole grader, whose search for the
    smallest example takes most of the time; the others through its judging and naming alone.
    """
    exercise = inputs.exercise
    proved.mistakes = len(exercise.misconceptions)
    runner, text = None, ""
    for number, mistake in enumerate(exercise.misconceptions):
        made = mistaken(exercise, mistake, solution)
        if made is None:
            said = f"an exercise of this kind names no misconceptions, so {mistake.id!r} is never told"
        else:
            if runner is None or text != made[0]:
                runner, text = loaded(exercise, made[0]), made[0]
            runner.plant(made[1])
            whole = not isinstance(exercise, LayerExercise) or number % every == 0
            checked = check(exercise, runner, inputs.seeds, PAPER) if whole else _judged(inputs, runner)
            said = _missed(exercise, mistake, checked, whole=whole)
        if said:
            message = f"{mistake.node}, {mistake.id}: {said}"
            proved.problems.append(Problem(exercise.id, Proof.MISTAKES, message, *places.of_mistake(mistake)))
        else:
            proved.caught += 1
    if runner is not None:
        runner.close()


def _judged(inputs: Inputs, runner: PlantedRunner) -> Checked:
    """Every node's verdict and the mistakes' names, as `check_layer` finds them before it explains more."""
    exercise, runs, checked = inputs.exercise, inputs.layer_runs, Checked()
    assert isinstance(exercise, LayerExercise)
    for run in runs:
        run.got = {}
    run_all(runner, runs)
    judged = judge(runs, runner)
    for name in exercise.nodes:
        checked.nodes[name] = node_result(name, judged[name], runs)
    diagnose(exercise, judged, checked)
    return checked


def _missed(exercise: Exercise, mistake: Misconception, checked: Checked, *, whole: bool) -> str:
    """What the grader missed; empty if the mistake was caught and named."""
    if checked.not_started:
        return f"handed in, it counts as not begun: {checked.not_started}"
    node = checked.nodes.get(mistake.node)
    if node is None or node.verdict is not Verdict.FAIL:
        return "handed in, it is found right"
    if whole and not loses(exercise, checked):
        return "handed in, it loses no marks"
    if isinstance(exercise, GraphExercise):
        origins = [n.name for n in checked.nodes.values() if n.standing is Standing.ORIGIN]
        if origins != [mistake.node]:
            return f"handed in, it is blamed on {', '.join(origins) or 'nothing'}"
    named = [d.id for d in checked.diagnoses if d.node == mistake.node]
    if not set(named) & synonyms(exercise, mistake):
        return f"handed in, it is called {named[0]}" if named else "handed in, it is not recognised"
    return ""


def synonyms(exercise: Exercise, mistake: Misconception) -> set[str]:
    """The ids under which this mistake may be told: its own, and those declared to give the same numbers."""
    others = {o.id for o in exercise.misconceptions if o.node == mistake.node and mistake.id in o.synonyms}
    return {mistake.id, *mistake.synonyms} | others
