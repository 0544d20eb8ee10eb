"""Why a picture could not be read."""


class PictureTooLarge(ValueError):  # noqa: N818 - as a person would say it
    """More bytes or pixels than are taken."""


class PictureUnreadable(ValueError):  # noqa: N818
    """Not a picture of a known format, or a damaged one."""


class PictureBlank(ValueError):  # noqa: N818
    """A picture with nothing drawn on it."""
