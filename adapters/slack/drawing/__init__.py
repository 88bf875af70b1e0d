"""Cards, forms and homes in Block Kit, within Slack's limits."""
