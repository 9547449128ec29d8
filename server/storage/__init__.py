"""Where the truth lives: one SQL database, SQLite or PostgreSQL, and its migrations."""
