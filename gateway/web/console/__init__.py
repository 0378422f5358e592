"""The operator's desk: pages for people, on the same operations as the command line."""
