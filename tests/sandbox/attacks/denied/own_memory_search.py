"""Look for the secret among all objects."""

# Not tried unconfined: the secret is made after the fork.

import gc

for found in gc.get_objects():
    if isinstance(found, dict):
        for value in list(found.values()):
            if type(value) is bytes and len(value) == 32:
                out(value)
