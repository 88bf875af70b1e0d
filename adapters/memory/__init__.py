"""A chat, a mailbox, a pager, a meter and an inbox in memory, for tests and the simulator."""
