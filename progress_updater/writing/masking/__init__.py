"""Take secrets out of all that is stored: by the names they stand under, and by their shape.

`keys` knows the names, `texts` masks a text (`named` what stands under a name in it, `shapes` what looks like
a secret, `urls` passwords in addresses, `encoded` what stands in an encoded address, `elements` XML,
`commands` short options of programs, `rows` what a database has refused), `values` masks JSON, `log` what
this app writes to the log.
"""

from typing import Final

from progress_updater.writing.masking.mask import MASK
from progress_updater.writing.masking.texts import masked, masked_tag
from progress_updater.writing.masking.values import masked_arguments, masked_json, masked_options

__all__: Final = ["MASK", "masked", "masked_arguments", "masked_json", "masked_options", "masked_tag"]
