"""Reports as grading leaves them, before they are redacted: what renderers are held against.

Those of `mistaken` have mistakes; the others are the ends of the scale, and trouble.
"""

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
    Reader,
    Report,
    Seed,
    Standing,
    Status,
)
from tests.report.mistaken import (
    affine_without_transpose,
    exp_wrong_forward,
    paper,
    right,
    sigmoid_circuit,
)

SHA256 = "49a341d8f98421ad74a3f510de184896560eb205c27a25ae0afb4acd0b9e0750"

HOSTILE = (
    "\x1b[31mred\x1b[0m \x9b2J \u202eevil\u2066 <script>alert(1)</script> ``` </td> & \" ' {{ 7*7 }} [bold]"
    " \u200b\x00 \ud800 \r\n# heading\n\x7f"
)
"""ANSI, C1 controls, bidi, a script, fences, templates, rich's markup, invisible signs, half a surrogate pair."""


def report(*exercises: ExerciseReport, notes: tuple[Finding, ...] = (), **other: object) -> Report:
    """The exercises in a report for the staff."""
    fields: dict[str, object] = {
        "assignment": "hw1",
        "title": "Backpropagation by hand",
        "version": "2",
        "submission": "hw1.ipynb",
        "sha256": SHA256,
        "seed": Seed("practice", "public"),
        "sandbox": "A",
        "reader": Reader.STAFF,
        "versions": (("chainmark", "0.1.0"), ("python", "3.11.7"), ("numpy", "2.4.6")),
        "student": "s1042",
        **other,
    }
    return Report(exercises=exercises, notes=notes, **fields)  # type: ignore[arg-type]


def not_started(name: str = "relu", points: float = 3.0) -> ExerciseReport:
    """The starter as it was handed out."""
    return ExerciseReport(
        name,
        f"The {name} layer",
        "layer",
        Status.NOT_STARTED,
        0.0,
        0.0,
        points,
        places=(Place(f"{name}_forward", "cell 14", 1, 1, "hw1.ipynb", 13),),
        conventions=("at 0 the slope is 0",),
        reason="still raises NotImplementedError",
    )


def ungraded() -> ExerciseReport:
    """The grader itself failed."""
    said = "the grader itself failed here: KeyError: 'dout'"
    return ExerciseReport(
        "softmax_loss",
        "The softmax loss",
        "layer",
        Status.UNGRADED,
        0.0,
        0.0,
        5.0,
        findings=(Finding("grader", Verdict.GRADER_ERROR, said),),
        reason=said,
        output="Traceback (most recent call last):\n  ...\nKeyError: 'dout'\n",
    )


def inconclusive() -> ExerciseReport:
    """Part of it could not be judged, and one number is no number."""
    return ExerciseReport(
        "log_gate",
        "The logarithm",
        "layer",
        Status.UNGRADED,
        1.0,
        1.0,
        3.0,
        nodes=(
            NodeReport(
                "out",
                Verdict.FAIL,
                Standing.ORIGIN,
                0.0,
                0.0,
                1.0,
                case="extremes",
                index=(2,),
                got=math.nan,
                expected=-math.inf,
                bound=math.inf,
                message="out[2] = nan, expected -inf (±inf); 1 of 4 entries are wrong",
            ),
            NodeReport(
                "dx",
                Verdict.INCONCLUSIVE,
                Standing.UNJUDGED,
                0.0,
                0.0,
                2.0,
                message="no inputs were found on which right and wrong can be told apart",
            ),
        ),
        slips=1,
        reason="dx could not be judged",
    )


def written() -> ExerciseReport:
    """An explanation, which a person marks."""
    return ExerciseReport(
        "why_gradients_add",
        "Why gradients add at a fan-out",
        "written",
        Status.UNGRADED,
        0.0,
        0.0,
        4.0,
        reason="Why gradients add at a fan-out: marked by a person",
        provisional=True,
    )


def all_right(name: str = "add_gate", points: float = 3.0) -> ExerciseReport:
    """A right exercise, with a remark that costs nothing."""
    return ExerciseReport(
        name,
        f"The {name.replace('_', ' ')}",
        "layer",
        Status.GRADED,
        points,
        points,
        points,
        nodes=(right("out", points / 3), right("dx", points / 3), right("dy", points / 3)),
        findings=(
            Finding("precision", Verdict.WARN, "dx is computed in single precision (float32)", "dx"),
            Finding("statistics", Verdict.PASS, "judged by statistics"),
        ),
        places=(Place(f"{name}_forward", "cell 3", 1, 1, "hw1.ipynb", 2),),
    )


def hostile() -> Report:
    """Trouble in every text that comes from outside, and in all others."""
    h = HOSTILE
    at = {"case": h, "index": (10**12,), "got": -math.inf, "expected": 1e300, "bound": 5e-324}
    node = NodeReport(h, Verdict.FAIL, Standing.ORIGIN, 0.0, 0.0, 1.0, h, message=h, **at)  # type: ignore[arg-type]
    finding = Finding(h, Verdict.FAIL, h, h, where=h, **at)  # type: ignore[arg-type]
    exercise = ExerciseReport(
        h,
        h,
        "layer",
        Status.GRADED,
        0.0,
        0.0,
        1.0,
        (node,),
        (finding,),
        (Diagnosis(h, h, h, h),),
        (Place(h, h, 1, 1, h, 0),),
        (h,),
        (Hint(1, h, h), Hint(2, h, h), Hint(1, h, f"another {h}")),
        0,
        (h,),
        (PictureNode(h, h, True, h, h, (), Standing.ORIGIN, h), PictureNode("f", h, False, h, h, (h,))),
        h,
        1,
        h,
        h,
        example_code=h,
    )
    return report(
        exercise,
        notes=(finding,),
        assignment=h,
        title=h,
        version=h,
        submission=h,
        student=h,
        versions=((h, h),),
        seed=Seed("grading", h),
    )


def twelve() -> Report:
    """A whole sheet."""
    gates = [all_right(f"{name}_gate") for name in ("add", "multiply", "copy", "max", "reciprocal")]
    return report(
        *gates,
        affine_without_transpose(),
        exp_wrong_forward(),
        sigmoid_circuit(),
        paper(),
        not_started(),
        ungraded(),
        written(),
        notes=(
            Finding("syntax error", Verdict.FAIL, "'(' was never closed", where="cell 5, line 2"),
            Finding(
                "defined twice",
                Verdict.WARN,
                "affine_backward is defined 2 times; the last one counts (cell 12, line 1)",
                "affine_backward",
                where="cell 12, line 1",
            ),
        ),
        seed=Seed("grading", "0f1e2d3c4b5a"),
    )


def samples() -> dict[str, Report]:
    """All of them by name."""
    return {
        "affine without the transpose": report(affine_without_transpose()),
        "the sigmoid circuit": report(sigmoid_circuit()),
        "a wrong forward": report(exp_wrong_forward(), sandbox="none"),
        "numbers by hand": report(paper(), student=""),
        "all right": report(all_right(), all_right("relu")),
        "not started": report(not_started(), versions=()),
        "ungraded": report(ungraded(), sandbox="D"),
        "inconclusive": report(inconclusive()),
        "provisional": report(all_right(), written()),
        "nothing at all": report(sha256=""),
        "hostile": hostile(),
        "twelve exercises": twelve(),
    }


__all__ = [
    "HOSTILE",
    "affine_without_transpose",
    "all_right",
    "exp_wrong_forward",
    "hostile",
    "inconclusive",
    "not_started",
    "paper",
    "report",
    "right",
    "samples",
    "sigmoid_circuit",
    "twelve",
    "ungraded",
    "written",
]
