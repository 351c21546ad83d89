"""Whole screens and dialogs, loaded when they are first shown."""
