"""The first thing that the child process of `ProcessRunner` runs: its limits, then the worker."""

from __future__ import annotations

import signal
import sys
from typing import Never

WHOLE_CPU = 600
"""Seconds of CPU time for all messages together; each message by itself is watched from outside."""


def main() -> Never:
    """argv: the package's folder, the two pipes, memory in MB."""
    from grader.worker.main import detach, forget, serve

    _, incoming, outgoing, memory_mb = sys.argv[1:]
    sys.path.remove(sys.argv[1])
    _limit(int(memory_mb))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have it ignored
    detach(())
    forget()
    serve(int(incoming), int(outgoing))


def _limit(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    resource.setrlimit(resource.RLIMIT_CPU, (WHOLE_CPU, WHOLE_CPU + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
