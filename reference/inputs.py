"""Arguments of a layer: their names, their shapes in named dimensions, and the values they may take.

The one description serves four readers: the check that real arguments fit, the drawing of test inputs, the
names in messages (`w must be (D, M)`), and the documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from reference.errors import InputError

Array = npt.NDArray[Any]
Sizes = Mapping[str, int]

ANY = "..."
"""A dimension name that stands for any number of dimensions, the same for all arguments that have it."""

OWN = "*"
"""As a whole shape, ("*",): any shape, each argument its own; `fit_rule` says which go together."""


class Domain(Enum):
    """The values that an argument may take; decides how test inputs are drawn and what is refused."""

    REAL = "any number"
    POSITIVE = "a number above 0"
    NONZERO = "a number other than 0"
    PROBABILITY = "a number above 0, at most 1"
    MASK = "0 or 1"
    LABEL = "an integer label"
    CONFIG = "a dictionary of options"


@dataclass(frozen=True, slots=True)
class Input:
    """One argument.

    `shape` holds dimension names; () is a scalar, ("...",) any shape common to all that have it, ("*",) any
    shape of its own, and a name of digits, as in ("1", "C"), a fixed size. `differentiable` says whether a gradient
    is asked for. `below` names the dimension whose size bounds a LABEL from above. `choices` are the option
    dictionaries that a CONFIG is drawn from; the first one is the default.
    """

    name: str
    shape: tuple[str, ...] = (ANY,)
    domain: Domain = Domain.REAL
    differentiable: bool = True
    below: str = ""
    choices: tuple[Mapping[str, Any], ...] = ()

    def as_array(self, value: object, *, layer: str) -> Array:
        """The value as an array that the layer can compute with; integers become float64.

        Raises InputError for what is neither a number nor an array of numbers, or lies outside the domain.
        """
        try:
            array = np.asarray(value)
        except ValueError:  # a ragged nested list
            raise InputError(layer, self.name, "an array of numbers", "a ragged list") from None
        if self.domain is Domain.LABEL:
            if array.size and not np.issubdtype(array.dtype, np.integer):
                raise InputError(layer, self.name, "integers", f"dtype {array.dtype}")
            return array.astype(np.intp, copy=False)
        if array.dtype.kind in "iub":
            array = array.astype(np.float64)
        if array.dtype.kind != "f":
            raise InputError(layer, self.name, "real numbers", f"dtype {array.dtype}")
        if not self._inside(array):
            raise InputError(layer, self.name, self.domain.value, _first_outside(array, self.domain))
        return array

    def _inside(self, array: Array) -> bool:
        match self.domain:
            case Domain.POSITIVE:
                return bool((array > 0).all())
            case Domain.NONZERO:
                return bool((array != 0).all())
            case Domain.PROBABILITY:
                return bool(((array > 0) & (array <= 1)).all())
            case Domain.MASK:
                return bool(((array == 0) | (array == 1)).all())
            case _:
                return True


def label(name: str, shape: tuple[str, ...], *, below: str) -> Input:
    """An integer argument with values 0 .. size of dimension `below` - 1, without a gradient."""
    return Input(name, shape, Domain.LABEL, differentiable=False, below=below)


def constant(name: str, shape: tuple[str, ...] = (), domain: Domain = Domain.REAL) -> Input:
    """A number or array that the layer takes as given: no gradient is asked for."""
    return Input(name, shape, domain, differentiable=False)


def config(name: str, *choices: Mapping[str, Any]) -> Input:
    """A dictionary of options such as `conv_param`, without a gradient; the first choice is the default."""
    return Input(name, (), Domain.CONFIG, differentiable=False, choices=choices)


def fit(
    layer: str, specs: Sequence[Input], values: Sequence[object]
) -> tuple[tuple[Any, ...], dict[str, int]]:
    """Check values against their descriptions: the arguments as arrays, and the size of each dimension.

    Raises InputError naming the argument, the shape in names and numbers, and what came.
    """
    if len(values) != len(specs):
        listed = ", ".join(spec.name for spec in specs)
        raise InputError(layer, "the call", f"given {len(specs)} arguments ({listed})", str(len(values)))
    arrays: list[Any] = []
    sizes: dict[str, int] = {}
    owner: dict[str, str] = {}
    common: tuple[int, ...] | None = None
    for spec, value in zip(specs, values, strict=True):
        if spec.domain is Domain.CONFIG:
            if not isinstance(value, Mapping):
                raise InputError(layer, spec.name, "a dictionary of options", type(value).__name__)
            arrays.append(value)
            continue
        array = spec.as_array(value, layer=layer)
        if spec.shape == (OWN,):
            arrays.append(array)
            continue
        names = tuple(dimension for dimension in spec.shape if dimension != ANY)
        named: tuple[int, ...] = array.shape
        if ANY in spec.shape:
            # ("N", "...", "C"): the free dimensions stand between the first and the last named ones.
            first = spec.shape.index(ANY)
            last = array.ndim - (len(names) - first)
            free, named = array.shape[first:last], array.shape[:first] + array.shape[last:]
            if array.ndim < len(names) or (common is not None and free != common):
                raise InputError(
                    layer, spec.name, f"of shape {_written(spec.shape, sizes, common)}", str(array.shape)
                )
            common = free
        elif array.ndim != len(names):
            raise InputError(layer, spec.name, f"of shape {_written(spec.shape, sizes)}", str(array.shape))
        for dimension, size in zip(names, named, strict=True):
            fixed = int(dimension) if dimension.isdigit() else size
            if size != fixed or sizes.setdefault(dimension, size) != size:
                if dimension.isdigit():
                    raise InputError(
                        layer, spec.name, f"of shape {_written(spec.shape, sizes)}", str(array.shape)
                    )
                expected = (
                    f"of shape {_written(spec.shape, sizes)}, {dimension} being set by {owner[dimension]}"
                )
                raise InputError(layer, spec.name, expected, str(array.shape))
            owner.setdefault(dimension, spec.name)
        arrays.append(array)
    for spec, array in zip(specs, arrays, strict=True):
        if spec.below and array.size and (array.min() < 0 or array.max() >= sizes[spec.below]):
            bad = array[(array < 0) | (array >= sizes[spec.below])].flat[0]
            limit = f"labels from 0 to {spec.below} - 1 = {sizes[spec.below] - 1}"
            raise InputError(layer, spec.name, limit, str(bad))
    return tuple(arrays), sizes


def draw(
    specs: Sequence[Input], rng: np.random.Generator, sizes: Sizes, *, free: tuple[int, ...] = (2, 3)
) -> tuple[Any, ...]:
    """Inputs with two decimals in [-9, 9] (so that a message can be checked by hand), one for each description.

    `free` is the shape that "..." stands for.
    """
    return tuple(_draw_one(spec, rng, sizes, free) for spec in specs)


def draw_shape(
    rng: np.random.Generator, *, axes: tuple[int, int] = (2, 3), least: int = 1
) -> tuple[int, ...]:
    """A shape with axes of different sizes from `least` to 4, so that a lost transpose shows in a shape."""
    count = int(rng.integers(axes[0], axes[1] + 1))
    return tuple(int(size) for size in rng.permutation(np.arange(least, 5))[:count])


def _draw_one(spec: Input, rng: np.random.Generator, sizes: Sizes, free: tuple[int, ...]) -> Any:
    if spec.domain is Domain.CONFIG:
        return dict(spec.choices[int(rng.integers(len(spec.choices)))])
    fixed = {name: int(name) for name in spec.shape if name.isdigit()}
    known = {**sizes, **fixed}
    shape = tuple(size for name in spec.shape for size in (free if name == ANY else (known[name],)))
    match spec.domain:
        case Domain.LABEL:
            return rng.integers(0, sizes[spec.below], shape)
        case Domain.POSITIVE:
            return np.asarray(rng.integers(10, 901, shape) / 100)
        case Domain.NONZERO:
            return np.asarray(rng.choice((-1.0, 1.0), shape) * rng.integers(10, 901, shape) / 100)
        case Domain.PROBABILITY:
            return np.asarray(rng.integers(20, 81, shape) / 100)
        case Domain.MASK:
            return np.asarray(rng.integers(0, 2, shape), dtype=np.float64)
        case _:
            return np.asarray(rng.integers(-900, 901, shape) / 100)


def _written(shape: tuple[str, ...], sizes: Sizes, free: tuple[int, ...] | None = None) -> str:
    """(N, D) = (2, 3), with the sizes that are known so far."""
    if shape == (ANY,) and free is not None:
        return str(free)
    names = "(" + ", ".join(shape) + ("," if len(shape) == 1 else "") + ")"
    if not any(name in sizes for name in shape):
        return names
    known = [str(sizes.get(name, name)) for name in shape]
    return names + " = (" + ", ".join(known) + ("," if len(known) == 1 else "") + ")"


def _first_outside(array: Array, domain: Domain) -> str:
    tests: dict[Domain, Callable[[Array], Array]] = {
        Domain.POSITIVE: lambda a: ~(a > 0),
        Domain.NONZERO: lambda a: a == 0,
        Domain.PROBABILITY: lambda a: ~((a > 0) & (a <= 1)),
        Domain.MASK: lambda a: ~((a == 0) | (a == 1)),
    }
    index = tuple(int(i) for i in np.argwhere(tests[domain](array))[0])
    where = f" at {list(index)}" if index else ""
    return f"{array[index]!s}{where}"
