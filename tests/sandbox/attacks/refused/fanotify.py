"""Watch all files."""

# Not tried unconfined: not every kernel has it.

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 300, "aarch64": 262}[scene.machine], 0, 0) != -1:
    out(b"reached")
