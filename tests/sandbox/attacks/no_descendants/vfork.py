"""Start a process by a raw call."""

import ctypes
import time

number, arguments = {"x86_64": (56, (17, 0, 0, 0, 0)), "aarch64": (220, (17, 0, 0, 0, 0))}[scene.machine]
if ctypes.CDLL(None).syscall(number, *arguments) == 0:
    time.sleep(20)
