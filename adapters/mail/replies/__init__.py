"""What somebody answered, apart from what they answered to."""
