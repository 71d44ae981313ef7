"""Where stories come from: feeds over HTTP, watched folders, wire files."""
