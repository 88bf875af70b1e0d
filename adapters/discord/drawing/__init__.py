"""Cards and homes as Discord's components, within its limits."""
