"""Make a call in the way of 32-bit programs."""

import ctypes

if scene.machine == "x86_64":
    ctypes.CFUNCTYPE(ctypes.c_int)(scene.int80)()
out(b"reached")
