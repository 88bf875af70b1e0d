"""What people do in Slack: handed to the core, and answered where they look."""
