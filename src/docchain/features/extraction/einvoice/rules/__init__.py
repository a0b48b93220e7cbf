"""Published rules of e-invoices, in our own words; each names its source, and says what is wrong in two languages."""
