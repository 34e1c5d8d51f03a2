"""Ask the same by raw calls."""

import ctypes

libc = ctypes.CDLL(None)
number = {"x86_64": 332, "aarch64": 291}[scene.machine]
if libc.syscall(number, -100, scene.canary.encode(), 0, 0xFFF, ctypes.create_string_buffer(256)) == 0:
    out(b"reached")
