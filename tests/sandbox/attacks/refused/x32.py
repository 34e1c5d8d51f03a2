"""Make a call in the way of x32."""

# Not tried unconfined: this kernel may lack x32.

import ctypes

if scene.machine == "x86_64" and ctypes.CDLL(None).syscall(0x40000000 + 39) > 0:
    out(b"reached")
