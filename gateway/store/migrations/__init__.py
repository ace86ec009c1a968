"""Migrations, one file a revision, in ``versions``; ``gateway.store.schema`` runs them."""
