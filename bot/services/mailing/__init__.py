"""Mail in and out: what a message is and whose, what is sent, and what comes back."""
