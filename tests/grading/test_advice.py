"""Advice at the end of an exception's words: only where it fits what went wrong."""

from __future__ import annotations

import pytest

from grader.checks.outcomes import told
from tests.worker.shared import called, loaded

DIVISION = "6 / 2 is 3.0, and 6 // 2 is 3"
MASK = "a mask holds True and False, as x > 0 gives it"


def words(body):
    """What is said of this function of an array of shape (4, 4)."""
    with loaded(f"import numpy as np\ndef f(x, n):\n    {body}\n") as (session, _):
        import numpy as np

        return told(called(session, "f", np.ones((4, 4)), 4), "f")


@pytest.mark.parametrize(
    "body",
    [
        "return np.zeros(n / 2)",
        "return np.zeros((n / 2, 3))",
        "return range(n / 2)",
        "return x[: n / 2]",
        "return x[n / 2]",
        "return x[1 // 1, n / 2]",
        "return [1, 2, 3][n / 2]",
        "return x.reshape(n / 2, -1)",
        "return range(np.float32(n))",
    ],
)
def test_a_number_with_a_point_where_a_whole_one_is_needed_is_told_how_to_divide(body):
    assert words(body).endswith(DIVISION)


@pytest.mark.parametrize(
    "body", ["return x['w']", "return x[n // 2, 'w']", "return x[[1.0]]", "return n['a']"]
)
def test_an_index_that_no_division_made_is_not_told_about_division(body):
    assert DIVISION not in words(body)


def test_a_mask_of_numbers_is_told_what_a_mask_holds():
    said = words("return x[(x <= 0) * 1.0]")
    assert said.endswith(MASK)
    assert DIVISION not in said
