"""Why a number is wrong: predictions of mistakes, named on proof only, and the pattern of what is not recognised.

observation    what a student returned for one node on one input, with all that a prediction may look at
candidates     mistakes as predictions: the exercise's own, those of every layer, two at once
parts          a layer's backward for a part of the upstream
mixed_up       a layer's backward with one array where another belongs
one_function   a function of one number: its derivative at another place
formulas       the way back in formulas, as exercises have them in `worked`, and what they come to
slips, edits   a formula with one thing changed, at one place or throughout; `changed_parts` and
               `words_of_formulas` say what was changed
worked         every such change as a prediction
told_apart     which of them differ from the right numbers and from each other
proof          which of them reproduces the numbers, and whether no other one does
pattern        where nothing does: what the wrong entries have in common
"""

from __future__ import annotations

from grader.diagnosis.candidates import Candidate
from grader.diagnosis.observation import Observation
from grader.diagnosis.proof import named

__all__ = ["Candidate", "Observation", "named"]
