"""The net that reads what photos show, in the words by which people label them."""
