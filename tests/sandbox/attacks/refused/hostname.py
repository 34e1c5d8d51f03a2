"""Rename the machine."""

# Not tried unconfined: only root may.

import socket

socket.sethostname(socket.gethostname())
out(b"reached")
