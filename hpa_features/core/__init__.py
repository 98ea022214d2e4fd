"""What every room shares: types, locations, errors, settings, progress; imports nothing of ours."""
