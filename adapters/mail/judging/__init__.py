"""What a message is: from whom for sure, by a machine or a person, a bounce or not."""
