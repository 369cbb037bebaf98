"""The world that every sandbox starts from: invented people, 555 numbers, example.com addresses."""
