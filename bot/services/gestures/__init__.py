"""What people did, on any surface: understood, checked, carried out, answered."""
