"""What the commands do; `deploy.local.__main__` says how they are called."""
