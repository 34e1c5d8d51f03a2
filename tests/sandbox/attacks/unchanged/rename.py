"""Rename another submission."""

import os

os.rename(scene.canary, scene.canary + ".old")
