"""The ways in: each backend brings an engine's packets to two endpoints and theirs to the engine."""
