"""Read through the C library."""

import ctypes

libc = ctypes.CDLL(None)
buffer = ctypes.create_string_buffer(100)
fd = libc.open(scene.canary.encode(), 0)
libc.read(fd, buffer, 100)
out(buffer.value)
