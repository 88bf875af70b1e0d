"""Slack: cards and forms out, events and gestures in, over the Web API and Socket Mode or HTTP."""
