"""Overwrite another submission."""

with open(scene.canary, "w") as file:
    file.write("mine")
