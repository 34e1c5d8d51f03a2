"""gradcheck beside CS231n's element-wise loop, HIPS autograd's check_grads and torch's gradcheck.

All check the same student's forward and backward in plain NumPy, every argument of it. The loop is
`eval_numerical_gradient_array` of CS231n's gradient_check.py, two evaluations an entry, then the relative error.
check_grads is autograd's own, on a primitive whose vjp is the student's backward: one random direction.
torch.autograd.gradcheck (--torch) checks the whole Jacobian of an autograd.Function made of the two.
gradcheck runs in full mode as it is, in full mode with the search for structure switched off, and along a
direction; its fixed part (promises kept, rounding, planted errors) is in all three.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

import grader.gradcheck.check as check_module
from grader.gradcheck import GradcheckResult, gradcheck
from grader.gradcheck.structure import Grouping
from tests.benchmarks.side_by_side import Table, duration, effort, interleaved, options, ratio
from tests.benchmarks.students import STUDENTS, Student, affine_backward, affine_forward

WAYS = ("full", "plain", "direction", "HIPS")

SIZES = ("small", "medium", "large")

TORCH_LARGEST = 1000
"""Entries of all arguments above which torch's Jacobians take minutes; not measured then."""

GOAL_PLAIN = 3.0
"""Full mode without structure may take so many times the loop's time."""

GOAL_PASS, GOAL_FAIL = 20, 60
"""Evaluations that one passing, and one failing, directional check of a million parameters may take."""


