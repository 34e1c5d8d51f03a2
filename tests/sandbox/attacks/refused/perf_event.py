"""Measure other processes."""

# Not tried unconfined: virtual machines may have no counters.

import ctypes
import struct

libc = ctypes.CDLL(None)
if (
    libc.syscall(
        {"x86_64": 298, "aarch64": 241}[scene.machine],
        ctypes.create_string_buffer(struct.pack("II", 1, 128), 128),
        0,
        -1,
        -1,
        0,
    )
    != -1
):
    out(b"reached")
