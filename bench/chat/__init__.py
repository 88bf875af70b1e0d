"""The chat platforms as they are measured: fakes on the real protocol, and bots that do nothing."""
