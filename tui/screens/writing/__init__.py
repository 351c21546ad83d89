"""The parts of the composer: the page, and what is done on it."""
