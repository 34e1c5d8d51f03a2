"""The worker process: requests in, frames out, one submission's session between them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Never

from grader.worker.frames import encode
from grader.worker.program import Definition, Problem, Source
from grader.worker.progress import Page, note
from grader.worker.requests import HEADER, decode_request, request_length
from grader.worker.session import Loaded, Session
from grader.worker.steps import Step, answers, packed

ENOUGH = 20_000
"""Parts of answers that are sent together; a larger answer takes those before it along."""

MOST_TOGETHER = 100

FAULT = 71
"""The exit code of a worker that failed by itself: never the student's marks."""

PACKAGES = ("grader", "reference", "exercises", "tests")
"""Our own packages: no worker has them."""


def serve(incoming: int, outgoing: int, page: Page | None = None) -> Never:
    """Answer requests from one pipe on the other until it is closed; leaves without any clean-up of Python's.

    Says "ready" first, and while it loads, which statement comes next wherever one could end the process. Answers
    bear the numbers of their message and step; a step that only keeps a value is answered by the next. With a
    `page` on which to note the step that is being run, answers are sent many at a time: should the process end, the
    grader reads there how far it came. Without one, each is sent as soon as it is there.
    """
    session: Session | None = None
    enough = ENOUGH if page is not None else 0
    own = os.getpid()

    def answer(value: Any) -> None:
        if os.getpid() == own:  # a fork made by the student's code must not answer as well
            send(outgoing, value)
        else:
            os._exit(0)

    try:
        answer(("ready",))
        while True:
            request = receive(incoming)
            if request is None:
                break
            match request:
                case ("load", list() as sources, list() as wanted, list() as allowed, dict() as skip):
                    session = Session(
                        [Source(*source) for source in sources], allowed=frozenset(map(str, allowed))
                    )
                    loaded = session.load(wanted, skip=skip, before=lambda number: answer(("at", number)))
                    answer(("loaded", packed_loaded(loaded)))
                case ("run", int() as message, list() as steps) if session is not None:
                    session.weight, together = 0, []
                    for number, outcome in enumerate(session.run(noted(steps, message, page))):
                        if answers(steps, number, outcome):
                            together.append((number, packed(outcome)))
                        if together and (session.weight >= enough or len(together) == MOST_TOGETHER):
                            answer((message, together))
                            session.weight, together = 0, []
                    if together:
                        answer((message, together))
                case ("printed", int() as message) if session is not None:
                    answer((message, [(0, "".join(session.printed.kept))]))
                case _:
                    break
    except OSError:
        os._exit(0)  # the grader has closed its end
    except Exception:
        # What the student's code raises is an outcome; whatever arrives here is the grader's own fault.
        os._exit(FAULT)
    finally:
        os._exit(0)


def noted(steps: Iterable[Step], message: int, page: Page | None) -> Iterator[Step]:
    """The steps, each noted on the page before it is run."""
    if page is None:
        yield from steps
        return
    for number, step in enumerate(steps):
        note(page, message, number)
        yield step


def receive(fd: int) -> Any:
    """The next request; None when the pipe is closed."""
    header = _exactly(fd, HEADER.size)
    if header is None:
        return None
    data = _exactly(fd, request_length(header))
    return None if data is None else decode_request(data)


def send(fd: int, value: Any) -> None:
    """One frame."""
    data = memoryview(encode(value))
    while data:
        data = data[os.write(fd, data) :]


def _exactly(fd: int, count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        chunk = os.read(fd, min(count - len(parts), 1 << 20))
        if not chunk:
            return None
        parts += chunk
    return bytes(parts)


def packed_loaded(loaded: Loaded) -> Any:
    """What loading found, as a plain value."""
    return {
        "definitions": [(d.name, d.unit, d.line) for d in loaded.definitions],
        "problems": [(p.kind, p.unit, p.line, p.text[:2000]) for p in loaded.problems[:200]],
        "missing": [(name[:200], where[:200]) for name, where in loaded.missing[:200]],
    }


def unpacked_loaded(value: Any) -> Loaded:
    """The reverse, believing nothing. Raises ValueError."""
    match value:
        case {
            "definitions": list() as definitions,
            "problems": list() as problems,
            "missing": list() as missing,
        }:
            pass
        case _:
            raise ValueError("not what loading answers")
    for record, kinds in (
        *((d, (str, int, int)) for d in definitions),
        *((p, (str, str, int, str)) for p in problems),
        *((m, (str, str)) for m in missing),
    ):
        if not isinstance(record, tuple) or tuple(map(type, record)) != kinds:
            raise ValueError("not what loading answers")
    return Loaded(
        tuple(Definition(*d) for d in definitions),
        tuple(Problem(*p) for p in problems),
        tuple(missing),
    )


def forget() -> None:
    """Take our own modules out of reach of an import: what a student imports as `grader` is the check helper."""
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        del sys.modules[name]
    for name in PACKAGES:
        sys.modules[name] = None  # type: ignore[assignment] # an import of it finds nothing, installed or not


def detach(keep: tuple[int, ...]) -> None:
    """Point the standard streams at nothing, so that what is printed past Python cannot reach a terminal."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        if fd not in keep:
            os.dup2(nothing, fd)
    sys.stdin = None
