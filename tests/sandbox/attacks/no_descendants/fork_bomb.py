"""Start processes that start processes."""

import os
import time

for _ in range(4):
    os.fork()
if os.getpid() != os.getsid(0):
    time.sleep(20)
    os._exit(0)
