"""The admin API below `/api/v1`: status, plan and keys. One OpenAPI, for the command line and for pages."""
