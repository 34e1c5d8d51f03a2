"""Every layer of the reference, forward and backward, beside HIPS autograd and torch on the same arrays.

Ours are the raw rules, `forward_rule` and `backward_rule`, without the argument checks of `Layer.forward`.
autograd runs the layer's oracle: it traces the forward and pulls the upstream gradients back. torch runs the
oracle on tensors and, where tests/reference/torch_oracles.py has one, a native formulation; the faster counts.
An oracle is written as plainly as possible, some with Python loops, so a large ratio there says little.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from reference import Domain, InputError, Layer, layers
from tests.benchmarks.side_by_side import Table, effort, interleaved, options, ratio
from tests.reference.proof import draw_smooth, upstreams

Run = Callable[[], Any]

IMAGE = {"N": 4, "H": 12, "W": 12}
"""Sizes of images (what has both an H and a W) at the medium size; other dimensions of theirs are 3."""

MEDIUM = {"N": 64, "T": 8}
"""Other layers; their other dimensions are 32."""

FREE = (64, 32)
"""What "..." stands for at the medium size."""


def medium_sizes(layer: Layer) -> dict[str, int]:
    """Dozens to thousands of entries an argument."""
    image = {"H", "W"} <= set(layer.dimensions)
    return {name: IMAGE.get(name, 3) if image else MEDIUM.get(name, 32) for name in layer.dimensions}


def cases(layer: Layer, *, quick: bool) -> dict[str, tuple[Any, ...]]:
    """Arguments by size."""
    rng = np.random.default_rng(0)
    found = {"small": draw_smooth(layer, rng)}
    if not quick:
        # A layer whose dimensions hang together in a way of its own is drawn at its own sizes only.
        with suppress(InputError, ValueError):
            layer.check(*(medium := layer.draw(rng, medium_sizes(layer), free=FREE)))
            found["medium"] = medium
    return {name: layer.check(*inputs) for name, inputs in found.items()}


def ours(layer: Layer, inputs: tuple[Any, ...], douts: tuple[Any, ...]) -> Run:
    """Forward and backward by hand; returns the gradients as a tuple."""
    forward, backward = layer.forward_rule, layer.backward_rule

    def run() -> tuple[Any, ...]:
        *_, cache = forward(*inputs)
        gradients = backward(*douts, cache)
        return gradients if isinstance(gradients, tuple) else (gradients,)

    return run


def by_autograd(layer: Layer, inputs: tuple[Any, ...], douts: tuple[Any, ...]) -> Run:
    """The oracle traced by HIPS autograd, forward and backward."""
    import autograd
    import autograd.numpy as anp
    from autograd.builtins import tuple as traced_tuple

    places = differentiable(layer)
    several = len(layer.outputs) > 1

    def function(*moving: Any) -> Any:
        full = list(inputs)
        for place, value in zip(places, moving, strict=True):
            full[place] = value
        out = layer.oracle(anp, *full)
        return traced_tuple(out) if several else out

    moving = [inputs[place] for place in places]
    upstream = douts if several else douts[0]
    if len(places) == 1:
        make = autograd.make_vjp(function)
        return lambda: (make(*moving)[0](upstream),)
    make = autograd.make_vjp(function, tuple(range(len(places))))
    return lambda: make(*moving)[0](upstream)


def by_torch(
    layer: Layer, inputs: tuple[Any, ...], douts: tuple[Any, ...], function: Callable[..., Any]
) -> Run:
    """A formulation in torch, forward and `.backward()`, with fresh `.grad` each time."""
    import torch

    places = differentiable(layer)
    full = [value if isinstance(value, Mapping) else torch.tensor(value) for value in inputs]
    for place in places:
        full[place].requires_grad_()
    moving = [full[place] for place in places]
    upstream = [torch.tensor(dout) for dout in douts]

    def run() -> tuple[Any, ...]:
        for tensor in moving:
            tensor.grad = None
        out = function(torch, *full)
        torch.autograd.backward(out if isinstance(out, tuple) else (out,), upstream)
        return tuple(tensor.grad for tensor in moving)

    return run


def torch_formulations(layer: Layer) -> dict[str, Callable[..., Any]]:
    """The oracle, and the native formulation where one was written."""
    found = {"torch": layer.oracle}
    if find_spec("tests.reference.torch_oracles"):
        oracles = import_module("tests.reference.torch_oracles").ORACLES
        if layer.name in oracles:
            found["torch native"] = oracles[layer.name]
    return found


def differentiable(layer: Layer) -> list[int]:
    """Places of the inputs that have a gradient."""
    return [place for place, spec in enumerate(layer.inputs) if spec.differentiable]


def has_loops(layer: Layer) -> bool:
    """Whether the oracle is a Python loop, as far as its own source says."""
    try:
        return "for " in inspect.getsource(layer.oracle)
    except (OSError, TypeError):
        return False


def works(run: Run, expected: tuple[Any, ...], *, compare: bool) -> bool:
    """Whether another implementation can do it at all, and finds the same gradients."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = run()
    except Exception:
        return False  # a function that this array module lacks, or that takes other arguments
    if any(gradient is None for gradient in found):
        return False
    pairs = zip(found, expected, strict=True)
    return not compare or all(np.allclose(np.asarray(f), e, rtol=1e-6, atol=1e-9) for f, e in pairs)


