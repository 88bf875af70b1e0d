"""The database: rows, their mapping to the domain, the unit of work, and the migrations."""
