"""`Report`: everything that grading one submission has to say, as data. Renderers word it and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from grader.findings import Finding, Verdict

SCHEMA = "chainmark/report/3"


class Status(StrEnum):
    """How far an exercise got."""

    GRADED = "graded"
    NOT_STARTED = "not_started"
    UNGRADED = "ungraded"
    """Could not be graded, or waits for a person: never a zero, never full marks."""


class Standing(StrEnum):
    """Where a node's error comes from (blame)."""

    CORRECT = "correct"
    ORIGIN = "origin"
    """Wrong, and not because of anything downstream of it."""
    INHERITED = "inherited"
    """Right work on a number that was wrong already."""
    CORRECT_ANYWAY = "correct_anyway"
    """Right although what it would follow from is wrong."""
    UNJUDGED = "unjudged"


class Reader(StrEnum):
    """Who reads: a student while the assignment is open, a student afterwards, the staff."""

    PRACTICE = "practice"
    CLOSED = "closed"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class NodeReport:
    """One node that was judged: an output, a gradient, a property.

    `index`, `got`, `expected` and `bound` are of the worst entry in the case `case`; the two had to agree within
    the bound. `strict` are the points without follow-through.
    """

    name: str
    verdict: Verdict
    standing: Standing
    points: float
    strict: float
    max_points: float
    label: str = ""
    """How a blackboard writes the operation, where the node has one; else empty."""
    case: str = ""
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    bound: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A named mistake with the numbers that prove it."""

    id: str
    title: str
    node: str
    evidence: str
    tells: bool = True
    """Whether its words give the way to mend it away, and so wait for a later hint while the assignment is open."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint: how far it helps (1 is the gentlest degree), its words, and what it is about.

    `node` is a node, or what a slip is about that is no node's: a forward value, "the changed dout".
    """

    degree: int
    text: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a function is defined: the unit's label (cell or file), the line in it, how often it is defined."""

    name: str
    unit: str
    line: int
    definitions: int = 1
    file: str = ""
    cell: int | None = None
    """Index into the notebook's cells, from 0; None outside notebooks."""


@dataclass(frozen=True, slots=True)
class PictureNode:
    """A node of the picture: `value` over the wire, `gradient` under it, both as short text."""

    name: str
    symbol: str
    leaf: bool
    value: str
    gradient: str
    inputs: tuple[str, ...]
    standing: Standing = Standing.UNJUDGED
    shown: str = ""
    """What to call its gradient: dx, dq."""


@dataclass(frozen=True, slots=True)
class ExerciseReport:
    """One exercise: marks, nodes in the order of the report, findings the most telling first."""

    id: str
    title: str
    kind: str
    status: Status
    score: float
    strict_score: float
    max_score: float
    nodes: tuple[NodeReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    places: tuple[Place, ...] = ()
    conventions: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()
    """Those unlocked for this reader: of each independent slip, the first slip's first, by growing degree."""
    hints_left: int = 0
    """How many more degrees there are."""
    example: tuple[str, ...] = ()
    """The smallest case that fails, line by line, to be followed by hand."""
    picture: tuple[PictureNode, ...] = ()
    picture_note: str = ""
    """What the picture's numbers are: "w = [[1, 3], [-2, 0.5]], dout = [[2, -1]]"."""
    slips: int = 0
    """Independent mistakes: nodes that are the origin of one, and broken promises."""
    reason: str = ""
    """Why it is ungraded or not started, in one line."""
    output: str = ""
    """What the student's code printed while this was judged, where not all of it is right."""
    provisional: bool = False
    """Whether a person still has to mark part of it."""
    example_code: str = ""
    """The example as code that can be run below the student's own functions; empty where there is none."""

    @property
    def passed(self) -> bool:
        """Whether everything judged is right."""
        return (
            self.status is Status.GRADED
            and not any(node.verdict is Verdict.FAIL for node in self.nodes)
            and not any(finding.verdict is Verdict.FAIL for finding in self.findings)
        )


@dataclass(frozen=True, slots=True)
class Seed:
    """Where the inputs came from: "practice" with the public seed, or "grading" with the id of the course's key."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Report:
    """The report on one submission."""

    assignment: str
    title: str
    version: str
    submission: str
    sha256: str
    seed: Seed
    sandbox: str
    """The level that held while it was graded: A to D, or "none" where the code ran in this process."""
    reader: Reader
    exercises: tuple[ExerciseReport, ...]
    notes: tuple[Finding, ...] = ()
    """About the submission as a whole: repairs, syntax errors, functions defined twice."""
    versions: tuple[tuple[str, str], ...] = field(default=())
    student: str = ""

    @property
    def score(self) -> float:
        """Points earned, with follow-through. What could not be graded is left out here and in `max_score`."""
        return float(sum(e.score for e in self.graded))

    @property
    def strict_score(self) -> float:
        """Points earned without follow-through."""
        return float(sum(e.strict_score for e in self.graded))

    @property
    def max_score(self) -> float:
        """Points that could be earned in what was graded or not started."""
        return float(sum(e.max_score for e in self.graded))

    @property
    def graded(self) -> tuple[ExerciseReport, ...]:
        """The exercises that have a mark."""
        return tuple(e for e in self.exercises if e.status is not Status.UNGRADED)

    @property
    def provisional(self) -> bool:
        """Whether a mark is still missing."""
        return any(e.status is Status.UNGRADED or e.provisional for e in self.exercises)

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 something failed or is missing, 3 something could not be graded."""
        if any(e.status is Status.UNGRADED and not e.provisional for e in self.exercises):
            return 3
        return 0 if all(e.passed or e.provisional for e in self.exercises) else 1
