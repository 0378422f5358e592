"""Revisions of the schema, oldest first; ``gateway.storage.migration`` runs what a file is missing.

A new revision is a new file in ``versions`` that names the one before it; a revision that has been
released is never edited. ``migration.HEAD`` names the newest. A test compares the result with
``gateway.storage.tables``.
"""
