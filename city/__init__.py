"""One opened city: settings, store, plan in force, rulebook, calendar, clock – wired once, used by pages, server and commands."""
