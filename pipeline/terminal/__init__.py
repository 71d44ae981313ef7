"""What people get at a terminal and in a pipe: lists of stories, a story to read, what changed in it,
tables of them."""
