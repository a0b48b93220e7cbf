"""Look-up tables: suppliers, orders and the like, uploaded as CSV or XLSX, versioned, asked by steps."""
