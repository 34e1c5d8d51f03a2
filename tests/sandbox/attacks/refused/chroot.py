"""Change the root."""

# Not tried unconfined: the attack's own process would lose its files.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 161, "aarch64": 51}[scene.machine], scene.folder.encode()) == 0:
    out(b"reached")
