"""Make secret memory."""

# Not tried unconfined: few kernels have it enabled.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall(447, 0) != -1:
    out(b"reached")
