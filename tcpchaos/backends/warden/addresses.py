"""Who is who in a lab: the names, addresses and MACs of its networks, known to the warden and to whoever pumps."""

ENDPOINTS = ("client", "server")
INTERFACE = "eth0"  # at each endpoint; at the proxy each is called after the endpoint it leads to

# RFC 5737 and RFC 3849 keep these for documentation: no route out of the lab can be meant by them.
ADDRESSES4 = {"client": "192.0.2.1", "server": "192.0.2.2"}
ADDRESSES6 = {"client": "2001:db8::1", "server": "2001:db8::2"}
PREFIX4, PREFIX6 = 24, 64
MACS = {"client": bytes.fromhex("020000000001"), "server": bytes.fromhex("020000000002")}
IPV6_LEAST_MTU = 1280  # RFC 8200, 5
