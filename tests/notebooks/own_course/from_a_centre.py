"""A course's own exercise, on the layer beside it."""

from grader.exercise import Case, LayerExercise, Misconception

from .centre_layer import CENTRE


def drawn(n, d):
    def draw(rng):
        c, away = rng.integers(-300, 301, d) / 100, rng.integers(10, 301, (n, d)) / 100
        return c + rng.choice((-1.0, 1.0), (n, d)) * away, c

    return draw


FROM_A_CENTRE = LayerExercise(
    id="from_a_centre",
    title="Squared distances from a centre",
    text=r"""How far from a centre $c$ does each row of $x$ lie? Squared, that is
$$\text{out}_n = \sum_d (x_{nd} - c_d)^2.$$

- `centre_forward(x, c)` returns `out, cache`, with `x` (N, D), `c` (D,) and `out` (N,).
- `centre_backward(dout, cache)` returns `dx, dc`. Every row looks at the same centre.
""",
    layer=CENTRE,
    points={"out": 1, "dx": 1, "dc": 2},
    topic="own layers",
    lecture="our own",
    difficulty=2,
    minutes=15,
    cases=(
        Case("generic", drawn(4, 3), basic=True),
        Case("square, size 3", drawn(3, 3)),
        Case("one row", drawn(1, 4)),
        Case("float32", drawn(4, 3), float32=True),
    ),
    misconceptions=(
        Misconception(
            "factor-two-missing",
            "computed without the 2 that the square leaves behind",
            "dx",
            lambda s: s["dout"][:, None] * (s["x"] - s["c"]),
        ),
        Misconception(
            "sign-of-the-centre",
            "computed as if c were added: the minus in front of c is missing",
            "dc",
            lambda s: 2 * (s["dout"][:, None] * (s["x"] - s["c"])).sum(axis=0),
        ),
    ),
    hints={"dc": ("Move c a little towards x: do the distances grow or shrink?", "Every row uses c.")},
    starter='''import numpy as np


def centre_forward(x, c):
    """x (N, D), c (D,) -> out (N,), cache."""
    out, cache = None, None
    # your code here

    # end of your code
    return out, cache


def centre_backward(dout, cache):
    """dout (N,) -> dx (N, D), dc (D,)."""
    dx, dc = None, None
    # your code here

    # end of your code
    return dx, dc
''',
    conventions=("the distance is squared, without a half",),
)
