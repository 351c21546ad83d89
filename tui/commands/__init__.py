"""The command line: one module a family of commands, none of which loads Textual."""
