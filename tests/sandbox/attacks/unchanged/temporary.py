"""Leave a file among the temporary ones."""

import tempfile

open(tempfile.gettempdir() + "/" + scene.token, "w").close()
