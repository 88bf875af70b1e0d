"""The outside world, one package per platform or protocol, translated to and from the core."""
