"""Open by a handle instead of a path."""

import ctypes

libc = ctypes.CDLL(None)
handle = ctypes.create_string_buffer(b"\x80", 256)
mount = ctypes.c_int()
if libc.name_to_handle_at(-100, scene.canary.encode(), handle, ctypes.byref(mount), 0) == 0:
    out(b"reached")
