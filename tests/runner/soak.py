"""Many submissions through one sealed runner, one in five of them hostile: every honest one right, nothing leaks.

python -m tests.runner.soak 2000
"""

from __future__ import annotations

import os
import resource
import sys
import time

import numpy as np

from tests.runner.levels import sealed, zygote
from tests.runner.test_attacks_as_submissions import ATTACKS, SUBMISSION
from tests.runner.test_hostile_submissions import (
    ENDS,
    FORGERIES,
    HONEST,
    VALUES,
    descendants,
    full_marks,
    graded,
    in_forward,
)

SLOW = (
    "busy loop",
    "a loop that catches everything",
    "a power that never ends",
    "a regular expression",
    "stopped",
)
SCENE = {
    "folder": "/tmp", "canary": "/etc/passwd", "token": "soak", "port": 9, "free_port": 9, "abstract": b"\0soak",
    "socket": "/tmp/soak", "victim": 1, "parent": 1, "address": 0, "tty": -1, "left_open": 5, "machine": "x86_64",
    "int80": 0,
}  # fmt: skip
"""What the attack programs are told to go for; nothing of it is theirs to reach."""


def hostile(rng: np.random.Generator) -> str:
    kind = rng.integers(20)
    if kind == 0:
        return in_forward(ENDS[SLOW[rng.integers(len(SLOW))]][0])
    if kind < 6:
        quick = [text for name, (text, _) in ENDS.items() if name not in SLOW]
        return in_forward(quick[rng.integers(len(quick))])
    if kind < 9:
        return in_forward([*FORGERIES.values()][rng.integers(len(FORGERIES))])
    if kind < 13:
        value = [text for name, text in VALUES.items() if "never ends" not in name][
            rng.integers(len(VALUES) - 1)
        ]
        return HONEST.replace("    return np.maximum(0, x), x", f"    {value}")
    name = [*ATTACKS][rng.integers(len(ATTACKS))]
    return SUBMISSION.format(attack=ATTACKS[name], scene=SCENE)


def state(pid: int) -> tuple[int, int, int, int]:
    """Our descriptors, the zygote's, our memory in MB, the zygote's descendants."""
    mine, theirs = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{pid}/fd"))
    return mine, theirs, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, len(descendants(pid))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = np.random.default_rng(2026)
    runner = sealed("A")
    wrong, cheated, started = [], [], time.monotonic()
    for number in range(count):
        if rng.integers(5) == 0:
            text = hostile(rng)
            if full_marks(graded(runner, text)):
                cheated.append(text)
        elif not full_marks(graded(runner, HONEST)):
            wrong.append(number)
        if number in (20, count - 1) or number % 500 == 0:
            print(f"{number}: {time.monotonic() - started:.0f} s, {state(zygote().pid)}", flush=True)
    runner.close()
    print(
        f"{count} submissions: {len(wrong)} honest wrong, {len(cheated)} hostile right, {state(zygote().pid)}"
    )
    sys.exit(bool(wrong or cheated))


if __name__ == "__main__":
    main()
