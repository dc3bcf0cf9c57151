"""The commands: `app` says how they are called, the other modules what they do."""
