"""The program in a pseudo-terminal: typed keys, an emulated screen, every byte kept."""
