"""What people do in Discord: handed to the core, and answered within three seconds."""
