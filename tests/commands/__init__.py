"""The command line as a subprocess, with real servers behind it."""
