"""What comes along to be installed: units of systemd, nginx."""
