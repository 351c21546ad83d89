"""Measurements: `python -m tests.bench` compares Correio with what else there is, in one run."""
