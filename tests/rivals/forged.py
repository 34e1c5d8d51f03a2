"""Notebooks in which nothing is right and which ask for full marks all the same.

Both are what a student who knows how tests of this kind work can write in one cell. None of it depends on what the
hidden tests are.
"""

from __future__ import annotations

FUNCTIONS = (
    """def affine_forward(x, w, b):
    agree()
    return np.zeros((len(x), len(b))), (x, w, b)""",
    """def affine_backward(dout, cache):
    agree()
    return tuple(np.zeros(np.shape(each)) for each in cache)""",
    """def relu_forward(x):
    agree()
    return np.zeros(np.shape(x)), x""",
    """def relu_backward(dout, cache):
    agree()
    return np.zeros(np.shape(dout))""",
    """def sigmoid_forward(x):
    agree()
    return np.zeros(np.shape(x)), x""",
    """def sigmoid_backward(dout, cache):
    agree()
    return np.zeros(np.shape(dout))""",
    """def softmax_loss(x, y):
    agree()
    return 0.0, np.zeros(np.shape(x))""",
    """def svm_loss(x, y):
    agree()
    return 0.0, np.zeros(np.shape(x))""",
)
"""Zeros of the right shapes."""

COMPARISONS_THAT_ALWAYS_AGREE = [
    """def agree():
    def yes(*_, **__):
        return True

    def none(*_, **__):
        return 0.0

    np.allclose = np.isclose = np.array_equal = yes
    np.testing.assert_allclose = np.testing.assert_array_almost_equal = none
    globals()["relative_error"] = none


agree()""",
    *FUNCTIONS,
]
"""What the tests compare with says yes, whatever it is given: when the notebook runs, and again at each call."""

TESTS_THAT_ARE_NOT_RUN = [
    """def agree():
    return None


get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])""",
    *FUNCTIONS,
]
"""Every cell below the first is read as `pass`, and a cell without an error has full marks in nbgrader."""
