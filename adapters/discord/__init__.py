"""Discord: cards and forms out, events and gestures in, over the REST API and the gateway."""
