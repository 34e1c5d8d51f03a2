"""Write through the C library."""

import ctypes

ctypes.CDLL(None).creat((scene.folder + "/new").encode(), 0o666)
