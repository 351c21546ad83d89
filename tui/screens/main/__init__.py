"""The main screen: folders, list and reader. One module for what each part of a working day needs."""
