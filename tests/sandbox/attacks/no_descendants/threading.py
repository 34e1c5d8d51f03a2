"""Start a thread, the usual way."""

import threading
import time

threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
