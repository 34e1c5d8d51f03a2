"""Make a message queue of System V."""

# Not tried unconfined: it would stay.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 68, "aarch64": 186}[scene.machine], 0, 0o1000) != -1:
    out(b"reached")
