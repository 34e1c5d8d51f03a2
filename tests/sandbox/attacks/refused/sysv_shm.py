"""Make shared memory of System V."""

# Not tried unconfined: it would stay.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 29, "aarch64": 194}[scene.machine], 0, 4096, 0o1000) != -1:
    out(b"reached")
