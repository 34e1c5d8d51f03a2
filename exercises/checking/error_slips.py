"""What goes wrong in a relative error, as programs: see `grader.checks.algorithm.slips`."""

from __future__ import annotations

from grader.exercise import slips

_PLAIN = """
import numpy as np

def rel_error(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape:
        return float("inf")
    above = np.abs(a - b)
    below = np.maximum(np.abs(a) + np.abs(b), FLOOR)
    return np.max(above / below)
"""
_LATER = {
    "mean_for_maximum": ("with the mean over the entries, where the worst one counts", "np.max(", "np.mean("),
    "sum_for_maximum": ("with the sum over the entries, where the worst one counts", "np.max(", "np.sum("),
    "sizes_forgotten_above": (
        "without the size of the difference, so that negative ones never count",
        "np.abs(a - b)",
        "(a - b)",
    ),
    "size_of_the_sum": (
        "with |a + b| below, which is small where the two differ in sign",
        "np.abs(a) + np.abs(b)",
        "np.abs(a + b)",
    ),
    "sizes_forgotten_below": ("with a + b below, without their sizes", "np.abs(a) + np.abs(b)", "a + b"),
    "a_alone": ("with |a| alone below", "np.abs(a) + np.abs(b)", "np.abs(a)"),
    "b_alone": ("with |b| alone below", "np.abs(a) + np.abs(b)", "np.abs(b)"),
    "larger_of_both": (
        "with the larger of |a| and |b| below, where their sum is asked for",
        "np.abs(a) + np.abs(b)",
        "np.maximum(np.abs(a), np.abs(b))",
    ),
    "not_relative": (
        "with the difference itself, not divided by anything",
        "np.max(above / below)",
        "np.max(above)",
    ),
    "of_norms": (
        "with the norms of whole arrays, where each entry has its own scale",
        "np.max(above / below)",
        "np.linalg.norm(a - b) / np.maximum(np.linalg.norm(a) + np.linalg.norm(b), FLOOR)",
    ),
    "one_scale": ("with the largest entry's scale for all entries", "above / below", "above) / np.max(below"),
    "smallest": ("with the best entry, where the worst one counts", "np.max(", "np.min("),
    "squared": ("with the squared difference", "np.abs(a - b)", "(a - b) ** 2"),
    "nan_passed_over": ("with entries that are nan passed over", "np.max(", "np.nanmax("),
    "shapes_not_looked_at": (
        "without looking at the shapes, which NumPy stretches",
        '    if a.shape != b.shape:\n        return float("inf")\n',
        "",
    ),
}

REL_ERROR = slips(
    _PLAIN.replace("FLOOR", "1e-8"),
    floor_forgotten=(
        "with 0/0, which is nan, where both entries are 0",
        "np.maximum(np.abs(a) + np.abs(b), 1e-8)",
        "np.abs(a) + np.abs(b)",
    ),
    **{id: tuple(part.replace("FLOOR", "1e-8") for part in told) for id, told in _LATER.items()},  # type: ignore[arg-type]
)
