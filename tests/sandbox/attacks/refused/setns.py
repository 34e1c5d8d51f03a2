"""Enter the grader's network."""

# Not tried unconfined: it needs a descriptor that cannot be had.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 308, "aarch64": 268}[scene.machine], -1, 0) != -1:
    out(b"reached")
