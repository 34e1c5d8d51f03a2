"""The zygote: a process that has imported everything and waits, so that a fresh worker is a fork away.

It holds no secret and no student's code ever runs in it. Each worker is forked, confined, and only then given its
submission. Requests come over a socket: fork (with the worker's two pipes), reap.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from typing import Any, Never

from grader.runner.rehearsal import rehearse
from grader.sandbox.confine import Layer, Policy, confine, leave_network, prepare
from grader.sandbox.limits import Limits
from grader.worker.imports import ALLOWED
from grader.worker.main import forget, serve
from grader.worker.progress import Page, mapped

LONGEST = 4096
UNCONFINED = 70
"""The exit code of a worker that could not be confined, and so has run nothing."""


def main() -> Never:
    """argv: the package's folder, the control socket, the page for progress (or -1), then the modules allowed
    besides the standard ones.
    """
    _, control_fd, page_fd, *allowed = sys.argv[1:]
    sys.path.remove(sys.argv[1])
    control = socket.socket(fileno=int(control_fd))
    try:
        page = None if int(page_fd) < 0 else mapped(int(page_fd))
        missing = preload(allowed)
        prepare()
        rehearse()
        forget()  # here rather than in each worker, where letting go of them would copy their pages
        gc.collect()
        offline = leave_network()
        gc.freeze()  # what is here already is never touched by a worker's collector, and so stays shared
        _answer(control, {"ready": os.getpid(), "missing": missing})
        while True:
            data, fds, _, _ = socket.recv_fds(control, LONGEST, 2)
            if not data:
                break
            _answer(control, _do(json.loads(data), fds, control, page, offline=offline))
    finally:
        os._exit(0)


def preload(allowed: list[str]) -> list[str]:
    """Import all that a submission may import, and run what imports more when it is first used.

    Returns the modules that could not be imported, each with the reason.
    """
    import importlib
    import pkgutil

    import numpy as np

    missing = []
    for name in sorted(ALLOWED):
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # not every version of Python has each of them
    for name in allowed:
        try:
            importlib.import_module(name)
        except Exception as error:
            missing.append(f"{name} ({type(error).__name__}: {error})")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for found in pkgutil.iter_modules(np.__path__):
            if not found.name.startswith("_") and found.name not in ("conftest", "distutils", "f2py"):
                try:
                    importlib.import_module(f"numpy.{found.name}")
                except Exception:  # noqa: S112 - what cannot be imported here cannot be used there either
                    continue
    _warm_up(np)
    return missing


def _warm_up(np: Any) -> None:
    """Functions that import, or allocate, when they are first called."""
    a = np.arange(9.0).reshape(3, 3) + np.eye(3)
    np.linalg.svd(a)
    np.linalg.solve(a, a)
    np.fft.fft(a)
    np.random.default_rng(0).normal(size=3)
    np.random.seed(0)
    np.random.randn(3)
    np.einsum("ij,jk->ik", a, a, optimize=True)
    np.testing.assert_allclose(a, a)
    str(a)
    repr(np.float32(1))
    f"{1.5:.3f}"
    np.sort(a)
    "é".encode().decode("utf-8")
    "é".encode("latin-1")
    "x".encode("idna")
    import traceback

    try:
        raise ValueError
    except ValueError as error:
        traceback.format_exception(error)


def _do(
    request: dict[str, Any], fds: list[int], control: socket.socket, page: Page | None, *, offline: bool
) -> dict[str, Any]:
    if "reap" in request:
        pid, status, usage = os.wait4(request["reap"], 0)
        return {"status": status, "cpu": usage.ru_utime + usage.ru_stime, "pid": pid}
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _worker(request, fds, parent, control, page, offline=offline)
    for fd in fds:
        os.close(fd)
    return {"pid": pid}


def _worker(
    request: dict[str, Any],
    fds: list[int],
    parent: int,
    control: socket.socket,
    page: Page | None,
    *,
    offline: bool,
) -> Never:
    try:
        control.detach()
        incoming, outgoing = fds
        limits = Limits(**request["limits"])
        layers = frozenset(Layer(name) for name in request["layers"])
        sealed_offline = offline and Layer.SECCOMP in layers
        confine(
            Policy(
                parent=parent,
                keep_fds=(incoming, outgoing),
                limits=limits,
                layers=layers,
                offline=sealed_offline,
            )
        )
        serve(incoming, outgoing, page)
    finally:
        os._exit(UNCONFINED)


def _answer(control: socket.socket, answer: dict[str, Any]) -> None:
    control.sendall(json.dumps(answer).encode() + b"\n")


__all__ = ["main", "preload"]
