"""Why a picture could not be read."""


class PictureTooLarge(ValueError):
    """More bytes or pixels than are taken."""


class PictureUnreadable(ValueError):
    """Not a picture of a known format, or a damaged one."""


class PictureMisframed(ValueError):
    """Not of the size that a framed picture has."""


class PictureBlank(ValueError):
    """A picture with nothing drawn on it."""
