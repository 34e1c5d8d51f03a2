"""Start processes for parallel work."""

import multiprocessing
import multiprocessing.popen_fork
import time

multiprocessing.get_context("fork").Process(target=time.sleep, args=(20,)).start()
