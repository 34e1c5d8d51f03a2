"""Handle page faults of its own."""

# Not tried unconfined: few kernels have it enabled.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 323, "aarch64": 282}[scene.machine], 1) != -1:
    out(b"reached")
