"""`LayerRun`: one case of a layer with its right numbers, the steps that try it, and what they gave."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.checks.compare import Expected, expected_values
from grader.checks.outcomes import ended_badly
from grader.exercise.cases import Case, as_float32
from grader.exercise.exercise import Array
from grader.exercise.kinds import LayerExercise
from grader.runner import Runner
from grader.worker.steps import Call, NotRun, Outcome, Prepared, Put, Returned, Step, TimedOut
from grader.worker.values import Ref

REDRAWS = 5
"""How often a case that decides nothing is drawn again."""


@dataclass(slots=True)
class LayerRun:
    """Inputs, upstream and right numbers of a case, by name; `got` and the outcomes once it has run."""

    exercise: LayerExercise
    case: Case
    inputs: tuple[Any, ...]
    douts: tuple[Array, ...]
    expected: dict[str, Expected]
    decides: bool = True
    forward: Outcome = field(default_factory=lambda: NotRun("not yet"))
    backward: Outcome = field(default_factory=lambda: NotRun("not yet"))
    salvaged: bool = False
    got: dict[str, Any] = field(default_factory=dict)
    """The student's values by node; a node is missing where nothing came."""

    @property
    def situation(self) -> dict[str, Any]:
        """Everything by name, as predictions of mistakes look at it."""
        layer = self.exercise.layer
        named = dict(zip((spec.name for spec in layer.inputs), self.inputs, strict=True))
        named |= {name: self.expected[name].value for name in self.exercise.nodes}
        named |= {f"d{name}": dout for name, dout in zip(layer.outputs, self.douts, strict=True)}
        return named

    @property
    def single(self) -> bool:
        """Whether the inputs are given in single precision, so that no more can be asked of what comes back."""
        return any(isinstance(value, np.ndarray) and value.dtype == np.float32 for value in self.inputs)

    @property
    def words(self) -> str:
        """The sizes, for messages: "x (2, 3), w (3, 4)"."""
        parts = [
            f"{spec.name} {value.shape}"
            for spec, value in zip(self.exercise.layer.inputs, self.inputs, strict=True)
            if isinstance(value, np.ndarray) and value.ndim
        ]
        return ", ".join(parts)


def layer_run(
    exercise: LayerExercise, case: Case, inputs: tuple[Any, ...], rng: np.random.Generator
) -> LayerRun:
    """The case at these inputs, with random upstream gradients and what is right for them."""
    layer = exercise.layer
    values = tuple(layer.check(*inputs))
    if case.float32:
        values = as_float32(values)
    exact = tuple(_exact(v) for v in values)
    with np.errstate(all="ignore"):
        outs = layer.forward_rule(*(_copied(v) for v in exact))[:-1]
    if exercise.one_call:
        douts = tuple(np.ones(np.shape(out)) for out in outs)
    else:
        douts = tuple(_upstream(np.shape(out), rng) for out in outs)
    if any(isinstance(v, np.ndarray) and v.dtype == np.float32 for v in values):
        douts = tuple(dout.astype(np.float32) for dout in douts)

    def compute(arguments: tuple[Any, ...]) -> Sequence[Array]:
        *outs, cache = layer.forward_rule(*(_copied(a) for a in arguments))
        upstream = (np.array(d, np.float64) for d in douts)  # the rules may write into them
        grads = layer.backward(*upstream, cache)
        return [np.asarray(v, np.float64) for v in (*outs, *grads)]

    found = expected_values(compute, exact, rng, kink=case.kink)
    expected = dict(zip(exercise.nodes, found, strict=True))
    finite = all(np.isfinite(e.value).all() for e in found)
    return LayerRun(exercise, case, values, douts, expected, finite and all(e.decides for e in found))


def drawn_run(exercise: LayerExercise, case: Case, rng: np.random.Generator) -> LayerRun:
    """The case drawn until its numbers can tell right from wrong, at most a few times."""
    run = layer_run(exercise, case, case.draw(rng), rng)
    for _ in range(REDRAWS):
        if run.decides:
            break
        run = layer_run(exercise, case, case.draw(rng), rng)
    return run


def steps(run: LayerRun, prefix: str, *, salvage: bool = False) -> list[Step]:
    """Put the inputs, call forward, put the upstream, call backward; two outcomes of interest."""
    exercise = run.exercise
    outputs = len(exercise.layer.outputs)
    held: list[Step] = [Put(f"{prefix}.in{i}", _given(v)) for i, v in enumerate(run.inputs)]
    refs = tuple(Ref(f"{prefix}.in{i}") for i in range(len(run.inputs)))
    if exercise.one_call:
        return [*held, Call(exercise.one_call, refs, salvage=salvage)]
    held.append(Call(exercise.forward, refs, into=f"{prefix}.fwd", reveal=outputs))
    held += [Put(f"{prefix}.dout{i}", d) for i, d in enumerate(run.douts)]
    douts = tuple(Ref(f"{prefix}.dout{i}") for i in range(outputs))
    cache = Ref(f"{prefix}.fwd", (-1,))
    held.append(Call(exercise.backward, (*douts, cache), into=f"{prefix}.bwd", salvage=salvage))
    return held


