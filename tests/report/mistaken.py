"""Exercises as grading leaves them: the two models of how feedback is to read, and two more with mistakes."""

from __future__ import annotations

import math

from grader.findings import Finding, Verdict
from grader.report.report import (
    Diagnosis,
    ExerciseReport,
    Hint,
    NodeReport,
    PictureNode,
    Place,
    Standing,
    Status,
)


def right(
    name: str, points: float, *, label: str = "", got: float = 0.5, case: str = "generic"
) -> NodeReport:
    """A node whose number is right."""
    at = () if label else (0, 0)
    passed, correct = Verdict.PASS, Standing.CORRECT
    return NodeReport(
        name, passed, correct, points, points, points, label, case, at, got, got, 1e-7 * abs(got)
    )


def affine_without_transpose() -> ExerciseReport:
    """dx = dout @ w: raises unless w is square, and is wrong there."""
    return ExerciseReport(
        id="affine",
        title="The affine layer",
        kind="layer",
        status=Status.GRADED,
        score=5.0,
        strict_score=5.0,
        max_score=6.0,
        nodes=(
            right("out", 3.0, got=66.3733),
            NodeReport(
                "dx",
                Verdict.FAIL,
                Standing.ORIGIN,
                0.0,
                0.0,
                1.0,
                case="square, size 2",
                index=(0, 0),
                got=12.7874,
                expected=-12.4194,
                bound=1.259903952713679e-06,
                message="dx[0, 0] = 12.787, expected -12.419 (±1e-06); 4 of 4 entries are wrong",
            ),
            right("dw", 1.0, got=-7.612),
            right("db", 1.0, got=-1.66),
        ),
        findings=(
            Finding(
                "runs",
                Verdict.FAIL,
                "dx = dout @ w, shapes (2, 3) @ (4, 3): 3 and 4 do not meet",
                "affine_backward",
                case="generic",
                where="cell 12, line 4",
            ),
            Finding("shape", Verdict.FAIL, "dx must have x's shape (N, D) = (2, 4)", "dx"),
        ),
        diagnoses=(
            Diagnosis(
                "missing-transpose",
                "computed without the transpose of w",
                "dx",
                "your dx is computed without the transpose of w: these very numbers on 2 of 2 inputs, and raises "
                "where it would (6)",
            ),
        ),
        places=(
            Place("affine_forward", "cell 11", 1, 1, "hw1.ipynb", 10),
            Place("affine_backward", "cell 12", 1, 2, "hw1.ipynb", 11),
        ),
        conventions=("row batches: an example is a row of x (N, D), and out = xw + b",),
        hints=(
            Hint(1, "Which entries of w does x[0, 0] touch?", "dx"),
            Hint(2, "dout is (N, M) and dx must be (N, D). Which axis of w has to meet the M of dout?", "dx"),
            Hint(
                3,
                "The M of w must come first for the product: dout times the transpose of w, in the shape of x.",
                "dx",
            ),
        ),
        example=(
            "x = [[1, 2]], w = [[1, 3], [-2, 0.5]], b = [0.5, -1], dout = [[2, -1]]: you return dx = [[4, 5.5]].",
            "Raise x[0, 0] by 0.01: your own sum of dout·out falls by 0.01, so dx[0, 0] is -1, not 4.",
        ),
        picture=(
            PictureNode("x", "x", True, "[[1, 2]]", "[[4, 5.5]]", (), Standing.ORIGIN, "dx"),
            PictureNode(
                "w", "w", True, "[[1, 3], [-2, 0.5]]", "[[2, -1], [4, -2]]", (), Standing.CORRECT, "dw"
            ),
            PictureNode("b", "b", True, "[0.5, -1]", "[2, -1]", (), Standing.CORRECT, "db"),
            PictureNode(
                "out", "xW+b", False, "[[-2.5, 3]]", "[[2, -1]]", ("x", "w", "b"), Standing.CORRECT, "dout"
            ),
        ),
        picture_note="x = [[1, 2]], w = [[1, 3], [-2, 0.5]], b = [0.5, -1], dout = [[2, -1]]",
        slips=1,
        output="shapes (2, 3) (4, 3)\n",
    )


