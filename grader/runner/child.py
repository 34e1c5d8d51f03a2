"""The first thing that the child process of `ProcessRunner` runs: its limits, then the worker."""

from __future__ import annotations

import sys
from typing import Never


def main() -> Never:
    """argv: the package's folder, the two pipes, CPU seconds, memory in MB."""
    from grader.worker.main import detach, serve

    _, incoming, outgoing, cpu_seconds, memory_mb = sys.argv[1:]
    sys.path.remove(sys.argv[1])
    _limit(float(cpu_seconds), int(memory_mb))
    detach(())
    for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
        del sys.modules[name]  # what the student imports under this name is the check helper
    serve(int(incoming), int(outgoing))


def _limit(cpu_seconds: float, memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    whole = max(1, round(cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
