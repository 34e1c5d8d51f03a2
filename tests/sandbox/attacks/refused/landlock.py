"""Install rules of its own."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall(444, 0, 0, 1) != -1:
    out(b"reached")
