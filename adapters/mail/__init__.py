"""Mail in and out: SMTP and LMTP intake, reading raw messages, composing, and the smarthost.

Nothing is imported here, so that the reading process loads the reader and nothing else.
"""
