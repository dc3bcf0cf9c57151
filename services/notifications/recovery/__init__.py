"""What a restore leaves to be put right: mails sent that this database has forgotten, and orders that their publisher has."""
