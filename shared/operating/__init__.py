"""What operators see of a running service and may do to it over HTTP; the same for every service."""
