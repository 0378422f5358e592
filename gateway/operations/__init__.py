"""The use cases that the command line, the admin API and the workers share."""
