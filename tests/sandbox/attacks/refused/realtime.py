"""Ask for real time."""

# Not tried unconfined: containers may refuse it to all.

import os

os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
out(b"reached")