def cs231n_loop(student: Student, inputs: tuple[np.ndarray, ...], dout: np.ndarray) -> float:
    """The largest relative error over all arguments; as in the assignments' notebooks."""
    _, cache = student.forward(*inputs)
    gradients = student.backward(dout, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    worst = 0.0
    for x, gradient in zip(inputs, gradients, strict=True):
        numeric = eval_numerical_gradient_array(lambda _: student.forward(*inputs)[0], x, dout)
        error = np.max(np.abs(gradient - numeric) / np.maximum(1e-8, np.abs(gradient) + np.abs(numeric)))
        worst = max(worst, float(error))
    return worst


def eval_numerical_gradient_array(
    f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, df: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Source: CS231n, assignment 2, cs231n/gradient_check.py, line by line."""
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        oldval = x[ix]
        x[ix] = oldval + h
        pos = f(x).copy()
        x[ix] = oldval - h
        neg = f(x).copy()
        x[ix] = oldval
        grad[ix] = np.sum((pos - neg) * df) / (2 * h)
        it.iternext()
    return grad


def hips_check(student: Student, inputs: tuple[np.ndarray, ...]) -> Callable[[], None]:
    """autograd.test_util.check_grads on the student's pair, reverse mode, first order, all arguments at once."""
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    caches: list[Any] = [None]

    @primitive
    def forward(*values: np.ndarray) -> np.ndarray:
        out, caches[0] = student.forward(*values)
        return out

    def make_vjp(argnums: Sequence[int], ans: Any, args: Any, kwargs: Any) -> Callable[[Any], Any]:
        cache = caches[0]

        def vjp(g: np.ndarray) -> list[np.ndarray]:
            gradients = student.backward(g, cache)
            gradients = gradients if isinstance(gradients, tuple) else (gradients,)
            return [gradients[place] for place in argnums]

        return vjp

    defvjp_argnums(forward, make_vjp)
    argnum = tuple(range(len(inputs))) if len(inputs) > 1 else 0
    return lambda: check_grads(forward, argnum, modes=["rev"], order=1)(*inputs)


def torch_check(student: Student, inputs: tuple[np.ndarray, ...]) -> Callable[[], bool]:
    """torch.autograd.gradcheck, slow mode, on an autograd.Function around the student's pair."""
    import torch

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            out, ctx.cache = student.forward(*(tensor.detach().numpy() for tensor in tensors))
            return torch.from_numpy(out)

        @staticmethod
        def backward(ctx: Any, dout: Any) -> Any:
            gradients = student.backward(dout.numpy(), ctx.cache)
            gradients = gradients if isinstance(gradients, tuple) else (gradients,)
            return tuple(torch.from_numpy(np.ascontiguousarray(gradient)) for gradient in gradients)

    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    return lambda: torch.autograd.gradcheck(Wrapped.apply, tensors, atol=1e-4, raise_exception=False)


@contextmanager
def no_structure() -> Iterator[None]:
    """gradcheck as it would be for a function whose entries all reach everything."""
    kept = check_module.find_grouping
    check_module.find_grouping = lambda subject, place, scale, *args, **kwargs: Grouping(scale.shape)
    try:
        yield
    finally:
        check_module.find_grouping = kept


def without_structure(run: Callable[[], GradcheckResult]) -> GradcheckResult:
    """The same check with the search switched off."""
    with no_structure():
        return run()


def measure(*, quick: bool, use_torch: bool) -> tuple[Table, Table]:
    """Times and evaluations, one row a student and size."""
    others = (*WAYS, *(("torch",) if use_torch else ()))
    times = Table(
        "Checking one backward: time beside CS231n's loop (below 1: faster than the loop)",
        ("checked", "entries", "loop", *(f"{name}\n/ loop" for name in others)),
        notes=(
            "full: gradcheck as it is; plain: every entry alone, structure switched off; direction: one direction. "
            f"!: misses a goal (full below 1, plain at most {GOAL_PLAIN:g}).",
            "Small checks are all fixed cost, two to five milliseconds for gradcheck.",
        ),
    )
    calls = Table(
        "Checking one backward: calls of forward", ("checked", "entries", "loop", *others), notes=()
    )
    for student in STUDENTS:
        for size, label in enumerate(SIZES[:1] if quick else SIZES):
            inputs = student.inputs(size, np.random.default_rng(size))
            head = (f"{student.name}, {label}", f"{sum(x.size for x in inputs):,}")
            taken, counted = _side_by_side(student, inputs, quick=quick, use_torch=use_torch)
            cells = [ratio(taken.get(name), taken["loop"]) + _missed(name, taken) for name in others]
            times.rows.append((*head, duration(taken["loop"]), *cells))
            calls.rows.append(
                (*head, *(f"{counted[name]:,}" if name in counted else "-" for name in ("loop", *others)))
            )
    return times, calls


def _missed(name: str, taken: dict[str, float]) -> str:
    goal = {"full": 1.0, "plain": GOAL_PLAIN}.get(name, np.inf)
    return "!" if taken.get(name, 0.0) > goal * taken["loop"] else ""


def _side_by_side(
    student: Student, inputs: tuple[np.ndarray, ...], *, quick: bool, use_torch: bool
) -> tuple[dict[str, float], dict[str, int]]:
    """(seconds, evaluations) of every checker."""
    calls = 0

    def forward(*values: np.ndarray) -> Any:
        nonlocal calls
        calls += 1
        return student.forward(*values)

    counted = Student(student.name, forward, student.backward, ())
    dout = np.random.default_rng(0).standard_normal(student.forward(*inputs)[0].shape)
    full = partial(gradcheck, forward, student.backward, *inputs, mode="full")
    runs: dict[str, Callable[[], Any]] = {
        "loop": partial(cs231n_loop, counted, inputs, dout),
        "full": full,
        "plain": partial(without_structure, full),
        "direction": partial(gradcheck, forward, student.backward, *inputs, mode="directional"),
        "HIPS": hips_check(counted, inputs),
    }
    if use_torch and sum(x.size for x in inputs) <= TORCH_LARGEST:
        runs["torch"] = torch_check(counted, inputs)
    evaluations: dict[str, int] = {}
    for name, run in runs.items():
        calls = 0
        outcome = run()
        evaluations[name] = calls
        if isinstance(outcome, GradcheckResult):
            assert outcome.passed, f"{student.name}, {name}: {outcome}"
        assert outcome is not False, f"{student.name}: {name} says no"
    return interleaved(runs, **effort(quick=quick)), evaluations


def million(*, quick: bool) -> Table:
    """An affine layer with a million weights, right and with one wrong entry: the most evaluations over seeds."""
    n, d, m = (4, 20, 20) if quick else (8, 1000, 1000)
    rng = np.random.default_rng(0)
    inputs = tuple(rng.integers(-900, 901, shape) / 100 for shape in ((n, d), (d, m), (m,)))
    seeds = range(1 if quick else 5)
    table = Table(
        f"Affine layer with {d * m + m:,} parameters, {n} examples, {len(seeds)} seeds",
        ("dw", "mode", "verdict", "entry\nnamed", "calls,\nworst", "goal"),
        left=1,
    )
    for wrong in ("right", "one sign flipped", "one entry 1 % too large"):
        for mode in ("directional",) if quick else ("directional", "auto"):
            found = [_one_of_a_million(inputs, wrong, mode, seed) for seed in seeds]
            verdicts = sorted({verdict for verdict, _, _ in found})
            named = sum(hit for _, hit, _ in found)
            most = max(calls for _, _, calls in found)
            goal = GOAL_PASS if wrong == "right" else GOAL_FAIL
            table.rows.append(
                (
                    wrong,
                    mode,
                    ", ".join(verdicts),
                    "-" if wrong == "right" else f"{named} of {len(found)}",
                    str(most),
                    "-" if mode == "auto" else f"≤ {goal}" + ("" if most <= goal else " missed"),
                )
            )
    table.notes = (
        "calls: of forward, all arguments together. Another entry spoilt at each seed. "
        "auto: one argument is large, so all are checked along directions.",
    )
    return table


def _one_of_a_million(
    inputs: tuple[np.ndarray, ...], wrong: str, mode: Any, seed: int
) -> tuple[str, bool, int]:
    """(verdict, whether the spoilt entry is the one that is named, evaluations)"""
    rng = np.random.default_rng(1000 + seed)
    place = tuple(int(rng.integers(size)) for size in inputs[1].shape)

    def backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, ...]:
        dx, dw, db = affine_backward(dout, cache)
        if wrong != "right":
            dw[place] *= -1 if "flipped" in wrong else 1.01
        return dx, dw, db

    result = gradcheck(affine_forward, backward, *inputs, mode=mode, seed=seed)
    weights = next(argument for argument in result.arguments if argument.name == "w")
    return result.verdict.value, weights.index == place, result.evaluations


def main(arguments: Sequence[str]) -> int:
    """Print the three tables."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--torch", action="store_true", help="torch.autograd.gradcheck too, at small sizes")
    chosen = parser.parse_args(arguments)
    if chosen.torch:
        import torch

        torch.set_num_threads(1)
    for table in (*measure(quick=chosen.quick, use_torch=chosen.torch), million(quick=chosen.quick)):
        table.show(markdown=chosen.markdown)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