def sizes(layer: Layer, inputs: tuple[Any, ...]) -> str:
    """Shapes of the array arguments; of several equal ones the first."""
    shapes = [
        "×".join(map(str, np.shape(value))) or "()"
        for spec, value in zip(layer.inputs, inputs, strict=True)
        if spec.domain is not Domain.CONFIG and spec.shape
    ]
    return " ".join(dict.fromkeys(shapes)) or "scalars"


def measure(names: Sequence[str], *, quick: bool, use_torch: bool) -> Table:
    """Two rows a layer."""
    table = Table(
        "Forward + backward of the reference's layers (raw rules), best of 7 interleaved rounds, one thread",
        ("layer", "sizes", "ours\nµs", "autograd\n/ ours", "torch\n/ ours", ""),
        left=2,
    )
    slower = rows = 0
    for name in names:
        layer = layers()[name]
        loops = has_loops(layer)
        for size, inputs in cases(layer, quick=quick).items():
            douts = upstreams(layer, inputs, np.random.default_rng(1))
            runs: dict[str, Run] = {"ours": ours(layer, inputs, douts)}
            expected = runs["ours"]()
            # Kinks and ties are only kept away from at the small size.
            compare = size == "small"
            others = {"autograd": by_autograd(layer, inputs, douts)}
            if use_torch:
                others |= {
                    key: by_torch(layer, inputs, douts, function)
                    for key, function in torch_formulations(layer).items()
                }
            runs |= {key: run for key, run in others.items() if works(run, expected, compare=compare)}
            taken = interleaved(runs, **effort(quick=quick))
            autograd_time = taken.get("autograd")
            in_torch = [time for key, time in taken.items() if key.startswith("torch")]
            behind = autograd_time is not None and autograd_time < taken["ours"]
            slower, rows = slower + behind, rows + 1
            table.rows.append(
                (
                    name,
                    sizes(layer, inputs),
                    f"{1e6 * taken['ours']:,.1f}",
                    ratio(autograd_time, taken["ours"]),
                    ratio(min(in_torch, default=None), taken["ours"]),
                    " ".join(("slower",) * behind + ("loops",) * loops),
                )
            )
    table.notes = (
        f"{len(names)} layers; slower than autograd in {slower} of {rows} rows. Above 1: ours is faster. "
        "-: it cannot run the oracle.",
        "autograd and torch run the layer's oracle, a plain statement of the forward; where that is a Python "
        "loop (loops), the ratio says little. torch: the faster of that and a native formulation, if any.",
    )
    return table


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", action="append", help="this layer; may be repeated")
    parser.add_argument("--no-torch", action="store_true", help="leave torch out (--quick does)")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.only or () if name not in layers()]
    if unknown:
        parser.error(f"no layer is called {unknown[0]!r}; there are {', '.join(sorted(layers()))}")
    use_torch = not (chosen.no_torch or chosen.quick) and find_spec("torch") is not None
    if use_torch:
        import torch

        torch.set_num_threads(1)
    table = measure(chosen.only or sorted(layers()), quick=chosen.quick, use_torch=use_torch)
    table.show(markdown=chosen.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
