"""The assembler against an interpreter of its own, and the policy of both architectures without a kernel."""

from __future__ import annotations

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.bpf import ALLOW, KILL_PROCESS, Action, Demand, Only, program, refuse
from grader.sandbox.seccomp import ALLOWED, conditions, policy, written
from grader.sandbox.syscalls import ARCHITECTURES, Architecture

AUDIT = 0xC000003E


def ran(code: bytes, number: int, arguments: tuple[int, ...] = (), audit: int = AUDIT) -> int:
    """What the filter answers, by the definition of classic BPF."""
    data = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, audit, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    instructions = list(struct.iter_unpack("<HBBI", code))
    place, held = 0, 0
    while True:
        kind, yes, no, constant = instructions[place]
        place += 1
        match kind:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, constant)
            case 0x54:
                held &= constant
            case 0x06:
                return constant
            case 0x05:
                place += constant
            case 0x15:
                place += yes if held == constant else no
            case 0x35:
                place += yes if held >= constant else no
            case _:
                raise AssertionError(hex(kind))


words = st.integers(0, 2**64 - 1)
demands = st.builds(
    lambda argument, mask, values: Demand(argument, tuple(value & mask for value in values), mask),
    st.integers(0, 5),
    words | st.sampled_from([4, 0xFFFFFFFF]),
    st.lists(words | st.integers(0, 9), min_size=1, max_size=4),
)
actions = st.one_of(
    st.sampled_from([ALLOW, refuse(errno.EPERM), refuse(errno.ENOSYS)]),
    st.builds(lambda them: Only(tuple(them), errno.EPERM), st.lists(demands, min_size=1, max_size=3)),
)


@given(st.dictionaries(st.integers(0, 460), actions, min_size=1, max_size=60), st.integers(0, 500), st.data())
def test_a_filter_answers_as_its_table_says(
    table: dict[int, Action], number: int, data: st.DataObject
) -> None:
    action = table.get(number, refuse(errno.ENOSYS))
    hints = (
        [value for demand in action.demands for value in demand.values] if isinstance(action, Only) else [0]
    )
    arguments = tuple(data.draw(st.lists(words | st.sampled_from(hints), min_size=6, max_size=6)))
    if isinstance(action, Only):
        met = all(arguments[d.argument] & d.mask in d.values for d in action.demands)
        action = ALLOW if met else refuse(action.code)
    assert ran(program(AUDIT, table, refuse(errno.ENOSYS)), number, arguments) == action


@given(st.integers(0, 2**32 - 1).filter(lambda audit: audit != AUDIT), st.integers(0, 500))
def test_another_architecture_kills(audit: int, number: int) -> None:
    code = program(AUDIT, dict.fromkeys(range(500), ALLOW), ALLOW)
    assert ran(code, number, audit=audit) == KILL_PROCESS


@pytest.fixture(params=ARCHITECTURES.values(), ids=ARCHITECTURES.keys())
def architecture(request: pytest.FixtureRequest) -> Architecture:
    found: Architecture = request.param
    return found


def answer(architecture: Architecture, name: str, *arguments: int) -> int:
    code = policy(architecture, 1234)
    return ran(code, architecture.numbers[name], arguments, architecture.audit)


def test_every_known_call_is_allowed_only_if_the_policy_names_it(architecture: Architecture) -> None:
    for name in architecture.numbers.keys() - conditions(1).keys():
        expected = ALLOW if name in ALLOWED else refuse(errno.ENOSYS if name == "clone3" else errno.EPERM)
        assert answer(architecture, name) == expected, name


@pytest.mark.parametrize("number", [0x40000000, 0x40000000 + 39, 0xFFFFFFFF, 451, 999])
def test_unknown_numbers_and_x32_do_not_exist(architecture: Architecture, number: int) -> None:
    code = policy(architecture, 1234)
    assert ran(code, number, audit=architecture.audit) == refuse(errno.ENOSYS)


def test_every_name_of_the_policy_is_a_call_of_x86_64() -> None:
    assert ALLOWED | conditions(1).keys() <= ARCHITECTURES["x86_64"].numbers.keys()


def test_the_filter_fits_into_what_the_kernel_takes(architecture: Architecture) -> None:
    assert len(policy(architecture, 1234)) // 8 <= 4096  # BPF_MAXINSNS


@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("mmap", (0, 4096, 3, 0x22), True),
        ("mmap", (0, 4096, 7, 0x22), False),
        ("mmap", (0, 4096, 3, 0x21), False),
        ("mmap", (0, 4096, 3, 0x02), False),
        ("mprotect", (0, 4096, 3), True),
        ("mprotect", (0, 4096, 5), False),
        ("tgkill", (1234, 1234, 6), True),
        ("tgkill", (1234, 1234, 9), False),
        ("tgkill", (1235, 1234, 6), False),
        ("prlimit64", (0, 7, 0, 0xDEAD), True),
        ("prlimit64", (0, 7, 0xDEAD00000000, 0), False),
        ("prlimit64", (99, 7, 0, 0xDEAD), False),
        ("futex", (0, 128), True),
        ("futex", (0, 3), False),
        ("futex", (0, 6 | 128), False),
        ("fcntl", (1, 1), True),
        ("fcntl", (1, 4), False),
        ("madvise", (0, 4096, 4), True),
        ("madvise", (0, 4096, 100), False),
    ],
)
def test_arguments_decide(
    architecture: Architecture, name: str, arguments: tuple[int, ...], allowed: bool
) -> None:
    assert answer(architecture, name, *arguments) == (ALLOW if allowed else refuse(errno.EPERM))


@pytest.mark.parametrize("pid", [1, 2, 1234, 65535, 2**22 - 1, 2**31 - 1])
def test_the_filter_of_each_process_is_the_one_that_is_written_out_for_it(
    architecture: Architecture, pid: int
) -> None:
    assert policy(architecture, pid) == written(architecture, pid)
