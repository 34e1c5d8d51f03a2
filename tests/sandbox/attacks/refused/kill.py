"""End another process."""

import os
import signal
import time

os.kill(scene.victim, signal.SIGKILL)
time.sleep(0.5)  # until it is gone
