"""Start threads for parallel work."""

import concurrent.futures.thread
import time

concurrent.futures.thread.ThreadPoolExecutor(2).submit(time.sleep, 1)
