"""Make readable memory executable."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 135, "aarch64": 92}[scene.machine], 0x0400000) != -1:
    out(b"reached")
