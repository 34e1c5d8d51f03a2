"""Read the reference's source."""

import sys

for folder in sys.path:
    try:
        text = open(f"{folder}/reference/layer.py").read()
    except FileNotFoundError:
        continue
    out(b"reached" if "class Layer" in text else b"")
