"""What leaves: drawn from the state of the moment, brought, and settled."""
