"""Write more than a small disk holds."""

with open(scene.folder + "/big", "wb") as file:
    for _ in range(32):
        file.write(bytes(1 << 20))
