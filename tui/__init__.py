"""Everything a person touches: screens, actions, key maps, the command line."""
