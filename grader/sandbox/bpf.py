"""An assembler for seccomp's filters: decisions about a system call's number and arguments, as classic BPF.

Source: Linux, Documentation/userspace-api/seccomp_filter.rst, linux/filter.h, linux/seccomp.h.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000

_NUMBER, _AUDIT, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06  # BPF_LD|W|ABS, BPF_ALU|AND|K, BPF_RET|K
_JUMP, _JUMP_EQUAL, _JUMP_AT_LEAST = 0x05, 0x15, 0x35  # BPF_JMP|JA, |JEQ|K, |JGE|K
_FARTHEST = 255  # a conditional jump's offset has eight bits, JA's has 32
_LOW = 0xFFFFFFFF

Instruction = tuple[int, int, int, int]
"""Code, offset if true, offset if false, constant: struct sock_filter."""


def refuse(code: int) -> int:
    """The action that makes a call fail with this errno."""
    return _ERRNO | code


@dataclass(frozen=True, slots=True)
class Demand:
    """The argument at this place, seen through the 64-bit mask, must be one of the values."""

    argument: int
    values: tuple[int, ...]
    mask: int


@dataclass(frozen=True, slots=True)
class Only:
    """Allowed where every demand is met, refused with errno `code` otherwise."""

    demands: tuple[Demand, ...]
    code: int


Action = int | Only


def program(audit: int, actions: Mapping[int, Action], default: int) -> bytes:
    """The filter, an array of struct sock_filter: a foreign architecture kills, then the number decides.

    `actions` is by number; every other number, x32's (which have bit 30) and negative ones too, gets `default`.
    """
    code = [
        (_LOAD, 0, 0, _AUDIT),
        (_JUMP_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        *_search(_runs(actions, default)),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _runs(actions: Mapping[int, Action], default: int) -> list[tuple[int, Action]]:
    """Where each run of numbers with the same action begins, the first at 0, the last without end."""
    runs: list[tuple[int, Action]] = []
    for number in range(max(actions) + 2):
        action = actions.get(number, default)
        if not runs or runs[-1][1] != action:
            runs.append((number, action))
    return runs


def _search(runs: Sequence[tuple[int, Action]]) -> list[Instruction]:
    """A binary search for the run that holds the number."""
    if len(runs) == 1:
        return _leaf(runs[0][1])
    middle = len(runs) // 2
    first = runs[middle][0]
    below, above = _search(runs[:middle]), _search(runs[middle:])
    if len(below) <= _FARTHEST:
        return [(_JUMP_AT_LEAST, len(below), 0, first), *below, *above]
    return [(_JUMP_AT_LEAST, 0, 1, first), (_JUMP, 0, 0, len(below)), *below, *above]


def _leaf(action: Action) -> list[Instruction]:
    if isinstance(action, int):
        return [(_RETURN, 0, 0, action)]
    demanded = [_demanded(demand, action.code) for demand in action.demands]
    return [*(instruction for block in demanded for instruction in block), (_RETURN, 0, 0, ALLOW)]


def _demanded(demand: Demand, code: int) -> list[Instruction]:
    """Runs past its end where the argument is one of the values, refuses otherwise."""
    place = _ARGUMENTS + 8 * demand.argument  # its low half, since both our architectures are little-endian
    rest: list[Instruction] = [(_RETURN, 0, 0, refuse(code))]
    for value in reversed(demand.values):
        high = _half(place + 4, value >> 32, demand.mask >> 32, equal=len(rest), unequal=0)
        low = _half(place, value & _LOW, demand.mask & _LOW, equal=0, unequal=len(high))
        rest = [*low, *high, *rest]
    return rest


def _half(place: int, value: int, mask: int, *, equal: int, unequal: int) -> list[Instruction]:
    assert value == value & mask
    assert max(equal, unequal) <= _FARTHEST
    return [(_LOAD, 0, 0, place), (_AND, 0, 0, mask), (_JUMP_EQUAL, equal, unequal, value)]
