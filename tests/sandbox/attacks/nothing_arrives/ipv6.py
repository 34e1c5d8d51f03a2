"""Make a socket of IPv6."""

# Not tried unconfined: not every machine has IPv6.

import socket

socket.socket(socket.AF_INET6)
out(b"reached")
