"""Start a process."""

import os
import time

if os.fork() == 0:
    time.sleep(20)
    os._exit(0)
