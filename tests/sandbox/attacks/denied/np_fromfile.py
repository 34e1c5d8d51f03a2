"""Read through NumPy."""

import numpy as np

out(np.fromfile(scene.canary, dtype=np.uint8).tobytes())
