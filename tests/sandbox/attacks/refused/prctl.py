"""Undo the death signal."""

import ctypes

if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0:
    out(b"reached")
