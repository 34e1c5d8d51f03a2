"""Make another descriptor."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 291, "aarch64": 20}[scene.machine], 0) != -1:
    out(b"reached")