@dataclass(frozen=True, slots=True)
class Message:
    """The steps of several runs one after another, and of what comes after them; how many each run has."""

    steps: Prepared
    lengths: tuple[int, ...]


def message(runs: Sequence[LayerRun], more: Sequence[Step] = ()) -> Message:
    """What tries the student's functions on every run."""
    programs = [steps(run, f"c{number}") for number, run in enumerate(runs)]
    together = Prepared((*(step for program in programs for step in program), *more))
    return Message(together, tuple(map(len, programs)))


def run_all(runner: Runner, runs: Sequence[LayerRun], first: Message | None = None) -> list[Outcome]:
    """Try the student's functions on every run, in one message as long as nothing ends the process.

    `first` is that message where it is there already. Returns the outcomes of what comes after the runs in it; none
    where that was never reached.
    """
    left = list(runs)
    deaths = 0
    rest: list[Outcome] = []
    while left:
        sent = first if first is not None and len(left) == len(runs) else message(left)
        ends = list(itertools.accumulate(sent.lengths))
        spans = [(run, end - n, end) for run, end, n in zip(left, ends, sent.lengths, strict=True)]
        outcomes = runner.run(sent.steps)
        dead = next((i for i, outcome in enumerate(outcomes) if ended_badly(outcome)), len(outcomes))
        deaths += dead < len(outcomes)
        # Who computes without end on one case would on the next: waiting for it once is long enough.
        endless = dead < len(outcomes) and isinstance(outcomes[dead], TimedOut)
        left = []
        if endless:
            in_backward = any(stop == dead + 1 for _, _, stop in spans)
            _forwards(runner if in_backward else None, [run for run, start, _ in spans if start > dead])
        for run, start, stop in spans:
            if start > dead and endless:
                continue
            if start > dead and deaths < 2:
                left.append(run)  # it never had its turn; it gets one in a new process
            else:
                take(run, outcomes[start:stop])
        if dead == len(outcomes):
            rest = outcomes[spans[-1][2] :]
            break
    return rest


def _forwards(runner: Runner | None, runs: Sequence[LayerRun]) -> None:
    """Cases whose turn did not come. With a runner their forwards alone: a backward without end costs no output."""
    never = NotRun("another case did not end")
    for run in runs:
        run.forward = run.backward = never
    if runner is None or not runs or runs[0].exercise.one_call:
        return
    programs = [steps(run, f"f{number}")[:-1] for number, run in enumerate(runs)]
    outcomes = runner.run([step for program in programs for step in program])
    for run, program in zip(runs, programs, strict=True):
        take(run, [*outcomes[: len(program)], never])
        outcomes = outcomes[len(program) :]


def take(run: LayerRun, outcomes: Sequence[Outcome]) -> None:
    """Sort the outcomes of `steps` into the run."""
    run.backward = outcomes[-1]
    layer = run.exercise.layer
    if run.exercise.one_call:
        run.forward = outcomes[-1]
        assign(run, outcomes[-1], (*layer.outputs, *run.exercise.gradients))
        return
    run.forward = outcomes[len(run.inputs)]
    if isinstance(run.forward, Returned):
        value = run.forward.value
        cached = isinstance(value, tuple) and len(value) == len(layer.outputs) + 1
        if cached:
            run.got |= dict(zip(layer.outputs, value[:-1], strict=True))
    assign(run, run.backward, run.exercise.gradients)


def assign(run: LayerRun, outcome: Outcome, names: Sequence[str]) -> None:
    """Give each name its part of a returned tuple; a single name takes the value itself."""
    if not isinstance(outcome, Returned):
        return
    value = outcome.value
    if len(names) == 1:
        if isinstance(value, dict) and names[0] in value:
            value = value[names[0]]
        # A list of one may be a batch of one, from `.tolist()`; a tuple of one is how some return a gradient.
        run.got[names[0]] = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    elif isinstance(value, (tuple, list)):
        run.got |= dict(zip(names, value, strict=False))
    elif isinstance(value, dict):
        run.got |= {name: value[name] for name in names if name in value}


def _upstream(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Random, signed, never constant: an upstream of ones lets zeros pass for many a gradient."""
    return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(20, 301, shape) / 100)


def _exact(value: Any) -> Any:
    """In double precision: what single precision should come close to."""
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _given(value: Any) -> Any:
    """As it travels: option dictionaries as plain ones."""
    return dict(value) if hasattr(value, "items") else value
