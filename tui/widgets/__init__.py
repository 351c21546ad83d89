"""The parts of the screen: lists, reader, folders, bars."""
