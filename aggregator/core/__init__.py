"""Pure decisions: no clock, socket, file, database, environment or randomness in here."""
