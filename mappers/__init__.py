"""Pure, total translations between vocabularies: one crossing per file, named like its function."""
