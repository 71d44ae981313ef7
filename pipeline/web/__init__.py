"""The reading API and its page: everything that people and programs read stories through over HTTP."""
