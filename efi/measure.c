/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include "shared/memory.h"

#define PCR           5u /* loader configuration, as systemd-boot measures its own there */
#define EV_EVENT_TAG  0x00000006u
#define EVENT_TAG_ID  0x42504c54u /* "BPLT": tells our tagged events from others */
#define EVENT_VERSION 1u
#define TPM_EXTENDS   0u
#define LABEL_MAX     48u

#define TCG2_GUID                                                                                                      \
	{                                                                                                              \
		0x607f766c, 0x7455, 0x42be,                                                                            \
		{                                                                                                      \
			0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f                                                 \
		}                                                                                                      \
	}
#define CC_GUID                                                                                                        \
	{                                                                                                              \
		0x96751a3d, 0x72f4, 0x41a6,                                                                            \
		{                                                                                                      \
			0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b                                                 \
		}                                                                                                      \
	}

/* The fixed part of EFI_TCG2_EVENT and of EFI_CC_EVENT is the same but for the meaning of `index`. */
struct event {
	uint32_t size;
	uint32_t header_size;
	uint16_t header_version;
	uint32_t index;
	uint32_t type;
	uint32_t tag_id;
	uint32_t tag_size;
	char label[LABEL_MAX];
} __attribute__((packed));

#define EVENT_FIXED (sizeof(struct event) - LABEL_MAX)
#define HEADER_SIZE 14u /* header_size, header_version, index, type */

struct tcg2 {
	void *get_capability;
	void *get_event_log;
	EFI_STATUS(EFIAPI *hash_log_extend)
	(struct tcg2 *self, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, struct event *event);
};

struct cc {
	void *get_capability;
	void *get_event_log;
	EFI_STATUS(EFIAPI *hash_log_extend)
	(struct cc *self, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, struct event *event);
	EFI_STATUS(EFIAPI *map_pcr)(struct cc *self, uint32_t pcr, uint32_t *ret_register);
};

static void event_make(struct event *event, enum role role, uint32_t index)
{
	memset(event, 0, sizeof(*event));
	struct writer label = WRITER(event->label);
	write_string(&label, "bootpilot:role=");
	write_text(&label, role_name(role));
	event->tag_id = EVENT_TAG_ID;
	event->tag_size = (uint32_t)label.len;
	event->size = (uint32_t)(EVENT_FIXED + label.len);
	event->header_size = HEADER_SIZE;
	event->header_version = EVENT_VERSION;
	event->index = index;
	event->type = EV_EVENT_TAG;
}

static EFI_PHYSICAL_ADDRESS address_of(const void *at)
{
	return (EFI_PHYSICAL_ADDRESS)(UINTN)at;
}

void measure_role(const struct firmware *fw, enum role role)
{
	EFI_GUID tcg2_guid = TCG2_GUID, cc_guid = CC_GUID;
	void *interface = NULL;
	struct event event;
	uint32_t index;

	/* Both, where both exist: one of them alone could be made to say something else (CVE-2021-42299 is of that kind). */
	if (!EFI_ERROR(fw->boot->LocateProtocol(&tcg2_guid, NULL, &interface)) && interface) {
		struct tcg2 *tcg2 = interface;
		event_make(&event, role, PCR);
		tcg2->hash_log_extend(tcg2, TPM_EXTENDS, address_of(event.label), event.tag_size, &event);
	}
	interface = NULL;
	if (!EFI_ERROR(fw->boot->LocateProtocol(&cc_guid, NULL, &interface)) && interface) {
		struct cc *cc = interface;
		if (EFI_ERROR(cc->map_pcr(cc, PCR, &index)))
			return;
		event_make(&event, role, index);
		cc->hash_log_extend(cc, TPM_EXTENDS, address_of(event.label), event.tag_size, &event);
	}
}
