"""Make yet another descriptor."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 290, "aarch64": 19}[scene.machine], 0, 0) != -1:
    out(b"reached")
