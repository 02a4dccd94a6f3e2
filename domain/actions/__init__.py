"""What a person does: load, ask a pure rule, save with an event – inside one transaction, by whom and when given."""
