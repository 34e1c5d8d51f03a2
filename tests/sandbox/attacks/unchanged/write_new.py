"""Write a new file."""

with open(scene.folder + "/new", "w") as file:
    file.write("here")
