"""Have signals sent to another process."""

import fcntl

fcntl.fcntl(scene.tty, fcntl.F_SETOWN, scene.victim)
out(b"reached")
