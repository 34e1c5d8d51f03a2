"""The self-test: the level it finds, what it says of missing layers; it never raises and leaves nothing."""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from pathlib import Path

import pytest

from grader.sandbox import level as module
from grader.sandbox import selftest, surroundings, syscalls
from grader.sandbox.confine import ALL_LAYERS, Layer
from grader.sandbox.level import Level, probe
from grader.sandbox.selftest import Tried
from grader.sandbox.trials import TRIALS
from tests.sandbox.confined import HERE, NOBODY

linux = pytest.mark.skipif(Layer.SECCOMP not in HERE.layers, reason=f"no seal here: {HERE.held[0].why}")
full = pytest.mark.skipif(HERE.level is not Level.A, reason=f"level {HERE.level} here: {HERE.held}")


@full
def test_a_machine_with_everything_is_level_a() -> None:
    assert HERE.layers == ALL_LAYERS
    assert all(held.holds for held in (*HERE.held, *HERE.tried))
    assert len(HERE.tried) == len(TRIALS)


@full
@pytest.mark.parametrize(
    "without", [{Layer.NETWORK}, {Layer.LANDLOCK}, {Layer.NETWORK, Layer.LANDLOCK, Layer.USER}]
)
def test_without_landlock_or_namespace_it_is_level_b(without: set[Layer]) -> None:
    found = probe(withhold=without)
    assert found.level is Level.B
    assert found.layers == ALL_LAYERS - without
    assert all(held.holds for held in found.tried)


@linux
@pytest.mark.parametrize(("sign", "expected"), [("/.dockerenv", Level.C), ("", Level.D)])
def test_without_the_seal_it_is_a_container_or_less(
    sign: str, expected: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "container", lambda: sign)
    found = probe(withhold={Layer.SECCOMP})
    assert found.level is expected
    assert not found.level.sealed
    reached = {held.name for held in found.tried if not held.holds}
    assert {"look a file up", "start a process", "start a thread"} <= reached


@linux
def test_with_nothing_almost_every_trial_is_seen_to_succeed() -> None:
    """A trial that fails by itself proves nothing when it is refused."""
    found = probe(withhold=ALL_LAYERS)
    refused = {held.name for held in found.tried if held.holds}
    if os.geteuid() == 0:  # the capabilities always go, and these need them
        assert refused <= {
            "raise a limit",
            "become root",
            "make a user namespace",
            "read the grader's memory",
        }
    seen = {held.name for held in found.tried if held.why.startswith("seen from outside")}
    assert {"read a file", "write a file", "connect by TCP", "send by UDP"} <= seen
    assert "connect to an abstract socket" in seen


def test_what_is_seen_from_outside_outweighs_what_is_reported() -> None:
    tried = Tried("", {"read a file": 1, "write a file": 1, "list a folder": 0}, frozenset({"read a file"}))
    assert not tried.refused("read a file")
    assert tried.refused("write a file")
    assert not tried.refused("list a folder")
    assert not tried.refused("run a program")  # no answer


def test_a_refusal_by_something_else_is_not_put_down_to_seccomp() -> None:
    tried = Tried("", {"connect by TCP": 111}, frozenset())
    assert tried.refused("connect by TCP")
    assert not tried.refused("connect by TCP", by=Layer.SECCOMP)


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_has_the_same_level() -> None:
    incoming, outgoing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        os.write(outgoing, probe().level.encode())
        os._exit(0)
    os.close(outgoing)
    os.waitpid(pid, 0)
    assert os.read(incoming, 10).decode() == HERE.level
    os.close(incoming)


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_it_is_level_d_with_advice(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls.sys, "platform", system)
    found = probe()
    assert found.level is Level.D
    assert found.layers == frozenset()
    assert all("Linux" in held.remedy and system in held.why for held in found.held)


def test_an_unknown_processor_is_level_d(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls.platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(module, "container", lambda: "")
    assert probe().level is Level.D


@pytest.mark.parametrize("broken", ["tempfile.mkdtemp", "os.fork", "socket.socket.bind", "os.pipe"])
def test_whatever_fails_it_does_not_raise(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(broken, fails)
    found = probe()
    assert not found.level.sealed
    assert "No space left on device" in found.held[0].why


@linux
def test_a_trial_that_hangs_is_ended_and_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "SECONDS", 0.2)
    monkeypatch.setattr(selftest.trials, "attempt", lambda *_: time.sleep(60))
    started = time.monotonic()
    assert not probe().level.sealed
    assert time.monotonic() - started < 10


@linux
def test_it_leaves_no_file_descriptor_process_or_folder() -> None:
    def left() -> tuple[set[str], set[str], set[Path]]:
        children = {
            child
            for task in Path("/proc/self/task").iterdir()
            for child in (task / "children").read_text().split()
        }
        return (
            set(os.listdir("/proc/self/fd")),
            children,
            set(Path(tempfile.gettempdir()).glob("chainmark-*")),
        )

    before = left()
    probe()
    assert left() == before


def test_the_policy_for_a_submission_has_the_layers_that_hold() -> None:
    found = HERE.policy(parent=7, keep_fds=(3,), limits=module.Limits())
    assert (found.layers, found.parent, found.keep_fds) == (HERE.layers, 7, (3,))


def test_container_signs_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings.os.path, "exists", lambda path: path == "/.dockerenv")
    assert surroundings.container() == "/.dockerenv"
