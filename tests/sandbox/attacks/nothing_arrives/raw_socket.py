"""Make a raw socket."""

# Not tried unconfined: only root may.

import socket

socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
out(b"reached")
