"""Make written memory executable."""

import ctypes

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, *[ctypes.c_long] * 5]
place = libc.mmap(None, 4096, 3, 0x22, -1, 0)
if libc.mprotect(ctypes.c_void_p(place), 4096, 5) == 0:
    out(b"reached")
