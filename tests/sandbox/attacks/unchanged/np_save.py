"""Write through NumPy."""

import numpy as np

np.save(scene.folder + "/new.npy", np.ones(3))
