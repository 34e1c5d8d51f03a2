"""Run before others."""

import os

os.setpriority(os.PRIO_PROCESS, 0, 1)
out(b"reached")
