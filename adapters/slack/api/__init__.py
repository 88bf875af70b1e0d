"""Slack's Web API: one session, its limits, and what its refusals mean."""
