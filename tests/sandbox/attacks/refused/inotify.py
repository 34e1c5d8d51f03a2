"""Watch a file."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 294, "aarch64": 26}[scene.machine], 0) != -1:
    out(b"reached")
