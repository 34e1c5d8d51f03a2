"""Make a file in memory."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 319, "aarch64": 279}[scene.machine], b"x", 0) != -1:
    out(b"reached")
