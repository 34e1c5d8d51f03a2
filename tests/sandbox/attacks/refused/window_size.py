"""Change the terminal."""

import fcntl
import struct
import termios

fcntl.ioctl(scene.tty, termios.TIOCSWINSZ, struct.pack("HHHH", 3, 3, 0, 0))
out(b"reached")
