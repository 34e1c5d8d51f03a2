"""Listen on a port."""

import socket

listener = socket.socket()
listener.bind(("127.0.0.1", scene.free_port))
listener.listen()
