"""Load a program into the kernel."""

import ctypes
import struct

libc = ctypes.CDLL(None)
if (
    libc.syscall(
        {"x86_64": 321, "aarch64": 280}[scene.machine],
        0,
        ctypes.create_string_buffer(struct.pack("IIIII", 2, 4, 4, 1, 0), 128),
        128,
    )
    != -1
):
    out(b"reached")
