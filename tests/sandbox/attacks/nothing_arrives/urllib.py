"""Ask a web server."""

import urllib.request

urllib.request.urlopen(f"http://127.0.0.1:{scene.port}/", timeout=0.2)
