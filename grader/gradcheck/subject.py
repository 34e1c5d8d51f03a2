"""The pair of functions under check, called so that nothing they do can reach our own arrays.

Every call gets fresh copies or a private working copy; what comes back is copied before the next call. An
exception becomes a `Raised`, a value that is no array of numbers a `Misfit`: data, never a traceback.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Raised:
    """A function ended in an exception: which function, what it said, and where in its own source."""

    function: str
    error: str
    where: str

    @property
    def message(self) -> str:
        """One line for a reader."""
        return f"{self.function} raised {self.error}{self.where}"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A function returned something that is not what the convention asks for."""

    function: str
    message: str


class CallFailed(Exception):
    """Carries a Raised or Misfit from a call to the check that made it."""

    def __init__(self, reason: Raised | Misfit) -> None:
        super().__init__(reason.message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Argument:
    """A differentiable argument: its place in the call, its name, and its value as given."""

    place: int
    name: str
    value: Array
    scalar: bool
    """Given as a plain number rather than an array; handed on as one."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step from the point under check: `delta` is added to one entry, or to a whole argument."""

    argument: int
    delta: Array | float
    index: Any = None
    """Index of the entries that move; None moves the argument as a whole."""


@dataclass(slots=True)
class Subject:
    """forward and backward with the arguments sorted into differentiable ones and constants.

    `evaluations` and `backward_calls` count what was really called.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    inputs: tuple[Any, ...]
    arguments: tuple[Argument, ...]
    calls: str = "forward"
    """What messages call the first function."""
    evaluations: int = 0
    backward_calls: int = 0
    has_cache: bool = False
    shapes: tuple[tuple[int, ...], ...] = ()
    """Of the outputs, since the first evaluation."""
    takes_cache: bool = field(init=False)
    _working: list[Any] = field(default_factory=list, init=False)
    _pristine: list[Any] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.takes_cache = not callable(self.backward) or _positional(self.backward) != 1

    def call_forward(self, values: Sequence[Any]) -> tuple[tuple[Array, ...], Any]:
        """(outputs as given, cache) for these inputs as they are, without copies. Raises CallFailed."""
        self.evaluations += 1
        returned = self._call(self.calls, self.forward, values)
        if (
            type(returned) is tuple and len(returned) == 2 and type(returned[0]) is np.ndarray
        ):  # the usual case
            out, cache = returned
            if out.dtype == np.float64:
                self.has_cache = True
                return (out,), cache
        self.has_cache = isinstance(returned, tuple) and len(returned) > 1
        *outs, cache = returned if self.has_cache else (returned, None)
        return tuple(_numbers(out, self.calls, _out_name(i, len(outs))) for i, out in enumerate(outs)), cache

    def call_backward(self, douts: Sequence[Array], cache: Any) -> tuple[Any, ...]:
        """What backward returned, as a tuple, unexamined. Raises CallFailed."""
        assert self.backward is not None
        self.backward_calls += 1
        upstream = [_as_given(dout) for dout in douts]
        returned = self._call("backward", self.backward, (*upstream, cache) if self.takes_cache else upstream)
        return tuple(returned) if isinstance(returned, (tuple, list)) else (returned,)

    def fresh(self) -> list[Any]:
        """Copies of all inputs."""
        values = [_copied(value) for value in self.inputs]
        for argument in self.arguments:
            values[argument.place] = argument.value.item() if argument.scalar else argument.value.copy()
        return values

    def evaluate(self, moves: Iterable[Sequence[Move]]) -> Iterator[list[Array]]:
        """The outputs, as float64 or wider copies, at the point moved by each group of moves.

        One working copy is moved, used, and assigned back from the original: x += h; x -= h would not restore
        it (18 % of normal draws come back changed). Constants (labels, running averages) are put back as well.
        """
        if not self._working:
            self._working, self._pristine = self.fresh(), self.fresh()
        working = self._working
        for group in moves:
            try:
                for move in group:
                    place = self.arguments[move.argument].place
                    x = working[place]
                    if not isinstance(x, np.ndarray):
                        working[place] = x + float(move.delta)
                    elif move.index is None:
                        x += move.delta
                    else:
                        x[move.index] += move.delta
                outs, _ = self.call_forward(
                    [_as_given(v) if isinstance(v, np.ndarray) else v for v in working]
                )
                shapes = tuple(out.shape for out in outs)
                self.shapes = self.shapes or shapes
                if shapes != self.shapes:
                    message = (
                        f"the shape of forward's output depends on the values: {self.shapes}, then {shapes}"
                    )
                    raise CallFailed(Misfit("forward", message))
                # Copies, since an output may be a view of what is put back below.
                copies = [out.astype(np.result_type(out.dtype, np.float64)) for out in outs]
            finally:
                self._put_back()
            yield copies

    def _put_back(self) -> None:
        for place, (value, kept) in enumerate(zip(self._working, self._pristine, strict=True)):
            if isinstance(value, np.ndarray):
                value[...] = kept
            else:
                self._working[place] = _copied(kept)

    def _call(self, name: str, function: Callable[..., Any], values: Sequence[Any]) -> Any:
        try:
            return function(*values)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise CallFailed(Raised(name, _described(error), _where(error, function))) from None


def _copied(value: Any) -> Any:
    """Arrays, and dictionaries of options with their arrays, as copies: a forward may write into them."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _as_given(value: Array) -> Any:
    """A 0-d array as the NumPy number that students meet."""
    return value[()] if value.ndim == 0 else value


def _positional(function: Callable[..., Any]) -> int | None:
    """How many positional arguments a function takes; None where that cannot be told or is open."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def _out_name(place: int, count: int) -> str:
    return "out" if count == 1 else f"out{place + 1}"


def _numbers(value: Any, function: str, what: str) -> Array:
    """The value as an array of real numbers. Raises CallFailed with a Misfit that says what it is instead."""
    try:
        array = np.asarray(value)
    except Exception:  # an __array__ of the student's own may raise anything
        array = np.asarray(None)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        kind = "None" if value is None else f"{type(value).__name__}"
        shown = f"{kind} of dtype {array.dtype}" if isinstance(value, np.ndarray) else kind
        raise CallFailed(
            Misfit(function, f"{function} returned {shown} for {what}, not an array of real numbers")
        )
    return array


def gradient_array(value: Any, name: str) -> Array:
    """What backward returned for one argument as an array of real numbers. Raises CallFailed."""
    return _numbers(value, "backward", name)


def _described(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(its message cannot be shown)"
    text = text if len(text) <= 200 else text[:197] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _where(error: BaseException, function: Callable[..., Any]) -> str:
    """The last line of the student's own file on the way to the error."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == code.co_filename
    ]
    return f" (line {lines[-1]})" if lines else ""
