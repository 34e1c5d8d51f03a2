"""Ask the kernel about its network."""

import socket

socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
out(b"reached")
