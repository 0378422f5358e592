"""One file per revision, written out in full: later changes of the tables leave the past alone."""
