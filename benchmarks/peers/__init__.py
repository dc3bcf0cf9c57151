"""What the suite is measured against: services and relays of others, run from their packages, in an environment of their own."""
