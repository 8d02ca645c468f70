"""A case for the neighbours' tools: packetdrill, scapy, pytest."""
