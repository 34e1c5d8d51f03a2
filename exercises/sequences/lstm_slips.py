"""What goes wrong on the way back through an LSTM's cell, in a single step as in a sequence of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.inputs import Array

Gates = tuple[Array, Array, Array, Array]
"""i, f, o, g, each (N, H)."""


def cell_back(
    dh: Array,
    dc: Array,
    gates: Gates,
    before: Array,
    after: Array,
    *,
    through_h: bool = True,
    through_c: bool = True,
    tanh_slope: bool = True,
    gate_slopes: bool = True,
    all_sigmoid: bool = False,
    g_slope: bool = True,
    g_power: int = 2,
    sigma_slopes: bool = True,
    cell_itself: bool = False,
    o_by_cell: bool = False,
    i_by_itself: bool = False,
    g_by_itself: bool = False,
    f_by_new_cell: bool = False,
    forget: bool = True,
    order: tuple[int, ...] = (0, 1, 2, 3),
) -> tuple[Array, Array]:
    """dh, dc, the cell before and the cell after the step, all (N, H) -> dz (N, 4H), dprev_c (N, H), with a slip.

    One of the ways or derivatives is left out, or an array stands where another belongs. `order` is that in which
    the four quarters, computed rightly, are put side by side.
    """
    i, f, o, g = gates
    t = np.tanh(after)
    cell = after if cell_itself else t
    dcell = dc * through_c + dh * o * ((1 - cell**2) if tanh_slope else 1.0) * through_h
    slopes = [gate * (1 - gate) if sigma_slopes else np.ones_like(gate) for gate in (i, f, o)]
    slopes.append(g * (1 - g) if all_sigmoid else 1 - g**g_power if g_slope else np.ones_like(g))
    parts = [
        dcell * (i if i_by_itself else g),
        dcell * (after if f_by_new_cell else before),
        dh * (after if o_by_cell else t),
        dcell * (g if g_by_itself else i),
    ]
    quarters = [part * (slope if gate_slopes else 1.0) for part, slope in zip(parts, slopes, strict=True)]
    return np.hstack([quarters[place] for place in order]), dcell * f if forget else dcell


IN_THE_CELL: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "tanh-of-cell-missing",
        "computed without the derivative of tanh on the way from the state to the cell",
        {"tanh_slope": False},
    ),
    (
        "derivative-of-the-cell",
        "computed with 1 - c² of the cell itself, where its tanh belongs into that formula",
        {"cell_itself": True},
    ),
)
"""Id, title and slip: those that reach dprev_c as well as what comes back through the gates."""

IN_THE_GATES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "gate-slopes-missing",
        "computed without the derivatives of the gates' σ and tanh",
        {"gate_slopes": False},
    ),
    (
        "sigma-slopes-missing",
        "computed without the derivatives of the three sigmoids",
        {"sigma_slopes": False},
    ),
    ("g-slope-missing", "computed without the derivative of tanh at g", {"g_slope": False}),
    ("square-missing", "computed with 1 - g where 1 - g² belongs", {"g_power": 1}),
    ("g-as-sigmoid", "computed with the sigmoid's derivative for g, which is a tanh", {"all_sigmoid": True}),
    (
        "quarters-in-another-order",
        "computed with the four quarters put together as i, f, g, o",
        {"order": (0, 1, 3, 2)},
    ),
    *(
        (
            f"quarters-as-{names}",
            f"computed with the four quarters put together as {', '.join(names)}",
            {"order": order},
        )
        for names, order in (("fiog", (1, 0, 2, 3)), ("iofg", (0, 2, 1, 3)), ("igfo", (0, 3, 1, 2)))
    ),
    (
        "i-and-g-exchanged",
        "computed with i and g each multiplied by itself, where each belongs to the other's gradient",
        {"i_by_itself": True, "g_by_itself": True},
    ),
    ("o-meets-the-cell", "computed with c where its tanh meets o", {"o_by_cell": True}),
    (
        "f-meets-the-new-cell",
        "computed with the cell after the step where f met the one before",
        {"f_by_new_cell": True},
    ),
    ("i-meets-itself", "computed with i itself where g, its partner, belongs", {"i_by_itself": True}),
)
"""Those that only come back through the gates."""
