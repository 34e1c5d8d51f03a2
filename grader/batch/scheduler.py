"""`connect`: a Dask scheduler that answers. `alike`: whether all its workers would grade as this process does."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from grader.batch.errors import BatchError
from grader.batch.parcel import own_source
from grader.grading import versions
from grader.text import one_line

ANSWER = 10.0
"""Seconds that a scheduler has to answer, and to show a worker."""


def connect(address: str) -> Any:
    """A client of the scheduler. Raises BatchError where `distributed` is missing or nobody answers in time."""
    try:
        from distributed import Client
    except ImportError:
        raise BatchError('the package distributed is missing: pip install "chainmark[dask]"') from None
    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it has to say we say in one line
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions; those that matter are compared below
            return Client(address, timeout=ANSWER, set_as_default=False, name="chainmark")
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        said = "" if isinstance(error, TimeoutError) else f" ({one_line(str(error), limit=120)})"
        raise BatchError(
            f"no Dask scheduler answers at {one_line(address, limit=200)}{said}; give --scheduler the address "
            "that it shows when it starts, such as tcp://10.0.0.1:8786"
        ) from None


def alike(client: Any, address: str) -> int:
    """How many workers there are. Raises BatchError where there is none, or one that would grade otherwise."""
    try:
        client.wait_for_workers(1, timeout=ANSWER)
    except TimeoutError:
        raise _workerless(address) from None
    from grader.batch.station import looked

    ours = dict(versions())
    # Before anything of ours is run there: Dask itself knows these of each worker.
    for worker, found in client.get_versions()["workers"].items():
        python = ".".join(found["host"]["python"].split(".")[:3])
        _compare(worker, {"python": python, "numpy": found["packages"].get("numpy") or "none"}, ours)
    answers = asked(client, address, looked)
    for worker, (there, source) in answers.items():
        _compare(worker, dict(there), ours)
        if source != own_source():
            raise BatchError(
                f"the worker {worker} has another state of chainmark's files; install the same there, and start "
                "it anew"
            )
    return len(answers)


def asked(client: Any, address: str, question: Callable[..., Any], *given: str) -> Mapping[str, Any]:
    """What each worker answers, but for those that end meanwhile. Raises BatchError if one has no chainmark."""
    answers: Mapping[str, Any] = client.run(question, *given, on_error="return")
    found = {}
    for worker, answer in answers.items():
        if isinstance(answer, BaseException) and not isinstance(answer, OSError):
            said = one_line(f"{type(answer).__name__}: {answer}", limit=120)
            raise BatchError(f"the worker {worker} cannot use chainmark ({said}); install it there")
        if not isinstance(answer, OSError):
            found[worker] = answer
    if not found:
        raise _workerless(address)
    return found


def _compare(worker: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> None:
    for what, version in theirs.items():
        if version != ours[what]:
            raise BatchError(
                f"the worker {worker} has {what} {version}, and {ours[what]} is used here; marks could differ: "
                "install the same there"
            )


def _workerless(address: str) -> BatchError:
    shown = one_line(address, limit=200)
    return BatchError(f"the scheduler at {shown} has no workers; start some: dask worker {shown}")
