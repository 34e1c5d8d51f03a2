"""Look a name up."""

import socket

socket.getaddrinfo("localhost", 80)
out(b"reached")
