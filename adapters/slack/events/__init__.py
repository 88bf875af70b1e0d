"""What Slack sends: taken, acknowledged, sorted, and none of it twice."""
