"""Start a process by the newest call."""

import ctypes
import struct
import time

arguments = struct.pack("8Q", 0, 0, 0, 0, 17, 0, 0, 0)
if ctypes.CDLL(None).syscall(435, arguments, len(arguments)) == 0:
    time.sleep(20)
