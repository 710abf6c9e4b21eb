"""The locks that serialise access to what moto keeps.

moto keeps its state in plain dictionaries, one set for the whole process, and reads them while others write. So
whoever calls moto, or reads or changes what it keeps, holds this lock: a request (see server.OneAtATime) and whatever
works in the background. It is held for milliseconds: never while waiting for Docker, a network or a clock.
"""

import threading

# Reentrant, as an addition that holds it may use something that takes it.
MOTO = threading.RLock()
# For what S3 keeps; whoever holds MOTO does not touch that.
S3 = threading.RLock()
