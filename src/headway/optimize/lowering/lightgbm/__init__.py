"""What of LightGBM has a lowered form: its boosters of trees, read from the text that they save."""