def sigmoid_circuit() -> ExerciseReport:
    """Twelve gradients of σ(w0 x0 + w1 x1 + w2); exp passes its upstream on unchanged, the rest follows."""
    e = math.exp(-1)
    up = -1 / (1 + e) ** 2
    values = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0, "p0": -2.0, "p1": 6.0, "s": 4.0}
    values |= {"u": 1.0, "n": -1.0, "e": e, "q": 1 + e, "f": 1 / (1 + e)}
    inputs = {"p0": ("w0", "x0"), "p1": ("w1", "x1"), "s": ("p0", "p1"), "u": ("s", "w2")}
    inputs |= {"n": ("u",), "e": ("n",), "q": ("e",), "f": ("q",)}
    symbols = {"p0": "×", "p1": "×", "s": "+", "u": "+", "n": "×−1", "e": "exp", "q": "+1", "f": "1/x"}
    # name, the operation that it goes into, the student's gradient, and whose gradient that follows from
    follows = (
        ("u", "×−1", -up, "n"),
        ("s", "+", -up, "u"),
        ("p1", "+", -up, "s"),
        ("p0", "+", -up, "s"),
        ("w2", "+", -up, "u"),
        ("x1", "×", 3 * up, "p1"),
        ("w1", "×", 2 * up, "p1"),
        ("x0", "×", -2 * up, "p0"),
        ("w0", "×", up, "p0"),
    )
    case = "the lecture's numbers"
    nodes = [
        right("dq", 1.0, label="1/x", got=up, case=case),
        right("de", 1.0, label="+1", got=up, case=case),
    ]
    nodes.append(
        NodeReport(
            "dn",
            Verdict.FAIL,
            Standing.ORIGIN,
            0.0,
            0.0,
            1.0,
            "exp",
            case,
            (),
            up,
            up * e,
            2e-7,
            f"in n = -1, out e = {e:.4g}, upstream de = {up:.4g}, yours {up:.4g}",
        )
    )
    for name, label, mine, source in follows:
        message = f"follows from your d{source}"
        inherited = (Verdict.FAIL, Standing.INHERITED, 1.0, 0.0, 1.0)
        nodes.append(NodeReport(f"d{name}", *inherited, label, case, (), mine, mine * e, 2e-7, message))
    gradients = {n.name[1:]: n.got for n in nodes} | {"f": 1.0}
    standings = {n.name[1:]: n.standing for n in nodes}
    return ExerciseReport(
        id="sigmoid_circuit",
        title="The sigmoid circuit, twelve gradients",
        kind="graph",
        status=Status.GRADED,
        score=11.0,
        strict_score=2.0,
        max_score=12.0,
        nodes=tuple(nodes),
        diagnoses=(
            Diagnosis(
                "passed-unchanged",
                "exp: you used 1 as the local gradient",
                "dn",
                "at dn, exp: you used 1 as the local gradient: these very numbers on 4 of 4 inputs",
                tells=False,
            ),
        ),
        places=(Place("sigmoid_circuit", "cell 21", 1, 1, "hw1.ipynb", 20),),
        conventions=("the gradient of f itself is 1",),
        hints=(
            Hint(1, "Move n from -1 to -0.99: by how much does exp(n) move?", "dn"),
            Hint(2, "Which function is its own derivative?", "dn"),
            Hint(3, "The local gradient is exp(n), which you have as e: dn is de times e.", "dn"),
        ),
        example=(
            "Move n from -1 to -0.99: e moves by 0.0037. What is the local gradient?",
            "Mend dn, then work out anew what follows from it: du, ds, dp1, dp0, dw2, dx1, dw1, dx0, dw0.",
        ),
        picture=tuple(
            PictureNode(
                name,
                symbols.get(name, name),
                name not in inputs,
                f"{value:.4g}",
                f"{gradients[name]:.4g}",
                inputs.get(name, ()),
                standings.get(name, Standing.UNJUDGED),
                f"d{name}",
            )
            for name, value in values.items()
        ),
        picture_note="w0 = 2, x0 = -1, w1 = -3, x1 = -2, w2 = -3",
        slips=1,
    )


def exp_wrong_forward() -> ExerciseReport:
    """forward returns x itself; dx is right for that, and so inherited, in a layer."""
    return ExerciseReport(
        id="exp_gate",
        title="The exponential gate",
        kind="layer",
        status=Status.GRADED,
        score=2.0,
        strict_score=0.0,
        max_score=3.0,
        nodes=(
            NodeReport(
                "out",
                Verdict.FAIL,
                Standing.ORIGIN,
                0.0,
                0.0,
                1.0,
                case="generic",
                index=(0, 2),
                got=-1.786,
                expected=0.16763,
                bound=2e-08,
                message="out[0, 2] = -1.786, expected 0.16763 (±2e-08); 6 of 6 entries are wrong",
            ),
            NodeReport(
                "dx",
                Verdict.FAIL,
                Standing.INHERITED,
                2.0,
                0.0,
                2.0,
                case="generic",
                index=(0, 2),
                got=1.51,
                expected=0.25312,
                bound=3e-08,
                message="dx[0, 2] = 1.51, expected 0.25312 (±3e-08); 6 of 6 entries are wrong",
            ),
        ),
        findings=(
            Finding(
                "own forward",
                Verdict.WARN,
                "dx: right for your own exp_gate_forward, by differences; mend out and it will have to follow",
                "dx",
            ),
        ),
        slips=1,
    )


def paper() -> ExerciseReport:
    """Numbers by hand: one wrong, one that is none, one left out."""
    return ExerciseReport(
        id="circuits_by_hand",
        title="Two circuits by hand",
        kind="answers",
        status=Status.GRADED,
        score=3.0,
        strict_score=3.0,
        max_score=12.0,
        nodes=(
            NodeReport(
                "f",
                Verdict.PASS,
                Standing.CORRECT,
                3.0,
                3.0,
                3.0,
                "(x + y)z",
                got=-12.0,
                expected=-12.0,
                bound=0.05,
            ),
            NodeReport(
                "dx",
                Verdict.FAIL,
                Standing.ORIGIN,
                0.0,
                0.0,
                3.0,
                "∂f/∂x",
                got=0.2,
                expected=-4.0,
                bound=0.05,
                message="0.2 is not dx",
            ),
            NodeReport(
                "dy",
                Verdict.FAIL,
                Standing.ORIGIN,
                0.0,
                0.0,
                3.0,
                "∂f/∂y",
                expected=-4.0,
                bound=0.05,
                message="'1/0' is not a number",
            ),
            NodeReport("dz", Verdict.FAIL, Standing.ORIGIN, 0.0, 0.0, 3.0, "∂f/∂z", message="no answer"),
        ),
        findings=(
            Finding(
                "answers",
                Verdict.WARN,
                "no question is called zz",
                "circuit_answers",
                where="cell 30, line 1",
            ),
        ),
        slips=3,
    )
