"""How long cases wait for what has to come. None asserts it: a busy or slow machine only takes longer."""

import os
import time

# In seconds.
PATIENCE = float(os.environ.get("LIKENESS_TEST_PATIENCE", "120"))


def until(condition, every=0.02):
    """Asks until the condition holds or patience is over; returns what it said last."""
    end = time.monotonic() + PATIENCE
    while not (said := condition()) and time.monotonic() < end:
        time.sleep(every)
    return said
