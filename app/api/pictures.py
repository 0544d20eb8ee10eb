"""Pictures in requests, read with the errors that responses have."""

from app.errors import BlankError, InvalidError, TooLargeError, UnreadableError
from app.http.dependencies import Services
from app.images import (
    PictureBlank,
    PictureError,
    PictureTooLarge,
    PictureUnreadable,
    Prepared,
)


async def read_picture(
    services: Services, data: bytes, *, framed: bool = False, stages: bool = False
) -> Prepared:
    """Prepare the picture of a request, whose field is ``image``.

    Args:
        services: Services of the application.
        data: Content of a picture file.
        framed: True to take it as it is, instead of finding and framing its digits.
        stages: True to keep the stages of the preparation.

    Raises:
        TooLargeError: If it has too many bytes or pixels.
        UnreadableError: If it cannot be decoded.
        BlankError: If nothing is drawn on it.
        InvalidError: If it cannot be used for another reason.
    """
    try:
        return await services.pictures.read(data, framed=framed, stages=stages)
    except PictureTooLarge as error:
        raise TooLargeError(str(error)) from error
    except PictureUnreadable as error:
        raise UnreadableError(str(error)) from error
    except PictureBlank as error:
        raise BlankError({"image": str(error)}) from error
    except PictureError as error:
        raise InvalidError({"image": str(error)}) from error
