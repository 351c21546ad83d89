"""OpenPGP and the encrypted credential file."""
