"""The store: people and events in any order, twice, from many threads, kept so that rules see the truth."""
