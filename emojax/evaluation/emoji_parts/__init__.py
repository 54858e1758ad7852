"""How good the generator of faces from parts is: against faces composed of the parts themselves."""
