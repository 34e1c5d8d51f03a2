"""Make a message queue of POSIX."""

# Not tried unconfined: it would stay.

import ctypes

libc = ctypes.CDLL(None)
if (
    libc.syscall({"x86_64": 240, "aarch64": 180}[scene.machine], scene.token.encode(), 0o100 | 2, 0o600, 0)
    != -1
):
    out(b"reached")
