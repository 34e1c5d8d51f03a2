"""Solutions as source code, written from the reference's own functions so that there is one truth."""
