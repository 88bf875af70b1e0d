"""The tables an operator writes, one module for each group of them, as typed models."""
