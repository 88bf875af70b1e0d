"""What a person who only ever wrote mail may ask for: their data, and that it goes."""
