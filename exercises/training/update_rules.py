"""What the exercises on update rules, (w, dw, config) -> (next_w, config), have in common.

An update rule may write into w and into the configuration, as CS231n's own do; so both are made beside the
student's code, where only what is returned is looked at. dw is drawn, so that no result is known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from exercises.shared.said import alike, differs, numbers
from grader.checks.compare import what
from grader.exercise import Helper, Situation
from reference.inputs import Array
from reference.optimizers import Update

Options = Mapping[str, Any]
Slips = Callable[[Array, Array, dict[str, Any]], Mapping[str, Mapping[str, Any]]]
"""(w, dw, configuration with all its defaults) -> next_w and state as slips would have them, by what they are."""

SHAPES: dict[int, tuple[int, ...]] = {1: (2,), 2: (3,), 3: (2, 2), 4: (2, 3)}


def numbers_of(seed: int, shape: tuple[int, ...], *, positive: bool = False) -> Array:
    """Short decimals that are the same every time, for w and for the state in a configuration."""
    rng = np.random.default_rng(seed)
    signs = 1.0 if positive else rng.choice((-1.0, 1.0), shape)
    return np.asarray(signs * rng.integers(2, 30, shape) / 10)


class UpdateRule:
    """The helpers, arguments and judge of one rule. `configs` by size: a configuration, or None for none at all."""

    def __init__(
        self, update: Update, configs: Mapping[int, Options | None], state: Sequence[str], slips: Slips
    ) -> None:
        self.update, self.state, self._steps = update, tuple(state), slips
        self.configs = dict(configs)
        self.weights = {size: numbers_of(size, SHAPES[size]) for size in self.configs}

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes that it has a configuration for."""
        return tuple(self.configs)

    @property
    def helpers(self) -> dict[str, str]:
        """w_<size> and config_<size> as source."""
        made = {f"w_{size}": f"w_{size} = {_source(w)}\n" for size, w in self.weights.items()}
        given = {size: config for size, config in self.configs.items() if config is not None}
        return made | {
            f"config_{size}": f"config_{size} = {_source(config)}\n" for size, config in given.items()
        }

    def draw(self, rng: np.random.Generator, size: int) -> tuple[Any, ...]:
        """w and config as helpers, dw in short decimals."""
        shape = SHAPES[size]
        dw = rng.choice((-1.0, 1.0), shape) * rng.integers(2, 30, shape) / 10
        config = None if self.configs[size] is None else Helper(f"config_{size}")
        return Helper(f"w_{size}"), dw, config

    def slips(self, w: Array, dw: Array, config: dict[str, Any], node: str = "next_w") -> dict[str, Any]:
        """What the slips make of one part of the result, by what they are; `config` has all its defaults."""
        with np.errstate(all="ignore"):  # a slip may take the root of what is negative
            made = self._steps(w, dw, config)
        return {words: parts[node] for words, parts in made.items() if node in parts}

    def judge(self, arguments: tuple[Any, ...], returned: Any) -> list[tuple[str, str]]:
        """next_w, and each part of the state in the configuration that comes back."""
        helper, dw, _ = arguments
        size = int(helper.name.split("_")[1])
        w, config = self.weights[size], self.configs[size]
        next_w, after = self.update(w, dw, config)
        nodes = ("next_w", *(self.state or ("config",)))
        if not isinstance(returned, (tuple, list)) or len(returned) != 2:
            return [(node, "returns no pair next_w, config") for node in nodes]
        got, settings = returned
        told = f" (w = {w.tolist()}, config = {_short(config)})"
        problems = []
        filled = {**after, **{name: (config or {}).get(name, 0.0 * w) for name in self.state}}
        if "t" in self.state:
            filled["t"] = (config or {}).get("t", 0)
        if message := differs("next_w", got, next_w, self.slips(w, dw, filled)):
            problems.append(("next_w", message + told))
        if not isinstance(settings, dict):
            return problems + [(node, "what comes second is no dictionary") for node in nodes[1:]]
        if not self.state:
            rate = settings.get("learning_rate")
            if rate is None or not alike(rate, after["learning_rate"]):
                problems.append(("config", f"the learning rate that comes back is {_named(rate)}" + told))
        for name in self.state:
            if name not in settings:
                problems.append((name, f'config["{name}"] is missing in what comes back'))
                continue
            before = {"from before the step": filled[name], **self.slips(w, dw, filled, name)}
            if message := differs(f'config["{name}"]', settings[name], after[name], before):
                problems.append((name, message + told))
        return problems

    def reads(self, arguments: tuple[Any, ...], returned: Any) -> tuple[Situation, dict[str, Any]]:
        """w, dw and the whole configuration by name, as the formulas of a step read them; what came back."""
        helper, dw, _ = arguments
        size = int(helper.name.split("_")[1])
        w, config = self.weights[size], self.configs[size]
        after = self.update(w, dw, config)[1]
        before = {name: (config or {}).get(name, 0.0 * w) for name in self.state}
        if "t" in self.state:
            before["t"] = (config or {}).get("t", 0)
        got, settings = returned
        parts = settings if isinstance(settings, dict) else {}
        return {**after, **before, "w": w, "dw": dw}, {"next_w": got, **{n: parts.get(n) for n in self.state}}


def _source(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_source(part)}" for key, part in value.items()) + "}"
    return repr(value)


def _named(rate: Any) -> str:
    """What came back for the learning rate, which may be anything."""
    array = numbers(rate)
    if array is None:
        return what(rate)
    return f"an array of shape {array.shape}" if array.ndim else f"{array:.6g}"


def _short(config: Options | None) -> str:
    if config is None:
        return "None"
    return str({key: part.tolist() if isinstance(part, np.ndarray) else part for key, part in config.items()})


def starter(rule: str, about: str) -> str:
    """The cell: a pair comes back, of nothing so far."""
    return (
        "import numpy as np\n\n\n"
        f'def {rule}(w, dw, config=None):\n    """{about}"""\n'
        "    next_w = next_config = None\n"
        "    # your code here\n\n    # end of your code\n    return next_w, next_config\n"
    )
