"""Files of many applicants: what their columns mean, how they are read, scored and written."""
