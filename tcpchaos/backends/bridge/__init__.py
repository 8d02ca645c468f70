"""A bump in the wire between two interfaces of the user's, with an engine for the flows that were chosen."""
