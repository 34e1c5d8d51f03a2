"""Read through NumPy's text reader."""

import numpy as np

out(str(np.genfromtxt(scene.canary, dtype=str)).encode())
