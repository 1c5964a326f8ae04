"""Looking for a person whom one rule finds and another does not, made at the edges of what both ask for."""
