"""Connect to an abstract socket."""

import socket

socket.socket(socket.AF_UNIX).connect(scene.abstract)
