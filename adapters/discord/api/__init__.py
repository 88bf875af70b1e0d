"""Discord's REST API: one try a call, its limits, and what its refusals mean."""
