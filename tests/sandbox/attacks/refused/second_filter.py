"""Install a filter of its own."""

# Not tried unconfined: it needs a program of BPF.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 317, "aarch64": 277}[scene.machine], 1, 0, 0) != -1:
    out(b"reached")
