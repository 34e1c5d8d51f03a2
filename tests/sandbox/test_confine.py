"""What a confined process has left, seen from outside: descriptors, user, limits, and who outlives whom."""

from __future__ import annotations

import os
import resource
import select
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox import confine as module
from grader.sandbox.confine import ALL_LAYERS, ConfineError, Layer, Policy, confine
from grader.sandbox.endings import CpuTimeUsed, Crashed, Exited, KilledOutside
from grader.sandbox.limits import Limits
from tests.sandbox.confined import HERE, run

LAYERS = ALL_LAYERS & HERE.layers

linux = pytest.mark.skipif(Layer.SECCOMP not in HERE.layers, reason=f"no seal here: {HERE.held[0].why}")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a user to drop")


def nothing(out: Callable[[bytes], None]) -> None:
    """A program that does nothing."""


@linux
def test_the_kernel_says_that_the_process_is_sealed_without_rights_or_threads(tmp_path: Path) -> None:
    status = run(nothing, tmp_path, layers=LAYERS).status
    assert status["Seccomp"] == "2"
    assert status["NoNewPrivs"] == "1"
    assert status["Threads"] == "1"
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}


@linux
@as_root
def test_root_becomes_nobody_with_no_groups(tmp_path: Path) -> None:
    status = run(nothing, tmp_path, layers=LAYERS).status
    assert status["Uid"].split() == status["Gid"].split() == ["65534"] * 4
    assert status["Groups"] == ""


@linux
@as_root
def test_root_without_the_user_layer_still_loses_all_capabilities(tmp_path: Path) -> None:
    status = run(nothing, tmp_path, layers=frozenset({Layer.SECCOMP})).status
    assert status["Uid"].split() == ["0"] * 4
    assert status["CapEff"] == status["CapPrm"] == "0" * 16


@linux
def test_standard_streams_lead_nowhere_and_do_not_fail(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        os.write(1, b"out")
        os.write(2, b"err")
        out(b"end of file" if os.read(0, 10) == b"" else b"input")

    seen = run(program, tmp_path, layers=LAYERS)
    assert (seen.output, seen.error) == (b"end of file", "")


@linux
def test_only_the_kept_descriptors_and_the_standard_streams_stay_open(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        import fcntl

        for fd in range(1000):
            try:
                fcntl.fcntl(fd, fcntl.F_GETFD)
            except OSError:
                continue
            out(f"{fd} ".encode())

    found = run(program, tmp_path, layers=LAYERS).output.split()
    assert len(found) == 6  # three streams, the two pipes and the terminal of the harness
    assert found[:3] == [b"0", b"1", b"2"]


@linux
def test_the_limits_are_those_of_the_policy(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
            out(repr(resource.getrlimit(kind)).encode())

    limits = Limits(memory_mb=3000, cpu_seconds=7)
    seen = run(program, tmp_path, layers=LAYERS, limits=limits)
    assert seen.output.decode() == f"({3000 << 20}, {3000 << 20})(7, 8)(0, 0)(0, 0)"


@linux
def test_too_much_memory_is_a_memory_error_and_no_more(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        try:
            bytearray(4 << 30)
        except MemoryError:
            out(b"refused")

    assert run(program, tmp_path, layers=LAYERS, limits=Limits(memory_mb=3000)).output == b"refused"


@linux
def test_a_busy_loop_ends_with_its_cpu_time(tmp_path: Path) -> None:
    seen = run("while True: pass", tmp_path, layers=LAYERS, limits=Limits(cpu_seconds=1))
    assert seen.ended == CpuTimeUsed()


@linux
def test_a_busy_loop_that_ignores_the_signal_is_killed_a_second_later(tmp_path: Path) -> None:
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    started = time.monotonic()
    seen = run(source, tmp_path, layers=LAYERS, limits=Limits(cpu_seconds=1))
    assert seen.ended == KilledOutside()
    assert time.monotonic() - started < 15


@linux
@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("import os\nos._exit(0)", Exited(0)),
        ("import os\nos._exit(7)", Exited(7)),
        ("import os\nos.abort()", Crashed("SIGABRT")),
        ("import ctypes\nctypes.string_at(0)", Crashed("SIGSEGV")),
    ],
)
def test_a_process_that_ends_itself_is_told_by_how(source: str, ending: object, tmp_path: Path) -> None:
    assert run(source, tmp_path, layers=LAYERS).ended == ending


@linux
def test_a_process_does_not_outlive_its_parent() -> None:
    """The death signal is set after the change of user, which would clear it."""
    watched, mine = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parent = os.fork()
    if parent == 0:
        zygote = os.getpid()
        if os.fork() == 0:
            confine(Policy(parent=zygote, keep_fds=(mine,), layers=LAYERS))
            os.write(mine, b"!")
            time.sleep(60)
            os._exit(0)
        os.close(mine)
        time.sleep(60)
        os._exit(0)
    os.close(mine)
    assert os.read(watched, 1) == b"!"
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    ready, _, _ = select.select([watched], [], [], 10)
    assert ready, "the orphan still holds the pipe open"
    assert os.read(watched, 1) == b""
    os.close(watched)


@linux
def test_a_process_whose_parent_is_gone_already_is_not_confined(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        try:
            module._die_with(1 << 22)
        except ProcessLookupError:
            out(b"gone")

    assert run(program, tmp_path, layers=frozenset()).output == b"gone"


def test_a_step_that_fails_is_named_and_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses() -> None:
        raise OSError(38, "Function not implemented")

    with pytest.raises(ConfineError, match="landlock: Function not implemented") as caught:
        module._step(Layer.LANDLOCK, refuses)
    assert (caught.value.step, caught.value.reason) == ("landlock", "Function not implemented")


def test_a_kernel_without_close_range_has_its_descriptors_closed_one_by_one(tmp_path: Path) -> None:
    def program(out: Callable[[bytes], None]) -> None:
        first, second = os.pipe()

        def absent(*_: object) -> int:
            raise OSError(38, "Function not implemented")

        module.call = absent  # type: ignore[assignment]
        module._close_range(first, second)
        for fd in (first, second):
            try:
                os.fstat(fd)
            except OSError:
                out(b"closed ")

    assert run(program, tmp_path, layers=None).output == b"closed closed "
