"""The commands of `muster`, a file for each thing they are about."""
