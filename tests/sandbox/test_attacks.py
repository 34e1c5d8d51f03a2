"""Programs that try what is forbidden, each looked at from outside: nothing is read, changed, reached or left over.

Every attack is also run unconfined, where the same look must find the breach: a broken attack proves nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from grader.sandbox.confine import ALL_LAYERS, Layer
from grader.sandbox.endings import Exited, ForeignCall
from tests.sandbox.confined import BROKEN, HERE, NOBODY, run

ATTACKS = sorted((Path(__file__).parent / "attacks").rglob("*.py"))
SOURCES = {f"{path.parent.name}/{path.stem}": path.read_text() for path in ATTACKS}
KILLED = {"refused/int80"}
"""What ends the process instead of giving it an error."""

ONLY_CONFINED = {
    name: found[1]
    for name, text in SOURCES.items()
    if (found := re.search(r"^# Not tried unconfined: (.*)\.$", text, re.M))
}

sealed = pytest.mark.skipif(Layer.SECCOMP not in HERE.layers, reason=f"no seal here: {HERE.held[0].why}")


def assert_harmless(name: str, folder: Path, *, layers: frozenset[Layer], user: int = 0) -> None:
    seen = run(SOURCES[name], folder, layers=layers, user=user)
    assert seen.breaches == ()
    if name in KILLED:
        assert seen.ended == ForeignCall()
    else:
        assert seen.ended == Exited(0)
        last = seen.error.strip().rpartition("\n")[2]
        assert not last.startswith(BROKEN), last


@sealed
@pytest.mark.parametrize("name", SOURCES)
def test_an_attack_gets_nowhere_under_all_layers(name: str, tmp_path: Path) -> None:
    assert_harmless(name, tmp_path, layers=ALL_LAYERS & HERE.layers)


@sealed
@pytest.mark.parametrize("name", SOURCES)
def test_an_attack_by_root_gets_nowhere_under_the_seal_alone(name: str, tmp_path: Path) -> None:
    assert_harmless(name, tmp_path, layers=frozenset({Layer.SECCOMP}))


@sealed
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
@pytest.mark.parametrize("name", SOURCES)
def test_an_attack_by_an_ordinary_user_gets_nowhere(name: str, tmp_path: Path) -> None:
    assert_harmless(name, tmp_path, layers=ALL_LAYERS & HERE.layers, user=NOBODY)


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - ONLY_CONFINED.keys()))
def test_the_same_attack_unconfined_is_seen_from_outside(name: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("as root, where nothing else stands in the way")
    seen = run(SOURCES[name], tmp_path, layers=None)
    assert seen.breaches != (), seen.error


@pytest.mark.skipif(Layer.LANDLOCK not in HERE.layers, reason=f"no Landlock here: {HERE.held[1].why}")
@pytest.mark.parametrize(
    "name", ["denied/open_file", "denied/np_memmap", "unchanged/overwrite", "unchanged/unlink"]
)
def test_landlock_alone_refuses_files(name: str, tmp_path: Path) -> None:
    assert_harmless(name, tmp_path, layers=frozenset({Layer.LANDLOCK}))


@pytest.mark.skipif(Layer.NETWORK not in HERE.layers, reason=f"no namespace here: {HERE.held[2].why}")
@pytest.mark.parametrize("name", ["tcp", "udp", "abstract", "bind", "urllib"])
def test_the_network_namespace_alone_lets_nothing_arrive(name: str, tmp_path: Path) -> None:
    assert_harmless(f"nothing_arrives/{name}", tmp_path, layers=frozenset({Layer.NETWORK}))
