"""Read through the newest way to open."""

import ctypes
import struct

libc = ctypes.CDLL(None)
how = struct.pack("QQQ", 0, 0, 0)
buffer = ctypes.create_string_buffer(100)
fd = libc.syscall(437, -100, scene.canary.encode(), how, 24)
libc.read(fd, buffer, 100)
out(buffer.value)
