"""Values and rules of Norwegian debt collection: standard library only, no clock, no I/O."""
