"""What models cost: a ledger with a row for each call, and budgets that hold before anything is sent."""
