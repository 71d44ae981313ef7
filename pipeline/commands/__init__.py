"""One module for each group of `wire` commands: arguments, and the one function that each calls."""
