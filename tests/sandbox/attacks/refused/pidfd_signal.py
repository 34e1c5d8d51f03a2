"""Signal through a descriptor of the process."""

import os
import signal

signal.pidfd_send_signal(os.pidfd_open(scene.victim), signal.SIGKILL)
