"""Become root in a namespace of its own."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 272, "aarch64": 97}[scene.machine], 0x10000000) == 0:
    out(b"reached")
