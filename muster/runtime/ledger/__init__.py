"""The ledger: the small, transactional truth of a store, in SQLite or Postgres."""
