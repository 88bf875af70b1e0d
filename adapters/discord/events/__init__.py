"""What the gateway brings: one listener, in order, and caught up after a gap."""
