"""The store: one SQLite file with everything Correio knows. One module a table family, functions over a Database."""
