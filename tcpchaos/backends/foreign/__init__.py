"""A server with a TCP that is somebody else's, behind an interface; its client is a kernel's socket, or is ours."""
