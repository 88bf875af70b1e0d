"""How mail comes in: by SMTP and LMTP, from mailboxes, and from files."""
