"""Who grades a class: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.commands.errors import BadInputError
from grader.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.batch.course import Course
    from grader.batch.engine import Graders
    from grader.commands.grade_input import Wanted


@dataclass(frozen=True, slots=True)
class Executor:
    """Graders, and what the gradebook notes of them."""

    graders: Graders
    jobs: int
    """How many submissions are graded at once."""
    level: str
    """The sandbox level; where workers differ, the weakest. Each report names its own."""
    says: Callable[[Callable[[str], None]], None] = lambda _: None
    """Takes the function that is to be told, a line each, what changes on the way."""


def refuse_misfits(wanted: Wanted) -> None:
    """Raise BadInputError for options that do not go together."""
    if wanted.executor == "dask":
        if not wanted.scheduler:
            raise BadInputError(
                "--executor dask needs the address of the scheduler: --scheduler tcp://10.0.0.1:8786"
            )
        if wanted.jobs is not None:
            raise BadInputError("--jobs counts processes of this machine; with --executor dask, leave it out")
    elif wanted.scheduler is not None:
        raise BadInputError("--scheduler is for a Dask cluster; add --executor dask")


def executor(wanted: Wanted, key: bytes, course: Course, total: int, stack: ExitStack) -> Executor:
    """Whoever was asked for, ready to grade, until `stack` ends. Raises BadInputError or BatchError."""
    return (
        _cluster(wanted, course, stack)
        if wanted.executor == "dask"
        else _local(wanted, key, course, total, stack)
    )


def _cluster(wanted: Wanted, course: Course, stack: ExitStack) -> Executor:
    from grader.batch.cluster import Cluster

    address = wanted.scheduler or ""
    cluster = Cluster(address, wanted.assignment, course, weak=wanted.allow_weak_sandbox)
    stack.enter_context(cluster)
    return Executor(cluster, cluster.workers, cluster.level, cluster.tell)


def _local(wanted: Wanted, key: bytes, course: Course, total: int, stack: ExitStack) -> Executor:
    from grader.batch.desk import Recipe, missing_modules, sealing
    from grader.batch.pool import Pool, cores

    sandbox = sealing()
    if sandbox is None and not wanted.allow_weak_sandbox:
        raise BadInputError(
            "this machine cannot seal a stranger's code (`chainmark doctor` says why); "
            "to grade all the same, with limits only, add --allow-weak-sandbox"
        )
    recipe = Recipe(wanted.assignment, key, sandbox)
    if missing := missing_modules(recipe, course.assignment.allowed_modules):
        raise BadInputError(f"allowed_modules: cannot import {one_line('; '.join(missing))}; install it")
    jobs = min(wanted.jobs or cores(), total)
    return Executor(stack.enter_context(Pool(recipe, jobs)), jobs, sandbox.level.value if sandbox else "D")
