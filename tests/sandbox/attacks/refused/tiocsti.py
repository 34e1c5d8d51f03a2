"""Type into the grader's terminal."""

# Not tried unconfined: kernels from 6.2 on may refuse it to all.

import fcntl

fcntl.ioctl(scene.tty, 0x5412, b"x")
out(b"reached")
