"""Stop a whole session."""

# Not tried unconfined: the victim is in the grader's own session.

import os
import signal

os.killpg(os.getpgid(scene.victim), signal.SIGKILL)
