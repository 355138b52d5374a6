"""One invented news day, served from loopback; it must never reach the network."""
