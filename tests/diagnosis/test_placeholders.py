"""A number that nothing computed is named as what it is or not at all, and never as some sum that comes to it."""

from __future__ import annotations

import pytest

from tests.exercises.solutions import text_for
from tests.grading.shared import EXERCISES, judged

CENTRED = ["softmax_loss", "svm_loss", "batchnorm", "layernorm", "prelu", "max_gate", "affine", "attention"]
"""Layers of which some gradient sums to 0, and some others."""


@pytest.mark.parametrize("id", CENTRED)
@pytest.mark.parametrize(
    ("placeholder", "names"),
    [("0.0", {"zero"}), ("np.zeros_like(v)", {"zero"}), ("1e300 * np.asarray(v)", set())],
)
@pytest.mark.filterwarnings("error")
def test_a_placeholder_proves_no_formula(id, placeholder, names):
    exercise = EXERCISES[id]
    function, outputs = exercise.functions[-1], len(exercise.layer.outputs) if exercise.one_call else 0
    text = text_for(exercise) + (
        f"\nimport numpy as np\n_right = {function}\ndef {function}(*given):\n"
        "    found = _right(*given)\n"
        "    found = found if isinstance(found, tuple) else (found,)\n"
        f"    mine = tuple(v if n < {outputs} else {placeholder} for n, v in enumerate(found))\n"
        "    return mine if len(mine) > 1 else mine[0]\n"
    )
    checked = judged(exercise, text)
    assert any(node.verdict == "fail" for node in checked.nodes.values())
    assert {diagnosis.id for diagnosis in checked.diagnoses} <= names
