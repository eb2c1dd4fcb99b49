"""How changes reach the database. Nothing in this package knows HTTP."""
