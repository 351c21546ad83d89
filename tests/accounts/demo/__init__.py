"""Tests of the demo: its servers, its mail, its process."""
