"""Fields whose truth is known: four channels, masks and labels, drawn from named random streams."""
