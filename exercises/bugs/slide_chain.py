"""Exercise: a slide of the multivariate chain rule, where two of three factors slipped."""

from __future__ import annotations

from typing import Any

import numpy as np

from exercises.shared.drawing import elementwise_cases
from grader.exercise import FindTheBugExercise
from reference.chain_product import CHAIN_PRODUCT
from reference.inputs import Array


def slipped_factors(df: Any, r: Array, s: Array) -> Array:
    """yz · 0 + yz · r + y · 1 for ∂f/∂s. Source: CSCI 5622, lecture 13, the first slide of its example."""
    y, z = r * s, s
    dx, dy, dz = y * z, y * z, y
    return np.asarray(df * (dx * 0 + dy * r + dz * 1))


SLIDE_CHAIN_FACTORS = FindTheBugExercise(
    id="slide_chain_factors",
    title="Spot the mistake: the chain rule on a slide",
    text=r"""For $f = x\,y\,z$ with $x = r$, $y = r\,s$ and $z = s$, the multivariate chain rule says
$$\frac{\partial f}{\partial s} = \frac{\partial f}{\partial x}\frac{\partial x}{\partial s}
  + \frac{\partial f}{\partial y}\frac{\partial y}{\partial s}
  + \frac{\partial f}{\partial z}\frac{\partial z}{\partial s}.$$
A slide fills in
$$\frac{\partial f}{\partial s} = yz \cdot 0 + yz \cdot r + y \cdot 1$$
and goes on, one line below, with a result that does not follow from it. The slide's line as code, entry by entry
for arrays `r` and `s` of one shape, with `df` the upstream:

```python
def shown_backward(df, r, s):
    x, y, z = r, r * s, s
    dx, dy, dz = y * z, y * z, y       # of f = x y z
    return df * (dx * 0 + dy * r + dz * 1)      # ds
```

- `chain_counterexample()` returns inputs `r, s` for which it is wrong: numbers, or arrays or lists of one shape.
- `chain_wrong_node` is the name of the first of `"dx"`, `"dy"`, `"dz"` in that line that is wrong.
- `chain_mended_backward(df, r, s)` returns the right `ds`, of the shape of `s`.

Begin with $r = 1$ and some $s$; multiplied out, $f = r^2 s^2$, and you know its slope.
""",
    layer=CHAIN_PRODUCT,
    shown=slipped_factors,
    wrong=("dy",),
    counterexample="chain_counterexample",
    answer="chain_wrong_node",
    mended="chain_mended_backward",
    cases=elementwise_cases(CHAIN_PRODUCT, scale=0.3),
    points={"counterexample": 1, "node": 1, "mended": 1},
    topic="scalar circuits",
    lecture="CSCI 5622, lecture 13",
    source="CSCI 5622, lecture 13: the multivariate chain rule, its example",
    difficulty=2,
    minutes=12,
    starter='''import numpy as np


def chain_counterexample():
    """-> r, s for which the line above is wrong."""
    r, s = None, None
    # your code here

    # end of your code
    return r, s


chain_wrong_node = None  # the first wrong one of "dx", "dy", "dz"


def chain_mended_backward(df, r, s):
    """df and r, s (of one shape) -> ds (the same shape), the right gradient."""
    ds = None
    # your code here

    # end of your code
    return ds
''',
    solution=(
        """def chain_counterexample():
    return 2.0, 3.0


chain_wrong_node = "dy"


def chain_mended_backward(df, r, s):
    \"\"\"df and r, s (of one shape) -> ds: every derivative is the product of the other two.\"\"\"
    x, y, z = r, r * s, s
    return df * (y * z * 0 + x * z * r + x * y * 1)
""",
    ),
    hints={
        "counterexample": (
            "At r = 2 and s = 3, what is the slope of r² s² in s, and what does the slide's line give?",
            "There are numbers for which the line is right by chance. Where rs + 1 = 2r, take others.",
            "r = 2, s = 3: the slope is 24, the line gives 42.",
        ),
        "node": (
            "Hold two of x, y, z still and move the third. What stands beside it in the product?",
            "Each derivative of a product of three is a product of the other two. Which has its own letter in it?",
            "∂f/∂y may not contain y: it is xz.",
        ),
        "mended": (
            "What does each of the three derivatives of xyz look like?",
            "The second term is xz times r, the third xy times 1. Is x in your code?",
            "ds is df times (x z r + x y), which is 2 r² s.",
        ),
    },
    conventions=("entry by entry", "r is held still: only the slope in s is asked for"),
)
