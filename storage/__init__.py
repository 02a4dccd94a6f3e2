"""The only room that knows SQL: one schema for SQLite and PostgreSQL, and the rule files beside it."""
