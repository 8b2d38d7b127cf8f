"""Values of fields, read and normalised: text, hours, phones, languages, places."""
