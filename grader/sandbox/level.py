"""How well this machine can hold a stranger's code: `probe` tries it out and says which level that is."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.sandbox import landlock
from grader.sandbox.confine import Layer, Policy
from grader.sandbox.limits import Limits
from grader.sandbox.selftest import NothingTried, Tried, staged
from grader.sandbox.surroundings import container, remedy
from grader.sandbox.trials import TRIALS, Trial


class Level(StrEnum):
    """Levels of protection, the best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"

    @property
    def meaning(self) -> str:
        """What the level consists of."""
        return _MEANINGS[self]

    @property
    def sealed(self) -> bool:
        """Whether strangers' code can be graded in batches."""
        return self in (Level.A, Level.B)


_MEANINGS = {
    Level.A: "sealed by seccomp, Landlock, and a network namespace of its own",
    Level.B: "sealed by seccomp",
    Level.C: "a container only",
    Level.D: "a process with limits only",
}

_DOES = {
    Layer.SECCOMP: ("seccomp", "refuses every system call that is not needed"),
    Layer.LANDLOCK: ("Landlock", "refuses every file by itself"),
    Layer.NETWORK: ("network namespace", "has no network by itself"),
    Layer.USER: ("user", "runs without root's rights"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Something that should hold: whether it does, why (or why not), and what to do ("" if nothing)."""

    name: str
    holds: bool
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What `probe` found: the level, the layers that hold each by itself, and what a confined process tried."""

    level: Level
    layers: frozenset[Layer]
    held: tuple[Held, ...]
    tried: tuple[Held, ...]

    def policy(self, *, parent: int, keep_fds: tuple[int, ...], limits: Limits) -> Policy:
        """The policy of every layer that holds here."""
        return Policy(parent=parent, keep_fds=keep_fds, limits=limits, layers=self.layers)

    def as_json(self) -> dict[str, Any]:
        """Plain data: level, meaning, sealed, layers and tries as [{name, holds, why, remedy}]."""

        def plain(held: Held) -> dict[str, Any]:
            return {"name": held.name, "holds": held.holds, "why": held.why, "remedy": held.remedy}

        return {
            "level": self.level.value,
            "meaning": self.level.meaning,
            "sealed": self.level.sealed,
            "layers": [plain(held) for held in self.held],
            "tries": [plain(held) for held in self.tried],
        }


def probe(*, withhold: Collection[Layer] = ()) -> Sandbox:
    """Try the forbidden things in confined processes and see what really holds; never raises.

    Each layer is tried alone, then all together that held. `withhold` does without some of them, as a machine
    would that lacks them.
    """
    try:
        wanted = tuple(layer for layer in Layer if layer not in set(withhold))
        with staged() as stage:
            # All together at the same time: where each holds alone, as usual, nothing is to be tried again.
            *alone, together = stage.run(
                [*((frozenset({layer}), _of(layer)) for layer in wanted), (frozenset(wanted), TRIALS)]
            )
            held = {layer: _alone(layer, tried) for layer, tried in zip(wanted, alone, strict=True)}
            layers = frozenset(layer for layer, found in held.items() if found.holds)
            if layers != set(wanted):
                (together,) = stage.run([(layers, TRIALS)])
    except (NothingTried, OSError, ValueError, RuntimeError, MemoryError, EOFError) as error:
        return _nothing(str(error) or type(error).__name__)
    for layer in Layer:
        held.setdefault(layer, Held(_DOES[layer][0], False, "withheld on request"))
    tried = _together(together)
    sealed = Layer.SECCOMP in layers and all(found.holds for found in tried)
    return Sandbox(_level(layers, sealed), layers, tuple(held[layer] for layer in _DOES), tried)


def _of(layer: Layer) -> list[Trial]:
    """The trials that this layer must refuse by itself."""
    mine = [trial for trial in TRIALS if layer in trial.refused_by]
    if layer is Layer.USER and os.geteuid() != 0:
        mine = [trial for trial in mine if trial.name != "read root's file"]  # it belongs to this very user
    return mine


def _level(layers: frozenset[Layer], sealed: bool) -> Level:
    if sealed:
        return Level.A if {Layer.LANDLOCK, Layer.NETWORK} <= layers else Level.B
    return Level.C if container() else Level.D


def _nothing(why: str) -> Sandbox:
    held = tuple(Held(name, False, why, remedy(layer)) for layer, (name, _) in _DOES.items())
    return Sandbox(_level(frozenset(), False), frozenset(), held, ())


def _alone(layer: Layer, tried: Tried) -> Held:
    name, does = _DOES[layer]
    if tried.failure:
        return Held(name, False, tried.failure, remedy(layer))
    mine = _of(layer)
    breaches = [trial.name for trial in mine if not tried.refused(trial.name, by=layer)]
    if breaches:
        return Held(name, False, f"a process with it alone could {', '.join(breaches)}", remedy(layer))
    version = f" (version {landlock.interface()})" if layer is Layer.LANDLOCK else ""
    return Held(name, True, f"{does}{version}: {len(mine)} of {len(mine)} tries refused")


def _together(tried: Tried) -> tuple[Held, ...]:
    if tried.failure:
        return (Held("confine a process", False, tried.failure, remedy(Layer.SECCOMP)),)
    return tuple(
        Held(trial.name, tried.refused(trial.name), tried.how(trial.name), _advice(tried, trial.name))
        for trial in TRIALS
    )


def _advice(tried: Tried, name: str) -> str:
    return "" if tried.refused(name) else remedy(Layer.SECCOMP)
