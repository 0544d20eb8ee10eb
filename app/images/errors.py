"""Errors of pictures."""


class PictureError(ValueError):
    """Base of the errors of a picture that cannot be used."""


class PictureTooLarge(PictureError):
    """More bytes or pixels than the limit."""


class PictureUnreadable(PictureError):
    """Not a picture of a known format, or a damaged one."""


class PictureTooCostly(PictureError):
    """Reading takes more time or memory than the limit."""


class PictureMisframed(PictureError):
    """Not of the size of a framed picture."""


class PictureBlank(PictureError):
    """Nothing is drawn on it."""


class PictureCrowded(PictureError):
    """More digits than the limit."""
