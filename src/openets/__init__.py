"""OpenETS: a complete carbon market as one program."""
