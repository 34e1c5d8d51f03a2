"""Is an exercise sound? Five proofs that its author can ask for, `chainmark prove`.

solution   the exercise's own right solution earns everything, on several seeds; the starter counts as not begun;
           what it is judged by is the derivative of its own forward
mistakes   each misconception, handed in as a submission, is caught at its node and called by its name
apart      predictions differ from the right numbers, and from each other
cases      no case lets zeros pass, nor numbers in another order
mutants    the solution with one operator, axis, sign, constant or statement changed loses marks

The code that runs here is the author's own, so it runs in this process and nothing confines it.
"""

from __future__ import annotations

from grader.prove.proofs import DEFAULT, QUICK, THOROUGH, Effort, prove, prove_all
from grader.prove.result import Problem, Proof, Proved

__all__ = [
    "DEFAULT",
    "QUICK",
    "THOROUGH",
    "Effort",
    "Problem",
    "Proof",
    "Proved",
    "prove",
    "prove_all",
]
