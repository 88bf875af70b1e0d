"""The verbs: one entry each in the command table, and the few lines that carry it out."""
