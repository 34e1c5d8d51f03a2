"""Trace another process."""

import ctypes

ctypes.CDLL(None).ptrace(0x4206, scene.victim, 0, 0)
