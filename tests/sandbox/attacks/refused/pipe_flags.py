"""Change the flags of a descriptor that others share."""

import fcntl
import os

fcntl.fcntl(scene.tty, fcntl.F_SETFL, os.O_NONBLOCK)
out(b"reached")
