"""Contact methods: how a page reaches a person."""
