"""Does a test notice when a line is changed? `make mutate` changes them one by one, in a copy."""
