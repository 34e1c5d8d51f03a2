"""Signal through a descriptor of the process."""

import os
import signal
import time

signal.pidfd_send_signal(os.pidfd_open(scene.victim), signal.SIGKILL)
time.sleep(0.5)  # until it is gone
