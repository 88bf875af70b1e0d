"""The schema, step by step; a migration that was released is never changed."""
