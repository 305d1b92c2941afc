"""What a report says, as plain blocks of text, tables and figures; how it is spelled is up to the templates."""
