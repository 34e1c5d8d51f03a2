"""Leave a key for others."""

import ctypes

libc = ctypes.CDLL(None)
if (
    libc.syscall({"x86_64": 248, "aarch64": 217}[scene.machine], b"user", scene.token.encode(), b"x", 1, -2)
    != -1
):
    out(b"reached")
