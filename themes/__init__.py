"""Themes as data: one TOML file each."""
