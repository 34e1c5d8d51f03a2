"""What blocks of a network are made of: how their numbers are drawn, what goes wrong at each part, and hints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from exercises.shared.predictions import mistake
from grader.exercise import Misconception
from reference.graph import Graph


def drawer(graph: Graph) -> Callable[[np.random.Generator], dict[str, Any]]:
    """D = M, so that a lost transpose runs and shows where it was lost; each ReLU is open here and shut there.

    No entry before a ReLU is near its kink, and no hidden unit is shut for all examples.
    """

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            D, N = (int(n) for n in rng.permutation((2, 3, 4))[:2])
            shapes = {"x": (N, D), "v": (D, D), "w": (D, D), "a": (D,), "b": (D,)}
            values = {}
            for leaf in graph.leaves:
                shape = shapes[leaf[0]]
                values[leaf] = rng.choice((-1.0, 1.0), shape) * rng.integers(3, 16, shape) / 10
            forward = graph.forward(values)
            before = [value for name, value in forward.items() if name[0] == "z"]
            if all(np.abs(z).min() > 0.05 and (z > 0).any(axis=0).all() and (z < 0).any() for z in before):
                return values

    return draw


def linear_mistakes(out: str, x: str, w: str, *, only_way: bool = True) -> tuple[Misconception, ...]:
    """Mistakes at out = x w; those of dx only where x goes nowhere else."""
    up, dx, dw = f"d{out}", f"d{x}", f"d{w}"
    at_w = (
        mistake("transposed", f"the transpose of the right d{w}", dw, lambda s: (s[x].T @ s[up]).T),
        mistake("averaged", "a mean over the examples where the chain rule sums", dw,
                lambda s: s[x].T @ s[up] / len(s[x])),
        mistake("sign", "negated", dw, lambda s: -(s[x].T @ s[up])),
    )  # fmt: skip
    at_x = (
        mistake("missing-transpose", f"computed without the transpose of {w}", dx, lambda s: s[up] @ s[w]),
        mistake("factor-missing", f"{up} as it came, without {w}", dx, lambda s: s[up]),
        mistake("sign", "negated", dx, lambda s: -(s[up] @ s[w].T)),
    )
    return at_w + (at_x if only_way else ())


def relu_mistakes(z: str, r: str) -> tuple[Misconception, ...]:
    """Mistakes at r = max(0, z)."""
    up, dz = f"d{r}", f"d{z}"
    return (
        mistake("relu-forgotten", "the upstream as it came: the ReLU is missing", dz, lambda s: s[up]),
        mistake("mask-on-dout", "masked where the upstream is positive instead of where the input is", dz,
                lambda s: s[up] * (s[up] > 0)),
        mistake("value-for-mask", "multiplied by the ReLU's output instead of by its slope, 0 or 1", dz,
                lambda s: s[up] * s[r]),
        mistake("mask-reversed", "masked the wrong way round", dz, lambda s: s[up] * (s[z] < 0)),
    )  # fmt: skip


def add_mistakes(name: str, out: str) -> tuple[Misconception, ...]:
    """Mistakes at one input of a sum."""
    up, node = f"d{out}", f"d{name}"
    return (
        mistake("add-halves", "half of the upstream: a sum splits nothing", node, lambda s: s[up] / 2),
        mistake("add-multiplies", "multiplied by the node's own value", node, lambda s: s[up] * s[name]),
        mistake("ignores-upstream", "ones: the upstream is missing", node, lambda s: np.ones_like(s[name])),
        mistake("sign", "negated", node, lambda s: -s[up]),
    )


AT_LOSS = (
    mistake("factor-two", "2h: the ½ takes the 2 of the square away", "dh", lambda s: 2 * s["h"]),
    mistake("ones", "ones, as if the loss were the sum of h", "dh", lambda s: np.ones_like(s["h"])),
    mistake("sign", "negated", "dh", lambda s: -s["h"]),
)


def bias_mistakes(name: str, out: str) -> tuple[Misconception, ...]:
    """Mistakes at a bias, which every example meets."""
    up, node = f"d{out}", f"d{name}"
    return (
        mistake("averaged", "a mean over the examples where the chain rule sums", node,
                lambda s: s[up].mean(axis=0)),
        mistake("wrong-axis", "summed over the columns: a bias meets every example", node,
                lambda s: s[up].sum(axis=1)),
        mistake("not-summed", "the upstream itself: not summed over the examples", node, lambda s: s[up]),
    )  # fmt: skip


def linear_hints(out: str, x: str, w: str) -> dict[str, tuple[str, ...]]:
    """For both gradients of out = x w."""
    return {
        f"d{x}": (
            f"If you raise {x}[0, 0] by 0.01, which entries of {out} move?",
            f"d{out} and {w} are all that is needed. Which product of the two adds up over those entries?",
            f"d{x} is d{out} times the transpose of {w}.",
        ),
        f"d{w}": (
            f"Which entries of {x} does {w}[0, 1] meet?",
            f"{x} and d{out} are all that is needed. Every example adds its part.",
            f"d{w} is the transpose of {x} times d{out}.",
        ),
    }


def relu_hints(z: str, r: str) -> tuple[str, ...]:
    """For dz, where r = max(0, z)."""
    return (
        f"Where {z} is -2, does {r} notice if it becomes -1.99?",
        f"The slope is 0 or 1, entry by entry. What decides, {z} or d{r}?",
        f"d{z} is d{r} times the mask {z} > 0.",
    )


def add_hints(name: str, out: str) -> tuple[str, ...]:
    """For one input of a sum."""
    return (
        f"{out} is a sum. If {name}[0, 0] rises by 0.01, by how much does {out}[0, 0] rise?",
        "Upstream times local, with the local gradient of a sum.",
        f"The local gradient is 1: d{name} is d{out}.",
    )


HINT_H = (
    "If h[0, 0] is 3 and rises by 0.01, by how much does ½ h² rise?",
    "Differentiate ½ h² entry by entry.",
    "dh is h.",
)


def starter(function: str, arguments: str, asked: tuple[str, ...]) -> str:
    """A function that returns its local variables, with all gradients None."""
    return (
        f"import numpy as np\n\n\ndef {function}({arguments}):\n"
        f'    """Matrices and vectors -> a dictionary with {", ".join(asked)}."""\n'
        f"    {' = '.join(asked)} = None\n"
        "    # your code here: first forward, to h; then backward, from dh\n\n    # end of your code\n"
        "    return locals()\n"
    )
