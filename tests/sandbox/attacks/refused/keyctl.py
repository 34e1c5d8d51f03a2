"""Ask for the session's keys."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 250, "aarch64": 219}[scene.machine], 0, -3, 0) != -1:
    out(b"reached")
