"""Steps from one form of the ledger to the next; Alembic runs `env.py`."""
