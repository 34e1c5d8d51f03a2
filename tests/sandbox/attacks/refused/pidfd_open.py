"""Take hold of another process."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall(434, scene.victim, 0) != -1:
    out(b"reached")
