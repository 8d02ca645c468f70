"""What people and programs get to see of a run: the ladder in a terminal, one JSON document, a capture file."""
