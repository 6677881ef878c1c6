/* SPDX-License-Identifier: Apache-2.0 */
/* What an image is given: its handle, and the system table. */
#include "contract.h"

void check_tables(struct contract *c)
{
	EFI_LOADED_IMAGE *self = protocol_of(c, c->image, &contract_loaded_image);

	claim_number(c, "BootServices", "the table has its signature", c->boot->Hdr.Signature,
		     EFI_BOOT_SERVICES_SIGNATURE);
	claim_number(c, "RuntimeServices", "the table has its signature", c->runtime->Hdr.Signature,
		     EFI_RUNTIME_SERVICES_SIGNATURE);
	claim(c, "ConOut", "is there", c->system->ConOut != NULL);
	claim(c, "ConIn", "is there", c->system->ConIn != NULL);
	claim(c, "HandleProtocol", "our own handle has the loaded-image protocol", self != NULL);
	claim(c, "HandleProtocol", "the system table in it is ours", self && self->SystemTable == c->system);
}
