"""Whatever is handed in side by side, everybody has the marks that their own work earns."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from tests.batch import mixed
from tests.batch.shared import assignment, chainmark

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")

COUNT = 50
"""In the suite; `python -m tests.batch.mixed` grades a thousand."""


def test_in_a_class_of_all_kinds_every_label_is_found(tmp_path):
    given = assignment(tmp_path, mixed.ASSIGNMENT + mixed.LIMITS)
    labels = mixed.write(tmp_path / "in", COUNT)
    kinds = Counter(label.kind.partition(":")[0] for label in labels.values())
    assert kinds.keys() >= {"right", "partly right", "hostile", "empty"}
    code, _, _ = chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")
    assert code == 3  # the empty ones
    assert mixed.misjudged(tmp_path / "out", labels) == {}


def test_a_mark_that_is_not_the_labels_would_be_found(tmp_path):
    given = assignment(tmp_path, mixed.ASSIGNMENT)
    labels = {
        student: label
        for student, label in mixed.write(tmp_path / "in", 6, seed=1).items()
        if label.kind in ("right", "partly right")
    }
    for path in (tmp_path / "in").iterdir():
        if path.stem not in labels:
            path.unlink()
    chainmark("grade", given, tmp_path / "in", "--out", tmp_path / "out", "-q")
    assert mixed.misjudged(tmp_path / "out", labels) == {}
    first, *rest = labels
    swapped = labels | {first: mixed.Label("other", ("svm_loss", "affine", "relu")), "nobody": labels[first]}
    del swapped[rest[-1]]
    assert set(mixed.misjudged(tmp_path / "out", swapped)) == {first, "nobody", rest[-1]}
