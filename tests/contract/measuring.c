/* SPDX-License-Identifier: Apache-2.0 */
/* The two protocols that measure, where there are any. Sources: TCG EFI Protocol Specification 1.0, 6.6; UEFI 2.10, 38.2. */
#include "contract.h"

#include "shared/memory.h"

#define LABEL "contract"

struct event { /* EFI_TCG2_EVENT and EFI_CC_EVENT, with a tagged event in it */
	uint32_t size, header_size;
	uint16_t version;
	uint32_t index, type, tag, tag_size;
	char label[8];
} __attribute__((packed));

struct protocol {
	void *get_capability, *get_event_log;
	EFI_STATUS(EFIAPI *hash_log_extend)
	(struct protocol *self, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, struct event *event);
	EFI_STATUS(EFIAPI *map_pcr)
	(struct protocol *self, uint32_t pcr, uint32_t *ret); /* only the second one has it */
};

static EFI_STATUS extend(struct protocol *protocol, uint32_t index, uint32_t header_size)
{
	struct event event = { .size = sizeof(event),
			       .header_size = header_size,
			       .version = 1,
			       .index = index,
			       .type = 6,
			       .tag = 0x42504c54,
			       .tag_size = sizeof(event.label) };

	memcpy(event.label, LABEL, sizeof(event.label));
	return protocol->hash_log_extend(protocol, 0, (EFI_PHYSICAL_ADDRESS)(UINTN)event.label, sizeof(event.label),
					 &event);
}

static void check_extending(struct contract *c, struct protocol *protocol, uint32_t index)
{
	claim_status(c, "hash_log_extend", "takes a tagged event", extend(protocol, index, 14), EFI_SUCCESS);
	claim_status(c, "hash_log_extend", "a header of another size is EFI_INVALID_PARAMETER",
		     extend(protocol, index, 100), EFI_INVALID_PARAMETER);
}

void check_measuring(struct contract *c)
{
	static EFI_GUID tcg2 = { 0x607f766c, 0x7455, 0x42be, { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f } };
	static EFI_GUID cc = { 0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b } };
	void *interface = c;
	uint32_t index = 0;

	claim_status(c, "LocateProtocol", "one that nobody has is EFI_NOT_FOUND",
		     c->boot->LocateProtocol(&contract_nobody, NULL, &interface), EFI_NOT_FOUND);
	claim(c, "LocateProtocol", "and gives NULL", interface == NULL);
	claim_status(c, "LocateProtocol", "one that somebody has",
		     c->boot->LocateProtocol(&contract_file_system, NULL, &interface), EFI_SUCCESS);
	if (!EFI_ERROR(c->boot->LocateProtocol(&tcg2, NULL, &interface)))
		check_extending(c, interface, 5);
	if (EFI_ERROR(c->boot->LocateProtocol(&cc, NULL, &interface)))
		return;
	claim_status(c, "map_pcr", "PCR 5 has a register",
		     ((struct protocol *)interface)->map_pcr(interface, 5, &index), EFI_SUCCESS);
	check_extending(c, interface, index);
}
