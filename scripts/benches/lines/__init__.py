"""The two lines that `live` compares, and the pages they get; measures nothing by itself."""
