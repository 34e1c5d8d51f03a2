"""End another process."""

import os
import signal

os.kill(scene.victim, signal.SIGKILL)
