"""Make a namespace of mounts."""

import ctypes

libc = ctypes.CDLL(None)
if libc.syscall({"x86_64": 272, "aarch64": 97}[scene.machine], 0x00020000) == 0:
    out(b"reached")
