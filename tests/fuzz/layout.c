/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "layout_files.h"
#include "lines.h"
#include "tests/fake/clock.h"
#include "tests/fake/console.h"
#include "tests/fake/firmware.h"
#include "tests/fake/guids.h"
#include "tests/fake/laws.h"
#include "tests/fake/variables.h"

#define DATA_MAX  4096u
#define CALLS_TOP 200000u /* firmware calls of one power cycle; a healthy one has about 300 */

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

const EFI_STATUS layout_statuses[LAYOUT_STATUSES] = {
	EFI_DEVICE_ERROR,    EFI_NOT_FOUND,	    EFI_OUT_OF_RESOURCES, EFI_SECURITY_VIOLATION,
	EFI_WRITE_PROTECTED, EFI_INVALID_PARAMETER, EFI_UNSUPPORTED,	  EFI_VOLUME_CORRUPTED,
};

static const char *const berth_letters = "detfn";
static const unsigned series[] = { 252, 254, 257, 262 };

void layout_begin(struct layout *layout, struct text lines, bool plain)
{
	struct text rest = lines, line, fields = TEXT_EMPTY, berth;
	enum machine_berth kind = MACHINE_IN_DRIVER;
	uint32_t number;
	const char *found;

	memset(layout, 0, sizeof(*layout));
	layout->rest = lines;
	while (line_take(&rest, &line))
		if (line.at[0] == 'm') {
			fields = line_fields(line);
			break;
		}
	berth = field_take(&fields);
	found = berth.len ? strchr(berth_letters, berth.at[0]) : NULL;
	if (found && *found)
		kind = MACHINE_IN_DRIVER + (enum machine_berth)(found - berth_letters);
	number = field_take_number(&fields, UINT32_MAX);
	for (size_t i = 0; i < 4; i++)
		if (series[i] == number || i == 3) {
			number = series[i];
			break;
		}
	fake_machine_new(&layout->stage.machine, number, plain ? MACHINE_PLAIN : kind,
			 text_starts_fold(field_take(&fields), TEXT("s")), efi_main);
	laws_set_limit(CALLS_TOP);
}

static EFI_STATUS take_status(struct text *fields)
{
	return layout_statuses[field_take_number(fields, LAYOUT_STATUSES - 1)];
}

static void write_variable(struct text fields, bool is_text)
{
	static const char ours[] = "Bootpilot";
	char name[64], bytes[DATA_MAX];
	const EFI_GUID *vendor;
	uint32_t attributes;
	struct text data;

	field_take_string(&fields, name, sizeof(name));
	attributes = field_take_number(&fields, 7);
	data = field_take_bytes(&fields, bytes, is_text ? sizeof(bytes) / 2 - 1 : sizeof(bytes));
	for (const char *p = name; *p; p++)
		if (*p & 0x80)
			return;
	if (!*name || !attributes)
		return;
	vendor = strncmp(name, ours, sizeof(ours) - 1) == 0 ? &fake_guid_bootpilot : &fake_guid_loader;
	fake_variables_write(name, vendor, 0, NULL, 0);
	if (is_text) { /* Latin-1 is enough of it: other units come as bytes */
		for (size_t i = data.len + 1; i-- > 0;) {
			bytes[2 * i] = i < data.len ? bytes[i] : '\0';
			bytes[2 * i + 1] = '\0';
		}
		data.len = 2 * (data.len + 1);
	}
	fake_variables_write(name, vendor, attributes, bytes, data.len);
}

static void set_nvram(struct layout *layout, struct text fields)
{
	enum variables_mood mood = field_take_number(&fields, VARIABLES_FORGETFUL);
	struct text quota = field_take(&fields);

	fake_variables_set_mood(mood);
	layout->forgetful |= mood == VARIABLES_FORGETFUL;
	if (quota.len)
		fake_variables_set_quota(field_take_number(&quota, 4096));
}

static void configure(struct layout *layout, struct text fields)
{
	char text[DATA_MAX];

	layout->configured = true;
	fake_machine_configure(&layout->stage.machine, field_take_string(&fields, text, sizeof(text)));
}

static void let_fail(struct layout *layout, struct text fields, bool outage)
{
	enum service service = outage ? field_take_number(&fields, SERVICE_COUNT - 1) : SERVICE_COUNT;
	uint64_t n = field_take_number(&fields, 4095);

	layout->faults = true;
	if (outage)
		fake_fail_service(service, n + 1, take_status(&fields));
	else
		fake_fail(n + 1, take_status(&fields));
}

static void carry_out(struct layout *layout, char letter, struct text fields)
{
	char text[DATA_MAX];

	switch (letter) {
	case 'v':
	case 't':
		layout->variables = true;
		write_variable(fields, letter == 't');
		break;
	case 'n':
		set_nvram(layout, fields);
		break;
	case 'l':
		layout->rewritten = true;
		fake_machine_loader_conf(&layout->stage.machine, field_take_string(&fields, text, 2048));
		break;
	case 'c':
		configure(layout, fields);
		break;
	case 'x':
	case 'o':
		let_fail(layout, fields, letter == 'o');
		break;
	case 's':
		fake_console_missing(true);
		break;
	case 'k':
		fake_console_press(field_take_number(&fields, 700), 0, u'x');
		break;
	default:
		layout_file(layout, letter, fields);
	}
}

char layout_go_on(struct layout *layout)
{
	struct text line;

	while (line_take(&layout->rest, &line)) {
		struct text fields = line_fields(line);

		if (line.at[0] == 'g')
			return fields.len && fields.at[0] ? fields.at[0] : 'f';
		carry_out(layout, line.at[0], fields);
	}
	return 0;
}
