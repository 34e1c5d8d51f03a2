"""Mount a file system."""

# Not tried unconfined: it would stay mounted.

import ctypes

libc = ctypes.CDLL(None)
if (
    libc.syscall(
        {"x86_64": 165, "aarch64": 40}[scene.machine], b"none", scene.folder.encode(), b"tmpfs", 0, 0
    )
    == 0
):
    out(b"reached")
