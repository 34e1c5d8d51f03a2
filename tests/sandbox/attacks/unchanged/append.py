"""Append to another submission."""

with open(scene.canary, "a") as file:
    file.write("mine")
