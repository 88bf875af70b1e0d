"""Mail that leaves: who gets it, who gets no more, and from which address."""
